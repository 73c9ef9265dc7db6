// Marking: from the roots to everything that is alive.
//
// A marked cell is on the mark stack until its references have been traced. Precise references (root ranges, hooks,
// fields) are followed as they are; the C stacks and spilled registers of all threads are scanned conservatively: any
// word that points to or into a cell, or to a shape, keeps it alive.
//
// A cell may be being initialised without barrier (gc_init) as long as a stack refers to it. So what a stack refers to
// when it stops being young is FRESH: it stays remembered, through further collections too, until no stack refers to
// it.
#include "runtime/heap/heap_state.h"
#include "runtime/object/frame.h"
#include "runtime/object/shape.h"
#include <stdlib.h>
#include <string.h>

// How many prompt cells may stay young: every young and prompt collection looks at them again, and at their owners. If
// that are too many, those that have been kept before get old, and with them what keeps them: old cells that are dead,
// but not found to be, must not keep ever more of their like.
enum { KEPT_LIMIT = 4000, KEPT_CROWD = 2000 };
enum { STACK_KEPT = 1 << 14 }; // entries for which a mark stack keeps its memory

bool tracer_is_live(const Tracer *tracer, const Cell *cell) {
  bool marked = (cell->mark & MARK_COLOR) == tracer->color;
  if (tracer->kind != COLLECT_PROMPT) return marked;
  return (marked && !(cell->mark & MARK_KEPT)) || (cell->mark & MARK_REACHED);
}

// A small cell has survived. In a full collection the blocks' headers are rarely touched, because the cache has no room
// for all of them.
static inline void note_survivor(Tracer *tracer, Cell *cell) {
  enum { SAMPLE = 64 };
  if (tracer->kind == COLLECT_YOUNG) {
    Block *block = cell_block(cell);
    block->has_survivors = true;
    tracer->marked_bytes += block->cell_size;
  } else if (++tracer->marked_cells % SAMPLE == 0) {
    tracer->marked_bytes += (uint64_t)SAMPLE * cell_block(cell)->cell_size;
  }
}

static inline void stack_push(PointerList *stack, Cell *cell) {
  if (__builtin_expect(stack->count == stack->capacity, 0))
    pointer_list_must_push(stack, cell);
  else
    stack->items[stack->count++] = cell;
}

// Several markers may look at the same cell.
static inline uint8_t load_mark(const Cell *cell) {
  return __atomic_load_n(&cell->mark, __ATOMIC_RELAXED);
}
static inline void store_mark(Cell *cell, uint8_t mark) {
  __atomic_store_n(&cell->mark, mark, __ATOMIC_RELAXED);
}

// Marks a flagged cell that was not marked yet. If it is young it stays so, unless it is large or there are too many.
static uint8_t mark_flagged(Tracer *tracer, Cell *cell, uint8_t mark) {
  PointerList *kept = &the_heap.kept;
  bool keep = !(mark & (MARK_COLOR | MARK_LARGE)) && kept->count < KEPT_LIMIT &&
              !(mark & MARK_KEPT && the_heap.kept_crowded) && !shape_from_word(cell->shape)->type->is_durable;
  mark = (mark & (MARK_LARGE | MARK_FRESH)) | tracer->color;
  if (keep) {
    mark |= MARK_KEPT | MARK_QUIET;
    pointer_list_must_push(kept, cell);
    cell_block(cell)->has_survivors = true;
  } else if (!(mark & MARK_LARGE)) {
    note_survivor(tracer, cell);
  }
  return mark;
}

// A prompt collection marks young cells with a bit of its own, and takes it away again when it is done.
static void mark_reached(Tracer *tracer, Cell *cell, uint8_t mark) {
  tracer->sought_met += cell == tracer->sought;
  if (mark & MARK_REACHED || ((mark & MARK_COLOR) == tracer->color && !(mark & MARK_KEPT))) return;
  cell->mark = mark | MARK_REACHED;
  pointer_list_must_push(&the_heap.reached, cell);
  stack_push(&tracer->stack, cell);
}
void mark_forget_reached(void) {
  PointerList *reached = &the_heap.reached;
  for (size_t i = 0; i < reached->count; i++) ((Cell *)reached->items[i])->mark &= (uint8_t)~MARK_REACHED;
  reached->count = 0;
}

