#include "eventsource/domain/organization/vat_number.hpp"

#include "eventsource/domain/ascii.hpp"

#include <algorithm>
#include <array>

namespace es::reference {

namespace {

/// One form: `9` stands for a digit, `@` for a letter, `?` for either, `*` for
/// either, `+` or `*`; everything else for itself.
struct form {
  std::string_view state;
  std::string_view rest;
};

// The structures of VIES (frequently asked questions, Q11).
constexpr std::array forms = {
  form{"AT", "U99999999"},   form{"BE", "0999999999"},
  form{"BE", "1999999999"},  form{"BG", "999999999"},
  form{"BG", "9999999999"},  form{"CY", "99999999@"},
  form{"CZ", "99999999"},    form{"CZ", "999999999"},
  form{"CZ", "9999999999"},  form{"DE", "999999999"},
  form{"DK", "99999999"},    form{"EE", "999999999"},
  form{"EL", "999999999"},   form{"ES", "?9999999@"},
  form{"ES", "@99999999"},   form{"FI", "99999999"},
  form{"FR", "??999999999"}, form{"HR", "99999999999"},
  form{"HU", "99999999"},    form{"IE", "9*99999@"},
  form{"IE", "9999999@@"},   form{"IT", "99999999999"},
  form{"LT", "999999999"},   form{"LT", "999999999999"},
  form{"LU", "99999999"},    form{"LV", "99999999999"},
  form{"MT", "99999999"},    form{"NL", "************"},
  form{"PL", "9999999999"},  form{"PT", "999999999"},
  form{"RO", "99"},          form{"RO", "999"},
  form{"RO", "9999"},        form{"RO", "99999"},
  form{"RO", "999999"},      form{"RO", "9999999"},
  form{"RO", "99999999"},    form{"RO", "999999999"},
  form{"RO", "9999999999"},  form{"SE", "999999999999"},
  form{"SI", "99999999"},    form{"SK", "9999999999"},
  form{"XI", "999999999"},   form{"XI", "999999999999"},
  form{"XI", "GD999"},       form{"XI", "HA999"},
};

bool fits(char c, char place) {
  switch (place) {
    case '9':
      return ascii::is_digit(c);
    case '@':
      return ascii::is_upper(c);
    case '?':
      return ascii::is_digit(c) || ascii::is_upper(c);
    case '*':
      return ascii::is_digit(c) || ascii::is_upper(c) || c == '+' || c == '*';
    default:
      return c == place;
  }
}

} // namespace

std::string normalized_vat_number(std::string_view text) {
  std::string number;
  for (char c : text) {
    if (c == ' ' || c == '.' || c == '-')
      continue;
    number += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return number;
}

std::string intra_community_forms(std::string_view state) {
  std::string text;
  for (const auto& x : forms)
    if (x.state == state) {
      text += text.empty() ? "" : " or ";
      text += x.state;
      text += x.rest;
    }
  return text;
}

bool is_intra_community_form(std::string_view number) {
  if (number.size() < 4)
    return false;
  auto state = number.substr(0, 2);
  auto rest = number.substr(2);
  return std::any_of(forms.begin(), forms.end(), [&](const form& x) {
    return x.state == state && x.rest.size() == rest.size()
           && std::equal(rest.begin(), rest.end(), x.rest.begin(), fits);
  });
}

} // namespace es::reference
