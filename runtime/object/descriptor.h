// Descriptors that native classes and __slots__ put into class namespaces.
#pragma once

#include "runtime/object/class.h"
#include "runtime/object/native.h"

// getset_descriptor or member_descriptor
typedef struct Descriptor {
  Cell head;
  Value owner; // class
  Value name;  // str
  // ---- end of values
  const NativeProperty *property; // getset_descriptor
  NativeMember member;            // member_descriptor (its name is not used: `name` above is)
} Descriptor;

typedef struct Property {
  Cell head;
  Value getter, setter, deleter; // zero: none
  Value doc;                     // or zero
  Value name;                    // from __set_name__, or zero
  Value doc_from_getter;         // True or zero
} Property;

// classmethod and staticmethod
typedef struct MethodDecorator {
  Cell head;
  Value callable; // zero before __init__
} MethodDecorator;

static inline bool value_is_property(Value value) {
  return VALUE_IS_EXACT(value, PROPERTY);
}

Value getset_descriptor_new(const NativeProperty *property, Class *owner);
Value member_descriptor_new(const NativeMember *member, Class *owner);
// Descriptor of a __slots__ member `name` at byte `offset`.
Value slot_descriptor_new(Value name, Class *owner, uint16_t offset);
Value classmethod_new(Value callable);
Value staticmethod_new(Value callable);
// What classmethod.__get__ gives for `owner` (anything, mostly a class).
Value classmethod_bind(Value decorator, Value owner);

// Reads, writes (value zero: deletes) a member of `object`, which must be an instance of the descriptor's owner.
Value member_load(const Descriptor *descriptor, Value object);
bool member_store(const Descriptor *descriptor, Value object, Value value);

// Binding, as type(descriptor).__get__(object, class) does: `object` zero for access through the class. The usual
// native descriptors are handled without a call. `descriptor` without __get__ gives itself.
Value descriptor_get(Value descriptor, Value object, Class *class);
// Does type(descriptor) have __set__ or __delete__?
static inline bool descriptor_is_data(Value descriptor) {
  Class *class = value_class(descriptor);
  return class_special(class, SPECIAL_SET) || class_special(class, SPECIAL_DELETE);
}
// Is it, as an attribute of a class, nothing but itself?
static inline bool descriptor_is_plain(Value value) {
  Class *class = value_class(value);
  return !class_special(class, SPECIAL_GET) && !class_special(class, SPECIAL_SET) &&
         !class_special(class, SPECIAL_DELETE);
}
// Does a descriptor on the class come before an attribute of the instance when that is read?
static inline bool descriptor_beats_instance(Value descriptor) {
  return class_special(value_class(descriptor), SPECIAL_GET) && descriptor_is_data(descriptor);
}
// type(descriptor).__set__ or __delete__ (value zero). False: exception pending.
bool descriptor_set(Value descriptor, Value object, Value value);
// The __get__ method of all native descriptors.
Value descriptor_get_method(Value self, Value instance, Value owner);
Value property_get(Property *property, Value object);
bool property_set(Property *property, Value object, Value value);
