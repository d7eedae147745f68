#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace es::testing {

/// A folder of its own for files of a test; gone at the end.
class scratch_folder {
public:
  scratch_folder() {
    auto name =
      (std::filesystem::temp_directory_path() / "es_test_XXXXXX").string();
    if (!::mkdtemp(name.data()))
      throw std::runtime_error("can't make " + name);
    path_ = name;
  }

  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& path() const noexcept {
    return path_;
  }

  /// Gives the new file's path.
  std::string write(std::string_view name, std::string_view content) const {
    auto file = path_ / name;
    std::ofstream out{file, std::ios::binary};
    out << content;
    if (!out.flush())
      throw std::runtime_error("can't write " + file.string());
    return file.string();
  }

private:
  std::filesystem::path path_;
};

/// The first line of a registry file.
inline constexpr std::string_view registry_header =
  "Registry,Assignment,Organization Name,Organization Address\r\n";

} // namespace es::testing
