// Gives phis of ints, floats and bools their own representation instead of a VALUE.
//
// Two steps. First, guards inside loops on what a loop phi holds move to the loop's entry, where that makes the phi an
// int (float, bool) for good: its inputs from the back edges are known to be, only the one from outside is not. Then
// phis that hold one kind are unboxed in webs (phis that feed each other), where conversions saved outweigh those that
// are added. States take values of any representation, so leaving needs no boxes while nobody leaves.
#include "jit/passes.h"

#include <stdlib.h>

static const struct {
  uint8_t kind;
  HirOp guard, box, unbox;
  HirRepresentation representation;
} unboxings[] = {
    {KIND_INT, HIR_GUARD_INT, HIR_BOX_INT, HIR_UNBOX_INT, HIR_INT},
    {KIND_FLOAT, HIR_GUARD_FLOAT, HIR_BOX_DOUBLE, HIR_UNBOX_DOUBLE, HIR_DOUBLE},
    {KIND_BOOL, HIR_GUARD_BOOL, HIR_BOX_BOOL, HIR_UNBOX_BOOL, HIR_BOOL},
};
enum { UNBOXINGS = 3 };

static int unboxing_of_kinds(uint8_t kinds) {
  for (int i = 0; i < UNBOXINGS; i++)
    if (unboxings[i].kind == kinds) return i;
  return -1;
}
static int unboxing_of_guard(HirOp op) {
  for (int i = 0; i < UNBOXINGS; i++)
    if (unboxings[i].guard == op) return i;
  return -1;
}

// Guards at loop entries

static bool dominates_back_edges(const HirBlock *block, const HirBlock *header) {
  for (uint32_t i = 0; i < header->predecessor_count; i++)
    if (hir_is_back_edge(header, header->predecessors[i]) && !hir_dominates(block, header->predecessors[i]))
      return false;
  return true;
}

// `value`, a phi of a loop header, is guarded in each iteration: its `data` becomes the kind asked for.
static void note_guard(HirNode *value, const HirBlock *block, int which) {
  if (value->op != HIR_PHI || value->representation != HIR_VALUE || value->data) return;
  const HirBlock *header = value->block;
  if (!header->is_loop_header || !hir_in_loop(block, header) || !hir_may_guard_at_entry(header)) return;
  if (!hir_loop_entry(header) || !dominates_back_edges(block, header)) return;
  value->data = unboxings[which].kind;
}

static void find_guarded_phis(HirFunction *function) {
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next) node->data = 0;
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next) {
      int which = unboxing_of_guard(node->op);
      if (which >= 0) note_guard(node->inputs[0], block, which);
    }
  // A phi of an outer loop that is guarded at the entry of an inner one. Inner loops come later in the order.
  for (bool changed = true; changed;) {
    changed = false;
    for (HirBlock *block = function->entry; block; block = block->next)
      for (HirNode *phi = block->first; phi && phi->op == HIR_PHI; phi = phi->next) {
        if (!phi->data) continue;
        HirBlock *entry = hir_loop_entry(block);
        for (uint32_t i = 0; i < phi->input_count; i++) {
          if (block->predecessors[i] != entry) continue;
          uint64_t before = phi->inputs[i]->data;
          note_guard(phi->inputs[i], entry, unboxing_of_kinds((uint8_t)phi->data));
          changed |= phi->inputs[i]->data != before;
        }
      }
  }
}

// Drops the phis that would not hold one kind even with a guard at the loop's entry.
static void keep_sufficient(HirFunction *function) {
  for (bool changed = true; changed;) {
    changed = false;
    hir_infer_types(function, true);
    for (HirBlock *block = function->entry; block; block = block->next)
      for (HirNode *phi = block->first; phi && phi->op == HIR_PHI; phi = phi->next)
        if (phi->data && phi->kinds != phi->data) {
          phi->data = 0;
          changed = true;
        }
  }
}

static void guard_entry(HirFunction *function, HirNode *phi) {
  HirBlock *header = phi->block, *entry = hir_loop_entry(header);
  for (uint32_t i = 0; i < phi->input_count; i++) {
    HirNode *value = phi->inputs[i];
    if (header->predecessors[i] != entry || value->kinds == phi->data) continue;
    int which = unboxing_of_kinds((uint8_t)phi->data);
    HirNode *guard = hir_insert(function, entry->last, unboxings[which].guard, value, NULL);
    guard->kinds = unboxings[which].kind;
    guard->state = header->entry_state;
    phi->inputs[i] = guard;
  }
}

static void guard_loop_entries(HirFunction *function) {
  hir_find_loops(function);
  find_guarded_phis(function);
  keep_sufficient(function);
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *phi = block->first; phi && phi->op == HIR_PHI; phi = phi->next)
      if (phi->data) guard_entry(function, phi);
}

// Webs: union-find over phis of one kind. `data` of a phi: its number + 1.

typedef struct Web {
  HirNode *phi;
  HirNode *unboxed; // the phi that replaces it
  uint32_t parent;
  double gain; // conversions saved, by how often they would run
} Web;

static uint32_t web_find(Web *webs, uint32_t number) {
  while (webs[number].parent != number) number = webs[number].parent = webs[webs[number].parent].parent;
  return number;
}

