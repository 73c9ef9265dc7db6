// Generators: the cell, and what send, throw and close do for generators, coroutines and async generators alike.
//
// Threads: whoever claims a generator enters it; others get ValueError "already executing". throw()
// and close() have something to do before the generator itself runs (with what it waits for): they claim it first, and
// hand it over to the interpreter as it is.
#include "runtime/object/generator.h"
#include "runtime/heap/finalize.h"
#include "runtime/heap/heap.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/generator_internal.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/opcodes.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/thread/safepoint.h"
#include <string.h>

void generator_trace(Cell *cell, Tracer *tracer) {
  Generator *generator = (Generator *)cell;
  if (generator->frame.code) frame_trace(&generator->frame, tracer);
}

bool value_is_generator(Value value) {
  return VALUE_IS_EXACT(value, GENERATOR) || VALUE_IS_EXACT(value, COROUTINE) || VALUE_IS_EXACT(value, ASYNC_GENERATOR);
}

static Code *generator_code(const Generator *generator) {
  return value_as_code(generator->code);
}
static const char *kind_name(const Generator *generator) {
  uint32_t flags = generator_code(generator)->flags;
  return flags & CODE_COROUTINE ? "coroutine" : flags & CODE_ASYNC_GENERATOR ? "async generator" : "generator";
}
static bool is_coroutine(const Generator *generator) {
  return generator_code(generator)->flags & CODE_COROUTINE;
}

// ((file, line, function), ...) of the frames around a coroutine's creation, innermost first.
static Value origin_of(Frame *frame, int depth) {
  Value origins = list_new(NULL, 0);
  for (frame = frame_skip_entries(frame); origins && frame && depth > 0;
       frame = frame_skip_entries(frame->previous), depth--) {
    Value entry = tuple_of(3, frame->code->filename, value_from_small_int(frame_line(frame)), frame->code->name);
    if (!entry || !list_append(origins, entry)) return NULL;
  }
  return origins ? list_to_tuple(origins) : NULL;
}

Value generator_new(Frame *frame) {
  Code *code = frame->code;
  ClassId class = code->flags & CODE_COROUTINE         ? CLASS_COROUTINE
                  : code->flags & CODE_ASYNC_GENERATOR ? CLASS_ASYNC_GENERATOR
                                                       : CLASS_GENERATOR;
  Thread *thread = thread_current();
  Value origin = NULL;
  if (class == CLASS_COROUTINE && thread->coroutine_origin_depth > 0) {
    origin = origin_of(frame->previous, thread->coroutine_origin_depth);
    if (!origin) return NULL;
  }
  Generator *generator = cell_alloc(builtin_shapes[class], sizeof *generator + code->register_count * sizeof(Value));
  if (!generator) return NULL;
  Function *function = frame->function ? (Function *)value_cell(frame->function) : NULL;
  gc_init(generator, &generator->name, function ? function->name : code->name);
  gc_init(generator, &generator->qualified_name, function ? function->qualified_name : code->qualified_name);
  gc_init(generator, &generator->code, value_from_cell(code));
  gc_init(generator, &generator->origin, origin);
  generator->register_count = code->register_count;
  size_t named = code_named_count(code);
  memcpy(generator->registers, frame->registers, named * sizeof(Value));
  Frame *own = &generator->frame;
  own->registers = generator->registers;
  own->pc = frame->pc;
  own->constants = frame->constants;
  own->function = frame->function;
  own->globals = frame->globals;
  own->builtins = frame->builtins;
  own->locals = frame->locals;
  own->generator = value_from_cell(generator);
  own->kind = FRAME_GENERATOR;
  own->exit_flags = FRAME_IN_GENERATOR;
  own->code = code;
  if (frame->frame_object) { // the object follows the frame
    FrameObject *object = value_as_frame(frame->frame_object);
    own->frame_object = frame->frame_object;
    own->exit_flags |= FRAME_NEEDS_CLEANUP;
    object->frame = own;
    object->generator = value_from_cell(generator);
    frame->frame_object = NULL;
  }
  // Whoever abandons a generator inside try or with has its finally run; a coroutine that was never awaited warns; a
  // frame object that has outlived its generator must know.
  if (class != CLASS_GENERATOR || code->exception_count > 0 || own->frame_object) heap_set_finalizable(generator);
  return value_from_cell(generator);
}

