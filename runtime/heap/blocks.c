// Where cells get their memory: blocks of one size class, and large cells that stand alone.
//
// Invariants: a free cell's header is zero. The memory of an open allocation range is zero throughout. A block's free
// ranges are in its free list unless a thread has opened them; after a thread has opened any, the block is in the list
// of young blocks and its free list is rebuilt by the next sweep.
#include "runtime/heap/heap_state.h"
#include "runtime/object/exception.h"
#include <jemalloc/jemalloc.h>
#include <stdlib.h>
#include <string.h>

const uint16_t size_class_bytes[SIZE_CLASS_COUNT] = {
    16,  32,  48,  64,  80,  96,   112,  128,  144,  160,  176,  192,  208,  224,  240,
    256, 272, 288, 304, 320, 336,  352,  368,  384,  400,  416,  432,  448,  464,  480,
    496, 512, 640, 768, 896, 1024, 1280, 1536, 1792, 2048, 2560, 3072, 3584, 4080,
};

int size_class_of(size_t size) {
  if (size <= EXACT_CELL_MAX) return size ? (int)((size - 1) / CELL_GRANULE) : 0;
  int size_class = EXACT_CLASSES;
  while (size_class_bytes[size_class] < size) size_class++;
  return size_class;
}

static size_t large_block_size(size_t size) {
  size_t total;
  if (__builtin_add_overflow(size, LARGE_HEADER + LARGE_SLACK, &total) || total > PTRDIFF_MAX) return 0;
  return nallocx(total, MALLOCX_ALIGN(BLOCK_SIZE));
}

size_t cell_usable_size(size_t size) {
  if (size <= SMALL_CELL_MAX) return size_class_bytes[size_class_of(size)];
  size_t total = large_block_size(size);
  return total ? total - LARGE_HEADER - LARGE_SLACK : size;
}

size_t cell_size(const Cell *cell) {
  return cell->mark & MARK_LARGE ? cell_large(cell)->size : cell_block(cell)->cell_size;
}

static void heap_extend_bounds(const void *start, size_t size) {
  Heap *heap = &the_heap;
  if ((uintptr_t)start < heap->lowest) heap->lowest = (uintptr_t)start;
  if ((uintptr_t)start + size > heap->highest) heap->highest = (uintptr_t)start + size;
}

static void heap_count_allocated(uint64_t bytes) {
  __atomic_fetch_add(&the_heap.allocated_since, bytes, __ATOMIC_RELAXED);
}

// Blocks

static void block_format(Block *block, int size_class) {
  uint32_t cell_size = size_class_bytes[size_class];
  uint32_t cell_count = (BLOCK_SIZE - BLOCK_HEADER - CELL_GRANULE) / cell_size;
  *block = (Block){
      .cell_size = cell_size,
      .reciprocal = (uint32_t)(((1ull << 32) + cell_size - 1) / cell_size),
      .cell_count = cell_count,
      .first_free = BLOCK_HEADER,
      .size_class = (uint8_t)size_class,
  };
  // The lookup of conservative pointers reads any cell's header, so all of them must be zero.
  for (uint32_t i = 0; i < cell_count; i++) *(uint64_t *)(void *)block_cell(block, i) = 0;
  *(FreeRange *)(void *)block_cell(block, 0) = (FreeRange){.size = cell_count * cell_size};
}

// A formatted block without cells, or NULL. Heap lock held.
static Block *block_create(int size_class) {
  Heap *heap = &the_heap;
  Block *block = heap->free_blocks;
  if (block) {
    heap->free_blocks = block->next;
    heap->free_block_count--;
  } else {
    block = mallocx(BLOCK_SIZE, MALLOCX_ALIGN(BLOCK_SIZE));
    if (!block) return NULL;
    if (!granules_set(block, BLOCK_SIZE, (uintptr_t)block)) {
      dallocx(block, MALLOCX_ALIGN(BLOCK_SIZE));
      return NULL;
    }
    heap_extend_bounds(block, BLOCK_SIZE);
    heap->block_count++;
  }
  block_format(block, size_class);
  return block;
}

// A block of no cells goes to the pool, or back to the system when the pool has enough.
static void block_discard(Block *block) {
  Heap *heap = &the_heap;
  if (heap->free_block_count < 64 + heap->block_count / 8) {
    block->cell_count = 0; // no address in it belongs to a cell
    block->next = heap->free_blocks;
    heap->free_blocks = block;
    heap->free_block_count++;
  } else {
    granules_set(block, BLOCK_SIZE, 0);
    heap->block_count--;
    sdallocx(block, BLOCK_SIZE, MALLOCX_ALIGN(BLOCK_SIZE));
  }
}

