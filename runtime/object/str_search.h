// Searching strings: a needle is prepared once for storage of one width and then found forwards or backwards.
//
// Nothing here is worse than linear: one character by memchr and its like, short needles by first character and
// comparison, long ones by the two-way algorithm (Crochemore and Perrin, 1991).
#pragma once

#include "runtime/object/str.h"

typedef struct StrNeedle {
  const void *units; // as wide as the text that is searched
  int width;
  size_t length;
  Value owner; // what `units` stands in, for the conservative scan
} StrNeedle;

// Prepares `part` (str) for searching text of `width`. 1; 0: it cannot occur there (it has wider characters); -1:
// MemoryError. May collect.
int needle_prepare(StrNeedle *needle, Value part, int width);

// The first / last occurrence that lies within units[start..end), or -1. An empty needle is found at start / end.
ptrdiff_t needle_find(const StrNeedle *needle, const void *units, size_t start, size_t end);
ptrdiff_t needle_find_last(const StrNeedle *needle, const void *units, size_t start, size_t end);
// Occurrences that do not overlap, at most `limit`. The needle is not empty.
size_t needle_count(const StrNeedle *needle, const void *units, size_t start, size_t end, size_t limit);

// One character.
ptrdiff_t units_find_character(const void *units, int width, size_t start, size_t end, uint32_t character);
ptrdiff_t units_find_last_character(const void *units, int width, size_t start, size_t end, uint32_t character);
