#include "eventsource/store/postgres/server_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace es::store {

namespace fs = std::filesystem;

namespace {

constexpr const char* marker_name = "eventsource.folder";
constexpr const char* temporary_name = "eventsource.temporary";
constexpr const char* marker_text =
  "This folder holds a private PostgreSQL server of the eventsource "
  "library.\nIts data are in data/; this file says that the folder may be "
  "used for it.\n";
constexpr std::uintmax_t log_bytes_max = 8 * 1024 * 1024;
constexpr std::size_t log_tail_lines = 15;
constexpr std::streamoff log_tail_bytes = 4 * 1024;
constexpr std::string_view socket_name = "/.s.PGSQL.5432";

tl::unexpected<error> system_failure(const std::string& what,
                                     const fs::path& where) {
  return fail(errc::unavailable, "can't " + what + " " + where.string() + ": "
                                   + std::strerror(errno));
}

tl::unexpected<error> system_failure(const std::string& what,
                                     const fs::path& where,
                                     const std::error_code& why) {
  return fail(errc::unavailable,
              "can't " + what + " " + where.string() + ": " + why.message());
}

/// pg_ctl and initdb put paths between double quotes into a shell's command.
result<void> check_characters(const fs::path& path) {
  auto bad = path.native().find_first_of("\"'$`\\\n\r");
  if (bad == std::string::npos)
    return {};
  return fail(errc::invalid,
              "the path of the data folder must not contain quotes, `$`, "
              "back-quotes, backslashes or line breaks: "
                + path.string());
}

bool fits_socket(const fs::path& folder) {
  return folder.native().size() + socket_name.size()
         < sizeof(sockaddr_un::sun_path);
}

/// A folder of this account alone, and no link to one.
bool is_private_folder(const fs::path& folder, const account& owner) {
  struct stat info {};
  return ::lstat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode)
         && info.st_uid == owner.uid && (info.st_mode & 077) == 0;
}

result<void> make_private_folder(const fs::path& folder, const account& owner) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return system_failure("make the folder", folder);
  if (::geteuid() == 0 && ::lchown(folder.c_str(), owner.uid, owner.gid) != 0)
    return system_failure("change the owner of", folder);
  if (!is_private_folder(folder, owner)
      && (::chmod(folder.c_str(), 0700) != 0
          || !is_private_folder(folder, owner)))
    return fail(errc::unavailable,
                folder.string() + " is no folder of the account " + owner.name);
  return {};
}

void sync_folder(const fs::path& folder) {
  auto fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return;
  ::fsync(fd);
  ::close(fd);
}

/// The uppermost folder on the way that other accounts can't pass; empty: none.
fs::path closed_folder(const fs::path& path) {
  fs::path out;
  for (auto up = path; up != up.root_path(); up = up.parent_path()) {
    struct stat info {};
    if (::stat(up.c_str(), &info) == 0 && (info.st_mode & S_IXOTH) == 0)
      out = up;
  }
  return out;
}

std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

} // namespace

server_folder::server_folder(fs::path path, account server)
  : path_(std::move(path)), server_(std::move(server)) {
  // nop
}

result<fs::path> server_folder::default_path() {
  auto state = std::getenv("XDG_STATE_HOME");
  // A relative one is to be ignored, the XDG specification says.
  if (state && state[0] == '/')
    return fs::path(state) / "eventsource" / "postgres";
  if (::geteuid() == 0)
    return fs::path("/var/lib/eventsource/postgres");
  auto home = std::getenv("HOME");
  if (home && home[0] == '/')
    return fs::path(home) / ".local" / "state" / "eventsource" / "postgres";
  return fail(errc::unavailable,
              "neither XDG_STATE_HOME nor HOME is set, so there is no place "
              "for the data folder; set embedded.data_dir");
}

fs::path server_folder::temporary_parent(const std::string& parent) {
  if (!parent.empty())
    return parent;
  auto variable = std::getenv("TMPDIR");
  if (!variable || variable[0] != '/')
    return "/tmp";
  // Root's own may be closed to the account that the server gets.
  if (::geteuid() == 0 && !closed_folder(variable).empty())
    return "/tmp";
  return variable;
}

result<server_folder> server_folder::open(const fs::path& path,
                                          const account& server) {
  std::error_code failed;
  auto whole = fs::absolute(path, failed).lexically_normal();
  if (auto ok = check_characters(whole); !ok)
    return tl::unexpected(ok.error());
  if (fs::create_directories(whole.parent_path(), failed); failed)
    return system_failure("make the folder", whole.parent_path(), failed);
  if (::mkdir(whole.c_str(), 0700) != 0 && errno != EEXIST)
    return system_failure("make the folder", whole);
  // Without links, so that everyone knows the folder by the same name.
  whole = fs::canonical(whole, failed);
  if (failed)
    return system_failure("reach the folder", path, failed);
  server_folder out{whole, server};
  if (auto ok = out.claim(); !ok)
    return tl::unexpected(ok.error());
  if (auto ok = out.check_reach(); !ok)
    return tl::unexpected(ok.error());
  return out;
}

