#include "eventsource/domain/cloud_event.hpp"

#include "eventsource/tests/kit/test.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <memory>
#include <regex>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace cloud_event_test {

using namespace es;

namespace {

using nlohmann::json;

recorded_event an_event() {
  return {.id = "evt_2D9v0dFqWfLkxAZ4Y5dqTqTJrXz",
          .type = "item_added",
          .schema_version = 2,
          .occurred_at =
            timestamp{std::chrono::microseconds{1'714'564'800'123'456}},
          .registered_at = {},
          .aggregate_id = "crt_2D9v0dFqWfLkxAZ4Y5dqTqTJrXy",
          .aggregate_type = "cart",
          .version = 42,
          .data = R"({"sku": "A-1", "count": 3})",
          .metadata = R"({"correlation_id":"cmd_1","causation_id":"evt_0",)"
                      R"("actor":"ada","traceparent":)"
                      R"("00-0af7651916cd43dd8448eb211c80319c-)"
                      R"(b7ad6b7169203331-01"})"};
}

cloud_event_writer writer(const cloud_event_form& form = {}) {
  auto made = cloud_event_writer::make(form);
  if (!made)
    ES_FAIL(to_string(made.error()));
  return *made;
}

std::string refusal(const cloud_event_form& form) {
  auto made = cloud_event_writer::make(form);
  return made ? std::string{} : made.error().message;
}

json written(const recorded_event& event, const cloud_event_form& form = {}) {
  auto text = writer(form).write(event);
  if (!text)
    ES_FAIL(to_string(text.error()));
  ES_CHECK(text->find('\n') == std::string::npos);
  return json::parse(*text);
}

/// The JSON schema of CloudEvents 1.0.2 as its specification publishes it
/// (github.com/cloudevents/spec, Apache License 2.0).
const valijson::Schema& official_schema() {
  static const auto schema = [] {
    std::ifstream in{ES_SOURCE_DIR "/tests/domain/schemas/cloudevents.json"};
    const auto document = json::parse(in);
    auto made = std::make_unique<valijson::Schema>();
    valijson::SchemaParser{}.populateSchema(
      valijson::adapters::NlohmannJsonAdapter(document), *made);
    return made;
  }();
  return *schema;
}

bool is_valid(const json& event) {
  return valijson::Validator{}.validate(
    official_schema(), valijson::adapters::NlohmannJsonAdapter(event), nullptr);
}

/// What the schema leaves to its formats, and the specification to its words:
/// names of attributes, their types, and what `sequence` asks.
void check_rules(const json& event) {
  ES_CHECK(is_valid(event));
  ES_CHECK_EQ(event.at("specversion"), "1.0");
  static const std::regex name{"[a-z0-9]{1,20}"};
  static const std::regex time{
    R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))"};
  static const std::regex uri{
    R"(([A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+)"};
  for (const auto& [key, value] : event.items()) {
    if (key == "data")
      continue;
    ES_CHECK(std::regex_match(key, name));
    ES_CHECK(value.is_string() || value.is_number_integer());
    if (value.is_string())
      ES_CHECK(!value.get<std::string>().empty());
  }
  ES_CHECK(std::regex_match(event.at("source").get<std::string>(), uri));
  if (event.contains("time"))
    ES_CHECK(std::regex_match(event.at("time").get<std::string>(), time));
  if (event.contains("dataschema"))
    ES_CHECK(std::regex_match(event.at("dataschema").get<std::string>(), uri));
}

} // namespace

