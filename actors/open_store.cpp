#include "eventsource/actors/open_store.hpp"

#include "eventsource/store/postgres/local_server.hpp"
#include "eventsource/store/postgres/migrator.hpp"
#include "eventsource/store/postgres/postgres_store.hpp"

namespace es::actors {

result<std::shared_ptr<store::local_server>>
start_private_server(settings& how) {
  if (how.store.dsn.empty())
    apply_environment(how);
  if (!how.store.dsn.empty())
    return std::shared_ptr<store::local_server>{};
  store::local_server_options options;
  options.data_dir = how.embedded.data_dir;
  options.bin_dir = how.embedded.bin_dir;
  options.start_timeout = how.embedded.start_timeout;
  options.stop_timeout = how.embedded.stop_timeout;
  auto server = store::local_server::start(std::move(options));
  if (!server)
    return tl::unexpected(server.error());
  how.store.dsn = server->dsn();
  how.runtime.migrate = true;
  return std::make_shared<store::local_server>(std::move(*server));
}

result<opened_store> open_store(settings& how, migrations what) {
  opened_store opened;
  auto server = start_private_server(how);
  if (!server)
    return tl::unexpected(server.error());
  opened.server = std::move(*server);
  if (how.runtime.migrate && what == migrations::as_configured) {
    auto migrator = store::migrator::open(how.store);
    if (!migrator)
      return tl::unexpected(migrator.error());
    if (auto applied = migrator->apply(); !applied)
      return tl::unexpected(applied.error());
  }
  auto store = store::postgres_store::open(how.store);
  if (!store)
    return tl::unexpected(store.error());
  opened.store = std::move(*store);
  return opened;
}

} // namespace es::actors
