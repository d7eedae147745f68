#include "eventsource/tests/house/house_rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace es::testing {

namespace {

constexpr std::size_t lines_max = 500;
constexpr std::string_view own_prefix = "eventsource/";
constexpr std::string_view postgres_room = "store/postgres/";
/// What of the test kit needs actors.
constexpr std::string_view world_room = "testing/world/";

struct include_line {
  std::size_t number = 0;
  /// Without the quotes or brackets.
  std::string_view target;
};

std::string_view trimmed_left(std::string_view line) {
  auto first = line.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{}
                                         : line.substr(first);
}

template <class Visitor>
void for_each_line(std::string_view text, Visitor&& visit) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto end = text.find('\n');
    visit(number, text.substr(0, end));
    if (end == std::string_view::npos)
      return;
    text.remove_prefix(end + 1);
  }
}

/// The target of an include directive, nothing for any other line.
std::optional<std::string_view> include_target(std::string_view line) {
  line = trimmed_left(line);
  if (!line.starts_with('#'))
    return std::nullopt;
  line = trimmed_left(line.substr(1));
  if (!line.starts_with("include"))
    return std::nullopt;
  line = trimmed_left(line.substr(7));
  if (line.empty() || (line.front() != '<' && line.front() != '"'))
    return std::nullopt;
  auto end = line.find(line.front() == '<' ? '>' : '"', 1);
  if (end == std::string_view::npos)
    return std::nullopt;
  return line.substr(1, end - 1);
}

std::string at(std::string_view path, std::size_t line) {
  return std::string(path) + ":" + std::to_string(line) + ": ";
}

std::string at(std::string_view path) {
  return std::string(path) + ": ";
}

std::string_view file_name(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1);
}

bool is_source(std::string_view path) {
  return path.ends_with(".hpp") || path.ends_with(".cpp");
}

// -- what a floor may know ----------------------------------------------------

bool is_standard(std::string_view target) {
  return target.find_first_of("/.") == std::string_view::npos;
}

bool is_json_or_expected(std::string_view target) {
  return target.starts_with("nlohmann/") || target.starts_with("tl/");
}

bool is_caf(std::string_view target) {
  return target.starts_with("caf/");
}

bool is_pqxx(std::string_view target) {
  return target.starts_with("pqxx/") || target == "pqxx";
}

bool is_nats(std::string_view target) {
  return target.starts_with("nats/") || target == "nats.h";
}

bool is_libpq(std::string_view target) {
  return target.starts_with("libpq-") || target.starts_with("libpq/")
         || target.starts_with("postgresql/");
}

/// What an install prefix has of the PostgreSQL store.
bool is_public_postgres(std::string_view own) {
  constexpr std::array<std::string_view, 3> open{
    "store/postgres/local_server.hpp", "store/postgres/migrator.hpp",
    "store/postgres/postgres_store.hpp"};
  return std::find(open.begin(), open.end(), own) != open.end();
}

/// The folder under the source folder, "tools" for "tools/esctl/main.cpp".
std::string_view room_of(std::string_view path) {
  return path.substr(0, path.find('/'));
}

/// Why the file at `path` must not include a header that is not ours.
std::string foreign_refusal(std::string_view path, std::string_view target) {
  const auto room = room_of(path);
  const bool in_postgres = path.starts_with(postgres_room);
  if (is_standard(target))
    return {};
  if (is_pqxx(target) && path != "store/postgres/pqxx_compat.hpp")
    return "libpqxx is included in store/postgres/pqxx_compat.hpp only";
  if (room == "domain" && !is_json_or_expected(target))
    return "domain/ knows the standard library, nlohmann and tl only";
  if (room == "store" && !in_postgres && !is_json_or_expected(target))
    return "store/ above postgres/ knows the standard library, nlohmann and tl "
           "only";
  if (room == "store" && is_caf(target))
    return "store/ does not know CAF";
  if (room == "actors" && is_libpq(target))
    return "actors/ does not know libpq";
  if (room == "testing" && !path.starts_with(world_room)
      && !is_json_or_expected(target))
    return "testing/ above world/ knows the standard library, nlohmann and tl "
           "only";
  if (room != "tests" && is_nats(target) && !path.starts_with("actors/nats/"))
    return "only actors/nats/ knows the client of NATS";
  return {};
}

