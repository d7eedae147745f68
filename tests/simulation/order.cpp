#include "eventsource/tests/simulation/order.hpp"

#include "eventsource/tests/simulation/ledger.hpp"

namespace es::simulation {

any_command order::to_command() const {
  switch (what) {
    case kind::open:
      return any_command::of(open_ledger{tag});
    case kind::put:
      return any_command::of(put{tag, amount, times, is_poisoned});
    case kind::take:
      return any_command::of(simulation::take{tag, amount});
    case kind::touch:
      break;
  }
  return any_command::of(simulation::touch{tag});
}

std::int64_t order::event_count() const noexcept {
  switch (what) {
    case kind::put:
      return times;
    case kind::touch:
      return 0;
    default:
      return 1;
  }
}

std::string to_string(const order& x) {
  auto text = "#" + std::to_string(x.tag);
  switch (x.what) {
    case order::kind::open:
      text += " open";
      break;
    case order::kind::put:
      text += " put " + std::to_string(x.amount);
      if (x.times > 1)
        text += " x " + std::to_string(x.times);
      break;
    case order::kind::take:
      text += " take " + std::to_string(x.amount);
      break;
    case order::kind::touch:
      text += " touch";
      break;
  }
  if (x.is_poisoned)
    text += " poisoned";
  if (x.command_id)
    text += " id " + *x.command_id;
  return text;
}

} // namespace es::simulation
