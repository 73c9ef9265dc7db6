// Where cells get their memory: allocation, and blocks of one size class. (Large cells: large.c.)
//
// Invariants: a free cell's header is zero, and that of a dead cell in an unswept block does not have the current
// color; so is told what is a cell. The memory of an open allocation range is zero throughout. Once a thread has opened
// a range of a block, the block is in that thread's list of young ones, and its free list is rebuilt by the next sweep.
//
// Sweeping is lazy: a block is swept when somebody wants to allocate in it. This outlives young collections, because
// they keep the color; before a full collection the rest is swept. A lazy sweep looks at no shape (they may be gone).
#include "runtime/heap/heap_state.h"
#include "runtime/heap/observe.h"
#include "runtime/object/exception.h"
#include <stdlib.h>
#include <string.h>

enum { RANGE_BYTES = 4096 }; // zeroed at once

const uint16_t size_class_bytes[SIZE_CLASS_COUNT] = {
    16,  32,   48,   64,   80,   96,   112,  128,  144,  160,  176,  192,  208,  224,  240,   256,   272,
    288, 304,  320,  336,  352,  368,  384,  400,  416,  432,  448,  464,  480,  496,  512,   640,   768,
    896, 1024, 1280, 1536, 1792, 2048, 2560, 3072, 3584, 4080, 4656, 5440, 6528, 8160, 10896, 16336,
};

int size_class_of(size_t size) {
  if (size <= EXACT_CELL_MAX) return size ? (int)((size - 1) / CELL_GRANULE) : 0;
  int size_class = EXACT_CLASSES;
  while (size_class_bytes[size_class] < size) size_class++;
  return size_class;
}

size_t cell_usable_size(size_t size) {
  return size <= SMALL_CELL_MAX ? size_class_bytes[size_class_of(size)] : large_usable_size(size);
}

size_t cell_size(const Cell *cell) {
  return cell->mark & MARK_LARGE ? cell_large(cell)->size : cell_block(cell)->cell_size;
}

void heap_extend_bounds(const void *start, size_t size) {
  Heap *heap = &the_heap;
  if ((uintptr_t)start < heap->lowest) heap->lowest = (uintptr_t)start;
  if ((uintptr_t)start + size > heap->highest) heap->highest = (uintptr_t)start + size;
}

void heap_count_allocated(uint64_t bytes) {
  __atomic_fetch_add(&the_heap.allocated_since, bytes, __ATOMIC_RELAXED);
}

// Blocks

static void block_format(Block *block, int size_class) {
  uint32_t cell_size = size_class_bytes[size_class];
  *block = (Block){
      .cell_size = cell_size,
      .reciprocal = (uint32_t)(((1ull << 32) + cell_size - 1) / cell_size),
      .cell_count = (BLOCK_SIZE - BLOCK_HEADER - CELL_GRANULE) / cell_size,
      .size_class = (uint8_t)size_class,
  };
}

// Gives the thread memory for more blocks: one, or, while others allocate too, each time twice as much as before.
// Heap lock held.
static void spare_refill(ThreadHeap *own) {
  bool several = __atomic_load_n(&the_heap.allocators, __ATOMIC_RELAXED) > 1;
  unsigned batch = several ? own->spare_batch * 2 : 1;
  own->spare_batch = batch < 1 ? 1 : batch > SPARE_GRANULES ? SPARE_GRANULES : batch;
  void *granules[SPARE_GRANULES];
  size_t count = granules_take_some(granules, own->spare_batch);
  while (count) {
    void *granule = granules[--count];
    if (!granules_set(granule, BLOCK_SIZE, 0)) { // so that it cannot fail in block_create
      granules_give(granule, 1);
      continue;
    }
    heap_extend_bounds(granule, BLOCK_SIZE);
    own->spare[own->spare_count++] = granule;
  }
}

// World stopped, or heap lock held.
static void spare_return(ThreadHeap *own) {
  while (own->spare_count) granules_give(own->spare[--own->spare_count], 1);
  own->spare_batch = 0;
}

