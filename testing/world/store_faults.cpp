#include "eventsource/testing/world/store_faults.hpp"

#include "eventsource/testing/specification_failed.hpp"

#include <string>

namespace es::testing {

namespace {

using store::append_outcome;
using store::append_request;

error in_doubt() {
  return {errc::in_doubt, "the connection broke during the commit"};
}

error full() {
  return {errc::unavailable, "the server's disk is full. Free disk space on "
                             "the server; nothing was changed."};
}

std::vector<append_outcome> refuse_all(std::span<const append_request> batch,
                                       const error& why) {
  return {batch.size(), append_outcome::refused(why)};
}

store_faults::script take(std::map<std::size_t, store_faults::script>& from,
                          std::size_t n) {
  auto found = from.extract(n);
  return found ? std::move(found.mapped()) : store_faults::script{};
}

} // namespace

error store_faults::away() {
  return {errc::unavailable, "the database is away"};
}

// -- asking for faults --------------------------------------------------------

store_faults::script& store_faults::commit_script(std::size_t n) {
  if (n == 0)
    throw specification_failed("commits are counted from 1, the next one");
  return commit_scripts_[commits_ + n];
}

store_faults::script& store_faults::load_script(std::size_t n) {
  if (n == 0)
    throw specification_failed("loads are counted from 1, the next one");
  return load_scripts_[loads_ + n];
}

void store_faults::fail_commit(std::size_t n, error why) {
  commit_script(n).refusal = std::move(why);
}

void store_faults::delay_commit(std::size_t n, std::chrono::nanoseconds by) {
  commit_script(n).delay = by;
}

void store_faults::lose_commit(std::size_t n) {
  fail_commit(n, in_doubt());
}

void store_faults::lose_commit_answer(std::size_t n) {
  commit_script(n).answer_is_lost = true;
}

void store_faults::before_commit(std::size_t n, std::function<void()> what) {
  commit_script(n).before.push_back(std::move(what));
}

void store_faults::fail_load(std::size_t n, error why) {
  load_script(n).refusal = std::move(why);
}

void store_faults::delay_load(std::size_t n, std::chrono::nanoseconds by) {
  load_script(n).delay = by;
}

void store_faults::before_load(std::size_t n, std::function<void()> what) {
  load_script(n).before.push_back(std::move(what));
}

void store_faults::begin_outage() {
  away_ = true;
}

void store_faults::end_outage() {
  away_ = false;
}

void store_faults::fill_up(std::size_t events_left) {
  events_left_ = events_left;
}

void store_faults::make_room() {
  events_left_.reset();
}

// -- striking -----------------------------------------------------------------

store_faults::script store_faults::begin_commit() {
  return take(commit_scripts_, ++commits_);
}

store_faults::script store_faults::begin_load() {
  return take(load_scripts_, ++loads_);
}

std::optional<error> store_faults::outage() const {
  return away_ ? std::optional{away()} : std::nullopt;
}

std::vector<append_outcome>
store_faults::commit(const script& how, store::event_store& to,
                     std::span<const append_request> batch) {
  for (const auto& step : how.before)
    step();
  if (auto why = outage())
    return refuse_all(batch, *why);
  if (how.refusal)
    return refuse_all(batch, *how.refusal);
  std::size_t events = 0;
  for (const auto& append : batch)
    events += append.events.size();
  if (events_left_ && events > *events_left_)
    return refuse_all(batch, full());
  auto outcomes = to.write(batch);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto& outcome = outcomes[i];
    if (outcome.what != append_outcome::kind::committed)
      continue;
    if (events_left_)
      *events_left_ -= batch[i].events.size();
    if (how.answer_is_lost)
      outcome = append_outcome::refused(in_doubt());
  }
  return outcomes;
}

result<std::vector<store::recovery_page>>
store_faults::load(const script& how, store::event_store& from,
                   std::span<const store::recovery_request> requests,
                   std::size_t events_per_page) {
  for (const auto& step : how.before)
    step();
  if (auto why = outage())
    return tl::unexpected(std::move(*why));
  if (how.refusal)
    return tl::unexpected(*how.refusal);
  return from.recover(requests, events_per_page);
}

} // namespace es::testing
