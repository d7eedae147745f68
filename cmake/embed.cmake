# es_embed(TARGET OUTPUT_NAME SYMBOL BASE_DIR FILE...)
#
# Makes a C++ source that holds the text of files, keyed by their path under
# BASE_DIR without extension, and adds it to TARGET. The text is declared as
#
#     namespace es::embedded {
#     struct file { std::string_view name; std::string_view text; };
#     std::span<const file> SYMBOL();
#     }
#
# See cmake/embed_files.cmake for the generating script, run at build time.
function(es_embed target symbol base_dir)
  set(output "${CMAKE_CURRENT_BINARY_DIR}/embedded_${symbol}.cpp")
  add_custom_command(
    OUTPUT "${output}"
    COMMAND
      "${CMAKE_COMMAND}" -DOUTPUT=${output} -DSYMBOL=${symbol}
      -DBASE_DIR=${base_dir} "-DFILES=${ARGN}" -P
      "${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake"
    DEPENDS ${ARGN} "${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake"
    COMMENT "Embedding ${symbol}"
    VERBATIM)
  # All of them have the same names.
  set_source_files_properties("${output}" PROPERTIES SKIP_UNITY_BUILD_INCLUSION
                                                     ON)
  target_sources(${target} PRIVATE "${output}")
endfunction()
