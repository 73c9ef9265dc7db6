// The granule map: from any address to the block or large cell it belongs to, for the conservative scan.
//
// Two levels over the 47-bit address space. The map is written under the heap's lock or with the world stopped; it is
// read by collections (world stopped) and by cell_size.
#include "runtime/heap/heap_state.h"
#include <sys/mman.h>

enum { GRANULE_SHIFT = 15, LEAF_BITS = 16, ROOT_BITS = ADDRESS_BITS - GRANULE_SHIFT - LEAF_BITS };
static_assert(1 << GRANULE_SHIFT == BLOCK_SIZE);

static uintptr_t *granule_root[1 << ROOT_BITS];

bool granules_set(void *start, size_t size, uintptr_t owner) {
  uintptr_t first = (uintptr_t)start >> GRANULE_SHIFT;
  uintptr_t last = ((uintptr_t)start + size - 1) >> GRANULE_SHIFT;
  for (uintptr_t granule = first; granule <= last; granule++) {
    uintptr_t **leaf = &granule_root[granule >> LEAF_BITS];
    if (!*leaf) {
      void *memory = mmap(NULL, sizeof(uintptr_t) << LEAF_BITS, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (memory == MAP_FAILED) return false;
      *leaf = memory;
    }
    (*leaf)[granule & ((1 << LEAF_BITS) - 1)] = owner;
  }
  return true;
}

uintptr_t granules_find(uintptr_t address) {
  if (address >> ADDRESS_BITS) return 0;
  uintptr_t granule = address >> GRANULE_SHIFT;
  uintptr_t *leaf = granule_root[granule >> LEAF_BITS];
  return leaf ? leaf[granule & ((1 << LEAF_BITS) - 1)] : 0;
}
