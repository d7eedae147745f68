#include "eventsource/store/postgres/local_server.hpp"
#include "eventsource/store/postgres/server_folder.hpp"
#include "eventsource/tests/store/server_scratch.hpp"

#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <vector>

namespace local_server_repair_test {

using namespace es;
using namespace es::store;
using namespace es::testing;

namespace fs = std::filesystem;

namespace {

struct fixture {
  scratch_folder scratch;
};

bool contains(std::string_view text, std::string_view part) {
  auto found = text.find(part) != std::string_view::npos;
  if (!found)
    ES_MESSAGE("`" << part << "` is not in: " << text);
  return found;
}

std::string read_file(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Keeps a server until it is told to go on, then gives it up.
int use_server(const local_server_options& options,
               const other_program::line& line) {
  auto server = local_server::start(options);
  line.report(server ? std::to_string(server->pid()) : server.error().message);
  line.wait();
  return server && server->stop() ? 0 : 1;
}

/// A process of the account that runs servers, which is none.
class bystander {
public:
  explicit bystander(const account& as)
    : program_([&as](const other_program::line& line) {
        if (::geteuid() != as.uid
            && (::setgid(as.gid) != 0 || ::setuid(as.uid) != 0))
          return 1;
        line.report(std::to_string(::getpid()));
        line.wait();
        return 0;
      }) {
    pid_ = program_.next_line();
  }

  [[nodiscard]] const std::string& pid() const {
    return pid_;
  }

  /// Whether it was left alone.
  bool goes_on() {
    program_.go_on();
    return program_.wait() == 0;
  }

private:
  other_program program_;
  std::string pid_;
};

/// Makes it look as if the server's number had been given to another process
/// after a crash.
void give_number(const fs::path& folder, int pid, const std::string& other) {
  for (auto name : {"data/postmaster.pid", "socket/.s.PGSQL.5432.lock"}) {
    auto text = read_file(folder / name);
    ES_CHECK(text.starts_with(std::to_string(pid)));
    std::ofstream(folder / name) << other << text.substr(text.find('\n'));
  }
}

/// Ends a server without a word to its sessions.
void crash(pid_t server) {
  ::kill(server, SIGKILL);
  ES_CHECK(eventually([&] { return !lives(server); }));
}

/// Takes connections in place of a server, and ends without a word.
class dying_listener {
public:
  explicit dying_listener(const fs::path& path) {
    fs::remove(path);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.string().copy(address.sun_path, sizeof(address.sun_path) - 1);
    ES_CHECK_EQ(
      ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
      0);
    ES_CHECK_EQ(::listen(fd_, 1), 0);
    dying_ = std::thread{[this] {
      pollfd socket{fd_, POLLIN, 0};
      ::poll(&socket, 1, 10'000);
      ::close(fd_);
    }};
  }

  void end() {
    dying_.join();
  }

private:
  int fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::thread dying_;
};

} // namespace

// -- several users ------------------------------------------------------------

ES_TEST_WITH(fixture, "the last of two users stops the server") {
  auto options = options_for(scratch / "shared");
  auto first = started(options);
  auto second = started(options);
  if (!first || !second)
    return;
  auto pid = first->pid();
  ES_CHECK(!first->joined());
  ES_CHECK(second->joined());
  ES_CHECK_EQ(second->pid(), pid);
  ES_CHECK_EQ(first->dsn(), second->dsn());
  ES_CHECK(done(first->stop()));
  ES_CHECK(lives(pid));
  ES_CHECK_EQ(query(*second, "select 1"), "1");
  ES_CHECK(done(second->stop()));
  ES_CHECK(eventually([&] { return !lives(pid); }));
}

ES_TEST_WITH(fixture, "programs that start at the same time share one server") {
  auto options = options_for(scratch / "rush");
  std::vector<std::unique_ptr<other_program>> programs;
  for (int i = 0; i < 4; ++i)
    programs.push_back(std::make_unique<other_program>(
      [&](const auto& line) { return use_server(options, line); }));
  std::set<std::string> pids;
  for (auto& program : programs)
    pids.insert(program->next_line());
  ES_CHECK_EQ(pids.size(), 1u);
  auto pid = std::atoi(pids.begin()->c_str());
  ES_CHECK(lives(pid));
  for (auto& program : programs)
    program->go_on();
  for (auto& program : programs)
    ES_CHECK_EQ(program->wait(), 0);
  ES_CHECK(eventually([&] { return !lives(pid); }));
}

ES_TEST_WITH(fixture, "a start that has to wait too long says for what") {
  auto options = options_for(scratch / "locked");
  {
    auto server = started(options);
    if (!server)
      return;
  }
  auto lock = file_lock::acquire(scratch / "locked/start.lock",
                                 file_lock::mode::exclusive,
                                 std::chrono::steady_clock::now());
  ES_CHECK(lock.has_value());
  options.start_timeout = std::chrono::milliseconds(1);
  auto why = refused(options);
  ES_CHECK(why.code == errc::timeout);
  ES_CHECK(contains(why.message, "start.lock"));
}

// -- killed programs and servers ----------------------------------------------

ES_TEST_WITH(fixture, "the server of a killed program is joined") {
  auto options = options_for(scratch / "orphan");
  other_program killed{
    [&](const auto& line) { return use_server(options, line); }};
  auto pid = std::atoi(killed.next_line().c_str());
  killed.kill();
  ES_CHECK(lives(pid));
  auto server = started(options);
  if (!server)
    return;
  ES_CHECK(server->joined());
  ES_CHECK_EQ(server->pid(), pid);
  ES_CHECK(done(server->stop()));
  ES_CHECK(eventually([&] { return !lives(pid); }));
}

ES_TEST_WITH(fixture, "the temporary server of a killed program is removed") {
  local_server_options options{.data_dir = scratch.path().string(),
                               .temporary = true};
  // Looks like one, but is a link to a folder that shall stay.
  fs::create_directory(scratch / "kept");
  std::ofstream(scratch / "kept/eventsource.folder") << "x";
  std::ofstream(scratch / "kept/eventsource.temporary") << "x";
  std::ofstream(scratch / "kept/users.lock") << "";
  fs::create_directory_symlink(scratch / "kept",
                               scratch / "eventsource-pg-linked");
  other_program killed{
    [&](const auto& line) { return use_server(options, line); }};
  auto pid = std::atoi(killed.next_line().c_str());
  killed.kill();
  ES_CHECK(lives(pid));
  other_program alive{
    [&](const auto& line) { return use_server(options, line); }};
  auto second = std::atoi(alive.next_line().c_str());
  ES_CHECK(eventually([&] { return !lives(pid); }));
  auto server = started(options);
  ES_CHECK(lives(second));
  ES_CHECK(fs::exists(scratch / "kept/users.lock"));
  alive.go_on();
  ES_CHECK_EQ(alive.wait(), 0);
  server.reset();
  ES_CHECK_EQ(std::distance(fs::directory_iterator(scratch.path()), {}), 2);
}

ES_TEST_WITH(fixture, "a server that was killed is recovered") {
  auto options = options_for(scratch / "killed");
  auto server = started(options);
  if (!server)
    return;
  ES_CHECK_EQ(query(*server, "create table kept as select 42 as answer"), "");
  crash(server->pid());
  ES_CHECK(fs::exists(scratch / "killed/data/postmaster.pid"));
  // Another program finds it first, while the first one still claims it.
  auto second = started(options);
  if (!second)
    return;
  ES_CHECK(!second->joined());
  ES_CHECK_EQ(query(*second, "select answer from kept"), "42");
  ES_CHECK(done(server->resume()));
  ES_CHECK_EQ(server->pid(), second->pid());
  ES_CHECK_EQ(query(*server, "select answer from kept"), "42");
}

ES_TEST_WITH(fixture, "a stale lock file whose number another process has is "
                      "repaired") {
  auto options = options_for(scratch / "reused");
  auto as = server_account();
  ES_CHECK(as.has_value());
  if (!as)
    return;
  bystander other{*as};
  {
    // Both end at once, as in a machine that loses its power.
    other_program killed{
      [&](const auto& line) { return use_server(options, line); }};
    auto pid = std::atoi(killed.next_line().c_str());
    ES_CHECK(lives(pid));
    if (!lives(pid))
      return;
    killed.kill();
    crash(pid);
    give_number(scratch / "reused", pid, other.pid());
  }
  auto server = started(options);
  if (!server)
    return;
  ES_CHECK(!server->joined());
  ES_CHECK_EQ(query(*server, "select 1"), "1");
  ES_CHECK(other.goes_on());
}

// As a process that a server had just started when it was killed.
ES_TEST_WITH(fixture, "who listens and hangs up is no server") {
  auto options = options_for(scratch / "dying");
  {
    auto server = started(options);
    if (!server)
      return;
    ES_CHECK_EQ(query(*server, "create table kept as select 42 as answer"), "");
    crash(server->pid());
  }
  dying_listener leftover{scratch / "dying/socket/.s.PGSQL.5432"};
  auto server = started(options);
  leftover.end();
  if (!server)
    return;
  ES_CHECK(!server->joined());
  ES_CHECK_EQ(query(*server, "select answer from kept"), "42");
}

ES_TEST_WITH(fixture, "a stale lock file is left alone while others use the "
                      "folder") {
  auto options = options_for(scratch / "used");
  auto as = server_account();
  auto server = started(options);
  if (!server || !as)
    return;
  bystander other{*as};
  auto pid = server->pid();
  crash(pid);
  give_number(scratch / "used", pid, other.pid());
  auto why = refused(options);
  ES_CHECK(why.code == errc::unavailable);
  ES_CHECK(contains(why.message, "names process " + other.pid()));
  // Once that process is gone there is nothing to be careful about.
  ES_CHECK(other.goes_on());
  ES_CHECK(done(server->resume()));
  ES_CHECK_EQ(query(*server, "select 1"), "1");
}

ES_TEST_WITH(fixture, "an initdb that was killed is done again") {
  auto options = options_for(scratch / "half");
  other_program killed{
    [&](const auto& line) { return use_server(options, line); }};
  ES_CHECK(eventually(
    [&] { return fs::exists(scratch / "half/data.new/PG_VERSION"); }));
  ES_CHECK(!fs::exists(scratch / "half/data"));
  killed.kill();
  // Its initdb may still be running; nobody must write into the same folder.
  auto server = started(options);
  if (!server)
    return;
  ES_CHECK_EQ(query(*server, "select 1"), "1");
  ES_CHECK(!fs::exists(scratch / "half/data.new"));
}

ES_TEST_WITH(fixture, "a half-made folder is made anew") {
  auto options = options_for(scratch / "half");
  {
    auto server = started(options);
    if (!server)
      return;
  }
  fs::rename(scratch / "half/data", scratch / "half/data.new");
  fs::remove(scratch / "half/data.new/PG_VERSION");
  std::ofstream(scratch / "half/data.new/junk") << "junk";
  auto server = started(options);
  if (!server)
    return;
  ES_CHECK_EQ(query(*server, "select 1"), "1");
  ES_CHECK(!fs::exists(scratch / "half/data/junk"));
}

// -- folders that are not what they should be ---------------------------------

ES_TEST_WITH(fixture, "a damaged folder is reported and left alone") {
  auto options = options_for(scratch / "damaged");
  {
    auto server = started(options);
    if (!server)
      return;
  }
  fs::remove(scratch / "damaged/data/PG_VERSION");
  auto why = refused(options);
  ES_CHECK(why.code == errc::corrupt);
  ES_CHECK(contains(why.message, (scratch / "damaged/data").string()));
  ES_CHECK(contains(why.message, "PG_VERSION"));
  ES_CHECK(fs::exists(scratch / "damaged/data/global/pg_control"));
}

ES_TEST_WITH(fixture, "a folder of another version is reported with what to "
                      "install") {
  auto options = options_for(scratch / "old");
  {
    auto server = started(options);
    if (!server)
      return;
    options.bin_dir = server->bin_dir();
  }
  std::ofstream(scratch / "old/data/PG_VERSION") << "9\n";
  auto why = refused(options);
  ES_CHECK(contains(why.message, "was made by PostgreSQL 9"));
  ES_CHECK(contains(why.message, options.bin_dir));
  options.bin_dir.clear();
  why = refused(options);
  ES_CHECK(why.code == errc::unavailable);
  ES_CHECK(contains(why.message, "was made by PostgreSQL 9"));
  ES_CHECK(contains(why.message, "postgresql-9"));
  ES_CHECK(contains(why.message, "pg_upgrade"));
}

ES_TEST_WITH(fixture, "a folder with other files is refused and left alone") {
  fs::create_directory(scratch / "foreign");
  std::ofstream(scratch / "foreign/thesis.txt") << "x";
  auto why = refused(options_for(scratch / "foreign"));
  ES_CHECK(why.code == errc::invalid);
  ES_CHECK(contains(why.message, (scratch / "foreign").string()));
  ES_CHECK(contains(why.message, "thesis.txt"));
  ES_CHECK_EQ(std::distance(fs::directory_iterator(scratch / "foreign"), {}),
              1);
}

ES_TEST_WITH(fixture, "a data folder of someone else's server is refused") {
  fs::create_directory(scratch / "cluster");
  std::ofstream(scratch / "cluster/PG_VERSION") << "15\n";
  auto why = refused(options_for(scratch / "cluster"));
  ES_CHECK(why.code == errc::invalid);
  ES_CHECK(contains(why.message, "did not make"));
  ES_CHECK(contains(why.message, "store.dsn"));
}

ES_TEST_WITH(fixture, "a file in the place of the folder is reported") {
  std::ofstream(scratch / "file") << "x";
  auto why = refused(options_for(scratch / "file"));
  ES_CHECK(contains(why.message, "is no folder"));
  why = refused(options_for(scratch / "file/below"));
  ES_CHECK(contains(why.message, (scratch / "file").string()));
}

ES_TEST_WITH(fixture, "a path that a shell would misread is refused") {
  auto why = refused(options_for(scratch / "$(reboot)"));
  ES_CHECK(why.code == errc::invalid);
  ES_CHECK(contains(why.message, "must not contain"));
}

ES_TEST_WITH(fixture, "a folder that the server's account can't reach is "
                      "reported") {
  // Only root's servers have another account than their folder.
  fs::create_directory(scratch / "closed");
  ::chmod((scratch / "closed").c_str(), 0700);
  auto options = options_for(scratch / "closed/below");
  if (::geteuid() == 0) {
    auto why = refused(options);
    ES_CHECK(why.code == errc::unavailable);
    ES_CHECK(contains(why.message,
                      (scratch / "closed").string() + " is closed to it"));
    ES_CHECK(contains(why.message, "/var/lib/eventsource/postgres"));
  } else {
    ES_CHECK(started(options).has_value());
  }
}

} // namespace local_server_repair_test
