#include "eventsource/domain/upcasters.hpp"

#include "eventsource/tests/kit/test.hpp"

namespace upcasters_test {

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

ES_TEST("whatever a step throws is an error") {
  upcasters all;
  all.add("priced", 1, [](json) -> json { throw 7; });
  auto data = all.upcast("priced", 1, 2, {});
  ES_REQUIRE(!data);
  ES_CHECK(data.error().code == errc::corrupt);
  ES_CHECK(data.error().message.find("version 1") != std::string::npos);
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

ES_TEST("a step beyond the schema version is found: the version was not "
        "raised") {
  auto beyond = three_versions().check_complete("priced", 2);
  ES_REQUIRE(!beyond);
  ES_CHECK(beyond.error().code == errc::invalid);
  ES_CHECK(beyond.error().message.find("priced") != std::string::npos);
  ES_CHECK(beyond.error().message.find("schema_version") != std::string::npos);
  // The neighbours of a name do not count.
  ES_CHECK(three_versions().check_complete("price", 1).has_value());
}

ES_TEST("steps and renamings must lead to event types, and an old name must "
        "not be in use") {
  auto all = three_versions();
  all.rename("prized", "priced");
  ES_CHECK(all.check_names({"sold", "priced"}).has_value());
  for (const auto& types : {std::vector<std::string>{"sold"},
                            std::vector<std::string>{"priced", "prized"}}) {
    auto wrong = all.check_names(types);
    ES_REQUIRE(!wrong);
    ES_CHECK(wrong.error().code == errc::invalid);
  }
  upcasters nowhere;
  nowhere.rename("prized", "praised");
  auto wrong = nowhere.check_names({"priced"});
  ES_REQUIRE(!wrong);
  ES_CHECK(wrong.error().message.find("praised") != std::string::npos);
}

} // namespace upcasters_test
