#include "eventsource/actors/store_worker.hpp"

#include "eventsource/actors/subscription_messages.hpp"

namespace es::actors {

namespace {

es::error escaped(const std::exception& e) {
  return {errc::internal,
          std::string{"the event store threw an exception: "} + e.what()};
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
    [this](const write_batch& batch) -> caf::result<batch_written> {
      try {
        return batch_written{store_->write(batch.appends)};
      } catch (const std::exception& e) {
        // Whether it was stored is not known.
        auto error = escaped(e);
        error.code = errc::in_doubt;
        return to_caf(error);
      }
    },
    [this](const run_on_store& task) -> caf::result<store_asked> {
      try {
        task.run(*store_);
        return store_asked{};
      } catch (const std::exception& e) {
        return to_caf(escaped(e));
      }
    },
    [this](const recover_batch& batch) -> caf::result<batch_recovered> {
      try {
        auto pages = store_->recover(batch.requests, batch.events_per_page);
        if (!pages)
          return to_caf(pages.error());
        return batch_recovered{std::move(*pages)};
      } catch (const std::exception& e) {
        return to_caf(escaped(e));
      }
    },
    [this](const find_receipts& question) -> caf::result<receipts_found> {
      try {
        auto found =
          store_->find_receipts(question.aggregate_id, question.command_ids);
        if (!found)
          return to_caf(found.error());
        return receipts_found{std::move(*found)};
      } catch (const std::exception& e) {
        return to_caf(escaped(e));
      }
    },
    [this](const forget_commands& wish) -> caf::result<commands_forgotten> {
      try {
        auto count = store_->forget_commands(wish.older_than, wish.limit);
        if (!count)
          return to_caf(count.error());
        return commands_forgotten{*count};
      } catch (const std::exception& e) {
        return to_caf(escaped(e));
      }
    },
  };
}

} // namespace es::actors
