// What all handlers share: their calling convention, access to operands, going on to the next instruction.
//
// A handler is a small function for one opcode. Its six parameters are the interpreter's hot state; `preserve_none`
// keeps them in machine registers, of which the first four also survive calls of ordinary C functions. It ends by
// jumping (musttail) to the handler of the next instruction, so no handler returns before the run of the interpreter
// ends.
//
//   pc         the current instruction          thread    the running thread
//   registers  of the current frame             table     handlers by opcode: thread->dispatch
//   frame      the innermost record             word      *pc, already loaded
//
// Fast paths make no calls and so need no stack frame; everything else is a handler of its own to which they jump
// (TAIL). Before anything that can raise, collect or look at frames a handler does SAVE(); after anything that can run
// Python code it goes on with NEXT_RELOAD, because tracing may have been switched on. It keeps no Value across such
// a call except in `registers`.
#pragma once

#include "runtime/heap/heap.h"
#include "runtime/object/frame.h"
#include "runtime/object/function.h"
#include "runtime/object/object.h"
#include "runtime/object/opcodes.h"
#include "runtime/object/sequence.h"
#include "runtime/runtime.h"
#include "vm/operations.h"

#define LIKELY(condition)   __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

#define HANDLER_PARAMETERS                                                                                             \
  [[maybe_unused]] const Instruction *pc, [[maybe_unused]] Value *registers, [[maybe_unused]] Frame *frame,            \
      [[maybe_unused]] Thread *thread, [[maybe_unused]] const void *table, [[maybe_unused]] Instruction word
#define HANDLER_ARGUMENTS pc, registers, frame, thread, table, word

typedef Value HandlerFunction(HANDLER_PARAMETERS) __attribute__((preserve_none));
typedef HandlerFunction *Handler;

#define HANDLER(NAME) __attribute__((preserve_none, hot)) Value handle_##NAME(HANDLER_PARAMETERS)
// A handler that no opcode leads to directly: the slow half of another one.
#define SLOW_HANDLER(NAME) __attribute__((preserve_none, cold, noinline)) Value handle_##NAME(HANDLER_PARAMETERS)
#define TAIL(NAME)         [[clang::musttail]] return handle_##NAME(HANDLER_ARGUMENTS)

#define A       (registers[instruction_a(word)])
#define B       (registers[instruction_b(word)])
#define C       (registers[instruction_c(word)])
#define AUX     (instruction_auxiliary(word))
#define CONST_C (frame->constants[instruction_c(word)])
// The name operand of instructions that have it in c, or in b and c.
#define NAME_C  tuple_item(frame->code->names, instruction_c(word))
#define NAME_BC tuple_item(frame->code->names, (uint32_t)instruction_bc(word))

static inline Instruction instruction_load(const Instruction *at) {
  return __atomic_load_n(at, __ATOMIC_RELAXED);
}
#define DISPATCH()                                                                                                     \
  do {                                                                                                                 \
    word = instruction_load(pc);                                                                                       \
    [[clang::musttail]] return ((const Handler *)table)[word & 0xff](HANDLER_ARGUMENTS);                               \
  } while (0)
#define NEXT(words)                                                                                                    \
  do {                                                                                                                 \
    pc += (words);                                                                                                     \
    DISPATCH();                                                                                                        \
  } while (0)
#define NEXT_RELOAD(words)                                                                                             \
  do {                                                                                                                 \
    table = thread->dispatch;                                                                                          \
    NEXT(words);                                                                                                       \
  } while (0)
#define SAVE() (frame->pc = pc)
// An exception is pending, raised by the current instruction.
#define FAIL() TAIL(raised)
// Goes on in the innermost frame, which has changed.
#define RESUME_FRAME(words)                                                                                            \
  do {                                                                                                                 \
    frame = thread->frame;                                                                                             \
    registers = frame->registers;                                                                                      \
    pc = frame->pc;                                                                                                    \
    NEXT_RELOAD(words);                                                                                                \
  } while (0)

// A flagged value has left a name, attribute or item: goes on behind the instruction once its end has been looked for.
// Whoever jumps here holds the value in no variable any more.
#define NEXT_PROMPT(words)                                                                                             \
  do {                                                                                                                 \
    frame->pc = pc + (words);                                                                                          \
    TAIL(prompt);                                                                                                      \
  } while (0)

