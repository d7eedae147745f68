#pragma once

#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/processes/process_messages.hpp"
#include "eventsource/actors/settings.hpp"
#include "eventsource/actors/subscription_messages.hpp"
#include "eventsource/actors/timer.hpp"
#include "eventsource/domain/process_type.hpp"
#include "eventsource/store/event_store.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace es::actors {

/// Tells the instances of a process that timers of theirs are due. The timers
/// stand in the store, so that they outlive this actor and its process; one
/// process at a time looks after them, by a lease. Whether a timer fires is
/// decided by its instance, so that looking twice does no harm.
///
/// Looks when the next known timer is due, and every `poll_interval`: a timer
/// that was set meanwhile fires so much later at most. An instance that fails
/// is asked again after pauses, and with `skips` its timer is given up at last.
///
/// Bounds: one page of timers is on its way at a time; of failing instances as
/// many are remembered as a subscription may have events in flight, others are
/// asked at each look.
class timer_watch : public caf::event_based_actor {
public:
  struct options {
    settings::subscription_settings how;
    bool skips = false;
    /// Of its lease: unique to this actor.
    std::string owner;
    /// The wall clock.
    std::function<timestamp()> now;
  };

  timer_watch(caf::actor_config& config, options how, const process_type& type,
              caf::actor router, caf::actor worker);

  const char* name() const override {
    return "es.timer_watch";
  }

  caf::behavior make_behavior() override;

  void on_exit() override;

private:
  using time_point = caf::actor_clock::time_point;

  /// What a look found.
  struct page {
    std::optional<store::held_lease> lease;
    std::vector<store::process_timer> timers;
  };

  struct failing {
    /// Of the reaction's own.
    int faults = 0;
    time_point until{};
    std::string last;
  };

  void look();
  void on_page(result<page> found);
  void fire(const std::string& id);
  void on_fired(const std::string& id, const result<receipt>& outcome);
  void end_look();
  /// After the last page.
  void end_scan();
  void rest(std::chrono::microseconds pause);
  caf::result<stopped> on_stop();
  void end();

  options how_;
  const process_type& type_;
  caf::actor router_;
  caf::actor worker_;

  std::optional<store::held_lease> lease_;
  std::optional<time_point> renewed_at_;
  /// Where the next page begins; the first one before all timers.
  store::process_timer place_{};
  bool looking_ = false;
  /// Timers of the page that are not answered; one page at most.
  std::size_t open_ = 0;
  bool page_is_last_ = true;
  /// Whether a timer has fired since the first page: behind it the instance may
  /// have another one that is due.
  bool has_fired_ = false;
  time_point scan_began_{};
  std::optional<timestamp> next_due_;
  int failures_ = 0;
  /// Instances that failed.
  std::map<std::string, failing, std::less<>> failing_;
  timer<process_tick> timer_;

  bool ending_ = false;
  std::vector<caf::typed_response_promise<stopped>> stop_answers_;
};

} // namespace es::actors
