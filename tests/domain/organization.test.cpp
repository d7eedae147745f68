#include "eventsource/domain/organization/organization.hpp"

#include "eventsource/domain/organization/country_code.hpp"
#include "eventsource/domain/organization/vat_number.hpp"
#include "eventsource/tests/kit/test.hpp"

namespace organization_test {

using namespace es;
using namespace es::reference;

namespace {

/// given / when / then on the erased type, as the runtime drives it.
struct fixture {
  const aggregate_type& type = type_of<organization>();
  versioned_state state{type.initial(), 0};
  metadata about;
  timestamp now{std::chrono::seconds{1'700'000'000}};
  std::string reason;
  std::string message;

  template <class Command>
  bool when(Command command) {
    auto made = type.decide(state.state, any_command::of(std::move(command)),
                            {"org_1", state.version, now, about});
    reason.clear();
    if (!made) {
      reason = made.error().reason;
      message = made.error().message;
      return false;
    }
    std::vector<recorded_event> stored;
    auto version = state.version;
    for (const auto& event : made->events)
      stored.push_back({"evt_x", event.type, event.schema_version, now, now,
                        "org_1", "organization", ++version, event.data,
                        about.json().dump()});
    auto replayed = type.replay(state, stored).value();
    // What is replayed later is what was decided now.
    ES_CHECK(get(made->next) == get(replayed.state));
    state = replayed;
    return true;
  }

  template <class Command>
  std::string refused(Command command) {
    auto before = state.version;
    ES_CHECK(!when(std::move(command)));
    ES_CHECK_EQ(state.version, before);
    ES_CHECK(message.find(' ') != std::string::npos); // a sentence
    return reason;
  }

  static const organization& get(const any_state& x) {
    return *static_cast<const organization*>(x.get());
  }

  const organization& get() const {
    return get(state.state);
  }

  void given_registered() {
    about.actor("ada");
    ES_REQUIRE(when(register_organization{"Acme", "RCS 1", "FR"}));
  }

  row project() {
    return type.project(state.state, {"org_1", state.version, now, about})
      ->cells;
  }
};

} // namespace

ES_TEST_WITH(fixture, "a registered organization has what its command said") {
  given_registered();
  ES_CHECK_EQ(get().name, "Acme");
  ES_CHECK_EQ(get().registration_number, "RCS 1");
  ES_CHECK_EQ(get().country, "FR");
  ES_CHECK_EQ(get().created_by, "ada");
  ES_CHECK_EQ(get().created_at, "2023-11-14T22:13:20.000000Z");
  ES_CHECK(when(rename_organization{"Acme SA"}));
  ES_CHECK_EQ(get().name, "Acme SA");
  ES_CHECK(when(change_registration_number{"RCS 2"}));
  ES_CHECK_EQ(get().registration_number, "RCS 2");
  ES_CHECK(when(relocate_organization{"BE"}));
  ES_CHECK_EQ(get().country, "BE");
}

ES_TEST_WITH(fixture, "an organization is registered once") {
  given_registered();
  auto code = refused(register_organization{"Other", "RCS 9", "FR"});
  ES_CHECK_EQ(code, "already_registered");
}

ES_TEST_WITH(fixture, "nothing can happen before the registration") {
  std::vector<std::string> codes = {
    refused(rename_organization{"X"}), refused(change_registration_number{"X"}),
    refused(set_vat{"X", false}), refused(relocate_organization{"FR"}),
    refused(dissolve_organization{})};
  for (const auto& code : codes)
    ES_CHECK_EQ(code, "not_registered");
}

ES_TEST_WITH(fixture, "nothing can happen after the dissolution") {
  given_registered();
  now += std::chrono::hours(24);
  ES_REQUIRE(when(dissolve_organization{}));
  ES_CHECK_EQ(get().dissolved_at, "2023-11-15T22:13:20.000000Z");
  std::vector<std::string> codes = {
    refused(rename_organization{"X"}),
    refused(change_registration_number{"X"}),
    refused(set_vat{"X", false}),
    refused(relocate_organization{"BE"}),
    refused(dissolve_organization{}),
    refused(register_organization{"Acme", "RCS 1", "FR"})};
  for (const auto& code : codes)
    ES_CHECK_EQ(code, "organization_dissolved");
  ES_CHECK(message.find("2023-11-15") != std::string::npos);
}

ES_TEST_WITH(fixture, "names are not blank and not too long, in any language") {
  auto registering = [&](std::string name) {
    return refused(register_organization{std::move(name), "RCS 1", "FR"});
  };
  // Also the blanks of Unicode: no-break, ideographic, of no width.
  for (const char* blank :
       {"", " ", "\t\n ", "\u00a0", " \u3000\u200b\ufeff"}) {
    auto code = registering(blank);
    ES_CHECK_EQ(code, "name_blank");
  }
  auto code = registering(std::string(301, 'x'));
  ES_CHECK_EQ(code, "name_too_long");
  ES_CHECK(when(register_organization{"Müller & Söhne 株式会社", "1", ""}));
  code = refused(rename_organization{"  "});
  ES_CHECK_EQ(code, "name_blank");
  code = refused(rename_organization{std::string(301, 'x')});
  ES_CHECK_EQ(code, "name_too_long");
  ES_CHECK(when(rename_organization{std::string(300, 'x')}));
}

ES_TEST_WITH(fixture, "registration numbers are not blank, not too long, and "
                      "printable") {
  auto code = refused(register_organization{"Acme", " ", "FR"});
  ES_CHECK_EQ(code, "registration_number_blank");
  code = refused(register_organization{"Acme", std::string(65, '1'), "FR"});
  ES_CHECK_EQ(code, "registration_number_too_long");
  code = refused(register_organization{"Acme", "RCS\t1", "FR"});
  ES_CHECK_EQ(code, "registration_number_unprintable");
  given_registered();
  std::vector<std::string> codes = {
    refused(change_registration_number{""}),
    refused(change_registration_number{std::string(65, '1')}),
    refused(change_registration_number{"RCS\x7f"})};
  ES_CHECK_EQ(codes[0], "registration_number_blank");
  ES_CHECK_EQ(codes[1], "registration_number_too_long");
  ES_CHECK_EQ(codes[2], "registration_number_unprintable");
  ES_CHECK(when(change_registration_number{std::string(64, '1')}));
}

ES_TEST_WITH(fixture, "a registry's records are accepted: long names in UTF-8, "
                      "no country, one number after the other") {
  std::string name;
  while (name.size() < 120)
    name += "é";
  ES_CHECK(when(register_organization{name, "MA-L 002272", ""}));
  for (const char* number : {"MA-L 00D0EF", "MA-M 4CE173B", "IAB 0050C2B1F"})
    ES_CHECK(when(change_registration_number{number}));
  ES_CHECK_EQ(state.version, 4);
  ES_CHECK_EQ(get().name, name);
  ES_CHECK_EQ(get().registration_number, "IAB 0050C2B1F");
}

ES_TEST_WITH(fixture, "countries are codes of ISO 3166-1; a registration may "
                      "leave it open") {
  for (const char* wrong : {"fr", "F", "FRA", "XX", "UK", "  "}) {
    auto code = refused(register_organization{"Acme", "1", wrong});
    ES_CHECK_EQ(code, "country_unknown");
  }
  ES_REQUIRE(when(register_organization{"Acme", "1", ""}));
  auto code = refused(relocate_organization{""});
  ES_CHECK_EQ(code, "country_unknown");
  ES_CHECK(when(relocate_organization{"CH"}));
}

ES_TEST_WITH(fixture,
             "a change to what is already so is refused with a code of "
             "its own") {
  given_registered();
  ES_REQUIRE(when(set_vat{"FR12345678901", true}));
  std::vector<std::pair<std::string, std::string>> pairs = {
    {refused(rename_organization{"Acme"}), "name_unchanged"},
    {refused(change_registration_number{"RCS 1"}),
     "registration_number_unchanged"},
    {refused(relocate_organization{"FR"}), "country_unchanged"},
    {refused(set_vat{"fr 123.456.789-01", true}), "vat_unchanged"}};
  for (const auto& [code, expected] : pairs)
    ES_CHECK_EQ(code, expected);
}

ES_TEST_WITH(fixture, "a VAT number for trade inside the Union has its state's "
                      "form") {
  given_registered();
  for (const char* wrong : {"FR1", "XX123456789", "DE12345678", "DE1234567890",
                            "GB123456789", "12345678901"}) {
    auto code = refused(set_vat{wrong, true});
    ES_CHECK_EQ(code, "vat_number_malformed");
  }
  auto code = refused(set_vat{"", true});
  ES_CHECK_EQ(code, "vat_number_missing");
  code = refused(set_vat{std::string(65, '1'), false});
  ES_CHECK_EQ(code, "vat_number_too_long");
  code = refused(set_vat{"CHE\n1", false});
  ES_CHECK_EQ(code, "vat_number_unprintable");
  ES_CHECK(when(set_vat{"de 123 456 789", true}));
  ES_CHECK_EQ(get().vat_number, "DE123456789");
  ES_CHECK(get().vat_is_intra_community);
  // Outside of the Union any number will do, and none as well.
  ES_CHECK(when(set_vat{"CHE-123.456.789 MWST", false}));
  ES_CHECK(when(set_vat{"", false}));
  ES_CHECK_EQ(get().vat_number, "");
}

ES_TEST_WITH(fixture, "who mistypes a VAT number is told the form it should "
                      "have") {
  given_registered();
  refused(set_vat{"FR1", true});
  ES_CHECK(message.find("FR??999999999") != std::string::npos);
  refused(set_vat{"LT1", true});
  ES_CHECK(message.find("LT999999999 or LT999999999999") != std::string::npos);
  refused(set_vat{"GR123456789", true});
  ES_CHECK(message.find("Greece has EL") != std::string::npos);
}

ES_TEST_WITH(fixture, "commands come as JSON as well, and may leave out what "
                      "they need not say") {
  auto sending = [&](const char* type_name, nlohmann::json content) {
    return type.decide(state.state,
                       any_command::from_json(type_name, std::move(content)),
                       {"org_1", state.version, now, about});
  };
  auto made = sending("register_organization",
                      {{"name", "Acme"}, {"registration_number", "1"}});
  ES_REQUIRE(made);
  ES_CHECK_EQ(get(made->next).country, "");
  given_registered();
  made = sending("set_vat", {{"vat_number", "CHE 1"}});
  ES_REQUIRE(made);
  ES_CHECK(!get(made->next).vat_is_intra_community);
  for (const char* incomplete :
       {"rename_organization", "change_registration_number",
        "relocate_organization"}) {
    auto refused_json = sending(incomplete, nlohmann::json::object());
    ES_REQUIRE(!refused_json);
    ES_CHECK(refused_json.error().code == errc::invalid);
  }
  ES_CHECK(sending("dissolve_organization", nlohmann::json::object()));
}

ES_TEST("every member state's form is known") {
  for (const char* number :
       {"ATU12345678",   "BE0123456789",   "BG123456789",  "CY12345678L",
        "CZ12345678",    "DE123456789",    "DK12345678",   "EE123456789",
        "EL123456789",   "ESX1234567X",    "FI12345678",   "FRXX123456789",
        "HR12345678901", "HU12345678",     "IE1A23456B",   "IE1234567FA",
        "IT12345678901", "LT123456789",    "LU12345678",   "LV12345678901",
        "MT12345678",    "NL123456789B01", "PL1234567890", "PT123456789",
        "RO12",          "SE123456789012", "SI12345678",   "SK1234567890",
        "XI123456789"}) {
    auto fits = is_intra_community_form(number);
    if (!fits)
      ES_MESSAGE(number);
    ES_CHECK(fits);
  }
  for (const char* number :
       {"BE1123456789", "BG1234567890", "CZ123456789", "CZ1234567890",
        "ES12345678X", "ESX12345678", "IE1+23456B", "IE1*23456B",
        "LT123456789012", "NL+*3456789B01", "RO1234567890", "XI123456789012",
        "XIGD123", "XIHA123"})
    ES_CHECK(is_intra_community_form(number));
  // One character too many or too few, or of the wrong kind.
  for (const char* number :
       {"", "F", "FR", "FR1234567890", "FR123456789012", "fr12345678901",
        "ATX12345678", "BE2123456789", "ES123456789", "IE12345678",
        "DE12345678X", "NL123456789B0", "NL123456789B0-", "RO1",
        "RO12345678901", "XIHB123", "XIGD12", "GR123456789", "SE12345678901"}) {
    auto fits = is_intra_community_form(number);
    if (fits)
      ES_MESSAGE(number);
    ES_CHECK(!fits);
  }
}

ES_TEST("country codes are the assigned ones in upper case") {
  for (const char* code : {"AD", "FR", "GB", "US", "ZW", "AX"})
    ES_CHECK(is_country_code(code));
  for (const char* code : {"", "A", "UK", "EU", "fr", "XX", "ZZ", "FRA"})
    ES_CHECK(!is_country_code(code));
}

ES_TEST_WITH(fixture, "the projection has the eleven columns of the original "
                      "table, and NULL for what is not known") {
  ES_REQUIRE(when(register_organization{"Acme", "RCS 1", ""}));
  ES_CHECK((project()
            == row{"org_1", "Acme", "RCS 1", nullptr, "false", nullptr, nullptr,
                   now, now, 1, nullptr}));
  auto created = now;
  now += std::chrono::seconds(1);
  ES_REQUIRE(when(set_vat{"FR12345678901", true}));
  ES_CHECK((project()
            == row{"org_1", "Acme", "RCS 1", "FR12345678901", "true", nullptr,
                   nullptr, now, created, 2, nullptr}));
  ES_REQUIRE(when(dissolve_organization{}));
  ES_CHECK((project()
            == row{"org_1", "Acme", "RCS 1", "FR12345678901", "true", nullptr,
                   nullptr, now, created, 3, now}));
  const auto* table = type.projection();
  ES_REQUIRE(table != nullptr);
  ES_CHECK_EQ(table->name, "organizations");
  ES_CHECK_EQ(table->registered_at_column, "registered_at");
  ES_CHECK(type.check().has_value());
}

ES_TEST_WITH(fixture, "the row says who registered the organization, whoever "
                      "changes it later") {
  given_registered();
  about.actor("bob");
  ES_REQUIRE(when(rename_organization{"Acme SA"}));
  auto cells = project();
  ES_CHECK(cells.at(5) == cell("FR"));
  ES_CHECK(cells.at(6) == cell("ada"));
}

ES_TEST_WITH(fixture, "every event asks for its publication") {
  ES_CHECK_EQ(type.event_types().size(), 6u);
  for (const auto& event : type.event_types())
    ES_CHECK(type.publishes(event));
}

} // namespace organization_test
