#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/tools/esctl/csv_reader.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace esctl {

/// One row of a registry file of the IEEE: a block of network addresses and
/// whom it was assigned to.
struct registry_row {
  std::size_t line = 0;
  /// "MA-L", "MA-M", "MA-S" or "IAB".
  std::string registry;
  /// Hexadecimal digits.
  std::string assignment;
  /// Exactly as in the file: it is what tells organizations apart.
  std::string organization;
  std::string address;
  /// Empty for a good row; otherwise what is wrong with it.
  std::string malformed;
};

/// Reads oui.csv, mam.csv, oui36.csv or iab.csv as the Debian package
/// `ieee-data` installs them.
class registry_file {
public:
  /// Fails with `errc::not_found` if it can't be read and with `errc::invalid`
  /// if its first line is not that of a registry file.
  [[nodiscard]] static es::result<registry_file>
  open(const std::filesystem::path& path);

  [[nodiscard]] std::optional<registry_row> next();

  /// The file's name without folders, for messages.
  [[nodiscard]] const std::string& name() const noexcept {
    return name_;
  }
  [[nodiscard]] std::size_t bytes() const noexcept {
    return text_->size();
  }
  [[nodiscard]] std::size_t position() const noexcept {
    return reader_.position();
  }

private:
  registry_file(std::string name, std::shared_ptr<const std::string> text);

  std::string name_;
  std::shared_ptr<const std::string> text_;
  csv_reader reader_;
};

/// The country of an address as the IEEE writes them, with the country's code
/// before the postal code at the end: "... Ferndale WA US 98248". Of the words
/// that are codes of ISO 3166-1 it is the one that is followed by digits near
/// the end ("NL 5656 AE" is not in the Emirates), else the last one. Empty if
/// there is none.
[[nodiscard]] std::string country_of(std::string_view address);

/// The id of an organization: the same name always gives the same id, so that
/// an import can be repeated. A KSUID of time zero and the first 16 bytes of
/// the name's SHA-256.
[[nodiscard]] std::string organization_id(std::string_view name);

} // namespace esctl
