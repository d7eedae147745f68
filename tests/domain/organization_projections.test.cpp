#include "eventsource/domain/organization/organization_projections.hpp"

#include "eventsource/domain/organization/organization.hpp"
#include "eventsource/tests/kit/test.hpp"

namespace organization_projections_test {

using namespace es;
using namespace es::reference;

namespace {

/// What a projection makes of one event of "org_1".
struct projected {
  template <class Event>
  std::vector<table_change> changes(const async_projection& by, Event event) {
    writer.emplace(by.tables());
    const recorded_event stored{
      .id = "evt_1",
      .type = std::string(Event::event_type),
      .schema_version = 1,
      .occurred_at = timestamp{std::chrono::seconds{1'700'000'000}},
      .registered_at = {},
      .aggregate_id = "org_1",
      .aggregate_type = "organization",
      .version = 1,
      .data = nlohmann::json(event).dump(),
      .metadata = "{}"};
    ES_REQUIRE(by.handle(stored, *writer).has_value());
    return writer->changes();
  }

  std::optional<projection_writer> writer;
};

constexpr const char* day = "2023-11-14";

} // namespace

ES_TEST_WITH(projected, "a registration counts for its country on its day") {
  const auto by = organizations_per_country();
  const auto made =
    changes(*by, organization_registered{"Acme", "RCS 1", "FR"});
  ES_REQUIRE_EQ(made.size(), 1u);
  ES_CHECK(made[0].what == table_change::kind::increment);
  ES_CHECK(made[0].cells == row({"FR", day, 1, 0, 0, 0}));
}

ES_TEST_WITH(projected, "a move counts for both countries") {
  const auto by = organizations_per_country();
  const auto made = changes(*by, organization_relocated{"BE", "FR"});
  ES_REQUIRE_EQ(made.size(), 2u);
  ES_CHECK(made[0].cells == row({"FR", day, 0, 0, 1, 0}));
  ES_CHECK(made[1].cells == row({"BE", day, 0, 1, 0, 0}));
}

ES_TEST_WITH(projected, "a dissolution counts for the country it was in") {
  const auto by = organizations_per_country();
  const auto made = changes(*by, organization_dissolved{"BE"});
  ES_REQUIRE_EQ(made.size(), 1u);
  ES_CHECK(made[0].cells == row({"BE", day, 0, 0, 0, 1}));
}

ES_TEST_WITH(projected, "what does not concern a country changes no count") {
  const auto by = organizations_per_country();
  ES_CHECK(changes(*by, organization_renamed{"Acme SA"}).empty());
}

ES_TEST_WITH(projected, "the present name is kept until the dissolution") {
  const auto by = organization_names();
  for (const auto& made :
       {changes(*by, organization_registered{"Acme", "RCS 1", "FR"}),
        changes(*by, organization_renamed{"Acme"})}) {
    ES_REQUIRE_EQ(made.size(), 1u);
    ES_CHECK(made[0].what == table_change::kind::upsert);
    ES_CHECK(made[0].cells == row({"org_1", "Acme"}));
  }
  const auto gone = changes(*by, organization_dissolved{"FR"});
  ES_REQUIRE_EQ(gone.size(), 1u);
  ES_CHECK(gone[0].what == table_change::kind::remove);
  ES_CHECK(gone[0].cells == row({"org_1"}));
}

ES_TEST("a dissolution and a move say where the organization was") {
  const auto& type = type_of<organization>();
  organization acme;
  acme.name = "Acme";
  acme.country = "FR";
  acme.created_at = "2023-11-14T22:13:20.000000Z";
  const auto state = std::make_shared<const organization>(acme);
  const auto data = [&](any_command command) {
    return type.decide(state, std::move(command), {"org_1", 1, {}, {}})
      ->events.at(0)
      .data;
  };
  ES_CHECK_EQ(data(any_command::of(relocate_organization{"BE"})),
              R"({"country":"BE","former_country":"FR"})");
  ES_CHECK_EQ(data(any_command::of(dissolve_organization{})),
              R"({"country":"FR"})");
}

} // namespace organization_projections_test
