#include "eventsource/store/memory/append_rules.hpp"

#include "eventsource/domain/json_text.hpp"
#include "eventsource/store/memory/projection_rows.hpp"
#include "eventsource/store/own_statement.hpp"

#include <nlohmann/json.hpp>

namespace es::store::memory {

namespace {

result<void> check_json(std::string_view text, std::string_view what) {
  auto value = decode_json(text, what);
  if (!value)
    return fail(errc::invalid, value.error().message);
  // Well-formed, and yet not storable: jsonb has no NUL character.
  if (text.find("\\u0000") != std::string_view::npos)
    if (auto encoded = encode_json(*value); !encoded)
      return fail(errc::invalid,
                  std::string(what) + ": " + encoded.error().message);
  return {};
}

result<void> check_events(const append_request& append) {
  for (const auto& event : append.events) {
    if (event.id.empty())
      return fail(errc::invalid, "an event id is empty");
    if (auto fine = check_text(event.id, "an event id"); !fine)
      return fine;
    if (auto fine = check_text(event.type, "an event type"); !fine)
      return fine;
    if (auto fine = check_json(event.data, "an event's data"); !fine)
      return fine;
  }
  return {};
}

result<void> check_statements(const append_request& append) {
  for (const auto& own : append.statements) {
    if (auto fine = check_text(own.sql, "a statement"); !fine)
      return fine;
    if (auto fine = check_statement(own); !fine)
      return fine;
    for (const auto& parameter : own.parameters)
      if (parameter)
        if (auto fine = check_text(*parameter, "a statement's parameter");
            !fine)
          return fine;
  }
  return {};
}

result<void> check_ids(const append_request& append) {
  if (append.aggregate_id.empty())
    return fail(errc::invalid, "the aggregate id is empty");
  if (append.expected_version < 0)
    return fail(errc::invalid, "the expected version "
                                 + std::to_string(append.expected_version)
                                 + " is negative");
  if (append.events.empty() && !append.command_id)
    return fail(errc::invalid, "there are neither events nor a command id");
  if (auto fine = check_text(append.aggregate_id, "the aggregate id"); !fine)
    return fine;
  if (append.command_id)
    if (auto fine = check_text(*append.command_id, "the command id"); !fine)
      return fine;
  return check_text(append.aggregate_type, "the aggregate type");
}

result<void> check_parts(const append_request& append) {
  if (auto fine = check_ids(append); !fine)
    return fine;
  if (auto fine = check_events(append); !fine)
    return fine;
  if (auto fine = check_json(append.metadata, "the metadata"); !fine)
    return fine;
  if (append.snapshot) {
    if (append.snapshot->keep < 1)
      return fail(errc::invalid, "at least one snapshot must be kept");
    if (auto fine = check_json(append.snapshot->data, "the snapshot"); !fine)
      return fine;
  }
  if (append.projection)
    if (auto fine = projection_rows::check(*append.projection); !fine)
      return fine;
  return check_statements(append);
}

} // namespace

result<void> check_append(const append_request& append) {
  auto fine = check_parts(append);
  if (!fine)
    fine.error().message = "append to aggregate \"" + append.aggregate_id
                           + "\": " + fine.error().message;
  return fine;
}

} // namespace es::store::memory
