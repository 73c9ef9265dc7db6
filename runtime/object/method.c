// Bound methods.
//
// Threads: immutable.
#include "runtime/heap/alloc.h"
#include "runtime/object/call.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/dict.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

static Method *method_of(Value value) {
  return (Method *)value_cell(value);
}

Value method_new(Value function, Value self) {
  Method *method = cell_alloc_inline(SHAPE(METHOD), sizeof *method);
  if (!method) return NULL;
  gc_init(method, &method->function, function);
  gc_init(method, &method->self, self);
  return value_from_cell(method);
}

static Value method_new_method(Value, Value function, Value self) {
  if (!value_is_callable(function)) return raise_type_error("first argument must be callable");
  if (self == VALUE_NONE) return raise_type_error("instance must not be None");
  return method_new(function, self);
}

static Value method_call(Value self, Value *arguments, size_t count, Value keyword_names) {
  return call_with_first(method_of(self)->function, method_of(self)->self, arguments, count, keyword_names);
}

// What the method itself does not know, its function does.
static Value method_getattribute(Value self, Value name) {
  if (!value_is_str(name)) return raise_type_error("attribute name must be string, not '%.200T'", name);
  if (!str_is_interned(name) && !(name = str_intern(name))) return NULL;
  Value own = class_lookup(BUILTIN(METHOD), name);
  if (own) return descriptor_get(own, self, BUILTIN(METHOD));
  return value_get_attribute(method_of(self)->function, name);
}

static Value method_repr(Value self) {
  Value name;
  int found = value_find_attribute(method_of(self)->function, NAME(__qualname__), &name);
  if (found == 0) found = value_find_attribute(method_of(self)->function, NAME(__name__), &name);
  if (found < 0) return NULL;
  bool is_text = found && value_is_str(name);
  return str_format_c("<bound method %U of %R>", is_text ? name : str_intern_c("?"), method_of(self)->self);
}

static Value method_hash(Value self) {
  int64_t function = value_hash(method_of(self)->function);
  if (function == -1 && exception_pending()) return NULL;
  return int_from_int64(value_identity_hash(method_of(self)->self) ^ function);
}

static int methods_equal(Value a, Value b) {
  if (method_of(a)->self != method_of(b)->self) return 0;
  return value_equal(method_of(a)->function, method_of(b)->function);
}

static Value method_equal(Value a, Value b) {
  if (!value_is_method(b)) return VALUE_NOT_IMPLEMENTED;
  int equal = methods_equal(a, b);
  return equal < 0 ? NULL : value_from_bool(equal);
}

static Value method_not_equal(Value a, Value b) {
  if (!value_is_method(b)) return VALUE_NOT_IMPLEMENTED;
  int equal = methods_equal(a, b);
  return equal < 0 ? NULL : value_from_bool(!equal);
}

static Value method_reduce(Value self) {
  Value name = value_get_attribute(method_of(self)->function, NAME(__name__));
  Value arguments = name ? tuple_of(2, method_of(self)->self, name) : NULL;
  return arguments ? tuple_of(2, dict_get_name(runtime.builtins, NAME(getattr)), arguments) : NULL;
}

static Value get_doc(Value self) {
  return value_get_attribute(method_of(self)->function, NAME(__doc__));
}

static const NativeMethod method_methods[] = {
    NATIVE("__new__", method_new_method, "($type, function, instance, /)", "Create a bound method.", NATIVE_STATIC),
    NATIVE("__call__", method_call, "($self, /, *args, **kwargs)", "Call self as a function."),
    NATIVE("__getattribute__", method_getattribute, "($self, name, /)", "Return getattr(self, name)."),
    NATIVE("__repr__", method_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__hash__", method_hash, "($self, /)", "Return hash(self)."),
    NATIVE("__eq__", method_equal, "($self, value, /)", "Return self==value."),
    NATIVE("__ne__", method_not_equal, "($self, value, /)", "Return self!=value."),
    NATIVE("__reduce__", method_reduce, "($self, /)", "Say how to find the method again, for pickling."),
    {}};
static const NativeProperty method_properties[] = {{"__doc__", get_doc, NULL, NULL}, {}};
static const NativeMember method_members[] = {
    {"__func__", MEMBER_VALUE, false, offsetof(Method, function), "the function that the method calls"},
    {"__self__", MEMBER_VALUE, false, offsetof(Method, self), "the instance to which it is bound"},
    {}};
static const CellType method_cell_type = {.name = "method", CELL_VALUES(Method, function, self)};

const ClassDef method_class = {
    .name = "method",
    .doc = "A function bound to its first argument.",
    .cell_type = &method_cell_type,
    .instance_size = sizeof(Method),
    .flags = CLASS_HAS_WEAKREF,
    .methods = method_methods,
    .properties = method_properties,
    .members = method_members,
};
