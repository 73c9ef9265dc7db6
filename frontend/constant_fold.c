// Constant arithmetic; see constant_fold.h.
#include "frontend/constant_fold.h"

#include <gmp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { INT_BITS_LIMIT = 128, TEXT_LIMIT = 4096, ITEMS_LIMIT = 256, TOTAL_ITEMS_LIMIT = 1024 };

static const Constant *fold_bool(Arena *arena, bool value) {
  return constant_new(arena, value ? CONSTANT_TRUE : CONSTANT_FALSE);
}

bool constant_is_true(const Constant *constant) {
  switch (constant->kind) {
  case CONSTANT_NONE:
  case CONSTANT_FALSE:
    return false;
  case CONSTANT_INT:
    return constant->integer != 0;
  case CONSTANT_FLOAT:
    return constant->floating != 0;
  case CONSTANT_COMPLEX:
    return constant->complex.real != 0 || constant->complex.imaginary != 0;
  case CONSTANT_STR:
  case CONSTANT_BYTES:
    return constant->text.length != 0;
  case CONSTANT_TUPLE:
  case CONSTANT_FROZENSET:
    return constant->items.count != 0;
  default:
    return true;
  }
}

// ---- integers

static bool is_bool(const Constant *constant) {
  return constant->kind == CONSTANT_TRUE || constant->kind == CONSTANT_FALSE;
}
static bool is_int(const Constant *constant) {
  return constant->kind == CONSTANT_INT || constant->kind == CONSTANT_BIG_INT || is_bool(constant);
}
static bool is_small_int(const Constant *constant) {
  return constant->kind == CONSTANT_INT || is_bool(constant);
}
static int64_t small_int(const Constant *constant) {
  return constant->kind == CONSTANT_INT ? constant->integer : constant->kind == CONSTANT_TRUE;
}

// Initializes `number` with the value of an int.
static void int_load(mpz_t number, const Constant *constant) {
  if (constant->kind != CONSTANT_BIG_INT) {
    mpz_init_set_si(number, small_int(constant));
    return;
  }
  mpz_init_set_str(number, constant->big.digits, constant->big.base);
  if (constant->big.negative) mpz_neg(number, number);
}

// Turns `number` into a constant and clears it.
static const Constant *int_store(Arena *arena, mpz_t number) {
  Constant *result;
  if (mpz_fits_slong_p(number)) {
    result = constant_new_int(arena, mpz_get_si(number));
  } else {
    result = constant_new(arena, CONSTANT_BIG_INT);
    char *digits = arena_allocate(arena, mpz_sizeinbase(number, 16) + 2);
    if (result && digits) {
      result->big.negative = mpz_sgn(number) < 0;
      mpz_abs(number, number);
      mpz_get_str(digits, 16, number);
      result->big.digits = digits;
      result->big.length = (uint32_t)strlen(digits);
      result->big.base = 16;
    } else {
      result = NULL;
    }
  }
  mpz_clear(number);
  return result;
}

static size_t bit_length(const mpz_t number) {
  return mpz_sgn(number) ? mpz_sizeinbase(number, 2) : 0;
}

