// Operators: arithmetic, comparisons, truth.
//
// Arithmetic handlers work on small ints at once. A miss goes to binary_slow, which takes floats and everything else,
// and rewrites an instruction that met floats to its _FLOAT form. Bits 4 and up of aux record what was met, for the
// compiler tier.
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "vm/handler.h"
#include "vm/profile.h"

static inline int64_t bits_of(Value value) {
  return (int64_t)value_bits(value);
}

// Ints. Each computes the result word from the two operand words, or reports that the slow path must do it.
static inline bool small_ADD(int64_t a, int64_t b, int64_t *result) {
  return !__builtin_add_overflow(a, b - 3, result);
}
static inline bool small_SUBTRACT(int64_t a, int64_t b, int64_t *result) {
  return !__builtin_sub_overflow(a, b - 3, result);
}
static inline bool small_MULTIPLY(int64_t a, int64_t b, int64_t *result) {
  if (__builtin_mul_overflow(a - 3, b >> 2, result)) return false;
  *result += 3;
  return true;
}
static inline bool small_FLOOR_DIVIDE(int64_t a, int64_t b, int64_t *result) {
  int64_t x = a >> 2, y = b >> 2;
  if (y <= 0) return false;
  int64_t quotient = LIKELY((uint64_t)(x | y) >> 32 == 0) ? (int64_t)((uint32_t)x / (uint32_t)y) : x / y;
  if (x < 0 && quotient * y != x) quotient--;
  *result = (int64_t)((uint64_t)quotient << 2 | 3);
  return true;
}
static inline bool small_REMAINDER(int64_t a, int64_t b, int64_t *result) {
  int64_t x = a >> 2, y = b >> 2;
  if (y <= 0) return false;
  int64_t remainder = LIKELY((uint64_t)(x | y) >> 32 == 0) ? (int64_t)((uint32_t)x % (uint32_t)y) : x % y;
  if (remainder < 0) remainder += y;
  *result = remainder << 2 | 3;
  return true;
}
static inline bool small_LEFT_SHIFT(int64_t a, int64_t b, int64_t *result) {
  int64_t count = b >> 2;
  if ((uint64_t)count > 60) return false;
  int64_t shifted = (int64_t)((uint64_t)(a - 3) << count);
  if (shifted >> count != a - 3) return false;
  *result = shifted + 3;
  return true;
}
static inline bool small_RIGHT_SHIFT(int64_t a, int64_t b, int64_t *result) {
  int64_t count = b >> 2;
  if (count < 0) return false;
  *result = (a >> (count < 63 ? count : 63)) | 3;
  return true;
}
static inline bool small_AND(int64_t a, int64_t b, int64_t *result) {
  *result = a & b;
  return true;
}
static inline bool small_OR(int64_t a, int64_t b, int64_t *result) {
  *result = a | b;
  return true;
}
static inline bool small_XOR(int64_t a, int64_t b, int64_t *result) {
  *result = (a ^ b) | 3;
  return true;
}
// The quotient of ints is a float, and exact division of doubles rounds it correctly while both are exact doubles.
static inline bool small_TRUE_DIVIDE(int64_t a, int64_t b, int64_t *result) {
  int64_t x = a >> 2, y = b >> 2;
  if (y == 0 || x >= (int64_t)1 << 53 || x <= -((int64_t)1 << 53) || y >= (int64_t)1 << 53 || y <= -((int64_t)1 << 53))
    return false;
  Value quotient = value_try_immediate_float((double)x / (double)y);
  *result = bits_of(quotient);
  return value_is_immediate_float(quotient);
}

