// Sums, differences and products of complex numbers, and quotients by real ones, in line. See build.h.
//
// Both operands become a pair of doubles: what is real has an imaginary part of zero, which takes part in the
// arithmetic as the language says. Results are boxed lazily, as floats are, so that a chain of operations makes one
// cell.
#include "jit/build_internal.h"

#include "runtime/object/class.h"
#include "runtime/object/float.h"

typedef struct Parts {
  HirNode *real, *imaginary;
} Parts;

static bool is_known_complex(const HirNode *node) {
  return node->kinds == KIND_CELL && node->shape == SHAPE(COMPLEX);
}

// Of which of the number classes the operand is, as far as is known, else as was met; NULL: of another.
static Class *number_class(const HirNode *node, Value met) {
  if (is_known_complex(node)) return BUILTIN(COMPLEX);
  if (node->kinds == KIND_FLOAT) return BUILTIN(FLOAT);
  if (node->kinds == KIND_INT) return BUILTIN(INT);
  if (met == value_from_cell(BUILTIN(COMPLEX)) && (node->kinds & KIND_CELL) && !node->shape) return BUILTIN(COMPLEX);
  if (met == value_from_cell(BUILTIN(FLOAT)) && (node->kinds & KIND_FLOAT)) return BUILTIN(FLOAT);
  if (met == value_from_cell(BUILTIN(INT)) && (node->kinds & KIND_INT)) return BUILTIN(INT);
  return NULL;
}

static Parts parts_of(Builder *builder, HirNode *node, const Class *class) {
  if (class == BUILTIN(COMPLEX)) {
    node = guard_shape(builder, node, SHAPE(COMPLEX));
    return (Parts){emit_1(builder, HIR_COMPLEX_REAL, node), emit_1(builder, HIR_COMPLEX_IMAGINARY, node)};
  }
  HirNode *real = class == BUILTIN(FLOAT) ? as_double(builder, node) : number_as_double(builder, node);
  return (Parts){real, emit_double(builder, 0.0)};
}

static Parts combine(Builder *builder, BinaryOperator operator, Parts a, Parts b) {
  if (operator != BINARY_MULTIPLY) {
    HirOp op = operator == BINARY_ADD ? HIR_DOUBLE_ADD : HIR_DOUBLE_SUBTRACT;
    return (Parts){emit_2(builder, op, a.real, b.real), emit_2(builder, op, a.imaginary, b.imaginary)};
  }
  return (Parts){
      emit_2(builder, HIR_DOUBLE_SUBTRACT, emit_2(builder, HIR_DOUBLE_MULTIPLY, a.real, b.real),
             emit_2(builder, HIR_DOUBLE_MULTIPLY, a.imaginary, b.imaginary)),
      emit_2(builder, HIR_DOUBLE_ADD, emit_2(builder, HIR_DOUBLE_MULTIPLY, a.real, b.imaginary),
             emit_2(builder, HIR_DOUBLE_MULTIPLY, a.imaginary, b.real)),
  };
}

// By a real number, which leaves where it is zero: the general algorithm for a divisor whose imaginary part is zero.
static Parts divide(Builder *builder, Parts a, HirNode *divisor) {
  HirNode *zero = emit_double(builder, 0.0);
  HirNode *ratio = emit_2(builder, HIR_DOUBLE_DIVIDE, zero, divisor);
  HirNode *scale = emit_2(builder, HIR_DOUBLE_ADD, divisor, emit_2(builder, HIR_DOUBLE_MULTIPLY, zero, ratio));
  HirNode *real = emit_2(builder, HIR_DOUBLE_ADD, a.real, emit_2(builder, HIR_DOUBLE_MULTIPLY, a.imaginary, ratio));
  HirNode *imaginary =
      emit_2(builder, HIR_DOUBLE_SUBTRACT, a.imaginary, emit_2(builder, HIR_DOUBLE_MULTIPLY, a.real, ratio));
  return (Parts){emit_2(builder, HIR_DOUBLE_DIVIDE, real, scale), emit_2(builder, HIR_DOUBLE_DIVIDE, imaginary, scale)};
}

bool build_complex_binary(Builder *builder, uint8_t operator, HirNode *a, HirNode *b) {
  bool divides = operator == BINARY_TRUE_DIVIDE;
  if (operator != BINARY_ADD && operator != BINARY_SUBTRACT && operator != BINARY_MULTIPLY && !divides) return false;
  const Meeting *met = NULL;
  uint32_t count = profile_meetings(builder->scope->code, builder->word, &met, 1);
  if (count > 1 || builder_failures(builder) > 0) return false;
  const Class *class_a = number_class(a, count ? met->what[0] : NULL);
  const Class *class_b = number_class(b, count ? met->what[1] : NULL);
  if (!class_a || !class_b || (class_a != BUILTIN(COMPLEX) && class_b != BUILTIN(COMPLEX))) return false;
  if (divides && class_b == BUILTIN(COMPLEX)) return false;
  Parts x = parts_of(builder, a, class_a), y = a == b ? x : parts_of(builder, b, class_b);
  Parts parts = divides ? divide(builder, x, y.real) : combine(builder, (BinaryOperator)operator, x, y);
  HirNode *result = emit_2(builder, HIR_BOX_COMPLEX, parts.real, parts.imaginary);
  result->kinds = KIND_CELL;
  result->shape = SHAPE(COMPLEX);
  set_result(builder, result);
  return true;
}