/// Why the file at `path` must not include our header `own`.
std::string own_refusal(std::string_view path, std::string_view own) {
  const auto room = room_of(path);
  const auto target_room = room_of(own);
  const bool postgres_target = own.starts_with(postgres_room);
  const bool of_organization = own.starts_with("domain/organization/");
  if (room == "domain") {
    if (target_room != "domain")
      return "domain/ includes nothing above it";
    if (of_organization && !path.starts_with("domain/organization/"))
      return "domain/ does not know its reference aggregate";
  } else if (room == "store") {
    if (target_room != "domain" && target_room != "store")
      return "store/ includes domain/ and store/ only";
    if (of_organization)
      return "store/ does not know the reference aggregate";
    if (postgres_target && !path.starts_with(postgres_room))
      return "only store/postgres/ includes store/postgres/";
  } else if (room == "actors") {
    if (target_room != "domain" && target_room != "store"
        && target_room != "actors")
      return "actors/ includes domain/, store/ and actors/ only";
    if (of_organization)
      return "actors/ does not know the reference aggregate";
    if (postgres_target && path != "actors/open_store.cpp")
      return "only actors/open_store.cpp chooses a store";
  } else if (room == "testing") {
    const bool in_world = path.starts_with(world_room);
    if (!in_world && (target_room != "domain" || of_organization)
        && (target_room != "testing" || own.starts_with(world_room)))
      return "testing/ above world/ includes domain/ and its own only";
    if (in_world
        && (target_room == "tests" || postgres_target || of_organization))
      return "testing/world/ includes the library's public headers only";
  } else if (room == "tools" || room == "examples" || room == "bench") {
    if (target_room != "domain" && target_room != "store"
        && target_room != "actors" && target_room != room
        && (room != "examples" || target_room != "testing"))
      return std::string(room) + "/ includes public headers and its own only";
    if (postgres_target && !is_public_postgres(own))
      return "this header is not public";
  }
  return {};
}

} // namespace

complaints check_includes(std::string_view path, std::string_view text) {
  complaints found;
  if (!is_source(path))
    return found;
  for_each_line(text, [&](std::size_t number, std::string_view line) {
    auto target = include_target(line);
    if (!target)
      return;
    auto why = target->starts_with(own_prefix)
                 ? own_refusal(path, target->substr(own_prefix.size()))
                 : foreign_refusal(path, *target);
    if (!why.empty())
      found.push_back(at(path, number) + "includes " + std::string(*target)
                      + ", but " + why);
  });
  return found;
}

complaints check_caf_version(std::string_view path, std::string_view text) {
  complaints found;
  if (!is_source(path) || path == "actors/caf_compat.hpp")
    return found;
  for_each_line(text, [&](std::size_t number, std::string_view line) {
    // Split, so that this file keeps the rule.
    for (std::string_view word : {"CAF_MAJOR_"
                                  "VERSION",
                                  "CAF_"
                                  "VERSION"})
      if (line.find(word) != std::string_view::npos) {
        found.push_back(at(path, number) + "asks for CAF's version, which is "
                        + "known in actors/caf_compat.hpp only");
        return;
      }
  });
  return found;
}

complaints check_length(std::string_view path, std::string_view text) {
  if (!is_source(path))
    return {};
  std::size_t lines = 0;
  for_each_line(text, [&](std::size_t number, std::string_view line) {
    if (!line.empty())
      lines = number;
  });
  if (lines <= lines_max)
    return {};
  return {at(path) + "has " + std::to_string(lines)
          + " lines; split it, a file has at most "
          + std::to_string(lines_max)};
}

