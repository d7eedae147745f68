#include "eventsource/domain/organization/organization_projections.hpp"
#include "eventsource/store/text_search.hpp"
#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/output.hpp"
#include "eventsource/tools/esctl/reports.hpp"

#include <iostream>

namespace esctl {

int print_search(const global_options& global, es::store::event_store& store,
                 const search_options& options) {
  static const auto names = es::reference::organization_names();
  std::string words;
  for (const auto& each : options.words)
    words += each + " ";
  auto rows = es::store::search_projection(store, names->tables().front(),
                                           "name", words, options.limit);
  if (!rows)
    return rows.error().code == es::errc::invalid
             ? report_usage(global, rows.error())
             : report(global, rows.error());
  for (const auto& cells : *rows) {
    const auto id = cells[0].text().value();
    const auto name = cells[1].text().value();
    if (global.json)
      print_json({{"id", id}, {"name", name}});
    else
      std::cout << id << "  " << name << "\n";
  }
  return rows->empty() ? found : done;
}

int search(const global_options& global, const search_options& options) {
  auto how = load_settings(global);
  if (!how)
    return report_usage(global, how.error());
  auto opened = open_reader(*how);
  if (!opened)
    return report_opening(global, opened.error());
  return print_search(global, *opened->store, options);
}

} // namespace esctl
