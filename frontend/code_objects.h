// From compiled code in an arena to Python's code objects.
#pragma once

#include "frontend/code_unit.h"

// Makes the Code cell of a unit and of all inner ones. Equal constants become one object throughout; names, and strings
// that look like identifiers, are interned. `filename`: str. Uses Name.user of the unit's names. May collect. Zero:
// MemoryError (or what str and int conversions raise).
Value code_object_new(const CodeUnit *unit, Value filename);

// The object a constant stands for. Zero: an exception is pending.
Value constant_to_value(const Constant *constant);
