// expect: the aggregate must be copyable and default constructible
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
  explicit thing(int);
};

es::decision<thing> decide(const thing&, const poke&);
thing apply(thing, const poked&);
} // namespace wrong

const es::aggregate_type& use() {
  return es::type_of<wrong::thing>();
}
