// The functions of math that work on ints of any size.
#include "runtime/module/math.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/thread/safepoint.h"

static Value zero_int(void) {
  return value_from_small_int(0);
}
static Value one_int(void) {
  return value_from_small_int(1);
}

static Value absolute(Value number) {
  return int_sign(number) < 0 ? int_negative(number) : int_exact(number);
}

// Euclid on words as soon as both fit, on big ints until then.
static Value gcd_of(Value a, Value b) {
  a = absolute(a);
  b = b && a ? absolute(b) : NULL;
  while (b && !values_are_small_ints(a, b)) {
    if (int_sign(b) == 0) return a;
    Value rest = int_remainder(a, b);
    if (!rest) return NULL;
    a = b;
    b = rest;
    safepoint_poll();
  }
  if (!b) return NULL;
  int64_t x = value_small_int(a), y = value_small_int(b);
  while (y) {
    int64_t rest = x % y;
    x = y;
    y = rest;
  }
  return value_from_small_int(x);
}

Value math_gcd([[maybe_unused]] Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!arguments_check_none_by_keyword("math.gcd", keyword_names)) return NULL;
  Value result = zero_int();
  for (size_t i = 0; result && i < count; i++) {
    Value number = value_index(arguments[i]);
    result = number ? gcd_of(result, number) : NULL;
  }
  return result;
}

Value math_lcm([[maybe_unused]] Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!arguments_check_none_by_keyword("math.lcm", keyword_names)) return NULL;
  Value result = one_int();
  for (size_t i = 0; result && i < count; i++) {
    Value number = value_index(arguments[i]);
    if (!number) return NULL;
    if (int_sign(number) == 0 || int_sign(result) == 0) {
      result = zero_int();
      continue;
    }
    Value divisor = gcd_of(result, number);
    Value quotient = divisor ? int_floor_divide(result, divisor) : NULL;
    Value product = quotient ? int_multiply(quotient, number) : NULL;
    result = product ? absolute(product) : NULL;
  }
  return result;
}

// The product of first * (first + 1) * ... * last, by halves, so that factors stay of like size.
static Value product_range(uint64_t first, uint64_t last) {
  if (last - first < 8) {
    Value result = int_from_uint64(first);
    for (uint64_t i = first + 1; result && i <= last; i++) result = int_multiply(result, int_from_uint64(i));
    return result;
  }
  uint64_t middle = first + (last - first) / 2;
  Value low = product_range(first, middle), high = low ? product_range(middle + 1, last) : NULL;
  return high ? int_multiply(low, high) : NULL;
}

Value math_factorial(Value n) {
  if (value_is_float(n)) return raise_type_error("'float' object cannot be interpreted as an integer");
  Value number = value_index(n);
  uint64_t count;
  if (!number) return NULL;
  if (int_sign(number) < 0) return raise_value_error("factorial() not defined for negative values");
  if (!int_fits_uint64(number, &count) || count > INT64_MAX)
    return raise(CLASS_OVERFLOW_ERROR, "factorial() argument should not exceed %lld", (long long)INT64_MAX);
  return count < 2 ? one_int() : product_range(2, count);
}

static bool choose_operands(Value *n, Value *k) {
  if (!(*n = value_index(*n)) || !(*k = value_index(*k))) return false;
  if (int_sign(*n) < 0) {
    raise_value_error("n must be a non-negative integer");
    return false;
  }
  if (int_sign(*k) < 0) {
    raise_value_error("k must be a non-negative integer");
    return false;
  }
  return true;
}

// n * (n - 1) * ... * (n - count + 1)
static Value falling_product(Value n, uint64_t count) {
  uint64_t small;
  if (count == 0) return one_int();
  if (int_fits_uint64(n, &small)) return product_range(small - count + 1, small);
  Value result = n, factor = n;
  for (uint64_t i = 1; result && i < count; i++) {
    factor = int_subtract(factor, one_int());
    result = factor ? int_multiply(result, factor) : NULL;
  }
  return result;
}

Value math_perm(Value n, Value k) {
  if (!k || k == VALUE_NONE) return math_factorial(n);
  if (!choose_operands(&n, &k)) return NULL;
  if (int_compare(n, k) < 0) return zero_int();
  uint64_t count;
  if (!int_fits_uint64(k, &count) || count > INT64_MAX)
    return raise(CLASS_OVERFLOW_ERROR, "k must not exceed %lld", (long long)INT64_MAX);
  return falling_product(n, count);
}

Value math_comb(Value n, Value k) {
  if (!choose_operands(&n, &k)) return NULL;
  Value other = int_subtract(n, k);
  if (!other) return NULL;
  if (int_sign(other) < 0) return zero_int();
  if (int_compare(other, k) < 0) k = other; // the smaller of the two halves
  uint64_t count;
  if (!int_fits_uint64(k, &count) || count > INT64_MAX)
    return raise(CLASS_OVERFLOW_ERROR, "min(n - k, k) must not exceed %lld", (long long)INT64_MAX);
  if (count == 0) return one_int();
  Value numerator = falling_product(n, count), denominator = numerator ? product_range(1, count) : NULL;
  return denominator ? int_floor_divide(numerator, denominator) : NULL;
}

Value math_isqrt(Value n) {
  Value number = value_index(n);
  if (!number) return NULL;
  if (int_sign(number) < 0) return raise_value_error("isqrt() argument must be nonnegative");
  if (int_sign(number) == 0) return zero_int();
  // Newton's iteration from above, which cannot oscillate.
  Value guess = int_left_shift(one_int(), int_from_size((int_bit_length(number) + 1) / 2));
  for (;;) {
    Value quotient = guess ? int_floor_divide(number, guess) : NULL;
    Value sum = quotient ? int_add(guess, quotient) : NULL;
    Value next = sum ? int_right_shift(sum, one_int()) : NULL;
    if (!next) return NULL;
    if (int_compare(next, guess) >= 0) return guess;
    guess = next;
    safepoint_poll();
  }
}
