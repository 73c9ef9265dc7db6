// The types of built-in functions as Python code sees them: builtin_function_or_method, method_descriptor,
// classmethod_descriptor, wrapper_descriptor, method-wrapper. All are NativeObjects.
//
// Threads: immutable.
#include "runtime/heap/heap.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

static NativeObject *native_of(Value self) {
  return (NativeObject *)value_cell(self);
}

static bool is_module_function(const NativeObject *native) {
  return !native->owner;
}

static Value get_name(Value self) {
  return str_intern_c(native_of(self)->method->name);
}

static Value get_qualified_name(Value self) {
  NativeObject *native = native_of(self);
  if (is_module_function(native)) return get_name(self);
  return str_format_c("%U.%s", native_holder(native)->qualified_name, native->method->name);
}

static Value get_doc(Value self) {
  const char *doc = native_of(self)->method->doc;
  return doc ? str_from_c(doc) : VALUE_NONE;
}

static Value get_text_signature(Value self) {
  const char *signature = native_of(self)->method->signature;
  return signature ? str_from_c(signature) : VALUE_NONE;
}

static Value get_self(Value self) {
  NativeObject *native = native_of(self);
  bool is_static = native->owner && (native->method->flags & NATIVE_STATIC) && !native_is_new(native);
  return native->self && !is_static ? native->self : VALUE_NONE;
}

static Value get_module(Value self) {
  Value module = native_of(self)->module;
  return module ? module : VALUE_NONE;
}

static bool set_module(Value self, Value value) {
  gc_store(value_cell(self), &native_of(self)->module, value);
  return true;
}

static Value native_call_method(Value self, Value *arguments, size_t count, Value keyword_names) {
  return native_call(native_of(self), NULL, arguments, count, keyword_names);
}

static Value native_compare(Value a, Value b, bool equal) {
  if (value_class(a) != value_class(b)) return VALUE_NOT_IMPLEMENTED;
  NativeObject *x = native_of(a), *y = native_of(b);
  bool same = x->self == y->self && x->method->function.any == y->method->function.any;
  return value_from_bool(same == equal);
}

static Value native_equal(Value a, Value b) {
  return native_compare(a, b, true);
}

static Value native_not_equal(Value a, Value b) {
  return native_compare(a, b, false);
}

static Value native_hash(Value self) {
  NativeObject *native = native_of(self);
  uint64_t hash = (uint64_t)(uintptr_t)native->method->function.any >> 4;
  if (native->self) hash ^= (uint64_t)value_identity_hash(native->self);
  return value_from_small_int((int64_t)(hash >> 3));
}

static Value reduce_by_getattr(Value object, Value name) {
  Value arguments = name ? tuple_of(2, object, name) : NULL;
  return arguments ? tuple_of(2, dict_get_name(runtime.builtins, NAME(getattr)), arguments) : NULL;
}

// builtin_function_or_method

static Value function_repr(Value self) {
  NativeObject *native = native_of(self);
  if (!native->self || is_module_function(native)) return str_format_c("<built-in function %s>", native->method->name);
  return str_format_c("<built-in method %s of %T object at 0x%lx>", native->method->name, native->self,
                      value_bits(native->self));
}

static Value function_reduce(Value self) {
  NativeObject *native = native_of(self);
  if (!native->self || is_module_function(native)) return get_name(self);
  return reduce_by_getattr(native->self, get_name(self));
}

