// Calls out of machine code, and of Python functions by native code. See compiled_call.h.
//
// A callee that is compiled (its RESUME, which may stand behind ENTER_CLOSURE) is a C call away; any other runs in a
// nested interpreter, which returns here when the callee's frame ends. Calls of Python functions recurse in C then, so
// that each begins by asking whether the C stack is low; if so the interpreter, which does not recurse, takes the call.
#include "vm/compiled_call.h"
#include "runtime/object/exception.h"
#include "vm/call.h"
#include "vm/call_native.h"
#include "vm/compiled_code.h"
#include "vm/generators.h"
#include "vm/handler.h"
#include "vm/interpreter.h"
#include "vm/trace.h"
#include "vm/unwind.h"
#include <string.h>

static inline bool stack_is_low(const Thread *thread) {
  return (char *)__builtin_frame_address(0) < thread->c_stack_limit;
}

// The compiled code that begins at `pc`, if a call may enter it now.
static inline CompiledCode *enterable(const Thread *thread, const Instruction *pc) {
  if (instruction_opcode(instruction_load(pc)) != OP_RESUME_COMPILED) return NULL;
  CompiledCode *compiled = (CompiledCode *)value_cell(cache_load(pc));
  return LIKELY(compiled_code_is_valid(compiled) && atomic_load_explicit(&thread->poll, memory_order_relaxed) == 0 &&
                thread->dispatch == plain_handlers)
             ? compiled
             : NULL;
}

// A callee that the interpreter runs. `leaves`: the result goes to where the interpreter would put it, and to nobody
// else, so that the compiled caller can be left meanwhile.
static Value run_interpreted(Thread *thread, Frame *callee, bool leaves) {
  if (leaves) callee->exit_flags |= FRAME_LEAVES_CALLER;
  return interpreter_continue(thread, callee);
}
static Value run_frame(Thread *thread, Frame *callee, bool leaves);
static __attribute__((noinline)) Value go_on(Thread *thread, Frame *callee, CompiledCode *compiled, bool leaves) {
  compiled_code_left(thread, compiled);
  if (UNLIKELY(thread->leaving) && !exception_pending()) {
    if (leaves) return NULL;
    thread->leaving = false;
  }
  return run_interpreted(thread, callee, leaves);
}

// The interpreter writes what the callee returns into register `destination` of the caller.
static inline __attribute__((always_inline)) Value call_function(Thread *thread, Frame *frame, Function *function,
                                                                 Code *code, Value *base, size_t count,
                                                                 uint16_t destination, bool leaves) {
  Frame *callee = frame->kind == FRAME_GENERATOR ? frame->next : frame + 1;
  Value *top = base + code->register_count;
  if (UNLIKELY(stack_is_low(thread) || top > thread->registers_limit || callee >= thread->frames_limit ||
               thread->recursion_depth >= runtime.recursion_limit))
    return VALUE_LEFT;
  thread->recursion_depth++;
  callee->previous = frame;
  callee->registers = base;
  callee->pc = code->words;
  callee->code = code;
  callee->constants = value_as_tuple(code->constants)->items;
  callee->top = top;
  callee->function = value_from_cell(function);
  callee->globals = function->globals;
  callee->builtins = function->builtins;
  callee->return_register = destination;
  callee->return_words = 2;
  for (Value *clear = base + count, *end = base + code->clear_count; clear < end; clear++) *clear = NULL;
  thread->frame = callee;
  CompiledCode *compiled = enterable(thread, code->words);
  if (UNLIKELY(!compiled)) return run_frame(thread, callee, leaves);
  Value result = compiled_code_enter(compiled, thread, callee, base);
  if (UNLIKELY(result == VALUE_LEFT)) return go_on(thread, callee, compiled, leaves);
  KEEP(compiled);
  compiled_frame_pop(thread, callee);
  return result;
}

