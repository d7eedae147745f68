#include "eventsource/bench/load_actor.hpp"

namespace es_bench {

using namespace es::reference;
namespace compat = es::actors::compat;

namespace {

constexpr std::chrono::milliseconds pace_resolution{1};

} // namespace

load_actor::load_actor(caf::actor_config& config, organization_handle to,
                       plan what, std::function<void(load_result)> done)
  : caf::event_based_actor(config), to_(std::move(to)), plan_(std::move(what)),
    done_(std::move(done)) {
  // nop
}

caf::behavior load_actor::make_behavior() {
  start_ = steady::now();
  if (plan_.pace)
    compat::tell(this, caf::actor_cast<caf::actor>(this), pace_tick{});
  else
    for (std::size_t i = 0; i < plan_.in_flight; ++i)
      if (!is_over(start_))
        send_next(start_);
  return {
    [this](pace_tick) { send_what_is_due(); },
  };
}

bool load_actor::is_over(steady::time_point now) const {
  return plan_.count ? sent_ >= *plan_.count : now - start_ >= plan_.time;
}

load_actor::steady::time_point load_actor::next_due() const {
  std::chrono::duration<double> after{static_cast<double>(sent_) / *plan_.pace};
  return start_ + std::chrono::duration_cast<steady::duration>(after);
}

void load_actor::send_what_is_due() {
  const auto now = steady::now();
  for (auto due = next_due(); due <= now && !is_over(due); due = next_due())
    send_next(due);
  if (is_over(next_due()))
    finish_if_done();
  else
    compat::tell_self_after(this, pace_resolution, pace_tick{});
}

void load_actor::send_next(steady::time_point due) {
  const auto& id = plan_.ids[sent_ % plan_.ids.size()];
  auto number =
    "MA-L "
    + std::to_string(100'000 + plan_.first_number + plan_.number_step * sent_);
  ++sent_;
  ++in_flight_;
  switch (plan_.what) {
    case request_kind::registration:
    case request_kind::refused_change:
      send_command(id, due,
                   register_organization{"A bench", std::move(number), "FR"});
      break;
    case request_kind::change:
      send_command(id, due, change_registration_number{std::move(number)});
      break;
    case request_kind::state:
      send_query(id);
      break;
  }
}

template <class Command>
void load_actor::send_command(const std::string& id, steady::time_point due,
                              Command command) {
  compat::ask(this, to_, caf::infinite, id, std::move(command))
    .then(
      [this, due](const es::receipt&) {
        ++result_.answers;
        std::chrono::duration<double, std::milli> took = steady::now() - due;
        result_.latencies_ms.push_back(took.count());
        answered();
      },
      [this](const caf::error& e) { failed(e); });
}

void load_actor::send_query(const std::string& id) {
  compat::ask(this, to_, caf::infinite, id, es::actors::get_state{})
    .then(
      [this](const es::actors::current_state&) {
        ++result_.answers;
        answered();
      },
      [this](const caf::error& e) { failed(e); });
}

void load_actor::failed(const caf::error& e) {
  if (plan_.what == request_kind::refused_change
      && es::actors::code_of(e) == es::errc::rejected)
    ++result_.answers;
  else if (result_.errors++ == 0)
    result_.complaint = es::to_string(es::actors::from_caf(system(), e));
  answered();
}

void load_actor::answered() {
  --in_flight_;
  if (plan_.pace) {
    if (is_over(next_due()))
      finish_if_done();
    return;
  }
  if (auto now = steady::now(); !is_over(now))
    send_next(now);
  finish_if_done();
}

void load_actor::finish_if_done() {
  if (in_flight_ > 0 || !done_)
    return;
  result_.seconds =
    std::chrono::duration<double>(steady::now() - start_).count();
  std::exchange(done_, nullptr)(std::move(result_));
  quit();
}

} // namespace es_bench
