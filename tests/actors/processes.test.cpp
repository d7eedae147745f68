#include "eventsource/tests/actors/account_care.hpp"
#include "eventsource/tests/actors/account_world.hpp"

namespace processes_test {

using namespace es;
using namespace es::actors;
using namespace es::testing;
using namespace std::chrono_literals;

namespace {

using names = std::vector<std::string>;

struct caring : test_world<caf::id_block::bank> {
  caring() : test_world(types(), patient()) {
    bank::care_is_broken = true;
    bank::fees_are_broken = false;
  }

  /// For tests that last hours of virtual time.
  static actors::settings patient() {
    auto how = quick();
    how.subscriptions.poll_interval = 2s;
    return how;
  }

  static type_registry types() {
    type_registry all;
    for (const auto* type : {&type_of<bank::account>(),
                             static_cast<const aggregate_type*>(&care())})
      if (auto ok = all.add(*type); !ok)
        throw std::runtime_error(to_string(ok.error()));
    return all;
  }

  static const process_type& care() {
    return process_of<bank::account_care>();
  }

  std::string id = new_id<bank::account>();

  running_process start(process_options how = {}) {
    auto made = runtime().run(care(), how);
    ES_REQUIRE(made);
    run();
    return *made;
  }

  void open() {
    ES_REQUIRE(execute<bank::account>(id, bank::open_account{"Ada"}));
  }

  void deposit(std::int64_t amount) {
    ES_REQUIRE(execute<bank::account>(id, bank::deposit{amount}));
  }

  std::string instance() {
    return care().instance_of(id).value();
  }

  static names types_of(const std::vector<recorded_event>& events) {
    names result;
    for (const auto& each : events)
      result.push_back(each.type);
    return result;
  }

  names account_events() {
    return types_of(store().load_events(id, 1, 1000).value());
  }

  std::vector<process_reacted> records() {
    std::vector<process_reacted> result;
    const auto stored = store().load_events(instance(), 1, 1000).value();
    for (const auto& each : stored)
      if (each.type == process_reacted::event_type)
        result.push_back(
          nlohmann::json::parse(each.data).get<process_reacted>());
    return result;
  }

  bank::account_care care_state() {
    versioned_state state{care().initial(), 0};
    state = care()
              .replay(state, store().load_events(instance(), 1, 1000).value())
              .value();
    return nlohmann::json::parse(care().encode_state(state.state).value())
      .at("state")
      .get<bank::account_care>();
  }

