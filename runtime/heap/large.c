// Large cells: each stands alone behind a LargeCell record, aligned to BLOCK_SIZE.
//
// Those of a megabyte or more are mapped by themselves, with address space reserved behind them, so that a container
// can grow in place instead of leaving its old storage to the collector, and so that their memory goes back to the
// system when they die. They lie in huge pages: a program that makes large lists again and again would spend more time
// in faults for single pages than in filling them. The others come from jemalloc.
#include "runtime/heap/heap_state.h"
#include <jemalloc/jemalloc.h>
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

// jemalloc reads this: what is large goes back to the system as soon as it is freed; everything else lies in huge
// pages, because faults for single pages were a fifth of the time of programs that allocate much.
const char *malloc_conf = "oversize_threshold:1048576,thp:always,metadata_thp:auto";

// The bytes to allocate for a cell of `size`, record and slack included; 0: too large.
static size_t large_total(size_t size) {
  size_t total;
  if (__builtin_add_overflow(size, LARGE_HEADER + LARGE_SLACK, &total) || total > PTRDIFF_MAX / MAPPED_RESERVE)
    return 0;
  return total < MAPPED_MINIMUM ? nallocx(total, MALLOCX_ALIGN(BLOCK_SIZE)) : (total + PAGE - 1) / PAGE * PAGE;
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

// Maps `reserve` bytes, aligned.
static void *map_aligned(size_t reserve) {
  static_assert(HUGE_PAGE % BLOCK_SIZE == 0);
  char *memory =
      mmap(NULL, reserve + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  char *start = (char *)(((uintptr_t)memory + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1));
  if (start > memory) munmap(memory, (size_t)(start - memory));
  munmap(start + reserve, (size_t)(memory + HUGE_PAGE - start));
  madvise(start, reserve, MADV_HUGEPAGE); // where there are none, small ones do
  return start;
}

static LargeCell *large_map(size_t total) {
  LargeCell *large = NULL;
  size_t reserve = (total * MAPPED_RESERVE + BLOCK_SIZE - 1) & ~(size_t)(BLOCK_SIZE - 1);
  if (total < MAPPED_MINIMUM) {
    // Cleared by hand: jemalloc would give the pages back to the system and take a fault for each.
    large = mallocx(total, MALLOCX_ALIGN(BLOCK_SIZE));
    if (large) memset(large, 0, total);
    reserve = 0;
  } else if (!(large = map_aligned(reserve))) {
    reserve = (total + BLOCK_SIZE - 1) & ~(size_t)(BLOCK_SIZE - 1);
    large = map_aligned(reserve);
  }
  if (!large) return NULL;
  large->size = total - LARGE_HEADER - LARGE_SLACK;
  large->reserved = reserve;
  return large;
}

static void large_unmap(LargeCell *large) {
  if (large->reserved)
    munmap(large, large->reserved);
  else
    dallocx(large, MALLOCX_ALIGN(BLOCK_SIZE));
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
  pthread_mutex_unlock(&heap->lock);
  if (done) return large_cell_header(large);
  large_unmap(large);
  return NULL;
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
  return large->size;
}
