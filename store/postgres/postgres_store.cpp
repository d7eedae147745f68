#include "eventsource/store/postgres/postgres_store.hpp"

#include "eventsource/store/postgres/answer_watch.hpp"
#include "eventsource/store/postgres/array_literal.hpp"
#include "eventsource/store/postgres/batch_writer.hpp"
#include "eventsource/store/postgres/connection_pool.hpp"
#include "eventsource/store/postgres/dsn.hpp"
#include "eventsource/store/postgres/event_reader.hpp"
#include "eventsource/store/postgres/identifiers.hpp"
#include "eventsource/store/postgres/migrator.hpp"
#include "eventsource/store/postgres/pool_call.hpp"
#include "eventsource/store/postgres/postgres_leases.hpp"
#include "eventsource/store/postgres/postgres_log.hpp"
#include "eventsource/store/postgres/postgres_outbox.hpp"
#include "eventsource/store/postgres/postgres_subscriptions.hpp"
#include "eventsource/store/postgres/table_scanner.hpp"

namespace es::store {

using namespace es::store::postgres;

struct postgres_store::impl {
  impl(postgres_settings given, const checked_dsn& dsn, pool_view view)
    : settings(std::move(given)),
      pool(dsn.text, dsn.place, settings, {}, view) {
    // nop
  }

  template <class T, class Action>
  result<T> read(std::string_view where, Action&& action) {
    return call<T>(pool, where, std::forward<Action>(action));
  }

  const postgres_settings settings;
  connection_pool pool;
  postgres_log log{pool};
  postgres_leases leases{pool};
  postgres_subscriptions subscriptions{pool};
  postgres_outbox outbox{pool};
};

namespace {

result<void> check_bounds(const postgres_settings& settings) {
  if (settings.connections_max == 0)
    return fail(errc::invalid, "store.connections_max must be at least 1");
  if (settings.retries_max < 0)
    return fail(errc::invalid, "store.retries_max must not be negative");
  using named_span = std::pair<std::chrono::microseconds, const char*>;
  for (const auto& [span, name] :
       {named_span{settings.connection_wait_max, "store.connection_wait_max"},
        named_span{settings.connect_timeout, "store.connect_timeout"},
        named_span{settings.statement_timeout, "store.statement_timeout"},
        named_span{settings.answer_timeout, "store.answer_timeout"},
        named_span{settings.busy_poll_max, "store.busy_poll_max"},
        named_span{settings.check_after_idle, "store.check_after_idle"}})
    if (span.count() < 0)
      return fail(errc::invalid, std::string(name) + " must not be negative");
  return {};
}

struct begun_batch : prepared_batch {
  begun_batch(connection_pool& pool, std::span<const append_request> batch)
    : prepared_batch(batch), writer(pool, batch) {
    // nop
  }

