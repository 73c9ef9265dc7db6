// The class `type`: attributes of classes, and what every class can do.
#include "runtime/object/type.h"

#include "runtime/heap/heap.h"
#include "runtime/object/class_create.h"
#include "runtime/object/class_internal.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/int.h"
#include "runtime/object/mapping_proxy.h"
#include "runtime/object/object.h"
#include "runtime/object/str.h"
#include "runtime/object/union.h"

#include <string.h>

static Class *class_of(Value self) {
  return value_as_class(self);
}

// Attributes of classes

Value type_get_attribute(Class *class, Value name, bool *missing) {
  Value self = value_from_cell(class);
  Class *metaclass = value_class(self);
  Value on_metaclass = class_lookup(metaclass, name);
  if (on_metaclass && descriptor_beats_instance(on_metaclass)) return descriptor_get(on_metaclass, self, metaclass);
  Value value = class_find(class, name);
  if (value) return descriptor_get(value, NULL, class);
  if (on_metaclass) return descriptor_get(on_metaclass, self, metaclass);
  if (missing)
    *missing = true;
  else
    raise(CLASS_ATTRIBUTE_ERROR, "type object '%.50N' has no attribute '%U'", class, name);
  return NULL;
}

static bool check_mutable(Class *class, Value name) {
  if (!(class->flags & CLASS_IMMUTABLE)) return true;
  raise_type_error("cannot set %R attribute of immutable type '%N'", name, class);
  return false;
}

bool type_set_attribute(Class *class, Value name, Value value) {
  if (!check_mutable(class, name)) return false;
  if (!str_is_interned(name) && !(name = str_intern(name))) return false;
  Value on_metaclass = class_lookup(value_class(value_from_cell(class)), name);
  if (on_metaclass && descriptor_is_data(on_metaclass))
    return descriptor_set(on_metaclass, value_from_cell(class), value);
  return class_set_attribute(class, name, value);
}

static bool is_name(Value name) {
  if (value_is_str(name)) return true;
  raise_type_error("attribute name must be string, not '%.200T'", name);
  return false;
}

static Value type_getattribute(Value self, Value name) {
  if (!is_name(name) || !(name = str_intern(name))) return NULL;
  return type_get_attribute(class_of(self), name, NULL);
}

static Value type_setattr(Value self, Value name, Value value) {
  return is_name(name) && type_set_attribute(class_of(self), name, value) ? VALUE_NONE : NULL;
}

static Value type_delattr(Value self, Value name) {
  return is_name(name) && type_set_attribute(class_of(self), name, NULL) ? VALUE_NONE : NULL;
}

// Names

Value class_module_name(Class *class) {
  if (!(class->flags & CLASS_HEAP_TYPE)) return class->module;
  Value module = dict_get_name(class->namespace_dict, NAME(__module__));
  return module ? module : raise_value(CLASS_ATTRIBUTE_ERROR, NAME(__module__));
}

Value class_full_name(Class *class) {
  bool is_native = !(class->flags & CLASS_HEAP_TYPE);
  Value module = is_native ? class->module : dict_get_name(class->namespace_dict, NAME(__module__));
  if (!module || !value_is_str(module) || str_equals(module, NAME(builtins))) return class->qualified_name;
  return str_format_c("%U.%U", module, class->qualified_name);
}

static Value type_repr(Value self) {
  Value name = class_full_name(class_of(self));
  return name ? str_format_c("<class '%U'>", name) : NULL;
}

static Value get_name(Value self) {
  return class_of(self)->name;
}

static bool may_set(Value self, Value value, const char *attribute) {
  Class *class = class_of(self);
  if (class->flags & CLASS_IMMUTABLE)
    raise_type_error("cannot set '%s' attribute of immutable type '%N'", attribute, class);
  else if (!value)
    raise_type_error("cannot delete '%s' attribute of immutable type '%N'", attribute, class);
  else
    return true;
  return false;
}

static bool set_name(Value self, Value value) {
  if (!may_set(self, value, "__name__")) return false;
  Class *class = class_of(self);
  if (!value_is_str(value)) {
    raise_type_error("can only assign string to %N.__name__, not '%T'", class, value);
    return false;
  }
  size_t length;
  const char *text = str_utf8(value, &length);
  if (!text) return false;
  if (__builtin_strlen(text) != length) {
    raise_value_error("type name must not contain null characters");
    return false;
  }
  gc_store(class, &class->name, value);
  return true;
}

