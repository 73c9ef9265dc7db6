// Sequences of nodes; the rest of the tree's code is generated from ast.nodes.
#include "frontend/ast.h"

static AstSequence empty_sequence;
void *const ast_empty_sequence = &empty_sequence;

void *ast_new_sequence(Arena *arena, size_t count) {
  if (count == 0) return ast_empty_sequence;
  if (count > UINT32_MAX) return NULL;
  AstSequence *sequence = arena_allocate(arena, sizeof(AstSequence) + count * sizeof(void *));
  if (sequence) sequence->count = (uint32_t)count;
  return sequence;
}

AstComparisonSequence *ast_new_comparisons(Arena *arena, size_t count) {
  if (count == 0) return ast_empty_sequence;
  if (count > UINT32_MAX) return NULL;
  AstComparisonSequence *sequence = arena_allocate(arena, sizeof(AstComparisonSequence) + count);
  if (sequence) sequence->count = (uint32_t)count;
  return sequence;
}
