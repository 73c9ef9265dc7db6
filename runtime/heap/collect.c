// A collection from beginning to end, and when one is due.
//
// The world is stopped; the roots are marked; finalizable cells that were not reached are queued (and live on for it);
// weak references to what is dead are cleared; then the dead are swept. Young collections trace from the roots and the
// remembered set through young cells only; what they reach is old from then on. Prompt collections mark in an epoch of
// their own, so that nothing becomes old, and sweep nothing: they only find flagged cells that have died.
#include "runtime/heap/heap_state.h"
#include "runtime/heap/observe.h"
#include "runtime/object/shape.h"
#include "runtime/thread/safepoint.h"
#include "runtime/thread/spill.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The lock is held for moments: whoever finds it taken had better look again than sleep.
Heap the_heap = {.lock = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP};

enum : int64_t {
  YOUNG_MINIMUM = 4u << 20, // bytes allocated between young collections
  YOUNG_MAXIMUM = 32u << 20,
  YOUNG_FACTOR = 8, // by which these are multiplied if several threads allocate, or collections are disabled
  YOUNG_SHARE = 16, // between these, one part in so many of what is live
  FULL_MINIMUM = 32u << 20,
  PARALLEL_MINIMUM = 24u << 20,  // bytes; below, waking the helpers takes too long
  SHAPE_MARKS = 16u << 20,       // more than the shape table can hold
  PROMPT_ALLOWANCE = 30'000'000, // nanoseconds that may be saved up for prompt collections
  PROMPT_SHARE = 33,             // they get one part in so many of the run time
  FORKED_CHARGE = 2'000'000,     // of which the first ones behind a fork use up so much each, at most
  FORKED_COUNT = 8,              // how many those are
  PROMPT_YOUNG = 512u << 10,     // if so many bytes are young, the living among them should become old: see prompt_kind
};

#ifdef NDEBUG
enum { STRESS_VERIFIES = false };
#else
enum { STRESS_VERIFIES = true };
#endif

void heap_fatal(const char *message) {
  fprintf(stderr, "krait: %s\n", message);
  abort();
}

void heap_start(bool stress) {
  Heap *heap = &the_heap;
  if (heap->started) return;
  heap->started = true;
  heap->stress = stress;
  heap->lowest = UINTPTR_MAX;
  heap->color = MARK_COLOR_ONE;
  heap->young_limit = YOUNG_MINIMUM;
  heap->full_limit = FULL_MINIMUM;
  heap->parallel_minimum = PARALLEL_MINIMUM;
  heap->prompt_asked = read_clock(CLOCK_MONOTONIC_COARSE);
  shape_table_start();
  shape_marks_start(SHAPE_MARKS);
}

bool heap_set_enabled(bool enabled) {
  bool former = !the_heap.disabled;
  the_heap.disabled = !enabled;
  return former;
}

void heap_hold_collections(void) {
  __atomic_fetch_add(&the_heap.holds, 1, __ATOMIC_RELAXED);
}
void heap_release_collections(void) {
  __atomic_fetch_sub(&the_heap.holds, 1, __ATOMIC_RELAXED);
}

void heap_account_external(ptrdiff_t bytes) {
  if (bytes > 0) __atomic_fetch_add(&the_heap.allocated_since, (uint64_t)bytes, __ATOMIC_RELAXED);
}

static bool heap_holds(void) {
  return __atomic_load_n(&the_heap.holds, __ATOMIC_RELAXED) != 0;
}

bool heap_may_collect_for_observer(void) {
  return !the_heap.disabled && !heap_holds();
}

// A collection that stops several threads takes longer, as each of them must come to a halt and has a stack to be read;
// and all of them wait for it. So it should come less often; but what is young should still fit into a third-level
// cache. (Two threads that allocate small objects on two cores, per object: factor 8 7.0 ns, 4 7.8, 2 9.6, 16 19.)
//
// Nor may a program that has disabled automatic collections do without: it believes that only cycles pile up.
bool heap_collection_is_due(void) {
  Heap *heap = &the_heap;
  bool seldom = heap->disabled || __atomic_load_n(&heap->allocators, __ATOMIC_RELAXED) > 1;
  uint64_t limit = heap->young_limit * (seldom ? YOUNG_FACTOR : 1);
  if (__atomic_load_n(&heap->allocated_since, __ATOMIC_RELAXED) < limit) return false;
  return !heap_holds();
}

