#include "eventsource/tests/system/program.hpp"

#include "eventsource/tests/system/scratch_folder.hpp"

#include <cerrno>
#include <fcntl.h>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

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

program_outcome run_program(const std::string& path, const program_start& how) {
  scratch_folder folder;
  auto in = folder.write("in", how.input);
  auto out =
    how.output_file.empty() ? folder.write("out", "") : how.output_file;
  auto err = folder.write("err", "");
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, in.c_str(), O_RDONLY,
                                   0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out.c_str(), O_WRONLY,
                                   0);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err.c_str(), O_WRONLY,
                                   0);
  auto arguments = how.arguments;
  arguments.insert(arguments.begin(), path);
  auto environment = changed_environment(how.environment);
  pid_t child = 0;
  auto failed = ::posix_spawn(&child, path.c_str(), &files, nullptr,
                              pointers_to(arguments).data(),
                              pointers_to(environment).data());
  posix_spawn_file_actions_destroy(&files);
  if (failed)
    throw std::runtime_error("can't run " + path);
  program_outcome outcome;
  outcome.code = wait_for(child);
  if (how.output_file.empty())
    outcome.out = content_of(out);
  outcome.err = content_of(err);
  return outcome;
}

} // namespace es::testing
