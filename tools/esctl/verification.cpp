#include "eventsource/tools/esctl/verification.hpp"

#include "eventsource/tools/esctl/outbox_check.hpp"
#include "eventsource/tools/esctl/projection_check.hpp"
#include "eventsource/tools/esctl/store_cursor.hpp"

#include <map>
#include <memory>
#include <vector>

namespace esctl {

namespace {

using es::store::recorded_snapshot;

class walk {
public:
  walk(es::store::event_store& store, const es::type_registry& types,
       const std::function<void(const finding&)>& report)
    : types_(types), tell_(report),
      events_(cursor_over(store, &es::store::event_store::scan_events)),
      snapshots_(cursor_over(store, &es::store::event_store::scan_snapshots)),
      outbox_(store, [this](finding f) { report_one(f); }) {
    for (const auto* type : types.all())
      if (type->projection())
        projections_.emplace(
          type->name(),
          std::make_unique<projection_check>(
            store, *type->projection(), [this](finding f) { report_one(f); }));
  }

  es::result<verification_summary>
  run(const std::function<void(std::size_t)>& progress) {
    if (auto ok = outbox_.begin(); !ok)
      return tl::unexpected(ok.error());
    for (;;) {
      auto next = events_.peek();
      if (!next)
        return tl::unexpected(next.error());
      if (!*next)
        break;
      if (auto ok = one_aggregate((*next)->aggregate_id); !ok)
        return tl::unexpected(ok.error());
      progress(summary_.events);
    }
    if (auto ok = finish(); !ok)
      return tl::unexpected(ok.error());
    return summary_;
  }

private:
  /// What is known of the aggregate that is being walked.
  struct progress_of_one {
    std::string id;
    const es::aggregate_type* type = nullptr;
    es::versioned_state state{};
    /// False after something made the fold meaningless.
    bool sound = true;
    es::recorded_event last{};
  };

  es::result<void> one_aggregate(std::string id) {
    ++summary_.aggregates;
    progress_of_one one;
    one.id = std::move(id);
    es::version_t version = 0;
    for (;;) {
      auto next = events_.peek();
      if (!next)
        return tl::unexpected(next.error());
      if (!*next || (*next)->aggregate_id != one.id)
        break;
      const auto& event = **next;
      ++summary_.events;
      check_version(one, event, ++version);
      version = event.version;
      fold(one, event);
      auto published = one.type && one.type->publishes(event.type);
      if (auto ok = outbox_.pass(event, published); !ok)
        return ok;
      if (auto ok = check_snapshots(one, event.version); !ok)
        return ok;
      one.last = event;
      events_.advance();
    }
    return check_projection(one);
  }

  void check_version(progress_of_one& one, const es::recorded_event& event,
                     es::version_t expected) {
    if (event.version == expected)
      return;
    one.sound = false;
    report_one({finding::kind::version_gap, one.id, event.version,
                "event " + event.id + " does not follow the one before it",
                "version " + std::to_string(expected),
                "version " + std::to_string(event.version)});
  }

  void fold(progress_of_one& one, const es::recorded_event& event) {
    if (!one.type) {
      one.type = types_.find(event.aggregate_type);
      if (!one.type) {
        if (one.sound)
          report_one({finding::kind::unknown_type, one.id, event.version,
                      "this program knows no aggregate type \""
                        + event.aggregate_type + "\""});
        one.sound = false;
        return;
      }
      one.state = {one.type->initial(), 0};
    }
    if (!one.sound)
      return;
    auto next = one.type->replay(one.state, {&event, 1});
    if (next) {
      one.state = std::move(*next);
      return;
    }
    one.sound = false;
    report_one({finding::kind::unreadable_event, one.id, event.version,
                next.error().message});
  }

  es::result<void> check_snapshots(const progress_of_one& one,
                                   es::version_t version) {
    auto at = std::pair{std::string_view(one.id), version};
    for (;;) {
      auto there = snapshots_.peek();
      if (!there)
        return tl::unexpected(there.error());
      if (!*there
          || std::pair{std::string_view((*there)->aggregate_id),
                       (*there)->version}
               > at)
        return {};
      ++summary_.snapshots;
      const auto& snapshot = **there;
      if (snapshot.aggregate_id != one.id || snapshot.version != version)
        snapshot_surplus(snapshot);
      else if (one.sound && one.type
               && snapshot.state_version == one.type->state_version())
        compare_snapshot(one, snapshot);
      snapshots_.advance();
    }
  }

