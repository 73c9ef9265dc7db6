// Guards that cost nothing: on lookup results, versions of functions and classes, special methods of classes, and
// globals that are rarely written.
//
// Whoever changes one of these says so (trust_broken), and the code that relies on it becomes invalid. Running code
// finds out behind its next call (RECHECK), since nothing else of what it does itself changes such things; and when
// another thread has changed them, at a poll. So such a guard needs no instructions where a RECHECK lies on every way
// from the last call. Elsewhere (bool() may have called __bool__) it looks, as other guards do.
#include "jit/lower_internal.h"

#include "runtime/object/attributes.h"
#include "runtime/object/class.h"
#include "runtime/object/dict.h"

static bool ends_unchecked(const HirBlock *block, bool unchecked) {
  for (const HirNode *node = block->first; node; node = node->next) {
    if (node->op == HIR_RECHECK)
      unchecked = false;
    else if (hir_node_flags(node) & HIR_CALLS)
      unchecked = true;
  }
  return unchecked;
}

bool *lower_find_unchecked(HirFunction *function) {
  uint32_t blocks = function->last_block->order + 1;
  bool *entries = hir_allocate(function, blocks), *ends = hir_allocate(function, blocks);
  for (bool changed = true; changed;) {
    changed = false;
    for (HirBlock *block = function->entry; block; block = block->next) {
      bool unchecked = false;
      for (uint32_t i = 0; i < block->predecessor_count; i++) unchecked |= ends[block->predecessors[i]->order];
      bool end = ends_unchecked(block, unchecked);
      changed |= end != ends[block->order];
      entries[block->order] = unchecked;
      ends[block->order] = end;
    }
  }
  return entries;
}

// The word of a cell that the node is: a special method of a class, a global's value.
static bool trust_word(HirNode *load, Trust *trust) {
  load = hir_resolve(load);
  if (load->op != HIR_LOAD_FIELD) return false;
  HirNode *owner = hir_node_input(load, 0);
  if (owner->op != HIR_CONST) return false;
  Value cell = owner->payload.value;
  size_t offset = (size_t)load->payload.number;
  trust->cell = value_cell(cell);
  trust->offset = (uint32_t)offset;
  if (value_is_class(cell)) {
    trust->kind = TRUST_FIELD;
    return offset >= offsetof(Class, special) && offset < offsetof(Class, special) + SPECIAL_COUNT * sizeof(Value);
  }
  trust->kind = TRUST_GLOBAL;
  return value_is_global_cell(cell) && offset == offsetof(GlobalCell, value);
}

// GUARD_TRUE of "this global is empty".
static bool trust_empty(HirNode *condition, Trust *trust) {
  if (condition->op != HIR_IS) return false;
  HirNode *empty = hir_node_input(condition, 1);
  trust->value = NULL;
  return empty->op == HIR_CONST && !empty->payload.value && trust_word(condition->inputs[0], trust) &&
         trust->kind == TRUST_GLOBAL;
}

static bool find_trust(HirNode *node, Trust *trust) {
  switch (node->op) {
  case HIR_GUARD_VALID:
    trust->kind = TRUST_RESULT;
    trust->cell = node->payload.pointer;
    return true;
  case HIR_GUARD_VERSION:
  case HIR_GUARD_CLASS_VERSION: {
    HirNode *cell = hir_node_input(node, 0);
    if (cell->op != HIR_CONST) return false;
    trust->kind = node->op == HIR_GUARD_VERSION ? TRUST_FUNCTION : TRUST_CLASS;
    trust->cell = value_cell(cell->payload.value);
    trust->version = (uint32_t)node->payload.number;
    return true;
  }
  case HIR_GUARD_IDENTITY:
    trust->value = node->payload.value;
    return trust_word(node->inputs[0], trust);
  case HIR_GUARD_TRUE:
    return trust_empty(hir_node_input(node, 0), trust);
  default:
    return false;
  }
}

bool lower_trust(Lower *lower, HirNode *node) {
  if (node->op == HIR_RECHECK)
    lower->unchecked = false;
  else if (hir_node_flags(node) & HIR_CALLS)
    lower->unchecked = true;
  Trust trust = {0};
  if (lower->unchecked || !find_trust(node, &trust)) return false;
  trust.code = node->state->frame->code;
  trust.word = node->state->word;
  if (!code_data_add_trust(lower->request->data, &trust)) compile_give_up("out of memory");
  return true;
}
