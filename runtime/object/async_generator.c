// Async generators, and the awaitables that their __anext__, asend, athrow and aclose return.
//
// Inside an async generator two things suspend: an await, which passes on to the event loop whatever the awaited
// yields, and a yield, which is meant for the consumer. The latter is wrapped (ASYNC_GENERATOR_WRAP), so that the
// awaitable that drives the generator knows when to end with a value.
#include "runtime/heap/heap.h"
#include "runtime/object/exception.h"
#include "runtime/object/generator_internal.h"
#include "runtime/object/generic_alias.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/thread/thread.h"

typedef struct WrappedValue {
  Cell head;
  Value value;
} WrappedValue;

typedef enum AwaitState : uint8_t { AWAIT_NEW, AWAIT_STARTED, AWAIT_CLOSED } AwaitState;

// asend() and __anext__(), athrow() and aclose()
typedef struct AsyncStep {
  Cell head;
  Value generator;
  Value arguments; // asend: the value to send. athrow: tuple. aclose: zero
  // ---- end of values
  AwaitState state;
} AsyncStep;

Value async_generator_wrap(Value value) {
  WrappedValue *wrapper = cell_alloc(SHAPE(ASYNC_GENERATOR_WRAPPED_VALUE), sizeof *wrapper);
  if (!wrapper) return NULL;
  gc_init(wrapper, &wrapper->value, value);
  return value_from_cell(wrapper);
}
static bool is_wrapped(Value value) {
  return VALUE_IS_EXACT(value, ASYNC_GENERATOR_WRAPPED_VALUE);
}

// What generator_send or generator_throw gave, as the awaitable passes it on: a wrapped value ends it.
static Value unwrap(Generator *generator, Value result) {
  if (result == VALUE_STOP) result = raise_none(CLASS_STOP_ASYNC_ITERATION);
  if (!result) {
    if (exception_is(CLASS_STOP_ASYNC_ITERATION) || exception_is(CLASS_GENERATOR_EXIT)) generator->closed = true;
    generator->running_async = false;
    return NULL;
  }
  if (!is_wrapped(result)) return result;
  generator->running_async = false;
  return raise_stop_iteration(((WrappedValue *)value_cell(result))->value);
}

// The first step calls the hooks that sys.set_asyncgen_hooks installed in this thread.
static bool call_hooks(Value self) {
  Generator *generator = value_as_generator(self);
  if (generator->hooks_called) return true;
  generator->hooks_called = true;
  Thread *thread = thread_current();
  if (thread->async_generator_finalizer) gc_store(generator, &generator->finalizer, thread->async_generator_finalizer);
  return !thread->async_generator_firstiter || value_call_1(thread->async_generator_firstiter, self);
}
static Value step_new(ClassId class, Value generator, Value arguments) {
  if (!call_hooks(generator)) return NULL;
  AsyncStep *step = cell_alloc(builtin_shapes[class], sizeof *step);
  if (!step) return NULL;
  gc_init(step, &step->generator, generator);
  gc_init(step, &step->arguments, arguments);
  return value_from_cell(step);
}
static AsyncStep *value_as_step(Value value) {
  return (AsyncStep *)value_cell(value);
}

// async for

Value async_iterator_of(Value value) {
  Value method = value_special(value, SPECIAL_AITER);
  if (!method) return raise_type_error("'async for' requires an object with __aiter__ method, got %.100T", value);
  Value iterator = special_call_1(method, value);
  if (iterator && !value_special(iterator, SPECIAL_ANEXT))
    return raise_type_error("'async for' received an object from __aiter__ that does not implement __anext__: %.100T",
                            iterator);
  return iterator;
}
Value async_next_awaitable(Value value) {
  if (VALUE_IS_EXACT(value, ASYNC_GENERATOR)) return step_new(CLASS_ASYNC_GENERATOR_ASEND, value, VALUE_NONE);
  Value method = value_special(value, SPECIAL_ANEXT);
  if (!method) return raise_type_error("'async for' requires an iterator with __anext__ method, got %.100T", value);
  Value next = special_call_1(method, value);
  if (!next) return NULL;
  Value awaitable = coroutine_get_awaitable(next, 0);
  if (awaitable) return awaitable;
  Value cause = exception_take();
  raise_type_error("'async for' received an invalid object from __anext__: %.100T", next);
  if (exception_is(CLASS_TYPE_ERROR)) {
    Exception *error = (Exception *)value_cell(exception_peek());
    gc_store(error, &error->cause, cause);
    gc_store(error, &error->context, cause);
    gc_store(error, &error->suppress_context, VALUE_TRUE);
  }
  return NULL;
}