// A flagged cell: marks it, if it was not marked yet, and sees to it that an old cell that refers to a kept one is
// remembered.
static void mark_prompt_cell(Tracer *tracer, Cell *cell, Cell *owner) {
  if (tracer->is_parallel) pthread_mutex_lock(&the_heap.lock);
  uint8_t mark = load_mark(cell);
  if ((mark & MARK_COLOR) != tracer->color) {
    mark = mark_flagged(tracer, cell, mark);
    store_mark(cell, mark);
    stack_push(&tracer->stack, cell);
  }
  PointerList *owners = &the_heap.kept_owners;
  if (mark & MARK_KEPT && owner && (!owners->count || owners->items[owners->count - 1] != owner))
    pointer_list_must_push(owners, owner);
  if (tracer->is_parallel) pthread_mutex_unlock(&the_heap.lock);
}

// Cells without references (text, numbers) need not go onto the stack. (Those that want to be finalized are flagged,
// and always go there.)
static inline bool has_references(const Cell *cell, const Shape *shape) {
  const CellType *type = shape->type;
  if (shape->flags & (SHAPE_HAS_ATTRIBUTES | SHAPE_HAS_SLOTS)) return true;
  return (type->values_end || type->trace) && !(cell->flags & type->flag_without_values);
}
static inline bool cell_is_leaf(Tracer *tracer, Cell *cell) {
  Shape *shape = shape_from_word(cell->shape);
  if (has_references(cell, shape)) return false;
  trace_shape(tracer, shape);
  return true;
}

// Marks `cell` and puts it on the stack, if it was not marked yet.
static inline void mark_now(Tracer *tracer, Cell *cell, Cell *owner) {
  uint8_t mark = load_mark(cell);
  bool flagged = cell->flags & CELL_PROMPT;
  if (__builtin_expect(tracer->kind == COLLECT_PROMPT, 0)) {
    mark_reached(tracer, cell, mark);
  } else if (__builtin_expect(flagged, 0)) {
    mark_prompt_cell(tracer, cell, owner);
  } else if ((mark & MARK_COLOR) != tracer->color) {
    mark = (mark & (MARK_LARGE | MARK_FRESH)) | tracer->color;
    store_mark(cell, mark);
    if (!(mark & MARK_LARGE)) note_survivor(tracer, cell);
    if (!cell_is_leaf(tracer, cell)) stack_push(&tracer->stack, cell);
  }
}

static inline void mark_cell(Tracer *tracer, Cell *cell) {
  __builtin_prefetch(cell);
  Edge *place = &tracer->ring[tracer->ring_next++ % TRACER_RING], earlier = *place;
  *place = (Edge){cell, tracer->owner};
  if (earlier.cell) mark_now(tracer, earlier.cell, earlier.owner);
}

void mark_value(Tracer *tracer, Value value) {
  if (value_is_cell(value)) mark_cell(tracer, value_cell(value));
}

void trace_value(Tracer *tracer, Value value) {
  if (__builtin_expect(tracer->visit != NULL, 0)) {
    if (value) tracer->visit(value, tracer->visit_context);
  } else if (value_is_cell(value)) {
    mark_cell(tracer, value_cell(value));
  }
}

void trace_range(Tracer *tracer, const Value *from, const Value *to) {
  if (__builtin_expect(tracer->visit != NULL, 0)) {
    for (; from < to; from++) trace_value(tracer, *from);
    return;
  }
  for (; from < to; from++) {
    uint64_t bits = value_bits(*from);
    if (bits & 7 || !bits) continue;
    mark_cell(tracer, value_cell(*from));
  }
}

bool trace_is_full(const Tracer *tracer) {
  return tracer->kind == COLLECT_FULL && !tracer->visit;
}

void trace_shape(Tracer *tracer, Shape *shape) {
  if (!shape || tracer->kind != COLLECT_FULL || shape == tracer->last_shape || tracer->visit) return;
  tracer->last_shape = shape;
  if (shape_mark(shape)) shape_trace(shape, tracer);
}