// Does the instruction call the function, which may be a method's, and nothing else?
static inline bool calls_it(const Frame *frame, Instruction word, const Function *function) {
  unsigned base = opcode_base[word & 0xff];
  if (base != OP_CALL && base != OP_CALL_METHOD && base != OP_CALL_KEYWORDS && base != OP_CALL_METHOD_KEYWORDS)
    return false;
  Value callee = frame->registers[instruction_b(word)];
  if (value_is_method(callee)) callee = ((const Method *)value_cell(callee))->function;
  return callee == value_from_cell(function);
}

Value compiled_call_function(Thread *thread, Frame *frame, Function *function, Code *code, Value *base, size_t count) {
  Instruction word = __atomic_load_n(frame->pc, __ATOMIC_RELAXED);
  return call_function(thread, frame, function, code, base, count, (uint16_t)instruction_a(word),
                       calls_it(frame, word, function));
}

// Does the function that begins at `pc` do no more than make a generator, or a coroutine?
static inline bool makes_generator(const Instruction *pc) {
  return instruction_opcode(instruction_load(pc)) == OP_RETURN_GENERATOR;
}

// The instruction that the caller is in need not have a destination: what is returned goes above its registers. Those
// of a generator have nothing above them, but calls that make one return here.
Value compiled_call_exactly(Thread *thread, Function *function, const Value *arguments, size_t count) {
  Frame *frame = thread->frame;
  if (UNLIKELY(!frame || thread->dispatch != plain_handlers)) return VALUE_LEFT;
  Code *code = value_as_code(gc_load(&function->code));
  Value *base = frame->top;
  if (code_exact_count(code) != count || (size_t)(thread->registers_limit - base) <= count) return VALUE_LEFT;
  size_t destination = 0;
  if (!makes_generator(code->words)) {
    destination = (size_t)(base - frame->registers);
    if (frame->kind == FRAME_GENERATOR || destination > UINT16_MAX) return VALUE_LEFT;
  }
  for (size_t i = 0; i < count; i++) base[i] = arguments[i];
  return call_function(thread, frame, function, code, base, count, (uint16_t)destination, false);
}

static Value make_generator(Thread *thread, Frame *callee) {
  Value generator = generator_new(callee);
  compiled_frame_pop(thread, callee);
  return generator;
}

// An __init__ is compiled like any function: that its class has called it is told to its frame only when the
// interpreter must know.
static Value run_frame(Thread *thread, Frame *callee, bool leaves) {
  const Instruction *pc = callee->code->words;
  if (makes_generator(pc) && !callee->exit_flags && thread->dispatch == plain_handlers)
    return make_generator(thread, callee);
  bool makes_cells = instruction_opcode(instruction_load(pc)) == OP_ENTER_CLOSURE;
  CompiledCode *compiled = enterable(thread, pc + makes_cells);
  uint8_t flags = callee->exit_flags;
  if (!compiled || (flags & ~FRAME_RETURNS_RESULT) != 0 ||
      (makes_cells && !operation_ENTER_CLOSURE(thread, callee, callee->registers, *pc)))
    return run_interpreted(thread, callee, leaves);
  callee->pc = pc + makes_cells;
  callee->exit_flags = 0;
  Value result = compiled_code_enter(compiled, thread, callee, callee->registers);
  if (result == VALUE_LEFT) {
    callee->exit_flags |= flags;
    return go_on(thread, callee, compiled, leaves);
  }
  KEEP(compiled);
  compiled_frame_pop(thread, callee);
  if (flags) {
    Value instance = callee->result;
    callee->result = NULL;
    if (UNLIKELY(result != VALUE_NONE)) return raise_type_error("__init__() should return None, not '%T'", result);
    return instance;
  }
  return result;
}
Value compiled_run_frame(Thread *thread, Frame *callee) {
  return run_frame(thread, callee, false);
}

static Value finish(Thread *thread, CallOutcome outcome, Instruction word, Value result) {
  switch (outcome) {
  case CALL_DONE:
    return result;
  case CALL_ENTERED:
    thread->frame->return_register = (uint16_t)instruction_a(word);
    thread->frame->return_words = 2;
    return run_frame(thread, thread->frame, true);
  default:
    return NULL;
  }
}

