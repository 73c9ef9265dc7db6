// Says one node more simply: guards and tests that types decide, conversions that cancel, constants. By itself, without
// looking at memory or control flow. A table by operation below.
#include "jit/passes.h"

#include "runtime/object/float.h"
#include "runtime/object/sequence.h"

typedef HirNode *Simplify(HirFunction *function, HirNode *node);

static HirNode *input(HirNode *node, uint32_t number) {
  return hir_node_input(node, number);
}
static bool is_only(const HirNode *node, uint8_t kinds) {
  return (node->kinds & ~kinds) == 0;
}
static HirNode *new_int(HirFunction *function, HirNode *node, int64_t number) {
  return hir_insert_int(function, node, number);
}
static HirNode *new_bool(HirFunction *function, HirNode *node, bool truth) {
  return hir_insert_bool(function, node, truth);
}
static HirNode *new_double(HirFunction *function, HirNode *node, double number) {
  return hir_insert_double(function, node, number);
}
static bool is_int_constant(const HirNode *node, int64_t number) {
  return node->op == HIR_INT_CONST && node->payload.number == number;
}

// Guards

static uint8_t guarded_kinds(HirOp op) {
  switch (op) {
  case HIR_GUARD_INT:
    return KIND_INT;
  case HIR_GUARD_FLOAT:
    return KIND_FLOAT;
  case HIR_GUARD_BOOL:
    return KIND_BOOL;
  case HIR_GUARD_NONE:
    return KIND_NONE;
  case HIR_GUARD_BOUND:
    return KIND_BOUND;
  case HIR_GUARD_SHAPE:
    return KIND_CELL | KIND_FLOAT; // float's own shape may be asked for
  case HIR_NUMBER_TO_DOUBLE:
    return KIND_INT | KIND_FLOAT;
  default:
    return 0;
  }
}

bool hir_always_leaves(const HirNode *node) {
  uint8_t kinds = guarded_kinds(node->op);
  if (kinds) {
    const HirNode *value = node->inputs[0];
    if (!(value->kinds & kinds)) return true;
    if (node->op != HIR_GUARD_SHAPE || !is_only(value, KIND_CELL)) return false;
    const Shape *shape = hir_node_stable_shape(value);
    return shape && hir_shape_is_stable(node->shape) && shape != node->shape;
  }
  if (node->op != HIR_GUARD_TRUE && node->op != HIR_GUARD_FALSE) return false;
  const HirNode *truth = node->inputs[0];
  return truth->op == HIR_BOOL_CONST && (truth->payload.number != 0) != (node->op == HIR_GUARD_TRUE);
}

static HirNode *simplify_kind_guard(HirFunction *, HirNode *node) {
  return is_only(input(node, 0), guarded_kinds(node->op)) ? input(node, 0) : node;
}

static HirNode *simplify_guard_shape(HirFunction *, HirNode *node) {
  HirNode *value = input(node, 0);
  bool known = is_only(value, KIND_CELL) && hir_node_stable_shape(value) == node->shape;
  return known ? value : node;
}

// The value behind the guard is the constant. The guard stays; its uses become a constant behind it.
static HirNode *simplify_guard_identity(HirFunction *function, HirNode *node) {
  HirNode *value = input(node, 0);
  if (value->op == HIR_CONST && value->payload.value == node->payload.value) return value;
  if (!node->replacement) hir_node_replace(node, hir_insert_constant(function, node->next, node->payload.value));
  return node;
}

static HirNode *simplify_guard_truth(HirFunction *function, HirNode *node) {
  HirNode *truth = input(node, 0);
  bool wanted = node->op == HIR_GUARD_TRUE;
  if (truth->op == HIR_BOOL_CONST) return (truth->payload.number != 0) == wanted ? NULL : node;
  if (truth->op != HIR_NOT) return node;
  HirNode *guard = hir_insert(function, node, wanted ? HIR_GUARD_FALSE : HIR_GUARD_TRUE, input(truth, 0), NULL);
  guard->state = node->state;
  return guard;
}

// Conversions

static HirNode *simplify_box(HirFunction *function, HirNode *node) {
  HirNode *value = input(node, 0);
  switch (value->op) {
  case HIR_UNBOX_INT:
  case HIR_UNBOX_DOUBLE:
  case HIR_UNBOX_BOOL:
    return input(value, 0);
  case HIR_INT_CONST:
    return hir_insert_constant(function, node, value_from_small_int(value->payload.number));
  case HIR_BOOL_CONST:
    return hir_insert_constant(function, node, value_from_bool(value->payload.number != 0));
  case HIR_DOUBLE_CONST: {
    Value constant = value_try_immediate_float(value->payload.real);
    return value_is_immediate_float(constant) ? hir_insert_constant(function, node, constant) : node;
  }
  default:
    return node;
  }
}

