#include "eventsource/tests/domain/sample_aggregates.hpp"
#include "eventsource/tests/kit/test.hpp"

namespace type_check_test {

using namespace es;

namespace {

/// A correct description, of which each test spoils one part.
class described : public aggregate_type {
public:
  described() {
    name_ = "thing";
    id_prefix_ = "thg_";
    command_types_ = {"poke", "prod"};
    event_types_ = {"poked", "prodded"};
    event_schema_versions_ = {1, 1};
    projection_ = projection_table{
      .name = "things",
      .columns = {{"id"}, {"label"}, {"version", column_type::bigint}},
      .key = {"id"}};
  }

  using aggregate_type::command_types_;
  using aggregate_type::event_schema_versions_;
  using aggregate_type::event_types_;
  using aggregate_type::id_prefix_;
  using aggregate_type::name_;
  using aggregate_type::projection_;
  using aggregate_type::snapshot_every_;
  using aggregate_type::state_version_;
  using aggregate_type::upcasters_;

  any_state initial() const override {
    return nullptr;
  }
  result<decided> decide(const any_state&, const any_command&,
                         const command_context&) const override {
    return decided{};
  }
  result<versioned_state>
  replay(versioned_state from, std::span<const recorded_event>) const override {
    return from;
  }
  result<std::string> encode_state(const any_state&) const override {
    return "{}";
  }
  result<any_state> decode_state(std::string_view) const override {
    return any_state{};
  }
  result<row_change> project(const any_state&,
                             const event_context&) const override {
    return row_change{};
  }
  result<std::vector<statement>>
  statements(const any_state&, const event_context&) const override {
    return std::vector<statement>{};
  }
};

/// Whether the check refuses the description and names the type and `part`.
bool refuses(const described& type, std::string_view part) {
  auto checked = type.check();
  if (checked) {
    ES_MESSAGE("this was accepted, it should have named " << std::string(part));
    return false;
  }
  auto named = [&](std::string_view text) {
    return checked.error().message.find(text) != std::string::npos;
  };
  if (!named(part))
    ES_MESSAGE("unexpected: " << checked.error().message);
  return checked.error().code == errc::invalid && named(type.name())
         && named(part);
}

} // namespace

ES_TEST_WITH(described, "a correct description passes") {
  ES_CHECK(check().has_value());
}

ES_TEST_WITH(described, "names of commands and events are unique, not empty, "
                        "and text") {
  const std::string nul("po\0ke", 5);
  for (const auto& [name, part] : {std::pair<std::string, std::string>{
                                     "poke", "two commands are named poke"},
                                   {"", "command has an empty name"},
                                   {nul, "NUL"},
                                   {"po\xff", "UTF-8"}}) {
    command_types_ = {"poke", name};
    ES_CHECK(refuses(*this, part));
  }
  command_types_ = {"poke"};
  for (const auto& [name, part] : {std::pair<std::string, std::string>{
                                     "poked", "two events are named poked"},
                                   {"", "event has an empty name"},
                                   {nul, "NUL"},
                                   {"po\xff", "UTF-8"}}) {
    event_types_ = {"poked", name};
    ES_CHECK(refuses(*this, part));
  }
}

ES_TEST_WITH(described, "a type without a name or with one that is no text is "
                        "refused") {
  name_ = "";
  ES_CHECK(refuses(*this, "aggregate type has an empty name"));
  name_ = "thi\xffng";
  ES_CHECK(!check().has_value());
}

ES_TEST_WITH(described, "an id prefix is lower-case letters and digits and one "
                        "underscore at the end") {
  for (const char* good : {"t_", "t1_", "thing_"}) {
    id_prefix_ = good;
    ES_CHECK(check().has_value());
  }
  for (const char* wrong : {"", "_", "thg", "Thg_", "1hg_", "t-g_", "t_g_",
                            "thg__", " thg_", "thg_ ", "th\xc3\xa9_"}) {
    id_prefix_ = wrong;
    ES_CHECK(refuses(*this, "id prefix"));
  }
}

ES_TEST_WITH(described, "versions begin at 1 and an interval is not negative") {
  event_schema_versions_ = {1, 0};
  ES_CHECK(refuses(*this, "prodded"));
  event_schema_versions_ = {1, 1};
  state_version_ = 0;
  ES_CHECK(refuses(*this, "state_version"));
  state_version_ = 1;
  snapshot_every_ = -1;
  ES_CHECK(refuses(*this, "snapshot_every"));
  snapshot_every_ = 0;
  ES_CHECK(check().has_value());
}

ES_TEST_WITH(described, "the chain of upcasters is complete for every event") {
  event_schema_versions_ = {1, 3};
  auto same = [](nlohmann::json data) { return data; };
  upcasters_.add("prodded", 2, same);
  ES_CHECK(refuses(*this, "prodded has schema version 3 but no upcaster from "
                          "version 1"));
  upcasters_.add("prodded", 1, same);
  ES_CHECK(check().has_value());
  upcasters_.add("proded", 1, same);
  ES_CHECK(refuses(*this, "proded"));
}

ES_TEST_WITH(described, "a projection's table is checked") {
  projection_->key = {"nr"};
  ES_CHECK(refuses(*this, "aggregate type thing: the key column \"nr\""));
}

ES_TEST("a registry says which types share a name or an id prefix, and refuses "
        "a wrong one") {
  type_registry all;
  const auto& thing = type_of<plain::thing>();
  ES_REQUIRE(all.add(thing).has_value());
  described same_name;
  same_name.id_prefix_ = "oth_";
  auto refused = all.add(same_name);
  ES_REQUIRE(!refused);
  ES_CHECK(refused.error().message.find("thing is registered twice")
           != std::string::npos);
  described same_prefix;
  same_prefix.name_ = "other";
  refused = all.add(same_prefix);
  ES_REQUIRE(!refused);
  for (const char* part : {"thing", "other", "thg_"})
    ES_CHECK(refused.error().message.find(part) != std::string::npos);
  described wrong;
  wrong.name_ = "wrong";
  wrong.id_prefix_ = "wrong";
  refused = all.add(wrong);
  ES_REQUIRE(!refused);
  ES_CHECK(refused.error().code == errc::invalid);
  ES_CHECK_EQ(all.all().size(), 1u);
  ES_CHECK(all.find("wrong") == nullptr);
}

} // namespace type_check_test
