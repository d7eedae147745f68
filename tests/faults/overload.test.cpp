// Producers are faster than the database, and do not wait for it.
#include "eventsource/tests/faults/fault_run.hpp"

#include <array>
#include <atomic>
#include <fstream>
#include <unistd.h>

namespace overload_test {

using namespace es;
using namespace es::testing;

namespace {

constexpr std::size_t accounts_count = 100;
constexpr std::size_t producers_count = 4;
constexpr std::size_t unanswered_max = 20'000;
/// What a million waiting commands would need is far above it.
constexpr std::size_t growth_max_mib = 256;
#ifdef __SANITIZE_ADDRESS__
// The sanitizer keeps freed memory for a while, and more beside the rest. It
// needs no more than that the bound is met again and again.
constexpr std::size_t sanitizer_factor = 4;
constexpr std::size_t commands_count = 200'000;
#else
constexpr std::size_t sanitizer_factor = 1;
constexpr std::size_t commands_count = 1'000'000;
#endif

std::size_t resident_mib() {
  std::ifstream in{"/proc/self/statm"};
  std::size_t pages = 0;
  in >> pages >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) >> 20;
}

/// Counts answers by their kind and by the time they took. Thread-safe.
class answers {
public:
  using clock = std::chrono::steady_clock;

  void take(const result<receipt>& answer, clock::time_point sent) {
    take(answer ? std::nullopt : std::optional{answer.error().code}, sent);
  }

  void take(std::optional<errc> refusal, clock::time_point sent) {
    if (!refusal) {
      const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                        clock::now() - sent)
                        .count();
      const auto slot = std::min<std::size_t>(
        static_cast<std::size_t>(ms) / slot_ms, slots_.size() - 1);
      ++slots_[slot];
      ++receipts_;
    } else if (*refusal == errc::overloaded) {
      ++overloaded_;
    } else {
      ++others_;
    }
  }

  [[nodiscard]] std::size_t receipts() const {
    return receipts_;
  }
  [[nodiscard]] std::size_t overloaded() const {
    return overloaded_;
  }
  [[nodiscard]] std::size_t all() const {
    return receipts_ + overloaded_ + others_;
  }

  /// So many of 1,000 receipts came within it.
  [[nodiscard]] std::chrono::milliseconds latency(std::size_t permille) const {
    std::size_t seen = 0;
    std::size_t slot = 0;
    while (slot < slots_.size() && seen * 1'000 < receipts_ * permille)
      seen += slots_[slot++];
    return std::chrono::milliseconds{slot * slot_ms};
  }

private:
  static constexpr std::size_t slot_ms = 10;

  std::atomic<std::size_t> receipts_ = 0;
  std::atomic<std::size_t> overloaded_ = 0;
  std::atomic<std::size_t> others_ = 0;
  std::array<std::atomic<std::size_t>, 12'000> slots_{};
};

struct accounts {
  explicit accounts(bank_runtime& runtime) {
    auto source = ksuid_generator::system();
    for (std::size_t i = 0; i < accounts_count; ++i) {
      ids.push_back(source.next(bank::account::id_prefix));
      must(
        runtime->execute<bank::account>(ids.back(), bank::open_account{"Ada"}));
    }
  }

