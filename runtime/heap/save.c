// Saving the dead: what gc.DEBUG_SAVEALL asks for.
//
// While it is on, a collection keeps the unreachable cells that reference counts would not have freed: those in cycles,
// and what they refer to. They are found as follows: references between dead cells are counted; whoever has none is
// taken away, with what it refers to counted down, until nobody without references is left. What remains is marked
// again and waits in a list, a root, until somebody takes it.
#include "runtime/heap/heap_state.h"
#include "runtime/thread/safepoint.h"

#include <stdlib.h>

typedef struct Dead {
  Cell *cell;
  size_t references; // from other dead cells that are left
} Dead;
typedef struct Graveyard {
  const Tracer *tracer;
  Dead *items; // by address
  size_t count, capacity;
  PointerList lonely; // without references: to be taken away
  bool failed;        // out of memory: nothing is saved
} Graveyard;

static void bury(Cell *cell, void *context) {
  Graveyard *graveyard = context;
  if (graveyard->failed || tracer_is_live(graveyard->tracer, cell)) return;
  if (graveyard->count == graveyard->capacity) {
    size_t capacity = graveyard->capacity ? 2 * graveyard->capacity : 1024;
    Dead *items = realloc(graveyard->items, capacity * sizeof *items);
    graveyard->failed = !items;
    if (!items) return;
    graveyard->items = items;
    graveyard->capacity = capacity;
  }
  graveyard->items[graveyard->count++] = (Dead){cell, 0};
}

static int compare_addresses(const void *left, const void *right) {
  uintptr_t a = (uintptr_t)((const Dead *)left)->cell, b = (uintptr_t)((const Dead *)right)->cell;
  return (a > b) - (a < b);
}
static Dead *find_dead(const Graveyard *graveyard, Value value) {
  Dead key = {.cell = value_is_cell(value) ? value_cell(value) : NULL};
  return key.cell && graveyard->count ? bsearch(&key, graveyard->items, graveyard->count, sizeof key, compare_addresses)
                                      : NULL;
}

static void count_reference(Value value, void *context) {
  Dead *dead = find_dead(context, value);
  if (dead) dead->references++;
}
static void drop_reference(Value value, void *context) {
  Graveyard *graveyard = context;
  Dead *dead = find_dead(graveyard, value);
  if (dead && --dead->references == 0 && !pointer_list_push(&graveyard->lonely, dead)) graveyard->failed = true;
}

// Leaves a count of zero exactly to what reference counts would have freed.
static void take_the_lonely(Graveyard *graveyard) {
  for (size_t i = 0; i < graveyard->count; i++)
    heap_each_reference(graveyard->items[i].cell, count_reference, graveyard);
  for (size_t i = 0; i < graveyard->count && !graveyard->failed; i++)
    if (graveyard->items[i].references == 0 && !pointer_list_push(&graveyard->lonely, &graveyard->items[i]))
      graveyard->failed = true;
  while (graveyard->lonely.count > 0 && !graveyard->failed) {
    Dead *dead = graveyard->lonely.items[--graveyard->lonely.count];
    heap_each_reference(dead->cell, drop_reference, graveyard);
  }
}

void save_dead(Tracer *tracer) {
  Graveyard graveyard = {.tracer = tracer};
  blocks_each_cell(bury, &graveyard);
  qsort(graveyard.items, graveyard.count, sizeof *graveyard.items, compare_addresses);
  if (!graveyard.failed) take_the_lonely(&graveyard);
  for (size_t i = 0; i < graveyard.count && !graveyard.failed; i++) {
    Dead *dead = &graveyard.items[i];
    if (dead->references == 0 || !pointer_list_push(&the_heap.saved, dead->cell)) continue;
    mark_value(tracer, value_from_cell(dead->cell));
  }
  mark_drain(tracer);
  free(graveyard.items);
  pointer_list_free(&graveyard.lonely);
}

void save_mark(Tracer *tracer) {
  for (size_t i = 0; i < the_heap.saved.count; i++) mark_value(tracer, value_from_cell(the_heap.saved.items[i]));
}

void heap_save_dead(bool saves) {
  the_heap.saves = saves;
}

void heap_take_saved(void (*take)(Cell *cell, void *context), void *context) {
  world_stop();
  for (size_t i = 0; i < the_heap.saved.count; i++) take(the_heap.saved.items[i], context);
  pointer_list_free(&the_heap.saved);
  world_start();
}