static HirNode *simplify_unbox(HirFunction *function, HirNode *node) {
  HirNode *value = input(node, 0);
  static const HirOp boxes[] = {
      [HIR_UNBOX_INT] = HIR_BOX_INT, [HIR_UNBOX_DOUBLE] = HIR_BOX_DOUBLE, [HIR_UNBOX_BOOL] = HIR_BOX_BOOL};
  if (value->op == boxes[node->op]) return input(value, 0);
  if (value->op != HIR_CONST) return node;
  Value constant = value->payload.value;
  if (node->op == HIR_UNBOX_INT && value_is_small_int(constant))
    return new_int(function, node, value_small_int(constant));
  if (node->op == HIR_UNBOX_DOUBLE && value_is_exact_float(constant))
    return new_double(function, node, float_as_double(constant));
  if (node->op == HIR_UNBOX_BOOL && value_is_bool(constant)) return new_bool(function, node, constant == VALUE_TRUE);
  return node;
}

static HirNode *simplify_complex_part(HirFunction *function, HirNode *node) {
  HirNode *value = hir_identity(node->inputs[0]);
  bool imaginary = node->op == HIR_COMPLEX_IMAGINARY;
  if (value->op == HIR_BOX_COMPLEX) return input(value, imaginary);
  if (value->op != HIR_CONST || !value_is_complex(value->payload.value)) return node;
  const Complex *constant = (const Complex *)value_cell(value->payload.value);
  return new_double(function, node, imaginary ? constant->imaginary : constant->real);
}

static HirNode *simplify_number_to_double(HirFunction *function, HirNode *node) {
  HirNode *value = input(node, 0);
  if (is_only(value, KIND_FLOAT)) return hir_insert(function, node, HIR_UNBOX_DOUBLE, value, NULL);
  if (!is_only(value, KIND_INT)) return node;
  HirNode *number = hir_insert(function, node, HIR_UNBOX_INT, value, NULL);
  HirNode *exact = hir_insert(function, node, HIR_INT_TO_DOUBLE_EXACT, number, NULL);
  exact->state = node->state;
  return exact;
}

// Ints

// Folds; false: the result is no small int, or the operation leaves.
static bool fold_int(HirOp op, int64_t a, int64_t b, int64_t *result) {
  bool overflow = false;
  switch (op) {
  case HIR_INT_ADD:
    *result = a + b;
    break;
  case HIR_INT_SUBTRACT:
    *result = a - b;
    break;
  case HIR_INT_MULTIPLY:
    overflow = __builtin_mul_overflow(a, b, result);
    break;
  case HIR_INT_FLOOR_DIVIDE:
    if (b == 0) return false;
    *result = a / b - (a % b != 0 && (a < 0) != (b < 0));
    break;
  case HIR_INT_REMAINDER:
    if (b == 0) return false;
    *result = a % b;
    if (*result != 0 && (*result < 0) != (b < 0)) *result += b;
    break;
  case HIR_INT_LEFT_SHIFT:
    if (b < 0 || b > 60) return false;
    overflow = __builtin_mul_overflow(a, (int64_t)1 << b, result);
    break;
  case HIR_INT_RIGHT_SHIFT:
    if (b < 0) return false;
    *result = a >> (b > 63 ? 63 : b);
    break;
  case HIR_INT_AND:
    *result = a & b;
    break;
  case HIR_INT_OR:
    *result = a | b;
    break;
  case HIR_INT_XOR:
    *result = a ^ b;
    break;
  default:
    return false;
  }
  return !overflow && small_int_fits(*result);
}

static HirNode *simplify_int(HirFunction *function, HirNode *node) {
  HirNode *a = input(node, 0), *b = input(node, 1);
  int64_t result;
  if (a->op == HIR_INT_CONST && b->op == HIR_INT_CONST)
    return fold_int(node->op, a->payload.number, b->payload.number, &result) ? new_int(function, node, result) : node;
  switch (node->op) {
  case HIR_INT_ADD:
  case HIR_INT_OR:
  case HIR_INT_XOR:
    if (is_int_constant(a, 0)) return b;
    return is_int_constant(b, 0) ? a : node;
  case HIR_INT_SUBTRACT:
  case HIR_INT_LEFT_SHIFT:
  case HIR_INT_RIGHT_SHIFT:
    return is_int_constant(b, 0) ? a : node;
  case HIR_INT_MULTIPLY:
    if (is_int_constant(a, 1) || is_int_constant(b, 0)) return b;
    return is_int_constant(b, 1) || is_int_constant(a, 0) ? a : node;
  case HIR_INT_FLOOR_DIVIDE:
    return is_int_constant(b, 1) ? a : node;
  case HIR_INT_REMAINDER:
    return is_int_constant(b, 1) ? new_int(function, node, 0) : node;
  case HIR_INT_AND:
    if (a == b || is_int_constant(b, -1) || is_int_constant(a, 0)) return a;
    return is_int_constant(a, -1) || is_int_constant(b, 0) ? b : node;
  default:
    return node;
  }
}

