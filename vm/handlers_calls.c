// Calls and returns.
//
// The callee's registers are the caller's outgoing arguments, so an exact positional call copies nothing: it fills a
// record and clears the callee's other locals. The quickened forms differ in what they try first; each checks the
// callee that it finds.
#include "runtime/object/dict.h"
#include "runtime/object/names.h"
#include "vm/call.h"
#include "vm/call_native.h"
#include "vm/handler.h"
#include "vm/import.h"
#include "vm/profile.h"

// Is there room for a callee's record and for its registers, which end at `top`?
static inline bool frame_fits(const Thread *thread, const Frame *record, const Value *top) {
  return top <= thread->registers_limit && record < thread->frames_limit &&
         thread->recursion_depth < runtime.recursion_limit;
}
// Enters Function `function_`, whose `count_` arguments stand at `base_` and need no binding, by the next record. Goes
// to call_slow when a limit is near.
#define ENTER_EXACT(function_, code_, base_, count_, record_)                                                          \
  do {                                                                                                                 \
    if (UNLIKELY(!frame_fits(thread, (record_), (base_) + (code_)->register_count))) TAIL(call_slow);                  \
    ENTER_FRAME(function_, code_, base_, count_, record_);                                                             \
  } while (0)
// The same when it is known to fit. A fresh record's exit_flags and result may be set before.
#define ENTER_FRAME(function_, code_, base_, count_, record_)                                                          \
  do {                                                                                                                 \
    Frame *callee_frame = (record_);                                                                                   \
    Value *top = (base_) + (code_)->register_count;                                                                    \
    thread->recursion_depth++;                                                                                         \
    SAVE();                                                                                                            \
    callee_frame->previous = frame;                                                                                    \
    callee_frame->registers = (base_);                                                                                 \
    callee_frame->code = (code_);                                                                                      \
    callee_frame->constants = value_as_tuple((code_)->constants)->items;                                               \
    callee_frame->top = top;                                                                                           \
    callee_frame->function = value_from_cell(function_);                                                               \
    callee_frame->globals = (function_)->globals;                                                                      \
    callee_frame->builtins = (function_)->builtins;                                                                    \
    callee_frame->return_register = instruction_a(word);                                                               \
    callee_frame->return_words = 2;                                                                                    \
    for (Value *clear = (base_) + (count_), *end = (base_) + (code_)->clear_count; clear < end; clear++)               \
      *clear = NULL;                                                                                                   \
    thread->frame = frame = callee_frame;                                                                              \
    registers = (base_);                                                                                               \
    pc = (code_)->words;                                                                                               \
    DISPATCH();                                                                                                        \
  } while (0)

static inline Code *function_code(const Function *function) {
  return value_as_code(gc_load(&function->code));
}

// The form that suits `callee`, called with `count` arguments (the receiver of a method not among them).
static unsigned call_form(Frame *frame, const Instruction *pc, unsigned opcode, Value callee, Value self,
                          size_t count) {
  bool is_method = opcode == OP_CALL_METHOD;
  if (value_is_function(callee)) {
    if (frame->kind == FRAME_GENERATOR) return is_method ? OP_CALL_METHOD_FUNCTION_COPIED : OP_CALL_FUNCTION_COPIED;
    return is_method ? OP_CALL_METHOD_FUNCTION : OP_CALL_FUNCTION;
  }
  if (!is_method && value_is_class(callee)) {
    if (value_as_class(callee)->construct.raw) return OP_CALL_CONSTRUCT;
    if (frame->kind != FRAME_GENERATOR && class_plain_init(value_as_class(callee))) return OP_CALL_CLASS;
  }
  bool descriptor = is_method && self && VALUE_IS_EXACT(callee, METHOD_DESCRIPTOR);
  if (!descriptor && (self || !VALUE_IS_EXACT(callee, BUILTIN_FUNCTION))) return opcode;
  NativeObject *native = (NativeObject *)value_cell(callee);
  if (!native_is_direct(native, count)) return opcode;
  cache_store(frame->code, pc, method_tag(native->method));
  return descriptor ? OP_CALL_METHOD_DESCRIPTOR : is_method ? OP_CALL_METHOD_NATIVE : OP_CALL_NATIVE;
}

