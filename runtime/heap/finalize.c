// Finalizers: cells that must be told before they are freed.
//
// After marking, every unreached finalizable cell is put into a queue, and is marked with all that it refers to: it
// lives on until its finalizer has run, and then dies like any other cell unless the finalizer made it reachable again.
// The order is that of reference counting as nearly as possible: youngest first, and what a cell refers to after it.
#include "runtime/heap/finalize.h"
#include "runtime/heap/heap_state.h"
#include "runtime/object/shape.h"
#include "runtime/thread/safepoint.h"

void (*finalize_hook)(Value cell);

void heap_set_prompt(void *cell) {
  if (cell_has_flag(cell, CELL_PROMPT) || cell_shape(cell)->type->is_durable) return;
  cell_set_flag(cell, CELL_PROMPT);
  if (cell_is_young(cell)) __atomic_fetch_add(&the_heap.young_prompt, 1, __ATOMIC_RELAXED);
}

void heap_set_finalizable(void *cell) {
  cell_set_flag(cell, CELL_FINALIZABLE);
  heap_set_prompt(cell);
  pthread_mutex_lock(&the_heap.lock);
  bool young = cell_is_young(cell);
  pointer_list_must_push(young ? &the_heap.finalizable_young : &the_heap.finalizable_old, cell);
  pthread_mutex_unlock(&the_heap.lock);
}

void heap_clear_finalizable(void *cell) {
  cell_clear_flag(cell, CELL_FINALIZABLE); // the next collection takes it from the list
  if (!cell_has_flag(cell, CELL_PROMPT) || cell_has_flag(cell, CELL_WEAKLY_REFERENCED)) return;
  cell_clear_flag(cell, CELL_PROMPT);
  if (cell_is_young(cell)) __atomic_fetch_sub(&the_heap.young_prompt, 1, __ATOMIC_RELAXED);
}

void heap_suspend_prompt(bool suspended) {
  the_heap.prompt_suspended = suspended;
}

void heap_settle_finalizable(void) {
  Heap *heap = &the_heap;
  pthread_mutex_lock(&heap->lock);
  pointer_list_append(&heap->finalizable_settled, &heap->finalizable_young);
  pointer_list_append(&heap->finalizable_settled, &heap->finalizable_old);
  heap->finalizable_young.count = heap->finalizable_old.count = 0;
  pthread_mutex_unlock(&heap->lock);
}

void finalize_found(Cell *cell) {
  // Its weak references are cleared when it dies, which is after the finalizers.
  if (cell->flags & CELL_WEAKLY_REFERENCED) the_heap.collect_again = true;
  if (!(cell->flags & CELL_FINALIZABLE)) return;
  cell_clear_flag(cell, CELL_FINALIZABLE);
  cell_set_flag(cell, CELL_FINALIZED);
  pointer_list_must_push(&the_heap.finalize_queue, cell);
}

static void list_find_dead(Tracer *tracer, PointerList *list) {
  for (size_t i = list->count; i-- > 0;) {
    Cell *cell = list->items[i];
    if (tracer_is_live(tracer, cell) || !(cell->flags & CELL_FINALIZABLE)) continue;
    mark_value(tracer, value_from_cell(cell));
    mark_drain(tracer);
  }
}

// Drops the queued cells from `list`; those that have become old move to the old list.
static void list_keep_live(PointerList *list) {
  size_t kept = 0;
  for (size_t i = 0; i < list->count; i++) {
    Cell *cell = list->items[i];
    if (!(cell->flags & CELL_FINALIZABLE)) continue;
    if (list == &the_heap.finalizable_young && !cell_is_young(cell))
      pointer_list_must_push(&the_heap.finalizable_old, cell);
    else
      list->items[kept++] = cell;
  }
  list->count = kept;
}

void finalize_process(Tracer *tracer) {
  Heap *heap = &the_heap;
  bool full = tracer->kind == COLLECT_FULL;
  tracer->finding_finalizable = true;
  list_find_dead(tracer, &heap->finalizable_young);
  list_find_dead(tracer, &heap->finalizable_settled);
  if (full) list_find_dead(tracer, &heap->finalizable_old);
  tracer->finding_finalizable = false;
  if (full) list_keep_live(&heap->finalizable_old);
  list_keep_live(&heap->finalizable_young);
  list_keep_live(&heap->finalizable_settled);
}

void finalize_mark_queues(Tracer *tracer) {
  Heap *heap = &the_heap;
  for (size_t i = heap->finalize_next; i < heap->finalize_queue.count; i++)
    mark_value(tracer, value_from_cell(heap->finalize_queue.items[i]));
  for (size_t i = heap->died_next; i < heap->died_queue.count; i++)
    mark_value(tracer, value_from_cell(heap->died_queue.items[i]));
}

static bool queue_is_empty(const PointerList *queue, size_t next) {
  return next == queue->count;
}

bool finalize_is_pending(void) {
  Heap *heap = &the_heap;
  pthread_mutex_lock(&heap->lock);
  bool pending = !queue_is_empty(&heap->finalize_queue, heap->finalize_next) ||
                 !queue_is_empty(&heap->died_queue, heap->died_next);
  pthread_mutex_unlock(&heap->lock);
  return pending;
}

static bool list_is_wanted(const PointerList *list) {
  for (size_t i = 0; i < list->count; i++)
    if (((Cell *)list->items[i])->flags & CELL_FINALIZABLE) return true;
  return false;
}
bool finalize_is_wanted(void) {
  return list_is_wanted(&the_heap.finalizable_young) || list_is_wanted(&the_heap.finalizable_old) ||
         finalize_is_pending();
}

static Cell *queue_take(PointerList *queue, size_t *next) {
  pthread_mutex_lock(&the_heap.lock);
  Cell *cell = queue_is_empty(queue, *next) ? NULL : queue->items[(*next)++];
  if (queue_is_empty(queue, *next)) queue->count = *next = 0;
  pthread_mutex_unlock(&the_heap.lock);
  return cell;
}

// Runs the first of what is queued; false: nothing was.
static bool run_one(void) {
  Heap *heap = &the_heap;
  Cell *cell;
  if ((cell = queue_take(&heap->died_queue, &heap->died_next))) {
    if (weak_died_hook) weak_died_hook(cell);
  } else if ((cell = queue_take(&heap->finalize_queue, &heap->finalize_next))) {
    if (finalize_hook) finalize_hook(value_from_cell(cell));
  }
  return cell;
}

void heap_run_pending(void) {
  enum { DEPTH_LIMIT = 8 };
  Thread *thread = thread_current();
  atomic_fetch_and_explicit(&thread->poll, ~(uint32_t)POLL_PENDING, memory_order_relaxed);
  // What runs here may come here again, at its own polls: one loop must not pile upon the other.
  if (thread->finalizer_depth >= DEPTH_LIMIT) return;
  thread->finalizer_depth++;
  while (run_one());
  thread->finalizer_depth--;
}