// A call in general, with the arguments at registers b and following.
static Value call_any(Thread *thread, Frame *frame, Instruction word) {
  unsigned opcode = opcode_base[word & 0xff], count = instruction_c(word);
  bool is_method = opcode == OP_CALL_METHOD || opcode == OP_CALL_METHOD_KEYWORDS;
  bool has_names = opcode == OP_CALL_KEYWORDS || opcode == OP_CALL_METHOD_KEYWORDS;
  Value *callee = frame->registers + instruction_b(word), *arguments = callee + 1, result = NULL;
  Value names = has_names ? arguments[count + is_method] : NULL;
  if (is_method) {
    if (callee[1])
      count++;
    else
      arguments++;
  }
  size_t named = names ? tuple_count(names) : 0;
  if (UNLIKELY(named > count)) return raise(CLASS_SYSTEM_ERROR, "more names than arguments");
  CallOutcome outcome = call_start(thread, *callee, arguments, count - named, names, &result);
  return finish(thread, outcome, word, result);
}

static Value native_result(Value result) {
  return UNLIKELY(result == VALUE_STOP) ? raise_stop_iteration(NULL) : result;
}

// A bound method of a Python function whose arguments need no binding: its receiver goes in front of them, where the
// method or nothing stands. VALUE_LEFT: nothing has been done.
static inline Value call_method(Thread *thread, Frame *frame, const Method *method, Value *arguments, size_t count) {
  if (!value_is_function(method->function) || frame->kind == FRAME_GENERATOR) return VALUE_LEFT;
  Function *function = (Function *)value_cell(method->function);
  Code *code = value_as_code(gc_load(&function->code));
  if (code_exact_count(code) != count + 1) return VALUE_LEFT;
  Value former = arguments[-1];
  arguments[-1] = method->self;
  Instruction word = __atomic_load_n(frame->pc, __ATOMIC_RELAXED);
  Value result =
      call_function(thread, frame, function, code, arguments - 1, count + 1, (uint16_t)instruction_a(word), true);
  if (UNLIKELY(result == VALUE_LEFT)) arguments[-1] = former;
  return result;
}

Value compiled_call(Thread *thread, Frame *frame, Instruction word) {
  if (UNLIKELY(stack_is_low(thread))) return VALUE_LEFT;
  unsigned opcode = opcode_base[word & 0xff], count = instruction_c(word);
  Value *callee = frame->registers + instruction_b(word), *arguments = callee + 1;
  if (opcode == OP_CALL_UNPACKED) {
    Value result = NULL;
    CallOutcome outcome =
        call_start_unpacked(thread, callee[0], callee[1], instruction_auxiliary(word) & 1 ? callee[2] : NULL, &result);
    return finish(thread, outcome, word, result);
  }
  if (opcode != OP_CALL && opcode != OP_CALL_METHOD) return call_any(thread, frame, word);
  Value self = NULL;
  if (opcode == OP_CALL_METHOD) {
    self = callee[1];
    if (!self) arguments++;
  }
  size_t total = count + (self != NULL); // arguments and receiver
  if (value_is_function(*callee)) {
    Function *function = (Function *)value_cell(*callee);
    Code *code = value_as_code(gc_load(&function->code));
    if (LIKELY(code_exact_count(code) == total)) {
      if (frame->kind != FRAME_GENERATOR)
        return compiled_call_function(thread, frame, function, code, arguments, total);
      // A generator's registers are in its cell; the callee's must not be.
      if (frame->top + total > thread->registers_limit) return VALUE_LEFT;
      memcpy(frame->top, arguments, total * sizeof(Value));
      return compiled_call_function(thread, frame, function, code, frame->top, total);
    }
  } else if (value_is_method(*callee) && !self) {
    Value result = call_method(thread, frame, (const Method *)value_cell(*callee), arguments, count);
    if (LIKELY(result != VALUE_LEFT)) return result;
  } else if (VALUE_IS_EXACT(*callee, BUILTIN_FUNCTION) && !self) {
    NativeObject *native = (NativeObject *)value_cell(*callee);
    const NativeMethod *method = native->method;
    if (LIKELY(method_tag(method) == cache_load(frame->pc))) {
      if (method->arity == NATIVE_RAW) return native_result(method->function.raw(native->self, arguments, count, NULL));
      if (native_passes_self(native)) *--arguments = native->self;
      return native_result(native_dispatch(method, arguments));
    }
  } else if (VALUE_IS_EXACT(*callee, METHOD_DESCRIPTOR) && self) {
    NativeObject *native = (NativeObject *)value_cell(*callee);
    const NativeMethod *method = native->method;
    Class *class = value_class(self), *owner = value_as_class(native->owner);
    if (LIKELY(method_tag(method) == cache_load(frame->pc) && (class == owner || class_is_subclass(class, owner)))) {
      if (method->arity == NATIVE_RAW) return native_result(method->function.raw(self, callee + 2, count, NULL));
      return native_result(native_dispatch(method, callee + 1));
    }
  }
  return call_any(thread, frame, word);
}