static void block_put(Block **list, Block *block) {
  block->next = *list;
  *list = block;
}

// Opens the next free range of `block` as the thread's allocation range; false if there is none.
static bool range_open(ThreadHeap *thread_heap, int size_class, Block *block) {
  if (!block->first_free) return false;
  FreeRange *free = (FreeRange *)(void *)((char *)block + block->first_free);
  block->first_free = free->next;
  uint32_t size = free->size;
  memset((void *)free, 0, size);
  thread_heap->ranges[size_class] = (AllocationRange){.next = (char *)free, .limit = (char *)free + size};
  return true;
}

static bool block_acquire(ThreadHeap *thread_heap, int size_class) {
  Heap *heap = &the_heap;
  pthread_mutex_lock(&heap->lock);
  Block *block = heap->available[size_class];
  if (block)
    heap->available[size_class] = block->next;
  else
    block = block_create(size_class);
  if (block) {
    block_put(&heap->young[size_class], block);
    thread_heap->blocks[size_class] = block;
    heap_count_allocated((uint64_t)(block->cell_count - block->live_cells) * block->cell_size);
  }
  pthread_mutex_unlock(&heap->lock);
  return block && range_open(thread_heap, size_class, block);
}

static void thread_retire_ranges(Thread *thread, [[maybe_unused]] void *context) {
  memset(thread->heap, 0, sizeof *thread->heap);
}
void blocks_retire_ranges(void) {
  thread_each(thread_retire_ranges, NULL);
}

// Large cells

static Cell *large_create(size_t size) {
  Heap *heap = &the_heap;
  size_t total = large_block_size(size);
  LargeCell *large = total ? mallocx(total, MALLOCX_ALIGN(BLOCK_SIZE) | MALLOCX_ZERO) : NULL;
  if (!large) return NULL;
  large->size = total - LARGE_HEADER - LARGE_SLACK;
  pthread_mutex_lock(&heap->lock);
  bool done = granules_set(large, total, (uintptr_t)large | GRANULE_IS_LARGE);
  if (done && !pointer_list_push(&heap->fresh_large, large)) {
    granules_set(large, total, 0);
    done = false;
  }
  if (done) {
    heap_extend_bounds(large, total);
    large->next = heap->large_young;
    heap->large_young = large;
    heap_count_allocated(total);
    heap->large_bytes += total;
  }
  pthread_mutex_unlock(&heap->lock);
  if (done) return large_cell_header(large);
  dallocx(large, MALLOCX_ALIGN(BLOCK_SIZE));
  return NULL;
}

static void large_destroy(LargeCell *large) {
  size_t total = large->size + LARGE_HEADER + LARGE_SLACK;
  granules_set(large, total, 0);
  the_heap.large_bytes -= total;
  free(large->cards);
  sdallocx(large, total, MALLOCX_ALIGN(BLOCK_SIZE));
}

// Allocation

static uint64_t fresh_header(const Shape *shape, uint8_t mark) {
  return (uint64_t)shape_word(shape) | (uint64_t)mark << 40;
}

static void *small_alloc(const Shape *shape, size_t size) {
  int size_class = size_class_of(size);
  ThreadHeap *thread_heap = thread_current()->heap;
  AllocationRange *range = &thread_heap->ranges[size_class];
  size_t bytes = size_class_bytes[size_class];
  if (range->limit - range->next < (ptrdiff_t)bytes) {
    Block *block = thread_heap->blocks[size_class];
    if (!(block && range_open(thread_heap, size_class, block))) {
      if (heap_collection_is_due()) heap_collect_kind(COLLECT_AUTOMATIC);
      if (!block_acquire(thread_heap, size_class)) return NULL;
    }
  }
  Cell *cell = (Cell *)(void *)range->next;
  range->next += bytes;
  *(uint64_t *)(void *)cell = fresh_header(shape, MARK_QUIET);
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
  if (heap->stress) {
    heap_collect_kind(COLLECT_AUTOMATIC);
    memset(thread_current()->heap->ranges, 0, sizeof thread_current()->heap->ranges);
  }
  void *(*allocate)(const Shape *, size_t) = size <= SMALL_CELL_MAX ? small_alloc : large_alloc;
  void *cell = allocate(shape, size);
  if (!cell) {
    heap_collect_kind(COLLECT_FULL);
    cell = allocate(shape, size);
  }
  if (!cell) raise_memory_error();
  // Under stress no range stays open, so that the next allocation comes here again.
  if (heap->stress && size <= SMALL_CELL_MAX && cell) {
    AllocationRange *range = &thread_current()->heap->ranges[size_class_of(size)];
    range->limit = range->next;
  }
  return cell;
}

