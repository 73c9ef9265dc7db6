// HIR to LLVM IR: ints, floats, bools, boxes, guards on immediate values. See lower.h.
#include "jit/lower_internal.h"

#include "runtime/heap/heap.h"
#include "runtime/object/float.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static LLVMValueRef intrinsic(Lower *lower, const char *name, LLVMTypeRef type, LLVMValueRef *arguments,
                              unsigned count) {
  unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
  LLVMValueRef function = LLVMGetIntrinsicDeclaration(lower->module, id, &type, 1);
  return LLVMBuildCall2(lower->builder, LLVMIntrinsicGetType(lower->context, id, &type, 1), function, arguments, count,
                        "");
}
static LLVMValueRef rotate_left(Lower *lower, LLVMValueRef value, unsigned count) {
  LLVMValueRef high = LLVMBuildShl(lower->builder, value, lower_word(lower, count), "");
  LLVMValueRef low = LLVMBuildLShr(lower->builder, value, lower_word(lower, 64 - count), "");
  return LLVMBuildOr(lower->builder, high, low, "");
}

// Has the word the tag of an immediate float? Tags 2, 5, 6. The bits that say so are repeated, so that the machine's
// bit test, which takes an index modulo 32, does without masking the tag.
LLVMValueRef lower_is_immediate_float(Lower *lower, LLVMValueRef value) {
  LLVMValueRef low = LLVMBuildTrunc(lower->builder, value, lower->half, "");
  LLVMValueRef index = LLVMBuildAnd(lower->builder, low, lower_half(lower, 31), "");
  LLVMValueRef bits = LLVMBuildLShr(lower->builder, lower_half(lower, 0x64646464), index, "");
  return LLVMBuildTrunc(lower->builder, bits, lower->bit, "");
}

LLVMValueRef lower_encode_double(Lower *lower, LLVMValueRef number) {
  LLVMValueRef bits = LLVMBuildBitCast(lower->builder, number, lower->word, "");
  return LLVMBuildAdd(lower->builder, rotate_left(lower, bits, 4), lower_word(lower, 2), "");
}

PRESERVE_ALL static Value box_double_slowly(double number) {
  return runtime_box_double(number);
}

LLVMValueRef lower_box_double(Lower *lower, LLVMValueRef number) {
  LLVMValueRef value = lower_encode_double(lower, number);
  LLVMBasicBlockRef fast = LLVMGetInsertBlock(lower->builder), slow = lower_new_block(lower, "box"),
                    done = lower_new_block(lower, "");
  lower_branch_likely(lower, lower_is_immediate_float(lower, value), done, slow);
  lower_continue_in(lower, slow);
  LLVMValueRef cell = lower_call_preserving(lower, (const void *)box_double_slowly, 'v', "d", &number);
  LLVMBuildBr(lower->builder, done);
  lower_continue_in(lower, done);
  LLVMValueRef phi = LLVMBuildPhi(lower->builder, lower->word, "");
  LLVMAddIncoming(phi, (LLVMValueRef[]){value, cell}, (LLVMBasicBlockRef[]){fast, slow}, 2);
  return phi;
}

static LLVMValueRef decode_immediate(Lower *lower, LLVMValueRef value) {
  LLVMValueRef bits = LLVMBuildSub(lower->builder, value, lower_word(lower, 2), "");
  return LLVMBuildBitCast(lower->builder, rotate_left(lower, bits, 60), lower->real, "");
}

// Of a value that is a float, immediate or cell.
static LLVMValueRef unbox_double(Lower *lower, LLVMValueRef value) {
  LLVMValueRef decoded = decode_immediate(lower, value);
  LLVMBasicBlockRef fast = LLVMGetInsertBlock(lower->builder), slow = lower_new_block(lower, "unbox"),
                    done = lower_new_block(lower, "");
  lower_branch_likely(lower, lower_is_immediate_float(lower, value), done, slow);
  lower_continue_in(lower, slow);
  LLVMValueRef loaded = lower_load_own(lower, lower->real, value, offsetof(Float, number));
  LLVMBuildBr(lower->builder, done);
  lower_continue_in(lower, done);
  LLVMValueRef phi = LLVMBuildPhi(lower->builder, lower->real, "");
  LLVMAddIncoming(phi, (LLVMValueRef[]){decoded, loaded}, (LLVMBasicBlockRef[]){fast, slow}, 2);
  return phi;
}

