#include "eventsource/domain/organization/organization_projections.hpp"

#include "eventsource/domain/organization/organization.hpp"
#include "eventsource/domain/timestamp.hpp"

#include <string>

namespace es::reference {

namespace {

constexpr const char* per_country = "organizations_per_country";
constexpr const char* names = "organization_names";

/// What one event adds to its country's day.
struct country_day {
  int registered = 0;
  int moved_in = 0;
  int moved_out = 0;
  int dissolved = 0;
};

void add(projection_writer& to, const std::string& country,
         const event_context& about, const country_day& what) {
  constexpr std::size_t date_bytes = 10;
  to.increment(per_country,
               {country, to_string(about.occurred_at).substr(0, date_bytes),
                what.registered, what.moved_in, what.moved_out,
                what.dissolved});
}

} // namespace

std::shared_ptr<const async_projection> organizations_per_country() {
  auto made = std::make_shared<async_projection>(
    per_country, std::vector<projection_table>{
                   {.name = per_country,
                    .columns = {{"country", column_type::text},
                                {"day", column_type::text},
                                {"registered", column_type::bigint},
                                {"moved_in", column_type::bigint},
                                {"moved_out", column_type::bigint},
                                {"dissolved", column_type::bigint}},
                    .key = {"country", "day"},
                    .version_column = ""}});
  made->of_aggregates({std::string(organization::aggregate_type)});
  made->on<organization_registered>([](const organization_registered& event,
                                       const event_context& about,
                                       projection_writer& to) {
    add(to, event.country, about, {.registered = 1});
  });
  made->on<organization_relocated>([](const organization_relocated& event,
                                      const event_context& about,
                                      projection_writer& to) {
    add(to, event.former_country, about, {.moved_out = 1});
    add(to, event.country, about, {.moved_in = 1});
  });
  made->on<organization_dissolved>([](const organization_dissolved& event,
                                      const event_context& about,
                                      projection_writer& to) {
    add(to, event.country, about, {.dissolved = 1});
  });
  return made;
}

std::shared_ptr<const async_projection> organization_names() {
  auto made = std::make_shared<async_projection>(
    names,
    std::vector<projection_table>{
      {.name = names,
       .columns = {{"id", column_type::text}, {"name", column_type::text}},
       .key = {"id"},
       .version_column = ""}});
  made->of_aggregates({std::string(organization::aggregate_type)});
  made->on<organization_registered>([](const organization_registered& event,
                                       const event_context& about,
                                       projection_writer& to) {
    to.upsert(names, {about.aggregate_id, event.name});
  });
  made->on<organization_renamed>([](const organization_renamed& event,
                                    const event_context& about,
                                    projection_writer& to) {
    to.upsert(names, {about.aggregate_id, event.name});
  });
  made->on<organization_dissolved>(
    [](const organization_dissolved&, const event_context& about,
       projection_writer& to) { to.remove(names, {about.aggregate_id}); });
  return made;
}

const std::vector<std::shared_ptr<const async_projection>>&
organization_projections() {
  static const std::vector<std::shared_ptr<const async_projection>> all{
    organizations_per_country(), organization_names()};
  return all;
}

} // namespace es::reference
