#include "eventsource/actors/messages.hpp"

#include "eventsource/testing/world/test_scheduler.hpp"
#include "eventsource/tests/actors/account.hpp"
#include "eventsource/tests/kit/test.hpp"

namespace messages_test {

using namespace es;
using namespace es::actors;

namespace {

struct fixture {
  testing::test_config<caf::id_block::bank> config;
  caf::actor_system system{config};
};

} // namespace

ES_TEST("a command crosses the wire as names and JSON, and is read by its type "
        "on the other side") {
  submit_command sent{"acc_1", any_command::of(bank::deposit{5}), {}};
  sent.options.expected_version = 3;
  sent.options.command_id = "cmd-1";
  sent.options.timeout = std::chrono::milliseconds(250);
  sent.options.metadata.actor("ada");
  submit_command received;
  ES_REQUIRE(from_cbor(to_cbor(sent), received));
  ES_CHECK_EQ(received.aggregate_id, "acc_1");
  ES_CHECK_EQ(received.command.type(), "deposit");
  ES_CHECK(received.command.get_if<bank::deposit>() == nullptr);
  ES_CHECK(received.command.to_json() == nlohmann::json{{"amount", 5}});
  ES_CHECK(received.options.expected_version == 3);
  ES_CHECK(received.options.command_id == "cmd-1");
  ES_CHECK(received.options.timeout == std::chrono::milliseconds(250));
  ES_CHECK(received.options.metadata == sent.options.metadata);
}

ES_TEST("a state crosses the wire and is read as the user's struct") {
  auto state = std::make_shared<bank::account>();
  state->owner = "Ada";
  state->balance = 7;
  current_state sent{"acc_1", 4, type_of<bank::account>(), any_state(state)};
  current_state received;
  ES_REQUIRE(from_cbor(to_cbor(sent), received));
  ES_CHECK_EQ(received.version(), 4);
  auto decoded = received.as<bank::account>();
  ES_REQUIRE(decoded);
  ES_CHECK_EQ((*decoded)->balance, 7);
}

ES_TEST("malformed bytes from outside are refused without an exception") {
  submit_command command;
  current_state state;
  for (const std::string& bytes :
       {std::string{}, std::string{"\xff"}, std::string{"\xa0"},
        std::string(10'000'000, '\x81'), std::string(10'000'000, '\x7f'),
        std::string{"{}"}}) {
    ES_CHECK(!from_cbor(bytes, command));
    ES_CHECK(!from_cbor(bytes, state));
  }
}

ES_TEST("numbers that are none of ours are refused, not bent") {
  command_options options;
  for (nlohmann::json number :
       {nlohmann::json(1e300), nlohmann::json(2.5), nlohmann::json(true),
        nlohmann::json(UINT64_MAX)})
    for (auto field : {"expected_version", "timeout_ms"})
      ES_CHECK(!from_cbor(
        encode_cbor({{"metadata", nlohmann::json::object()}, {field, number}}),
        options));
  ES_CHECK(from_cbor(encode_cbor({{"metadata", nlohmann::json::object()},
                                  {"timeout_ms", INT64_MAX}}),
                     options));
  ES_CHECK(options.timeout == std::chrono::milliseconds::max());
}

ES_TEST_WITH(fixture, "our errors pass through CAF's with code, message and "
                      "reason") {
  error sent{errc::rejected, "the balance is 10", "insufficient_funds"};
  auto passed = to_caf(sent);
  ES_CHECK(code_of(passed) == errc::rejected);
  ES_CHECK(from_caf(system, passed) == sent);
}

ES_TEST_WITH(fixture, "errors of CAF itself become ours with the right code") {
  auto code = [&](caf::sec x) {
    return from_caf(system, caf::make_error(x)).code;
  };
  ES_CHECK(code(caf::sec::request_timeout) == errc::timeout);
  ES_CHECK(code(caf::sec::request_receiver_down) == errc::unavailable);
  ES_CHECK(code(caf::sec::runtime_error) == errc::internal);
  ES_CHECK(!code_of(caf::make_error(caf::sec::request_timeout)));
}

} // namespace messages_test