void generator_finish(Generator *generator) {
  Frame *frame = &generator->frame;
  if (!frame->code) return;
  if (frame->frame_object) frame_object_detach(frame);
  memset(generator->registers, 0, generator->register_count * sizeof(Value));
  frame->function = frame->globals = frame->builtins = frame->locals = NULL;
  frame->frame_object = frame->generator = NULL;
  frame->code = NULL;
  gc_store(generator, &generator->handled, NULL);
  atomic_store_explicit(&generator->state, GENERATOR_FINISHED, memory_order_release);
  if (cell_has_flag(&generator->head, CELL_FINALIZABLE)) heap_clear_finalizable(generator);
}

// Afterwards all threads take it by compare and swap.
static void make_shared(Generator *generator) {
  world_stop();
  atomic_store_explicit(&generator->owner, GENERATOR_SHARED, memory_order_relaxed);
  world_start();
}

GeneratorState generator_claim(Generator *generator) {
  if (atomic_load_explicit(&generator->state, memory_order_acquire) == GENERATOR_FINISHED) return GENERATOR_FINISHED;
  Thread *owner = NULL, *thread = thread_current();
  if (!threads_started || atomic_compare_exchange_strong(&generator->owner, &owner, thread)) owner = thread;
  if (owner != thread && owner != GENERATOR_SHARED) make_shared(generator);
  GeneratorState state = atomic_load_explicit(&generator->state, memory_order_acquire);
  while (state == GENERATOR_CREATED || state == GENERATOR_SUSPENDED) {
    if (owner == thread) {
      atomic_store_explicit(&generator->state, GENERATOR_RUNNING, memory_order_relaxed);
      break;
    }
    if (atomic_compare_exchange_weak(&generator->state, &state, GENERATOR_RUNNING)) break;
  }
  return state;
}
static void unclaim(Generator *generator, GeneratorState former) {
  atomic_store_explicit(&generator->state, former, memory_order_release);
}
static Value raise_executing(const Generator *generator) {
  return raise_value_error("%s already executing", kind_name(generator));
}

// What a claimed generator, suspended before, waits for; or zero.
static Value claimed_delegate(const Generator *generator) {
  Instruction word = *generator->frame.pc;
  if (opcode_base[word & 0xff] != OP_YIELD || instruction_auxiliary(word) != 1) return NULL;
  return generator->registers[instruction_c(word)];
}

Value generator_delegate(Generator *generator) {
  if (atomic_load_explicit(&generator->state, memory_order_relaxed) != GENERATOR_SUSPENDED) return NULL;
  GeneratorState state = generator_claim(generator);
  if (state == GENERATOR_RUNNING || state == GENERATOR_FINISHED) return NULL;
  Value delegate = state == GENERATOR_SUSPENDED ? claimed_delegate(generator) : NULL;
  unclaim(generator, state);
  return delegate;
}

// Resumes; the value, VALUE_STOP for a return of None, zero with an exception.
static Value resume(Generator *generator, Value sent) {
  bool returned = false;
  Value result = runtime_hooks.resume_generator(value_from_cell(generator), sent, &returned);
  if (!result || !returned) return result;
  if (generator_code(generator)->flags & CODE_ASYNC_GENERATOR) return raise_none(CLASS_STOP_ASYNC_ITERATION);
  return result == VALUE_NONE ? VALUE_STOP : raise_stop_iteration(result);
}

_Thread_local Generator *generator_handed_over;

// The same for one that is claimed and was in state `former` before.
static Value resume_claimed(Generator *generator, GeneratorState former, Value sent) {
  generator_handed_over = generator;
  Value result = resume(generator, sent);
  if (generator_handed_over == generator) { // the recursion was too deep to enter it
    generator_handed_over = NULL;
    unclaim(generator, former);
  }
  return result;
}

Value generator_send(Value value, Value sent) {
  Generator *generator = value_as_generator(value);
  switch (generator->state) {
  case GENERATOR_FINISHED:
    if (is_coroutine(generator)) return raise(CLASS_RUNTIME_ERROR, "cannot reuse already awaited coroutine");
    if (generator_code(generator)->flags & CODE_ASYNC_GENERATOR) return raise_none(CLASS_STOP_ASYNC_ITERATION);
    return VALUE_STOP;
  case GENERATOR_CREATED:
    if (sent != VALUE_NONE)
      return raise_type_error("can't send non-None value to a just-started %s", kind_name(generator));
    break;
  default:
    break;
  }
  return resume(generator, sent);
}

