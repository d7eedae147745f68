#pragma once

#include "eventsource/tests/actors/account_world.hpp"

#include <optional>
#include <string>
#include <vector>

namespace es::testing {

/// An account and a subscriber that notes the versions it gets.
struct subscribed : account_world {
  subscribed() : subscribed(few_at_once()) {
    // nop
  }
  explicit subscribed(actors::settings how) : account_world(std::move(how)) {
    // nop
  }

  static actors::settings few_at_once() {
    auto how = quick();
    how.subscriptions.page_events_max = 2;
    how.subscriptions.in_flight_events_max = 4;
    return how;
  }

  /// Notes versions; fails while `broken` is set.
  actors::subscriptions::callback noting() {
    return [this](std::span<const store::logged_event> events) -> result<void> {
      ++calls;
      if (broken)
        return fail(errc::internal, "the subscriber is broken");
      for (const auto& each : events)
        seen.push_back(each.event.type + ":"
                       + std::to_string(each.event.version));
      return {};
    };
  }

  actors::subscription subscribe(actors::subscription_options what = {}) {
    auto made = runtime().subscriptions().subscribe(std::move(what), noting());
    ES_REQUIRE(made);
    run();
    return *made;
  }

  void deposit() {
    ES_REQUIRE(execute<bank::account>(id, bank::deposit{1}));
  }

  actors::subscription_figures figures(const caf::actor& part) {
    auto answer =
      std::make_shared<std::optional<actors::subscription_figures>>();
    system().spawn([=](caf::event_based_actor* self) {
      actors::compat::ask(self, part, caf::infinite, actors::get_figures{})
        .then([answer](const actors::subscription_figures& x) { *answer = x; },
              [](const caf::error&) { ES_FAIL("no figures"); });
    });
    run();
    ES_REQUIRE(answer->has_value());
    return **answer;
  }

  std::vector<std::string> seen;
  bool broken = false;
  int calls = 0;
};

} // namespace es::testing