static Value get_qualified_name(Value self) {
  return class_of(self)->qualified_name;
}

static bool set_qualified_name(Value self, Value value) {
  if (!may_set(self, value, "__qualname__")) return false;
  if (!value_is_str(value)) {
    raise_type_error("can only assign string to %N.__qualname__, not '%T'", class_of(self), value);
    return false;
  }
  gc_store(class_of(self), &class_of(self)->qualified_name, value);
  return true;
}

static Value get_module(Value self) {
  return class_module_name(class_of(self));
}

static bool set_module(Value self, Value value) {
  return may_set(self, value, "__module__") && class_set_attribute(class_of(self), NAME(__module__), value);
}

static Value get_doc(Value self) {
  Class *class = class_of(self);
  if (!(class->flags & CLASS_HEAP_TYPE) && class->native->doc) return str_from_c(class->native->doc);
  Value doc = dict_get_name(class->namespace_dict, NAME(__doc__));
  return doc ? descriptor_get(doc, NULL, class) : VALUE_NONE;
}

static bool set_doc(Value self, Value value) {
  return may_set(self, value, "__doc__") && class_set_attribute(class_of(self), NAME(__doc__), value);
}

// The signature with which a docstring may begin, as those of C functions do: "name(...)", then a line of two hyphens
// and an empty one.
static Value signature_in_doc(Class *class) {
  static const char mark[] = ")\n--\n\n";
  Value doc = dict_get_name(class->namespace_dict, NAME(__doc__));
  if (!doc || !value_is_str(doc)) return VALUE_NONE;
  size_t name_length;
  const char *name = str_utf8(class->name, &name_length), *text = str_utf8(doc, NULL);
  if (!name || !text) return NULL;
  if (strncmp(text, name, name_length) != 0 || text[name_length] != '(') return VALUE_NONE;
  text += name_length;
  const char *end = strstr(text, mark), *paragraph = strstr(text, "\n\n");
  bool found = end && paragraph > end; // the mark ends with one
  Value signature = found ? str_from_utf8(text, (size_t)(end + 1 - text)) : VALUE_NONE;
  KEEP(doc);
  return signature;
}

// What calling a native class takes: the signature of its __init__ or __new__ without the first parameter; None where
// that says nothing.
static Value get_text_signature(Value self) {
  Class *class = class_of(self);
  if (class == BUILTIN(OBJECT)) return str_from_c("()");
  if (class->flags & CLASS_HEAP_TYPE) return signature_in_doc(class);
  for (const NativeMethod *method = class->native->methods; method && method->name; method++) {
    if (strcmp(method->name, "__init__") != 0 && strcmp(method->name, "__new__") != 0) continue;
    const char *rest = method->signature ? strchr(method->signature, ',') : NULL;
    if (rest && strncmp(rest, ", /, ", 5) == 0) rest += 3;
    if (rest && rest[2] != '*') return str_format_c("(%s", rest + 2);
  }
  return VALUE_NONE;
}

static Value get_annotations(Value self) {
  Class *class = class_of(self);
  if (!(class->flags & CLASS_HEAP_TYPE))
    return raise(CLASS_ATTRIBUTE_ERROR, "type object '%N' has no attribute '__annotations__'", class);
  Value annotations = dict_get_name(class->namespace_dict, NAME(__annotations__));
  if (annotations) return descriptor_get(annotations, NULL, class);
  annotations = dict_new();
  return annotations && class_set_attribute(class, NAME(__annotations__), annotations) ? annotations : NULL;
}

static bool set_annotations(Value self, Value value) {
  Class *class = class_of(self);
  if (class->flags & CLASS_IMMUTABLE) {
    raise_type_error("cannot set '__annotations__' attribute of immutable type '%N'", class);
    return false;
  }
  if (!value && !dict_get_name(class->namespace_dict, NAME(__annotations__))) {
    raise(CLASS_ATTRIBUTE_ERROR, "__annotations__");
    return false;
  }
  return class_set_attribute(class, NAME(__annotations__), value);
}

// Structure

static Value get_bases(Value self) {
  return gc_load(&class_of(self)->bases);
}

static Value get_dict(Value self) {
  return mapping_proxy_new(class_of(self)->namespace_dict);
}

