// Functions that nobody sees are not made: comprehensions, which are called where they stand, and by code that is
// inlined.
//
// A function escapes when it is used by anything but loads of what it is made of, guards and exits, or when the
// interpreter sees it in mid-flight, in the state of a node that calls. So nobody can have assigned to one that does
// not escape, and its fields are what it was made of. Exits make it (VIRTUAL_FUNCTION). This goes in front of `types`
// and `values`, for which its closure is a new tuple then, and of `escape`, which removes that.
#include "jit/passes.h"

#include "runtime/object/function.h"

// Candidates have their `mark` set.

// Which input of a NEW_FUNCTION the field holds; UINT32_MAX: none.
static uint32_t input_at(int64_t offset) {
  switch (offset) {
  case offsetof(Function, code):
    return 0;
  case offsetof(Function, globals):
    return 1;
  case offsetof(Function, builtins):
    return 2;
  case offsetof(Function, closure):
    return 3;
  default:
    return UINT32_MAX;
  }
}

static bool use_is_harmless(const HirNode *user) {
  return user->op == HIR_GUARD_BOUND || user->op == HIR_GUARD_UNWATCHED ||
         (user->op == HIR_LOAD_FIELD && input_at(user->payload.number) != UINT32_MAX);
}

static HirNode *made_function(HirNode *value) {
  HirNode *object = value ? hir_identity(value) : NULL;
  return object && object->op == HIR_NEW_FUNCTION ? object : NULL;
}
static void escape(HirNode *value) {
  HirNode *function = made_function(value);
  if (function) function->mark = false;
}

static void escape_from(HirNode *node) {
  for (uint32_t i = 0; i < node->input_count; i++)
    if (!use_is_harmless(node)) escape(node->inputs[i]);
  if (!(hir_node_flags(node) & HIR_CALLS)) return;
  for (uint32_t i = 0; i < node->state->count; i++) escape(node->state->registers[i]);
  for (const HirInline *frame = node->state->frame; frame; frame = frame->caller) escape(frame->function);
}

// What would end with a function that is not made is its closure.
static void unwatch(HirFunction *function, HirNode *guard) {
  for (uint32_t i = 0; i < guard->input_count; i++) {
    HirNode *made = made_function(guard->inputs[i]);
    if (!made || !made->mark) continue;
    HirNode *before = guard->previous;
    const HirBlock *block = guard->block;
    hir_unwatch_contents(function, guard, made, &made->inputs[3], 1); // which removes the guard
    HirNode *other = before ? before->next : block->first;
    if (other && other->op == HIR_GUARD_UNWATCHED) unwatch(function, other);
    return;
  }
}

void pass_functions(HirFunction *function) {
  uint32_t count = 0;
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next) {
      node->mark = node->op == HIR_NEW_FUNCTION;
      count += node->mark;
    }
  if (count == 0) return;
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next) escape_from(node);
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first, *next; node; node = next) {
      next = node->next;
      if (node->op == HIR_GUARD_UNWATCHED) unwatch(function, node);
      if (node->op != HIR_LOAD_FIELD && node->op != HIR_GUARD_BOUND) continue;
      HirNode *made = made_function(node->inputs[0]);
      if (!made || !made->mark) continue;
      hir_substitute(node, node->op == HIR_GUARD_BOUND ? made : hir_node_input(made, input_at(node->payload.number)));
    }
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next) {
      if (node->op != HIR_NEW_FUNCTION || !node->mark) continue;
      node->op = HIR_VIRTUAL_FUNCTION;
      node->state = NULL;
    }
  hir_resolve_uses(function);
}
