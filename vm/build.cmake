krait_library(krait_vm vm)
# Handlers jump to each other and make no calls on their fast paths: there a frame pointer would be most of the work.
file(GLOB handlers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/vm/handlers_*.c ${CMAKE_SOURCE_DIR}/vm/compiled_call.c)
set_source_files_properties(${handlers} PROPERTIES COMPILE_OPTIONS "-fomit-frame-pointer;-fPIE;-fno-builtin-memset")
target_link_libraries(krait_vm PUBLIC krait_frontend)

# The executable exports its symbols: shared libraries that are loaded at run time (native modules, the compiler) link against it.
file(GLOB main CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/vm/main.c)
if(main)
  add_executable(krait ${main})
  target_link_libraries(krait PRIVATE -Wl,--whole-archive krait_vm krait_frontend krait_runtime -Wl,--no-whole-archive)
  set_target_properties(krait PROPERTIES ENABLE_EXPORTS ON)
  target_link_options(krait PRIVATE -Wl,--build-id=sha1)
  # The modules that every start needs, compiled, beside the executable; it takes only what this very build has written.
  add_custom_command(TARGET krait POST_BUILD COMMAND krait -I -S -B ${CMAKE_SOURCE_DIR}/vm/freeze.py ${CMAKE_BINARY_DIR}/frozen_modules)
  set_property(TARGET krait APPEND PROPERTY LINK_DEPENDS ${CMAKE_SOURCE_DIR}/vm/freeze.py)
endif()

# The modules that Krait provides in Python stand beside the executable, before the standard library's on sys.path.
file(CREATE_LINK ${CMAKE_SOURCE_DIR}/runtime/lib ${CMAKE_BINARY_DIR}/lib SYMBOLIC)