// Computes left = left op right. False: not folded.
static bool int_operate(AstOperator operator, mpz_t left, const mpz_t right) {
  size_t left_bits = bit_length(left), right_bits = bit_length(right);
  switch (operator) {
  case AST_ADD:
    mpz_add(left, left, right);
    return true;
  case AST_SUB:
    mpz_sub(left, left, right);
    return true;
  case AST_MULT:
    if (left_bits && right_bits && left_bits + right_bits > INT_BITS_LIMIT) return false;
    mpz_mul(left, left, right);
    return true;
  case AST_FLOOR_DIV:
    if (!right_bits) return false;
    mpz_fdiv_q(left, left, right);
    return true;
  case AST_MOD:
    if (!right_bits) return false;
    mpz_fdiv_r(left, left, right);
    return true;
  case AST_POW: {
    if (mpz_sgn(right) < 0 || !mpz_fits_ulong_p(right)) return false;
    unsigned long exponent = mpz_get_ui(right);
    if (left_bits && exponent && left_bits > INT_BITS_LIMIT / exponent) return false;
    mpz_pow_ui(left, left, exponent);
    return true;
  }
  case AST_LSHIFT: {
    if (mpz_sgn(right) < 0 || !mpz_fits_ulong_p(right)) return false;
    unsigned long shift = mpz_get_ui(right);
    if (left_bits && right_bits && (shift > INT_BITS_LIMIT || left_bits > INT_BITS_LIMIT - shift)) return false;
    if (left_bits) mpz_mul_2exp(left, left, shift);
    return true;
  }
  case AST_RSHIFT:
    if (mpz_sgn(right) < 0 || !mpz_fits_ulong_p(right)) return false;
    mpz_fdiv_q_2exp(left, left, mpz_get_ui(right));
    return true;
  case AST_BIT_OR:
    mpz_ior(left, left, right);
    return true;
  case AST_BIT_XOR:
    mpz_xor(left, left, right);
    return true;
  case AST_BIT_AND:
    mpz_and(left, left, right);
    return true;
  default:
    return false;
  }
}

static const Constant *fold_ints(Arena *arena, AstOperator operator, const Constant *left, const Constant *right) {
  if (is_bool(left) && is_bool(right)) {
    switch (operator) {
    case AST_BIT_OR:
      return fold_bool(arena, small_int(left) | small_int(right));
    case AST_BIT_XOR:
      return fold_bool(arena, small_int(left) ^ small_int(right));
    case AST_BIT_AND:
      return fold_bool(arena, small_int(left) & small_int(right));
    default:
      break;
    }
  }
  mpz_t a, b;
  int_load(a, left);
  int_load(b, right);
  bool folded = int_operate(operator, a, b);
  mpz_clear(b);
  if (folded) return int_store(arena, a);
  mpz_clear(a);
  return NULL;
}

// ---- floats and complex numbers

enum : int64_t { EXACT_LIMIT = (int64_t)1 << 53 }; // ints up to here are floats, too

// The value as a float, if that is exact and simple.
static bool as_double(const Constant *constant, double *value) {
  if (constant->kind == CONSTANT_FLOAT) {
    *value = constant->floating;
    return true;
  }
  if (!is_small_int(constant)) return false;
  *value = (double)small_int(constant);
  return true;
}

static double float_remainder(double left, double right) {
  double remainder = fmod(left, right);
  if (remainder == 0) return copysign(0.0, right);
  return (right < 0) != (remainder < 0) ? remainder + right : remainder;
}

static double float_floor_divide(double left, double right) {
  double remainder = fmod(left, right);
  double quotient = (left - remainder) / right;
  if (remainder != 0 && (right < 0) != (remainder < 0)) quotient -= 1.0;
  if (quotient == 0) return copysign(0.0, left / right);
  double result = floor(quotient);
  return quotient - result > 0.5 ? result + 1.0 : result;
}

static const Constant *fold_floats(Arena *arena, AstOperator operator, double left, double right) {
  switch (operator) {
  case AST_ADD:
    return constant_new_float(arena, left + right);
  case AST_SUB:
    return constant_new_float(arena, left - right);
  case AST_MULT:
    return constant_new_float(arena, left * right);
  case AST_DIV:
    return right == 0 ? NULL : constant_new_float(arena, left / right);
  case AST_MOD:
    return right == 0 ? NULL : constant_new_float(arena, float_remainder(left, right));
  case AST_FLOOR_DIV:
    return right == 0 ? NULL : constant_new_float(arena, float_floor_divide(left, right));
  case AST_POW: {
    if (!isfinite(left) || !isfinite(right) || (left == 0 && right < 0)) return NULL;
    if (left < 0 && right != floor(right)) return NULL; // a complex number
    double result = pow(left, right);
    return isfinite(result) ? constant_new_float(arena, result) : NULL;
  }
  default:
    return NULL;
  }
}

