#include "tests/unit/heap/heap_probe.h"
#include "runtime/heap/heap_state.h"
#include "runtime/object/class.h"
#include "runtime/object/exception.h"
#include "runtime/thread/safepoint.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_INLINE __attribute__((noinline))

typedef struct Node {
  Cell head;
  Value next, payload;
} Node;
typedef struct Array {
  Cell head;
  size_t count;
  Value items[];
} Array;
typedef struct Reference {
  Cell head;
  Value target; // not traced
} Reference;

static void array_trace(Cell *cell, Tracer *tracer) {
  Array *array = (Array *)cell;
  trace_range(tracer, array->items, array->items + array->count);
}
static size_t released;
static void blob_release([[maybe_unused]] Cell *cell) {
  released++;
}
static const CellType node_type = {.name = "node", CELL_VALUES(Node, next, payload)};
static const CellType array_type = {.name = "array", .trace = array_trace, .has_tail = true};
static const CellType blob_type = {.name = "blob", .release = blob_release};
static const CellType text_type = {.name = "text", .has_tail = true, .release = blob_release};
static const CellType reference_type = {.name = "reference"};
static const CellType bare_type = {.name = "bare"};
static Shape *node_shape, *array_shape, *blob_shape, *text_shape, *reference_shape, *bare_shape;

enum { ROOTS = 4 };
static Value roots[ROOTS];

static Value finalized[16];
static size_t finalized_count;
static bool resurrect;
static size_t died;
static void finalize(Value cell) {
  if (finalized_count < 16) finalized[finalized_count] = value_bits(cell) ? value_from_bits(~value_bits(cell)) : NULL;
  finalized_count++;
  if (resurrect) roots[0] = cell;
}
static void reference_died([[maybe_unused]] Cell *reference) {
  died++;
}
static bool was_finalized(size_t index, uintptr_t hidden) {
  return index < finalized_count && (uintptr_t)value_bits(finalized[index]) == hidden;
}
// A pointer in a form that the stack scan does not recognise.
static uintptr_t hide(const void *cell) {
  return ~(uintptr_t)cell;
}

void probe_start(bool stress) {
  heap_start(stress);
  heap_prompt_begin();
  if (!thread_attach()) abort();
  node_shape = shape_create_root(&node_type, NULL, 0, 0, 0);
  array_shape = shape_create_root(&array_type, NULL, 0, 0, 0);
  blob_shape = shape_create_root(&blob_type, NULL, 0, 0, 0);
  text_shape = shape_create_root(&text_type, NULL, 0, 0, 0);
  reference_shape = shape_create_root(&reference_type, NULL, 0, 0, 0);
  bare_shape = shape_create_root(&bare_type, NULL, 0, 0, 0);
  heap_add_root_range(roots, ROOTS);
  finalize_hook = finalize;
  weak_died_hook = reference_died;
}

void probe_root_clear(void) {
  memset(roots, 0, sizeof roots);
}
void probe_root_set_empty(int index) {
  roots[index] = NULL;
}
size_t probe_collect(int generation) {
  return heap_collect(generation);
}
void probe_verify(void) {
  heap_verify();
}
NO_INLINE void probe_scrub_stack(void) {
  volatile char space[16384];
  for (size_t i = 0; i < sizeof space; i++) space[i] = 0;
}

static Node *node_create(Value next, Value payload) {
  Node *node = cell_alloc_inline(node_shape, sizeof *node);
  gc_init(node, &node->next, next);
  gc_init(node, &node->payload, payload);
  return node;
}
static Array *array_create(size_t count) {
  Array *array = cell_alloc(array_shape, sizeof *array + count * sizeof(Value));
  array->count = count;
  return array;
}
static Node *as_node(Value value) {
  return (Node *)value_cell(value);
}
static Value small(int64_t number) {
  return value_from_small_int(number);
}

bool probe_alloc_is_clean(size_t size) {
  char *cell = cell_alloc(bare_shape, size);
  bool clean = (uintptr_t)cell % 16 == 0 && ((Cell *)(void *)cell)->shape == shape_word(bare_shape);
  for (size_t i = 8; i < size; i++) clean = clean && !cell[i];
  memset(cell + 8, 0xff, size - 8);
  return clean;
}

