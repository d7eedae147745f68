// expect match: (satisf|because)[^\n]*has_command<
#include "eventsource/testing/specification.hpp"

namespace wrong {

struct poke {
  static constexpr std::string_view command_type = "poke";
};

struct push {
  static constexpr std::string_view command_type = "push";
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

es::decision<thing> decide(const thing&, const poke&);
thing apply(thing, const poked&);

} // namespace wrong

void use() {
  es::testing::given<wrong::thing>().when(wrong::push{});
}
