// Measures the heap: pauses of young and full collections with so much live data, and the throughput of allocation.
//
//   heap_pauses [megabytes ...]
#include "runtime/heap/heap_state.h"
#include "runtime/object/shape.h"
#include "runtime/thread/safepoint.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct Node {
  Cell head;
  Value left, right, number;
} Node;
typedef struct Table {
  Cell head;
  size_t count;
  Value items[];
} Table;
static void table_trace(Cell *cell, Tracer *tracer) {
  Table *table = (Table *)cell;
  trace_range(tracer, table->items, table->items + table->count);
}
static const CellType node_type = {.name = "node", CELL_VALUES(Node, left, number)};
static const CellType table_type = {.name = "table", .trace = table_trace};
static Shape *node_shape, *table_shape;
static Value root;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static inline Node *node_create(Value left, Value right, int64_t number) {
  Node *node = cell_alloc_inline(node_shape, sizeof *node);
  gc_init(node, &node->left, left);
  gc_init(node, &node->right, right);
  gc_init(node, &node->number, value_from_small_int(number));
  return node;
}
static Value tree_create(int depth) {
  if (!depth) return value_from_cell(node_create(NULL, NULL, 0));
  Value left = tree_create(depth - 1), right = tree_create(depth - 1);
  return value_from_cell(node_create(left, right, depth));
}

enum { TREE_DEPTH = 9, TREE_BYTES = 32 << (TREE_DEPTH + 1) };

// A table of trees, replaced in random order so that the heap is not laid out as nicely as it was allocated.
static void build(size_t megabytes) {
  size_t count = (megabytes << 20) / TREE_BYTES;
  Table *table = cell_alloc(table_shape, sizeof *table + count * sizeof(Value));
  table->count = count;
  root = value_from_cell(table);
  unsigned seed = 1;
  for (size_t i = 0; i < count; i++) gc_store(table, &table->items[i], tree_create(TREE_DEPTH));
  for (size_t i = 0; i < count / 2; i++)
    gc_store(table, &table->items[(size_t)rand_r(&seed) % count], tree_create(TREE_DEPTH));
}

// A mutator: `megabytes` of short-lived nodes; one in 100 replaces something old.
static void mutate(size_t megabytes, unsigned *seed) {
  Table *table = (Table *)value_cell(root);
  for (size_t i = 0; i < (megabytes << 20) / sizeof(Node); i++) {
    Node *node = node_create(NULL, NULL, (int64_t)i);
    if (i % 100) continue;
    Node *old = (Node *)value_cell(table->items[(size_t)rand_r(seed) % table->count]);
    gc_store(old, &old->number, value_from_cell(node));
  }
}

static void print_pauses(const char *name, const PauseStatistics *before, const PauseStatistics *after) {
  uint64_t count = after->count - before->count;
  double total = (double)(after->total_nanoseconds - before->total_nanoseconds) * 1e-6;
  printf("; %s %.2f ms", name, count ? total / (double)count : 0);
}

static void measure(size_t megabytes) {
  unsigned seed = 7;
  double start = now();
  build(megabytes);
  double built = now() - start;
  HeapStatistics before, after;
  heap_collect(2);
  mutate(100, &seed);
  heap_statistics(&before);
  start = now();
  mutate(800, &seed);
  double churn = now() - start;
  for (int i = 0; i < 3; i++) {
    mutate(10, &seed);
    heap_collect_kind(COLLECT_FULL);
  }
  heap_statistics(&after);
  printf("%5zu MB live: build %5.0f MB/s, churn %5.0f MB/s; pauses", megabytes, (double)megabytes * 1.5e3 / built,
         800e3 / churn);
  print_pauses("young", &before.young, &after.young);
  print_pauses("full", &before.full, &after.full);
  printf("\n");
  root = NULL;
  heap_collect(2);
}

enum { THROUGHPUT_CELLS = 50'000'000 };
static void *allocate_cells(void *attach) {
  if (attach && !thread_attach()) abort();
  for (int i = 0; i < THROUGHPUT_CELLS; i++) {
    KEEP(node_create(NULL, NULL, i));
    if (i % 16 == 0) safepoint_poll();
  }
  if (attach) thread_detach();
  return NULL;
}
static void throughput(int threads) {
  pthread_t others[16];
  double start = now();
  for (int i = 1; i < threads; i++)
    if (pthread_create(&others[i], NULL, allocate_cells, &others)) abort();
  allocate_cells(NULL);
  for (int i = 1; i < threads; i++) BLOCKING(pthread_join(others[i], NULL));
  double elapsed = now() - start, cells = (double)THROUGHPUT_CELLS * threads;
  printf("32-byte cells that die, %d thread%s: %.2f ns each, %.0f MB/s\n", threads, threads > 1 ? "s" : "",
         elapsed * 1e6 / cells, cells * 32 / 1e6 / (elapsed / 1e3));
}

int main(int count, char **arguments) {
  heap_start(false);
  if (!thread_attach()) return 1;
  node_shape = shape_create_root(&node_type, NULL, 0, 0, 0);
  table_shape = shape_create_root(&table_type, NULL, 0, 0, 0);
  heap_add_root_range(&root, 1);
  throughput(1);
  throughput(2);
  static const size_t sizes[] = {10, 100, 1000};
  if (count > 1)
    for (int i = 1; i < count; i++) measure(strtoull(arguments[i], NULL, 10));
  else
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) measure(sizes[i]);
}
