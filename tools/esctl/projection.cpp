#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/output.hpp"
#include "eventsource/tools/esctl/projection_status.hpp"
#include "eventsource/tools/esctl/reports.hpp"

#include <fmt/format.h>

#include <iostream>

namespace esctl {

namespace {

using es::store::event_store;
using es::store::subscription_state;

std::string grouped(std::int64_t number) {
  return esctl::grouped(static_cast<std::size_t>(number));
}

/// Opens the store and calls `action` with it and the projection of this name.
template <class Action>
int with_projection(const global_options& global, const std::string& name,
                    Action&& action) {
  auto how = load_settings(global);
  if (!how)
    return report_usage(global, how.error());
  auto what = find_projection(name);
  if (!what)
    return report_usage(global, what.error());
  auto opened = open_reader(*how);
  if (!opened)
    return report_opening(global, opened.error());
  return action(*opened->store, *what);
}

void print(const global_options& global, const std::string& name,
           const partition_status& part) {
  const auto& stored = part.stored;
  const auto& at = stored.key.part;
  const auto state = to_string(stored.progress.state);
  if (global.json) {
    print_json({{"projection", name},
                {"partition", at.index},
                {"partitions", at.count},
                {"state", state},
                {"running_in", part.owner},
                {"events", stored.progress.events},
                {"behind", part.behind},
                {"at", to_string(stored.progress.at)},
                {"updated_at", es::to_string(stored.updated_at)},
                {"dead_letters", stored.dead_letters},
                {"error", stored.progress.error}});
    return;
  }
  std::cout << fmt::format(
    "{} {}/{}  {}{}  {} events done, {} behind  at {} since {}\n", name,
    at.index + 1, at.count, state,
    part.owner.empty() ? std::string{", in no process"} : " in " + part.owner,
    grouped(stored.progress.events),
    part.behind < behind_counted_max ? esctl::grouped(part.behind)
                                     : esctl::grouped(part.behind) + " or more",
    to_string(stored.progress.at), es::to_string(stored.updated_at));
  if (stored.dead_letters > 0)
    std::cout << "  " << stored.dead_letters << " dead letters\n";
  if (!stored.progress.error.empty())
    std::cout << "  " << stored.progress.error << "\n";
}

void print(const global_options& global, const projection_status& status) {
  const auto& name = status.what->name();
  for (const auto& part : status.parts)
    print(global, name, part);
  if (status.parts.empty()) {
    if (global.json)
      print_json({{"projection", name}, {"state", "never_run"}});
    else
      std::cout << name << "  never ran\n";
  }
  if (!status.rebuild)
    return;
  const auto& events = status.rebuild->stored.progress.events;
  const auto total = std::max(status.rebuild_total, events);
  if (global.json)
    print_json({{"projection", name},
                {"rebuild",
                 {{"running_in", status.rebuild->owner},
                  {"events", events},
                  {"total", total}}}});
  else
    std::cout << fmt::format("  rebuild: {} of about {} events done, {}\n",
                             grouped(events), grouped(total),
                             status.rebuild->owner.empty()
                               ? std::string{"interrupted"}
                               : "in " + status.rebuild->owner);
}

int set_state(const global_options& global, const std::string& name,
              subscription_state state) {
  return with_projection(global, name, [&](event_store& store, const auto&) {
    if (auto ok = store.subscriptions().set_state(name, state, ""); !ok)
      return report(global, ok.error());
    if (global.json)
      print_json({{"projection", name}, {"state", to_string(state)}});
    else if (!global.quiet)
      std::cout << name << "  " << to_string(state) << "\n";
    return static_cast<int>(done);
  });
}

/// A table of columns as wide as their widest cell.
void print_text(const es::projection_table& table,
                const std::vector<es::row>& rows) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    auto width = table.columns[i].name.size();
    for (const auto& cells : rows)
      width = std::max(width, cells[i].text().value_or("").size());
    widths.push_back(width);
  }
  for (std::size_t i = 0; i < widths.size(); ++i)
    std::cout << fmt::format("{:<{}}  ", table.columns[i].name, widths[i]);
  std::cout << "\n";
  for (const auto& cells : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const auto text = cells[i].text().value_or("");
      if (table.columns[i].type == es::column_type::bigint)
        std::cout << fmt::format("{:>{}}  ", text, widths[i]);
      else
        std::cout << fmt::format("{:<{}}  ", text, widths[i]);
    }
    std::cout << "\n";
  }
}