static Value get_abstract_methods(Value self) {
  Value methods = self == value_from_cell(BUILTIN(TYPE))
                      ? NULL
                      : dict_get_name(class_of(self)->namespace_dict, NAME(__abstractmethods__));
  return methods ? methods : raise_value(CLASS_ATTRIBUTE_ERROR, NAME(__abstractmethods__));
}

static bool set_abstract_methods(Value self, Value value) {
  Class *class = class_of(self);
  int abstract = value ? value_truth(value) : 0;
  if (abstract < 0) return false;
  if (!value && !dict_get_name(class->namespace_dict, NAME(__abstractmethods__))) {
    raise_value(CLASS_ATTRIBUTE_ERROR, NAME(__abstractmethods__));
    return false;
  }
  if (!class_set_attribute(class, NAME(__abstractmethods__), value)) return false;
  if (abstract)
    __atomic_fetch_or(&class->flags, CLASS_ABSTRACT, __ATOMIC_RELAXED);
  else
    __atomic_fetch_and(&class->flags, ~(uint32_t)CLASS_ABSTRACT, __ATOMIC_RELAXED);
  return true;
}

static Value get_basic_size(Value self) {
  return int_from_size(class_of(self)->instance_size);
}

static Value get_item_size(Value self) {
  Class *class = class_of(self);
  if (!(class->flags & CLASS_VARIABLE_SIZE)) return value_from_small_int(0);
  return value_from_small_int(class->flags & (CLASS_IS_STR | CLASS_IS_BYTES) ? 1 : sizeof(Value));
}

static Value get_dict_offset(Value self) {
  Class *class = class_of(self);
  if (!(class->flags & CLASS_HAS_DICT)) return value_from_small_int(0);
  return value_from_small_int(class->flags & CLASS_VARIABLE_SIZE ? -(int)sizeof(Value) : (int)class->instance_size);
}

static Value get_weakref_offset(Value self) {
  return value_from_small_int(class_of(self)->flags & CLASS_HAS_WEAKREF ? (int)class_of(self)->instance_size : 0);
}

// The bits of CPython's tp_flags that programs look at.
static Value get_flags(Value self) {
  static const struct {
    uint32_t ours;
    uint64_t theirs;
  } bits[] = {
      {CLASS_SEQUENCE, 1 << 5},    {CLASS_MAPPING, 1 << 6},       {CLASS_IMMUTABLE, 1 << 8},
      {CLASS_HEAP_TYPE, 1 << 9},   {CLASS_BASE_TYPE, 1 << 10},    {CLASS_ABSTRACT, 1 << 20},
      {CLASS_MATCH_SELF, 1 << 22}, {CLASS_IS_INT, 1 << 24},       {CLASS_IS_LIST, 1 << 25},
      {CLASS_IS_TUPLE, 1 << 26},   {CLASS_IS_BYTES, 1 << 27},     {CLASS_IS_STR, 1 << 28},
      {CLASS_IS_DICT, 1 << 29},    {CLASS_IS_EXCEPTION, 1 << 30}, {CLASS_IS_TYPE, (uint64_t)1 << 31},
  };
  uint64_t flags = 1 << 12; // ready
  for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
    if (class_of(self)->flags & bits[i].ours) flags |= bits[i].theirs;
  return int_from_uint64(flags);
}

// Methods

static Value type_call(Value self, Value *arguments, size_t count, Value keyword_names) {
  return class_call(class_of(self), arguments, count, keyword_names);
}

static Value type_init(Value, Value *, size_t count, Value keyword_names) {
  if (count == 1 && keyword_names && tuple_count(keyword_names))
    return raise_type_error("type.__init__() takes no keyword arguments");
  if (count != 1 && count != 3) return raise_type_error("type.__init__() takes 1 or 3 arguments");
  return VALUE_NONE;
}

static Value type_mro_method(Value self) {
  Value mro = class_compute_mro(class_of(self), gc_load(&class_of(self)->bases));
  return mro ? list_new(value_as_tuple(mro)->items, tuple_count(mro)) : NULL;
}

static Value type_subclasses(Value self) {
  return class_list_subclasses(class_of(self));
}

static Value type_prepare(Value, Value *, size_t, Value) {
  return dict_new();
}

static Value type_instancecheck(Value self, Value object) {
  int result = class_real_isinstance(object, self);
  return result < 0 ? NULL : value_from_bool(result);
}

