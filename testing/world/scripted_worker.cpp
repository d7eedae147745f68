#include "eventsource/testing/world/scripted_worker.hpp"

#include "eventsource/actors/append_queue.hpp"

namespace es::testing {

using namespace actors;

namespace {

constexpr std::chrono::nanoseconds at_once{0};

} // namespace

scripted_worker::scripted_worker(caf::actor_config& config,
                                 std::shared_ptr<store::event_store> store,
                                 std::shared_ptr<store_faults> faults)
  : caf::event_based_actor(config), store_(std::move(store)),
    faults_(std::move(faults)) {
  // nop
}

caf::behavior scripted_worker::make_behavior() {
  return {
    [this](const write_batch& message) {
      auto how = faults_->begin_commit();
      const auto delay = how.delay;
      return serve<batch_written>(
        delay,
        [this, how = std::move(how),
         batch = message.batch]() -> result<batch_written> {
          return batch_written{faults_->commit(how, *store_, batch->requests)};
        });
    },
    [this](const recover_batch& batch) {
      auto how = faults_->begin_load();
      const auto delay = how.delay;
      return serve<batch_recovered>(
        delay,
        [this, how = std::move(how), batch]() -> result<batch_recovered> {
          return faults_
            ->load(how, *store_, batch.requests, batch.events_per_page)
            .map([](auto pages) { return batch_recovered{std::move(pages)}; });
        });
    },
    [this](const run_on_store& task) {
      return serve<store_asked>(at_once, [this, task]() -> result<store_asked> {
        if (auto why = faults_->outage())
          return tl::unexpected(std::move(*why));
        task.run(*store_);
        return store_asked{};
      });
    },
    [this](const find_receipts& question) {
      return serve<receipts_found>(
        at_once, [this, question]() -> result<receipts_found> {
          if (auto why = faults_->outage())
            return tl::unexpected(std::move(*why));
          return store_
            ->find_receipts(question.aggregate_id, question.command_ids)
            .map([](auto first) { return receipts_found{std::move(first)}; });
        });
    },
    [this](const forget_commands& wish) {
      return serve<commands_forgotten>(
        at_once, [this, wish]() -> result<commands_forgotten> {
          if (auto why = faults_->outage())
            return tl::unexpected(std::move(*why));
          return store_->forget_commands(wish.older_than, wish.limit)
            .map([](auto count) { return commands_forgotten{count}; });
        });
    },
    // The end of a delay.
    [this](call_back& step) { step.run(); },
  };
}

void scripted_worker::on_exit() {
  for (auto& call : std::exchange(waiting_, {}))
    call.give_up();
}

template <class Answer, class Call>
caf::result<Answer> scripted_worker::serve(std::chrono::nanoseconds delay,
                                           Call call) {
  if (waiting_.empty() && delay.count() <= 0) {
    auto outcome = call();
    if (!outcome)
      return to_caf(outcome.error());
    return std::move(*outcome);
  }
  auto promise = make_response_promise<Answer>();
  const bool is_first = waiting_.empty();
  waiting_.push_back(
    {delay,
     [promise, call = std::move(call)]() mutable {
       auto outcome = call();
       if (outcome)
         promise.deliver(std::move(*outcome));
       else
         promise.deliver(to_caf(outcome.error()));
     },
     [promise]() mutable {
       promise.deliver(to_caf({errc::unavailable, "the worker has ended"}));
     }});
  if (is_first)
    run_next();
  return promise;
}

void scripted_worker::run_next() {
  while (!waiting_.empty()) {
    auto finish = [this] {
      waiting_.front().run();
      waiting_.pop_front();
    };
    if (waiting_.front().delay.count() > 0) {
      compat::tell_self_after(this, waiting_.front().delay,
                              call_back{[this, finish] {
                                finish();
                                run_next();
                              }});
      return;
    }
    finish();
  }
}

} // namespace es::testing
