#include "eventsource/actors/recovery_actor.hpp"

#include <algorithm>
#include <utility>

namespace es::actors {

recovery_actor::recovery_actor(caf::actor_config& config,
                               settings::recovery_settings how,
                               std::vector<caf::actor> readers)
  : caf::event_based_actor(config), how_(how), readers_(std::move(readers)),
    loading_(readers_.size()) {
  // nop
}

caf::behavior recovery_actor::make_behavior() {
  return {
    [this](recover& message) -> caf::result<recovered> {
      if (queue_.size() >= how_.queue_aggregates_max)
        return to_caf({errc::overloaded,
                       std::to_string(queue_.size())
                         + " aggregates wait for their recovery; try again "
                           "later or raise recovery.queue_aggregates_max"});
      auto answer = make_response_promise<recovered>();
      queue_.push_back({std::move(message.request), answer});
      load_if_possible();
      return answer;
    },
  };
}

void recovery_actor::on_exit() {
  error gone{errc::unavailable, "the runtime is stopping"};
  for (auto& item : queue_)
    item.answer.deliver(to_caf(gone));
  queue_.clear();
  for (auto& answers : loading_)
    for (auto& answer : answers)
      answer.deliver(to_caf(gone));
  loading_.clear();
  readers_.clear();
}

void recovery_actor::load_if_possible() {
  for (std::size_t i = 0; i < readers_.size() && !queue_.empty(); ++i) {
    if (!loading_[i].empty() || in_flight_ >= how_.concurrent_max)
      continue;
    load(i, std::min({queue_.size(), how_.batch_aggregates_max,
                      how_.concurrent_max - in_flight_}));
  }
}

void recovery_actor::load(std::size_t reader, std::size_t count) {
  recover_batch batch;
  batch.events_per_page = how_.page_events_max;
  batch.requests.reserve(count);
  auto& answers = loading_[reader];
  answers.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    batch.requests.push_back(std::move(queue_.front().request));
    answers.push_back(std::move(queue_.front().answer));
    queue_.pop_front();
  }
  in_flight_ += count;
  auto take_answers = [this, reader] {
    auto taken = std::exchange(loading_[reader], {});
    in_flight_ -= taken.size();
    return taken;
  };
  compat::ask(this, readers_[reader], caf::infinite, std::move(batch))
    .then(
      [this, take_answers](batch_recovered& loaded) {
        auto answers = take_answers();
        for (std::size_t i = 0; i < answers.size(); ++i) {
          if (i < loaded.pages.size())
            answers[i].deliver(recovered{std::move(loaded.pages[i])});
          else
            answers[i].deliver(to_caf(
              {errc::internal, "the store did not answer this recovery"}));
        }
        load_if_possible();
      },
      [this, take_answers](const caf::error& e) {
        for (auto& answer : take_answers())
          answer.deliver(e);
        load_if_possible();
      });
}

} // namespace es::actors
