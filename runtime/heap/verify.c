// The heap verifier: checks, with the world stopped, what every collection relies on.
#include "runtime/heap/heap_state.h"
#include "runtime/object/frame.h"
#include "runtime/object/shape.h"
#include "runtime/thread/safepoint.h"
#include <stdio.h>
#include <stdlib.h>

[[noreturn]] static void violation(const Cell *cell, const char *message) {
  const Shape *shape = shape_at_word(cell->shape);
  fprintf(stderr, "krait: heap violation: cell %p (%s) %s\n", (const void *)cell, shape ? shape->type->name : "?",
          message);
  abort();
}

// Cells that frames refer to: among them are running generators, whose registers are written without barrier, but are
// roots as long as they run.
static PointerList framed;
static void note_framed(Value value, [[maybe_unused]] void *context) {
  if (value_is_cell(value)) pointer_list_must_push(&framed, value_cell(value));
}
static void note_thread(Thread *thread, void *context) {
  frames_trace(thread, context);
}
static bool is_framed(const Cell *cell) {
  for (size_t i = 0; i < framed.count; i++)
    if (framed.items[i] == cell) return true;
  return false;
}

static void verify_reference(Value value, void *context) {
  const Cell *owner = context;
  if (!value_is_cell(value)) return;
  Cell *before, *target = value_cell(value);
  if (find_cell((uintptr_t)target, &before) != target) violation(owner, "refers to something that is no cell");
  if (cell_is_young(owner) || !cell_is_young(target)) return;
  bool remembered = owner->mark & MARK_LARGE ? cell_large(owner)->remembered : owner->mark & MARK_QUIET;
  if (!remembered && !is_framed(owner)) violation(owner, "is old, refers to a young cell, and is not remembered");
}

static void verify_cell(Cell *cell, [[maybe_unused]] void *context) {
  if (shape_at_word(cell->shape) != shape_from_word(cell->shape)) violation(cell, "has no valid shape");
  if (!cell_is_young(cell) && (cell->mark & MARK_COLOR) != the_heap.color) violation(cell, "has a stale color");
  heap_each_reference(cell, verify_reference, cell);
}

void heap_verify(void) {
  Tracer tracer = {.visit = note_framed};
  world_stop();
  framed.count = 0;
  thread_each(note_thread, &tracer);
  heap_each_cell(verify_cell, NULL);
  world_start();
}
