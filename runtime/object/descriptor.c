// Descriptors of native classes and of __slots__: getset and member descriptors; binding any descriptor.
//
// Threads: immutable.
#include "runtime/object/descriptor.h"

#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

// Making

static Descriptor *descriptor_new(ClassId kind, Value name, Class *owner) {
  Descriptor *descriptor = cell_alloc(builtin_shapes[kind], sizeof *descriptor);
  if (!descriptor) return NULL;
  gc_init(descriptor, &descriptor->owner, value_from_cell(owner));
  gc_init(descriptor, &descriptor->name, name);
  return descriptor;
}

Value getset_descriptor_new(const NativeProperty *property, Class *owner) {
  Value name = str_intern_c(property->name);
  Descriptor *descriptor = name ? descriptor_new(CLASS_GETSET_DESCRIPTOR, name, owner) : NULL;
  if (descriptor) descriptor->property = property;
  return value_from_cell(descriptor);
}

Value member_descriptor_new(const NativeMember *member, Class *owner) {
  Value name = str_intern_c(member->name);
  Descriptor *descriptor = name ? descriptor_new(CLASS_MEMBER_DESCRIPTOR, name, owner) : NULL;
  if (descriptor) descriptor->member = *member;
  return value_from_cell(descriptor);
}

Value slot_descriptor_new(Value name, Class *owner, uint16_t offset) {
  Descriptor *descriptor = descriptor_new(CLASS_MEMBER_DESCRIPTOR, name, owner);
  if (descriptor) descriptor->member = (NativeMember){.kind = MEMBER_VALUE, .writable = true, .offset = offset};
  return value_from_cell(descriptor);
}

// Members

Value member_load(const Descriptor *descriptor, Value object) {
  const char *field = (const char *)value_cell(object) + descriptor->member.offset;
  Value value;
  switch (descriptor->member.kind) {
  case MEMBER_VALUE:
    value = gc_load((const Value *)(const void *)field);
    return value ? value : raise_attribute_error(object, descriptor->name);
  case MEMBER_VALUE_OR_NONE:
    value = gc_load((const Value *)(const void *)field);
    return value ? value : VALUE_NONE;
  case MEMBER_INT32:
    return value_from_small_int(*(const int32_t *)(const void *)field);
  case MEMBER_INT64:
    return int_from_int64(*(const int64_t *)(const void *)field);
  case MEMBER_SIZE:
    return int_from_size(*(const size_t *)(const void *)field);
  case MEMBER_BOOL:
    return value_from_bool(*(const bool *)(const void *)field);
  case MEMBER_DOUBLE:
    return float_from_double(*(const double *)(const void *)field);
  }
  return raise(CLASS_SYSTEM_ERROR, "unknown member kind");
}

static bool member_store_raw(const Descriptor *descriptor, char *field, Value value) {
  int64_t number;
  switch (descriptor->member.kind) {
  case MEMBER_INT32:
  case MEMBER_INT64:
  case MEMBER_SIZE:
    if (!value_as_int64(value, &number)) return false;
    if (descriptor->member.kind == MEMBER_INT32)
      *(int32_t *)(void *)field = (int32_t)number;
    else
      *(int64_t *)(void *)field = number;
    return true;
  case MEMBER_BOOL:
    if (!value_is_bool(value)) {
      raise_type_error("attribute value type must be bool");
      return false;
    }
    *(bool *)(void *)field = value == VALUE_TRUE;
    return true;
  case MEMBER_DOUBLE:
    return value_as_double(value, (double *)(void *)field);
  default:
    return false;
  }
}

bool member_store(const Descriptor *descriptor, Value object, Value value) {
  char *field = (char *)value_cell(object) + descriptor->member.offset;
  if (!descriptor->member.writable) {
    raise(CLASS_ATTRIBUTE_ERROR, "readonly attribute");
    return false;
  }
  bool is_value = descriptor->member.kind == MEMBER_VALUE || descriptor->member.kind == MEMBER_VALUE_OR_NONE;
  if (!value && !is_value) {
    raise_type_error("can't delete numeric/char attribute");
    return false;
  }
  if (!is_value) return member_store_raw(descriptor, field, value);
  Value *slot = (Value *)(void *)field;
  if (!value && descriptor->member.kind == MEMBER_VALUE && !gc_load(slot)) {
    raise_value(CLASS_ATTRIBUTE_ERROR, descriptor->name);
    return false;
  }
  gc_store(value_cell(object), slot, value);
  return true;
}

// Binding

