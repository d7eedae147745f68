#pragma once

#include "eventsource/actors/open_store.hpp"
#include "eventsource/actors/runtime.hpp"
#include "eventsource/actors/settings.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace esctl {

/// Exit codes of the program; scripts rely on them.
enum exit_code : int {
  done = 0,
  /// A check found something, or a command was refused.
  found = 1,
  wrong_usage = 2,
  /// The database can't be reached, or its migrations are not those of this
  /// program.
  database_unavailable = 3,
  /// Not an exit code: a signal ended the work before it was done, and is to
  /// end the program.
  interrupted = 128,
};

/// The exit code that an error ends the program with.
[[nodiscard]] exit_code exit_code_of(const es::error& e) noexcept;

/// What the command line says before the subcommand.
struct global_options {
  /// Empty: the file that EVENTSOURCE_CONFIG names, if it is set.
  std::string config_file;
  std::string dsn;
  /// "KEY=VALUE" each.
  std::vector<std::string> overrides;
  bool json = false;
  bool quiet = false;
};

/// The aggregate types that this program knows.
[[nodiscard]] const es::type_registry& known_types();

/// The type whose prefix an aggregate's id has; `errc::invalid` if there is
/// none or the id is malformed.
[[nodiscard]] es::result<const es::aggregate_type*>
type_of_id(const std::string& id);

/// A command's content as its own type writes it once it has read it: with all
/// fields of the command and no other. Nothing if it does not fit.
[[nodiscard]] std::optional<nlohmann::json>
reread_content(const std::string& type, const std::string& command,
               const nlohmann::json& content);

/// Defaults, then the file, then EVENTSOURCE_DSN, then the command line.
[[nodiscard]] es::result<es::actors::settings>
load_settings(const global_options& options);

/// Opens the store for reading alone and checks that it can be used.
[[nodiscard]] es::result<es::actors::opened_store>
open_reader(es::actors::settings& how);

/// A running runtime with the actor system that it lives in.
class session {
public:
  [[nodiscard]] static es::result<std::unique_ptr<session>>
  start(es::actors::settings how);
  ~session();

  [[nodiscard]] es::actors::runtime& runtime() noexcept;

private:
  struct parts;
  explicit session(std::unique_ptr<parts> all);
  std::unique_ptr<parts> parts_;
};

} // namespace esctl
