// Built-in functions of numbers that compiled code does itself: abs, min, max, int, float, operator.index, bit_length,
// random. See build.h.
//
// Which kind an argument has is known, or it is what the value was when the code was compiled, or both ints and floats
// are provided for.
#include "jit/build_internal.h"

enum { EXTREME_LIMIT = 4 }; // arguments of max and min

static bool is_known(const HirNode *node, uint8_t kind) {
  return node->kinds == kind;
}
static bool may_be_number(const HirNode *node) {
  return node->kinds & (KIND_INT | KIND_FLOAT);
}

// Which way the numbers are taken.
typedef enum Way : uint8_t { WAY_NONE, WAY_INTS, WAY_FLOATS, WAY_EITHER } Way;

static Way way_of(const Builder *builder, HirNode **values, uint32_t count) {
  bool all_ints = true, all_floats = true;
  for (uint32_t i = 0; i < count; i++) {
    if (!may_be_number(values[i])) return WAY_NONE;
    all_ints = all_ints && is_known(values[i], KIND_INT);
    all_floats = all_floats && is_known(values[i], KIND_FLOAT);
  }
  if (all_ints) return WAY_INTS;
  if (all_floats) return WAY_FLOATS;
  if (builder_failures(builder) > 0) return WAY_NONE;
  bool some_int = false, some_float = false;
  for (uint32_t i = 0; i < count; i++) {
    some_int |= is_known(values[i], KIND_INT);
    some_float |= is_known(values[i], KIND_FLOAT);
  }
  // One that is known decides; of two kinds the general function takes the call.
  if (some_int && some_float) return WAY_NONE;
  return some_int ? WAY_INTS : some_float ? WAY_FLOATS : WAY_EITHER;
}

typedef void BuildNumbers(Builder *builder, HirNode **values, uint32_t count, bool of_ints);

// Does the function by the way that there is; where it is not known, asks each time.
static bool build_by_way(Builder *builder, HirNode **values, uint32_t count, BuildNumbers *build) {
  Way way = way_of(builder, values, count);
  if (way == WAY_NONE) return false;
  fix_state(builder);
  if (way != WAY_EITHER) {
    build(builder, values, count, way == WAY_INTS);
    return true;
  }
  HirNode *ints = emit_1(builder, HIR_IS_INT, values[0]);
  for (uint32_t i = 1; i < count; i++)
    ints = emit_2(builder, HIR_BOOL_AND, ints, emit_1(builder, HIR_IS_INT, values[i]));
  HirNode **before = save_registers(builder);
  HirBlock *if_ints, *if_others;
  Edge *ways = NULL;
  emit_branch(builder, ints, &if_ints, &if_others);
  for (int i = 0; i < 2; i++) {
    builder->block = i == 0 ? if_ints : if_others;
    if (i == 1) restore_registers(builder, before);
    build(builder, values, count, i == 0);
    add_way(builder, &ways);
  }
  join_ways(builder, ways);
  return true;
}

// The result is `a` where `condition` holds, else `b`.
static void set_either(Builder *builder, HirNode *condition, HirNode *a, HirNode *b) {
  Edge *ways = NULL;
  Fork way = begin_way(builder, condition);
  set_result(builder, a);
  end_way(builder, &way, &ways);
  set_result(builder, b);
  add_way(builder, &ways);
  join_ways(builder, ways);
}

static HirNode *compare(Builder *builder, HirOp op, HirNode *a, HirComparison how, HirNode *b) {
  HirNode *node = emit_2(builder, op, a, b);
  node->payload.number = how;
  return node;
}

static void build_abs(Builder *builder, HirNode **values, uint32_t, bool of_ints) {
  if (!of_ints) {
    set_result(builder, box_double(builder, emit_1(builder, HIR_DOUBLE_ABS, as_double(builder, values[0]))));
    return;
  }
  HirNode *number = as_int(builder, values[0]), *opposite = emit_1(builder, HIR_INT_NEGATIVE, number);
  HirNode *negative = compare(builder, HIR_INT_COMPARE, number, HIR_LESS, emit_int(builder, 0));
  set_either(builder, negative, box_int(builder, opposite), box_int(builder, number));
}
bool intrinsic_abs(Builder *builder, HirNode **arguments, uint32_t count) {
  return count == 1 && build_by_way(builder, arguments, 1, build_abs);
}

