# Generated tables: made by python3.11 (whose Unicode version is the one Krait has), written to the build folder.
set(support_folder ${CMAKE_SOURCE_DIR}/runtime/support)
set(generated_folder ${CMAKE_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${generated_folder})
add_custom_command(
  OUTPUT ${generated_folder}/unicode_tables.c
  COMMAND /usr/bin/python3.11 ${support_folder}/generate_unicode_tables.py ${support_folder}/unicode_extra_names.txt
          ${generated_folder}/unicode_tables.c
  DEPENDS ${support_folder}/generate_unicode_tables.py ${support_folder}/unicode_extra_names.txt VERBATIM)
add_custom_command(
  OUTPUT ${generated_folder}/float_tables.c
  COMMAND /usr/bin/python3.11 ${support_folder}/generate_float_tables.py ${generated_folder}/float_tables.c
  DEPENDS ${support_folder}/generate_float_tables.py VERBATIM)

krait_library(krait_runtime runtime)
target_sources(krait_runtime PRIVATE ${generated_folder}/unicode_tables.c ${generated_folder}/float_tables.c)
target_link_libraries(krait_runtime PUBLIC ${JEMALLOC_ARCHIVE} ${GMP_ARCHIVE} ${ZLIB_ARCHIVE} Threads::Threads m)
