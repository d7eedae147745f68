#include "eventsource/tools/esctl/commands.hpp"
#include "eventsource/tools/esctl/output.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <optional>

namespace esctl {

namespace {

using es::store::outbox_lag;
using es::store::outbox_place;
using es::store::outbox_row;
using es::store::outbox_store;

constexpr std::size_t page_rows = 1'000;

void print(const global_options& global, const outbox_row& row) {
  if (global.json) {
    nlohmann::ordered_json line{{"event_id", row.event_id},
                                {"aggregate_id", row.aggregate_id},
                                {"version", row.version},
                                {"state", to_string(row.state)},
                                {"created_at", es::to_string(row.created_at)},
                                {"attempts", row.attempts},
                                {"last_error", row.last_error}};
    if (row.next_attempt_at)
      line["next_attempt_at"] = es::to_string(*row.next_attempt_at);
    print_json(line);
    return;
  }
  std::cout << fmt::format("{:<8} {}  {} version {}", to_string(row.state),
                           row.event_id, row.aggregate_id, row.version);
  if (row.attempts > 0)
    std::cout << fmt::format("  {} attempts: {}", row.attempts, row.last_error);
  std::cout << "\n";
}

void print(const global_options& global, const outbox_lag& lag) {
  const auto seconds = static_cast<double>(lag.oldest_age.count()) / 1e6;
  if (global.json)
    print_json({{"pending", lag.pending},
                {"waiting", lag.waiting},
                {"dead", lag.dead},
                {"oldest_seconds", seconds}});
  else
    std::cout << fmt::format(
      "{} pending ({} of them waiting), the oldest for {:.1f} s; {} dead\n",
      grouped(static_cast<std::size_t>(lag.pending)), lag.waiting, seconds,
      lag.dead);
}

/// Calls `take` with pages of rows until it says that it has enough.
template <class Take>
es::result<void> read_rows(outbox_store& outbox, bool dead_only, Take&& take) {
  outbox_place after;
  for (;;) {
    auto page = outbox.list_outbox(after, page_rows, dead_only);
    if (!page)
      return tl::unexpected(page.error());
    if (!take(*page) || page->size() < page_rows)
      return {};
    after = {page->back().aggregate_id, page->back().version};
  }
}

using change =
  es::result<std::size_t> (outbox_store::*)(std::span<const std::string>);

/// Retries or drops what the command line names.
int change_rows(const global_options& global,
                const outbox_change_options& options, change how,
                const char* what) {
  if (options.all == !options.event_ids.empty())
    return report_usage(global,
                        {es::errc::invalid, "name either event ids or --all"});
  return with_outbox(global, [&](outbox_store& outbox) -> int {
    std::size_t changed = 0;
    std::optional<es::error> failure;
    auto apply = [&](const std::vector<std::string>& ids) {
      auto count = (outbox.*how)(ids);
      if (!count) {
        failure = count.error();
        return false;
      }
      changed += *count;
      return true;
    };
    if (!options.all) {
      apply(options.event_ids);
    } else {
      auto read = read_rows(outbox, true, [&](const auto& page) {
        std::vector<std::string> ids;
        for (const auto& row : page)
          ids.push_back(row.event_id);
        return ids.empty() || apply(ids);
      });
      if (!read)
        return report(global, read.error());
    }
    if (failure)
      return report(global, *failure);
    const auto missing = options.all ? 0 : options.event_ids.size() - changed;
    if (global.json)
      print_json({{what, changed}, {"not_found", missing}});
    else
      std::cout << changed << " " << what << "\n";
    if (missing == 0)
      return done;
    if (!global.json)
      std::cerr << "esctl: " << missing
                << " of these events are not such; see `esctl outbox list`\n";
    return found;
  });
}

} // namespace

int with_outbox(const global_options& global,
                const std::function<int(outbox_store&)>& action) {
  auto how = load_settings(global);
  if (!how)
    return report_usage(global, how.error());
  auto opened = open_reader(*how);
  if (!opened)
    return report_opening(global, opened.error());
  return action(opened->store->outbox());
}

int outbox_list(const global_options& global,
                const outbox_list_options& options) {
  return with_outbox(global, [&](outbox_store& outbox) -> int {
    auto left = options.limit;
    auto read = read_rows(outbox, options.dead_only, [&](const auto& page) {
      for (const auto& row : page) {
        if (left == 0 || !std::cout)
          return false;
        --left;
        print(global, row);
      }
      return left > 0;
    });
    if (!read)
      return report(global, read.error());
    auto lag = outbox.measure_outbox();
    if (!lag)
      return report(global, lag.error());
    if (!global.quiet)
      print(global, *lag);
    return done;
  });
}

int outbox_retry(const global_options& global,
                 const outbox_change_options& options) {
  return change_rows(global, options, &outbox_store::retry_outbox, "retried");
}

int outbox_drop(const global_options& global,
                const outbox_change_options& options) {
  return change_rows(global, options, &outbox_store::drop_outbox, "dropped");
}

int outbox_purge(const global_options& global,
                 const outbox_purge_options& options) {
  return with_outbox(global, [&](outbox_store& outbox) -> int {
    const auto age = std::chrono::seconds(options.older_than_seconds);
    std::size_t purged = 0;
    for (;;) {
      auto rows = outbox.purge_outbox(age, 10 * page_rows);
      if (!rows)
        return report(global, rows.error());
      purged += *rows;
      if (*rows < 10 * page_rows)
        break;
    }
    if (global.json)
      print_json({{"purged", purged}});
    else
      std::cout << grouped(purged) << " purged\n";
    return done;
  });
}

} // namespace esctl
