#pragma once

#include "eventsource/actors/settings.hpp"
#include "eventsource/store/event_store.hpp"

#include <memory>

namespace es::store {
class local_server;
} // namespace es::store

namespace es::actors {

/// A store and, if one was started for it, the private server below it, which
/// must outlive the store.
struct opened_store {
  std::shared_ptr<store::local_server> server;
  std::shared_ptr<store::event_store> store;
};

/// What `open_store` does about missing migrations.
enum class migrations {
  /// Applies them if `runtime.migrate` says so or the server is a private one.
  as_configured,
  /// Leaves the database as it is.
  untouched,
};

/// Starts the private server if `store.dsn` is empty, and makes `how` name it
/// and ask for its migrations, since nobody else looks after it. Null if there
/// is a `store.dsn`. `open_store` does this itself; call it before for a
/// program that wants to stop the server in a moment of its own choice. Errors
/// are those of `open_store`.
[[nodiscard]] result<std::shared_ptr<store::local_server>>
start_private_server(settings& how);

/// The one place that chooses a store: PostgreSQL on the server that
/// `store.dsn` (or EVENTSOURCE_DSN) names, else on a private one that is
/// started here. Blocks; takes some seconds when the private server's folder
/// is new. `errc::unavailable` if there is no server to be had.
[[nodiscard]] result<opened_store>
open_store(settings& how, migrations what = migrations::as_configured);

} // namespace es::actors