static void run_weak_hooks(void) {
  for (size_t i = 0; i < the_heap.weak_hooks.count; i++) {
    Hook *hook = the_heap.weak_hooks.items[i];
    ((WeakHook *)hook->function)(hook->context);
  }
}

bool heap_is_live(const void *cell) {
  return tracer_is_live(&the_heap.tracer, cell);
}
bool heap_is_live_shape(const Shape *shape) {
  return the_heap.tracer.kind != COLLECT_FULL || shape_is_marked(shape);
}

static void tracer_start(Tracer *tracer, CollectionKind kind) {
  Heap *heap = &the_heap;
  tracer->kind = kind;
  if (kind == COLLECT_FULL) {
    heap->shares_pages = false;
    heap->color ^= MARK_COLOR_ONE | MARK_COLOR_TWO;
    shape_marks_clear();
  }
  tracer->color = heap->color;
  tracer->last_shape = NULL;
  tracer->marked_bytes = tracer->marked_cells = 0;
}

// Takes the color from the kept cells, so that they must be reached again, and the cells out of the list.
static PointerList release_kept(void) {
  PointerList former = the_heap.kept;
  the_heap.kept = (PointerList){};
  for (size_t i = 0; i < former.count; i++) ((Cell *)former.items[i])->mark = MARK_KEPT | MARK_QUIET;
  return former;
}

// Frees those of the formerly kept cells that have died: their blocks may not be swept soon.
static void free_dead_kept(PointerList *former) {
  Heap *heap = &the_heap;
  for (size_t i = 0; i < former->count; i++) {
    Cell *cell = former->items[i];
    if ((cell->mark & MARK_COLOR) == heap->color) continue;
    const CellType *type = shape_from_word(cell->shape)->type;
    if (type->release) type->release(cell);
    *(uint64_t *)(void *)cell = 0;
    heap->statistics.freed_cells++;
  }
  pointer_list_free(former);
}

static void count_anew(Thread *thread, [[maybe_unused]] void *context) {
  thread->heap->young_prompt = 0;
  thread->heap->watches = thread->heap->allocates = false;
}

static void sweep(CollectionKind kind) {
  Heap *heap = &the_heap;
  if (kind == COLLECT_FULL) run_weak_hooks();
  if (heap_observer) heap_observer->marked(kind == COLLECT_FULL);
  blocks_retire_ranges();
  blocks_sweep(kind == COLLECT_FULL);
  if (kind == COLLECT_FULL) shape_sweep(shape_is_marked);
  heap->statistics.allocated_bytes += heap->allocated_since;
  heap->allocated_since = 0;
  heap->allocators = 0;
  heap->young_prompt = heap->kept.count;
  thread_each(count_anew, NULL);
}

// When the next collections are due.
static void set_limits(const Tracer *tracer) {
  Heap *heap = &the_heap;
  if (tracer->kind == COLLECT_FULL) heap->old_small_bytes = 0;
  heap->old_small_bytes += tracer->marked_bytes;
  uint64_t live = heap->old_small_bytes + heap->old_large_bytes, share = live / YOUNG_SHARE;
  heap->young_limit = share < YOUNG_MINIMUM ? YOUNG_MINIMUM : share > YOUNG_MAXIMUM ? YOUNG_MAXIMUM : share;
  if (tracer->kind == COLLECT_FULL) heap->full_limit = live + live / 4 * 3 + FULL_MINIMUM;
}

static uint64_t heap_live_bytes(void) {
  return the_heap.old_small_bytes + the_heap.old_large_bytes;
}

