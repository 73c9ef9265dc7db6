// Functions, bound methods and closure cells as Python sees them.
//
// Threads: each attribute is one word, stored whole; a call uses the code or defaults of before or after an assignment.
#include "runtime/object/function.h"
#include "runtime/object/code_image.h"

#include "runtime/heap/heap.h"
#include "runtime/object/arguments.h"
#include "runtime/object/attributes.h"
#include "runtime/object/call.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/dict.h"
#include "runtime/object/frame.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include "runtime/thread/safepoint.h"

static Function *function_of(Value value) {
  return (Function *)value_cell(value);
}

static Value or_none(Value value) {
  return value ? value : VALUE_NONE;
}

// Its __builtins__, a dict or a module.
Value function_builtins_named(Value globals) {
  Value builtins = dict_get_name(globals, NAME(__builtins__));
  if (builtins && value_is_instance(builtins, BUILTIN(MODULE))) return instance_live_dict(builtins);
  return builtins && value_is_dict(builtins) ? builtins : NULL;
}
static Value builtins_for(Value globals) {
  Value builtins = function_builtins_named(globals);
  if (builtins) return builtins;
  // A function made from others' code sees what its maker sees.
  Frame *frame = frame_skip_entries(thread_current()->frame);
  return frame && frame->builtins ? frame->builtins : runtime.builtins ? runtime.builtins : globals;
}

Value function_new(Value code, Value globals, Value closure) {
  return function_make(code, globals, builtins_for(globals), closure);
}

Value function_make(Value code, Value globals, Value builtins, Value closure) {
  Function *function = class_allocate(BUILTIN(FUNCTION), 0);
  if (!function) return NULL;
  Code *body = value_as_code(code);
  gc_init(function, &function->code, code);
  gc_init(function, &function->globals, globals);
  gc_init(function, &function->builtins, builtins);
  gc_init(function, &function->name, body->name);
  gc_init(function, &function->qualified_name, body->qualified_name);
  gc_init(function, &function->closure, closure);
  gc_init(function, &function->module, dict_get_name(globals, NAME(__name__)));
  atomic_init(&function->version, 1);
  return value_from_cell(function);
}

// Attributes

static bool refuse(const char *message) {
  raise_type_error("%s", message);
  return false;
}

static void function_changed(Value self) {
  atomic_fetch_add(&function_of(self)->version, 1);
  trust_broken(function_of(self));
}

static Value get_code(Value self) {
  return function_of(self)->code;
}

// A docstring is the code's first constant, and most are never asked for.
static Value get_doc(Value self) {
  Value doc = gc_load(&function_of(self)->doc);
  if (doc) return doc;
  Value first = code_image_first_constant(value_as_code(gc_load(&function_of(self)->code)));
  if (!first && exception_pending()) return NULL;
  doc = first && value_is_str(first) ? first : VALUE_NONE;
  gc_store(function_of(self), &function_of(self)->doc, doc);
  return doc;
}
static bool set_doc(Value self, Value value) {
  gc_store(function_of(self), &function_of(self)->doc, value ? value : VALUE_NONE);
  return true;
}

static bool set_code(Value self, Value value) {
  Function *function = function_of(self);
  if (!value || !value_is_code(value)) return refuse("__code__ must be set to a code object");
  size_t free_count = value_as_code(value)->free_count;
  size_t cell_count = function->closure ? tuple_count(function->closure) : 0;
  if (free_count != cell_count) {
    raise_value_error("%U() requires a code object with %zu free vars, not %zu", function->name, cell_count,
                      free_count);
    return false;
  }
  if (!get_doc(self)) return false; // it comes from the code that the function was made with
  gc_store(function, &function->code, value);
  function_changed(self);
  return true;
}

static Value get_name(Value self) {
  return gc_load(&function_of(self)->name);
}

static bool set_name(Value self, Value value) {
  if (!value || !value_is_str(value)) return refuse("__name__ must be set to a string object");
  gc_store(function_of(self), &function_of(self)->name, value);
  return true;
}

static Value get_qualified_name(Value self) {
  return gc_load(&function_of(self)->qualified_name);
}

static bool set_qualified_name(Value self, Value value) {
  if (!value || !value_is_str(value)) return refuse("__qualname__ must be set to a string object");
  gc_store(function_of(self), &function_of(self)->qualified_name, value);
  return true;
}

static Value get_defaults(Value self) {
  return or_none(function_of(self)->defaults);
}

static bool set_defaults(Value self, Value value) {
  if (value == VALUE_NONE) value = NULL;
  if (value && !value_is_tuple(value)) return refuse("__defaults__ must be set to a tuple object");
  gc_store(function_of(self), &function_of(self)->defaults, value);
  function_changed(self);
  return true;
}

static Value get_keyword_defaults(Value self) {
  return or_none(function_of(self)->keyword_defaults);
}

static bool set_keyword_defaults(Value self, Value value) {
  if (value == VALUE_NONE) value = NULL;
  if (value && !value_is_dict(value)) return refuse("__kwdefaults__ must be set to a dict object");
  gc_store(function_of(self), &function_of(self)->keyword_defaults, value);
  function_changed(self);
  return true;
}

