#pragma once

#include "eventsource/tests/faults/bank_runtime.hpp"
#include "eventsource/tests/faults/load_audit.hpp"
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/store/server_fixture.hpp"
#include "eventsource/tests/store/server_scratch.hpp"

#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <random>
#include <string>
#include <thread>

/// What the scenarios share: how long and with which seed they run, the server
/// that suffers, and the load on it.
namespace es::testing {

inline void expect_none(const findings& found) {
  // A broken promise breaks for many commands at once.
  constexpr std::size_t shown_max = 20;
  for (std::size_t i = 0; i < std::min(found.size(), shown_max); ++i)
    std::cout << "  BROKEN: " << found[i] << std::endl;
  ES_CHECK_EQ(found.size(), 0u);
}

/// A number from the environment, or `otherwise`.
inline std::uint64_t number_from(const char* variable,
                                 std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text && *text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// One round of a scenario: its own seed, and a limit to its load.
class fault_round {
public:
  fault_round(std::uint64_t seed, std::chrono::milliseconds load)
    : seed_(seed), random_(seed),
      end_(std::chrono::steady_clock::now() + std::chrono::hours{24}),
      load_(load) {
    // nop
  }

  [[nodiscard]] std::uint64_t seed() const noexcept {
    return seed_;
  }
  /// Whether there is time for faults that last longer.
  [[nodiscard]] bool is_soak() const noexcept {
    return load_ > std::chrono::seconds{5};
  }
  /// The time of the load counts from here.
  void begin() {
    end_ = std::chrono::steady_clock::now() + load_;
  }
  [[nodiscard]] bool goes_on() const {
    return std::chrono::steady_clock::now() < end_;
  }
  /// A number from `least` to `most`.
  std::uint64_t number(std::uint64_t least, std::uint64_t most) {
    return std::uniform_int_distribution<std::uint64_t>{least, most}(random_);
  }
  /// Lets the load run for a random time, so that the next fault meets it
  /// anywhere.
  void pause(std::uint64_t least_ms, std::uint64_t most_ms) {
    std::this_thread::sleep_for(
      std::chrono::milliseconds{number(least_ms, most_ms)});
  }

private:
  std::uint64_t seed_;
  std::mt19937_64 random_;
  std::chrono::steady_clock::time_point end_;
  std::chrono::milliseconds load_;
};

/// Runs a scenario once for some seconds, or round after round for
/// ES_SOAK_SECONDS. The seed of the first round is ES_SOAK_SEED or a random
/// one; each is printed.
inline void rounds_of(const std::string& scenario,
                      const std::function<void(fault_round&)>& body) {
  using clock = std::chrono::steady_clock;
  const auto soak = number_from("ES_SOAK_SECONDS", 0);
  const auto until = clock::now() + std::chrono::seconds{soak};
  const auto load = std::chrono::milliseconds{soak == 0 ? 2'000 : 10'000};
  auto seed = number_from("ES_SOAK_SEED", std::random_device{}());
  auto* test = caf::test::engine::current_test();
  do {
    std::cout << scenario << ": seed " << seed << std::endl;
    fault_round round{seed++, load};
    body(round);
  } while (clock::now() < until && test->bad() == 0);
}

/// A server of its own with the bank's tables.
class bank_server {
public:
  using settings_list = std::vector<std::pair<std::string, std::string>>;

  /// `folder` is that of the server's data; empty: one of its own.
  explicit bank_server(const settings_list& settings = {},
                       const std::filesystem::path& folder = {}) {
    // A temporary one is made faster, and if the test is killed, the next that
    // starts one removes it: not in the scratch folder, where nobody looks.
    auto options = options_for(folder);
    options.temporary = folder.empty();
    for (const auto& each : settings)
      options.server_settings.push_back(each);
    server_.emplace(must(store::local_server::start(std::move(options))));
    store_.dsn = server_->dsn();
    store_.connect_timeout = std::chrono::seconds{2};
    store_.connection_wait_max = std::chrono::seconds{2};
    must(must(store::migrator::open(store_)).apply());
    observe().script("CREATE TABLE projection.accounts (id varchar PRIMARY "
                     "KEY, owner varchar, balance bigint, version bigint)");
  }

  [[nodiscard]] const scratch_folder& scratch() const {
    return scratch_;
  }
  [[nodiscard]] store::local_server& server() {
    return *server_;
  }
  /// How a runtime reaches it.
  [[nodiscard]] store::postgres_settings& store() {
    return store_;
  }
  [[nodiscard]] observer observe() const {
    return observer{server_->dsn()};
  }
  [[nodiscard]] std::string socket_folder() const {
    return observe().value("SHOW unix_socket_directories");
  }

private:
  scratch_folder scratch_;
  std::optional<store::local_server> server_;
  store::postgres_settings store_;
};

/// Nobody waits longer than its own timeout and a tick; the rest is what a
/// crowded machine may add, and less than a server is silent for in these
/// tests.
inline constexpr std::chrono::seconds lateness_max{3};

/// Puts a runtime under load on `where`, lets `fault` happen while the round
/// goes on, and compares. `fault` may be called many times, and leaves a
/// healthy database behind, which `dsn` leads to; `leave` ends all sessions
/// that it still has.
inline void run_under_load(
  fault_round& round, store::postgres_settings where, const std::string& dsn,
  const std::function<void(load_audit&)>& fault,
  const std::function<void()>& leave = [] {}) {
  load_audit audit{round.seed()};
  {
    bank_runtime runtime{std::move(where)};
    expect_none(audit.open_accounts(*runtime));
    round.begin();
    audit.start(*runtime);
    try {
      while (round.goes_on())
        fault(audit);
    } catch (...) {
      expect_none(audit.stop());
      throw;
    }
    ES_CHECK(audit.await_receipts(1));
    expect_none(audit.stop());
    expect_none(audit.settle(*runtime));
    expect_none(audit.compare_states(*runtime, observer{dsn}.link()));
    const auto report = runtime->stop();
    ES_CHECK(report.clean());
  }
  leave();
  expect_none(audit.compare(observer{dsn}.link()));
  std::cout << "  " << audit.summary() << "; latest answer "
            << audit.lateness().count() << " ms after its timeout" << std::endl;
  ES_CHECK(audit.lateness() < lateness_max);
}

} // namespace es::testing
