// What the VM's registers in memory hold at each point of compiled code, so that leaving and calling write only what
// has changed.
//
// A data flow over blocks. Memory changes where the code synchronizes (before calls) and where calls write results; it
// is known on entry. At a loop header the first guess is what its predecessors outside say, and it is lowered until it
// holds.
#include "jit/lower_internal.h"
#include "jit/passes.h"

#include <string.h>

bool register_map_same(HirNode *a, HirNode *b) {
  if (!a || !b) return false;
  a = hir_identity(a), b = hir_identity(b);
  if (a->op == b->op && (a->op == HIR_BOX_INT || a->op == HIR_BOX_DOUBLE || a->op == HIR_BOX_BOOL))
    return hir_node_input(a, 0) == hir_node_input(b, 0);
  return a == b || (a->op == HIR_CONST && b->op == HIR_CONST && a->payload.value == b->payload.value);
}

static void forget_from(RegisterMap *map, uint32_t first, uint32_t count) {
  for (uint32_t i = first; i < count; i++) map->nodes[i] = NULL;
}

HirNode *register_map_in_flight(HirNode *node) {
  static const HirNode unbound = {.op = HIR_CONST};
  return hir_node_is_virtual(node) ? (HirNode *)(uintptr_t)&unbound : node;
}

static void synchronize(HirState *state, RegisterMap *map) {
  for (uint32_t i = 0; i < state->count; i++) {
    HirNode *node = hir_state_register(state, i);
    if (node) map->nodes[i] = register_map_in_flight(node);
  }
}

// A store that boxes its double itself: a huge one, an infinity or a nan becomes a cell.
static bool boxes(const HirNode *node, uint32_t number) {
  const HirNode *stored = hir_resolve(node->inputs[number]);
  return stored->op == HIR_BOX_DOUBLE && !stored->mark;
}

bool register_map_collects(const HirNode *node) {
  switch (node->op) {
  case HIR_STORE_FIELD:
    return boxes(node, 1);
  case HIR_ITEMS_SET:
    return boxes(node, 2);
  case HIR_BOX_DOUBLE:
  case HIR_BOX_COMPLEX:
  case HIR_LAZY_DOUBLE:
    return node->mark; // made where it stands
  case HIR_LIST_APPEND:
  case HIR_ADD_SLOT:
  case HIR_CALL_TRY:
  case HIR_CALL_CHANGE:
  case HIR_TRY_TRUTH:
    return true;
  default:
    return (hir_node_flags(node) & HIR_ALLOCATES) != 0;
  }
}

void register_map_forget_untraced(const HirFunction *function, RegisterMap *map, uint32_t count) {
  const Code *code = function->code;
  forget_from(map, code_named_count(code), count);
}

void register_map_step(const HirFunction *function, const HirNode *node, RegisterMap *map, uint32_t count) {
  HirState *state = node->state;
  if (register_map_collects(node)) register_map_forget_untraced(function, map, count);
  switch (node->op) {
  case HIR_LOAD_REGISTER:
    map->nodes[node->index] = (HirNode *)(uintptr_t)node;
    return;
  case HIR_TRUTH: // synchronizes on its slow way only
    for (uint32_t i = 0; i < count; i++)
      if (i >= state->count || (hir_state_register(state, i) && !register_map_same(state->registers[i], map->nodes[i])))
        map->nodes[i] = NULL;
    return;
  default:
    break;
  }
  if (!(hir_node_flags(node) & HIR_CALLS)) return;
  synchronize(state, map);
  const HirInline *frame = state->frame;
  uint32_t top = frame->base + frame->code->register_count;
  if (node->op == HIR_CALL_FUNCTION)
    top = node->index;
  else if (node->op == HIR_CALL_INSTRUCTION || node->op == HIR_STEP || node->op == HIR_CATCH)
    top = frame->base + frame->variables;
  forget_from(map, top < count ? top : count, count);
  if (node->op == HIR_CATCH) map->nodes[node->index] = (HirNode *)(uintptr_t)node;
  // What a STEP that catches has written before it raised is not known.
  if (node->op == HIR_STEP && node->catches)
    forget_from(map, frame->base + instruction_a(frame->code->words[state->word]), count);
  // A call may have written its destination.
  if (node->op == HIR_CALL_FUNCTION || node->op == HIR_CALL_INSTRUCTION)
    map->nodes[frame->base + instruction_a(__atomic_load_n(frame->code->words + state->word, __ATOMIC_RELAXED))] = NULL;
  // A STEP's results are named by the LOAD_REGISTER nodes behind it; what it overwrites is not known before.
  if (node->op == HIR_STEP)
    for (const HirNode *load = node->next; load && load->op == HIR_LOAD_REGISTER; load = load->next)
      map->nodes[load->index] = NULL;
}

