// memoryview, for the native modules that hand out views of their own memory.
#pragma once

#include "runtime/object/bytes.h"

// A memoryview of `object`. TypeError if it lends no buffer.
Value memoryview_new(Value object);
// Whose memory `view`, an exact memoryview, shows.
Value memoryview_object(Value view);
// The value of one item in memory, by a one-character native struct format ("B", "@i", "d", "c", "?" ...).
// NotImplementedError for others.
Value memory_unpack(const char *format, const uint8_t *at);
// Stores `value` into memory by the format. False: TypeError or ValueError.
bool memory_pack(const char *format, uint8_t *at, Value value);
// The size of an item of the format, or 0 if it is not a native one-character format.
size_t memory_item_size(const char *format);
