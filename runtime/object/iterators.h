// Iterators over anything that can be indexed or called: what iter() makes where there is no __iter__.
#pragma once

#include "runtime/object/class.h"

// iter(sequence) through __getitem__. Zero: MemoryError.
Value sequence_iterator_new(Value sequence);
// iter(callable, sentinel). Zero: MemoryError.
Value callable_iterator_new(Value callable, Value sentinel);
