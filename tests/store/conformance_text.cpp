#include "eventsource/tests/store/conformance.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace conformance_text_test {

using namespace es;
using namespace es::store;
using namespace es::testing;

namespace {

/// What a unique index can hold.
constexpr std::size_t id_bytes_max = 2'000;

std::string as_json(const std::string& text) {
  return nlohmann::json{{"text", text}, {text, {text}}}.dump();
}

} // namespace

ES_BEHAVIOUR("awkward text comes back unchanged from every field of an event") {
  version_t head = 0;
  for (const auto& text : awkward_texts()) {
    auto append = an_append("ldg_1", head++);
    append.aggregate_type = text;
    append.events[0].type = text;
    append.events[0].data = as_json(text);
    append.metadata = as_json(text);
    must_write(at, append);
  }
  const auto events = events_of(at, "ldg_1");
  ES_REQUIRE(events.size() == awkward_texts().size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& text = awkward_texts()[i];
    ES_CHECK(events[i].aggregate_type == text);
    ES_CHECK(events[i].type == text);
    ES_CHECK(same_json(events[i].data, as_json(text)));
    ES_CHECK(same_json(events[i].metadata, as_json(text)));
  }
}

ES_BEHAVIOUR("awkward texts share a batch without touching each other") {
  std::vector<append_request> batch;
  for (const auto& text : awkward_texts()) {
    auto append = an_append("ldg_" + std::to_string(batch.size()), 0);
    append.events[0].type = text;
    append.events[0].data = as_json(text);
    batch.push_back(std::move(append));
  }
  for (const auto& outcome : at.store().write(batch))
    ES_REQUIRE(is_committed(outcome));
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto event = events_of(at, batch[i].aggregate_id).at(0);
    ES_CHECK(event.type == awkward_texts()[i]);
    ES_CHECK(same_json(event.data, batch[i].events[0].data));
  }
}

ES_BEHAVIOUR("awkward ids name aggregates, events and commands") {
  for (const auto& text : awkward_texts()) {
    const auto id = text.substr(0, id_bytes_max);
    auto append = an_append(id, 0);
    append.events[0].id = "evt_" + id;
    append.events[0].publish = true;
    append.command_id = id;
    append.snapshot = new_snapshot{.data = as_json(text)};
    const auto receipt = must_write(at, append);
    ES_CHECK(receipt.aggregate_id == id);
    ES_CHECK(receipt.event_ids == std::vector{"evt_" + id});
    ES_CHECK(at.store().find_receipt(id, id).value() == receipt);
    const auto events = events_of(at, id);
    ES_REQUIRE(events.size() == 1);
    ES_CHECK(events[0].aggregate_id == id && events[0].id == "evt_" + id);
    const recovery_request request{.aggregate_id = id};
    const auto page = at.store().recover({&request, 1}, 10)->front();
    ES_REQUIRE(page.snapshot);
    ES_CHECK(page.snapshot->aggregate_id == id);
    ES_CHECK(same_json(page.snapshot->data, as_json(text)));
    ES_CHECK_EQ(at.store().version_at(id, noon).value(), 1);
  }
  const auto count = awkward_texts().size();
  ES_CHECK_EQ(at.store().scan_events("", 0, 1'000)->size(), count);
  ES_CHECK_EQ(at.store().scan_outbox("", 0, 1'000)->size(), count);
}

ES_BEHAVIOUR("awkward text comes back unchanged from rows, keys included") {
  const auto& table = every_type_table();
  version_t head = 0;
  std::vector<append_request> batch;
  for (const auto& text : awkward_texts()) {
    auto row = a_row(text.substr(0, id_bytes_max), 1, text);
    row[6] = nlohmann::json{{"text", text}};
    batch.push_back(
      with_change(an_append("ldg_1", head++), table, 1, upsert(row)));
  }
  for (const auto& outcome : at.store().write(batch))
    ES_REQUIRE(is_committed(outcome));
  const auto rows = rows_of(at, table, 3);
  ES_CHECK_EQ(rows.size(), awkward_texts().size());
  for (const auto& row : rows) {
    const auto note = row[1].text().value();
    ES_CHECK(row[0] == cell(note.substr(0, id_bytes_max)));
    const auto details = nlohmann::json::parse(row[6].text().value());
    ES_CHECK(details.at("text") == note);
  }
  for (const auto& text : awkward_texts()) {
    const auto gone = with_change(an_append("ldg_1", head++), table, 2,
                                  es::remove({text.substr(0, id_bytes_max)}));
    must_write(at, gone);
  }
  ES_CHECK(rows_of(at, table).empty());
}

ES_BEHAVIOUR("empty text is text") {
  auto append = an_append("ldg_1", 0);
  append.aggregate_type = "";
  append.events[0].type = "";
  append.events[0].data = "\"\"";
  append.command_id = "";
  append = with_change(std::move(append), every_type_table(), 1,
                       upsert(a_row("", 1, "")));
  const auto receipt = must_write(at, append);
  ES_CHECK(events_of(at, "ldg_1").at(0).type == "");
  ES_CHECK(events_of(at, "ldg_1").at(0).data == "\"\"");
  ES_CHECK(at.store().find_receipt("ldg_1", "").value() == receipt);
  ES_CHECK(rows_of(at, every_type_table()).at(0)[1] == cell(""));
}

ES_BEHAVIOUR("any JSON value may be an event's data") {
  const std::vector<std::string> values = {"null",
                                           "true",
                                           "0",
                                           "-0.5",
                                           "1e3",
                                           "12345678901234567890",
                                           "\"text\"",
                                           "[]",
                                           "{}",
                                           " { \"b\" : 1 , \"a\" : [ ] } ",
                                           "\"\\ud83d\\ude00\""};
  version_t head = 0;
  for (const auto& value : values) {
    auto append = an_append("ldg_1", head++);
    append.events[0].data = value;
    must_write(at, append);
  }
  const auto events = events_of(at, "ldg_1");
  for (std::size_t i = 0; i < values.size(); ++i)
    ES_CHECK(same_json(events.at(i).data, values[i]));
}

} // namespace conformance_text_test