typedef struct Collection {
  CollectionKind kind;
  bool count_dead; // sweep at once, to tell how many cells have died
  bool between;    // the stack below the interpreter's run need not be scanned
  size_t died;
} Collection;

static void note_pause(CollectionKind kind, uint64_t nanoseconds) {
  HeapStatistics *statistics = &the_heap.statistics;
  PauseStatistics *pauses = kind == COLLECT_FULL    ? &statistics->full
                            : kind == COLLECT_YOUNG ? &statistics->young
                                                    : &statistics->prompt;
  pauses->count++;
  if (kind == COLLECT_YOUNG) statistics->young_since_full++;
  if (kind == COLLECT_FULL) statistics->young_since_full = 0;
  pauses->total_nanoseconds += nanoseconds;
  if (nanoseconds > pauses->longest_nanoseconds) pauses->longest_nanoseconds = nanoseconds;
}

static void collect_stopped(void *context, void *stack_pointer) {
  Heap *heap = &the_heap;
  Collection *collection = context;
  CollectionKind kind = collection->kind;
  Thread *thread = thread_current();
  uint64_t start = read_clock(CLOCK_MONOTONIC);
  void *published = thread->c_stack_published;
  thread->c_stack_published =
      collection->between && thread->interpreter_stack ? thread->interpreter_stack : stack_pointer;
  Tracer *tracer = &heap->tracer;
  // Before the color changes, what died in earlier collections must be gone.
  if (kind == COLLECT_FULL || collection->count_dead || heap->saves) blocks_finish_sweep();
  heap->sweep_at_once = collection->count_dead;
  heap->collect_again = false;
  uint64_t freed = heap->statistics.freed_cells;
  PointerList former = kind == COLLECT_PROMPT ? (PointerList){} : release_kept();
  tracer_start(tracer, kind);
  mark_roots(tracer);
  if (kind == COLLECT_FULL && heap_live_bytes() >= heap->parallel_minimum)
    mark_drain_parallel(tracer);
  else
    mark_drain(tracer);
  // As in CPython, the collector clears weak references before it calls finalizers; but what dies promptly is finalized
  // while they still lead to it.
  if (kind != COLLECT_PROMPT) weak_clear_before_finalizers(tracer);
  finalize_process(tracer);
  weak_process(tracer);
  if (kind != COLLECT_PROMPT) {
    if (heap->saves) save_dead(tracer);
    mark_finish();
    free_dead_kept(&former);
    sweep(kind);
    set_limits(tracer);
    // Whoever asks for a collection wants memory back.
    if (kind == COLLECT_FULL) {
      granules_trim((collection->count_dead ? 1 : 2) * heap->young_limit, collection->count_dead);
      large_trim(collection->count_dead);
    }
  } else {
    mark_forget_reached();
  }
  collection->died = heap->statistics.freed_cells - freed;
  thread->c_stack_published = published;
  finalize_count_queued();
  if (finalize_is_pending()) {
    // If they are more than one thread can cope with, all help: who makes them faster than they go must slow down.
    enum { MANY_QUEUED = 1000 };
    if (heap->queued < MANY_QUEUED)
      safepoint_request(thread, POLL_PENDING);
    else
      safepoint_request_all(POLL_PENDING);
  }
  note_pause(kind, read_clock(CLOCK_MONOTONIC) - start);
}

static Collection collect(CollectionKind kind, bool count_dead, bool between) {
  Heap *heap = &the_heap;
  Collection collection = {.kind = kind, .count_dead = count_dead, .between = between};
  if (kind == COLLECT_AUTOMATIC && !heap->stress) {
    // Who stops the world just now most probably does so to collect.
    if (!world_stop_first()) return collection;
    if (!heap_collection_is_due()) {
      world_start();
      return collection;
    }
  } else {
    world_stop();
  }
  blocks_count_allocated();
  if (kind == COLLECT_AUTOMATIC) {
    collection.kind = heap_live_bytes() + heap->allocated_since >= heap->full_limit ? COLLECT_FULL : COLLECT_YOUNG;
    if (heap->stress) collection.kind = heap->stress_count++ % 16 == 15 ? COLLECT_FULL : COLLECT_YOUNG;
    if (heap->stress && (heap->disabled || heap_holds())) {
      world_start();
      return collection;
    }
  }
  if (STRESS_VERIFIES && heap->stress && heap->stress_count % 64 == 0) heap_verify();
  call_with_spilled_registers(collect_stopped, &collection);
  world_start();
  return collection;
}

