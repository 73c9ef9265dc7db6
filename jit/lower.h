// HIR to LLVM IR: one LLVM function for a compilation, a CompiledFunction (vm/compiled_code.h).
//
// Runs on the worker thread, which is not attached to the runtime: it reads immutable fields of cells that the
// compilation keeps alive, and makes none. What the machine code needs besides itself (exits, records of inlined calls)
// goes into the CodeData.
#pragma once

#include "jit/code_data.h"
#include "jit/hir.h"
#include <llvm-c/Core.h>

typedef struct LowerRequest {
  HirFunction *function;
  CodeData *data;
  const _Atomic uint32_t *valid; // CompiledCode.valid
  const void *plain_handlers;    // the interpreter's table while nothing is traced
  bool one_thread;               // no second thread was ever started: the code is given up when one is
  bool is_quick;                 // to be compiled without optimization: counts calls and iterations in data->lanes
  bool maps;                     // exits are patchpoints (leave_map.h)
  uint32_t stress_period;        // -X jit-stress: about every so many guards fail; 0: none do
} LowerRequest;

// The payload that an ADD_SLOT has here instead of its LookupResult, which a collection may empty while the worker
// runs.
typedef struct SlotAddition {
  const LookupResult *result;
  size_t offset;    // of the slot in the object
  Shape *new_shape; // never followed
} SlotAddition;

// The module has one function, named `name`.
LLVMModuleRef lower_function(const LowerRequest *request, LLVMContextRef context, const char *name);
