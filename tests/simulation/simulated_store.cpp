#include "eventsource/tests/simulation/simulated_store.hpp"

#include "eventsource/tests/simulation/ledger.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace es::simulation {

namespace {

using store::append_outcome;
using store::append_request;

std::vector<append_outcome> refuse_all(std::span<const append_request> batch,
                                       const error& why) {
  return {batch.size(), append_outcome::refused(why)};
}

error away() {
  return {errc::unavailable, "the simulated database is away"};
}

error unknown() {
  return {errc::in_doubt, "the simulated connection broke during the commit"};
}

bool is_poisoned(const append_request& x) {
  return std::any_of(x.statements.begin(), x.statements.end(),
                     [](const statement& own) { return own.sql == poison; });
}

std::string describe(std::span<const append_request> batch) {
  std::string text;
  for (const auto& x : batch)
    text += " " + x.aggregate_id + "@" + std::to_string(x.expected_version)
            + "+" + std::to_string(x.events.size())
            + (x.command_id ? " id " + *x.command_id : "") + ";";
  return text;
}

std::string describe(const std::vector<append_outcome>& outcomes) {
  std::string text;
  for (const auto& x : outcomes) {
    if (x.what == append_outcome::kind::committed)
      text += " committed";
    else if (x.what == append_outcome::kind::duplicate)
      text += " duplicate";
    else
      text += " " + std::string(to_string(x.error.code));
    if (x.ok())
      text += "@" + std::to_string(x.receipt.version);
    text += ";";
  }
  return text;
}

} // namespace

simulated_store::simulated_store(const store_faults& faults, std::uint64_t seed,
                                 surroundings around, trace& lines)
  : memory_store(around.wall_clock), faults_(faults), random_(seed),
    around_(std::move(around)), trace_(lines) {
  // nop
}

bool simulated_store::strikes(std::uint64_t per_mille) {
  if (per_mille == 0 || !random_.chance(per_mille))
    return false;
  ++faults_injected_;
  return true;
}

std::vector<append_outcome>
simulated_store::write(std::span<const append_request> batch) {
  const auto now = around_.now();
  trace_.note(now, [&] { return "  store: write" + describe(batch); });
  if (now < outage_until_ || strikes(faults_.unavailable)) {
    trace_.note(now, [] { return "  store: away"; });
    return refuse_all(batch, away());
  }
  if (strikes(faults_.request_lost)) {
    trace_.note(now, [] { return "  store: request lost"; });
    return refuse_all(batch, unknown());
  }
  if (strikes(faults_.stored_late)) {
    trace_.note(now, [] { return "  store: in doubt, stored later"; });
    const auto delay = moment{
      1
      + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(
        std::max(faults_.delay_max, moment{1}).count())))};
    late_.emplace(now + delay,
                  std::vector<append_request>{batch.begin(), batch.end()});
    return refuse_all(batch, unknown());
  }
  if (strikes(faults_.exception)) {
    trace_.note(now, [] { return "  store: throws"; });
    throw std::runtime_error("simulated exception of the store");
  }
  if (strikes(faults_.foreign_writer))
    around_.foreign_append(batch[random_.below(batch.size())].aggregate_id);
  auto outcomes = write_good_ones(batch);
  around_.wrote(batch);
  trace_.note(now, [&] { return "  store:" + describe(outcomes); });
  if (strikes(faults_.answer_lost)) {
    trace_.note(now, [] { return "  store: answer lost"; });
    for (auto& outcome : outcomes)
      if (outcome.what == append_outcome::kind::committed)
        outcome = append_outcome::refused(unknown());
  }
  return outcomes;
}

std::vector<append_outcome>
simulated_store::write_good_ones(std::span<const append_request> batch) {
  if (std::none_of(batch.begin(), batch.end(), is_poisoned))
    return memory_store::write(batch);
  // As the contract of stores has it: what follows a refused append of the same
  // aggregate conflicts, whatever is stored by then.
  std::set<std::string> broken;
  std::vector<append_request> good;
  std::vector<std::optional<error>> refused;
  for (const auto& x : batch) {
    if (broken.contains(x.aggregate_id)) {
      refused.emplace_back(error{errc::conflict, "what it follows is missing"});
    } else if (is_poisoned(x)) {
      broken.insert(x.aggregate_id);
      refused.emplace_back(error{errc::statement_failed, "division by zero"});
    } else {
      good.push_back(x);
      refused.emplace_back();
    }
  }
  auto stored = memory_store::write(good);
  std::vector<append_outcome> outcomes;
  auto next = stored.begin();
  for (auto& why : refused)
    outcomes.push_back(why ? append_outcome::refused(std::move(*why))
                           : std::move(*next++));
  return outcomes;
}

std::vector<append_outcome>
simulated_store::write_as_is(std::span<const append_request> batch) {
  auto outcomes = write_good_ones(batch);
  around_.wrote(batch);
  return outcomes;
}

std::optional<error> simulated_store::read_failure(const char* what) {
  const auto now = around_.now();
  trace_.note(now, [&] { return std::string("  store: ") + what; });
  if (now >= outage_until_ && !strikes(faults_.unreadable))
    return std::nullopt;
  trace_.note(now, [] { return "  store: away"; });
  return away();
}

result<std::vector<store::recovery_page>>
simulated_store::recover(std::span<const store::recovery_request> requests,
                         std::size_t events_per_page) {
  if (auto why = read_failure("recover"))
    return tl::unexpected(std::move(*why));
  return memory_store::recover(requests, events_per_page);
}

result<std::vector<std::optional<receipt>>>
simulated_store::find_receipts(std::string_view aggregate_id,
                               std::span<const std::string> command_ids) {
  if (auto why = read_failure("find receipts"))
    return tl::unexpected(std::move(*why));
  return memory_store::find_receipts(aggregate_id, command_ids);
}

// -- for the simulation -------------------------------------------------------

moment simulated_store::draw_delay() {
  if (!strikes(faults_.slow))
    return moment{0};
  return moment{static_cast<std::int64_t>(
    random_.below(static_cast<std::uint64_t>(faults_.delay_max.count())))};
}

void simulated_store::heal() {
  faults_ = {};
  outage_until_ = {};
  for (auto& [when, batch] : std::exchange(late_, {}))
    write_as_is(batch);
}

std::optional<moment> simulated_store::next_due() const {
  if (late_.empty())
    return std::nullopt;
  return late_.begin()->first;
}

void simulated_store::write_what_is_due() {
  const auto now = around_.now();
  while (!late_.empty() && late_.begin()->first <= now) {
    auto batch = std::move(late_.begin()->second);
    late_.erase(late_.begin());
    trace_.note(now, [&] { return "  store: stored late" + describe(batch); });
    write_as_is(batch);
  }
}

} // namespace es::simulation
