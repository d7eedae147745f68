// What the judge says of a store that it is shown, without any runtime.
#include "eventsource/tests/simulation/judge.hpp"

#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/simulation/ledger.hpp"

#include <span>
#include <string>

namespace judge_test {

using namespace es;
using namespace es::simulation;
using namespace std::chrono_literals;

namespace {

const std::string one = "led_000000000000000000000000001";
const std::string other = "led_000000000000000000000000002";

/// A judge of two ledgers, and a store that anything can be put into.
struct court {
  store::memory_store store;
  judge books{{{one, other}}, store};

  /// The first ledger is ordered to be opened; gives the attempt.
  std::size_t open_is_sent(std::int64_t tag) {
    order wanted;
    wanted.tag = tag;
    wanted.ledger = 0;
    wanted.what = order::kind::open;
    return books.sent({books.add(wanted), 0, std::nullopt, 0s, 10s});
  }

  /// Stores what a runtime would store for that order, at any ledger; gives the
  /// receipt.
  receipt stored_at(const std::string& id, std::int64_t tag) {
    store::append_request append;
    append.aggregate_id = id;
    append.aggregate_type = "ledger";
    append.events.push_back({"evt_" + std::to_string(tag), "ledger_opened", 1,
                             "{\"tag\":" + std::to_string(tag) + "}", true});
    append.projection =
      projection_change{type_of<ledger>().projection(), 1, upsert({id, 0, 1})};
    auto outcomes = store.write(std::span(&append, 1));
    ES_REQUIRE(outcomes.at(0).ok());
    return outcomes.at(0).receipt;
  }

  [[nodiscard]] std::string objection() const {
    return books.broken()
             ? books.broken()->promise + ": " + books.broken()->text
             : "";
  }
};

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

ES_TEST_WITH(court, "what is stored where it was ordered is as it should be") {
  const auto attempt = open_is_sent(1);
  const auto with = stored_at(one, 1);
  books.look_at(0);
  books.answered(attempt, with, 1s);
  books.check_end();
  ES_CHECK_EQ(objection(), "");
}

ES_TEST_WITH(court, "a command's events at another aggregate are found") {
  open_is_sent(1);
  stored_at(other, 1);
  books.look_at(1);
  ES_CHECK(says(objection(), "promise 2"));
  ES_CHECK(says(objection(), "at another ledger, " + other));
}

ES_TEST_WITH(court, "events of a command that nobody sent are found") {
  stored_at(one, 7);
  books.look_at(0);
  ES_CHECK(says(objection(), "that nobody sent"));
}

ES_TEST_WITH(court, "a receipt of what is not stored is found") {
  const auto attempt = open_is_sent(1);
  books.answered(attempt, receipt{one, 1, {"evt_1"}}, 1s);
  ES_CHECK(says(objection(), "promise 1"));
}

} // namespace judge_test