static HirNode *simplify_int_unary(HirFunction *function, HirNode *node) {
  HirNode *value = input(node, 0);
  if (value->op != HIR_INT_CONST) return node;
  int64_t number = value->payload.number;
  switch (node->op) {
  case HIR_INT_NEGATIVE:
    return small_int_fits(-number) ? new_int(function, node, -number) : node;
  case HIR_INT_INVERT:
    return new_int(function, node, ~number);
  default:
    return new_double(function, node, (double)number); // INT_TO_DOUBLE
  }
}

#define COMPARE(a, b, comparison)                                                                                      \
  ((comparison) == HIR_LESS         ? (a) < (b)                                                                        \
   : (comparison) == HIR_LESS_EQUAL ? (a) <= (b)                                                                       \
   : (comparison) == HIR_EQUAL      ? (a) == (b)                                                                       \
   : (comparison) == HIR_NOT_EQUAL  ? (a) != (b)                                                                       \
   : (comparison) == HIR_GREATER    ? (a) > (b)                                                                        \
                                    : (a) >= (b))

static HirNode *simplify_int_compare(HirFunction *function, HirNode *node) {
  HirNode *a = input(node, 0), *b = input(node, 1);
  int64_t comparison = node->payload.number;
  if (a->op == HIR_INT_CONST && b->op == HIR_INT_CONST)
    return new_bool(function, node, COMPARE(a->payload.number, b->payload.number, comparison));
  return a == b ? new_bool(function, node, COMPARE(0, 0, comparison)) : node;
}

// Doubles

static HirNode *simplify_double(HirFunction *function, HirNode *node) {
  HirNode *a = input(node, 0), *b = input(node, 1);
  if (a->op != HIR_DOUBLE_CONST || b->op != HIR_DOUBLE_CONST) return node;
  double x = a->payload.real, y = b->payload.real;
  switch (node->op) {
  case HIR_DOUBLE_ADD:
    return new_double(function, node, x + y);
  case HIR_DOUBLE_SUBTRACT:
    return new_double(function, node, x - y);
  case HIR_DOUBLE_MULTIPLY:
    return new_double(function, node, x * y);
  case HIR_DOUBLE_DIVIDE:
    return y != 0 ? new_double(function, node, x / y) : node;
  case HIR_DOUBLE_COMPARE:
    return new_bool(function, node, COMPARE(x, y, node->payload.number));
  default:
    return node;
  }
}

static HirNode *simplify_double_unary(HirFunction *function, HirNode *node) {
  HirNode *value = input(node, 0);
  if (value->op != HIR_DOUBLE_CONST) return node;
  double number = value->payload.real;
  if (node->op == HIR_DOUBLE_NEGATIVE) return new_double(function, node, -number);
  return new_double(function, node, __builtin_fabs(number)); // DOUBLE_ABS
}

// Truth

static HirNode *simplify_not(HirFunction *function, HirNode *node) {
  static const uint8_t opposites[] = {[HIR_LESS] = HIR_GREATER_EQUAL, [HIR_LESS_EQUAL] = HIR_GREATER,
                                      [HIR_EQUAL] = HIR_NOT_EQUAL,    [HIR_NOT_EQUAL] = HIR_EQUAL,
                                      [HIR_GREATER] = HIR_LESS_EQUAL, [HIR_GREATER_EQUAL] = HIR_LESS};
  HirNode *truth = input(node, 0);
  if (truth->op == HIR_NOT) return input(truth, 0);
  if (truth->op == HIR_BOOL_CONST) return new_bool(function, node, truth->payload.number == 0);
  bool is_double = truth->op == HIR_DOUBLE_COMPARE; // of a nan only == and != have opposites
  bool is_equality = truth->payload.number == HIR_EQUAL || truth->payload.number == HIR_NOT_EQUAL;
  if (truth->op != HIR_INT_COMPARE && !(is_double && is_equality)) return node;
  HirNode *opposite = hir_insert(function, node, truth->op, input(truth, 0), input(truth, 1));
  opposite->payload.number = opposites[truth->payload.number];
  return opposite;
}

