#include "eventsource/examples/fake_registry.hpp"
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/kit/test_world.hpp"

namespace vat_validation_test {

using namespace es;
using namespace es::testing;
using namespace std::chrono_literals;

namespace {

using manner = vat::fake_registry::manner;
using names = std::vector<std::string>;

struct validating : test_world<> {
  validating() : test_world(types()) {
    // nop
  }

  static type_registry types() {
    type_registry all;
    for (const auto* type :
         {&type_of<vat::organization>(), &type_of<vat::inquiry>(),
          static_cast<const aggregate_type*>(&process_of<vat::validation>())})
      if (auto ok = all.add(*type); !ok)
        throw std::runtime_error(to_string(ok.error()));
    return all;
  }

  std::string id = new_id<vat::organization>();
  manner how;

  void start() {
    auto inquiries = runtime().find_router(vat::inquiry::aggregate_type);
    ES_REQUIRE(inquiries);
    auto registry = runtime().subscriptions().subscribe_own(
      {.name = "registry", .filter = {.event_types = {"registry_asked"}}},
      system().spawn<vat::fake_registry>(
        *inquiries, [this](const std::string&) { return how; }));
    ES_REQUIRE(registry);
    ES_REQUIRE(runtime().run(process_of<vat::validation>()));
    run();
  }

  void set(const std::string& number) {
    ES_REQUIRE(execute<vat::organization>(id, vat::set_vat{number}));
  }

  void register_and_set(const std::string& number) {
    ES_REQUIRE(execute<vat::organization>(
      id, reference::register_organization{"Ada & Co", "R-1", "FR"}));
    set(number);
  }

  std::vector<recorded_event> own_events() {
    const auto instance = process_of<vat::validation>().instance_of(id).value();
    std::vector<recorded_event> own;
    const auto stored = store().load_events(instance, 1, 1000).value();
    for (const auto& each : stored)
      if (each.type != process_reacted::event_type)
        own.push_back(each);
    return own;
  }

  names steps() {
    names result;
    for (const auto& each : own_events())
      result.push_back(each.type);
    return result;
  }

  /// Empty while it goes on.
  std::string outcome() {
    for (const auto& each : own_events())
      if (each.type == vat::validation_ended::event_type)
        return nlohmann::json::parse(each.data)
          .get<vat::validation_ended>()
          .outcome;
    return {};
  }

  std::string number() {
    auto now = state<vat::organization>(id);
    ES_REQUIRE(now);
    return now->as<vat::organization>().value()->vat_number;
  }
};

} // namespace

ES_TEST_WITH(validating, "a number that the registry knows stays") {
  start();
  register_and_set("A1");
  advance(1s);
  ES_CHECK_EQ(outcome(), "valid");
  ES_CHECK_EQ(number(), "A1");
}

ES_TEST_WITH(validating, "a number that the registry does not know is taken "
                         "back") {
  how.is_valid = false;
  start();
  register_and_set("A1");
  advance(1s);
  ES_CHECK_EQ(outcome(), "invalid");
  ES_CHECK_EQ(number(), "");
}

ES_TEST_WITH(validating, "an answer that comes twice counts once") {
  how.answers = 2;
  start();
  register_and_set("A1");
  advance(10min);
  ES_CHECK(steps() == names({"validation_begun", "validation_ended"}));
}

ES_TEST_WITH(validating, "an answer that comes late is waited for, and the "
                         "registry is reminded") {
  how.after = 40s;
  start();
  register_and_set("A1");
  advance(35s);
  ES_CHECK(steps() == names({"validation_begun", "registry_reminded"}));
  advance(10min);
  ES_CHECK_EQ(outcome(), "valid");
  ES_CHECK_EQ(number(), "A1");
}

ES_TEST_WITH(validating,
             "a registry that never answers is reminded twice; then "
             "the number is taken back") {
  how.answers = 0;
  start();
  register_and_set("A1");
  advance(10min);
  ES_CHECK(steps()
           == names({"validation_begun", "registry_reminded",
                     "registry_reminded", "validation_ended"}));
  ES_CHECK_EQ(outcome(), "no_answer");
  ES_CHECK_EQ(number(), "");
}

ES_TEST_WITH(validating, "a restart forgets neither the question nor its "
                         "deadline") {
  how.answers = 0;
  start();
  register_and_set("A1");
  restart();
  advance(1h);
  start();
  advance(10min);
  ES_CHECK_EQ(outcome(), "no_answer");
  ES_CHECK_EQ(number(), "");
}

ES_TEST_WITH(validating, "a number that was changed meanwhile is validated in "
                         "the place of the old one") {
  how.answers = 0;
  start();
  register_and_set("A1");
  how.answers = 1;
  set("B2");
  advance(10min);
  ES_CHECK(
    steps()
    == names({"validation_begun", "validation_begun", "validation_ended"}));
  ES_CHECK_EQ(outcome(), "valid");
  ES_CHECK_EQ(number(), "B2");
}

ES_TEST_WITH(validating, "a number that its owner removes is not validated any "
                         "more") {
  how.answers = 0;
  start();
  register_and_set("A1");
  set("");
  advance(10min);
  ES_CHECK(steps() == names({"validation_begun"}));
}

ES_TEST_WITH(validating,
             "a number can't be taken back from an organization that "
             "is dissolved; the validation ends with its "
             "invalidity known") {
  how.is_valid = false;
  how.after = 5s;
  start();
  register_and_set("A1");
  ES_REQUIRE(
    execute<vat::organization>(id, reference::dissolve_organization{}));
  advance(10min);
  ES_CHECK_EQ(outcome(), "invalid");
  const auto instance = process_of<vat::validation>().instance_of(id).value();
  const auto last = store().load_events(instance, 1, 1000).value().back();
  const auto record = nlohmann::json::parse(last.data).get<process_reacted>();
  ES_REQUIRE(record.refusal);
  ES_CHECK_EQ(record.refusal->command.command_type, "set_vat");
}

} // namespace vat_validation_test
