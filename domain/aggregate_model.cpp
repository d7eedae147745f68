#include "eventsource/domain/aggregate_model.hpp"

#include <exception>

namespace es::detail {

std::string exception_text() {
  try {
    throw;
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "it is not a std::exception";
  }
}

tl::unexpected<error> unreadable_event(const recorded_event& event,
                                       std::string_view why) {
  return fail(errc::corrupt, "event " + event.type + " (" + event.id + ") of "
                               + event.aggregate_type + " " + event.aggregate_id
                               + " at version " + std::to_string(event.version)
                               + " can't be read: " + std::string(why));
}

result<void> check_next(std::string_view aggregate_type, version_t version,
                        const recorded_event& event) {
  if (event.aggregate_type != aggregate_type)
    return unreadable_event(event, "an aggregate of type "
                                     + std::string(aggregate_type)
                                     + " was expected");
  if (event.version != version + 1)
    return unreadable_event(event, "version " + std::to_string(version + 1)
                                     + " should follow (promise 3: versions "
                                       "without gap or repeat)");
  return {};
}

} // namespace es::detail
