#include "eventsource/store/postgres/server_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <set>
#include <signal.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace es::store {

namespace fs = std::filesystem;

namespace {

constexpr auto poll_interval = std::chrono::milliseconds(10);

std::string indented(const std::string& text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    auto end = std::min(text.find('\n', begin), text.size());
    if (end > begin)
      out += "\n  " + text.substr(begin, end - begin);
    begin = end + 1;
  }
  return out;
}

/// Runs one of the steps of initdb; its output is the reason if it fails.
result<void> run_step(const process_request& request, const std::string& what) {
  auto outcome = run_process(request);
  if (!outcome)
    return tl::unexpected(outcome.error());
  if (outcome->timed_out)
    return fail(errc::timeout, what
                                 + " took longer than embedded.start_timeout; "
                                   "the next start begins anew");
  if (!outcome->ok())
    return fail(errc::unavailable,
                what + " failed:" + indented(outcome->output));
  return {};
}

std::string conf_text(const std::string& value) {
  std::string out = "'";
  for (char c : value)
    out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

bool is_setting_name(const std::string& name) {
  return !name.empty()
         && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_.0123456789")
              == std::string::npos;
}

/// A sixteenth of the memory, but neither little nor much.
std::string shared_buffers() {
  auto bytes = static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES))
               * ::sysconf(_SC_PAGESIZE);
  auto megabytes =
    std::clamp<std::int64_t>(bytes / 16 / (1024 * 1024), 32, 512);
  return std::to_string(megabytes) + "MB";
}

result<std::string> configuration(const server_folder& folder,
                                  const local_server_options& options,
                                  const fs::path& socket_folder) {
  const std::pair<std::string, std::string> own[] = {
    {"data_directory", folder.file("data").string()},
    {"hba_file", folder.file("pg_hba.conf").string()},
    {"ident_file", folder.file("pg_ident.conf").string()},
    {"listen_addresses", ""},
    {"port", "5432"},
    {"unix_socket_directories", socket_folder.string()},
    {"unix_socket_permissions", "0700"},
  };
  const std::pair<std::string, std::string> tuning[] = {
    {"max_connections", "50"},
    {"shared_buffers", shared_buffers()},
    {"synchronous_commit", "on"},
    {"fsync", "on"},
    {"full_page_writes", "on"},
    {"max_wal_size", "2GB"},
    {"checkpoint_timeout", "15min"},
    {"jit", "off"},
    {"logging_collector", "off"},
    {"log_checkpoints", "off"},
    {"log_line_prefix", "%m [%p] "},
    {"log_timezone", "UTC"},
    {"timezone", "UTC"},
    {"lc_messages", "C"},
  };
  std::string out = "# Written anew at each start of the server.\n";
  auto add = [&out](const auto& setting) {
    out += setting.first + " = " + conf_text(setting.second) + "\n";
  };
  std::for_each(std::begin(tuning), std::end(tuning), add);
  for (const auto& setting : options.server_settings) {
    auto taken = std::any_of(std::begin(own), std::end(own),
                             [&](auto& x) { return x.first == setting.first; });
    if (taken || !is_setting_name(setting.first)
        || setting.second.find_first_of("\r\n\\") != std::string::npos)
      return fail(errc::invalid,
                  "the private server can't have the setting `" + setting.first
                    + " = " + setting.second + "`"
                    + (taken ? ": it is what keeps the server private" : ""));
    add(setting);
  }
  std::for_each(std::begin(own), std::end(own), add);
  return out;
}

std::string access_rules(const local_server_options& options) {
  std::string out;
  for (const auto& rule : options.access_rules)
    out += rule + "\n";
  out += "local all eventsource peer map=eventsource\n"
         "local replication eventsource peer map=eventsource\n";
  return out;
}

/// Who may connect: the account that started the server, root, and the account
/// that the server has, which own its files anyway.
std::string identity_map(const server_folder& folder) {
  std::set<std::string> names{account_of(::geteuid()).name, account_of(0).name,
                              folder.server().name};
  std::string out;
  for (const auto& name : names)
    out += "eventsource \"" + name + "\" eventsource\n";
  return out;
}

