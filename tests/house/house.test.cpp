#include "eventsource/tests/house/house_rules.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace house_test {

using namespace es::testing;

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 11> rooms{
  "domain",   "sql",   "config",  "store", "actors", "tools",
  "examples", "bench", "testing", "tests", "cmake"};

std::string include(std::string_view target) {
  return "#pragma once\n\n#include " + std::string(target) + "\n";
}

bool is_text(const fs::path& file) {
  constexpr std::array<std::string_view, 10> endings{
    ".hpp", ".cpp",  ".sql", ".txt", ".cmake",
    ".in",  ".toml", ".md",  ".sh",  ".csv"};
  return std::find(endings.begin(), endings.end(), file.extension().string())
         != endings.end();
}

std::string read(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// Path under the source folder -> text, of all files of the rooms.
const std::map<std::string, std::string>& house() {
  static const auto all = [] {
    std::map<std::string, std::string> files;
    const fs::path root{ES_SOURCE_DIR};
    for (auto room : rooms)
      for (const auto& entry : fs::recursive_directory_iterator{root / room})
        if (entry.is_regular_file() && !entry.is_symlink()
            && is_text(entry.path()))
          files.emplace(entry.path().lexically_relative(root).generic_string(),
                        read(entry.path()));
    return files;
  }();
  return all;
}

void report(const complaints& found) {
  for (const auto& complaint : found)
    CAF_ERROR(complaint);
}

} // namespace

// -- the rules themselves -----------------------------------------------------

ES_TEST("the domain includes the standard library, JSON and itself only") {
  auto count = [](std::string_view path, std::string_view target) {
    return check_includes(path, include(target)).size();
  };
  ES_CHECK_EQ(count("domain/a.hpp", "<vector>"), 0u);
  ES_CHECK_EQ(count("domain/a.hpp", "<nlohmann/json.hpp>"), 0u);
  ES_CHECK_EQ(count("domain/a.hpp", "<tl/expected.hpp>"), 0u);
  ES_CHECK_EQ(count("domain/a.hpp", "\"eventsource/domain/b.hpp\""), 0u);
  ES_CHECK_EQ(count("domain/a.hpp", "<caf/all.hpp>"), 1u);
  ES_CHECK_EQ(count("domain/a.cpp", "<unistd.h>"), 1u);
  ES_CHECK_EQ(count("domain/a.cpp", "<pqxx/pqxx>"), 1u);
  ES_CHECK_EQ(count("domain/a.cpp", "\"eventsource/store/append.hpp\""), 1u);
  ES_CHECK_EQ(
    count("domain/a.cpp", "\"eventsource/domain/organization/o.hpp\""), 1u);
}

ES_TEST("the reference aggregate includes the domain only") {
  auto count = [](std::string_view target) {
    return check_includes("domain/organization/o.cpp", include(target)).size();
  };
  ES_CHECK_EQ(count("\"eventsource/domain/aggregate.hpp\""), 0u);
  ES_CHECK_EQ(count("\"eventsource/domain/organization/o.hpp\""), 0u);
  ES_CHECK_EQ(count("\"eventsource/store/append.hpp\""), 1u);
  ES_CHECK_EQ(count("\"eventsource/actors/runtime.hpp\""), 1u);
}

ES_TEST("the store above postgres/ knows neither CAF nor a database") {
  for (std::string_view path : {"store/a.hpp", "store/memory/a.cpp"}) {
    auto count = [&](std::string_view target) {
      return check_includes(path, include(target)).size();
    };
    ES_CHECK_EQ(count("<nlohmann/json.hpp>"), 0u);
    ES_CHECK_EQ(count("\"eventsource/domain/event.hpp\""), 0u);
    ES_CHECK_EQ(count("\"eventsource/store/append.hpp\""), 0u);
    ES_CHECK_EQ(count("<caf/fwd.hpp>"), 1u);
    ES_CHECK_EQ(count("<pqxx/pqxx>"), 1u);
    ES_CHECK_EQ(count("<libpq-fe.h>"), 1u);
    ES_CHECK_EQ(count("\"eventsource/store/postgres/dsn.hpp\""), 1u);
    ES_CHECK_EQ(count("\"eventsource/actors/settings.hpp\""), 1u);
  }
}

