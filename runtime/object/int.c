// int, the core: making, converting and computing. Methods visible to Python stand in int_methods.c.
//
// A number that fits 62 bits is immediate; others hold sign and magnitude in a cell, computed by GMP. Every function
// accepts both forms, bools and instances of subclasses; results are exact ints in their one canonical form.
//
// Threads: ints are immutable. What may take long (multiplication, division and conversion of many limbs) is a blocking
// region: it reads and writes limbs of cells that the stack keeps alive, and nothing else.
#include "runtime/object/int.h"
#include "runtime/heap/heap.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include "runtime/support/hash.h"
#include "runtime/thread/safepoint.h"

#include <gmp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Does the statement; if its `work`, products of limbs or so, takes longer than some 100 microseconds, without holding
// up others.
#define COMPUTE(work, statement)                                                                                       \
  do {                                                                                                                 \
    if ((work) > LONG_WORK)                                                                                            \
      BLOCKING(statement);                                                                                             \
    else                                                                                                               \
      statement;                                                                                                       \
  } while (0)
enum : size_t { LONG_WORK = 1 << 17 };

static_assert(sizeof(mp_limb_t) == 8 && GMP_NAIL_BITS == 0);

// More limbs than this cannot be meant: 2^36 bits, 8 GB.
enum : size_t { LIMBS_MAX = (size_t)1 << 30 };

// A number as GMP wants it. `limbs` points to `small` or into a cell, which the caller keeps alive by holding its
// Value.
typedef struct View {
  const mp_limb_t *limbs;
  size_t count;
  bool negative;
  mp_limb_t small;
} View;

static inline int64_t bool_number(Value value) {
  return value == VALUE_TRUE;
}

static void view_of(Value value, View *view) {
  if (value_is_small_int(value) || !value_is_cell(value)) {
    int64_t number = value_is_small_int(value) ? value_small_int(value) : bool_number(value);
    view->negative = number < 0;
    view->small = number < 0 ? -(uint64_t)number : (uint64_t)number;
    view->limbs = &view->small;
    view->count = number != 0;
  } else {
    const Int *cell = (const Int *)value_cell(value);
    view->negative = cell->size < 0;
    view->count = (size_t)(cell->size < 0 ? -cell->size : cell->size);
    view->limbs = (const mp_limb_t *)cell->limbs;
  }
}

static Int *int_allocate(size_t limbs) {
  if (limbs > LIMBS_MAX) {
    raise_memory_error();
    return NULL;
  }
  return cell_alloc(SHAPE(INT), sizeof(Int) + limbs * sizeof(uint64_t));
}

// Makes a freshly computed cell canonical: no leading zeros, small if it fits.
static Value normalize(Int *result, size_t count, bool negative) {
  while (count > 0 && result->limbs[count - 1] == 0) count--;
  if (count == 0) return value_from_small_int(0);
  if (count == 1) {
    uint64_t magnitude = result->limbs[0];
    if (magnitude <= (uint64_t)SMALL_INT_MAX)
      return value_from_small_int(negative ? -(int64_t)magnitude : (int64_t)magnitude);
    if (negative && magnitude == (uint64_t)SMALL_INT_MAX + 1) return value_from_small_int(SMALL_INT_MIN);
  }
  result->size = negative ? -(int64_t)count : (int64_t)count;
  return value_from_cell(result);
}

Value int_from_limbs(const uint64_t *limbs, size_t count, bool negative) {
  while (count > 0 && limbs[count - 1] == 0) count--;
  if (count == 0 || (count == 1 && limbs[0] <= (uint64_t)SMALL_INT_MAX))
    return value_from_small_int(count == 0 ? 0 : negative ? -(int64_t)limbs[0] : (int64_t)limbs[0]);
  Int *result = int_allocate(count);
  if (!result) return NULL;
  memcpy(result->limbs, limbs, count * sizeof *limbs);
  KEEP(limbs);
  return normalize(result, count, negative);
}

Value int_from_int64(int64_t number) {
  if (small_int_fits(number)) return value_from_small_int(number);
  uint64_t magnitude = number < 0 ? -(uint64_t)number : (uint64_t)number;
  return int_from_limbs(&magnitude, 1, number < 0);
}
Value int_from_uint64(uint64_t number) {
  if (number <= (uint64_t)SMALL_INT_MAX) return value_from_small_int((int64_t)number);
  return int_from_limbs(&number, 1, false);
}
Value int_from_size(size_t number) {
  return int_from_uint64(number);
}

