// super objects, and super().name without making one.
#pragma once

#include "runtime/object/class.h"

// super(class, object). Zero: TypeError.
Value super_new(Value class, Value object);
// super(class, object).name: what the interpreter does for `super().name`. Runs descriptors.
Value super_get_attribute(Value class, Value object, Value name);
// What the classes behind `type` in the MRO of `start` give for the interned `name`, unbound; zero without exception.
Value super_find(Class *type, Class *start, Value name);