result<server_folder> server_folder::open_temporary(const std::string& parent,
                                                    const account& server) {
  auto where = temporary_parent(parent);
  std::error_code failed;
  if (fs::create_directories(where, failed); failed)
    return system_failure("make the folder", where, failed);
  auto pattern = (where / (std::string(temporary_prefix) + "XXXXXX")).string();
  if (!::mkdtemp(pattern.data()))
    return system_failure("make a temporary folder in", where);
  auto out = open(pattern, server);
  if (out)
    if (auto ok = out->write(temporary_name, "Removed when unused.\n"); !ok)
      out = tl::unexpected(ok.error());
  if (!out)
    fs::remove_all(pattern, failed);
  return out;
}

bool server_folder::is_abandonable(const fs::path& path) {
  struct stat info {};
  std::error_code failed;
  return ::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)
         && info.st_uid == ::geteuid() && fs::exists(path / marker_name, failed)
         && fs::exists(path / temporary_name, failed);
}

/// Makes sure that the folder is ours, and marks a new one as ours.
result<void> server_folder::claim() const {
  struct stat info {};
  if (::stat(path_.c_str(), &info) != 0)
    return system_failure("look at", path_);
  if (!S_ISDIR(info.st_mode))
    return fail(errc::invalid, path_.string() + " is no folder");
  if (info.st_uid != ::geteuid())
    return fail(errc::unavailable,
                "the data folder " + path_.string() + " belongs to the account "
                  + account_of(info.st_uid).name + ", not to "
                  + account_of(::geteuid()).name
                  + "; run the program as its owner or choose another "
                    "embedded.data_dir");
  auto marker = file(marker_name);
  std::error_code failed;
  if (!fs::exists(marker, failed)) {
    for (fs::directory_iterator i(path_, failed), end; !failed && i != end;
         i.increment(failed)) {
      // Another program may be claiming it at this very moment.
      auto name = i->path().filename().string();
      if (name.starts_with(marker_name) || name == "lost+found")
        continue;
      if (fs::exists(marker, failed))
        break;
      auto cluster = fs::exists(file("PG_VERSION"), failed);
      return fail(errc::invalid,
                  path_.string()
                    + (cluster ? " is a PostgreSQL data folder that this "
                                 "library did not make"
                               : " is not empty and was not made by this "
                                 "library (there is `"
                                   + name + "` in it)")
                    + "; nothing was changed in it. Set embedded.data_dir to "
                      "a new or empty folder"
                    + (cluster ? ", or start that server yourself and name it "
                                 "in store.dsn"
                               : ""));
    }
    if (auto ok = write(marker_name, marker_text); !ok)
      return ok;
  }
  if (::geteuid() == 0 && ::lchown(path_.c_str(), 0, server_.gid) != 0)
    return system_failure("change the group of", path_);
  // The server's account may pass through, and no one else.
  if (::chmod(path_.c_str(), ::geteuid() == 0 ? 0710 : 0700) != 0)
    return system_failure("change the mode of", path_);
  return {};
}

result<void> server_folder::check_reach() const {
  if (::geteuid() == server_.uid)
    return {};
  auto outcome = run_process({
    .arguments = {"/usr/bin/test", "-r", file(marker_name).string()},
    .run_as = server_,
    .timeout = std::chrono::seconds(10),
  });
  if (!outcome)
    return tl::unexpected(outcome.error());
  if (outcome->ok())
    return {};
  return fail(errc::unavailable,
              "PostgreSQL refuses to run as root and runs as the account "
                + server_.name + ", which can't reach " + path_.string() + ": "
                + closed_folder(path_).string()
                + " is closed to it; choose another embedded.data_dir (such as "
                  "/var/lib/eventsource/postgres) or open that folder with "
                  "chmod o+x");
}

// -- data ---------------------------------------------------------------------

result<int> server_folder::data_version() const {
  auto data = file("data");
  std::error_code failed;
  if (!fs::exists(data, failed))
    return failed ? result<int>(system_failure("look at", data, failed)) : 0;
  auto major = std::atoi(first_line(data / "PG_VERSION").c_str());
  if (major > 0 && fs::exists(data / "global" / "pg_control", failed))
    return major;
  return fail(errc::corrupt,
              data.string()
                + " is no complete PostgreSQL data folder (PG_VERSION or "
                  "global/pg_control is missing), so it was damaged after it "
                  "had been made; nothing was changed in it. Restore it from a "
                  "backup, or remove "
                + path_.string() + " to begin with an empty database");
}

