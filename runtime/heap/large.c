// Large cells: each stands alone behind a LargeCell record, aligned to BLOCK_SIZE.
//
// Those of a megabyte or more are mapped by themselves, with address space reserved behind them, so that a container
// can grow in place instead of leaving its old storage to the collector, and so that their memory can go back to the
// system when they die. Some of the dead are kept for the next ones: clearing memory is much cheaper than faults for
// it. The others are granules of segments.
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
  SPARE_MAXIMUM = 64u << 20, // bytes of dead mappings that are kept
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

// A dead mapping that will do, cleared, or NULL.
static LargeCell *spare_take(size_t total) {
  Heap *heap = &the_heap;
  pthread_mutex_lock(&heap->lock);
  LargeCell **link = &heap->large_spare;
  while (*link && ((*link)->reserved < 2 * total || (*link)->dirty > 4 * total)) link = &(*link)->next;
  LargeCell *large = *link;
  if (large) {
    *link = large->next;
    heap->large_spare_bytes -= large->dirty;
  }
  pthread_mutex_unlock(&heap->lock);
  if (!large) return NULL;
  size_t dirty = large->dirty, reserved = large->reserved;
  memset(large, 0, dirty < total ? dirty : total);
  large->reserved = reserved;
  large->dirty = dirty > total ? dirty : total;
  return large;
}

static LargeCell *large_map(size_t total) {
  LargeCell *large;
  size_t reserve = 0;
  if (total < MAPPED_MINIMUM) {
    large = large_take(total);
  } else if ((large = spare_take(total))) {
    reserve = large->reserved;
  } else {
    reserve = round_up(total * MAPPED_RESERVE, BLOCK_SIZE);
    large = memory_map_aligned(reserve, HUGE_PAGE);
    if (!large) {
      reserve = round_up(total, BLOCK_SIZE);
      large = memory_map_aligned(reserve, BLOCK_SIZE);
    }
    if (large) large->dirty = total;
  }
  if (!large) return NULL;
  large->size = total - LARGE_HEADER - LARGE_SLACK;
  large->reserved = reserve;
  return large;
}

// Heap lock held or world stopped.
static void large_unmap(LargeCell *large) {
  Heap *heap = &the_heap;
  if (!large->reserved) {
    granules_give(large, (large->size + LARGE_HEADER + LARGE_SLACK) / BLOCK_SIZE);
  } else if (heap->large_spare_bytes + large->dirty > SPARE_MAXIMUM) {
    munmap(large, large->reserved);
  } else {
    large->idle = false;
    large->next = heap->large_spare;
    heap->large_spare = large;
    heap->large_spare_bytes += large->dirty;
  }
}

void large_trim(bool all) {
  Heap *heap = &the_heap;
  LargeCell **link = &heap->large_spare;
  for (LargeCell *large; (large = *link);) {
    if (all || large->idle) {
      *link = large->next;
      heap->large_spare_bytes -= large->dirty;
      munmap(large, large->reserved);
    } else {
      large->idle = true;
      link = &large->next;
    }
  }
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
    size_t former = large->size + LARGE_HEADER + LARGE_SLACK;
    if (former < large->dirty)
      memset((char *)large + former, 0, (total < large->dirty ? total : large->dirty) - former);
    if (large->dirty < total) large->dirty = total;
    heap_count_allocated(size - large->size);
    if (!cell_is_young(cell)) heap->old_large_bytes += size - large->size;
    large->size = size;
  }
  pthread_mutex_unlock(&heap->lock);
  if (heap_observer) heap_observer->grown(cell, large->size);
  return large->size;
}
