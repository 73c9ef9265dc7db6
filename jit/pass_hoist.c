// Moves what does not change in a loop in front of it, inner loops first, so that it moves on out of outer ones.
//
// What may move: PURE nodes and those that read memory which the loop does not write, if they may run without what
// stood in front of them (hir_may_speculate). Nodes that leave move only out of blocks that run in each iteration: in
// front of the loop they leave to the state at its entry, which is right at any rate, but pays only if they would have
// run.
#include "jit/passes.h"

#include <string.h>

typedef struct Loop {
  HirFunction *function;
  HirBlock *header;
  HirNode **writers;
  uint32_t writer_count;
} Loop;

static void collect_writers(Loop *loop) {
  for (int round = 0; round < 2; round++) {
    if (round == 1) loop->writers = hir_allocate(loop->function, (loop->writer_count + 1) * sizeof(HirNode *));
    loop->writer_count = 0;
    for (HirBlock *block = loop->header; block; block = block->next) {
      if (!hir_in_loop(block, loop->header)) continue;
      for (HirNode *node = block->first; node; node = node->next) {
        if (!hir_node_writes(node)) continue;
        if (round == 1) loop->writers[loop->writer_count] = node;
        loop->writer_count++;
      }
    }
  }
}

static bool loop_changes(const Loop *loop, const HirNode *node) {
  if (!(hir_node_flags(node) & HIR_READS)) return false;
  for (uint32_t i = 0; i < loop->writer_count; i++)
    if (hir_may_change(loop->writers[i], node)) return true;
  return false;
}

static bool runs_in_each_iteration(const Loop *loop, const HirBlock *block) {
  if (block->loop_header != loop->header) return false;
  for (uint32_t i = 0; i < loop->header->predecessor_count; i++) {
    const HirBlock *latch = loop->header->predecessors[i];
    if (hir_is_back_edge(loop->header, latch) && !hir_dominates(block, latch)) return false;
  }
  return true;
}

static bool is_outside(const Loop *loop, const HirNode *node) {
  return !hir_in_loop(node->block, loop->header);
}

static bool may_move(const Loop *loop, HirNode *node) {
  uint32_t flags = hir_node_flags(node);
  if (node->op == HIR_PHI || flags & (HIR_FIXED | HIR_CALLS | HIR_WRITES | HIR_ENDS | HIR_ALLOCATES)) return false;
  for (uint32_t i = 0; i < node->input_count; i++)
    if (!is_outside(loop, hir_node_input(node, i))) return false;
  if (!hir_may_speculate(node)) return false;
  if ((flags & HIR_LEAVES) && node->state)
    if (!hir_may_guard_at_entry(loop->header) || !runs_in_each_iteration(loop, node->block)) return false;
  return !loop_changes(loop, node);
}

static void move(Loop *loop, HirNode *node) {
  HirBlock *preheader = hir_preheader(loop->function, loop->header);
  hir_node_remove(node);
  hir_node_insert_before(node, preheader->last);
  if (node->state) node->state = loop->header->entry_state;
}

// True: something has moved.
static bool hoist_loop(HirFunction *function, HirBlock *header) {
  Loop loop = {.function = function, .header = header};
  if (!hir_loop_entry(header)) return false;
  collect_writers(&loop);
  bool moved = false;
  for (HirBlock *block = header; block; block = block->next) {
    if (!hir_in_loop(block, header) || block->is_cold) continue;
    for (HirNode *node = block->first, *next; node; node = next) {
      next = node->next;
      if (!may_move(&loop, node)) continue;
      move(&loop, node);
      moved = true;
    }
  }
  return moved;
}

void pass_hoist(HirFunction *function) {
  hir_find_loops(function);
  // The last header first: inner loops come later in the order than those around them.
  for (HirBlock *done = NULL;;) {
    HirBlock *header = NULL;
    for (HirBlock *block = function->entry; block && block != done; block = block->next)
      if (block->is_loop_header) header = block;
    if (!header) return;
    if (hoist_loop(function, header)) hir_find_loops(function);
    done = header;
  }
}
