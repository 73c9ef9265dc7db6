// The inside of the heap, shared by the files of this folder only.
//
// Small cells live in blocks of BLOCK_SIZE bytes, aligned to their size, all cells of a block having one size. Large
// cells stand alone, each behind a LargeCell record that is aligned to BLOCK_SIZE too. So at most one of these begins
// in any aligned stretch ("granule") of BLOCK_SIZE bytes, and the granule map finds the owner of any address.
#pragma once

#include "runtime/heap/alloc.h"
#include <pthread.h>
#include <time.h>

enum {
  BLOCK_SIZE = 32 * 1024,
  BLOCK_HEADER = 64,
  SEGMENT_GRANULES = 64, // so many of BLOCK_SIZE bytes in a segment
  ADDRESS_BITS = 47,
  LARGE_HEADER = 64,
  LARGE_SLACK = 16, // behind each large cell, so that its end still belongs to it
  CARD_SIZE = 512,
  CACHE_LINE = 64,
};

// A free stretch inside a block; it lies in the first free cell of the stretch, whose header is zero.
typedef struct FreeRange {
  uint64_t zero_header;
  uint32_t next; // offset in the block of the next one, 0: none
  uint32_t size; // bytes
} FreeRange;

static inline uint64_t read_clock(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1'000'000'000 + (uint64_t)now.tv_nsec;
}

// Threads are told apart by this number when it is about whose memory is in whose cache.
static inline unsigned thread_quarter(void) {
  const Thread *thread = thread_current();
  return thread ? thread->serial % 4 : 0;
}

typedef struct Block Block;
struct Block {
  Block *next; // in the list it is in
  uint32_t cell_size;
  uint32_t reciprocal; // for divisions by cell_size
  uint32_t cell_count; // room for so many
  uint32_t opened;     // cells that have ever been in an allocation range; the memory behind them is undefined
  uint32_t first_free; // offset of the first FreeRange, 0: none
  uint32_t live_cells; // after the last sweep
  uint8_t size_class;
  bool unswept;       // only cells of the current color are alive
  bool has_survivors; // the young collection in progress has reached a cell in it
  bool releasable;    // may hold cells whose type has `release`
  uint8_t quarter;    // of the thread that has allocated in it last
};
static_assert(sizeof(Block) <= BLOCK_HEADER);

typedef struct LargeCell LargeCell;
struct LargeCell {
  LargeCell *next;
  size_t reserved; // bytes mapped for it alone, record included; 0: its granules are a segment's
  size_t size;     // bytes of the cell, slack excluded
  size_t dirty;    // if mapped: behind so many bytes, record included, everything is zero
  uint8_t *cards;  // one byte each CARD_SIZE bytes, nonzero: may hold young references; NULL: none remembered
  bool remembered; // in the list of remembered large cells
  bool on_stack;   // reached directly from a stack by the collection in progress
  bool idle;       // dead since before the last full collection
};
static_assert(sizeof(LargeCell) <= LARGE_HEADER);

// pointer_list.c
bool pointer_list_reserve(PointerList *list);          // room for one more; false: out of memory
bool pointer_list_push(PointerList *list, void *item); // false: out of memory
void pointer_list_must_push(PointerList *list, void *item);
void pointer_list_append(PointerList *list, const PointerList *more);
void pointer_list_free(PointerList *list);

typedef enum CollectionKind { COLLECT_AUTOMATIC, COLLECT_PROMPT, COLLECT_YOUNG, COLLECT_FULL } CollectionKind;

// A reference to a cell is first put into a small ring, from which it is marked a little later, when the prefetch of
// its header has been answered.
enum { TRACER_RING = 16 };
typedef struct Edge {
  Cell *cell, *owner; // owner NULL: a root
} Edge;

struct Tracer {
  PointerList stack; // cells marked but not traced
  Edge ring[TRACER_RING];
  Cell *owner; // whose references are being traced
  unsigned ring_next;
  const Shape *last_shape;             // marked already
  uint64_t marked_cells, marked_bytes; // small ones; of a full collection the bytes are estimated by samples
  uint8_t color;                       // what a live old cell's MARK_COLOR is
  CollectionKind kind;
  bool is_parallel;         // others mark at the same time
  bool finding_finalizable; // queue finalizable cells as they are reached
  const Cell *sought;       // by prompt collections: how often is it met?
  size_t sought_met;
  void (*visit)(Value value, void *context); // instead of marking
  void *visit_context;
};

typedef struct RootRange {
  Value *from;
  size_t count;
} RootRange;
typedef struct RootTable {
  RootRange *ranges;
  size_t count, capacity;
} RootTable;
typedef struct Hook {
  void (*function)(void); // cast back to its real type
  void *context;
} Hook;

