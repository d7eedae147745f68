#include "eventsource/tools/esctl/interruption.hpp"

#include <atomic>
#include <csignal>

namespace esctl {

namespace {

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void interrupt(int) {
  interrupted = true;
}

} // namespace

void catch_interruption() {
  std::signal(SIGINT, interrupt);
  std::signal(SIGTERM, interrupt);
}

bool is_interrupted() noexcept {
  return interrupted;
}

} // namespace esctl
