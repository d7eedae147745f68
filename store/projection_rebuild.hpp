#pragma once

#include "eventsource/store/projector.hpp"
#include "eventsource/store/written_rows.hpp"

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace es::store {

/// Makes the rows of a projection anew, in tables beside the old ones, which
/// serve meanwhile; then puts them in the place of the old ones in one
/// transaction. Whoever projects goes on from there. One process at a time
/// rebuilds a projection, by a lease; one that is killed leaves everything
/// where the next one goes on. Needs the right to make and drop tables. Blocks;
/// used by one thread at a time; while a page is written the next one is
/// handled and the one behind it read, by threads and over connections of their
/// own. Memory: about three pages, and 8 MiB to know which rows are new.
class projection_rebuild {
public:
  struct options {
    /// Of the lease: unique to this process.
    std::string owner;
    std::chrono::milliseconds lease_duration{30'000};
    std::size_t page_events_max = 20'000;
    /// Whether events that fail are recorded as dead letters; otherwise the
    /// rebuild fails with the first.
    bool skips_failing_events = false;
  };

  struct progress {
    /// Events done, those of earlier runs included.
    std::int64_t events = 0;
    /// About how many there are.
    std::int64_t total = 0;
    std::int64_t skipped = 0;
    /// Whether the new rows serve.
    bool finished = false;
  };

  /// Begins, or goes on where another one was interrupted. `errc::conflict` if
  /// another one runs.
  [[nodiscard]] static result<projection_rebuild>
  begin(event_store& store, std::shared_ptr<const async_projection> what,
        options how);

  /// How far it is.
  [[nodiscard]] const progress& where() const noexcept {
    return progress_;
  }

  /// One page further; the last one swaps.
  [[nodiscard]] result<progress> step();

  /// Gives the lease back and leaves the rest for the next one.
  void interrupt();

  /// Gives up what was rebuilt so far.
  [[nodiscard]] static result<void> discard(event_store& store,
                                            const async_projection& what);

  /// The subscription that a rebuild is while it runs.
  [[nodiscard]] static std::string name_of(const async_projection& what);

private:
  /// A page that was read ahead, and what the handlers made of it.
  struct prepared_page {
    /// All but its key, its lease and its place.
    projected_batch batch{};
    bool more = false;
    /// Nothing, or why somebody has to look at its events one by one.
    std::optional<error> failure{};
    /// The page behind it.
    std::future<result<log_page>> next{};
  };

  projection_rebuild(event_store& store,
                     std::shared_ptr<const async_projection> what, options how,
                     held_lease lease, const checkpoint& found);

  /// What these need is given, since they run while this may be moved.
  static std::future<result<log_page>>
  read(event_store& store, std::shared_ptr<const async_projection> what,
       const position& from, std::size_t limit);
  static std::future<prepared_page>
  prepare(event_store& store, std::shared_ptr<const async_projection> what,
          const position& from, std::size_t limit,
          std::shared_ptr<written_rows> written,
          std::future<result<log_page>> reading);
  void read_ahead();
  /// Makes the indexes that better come early, if the first page shows that.
  [[nodiscard]] result<void> index_early(const std::vector<bool>& row_is_new);
  /// Lets somebody else do what indexes put off, unless somebody does already.
  void tend();
  [[nodiscard]] result<progress> write_ahead();
  [[nodiscard]] result<progress> go_carefully();
  [[nodiscard]] result<progress> swap();

  event_store* store_;
  std::shared_ptr<const async_projection> what_;
  options how_;
  held_lease lease_;
  position place_;
  progress progress_;
  /// The page behind `place_`, if its reading has begun.
  std::future<prepared_page> next_;
  /// What this has written, if it is all that the shadow tables have.
  std::shared_ptr<written_rows> written_;
  /// Whether indexes are there that put work off: those of an interrupted
  /// rebuild are not.
  bool tends_ = false;
  std::future<result<void>> tending_;
  /// Present up to `careful_to_`: finds the event that fails.
  std::optional<projector> projector_;
  position careful_to_{};
  bool skips_next_ = false;
};

} // namespace es::store
