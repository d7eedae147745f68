#pragma once

#include "eventsource/tests/actors/account_care.hpp"
#include "eventsource/tests/faults/bank_runtime.hpp"

namespace es::testing {

/// A runtime of bank accounts and of the process that cares for them, with
/// times so short that a test sees timers and changes of hands.
class care_runtime : public bank_runtime {
public:
  explicit care_runtime(store::postgres_settings where)
    : bank_runtime(std::move(where), make_quick,
                   {&process_of<bank::account_care>()}) {
    bank::idle_time = std::chrono::milliseconds{150};
    bank::care_is_broken = false;
  }

  void start_process() {
    require((*this)->run(process_of<bank::account_care>(), {.partitions = 2}));
  }

private:
  static void make_quick(actors::settings& how) {
    how.subscriptions.lease_duration = std::chrono::seconds{1};
    how.subscriptions.poll_interval = std::chrono::milliseconds{20};
    how.subscriptions.page_events_max = 20;
  }
};

} // namespace es::testing
