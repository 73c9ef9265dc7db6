// "Did you mean: 'name'?": the name that an AttributeError or NameError probably meant.
#pragma once

#include "runtime/object/class.h"

// The closest candidate, VALUE_MISSING if none is close enough (or anything fails on the way: failures are swallowed).
// Runs Python code (dir() of the object).
Value suggestion_for(Value exception);
