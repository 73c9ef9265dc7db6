// The class `object`: what every object can do.
#include "runtime/object/object_type.h"
#include "runtime/object/attributes.h"
#include "runtime/object/class_internal.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/module.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/object/type.h"

// Making

static Value raise_abstract(Class *class) {
  Value methods = dict_get_name(class->namespace_dict, NAME(__abstractmethods__));
  Value sorted = methods ? value_to_list(methods) : NULL;
  if (!sorted || !list_sort(sorted, NULL, false))
    return exception_pending() ? NULL : raise_type_error("abstract class");
  Value comma = str_from_c(", ");
  Value joined = comma ? str_join(comma, sorted) : NULL;
  if (!joined) return NULL;
  return raise_type_error("Can't instantiate abstract class %N with abstract method%s %U", class,
                          list_count(sorted) > 1 ? "s" : "", joined);
}

bool class_inherits_new(const Class *class) {
  return gc_load(&class->special[SPECIAL_NEW]) == BUILTIN(OBJECT)->special[SPECIAL_NEW] &&
         !(class->flags & CLASS_HAD_NEW);
}

bool class_inherits_init(const Class *class) {
  return gc_load(&class->special[SPECIAL_INIT]) == BUILTIN(OBJECT)->special[SPECIAL_INIT];
}

Value object_new(Value class, Value *, size_t count, Value keyword_names) {
  Class *type = value_as_class(class);
  if (__builtin_expect(count || (keyword_names && tuple_count(keyword_names)), 0)) {
    if (!class_inherits_new(type))
      return raise_type_error("object.__new__() takes exactly one argument (the type to instantiate)");
    if (class_inherits_init(type)) return raise_type_error("%.200N() takes no arguments", type);
  }
  if (__builtin_expect(type->flags & CLASS_ABSTRACT, 0)) return raise_abstract(type);
  return value_from_cell(class_allocate(type, 0));
}

Value object_init(Value self, Value *, size_t count, Value keyword_names) {
  if (!count && (!keyword_names || !tuple_count(keyword_names))) return VALUE_NONE;
  Class *class = value_class(self);
  if (!class_inherits_init(class))
    return raise_type_error("object.__init__() takes exactly one argument (the instance to initialize)");
  if (class_inherits_new(class))
    return raise_type_error("%.200N.__init__() takes exactly one argument (the instance to initialize)", class);
  return VALUE_NONE;
}

// Text, comparison, hash

static Value object_repr(Value self) {
  Class *class = value_class(self);
  Value name = class_full_name(class);
  return name ? str_format_c("<%U object at 0x%lx>", name, value_bits(self)) : NULL;
}

static Value object_str(Value self) {
  return value_repr(self);
}

static Value object_hash(Value self) {
  return int_from_int64(value_identity_hash(self));
}

static Value object_equal(Value a, Value b) {
  return a == b ? VALUE_TRUE : VALUE_NOT_IMPLEMENTED;
}

static Value object_not_equal(Value a, Value b) {
  Value result = special_call_2(value_special(a, SPECIAL_EQUAL), a, b);
  if (!result || result == VALUE_NOT_IMPLEMENTED) return result;
  int truth = value_truth(result);
  return truth < 0 ? NULL : value_from_bool(!truth);
}

static Value object_order(Value, Value) {
  return VALUE_NOT_IMPLEMENTED;
}

static Value object_format(Value self, Value specification) {
  if (!value_is_str(specification)) return raise_type_error("__format__() argument must be str, not %T", specification);
  if (str_length(specification)) return raise_type_error("unsupported format string passed to %.200T.__format__", self);
  return value_str(self);
}

static Value object_sizeof(Value self) {
  return value_is_cell(self) ? int_from_size(cell_size(value_cell(self))) : value_from_small_int(0);
}

// Attributes

static Value object_setattr(Value self, Value name, Value value) {
  if (class_has_native_setattr(value_class(self)))
    return raise_type_error("can't apply this __setattr__ to %T object", self);
  return object_set_attribute(self, name, value) ? VALUE_NONE : NULL;
}

static Value object_delattr(Value self, Value name) {
  if (class_has_native_setattr(value_class(self)))
    return raise_type_error("can't apply this __delattr__ to %T object", self);
  return object_set_attribute(self, name, NULL) ? VALUE_NONE : NULL;
}

static bool merge_class_names(Value names, Value class) {
  Value dict, bases;
  int found = value_find_attribute(class, NAME(__dict__), &dict);
  if (found < 0 || (found && !dict_update(names, dict, true))) return false;
  found = value_find_attribute(class, NAME(__bases__), &bases);
  if (found <= 0) return found == 0;
  if (!value_is_tuple(bases)) return true;
  for (size_t i = 0; i < tuple_count(bases); i++)
    if (!merge_class_names(names, tuple_item(bases, i))) return false;
  return true;
}

