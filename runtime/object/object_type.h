// Parts of the class `object` that other files use.
#pragma once

#include "runtime/object/class.h"

// Does calling the class end up in object.__new__ / object.__init__?
bool class_inherits_new(const Class *class);
bool class_inherits_init(const Class *class);
// object.__new__ and object.__init__, raw
Value object_new(Value class, Value *arguments, size_t count, Value keyword_names);
Value object_init(Value self, Value *arguments, size_t count, Value keyword_names);
// Pickling (object_reduce.c)
Value object_reduce(Value self);
Value object_reduce_ex(Value self, Value protocol);
Value object_getstate(Value self);
