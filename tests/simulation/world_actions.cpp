// What happens to the runtimes from outside.
#include "eventsource/tests/simulation/ledger.hpp"
#include "eventsource/tests/simulation/world.hpp"

#include <algorithm>

namespace es::simulation {

namespace {

using namespace std::chrono_literals;

moment draw_moment(random_source& random, moment most) {
  return moment{static_cast<std::int64_t>(
    random.below(static_cast<std::uint64_t>(most.count())))};
}

std::string describe(const result<receipt>& answer) {
  return answer ? "receipt of version " + std::to_string(answer->version)
                : to_string(answer.error());
}

} // namespace

void world::apply(const action& x) {
  using kind = action::kind;
  random_source random{x.salt};
  auto& some_node = *nodes_[random.below(nodes_.size())];
  switch (x.what) {
    case kind::send:
      send_new(random);
      return;
    case kind::send_again:
      send_again(random);
      return;
    case kind::ask_state:
      ask_state(random);
      return;
    default:
      trace_.note(now(), [&] { return to_string(x.what); });
  }
  switch (x.what) {
    case kind::kill_aggregate:
      some_node.kill_busy_aggregate(random.next());
      break;
    case kind::crash:
      some_node.crash();
      break;
    case kind::restart:
      restart(some_node);
      break;
    case kind::foreign_append:
      foreign_append(ledgers_[random.below(ledgers_.size())]);
      break;
    case kind::damage_event:
      damage_event(random);
      break;
    case kind::damage_snapshot:
      damage_snapshot(random);
      break;
    case kind::outage:
      store_->begin_outage(now() + draw_moment(random, 700ms));
      break;
    case kind::clock_jump:
      wall_offset_ += draw_moment(random, 2h) - 1h;
      break;
    case kind::lag: {
      const auto delay = draw_moment(random, random.one_of({5ms, 2'000ms}));
      judge_->excuse(delay);
      step_clocks(now() + delay);
      break;
    }
    case kind::rest:
      rest_for(draw_moment(random, random.one_of({50ms, 500ms, 10'000ms})));
      break;
    default:
      break;
  }
}

// -- commands and questions ---------------------------------------------------

order world::draw_order(random_source& random) {
  order x;
  x.tag = ++last_tag_;
  // The first ledgers are the busy ones.
  x.ledger =
    std::min(random.below(ledgers_.size()), random.below(ledgers_.size()));
  x.caller = random.below(plan_.callers);
  const bool is_open = judge_->history_of(x.ledger).head() > 0;
  const auto point = random.below(100);
  if (point < (is_open ? 4 : 60)) {
    x.what = order::kind::open;
  } else if (point < 60) {
    x.what = order::kind::put;
    x.amount = 1 + static_cast<std::int64_t>(random.below(10));
    x.times = random.one_of({1, 1, 1, 3});
    x.is_poisoned = random.chance(20);
  } else if (point < 92) {
    x.what = order::kind::take;
    x.amount = 1 + static_cast<std::int64_t>(random.below(20));
  }
  if (random.chance(350))
    x.command_id = "c" + std::to_string(x.tag);
  return x;
}

void world::send_new(random_source& random) {
  const auto number = judge_->add(draw_order(random));
  const auto& made = judge_->order_at(number);
  if (made.command_id)
    repeatable_.push_back(number);
  send(number, made.caller % nodes_.size(), random);
}

void world::send_again(random_source& random) {
  if (repeatable_.empty())
    return;
  // Mostly a late one, so that its first may still be on its way.
  const auto back = std::min(random.below(repeatable_.size()),
                             random.below(repeatable_.size()));
  send(repeatable_[repeatable_.size() - 1 - back], random.below(nodes_.size()),
       random);
}

void world::send(std::size_t number, std::size_t where, random_source& random) {
  const auto& made = judge_->order_at(number);
  command_options options;
  options.command_id = made.command_id;
  if (random.chance(100))
    options.expected_version =
      std::max<version_t>(0, judge_->history_of(made.ledger).head() - 1
                               + static_cast<version_t>(random.below(3)));
  auto timeout = plan_.how.commands.timeout;
  if (random.chance(250)) {
    timeout = plan_.timeouts[random.below(plan_.timeouts.size())];
    options.timeout = timeout;
  }
  const auto number_sent = judge_->sent(
    {number, where, options.expected_version, now(), now() + timeout});
  trace_.note(now(), [&] {
    return "caller " + std::to_string(made.caller) + " sends " + to_string(made)
           + " to " + ledgers_[made.ledger]
           + (options.expected_version
                ? " at version " + std::to_string(*options.expected_version)
                : "")
           + ", timeout " + std::to_string(timeout.count()) + " ms";
  });
  nodes_[where]->send(
    made.caller, ledgers_[made.ledger], made.to_command(), std::move(options),
    [this, number, number_sent](const result<receipt>& answer) {
      trace_.note(now(), [&] {
        return "answer to " + to_string(judge_->order_at(number)) + ": "
               + describe(answer);
      });
      judge_->answered(number_sent, answer, now());
    });
}

void world::ask_state(random_source& random) {
  const auto ledger = random.below(ledgers_.size());
  const auto where = random.below(nodes_.size());
  const auto number =
    judge_->asked(ledger, where, now(), now() + plan_.how.commands.timeout);
  trace_.note(now(), [&] { return "question about " + ledgers_[ledger]; });
  nodes_[where]->ask_state(
    random.below(plan_.callers), ledgers_[ledger],
    [this, ledger, number](const result<actors::current_state>& answer) {
      trace_.note(now(), [&] {
        return "answer about " + ledgers_[ledger] + ": "
               + (answer ? "version " + std::to_string(answer->version())
                         : to_string(answer.error()));
      });
      judge_->told(number, answer);
    });
}

// -- disturbances -------------------------------------------------------------

void world::restart(node& which) {
  which.begin_stop();
  const auto end = now() + plan_.how.runtime.stop_timeout + 1s;
  while (!which.has_stopped() && !is_over())
    if (!run_one() && !pass_time(end))
      judge_->object("stop", "a runtime did not stop within its deadline");
  if (!is_over())
    which.start();
}

bool world::foreign_append(const std::string& id) {
  const auto ledger = judge_->ledger_of(id).value();
  const auto& known = judge_->history_of(ledger);
  const auto state = known.at(known.head());
  if (!state.is_open)
    return false;
  static const auto table = ledger::projection();
  store::append_request request;
  request.aggregate_id = id;
  request.aggregate_type = ledger::aggregate_type;
  request.expected_version = known.head();
  request.occurred_at = wall_clock();
  request.events.push_back(
    {ids_->next(event_id_prefix), std::string(put_in::event_type), 1,
     R"({"tag":-1,"amount":3,"poisoned":false})", false});
  request.projection =
    projection_change{&table, known.head() + 1,
                      upsert({id, state.balance + 3, known.head() + 1})};
  trace_.note(now(), [&] { return "  another program appends to " + id; });
  store_->write_as_is({&request, 1});
  return true;
}

void world::damage_event(random_source& random) {
  const auto ledger = random.below(ledgers_.size());
  auto& known = judge_->history_of(ledger);
  if (known.head() == 0 || known.is_damaged())
    return;
  const auto version = 1
                       + static_cast<version_t>(random.below(
                         static_cast<std::uint64_t>(known.head())));
  const auto event =
    store_->load_events(ledgers_[ledger], version, 1).value().at(0);
  damages_.push_back(
    {now() + draw_moment(random, 300ms), ledger, version, event.data});
  store_->corrupt_event(ledgers_[ledger], version, "{");
  known.damaged(now());
}

void world::damage_snapshot(random_source& random) {
  const auto& id = ledgers_[random.below(ledgers_.size())];
  constexpr version_t latest = 1'000'000'000;
  if (const auto found = store_->load_snapshot(id, latest).value())
    store_->corrupt_snapshot(id, found->version, "[]");
}

} // namespace es::simulation
