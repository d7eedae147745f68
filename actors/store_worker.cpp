#include "eventsource/actors/store_worker.hpp"

#include "eventsource/actors/append_queue.hpp"
#include "eventsource/actors/subscription_messages.hpp"
#include "eventsource/actors/turn_chain.hpp"
#include "eventsource/domain/exception_text.hpp"

namespace es::actors {

namespace {

/// Of what was just caught.
es::error escaped() {
  return {errc::internal,
          "the event store threw an exception: " + exception_text()};
}

} // namespace

store_worker::store_worker(caf::actor_config& config,
                           std::shared_ptr<store::event_store> store)
  : caf::event_based_actor(config), store_(std::move(store)) {
  // nop
}

// Stores do not throw by contract; a user's own store may not know, and an
// exception would kill this actor together with all that wait for it.
caf::behavior store_worker::make_behavior() {
  return {
    [this](const write_batch& message) -> caf::result<batch_written> {
      asked_for_one_ = message.batch->requests.size() == 1;
      try {
        return batch_written{write(message)};
      } catch (...) {
        // Whether it was stored is not known.
        auto error = escaped();
        error.code = errc::in_doubt;
        return to_caf(error);
      }
    },
    [this](const run_on_store& task) -> caf::result<store_asked> {
      try {
        task.run(*store_);
        return store_asked{};
      } catch (...) {
        return to_caf(escaped());
      }
    },
    [this](const recover_batch& batch) -> caf::result<batch_recovered> {
      asked_for_one_ = batch.requests.size() == 1;
      try {
        auto pages = store_->recover(batch.requests, batch.events_per_page);
        if (!pages)
          return to_caf(pages.error());
        return batch_recovered{std::move(*pages)};
      } catch (...) {
        return to_caf(escaped());
      }
    },
    [this](const find_receipts& question) -> caf::result<receipts_found> {
      asked_for_one_ = true;
      try {
        auto found =
          store_->find_receipts(question.aggregate_id, question.command_ids);
        if (!found)
          return to_caf(found.error());
        return receipts_found{std::move(*found)};
      } catch (...) {
        return to_caf(escaped());
      }
    },
    [this](const forget_commands& wish) -> caf::result<commands_forgotten> {
      try {
        auto count = store_->forget_commands(wish.older_than, wish.limit);
        if (!count)
          return to_caf(count.error());
        return commands_forgotten{*count};
      } catch (...) {
        return to_caf(escaped());
      }
    },
  };
}

std::vector<store::append_outcome>
store_worker::write(const write_batch& message) {
  auto& [requests, bytes, prepared] = *message.batch;
  try {
    if (!prepared)
      prepared = store_->prepare(requests);
  } catch (...) {
    // Unlike below, nothing can have been stored.
    return {requests.size(), store::append_outcome::refused(escaped())};
  }
  return store_->write_prepared(*prepared, [this, &message] {
    if (message.behind)
      message.behind->prepare_next(*store_);
  });
}

caf::resumable::resume_result
store_worker::resume(compat::execution_context* host, std::size_t throughput) {
  // Tests' schedulers choose themselves what runs next.
  if (!host || throughput <= 1)
    return caf::event_based_actor::resume(host, throughput);
  turn_chain chain{*host, 1};
  const auto result = chain.take_turn(throughput, [&](std::size_t part) {
    asked_for_one_ = false;
    return caf::event_based_actor::resume(&chain, part);
  });
  if (result == awaiting_message && asked_for_one_) {
    // No other thread runs this actor; it lives until this turn is over.
    lent_ = std::this_thread::get_id();
    chain.run(turn_chain::messages_max, [&] { return !mailbox().blocked(); });
    lent_ = std::thread::id{};
  }
  return result;
}

} // namespace es::actors
