#include "eventsource/actors/outbox_relay.hpp"

#include "eventsource/actors/log.hpp"

#include <algorithm>
#include <utility>

namespace es::actors {

namespace {

using std::chrono::milliseconds;

/// One is being noted, one waits for it.
constexpr std::size_t settlements_max = 2;
constexpr std::size_t purge_rows_max = 2'000;
constexpr milliseconds purge_interval{60'000};
constexpr milliseconds purge_again_after{1'000};

} // namespace

outbox_relay::outbox_relay(caf::actor_config& config, options how,
                           caf::actor loader, caf::actor worker,
                           caf::actor publisher)
  : caf::event_based_actor(config), how_(std::move(how)),
    lease_name_("outbox " + std::to_string(how_.part.index + 1) + "/"
                + std::to_string(how_.part.count)),
    loader_(std::move(loader)), worker_(std::move(worker)),
    publisher_(std::move(publisher)),
    random_(static_cast<std::minstd_rand::result_type>(how_.seed)) {
  // nop
}

caf::behavior outbox_relay::make_behavior() {
  const auto now = clock().now();
  poll_at_ = now + how_.how.poll_interval;
  hold_at_ = now;
  purge_at_ = now + purge_again_after;
  compat::tell_anonymously(caf::actor_cast<caf::actor>(this), outbox_filled{});
  return {
    [this](outbox_filled) {
      more_ = true;
      was_filled_ = true;
      on_tick();
    },
    [this](relay_tick tick) {
      if (timer_.fired(tick))
        on_tick();
    },
    [this](get_relay_status) {
      auto answer = status_;
      answer.active = is_active();
      return answer;
    },
    [this](stop) { return on_stop(); },
  };
}

void outbox_relay::on_exit() {
  answer_stop();
  // Detached actors would wait for ever.
  for (auto* servant : {&loader_, &worker_, &publisher_}) {
    if (*servant)
      caf::anon_send_exit(*servant, caf::exit_reason::user_shutdown);
    *servant = nullptr;
  }
}

// -- the lease ----------------------------------------------------------------

void outbox_relay::hold() {
  if (is_holding_ || stopping_)
    return;
  is_holding_ = true;
  const auto until = clock().now() + how_.how.lease_duration;
  compat::ask(
    this, worker_, caf::infinite,
    hold_lease{lease_name_, how_.owner, how_.how.lease_duration, lease_})
    .then(
      [this, until](lease_held& held) {
        is_holding_ = false;
        on_held(std::move(held.lease), until);
        work();
      },
      [this](const caf::error& e) {
        is_holding_ = false;
        log().warn("{}: no lease: {}", lease_name_,
                   to_string(from_caf(system(), e)));
        work();
      });
}

void outbox_relay::on_held(std::optional<store::held_lease> lease,
                           time_point until) {
  if (!lease) {
    if (lease_)
      lose_lease();
    return;
  }
  if (!lease_)
    log().info("{}: relaying", lease_name_);
  lease_ = std::move(lease);
  lease_until_ = until;
}

void outbox_relay::lose_lease() {
  log().warn("{}: another process relays now", lease_name_);
  ++term_;
  lease_.reset();
  loaded_.clear();
  publishing_.reset();
  settlements_.clear();
  is_loading_ = false;
  is_settling_ = false;
  begin_anew();
}

bool outbox_relay::is_active() const {
  return !how_.how.ordered || (lease_ && clock().now() < lease_until_);
}

// -- a batch's way ------------------------------------------------------------

void outbox_relay::work() {
  settle();
  publish();
  load();
  stop_if_done();
  arm();
}

void outbox_relay::load() {
  const auto now = clock().now();
  const bool is_busy = publishing_ || !settlements_.empty();
  if (stopping_ || is_loading_ || !loaded_.empty() || !more_ || !is_active()
      || now < publisher_rest_.until || now < store_rest_.until
      || (drain_first_ && is_busy))
    return;
  is_loading_ = true;
  was_filled_ = false;
  drain_first_ = false;
  load_outbox question{how_.part, cursor_, how_.how.batch_events_max};
  if (!how_.how.ordered)
    question.claim_for = how_.how.lease_duration;
  compat::ask(this, loader_, caf::infinite, std::move(question))
    .then(
      [this, term = term_](outbox_loaded& answer) {
        if (term != term_)
          return;
        is_loading_ = false;
        store_rest_ = {};
        on_loaded(std::move(answer.events));
        work();
      },
      [this, term = term_](const caf::error& e) {
        if (term != term_)
          return;
        is_loading_ = false;
        log().warn("{}: can't read the outbox: {}", lease_name_,
                   to_string(from_caf(system(), e)));
        begin_anew();
        drop_load_ = false;
        pause(store_rest_);
        work();
      });
}

void outbox_relay::on_loaded(std::vector<loaded_event> page) {
  if (std::exchange(drop_load_, false))
    return;
  const bool is_full = page.size() >= how_.how.batch_events_max;
  const bool was_from_start = cursor_.aggregate_id.empty();
  if (is_full && how_.how.ordered) {
    const auto& last = page.back().content.event;
    cursor_ = {last.aggregate_id, last.version};
  } else {
    // The end of a sweep: the next one finds what came behind it.
    cursor_ = {};
    drain_first_ = how_.how.ordered;
    more_ = was_filled_ || !page.empty() || !was_from_start;
  }
  loaded_ = std::move(page);
}

void outbox_relay::publish() {
  // The outcomes need a place.
  if (loaded_.empty() || publishing_ || settlements_.size() >= settlements_max
      || stopping_ || !is_active() || clock().now() < publisher_rest_.until)
    return;
  publishing_.emplace(std::move(loaded_), how_.how.ordered);
  loaded_.clear();
  if (publishing_->content()->empty()) {
    on_published({});
    settle();
    return;
  }
  compat::ask(this, publisher_, caf::infinite,
              publish_events{publishing_->content()})
    .then(
      [this, term = term_](events_published& answer) {
        if (term != term_)
          return;
        on_published(std::move(answer.outcomes));
        work();
      },
      [this, term = term_](const caf::error& e) {
        if (term != term_)
          return;
        auto why = from_caf(system(), e);
        why.code = errc::unavailable;
        on_published({publishing_->content()->size(), tl::unexpected(why)});
        work();
      });
}

void outbox_relay::on_published(std::vector<result<void>> outcomes) {
  auto verdict = publishing_->judge(std::move(outcomes));
  publishing_.reset();
  status_.published += verdict.published.size();
  if (!verdict.published.empty() || !verdict.failed.empty()) {
    auto& settlement = settlements_.emplace_back();
    settlement.lease = lease_;
    settlement.published = std::move(verdict.published);
    for (const auto& failed : verdict.failed)
      note_failure(failed);
  }
  if (how_.how.ordered && (!verdict.failed.empty() || verdict.outage))
    begin_anew();
  if (verdict.outage) {
    if (!status_.outage)
      log().warn("{}: nothing can be published: {}", lease_name_,
                 to_string(*verdict.outage));
    pause(publisher_rest_);
    more_ = true;
  } else {
    publisher_rest_ = {};
  }
  status_.outage = std::move(verdict.outage);
}

void outbox_relay::settle() {
  if (settlements_.empty() || is_settling_ || clock().now() < store_rest_.until)
    return;
  is_settling_ = true;
  compat::ask(this, worker_, caf::infinite, settle_outbox{settlements_.front()})
    .then(
      [this, term = term_](outbox_settled) {
        if (term != term_)
          return;
        is_settling_ = false;
        store_rest_ = {};
        settlements_.pop_front();
        work();
      },
      [this, term = term_](const caf::error& e) {
        if (term != term_)
          return;
        is_settling_ = false;
        on_settle_failed(from_caf(system(), e));
        work();
      });
}

void outbox_relay::on_settle_failed(const error& why) {
  if (why.code == errc::conflict && lease_) {
    lose_lease();
    return;
  }
  log().warn("{}: can't note what was published: {}", lease_name_,
             to_string(why));
  // Who stops does not wait for the database: it is published once more.
  if (stopping_)
    settlements_.clear();
  else
    pause(store_rest_);
}

void outbox_relay::begin_anew() {
  loaded_.clear();
  drop_load_ = is_loading_;
  cursor_ = {};
  drain_first_ = true;
  more_ = true;
}

// -- failures -----------------------------------------------------------------

void outbox_relay::note_failure(const relay_batch::failure& failed) {
  const auto attempts = failed.attempts + 1;
  ++status_.failed_attempts;
  store::outbox_failure noted{.event_id = failed.event_id,
                              .reason = to_string(failed.why)};
  if (attempts < how_.how.attempts_max) {
    noted.retry_after = backoff(attempts);
  } else {
    ++status_.dead;
    log().error("{}: event {} is a dead letter after {} attempts: {}; see "
                "`esctl outbox list`",
                lease_name_, failed.event_id, attempts, noted.reason);
  }
  settlements_.back().failed.push_back(std::move(noted));
}

void outbox_relay::pause(rest& what) {
  what.until = clock().now() + backoff(++what.failures);
}

/// Doubles with each failure up to the bound; a half of it is left to chance,
/// so that those who failed together do not come back together.
milliseconds outbox_relay::backoff(int failures) {
  auto delay = how_.how.retry_delay_min;
  for (int i = 1; i < failures && delay < how_.how.retry_delay_max; ++i)
    delay *= 2;
  delay = std::min(delay, how_.how.retry_delay_max);
  std::uniform_int_distribution<std::int64_t> chance(delay.count() / 2,
                                                     delay.count());
  return milliseconds(std::max<std::int64_t>(1, chance(random_)));
}

// -- time and the end ---------------------------------------------------------

void outbox_relay::on_tick() {
  const auto now = clock().now();
  if (now >= poll_at_) {
    poll_at_ = now + how_.how.poll_interval;
    more_ = true;
    was_filled_ = true;
  }
  if (how_.how.ordered && now >= hold_at_) {
    hold_at_ = now + how_.how.lease_duration / 3;
    hold();
  }
  if (now >= purge_at_)
    purge();
  work();
}

void outbox_relay::arm() {
  const auto now = clock().now();
  auto due = std::min(poll_at_, purge_at_);
  if (how_.how.ordered)
    due = std::min(due, hold_at_);
  for (const auto& resting : {store_rest_, publisher_rest_})
    if (resting.until > now)
      due = std::min(due, resting.until);
  if (timer_.armed() && armed_for_ <= due)
    return;
  armed_for_ = due;
  timer_.start(this, std::max(due - now, time_point::duration{1}));
}

void outbox_relay::purge() {
  purge_at_ = clock().now() + purge_interval;
  // One of all partitions is enough.
  if (how_.how.keep_published.count() == 0 || how_.part.index > 0 || stopping_)
    return;
  compat::ask(this, worker_, caf::infinite,
              purge_outbox{how_.how.keep_published, purge_rows_max})
    .then(
      [this](outbox_purged purged) {
        if (purged.rows < purge_rows_max)
          return;
        purge_at_ = clock().now() + purge_again_after;
        arm();
      },
      [this](const caf::error& e) {
        log().warn("{}: can't purge the outbox: {}", lease_name_,
                   to_string(from_caf(system(), e)));
      });
}

caf::result<stopped> outbox_relay::on_stop() {
  stopping_ = true;
  auto answer = make_response_promise<stopped>();
  stop_answers_.push_back(answer);
  loaded_.clear();
  work();
  return answer;
}

void outbox_relay::stop_if_done() {
  if (!stopping_ || publishing_ || !settlements_.empty() || is_releasing_)
    return;
  if (!lease_) {
    answer_stop();
    quit();
    return;
  }
  is_releasing_ = true;
  auto done = [this] {
    answer_stop();
    quit();
  };
  compat::ask(this, worker_, caf::infinite, release_lease{*lease_})
    .then([done](lease_held&) { done(); },
          [done](const caf::error&) { done(); });
}

// A promise keeps its own actor alive: none may stay behind.
void outbox_relay::answer_stop() {
  for (auto& answer : stop_answers_)
    answer.deliver(stopped{});
  stop_answers_.clear();
}

} // namespace es::actors
