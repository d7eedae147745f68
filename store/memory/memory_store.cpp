#include "eventsource/store/memory/memory_store.hpp"

#include "eventsource/store/memory/memory_leases.hpp"
#include "eventsource/store/memory/memory_log.hpp"
#include "eventsource/store/memory/memory_outbox.hpp"
#include "eventsource/store/memory/memory_subscriptions.hpp"
#include "eventsource/store/memory/tables.hpp"

#include <chrono>
#include <utility>

namespace es::store {

namespace {

timestamp system_now() {
  using namespace std::chrono;
  return time_point_cast<microseconds>(system_clock::now());
}

error lost_answer(const append_request& append) {
  return {errc::in_doubt, "the answer to the commit of aggregate "
                            + append.aggregate_id
                            + " was lost; send the command again with the same "
                              "command id"};
}

} // namespace

memory_store::memory_store(clock now)
  : now_(now ? std::move(now) : clock(system_now)),
    tables_(std::make_unique<memory::tables>()),
    log_(std::make_unique<memory::memory_log>(mutex_, *tables_)),
    leases_(
      std::make_unique<memory::memory_leases>(mutex_, tables_->leases(), now_)),
    subscriptions_(
      std::make_unique<memory::memory_subscriptions>(mutex_, *tables_, now_)),
    outbox_(std::make_unique<memory::memory_outbox>(mutex_, *tables_, now_)) {
  // nop
}

memory_store::~memory_store() {
  // nop
}

// -- event_store --------------------------------------------------------------

std::vector<append_outcome>
memory_store::write(std::span<const append_request> batch) {
  if (batch.empty())
    return {};
  std::optional<error> failure;
  bool lose_answer = false;
  write_hook hook;
  {
    // Faults are for this call, not for one that the hook makes.
    std::lock_guard guard{mutex_};
    batch_sizes_.push_back(batch.size());
    failure = std::exchange(write_failure_, std::nullopt);
    if (!failure)
      lose_answer = std::exchange(lose_commit_answer_, false);
    hook = before_write_;
  }
  if (hook)
    hook(batch);
  if (failure)
    return std::vector<append_outcome>(batch.size(),
                                       append_outcome::refused(*failure));
  const auto registered_at = now_();
  std::vector<append_outcome> outcomes;
  {
    std::lock_guard guard{mutex_};
    outcomes = tables_->write(batch, registered_at);
  }
  if (lose_answer)
    for (std::size_t i = 0; i < batch.size(); ++i)
      if (outcomes[i].what == append_outcome::kind::committed)
        outcomes[i] = append_outcome::refused(lost_answer(batch[i]));
  return outcomes;
}

result<std::size_t>
memory_store::forget_commands(std::chrono::milliseconds older_than,
                              std::size_t limit) {
  if (older_than.count() < 0)
    return fail(errc::invalid, "the age of what is to be forgotten is "
                               "negative");
  std::lock_guard guard{mutex_};
  return tables_->forget_commands(now_() - older_than, limit);
}

result<std::vector<recovery_page>>
memory_store::recover(std::span<const recovery_request> requests,
                      std::size_t events_per_page) {
  std::lock_guard guard{mutex_};
  if (auto failure = std::exchange(recover_failure_, std::nullopt))
    return tl::unexpected(std::move(*failure));
  std::vector<recovery_page> pages;
  pages.reserve(requests.size());
  for (const auto& request : requests) {
    if (request.after_version == 0)
      ++recovered_aggregates_;
    pages.push_back(tables_->recover(request, events_per_page));
  }
  return pages;
}

result<std::vector<std::optional<receipt>>>
memory_store::find_receipts(std::string_view aggregate_id,
                            std::span<const std::string> command_ids) {
  std::lock_guard guard{mutex_};
  std::vector<std::optional<receipt>> found;
  found.reserve(command_ids.size());
  for (const auto& command_id : command_ids)
    found.push_back(tables_->find_receipt(aggregate_id, command_id));
  return found;
}

result<std::vector<recorded_event>>
memory_store::load_events(std::string_view aggregate_id, version_t from_version,
                          std::size_t limit) {
  std::lock_guard guard{mutex_};
  return tables_->load_events(aggregate_id, from_version, limit);
}

result<std::optional<recorded_snapshot>>
memory_store::load_snapshot(std::string_view aggregate_id, version_t at_most) {
  std::lock_guard guard{mutex_};
  return tables_->load_snapshot(aggregate_id, at_most);
}

result<version_t> memory_store::version_at(std::string_view aggregate_id,
                                           timestamp when) {
  std::lock_guard guard{mutex_};
  return tables_->version_at(aggregate_id, when);
}

result<std::vector<recorded_event>>
memory_store::scan_events(std::string_view after_aggregate_id,
                          version_t after_version, std::size_t limit) {
  std::lock_guard guard{mutex_};
  return tables_->scan_events(after_aggregate_id, after_version, limit);
}

result<std::vector<recorded_snapshot>>
memory_store::scan_snapshots(std::string_view after_aggregate_id,
                             version_t after_version, std::size_t limit) {
  std::lock_guard guard{mutex_};
  return tables_->scan_snapshots(after_aggregate_id, after_version, limit);
}

result<std::vector<outbox_entry>>
memory_store::scan_outbox(std::string_view after_aggregate_id,
                          version_t after_version, std::size_t limit) {
  std::lock_guard guard{mutex_};
  return tables_->outbox().scan(after_aggregate_id, after_version, limit);
}

result<std::vector<row>>
memory_store::scan_projection(const projection_table& table, const row& after,
                              std::size_t limit) {
  std::lock_guard guard{mutex_};
  return tables_->projections().scan(table, after, limit);
}

result<std::vector<std::string>>
memory_store::find_publish_marks(std::span<const std::string> event_ids) {
  std::lock_guard guard{mutex_};
  std::vector<std::string> marked;
  for (const auto& id : event_ids)
    if (tables_->asked_to_publish(id))
      marked.push_back(id);
  return marked;
}

result<statistics> memory_store::stats() {
  std::lock_guard guard{mutex_};
  return tables_->stats();
}

result<std::vector<process_timer>>
memory_store::find_timers(std::string_view process_type,
                          const process_timer& after, std::size_t limit) {
  std::lock_guard guard{mutex_};
  return tables_->find_timers(process_type, after, limit);
}

event_log& memory_store::log() noexcept {
  return *log_;
}

lease_store& memory_store::leases() noexcept {
  return *leases_;
}

subscription_store& memory_store::subscriptions() noexcept {
  return *subscriptions_;
}

outbox_store& memory_store::outbox() noexcept {
  return *outbox_;
}

result<void> memory_store::check() {
  return {};
}

// -- scripted faults ----------------------------------------------------------

void memory_store::fail_next_write(error why) {
  std::lock_guard guard{mutex_};
  write_failure_ = std::move(why);
}

void memory_store::fail_next_recover(error why) {
  std::lock_guard guard{mutex_};
  recover_failure_ = std::move(why);
}

void memory_store::fail_next_settle(error why) {
  std::lock_guard guard{mutex_};
  outbox_->fail_next_settle(std::move(why));
}

void memory_store::lose_next_commit_answer() {
  std::lock_guard guard{mutex_};
  lose_commit_answer_ = true;
}

void memory_store::before_write(write_hook hook) {
  std::lock_guard guard{mutex_};
  before_write_ = std::move(hook);
}

void memory_store::corrupt_event(std::string_view aggregate_id,
                                 version_t version, std::string text) {
  std::lock_guard guard{mutex_};
  tables_->replace_event_data(aggregate_id, version, std::move(text));
}

void memory_store::corrupt_snapshot(std::string_view aggregate_id,
                                    version_t version, std::string text) {
  std::lock_guard guard{mutex_};
  tables_->replace_snapshot_data(aggregate_id, version, std::move(text));
}

void memory_store::lose_outbox_row(const std::string& event_id) {
  std::lock_guard guard{mutex_};
  tables_->outbox().lose(event_id);
}

// -- inspection ---------------------------------------------------------------

std::size_t memory_store::write_calls() const {
  std::lock_guard guard{mutex_};
  return batch_sizes_.size();
}

std::vector<std::size_t> memory_store::batch_sizes() const {
  std::lock_guard guard{mutex_};
  return batch_sizes_;
}

std::size_t memory_store::recovered_aggregates() const {
  std::lock_guard guard{mutex_};
  return recovered_aggregates_;
}

std::vector<statement> memory_store::statements() const {
  std::lock_guard guard{mutex_};
  return tables_->statements();
}

} // namespace es::store