#define INT_HANDLER(NAME, second)                                                                                      \
  {                                                                                                                    \
    Value a = B, b = second;                                                                                           \
    int64_t result;                                                                                                    \
    if (UNLIKELY(!values_are_small_ints(a, b) || !small_##NAME(bits_of(a), bits_of(b), &result))) TAIL(binary_slow);   \
    A = value_from_bits((uint64_t)result);                                                                             \
    NEXT(1);                                                                                                           \
  }
#define INT_OPERATOR(NAME) HANDLER(NAME) INT_HANDLER(NAME, C) HANDLER(NAME##_CONST) INT_HANDLER(NAME, CONST_C)
INT_OPERATOR(ADD)
INT_OPERATOR(SUBTRACT)
INT_OPERATOR(MULTIPLY)
INT_OPERATOR(TRUE_DIVIDE)
INT_OPERATOR(FLOOR_DIVIDE)
INT_OPERATOR(REMAINDER)
INT_OPERATOR(LEFT_SHIFT)
INT_OPERATOR(RIGHT_SHIFT)
INT_OPERATOR(AND)
INT_OPERATOR(XOR)
INT_OPERATOR(OR)

#define GENERIC_OPERATOR(NAME)                                                                                         \
  HANDLER(NAME) {                                                                                                      \
    TAIL(binary_slow);                                                                                                 \
  }                                                                                                                    \
  HANDLER(NAME##_CONST) {                                                                                              \
    TAIL(binary_slow);                                                                                                 \
  }
GENERIC_OPERATOR(MATRIX_MULTIPLY)
GENERIC_OPERATOR(POWER)

// Floats. A small int beside a float is converted; two ints go to the handler for ints.
#define FLOAT_HANDLER(NAME, symbol, second, divides)                                                                   \
  {                                                                                                                    \
    Value a = B, b = second;                                                                                           \
    double x, y;                                                                                                       \
    if (LIKELY(value_is_immediate_float(a))) {                                                                         \
      x = value_immediate_double(a);                                                                                   \
      if (LIKELY(value_is_immediate_float(b)))                                                                         \
        y = value_immediate_double(b);                                                                                 \
      else if (value_is_small_int(b))                                                                                  \
        y = (double)value_small_int(b);                                                                                \
      else                                                                                                             \
        TAIL(binary_slow);                                                                                             \
    } else if (value_is_small_int(a)) {                                                                                \
      if (!value_is_immediate_float(b)) TAIL(NAME);                                                                    \
      x = (double)value_small_int(a);                                                                                  \
      y = value_immediate_double(b);                                                                                   \
    } else                                                                                                             \
      TAIL(binary_slow);                                                                                               \
    if (divides && UNLIKELY(y == 0)) TAIL(binary_slow);                                                                \
    Value result = value_try_immediate_float(x symbol y);                                                              \
    if (UNLIKELY(!value_is_immediate_float(result))) TAIL(binary_slow);                                                \
    A = result;                                                                                                        \
    NEXT(1);                                                                                                           \
  }
#define FLOAT_OPERATOR(NAME, symbol, divides)                                                                          \
  HANDLER(NAME##_FLOAT)                                                                                                \
  FLOAT_HANDLER(NAME, symbol, C, divides)                                                                              \
  HANDLER(NAME##_CONST_FLOAT) FLOAT_HANDLER(NAME##_CONST, symbol, CONST_C, divides)
FLOAT_OPERATOR(ADD, +, false)
FLOAT_OPERATOR(SUBTRACT, -, false)
FLOAT_OPERATOR(MULTIPLY, *, false)
FLOAT_OPERATOR(TRUE_DIVIDE, /, true)

// The general case

typedef struct OperatorForm {
  uint8_t operator; // BinaryOperator
  bool constant;
} OperatorForm;
static const OperatorForm operator_forms[OPCODE_COUNT] = {
#define BINARY_OPERATOR(NAME, symbol, method, reversed, in_place)                                                      \
  [OP_##NAME] = {BINARY_##NAME, false}, [OP_##NAME##_CONST] = {BINARY_##NAME, true},
#include "runtime/object/operators.def"
};
static const uint8_t float_forms[OPCODE_COUNT] = {
    [OP_ADD] = OP_ADD_FLOAT,
    [OP_ADD_CONST] = OP_ADD_CONST_FLOAT,
    [OP_SUBTRACT] = OP_SUBTRACT_FLOAT,
    [OP_SUBTRACT_CONST] = OP_SUBTRACT_CONST_FLOAT,
    [OP_MULTIPLY] = OP_MULTIPLY_FLOAT,
    [OP_MULTIPLY_CONST] = OP_MULTIPLY_CONST_FLOAT,
    [OP_TRUE_DIVIDE] = OP_TRUE_DIVIDE_FLOAT,
    [OP_TRUE_DIVIDE_CONST] = OP_TRUE_DIVIDE_CONST_FLOAT,
};

static inline bool value_is_number_for_float(Value value) {
  return value_is_small_int(value) || value_is_exact_float(value);
}
static inline double number_as_double(Value value) {
  return value_is_small_int(value) ? (double)value_small_int(value) : float_as_double(value);
}
// x op y for floats; zero without exception: not one of the simple operators.
static Value float_binary(BinaryOperator operator, double x, double y) {
  switch (operator) {
  case BINARY_ADD:
    return float_from_double(x + y);
  case BINARY_SUBTRACT:
    return float_from_double(x - y);
  case BINARY_MULTIPLY:
    return float_from_double(x * y);
  case BINARY_TRUE_DIVIDE:
    return y == 0 ? NULL : float_from_double(x / y);
  default:
    return NULL;
  }
}

// `text += part` in a loop that does nothing else with the text (frontend/compiler_growth.c).
static Value text_grow(const Frame *frame, Value *registers, unsigned growth, Value a, Value b) {
  const Code *code = frame->code;
  uint32_t number = code_named_count(code) + growth - 1;
  if (number >= code->register_count) return str_concatenate(a, b);
  Value text = str_append(a, b, registers[number] == a);
  registers[number] = text;
  return text;
}

OPERATION_FUNCTION(operation_binary) {
  const Instruction *pc = frame->pc;
  word = instruction_load(pc); // with what has been recorded meanwhile
  unsigned opcode = opcode_base[word & 0xff];
  BinaryOperator operator = operator_forms[opcode].operator;
  Value a = B, b = operator_forms[opcode].constant ? CONST_C : C;
  bool floats = value_is_exact_float(a) || value_is_exact_float(b);
  bool numbers = value_is_number_for_float(a) && value_is_number_for_float(b);
  unsigned met = !numbers                                             ? MET_OTHER
                 : !floats                                            ? MET_OVERFLOW
                 : value_is_exact_float(a) && value_is_exact_float(b) ? MET_FLOAT
                                                                      : MET_MIXED;
  unsigned form = floats && numbers && float_forms[opcode] ? float_forms[opcode] : word & 0xff;
  if ((AUX & met) == 0 || form != (word & 0xff)) instruction_quicken(pc, word | (Instruction)met << 8, form);
  if (met == MET_OTHER) profile_note_operands(frame->code, pc, a, b);

  Value result = NULL;
  unsigned growth = AUX >> GROWTH_SHIFT & GROWTH_MAXIMUM;
  if (growth && VALUE_IS_EXACT(a, STR) && VALUE_IS_EXACT(b, STR)) {
    if (UNLIKELY(!(result = text_grow(frame, registers, growth, a, b)))) return false;
    A = result;
    return true;
  }
  if (floats && numbers) result = float_binary(operator, number_as_double(a), number_as_double(b));
  if (!result && !exception_pending())
    result = AUX & 1 ? value_binary_in_place(operator, a, b) : value_binary(operator, a, b);
  if (UNLIKELY(!result)) return false;
  A = result;
  return true;
}
SLOW_HANDLER(binary_slow) {
  RUN_OPERATION(operation_binary, 1);
}

// Comparisons. The result register is written also when the jump on it is taken along: it may be the value of `a and
// b`.

SLOW_HANDLER(compare_slow);
#define COMPARE_FAST(symbol, second, on_result)                                                                        \
  Value a = B, b = second;                                                                                             \
  bool truth;                                                                                                          \
  if (LIKELY(values_are_small_ints(a, b)))                                                                             \
    truth = bits_of(a) symbol bits_of(b);                                                                              \
  else if (value_is_immediate_float(a) && value_is_immediate_float(b))                                                 \
    truth = value_immediate_double(a) symbol value_immediate_double(b);                                                \
  else                                                                                                                 \
    TAIL(compare_slow);                                                                                                \
  on_result

#define STORE_TRUTH                                                                                                    \
  A = value_from_bool(truth);                                                                                          \
  NEXT(1);
// Two exits, so that the processor predicts each direction with its own indirect jump.
#define JUMP_ON_TRUTH                                                                                                  \
  if (truth) {                                                                                                         \
    A = VALUE_TRUE;                                                                                                    \
    NEXT(2);                                                                                                           \
  }                                                                                                                    \
  A = VALUE_FALSE;                                                                                                     \
  NEXT(1 + instruction_bc(pc[1]));

// Is the next instruction a JUMP_IF_FALSE on this one's result?
#define BEFORE_JUMP(pc, word)                                                                                          \
  ((instruction_load((pc) + 1) & 0xff) == OP_JUMP_IF_FALSE && instruction_a((pc)[1]) == instruction_a(word))
#define COMPARE_OPERATOR(NAME, symbol)                                                                                 \
  HANDLER(COMPARE_##NAME##_JUMP){COMPARE_FAST(symbol, C, JUMP_ON_TRUTH)} HANDLER(COMPARE_##NAME##_CONST_JUMP){         \
      COMPARE_FAST(symbol, CONST_C, JUMP_ON_TRUTH)} HANDLER(COMPARE_##NAME) {                                          \
    if (BEFORE_JUMP(pc, word)) {                                                                                       \
      instruction_quicken(pc, word, OP_COMPARE_##NAME##_JUMP);                                                         \
      TAIL(COMPARE_##NAME##_JUMP);                                                                                     \
    }                                                                                                                  \
    COMPARE_FAST(symbol, C, STORE_TRUTH)                                                                               \
  }                                                                                                                    \
  HANDLER(COMPARE_##NAME##_CONST) {                                                                                    \
    if (BEFORE_JUMP(pc, word)) {                                                                                       \
      instruction_quicken(pc, word, OP_COMPARE_##NAME##_CONST_JUMP);                                                   \
      TAIL(COMPARE_##NAME##_CONST_JUMP);                                                                               \
    }                                                                                                                  \
    COMPARE_FAST(symbol, CONST_C, STORE_TRUTH)                                                                         \
  }
COMPARE_OPERATOR(LESS, <)
COMPARE_OPERATOR(LESS_EQUAL, <=)
COMPARE_OPERATOR(EQUAL, ==)
COMPARE_OPERATOR(NOT_EQUAL, !=)
COMPARE_OPERATOR(GREATER, >)
COMPARE_OPERATOR(GREATER_EQUAL, >=)

static const uint8_t comparison_of[OPCODE_COUNT] = {
#define COMPARISON(NAME, symbol, method, swapped)                                                                      \
  [OP_COMPARE_##NAME] = COMPARE_##NAME, [OP_COMPARE_##NAME##_CONST] = COMPARE_##NAME,
#include "runtime/object/operators.def"
};
static const bool comparison_is_const[OPCODE_COUNT] = {
#define COMPARISON(NAME, symbol, method, swapped) [OP_COMPARE_##NAME##_CONST] = true,
#include "runtime/object/operators.def"
};

OPERATION_FUNCTION(operation_compare) {
  const Instruction *pc = frame->pc;
  word = instruction_load(pc);
  unsigned opcode = opcode_base[word & 0xff];
  Comparison comparison = comparison_of[opcode];
  Value a = B, b = comparison_is_const[opcode] ? CONST_C : C;
  if ((comparison == COMPARE_EQUAL || comparison == COMPARE_NOT_EQUAL) && VALUE_IS_EXACT(a, STR) &&
      VALUE_IS_EXACT(b, STR)) {
    A = value_from_bool((a == b || str_equals(a, b)) == (comparison == COMPARE_EQUAL));
    return true;
  }
  unsigned met = value_is_number_for_float(a) && value_is_number_for_float(b) ? MET_MIXED : MET_OTHER;
  if ((AUX & met) == 0) instruction_quicken(pc, word | (Instruction)met << 8, word & 0xff);
  if (met == MET_OTHER) profile_note_operands(frame->code, pc, a, b);
  Value result = value_compare(comparison, a, b);
  if (UNLIKELY(!result)) return false;
  A = result;
  return true;
}
// Leaves the jump, if one is part of the instruction, to the JUMP_IF_FALSE itself.
SLOW_HANDLER(compare_slow) {
  RUN_OPERATION(operation_compare, 1);
}

static OPERATION_FUNCTION(operation_declined) {
  unsigned opcode = opcode_base[word & 0xff];
  bool constant = operator_forms[opcode].constant || comparison_is_const[opcode];
  Value a = B, b = constant ? CONST_C : C, result;
  if (opcode >= OP_COMPARE_LESS && opcode <= OP_COMPARE_GREATER_EQUAL_CONST)
    result = value_compare_declined((Comparison)comparison_of[opcode], a, b);
  else
    result = value_binary_declined((BinaryOperator)operator_forms[opcode].operator, a, b, AUX & 1);
  if (UNLIKELY(!result)) return false;
  A = result;
  return true;
}
SLOW_HANDLER(declined) {
  RUN_OPERATION(operation_declined, 1);
}

OPERATION_FUNCTION(operation_IS_OP) {
  A = value_from_bool((B == C) != (AUX & 1));
  return true;
}
HANDLER(IS_OP) {
  A = value_from_bool((B == C) != (AUX & 1));
  NEXT(1);
}
OPERATION_HANDLER(CONTAINS) {
  int found = value_contains(C, B);
  if (UNLIKELY(found < 0)) return false;
  A = value_from_bool((found != 0) != (AUX & 1));
  return true;
}

OPERATION_FUNCTION(operation_unary) {
  unsigned opcode = word & 0xff;
  Value result = value_unary(opcode == OP_NEGATIVE   ? UNARY_NEGATIVE
                             : opcode == OP_POSITIVE ? UNARY_POSITIVE
                                                     : UNARY_INVERT,
                             B);
  if (UNLIKELY(!result)) return false;
  A = result;
  return true;
}
SLOW_HANDLER(unary_slow) {
  RUN_OPERATION(operation_unary, 1);
}
HANDLER(NEGATIVE) {
  Value operand = B;
  int64_t result;
  if (value_is_small_int(operand)) {
    if (UNLIKELY(__builtin_sub_overflow((int64_t)6, bits_of(operand), &result))) TAIL(unary_slow);
    A = value_from_bits((uint64_t)result);
    NEXT(1);
  }
  if (value_is_immediate_float(operand)) {
    Value negated = value_try_immediate_float(-value_immediate_double(operand));
    if (UNLIKELY(!value_is_immediate_float(negated))) TAIL(unary_slow);
    A = negated;
    NEXT(1);
  }
  TAIL(unary_slow);
}
HANDLER(POSITIVE) {
  TAIL(unary_slow);
}
HANDLER(INVERT) {
  Value operand = B;
  if (UNLIKELY(!value_is_small_int(operand))) TAIL(unary_slow);
  A = value_from_bits(~value_bits(operand) | 3);
  NEXT(1);
}

OPERATION_FUNCTION(operation_NOT) {
  int truth = value_truth(B);
  if (UNLIKELY(truth < 0)) return false;
  A = value_from_bool(!truth);
  return true;
}
SLOW_HANDLER(not_slow) {
  RUN_OPERATION(operation_NOT, 1);
}
HANDLER(NOT) {
  Value operand = B;
  if (UNLIKELY(!value_is_bool(operand))) TAIL(not_slow);
  A = operand == VALUE_FALSE ? VALUE_TRUE : VALUE_FALSE;
  NEXT(1);
}

// Jumps on truth: the values that need no call are True, False, None and small ints.
SLOW_HANDLER(jump_if_slow) {
  SAVE();
  int truth = value_truth(A);
  if (UNLIKELY(truth < 0)) FAIL();
  table = thread->dispatch;
  if (truth == ((word & 0xff) == OP_JUMP_IF_TRUE)) NEXT(instruction_bc(word));
  NEXT(1);
}
HANDLER(JUMP_IF_FALSE) {
  Value value = A;
  if (value == VALUE_TRUE) NEXT(1);
  if (value == VALUE_FALSE || value == VALUE_NONE || value == value_from_small_int(0)) NEXT(instruction_bc(word));
  if (LIKELY(value_is_small_int(value))) NEXT(1);
  TAIL(jump_if_slow);
}
HANDLER(JUMP_IF_TRUE) {
  Value value = A;
  if (value == VALUE_TRUE) NEXT(instruction_bc(word));
  if (value == VALUE_FALSE || value == VALUE_NONE || value == value_from_small_int(0)) NEXT(1);
  if (LIKELY(value_is_small_int(value))) NEXT(instruction_bc(word));
  TAIL(jump_if_slow);
}
