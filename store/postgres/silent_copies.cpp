#include "eventsource/store/postgres/silent_copies.hpp"

namespace es::store::postgres {

bool end_silent_copies(const connection_pool& pool, connection& link) noexcept {
  const auto longest = pool.copy_wait_max();
  if (longest.count() == 0 || !link.texts().server().copies_rows)
    return false;
  try {
    return link.run("end_silent_copies", {std::to_string(longest.count())})
             .number(0, 0)
           > 0;
  } catch (const std::exception&) {
    // What was to be done without their locks says what is wrong.
    return false;
  }
}

} // namespace es::store::postgres
