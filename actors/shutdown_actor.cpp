#include "eventsource/actors/shutdown_actor.hpp"

namespace es::actors {

shutdown_actor::shutdown_actor(caf::actor_config& config,
                               std::vector<floor> floors,
                               std::chrono::nanoseconds deadline,
                               admission door,
                               std::function<void(stop_report)> done)
  : caf::event_based_actor(config), floors_(std::move(floors)),
    deadline_(deadline), door_(std::move(door)), done_(std::move(done)) {
  // nop
}

caf::behavior shutdown_actor::make_behavior() {
  compat::tell_self_after(this, deadline_, deadline_tick{});
  stop_next_floor();
  return {
    [this](deadline_tick) { finish(); },
    [this](call_back& f) { f.run(); },
  };
}

void shutdown_actor::stop_next_floor() {
  while (current_ < floors_.size() && floors_[current_].empty())
    ++current_;
  if (current_ == floors_.size()) {
    // Not from within make_behavior: an actor can't quit before it started.
    compat::tell_anonymously(caf::actor_cast<caf::actor>(this),
                             call_back{[this] { finish(); }});
    return;
  }
  left_ = floors_[current_];
  for (const auto& asked : floors_[current_]) {
    auto answered = [this, address = asked.actor.address()] {
      std::erase_if(
        left_, [&](const part& x) { return x.actor.address() == address; });
      if (left_.empty()) {
        ++current_;
        stop_next_floor();
      }
    };
    // An actor that is gone has stopped too.
    compat::ask(this, asked.actor, caf::infinite, stop{})
      .then([answered](stopped) { answered(); },
            [answered](const caf::error&) { answered(); });
  }
}

void shutdown_actor::finish() {
  auto done = std::exchange(done_, nullptr);
  if (!done)
    return;
  stop_report report;
  report.unanswered = door_.unanswered();
  for (const auto& x : left_)
    report.late.push_back(x.name);
  for (std::size_t i = current_; i < floors_.size(); ++i)
    for (const auto& x : floors_[i])
      caf::anon_send_exit(x.actor, caf::exit_reason::kill);
  left_.clear();
  floors_.clear();
  current_ = 0;
  done(std::move(report));
  quit();
}

} // namespace es::actors
