// A configuration file, and the same lines as `key=value` of a command line.

#include "eventsource/actors/settings.hpp"

#include "eventsource/tests/fuzz/fuzz_target.hpp"

using namespace es;
using namespace es::actors;

namespace {

using listed = std::vector<std::pair<std::string, std::string>>;

std::string toml_of(const listed& all) {
  std::string text;
  for (const auto& [key, value] : all)
    text += key + " = " + value + "\n";
  return text;
}

/// What is shown can be read, and is shown so again.
void check_listing(const settings& from) {
  const auto shown = list_settings(from);
  auto again = parse_settings(toml_of(shown), "shown.toml");
  ES_LAW(again);
  ES_LAW(list_settings(*again) == shown);
}

void check_overrides(std::string_view text) {
  settings target;
  bool changed = false;
  for (fuzz::input in{text}; !in.empty();) {
    fuzz::input line{in.take_line()};
    const auto key = line.take_until('=');
    auto ok = override_setting(target, key, line.rest());
    ES_LAW(ok || ok.error().code == errc::invalid);
    changed = changed || ok.has_value();
  }
  // The listing takes most of the time, and is known for what is unchanged.
  if (changed)
    check_listing(target);
}

} // namespace

ES_FUZZ_TARGET(text) {
  if (auto read = parse_settings(text, "input.toml"))
    check_listing(*read);
  else
    ES_LAW(read.error().code == errc::invalid
           && read.error().message.starts_with("input.toml:"));
  check_overrides(text);
}
