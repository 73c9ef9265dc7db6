// Searching strings (str_search.h).
//
// Threads: only immutable texts are read.
#include "runtime/object/str_search.h"
#include "runtime/support/utf8.h"

#include <string.h>
#include <wchar.h>

enum {
  SHORT_NEEDLE = 8, // up to this length, comparing at every place costs less than preparing the two-way search
};

static ptrdiff_t find_unit_1(const uint8_t *units, size_t start, size_t end, uint32_t character) {
  if (start >= end) return -1;
  const uint8_t *found = memchr(units + start, (int)character, end - start);
  return found ? found - units : -1;
}

static ptrdiff_t find_unit_2(const uint16_t *units, size_t start, size_t end, uint32_t character) {
  // Sixteen at a time: the inner loop has no early exit, so that it becomes vector code.
  uint16_t wanted = (uint16_t)character;
  for (; start + 16 <= end; start += 16) {
    uint16_t any = 0;
    for (int i = 0; i < 16; i++) any |= units[start + (size_t)i] == wanted;
    if (any) break;
  }
  for (; start < end; start++)
    if (units[start] == wanted) return (ptrdiff_t)start;
  return -1;
}

static ptrdiff_t find_unit_4(const uint32_t *units, size_t start, size_t end, uint32_t character) {
  static_assert(sizeof(wchar_t) == sizeof(uint32_t));
  if (start >= end) return -1;
  const uint32_t *found = (const uint32_t *)(const void *)wmemchr((const wchar_t *)(const void *)(units + start),
                                                                  (wchar_t)character, end - start);
  return found ? found - units : -1;
}

#define UNIT    uint8_t
#define NAME(x) x##_1
#include "runtime/object/str_search_kernel.h"
#undef UNIT
#undef NAME
#define UNIT    uint16_t
#define NAME(x) x##_2
#include "runtime/object/str_search_kernel.h"
#undef UNIT
#undef NAME
#define UNIT    uint32_t
#define NAME(x) x##_4
#include "runtime/object/str_search_kernel.h"
#undef UNIT
#undef NAME

ptrdiff_t units_find_character(const void *units, int width, size_t start, size_t end, uint32_t character) {
  switch (width) {
  case 1:
    return character > 0xff ? -1 : find_unit_1(units, start, end, character);
  case 2:
    return character > 0xffff ? -1 : find_unit_2(units, start, end, character);
  default:
    return find_unit_4(units, start, end, character);
  }
}

ptrdiff_t units_find_last_character(const void *units, int width, size_t start, size_t end, uint32_t character) {
  if (start >= end) return -1;
  if (width == 1) {
    if (character > 0xff) return -1;
    const uint8_t *bytes = units, *found = memrchr(bytes + start, (int)character, end - start);
    return found ? found - bytes : -1;
  }
  for (size_t at = end; at-- > start;)
    if (utf_unit(units, width, at) == character) return (ptrdiff_t)at;
  return -1;
}

int needle_prepare(StrNeedle *needle, Value part, int width) {
  const Str *text = value_as_str(part);
  *needle = (StrNeedle){.units = text->data, .width = width, .length = text->length, .owner = part};
  if (str_width(text) == width || text->length == 0) return 1;
  if (str_width(text) > width) return 0;
  Str *wide = str_allocate(text->length, width == 2 ? 0xffff : 0x10ffff);
  if (!wide) return -1;
  for (size_t i = 0; i < text->length; i++) {
    if (width == 2)
      ((uint16_t *)(void *)wide->data)[i] = (uint16_t)str_character(text, i);
    else
      ((uint32_t *)(void *)wide->data)[i] = str_character(text, i);
  }
  needle->units = wide->data;
  needle->owner = value_from_cell(wide);
  return 1;
}

ptrdiff_t needle_find(const StrNeedle *needle, const void *units, size_t start, size_t end) {
  size_t length = needle->length;
  if (end < start || end - start < length) return -1;
  if (length == 0) return (ptrdiff_t)start;
  if (length == 1)
    return units_find_character(units, needle->width, start, end, utf_unit(needle->units, needle->width, 0));
  switch (needle->width) {
  case 1: {
    if (length <= SHORT_NEEDLE) return find_1(units, start, end, needle->units, length);
    const uint8_t *bytes = units, *found = memmem(bytes + start, end - start, needle->units, length);
    return found ? found - bytes : -1;
  }
  case 2:
    return find_2(units, start, end, needle->units, length);
  default:
    return find_4(units, start, end, needle->units, length);
  }
}

ptrdiff_t needle_find_last(const StrNeedle *needle, const void *units, size_t start, size_t end) {
  size_t length = needle->length;
  if (end < start || end - start < length) return -1;
  if (length == 0) return (ptrdiff_t)end;
  if (length == 1)
    return units_find_last_character(units, needle->width, start, end, utf_unit(needle->units, needle->width, 0));
  switch (needle->width) {
  case 1:
    return find_last_1(units, start, end, needle->units, length);
  case 2:
    return find_last_2(units, start, end, needle->units, length);
  default:
    return find_last_4(units, start, end, needle->units, length);
  }
}

size_t needle_count(const StrNeedle *needle, const void *units, size_t start, size_t end, size_t limit) {
  size_t count = 0;
  while (count < limit) {
    ptrdiff_t at = needle_find(needle, units, start, end);
    if (at < 0) break;
    count++;
    start = (size_t)at + needle->length;
  }
  return count;
}