// Operations (operations.h): an instruction as a function, which may be all that its handler does, or the general case
// behind faster paths.
#define OPERATION_FUNCTION(name)                                                                                       \
  bool name([[maybe_unused]] Thread *thread, [[maybe_unused]] Frame *frame, [[maybe_unused]] Value *registers,         \
            [[maybe_unused]] Instruction word)
#define RUN_OPERATION(function, words)                                                                                 \
  do {                                                                                                                 \
    SAVE();                                                                                                            \
    if (UNLIKELY(!function(thread, frame, registers, word))) FAIL();                                                   \
    NEXT_RELOAD(words);                                                                                                \
  } while (0)
// An instruction without cache whose handler is its operation: the body follows.
#define OPERATION_HANDLER(NAME)                                                                                        \
  HANDLER(NAME) {                                                                                                      \
    RUN_OPERATION(operation_##NAME, 1);                                                                                \
  }                                                                                                                    \
  OPERATION_FUNCTION(operation_##NAME)
// The same where it stores the result of an expression into R[a].
#define OPERATION_RESULT(NAME, expression)                                                                             \
  OPERATION_HANDLER(NAME) {                                                                                            \
    Value result = (expression);                                                                                       \
    if (UNLIKELY(!result)) return false;                                                                               \
    A = result;                                                                                                        \
    return true;                                                                                                       \
  }
// The end of an operation by which a flagged value may have left a name, attribute or item: looks for its end as if the
// instruction were over. No variable holds the value any more.
Operation operation_prompt;
#define END_PROMPT() [[clang::musttail]] return operation_prompt(thread, frame, registers, word)

// Likewise where a native function may have removed something from a container (heap/let_go.h).
#define HAS_LET_GO() ((atomic_load_explicit(&thread->poll, memory_order_relaxed) & POLL_PROMPT) != 0)
#define NEXT_LET_GO(words)                                                                                             \
  do {                                                                                                                 \
    if (UNLIKELY(HAS_LET_GO())) NEXT_PROMPT(words);                                                                    \
    NEXT_RELOAD(words);                                                                                                \
  } while (0)

// Handlers that others jump to
HandlerFunction handle_prompt;         // goes on at frame->pc after a prompt collection
HandlerFunction handle_raised;         // an exception is pending: adds the traceback entry, then unwinds
HandlerFunction handle_unwind;         // likewise, without an entry for this frame
HandlerFunction handle_leave_callers;  // the current instruction is executed again once compiled callers have been left
HandlerFunction handle_call_slow;      // CALL, CALL_METHOD and the keyword forms, in general
HandlerFunction handle_return_special; // RETURN and RETURN_CONST where exit_flags are set: perhaps only an __init__
HandlerFunction handle_return_slow;    // RETURN and RETURN_CONST from a frame that has exit_flags
HandlerFunction handle_return_from_generator; // RETURN and RETURN_CONST in a generator's frame
HandlerFunction handle_binary_slow;           // any operator, on any operands
HandlerFunction handle_attribute_slow;        // LOAD_ATTRIBUTE: resolves, quickens, loads
HandlerFunction handle_declined;              // an operator: the method that was asked first gave NotImplemented
HandlerFunction handle_hot;                   // RESUME and LOOP when they have become hot
HandlerFunction handle_resume_generator;      // enters the generator that FOR_ITERATOR or SEND found in R[b]

#define OPCODE(NAME, a, b, c, caches, flags) HandlerFunction handle_##NAME;
#include "runtime/object/opcodes.def"
#define QUICK(NAME, BASE) HandlerFunction handle_##NAME;
#include "runtime/object/opcodes_quick.def"

// Rewriting the instruction at `pc`. All threads that race here write words with the same operands.
static inline void instruction_quicken(const Instruction *pc, Instruction word, unsigned opcode) {
  __atomic_store_n((Instruction *)(uintptr_t)pc, (word & ~(Instruction)0xff) | opcode, __ATOMIC_RELEASE);
}
// The cache word of the instruction at `pc`. Whatever it points to stays alive as long as it is there.
static inline Value cache_load(const Instruction *pc) {
  return (Value)__atomic_load_n(pc + 1, __ATOMIC_ACQUIRE);
}
static inline void cache_store(const Code *code, const Instruction *pc, Value value) {
  gc_store(value_cell(code->instructions), (Value *)(uintptr_t)(pc + 1), value);
}