// After a call has been started: stores its result and goes on by `next`, or enters the frame that it has pushed.
#define FINISH_CALL(outcome, next)                                                                                     \
  switch (outcome) {                                                                                                   \
  case CALL_DONE:                                                                                                      \
    A = result;                                                                                                        \
    next;                                                                                                              \
  case CALL_ENTERED:                                                                                                   \
    thread->frame->return_register = instruction_a(word);                                                              \
    thread->frame->return_words = 2;                                                                                   \
    RESUME_FRAME(0);                                                                                                   \
  case CALL_FAILED:                                                                                                    \
    break;                                                                                                             \
  }                                                                                                                    \
  FAIL();

SLOW_HANDLER(call_slow) {
  SAVE();
  unsigned opcode = opcode_base[word & 0xff], count = instruction_c(word), b = instruction_b(word);
  Value callee = registers[b];
  Value *arguments = registers + b + 1, names = NULL;
  if (opcode == OP_CALL || opcode == OP_CALL_METHOD) {
    Value self = opcode == OP_CALL_METHOD ? arguments[0] : NULL;
    profile_note_call(frame->code, pc, word, registers);
    unsigned form = call_form(frame, pc, opcode, callee, self, count);
    if (form != (word & 0xff)) instruction_quicken(pc, word, form);
  } else
    names = registers[b + count + (opcode == OP_CALL_KEYWORDS ? 1 : 2)];
  size_t total = count;
  if (opcode == OP_CALL_METHOD || opcode == OP_CALL_METHOD_KEYWORDS) {
    if (registers[b + 1])
      total++;
    else
      arguments++;
  }
  if (UNLIKELY(names && tuple_count(names) > total)) {
    raise(CLASS_SYSTEM_ERROR, "more names than arguments");
    FAIL();
  }
  Value result;
  thread->called = callee;
  CallOutcome outcome =
      call_start(thread, callee, arguments, names ? total - tuple_count(names) : total, names, &result);
  thread->called = NULL;
  FINISH_CALL(outcome, NEXT_LET_GO(2))
}
HANDLER(CALL) {
  TAIL(call_slow);
}
HANDLER(CALL_METHOD) {
  TAIL(call_slow);
}
HANDLER(CALL_KEYWORDS) {
  TAIL(call_slow);
}
HANDLER(CALL_METHOD_KEYWORDS) {
  TAIL(call_slow);
}

#define FINISH_NATIVE(call)                                                                                            \
  SAVE();                                                                                                              \
  Value result = (call);                                                                                               \
  if (UNLIKELY(!result)) FAIL();                                                                                       \
  if (UNLIKELY(result == VALUE_STOP)) TAIL(stopped);                                                                   \
  A = result;                                                                                                          \
  NEXT_LET_GO(2);
// A native __next__ says so when it is exhausted; to who calls it by name that is an exception.
SLOW_HANDLER(stopped) {
  raise_stop_iteration(NULL);
  FAIL();
}
// The built-in function or bound method at `callee`, with `count_` arguments behind it.
#define CALL_NATIVE_AT(callee, end, count_)                                                                            \
  if (UNLIKELY(!VALUE_IS_EXACT(*(callee), BUILTIN_FUNCTION))) TAIL(call_slow);                                         \
  NativeObject *native = (NativeObject *)value_cell(*(callee));                                                        \
  const NativeMethod *method = native->method;                                                                         \
  if (UNLIKELY(method_tag(method) != cache_load(pc))) TAIL(call_slow);                                                 \
  Value *arguments = (end);                                                                                            \
  if (method->arity == NATIVE_RAW) {                                                                                   \
    FINISH_NATIVE(method->function.raw(native->self, arguments, (count_), NULL))                                       \
  }                                                                                                                    \
  if (native_passes_self(native)) *--arguments = native->self;                                                         \
  FINISH_NATIVE(native_dispatch(method, arguments))
