#include "eventsource/store/append.hpp"

#include <utility>

namespace es::store {

namespace {

/// What a row costs beside its text, about.
constexpr std::size_t bytes_per_row = 64;

std::size_t size_of(const row& cells) {
  constexpr std::size_t number_bytes = 8;
  std::size_t total = 0;
  for (const auto& value : cells)
    if (const auto* text = value.string_if())
      total += text->size();
    else if (!value.is_null())
      total += number_bytes;
  return total;
}

} // namespace

std::size_t append_request::byte_size() const noexcept {
  auto total = bytes_per_row + aggregate_id.size() + aggregate_type.size();
  if (command_id)
    total += command_id->size();
  // Every event's row repeats the ids and the metadata.
  const auto repeated = aggregate_id.size() + aggregate_type.size()
                        + metadata.size() + bytes_per_row;
  for (const auto& event : events)
    total += repeated + event.id.size() + event.type.size() + event.data.size();
  if (snapshot)
    total += bytes_per_row + snapshot->data.size();
  if (projection)
    total += bytes_per_row + size_of(projection->change.cells);
  for (const auto& own : statements) {
    total += bytes_per_row + own.sql.size();
    for (const auto& parameter : own.parameters)
      if (parameter)
        total += parameter->size();
  }
  return total;
}

append_outcome append_outcome::committed(const append_request& request) {
  append_outcome result;
  result.what = kind::committed;
  result.receipt.aggregate_id = request.aggregate_id;
  result.receipt.version = request.last_version();
  result.receipt.event_ids.reserve(request.events.size());
  for (const auto& event : request.events)
    result.receipt.event_ids.push_back(event.id);
  return result;
}

append_outcome append_outcome::duplicate(es::receipt first) {
  append_outcome result;
  result.what = kind::duplicate;
  result.receipt = std::move(first);
  return result;
}

append_outcome append_outcome::refused(es::error why) {
  append_outcome result;
  result.what = kind::refused;
  result.error = std::move(why);
  return result;
}

} // namespace es::store