// Annotations are made as a flat tuple of names and values; the dict is made when somebody asks.
static Value get_annotations(Value self) {
  Function *function = function_of(self);
  Value annotations = gc_load(&function->annotations);
  if (annotations && value_is_dict(annotations)) return annotations;
  Value dict = dict_new();
  if (!dict) return NULL;
  for (size_t i = 0; annotations && i + 1 < tuple_count(annotations); i += 2)
    if (!dict_set(dict, tuple_item(annotations, i), tuple_item(annotations, i + 1))) return NULL;
  return gc_cas(function, &function->annotations, annotations, dict) ? dict : get_annotations(self);
}

static bool set_annotations(Value self, Value value) {
  if (value == VALUE_NONE) value = NULL;
  if (value && !value_is_dict(value)) return refuse("__annotations__ must be set to a dict object");
  gc_store(function_of(self), &function_of(self)->annotations, value);
  return true;
}

Value function_annotations(Value function) {
  return get_annotations(function);
}

static const NativeProperty function_properties[] = {
    {"__code__", get_code, set_code, NULL},
    {"__name__", get_name, set_name, NULL},
    {"__qualname__", get_qualified_name, set_qualified_name, NULL},
    {"__defaults__", get_defaults, set_defaults, NULL},
    {"__kwdefaults__", get_keyword_defaults, set_keyword_defaults, NULL},
    {"__annotations__", get_annotations, set_annotations, NULL},
    {"__doc__", get_doc, set_doc, NULL},
    {}};

static const NativeMember function_members[] = {
    {"__closure__", MEMBER_VALUE_OR_NONE, false, offsetof(Function, closure), NULL},
    {"__globals__", MEMBER_VALUE, false, offsetof(Function, globals), NULL},
    {"__builtins__", MEMBER_VALUE, false, offsetof(Function, builtins), NULL},
    {"__module__", MEMBER_VALUE_OR_NONE, true, offsetof(Function, module), NULL},
    {}};

static Value function_repr(Value self) {
  return str_format_c("<function %U at 0x%lx>", function_of(self)->qualified_name, value_bits(self));
}

static Value function_call(Value self, Value *arguments, size_t count, Value keyword_names) {
  return runtime_hooks.call_function(self, arguments, count, keyword_names);
}

static bool closure_fits(Value code, Value closure) {
  Code *body = value_as_code(code);
  bool is_tuple = value_is_tuple(closure);
  if (!is_tuple && body->free_count && closure == VALUE_NONE) return refuse("arg 5 (closure) must be tuple");
  if (!is_tuple && closure != VALUE_NONE) return refuse("arg 5 (closure) must be None or tuple");
  size_t count = is_tuple ? tuple_count(closure) : 0;
  if (body->free_count != count) {
    raise_value_error("%U requires closure of length %zu, not %zu", body->name, (size_t)body->free_count, count);
    return false;
  }
  for (size_t i = 0; i < count; i++) {
    if (VALUE_IS_EXACT(tuple_item(closure, i), CELL)) continue;
    raise_type_error("arg 5 (closure) expected cell, found %T", tuple_item(closure, i));
    return false;
  }
  return true;
}

static Value function_new_method(Value, Value code, Value globals, Value name, Value defaults, Value closure) {
  if (!value_is_code(code)) return raise_bad_argument("function", "code", "code", code);
  if (!value_is_dict(globals)) return raise_bad_argument("function", "globals", "dict", globals);
  if (name && name != VALUE_NONE && !value_is_str(name)) return raise_type_error("arg 3 (name) must be None or string");
  if (defaults && defaults != VALUE_NONE && !value_is_tuple(defaults))
    return raise_type_error("arg 4 (defaults) must be None or tuple");
  if (!closure) closure = VALUE_NONE;
  if (!closure_fits(code, closure)) return NULL;
  Value function = function_new(code, globals, value_is_tuple(closure) && tuple_count(closure) ? closure : NULL);
  if (!function) return NULL;
  if (name && name != VALUE_NONE) gc_store(function_of(function), &function_of(function)->name, name);
  if (defaults && defaults != VALUE_NONE) gc_store(function_of(function), &function_of(function)->defaults, defaults);
  return function;
}

static const NativeMethod function_methods[] = {
    NATIVE("__new__", function_new_method, "($type, code, globals, name=None, argdefs=None, closure=None)",
           "Create a function object.", NATIVE_STATIC),
    NATIVE("__call__", function_call, "($self, /, *args, **kwargs)", "Call self as a function."),
    NATIVE("__get__", descriptor_get_method, "($self, instance, owner=None, /)", "Bind the function to instance."),
    NATIVE("__repr__", function_repr, "($self, /)", "Return repr(self)."),
    {}};

static const CellType function_cell_type = {.name = "function", CELL_VALUES(Function, code, closure)};

const ClassDef function_class = {
    .name = "function",
    .doc = "A function made by def or lambda.",
    .cell_type = &function_cell_type,
    .instance_size = sizeof(Function),
    .flags = CLASS_HAS_DICT | CLASS_EXTERNAL_DICT | CLASS_HAS_WEAKREF | CLASS_BINDS_AS_METHOD,
    .methods = function_methods,
    .properties = function_properties,
    .members = function_members,
};
