#include "eventsource/tests/simulation/world.hpp"

#include "eventsource/tests/simulation/ledger.hpp"

#include <algorithm>

namespace es::simulation {

namespace {

using namespace std::chrono_literals;

/// Within this time after the last fault everything has to be answered.
constexpr moment recovery_time = 60s;

std::shared_ptr<ksuid_generator> counting_ids(std::uint64_t& last) {
  return std::make_shared<ksuid_generator>(
    [] { return std::chrono::sys_seconds{1'700'000'000s}; },
    [&last](ksuid::payload& bytes) {
      bytes.fill(0);
      ++last;
      for (std::size_t i = 0; i < 8; ++i)
        bytes[7 - i] = static_cast<std::uint8_t>(last >> (8 * i));
    });
}

} // namespace

world::world(const plan& plan, bool with_trace)
  : plan_(plan), trace_(with_trace), schedule_(plan.seed ^ 0x5ced01eu),
    ids_(counting_ids(last_id_)) {
  for (std::size_t i = 0; i < plan_.ledgers; ++i)
    ledgers_.push_back(ids_->next(ledger::id_prefix));
  simulated_store::surroundings around;
  around.now = [this] { return now(); };
  around.wall_clock = [this] { return wall_clock(); };
  around.wrote = [this](std::span<const store::append_request> batch) {
    for (const auto& x : batch)
      if (auto ledger = judge_->ledger_of(x.aggregate_id))
        judge_->look_at(*ledger);
  };
  around.foreign_append = [this](const std::string& id) { foreign_append(id); };
  store_ = std::make_shared<simulated_store>(
    plan_.faults, plan_.seed ^ 0x570e5u, std::move(around), trace_);
  judge_.emplace(judge::licence{ledgers_, plan_.nodes, plan_.has_faults(),
                                plan_.faults.exception > 0},
                 *store_);
  for (std::size_t i = 0; i < plan_.nodes; ++i)
    nodes_.push_back(std::make_unique<node>(
      plan_, store_, [this] { return wall_clock(); }, ids_));
  now_ = nodes_.front()->scheduler().now();
}

run_report world::run() {
  for (const auto& x : plan_.script) {
    apply(x);
    run_some(x.pace);
    if (is_over())
      break;
  }
  if (!is_over())
    finish();
  run_report report;
  report.broken = judge_->broken();
  if (report.broken)
    trace_.note(now(), [&] {
      return "BROKEN " + report.broken->promise + ": " + report.broken->text;
    });
  report.trace = trace_.lines();
  for (const auto& [kind, count] : judge_->answers())
    report.commands +=
      kind.starts_with("no state") || kind == "state" ? 0 : count;
  report.messages = messages_;
  report.faults = store_->faults_injected();
  report.answers = judge_->answers();
  return report;
}

// -- messages and time --------------------------------------------------------

timestamp world::wall_clock() const {
  return timestamp{1'700'000'000s}
         + std::chrono::duration_cast<std::chrono::microseconds>(
           now() + wall_offset_);
}

bool world::run_one() {
  std::size_t ready = 0;
  for (const auto& each : nodes_)
    ready += each->scheduler().ready();
  if (ready == 0)
    return false;
  auto which = static_cast<std::size_t>(schedule_.below(ready));
  std::size_t number = 0;
  while (which >= nodes_[number]->scheduler().ready())
    which -= nodes_[number++]->scheduler().ready();
  auto& scheduler = nodes_[number]->scheduler();
  trace_.note(now(), [&] {
    return "    node " + std::to_string(number) + ": "
           + scheduler.name_of_ready(which);
  });
  scheduler.run_one(which);
  ++messages_;
  return true;
}

void world::run_some(std::uint64_t messages) {
  for (std::uint64_t i = 0; i < messages && !is_over(); ++i)
    if (!run_one()) {
      judge_->check_overdue(now());
      pass_time(now() + 20ms);
      return;
    }
}

void world::come_to_rest() {
  while (!is_over() && run_one())
    ;
  judge_->check_overdue(now());
}

bool world::pass_time(moment limit) {
  auto due = limit;
  bool is_due = false;
  auto consider = [&](std::optional<moment> when) {
    if (when && *when <= due) {
      due = *when;
      is_due = true;
    }
  };
  for (const auto& each : nodes_)
    if (auto when = each->scheduler().next_due())
      consider(when->time_since_epoch());
  consider(store_->next_due());
  for (const auto& x : damages_)
    consider(x.repair_at);
  step_clocks(due);
  return is_due;
}

void world::step_clocks(moment to) {
  now_ = to;
  for (const auto& each : nodes_)
    each->scheduler().step_to(caf::actor_clock::time_point{
      std::chrono::duration_cast<caf::actor_clock::time_point::duration>(to)});
  store_->write_what_is_due();
  repair_what_is_due(false);
}

void world::rest_for(moment time) {
  const auto end = now() + time;
  come_to_rest();
  while (!is_over() && pass_time(end))
    come_to_rest();
}

void world::repair_what_is_due(bool all) {
  std::erase_if(damages_, [&](const damage& x) {
    if (!all && x.repair_at > now())
      return false;
    store_->corrupt_event(ledgers_[x.ledger], x.version, x.text);
    judge_->history_of(x.ledger).repaired(now());
    trace_.note(now(), [&] {
      return "repair " + ledgers_[x.ledger] + " version "
             + std::to_string(x.version);
    });
    return true;
  });
}

// -- the end ------------------------------------------------------------------

void world::finish() {
  trace_.note(now(), [] { return "all is well from here on"; });
  store_->heal();
  repair_what_is_due(true);
  const auto end = now() + recovery_time;
  come_to_rest();
  while (!is_over() && judge_->unanswered() > 0 && pass_time(end))
    come_to_rest();
  // Callers had their answers at their deadlines; the store takes longer.
  rest_for(plan_.faults.delay_max * 2 + 1s);
  if (!is_over() && judge_->unanswered() == 0)
    try_every_ledger();
  if (!is_over())
    judge_->check_end();
}

void world::try_every_ledger() {
  for (std::size_t number = 0; number < nodes_.size(); ++number)
    for (std::size_t i = 0; i < ledgers_.size(); ++i) {
      auto answer = std::make_shared<std::optional<result<receipt>>>();
      nodes_[number]->send(
        0, ledgers_[i], any_command::of(simulation::touch{++last_tag_}),
        {.timeout = 5s},
        [answer](result<receipt> x) { answer->emplace(std::move(x)); });
      const auto end = now() + 10s;
      come_to_rest();
      while (!is_over() && !*answer && pass_time(end))
        come_to_rest();
      // An actor that was to stop may take one command more.
      if (!*answer || !**answer)
        judge_->object("recovery",
                       ledgers_[i]
                         + " takes no command after all faults have "
                           "ended: "
                         + (*answer ? to_string((*answer)->error())
                                    : std::string("no answer")));
    }
}

run_report run(const plan& what, bool with_trace) {
  return world{what, with_trace}.run();
}

} // namespace es::simulation
