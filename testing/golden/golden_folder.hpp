#pragma once

#include "eventsource/domain/aggregate_type.hpp"
#include "eventsource/domain/upcasters.hpp"
#include "eventsource/testing/recorded_history.hpp"
#include "eventsource/testing/round_trips.hpp"
#include "eventsource/testing/specification_failed.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace es::testing {

/// What a check of golden files has done.
struct golden_report {
  /// Files that were read and found right.
  std::vector<std::filesystem::path> checked{};
  /// Files that were missing and written.
  std::vector<std::filesystem::path> written{};
};

namespace detail {

/// Which sample a file has.
struct golden_name {
  std::string event_type;
  int schema_version = 1;
  /// Empty: the only one.
  std::string sample{};

  friend auto operator<=>(const golden_name&, const golden_name&) = default;
};

/// "withdrawn.v1.json", "withdrawn.v1.large.json".
[[nodiscard]] std::string format_golden_name(const golden_name& name);

/// Reads what `to_string` writes; empty if it is no such name.
[[nodiscard]] std::optional<golden_name>
parse_golden_name(std::string_view file_name);

/// The erased half of `golden_events`.
class golden_folder {
public:
  struct knowledge {
    const aggregate_type* type = nullptr;
    round_trips events{};
    /// Of the present event types.
    std::map<std::string, int, std::less<>> schema_versions{};
    upcasters steps{};
    bool takes_unknown_events = false;
    std::filesystem::path folder{};
  };

  explicit golden_folder(knowledge what) : what_(std::move(what)) {
    // nop
  }

  /// Throws `specification_failed` on a name that is taken or can't be one.
  void add(const event_form& event, std::string name);

  [[nodiscard]] golden_report check(source_place where) const;

private:
  using files = std::map<golden_name, std::string>;

  [[nodiscard]] files read() const;
  void check_samples(const files& found, golden_report& report,
                     std::string& complaints) const;
  void check_file(const golden_name& name, const std::string& text,
                  std::string& complaints) const;
  void check_complete(const files& found, std::string& complaints) const;
  [[nodiscard]] std::filesystem::path path_of(const golden_name& name) const {
    return what_.folder / format_golden_name(name);
  }

  knowledge what_;
  /// The JSON of each sample.
  files samples_;
};

} // namespace detail

} // namespace es::testing