/// Asks whether the server speaks TLS, to which every server has an answer at
/// any time. One that is silent is there: nobody may start another beside it.
bool hangs_up(int fd) {
  // PostgreSQL's SSLRequest: a length and a number, big-endian.
  constexpr std::array<unsigned char, 8> question{0,    0,    0,    8,
                                                  0x04, 0xd2, 0x16, 0x2f};
  constexpr int patience_ms = 5'000;
  if (::send(fd, question.data(), question.size(), MSG_NOSIGNAL) < 0)
    return true;
  pollfd socket{fd, POLLIN, 0};
  if (::poll(&socket, 1, patience_ms) <= 0)
    return false;
  char answer = 0;
  return ::recv(fd, &answer, 1, 0) != 1;
}

/// Whether a server is behind the socket whose process can't be seen from here,
/// because it runs in another container. What is left of one that was killed
/// may still listen for a moment; it hangs up instead of answering.
bool socket_answers(const fs::path& socket_folder) {
  auto path = (socket_folder / ".s.PGSQL.5432").string();
  sockaddr_un address{};
  if (path.size() >= sizeof(address.sun_path))
    return false;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  auto fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return false;
  auto answers =
    ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address))
      == 0
    && !hangs_up(fd);
  ::close(fd);
  return answers;
}

bool segment_in_use(int id) {
  shmid_ds info{};
  return id >= 0 && ::shmctl(id, IPC_STAT, &info) == 0 && info.shm_nattch > 0;
}

tl::unexpected<error> start_failure(const server_folder& folder, errc code,
                                    const std::string& what,
                                    std::uintmax_t log_begin) {
  auto tail = folder.log_tail(log_begin);
  return fail(code,
              what + (tail.empty() ? "; its log, " : ". The end of its log, ")
                + folder.file("server.log").string()
                + (tail.empty() ? ", says nothing" : ":" + tail));
}

} // namespace

std::chrono::milliseconds left_until(deadline_point deadline) {
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
    deadline - std::chrono::steady_clock::now());
  return std::max(left, std::chrono::milliseconds(1));
}

result<void> make_data(const server_folder& folder,
                       const server_binaries& binaries, bool temporary,
                       int lock_fd, deadline_point deadline) {
  auto making = folder.begin_data();
  if (!making)
    return tl::unexpected(making.error());
  process_request initdb{
    .arguments = {binaries.program("initdb"), "--pgdata=" + making->string(),
                  "--username=eventsource", "--encoding=UTF8", "--locale=C",
                  "--auth-local=peer", "--auth-host=reject"},
    .run_as = folder.server(),
    .inherited_fd = lock_fd,
    .timeout = left_until(deadline),
  };
  if (temporary)
    initdb.arguments.push_back("--no-sync");
  if (auto ok = run_step(initdb, "initdb of " + making->string()); !ok)
    return ok;
  process_request create{
    .arguments = {binaries.program("postgres"), "--single", "-D",
                  making->string(), "-c", "exit_on_error=on", "template1"},
    .run_as = folder.server(),
    .input = "CREATE DATABASE eventsource;\n",
    .inherited_fd = lock_fd,
    .timeout = left_until(deadline),
  };
  if (auto ok = run_step(create, "creating the database"); !ok)
    return ok;
  return folder.finish_data();
}

result<void> write_configuration(const server_folder& folder,
                                 const local_server_options& options,
                                 const fs::path& socket_folder) {
  auto text = configuration(folder, options, socket_folder);
  if (!text)
    return tl::unexpected(text.error());
  for (const auto& [name, content] :
       {std::pair{"postgresql.conf", *text},
        std::pair{"pg_hba.conf", access_rules(options)},
        std::pair{"pg_ident.conf", identity_map(folder)}})
    if (auto ok = folder.write(name, content); !ok)
      return ok;
  return {};
}

bool server_runs(const server_folder& folder) {
  auto known = read_postmaster_file(folder);
  return known
         && (is_server_of(folder, known->pid)
             || (!known->socket_folder.empty()
                 && socket_answers(known->socket_folder)));
}

result<postmaster_file> await_ready(const server_folder& folder,
                                    deadline_point deadline) {
  for (;;) {
    auto known = read_postmaster_file(folder);
    if (known && known->ready && !known->socket_folder.empty())
      return *known;
    if (!server_runs(folder))
      return start_failure(folder, errc::unavailable,
                           "the server stopped while it was starting", 0);
    if (std::chrono::steady_clock::now() >= deadline)
      return start_failure(folder, errc::timeout,
                           "the server runs but does not accept connections "
                           "within embedded.start_timeout",
                           0);
    std::this_thread::sleep_for(poll_interval);
  }
}

