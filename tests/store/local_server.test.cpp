#include "eventsource/store/postgres/local_server.hpp"

#include "eventsource/tests/store/server_scratch.hpp"

#include <fstream>

namespace local_server_test {

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

mode_t mode_of(const fs::path& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 07777;
}

} // namespace

// -- one server ---------------------------------------------------------------

ES_TEST_WITH(fixture, "a new server has an empty database of its own") {
  auto options = options_for(scratch / "new");
  options.server_settings.clear();
  auto server = started(options);
  if (!server)
    return;
  ES_CHECK(!server->joined());
  ES_CHECK(lives(server->pid()));
  ES_CHECK_EQ(query(*server, "select current_user || '@' || "
                             "current_database()"),
              "eventsource@eventsource");
  ES_CHECK_EQ(query(*server, "select rolsuper from pg_roles "
                             "where rolname = current_user"),
              "t");
  ES_CHECK_EQ(query(*server, "show server_encoding"), "UTF8");
  ES_CHECK_EQ(query(*server, "show lc_collate"), "C");
  ES_CHECK_EQ(query(*server, "show synchronous_commit"), "on");
  ES_CHECK_EQ(query(*server, "show fsync"), "on");
  ES_CHECK_EQ(query(*server, "show max_connections"), "50");
  ES_CHECK_EQ(query(*server, "select count(*) from pg_tables where schemaname "
                             "not in ('pg_catalog', 'information_schema')"),
              "0");
}

ES_TEST_WITH(fixture, "a stopped server is gone and stays so") {
  auto server = started(options_for(scratch / "stopped"));
  if (!server)
    return;
  auto pid = server->pid();
  ES_CHECK(done(server->stop()));
  ES_CHECK(eventually([&] { return !lives(pid); }));
  ES_CHECK_EQ(server->pid(), 0);
  ES_CHECK(done(server->stop()));
  auto again = server->resume();
  ES_CHECK(!again && again.error().code == errc::invalid);
}

ES_TEST_WITH(fixture, "a server stops with its owner") {
  int pid = 0;
  {
    auto server = started(options_for(scratch / "owned"));
    pid = server ? server->pid() : 0;
    ES_CHECK(lives(pid));
  }
  ES_CHECK(eventually([&] { return !lives(pid); }));
}

ES_TEST_WITH(fixture, "a server that is assigned over is stopped") {
  auto first = started(options_for(scratch / "first"));
  auto second = started(options_for(scratch / "second"));
  if (!first || !second)
    return;
  auto first_pid = first->pid();
  auto second_pid = second->pid();
  *first = std::move(*second);
  ES_CHECK(eventually([&] { return !lives(first_pid); }));
  ES_CHECK(lives(second_pid));
  ES_CHECK_EQ(first->pid(), second_pid);
  first.reset();
  ES_CHECK(eventually([&] { return !lives(second_pid); }));
}

ES_TEST_WITH(fixture, "a forked child does not stop its parent's server") {
  auto server = started(options_for(scratch / "forked"));
  if (!server)
    return;
  other_program child{[&](const auto&) {
    server.reset();
    return 0;
  }};
  ES_CHECK_EQ(child.wait(), 0);
  ES_CHECK(lives(server->pid()));
}

ES_TEST_WITH(fixture, "a folder that is used again has its data") {
  // Blanks in the path have to survive pg_ctl's shell.
  auto options = options_for(scratch / "a folder/of ours");
  {
    auto server = started(options);
    if (!server)
      return;
    ES_CHECK_EQ(query(*server, "create table kept as select 42 as answer"), "");
    ES_CHECK(done(server->stop()));
  }
  auto server = started(options);
  if (!server)
    return;
  ES_CHECK(!server->joined());
  ES_CHECK_EQ(query(*server, "select answer from kept"), "42");
}

ES_TEST_WITH(fixture, "a server that was interrupted goes on with its data") {
  auto server = started(options_for(scratch / "interrupted"));
  if (!server)
    return;
  auto dsn = server->dsn();
  ES_CHECK_EQ(query(*server, "create table kept as select 42 as answer"), "");
  ES_CHECK(done(server->interrupt(local_server::stop_mode::immediate)));
  ES_CHECK_EQ(server->pid(), 0);
  ES_CHECK(contains(query(*server, "select 1"), "No such file"));
  ES_CHECK(done(server->resume()));
  ES_CHECK_EQ(server->dsn(), dsn);
  ES_CHECK_EQ(query(*server, "select answer from kept"), "42");
  auto before = server->pid();
  ES_CHECK(done(server->restart()));
  ES_CHECK_NE(server->pid(), before);
  ES_CHECK_EQ(query(*server, "select answer from kept"), "42");
}

