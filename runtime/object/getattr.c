// Attribute access as C code asks for it, and object.__getattribute__ / __setattr__ themselves. The interpreter's
// caches (resolve.c) give the same answers.
#include "runtime/heap/heap.h"
#include "runtime/object/attributes.h"
#include "runtime/object/class_internal.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/dict.h"
#include "runtime/object/module.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/str.h"
#include "runtime/object/type.h"

// object.__getattribute__, but for the error: zero without exception and *missing set when nothing was found.
static Value find_attribute(Value object, Value name, bool *missing) {
  Class *class = value_class(object);
  Value on_class = class_find(class, name);
  if (on_class && descriptor_beats_instance(on_class)) return descriptor_get(on_class, object, class);
  if (value_is_cell(object)) {
    Value own = instance_find(object, name);
    if (own) return own;
    if (exception_pending()) return NULL;
  }
  if (on_class) return descriptor_get(on_class, object, class);
  *missing = true;
  return NULL;
}

Value object_get_attribute(Value object, Value name) {
  bool missing = false;
  Value value = find_attribute(object, name, &missing);
  return missing ? raise_attribute_error(object, name) : value;
}

static bool attribute_name(Value *name) {
  if (!value_is_str(*name)) {
    raise_type_error("attribute name must be string, not '%.200T'", *name);
    return false;
  }
  return str_is_interned(*name) || (*name = str_intern(*name)) != NULL;
}

Value object_getattribute_method(Value self, Value name) {
  return attribute_name(&name) ? object_get_attribute(self, name) : NULL;
}

// With `missing` given, an AttributeError is swallowed and told by *missing.
static Value get_attribute(Value object, Value name, bool *missing) {
  if (!attribute_name(&name)) return NULL;
  Class *class = value_class(object);
  Value hook = class_special(class, SPECIAL_GETATTR);
  Value getter = class_special(class, SPECIAL_GETATTRIBUTE);
  bool quiet = hook || missing, nothing = false;
  Value value;
  if (getter == BUILTIN(OBJECT)->special[SPECIAL_GETATTRIBUTE]) {
    value = find_attribute(object, name, &nothing);
    if (nothing && !quiet) return raise_attribute_error(object, name);
  } else if (getter == BUILTIN(TYPE)->special[SPECIAL_GETATTRIBUTE]) {
    value = type_get_attribute(value_as_class(object), name, quiet ? &nothing : NULL);
  } else if (getter == BUILTIN(MODULE)->special[SPECIAL_GETATTRIBUTE]) {
    value = module_get_attribute(object, name, quiet ? &nothing : NULL);
  } else {
    value = special_call_2(getter, object, name);
  }
  if (value) return value;
  if (quiet && !nothing) nothing = exception_clear_if(CLASS_ATTRIBUTE_ERROR);
  if (!nothing) return NULL;
  if (hook) {
    value = special_call_2(hook, object, name);
    if (value || !missing || !exception_clear_if(CLASS_ATTRIBUTE_ERROR)) return value;
  }
  *missing = true;
  return NULL;
}

// An AttributeError that does not say yet whose attribute was missing gets told, for hints at similar names.
static Value with_context(Value value, Value object, Value name) {
  if (value || !exception_is(CLASS_ATTRIBUTE_ERROR)) return value;
  AttributeErrorException *error = (AttributeErrorException *)value_cell(exception_peek());
  if (error->name || error->object) return NULL;
  gc_store(error, &error->name, name);
  gc_store(error, &error->object, object);
  return NULL;
}

Value value_get_attribute(Value object, Value name) {
  return with_context(get_attribute(object, name, NULL), object, name);
}

Value value_get_attribute_c(Value object, const char *name) {
  Value text = str_intern_c(name);
  return text ? value_get_attribute(object, text) : NULL;
}

int value_find_attribute(Value object, Value name, Value *result) {
  bool missing = false;
  *result = get_attribute(object, name, &missing);
  return *result ? 1 : missing ? 0 : -1;
}

int value_has_attribute(Value object, Value name) {
  Value value;
  return value_find_attribute(object, name, &value);
}

// Storing

static bool raise_not_stored(Value object, Value name, Value on_class) {
  if (on_class)
    raise(CLASS_ATTRIBUTE_ERROR, "'%.100T' object attribute '%U' is read-only", object, name);
  else
    raise_attribute_error(object, name);
  return false;
}

bool object_set_attribute(Value object, Value name, Value value) {
  if (!attribute_name(&name)) return false;
  Value on_class = class_lookup(value_class(object), name);
  if (on_class && descriptor_is_data(on_class)) return descriptor_set(on_class, object, value);
  if (!value_is_cell(object) || !(cell_shape(value_cell(object))->flags & SHAPE_HAS_ATTRIBUTES))
    return raise_not_stored(object, name, on_class);
  if (value) return instance_put(object, name, value);
  int deleted = instance_delete(object, name);
  if (deleted == 0) raise_attribute_error(object, name);
  return deleted > 0;
}

bool value_set_attribute(Value object, Value name, Value value) {
  if (!attribute_name(&name)) return false;
  Special special = value ? SPECIAL_SETATTR : SPECIAL_DELATTR;
  Value setter = value_special(object, special);
  if (setter == BUILTIN(OBJECT)->special[special]) return object_set_attribute(object, name, value);
  if (setter == BUILTIN(TYPE)->special[special]) return type_set_attribute(value_as_class(object), name, value);
  return value ? special_call_3(setter, object, name, value) != NULL : special_call_2(setter, object, name) != NULL;
}

bool value_set_attribute_c(Value object, const char *name, Value value) {
  Value text = str_intern_c(name);
  return text && value_set_attribute(object, text, value);
}

Value value_get_dict(Value object) {
  if (value_is_cell(object) && (cell_shape(value_cell(object))->flags & SHAPE_HAS_ATTRIBUTES))
    return instance_live_dict(object);
  return value_get_attribute(object, NAME(__dict__));
}
