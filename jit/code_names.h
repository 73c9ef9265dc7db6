// Names of machine code for gdb (always) and perf (-X jit-perf, /tmp/perf-PID.map).
//
// gdb finds them through its JIT interface: a list of object files in memory, here a minimal one for each function with
// nothing but its symbol.
#pragma once

#include <stddef.h>

typedef struct CodeNames CodeNames; // one function's registration
// The size of function `name` in an ELF object; 0: it is not there.
size_t code_names_size(const void *object, size_t object_size, const char *name);
// NULL: out of memory, nothing registered. One thread at a time, likewise for the removal.
CodeNames *code_names_add(const char *name, const void *address, size_t size);
void code_names_remove(CodeNames *names); // may be NULL
