#include "eventsource/tests/store/conformance.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <string>
#include <thread>

namespace conformance_threads_test {

using namespace es;
using namespace es::store;
using namespace es::testing;

/// Threads note what they saw and the test's own thread judges it.
namespace {

constexpr int rounds = 40;

/// Runs `work(0)` and `work(1)` at the same time.
template <class Work>
void in_two_threads(Work&& work) {
  std::atomic<int> ready = 0;
  auto run = [&](int number) {
    ++ready;
    while (ready < 2)
      std::this_thread::yield();
    work(number);
  };
  std::thread other{run, 1};
  run(0);
  other.join();
}

} // namespace

ES_BEHAVIOUR("two threads write different aggregates without harm") {
  std::array<int, 2> committed{};
  in_two_threads([&](int number) {
    auto& store = number == 0 ? at.store() : at.other();
    const auto id = "ldg_" + std::to_string(number);
    for (int i = 0; i < rounds; ++i) {
      const auto append = an_append(id, i);
      if (is_committed(store.write({&append, 1}).front()))
        ++committed[number];
    }
  });
  ES_CHECK_EQ(committed[0], rounds);
  ES_CHECK_EQ(committed[1], rounds);
  ES_CHECK_EQ(head_of(at, "ldg_0"), rounds);
  ES_CHECK_EQ(head_of(at, "ldg_1"), rounds);
}

ES_BEHAVIOUR("of two threads that write the same version exactly one wins, "
             "each time") {
  // won[v] counts who was told that version v + 1 is theirs.
  std::array<std::atomic<int>, rounds> won{};
  std::atomic<int> odd_refusals = 0;
  in_two_threads([&](int number) {
    auto& store = number == 0 ? at.store() : at.other();
    for (int version = 0; version < rounds;) {
      const auto append = an_append("ldg_1", version);
      const auto outcome = store.write({&append, 1}).front();
      if (is_committed(outcome))
        ++won[version];
      else if (outcome.error.code != errc::conflict)
        ++odd_refusals;
      ++version;
      // The loser goes on behind the winner.
      const auto events = store.load_events("ldg_1", version, 1'000);
      if (events && !events->empty())
        version = static_cast<int>(events->back().version);
    }
  });
  ES_CHECK_EQ(odd_refusals.load(), 0);
  ES_CHECK(head_of(at, "ldg_1") >= rounds);
  for (const auto& winners : won)
    ES_CHECK_EQ(winners.load(), 1);
}

ES_BEHAVIOUR("a command that two threads send at once is executed once") {
  std::vector<receipt> receipts[2];
  in_two_threads([&](int number) {
    auto& store = number == 0 ? at.store() : at.other();
    for (int i = 0; i < rounds; ++i) {
      auto append = an_append("ldg_" + std::to_string(i), 0);
      append.command_id = "cmd_1";
      receipts[number].push_back(store.write({&append, 1}).front().receipt);
    }
  });
  for (int i = 0; i < rounds; ++i) {
    ES_CHECK_EQ(receipts[0][i].version, 1);
    ES_CHECK(receipts[0][i] == receipts[1][i]);
    ES_CHECK_EQ(head_of(at, "ldg_" + std::to_string(i)), 1);
  }
}

ES_BEHAVIOUR("threads that change the same rows in opposite order all come "
             "through") {
  std::atomic<int> refused = 0;
  in_two_threads([&](int number) {
    auto& store = number == 0 ? at.store() : at.other();
    for (int i = 0; i < rounds; ++i) {
      std::vector<append_request> batch;
      for (int row = 0; row < 6; ++row) {
        const auto name = std::to_string(number == 0 ? row : 5 - row);
        const version_t version = i * 2 + number + 1;
        batch.push_back(with_change(
          an_append("ldg_" + std::to_string(number) + "_" + name, i),
          every_type_table(), version, upsert(a_row(name, version, "row"))));
      }
      for (const auto& outcome : store.write(batch))
        refused += outcome.ok() ? 0 : 1;
    }
  });
  ES_CHECK_EQ(refused.load(), 0);
  const auto rows = rows_of(at, every_type_table());
  ES_REQUIRE(rows.size() == 6);
  for (const auto& row : rows)
    ES_CHECK(row.back() == cell(2 * rounds));
}

ES_BEHAVIOUR("batches that race for some of their aggregates lose only these") {
  std::array<std::array<std::atomic<int>, 4>, rounds> won{};
  std::atomic<int> own_lost = 0;
  std::atomic<int> odd_refusals = 0;
  in_two_threads([&](int number) {
    auto& store = number == 0 ? at.store() : at.other();
    for (int i = 0; i < rounds; ++i) {
      const auto round = std::to_string(i);
      std::vector<append_request> batch;
      for (int k = 0; k < 4; ++k)
        batch.push_back(
          an_append("shared_" + round + "_" + std::to_string(k), 0));
      if (number == 1)
        std::reverse(batch.begin(), batch.end());
      batch.push_back(
        an_append("own_" + round + "_" + std::to_string(number), 0));
      const auto outcomes = store.write(batch);
      for (int k = 0; k < 4; ++k) {
        if (is_committed(outcomes[k]))
          ++won[i][number == 0 ? k : 3 - k];
        else if (outcomes[k].error.code != errc::conflict)
          ++odd_refusals;
      }
      own_lost += outcomes[4].ok() ? 0 : 1;
    }
  });
  ES_CHECK_EQ(own_lost.load(), 0);
  ES_CHECK_EQ(odd_refusals.load(), 0);
  for (const auto& round : won)
    for (const auto& winners : round)
      ES_CHECK_EQ(winners.load(), 1);
}

ES_BEHAVIOUR("a reader beside a writer sees whole appends only") {
  std::atomic<bool> done = false;
  int broken = 0;
  in_two_threads([&](int number) {
    if (number == 0) {
      for (int i = 0; i < rounds; ++i) {
        const auto append = an_append("ldg_1", 3 * i, 3);
        (void)at.store().write({&append, 1});
      }
      done = true;
      return;
    }
    while (!done) {
      const auto events = at.other().load_events("ldg_1", 1, 10'000);
      if (!events || events->size() % 3 != 0)
        ++broken;
      for (std::size_t i = 0; events && i < events->size(); ++i)
        if ((*events)[i].version != static_cast<version_t>(i + 1))
          ++broken;
    }
  });
  ES_CHECK_EQ(broken, 0);
  ES_CHECK_EQ(head_of(at, "ldg_1"), 3 * rounds);
}

} // namespace conformance_threads_test
