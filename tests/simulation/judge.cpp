#include "eventsource/tests/simulation/judge.hpp"

#include "eventsource/tests/simulation/ledger.hpp"

#include <algorithm>

namespace es::simulation {

namespace {

/// A caller waits no longer than its timeout and one tick of the router.
constexpr moment tick = std::chrono::milliseconds(2);

/// A damaged event that was read before its repair may be told of so much
/// later, the lags of messages included.
constexpr moment read_time = std::chrono::seconds(10);

std::string seconds(moment x) {
  return std::to_string(x.count() / 1'000'000) + " ms";
}

} // namespace

judge::judge(licence may, store::memory_store& store)
  : may_(std::move(may)), store_(store),
    shown_(may_.nodes, std::vector<version_t>(may_.ledgers.size(), 0)) {
  for (const auto& id : may_.ledgers)
    histories_.emplace_back(id);
}

void judge::object(std::string promise, std::string text) {
  if (!broken_)
    broken_ = finding{std::move(promise), std::move(text)};
}

std::string judge::name_of(const order_record& x) const {
  return to_string(x.what) + " at " + histories_[x.what.ledger].id();
}

// -- what happens -------------------------------------------------------------

std::size_t judge::add(order x) {
  by_tag_.emplace(x.tag, orders_.size());
  orders_.push_back({std::move(x)});
  return orders_.size() - 1;
}

std::size_t judge::sent(attempt x) {
  auto& to = orders_[x.order];
  ++to.attempts;
  ++to.open_attempts;
  const auto shown = shown_[x.node][to.what.ledger];
  waiting_.insert({x.deadline - excused_, false, attempts_.size()});
  const auto due = x.deadline;
  x.deadline -= excused_;
  attempts_.push_back({std::move(x), due, shown, to.stored.has_value()});
  return attempts_.size() - 1;
}

std::size_t judge::asked(std::size_t ledger, std::size_t node, moment now,
                         moment deadline) {
  waiting_.insert({deadline - excused_, true, questions_.size()});
  questions_.push_back({ledger, node, now, shown_[node][ledger]});
  question_deadlines_.push_back(deadline - excused_);
  return questions_.size() - 1;
}

void judge::close(moment deadline, bool is_question, std::size_t number) {
  waiting_.erase({deadline, is_question, number});
}

void judge::look_at(std::size_t ledger) {
  for (const auto& group : histories_[ledger].read(store_, broken_))
    take_group(ledger, group);
}

std::optional<std::size_t> judge::ledger_of(const std::string& id) const {
  for (std::size_t i = 0; i < histories_.size(); ++i)
    if (histories_[i].id() == id)
      return i;
  return std::nullopt;
}

void judge::take_group(std::size_t ledger, const history::group& stored) {
  if (stored.tag < 0)
    return; // another program's
  const auto found = by_tag_.find(stored.tag);
  if (found == by_tag_.end()) {
    object("promise 2", "events of a command that nobody sent are stored");
    return;
  }
  auto& record = orders_[found->second];
  // History knows nothing of orders: that these events were possible here too
  // does not make them this ledger's.
  if (record.what.ledger != ledger)
    object("promise 2", name_of(record) + " was stored at another ledger, "
                          + histories_[ledger].id());
  if (record.stored)
    object(record.what.command_id ? "promise 11" : "promise 7",
           name_of(record) + " was executed twice, as version "
             + std::to_string(record.stored->first) + " and "
             + std::to_string(stored.first));
  if (stored.last - stored.first + 1 != record.what.event_count())
    object("promise 2", name_of(record) + " has stored "
                          + std::to_string(stored.last - stored.first + 1)
                          + " events instead of "
                          + std::to_string(record.what.event_count()));
  if (record.open_attempts == 0 && !record.is_doubtful)
    object("promise 8", name_of(record)
                          + " was stored after it had been refused for "
                            "certain");
  record.stored = stored;
}

// -- answers ------------------------------------------------------------------

void judge::answered(std::size_t number, const result<receipt>& answer,
                     moment now) {
  auto& of = attempts_[number];
  auto& record = orders_[of.what.order];
  if (!std::exchange(of.is_open, false)) {
    object("one answer", name_of(record) + " was answered twice");
    return;
  }
  close(of.what.deadline, false, number);
  --record.open_attempts;
  if (answer) {
    ++answers_["receipt"];
    accepted(of, *answer);
  } else {
    ++answers_[std::string(to_string(answer.error().code))];
    refused(of, answer.error(), now);
  }
}

void judge::accepted(attempt_record& of, const receipt& with) {
  auto& record = orders_[of.what.order];
  const auto ledger = record.what.ledger;
  const auto& known = histories_[ledger];
  if (with.aggregate_id != known.id())
    object("promise 1",
           name_of(record) + " got the receipt of " + with.aggregate_id);
  if (record.what.event_count() > 0) {
    if (!record.stored)
      object("promise 1",
             name_of(record) + " has a receipt, but nothing of it is stored");
    else if (record.stored->last != with.version
             || record.stored->event_ids != with.event_ids)
      object("promise 1", name_of(record) + " has a receipt of version "
                            + std::to_string(with.version)
                            + ", but is stored as "
                            + std::to_string(record.stored->last)
                            + ", or under other event ids");
  } else if (!with.event_ids.empty() || with.version > known.head()
             || (!record.what.command_id && with.version < of.shown)) {
    object("promise 4", name_of(record)
                          + " changes nothing, but has a receipt of version "
                          + std::to_string(with.version));
  }
  if (of.what.expected && !record.what.command_id
      && with.version - record.what.event_count() != *of.what.expected)
    object("expected version", name_of(record) + " expected version "
                                 + std::to_string(*of.what.expected)
                                 + ", and was executed on another");
  if (record.first && *record.first != with)
    object("promise 11", name_of(record) + " has two different receipts");
  record.first = with;
  auto& shown = shown_[of.what.node][ledger];
  shown = std::max(shown, with.version);
}

void judge::refused(attempt_record& of, const error& why, moment now) {
  auto& record = orders_[of.what.order];
  if (why.code == errc::in_doubt) {
    record.is_doubtful = true;
    return;
  }
  check_refusal(of, why, now);
  const bool may_be_stored = record.open_attempts > 0 || record.is_doubtful
                             || of.was_stored || record.attempts > 1;
  if (record.stored && !may_be_stored)
    object("promise 8", name_of(record) + " is stored as version "
                          + std::to_string(record.stored->first)
                          + ", but was refused: " + to_string(why));
}

void judge::check_refusal(const attempt_record& of, const error& why,
                          moment now) {
  const auto& record = orders_[of.what.order];
  const auto& known = histories_[record.what.ledger];
  switch (why.code) {
    case errc::rejected:
      if (of.was_stored)
        object("promise 11", name_of(record)
                               + " was executed before, but its repeat was "
                                 "rejected");
      if (!known.refuses(record.what, of.shown, known.head()))
        object("promise 4", name_of(record) + " was rejected (" + why.message
                              + "), which no committed state from version "
                              + std::to_string(of.shown) + " on would do");
      break;
    case errc::conflict:
      if (of.was_stored)
        object("promise 11", name_of(record)
                               + " was executed before, but its repeat met a "
                                 "conflict");
      if (of.what.expected && of.shown == known.head()
          && *of.what.expected == of.shown && !record.stored)
        object("expected version", name_of(record)
                                     + " met a conflict, but version "
                                     + std::to_string(of.shown) + " is there");
      break;
    case errc::timeout:
      if (now < of.due)
        object("deadline", name_of(record) + " timed out too early");
      break;
    case errc::statement_failed:
      if (!record.what.is_poisoned)
        object("promise 6", name_of(record) + " failed by another's statement");
      break;
    default:
      check_error(why, record.what.ledger, of.what.sent_at, name_of(record));
  }
}

void judge::check_error(const error& why, std::size_t ledger, moment since,
                        const std::string& about) {
  bool is_expected = false;
  switch (why.code) {
    case errc::overloaded:
    case errc::timeout:
      is_expected = true;
      break;
    case errc::unavailable:
      is_expected = may_.faults;
      break;
    case errc::internal:
      is_expected = may_.exceptions;
      break;
    case errc::corrupt:
      is_expected = histories_[ledger].was_damaged_since(since - read_time);
      break;
    default:
      break;
  }
  if (!is_expected)
    object("honest errors", about + " was answered with " + to_string(why)
                              + ", for which there was no reason");
}

void judge::told(std::size_t number,
                 const result<actors::current_state>& answer) {
  auto& question = questions_[number];
  const auto& known = histories_[question.ledger];
  if (!std::exchange(question.is_open, false)) {
    object("one answer",
           "a question about " + known.id() + " was answered twice");
    return;
  }
  close(question_deadlines_[number], true, number);
  if (!answer) {
    ++answers_["no state: " + std::string(to_string(answer.error().code))];
    if (answer.error().code == errc::not_found) {
      if (question.shown > 0)
        object("promise 4", known.id() + " was not found after version "
                              + std::to_string(question.shown)
                              + " had been shown");
    } else {
      check_error(answer.error(), question.ledger, question.sent_at,
                  "a question about " + known.id());
    }
    return;
  }
  ++answers_["state"];
  const auto version = answer->version();
  if (version > known.head() || version < question.shown || version < 1) {
    object("promise 4",
           known.id() + " was shown at version " + std::to_string(version)
             + "; committed are " + std::to_string(known.head()) + ", and "
             + std::to_string(question.shown) + " had been shown before");
    return;
  }
  const auto state = answer->as<ledger>();
  const history::state shown{(*state)->is_open, (*state)->balance};
  if (shown != known.at(version))
    object("promise 4", known.id() + " was shown with the balance "
                          + std::to_string(shown.balance) + " at version "
                          + std::to_string(version) + ", it had "
                          + std::to_string(known.at(version).balance));
  auto& highest = shown_[question.node][question.ledger];
  highest = std::max(highest, version);
}

// -- deadlines ----------------------------------------------------------------

void judge::excuse(moment delay) {
  excused_ += delay;
}

void judge::check_overdue(moment now) {
  if (waiting_.empty())
    return;
  const auto& first = *waiting_.begin();
  if (now <= first.deadline + excused_ + tick)
    return;
  const auto late = seconds(now - first.deadline - excused_);
  if (first.is_question)
    object("deadline", "a question about "
                         + histories_[questions_[first.number].ledger].id()
                         + " is overdue for " + late);
  else
    object("deadline", name_of(orders_[attempts_[first.number].what.order])
                         + " is overdue for " + late);
}

void judge::check_end() {
  for (std::size_t i = 0; i < histories_.size(); ++i)
    look_at(i);
  check_order();
  if (!waiting_.empty())
    object("deadline", std::to_string(waiting_.size())
                         + " commands or questions were never answered");
}

void judge::check_order() {
  // By caller and ledger. What was sent again, or was in doubt and may have
  // been stored late, has no place in the order.
  std::map<std::pair<std::size_t, std::size_t>, const order_record*> latest;
  for (const auto& x : orders_) {
    if (!x.stored || !x.first || x.attempts > 1 || x.is_doubtful)
      continue;
    auto& before = latest[{x.what.caller, x.what.ledger}];
    if (before && before->stored->last > x.stored->first)
      object("promise 3", name_of(x) + " was executed before "
                            + to_string(before->what)
                            + ", which its caller had sent earlier");
    before = &x;
  }
}

} // namespace es::simulation