static Value type_subclasscheck(Value self, Value class) {
  int result = class_real_issubclass(class, self);
  return result < 0 ? NULL : value_from_bool(result);
}

static bool merge_names(Value names, Value class) {
  if (!dict_update(names, class_of(class)->namespace_dict, true)) return false;
  Value bases = gc_load(&class_of(class)->bases);
  for (size_t i = 0; i < tuple_count(bases); i++)
    if (!merge_names(names, tuple_item(bases, i))) return false;
  return true;
}

static Value type_dir(Value self) {
  Value names = dict_new();
  return names && merge_names(names, self) ? dict_keys(names) : NULL;
}

static Value type_sizeof(Value) {
  return value_from_small_int(sizeof(Class));
}

static Value type_or(Value self, Value other) {
  return union_or(self, other);
}

static Value type_ror(Value self, Value other) {
  return union_or(other, self);
}

static const NativeMethod type_methods[] = {
    NATIVE("__new__", type_new, "($type, *args, **kwargs)", "Create and return a new class.", NATIVE_STATIC),
    NATIVE("__init__", type_init, "($self, /, *args, **kwargs)", "Initialize self."),
    NATIVE("__call__", type_call, "($self, /, *args, **kwargs)", "Call self as a function."),
    NATIVE("__repr__", type_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__getattribute__", type_getattribute, "($self, name, /)", "Return getattr(self, name)."),
    NATIVE("__setattr__", type_setattr, "($self, name, value, /)", "Implement setattr(self, name, value)."),
    NATIVE("__delattr__", type_delattr, "($self, name, /)", "Implement delattr(self, name)."),
    NATIVE("__or__", type_or, "($self, value, /)", "Return self|value."),
    NATIVE("__ror__", type_ror, "($self, value, /)", "Return value|self."),
    NATIVE("mro", type_mro_method, "($self, /)", "The class's method resolution order."),
    NATIVE("__subclasses__", type_subclasses, "($self, /)", "The direct subclasses."),
    NATIVE("__prepare__", type_prepare, NULL, "The namespace for the body of a class statement.", NATIVE_CLASS),
    NATIVE("__instancecheck__", type_instancecheck, "($self, instance, /)", "Is instance an instance of the class?"),
    NATIVE("__subclasscheck__", type_subclasscheck, "($self, subclass, /)", "Is subclass a subclass of the class?"),
    NATIVE("__dir__", type_dir, "($self, /)", "Names of the class's attributes."),
    NATIVE("__sizeof__", type_sizeof, "($self, /)", "Size of the class in memory, in bytes."),
    {}};

static const NativeProperty type_properties[] = {
    {"__name__", get_name, set_name, NULL},
    {"__qualname__", get_qualified_name, set_qualified_name, NULL},
    {"__module__", get_module, set_module, NULL},
    {"__doc__", get_doc, set_doc, NULL},
    {"__text_signature__", get_text_signature, NULL, NULL},
    {"__annotations__", get_annotations, set_annotations, NULL},
    {"__bases__", get_bases, class_set_bases, NULL},
    {"__dict__", get_dict, NULL, NULL},
    {"__abstractmethods__", get_abstract_methods, set_abstract_methods, NULL},
    {"__basicsize__", get_basic_size, NULL, NULL},
    {"__itemsize__", get_item_size, NULL, NULL},
    {"__dictoffset__", get_dict_offset, NULL, NULL},
    {"__weakrefoffset__", get_weakref_offset, NULL, NULL},
    {"__flags__", get_flags, NULL, NULL},
    {}};

static const NativeMember type_members[] = {{"__mro__", MEMBER_VALUE_OR_NONE, false, offsetof(Class, mro), NULL},
                                            {"__base__", MEMBER_VALUE_OR_NONE, false, offsetof(Class, base), NULL},
                                            {}};

const ClassDef type_class = {
    .name = "type",
    .doc = "type(object) -> the object's class\ntype(name, bases, dict, **keywords) -> a new class",
    .cell_type = &class_cell_type,
    .instance_size = sizeof(Class),
    .flags = CLASS_BASE_TYPE | CLASS_IS_TYPE | CLASS_HAS_WEAKREF,
    .methods = type_methods,
    .properties = type_properties,
    .members = type_members,
};
