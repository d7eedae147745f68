#include "eventsource/store/postgres/migrator.hpp"
#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/output.hpp"

#include <fmt/format.h>

#include <iostream>

namespace esctl {

namespace {

using es::store::migration_status;

void print(const global_options& global,
           const std::vector<migration_status>& list) {
  auto documents = nlohmann::ordered_json::array();
  for (const auto& one : list) {
    auto state = es::store::to_string(one.what);
    auto when = one.applied_at ? es::to_string(*one.applied_at) : std::string{};
    if (global.json)
      documents.push_back(
        {{"component", one.component},
         {"number", one.number},
         {"name", one.name},
         {"state", state},
         {"applied_at", one.applied_at ? nlohmann::ordered_json(when)
                                       : nlohmann::ordered_json(nullptr)}});
    else
      std::cout << fmt::format("{:<12} {:>4}  {:<16} {:<8} {}\n", one.component,
                               one.number, one.name, state, when);
  }
  if (global.json)
    print_json({{"migrations", documents}});
}

} // namespace

int migrate(const global_options& global, const migrate_options& options) {
  auto how = load_settings(global);
  if (!how)
    return report(global, how.error()), wrong_usage;
  auto opened = es::actors::open_store(*how, es::actors::migrations::untouched);
  if (!opened)
    return report(global, opened.error());
  auto migrator = es::store::migrator::open(how->store);
  if (!migrator)
    return report(global, migrator.error());
  if (options.status) {
    auto list = migrator->status();
    if (!list)
      return report(global, list.error());
    print(global, *list);
    auto damaged = std::any_of(list->begin(), list->end(), [](const auto& x) {
      return x.what == migration_status::state::changed
             || x.what == migration_status::state::unknown;
    });
    return damaged ? found : done;
  }
  auto applied = migrator->apply();
  if (!applied) {
    // The database answered; what it holds does not fit.
    auto code = report(global, applied.error());
    return applied.error().code == es::errc::schema_mismatch ? found : code;
  }
  if (global.json || !applied->empty())
    print(global, *applied);
  else if (!global.quiet)
    std::cout << "nothing to do: the database is up to date\n";
  return done;
}

} // namespace esctl