static bool is_known_immediate(HirNode *unbox) {
  HirNode *node = hir_node_input(unbox, 0);
  while (node->op == HIR_GUARD_BOUND) node = hir_node_input(node, 0);
  return (node->op == HIR_GUARD_FLOAT && !node->payload.number) ||
         (node->op == HIR_CONST && value_is_immediate_float(node->payload.value));
}

static LLVMValueRef is_small_int(Lower *lower, LLVMValueRef value) {
  LLVMValueRef tag = LLVMBuildAnd(lower->builder, value, lower_word(lower, 3), "");
  return lower_compare(lower, LLVMIntEQ, tag, lower_word(lower, 3));
}

// Not zero and tagged as a cell.
static LLVMValueRef is_cell(Lower *lower, LLVMValueRef value) {
  LLVMValueRef tag = LLVMBuildAnd(lower->builder, value, lower_word(lower, 7), "");
  LLVMValueRef tagged = lower_compare(lower, LLVMIntEQ, tag, lower_word(lower, 0));
  return LLVMBuildAnd(lower->builder, tagged, lower_compare(lower, LLVMIntNE, value, lower_word(lower, 0)), "");
}

static LLVMValueRef has_shape(Lower *lower, LLVMValueRef cell, const Shape *shape) {
  return lower_compare(lower, LLVMIntEQ, lower_load(lower, lower->half, cell, offsetof(Cell, shape)),
                       lower_half(lower, shape_word(shape)));
}

// A float: immediate, or, where such have come up (payload number 1), a cell with float's shape.
static void guard_float(Lower *lower, LLVMValueRef value) {
  if (!lower->node->payload.number) {
    lower_guard(lower, lower_is_immediate_float(lower, value));
    return;
  }
  LLVMBasicBlockRef slow = lower_new_block(lower, "float_cell"), done = lower_new_block(lower, "");
  lower_branch_likely(lower, lower_is_immediate_float(lower, value), done, slow);
  lower_continue_in(lower, slow);
  lower_guard(lower, is_cell(lower, value));
  lower_guard(lower, has_shape(lower, value, SHAPE(FLOAT)));
  LLVMBuildBr(lower->builder, done);
  lower_continue_in(lower, done);
}

static LLVMValueRef unscale(Lower *lower, LLVMValueRef number) {
  return LLVMBuildAShr(lower->builder, number, lower_word(lower, 2), "");
}
static LLVMValueRef scale(Lower *lower, LLVMValueRef number) {
  return LLVMBuildShl(lower->builder, number, lower_word(lower, 2), "");
}
// Of an operation that may be known not to leave.
static void guard_result(Lower *lower, LLVMValueRef condition) {
  if (lower->node->state) lower_guard(lower, condition);
}
static LLVMValueRef int_to_double(Lower *lower, LLVMValueRef scaled) {
  return LLVMBuildSIToFP(lower->builder, unscale(lower, scaled), lower->real, "");
}
static void guard_exact(Lower *lower, LLVMValueRef scaled) {
  LLVMValueRef shifted =
      LLVMBuildAdd(lower->builder, unscale(lower, scaled), lower_word(lower, (uint64_t)HIR_EXACT_DOUBLE), "");
  guard_result(lower, lower_compare(lower, LLVMIntULE, shifted, lower_word(lower, (uint64_t)HIR_EXACT_DOUBLE * 2)));
}