// A formatted block without cells, or NULL: the thread has no memory for it.
static Block *block_create(ThreadHeap *own, int size_class) {
  if (!own->spare_count) return NULL;
  Block *block = own->spare[--own->spare_count];
  block_format(block, size_class);
  granules_set(block, BLOCK_SIZE, (uintptr_t)block);
  return block;
}

// A block of no cells goes back to where it came from.
static void block_discard(Block *block) {
  granules_set(block, BLOCK_SIZE, 0);
  granules_give(block, 1);
}

// The heads of lists are looked at without the heap lock, too.
static void block_put(Block **list, Block *block) {
  block->next = *list;
  __atomic_store_n(list, block, __ATOMIC_RELAXED);
}
static Block *block_take(Block **list) {
  Block *block = *list;
  if (block) __atomic_store_n(list, block->next, __ATOMIC_RELAXED);
  return block;
}
static bool block_list_is_empty(Block **list) {
  return !__atomic_load_n(list, __ATOMIC_RELAXED);
}

// Preferably one that a thread of the same quarter has used last.
static Block *block_take_near(Block **list) {
  enum { LOOKS = 8 };
  unsigned quarter = thread_quarter(), looks = 0;
  for (Block **place = list; *place && looks < LOOKS; place = &(*place)->next, looks++)
    if ((*place)->quarter == quarter) return block_take(place);
  return block_take(list);
}

static void cell_release(Cell *cell) {
  const CellType *type = shape_from_word(cell->shape)->type;
  if (type->release) type->release(cell);
}

// Sweeping

// Frees the block's dead cells and rebuilds its free list; returns how many cells died. A free cell's header is zero,
// which is no color, so it counts as dead.
static size_t block_sweep(Block *block, uint8_t color) {
  size_t size = block->cell_size, died = 0, live = 0;
  char *cell = (char *)block + BLOCK_HEADER, *end = cell + block->opened * size;
  bool releasable = block->releasable;
  uint32_t *link = &block->first_free;
  FreeRange *open = NULL; // the free range that ends at `cell`
  for (; cell < end; cell += size) {
    Cell *header = (Cell *)(void *)cell;
    uint64_t bits = __atomic_load_n((uint64_t *)(void *)cell, __ATOMIC_RELAXED); // a live one's owner may be locking it
    if ((uint8_t)(bits >> 40 & MARK_COLOR) == color) {
      live++;
      open = NULL;
      continue;
    }
    if (bits) {
      if (releasable) cell_release(header);
      died++;
    }
    if (open) {
      open->size += (uint32_t)size;
      *(uint64_t *)(void *)cell = 0;
    } else {
      open = (FreeRange *)(void *)cell;
      *open = (FreeRange){.size = (uint32_t)size};
      *link = (uint32_t)(cell - (char *)block);
      link = &open->next;
    }
  }
  *link = 0;
  block->live_cells = (uint32_t)live;
  block->unswept = false;
  return died;
}

// Sweeps `block`, which is in no list, and finds the list where it belongs; returns that, or NULL if it was discarded.
// The heap lock is not held: `release` functions run.
static Block **block_sweep_and_file(Block *block) {
  Heap *heap = &the_heap;
  size_t died = block_sweep(block, heap->color);
  pthread_mutex_lock(&heap->lock);
  heap->statistics.freed_cells += died;
  Block **list = NULL;
  if (!block->live_cells) {
    block_discard(block);
  } else {
    uint32_t free_cells = block->cell_count - block->live_cells;
    list = free_cells > block->cell_count / 8 ? &heap->available[block->size_class] : &heap->full[block->size_class];
    block_put(list, block);
  }
  pthread_mutex_unlock(&heap->lock);
  return list;
}

