#include "eventsource/tests/simulation/slow_worker.hpp"

#include "eventsource/actors/store_worker.hpp"

namespace es::simulation {

using namespace actors;

slow_worker::slow_worker(caf::actor_config& config,
                         std::shared_ptr<simulated_store> store)
  : caf::event_based_actor(config), store_(std::move(store)),
    worker_(system().spawn<store_worker>(store_)) {
  // nop
}

caf::behavior slow_worker::make_behavior() {
  return {
    [this](write_batch& question) { return pass_on<batch_written>(question); },
    [this](recover_batch& question) {
      return pass_on<batch_recovered>(question);
    },
    [this](find_receipts& question) {
      return pass_on<receipts_found>(question);
    },
    [](call_back& step) { step.run(); },
  };
}

void slow_worker::on_exit() {
  for (auto& [number, give_up] : waiting_)
    give_up();
  waiting_.clear();
  caf::anon_send_exit(worker_, caf::exit_reason::user_shutdown);
  worker_ = nullptr;
}

template <class Answer>
void slow_worker::after(moment delay,
                        caf::typed_response_promise<Answer> promise,
                        std::function<void()> step) {
  const auto number = ++last_;
  waiting_.emplace(number, [promise]() mutable {
    promise.deliver(to_caf({errc::unavailable, "the worker has ended"}));
  });
  compat::tell_self_after(this, delay,
                          call_back{[this, number, step = std::move(step)] {
                            waiting_.erase(number);
                            step();
                          }});
}

template <class Answer, class Question>
caf::result<Answer> slow_worker::pass_on(Question& question) {
  const auto before = store_->draw_delay();
  const auto behind = store_->draw_delay();
  auto promise = make_response_promise<Answer>();
  if (behind.count() == 0 && before.count() == 0) {
    promise.delegate(worker_, std::move(question));
    return promise;
  }
  auto shared = std::make_shared<Question>(std::move(question));
  after<Answer>(before, promise, [this, promise, shared, behind]() mutable {
    compat::ask(this, worker_, caf::infinite, std::move(*shared))
      .then(
        [this, promise, behind](Answer& answer) mutable {
          auto kept = std::make_shared<Answer>(std::move(answer));
          after<Answer>(behind, promise, [promise, kept]() mutable {
            promise.deliver(std::move(*kept));
          });
        },
        [promise](const caf::error& why) mutable { promise.deliver(why); });
  });
  return promise;
}

} // namespace es::simulation
