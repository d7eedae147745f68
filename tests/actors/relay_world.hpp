#pragma once

#include "eventsource/actors/outbox_relay.hpp"
#include "eventsource/actors/publishing_actor.hpp"
#include "eventsource/actors/relay_worker.hpp"
#include "eventsource/tests/actors/account_world.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace es::testing {

/// A deterministic runtime whose outbox is published to the test. Withdrawals
/// are what an account publishes.
struct relay_world : account_world {
  /// Everything that was published, in order, and what is to be answered.
  struct script {
    std::vector<actors::outgoing_event> published;
    /// Events of each call.
    std::vector<std::size_t> calls;
    std::function<result<void>(const actors::outgoing_event&)> answer;
    bool keeps_order = true;

    [[nodiscard]] std::vector<version_t>
    versions_of(const std::string& id) const {
      std::vector<version_t> all;
      for (const auto& out : published)
        if (out.event.aggregate_id == id)
          all.push_back(out.event.version);
      return all;
    }
  };

  class scripted_publisher : public actors::publisher {
  public:
    explicit scripted_publisher(std::shared_ptr<script> what)
      : script_(std::move(what)) {
      // nop
    }

    std::vector<result<void>>
    publish(std::span<const actors::outgoing_event> events) override {
      script_->calls.push_back(events.size());
      std::vector<result<void>> outcomes;
      std::set<std::string> held;
      for (const auto& out : events) {
        if (held.contains(out.event.aggregate_id)) {
          outcomes.push_back(tl::unexpected(actors::left_out()));
          continue;
        }
        auto outcome = script_->answer ? script_->answer(out) : result<void>{};
        if (outcome)
          script_->published.push_back(out);
        else if (script_->keeps_order)
          held.insert(out.event.aggregate_id);
        outcomes.push_back(std::move(outcome));
      }
      return outcomes;
    }

  private:
    std::shared_ptr<script> script_;
  };

  explicit relay_world(actors::settings how = prompt())
    : account_world(how), how(how) {
    // nop
  }

  static actors::settings prompt() {
    auto how = quick();
    how.outbox.poll_interval = std::chrono::seconds(1);
    how.outbox.lease_duration = std::chrono::seconds(9);
    how.outbox.attempts_max = 3;
    how.outbox.retry_delay_min = std::chrono::milliseconds(100);
    how.outbox.retry_delay_max = std::chrono::milliseconds(400);
    return how;
  }

  actors::settings how;
  std::shared_ptr<script> out = std::make_shared<script>();

  void relay() {
    auto started = runtime().relay_outbox(
      [this]() -> result<std::unique_ptr<actors::publisher>> {
        return std::make_unique<scripted_publisher>(out);
      });
    ES_REQUIRE(started.has_value());
    run();
  }

  /// Another process' relay on the same store.
  caf::actor other_relay(std::shared_ptr<script> what, std::string owner,
                         actors::settings::outbox_settings with,
                         store::outbox_partition part = {}) {
    std::shared_ptr<store::event_store> shared(&store(), [](auto*) {
      // The world's own.
    });
    auto new_worker = [&] {
      return system().spawn<actors::relay_worker>(
        shared,
        cloud_event_writer::make({.source = with.source, .type = with.type})
          .value());
    };
    auto relay = system().spawn<actors::outbox_relay>(
      actors::outbox_relay::options{with, part, std::move(owner), 1},
      new_worker(), new_worker(),
      system().spawn<actors::publishing_actor>(
        std::make_unique<scripted_publisher>(std::move(what))));
    run();
    return relay;
  }

  void end(const caf::actor& relay) {
    caf::anon_send_exit(relay, caf::exit_reason::kill);
    run();
  }

  /// An account of its own with so many withdrawals, versions 3 and up.
  std::string account_with(int withdrawals) {
    auto account = new_id<bank::account>();
    ES_REQUIRE(execute<bank::account>(account, bank::open_account{"Ada"}));
    ES_REQUIRE(execute<bank::account>(account, bank::deposit{1'000}));
    for (int i = 0; i < withdrawals; ++i)
      withdraw(account);
    return account;
  }

  void withdraw(const std::string& account) {
    ES_REQUIRE(execute<bank::account>(account, bank::withdraw{1}));
  }

  std::int64_t pending() {
    return store().outbox().measure_outbox().value().pending;
  }

  std::vector<store::outbox_row> rows() {
    return store().outbox().list_outbox({}, 100, false).value();
  }

  std::vector<store::outbox_row> dead() {
    return store().outbox().list_outbox({}, 100, true).value();
  }

  using versions = std::vector<version_t>;
};

} // namespace es::testing
