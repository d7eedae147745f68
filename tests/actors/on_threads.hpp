#pragma once

#include "eventsource/actors/chained_actor.hpp"
#include "eventsource/actors/system.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <optional>
#include <thread>
#include <utility>

/// For tests of which actor runs on which thread.
namespace es::on_threads {

using namespace actors;

constexpr std::chrono::seconds patience{10};

/// Runs what its test gives it when it is sent a number.
template <class Base>
class scripted : public Base {
public:
  using script = std::function<void(scripted*, int)>;

  scripted(caf::actor_config& config, script what)
    : Base(config), what_(std::move(what)) {
    // nop
  }

  caf::behavior make_behavior() override {
    return {[this](int number) { what_(this, number); }};
  }

  /// Whether it has no message and no turn. From any thread.
  [[nodiscard]] bool is_waiting() {
    return this->mailbox().blocked();
  }

private:
  script what_;
};

using chained = scripted<chained_actor>;
using plain = scripted<caf::event_based_actor>;

/// Until the actor's turn is over: what is sent to it then makes it ready.
inline void wait_for_turn_of(const caf::actor& who) {
  while (!caf::actor_cast<plain*>(who)->is_waiting())
    std::this_thread::yield();
}

/// A thread pool, as programs have it.
struct pool {
  explicit pool(std::size_t threads) : config(prepared(threads)) {
    // nop
  }

  static settings prepared(std::size_t threads) {
    init_types<>();
    settings how;
    how.runtime.threads = threads;
    return how;
  }

  system_config<> config;
  caf::actor_system system{config};
};

/// A value that an actor gives the test, once.
template <class T>
class answer {
public:
  void give(T value) {
    promise_.set_value(std::move(value));
  }

  /// Nothing if it takes too long.
  std::optional<T> wait_for() {
    auto future = promise_.get_future();
    if (future.wait_for(2 * patience) != std::future_status::ready)
      return std::nullopt;
    return future.get();
  }

private:
  std::promise<T> promise_;
};

} // namespace es::on_threads