  batch_writer writer;
};

std::string about_aggregate(std::string_view aggregate_id) {
  return "aggregate " + std::string(aggregate_id);
}

} // namespace

result<std::shared_ptr<event_store>>
postgres_store::open(postgres_settings settings) {
  return open(std::move(settings), pool_view::latest);
}

result<std::shared_ptr<event_store>>
postgres_store::open_at_one_moment(postgres_settings settings) {
  return open(std::move(settings), pool_view::one_moment);
}

result<std::shared_ptr<event_store>>
postgres_store::open(postgres_settings settings, pool_view view) {
  if (auto fine = check_names(settings.tables); !fine)
    return tl::unexpected<error>(std::move(fine.error()));
  if (auto fine = check_bounds(settings); !fine)
    return tl::unexpected<error>(std::move(fine.error()));
  auto dsn = check_dsn(settings.dsn, settings.connect_timeout);
  if (!dsn)
    return tl::unexpected<error>(std::move(dsn.error()));
  auto content = std::make_unique<impl>(std::move(settings), *dsn, view);
  return std::shared_ptr<event_store>(new postgres_store(std::move(content)));
}

postgres_store::postgres_store(std::unique_ptr<impl> content)
  : impl_(std::move(content)) {
  // nop
}

postgres_store::~postgres_store() = default;

// -- writing ------------------------------------------------------------------

std::vector<append_outcome>
postgres_store::write(std::span<const append_request> batch) {
  const answer_watch::work counted;
  return batch_writer{impl_->pool, batch}.run();
}

std::unique_ptr<prepared_batch>
postgres_store::prepare(std::span<const append_request> batch) {
  auto result = std::make_unique<begun_batch>(impl_->pool, batch);
  result->writer.prepare();
  return result;
}

std::vector<append_outcome>
postgres_store::write_prepared(prepared_batch& batch,
                               const std::function<void()>& meanwhile) {
  const answer_watch::work counted;
  return dynamic_cast<begun_batch&>(batch).writer.run(meanwhile);
}

result<std::size_t>
postgres_store::forget_commands(std::chrono::milliseconds older_than,
                                std::size_t limit) {
  if (older_than.count() < 0)
    return fail(errc::invalid, "the age of what is to be forgotten is "
                               "negative");
  // Forgetting twice harms as little as reading twice.
  return impl_->read<std::size_t>("forgetting commands", [&](connection& link) {
    return link
      .run("forget_commands",
           {std::to_string(older_than.count()), std::to_string(limit)})
      .affected();
  });
}

// -- recovery -----------------------------------------------------------------

result<std::vector<recovery_page>>
postgres_store::recover(std::span<const recovery_request> requests,
                        std::size_t events_per_page) {
  for (const auto& request : requests)
    if (auto fine = refuse_nul({request.aggregate_id}); !fine)
      return tl::unexpected<error>(std::move(fine.error()));
  const auto where = requests.size() == 1
                       ? about_aggregate(requests.front().aggregate_id)
                       : std::to_string(requests.size()) + " aggregates";
  return impl_->read<std::vector<recovery_page>>(where, [&](connection& link) {
    return postgres::recover(link, requests, events_per_page);
  });
}

result<std::vector<std::optional<receipt>>>
postgres_store::find_receipts(std::string_view aggregate_id,
                              std::span<const std::string> command_ids) {
  std::vector<command_key> keys;
  keys.reserve(command_ids.size());
  for (const auto& command_id : command_ids) {
    if (auto fine = refuse_nul({aggregate_id, command_id}); !fine)
      return tl::unexpected<error>(std::move(fine.error()));
    keys.push_back({aggregate_id, command_id});
  }
  return impl_->read<std::vector<std::optional<receipt>>>(
    about_aggregate(aggregate_id),
    [&](connection& link) { return postgres::find_receipts(link, keys); });
}

// -- reading ------------------------------------------------------------------

result<std::vector<recorded_event>>
postgres_store::load_events(std::string_view aggregate_id,
                            version_t from_version, std::size_t limit) {
  if (auto fine = refuse_nul({aggregate_id}); !fine)
    return tl::unexpected<error>(std::move(fine.error()));
  return impl_->read<std::vector<recorded_event>>(
    about_aggregate(aggregate_id), [&](connection& link) {
      return postgres::load_events(link, aggregate_id, from_version, limit);
    });
}

result<std::optional<recorded_snapshot>>
postgres_store::load_snapshot(std::string_view aggregate_id,
                              version_t at_most) {
  if (auto fine = refuse_nul({aggregate_id}); !fine)
    return tl::unexpected<error>(std::move(fine.error()));
  return impl_->read<std::optional<recorded_snapshot>>(
    about_aggregate(aggregate_id), [&](connection& link) {
      return postgres::load_snapshot(link, aggregate_id, at_most);
    });
}

result<version_t> postgres_store::version_at(std::string_view aggregate_id,
                                             timestamp when) {
  if (auto fine = refuse_nul({aggregate_id}); !fine)
    return tl::unexpected<error>(std::move(fine.error()));
  return impl_->read<version_t>(
    about_aggregate(aggregate_id), [&](connection& link) {
      return postgres::version_at(link, aggregate_id, when);
    });
}

// -- reading everything -------------------------------------------------------

result<std::vector<recorded_event>>
postgres_store::scan_events(std::string_view after_aggregate_id,
                            version_t after_version, std::size_t limit) {
  return impl_->read<std::vector<recorded_event>>(
    "reading all events", [&](connection& link) {
      return postgres::scan_events(link, after_aggregate_id, after_version,
                                   limit);
    });
}

result<std::vector<recorded_snapshot>>
postgres_store::scan_snapshots(std::string_view after_aggregate_id,
                               version_t after_version, std::size_t limit) {
  return impl_->read<std::vector<recorded_snapshot>>(
    "reading all snapshots", [&](connection& link) {
      return postgres::scan_snapshots(link, after_aggregate_id, after_version,
                                      limit);
    });
}

result<std::vector<outbox_entry>>
postgres_store::scan_outbox(std::string_view after_aggregate_id,
                            version_t after_version, std::size_t limit) {
  return impl_->read<std::vector<outbox_entry>>(
    "reading the outbox", [&](connection& link) {
      return postgres::scan_outbox(link, after_aggregate_id, after_version,
                                   limit);
    });
}

result<std::vector<row>>
postgres_store::scan_projection(const projection_table& table, const row& after,
                                std::size_t limit) {
  if (auto fine = check_table(table, row_guard::none_needed); !fine)
    return tl::unexpected<error>(std::move(fine.error()));
  if (!after.empty() && after.size() != table.key.size())
    return fail(errc::invalid,
                "the key to read the projection table \"" + table.name
                  + "\" from has " + std::to_string(after.size())
                  + " cells where " + std::to_string(table.key.size())
                  + " are described");
  return impl_->read<std::vector<row>>(
    "projection table " + table.name, [&](connection& link) {
      return postgres::scan_projection(link, table, after, limit);
    });
}

result<std::vector<row>>
postgres_store::search_projection(const projection_table& table,
                                  std::string_view column,
                                  std::string_view words, std::size_t limit) {
  if (auto fine = check_table(table, row_guard::none_needed); !fine)
    return tl::unexpected<error>(std::move(fine.error()));
  return impl_->read<std::vector<row>>(
    "projection table " + table.name, [&](connection& link) {
      return postgres::search_projection(link, table, column, words, limit);
    });
}

result<std::vector<std::string>>
postgres_store::find_publish_marks(std::span<const std::string> event_ids) {
  for (const auto& id : event_ids)
    if (auto fine = refuse_nul({id}); !fine)
      return tl::unexpected<error>(std::move(fine.error()));
  return impl_->read<std::vector<std::string>>(
    "reading what asked to be published", [&](connection& link) {
      array_literal ids;
      for (const auto& id : event_ids)
        ids.add(std::string_view(id));
      const auto found = link.run("find_publish_marks", {ids.str()});
      std::vector<std::string> marked;
      for (std::size_t i = 0; i < found.size(); ++i)
        marked.emplace_back(found.text(i, 0));
      return marked;
    });
}

result<statistics> postgres_store::stats() {
  return impl_->read<statistics>("reading statistics", [](connection& link) {
    return read_statistics(link);
  });
}

// -- process managers ---------------------------------------------------------

result<std::vector<process_timer>>
postgres_store::find_timers(std::string_view process_type,
                            const process_timer& after, std::size_t limit) {
  if (auto fine = refuse_nul({process_type, after.process_id}); !fine)
    return tl::unexpected<error>(std::move(fine.error()));
  return impl_->read<std::vector<process_timer>>(
    "reading the timers of process " + std::string(process_type),
    [&](connection& link) {
      return postgres::find_timers(link, process_type, after, limit);
    });
}

// -- other faces --------------------------------------------------------------

event_log& postgres_store::log() noexcept {
  return impl_->log;
}

lease_store& postgres_store::leases() noexcept {
  return impl_->leases;
}

subscription_store& postgres_store::subscriptions() noexcept {
  return impl_->subscriptions;
}

outbox_store& postgres_store::outbox() noexcept {
  return impl_->outbox;
}

// -- set-up -------------------------------------------------------------------

result<void> postgres_store::check() {
  auto migrations = migrator::open(impl_->settings);
  if (!migrations)
    return tl::unexpected<error>(std::move(migrations.error()));
  return migrations->check();
}

} // namespace es::store