void *cell_alloc(const Shape *shape, size_t size) {
  return cell_alloc_inline(shape, size);
}

// Sweeping

// Frees the block's dead cells and rebuilds its free list; returns how many cells died.
static size_t block_sweep(Block *block, uint8_t color) {
  size_t size = block->cell_size, died = 0, live = 0;
  char *cell = (char *)block + BLOCK_HEADER, *end = cell + block->cell_count * size;
  uint32_t *link = &block->first_free;
  FreeRange *open = NULL; // the free range that ends at `cell`
  for (; cell < end; cell += size) {
    Cell *header = (Cell *)(void *)cell;
    if (header->shape && (header->mark & MARK_COLOR) == color) {
      live++;
      open = NULL;
      continue;
    }
    if (header->shape) {
      const CellType *type = shape_from_word(header->shape)->type;
      if (type->release) type->release(header);
      died++;
      *(uint64_t *)(void *)header = 0;
    }
    if (open) {
      open->size += (uint32_t)size;
    } else {
      open = (FreeRange *)(void *)header;
      *open = (FreeRange){.size = (uint32_t)size};
      *link = (uint32_t)(cell - (char *)block);
      link = &open->next;
    }
  }
  *link = 0;
  block->live_cells = (uint32_t)live;
  return died;
}

static size_t block_list_sweep(Block **list, int size_class) {
  Heap *heap = &the_heap;
  size_t died = 0;
  for (Block *block = *list, *next; block; block = next) {
    next = block->next;
    heap->live_bytes -= (uint64_t)block->live_cells * block->cell_size;
    died += block_sweep(block, heap->color);
    heap->live_bytes += (uint64_t)block->live_cells * block->cell_size;
    uint32_t free_cells = block->cell_count - block->live_cells;
    if (!block->live_cells)
      block_discard(block);
    else
      block_put(free_cells > block->cell_count / 16 ? &heap->available[size_class] : &heap->full[size_class], block);
  }
  return died;
}

static size_t large_list_sweep(LargeCell *list, bool old) {
  Heap *heap = &the_heap;
  size_t died = 0;
  for (LargeCell *large = list, *next; large; large = next) {
    next = large->next;
    Cell *cell = large_cell_header(large);
    if ((cell->mark & MARK_COLOR) == heap->color) {
      large->next = heap->large_old;
      heap->large_old = large;
      if (!old) heap->live_bytes += large->size;
    } else {
      if (old) heap->live_bytes -= large->size;
      const CellType *type = shape_from_word(cell->shape)->type;
      if (type->release) type->release(cell);
      large_destroy(large);
      died++;
    }
  }
  return died;
}

size_t blocks_sweep(bool full) {
  Heap *heap = &the_heap;
  size_t died = 0;
  for (int size_class = 0; size_class < SIZE_CLASS_COUNT; size_class++) {
    Block *lists[] = {heap->young[size_class], full ? heap->full[size_class] : NULL,
                      full ? heap->available[size_class] : NULL};
    heap->young[size_class] = NULL;
    if (full) heap->full[size_class] = heap->available[size_class] = NULL;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) died += block_list_sweep(&lists[i], size_class);
  }
  LargeCell *young = heap->large_young, *old = full ? heap->large_old : NULL;
  heap->large_young = NULL;
  if (full) heap->large_old = NULL;
  died += large_list_sweep(young, false);
  died += large_list_sweep(old, true);
  return died;
}

// Walking

static void block_list_each(Block *list, void (*visit)(Cell *cell, void *context), void *context) {
  for (Block *block = list; block; block = block->next)
    for (uint32_t i = 0; i < block->cell_count; i++)
      if (block_cell(block, i)->shape) visit(block_cell(block, i), context);
}
static void large_list_each(LargeCell *list, void (*visit)(Cell *cell, void *context), void *context) {
  for (LargeCell *large = list; large; large = large->next)
    if (large_cell_header(large)->shape) visit(large_cell_header(large), context);
}

void blocks_each_cell(void (*visit)(Cell *cell, void *context), void *context) {
  Heap *heap = &the_heap;
  for (int size_class = 0; size_class < SIZE_CLASS_COUNT; size_class++) {
    block_list_each(heap->young[size_class], visit, context);
    block_list_each(heap->full[size_class], visit, context);
    block_list_each(heap->available[size_class], visit, context);
  }
  large_list_each(heap->large_young, visit, context);
  large_list_each(heap->large_old, visit, context);
}
