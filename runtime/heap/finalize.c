// Finalizers: cells that must be told before they are freed.
//
// After marking, every unreached finalizable cell is put into a queue, and is marked with all that it refers to: it
// lives on until its finalizer has run, and then dies like any other cell unless the finalizer made it reachable again.
// The order is that of reference counting as nearly as possible: youngest first, and what a cell refers to after it.
// They run in whichever thread comes first, but not in the middle of a `with lock`.
#include "runtime/heap/finalize.h"
#include "runtime/heap/heap_state.h"
#include "runtime/object/shape.h"
#include "runtime/thread/safepoint.h"
#include <string.h>

void (*finalize_hook)(Value cell);
bool (*finalize_may_lock_hook)(Value cell);

// Every coroutine comes and goes through these: while there is one thread they need no atomic operations.
static void set_flags(Cell *cell, uint16_t flags) {
  if (threads_started)
    cell_set_flag(cell, flags);
  else
    cell->flags |= flags;
}
static void clear_flags(Cell *cell, uint16_t flags) {
  if (threads_started)
    cell_clear_flag(cell, flags);
  else
    cell->flags &= (uint16_t)~flags;
}
static void count_watching(ptrdiff_t by) {
  if (threads_started)
    __atomic_fetch_add(&the_heap.young_prompt, (size_t)by, __ATOMIC_RELAXED);
  else
    the_heap.young_prompt += (size_t)by;
}

// Threads count for themselves, so that two that make generators write nothing in common. The heap's count, which
// everybody looks at, is of threads: one that has found it necessary to be counted remains so until the next
// collection, or if it is alone, until it has cleared what it has flagged.
void heap_set_prompt(void *cell) {
  if (cell_has_flag(cell, CELL_PROMPT) || cell_shape(cell)->type->is_durable) return;
  set_flags(cell, CELL_PROMPT);
  if (!cell_is_young(cell)) return;
  ThreadHeap *own = thread_current()->heap;
  own->young_prompt++;
  if (own->watches) return;
  own->watches = true;
  count_watching(1);
}

static void forget_prompt(const Cell *cell) {
  if (!cell_is_young(cell)) return;
  ThreadHeap *own = thread_current()->heap;
  if (--own->young_prompt != 0 || !own->watches || thread_count() > 1) return;
  own->watches = false;
  count_watching(-1);
}

void heap_set_finalizable(void *cell) {
  set_flags(cell, CELL_FINALIZABLE);
  heap_set_prompt(cell);
  pointer_list_must_push(&thread_current()->heap->finalizable, cell);
}

void heap_clear_finalizable(void *cell) {
  // The next collection takes it from the list.
  bool was_prompt = cell_has_flag(cell, CELL_PROMPT) && !cell_has_flag(cell, CELL_WEAKLY_REFERENCED);
  clear_flags(cell, was_prompt ? CELL_FINALIZABLE | CELL_PROMPT : CELL_FINALIZABLE);
  if (was_prompt) forget_prompt(cell);
}

void heap_suspend_prompt(bool suspended) {
  the_heap.prompt_suspended = suspended;
}

static void take_finalizable(Thread *thread, [[maybe_unused]] void *context) {
  PointerList *list = &thread->heap->finalizable;
  pointer_list_append(&the_heap.finalizable_young, list);
  list->count = 0;
}

void heap_settle_finalizable(void) {
  Heap *heap = &the_heap;
  world_stop();
  thread_each(take_finalizable, NULL);
  pointer_list_append(&heap->finalizable_settled, &heap->finalizable_young);
  pointer_list_append(&heap->finalizable_settled, &heap->finalizable_old);
  heap->finalizable_young.count = heap->finalizable_old.count = 0;
  world_start();
}

void finalize_found(Cell *cell) {
  // Its weak references are cleared when it dies, which is after the finalizers.
  if (cell->flags & CELL_WEAKLY_REFERENCED) the_heap.collect_again = true;
  if (!(cell->flags & CELL_FINALIZABLE)) return;
  cell_clear_flag(cell, CELL_FINALIZABLE);
  cell_set_flag(cell, CELL_FINALIZED);
  pointer_list_must_push(&the_heap.finalize_queue, cell);
}

