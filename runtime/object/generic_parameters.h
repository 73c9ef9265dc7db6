// Type variables in the arguments of generic aliases and unions.
#pragma once

#include "runtime/object/class.h"

// repr of one argument: qualified names of classes without "<class ...>", "..." for Ellipsis. Zero: exception pending.
Value generic_item_repr(Value item);
// The type variables in `arguments` (a tuple), each once: a tuple.
Value generic_collect_parameters(Value arguments);
// `arguments` with `parameters` replaced by `item` (one value, or a tuple of them): a tuple. TypeError for a wrong
// number.
Value generic_substitute(Value alias, Value arguments, Value parameters, Value item);
