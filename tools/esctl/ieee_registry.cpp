#include "eventsource/tools/esctl/ieee_registry.hpp"

#include "eventsource/domain/json_text.hpp"
#include "eventsource/domain/ksuid.hpp"
#include "eventsource/domain/organization/country_code.hpp"
#include "eventsource/domain/organization/organization.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace esctl {

namespace {

const std::vector<std::string> header = {
  "Registry", "Assignment", "Organization Name", "Organization Address"};

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool is_hexadecimal(std::string_view text) {
  return text.size() >= 6 && text.size() <= 9
         && text.find_first_not_of("0123456789ABCDEFabcdef")
              == std::string_view::npos;
}

std::string what_is_wrong(const registry_row& row) {
  for (const auto* text :
       {&row.registry, &row.assignment, &row.organization, &row.address})
    if (auto ok = es::check_text(*text, "a field"); !ok)
      return ok.error().message;
  if (is_blank(row.registry))
    return "the registry is blank";
  if (!is_hexadecimal(row.assignment))
    return "the assignment \"" + row.assignment
           + "\" is not 6 to 9 hexadecimal digits";
  if (is_blank(row.organization))
    return "the organization's name is blank";
  return {};
}

/// "SW1A 1AA"; some have a word more.
constexpr std::size_t postal_code_words_max = 3;

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view gaps = " \t\r\n,";
  std::vector<std::string_view> words;
  for (auto at = text.find_first_not_of(gaps); at != text.npos;) {
    auto end = std::min(text.find_first_of(gaps, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(gaps, end);
  }
  return words;
}

bool has_digit(std::string_view word) {
  return word.find_first_of("0123456789") != word.npos;
}

} // namespace

registry_file::registry_file(std::string name,
                             std::shared_ptr<const std::string> text)
  : name_(std::move(name)), text_(std::move(text)), reader_(*text_) {
  // nop
}

es::result<registry_file>
registry_file::open(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  std::string content;
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored))
    content.assign(std::istreambuf_iterator<char>(in), {});
  else
    in.setstate(std::ios::failbit);
  if (!in)
    return es::fail(es::errc::not_found,
                    path.string()
                      + " can't be read; the Debian package ieee-data has "
                        "registry files in /usr/share/ieee-data");
  registry_file file{path.filename().string(),
                     std::make_shared<const std::string>(std::move(content))};
  auto first = file.reader_.next();
  if (!first || first->fields != header)
    return es::fail(es::errc::invalid,
                    path.string()
                      + ":1: this is no registry file of the IEEE: its first "
                        "line should be \"Registry,Assignment,Organization "
                        "Name,Organization Address\"");
  return file;
}

std::optional<registry_row> registry_file::next() {
  auto record = reader_.next();
  if (!record)
    return std::nullopt;
  registry_row row;
  row.line = record->line;
  if (!record->malformed.empty()) {
    row.malformed = record->malformed;
  } else if (record->fields.size() != header.size()) {
    row.malformed = "it has " + std::to_string(record->fields.size())
                    + " fields instead of 4";
  } else {
    row.registry = std::move(record->fields[0]);
    row.assignment = std::move(record->fields[1]);
    row.organization = std::move(record->fields[2]);
    row.address = std::move(record->fields[3]);
    row.malformed = what_is_wrong(row);
  }
  return row;
}

std::string country_of(std::string_view address) {
  const auto words = words_of(address);
  std::string last;
  for (std::size_t i = words.size(); i > 0; --i) {
    auto word = words[i - 1];
    if (!es::reference::is_country_code(word))
      continue;
    auto after = words.size() - i;
    if (after >= 1 && after <= postal_code_words_max && has_digit(words[i]))
      return std::string(word);
    if (last.empty())
      last = word;
  }
  return last;
}

std::string organization_id(std::string_view name) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(name.data()), name.size(),
         digest.data());
  es::ksuid::payload rest;
  std::copy_n(digest.begin(), rest.size(), rest.begin());
  return std::string(es::reference::organization::id_prefix)
         + es::ksuid{0, rest}.str();
}

} // namespace esctl
