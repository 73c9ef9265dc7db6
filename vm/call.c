// Starting calls. See call.h.
#include "vm/call.h"
#include "runtime/heap/heap.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/dict.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/runtime.h"
#include "vm/trace.h"
#include "vm/verify.h"
#include <string.h>

bool frame_push(Thread *thread, Code *code, Value *registers, size_t filled) {
  Frame *caller = thread->frame;
  Frame *frame = !caller ? thread->frames_base : caller->kind == FRAME_GENERATOR ? caller->next : caller + 1;
  Value *top = registers + code->register_count;
  if (thread->recursion_depth >= runtime.recursion_limit || top > thread->registers_limit ||
      frame >= thread->frames_limit) {
    raise(CLASS_RECURSION_ERROR, "maximum recursion depth exceeded");
    return false;
  }
  thread->recursion_depth++;
  if (code->clear_count > filled) memset(registers + filled, 0, (code->clear_count - filled) * sizeof(Value));
  frame->previous = caller;
  frame->registers = registers;
  frame->pc = code->words;
  frame->code = code;
  frame->constants = value_as_tuple(code->constants)->items;
  frame->top = top;
  frame->kind = FRAME_PYTHON;
  frame->exit_flags = 0;
  thread->frame = frame;
  return true;
}

void frame_pop(Thread *thread) {
  Frame *frame = thread->frame;
  if (frame->frame_object) frame_object_detach(frame);
  thread->frame = frame->previous;
  thread->recursion_depth--;
  frame->locals = frame->frame_object = frame->generator = frame->result = frame->outer_handled = NULL;
  frame->kind = FRAME_PYTHON;
  frame->exit_flags = 0;
  frame->traced_word = 0;
}

bool call_enter_function(Thread *thread, Function *function, Value *arguments, size_t count, Value keyword_names) {
  Code *code = value_as_code(gc_load(&function->code)); // once: another thread may be assigning it
  if (!code_is_trusted(code) && !code_verify(code)) return false;
  Frame *caller = thread->frame;
  // A generator's registers are in its cell; the callee's must not be.
  Value *registers = caller->kind == FRAME_GENERATOR ? caller->top : arguments;
  size_t parameters = code->argument_count + code->keyword_only_count + ((code->flags & CODE_VARARGS) != 0) +
                      ((code->flags & CODE_VARKEYWORDS) != 0);
  if (registers + parameters > thread->registers_limit) {
    raise(CLASS_RECURSION_ERROR, "maximum recursion depth exceeded");
    return false;
  }
  if (!arguments_bind(function, code, registers, arguments, count, keyword_names)) return false;
  if (!frame_push(thread, code, registers, parameters)) return false;
  Frame *frame = thread->frame;
  frame->function = value_from_cell(function);
  frame->globals = function->globals;
  frame->builtins = function->builtins;
  if (__builtin_expect(!(code->flags & CODE_OPTIMIZED), 0)) { // a module's code in a function: its names are globals
    frame->locals = function->globals;
    frame->exit_flags |= FRAME_NEEDS_CLEANUP;
  }
  return true;
}

// An unbound method of a native class: a profile function is shown the bound one.
static CallOutcome call_profiled_method(Thread *thread, Value method, Value *arguments, size_t count,
                                        Value keyword_names, Value *result) {
  Value bound = descriptor_get(method, arguments[0], value_class(arguments[0]));
  if (!bound || !trace_native(thread, TRACE_C_CALL, bound)) return CALL_FAILED;
  *result = value_call(method, arguments, count, keyword_names);
  return trace_native(thread, *result ? TRACE_C_RETURN : TRACE_C_EXCEPTION, bound) && *result ? CALL_DONE : CALL_FAILED;
}

static CallOutcome call_native(Thread *thread, NativeObject *callee, Value *arguments, size_t count,
                               Value keyword_names, Value *result) {
  Value value = value_from_cell(callee);
  bool profiled = thread->profile_function && !thread->tracing;
  if (profiled && !trace_native(thread, TRACE_C_CALL, value)) return CALL_FAILED;
  *result = native_call(callee, callee->self, arguments, count, keyword_names);
  if (profiled && !trace_native(thread, *result ? TRACE_C_RETURN : TRACE_C_EXCEPTION, value)) return CALL_FAILED;
  return *result ? CALL_DONE : CALL_FAILED;
}

