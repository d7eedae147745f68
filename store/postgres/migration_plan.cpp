#include "eventsource/store/postgres/migration_plan.hpp"

#include "eventsource/store/postgres/checksum.hpp"

#include <algorithm>
#include <map>

namespace es::store::postgres {

namespace {

using state = migration_status::state;

const migration_status* find(std::span<const migration_status> states,
                             state what) {
  auto i = std::find_if(states.begin(), states.end(),
                        [&](const auto& x) { return x.what == what; });
  return i == states.end() ? nullptr : &*i;
}

std::string described(const migration_status& x) {
  return "migration " + std::to_string(x.number) + " (\"" + x.name
         + "\") of component \"" + x.component + "\"";
}

} // namespace

result<void> check_numbers(std::span<const migration> known) {
  std::map<std::string_view, int> last;
  for (const auto& x : known) {
    if (x.component.empty() || x.name.empty())
      return fail(errc::invalid, "migration " + std::to_string(x.number)
                                   + " (\"" + x.name
                                   + "\") needs a component and a name");
    const auto expected = ++last[x.component];
    if (x.number != expected)
      return fail(errc::invalid, "migration \"" + x.name + "\" of component \""
                                   + x.component + "\" has the number "
                                   + std::to_string(x.number) + " where "
                                   + std::to_string(expected)
                                   + " is due: numbers count from 1 without "
                                     "gap, in order");
  }
  return {};
}

std::vector<migration_status>
compare(std::span<const migration> known,
        std::span<const applied_migration> applied) {
  std::vector<migration_status> result;
  std::map<std::string_view, int> last;
  for (const auto& x : known) {
    last[x.component] = x.number;
    auto& entry = result.emplace_back(migration_status{
      .component = x.component, .number = x.number, .name = x.name});
    auto row = std::find_if(applied.begin(), applied.end(), [&](const auto& a) {
      return a.component == x.component && a.number == x.number;
    });
    if (row == applied.end())
      continue;
    entry.what =
      row->checksum == checksum_of(x.text) ? state::applied : state::changed;
    entry.applied_at = row->applied_at;
  }
  for (const auto& row : applied) {
    auto i = last.find(row.component);
    if (i != last.end() && row.number > i->second)
      result.push_back({.component = row.component,
                        .number = row.number,
                        .name = row.name,
                        .what = state::unknown,
                        .applied_at = row.applied_at});
  }
  return result;
}

const migration* first_pending(std::span<const migration> known,
                               std::span<const migration_status> states) {
  auto* pending = find(states, state::pending);
  if (!pending)
    return nullptr;
  auto i = std::find_if(known.begin(), known.end(), [&](const auto& x) {
    return x.component == pending->component && x.number == pending->number;
  });
  return i == known.end() ? nullptr : &*i;
}

result<void> refuse_foreign(std::span<const migration_status> states) {
  if (auto* newer = find(states, state::unknown))
    return fail(errc::schema_mismatch,
                "the database is newer than this program: it has "
                  + described(*newer)
                  + ", which this program does not know. Upgrade the program; "
                    "migrations are not taken back.");
  if (auto* changed = find(states, state::changed))
    return fail(errc::schema_mismatch,
                described(*changed)
                  + " was applied with another text than this program has "
                    "(its checksum differs). Find out who changed it: `esctl "
                    "migrate --status` lists all; a released migration is "
                    "never edited, a new one is added.");
  return {};
}

result<void> refuse_pending(std::span<const migration_status> states) {
  const auto missing =
    std::count_if(states.begin(), states.end(),
                  [](const auto& x) { return x.what == state::pending; });
  if (missing == 0)
    return {};
  return fail(errc::schema_mismatch,
              "the database lacks " + std::to_string(missing) + " of "
                + std::to_string(states.size()) + " migrations, first "
                + described(*find(states, state::pending))
                + ". Apply them with `esctl migrate`.");
}

} // namespace es::store::postgres
