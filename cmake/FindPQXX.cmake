# Finds libpqxx, the C++ client library of PostgreSQL, and libpq under it.
#
# Target: PQXX::pqxx. Variable: PQXX_VERSION.
find_path(PQXX_INCLUDE_DIR pqxx/pqxx)
find_library(PQXX_LIBRARY pqxx)
find_package(PostgreSQL QUIET)
if(PQXX_INCLUDE_DIR AND EXISTS "${PQXX_INCLUDE_DIR}/pqxx/version.hxx")
  file(STRINGS "${PQXX_INCLUDE_DIR}/pqxx/version.hxx" _pqxx_version_line
       REGEX "#[ ]*define PQXX_VERSION \"")
  string(REGEX REPLACE ".*\"([0-9.]+)\".*" "\\1" PQXX_VERSION
                       "${_pqxx_version_line}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  PQXX
  REQUIRED_VARS PQXX_LIBRARY PQXX_INCLUDE_DIR PostgreSQL_LIBRARY
  VERSION_VAR PQXX_VERSION)

if(PQXX_FOUND AND NOT TARGET PQXX::pqxx)
  add_library(PQXX::pqxx UNKNOWN IMPORTED)
  set_target_properties(
    PQXX::pqxx
    PROPERTIES IMPORTED_LOCATION "${PQXX_LIBRARY}"
               INTERFACE_INCLUDE_DIRECTORIES "${PQXX_INCLUDE_DIR}"
               INTERFACE_LINK_LIBRARIES "${PostgreSQL_LIBRARY}")
endif()
mark_as_advanced(PQXX_INCLUDE_DIR PQXX_LIBRARY)
