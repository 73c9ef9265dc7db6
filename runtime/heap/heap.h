// The heap: allocation, the write barrier, roots, weak references, finalizers, collection.
//
// Non-moving, generational mark-sweep. C stacks are scanned conservatively, so C code keeps Values in locals freely,
// and any allocation may collect. Rules for C code:
//   - no Value in malloc memory or a static without a registered root;
//   - no pointer that is only derived from a cell while the cell itself is forgotten: KEEP(cell) after the last such
//   use
//     (interior and one-past-the-end pointers do count as references);
//   - a Value is stored into a cell only by the functions of "Writing" below;
//   - long C loops call safepoint_poll() (thread/safepoint.h).
#pragma once

#include "runtime/heap/mark.h"

// Allocation. All return zeroed memory with the header set, or NULL with MemoryError pending. May collect; never runs
// Python code (finalizers run later, at a bytecode boundary).

// `size` in bytes, header included. Any size: large cells stand alone.
[[nodiscard]] void *cell_alloc(const Shape *shape, size_t size);
// The bytes that a cell of `size` really occupies (size class), for containers that want to use the slack.
size_t cell_usable_size(size_t size);
// Enlarges a very large cell in place if it can, to at least `size`; returns the bytes it now has. The new ones are
// zero. Nobody else may store into the cell meanwhile; a lock may be held.
size_t cell_grow(void *cell, size_t size);
// Bytes occupied by this cell.
size_t cell_size(const Cell *cell);

// Writing

// Called by gc_store when the collector must hear of the store; not for direct use.
void gc_barrier(void *owner, Value *slot, Value value);
// What a store may have to tell the collector: see "The write barrier" in heap/mark.h.
static inline bool gc_store_is_news(const void *owner, Value value) {
  return (cell_barrier_bits(value_cell(value)) & ~cell_barrier_bits(owner) & BARRIER_BITS) != 0;
}

// Stores `value` into `*slot`, a field of `owner`, with the generational barrier and release order.
static inline void gc_store(void *owner, Value *slot, Value value) {
  if (value_is_cell(value) && __builtin_expect(gc_store_is_news(owner, value), 0)) gc_barrier(owner, slot, value);
  __atomic_store_n(slot, value, __ATOMIC_RELEASE);
}
// The same for a cell that was allocated in this function and that no other cell or thread has seen yet. (Collections
// between its allocation and this store do no harm: what a stack refers to stays remembered.)
static inline void gc_init(void *owner, Value *slot, Value value) {
  if (value_is_prompt(value)) ((Cell *)owner)->flags |= CELL_PROMPT;
  *slot = value;
}
// Compare and swap with barrier; true if it stored.
bool gc_cas(void *owner, Value *slot, Value expected, Value value);
// memmove of `count` Values within or into `owner`, each word written atomically.
void gc_move(void *owner, Value *to, const Value *from, size_t count);
// Stores `value` into `count` consecutive slots.
void gc_fill(void *owner, Value *to, Value value, size_t count);
// Tells the collector that `owner` may have been given young references by other means (bulk initialisation of a cell
// that has been published, a generator frame that was resumed).
void gc_remember_slow(void *owner);
static inline void gc_remember(void *owner) {
  if (!(__atomic_load_n(&((Cell *)owner)->mark, __ATOMIC_RELAXED) & MARK_QUIET)) gc_remember_slow(owner);
}

static inline Value gc_load(const Value *slot) {
  return __atomic_load_n(slot, __ATOMIC_ACQUIRE);
}

// Tracing: for CellType.trace and root hooks.

void trace_value(Tracer *tracer, Value value);
void trace_range(Tracer *tracer, const Value *from, const Value *to);
// Is this a full collection? A cell type whose references are weak traces them in all other collections, and has a weak
// hook clear them in full ones.
bool trace_is_full(const Tracer *tracer);
// A reference to a shape other than the cell's own (a class to its root shape, a shape to its parent). May be NULL.
void trace_shape(Tracer *tracer, Shape *shape);
// Words that may or may not be Values: keeps alive whatever cell or shape they point to or into.
void trace_conservatively(Tracer *tracer, const void *from, const void *to);

