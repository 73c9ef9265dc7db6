// The C half of engine_test.cc.
#pragma once
#ifdef __cplusplus
extern "C" {
#endif
#include <stdbool.h>
#include <stddef.h>

typedef struct ProbeFunction ProbeFunction;
// Compiles a function of the given name that returns its argument plus `number`. NULL: the engine has failed.
ProbeFunction *probe_compile(const char *name, long number, bool full);
long probe_call(const ProbeFunction *function, long argument);
size_t probe_size(const ProbeFunction *function);
void probe_free(ProbeFunction *function);
// How many functions gdb knows of, and whether one of them has this name and contains the function's address.
size_t probe_gdb_count(void);
bool probe_gdb_knows(const char *name, const ProbeFunction *function);
// Have perf's map written from now on; what it says so far, to be freed.
char *probe_perf_map(void);
#ifdef __cplusplus
}
#endif
