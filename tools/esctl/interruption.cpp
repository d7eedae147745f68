#include "eventsource/tools/esctl/interruption.hpp"

#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <utility>

namespace esctl {

namespace {

struct watch_state {
  std::mutex mutex; // guards what follows
  int orderly_ends = 0;
  /// The signal is ending the program.
  bool is_ending = false;

  /// The first signal; 0 before it.
  std::atomic<int> signal = 0;
};

/// Never destroyed: the watching thread lives until the process ends.
watch_state& state() {
  static auto* one = new watch_state;
  return *one;
}

sigset_t watched_signals() {
  sigset_t all;
  ::sigemptyset(&all);
  ::sigaddset(&all, SIGINT);
  ::sigaddset(&all, SIGTERM);
  return all;
}

[[noreturn]] void wait_for_end() {
  for (;;)
    ::pause();
}

void watch(const std::function<void()>& clean_up) {
  const auto all = watched_signals();
  int number = 0;
  while (::sigwait(&all, &number) != 0) {
    // Interrupted by what nobody waits for.
  }
  // The second one meets nobody who waits for it, and no handler.
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  ::pthread_sigmask(SIG_UNBLOCK, &all, nullptr);
  bool is_ending = false;
  {
    std::lock_guard guard{state().mutex};
    state().signal = number;
    is_ending = state().is_ending = state().orderly_ends == 0;
  }
  if (!is_ending)
    wait_for_end();
  clean_up();
  end_by_signal();
}

} // namespace

void watch_interruption(std::function<void()> clean_up) {
  const auto all = watched_signals();
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::thread{[clean_up = std::move(clean_up)] { watch(clean_up); }}.detach();
}

orderly_end::orderly_end() {
  std::lock_guard guard{state().mutex};
  ++state().orderly_ends;
}

orderly_end::~orderly_end() {
  std::lock_guard guard{state().mutex};
  --state().orderly_ends;
}

bool is_interrupted() noexcept {
  return state().signal != 0;
}

void stop_here_if_ending() {
  {
    std::lock_guard guard{state().mutex};
    if (!state().is_ending)
      return;
  }
  wait_for_end();
}

void end_by_signal() {
  const int number = state().signal;
  const auto all = watched_signals();
  std::signal(number, SIG_DFL);
  ::pthread_sigmask(SIG_UNBLOCK, &all, nullptr);
  ::kill(::getpid(), number);
  wait_for_end();
}

} // namespace esctl
