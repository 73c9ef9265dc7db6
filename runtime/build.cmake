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
file(GLOB compiler_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/frontend/*.c ${CMAKE_SOURCE_DIR}/frontend/*.h
     ${CMAKE_SOURCE_DIR}/frontend/ast.nodes)
set(cache_sources ${compiler_sources} ${CMAKE_SOURCE_DIR}/runtime/object/code_image.c ${CMAKE_SOURCE_DIR}/runtime/object/opcodes.def)
add_custom_command(
  OUTPUT ${generated_folder}/cache_revision.h
  COMMAND /usr/bin/python3.11 ${support_folder}/generate_cache_revision.py ${generated_folder}/cache_revision.h ${cache_sources}
  DEPENDS ${support_folder}/generate_cache_revision.py ${cache_sources} VERBATIM)

krait_library(krait_runtime runtime)
target_sources(krait_runtime PRIVATE ${generated_folder}/unicode_tables.c ${generated_folder}/float_tables.c ${generated_folder}/cache_revision.h)
target_include_directories(krait_runtime PRIVATE ${generated_folder})
target_link_libraries(krait_runtime PUBLIC ${JEMALLOC_ARCHIVE} ${GMP_ARCHIVE} ${ZLIB_ARCHIVE} Threads::Threads m)