HANDLER(CALL_NATIVE) {
  Value *callee = &B;
  CALL_NATIVE_AT(callee, callee + 1, instruction_c(word))
}
HANDLER(CALL_METHOD_NATIVE) {
  Value *callee = &B;
  if (UNLIKELY(callee[1] != NULL)) TAIL(call_slow);
  CALL_NATIVE_AT(callee, callee + 2, instruction_c(word))
}
HANDLER(CALL_METHOD_DESCRIPTOR) {
  Value *callee = &B, self = callee[1];
  if (UNLIKELY(!VALUE_IS_EXACT(*callee, METHOD_DESCRIPTOR) || !self)) TAIL(call_slow);
  NativeObject *native = (NativeObject *)value_cell(*callee);
  const NativeMethod *method = native->method;
  if (UNLIKELY(method_tag(method) != cache_load(pc))) TAIL(call_slow);
  Class *class = value_class(self), *owner = value_as_class(native->owner);
  if (UNLIKELY(class != owner && !class_is_subclass(class, owner))) TAIL(call_slow);
  if (method->arity == NATIVE_RAW) {
    FINISH_NATIVE(method->function.raw(self, callee + 2, instruction_c(word), NULL))
  }
  FINISH_NATIVE(native_dispatch(method, callee + 1))
}

// A generator's registers are in its cell, and its callee's on the stack, behind what has resumed it: arguments are
// copied.
static inline Value *arguments_copied(const Frame *frame, const Value *arguments, size_t count) {
  for (size_t i = 0; i < count; i++) frame->top[i] = arguments[i];
  return frame->top;
}
static inline bool arguments_fit(const Thread *thread, const Frame *frame, size_t count) {
  return count <= (size_t)(thread->registers_limit - frame->top);
}

// Fewer arguments than parameters, which have defaults; any other call that is not exact goes to call_slow.
SLOW_HANDLER(call_defaults) {
  bool is_method = opcode_base[word & 0xff] == OP_CALL_METHOD, is_copied = frame->kind == FRAME_GENERATOR;
  Value *callee = &B;
  Function *function = (Function *)value_cell(*callee);
  Code *code = function_code(function);
  bool bound = is_method && callee[1];
  uint32_t count = instruction_c(word) + bound, wanted = code_exact_count(code);
  Value defaults = gc_load(&function->defaults); // once: another thread may be assigning them
  if (wanted == UINT32_MAX || count >= wanted || !defaults || tuple_count(defaults) < wanted - count) TAIL(call_slow);
  Value *base = is_copied ? frame->top : callee + (is_method ? 2 - bound : 1);
  Frame *record = is_copied ? frame->next : frame + 1;
  if (UNLIKELY(!frame_fits(thread, record, base + code->register_count))) TAIL(call_slow);
  if (is_copied) arguments_copied(frame, callee + (is_method ? 2 - bound : 1), count);
  size_t first = tuple_count(defaults) - wanted;
  for (uint32_t i = count; i < wanted; i++) base[i] = tuple_item(defaults, first + i);
  ENTER_FRAME(function, code, base, wanted, record);
}
// A class that C makes the instances of: str(number), range(count).
HANDLER(CALL_CONSTRUCT) {
  Value *callee = &B;
  if (UNLIKELY(!value_is_class(*callee))) TAIL(call_slow);
  Class *class = value_as_class(*callee);
  if (UNLIKELY(!class->construct.raw)) TAIL(call_slow);
  SAVE();
  Value result = class->construct.raw(*callee, callee + 1, instruction_c(word), NULL);
  if (UNLIKELY(!result)) FAIL();
  A = result;
  NEXT_LET_GO(2);
}
HANDLER(CALL_FUNCTION) {
  Value *callee = registers + instruction_b(word);
  unsigned count = instruction_c(word);
  if (UNLIKELY(!value_is_function(*callee))) TAIL(call_slow);
  Function *function = (Function *)value_cell(*callee);
  Code *code = function_code(function);
  if (UNLIKELY(code_exact_count(code) != count)) TAIL(call_defaults);
  ENTER_EXACT(function, code, callee + 1, count, frame + 1);
}
HANDLER(CALL_FUNCTION_COPIED) {
  Value *callee = registers + instruction_b(word);
  unsigned count = instruction_c(word);
  if (UNLIKELY(!value_is_function(*callee) || frame->kind != FRAME_GENERATOR)) TAIL(call_slow);
  Function *function = (Function *)value_cell(*callee);
  Code *code = function_code(function);
  if (UNLIKELY(code_exact_count(code) != count)) TAIL(call_defaults);
  if (UNLIKELY(!arguments_fit(thread, frame, count))) TAIL(call_slow);
  Value *base = arguments_copied(frame, callee + 1, count);
  ENTER_EXACT(function, code, base, count, frame->next);
}
// A class whose __init__ is a Python function: makes the instance, which takes the class's place as first argument.
HANDLER(CALL_CLASS) {
  Value *callee = &B;
  unsigned count = instruction_c(word) + 1;
  if (UNLIKELY(!value_is_class(*callee))) TAIL(call_slow);
  Class *class = value_as_class(*callee);
  Value initialize = class_plain_init(class);
  if (UNLIKELY(!initialize)) TAIL(call_slow);
  Function *function = (Function *)value_cell(initialize);
  Code *code = function_code(function);
  if (UNLIKELY(code_exact_count(code) != count || !frame_fits(thread, frame + 1, callee + code->register_count)))
    TAIL(call_slow);
  SAVE();
  void *instance = class_allocate(class, 0);
  if (UNLIKELY(!instance)) FAIL();
  *callee = value_from_cell(instance);
  frame[1].result = *callee;
  frame[1].exit_flags = FRAME_RETURNS_RESULT;
  function = (Function *)value_cell(initialize);
  ENTER_FRAME(function, code, callee, count, frame + 1);
}
HANDLER(CALL_METHOD_FUNCTION) {
  Value *callee = registers + instruction_b(word);
  if (UNLIKELY(!value_is_function(*callee))) TAIL(call_slow);
  Function *function = (Function *)value_cell(*callee);
  Code *code = function_code(function);
  bool bound = callee[1] != NULL;
  unsigned count = instruction_c(word) + bound;
  if (UNLIKELY(code_exact_count(code) != count)) TAIL(call_defaults);
  Value *base = callee + 2 - bound;
  ENTER_EXACT(function, code, base, count, frame + 1);
}
HANDLER(CALL_METHOD_FUNCTION_COPIED) {
  Value *callee = registers + instruction_b(word);
  if (UNLIKELY(!value_is_function(*callee) || frame->kind != FRAME_GENERATOR)) TAIL(call_slow);
  Function *function = (Function *)value_cell(*callee);
  Code *code = function_code(function);
  bool bound = callee[1] != NULL;
  unsigned count = instruction_c(word) + bound;
  if (UNLIKELY(code_exact_count(code) != count)) TAIL(call_defaults);
  if (UNLIKELY(!arguments_fit(thread, frame, count))) TAIL(call_slow);
  Value *base = arguments_copied(frame, callee + 2 - bound, count);
  ENTER_EXACT(function, code, base, count, frame->next);
}