Value int_from_double(double number) {
  if (isinf(number)) return raise(CLASS_OVERFLOW_ERROR, "cannot convert float infinity to integer");
  if (isnan(number)) return raise_value_error("cannot convert float NaN to integer");
  number = trunc(number);
  if (number >= -0x1p61 && number < 0x1p61) return value_from_small_int((int64_t)number);
  int exponent;
  double fraction = frexp(fabs(number), &exponent); // |number| = fraction * 2^exponent
  uint64_t mantissa = (uint64_t)ldexp(fraction, 53);
  Value whole = int_from_uint64(mantissa);
  Value shifted = whole ? int_left_shift(whole, value_from_small_int(exponent - 53)) : NULL;
  return shifted && number < 0 ? int_negative(shifted) : shifted;
}

Value int_from_bytes(const uint8_t *bytes, size_t count, bool little_endian, bool is_signed) {
  size_t limbs = count / 8 + 1;
  Int *result = int_allocate(limbs);
  if (!result) return NULL;
  bool negative = is_signed && count > 0 && (bytes[little_endian ? count - 1 : 0] & 0x80);
  for (size_t i = 0; i < count; i++) {
    uint8_t byte = little_endian ? bytes[i] : bytes[count - 1 - i];
    result->limbs[i / 8] |= (uint64_t)byte << (i % 8 * 8);
  }
  KEEP(bytes);
  if (negative) { // two's complement: invert all bits from the sign up, add one
    for (size_t i = count; i < limbs * 8; i++) result->limbs[i / 8] |= (uint64_t)0xff << (i % 8 * 8);
    mpn_neg((mp_limb_t *)result->limbs, (mp_limb_t *)result->limbs, (mp_size_t)limbs);
  }
  return normalize(result, limbs, negative);
}

bool int_fits_int64(Value number, int64_t *result) {
  if (value_is_small_int(number)) {
    *result = value_small_int(number);
    return true;
  }
  View view;
  view_of(number, &view);
  if (view.count > 1) return false;
  uint64_t magnitude = view.count ? view.limbs[0] : 0;
  if (magnitude > (uint64_t)INT64_MAX + view.negative) return false;
  *result = view.negative ? (int64_t)-magnitude : (int64_t)magnitude;
  return true;
}

bool int_fits_uint64(Value number, uint64_t *result) {
  View view;
  view_of(number, &view);
  if (view.count > 1 || (view.negative && view.count)) return false;
  *result = view.count ? view.limbs[0] : 0;
  return true;
}

int int_sign(Value number) {
  View view;
  view_of(number, &view);
  return view.count == 0 ? 0 : view.negative ? -1 : 1;
}

size_t int_bit_length(Value number) {
  View view;
  view_of(number, &view);
  return view.count ? view.count * 64 - (size_t)__builtin_clzll(view.limbs[view.count - 1]) : 0;
}

// Magnitude as fraction in [0.5, 1) times 2^*exponent, correctly rounded (half to even) to 53 bits.
static double view_frexp(const View *view, int64_t *exponent) {
  size_t bits = view->count * 64 - (size_t)__builtin_clzll(view->limbs[view->count - 1]);
  // The top 64 bits, with everything below folded into the lowest one.
  uint64_t top = view->limbs[view->count - 1] << __builtin_clzll(view->limbs[view->count - 1]);
  unsigned used = (unsigned)(64 - __builtin_clzll(view->limbs[view->count - 1]));
  bool sticky = false;
  size_t below = view->count - 1;
  if (used < 64 && below > 0) {
    top |= view->limbs[below - 1] >> used;
    sticky = used > 0 && (view->limbs[below - 1] << (64 - used)) != 0;
    below--;
  }
  for (size_t i = 0; i < below && !sticky; i++) sticky = view->limbs[i] != 0;
  uint64_t mantissa = top >> 11, rest = top & 0x7ff;
  if (rest > 0x400 || (rest == 0x400 && (sticky || (mantissa & 1)))) mantissa++;
  *exponent = (int64_t)bits;
  double fraction = (double)mantissa * 0x1p-53; // may be 1.0: still exact
  if (fraction == 1.0) {
    fraction = 0.5;
    ++*exponent;
  }
  return fraction;
}

