#include "eventsource/tests/actors/account_world.hpp"

namespace aggregate_actor_test {

using namespace es;
using namespace std::chrono_literals;
using bank::account;
using testing::code;

namespace {

struct fixture : testing::account_world {
  using account_world::account_world;

  result<receipt> runtime_answer(std::string command, nlohmann::json json) {
    auto answer = std::make_shared<std::optional<result<receipt>>>();
    runtime().submit(
      "account", id,
      any_command::from_json(std::move(command), std::move(json)), {},
      [answer](result<receipt> x) { answer->emplace(x); });
    run();
    ES_REQUIRE(answer->has_value());
    return **answer;
  }
};

actors::settings with_snapshots(int every) {
  auto how = fixture::quick();
  how.aggregates.snapshot_every = every;
  return how;
}

struct snapshotting : fixture {
  snapshotting() : fixture(with_snapshots(3)) {
    // nop
  }
};

struct small_queue : fixture {
  static actors::settings limits() {
    auto how = quick();
    how.aggregates.queue_commands_max = 2;
    how.commands.payload_bytes_max = 1024;
    return how;
  }
  small_queue() : fixture(limits()) {
    // nop
  }
};

} // namespace

// -- answers ------------------------------------------------------------------

ES_TEST_WITH(fixture, "an accepted command is answered with version and event "
                      "ids of what is stored") {
  auto answer = execute<account>(id, bank::open_account{"Ada"});
  ES_REQUIRE(answer);
  ES_CHECK_EQ(answer->aggregate_id, id);
  ES_CHECK_EQ(answer->version, 1);
  auto stored = events();
  ES_REQUIRE_EQ(stored.size(), 1u);
  ES_CHECK_EQ(answer->event_ids, std::vector<std::string>{stored[0].id});
  ES_CHECK_EQ(stored[0].type, "account_opened");
  ES_CHECK(stored[0].occurred_at == now());
}

ES_TEST_WITH(fixture, "the largest timeout means to wait, a negative one not "
                      "to") {
  command_options patient;
  patient.timeout = std::chrono::milliseconds::max();
  ES_CHECK(execute<account>(id, bank::open_account{"Ada"}, patient));
  ES_CHECK(execute<account>(id, bank::deposit{5}, patient));
  command_options hasty;
  hasty.timeout = std::chrono::milliseconds::min();
  auto answer = send<account>(id, bank::deposit{5}, hasty);
  advance(1s);
  ES_REQUIRE(*answer);
  ES_CHECK_EQ(code(**answer), errc::timeout);
  ES_CHECK_EQ(balance(), 5);
}

ES_TEST_WITH(fixture, "a receipt is sent only after its events are stored "
                      "(promise 1)") {
  auto answer = send<account>(id, bank::open_account{"Ada"});
  while (!answer->has_value()) {
    if (!scheduler().run_once())
      break;
    if (answer->has_value())
      break;
  }
  ES_REQUIRE(answer->has_value() && **answer);
  ES_CHECK_EQ(events().size(), 1u);
}

ES_TEST_WITH(fixture, "a rejection stores nothing, carries the domain's code, "
                      "and the aggregate lives on") {
  open_with(10);
  auto refused = execute<account>(id, bank::withdraw{11});
  ES_CHECK(code(refused) == errc::rejected);
  ES_CHECK_EQ(refused.error().reason, "insufficient_funds");
  ES_CHECK_EQ(refused.error().message, "the balance is 10");
  ES_CHECK(execute<account>(id, bank::withdraw{10}));
  ES_CHECK_EQ(events().size(), 3u);
}

ES_TEST_WITH(fixture, "a command that changes nothing is answered with the "
                      "present version and stores nothing") {
  open_with(10);
  auto answer = execute<account>(id, bank::touch{});
  ES_REQUIRE(answer);
  ES_CHECK_EQ(answer->version, 2);
  ES_CHECK(answer->event_ids.empty());
  ES_CHECK_EQ(events().size(), 2u);
}

ES_TEST_WITH(fixture, "an exception in a handler is an answer, not the "
                      "aggregate's end") {
  open_with(10);
  auto answer = execute<account>(id, bank::explode{});
  ES_CHECK(code(answer) == errc::internal);
  ES_CHECK(answer.error().message.find("boom") != std::string::npos);
  ES_CHECK_EQ(balance(), 10);
}

ES_TEST_WITH(fixture, "commands are handled one by one in the order they came "
                      "(promise 3)") {
  std::vector<slot<receipt>> answers;
  answers.push_back(send<account>(id, bank::open_account{"Ada"}));
  for (int i = 1; i <= 20; ++i)
    answers.push_back(send<account>(id, bank::deposit{i}));
  run();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ES_REQUIRE(answers[i]->has_value() && **answers[i]);
    ES_CHECK_EQ((**answers[i])->version, static_cast<version_t>(i + 1));
  }
  auto stored = events();
  ES_REQUIRE_EQ(stored.size(), 21u);
  ES_CHECK_EQ(stored[20].data, "{\"amount\":20}");
}

