// Where the heap's memory comes from: runs of granules (aligned stretches of BLOCK_SIZE bytes) out of segments.
//
// A segment is as large as a huge page, aligned to its size, and mapped. Its record has a bit for each granule. Memory
// that is given back is kept for whoever allocates next: young generations come and go, and a fault costs more than
// using a page. Invariants: a granule that is not in `used` belongs to nobody; one that is not in `dirty` either is
// zero; a segment is in the list of those with room unless `used` is full.
//
// Each thread is given granules of segments of its quarter (thread_quarter) if there are such: what it has used lately
// is in the cache of its processor, what others have used had to be fetched from theirs.
//
// Everything here wants the heap's lock, or the world stopped.
#include "runtime/heap/heap_state.h"
#include <stdlib.h>
#include <sys/mman.h>

enum : size_t { SEGMENT_SIZE = SEGMENT_GRANULES * (size_t)BLOCK_SIZE };
static_assert(SEGMENT_GRANULES == 64); // a bit each

typedef struct Segment {
  char *start;
  struct Segment *next, *previous; // in the list of those with room
  uint64_t used, dirty;
  uint8_t quarter; // of whom it was when it was empty last
} Segment;

// From an address to its segment: two levels, as in the granule map.
enum { SEGMENT_SHIFT = 21, LEVEL_BITS = (ADDRESS_BITS - SEGMENT_SHIFT) / 2 };
static_assert(SEGMENT_SIZE == 1 << SEGMENT_SHIFT && (ADDRESS_BITS - SEGMENT_SHIFT) % 2 == 0);
static Segment **segment_root[1 << LEVEL_BITS];

static Segment *with_room; // first those that were given something back last
static size_t empty_count; // segments of which nothing is used
static size_t empty_least; // the least that this has been since the last full collection

void *memory_map_aligned(size_t size, size_t alignment) {
  char *memory =
      mmap(NULL, size + alignment, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  char *start = (char *)(((uintptr_t)memory + alignment - 1) & ~(uintptr_t)(alignment - 1));
  if (start > memory) munmap(memory, (size_t)(start - memory));
  munmap(start + size, (size_t)(memory + alignment - start));
  madvise(start, size,
          MADV_HUGEPAGE); // faults for single pages were a fifth of the time of programs that allocate much
  return start;
}

static Segment **segment_place(const void *address) {
  uintptr_t number = (uintptr_t)address >> SEGMENT_SHIFT;
  Segment ***leaf = &segment_root[number >> LEVEL_BITS];
  if (!*leaf) *leaf = calloc(1 << LEVEL_BITS, sizeof **leaf);
  return *leaf ? *leaf + (number & ((1 << LEVEL_BITS) - 1)) : NULL;
}

static void list_insert(Segment *segment) {
  segment->previous = NULL;
  segment->next = with_room;
  if (with_room) with_room->previous = segment;
  with_room = segment;
}
static void list_remove(Segment *segment) {
  *(segment->previous ? &segment->previous->next : &with_room) = segment->next;
  if (segment->next) segment->next->previous = segment->previous;
}

static Segment *segment_create(void) {
  Segment *segment = calloc(1, sizeof *segment);
  if (!segment) return NULL;
  segment->start = memory_map_aligned(SEGMENT_SIZE, SEGMENT_SIZE);
  Segment **place = segment->start ? segment_place(segment->start) : NULL;
  if (!place) {
    if (segment->start) munmap(segment->start, SEGMENT_SIZE);
    free(segment);
    return NULL;
  }
  *place = segment;
  list_insert(segment);
  empty_count++;
  return segment;
}

static void segment_destroy(Segment *segment) {
  list_remove(segment);
  *segment_place(segment->start) = NULL;
  munmap(segment->start, SEGMENT_SIZE);
  free(segment);
  empty_count--;
}

// A bit for each place in `free` at which a run of `count` granules begins.
static uint64_t run_starts(uint64_t free, size_t count) {
  for (size_t have = 1; have < count && free;) {
    size_t step = have < count - have ? have : count - have;
    free &= free >> step;
    have += step;
  }
  return free;
}

static uint64_t run_bits(size_t first, size_t count) {
  return (count == SEGMENT_GRANULES ? ~0ull : (1ull << count) - 1) << first;
}

// A segment of the quarter with a run of `count`; or else an empty one; or else any: then *starts is not zero. NULL:
// there is none.
static Segment *segment_choose(size_t count, unsigned quarter, uint64_t *starts) {
  enum { LOOKS = 32 };
  Segment *other = NULL;
  unsigned looks = 0;
  for (Segment *segment = with_room; segment && (!other || looks < LOOKS); segment = segment->next, looks++) {
    uint64_t found = run_starts(~segment->used, count);
    if (!found) continue;
    bool near = segment->quarter == quarter;
    if (near || !other || (!segment->used && other->used)) {
      other = segment;
      *starts = found;
    }
    if (near) break;
  }
  return other;
}

// Marks granules of `segment`, which was chosen for `quarter`, as used.
static void segment_use(Segment *segment, uint64_t bits, unsigned quarter) {
  if (!segment->used) {
    segment->quarter = (uint8_t)quarter;
    if (--empty_count < empty_least) empty_least = empty_count;
  }
  segment->used |= bits;
  segment->dirty |= bits;
  if (!~segment->used) list_remove(segment);
}

void *granules_take(size_t count, bool *is_zero) {
  uint64_t starts = 1;
  unsigned quarter = thread_quarter();
  Segment *segment = segment_choose(count, quarter, &starts);
  if (!segment && !(segment = segment_create())) return NULL;
  size_t first = (size_t)__builtin_ctzll(starts);
  uint64_t bits = run_bits(first, count);
  *is_zero = !(segment->dirty & bits);
  segment_use(segment, bits, quarter);
  return segment->start + first * BLOCK_SIZE;
}

size_t granules_take_some(void **granules, size_t most) {
  uint64_t starts = ~0ull, bits = 0;
  unsigned quarter = thread_quarter();
  Segment *segment = segment_choose(1, quarter, &starts);
  if (!segment && !(segment = segment_create())) return 0;
  size_t count = 0;
  for (; starts && count < most; starts &= starts - 1) {
    granules[count++] = segment->start + (size_t)__builtin_ctzll(starts) * BLOCK_SIZE;
    bits |= starts & -starts;
  }
  segment_use(segment, bits, quarter);
  return count;
}

void granules_give(void *start, size_t count) {
  Segment *segment = *segment_place(start);
  if (!~segment->used) list_insert(segment);
  segment->used &= ~run_bits((size_t)((char *)start - segment->start) / BLOCK_SIZE, count);
  if (!segment->used) empty_count++;
}

void granules_trim(size_t wanted, bool at_once) {
  size_t spare = at_once ? empty_count : empty_least, kept = (wanted + SEGMENT_SIZE - 1) / SEGMENT_SIZE;
  size_t surplus = spare > kept ? spare - kept : 0;
  for (Segment *segment = with_room, *next; segment && surplus; segment = next) {
    next = segment->next;
    if (segment->used) continue;
    segment_destroy(segment);
    surplus--;
  }
  empty_least = empty_count;
}
