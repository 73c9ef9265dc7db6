// A float that is checked only to be calculated with is checked and unboxed in one: the tag is looked at once.
//
// What follows from the guard's type must have been found before: states get the value itself.
#include "jit/passes.h"

// A guard's `data`: is it used by anything but UNBOX_DOUBLE and states?
static void find_other_uses(HirFunction *function) {
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next) node->data = 0;
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next)
      for (uint32_t i = 0; i < node->input_count; i++)
        if (node->op != HIR_UNBOX_DOUBLE && !hir_node_is_virtual(node)) node->inputs[i]->data = 1;
}

void pass_floats(HirFunction *function) {
  find_other_uses(function);
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first, *next; node; node = next) {
      next = node->next;
      if (node->op == HIR_GUARD_FLOAT && !node->data) {
        HirNode *number = hir_insert(function, node, HIR_FLOAT_TO_DOUBLE, node->inputs[0], NULL);
        number->state = node->state;
        node->data = (uintptr_t)number;
      } else if (node->op == HIR_UNBOX_DOUBLE && node->inputs[0]->op == HIR_GUARD_FLOAT && node->inputs[0]->data > 1)
        hir_substitute(node, (HirNode *)(uintptr_t)node->inputs[0]->data);
    }
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first, *next; node; node = next) {
      next = node->next;
      if (node->op == HIR_GUARD_FLOAT && node->data > 1) hir_substitute(node, hir_resolve(node->inputs[0]));
    }
  hir_resolve_uses(function);
}
