krait_library(krait_runtime runtime)
target_link_libraries(krait_runtime PUBLIC ${JEMALLOC_LIBRARY} ${GMP_LIBRARY} Threads::Threads m)
