#pragma once

#include "eventsource/domain/aggregate_type.hpp"
#include "eventsource/domain/metadata.hpp"
#include "eventsource/domain/projection.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace es {

/// A row change of an async projection. Unlike an inline one's it is not
/// guarded by a version: the events come in order, each once.
struct table_change {
  enum class kind {
    /// The row is inserted or replaced; cells of all columns.
    upsert,
    /// The row is deleted; cells of the key's columns.
    remove,
    /// Numbers are added to the row's, all other cells outside of the key are
    /// replaced; a row that is not there is inserted. Cells of all columns;
    /// NULL adds nothing.
    increment,
  };

  /// Belongs to the projection and lives as long.
  const projection_table* table = nullptr;
  kind what = kind::upsert;
  row cells;
};

/// Takes what a handler makes of an event. The row changes of a batch are
/// applied before its statements.
class projection_writer {
public:
  explicit projection_writer(const std::deque<projection_table>& tables)
    : tables_(tables) {
    // nop
  }

  void upsert(std::string_view table, row cells) {
    add(table, table_change::kind::upsert, std::move(cells));
  }
  void remove(std::string_view table, row key) {
    add(table, table_change::kind::remove, std::move(key));
  }
  void increment(std::string_view table, row cells) {
    add(table, table_change::kind::increment, std::move(cells));
  }
  /// A statement of one's own, in the same transaction. `{name}` stands for the
  /// projection's table of that name, which is another one during a rebuild.
  void execute(std::string sql,
               std::vector<std::optional<std::string>> parameters = {}) {
    statements_.push_back({std::move(sql), std::move(parameters)});
  }

  [[nodiscard]] const std::vector<table_change>& changes() const noexcept {
    return changes_;
  }
  /// All changes so far, which are the taker's from now on.
  [[nodiscard]] std::vector<table_change> take_changes() noexcept {
    return std::move(changes_);
  }
  [[nodiscard]] const std::vector<statement>& statements() const noexcept {
    return statements_;
  }
  [[nodiscard]] std::vector<statement> take_statements() noexcept {
    return std::move(statements_);
  }
  /// The table that was written to and is none of the projection's; empty if
  /// all is well.
  [[nodiscard]] const std::string& unknown_table() const noexcept {
    return unknown_table_;
  }

private:
  void add(std::string_view table, table_change::kind what, row cells);

  const std::deque<projection_table>& tables_;
  std::vector<table_change> changes_;
  std::vector<statement> statements_;
  std::string unknown_table_;
};

/// Rows derived from the events of many aggregates, written later than these
/// and exactly once: rows and the place up to which they are made commit
/// together. Filled once with a handler per event type, then only read; reading
/// is thread-safe.
///
///     es::async_projection per_country{"per_country", {table}};
///     per_country.on<organization_registered>(
///       [](const auto& event, const es::event_context&,
///          es::projection_writer& to) {
///         to.increment("per_country", {event.country, 1});
///       });
///
/// The keys of the rows are chosen by the handlers. A handler that throws fails
/// its event. What it writes must follow from the event alone.
class async_projection {
public:
  using handler = std::function<result<void>(const recorded_event& event,
                                             projection_writer& to)>;

  /// Tables need no version column: leave its name empty. They are made by a
  /// migration of the user's.
  async_projection(std::string name, std::vector<projection_table> tables);

  /// Handles events whose type is `event_type` in the form they are stored in.
  async_projection& on(std::string event_type, handler handle);

  /// Handles events of a type of a program's, in its present form.
  /// `handle(event, context, writer)`.
  template <class Event, class Handler>
  async_projection& on(Handler handle) {
    return on(
      std::string(Event::event_type),
      [this, handle = std::move(handle)](
        const recorded_event& stored, projection_writer& to) -> result<void> {
        auto json = decode(stored, detail::schema_version_of<Event>());
        if (!json)
          return tl::unexpected(json.error());
        auto about = es::metadata::parse(stored.metadata);
        if (!about)
          return tl::unexpected(about.error());
        Event event{};
        detail::decode_into(*json, event);
        handle(event,
               event_context{stored.aggregate_id, stored.version,
                             stored.occurred_at, *about},
               to);
        return {};
      });
  }

  /// Reads events of older forms with these steps.
  async_projection& read_with(upcasters steps);

  /// Only events of these aggregate types; all if it is never called.
  async_projection& of_aggregates(std::vector<std::string> types);

  [[nodiscard]] const std::string& name() const noexcept {
    return name_;
  }
  [[nodiscard]] const std::deque<projection_table>& tables() const noexcept {
    return tables_;
  }
  [[nodiscard]] const std::vector<std::string>&
  aggregate_types() const noexcept {
    return aggregate_types_;
  }
  /// The types that have handlers, under the names they are stored with; empty
  /// if old names are read as well.
  [[nodiscard]] std::vector<std::string> event_types() const;

  /// Runs the event's handler, if it has one. `errc::internal` if the handler
  /// threw, `errc::corrupt` if the event does not read, `errc::invalid` if a
  /// table is none of the projection's.
  [[nodiscard]] result<void> handle(const recorded_event& event,
                                    projection_writer& to) const;

  async_projection(const async_projection&) = delete;
  async_projection& operator=(const async_projection&) = delete;

private:
  [[nodiscard]] result<nlohmann::json> decode(const recorded_event& event,
                                              int schema_version) const;

  std::string name_;
  /// Row changes point to these.
  std::deque<projection_table> tables_;
  std::vector<std::string> aggregate_types_;
  std::map<std::string, handler, std::less<>> handlers_;
  upcasters upcasters_;
  bool reads_old_names_ = false;
};

} // namespace es