static bool as_complex(const Constant *constant, double parts[2]) {
  if (constant->kind == CONSTANT_COMPLEX) {
    parts[0] = constant->complex.real;
    parts[1] = constant->complex.imaginary;
    return true;
  }
  parts[1] = 0.0;
  return as_double(constant, &parts[0]);
}

static const Constant *fold_complex(Arena *arena, AstOperator operator, const double left[2], const double right[2]) {
  switch (operator) {
  case AST_ADD:
    return constant_new_complex(arena, left[0] + right[0], left[1] + right[1]);
  case AST_SUB:
    return constant_new_complex(arena, left[0] - right[0], left[1] - right[1]);
  case AST_MULT:
    return constant_new_complex(arena, left[0] * right[0] - left[1] * right[1],
                                left[0] * right[1] + left[1] * right[0]);
  default:
    return NULL;
  }
}

static const Constant *fold_numbers(Arena *arena, AstOperator operator, const Constant *left, const Constant *right) {
  if (is_int(left) && is_int(right)) {
    bool to_float = operator == AST_DIV || (operator == AST_POW && is_small_int(right) && small_int(right) < 0);
    if (!to_float) return fold_ints(arena, operator, left, right);
    bool exact = is_small_int(left) && is_small_int(right) && llabs(small_int(left)) <= EXACT_LIMIT &&
                 llabs(small_int(right)) <= EXACT_LIMIT;
    return exact ? fold_floats(arena, operator, (double)small_int(left), (double)small_int(right)) : NULL;
  }
  if (left->kind == CONSTANT_COMPLEX || right->kind == CONSTANT_COMPLEX) {
    double a[2], b[2];
    return as_complex(left, a) && as_complex(right, b) ? fold_complex(arena, operator, a, b) : NULL;
  }
  double a, b;
  return as_double(left, &a) && as_double(right, &b) ? fold_floats(arena, operator, a, b) : NULL;
}

// ---- sequences

static bool is_text(const Constant *constant) {
  return constant->kind == CONSTANT_STR || constant->kind == CONSTANT_BYTES;
}

static size_t character_count(const Constant *text) {
  if (text->kind == CONSTANT_BYTES || text->is_ascii) return text->text.length;
  size_t count = 0;
  for (size_t i = 0; i < text->text.length; i++) count += (text->text.data[i] & 0xC0) != 0x80;
  return count;
}

static const Constant *new_text(Arena *arena, ConstantKind kind, const char *data, size_t length) {
  return kind == CONSTANT_STR ? constant_new_str(arena, data, length) : constant_new_bytes(arena, data, length);
}

static const Constant *concatenate(Arena *arena, const Constant *left, const Constant *right) {
  if (left->kind != right->kind) return NULL;
  if (is_text(left)) {
    size_t length = left->text.length + right->text.length;
    char *data = arena_allocate(arena, length + 1);
    if (!data) return NULL;
    memcpy(data, left->text.data, left->text.length);
    memcpy(data + left->text.length, right->text.data, right->text.length);
    data[length] = 0;
    return new_text(arena, left->kind, data, length);
  }
  if (left->kind != CONSTANT_TUPLE) return NULL;
  size_t count = left->items.count + right->items.count;
  const Constant **items = arena_allocate_array(arena, count + 1, sizeof *items);
  Constant *tuple = constant_new(arena, CONSTANT_TUPLE);
  if (!items || !tuple) return NULL;
  if (left->items.count) memcpy(items, left->items.items, left->items.count * sizeof *items);
  if (right->items.count) memcpy(items + left->items.count, right->items.items, right->items.count * sizeof *items);
  tuple->items.items = items;
  tuple->items.count = count;
  return tuple;
}

// Counts the items of a tuple and of those inside it down from `limit`; negative: too many.
static int64_t remaining_items(const Constant *constant, int64_t limit) {
  if (constant->kind != CONSTANT_TUPLE) return limit;
  limit -= (int64_t)constant->items.count;
  for (size_t i = 0; limit >= 0 && i < constant->items.count; i++)
    limit = remaining_items(constant->items.items[i], limit);
  return limit;
}