double int_as_double(Value number) {
  if (value_is_small_int(number)) return (double)value_small_int(number);
  View view;
  view_of(number, &view);
  if (view.count == 0) return 0;
  int64_t exponent;
  double fraction = view_frexp(&view, &exponent);
  KEEP(number);
  if (exponent > 1024) {
    raise(CLASS_OVERFLOW_ERROR, "int too large to convert to float");
    return -1.0;
  }
  double result = ldexp(fraction, (int)exponent);
  if (isinf(result)) {
    raise(CLASS_OVERFLOW_ERROR, "int too large to convert to float");
    return -1.0;
  }
  return view.negative ? -result : result;
}

bool int_to_bytes(Value number, uint8_t *bytes, size_t count, bool little_endian, bool is_signed) {
  View view;
  view_of(number, &view);
  bool negative = view.negative && view.count;
  if (negative && !is_signed) {
    raise(CLASS_OVERFLOW_ERROR, "can't convert negative int to unsigned");
    return false;
  }
  size_t bits = int_bit_length(number);
  // -2^(n-1) needs n bits only.
  if (negative && bits > 0 && mpn_scan1(view.limbs, 0) == bits - 1) bits--;
  if (bits + (is_signed ? 1 : 0) > count * 8) {
    raise(CLASS_OVERFLOW_ERROR, "int too big to convert");
    return false;
  }
  uint64_t carry = 1;
  for (size_t i = 0; i < count; i++) {
    uint8_t byte = i / 8 < view.count ? (uint8_t)(view.limbs[i / 8] >> (i % 8 * 8)) : 0;
    if (negative) {
      unsigned sum = (uint8_t)~byte + (unsigned)carry;
      byte = (uint8_t)sum;
      carry = sum >> 8;
    }
    bytes[little_endian ? i : count - 1 - i] = byte;
  }
  KEEP(number);
  return true;
}

Value int_exact(Value number) {
  if (value_is_exact_int(number)) return number;
  View view;
  view_of(number, &view);
  Value result = int_from_limbs(view.limbs, view.count, view.negative);
  KEEP(number);
  return result;
}

int64_t int_hash(Value number) {
  if (value_is_small_int(number)) return hash_int64(value_small_int(number));
  View view;
  view_of(number, &view);
  int64_t hash = hash_limbs(view.negative, view.limbs, view.count);
  KEEP(number);
  return hash;
}

// ---- Text ----

static Value raise_digit_limit(bool parsing, size_t digits) {
  if (parsing)
    return raise_value_error("Exceeds the limit (%d digits) for integer string conversion: value has %zu digits; use "
                             "sys.set_int_max_str_digits() to increase the limit",
                             runtime.int_digit_limit, digits);
  return raise_value_error(
      "Exceeds the limit (%d digits) for integer string conversion; use sys.set_int_max_str_digits() to increase "
      "the limit",
      runtime.int_digit_limit);
}

static int digit_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'z') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'Z') return digit - 'A' + 10;
  return 99;
}

Value int_from_digits(const char *digits, size_t count, int base, bool negative) {
  while (count > 1 && *digits == '0') digits++, count--;
  bool power_of_two = (base & (base - 1)) == 0;
  if (count <= 12) { // 36^12 < 2^63
    int64_t number = 0;
    for (size_t i = 0; i < count; i++) number = number * base + digit_value(digits[i]);
    return int_from_int64(negative ? -number : number);
  }
  if (!power_of_two && runtime.int_digit_limit > 0 && count > (size_t)runtime.int_digit_limit)
    return raise_digit_limit(true, count);
  if (count > LIMBS_MAX) return raise_memory_error();
  unsigned char *values = malloc(count);
  if (!values) return raise_memory_error();
  for (size_t i = 0; i < count; i++) values[i] = (unsigned char)digit_value(digits[i]);
  // log2(36) < 5.17 bits a digit
  Int *result = int_allocate((size_t)((double)count * log2(base) / 64) + 2);
  Value number = NULL;
  if (result) {
    mp_size_t limbs;
    COMPUTE(count * (count / 64), limbs = mpn_set_str((mp_limb_t *)result->limbs, values, count, base));
    number = normalize(result, (size_t)limbs, negative);
  }
  free(values);
  return number;
}