bool probe_size_is_consistent(size_t size) {
  Cell *cell = cell_alloc(bare_shape, size);
  memset(cell + 1, 0xff, cell_size(cell) - sizeof *cell);
  return cell_size(cell) >= size && cell_size(cell) == cell_usable_size(size) &&
         cell_usable_size(cell_size(cell)) == cell_size(cell);
}

bool probe_huge_fails(void) {
  bool failed = !cell_alloc(bare_shape, SIZE_MAX - 8) && !cell_alloc(bare_shape, (size_t)PTRDIFF_MAX);
  thread_current()->exception = NULL;
  return failed;
}

NO_INLINE void probe_build_chain(int root, int length) {
  for (int i = 0; i < length; i++) roots[root] = value_from_cell(node_create(roots[root], small(i)));
}
int probe_chain_length(int root) {
  int length = 0;
  for (Value value = roots[root]; value; value = as_node(value)->next) length++;
  for (Value value = roots[root], expected = small(length - 1); value; value = as_node(value)->next) {
    if (as_node(value)->payload != expected) return -1;
    expected = small(value_small_int(expected) - 1);
  }
  return length;
}

static NO_INLINE void fill_with_nodes(Array *array, int64_t offset) {
  for (size_t i = 0; i < array->count; i += 1 + i / 7)
    gc_store(array, &array->items[i], value_from_cell(node_create(NULL, small((int64_t)i + offset))));
}
static bool nodes_are(Array *array, int64_t offset) {
  for (size_t i = 0; i < array->count; i += 1 + i / 7)
    if (as_node(array->items[i])->payload != small((int64_t)i + offset)) return false;
  return true;
}
bool probe_old_to_young(size_t count) {
  Array *array = array_create(count);
  roots[0] = value_from_cell(array);
  for (int round = 0; round < 4; round++) {
    heap_collect(round == 0 ? 2 : 0);
    fill_with_nodes(array, round * 1000);
    heap_verify();
    heap_collect(0);
    probe_build_chain(1, 1000); // overwrites what was freed by mistake
    heap_verify();
    if (!nodes_are(array, round * 1000)) return false;
  }
  return true;
}

bool probe_bulk_stores(size_t count) {
  Array *array = array_create(count), *source = array_create(count);
  roots[0] = value_from_cell(array);
  heap_collect(2);
  fill_with_nodes(source, 5);
  gc_move(array, array->items, source->items, count);
  heap_verify();
  heap_collect(0);
  if (!nodes_are(array, 5)) return false;
  gc_fill(array, array->items, value_from_cell(node_create(NULL, small(77))), count);
  heap_verify();
  heap_collect(0);
  probe_build_chain(1, 1000);
  for (size_t i = 0; i < count; i++)
    if (as_node(array->items[i])->payload != small(77)) return false;
  for (size_t i = 0; i < count; i++) array->items[i] = small((int64_t)i);
  gc_move(array, array->items + 1, array->items, count - 1);
  for (size_t i = 1; i < count; i++)
    if (array->items[i] != small((int64_t)i - 1)) return false;
  gc_move(array, array->items, array->items + 1, count - 1);
  for (size_t i = 0; i + 1 < count; i++)
    if (array->items[i] != small((int64_t)i)) return false;
  return true;
}

bool probe_initialise_across_collections(size_t count) {
  Array *array = array_create(count);
  for (size_t i = 0; i < count; i++) {
    Node *node = node_create(NULL, small((int64_t)i));
    if (i % (count / 10) == 0) heap_collect(i % 3 == 0 ? 2 : 0);
    gc_init(array, &array->items[i], value_from_cell(node));
  }
  roots[0] = value_from_cell(array);
  KEEP(array);
  heap_collect(0);
  probe_build_chain(1, 2000);
  for (size_t i = 0; i < count; i++)
    if (as_node(array->items[i])->payload != small((int64_t)i)) return false;
  return true;
}