static const NativeMethod function_methods[] = {
    NATIVE("__call__", native_call_method, "($self, /, *args, **kwargs)", "Call self as a function."),
    NATIVE("__repr__", function_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__eq__", native_equal, "($self, value, /)", "Return self==value."),
    NATIVE("__ne__", native_not_equal, "($self, value, /)", "Return self!=value."),
    NATIVE("__hash__", native_hash, "($self, /)", "Return hash(self)."),
    NATIVE("__reduce__", function_reduce, "($self, /)", "Say how to find the function again, for pickling."),
    {}};
static const NativeProperty function_properties[] = {{"__doc__", get_doc, NULL, NULL},
                                                     {"__name__", get_name, NULL, NULL},
                                                     {"__qualname__", get_qualified_name, NULL, NULL},
                                                     {"__self__", get_self, NULL, NULL},
                                                     {"__text_signature__", get_text_signature, NULL, NULL},
                                                     {"__module__", get_module, set_module, NULL},
                                                     {}};

static const CellType native_cell_type = {.name = "native function", CELL_VALUES(NativeObject, self, module)};

const ClassDef builtin_function_class = {
    .name = "builtin_function_or_method",
    .cell_type = &native_cell_type,
    .instance_size = sizeof(NativeObject),
    .flags = CLASS_NO_NEW | CLASS_HAS_WEAKREF,
    .methods = function_methods,
    .properties = function_properties,
};

// Descriptors

static Value descriptor_repr(Value self) {
  bool is_slot = VALUE_IS_EXACT(self, SLOT_WRAPPER);
  return str_format_c("<%s '%s' of '%N' objects>", is_slot ? "slot wrapper" : "method", native_of(self)->method->name,
                      value_as_class(native_of(self)->owner));
}

static Value descriptor_reduce(Value self) {
  return reduce_by_getattr(native_of(self)->owner, get_name(self));
}

static const NativeMethod descriptor_methods[] = {
    NATIVE("__call__", native_call_method, "($self, /, *args, **kwargs)", "Call self as a function."),
    NATIVE("__repr__", descriptor_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__get__", descriptor_get_method, "($self, instance, owner=None, /)", "Bind the method to instance."),
    NATIVE("__reduce__", descriptor_reduce, "($self, /)", "Say how to find the method again, for pickling."),
    {}};
static const NativeProperty descriptor_properties[] = {{"__doc__", get_doc, NULL, NULL},
                                                       {"__name__", get_name, NULL, NULL},
                                                       {"__qualname__", get_qualified_name, NULL, NULL},
                                                       {"__text_signature__", get_text_signature, NULL, NULL},
                                                       {}};
static const NativeMember descriptor_members[] = {
    {"__objclass__", MEMBER_VALUE, false, offsetof(NativeObject, owner), NULL}, {}};

// A class method's descriptor cannot be pickled.
static const NativeMethod classmethod_descriptor_methods[] = {
    NATIVE("__call__", native_call_method, "($self, /, *args, **kwargs)", "Call self as a function."),
    NATIVE("__repr__", descriptor_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__get__", descriptor_get_method, "($self, instance, owner=None, /)", "Bind the method to the class."),
    {}};

#define DESCRIPTOR_CLASS(variable, text, methods_, more_flags)                                                         \
  const ClassDef variable = {                                                                                          \
      .name = text,                                                                                                    \
      .cell_type = &native_cell_type,                                                                                  \
      .instance_size = sizeof(NativeObject),                                                                           \
      .flags = CLASS_NO_NEW | (more_flags),                                                                            \
      .methods = methods_,                                                                                             \
      .properties = descriptor_properties,                                                                             \
      .members = descriptor_members,                                                                                   \
  }
DESCRIPTOR_CLASS(method_descriptor_class, "method_descriptor", descriptor_methods, CLASS_BINDS_AS_METHOD);
DESCRIPTOR_CLASS(slot_wrapper_class, "wrapper_descriptor", descriptor_methods, CLASS_BINDS_AS_METHOD);
DESCRIPTOR_CLASS(classmethod_descriptor_class, "classmethod_descriptor", classmethod_descriptor_methods, 0);

// method-wrapper

static Value wrapper_repr(Value self) {
  NativeObject *native = native_of(self);
  return str_format_c("<method-wrapper '%s' of %T object at 0x%lx>", native->method->name, native->self,
                      value_bits(native->self));
}

static Value wrapper_reduce(Value self) {
  return reduce_by_getattr(native_of(self)->self, get_name(self));
}

static Value wrapper_class(Value self) {
  return native_of(self)->owner;
}

static const NativeMethod wrapper_methods[] = {
    NATIVE("__call__", native_call_method, "($self, /, *args, **kwargs)", "Call self as a function."),
    NATIVE("__repr__", wrapper_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__eq__", native_equal, "($self, value, /)", "Return self==value."),
    NATIVE("__ne__", native_not_equal, "($self, value, /)", "Return self!=value."),
    NATIVE("__hash__", native_hash, "($self, /)", "Return hash(self)."),
    NATIVE("__reduce__", wrapper_reduce, "($self, /)", "Say how to find the method again, for pickling."),
    {}};
static const NativeProperty wrapper_properties[] = {{"__doc__", get_doc, NULL, NULL},
                                                    {"__name__", get_name, NULL, NULL},
                                                    {"__qualname__", get_qualified_name, NULL, NULL},
                                                    {"__self__", get_self, NULL, NULL},
                                                    {"__objclass__", wrapper_class, NULL, NULL},
                                                    {"__text_signature__", get_text_signature, NULL, NULL},
                                                    {}};

const ClassDef method_wrapper_class = {
    .name = "method-wrapper",
    .cell_type = &native_cell_type,
    .instance_size = sizeof(NativeObject),
    .flags = CLASS_NO_NEW,
    .methods = wrapper_methods,
    .properties = wrapper_properties,
};
