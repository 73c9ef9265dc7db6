// types.UnionType: what int | str is.
#pragma once

#include "runtime/object/class.h"

// a | b for operands that type hints allow; VALUE_NOT_IMPLEMENTED for others. Zero: exception pending.
Value union_or(Value a, Value b);
// The tuple of alternatives.
Value union_arguments(Value union_type);
