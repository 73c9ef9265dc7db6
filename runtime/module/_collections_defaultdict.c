// collections.defaultdict: a dict whose __missing__ asks a factory.
//
// Threads: as dict. A missing key that a native class makes the value for gets it in one step: all threads see the same
// list of a defaultdict(list). A factory in Python may run in two threads, and the later value stays, as in CPython.

#include "runtime/module/_collections.h"
#include "runtime/object/call.h"
#include "runtime/object/dict.h"

typedef struct DefaultDict {
  Dict dict;
  Value factory; // zero or None: none
} DefaultDict;

static inline DefaultDict *default_dict_of(Value value) {
  return (DefaultDict *)value_cell(value);
}

// Zero: none.
static inline Value default_dict_factory(Value self) {
  Value factory = gc_load(&default_dict_of(self)->factory);
  return factory == VALUE_NONE ? NULL : factory;
}

static void default_dict_trace(Cell *cell, Tracer *tracer) {
  DefaultDict *self = (DefaultDict *)cell;
  trace_value(tracer, self->dict.table);
  trace_value(tracer, self->factory);
}

static Value default_dict_initialize(Value self, Value *arguments, size_t count, Value keyword_names) {
  Value factory = NULL;
  if (count) {
    if (arguments[0] != VALUE_NONE) {
      if (!value_is_callable(arguments[0])) return raise_type_error("first argument must be callable or None");
      factory = arguments[0];
    }
    arguments++;
    count--;
  }
  gc_store(default_dict_of(self), &default_dict_of(self)->factory, factory);
  Value initialize = class_special(BUILTIN(DICT), SPECIAL_INIT);
  return call_with_first(initialize, self, arguments, count, keyword_names) ? VALUE_NONE : NULL;
}

static bool stores_plainly(Value self) {
  return class_special(value_class(self), SPECIAL_SETITEM) == class_special(BUILTIN(DICT), SPECIAL_SETITEM);
}

static Value default_dict_missing(Value self, Value key) {
  Value factory = default_dict_factory(self);
  if (!factory) return raise_key_error(key);
  Value value = value_call_0(factory);
  if (!value) return NULL;
  bool is_native = value_is_class(factory) && !(value_as_class(factory)->flags & CLASS_HEAP_TYPE);
  if (threads_started && is_native && stores_plainly(self)) return dict_set_default(self, key, value);
  return value_set_item(self, key, value) ? value : NULL;
}

static Value default_dict_copy(Value self) {
  Value factory = default_dict_factory(self);
  return value_call_2(value_from_cell(value_class(self)), factory ? factory : VALUE_NONE, self);
}

static Value default_dict_reduce(Value self) {
  Value factory = default_dict_factory(self);
  Value items = value_call_method_0(self, "items"), iterator = items ? value_iterate(items) : NULL;
  return tuple_of(5, value_from_cell(value_class(self)), factory ? tuple_of(1, factory) : tuple_new(NULL, 0),
                  VALUE_NONE, VALUE_NONE, iterator);
}

static Value default_dict_repr(Value self) {
  Value contents = special_call_1(class_special(BUILTIN(DICT), SPECIAL_REPR), self);
  if (!contents) return NULL;
  Value factory = default_dict_factory(self), text;
  // The factory may be a bound method of this very dict.
  int entered = factory ? repr_enter(factory) : 1;
  if (entered < 0) return NULL;
  if (!factory) {
    text = str_from_c("None");
  } else if (entered) {
    text = str_from_c("...");
  } else {
    text = value_repr(factory);
    repr_leave(factory);
  }
  return text ? str_format_c("%U(%U, %U)", value_class(self)->name, text, contents) : NULL;
}

static Value default_dict_or(Value self, Value other) {
  if (!value_is_dict(other)) return VALUE_NOT_IMPLEMENTED;
  Value result = default_dict_copy(self);
  return result && dict_update(result, other, true) ? result : NULL;
}

static Value default_dict_reflected_or(Value self, Value other) {
  if (!value_is_dict(other)) return VALUE_NOT_IMPLEMENTED;
  Value factory = default_dict_factory(self);
  Value result = value_call_2(value_from_cell(value_class(self)), factory ? factory : VALUE_NONE, other);
  return result && dict_update(result, self, true) ? result : NULL;
}

static const NativeMethod default_dict_methods[] = {
    NATIVE("__init__", default_dict_initialize, "($self, /, *args, **kwargs)", "Set the factory and fill the dict."),
    NATIVE("__repr__", default_dict_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__or__", default_dict_or, "($self, value, /)", "Return self|value."),
    NATIVE("__ror__", default_dict_reflected_or, "($self, value, /)", "Return value|self."),
    NATIVE("__missing__", default_dict_missing, "($self, key, /)", "Store and return what the factory makes."),
    NATIVE("__copy__", default_dict_copy, NULL, "Return a shallow copy."),
    NATIVE("__reduce__", default_dict_reduce, NULL, "What pickle needs to rebuild the dict."),
    NATIVE("copy", default_dict_copy, NULL, "Return a shallow copy."),
    CLASS_GETITEM_ENTRY,
    {},
};
static const NativeMember default_dict_members[] = {
    {"default_factory", MEMBER_VALUE_OR_NONE, true, offsetof(DefaultDict, factory), "Factory for missing keys."},
    {},
};
static const CellType default_dict_type = {.name = "defaultdict", .trace = default_dict_trace};
const ClassDef default_dict_class = {
    .name = "collections.defaultdict",
    .doc = "defaultdict(default_factory=None, /, [...]) --> dict with default factory",
    .cell_type = &default_dict_type,
    .instance_size = sizeof(DefaultDict),
    .snapshot = dict_keys,
    .flags = CLASS_BASE_TYPE,
    .methods = default_dict_methods,
    .members = default_dict_members,
};