static NO_INLINE char *make_hidden(const Shape *shape, size_t size, size_t offset) {
  return (char *)cell_alloc(shape, size) + offset;
}
bool probe_stack_keeps(bool has_tail, size_t size, size_t offset) {
  heap_collect(2);
  size_t before = released;
  size_t usable = cell_usable_size(size);
  char *inside = make_hidden(has_tail ? text_shape : blob_shape, usable, offset == size ? usable : offset);
  probe_scrub_stack();
  heap_collect(0);
  heap_collect(2);
  bool kept = released == before;
  KEEP(inside);
  return kept;
}

static NO_INLINE Reference *make_reference(Node *target) {
  Reference *reference = cell_alloc(reference_shape, sizeof *reference);
  reference->target = value_from_cell(target);
  if (!weak_register(reference->target, (Cell *)reference, &reference->target)) abort();
  return reference;
}
static NO_INLINE void make_weak_target(int root) {
  Node *node = node_create(NULL, small(1));
  roots[root] = value_from_cell(node);
  roots[root + 1] = value_from_cell(make_reference(node));
}
static NO_INLINE bool weak_is_intact(void) {
  Reference *reference = (Reference *)value_cell(roots[1]);
  return gc_load_weak(&reference->target) == roots[0] && weak_count(roots[0]) == 1 && !died;
}
bool probe_weak_clears(int generation) {
  probe_root_clear();
  make_weak_target(0);
  died = 0;
  heap_collect(generation);
  if (!weak_is_intact()) return false;
  roots[0] = NULL;
  probe_scrub_stack();
  heap_collect(generation);
  return !gc_load_weak(&((Reference *)value_cell(roots[1]))->target) && died == 1;
}

static bool matches_any([[maybe_unused]] Cell *reference, [[maybe_unused]] void *context) {
  return true;
}
bool probe_weak_order(void) {
  Node *node = node_create(NULL, NULL);
  Value target = value_from_cell(node);
  roots[0] = target;
  Reference *made[40];
  for (int i = 0; i < 40; i++) {
    made[i] = make_reference(node);
    if (i == 20) heap_collect(0);
  }
  Cell **found;
  size_t count = weak_collect(target, &found);
  bool right = count == 40 && weak_find(target, matches_any, NULL) == (Cell *)made[39];
  for (size_t i = 0; i < count; i++) right = right && found[i] == (Cell *)made[39 - i];
  free(found);
  weak_unregister(target, (Cell *)made[39]);
  weak_unregister(target, (Cell *)made[30]);
  return right && weak_count(target) == 38 && weak_find(target, matches_any, NULL) == (Cell *)made[38];
}

bool probe_weak_reference_dies(void) {
  died = 0;
  roots[0] = value_from_cell(node_create(NULL, NULL));
  heap_collect(0);
  make_reference(as_node(roots[0]));
  probe_scrub_stack();
  heap_collect(0);
  return weak_count(roots[0]) == 0 && died == 0;
}

static NO_INLINE uintptr_t make_finalizable(Value next) {
  Node *node = node_create(next, small(3));
  heap_set_finalizable(node);
  roots[1] = value_from_cell(node);
  return hide(node);
}
bool probe_finalizer_resurrects(void) {
  finalized_count = 0;
  resurrect = true;
  uintptr_t node = make_finalizable(NULL);
  heap_collect(0);
  bool right = finalized_count == 0;
  roots[1] = NULL;
  probe_scrub_stack();
  heap_collect(2);
  resurrect = false;
  right = right && finalized_count == 1 && was_finalized(0, node) && hide(value_cell(roots[0])) == node;
  right = right && as_node(roots[0])->payload == small(3);
  roots[0] = NULL;
  probe_scrub_stack();
  heap_collect(2);
  return right && finalized_count == 1;
}

static NO_INLINE void make_finalizable_chain(uintptr_t made[5]) {
  roots[1] = NULL;
  for (int i = 0; i < 5; i++) made[i] = make_finalizable(roots[1]);
  roots[1] = NULL;
}
bool probe_finalizer_order(void) {
  uintptr_t made[5];
  finalized_count = 0;
  make_finalizable_chain(made);
  probe_scrub_stack();
  heap_collect(0);
  bool right = finalized_count == 5;
  for (size_t i = 0; i < 5; i++) right = right && was_finalized(i, made[4 - i]);
  return right;
}

