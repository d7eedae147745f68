#pragma once

#include "eventsource/actors/typed_handle.hpp"
#include "eventsource/bench/organization_messages.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace es_bench {

using organization_handle = es::actors::handle<es::reference::organization>;

/// What a load saw.
struct load_result {
  std::size_t receipts = 0;
  std::size_t errors = 0;
  double seconds = 0;
  /// Of the commands that were answered with a receipt.
  std::vector<double> latencies_ms;
  /// The first error, for the user.
  std::string complaint;
};

/// A caller like a user's: keeps a number of commands in flight through the
/// typed handle, round-robin over aggregates, for a time. CAF 0.17 looks for
/// the request behind an answer one by one, so that thousands in flight belong
/// to many callers, as they do in a program.
class load_actor : public caf::event_based_actor {
public:
  struct plan {
    std::vector<std::string> ids;
    std::size_t in_flight = 1;
    std::chrono::duration<double> time{1};
    /// Each command sets another registration number, from this one on.
    std::size_t first_number = 0;
    std::size_t number_step = 1;
    /// Sends one registration for each id instead, and ends with the last.
    bool register_all = false;
  };

  load_actor(caf::actor_config& config, organization_handle to, plan what,
             std::function<void(load_result)> done);

  caf::behavior make_behavior() override;

private:
  using clock = std::chrono::steady_clock;

  void send_next();
  template <class Command>
  void send(const std::string& id, Command command);
  void answered();

  organization_handle to_;
  plan plan_;
  std::function<void(load_result)> done_;
  load_result result_{};
  std::size_t sent_ = 0;
  std::size_t in_flight_ = 0;
  clock::time_point start_;
};

} // namespace es_bench
