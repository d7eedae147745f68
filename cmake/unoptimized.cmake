# For folders whose programs take longer to compile than to run. `optimized` is
# how the libraries are compiled, for what is like them.
string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
string(REGEX MATCH "-O[123]" optimized "${CMAKE_CXX_FLAGS_${type}}")
foreach(type DEBUG RELEASE RELWITHDEBINFO)
  string(REGEX REPLACE "-O[123]" "-O0" CMAKE_CXX_FLAGS_${type}
                       "${CMAKE_CXX_FLAGS_${type}}")
endforeach()
