#include "eventsource/store/postgres/local_server.hpp"

#include "eventsource/store/postgres/server_process.hpp"

#include <unistd.h>

namespace es::store {

namespace fs = std::filesystem;

namespace {

using clock = std::chrono::steady_clock;

std::string connection_string(const std::string& socket_folder) {
  std::string host;
  for (char c : socket_folder) {
    if (c == '\'' || c == '\\')
      host += '\\';
    host += c;
  }
  return "host='" + host + "' port=5432 user=eventsource dbname=eventsource";
}

} // namespace

struct local_server::implementation {
  implementation(local_server_options given, server_folder where)
    : options(std::move(given)), folder(std::move(where)) {
    // nop
  }

  local_server_options options;
  server_folder folder;
  server_binaries binaries{};
  /// Shared with all programs that use the server; held until the stop.
  file_lock claim{};
  std::string dsn{};
  std::string path = folder.path().string();
  std::string bin_dir{};
  bool joined = false;
  /// A child that was forked without exec must not stop its parent's server.
  pid_t owner = ::getpid();

  [[nodiscard]] result<file_lock> lock(deadline_point deadline) const {
    return file_lock::acquire(folder.file("start.lock"),
                              file_lock::mode::exclusive, deadline);
  }

  [[nodiscard]] result<void> choose_binaries() {
    auto made_by = folder.data_version();
    if (!made_by)
      return tl::unexpected(made_by.error());
    auto found = find_server_binaries(options.bin_dir, *made_by);
    if (!found)
      return tl::unexpected(found.error());
    binaries = *found;
    bin_dir = binaries.folder.string();
    return {};
  }

  /// Under the start lock and with the claim.
  [[nodiscard]] result<void> bring_up(const file_lock& start_lock,
                                      deadline_point deadline) {
    if (auto ok = choose_binaries(); !ok)
      return ok;
    joined = server_runs(folder);
    if (!joined)
      if (auto ok = launch(start_lock, deadline); !ok)
        return ok;
    auto ready = await_ready(folder, deadline);
    if (!ready)
      return tl::unexpected(ready.error());
    dsn = connection_string(ready->socket_folder);
    return {};
  }

  [[nodiscard]] result<void> launch(const file_lock& start_lock,
                                    deadline_point deadline) {
    auto made_by = folder.data_version();
    if (!made_by)
      return tl::unexpected(made_by.error());
    if (*made_by == 0)
      if (auto ok = make_data(folder, binaries, options.temporary,
                              start_lock.fd(), deadline);
          !ok)
        return ok;
    if (auto ok = repair(folder, claim.try_exclusive(), deadline); !ok)
      return ok;
    auto socket_folder = folder.socket_folder();
    if (!socket_folder)
      return tl::unexpected(socket_folder.error());
    if (auto ok = write_configuration(folder, options, *socket_folder); !ok)
      return ok;
    return start_server(folder, binaries, deadline);
  }

  [[nodiscard]] result<void> begin(deadline_point deadline) {
    auto start_lock = lock(deadline);
    if (!start_lock)
      return tl::unexpected(start_lock.error());
    auto shared = file_lock::acquire(folder.file("users.lock"),
                                     file_lock::mode::shared, deadline);
    if (!shared)
      return tl::unexpected(shared.error());
    claim = std::move(*shared);
    auto ok = bring_up(*start_lock, deadline);
    if (!ok)
      claim.release();
    else
      claim.share();
    return ok;
  }