result<void> repair(const server_folder& folder, bool alone,
                    deadline_point deadline) {
  auto known = read_postmaster_file(folder);
  if (!known)
    return {};
  // A server that died alone leaves sessions that need a moment to notice; a
  // second server beside them would destroy the data.
  while (segment_in_use(known->shared_memory_id)) {
    if (std::chrono::steady_clock::now() >= deadline)
      return fail(errc::timeout,
                  "the server of " + folder.path().string()
                    + " died, but processes of it are still there and keep "
                      "its shared memory (segment "
                    + std::to_string(known->shared_memory_id)
                    + "); end them and start again");
    std::this_thread::sleep_for(poll_interval);
  }
  if (known->pid <= 0 || (::kill(known->pid, 0) != 0 && errno == ESRCH))
    // PostgreSQL removes the rest itself.
    return {};
  // A zombie has no arguments; it is nobody's server.
  if (!alone && arguments_of(known->pid))
    return fail(errc::unavailable,
                "postmaster.pid in " + folder.file("data").string()
                  + " names process " + std::to_string(known->pid)
                  + ", which is another program, while other programs use this "
                    "folder; stop them and start again");
  // The number was given to another program since: PostgreSQL would take that
  // for a running server and refuse to start.
  std::error_code failed;
  auto files = {folder.file("data") / "postmaster.pid",
                fs::path(known->socket_folder) / ".s.PGSQL.5432.lock",
                fs::path(known->socket_folder) / ".s.PGSQL.5432"};
  for (const auto& file : files)
    if (fs::remove(file, failed); failed)
      return fail(errc::unavailable, "can't remove the stale " + file.string()
                                       + ": " + failed.message());
  return {};
}

result<void> start_server(const server_folder& folder,
                          const server_binaries& binaries,
                          deadline_point deadline) {
  if (auto ok = folder.prepare_log(); !ok)
    return ok;
  auto log_begin = folder.log_size();
  auto left = left_until(deadline);
  auto seconds = left.count() / 1000 + 1;
  auto outcome = run_process({
    .arguments = {binaries.program("pg_ctl"), "start", "-D",
                  folder.path().string(), "-l",
                  folder.file("server.log").string(), "-w", "-t",
                  std::to_string(seconds)},
    .run_as = folder.server(),
    .timeout = left + std::chrono::seconds(5),
  });
  if (!outcome)
    return tl::unexpected(outcome.error());
  if (outcome->ok())
    return {};
  if (server_runs(folder)) {
    // Either it needs longer than it may, or a start whose program was killed
    // got there before this one.
    if (auto ready = await_ready(folder, deadline))
      return {};
    // Nothing may be left of a failed start; an error here adds nothing.
    auto ignored =
      stop_server(folder, binaries, local_server::stop_mode::immediate,
                  std::chrono::seconds(10));
    return start_failure(folder, errc::timeout,
                         "the server in " + folder.path().string()
                           + " was not ready within embedded.start_timeout; "
                             "after a crash it may need longer: raise it",
                         log_begin);
  }
  return start_failure(
    folder, errc::unavailable,
    "the server in " + folder.path().string() + " did not start", log_begin);
}

result<void> stop_server(const server_folder& folder,
                         const server_binaries& binaries,
                         local_server::stop_mode mode,
                         std::chrono::milliseconds timeout) {
  if (!server_runs(folder))
    return {};
  auto immediate = mode == local_server::stop_mode::immediate;
  auto outcome = run_process({
    .arguments = {binaries.program("pg_ctl"), "stop", "-D",
                  folder.path().string(), "-m",
                  immediate ? "immediate" : "fast", "-w", "-t",
                  std::to_string(timeout.count() / 1000 + 1)},
    .run_as = folder.server(),
    .timeout = timeout + std::chrono::seconds(5),
  });
  if (!outcome)
    return tl::unexpected(outcome.error());
  if (outcome->ok() || !server_runs(folder))
    return {};
  return fail(outcome->timed_out ? errc::timeout : errc::unavailable,
              "the server in " + folder.path().string()
                + " did not stop within " + std::to_string(timeout.count())
                + " ms:" + indented(outcome->output));
}

} // namespace es::store
