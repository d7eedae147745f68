// What an aggregate does about commands that were executed before.

#include "eventsource/actors/aggregate_actor.hpp"

#include <unordered_map>

namespace es::actors {

bool aggregate_actor::may_be_repeat(const pending_command& rejected) const {
  const auto& flown = rejected.in_air;
  return flown.what == flight::kind::rejection && !flown.is_looked_up
         && rejected.options.command_id && rejected.counted && !diverged_;
}

bool aggregate_actor::should_look_up(const pending_command& item) const {
  return expects_repeats_ && item.options.command_id && !item.is_looked_up;
}

void aggregate_actor::look_up() {
  if (std::exchange(looking_up_, true))
    return;
  std::vector<std::string> ids;
  std::uint64_t front = 0;
  if (!flights_.empty() && may_be_repeat(flights_.front())) {
    front = flights_.front().in_air.ticket;
    ids.push_back(*flights_.front().options.command_id);
  }
  for (const auto* waiting : {&again_, &queue_})
    for (const auto& item : *waiting)
      if (item.options.command_id && !item.is_looked_up)
        ids.push_back(*item.options.command_id);
  compat::ask(this, env_->reader_of(id_), caf::infinite,
              find_receipts{id_, ids})
    .then(
      [this, front, ids](receipts_found& found) {
        looked_up(front, ids, std::move(found.first));
      },
      [this, front, ids](const caf::error& e) {
        looked_up(front, ids, tl::unexpected(from_caf(system(), e)));
      });
}

void aggregate_actor::looked_up(
  std::uint64_t front, const std::vector<std::string>& ids,
  result<std::vector<std::optional<receipt>>> found) {
  looking_up_ = false;
  std::unordered_map<std::string_view, std::optional<receipt>> first_of;
  if (found)
    for (std::size_t i = 0; i < ids.size(); ++i)
      first_of.emplace(ids[i], std::move((*found)[i]));
  // If nobody knows, the store will tell when it is asked to append.
  expects_repeats_ =
    std::ranges::any_of(first_of, [](const auto& entry) -> bool {
      return entry.second.has_value();
    });
  for (auto* waiting : {&again_, &queue_})
    for (auto& item : *waiting) {
      if (!item.options.command_id)
        continue;
      if (auto i = first_of.find(*item.options.command_id);
          i != first_of.end()) {
        item.is_looked_up = true;
        if (i->second)
          item.foregone = std::make_unique<store::append_outcome>(
            store::append_outcome::duplicate(*i->second));
      }
    }
  // Its deadline may have answered it; nothing has passed it if not.
  if (!flights_.empty() && flights_.front().in_air.ticket == front) {
    auto& rejected = flights_.front().in_air;
    rejected.is_looked_up = true;
    if (!found) {
      *rejected.outcome = store::append_outcome::refused(found.error());
    } else if (auto& first = first_of.find(ids.front())->second) {
      rejected.what = flight::kind::repeat;
      *rejected.outcome = store::append_outcome::duplicate(std::move(*first));
    }
  }
  work();
}

void aggregate_actor::acknowledge_repeat(pending_command& item) {
  auto& first = item.in_air.outcome->receipt;
  // Stored by an earlier incarnation, after this one had recovered.
  if (first.version > state_.version)
    drain(true);
  answer(item, std::move(first));
}

} // namespace es::actors
