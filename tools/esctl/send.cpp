#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/output.hpp"

#include <algorithm>
#include <iostream>
#include <iterator>

namespace esctl {

namespace {

/// A command that is worth starting a runtime for.
struct checked_command {
  std::string aggregate_id;
  es::any_command command;
  es::command_options options;
};

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

es::result<const es::aggregate_type*> find_type(const std::string& name) {
  if (const auto* type = known_types().find(name))
    return type;
  std::vector<std::string> names;
  for (const auto* type : known_types().all())
    names.push_back(type->name());
  return es::fail(es::errc::invalid, "this program knows no aggregate type \""
                                       + name
                                       + "\"; known types: " + listed(names));
}

es::result<nlohmann::json> read_content(const std::string& argument) {
  auto text = argument;
  if (text == "-")
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& e) {
    return es::fail(es::errc::invalid,
                    std::string("the command's content is no JSON: ")
                      + e.what());
  }
}

/// Refuses the first field that the command does not have: left out without a
/// word, a misspelt one would look as if it had been taken. `known` is what the
/// command makes of `given`; `place` leads to both.
es::result<void> refuse_unknown_fields(const nlohmann::json& given,
                                       const nlohmann::json& known,
                                       const std::string& place) {
  if (given.is_array() && known.is_array() && given.size() == known.size())
    for (std::size_t i = 0; i < given.size(); ++i)
      if (auto ok = refuse_unknown_fields(given[i], known[i],
                                          place + std::to_string(i) + "/");
          !ok)
        return ok;
  if (!given.is_object() || !known.is_object())
    return {};
  for (const auto& [name, value] : given.items()) {
    if (auto same = known.find(name); same != known.end()) {
      auto ok = refuse_unknown_fields(value, *same, place + name + "/");
      if (!ok)
        return ok;
      continue;
    }
    // A type may leave out what is null.
    if (value.is_null())
      continue;
    std::vector<std::string> names;
    for (const auto& field : known.items())
      names.push_back(field.key());
    return es::fail(
      es::errc::invalid,
      "the command has no field \"" + place + name + "\"; "
        + (names.empty() ? "it has none" : "its fields: " + listed(names)));
  }
  return {};
}

es::result<checked_command> check(const send_options& options) {
  auto type = find_type(options.type);
  if (!type)
    return tl::unexpected(type.error());
  checked_command result;
  result.aggregate_id =
    options.id == "new"
      ? es::ksuid_generator::system().next((*type)->id_prefix())
      : options.id;
  if (auto ok = es::parse_id((*type)->id_prefix(), result.aggregate_id); !ok)
    return tl::unexpected(ok.error());
  const auto& known = (*type)->command_types();
  if (std::find(known.begin(), known.end(), options.command) == known.end())
    return es::fail(es::errc::invalid,
                    "aggregate type " + (*type)->name() + " has no command \""
                      + options.command + "\"; its commands: " + listed(known));
  auto content = read_content(options.json);
  if (!content)
    return tl::unexpected(content.error());
  // What does not fit at all the aggregate itself refuses.
  if (auto read = reread_content(options.type, options.command, *content))
    if (auto ok = refuse_unknown_fields(*content, *read, ""); !ok)
      return tl::unexpected(ok.error());
  result.command =
    es::any_command::from_json(options.command, std::move(*content));
  result.options.expected_version = options.expected_version;
  result.options.command_id = options.command_id;
  if (options.metadata) {
    auto about = es::metadata::parse(*options.metadata);
    if (!about)
      return es::fail(es::errc::invalid,
                      "--metadata: " + about.error().message);
    result.options.metadata = std::move(*about);
  }
  return result;
}

} // namespace

int send(const global_options& global, const send_options& options) {
  auto how = load_settings(global);
  if (!how)
    return report_usage(global, how.error());
  auto checked = check(options);
  if (!checked)
    return report_usage(global, checked.error());
  auto running = session::start(std::move(*how));
  if (!running)
    return report_opening(global, running.error());
  auto answer = (*running)->runtime().execute(
    options.type, checked->aggregate_id, std::move(checked->command),
    std::move(checked->options));
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