static bool receiver_fits(const Descriptor *descriptor, Value object) {
  if (value_is_instance(object, value_as_class(descriptor->owner))) return true;
  raise_type_error("descriptor '%U' for '%.100N' objects doesn't apply to a '%.100T' object", descriptor->name,
                   value_as_class(descriptor->owner), object);
  return false;
}

static Value getset_get(Descriptor *descriptor, Value object) {
  if (!receiver_fits(descriptor, object)) return NULL;
  if (descriptor->property->get) return descriptor->property->get(object);
  return raise(CLASS_ATTRIBUTE_ERROR, "attribute '%U' of '%.100N' objects is not readable", descriptor->name,
               value_as_class(descriptor->owner));
}

static bool getset_set(Descriptor *descriptor, Value object, Value value) {
  if (!receiver_fits(descriptor, object)) return false;
  if (descriptor->property->set) return descriptor->property->set(object, value);
  raise(CLASS_ATTRIBUTE_ERROR, "attribute '%U' of '%.100N' objects is not writable", descriptor->name,
        value_as_class(descriptor->owner));
  return false;
}

static Value native_method_get(Value descriptor, Value object) {
  NativeObject *native = (NativeObject *)value_cell(descriptor);
  if (!value_is_instance(object, value_as_class(native->owner)))
    return raise_type_error("descriptor '%s' for '%.100N' objects doesn't apply to a '%.100T' object",
                            native->method->name, value_as_class(native->owner), object);
  return native_bind(native, object);
}

static Value native_classmethod_get(Value descriptor, Value object, Class *class) {
  NativeObject *native = (NativeObject *)value_cell(descriptor);
  Class *owner = value_as_class(native->owner);
  if (!class) class = value_class(object);
  if (!class_is_subclass(class, owner))
    return raise_type_error("descriptor '%s' requires a subtype of '%.100N' but received '%.100N'",
                            native->method->name, owner, class);
  return native_bind(native, value_from_cell(class));
}

static Value decorated_callable(Value decorator, const char *kind) {
  Value callable = gc_load(&((MethodDecorator *)value_cell(decorator))->callable);
  return callable ? callable : raise(CLASS_RUNTIME_ERROR, "uninitialized %s object", kind);
}

Value classmethod_bind(Value decorator, Value owner) {
  Value callable = decorated_callable(decorator, "classmethod");
  if (!callable) return NULL;
  Value get = value_special(callable, SPECIAL_GET);
  if (value_is_function(callable) || !get) return method_new(callable, owner);
  // Chaining: what the wrapped descriptor makes of the class.
  return value_is_class(owner) ? descriptor_get(callable, owner, value_as_class(owner))
                               : special_call_3(get, callable, owner, owner);
}

Value descriptor_get(Value descriptor, Value object, Class *class) {
  if (!value_is_cell(descriptor)) return descriptor;
  Class *kind = cell_shape(value_cell(descriptor))->class;
  Value get = class_special(kind, SPECIAL_GET);
  if (!get) return descriptor;
  if (kind == BUILTIN(FUNCTION)) return object ? method_new(descriptor, object) : descriptor;
  if (kind == BUILTIN(METHOD_DESCRIPTOR) || kind == BUILTIN(SLOT_WRAPPER))
    return object ? native_method_get(descriptor, object) : descriptor;
  if (kind == BUILTIN(CLASSMETHOD_DESCRIPTOR)) return native_classmethod_get(descriptor, object, class);
  if (kind == BUILTIN(GETSET_DESCRIPTOR))
    return object ? getset_get((Descriptor *)value_cell(descriptor), object) : descriptor;
  if (kind == BUILTIN(MEMBER_DESCRIPTOR)) {
    Descriptor *member = (Descriptor *)value_cell(descriptor);
    if (!object) return descriptor;
    return receiver_fits(member, object) ? member_load(member, object) : NULL;
  }
  if (kind == BUILTIN(CLASSMETHOD))
    return classmethod_bind(descriptor, value_from_cell(class ? class : value_class(object)));
  if (kind == BUILTIN(STATICMETHOD)) return decorated_callable(descriptor, "staticmethod");
  if (kind == BUILTIN(PROPERTY)) return object ? property_get((Property *)value_cell(descriptor), object) : descriptor;
  return special_call_3(get, descriptor, object ? object : VALUE_NONE, class ? value_from_cell(class) : VALUE_NONE);
}

