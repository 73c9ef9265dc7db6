// What is known about the size of ints: checks of indexes that are in range, and the signs of operands.
//
// Signs are a greatest fixpoint: everything is taken not to be negative until an input says otherwise. An index is in
// range where a branch on the way here has compared it with the same count.
//
// Behind this pass nothing moves any more: what an access relies on is then a branch, not a node that it uses.
#include "jit/passes.h"

enum : uint64_t { MAY_BE_NEGATIVE = 0, NOT_NEGATIVE = 1 }; // HirNode.data of INTs
enum { DOMINATORS = 40 };                                  // as far as branches are looked for

static bool is_not_negative(const HirNode *node) {
  return node->op == HIR_INT_CONST ? node->payload.number >= 0 : node->data == NOT_NEGATIVE;
}

static bool inputs_are_not_negative(const HirNode *node) {
  for (uint32_t i = 0; i < node->input_count; i++)
    if (!is_not_negative(node->inputs[i])) return false;
  return true;
}

static bool result_is_not_negative(const HirNode *node) {
  switch (node->op) {
  case HIR_PHI:
  case HIR_INT_ADD:
  case HIR_INT_MULTIPLY:
  case HIR_INT_FLOOR_DIVIDE:
  case HIR_INT_LEFT_SHIFT:
  case HIR_INT_OR:
  case HIR_INT_XOR:
    return inputs_are_not_negative(node);
  case HIR_INT_AND:
    return is_not_negative(node->inputs[0]) || is_not_negative(node->inputs[1]);
  case HIR_INT_REMAINDER: // has the sign of the divisor
    return is_not_negative(node->inputs[1]);
  case HIR_INT_RIGHT_SHIFT:
    return is_not_negative(node->inputs[0]);
  case HIR_LIST_COUNT:
  case HIR_TUPLE_COUNT:
  case HIR_CHECK_INDEX:
    return true;
  default:
    return is_not_negative(node);
  }
}

static bool may_be_positive(const HirNode *node) {
  switch (node->op) {
  case HIR_PHI:
  case HIR_INT_ADD:
  case HIR_INT_MULTIPLY:
  case HIR_INT_FLOOR_DIVIDE:
  case HIR_INT_LEFT_SHIFT:
  case HIR_INT_OR:
  case HIR_INT_XOR:
  case HIR_INT_AND:
  case HIR_INT_REMAINDER:
  case HIR_INT_RIGHT_SHIFT:
  case HIR_LIST_COUNT:
  case HIR_TUPLE_COUNT:
  case HIR_CHECK_INDEX:
    return true;
  default:
    return false;
  }
}

static void find_signs(HirFunction *function) {
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next)
      node->data = node->representation == HIR_INT && may_be_positive(node) ? NOT_NEGATIVE : MAY_BE_NEGATIVE;
  for (bool changed = true; changed;) {
    changed = false;
    for (HirBlock *block = function->entry; block; block = block->next)
      for (HirNode *node = block->first; node; node = node->next)
        if (node->data == NOT_NEGATIVE && !result_is_not_negative(node)) {
          node->data = MAY_BE_NEGATIVE;
          changed = true;
        }
  }
}

// Does the comparison, known to be `truth`, say that `index` is below `count`?
static bool says_below(const HirNode *comparison, bool truth, const HirNode *index, const HirNode *count) {
  if (comparison->op == HIR_NOT) return says_below(comparison->inputs[0], !truth, index, count);
  if (comparison->op == HIR_BOOL_AND && truth)
    return says_below(comparison->inputs[0], true, index, count) ||
           says_below(comparison->inputs[1], true, index, count);
  if (comparison->op != HIR_INT_COMPARE) return false;
  const HirNode *a = comparison->inputs[0], *b = comparison->inputs[1];
  if (a == index && b == count) return comparison->payload.number == (truth ? HIR_LESS : HIR_GREATER_EQUAL);
  if (a == count && b == index) return comparison->payload.number == (truth ? HIR_GREATER : HIR_LESS_EQUAL);
  return false;
}

static bool is_below(const HirNode *node, const HirNode *index, const HirNode *count) {
  const HirBlock *block = node->block;
  for (unsigned i = 0; i < DOMINATORS && block->dominator; i++, block = block->dominator) {
    if (block->predecessor_count != 1) continue;
    const HirBlock *before = block->predecessors[0];
    if (before->last->op != HIR_BRANCH || before->successors[0] == before->successors[1]) continue;
    if (says_below(before->last->inputs[0], before->successors[0] == block, index, count)) return true;
  }
  return false;
}

static void use_signs(HirNode *node) {
  switch (node->op) {
  case HIR_CHECK_INDEX:
    if (!is_not_negative(node->inputs[0])) return;
    node->index = 1;
    if (is_below(node, node->inputs[0], node->inputs[1])) hir_substitute(node, node->inputs[0]);
    return;
  case HIR_LIST_GET:
    node->index = is_not_negative(node->inputs[1]);
    return;
  case HIR_INT_FLOOR_DIVIDE:
  case HIR_INT_REMAINDER:
    node->index = inputs_are_not_negative(node);
    return;
  default:
    return;
  }
}

void pass_ranges(HirFunction *function) {
  hir_find_dominators(function);
  find_signs(function);
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first, *next; node; node = next) {
      next = node->next;
      use_signs(node);
    }
  hir_resolve_uses(function);
}