// Others need not know at once how much a thread has allocated: several threads count in steps.
static void count_block(ThreadHeap *own, const Block *block) {
  enum { STEP = 256 * 1024 };
  own->allocated += (uint64_t)(block->cell_count - block->live_cells) * block->cell_size;
  if (own->allocated < STEP && __atomic_load_n(&the_heap.allocators, __ATOMIC_RELAXED) > 1) return;
  heap_count_allocated(own->allocated);
  own->allocated = 0;
}

// A block with room for cells of this class, in the thread's list of young ones, or NULL. New ones of its own memory
// it makes without the heap lock.
static Block *block_acquire(int size_class) {
  Heap *heap = &the_heap;
  ThreadHeap *own = thread_current()->heap;
  Block **available = &heap->available[size_class], **unswept = &heap->unswept[size_class];
  if (!pointer_list_reserve(&own->young)) return NULL;
  for (;;) {
    Block *block = NULL, *to_sweep = NULL;
    if (!own->spare_count || !block_list_is_empty(available) || !block_list_is_empty(unswept)) {
      pthread_mutex_lock(&heap->lock);
      if (!own->allocates) {
        own->allocates = true;
        __atomic_fetch_add(&heap->allocators, 1, __ATOMIC_RELAXED);
      }
      block = block_take_near(available);
      if (!block) to_sweep = block_take_near(unswept);
      if (!block && !to_sweep && !own->spare_count) spare_refill(own);
      pthread_mutex_unlock(&heap->lock);
    }
    if (to_sweep) {
      block_sweep_and_file(to_sweep);
      continue;
    }
    if (!block && !(block = block_create(own, size_class))) return NULL;
    block->quarter = (uint8_t)thread_quarter();
    pointer_list_push(&own->young, block);
    count_block(own, block);
    return block;
  }
}

static void unswept_list_sweep(Block **list) {
  for (Block *block; (block = block_take(list));) block_sweep_and_file(block);
}
void blocks_finish_sweep(void) {
  for (int size_class = 0; size_class < SIZE_CLASS_COUNT; size_class++)
    unswept_list_sweep(&the_heap.unswept[size_class]);
}

// Files a block, which is in no list, for sweeping. If its cells must be released it is swept now, while their shapes
// exist.
static void block_defer(Block *block, bool young) {
  Heap *heap = &the_heap;
  bool dead = young && !block->live_cells && !block->has_survivors;
  block->has_survivors = false;
  if (block->releasable || heap->sweep_at_once) {
    block_sweep_and_file(block);
  } else if (dead) {
    block_discard(block);
  } else {
    block->unswept = true;
    block_put(&heap->unswept[block->size_class], block);
  }
}
static void block_list_defer(Block *list) {
  for (Block *block = list, *next; block; block = next) {
    next = block->next;
    block_defer(block, false);
  }
}
// The blocks have left the caches since they were taken: fetching one at a time was a third of the time of a collection
// of 32 MB in which nothing survived.
static void young_blocks_defer(PointerList *young, bool full) {
  enum { AHEAD = 8 };
  for (size_t i = 0; i < young->count; i++) {
    if (i + AHEAD < young->count) __builtin_prefetch(young->items[i + AHEAD], 1);
    block_defer(young->items[i], !full);
  }
  young->count = 0;
}
static void thread_defer_young(Thread *thread, void *full) {
  young_blocks_defer(&thread->heap->young, *(bool *)full);
}

static void large_list_sweep(LargeCell *list, bool old) {
  Heap *heap = &the_heap;
  for (LargeCell *large = list, *next; large; large = next) {
    next = large->next;
    Cell *cell = large_cell_header(large);
    if ((cell->mark & MARK_COLOR) == heap->color) {
      large->next = heap->large_old;
      heap->large_old = large;
      if (!old) heap->old_large_bytes += large->size;
    } else {
      if (old) heap->old_large_bytes -= large->size;
      cell_release(cell);
      large_destroy(large);
      heap->statistics.freed_cells++;
    }
  }
}

