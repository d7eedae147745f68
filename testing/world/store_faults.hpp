#pragma once

#include "eventsource/store/memory/memory_store.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace es::testing {

/// What is to go wrong between a `test_runtime` and its store. Commits and
/// loads are counted from the call that asks for a fault: 1 is the next one. A
/// commit is one transaction with the appends of one or many commands, a load
/// one query that recovers one or many aggregates. Faults for different numbers
/// and of different kinds add up; each strikes once. What a test does to the
/// store itself meets no fault.
///
/// Used in the test's thread, like the whole world.
class store_faults {
public:
  // -- the n-th commit --------------------------------------------------------

  /// It is refused as a whole, and nothing is stored.
  void fail_commit(std::size_t n, error why = away());

  /// It begins so much later; the writer waits for it, as for a slow database.
  void delay_commit(std::size_t n, std::chrono::nanoseconds by);

  /// The connection breaks on the way there: nothing is stored, but nobody
  /// knows (`errc::in_doubt`).
  void lose_commit(std::size_t n);

  /// The connection breaks on the way back: all is stored, but nobody knows
  /// (`errc::in_doubt`).
  void lose_commit_answer(std::size_t n);

  /// Runs `what` right before it: a writer in another process that is faster
  /// (`test_runtime::append_foreign`), an aggregate that is damaged.
  void before_commit(std::size_t n, std::function<void()> what);

  // -- the n-th load ----------------------------------------------------------

  void fail_load(std::size_t n, error why = away());
  void delay_load(std::size_t n, std::chrono::nanoseconds by);
  void before_load(std::size_t n, std::function<void()> what);

  // -- until further notice ---------------------------------------------------

  /// The database is away: commits, loads and what subscriptions ask for fail
  /// with `errc::unavailable`. The outbox relay still reads.
  void begin_outage();
  void end_outage();

  /// So many more events find room; a commit that would need more is refused as
  /// by a full disk, with `errc::unavailable`.
  void fill_up(std::size_t events_left = 0);
  void make_room();

  // -- what has happened ------------------------------------------------------

  /// Commits and loads that the runtime has begun, those that failed included.
  [[nodiscard]] std::size_t commits() const noexcept {
    return commits_;
  }
  [[nodiscard]] std::size_t loads() const noexcept {
    return loads_;
  }

  /// `errc::unavailable`.
  [[nodiscard]] static error away();

  // -- for the kit's own store worker -----------------------------------------

  /// What is to happen to one call.
  struct script {
    std::chrono::nanoseconds delay{0};
    std::vector<std::function<void()>> before{};
    std::optional<error> refusal{};
    bool answer_is_lost = false;
  };

  [[nodiscard]] script begin_commit();
  [[nodiscard]] script begin_load();
  [[nodiscard]] std::vector<store::append_outcome>
  commit(const script& how, store::event_store& to,
         std::span<const store::append_request> batch);
  [[nodiscard]] result<std::vector<store::recovery_page>>
  load(const script& how, store::event_store& from,
       std::span<const store::recovery_request> requests,
       std::size_t events_per_page);
  [[nodiscard]] std::optional<error> outage() const;

private:
  using scripts = std::map<std::size_t, script>;

  script& commit_script(std::size_t n);
  script& load_script(std::size_t n);

  scripts commit_scripts_;
  scripts load_scripts_;
  std::size_t commits_ = 0;
  std::size_t loads_ = 0;
  bool away_ = false;
  /// Empty: as much as it likes.
  std::optional<std::size_t> events_left_;
};

} // namespace es::testing
