// What a command may bring and leave behind, measured and looked at before it
// is stored.
#include "eventsource/actors/log.hpp"
#include "eventsource/tests/actors/account_world.hpp"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <sstream>

namespace payload_bounds_test {

using namespace es;
using bank::account;
using testing::code;

namespace {

constexpr std::size_t bytes_max = 1'024;

/// Takes the library's warnings as long as it lives.
class heard_log {
public:
  heard_log() {
    sinks().push_back(sink_);
  }

  heard_log(const heard_log&) = delete;
  heard_log& operator=(const heard_log&) = delete;

  ~heard_log() {
    sinks().pop_back();
  }

  [[nodiscard]] std::string text() const {
    return out_.str();
  }
  [[nodiscard]] std::size_t lines() const {
    const auto all = text();
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n'));
  }

private:
  static std::vector<spdlog::sink_ptr>& sinks() {
    actors::set_log_level("warn"); // makes the logger
    return spdlog::get("eventsource")->sinks();
  }

  std::ostringstream out_;
  std::shared_ptr<spdlog::sinks::ostream_sink_mt> sink_ =
    std::make_shared<spdlog::sinks::ostream_sink_mt>(out_);
};

struct fixture : testing::account_world {
  static actors::settings limits(std::size_t bytes = bytes_max) {
    auto how = quick();
    how.commands.payload_bytes_max = bytes;
    how.aggregates.snapshot_every = 3;
    return how;
  }

  fixture() : account_world(limits()) {
    // nop
  }

  result<receipt> execute_json(const std::string& type, nlohmann::json json,
                               command_options options = {}) {
    auto answer = std::make_shared<std::optional<result<receipt>>>();
    runtime().submit(
      "account", id, any_command::from_json(type, std::move(json)),
      std::move(options), [answer](result<receipt> x) { answer->emplace(x); });
    run();
    ES_REQUIRE(answer->has_value());
    return **answer;
  }
};

/// A deposit whose JSON has so many bytes, by a field that nobody reads.
nlohmann::json deposit_of_bytes(std::size_t bytes) {
  nlohmann::json json{{"amount", 1}, {"note", ""}};
  json["note"] = std::string(bytes - json.dump().size(), 'x');
  return json;
}

bool says(const error& why, const std::string& part) {
  return why.message.find(part) != std::string::npos;
}

} // namespace

ES_TEST_WITH(fixture, "a command whose JSON is above the bound is refused at "
                      "the door, and starts no aggregate") {
  const auto loads = store().recovered_aggregates();
  auto refused = execute_json("deposit", deposit_of_bytes(bytes_max + 1));
  ES_CHECK(code(refused) == errc::invalid);
  for (const std::string part :
       {"deposit", "1024", "commands.payload_bytes_max"})
    ES_CHECK(says(refused.error(), part));
  ES_CHECK(says(refused.error(), id));
  ES_CHECK_EQ(store().recovered_aggregates(), loads);
  open_with(10);
  ES_CHECK(execute_json("deposit", deposit_of_bytes(bytes_max)));
  ES_CHECK_EQ(balance(), 11);
}

ES_TEST_WITH(fixture, "metadata above the bound is refused, and nothing of the "
                      "command is stored") {
  open_with(10);
  command_options large;
  large.metadata.set("note", std::string(bytes_max, 'x'));
  auto refused = execute<account>(id, bank::deposit{1}, large);
  ES_CHECK(code(refused) == errc::invalid);
  ES_CHECK(says(refused.error(), "metadata"));
  ES_CHECK(says(refused.error(), "commands.payload_bytes_max"));
  ES_CHECK_EQ(balance(), 10);
  large.metadata.set("note", std::string(bytes_max - 11, 'x'));
  ES_CHECK(execute<account>(id, bank::deposit{1}, large));
}

ES_TEST_WITH(fixture,
             "a snapshot above the bound is left out with a warning an "
             "interval, and commands succeed") {
  heard_log log;
  // The event is just small enough, the state is not.
  ES_REQUIRE(execute<account>(id, bank::open_account{std::string(1'005, 'x')}));
  for (version_t version = 2; version <= 13; ++version)
    ES_CHECK_EQ(execute<account>(id, bank::deposit{1})->version, version);
  ES_CHECK(!store().load_snapshot(id, 1'000).value());
  ES_CHECK_EQ(log.lines(), 4u); // at versions 3, 6, 9 and 12
  for (const std::string part :
       {"at version 3", "at version 12", "payload_bytes_max is 1024"})
    ES_CHECK(log.text().find(part) != std::string::npos);
  ES_CHECK(log.text().find(id) != std::string::npos);
  restart();
  ES_CHECK_EQ(balance(), 12);
}

ES_TEST_WITH(fixture, "a snapshot that fits again is taken with the next "
                      "command") {
  ES_REQUIRE(execute<account>(id, bank::open_account{std::string(1'005, 'x')}));
  for (int i = 0; i < 7; ++i)
    ES_REQUIRE(execute<account>(id, bank::deposit{1}));
  reconfigure(limits(2 * bytes_max));
  ES_REQUIRE(execute<account>(id, bank::deposit{1}));
  auto taken = store().load_snapshot(id, 1'000).value();
  ES_REQUIRE(taken.has_value());
  ES_CHECK_EQ(taken->version, 9);
}

ES_TEST_WITH(fixture, "a named field of metadata that is no text is refused, "
                      "not overwritten") {
  command_options options;
  options.command_id = "cmd-1";
  options.metadata.set("correlation_id", 7);
  auto refused = execute<account>(id, bank::open_account{"Ada"}, options);
  ES_CHECK(code(refused) == errc::invalid);
  ES_CHECK(says(refused.error(), "`correlation_id`"));
  ES_CHECK(events().empty());
  options.metadata.correlation_id("7");
  ES_REQUIRE(execute<account>(id, bank::open_account{"Ada"}, options));
  auto about = metadata::parse(events().at(0).metadata).value();
  ES_CHECK_EQ(*about.correlation_id(), "7");
}

ES_TEST_WITH(fixture,
             "events of others whose metadata has such a field are read "
             "all the same") {
  open_with(10);
  store::append_request foreign;
  foreign.aggregate_id = id;
  foreign.aggregate_type = "account";
  foreign.expected_version = 2;
  foreign.occurred_at = now();
  foreign.metadata = R"({"correlation_id":7})";
  foreign.events.push_back({"evt_1", "deposited", 1, R"({"amount":5})", false});
  ES_REQUIRE(store().write({&foreign, 1}).at(0).ok());
  ES_CHECK(execute<account>(id, bank::deposit{1}));
  ES_CHECK_EQ(balance(), 16);
}

} // namespace payload_bounds_test
