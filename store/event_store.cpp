#include "eventsource/store/event_store.hpp"

namespace es::store {

result<std::optional<receipt>>
event_store::find_receipt(std::string_view aggregate_id,
                          std::string_view command_id) {
  const std::string id{command_id};
  auto found = find_receipts(aggregate_id, {&id, 1});
  if (!found)
    return tl::unexpected<error>(std::move(found.error()));
  return std::move(found->front());
}

} // namespace es::store