typedef struct Heap {
  pthread_mutex_t lock; // block lists, large lists, remembered lists of slow paths, root tables

  // Blocks: every block is in exactly one of these lists, or in that of the young ones of a thread.
  Block *available[SIZE_CLASS_COUNT]; // swept, with free ranges
  Block *unswept[SIZE_CLASS_COUNT];   // not swept since the last collection in which cells of it may have died
  Block *full[SIZE_CLASS_COUNT];      // swept, with no room worth the search
  PointerList young;                  // allocated from since the last collection, by threads that have ended
  LargeCell *large_young, *large_old;
  LargeCell *large_spare; // dead, but still mapped
  size_t large_spare_bytes;
  uintptr_t lowest, highest; // bounds of all cells

  // Generations
  uint8_t color;
  PointerList remembered, remembered_large; // what threads that have ended had remembered, and this collection's own
  PointerList fresh_small;                  // cells that are FRESH
  PointerList fresh_large;     // LargeCell, perhaps still being initialised by the function that allocated them
  PointerList reached;         // young cells that the prompt collection in progress has reached
  PointerList kept;            // cells that are KEPT
  PointerList kept_owners;     // reached by the collection in progress, with a reference to a KEPT cell
  bool kept_crowded;           // the last collection had many of both: what was kept so far gets old
  PointerList of_lost_threads; // what threads referred to that a fork has left behind
  PointerList stack_cells;     // of the collection in progress: young, fresh and large cells that a stack refers to
  PointerList running;         // running cells: traced again by the next collection

  // Finalizers and weak references
  PointerList finalizable_young, finalizable_old; // but for what threads have in lists of their own
  PointerList finalizable_settled;                // of the interpreter itself, of any age
  PointerList finalize_queue, died_queue;         // taken from the front
  size_t finalize_next, died_next;
  size_t queued;       // what is left in the two (atomic)
  uint64_t left_since; // since when some of it wait for the end of a `with lock`; 0: none do (atomic)
  bool collect_again;  // weak references can be cleared when the queued finalizers have run
  bool saves;          // gc.DEBUG_SAVEALL: see save.c
  PointerList saved;   // by collections since somebody has taken them
  size_t young_prompt; // not zero: there may be young flagged cells. Kept ones, and threads that have flagged others

  // Roots
  RootTable roots, constants; // the latter only for full collections
  PointerList kept_young;     // roots of the next young collection
  PointerList root_hooks, weak_hooks;

  // Policy: first what all threads often read and seldom write, apart from what they write
  alignas(CACHE_LINE) bool started, stress, disabled;
  uint32_t holds;        // how often heap_hold_collections is in force (atomic)
  unsigned stress_count; // collections forced
  bool sweep_at_once;    // in the collection in progress, to count what dies
  size_t allocators;     // threads that have taken blocks since the last collection (atomic)
  uint64_t young_limit, full_limit;
  uint64_t parallel_minimum;                    // live bytes from which full collections mark in parallel
  alignas(CACHE_LINE) uint64_t allocated_since; // bytes since the last collection, but for what threads still count
  uint64_t old_small_bytes, old_large_bytes;    // survivors of collections (the first an estimate)
  int64_t external_bytes;
  int64_t prompt_allowance; // nanoseconds that prompt collections may still take; negative: debts (atomic)
  uint64_t prompt_clock;    // processor time of the process for which the allowance has been granted (atomic)
  uint64_t prompt_asked;    // when that clock was read last (atomic)
  uint64_t waited_last;     // when a thread that waited has last made a full collection (atomic)
  bool prompt_suspended;    // the interpreter starts: nobody waits for anything
  bool shares_pages;        // with a process that it has forked, or that has forked it, since its last full collection
  uint8_t forked_count;     // how many prompt collections are still to copy what a fork has left shared (atomic)
  unsigned questions_refused; // since heap_settle_weak last collected
  HeapStatistics statistics;
  Tracer tracer;
} Heap;
extern Heap the_heap;

static inline Cell *large_cell_header(LargeCell *large) {
  return (Cell *)(void *)((char *)large + LARGE_HEADER);
}
static inline LargeCell *cell_large(const Cell *cell) {
  return (LargeCell *)(void *)((char *)(uintptr_t)cell - LARGE_HEADER);
}
static inline Block *cell_block(const Cell *cell) {
  return (Block *)((uintptr_t)cell & ~(uintptr_t)(BLOCK_SIZE - 1));
}
static inline Cell *block_cell(Block *block, size_t index) {
  return (Cell *)(void *)((char *)block + BLOCK_HEADER + index * block->cell_size);
}