static const char digit_characters[] = "0123456789abcdefghijklmnopqrstuvwxyz";

Value int_to_str(Value number, int base, bool prefix) {
  View view;
  view_of(number, &view);
  char header[4];
  size_t header_length = 0;
  if (view.negative && view.count) header[header_length++] = '-';
  if (prefix && (base == 2 || base == 8 || base == 16)) {
    header[header_length++] = '0';
    header[header_length++] = base == 2 ? 'b' : base == 8 ? 'o' : 'x';
  }
  if (view.count <= 1) {
    uint64_t rest = view.count ? view.limbs[0] : 0;
    char text[80], *at = text + sizeof text;
    if (base == 10) { // by a constant: a multiplication
      do *--at = (char)('0' + rest % 10);
      while (rest /= 10);
    } else {
      do *--at = digit_characters[rest % (unsigned)base];
      while (rest /= (unsigned)base);
    }
    while (header_length) *--at = header[--header_length];
    return str_from_ascii(at, (size_t)(text + sizeof text - at));
  }
  bool power_of_two = (base & (base - 1)) == 0;
  int limit = power_of_two ? 0 : runtime.int_digit_limit;
  // Fewer digits than this bound are certain not to exceed; the exact count is checked below.
  double estimated = (double)int_bit_length(number) / log2(base);
  if (limit > 0 && estimated > (double)limit + 2) return raise_digit_limit(false, 0);
  size_t capacity = mpn_sizeinbase(view.limbs, (mp_size_t)view.count, base) + 2;
  unsigned char *digits = malloc(capacity);
  mp_limb_t *scratch = malloc((view.count + 1) * sizeof *scratch);
  Value text = NULL;
  if (!digits || !scratch) {
    raise_memory_error();
  } else {
    memcpy(scratch, view.limbs, view.count * sizeof *scratch);
    size_t length;
    COMPUTE(view.count * view.count, length = mpn_get_str(digits, base, scratch, (mp_size_t)view.count));
    size_t skip = 0;
    while (skip + 1 < length && digits[skip] == 0) skip++;
    if (limit > 0 && length - skip > (size_t)limit) {
      raise_digit_limit(false, 0);
    } else {
      Str *result = str_allocate(header_length + length - skip, 0x7f);
      if (result) {
        memcpy(result->data, header, header_length);
        for (size_t i = skip; i < length; i++)
          result->data[header_length + i - skip] = (uint8_t)digit_characters[digits[i]];
        text = value_from_cell(result);
      }
    }
  }
  free(digits);
  free(scratch);
  KEEP(number);
  return text;
}

// ---- Arithmetic ----

static Value add_signed(const View *a, const View *b, bool b_negative) {
  if (a->count < b->count) { // a is the longer one
    View longer = *b;
    longer.negative = b_negative;
    return add_signed(&longer, a, a->negative);
  }
  if (a->count == 0) return value_from_small_int(0);
  Int *result = int_allocate(a->count + 1);
  if (!result) return NULL;
  mp_limb_t *limbs = (mp_limb_t *)result->limbs;
  if (a->negative == b_negative) {
    limbs[a->count] = b->count ? mpn_add(limbs, a->limbs, (mp_size_t)a->count, b->limbs, (mp_size_t)b->count) : 0;
    if (!b->count) memcpy(limbs, a->limbs, a->count * sizeof *limbs);
    return normalize(result, a->count + 1, a->negative);
  }
  if (a->count == b->count && mpn_cmp(a->limbs, b->limbs, (mp_size_t)a->count) < 0) {
    mpn_sub_n(limbs, b->limbs, a->limbs, (mp_size_t)a->count);
    return normalize(result, a->count, b_negative);
  }
  if (b->count)
    mpn_sub(limbs, a->limbs, (mp_size_t)a->count, b->limbs, (mp_size_t)b->count);
  else
    memcpy(limbs, a->limbs, a->count * sizeof *limbs);
  return normalize(result, a->count, a->negative);
}

// A view whose limbs may lie in the view itself must not be copied without repointing.
static void view_pair(Value a, Value b, View *x, View *y) {
  view_of(a, x);
  view_of(b, y);
}

Value int_add(Value a, Value b) {
  if (values_are_small_ints(a, b)) return int_from_int64(value_small_int(a) + value_small_int(b));
  View x, y;
  view_pair(a, b, &x, &y);
  Value result = add_signed(&x, &y, y.negative);
  KEEP(a);
  KEEP(b);
  return result;
}

