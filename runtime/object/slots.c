// __slots__.
#include "runtime/object/slots.h"

#include "runtime/heap/heap.h"
#include "runtime/object/attributes.h"
#include "runtime/object/class_internal.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/mapping_proxy.h"
#include "runtime/object/object.h"
#include "runtime/object/str.h"
#include "runtime/object/str_internal.h"
#include "runtime/object/weakref.h"

Value slots_mangle(Value class_name, Value name) {
  size_t length = str_length(name);
  const Str *text = value_as_str(name);
  bool is_private = length > 2 && str_character(text, 0) == '_' && str_character(text, 1) == '_' &&
                    !(str_character(text, length - 1) == '_' && str_character(text, length - 2) == '_');
  if (!is_private) return name;
  size_t start = 0;
  while (start < str_length(class_name) && str_character(value_as_str(class_name), start) == '_') start++;
  if (start == str_length(class_name)) return name; // nothing but underscores
  Value stripped = str_substring(class_name, start, str_length(class_name));
  return stripped ? str_format_c("_%U%U", stripped, name) : NULL;
}

static bool may_be_weakly_referenced(const Class *base) {
  if (base->flags & CLASS_HAS_WEAKREF) return false; // it is already
  return !(base->flags & CLASS_VARIABLE_SIZE) || (base->flags & CLASS_IS_STR);
}

// The names in `slots` (a tuple), mangled and sorted, as a list; __dict__ and __weakref__ set flags instead.
static Value read_slots(Class *class, Class *base, Value slots) {
  bool may_add_dict = !(base->flags & CLASS_HAS_DICT), may_add_weakref = may_be_weakly_referenced(base);
  if (tuple_count(slots) && (base->flags & CLASS_VARIABLE_SIZE || base->flags & CLASS_IS_TYPE)) {
    for (size_t i = 0; i < tuple_count(slots); i++) {
      Value name = tuple_item(slots, i);
      if (value_is_str(name) && str_equals(name, NAME(__dict__))) continue;
      return raise_type_error("nonempty __slots__ not supported for subtype of '%N'", base);
    }
  }
  Value names = list_new_sized(tuple_count(slots));
  for (size_t i = 0; names && i < tuple_count(slots); i++) {
    Value name = tuple_item(slots, i);
    if (!value_is_str(name)) return raise_type_error("__slots__ items must be strings, not '%.200T'", name);
    if (str_isidentifier_method(name) != VALUE_TRUE) return raise_type_error("__slots__ must be identifiers");
    if (str_equals(name, NAME(__dict__))) {
      if (!may_add_dict || (class->flags & CLASS_HAS_DICT))
        return raise_type_error("__dict__ slot disallowed: we already got one");
      class->flags |= CLASS_HAS_DICT;
      continue;
    }
    if (str_equals(name, NAME(__weakref__))) {
      if (!may_add_weakref || (class->flags & CLASS_HAS_WEAKREF))
        return raise_type_error("__weakref__ slot disallowed: either we already got one, or __itemsize__ != 0");
      class->flags |= CLASS_HAS_WEAKREF;
      continue;
    }
    name = slots_mangle(class->name, name);
    if (!name || !(name = str_intern(name)) || !list_append(names, name)) return NULL;
    // These two are taken out of the namespace.
    if (name == NAME(__qualname__) || name == NAME(__classcell__)) continue;
    if (dict_get_name(class->namespace_dict, name))
      return raise_value_error("%R in __slots__ conflicts with class variable", name);
  }
  return names && list_sort(names, NULL, false) ? names : NULL;
}

// A class without __dict__ or weak references of its own takes them from its other bases.
static void take_from_other_bases(Class *class, Class *base) {
  for (size_t i = 0; i < tuple_count(class->bases); i++) {
    Class *other = value_as_class(tuple_item(class->bases, i));
    if (other == base) continue;
    class->flags |= other->flags & CLASS_HAS_DICT;
    if ((other->flags & CLASS_HAS_WEAKREF) && may_be_weakly_referenced(base)) class->flags |= CLASS_HAS_WEAKREF;
  }
}