ES_TEST_WITH(fixture, "a command given as JSON does what the typed one does") {
  auto answer = runtime_answer("open_account", {{"owner", "Ada"}});
  ES_REQUIRE(answer);
  ES_CHECK_EQ(state<account>(id)->as<account>().value()->owner, "Ada");
  ES_CHECK(code(runtime_answer("open_account", {{"owner", 7}}))
           == errc::invalid);
  ES_CHECK(code(runtime_answer("no_such_command", {})) == errc::invalid);
}

ES_TEST_WITH(fixture, "events carry the command's metadata, correlation and "
                      "causation") {
  command_options options;
  options.metadata.actor("ada").correlation_id("c-1").causation_id("m-7");
  options.command_id = "cmd-1";
  ES_REQUIRE(execute<account>(id, bank::open_account{"Ada"}, options));
  auto about = metadata::parse(events().at(0).metadata).value();
  ES_CHECK_EQ(*about.actor(), "ada");
  ES_CHECK_EQ(*about.correlation_id(), "c-1");
  ES_CHECK_EQ(*about.causation_id(), "m-7");
  ES_CHECK_EQ(*about.command_id(), "cmd-1");
}

// -- concurrency with other writers -------------------------------------------

ES_TEST_WITH(fixture, "an expected version that is not the present one is a "
                      "conflict") {
  open_with(10);
  auto low = execute<account>(id, bank::deposit{1}, {.expected_version = 1});
  ES_CHECK(code(low) == errc::conflict);
  auto high = execute<account>(id, bank::deposit{1}, {.expected_version = 9});
  ES_CHECK(code(high) == errc::conflict);
  ES_CHECK(execute<account>(id, bank::deposit{1}, {.expected_version = 2}));
}

ES_TEST_WITH(fixture, "an expected version that another program has reached "
                      "meanwhile is seen") {
  open_with(10);
  foreign_deposit(3, 5);
  ES_CHECK(execute<account>(id, bank::deposit{1}, {.expected_version = 3}));
  ES_CHECK_EQ(balance(), 16);
}

ES_TEST_WITH(fixture, "after another program appended, the next command is "
                      "decided again on what it did") {
  open_with(10);
  foreign_deposit(3, 90);
  auto answer = execute<account>(id, bank::deposit{1});
  ES_REQUIRE(answer);
  ES_CHECK_EQ(answer->version, 4);
  ES_CHECK(execute<account>(id, bank::withdraw{100}));
  ES_CHECK_EQ(balance(), 1);
}

ES_TEST_WITH(fixture, "a command that loses its version each time gives up as "
                      "a conflict") {
  open_with(10);
  version_t next = 3;
  bool busy = false;
  store().before_write([&](std::span<const store::append_request>) {
    if (std::exchange(busy, true))
      return; // our own foreign write comes by here as well
    foreign_deposit(next++, 1);
    busy = false;
  });
  auto answer = execute<account>(id, bank::deposit{1});
  ES_CHECK(code(answer) == errc::conflict);
  ES_CHECK_EQ(next, 7); // the first try and three more
  store().before_write({});
  ES_CHECK_EQ(execute<account>(id, bank::deposit{1})->version, 7);
}

// -- bounds and deadlines -----------------------------------------------------

