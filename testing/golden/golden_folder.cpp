#include "eventsource/testing/golden/golden_folder.hpp"

#include "eventsource/testing/line_diff.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

namespace es::testing::detail {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view ending = ".json";

bool may_write() {
  const char* wish = std::getenv("ES_WRITE_GOLDEN");
  return wish && std::string_view(wish) == "1";
}

bool is_sample_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

/// The version in "v12"; 0 if it is none.
int version_in(std::string_view word) {
  int version = 0;
  if (!word.starts_with('v') || word.size() < 2)
    return 0;
  const auto* end = word.data() + word.size();
  const auto [stop, failed] = std::from_chars(word.data() + 1, end, version);
  return failed == std::errc{} && stop == end && version > 0 ? version : 0;
}

bool is_equal_json(const std::string& left, const std::string& right) {
  auto a = nlohmann::json::parse(left, nullptr, false);
  auto b = nlohmann::json::parse(right, nullptr, false);
  return !a.is_discarded() && a == b;
}

void write(const fs::path& file, const std::string& json) {
  std::error_code ignored;
  fs::create_directories(file.parent_path(), ignored);
  std::ofstream out{file, std::ios::binary};
  out << pretty_json(json) << "\n";
  out.close();
  if (!out)
    throw specification_failed("can't write " + file.string());
}

} // namespace

std::string format_golden_name(const golden_name& name) {
  return name.event_type + ".v" + std::to_string(name.schema_version)
         + (name.sample.empty() ? "" : "." + name.sample) + std::string(ending);
}

std::optional<golden_name> parse_golden_name(std::string_view file_name) {
  if (!file_name.ends_with(ending))
    return std::nullopt;
  file_name.remove_suffix(ending.size());
  std::string_view sample;
  for (int words = 0; words < 2; ++words) {
    const auto dot = file_name.rfind('.');
    if (dot == std::string_view::npos || dot == 0)
      return std::nullopt;
    const auto word = file_name.substr(dot + 1);
    file_name = file_name.substr(0, dot);
    if (const int version = version_in(word))
      return golden_name{std::string(file_name), version, std::string(sample)};
    sample = word;
  }
  return std::nullopt;
}

void golden_folder::add(const event_form& event, std::string name) {
  if (!is_sample_name(name) || version_in(name) > 0)
    throw specification_failed("\"" + name
                               + "\" can't name a sample: use lower-case "
                                 "letters, digits and underscores");
  golden_name key{event.type, event.schema_version, std::move(name)};
  const auto file = format_golden_name(key);
  if (!samples_.emplace(std::move(key), event.data).second)
    throw specification_failed("there are two samples for " + file
                               + ": give one of them a name");
}

golden_folder::files golden_folder::read() const {
  files found;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator{what_.folder, failed}) {
    auto name = parse_golden_name(entry.path().filename().string());
    if (!name)
      throw specification_failed(
        entry.path().string()
        + " is no golden file: its name is not EVENT_TYPE.vVERSION.json");
    std::ifstream in{entry.path(), std::ios::binary};
    found.emplace(std::move(*name),
                  std::string{std::istreambuf_iterator<char>{in}, {}});
  }
  return found;
}

golden_report golden_folder::check(source_place where) const {
  golden_report report;
  std::string complaints;
  auto found = read();
  check_samples(found, report, complaints);
  // What was written now is checked as well.
  for (const auto& file : report.written)
    found.emplace(*parse_golden_name(file.filename().string()),
                  samples_.at(*parse_golden_name(file.filename().string())));
  for (const auto& [name, text] : found) {
    check_file(name, text, complaints);
    report.checked.push_back(path_of(name));
  }
  check_complete(found, complaints);
  if (!complaints.empty())
    throw specification_failed(testing::to_string(where) + "golden files of "
                               + what_.type->name() + "\n"
                               + indented(complaints, "  "));
  return report;
}

void golden_folder::check_samples(const files& found, golden_report& report,
                                  std::string& complaints) const {
  for (const auto& [name, json] : samples_) {
    const auto file = found.find(name);
    if (file == found.end()) {
      if (may_write()) {
        write(path_of(name), json);
        report.written.push_back(path_of(name));
      } else {
        complaints += path_of(name).string()
                      + " is missing: run this test with ES_WRITE_GOLDEN=1 in "
                        "the environment, look at the file, and keep it with "
                        "the sources\n";
      }
    } else if (!is_equal_json(file->second, json)) {
      complaints +=
        "the stored form of " + name.event_type
        + " changed without a new schema version (- " + format_golden_name(name)
        + ", + now)\n"
        + indented(line_diff(pretty_json(file->second), pretty_json(json)),
                   "  ")
        + "events of the old form are stored: set schema_version = "
        + std::to_string(name.schema_version + 1) + ", add an upcaster from "
        + std::to_string(name.schema_version)
        + ", and keep the file. If only the sample changed, give it a name "
          "of its own\n";
    }
  }
  for (const auto& [type, version] : what_.schema_versions)
    if (std::none_of(samples_.begin(), samples_.end(),
                     [&, type = type, version = version](const auto& sample) {
                       return sample.first.event_type == type
                              && sample.first.schema_version == version;
                     }))
      complaints += "event type " + type + " has no sample: add .sample(" + type
                    + "{...})\n";
}

void golden_folder::check_file(const golden_name& name, const std::string& text,
                               std::string& complaints) const {
  const auto file = path_of(name).string();
  const auto& type = what_.steps.present_name(name.event_type);
  const auto present = what_.schema_versions.find(type);
  if (present == what_.schema_versions.end()) {
    if (!what_.takes_unknown_events)
      complaints += file + ": events of this type can no longer be read: "
                    + "keep the type, rename it with an upcaster, or define "
                      "`apply_unknown`\n";
    return;
  }
  auto json = decode_json(text, file);
  if (!json) {
    complaints += json.error().message + "\n";
    return;
  }
  if (name.schema_version != present->second)
    json = what_.steps.upcast(type, name.schema_version, present->second,
                              std::move(*json));
  auto upcast = json ? encode_json(*json) : tl::unexpected(json.error());
  auto read =
    upcast ? what_.events.find(type)->second(*upcast) : std::move(upcast);
  if (!read) {
    complaints += file + " can't be read: " + read.error().message + "\n";
    return;
  }
  auto again = what_.events.find(type)->second(*read);
  if (!again || *again != *read)
    complaints += file + " does not read back as it is written\n";
}

void golden_folder::check_complete(const files& found,
                                   std::string& complaints) const {
  std::set<std::pair<std::string, int>> there;
  for (const auto& [name, text] : found)
    there.emplace(what_.steps.present_name(name.event_type),
                  name.schema_version);
  for (const auto& [type, present] : what_.schema_versions)
    for (int version = 1; version < present; ++version)
      if (!there.contains({type, version}))
        complaints +=
          format_golden_name(golden_name{type, version})
          + " is missing: events of version " + std::to_string(version)
          + " may be stored. Take one from a store, add .stored_sample(\""
          + type + "\", " + std::to_string(version)
          + ", R\"({...})\"), and run this test with ES_WRITE_GOLDEN=1 in the "
            "environment\n";
}

} // namespace es::testing::detail
