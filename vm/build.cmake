krait_library(krait_vm vm)
target_link_libraries(krait_vm PUBLIC krait_frontend)

# The executable exports its symbols: shared libraries that are loaded at run time (native modules, the compiler) link against it.
file(GLOB main CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/vm/main.c)
if(main)
  add_executable(krait ${main})
  target_link_libraries(krait PRIVATE krait_vm)
  set_target_properties(krait PROPERTIES ENABLE_EXPORTS ON)
endif()