  std::vector<std::string> ids;
};

/// Lets `produce` send all commands, and checks what became of them.
void overload(
  const char* scenario,
  const std::function<void(bank_runtime&, const accounts&,
                           const std::shared_ptr<answers>&)>& produce) {
  rounds_of(scenario, [&](fault_round&) {
    bank_server bank;
    auto got = std::make_shared<answers>();
    auto timeout = std::chrono::milliseconds{0};
    const auto before_mib = resident_mib();
    auto peak_mib = before_mib;
    {
      bank_runtime runtime{bank.store(), [&](actors::settings& how) {
                             const auto plain = actors::settings{};
                             how.persistence = plain.persistence;
                             how.aggregates = plain.aggregates;
                             how.commands = plain.commands;
                             how.commands.unanswered_max = unanswered_max;
                             timeout = how.commands.timeout;
                           }};
      const accounts open{runtime};
      std::thread producer{[&] { produce(runtime, open, got); }};
      const bool all_answered = eventually([&] {
        peak_mib = std::max(peak_mib, resident_mib());
        return got->all() >= commands_count;
      });
      producer.join();
      ES_CHECK(all_answered);
      ES_CHECK(runtime->stop().clean());
    }
    std::cout << "  " << got->receipts() << " stored, " << got->overloaded()
              << " overloaded, p50 " << got->latency(500).count() << " ms, p99 "
              << got->latency(990).count() << " ms, slowest "
              << got->latency(1'000).count() << " ms, peak " << peak_mib
              << " MiB, " << peak_mib - before_mib << " MiB of it for these"
              << std::endl;
    ES_CHECK_EQ(got->all(), commands_count);
    ES_CHECK_EQ(got->receipts() + got->overloaded(), commands_count);
    ES_CHECK_LT(0u, got->receipts());
    ES_CHECK_LT(0u, got->overloaded());
    ES_CHECK_LT(peak_mib - before_mib, growth_max_mib * sanitizer_factor);
    ES_CHECK(got->latency(1'000) < timeout + lateness_max);
    auto look = bank.observe();
    ES_CHECK_EQ(
      look.value("SELECT count(*) FROM es.events WHERE type = 'deposited'"),
      std::to_string(got->receipts()));
  });
}

/// Sends its share in bursts, and looks at its answers in between only.
class producer_actor : public caf::event_based_actor {
public:
  producer_actor(caf::actor_config& config, actors::handle<bank::account> to,
                 std::vector<std::string> ids, std::shared_ptr<answers> got)
    : caf::event_based_actor(config), to_(std::move(to)), ids_(std::move(ids)),
      got_(std::move(got)) {
    // nop
  }

  caf::behavior make_behavior() override {
    burst();
    return {[this](actors::call_back&) { burst(); }};
  }

private:
  void burst() {
    constexpr std::size_t burst_size = 1'000;
    for (std::size_t i = 0; i < burst_size && left_ > 0; ++i, --left_) {
      const auto sent = answers::clock::now();
      actors::compat::ask(this, to_, caf::infinite, ids_[left_ % ids_.size()],
                          bank::deposit{1})
        .then([this, sent](const receipt&) { got_->take(std::nullopt, sent); },
              [this, sent](const caf::error& e) {
                got_->take(actors::from_caf(system(), e).code, sent);
              });
    }
    if (left_ > 0)
      actors::compat::tell(this, caf::actor_cast<caf::actor>(this),
                           actors::call_back{});
  }

  actors::handle<bank::account> to_;
  std::vector<std::string> ids_;
  std::shared_ptr<answers> got_;
  std::size_t left_ = commands_count / producers_count;
};

} // namespace

ES_TEST("commands that threads submit without waiting are stored or "
        "refused at once, in bounded memory and time") {
  overload("overload from threads", [](auto& runtime, auto& open, auto& got) {
    std::vector<std::thread> threads;
    for (std::size_t k = 0; k < producers_count; ++k)
      threads.emplace_back([&, k] {
        for (std::size_t i = k; i < commands_count; i += producers_count)
          runtime->submit(
            "account", open.ids[i % open.ids.size()],
            any_command::of(bank::deposit{1}), {},
            [got, sent = answers::clock::now()](const result<receipt>& answer) {
              got->take(answer, sent);
            });
      });
    for (auto& each : threads)
      each.join();
  });
}

ES_TEST("commands that actors send through the typed handle without "
        "waiting are stored or refused at once, in bounded memory and "
        "time") {
  overload("overload from actors", [](auto& runtime, auto& open, auto& got) {
    auto to = must(runtime->template handle<bank::account>());
    for (std::size_t i = 0; i < producers_count; ++i)
      runtime.system().template spawn<producer_actor>(to, open.ids, got);
  });
}

} // namespace overload_test
