// Coroutines, what they may wait for, and the iterator that their __await__ gives.
//
// Threads: as generators: entered by one thread at a time.
#include "runtime/heap/heap.h"
#include "runtime/object/exception.h"
#include "runtime/object/generator_internal.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

// Warns through warnings._warn_unawaited_coroutine, which tells where the coroutine was made, or plainly without it.
void coroutine_warn_unawaited(Value coroutine) {
  Value name = NAME(warnings), module = runtime.modules ? value_get_item(runtime.modules, name) : NULL, function;
  if (!module) exception_clear();
  bool warned = module && value_find_attribute(module, NAME(_warn_unawaited_coroutine), &function) > 0 &&
                (value_call_1(function, coroutine) || exception_is(CLASS_RUNTIME_WARNING));
  if (exception_pending()) exception_write_unraisable(coroutine, NULL);
  if (!warned && !warn(CLASS_RUNTIME_WARNING, 1, "coroutine '%S' was never awaited",
                       value_as_generator(coroutine)->qualified_name))
    exception_write_unraisable(coroutine, NULL);
}

static bool is_iterable_coroutine(Value value) {
  return VALUE_IS_EXACT(value, GENERATOR) &&
         value_as_code(value_as_generator(value)->code)->flags & CODE_ITERABLE_COROUTINE;
}

// The iterator behind an awaitable. Zero: exception.
static Value awaitable_iterator(Value value, int context) {
  if (VALUE_IS_EXACT(value, COROUTINE) || is_iterable_coroutine(value)) return value;
  Value method = value_special(value, SPECIAL_AWAIT);
  if (!method) {
    static const char *const formats[] = {
        "object %.100T can't be used in 'await' expression",
        "'async with' received an object from __aenter__ that does not implement __await__: %.100T",
        "'async with' received an object from __aexit__ that does not implement __await__: %.100T",
    };
    return raise_type_error(formats[context], value);
  }
  Value iterator = special_call_1(method, value);
  if (!iterator) return NULL;
  if (VALUE_IS_EXACT(iterator, COROUTINE) || is_iterable_coroutine(iterator))
    return raise_type_error("__await__() returned a coroutine");
  if (!value_is_iterator(iterator))
    return raise_type_error("__await__() returned non-iterator of type '%.100T'", iterator);
  return iterator;
}

Value coroutine_get_awaitable(Value value, int context) {
  Value iterator = awaitable_iterator(value, context);
  if (iterator && VALUE_IS_EXACT(iterator, COROUTINE) && generator_delegate(value_as_generator(iterator)))
    return raise(CLASS_RUNTIME_ERROR, "coroutine is being awaited already");
  return iterator;
}

Value coroutine_yield_from_iterator(Value value, const Code *code) {
  if (VALUE_IS_EXACT(value, COROUTINE)) {
    if (!(code->flags & (CODE_COROUTINE | CODE_ITERABLE_COROUTINE)))
      return raise_type_error("cannot 'yield from' a coroutine object in a non-coroutine generator");
    return value;
  }
  return VALUE_IS_EXACT(value, GENERATOR) ? value : value_iterate(value);
}

Value iterator_step(Value iterator) {
  Value method = value_special(iterator, SPECIAL_NEXT);
  if (!method) return raise_type_error("'%.200T' object is not an iterator", iterator);
  return special_call_1(method, iterator);
}

// The type

static Value get_origin(Value self) {
  Value origin = value_as_generator(self)->origin;
  return origin ? origin : VALUE_NONE;
}

typedef struct CoroutineWrapper {
  Cell head;
  Value coroutine;
} CoroutineWrapper;

static Value coroutine_await(Value self) {
  CoroutineWrapper *wrapper = cell_alloc(SHAPE(COROUTINE_WRAPPER), sizeof *wrapper);
  if (!wrapper) return NULL;
  gc_init(wrapper, &wrapper->coroutine, self);
  return value_from_cell(wrapper);
}

static const NativeMethod methods[] = {
    NATIVE("__await__", coroutine_await, "($self, /)", "Return an iterator to be used in await expression."),
    GENERATOR_METHODS("coroutine"),
    {},
};
static const NativeProperty properties[] = {
    GENERATOR_NAMES("coroutine"),
    {"cr_await", generator_get_delegate, NULL, "What it awaits, or None."},
    {"cr_running", generator_get_running, NULL, NULL},
    {"cr_frame", generator_get_frame, NULL, NULL},
    {"cr_code", generator_get_code, NULL, NULL},
    {"cr_origin", get_origin, NULL, NULL},
    {"cr_suspended", generator_get_suspended, NULL, NULL},
    {},
};
const ClassDef coroutine_class = {
    .name = "coroutine",
    .cell_type = &generator_cell_type,
    .instance_size = sizeof(Generator),
    .flags = CLASS_NO_NEW | CLASS_HAS_WEAKREF | CLASS_VARIABLE_SIZE,
    .methods = methods,
    .properties = properties,
};

static Value wrapped(Value self) {
  return ((CoroutineWrapper *)value_cell(self))->coroutine;
}
static Value wrapper_iterate(Value self) {
  return self;
}
static Value wrapper_next(Value self) {
  return generator_method_next(wrapped(self));
}
static Value wrapper_send(Value self, Value value) {
  return generator_method_send(wrapped(self), value);
}
static Value wrapper_throw(Value self, Value *arguments, size_t count, Value keyword_names) {
  return generator_method_throw(wrapped(self), arguments, count, keyword_names);
}
static Value wrapper_close(Value self) {
  return generator_method_close(wrapped(self));
}
static const NativeMethod wrapper_methods[] = {
    NATIVE("__iter__", wrapper_iterate, "($self, /)", "Implement iter(self)."),
    NATIVE("__next__", wrapper_next, "($self, /)", "Implement next(self)."),
    NATIVE("send", wrapper_send, "($self, arg, /)", "Resume with a value; return what is yielded next."),
    NATIVE("throw", wrapper_throw, NULL, "Raise an exception where it stands; return what is yielded."),
    NATIVE("close", wrapper_close, "($self, /)", "Raise GeneratorExit where it stands."),
    {},
};
static const CellType wrapper_type = {.name = "coroutine wrapper", CELL_VALUES(CoroutineWrapper, coroutine, coroutine)};
const ClassDef coroutine_wrapper_class = {
    .name = "coroutine_wrapper",
    .doc = "A wrapper object implementing __await__ for coroutines.",
    .cell_type = &wrapper_type,
    .instance_size = sizeof(CoroutineWrapper),
    .flags = CLASS_NO_NEW,
    .methods = wrapper_methods,
};