Value int_subtract(Value a, Value b) {
  if (values_are_small_ints(a, b)) return int_from_int64(value_small_int(a) - value_small_int(b));
  View x, y;
  view_pair(a, b, &x, &y);
  Value result = add_signed(&x, &y, !y.negative);
  KEEP(a);
  KEEP(b);
  return result;
}

Value int_multiply(Value a, Value b) {
  if (values_are_small_ints(a, b)) {
    int64_t product;
    if (!__builtin_mul_overflow(value_small_int(a), value_small_int(b), &product)) return int_from_int64(product);
  }
  View x, y;
  view_pair(a, b, &x, &y);
  if (!x.count || !y.count) return value_from_small_int(0);
  if (x.count == 1 && y.count == 1) {
    unsigned __int128 product = (unsigned __int128)x.limbs[0] * y.limbs[0];
    return int_from_limbs((const uint64_t[]){(uint64_t)product, (uint64_t)(product >> 64)}, 2,
                          x.negative != y.negative);
  }
  const View *longer = x.count >= y.count ? &x : &y, *shorter = x.count >= y.count ? &y : &x;
  Int *result = int_allocate(x.count + y.count);
  if (!result) return NULL;
  COMPUTE(x.count * y.count, mpn_mul((mp_limb_t *)result->limbs, longer->limbs, (mp_size_t)longer->count,
                                     shorter->limbs, (mp_size_t)shorter->count));
  KEEP(a);
  KEEP(b);
  return normalize(result, x.count + y.count, x.negative != y.negative);
}

// Floor division of big numbers. Either result pointer may be NULL.
static bool divide(Value a, Value b, Value *quotient, Value *remainder) {
  View x, y;
  view_pair(a, b, &x, &y);
  if (!y.count) {
    raise(CLASS_ZERO_DIVISION_ERROR, quotient ? "integer division or modulo by zero" : "integer modulo by zero");
    return false;
  }
  bool opposite = x.count && x.negative != y.negative;
  if (x.count < y.count) { // |a| < |b|
    if (quotient) *quotient = value_from_small_int(opposite ? -1 : 0);
    if (remainder && !(*remainder = opposite ? int_add(a, b) : int_exact(a))) return false;
    return true;
  }
  Int *q = int_allocate(x.count - y.count + 1), *r = int_allocate(y.count);
  if (!q || !r) return false;
  COMPUTE((x.count - y.count + 1) * y.count, mpn_tdiv_qr((mp_limb_t *)q->limbs, (mp_limb_t *)r->limbs, 0, x.limbs,
                                                         (mp_size_t)x.count, y.limbs, (mp_size_t)y.count));
  Value whole = normalize(q, x.count - y.count + 1, opposite);
  Value rest = normalize(r, y.count, x.negative);
  KEEP(a);
  if (opposite && rest != value_from_small_int(0)) { // truncation went towards zero
    if (quotient && !(whole = int_subtract(whole, value_from_small_int(1)))) return false;
    if (remainder && !(rest = int_add(rest, b))) return false;
  }
  if (quotient) *quotient = whole;
  if (remainder) *remainder = rest;
  return true;
}

bool int_divmod(Value a, Value b, Value *quotient, Value *remainder) {
  if (values_are_small_ints(a, b) && value_small_int(b) != 0) {
    int64_t x = value_small_int(a), y = value_small_int(b);
    int64_t q = x / y, r = x % y;
    if (r && (r ^ y) < 0) q--, r += y;
    *quotient = int_from_int64(q); // SMALL_INT_MIN / -1 does not fit a small int
    *remainder = value_from_small_int(r);
    return *quotient != NULL;
  }
  return divide(a, b, quotient, remainder);
}

Value int_floor_divide(Value a, Value b) {
  Value quotient, remainder;
  if (values_are_small_ints(a, b)) return int_divmod(a, b, &quotient, &remainder) ? quotient : NULL;
  return divide(a, b, &quotient, NULL) ? quotient : NULL;
}

Value int_remainder(Value a, Value b) {
  Value quotient, remainder;
  if (values_are_small_ints(a, b) && value_small_int(b) != 0)
    return int_divmod(a, b, &quotient, &remainder) ? remainder : NULL;
  return divide(a, b, NULL, &remainder) ? remainder : NULL;
}

