// Removes phis that have one value, alone or in cycles: the builder makes one for every register that a loop may write.
//
// Each phi begins without a value; it takes that of its inputs as long as they agree, and becomes itself as soon as
// they do not. A cycle of phis that only pass on one value from outside keeps that value.
#include "jit/passes.h"

// The value is kept in `data` as a pointer; 0: none yet.
static HirNode *value_of(const HirNode *node) {
  return node->op == HIR_PHI ? (HirNode *)(uintptr_t)node->data : (HirNode *)node;
}

static HirNode *common_value(HirNode *phi) {
  HirNode *common = NULL;
  for (uint32_t i = 0; i < phi->input_count; i++) {
    HirNode *value = value_of(hir_node_input(phi, i));
    if (!value || value == common) continue;
    if (common) return phi;
    common = value;
  }
  return common;
}

void pass_phis(HirFunction *function) {
  hir_order_blocks(function);
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *phi = block->first; phi && phi->op == HIR_PHI; phi = phi->next) phi->data = 0;
  for (bool changed = true; changed;) {
    changed = false;
    for (HirBlock *block = function->entry; block; block = block->next)
      for (HirNode *phi = block->first; phi && phi->op == HIR_PHI; phi = phi->next) {
        if (value_of(phi) == phi) continue;
        HirNode *value = common_value(phi);
        changed |= value != value_of(phi);
        phi->data = (uintptr_t)value;
      }
  }
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *phi = block->first, *next; phi && phi->op == HIR_PHI; phi = next) {
      next = phi->next;
      if (value_of(phi) != phi) hir_substitute(phi, value_of(phi));
    }
  hir_resolve_uses(function);
}
