#include "eventsource/tests/simulation/node.hpp"

#include "eventsource/actors/caller_actor.hpp"
#include "eventsource/tests/simulation/ledger.hpp"
#include "eventsource/tests/simulation/slow_worker.hpp"

#include <stdexcept>

namespace es::simulation {

namespace {

using namespace actors;

type_registry only_ledgers() {
  type_registry types;
  if (auto ok = types.add(type_of<ledger>()); !ok)
    throw std::logic_error(to_string(ok.error()));
  return types;
}

} // namespace

node::node(const plan& how, std::shared_ptr<simulated_store> store,
           std::function<timestamp()> wall_clock,
           std::shared_ptr<ksuid_generator> ids)
  : plan_(how), store_(std::move(store)), wall_clock_(std::move(wall_clock)),
    ids_(std::move(ids)) {
  for (std::size_t i = 0; i < plan_.callers; ++i)
    callers_.push_back(system_.spawn<caller_actor>());
  start();
}

node::~node() {
  runtime_->kill();
  for (const auto& caller : callers_)
    caf::anon_send_exit(caller, caf::exit_reason::user_shutdown);
  scheduler_.run();
}

// -- life ---------------------------------------------------------------------

void node::start() {
  ports outside;
  outside.now = wall_clock_;
  outside.ids = ids_;
  outside.spawn_worker = [this](caf::actor_system& system, const auto&) {
    return system.spawn<slow_worker>(store_);
  };
  auto made = runtime::start(system_, plan_.how, only_ledgers(), store_,
                             std::move(outside));
  if (!made)
    throw std::logic_error(to_string(made.error()));
  runtime_.emplace(std::move(*made));
}

void node::crash() {
  runtime_->kill();
  scheduler_.run();
  start();
}

void node::begin_stop() {
  stopped_ = std::make_shared<bool>(false);
  runtime_->begin_stop([done = stopped_](const stop_report&) { *done = true; });
}

// -- messages -----------------------------------------------------------------

template <class Answer, class Question>
void node::ask(std::size_t caller, Question question,
               std::function<void(result<Answer>)> done) {
  auto router = runtime_->find_router(ledger::aggregate_type).value();
  auto* self = caf::actor_cast<caller_actor*>(callers_[caller]);
  auto shared = std::make_shared<Question>(std::move(question));
  compat::tell_anonymously(
    callers_[caller], call_back{[self, router, shared, done] {
      compat::ask(self, router, caf::infinite, std::move(*shared))
        .then([done](Answer& answer) { done(std::move(answer)); },
              [self, done](const caf::error& e) {
                done(tl::unexpected(from_caf(self->system(), e)));
              });
    }});
}

void node::send(std::size_t caller, const std::string& ledger,
                any_command command, command_options options,
                std::function<void(result<receipt>)> done) {
  ask<receipt>(caller,
               submit_command{ledger, std::move(command), std::move(options)},
               std::move(done));
}

void node::ask_state(std::size_t caller, const std::string& ledger,
                     std::function<void(result<current_state>)> done) {
  ask<current_state>(caller, query_state{ledger}, std::move(done));
}

bool node::kill_busy_aggregate(std::uint64_t which) {
  const auto busy = scheduler_.ready_actors("es.aggregate");
  if (busy.empty())
    return false;
  caf::anon_send_exit(busy[which % busy.size()], caf::exit_reason::kill);
  return true;
}

} // namespace es::simulation
