// int: small ones are immediate (value.h); larger ones are cells with their limbs inline, magnitude and sign, computed
// by GMP's mpn functions.
//
// Invariant: a number that fits a small int is never a cell, except inside instances of int subclasses (bool is its
// own: value_is_bool). bool values are VALUE_TRUE and VALUE_FALSE and count as ints everywhere.
#pragma once

#include "runtime/object/class.h"

typedef struct Int {
  Cell head;
  int64_t size; // number of limbs, negative for negative numbers; no leading zero limbs; 0: zero (subclasses only)
  uint64_t limbs[];
} Int;

// int or a subclass (bool included)
static inline bool value_is_int(Value value) {
  return value_is_small_int(value) || value_is_bool(value) || value_has_class_flag(value, CLASS_IS_INT);
}
static inline bool value_is_exact_int(Value value) {
  return value_is_small_int(value) || VALUE_IS_EXACT(value, INT);
}

Value int_from_int64(int64_t number); // zero: MemoryError
Value int_from_uint64(uint64_t number);
Value int_from_size(size_t number);
Value int_from_double(double number); // truncates; OverflowError / ValueError for inf and nan
// Little-endian limbs; normalizes.
Value int_from_limbs(const uint64_t *limbs, size_t count, bool negative);
Value int_from_bytes(const uint8_t *bytes, size_t count, bool little_endian, bool is_signed);
// Digits in `base` 2..36 (no prefix, underscores or sign). zero: MemoryError, or ValueError for the digit limit
// (sys.set_int_max_str_digits).
Value int_from_digits(const char *digits, size_t count, int base, bool negative);
// int(text, base) in full: sign, prefix, underscores, spaces, Unicode digits.
Value int_from_text(Value text, int base);
// Value of an int that fits: true; else false with nothing pending.
bool int_fits_int64(Value number, int64_t *result);
bool int_fits_uint64(Value number, uint64_t *result);
int int_sign(Value number);
double int_as_double(Value number); // OverflowError -> -1.0 with exception pending
bool int_to_bytes(Value number, uint8_t *bytes, size_t count, bool little_endian, bool is_signed); // OverflowError
size_t int_bit_length(Value number);
Value int_to_str(Value number, int base, bool prefix); // digits of base 2..36
Value int_exact(Value number);                         // the same number as an exact int (strips subclasses and bool)

// Arithmetic on ints (small, cell, bool, subclass alike); results are exact ints.
Value int_add(Value a, Value b);
Value int_subtract(Value a, Value b);
Value int_multiply(Value a, Value b);
Value int_floor_divide(Value a, Value b); // ZeroDivisionError
Value int_remainder(Value a, Value b);
bool int_divmod(Value a, Value b, Value *quotient, Value *remainder);
Value int_power(Value base, Value exponent,
                Value modulus); // modulus zero: none. May return a float (negative exponent).
Value int_true_divide(Value a, Value b);
Value int_left_shift(Value a, Value b);
Value int_right_shift(Value a, Value b);
Value int_and(Value a, Value b);
Value int_or(Value a, Value b);
Value int_xor(Value a, Value b);
Value int_negative(Value a);
Value int_invert(Value a);
int int_compare(Value a, Value b); // -1, 0, 1
int64_t int_hash(Value a);
