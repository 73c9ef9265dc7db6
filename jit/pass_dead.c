// Removes nodes that nobody uses, blocks that only jump, and edges between blocks that are always taken together.
#include "jit/passes.h"

#include "runtime/object/class.h"

// Nodes without use

// Operations that leave only where the result would be of another kind: without use of the result, nothing is lost.
static bool leaves_for_its_result(HirOp op) {
  return op == HIR_INT_ADD || op == HIR_INT_SUBTRACT || op == HIR_INT_MULTIPLY || op == HIR_INT_NEGATIVE;
}

static bool is_needed(const HirNode *node) {
  uint32_t flags = hir_node_flags(node);
  if (flags & (HIR_ENDS | HIR_CALLS | HIR_WRITES)) return true;
  if (node->op == HIR_PHI || node->op == HIR_LOAD_REGISTER) return false;
  if (flags & HIR_ALLOCATES) {
    // The end of an instance that has a finalizer is seen.
    return node->op == HIR_NEW_INSTANCE && (node->shape->class->flags & CLASS_HAS_DEL);
  }
  bool leaves = (flags & HIR_LEAVES) && node->state && !leaves_for_its_result(node->op);
  return leaves || (flags & HIR_FIXED);
}

typedef struct Work {
  HirNode **nodes;
  uint32_t count;
  bool *seen_states;
} Work;

static void need(Work *work, HirNode *node) {
  if (!node || node->mark) return;
  node->mark = true;
  work->nodes[work->count++] = node;
}

static void need_state(Work *work, const HirState *state) {
  if (!state || work->seen_states[state->id]) return;
  work->seen_states[state->id] = true;
  for (uint32_t i = 0; i < state->count; i++) need(work, state->registers[i]);
  for (const HirInline *frame = state->frame; frame; frame = frame->caller) {
    need(work, frame->function);
    need(work, frame->instance);
  }
}

void hir_remove_unused(HirFunction *function) {
  Work work = {.nodes = hir_allocate(function, (function->node_count + 1) * sizeof(HirNode *)),
               .seen_states = hir_allocate(function, function->state_count + 1)};
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next) node->mark = false;
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next)
      if (is_needed(node)) need(&work, node);
  for (HirBlock *block = function->entry; block; block = block->next) need_state(&work, block->entry_state);
  while (work.count > 0) {
    HirNode *node = work.nodes[--work.count];
    for (uint32_t i = 0; i < node->input_count; i++) need(&work, node->inputs[i]);
    need_state(&work, node->state);
  }
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first, *next; node; node = next) {
      next = node->next;
      if (!node->mark) hir_node_remove(node);
    }
}

// Blocks

static bool is_predecessor(const HirBlock *predecessor, const HirBlock *block) {
  for (uint32_t i = 0; i < block->predecessor_count; i++)
    if (block->predecessors[i] == predecessor) return true;
  return false;
}

static uint32_t predecessor_number(const HirBlock *block, const HirBlock *predecessor) {
  uint32_t number = 0;
  while (block->predecessors[number] != predecessor) number++;
  return number;
}

// `block` only jumps: the edge from `predecessor` to it leads to its successor instead.
static void redirect(HirFunction *function, HirBlock *predecessor, HirBlock *block) {
  HirBlock *target = block->successors[0];
  uint32_t number = predecessor_number(target, block);
  for (uint32_t i = 0; i < predecessor->successor_count; i++)
    if (predecessor->successors[i] == block) {
      predecessor->successors[i] = target;
      break;
    }
  hir_block_remove_predecessor(block, predecessor);
  hir_block_add_predecessor(function, target, predecessor);
  for (HirNode *phi = target->first; phi->op == HIR_PHI; phi = phi->next)
    hir_phi_add_input(function, phi, phi->inputs[number]);
}

// A block that only jumps is skipped by those predecessors that do not lead to its successor already.
static bool skip_block(HirFunction *function, HirBlock *block) {
  if (block->first->op != HIR_JUMP || block == function->entry || block->successors[0] == block) return false;
  HirBlock *target = block->successors[0];
  bool changed = false;
  for (uint32_t i = block->predecessor_count; i-- > 0;) {
    HirBlock *predecessor = block->predecessors[i];
    if (is_predecessor(predecessor, target)) continue;
    // The loop keeps one way in and the latch that it has.
    if (target->is_loop_header && block->predecessor_count > 1) continue;
    redirect(function, predecessor, block);
    changed = true;
  }
  return changed;
}

// Both ways of the branch lead to one block, which makes no difference between them.
static bool merge_branch(HirFunction *function, HirBlock *block) {
  if (block->successor_count != 2) return false;
  HirBlock *ways[2];
  for (unsigned i = 0; i < 2; i++) {
    HirBlock *way = block->successors[i];
    bool only_jumps = way->first->op == HIR_JUMP && way->predecessor_count == 1;
    ways[i] = only_jumps ? way->successors[0] : way;
  }
  if (ways[0] != ways[1] || ways[0] == block || ways[0]->first->op == HIR_PHI) return false;
  hir_branch_decide(function, block, 0);
  return true;
}

// A block with one successor that has no other predecessor: one block.
static bool join_successor(HirBlock *block) {
  if (block->successor_count != 1) return false;
  HirBlock *successor = block->successors[0];
  if (successor->predecessor_count != 1 || successor == block || successor->is_loop_header) return false;
  for (HirNode *phi = successor->first, *next; phi->op == HIR_PHI; phi = next) {
    next = phi->next;
    hir_substitute(phi, phi->inputs[0]);
  }
  hir_node_remove(block->last);
  for (HirNode *node = successor->first; node; node = node->next) node->block = block;
  successor->first->previous = block->last;
  if (block->last)
    block->last->next = successor->first;
  else
    block->first = successor->first;
  block->last = successor->last;
  block->is_cold = block->is_cold || successor->is_cold;
  block->successor_count = successor->successor_count;
  for (uint32_t i = 0; i < successor->successor_count; i++) {
    HirBlock *next = block->successors[i] = successor->successors[i];
    next->predecessors[predecessor_number(next, successor)] = block;
  }
  successor->first = successor->last = NULL;
  successor->successor_count = 0;
  successor->predecessor_count = 0;
  return true;
}

void pass_dead(HirFunction *function) {
  hir_find_loops(function);
  // Nothing goes in front of a loop any more.
  for (HirBlock *block = function->entry; block; block = block->next) block->entry_state = NULL;
  hir_remove_unused(function);
  for (bool changed = true; changed;) {
    changed = false;
    for (HirBlock *block = function->entry; block; block = block->next) {
      if (!block->first) continue; // joined to its predecessor
      while (join_successor(block)) changed = true;
      changed |= merge_branch(function, block);
      changed |= skip_block(function, block);
    }
    hir_resolve_uses(function);
    hir_order_blocks(function);
  }
  hir_find_loops(function);
}
