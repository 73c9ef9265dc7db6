// A Python value in one machine word.
//
// `Value` is declared as a pointer to a type that does not exist, so that the compiler refuses to mix values with
// integers, while `!value` and `a == b` (identity) stay natural. Nothing may dereference it; the functions below decode
// it.
//
//   low bits   meaning
//   000        pointer to a cell (16-byte aligned); the all-zero word means "nothing here"
//   x11        small int, 62 bits, n << 2 | 3
//   101, 110   float with 2^-255 <= abs(x) < 2^257
//   010        float: zero and tiny
//   001        None, True, False, Ellipsis, NotImplemented and internal markers
//   100        reserved
//
// Floats are self-tagged: rotating the bits left by four brings the sign and the three top exponent bits to the bottom,
// and adding two makes the common exponents land on the float tags. Other floats (huge, infinite, nan) are cells
// (object/float.h).
//
// Zero is what a function returns when an exception is pending; it is never stored as a Python value.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct AnyValue *Value;
typedef struct Cell Cell;

#define VALUE_SPECIAL(number) ((Value)(uintptr_t)((number) << 3 | 1))
#define VALUE_NONE            VALUE_SPECIAL(0)
#define VALUE_FALSE           VALUE_SPECIAL(2)
#define VALUE_TRUE            VALUE_SPECIAL(3) // differs from VALUE_FALSE in one bit only
#define VALUE_ELLIPSIS        VALUE_SPECIAL(4)
#define VALUE_NOT_IMPLEMENTED VALUE_SPECIAL(5)
// Internal markers: never visible to Python code.
#define VALUE_DELETED VALUE_SPECIAL(8)  // a dict or set entry that was removed
#define VALUE_STOP    VALUE_SPECIAL(9)  // an iterator is exhausted and no exception is pending (object/object.h)
#define VALUE_MISSING VALUE_SPECIAL(10) // "not found" where zero already means "exception pending"
#define VALUE_LEFT                                                                                                     \
  VALUE_SPECIAL(11) // compiled code has not come to an end: the interpreter goes on (vm/compiled_code.h)

#define SMALL_INT_MAX ((int64_t)0x1fffffffffffffff)
#define SMALL_INT_MIN (-SMALL_INT_MAX - 1)

static inline uint64_t value_bits(Value value) {
  return (uint64_t)(uintptr_t)value;
}
static inline Value value_from_bits(uint64_t bits) {
  return (Value)(uintptr_t)bits;
}

// Cells

static inline bool value_is_cell(Value value) {
  return (value_bits(value) & 7) == 0 && value != NULL;
}
static inline Cell *value_cell(Value value) {
  return (Cell *)(void *)value;
}
static inline Value value_from_cell(const void *cell) {
  return (Value)(uintptr_t)cell;
}

// Small ints

static inline bool value_is_small_int(Value value) {
  return (value_bits(value) & 3) == 3;
}
static inline bool values_are_small_ints(Value a, Value b) {
  return (value_bits(a) & value_bits(b) & 3) == 3;
}
static inline bool small_int_fits(int64_t number) {
  return number >= SMALL_INT_MIN && number <= SMALL_INT_MAX;
}
static inline int64_t value_small_int(Value value) {
  return (int64_t)value_bits(value) >> 2;
}
// `number` must fit (small_int_fits).
static inline Value value_from_small_int(int64_t number) {
  return value_from_bits((uint64_t)number << 2 | 3);
}

// Immediate floats. A float may also be a cell: value_is_float() and float_as_double() in object/float.h handle both.

static inline bool value_is_immediate_float(Value value) {
  return (0x64 >> (value_bits(value) & 7)) & 1;
}
static inline double value_immediate_double(Value value) {
  uint64_t bits = __builtin_rotateright64(value_bits(value) - 2, 4);
  double number;
  __builtin_memcpy(&number, &bits, sizeof number);
  return number;
}
// The word that encodes `number` if it has an immediate form; otherwise a word for which value_is_immediate_float() is
// false.
static inline Value value_try_immediate_float(double number) {
  uint64_t bits;
  __builtin_memcpy(&bits, &number, sizeof bits);
  return value_from_bits(__builtin_rotateleft64(bits, 4) + 2);
}

// Singletons

static inline Value value_from_bool(bool truth) {
  return truth ? VALUE_TRUE : VALUE_FALSE;
}
static inline bool value_is_bool(Value value) {
  return (value_bits(value) & ~(uint64_t)8) == value_bits(VALUE_FALSE);
}

static_assert(sizeof(Value) == 8, "Krait needs a 64-bit machine");
