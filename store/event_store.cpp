#include "eventsource/store/event_store.hpp"

namespace es::store {

std::unique_ptr<prepared_batch>
event_store::prepare(std::span<const append_request> batch) {
  return std::make_unique<prepared_batch>(batch);
}

std::vector<append_outcome>
event_store::write_prepared(prepared_batch& batch,
                            const std::function<void()>& meanwhile) {
  if (meanwhile)
    meanwhile();
  return write(batch.appends());
}

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
