#pragma once

#include "eventsource/store/event_store.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace esctl {

/// Walks a table page by page, in the order that the store scans it.
template <class Row>
class store_cursor {
public:
  static constexpr std::size_t page_rows = 1000;

  /// Loads the page after a row; null stands for the table's begin.
  using loader = std::function<es::result<std::vector<Row>>(const Row* after)>;

  explicit store_cursor(loader load) : load_(std::move(load)) {
    // nop
  }

  /// The row that is next; null at the end.
  [[nodiscard]] es::result<const Row*> peek() {
    if (at_ == page_.size() && !ended_) {
      auto next = load_(last_ ? &*last_ : nullptr);
      if (!next)
        return tl::unexpected(next.error());
      page_ = std::move(*next);
      at_ = 0;
      ended_ = page_.size() < page_rows;
      if (!page_.empty())
        last_ = page_.back();
    }
    return at_ == page_.size() ? nullptr : &page_[at_];
  }

  /// Only after a `peek` that gave a row.
  void advance() {
    ++at_;
  }

private:
  loader load_;
  std::vector<Row> page_;
  std::optional<Row> last_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

/// A cursor over a table that is ordered by aggregate and version.
template <class Row>
auto cursor_over(es::store::event_store& store,
                 es::result<std::vector<Row>> (es::store::event_store::*scan)(
                   std::string_view, es::version_t, std::size_t)) {
  return store_cursor<Row>([&store, scan](const Row* after) {
    return (store.*scan)(after ? after->aggregate_id : std::string_view{},
                         after ? after->version : 0,
                         store_cursor<Row>::page_rows);
  });
}

} // namespace esctl
