// classmethod and staticmethod.
//
// Threads: the callable is one word, stored whole.
#include "runtime/heap/heap.h"
#include "runtime/object/attributes.h"
#include "runtime/object/call.h"
#include "runtime/object/class_internal.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/slots.h"
#include "runtime/object/str.h"

static MethodDecorator *decorator_of(Value value) {
  return (MethodDecorator *)value_cell(value);
}

static Value decorator_new(ClassId class, Value callable) {
  MethodDecorator *decorator = class_allocate(builtin_classes[class], 0);
  if (!decorator) return NULL;
  gc_init(decorator, &decorator->callable, callable);
  return value_from_cell(decorator);
}

// The decorator looks like what it wraps.
static bool copy_attributes(Value self, Value callable) {
  Value names[] = {NAME(__module__), NAME(__name__), NAME(__qualname__), NAME(__doc__), NAME(__annotations__)};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    Value value;
    int found = value_find_attribute(callable, names[i], &value);
    if (found < 0 || (found && !value_set_attribute(self, names[i], value))) return false;
  }
  return true;
}

// Made by the runtime for plain functions whose wrapper nobody asks for names: they are found through __wrapped__.
static Value wrap(ClassId class, Value callable) {
  Value self = decorator_new(class, callable);
  if (!self || !value_is_instance(callable, BUILTIN(FUNCTION))) return self;
  return copy_attributes(self, callable) ? self : NULL;
}

Value classmethod_new(Value callable) {
  return wrap(CLASS_CLASSMETHOD, callable);
}

Value staticmethod_new(Value callable) {
  return wrap(CLASS_STATICMETHOD, callable);
}

static Value decorator_init(Value self, Value callable) {
  Value former = gc_load(&decorator_of(self)->callable);
  gc_store(decorator_of(self), &decorator_of(self)->callable, callable);
  if (former) results_invalidate_all(); // lookups that found it have remembered the callable
  return copy_attributes(self, callable) ? VALUE_NONE : NULL;
}

static Value get_wrapped(Value self) {
  Value callable = gc_load(&decorator_of(self)->callable);
  return callable ? callable : VALUE_NONE;
}

static Value get_abstract(Value self) {
  Value callable = decorator_of(self)->callable, abstract;
  int found = callable ? value_find_attribute(callable, NAME(__isabstractmethod__), &abstract) : 0;
  int truth = found > 0 ? value_truth(abstract) : found;
  return truth < 0 ? NULL : value_from_bool(truth);
}

static Value classmethod_repr(Value self) {
  return str_format_c("<classmethod(%R)>", get_wrapped(self));
}

static Value staticmethod_repr(Value self) {
  return str_format_c("<staticmethod(%R)>", get_wrapped(self));
}

static Value staticmethod_call(Value self, Value *arguments, size_t count, Value keyword_names) {
  return value_call(get_wrapped(self), arguments, count, keyword_names);
}

// Also for subclasses, which descriptor_get() knows only by this method.
static Value staticmethod_get(Value self, Value, Value) {
  Value callable = gc_load(&decorator_of(self)->callable);
  return callable ? callable : raise(CLASS_RUNTIME_ERROR, "uninitialized staticmethod object");
}

static Value classmethod_get(Value self, Value instance, Value owner) {
  bool no_owner = !owner || owner == VALUE_NONE;
  if (no_owner && instance == VALUE_NONE) return raise_type_error("__get__(None, None) is invalid");
  return classmethod_bind(self, no_owner ? value_from_cell(value_class(instance)) : owner);
}

static const NativeMethod classmethod_methods[] = {
    NATIVE("__init__", decorator_init, "($self, function, /)", "Initialize self."),
    NATIVE("__get__", classmethod_get, "($self, instance, owner=None, /)", "Bind the function to the class."),
    NATIVE("__repr__", classmethod_repr, "($self, /)", "Return repr(self)."),
    {}};
static const NativeMethod staticmethod_methods[] = {
    NATIVE("__init__", decorator_init, "($self, function, /)", "Initialize self."),
    NATIVE("__get__", staticmethod_get, "($self, instance, owner=None, /)", "Return the function."),
    NATIVE("__call__", staticmethod_call, "($self, /, *args, **kwargs)", "Call self as a function."),
    NATIVE("__repr__", staticmethod_repr, "($self, /)", "Return repr(self)."),
    {}};
static const NativeProperty decorator_properties[] = {{"__isabstractmethod__", get_abstract, NULL, NULL}, {}};
static const NativeMember decorator_members[] = {
    {"__func__", MEMBER_VALUE_OR_NONE, false, offsetof(MethodDecorator, callable), NULL},
    {"__wrapped__", MEMBER_VALUE_OR_NONE, false, offsetof(MethodDecorator, callable), NULL},
    {}};
static const CellType decorator_cell_type = {.name = "method decorator",
                                             CELL_VALUES(MethodDecorator, callable, callable)};

const ClassDef classmethod_class = {
    .name = "classmethod",
    .doc = "A method that receives the class as its first argument.",
    .cell_type = &decorator_cell_type,
    .instance_size = sizeof(MethodDecorator),
    .flags = CLASS_BASE_TYPE | CLASS_HAS_DICT | CLASS_EXTERNAL_DICT,
    .methods = classmethod_methods,
    .properties = decorator_properties,
    .members = decorator_members,
};
const ClassDef staticmethod_class = {
    .name = "staticmethod",
    .doc = "A function in a class that receives nothing but its arguments.",
    .cell_type = &decorator_cell_type,
    .instance_size = sizeof(MethodDecorator),
    .flags = CLASS_BASE_TYPE | CLASS_HAS_DICT | CLASS_EXTERNAL_DICT,
    .methods = staticmethod_methods,
    .properties = decorator_properties,
    .members = decorator_members,
};