void heap_collect_kind(CollectionKind kind) {
  collect(kind, false, false);
}

// Runs what a collection has queued. True: it pays to collect once more.
static bool run_pending(void) {
  // What is to be saved is, after its finalizer has run.
  bool again = the_heap.collect_again || (the_heap.saves && finalize_is_pending());
  if (finalize_is_pending()) heap_run_pending(false);
  return again;
}

// What earlier calls have left on the C stack must not be taken for references.
[[gnu::noinline]] static void scrub_stack(void) {
  char below[4096];
  memset(below, 0, sizeof below);
  KEEP(below);
}

static size_t collect_on_request(int generation, bool between) {
  scrub_stack();
  CollectionKind kind = generation >= 2 ? COLLECT_FULL : COLLECT_YOUNG;
  size_t died = collect(kind, true, between).died;
  if (run_pending()) {
    died += collect(kind, true, between).died;
    run_pending();
  }
  return died;
}
size_t heap_collect(int generation) {
  return collect_on_request(generation, false);
}
size_t heap_collect_between(int generation) {
  return collect_on_request(generation, true);
}

static int64_t grant(int64_t spent) {
  Heap *heap = &the_heap;
  int64_t granted = spent / PROMPT_SHARE,
          missing = PROMPT_ALLOWANCE - __atomic_load_n(&heap->prompt_allowance, __ATOMIC_RELAXED);
  if (granted > missing) granted = missing;
  return __atomic_add_fetch(&heap->prompt_allowance, granted, __ATOMIC_RELAXED);
}

// Is more time left for prompt collections than `reserve`? It is granted and spent in processor time, lest a busy
// machine make programs behave otherwise. That clock is a system call: it is read only when one that ticks with the
// scheduler, and costs next to nothing, has gone on far enough.
//
// Not inlined: room for a clock's answer in the frame of heap_prompt_collect would show what was on the stack before.
[[gnu::noinline]] static bool prompt_affords(int64_t reserve) {
  Heap *heap = &the_heap;
  int64_t allowance = __atomic_load_n(&heap->prompt_allowance, __ATOMIC_RELAXED);
  if (allowance > reserve) return true;
  uint64_t now = read_clock(CLOCK_MONOTONIC_COARSE);
  int64_t waited = (int64_t)(now - __atomic_load_n(&heap->prompt_asked, __ATOMIC_RELAXED));
  if (waited / PROMPT_SHARE <= reserve - allowance) return false;
  __atomic_store_n(&heap->prompt_asked, now, __ATOMIC_RELAXED);
  uint64_t used = read_clock(CLOCK_PROCESS_CPUTIME_ID);
  uint64_t before = __atomic_exchange_n(&heap->prompt_clock, used, __ATOMIC_RELAXED);
  if (used <= before) return false; // another thread has just read it
  return grant((int64_t)(used - before)) > reserve;
}

// The same for a thread that waits, by what a clock on the wall shows: perhaps all threads do, and use no processor.
static void grant_to_waiting(void) {
  Heap *heap = &the_heap;
  uint64_t now = read_clock(CLOCK_MONOTONIC_COARSE);
  uint64_t asked = __atomic_exchange_n(&heap->prompt_asked, now, __ATOMIC_RELAXED);
  __atomic_store_n(&heap->prompt_clock, read_clock(CLOCK_PROCESS_CPUTIME_ID), __ATOMIC_RELAXED);
  if (now > asked) grant((int64_t)(now - asked));
}

bool heap_prompt_would_collect(void) {
  Heap *heap = &the_heap;
  return !heap->prompt_suspended && __atomic_load_n(&heap->young_prompt, __ATOMIC_RELAXED) && prompt_affords(0);
}

