#include "eventsource/bench/yardstick.hpp"

#include "eventsource/bench/random_order.hpp"
#include "eventsource/bench/scenario.hpp"
#include "eventsource/bench/server_link.hpp"
#include "eventsource/domain/ksuid.hpp"
#include "eventsource/domain/timestamp.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

namespace es_bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr const char* copy_events =
  "COPY es.events (id, type, occurred_at, registered_at, aggregate_id, "
  "aggregate_type, aggregate_version, data, metadata, schema_version) FROM "
  "STDIN";

constexpr const char* copy_outbox =
  "COPY es.outbox (event_id, aggregate_id, aggregate_version) FROM STDIN";

constexpr const char* upsert_projection =
  "INSERT INTO projection.organizations AS o (id, name, registration_number, "
  "vat_is_intra_com, country, created_by, updated_at, created_at, version, "
  "registered_at) SELECT n.id, n.name, n.number, 'false', 'FR', 'bench', "
  "now(), now(), n.version, now() FROM unnest($1::text[], $2::text[], "
  "$3::text[], $4::bigint[]) AS n (id, name, number, version) ON CONFLICT "
  "(id) DO UPDATE SET name = EXCLUDED.name, registration_number = "
  "EXCLUDED.registration_number, vat_is_intra_com = "
  "EXCLUDED.vat_is_intra_com, country = EXCLUDED.country, created_by = "
  "EXCLUDED.created_by, updated_at = EXCLUDED.updated_at, created_at = "
  "EXCLUDED.created_at, version = EXCLUDED.version, registered_at = "
  "EXCLUDED.registered_at WHERE o.version < EXCLUDED.version";

constexpr const char* write_one =
  "WITH e AS (INSERT INTO es.events (id, type, occurred_at, registered_at, "
  "aggregate_id, aggregate_type, aggregate_version, data, metadata, "
  "schema_version) VALUES ($1, 'registration_number_changed', now(), now(), "
  "$2, 'organization', $3::bigint, $4::jsonb, '{}', 1)), x AS (INSERT INTO "
  "es.outbox (event_id, aggregate_id, aggregate_version) VALUES ($1, $2, "
  "$3::bigint)) INSERT INTO projection.organizations AS o (id, name, "
  "registration_number, vat_is_intra_com, country, created_by, updated_at, "
  "created_at, version, registered_at) VALUES ($2, 'A bench', $5, 'false', "
  "'FR', 'bench', now(), now(), $3::bigint, now()) ON CONFLICT (id) DO "
  "UPDATE SET registration_number = EXCLUDED.registration_number, updated_at "
  "= EXCLUDED.updated_at, version = EXCLUDED.version, registered_at = "
  "EXCLUDED.registered_at WHERE o.version < EXCLUDED.version";

constexpr const char* select_recovery =
  "WITH s AS (SELECT DISTINCT ON (aggregate_id) aggregate_id, aggregate_type, "
  "aggregate_version, state_version, taken_at, data FROM es.snapshots WHERE "
  "aggregate_id = ANY ($1::text[]) ORDER BY aggregate_id, aggregate_version "
  "DESC) SELECT NULL AS id, NULL AS type, state_version AS form, taken_at AS "
  "occurred_at, NULL::timestamptz AS registered_at, aggregate_id, "
  "aggregate_type, aggregate_version, data, NULL::jsonb AS metadata FROM s "
  "UNION ALL SELECT e.id, e.type, e.schema_version, e.occurred_at, "
  "e.registered_at, e.aggregate_id, e.aggregate_type, e.aggregate_version, "
  "e.data, e.metadata FROM s JOIN es.events e ON e.aggregate_id = "
  "s.aggregate_id AND e.aggregate_version > s.aggregate_version ORDER BY "
  "aggregate_id, aggregate_version";