// Roots

// Registers a static or malloc'ed range of Values for the life of the process (or until removed).
void heap_add_root_range(Value *from, size_t count);
void heap_remove_root_range(Value *from);
// The same for slots that are written once, with cells that have been given to heap_keep_young (as interned strings and
// classes are): only full collections look at them.
void heap_add_constant_range(Value *from, size_t count);
// Registers a function that traces roots of its own (for instance a thread's VM stack).
typedef void RootHook(Tracer *tracer, void *context);
void heap_add_root_hook(RootHook *hook, void *context);
// Registers a function that runs after the marking of a full collection while the world is stopped; it may ask
// heap_is_live(cell) and drop dead entries of weak tables (interned strings, the registry of classes). It must not
// allocate. Young collections do not call it: a cell that such a table refers to must be given to heap_keep_young().
typedef void WeakHook(void *context);
void heap_add_weak_hook(WeakHook *hook, void *context);
bool heap_is_live(const void *cell);
// Keeps `cell` alive until the next full collection.
void heap_keep_young(void *cell);
bool heap_is_live_shape(const Shape *shape);

// Weak references. The heap knows, for each target, the weak reference cells that point to it (any cell type whose
// target slot the collector does not trace). When the target dies, `*slot` is set to zero before anything is freed and
// `died` is queued: it runs later, at a bytecode boundary, and may run Python code.

// Registers `reference` (its untraced slot `*slot` already holds `target`). MemoryError -> false.
bool weak_register(Value target, Cell *reference, Value *slot);
void weak_unregister(Value target, Cell *reference);
// The first live reference to `target` for which `matches` is true, or NULL. Holds the table's lock during the call.
Cell *weak_find(Value target, bool (*matches)(Cell *reference, void *context), void *context);
size_t weak_count(Value target);
// All live references to `target`, newest first, into a malloc'ed array of the caller (freed with free()); returns the
// count.
size_t weak_collect(Value target, Cell ***references);
// Reads a weak slot: the target, or zero if it has died. (A concurrent collection cannot free what this returns.)
Value gc_load_weak(const Value *slot);
// From where a prompt collection is made (see "Promptness" below).
typedef enum PromptPlace {
  PROMPT_ONLY,    // queues finalizers and callbacks, runs none
  PROMPT_RUN,     // runs them
  PROMPT_BETWEEN, // likewise; and between the interpreter's run and here no C function holds a Value
} PromptPlace;
// Somebody is about to ask whether the target of a weak slot lives: sees to it, if promptness can afford that, that an
// unreachable one is gone. The caller must not hold the target. May run Python code.
void heap_settle_weak(const Value *slot, PromptPlace place);
// Set by object/weakref.c at start: called for each reference whose target has died.
extern void (*weak_died_hook)(Cell *reference);

// Finalizers

// Marks a new cell for finalization: before it is freed, `finalize_hook` is called with it once (it may resurrect).
void heap_set_finalizable(void *cell);
extern void (*finalize_hook)(Value cell);
// Might the finalizer of `cell` take a lock of Python code, or wait for one? Allocates nothing.
extern bool (*finalize_may_lock_hook)(Value cell);
// Runs queued finalizers and weak reference callbacks, with no exception pending. Runs Python code. In the middle of a
// `with lock` (heap/finalize.h) those that might want the lock wait, unless `all` are to run, or have waited too long:
// for another thread, or for the end of the `with`.
void heap_run_pending(bool all);