bool descriptor_set(Value descriptor, Value object, Value value) {
  Class *kind = value_class(descriptor);
  if (kind == BUILTIN(GETSET_DESCRIPTOR)) return getset_set((Descriptor *)value_cell(descriptor), object, value);
  if (kind == BUILTIN(MEMBER_DESCRIPTOR)) {
    Descriptor *member = (Descriptor *)value_cell(descriptor);
    return receiver_fits(member, object) && member_store(member, object, value);
  }
  if (kind == BUILTIN(PROPERTY)) return property_set((Property *)value_cell(descriptor), object, value);
  Value special = class_special(kind, value ? SPECIAL_SET : SPECIAL_DELETE);
  if (!special) {
    raise_value(CLASS_ATTRIBUTE_ERROR, special_name(value ? SPECIAL_SET : SPECIAL_DELETE));
    return false;
  }
  return value ? special_call_3(special, descriptor, object, value) != NULL
               : special_call_2(special, descriptor, object) != NULL;
}

Value descriptor_get_method(Value self, Value instance, Value owner) {
  if (instance == VALUE_NONE) instance = NULL;
  if (owner == VALUE_NONE) owner = NULL;
  if (!instance && !owner) return raise_type_error("__get__(None, None) is invalid");
  if (owner && !value_is_class(owner)) {
    if (VALUE_IS_EXACT(self, CLASSMETHOD_DESCRIPTOR)) {
      NativeObject *native = (NativeObject *)value_cell(self);
      return raise_type_error("descriptor '%s' for type '%.100N' needs a type, not a '%.100T' as arg 2",
                              native->method->name, value_as_class(native->owner), owner);
    }
    owner = NULL;
  }
  return descriptor_get(self, instance, owner ? value_as_class(owner) : NULL);
}

// The types themselves

static Value get_doc(Value self) {
  Descriptor *descriptor = (Descriptor *)value_cell(self);
  const char *doc = descriptor->property ? descriptor->property->doc : descriptor->member.doc;
  return doc ? str_from_c(doc) : VALUE_NONE;
}

static Value get_qualified_name(Value self) {
  Descriptor *descriptor = (Descriptor *)value_cell(self);
  return str_format_c("%U.%U", value_as_class(descriptor->owner)->qualified_name, descriptor->name);
}

static Value descriptor_repr(Value self) {
  Descriptor *descriptor = (Descriptor *)value_cell(self);
  return str_format_c("<%s '%U' of '%N' objects>", descriptor->property ? "attribute" : "member", descriptor->name,
                      value_as_class(descriptor->owner));
}

static Value descriptor_set_method(Value self, Value object, Value value) {
  return descriptor_set(self, object, value) ? VALUE_NONE : NULL;
}

static Value descriptor_delete_method(Value self, Value object) {
  return descriptor_set(self, object, NULL) ? VALUE_NONE : NULL;
}

static Value descriptor_reduce(Value self) {
  Descriptor *descriptor = (Descriptor *)value_cell(self);
  Value arguments = tuple_of(2, descriptor->owner, descriptor->name);
  return arguments ? tuple_of(2, dict_get_name(runtime.builtins, NAME(getattr)), arguments) : NULL;
}

static const NativeMethod descriptor_methods[] = {
    NATIVE("__repr__", descriptor_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__get__", descriptor_get_method, "($self, instance, owner=None, /)", "Return the attribute of instance."),
    NATIVE("__set__", descriptor_set_method, "($self, instance, value, /)", "Set the attribute of instance."),
    NATIVE("__delete__", descriptor_delete_method, "($self, instance, /)", "Delete the attribute of instance."),
    NATIVE("__reduce__", descriptor_reduce, "($self, /)", "Say how to find the descriptor again, for pickling."),
    {}};

static const NativeProperty descriptor_properties[] = {
    {"__doc__", get_doc, NULL, NULL}, {"__qualname__", get_qualified_name, NULL, NULL}, {}};

static const NativeMember descriptor_members[] = {
    {"__objclass__", MEMBER_VALUE, false, offsetof(Descriptor, owner), NULL},
    {"__name__", MEMBER_VALUE, false, offsetof(Descriptor, name), NULL},
    {}};

static const CellType descriptor_cell_type = {.name = "descriptor", CELL_VALUES(Descriptor, owner, name)};

const ClassDef getset_descriptor_class = {
    .name = "getset_descriptor",
    .cell_type = &descriptor_cell_type,
    .instance_size = sizeof(Descriptor),
    .flags = CLASS_NO_NEW,
    .methods = descriptor_methods,
    .properties = descriptor_properties,
    .members = descriptor_members,
};
const ClassDef member_descriptor_class = {
    .name = "member_descriptor",
    .cell_type = &descriptor_cell_type,
    .instance_size = sizeof(Descriptor),
    .flags = CLASS_NO_NEW,
    .methods = descriptor_methods,
    .properties = descriptor_properties,
    .members = descriptor_members,
};
