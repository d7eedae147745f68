#include "eventsource/store/postgres/migrator.hpp"
#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/output.hpp"
#include "eventsource/tools/esctl/own_server.hpp"

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
      std::cout << fmt::format("{:<12} {:>4}  {:<20} {:<8} {}\n", one.component,
                               one.number, one.name, state, when);
  }
  if (global.json)
    print_json({{"migrations", documents}});
}

/// Says in words what does not fit, and gives the exit code.
exit_code explain(const std::vector<migration_status>& list) {
  auto code = done;
  for (const auto& one : list) {
    auto which = fmt::format("esctl: migration {} of {} ({}) ", one.number,
                             one.component, one.name);
    if (one.what == migration_status::state::changed)
      std::cerr << which
                << "was applied with another text than this program has\n";
    else if (one.what == migration_status::state::unknown)
      std::cerr << which
                << "is not known to this program: the database is newer\n";
    else
      continue;
    code = database_unavailable;
  }
  return code;
}

} // namespace

int migrate(const global_options& global, const migrate_options& options) {
  auto how = load_settings(global);
  if (!how)
    return report_usage(global, how.error());
  if (auto ok = start_own_server(*how); !ok)
    return report_opening(global, ok.error());
  auto opened = es::actors::open_store(*how, es::actors::migrations::untouched);
  if (!opened)
    return report_opening(global, opened.error());
  auto migrator = es::store::migrator::open(how->store);
  if (!migrator)
    return report_opening(global, migrator.error());
  if (options.status) {
    auto list = migrator->status();
    if (!list)
      return report(global, list.error());
    print(global, *list);
    return explain(*list);
  }
  auto applied = migrator->apply();
  if (!applied)
    return report(global, applied.error());
  if (global.json || (!applied->empty() && !global.quiet))
    print(global, *applied);
  else if (!global.quiet)
    std::cout << "nothing to do: the database is up to date\n";
  return done;
}

} // namespace esctl
