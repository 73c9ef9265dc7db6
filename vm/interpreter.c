// Entering the interpreter from C. See interpreter.h.
#include "vm/interpreter.h"
#include "runtime/heap/heap.h"
#include "runtime/heap/observe.h"
#include "runtime/object/dict.h"
#include "runtime/object/generator.h"
#include "runtime/object/object.h"
#include "vm/call.h"
#include "vm/compile_source.h"
#include "vm/compiled_call.h"
#include "vm/eval.h"
#include "vm/front_end_modules.h"
#include "vm/generators.h"
#include "vm/interpreter_internal.h"
#include "vm/jit_hooks.h"
#include "vm/trace.h"
#include "vm/unwind.h"
#include "vm/verify.h"
#include <string.h>

// An entry record stands at the first word: a function returns to the third (return_words 2), a generator, which takes
// this for a SEND to R[0], to the second when it yields and to the third when it returns.
static const Instruction entry_words[] = {
    (Instruction)OP_SEND | (Instruction)2 << 48,
    OP_EXIT_YIELDED,
    OP_EXIT_RETURNED,
};
HANDLER(exit_yielded) {
  frame->return_words = 1;
  return registers[0];
}
HANDLER(exit_returned) {
  frame->return_words = 2;
  return registers[0];
}

// Pushes a FRAME_ENTRY, whose one register receives the result. False: RecursionError.
static bool entry_push(Thread *thread) {
  if (UNLIKELY(!thread->dispatch)) {
    if (!frame_stacks_map(thread)) return false;
    thread->dispatch = untraced_handlers();
    jit_thread_begin(thread);
  }
  Frame *caller = thread->frame;
  Frame *entry = !caller ? thread->frames_base : caller->kind == FRAME_GENERATOR ? caller->next : caller + 1;
  Value *registers = caller ? caller->top : thread->registers_base;
  if (c_stack_is_low() || entry + 1 >= thread->frames_limit || registers + 1 > thread->registers_limit) {
    raise(CLASS_RECURSION_ERROR, "maximum recursion depth exceeded while calling a Python object");
    return false;
  }
  entry->previous = caller;
  entry->registers = registers;
  entry->pc = entry_words;
  entry->code = NULL;
  entry->top = registers + 1;
  entry->kind = FRAME_ENTRY;
  thread->frame = entry;
  return true;
}
static void entry_pop(Thread *thread) {
  Frame *entry = thread->frame;
  thread->frame = entry->previous;
  entry->kind = FRAME_PYTHON;
}

// Runs the innermost frame from its pc plus `words` until the entry below it is reached.
static Value run(Thread *thread, unsigned words) {
  Frame *frame = thread->frame;
  const Instruction *pc = frame->pc + words;
  const void *table = thread->dispatch;
  Instruction word = instruction_load(pc);
  void *outer = thread->interpreter_stack, *stack_pointer;
  __asm__("movq %%rsp, %0" : "=r"(stack_pointer)); // below what this function has saved for its callers
  thread->interpreter_stack = stack_pointer;
  Value result = ((const Handler *)table)[word & 0xff](pc, frame->registers, frame, thread, table, word);
  thread->interpreter_stack = outer;
  return result;
}

Value interpreter_call_function(Value function, Value *arguments, size_t count, Value keyword_names) {
  Thread *thread = thread_current();
  lock_check_none();
  if (LIKELY(!keyword_names)) {
    Value result = compiled_call_exactly(thread, (Function *)value_cell(function), arguments, count);
    if (LIKELY(result != VALUE_LEFT)) return result;
  }
  if (!entry_push(thread)) return NULL;
  size_t total = count + (keyword_names ? tuple_count(keyword_names) : 0);
  Value *outgoing = thread->frame->top, result = NULL;
  if ((size_t)(thread->registers_limit - outgoing) < total) {
    raise(CLASS_RECURSION_ERROR, "maximum recursion depth exceeded while calling a Python object");
  } else {
    if (total) memcpy(outgoing, arguments, total * sizeof(Value));
    if (call_enter_function(thread, (Function *)value_cell(function), outgoing, count, keyword_names)) {
      thread->frame->return_register = 0;
      thread->frame->return_words = 2;
      result = run(thread, 0);
    }
  }
  entry_pop(thread);
  return result;
}

