// Observing allocations. Every thread's allocation ranges are put aside, where the inline allocation path (also that of
// compiled code) does not see them: it finds no room and takes the slow path, which allocates from what was put aside.
#include "runtime/heap/observe.h"
#include "runtime/heap/heap_state.h"
#include "runtime/thread/safepoint.h"
#include <string.h>

const AllocationObserver *heap_observer;
void (*heap_observation_changed)(void);

static void move_ranges(Thread *thread, [[maybe_unused]] void *context) {
  ThreadHeap *thread_heap = thread->heap;
  bool hide = heap_observer != NULL;
  AllocationRange *from = hide ? thread_heap->ranges : thread_heap->observed;
  AllocationRange *to = hide ? thread_heap->observed : thread_heap->ranges;
  memcpy(to, from, sizeof thread_heap->ranges);
  memset(from, 0, sizeof thread_heap->ranges);
}

void heap_observe(const AllocationObserver *observer) {
  world_stop();
  bool changes = (heap_observer != NULL) != (observer != NULL);
  heap_observer = observer;
  if (changes) {
    thread_each(move_ranges, NULL);
    if (heap_observation_changed) heap_observation_changed();
  }
  world_start();
}

bool heap_is_old(const Cell *cell) {
  return !cell_is_young(cell);
}
