#include "eventsource/tools/esctl/outbox_check.hpp"

#include "eventsource/store/publish_marks.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace esctl {

using es::store::outbox_entry;

outbox_check::outbox_check(es::store::event_store& store, reporter report)
  : store_(store), report_(std::move(report)),
    rows_there_(cursor_over(store, &es::store::event_store::scan_outbox)) {
  // nop
}

es::result<void> outbox_check::begin() {
  auto purged = store_.outbox().purged_until();
  if (!purged)
    return tl::unexpected(purged.error());
  purged_until_ = *purged;
  return {};
}

es::result<void> outbox_check::pass(const es::recorded_event& event,
                                    bool publishes) {
  const auto at =
    std::pair{std::string_view(event.aggregate_id), event.version};
  for (;;) {
    auto there = rows_there_.peek();
    if (!there)
      return tl::unexpected(there.error());
    const auto* row = *there;
    if (!row
        || std::pair{std::string_view(row->aggregate_id), row->version} > at)
      return note_missing(event, publishes);
    ++rows_;
    const bool fits = row->aggregate_id == event.aggregate_id
                      && row->version == event.version
                      && row->event_id == event.id;
    if (fits)
      check_published(*row);
    else
      surplus(*row);
    rows_there_.advance();
    if (fits)
      return {};
  }
}

es::result<void> outbox_check::finish() {
  if (auto ok = report_missing(); !ok)
    return ok;
  for (;;) {
    auto there = rows_there_.peek();
    if (!there)
      return tl::unexpected(there.error());
    if (!*there)
      return {};
    ++rows_;
    surplus(**there);
    rows_there_.advance();
  }
}

es::result<void> outbox_check::note_missing(const es::recorded_event& event,
                                            bool publishes) {
  // Of those that were published long ago the rows are gone.
  if (purged_until_ && event.registered_at <= *purged_until_)
    return {};
  bare_.push_back(
    {event.id, event.type, event.aggregate_id, event.version, publishes});
  if (bare_.size() < store_cursor<outbox_entry>::page_rows)
    return {};
  return report_missing();
}

/// An event that never asked for a row needs none: one of another program, or
/// of a type that was not to be published then.
es::result<void> outbox_check::report_missing() {
  if (bare_.empty())
    return {};
  auto* marks = dynamic_cast<es::store::publish_marks*>(&store_);
  std::set<std::string> asked;
  if (marks) {
    std::vector<std::string> ids;
    for (const auto& event : bare_)
      ids.push_back(event.id);
    auto found = marks->find_publish_marks(ids);
    if (!found)
      return tl::unexpected(found.error());
    asked.insert(found->begin(), found->end());
  }
  for (const auto& event : bare_)
    if (marks ? asked.contains(event.id) : event.publishes)
      report_(
        {finding::kind::outbox_missing, event.aggregate_id, event.version,
         "event " + event.id + " (" + event.type + ") has no outbox row"});
  bare_.clear();
  return {};
}

void outbox_check::check_published(const outbox_entry& row) {
  if (row.published)
    return;
  ++pending_;
  if (row.dead)
    report_({finding::kind::outbox_dead, row.aggregate_id, row.version,
             "event " + row.event_id
               + " could not be published and holds back what follows it; "
                 "see `esctl outbox list --dead`"});
}

void outbox_check::surplus(const outbox_entry& row) {
  report_({finding::kind::outbox_surplus, row.aggregate_id, row.version,
           "the outbox row for " + row.event_id + " has no event"});
}

} // namespace esctl