static Value from_mpz(const mpz_t number) {
  return int_from_limbs(mpz_limbs_read(number), mpz_size(number), mpz_sgn(number) < 0);
}
static mpz_srcptr view_mpz(const View *view, mpz_t alias) {
  return mpz_roinit_n(alias, view->limbs, view->negative ? -(mp_size_t)view->count : (mp_size_t)view->count);
}

static Value power_modulo(Value base, Value exponent, Value modulus) {
  View b, e, m;
  view_of(base, &b);
  view_of(exponent, &e);
  view_of(modulus, &m);
  if (!m.count) return raise_value_error("pow() 3rd argument cannot be 0");
  mpz_t base_alias, exponent_alias, modulus_alias, result, inverse;
  mpz_srcptr bz = view_mpz(&b, base_alias), ez = view_mpz(&e, exponent_alias), mz = view_mpz(&m, modulus_alias);
  mpz_inits(result, inverse, NULL);
  Value value = NULL;
  bool possible = true;
  if (e.negative && e.count) {
    mpz_t magnitude;
    possible = mpz_invert(inverse, bz, mz) != 0 || mpz_cmpabs_ui(mz, 1) == 0;
    if (!possible) {
      raise_value_error("base is not invertible for the given modulus");
    } else {
      mpz_init(magnitude);
      mpz_abs(magnitude, ez);
      mpz_powm(result, inverse, magnitude, mz);
      mpz_clear(magnitude);
    }
  } else {
    mpz_powm(result, bz, ez, mz); // in [0, |modulus|)
  }
  if (possible) {
    if (mpz_sgn(result) && m.negative) mpz_add(result, result, mz); // the result has the modulus's sign
    value = from_mpz(result);
  }
  mpz_clears(result, inverse, NULL);
  KEEP(base);
  KEEP(exponent);
  KEEP(modulus);
  return value;
}

Value int_power(Value base, Value exponent, Value modulus) {
  if (modulus) return power_modulo(base, exponent, modulus);
  int64_t count;
  if (int_sign(exponent) < 0) {
    double x = int_as_double(base);
    if (x == -1.0 && exception_pending()) return NULL;
    double y = int_as_double(exponent);
    if (y == -1.0 && exception_pending()) return NULL;
    if (x == 0) return raise(CLASS_ZERO_DIVISION_ERROR, "0.0 cannot be raised to a negative power");
    return float_from_double(pow(x, y));
  }
  View b;
  view_of(base, &b);
  bool tiny = b.count == 0 || (b.count == 1 && b.limbs[0] == 1);
  if (!int_fits_int64(exponent, &count)) {
    if (!tiny) return raise_memory_error();
    View e;
    view_of(exponent, &e);
    count = 2 + (int64_t)(e.limbs[0] & 1);
  }
  if (tiny) {
    if (b.count == 0) return value_from_small_int(count == 0);
    return value_from_small_int(b.negative && (count & 1) ? -1 : 1);
  }
  size_t bits = int_bit_length(base);
  if ((uint64_t)count > LIMBS_MAX * 64 / bits) return raise_memory_error();
  if ((uint64_t)bits * (uint64_t)count <= 61) {
    int64_t result = 1, factor = value_small_int(int_exact(base));
    for (int64_t i = 0; i < count; i++) result *= factor;
    return value_from_small_int(result);
  }
  mpz_t alias, result;
  mpz_init(result);
  mpz_pow_ui(result, view_mpz(&b, alias), (unsigned long)count);
  Value value = from_mpz(result);
  mpz_clear(result);
  KEEP(base);
  return value;
}