void blocks_sweep(bool full) {
  Heap *heap = &the_heap;
  young_blocks_defer(&heap->young, full);
  thread_each(thread_defer_young, &full);
  for (int size_class = 0; full && size_class < SIZE_CLASS_COUNT; size_class++) {
    Block *available = heap->available[size_class], *filled = heap->full[size_class];
    heap->available[size_class] = heap->full[size_class] = NULL;
    block_list_defer(available);
    block_list_defer(filled);
  }
  LargeCell *young = heap->large_young, *old = full ? heap->large_old : NULL;
  heap->large_young = NULL;
  if (full) heap->large_old = NULL;
  large_list_sweep(young, false);
  large_list_sweep(old, true);
}

// Allocation ranges

// Opens the next free cells of `block` as an allocation range: not too many at once, so that the zeroes are still in
// the first-level cache when the cells are written. False if there are none.
static bool range_open(AllocationRange *range, Block *block) {
  size_t most = RANGE_BYTES / block->cell_size * block->cell_size;
  if (!most) most = block->cell_size;
  char *start;
  size_t size;
  if (block->first_free) {
    FreeRange *free = (FreeRange *)(void *)((char *)block + block->first_free);
    start = (char *)free;
    size = free->size;
    if (size > most) {
      FreeRange *rest = (FreeRange *)(void *)(start + most);
      *rest = (FreeRange){.next = free->next, .size = (uint32_t)(size - most)};
      block->first_free += (uint32_t)most;
      size = most;
    } else {
      block->first_free = free->next;
    }
    memset(start, 0, size);
  } else {
    size = (size_t)(block->cell_count - block->opened) * block->cell_size;
    if (!size) return false;
    if (size > most) size = most;
    start = (char *)block_cell(block, block->opened);
    memset(start, 0, size);
    block->opened += (uint32_t)(size / block->cell_size);
  }
  *range = (AllocationRange){.next = start, .limit = start + size};
  return true;
}

ThreadHeap *thread_heap_create(void) {
  return thread_memory(sizeof(ThreadHeap));
}
void thread_heap_destroy(ThreadHeap *thread_heap) {
  if (!thread_heap) return;
  spare_return(thread_heap);
  heap_count_allocated(thread_heap->allocated);
  pointer_list_append(&the_heap.young, &thread_heap->young);
  pointer_list_append(&the_heap.remembered, &thread_heap->remembered);
  pointer_list_append(&the_heap.remembered_large, &thread_heap->remembered_large);
  pointer_list_append(&the_heap.finalizable_young, &thread_heap->finalizable);
  pointer_list_free(&thread_heap->young);
  pointer_list_free(&thread_heap->remembered);
  pointer_list_free(&thread_heap->remembered_large);
  pointer_list_free(&thread_heap->finalizable);
  free(thread_heap);
}

static void thread_retire_ranges(Thread *thread, [[maybe_unused]] void *context) {
  memset(thread->heap->ranges, 0, sizeof thread->heap->ranges);
  memset(thread->heap->observed, 0, sizeof thread->heap->observed);
  memset(thread->heap->blocks, 0, sizeof thread->heap->blocks);
  spare_return(thread->heap);
}
void blocks_retire_ranges(void) {
  thread_each(thread_retire_ranges, NULL);
}

static void thread_count_allocated(Thread *thread, [[maybe_unused]] void *context) {
  heap_count_allocated(thread->heap->allocated);
  thread->heap->allocated = 0;
}
void blocks_count_allocated(void) {
  thread_each(thread_count_allocated, NULL);
}

// Allocation

static uint64_t fresh_header(const Shape *shape, uint8_t mark) {
  return (uint64_t)shape_word(shape) | (uint64_t)mark << 40;
}