// Of a float or a small int; leaves for others.
static LLVMValueRef number_to_double(Lower *lower, LLVMValueRef value) {
  LLVMBasicBlockRef of_int = lower_new_block(lower, "int"), of_other = lower_new_block(lower, "other"),
                    done = lower_new_block(lower, "");
  LLVMValueRef decoded = decode_immediate(lower, value);
  LLVMBasicBlockRef from_immediate = LLVMGetInsertBlock(lower->builder), other = lower_new_block(lower, "");
  lower_branch_likely(lower, lower_is_immediate_float(lower, value), done, other);
  lower_continue_in(lower, other);
  LLVMBuildCondBr(lower->builder, is_small_int(lower, value), of_int, of_other);
  lower_continue_in(lower, of_int);
  LLVMValueRef scaled = LLVMBuildSub(lower->builder, value, lower_word(lower, 3), "");
  guard_exact(lower, scaled);
  LLVMValueRef converted = int_to_double(lower, scaled);
  LLVMBasicBlockRef from_int = LLVMGetInsertBlock(lower->builder);
  LLVMBuildBr(lower->builder, done);
  lower_continue_in(lower, of_other);
  lower_guard(lower, is_cell(lower, value));
  lower_guard(lower, has_shape(lower, value, SHAPE(FLOAT)));
  LLVMValueRef loaded = lower_load_own(lower, lower->real, value, offsetof(Float, number));
  LLVMBasicBlockRef from_cell = LLVMGetInsertBlock(lower->builder);
  LLVMBuildBr(lower->builder, done);
  lower_continue_in(lower, done);
  LLVMValueRef phi = LLVMBuildPhi(lower->builder, lower->real, "");
  LLVMAddIncoming(phi, (LLVMValueRef[]){decoded, converted, loaded},
                  (LLVMBasicBlockRef[]){from_immediate, from_int, from_cell}, 3);
  return phi;
}

// Of a float; leaves for others.
static LLVMValueRef float_to_double(Lower *lower, LLVMValueRef value) {
  LLVMBasicBlockRef of_other = lower_new_block(lower, "float_cell"), done = lower_new_block(lower, "");
  LLVMValueRef decoded = decode_immediate(lower, value);
  LLVMBasicBlockRef from_immediate = LLVMGetInsertBlock(lower->builder);
  lower_branch_likely(lower, lower_is_immediate_float(lower, value), done, of_other);
  lower_continue_in(lower, of_other);
  lower_guard(lower, is_cell(lower, value));
  lower_guard(lower, has_shape(lower, value, SHAPE(FLOAT)));
  LLVMValueRef loaded = lower_load_own(lower, lower->real, value, offsetof(Float, number));
  LLVMBasicBlockRef from_cell = LLVMGetInsertBlock(lower->builder);
  LLVMBuildBr(lower->builder, done);
  lower_continue_in(lower, done);
  LLVMValueRef phi = LLVMBuildPhi(lower->builder, lower->real, "");
  LLVMAddIncoming(phi, (LLVMValueRef[]){decoded, loaded}, (LLVMBasicBlockRef[]){from_immediate, from_cell}, 2);
  return phi;
}

// Guards

static void guard_tag(Lower *lower, HirNode *node) {
  LLVMValueRef value = lower_input(lower, 0), holds;
  switch (node->op) {
  case HIR_GUARD_INT:
    holds = is_small_int(lower, value);
    break;
  case HIR_GUARD_BOOL: {
    LLVMValueRef either = LLVMBuildAnd(lower->builder, value, lower_word(lower, ~(uint64_t)8), "");
    holds = lower_compare(lower, LLVMIntEQ, either, lower_word(lower, value_bits(VALUE_FALSE)));
    break;
  }
  case HIR_GUARD_NONE:
    holds = lower_compare(lower, LLVMIntEQ, value, lower_word(lower, value_bits(VALUE_NONE)));
    break;
  case HIR_GUARD_IDENTITY:
    holds = lower_compare(lower, LLVMIntEQ, value, lower_word(lower, value_bits(node->payload.value)));
    break;
  default: // GUARD_BOUND
    holds = lower_compare(lower, LLVMIntNE, value, lower_word(lower, 0));
    break;
  }
  lower_guard(lower, holds);
  lower_set(lower, value);
}

static void guard_shape(Lower *lower, HirNode *node) {
  LLVMValueRef value = lower_input(lower, 0);
  HirNode *input = hir_node_input(node, 0);
  if (input->kinds != KIND_CELL) lower_guard(lower, is_cell(lower, value));
  lower_guard(lower, has_shape(lower, value, node->shape));
  lower_set(lower, value);
}