void print_json_rows(const es::projection_table& table,
                     const std::vector<es::row>& rows) {
  for (const auto& cells : rows) {
    nlohmann::ordered_json line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto text = cells[i].text();
      const auto& column = table.columns[i];
      line[column.name] = !text ? nlohmann::ordered_json()
                          : column.type == es::column_type::text
                            ? nlohmann::ordered_json(*text)
                            : parsed(*text);
    }
    print_json(line);
  }
}

} // namespace

void print_rows(const global_options& global, const es::projection_table& table,
                const std::vector<es::row>& rows) {
  if (global.json)
    print_json_rows(table, rows);
  else
    print_text(table, rows);
}

int projection_list(const global_options& global) {
  for (const auto& each : known_projections()) {
    nlohmann::ordered_json tables = nlohmann::ordered_json::array();
    std::string names;
    for (const auto& table : each->tables()) {
      tables.push_back(table.name);
      names += " " + table.name;
    }
    if (global.json)
      print_json({{"projection", each->name()},
                  {"aggregate_types", each->aggregate_types()},
                  {"event_types", each->event_types()},
                  {"tables", tables}});
    else
      std::cout << each->name() << "  tables:" << names << "\n";
  }
  return done;
}

int projection_status_of(const global_options& global,
                         const projection_name_options& options) {
  auto how = load_settings(global);
  if (!how)
    return report_usage(global, how.error());
  auto wanted = known_projections();
  if (!options.name.empty()) {
    auto one = find_projection(options.name);
    if (!one)
      return report_usage(global, one.error());
    wanted = {*one};
  }
  auto opened = open_reader(*how);
  if (!opened)
    return report_opening(global, opened.error());
  int code = done;
  for (const auto& each : wanted) {
    auto status = read_status(*opened->store, each);
    if (!status)
      return report(global, status.error());
    print(global, *status);
    if (status->is_stopped())
      code = found;
  }
  return code;
}

int projection_pause(const global_options& global,
                     const projection_name_options& options) {
  return set_state(global, options.name, subscription_state::paused);
}

int projection_resume(const global_options& global,
                      const projection_name_options& options) {
  return set_state(global, options.name, subscription_state::running);
}

int projection_rows(const global_options& global,
                    const projection_page_options& options) {
  return with_projection(
    global, options.name, [&](event_store& store, const auto& what) {
      for (const auto& table : what->tables()) {
        auto rows = store.scan_projection(table, {}, options.limit);
        if (!rows)
          return report(global, rows.error());
        print_rows(global, table, *rows);
      }
      return static_cast<int>(done);
    });
}

int projection_dead_letters(const global_options& global,
                            const projection_page_options& options) {
  return with_projection(
    global, options.name, [&](event_store& store, const auto& what) {
      auto letters =
        store.subscriptions().list_dead_letters(what->name(), options.limit);
      if (!letters)
        return report(global, letters.error());
      for (const auto& each : *letters) {
        if (global.json)
          print_json({{"event_id", each.event_id},
                      {"aggregate_id", each.aggregate_id},
                      {"version", each.version},
                      {"at", to_string(each.at)},
                      {"attempts", each.attempts},
                      {"error", each.error}});
        else
          std::cout << fmt::format("{}  {} version {}  {} attempts: {}\n",
                                   each.event_id, each.aggregate_id,
                                   each.version, each.attempts, each.error);
      }
      return static_cast<int>(done);
    });
}

} // namespace esctl
