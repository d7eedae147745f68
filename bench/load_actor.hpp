#pragma once

#include "eventsource/actors/typed_handle.hpp"
#include "eventsource/bench/organization_messages.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace es_bench {

using organization_handle = es::actors::handle<es::reference::organization>;

/// What a caller asks of each aggregate.
enum class request_kind {
  registration,
  /// Another registration number each time: one event.
  change,
  /// A registration of what is registered: `decide` rejects it.
  refused_change,
  state,
};

/// What a load saw.
struct load_result {
  /// Answered as wanted: a receipt, a state, a rejection of `refused_change`.
  std::size_t answers = 0;
  std::size_t errors = 0;
  double seconds = 0;
  /// Of the commands that were answered with a receipt.
  std::vector<double> latencies_ms;
  /// The first error, for the user.
  std::string complaint;
};

/// A caller like a user's: sends through the typed handle, round-robin over
/// aggregates, and either keeps a number of requests in flight or sends at a
/// pace. CAF 0.17 looks for the request behind an answer one by one, so that
/// thousands in flight belong to many callers, as they do in a program.
class load_actor : public caf::event_based_actor {
public:
  struct plan {
    std::vector<std::string> ids;
    request_kind what = request_kind::change;
    std::size_t in_flight = 1;
    std::chrono::duration<double> time{1};
    /// So many requests instead, however long they take.
    std::optional<std::size_t> count{};
    /// Requests a second, however many are in flight; latencies then count from
    /// the moment when a request was due, so that a late sender hides nothing.
    std::optional<double> pace{};
    /// Each command sets another registration number, from this one on.
    std::size_t first_number = 0;
    std::size_t number_step = 1;
  };

  load_actor(caf::actor_config& config, organization_handle to, plan what,
             std::function<void(load_result)> done);

  caf::behavior make_behavior() override;

private:
  /// Not `clock`: that is an actor's own.
  using steady = std::chrono::steady_clock;

  [[nodiscard]] bool is_over(steady::time_point now) const;
  void send_next(steady::time_point due);
  template <class Command>
  void send_command(const std::string& id, steady::time_point due,
                    Command command);
  void send_query(const std::string& id);
  [[nodiscard]] steady::time_point next_due() const;
  void send_what_is_due();
  void failed(const caf::error& e);
  void answered();
  void finish_if_done();

  organization_handle to_;
  plan plan_;
  std::function<void(load_result)> done_;
  load_result result_{};
  std::size_t sent_ = 0;
  std::size_t in_flight_ = 0;
  steady::time_point start_;
};

} // namespace es_bench