// Async generators

static Value iterate_self(Value self) {
  return self;
}
static Value async_next(Value self) {
  return step_new(CLASS_ASYNC_GENERATOR_ASEND, self, VALUE_NONE);
}
static Value async_send(Value self, Value value) {
  return step_new(CLASS_ASYNC_GENERATOR_ASEND, self, value);
}
static Value async_throw(Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!arguments_check_none_by_keyword("athrow", keyword_names) || !arguments_check_count("athrow", count, 1, 3))
    return NULL;
  Value tuple = tuple_new(arguments, count);
  return tuple ? step_new(CLASS_ASYNC_GENERATOR_ATHROW, self, tuple) : NULL;
}
static Value async_close(Value self) {
  return step_new(CLASS_ASYNC_GENERATOR_ATHROW, self, NULL);
}
static Value get_running(Value self) {
  return value_from_bool(value_as_generator(self)->running_async);
}
static const NativeMethod methods[] = {
    NATIVE("__aiter__", iterate_self, "($self, /)", "Return an awaitable, that resolves in asynchronous iterator."),
    NATIVE("__anext__", async_next, "($self, /)", "Return a value or raise StopAsyncIteration."),
    NATIVE("asend", async_send, "($self, value, /)", "Awaitable that resumes with a value."),
    NATIVE("athrow", async_throw, NULL, "Awaitable that raises an exception where it stands."),
    NATIVE("aclose", async_close, "($self, /)", "Awaitable that raises GeneratorExit where it stands."),
    NATIVE("__del__", generator_method_del, "($self, /)", "Finalize."),
    NATIVE("__repr__", generator_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__class_getitem__", generic_alias_new, "($type, object, /)", "See PEP 585", NATIVE_CLASS),
    {},
};
static const NativeProperty properties[] = {
    GENERATOR_NAMES("async generator"),          {"ag_await", generator_get_delegate, NULL, "What it awaits, or None."},
    {"ag_running", get_running, NULL, NULL},     {"ag_frame", generator_get_frame, NULL, NULL},
    {"ag_code", generator_get_code, NULL, NULL}, {},
};
const ClassDef async_generator_class = {
    .name = "async_generator",
    .cell_type = &generator_cell_type,
    .instance_size = sizeof(Generator),
    .flags = CLASS_NO_NEW | CLASS_HAS_WEAKREF | CLASS_VARIABLE_SIZE,
    .methods = methods,
    .properties = properties,
};

// asend, __anext__

static Value raise_reused(const char *what) {
  return raise(CLASS_RUNTIME_ERROR, "cannot reuse already awaited %s", what);
}
static Value asend_send(Value self, Value value) {
  AsyncStep *step = value_as_step(self);
  Generator *generator = value_as_generator(step->generator);
  if (step->state == AWAIT_CLOSED) return raise_reused("__anext__()/asend()");
  if (step->state == AWAIT_NEW) {
    if (generator->running_async)
      return raise(CLASS_RUNTIME_ERROR, "anext(): asynchronous generator is already running");
    if (value == VALUE_NONE) value = step->arguments;
    step->state = AWAIT_STARTED;
  }
  generator->running_async = true;
  Value result = unwrap(generator, generator_send(step->generator, value));
  if (!result) step->state = AWAIT_CLOSED;
  return result;
}
static Value asend_next(Value self) {
  return asend_send(self, VALUE_NONE);
}
static Value throw_arguments(Value generator, const Value *arguments, size_t count) {
  return generator_throw_unclosed(generator, arguments[0], count > 1 ? arguments[1] : NULL,
                                  count > 2 ? arguments[2] : NULL);
}
static Value asend_throw(Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!arguments_check_none_by_keyword("throw", keyword_names) || !arguments_check_count("throw", count, 1, 3))
    return NULL;
  AsyncStep *step = value_as_step(self);
  if (step->state == AWAIT_CLOSED) return raise_reused("__anext__()/asend()");
  Value result =
      generator_throw(step->generator, arguments[0], count > 1 ? arguments[1] : NULL, count > 2 ? arguments[2] : NULL);
  result = unwrap(value_as_generator(step->generator), result);
  if (!result) step->state = AWAIT_CLOSED;
  return result;
}
static Value step_close(Value self) {
  value_as_step(self)->state = AWAIT_CLOSED;
  return VALUE_NONE;
}

