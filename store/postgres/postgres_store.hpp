#pragma once

#include "eventsource/store/event_store.hpp"
#include "eventsource/store/publish_marks.hpp"
#include "eventsource/store/settings.hpp"
#include "eventsource/store/text_search.hpp"

#include <memory>

namespace es::store::postgres {
enum class pool_view;
} // namespace es::store::postgres

namespace es::store {

/// The event store in PostgreSQL 13 or later. Thread-safe; every call takes one
/// connection of a bounded pool for its duration.
class postgres_store : public event_store,
                       public text_search,
                       public publish_marks {
public:
  /// Checks the settings without connecting: the first call does that. Fails
  /// with `errc::invalid`, naming the setting.
  [[nodiscard]] static result<std::shared_ptr<event_store>>
  open(postgres_settings settings);

  /// A store that reads everything as it was when it was first asked, whatever
  /// is committed meanwhile, so that tables can be compared with each other. On
  /// one connection: calls from several threads wait for each other. What
  /// writes or needs a transaction of its own fails, and so does everything
  /// after any failure, a lost connection among them (`errc::unavailable`):
  /// open another one then. While it is used the server keeps old versions of
  /// rows; close it soon. On CockroachDB it reads what is there, as `open`
  /// does. Errors are those of `open`.
  [[nodiscard]] static result<std::shared_ptr<event_store>>
  open_at_one_moment(postgres_settings settings);

  ~postgres_store() override;

  std::vector<append_outcome>
  write(std::span<const append_request> batch) override;
  std::unique_ptr<prepared_batch>
  prepare(std::span<const append_request> batch) override;
  std::vector<append_outcome>
  write_prepared(prepared_batch& batch,
                 const std::function<void()>& meanwhile) override;

  result<std::size_t> forget_commands(std::chrono::milliseconds older_than,
                                      std::size_t limit) override;

  result<std::vector<recovery_page>>
  recover(std::span<const recovery_request> requests,
          std::size_t events_per_page) override;
  result<std::vector<std::optional<receipt>>>
  find_receipts(std::string_view aggregate_id,
                std::span<const std::string> command_ids) override;

  result<std::vector<recorded_event>> load_events(std::string_view aggregate_id,
                                                  version_t from_version,
                                                  std::size_t limit) override;
  result<std::optional<recorded_snapshot>>
  load_snapshot(std::string_view aggregate_id, version_t at_most) override;
  result<version_t> version_at(std::string_view aggregate_id,
                               timestamp when) override;

  result<std::vector<recorded_event>>
  scan_events(std::string_view after_aggregate_id, version_t after_version,
              std::size_t limit) override;
  result<std::vector<recorded_snapshot>>
  scan_snapshots(std::string_view after_aggregate_id, version_t after_version,
                 std::size_t limit) override;
  result<std::vector<outbox_entry>>
  scan_outbox(std::string_view after_aggregate_id, version_t after_version,
              std::size_t limit) override;
  result<std::vector<row>> scan_projection(const projection_table& table,
                                           const row& after,
                                           std::size_t limit) override;
  result<std::vector<row>> search_projection(const projection_table& table,
                                             std::string_view column,
                                             std::string_view words,
                                             std::size_t limit) override;
  result<std::vector<std::string>>
  find_publish_marks(std::span<const std::string> event_ids) override;
  result<statistics> stats() override;
  result<std::vector<process_timer>> find_timers(std::string_view process_type,
                                                 const process_timer& after,
                                                 std::size_t limit) override;

  event_log& log() noexcept override;
  lease_store& leases() noexcept override;
  subscription_store& subscriptions() noexcept override;
  outbox_store& outbox() noexcept override;

  result<void> check() override;

private:
  struct impl;
  explicit postgres_store(std::unique_ptr<impl> content);

  [[nodiscard]] static result<std::shared_ptr<event_store>>
  open(postgres_settings settings, postgres::pool_view view);

  std::unique_ptr<impl> impl_;
};

} // namespace es::store
