# Runs at build time: writes OUTPUT with the text of FILES. See embed.cmake.
set(body "")
list(SORT FILES)
foreach(file IN LISTS FILES)
  file(RELATIVE_PATH name "${BASE_DIR}" "${file}")
  string(REGEX REPLACE "\\.[^.]*$" "" name "${name}")
  file(READ "${file}" text)
  string(APPEND body "  {\"${name}\",\n   R\"embedded(${text})embedded\"},\n")
endforeach()
file(
  WRITE "${OUTPUT}"
  "#include <span>
#include <string_view>

namespace es::embedded {

struct file {
  std::string_view name;
  std::string_view text;
};

static constexpr file files[] = {
${body}};

std::span<const file> ${SYMBOL}() {
  return files;
}

} // namespace es::embedded
")
