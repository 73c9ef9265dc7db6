# The compiler. krait_hir: HIR, its text and its passes, without LLVM, so that unit tests can link it.
file(GLOB hir_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/jit/hir*.c ${CMAKE_SOURCE_DIR}/jit/pass*.c)
add_library(krait_hir OBJECT ${hir_sources} ${CMAKE_SOURCE_DIR}/jit/compile_error.c ${CMAKE_SOURCE_DIR}/jit/profile.c)