  [[nodiscard]] result<void> end(stop_mode mode) {
    if (!claim.held())
      return {};
    auto start_lock = lock(clock::now() + options.stop_timeout);
    if (!start_lock) {
      // Whoever has it uses the server from now on or stops it.
      claim.release();
      return tl::unexpected(start_lock.error());
    }
    result<void> stopped;
    if (claim.try_exclusive()) {
      stopped = stop_server(folder, binaries, mode, options.stop_timeout);
      if (stopped && options.temporary)
        stopped = folder.remove();
      else if (stopped)
        folder.remove_outer_socket_folder();
    }
    claim.release();
    return stopped;
  }
};

namespace {

/// Stops and removes the server of a temporary folder if nobody claims it.
void sweep_one(const fs::path& path, const local_server_options& options,
               const account& server) {
  std::error_code failed;
  // Never through a link: it may lead to data that shall stay.
  if (!server_folder::is_abandonable(path))
    return;
  auto folder = server_folder::open(path, server);
  if (!folder)
    return;
  auto start_lock = file_lock::acquire(
    folder->file("start.lock"), file_lock::mode::exclusive, clock::now());
  // Without a claim's file it is only just being made.
  if (!start_lock || !fs::exists(folder->file("users.lock"), failed))
    return;
  auto claim = file_lock::acquire(folder->file("users.lock"),
                                  file_lock::mode::exclusive, clock::now());
  if (!claim)
    return;
  auto made_by = folder->data_version();
  auto binaries = find_server_binaries(options.bin_dir, made_by.value_or(0));
  if (binaries
      && !stop_server(*folder, *binaries, local_server::stop_mode::immediate,
                      std::chrono::seconds(10)))
    return;
  [[maybe_unused]] auto next_time = folder->remove();
}

/// Stops and removes the temporary servers of programs that were killed. What
/// can't be removed is left for the next time.
void sweep(const local_server_options& options, const account& server) {
  std::error_code failed;
  auto parent = server_folder::temporary_parent(options.data_dir);
  for (fs::directory_iterator i(parent, failed), end; !failed && i != end;
       i.increment(failed))
    if (i->path().filename().string().starts_with(
          server_folder::temporary_prefix))
      sweep_one(i->path(), options, server);
}

result<server_folder> open_folder(const local_server_options& options,
                                  const account& server) {
  if (options.temporary) {
    sweep(options, server);
    return server_folder::open_temporary(options.data_dir, server);
  }
  if (!options.data_dir.empty())
    return server_folder::open(options.data_dir, server);
  auto path = server_folder::default_path();
  if (!path)
    return tl::unexpected(path.error());
  return server_folder::open(*path, server);
}

} // namespace

local_server::local_server(std::unique_ptr<implementation> body)
  : body_(std::move(body)) {
  // nop
}

local_server::local_server(local_server&&) noexcept = default;

local_server& local_server::operator=(local_server&& other) noexcept {
  // By swapping, so that the server that was held before is stopped.
  local_server moved{std::move(other)};
  std::swap(body_, moved.body_);
  return *this;
}

local_server::~local_server() {
  if (body_ && body_->owner == ::getpid()) [[maybe_unused]]
    auto lost = stop();
}

result<local_server> local_server::start(local_server_options options) {
  auto deadline = clock::now() + options.start_timeout;
  auto server = server_account();
  if (!server)
    return tl::unexpected(server.error());
  // Before a folder is made for nothing.
  if (auto any = find_server_binaries(options.bin_dir); !any)
    return tl::unexpected(any.error());
  auto folder = open_folder(options, *server);
  if (!folder)
    return tl::unexpected(folder.error());
  auto body = std::make_unique<implementation>(std::move(options), *folder);
  if (auto ok = body->begin(deadline); !ok) {
    if (body->options.temporary) [[maybe_unused]]
      auto lost = folder->remove();
    return tl::unexpected(ok.error());
  }
  return local_server{std::move(body)};
}

const std::string& local_server::dsn() const noexcept {
  return body_->dsn;
}

const std::string& local_server::data_dir() const noexcept {
  return body_->path;
}

const std::string& local_server::bin_dir() const noexcept {
  return body_->bin_dir;
}

bool local_server::joined() const noexcept {
  return body_->joined;
}

int local_server::pid() const {
  auto known = read_postmaster_file(body_->folder);
  return known && is_server_of(body_->folder, known->pid) ? known->pid : 0;
}

result<void> local_server::stop(stop_mode mode) {
  return body_->end(mode);
}

result<void> local_server::interrupt(stop_mode mode) {
  auto timeout = body_->options.stop_timeout;
  auto start_lock = body_->lock(clock::now() + timeout);
  if (!start_lock)
    return tl::unexpected(start_lock.error());
  return stop_server(body_->folder, body_->binaries, mode, timeout);
}

result<void> local_server::resume() {
  if (!body_->claim.held())
    return fail(errc::invalid, "the server was given up by `stop`");
  auto deadline = clock::now() + body_->options.start_timeout;
  auto start_lock = body_->lock(deadline);
  if (!start_lock)
    return tl::unexpected(start_lock.error());
  auto ok = body_->bring_up(*start_lock, deadline);
  body_->claim.share();
  return ok;
}

result<void> local_server::restart(stop_mode mode) {
  if (auto ok = interrupt(mode); !ok)
    return ok;
  return resume();
}

} // namespace es::store