void heap_prompt_begin(void) {
  Heap *heap = &the_heap;
  __atomic_store_n(&heap->prompt_allowance, PROMPT_ALLOWANCE, __ATOMIC_RELAXED);
  heap->prompt_asked = read_clock(CLOCK_MONOTONIC_COARSE);
  heap->prompt_clock = read_clock(CLOCK_PROCESS_CPUTIME_ID);
  heap->questions_refused = 0;
}

void heap_before_fork(void) {
  enum { WORTH = 64 << 10 }; // bytes: of less the child traces little
  if (heap_holds() || __atomic_load_n(&the_heap.allocated_since, __ATOMIC_RELAXED) < WORTH) return;
  collect(COLLECT_YOUNG, false, false);
  run_pending();
}

void heap_after_fork(bool child) {
  the_heap.shares_pages = true;
  the_heap.forked_count = FORKED_COUNT;
  if (child) heap_prompt_begin();
}

// A prompt collection traces what is young and alive, and the next one does so again. When much may be young, a young
// collection does better: it gets that out of the way for good.
static CollectionKind prompt_kind(void) {
  uint64_t young = __atomic_load_n(&the_heap.allocated_since, __ATOMIC_RELAXED);
  return young > PROMPT_YOUNG ? COLLECT_YOUNG : COLLECT_PROMPT;
}

static void collect_promptly(CollectionKind kind, bool between) {
  scrub_stack();
  uint64_t start = read_clock(CLOCK_THREAD_CPUTIME_ID);
  collect(kind, false, between);
  uint64_t taken = read_clock(CLOCK_THREAD_CPUTIME_ID) - start;
  // What it takes to copy a page is not taken again.
  unsigned forked_count = __atomic_load_n(&the_heap.forked_count, __ATOMIC_RELAXED);
  if (forked_count > 0) {
    __atomic_store_n(&the_heap.forked_count, (uint8_t)(forked_count - 1), __ATOMIC_RELAXED);
    if (taken > FORKED_CHARGE) taken = FORKED_CHARGE;
  }
  __atomic_sub_fetch(&the_heap.prompt_allowance, (int64_t)taken, __ATOMIC_RELAXED);
}

const size_t *const heap_prompt_count = &the_heap.young_prompt;

enum : uint64_t {
  SMALL_HEAP = 32 << 20, // bytes whose full collection takes some milliseconds
  FULL_SPEED = 4,        // bytes a nanosecond, about, that one gets through
};

static bool full_is_affordable(int64_t reserve) {
  return !the_heap.prompt_suspended && !the_heap.shares_pages && prompt_affords(reserve);
}

// A function of its own, so that its frame lies where the stack has been scrubbed.
[[gnu::noinline]] static void collect_and_finalize(PromptPlace place) {
  HeapStatistics *statistics = &the_heap.statistics;
  bool between = place == PROMPT_BETWEEN;
  collect_promptly(prompt_kind(), between);
  uint64_t before = statistics->young.count + statistics->full.count;
  if (place == PROMPT_ONLY || !run_pending()) return;
  // A finalizer that allocates much (say, to report an error) lets a young collection come by, to which its object was
  // alive.
  bool grown_old = statistics->young.count + statistics->full.count != before;
  scrub_stack(); // the finalizers have left their traces there
  bool full = grown_old && heap_live_bytes() < SMALL_HEAP;
  if (full ? full_is_affordable(0) : heap_prompt_would_collect())
    collect_promptly(full ? COLLECT_FULL : prompt_kind(), between);
  run_pending();
}

static void prompt_collect(PromptPlace place) {
  if (heap_prompt_would_collect()) {
    scrub_stack();
    collect_and_finalize(place);
  } else if (place != PROMPT_ONLY) {
    run_pending();
  }
}
void heap_note_let_go(void) {
  thread_current()->heap->let_go++;
}
void heap_prompt_collect(PromptPlace place) {
  heap_note_let_go();
  prompt_collect(place);
}

