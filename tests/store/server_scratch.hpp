#pragma once

#include "eventsource/store/postgres/local_server.hpp"
#include "eventsource/store/postgres/process.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <poll.h>
#include <signal.h>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

/// What the tests of the private server share. A failed requirement of CAF's
/// framework aborts the program and would leave servers behind, so these tests
/// check and return instead.
namespace es::testing {

/// A folder that the server's account can reach; gone at the end, with all
/// servers in it.
class scratch_folder {
public:
  scratch_folder() {
    char pattern[] = "/tmp/eventsource-test-XXXXXX";
    path_ = ::mkdtemp(pattern) ? pattern : "";
    ::chmod(path_.c_str(), 0755);
  }

  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::filesystem::path operator/(const char* name) const {
    return path_ / name;
  }

  [[nodiscard]] const std::filesystem::path& path() const {
    return path_;
  }

private:
  std::filesystem::path path_;
};

/// What is written need outlive killed processes here, but no power failure.
inline es::store::local_server_options
options_for(const std::filesystem::path& folder) {
  es::store::local_server_options out;
  out.data_dir = folder.string();
  out.server_settings = {{"fsync", "off"}};
  return out;
}

/// The server, or nothing after a noted failure.
inline std::optional<es::store::local_server>
started(const es::store::local_server_options& options) {
  auto out = es::store::local_server::start(options);
  ES_CHECK_EQ(out ? "" : out.error().message, "");
  if (!out)
    return std::nullopt;
  return std::move(*out);
}

/// The error of a start that must fail.
inline es::error refused(const es::store::local_server_options& options) {
  auto out = es::store::local_server::start(options);
  ES_CHECK(!out);
  return out ? es::error{errc::internal, "it started"} : out.error();
}

inline bool done(const es::result<void>& outcome) {
  ES_CHECK_EQ(outcome ? "" : outcome.error().message, "");
  return outcome.has_value();
}

/// What psql prints for a statement, run by an account.
inline std::string
query(const es::store::local_server& server, const std::string& sql,
      const es::store::account& as = es::store::account_of(::geteuid())) {
  auto outcome = es::store::run_process({
    .arguments = {server.bin_dir() + "/psql", "-X", "-A", "-t", "-q", "-d",
                  server.dsn(), "-c", sql},
    .run_as = as,
    .timeout = std::chrono::seconds(60),
  });
  if (!outcome)
    return outcome.error().message;
  auto text = outcome->output;
  text.erase(text.find_last_not_of('\n') + 1);
  return text;
}

/// Whether a process lives; a zombie does not.
inline bool lives(pid_t pid) {
  return pid > 0 && es::store::arguments_of(pid).has_value();
}

/// Waits for what must come, within a minute.
inline bool eventually(const std::function<bool()>& condition) {
  auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline)
      return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

/// Another process of the test: runs a function, which can report a line and
/// wait for its permission to go on. Killed at the end if it still runs.
class other_program {
public:
  /// What the function has to talk to the test.
  class line {
  public:
    line(int in, int out) : in_(in), out_(out) {
      // nop
    }

    void report(std::string text) const {
      text += '\n';
      [[maybe_unused]] auto n = ::write(out_, text.data(), text.size());
    }

    /// Returns when the test says so, or never.
    void wait() const {
      char c = 0;
      while (::read(in_, &c, 1) != 1)
        ::pause();
    }

  private:
    int in_;
    int out_;
  };

  explicit other_program(const std::function<int(const line&)>& body) {
    int to[2];
    int from[2];
    if (::pipe(to) != 0 || ::pipe(from) != 0)
      return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(to[1]);
      ::close(from[0]);
      ::_exit(body(line{to[0], from[1]}));
    }
    ::close(to[0]);
    ::close(from[1]);
    in_ = to[1];
    out_ = from[0];
  }

  other_program(const other_program&) = delete;
  other_program& operator=(const other_program&) = delete;

  ~other_program() {
    kill();
    ::close(in_);
    ::close(out_);
  }

  /// The next reported line; what there is of it if the program ended.
  std::string next_line() const {
    std::string out;
    char c = 0;
    while (::read(out_, &c, 1) == 1 && c != '\n')
      out += c;
    return out;
  }

  void go_on() const {
    [[maybe_unused]] auto n = ::write(in_, "x", 1);
  }

  /// Its exit code; -1 if it was killed.
  int wait() {
    int status = 0;
    if (pid_ > 0)
      ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  void kill() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      wait();
    }
  }

private:
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
};

} // namespace es::testing
