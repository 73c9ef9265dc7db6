// __slots__: which fields, __dict__ and weak references the instances of a new class get.
#pragma once

#include "runtime/object/class.h"

// The attribute __dict__ of instances.
extern const NativeProperty instance_dict_property;

// Reads __slots__ from the new class's namespace; sets instance_size, slot_names and the flags for __dict__ and weak
// references. `*slots_start`: byte at which __slots__ members begin (0: there are none). False: TypeError or
// ValueError.
bool slots_apply(Class *class, Class *base, uint32_t *slots_start);
// Puts member descriptors, and getters for __dict__ and __weakref__ where the class adds them, into the namespace.
bool slots_add_descriptors(Class *class, Class *base, uint32_t slots_start);
// `_Class__name` for private names, else `name` itself.
Value slots_mangle(Value class_name, Value name);