ES_TEST("one header includes libpqxx") {
  auto count = [](std::string_view path, std::string_view target) {
    return check_includes(path, include(target)).size();
  };
  ES_CHECK_EQ(count("store/postgres/pqxx_compat.hpp", "<pqxx/pqxx>"), 0u);
  ES_CHECK_EQ(count("store/postgres/connection.cpp", "<pqxx/pqxx>"), 1u);
  ES_CHECK_EQ(count("store/postgres/connection.cpp", "<sys/file.h>"), 0u);
  ES_CHECK_EQ(count("store/postgres/connection.cpp", "<caf/all.hpp>"), 1u);
  ES_CHECK_EQ(count("tools/esctl/main.cpp", "<pqxx/pqxx>"), 1u);
  ES_CHECK_EQ(count("tests/store/a.test.cpp", "<pqxx/pqxx>"), 1u);
}

ES_TEST("actors reach PostgreSQL through one file") {
  auto count = [](std::string_view path, std::string_view target) {
    return check_includes(path, include(target)).size();
  };
  const std::string_view server =
    "\"eventsource/store/postgres/local_server.hpp\"";
  ES_CHECK_EQ(count("actors/open_store.cpp", server), 0u);
  ES_CHECK_EQ(count("actors/runtime.cpp", server), 1u);
  ES_CHECK_EQ(count("actors/open_store.hpp", server), 1u);
  ES_CHECK_EQ(count("actors/runtime.cpp", "<caf/all.hpp>"), 0u);
  ES_CHECK_EQ(count("actors/open_store.cpp", "<pqxx/pqxx>"), 1u);
  ES_CHECK_EQ(count("actors/open_store.cpp", "<libpq-fe.h>"), 1u);
  ES_CHECK_EQ(count("actors/a.cpp", "\"eventsource/tools/esctl/x.hpp\""), 1u);
  ES_CHECK_EQ(
    count("actors/a.cpp", "\"eventsource/domain/organization/o.hpp\""), 1u);
}

ES_TEST("one folder includes the client of NATS") {
  auto count = [](std::string_view path) {
    return check_includes(path, include("<nats/nats.h>")).size();
  };
  ES_CHECK_EQ(count("actors/nats/a.cpp"), 0u);
  ES_CHECK_EQ(count("actors/a.cpp"), 1u);
  ES_CHECK_EQ(count("tools/esctl/a.cpp"), 1u);
  ES_CHECK_EQ(count("tests/faults/a.cpp"), 0u);
}

ES_TEST("programs include public headers and their own") {
  auto count = [](std::string_view path, std::string_view target) {
    return check_includes(path, include(target)).size();
  };
  const std::string_view private_one = "\"eventsource/store/postgres/dsn.hpp\"";
  const std::string_view public_one =
    "\"eventsource/store/postgres/migrator.hpp\"";
  for (std::string_view path :
       {"tools/esctl/a.cpp", "examples/a.cpp", "bench/a.cpp"}) {
    ES_CHECK_EQ(count(path, private_one), 1u);
    ES_CHECK_EQ(count(path, public_one), 0u);
    ES_CHECK_EQ(count(path, "\"eventsource/actors/runtime.hpp\""), 0u);
    ES_CHECK_EQ(count(path, "\"eventsource/tests/kit/test.hpp\""), 1u);
  }
  ES_CHECK_EQ(count("bench/a.cpp", "\"eventsource/bench/b.hpp\""), 0u);
  ES_CHECK_EQ(count("bench/a.cpp", "\"eventsource/tools/esctl/b.hpp\""), 1u);
}

