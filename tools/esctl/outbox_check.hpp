#pragma once

#include "eventsource/tools/esctl/store_cursor.hpp"
#include "eventsource/tools/esctl/verification.hpp"

#include <optional>
#include <string>
#include <vector>

namespace esctl {

/// Compares the outbox with the events, which are given in the order of
/// aggregates and versions.
class outbox_check {
public:
  using reporter = std::function<void(finding)>;

  outbox_check(es::store::event_store& store, reporter report);

  [[nodiscard]] es::result<void> begin();

  /// The next event; `publishes` is whether its type is one to be published in
  /// this program, which counts only in a store without `publish_marks`.
  [[nodiscard]] es::result<void> pass(const es::recorded_event& event,
                                      bool publishes);

  /// Every event was given.
  [[nodiscard]] es::result<void> finish();

  [[nodiscard]] std::size_t rows() const noexcept {
    return rows_;
  }
  [[nodiscard]] std::size_t pending() const noexcept {
    return pending_;
  }

private:
  /// An event that has no outbox row.
  struct bare_event {
    std::string id;
    std::string type;
    std::string aggregate_id;
    es::version_t version = 0;
    bool publishes = false;
  };

  [[nodiscard]] es::result<void> note_missing(const es::recorded_event& event,
                                              bool publishes);
  [[nodiscard]] es::result<void> report_missing();
  void check_published(const es::store::outbox_entry& row);
  void surplus(const es::store::outbox_entry& row);

  es::store::event_store& store_;
  reporter report_;
  store_cursor<es::store::outbox_entry> rows_there_;
  std::optional<es::timestamp> purged_until_;
  /// At most a page of them.
  std::vector<bare_event> bare_;
  std::size_t rows_ = 0;
  std::size_t pending_ = 0;
};

} // namespace esctl