Value interpreter_run_code(Value code_value, Value globals, Value locals, Value closure) {
  Thread *thread = thread_current();
  Code *code = value_as_code(code_value);
  if (!code_is_trusted(code) && !code_verify(code)) return NULL;
  if (code->free_count != (closure ? tuple_count(closure) : 0)) {
    raise_type_error("code object requires a closure of exactly length %u", code->free_count);
    return NULL;
  }
  Value builtins = builtins_of_globals(globals);
  if (!builtins || !entry_push(thread)) return NULL;
  Value result = NULL;
  Value *registers = thread->frame->top;
  if ((size_t)(thread->registers_limit - registers) < code->register_count)
    raise(CLASS_RECURSION_ERROR, "maximum recursion depth exceeded while calling a Python object");
  else if (frame_push(thread, code, registers, 0)) {
    Frame *frame = thread->frame;
    frame->function = NULL;
    frame->globals = globals;
    frame->builtins = builtins;
    frame->locals = code->flags & CODE_NEW_LOCALS ? NULL : locals;
    frame->result = closure;
    frame->return_register = 0;
    frame->return_words = 2;
    frame->exit_flags = FRAME_NEEDS_CLEANUP;
    result = run(thread, 0);
  }
  entry_pop(thread);
  return result;
}

Value interpreter_resume_generator(Value value, Value sent, bool *returned) {
  Thread *thread = thread_current();
  if (sent && thread->frame) {
    Value result = compiled_resume_for_native(thread, value, sent);
    *returned = result == VALUE_STOP;
    if (result == VALUE_STOP) return thread->returned;
    if (result != VALUE_LEFT) return result;
  }
  Value exception = sent ? NULL : exception_take();
  if (!entry_push(thread)) return NULL;
  Value result = NULL;
  if (generator_link(thread, value_as_generator(value), sent)) {
    if (sent) {
      result = run(thread, 1);
    } else {
      bool entered = !thread_is_traced(thread) || trace_call(thread, thread->frame);
      // Only what the generator itself is handling becomes the exception's context, not what its resumer is.
      if (entered && value_as_generator(value)->handled)
        raise_object(exception);
      else if (entered)
        exception_restore(exception);
      if (unwind(thread, true)) result = run(thread, 0);
    }
    *returned = thread->frame->return_words == 2;
  }
  entry_pop(thread);
  return result;
}

Value interpreter_continue(Thread *thread, Frame *frame) {
  frame->exit_flags |= FRAME_RETURNS_TO_NATIVE;
  if (UNLIKELY(exception_pending()) && !unwind(thread, true)) return NULL;
  return run(thread, 0);
}

void interpreter_update_tracing(void) {
  Thread *thread = thread_current();
  bool traced = thread->trace_function || thread->profile_function;
  thread->dispatch = traced ? tracing_handlers : untraced_handlers();
}

const void *untraced_handlers(void) {
  return heap_observer ? observed_handlers : plain_handlers;
}
static void update_untraced(Thread *thread, [[maybe_unused]] void *context) {
  if (thread->dispatch && thread->dispatch != tracing_handlers) thread->dispatch = untraced_handlers();
}
static void observation_changed(void) {
  thread_each(update_untraced, NULL);
}

static void tracing_changed(void) {
  Thread *thread = thread_current();
  if (thread->trace_function && !thread->tracing && thread->dispatch != tracing_handlers) {
    // The frames that there are go on behind the calls that they are in.
    for (Frame *frame = thread->frame; frame; frame = frame->previous)
      if (frame->code) frame->traced_word = (uint32_t)(frame->pc - frame->code->words) + 1;
  }
  interpreter_update_tracing();
}

void interpreter_start(void) {
  runtime_hooks.call_function = interpreter_call_function;
  runtime_hooks.run_code = interpreter_run_code;
  runtime_hooks.resume_generator = interpreter_resume_generator;
  runtime_hooks.tracing_changed = tracing_changed;
  heap_observation_changed = observation_changed;
  eval_start();
  compile_source_start();
  front_end_modules_start();
}