static void test_shape(Lower *lower, HirNode *node) {
  LLVMValueRef value = lower_input(lower, 0);
  if (hir_node_input(node, 0)->kinds == KIND_CELL) {
    lower_set(lower, has_shape(lower, value, node->shape));
    return;
  }
  LLVMValueRef cell = is_cell(lower, value);
  LLVMBasicBlockRef from = LLVMGetInsertBlock(lower->builder), look = lower_new_block(lower, ""),
                    done = lower_new_block(lower, "");
  LLVMBuildCondBr(lower->builder, cell, look, done);
  lower_continue_in(lower, look);
  LLVMValueRef fits = has_shape(lower, value, node->shape);
  LLVMBuildBr(lower->builder, done);
  lower_continue_in(lower, done);
  LLVMValueRef phi = LLVMBuildPhi(lower->builder, lower->bit, "");
  LLVMAddIncoming(phi, (LLVMValueRef[]){LLVMConstInt(lower->bit, 0, false), fits}, (LLVMBasicBlockRef[]){from, look},
                  2);
  lower_set(lower, phi);
}

// Ints, scaled

typedef LLVMValueRef BuildArithmetic(LLVMBuilderRef builder, LLVMValueRef a, LLVMValueRef b, const char *name);

static void int_with_overflow(Lower *lower, const char *name, BuildArithmetic *build, LLVMValueRef a, LLVMValueRef b) {
  if (!lower->node->state) {
    lower_set(lower, build(lower->builder, a, b, ""));
    return;
  }
  LLVMValueRef pair = intrinsic(lower, name, lower->word, (LLVMValueRef[]){a, b}, 2);
  LLVMValueRef result = LLVMBuildExtractValue(lower->builder, pair, 0, "");
  LLVMValueRef overflow = LLVMBuildExtractValue(lower->builder, pair, 1, "");
  lower_guard(lower, LLVMBuildNot(lower->builder, overflow, ""));
  lower_set(lower, result);
}

// Quotient and remainder round towards minus infinity. The quotient of small ints is one, but for min // -1, which
// leaves.
static void int_divide(Lower *lower, HirNode *node, LLVMValueRef a, LLVMValueRef b) {
  LLVMBuilderRef builder = lower->builder;
  LLVMValueRef zero = lower_word(lower, 0), minus_one = lower_word(lower, UINT64_MAX);
  LLVMValueRef x = unscale(lower, a), y = unscale(lower, b);
  guard_result(lower, lower_compare(lower, LLVMIntNE, y, zero));
  if (node->op == HIR_INT_FLOOR_DIVIDE) {
    if (!LLVMIsConstant(b))
      guard_result(lower, lower_compare(lower, LLVMIntNE, y, minus_one));
    else if (LLVMConstIntGetSExtValue(b) == -4)
      guard_result(lower, LLVMConstInt(lower->bit, 0, false));
  }
  builder = lower->builder;
  if (node->index) { // neither is negative
    bool divides = node->op == HIR_INT_FLOOR_DIVIDE;
    lower_set(lower, scale(lower, divides ? LLVMBuildUDiv(builder, x, y, "") : LLVMBuildURem(builder, x, y, "")));
    return;
  }
  LLVMValueRef quotient = LLVMBuildSDiv(builder, x, y, "");
  LLVMValueRef rest = LLVMBuildSub(builder, x, LLVMBuildMul(builder, quotient, y, ""), "");
  LLVMValueRef differs = lower_compare(lower, LLVMIntSLT, LLVMBuildXor(builder, rest, y, ""), zero);
  LLVMValueRef adjust = LLVMBuildAnd(builder, differs, lower_compare(lower, LLVMIntNE, rest, zero), "");
  if (node->op == HIR_INT_FLOOR_DIVIDE)
    lower_set(lower, scale(lower, LLVMBuildSelect(builder, adjust, LLVMBuildAdd(builder, quotient, minus_one, ""),
                                                  quotient, "")));
  else
    lower_set(lower, scale(lower, LLVMBuildSelect(builder, adjust, LLVMBuildAdd(builder, rest, y, ""), rest, "")));
}

static void int_true_divide(Lower *lower, LLVMValueRef a, LLVMValueRef b) {
  guard_result(lower, lower_compare(lower, LLVMIntNE, b, lower_word(lower, 0)));
  guard_exact(lower, a);
  guard_exact(lower, b);
  lower_set(lower, LLVMBuildFDiv(lower->builder, int_to_double(lower, a), int_to_double(lower, b), ""));
}