// Raises the pending exception inside; it was suspended and is claimed.
static Value resume_raising(Generator *generator) {
  return resume_claimed(generator, GENERATOR_SUSPENDED, NULL);
}

// The delegate is done, with this result: the claimed generator goes on behind the loop that sends to it.
static Value leave_delegation(Generator *generator, Value result) {
  const Instruction *yield = generator->frame.pc, *send = yield - 1;
  unsigned delegate = instruction_c(*yield);
  const Instruction *first = generator->frame.code->words;
  while (send > first && !(opcode_base[*send & 0xff] == OP_SEND && instruction_b(*send) == delegate)) send--;
  if (opcode_base[*send & 0xff] != OP_SEND) {
    unclaim(generator, GENERATOR_SUSPENDED);
    return raise(CLASS_SYSTEM_ERROR, "a delegating yield without SEND");
  }
  gc_store(generator, &generator->registers[instruction_a(*send)], result);
  generator->frame.pc = send + instruction_c(*send) - 1; // resuming goes on behind it
  return resume_claimed(generator, GENERATOR_SUSPENDED, result);
}
// After the delegate's throw or close has raised, or returned by StopIteration.
static Value delegate_raised(Generator *generator) {
  if (!exception_is(CLASS_STOP_ITERATION)) return resume_raising(generator);
  Value stop = exception_take();
  Value result = ((StopIterationException *)value_cell(stop))->value;
  return leave_delegation(generator, result ? result : VALUE_NONE);
}

// Closes what a generator waits for: close() if it has one.
static bool close_delegate(Value delegate) {
  if (VALUE_IS_EXACT(delegate, GENERATOR) || VALUE_IS_EXACT(delegate, COROUTINE)) return generator_close(delegate);
  Value close;
  int found = value_find_attribute(delegate, NAME(close), &close);
  if (found < 0) exception_write_unraisable(delegate, NULL);
  return found <= 0 || value_call_0(close) != NULL;
}

// What throw() is given as an exception. If making it fails, that failure is what is thrown.
static Value normalize(Value type, Value value, Value traceback) {
  if (traceback == VALUE_NONE) traceback = NULL;
  if (traceback && !VALUE_IS_EXACT(traceback, TRACEBACK))
    return raise_type_error("throw() third argument must be a traceback object");
  Value exception;
  if (value_is_class(type) && class_is_subclass(value_as_class(type), BUILTIN(BASE_EXCEPTION))) {
    if (value && value_is_instance(value, value_as_class(type)))
      exception = value;
    else if (!value || value == VALUE_NONE)
      exception = value_call_0(type);
    else if (VALUE_IS_EXACT(value, TUPLE))
      exception = value_call_tuple(type, value, NULL);
    else
      exception = value_call_1(type, value);
    if (exception && !value_is_exception(exception)) {
      raise_type_error("calling %R should have returned an instance of BaseException, not %T", type, exception);
      exception = NULL;
    }
    if (!exception) exception = exception_take();
  } else if (value_is_exception(type)) {
    if (value && value != VALUE_NONE) return raise_type_error("instance exception may not have a separate value");
    exception = type;
  } else
    return raise_type_error("exceptions must be classes or instances deriving from BaseException, not %T", type);
  if (traceback) {
    Exception *fields = (Exception *)value_cell(exception);
    gc_store(fields, &fields->traceback, traceback);
  }
  return exception;
}

static Value throw_exception(Generator *generator, Value exception, bool close_on_exit);

// While its delegate runs, a generator stands in the chain of frames, as if it had resumed the delegate itself.
static void link_frame(Generator *generator) {
  Frame *frame = &generator->frame, *resumer = thread_current()->frame;
  frame->previous = resumer;
  frame->top = resumer->top;
  frame->next = resumer->kind == FRAME_GENERATOR ? resumer->next : resumer + 1;
  thread_current()->frame = frame;
}
static void unlink_frame(Generator *generator) {
  thread_current()->frame = generator->frame.previous;
  generator->frame.previous = NULL;
}