  std::size_t timers() {
    return store().find_timers("account_care", {}, 100).value().size();
  }
};

} // namespace

// -- reacting -----------------------------------------------------------------

ES_TEST_WITH(caring, "an event starts an instance, whose command reaches its "
                     "aggregate") {
  start();
  open();
  ES_CHECK(account_events() == names({"account_opened", "deposited"}));
  ES_CHECK_EQ(care_state().gifts, 1);
  // It reacted to what its own command brought about, too.
  ES_CHECK_EQ(records().size(), 2u);
}

ES_TEST_WITH(caring, "events from before the process was started are reacted "
                     "to") {
  open();
  deposit(1);
  start();
  ES_CHECK(account_events()
           == names({"account_opened", "deposited", "deposited"}));
}

ES_TEST_WITH(caring,
             "a command says what caused it, and belongs to its event's "
             "conversation") {
  start();
  command_options options;
  options.metadata.correlation_id("the conversation");
  ES_REQUIRE(execute<bank::account>(id, bank::open_account{"Ada"}, options));
  const auto gift = store().load_events(id, 2, 1).value();
  ES_REQUIRE_EQ(gift.size(), 1u);
  const auto about = metadata::parse(gift[0].metadata).value();
  const auto reacted = store().load_events(instance(), 1, 1).value().at(0);
  ES_CHECK_EQ(about.correlation_id().value_or(""), "the conversation");
  ES_CHECK_EQ(about.causation_id().value_or(""), reacted.id);
  ES_CHECK_EQ(about.command_id().value_or(""),
              records().at(0).commands.at(0).command_id);
}

ES_TEST_WITH(caring, "many instances run beside each other, in all "
                     "partitions") {
  start({.partitions = 3});
  std::vector<std::string> ids;
  for (int i = 0; i < 12; ++i) {
    ids.push_back(id = new_id<bank::account>());
    open();
  }
  for (const auto& each : ids) {
    id = each;
    ES_CHECK(account_events() == names({"account_opened", "deposited"}));
    ES_CHECK_EQ(care_state().gifts, 1);
  }
}

ES_TEST_WITH(caring, "a process that is not registered is not run") {
  type_registry none;
  ES_REQUIRE(none.add(type_of<bank::account>()));
  auto other = std::make_shared<store::memory_store>([this] { return now(); });
  ports outside;
  outside.spawn_worker = [](caf::actor_system& system, auto store) {
    return system.spawn<store_worker>(std::move(store));
  };
  auto made = runtime::start(system(), quick(), none, other, outside);
  ES_REQUIRE(made);
  const auto refused = made->run(care());
  ES_REQUIRE(!refused);
  ES_CHECK(refused.error().code == errc::not_found);
  made->kill();
  run();
}

// -- timers -------------------------------------------------------------------

ES_TEST_WITH(caring, "a timer fires when its time has come, again and again") {
  start();
  open();
  advance(59min);
  ES_CHECK_EQ(care_state().fees, 0);
  advance(2min);
  ES_CHECK_EQ(care_state().fees, 1);
  advance(61min);
  ES_CHECK_EQ(care_state().fees, 2);
  ES_CHECK(account_events()
           == names({"account_opened", "deposited", "withdrawn", "withdrawn"}));
}

ES_TEST_WITH(caring, "an event in time puts the timer off") {
  start();
  open();
  advance(59min);
  deposit(1);
  advance(59min);
  ES_CHECK_EQ(care_state().fees, 0);
  advance(2min);
  ES_CHECK_EQ(care_state().fees, 1);
}

ES_TEST_WITH(caring, "a timer that came due while nothing ran fires after the "
                     "restart, once") {
  start();
  open();
  restart();
  advance(3h);
  ES_CHECK_EQ(care_state().fees, 0);
  start();
  advance(10min);
  ES_CHECK_EQ(care_state().fees, 1);
  ES_CHECK_EQ(timers(), 1u);
}

ES_TEST_WITH(caring, "timers of many instances fire, more than are read at "
                     "once") {
  auto how = patient();
  how.subscriptions.page_events_max = 3;
  reconfigure(how);
  start();
  std::vector<std::string> ids;
  for (int i = 0; i < 10; ++i) {
    ids.push_back(id = new_id<bank::account>());
    open();
  }
  advance(61min);
  for (const auto& each : ids) {
    id = each;
    ES_CHECK_EQ(care_state().fees, 1);
  }
}

ES_TEST_WITH(caring, "a timer whose reaction fails waits until it is mended") {
  start();
  open();
  bank::fees_are_broken = true;
  advance(3h);
  ES_CHECK_EQ(care_state().fees, 0);
  bank::fees_are_broken = false;
  advance(1min);
  ES_CHECK_EQ(care_state().fees, 1);
}

ES_TEST_WITH(caring, "a timer whose reaction fails for ever is recorded and "
                     "given up, if the process says so") {
  start({.policy = failing_events::skip});
  open();
  bank::fees_are_broken = true;
  advance(3h);
  const auto last = records().back();
  ES_CHECK_EQ(last.timer, "idle");
  ES_CHECK(last.failure.find("the price list is lost") != std::string::npos);
  ES_CHECK_EQ(care_state().fees, 0);
  ES_CHECK_EQ(timers(), 0u);
}

// -- refusals and compensation ------------------------------------------------

ES_TEST_WITH(caring,
             "a command that is refused is compensated, and an instance "
             "that ended has no timer") {
  start();
  open();
  // Two fees of 4 can be paid from 10, the third can't.
  for (int i = 0; i < 5; ++i)
    advance(61min);
  const auto state = care_state();
  ES_CHECK_EQ(state.fees, 3);
  ES_CHECK_EQ(state.waived, 1);
  ES_CHECK_EQ(timers(), 0u);
  const auto all = records();
  ES_REQUIRE(all.back().refusal);
  ES_CHECK_EQ(all.back().refusal->code, "insufficient_funds");
  ES_CHECK(all.back().ended);
}

ES_TEST_WITH(caring, "an event for an instance that ended is passed over, also "
                     "when the refused command would now be accepted") {
  start();
  open();
  for (int i = 0; i < 5; ++i)
    advance(61min);
  const auto before = records().size();
  deposit(1000);
  // All commands are sent again.
  ES_REQUIRE(store().subscriptions().forget("account_care commands"));
  restart();
  start();
  advance(3h);
  ES_CHECK_EQ(records().size(), before);
  ES_CHECK_EQ(account_events().back(), "deposited");
}

// -- crashes ------------------------------------------------------------------

ES_TEST_WITH(caring,
             "an event that is delivered again after a crash is reacted "
             "to once") {
  start();
  open();
  const auto before = records().size();
  // Neither has noted how far it got.
  ES_REQUIRE(store().subscriptions().forget("account_care"));
  ES_REQUIRE(store().subscriptions().forget("account_care commands"));
  restart();
  start();
  advance(1min);
  ES_CHECK_EQ(records().size(), before);
  ES_CHECK(account_events() == names({"account_opened", "deposited"}));
}

ES_TEST_WITH(caring, "a crash between the reaction and its command loses "
                     "neither") {
  start();
  // Nothing is stored after the instance's first append.
  bool reacted = false;
  store().before_write([&](std::span<const store::append_request> batch) {
    reacted = reacted || batch[0].aggregate_type == "account_care";
    if (reacted)
      store().fail_next_write({errc::unavailable, "it dies"});
  });
  open();
  ES_CHECK(reacted);
  ES_CHECK_EQ(records().size(), 1u);
  ES_CHECK(account_events() == names({"account_opened"}));
  store().before_write({});
  restart();
  start();
  advance(1min);
  ES_CHECK(account_events() == names({"account_opened", "deposited"}));
  ES_CHECK_EQ(care_state().gifts, 1);
}

ES_TEST_WITH(caring, "a command whose answer is lost is executed once") {
  start();
  // The write behind the instance's first append is the command's.
  store().before_write([&](std::span<const store::append_request> batch) {
    if (batch[0].aggregate_type == "account_care") {
      store().lose_next_commit_answer();
      store().before_write({});
    }
  });
  open();
  ES_CHECK(account_events() == names({"account_opened", "deposited"}));
  advance(1min);
  restart();
  start();
  advance(1min);
  ES_CHECK(account_events() == names({"account_opened", "deposited"}));
}

ES_TEST_WITH(caring, "while the store is away nothing is lost and nothing is "
                     "given up") {
  start();
  int refused = 0;
  store().before_write([&](std::span<const store::append_request>) {
    if (refused < 20) {
      ++refused;
      store().fail_next_write({errc::unavailable, "the server is away"});
    }
  });
  open();
  advance(20min);
  store().before_write({});
  ES_CHECK_EQ(refused, 20);
  ES_CHECK(account_events() == names({"account_opened", "deposited"}));
  ES_CHECK(checkpoint_of("account_care").state
           == store::subscription_state::running);
}

// -- failures -----------------------------------------------------------------

ES_TEST_WITH(caring, "a reaction that fails for ever stops the process, which "
                     "is resumed when it is mended") {
  start();
  open();
  deposit(bank::unlucky_amount);
  deposit(1);
  advance(20min);
  const auto stopped = checkpoint_of("account_care");
  ES_CHECK(stopped.state == store::subscription_state::stopped);
  ES_CHECK(stopped.error.find("an unlucky amount") != std::string::npos);
  const auto before = records().size();
  bank::care_is_broken = false;
  ES_REQUIRE(store().subscriptions().set_state(
    "account_care", store::subscription_state::running, ""));
  advance(10s);
  ES_CHECK_EQ(records().size(), before + 2);
}

ES_TEST_WITH(caring, "a reaction that fails for ever is recorded and passed "
                     "over, if the process says so") {
  start({.policy = failing_events::skip});
  open();
  deposit(bank::unlucky_amount);
  deposit(1);
  advance(20min);
  const auto all = records();
  ES_REQUIRE_EQ(all.size(), 4u);
  ES_CHECK(all[2].failure.find("an unlucky amount") != std::string::npos);
  ES_CHECK(all[3].failure.empty());
  ES_CHECK(checkpoint_of("account_care").state
           == store::subscription_state::running);
}

ES_TEST_WITH(caring, "a reaction that fails holds back later events of its own "
                     "instance, and no other's are lost") {
  start();
  open();
  deposit(bank::unlucky_amount);
  const auto first = id;
  id = new_id<bank::account>();
  open();
  bank::care_is_broken = false;
  advance(1min);
  ES_CHECK_EQ(care_state().gifts, 1);
  id = first;
  ES_CHECK_EQ(records().size(), 3u);
}

// -- life ---------------------------------------------------------------------

ES_TEST_WITH(caring, "a runtime that stops gives its leases back, and the next "
                     "one goes on") {
  start();
  open();
  ES_CHECK(stops_cleanly());
  const auto leases = store().leases().list_leases().value();
  ES_CHECK_EQ(leases.size(), 3u);
  for (const auto& each : leases)
    ES_CHECK(each.expired);
  restart();
  start();
  advance(61min);
  ES_CHECK_EQ(care_state().fees, 1);
}

ES_TEST_WITH(caring, "a caller waits until the process has reacted to its "
                     "event") {
  start();
  const auto stored = execute<bank::account>(id, bank::open_account{"Ada"});
  ES_REQUIRE(stored);
  std::optional<result<void>> answer;
  runtime().subscriptions().wait_for(
    "account_care", *stored, 10s,
    [&](result<void> outcome) { answer = std::move(outcome); });
  run();
  ES_REQUIRE(answer);
  ES_CHECK(answer->has_value());
}

} // namespace processes_test