static const Constant *repeat(Arena *arena, const Constant *sequence, const Constant *times) {
  if (!is_small_int(times)) return NULL;
  int64_t count = small_int(times);
  if (is_text(sequence)) {
    size_t size = character_count(sequence), length = sequence->text.length;
    if (size && (count < 0 || (uint64_t)count > TEXT_LIMIT / size)) return NULL;
    if (!size) count = 0;
    char *data = arena_allocate(arena, length * (size_t)count + 1);
    if (!data) return NULL;
    for (int64_t i = 0; i < count; i++) memcpy(data + (size_t)i * length, sequence->text.data, length);
    data[length * (size_t)count] = 0;
    return new_text(arena, sequence->kind, data, length * (size_t)count);
  }
  if (sequence->kind != CONSTANT_TUPLE) return NULL;
  size_t size = sequence->items.count;
  if (size) {
    if (count < 0 || (uint64_t)count > ITEMS_LIMIT / size) return NULL;
    if (count && remaining_items(sequence, TOTAL_ITEMS_LIMIT / count) < 0) return NULL;
  } else {
    count = 0;
  }
  const Constant **items = arena_allocate_array(arena, size * (size_t)count + 1, sizeof *items);
  Constant *tuple = constant_new(arena, CONSTANT_TUPLE);
  if (!items || !tuple) return NULL;
  for (int64_t i = 0; i < count; i++) memcpy(items + (size_t)i * size, sequence->items.items, size * sizeof *items);
  tuple->items.items = items;
  tuple->items.count = size * (size_t)count;
  return tuple;
}

static bool is_sequence(const Constant *constant) {
  return is_text(constant) || constant->kind == CONSTANT_TUPLE;
}

const Constant *constant_fold_binary(Arena *arena, AstOperator operator, const Constant *left, const Constant *right) {
  if (operator == AST_MAT_MULT) return NULL;
  if (is_sequence(left) || is_sequence(right)) {
    if (operator == AST_ADD) return concatenate(arena, left, right);
    if (operator != AST_MULT) return NULL;
    return is_sequence(left) ? repeat(arena, left, right) : repeat(arena, right, left);
  }
  return fold_numbers(arena, operator, left, right);
}

const Constant *constant_fold_unary(Arena *arena, AstUnaryOperator operator, const Constant *operand) {
  if (operator == AST_NOT) return fold_bool(arena, !constant_is_true(operand));
  if (is_int(operand)) {
    mpz_t number;
    int_load(number, operand);
    if (operator == AST_INVERT)
      mpz_com(number, number);
    else if (operator == AST_USUB)
      mpz_neg(number, number);
    return int_store(arena, number);
  }
  if (operator == AST_INVERT) return NULL;
  bool negative = operator == AST_USUB;
  if (operand->kind == CONSTANT_FLOAT)
    return constant_new_float(arena, negative ? -operand->floating : operand->floating);
  if (operand->kind != CONSTANT_COMPLEX) return NULL;
  double real = operand->complex.real, imaginary = operand->complex.imaginary;
  return constant_new_complex(arena, negative ? -real : real, negative ? -imaginary : imaginary);
}

const Constant *constant_fold_item(Arena *arena, const Constant *object, const Constant *index) {
  if (!is_small_int(index) || !is_sequence(object)) return NULL;
  size_t count = object->kind == CONSTANT_TUPLE ? object->items.count : character_count(object);
  int64_t position = small_int(index);
  if (position < 0) position += (int64_t)count;
  if (position < 0 || (uint64_t)position >= count) return NULL;
  if (object->kind == CONSTANT_TUPLE) return object->items.items[position];
  if (object->kind == CONSTANT_BYTES) return constant_new_int(arena, (uint8_t)object->text.data[position]);
  const char *start = object->text.data, *end = start + object->text.length;
  for (;; start++) {
    if ((*start & 0xC0) == 0x80) continue;
    if (position-- == 0) break;
  }
  size_t length = 1;
  while (start + length < end && (start[length] & 0xC0) == 0x80) length++;
  const char *copy = arena_copy(arena, start, length);
  return copy ? constant_new_str(arena, copy, length) : NULL;
}
