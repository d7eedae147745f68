#include "eventsource/tests/domain/sample_aggregates.hpp"
#include "eventsource/tests/kit/test.hpp"

namespace decision_test {

using namespace es;
using made = decision<shop::cart>;

ES_TEST("one event is a decision") {
  made one = shop::cart_opened{};
  ES_CHECK(one.accepted());
  ES_CHECK_EQ(one.events().size(), 1u);
  const shop::item_added kept{"tea", 2};
  made copied = kept;
  ES_CHECK_EQ(std::get<shop::item_added>(copied.events().at(0)).count, 2);
}

ES_TEST("several events are a decision, in their order") {
  made two = {shop::cart_opened{}, shop::item_added{"tea", 1}};
  ES_REQUIRE(two.accepted());
  ES_REQUIRE_EQ(two.events().size(), 2u);
  ES_CHECK(std::holds_alternative<shop::cart_opened>(two.events()[0]));
  ES_CHECK(std::holds_alternative<shop::item_added>(two.events()[1]));
  std::vector<made::event> many(5, shop::checked_out{});
  ES_CHECK_EQ(made{many}.events().size(), 5u);
}

ES_TEST("no events is a decision that changes nothing") {
  made nothing = no_events;
  ES_CHECK(nothing.accepted());
  ES_CHECK(nothing.events().empty());
}

ES_TEST("a rejection carries code and sentence") {
  made refused = reject("closed", "The cart is closed.");
  ES_REQUIRE(!refused.accepted());
  ES_CHECK_EQ(refused.refusal().code, "closed");
  ES_CHECK_EQ(refused.refusal().message, "The cart is closed.");
}

ES_TEST("only an aggregate's own events are its decision") {
  constexpr bool own = std::is_convertible_v<shop::cart_opened, made>;
  constexpr bool foreign = std::is_convertible_v<plain::poked, made>;
  ES_CHECK(own);
  ES_CHECK(!foreign);
}

} // namespace decision_test
