# Bugs that the simulation has to find. Each is a text in one source that is
# replaced by another; the altered source comes before the library's own, of
# which the linker then takes the rest. A text that is no longer there exactly
# once ends the configuration: a bug that is not planted proves nothing.

# es_plant_bug(NAME FILE FIND text REPLACE text): makes the program
# es_simulate_NAME and the test that it finds the bug within 1,000 seeds.
function(es_plant_bug name file)
  cmake_parse_arguments(PARSE_ARGV 2 bug "" "FIND;REPLACE" "")
  set(source "${PROJECT_SOURCE_DIR}/${file}")
  set_property(
    DIRECTORY
    APPEND
    PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
  file(READ "${source}" text)
  string(FIND "${text}" "${bug_FIND}" first)
  string(FIND "${text}" "${bug_FIND}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "${name}: the place for the bug is not in ${file}")
  endif()
  if(file MATCHES "^(actors|store|domain)/.*\\.cpp$")
    get_source_file_property(
      is_alone "${source}" TARGET_DIRECTORY es_${CMAKE_MATCH_1}
      SKIP_UNITY_BUILD_INCLUSION)
    if(NOT is_alone)
      message(FATAL_ERROR "${name}: ${file} must not be compiled with others")
    endif()
  endif()
  string(REPLACE "${bug_FIND}" "${bug_REPLACE}" text "${text}")
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${name}")
  file(CONFIGURE OUTPUT "${folder}/eventsource/${file}" CONTENT "@text@" @ONLY)

  set(program es_simulate_${name})
  if(file MATCHES "\\.hpp$")
    # A template: what is compiled from it in the node comes first.
    add_executable(${program} node.cpp $<TARGET_OBJECTS:es_simulate_main>)
    target_include_directories(${program} BEFORE PRIVATE "${folder}")
  else()
    add_executable(${program} "${folder}/eventsource/${file}"
                              $<TARGET_OBJECTS:es_simulate_main>)
  endif()
  target_link_libraries(${program} PRIVATE es_simulation CLI11::CLI11)
  target_precompile_headers(${program} REUSE_FROM es_test_kit)
  add_test(NAME simulation.finds_${name}
           COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${program}> -P
                   "${CMAKE_CURRENT_SOURCE_DIR}/expect_finding.cmake")
  set_tests_properties(simulation.finds_${name} PROPERTIES TIMEOUT 300)
endfunction()

es_plant_bug(
  answer_before_commit
  actors/aggregate_actor.cpp
  FIND
  [[  message.counted = std::exchange(item.counted, {});]]
  REPLACE
  [[  answer(item, store::append_outcome::committed(request).receipt);]])

es_plant_bug(
  skipped_version_guard
  store/memory/tables.cpp
  FIND
  [[if (head != append.expected_version)]]
  REPLACE
  [[if (head < append.expected_version)]])

es_plant_bug(
  commands_lost_in_passivation
  actors/aggregate_router.cpp
  FIND
  [[  if (!entry.waiting || entry.waiting->empty()) {]]
  REPLACE
  [[  if (true) {]])

es_plant_bug(
  ambiguous_commit_retried
  actors/aggregate_actor.cpp
  FIND
  [[    default:
      recover_after_drain_ = true;
]]
  REPLACE
  [[    default:
      recover_after_drain_ = true;
      if (why.code == errc::in_doubt) {
        decide_again(std::move(done));
        return;
      }
]])

es_plant_bug(
  corrupt_event_passed_over
  domain/aggregate_model.hpp
  FIND
  [[        if (auto ok = apply_stored(state, event); !ok)
          return tl::unexpected(ok.error());
]]
  REPLACE
  [[        (void) apply_stored(state, event);
]])

es_plant_bug(
  speculative_state_shown
  actors/aggregate_recovery.cpp
  FIND
  [[current_state{id_, state_.version, type_, state_.state}]]
  REPLACE
  [[current_state{id_, head_.version, type_, head_.state}]])
