// What libpq's settings of TLS in the connection string do to a store.
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/store/tls_server.hpp"

#include <string>

namespace tls_test {

using namespace es;
using namespace es::store;
using namespace es::testing;

namespace {

/// One for all tests of this file, stopped at the end.
const tls_server& server() {
  static const tls_server made;
  return made;
}

postgres_settings settings_of(const std::string& host, const std::string& tls) {
  postgres_settings how;
  how.dsn = server().dsn(host, tls);
  return how;
}

std::string verified(const std::string& mode, const std::string& root) {
  return "sslmode=" + mode + " sslrootcert=" + root;
}

/// What a store says that can't be used.
error refusal(const postgres_settings& how) {
  const auto store = postgres_store::open(how);
  if (!store)
    return store.error();
  const auto checked = (*store)->check();
  ES_REQUIRE(!checked);
  return checked.error();
}

void check_refused(const std::string& host, const std::string& tls,
                   std::string_view reason) {
  const auto why = refusal(settings_of(host, tls));
  ES_MESSAGE(to_string(why));
  ES_CHECK(why.code == errc::unavailable);
  for (std::string_view part :
       {reason, std::string_view{"the server at"},
        std::string_view{"Check sslmode and sslrootcert"}})
    ES_CHECK(why.message.find(part) != std::string::npos);
}

} // namespace

ES_TEST("a store works over TLS, with the server's root and name "
        "checked") {
  const auto how =
    settings_of("localhost", verified("verify-full", server().root()));
  must(must(migrator::open(how)).apply());
  const auto store = must(postgres_store::open(how));
  ES_CHECK(store->check().has_value());
  append_request append;
  append.aggregate_id = "acc_000000000000000000000000001";
  append.aggregate_type = "account";
  append.events.push_back({"evt_000000000000000000000000001", "deposited", 1,
                           R"({"amount": 5})", true});
  const auto outcomes = store->write({&append, 1});
  ES_REQUIRE(outcomes.size() == 1);
  ES_CHECK_EQ(to_string(outcomes[0].error), to_string(error{}));
  ES_CHECK_EQ(must(store->load_events(append.aggregate_id, 1, 10)).size(), 1u);
  observer look{how.dsn};
  ES_CHECK_EQ(look.value("SELECT count(*) FROM pg_stat_ssl JOIN "
                         "pg_stat_activity USING (pid) WHERE NOT ssl AND "
                         "client_addr IS NOT NULL"),
              "0");
  ES_CHECK_EQ(look.value("SELECT count(*) > 1 FROM pg_stat_ssl WHERE ssl"),
              "t");
}

ES_TEST("a certificate of another root is refused, and says what to "
        "look at") {
  for (const std::string mode : {"verify-ca", "verify-full"})
    check_refused("localhost", verified(mode, server().wrong_root()),
                  "certificate verify failed");
}

ES_TEST("a server of another name is refused where the name is asked "
        "for") {
  const auto root = server().root();
  check_refused("other.example", verified("verify-full", root),
                "does not match host name \"other.example\"");
  const auto link =
    observer{server().dsn("other.example", verified("verify-ca", root))}.value(
      "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
  ES_CHECK_EQ(link, "t");
}

ES_TEST("a root that is not there is refused, not passed over") {
  check_refused("localhost", verified("verify-full", "/nowhere/root.crt"),
                "root certificate file \"/nowhere/root.crt\"");
}

} // namespace tls_test
