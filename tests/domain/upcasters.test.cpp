#include "eventsource/domain/upcasters.hpp"

#include "eventsource/tests/kit/test.hpp"

using namespace es;
using nlohmann::json;

namespace {

upcasters three_versions() {
  upcasters all;
  all.add("priced", 1, [](json data) {
    data["currency"] = "EUR";
    return data;
  });
  all.add("priced", 2, [](json data) {
    data["cents"] = data.at("euros").get<int>() * 100;
    data.erase("euros");
    return data;
  });
  return all;
}

} // namespace

ES_TEST("steps are chained from the stored to the wanted version") {
  auto all = three_versions();
  auto data = all.upcast("priced", 1, 3, {{"euros", 5}});
  ES_CHECK(data.value() == json({{"cents", 500}, {"currency", "EUR"}}));
  ES_CHECK(all.upcast("priced", 3, 3, {{"cents", 1}}).value()
           == json({{"cents", 1}}));
}

ES_TEST("a missing step is corrupt and named") {
  upcasters all;
  auto data = all.upcast("priced", 1, 2, {});
  ES_REQUIRE(!data);
  ES_CHECK(data.error().code == errc::corrupt);
  ES_CHECK(data.error().message.find("priced") != std::string::npos);
}

ES_TEST("an event of a newer program is corrupt for this one") {
  auto data = three_versions().upcast("priced", 4, 3, {});
  ES_REQUIRE(!data);
  ES_CHECK(data.error().code == errc::corrupt);
  ES_CHECK(data.error().message.find("newer") != std::string::npos);
}

ES_TEST("an exception in a step is an error that says where") {
  auto data = three_versions().upcast("priced", 2, 3, {{"dollars", 5}});
  ES_REQUIRE(!data);
  ES_CHECK(data.error().code == errc::corrupt);
  ES_CHECK(data.error().message.find("version 2") != std::string::npos);
}

ES_TEST("a renamed event type is read under its present name") {
  upcasters all;
  all.rename("prized", "priced");
  ES_CHECK_EQ(all.present_name("prized"), "priced");
  ES_CHECK_EQ(all.present_name("other"), "other");
}

ES_TEST("a gap in the chain is found before any event is read") {
  auto all = three_versions();
  ES_CHECK(all.check_complete("priced", 3).has_value());
  auto gap = all.check_complete("priced", 4);
  ES_REQUIRE(!gap);
  ES_CHECK(gap.error().code == errc::invalid);
}
