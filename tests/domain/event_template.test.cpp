#include "eventsource/domain/event_template.hpp"

#include "eventsource/tests/kit/test.hpp"

namespace event_template_test {

using namespace es;

namespace {

recorded_event an_event() {
  return {.id = "evt_1",
          .type = "item_added",
          .schema_version = 3,
          .occurred_at = {},
          .registered_at = {},
          .aggregate_id = "crt_7",
          .aggregate_type = "cart",
          .version = 5,
          .data = "{}",
          .metadata = "{}"};
}

std::string filled(std::string_view text) {
  std::string out = ">";
  event_template::parse(text, "the text")
    .value()
    .fill(out, an_event(),
          [](std::string& to, std::string_view value) { to += value; });
  return out;
}

} // namespace

ES_TEST("a template puts an event's parts in the place of their names") {
  ES_CHECK_EQ(filled("events.{aggregate_type}.{event_type}"),
              ">events.cart.item_added");
  ES_CHECK_EQ(filled("{aggregate_id}/{event_id}?v={schema_version}"),
              ">crt_7/evt_1?v=3");
  ES_CHECK_EQ(filled("plain"), ">plain");
  ES_CHECK_EQ(filled(""), ">");
}

ES_TEST("values go through the encoder, the text between them does not") {
  std::string out;
  event_template::parse("a.{event_type}", "the text")
    .value()
    .fill(out, an_event(),
          [](std::string& to, std::string_view) { to += "X"; });
  ES_CHECK_EQ(out, "a.X");
}

ES_TEST("a brace that belongs to no placeholder is refused") {
  for (auto text : {"{", "}", "a{event_type", "a}b", "{}", "{version}",
                    "{event_type}}", "{{event_type}"}) {
    auto parsed = event_template::parse(text, "the subject");
    ES_REQUIRE(!parsed);
    ES_CHECK(parsed.error().code == errc::invalid);
    ES_CHECK(parsed.error().message.starts_with("the subject"));
  }
}

} // namespace event_template_test