// athrow, aclose

static Value ignored_exit(AsyncStep *step) {
  value_as_generator(step->generator)->running_async = false;
  step->state = AWAIT_CLOSED;
  return raise(CLASS_RUNTIME_ERROR, "async generator ignored GeneratorExit");
}
// aclose ends well when the generator ends.
static Value step_raised(AsyncStep *step) {
  value_as_generator(step->generator)->running_async = false;
  step->state = AWAIT_CLOSED;
  if (!step->arguments && (exception_is(CLASS_STOP_ASYNC_ITERATION) || exception_is(CLASS_GENERATOR_EXIT))) {
    exception_clear();
    return raise_none(CLASS_STOP_ITERATION);
  }
  return NULL;
}
static Value step_result(AsyncStep *step, Value result) {
  Generator *generator = value_as_generator(step->generator);
  if (step->arguments) {
    result = unwrap(generator, result);
  } else {
    if (result == VALUE_STOP) result = raise_none(CLASS_STOP_ASYNC_ITERATION);
    if (result && is_wrapped(result)) return ignored_exit(step);
  }
  return result ? result : step_raised(step);
}
static Value athrow_start(AsyncStep *step, Value value) {
  Generator *generator = value_as_generator(step->generator);
  if (generator->running_async) {
    step->state = AWAIT_CLOSED;
    return raise(CLASS_RUNTIME_ERROR, "%s(): asynchronous generator is already running",
                 step->arguments ? "athrow" : "aclose");
  }
  if (generator->closed) {
    step->state = AWAIT_CLOSED;
    return raise_none(CLASS_STOP_ASYNC_ITERATION);
  }
  if (value != VALUE_NONE) return raise(CLASS_RUNTIME_ERROR, "can't send non-None value to a just-started coroutine");
  step->state = AWAIT_STARTED;
  generator->running_async = true;
  Value result;
  if (step->arguments) {
    Tuple *arguments = value_as_tuple(step->arguments);
    result = throw_arguments(step->generator, arguments->items, arguments->count);
  } else {
    generator->closed = true;
    Value exit = value_from_cell(BUILTIN(GENERATOR_EXIT));
    result = throw_arguments(step->generator, &exit, 1);
  }
  return step_result(step, result);
}
static Value athrow_send(Value self, Value value) {
  AsyncStep *step = value_as_step(self);
  Generator *generator = value_as_generator(step->generator);
  if (step->state == AWAIT_CLOSED) return raise_reused("aclose()/athrow()");
  if (generator->state == GENERATOR_FINISHED) {
    step->state = AWAIT_CLOSED;
    return raise_none(CLASS_STOP_ITERATION);
  }
  if (step->state == AWAIT_NEW) return athrow_start(step, value);
  return step_result(step, generator_send(step->generator, value));
}
static Value athrow_next(Value self) {
  return athrow_send(self, VALUE_NONE);
}
static Value athrow_throw(Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!arguments_check_none_by_keyword("throw", keyword_names) || !arguments_check_count("throw", count, 1, 3))
    return NULL;
  AsyncStep *step = value_as_step(self);
  if (step->state == AWAIT_CLOSED) return raise_reused("aclose()/athrow()");
  Value result =
      generator_throw(step->generator, arguments[0], count > 1 ? arguments[1] : NULL, count > 2 ? arguments[2] : NULL);
  return step_result(step, result);
}

