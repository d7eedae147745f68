#include "eventsource/domain/async_projection.hpp"

#include "eventsource/tests/kit/test.hpp"

#include <stdexcept>

namespace async_projection_test {

using namespace es;

namespace {

struct opened {
  static constexpr std::string_view event_type = "opened";
  static constexpr int schema_version = 2;
  std::string country;
};

struct closed {
  static constexpr std::string_view event_type = "closed";
};

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(opened, country)

projection_table table_named(std::string name) {
  return {
    .name = std::move(name),
    .columns = {{"country", column_type::text}, {"total", column_type::bigint}},
    .key = {"country"},
    .version_column = ""};
}

recorded_event stored(std::string type, std::string data, int schema = 2) {
  return {.id = "evt_1",
          .type = std::move(type),
          .schema_version = schema,
          .occurred_at = {},
          .registered_at = {},
          .aggregate_id = "acc_1",
          .aggregate_type = "account",
          .version = 3,
          .data = std::move(data),
          .metadata = R"({"actor":"ada"})"};
}

struct with_projection {
  async_projection all{"per_country", {table_named("countries")}};

  with_projection() {
    all.on<opened>([](const opened& event, const event_context& about,
                      projection_writer& to) {
      if (event.country == "throw")
        throw std::runtime_error("no such country");
      to.increment(event.country == "elsewhere" ? "nowhere" : "countries",
                   {event.country, about.version});
      to.execute("UPDATE {countries} SET total = $1", {about.metadata.actor()});
    });
    all.on<closed>(
      [](const closed&, const event_context& about, projection_writer& to) {
        to.remove("countries", {about.aggregate_id});
      });
  }

  result<void> handle(const recorded_event& event, projection_writer& to) {
    return all.handle(event, to);
  }

  errc code_of(const recorded_event& event) {
    projection_writer to{all.tables()};
    const auto outcome = all.handle(event, to);
    ES_REQUIRE(!outcome);
    ES_CHECK(outcome.error().message.find("evt_1") != std::string::npos);
    return outcome.error().code;
  }
};

} // namespace

ES_TEST_WITH(with_projection, "a handler gets its event with what is known "
                              "about it, and its changes name the table") {
  projection_writer to{all.tables()};
  ES_REQUIRE(handle(stored("opened", R"({"country":"FR"})"), to));
  ES_REQUIRE(handle(stored("closed", "{}", 1), to));
  ES_REQUIRE_EQ(to.changes().size(), 2u);
  ES_CHECK(to.changes()[0].what == table_change::kind::increment);
  ES_CHECK(to.changes()[0].table == &all.tables().front());
  ES_CHECK(to.changes()[0].cells == row({"FR", 3}));
  ES_CHECK(to.changes()[1].what == table_change::kind::remove);
  ES_CHECK(to.changes()[1].cells == row({"acc_1"}));
  ES_REQUIRE_EQ(to.statements().size(), 1u);
  ES_CHECK(to.statements()[0].parameters[0] == "ada");
}

ES_TEST_WITH(with_projection, "an event without a handler changes nothing") {
  projection_writer to{all.tables()};
  ES_CHECK(handle(stored("renamed", "no JSON"), to));
  ES_CHECK(to.changes().empty());
  ES_CHECK(all.event_types() == std::vector<std::string>({"closed", "opened"}));
}

ES_TEST_WITH(with_projection, "what goes wrong is an error that names the "
                              "event") {
  ES_CHECK(code_of(stored("opened", R"({"country":"throw"})"))
           == errc::internal);
  ES_CHECK(code_of(stored("opened", R"({"country":"elsewhere"})"))
           == errc::invalid);
  ES_CHECK(code_of(stored("opened", "no JSON")) == errc::corrupt);
  ES_CHECK(code_of(stored("opened", R"({"country":"FR"})", 1))
           == errc::corrupt);
}

ES_TEST_WITH(with_projection, "events of older forms and names are read with "
                              "the upcasters") {
  upcasters steps;
  steps.rename("begun", "opened");
  steps.add<opened>(1, [](nlohmann::json old) {
    return nlohmann::json{{"country", old.at("land")}};
  });
  all.read_with(std::move(steps));
  projection_writer to{all.tables()};
  ES_REQUIRE(handle(stored("begun", R"({"land":"DE"})", 1), to));
  ES_CHECK(to.changes()[0].cells == row({"DE", 3}));
  // Whoever reads by these names would miss old ones.
  ES_CHECK(all.event_types().empty());
}

} // namespace async_projection_test
