#include "eventsource/tests/system/esctl_fixture.hpp"

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace esctl_interruption_test {

using namespace es::testing;

namespace {

using clock = std::chrono::steady_clock;

/// Waits for what must come, within this time.
bool eventually(const std::function<bool()>& condition,
                std::chrono::seconds within = std::chrono::seconds{60}) {
  const auto deadline = clock::now() + within;
  while (!condition()) {
    if (clock::now() >= deadline)
      return false;
    ::poll(nullptr, 0, 10);
  }
  return true;
}

/// esctl without a connection string, on a private server of its own.
struct on_private_server {
  scratch_folder folder;
  std::filesystem::path state = folder.path() / "state";

  on_private_server() {
    // Whoever runs the server has to get through to its folder.
    std::filesystem::permissions(folder.path(),
                                 std::filesystem::perms::owner_all
                                   | std::filesystem::perms::others_exec);
  }

  program_start how(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--json", "--set",
                                       "embedded.data_dir=" + state.string()});
    return {
      .arguments = std::move(arguments),
      .environment = {{"EVENTSOURCE_DSN", ""}, {"EVENTSOURCE_CONFIG", ""}}};
  }

  program_outcome run(std::vector<std::string> arguments) const {
    return run_program(ESCTL_PATH, how(std::move(arguments)));
  }

  /// The server's process; 0 if there is none.
  [[nodiscard]] pid_t server() const {
    pid_t pid = 0;
    std::ifstream{state / "data" / "postmaster.pid"} >> pid;
    return pid > 0 && ::kill(pid, 0) == 0 ? pid : 0;
  }

  /// A registry of so many organizations; the first row is no good.
  std::string registry(int organizations) const {
    std::string rows{registry_header};
    rows += "MA-L,000000\r\n";
    for (int i = 0; i < organizations; ++i)
      rows += row_of(i);
    return folder.write("oui.csv", rows);
  }

private:
  static std::string row_of(int number) {
    auto digits = std::to_string(100'000 + number);
    return "MA-L," + digits + ",Organization " + digits + ",\r\n";
  }
};

/// Output that nobody reads: whoever writes much to it stands still.
class blocked_output {
public:
  explicit blocked_output(const scratch_folder& in)
    : path_((in.path() / "blocked").string()) {
    if (::mkfifo(path_.c_str(), 0600) != 0)
      throw std::runtime_error("can't make " + path_);
    end_ = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  }

  blocked_output(const blocked_output&) = delete;
  blocked_output& operator=(const blocked_output&) = delete;

  ~blocked_output() {
    ::close(end_);
    ::unlink(path_.c_str());
  }

  [[nodiscard]] const std::string& path() const noexcept {
    return path_;
  }

  /// Whether there is anything.
  [[nodiscard]] bool has_any() const {
    pollfd watched{end_, POLLIN, 0};
    return ::poll(&watched, 1, 0) > 0 && (watched.revents & POLLIN) != 0;
  }

private:
  std::string path_;
  int end_ = -1;
};

} // namespace

ES_TEST("an import that is interrupted answers for what is under way, "
        "says how far it came and stops the private server") {
  on_private_server at;
  running_program import{ESCTL_PATH, at.how({"import", at.registry(100'000)})};
  ES_REQUIRE(eventually([&] { return import.has_said("oui.csv:2"); }));
  ES_CHECK_NE(at.server(), 0);
  import.send(SIGINT);
  const auto outcome = import.wait();
  ES_CHECK_EQ(outcome.code, 128 + SIGINT);
  ES_CHECK_EQ(at.server(), 0);
  ES_CHECK(outcome.says("run the import again"));
  ES_CHECK_EQ(outcome.json().at("complete"), false);
  ES_CHECK_LT(outcome.json().at("rows").get<int>(), 100'000);
  const auto verified = at.run({"verify"});
  ES_CHECK_EQ(verified.code, 0);
  ES_CHECK_EQ(verified.json().at("events"), outcome.json().at("accepted"));
  ES_CHECK_EQ(at.server(), 0);
}

ES_TEST("SIGTERM while the private server is being made ends the "
        "program once it can be stopped, and stops it") {
  on_private_server at;
  running_program stats{ESCTL_PATH, at.how({"stats"})};
  ES_REQUIRE(
    eventually([&] { return std::filesystem::exists(at.state / "data.new"); }));
  stats.send(SIGTERM);
  const auto outcome = stats.wait();
  ES_CHECK_EQ(outcome.code, 128 + SIGTERM);
  ES_CHECK_EQ(outcome.out + outcome.err, "");
  ES_CHECK_EQ(at.server(), 0);
  ES_CHECK(std::filesystem::exists(at.state / "data"));
}

ES_TEST("a subcommand that only reads is ended by the signal, wherever "
        "it is, and its private server stopped; a second signal waits "
        "for nothing") {
  on_private_server at;
  ES_REQUIRE(at.run({"import", at.registry(2'000)}).code == 0);
  auto list = at.how({"outbox", "list", "--limit", "100000"});
  {
    const blocked_output output{at.folder};
    list.output_file = output.path();
    running_program reader{ESCTL_PATH, list};
    ES_REQUIRE(eventually([&] { return output.has_any(); }));
    ES_CHECK_NE(at.server(), 0);
    reader.send(SIGTERM);
    const auto outcome = reader.wait();
    ES_CHECK_EQ(outcome.code, 128 + SIGTERM);
    ES_CHECK_EQ(outcome.err, "");
    ES_CHECK_EQ(at.server(), 0);
  }
  const blocked_output output{at.folder};
  list.output_file = output.path();
  running_program reader{ESCTL_PATH, list};
  ES_REQUIRE(eventually([&] { return output.has_any(); }));
  const auto server = at.server();
  ES_REQUIRE(server != 0);
  // It can't be stopped until it goes on.
  ::kill(server, SIGSTOP);
  const bool ended = eventually(
    [&] {
      reader.send(SIGINT);
      return reader.has_ended();
    },
    std::chrono::seconds{10});
  ::kill(server, SIGCONT);
  ES_CHECK(ended);
  ES_CHECK_EQ(reader.wait().code, 128 + SIGINT);
  // It stops now if the first signal got so far, else with the next program
  // that uses it.
  ES_CHECK(eventually([&] {
    at.run({"stats"});
    return at.server() == 0;
  }));
}

} // namespace esctl_interruption_test
