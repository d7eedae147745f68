#include "eventsource/tests/faults/organization_load.hpp"

#include "eventsource/domain/organization/organization.hpp"

#include <array>
#include <random>
#include <stdexcept>

namespace es::testing {

namespace {

using namespace es::reference;

constexpr std::size_t senders = 4;
constexpr std::size_t organizations_each = 40;

constexpr const char* names_that_differ = R"(
SELECT 'organization_names: ' || id || ' has ' || COALESCE(p.name, 'no row')
  || ' instead of ' || COALESCE(w.name, 'no row')
FROM (
  SELECT
    aggregate_id AS id,
    (array_agg(data ->> 'name' ORDER BY aggregate_version DESC) FILTER (
      WHERE type IN ('organization_registered', 'organization_renamed')
    ))[1] AS name
  FROM es.events
  GROUP BY aggregate_id
  HAVING NOT bool_or(type = 'organization_dissolved')
) AS w
FULL JOIN projection.organization_names AS p USING (id)
WHERE w.name IS DISTINCT FROM p.name)";

constexpr const char* counts_that_differ = R"(
SELECT 'organizations_per_country: ' || country || ' on ' || day || ' has '
  || COALESCE(CAST(p.counts AS TEXT), 'no row') || ' instead of '
  || COALESCE(CAST(w.counts AS TEXT), 'no row')
FROM (
  SELECT country, day,
    ARRAY[sum(registered), sum(moved_in), sum(moved_out), sum(dissolved)]
      AS counts
  FROM (
    SELECT
      data ->> 'country' AS country,
      to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day,
      CAST(type = 'organization_registered' AS INTEGER) AS registered,
      CAST(type = 'organization_relocated' AS INTEGER) AS moved_in,
      0 AS moved_out,
      CAST(type = 'organization_dissolved' AS INTEGER) AS dissolved
    FROM es.events
    WHERE type <> 'organization_renamed'
    UNION ALL
    SELECT
      data ->> 'former_country',
      to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
      0, 0, 1, 0
    FROM es.events
    WHERE type = 'organization_relocated'
  ) AS each_event
  GROUP BY country, day
) AS w
FULL JOIN (
  SELECT country, day, ARRAY[registered, moved_in, moved_out, dissolved]
    AS counts
  FROM projection.organizations_per_country
) AS p USING (country, day)
WHERE w.counts IS DISTINCT FROM p.counts)";

} // namespace

organization_load::organization_load(store::postgres_settings where,
                                     std::uint64_t seed) {
  actors::init_types<>();
  how_.store = std::move(where);
  how_.runtime.threads = 2;
  how_.runtime.stop_timeout = std::chrono::seconds{60};
  how_.commands.timeout = std::chrono::seconds{2};
  how_.log.level = "off";
  config_ = std::make_unique<actors::system_config<>>(how_);
  system_ = std::make_unique<caf::actor_system>(*config_);
  type_registry types;
  auto known = types.add(type_of<organization>());
  auto started = actors::runtime::start(*system_, how_, std::move(types));
  if (!known || !started)
    throw std::runtime_error("the load does not start");
  runtime_.emplace(std::move(*started));
  for (std::size_t i = 0; i < senders; ++i)
    threads_.emplace_back([this, seed, i] { send(seed * senders + i); });
}

organization_load::~organization_load() {
  stop();
}

void organization_load::stop() {
  stopping_ = true;
  for (auto& each : threads_)
    each.join();
  threads_.clear();
  if (runtime_)
    (void)runtime_->stop();
}

void organization_load::send(std::uint64_t seed) {
  std::mt19937_64 random{seed};
  auto below = [&](std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>{0, bound - 1}(random);
  };
  auto word = [&] {
    return std::string("Name ") + std::to_string(below(9'999));
  };
  auto country = [&] {
    constexpr std::array all{"FR", "DE", "BE", "US", "JP"};
    return std::string(all[below(all.size())]);
  };
  auto ids = ksuid_generator::system();
  std::vector<std::string> mine;
  while (!stopping_) {
    auto execute = [&](const std::string& id, auto command) {
      if (runtime_->execute<organization>(id, std::move(command)))
        ++accepted_;
    };
    if (mine.size() < organizations_each || below(10) == 0) {
      if (mine.size() >= organizations_each)
        mine.erase(mine.begin());
      mine.push_back(ids.next(organization::id_prefix));
      execute(mine.back(), register_organization{word(), "1", country()});
      continue;
    }
    const auto& id = mine[below(mine.size())];
    switch (below(8)) {
      case 0:
        execute(id, dissolve_organization{});
        break;
      case 1:
      case 2:
        execute(id, relocate_organization{country()});
        break;
      default:
        execute(id, rename_organization{word()});
    }
  }
}

findings compare_projections(store::postgres::connection& link) {
  findings found;
  for (const auto* sql : {names_that_differ, counts_that_differ}) {
    const auto rows = link.run_once({"compare_projections", sql}, {});
    for (std::size_t i = 0; i < rows.size(); ++i)
      found.emplace_back(rows.text(i, 0));
  }
  return found;
}

} // namespace es::testing
