#include "eventsource/store/event_log.hpp"

#include <charconv>

namespace es::store {

std::string to_string(const position& place) {
  return std::to_string(place.epoch) + "-" + std::to_string(place.transaction)
         + "-" + std::to_string(place.number);
}

result<position> parse_position(std::string_view text) {
  position place;
  const auto* at = text.data();
  const auto* end = text.data() + text.size();
  auto number = [&](auto& value) {
    const auto read = std::from_chars(at, end, value);
    at = read.ptr;
    return read.ec == std::errc{} && value >= 0;
  };
  auto dash = [&] { return at != end && *at++ == '-'; };
  if (number(place.epoch) && dash() && number(place.transaction) && dash()
      && number(place.number) && at == end)
    return place;
  return fail(errc::invalid, "\"" + std::string(text)
                               + "\" is no position; one looks like 1-745-33");
}

result<void> check_request(const log_request& request) {
  const auto& part = request.part;
  if (part.count == 0 || part.count > partitions_max
      || part.index >= part.count)
    return fail(errc::invalid, "there is no partition "
                                 + std::to_string(part.index) + " of "
                                 + std::to_string(part.count) + "; of 1 to "
                                 + std::to_string(partitions_max)
                                 + " partitions the first one is 0");
  const auto& filter = request.filter;
  auto has_nul = [](std::string_view text) {
    return text.find('\0') != std::string_view::npos;
  };
  bool wrong = has_nul(filter.id_prefix) || has_nul(filter.aggregate_id)
               || has_nul(filter.metadata_key)
               || has_nul(filter.metadata_value.value_or(""));
  for (const auto* names : {&filter.aggregate_types, &filter.event_types})
    for (const auto& name : *names)
      wrong = wrong || has_nul(name);
  if (wrong)
    return fail(errc::invalid, "the filter has a NUL character");
  if (filter.metadata_value && filter.metadata_key.empty())
    return fail(errc::invalid,
                "the filter has a metadata value without a metadata key");
  return {};
}

} // namespace es::store
