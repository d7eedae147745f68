#include "eventsource/domain/organization/organization.hpp"

#include "eventsource/domain/organization/country_code.hpp"
#include "eventsource/domain/organization/vat_number.hpp"

#include <algorithm>
#include <optional>

namespace es::reference {

namespace {

constexpr std::size_t name_bytes_max = 300;
constexpr std::size_t registration_number_bytes_max = 64;

bool is_blank(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
}

/// What every command but the registration needs.
std::optional<rejection> must_exist(const organization& state) {
  if (state.created_at.empty())
    return reject("not_registered", "this organization is not registered yet; "
                                    "send register_organization first");
  if (!state.dissolved_at.empty())
    return reject("organization_dissolved",
                  state.name + " was dissolved on "
                    + state.dissolved_at.substr(0, 10)
                    + "; nothing about it can change any more");
  return std::nullopt;
}

std::optional<rejection> check_name(const std::string& name) {
  if (is_blank(name))
    return reject("name_blank", "an organization needs a name");
  if (name.size() > name_bytes_max)
    return reject("name_too_long",
                  "a name has at most " + std::to_string(name_bytes_max)
                    + " bytes, this one has " + std::to_string(name.size()));
  return std::nullopt;
}

std::optional<rejection> check_registration_number(const std::string& number) {
  if (is_blank(number))
    return reject("registration_number_blank",
                  "an organization needs a registration number");
  if (number.size() > registration_number_bytes_max)
    return reject("registration_number_too_long",
                  "a registration number has at most "
                    + std::to_string(registration_number_bytes_max)
                    + " bytes, this one has " + std::to_string(number.size()));
  return std::nullopt;
}

std::optional<rejection> check_country(const std::string& country) {
  if (is_country_code(country))
    return std::nullopt;
  return reject("country_unknown",
                "\"" + country
                  + "\" is no country code; use two upper-case letters of ISO "
                    "3166-1, such as FR");
}

/// An empty text is a value that is not known.
cell text_or_null(const std::string& text) {
  return text.empty() ? cell(nullptr) : cell(text);
}

} // namespace

// -- decide -------------------------------------------------------------------

decision<organization> decide(const organization& state,
                              const register_organization& command) {
  if (!state.created_at.empty())
    return reject("already_registered",
                  "this organization is registered already as " + state.name);
  if (auto wrong = check_name(command.name))
    return *wrong;
  if (auto wrong = check_registration_number(command.registration_number))
    return *wrong;
  if (!command.country.empty())
    if (auto wrong = check_country(command.country))
      return *wrong;
  return organization_registered{command.name, command.registration_number,
                                 command.country};
}

decision<organization> decide(const organization& state,
                              const rename_organization& command) {
  if (auto wrong = must_exist(state))
    return *wrong;
  if (auto wrong = check_name(command.name))
    return *wrong;
  if (command.name == state.name)
    return reject("name_unchanged", "it is named " + state.name + " already");
  return organization_renamed{command.name};
}

decision<organization> decide(const organization& state,
                              const change_registration_number& command) {
  if (auto wrong = must_exist(state))
    return *wrong;
  if (auto wrong = check_registration_number(command.registration_number))
    return *wrong;
  if (command.registration_number == state.registration_number)
    return reject("registration_number_unchanged", "its registration number is "
                                                     + state.registration_number
                                                     + " already");
  return registration_number_changed{command.registration_number};
}

decision<organization> decide(const organization& state,
                              const set_vat& command) {
  if (auto wrong = must_exist(state))
    return *wrong;
  auto number = normalized_vat_number(command.vat_number);
  if (number.empty() && command.is_intra_community)
    return reject("vat_number_missing",
                  "trade inside the European Union needs a VAT number");
  if (command.is_intra_community && !is_intra_community_form(number))
    return reject("vat_number_malformed",
                  "\"" + number
                    + "\" has not the form of any member state's VAT numbers, "
                      "such as FR12345678901 or DE123456789");
  if (number == state.vat_number
      && command.is_intra_community == state.vat_is_intra_community)
    return reject("vat_unchanged", "its VAT number is the same already");
  return vat_changed{number, command.is_intra_community};
}

decision<organization> decide(const organization& state,
                              const relocate_organization& command) {
  if (auto wrong = must_exist(state))
    return *wrong;
  if (auto wrong = check_country(command.country))
    return *wrong;
  if (command.country == state.country)
    return reject("country_unchanged",
                  "it is located in " + state.country + " already");
  return organization_relocated{command.country};
}

decision<organization> decide(const organization& state,
                              const dissolve_organization&) {
  if (auto wrong = must_exist(state))
    return *wrong;
  return organization_dissolved{};
}

// -- apply --------------------------------------------------------------------

organization apply(organization state, const organization_registered& event,
                   const event_context& context) {
  state.name = event.name;
  state.registration_number = event.registration_number;
  state.country = event.country;
  state.created_by = context.metadata.actor().value_or("");
  state.created_at = to_string(context.occurred_at);
  return state;
}

organization apply(organization state, const organization_renamed& event) {
  state.name = event.name;
  return state;
}

organization apply(organization state,
                   const registration_number_changed& event) {
  state.registration_number = event.registration_number;
  return state;
}

organization apply(organization state, const vat_changed& event) {
  state.vat_number = event.vat_number;
  state.vat_is_intra_community = event.is_intra_community;
  return state;
}

organization apply(organization state, const organization_relocated& event) {
  state.country = event.country;
  return state;
}

organization apply(organization state, const organization_dissolved&,
                   const event_context& context) {
  state.dissolved_at = to_string(context.occurred_at);
  return state;
}

// -- project ------------------------------------------------------------------

projection_table organization::projection() {
  return {.name = "organizations",
          .columns = {{"id", column_type::text},
                      {"name", column_type::text},
                      {"registration_number", column_type::text},
                      {"vat_number", column_type::text},
                      {"vat_is_intra_com", column_type::text},
                      {"country", column_type::text},
                      {"created_by", column_type::text},
                      {"updated_at", column_type::timestamptz},
                      {"created_at", column_type::timestamptz},
                      {"version", column_type::bigint},
                      {"dissolved_at", column_type::timestamptz}},
          .key = {"id"},
          .registered_at_column = "registered_at"};
}

row_change project(const organization& state, const event_context& last) {
  return upsert({last.aggregate_id, state.name, state.registration_number,
                 text_or_null(state.vat_number), state.vat_is_intra_community,
                 text_or_null(state.country), text_or_null(state.created_by),
                 last.occurred_at, state.created_at, last.version,
                 text_or_null(state.dissolved_at)});
}

} // namespace es::reference
