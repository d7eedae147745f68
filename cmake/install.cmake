# What `cmake --install` puts where, so that find_package(eventsource) works.
include(CMakePackageConfigHelpers)

set(es_libraries es_domain es_organization es_settings es_store es_actors
                 es_specification es_testing)
set(es_cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/eventsource")

install(TARGETS ${es_libraries} EXPORT eventsource_targets)
install(
  EXPORT eventsource_targets
  NAMESPACE eventsource::
  DESTINATION "${es_cmake_dir}"
  FILE eventsource-targets.cmake)
if(EVENTSOURCE_NATS)
  # Apart from the others: only who asks for the component needs the client.
  install(TARGETS es_nats EXPORT eventsource_nats_targets)
  install(
    EXPORT eventsource_nats_targets
    NAMESPACE eventsource::
    DESTINATION "${es_cmake_dir}"
    FILE eventsource-nats-targets.cmake)
  install(FILES cmake/FindNATS.cmake DESTINATION "${es_cmake_dir}")
endif()

# Of the stores only what a program may use: the rest is their own affair, and
# that of the PostgreSQL store includes libpqxx.
install(
  DIRECTORY domain store actors testing
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/eventsource"
  FILES_MATCHING
  PATTERN "*.hpp"
  PATTERN "store/memory" EXCLUDE
  PATTERN "store/postgres" EXCLUDE)
install(FILES store/memory/memory_store.hpp
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/eventsource/store/memory")
install(
  FILES store/postgres/local_server.hpp store/postgres/migrator.hpp
        store/postgres/postgres_store.hpp
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/eventsource/store/postgres")
install(FILES config/default.toml
        DESTINATION "${CMAKE_INSTALL_DATADIR}/eventsource")

configure_package_config_file(
  cmake/eventsource-config.cmake.in
  "${PROJECT_BINARY_DIR}/eventsource-config.cmake"
  INSTALL_DESTINATION "${es_cmake_dir}")
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/eventsource-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(
  FILES "${PROJECT_BINARY_DIR}/eventsource-config.cmake"
        "${PROJECT_BINARY_DIR}/eventsource-config-version.cmake"
        cmake/FindCAF.cmake cmake/FindPQXX.cmake
  DESTINATION "${es_cmake_dir}")
