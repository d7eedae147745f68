# Run by CTest, see CMakeLists.txt. Each step fails the test with its output.
set(prefix "${SCRATCH_DIR}/prefix")
set(build "${SCRATCH_DIR}/build")
file(REMOVE_RECURSE "${SCRATCH_DIR}")

function(step what)
  message(STATUS "${what}")
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${what}: failed (${failed})")
  endif()
endfunction()

step("install" "${CMAKE_COMMAND}" --install "${BUILD_DIR}" --prefix "${prefix}")

# What is installed names no folder of this machine and includes nothing that
# stayed behind.
file(GLOB_RECURSE installed "${prefix}/*.cmake" "${prefix}/*.hpp")
foreach(file IN LISTS installed)
  file(READ "${file}" text)
  string(FIND "${text}" "${BUILD_DIR}" place)
  if(NOT place EQUAL -1)
    message(FATAL_ERROR "${file} names ${BUILD_DIR}, which users don't have")
  endif()
  string(FIND "${text}" "${SOURCE_DIR}" place)
  if(NOT place EQUAL -1)
    message(FATAL_ERROR "${file} names ${SOURCE_DIR}, which users don't have")
  endif()
  string(REGEX MATCHALL "#include \"eventsource/[^\"]+" includes "${text}")
  foreach(include IN LISTS includes)
    string(REPLACE "#include \"" "" include "${include}")
    if(NOT EXISTS "${prefix}/${INCLUDE_DIR}/${include}")
      message(FATAL_ERROR "${file} includes ${include}, which isn't installed")
    endif()
  endforeach()
endforeach()

set(flags "")
if(SANITIZE)
  # Also at the link, which CMake does with the compiler and its flags.
  set(flags
      "-DCMAKE_CXX_FLAGS=-fsanitize=address,undefined -fno-sanitize=null -fno-sanitize-recover=all"
  )
endif()
step("configure" "${CMAKE_COMMAND}" -S "${CONSUMER_DIR}" -B "${build}" -G
     "${GENERATOR}" "-DCMAKE_PREFIX_PATH=${prefix}"
     "-DCMAKE_CXX_COMPILER=${COMPILER}"
     "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}"
     "-DCMAKE_BUILD_TYPE=${BUILD_TYPE}" ${flags})
step("build" "${CMAKE_COMMAND}" --build "${build}")
step("run" "${build}/consumer")
step("run its tests" "${build}/kit_test" "${SCRATCH_DIR}/golden")
