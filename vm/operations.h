// Operations: what an instruction does, as a C function, for every instruction that neither jumps, calls, returns,
// yields nor goes on to raise what is being handled. The interpreter's handlers are thin shells around them, or take
// them as their general case behind faster paths; machine code calls them for whatever it does not specialize. So each
// instruction has one meaning in both engines.
#pragma once

#include "runtime/object/frame.h"
#include "runtime/object/opcodes.h"

// Executes `word`, the instruction at frame->pc of the innermost frame (no generator's, unless the instruction stands
// in generators only), whose registers are `registers`: reads its operands there and writes its destinations. May run
// Python code and collect, but enters no frame that would outlive the call. False: an exception is pending.
typedef bool Operation(Thread *thread, Frame *frame, Value *registers, Instruction word);
// By declared opcode; NULL: the instruction has none.
extern Operation *const operation_for_opcode[OPCODE_COUNT];

#define OPERATION(NAME, function) Operation function;
#include "vm/operations.def"