bool probe_prompt_spreads(void) {
  Node *file = node_create(NULL, NULL), *owner = node_create(NULL, NULL);
  Array *array = array_create(10), *other = array_create(10), *filled = array_create(10);
  roots[0] = value_from_cell(owner);
  heap_set_prompt(file);
  gc_store(array, &array->items[3], small(1));
  bool right = !cell_has_flag((Cell *)array, CELL_PROMPT);
  gc_store(array, &array->items[3], value_from_cell(file));
  gc_store(owner, &owner->next, value_from_cell(array));
  gc_move(other, other->items, array->items, 10);
  gc_fill(filled, filled->items, value_from_cell(file), 10);
  Node *fresh = node_create(value_from_cell(file), NULL);
  return right && cell_has_flag((Cell *)array, CELL_PROMPT) && cell_has_flag((Cell *)owner, CELL_PROMPT) &&
         cell_has_flag((Cell *)other, CELL_PROMPT) && cell_has_flag((Cell *)filled, CELL_PROMPT) &&
         cell_has_flag((Cell *)fresh, CELL_PROMPT);
}

static NO_INLINE void make_prompt_garbage(void) {
  make_finalizable(NULL);
  make_weak_target(2);
  roots[0] = value_from_cell(node_create(NULL, NULL));
  roots[1] = roots[2] = NULL;
}
bool probe_prompt_collects(void) {
  finalized_count = died = 0;
  make_prompt_garbage();
  probe_scrub_stack();
  heap_prompt_collect(PROMPT_RUN);
  bool young = cell_is_young(value_cell(roots[0]));
  bool right = finalized_count == 1 && died == 1 && young && !((Reference *)value_cell(roots[3]))->target;
  heap_prompt_collect(PROMPT_RUN);
  heap_collect(0);
  return right && finalized_count == 1 && died == 1;
}

// A finalizer runs while weak references still lead to the object; afterwards they are cleared at once.
static NO_INLINE void make_finalizable_and_weak(void) {
  make_weak_target(0);
  heap_set_finalizable(value_cell(roots[0]));
  roots[0] = NULL;
}
bool probe_weak_after_finalizer(bool prompt) {
  finalized_count = died = 0;
  make_finalizable_and_weak();
  probe_scrub_stack();
  if (prompt)
    heap_prompt_collect(PROMPT_RUN);
  else
    heap_collect(2);
  return finalized_count == 1 && died == 1 && !((Reference *)value_cell(roots[1]))->target;
}

bool probe_prompt_epochs(int rounds) {
  for (int i = 0; i < rounds; i++) {
    uintptr_t node = make_finalizable(NULL);
    finalized_count = 0;
    heap_prompt_collect(PROMPT_RUN);
    if (finalized_count) return false;
    roots[1] = NULL;
    probe_scrub_stack();
    heap_prompt_collect(PROMPT_RUN);
    if (finalized_count != 1 || !was_finalized(0, node)) return false;
  }
  return true;
}

static NO_INLINE uintptr_t make_finalizable_in(Node *owner) {
  uintptr_t node = make_finalizable(NULL);
  gc_store(owner, &owner->next, roots[1]);
  roots[1] = NULL;
  return node;
}
// Flagged cells are noticed to die promptly although they have survived collections, also when an old cell refers to
// them.
bool probe_prompt_keeps_young(bool full) {
  finalized_count = 0;
  Node *owner = node_create(NULL, NULL);
  roots[0] = value_from_cell(owner);
  heap_collect(full ? 2 : 0);
  uintptr_t node = make_finalizable_in(owner);
  for (int round = 0; round < 4; round++) {
    heap_collect(full && round % 2 ? 2 : 0);
    heap_verify();
    heap_prompt_collect(PROMPT_RUN);
  }
  if (finalized_count || cell_is_young(value_cell(roots[0]))) return false;
  gc_store(owner, &owner->next, NULL);
  probe_scrub_stack();
  heap_prompt_collect(PROMPT_RUN);
  return finalized_count == 1 && was_finalized(0, node);
}