// Attributes and __slots__, which shapes describe.
static void trace_attributes(Tracer *tracer, const Cell *cell, const Shape *shape) {
  if (shape->flags & SHAPE_HAS_SLOTS)
    trace_range(tracer, cell_word(cell, shape->class_slots_start), cell_word(cell, shape->class_slots_end));
  if (shape->flags & SHAPE_TAIL_EXTRA) {
    trace_value(tracer, *cell_word(cell, cell_size(cell) - sizeof(Value)));
  } else if (shape->flags & SHAPE_HAS_ATTRIBUTES) {
    Value *extra = cell_word(cell, shape->attributes_offset);
    trace_range(tracer, extra, extra + 1 + shape->inline_capacity);
  }
}

void trace_cell(Tracer *tracer, Cell *cell) {
  tracer->owner = cell;
  Shape *shape = shape_from_word(cell->shape);
  trace_shape(tracer, shape);
  const CellType *type = shape->type;
  if (shape->flags & (SHAPE_HAS_ATTRIBUTES | SHAPE_HAS_SLOTS)) trace_attributes(tracer, cell, shape);
  trace_range(tracer, cell_word(cell, type->values_start), cell_word(cell, type->values_end));
  if (type->trace) type->trace(cell, tracer);
  tracer->owner = NULL;
}

void mark_drain(Tracer *tracer) {
  PointerList *stack = &tracer->stack;
  do {
    while (stack->count) {
      Cell *cell = stack->items[--stack->count];
      if (__builtin_expect(tracer->finding_finalizable, 0)) finalize_found(cell);
      trace_cell(tracer, cell);
      if (__builtin_expect(tracer->is_parallel, 0) && mark_is_hungry()) mark_share(tracer);
    }
    for (int i = 0; i < TRACER_RING; i++) {
      Edge edge = tracer->ring[i];
      tracer->ring[i] = (Edge){};
      if (edge.cell) mark_now(tracer, edge.cell, edge.owner);
    }
  } while (stack->count);
  if (stack->capacity > STACK_KEPT) pointer_list_free(stack);
}

// Conservative references

#define NO_SANITIZE __attribute__((no_sanitize("address", "thread", "undefined")))

// Is this a cell, rather than free memory or one that died in an earlier collection?
NO_SANITIZE static bool block_cell_exists(const Block *block, const Cell *cell) {
  if (!cell->shape) return false;
  return !block->unswept || (cell->mark & MARK_KEPT) || (cell->mark & MARK_COLOR) == the_heap.color;
}

NO_SANITIZE Cell *find_cell(uintptr_t word, Cell **before) {
  *before = NULL;
  if (word < the_heap.lowest || word > the_heap.highest) return NULL;
  uintptr_t owner = granules_find(word);
  if (!owner) return NULL;
  if (owner & GRANULE_IS_LARGE) {
    LargeCell *large = (LargeCell *)(owner & ~GRANULE_IS_LARGE);
    Cell *cell = large_cell_header(large);
    return word >= (uintptr_t)cell && word - (uintptr_t)cell <= large->size && cell->shape ? cell : NULL;
  }
  Block *block = (Block *)owner;
  size_t offset = word - owner;
  if (offset < BLOCK_HEADER) return NULL;
  offset -= BLOCK_HEADER;
  size_t index = (offset * block->reciprocal) >> 32;
  if (index > block->opened) return NULL;
  if (index && index * block->cell_size == offset) {
    Cell *previous = block_cell(block, index - 1);
    if (block_cell_exists(block, previous) && shape_from_word(previous->shape)->type->has_tail) *before = previous;
  }
  if (index == block->opened) return NULL;
  Cell *cell = block_cell(block, index);
  return block_cell_exists(block, cell) ? cell : NULL;
}

// Calls `found` for each cell that the words point to or into, and marks the shapes.
NO_SANITIZE static inline void scan_words(Tracer *tracer, const void *from, const void *to,
                                          void (*found)(Tracer *tracer, Cell *cell)) {
  const uintptr_t *word = (const uintptr_t *)(((uintptr_t)from + 7) & ~(uintptr_t)7);
  for (; word < (const uintptr_t *)to; word++) {
    Cell *before, *cell = find_cell(*word, &before);
    if (cell) found(tracer, cell);
    if (before) found(tracer, before);
    if (cell || before || tracer->kind != COLLECT_FULL) continue;
    // A shape may be held as a pointer or as the word in a cell's header.
    trace_shape(tracer, shape_at_word((uint32_t)*word));
    trace_shape(tracer, shape_at_word((uint32_t)(*word >> 32)));
  }
}

