#pragma once

#include "eventsource/domain/async_projection.hpp"
#include "eventsource/store/event_log.hpp"
#include "eventsource/store/lease.hpp"
#include "eventsource/store/table_changes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace es::store {

/// One partition of a named subscription.
struct subscription_key {
  std::string name;
  partition part{};

  /// Its lease's name.
  [[nodiscard]] std::string lease_name() const;

  friend bool operator==(const subscription_key&,
                         const subscription_key&) = default;
};

enum class subscription_state {
  running,
  /// Somebody asked it to pause.
  paused,
  /// It met an event that it can't get past.
  stopped,
};

[[nodiscard]] std::string_view to_string(subscription_state state) noexcept;

/// How far a subscription has got.
struct checkpoint {
  position at;
  /// Events handled since its beginning.
  std::int64_t events = 0;
  subscription_state state = subscription_state::running;
  /// Why it stopped, or what it is retrying.
  std::string error{};
};

struct subscription_status {
  subscription_key key;
  checkpoint progress;
  /// When the checkpoint was last saved, by the store's clock.
  timestamp updated_at{};
  /// Dead letters of this partition.
  std::int64_t dead_letters = 0;
};

/// An event that a subscription was made to go on without.
struct dead_letter {
  std::string subscription{};
  std::string event_id;
  std::string aggregate_id{};
  version_t version = 0;
  position at{};
  std::string error{};
  int attempts = 0;
};

/// What an async projection makes of some events, and the place up to which
/// its rows are made after it. All of it is stored or nothing.
struct projected_batch {
  subscription_key key;
  held_lease lease;
  /// The checkpoint must be here.
  position from;
  position to;
  std::int64_t events = 0;
  std::vector<table_change> changes{};
  /// Of each change whether its row certainly is not in the table before this
  /// batch, which is faster; empty if that is not known. A row that is there
  /// after all may fail the batch.
  std::vector<bool> row_is_new{};
  /// What `changes` come to, which these point into, if somebody had the time
  /// to find out before: `fold_changes` of them and `row_is_new`.
  std::optional<std::vector<folded_changes>> folded{};
  std::vector<statement> statements{};
  std::vector<dead_letter> dead_letters{};
  /// The projection's tables, which statements may name.
  std::vector<const projection_table*> tables{};
  /// Goes behind the names of all tables: those of a rebuild.
  std::string table_suffix{};
};

/// Where named subscriptions keep their checkpoints, and how async projections
/// write rows together with theirs. Whoever moves a checkpoint needs its lease
/// and says where it was: `errc::conflict` if the lease was lost, somebody else
/// moved it, or it is paused.
///
/// All functions block, none throws, all are thread-safe.
class subscription_store {
public:
  virtual ~subscription_store() = default;

  /// The checkpoint, made at `start` if it is new. `errc::conflict` if the
  /// subscription was made with another number of partitions.
  [[nodiscard]] virtual result<checkpoint> open(const subscription_key& key,
                                                const position& start) = 0;

  [[nodiscard]] virtual result<void>
  save(const subscription_key& key, const held_lease& lease,
       const position& from, const position& to, std::int64_t events) = 0;

  /// Stores a batch in one transaction. `errc::statement_failed`,
  /// `errc::invalid` or `errc::schema_mismatch` if the server refuses a row or
  /// a statement; `errc::in_doubt` if the commit was not answered: `open` tells
  /// then what became of it.
  [[nodiscard]] virtual result<void> commit(const projected_batch& batch) = 0;

  /// Of all partitions. Asks for no lease: whoever has it notices.
  /// `errc::not_found` if there is no such subscription.
  [[nodiscard]] virtual result<void> set_state(std::string_view name,
                                               subscription_state state,
                                               std::string_view error) = 0;

  /// In the order of names and partitions.
  [[nodiscard]] virtual result<std::vector<subscription_status>> list() = 0;

  /// In the order of positions, at most `limit`.
  [[nodiscard]] virtual result<std::vector<dead_letter>>
  list_dead_letters(std::string_view name, std::size_t limit) = 0;

  /// Forgets a subscription with its checkpoints and dead letters; it begins
  /// anew when it is opened again. Does nothing if there is none.
  [[nodiscard]] virtual result<void> forget(std::string_view name) = 0;

  // -- rebuilding -------------------------------------------------------------

  /// Makes empty tables like the projection's, with `suffix` behind their
  /// names, unless they are there.
  [[nodiscard]] virtual result<void>
  make_shadow(std::span<const projection_table* const> tables,
              std::string_view suffix) = 0;

  /// Makes those indexes of the shadow that cost no more early than late, as
  /// long as `tend_shadow` does, beside those who write rows, what they put
  /// off. Whether there are any. `lease` is the shadow's.
  [[nodiscard]] virtual result<bool>
  index_shadow_early(std::span<const projection_table* const> tables,
                     std::string_view suffix, const held_lease& lease) = 0;

  /// Does what indexes of the shadow have put off. Without it they do so
  /// themselves in the end, while somebody waits.
  [[nodiscard]] virtual result<void>
  tend_shadow(std::span<const projection_table* const> tables,
              std::string_view suffix) = 0;

  /// In one transaction: makes the indexes that the shadow still lacks, and
  /// puts its tables in the place of the projection's, and its checkpoint in
  /// the place of all checkpoints of `live`; then forgets the shadow's
  /// subscription. `lease` is the shadow's.
  [[nodiscard]] virtual result<void>
  swap_shadow(std::span<const projection_table* const> tables,
              std::string_view suffix, std::string_view live,
              const subscription_key& shadow, const held_lease& lease) = 0;

  /// Drops the shadow's tables and forgets its subscription.
  [[nodiscard]] virtual result<void>
  drop_shadow(std::span<const projection_table* const> tables,
              std::string_view suffix, std::string_view shadow) = 0;
};

/// What is wrong with a key, if anything: `errc::invalid`.
[[nodiscard]] result<void> check_key(const subscription_key& key);

/// Somebody else moved the checkpoint: `errc::conflict`.
[[nodiscard]] error moved_checkpoint(const subscription_key& key);

} // namespace es::store
