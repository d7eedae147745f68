#pragma once

#include "eventsource/domain/aggregate_type.hpp"

#include <string>

/// The reference aggregate: a legal person as the table
/// `projection.organizations` has it. A model to copy, and what `esctl import`
/// fills from the registry of the IEEE.
namespace es::reference {

// -- commands -----------------------------------------------------------------

struct register_organization {
  static constexpr std::string_view command_type = "register_organization";
  /// 1 to 300 bytes, not blank.
  std::string name;
  /// 1 to 64 bytes, printable, not blank; unique only by the caller's own
  /// rules.
  std::string registration_number;
  /// ISO 3166-1 alpha-2, or empty if it is not known.
  std::string country;
};

struct rename_organization {
  static constexpr std::string_view command_type = "rename_organization";
  std::string name;
};

struct change_registration_number {
  static constexpr std::string_view command_type = "change_registration_number";
  std::string registration_number;
};

struct set_vat {
  static constexpr std::string_view command_type = "set_vat";
  /// Blanks, dots and hyphens are left out and letters are made upper case. A
  /// number for trade inside the European Union must have the form that its
  /// member state prescribes, any other is printable and has at most 64 bytes.
  /// Empty removes it.
  std::string vat_number;
  bool is_intra_community = false;
};

struct relocate_organization {
  static constexpr std::string_view command_type = "relocate_organization";
  std::string country;
};

struct dissolve_organization {
  static constexpr std::string_view command_type = "dissolve_organization";
};

// -- events -------------------------------------------------------------------

struct organization_registered {
  static constexpr std::string_view event_type = "organization_registered";
  std::string name;
  std::string registration_number;
  std::string country;
};

struct organization_renamed {
  static constexpr std::string_view event_type = "organization_renamed";
  std::string name;
};

struct registration_number_changed {
  static constexpr std::string_view event_type = "registration_number_changed";
  std::string registration_number;
};

struct vat_changed {
  static constexpr std::string_view event_type = "vat_changed";
  std::string vat_number;
  bool is_intra_community = false;
};

struct organization_relocated {
  static constexpr std::string_view event_type = "organization_relocated";
  std::string country;
  /// Where it was before, so that a projection need not look it up.
  std::string former_country;
};

struct organization_dissolved {
  static constexpr std::string_view event_type = "organization_dissolved";
  std::string country;
};

// -- state --------------------------------------------------------------------

struct organization {
  static constexpr std::string_view aggregate_type = "organization";
  static constexpr std::string_view id_prefix = "org_";
  using commands = type_list<register_organization, rename_organization,
                             change_registration_number, set_vat,
                             relocate_organization, dissolve_organization>;
  using events = type_list<organization_registered, organization_renamed,
                           registration_number_changed, vat_changed,
                           organization_relocated, organization_dissolved>;
  using published = events;

  static projection_table projection();

  std::string name;
  std::string registration_number;
  std::string vat_number;
  bool vat_is_intra_community = false;
  std::string country;
  /// Who registered it, as the command's metadata said; empty if it did not.
  std::string created_by;
  /// ISO 8601; empty before the registration.
  std::string created_at;
  /// ISO 8601; empty while the organization exists.
  std::string dissolved_at;

  friend bool operator==(const organization&, const organization&) = default;
};

decision<organization> decide(const organization& state,
                              const register_organization& command);
decision<organization> decide(const organization& state,
                              const rename_organization& command);
decision<organization> decide(const organization& state,
                              const change_registration_number& command);
decision<organization> decide(const organization& state,
                              const set_vat& command);
decision<organization> decide(const organization& state,
                              const relocate_organization& command);
decision<organization> decide(const organization& state,
                              const dissolve_organization& command);

organization apply(organization state, const organization_registered& event,
                   const event_context& context);
organization apply(organization state, const organization_renamed& event);
organization apply(organization state,
                   const registration_number_changed& event);
organization apply(organization state, const vat_changed& event);
organization apply(organization state, const organization_relocated& event);
organization apply(organization state, const organization_dissolved& event,
                   const event_context& context);

row_change project(const organization& state, const event_context& last);

// -- JSON ---------------------------------------------------------------------

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(register_organization, name,
                                                registration_number, country)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(rename_organization, name)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(change_registration_number,
                                   registration_number)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(set_vat, vat_number,
                                                is_intra_community)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(relocate_organization, country)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(organization_registered, name,
                                   registration_number, country)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(organization_renamed, name)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(registration_number_changed,
                                   registration_number)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(vat_changed, vat_number, is_intra_community)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(organization_relocated, country,
                                                former_country)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(organization_dissolved, country)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(organization, name, registration_number,
                                   vat_number, vat_is_intra_community, country,
                                   created_by, created_at, dissolved_at)

} // namespace es::reference

// Compiled once, in organization.cpp.
extern template class es::detail::aggregate_model<es::reference::organization>;