// The delegate of a claimed generator gets the exception first.
static Value throw_into_delegate(Generator *generator, Value delegate, Value exception, bool close_on_exit) {
  if (close_on_exit && value_is_instance(exception, BUILTIN(GENERATOR_EXIT))) {
    if (!close_delegate(delegate)) return delegate_raised(generator);
    exception_restore(exception);
    return resume_raising(generator);
  }
  Value result;
  if (VALUE_IS_EXACT(delegate, GENERATOR) || VALUE_IS_EXACT(delegate, COROUTINE)) {
    link_frame(generator);
    result = throw_exception(value_as_generator(delegate), exception, close_on_exit);
    unlink_frame(generator);
  } else {
    Value throw;
    int found = value_find_attribute(delegate, NAME(throw), &throw);
    if (found == 0) {
      exception_restore(exception);
      return resume_raising(generator);
    }
    link_frame(generator);
    result = found > 0 ? value_call_1(throw, exception) : NULL;
    unlink_frame(generator);
  }
  if (result == VALUE_STOP) return leave_delegation(generator, VALUE_NONE);
  if (!result) return delegate_raised(generator);
  unclaim(generator, GENERATOR_SUSPENDED);
  return result;
}
static Value throw_exception(Generator *generator, Value exception, bool close_on_exit) {
  if (!recursion_enter(" while calling a Python object")) return NULL;
  Value result = NULL;
  GeneratorState former = generator_claim(generator);
  if (former == GENERATOR_RUNNING) {
    raise_executing(generator);
  } else if (former == GENERATOR_FINISHED && is_coroutine(generator)) {
    raise(CLASS_RUNTIME_ERROR, "cannot reuse already awaited coroutine");
  } else if (former == GENERATOR_FINISHED) {
    exception_restore(exception);
  } else {
    Value delegate = former == GENERATOR_SUSPENDED ? claimed_delegate(generator) : NULL;
    if (!delegate) exception_restore(exception);
    result = delegate ? throw_into_delegate(generator, delegate, exception, close_on_exit)
                      : resume_claimed(generator, former, NULL);
  }
  recursion_leave();
  return result;
}

Value generator_throw(Value value, Value type, Value argument, Value traceback) {
  Value exception = normalize(type, argument, traceback);
  return exception ? throw_exception(value_as_generator(value), exception, true) : NULL;
}

Value generator_throw_unclosed(Value value, Value type, Value argument, Value traceback) {
  Value exception = normalize(type, argument, traceback);
  return exception ? throw_exception(value_as_generator(value), exception, false) : NULL;
}

bool generator_close(Value value) {
  Generator *generator = value_as_generator(value);
  GeneratorState former = generator_claim(generator);
  if (former == GENERATOR_FINISHED) return true;
  if (former == GENERATOR_RUNNING) return raise_executing(generator);
  if (former == GENERATOR_CREATED) {
    generator_finish(generator);
    return true;
  }
  Value delegate = claimed_delegate(generator);
  if (!delegate || close_delegate(delegate)) raise_none(CLASS_GENERATOR_EXIT);
  Value result = resume_raising(generator);
  if (result && result != VALUE_STOP) {
    raise(CLASS_RUNTIME_ERROR, "%s ignored GeneratorExit", kind_name(generator));
    return false;
  }
  if (result == VALUE_STOP) return true;
  return exception_clear_if(CLASS_STOP_ITERATION) || exception_clear_if(CLASS_GENERATOR_EXIT) ||
         (generator_code(generator)->flags & CODE_ASYNC_GENERATOR && exception_clear_if(CLASS_STOP_ASYNC_ITERATION));
}

void generator_finalize(Value value) {
  Generator *generator = value_as_generator(value);
  if (generator->state == GENERATOR_FINISHED || generator->state == GENERATOR_RUNNING) return;
  Value pending = exception_pending() ? exception_take() : NULL;
  bool done;
  if (generator->finalizer && !generator->closed) {
    done = value_call_1(generator->finalizer, value) != NULL;
    if (!done) exception_write_unraisable(value, NULL);
    done = true;
  } else if (is_coroutine(generator) && generator->state == GENERATOR_CREATED) {
    coroutine_warn_unawaited(value);
    done = generator_close(value);
  } else
    done = generator_close(value);
  if (!done) exception_write_unraisable(value, NULL);
  if (pending) exception_restore(pending);
}

