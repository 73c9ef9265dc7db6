// What the rest of the runtime calls of the type `type`: attribute access on classes, calling them.
#pragma once

#include "runtime/object/class.h"

// type.__getattribute__; `missing` may be NULL, otherwise it is set instead of raising AttributeError.
Value type_get_attribute(Class *class, Value name, bool *missing);
bool type_set_attribute(Class *class, Value name, Value value);
// type.__call__: makes an instance.
Value class_call(Class *class, Value *arguments, size_t count, Value keyword_names);
// "module.qualname", or "qualname" for built-ins, as in repr(class).
Value class_full_name(Class *class);
// __module__ of the class as seen from Python; zero with AttributeError.
Value class_module_name(Class *class);
// The best base of `bases` (a tuple): the one whose layout a new class extends. NULL: TypeError.
Class *class_best_base(Value bases);
// May `base` stand in the MRO of `class`: has `class` all fields that methods of `base` expect?
bool class_layout_fits(Class *class, Class *base);
// Are instances of `a` laid out as those of `b`?
bool class_same_layout(const Class *a, const Class *b);
