#include "eventsource/tests/system/program.hpp"

#include "eventsource/tests/system/scratch_folder.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

extern char** environ;

namespace es::testing {

namespace {

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts)
    all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::vector<std::string>
changed_environment(const std::map<std::string, std::string>& changes) {
  std::vector<std::string> all;
  for (char** i = environ; *i; ++i) {
    std::string one{*i};
    if (!changes.contains(one.substr(0, one.find('='))))
      all.push_back(std::move(one));
  }
  for (const auto& [name, value] : changes)
    if (!value.empty())
      all.push_back(name + "=" + value);
  return all;
}

std::string content_of(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A terminal whose screen is read; made before the program that writes to it.
class screen {
public:
  screen() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0)
      throw std::runtime_error("there is no terminal to be had");
    path_ = ::ptsname(master_);
    // The screen ends when nobody has the terminal open any more.
    slave_ = ::open(path_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    reader_ = std::thread{[this] {
      char buffer[4096];
      for (;;) {
        auto n = ::read(master_, buffer, sizeof(buffer));
        if (n <= 0)
          return;
        text_.append(buffer, static_cast<std::size_t>(n));
      }
    }};
  }

  screen(const screen&) = delete;
  screen& operator=(const screen&) = delete;

  ~screen() {
    close();
    ::close(master_);
  }

  [[nodiscard]] const std::string& path() const noexcept {
    return path_;
  }

  /// Everything that was written; after the program has ended.
  std::string close() {
    if (reader_.joinable()) {
      ::close(slave_);
      reader_.join();
    }
    return text_;
  }

private:
  int master_;
  int slave_ = -1;
  std::string path_;
  std::string text_;
  std::thread reader_;
};

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      throw std::runtime_error("waitpid failed");
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace

nlohmann::json program_outcome::json() const {
  auto value = nlohmann::json::parse(out, nullptr, false);
  if (value.is_discarded())
    throw std::runtime_error("no JSON document: " + out + err);
  return value;
}

std::vector<nlohmann::json> program_outcome::json_lines() const {
  std::vector<nlohmann::json> all;
  std::istringstream lines{out};
  for (std::string line; std::getline(lines, line);) {
    all.push_back(nlohmann::json::parse(line, nullptr, false));
    if (all.back().is_discarded())
      throw std::runtime_error("no JSON document: " + line);
  }
  return all;
}

struct running_program::parts {
  scratch_folder folder;
  std::optional<screen> terminal;
  std::string out;
  std::string err;
  bool keeps_output = true;
  pid_t child = -1;
};

running_program::running_program(const std::string& path,
                                 const program_start& how)
  : parts_(std::make_unique<parts>()) {
  auto& all = *parts_;
  auto in = all.folder.write("in", how.input);
  all.keeps_output = how.output_file.empty();
  all.out = all.keeps_output ? all.folder.write("out", "") : how.output_file;
  if (how.on_terminal)
    all.terminal.emplace();
  all.err = all.terminal ? all.terminal->path() : all.folder.write("err", "");
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, in.c_str(), O_RDONLY,
                                   0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, all.out.c_str(),
                                   O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, all.err.c_str(),
                                   O_WRONLY | O_NOCTTY, 0);
  auto arguments = how.arguments;
  arguments.insert(arguments.begin(), path);
  auto environment = changed_environment(how.environment);
  auto failed = ::posix_spawn(&all.child, path.c_str(), &files, nullptr,
                              pointers_to(arguments).data(),
                              pointers_to(environment).data());
  posix_spawn_file_actions_destroy(&files);
  if (failed) {
    all.child = -1;
    throw std::runtime_error("can't run " + path);
  }
}

running_program::~running_program() {
  if (parts_->child > 0) {
    ::kill(parts_->child, SIGKILL);
    ::waitpid(parts_->child, nullptr, 0);
  }
}

void running_program::send(int signal) const {
  if (parts_->child > 0)
    ::kill(parts_->child, signal);
}

bool running_program::has_ended() const {
  siginfo_t what{};
  return parts_->child < 0
         || (::waitid(P_PID, static_cast<id_t>(parts_->child), &what,
                      WEXITED | WNOHANG | WNOWAIT)
               == 0
             && what.si_pid == parts_->child);
}

bool running_program::has_said(std::string_view words) const {
  return content_of(parts_->err).find(words) != std::string::npos;
}

program_outcome running_program::wait() {
  auto& all = *parts_;
  program_outcome outcome;
  outcome.code = wait_for(std::exchange(all.child, -1));
  if (all.keeps_output)
    outcome.out = content_of(all.out);
  outcome.err = all.terminal ? all.terminal->close() : content_of(all.err);
  return outcome;
}

program_outcome run_program(const std::string& path, const program_start& how) {
  return running_program{path, how}.wait();
}

} // namespace es::testing