complaints check_name(std::string_view path) {
  constexpr std::array<std::string_view, 8> banned{
    "manager", "helper", "helpers", "util", "utils", "common", "base", "impl2"};
  complaints found;
  // Words, not parts of words: "database.cpp" is fine.
  auto rest = file_name(path);
  while (!rest.empty()) {
    auto end = rest.find_first_of("_-.");
    auto word = rest.substr(0, end);
    if (std::find(banned.begin(), banned.end(), word) != banned.end())
      found.push_back(at(path) + "the word \"" + std::string(word)
                      + "\" in a file's name says nothing of what is in it");
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return found;
}

complaints check_pragma_once(std::string_view path, std::string_view text) {
  if (!path.ends_with(".hpp"))
    return {};
  bool found = false;
  for_each_line(text, [&](std::size_t, std::string_view line) {
    found = found || line == "#pragma once";
  });
  if (found)
    return {};
  return {at(path) + "lacks #pragma once"};
}

complaints check_leftovers(std::string_view path, std::string_view text) {
  complaints found;
  for_each_line(text, [&](std::size_t number, std::string_view line) {
    for (std::string_view word : {"TO"
                                  "DO",
                                  "FIX"
                                  "ME"})
      if (line.find(word) != std::string_view::npos)
        found.push_back(at(path, number) + "says " + std::string(word)
                        + "; do it or leave it out");
  });
  return found;
}

complaints check_machine_paths(std::string_view path, std::string_view text) {
  complaints found;
  for_each_line(text, [&](std::size_t number, std::string_view line) {
    for (std::string_view folder : {"/ro"
                                    "ot/",
                                    "/wo"
                                    "rk/"}) {
      const auto place = line.find(folder);
      // Only as the start of a path: "tests/<folder>/" may have any name.
      if (place == std::string_view::npos)
        continue;
      const char before = place == 0 ? ' ' : line[place - 1];
      if (std::isalnum(static_cast<unsigned char>(before)) == 0 && before != '}'
          && before != '_' && before != '.')
        found.push_back(at(path, number) + "names " + std::string(folder)
                        + ", a folder of one machine");
    }
  });
  return found;
}

complaints check_query_comment(std::string_view path, std::string_view text) {
  if (!path.starts_with("sql/queries/") || !path.ends_with(".sql"))
    return {};
  auto stem = file_name(path);
  stem.remove_suffix(4);
  const auto wanted = "-- " + std::string(stem) + ": ";
  if (text.starts_with(wanted))
    return {};
  return {at(path, 1) + "does not begin with the comment \"" + wanted
          + "...\""};
}

complaints check_query_use(std::string_view path, std::string_view users) {
  auto stem = file_name(path);
  if (!path.starts_with("sql/queries/") || !stem.ends_with(".sql"))
    return {};
  stem.remove_suffix(4);
  if (users.find('"' + std::string(stem) + '"') != std::string_view::npos)
    return {};
  return {at(path) + "nothing in store/ runs this query"};
}

complaints check_test_listed(std::string_view path,
                             std::string_view cmake_lists) {
  if (!path.ends_with(".test.cpp"))
    return {};
  const auto name = file_name(path);
  bool listed = false;
  for_each_line(cmake_lists, [&](std::size_t, std::string_view line) {
    line = line.substr(0, line.find('#'));
    for (auto place = line.find(name); place != std::string_view::npos;
         place = line.find(name, place + 1)) {
      const auto ends_here = [&](std::size_t i) {
        return i >= line.size()
               || std::string_view{" \t()\"/"}.find(line[i])
                    != std::string_view::npos;
      };
      listed = listed
               || (ends_here(place == 0 ? line.size() : place - 1)
                   && ends_here(place + name.size()));
    }
  });
  if (listed)
    return {};
  return {at(path) + "is not in the CMakeLists.txt of its folder, so it never "
          + "runs"};
}

complaints check_file(std::string_view path, std::string_view text) {
  complaints all;
  for (auto rule :
       {check_includes, check_caf_version, check_length, check_pragma_once,
        check_leftovers, check_machine_paths, check_query_comment}) {
    auto found = rule(path, text);
    all.insert(all.end(), found.begin(), found.end());
  }
  auto found = check_name(path);
  all.insert(all.end(), found.begin(), found.end());
  return all;
}

} // namespace es::testing
