// An engine that plays the part of compiled code: it executes a function's instructions by their operations
// (vm/operations.h) and the helpers for calls (vm/compiled_call.h), and leaves at all others. What it gets wrong,
// machine code that specializes nothing would.
#pragma once

#include "runtime/heap/heap.h"
#include "runtime/object/generator.h"
#include "runtime/object/object.h"
#include "vm/compiled_call.h"
#include "vm/compiled_code.h"
#include "vm/operations.h"
#include "vm/trace.h"
#include <stdlib.h>

static size_t operations_engine_entries;

// How far to go on from the instruction at `pc`, a jump or loop; 0: it is none; -1: an exception.
// (Operands that an instruction does not have may be anything in code that a program put together: they are not read.)
static int64_t operations_engine_jump(const Value *registers, unsigned opcode, Instruction word) {
  const Value *a = &registers[instruction_a(word)];
  int truth;
  switch (opcode) {
  case OP_JUMP:
  case OP_LOOP:
    return instruction_bc(word);
  case OP_JUMP_IF_TRUE:
  case OP_JUMP_IF_FALSE:
    truth = value_truth(*a);
    return truth < 0 ? INT64_MIN : truth == (opcode == OP_JUMP_IF_TRUE) ? instruction_bc(word) : 1;
  case OP_JUMP_IF_NONE:
    return *a == VALUE_NONE ? instruction_bc(word) : 1;
  case OP_JUMP_IF_NOT_NONE:
    return *a != VALUE_NONE ? instruction_bc(word) : 1;
  default:
    return 0;
  }
}

static Value operations_engine_run(Thread *thread, Frame *frame, Value *registers) {
  operations_engine_entries++;
  const Code *code = frame->code;
  // It was entered by a LOOP or at a RESUME.
  const Instruction *pc = frame->pc;
  for (;;) {
    Instruction word = *pc;
    unsigned opcode = opcode_base[instruction_opcode(word)];
    Value *a = &registers[instruction_a(word)], *b = &registers[instruction_b(word)];
    frame->pc = pc;
    if (opcode == OP_LOOP && thread->poll) return VALUE_LEFT;
    int64_t distance = operations_engine_jump(registers, opcode, word);
    if (distance == INT64_MIN) return VALUE_LEFT;
    if (distance) {
      if (thread->dispatch != plain_handlers) return VALUE_LEFT;
      pc += distance;
      continue;
    }
    switch (opcode) {
    case OP_NOP:
    case OP_RESUME:
      break;
    case OP_FOR_ITERATOR:
    case OP_CALL:
    case OP_CALL_METHOD:
    case OP_CALL_KEYWORDS:
    case OP_CALL_METHOD_KEYWORDS:
    case OP_CALL_UNPACKED: {
      Value result = opcode != OP_FOR_ITERATOR       ? compiled_call(thread, frame, word)
                     : VALUE_IS_EXACT(*b, GENERATOR) ? compiled_resume(thread, *b, VALUE_NONE)
                                                     : iterator_next(*b);
      if (!result || result == VALUE_LEFT) return VALUE_LEFT;
      if (thread->frame != frame || frame->code != code) abort();
      if (result == VALUE_STOP) {
        pc += instruction_c(word);
        continue;
      }
      *a = result;
      break;
    }
    case OP_RETURN:
      if (frame->exit_flags || heap_watches()) return VALUE_LEFT;
      return *a;
    case OP_RETURN_CONST:
      if (frame->exit_flags || heap_watches()) return VALUE_LEFT;
      return frame->constants[(uint32_t)instruction_bc(word)];
    default:
      if (!operation_for_opcode[opcode] || !operation_for_opcode[opcode](thread, frame, registers, word))
        return VALUE_LEFT;
      if (thread->frame != frame || frame->code != code) abort();
    }
    pc += 1 + opcode_information[opcode].caches;
    frame->pc = pc;
    if (thread->dispatch != plain_handlers) return VALUE_LEFT;
  }
}