// Python's side of all three kinds

Value generator_method_next(Value self) {
  return generator_send(self, VALUE_NONE);
}
// A return of None is the exception StopIteration to who calls these by name.
static Value stop_to_exception(Value result) {
  return result == VALUE_STOP ? raise_none(CLASS_STOP_ITERATION) : result;
}
Value generator_method_send(Value self, Value value) {
  return stop_to_exception(generator_send(self, value));
}
Value generator_method_throw(Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!arguments_check_none_by_keyword("throw", keyword_names) || !arguments_check_count("throw", count, 1, 3))
    return NULL;
  return stop_to_exception(
      generator_throw(self, arguments[0], count > 1 ? arguments[1] : NULL, count > 2 ? arguments[2] : NULL));
}
Value generator_method_close(Value self) {
  return generator_close(self) ? VALUE_NONE : NULL;
}
Value generator_method_del(Value self) {
  generator_finalize(self);
  return VALUE_NONE;
}
Value generator_repr(Value self) {
  return str_format_c("<%T object %S at 0x%lx>", self, value_as_generator(self)->qualified_name,
                      (unsigned long)value_bits(self));
}
Value generator_get_name(Value self) {
  return value_as_generator(self)->name;
}
Value generator_get_qualified_name(Value self) {
  return value_as_generator(self)->qualified_name;
}
static bool set_str(Value self, Value *slot, Value value, const char *what) {
  if (!value || !value_is_str(value)) {
    raise_type_error("%s must be set to a string object", what);
    return false;
  }
  gc_store(value_cell(self), slot, value);
  return true;
}
bool generator_set_name(Value self, Value value) {
  return set_str(self, &value_as_generator(self)->name, value, "__name__");
}
bool generator_set_qualified_name(Value self, Value value) {
  return set_str(self, &value_as_generator(self)->qualified_name, value, "__qualname__");
}
Value generator_get_delegate(Value self) {
  Value delegate = generator_delegate(value_as_generator(self));
  return delegate ? delegate : VALUE_NONE;
}
Value generator_get_running(Value self) {
  return value_from_bool(value_as_generator(self)->state == GENERATOR_RUNNING);
}
Value generator_get_suspended(Value self) {
  return value_from_bool(value_as_generator(self)->state == GENERATOR_SUSPENDED);
}
// Who is asked for its frame may have nobody who refers to it otherwise.
Value generator_get_frame(Value self) {
  Generator *generator = value_as_generator(self);
  if (value_is_prompt(self)) safepoint_request(thread_current(), POLL_PROMPT);
  return generator->frame.code ? frame_get_object(&generator->frame) : VALUE_NONE;
}
Value generator_get_code(Value self) {
  return value_as_generator(self)->code;
}
static Value iterate_self(Value self) {
  return self;
}

static const NativeMethod methods[] = {
    NATIVE("__iter__", iterate_self, "($self, /)", "Implement iter(self)."),
    NATIVE("__next__", generator_method_next, "($self, /)", "Implement next(self)."),
    GENERATOR_METHODS("generator"),
    {},
};
static const NativeProperty properties[] = {
    GENERATOR_NAMES("generator"),
    {"gi_yieldfrom", generator_get_delegate, NULL, "The iterator that yield from delegates to, or None."},
    {"gi_running", generator_get_running, NULL, NULL},
    {"gi_frame", generator_get_frame, NULL, NULL},
    {"gi_suspended", generator_get_suspended, NULL, NULL},
    {"gi_code", generator_get_code, NULL, NULL},
    {},
};
const ClassDef generator_class = {
    .name = "generator",
    .cell_type = &generator_cell_type,
    .instance_size = sizeof(Generator),
    .flags = CLASS_NO_NEW | CLASS_HAS_WEAKREF | CLASS_VARIABLE_SIZE,
    .methods = methods,
    .properties = properties,
};
const CellType generator_cell_type = {
    .name = "generator", CELL_VALUES(Generator, name, finalizer), .trace = generator_trace, .has_tail = true};
