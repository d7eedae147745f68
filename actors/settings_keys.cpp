#include "eventsource/actors/settings_keys.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

namespace es::actors {

namespace {

constexpr std::int64_t kib = 1024;
constexpr std::int64_t mib = 1024 * kib;
constexpr std::int64_t gib = 1024 * mib;
constexpr std::int64_t ms = 1'000;
constexpr std::int64_t second = 1'000 * ms;
constexpr std::int64_t hour = 3'600 * second;

// The name of a key is the name of its member.
#define ES_SETTING(member, kind, ...) \
  setting_key { \
#member, setting_kind::kind, \
      [](settings & s) -> setting_place { return &s.member; }, __VA_ARGS__ \
  }

constexpr setting_key keys[] = {
  ES_SETTING(store.dsn, text),
  ES_SETTING(store.connections_max, count, 1, 1'000),
  ES_SETTING(store.connection_wait_max, duration, ms, hour),
  ES_SETTING(store.connect_timeout, duration, second, hour),
  ES_SETTING(store.statement_timeout, duration, ms, 24 * hour, "no limit"),
  ES_SETTING(store.answer_timeout, duration, ms, 24 * hour, "never"),
  ES_SETTING(store.busy_poll_max, duration, 1, 10 * ms, "never"),
  ES_SETTING(store.check_after_idle, duration, ms, 24 * hour, "always"),
  ES_SETTING(store.retries_max, count, 0, 100),
  ES_SETTING(store.tables.schema, identifier),
  ES_SETTING(store.tables.projection_schema, identifier),
  ES_SETTING(store.tables.events, identifier),
  ES_SETTING(store.tables.snapshots, identifier),
  ES_SETTING(store.tables.outbox, identifier),
  ES_SETTING(store.tables.commands, identifier),
  ES_SETTING(store.tables.migrations, identifier),
  ES_SETTING(embedded.data_dir, text),
  ES_SETTING(embedded.bin_dir, text),
  ES_SETTING(embedded.start_timeout, duration, second, 24 * hour),
  ES_SETTING(embedded.stop_timeout, duration, second, 24 * hour),
  ES_SETTING(persistence.writers, count, 1, 256),
  ES_SETTING(persistence.batch_appends_max, count, 1, 100'000),
  ES_SETTING(persistence.batch_bytes_max, size, kib, 256 * mib),
  ES_SETTING(persistence.prepare_appends_min, count, 1, 100'000, "never"),
  ES_SETTING(persistence.linger, duration, 1, second, "off"),
  ES_SETTING(persistence.queue_appends_max, count, 1, 10'000'000),
  ES_SETTING(persistence.queue_bytes_max, size, kib, 64 * gib),
  ES_SETTING(aggregates.live_max, count, 1, 100'000'000),
  ES_SETTING(aggregates.passivate_after, duration, ms, 8760 * hour, "never"),
  ES_SETTING(aggregates.sweep_interval, duration, ms, hour),
  ES_SETTING(aggregates.queue_commands_max, count, 1, 1'000'000),
  ES_SETTING(aggregates.in_flight_max, count, 1, 100'000),
  ES_SETTING(aggregates.snapshot_every, count, 1, 1'000'000, "never"),
  ES_SETTING(aggregates.snapshots_kept, count, 1, 1'000),
  ES_SETTING(recovery.readers, count, 1, 256),
  ES_SETTING(recovery.batch_aggregates_max, count, 1, 10'000),
  ES_SETTING(recovery.concurrent_max, count, 1, 1'000'000),
  ES_SETTING(recovery.queue_aggregates_max, count, 1, 100'000'000),
  ES_SETTING(recovery.page_events_max, count, 1, 1'000'000),
  ES_SETTING(commands.timeout, duration, ms, 24 * hour),
  // PostgreSQL takes no jsonb value above 256 MiB less a little.
  ES_SETTING(commands.payload_bytes_max, size, kib, 128 * mib),
  ES_SETTING(commands.conflict_retries_max, count, 0, 100),
  ES_SETTING(commands.ids_kept_for, duration, 60 * second, 87'600 * hour,
             "for ever"),
  ES_SETTING(commands.unanswered_max, count, 1, 100'000'000),
  ES_SETTING(subscriptions.workers, count, 1, 256),
  ES_SETTING(subscriptions.poll_interval, duration, ms, hour),
  ES_SETTING(subscriptions.notify, boolean),
  ES_SETTING(subscriptions.hint_interval, duration, ms, hour),
  ES_SETTING(subscriptions.page_events_max, count, 1, 100'000),
  ES_SETTING(subscriptions.in_flight_events_max, count, 1, 10'000'000),
  ES_SETTING(subscriptions.lease_duration, duration, 100 * ms, 24 * hour),
  ES_SETTING(subscriptions.retry_delay, duration, ms, hour),
  ES_SETTING(subscriptions.retry_delay_max, duration, ms, 24 * hour),
  ES_SETTING(subscriptions.retries_max, count, 0, 1'000),
  ES_SETTING(subscriptions.waits_max, count, 1, 10'000'000),
  ES_SETTING(outbox.ordered, boolean),
  ES_SETTING(outbox.partitions, count, 1, 64),
  ES_SETTING(outbox.batch_events_max, count, 1, 10'000),
  ES_SETTING(outbox.poll_interval, duration, ms, hour),
  ES_SETTING(outbox.lease_duration, duration, second, hour),
  ES_SETTING(outbox.publish_timeout, duration, ms, hour),
  ES_SETTING(outbox.in_flight_max, count, 1, 100'000),
  ES_SETTING(outbox.attempts_max, count, 1, 1'000'000),
  ES_SETTING(outbox.retry_delay_min, duration, ms, hour),
  ES_SETTING(outbox.retry_delay_max, duration, ms, 24 * hour),
  ES_SETTING(outbox.keep_published, duration, ms, 87'600 * hour, "for ever"),
  ES_SETTING(outbox.source, text),
  ES_SETTING(outbox.type, text),
  ES_SETTING(outbox.dataschema, text),
  ES_SETTING(runtime.migrate, boolean),
  ES_SETTING(runtime.stop_timeout, duration, ms, 24 * hour),
  ES_SETTING(runtime.threads, count, 1, 1'024, "one per core, at least 2"),
  ES_SETTING(log.level, log_level),
};

#undef ES_SETTING

/// How many characters have to be changed, added or taken away.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      auto changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string_view last_part(std::string_view name) {
  return name.substr(name.rfind('.') + 1);
}

} // namespace

std::span<const setting_key> setting_keys() {
  return keys;
}

const setting_key* find_setting_key(std::string_view name) {
  auto found = std::find_if(std::begin(keys), std::end(keys),
                            [&](const auto& key) { return key.name == name; });
  return found == std::end(keys) ? nullptr : found;
}

bool is_setting_section(std::string_view name) {
  auto prefix = std::string(name) + ".";
  return std::any_of(std::begin(keys), std::end(keys), [&](const auto& key) {
    return key.name.starts_with(prefix);
  });
}

std::string setting_suggestion(std::string_view unknown) {
  auto best = std::numeric_limits<std::size_t>::max();
  std::string_view found;
  for (const auto& key : keys) {
    // A right name in a wrong section is nearer than any misspelling of it.
    auto distance = last_part(key.name) == last_part(unknown)
                      ? std::size_t{1}
                      : edit_distance(key.name, unknown);
    if (distance < best) {
      best = distance;
      found = key.name;
    }
  }
  if (best > std::max<std::size_t>(2, unknown.size() / 4))
    return {};
  return "; did you mean `" + std::string(found) + "`?";
}

} // namespace es::actors
