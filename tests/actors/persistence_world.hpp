#pragma once

#include "eventsource/actors/persistence_actor.hpp"
#include "eventsource/testing/world/test_scheduler.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace es::actors {

/// Stands in for the store worker: keeps each batch until the test lets go.
struct held_batches {
  using promise = caf::typed_response_promise<batch_written>;
  std::vector<std::pair<write_batch, promise>> batches;

  void commit(std::size_t index) {
    batch_written written;
    for (const auto& request : batches.at(index).first.batch->requests)
      written.outcomes.push_back(store::append_outcome::committed(request));
    batches[index].second.deliver(std::move(written));
  }
};

class holding_worker : public caf::event_based_actor {
public:
  holding_worker(caf::actor_config& config, std::shared_ptr<held_batches> held)
    : caf::event_based_actor(config), held_(std::move(held)) {
    // nop
  }

  caf::behavior make_behavior() override {
    return {
      [this](write_batch& batch) -> caf::result<batch_written> {
        auto answer = make_response_promise<batch_written>();
        held_->batches.emplace_back(std::move(batch), answer);
        return answer;
      },
      // A promise may be kept only in the turn of the actor that gave it.
      [](call_back& f) { f.run(); },
    };
  }

private:
  std::shared_ptr<held_batches> held_;
};

/// A persistence actor whose store is the test.
struct persistence_world {
  using answer = std::shared_ptr<std::optional<result<receipt>>>;

  testing::test_config<> config;
  caf::actor_system system{config};
  testing::test_scheduler scheduler{system};
  std::shared_ptr<held_batches> held = std::make_shared<held_batches>();
  caf::actor worker = system.spawn<holding_worker>(held);
  caf::actor writer;

  void start(settings::persistence_settings how) {
    start(how, {worker});
  }

  void start(settings::persistence_settings how,
             std::vector<caf::actor> workers) {
    writer = system.spawn<persistence_actor>(
      how, std::make_shared<idle_workers>(std::move(workers)));
    scheduler.run();
  }

  ~persistence_world() {
    caf::anon_send_exit(writer, caf::exit_reason::kill);
    caf::anon_send_exit(worker, caf::exit_reason::kill);
    held->batches.clear();
    scheduler.run();
  }

  std::uint64_t last_ticket = 0;
  admission door{100};

  static append append_of(const std::string& id, std::size_t bytes = 10) {
    append message;
    message.request.aggregate_id = id;
    message.request.aggregate_type = "account";
    message.request.events.push_back({"evt_" + id, "deposited", 1,
                                      '"' + std::string(bytes, 'x') + '"',
                                      false});
    return message;
  }

  answer send(const std::string& id, std::size_t bytes = 10,
              std::shared_ptr<append_chain> chain = nullptr) {
    auto message = append_of(id, bytes);
    message.chain = std::move(chain);
    return send(std::move(message));
  }

  answer send(append message) {
    auto slot = std::make_shared<std::optional<result<receipt>>>();
    auto to = writer;
    message.ticket = ++last_ticket;
    system.spawn([=](caf::event_based_actor* self) mutable {
      compat::ask(self, to, caf::infinite, std::move(message))
        .then(
          [slot](receipt& given) {
            ES_CHECK(!slot->has_value());
            *slot = std::move(given);
          },
          [slot, self](const caf::error& e) {
            ES_CHECK(!slot->has_value());
            *slot = tl::unexpected(from_caf(self->system(), e));
          });
    });
    scheduler.run();
    return slot;
  }

  /// With somebody who waits until `wait` is over, as a router counts them.
  answer send_until(std::chrono::milliseconds wait, const std::string& id,
                    std::shared_ptr<append_chain> chain = nullptr) {
    auto message = append_of(id);
    message.chain = std::move(chain);
    message.counted = *door.admit(system.clock().now());
    message.deadline = system.clock().now() + wait;
    return send(std::move(message));
  }

  void in_worker(std::function<void()> f) {
    compat::tell_anonymously(worker, call_back{std::move(f)});
    scheduler.run();
  }

  /// The store refuses all of a batch.
  void refuse(std::size_t index, errc code) {
    in_worker([this, index, code] {
      auto& [batch, answer] = held->batches[index];
      answer.deliver(
        batch_written{{batch.batch->requests.size(),
                       store::append_outcome::refused({code, "refused"})}});
    });
  }

  void commit(std::size_t index) {
    in_worker([this, index] { held->commit(index); });
  }

  std::size_t batch_size(std::size_t index) {
    return held->batches.at(index).first.batch->requests.size();
  }
};

} // namespace es::actors