// Promptness (see docs/heap.md). The flag goes to a new cell that somebody can see dying: a file, a socket, a generator
// with a pending finally. (heap_set_finalizable and weak_register flag by themselves.)
void heap_set_prompt(void *cell);
// Called by the interpreter where a flagged value (value_is_prompt) leaves a name, attribute, item or frame: a small
// collection if there is a young flagged cell and the budget allows it.
void heap_prompt_collect(PromptPlace place);
// The calling thread has let go of something that is watched, or may do so unseen.
void heap_note_let_go(void);
// Changes when it does.
uint32_t heap_let_go_count(void);
// Called now and then by a thread that waits: what it waits for may depend on the death of something. Finalizes the
// unreachable, as far as the budget goes; what is old only if the heap is small, or if it has waited long for a thread.
// Runs finalizers. `place`: PROMPT_RUN or PROMPT_BETWEEN. False: it had better be called again later, when what is old
// can be afforded.
typedef struct HeapWait {
  uint64_t waited; // nanoseconds, by now
  bool for_thread; // another one is to do something, which is even likelier to depend on a death
  bool endless;    // nobody will be late
} HeapWait;
bool heap_waiting_collect(PromptPlace place, const HeapWait *wait);
// The main program begins: from now on there are prompt collections, which may take some time in advance. (While the
// interpreter starts there are none: nobody waits for what it lets go of.)
void heap_prompt_begin(void);
// Around a fork. Before it, what is alive becomes old, if that is much, so that the child does not trace, and thereby
// copy, what it has inherited; this runs finalizers. Afterwards the two processes share their pages, until one writes
// to them: a full collection, which writes to all, copies them at some 20 microseconds each, so that no question is
// worth the first one.
void heap_before_fork(void);
void heap_after_fork(bool child);
// How many young flagged cells there may be: while it is zero nothing need be watched.
extern const size_t *const heap_prompt_count;
static inline bool heap_watches(void) {
  return __builtin_expect(__atomic_load_n(heap_prompt_count, __ATOMIC_RELAXED) != 0, 0);
}

// Collection on request. `generation` 0, 1: young; 2: full. Returns the number of cells found unreachable. Runs
// finalizers.
size_t heap_collect(int generation);
// The same for a native function that the interpreter itself has called (Thread.called) and that holds no Value: what C
// functions on the way here have left on the stack keeps nothing alive.
size_t heap_collect_between(int generation);
// gc.DEBUG_SAVEALL: from now on, or no more, collections keep the unreachable cells that are in reference cycles or
// that such cells refer to. They stay until heap_take_saved passes each to `take`, with the world stopped; `take` must
// not allocate cells.
void heap_save_dead(bool saves);
void heap_take_saved(void (*take)(Cell *cell, void *context), void *context);
// Automatic collection at the usual times; returns the former state. Disabled: it comes later, but it comes.
bool heap_set_enabled(bool enabled);
// No automatic collection between the two, whatever gc.enable() says: for code that holds Values where the collector
// does not look. Any thread; they nest. The calling thread must not poll or block meanwhile, so that others cannot
// collect.
void heap_hold_collections(void);
void heap_release_collections(void);
typedef struct PauseStatistics {
  uint64_t count, total_nanoseconds, longest_nanoseconds;
} PauseStatistics;
typedef struct HeapStatistics {
  PauseStatistics young, full, prompt;
  uint64_t allocated_bytes; // ever
  uint64_t allocated_since; // bytes since the last young or full collection
  uint64_t young_since_full;
  uint64_t live_bytes;  // after the last collection, and what was allocated since
  uint64_t freed_cells; // counted when they are swept, or never, where whole blocks died
} HeapStatistics;
void heap_statistics(HeapStatistics *statistics);
// Calls `visit` for each live cell while the world is stopped (gc.get_objects, memory profile). `visit` must not
// allocate.
void heap_each_cell(void (*visit)(Cell *cell, void *context), void *context);
// Calls `visit` for each value that `cell` refers to directly, immediate ones and internal markers included. The cell
// must not be changed meanwhile.
void heap_each_reference(Cell *cell, void (*visit)(Value value, void *context), void *context);

// Start: before anything else in the runtime. `stress`: collect at every allocation (-X gc-stress).
void heap_start(bool stress);
// At exit, when the program has let go of its objects: finalizes what is unreachable. Runs Python code.
void heap_finish(void);
// Checks every invariant that can be checked (debug builds, tests); aborts with a message on a violation.
void heap_verify(void);

// Memory outside cells: all of it comes from jemalloc through malloc and friends; heap_account_external tells the
// collector of large amounts that live and die with cells, so that it collects often enough.
void heap_account_external(ptrdiff_t bytes);

// Keeps `value` visible to the conservative scan up to this point.
#define KEEP(value) __asm__ volatile("" : : "r"(value) : "memory")
