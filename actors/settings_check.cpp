// What has to be true of all settings together, and where it is not.
#include "eventsource/actors/settings_keys.hpp"

#include <initializer_list>
#include <utility>
#include <vector>

namespace es::actors {

namespace {

/// Keys that don't fit together, and why.
struct misfit {
  std::vector<const char*> keys;
  std::string why;
};

/// "persistence.linger (2ms)".
std::string with_value(const settings& s, const char* key) {
  auto value = format_setting(*find_setting_key(key), s);
  std::erase(value, '"');
  return std::string(key) + " (" + value + ")";
}

misfit not_above(const settings& s, const char* small, const char* large) {
  return {{small, large},
          with_value(s, small) + " must not be above " + with_value(s, large)};
}

/// What the ranges of single keys can't say.
std::vector<misfit> relation_problems(const settings& s) {
  std::vector<misfit> found;
// The name of a key is the member's.
#define ES_NOT_ABOVE(small, large) \
  if (s.small > s.large) \
  found.push_back(not_above(s, #small, #large))
  ES_NOT_ABOVE(persistence.batch_appends_max, persistence.queue_appends_max);
  ES_NOT_ABOVE(persistence.batch_bytes_max, persistence.queue_bytes_max);
  ES_NOT_ABOVE(commands.payload_bytes_max, persistence.queue_bytes_max);
  ES_NOT_ABOVE(recovery.batch_aggregates_max, recovery.concurrent_max);
  ES_NOT_ABOVE(recovery.concurrent_max, recovery.queue_aggregates_max);
  ES_NOT_ABOVE(subscriptions.retry_delay, subscriptions.retry_delay_max);
  ES_NOT_ABOVE(outbox.retry_delay_min, outbox.retry_delay_max);
#undef ES_NOT_ABOVE
  if (s.store.answer_timeout.count() > 0
      && s.store.answer_timeout <= s.store.statement_timeout)
    found.push_back(
      {{"store.answer_timeout", "store.statement_timeout"},
       with_value(s, "store.answer_timeout") + " must be above "
         + with_value(s, "store.statement_timeout")
         + ", or connections are cut before the server can say why it takes so "
           "long"});
  auto needed = s.persistence.writers + s.recovery.readers;
  if (s.store.connections_max < needed)
    found.push_back(
      {{"store.connections_max", "persistence.writers", "recovery.readers"},
       with_value(s, "store.connections_max")
         + " must be at least persistence.writers + recovery.readers ("
         + std::to_string(needed)
         + "), or they wait for each other's connections"});
  return found;
}

/// Tables of one name in one schema.
std::vector<misfit> table_problems(const settings& s) {
  const auto& t = s.store.tables;
  const std::pair<const char*, const std::string&> tables[] = {
    {"store.tables.events", t.events},
    {"store.tables.snapshots", t.snapshots},
    {"store.tables.outbox", t.outbox},
    {"store.tables.commands", t.commands},
    {"store.tables.migrations", t.migrations}};
  std::vector<misfit> found;
  std::map<std::string_view, const char*> seen;
  for (const auto& [key, name] : tables)
    if (auto [at, fresh] = seen.emplace(name, key); !fresh)
      found.push_back({{at->second, key},
                       std::string(at->second) + " and " + key
                         + " must differ, both are \"" + name + "\""});
  return found;
}

/// With the place first, as in every error of a file, and then that of each
/// key; of values that nobody read there is no place to tell.
std::string with_places(const settings& s, const misfit& what) {
  std::string first;
  std::string all;
  for (const auto* name : what.keys) {
    const auto& key = *find_setting_key(name);
    if (auto place = place_of(key, s); place && first.empty())
      first = *place;
    all += (all.empty() ? "; " : ", ") + std::string(name) + " is "
           + describe_origin(key, s);
  }
  return first.empty() ? what.why : first + ": " + what.why + all;
}

} // namespace

void note_origin(const setting_key& key, settings& target, std::string place) {
  // What a connection string is to other keys nobody asks, and a password
  // should not lie around twice.
  if (key.kind == setting_kind::text)
    return;
  target.origins.insert_or_assign(
    std::string(key.name),
    settings::origin{std::move(place), format_setting(key, target)});
}

std::optional<std::string> place_of(const setting_key& key,
                                    const settings& from) {
  const auto i = from.origins.find(key.name);
  if (i == from.origins.end() || i->second.value != format_setting(key, from))
    return std::nullopt;
  return i->second.place;
}

std::string describe_origin(const setting_key& key, const settings& from) {
  if (auto place = place_of(key, from))
    return "from " + *place;
  return format_setting(key, from) == format_setting(key, settings{})
           ? "the default"
           : "set by the program";
}

result<void> settings::check() const {
  for (const auto& key : setting_keys())
    if (auto problem = setting_problem(key, *this))
      return fail(errc::invalid, std::string(key.name) + " " + *problem);
  std::string all;
  for (const auto& problems : {relation_problems(*this), table_problems(*this)})
    for (const auto& each : problems)
      all += (all.empty() ? "" : "\n") + with_places(*this, each);
  if (!all.empty())
    return fail(errc::invalid, all);
  return {};
}

} // namespace es::actors
