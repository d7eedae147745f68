#include "eventsource/actors/settings.hpp"

#include "eventsource/actors/settings_keys.hpp"
#include "eventsource/tests/config/messages.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

namespace settings_test {

using namespace es;
using namespace es::actors;
using testing::contains;
using testing::lines_of;

namespace {

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The message of text that is refused; empty if it is not.
std::string refusal(std::string_view text) {
  auto parsed = parse_settings(text, "shop.toml");
  if (parsed)
    return {};
  ES_CHECK(parsed.error().code == errc::invalid);
  return parsed.error().message;
}

/// One key of default.toml with the comment above it.
struct documented_key {
  std::string value;
  std::string comment;
};

std::map<std::string, documented_key> keys_of_default_file() {
  std::map<std::string, documented_key> out;
  std::string section;
  std::string comment;
  for (const auto& line : lines_of(std::string(default_config()))) {
    if (line.empty())
      comment.clear();
    else if (line.starts_with("# "))
      comment += (comment.empty() ? "" : " ") + line.substr(2);
    else if (line.starts_with("["))
      section = line.substr(1, line.find(']') - 1);
    else if (auto at = line.find(" = "); at != std::string::npos)
      out[section + "." + line.substr(0, at)] = {line.substr(at + 3), comment};
  }
  return out;
}

// -- the number of members of a struct ----------------------------------------

struct anything {
  template <class T>
  operator T() const;
};

template <class T, class... Members>
constexpr std::size_t count_members() {
  if constexpr (requires { T{Members{}..., anything{}}; })
    return count_members<T, Members..., anything>();
  else
    return sizeof...(Members);
}

std::size_t keys_in(std::string_view section) {
  std::size_t out = 0;
  for (const auto& key : setting_keys())
    if (key.name.substr(0, key.name.rfind('.')) == section)
      ++out;
  return out;
}

} // namespace

// -- file, struct and documentation ------------------------------------------

ES_TEST("the default file gives the settings that a program starts with") {
  auto parsed = parse_settings(default_config(), "default.toml");
  ES_REQUIRE(parsed.has_value());
  ES_CHECK(list_settings(*parsed) == list_settings(settings{}));
}

ES_TEST("the embedded default is the file in config") {
  auto file = std::filesystem::path(ES_SOURCE_DIR) / "config/default.toml";
  ES_CHECK_EQ(read_file(file), std::string(default_config()));
}

ES_TEST("the default settings are allowed") {
  auto ok = settings{}.check();
  ES_CHECK_EQ(ok ? "" : ok.error().message, "");
}

ES_TEST("every key is in the default file with its range and default") {
  auto file = keys_of_default_file();
  ES_CHECK_EQ(file.size(), setting_keys().size());
  for (const auto& key : setting_keys()) {
    auto name = std::string(key.name);
    ES_REQUIRE(contains(file.contains(name) ? name : "", name));
    auto value = format_setting(key, settings{});
    ES_CHECK_EQ(name + file[name].value, name + value);
    ES_CHECK(contains(file[name].comment, "Range: " + setting_range(key)));
    ES_CHECK(contains(file[name].comment, "Default: " + value + "."));
  }
}

ES_TEST("the default file has the keys in the order of the table") {
  std::size_t before = 0;
  for (const auto& key : setting_keys()) {
    auto last = std::string(key.name.substr(key.name.rfind('.') + 1));
    auto at = default_config().find("\n" + last + " = ", before);
    ES_CHECK_NE(at, std::string_view::npos);
    before = at;
  }
}

ES_TEST("every key is in the documentation with its default and range") {
  auto text =
    read_file(std::filesystem::path(ES_SOURCE_DIR) / "docs/configuration.md");
  std::set<std::string> rows;
  for (const auto& line : lines_of(text))
    if (line.starts_with("| `"))
      rows.insert(line.substr(3, line.find('`', 3) - 3));
  for (const auto& key : setting_keys()) {
    auto row = "| `" + std::string(key.name) + "` | `"
               + format_setting(key, settings{}) + "` | " + setting_range(key)
               + " | ";
    ES_CHECK(contains(text, row));
    rows.erase(std::string(key.name));
  }
  for (const auto& row : rows)
    // The rows of the table of kinds hold no key of a section.
    ES_CHECK(!is_setting_section(row.substr(0, row.find('.'))));
}

ES_TEST("every member of the struct has a key") {
  ES_CHECK_EQ(count_members<es::store::table_names>(), keys_in("store.tables"));
  // One member is the section [store.tables].
  ES_CHECK_EQ(count_members<es::store::postgres_settings>(),
              keys_in("store") + 1);
  ES_CHECK_EQ(count_members<settings::embedded_settings>(),
              keys_in("embedded"));
  ES_CHECK_EQ(count_members<settings::persistence_settings>(),
              keys_in("persistence"));
  ES_CHECK_EQ(count_members<settings::aggregate_settings>(),
              keys_in("aggregates"));
  ES_CHECK_EQ(count_members<settings::recovery_settings>(),
              keys_in("recovery"));
  ES_CHECK_EQ(count_members<settings::command_settings>(), keys_in("commands"));
  ES_CHECK_EQ(count_members<settings::subscription_settings>(),
              keys_in("subscriptions"));
  ES_CHECK_EQ(count_members<settings::outbox_settings>(), keys_in("outbox"));
  ES_CHECK_EQ(count_members<settings::runtime_settings>(), keys_in("runtime"));
  ES_CHECK_EQ(count_members<settings::log_settings>(), keys_in("log"));
  // Besides the sections it knows where they were read.
  ES_CHECK_EQ(count_members<settings>(), std::size_t{11});
}

ES_TEST("no two keys lie in the same place") {
  settings s;
  std::set<const void*> places;
  for (const auto& key : setting_keys())
    places.insert(
      std::visit([](auto* x) -> const void* { return x; }, key.place(s)));
  ES_CHECK_EQ(places.size(), setting_keys().size());
}

// -- reading ------------------------------------------------------------------

ES_TEST("a file need hold only what differs") {
  auto parsed = parse_settings("[persistence]\n"
                               "writers = 4\n"
                               "linger = \"250us\"\n"
                               "batch_bytes_max = \"2MiB\"\n"
                               "[store]\n"
                               "dsn = \"host=db\"\n"
                               "tables.events = \"facts\"\n"
                               "[runtime]\n"
                               "migrate = true\n"
                               "[aggregates]\n"
                               "passivate_after = \"0s\"\n",
                               "shop.toml");
  ES_REQUIRE(parsed.has_value());
  ES_CHECK_EQ(parsed->persistence.writers, 4u);
  ES_CHECK(parsed->persistence.linger == std::chrono::microseconds(250));
  ES_CHECK_EQ(parsed->persistence.batch_bytes_max, 2u * 1024 * 1024);
  ES_CHECK_EQ(parsed->store.dsn, "host=db");
  ES_CHECK_EQ(parsed->store.tables.events, "facts");
  ES_CHECK(parsed->runtime.migrate);
  ES_CHECK(parsed->aggregates.passivate_after.count() == 0);
  ES_CHECK_EQ(parsed->recovery.readers, settings{}.recovery.readers);
}

ES_TEST("a size may be a number of bytes") {
  auto parsed = parse_settings("commands.payload_bytes_max = 4096", "x");
  ES_REQUIRE(parsed.has_value());
  ES_CHECK_EQ(parsed->commands.payload_bytes_max, 4096u);
}

ES_TEST("an unknown key is refused with file, line, key and a suggestion") {
  auto message = refusal("[persistence]\n\nwriter = 4\n");
  ES_CHECK(contains(message, "shop.toml:3: "));
  ES_CHECK(contains(message, "`persistence.writer`"));
  ES_CHECK(contains(message, "did you mean `persistence.writers`?"));
}

ES_TEST("a key in the wrong section is led to the right one") {
  auto message = refusal("[recovery]\nwriters = 4\n");
  ES_CHECK(contains(message, "shop.toml:2: "));
  ES_CHECK(contains(message, "did you mean `persistence.writers`?"));
}

ES_TEST("an unknown key like no other is refused without a suggestion") {
  auto message = refusal("[kitchen]\nsink = 4\n");
  ES_CHECK(contains(message, "shop.toml:1: there is no setting `kitchen`"));
  ES_CHECK(message.find("did you mean") == std::string::npos);
}

ES_TEST("a wrong type is refused with file, line and key") {
  struct {
    const char* text;
    const char* problem;
  } cases[] = {
    {"persistence.writers = \"4\"",
     "persistence.writers must be a whole number such as 2, not the text "
     "\"4\""},
    {"persistence.writers = 1.5", "persistence.writers must be 1 to 256, not a "
                                  "fraction"},
    {"persistence.writers = [1]", "persistence.writers must be 1 to 256, not a "
                                  "list"},
    {"persistence.writers = true",
     "must be a whole number such as 2, not true"},
    {"[persistence.writers]\nx = 1", "not a section"},
    {"runtime.migrate = \"yes\"", "runtime.migrate must be true or false, not "
                                  "the text \"yes\""},
    {"runtime.migrate = 1", "runtime.migrate must be true or false, not the "
                            "number 1"},
    {"store.dsn = 5", "store.dsn must be a text in quotes, not the number 5"},
    {"commands.timeout = 30", "commands.timeout must be a text with a unit"},
    {"commands.timeout = 1979-05-27", "commands.timeout must be 1ms to 24h, "
                                      "not a date or time"},
    {"persistence = 3", "`persistence` is a section"},
  };
  for (const auto& c : cases) {
    auto message = refusal(c.text);
    ES_CHECK(contains(message, "shop.toml:1: "));
    ES_CHECK(contains(message, c.problem));
  }
}

ES_TEST("a value out of range is refused with file, line, key and range") {
  struct {
    const char* text;
    const char* problem;
  } cases[] = {
    {"persistence.writers = 0", "persistence.writers must be 1 to 256, not 0"},
    {"persistence.writers = 257", "must be 1 to 256, not 257"},
    {"persistence.writers = -1", "must be 1 to 256, not -1"},
    {"commands.timeout = \"0s\"", "commands.timeout must be 1ms to 24h, not "
                                  "0s"},
    {"commands.timeout = \"25h\"", "must be 1ms to 24h, not 25h"},
    {"commands.payload_bytes_max = \"1B\"", "must be 1KiB to 128MiB, not 1B"},
    {"aggregates.passivate_after = \"10us\"",
     "must be 0s (never) or 1ms to 8760h, not 10us"},
    {"log.level = \"loud\"",
     "log.level must be trace, debug, info, warn, error "
     "or off, not \"loud\""},
    {"store.tables.schema = \"e s\"", "store.tables.schema must be a plain SQL "
                                      "identifier"},
    {"store.tables.schema = \"\"", "must be a plain SQL identifier"},
    {"store.tables.schema = \"1a\"", "must be a plain SQL identifier"},
    {"store.dsn = \"a\\u0000b\"", "store.dsn must be any text, not "
                                  "\"a\\u0000b\""},
  };
  for (const auto& c : cases) {
    auto message = refusal(c.text);
    ES_CHECK(contains(message, "shop.toml:1: "));
    ES_CHECK(contains(message, c.problem));
  }
}

ES_TEST("a wrong unit is refused with the units that there are") {
  for (auto text : {"\"30 seconds\"", "\"30\"", "\"s\"", "\"1.5s\"", "\"\"",
                    "\"-5s\"", "\"5S\"", "\"9223372036854775807h\""}) {
    auto message = refusal("[commands]\ntimeout = " + std::string(text));
    ES_CHECK(contains(message, "shop.toml:2: commands.timeout must be a text "
                               "with a unit (us, ms, s, min, h)"));
  }
  ES_CHECK(contains(refusal("commands.payload_bytes_max = \"1MB\""),
                    "a unit (B, KiB, MiB, GiB)"));
  ES_CHECK(contains(refusal("commands.timeout = \"1500us\""),
                    "must be whole milliseconds"));
}

ES_TEST("text that is no TOML is refused with file, line and column") {
  ES_CHECK(contains(refusal("[persistence]\nwriters = = 4\n"), "shop.toml:2:"));
  ES_CHECK(contains(refusal("a = 1\na = 2\n"), "shop.toml:2:"));
  ES_CHECK(contains(refusal("a = \"\xff\"\n"), "shop.toml:1:"));
}

ES_TEST("all mistakes are reported at once in the order of their lines") {
  auto message = refusal("[persistence]\nwriters = 0\nlinger = 5\n"
                         "[aggregates]\nlive = 1\n");
  auto lines = lines_of(message);
  ES_REQUIRE_EQ(lines.size(), 3u);
  ES_CHECK(lines[0].starts_with("shop.toml:2: persistence.writers "));
  ES_CHECK(lines[1].starts_with("shop.toml:3: persistence.linger "));
  ES_CHECK(lines[2].starts_with("shop.toml:5: "));
}

ES_TEST("a file is read from the disk and named in its errors") {
  char folder[] = "/tmp/eventsource-settings-XXXXXX";
  ES_REQUIRE(mkdtemp(folder) != nullptr);
  auto file = std::filesystem::path(folder) / "shop.toml";
  std::ofstream(file) << "[log]\nlevel = \"debug\"\n";
  auto good = load_settings(file);
  ES_CHECK(good && good->log.level == "debug");
  std::ofstream(file) << "";
  auto empty = load_settings(file);
  ES_CHECK(empty && list_settings(*empty) == list_settings(settings{}));
  std::ofstream(file) << "[log]\nlevel = 1\n";
  auto bad = load_settings(file);
  ES_CHECK(!bad && contains(bad.error().message, file.string() + ":2: log"));
  auto no_file = load_settings(file.string() + "x");
  ES_CHECK(!no_file && no_file.error().code == errc::not_found);
  ES_CHECK(!no_file && contains(no_file.error().message, "No such file"));
  auto a_folder = load_settings(folder);
  ES_CHECK(!a_folder && contains(a_folder.error().message, "directory"));
  std::filesystem::remove_all(folder);
}

// -- overriding ---------------------------------------------------------------

ES_TEST("every key can be set from the text of a command line") {
  for (const auto& key : setting_keys()) {
    settings target;
    // The present value is allowed; for texts without their quotes.
    auto value = format_setting(key, target);
    if (value.starts_with('"'))
      value = value.substr(1, value.size() - 2);
    auto ok = override_setting(target, key.name, value);
    ES_CHECK_EQ(ok ? "" : ok.error().message, "");
    ES_CHECK(list_settings(target) == list_settings(settings{}));
  }
}

ES_TEST("an override wins over the file") {
  auto target = parse_settings("[persistence]\nwriters = 3\n", "shop.toml");
  ES_REQUIRE(target.has_value());
  ES_CHECK(override_setting(*target, "persistence.writers", "4").has_value());
  ES_CHECK_EQ(target->persistence.writers, 4u);
  ES_CHECK(override_setting(*target, "commands.timeout", "250ms").has_value());
  ES_CHECK(target->commands.timeout == std::chrono::milliseconds(250));
  ES_CHECK(override_setting(*target, "persistence.batch_bytes_max", "8MiB")
             .has_value());
  ES_CHECK_EQ(target->persistence.batch_bytes_max, 8u * 1024 * 1024);
  ES_CHECK(override_setting(*target, "runtime.migrate", "true").has_value());
  ES_CHECK(target->runtime.migrate);
  ES_CHECK(override_setting(*target, "store.dsn", "5").has_value());
  ES_CHECK_EQ(target->store.dsn, "5");
}

ES_TEST("a wrong override names the key and changes nothing") {
  settings target;
  auto unknown = override_setting(target, "persistence.writer", "4");
  ES_CHECK(!unknown
           && contains(unknown.error().message,
                       "did you mean `persistence.writers`?"));
  auto wrong = override_setting(target, "persistence.writers", "many");
  ES_CHECK(!wrong
           && contains(wrong.error().message,
                       "persistence.writers must be a whole number"));
  auto outside = override_setting(target, "persistence.writers", "0");
  ES_CHECK(!outside
           && contains(outside.error().message,
                       "persistence.writers must be 1 to 256, not 0"));
  auto latin_1 = override_setting(target, "outbox.type", "caf\xe9");
  ES_CHECK(!latin_1
           && contains(latin_1.error().message, "outbox.type must be UTF-8"));
  auto maybe = override_setting(target, "runtime.migrate", "maybe");
  ES_CHECK(!maybe && contains(maybe.error().message, "true or false"));
  ES_CHECK(list_settings(target) == list_settings(settings{}));
}

ES_TEST("the environment's connection string wins over the file's") {
  auto target = parse_settings("store.dsn = \"host=file\"", "shop.toml");
  ES_REQUIRE(target.has_value());
  auto before = std::getenv("EVENTSOURCE_DSN");
  std::string kept = before ? before : "";
  ::setenv("EVENTSOURCE_DSN", "", 1);
  apply_environment(*target);
  ES_CHECK_EQ(target->store.dsn, "host=file");
  ::setenv("EVENTSOURCE_DSN", "host=environment", 1);
  apply_environment(*target);
  ES_CHECK_EQ(target->store.dsn, "host=environment");
  if (before)
    ::setenv("EVENTSOURCE_DSN", kept.c_str(), 1);
  else
    ::unsetenv("EVENTSOURCE_DSN");
}

} // namespace settings_test
