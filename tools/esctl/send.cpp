#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/output.hpp"

#include <iostream>

namespace esctl {

namespace {

es::result<es::command_options> options_of(const send_options& options) {
  es::command_options how;
  how.expected_version = options.expected_version;
  how.command_id = options.command_id;
  if (options.metadata) {
    auto about = es::metadata::parse(*options.metadata);
    if (!about)
      return es::fail(es::errc::invalid,
                      "--metadata: " + about.error().message);
    how.metadata = std::move(*about);
  }
  return how;
}

} // namespace

int send(const global_options& global, const send_options& options) {
  auto how = load_settings(global);
  if (!how)
    return report(global, how.error()), wrong_usage;
  auto content = nlohmann::json::parse(options.json, nullptr, false);
  if (content.is_discarded())
    return report(global,
                  {es::errc::invalid, "the command's content is no JSON: "
                                        + options.json.substr(0, 200)}),
           wrong_usage;
  auto about = options_of(options);
  if (!about)
    return report(global, about.error()), wrong_usage;
  const auto* type = known_types().find(options.type);
  if (!type)
    return report(global,
                  {es::errc::invalid, "this program knows no aggregate type \""
                                        + options.type + "\""}),
           wrong_usage;
  auto id = options.id == "new"
              ? es::ksuid_generator::system().next(type->id_prefix())
              : options.id;
  auto running = session::start(std::move(*how));
  if (!running)
    return report(global, running.error());
  auto answer = (*running)->runtime().execute(
    options.type, id,
    es::any_command::from_json(options.command, std::move(content)),
    std::move(*about));
  if (!answer)
    return report(global, answer.error());
  if (global.json) {
    print_json({{"aggregate_id", answer->aggregate_id},
                {"version", answer->version},
                {"event_ids", answer->event_ids}});
  } else {
    std::cout << answer->aggregate_id << " is at version " << answer->version
              << "\n";
    for (const auto& event : answer->event_ids)
      std::cout << "  " << event << "\n";
  }
  return done;
}

} // namespace esctl
