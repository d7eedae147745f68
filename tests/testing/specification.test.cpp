#include "eventsource/testing/specification.hpp"

#include "eventsource/domain/organization/organization.hpp"
#include "eventsource/tests/domain/sample_aggregates.hpp"
#include "eventsource/tests/kit/test.hpp"

namespace specification_test {

using namespace es::testing;
using namespace shop;

namespace {

/// An aggregate whose events do not say all that it knows.
struct forget {
  static constexpr std::string_view command_type = "forget";
  int by = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(forget, by)

struct forgotten {
  static constexpr std::string_view event_type = "forgotten";
  /// Not part of the JSON.
  int by = 0;
};
void to_json(nlohmann::json& json, const forgotten&) {
  json = nlohmann::json::object();
}
void from_json(const nlohmann::json&, forgotten&) {
  // nop
}

struct forgetful {
  static constexpr std::string_view aggregate_type = "forgetful";
  static constexpr std::string_view id_prefix = "fgt_";
  using commands = es::type_list<forget>;
  using events = es::type_list<forgotten>;
  int sum = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(forgetful, sum)

es::decision<forgetful> decide(const forgetful&, const forget& command) {
  return forgotten{command.by};
}

forgetful apply(forgetful state, const forgotten& event) {
  state.sum += event.by;
  return state;
}

/// The report of a check that must not hold.
template <class Checks>
std::string report_of(Checks&& checks) {
  auto report = failure_of(std::forward<Checks>(checks));
  ES_REQUIRE(report);
  return *report;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

ES_TEST("a command on no history gives its events") {
  given<cart>().when(open_cart{}).then(cart_opened{});
}

ES_TEST("a command is decided on the given events") {
  given<cart>(cart_opened{}, item_added{"bag", 2})
    .when(add_item{"hat", 3})
    .then(item_added{"hat", 3})
    .then_state([](const cart& c) { return c.items == 5; });
}

ES_TEST("several commands from one history don't see each other") {
  const auto open = given<cart>(cart_opened{});
  open.when(add_item{"hat", 1}).then_state([](const cart& c) {
    return c.items == 1;
  });
  open.when(add_item{"bag", 2}).then_state([](const cart& c) {
    return c.items == 2;
  });
}

ES_TEST("commands that follow each other go on with the state") {
  given<cart>()
    .when(open_cart{})
    .when(add_item{"hat", 1})
    .then(item_added{"hat", 1})
    .when(check_out{})
    .then(item_added{"bag", 1}, checked_out{})
    .when(add_item{"hat", 1})
    .then_rejected("not_open");
}

ES_TEST("a command may be accepted and change nothing") {
  given<cart>(cart_opened{}).when(add_item{"hat", 0}).then_nothing();
}

ES_TEST("a rejected command leaves the state as it was") {
  given<cart>(cart_opened{})
    .when(open_cart{})
    .then_rejected("already_open")
    .then_state([](const cart& c) { return c.open; });
}

ES_TEST("stored events of older forms come through the upcasters") {
  given<cart>()
    .given_stored("product_added", 1, R"({"sku":"hat"})")
    .then_state([](const cart& c) { return c.items == 1; });
}

ES_TEST("time and id are what the test says") {
  const es::timestamp monday{std::chrono::seconds(1'600'000'000)};
  given<cart>()
    .with_id("crt_x")
    .at(monday)
    .when(open_cart{})
    .then_state(
      [&](const cart& c) { return c.opened_at == es::to_string(monday); })
    .then_projects(es::upsert({"crt_x", 0, 1}));
}

ES_TEST("metadata reach the events") {
  using namespace es::reference;
  given<organization>()
    .with_metadata(es::metadata{}.actor("ada"))
    .when(register_organization{"Acme", "RCS 1", "FR"})
    .then_state([](const organization& o) { return o.created_by == "ada"; });
}

ES_TEST("a whole state can be expected") {
  given<cart>(cart_opened{})
    .then_state(cart{true, 0, es::to_string(start_time), 0})
    .when(check_out{})
    .then_state(cart{false, 1, es::to_string(start_time), 0});
}

ES_TEST("other events are reported with the story and a line diff") {
  auto report = report_of([] {
    given<cart>(cart_opened{})
      .when(add_item{"hat", 3})
      .then(item_added{"hat", 4});
  });
  const auto place = std::string(__FILE__) + ":";
  ES_REQUIRE(report.starts_with(place));
  report.erase(0, report.find(": ", place.size()) + 2);
  ES_CHECK_EQ(report, "other events than expected (- expected, + decided)\n"
                      "  given 1 event of cart "
                      "crt_000000000000000000000000001\n"
                      "    1 cart_opened {}\n"
                      "  when add_item {\"count\":3,\"sku\":\"hat\"}\n"
                      "  then\n"
                      "      item_added v2 {\n"
                      "    -   \"count\": 4,\n"
                      "    +   \"count\": 3,\n"
                      "        \"sku\": \"hat\"\n"
                      "      }\n");
}

ES_TEST("missing and surplus events are reported") {
  auto missing = report_of([] {
    given<cart>().when(check_out{}).then(item_added{"bag", 1});
  });
  ES_CHECK(contains(missing, "+ checked_out {}"));
  auto surplus = report_of([] {
    given<cart>(cart_opened{}).when(add_item{"hat", 0}).then(checked_out{});
  });
  ES_CHECK(contains(surplus, "- checked_out {}"));
  auto nothing =
    report_of([] { given<cart>().when(open_cart{}).then_nothing(); });
  ES_CHECK(contains(nothing, "+ cart_opened {}"));
}

ES_TEST("a rejection that did not come is reported with what came") {
  auto accepted =
    report_of([] { given<cart>().when(open_cart{}).then_rejected("closed"); });
  ES_CHECK(contains(accepted, "rejected (closed) was expected, but it was "
                              "accepted"));
  ES_CHECK(contains(accepted, "cart_opened {}"));
  auto other = report_of([] {
    given<cart>().when(add_item{"hat", 1}).then_rejected("closed");
  });
  ES_CHECK(contains(other, "rejected (not_open): "));
  auto unchanged = report_of([] {
    given<cart>(cart_opened{}).when(add_item{"hat", 0}).then_rejected("full");
  });
  ES_CHECK(contains(unchanged, "without events"));
}

ES_TEST("a rejection that was not expected is reported by every check") {
  auto refused = given<cart>(cart_opened{}).when(open_cart{});
  for (const auto& report :
       {report_of([&] { refused.then(cart_opened{}); }),
        report_of([&] { refused.then_nothing(); }), report_of([&] {
          refused.then_state([](const cart&) { return true; });
        }),
        report_of([&] { refused.then_state(cart{}); }),
        report_of([&] { refused.then_projects(es::row_change{}); })})
    ES_CHECK(contains(report, "rejected (already_open): the cart is open"));
}

ES_TEST("an exception of a handler is reported") {
  auto report =
    report_of([] { given<cart>().when(break_down{}).then_rejected("broken"); });
  ES_CHECK(contains(report, "broken down"));
}

ES_TEST("another state is reported as JSON") {
  auto predicate = report_of([] {
    given<cart>().when(open_cart{}).then_state([](const cart& c) {
      return !c.open;
    });
  });
  ES_CHECK(contains(predicate, "the state is not as expected"));
  ES_CHECK(contains(predicate, "      \"open\": true"));
  auto value = report_of([] {
    given<cart>().when(check_out{}).then_state(cart{false, 2, "", 0});
  });
  ES_CHECK(contains(value, "-   \"items\": 2"));
  ES_CHECK(contains(value, "+   \"items\": 1"));
}

ES_TEST("another row change is reported by the columns' names") {
  auto upserted = report_of([] {
    given<cart>(cart_opened{})
      .when(add_item{"hat", 2})
      .then_projects(es::upsert({"crt_000000000000000000000000001", 3, 2}));
  });
  ES_CHECK(contains(upserted, "-   \"items\": \"3\""));
  ES_CHECK(contains(upserted, "+   \"items\": \"2\""));
  auto removed = report_of([] {
    given<cart>(cart_opened{})
      .when(check_out{})
      .then_projects(es::remove({"crt_1"}));
  });
  ES_CHECK(contains(removed, "-   \"id\": \"crt_1\""));
}

ES_TEST("a given event that can't be is reported") {
  auto report = report_of([] {
    static_cast<void>(given<cart>(item_added{"hat", -1}));
  });
  ES_CHECK(contains(report, "the given event item_added is not readable"));
  ES_CHECK(contains(report, "negative count"));
}

ES_TEST("events that do not say all that the state has are reported") {
  auto report =
    report_of([] { given<forgetful>().when(forget{3}).then(forgotten{3}); });
  ES_CHECK(contains(report, "replaying the events gives another state"));
  ES_CHECK(contains(report, "-   \"sum\": 3"));
  ES_CHECK(contains(report, "+   \"sum\": 0"));
}

ES_TEST("data that no JSON can hold are reported") {
  auto report = report_of([] {
    static_cast<void>(given<cart>(item_added{"\xff", 1}));
  });
  ES_CHECK(contains(report, "event item_added: "));
}

} // namespace specification_test
