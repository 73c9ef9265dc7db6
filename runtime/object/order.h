// a < b, as sorts and heaps ask it again and again: the usual kinds of values without the ways through the operators.
#pragma once

#include "runtime/object/object.h"

// 1, 0, or -1: exception. May run Python code.
int value_less(Value a, Value b);
// Of exact strings: 1 or 0.
int strings_less(Value a, Value b);
// Of exact tuples. -1: exception. May run Python code.
int tuples_less(Value a, Value b);