uint32_t register_count_of(HirFunction *function) {
  uint32_t count = 0;
  for (HirBlock *block = function->entry; block; block = block->next) {
    if (block->entry_state && block->entry_state->count > count) count = block->entry_state->count;
    for (HirNode *node = block->first; node; node = node->next) {
      if (node->state) {
        uint32_t top = node->state->frame->base + node->state->frame->code->register_count;
        if (top > count) count = top;
        if (node->state->count > count) count = node->state->count;
      }
      if (node->op == HIR_LOAD_REGISTER && node->index >= count) count = node->index + 1;
      if (node->op == HIR_CALL_FUNCTION && node->index + node->input_count > count)
        count = node->index + node->input_count;
    }
  }
  return count + 1;
}

// The node that stands in `block` for the values that its predecessors have in register `number`.
static HirNode *merge(HirBlock *block, RegisterMap *ends, const bool *reached, uint32_t number) {
  HirNode *first = NULL;
  uint32_t first_index = 0;
  bool same = true;
  for (uint32_t i = 0; i < block->predecessor_count; i++) {
    uint32_t order = block->predecessors[i]->order;
    if (!reached[order]) continue;
    HirNode *node = ends[order].nodes[number];
    if (!node) return NULL;
    if (!first)
      first = node, first_index = i;
    else
      same = same && register_map_same(first, node);
  }
  if (!first) return NULL;
  for (HirNode *phi = block->first; phi && phi->op == HIR_PHI; phi = phi->next) {
    if (phi->representation != HIR_VALUE || !register_map_same(hir_node_input(phi, first_index), first)) continue;
    bool fits = true;
    for (uint32_t i = 0; i < block->predecessor_count && fits; i++) {
      uint32_t order = block->predecessors[i]->order;
      fits = !reached[order] || register_map_same(hir_node_input(phi, i), ends[order].nodes[number]);
    }
    if (fits && !same) return phi;
  }
  return same ? first : NULL;
}

RegisterMap *register_maps_find(HirFunction *function, uint32_t count) {
  uint32_t blocks = function->last_block->order + 1;
  RegisterMap *entries = hir_allocate(function, blocks * sizeof *entries);
  RegisterMap *ends = hir_allocate(function, blocks * sizeof *ends);
  bool *reached = hir_allocate(function, blocks);
  for (uint32_t i = 0; i < blocks; i++) {
    entries[i].nodes = hir_allocate(function, count * sizeof(HirNode *));
    ends[i].nodes = hir_allocate(function, count * sizeof(HirNode *));
  }
  RegisterMap now = {hir_allocate(function, count * sizeof(HirNode *))};
  enum { ROUNDS = 20 }; // rarely more than three; then nothing is taken for known at the beginning of blocks
  unsigned round = 0;
  for (bool changed = true; changed; round++) {
    changed = false;
    for (HirBlock *block = function->entry; block; block = block->next) {
      RegisterMap *entry = &entries[block->order];
      for (uint32_t i = 0; i < count; i++)
        entry->nodes[i] = block == function->entry || round > ROUNDS ? NULL : merge(block, ends, reached, i);
      memcpy(now.nodes, entry->nodes, count * sizeof(HirNode *));
      for (HirNode *node = block->first; node; node = node->next) register_map_step(function, node, &now, count);
      if (reached[block->order] && memcmp(now.nodes, ends[block->order].nodes, count * sizeof(HirNode *)) == 0)
        continue;
      memcpy(ends[block->order].nodes, now.nodes, count * sizeof(HirNode *));
      reached[block->order] = true;
      changed = true;
    }
  }
  return entries;
}
