#include "eventsource/tests/actors/account_world.hpp"

#include <stdexcept>

namespace es::testing {

template class test_world<caf::id_block::bank>;

account_world::account_world(actors::settings how)
  : test_world(types(), std::move(how)) {
  // nop
}

type_registry account_world::types() {
  type_registry all;
  if (auto ok = all.add(type_of<bank::account>()); !ok)
    throw std::runtime_error(to_string(ok.error()));
  return all;
}

void account_world::open_with(std::int64_t amount) {
  ES_REQUIRE(execute<bank::account>(id, bank::open_account{"Ada"}));
  ES_REQUIRE(execute<bank::account>(id, bank::deposit{amount}));
}

std::vector<recorded_event> account_world::events() {
  return store().load_events(id, 1, 1000).value();
}

std::int64_t account_world::balance() {
  auto now = state<bank::account>(id);
  ES_REQUIRE(now);
  return now->as<bank::account>().value()->balance;
}

void account_world::foreign_event(version_t version, const std::string& type,
                                  std::int64_t amount) {
  store::append_request request;
  request.aggregate_id = id;
  request.aggregate_type = "account";
  request.expected_version = version - 1;
  request.occurred_at = now();
  auto data = "{\"amount\":" + std::to_string(amount) + "}";
  request.events.push_back(
    {new_id<foreign>(), type, 1, std::move(data), false});
  auto outcomes = store().write({&request, 1});
  ES_REQUIRE(outcomes.at(0).ok());
}

errc code(const result<receipt>& answer) {
  ES_REQUIRE(!answer);
  return answer.error().code;
}

} // namespace es::testing
