// Checks the invariants of hir.h: what every pass may rely on and must leave behind.
#include "jit/hir.h"

#include <stdarg.h>

// Representations of the inputs, a letter each (hir.h, HirRuntime); the last one stands for all that follow. Operations
// that are not named take VALUEs.
static const char *const input_representations[HIR_OP_COUNT] = {
    [HIR_LAZY_DOUBLE] = "bdv",    [HIR_BOX_INT] = "i",
    [HIR_BOX_DOUBLE] = "d",       [HIR_BOX_BOOL] = "b",
    [HIR_BOX_COMPLEX] = "d",      [HIR_GUARD_TRUE] = "b",
    [HIR_GUARD_FALSE] = "b",      [HIR_INT_ADD] = "i",
    [HIR_INT_SUBTRACT] = "i",     [HIR_INT_MULTIPLY] = "i",
    [HIR_INT_FLOOR_DIVIDE] = "i", [HIR_INT_REMAINDER] = "i",
    [HIR_INT_TRUE_DIVIDE] = "i",  [HIR_INT_LEFT_SHIFT] = "i",
    [HIR_INT_RIGHT_SHIFT] = "i",  [HIR_INT_AND] = "i",
    [HIR_INT_OR] = "i",           [HIR_INT_XOR] = "i",
    [HIR_INT_NEGATIVE] = "i",     [HIR_INT_INVERT] = "i",
    [HIR_INT_TO_DOUBLE] = "i",    [HIR_INT_TO_DOUBLE_EXACT] = "i",
    [HIR_GUARD_FINITE] = "d",     [HIR_BOOL_AND] = "b",
    [HIR_INT_COMPARE] = "i",      [HIR_DOUBLE_ADD] = "d",
    [HIR_DOUBLE_SUBTRACT] = "d",  [HIR_DOUBLE_MULTIPLY] = "d",
    [HIR_DOUBLE_DIVIDE] = "d",    [HIR_DOUBLE_FLOOR_DIVIDE] = "d",
    [HIR_DOUBLE_REMAINDER] = "d", [HIR_DOUBLE_POWER] = "d",
    [HIR_DOUBLE_NEGATIVE] = "d",  [HIR_DOUBLE_SQRT] = "d",
    [HIR_DOUBLE_ABS] = "d",       [HIR_DOUBLE_COMPARE] = "d",
    [HIR_DOUBLE_CALL] = "d",      [HIR_NOT] = "b",
    [HIR_LIST_GET] = "vi",        [HIR_LIST_SET] = "viv",
    [HIR_TUPLE_GET] = "vi",       [HIR_NEW_RANGE] = "i",
    [HIR_CHECK_INDEX] = "i",      [HIR_ITEMS_GET] = "vi",
    [HIR_ITEMS_SET] = "viv",      [HIR_BRANCH] = "b",
    [HIR_PAIRS_ITEM] = "vb",      [HIR_DOUBLE_TO_INT] = "d",
};

static const char *complain(HirFunction *function, const char *format, ...) {
  char *message = hir_allocate(function, 160);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, 160, format, arguments);
  va_end(arguments);
  return message;
}

static char letter_of(HirRepresentation representation) {
  return "-vidb"[representation];
}

static char wanted_letter(const HirNode *node, uint32_t number) {
  if (node->op == HIR_PHI) return letter_of(node->representation);
  if (node->op == HIR_LOAD_REGISTER) return '-'; // a STEP
  if (node->op == HIR_RAISED) return letter_of(node->inputs[0]->representation);
  const char *letters = input_representations[node->op];
  if (hir_calls_by_table(node->op)) letters = ((const HirRuntime *)node->payload.pointer)->parameters;
  if (!letters || !letters[0]) return 'v';
  for (uint32_t i = 0; i < number && letters[1]; i++) letters++;
  return letters[0];
}

// Does the definition of `node` stand in front of the end of `block` (before == NULL) or of the node `before` in it?
// Nodes are numbered in `data` within their blocks.
static bool is_defined(const HirNode *node, const HirBlock *block, const HirNode *before) {
  if (!node->block) return false;
  if (node->block == block) return !before || node->data < before->data;
  return hir_dominates(node->block, block);
}

static bool may_be_known_not_to_leave(HirOp op) {
  return (op >= HIR_INT_ADD && op <= HIR_INT_TO_DOUBLE_EXACT) || op == HIR_TUPLE_GET;
}

