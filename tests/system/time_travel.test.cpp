#include "eventsource/tools/esctl/time_travel.hpp"

#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/system/stored_organizations.hpp"

namespace time_travel_test {

using namespace esctl;

namespace {

struct travelled : es::testing::stored_organizations {
  travelled() {
    register_one("A");
    for (const auto* next : {"A2", "A3", "A4", "A5"})
      rename("A", next);
  }

  es::result<es::versioned_state> at(es::version_t version) {
    return state_at(store, type(), id_of("A"), version);
  }

  std::string name_at(es::version_t version) {
    auto now = must(at(version));
    return static_cast<const es::reference::organization*>(now.state.get())
      ->name;
  }
};

} // namespace

ES_TEST_WITH(travelled, "every version is reached, with a snapshot on the way "
                        "or without") {
  const char* names[] = {"A", "A2", "A3", "A4", "A5"};
  for (es::version_t version = 1; version <= 5; ++version) {
    auto now = must(at(version));
    ES_CHECK_EQ(now.version, version);
    ES_CHECK_EQ(name_at(version), names[version - 1]);
  }
}

ES_TEST_WITH(travelled, "the latest version is the last one") {
  ES_CHECK_EQ(must(at(latest)).version, 5);
}

ES_TEST_WITH(travelled, "a snapshot that does not decode costs a replay only") {
  store.corrupt_snapshot(id_of("A"), 4, "[]");
  ES_CHECK_EQ(name_at(4), "A4");
  ES_CHECK_EQ(name_at(latest), "A5");
}

ES_TEST_WITH(travelled, "a version that it has not come to is not found") {
  auto later = at(6);
  ES_REQUIRE(!later.has_value());
  ES_CHECK(later.error().code == es::errc::not_found);
  ES_CHECK(later.error().message.find("version 5") != std::string::npos);
}

ES_TEST_WITH(travelled, "an aggregate without events is not found") {
  auto nobody = state_at(store, type(), id_of("B"), latest);
  ES_REQUIRE(!nobody.has_value());
  ES_CHECK(nobody.error().code == es::errc::not_found);
}

ES_TEST_WITH(travelled, "a history longer than a page is replayed whole") {
  for (int i = 0; i < 1'200; ++i)
    rename("A", "name " + std::to_string(i),
           [](auto& request) { request.snapshot.reset(); });
  ES_CHECK_EQ(must(at(latest)).version, 1'205);
  ES_CHECK_EQ(name_at(latest), "name 1199");
  ES_CHECK_EQ(name_at(1'100), "name 1094");
}

ES_TEST_WITH(travelled, "an event that does not read back is an error, not a "
                        "state") {
  store.corrupt_event(id_of("A"), 5, "{}");
  ES_CHECK_EQ(name_at(4), "A4");
  auto broken = at(latest);
  ES_REQUIRE(!broken.has_value());
  ES_CHECK(broken.error().code == es::errc::corrupt);
}

} // namespace time_travel_test
