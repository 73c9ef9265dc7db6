// Arithmetic, comparisons, truth. See build.h.
#include "jit/build_internal.h"

#include "runtime/object/float.h"
#include "runtime/object/object.h"

typedef struct OperatorForm {
  HirOp on_ints, on_doubles; // HIR_OP_COUNT: none
  uint8_t operator;          // BinaryOperator
  bool constant;
} OperatorForm;
enum { NO_OP = HIR_OP_COUNT };
#define FORM(NAME, ints, doubles)                                                                                      \
  [OP_##NAME] = {ints, doubles, BINARY_##NAME, false}, [OP_##NAME##_CONST] = {ints, doubles, BINARY_##NAME, true}
static const OperatorForm operator_forms[OPCODE_COUNT] = {
    FORM(ADD, HIR_INT_ADD, HIR_DOUBLE_ADD),
    FORM(SUBTRACT, HIR_INT_SUBTRACT, HIR_DOUBLE_SUBTRACT),
    FORM(MULTIPLY, HIR_INT_MULTIPLY, HIR_DOUBLE_MULTIPLY),
    FORM(MATRIX_MULTIPLY, NO_OP, NO_OP),
    FORM(TRUE_DIVIDE, HIR_INT_TRUE_DIVIDE, HIR_DOUBLE_DIVIDE),
    FORM(FLOOR_DIVIDE, HIR_INT_FLOOR_DIVIDE, HIR_DOUBLE_FLOOR_DIVIDE),
    FORM(REMAINDER, HIR_INT_REMAINDER, HIR_DOUBLE_REMAINDER),
    FORM(POWER, NO_OP, HIR_DOUBLE_POWER),
    FORM(LEFT_SHIFT, HIR_INT_LEFT_SHIFT, NO_OP),
    FORM(RIGHT_SHIFT, HIR_INT_RIGHT_SHIFT, NO_OP),
    FORM(AND, HIR_INT_AND, NO_OP),
    FORM(XOR, HIR_INT_XOR, NO_OP),
    FORM(OR, HIR_INT_OR, NO_OP),
};

static bool is_binary(unsigned base) {
  return base >= OP_ADD && base <= OP_OR_CONST;
}
static Instruction load_instruction(const Builder *builder, uint32_t at) {
  return __atomic_load_n(&builder->scope->code->words[at], __ATOMIC_ACQUIRE);
}

static HirNode *constant_operand(Builder *builder) {
  return emit_constant(builder, tuple_item(builder->scope->code->constants, instruction_c(builder->instruction)));
}

static uint8_t likely_kinds(const HirNode *node) {
  uint8_t hint = node_hint(node) & KIND_BOUND;
  return hint && (hint & node->kinds) ? hint & node->kinds : node->kinds & KIND_BOUND;
}
// Is it worth guessing that the value is a float (an int)?
static bool may_be(const HirNode *node, uint8_t kind) {
  return node->kinds & kind;
}

static void build_binary_general(Builder *builder, const OperatorForm *form, HirNode *a, HirNode *b) {
  unsigned auxiliary = instruction_auxiliary(builder->instruction);
  bool in_place = auxiliary & 1, tries = builder_failures(builder) < (auxiliary & MET_OTHER ? 2 : 4);
  static const RuntimeFunction functions[2][2] = {{RUNTIME_BINARY, RUNTIME_BINARY_IN_PLACE},
                                                  {RUNTIME_TRY_BINARY, RUNTIME_TRY_BINARY_IN_PLACE}};
  HirNode *inputs[] = {a, b, emit_int(builder, form->operator)};
  set_result(builder, emit_runtime(builder, functions[tries][in_place], 3, inputs));
  if (!tries) emit_recheck(builder);
}

static void build_binary_ints(Builder *builder, const OperatorForm *form, HirNode *a, HirNode *b) {
  HirNode *x = as_int(builder, a);
  HirNode *y = a == b ? x : as_int(builder, b);
  HirNode *number = emit_2(builder, form->on_ints, x, y);
  set_result(builder, number->representation == HIR_DOUBLE ? box_double(builder, number) : box_int(builder, number));
}

static void build_binary_doubles(Builder *builder, const OperatorForm *form, HirNode *a, HirNode *b, bool mixed) {
  HirNode *x, *y;
  if (mixed && a->kinds != KIND_FLOAT && b->kinds != KIND_FLOAT && a->kinds != KIND_INT && b->kinds != KIND_INT) {
    // One of them must be a float, and it is not known which: two ints are not for here.
    HirNode *both = emit_2(builder, HIR_BOOL_AND, emit_1(builder, HIR_IS_INT, a), emit_1(builder, HIR_IS_INT, b));
    emit_1(builder, HIR_GUARD_FALSE, both);
    x = number_as_double(builder, a);
    y = number_as_double(builder, b);
  } else if (mixed) {
    x = a->kinds == KIND_INT || b->kinds != KIND_INT ? number_as_double(builder, a) : as_double(builder, a);
    y = b->kinds == KIND_INT || a->kinds != KIND_INT ? number_as_double(builder, b) : as_double(builder, b);
  } else {
    x = a->kinds == KIND_INT ? number_as_double(builder, a) : as_double(builder, a);
    y = a == b ? x : b->kinds == KIND_INT ? number_as_double(builder, b) : as_double(builder, b);
  }
  set_result(builder, box_double(builder, emit_2(builder, form->on_doubles, x, y)));
}

// Behind a way that knows of which kind the result is stand instructions that are likely to use it: a few of them are
// built on each way before the ways meet. Gives where they end.
static uint32_t end_of_followers(const Builder *builder) {
  enum { FOLLOWERS = 2 };
  const CodeScope *scope = builder->scope;
  uint32_t at = builder->next_word;
  if (builder->is_following) return at;
  for (unsigned i = 0; i < FOLLOWERS && at < scope->code->word_count && !scope->block_at[at]; i++) {
    unsigned base = opcode_base[load_instruction(builder, at) & 0xff];
    if (!is_binary(base) && base != OP_STORE_ITEM) break;
    at += 1 + opcode_information[base].caches;
  }
  return at;
}

static void build_followers(Builder *builder, uint32_t end) {
  if (builder->next_word == end) return;
  builder->is_following = true;
  while (builder->next_word < end && builder->block) {
    builder->word = builder->next_word;
    builder->instruction = load_instruction(builder, builder->word);
    builder->state = NULL;
    unsigned base = opcode_base[builder->instruction & 0xff];
    builder->next_word = builder->word + 1 + opcode_information[base].caches;
    if (base == OP_STORE_ITEM)
      build_store_item(builder);
    else
      build_binary(builder, base);
  }
  builder->is_following = false;
}

// Ints and floats have both been met: asks each time which they are.
static void build_binary_either(Builder *builder, const OperatorForm *form, HirNode *a, HirNode *b) {
  HirNode *ints = emit_2(builder, HIR_BOOL_AND, emit_1(builder, HIR_IS_INT, a), emit_1(builder, HIR_IS_INT, b));
  uint32_t end = end_of_followers(builder), word = builder->word, next_word = builder->next_word;
  Instruction instruction = builder->instruction;
  Edge *ways = NULL;
  Fork way = begin_way(builder, ints);
  build_binary_ints(builder, form, a, b);
  build_followers(builder, end);
  end_way(builder, &way, &ways);
  builder->word = word;
  builder->next_word = next_word;
  builder->instruction = instruction;
  builder->state = NULL;
  HirNode *x = number_as_double(builder, a), *y = a == b ? x : number_as_double(builder, b);
  set_result(builder, box_double(builder, emit_2(builder, form->on_doubles, x, y)));
  build_followers(builder, end);
  add_way(builder, &ways);
  join_ways(builder, ways);
  if (end != next_word) builder->skip_to = end;
}

// Numbers are among what has been met, bools perhaps or text: small ints are asked for each time.
static void build_binary_ints_or_plain(Builder *builder, const OperatorForm *form, HirNode *a, HirNode *b) {
  fix_state(builder);
  HirNode *ints = emit_2(builder, HIR_BOOL_AND, emit_1(builder, HIR_IS_INT, a), emit_1(builder, HIR_IS_INT, b));
  Edge *ways = NULL;
  Fork way = begin_way(builder, ints);
  build_binary_ints(builder, form, a, b);
  end_way(builder, &way, &ways);
  build_binary_general(builder, form, a, b);
  add_way(builder, &ways);
  join_ways(builder, ways);
}

// x ** 2 with ints.
static bool is_square(const OperatorForm *form, const HirNode *b) {
  return form->operator == BINARY_POWER && node_constant(b) == value_from_small_int(2);
}

void build_binary(Builder *builder, unsigned base) {
  const OperatorForm *form = &operator_forms[base];
  unsigned met = instruction_auxiliary(builder->instruction) & 0xf0, failures = builder_failures(builder);
  HirNode *a = operand_b(builder), *b = form->constant ? constant_operand(builder) : operand_c(builder);
  bool ints_known = a->kinds == KIND_INT && b->kinds == KIND_INT;
  bool one_float = a->kinds == KIND_FLOAT || b->kinds == KIND_FLOAT;
  bool numbers_possible = may_be(a, KIND_INT | KIND_FLOAT) && may_be(b, KIND_INT | KIND_FLOAT);
  bool hinted_float = likely_kinds(a) == KIND_FLOAT || likely_kinds(b) == KIND_FLOAT;
  bool hinted_other = !(likely_kinds(a) & (KIND_INT | KIND_FLOAT)) || !(likely_kinds(b) & (KIND_INT | KIND_FLOAT));

  if (((met & MET_OTHER) || !numbers_possible) &&
      (build_special_binary(builder, form->operator, instruction_auxiliary(builder->instruction) & 1, a, b) ||
       build_complex_binary(builder, form->operator, a, b)))
    return;
  unsigned growth = instruction_auxiliary(builder->instruction) >> GROWTH_SHIFT & GROWTH_MAXIMUM;
  if (builder->scope->growths >> growth & 1 && (!numbers_possible || met == MET_OTHER)) {
    emit_step(builder); // the growth is known to the frame's memory only
    return;
  }
  bool may_be_ints = (a->kinds & b->kinds & KIND_INT) && form->on_ints != NO_OP && !one_float && !ints_known;
  if ((met & MET_OTHER) && !(met & (MET_FLOAT | MET_MIXED | MET_OVERFLOW)) && may_be_ints && failures == 0 &&
      hir_op_infos[form->on_ints].representation == HIR_INT) {
    build_binary_ints_or_plain(builder, form, a, b);
    return;
  }
  if (!numbers_possible || failures >= 3 || (met & MET_OTHER) || (hinted_other && !met && failures == 0)) {
    build_binary_general(builder, form, a, b);
    return;
  }
  bool both_forms = form->on_ints != NO_OP && form->on_doubles != NO_OP;
  if ((failures > 0 || builder->is_following) && both_forms && !one_float && !ints_known &&
      (met & (MET_FLOAT | MET_MIXED)) && !(met & MET_OVERFLOW)) {
    build_binary_either(builder, form, a, b);
    return;
  }
  // A float on one side decides; what has been met decides; else it has been ints, or the instruction has not run.
  bool doubles = one_float || (!ints_known && ((met & (MET_FLOAT | MET_MIXED)) || (!met && hinted_float)));
  if (doubles && form->on_doubles != NO_OP) {
    // Of two that are not known and have not been met mixed, both are floats.
    build_binary_doubles(builder, form, a, b, (met & MET_MIXED) || failures > 0);
    return;
  }
  if (doubles) {
    build_binary_general(builder, form, a, b);
    return;
  }
  if (is_square(form, b) && failures == 0) {
    HirNode *x = as_int(builder, a);
    set_result(builder, box_int(builder, emit_2(builder, HIR_INT_MULTIPLY, x, x)));
    return;
  }
  // Where big ints have come up they will again, but for operators that say so of negative divisors, too.
  bool overflows = (met & MET_OVERFLOW) && form->on_ints != HIR_INT_FLOOR_DIVIDE && form->on_ints != HIR_INT_REMAINDER;
  if (form->on_ints == NO_OP || overflows || failures >= 2) {
    build_binary_general(builder, form, a, b);
    return;
  }
  build_binary_ints(builder, form, a, b);
}

// Comparisons

static const struct {
  HirComparison comparison;
  uint8_t runtime; // Comparison
  bool constant;
} comparison_forms[OPCODE_COUNT] = {
#define COMPARE_FORM(NAME)                                                                                             \
  [OP_COMPARE_##NAME] = {HIR_##NAME, COMPARE_##NAME, false},                                                           \
  [OP_COMPARE_##NAME##_CONST] = {HIR_##NAME, COMPARE_##NAME, true}
    COMPARE_FORM(LESS),      COMPARE_FORM(LESS_EQUAL), COMPARE_FORM(EQUAL),
    COMPARE_FORM(NOT_EQUAL), COMPARE_FORM(GREATER),    COMPARE_FORM(GREATER_EQUAL),
};

static void set_truth(Builder *builder, HirNode *truth) {
  set_result(builder, box_bool(builder, truth));
}

static bool is_str(const HirNode *node) {
  return node->kinds == KIND_CELL && node->shape == SHAPE(STR);
}

static void build_compare_strings(Builder *builder, HirNode *a, HirNode *b, bool equal) {
  a = guard_shape(builder, a, SHAPE(STR));
  b = guard_shape(builder, b, SHAPE(STR));
  HirNode *truth = emit_runtime(builder, RUNTIME_STR_EQUAL, 2, (HirNode *[]){a, b});
  set_truth(builder, equal ? truth : emit_not(builder, truth));
}

// An int that no double is equal to, as far as magnitude tells: a float must not be compared with the nearest one.
static bool is_inexact(const HirNode *node) {
  Value constant = node_constant(node);
  return constant && value_is_small_int(constant) && !hir_is_exact_double(constant);
}

// For comparisons, which are exact also of an int and a float.
static HirNode *exact_double(Builder *builder, HirNode *value) {
  if (value->kinds == KIND_INT && !node_constant(value))
    return emit_1(builder, HIR_INT_TO_DOUBLE_EXACT, as_int(builder, value));
  return number_as_double(builder, value);
}

void build_compare(Builder *builder, unsigned base) {
  HirComparison comparison = comparison_forms[base].comparison;
  unsigned met = instruction_auxiliary(builder->instruction) & 0xf0, failures = builder_failures(builder);
  HirNode *a = operand_b(builder),
          *b = comparison_forms[base].constant ? constant_operand(builder) : operand_c(builder);
  bool equality = comparison == HIR_EQUAL || comparison == HIR_NOT_EQUAL;
  bool numbers_possible = may_be(a, KIND_INT | KIND_FLOAT) && may_be(b, KIND_INT | KIND_FLOAT);
  bool one_float = a->kinds == KIND_FLOAT || b->kinds == KIND_FLOAT;
  bool hinted_float = likely_kinds(a) == KIND_FLOAT || likely_kinds(b) == KIND_FLOAT;
  if (equality && failures < 2 && (is_str(a) || is_str(b)) && may_be(a, KIND_CELL) && may_be(b, KIND_CELL)) {
    build_compare_strings(builder, a, b, comparison == HIR_EQUAL);
    return;
  }
  if (((met & MET_OTHER) || !numbers_possible) && build_special_compare(builder, comparison_forms[base].runtime, a, b))
    return;
  bool as_doubles = one_float || (met & (MET_FLOAT | MET_MIXED)) || hinted_float || failures == 1;
  bool is_exact = !as_doubles || (!is_inexact(a) && !is_inexact(b));
  if (numbers_possible && failures < 2 && !(met & MET_OTHER) && is_exact) {
    HirNode *truth;
    if (as_doubles)
      truth = emit_2(builder, HIR_DOUBLE_COMPARE, exact_double(builder, a), exact_double(builder, b));
    else
      truth = emit_2(builder, HIR_INT_COMPARE, as_int(builder, a), as_int(builder, b));
    truth->payload.number = comparison;
    set_truth(builder, truth);
    return;
  }
  bool tries = failures < 3;
  HirNode *inputs[] = {a, b, emit_int(builder, comparison_forms[base].runtime)};
  HirNode *result = emit_runtime(builder, tries ? RUNTIME_TRY_COMPARE : RUNTIME_COMPARE, 3, inputs);
  if (tries) result->kinds = KIND_BOOL;
  set_result(builder, result);
  if (!tries) emit_recheck(builder);
}

void build_contains(Builder *builder) {
  bool tries = builder_failures(builder) == 0, answer;
  if (build_dict_contains(builder, operand_c(builder), operand_b(builder), &answer)) {
    bool is_not = instruction_auxiliary(builder->instruction) & 1;
    set_result(builder, emit_constant(builder, value_from_bool(answer != is_not)));
    return;
  }
  HirNode *inputs[] = {operand_c(builder), operand_b(builder)};
  HirNode *found = emit_runtime(builder, tries ? RUNTIME_TRY_CONTAINS : RUNTIME_CONTAINS, 2, inputs);
  found->kinds = KIND_BOOL;
  if (instruction_auxiliary(builder->instruction) & 1)
    set_truth(builder, emit_not(builder, emit_1(builder, HIR_UNBOX_BOOL, found)));
  else
    set_result(builder, found);
  if (!tries) emit_recheck(builder);
}

void build_unary(Builder *builder, unsigned base) {
  HirNode *a = operand_b(builder);
  unsigned failures = builder_failures(builder);
  if (base == OP_NOT) {
    HirNode *truth = build_truth(builder, a);
    set_truth(builder, emit_not(builder, truth));
    return;
  }
  bool is_float = a->kinds == KIND_FLOAT || (a->kinds != KIND_INT && likely_kinds(a) == KIND_FLOAT);
  if (failures == 0 && base == OP_NEGATIVE && is_float) {
    set_result(builder, box_double(builder, emit_1(builder, HIR_DOUBLE_NEGATIVE, as_double(builder, a))));
  } else if (failures == 0 && base == OP_NEGATIVE && may_be(a, KIND_INT)) {
    set_result(builder, box_int(builder, emit_1(builder, HIR_INT_NEGATIVE, as_int(builder, a))));
  } else if (failures == 0 && base == OP_INVERT && may_be(a, KIND_INT)) {
    set_result(builder, box_int(builder, emit_1(builder, HIR_INT_INVERT, as_int(builder, a))));
  } else if (failures == 1 && base == OP_NEGATIVE && !is_float && may_be(a, KIND_FLOAT)) {
    set_result(builder, box_double(builder, emit_1(builder, HIR_DOUBLE_NEGATIVE, as_double(builder, a))));
  } else {
    HirNode *which = emit_int(builder, base == OP_NEGATIVE   ? UNARY_NEGATIVE
                                       : base == OP_POSITIVE ? UNARY_POSITIVE
                                                             : UNARY_INVERT);
    set_result(builder, emit_runtime(builder, RUNTIME_UNARY, 2, (HirNode *[]){a, which}));
    emit_recheck(builder);
  }
}

HirNode *build_truth(Builder *builder, HirNode *value) {
  if (value->op == HIR_BOX_BOOL) return value->inputs[0];
  HirNode *truth;
  if (value->kinds == KIND_BOOL) return emit_1(builder, HIR_UNBOX_BOOL, value);
  if (value->kinds == KIND_NONE) {
    truth = emit_0(builder, HIR_BOOL_CONST);
    return truth;
  }
  if (value->kinds == KIND_INT) {
    truth = emit_2(builder, HIR_INT_COMPARE, as_int(builder, value), emit_int(builder, 0));
    truth->payload.number = HIR_NOT_EQUAL;
    return truth;
  }
  if (value->kinds == KIND_CELL && value->shape && value->shape == SHAPE(LIST)) {
    truth = emit_2(builder, HIR_INT_COMPARE, emit_1(builder, HIR_LIST_COUNT, value), emit_int(builder, 0));
    truth->payload.number = HIR_NOT_EQUAL;
    return truth;
  }
  return emit_1(builder, builder_failures(builder) == 0 ? HIR_TRY_TRUTH : HIR_TRUTH, value);
}
