#include "eventsource/actors/subscription_hub.hpp"

#include "eventsource/actors/ask_store.hpp"
#include "eventsource/actors/deadline.hpp"

#include <algorithm>
#include <utility>

namespace es::actors {

namespace {

/// How far the slowest partition has got; nothing if there is none.
std::optional<store::position>
slowest(const std::vector<store::subscription_status>& all,
        const std::string& name) {
  std::optional<store::position> result;
  std::uint32_t seen = 0;
  std::uint32_t count = 1;
  for (const auto& each : all) {
    if (each.key.name != name)
      continue;
    ++seen;
    count = each.key.part.count;
    if (!result || each.progress.at < *result)
      result = each.progress.at;
  }
  // A partition that never ran has got nowhere.
  return seen == count ? result : std::nullopt;
}

} // namespace

subscription_hub::subscription_hub(caf::actor_config& config,
                                   settings::subscription_settings how,
                                   bool sends_hints, caf::actor reader,
                                   std::shared_ptr<commit_bell> bell)
  : caf::event_based_actor(config), how_(how), sends_hints_(sends_hints),
    reader_(std::move(reader)), bell_(std::move(bell)) {
  // Of no use to anybody yet, unless it has to send hints.
  if (sends_hints_)
    bell_->listen();
}

caf::behavior subscription_hub::make_behavior() {
  return {
    [this](events_committed) { on_committed(); },
    [this](events_hinted) { wake_all(true); },
    [this](checkpoint_moved) { look(); },
    [this](join_hub) { on_join(); },
    [this](await_reached& message) { return on_await(message); },
    [this](hub_tick tick) {
      if (timer_.fired(tick))
        on_tick();
    },
    [this](hint_tick tick) {
      if (hint_timer_.fired(tick))
        on_hint_tick();
    },
  };
}

void subscription_hub::on_exit() {
  for (auto& each : waits_)
    each.answer.deliver(
      to_caf({errc::unavailable, "the runtime is stopping; the event is "
                                 "stored"}));
  waits_.clear();
  members_.clear();
  reader_ = nullptr;
}

// -- handlers -----------------------------------------------------------------

void subscription_hub::on_committed() {
  // Before it wakes them: what is committed meanwhile they see now, or are told
  // of again. Without them there is time until the next hint.
  if (members_.empty())
    bell_->catch_up();
  else
    bell_->listen();
  wake_all(true);
  if (!sends_hints_)
    return;
  hint_due_ = true;
  if (!sending_ && !hint_timer_.armed())
    send_hint();
}

void subscription_hub::on_hint_tick() {
  if (bell_->listen() || hint_due_)
    send_hint();
}

void subscription_hub::on_join() {
  auto member = caf::actor_cast<caf::actor>(current_sender());
  if (!member)
    return;
  members_.push_back(member);
  // It may have looked before the last commit, of which nobody was told.
  bell_->listen();
  compat::tell(this, member, wake{true});
  watch_.watch(member, [this, address = member.address()](const caf::error&) {
    std::erase_if(members_,
                  [&](const auto& each) { return each.address() == address; });
  });
  keep_ticking();
}

void subscription_hub::on_tick() {
  wake_all(false);
  end_late_ones();
  look();
  keep_ticking();
}

caf::result<reached> subscription_hub::on_await(await_reached& message) {
  if (waits_.size() >= how_.waits_max)
    return to_caf({errc::overloaded,
                   std::to_string(waits_.size())
                     + " callers wait for subscriptions; try again later or "
                       "raise subscriptions.waits_max"});
  auto answer = make_response_promise<reached>();
  const auto deadline = deadline_after(clock().now(), message.timeout);
  waits_.push_back({std::move(message), answer, deadline});
  keep_ticking();
  look();
  return answer;
}

// -- waking -------------------------------------------------------------------

void subscription_hub::wake_all(bool has_events) {
  for (const auto& each : members_)
    compat::tell(this, each, wake{has_events});
}

void subscription_hub::send_hint() {
  hint_due_ = false;
  sending_ = true;
  ask_store(
    this, reader_,
    [](store::event_store& store) { return store.log().send_hint(); },
    [this](const result<void>&) {
      // Whoever missed it polls.
      sending_ = false;
      hint_timer_.start(this, how_.hint_interval);
    });
}

void subscription_hub::keep_ticking() {
  if (!timer_.armed() && !(members_.empty() && waits_.empty()))
    timer_.start(this, how_.poll_interval);
}

// -- waits --------------------------------------------------------------------

void subscription_hub::look() {
  if (waits_.empty())
    return;
  if (looking_) {
    look_again_ = true;
    return;
  }
  looking_ = true;
  look_again_ = false;
  std::vector<std::pair<await_reached, std::optional<store::position>>> all;
  all.reserve(waits_.size());
  for (const auto& each : waits_)
    all.emplace_back(each.what, each.target);
  ask_store(
    this, reader_,
    [all = std::move(all)](store::event_store& store) -> result<progress> {
      progress seen;
      for (const auto& [what, known] : all) {
        if (known) {
          seen.targets.push_back(known);
          continue;
        }
        auto found = store.log().find_position(what.aggregate_id, what.version);
        if (!found)
          return tl::unexpected(found.error());
        seen.targets.push_back(*found);
      }
      auto list = store.subscriptions().list();
      if (!list)
        return tl::unexpected(list.error());
      seen.subscriptions = std::move(*list);
      return seen;
    },
    [this, asked = waits_.size()](result<progress> seen) {
      looking_ = false;
      if (seen)
        settle(*seen, asked);
      if (look_again_)
        look();
    });
}

void subscription_hub::settle(const progress& seen, std::size_t asked) {
  // New ones came behind those that were asked for; late ones may have gone.
  asked = std::min(asked, waits_.size());
  for (std::size_t i = asked; i > 0; --i) {
    auto& each = waits_[i - 1];
    each.target = seen.targets[i - 1];
    if (!each.target)
      each.answer.deliver(
        to_caf({errc::not_found, "there is no version "
                                   + std::to_string(each.what.version) + " of "
                                   + each.what.aggregate_id}));
    else if (auto place = slowest(seen.subscriptions, each.what.subscription);
             place && *place >= *each.target)
      each.answer.deliver(reached{});
    else
      continue;
    waits_.erase(waits_.begin() + static_cast<std::ptrdiff_t>(i - 1));
  }
}

void subscription_hub::end_late_ones() {
  // Places must stay those that the store was asked about.
  if (looking_)
    return;
  const auto now = clock().now();
  std::erase_if(waits_, [now](wait& each) {
    if (each.deadline > now)
      return false;
    each.answer.deliver(
      to_caf({errc::timeout,
              "the event is stored, but " + each.what.subscription
                + " has not got to version " + std::to_string(each.what.version)
                + " of " + each.what.aggregate_id + " within the time given"}));
    return true;
  });
}

} // namespace es::actors
