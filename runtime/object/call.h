// Calls with arguments rearranged; see object.h for the usual ones.
#pragma once

#include "runtime/object/attributes.h"
#include "runtime/object/object.h"

// callable(first, *arguments, ...)
Value call_with_first(Value callable, Value first, Value *arguments, size_t count, Value keyword_names);
// Calls what class_special() gave, bound to `self`, with arguments as in value_call. VALUE_STOP of a native __next__ is
// passed on.
Value special_call(Value method, Value self, Value *arguments, size_t count, Value keyword_names);
// len(object) by its __len__, which class_special() gave; -1 with an exception.
ptrdiff_t special_length(Value method, Value object);