static void int_shift(Lower *lower, HirNode *node, LLVMValueRef a, LLVMValueRef b) {
  LLVMValueRef count = unscale(lower, b);
  if (node->op == HIR_INT_LEFT_SHIFT) {
    guard_result(lower, lower_compare(lower, LLVMIntULE, count, lower_word(lower, 60)));
    LLVMValueRef result = LLVMBuildShl(lower->builder, a, count, "");
    LLVMValueRef back = LLVMBuildAShr(lower->builder, result, count, "");
    guard_result(lower, lower_compare(lower, LLVMIntEQ, back, a));
    lower_set(lower, result);
    return;
  }
  guard_result(lower, lower_compare(lower, LLVMIntSGE, count, lower_word(lower, 0)));
  LLVMValueRef large = lower_compare(lower, LLVMIntUGT, count, lower_word(lower, 63));
  LLVMValueRef bounded = LLVMBuildSelect(lower->builder, large, lower_word(lower, 63), count, "");
  LLVMValueRef shifted = LLVMBuildAShr(lower->builder, a, bounded, "");
  lower_set(lower, LLVMBuildAnd(lower->builder, shifted, lower_word(lower, ~(uint64_t)3), ""));
}

// Floats

static void double_divide(Lower *lower, LLVMValueRef a, LLVMValueRef b) {
  LLVMValueRef zero = LLVMConstReal(lower->real, 0);
  lower_guard(lower, LLVMBuildFCmp(lower->builder, LLVMRealUNE, b, zero, ""));
  lower_set(lower, LLVMBuildFDiv(lower->builder, a, b, ""));
}

static double double_remainder(double a, double b) {
  double quotient, remainder;
  float_divmod(a, b, &quotient, &remainder);
  return remainder;
}
static double double_floor_divide(double a, double b) {
  double quotient, remainder;
  float_divmod(a, b, &quotient, &remainder);
  return quotient;
}
static void double_divmod(Lower *lower, HirNode *node, LLVMValueRef a, LLVMValueRef b) {
  lower_guard(lower, LLVMBuildFCmp(lower->builder, LLVMRealUNE, b, LLVMConstReal(lower->real, 0), ""));
  const void *function =
      node->op == HIR_DOUBLE_REMAINDER ? (const void *)double_remainder : (const void *)double_floor_divide;
  lower_set(lower, lower_call_address(lower, function, 'd', "dd", (LLVMValueRef[]){a, b}));
}

static LLVMValueRef is_finite(Lower *lower, LLVMValueRef number) {
  LLVMValueRef magnitude = intrinsic(lower, "llvm.fabs", lower->real, &number, 1);
  return LLVMBuildFCmp(lower->builder, LLVMRealOLT, magnitude, LLVMConstReal(lower->real, INFINITY), "");
}

// Finite operands, finite result, and a base that is not negative (a negative one may give a complex number, but not
// with an exponent that is a whole number); the interpreter does the rest.
static void double_power(Lower *lower, LLVMValueRef a, LLVMValueRef b) {
  const HirNode *exponent = hir_node_input(lower->node, 1);
  bool is_whole = exponent->op == HIR_DOUBLE_CONST && trunc(exponent->payload.real) == exponent->payload.real;
  if (!is_whole) lower_guard(lower, LLVMBuildFCmp(lower->builder, LLVMRealOGT, a, LLVMConstReal(lower->real, 0), ""));
  lower_guard(lower, is_finite(lower, a));
  LLVMValueRef result = lower_call_address(lower, (const void *)pow, 'd', "dd", (LLVMValueRef[]){a, b});
  lower_guard(lower, is_finite(lower, result));
  lower_set(lower, result);
}

// Leaves for a nan, too: no comparison with it holds.
static void double_to_int(Lower *lower, LLVMValueRef number) {
  LLVMValueRef magnitude = intrinsic(lower, "llvm.fabs", lower->real, &number, 1);
  LLVMValueRef limit = LLVMConstReal(lower->real, (double)(SMALL_INT_MAX + 1));
  lower_guard(lower, LLVMBuildFCmp(lower->builder, LLVMRealOLT, magnitude, limit, ""));
  lower_set(lower, scale(lower, LLVMBuildFPToSI(lower->builder, number, lower->word, "")));
}

