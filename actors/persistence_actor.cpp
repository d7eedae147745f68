#include "eventsource/actors/persistence_actor.hpp"

#include <algorithm>

namespace es::actors {

persistence_actor::persistence_actor(caf::actor_config& config,
                                     settings::persistence_settings how,
                                     caf::actor worker)
  : caf::event_based_actor(config), how_(how), worker_(std::move(worker)) {
  // nop
}

caf::behavior persistence_actor::make_behavior() {
  return {
    [this](append& message) { return on_append(message); },
    [this](linger_tick tick) {
      if (linger_.fired(tick)) {
        lingered_ = true;
        write_if_due();
      }
    },
    [this](stop) { return on_stop(); },
  };
}

void persistence_actor::on_exit() {
  error gone{errc::unavailable,
             "the persistence actor was stopped before this append was "
             "written; nothing of it is stored"};
  for (auto& item : open_)
    item.answer.deliver(append_done{store::append_outcome::refused(gone)});
  open_.clear();
  error unknown{errc::in_doubt, "the persistence actor was stopped during a "
                                "commit; its outcome is in the store"};
  for (auto& answer : in_flight_)
    answer.deliver(append_done{store::append_outcome::refused(unknown)});
  in_flight_.clear();
  answer_stop();
  // A detached worker would wait for ever; it ends after its current batch.
  caf::anon_send_exit(worker_, caf::exit_reason::user_shutdown);
  worker_ = nullptr;
}

// -- handlers -----------------------------------------------------------------

caf::result<append_done> persistence_actor::on_append(append& message) {
  auto bytes = message.request.byte_size();
  if (stopping_)
    return to_caf({errc::unavailable, "the runtime is stopping"});
  if (open_.size() + in_flight_.size() >= how_.queue_appends_max
      || open_bytes_ + in_flight_bytes_ + bytes > how_.queue_bytes_max)
    return to_caf(
      {errc::overloaded,
       "the writer has " + std::to_string(open_.size() + in_flight_.size())
         + " appends (" + std::to_string(open_bytes_ + in_flight_bytes_)
         + " bytes) waiting; try again later or raise "
           "persistence.queue_appends_max"});
  auto answer = make_response_promise<append_done>();
  open_.push_back({std::move(message.request), bytes, answer});
  open_bytes_ += bytes;
  write_if_due();
  return answer;
}

caf::result<stopped> persistence_actor::on_stop() {
  stopping_ = true;
  auto answer = make_response_promise<stopped>();
  stop_answers_.push_back(answer);
  write_if_due();
  stop_if_done();
  return answer;
}

// -- batches ------------------------------------------------------------------

void persistence_actor::write_if_due() {
  if (!in_flight_.empty() || open_.empty())
    return;
  auto full = open_.size() >= how_.batch_appends_max
              || open_bytes_ >= how_.batch_bytes_max;
  if (full || lingered_ || stopping_ || how_.linger.count() == 0)
    write();
  else if (!linger_.armed())
    linger_.start(this, how_.linger);
}

void persistence_actor::write() {
  linger_.cancel();
  lingered_ = false;
  auto end = std::min(open_.size(), how_.batch_appends_max);
  write_batch batch;
  batch.appends.reserve(end);
  in_flight_.reserve(end);
  std::size_t count = 0;
  for (; count < end; ++count) {
    auto& item = open_[count];
    // One append alone may be larger than a batch.
    if (count > 0 && in_flight_bytes_ + item.bytes > how_.batch_bytes_max)
      break;
    in_flight_bytes_ += item.bytes;
    batch.appends.push_back(std::move(item.request));
    in_flight_.push_back(std::move(item.answer));
  }
  open_.erase(open_.begin(),
              open_.begin() + static_cast<std::ptrdiff_t>(count));
  open_bytes_ -= in_flight_bytes_;
  compat::ask(this, worker_, caf::infinite, std::move(batch))
    .then(
      [this](batch_written& written) {
        on_written(std::move(written.outcomes));
      },
      [this](const caf::error& e) {
        // The worker is gone or threw: nobody knows what was stored.
        auto why = from_caf(system(), e);
        why.code = errc::in_doubt;
        on_written({in_flight_.size(), store::append_outcome::refused(why)});
      });
}

void persistence_actor::on_written(
  std::vector<store::append_outcome> outcomes) {
  auto answers = std::move(in_flight_);
  in_flight_.clear();
  in_flight_bytes_ = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (i < outcomes.size())
      answers[i].deliver(append_done{std::move(outcomes[i])});
    else
      answers[i].deliver(append_done{store::append_outcome::refused(
        {errc::in_doubt, "the store gave no outcome for this append"})});
  }
  write_if_due();
  stop_if_done();
}

void persistence_actor::stop_if_done() {
  if (!stopping_ || !in_flight_.empty() || !open_.empty())
    return;
  answer_stop();
  quit();
}

// A promise keeps its own actor alive: none may stay behind.
void persistence_actor::answer_stop() {
  for (auto& answer : stop_answers_)
    answer.deliver(stopped{});
  stop_answers_.clear();
}

} // namespace es::actors