HANDLER(CALL_UNPACKED) {
  SAVE();
  Value *callee = registers + instruction_b(word), result;
  FINISH_CALL(call_start_unpacked(thread, callee[0], callee[1], AUX & 1 ? callee[2] : NULL, &result), NEXT_RELOAD(2))
}

// Returns

// Does a local of the frame that is its own hold a cell whose end somebody can see?
static inline bool frame_holds_prompt(const Frame *frame) {
  const Code *code = frame->code;
  for (uint32_t i = code_first_own_local(code); i < code->local_count; i++)
    if (value_is_prompt(frame->registers[i])) return true;
  return false;
}
// Leaves an __init__ that its class has called; anything else out of the ordinary is for return_slow.
HANDLER(return_special) {
  Value value = (word & 0xff) == OP_RETURN ? A : frame->constants[(uint32_t)instruction_bc(word)];
  if (UNLIKELY(frame->exit_flags != FRAME_RETURNS_RESULT || value != VALUE_NONE || heap_watches())) TAIL(return_slow);
  Frame *caller = frame->previous;
  thread->recursion_depth--;
  thread->frame = caller;
  registers = caller->registers;
  pc = caller->pc + frame->return_words;
  registers[frame->return_register] = frame->result;
  frame->result = NULL;
  frame->exit_flags = 0;
  frame = caller;
  DISPATCH();
}
#define RETURN_VALUE(value_)                                                                                           \
  do {                                                                                                                 \
    Value result = (value_);                                                                                           \
    if (UNLIKELY(frame->exit_flags != 0)) TAIL(return_special);                                                        \
    if (heap_watches() && UNLIKELY(frame_holds_prompt(frame))) TAIL(return_slow);                                      \
    Frame *caller = frame->previous;                                                                                   \
    thread->recursion_depth--;                                                                                         \
    thread->frame = caller;                                                                                            \
    registers = caller->registers;                                                                                     \
    pc = caller->pc + frame->return_words;                                                                             \
    registers[frame->return_register] = result;                                                                        \
    frame = caller;                                                                                                    \
    DISPATCH();                                                                                                        \
  } while (0)
