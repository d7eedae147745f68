#include "eventsource/bench/runtime_side.hpp"
#include "eventsource/bench/scenario.hpp"
#include "eventsource/bench/server_link.hpp"
#include "eventsource/bench/yardstick.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

namespace es_bench {

namespace {

using clock = std::chrono::steady_clock;
using es::reference::organization;
using seconds = std::chrono::duration<double>;

constexpr std::size_t in_flight_at_peak = 4'000;
constexpr double part_of_peak = 0.5;
constexpr std::size_t probes = 8;

/// When the probes' commands were answered, which is after the commit, and when
/// their events were seen.
class probe_book {
public:
  using event = std::pair<std::string, std::int64_t>;

  void answered(event which) {
    std::lock_guard guard{mutex_};
    answered_.emplace(std::move(which), clock::now());
  }

  void seen(const std::string& id, std::int64_t version) {
    const auto now = clock::now();
    std::lock_guard guard{mutex_};
    if (ids_.contains(id))
      seen_.emplace(event{id, version}, now);
  }

  void watch(const std::string& id) {
    std::lock_guard guard{mutex_};
    ids_.emplace(id, 0);
  }

  /// Milliseconds from the answer to the sight; none is negative.
  std::vector<double> delays_ms() {
    std::lock_guard guard{mutex_};
    std::vector<double> all;
    for (const auto& [which, when] : answered_)
      if (auto i = seen_.find(which); i != seen_.end())
        all.push_back(std::max(
          0.0,
          std::chrono::duration<double, std::milli>(i->second - when).count()));
    return all;
  }

  [[nodiscard]] bool has_all() {
    std::lock_guard guard{mutex_};
    return std::all_of(answered_.begin(), answered_.end(),
                       [&](const auto& x) { return seen_.contains(x.first); });
  }

private:
  std::mutex mutex_;
  std::map<std::string, int> ids_;
  std::map<event, clock::time_point> answered_;
  std::map<event, clock::time_point> seen_;
};

/// Callers of their own beside the load, each with one command in flight.
class prober {
public:
  prober(runtime_side& at, probe_book& book) : at_(at), book_(book) {
    for (std::size_t i = 0; i < probes; ++i)
      threads_.emplace_back([this] { probe(); });
  }

  ~prober() {
    stopping_ = true;
    for (auto& each : threads_)
      each.join();
  }

private:
  void probe() {
    const auto id = es::ksuid_generator::system().next("org_");
    book_.watch(id);
    auto& runtime = at_.runtime();
    auto answer = runtime.execute<organization>(
      id, es::reference::register_organization{"A probe", "0", "FR"});
    for (int i = 1; answer && !stopping_; ++i) {
      answer = runtime.execute<organization>(
        id, es::reference::change_registration_number{std::to_string(i)});
      if (answer)
        book_.answered({id, answer->version});
    }
  }

  runtime_side& at_;
  probe_book& book_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> threads_;
};

/// What a programmer would write by hand: asks for what is new, below the
/// oldest transaction that still runs, again and again.
class polling_loop {
public:
  polling_loop(const std::string& dsn, probe_book& book)
    : thread_([this, dsn, &book] { run(dsn, book); }) {
    // nop
  }