// a / b, correctly rounded: scales so that the integer quotient has 55 bits or more, with the remainder folded into its
// last bit.
Value int_true_divide(Value a, Value b) {
  View x, y;
  view_pair(a, b, &x, &y);
  if (!y.count) return raise(CLASS_ZERO_DIVISION_ERROR, "division by zero");
  if (!x.count) return float_from_double(y.negative ? -0.0 : 0.0);
  bool negative = x.negative != y.negative;
  if (x.count == 1 && y.count == 1 && x.limbs[0] <= (uint64_t)1 << 53 && y.limbs[0] <= (uint64_t)1 << 53) {
    double quotient = (double)x.limbs[0] / (double)y.limbs[0];
    return float_from_double(negative ? -quotient : quotient);
  }
  int64_t difference = (int64_t)int_bit_length(a) - (int64_t)int_bit_length(b);
  if (difference > 1025) return raise(CLASS_OVERFLOW_ERROR, "integer division result too large for a float");
  if (difference < -1100) return float_from_double(negative ? -0.0 : 0.0);
  // For results below the normal range fewer bits are kept, so that rounding happens once.
  int64_t shift = difference - 56;
  if (shift < -1130) shift = -1130;
  mpz_t ax, ay, numerator, denominator, quotient, remainder;
  mpz_inits(numerator, denominator, quotient, remainder, NULL);
  View positive_x = {.limbs = x.limbs, .count = x.count}, positive_y = {.limbs = y.limbs, .count = y.count};
  mpz_set(numerator, view_mpz(&positive_x, ax));
  mpz_set(denominator, view_mpz(&positive_y, ay));
  if (shift < 0)
    mpz_mul_2exp(numerator, numerator, (mp_bitcnt_t)-shift);
  else
    mpz_mul_2exp(denominator, denominator, (mp_bitcnt_t)shift);
  mpz_tdiv_qr(quotient, remainder, numerator, denominator);
  uint64_t bits = mpz_sizeinbase(quotient, 2) <= 64 && mpz_sgn(quotient) ? mpz_getlimbn(quotient, 0) : 0;
  bool sticky = mpz_sgn(remainder) != 0;
  mpz_clears(numerator, denominator, quotient, remainder, NULL);
  KEEP(a);
  KEEP(b);
  // Round `bits` * 2^shift to nearest even with as many bits as a double of that size has.
  int width = bits ? 64 - __builtin_clzll(bits) : 0;
  int64_t lowest = shift; // exponent of the lowest bit
  int64_t keep_from = width + shift - 53 > -1074 ? width + shift - 53 : -1074;
  int drop = (int)(keep_from - lowest);
  if (drop > 0) {
    uint64_t half = (uint64_t)1 << (drop - 1), rest = bits & ((half << 1) - 1);
    bits >>= drop;
    if (rest > half || (rest == half && (sticky || (bits & 1)))) bits++;
    lowest = keep_from;
  }
  double result = ldexp((double)bits, (int)lowest);
  if (isinf(result)) return raise(CLASS_OVERFLOW_ERROR, "integer division result too large for a float");
  return float_from_double(negative ? -result : result);
}

static bool shift_count(Value b, uint64_t *count) {
  if (int_sign(b) < 0) {
    raise_value_error("negative shift count");
    return false;
  }
  if (!int_fits_uint64(b, count)) *count = UINT64_MAX;
  return true;
}

Value int_left_shift(Value a, Value b) {
  uint64_t count;
  if (!shift_count(b, &count)) return NULL;
  View x;
  view_of(a, &x);
  if (!x.count) return value_from_small_int(0);
  if (count > LIMBS_MAX * 64) return raise(CLASS_OVERFLOW_ERROR, "too many digits in integer");
  size_t whole = count / 64;
  unsigned bits = count % 64;
  Int *result = int_allocate(x.count + whole + 1);
  if (!result) return NULL;
  mp_limb_t *limbs = (mp_limb_t *)result->limbs;
  if (bits)
    limbs[x.count + whole] = mpn_lshift(limbs + whole, x.limbs, (mp_size_t)x.count, bits);
  else
    memcpy(limbs + whole, x.limbs, x.count * sizeof *limbs);
  KEEP(a);
  return normalize(result, x.count + whole + 1, x.negative);
}

Value int_right_shift(Value a, Value b) {
  uint64_t count;
  if (!shift_count(b, &count)) return NULL;
  if (value_is_small_int(a)) return value_from_small_int(value_small_int(a) >> (count > 63 ? 63 : count));
  View x;
  view_of(a, &x);
  size_t whole = count / 64;
  unsigned bits = count % 64;
  if (whole >= x.count) return value_from_small_int(x.negative && x.count ? -1 : 0);
  size_t left = x.count - whole;
  if (left == 1 && !x.negative) return int_from_uint64(x.limbs[whole] >> bits);
  Int *result = int_allocate(left + 1);
  if (!result) return NULL;
  mp_limb_t *limbs = (mp_limb_t *)result->limbs;
  bool lost = false;
  for (size_t i = 0; i < whole && !lost; i++) lost = x.limbs[i] != 0;
  if (bits)
    lost |= mpn_rshift(limbs, x.limbs + whole, (mp_size_t)left, bits) != 0;
  else
    memcpy(limbs, x.limbs + whole, left * sizeof *limbs);
  // Flooring: a negative number that lost bits goes one further down.
  if (x.negative && lost) limbs[left] = mpn_add_1(limbs, limbs, (mp_size_t)left, 1);
  KEEP(a);
  return normalize(result, left + 1, x.negative);
}

