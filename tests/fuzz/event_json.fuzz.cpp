// Lines: an event's type, schema version, version and metadata; the rest is its
// data. What a store gives, whoever wrote it there.

#include "eventsource/domain/cloud_event.hpp"
#include "eventsource/domain/json_text.hpp"
#include "eventsource/domain/organization/organization.hpp"
#include "eventsource/tests/domain/sample_aggregates.hpp"
#include "eventsource/tests/fuzz/fuzz_target.hpp"

#include <charconv>

using namespace es;

namespace {

template <class Number>
Number number_of(std::string_view text) {
  Number value = 1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// What is read can be written and read again, except what `jsonb` can't hold.
void check_json(std::string_view text) {
  auto value = decode_json(text, "the input");
  if (!value)
    return;
  auto written = encode_json(*value);
  if (!written)
    return;
  auto again = decode_json(*written, "the output");
  ES_LAW(again && *again == *value);
  ES_LAW(check_text(*written, "the output"));
}

void check_metadata(std::string_view text) {
  auto about = metadata::parse(text);
  if (!about) {
    ES_LAW(about.error().code == errc::invalid);
    return;
  }
  ES_LAW(about->json().is_object());
  const auto carried = event_metadata(*about, "cmd_1");
  ES_LAW(carried.command_id() == "cmd_1" && carried.correlation_id());
}

/// Replayed after an event that each such aggregate begins with.
void check_replay(const aggregate_type& type, const recorded_event& first,
                  const recorded_event& event) {
  for (const auto& events :
       {std::vector{event}, std::vector{first, event}, std::vector{first}}) {
    auto reached = type.replay({type.initial(), 0}, events);
    if (!reached) {
      ES_LAW(reached.error().code == errc::corrupt);
      continue;
    }
    ES_LAW(reached->version == events.back().version);
    auto written = type.encode_state(reached->state);
    if (!written)
      continue;
    auto read = type.decode_state(*written);
    ES_LAW(read);
    ES_LAW(type.encode_state(*read) == written);
  }
}

void check_cloud_event(const recorded_event& event) {
  static const auto writer = cloud_event_writer::make({});
  auto written = writer->write(event);
  if (!written)
    return;
  auto read = decode_json(*written, "the CloudEvent");
  ES_LAW(read);
  ES_LAW(read->at("specversion") == "1.0");
  ES_LAW(written->find('\n') == std::string::npos);
}

recorded_event first_event(std::string_view aggregate, std::string_view type,
                           std::string data) {
  recorded_event event;
  event.id = "evt_1";
  event.type = type;
  event.aggregate_id = std::string(aggregate) + "_1";
  event.aggregate_type = aggregate;
  event.version = 1;
  event.data = std::move(data);
  event.metadata = "{}";
  return event;
}

} // namespace

ES_FUZZ_TARGET(text) {
  fuzz::input in{text};
  auto event = first_event("cart", in.take_line(), {});
  event.schema_version = number_of<int>(in.take_line());
  event.version = number_of<version_t>(in.take_line());
  event.metadata = in.take_line();
  event.data = in.rest();
  check_json(event.data);
  check_metadata(event.metadata);
  check_cloud_event(event);
  check_replay(type_of<shop::cart>(), first_event("cart", "cart_opened", "{}"),
               event);
  event.aggregate_type = "organization";
  check_replay(
    type_of<reference::organization>(),
    first_event("organization", "organization_registered",
                R"({"name":"ACME","registration_number":"1","country":"BE"})"),
    event);
}
