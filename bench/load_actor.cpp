#include "eventsource/bench/load_actor.hpp"

namespace es_bench {

using namespace es::reference;
namespace compat = es::actors::compat;

load_actor::load_actor(caf::actor_config& config, organization_handle to,
                       plan what, std::function<void(load_result)> done)
  : caf::event_based_actor(config), to_(std::move(to)), plan_(std::move(what)),
    done_(std::move(done)) {
  // nop
}

caf::behavior load_actor::make_behavior() {
  start_ = clock::now();
  for (std::size_t i = 0; i < plan_.in_flight; ++i)
    send_next();
  return {
    [](es::actors::stop) {
      // An actor without a behavior would end before its answers come.
    },
  };
}

void load_actor::send_next() {
  if (plan_.register_all ? sent_ == plan_.ids.size()
                         : clock::now() - start_ >= plan_.time)
    return;
  const auto& id = plan_.ids[sent_ % plan_.ids.size()];
  auto number =
    "MA-L "
    + std::to_string(100'000 + plan_.first_number + plan_.number_step * sent_);
  ++sent_;
  ++in_flight_;
  if (plan_.register_all)
    send(id, register_organization{"A bench", std::move(number), "FR"});
  else
    send(id, change_registration_number{std::move(number)});
}

template <class Command>
void load_actor::send(const std::string& id, Command command) {
  auto begin = clock::now();
  compat::ask(this, to_, caf::infinite, id, std::move(command))
    .then(
      [this, begin](const es::receipt&) {
        ++result_.receipts;
        std::chrono::duration<double, std::milli> took = clock::now() - begin;
        result_.latencies_ms.push_back(took.count());
        answered();
      },
      [this](const caf::error& e) {
        if (result_.errors++ == 0)
          result_.complaint = es::to_string(es::actors::from_caf(system(), e));
        answered();
      });
}

void load_actor::answered() {
  --in_flight_;
  send_next();
  if (in_flight_ > 0)
    return;
  result_.seconds =
    std::chrono::duration<double>(clock::now() - start_).count();
  done_(std::move(result_));
  quit();
}

} // namespace es_bench