  void snapshot_surplus(const recorded_snapshot& snapshot) {
    report_one({finding::kind::snapshot_surplus, snapshot.aggregate_id,
                snapshot.version,
                "the snapshot stands at a version that has no event"});
  }

  void compare_snapshot(const progress_of_one& one,
                        const recorded_snapshot& snapshot) {
    auto folded = one.type->encode_state(one.state.state);
    auto stored = one.type->decode_state(snapshot.data);
    auto read_back =
      stored ? one.type->encode_state(*stored)
             : es::result<std::string>(tl::unexpected(stored.error()));
    if (folded && read_back && *folded == *read_back)
      return;
    if (!folded)
      report_one({finding::kind::snapshot_differs, one.id, snapshot.version,
                  folded.error().message});
    else if (!read_back)
      report_one({finding::kind::snapshot_differs, one.id, snapshot.version,
                  read_back.error().message, *folded, snapshot.data});
    else
      report_one({finding::kind::snapshot_differs, one.id, snapshot.version,
                  "the snapshot is not the fold of the events", *folded,
                  *read_back});
  }

  es::result<void> check_projection(const progress_of_one& one) {
    if (!one.type || !one.type->projection())
      return {};
    auto& check = *projections_.at(one.type->name());
    auto about = es::metadata::parse(one.last.metadata);
    if (!one.sound || !about) {
      check.tolerate(one.id); // nobody knows what its row should be
      return {};
    }
    auto change =
      one.type->project(one.state.state, {one.id, one.state.version,
                                          one.last.occurred_at, *about});
    if (!change)
      return tl::unexpected(change.error());
    return check.expect(one.id, one.state.version, *change);
  }

  es::result<void> finish() {
    if (auto ok = outbox_.finish(); !ok)
      return ok;
    summary_.outbox_rows = outbox_.rows();
    summary_.outbox_pending = outbox_.pending();
    for (;;) {
      auto there = snapshots_.peek();
      if (!there)
        return tl::unexpected(there.error());
      if (!*there)
        break;
      ++summary_.snapshots;
      snapshot_surplus(**there);
      snapshots_.advance();
    }
    for (auto& [name, check] : projections_) {
      if (auto ok = check->finish(); !ok)
        return ok;
      summary_.projection_rows += check->rows();
    }
    return {};
  }

  void report_one(const finding& f) {
    ++summary_.findings;
    tell_(f);
  }

  const es::type_registry& types_;
  const std::function<void(const finding&)>& tell_;
  store_cursor<es::recorded_event> events_;
  store_cursor<recorded_snapshot> snapshots_;
  outbox_check outbox_;
  std::map<std::string, std::unique_ptr<projection_check>> projections_;
  verification_summary summary_;
};

} // namespace

std::string_view to_string(finding::kind what) noexcept {
  switch (what) {
    case finding::kind::version_gap:
      return "version_gap";
    case finding::kind::unknown_type:
      return "unknown_type";
    case finding::kind::unreadable_event:
      return "unreadable_event";
    case finding::kind::projection_missing:
      return "projection_missing";
    case finding::kind::projection_differs:
      return "projection_differs";
    case finding::kind::projection_surplus:
      return "projection_surplus";
    case finding::kind::snapshot_differs:
      return "snapshot_differs";
    case finding::kind::snapshot_surplus:
      return "snapshot_surplus";
    case finding::kind::outbox_missing:
      return "outbox_missing";
    case finding::kind::outbox_surplus:
      return "outbox_surplus";
    case finding::kind::outbox_dead:
      return "outbox_dead";
    case finding::kind::checkpoint_ahead:
      return "checkpoint_ahead";
    case finding::kind::checkpoint_missing:
      return "checkpoint_missing";
    case finding::kind::subscription_stopped:
      return "subscription_stopped";
    case finding::kind::subscription_dead_letter:
      return "subscription_dead_letter";
  }
  return "unknown";
}

es::result<verification_summary>
verify(es::store::event_store& store, const es::type_registry& types,
       const std::function<void(const finding&)>& report,
       const std::function<void(std::size_t)>& progress) {
  return walk{store, types, report}.run(progress);
}

} // namespace esctl
