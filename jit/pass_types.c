// Finds the types of all VALUEs, removes the guards, boxes and branches that they decide, and folds constants. What
// goes may show more, so it repeats a few times.
#include "jit/passes.h"

static bool simplify_block(HirFunction *function, HirBlock *block) {
  bool changed = false;
  for (HirNode *node = block->first, *next; node; node = next) {
    next = node->next;
    for (uint32_t i = 0; i < node->input_count; i++) hir_node_input(node, i);
    if (hir_always_leaves(node)) {
      hir_block_cut(function, node);
      return true;
    }
    HirNode *simple = hir_simplify(function, node);
    if (simple == node) continue;
    changed = true;
    if (simple)
      hir_substitute(node, simple);
    else
      hir_node_remove(node);
  }
  HirNode *end = block->last;
  if (end->op != HIR_BRANCH) return changed;
  HirNode *condition = hir_node_input(end, 0);
  if (condition->op == HIR_NOT) {
    end->inputs[0] = condition->inputs[0];
    HirBlock *first = block->successors[0];
    block->successors[0] = block->successors[1];
    block->successors[1] = first;
    return true;
  }
  if (condition->op == HIR_BOOL_CONST) {
    hir_branch_decide(function, block, condition->payload.number ? 0 : 1);
    return true;
  }
  return changed;
}

void pass_types(HirFunction *function) {
  enum { ROUNDS = 4 };
  hir_order_blocks(function);
  for (unsigned round = 0; round < ROUNDS; round++) {
    bool changed = false;
    hir_infer_types(function, false);
    for (HirBlock *block = function->entry; block; block = block->next) changed |= simplify_block(function, block);
    if (!changed) break;
    hir_order_blocks(function);
    hir_resolve_uses(function);
  }
  hir_infer_types(function, false);
}