// Each begins where the last one ended: before that the index is full of rows
// that are published by now.
constexpr const char* publish_next =
  "WITH n AS (SELECT event_id FROM es.outbox WHERE published_at IS NULL AND "
  "(aggregate_id COLLATE \"C\", aggregate_version) > ($2::text, $3::bigint) "
  "ORDER BY aggregate_id COLLATE \"C\", aggregate_version LIMIT $1::bigint "
  "FOR UPDATE) UPDATE es.outbox o SET published_at = now() FROM n JOIN "
  "es.events e ON e.id = n.event_id WHERE o.event_id = n.event_id RETURNING "
  "e.id, e.type, e.schema_version, e.occurred_at, e.registered_at, "
  "e.aggregate_id, e.aggregate_type, e.aggregate_version, e.data, e.metadata";

std::string number_of(std::int64_t version) {
  return "MA-L " + std::to_string(100'000 + version);
}

std::string data_of(std::int64_t version) {
  return "{\"registration_number\":\"" + number_of(version) + "\"}";
}

} // namespace

yardstick::yardstick(const std::string& dsn) : dsn_(dsn) {
  // nop
}

yardstick::~yardstick() = default;

struct yardstick::worker {
  worker(const std::string& dsn, es::ksuid_generator& ids)
    : server(dsn), new_ids(ids) {
    server.prepare("upsert", upsert_projection);
  }

  /// One transaction for one more command on each of the given.
  void write(std::vector<aggregate*>& batch, const char* now) {
    events.clear();
    outbox.clear();
    std::string ids = "{";
    std::string names = "{";
    std::string numbers = "{";
    std::string versions = "{";
    for (auto* one : batch) {
      auto version = ++one->version;
      auto event = new_ids.next("evt_");
      events += event + "\tregistration_number_changed\t" + now + '\t' + now
                + '\t' + one->id + "\torganization\t" + std::to_string(version)
                + '\t' + data_of(version) + "\t{}\t1\n";
      outbox += event + '\t' + one->id + '\t' + std::to_string(version) + '\n';
    }
    // Each row once: the last of an aggregate's commands.
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (i + 1 < batch.size() && batch[i + 1] == batch[i])
        continue;
      auto* one = batch[i];
      ids += one->id + ',';
      names += "\"A bench\",";
      numbers += '"' + number_of(one->version) + "\",";
      versions += std::to_string(one->version) + ',';
    }
    for (auto* text : {&ids, &names, &numbers, &versions})
      text->back() = '}';
    using ms = std::chrono::duration<double, std::milli>;
    const auto begin = clock::now();
    server.run("BEGIN");
    server.copy(copy_events, events);
    server.copy(copy_outbox, outbox);
    server.execute("upsert", {ids, names, numbers, versions});
    const auto ready = clock::now();
    server.run("COMMIT");
    const auto end = clock::now();
    transactions_ms.push_back(ms(end - begin).count());
    commits_ms.push_back(ms(end - ready).count());
  }

  server_link server;
  es::ksuid_generator& new_ids;
  std::string events;
  std::string outbox;
  std::vector<double> transactions_ms;
  std::vector<double> commits_ms;
};

namespace {

std::string now_text() {
  return es::to_string(std::chrono::time_point_cast<std::chrono::microseconds>(
    std::chrono::system_clock::now()));
}

} // namespace

void yardstick::prepare(std::size_t aggregates) {
  auto ids = es::ksuid_generator::system();
  aggregates_.resize(aggregates);
  worker writer{dsn_, ids};
  std::vector<aggregate*> batch;
  for (auto& one : aggregates_) {
    one.id = ids.next("org_");
    batch.push_back(&one);
    if (batch.size() == 500 || &one == &aggregates_.back()) {
      writer.write(batch, now_text().c_str());
      batch.clear();
    }
  }
  put_in_random_order(aggregates_);
}

yardstick::loop_result yardstick::run(std::chrono::duration<double> time,
                                      std::size_t connections,
                                      std::size_t batch_size) {
  auto ids = es::ksuid_generator::system();
  std::atomic<std::size_t> commands = 0;
  auto start = clock::now();
  std::mutex guard;
  std::vector<double> transactions_ms;
  std::vector<double> commits_ms;
  auto add = [](std::vector<double>& to, const std::vector<double>& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < connections; ++t)
    threads.emplace_back([&, t] {
      worker writer{dsn_, ids};
      std::vector<aggregate*> batch;
      std::size_t next = t;
      while (clock::now() - start < time) {
        batch.clear();
        while (batch.size() < batch_size) {
          batch.push_back(&aggregates_[next % aggregates_.size()]);
          next += connections;
        }
        writer.write(batch, now_text().c_str());
        commands += batch.size();
      }
      std::lock_guard lock{guard};
      add(transactions_ms, writer.transactions_ms);
      add(commits_ms, writer.commits_ms);
    });
  for (auto& thread : threads)
    thread.join();
  std::chrono::duration<double> took = clock::now() - start;
  return {.commands_per_second = static_cast<double>(commands) / took.count(),
          .transaction_ms = median(std::move(transactions_ms)),
          .commit_ms = median(std::move(commits_ms))};
}