static Value object_dir(Value self) {
  Value own, class;
  Value names = dict_new();
  int found = names ? value_find_attribute(self, NAME(__dict__), &own) : -1;
  if (found < 0 || (found && value_is_dict(own) && !dict_update(names, own, true))) return NULL;
  found = value_find_attribute(self, NAME(__class__), &class);
  if (found < 0 || (found && !merge_class_names(names, class))) return NULL;
  return dict_keys(names);
}

static Value get_class(Value self) {
  return value_from_cell(value_class(self));
}

static bool is_mutable_class(const Class *class) {
  return !(class->flags & CLASS_IMMUTABLE);
}

static bool set_object_class(Value self, Value value) {
  if (!value) {
    raise_type_error("can't delete __class__ attribute");
    return false;
  }
  if (!value_is_class(value)) {
    raise_type_error("__class__ must be set to a class, not '%T' object", value);
    return false;
  }
  Class *from = value_class(self), *to = value_as_class(value);
  bool are_modules = class_is_subclass(from, BUILTIN(MODULE)) && class_is_subclass(to, BUILTIN(MODULE));
  if (!are_modules && (!is_mutable_class(from) || !is_mutable_class(to))) {
    raise_type_error("__class__ assignment only supported for mutable types or ModuleType subclasses");
    return false;
  }
  if (!class_same_layout(from, to)) {
    raise_type_error("__class__ assignment: '%N' object layout differs from '%N'", to, from);
    return false;
  }
  return instance_set_class(self, to);
}

// Hooks that do nothing by default

static Value object_init_subclass(Value) {
  return VALUE_NONE;
}

static Value object_subclasshook(Value, Value) {
  return VALUE_NOT_IMPLEMENTED;
}

static const NativeMethod object_methods[] = {
    NATIVE("__new__", object_new, "($type, *args, **kwargs)", "Create and return a new object.", NATIVE_STATIC),
    NATIVE("__init__", object_init, "($self, /, *args, **kwargs)", "Initialize self."),
    NATIVE("__repr__", object_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__str__", object_str, "($self, /)", "Return str(self)."),
    NATIVE("__hash__", object_hash, "($self, /)", "Return hash(self)."),
    NATIVE("__getattribute__", object_getattribute_method, "($self, name, /)", "Return getattr(self, name)."),
    NATIVE("__setattr__", object_setattr, "($self, name, value, /)", "Implement setattr(self, name, value)."),
    NATIVE("__delattr__", object_delattr, "($self, name, /)", "Implement delattr(self, name)."),
    NATIVE("__eq__", object_equal, "($self, value, /)", "Return self==value."),
    NATIVE("__ne__", object_not_equal, "($self, value, /)", "Return self!=value."),
    NATIVE("__lt__", object_order, "($self, value, /)", "Return self<value."),
    NATIVE("__le__", object_order, "($self, value, /)", "Return self<=value."),
    NATIVE("__gt__", object_order, "($self, value, /)", "Return self>value."),
    NATIVE("__ge__", object_order, "($self, value, /)", "Return self>=value."),
    NATIVE("__format__", object_format, "($self, format_spec, /)", "Format the object; by default, its str()."),
    NATIVE("__sizeof__", object_sizeof, "($self, /)", "Size of the object in memory, in bytes."),
    NATIVE("__dir__", object_dir, "($self, /)", "Names of the attributes."),
    NATIVE("__reduce__", object_reduce, "($self, /)", "Helper for pickle."),
    NATIVE("__reduce_ex__", object_reduce_ex, "($self, protocol, /)", "Helper for pickle."),
    NATIVE("__getstate__", object_getstate, "($self, /)", "Helper for pickle."),
    NATIVE("__init_subclass__", object_init_subclass, "($type, /)",
           "Called when a class is subclassed. Does nothing by default.", NATIVE_CLASS),
    NATIVE("__subclasshook__", object_subclasshook, "($type, object, /)",
           "Lets abstract classes decide about issubclass(). Undecided by default.", NATIVE_CLASS),
    {}};

static const NativeProperty object_properties[] = {{"__class__", get_class, set_object_class, "The object's class."},
                                                   {}};

const ClassDef object_class = {
    .name = "object",
    .doc = "The base of all classes.",
    .instance_size = sizeof(Cell),
    .flags = CLASS_BASE_TYPE,
    .methods = object_methods,
    .properties = object_properties,
};