result<fs::path> server_folder::begin_data() const {
  auto making = file("data.new");
  std::error_code failed;
  if (fs::remove_all(making, failed); failed)
    return system_failure("remove the half-made", making, failed);
  if (auto ok = make_private_folder(making, server_); !ok)
    return tl::unexpected(ok.error());
  return making;
}

result<void> server_folder::finish_data() const {
  if (::rename(file("data.new").c_str(), file("data").c_str()) != 0)
    return system_failure("rename", file("data.new"));
  sync_folder(path_);
  return {};
}

// -- files --------------------------------------------------------------------

result<void> server_folder::write(const char* name,
                                  const std::string& text) const {
  auto target = file(name);
  // Of each writer its own, so that two never mix.
  auto fresh = target.string() + "." + std::to_string(::getpid()) + ".new";
  ::unlink(fresh.c_str());
  auto fd = ::open(fresh.c_str(),
                   O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
  if (fd < 0)
    return system_failure("write", fresh);
  auto ok = ::fchmod(fd, 0640) == 0
            && (::geteuid() != 0 || ::fchown(fd, 0, server_.gid) == 0);
  for (std::size_t at = 0; ok && at < text.size();) {
    auto n = ::write(fd, text.data() + at, text.size() - at);
    ok = n > 0;
    at += ok ? static_cast<std::size_t>(n) : 0;
  }
  ok = ok && ::fsync(fd) == 0;
  auto why = errno;
  ::close(fd);
  if (ok && ::rename(fresh.c_str(), target.c_str()) == 0)
    return {};
  errno = ok ? errno : why;
  auto failure = system_failure("write", target);
  ::unlink(fresh.c_str());
  return failure;
}

result<void> server_folder::prepare_log() const {
  auto log = file("server.log");
  if (log_size() > log_bytes_max)
    ::rename(log.c_str(), file("server.log.1").c_str());
  auto fd =
    ::open(log.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return system_failure("open the log", log);
  auto ok = ::geteuid() != 0 || ::fchown(fd, server_.uid, server_.gid) == 0;
  ::close(fd);
  if (!ok)
    return system_failure("change the owner of", log);
  return {};
}

std::uintmax_t server_folder::log_size() const {
  std::error_code failed;
  auto size = fs::file_size(file("server.log"), failed);
  return failed ? 0 : size;
}

std::string server_folder::log_tail(std::uintmax_t offset) const {
  std::ifstream in(file("server.log"), std::ios::binary);
  auto size = static_cast<std::streamoff>(log_size());
  auto from =
    std::max(static_cast<std::streamoff>(offset), size - log_tail_bytes);
  in.seekg(from < size ? from : size);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  std::string out;
  auto first = lines.size() > log_tail_lines ? lines.size() - log_tail_lines
                                             : std::size_t{0};
  for (auto i = first; i < lines.size(); ++i)
    out += "\n  " + lines[i];
  return out;
}

// -- the socket ---------------------------------------------------------------

result<fs::path> server_folder::socket_folder() const {
  auto inner = file("socket");
  if (!fits_socket(inner))
    return outer_socket_folder();
  if (auto ok = make_private_folder(inner, server_); !ok)
    return tl::unexpected(ok.error());
  return inner;
}

result<fs::path> server_folder::outer_socket_folder() const {
  fs::path known = first_line(file("socket.folder"));
  if (!known.empty() && is_private_folder(known, server_))
    return known;
  auto runtime = std::getenv("XDG_RUNTIME_DIR");
  auto own = runtime && runtime[0] == '/' && ::geteuid() != 0;
  auto parent = fs::path(own ? runtime : "/tmp");
  if (!fits_socket(parent / "eventsource-XXXXXX"))
    parent = "/tmp";
  auto pattern = (parent / "eventsource-XXXXXX").string();
  if (!::mkdtemp(pattern.data()))
    return system_failure("make a folder for the socket in", parent);
  if (auto ok = make_private_folder(pattern, server_); !ok)
    return tl::unexpected(ok.error());
  if (auto ok = write("socket.folder", pattern + "\n"); !ok)
    return tl::unexpected(ok.error());
  return fs::path(pattern);
}

void server_folder::remove_outer_socket_folder() const {
  fs::path known = first_line(file("socket.folder"));
  std::error_code ignored;
  if (!known.empty() && is_private_folder(known, server_))
    fs::remove_all(known, ignored);
  fs::remove(file("socket.folder"), ignored);
}

result<void> server_folder::remove() const {
  remove_outer_socket_folder();
  std::error_code failed;
  if (fs::remove_all(path_, failed); failed)
    return system_failure("remove", path_, failed);
  return {};
}

} // namespace es::store
