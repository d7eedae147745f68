#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/domain/event.hpp"

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace es::store {

/// An event's place in the one order of all events. The smallest one, which a
/// default-made position is, stands before all events. Positions are compared,
/// never counted: there are gaps between them.
struct position {
  /// Rises when the database is moved to another server.
  std::int64_t epoch = 0;
  /// When the writing transaction began, on that server's count.
  std::uint64_t transaction = 0;
  std::int64_t number = 0;

  friend auto operator<=>(const position&, const position&) = default;
};

/// "1-745-33", for logs, command lines and JSON.
[[nodiscard]] std::string to_string(const position& place);

/// Reads what `to_string` writes; fails with `errc::invalid`.
[[nodiscard]] result<position> parse_position(std::string_view text);

/// Which events are wanted: those that meet all conditions. An empty condition
/// is met by every event.
struct event_filter {
  /// One of these.
  std::vector<std::string> aggregate_types{};
  /// One of these.
  std::vector<std::string> event_types{};
  /// This one only: its own stream, found by its id whatever else there is.
  std::string aggregate_id{};
  /// How aggregate ids begin.
  std::string id_prefix{};
  /// A field at the top of the metadata, whatever its value.
  std::string metadata_key{};
  /// With `metadata_key`: the field's value, a text.
  std::optional<std::string> metadata_value{};

  friend bool operator==(const event_filter&, const event_filter&) = default;
};

/// One of `count` shares of all aggregates, by a hash of their ids that stays
/// the same for ever.
struct partition {
  std::uint32_t index = 0;
  std::uint32_t count = 1;

  friend bool operator==(const partition&, const partition&) = default;
};

/// More shares than anybody can read at once.
inline constexpr std::uint32_t partitions_max = 1'024;

struct logged_event {
  position at;
  recorded_event event;
};

struct log_request {
  /// Events behind this place.
  position after{};
  event_filter filter{};
  partition part{};
  /// Events at most.
  std::size_t limit = 500;
};

/// What was read, in order. Nothing that was not read will ever appear at or
/// below `read_to`.
struct log_page {
  std::vector<logged_event> events;
  /// Where to go on: also behind events that were looked at and not wanted.
  position read_to;
  /// Whether there was more to look at when this was read.
  bool more = false;
  /// Whether any event, wanted or not, is between `after` and `read_to`. If not
  /// a checkpoint may as well stay where it is. Of one aggregate's stream: any
  /// that was wanted.
  bool passed_any = false;
};

/// Who keeps subscribers from what has been committed already.
struct horizon_holder {
  /// The server's process; 0 for a prepared transaction.
  std::int64_t pid = 0;
  /// The application's name, or that of the prepared transaction.
  std::string application;
  /// "active", "idle in transaction", ...; empty if this role may not know.
  std::string state;
  /// How long its transaction has been running.
  std::chrono::microseconds running_for{0};

  friend bool operator==(const horizon_holder&,
                         const horizon_holder&) = default;
};

/// How far subscribers can read, and why not further.
struct log_status {
  /// Everything below can be read; what is at or above it waits.
  position horizon;
  /// Committed events that wait, at most 10,000 are counted.
  std::int64_t held_back = 0;
  /// The oldest running transaction that writes; it holds the horizon, whatever
  /// it writes and in whichever database of the server.
  std::optional<horizon_holder> holder;
};

/// Waits for hints that events were stored. Used by one thread.
class hint_listener {
public:
  virtual ~hint_listener() = default;

  /// Whether a hint came within this time. Hints that came earlier count, many
  /// as one. A failure ends this listener: make another one.
  [[nodiscard]] virtual result<bool>
  wait(std::chrono::milliseconds at_most) = 0;
};

/// All events in one order that every reader sees the same way: what has been
/// read up to a position is final, because a page ends below the oldest
/// transaction that still runs (promise 10). Events of one aggregate are in the
/// order of their versions.
///
/// All functions block, none throws, all are thread-safe.
class event_log {
public:
  virtual ~event_log() = default;

  /// Looks at a bounded number of events, so that a filter that few events pass
  /// gives pages with few events, or none, and `more`.
  [[nodiscard]] virtual result<log_page> read(const log_request& request) = 0;

  /// Where a reader begins that wants only what is committed from now on. It
  /// may also get some of what was committed shortly before.
  [[nodiscard]] virtual result<position> end() = 0;

  /// About how many events pass a filter now; for showing progress.
  [[nodiscard]] virtual result<std::int64_t>
  count(const event_filter& filter) = 0;

  /// The place of an event that is stored; empty if there is none.
  [[nodiscard]] virtual result<std::optional<position>>
  find_position(std::string_view aggregate_id, version_t version) = 0;

  [[nodiscard]] virtual result<log_status> status() = 0;

  // -- hints ------------------------------------------------------------------

  /// False if no process can listen: then nobody need send any.
  [[nodiscard]] virtual bool has_hints() const noexcept = 0;

  /// Tells the listeners of all processes that something was stored. Not within
  /// an append's transaction: there it would serialize all commits. A server
  /// that has no such thing does nothing.
  [[nodiscard]] virtual result<void> send_hint() = 0;

  /// A listener with a connection of its own, or null if the server has no such
  /// thing: then readers poll.
  [[nodiscard]] virtual result<std::unique_ptr<hint_listener>> listen() = 0;
};

/// What is wrong with a request, if anything: `errc::invalid`.
[[nodiscard]] result<void> check_request(const log_request& request);

} // namespace es::store