static const char *check_state(HirFunction *function, const HirState *state, const HirBlock *block,
                               const HirNode *before) {
  for (uint32_t i = 0; i < state->count; i++) {
    HirNode *value = state->registers[i];
    if (!value) continue;
    if (value->replacement && value != hir_resolve(value) && !value->block)
      return complain(function, "state s%u has the replaced v%u", state->id, value->id);
    if (!is_defined(value, block, before))
      return complain(function, "state s%u, register %u: v%u is not defined in b%u", state->id, i, value->id,
                      block->id);
    if (hir_node_is_virtual(value) && before && hir_node_flags(before) & HIR_CALLS && !hir_call_spares(before, i))
      return complain(function, "state s%u of a call has v%u, which is never made", state->id, value->id);
    if (value->representation == HIR_NONE)
      return complain(function, "state s%u has v%u, which has no result", state->id, value->id);
  }
  return NULL;
}

static const char *check_node(HirFunction *function, HirNode *node) {
  const HirOpInfo *info = hir_op_info(node->op);
  const HirBlock *block = node->block;
  if (node->op == HIR_PHI) {
    if (node->previous && node->previous->op != HIR_PHI) return complain(function, "phi v%u is late", node->id);
    if (node->input_count != block->predecessor_count)
      return complain(function, "phi v%u has %u inputs, b%u %u predecessors", node->id, node->input_count, block->id,
                      block->predecessor_count);
  } else if (info->inputs != HIR_ANY_INPUTS && node->input_count != info->inputs)
    return complain(function, "%s v%u has %u inputs", info->name, node->id, node->input_count);
  for (uint32_t i = 0; i < node->input_count; i++) {
    const HirNode *input = node->inputs[i];
    bool is_phi = node->op == HIR_PHI;
    if (!is_defined(input, is_phi ? block->predecessors[i] : block, is_phi ? NULL : node))
      return complain(function, "%s v%u uses v%u, which is not defined there", info->name, node->id, input->id);
    if (hir_node_is_virtual(input) && !hir_node_is_virtual(node))
      return complain(function, "%s v%u uses v%u, which is never made", info->name, node->id, input->id);
    if (!hir_node_is_virtual(node) && letter_of(input->representation) != wanted_letter(node, i))
      return complain(function, "%s v%u: input v%u has the wrong representation", info->name, node->id, input->id);
  }
  if ((info->flags & (HIR_LEAVES | HIR_CALLS)) && !node->state && !may_be_known_not_to_leave(node->op))
    return complain(function, "%s v%u has no state", info->name, node->id);
  if ((info->flags & HIR_ENDS) && node->next)
    return complain(function, "%s is not the last of b%u", info->name, block->id);
  return node->state ? check_state(function, node->state, block, node) : NULL;
}

static bool has_block(HirBlock *const *blocks, uint32_t count, const HirBlock *wanted) {
  for (uint32_t i = 0; i < count; i++)
    if (blocks[i] == wanted) return true;
  return false;
}

static const char *check_edges(HirFunction *function, const HirBlock *block) {
  if (!block->last || !(hir_node_flags(block->last) & HIR_ENDS)) return complain(function, "b%u has no end", block->id);
  uint32_t wanted = block->last->op == HIR_JUMP ? 1 : block->last->op == HIR_BRANCH ? 2 : 0;
  if (block->successor_count != wanted)
    return complain(function, "b%u has %u successors", block->id, block->successor_count);
  for (uint32_t i = 0; i < block->successor_count; i++)
    if (!has_block(block->successors[i]->predecessors, block->successors[i]->predecessor_count, block))
      return complain(function, "b%u is no predecessor of b%u", block->id, block->successors[i]->id);
  for (uint32_t i = 0; i < block->predecessor_count; i++)
    if (!has_block(block->predecessors[i]->successors, block->predecessors[i]->successor_count, block))
      return complain(function, "b%u is no successor of b%u", block->id, block->predecessors[i]->id);
  return NULL;
}

static const char *check_entry_state(HirFunction *function, const HirBlock *header) {
  for (uint32_t i = 0; i < header->predecessor_count; i++) {
    const HirBlock *predecessor = header->predecessors[i];
    if (hir_dominates(header, predecessor)) continue;
    const char *problem = check_state(function, header->entry_state, predecessor, NULL);
    if (problem) return problem;
  }
  return NULL;
}

const char *hir_verify(HirFunction *function) {
  hir_find_dominators(function);
  for (HirBlock *block = function->entry; block; block = block->next) {
    uint64_t number = 0;
    for (HirNode *node = block->first; node; node = node->next) {
      node->data = number++;
      if (node->block != block) return complain(function, "v%u does not know its block", node->id);
    }
  }
  for (HirBlock *block = function->entry; block; block = block->next) {
    const char *problem = check_edges(function, block);
    for (HirNode *node = block->first; node && !problem; node = node->next) problem = check_node(function, node);
    if (!problem && block->entry_state) problem = check_entry_state(function, block);
    if (problem) return problem;
  }
  return NULL;
}