// A dead cell that refers to itself, by whatever way, would be found by CPython's collector, which clears weak
// references first. Others would be finalized while their weak references still lead to them.
static void list_find_dead(Tracer *tracer, PointerList *list) {
  for (size_t i = list->count; i-- > 0;) {
    Cell *cell = list->items[i];
    if (tracer_is_live(tracer, cell) || !(cell->flags & CELL_FINALIZABLE)) continue;
    tracer->sought = tracer->kind == COLLECT_PROMPT && cell->flags & CELL_WEAKLY_REFERENCED ? cell : NULL;
    tracer->sought_met = 0;
    mark_value(tracer, value_from_cell(cell));
    mark_drain(tracer);
    if (tracer->sought_met > 1) weak_clear_target(tracer, cell);
    tracer->sought = NULL;
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
  thread_each(take_finalizable, NULL);
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

void finalize_count_queued(void) {
  Heap *heap = &the_heap;
  size_t queued = heap->finalize_queue.count - heap->finalize_next + heap->died_queue.count - heap->died_next;
  __atomic_store_n(&heap->queued, queued, __ATOMIC_RELAXED);
  if (!queued) __atomic_store_n(&heap->left_since, 0, __ATOMIC_RELAXED);
}

bool finalize_is_pending(void) {
  return __atomic_load_n(&the_heap.queued, __ATOMIC_RELAXED) != 0;
}

static bool list_is_wanted(const PointerList *list) {
  for (size_t i = 0; i < list->count; i++)
    if (((Cell *)list->items[i])->flags & CELL_FINALIZABLE) return true;
  return false;
}
bool finalize_is_wanted(void) {
  world_stop();
  thread_each(take_finalizable, NULL);
  bool wanted = list_is_wanted(&the_heap.finalizable_young) || list_is_wanted(&the_heap.finalizable_old);
  world_start();
  return wanted || finalize_is_pending();
}

// In the middle of a `with lock`: but a lock can be held for the whole program, so nobody may wait for long. (Who holds
// a lock so long hardly has finalizers that want it: with reference counts, too, all that he lets go of meanwhile would
// wait for him. If one does want it, and another thread runs it, that is seen.)
static bool is_inside_lock(const Thread *thread) {
  enum : uint64_t { PATIENCE = 1'000'000'000 };
  if (!thread->locks_entered) return false;
  if (thread->finalizers_want_lock) return true;
  uint64_t since = __atomic_load_n(&the_heap.left_since, __ATOMIC_RELAXED);
  return !since || read_clock(CLOCK_MONOTONIC_COARSE) - since < PATIENCE;
}

// The calling thread leaves what is queued: the first time others are told.
static void leave_pending(void) {
  Heap *heap = &the_heap;
  pthread_mutex_lock(&heap->lock);
  bool first = finalize_is_pending() && !heap->left_since;
  if (first) __atomic_store_n(&heap->left_since, read_clock(CLOCK_MONOTONIC_COARSE), __ATOMIC_RELAXED);
  pthread_mutex_unlock(&heap->lock);
  if (first) safepoint_request_all(POLL_PENDING);
}

void heap_locks_left(void) {
  if (finalize_is_pending()) safepoint_request(thread_current(), POLL_PENDING);
}

static void tell_holder(Thread *thread, void *serial) {
  if ((uint32_t)thread->serial == *(uint32_t *)serial) thread->finalizers_want_lock = true;
}
void heap_lock_wanted(uint32_t serial) {
  thread_each(tell_holder, &serial);
}

// The first cell, or the first whose finalizer takes no locks. Heap lock held. NULL: there is none.
static Cell *queue_take(PointerList *queue, size_t *next, bool inside_lock) {
  size_t at = *next;
  while (inside_lock && at < queue->count && finalize_may_lock_hook(value_from_cell(queue->items[at]))) at++;
  if (at == queue->count) return NULL;
  Cell *cell = queue->items[at];
  memmove(queue->items + *next + 1, queue->items + *next, (at - *next) * sizeof *queue->items);
  ++*next;
  if (*next == queue->count) queue->count = *next = 0;
  finalize_count_queued();
  return cell;
}

// Runs the first of what is queued that may run; false: nothing was.
static bool run_one(bool inside_lock) {
  Heap *heap = &the_heap;
  if (!finalize_is_pending()) return false;
  pthread_mutex_lock(&heap->lock);
  Cell *died = inside_lock ? NULL : queue_take(&heap->died_queue, &heap->died_next, false);
  Cell *dying = died ? NULL : queue_take(&heap->finalize_queue, &heap->finalize_next, inside_lock);
  if (!inside_lock) __atomic_store_n(&heap->left_since, 0, __ATOMIC_RELAXED); // nobody has waited in vain
  pthread_mutex_unlock(&heap->lock);
  if (died && weak_died_hook) weak_died_hook(died);
  if (dying && finalize_hook) finalize_hook(value_from_cell(dying));
  return died || dying;
}

void heap_run_pending(bool all) {
  enum { DEPTH_LIMIT = 8 };
  Thread *thread = thread_current();
  atomic_fetch_and_explicit(&thread->poll, ~(uint32_t)POLL_PENDING, memory_order_relaxed);
  // What runs here may come here again, at its own polls: one loop must not pile upon the other.
  if (thread->finalizer_depth >= DEPTH_LIMIT) return;
  bool inside_lock = !all && is_inside_lock(thread);
  thread->finalizer_depth++;
  while (run_one(inside_lock));
  thread->finalizer_depth--;
  if (inside_lock && finalize_is_pending()) leave_pending();
}