static NO_INLINE void make_many_finalizable(Array *array) {
  for (size_t i = 0; i < array->count; i++) {
    Node *node = node_create(NULL, NULL);
    heap_set_finalizable(node);
    gc_store(array, &array->items[i], value_from_cell(node));
  }
}
bool probe_prompt_limit(void) {
  finalized_count = 0;
  Array *array = array_create(20000);
  roots[0] = value_from_cell(array);
  make_many_finalizable(array);
  for (int round = 0; round < 3; round++) {
    heap_collect(0);
    heap_verify();
  }
  if (finalized_count) return false;
  roots[0] = NULL;
  array = NULL;
  probe_scrub_stack();
  heap_collect(2);
  return finalized_count >= 19990 && finalized_count <= 20000;
}

bool probe_shape_attributes(void) {
  Shape *shape = shape_create_root(&bare_type, NULL, SHAPE_HAS_ATTRIBUTES | SHAPE_HAS_SLOTS, 24, 3);
  shape->class_slots_start = 8;
  shape->class_slots_end = 24;
  Shape *tail = shape_create_root(&bare_type, NULL, SHAPE_HAS_ATTRIBUTES | SHAPE_TAIL_EXTRA, 0, 0);
  Value *object = cell_alloc(shape, 64), *text = cell_alloc(tail, 100);
  roots[0] = value_from_cell(object);
  roots[1] = value_from_cell(text);
  size_t last = cell_size((Cell *)text) / sizeof(Value) - 1;
  heap_collect(2);
  for (int i = 1; i <= 6; i++) gc_store(object, &object[i], value_from_cell(node_create(NULL, small(i))));
  gc_store(text, &text[last], value_from_cell(node_create(NULL, small(9))));
  heap_verify();
  for (int round = 0; round < 3; round++) {
    heap_collect(round);
    probe_build_chain(2, 500);
  }
  bool right = as_node(text[last])->payload == small(9);
  for (int i = 1; i <= 6; i++) right = right && as_node(object[i])->payload == small(i);
  return right;
}

static void count_reference(Value value, void *context) {
  if (!value_is_cell(value)) return;
  ++*(int *)context;
}
bool probe_each_reference(void) {
  Array *array = array_create(10);
  for (int i = 0; i < 10; i++) gc_init(array, &array->items[i], i % 2 ? value_from_cell(array) : small(i));
  int count = 0;
  heap_each_reference((Cell *)array, count_reference, &count);
  return count == 5;
}

static NO_INLINE void make_blobs(int count) {
  for (int i = 0; i < count; i++) (void)!cell_alloc(blob_shape, i % 10 ? 48 : 10000);
}
bool probe_release(void) {
  heap_collect(2);
  released = 0;
  make_blobs(1000);
  probe_scrub_stack();
  heap_collect(0);
  return released >= 990 && released <= 1000;
}

// A graph of arrays whose edges change at random, beside a model of it: after each collection every cell that the model
// can reach must still hold what was stored.
enum { GRAPH_SIZE = 300, GRAPH_DEGREE = 8 };
static Array *graph_cell(Array *table, int index) {
  return (Array *)value_cell(table->items[index]);
}
static bool random_graph(unsigned seed, int steps) {
  Array *table = array_create(GRAPH_SIZE * 4);
  roots[0] = value_from_cell(table);
  static int edges[GRAPH_SIZE][GRAPH_DEGREE];
  static int identity[GRAPH_SIZE];
  memset(edges, -1, sizeof edges);
  int next_identity = 0;
  for (int i = 0; i < GRAPH_SIZE; i++) identity[i] = -1;
  for (int step = 0; step < steps; step++) {
    int from = (int)(rand_r(&seed) % GRAPH_SIZE), to = (int)(rand_r(&seed) % GRAPH_SIZE);
    int slot = (int)(rand_r(&seed) % GRAPH_DEGREE);
    if (identity[from] < 0 || rand_r(&seed) % 20 == 0) {
      Array *cell = array_create(rand_r(&seed) % 50 ? GRAPH_DEGREE + 1 : 1000);
      if (rand_r(&seed) % 30 == 0) heap_set_prompt(cell);
      gc_store(cell, &cell->items[GRAPH_DEGREE], small(next_identity));
      gc_store(table, &table->items[from], value_from_cell(cell));
      identity[from] = next_identity++;
      for (int i = 0; i < GRAPH_SIZE; i++)
        for (int j = 0; j < GRAPH_DEGREE; j++)
          if (edges[i][j] == from) {
            edges[i][j] = -1;
            gc_store(graph_cell(table, i), &graph_cell(table, i)->items[j], NULL);
          }
      memset(edges[from], -1, sizeof edges[from]);
    } else if (identity[to] >= 0) {
      edges[from][slot] = to;
      gc_store(graph_cell(table, from), &graph_cell(table, from)->items[slot], table->items[to]);
    }
    if (rand_r(&seed) % 200 == 0) {
      // Collections on request sweep at once, others when there is need.
      bool full = rand_r(&seed) % 5 == 0;
      if (rand_r(&seed) % 2)
        heap_collect(full ? 2 : 0);
      else
        heap_collect_kind(full ? COLLECT_FULL : COLLECT_YOUNG);
      heap_prompt_collect(PROMPT_ONLY);
      if (rand_r(&seed) % 3 == 0) heap_verify();
    }
  }
  for (int i = 0; i < GRAPH_SIZE; i++) {
    if (identity[i] < 0) continue;
    Array *cell = graph_cell(table, i);
    if (cell->items[GRAPH_DEGREE] != small(identity[i])) return false;
    for (int j = 0; j < GRAPH_DEGREE; j++) {
      Value expected = edges[i][j] < 0 ? NULL : table->items[edges[i][j]];
      if (cell->items[j] != expected) return false;
    }
  }
  return true;
}