static LLVMValueRef compare_ints(Lower *lower, HirComparison comparison, LLVMValueRef a, LLVMValueRef b) {
  static const LLVMIntPredicate predicates[] = {
      [HIR_LESS] = LLVMIntSLT,     [HIR_LESS_EQUAL] = LLVMIntSLE, [HIR_EQUAL] = LLVMIntEQ,
      [HIR_NOT_EQUAL] = LLVMIntNE, [HIR_GREATER] = LLVMIntSGT,    [HIR_GREATER_EQUAL] = LLVMIntSGE,
  };
  return lower_compare(lower, predicates[comparison], a, b);
}
static LLVMValueRef compare_doubles(Lower *lower, HirComparison comparison, LLVMValueRef a, LLVMValueRef b) {
  static const LLVMRealPredicate predicates[] = {
      [HIR_LESS] = LLVMRealOLT,      [HIR_LESS_EQUAL] = LLVMRealOLE, [HIR_EQUAL] = LLVMRealOEQ,
      [HIR_NOT_EQUAL] = LLVMRealUNE, [HIR_GREATER] = LLVMRealOGT,    [HIR_GREATER_EQUAL] = LLVMRealOGE,
  };
  return LLVMBuildFCmp(lower->builder, predicates[comparison], a, b, "");
}

