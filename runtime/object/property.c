// property: an attribute computed by functions.
//
// Threads: the functions are words that are stored whole, once.
#include "runtime/heap/heap.h"
#include "runtime/object/attributes.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/object/type.h"

static Property *property_of(Value value) {
  return (Property *)value_cell(value);
}

static Value raise_no_accessor(Property *property, Value object, const char *accessor) {
  Value qualified = value_class(object)->qualified_name;
  if (property->name)
    return raise(CLASS_ATTRIBUTE_ERROR, "property %R of %R object has no %s", property->name, qualified, accessor);
  return raise(CLASS_ATTRIBUTE_ERROR, "property of %R object has no %s", qualified, accessor);
}

Value property_get(Property *property, Value object) {
  Value getter = gc_load(&property->getter);
  return getter ? value_call_1(getter, object) : raise_no_accessor(property, object, "getter");
}

bool property_set(Property *property, Value object, Value value) {
  Value function = gc_load(value ? &property->setter : &property->deleter);
  if (!function) return raise_no_accessor(property, object, value ? "setter" : "deleter");
  return value ? value_call_2(function, object, value) != NULL : value_call_1(function, object) != NULL;
}

// property itself keeps the docstring in its cell; a subclass's instance as an ordinary attribute.
static bool store_doc(Value self, Value doc) {
  if (VALUE_IS_EXACT(self, PROPERTY)) {
    gc_store(property_of(self), &property_of(self)->doc, doc);
    return true;
  }
  return value_set_attribute(self, NAME(__doc__), doc);
}

static Value none_to_zero(Value value) {
  return value == VALUE_NONE ? NULL : value;
}

static Value property_init(Value self, Value getter, Value setter, Value deleter, Value doc) {
  Property *property = property_of(self);
  gc_store(property, &property->getter, none_to_zero(getter));
  gc_store(property, &property->setter, none_to_zero(setter));
  gc_store(property, &property->deleter, none_to_zero(deleter));
  gc_store(property, &property->doc, NULL);
  gc_store(property, &property->name, NULL);
  gc_store(property, &property->doc_from_getter, NULL);
  if (doc && doc != VALUE_NONE) return store_doc(self, doc) ? VALUE_NONE : NULL;
  if (!property->getter) return VALUE_NONE;
  Value inherited;
  int found = value_find_attribute(property->getter, NAME(__doc__), &inherited);
  if (found < 0) return NULL;
  if (!found || inherited == VALUE_NONE) return VALUE_NONE;
  gc_store(property, &property->doc_from_getter, VALUE_TRUE);
  return store_doc(self, inherited) ? VALUE_NONE : NULL;
}

// A property of the same class with one accessor replaced.
static Value property_copy(Value self, Value getter, Value setter, Value deleter) {
  Property *old = property_of(self);
  Value arguments[] = {
      getter        ? getter
      : old->getter ? old->getter
                    : VALUE_NONE,
      setter        ? setter
      : old->setter ? old->setter
                    : VALUE_NONE,
      deleter        ? deleter
      : old->deleter ? old->deleter
                     : VALUE_NONE,
      VALUE_NONE,
  };
  bool doc_follows_getter = old->doc_from_getter && arguments[0] != VALUE_NONE;
  if (!doc_follows_getter && old->doc) arguments[3] = old->doc;
  Value copy = value_call(value_from_cell(value_class(self)), arguments, 4, NULL);
  if (copy && value_is_instance(copy, BUILTIN(PROPERTY)))
    gc_store(property_of(copy), &property_of(copy)->name, old->name);
  return copy;
}

static Value property_getter(Value self, Value function) {
  return property_copy(self, function, NULL, NULL);
}

static Value property_setter(Value self, Value function) {
  return property_copy(self, NULL, function, NULL);
}

static Value property_deleter(Value self, Value function) {
  return property_copy(self, NULL, NULL, function);
}

static Value property_set_method(Value self, Value object, Value value) {
  return property_set(property_of(self), object, value) ? VALUE_NONE : NULL;
}

static Value property_delete_method(Value self, Value object) {
  return property_set(property_of(self), object, NULL) ? VALUE_NONE : NULL;
}

// Also for subclasses, which descriptor_get() knows only by this method.
static Value property_get_method(Value self, Value instance, Value owner) {
  bool no_owner = !owner || owner == VALUE_NONE;
  if (instance == VALUE_NONE) return no_owner ? raise_type_error("__get__(None, None) is invalid") : self;
  return property_get(property_of(self), instance);
}

static Value property_set_name(Value self, Value *arguments, size_t count, Value) {
  if (count != 2) return raise_type_error("__set_name__() takes 2 positional arguments but %zu were given", count);
  gc_store(property_of(self), &property_of(self)->name, arguments[1]);
  return VALUE_NONE;
}

static Value get_abstract(Value self) {
  Property *property = property_of(self);
  Value parts[] = {property->getter, property->setter, property->deleter};
  for (int i = 0; i < 3; i++) {
    Value abstract;
    int found = parts[i] ? value_find_attribute(parts[i], NAME(__isabstractmethod__), &abstract) : 0;
    int truth = found > 0 ? value_truth(abstract) : found;
    if (truth) return truth < 0 ? NULL : VALUE_TRUE;
  }
  return VALUE_FALSE;
}

static const NativeMethod property_methods[] = {
    NATIVE("__init__", property_init, "($self, /, fget=None, fset=None, fdel=None, doc=None)", "Initialize self."),
    NATIVE("__get__", property_get_method, "($self, instance, owner=None, /)", "Return the attribute of instance."),
    NATIVE("__set__", property_set_method, "($self, instance, value, /)", "Set the attribute of instance."),
    NATIVE("__delete__", property_delete_method, "($self, instance, /)", "Delete the attribute of instance."),
    NATIVE("__set_name__", property_set_name, NULL, "Remember under which name the property stands in its class."),
    NATIVE("getter", property_getter, "($self, object, /)", "A copy of the property with another getter."),
    NATIVE("setter", property_setter, "($self, object, /)", "A copy of the property with another setter."),
    NATIVE("deleter", property_deleter, "($self, object, /)", "A copy of the property with another deleter."),
    {}};
static const NativeProperty property_properties[] = {{"__isabstractmethod__", get_abstract, NULL, NULL}, {}};
static const NativeMember property_members[] = {
    {"fget", MEMBER_VALUE_OR_NONE, false, offsetof(Property, getter), NULL},
    {"fset", MEMBER_VALUE_OR_NONE, false, offsetof(Property, setter), NULL},
    {"fdel", MEMBER_VALUE_OR_NONE, false, offsetof(Property, deleter), NULL},
    {"__doc__", MEMBER_VALUE_OR_NONE, true, offsetof(Property, doc), NULL},
    {}};
static const CellType property_cell_type = {.name = "property", CELL_VALUES(Property, getter, doc_from_getter)};

const ClassDef property_class = {
    .name = "property",
    .doc = "An attribute that is computed by functions.",
    .cell_type = &property_cell_type,
    .instance_size = sizeof(Property),
    .flags = CLASS_BASE_TYPE,
    .methods = property_methods,
    .properties = property_properties,
    .members = property_members,
};
