#pragma once

#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/relay_batch.hpp"
#include "eventsource/actors/settings.hpp"
#include "eventsource/actors/timer.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace es::actors {

/// Publishes one partition of the outbox, in batches: loads what is to be
/// published, hands it to the publisher, and notes what became of it. The three
/// overlap, with one batch each and one between: that is all that is in flight.
///
/// With `outbox.ordered` it works only while it holds the partition's lease,
/// which the transaction that notes something checks; an aggregate's events go
/// out in the order of their versions, and one that fails holds back its
/// aggregate and no other. Without, it claims any events.
///
/// Woken by `outbox_filled` and every `poll_interval`. An event whose attempts
/// are used up is logged and becomes a dead letter. While nothing at all can be
/// published it pauses, longer each time, and blames no event.
///
/// Stopping waits for the batch that is with the publisher, notes it, and lets
/// the lease go.
class outbox_relay : public caf::event_based_actor {
public:
  struct options {
    settings::outbox_settings how;
    store::outbox_partition part;
    /// Unique to this incarnation.
    std::string owner;
    /// Of the jitter.
    std::uint64_t seed = 0;
  };

  /// `loader` and `worker` are `relay_worker`s, so that the next page is read
  /// while the last one is noted; `publisher` answers `publish_events`. They
  /// end with the relay.
  outbox_relay(caf::actor_config& config, options how, caf::actor loader,
               caf::actor worker, caf::actor publisher);

  const char* name() const override {
    return "es.outbox_relay";
  }

  caf::behavior make_behavior() override;

  void on_exit() override;

private:
  using time_point = caf::actor_clock::time_point;

  /// How often something failed in a row, and until when it rests.
  struct rest {
    int failures = 0;
    time_point until{};
  };

  // -- the lease --------------------------------------------------------------

  void hold();
  void on_held(std::optional<store::held_lease> lease, time_point until);
  void lose_lease();
  /// Whether this relay may publish now.
  [[nodiscard]] bool is_active() const;

  // -- a batch's way ----------------------------------------------------------

  /// Starts whatever can be started.
  void work();
  void load();
  void on_loaded(std::vector<loaded_event> page);
  void publish();
  void on_published(std::vector<result<void>> outcomes);
  void settle();
  void on_settle_failed(const error& why);
  /// Forgets what was loaded ahead of a failure: it may hold events that wait
  /// for the one that failed.
  void begin_anew();

  // -- failures ---------------------------------------------------------------

  void note_failure(const relay_batch::failure& failed);
  void pause(rest& what);
  [[nodiscard]] std::chrono::milliseconds backoff(int failures);

  // -- time and the end -------------------------------------------------------

  void on_tick();
  void arm();
  void purge();
  caf::result<stopped> on_stop();
  void stop_if_done();
  void answer_stop();

  options how_;
  std::string lease_name_;
  caf::actor loader_;
  caf::actor worker_;
  caf::actor publisher_;
  std::minstd_rand random_;

  std::optional<store::held_lease> lease_;
  /// By this clock, from before the store was asked.
  time_point lease_until_{};
  bool is_holding_ = false;
  /// Answers from before the lease was lost are passed over.
  std::uint64_t term_ = 0;

  /// Where the next page begins.
  store::outbox_place cursor_;
  /// Whether there may be something behind the cursor.
  bool more_ = true;
  /// Whether something came since the last page was asked for.
  bool was_filled_ = false;
  /// Whether the next page has to wait until nothing is in flight, because it
  /// would have what is in flight in it.
  bool drain_first_ = true;
  bool is_loading_ = false;
  bool drop_load_ = false;
  /// A page, a batch and two settlements of `batch_events_max` at most.
  std::vector<loaded_event> loaded_;
  std::optional<relay_batch> publishing_;
  std::deque<store::outbox_settlement> settlements_;
  bool is_settling_ = false;

  rest store_rest_;
  rest publisher_rest_;
  time_point poll_at_{};
  time_point hold_at_{};
  time_point purge_at_{};
  /// When the timer that runs will fire.
  time_point armed_for_{};
  timer<relay_tick> timer_;

  relay_status status_;
  bool stopping_ = false;
  bool is_releasing_ = false;
  std::vector<caf::typed_response_promise<stopped>> stop_answers_;
};

} // namespace es::actors