ES_TEST_WITH(fixture, "a temporary server leaves nothing behind") {
  local_server_options options{.data_dir = scratch.path().string(),
                               .temporary = true};
  auto server = started(options);
  if (!server)
    return;
  auto pid = server->pid();
  auto folder = server->data_dir();
  ES_CHECK(fs::path(folder).parent_path() == scratch.path());
  ES_CHECK_EQ(query(*server, "show fsync"), "on");
  ES_CHECK(done(server->stop()));
  ES_CHECK(eventually([&] { return !lives(pid); }));
  ES_CHECK(fs::is_empty(scratch.path()));
}

ES_TEST_WITH(fixture,
             "a path too long for a socket gets its socket elsewhere") {
  auto options = options_for(scratch / std::string(120, 'x').c_str());
  std::string socket_folder;
  for (int round = 0; round < 2; ++round) {
    auto server = started(options);
    if (!server)
      return;
    ES_CHECK_EQ(query(*server, "select 1"), "1");
    auto second = started(options);
    ES_CHECK(second && second->dsn() == server->dsn());
    socket_folder = query(*server, "show unix_socket_directories");
    ES_CHECK_LT(socket_folder.size(), 90u);
    ES_CHECK_EQ(mode_of(socket_folder), 0700u);
  }
  ES_CHECK(!fs::exists(socket_folder));
}

// -- who may use it -----------------------------------------------------------

ES_TEST_WITH(fixture, "no port is open") {
  auto server = started(options_for(scratch / "private"));
  if (!server)
    return;
  ES_CHECK_EQ(query(*server, "show listen_addresses"), "");
  std::ifstream in(fs::path(server->data_dir()) / "data" / "postmaster.pid");
  std::string line;
  for (int number = 1; number <= 6; ++number)
    std::getline(in, line);
  ES_CHECK_EQ(line, "");
  ES_CHECK_EQ(query(*server, "select count(*) from pg_hba_file_rules "
                             "where type <> 'local'"),
              "0");
}

ES_TEST_WITH(fixture, "other accounts neither reach the socket nor get in") {
  auto server = started(options_for(scratch / "private"));
  if (!server)
    return;
  auto socket_folder = fs::path(server->data_dir()) / "socket";
  ES_CHECK_EQ(mode_of(socket_folder), 0700u);
  ES_CHECK_EQ(mode_of(socket_folder / ".s.PGSQL.5432"), 0700u);
  ES_CHECK_EQ(mode_of(fs::path(server->data_dir()) / "data"), 0700u);
  ES_CHECK_EQ(mode_of(server->data_dir()) & 07u, 0u);
  ES_CHECK_EQ(query(*server, "select string_agg(auth_method, ',') "
                             "from pg_hba_file_rules"),
              "peer,peer");
  if (::geteuid() == 0) {
    auto nobody = account_of(65534);
    ES_CHECK(contains(query(*server, "select 1", nobody), "Permission denied"));
    // Even with all doors open the server knows who is calling.
    ::chmod(server->data_dir().c_str(), 0755);
    ::chmod(socket_folder.c_str(), 0755);
    ::chmod((socket_folder / ".s.PGSQL.5432").c_str(), 0777);
    ES_CHECK(contains(query(*server, "select 1", nobody),
                      "Peer authentication failed"));
  }
}

ES_TEST_WITH(fixture, "the server never runs as root") {
  auto server = started(options_for(scratch / "unprivileged"));
  if (!server)
    return;
  struct stat info {};
  ES_CHECK_EQ(::stat(("/proc/" + std::to_string(server->pid())).c_str(), &info),
              0);
  ES_CHECK_NE(info.st_uid, 0u);
}

