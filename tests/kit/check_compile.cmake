# Compiles SOURCE, whose first line says what must come of it: success, a failed
# static assertion with that sentence, or, after `// expect match:`, other words
# of the compiler, as a regular expression. INCLUDE has folders between `|`.
file(STRINGS "${SOURCE}" expected LIMIT_COUNT 1)
if(NOT expected MATCHES "^// expect( match)?: (.+)$")
  message(FATAL_ERROR "the first line of ${SOURCE} is no `// expect: ...`")
endif()
set(is_pattern "${CMAKE_MATCH_1}")
set(expected "${CMAKE_MATCH_2}")
string(REPLACE "|" ";" folders "${INCLUDE}")
list(TRANSFORM folders PREPEND "-I")

set(ENV{LC_ALL} C)
execute_process(
  COMMAND "${COMPILER}" -std=c++20 -fsyntax-only ${folders} "${SOURCE}"
  RESULT_VARIABLE failed
  OUTPUT_VARIABLE output
  ERROR_VARIABLE output)

if(expected STREQUAL "success")
  if(failed)
    message(FATAL_ERROR "this should compile:\n${output}")
  endif()
  return()
endif()
if(NOT failed)
  message(FATAL_ERROR "this should not compile")
endif()
if(is_pattern)
  string(REPLACE "\\n" "\n" pattern "${expected}")
else()
  string(REGEX REPLACE "([][+.*()^$?|\\])" "\\\\\\1" pattern "${expected}")
  set(pattern "static assertion failed[^\n]*: ${pattern}")
endif()
if(NOT output MATCHES "${pattern}")
  message(FATAL_ERROR "the compiler should say \"${expected}\":\n${output}")
endif()
