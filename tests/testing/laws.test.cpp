#include "eventsource/testing/laws/laws.hpp"

#include "eventsource/examples/parcel.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <stdexcept>

namespace laws_test {

using namespace es::testing;

namespace {

/// What a definition can get wrong, one at a time.
enum class flaw {
  none,
  impure_decide,
  throwing_apply,
  event_lacks_member,
  event_reads_wrong,
  command_reads_wrong,
  state_lacks_member_of_apply,
  state_lacks_member_of_decide,
  state_reads_wrong,
  row_of_hidden_member,
};

template <flaw F>
struct add {
  static constexpr std::string_view command_type = "add";
  int by = 0;
};

template <flaw F>
struct added {
  static constexpr std::string_view event_type = "added";
  int by = 0;
};

struct cleared {
  static constexpr std::string_view event_type = "cleared";
};

struct clear {
  static constexpr std::string_view command_type = "clear";
};

template <flaw F>
struct sum {
  static constexpr std::string_view aggregate_type = "sum";
  static constexpr std::string_view id_prefix = "sum_";
  using commands = es::type_list<add<F>, clear>;
  using events = es::type_list<added<F>, cleared>;

  static es::projection_table projection() {
    return {.name = "sums",
            .columns = {{"id"},
                        {"total", es::column_type::bigint},
                        {"version", es::column_type::bigint}},
            .key = {"id"}};
  }

