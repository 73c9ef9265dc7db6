// Entering compiled code, and going on where it has left. See compiled_code.h.
#include "runtime/object/exception.h"
#include "vm/handler.h"
#include "vm/jit_hooks.h"
#include "vm/trace.h"

static __attribute__((cold, noinline)) void report_left(Thread *thread, CompiledCode *compiled) {
  uint32_t exit = thread->left_exit;
  const JitHooks *hooks = atomic_load_explicit(&jit_hooks, memory_order_acquire);
  thread->left_exit = 0;
  if (exit && hooks && !thread->leaving) hooks->left(thread, compiled, exit);
}
void compiled_code_left(Thread *thread, CompiledCode *compiled) {
  if (UNLIKELY(thread->left_exit)) report_left(thread, compiled);
}

// Goes on in the innermost frame, which compiled code has left or its caller has popped.
SLOW_HANDLER(left) {
  frame = thread->frame;
  registers = frame->registers;
  pc = frame->pc;
  if (exception_pending()) FAIL();
  if (UNLIKELY(thread->leaving)) TAIL(leave_callers);
  NEXT_RELOAD(0);
}

// If compiled code has called what this run of the interpreter executes, it is left, too: it gets zero without an
// exception, finds all frames in their places, and whoever has entered it goes on in the innermost one.
SLOW_HANDLER(leave_callers) {
  frame = thread->frame;
  while (frame->kind != FRAME_ENTRY && !(frame->exit_flags & FRAME_RETURNS_TO_NATIVE)) frame = frame->previous;
  if (frame->kind != FRAME_ENTRY && frame->exit_flags & FRAME_LEAVES_CALLER) {
    frame->exit_flags &= (uint8_t)~(FRAME_RETURNS_TO_NATIVE | FRAME_LEAVES_CALLER);
    return NULL;
  }
  thread->leaving = false;
  RESUME_FRAME(0);
}

// Asks for code, and goes on in it if it is there at once.
SLOW_HANDLER(hot) {
  SAVE();
  unsigned opcode = opcode_base[word & 0xff];
  Value former = cache_load(pc);
  *jit_counter(thread, pc) = runtime.jit_threshold;
  if ((opcode == OP_LOOP || opcode == OP_RESUME) && table == plain_handlers) {
    uint32_t at = (uint32_t)(pc - frame->code->words);
    jit_hot(thread, frame,
            opcode == OP_LOOP                ? at + (uint32_t)instruction_bc(word)
            : frame->kind == FRAME_GENERATOR ? compiled_code_first_resume(frame->code)
                                             : at);
  }
  word = instruction_load(pc);
  // What stood here before could not be entered, and was the reason to come here.
  if (cache_load(pc) != former) {
    if ((word & 0xff) == OP_RESUME_COMPILED) TAIL(RESUME_COMPILED);
    if ((word & 0xff) == OP_LOOP_COMPILED) TAIL(LOOP_COMPILED);
  }
  NEXT_RELOAD(opcode == OP_RESUME ? 2 : instruction_bc(word));
}

// A generator has yielded `result`, or ended.
#define GO_ON_IN_RESUMER(result)                                                                                       \
  frame = thread->frame;                                                                                               \
  registers = frame->registers;                                                                                        \
  pc = frame->pc;                                                                                                      \
  word = instruction_load(pc);                                                                                         \
  if (result == VALUE_STOP) {                                                                                          \
    if ((word & 0xff) == OP_SEND) A = thread->returned;                                                                \
    NEXT_RELOAD(instruction_c(word));                                                                                  \
  }                                                                                                                    \
  A = result;                                                                                                          \
  NEXT_RELOAD(1)
// The code is entered only where it may be: nothing else to do first, nobody traces, the C stack has room. If not, the
// plain handler goes on.
#define ENTER_COMPILED(PLAIN)                                                                                          \
  CompiledCode *compiled = (CompiledCode *)value_cell(cache_load(pc));                                                 \
  if (UNLIKELY(!compiled_code_is_valid(compiled) || table != plain_handlers ||                                         \
               atomic_load_explicit(&thread->poll, memory_order_relaxed) != 0 ||                                       \
               (char *)__builtin_frame_address(0) < thread->c_stack_limit))                                            \
    TAIL(PLAIN);                                                                                                       \
  SAVE();                                                                                                              \
  uint8_t flags = frame->exit_flags;                                                                                   \
  Value result = compiled_code_enter(compiled, thread, frame, registers);                                              \
  if (result == VALUE_LEFT) {                                                                                          \
    compiled_code_left(thread, compiled);                                                                              \
    TAIL(left);                                                                                                        \
  }                                                                                                                    \
  KEEP(compiled);                                                                                                      \
  if (flags & FRAME_IN_GENERATOR) {                                                                                    \
    if (UNLIKELY(flags & FRAME_RETURNS_TO_NATIVE)) return result;                                                      \
    GO_ON_IN_RESUMER(result);                                                                                          \
  }                                                                                                                    \
  compiled_frame_pop(thread, frame);                                                                                   \
  Frame *caller = frame->previous;                                                                                     \
  registers = caller->registers;                                                                                       \
  pc = caller->pc + frame->return_words;                                                                               \
  registers[frame->return_register] = result;                                                                          \
  frame = caller;                                                                                                      \
  NEXT_RELOAD(0);
HANDLER(RESUME_COMPILED){ENTER_COMPILED(RESUME)} HANDLER(LOOP_COMPILED) {
  ENTER_COMPILED(LOOP)
}
