#include "eventsource/actors/settings_keys.hpp"
#include "eventsource/store/embedded_files.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <span>
#include <sstream>

namespace es::embedded {

/// config/, put into the library by the build (cmake/embed.cmake).
std::span<const file> config_files();

} // namespace es::embedded

namespace es::actors {

namespace {

/// Goes through a parsed file and takes what it knows.
class reader {
public:
  reader(settings& target, std::string_view file)
    : target_(target), file_(file) {
    // nop
  }

  void read(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      auto name = prefix + std::string(key.str());
      if (auto known = find_setting_key(name))
        assign(*known, key, node);
      else if (!is_setting_section(name))
        complain(key, "there is no setting `" + name + "`"
                        + setting_suggestion(name));
      else if (auto section = node.as_table())
        read(*section, name + ".");
      else
        complain(key, "`" + name + "` is a section, so it has no value: write ["
                        + name + "] and the keys below it");
    }
  }

  [[nodiscard]] result<void> outcome() {
    if (problems_.empty())
      return {};
    std::sort(problems_.begin(), problems_.end());
    std::string all;
    for (const auto& [line, text] : problems_)
      all += (all.empty() ? "" : "\n") + place_of(line) + ": " + text;
    return fail(errc::invalid, all);
  }

private:
  void assign(const setting_key& known, const toml::key& key,
              const toml::node& node) {
    raw_setting value;
    if (auto text = node.as_string())
      value = text->get();
    else if (auto number = node.as_integer())
      value = number->get();
    else if (auto truth = node.as_boolean())
      value = truth->get();
    else
      return complain(key, std::string(known.name) + " must be "
                             + setting_range(known) + ", not " + kind_of(node));
    if (auto problem = assign_setting(known, target_, value))
      complain(key, std::string(known.name) + " " + *problem);
    else
      note_origin(known, target_, place_of(line_of(key)));
  }

  static std::string kind_of(const toml::node& node) {
    if (node.is_table())
      return "a section";
    if (node.is_array())
      return "a list";
    return node.is_floating_point() ? "a fraction" : "a date or time";
  }

  static std::uint32_t line_of(const toml::key& key) {
    return key.source().begin.line;
  }

  [[nodiscard]] std::string place_of(std::uint32_t line) const {
    return file_ + ":" + std::to_string(line);
  }

  void complain(const toml::key& key, const std::string& text) {
    problems_.emplace_back(line_of(key), text);
  }

  settings& target_;
  std::string file_;
  std::vector<std::pair<std::uint32_t, std::string>> problems_;
};

} // namespace

result<settings> parse_settings(std::string_view text, std::string_view name) {
  settings out;
  reader taking{out, name};
  // The library throws on text that is no TOML.
  try {
    taking.read(toml::parse(text, name), "");
  } catch (const toml::parse_error& e) {
    auto at = e.source().begin;
    return fail(errc::invalid,
                std::string(name) + ":" + std::to_string(at.line) + ":"
                  + std::to_string(at.column)
                  + ": no TOML: " + std::string(e.description()));
  }
  if (auto ok = taking.outcome(); !ok)
    return tl::unexpected(ok.error());
  return out;
}

result<settings> load_settings(const std::filesystem::path& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  // An empty file is one too, but `<<` of nothing counts as a failure.
  if (in && in.peek() != std::ifstream::traits_type::eof())
    text << in.rdbuf();
  // A folder can be opened, but not be read.
  if (!in.is_open() || in.bad() || !text || errno == EISDIR)
    return fail(errc::not_found, "can't read the configuration file "
                                   + file.string() + ": "
                                   + std::strerror(errno ? errno : EIO));
  return parse_settings(text.str(), file.string());
}

std::string_view default_config() {
  return embedded::config_files().front().text;
}

} // namespace es::actors
