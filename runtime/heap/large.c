// Large cells: each stands alone behind a LargeCell record, aligned to BLOCK_SIZE.
//
// Those of a megabyte or more are mapped by themselves, with address space reserved behind them, so that a container
// can grow in place instead of leaving its old storage to the collector, and so that their memory goes back to the
// system when they die. The others are granules of segments.
#include "runtime/heap/heap_state.h"
#include "runtime/heap/observe.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

enum : size_t {
  MAPPED_MINIMUM = 1u << 20,
  MAPPED_RESERVE = 16, // times the size asked for
  PAGE = 4096,
  HUGE_PAGE = 2u << 20,
};
static_assert(MAPPED_MINIMUM <= SEGMENT_GRANULES * (size_t)BLOCK_SIZE);

static size_t round_up(size_t size, size_t unit) {
  return (size + unit - 1) / unit * unit;
}

// The bytes to allocate for a cell of `size`, record and slack included; 0: too large.
static size_t large_total(size_t size) {
  size_t total;
  if (__builtin_add_overflow(size, LARGE_HEADER + LARGE_SLACK, &total) || total > PTRDIFF_MAX / MAPPED_RESERVE)
    return 0;
  return round_up(total, total < MAPPED_MINIMUM ? (size_t)BLOCK_SIZE : PAGE);
}

size_t large_usable_size(size_t size) {
  size_t total = large_total(size);
  return total ? total - LARGE_HEADER - LARGE_SLACK : size;
}

// No machine can hold more than it has: a cell beyond that is refused here, because the mapping itself, which reserves
// nothing, would succeed and the process be killed when it is filled.
static size_t machine_memory(void) {
  struct sysinfo information;
  if (sysinfo(&information) != 0) return SIZE_MAX;
  return (information.totalram + information.totalswap) * information.mem_unit;
}

static LargeCell *large_take(size_t total) {
  Heap *heap = &the_heap;
  bool is_zero;
  pthread_mutex_lock(&heap->lock);
  LargeCell *large = granules_take(total / BLOCK_SIZE, &is_zero);
  pthread_mutex_unlock(&heap->lock);
  if (large && !is_zero) memset(large, 0, total);
  return large;
}

static LargeCell *large_map(size_t total) {
  LargeCell *large;
  size_t reserve = 0;
  if (total < MAPPED_MINIMUM) {
    large = large_take(total);
  } else {
    reserve = round_up(total * MAPPED_RESERVE, BLOCK_SIZE);
    large = memory_map_aligned(reserve, HUGE_PAGE);
    if (!large) {
      reserve = round_up(total, BLOCK_SIZE);
      large = memory_map_aligned(reserve, BLOCK_SIZE);
    }
  }
  if (!large) return NULL;
  large->size = total - LARGE_HEADER - LARGE_SLACK;
  large->reserved = reserve;
  return large;
}

// Heap lock held or world stopped.
static void large_unmap(LargeCell *large) {
  if (large->reserved)
    munmap(large, large->reserved);
  else
    granules_give(large, (large->size + LARGE_HEADER + LARGE_SLACK) / BLOCK_SIZE);
}

Cell *large_create(size_t size) {
  Heap *heap = &the_heap;
  size_t total = large_total(size);
  bool possible = total && (total < MAPPED_MINIMUM || total <= machine_memory());
  LargeCell *large = possible ? large_map(total) : NULL;
  if (!large) return NULL;
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
  }
  if (!done) large_unmap(large);
  pthread_mutex_unlock(&heap->lock);
  return done ? large_cell_header(large) : NULL;
}

void large_destroy(LargeCell *large) {
  granules_set(large, large->size + LARGE_HEADER + LARGE_SLACK, 0);
  free(large->cards);
  large_unmap(large);
}

// Makes the card table fit a cell of `size`.
static bool cards_grow(LargeCell *large, size_t size) {
  if (!large->cards) return true;
  uint8_t *cards = calloc(size / CARD_SIZE + 1, 1);
  if (!cards) return false;
  memcpy(cards, large->cards, large->size / CARD_SIZE + 1);
  free(large->cards);
  large->cards = cards;
  return true;
}

size_t cell_grow(void *cell, size_t size) {
  Heap *heap = &the_heap;
  if (!(((Cell *)cell)->mark & MARK_LARGE)) return cell_size(cell);
  LargeCell *large = cell_large(cell);
  size_t total = large_total(size);
  if (size <= large->size || total < size || total > large->reserved) return large->size;
  size = total - LARGE_HEADER - LARGE_SLACK;
  pthread_mutex_lock(&heap->lock);
  if (granules_set(large, total, (uintptr_t)large | GRANULE_IS_LARGE) && cards_grow(large, size)) {
    heap_extend_bounds(large, total);
    heap_count_allocated(size - large->size);
    if (!cell_is_young(cell)) heap->old_large_bytes += size - large->size;
    large->size = size;
  }
  pthread_mutex_unlock(&heap->lock);
  if (heap_observer) heap_observer->grown(cell, large->size);
  return large->size;
}
