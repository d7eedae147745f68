#include "eventsource/domain/error.hpp"

#include "eventsource/tests/kit/test.hpp"

#include <set>

namespace error_test {

using namespace es;

namespace {

constexpr errc all_codes[] = {
  errc::rejected,         errc::conflict,    errc::not_found,
  errc::invalid,          errc::unavailable, errc::overloaded,
  errc::timeout,          errc::corrupt,     errc::schema_mismatch,
  errc::statement_failed, errc::internal,    errc::in_doubt};

} // namespace

ES_TEST("every code has a name of its own, also one from a newer program") {
  std::set<std::string_view> names;
  for (auto code : all_codes)
    names.insert(es::to_string(code));
  ES_CHECK_EQ(names.size(), std::size(all_codes));
  ES_CHECK_EQ(names.count("unknown"), 0u);
  ES_CHECK_EQ(es::to_string(static_cast<errc>(200)), "unknown");
}

ES_TEST("codes keep their numbers, because they travel between programs") {
  int number = 0;
  for (auto code : all_codes)
    ES_CHECK_EQ(static_cast<int>(code), ++number);
}

ES_TEST("only what passes by itself is worth the same call again") {
  const std::set<errc> passing = {errc::unavailable, errc::overloaded,
                                  errc::timeout};
  for (auto code : all_codes)
    ES_CHECK_EQ(is_retryable(code), passing.count(code) == 1);
}

ES_TEST(
  "an error is written as its code, the domain's reason and the message") {
  ES_CHECK_EQ(es::to_string(error{errc::not_found, "no org_1", {}}),
              "not_found: no org_1");
  ES_CHECK_EQ(es::to_string(error{errc::rejected, "It is open.", "open"}),
              "rejected (open): It is open.");
  result<int> failed = fail(errc::rejected, "It is open.", "open");
  ES_CHECK(failed.error() == (error{errc::rejected, "It is open.", "open"}));
}

} // namespace error_test
