# For folders whose programs take longer to compile than to run.
foreach(type DEBUG RELEASE RELWITHDEBINFO)
  string(REGEX REPLACE "-O[123]" "-O0" CMAKE_CXX_FLAGS_${type}
                       "${CMAKE_CXX_FLAGS_${type}}")
endforeach()