ES_TEST("the test kit above world/ knows the domain only") {
  auto count = [](std::string_view path, std::string_view target) {
    return check_includes(path, include(target)).size();
  };
  const std::string_view actors = "\"eventsource/actors/runtime.hpp\"";
  const std::string_view world = "\"eventsource/testing/world/a.hpp\"";
  ES_CHECK_EQ(count("testing/a.hpp", "<nlohmann/json.hpp>"), 0u);
  ES_CHECK_EQ(count("testing/a.hpp", "\"eventsource/domain/event.hpp\""), 0u);
  ES_CHECK_EQ(count("testing/a.hpp", "\"eventsource/testing/b.hpp\""), 0u);
  ES_CHECK_EQ(
    count("testing/a.hpp", "\"eventsource/domain/organization/o.hpp\""), 1u);
  ES_CHECK_EQ(count("testing/a.hpp", "<caf/all.hpp>"), 1u);
  ES_CHECK_EQ(count("testing/a.hpp", actors), 1u);
  ES_CHECK_EQ(count("testing/a.hpp", world), 1u);
  ES_CHECK_EQ(count("testing/world/a.hpp", actors), 0u);
  ES_CHECK_EQ(count("testing/world/a.hpp", "<caf/all.hpp>"), 0u);
  ES_CHECK_EQ(count("testing/world/a.hpp",
                    "\"eventsource/store/memory/memory_store.hpp\""),
              0u);
  ES_CHECK_EQ(
    count("testing/world/a.hpp", "\"eventsource/store/postgres/migrator.hpp\""),
    1u);
  ES_CHECK_EQ(
    count("testing/world/a.hpp", "\"eventsource/tests/kit/test.hpp\""), 1u);
  ES_CHECK_EQ(count("examples/a.cpp", world), 0u);
  ES_CHECK_EQ(count("tools/esctl/a.cpp", world), 1u);
  ES_CHECK_EQ(count("store/a.cpp", world), 1u);
  ES_CHECK_EQ(count("actors/a.cpp", world), 1u);
  ES_CHECK_EQ(count("domain/a.cpp", world), 1u);
}

ES_TEST("an include is found however it is spaced, and says where it is") {
  auto found = check_includes("domain/a.cpp", "\n  #  include<caf/all.hpp>\n"
                                              "// #include <pqxx/pqxx>\n");
  ES_REQUIRE_EQ(found.size(), 1u);
  ES_CHECK(found[0].starts_with("domain/a.cpp:2: includes caf/all.hpp"));
}

ES_TEST("CAF's version is known in one header") {
  // Split, so that this file keeps the rule.
  const std::string major = "#if CAF_MAJOR_"
                            "VERSION >= 1\n";
  const std::string whole = "#if CAF_"
                            "VERSION >= 1700\n";
  ES_CHECK_EQ(check_caf_version("actors/caf_compat.hpp", major).size(), 0u);
  ES_CHECK_EQ(check_caf_version("actors/runtime.cpp", major).size(), 1u);
  ES_CHECK_EQ(check_caf_version("tests/kit/test.hpp", whole).size(), 1u);
  ES_CHECK_EQ(check_caf_version("actors/runtime.cpp", "#if X\n").size(), 0u);
}

ES_TEST("a source has 500 lines at most") {
  std::string text;
  for (int i = 0; i < 500; ++i)
    text += "x\n";
  ES_CHECK_EQ(check_length("store/a.cpp", text).size(), 0u);
  text += "x\n";
  ES_CHECK_EQ(check_length("store/a.cpp", text).size(), 1u);
  ES_CHECK_EQ(check_length("docs/a.md", text).size(), 0u);
}

ES_TEST("names that could stand on any file are refused") {
  ES_CHECK_EQ(check_name("store/string_util.hpp").size(), 1u);
  ES_CHECK_EQ(check_name("store/common.hpp").size(), 1u);
  ES_CHECK_EQ(check_name("actors/actor_manager.cpp").size(), 1u);
  ES_CHECK_EQ(check_name("actors/actor_base.cpp").size(), 1u);
  ES_CHECK_EQ(check_name("actors/runtime_impl2.cpp").size(), 1u);
  ES_CHECK_EQ(check_name("actors/test-helper.cpp").size(), 1u);
  ES_CHECK_EQ(check_name("store/database.cpp").size(), 0u);
  ES_CHECK_EQ(check_name("common/ksuid.cpp").size(), 0u);
}

ES_TEST("a header has pragma once") {
  ES_CHECK_EQ(check_pragma_once("a.hpp", "#pragma once\n").size(), 0u);
  ES_CHECK_EQ(check_pragma_once("a.hpp", "// #pragma once\n").size(), 1u);
  ES_CHECK_EQ(check_pragma_once("a.cpp", "int x;\n").size(), 0u);
}