CallOutcome call_start(Thread *thread, Value callee, Value *arguments, size_t count, Value keyword_names,
                       Value *result) {
  if (value_is_method(callee)) {
    Method *method = (Method *)value_cell(callee);
    callee = method->function;
    *--arguments = method->self;
    count++;
  }
  if (value_is_function(callee))
    return call_enter_function(thread, (Function *)value_cell(callee), arguments, count, keyword_names) ? CALL_ENTERED
                                                                                                        : CALL_FAILED;
  if (VALUE_IS_EXACT(callee, BUILTIN_FUNCTION))
    return call_native(thread, (NativeObject *)value_cell(callee), arguments, count, keyword_names, result);
  if (thread->profile_function && !thread->tracing && VALUE_IS_EXACT(callee, METHOD_DESCRIPTOR) && count > 0)
    return call_profiled_method(thread, callee, arguments, count, keyword_names, result);
  if (value_is_class(callee)) {
    Class *class = value_as_class(callee);
    if (class->construct.raw) {
      *result = class->construct.raw(callee, arguments, count, keyword_names);
      return *result ? CALL_DONE : CALL_FAILED;
    }
    Value initialize = class_plain_init(class);
    if (initialize) {
      void *instance = class_allocate(class, 0);
      if (!instance) return CALL_FAILED;
      arguments[-1] = value_from_cell(instance);
      if (!call_enter_function(thread, (Function *)value_cell(initialize), arguments - 1, count + 1, keyword_names))
        return CALL_FAILED;
      thread->frame->result = value_from_cell(instance);
      thread->frame->exit_flags |= FRAME_RETURNS_RESULT;
      return CALL_ENTERED;
    }
    if (count == 0 && !keyword_names && class_makes_plainly(class) &&
        gc_load(&class->special[SPECIAL_INIT]) == BUILTIN(OBJECT)->special[SPECIAL_INIT]) {
      void *instance = class_allocate(class, 0);
      *result = value_from_cell(instance);
      return instance ? CALL_DONE : CALL_FAILED;
    }
  } else {
    Value method = value_special(callee, SPECIAL_CALL);
    if (method && value_is_function(method)) {
      arguments[-1] = callee;
      return call_enter_function(thread, (Function *)value_cell(method), arguments - 1, count + 1, keyword_names)
                 ? CALL_ENTERED
                 : CALL_FAILED;
    }
  }
  *result = value_call(callee, arguments, count, keyword_names);
  return *result ? CALL_DONE : CALL_FAILED;
}

// "module.f()", as messages name a callable.
static Value callable_describe(Value callable) {
  Value name, module;
  int found = value_find_attribute(callable, NAME(__qualname__), &name);
  if (found < 0) return NULL;
  if (found == 0) return value_str(callable);
  found = value_find_attribute(callable, NAME(__module__), &module);
  if (found < 0) return NULL;
  if (found && value_is_str(module) && !str_equals_c(module, "builtins")) return str_format_c("%S.%S()", module, name);
  return str_format_c("%S()", name);
}

CallOutcome call_start_unpacked(Thread *thread, Value callee, Value positional, Value keywords, Value *result) {
  if (!VALUE_IS_EXACT(positional, TUPLE)) {
    Value converted = value_to_tuple(positional);
    if (!converted) {
      if (exception_is(CLASS_TYPE_ERROR) && !value_special(positional, SPECIAL_ITER) &&
          !value_special(positional, SPECIAL_GETITEM)) {
        exception_clear();
        Value name = callable_describe(callee);
        if (name) raise_type_error("%U argument after * must be an iterable, not %T", name, positional);
      }
      return CALL_FAILED;
    }
    positional = converted;
  }
  size_t count = tuple_count(positional), named = 0;
  if (keywords && (!value_is_dict(keywords) || dict_count(keywords) > 0)) {
    if (!value_is_dict(keywords)) {
      Value copy = dict_new();
      if (!copy || !dict_merge_keywords(copy, keywords, callee)) return CALL_FAILED;
      keywords = copy;
    }
    named = dict_count(keywords);
  }
  // The arguments stand above the frame; the tuple and the dict keep them alive until they are bound.
  Value *arguments = thread->frame->top + 1;
  if ((size_t)(thread->registers_limit - arguments) < count + named) {
    *result = value_call_tuple(callee, positional, keywords);
    return *result ? CALL_DONE : CALL_FAILED;
  }
  memcpy(arguments, value_as_tuple(positional)->items, count * sizeof(Value));
  Tuple *names = named > 0 ? tuple_allocate(named) : NULL;
  if (named > 0 && !names) return CALL_FAILED;
  size_t position = 0, found = 0;
  Value name, value;
  while (found < named && dict_next(keywords, &position, &name, &value)) {
    if (!value_is_str(name)) {
      raise_type_error("keywords must be strings");
      return CALL_FAILED;
    }
    gc_init(names, &names->items[found], name);
    arguments[count + found++] = value;
  }
  if (found != named) {
    raise(CLASS_RUNTIME_ERROR, "dictionary changed size during iteration");
    return CALL_FAILED;
  }
  Frame *caller = thread->frame;
  Value *top = caller->top;
  caller->top = arguments + count + named; // native code that calls back must not overwrite them
  CallOutcome outcome = call_start(thread, callee, arguments, count, names ? value_from_cell(names) : NULL, result);
  caller->top = top;
  KEEP(positional);
  KEEP(keywords);
  KEEP(names);
  return outcome;
}
