# Compiles SOURCE, whose first line says what must come of it: success, or a
# failed static assertion with that sentence.
file(STRINGS "${SOURCE}" expected LIMIT_COUNT 1)
if(NOT expected MATCHES "^// expect: (.+)$")
  message(FATAL_ERROR "the first line of ${SOURCE} is no `// expect: ...`")
endif()
set(expected "${CMAKE_MATCH_1}")

set(ENV{LC_ALL} C)
execute_process(
  COMMAND "${COMPILER}" -std=c++20 -fsyntax-only "-I${INCLUDE}" "${SOURCE}"
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
string(REGEX REPLACE "([][+.*()^$?|\\])" "\\\\\\1" pattern "${expected}")
if(NOT output MATCHES "static assertion failed[^\n]*: ${pattern}")
  message(FATAL_ERROR "the compiler should say \"${expected}\":\n${output}")
endif()