static HirNode *as_number(Builder *builder, HirNode *value, bool of_int) {
  return of_int ? as_int(builder, value) : as_double(builder, value);
}

// Each further one is taken only if it is better than the best so far: of a nan that is never said.
static void build_extreme(Builder *builder, HirNode **values, uint32_t count, bool of_ints, HirComparison better) {
  HirNode *numbers[EXTREME_LIMIT];
  for (uint32_t i = 0; i < count; i++) numbers[i] = as_number(builder, values[i], of_ints);
  set_result(builder, of_ints ? box_int(builder, numbers[0]) : box_double(builder, numbers[0]));
  for (uint32_t i = 1; i < count; i++) {
    HirNode *best = operand_a(builder);
    HirNode *box = of_ints ? box_int(builder, numbers[i]) : box_double(builder, numbers[i]);
    HirOp op = of_ints ? HIR_INT_COMPARE : HIR_DOUBLE_COMPARE;
    set_either(builder, compare(builder, op, numbers[i], better, as_number(builder, best, of_ints)), box, best);
  }
}
static void build_max(Builder *builder, HirNode **values, uint32_t count, bool of_ints) {
  build_extreme(builder, values, count, of_ints, HIR_GREATER);
}
static void build_min(Builder *builder, HirNode **values, uint32_t count, bool of_ints) {
  build_extreme(builder, values, count, of_ints, HIR_LESS);
}
bool intrinsic_max(Builder *builder, HirNode **arguments, uint32_t count) {
  return count > 1 && count <= EXTREME_LIMIT && build_by_way(builder, arguments, count, build_max);
}
bool intrinsic_min(Builder *builder, HirNode **arguments, uint32_t count) {
  return count > 1 && count <= EXTREME_LIMIT && build_by_way(builder, arguments, count, build_min);
}

bool intrinsic_index(Builder *builder, HirNode **arguments, uint32_t count) {
  if (count != 1 || !(arguments[0]->kinds & KIND_INT) || builder_failures(builder) > 0) return false;
  set_result(builder, box_int(builder, as_int(builder, arguments[0])));
  return true;
}

bool intrinsic_bit_length(Builder *builder, HirNode **arguments, uint32_t count) {
  if (count != 1 || !(arguments[0]->kinds & KIND_INT) || builder_failures(builder) > 0) return false;
  HirNode *number = as_int(builder, arguments[0]);
  set_result(builder, box_int(builder, emit_runtime(builder, RUNTIME_BIT_LENGTH, 1, &number)));
  return true;
}

// Of an instance that is known to be of a subclass of the generators' class: its method was found there.
bool intrinsic_random(Builder *builder, HirNode **arguments, uint32_t count) {
  if (count != 1 || arguments[0]->kinds != KIND_CELL || !arguments[0]->shape) return false;
  set_result(builder, box_double(builder, emit_runtime(builder, RUNTIME_RANDOM, 1, arguments)));
  return true;
}

// int(x) and float(x), the classes themselves.
bool build_int_of_number(Builder *builder, HirNode **arguments, uint32_t count) {
  if (count != 1 || builder_failures(builder) > 0) return false;
  HirNode *value = arguments[0];
  if (is_known(value, KIND_INT)) {
    set_result(builder, value);
    return true;
  }
  if (!is_known(value, KIND_FLOAT)) return false;
  set_result(builder, box_int(builder, emit_1(builder, HIR_DOUBLE_TO_INT, as_double(builder, value))));
  return true;
}
bool build_float_of_number(Builder *builder, HirNode **arguments, uint32_t count) {
  if (count != 1 || builder_failures(builder) > 0) return false;
  HirNode *value = arguments[0];
  if (is_known(value, KIND_FLOAT)) {
    set_result(builder, value);
    return true;
  }
  if (!is_known(value, KIND_INT)) return false;
  set_result(builder, box_double(builder, emit_1(builder, HIR_INT_TO_DOUBLE, as_int(builder, value))));
  return true;
}