Value compiled_catch(Thread *thread, Frame *outermost, Frame *innermost, uint32_t from, uint32_t to, uint32_t target) {
  if (UNLIKELY(thread->leaving) && !exception_pending()) {
    thread->frame = (Frame *)(uintptr_t)thread->again.frame;
    thread->recursion_depth += from;
    return NULL;
  }
  thread->frame = innermost;
  thread->recursion_depth += from;
  unwind(thread, true);
  Value exception = thread->frame->registers[target];
  thread->frame = outermost;
  thread->recursion_depth -= to;
  return exception;
}

// Generators

static inline __attribute__((always_inline)) Value resume(Thread *thread, Value value, Value sent, bool leaves) {
  if (UNLIKELY(stack_is_low(thread))) return VALUE_LEFT;
  Generator *generator = value_as_generator(value);
  if (UNLIKELY(atomic_load_explicit(&generator->state, memory_order_relaxed) == GENERATOR_FINISHED)) {
    if (VALUE_IS_EXACT(value, COROUTINE)) return raise(CLASS_RUNTIME_ERROR, "cannot reuse already awaited coroutine");
    thread->returned = VALUE_NONE;
    return VALUE_STOP;
  }
  if (UNLIKELY(!generator_link(thread, generator, sent))) return NULL;
  Frame *frame = &generator->frame;
  frame->pc++; // the RESUME behind the YIELD
  CompiledCode *compiled = enterable(thread, frame->pc);
  if (!compiled) return run_interpreted(thread, frame, leaves);
  Value result = compiled_code_enter(compiled, thread, frame, frame->registers);
  if (UNLIKELY(result == VALUE_LEFT)) return go_on(thread, frame, compiled, leaves);
  KEEP(compiled);
  return result;
}
Value compiled_resume(Thread *thread, Value generator, Value sent) {
  unsigned base = opcode_base[instruction_load(thread->frame->pc) & 0xff];
  return resume(thread, generator, sent, base == OP_FOR_ITERATOR || base == OP_SEND);
}
Value compiled_resume_for_native(Thread *thread, Value generator, Value sent) {
  return resume(thread, generator, sent, false);
}

Value compiled_send(Thread *thread, Value receiver, Value sent) {
  if (VALUE_IS_EXACT(receiver, COROUTINE) || VALUE_IS_EXACT(receiver, GENERATOR))
    return compiled_resume(thread, receiver, sent);
  return UNLIKELY(stack_is_low(thread)) ? VALUE_LEFT : iterator_send(thread, receiver, sent);
}

Value compiled_yield(Thread *thread, Value value) {
  generator_suspend(thread);
  return value;
}

Value compiled_return_from_generator(Thread *thread, Value value) {
  generator_return(thread);
  thread->returned = value;
  return VALUE_STOP;
}
