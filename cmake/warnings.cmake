# Warnings and sanitizers for the project's own targets; a user's build is left
# as it is.
add_library(es_build_flags INTERFACE)
target_compile_options(
  es_build_flags INTERFACE -Wall -Wextra -Wpedantic
                           $<$<BOOL:${EVENTSOURCE_WERROR}>:-Werror>)
if(EVENTSOURCE_SANITIZE)
  # CAF 0.17 binds a null reference in its own headers for actors made of
  # functions (init_fun_factory.hpp); a null pointer that is used still ends the
  # program. Checks of alignment and object size cost a third of the time to
  # compile and find nothing here that AddressSanitizer does not.
  add_compile_options(
    -fsanitize=address,undefined -fno-sanitize=null,alignment,object-size
    -fno-omit-frame-pointer -fno-sanitize-recover=all)
  # GCC 12 takes every std::optional<std::string> for uninitialized under ASan.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  add_link_options(-fsanitize=address,undefined)
endif()
if(EVENTSOURCE_SANITIZE_THREADS)
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
endif()
if(EVENTSOURCE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "EVENTSOURCE_FUZZ needs clang, which has libFuzzer")
  endif()
  # Lets libFuzzer see which way an input takes; its main program is linked by
  # the fuzz targets alone.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