bool slots_apply(Class *class, Class *base, uint32_t *slots_start) {
  class->instance_size = base->instance_size;
  const Shape *base_shape = base->instance_shape;
  if (base_shape->flags & SHAPE_HAS_SLOTS) *slots_start = base_shape->class_slots_start;
  Value slots = dict_get_name(class->namespace_dict, NAME(__slots__));
  if (!slots) {
    class->flags |= CLASS_HAS_DICT;
    if (may_be_weakly_referenced(base)) class->flags |= CLASS_HAS_WEAKREF;
    return true;
  }
  slots = value_is_str(slots) ? tuple_of(1, slots) : value_to_tuple(slots);
  Value names = slots ? read_slots(class, base, slots) : NULL;
  if (!names) return false;
  take_from_other_bases(class, base);
  size_t count = list_count(names);
  if (!count) return true;
  Value tuple = list_to_tuple(names);
  if (!tuple) return false;
  gc_store(class, &class->slot_names, tuple);
  uint32_t start = (base->instance_size + 7u) & ~7u;
  if (!*slots_start) *slots_start = start;
  if (start + count * sizeof(Value) > 0x8000) {
    raise_type_error("too many __slots__");
    return false;
  }
  class->instance_size = start + (uint32_t)(count * sizeof(Value));
  return true;
}

static Value dict_get_property(Value self) {
  if (value_is_class(self)) return mapping_proxy_new(value_as_class(self)->namespace_dict);
  if (!value_is_cell(self) || !(cell_shape(value_cell(self))->flags & SHAPE_HAS_ATTRIBUTES))
    return raise_attribute_error(self, NAME(__dict__));
  return instance_live_dict(self);
}

// Has the native class that the object's class extends a __dict__ of its own, under its own rules?
static bool native_base_has_dict(Value self) {
  Class *class = value_class(self);
  while (class->flags & CLASS_HEAP_TYPE) class = value_as_class(class->base);
  return class->flags & CLASS_HAS_DICT;
}

static bool dict_set_property(Value self, Value value) {
  if (value_is_class(self)) { // a metaclass took this descriptor from another base
    raise(CLASS_ATTRIBUTE_ERROR, "attribute '__dict__' of 'type' objects is not writable");
    return false;
  }
  if (value_is_instance(self, BUILTIN(MODULE))) {
    raise(CLASS_ATTRIBUTE_ERROR, "readonly attribute");
    return false;
  }
  if (!value && native_base_has_dict(self)) {
    raise_type_error("cannot delete __dict__");
    return false;
  }
  if (value && !value_is_dict(value)) {
    raise_type_error("__dict__ must be set to a dictionary, not a '%.200T'", value);
    return false;
  }
  if (!value && !(value = dict_new())) return false;
  return instance_set_dict(self, value);
}

const NativeProperty instance_dict_property = {"__dict__", dict_get_property, dict_set_property, "attributes"};

static Value weakref_get_property(Value self) {
  return weakref_first(self);
}

static const NativeProperty instance_weakref_property = {"__weakref__", weakref_get_property, NULL,
                                                         "list of weak references to the object"};

static bool add_getset(Class *class, const NativeProperty *property) {
  Value descriptor = getset_descriptor_new(property, class);
  Value name = descriptor ? str_intern_c(property->name) : NULL;
  if (!name) return false;
  return dict_get_name(class->namespace_dict, name) || dict_set_name(class->namespace_dict, name, descriptor);
}

bool slots_add_descriptors(Class *class, Class *base, uint32_t slots_start) {
  (void)slots_start;
  size_t count = class->slot_names ? tuple_count(class->slot_names) : 0;
  uint32_t offset = class->instance_size - (uint32_t)(count * sizeof(Value));
  for (size_t i = 0; i < count; i++) {
    Value name = tuple_item(class->slot_names, i);
    Value descriptor = slot_descriptor_new(name, class, (uint16_t)(offset + i * sizeof(Value)));
    if (!descriptor || !dict_set_name(class->namespace_dict, name, descriptor)) return false;
  }
  if (class->flags & CLASS_IS_TYPE) return true;
  uint32_t added = class->flags & ~base->flags;
  if ((added & CLASS_HAS_DICT) && !add_getset(class, &instance_dict_property)) return false;
  return !(added & CLASS_HAS_WEAKREF) || add_getset(class, &instance_weakref_property);
}
