#pragma once

#include <string>
#include <string_view>
#include <vector>

/// The rules that hold the floors apart and the files readable, each as a pure
/// function of a file's path (relative to the source folder, with '/') and
/// text. What they find is one sentence each, beginning with "path:" or
/// "path:line:".
namespace es::testing {

using complaints = std::vector<std::string>;

/// Sources include only what their floor may know.
[[nodiscard]] complaints check_includes(std::string_view path,
                                        std::string_view text);

/// CAF's version is asked for in one header only.
[[nodiscard]] complaints check_caf_version(std::string_view path,
                                           std::string_view text);

/// No source file is longer than 500 lines.
[[nodiscard]] complaints check_length(std::string_view path,
                                      std::string_view text);

/// No file has a name that could stand on any file.
[[nodiscard]] complaints check_name(std::string_view path);

/// Every header has `#pragma once`.
[[nodiscard]] complaints check_pragma_once(std::string_view path,
                                           std::string_view text);

/// Nothing is left for later.
[[nodiscard]] complaints check_leftovers(std::string_view path,
                                         std::string_view text);

/// No path of one person's machine.
[[nodiscard]] complaints check_machine_paths(std::string_view path,
                                             std::string_view text);

/// Every query begins with a comment that names it.
[[nodiscard]] complaints check_query_comment(std::string_view path,
                                             std::string_view text);

/// Every query is named, in quotes, somewhere in `users`.
[[nodiscard]] complaints check_query_use(std::string_view path,
                                         std::string_view users);

/// Every `*.test.cpp` is a source in the `CMakeLists.txt` of its folder.
[[nodiscard]] complaints check_test_listed(std::string_view path,
                                           std::string_view cmake_lists);

/// All rules that need no other file.
[[nodiscard]] complaints check_file(std::string_view path,
                                    std::string_view text);

} // namespace es::testing
