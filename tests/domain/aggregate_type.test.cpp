#include "eventsource/domain/aggregate_type.hpp"

#include "eventsource/tests/domain/sample_aggregates.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <limits>

namespace aggregate_type_test {

using namespace es;
using nlohmann::json;

namespace {

const aggregate_type& cart_type = type_of<shop::cart>();

struct fixture {
  metadata about;
  timestamp now{std::chrono::seconds{1'700'000'000}};
  versioned_state state{cart_type.initial(), 0};

  result<decided> decide(any_command command) {
    return cart_type.decide(state.state, command,
                            {"crt_1", state.version, now, about});
  }

  recorded_event event(version_t version, std::string type, std::string data,
                       int schema_version = 1) {
    recorded_event e;
    e.id = "evt_" + std::to_string(version);
    e.type = std::move(type);
    e.schema_version = schema_version;
    e.occurred_at = now;
    e.aggregate_id = "crt_1";
    e.aggregate_type = "cart";
    e.version = version;
    e.data = std::move(data);
    e.metadata = "{}";
    return e;
  }

  result<versioned_state> replay(std::vector<recorded_event> events) {
    return cart_type.replay(state, events);
  }

  static const shop::cart& cart(const any_state& state) {
    return *static_cast<const shop::cart*>(state.get());
  }
};

bool says(const error& e, std::string_view part) {
  return e.message.find(part) != std::string::npos;
}

} // namespace

// -- description --------------------------------------------------------------

ES_TEST("a type describes itself by the names that are stored") {
  ES_CHECK_EQ(cart_type.name(), "cart");
  ES_CHECK_EQ(cart_type.id_prefix(), "crt_");
  ES_CHECK_EQ(cart_type.command_types().size(), 4u);
  ES_CHECK_EQ(cart_type.event_types().at(1), "item_added");
  ES_CHECK(cart_type.snapshot_every() == 7);
  ES_CHECK_EQ(cart_type.state_version(), 3);
  ES_CHECK(cart_type.publishes("checked_out"));
  ES_CHECK(!cart_type.publishes("item_added"));
  ES_REQUIRE(cart_type.projection() != nullptr);
  ES_CHECK_EQ(cart_type.projection()->name, "carts");
  ES_CHECK(cart_type.check().has_value());
}

ES_TEST("a plain type needs nothing but names, decide and apply") {
  const auto& type = type_of<plain::thing>();
  ES_CHECK(type.check().has_value());
  ES_CHECK(type.projection() == nullptr);
  ES_CHECK(!type.snapshot_every().has_value());
  ES_CHECK(!type.publishes("poked"));
  auto made = type.decide(type.initial(), any_command::of(plain::poke{}),
                          {"thg_1", 0, {}, {}});
  ES_REQUIRE(made);
  auto data = made->events.at(0).data;
  ES_CHECK_EQ(data, "{}");
  ES_CHECK(type.encode_state(made->next).value() == "{}");
}

ES_TEST("a registry refuses the same name or id prefix twice") {
  type_registry all;
  ES_CHECK(all.add(cart_type).has_value());
  ES_CHECK(all.add(type_of<plain::thing>()).has_value());
  auto twice = all.add(cart_type);
  ES_REQUIRE(!twice);
  ES_CHECK(twice.error().code == errc::invalid);
  ES_CHECK(all.find("cart") == &cart_type);
  ES_CHECK(all.find("no_such") == nullptr);
  ES_CHECK_EQ(all.all().size(), 2u);
}

// -- decide -------------------------------------------------------------------

ES_TEST_WITH(fixture, "an accepted command gives encoded events and the state "
                      "that follows") {
  auto opened = decide(any_command::of(shop::open_cart{}));
  ES_REQUIRE(opened);
  state = {opened->next, 1};
  auto made = decide(any_command::of(shop::check_out{}));
  ES_REQUIRE(made);
  ES_REQUIRE_EQ(made->events.size(), 2u);
  const auto& first = made->events[0];
  ES_CHECK_EQ(first.type, "item_added");
  ES_CHECK_EQ(first.data, R"({"count":1,"sku":"bag"})");
  ES_CHECK_EQ(first.schema_version, 2);
  ES_CHECK(!first.publish);
  ES_CHECK(made->events[1].publish);
  ES_CHECK_EQ(made->events[1].schema_version, 1);
  ES_CHECK_EQ(cart(made->next).items, 1);
  ES_CHECK(!cart(made->next).open);
  // The state that was decided on is as it was.
  ES_CHECK(cart(state.state).open);
}

ES_TEST_WITH(fixture, "a rejection carries the domain's code and message, and "
                      "the context is known to decide") {
  auto refused = decide(any_command::of(shop::add_item{"tea", 1}));
  ES_REQUIRE(!refused);
  ES_CHECK(refused.error().code == errc::rejected);
  ES_CHECK_EQ(refused.error().reason, "not_open");
  ES_CHECK_EQ(refused.error().message, "crt_1 at 0");
}

ES_TEST_WITH(fixture, "a command that changes nothing has no events") {
  state = replay({event(1, "cart_opened", "{}")}).value();
  auto made = decide(any_command::of(shop::add_item{"tea", 0}));
  ES_REQUIRE(made);
  ES_CHECK(made->events.empty());
  ES_CHECK(made->next == nullptr);
}

ES_TEST_WITH(fixture, "a command as JSON is decoded, one that does not fit is "
                      "invalid") {
  state = replay({event(1, "cart_opened", "{}")}).value();
  auto made =
    decide(any_command::from_json("add_item", {{"sku", "tea"}, {"count", 2}}));
  ES_REQUIRE(made);
  ES_CHECK_EQ(cart(made->next).items, 2);
  for (const auto& wrong :
       {json({{"sku", "tea"}}), json({{"sku", 7}, {"count", 1}}), json("x"),
        json::array()}) {
    auto refused = decide(any_command::from_json("add_item", wrong));
    ES_REQUIRE(!refused);
    ES_CHECK(refused.error().code == errc::invalid);
    ES_CHECK(says(refused.error(), "add_item"));
  }
}

ES_TEST_WITH(fixture, "why a command's JSON does not fit is a sentence about "
                      "its field") {
  struct {
    json given;
    const char* sentence;
  } cases[] = {
    {{{"sku", "tea"}}, "the field `count` is missing"},
    {{{"count", 1}}, "the field `sku` is missing"},
    {{{"sku", 7}, {"count", 1}},
     "the field `sku` must be a text, not a number"},
    {{{"sku", "tea"}, {"count", "many"}},
     "the field `count` must be a number, not a text"},
    {{{"sku", "tea"}, {"count", nullptr}},
     "the field `count` must be a number, not null"},
    {json::array({1}), "it must be a JSON object, not a list"},
    {json("x"), "it must be a JSON object, not a text"},
  };
  for (const auto& c : cases) {
    auto refused = decide(any_command::from_json("add_item", c.given));
    ES_REQUIRE(!refused);
    ES_CHECK(refused.error().code == errc::invalid);
    ES_CHECK_EQ(refused.error().message,
                "the JSON of command add_item does not fit: "
                  + std::string(c.sentence));
  }
}

ES_TEST_WITH(fixture, "a command that the type does not have is invalid and "
                      "named") {
  auto refused = decide(any_command::of(plain::poke{}));
  ES_REQUIRE(!refused);
  ES_CHECK(refused.error().code == errc::invalid);
  ES_CHECK(says(refused.error(), "poke"));
  ES_CHECK(says(refused.error(), "cart"));
}

ES_TEST_WITH(fixture, "an exception in decide or apply is an error, not an "
                      "exception") {
  auto thrown = decide(any_command::of(shop::break_down{}));
  ES_REQUIRE(!thrown);
  ES_CHECK(thrown.error().code == errc::internal);
  ES_CHECK(says(thrown.error(), "broken down"));
  state = replay({event(1, "cart_opened", "{}")}).value();
  auto in_apply = decide(any_command::of(shop::add_item{"tea", -1}));
  ES_REQUIRE(!in_apply);
  ES_CHECK(in_apply.error().code == errc::internal);
}

ES_TEST_WITH(fixture, "what is thrown need not be a std::exception") {
  auto thrown = decide(any_command::of(shop::break_down{true}));
  ES_REQUIRE(!thrown);
  ES_CHECK(thrown.error().code == errc::internal);
  for (const char* part : {"break_down", "cart", "crt_1"})
    ES_CHECK(says(thrown.error(), part));
}

ES_TEST_WITH(fixture, "a command nested too deeply is invalid, not a crash") {
  state = replay({event(1, "cart_opened", "{}")}).value();
  std::string text(200'000, '[');
  text.append(200'000, ']');
  auto refused = decide(any_command::from_json("add_item", json::parse(text)));
  ES_REQUIRE(!refused);
  ES_CHECK(refused.error().code == errc::invalid);
  ES_CHECK(says(refused.error(), "add_item"));
  ES_CHECK(says(refused.error(), "deep"));
}

ES_TEST_WITH(fixture, "an event with NUL or invalid UTF-8 is invalid") {
  state = replay({event(1, "cart_opened", "{}")}).value();
  for (const auto& sku : {std::string("a\0b", 3), std::string("\xff")}) {
    auto refused = decide(any_command::of(shop::add_item{sku, 1}));
    ES_REQUIRE(!refused);
    ES_CHECK(refused.error().code == errc::invalid);
    ES_CHECK(says(refused.error(), "item_added"));
  }
}

// -- replay -------------------------------------------------------------------

ES_TEST_WITH(fixture, "replay gives the state that deciding gave") {
  auto opened = decide(any_command::of(shop::open_cart{})).value();
  auto after = replay({event(1, "cart_opened", opened.events[0].data)});
  ES_REQUIRE(after);
  ES_CHECK_EQ(after->version, 1);
  ES_CHECK_EQ(cart_type.encode_state(after->state).value(),
              cart_type.encode_state(opened.next).value());
  ES_CHECK_EQ(cart(after->state).opened_at, es::to_string(now));
}

ES_TEST_WITH(fixture, "old events are upcast, also under an old name") {
  auto after =
    replay({event(1, "cart_opened", "{}"),
            event(2, "item_added", R"({"sku":"tea"})", 1),
            event(3, "product_added", R"({"sku":"tea"})", 1),
            event(4, "item_added", R"({"sku":"tea","count":5})", 2)});
  ES_REQUIRE(after);
  ES_CHECK_EQ(cart(after->state).items, 7);
}

ES_TEST_WITH(fixture, "a handler for unknown events keeps the aggregate "
                      "readable") {
  auto after =
    replay({event(1, "cart_opened", "{}"), event(2, "gift_wrapped", "{}")});
  ES_REQUIRE(after);
  ES_CHECK_EQ(cart(after->state).unknown, 1);
  ES_CHECK_EQ(after->version, 2);
}

ES_TEST("without such a handler an unknown event is an error that names type, "
        "aggregate and version") {
  const auto& type = type_of<plain::thing>();
  recorded_event e;
  e.type = "prodded";
  e.aggregate_id = "thg_1";
  e.aggregate_type = "thing";
  e.version = 1;
  e.data = "{}";
  e.metadata = "{}";
  auto after = type.replay({type.initial(), 0}, {&e, 1});
  ES_REQUIRE(!after);
  ES_CHECK(after.error().code == errc::corrupt);
  for (const char* part : {"prodded", "thing", "thg_1", "version 1"})
    ES_CHECK(says(after.error(), part));
}

ES_TEST_WITH(fixture, "a gap, a repeat or a foreign event in the history is "
                      "corrupt (promise 3)") {
  auto opened = event(1, "cart_opened", "{}");
  auto foreign = event(2, "cart_opened", "{}");
  foreign.aggregate_type = "account";
  for (const auto& history :
       {std::vector{event(2, "cart_opened", "{}")}, std::vector{opened, opened},
        std::vector{opened, event(3, "checked_out", "{}")},
        std::vector{opened, foreign}}) {
    auto after = replay(history);
    ES_REQUIRE(!after);
    ES_CHECK(after.error().code == errc::corrupt);
    ES_CHECK(says(after.error(), "crt_1"));
  }
}

ES_TEST_WITH(fixture, "an event that does not decode is corrupt and named") {
  for (const char* data : {"", "{", "{}", R"({"sku":7,"count":1})", "null"}) {
    auto after =
      replay({event(1, "cart_opened", "{}"), event(2, "item_added", data, 2)});
    ES_REQUIRE(!after);
    ES_CHECK(after.error().code == errc::corrupt);
    ES_CHECK(says(after.error(), "item_added"));
    ES_CHECK(says(after.error(), "version 2"));
  }
}

// -- state, projection, statements --------------------------------------------

ES_TEST_WITH(fixture, "a state reads back from its JSON; one that does not is "
                      "corrupt") {
  auto opened = decide(any_command::of(shop::open_cart{})).value();
  auto json = cart_type.encode_state(opened.next).value();
  auto again = cart_type.decode_state(json);
  ES_REQUIRE(again);
  ES_CHECK_EQ(cart_type.encode_state(*again).value(), json);
  for (const char* text : {"", "{}", "[]", R"({"open":"yes"})"}) {
    auto refused = cart_type.decode_state(text);
    ES_REQUIRE(!refused);
    ES_CHECK(refused.error().code == errc::corrupt);
  }
}

ES_TEST_WITH(fixture, "the projection's row follows the state: written, "
                      "removed") {
  auto opened = decide(any_command::of(shop::open_cart{})).value();
  auto change = cart_type.project(opened.next, {"crt_1", 1, now, about});
  ES_REQUIRE(change);
  ES_CHECK(change->what == row_change::kind::upsert);
  ES_CHECK((change->cells == row{"crt_1", 0, 1}));
  change = cart_type.project(cart_type.initial(), {"crt_1", 2, now, about});
  ES_CHECK(change->what == row_change::kind::remove);
}

ES_TEST_WITH(fixture, "the user's own statements come with their parameters") {
  auto many = replay({event(1, "cart_opened", "{}"),
                      event(2, "item_added", R"({"sku":"x","count":100})", 2)})
                .value();
  auto found = cart_type.statements(many.state, {"crt_1", 2, now, about});
  ES_REQUIRE(found);
  ES_REQUIRE_EQ(found->size(), 1u);
  ES_CHECK(found->at(0).parameters.at(0) == "crt_1");
  ES_CHECK(
    cart_type.statements(state.state, {"crt_1", 1, now, about})->empty());
}

ES_TEST_WITH(fixture, "an exception in project or statements is an error that "
                      "names function and aggregate") {
  auto broken = std::make_shared<shop::cart>();
  broken->items = -1;
  auto change = cart_type.project(broken, {"crt_1", 1, now, about});
  ES_REQUIRE(!change);
  ES_CHECK(change.error().code == errc::internal);
  ES_CHECK(says(change.error(), "`project`"));
  ES_CHECK(says(change.error(), "crt_1"));
  auto own = cart_type.statements(broken, {"crt_1", 1, now, about});
  ES_REQUIRE(!own);
  ES_CHECK(own.error().code == errc::internal);
  ES_CHECK(says(own.error(), "`statements`"));
}

ES_TEST_WITH(fixture, "an exception in apply or apply_unknown while reading is "
                      "corrupt and names the event") {
  auto opened = event(1, "cart_opened", "{}");
  for (const auto& bad :
       {event(2, "item_added", R"({"sku":"x","count":-1})", 2),
        event(2, "exploded", "{}")}) {
    auto after = replay({opened, bad});
    ES_REQUIRE(!after);
    ES_CHECK(after.error().code == errc::corrupt);
    for (const auto& part : {bad.type, bad.id, bad.aggregate_id})
      ES_CHECK(says(after.error(), part));
  }
}

ES_TEST_WITH(fixture,
             "a state that JSON can't hold is refused with the place") {
  auto bad = std::make_shared<shop::cart>();
  bad->opened_at = "\xff";
  auto text = cart_type.encode_state(bad);
  ES_REQUIRE(!text);
  ES_CHECK(text.error().code == errc::invalid);
  ES_CHECK(says(text.error(), "cart"));
  ES_CHECK(says(text.error(), "/opened_at"));
}

ES_TEST_WITH(fixture, "replaying nothing gives the same state") {
  auto same = replay({});
  ES_REQUIRE(same);
  ES_CHECK(same->state == state.state);
  ES_CHECK_EQ(same->version, 0);
}

ES_TEST("cells have the text that both stores keep") {
  auto text = [](const cell& c) { return c.text().value_or("NULL"); };
  ES_CHECK_EQ(text(cell{}), "NULL");
  ES_CHECK_EQ(text(std::optional<std::string>{}), "NULL");
  ES_CHECK_EQ(text(std::optional<int>{7}), "7");
  ES_CHECK_EQ(text(true), "true");
  ES_CHECK_EQ(text(std::int64_t{-5}), "-5");
  ES_CHECK_EQ(text(0.1), "0.1");
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  ES_CHECK_EQ(text(infinity), "Infinity");
  ES_CHECK_EQ(text(-infinity), "-Infinity");
  ES_CHECK_EQ(text(-std::numeric_limits<double>::quiet_NaN()), "NaN");
  ES_CHECK_EQ(text("x"), "x");
  ES_CHECK_EQ(text(timestamp{}), "1970-01-01T00:00:00.000000Z");
  ES_CHECK_EQ(text(json{{"a", 1}}), "{\"a\":1}");
  ES_CHECK_EQ(text(std::numeric_limits<std::uint64_t>::max()),
              "18446744073709551615");
}

ES_TEST("a cell is equal to another of the same text, whatever it was made "
        "from") {
  const std::vector<std::pair<cell, cell>> same{
    {7, "7"},
    {true, "true"},
    {0.5, "0.5"},
    {timestamp{}, "1970-01-01T00:00:00.000000Z"},
    {std::numeric_limits<double>::quiet_NaN(),
     std::numeric_limits<double>::quiet_NaN()},
    {nullptr, cell{}}};
  for (const auto& [a, b] : same) {
    ES_CHECK(a == b);
    ES_CHECK(b == a);
  }
  const std::vector<std::pair<cell, cell>> other{
    {7, 8}, {1, true}, {0.0, -0.0}, {"", nullptr}, {"a", "b"}};
  for (const auto& [a, b] : other)
    ES_CHECK(a != b);
}

ES_TEST("the text of a cell is viewed where it is, or where it was made") {
  std::string made;
  const cell text{"as it is"};
  ES_CHECK(text.text(made).data() == text.string_if()->data());
  ES_CHECK(made.empty());
  ES_CHECK_EQ(cell(7).text(made), "7");
  ES_CHECK_EQ(made, "7");
}

} // namespace aggregate_type_test
