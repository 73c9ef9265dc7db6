// The C functions that compiled code calls (runtime.def), and the interpreter's operations that it takes for whole
// instructions.
#pragma once

#include "jit/hir.h"
#include "runtime/object/frame.h"

typedef enum RuntimeFunction : uint8_t {
#define RUNTIME(NAME, function, result, parameters, flag) RUNTIME_##NAME,
#include "jit/runtime.def"
  RUNTIME_COUNT
} RuntimeFunction;
extern const HirRuntime runtime_functions[RUNTIME_COUNT];
HirOp runtime_function_op(RuntimeFunction which); // the operation that calls it

// The operation of a declared opcode (vm/operations.h), or NULL.
typedef bool RuntimeOperation(Thread *thread, Frame *frame, Value *registers, Instruction word);
RuntimeOperation *runtime_operation(unsigned opcode);

// An inlined call, as its frame record describes it.
typedef struct InlineRecord {
  Code *code;
  Value function; // zero: machine code puts it into the record
  Value globals, builtins;
  uint32_t base; // its first register, counted from the caller's
  uint16_t return_register, return_words;
  const Instruction *call; // the instruction in the caller
} InlineRecord;
// Makes the record of an inlined call above `caller`, as the interpreter would have it, and makes it the innermost one.
// Called by machine code before it leaves, or calls something, inside an inlined function. Its registers are the
// caller's business.
Frame *runtime_push_record(Thread *thread, Frame *caller, const InlineRecord *record);

// A float that may be a cell. Without memory the process ends: where it is called nothing can be raised.
Value runtime_box_double(double number);
Value runtime_box_complex(double real, double imaginary); // likewise