bool lower_arithmetic(Lower *lower, HirNode *node) {
  if (node->op == HIR_LOAD_REGISTER) return false; // its input has no value
  LLVMBuilderRef builder = lower->builder;
  LLVMValueRef a = node->input_count > 0 ? lower_input(lower, 0) : NULL;
  LLVMValueRef b = node->input_count > 1 ? lower_input(lower, 1) : NULL;
  switch (node->op) {
  case HIR_UNBOX_INT:
    lower_set(lower, LLVMBuildSub(builder, a, lower_word(lower, 3), ""));
    return true;
  case HIR_UNBOX_DOUBLE:
    lower_set(lower, is_known_immediate(node) ? decode_immediate(lower, a) : unbox_double(lower, a));
    return true;
  case HIR_COMPLEX_REAL:
    lower_set(lower, lower_load_own(lower, lower->real, a, offsetof(Complex, real)));
    return true;
  case HIR_COMPLEX_IMAGINARY:
    lower_set(lower, lower_load_own(lower, lower->real, a, offsetof(Complex, imaginary)));
    return true;
  case HIR_UNBOX_BOOL:
    lower_set(lower, lower_compare(lower, LLVMIntEQ, a, lower_word(lower, value_bits(VALUE_TRUE))));
    return true;
  case HIR_GUARD_INT:
  case HIR_GUARD_BOOL:
  case HIR_GUARD_NONE:
  case HIR_GUARD_IDENTITY:
  case HIR_GUARD_BOUND:
    guard_tag(lower, node);
    return true;
  case HIR_GUARD_FLOAT:
    guard_float(lower, a);
    lower_set(lower, a);
    return true;
  case HIR_GUARD_SHAPE:
    guard_shape(lower, node);
    return true;
  case HIR_HAS_SHAPE:
    test_shape(lower, node);
    return true;
  case HIR_GUARD_TRUE:
    lower_guard(lower, a);
    return true;
  case HIR_GUARD_FALSE:
    lower_guard(lower, LLVMBuildNot(builder, a, ""));
    return true;
  case HIR_GUARD_FINITE:
    lower_guard(lower, is_finite(lower, a));
    lower_set(lower, a);
    return true;
  case HIR_FLOAT_TO_DOUBLE:
    lower_set(lower, float_to_double(lower, lower_input(lower, 0)));
    return true;
  case HIR_NUMBER_TO_DOUBLE:
    lower_set(lower, number_to_double(lower, a));
    return true;
  case HIR_INT_ADD:
    int_with_overflow(lower, "llvm.sadd.with.overflow", LLVMBuildNSWAdd, a, b);
    return true;
  case HIR_INT_SUBTRACT:
    int_with_overflow(lower, "llvm.ssub.with.overflow", LLVMBuildNSWSub, a, b);
    return true;
  case HIR_INT_MULTIPLY:
    int_with_overflow(lower, "llvm.smul.with.overflow", LLVMBuildNSWMul, a, unscale(lower, b));
    return true;
  case HIR_INT_NEGATIVE:
    int_with_overflow(lower, "llvm.ssub.with.overflow", LLVMBuildNSWSub, lower_word(lower, 0), a);
    return true;
  case HIR_INT_FLOOR_DIVIDE:
  case HIR_INT_REMAINDER:
    int_divide(lower, node, a, b);
    return true;
  case HIR_INT_TRUE_DIVIDE:
    int_true_divide(lower, a, b);
    return true;
  case HIR_INT_LEFT_SHIFT:
  case HIR_INT_RIGHT_SHIFT:
    int_shift(lower, node, a, b);
    return true;
  case HIR_INT_AND:
    lower_set(lower, LLVMBuildAnd(builder, a, b, ""));
    return true;
  case HIR_INT_OR:
    lower_set(lower, LLVMBuildOr(builder, a, b, ""));
    return true;
  case HIR_INT_XOR:
    lower_set(lower, LLVMBuildXor(builder, a, b, ""));
    return true;
  case HIR_INT_INVERT:
    lower_set(lower, LLVMBuildXor(builder, a, lower_word(lower, ~(uint64_t)3), ""));
    return true;
  case HIR_INT_TO_DOUBLE:
    lower_set(lower, int_to_double(lower, a));
    return true;
  case HIR_INT_TO_DOUBLE_EXACT:
    guard_exact(lower, a);
    lower_set(lower, int_to_double(lower, a));
    return true;
  case HIR_INT_COMPARE:
    lower_set(lower, compare_ints(lower, (HirComparison)node->payload.number, a, b));
    return true;
  case HIR_DOUBLE_ADD:
    lower_set(lower, LLVMBuildFAdd(builder, a, b, ""));
    return true;
  case HIR_DOUBLE_SUBTRACT:
    lower_set(lower, LLVMBuildFSub(builder, a, b, ""));
    return true;
  case HIR_DOUBLE_MULTIPLY:
    lower_set(lower, LLVMBuildFMul(builder, a, b, ""));
    return true;
  case HIR_DOUBLE_DIVIDE:
    double_divide(lower, a, b);
    return true;
  case HIR_DOUBLE_FLOOR_DIVIDE:
  case HIR_DOUBLE_REMAINDER:
    double_divmod(lower, node, a, b);
    return true;
  case HIR_DOUBLE_POWER:
    double_power(lower, a, b);
    return true;
  case HIR_DOUBLE_NEGATIVE:
    lower_set(lower, LLVMBuildFNeg(builder, a, ""));
    return true;
  case HIR_DOUBLE_ABS:
    lower_set(lower, intrinsic(lower, "llvm.fabs", lower->real, &a, 1));
    return true;
  case HIR_DOUBLE_SQRT:
    lower_guard(lower, LLVMBuildFCmp(builder, LLVMRealOGE, a, LLVMConstReal(lower->real, 0), ""));
    lower_set(lower, intrinsic(lower, "llvm.sqrt", lower->real, &a, 1));
    return true;
  case HIR_DOUBLE_TO_INT:
    double_to_int(lower, a);
    return true;
  case HIR_DOUBLE_COMPARE:
    lower_set(lower, compare_doubles(lower, (HirComparison)node->payload.number, a, b));
    return true;
  case HIR_DOUBLE_CALL:
    lower_set(lower, lower_call_address(lower, node->payload.pointer, 'd', b ? "dd" : "d", (LLVMValueRef[]){a, b}));
    return true;
  case HIR_IS:
    lower_set(lower, lower_compare(lower, LLVMIntEQ, a, b));
    return true;
  case HIR_NOT:
    lower_set(lower, LLVMBuildNot(builder, a, ""));
    return true;
  case HIR_BOOL_AND:
    lower_set(lower, LLVMBuildAnd(builder, a, b, ""));
    return true;
  case HIR_IS_INT:
    lower_set(lower, is_small_int(lower, a));
    return true;
  default:
    return false;
  }
}
