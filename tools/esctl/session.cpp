#include "eventsource/tools/esctl/session.hpp"

#include "eventsource/actors/system.hpp"
#include "eventsource/domain/json_text.hpp"
#include "eventsource/domain/organization/organization.hpp"
#include "eventsource/tools/esctl/own_server.hpp"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <optional>

namespace esctl {

namespace {

/// The aggregates that this program knows.
using known_aggregates = es::type_list<es::reference::organization>;

template <class... As>
es::type_registry registry_of(es::type_list<As...>) {
  es::type_registry all;
  for (const auto* type : {&es::type_of<As>()...})
    if (auto ok = all.add(*type); !ok) {
      spdlog::critical(to_string(ok.error()));
      std::abort(); // a defect of this very program
    }
  return all;
}

template <class Command>
std::optional<nlohmann::json> reread_as(const nlohmann::json& content) {
  try {
    Command command;
    if constexpr (!std::is_empty_v<Command>)
      from_json(content, command);
    return es::any_command::of(std::move(command)).to_json();
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

template <class... Commands>
std::optional<nlohmann::json> reread_one_of(const std::string& name,
                                            const nlohmann::json& content,
                                            es::type_list<Commands...>) {
  std::optional<nlohmann::json> result;
  ((name == Commands::command_type
      ? static_cast<void>(result = reread_as<Commands>(content))
      : void()),
   ...);
  return result;
}

template <class... As>
std::optional<nlohmann::json>
reread(const std::string& type, const std::string& command,
       const nlohmann::json& content, es::type_list<As...>) {
  std::optional<nlohmann::json> result;
  ((type == As::aggregate_type ? static_cast<void>(
      result = reread_one_of(command, content, typename As::commands{}))
                               : void()),
   ...);
  return result;
}

} // namespace

exit_code exit_code_of(const es::error& e) noexcept {
  switch (e.code) {
    case es::errc::unavailable:
    case es::errc::schema_mismatch:
    case es::errc::in_doubt:
      return database_unavailable;
    default:
      return found;
  }
}

const es::type_registry& known_types() {
  static const auto types = registry_of(known_aggregates{});
  return types;
}

std::optional<nlohmann::json> reread_content(const std::string& type,
                                             const std::string& command,
                                             const nlohmann::json& content) {
  if (!es::has_allowed_depth(content))
    return std::nullopt;
  return reread(type, command, content, known_aggregates{});
}

es::result<const es::aggregate_type*> type_of_id(const std::string& id) {
  for (const auto* type : known_types().all()) {
    if (!id.starts_with(type->id_prefix()))
      continue;
    if (auto ok = es::parse_id(type->id_prefix(), id); !ok)
      return tl::unexpected(ok.error());
    return type;
  }
  std::string prefixes;
  for (const auto* type : known_types().all())
    prefixes += " " + type->id_prefix();
  return es::fail(es::errc::invalid, "\"" + id
                                       + "\" is no id of an aggregate; known "
                                         "prefixes:"
                                       + prefixes);
}

es::result<es::actors::settings> load_settings(const global_options& options) {
  es::actors::settings how;
  auto file = options.config_file;
  if (file.empty())
    if (const char* named = std::getenv("EVENTSOURCE_CONFIG"))
      file = named;
  if (!file.empty()) {
    auto loaded = es::actors::load_settings(file);
    if (!loaded)
      return loaded;
    how = std::move(*loaded);
  }
  es::actors::apply_environment(how);
  if (!options.dsn.empty())
    how.store.dsn = options.dsn;
  for (const auto& text : options.overrides) {
    auto equals = text.find('=');
    if (equals == std::string::npos)
      return es::fail(es::errc::invalid, "--set " + text
                                           + ": write it as KEY=VALUE, such as "
                                             "persistence.writers=4");
    auto ok = es::actors::override_setting(how, text.substr(0, equals),
                                           text.substr(equals + 1));
    if (!ok)
      return es::fail(ok.error().code,
                      "--set " + text + ": " + ok.error().message);
  }
  if (auto ok = how.check(); !ok)
    return tl::unexpected(ok.error());
  spdlog::set_level(spdlog::level::from_str(
    how.log.level == "warn" ? "warning" : how.log.level));
  return how;
}

es::result<es::actors::opened_store> open_reader(es::actors::settings& how) {
  if (auto ok = start_own_server(how); !ok)
    return tl::unexpected(ok.error());
  auto opened = es::actors::open_store(how);
  if (!opened)
    return opened;
  if (auto ok = opened->store->check(); !ok)
    return tl::unexpected(ok.error());
  return opened;
}

// -- session ------------------------------------------------------------------

struct session::parts {
  explicit parts(const es::actors::settings& how)
    : config(how), system(config) {
    // nop
  }

  es::actors::system_config<> config;
  caf::actor_system system;
  std::optional<es::actors::runtime> runtime;
};

session::session(std::unique_ptr<parts> all) : parts_(std::move(all)) {
  // nop
}

session::~session() = default;

es::result<std::unique_ptr<session>> session::start(es::actors::settings how) {
  if (auto ok = start_own_server(how); !ok)
    return tl::unexpected(ok.error());
  es::actors::init_types<>();
  auto all = std::make_unique<parts>(how);
  auto runtime =
    es::actors::runtime::start(all->system, std::move(how), known_types());
  if (!runtime)
    return tl::unexpected(runtime.error());
  all->runtime.emplace(std::move(*runtime));
  return std::unique_ptr<session>(new session(std::move(all)));
}

es::actors::runtime& session::runtime() noexcept {
  return *parts_->runtime;
}

} // namespace esctl