ES_TEST("nothing is left for later") {
  ES_CHECK_EQ(check_leftovers("a.cpp", "// TO"
                                       "DO: more\n// FIX"
                                       "ME\n")
                .size(),
              2u);
  ES_CHECK_EQ(check_leftovers("a.cpp", "// to do\n").size(), 0u);
}

ES_TEST("no file names a folder of one machine") {
  const std::string home = "/ro"
                           "ot/";
  const std::string shop = "/wo"
                           "rk/";
  ES_CHECK_EQ(check_machine_paths("a.md", "see " + home + "x\n").size(), 1u);
  ES_CHECK_EQ(check_machine_paths("a.md", shop + "x\n").size(), 1u);
  ES_CHECK_EQ(check_machine_paths("a.md", "\"" + shop + "x\"\n").size(), 1u);
  ES_CHECK_EQ(check_machine_paths("a.md", "x}" + shop + "\n").size(), 0u);
  ES_CHECK_EQ(check_machine_paths("a.md", "tests" + shop + "x\n").size(), 0u);
}

ES_TEST("a query begins with a comment that names it and is run by the store") {
  const std::string_view path = "sql/queries/find_it.sql";
  ES_CHECK_EQ(check_query_comment(path, "-- find_it: all\nSELECT 1").size(),
              0u);
  ES_CHECK_EQ(check_query_comment(path, "-- find_that: all\n").size(), 1u);
  ES_CHECK_EQ(check_query_comment(path, "SELECT 1").size(), 1u);
  ES_CHECK_EQ(check_query_comment("sql/migrations/a.sql", "CREATE").size(), 0u);
  ES_CHECK_EQ(check_query_use(path, "link.run(\"find_it\")").size(), 0u);
  ES_CHECK_EQ(check_query_use(path, "link.run(\"find_its\")").size(), 1u);
}

ES_TEST("a test that is not listed is found") {
  const std::string_view path = "tests/store/dsn.test.cpp";
  ES_CHECK_EQ(check_test_listed(path, "SOURCES\n  dsn.test.cpp)\n").size(), 0u);
  ES_CHECK_EQ(check_test_listed(path, "SOURCES dsn.test.cpp x\n").size(), 0u);
  ES_CHECK_EQ(check_test_listed(path, "SOURCES bad_dsn.test.cpp\n").size(), 1u);
  ES_CHECK_EQ(check_test_listed(path, "# dsn.test.cpp\n").size(), 1u);
  ES_CHECK_EQ(check_test_listed("tests/store/a.cpp", "").size(), 0u);
}

// -- the house ----------------------------------------------------------------

ES_TEST("every room of the house is looked at") {
  for (auto room : rooms) {
    const auto prefix = std::string(room) + "/";
    ES_MESSAGE(prefix);
    ES_CHECK(std::any_of(house().begin(), house().end(), [&](const auto& file) {
      return file.first.starts_with(prefix);
    }));
  }
}

ES_TEST("every file keeps the rules") {
  complaints all;
  for (const auto& [path, text] : house()) {
    auto found = check_file(path, text);
    all.insert(all.end(), found.begin(), found.end());
  }
  report(all);
  ES_CHECK(all.empty());
}

ES_TEST("every query is used") {
  std::string users;
  for (const auto& [path, text] : house())
    if (path.starts_with("store/"))
      users += text;
  complaints all;
  for (const auto& [path, text] : house()) {
    auto found = check_query_use(path, users);
    all.insert(all.end(), found.begin(), found.end());
  }
  report(all);
  ES_CHECK(all.empty());
}

ES_TEST("every test runs") {
  complaints all;
  std::size_t tests = 0;
  for (const auto& [path, text] : house()) {
    if (!path.ends_with(".test.cpp"))
      continue;
    ++tests;
    const auto folder = path.substr(0, path.find_last_of('/'));
    const auto lists = house().find(folder + "/CMakeLists.txt");
    auto found = check_test_listed(
      path, lists == house().end() ? std::string_view{} : lists->second);
    all.insert(all.end(), found.begin(), found.end());
  }
  report(all);
  ES_CHECK(all.empty());
  ES_CHECK_LT(20u, tests);
}

} // namespace house_test