static double weight(const HirBlock *block) {
  double result = block->is_cold ? 0.01 : 1;
  for (uint32_t depth = block->loop_depth; depth > 0; depth--) result *= 8;
  return result;
}

static Web *web_of(Web *webs, const HirNode *node) {
  return node->op == HIR_PHI && node->data ? &webs[node->data - 1] : NULL;
}

static void gain_add(Web *webs, const HirNode *phi, double gain) {
  webs[web_find(webs, (uint32_t)phi->data - 1)].gain += gain;
}

static uint32_t collect_webs(HirFunction *function, Web **webs) {
  uint32_t count = 0;
  for (int round = 0; round < 2; round++) {
    if (round == 1) *webs = hir_allocate(function, (count + 1) * sizeof **webs);
    count = 0;
    for (HirBlock *block = function->entry; block; block = block->next)
      for (HirNode *node = block->first; node; node = node->next) {
        node->data = 0;
        if (node->op != HIR_PHI || node->representation != HIR_VALUE || unboxing_of_kinds(node->kinds) < 0) continue;
        if (round == 1) (*webs)[count] = (Web){.phi = node, .parent = count};
        node->data = ++count;
      }
  }
  return count;
}

static void join_webs(Web *webs, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    for (uint32_t j = 0; j < webs[i].phi->input_count; j++) {
      const HirNode *input = webs[i].phi->inputs[j];
      if (web_of(webs, input)) webs[web_find(webs, (uint32_t)input->data - 1)].parent = web_find(webs, i);
    }
}

static void count_gains(HirFunction *function, Web *webs, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const HirNode *phi = webs[i].phi;
    HirOp box = unboxings[unboxing_of_kinds(phi->kinds)].box;
    for (uint32_t j = 0; j < phi->input_count; j++) {
      const HirNode *input = phi->inputs[j];
      if (web_of(webs, input) || input->op == HIR_CONST) continue;
      gain_add(webs, phi, weight(phi->block->predecessors[j]) * (input->op == box ? 1.0 : -1.0));
    }
  }
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next) {
      if (web_of(webs, node) || hir_node_is_virtual(node)) continue;
      for (uint32_t i = 0; i < node->input_count; i++) {
        const HirNode *input = node->inputs[i];
        if (!web_of(webs, input)) continue;
        bool unboxes = node->op == unboxings[unboxing_of_kinds(input->kinds)].unbox;
        const HirBlock *where = node->op == HIR_PHI ? block->predecessors[i] : block;
        gain_add(webs, input, weight(where) * (unboxes ? 1.0 : -1.0));
      }
    }
}

static void unbox_phi(HirFunction *function, Web *web) {
  HirNode *phi = web->phi;
  int which = unboxing_of_kinds(phi->kinds);
  web->unboxed = hir_node_new(function, HIR_PHI, phi->input_count, phi->inputs);
  web->unboxed->representation = unboxings[which].representation;
  web->unboxed->kinds = 0;
  hir_node_insert_before(web->unboxed, phi);
  HirNode *box = hir_insert(function, hir_block_body(phi->block), unboxings[which].box, web->unboxed, NULL);
  for (uint32_t i = 0; i < phi->input_count; i++) {
    HirNode *end = phi->block->predecessors[i]->last;
    web->unboxed->inputs[i] = hir_insert(function, end, unboxings[which].unbox, phi->inputs[i], NULL);
  }
  hir_substitute(phi, box);
}

// What states hold boxed may as well be unboxed: it is boxed when it is left to.
static HirNode *without_box(HirNode *value) {
  bool is_box = value->op == HIR_BOX_INT || value->op == HIR_BOX_DOUBLE || value->op == HIR_BOX_BOOL;
  return is_box ? hir_node_input(value, 0) : value;
}

static void unbox_state(HirState *state, bool *seen) {
  if (!state || seen[state->id]) return;
  seen[state->id] = true;
  for (uint32_t i = 0; i < state->count; i++) {
    HirNode *value = hir_state_register(state, i);
    if (value) state->registers[i] = without_box(value);
  }
}

static void unbox_states(HirFunction *function) {
  bool *seen = hir_allocate(function, function->state_count + 1);
  for (HirBlock *block = function->entry; block; block = block->next) {
    unbox_state(block->entry_state, seen);
    for (HirNode *node = block->first; node; node = node->next) {
      unbox_state(node->state, seen);
      for (uint32_t i = 0; hir_node_is_virtual(node) && i < node->input_count; i++)
        node->inputs[i] = without_box(hir_node_input(node, i));
    }
  }
}

void pass_unbox(HirFunction *function) {
  pass_types(function);
  guard_loop_entries(function);
  pass_types(function);
  hir_remove_unused(function);
  hir_find_loops(function);
  Web *webs = NULL;
  uint32_t count = collect_webs(function, &webs);
  join_webs(webs, count);
  count_gains(function, webs, count);
  for (uint32_t i = 0; i < count; i++)
    if (webs[web_find(webs, i)].gain > 0) unbox_phi(function, &webs[i]);
  hir_resolve_uses(function);
  pass_types(function);
  unbox_states(function);
}