void trace_conservatively(Tracer *tracer, const void *from, const void *to) {
  if (tracer->visit) return;
  scan_words(tracer, from, to, mark_cell);
}

// What has no references needs not be looked at again, however large it is.
static void note_stack_cell([[maybe_unused]] Tracer *tracer, Cell *cell) {
  if (!has_references(cell, shape_from_word(cell->shape))) return;
  if (!(cell->mark & MARK_COLOR) || cell->mark & (MARK_FRESH | MARK_LARGE))
    pointer_list_must_push(&the_heap.stack_cells, cell);
}

// Roots

static void trace_card_of_any_words(Tracer *tracer, const char *cell, size_t start, size_t end) {
  for (size_t offset = start; offset < end; offset += sizeof(Value)) {
    uintptr_t word = *(const uintptr_t *)(const void *)(cell + offset);
    Cell *before;
    if (word % CELL_GRANULE == 0 && word) {
      Cell *target = find_cell(word, &before);
      if (target == (Cell *)word) mark_cell(tracer, target);
    }
  }
}

static void trace_cards(Tracer *tracer, LargeCell *large) {
  Cell *cell = large_cell_header(large);
  tracer->owner = cell;
  size_t only_values = shape_from_word(cell->shape)->type->only_values_from;
  for (size_t card = 0; card * CARD_SIZE < large->size; card++) {
    if (!large->cards[card]) continue;
    size_t start = card * CARD_SIZE, end = start + CARD_SIZE < large->size ? start + CARD_SIZE : large->size;
    if (only_values && start >= only_values)
      trace_range(tracer, cell_word(cell, start), cell_word(cell, end));
    else
      trace_card_of_any_words(tracer, (const char *)cell, start, end);
  }
  tracer->owner = NULL;
}

// The remembered set: in a young collection its cells are roots, and what they refer to will be old; in a prompt
// collection it is read and kept; a full one does not need it.
static void trace_remembered(Tracer *tracer, PointerList *small, PointerList *large_cells) {
  bool keep = tracer->kind == COLLECT_PROMPT;
  for (size_t i = 0; i < small->count; i++) {
    Cell *cell = small->items[i];
    if (tracer->kind != COLLECT_FULL) trace_cell(tracer, cell);
    if (!keep) cell->mark &= (uint8_t)~MARK_QUIET;
  }
  for (size_t i = 0; i < large_cells->count; i++) {
    LargeCell *large = large_cells->items[i];
    if (tracer->kind != COLLECT_FULL) trace_cards(tracer, large);
    if (keep) continue;
    large->remembered = false;
    memset(large->cards, 0, large->size / CARD_SIZE + 1);
  }
  if (!keep) small->count = large_cells->count = 0;
}

// Before anything is marked, because then it can still be seen which cells are young.
static void note_stack_cells(Thread *thread, void *context) {
  scan_words(context, thread->spilled_registers, thread->spilled_registers + SPILLED_REGISTERS, note_stack_cell);
  scan_words(context, thread->c_stack_published, thread->c_stack_base, note_stack_cell);
}

static void trace_thread_values(Thread *thread, Tracer *tracer) {
  Value values[] = {thread->exception,
                    thread->handled,
                    thread->trace_function,
                    thread->profile_function,
                    thread->context,
                    thread->async_generator_firstiter,
                    thread->async_generator_finalizer,
                    thread->async_exception,
                    thread->thread_dict,
                    thread->repr_in_progress};
  trace_range(tracer, values, values + sizeof values / sizeof *values);
  frames_trace(thread, tracer);
}

