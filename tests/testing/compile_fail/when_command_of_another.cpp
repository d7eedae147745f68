// expect match: (satisf|because)[^\n]*has_command<
#include "eventsource/examples/parcel.hpp"
#include "eventsource/testing/specification.hpp"

namespace wrong {

struct push {
  static constexpr std::string_view command_type = "push";
};

} // namespace wrong

void use() {
  es::testing::given<post::parcel>().when(wrong::push{});
}