#define STEP_METHODS(prefix)                                                                                           \
  NATIVE("__await__", iterate_self, "($self, /)", "Return an iterator to be used in await expression."),               \
      NATIVE("__iter__", iterate_self, "($self, /)", "Implement iter(self)."),                                         \
      NATIVE("__next__", prefix##_next, "($self, /)", "Implement next(self)."),                                        \
      NATIVE("send", prefix##_send, "($self, value, /)", "Resume with a value."),                                      \
      NATIVE("throw", prefix##_throw, NULL, "Raise an exception where it stands."),                                    \
      NATIVE("close", prefix##_close, "($self, /)", "Be done.")
#define asend_close  step_close
#define athrow_close step_close
static const NativeMethod asend_methods[] = {STEP_METHODS(asend), {}};
static const NativeMethod athrow_methods[] = {STEP_METHODS(athrow), {}};
static const CellType step_type = {.name = "async generator step", CELL_VALUES(AsyncStep, generator, arguments)};
const ClassDef async_generator_asend_class = {
    .name = "async_generator_asend",
    .cell_type = &step_type,
    .instance_size = sizeof(AsyncStep),
    .flags = CLASS_NO_NEW,
    .methods = asend_methods,
};
const ClassDef async_generator_athrow_class = {
    .name = "async_generator_athrow",
    .cell_type = &step_type,
    .instance_size = sizeof(AsyncStep),
    .flags = CLASS_NO_NEW,
    .methods = athrow_methods,
};
static const CellType wrapped_type = {.name = "async generator value", CELL_VALUES(WrappedValue, value, value)};
const ClassDef async_generator_wrapped_value_class = {
    .name = "async_generator_wrapped_value",
    .cell_type = &wrapped_type,
    .instance_size = sizeof(WrappedValue),
    .flags = CLASS_NO_NEW,
};

// anext(iterator, default)

typedef struct AnextAwaitable {
  Cell head;
  Value awaitable, otherwise;
} AnextAwaitable;

Value anext_awaitable_new(Value awaitable, Value otherwise) {
  AnextAwaitable *anext = cell_alloc(SHAPE(ANEXT_AWAITABLE), sizeof *anext);
  if (!anext) return NULL;
  gc_init(anext, &anext->awaitable, awaitable);
  gc_init(anext, &anext->otherwise, otherwise);
  return value_from_cell(anext);
}
static AnextAwaitable *value_as_anext(Value value) {
  return (AnextAwaitable *)value_cell(value);
}
// The iterator that is driven; a coroutine gives its wrapper.
static Value anext_iterator(AnextAwaitable *anext) {
  Value iterator = coroutine_get_awaitable(anext->awaitable, 0);
  return iterator && VALUE_IS_EXACT(iterator, COROUTINE) ? value_call_method_0(iterator, "__await__") : iterator;
}
static Value anext_result(AnextAwaitable *anext, Value result) {
  if (result == VALUE_STOP) return raise_none(CLASS_STOP_ITERATION);
  if (!result && exception_clear_if(CLASS_STOP_ASYNC_ITERATION)) return raise_stop_iteration(anext->otherwise);
  return result;
}
static Value anext_next(Value self) {
  AnextAwaitable *anext = value_as_anext(self);
  Value iterator = anext_iterator(anext);
  return iterator ? anext_result(anext, iterator_step(iterator)) : NULL;
}
static Value anext_forward(Value self, const char *method, Value *arguments, size_t count) {
  AnextAwaitable *anext = value_as_anext(self);
  Value iterator = anext_iterator(anext);
  return iterator ? anext_result(anext, value_call_method(iterator, method, arguments, count)) : NULL;
}
static Value anext_send(Value self, Value value) {
  return anext_forward(self, "send", &value, 1);
}
static Value anext_throw(Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!arguments_check_none_by_keyword("throw", keyword_names) || !arguments_check_count("throw", count, 1, 3))
    return NULL;
  return anext_forward(self, "throw", arguments, count);
}
static Value anext_close(Value self) {
  return anext_forward(self, "close", NULL, 0);
}
static const NativeMethod anext_methods[] = {STEP_METHODS(anext), {}};
static const CellType anext_type = {.name = "anext awaitable", CELL_VALUES(AnextAwaitable, awaitable, otherwise)};
const ClassDef anext_awaitable_class = {
    .name = "anext_awaitable",
    .cell_type = &anext_type,
    .instance_size = sizeof(AnextAwaitable),
    .flags = CLASS_NO_NEW,
    .methods = anext_methods,
};
