// str: immutable text, one, two or four bytes a character, whichever the widest character needs.
//
// The characters stand behind the header, ended by a NUL of the same width. Equal short strings may exist twice;
// *interned* ones do not, so attribute names are compared by pointer. The hash is computed on first use (a benign race:
// all threads write the same).
#pragma once

#include "runtime/object/class.h"
#include <stdarg.h>

typedef struct Str {
  Cell head;    // flags: STR_*
  int64_t hash; // -1: not yet computed
  size_t length;
  // characters follow (or, in a subclass with attributes, then the `extra` word)
  uint8_t data[];
} Str;

enum : uint16_t {
  STR_WIDTH_MASK = 3 << 8, // 0: one byte, 1: two, 2: four
  STR_WIDTH_SHIFT = 8,
  STR_ASCII = 1 << 10,
  STR_INTERNED = 1 << 11,
  STR_GROWING = 1 << 12, // has room behind it, and is known only to a loop that appends to it (str_append)
};

static inline bool value_is_str(Value value) {
  return value_has_class_flag(value, CLASS_IS_STR);
}
static inline Str *value_as_str(Value value) {
  return (Str *)value_cell(value);
}
static inline size_t str_length(Value text) {
  return value_as_str(text)->length;
}
static inline int str_width(const Str *text) {
  return 1 << ((text->head.flags & STR_WIDTH_MASK) >> STR_WIDTH_SHIFT);
} // bytes a character
static inline bool str_is_ascii(const Str *text) {
  return (text->head.flags & STR_ASCII) != 0;
}
static inline bool str_is_interned(Value text) {
  return (value_cell(text)->flags & STR_INTERNED) != 0;
}
static inline uint32_t str_character(const Str *text, size_t index) {
  switch (str_width(text)) {
  case 1:
    return text->data[index];
  case 2:
    return ((const uint16_t *)(const void *)text->data)[index];
  default:
    return ((const uint32_t *)(const void *)text->data)[index];
  }
}

// Bytes of a cell, and allocation for a subclass (str.__new__).
size_t str_cell_size(size_t length, int width, bool ascii, bool has_extra);
Str *str_allocate_in(Class *class, size_t length, uint32_t widest);
extern const CellType str_cell_type;

// Making. NULL/zero: MemoryError pending. They may collect but run no Python code.
Str *str_allocate(size_t length,
                  uint32_t widest); // characters to be filled in by the caller, who never exceeds `widest`
Value str_from_utf8(const char *text, size_t length);  // invalid UTF-8: UnicodeDecodeError; surrogates allowed (WTF-8)
Value str_from_c(const char *text);                    // UTF-8
Value str_from_ascii(const char *text, size_t length); // must be ASCII: it is not checked
Value str_from_latin1(const uint8_t *text, size_t length);
Value str_from_ucs2(const uint16_t *text, size_t length);          // narrowed when possible
Value str_from_ucs4(const uint32_t *text, size_t length);          // narrowed when possible
Value str_from_units(const void *units, int width, size_t length); // of 1, 2 or 4 bytes; narrowed when possible
Value str_from_character(uint32_t character);
Value str_substring(Value text, size_t start, size_t end); // exact str, shares nothing
Value str_concatenate(Value a, Value b);
// a + b of exact strings for a loop that will add more. `is_own`: a is what this gave last time, and if it is still
// STR_GROWING, b is appended to it in place.
Value str_append(Value a, Value b, bool is_own);
Value str_join(Value separator, Value iterable);
Value str_format_c(const char *format, ...); // directives as in raise() (exception.h)
Value str_format_list(const char *format, va_list arguments);
// The one interned string equal to `text` (exact str).
Value str_intern(Value text);
Value str_intern_c(const char *text);
Value str_intern_latin1(const uint8_t *text, size_t length);
// Interned names that C code uses are made once: `NAME(x)` in names.h.

// Reading
int64_t str_hash(Value text);
bool str_equals(Value a, Value b); // both str
bool str_equals_c(Value a, const char *ascii);
int str_compare(Value a, Value b); // by code points: <0, 0, >0
// UTF-8 form, NUL-terminated, cached with the string and alive as long as it. Lone surrogates: NULL with
// UnicodeEncodeError.
const char *str_utf8(Value text, size_t *length);
// The same but lone surrogates are encoded as WTF-8 (never fails but for memory); in a malloc'ed buffer of the caller.
char *str_wtf8(Value text, size_t *length);
ptrdiff_t str_find(Value text, Value part, ptrdiff_t start, ptrdiff_t end); // -1: not found
Value str_repr(Value text);

// Building piece by piece. A builder lives on the C stack and must not be moved: short texts stand in itself, longer
// ones in a cell, which the conservative scan finds.
enum { STR_BUILDER_SPACE = 120 };
typedef struct StrBuilder {
  uint8_t *units; // the characters so far: `space`, or those of `buffer`
  Str *buffer;    // NULL while they fit into `space`
  size_t length, capacity;
  uint32_t widest; // an upper bound of what was added
  uint8_t width;   // bytes a character
  bool failed;     // MemoryError is pending; further pieces are ignored
  uint8_t space[STR_BUILDER_SPACE];
} StrBuilder;
void str_builder_start(StrBuilder *builder);
void str_builder_add_any_character(StrBuilder *builder, uint32_t character);
static inline void str_builder_add_character(StrBuilder *builder, uint32_t character) {
  if (__builtin_expect(builder->width == 1 && character <= builder->widest && builder->length < builder->capacity, 1))
    builder->units[builder->length++] = (uint8_t)character;
  else
    str_builder_add_any_character(builder, character);
}
void str_builder_add(StrBuilder *builder, Value text);
void str_builder_add_part(StrBuilder *builder, Value text, size_t start, size_t end);
void str_builder_add_ascii(StrBuilder *builder, const char *text, size_t length);
void str_builder_add_c(StrBuilder *builder, const char *text); // UTF-8
Value str_builder_finish(StrBuilder *builder);                 // zero if it failed
