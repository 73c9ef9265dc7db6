// What compiled code calls of the module _random (its other functions are reached through the module alone).
#pragma once

#include "runtime/value.h"

// The method random() of _random.Random, and what it gives as a double: the next one of a generator, which `self` must
// be. Neither runs Python code; random_double does not collect either.
Value random_random(Value self);
double random_double(Value self);
