// expect: no `es::decision<A> decide(const A&, const Command&)`
#include "eventsource/domain/aggregate_type.hpp"

namespace wrong {

struct poke {
  static constexpr std::string_view command_type = "poke";
};

struct poked {
  static constexpr std::string_view event_type = "poked";
};

struct thing {
  static constexpr std::string_view aggregate_type = "thing";
  static constexpr std::string_view id_prefix = "thg_";
  using commands = es::type_list<poke>;
  using events = es::type_list<poked>;
};

thing apply(thing, const poked&);
} // namespace wrong

const es::aggregate_type& use() {
  return es::type_of<wrong::thing>();
}
