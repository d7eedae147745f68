#include "eventsource/store/subscription_store.hpp"

namespace es::store {

std::string subscription_key::lease_name() const {
  auto result = "subscription/" + name;
  if (part.count > 1)
    result +=
      "/" + std::to_string(part.index) + "of" + std::to_string(part.count);
  return result;
}

std::string_view to_string(subscription_state state) noexcept {
  switch (state) {
    case subscription_state::running:
      return "running";
    case subscription_state::paused:
      return "paused";
    case subscription_state::stopped:
      return "stopped";
  }
  return "running";
}

result<void> check_key(const subscription_key& key) {
  if (key.name.empty() || key.name.size() > 200
      || key.name.find('\0') != std::string::npos)
    return fail(errc::invalid, "a subscription's name has 1 to 200 bytes and "
                               "no NUL character");
  return check_request({.part = key.part});
}

error moved_checkpoint(const subscription_key& key) {
  return {errc::conflict,
          "the checkpoint of subscription " + key.name + ", partition "
            + std::to_string(key.part.index)
            + ", is not where it was left, or the subscription does not run "
              "any more; nothing was stored"};
}

} // namespace es::store
