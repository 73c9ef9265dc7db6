// Changing HIR: new nodes, edges, uses. See passes.h.
#include "jit/passes.h"

#include "vm/profile.h"
#include <string.h>

static void resolve_frame(HirInline *frame) {
  for (; frame; frame = frame->caller) {
    frame->function = hir_resolve(frame->function);
    frame->instance = hir_resolve(frame->instance);
  }
}

static void resolve_state(HirState *state, bool *seen) {
  if (!state || seen[state->id]) return;
  seen[state->id] = true;
  for (uint32_t i = 0; i < state->count; i++) hir_state_register(state, i);
  resolve_frame(state->frame);
}

void hir_resolve_uses(HirFunction *function) {
  bool *seen = hir_allocate(function, function->state_count + 1);
  for (HirBlock *block = function->entry; block; block = block->next) {
    resolve_state(block->entry_state, seen);
    for (HirNode *node = block->first; node; node = node->next) {
      for (uint32_t i = 0; i < node->input_count; i++) hir_node_input(node, i);
      resolve_state(node->state, seen);
    }
  }
}

HirNode *hir_insert(HirFunction *function, HirNode *position, HirOp op, HirNode *input_0, HirNode *input_1) {
  HirNode *inputs[] = {input_0, input_1};
  HirNode *node = hir_node_new(function, op, input_1 ? 2 : input_0 ? 1 : 0, inputs);
  if (op == HIR_BOX_INT) node->kinds = KIND_INT;
  if (op == HIR_BOX_DOUBLE) node->kinds = KIND_FLOAT;
  if (op == HIR_BOX_BOOL) node->kinds = KIND_BOOL;
  hir_node_insert_before(node, position);
  return node;
}

HirNode *hir_insert_constant(HirFunction *function, HirNode *position, Value value) {
  HirNode *node = hir_insert(function, position, HIR_CONST, NULL, NULL);
  node->payload.value = value;
  hir_constant_type(value, &node->kinds, &node->shape);
  return node;
}

HirNode *hir_insert_int(HirFunction *function, HirNode *position, int64_t number) {
  HirNode *node = hir_insert(function, position, HIR_INT_CONST, NULL, NULL);
  node->payload.number = number;
  return node;
}

HirNode *hir_insert_double(HirFunction *function, HirNode *position, double number) {
  HirNode *node = hir_insert(function, position, HIR_DOUBLE_CONST, NULL, NULL);
  node->payload.real = number;
  return node;
}

HirNode *hir_insert_bool(HirFunction *function, HirNode *position, bool truth) {
  HirNode *node = hir_insert(function, position, HIR_BOOL_CONST, NULL, NULL);
  node->payload.number = truth;
  return node;
}

void hir_substitute(HirNode *node, HirNode *by) {
  hir_node_replace(node, by);
  hir_node_remove(node);
}

void hir_block_remove_predecessor(HirBlock *block, HirBlock *predecessor) {
  uint32_t number = 0;
  while (block->predecessors[number] != predecessor) number++;
  uint32_t behind = --block->predecessor_count - number;
  memmove(block->predecessors + number, block->predecessors + number + 1, behind * sizeof(HirBlock *));
  for (HirNode *phi = block->first; phi && phi->op == HIR_PHI; phi = phi->next) {
    memmove(phi->inputs + number, phi->inputs + number + 1, behind * sizeof(HirNode *));
    phi->input_count--;
  }
}

void hir_block_cut(HirFunction *function, HirNode *node) {
  HirBlock *block = node->block;
  HirNode *leave = hir_insert(function, node, HIR_LEAVE, NULL, NULL);
  leave->state = node->state;
  while (leave->next) hir_node_remove(block->last);
  for (uint32_t i = 0; i < block->successor_count; i++) hir_block_remove_predecessor(block->successors[i], block);
  block->successor_count = 0;
}

void hir_branch_decide(HirFunction *function, HirBlock *block, unsigned taken) {
  HirNode *branch = block->last;
  hir_insert(function, branch, HIR_JUMP, NULL, NULL);
  hir_node_remove(branch);
  hir_block_remove_predecessor(block->successors[!taken], block);
  block->successors[0] = block->successors[taken];
  block->successor_count = 1;
}

