#include "eventsource/tests/store/conformance.hpp"

#include <string>

namespace conformance_writing_test {

using namespace es;
using namespace es::store;
using namespace es::testing;

// -- one append ---------------------------------------------------------------

ES_BEHAVIOUR("the first append of an aggregate is answered with its receipt") {
  const auto append = an_append("ldg_1", 0, 2);
  const auto receipt = must_write(at, append);
  ES_CHECK_EQ(receipt.aggregate_id, "ldg_1");
  ES_CHECK_EQ(receipt.version, 2);
  ES_CHECK(receipt.event_ids
           == std::vector({append.events[0].id, append.events[1].id}));
}

ES_BEHAVIOUR("every field of an event comes back as it was written") {
  auto append = an_append("ldg_1", 0);
  append.aggregate_type = "account";
  append.metadata = R"({"actor":"Ada","nested":{"a":[1,null]}})";
  append.events[0].type = "opened";
  append.events[0].schema_version = 3;
  append.events[0].data = R"({"owner":"Ada","limit":-12.5,"tags":[]})";
  must_write(at, append);
  const auto events = events_of(at, "ldg_1");
  ES_REQUIRE(events.size() == 1u);
  const auto& event = events[0];
  ES_CHECK_EQ(event.id, append.events[0].id);
  ES_CHECK_EQ(event.type, "opened");
  ES_CHECK_EQ(event.schema_version, 3);
  ES_CHECK(event.occurred_at == noon);
  ES_CHECK(event.registered_at > timestamp{});
  ES_CHECK_EQ(event.aggregate_id, "ldg_1");
  ES_CHECK_EQ(event.aggregate_type, "account");
  ES_CHECK_EQ(event.version, 1);
  ES_CHECK(same_json(event.data, append.events[0].data));
  ES_CHECK(same_json(event.metadata, append.metadata));
}

ES_BEHAVIOUR("moments keep their microseconds, however far away they are") {
  using std::chrono::sys_days;
  using namespace std::chrono_literals;
  const std::vector<timestamp> moments = {
    timestamp{},
    timestamp{-1us},
    noon,
    noon + 1us,
    sys_days{std::chrono::year{1066} / 10 / 14} + 9h + 1us,
    sys_days{std::chrono::year{2999} / 12 / 31} + 23h + 999'999us,
    sys_days{std::chrono::year{9999} / 12 / 31} + 23h + 999'999us,
  };
  version_t version = 0;
  for (auto moment : moments) {
    auto append = an_append("ldg_1", version++);
    append.occurred_at = moment;
    append.snapshot = new_snapshot{.data = "{}", .keep = 100};
    must_write(at, append);
  }
  const auto events = events_of(at, "ldg_1");
  ES_REQUIRE(events.size() == moments.size());
  for (std::size_t i = 0; i < moments.size(); ++i) {
    ES_CHECK_EQ(to_string(events[i].occurred_at), to_string(moments[i]));
    const auto snapshot = at.store().load_snapshot("ldg_1", events[i].version);
    ES_CHECK_EQ(to_string(snapshot.value()->taken_at), to_string(moments[i]));
  }
}

ES_BEHAVIOUR("the store's own clock is the same for all events of an append") {
  must_write(at, an_append("ldg_1", 0, 3));
  const auto events = events_of(at, "ldg_1");
  ES_CHECK(events[0].registered_at == events[2].registered_at);
}

ES_BEHAVIOUR("an append continues where the last one ended") {
  must_write(at, an_append("ldg_1", 0, 3));
  ES_CHECK_EQ(must_write(at, an_append("ldg_1", 3, 2)).version, 5);
  ES_CHECK_EQ(head_of(at, "ldg_1"), 5);
}

ES_BEHAVIOUR("a payload of 100 KiB is stored whole") {
  auto append = an_append("ldg_1", 0);
  append.events[0].data = '"' + std::string(100 * 1024, 'a') + '"';
  must_write(at, append);
  ES_CHECK(events_of(at, "ldg_1")[0].data == append.events[0].data);
}

// -- expected versions --------------------------------------------------------

ES_BEHAVIOUR("an expected version that is too low is a conflict that names "
             "aggregate and versions") {
  must_write(at, an_append("ldg_1", 0, 3));
  for (version_t expected : {0, 1, 2}) {
    const auto outcome = write_one(at, an_append("ldg_1", expected));
    ES_REQUIRE(is_refused(outcome, errc::conflict));
    const auto& message = outcome.error.message;
    ES_CHECK(message.find("ldg_1") != std::string::npos);
    ES_CHECK(message.find("version 3") != std::string::npos);
    ES_CHECK(message.find("expected " + std::to_string(expected))
             != std::string::npos);
  }
  ES_CHECK_EQ(head_of(at, "ldg_1"), 3);
}

ES_BEHAVIOUR("an expected version that is too high is a conflict and leaves no "
             "gap") {
  ES_CHECK(is_refused(write_one(at, an_append("ldg_1", 1)), errc::conflict));
  ES_CHECK_EQ(head_of(at, "ldg_1"), 0);
  must_write(at, an_append("ldg_1", 0, 2));
  ES_CHECK(is_refused(write_one(at, an_append("ldg_1", 3)), errc::conflict));
  ES_CHECK(is_refused(write_one(at, an_append("ldg_1", 99)), errc::conflict));
  ES_CHECK_EQ(head_of(at, "ldg_1"), 2);
}

ES_BEHAVIOUR("after a conflict the present version is accepted") {
  must_write(at, an_append("ldg_1", 0, 2));
  ES_CHECK(is_refused(write_one(at, an_append("ldg_1", 1)), errc::conflict));
  ES_CHECK_EQ(must_write(at, an_append("ldg_1", 2)).version, 3);
}

// -- what can never be stored -------------------------------------------------

ES_BEHAVIOUR("an append that makes no sense is invalid") {
  auto refuse = [&](auto&& spoil) {
    auto append = an_append("ldg_1", 0);
    spoil(append);
    ES_CHECK(is_refused(write_one(at, append), errc::invalid));
  };
  refuse([](append_request& x) { x.aggregate_id.clear(); });
  refuse([](append_request& x) { x.expected_version = -1; });
  refuse([](append_request& x) { x.events.clear(); });
  refuse([](append_request& x) { x.events[0].id.clear(); });
  refuse([](append_request& x) {
    x.snapshot = new_snapshot{.data = "{}", .keep = 0};
  });
  ES_CHECK(at.store().scan_events("", 0, 10)->empty());
}

ES_BEHAVIOUR("data, metadata and snapshots that are no JSON are invalid") {
  for (const std::string text :
       {"", "{", "{'a':1}", "nothing", "{\"a\":1}}", "\"\\u0000\"",
        "{\"a\\u0000\":1}", "\"\xff\"", "\"\\ud800\"", "\"line\nbreak\""}) {
    auto append = an_append("ldg_1", 0);
    append.events[0].data = text;
    ES_CHECK(is_refused(write_one(at, append), errc::invalid));
    append = an_append("ldg_1", 0);
    append.metadata = text;
    ES_CHECK(is_refused(write_one(at, append), errc::invalid));
    append = an_append("ldg_1", 0);
    append.snapshot = new_snapshot{.data = text};
    ES_CHECK(is_refused(write_one(at, append), errc::invalid));
  }
  ES_CHECK_EQ(head_of(at, "ldg_1"), 0);
}

ES_BEHAVIOUR("a backslash before u0000 is text like any other") {
  auto append = an_append("ldg_1", 0);
  append.events[0].data = R"({"text":"\\u0000"})";
  must_write(at, append);
  ES_CHECK(same_json(events_of(at, "ldg_1")[0].data, append.events[0].data));
}

ES_BEHAVIOUR("text with a NUL character or that is no UTF-8 is invalid in "
             "every field") {
  for (const auto& bad :
       {std::string("a\0b", 3), std::string("\xc3("), std::string("\xff")}) {
    auto refuse = [&](auto&& spoil) {
      auto append = an_append("ldg_1", 0);
      append.command_id = "cmd_1";
      spoil(append);
      ES_CHECK(is_refused(write_one(at, append), errc::invalid));
    };
    refuse([&](append_request& x) { x.aggregate_id = bad; });
    refuse([&](append_request& x) { x.aggregate_type = bad; });
    refuse([&](append_request& x) { x.command_id = bad; });
    refuse([&](append_request& x) { x.events[0].id = bad; });
    refuse([&](append_request& x) { x.events[0].type = bad; });
    refuse([&](append_request& x) {
      x = with_change(x, every_type_table(), 1, upsert(a_row("r1", 1, bad)));
    });
    refuse([&](append_request& x) {
      x = with_change(x, every_type_table(), 1, upsert(a_row(bad, 1, "n")));
    });
  }
  ES_CHECK(at.store().scan_events("", 0, 10)->empty());
  ES_CHECK(rows_of(at, every_type_table()).empty());
  ES_CHECK(!at.store().find_receipt("ldg_1", "cmd_1").value());
}

ES_BEHAVIOUR("an event id that is there already is invalid and stores nothing "
             "a second time") {
  const auto first = an_append("ldg_1", 0);
  must_write(at, first);
  auto second = an_append("ldg_2", 0, 3);
  second.events[1].id = first.events[0].id;
  const auto outcome = write_one(at, second);
  ES_REQUIRE(is_refused(outcome, errc::invalid));
  ES_CHECK(outcome.error.message.find("ldg_2") != std::string::npos);
  ES_CHECK_EQ(head_of(at, "ldg_2"), 0);
  auto twice = an_append("ldg_3", 0, 2);
  twice.events[1].id = twice.events[0].id;
  ES_CHECK(is_refused(write_one(at, twice), errc::invalid));
  ES_CHECK_EQ(head_of(at, "ldg_3"), 0);
}

ES_BEHAVIOUR("a refused append leaves nothing behind") {
  must_write(at, an_append("ldg_1", 0));
  auto append = an_append("ldg_1", 0);
  append.events[0].publish = true;
  append.command_id = "cmd_1";
  append.snapshot = new_snapshot{.data = "{}"};
  append = with_change(std::move(append), every_type_table(), 1,
                       upsert(a_row("r1", 1, "must not be there")));
  ES_CHECK(is_refused(write_one(at, append), errc::conflict));
  ES_CHECK_EQ(head_of(at, "ldg_1"), 1);
  ES_CHECK(!at.store().load_snapshot("ldg_1", 100).value());
  ES_CHECK(!at.store().find_receipt("ldg_1", "cmd_1").value());
  ES_CHECK(at.store().scan_outbox("", 0, 10)->empty());
  ES_CHECK(rows_of(at, every_type_table()).empty());
}

// -- outbox -------------------------------------------------------------------

ES_BEHAVIOUR("only events that are to be published get an outbox row") {
  auto append = an_append("ldg_1", 0, 3);
  append.events[0].publish = true;
  append.events[2].publish = true;
  must_write(at, append);
  must_write(at, an_append("ldg_2", 0));
  const auto outbox = at.store().scan_outbox("", 0, 10).value();
  ES_REQUIRE(outbox.size() == 2u);
  ES_CHECK_EQ(outbox[0].event_id, append.events[0].id);
  ES_CHECK_EQ(outbox[0].aggregate_id, "ldg_1");
  ES_CHECK_EQ(outbox[0].version, 1);
  ES_CHECK(!outbox[0].published);
  ES_CHECK_EQ(outbox[1].event_id, append.events[2].id);
  ES_CHECK_EQ(outbox[1].version, 3);
}

// -- other programs -----------------------------------------------------------

ES_BEHAVIOUR("what another program appended counts") {
  must_write(at, an_append("ldg_1", 0));
  const auto foreign = an_append("ldg_1", 1);
  ES_REQUIRE(is_committed(at.other().write({&foreign, 1}).front()));
  ES_CHECK(is_refused(write_one(at, an_append("ldg_1", 1)), errc::conflict));
  ES_CHECK_EQ(must_write(at, an_append("ldg_1", 2)).version, 3);
  ES_CHECK_EQ(at.other().load_events("ldg_1", 1, 10)->size(), 3u);
}

} // namespace conformance_writing_test