// segments.c: memory, in granules of BLOCK_SIZE bytes. Heap lock held or world stopped.
void *granules_take(size_t count, bool *is_zero); // at most SEGMENT_GRANULES; NULL: out of memory
// Some single ones of one segment, the first in front; returns how many. 0: out of memory.
size_t granules_take_some(void **granules, size_t most);
void granules_give(void *start, size_t count);
// At the end of a full collection: gives back to the system what nobody has needed since the last one (`at_once`: what
// nobody needs now), except `wanted` bytes.
void granules_trim(size_t wanted, bool at_once);
// Mapped memory, in huge pages where possible; NULL: out of memory. Any thread.
void *memory_map_aligned(size_t size, size_t alignment);

// granules.c: which block or large cell an address belongs to.
enum : uintptr_t { GRANULE_IS_LARGE = 1 };
bool granules_set(void *start, size_t size, uintptr_t owner); // false: out of memory
uintptr_t granules_find(uintptr_t address);

// large.c
size_t large_usable_size(size_t size);
Cell *large_create(size_t size); // headerless; NULL: out of memory
void large_destroy(LargeCell *large);
// At the end of a full collection: unmaps what is kept for the next large cells and has not been used since the last
// one, or (`all`) everything.
void large_trim(bool all);

// blocks.c
void heap_extend_bounds(const void *start, size_t size);
void heap_count_allocated(uint64_t bytes);
int size_class_of(size_t size);
extern const uint16_t size_class_bytes[SIZE_CLASS_COUNT];
// Takes all allocation ranges back from the threads, so that each young block can be swept, and the memory that they
// have for blocks. World stopped.
void blocks_retire_ranges(void);
// Makes Heap.allocated_since exact. World stopped.
void blocks_count_allocated(void);
// After marking: frees what was not reached. Most blocks are only noted, and swept when somebody wants to allocate in
// them; blocks without survivors and large cells are freed at once. World stopped.
void blocks_sweep(bool full);
// Sweeps all blocks that are still to be swept. World stopped.
void blocks_finish_sweep(void);
void blocks_each_cell(void (*visit)(Cell *cell, void *context), void *context);

// mark.c
void mark_roots(Tracer *tracer);
void mark_value(Tracer *tracer, Value value);
void mark_drain(Tracer *tracer);
void trace_cell(Tracer *tracer, Cell *cell);
// mark_parallel.c
void mark_drain_parallel(Tracer *tracer);
bool mark_is_hungry(void); // does another marker need work?
void mark_share(Tracer *tracer);

void mark_forget_reached(void); // at the end of a prompt collection
void mark_finish(void);         // remembers what must stay remembered
// The cell that a word points to or into; `*before`: the cell that ends there, if that may be meant. NULL: none.
Cell *find_cell(uintptr_t word, Cell **before);
// Is `cell` among the survivors of the collection in progress?
bool tracer_is_live(const Tracer *tracer, const Cell *cell);

// barrier.c
void remember_again(Cell *cell); // by the collector: the whole cell

// shape_marks.c
void shape_marks_start(size_t capacity);
bool shape_mark(const Shape *shape); // true if it was not marked yet
bool shape_is_marked(const Shape *shape);
void shape_marks_clear(void);
void shape_marks_trace_new(Tracer *tracer);
Shape *shape_at_word(uint32_t word); // the shape that the word points to or into, or NULL

// finalize.c, weak.c
void finalize_process(Tracer *tracer);
void finalize_mark_queues(Tracer *tracer);
void finalize_count_queued(void); // after a collection
void finalize_found(Cell *cell);  // a cell that only lives for finalizers: queues it, if it has one
bool finalize_is_pending(void);   // is anything queued?
bool finalize_is_wanted(void);    // is there any finalizable cell?
void weak_clear_before_finalizers(Tracer *tracer);
void weak_clear_target(Tracer *tracer, const Cell *target); // of this young cell alone
void weak_process(Tracer *tracer);

// save.c
void save_dead(Tracer *tracer); // keeps what gc.DEBUG_SAVEALL asks for. Everything else is marked and swept already
void save_mark(Tracer *tracer); // marks what was kept so

// collect.c
// COLLECT_AUTOMATIC: young or full as the policy wants it.
void heap_collect_kind(CollectionKind kind);
bool heap_collection_is_due(void);
bool heap_may_collect_for_observer(void); // neither disabled nor held off just now

[[noreturn]] void heap_fatal(const char *message);