ES_TEST_WITH(small_queue,
             "a full queue refuses at once as overloaded and loses "
             "nothing that was accepted") {
  std::vector<slot<receipt>> answers;
  answers.push_back(send<account>(id, bank::open_account{"Ada"}));
  for (int i = 0; i < 5; ++i)
    answers.push_back(send<account>(id, bank::deposit{1}));
  run();
  int accepted = 0;
  for (auto& answer : answers) {
    ES_REQUIRE(answer->has_value());
    if (**answer)
      ++accepted;
    else
      ES_CHECK((**answer).error().code == errc::overloaded);
  }
  ES_CHECK_EQ(static_cast<std::size_t>(accepted), events().size());
  ES_CHECK_LT(accepted, 6);
}

ES_TEST_WITH(small_queue, "an event above the size bound is refused before it "
                          "is stored") {
  auto answer =
    execute<account>(id, bank::open_account{std::string(2000, 'x')});
  ES_CHECK(code(answer) == errc::invalid);
  ES_CHECK(answer.error().message.find("payload_bytes_max")
           != std::string::npos);
  ES_CHECK(events().empty());
}

ES_TEST_WITH(fixture, "NUL characters, invalid UTF-8 and bad command ids are "
                      "refused as invalid") {
  using namespace std::string_literals;
  for (const auto& owner : {"a\0b"s, "\xff\xfe"s})
    ES_CHECK(code(execute<account>(id, bank::open_account{owner}))
             == errc::invalid);
  for (const auto& command_id : {""s, "\xff"s, "a\0b"s, std::string(201, 'x')})
    ES_CHECK(code(execute<account>(id, bank::open_account{"Ada"},
                                   {.command_id = command_id}))
             == errc::invalid);
  command_options dirty;
  dirty.metadata.set("note", "a\0b"s);
  ES_CHECK(code(execute<account>(id, bank::open_account{"Ada"}, dirty))
           == errc::invalid);
  ES_CHECK(events().empty());
}

// -- recovery -----------------------------------------------------------------

ES_TEST_WITH(fixture, "after a restart an aggregate goes on where it was") {
  open_with(10);
  restart();
  ES_CHECK_EQ(balance(), 10);
  auto answer = execute<account>(id, bank::withdraw{4});
  ES_REQUIRE(answer);
  ES_CHECK_EQ(answer->version, 3);
}

ES_TEST_WITH(fixture, "an event that does not read back stops the aggregate "
                      "with an error that names it") {
  open_with(10);
  restart();
  store().corrupt_event(id, 2, "{\"amount\":\"ten\"}");
  auto answer = execute<account>(id, bank::deposit{1});
  ES_CHECK(code(answer) == errc::corrupt);
  for (const auto& part : {id, std::string{"deposited"}, std::string{"2"}})
    ES_CHECK(answer.error().message.find(part) != std::string::npos);
  ES_CHECK_EQ(events().size(), 2u);
}

ES_TEST_WITH(fixture, "a failed recovery fails what waited and is tried again "
                      "by the next command") {
  open_with(10);
  restart();
  store().fail_next_recover({errc::unavailable, "the database is away"});
  auto a = send<account>(id, bank::deposit{1});
  auto b = send<account>(id, bank::deposit{1});
  run();
  ES_CHECK(code(**a) == errc::unavailable);
  ES_REQUIRE(b->has_value());
  ES_CHECK(execute<account>(id, bank::deposit{1}));
}

ES_TEST_WITH(snapshotting, "a snapshot is written every so many versions and "
                           "recovery starts from it") {
  open_with(10);
  for (int i = 0; i < 5; ++i)
    ES_REQUIRE(execute<account>(id, bank::deposit{1}));
  auto snapshot = store().load_snapshot(id, 1000).value();
  ES_REQUIRE(snapshot.has_value());
  ES_CHECK_EQ(snapshot->version, 6);
  restart();
  // Events below the snapshot are not needed, so damage there does not show.
  store().corrupt_event(id, 2, "{}");
  ES_CHECK_EQ(balance(), 15);
}

ES_TEST_WITH(snapshotting, "a command that fails does not bring the next "
                           "snapshot forward") {
  open_with(10);
  for (int i = 0; i < 4; ++i)
    ES_REQUIRE(execute<account>(id, bank::deposit{1}));
  store().fail_next_write({errc::statement_failed, "no such table"});
  ES_CHECK(!execute<account>(id, bank::deposit{1}));
  ES_REQUIRE(execute<account>(id, bank::deposit{1}));
  ES_CHECK_EQ(store().load_snapshot(id, 1000).value()->version, 6);
}

