#pragma once

#include "eventsource/actors/messages.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace es::actors {

/// The only actor that may block: it calls the store. In production each worker
/// has a thread of its own (spawned detached); in deterministic tests the same
/// class runs inline on the test scheduler with the memory store.
///
/// Where one append or one aggregate was all that was asked for, nobody else
/// seems to be about, and waking a thread takes as long as all that the answer
/// leads to: the next turns, at most `turn_chain::turns_max`, run on the
/// worker's own thread, until there is something to do for it. For that it
/// waits for one message of an actor at most.
class store_worker : public caf::event_based_actor {
public:
  store_worker(caf::actor_config& config,
               std::shared_ptr<store::event_store> store);

  const char* name() const override {
    return "es.store_worker";
  }

  caf::behavior make_behavior() override;

  resume_result resume(compat::execution_context* host,
                       std::size_t throughput) override;

  /// Whether its thread runs other actors' turns, unless that thread is the one
  /// that asks. Thread-safe.
  [[nodiscard]] bool is_lent_elsewhere() const noexcept {
    const auto to = lent_.load();
    return to != std::thread::id{} && to != std::this_thread::get_id();
  }

private:
  std::vector<store::append_outcome> write(const write_batch& message);

  std::shared_ptr<store::event_store> store_;
  /// Whether the last message asked for one thing alone.
  bool asked_for_one_ = false;
  std::atomic<std::thread::id> lent_{};
};

} // namespace es::actors
