#include "eventsource/store/postgres/process.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <grp.h>
#include <iterator>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace es::store {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t output_bytes_max = 64 * 1024;
constexpr std::size_t input_bytes_max = 4 * 1024;

/// Owns a descriptor.
class descriptor {
public:
  descriptor() = default;

  explicit descriptor(int fd) : fd_(fd) {
    // nop
  }

  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  ~descriptor() {
    close();
  }

  void close() {
    if (fd_ >= 0)
      ::close(fd_);
    fd_ = -1;
  }

  void reset(int fd) {
    close();
    fd_ = fd;
  }

  [[nodiscard]] int get() const {
    return fd_;
  }

private:
  int fd_ = -1;
};

struct pipe_ends {
  descriptor read;
  descriptor write;

  [[nodiscard]] bool open() {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) != 0)
      return false;
    read.reset(fds[0]);
    write.reset(fds[1]);
    return true;
  }
};

/// What the child says when it could not become the program.
struct start_failure {
  int stage = 0;
  int error = 0;
};

enum stage : int { stage_account = 1, stage_exec = 2 };

struct child_plan {
  std::vector<char*> argv;
  std::vector<char*> envp;
  int in = -1;
  int out = -1;
  int failure = -1;
  int inherited = -1;
  bool change_account = false;
  uid_t uid = 0;
  gid_t gid = 0;
};

[[noreturn]] void give_up(int failure, int at) {
  start_failure what{at, errno};
  [[maybe_unused]] auto n = ::write(failure, &what, sizeof(what));
  ::_exit(127);
}

/// Between fork and exec of a program with threads only async-signal-safe calls
/// are allowed. The system calls that change the account are made directly,
/// since glibc's functions want to talk to threads that do not exist here.
[[noreturn]] void become_program(const child_plan& plan) {
  ::setsid();
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number : {SIGPIPE, SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM,
                     SIGUSR1, SIGUSR2, SIGALRM})
    ::signal(number, SIG_DFL);
  ::umask(077);
  // First above all targets, so that no dup2 overwrites a source.
  int in = ::fcntl(plan.in, F_DUPFD, 16);
  int out = ::fcntl(plan.out, F_DUPFD, 16);
  int failure = ::fcntl(plan.failure, F_DUPFD, 16);
  int inherited =
    plan.inherited < 0 ? -1 : ::fcntl(plan.inherited, F_DUPFD, 16);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(out, 2);
  ::dup2(failure, 3);
  ::fcntl(3, F_SETFD, FD_CLOEXEC);
  unsigned first_closed = 4;
  if (inherited >= 0) {
    ::dup2(inherited, 4);
    first_closed = 5;
  }
  if (::syscall(SYS_close_range, first_closed, ~0U, 0) != 0)
    for (int fd = static_cast<int>(first_closed); fd < 4096; ++fd)
      ::close(fd);
  if (plan.change_account) {
    if (::syscall(SYS_setgroups, 0, nullptr) != 0
        || ::syscall(SYS_setresgid, plan.gid, plan.gid, plan.gid) != 0
        || ::syscall(SYS_setresuid, plan.uid, plan.uid, plan.uid) != 0)
      give_up(3, stage_account);
  }
  if (::chdir("/") != 0)
    give_up(3, stage_exec);
  ::execve(plan.argv[0], plan.argv.data(), plan.envp.data());
  give_up(3, stage_exec);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (auto& text : texts)
    out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> environment() {
  return {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          "LC_ALL=C", "TZ=UTC"};
}