  ~polling_loop() {
    stopping_ = true;
    thread_.join();
  }

private:
  void run(const std::string& dsn, probe_book& book) {
    auto* link = PQconnectdb(dsn.c_str());
    const auto ask = [&](const char* sql,
                         const std::vector<std::string>& arguments) {
      std::vector<const char*> values;
      for (const auto& each : arguments)
        values.push_back(each.c_str());
      auto* answer = PQexecParams(link, sql, static_cast<int>(values.size()),
                                  nullptr, values.data(), nullptr, nullptr, 0);
      if (PQresultStatus(answer) != PGRES_TUPLES_OK)
        give_up(link, "polling");
      return answer;
    };
    auto* begin = ask("SELECT max(epoch), "
                      "pg_snapshot_xmin(pg_current_snapshot()), 0 FROM "
                      "es.epochs",
                      {});
    std::vector<std::string> after;
    for (int i = 0; i < 3; ++i)
      after.emplace_back(PQgetvalue(begin, 0, i));
    PQclear(begin);
    while (!stopping_) {
      auto* rows =
        ask("SELECT epoch, transaction_id, position, aggregate_id, "
            "aggregate_version, id, type, data, metadata FROM es.events WHERE "
            "(epoch, transaction_id, position) > ($1::bigint, $2::xid8, "
            "$3::bigint) AND transaction_id < "
            "pg_snapshot_xmin(pg_current_snapshot()) ORDER BY epoch, "
            "transaction_id, position LIMIT 2000",
            after);
      const auto count = PQntuples(rows);
      for (int i = 0; i < count; ++i)
        book.seen(PQgetvalue(rows, i, 3),
                  std::strtoll(PQgetvalue(rows, i, 4), nullptr, 10));
      for (int i = 0; count > 0 && i < 3; ++i)
        after[static_cast<std::size_t>(i)] = PQgetvalue(rows, count - 1, i);
      PQclear(rows);
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    PQfinish(link);
  }

  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

/// Subscribed to everything from now on.
class subscriber {
public:
  subscriber(runtime_side& at, probe_book& book) {
    auto made = at.runtime().subscriptions().subscribe(
      {.start = {es::actors::subscription_start::kind::end}},
      [&book](
        std::span<const es::store::logged_event> events) -> es::result<void> {
        for (const auto& each : events)
          book.seen(each.event.aggregate_id, each.event.version);
        return {};
      });
    if (!made)
      give_up(to_string(made.error()));
    parts_ = made->parts;
  }

  ~subscriber() {
    for (const auto& each : parts_)
      es::actors::compat::tell_anonymously(each, es::actors::stop{});
  }

private:
  std::vector<caf::actor> parts_;
};

/// Probes under load for a time, then waits until the last one was seen.
template <class Reader>
std::vector<double> measure_delays(runtime_side& ours, seconds time,
                                   double pace, probe_book& book, Reader&&) {
  {
    prober all{ours, book};
    (void)ours.run_at_pace(time, pace);
  }
  const auto until = clock::now() + std::chrono::seconds{10};
  while (!book.has_all() && clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  return book.delays_ms();
}

} // namespace

measurement subscription(const run_options& how) {
  measurement result{"subscription", 0, 0, "ms", 20, false, {}};
  result.goal_is_for_figure = true;
  runtime_side ours{how.dsn};
  ours.prepare(scaled(how, 10'000, 1'000));
  settle_tables(how.dsn);
  const auto flat_out = ours.run(how.time / 6, in_flight_at_peak);
  const auto pace =
    part_of_peak * static_cast<double>(flat_out.answers) / flat_out.seconds;
  std::size_t samples = 0;
  std::vector<double> medians;
  measure_in_turns(
    result, how,
    [&](seconds time) {
      settle_tables(how.dsn);
      probe_book book;
      auto delays =
        measure_delays(ours, time, pace, book, subscriber{ours, book});
      samples += delays.size();
      medians.push_back(median(delays));
      return quantile(std::move(delays), 0.99);
    },
    [&](seconds time) {
      settle_tables(how.dsn);
      probe_book book;
      return quantile(
        measure_delays(ours, time, pace, book, polling_loop{how.dsn, book}),
        0.99);
    });
  result.remarks = fmt::format(
    "p99 from a command's answer to its event's delivery, at {:.0f} commands/s "
    "which is half of the peak, {} samples, p50 {:.1f} ms; the goal is for "
    "the milliseconds; the yardstick polls each millisecond",
    pace, samples, median(medians));
  return result;
}

} // namespace es_bench
