# The compiler. krait_hir: HIR, its text and its passes, without LLVM, so that unit tests can link it.
file(GLOB hir_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/jit/hir*.c ${CMAKE_SOURCE_DIR}/jit/pass*.c)
add_library(krait_hir OBJECT ${hir_sources} ${CMAKE_SOURCE_DIR}/jit/compile_error.c)

# The library that the interpreter loads when something is hot. What it uses of the layers below is the executable's.
file(GLOB jit_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/jit/*.c)
execute_process(COMMAND llvm-config-22 --includedir OUTPUT_VARIABLE LLVM_INCLUDE OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
# LLVM is linked in, only what this machine's code needs of it: to load and bind all of libLLVM.so takes forty milliseconds.
execute_process(COMMAND llvm-config-22 --link-static --libfiles orcjit x86 passes OUTPUT_VARIABLE LLVM_ARCHIVES OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(LLVM_ARCHIVES)
set(LLVM_LINKED -Wl,--start-group ${LLVM_ARCHIVES} -Wl,--end-group -lz -lzstd -l:libstdc++.a -lm)
add_library(krait-jit SHARED ${jit_sources})
target_include_directories(krait-jit SYSTEM PRIVATE ${LLVM_INCLUDE})
target_link_options(krait-jit PRIVATE -Wl,--unresolved-symbols=ignore-all -Wl,-Bsymbolic -Wl,--exclude-libs,ALL -Wl,--gc-sections
                    $<$<CONFIG:Release>:-Wl,--strip-debug>) # LLVM's own line tables; valgrind fails on them
target_link_libraries(krait-jit PRIVATE ${LLVM_LINKED})
set_target_properties(krait-jit PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
add_dependencies(krait krait-jit)

# The part that knows LLVM and nothing of HIR, for its unit test.
add_library(krait_engine OBJECT EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/jit/engine.c ${CMAKE_SOURCE_DIR}/jit/code_names.c ${CMAKE_SOURCE_DIR}/jit/object_file.c)
target_include_directories(krait_engine SYSTEM PUBLIC ${LLVM_INCLUDE})
target_link_libraries(krait_engine PUBLIC ${LLVM_LINKED})
