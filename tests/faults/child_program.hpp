#pragma once

#include "eventsource/store/postgres/process.hpp"

#include <grp.h>
#include <signal.h>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace es::testing {

/// A program beside the test, killed at the end. The kernel kills it also if
/// the test itself is killed. Made and ended by the same thread.
class child_program {
public:
  child_program(const store::account& as, std::vector<std::string> arguments)
    : pid_(start(as, arguments, SIGKILL)) {
    // nop
  }

  /// `with_us` is the signal that it gets if the test dies.
  child_program(const store::account& as, std::vector<std::string> arguments,
                int with_us)
    : pid_(start(as, arguments, with_us)), last_(with_us) {
    // nop
  }

  child_program(const child_program&) = delete;
  child_program& operator=(const child_program&) = delete;

  ~child_program() {
    end(last_);
  }

  [[nodiscard]] pid_t pid() const noexcept {
    return pid_;
  }

  /// Whether it has not ended by itself.
  [[nodiscard]] bool runs() {
    if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_)
      pid_ = -1;
    return pid_ > 0;
  }

  /// Sends the signal, and waits until the program is gone.
  void end(int signal) {
    if (!runs())
      return;
    ::kill(pid_, signal);
    ::waitpid(std::exchange(pid_, -1), nullptr, 0);
  }

private:
  static pid_t start(const store::account& as,
                     const std::vector<std::string>& arguments, int with_us) {
    std::vector<char*> argv;
    for (const auto& each : arguments)
      argv.push_back(const_cast<char*>(each.c_str()));
    argv.push_back(nullptr);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid != 0)
      return pid;
    // Other threads of the test may have held locks: system calls only.
    if (::geteuid() == 0 && as.uid != 0
        && (::setgroups(0, nullptr) != 0 || ::setgid(as.gid) != 0
            || ::setuid(as.uid) != 0))
      ::_exit(126);
    // After the change of account, which would undo it.
    ::prctl(PR_SET_PDEATHSIG, with_us);
    if (::getppid() != parent)
      ::_exit(126);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }

  pid_t pid_;
  int last_ = SIGKILL;
};

} // namespace es::testing