ES_TEST_WITH(snapshotting, "a snapshot that does not read back costs a full "
                           "replay, never a wrong state") {
  open_with(10);
  ES_REQUIRE(execute<account>(id, bank::deposit{1}));
  store().corrupt_snapshot(id, 3, "{\"owner\":7}");
  restart();
  ES_CHECK_EQ(balance(), 11);
}

ES_TEST_WITH(snapshotting,
             "a snapshot lies at a multiple of the interval, also "
             "when recovery found none to begin with") {
  open_with(10);
  for (int i = 0; i < 2; ++i)
    ES_REQUIRE(execute<account>(id, bank::deposit{1}));
  store().corrupt_snapshot(id, 3, "{\"owner\":7}");
  restart();
  ES_REQUIRE(execute<account>(id, bank::deposit{1}));
  ES_CHECK_EQ(store().load_snapshot(id, 1000).value()->version, 3);
  ES_REQUIRE(execute<account>(id, bank::deposit{1}));
  ES_CHECK_EQ(store().load_snapshot(id, 1000).value()->version, 6);
}

ES_TEST_WITH(fixture, "an aggregate of more events than a page is recovered in "
                      "full") {
  auto how = quick();
  how.recovery.page_events_max = 4;
  how.aggregates.snapshot_every = 0;
  open_with(0);
  for (int i = 0; i < 20; ++i)
    ES_REQUIRE(execute<account>(id, bank::deposit{1}));
  reconfigure(how);
  ES_CHECK_EQ(balance(), 20);
}

// -- failures of the store ----------------------------------------------------

ES_TEST_WITH(fixture, "an append that fails for sure stores nothing, and the "
                      "next command is decided on the state before it") {
  open_with(10);
  store().fail_next_write({errc::statement_failed, "no such table"});
  ES_CHECK(code(execute<account>(id, bank::withdraw{10}))
           == errc::statement_failed);
  auto answer = execute<account>(id, bank::withdraw{10});
  ES_REQUIRE(answer);
  ES_CHECK_EQ(answer->version, 3);
}

ES_TEST_WITH(fixture, "an append whose fate is unknown is found out before the "
                      "next command is decided") {
  open_with(10);
  store().lose_next_commit_answer();
  ES_CHECK(code(execute<account>(id, bank::withdraw{10})) == errc::in_doubt);
  // It was stored: the next one must not be decided on the old balance.
  auto answer = execute<account>(id, bank::withdraw{10});
  ES_CHECK(code(answer) == errc::rejected);
  ES_CHECK_EQ(balance(), 0);
  ES_CHECK_EQ(events().size(), 3u);
}

// -- queries ------------------------------------------------------------------

ES_TEST_WITH(fixture, "the state of an aggregate without events is not found") {
  auto answer = state<account>(id);
  ES_REQUIRE(!answer);
  ES_CHECK(answer.error().code == errc::not_found);
}

ES_TEST_WITH(fixture, "a state query is answered with committed state only "
                      "(promise 4)") {
  open_with(10);
  std::optional<result<actors::current_state>> seen;
  slot<actors::current_state> asked;
  // Ask while the withdrawal's transaction is open.
  store().before_write([&](std::span<const store::append_request>) {
    asked = query<account>(id);
  });
  auto answer = send<account>(id, bank::withdraw{10});
  run();
  ES_REQUIRE(answer->has_value() && asked && asked->has_value());
  auto version = (**asked)->version();
  auto balance_seen = (**asked)->as<account>().value()->balance;
  ES_CHECK(version == 2 ? balance_seen == 10 : balance_seen == 0);
}

ES_TEST_WITH(fixture, "a query after a receipt includes that command (promise "
                      "4)") {
  open_with(10);
  ES_REQUIRE(execute<account>(id, bank::withdraw{3}));
  ES_CHECK_EQ(balance(), 7);
  auto json = state<account>(id)->json().value();
  ES_CHECK_EQ(json, "{\"balance\":7,\"owner\":\"Ada\"}");
}

} // namespace aggregate_actor_test
