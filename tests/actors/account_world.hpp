#pragma once

#include "eventsource/tests/actors/account.hpp"
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/kit/test_world.hpp"

#include <string>
#include <vector>

namespace es::testing {

// Compiled once, in account_world.cpp.
extern template class test_world<caf::id_block::bank>;

/// A deterministic runtime with the account type, and one account to work with.
struct account_world : test_world<caf::id_block::bank> {
  account_world() : account_world(quick()) {
    // nop
  }

  explicit account_world(actors::settings how);

  static type_registry types();

  std::string id = new_id<bank::account>();

  void open_with(std::int64_t amount);

  std::vector<recorded_event> events();

  std::int64_t balance();

  /// Another program appends `deposited` or `withdrawn` as version `version`.
  void foreign_event(version_t version, const std::string& type,
                     std::int64_t amount);

  void foreign_deposit(version_t version, std::int64_t amount) {
    foreign_event(version, "deposited", amount);
  }

  struct foreign {
    static constexpr std::string_view id_prefix = "evt_";
  };
};

/// The code of a refusal; fails the test if there is none.
errc code(const result<receipt>& answer);

} // namespace es::testing