ES_TEST("an event is written with the attributes of CloudEvents 1.0") {
  const auto event = written(an_event());
  check_rules(event);
  ES_CHECK_EQ(
    event.dump(),
    json({
           {"specversion", "1.0"},
           {"id", "evt_2D9v0dFqWfLkxAZ4Y5dqTqTJrXz"},
           {"source", "/cart/crt_2D9v0dFqWfLkxAZ4Y5dqTqTJrXy"},
           {"type", "item_added"},
           {"subject", "crt_2D9v0dFqWfLkxAZ4Y5dqTqTJrXy"},
           {"time", "2024-05-01T12:00:00.123456Z"},
           {"datacontenttype", "application/json"},
           {"sequence", "0000000000000000042"},
           {"partitionkey", "crt_2D9v0dFqWfLkxAZ4Y5dqTqTJrXy"},
           {"aggregatetype", "cart"},
           {"schemaversion", 2},
           {"correlationid", "cmd_1"},
           {"causationid", "evt_0"},
           {"traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
           {"data", {{"sku", "A-1"}, {"count", 3}}},
         })
      .dump());
}

ES_TEST("the schema refuses what is no CloudEvent") {
  for (auto attribute : {"id", "source", "specversion", "type"}) {
    auto without = written(an_event());
    without.erase(attribute);
    ES_CHECK(!is_valid(without));
    auto empty = written(an_event());
    empty[attribute] = "";
    ES_CHECK(!is_valid(empty));
    auto number = written(an_event());
    number[attribute] = 7;
    ES_CHECK(!is_valid(number));
  }
}

ES_TEST("source, type and dataschema follow their templates") {
  const auto event =
    written(an_event(), {.source = "https://shop.example/carts",
                         .type = "example.shop.{aggregate_type}.{event_type}",
                         .dataschema = "https://shop.example/{event_type}/"
                                       "{schema_version}.json"});
  check_rules(event);
  ES_CHECK_EQ(event.at("source"), "https://shop.example/carts");
  ES_CHECK_EQ(event.at("type"), "example.shop.cart.item_added");
  ES_CHECK_EQ(event.at("dataschema"), "https://shop.example/item_added/2.json");
}

ES_TEST("a template that could make no attribute is refused") {
  ES_CHECK(refusal({.source = ""}).find("source") != std::string::npos);
  ES_CHECK(refusal({.source = "a b"}).find("source") != std::string::npos);
  ES_CHECK(refusal({.source = "/%zz"}).find("source") != std::string::npos);
  ES_CHECK(refusal({.source = "/{id}"}).find("{id}") != std::string::npos);
  ES_CHECK(refusal({.type = ""}).find("type") != std::string::npos);
  ES_CHECK(refusal({.type = "a\n{event_type}"}).find("type")
           != std::string::npos);
  ES_CHECK(refusal({.dataschema = "/relative"}).find("scheme")
           != std::string::npos);
  ES_CHECK(refusal({.dataschema = "{event_type}://x"}).find("scheme")
           != std::string::npos);
}

ES_TEST("ids of any characters become a URI and a text") {
  auto event = an_event();
  event.aggregate_id = "a/b \"c\" \\ \xc3\xa4%?#";
  const auto out = written(event);
  check_rules(out);
  ES_CHECK_EQ(out.at("source"),
              "/cart/a%2Fb%20%22c%22%20%5C%20%C3%A4%25%3F%23");
  ES_CHECK_EQ(out.at("subject"), event.aggregate_id);
  ES_CHECK_EQ(out.at("partitionkey"), event.aggregate_id);
}

ES_TEST("an attribute with characters that the specification excludes is "
        "refused, one of the metadata left out") {
  for (auto text : {"\n", "a\x01", "\x7f", "\xc2\x80", "\xef\xb7\x90",
                    "\xef\xbf\xbf", "\xf0\x9f\xbf\xbe", "\xff", ""}) {
    auto event = an_event();
    event.aggregate_id = text;
    auto out = writer().write(event);
    ES_REQUIRE(!out);
    ES_CHECK(out.error().code == errc::invalid);
    ES_CHECK(out.error().message.find(event.id) != std::string::npos);
  }
  auto event = an_event();
  event.metadata = R"({"correlation_id":"a\nb","causation_id":""})";
  const auto out = written(event);
  check_rules(out);
  ES_CHECK(!out.contains("correlationid"));
  ES_CHECK(!out.contains("causationid"));
}

ES_TEST("sequences of one aggregate sort as text") {
  std::string before;
  for (version_t version : {1LL, 2LL, 9LL, 10LL, 99LL, 100LL, 4'000'000'000LL,
                            9'223'372'036'854'775'807LL}) {
    auto event = an_event();
    event.version = version;
    const auto sequence = written(event).at("sequence").get<std::string>();
    ES_CHECK_LT(before, sequence);
    before = sequence;
  }
}

ES_TEST("data of every JSON type is passed on") {
  for (auto text : {"null", "true", "[1, 2]", "\"text\"", "1.5", "{}",
                    "{\n \"a\": \"b\\nc\"\r\n}"}) {
    auto event = an_event();
    event.data = text;
    const auto out = written(event);
    check_rules(out);
    ES_CHECK_EQ(out.at("data"), json::parse(text));
  }
}

ES_TEST("data or metadata that are not JSON are reported as corrupt") {
  auto event = an_event();
  event.data = "{";
  ES_CHECK(writer().write(event).error().code == errc::corrupt);
  event = an_event();
  event.metadata = "[]";
  ES_CHECK(writer().write(event).error().code == errc::corrupt);
}

ES_TEST("a time that RFC 3339 can't write is left out") {
  auto event = an_event();
  event.occurred_at = timestamp{std::chrono::hours{24LL * 366 * 9000}};
  const auto out = written(event);
  check_rules(out);
  ES_CHECK(!out.contains("time"));
}

} // namespace cloud_event_test
