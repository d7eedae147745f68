#pragma once

#include "eventsource/domain/error.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

/// Running PostgreSQL's programs: no shell, no environment of ours, no
/// inherited descriptors. Private to store/postgres/.
namespace es::store {

/// An account of the operating system.
struct account {
  uid_t uid = 0;
  gid_t gid = 0;
  std::string name;
};

/// The account with this uid; its name is the number if it has none.
[[nodiscard]] account account_of(uid_t uid);

/// The account under which the server has to run: the caller's own, or, since
/// PostgreSQL refuses root, `postgres` or else `nobody`.
[[nodiscard]] result<account> server_account();

struct process_request {
  /// The program's path, then its arguments.
  std::vector<std::string> arguments;
  /// Becomes this account; must be the caller's own unless that is root.
  account run_as;
  /// What the program reads from its standard input; at most 4 KiB.
  std::string input{};
  /// A descriptor that the program and its children keep open; -1: none.
  int inherited_fd = -1;
  /// Past it the program is killed, and its process group with it.
  std::chrono::milliseconds timeout{60'000};
};

struct process_outcome {
  /// As a shell has it: the exit code, or 128 and the number of the signal.
  int exit_code = 0;
  /// Standard output and error; only the last 64 KiB.
  std::string output;
  bool timed_out = false;

  [[nodiscard]] bool ok() const noexcept {
    return exit_code == 0 && !timed_out;
  }
};

/// Runs a program to its end, in a session of its own and with the root folder
/// as working folder. Its environment holds PATH, LC_ALL=C and TZ=UTC only, so
/// that no PG* variable of the caller has a say. Blocks; thread-safe. Fails if
/// the program could not be started at all.
[[nodiscard]] result<process_outcome>
run_process(const process_request& request);

/// The arguments of a running process; nothing if there is none (a zombie has
/// none either).
[[nodiscard]] std::optional<std::vector<std::string>> arguments_of(pid_t pid);

} // namespace es::store
