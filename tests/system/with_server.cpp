// Runs a command beside a temporary PostgreSQL server:
//
//     with_server COMMAND [ARGUMENT...]
//
// The command finds the server's connection string in EVENTSOURCE_DSN and the
// folder of psql in POSTGRES_BIN. The server and its data go when the command
// ends; the exit code is the command's.

#include "eventsource/store/postgres/local_server.hpp"

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sys/wait.h>
#include <unistd.h>

namespace {

/// Waits for the command; 128 and the signal's number if one ended it.
int exit_code_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return 1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: with_server COMMAND [ARGUMENT...]\n";
    return 2;
  }
  es::store::local_server_options options;
  options.temporary = true;
  // Nothing here outlives the power.
  options.server_settings = {{"fsync", "off"}};
  auto server = es::store::local_server::start(std::move(options));
  if (!server) {
    std::cerr << "with_server: " << es::to_string(server.error()) << "\n";
    return 3;
  }
  // Whoever interrupts the command wants the server stopped as well.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  auto child = ::fork();
  if (child == 0) {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    ::setenv("EVENTSOURCE_DSN", server->dsn().c_str(), 1);
    ::setenv("POSTGRES_BIN", server->bin_dir().c_str(), 1);
    ::execvp(argv[1], argv + 1);
    std::cerr << "with_server: can't run " << argv[1] << "\n";
    ::_exit(127);
  }
  return child < 0 ? 1 : exit_code_of(child);
}