  int total = 0;
  /// Not always part of the JSON.
  int steps = 0;
};

template <flaw F>
es::decision<sum<F>> decide(const sum<F>& s, const add<F>& c) {
  static int calls = 0;
  ++calls;
  if (c.by == 0)
    return es::reject("zero", "nothing to add");
  if (F == flaw::impure_decide)
    return added<F>{c.by + calls};
  if (F == flaw::state_lacks_member_of_decide && s.steps >= 3)
    return es::reject("enough", "three times are enough");
  return added<F>{c.by};
}

template <flaw F>
es::decision<sum<F>> decide(const sum<F>&, const clear&) {
  return cleared{};
}

template <flaw F>
sum<F> apply(sum<F> s, const added<F>& e) {
  if (F == flaw::throwing_apply && e.by > 80)
    throw std::runtime_error("too much");
  ++s.steps;
  s.total += F == flaw::state_lacks_member_of_apply ? e.by * s.steps : e.by;
  return s;
}

template <flaw F>
sum<F> apply(sum<F> s, const cleared&) {
  s.total = 0;
  return s;
}

template <flaw F>
es::row_change project(const sum<F>& s, const es::event_context& last) {
  static int calls = 0;
  ++calls;
  return es::upsert({last.aggregate_id,
                     F == flaw::row_of_hidden_member ? calls : s.total,
                     last.version});
}

template <flaw F>
void to_json(nlohmann::json& json, const add<F>& x) {
  json = {{"by", x.by}};
}
template <flaw F>
void from_json(const nlohmann::json& json, add<F>& x) {
  json.at("by").get_to(x.by);
  if (F == flaw::command_reads_wrong)
    x.by = std::abs(x.by);
}

template <flaw F>
void to_json(nlohmann::json& json, const added<F>& x) {
  json = {{"by", F == flaw::event_lacks_member ? 1 : x.by}};
}
template <flaw F>
void from_json(const nlohmann::json& json, added<F>& x) {
  json.at("by").get_to(x.by);
  if (F == flaw::event_reads_wrong)
    x.by = std::abs(x.by);
}

template <flaw F>
void to_json(nlohmann::json& json, const sum<F>& x) {
  json = {{"total", x.total}};
  if (F != flaw::state_lacks_member_of_apply
      && F != flaw::state_lacks_member_of_decide)
    json["steps"] = x.steps;
}
template <flaw F>
void from_json(const nlohmann::json& json, sum<F>& x) {
  json.at("total").get_to(x.total);
  if (F == flaw::state_reads_wrong)
    x.total = std::abs(x.total);
  x.steps = json.value("steps", 0);
}

template <flaw F>
laws<sum<F>> laws_with() {
  laws<sum<F>> all;
  all.command([](random_source& any) {
    return add<F>{static_cast<int>(any.number(-100, 100))};
  });
  return all;
}

/// The report of laws that do not hold.
template <flaw F>
std::string report_of() {
  auto report = failure_of([] { laws_with<F>().check(); });
  ES_REQUIRE(report);
  return *report;
}

bool contains(const std::string& text, std::string_view part) {
  if (text.find(part) != std::string::npos)
    return true;
  ES_MESSAGE(text);
  return false;
}

auto parcel_laws() {
  laws<post::parcel> all;
  all
    .command([](random_source& any) {
      return post::accept_parcel{any.text(12),
                                 static_cast<int>(any.number(0, 5'000))};
    })
    .command([](random_source& any, const post::parcel& p) {
      return post::move_parcel{any.chance(20) ? p.place : any.text(8)};
    });
  return all;
}

} // namespace

ES_TEST("an aggregate without flaws keeps all laws") {
  auto seen = laws_with<flaw::none>().sequences(50, 20).check();
  ES_CHECK_LT(50u, seen.commands);
  ES_CHECK_EQ(seen.commands, seen.accepted + seen.rejected);
  ES_CHECK_LT(0u, seen.events.at("added"));
  ES_CHECK_LT(0u, seen.events.at("cleared"));
}

ES_TEST("commands can be made to suit the state") {
  auto seen = parcel_laws().check();
  ES_CHECK_LT(0u, seen.rejected);
  ES_CHECK_LT(0u, seen.events.at("parcel_delivered"));
}

ES_TEST("the same seed gives the same sequences, another one gives others") {
  auto first = parcel_laws().seed(7).check();
  auto again = parcel_laws().seed(7).check();
  auto other = parcel_laws().seed(8).check();
  ES_CHECK(first.events == again.events);
  ES_CHECK(first.events != other.events);
}

ES_TEST("a decision that depends on something else is found") {
  ES_CHECK(contains(report_of<flaw::impure_decide>(),
                    "the same command on the same state is decided in two "
                    "ways"));
}

ES_TEST("a handler that throws is found, with the shortest sequence") {
  auto report = report_of<flaw::throwing_apply>();
  ES_CHECK(contains(report, "a command can't be decided"));
  ES_CHECK(contains(report, "too much"));
  ES_CHECK(
    contains(report, "of which 1 command is enough\n    1 add {\"by\":"));
}

ES_TEST("an event that does not say all that apply used is found") {
  ES_CHECK(contains(report_of<flaw::event_lacks_member>(),
                    "replaying the events gives another state than deciding "
                    "them"));
}

ES_TEST("an event that reads back wrongly is found") {
  auto report = report_of<flaw::event_reads_wrong>();
  ES_CHECK(contains(report, "an event does not read back from its JSON"));
  ES_CHECK(contains(report, "-   \"by\": -"));
}

ES_TEST("a command that reads back wrongly is found") {
  ES_CHECK(contains(report_of<flaw::command_reads_wrong>(),
                    "a command does not read back from its JSON"));
}

ES_TEST("a state that reads back wrongly is found") {
  ES_CHECK(contains(report_of<flaw::state_reads_wrong>(),
                    "a state does not read back from its JSON"));
}

ES_TEST("a snapshot that lacks what apply uses is found") {
  auto report = report_of<flaw::state_lacks_member_of_apply>();
  ES_CHECK(contains(report, "from a snapshot gives another state"));
  ES_CHECK(contains(report, "of which 2 commands are enough"));
}

ES_TEST("a snapshot that lacks what decide uses is found") {
  auto report = report_of<flaw::state_lacks_member_of_decide>();
  ES_CHECK(contains(report, "recovered from a snapshot decides in another "
                            "way"));
  ES_CHECK(contains(report, "of which 4 commands are enough"));
}

ES_TEST("a row that does not follow from the state is found") {
  ES_CHECK(contains(report_of<flaw::row_of_hidden_member>(),
                    "the replayed state gives another row"));
}

ES_TEST("a command that nothing makes is named") {
  auto report = failure_of([] { laws<post::parcel>().check(); });
  ES_REQUIRE(report);
  ES_CHECK(contains(*report, "nothing makes commands of type accept_parcel"));
}

ES_TEST("an event that never came up is named, unless it may lack") {
  auto never_accepted = [](laws<sum<flaw::none>> all) {
    return all.command([](random_source&) { return add<flaw::none>{0}; });
  };
  auto report = failure_of([&] { never_accepted({}).check(); });
  ES_REQUIRE(report);
  ES_CHECK(contains(*report, "no command led to an event of type added"));
  auto seen = never_accepted({}).may_lack<added<flaw::none>>().check();
  ES_CHECK_LT(0u, seen.events.at("cleared"));
}

ES_TEST("a report names the place of the check") {
  ES_CHECK(contains(report_of<flaw::impure_decide>(), "laws.test.cpp:"));
}

ES_TEST("random texts are short enough and numbers in their bounds") {
  random_source any{1};
  for (int i = 0; i < 1'000; ++i) {
    const auto number = any.number(-2, 2);
    ES_CHECK(number >= -2 && number <= 2);
    ES_CHECK_LE(any.text(3).size(), 3u * 4u);
  }
  ES_CHECK_EQ(any.number(5, 5), 5);
  ES_CHECK(any.text(0).empty());
}

} // namespace laws_test
