// The allocation fast path, inlinable.
//
// A thread owns, for each size class, a range of zeroed memory inside one block; allocating a cell bumps `next` and
// writes the header. Everything else (the next range, a new block, a collection) is behind cell_alloc_slow.
#pragma once

#include "runtime/heap/heap.h"
#include "runtime/thread/thread.h"

enum {
  CELL_GRANULE = 16,      // sizes are multiples of it
  SMALL_CELL_MAX = 16336, // larger cells stand alone
  EXACT_CELL_MAX = 512,   // up to here every multiple of the granule has its own size class
  EXACT_CLASSES = EXACT_CELL_MAX / CELL_GRANULE,
  SIZE_CLASS_COUNT = EXACT_CLASSES + 18,
};

typedef struct AllocationRange {
  char *next, *limit;
} AllocationRange;

// A growable array of pointers, in malloc memory.
typedef struct PointerList {
  void **items;
  size_t count, capacity;
} PointerList;

enum { SPARE_GRANULES = 16 };

struct ThreadHeap {
  AllocationRange ranges[SIZE_CLASS_COUNT];
  AllocationRange observed[SIZE_CLASS_COUNT]; // the ranges while allocations are observed: then those above are empty
  struct Block *blocks[SIZE_CLASS_COUNT];     // what the ranges lie in
  PointerList young;                          // the blocks that it has taken since the last collection
  void *spare[SPARE_GRANULES];                // memory for its next blocks
  unsigned spare_count, spare_batch;          // how many, and how many it was given last
  uint64_t allocated;                         // bytes that Heap.allocated_since does not count yet
  PointerList remembered;                     // small old cells that may refer to young ones
  PointerList remembered_large;               // LargeCell, likewise, by card
  PointerList finalizable;                    // cells that this thread has given a finalizer since the last collection
  ptrdiff_t young_prompt;                     // how many more cells it has flagged than cleared since then
  bool watches;                               // is it one of those that Heap.young_prompt counts?
  bool allocates;                             // has it taken a block since?
  uint32_t let_go;                            // how often it has let go of what is watched
  uint32_t let_go_asked, let_go_looked;       // and had when it last had a full collection made, to answer a question
                                              // (heap_settle_weak) or while it waited (heap_waiting_collect)
  uint8_t asked_in_vain, looked_in_vain;      // how often in a row nothing had died
};

// For thread_attach and thread_detach. NULL: out of memory. What the heap must still know it takes over on destruction.
ThreadHeap *thread_heap_create(void);
void thread_heap_destroy(ThreadHeap *thread_heap); // world stopped, or the thread is gone
// In the child of a fork: `thread`, which was blocked, is lost. Nobody has let go of what it was working with, so that
// stays alive for good: a generator that it would have closed some day must not be closed here.
void heap_keep_references_of(Thread *thread);

// Any size, from the start.
[[gnu::noinline]] void *cell_alloc_slow(const Shape *shape, size_t size);

// For sizes up to EXACT_CELL_MAX, best a constant, and types without `release`; otherwise use cell_alloc.
[[nodiscard]] static inline void *cell_alloc_inline(const Shape *shape, size_t size) {
  size_t granules = (size + CELL_GRANULE - 1) / CELL_GRANULE;
  AllocationRange *range = &thread_current()->heap->ranges[granules - 1];
  char *cell = range->next;
  if (__builtin_expect((size_t)(range->limit - cell) < granules * CELL_GRANULE, 0)) return cell_alloc_slow(shape, size);
  range->next = cell + granules * CELL_GRANULE;
  *(uint64_t *)(void *)cell = (uint64_t)shape_word(shape) | (uint64_t)MARK_QUIET << 40;
  return cell;
}
static_assert(offsetof(Cell, mark) == 5);
