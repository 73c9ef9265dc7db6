// What the modules of hash functions share.
#pragma once

#include "runtime/object/bytes.h"

// Acquires the buffer of what is to be hashed. False: TypeError, or what the object raises.
bool hash_acquire(Value data, Buffer *buffer);