typedef enum BitOperation { BIT_AND, BIT_OR, BIT_XOR } BitOperation;

// Of numbers that are not negative, limb by limb.
static Value bitwise_positive(BitOperation operation, const View *longer, const View *shorter) {
  size_t count = operation == BIT_AND ? shorter->count : longer->count;
  uint64_t narrow[2];
  Int *wide = NULL;
  if (count > 2 && !(wide = int_allocate(count))) return NULL;
  uint64_t *limbs = wide ? wide->limbs : narrow;
  for (size_t i = 0; i < shorter->count; i++) {
    uint64_t p = longer->limbs[i], q = shorter->limbs[i];
    limbs[i] = operation == BIT_AND ? p & q : operation == BIT_OR ? p | q : p ^ q;
  }
  for (size_t i = shorter->count; i < count; i++) limbs[i] = longer->limbs[i];
  return wide ? normalize(wide, count, false) : int_from_limbs(narrow, count, false);
}

static Value bitwise(BitOperation operation, Value a, Value b) {
  View x, y;
  view_pair(a, b, &x, &y);
  if (!x.negative && !y.negative) {
    bool a_is_longer = x.count >= y.count;
    Value value = bitwise_positive(operation, a_is_longer ? &x : &y, a_is_longer ? &y : &x);
    KEEP(a);
    KEEP(b);
    return value;
  }
  mpz_t ax, ay, result;
  mpz_srcptr xz = view_mpz(&x, ax), yz = view_mpz(&y, ay);
  mpz_init(result);
  switch (operation) {
  case BIT_AND:
    mpz_and(result, xz, yz);
    break;
  case BIT_OR:
    mpz_ior(result, xz, yz);
    break;
  case BIT_XOR:
    mpz_xor(result, xz, yz);
    break;
  }
  Value value = from_mpz(result);
  mpz_clear(result);
  KEEP(a);
  KEEP(b);
  return value;
}

Value int_and(Value a, Value b) {
  if (values_are_small_ints(a, b)) return value_from_bits(value_bits(a) & value_bits(b));
  return bitwise(BIT_AND, a, b);
}
Value int_or(Value a, Value b) {
  if (values_are_small_ints(a, b)) return value_from_bits(value_bits(a) | value_bits(b));
  return bitwise(BIT_OR, a, b);
}
Value int_xor(Value a, Value b) {
  if (values_are_small_ints(a, b)) return value_from_bits((value_bits(a) ^ value_bits(b)) | 3);
  return bitwise(BIT_XOR, a, b);
}

Value int_negative(Value a) {
  if (value_is_small_int(a)) return int_from_int64(-value_small_int(a));
  View x;
  view_of(a, &x);
  Value result = int_from_limbs(x.limbs, x.count, !x.negative);
  KEEP(a);
  return result;
}

Value int_invert(Value a) {
  if (value_is_small_int(a)) return value_from_small_int(~value_small_int(a));
  Value next = int_add(a, value_from_small_int(1));
  return next ? int_negative(next) : NULL;
}

int int_compare(Value a, Value b) {
  if (values_are_small_ints(a, b)) {
    int64_t x = value_small_int(a), y = value_small_int(b);
    return x < y ? -1 : x > y;
  }
  View x, y;
  view_pair(a, b, &x, &y);
  bool x_negative = x.negative && x.count, y_negative = y.negative && y.count;
  int order;
  if (x_negative != y_negative) return x_negative ? -1 : 1;
  if (x.count != y.count)
    order = x.count < y.count ? -1 : 1;
  else
    order = x.count ? mpn_cmp(x.limbs, y.limbs, (mp_size_t)x.count) : 0;
  KEEP(a);
  KEEP(b);
  if (order) order = order < 0 ? -1 : 1;
  return x_negative ? -order : order;
}
