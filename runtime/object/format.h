// The format specification mini-language: what __format__ of the built-in types does.
#pragma once

#include "runtime/object/class.h"

// Each takes the value (of the right type) and the specification (str). Zero: ValueError or the like is pending.
Value format_str(Value text, Value specification);
Value format_int(Value number, Value specification);
Value format_float(Value number, Value specification);
Value format_complex(Value number, Value specification);