static HirNode *simplify_is(HirFunction *function, HirNode *node) {
  HirNode *a = hir_identity(input(node, 0)), *b = hir_identity(input(node, 1));
  if (a == b) return new_bool(function, node, true);
  if (a->op == HIR_CONST && b->op == HIR_CONST) return new_bool(function, node, a->payload.value == b->payload.value);
  if (!(input(node, 0)->kinds & input(node, 1)->kinds) || hir_surely_differ(a, b))
    return new_bool(function, node, false);
  return node;
}

static HirNode *simplify_has_shape(HirFunction *function, HirNode *node) {
  HirNode *value = input(node, 0);
  if (!(value->kinds & (KIND_CELL | KIND_FLOAT))) return new_bool(function, node, false);
  const Shape *shape = hir_node_stable_shape(value);
  if (!shape || !is_only(value, KIND_CELL)) return node;
  if (shape == node->shape) return new_bool(function, node, true);
  return hir_shape_is_stable(node->shape) ? new_bool(function, node, false) : node;
}

static HirNode *simplify_is_int(HirFunction *function, HirNode *node) {
  HirNode *value = input(node, 0);
  if (is_only(value, KIND_INT)) return new_bool(function, node, true);
  return value->kinds & KIND_INT ? node : new_bool(function, node, false);
}

static HirNode *not_equal(HirFunction *function, HirNode *node, HirOp op, HirNode *a, HirNode *b) {
  HirNode *comparison = hir_insert(function, node, op, a, b);
  comparison->payload.number = HIR_NOT_EQUAL;
  return comparison;
}

static HirNode *simplify_truth(HirFunction *function, HirNode *node) {
  HirNode *value = input(node, 0);
  if (is_only(value, KIND_BOOL)) return hir_insert(function, node, HIR_UNBOX_BOOL, value, NULL);
  if (is_only(value, KIND_NONE)) return new_bool(function, node, false);
  if (is_only(value, KIND_INT))
    return not_equal(function, node, HIR_INT_COMPARE, hir_insert(function, node, HIR_UNBOX_INT, value, NULL),
                     new_int(function, node, 0));
  if (is_only(value, KIND_FLOAT))
    return not_equal(function, node, HIR_DOUBLE_COMPARE, hir_insert(function, node, HIR_UNBOX_DOUBLE, value, NULL),
                     new_double(function, node, 0));
  const Shape *shape = hir_node_stable_shape(value);
  if (!shape || !is_only(value, KIND_CELL)) return node;
  HirOp count = shape == builtin_shapes[CLASS_LIST]    ? HIR_LIST_COUNT
                : shape == builtin_shapes[CLASS_TUPLE] ? HIR_TUPLE_COUNT
                                                       : HIR_OP_COUNT;
  if (count == HIR_OP_COUNT) return node;
  return not_equal(function, node, HIR_INT_COMPARE, hir_insert(function, node, count, value, NULL),
                   new_int(function, node, 0));
}

// Tuples

static bool is_constant_tuple(const HirNode *node) {
  return node->op == HIR_CONST && VALUE_IS_EXACT(node->payload.value, TUPLE);
}

static HirNode *simplify_tuple_count(HirFunction *function, HirNode *node) {
  HirNode *tuple = input(node, 0);
  if (tuple->op == HIR_NEW_TUPLE) return new_int(function, node, tuple->input_count);
  if (is_constant_tuple(tuple)) return new_int(function, node, (int64_t)tuple_count(tuple->payload.value));
  return node;
}

static HirNode *simplify_tuple_get(HirFunction *function, HirNode *node) {
  HirNode *tuple = input(node, 0), *index = input(node, 1);
  if (index->op != HIR_INT_CONST) return node;
  int64_t count = tuple->op == HIR_NEW_TUPLE ? tuple->input_count
                  : is_constant_tuple(tuple) ? (int64_t)tuple_count(tuple->payload.value)
                                             : 0;
  int64_t at = index->payload.number < 0 ? index->payload.number + count : index->payload.number;
  if (at < 0 || at >= count) return node;
  if (tuple->op == HIR_NEW_TUPLE) return input(tuple, (uint32_t)at);
  return hir_insert_constant(function, node, tuple_item(tuple->payload.value, (size_t)at));
}

