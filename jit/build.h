// Bytecode and feedback to HIR.
//
// The builder interprets the bytecode abstractly: it keeps, for each VM register, the node that the register holds, and
// emits what the interpreter's feedback (quickened forms, inline caches, what operators have met) says is worth
// assuming, behind guards. Where there is no feedback the instruction has not run: the code leaves there. Where a
// speculation has failed before (profile.h), the general operation is taken. Calls of small functions that are known
// are inlined.
#pragma once

#include "jit/hir.h"
#include "runtime/object/frame.h"

// `frame` is about to execute `entry_word` of its code: its values are hints about types. Must run on a Python thread,
// with automatic collection off; ends in compile_give_up for what cannot be compiled. The caller frees the function.
void build_function(HirFunction *function, const Frame *frame);