ES_TEST_WITH(fixture, "a program that is not root runs the server itself") {
  auto as = ::geteuid() == 0 ? account_of(65534) : account_of(::geteuid());
  auto home = scratch / "home";
  fs::create_directory(home);
  if (::geteuid() == 0)
    ES_CHECK_EQ(::chown(home.c_str(), as.uid, as.gid), 0);
  other_program user{[&](const auto& line) {
    if (::geteuid() == 0 && (::setgid(as.gid) != 0 || ::setuid(as.uid) != 0))
      return 2;
    // Without a folder given, the state folder of the user is taken.
    ::unsetenv("XDG_STATE_HOME");
    ::setenv("HOME", home.c_str(), 1);
    auto server = local_server::start({});
    line.report(server ? server->data_dir() : server.error().message);
    if (!server)
      return 1;
    line.report(query(*server, "select current_user", as));
    struct stat info {};
    ::stat(("/proc/" + std::to_string(server->pid())).c_str(), &info);
    line.report(std::to_string(info.st_uid));
    return server->stop() ? 0 : 3;
  }};
  ES_CHECK_EQ(user.next_line(),
              (home / ".local/state/eventsource/postgres").string());
  ES_CHECK_EQ(user.next_line(), "eventsource");
  ES_CHECK_EQ(user.next_line(), std::to_string(as.uid));
  ES_CHECK_EQ(user.wait(), 0);
}

ES_TEST_WITH(fixture, "the server inherits nothing from the program") {
  // Variables that would lead libpq and the server astray.
  ::setenv("PGPORT", "1", 1);
  ::setenv("PGDATA", "/nowhere", 1);
  int ends[2];
  ES_CHECK_EQ(::pipe(ends), 0);
  auto server = started(options_for(scratch / "clean"));
  ::unsetenv("PGPORT");
  ::unsetenv("PGDATA");
  ::close(ends[1]);
  // The other end is closed everywhere if this one has hung up.
  pollfd watched{ends[0], POLLIN, 0};
  ES_CHECK_EQ(::poll(&watched, 1, 0), 1);
  ES_CHECK((watched.revents & POLLHUP) != 0);
  ::close(ends[0]);
  ES_CHECK(server && query(*server, "select 1") == "1");
}

// -- settings -----------------------------------------------------------------

ES_TEST_WITH(fixture, "settings of the server can be given") {
  auto options = options_for(scratch / "tuned");
  options.server_settings = {{"max_connections", "17"},
                             {"cluster_name", "it's ours"}};
  options.access_rules = {"local all visitor trust"};
  auto server = started(options);
  if (!server)
    return;
  ES_CHECK_EQ(query(*server, "show max_connections"), "17");
  ES_CHECK_EQ(query(*server, "show cluster_name"), "it's ours");
  ES_CHECK_EQ(query(*server, "create role visitor login"), "");
  ES_CHECK_EQ(query(*server, "select auth_method from pg_hba_file_rules "
                             "where user_name = '{visitor}'"),
              "trust");
}

ES_TEST_WITH(fixture, "settings that would open the server are refused") {
  for (auto name : {"listen_addresses", "unix_socket_permissions", "hba_file",
                    "unix_socket_directories"}) {
    auto options = options_for(scratch / "opened");
    options.server_settings = {{name, "x"}};
    auto why = refused(options);
    ES_CHECK(why.code == errc::invalid);
    ES_CHECK(contains(why.message, name));
  }
}

ES_TEST_WITH(fixture, "a server that does not start is quoted") {
  auto options = options_for(scratch / "mistuned");
  options.server_settings = {{"shared_preload_libraries", "no_such_library"}};
  auto why = refused(options);
  ES_CHECK(why.code == errc::unavailable);
  ES_CHECK(contains(why.message, "no_such_library"));
  ES_CHECK(contains(why.message, "server.log"));
  options.server_settings.clear();
  ES_CHECK(started(options).has_value());
}

ES_TEST_WITH(fixture,
             "a missing program is named with the package to install") {
  auto options = options_for(scratch / "nothing");
  options.bin_dir = scratch.path().string();
  auto why = refused(options);
  ES_CHECK(why.code == errc::unavailable);
  ES_CHECK(contains(why.message, scratch.path().string()));
  ES_CHECK(contains(why.message, "`initdb`"));
  ES_CHECK(contains(why.message, "/usr/lib/postgresql/"));
  ES_CHECK(!fs::exists(scratch / "nothing"));
}

} // namespace local_server_test
