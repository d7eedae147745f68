#include "eventsource/domain/organization/organization.hpp"

#include "eventsource/domain/organization/country_code.hpp"
#include "eventsource/domain/organization/vat_number.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace es::reference {

namespace {

constexpr std::size_t name_bytes_max = 300;
constexpr std::size_t registration_number_bytes_max = 64;
constexpr std::size_t vat_number_bytes_max = 64;

// What Unicode has as white space beyond ASCII, and characters of no width.
constexpr std::array<std::string_view, 22> wide_blanks = {
  "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
  "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009",
  "\u200a", "\u200b", "\u2028", "\u2029", "\u202f", "\u205f",
  "\u3000", "\ufeff", "\u0085", "\u180e"};

bool is_control(unsigned char c) {
  return c < 0x20 || c == 0x7f;
}

bool is_printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(), is_control);
}

bool is_blank(std::string_view text) {
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    if (first == ' ' || is_control(first)) {
      text.remove_prefix(1);
      continue;
    }
    constexpr unsigned char beyond_ascii = 0x80;
    if (first < beyond_ascii)
      return false;
    auto wide = std::find_if(wide_blanks.begin(), wide_blanks.end(),
                             [&](auto x) { return text.starts_with(x); });
    if (wide == wide_blanks.end())
      return false;
    text.remove_prefix(wide->size());
  }
  return true;
}

std::optional<rejection> must_not_be_dissolved(const organization& state) {
  if (state.dissolved_at.empty())
    return std::nullopt;
  return reject("organization_dissolved",
                state.name + " was dissolved on "
                  + state.dissolved_at.substr(0, 10)
                  + "; nothing about it can change any more");
}

/// What every command but the registration needs.
std::optional<rejection> must_exist(const organization& state) {
  if (state.created_at.empty())
    return reject("not_registered", "this organization is not registered yet; "
                                    "send register_organization first");
  return must_not_be_dissolved(state);
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
  if (!is_printable(number))
    return reject("registration_number_unprintable",
                  "a registration number has no tabs, line breaks or other "
                  "control characters");
  return std::nullopt;
}

std::optional<rejection> check_vat(const std::string& number,
                                   bool is_intra_community) {
  if (number.empty() && is_intra_community)
    return reject("vat_number_missing",
                  "trade inside the European Union needs a VAT number");
  if (number.size() > vat_number_bytes_max)
    return reject("vat_number_too_long",
                  "a VAT number has at most "
                    + std::to_string(vat_number_bytes_max)
                    + " bytes, this one has " + std::to_string(number.size()));
  if (!is_printable(number))
    return reject("vat_number_unprintable",
                  "a VAT number has no tabs, line breaks or other control "
                  "characters");
  if (!is_intra_community || is_intra_community_form(number))
    return std::nullopt;
  auto forms = intra_community_forms(number.substr(0, 2));
  if (forms.empty())
    return reject("vat_number_malformed",
                  "\"" + number
                    + "\" does not begin with the code of a member state of "
                      "the European Union, such as FR (Greece has EL, Northern "
                      "Ireland XI)");
  return reject("vat_number_malformed",
                "\"" + number + "\" has not the form " + forms
                  + " (9 is a digit, @ a letter, ? either of them, * either of "
                    "them, a plus sign or an asterisk)");
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
  if (auto wrong = must_not_be_dissolved(state))
    return *wrong;
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
  if (auto wrong = check_vat(number, command.is_intra_community))
    return *wrong;
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
  return organization_relocated{command.country, state.country};
}

decision<organization> decide(const organization& state,
                              const dissolve_organization&) {
  if (auto wrong = must_exist(state))
    return *wrong;
  return organization_dissolved{state.country};
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
  return upsert(last.aggregate_id, state.name, state.registration_number,
                text_or_null(state.vat_number), state.vat_is_intra_community,
                text_or_null(state.country), text_or_null(state.created_by),
                last.occurred_at, state.created_at, last.version,
                text_or_null(state.dissolved_at));
}

} // namespace es::reference

template class es::detail::aggregate_model<es::reference::organization>;