static void *small_alloc(const Shape *shape, size_t size) {
  int size_class = size_class_of(size);
  ThreadHeap *thread_heap = thread_current()->heap;
  AllocationRange *range = heap_observer ? &thread_heap->observed[size_class] : &thread_heap->ranges[size_class];
  size_t bytes = size_class_bytes[size_class];
  if ((size_t)(range->limit - range->next) < bytes) {
    Block *block = thread_heap->blocks[size_class];
    if (!block || !range_open(range, block)) {
      if (heap_collection_is_due()) heap_collect_kind(COLLECT_AUTOMATIC);
      block = block_acquire(size_class);
      if (!block) return NULL;
      thread_heap->blocks[size_class] = block;
      range_open(range, block);
    }
  }
  Cell *cell = (Cell *)(void *)range->next;
  range->next += bytes;
  *(uint64_t *)(void *)cell = fresh_header(shape, MARK_QUIET);
  if (shape->type->release) cell_block(cell)->releasable = true;
  return cell;
}

static void *large_alloc(const Shape *shape, size_t size) {
  if (heap_collection_is_due()) heap_collect_kind(COLLECT_AUTOMATIC);
  Cell *cell = large_create(size);
  if (cell) *(uint64_t *)(void *)cell = fresh_header(shape, MARK_QUIET | MARK_LARGE);
  return cell;
}

void *cell_alloc_slow(const Shape *shape, size_t size) {
  Heap *heap = &the_heap;
  if (heap->stress) heap_collect_kind(COLLECT_AUTOMATIC);
  if (__builtin_expect(heap_observer != NULL, 0) && heap_observer->wants_collection(size) &&
      heap_may_collect_for_observer())
    heap_collect_kind(COLLECT_FULL);
  void *(*allocate)(const Shape *, size_t) = size <= SMALL_CELL_MAX ? small_alloc : large_alloc;
  void *cell = allocate(shape, size);
  if (!cell) {
    heap_collect_kind(COLLECT_FULL);
    cell = allocate(shape, size);
  }
  if (!cell) raise_memory_error();
  if (__builtin_expect(heap_observer && cell, 0)) heap_observer->allocated(cell, size);
  // Under stress no range stays open, so that the next allocation comes here again.
  if (heap->stress && size <= SMALL_CELL_MAX && cell) {
    AllocationRange *range = &thread_current()->heap->ranges[size_class_of(size)];
    range->limit = range->next;
  }
  return cell;
}

void *cell_alloc(const Shape *shape, size_t size) {
  lock_check_none();
  if (size > EXACT_CELL_MAX || shape->type->release) return cell_alloc_slow(shape, size);
  return cell_alloc_inline(shape, size);
}

// Walking

typedef struct Walk {
  void (*visit)(Cell *cell, void *context);
  void *context;
} Walk;

static void block_each(const Walk *walk, Block *block) {
  for (uint32_t i = 0; i < block->opened; i++)
    if (block_cell(block, i)->shape) walk->visit(block_cell(block, i), walk->context);
}
static void block_list_each(const Walk *walk, Block *list) {
  for (Block *block = list; block; block = block->next) block_each(walk, block);
}
static void young_blocks_each(const Walk *walk, const PointerList *young) {
  for (size_t i = 0; i < young->count; i++) block_each(walk, young->items[i]);
}
static void thread_each_young(Thread *thread, void *walk) {
  young_blocks_each(walk, &thread->heap->young);
}
static void large_list_each(const Walk *walk, LargeCell *list) {
  for (LargeCell *large = list; large; large = large->next)
    if (large_cell_header(large)->shape) walk->visit(large_cell_header(large), walk->context);
}

void blocks_each_cell(void (*visit)(Cell *cell, void *context), void *context) {
  Heap *heap = &the_heap;
  Walk walk = {visit, context};
  blocks_finish_sweep();
  young_blocks_each(&walk, &heap->young);
  thread_each(thread_each_young, &walk);
  for (int size_class = 0; size_class < SIZE_CLASS_COUNT; size_class++) {
    block_list_each(&walk, heap->full[size_class]);
    block_list_each(&walk, heap->available[size_class]);
  }
  large_list_each(&walk, heap->large_young);
  large_list_each(&walk, heap->large_old);
}