// What a new tuple or bound method was made of, by offset.
static HirNode *simplify_load_fixed(HirFunction *, HirNode *node) {
  HirNode *cell = input(node, 0);
  int64_t first = cell->op == HIR_NEW_TUPLE ? offsetof(Tuple, items) : offsetof(Method, function);
  if (cell->op != HIR_NEW_TUPLE && cell->op != HIR_NEW_METHOD) return node;
  int64_t number = (node->payload.number - first) / (int64_t)sizeof(Value);
  return node->payload.number >= first && number < cell->input_count ? input(cell, (uint32_t)number) : node;
}

static HirNode *simplify_bool_and(HirFunction *function, HirNode *node) {
  HirNode *a = input(node, 0), *b = input(node, 1);
  if (a == b) return a;
  if (a->op == HIR_BOOL_CONST) return a->payload.number ? b : new_bool(function, node, false);
  if (b->op == HIR_BOOL_CONST) return b->payload.number ? a : new_bool(function, node, false);
  return node;
}

static HirNode *simplify_phi(HirFunction *, HirNode *node) {
  HirNode *common = NULL;
  for (uint32_t i = 0; i < node->input_count; i++) {
    HirNode *value = input(node, i);
    if (value == node || value == common) continue;
    if (common) return node;
    common = value;
  }
  return common ? common : node;
}

static Simplify *const simplifications[HIR_OP_COUNT] = {
    [HIR_PHI] = simplify_phi,
    [HIR_GUARD_INT] = simplify_kind_guard,
    [HIR_GUARD_FLOAT] = simplify_kind_guard,
    [HIR_GUARD_BOOL] = simplify_kind_guard,
    [HIR_GUARD_NONE] = simplify_kind_guard,
    [HIR_GUARD_BOUND] = simplify_kind_guard,
    [HIR_GUARD_SHAPE] = simplify_guard_shape,
    [HIR_GUARD_IDENTITY] = simplify_guard_identity,
    [HIR_GUARD_TRUE] = simplify_guard_truth,
    [HIR_GUARD_FALSE] = simplify_guard_truth,
    [HIR_BOX_INT] = simplify_box,
    [HIR_BOX_DOUBLE] = simplify_box,
    [HIR_BOX_BOOL] = simplify_box,
    [HIR_COMPLEX_REAL] = simplify_complex_part,
    [HIR_COMPLEX_IMAGINARY] = simplify_complex_part,
    [HIR_UNBOX_INT] = simplify_unbox,
    [HIR_UNBOX_DOUBLE] = simplify_unbox,
    [HIR_UNBOX_BOOL] = simplify_unbox,
    [HIR_NUMBER_TO_DOUBLE] = simplify_number_to_double,
    [HIR_INT_ADD] = simplify_int,
    [HIR_INT_SUBTRACT] = simplify_int,
    [HIR_INT_MULTIPLY] = simplify_int,
    [HIR_INT_FLOOR_DIVIDE] = simplify_int,
    [HIR_INT_REMAINDER] = simplify_int,
    [HIR_INT_LEFT_SHIFT] = simplify_int,
    [HIR_INT_RIGHT_SHIFT] = simplify_int,
    [HIR_INT_AND] = simplify_int,
    [HIR_INT_OR] = simplify_int,
    [HIR_INT_XOR] = simplify_int,
    [HIR_INT_NEGATIVE] = simplify_int_unary,
    [HIR_INT_INVERT] = simplify_int_unary,
    [HIR_INT_TO_DOUBLE] = simplify_int_unary,
    [HIR_INT_COMPARE] = simplify_int_compare,
    [HIR_DOUBLE_ADD] = simplify_double,
    [HIR_DOUBLE_SUBTRACT] = simplify_double,
    [HIR_DOUBLE_MULTIPLY] = simplify_double,
    [HIR_DOUBLE_DIVIDE] = simplify_double,
    [HIR_DOUBLE_COMPARE] = simplify_double,
    [HIR_DOUBLE_NEGATIVE] = simplify_double_unary,
    [HIR_DOUBLE_ABS] = simplify_double_unary,
    [HIR_NOT] = simplify_not,
    [HIR_IS] = simplify_is,
    [HIR_HAS_SHAPE] = simplify_has_shape,
    [HIR_IS_INT] = simplify_is_int,
    [HIR_TRUTH] = simplify_truth,
    [HIR_TRY_TRUTH] = simplify_truth,
    [HIR_LOAD_FIXED] = simplify_load_fixed,
    [HIR_BOOL_AND] = simplify_bool_and,
    [HIR_TUPLE_COUNT] = simplify_tuple_count,
    [HIR_TUPLE_GET] = simplify_tuple_get,
};

HirNode *hir_simplify(HirFunction *function, HirNode *node) {
  Simplify *simplify = simplifications[node->op];
  return simplify ? simplify(function, node) : node;
}