static void trace_thread(Thread *thread, void *context) {
  Tracer *tracer = context;
  trace_remembered(tracer, &thread->heap->remembered, &thread->heap->remembered_large);
  trace_thread_values(thread, tracer);
  trace_conservatively(tracer, thread->spilled_registers, thread->spilled_registers + SPILLED_REGISTERS);
  trace_conservatively(tracer, thread->c_stack_published, thread->c_stack_base);
}

static void keep_cell([[maybe_unused]] Tracer *tracer, Cell *cell) {
  pointer_list_must_push(&the_heap.of_lost_threads, cell);
}
static void keep_value(Value value, [[maybe_unused]] void *context) {
  if (value_is_cell(value)) keep_cell(NULL, value_cell(value));
}
void heap_keep_references_of(Thread *thread) {
  Tracer tracer = {.kind = COLLECT_PROMPT, .visit = keep_value};
  trace_thread_values(thread, &tracer);
  scan_words(&tracer, thread->spilled_registers, thread->spilled_registers + SPILLED_REGISTERS, keep_cell);
  scan_words(&tracer, thread->c_stack_published, thread->c_stack_base, keep_cell);
}

static void trace_root_ranges(Tracer *tracer, const RootTable *table) {
  for (size_t i = 0; i < table->count; i++)
    trace_range(tracer, table->ranges[i].from, table->ranges[i].from + table->ranges[i].count);
}

void mark_roots(Tracer *tracer) {
  Heap *heap = &the_heap;
  heap->stack_cells.count = 0;
  if (tracer->kind != COLLECT_PROMPT) thread_each(note_stack_cells, tracer);
  trace_remembered(tracer, &heap->remembered, &heap->remembered_large);
  if (tracer->kind != COLLECT_FULL) shape_marks_trace_new(tracer);
  if (tracer->kind != COLLECT_FULL)
    for (size_t i = 0; i < heap->kept_young.count; i++) mark_value(tracer, value_from_cell(heap->kept_young.items[i]));
  if (tracer->kind != COLLECT_PROMPT) heap->kept_young.count = 0;
  thread_each(trace_thread, tracer);
  for (size_t i = 0; i < heap->of_lost_threads.count; i++)
    mark_value(tracer, value_from_cell(heap->of_lost_threads.items[i]));
  finalize_mark_queues(tracer);
  save_mark(tracer);
  trace_root_ranges(tracer, &heap->roots);
  if (tracer->kind == COLLECT_FULL) trace_root_ranges(tracer, &heap->constants);
  for (size_t i = 0; i < heap->root_hooks.count; i++) {
    Hook *hook = heap->root_hooks.items[i];
    ((RootHook *)hook->function)(tracer, hook->context);
  }
}

void mark_finish(void) {
  Heap *heap = &the_heap;
  heap->kept_crowded = heap->kept.count + heap->kept_owners.count > KEPT_CROWD;
  for (size_t i = 0; i < heap->kept_owners.count; i++) remember_again(heap->kept_owners.items[i]);
  heap->kept_owners.count = 0;
  for (size_t i = 0; i < heap->fresh_small.count; i++)
    ((Cell *)heap->fresh_small.items[i])->mark &= (uint8_t)~MARK_FRESH;
  heap->fresh_small.count = 0;
  for (size_t i = 0; i < heap->stack_cells.count; i++) {
    Cell *cell = heap->stack_cells.items[i];
    if (cell->mark & MARK_LARGE) {
      cell_large(cell)->on_stack = true;
    } else if (!(cell->mark & MARK_FRESH)) {
      cell->mark |= MARK_FRESH;
      pointer_list_must_push(&heap->fresh_small, cell);
      remember_again(cell);
    }
  }
  // Large cells are looked at again only as long as a stack has referred to them since they were allocated.
  size_t fresh = 0;
  for (size_t i = 0; i < heap->fresh_large.count; i++) {
    LargeCell *large = heap->fresh_large.items[i];
    if (!large->on_stack) continue;
    remember_again(large_cell_header(large));
    heap->fresh_large.items[fresh++] = large;
  }
  heap->fresh_large.count = fresh;
  for (size_t i = 0; i < heap->stack_cells.count; i++) {
    Cell *cell = heap->stack_cells.items[i];
    if (cell->mark & MARK_LARGE) cell_large(cell)->on_stack = false;
  }
}
