// Names of machine code for gdb (always) and perf (-X jit-perf, /tmp/perf-PID.map).
//
// gdb finds them through its JIT interface: a list of object files in memory, here a minimal one for each function with
// its symbol and what unwinding needs (.eh_frame), so that backtraces go on in the callers.
#pragma once

#include <stddef.h>

typedef struct CodeNames CodeNames; // one function's registration
// Takes what is to be known of function `name`, the only one, out of an ELF object that is still to be linked. NULL:
// out of memory.
CodeNames *code_names_new(const char *name, void *object, size_t object_size);
size_t code_names_size(const CodeNames *names); // of the function
// The function has been linked to `address`. One thread at a time, likewise for the removal.
void code_names_register(CodeNames *names, const void *address);
void code_names_remove(CodeNames *names); // registered or not; may be NULL
