// The heap verifier: checks, with the world stopped, what every collection relies on.
#include "runtime/heap/heap_state.h"
#include "runtime/object/shape.h"
#include "runtime/thread/safepoint.h"
#include <stdio.h>
#include <stdlib.h>

[[noreturn]] static void violation(const Cell *cell, const char *message) {
  fprintf(stderr, "krait: heap violation: cell %p: %s\n", (const void *)cell, message);
  abort();
}

typedef struct Verification {
  Cell *owner;
} Verification;

static void verify_reference(Value value, void *context) {
  Verification *verification = context;
  if (!value_is_cell(value)) return;
  Cell *before, *target = value_cell(value), *owner = verification->owner;
  if (find_cell((uintptr_t)target, &before) != target) violation(owner, "refers to something that is no cell");
  if (cell_is_young(owner) || !cell_is_young(target)) return;
  bool remembered = owner->mark & MARK_LARGE ? cell_large(owner)->remembered : owner->mark & MARK_QUIET;
  if (!remembered) violation(owner, "is old, refers to a young cell, and is not remembered");
}

static void verify_cell(Cell *cell, [[maybe_unused]] void *context) {
  if (shape_at_word(cell->shape) != shape_from_word(cell->shape)) violation(cell, "has no valid shape");
  if (!cell_is_young(cell) && (cell->mark & MARK_COLOR) != the_heap.color) violation(cell, "has a stale color");
  Verification verification = {.owner = cell};
  heap_each_reference(cell, verify_reference, &verification);
}

void heap_verify(void) {
  heap_each_cell(verify_cell, NULL);
}
