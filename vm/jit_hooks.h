// What the compiler tier, a library of its own that is loaded when something is hot, gives the interpreter.
#pragma once

#include "vm/compiled_code.h"

typedef struct JitHooks {
  // Compiled code has left through exit `exit` (not 0). May collect; runs no Python code; may find an exception pending
  // and keeps it.
  void (*left)(Thread *thread, CompiledCode *compiled, uint32_t exit);
} JitHooks;
// NULL until the library is loaded.
extern const JitHooks *_Atomic jit_hooks;
