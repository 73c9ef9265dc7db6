// Making classes from Python code, and changing their bases.
#pragma once

#include "runtime/object/class.h"

// type.__new__, raw
Value type_new(Value metaclass, Value *arguments, size_t count, Value keyword_names);
// The most derived metaclass among `metaclass` and those of `bases`. NULL: TypeError.
Class *class_calculate_metaclass(Class *metaclass, Value bases);
// Assignment to __bases__. False: exception pending.
bool class_set_bases(Value class, Value bases);
// isinstance() and issubclass() without __instancecheck__ and __subclasscheck__ hooks. -1: exception pending.
int class_real_isinstance(Value object, Value class);
int class_real_issubclass(Value derived, Value class);
