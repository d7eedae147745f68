#include "eventsource/store/postgres/sqlstate.hpp"

#include "eventsource/tests/kit/test.hpp"

#include <set>
#include <string>

namespace sqlstate_test {

using namespace es::store::postgres;
using es::errc;

namespace {

struct expectation {
  const char* code;
  errc means;
  reaction what;
  bool in_doubt;
};

} // namespace

ES_TEST("each error is answered as its cause asks for") {
  using enum reaction;
  const expectation all[] = {
    {"", errc::unavailable, reconnect, true},
    {"08006", errc::unavailable, reconnect, true},
    {"57P01", errc::unavailable, reconnect, true},
    {"57P03", errc::unavailable, reconnect, true},
    {"25006", errc::unavailable, reconnect, false},
    {"25P03", errc::unavailable, reconnect, false},
    {"28P01", errc::unavailable, reconnect, false},
    {"3D000", errc::unavailable, reconnect, false},
    {"40001", errc::unavailable, retry, false},
    {"40P01", errc::unavailable, retry, false},
    {"40003", errc::unavailable, reconnect, true},
    {"53100", errc::unavailable, refuse_all, false},
    {"53300", errc::unavailable, refuse_all, false},
    {"57014", errc::unavailable, refuse_all, false},
    {"58030", errc::unavailable, refuse_all, false},
    {"42P01", errc::schema_mismatch, refuse_all, false},
    {"42703", errc::schema_mismatch, refuse_all, false},
    {"3F000", errc::schema_mismatch, refuse_all, false},
    {"42501", errc::unavailable, refuse_all, false},
    {"XX001", errc::corrupt, refuse_all, false},
    {"42601", errc::statement_failed, find_culprit, false},
    {"22P05", errc::invalid, find_culprit, false},
    {"22021", errc::invalid, find_culprit, false},
    {"22P02", errc::invalid, find_culprit, false},
    {"23505", errc::statement_failed, find_culprit, false},
    {"54000", errc::invalid, find_culprit, false},
    {"P0001", errc::statement_failed, find_culprit, false},
  };
  for (const auto& x : all) {
    ES_MESSAGE(std::string("SQLSTATE ") + x.code);
    const auto& found = lookup_sqlstate(x.code);
    ES_CHECK(found.means == x.means);
    ES_CHECK(found.what == x.what);
    ES_CHECK(found.in_doubt == x.in_doubt);
  }
}

ES_TEST("no row of the table hides another") {
  std::set<std::string_view> seen;
  for (const auto& row : sqlstate_table()) {
    ES_CHECK(row.code.size() == 2 || row.code.size() == 5);
    ES_CHECK(!row.name.empty());
    ES_CHECK(seen.insert(row.code).second);
    ES_CHECK_EQ(lookup_sqlstate(row.code).code, row.code);
  }
}

ES_TEST(
  "only an error that leaves the connection can leave a commit in doubt") {
  for (const auto& row : sqlstate_table())
    ES_CHECK(!row.in_doubt || row.what == reaction::reconnect);
}

} // namespace sqlstate_test
