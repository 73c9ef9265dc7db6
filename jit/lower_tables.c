// HIR to LLVM IR: whether a set has an int, as far as the first place says it. See lower.h.
//
// Most searches end where they begin: the key stands in the place that its hash names, or the place is free. That needs
// no call. A small int is its own hash (but for -1 and the very large ones, of which only that they are there is
// believed), and a key that is the same word is the same key, whatever place it is found in. Readers take no lock
// (runtime/object/set.c).
#include "jit/lower_internal.h"
#include "jit/runtime_try.h"

#include "runtime/object/set_table.h"
#include "runtime/runtime.h"

static LLVMValueRef is_word(Lower *lower, LLVMValueRef value, uint64_t word) {
  return lower_compare(lower, LLVMIntEQ, value, lower_word(lower, word));
}

// Goes on where `condition` holds, else in `otherwise`.
static void require(Lower *lower, LLVMValueRef condition, LLVMBasicBlockRef otherwise) {
  LLVMBasicBlockRef next = lower_new_block(lower, "");
  lower_branch_likely(lower, condition, next, otherwise);
  lower_continue_in(lower, next);
}

static bool may_have(const HirNode *node, unsigned kind) {
  return node->representation == HIR_VALUE && (node->kinds & kind) != 0;
}

bool lower_looks_in_set(const HirNode *node) {
  const HirRuntime *function = node->payload.pointer;
  if (function->address != (const void *)runtime_try_contains) return false;
  const HirNode *container = hir_resolve(node->inputs[0]), *item = hir_resolve(node->inputs[1]);
  const Shape *shape = container->kinds == KIND_CELL ? container->shape : NULL;
  bool may_be_set = may_have(container, KIND_CELL) && (!shape || shape == SHAPE(SET) || shape == SHAPE(FROZENSET));
  return may_be_set && (item->representation == HIR_INT || may_have(item, KIND_INT));
}

LLVMValueRef lower_look_in_set(Lower *lower, LLVMValueRef set, LLVMValueRef item) {
  LLVMBuilderRef builder = lower->builder;
  LLVMBasicBlockRef slow = lower_new_block(lower, "contains"), done = lower_new_block(lower, ""),
                    other = lower_new_block(lower, ""), is_set = lower_new_block(lower, "");
  LLVMValueRef bits = LLVMBuildAnd(builder, item, lower_word(lower, 3), "");
  require(lower, is_word(lower, bits, 3), slow);
  LLVMValueRef tag = LLVMBuildAnd(builder, set, lower_word(lower, 7), "");
  require(lower, LLVMBuildAnd(builder, is_word(lower, tag, 0), LLVMBuildNot(builder, is_word(lower, set, 0), ""), ""),
          slow);
  LLVMValueRef shape = lower_load(lower, lower->half, set, offsetof(Cell, shape));
  LLVMBuildCondBr(builder, lower_compare(lower, LLVMIntEQ, shape, lower_half(lower, shape_word(SHAPE(FROZENSET)))),
                  is_set, other);
  lower_continue_in(lower, other);
  lower_branch_likely(lower, lower_compare(lower, LLVMIntEQ, shape, lower_half(lower, shape_word(SHAPE(SET)))), is_set,
                      slow);
  lower_continue_in(lower, is_set);
  LLVMValueRef table = lower_load(lower, lower->word, set, offsetof(Set, table));
  require(lower, LLVMBuildNot(builder, is_word(lower, table, 0), ""), slow);
  LLVMValueRef mask = lower_load_own(lower, lower->word, table, offsetof(SetTable, mask));
  LLVMValueRef number = LLVMBuildAShr(builder, item, lower_word(lower, 2), "");
  LLVMValueRef place = LLVMBuildAnd(builder, number, mask, "");
  LLVMValueRef offset = LLVMBuildMul(builder, place, lower_word(lower, sizeof(SetEntry)), "");
  LLVMValueRef key = lower_load(lower, lower->word, LLVMBuildAdd(builder, table, offset, ""),
                                offsetof(SetTable, entries) + offsetof(SetEntry, key));
  LLVMBasicBlockRef found = LLVMGetInsertBlock(builder), look = lower_new_block(lower, "");
  LLVMBuildCondBr(builder, lower_compare(lower, LLVMIntEQ, key, item), done, look);
  lower_continue_in(lower, look);
  LLVMValueRef high = LLVMBuildLShr(builder, item, lower_word(lower, 62), "");
  LLVMValueRef is_missing = LLVMBuildAnd(builder, is_word(lower, key, 0), is_word(lower, high, 0), "");
  lower_branch_likely(lower, is_missing, done, slow);
  lower_continue_in(lower, slow);
  LLVMValueRef arguments[] = {set, item};
  LLVMValueRef called = lower_call_address(lower, (const void *)runtime_try_contains, 'v', "vv", arguments);
  LLVMBasicBlockRef from_slow = LLVMGetInsertBlock(builder);
  LLVMBuildBr(builder, done);
  lower_continue_in(lower, done);
  LLVMValueRef phi = LLVMBuildPhi(builder, lower->word, "");
  LLVMValueRef yes = lower_word(lower, value_bits(VALUE_TRUE)), no = lower_word(lower, value_bits(VALUE_FALSE));
  LLVMAddIncoming(phi, (LLVMValueRef[]){yes, no, called}, (LLVMBasicBlockRef[]){found, look, from_slow}, 3);
  return phi;
}
