#pragma once

#include "eventsource/tests/actors/account.hpp"
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/kit/test_world.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace es::testing {

/// A deterministic runtime with the account type, and one account to work with.
struct account_world : test_world<caf::id_block::bank> {
  account_world() : account_world(quick()) {
    // nop
  }

  explicit account_world(actors::settings how) : test_world(types(), how) {
    // nop
  }

  static type_registry types() {
    type_registry all;
    if (auto ok = all.add(type_of<bank::account>()); !ok)
      throw std::runtime_error(to_string(ok.error()));
    return all;
  }

  std::string id = new_id<bank::account>();

  void open_with(std::int64_t amount) {
    ES_REQUIRE(execute<bank::account>(id, bank::open_account{"Ada"}));
    ES_REQUIRE(execute<bank::account>(id, bank::deposit{amount}));
  }

  std::vector<recorded_event> events() {
    return store().load_events(id, 1, 1000).value();
  }

  std::int64_t balance() {
    auto now = state<bank::account>(id);
    ES_REQUIRE(now);
    return now->as<bank::account>().value()->balance;
  }

  /// Another program appends `deposited` or `withdrawn` as version `version`.
  void foreign_event(version_t version, const std::string& type,
                     std::int64_t amount) {
    store::append_request request;
    request.aggregate_id = id;
    request.aggregate_type = "account";
    request.expected_version = version - 1;
    request.occurred_at = now();
    auto data = "{\"amount\":" + std::to_string(amount) + "}";
    request.events.push_back(
      {new_id<foreign>(), type, 1, std::move(data), false});
    auto outcomes = store().write({&request, 1});
    ES_REQUIRE(outcomes.at(0).ok());
  }

  void foreign_deposit(version_t version, std::int64_t amount) {
    foreign_event(version, "deposited", amount);
  }

  struct foreign {
    static constexpr std::string_view id_prefix = "evt_";
  };
};

/// The code of a refusal; fails the test if there is none.
inline errc code(const result<receipt>& answer) {
  ES_REQUIRE(!answer);
  return answer.error().code;
}

} // namespace es::testing
