#pragma once

#include "eventsource/actors/append_queue.hpp"
#include "eventsource/actors/chained_actor.hpp"
#include "eventsource/actors/commit_bell.hpp"
#include "eventsource/actors/idle_workers.hpp"
#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/relay_messages.hpp"
#include "eventsource/actors/settings.hpp"
#include "eventsource/actors/timer.hpp"
#include "eventsource/actors/turn_pack.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace es::actors {

/// Joins the appends of many aggregates into batches, one transaction each, and
/// hands them to a store worker, one at a time: what arrives while a commit
/// is in flight forms the next batch, so that batches grow with the load and no
/// timer is needed. A batch is closed by count, by bytes, or (with
/// `persistence.linger`) a moment after its first append.
///
/// Once an append of a chain was not stored as it was decided, none of the rest
/// of the chain is (see append_chain.hpp).
///
/// Answers the question that each append comes with: with the receipt after its
/// commit, with an error, or, at the question's deadline, with `in_doubt`. What
/// was refused because of a conflict goes back to its aggregate, question and
/// all, which may decide it again.
///
/// Bounds: `queue_appends_max` and `queue_bytes_max` over what waits and what
/// is in flight; beyond them `errc::overloaded` at once, nothing stored.
class persistence_actor : public chained_actor {
public:
  persistence_actor(caf::actor_config& config,
                    settings::persistence_settings how,
                    std::shared_ptr<idle_workers> workers);

  const char* name() const override {
    return "es.persistence";
  }

  caf::behavior make_behavior() override;

  void on_exit() override;

protected:
  [[nodiscard]] std::size_t pack_max() const noexcept override {
    return turn_pack::size_max;
  }

private:
  using time_point = caf::actor_clock::time_point;

  /// Who waits for an append.
  struct asker {
    caf::typed_response_promise<receipt> question;
    std::uint64_t ticket = 0;
    std::shared_ptr<append_chain> chain;
    /// Of the question; empty once it was answered.
    actors::ticket counted;
    time_point deadline;
    bool stores_events = false;

    /// What follows was decided on the state that this append led to. A repeat
    /// that would have stored nothing leads nowhere else.
    [[nodiscard]] bool
    is_as_decided(const store::append_outcome& outcome) const noexcept {
      using kind = store::append_outcome::kind;
      return outcome.what == kind::committed
             || (outcome.what == kind::duplicate && !stores_events);
    }
  };

  /// What is written together, and handed on in one piece: a batch has up to
  /// thousands of appends of hundreds of bytes each.
  struct joined_appends {
    std::shared_ptr<append_batch> batch;
    /// One for each request.
    std::vector<asker> askers;
  };

  // -- handlers ---------------------------------------------------------------

  caf::result<receipt> on_append(append& message);
  caf::result<stopped> on_stop();
  /// Why nothing more can be taken, if so.
  [[nodiscard]] std::optional<error> refusal(std::size_t bytes) const;

  // -- batches ----------------------------------------------------------------

  void join(store::append_request&& request, std::size_t bytes, asker from);
  void write_if_due();
  void write();
  /// The next batch, without those whose chains are broken by now.
  [[nodiscard]] joined_appends take_next();
  void on_written(std::vector<store::append_outcome> outcomes);
  void tell_hub(const std::vector<store::append_outcome>& outcomes);

  // -- answers ----------------------------------------------------------------

  using chains = std::vector<std::shared_ptr<append_chain>>;

  /// Both of the following. There is an asker for each outcome.
  void settle(std::span<asker> askers,
              std::vector<store::append_outcome> outcomes);
  /// Notes in the chains what became of their appends, and tells the aggregates
  /// what is not noted. Before any answer is given: who has one may ask for the
  /// state, which has to show it (promise 4). Gives the chains whose aggregates
  /// ask to be told.
  [[nodiscard]] chains note(std::span<asker> askers,
                            std::span<store::append_outcome> outcomes);
  void answer(std::span<asker> askers,
              std::vector<store::append_outcome> outcomes,
              const chains& asking);
  /// With the question, if it may be decided again.
  void tell_aggregate(asker& from, store::append_outcome& outcome);
  void answer(asker& from, store::append_outcome&& outcome);
  void watch(time_point deadline);
  /// Answers those who have waited long enough.
  void check_deadlines();
  /// Wakes the relays if something to be published was stored.
  void wake_relays(const std::vector<store::append_outcome>& outcomes);
  void stop_if_done();
  void answer_stop();

  settings::persistence_settings how_;
  std::shared_ptr<idle_workers> workers_;
  /// Writes the batch in flight, or wrote the last one.
  caf::actor worker_;
  std::shared_ptr<append_queue> queue_;
  /// For each batch of the queue who waits for its appends.
  std::deque<std::vector<asker>> waiting_;
  std::size_t waiting_count_ = 0;
  std::size_t waiting_bytes_ = 0;
  /// Of the batch that is being written, in its order.
  std::vector<asker> in_flight_;
  std::size_t in_flight_bytes_ = 0;
  /// Whether the batch that is being written has events to be published.
  bool fills_outbox_ = false;
  /// One for each partition of the outbox.
  std::vector<caf::actor> relays_;
  timer<append_deadline_tick> deadline_timer_;
  /// When it fires.
  time_point watched_;
  timer<linger_tick> linger_;
  bool lingered_ = false;
  /// Told of commits; may be null, and the bell with it.
  caf::actor hub_;
  std::shared_ptr<commit_bell> bell_;
  bool stopping_ = false;
  std::vector<caf::typed_response_promise<stopped>> stop_answers_;
};

} // namespace es::actors
