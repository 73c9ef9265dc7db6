// What exec(), eval() and their like need from the interpreter.
#pragma once

#include "runtime/value.h"

// The builtins that code with these globals sees: `__builtins__` of the dict (a module or its dict), or the builtins
// module's. Zero: exception.
Value builtins_of_globals(Value globals);
// Fills in the hooks for the running frame's globals and locals.
void eval_start(void);
