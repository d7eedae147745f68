#pragma once

#include "eventsource/actors/chained_actor.hpp"
#include "eventsource/actors/environment.hpp"
#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/router_face.hpp"
#include "eventsource/actors/timer.hpp"
#include "eventsource/actors/turn_pack.hpp"

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace es::actors {

/// One per aggregate type: finds or starts the actor of an aggregate and hands
/// it the command together with the duty to answer. Stops idle aggregates
/// (`aggregates.passivate_after`) and, above `aggregates.live_max`, the least
/// recently used ones. Commands that come while an aggregate stops wait here
/// and go, in order, to its next incarnation; two incarnations never overlap.
///
/// Takes from callers no more than `commands.unanswered_max` allows over all
/// routers: it refuses in the sender's thread what may not even wait in its
/// mailbox.
///
/// Watches the deadlines of all its aggregates' commands with one timer. Ends
/// with all its aggregates if a persistence actor ends before it: they would
/// wait for outcomes that nobody sends.
class aggregate_router : public compat::guarded_actor<chained_actor>,
                         public command_sink {
public:
  aggregate_router(caf::actor_config& config,
                   std::shared_ptr<const environment> env,
                   const aggregate_type& type);

  const char* name() const override {
    return "es.router";
  }

  caf::behavior make_behavior() override;

  void on_exit() override;

  /// Whose actors are alive, sorted; only while no thread runs this actor, as
  /// in tests.
  [[nodiscard]] std::vector<std::string> live_ids() const;

  // -- command_sink -----------------------------------------------------------

  caf::result<receipt> accept(submit_command message) override;
  caf::result<current_state> ask_state(query_state question) override;

protected:
  [[nodiscard]] std::size_t pack_max() const noexcept override {
    return turn_pack::size_max;
  }

  caf::error refusal(const compat::message_content& what) override;

private:
  template <class Message, class Answer>
  struct kept {
    Message content;
    caf::typed_response_promise<Answer> promise;
    caf::actor_clock::time_point deadline;
  };

  /// What came for an aggregate while it was stopping.
  using waiting_message = std::variant<kept<submit_command, receipt>,
                                       kept<query_state, current_state>>;

  struct live_aggregate {
    caf::actor actor;
    caf::actor_clock::time_point last_used;
    /// Place in `recently_used_`; meaningless while stopping.
    std::list<const std::string*>::iterator place;
    /// Only there while the actor is stopping, of which most never are; bounded
    /// by `aggregates.queue_commands_max`.
    std::unique_ptr<std::list<waiting_message>> waiting;

    [[nodiscard]] bool is_stopping() const noexcept {
      return waiting != nullptr;
    }
  };

  using live_map = std::unordered_map<std::string, live_aggregate>;

  /// Makes sure that what comes from a caller is counted.
  [[nodiscard]] result<void> let_in(ticket& counted);
  /// The entry to which a message for `id` goes now, started if need be;
  /// `errc::invalid` if there can be no such aggregate. `now` counts as its
  /// last use.
  [[nodiscard]] result<live_aggregate*> use(const std::string& id,
                                            caf::actor_clock::time_point now);
  void start_actor(const std::string& id, live_aggregate& entry);
  void passivate_one(live_aggregate& entry);
  void on_gone(const std::string& id);
  void sweep();
  void watch_deadline_of(const std::string& id,
                         caf::actor_clock::time_point when);
  void start_deadline_timer();
  void remind();
  /// Answers what waited too long for an aggregate that is stopping.
  void expire_waiting(live_aggregate& entry);
  caf::result<stopped> on_stop();
  void stop_if_done();
  void answer_stop();
  /// Gives the message and the duty to answer to the aggregate, or keeps both
  /// until it may.
  template <class Answer, class Message>
  caf::result<Answer> pass_on(Message message);

  std::shared_ptr<const environment> env_;
  const aggregate_type& type_;
  /// For senders' threads, which may outlive `env_` here.
  waiting_line line_;
  /// Of the persistence actors.
  compat::down_watch watch_;
  live_map live_;
  /// Keys of aggregates in `live_` that are not stopping, the least recently
  /// used first.
  std::list<const std::string*> recently_used_;
  timer<sweep_tick> sweep_timer_;
  /// Which aggregates want to look at their deadlines, and when; at most one
  /// entry each, but for callers with ever shorter timeouts.
  std::multimap<caf::actor_clock::time_point, std::string> deadlines_;
  timer<deadline_watch_tick> deadline_timer_;
  std::shared_ptr<router_face> face_;
  bool stopping_ = false;
  std::vector<caf::typed_response_promise<stopped>> stop_answers_;
};

} // namespace es::actors