/// Appends what can be read now; false at the end of the stream.
bool drain(int fd, std::string& output) {
  std::array<char, 4096> buffer;
  for (;;) {
    auto n = ::read(fd, buffer.data(), buffer.size());
    if (n > 0) {
      output.append(buffer.data(), static_cast<std::size_t>(n));
      if (output.size() > 2 * output_bytes_max)
        output.erase(0, output.size() - output_bytes_max);
    } else if (n == 0) {
      return false;
    } else if (errno != EINTR) {
      return errno == EAGAIN;
    }
  }
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Waits for the process, not for the end of its output: a server that it left
/// behind may hold the pipe open.
result<process_outcome> await(pid_t pid, int out, clock::time_point deadline,
                              const std::string& program) {
  process_outcome outcome;
  bool open = true;
  int status = 0;
  for (;;) {
    auto done = ::waitpid(pid, &status, WNOHANG);
    if (done == pid)
      break;
    if (done < 0 && errno != EINTR)
      return fail(errc::internal,
                  "can't learn how " + program + " ended ("
                    + std::strerror(errno)
                    + "): the program ignores SIGCHLD or reaps all children");
    if (!outcome.timed_out && clock::now() >= deadline) {
      outcome.timed_out = true;
      ::kill(-pid, SIGKILL);
      ::kill(pid, SIGKILL);
    }
    pollfd watched{open ? out : -1, POLLIN, 0};
    ::poll(&watched, 1, open ? 10 : 1);
    if (open)
      open = drain(out, outcome.output);
  }
  if (open)
    drain(out, outcome.output);
  if (outcome.output.size() > output_bytes_max)
    outcome.output.erase(0, outcome.output.size() - output_bytes_max);
  outcome.exit_code = exit_code_of(status);
  return outcome;
}

tl::unexpected<error> not_started(const process_request& request,
                                  start_failure why) {
  auto reason = std::string(std::strerror(why.error));
  if (why.stage == stage_account)
    return fail(errc::unavailable,
                "can't run " + request.arguments.front() + " as the account "
                  + request.run_as.name + ": " + reason
                  + ". PostgreSQL refuses to run as root: start the program "
                    "under another account, or name a server in store.dsn");
  return fail(errc::unavailable, "can't run " + request.arguments.front()
                                   + " as the account " + request.run_as.name
                                   + ": " + reason);
}

} // namespace

account account_of(uid_t uid) {
  std::array<char, 4096> buffer;
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  if (!found)
    return {uid, uid == ::geteuid() ? ::getegid() : gid_t{uid},
            std::to_string(uid)};
  return {uid, found->pw_gid, found->pw_name};
}

result<account> server_account() {
  auto self = ::geteuid();
  if (self != 0) {
    auto own = account_of(self);
    own.gid = ::getegid();
    return own;
  }
  std::array<char, 4096> buffer;
  for (const char* name : {"postgres", "nobody"}) {
    passwd entry{};
    passwd* found = nullptr;
    ::getpwnam_r(name, &entry, buffer.data(), buffer.size(), &found);
    if (found && found->pw_uid != 0)
      return account{found->pw_uid, found->pw_gid, name};
  }
  return fail(errc::unavailable,
              "PostgreSQL refuses to run as root, and there is neither an "
              "account `postgres` nor `nobody` to run it as; run the program "
              "under another account, or name a server in store.dsn");
}

result<process_outcome> run_process(const process_request& request) {
  auto arguments = request.arguments;
  auto variables = environment();
  pipe_ends in, out, failure;
  if (request.input.size() > input_bytes_max)
    return fail(errc::internal, "too much input for a program");
  if (!in.open() || !out.open() || !failure.open())
    return fail(errc::unavailable,
                std::string("can't open a pipe: ") + std::strerror(errno));
  child_plan plan;
  plan.argv = pointers(arguments);
  plan.envp = pointers(variables);
  plan.in = in.read.get();
  plan.out = out.write.get();
  plan.failure = failure.write.get();
  plan.inherited = request.inherited_fd;
  plan.change_account = ::geteuid() != request.run_as.uid;
  plan.uid = request.run_as.uid;
  plan.gid = request.run_as.gid;
  auto deadline = clock::now() + request.timeout;
  auto pid = ::fork();
  if (pid < 0)
    return fail(errc::unavailable,
                std::string("can't start a process: ") + std::strerror(errno));
  if (pid == 0)
    become_program(plan);
  // So little fits into a pipe, so this can't block; and both ends of it are
  // open still, so it raises no SIGPIPE either.
  [[maybe_unused]] auto written =
    ::write(in.write.get(), request.input.data(), request.input.size());
  in.read.close();
  in.write.close();
  out.write.close();
  failure.write.close();
  start_failure why;
  ssize_t n = 0;
  do
    n = ::read(failure.read.get(), &why, sizeof(why));
  while (n < 0 && errno == EINTR);
  ::fcntl(out.read.get(), F_SETFL, O_NONBLOCK);
  auto outcome = await(pid, out.read.get(), deadline, request.arguments[0]);
  if (n == sizeof(why))
    return not_started(request, why);
  return outcome;
}

std::optional<std::vector<std::string>> arguments_of(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/cmdline",
                   std::ios::binary);
  std::string all{std::istreambuf_iterator<char>(in), {}};
  if (all.empty())
    return std::nullopt;
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin < all.size();) {
    auto end = std::min(all.find('\0', begin), all.size());
    out.push_back(all.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

} // namespace es::store
