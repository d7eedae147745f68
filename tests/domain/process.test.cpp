#include "eventsource/tests/domain/order_process.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <limits>

namespace process_test {

using namespace es;
using namespace std::chrono_literals;

namespace {

const std::string order_id = "ord_000000000000000000000000001";
const std::string instance_id = "ful_000000000000000000000000001";

/// One instance, told of things one after the other.
struct one_process {
  const process_type& type = process_of<shop::fulfilment>();
  versioned_state now{type.initial(), 0};
  timestamp clock{1'700'000'000s};
  metadata about;
  std::vector<recorded_event> stream;

  static recorded_event source(const std::string& type, const std::string& data,
                               version_t version,
                               const std::string& aggregate_id = order_id) {
    recorded_event event;
    event.id = "evt_" + std::to_string(version);
    event.type = type;
    event.aggregate_id = aggregate_id;
    event.aggregate_type = "order";
    event.version = version;
    event.data = data;
    event.metadata = "{}";
    return event;
  }

  static process_input event_input(recorded_event event,
                                   std::uint32_t partition = 0) {
    const auto correlated =
      process_of<shop::fulfilment>().correlate(event).value();
    process_input input;
    input.how = correlated.what;
    input.partition = partition;
    input.place = {0, 1, event.version};
    input.event = std::move(event);
    return input;
  }

  static process_input placed(version_t version = 1) {
    return event_input(
      source("order_placed", R"({"customer":"Ada"})", version));
  }

  static process_input placed_for(int hours_to_pay) {
    return event_input(source("order_placed",
                              R"({"customer":"Ada","hours_to_pay":)"
                                + std::to_string(hours_to_pay) + "}",
                              1));
  }

  static process_input paid(version_t version, std::uint32_t partition = 0) {
    return event_input(source("order_paid",
                              "{\"order_id\":\"" + order_id + "\"}", version,
                              "pay_000000000000000000000000007"),
                       partition);
  }

  static process_input timers() {
    process_input input;
    input.what = process_input::kind::timers;
    return input;
  }

  /// The input's own record, or nothing if nothing followed from it.
  result<std::optional<process_reacted>> tell(process_input input) {
    auto made = type.decide(now.state, any_command::of(std::move(input)),
                            {instance_id, now.version, clock, about});
    if (!made)
      return tl::unexpected(made.error());
    if (made->events.empty())
      return std::optional<process_reacted>{};
    for (const auto& event : made->events) {
      recorded_event stored;
      stored.id = "evt_own";
      stored.type = event.type;
      stored.aggregate_id = instance_id;
      stored.aggregate_type = type.name();
      stored.version = ++now.version;
      stored.data = event.data;
      stored.metadata = "{}";
      stored.occurred_at = clock;
      stream.push_back(stored);
    }
    now.state = made->next;
    return nlohmann::json::parse(made->events[0].data).get<process_reacted>();
  }

  process_reacted told(process_input input) {
    auto record = tell(std::move(input));
    ES_REQUIRE(record);
    ES_REQUIRE(record->has_value());
    return **record;
  }

  bool is_passed_over(process_input input) {
    auto record = tell(std::move(input));
    ES_REQUIRE(record);
    return !record->has_value();
  }

  const process_progress& progress() {
    return process_type::progress_of(now.state);
  }

  std::string state_text() {
    return type.encode_state(now.state).value();
  }
};

} // namespace

ES_TEST("a process is an aggregate type that is correctly defined") {
  const auto& type = process_of<shop::fulfilment>();
  ES_CHECK(type.check());
  ES_CHECK_EQ(type.name(), "fulfilment");
  ES_CHECK(type.has_timers());
  ES_CHECK(type.handles_refusals());
  ES_CHECK(type.source_types()
           == std::vector<std::string>(
             {"order_placed", "order_paid", "order_withdrawn"}));
  ES_CHECK_EQ(type.instance_of(order_id).value(), instance_id);
  ES_CHECK(type.instance_of("order 7").error().code == errc::invalid);
}

ES_TEST("an event of another type concerns no process") {
  const auto found = process_of<shop::fulfilment>().correlate(
    one_process::source("order_packed", "{}", 1));
  ES_REQUIRE(found);
  ES_CHECK(found->what == correlation::kind::ignore);
}

ES_TEST("a correlation that throws, and an event that does not read, are "
        "errors that name them") {
  const auto& type = process_of<shop::fulfilment>();
  const auto thrown = type.correlate(
    one_process::source("order_placed", R"({"customer":""})", 1));
  ES_CHECK(thrown.error().code == errc::internal);
  ES_CHECK(thrown.error().message.find("an order of nobody")
           != std::string::npos);
  const auto unread =
    type.correlate(one_process::source("order_placed", "{", 1));
  ES_CHECK(unread.error().code == errc::corrupt);
}

ES_TEST_WITH(one_process, "a started instance runs, and has the timer that it "
                          "set") {
  const auto record = told(placed());
  ES_CHECK(record.started);
  ES_CHECK_EQ(record.input_id, "evt_1");
  ES_CHECK(progress().running);
  ES_REQUIRE(progress().first_timer());
  ES_CHECK(progress().first_timer()->second.due_at == clock + 1h);
  const auto change =
    type.project(now.state, {instance_id, now.version, clock, about}).value();
  ES_CHECK(change.what == row_change::kind::upsert);
  ES_CHECK(change.cells
           == row({instance_id, "fulfilment", clock + 1h, now.version}));
}

ES_TEST_WITH(one_process, "an event that comes again changes nothing") {
  told(placed());
  ES_CHECK(is_passed_over(placed()));
  told(paid(2));
  ES_CHECK(is_passed_over(placed()));
  ES_CHECK(is_passed_over(paid(2)));
  ES_CHECK_EQ(stream.size(), 2u);
}

ES_TEST_WITH(one_process, "each partition that events come from has a place of "
                          "its own") {
  told(placed(9));
  told(paid(2, 1));
  ES_CHECK(is_passed_over(placed(9)));
  ES_CHECK(is_passed_over(paid(2, 1)));
}

ES_TEST_WITH(one_process, "a command's id follows from the process, the event "
                          "and its number") {
  told(placed());
  const auto record = told(paid(2));
  ES_REQUIRE_EQ(record.commands.size(), 1u);
  const auto& command = record.commands[0];
  ES_CHECK_EQ(command.command_id, instance_id + "/evt_2/0");
  ES_CHECK_EQ(command.aggregate_id, order_id);
  ES_CHECK_EQ(command.command_type, "ship");
  ES_CHECK_EQ(command.content.dump(),
              R"({"to":"pay_000000000000000000000000007"})");
  ES_CHECK(record.ended);
  ES_CHECK(!progress().running);
  ES_CHECK(!progress().first_timer());
}

ES_TEST_WITH(one_process,
             "an event that goes on with an instance that does not "
             "run is passed over") {
  ES_CHECK(is_passed_over(paid(1)));
  told(placed(2));
  told(paid(3));
  ES_CHECK(is_passed_over(paid(4)));
}

ES_TEST_WITH(one_process, "a strict start of an instance that runs is an "
                          "error") {
  told(placed());
  const auto again = tell(placed(2));
  ES_REQUIRE(!again);
  ES_CHECK(again.error().code == errc::rejected);
  ES_CHECK_EQ(again.error().reason, "already_running");
}

ES_TEST_WITH(one_process, "an instance that ended begins anew, with nothing of "
                          "its former state") {
  told(placed());
  clock += 1h;
  told(timers());
  told(paid(2));
  told(placed(3));
  ES_CHECK(progress().running);
  ES_CHECK_EQ(
    nlohmann::json::parse(state_text()).at("state").at("reminders").get<int>(),
    0);
}

ES_TEST_WITH(one_process, "a stopped instance does not react, and forgets its "
                          "timers") {
  told(placed());
  const auto record = told(event_input(source("order_withdrawn", "{}", 2)));
  ES_CHECK(record.ended);
  ES_CHECK(!progress().running);
  clock += 2h;
  ES_CHECK(is_passed_over(timers()));
  const auto change =
    type.project(now.state, {instance_id, now.version, clock, about}).value();
  ES_CHECK(change.what == row_change::kind::remove);
}

ES_TEST_WITH(one_process, "a timer fires when it is due and not before, once") {
  told(placed());
  clock += 59min;
  ES_CHECK(is_passed_over(timers()));
  clock += 1min;
  const auto record = told(timers());
  ES_CHECK_EQ(record.timer, "payment");
  ES_CHECK_EQ(record.input_id, "timer/payment/1");
  ES_CHECK(is_passed_over(timers()));
  clock += 1h;
  told(timers());
  ES_CHECK_EQ(
    nlohmann::json::parse(state_text()).at("state").at("reminders").get<int>(),
    2);
}

ES_TEST_WITH(one_process, "a timer for a moment that has passed is due now") {
  told(placed_for(-1));
  ES_CHECK(progress().first_timer()->second.due_at == clock);
  clock += 5h;
  told(timers()); // sets the next one for an hour after that one
  ES_CHECK(progress().first_timer()->second.due_at == clock);
}

ES_TEST_WITH(one_process, "a timer that lies more than a hundred years ahead "
                          "is an error") {
  for (int hours : {876'001, std::numeric_limits<int>::max()}) {
    const auto refused = tell(placed_for(hours));
    ES_REQUIRE(!refused);
    ES_CHECK(refused.error().code == errc::invalid);
    ES_CHECK(refused.error().message.find("payment") != std::string::npos);
  }
  told(placed_for(876'000));
}

ES_TEST_WITH(one_process, "a timer that was cancelled does not fire") {
  told(placed());
  told(paid(2));
  clock += 2h;
  ES_CHECK(is_passed_over(timers()));
}

ES_TEST_WITH(one_process, "a refused command is reacted to once, and those "
                          "before it are known to be answered") {
  told(placed());
  process_reacted last;
  for (int i = 0; i < 3; ++i) {
    clock += 1h;
    last = told(timers());
  }
  ES_REQUIRE_EQ(last.commands.size(), 2u);
  process_input input;
  input.what = process_input::kind::refusal;
  input.refusal = command_refusal{
    {now.version, 1}, last.commands[1], "not_paid", "it is not paid"};
  const auto place = input.refusal->place;
  const auto record = told(input);
  ES_CHECK(record.ended);
  ES_REQUIRE(record.refusal);
  ES_CHECK_EQ(record.refusal->code, "not_paid");
  ES_CHECK_EQ(nlohmann::json::parse(state_text())
                .at("state")
                .at("why")
                .get<std::string>(),
              "ship: not_paid");
  ES_CHECK(progress().refused == place);
  ES_CHECK(is_passed_over(input));
}

ES_TEST_WITH(one_process, "an input that is given up is recorded, and nobody "
                          "reacts") {
  auto input = placed();
  input.given_up = "it failed five times";
  const auto record = told(input);
  ES_CHECK_EQ(record.failure, "it failed five times");
  ES_CHECK(!record.started);
  ES_CHECK(is_passed_over(placed()));
}

ES_TEST_WITH(one_process, "a replayed stream gives the same state, and so does "
                          "a snapshot") {
  told(placed());
  clock += 1h;
  told(timers());
  told(paid(2, 3));
  told(placed(3));
  const auto replayed = type.replay({type.initial(), 0}, stream);
  ES_REQUIRE(replayed);
  ES_CHECK_EQ(replayed->version, now.version);
  ES_CHECK_EQ(type.encode_state(replayed->state).value(), state_text());
  const auto restored = type.decode_state(state_text());
  ES_REQUIRE(restored);
  ES_CHECK_EQ(type.encode_state(*restored).value(), state_text());
}

ES_TEST_WITH(one_process, "an input that came as JSON is the same input") {
  const nlohmann::json json = placed();
  auto made = type.decide(now.state, any_command::from_json("react", json),
                          {instance_id, 0, clock, about});
  ES_REQUIRE(made);
  told(placed());
  ES_CHECK_EQ(made->events.at(0).data, stream.at(0).data);
}

ES_TEST_WITH(one_process, "an input that is no input, or nests too deep, is "
                          "invalid") {
  auto deep = nlohmann::json::array();
  for (int i = 0; i < 600; ++i)
    deep = nlohmann::json::array({std::move(deep)});
  for (const auto& json : {nlohmann::json{{"what", 9}}, deep}) {
    auto made = type.decide(now.state, any_command::from_json("react", json),
                            {instance_id, 0, clock, about});
    ES_REQUIRE(!made);
    ES_CHECK(made.error().code == errc::invalid);
  }
}

ES_TEST_WITH(one_process, "a command of another kind is refused") {
  auto made = type.decide(
    now.state, any_command::from_json("ship", nlohmann::json::object()),
    {instance_id, 0, clock, about});
  ES_CHECK(made.error().code == errc::invalid);
}

} // namespace process_test