bool probe_random_graph(unsigned seed) {
  return random_graph(seed, 20000);
}
bool probe_stress(void) {
  the_heap.stress = true;
  heap_collect(0);
  uint64_t before = the_heap.statistics.young.count + the_heap.statistics.full.count;
  bool right = random_graph(99, 3000);
  probe_build_chain(1, 300);
  right = right && probe_chain_length(1) == 300;
  right = right && the_heap.statistics.young.count + the_heap.statistics.full.count >= before + 300;
  the_heap.stress = false;
  return right;
}

// A graph wide enough that the markers have something to share, with finalizable cells in it.
bool probe_parallel(void) {
  uint64_t former = the_heap.parallel_minimum;
  the_heap.parallel_minimum = 0;
  bool right = true;
  for (unsigned seed = 1; seed <= 5; seed++) right = right && random_graph(seed, 10000);
  Array *array = array_create(2000);
  roots[0] = value_from_cell(array);
  for (size_t i = 0; i < array->count; i++) {
    roots[1] = NULL;
    probe_build_chain(1, 50);
    if (i % 10 == 0) heap_set_prompt(value_cell(roots[1]));
    gc_store(array, &array->items[i], roots[1]);
  }
  for (int round = 0; round < 5; round++) {
    heap_collect(2);
    heap_verify();
    probe_build_chain(2, 10000);
    roots[2] = NULL;
  }
  for (size_t i = 0; i < array->count; i++) {
    roots[1] = array->items[i];
    right = right && probe_chain_length(1) == 50;
  }
  the_heap.parallel_minimum = former;
  return right;
}

// A mapped cell grows in place, keeps its contents, is zero behind them, and stays known to the collector throughout.
bool probe_grow(void) {
  size_t count = 200000;
  Array *array = array_create(count);
  roots[0] = value_from_cell(array);
  fill_with_nodes(array, 3);
  bool right = nodes_are(array, 3);
  for (int round = 0; round < 6; round++) {
    if (round % 2) heap_collect(round % 4 == 1 ? 0 : 2);
    size_t size = cell_grow(array, sizeof *array + (count + count / 4) * sizeof(Value));
    size_t grown = (size - sizeof *array) / sizeof(Value);
    right = right && size == cell_size((Cell *)array) && grown >= count + count / 4;
    for (size_t i = count; i < grown; i++) right = right && !array->items[i];
    count = array->count = grown;
    fill_with_nodes(array, round * 10);
    heap_verify();
    heap_collect(0);
    heap_verify();
    right = right && nodes_are(array, round * 10);
  }
  Array *small_array = array_create(1000);
  return right && cell_grow(small_array, 1 << 20) == cell_size((Cell *)small_array);
}
