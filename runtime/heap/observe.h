// Observing allocations, for memory profilers: while there is an observer, every allocation of a cell takes the slow
// path and is reported. Costs nothing while there is none.
#pragma once

#include "runtime/heap/heap.h"

// Its functions must not allocate cells, nor block but for a lock of their own.
typedef struct AllocationObserver {
  // A cell of `size` is about to be allocated: shall there be a full collection first, if there may be one?
  bool (*wants_collection)(size_t size);
  void (*allocated)(const Cell *cell, size_t size); // `size`: as asked for, header included
  void (*grown)(const Cell *cell, size_t size);     // cell_grow has enlarged it
  // A young or full collection has marked and is about to sweep: heap_is_live() tells what survives. World stopped.
  void (*marked)(bool full);
} AllocationObserver;

// NULL: none. The caller sees to it that only one is wanted.
void heap_observe(const AllocationObserver *observer);
extern const AllocationObserver *heap_observer; // changes only while the world is stopped
// Called when there is an observer now, or none any more, while the world is stopped. May be NULL.
extern void (*heap_observation_changed)(void);
// Has the cell outlived collections for good, so that only a full one can find it dead? For `marked`.
bool heap_is_old(const Cell *cell);
