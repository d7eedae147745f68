# Passes if PROGRAM, which has a bug, finds a broken promise and says so.
execute_process(
  COMMAND "${PROGRAM}" --seeds 1000 --steps 500 --no-shorten
  RESULT_VARIABLE code
  OUTPUT_VARIABLE output)
message("${output}")
if(NOT code EQUAL 1 OR NOT output MATCHES "BROKEN")
  message(FATAL_ERROR "The bug was not found (exit code ${code}).")
endif()
