// Control flow of HIR: order of blocks, dominators, loops. See hir.h.
#include "jit/hir.h"

#include <string.h>

static void visit(HirBlock *block, HirBlock **order_end) {
  block->order = 0;
  // The first successor is laid out first: reverse postorder visits it last.
  for (uint32_t i = block->successor_count; i-- > 0;)
    if (block->successors[i]->order == UINT32_MAX) visit(block->successors[i], order_end);
  block->next = *order_end;
  *order_end = block;
}

static void drop_dead_predecessors(HirBlock *block) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < block->predecessor_count; i++) {
    bool alive = block->predecessors[i]->order != UINT32_MAX;
    if (alive && kept != i) {
      block->predecessors[kept] = block->predecessors[i];
      for (HirNode *node = block->first; node && node->op == HIR_PHI; node = node->next)
        node->inputs[kept] = node->inputs[i];
    }
    kept += alive;
  }
  if (kept == block->predecessor_count) return;
  block->predecessor_count = kept;
  for (HirNode *node = block->first; node && node->op == HIR_PHI; node = node->next) node->input_count = kept;
}

// Marks everything that can be reached as not yet visited; what can be reached is found again from the entry alone, so
// blocks that have become unreachable must be marked as well: through predecessors.
static void unmark(HirBlock *block) {
  if (block->order == UINT32_MAX) return;
  block->order = UINT32_MAX;
  for (uint32_t i = 0; i < block->predecessor_count; i++) unmark(block->predecessors[i]);
  for (uint32_t i = 0; i < block->successor_count; i++) unmark(block->successors[i]);
}

void hir_order_blocks(HirFunction *function) {
  unmark(function->entry);
  HirBlock *order = NULL;
  visit(function->entry, &order);
  function->entry = order;
  uint32_t number = 0;
  for (HirBlock *block = order; block; block = block->next) {
    block->order = number++;
    function->last_block = block;
  }
  for (HirBlock *block = order; block; block = block->next) drop_dead_predecessors(block);
}

static HirBlock *common_dominator(HirBlock *a, HirBlock *b) {
  while (a != b) {
    while (a->order > b->order) a = a->dominator;
    while (b->order > a->order) b = b->dominator;
  }
  return a;
}

void hir_find_dominators(HirFunction *function) {
  hir_order_blocks(function);
  for (HirBlock *block = function->entry; block; block = block->next) block->dominator = NULL;
  function->entry->dominator = function->entry;
  for (bool changed = true; changed;) {
    changed = false;
    for (HirBlock *block = function->entry->next; block; block = block->next) {
      HirBlock *dominator = NULL;
      for (uint32_t i = 0; i < block->predecessor_count; i++) {
        HirBlock *predecessor = block->predecessors[i];
        if (!predecessor->dominator) continue;
        dominator = dominator ? common_dominator(dominator, predecessor) : predecessor;
      }
      if (dominator != block->dominator) {
        block->dominator = dominator;
        changed = true;
      }
    }
  }
  function->entry->dominator = NULL;
}

bool hir_dominates(const HirBlock *a, const HirBlock *b) {
  while (b && b->order > a->order) b = b->dominator;
  return a == b;
}

// The outermost loop found so far that `block` is in: its header, or NULL.
static HirBlock *outermost_loop(HirBlock *block) {
  HirBlock *header = block->loop_header;
  while (header && header->outer_loop) header = header->outer_loop;
  return header;
}

// Adds what reaches the back edge from `block` to the loop of `header`.
static void add_to_loop(HirBlock *block, HirBlock *header) {
  HirBlock *outermost = outermost_loop(block);
  if (outermost == header) return;
  if (outermost) {
    outermost->outer_loop = header; // an inner loop: it is entered at its header
    block = outermost;
  } else
    block->loop_header = header;
  for (uint32_t i = 0; i < block->predecessor_count; i++) add_to_loop(block->predecessors[i], header);
}

static void find_loop(HirBlock *header) {
  for (uint32_t i = 0; i < header->predecessor_count; i++) {
    HirBlock *latch = header->predecessors[i];
    if (!hir_dominates(header, latch)) continue;
    header->is_loop_header = true;
    header->loop_header = header;
    if (latch != header) add_to_loop(latch, header);
  }
}

// Headers of inner loops come later in the order than those around them, so backwards finds inner loops first.
static void find_loops_backwards(HirBlock *block) {
  if (!block) return;
  find_loops_backwards(block->next);
  find_loop(block);
}

void hir_find_loops(HirFunction *function) {
  hir_find_dominators(function);
  for (HirBlock *block = function->entry; block; block = block->next) {
    block->loop_header = block->outer_loop = NULL;
    block->is_loop_header = false;
  }
  find_loops_backwards(function->entry);
  for (HirBlock *block = function->entry; block; block = block->next) {
    block->loop_depth = 0;
    for (HirBlock *header = block->loop_header; header; header = header->outer_loop) block->loop_depth++;
  }
}
