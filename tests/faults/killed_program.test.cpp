// The program itself is killed, with whatever was on its way.
#include "eventsource/tests/faults/fault_run.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace killed_program_test {

using namespace es::testing;

namespace {

/// The load program; killed at the end if it still runs.
class load_process {
public:
  load_process(const std::string& dsn, std::uint64_t seed, int run,
               std::chrono::milliseconds time, const std::string& log) {
    const auto seed_text = std::to_string(seed);
    const auto run_text = std::to_string(run);
    const auto time_text = std::to_string(time.count());
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::execl(FAULT_LOAD_PATH, "fault_load", dsn.c_str(), seed_text.c_str(),
              run_text.c_str(), time_text.c_str(), log.c_str(), nullptr);
      ::_exit(127);
    }
  }

  load_process(const load_process&) = delete;
  load_process& operator=(const load_process&) = delete;

  ~load_process() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  /// Its exit code if it ended, 128 and the signal if one ended it.
  std::optional<int> exit_code() {
    return reap(WNOHANG);
  }
  int wait() {
    return *reap(0);
  }

private:
  std::optional<int> reap(int options) {
    int status = 0;
    if (pid_ > 0 && ::waitpid(pid_, &status, options) == pid_) {
      pid_ = -1;
      code_ =
        WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    return code_;
  }

  pid_t pid_ = -1;
  std::optional<int> code_;
};

} // namespace

ES_TEST("a program that is killed has answered nothing that is not "
        "stored, and its next run goes on") {
  rounds_of("killed program", [](fault_round& round) {
    bank_server bank;
    load_audit audit{round.seed()};
    int run = 0;
    auto log_of = [&] {
      return bank.scratch() / ("log-" + std::to_string(run)).c_str();
    };
    // How far a run has to be when it is killed is as random as the moment.
    for (round.begin(); round.goes_on(); ++run) {
      load_process program{bank.server().dsn(), round.seed(), run,
                           std::chrono::milliseconds{0}, log_of().string()};
      std::error_code none_yet;
      ES_REQUIRE(eventually([&] {
        const auto size = std::filesystem::file_size(log_of(), none_yet);
        return (!none_yet && size > 0) || program.exit_code();
      }));
      round.pause(0, 600);
      if (const auto code = program.exit_code()) {
        std::cout << "  the program ended with " << *code << std::endl;
        ES_REQUIRE(!code);
      }
    }
    ES_CHECK_LT(0, run);
    load_process last{bank.server().dsn(), round.seed(), run,
                      std::chrono::milliseconds{300}, log_of().string()};
    ES_CHECK_EQ(last.wait(), 0);
    for (++run; --run >= 0;)
      audit.read_log(log_of());
    auto link = bank.observe();
    expect_none(audit.compare(link.link()));
    std::cout << "  " << audit.summary() << std::endl;
  });
}

} // namespace killed_program_test