double yardstick::median_ms(std::chrono::duration<double> time) {
  auto ids = es::ksuid_generator::system();
  server_link server{dsn_};
  server.prepare("one", write_one);
  std::vector<double> times;
  auto start = clock::now();
  for (std::size_t i = 0; clock::now() - start < time; ++i) {
    auto& one = aggregates_[i % aggregates_.size()];
    auto version = ++one.version;
    auto begin = clock::now();
    server.execute("one", {ids.next("evt_"), one.id, std::to_string(version),
                           data_of(version), number_of(version)});
    std::chrono::duration<double, std::milli> took = clock::now() - begin;
    times.push_back(took.count());
  }
  return median(std::move(times));
}

namespace {

std::string list_of(const std::vector<std::string>& ids) {
  std::string array = "{";
  for (const auto& id : ids)
    array += id + ',';
  array.back() = '}';
  return array;
}

void expect_rows(const char* scenario, std::size_t rows, std::size_t expected) {
  if (rows != expected)
    give_up(std::string{scenario} + ": " + std::to_string(rows) + " rows, not "
            + std::to_string(expected));
}

} // namespace

double read_in_bulk(const std::string& dsn, const std::vector<std::string>& ids,
                    std::size_t rows_expected) {
  server_link server{dsn};
  server.prepare("recovery", select_recovery);
  const auto array = list_of(ids);
  const auto begin = clock::now();
  const auto rows = server.execute("recovery", {array});
  std::chrono::duration<double> took = clock::now() - begin;
  expect_rows("recovery", rows, rows_expected);
  return took.count();
}

void fill_outbox(const std::string& dsn, const std::vector<std::string>& ids,
                 std::size_t rows_expected) {
  server_link server{dsn};
  server.prepare("fill", "INSERT INTO es.outbox (event_id, aggregate_id, "
                         "aggregate_version) SELECT id, aggregate_id, "
                         "aggregate_version FROM es.events WHERE aggregate_id "
                         "= ANY ($1::text[]) ORDER BY position RETURNING 1");
  server.run("TRUNCATE es.outbox");
  expect_rows("relay", server.execute("fill", {list_of(ids)}), rows_expected);
}

double empty_outbox(const std::string& dsn, std::size_t batch,
                    std::size_t rows_expected) {
  server_link server{dsn};
  server.run("SET enable_seqscan TO off");
  server.prepare("publish", publish_next);
  const auto limit = std::to_string(batch);
  std::pair<std::string, std::int64_t> place;
  const auto find_place = [&](const PGresult* found) {
    constexpr int id = 5;
    constexpr int version = 7;
    for (int i = 0; i < PQntuples(found); ++i)
      place = std::max(
        place, {PQgetvalue(found, i, id),
                std::strtoll(PQgetvalue(found, i, version), nullptr, 10)});
  };
  std::size_t rows = 0;
  std::size_t last = 1;
  const auto begin = clock::now();
  while (last > 0) {
    last = server.execute("publish",
                          {limit, place.first, std::to_string(place.second)},
                          find_place);
    rows += last;
  }
  std::chrono::duration<double> took = clock::now() - begin;
  expect_rows("relay", rows, rows_expected);
  return took.count();
}

void settle_tables(const std::string& dsn) {
  server_link server{dsn};
  // Statistics too: a plan must not rest on tables that were empty.
  server.run("VACUUM (ANALYZE) es.events, es.snapshots, es.outbox, "
             "projection.organizations");
  server.run("CHECKPOINT");
}

} // namespace es_bench
