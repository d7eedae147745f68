#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/output.hpp"

#include <iostream>

namespace esctl {

int config(const global_options& global, const config_options& options) {
  if (options.defaults) {
    std::cout << es::actors::default_config();
    return done;
  }
  auto how = load_settings(global);
  if (!how)
    return report_usage(global, how.error());
  nlohmann::ordered_json document;
  for (const auto& [key, value] : es::actors::list_settings(*how)) {
    // What TOML and JSON write alike: numbers, switches, and texts whose
    // escapes are those of JSON.
    if (global.json)
      document[key] = parsed(value);
    else
      std::cout << key << " = " << value << "\n";
  }
  if (global.json)
    print_json(document);
  return done;
}

} // namespace esctl