uint32_t heap_let_go_count(void) {
  return thread_current()->heap->let_go;
}

// In a function of its own, so that the target is in no register while a collection looks for it.
[[gnu::noinline]] static bool target_is_watched(const Value *slot) {
  Value target = gc_load(slot);
  return target && value_is_prompt(target) && cell_is_young(value_cell(target));
}

// Questions come often and are mostly answered "it lives": they may use up half of the allowance only.
static bool question_is_affordable(void) {
  Heap *heap = &the_heap;
  enum { PATIENCE = 8 };
  unsigned refused = __atomic_load_n(&heap->questions_refused, __ATOMIC_RELAXED);
  bool affordable = refused % PATIENCE == 0 && prompt_affords(PROMPT_ALLOWANCE / 2);
  __atomic_store_n(&heap->questions_refused, affordable ? 0 : refused + 1, __ATOMIC_RELAXED);
  return affordable;
}

// What has died old only a full collection finds. It is worth that if the calling thread has let go of something since
// `before`, when one was last made for the same reason; of twice as much after each that was made `in_vain`: most
// programs ask for what lives, and wait while nothing has died.
static bool full_is_worth(uint32_t before, uint8_t in_vain) {
  enum { MOST = 16 };
  return thread_current()->heap->let_go - before >= 1u << (in_vain < MOST ? in_vain : MOST);
}
static void count_in_vain(uint8_t *in_vain, bool found) {
  *in_vain = found ? 0 : *in_vain < UINT8_MAX ? *in_vain + 1 : UINT8_MAX;
}

// Not only the old: what is kept young may have been survived by old garbage that refers to it. (Classes are not
// watched.)
[[gnu::noinline]] static bool target_has_survived(const Value *slot) {
  Value target = gc_load(slot);
  if (!target || !value_is_prompt(target)) return false;
  return __atomic_load_n(&value_cell(target)->mark, __ATOMIC_RELAXED) & (MARK_COLOR | MARK_KEPT);
}

[[gnu::noinline]] static bool target_is_there(const Value *slot) {
  return gc_load(slot) != NULL;
}

void heap_settle_weak(const Value *slot, PromptPlace place) {
  if (heap_watches() && target_is_watched(slot) && question_is_affordable()) prompt_collect(place);
  ThreadHeap *own = thread_current()->heap;
  if (!full_is_worth(own->let_go_asked, own->asked_in_vain) || !target_has_survived(slot)) return;
  if (heap_live_bytes() >= SMALL_HEAP || !full_is_affordable(PROMPT_ALLOWANCE / 2)) return;
  collect_promptly(COLLECT_FULL, place == PROMPT_BETWEEN);
  own->let_go_asked = own->let_go;
  count_in_vain(&own->asked_in_vain, !target_is_there(slot));
  if (place != PROMPT_ONLY) run_pending();
}

