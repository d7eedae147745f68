#pragma once

#include "eventsource/actors/settings.hpp"
#include "eventsource/store/append.hpp"
#include "eventsource/store/event_store.hpp"
#include "eventsource/store/prepared_batch.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace es::actors {

/// Appends that are written together.
struct append_batch {
  std::vector<store::append_request> requests;
  std::size_t bytes = 0;
  /// What the store made ready of these very requests; may be null.
  std::unique_ptr<store::prepared_batch> prepared{};
};

/// The appends that wait for a writer, in batches of bounded size: the last one
/// is open, those before it are closed. Its persistence actor fills and empties
/// it. While a batch commits, the worker that wrote it closes the next one and
/// prepares it, so that the server need not wait for that afterwards.
///
/// Thread-safe, where nothing else is said.
class append_queue {
public:
  explicit append_queue(const settings::persistence_settings& how) : how_(how) {
    // nop
  }

  /// By the persistence actor. Whether these are the first of a batch.
  bool push(store::append_request&& request, std::size_t bytes);

  /// Whether nothing can join the next batch any more.
  [[nodiscard]] bool is_next_closed() const;

  /// The next batch; there is one. By the persistence actor, and not while a
  /// worker prepares.
  [[nodiscard]] std::shared_ptr<append_batch> pop();

  /// By the worker: prepares the next batch, if it is closed or has at least
  /// `prepare_appends_min` appends, and then closes it. Throws nothing: what
  /// could not be prepared can still be written.
  void prepare_next(store::event_store& store) noexcept;

private:
  struct entry {
    std::shared_ptr<append_batch> batch;
    bool closed = false;
  };

  [[nodiscard]] bool is_full(const append_batch& batch) const noexcept;
  /// The next batch, if it is worth preparing, closed.
  [[nodiscard]] std::shared_ptr<append_batch> close_next();

  const settings::persistence_settings how_;
  mutable std::mutex mutex_;
  std::deque<entry> entries_;
  /// What the last batch had: the next one will have about as many.
  std::size_t usual_size_ = 0;
};

} // namespace es::actors