HirNode *hir_block_body(HirBlock *block) {
  HirNode *node = block->first;
  while (node->op == HIR_PHI) node = node->next;
  return node;
}

HirComparison hir_comparison_said(const HirNode *comparison, bool truth, bool of_first) {
  static const HirComparison opposites[] = {[HIR_LESS] = HIR_GREATER_EQUAL, [HIR_LESS_EQUAL] = HIR_GREATER,
                                            [HIR_EQUAL] = HIR_NOT_EQUAL,    [HIR_NOT_EQUAL] = HIR_EQUAL,
                                            [HIR_GREATER] = HIR_LESS_EQUAL, [HIR_GREATER_EQUAL] = HIR_LESS};
  static const HirComparison mirrored[] = {[HIR_LESS] = HIR_GREATER, [HIR_LESS_EQUAL] = HIR_GREATER_EQUAL,
                                           [HIR_EQUAL] = HIR_EQUAL,  [HIR_NOT_EQUAL] = HIR_NOT_EQUAL,
                                           [HIR_GREATER] = HIR_LESS, [HIR_GREATER_EQUAL] = HIR_LESS_EQUAL};
  HirComparison said = (HirComparison)comparison->payload.number;
  if (!truth) said = opposites[said];
  return of_first ? said : mirrored[said];
}

bool hir_in_loop(const HirBlock *block, const HirBlock *header) {
  for (const HirBlock *around = block->loop_header; around; around = around->outer_loop)
    if (around == header) return true;
  return false;
}

HirBlock *hir_loop_entry(const HirBlock *header) {
  HirBlock *entry = NULL;
  for (uint32_t i = 0; i < header->predecessor_count; i++) {
    if (hir_is_back_edge(header, header->predecessors[i])) continue;
    if (entry) return NULL;
    entry = header->predecessors[i];
  }
  return entry;
}

HirBlock *hir_preheader(HirFunction *function, HirBlock *header) {
  HirBlock *entry = hir_loop_entry(header);
  if (entry->successor_count == 1) return entry;
  HirBlock *block = hir_block_new(function);
  hir_block_add_predecessor(function, block, entry);
  block->successors[0] = header;
  block->successor_count = 1;
  hir_node_append(block, hir_node_new(function, HIR_JUMP, 0, NULL));
  for (uint32_t i = 0; i < entry->successor_count; i++)
    if (entry->successors[i] == header) entry->successors[i] = block;
  for (uint32_t i = 0; i < header->predecessor_count; i++)
    if (header->predecessors[i] == entry) header->predecessors[i] = block;
  // In the order and the loops as they are, until they are found anew.
  block->order = entry->order;
  block->dominator = entry->dominator;
  block->loop_header = entry->loop_header;
  block->loop_depth = entry->loop_depth;
  return block;
}

bool hir_may_guard_at_entry(const HirBlock *header) {
  const HirState *state = header->entry_state;
  return state && (!state->frame->code || profile_leaves(state->frame->code, state->word) == 0);
}

void hir_unwatch_contents(HirFunction *function, HirNode *guard, const HirNode *cell, HirNode *const *contents,
                          uint32_t count) {
  HirNode **inputs = hir_allocate(function, (guard->input_count + count + 1) * sizeof *inputs);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < guard->input_count; i++) {
    HirNode *input = hir_node_input(guard, i);
    if (hir_identity(input) != cell) inputs[kept++] = input;
  }
  for (uint32_t i = 0; i < count; i++)
    if ((contents[i]->kinds & KIND_CELL) && contents[i]->op != HIR_CONST) inputs[kept++] = contents[i];
  if (kept > 0) {
    HirNode *fewer = hir_node_new(function, HIR_GUARD_UNWATCHED, kept, inputs);
    fewer->state = guard->state;
    fewer->mark = guard->mark;
    hir_node_insert_before(fewer, guard);
  }
  hir_node_remove(guard);
}