// Is it time that threads which wait look at what is old? It may take a share of the time that goes by, for all of them
// together: what is saved up for prompt collections is less than a large heap takes.
static bool waiting_is_long(uint64_t waited) {
  Heap *heap = &the_heap;
  enum { WAITING_SHARE = 16 };
  uint64_t now = read_clock(CLOCK_MONOTONIC_COARSE), last = __atomic_load_n(&heap->waited_last, __ATOMIC_RELAXED),
           since = last < now ? now - last : 0;
  if (heap->prompt_suspended) return false;
  if (heap_live_bytes() / FULL_SPEED >= (since < waited ? since : waited) / WAITING_SHARE) return false;
  return __atomic_compare_exchange_n(&heap->waited_last, &last, now, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

// Copying shared pages takes so long that it may make somebody late, and is not worth it until a wait has become long.
static bool waiting_affords_full(const HeapWait *wait) {
  Heap *heap = &the_heap;
  enum { SHARED_PATIENCE = 300'000'000 };
  return !heap->prompt_suspended && (!heap->shares_pages || (wait->endless && wait->waited >= SHARED_PATIENCE)) &&
         prompt_affords(0);
}

bool heap_waiting_collect(PromptPlace place, const HeapWait *wait) {
  bool between = place == PROMPT_BETWEEN, done = true;
  ThreadHeap *own = thread_current()->heap;
  if (!wait->for_thread && !full_is_worth(own->let_go_looked, own->looked_in_vain)) return true;
  grant_to_waiting();
  prompt_collect(place);
  if (wait->for_thread && waiting_is_long(wait->waited)) {
    scrub_stack();
    collect(COLLECT_FULL, false, between);
  } else if (heap_live_bytes() < SMALL_HEAP) {
    done = waiting_affords_full(wait);
    if (done) {
      collect_promptly(COLLECT_FULL, between);
      own->let_go_looked = own->let_go;
      count_in_vain(&own->looked_in_vain, finalize_is_pending());
    }
  }
  run_pending();
  return done;
}

void heap_statistics(HeapStatistics *statistics) {
  Heap *heap = &the_heap;
  *statistics = heap->statistics;
  uint64_t since = __atomic_load_n(&heap->allocated_since, __ATOMIC_RELAXED);
  statistics->allocated_bytes += since;
  statistics->allocated_since = since;
  statistics->live_bytes = heap_live_bytes() + since;
}

void heap_each_cell(void (*visit)(Cell *cell, void *context), void *context) {
  world_stop();
  blocks_each_cell(visit, context);
  world_start();
}

void heap_each_reference(Cell *cell, void (*visit)(Value value, void *context), void *context) {
  Tracer tracer = {.visit = visit, .visit_context = context};
  trace_cell(&tracer, cell);
}

void heap_finish(void) {
  // Finalizers may let go of more; but somebody could go on for ever.
  enum { ROUNDS = 8 };
  for (int round = 0; round < ROUNDS && finalize_is_wanted(); round++) {
    heap_collect_kind(COLLECT_FULL);
    if (!finalize_is_pending()) break;
    heap_run_pending(true);
  }
}

// Roots

static void add_hook(PointerList *list, void (*function)(void), void *context) {
  Hook *hook = malloc(sizeof *hook);
  if (!hook) heap_fatal("out of memory");
  *hook = (Hook){function, context};
  pthread_mutex_lock(&the_heap.lock);
  pointer_list_must_push(list, hook);
  pthread_mutex_unlock(&the_heap.lock);
}
void heap_add_root_hook(RootHook *hook, void *context) {
  add_hook(&the_heap.root_hooks, (void (*)(void))hook, context);
}
void heap_add_weak_hook(WeakHook *hook, void *context) {
  add_hook(&the_heap.weak_hooks, (void (*)(void))hook, context);
}
static void root_table_add(RootTable *table, Value *from, size_t count) {
  pthread_mutex_lock(&the_heap.lock);
  if (table->count == table->capacity) {
    size_t capacity = table->capacity ? 2 * table->capacity : 256;
    table->ranges = realloc(table->ranges, capacity * sizeof *table->ranges);
    if (!table->ranges) heap_fatal("out of memory");
    table->capacity = capacity;
  }
  table->ranges[table->count++] = (RootRange){from, count};
  pthread_mutex_unlock(&the_heap.lock);
}
void heap_add_root_range(Value *from, size_t count) {
  root_table_add(&the_heap.roots, from, count);
}
void heap_add_constant_range(Value *from, size_t count) {
  root_table_add(&the_heap.constants, from, count);
}
void heap_remove_root_range(Value *from) {
  RootTable *table = &the_heap.roots;
  pthread_mutex_lock(&the_heap.lock);
  for (size_t i = table->count; i-- > 0;) {
    if (table->ranges[i].from != from) continue;
    table->ranges[i] = table->ranges[--table->count];
    break;
  }
  pthread_mutex_unlock(&the_heap.lock);
}
void heap_keep_young(void *cell) {
  pthread_mutex_lock(&the_heap.lock);
  pointer_list_must_push(&the_heap.kept_young, cell);
  pthread_mutex_unlock(&the_heap.lock);
}
