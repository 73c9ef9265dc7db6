// Boxes move out of loops to where they are used: a float that a loop sums up in a register is boxed behind the loop,
// not in it.
//
// A box is moved to the nearest block that dominates its uses, if that is in fewer loops. Uses in states do not count:
// exits box for themselves.
#include "jit/passes.h"

typedef struct Place {
  HirBlock *block; // dominates all uses so far
} Place;

static HirBlock *common_dominator(HirBlock *a, HirBlock *b) {
  while (a != b) {
    while (a->order > b->order) a = a->dominator;
    while (b->order > a->order) b = b->dominator;
  }
  return a;
}

static bool is_box(const HirNode *node) {
  return node->op == HIR_BOX_INT || node->op == HIR_BOX_DOUBLE || node->op == HIR_BOX_BOOL;
}

// A phi uses its input at the end of the predecessor.
static void note_uses(HirNode *user, Place *places) {
  for (uint32_t i = 0; i < user->input_count; i++) {
    HirNode *input = hir_node_input(user, i);
    if (!is_box(input)) continue;
    HirBlock *block = user->op == HIR_PHI ? user->block->predecessors[i] : user->block;
    Place *place = &places[input->id];
    place->block = place->block ? common_dominator(place->block, block) : block;
  }
}

static bool uses(HirNode *user, const HirNode *node) {
  for (uint32_t i = 0; i < user->input_count; i++)
    if (hir_node_input(user, i) == node) return true;
  return false;
}

static void move_to(HirNode *node, HirBlock *block) {
  HirNode *position = hir_block_body(block);
  while (position->next && !uses(position, node)) position = position->next;
  hir_node_remove(node);
  hir_node_insert_before(node, position);
}

void pass_sink(HirFunction *function) {
  hir_resolve_uses(function);
  hir_find_loops(function);
  Place *places = hir_allocate(function, (function->node_count + 1) * sizeof *places);
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next) note_uses(node, places);
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first, *next; node; node = next) {
      next = node->next;
      HirBlock *wanted = is_box(node) ? places[node->id].block : NULL;
      if (wanted && wanted->loop_depth < block->loop_depth) move_to(node, wanted);
    }
}
