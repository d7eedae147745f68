#include "eventsource/store/postgres/outbox_table.hpp"

#include "eventsource/store/postgres/array_literal.hpp"
#include "eventsource/store/postgres/event_reader.hpp"
#include "eventsource/store/postgres/lease_table.hpp"

namespace es::store::postgres {

namespace {

std::string list_of(std::span<const std::string> ids) {
  array_literal list;
  for (const auto& id : ids)
    list.add(std::string_view(id));
  return list.str();
}

/// A transaction that ends with its scope, committed if it came to its end.
class scoped_transaction {
public:
  explicit scoped_transaction(connection& link) : link_(link) {
    link_.begin();
  }
  scoped_transaction(const scoped_transaction&) = delete;
  scoped_transaction& operator=(const scoped_transaction&) = delete;
  ~scoped_transaction() {
    if (!is_over_)
      link_.roll_back();
  }
  void commit() {
    link_.commit();
    is_over_ = true;
  }

private:
  connection& link_;
  bool is_over_ = false;
};

/// Reads in the order of an index, whatever the statistics say: how many rows
/// are pending changes faster than these, and a plan that sorts all of them to
/// get at the first ones would take longer for each page.
rows run_in_index_order(connection& link, std::string_view name,
                        const parameters& values) {
  const auto settings = link.texts().server().ordered_reads;
  if (settings.empty())
    return link.run(name, values);
  scoped_transaction reading{link};
  link.run_script({"ordered_reads", std::string(settings)});
  auto found = link.run(name, values);
  reading.commit();
  return found;
}

std::vector<outbox_message> read_messages(const rows& found) {
  std::vector<outbox_message> result;
  result.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    result.push_back(
      {.event = read_event(found, i),
       .attempts = static_cast<int>(found.number(i, event_columns))});
  return result;
}

} // namespace

std::vector<outbox_message> load_outbox(connection& link, outbox_partition part,
                                        const outbox_place& after,
                                        std::size_t limit) {
  return read_messages(
    run_in_index_order(link, "load_outbox",
                       {after.aggregate_id, std::to_string(after.version),
                        std::to_string(part.index), std::to_string(part.count),
                        limit_text(limit)}));
}

std::vector<outbox_message> claim_outbox(connection& link, std::size_t limit,
                                         std::chrono::microseconds duration) {
  return read_messages(
    run_in_index_order(link, "claim_outbox",
                       {limit_text(limit), std::to_string(duration.count())}));
}

bool settle_outbox(connection& link, const outbox_settlement& what) {
  scoped_transaction noting{link};
  if (what.lease && !holds_lease(link, *what.lease))
    return false;
  if (!what.published.empty())
    link.run("mark_published", {list_of(what.published)});
  if (!what.failed.empty()) {
    array_literal ids, reasons, pauses;
    for (const auto& failure : what.failed) {
      ids.add(std::string_view(failure.event_id));
      reasons.add(std::string_view(failure.reason));
      if (failure.retry_after)
        pauses.add(std::int64_t{failure.retry_after->count()});
      else
        pauses.add_null();
    }
    link.run("mark_failed", {ids.str(), reasons.str(), pauses.str()});
  }
  noting.commit();
  return true;
}

std::size_t purge_outbox(connection& link, std::chrono::microseconds age,
                         std::size_t limit) {
  const auto gone = run_in_index_order(
    link, "purge_outbox", {std::to_string(age.count()), limit_text(limit)});
  return static_cast<std::size_t>(gone.number(0, 0));
}

outbox_lag measure_outbox(connection& link) {
  const auto found = link.run("measure_outbox");
  return {.pending = found.number(0, 0),
          .waiting = found.number(0, 1),
          .dead = found.number(0, 2),
          .oldest_age = std::chrono::microseconds{found.number(0, 3)}};
}

std::vector<outbox_row> list_outbox(connection& link, const outbox_place& after,
                                    std::size_t limit, bool dead_only) {
  const auto found =
    run_in_index_order(link, "list_outbox",
                       {after.aggregate_id, std::to_string(after.version),
                        limit_text(limit), dead_only ? "true" : "false"});
  std::vector<outbox_row> result;
  result.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    auto& row = result.emplace_back();
    row.event_id = found.text(i, 0);
    row.aggregate_id = found.text(i, 1);
    row.version = found.number(i, 2);
    row.created_at = found.time(i, 3);
    row.attempts = static_cast<int>(found.number(i, 4));
    row.last_error = found.text(i, 5);
    if (found.text(i, 7) == "t") {
      row.state = outbox_state::dead;
    } else if (!found.is_null(i, 6)) {
      row.state = outbox_state::waiting;
      row.next_attempt_at = found.time(i, 6);
    }
  }
  return result;
}

std::size_t retry_outbox(connection& link,
                         std::span<const std::string> event_ids) {
  return link.run("retry_outbox", {list_of(event_ids)}).affected();
}

std::size_t drop_outbox(connection& link,
                        std::span<const std::string> event_ids) {
  return link.run("drop_outbox", {list_of(event_ids)}).affected();
}

std::optional<timestamp> purged_until(connection& link) {
  const auto found = link.run("find_purge");
  if (found.empty())
    return std::nullopt;
  return found.time(0, 0);
}

} // namespace es::store::postgres
