#include "eventsource/actors/idle_workers.hpp"

#include "eventsource/actors/store_worker.hpp"

#include <algorithm>
#include <utility>

namespace es::actors {

namespace {

/// One whose thread is in another actor's turn begins when that is over.
bool is_free(const caf::actor& worker) {
  const auto* known = dynamic_cast<const store_worker*>(
    caf::actor_cast<caf::abstract_actor*>(worker));
  return !known || !known->is_lent_elsewhere();
}

} // namespace

idle_workers::idle_workers(std::vector<caf::actor> all)
  : all_(all), idle_(std::move(all)) {
  // nop
}

// A detached worker would wait for ever; it ends after its current batch.
idle_workers::~idle_workers() {
  for (const auto& worker : all_)
    caf::anon_send_exit(worker, caf::exit_reason::user_shutdown);
}

caf::actor idle_workers::take(const caf::actor& wanted) {
  std::lock_guard guard{mutex_};
  auto chosen = std::find(idle_.begin(), idle_.end(), wanted);
  if (chosen == idle_.end() || !is_free(*chosen)) {
    const auto latest = std::find_if(idle_.rbegin(), idle_.rend(), is_free);
    chosen = latest == idle_.rend() ? idle_.end() - 1 : latest.base() - 1;
  }
  auto worker = std::move(*chosen);
  idle_.erase(chosen);
  return worker;
}

void idle_workers::give_back(caf::actor worker) {
  std::lock_guard guard{mutex_};
  idle_.push_back(std::move(worker));
}

void idle_workers::give_back_last_of_all(caf::actor worker) {
  std::lock_guard guard{mutex_};
  idle_.insert(idle_.begin(), std::move(worker));
}

} // namespace es::actors
