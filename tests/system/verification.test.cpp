#include "eventsource/tools/esctl/verification.hpp"

#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/system/stored_organizations.hpp"
#include "eventsource/tools/esctl/session.hpp"
#include "eventsource/tools/esctl/store_cursor.hpp"

namespace verification_test {

using namespace esctl;
using kind = finding::kind;

namespace {

struct verified : es::testing::stored_organizations {
  std::vector<finding> findings;

  verification_summary run() {
    findings.clear();
    auto summary = must(verify(
      store, known_types(), [this](const finding& f) { findings.push_back(f); },
      [](std::size_t) {
        // nop
      }));
    ES_CHECK_EQ(summary.findings, findings.size());
    return summary;
  }

  /// The only finding there should be.
  finding only(kind what) {
    run();
    for (const auto& f : findings)
      ES_MESSAGE(std::string(to_string(f.what)) + " " + f.aggregate_id + ": "
                 + f.message);
    ES_REQUIRE_EQ(findings.size(), 1u);
    ES_CHECK_EQ(to_string(findings[0].what), to_string(what));
    return findings[0];
  }

  bool is_found(kind what, const std::string& id) const {
    for (const auto& f : findings)
      if (f.what == what && f.aggregate_id == id)
        return true;
    return false;
  }

  /// Sound neighbours on both sides of whatever is damaged.
  void fill() {
    for (const auto* name : {"A", "B", "C", "D", "E"}) {
      register_one(name);
      rename(name, std::string(name) + "2");
      rename(name, std::string(name) + "3");
    }
  }
};

es::cell text(const char* value) {
  return es::cell(value);
}

} // namespace

ES_TEST_WITH(verified, "nothing is wrong with an empty store") {
  auto summary = run();
  ES_CHECK_EQ(summary.events, 0u);
  ES_CHECK_EQ(summary.findings, 0u);
}

ES_TEST_WITH(verified, "nothing is wrong with what actors wrote, and all of it "
                       "is counted") {
  fill();
  auto summary = run();
  ES_CHECK_EQ(summary.findings, 0u);
  ES_CHECK_EQ(summary.aggregates, 5u);
  ES_CHECK_EQ(summary.events, 15u);
  ES_CHECK_EQ(summary.snapshots, 5u);
  ES_CHECK_EQ(summary.projection_rows, 5u);
  ES_CHECK_EQ(summary.outbox_rows, 15u);
}

ES_TEST_WITH(verified, "a store of more than one page is walked to its end") {
  auto many = static_cast<int>(store_cursor<es::row>::page_rows) + 7;
  for (int i = 0; i < many; ++i)
    register_one(std::to_string(i));
  auto summary = run();
  ES_CHECK_EQ(summary.findings, 0u);
  ES_CHECK_EQ(summary.events, static_cast<std::size_t>(many));
  ES_CHECK_EQ(summary.projection_rows, static_cast<std::size_t>(many));
  ES_CHECK_EQ(summary.outbox_rows, static_cast<std::size_t>(many));
}

ES_TEST_WITH(verified, "an event that does not read back is found once, with "
                       "its version") {
  fill();
  store.corrupt_event(id_of("C"), 1, R"({"nome":"C"})");
  auto f = only(kind::unreadable_event);
  ES_CHECK_EQ(f.aggregate_id, id_of("C"));
  ES_CHECK_EQ(f.version, 1);
}

ES_TEST_WITH(verified, "a projection row that differs from the fold is shown "
                       "column by column") {
  fill();
  rename("C", "C4", [](auto& request) {
    request.projection->change.cells[1] = text("another name");
    request.projection->change.cells[5] = es::cell(nullptr);
  });
  auto f = only(kind::projection_differs);
  ES_CHECK_EQ(f.aggregate_id, id_of("C"));
  ES_CHECK_EQ(f.version, 4);
  ES_CHECK_EQ(f.expected, R"(name = "C4", country = "FR")");
  ES_CHECK_EQ(f.actual, R"(name = "another name", country = NULL)");
}

ES_TEST_WITH(verified, "a projection row that lags behind is found") {
  fill();
  rename("E", "E4", [](auto& request) { request.projection.reset(); });
  auto f = only(kind::projection_differs);
  ES_CHECK_EQ(f.aggregate_id, id_of("E"));
  ES_CHECK(f.actual.find("version = \"3\"") != std::string::npos);
}

ES_TEST_WITH(verified, "a missing projection row is found") {
  fill();
  register_one("F", [](auto& request) { request.projection.reset(); });
  ES_CHECK_EQ(only(kind::projection_missing).aggregate_id, id_of("F"));
}

ES_TEST_WITH(verified, "a projection row of no aggregate is found wherever its "
                       "key stands") {
  fill();
  for (const auto* stray : {"a_first", "org_5", "zz_last"}) {
    register_one(stray, [&](auto& request) {
      request.projection->change.cells[0] = text(stray);
    });
  }
  run();
  for (const auto* stray : {"a_first", "org_5", "zz_last"}) {
    ES_CHECK(is_found(kind::projection_surplus, stray));
    ES_CHECK(is_found(kind::projection_missing, id_of(stray)));
  }
  ES_CHECK_EQ(findings.size(), 6u);
}

ES_TEST_WITH(verified, "the row of an aggregate that can't be read is neither "
                       "right nor surplus") {
  fill();
  for (const auto* name : {"A", "B", "C", "D", "E"}) {
    store.corrupt_event(id_of(name), 3, "{}");
    run();
    ES_CHECK(is_found(kind::unreadable_event, id_of(name)));
    for (const auto& f : findings)
      ES_CHECK(f.what == kind::unreadable_event);
  }
}

ES_TEST_WITH(verified, "a snapshot that differs from the fold at its version "
                       "is found") {
  fill();
  rename("C", "C4", [](auto& request) {
    auto state = nlohmann::json::parse(request.snapshot->data);
    state["name"] = "another name";
    request.snapshot->data = state.dump();
  });
  auto f = only(kind::snapshot_differs);
  ES_CHECK_EQ(f.aggregate_id, id_of("C"));
  ES_CHECK_EQ(f.version, 4);
  ES_CHECK(f.expected.find("C4") != std::string::npos);
  ES_CHECK(f.actual.find("another name") != std::string::npos);
}

ES_TEST_WITH(verified, "a snapshot that does not decode is found") {
  fill();
  store.corrupt_snapshot(id_of("C"), 2, "[]");
  auto f = only(kind::snapshot_differs);
  ES_CHECK_EQ(f.version, 2);
  ES_CHECK_EQ(f.actual, "[]");
}

ES_TEST_WITH(verified, "a snapshot of another state version is nobody's "
                       "concern") {
  fill();
  rename("C", "C4", [](auto& request) {
    request.snapshot->state_version = 99;
    request.snapshot->data = "{}";
  });
  ES_CHECK_EQ(run().findings, 0u);
}

ES_TEST_WITH(verified, "an event without its outbox row is found") {
  fill();
  std::string event_id;
  rename("C", "C4", [&](auto& request) { event_id = request.events[0].id; });
  store.lose_outbox_row(event_id);
  auto f = only(kind::outbox_missing);
  ES_CHECK_EQ(f.aggregate_id, id_of("C"));
  ES_CHECK_EQ(f.version, 4);
}

ES_TEST_WITH(verified, "an event that asked for no outbox row needs none, "
                       "whatever its type does now") {
  fill();
  rename("C", "C4", [](auto& request) { request.events[0].publish = false; });
  ES_CHECK_EQ(run().findings, 0u);
}

ES_TEST_WITH(verified, "events without outbox rows of more than one page are "
                       "all found") {
  const auto many = static_cast<int>(store_cursor<es::row>::page_rows) + 7;
  for (int i = 0; i < many; ++i) {
    std::string event_id;
    register_one(std::to_string(i),
                 [&](auto& request) { event_id = request.events[0].id; });
    store.lose_outbox_row(event_id);
  }
  ES_CHECK_EQ(run().findings, static_cast<std::size_t>(many));
}

ES_TEST_WITH(verified, "an event of a type that the aggregate does not have is "
                       "found by its name") {
  fill();
  rename("C", "C4", [](auto& request) {
    request.events[0].type = "organization_sold";
    request.projection.reset();
    request.snapshot.reset();
  });
  auto f = only(kind::unreadable_event);
  ES_CHECK(f.message.find("organization_sold") != std::string::npos);
}

ES_TEST_WITH(verified, "an aggregate of a type that this program does not know "
                       "is found once") {
  fill();
  for (es::version_t version : {0, 1}) {
    es::store::append_request request;
    request.aggregate_id = "acc_1";
    request.aggregate_type = "account";
    request.expected_version = version;
    request.events = {
      {"evt_x" + std::to_string(version), "opened", 1, "{}", false}};
    write(std::move(request));
  }
  auto f = only(kind::unknown_type);
  ES_CHECK_EQ(f.aggregate_id, "acc_1");
  ES_CHECK_EQ(f.version, 1);
}

} // namespace verification_test
