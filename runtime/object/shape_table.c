// Where Shapes live, and how the collector traces and frees them. See shape_table.h.
//
// The range is reserved once and made accessible piece by piece. A freed Shape has a NULL type; its address is reused
// with another generation.
#include "runtime/object/shape_table.h"
#include "runtime/heap/heap.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum : size_t {
  TABLE_BYTES = 256u << 20,
  COMMIT_STEP = 256u << 10,
  MARK_GRAIN = 64, // a Shape is larger, so no two share a mark byte
};
static_assert(sizeof(Shape) >= MARK_GRAIN);

static struct {
  char *base;
  size_t used, committed; // bytes
  Shape *free;            // linked by `parent`
  uint8_t *marks;
  pthread_mutex_t lock;
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

void shape_table_start(void) {
  static const uintptr_t candidates[] = {0x10000000, 0x20000000, 0x30000000, 0x50000000, 0x70000000,
                                         0x90000000, 0xb0000000, 0xd0000000, 0xe0000000};
  if (table.base) return;
  for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
    void *wanted = (void *)candidates[i];
    void *base =
        mmap(wanted, TABLE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (base == wanted) {
      table.base = base;
      break;
    }
    if (base != MAP_FAILED) munmap(base, TABLE_BYTES);
  }
  void *marks =
      mmap(NULL, TABLE_BYTES / MARK_GRAIN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (!table.base || marks == MAP_FAILED) {
    fputs("krait: cannot reserve memory for the table of shapes\n", stderr);
    abort();
  }
  table.marks = marks;
}

static Shape *table_take(void) {
  Shape *shape = table.free;
  if (shape) {
    table.free = shape->parent;
    uint32_t generation = shape->generation;
    *shape = (Shape){.generation = generation + 1};
    return shape;
  }
  if (table.used + sizeof(Shape) > table.committed) {
    if (table.committed == TABLE_BYTES) return NULL;
    if (mprotect(table.base + table.committed, COMMIT_STEP, PROT_READ | PROT_WRITE)) return NULL;
    table.committed += COMMIT_STEP;
  }
  shape = (Shape *)(void *)(table.base + table.used);
  __atomic_store_n(&table.used, table.used + sizeof(Shape), __ATOMIC_RELEASE);
  return shape;
}

Shape *shape_allocate(void) {
  pthread_mutex_lock(&table.lock);
  Shape *shape = table_take();
  pthread_mutex_unlock(&table.lock);
  if (!shape && memory_error_hook) memory_error_hook();
  return shape;
}

Shape *shape_create_root(const CellType *type, Class *class, uint16_t flags, uint16_t attributes_offset,
                         uint16_t inline_capacity) {
  Shape *shape = shape_allocate();
  if (!shape) return NULL;
  shape->class = class;
  shape->flags = flags;
  shape->attributes_offset = attributes_offset;
  shape->inline_capacity = inline_capacity;
  shape->type = type;
  gc_remember_shape(shape);
  return shape;
}

size_t shape_table_size(void) {
  return __atomic_load_n(&table.used, __ATOMIC_ACQUIRE) / sizeof(Shape);
}

Shape *shape_table_find(uint32_t word) {
  size_t offset = word - (uintptr_t)table.base;
  if (offset >= table.used) return NULL;
  Shape *shape = (Shape *)(void *)(table.base + offset / sizeof(Shape) * sizeof(Shape));
  return shape->type ? shape : NULL;
}

static uint8_t *shape_mark_byte(const Shape *shape) {
  return &table.marks[((uintptr_t)shape - (uintptr_t)table.base) / MARK_GRAIN];
}
bool shape_table_mark(const Shape *shape) {
  uint8_t *mark = shape_mark_byte(shape);
  if (*mark) return false;
  *mark = 1;
  return true;
}
bool shape_table_is_marked(const Shape *shape) {
  return *shape_mark_byte(shape);
}
void shape_table_clear_marks(void) {
  memset(table.marks, 0, table.used / MARK_GRAIN + 1);
}

void shape_table_each(void (*visit)(Shape *shape, void *context), void *context) {
  for (size_t i = 0; i < shape_table_size(); i++) {
    Shape *shape = (Shape *)(void *)(table.base + i * sizeof(Shape));
    if (shape->type) visit(shape, context);
  }
}

void shape_trace(Shape *shape, Tracer *tracer) {
  trace_value(tracer, value_from_cell(shape->class));
  trace_value(tracer, shape->last_name);
  trace_value(tracer, shape->names);
  trace_value(tracer, shape->transitions); // the cell itself; the shapes in it are not kept alive by it
  trace_shape(tracer, shape->parent);
}

void shape_sweep(bool (*is_marked)(const Shape *shape)) {
  for (size_t i = 0; i < shape_table_size(); i++) {
    Shape *shape = (Shape *)(void *)(table.base + i * sizeof(Shape));
    if (!shape->type) continue;
    if (is_marked(shape)) {
      if (shape->first_child && !is_marked(shape->first_child)) shape->first_child = NULL;
    } else if (shape->class) {
      // (A shape without a class belongs to the runtime itself.)
      uint32_t generation = shape->generation;
      *shape = (Shape){.generation = generation, .parent = table.free};
      table.free = shape;
    }
  }
}
