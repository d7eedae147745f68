#pragma once

#include "eventsource/domain/command.hpp"
#include "eventsource/domain/error.hpp"
#include "eventsource/domain/event.hpp"
#include "eventsource/domain/projection.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// The plain structs that cross the border between actors and the store. Bytes
/// are made once, in the aggregate's turn; below it they are only moved.
namespace es::store {

/// A process of the database, from the start to the end of its life: what it
/// has committed is there for as long as it lives. 0 is none.
using session_number = std::uint64_t;

/// An event that is to be stored; its version follows from its place.
struct new_event {
  /// "evt_" and a KSUID, unique for ever; a repeated write of the same id never
  /// stores a second event.
  std::string id;
  std::string type;
  int schema_version = 1;
  /// JSON text.
  std::string data;
  /// Whether an outbox row is written for it.
  bool publish = false;
};

/// The state after the last event of an append.
struct new_snapshot {
  /// The aggregate type's `state_version`.
  int state_version = 1;
  /// JSON text.
  std::string data;
  /// How many snapshots of this aggregate stay, this one included; at least 1.
  int keep = 1;
};

/// Everything that one command stores: all of it or nothing (promise 2).
struct append_request {
  std::string aggregate_id;
  std::string aggregate_type;
  /// The version before the first event; the append is refused with a conflict
  /// unless the stored aggregate is exactly there.
  version_t expected_version = 0;
  /// The session that this version was stored in, as its outcome said; 0 if
  /// that is not known.
  session_number expected_in = 0;
  /// May be empty if there is a `command_id`: then only that is remembered.
  std::vector<new_event> events;
  /// Of all events of this append.
  timestamp occurred_at;
  /// JSON text of an object, of all events of this append.
  std::string metadata = "{}";
  std::optional<std::string> command_id;
  std::optional<new_snapshot> snapshot;
  /// `kind::none` writes nothing; coalesced within a batch by table and key.
  std::optional<projection_change> projection;
  std::vector<statement> statements;

  /// About how much memory and wire this append takes.
  [[nodiscard]] std::size_t byte_size() const noexcept;
  /// The version after the last event.
  [[nodiscard]] version_t last_version() const noexcept {
    return expected_version + static_cast<version_t>(events.size());
  }
};

/// What became of one append.
struct append_outcome {
  enum class kind {
    /// Its transaction has committed.
    committed,
    /// The command id was executed before; `receipt` is the first one's and
    /// nothing was stored now.
    duplicate,
    /// Nothing was stored; `error` says why (`conflict`, `statement_failed`,
    /// `invalid`, ...). `in_doubt` alone means that it is not known.
    refused,
  };

  kind what = kind::refused;
  es::receipt receipt{};
  es::error error{};
  /// Of what was committed: in which session; 0 if the store does not say.
  session_number session = 0;

  [[nodiscard]] bool ok() const noexcept {
    return what != kind::refused;
  }

  [[nodiscard]] static append_outcome committed(const append_request& request);
  [[nodiscard]] static append_outcome duplicate(es::receipt first);
  [[nodiscard]] static append_outcome refused(es::error why);
};

} // namespace es::store
