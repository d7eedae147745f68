#include "eventsource/tools/esctl/own_server.hpp"

#include "eventsource/actors/open_store.hpp"
#include "eventsource/store/postgres/local_server.hpp"
#include "eventsource/tools/esctl/interruption.hpp"

#include <spdlog/spdlog.h>

#include <mutex>

namespace esctl {

namespace {

struct held_server {
  std::mutex mutex;
  std::shared_ptr<es::store::local_server> server;
  bool stopped = false;
};

/// Never destroyed: a signal may come while the program ends.
held_server& held() {
  static auto* one = new held_server;
  return *one;
}

es::result<void> start(es::actors::settings& how) {
  std::lock_guard guard{held().mutex};
  if (held().stopped)
    return es::fail(es::errc::unavailable, "the program is about to end");
  auto server = es::actors::start_private_server(how);
  if (!server)
    return tl::unexpected(server.error());
  if (*server)
    held().server = std::move(*server);
  return {};
}

} // namespace

es::result<void> start_own_server(es::actors::settings& how) {
  auto ok = start(how);
  // A signal that came meanwhile stops the server now.
  stop_here_if_ending();
  return ok;
}

void stop_own_server() {
  std::lock_guard guard{held().mutex};
  held().stopped = true;
  if (!held().server)
    return;
  if (auto ok = held().server->stop(); !ok)
    spdlog::warn(to_string(ok.error()));
  held().server.reset();
}

} // namespace esctl