HANDLER(RETURN) {
  RETURN_VALUE(A);
}
HANDLER(RETURN_CONST) {
  RETURN_VALUE(frame->constants[(uint32_t)instruction_bc(word)]);
}

// Machine code's callee has returned, and with it a watched local went: what then ends does so as if the call were
// over.
static Value return_watched(Frame *frame, unsigned destination) {
  const Instruction *pc = frame->pc;
  frame->pc = pc + 1 + opcode_information[opcode_base[instruction_load(pc) & 0xff]].caches;
  heap_prompt_collect(PROMPT_RUN);
  frame->pc = pc;
  return frame->registers[destination];
}
SLOW_HANDLER(return_slow) {
  SAVE();
  Value result = (word & 0xff) == OP_RETURN ? A : frame->constants[(uint32_t)instruction_bc(word)];
  if (frame->exit_flags & FRAME_IN_GENERATOR) TAIL(return_from_generator);
  if (frame->exit_flags & FRAME_RETURNS_RESULT) {
    if (UNLIKELY(result != VALUE_NONE)) {
      raise_type_error("__init__() should return None, not '%T'", result);
      FAIL();
    }
    result = frame->result;
  }
  unsigned destination = frame->return_register, words = frame->return_words;
  bool watched = heap_watches() && !import_is_running(frame) && frame_holds_prompt(frame),
       to_native = frame->exit_flags & FRAME_RETURNS_TO_NATIVE,
       declined = (frame->exit_flags & FRAME_RETURNS_OPERAND) && result == VALUE_NOT_IMPLEMENTED;
  frame_pop(thread);
  frame = thread->frame;
  if (UNLIKELY(declined)) {
    registers = frame->registers;
    pc = frame->pc;
    word = instruction_load(pc);
    TAIL(declined);
  }
  frame->registers[destination] = result;
  // What called from elsewhere than an instruction of the frame is not over yet.
  bool by_instruction = frame->kind != FRAME_ENTRY && destination < frame->code->register_count;
  if (to_native) return watched && by_instruction ? return_watched(frame, destination) : result;
  if (watched && frame->kind != FRAME_ENTRY) {
    frame->pc += words;
    TAIL(prompt);
  }
  RESUME_FRAME(words);
}

// Functions and classes are made

OPERATION_HANDLER(MAKE_FUNCTION) {
  Value *operand = registers + instruction_b(word);
  Value code = *operand++;
  Value defaults = AUX & 1 ? *operand++ : NULL;
  Value keyword_defaults = AUX & 2 ? *operand++ : NULL;
  Value annotations = AUX & 4 ? *operand++ : NULL;
  Value closure = AUX & 8 ? *operand++ : NULL;
  if (UNLIKELY(value_as_code(code)->free_count != (closure ? tuple_count(closure) : 0))) {
    raise(CLASS_SYSTEM_ERROR, "the closure does not fit the code");
    return false;
  }
  Value made = function_new(code, frame->globals, closure);
  if (UNLIKELY(!made)) return false;
  Function *function = (Function *)value_cell(made);
  if (defaults) gc_store(function, &function->defaults, defaults);
  if (keyword_defaults) gc_store(function, &function->keyword_defaults, keyword_defaults);
  if (annotations) gc_store(function, &function->annotations, annotations);
  A = made;
  return true;
}

OPERATION_HANDLER(LOAD_BUILD_CLASS) {
  Value name = NAME(__build_class__);
  Value build =
      name ? value_is_dict(frame->builtins) ? dict_get(frame->builtins, name) : value_get_item(frame->builtins, name)
           : NULL;
  if (UNLIKELY(!build)) {
    if (!exception_pending()) raise(CLASS_NAME_ERROR, "__build_class__ not found");
    return false;
  }
  A = build;
  return true;
}
