#include "eventsource/domain/metadata.hpp"

#include "eventsource/tests/kit/test.hpp"

namespace metadata_test {

using namespace es;

ES_TEST("metadata is an empty object until something is set") {
  metadata about;
  ES_CHECK(about.empty());
  ES_CHECK_EQ(about.json().dump(), "{}");
  ES_CHECK(!about.correlation_id());
}

ES_TEST("named fields are kept under their names beside free ones") {
  metadata about;
  about.correlation_id("c").causation_id("k").command_id("m");
  about.traceparent("00-1-2-01").actor("ada").set("tenant", 7);
  ES_CHECK(about.json()
           == nlohmann::json({{"correlation_id", "c"},
                              {"causation_id", "k"},
                              {"command_id", "m"},
                              {"traceparent", "00-1-2-01"},
                              {"actor", "ada"},
                              {"tenant", 7}}));
  auto again = metadata::parse(about.json().dump()).value();
  ES_CHECK(again == about);
  ES_CHECK_EQ(*again.actor(), "ada");
}

ES_TEST("what is no object is refused as invalid") {
  for (const char* text : {"", "null", "[]", "\"x\"", "7", "{"}) {
    auto about = metadata::parse(text);
    ES_REQUIRE(!about);
    ES_CHECK(about.error().code == errc::invalid);
  }
}

ES_TEST("a named field of another type does not read as text") {
  auto about = metadata::parse(R"({"actor": 7, "command_id": null})").value();
  ES_CHECK(!about.actor());
  ES_CHECK(!about.command_id());
}

ES_TEST("of a command a named field of another type is refused, by its name") {
  for (const std::string name : {"correlation_id", "causation_id", "command_id",
                                 "traceparent", "actor"}) {
    for (const auto& wrong : {nlohmann::json(7), nlohmann::json::array()}) {
      auto ok = metadata{}.set(name, wrong).check();
      ES_REQUIRE(!ok);
      ES_CHECK(ok.error().code == errc::invalid);
      ES_CHECK(ok.error().message.find("`" + name + "`") != std::string::npos);
    }
    ES_CHECK(metadata{}.set(name, "x").check());
    ES_CHECK(metadata{}.set(name, nullptr).check());
  }
  ES_CHECK(metadata{}.set("tenant", 7).check());
  ES_CHECK(metadata{}.check());
}

ES_TEST("a command's correlation and causation pass on to its events") {
  metadata command;
  command.correlation_id("conversation").causation_id("cause").actor("ada");
  auto about = event_metadata(command, "cmd-1");
  ES_CHECK_EQ(*about.correlation_id(), "conversation");
  ES_CHECK_EQ(*about.causation_id(), "cause");
  ES_CHECK_EQ(*about.command_id(), "cmd-1");
  ES_CHECK_EQ(*about.actor(), "ada");
}

ES_TEST("without them a command with an id begins its own conversation") {
  auto about = event_metadata({}, "cmd-1");
  ES_CHECK_EQ(*about.correlation_id(), "cmd-1");
  ES_CHECK_EQ(*about.causation_id(), "cmd-1");
  ES_CHECK(event_metadata({}, std::nullopt).empty());
}

ES_TEST("a command that follows from an event stays in its conversation and "
        "its trace") {
  metadata event;
  event.correlation_id("conversation")
    .causation_id("cause")
    .command_id("cmd-1");
  event.traceparent("00-trace").actor("ada");
  const auto about = follow_up_metadata("evt-7", event.json().dump());
  ES_CHECK_EQ(about.json(), nlohmann::json({{"correlation_id", "conversation"},
                                            {"causation_id", "evt-7"},
                                            {"traceparent", "00-trace"}}));
}

ES_TEST("a command that follows from an event without a conversation begins "
        "one with it") {
  for (const auto* stored : {"{}", "", "no JSON", R"({"correlation_id":7})"}) {
    const auto about = follow_up_metadata("evt-7", stored);
    ES_CHECK_EQ(about.json(), nlohmann::json({{"correlation_id", "evt-7"},
                                              {"causation_id", "evt-7"}}));
  }
}

ES_TEST("metadata nested too deeply is invalid, not a crash") {
  auto text =
    "{\"a\":" + std::string(200'000, '[') + std::string(200'000, ']') + "}";
  auto parsed = metadata::parse(text);
  ES_REQUIRE(!parsed);
  ES_CHECK(parsed.error().code == errc::invalid);
  auto given = metadata::from_json(nlohmann::json::parse(text));
  ES_REQUIRE(!given);
  ES_CHECK(given.error().code == errc::invalid);
}

ES_TEST("empty metadata is one thing, however it was made") {
  auto parsed = metadata::parse(" { } ").value();
  auto given = metadata::from_json(nlohmann::json::object()).value();
  for (const auto& about : {parsed, given}) {
    ES_CHECK(about == metadata{});
    ES_CHECK(about.empty());
    ES_CHECK(about.json().is_object());
  }
}

} // namespace metadata_test
