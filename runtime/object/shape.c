// Shapes: the table they live in, the transition tree, finding a name's slot.
//
// The table is one reserved address range below 4 GB, so that a cell's header names its shape in 32 bits. Shapes are
// handed out from the front, or from a list of those that the collector freed. Transitions are made under one lock,
// under which nothing but malloc happens; finding a slot takes no lock: parents never change, and the names table of a
// shape is published once.
#include "runtime/object/shape.h"

#include "runtime/heap/heap.h"
#include "runtime/object/class.h"
#include "runtime/object/exception.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum : size_t {
  TABLE_BASE = 0x10000000,
  TABLE_BYTES = 0x20000000,
  TABLE_CAPACITY = TABLE_BYTES / sizeof(Shape),
  ATTRIBUTES_LIMIT = 128,  // more attributes than this: a Dict serves better
  CHILDREN_LIMIT = 256,    // names that vary wildly after the same prefix: keys of data, not attributes
  LINEAR_SEARCH_LIMIT = 8, // up to this many attributes walking the parents beats a hash table
};

Shape *shape_table;
static size_t table_used;
static Shape *free_shapes; // linked by `parent`
static pthread_mutex_t shape_lock = PTHREAD_MUTEX_INITIALIZER;

struct ShapeNames {
  uint32_t mask;
  struct ShapeName {
    Value name;
    uint32_t slot;
  } entries[];
};

struct ShapeChildren {
  uint32_t count, capacity;
  Shape *items[];
};

void shape_table_start(void) {
  void *wanted = (void *)TABLE_BASE; // NOLINT: the range is part of the value encoding
  void *memory = mmap(wanted, TABLE_BYTES, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (memory != wanted) {
    fputs("krait: cannot reserve the address range of the shape table\n", stderr);
    exit(1);
  }
  shape_table = memory;
  table_used = 1; // the first is never used: a zero index stays free for the collector's purposes
}

size_t shape_table_size(void) {
  return __atomic_load_n(&table_used, __ATOMIC_ACQUIRE);
}

// Under shape_lock.
static Shape *shape_take(void) {
  if (free_shapes) {
    Shape *shape = free_shapes;
    free_shapes = shape->parent;
    *shape = (Shape){};
    return shape;
  }
  if (table_used == TABLE_CAPACITY) return NULL;
  Shape *shape = shape_table + table_used;
  __atomic_store_n(&table_used, table_used + 1, __ATOMIC_RELEASE);
  return shape;
}

Shape *shape_create_root(const CellType *type, Class *class, uint16_t flags, uint16_t attributes_offset,
                         uint16_t inline_capacity) {
  pthread_mutex_lock(&shape_lock);
  Shape *shape = shape_take();
  if (shape) {
    shape->class = class;
    shape->flags = flags;
    shape->attributes_offset = attributes_offset;
    shape->inline_capacity = inline_capacity;
    __atomic_store_n(&shape->type, type, __ATOMIC_RELEASE);
  }
  pthread_mutex_unlock(&shape_lock);
  if (!shape) raise_memory_error();
  return shape;
}

static size_t name_hash(Value name) {
  return (size_t)(value_bits(name) >> 4) * 0x9e3779b97f4a7c15u >> 32;
}

static struct ShapeNames *names_build(const Shape *shape) {
  uint32_t capacity = 32;
  while (capacity < 2u * shape->slot_count) capacity *= 2;
  struct ShapeNames *names = calloc(1, sizeof *names + capacity * sizeof *names->entries);
  if (!names) return NULL;
  names->mask = capacity - 1;
  for (const Shape *s = shape; s->last_name; s = s->parent) {
    size_t i = name_hash(s->last_name) & names->mask;
    while (names->entries[i].name) i = (i + 1) & names->mask;
    names->entries[i].name = s->last_name;
    names->entries[i].slot = s->slot_count - 1u;
  }
  return names;
}

int shape_find(Shape *shape, Value name) {
  if (shape->slot_count > LINEAR_SEARCH_LIMIT) {
    struct ShapeNames *names = __atomic_load_n(&shape->names, __ATOMIC_ACQUIRE);
    if (!names && (names = names_build(shape))) {
      struct ShapeNames *expected = NULL;
      if (!__atomic_compare_exchange_n(&shape->names, &expected, names, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        free(names);
        names = expected;
      }
    }
    if (names) {
      for (size_t i = name_hash(name) & names->mask; names->entries[i].name; i = (i + 1) & names->mask)
        if (names->entries[i].name == name) return (int)names->entries[i].slot;
      return -1;
    }
  }
  for (const Shape *s = shape; s->last_name; s = s->parent)
    if (s->last_name == name) return s->slot_count - 1;
  return -1;
}

static Shape *child_find(const Shape *shape, Value name) {
  Shape *first = __atomic_load_n(&shape->first_child, __ATOMIC_ACQUIRE);
  if (!first || first->last_name == name) return first;
  if (shape->children)
    for (uint32_t i = 0; i < shape->children->count; i++)
      if (shape->children->items[i]->last_name == name) return shape->children->items[i];
  return NULL;
}

// Under shape_lock. False: no memory.
static bool child_append(Shape *shape, Shape *child) {
  if (!shape->first_child) {
    __atomic_store_n(&shape->first_child, child, __ATOMIC_RELEASE);
    return true;
  }
  struct ShapeChildren *children = shape->children;
  if (!children || children->count == children->capacity) {
    uint32_t capacity = children ? 2 * children->capacity : 4;
    struct ShapeChildren *larger = realloc(children, sizeof *children + capacity * sizeof *children->items);
    if (!larger) return false;
    if (!children) larger->count = 0;
    larger->capacity = capacity;
    shape->children = children = larger;
  }
  children->items[children->count++] = child;
  return true;
}

Shape *shape_add(Shape *shape, Value name) {
  Shape *first = __atomic_load_n(&shape->first_child, __ATOMIC_ACQUIRE);
  if (first && first->last_name == name) return first;
  if (shape->slot_count >= ATTRIBUTES_LIMIT) return NULL;
  // The class keeps the name alive for as long as any of its shapes may be asked for it.
  if (!class_keep_name(shape->class, name)) return NULL;

  bool no_memory = false;
  pthread_mutex_lock(&shape_lock);
  Shape *child = child_find(shape, name);
  if (child && child->last_name != name) child = NULL;
  if (!child && (!shape->children || shape->children->count < CHILDREN_LIMIT)) {
    child = shape_take();
    if (child) {
      *child = (Shape){
          .class = shape->class,
          .flags = shape->flags,
          .attributes_offset = shape->attributes_offset,
          .inline_capacity = shape->inline_capacity,
          .slot_count = shape->slot_count + 1,
          .class_slots_start = shape->class_slots_start,
          .class_slots_end = shape->class_slots_end,
          .last_name = name,
          .parent = shape,
      };
      __atomic_store_n(&child->type, shape->type, __ATOMIC_RELEASE);
      if (!child_append(shape, child)) {
        child->type = NULL;
        child->parent = free_shapes;
        free_shapes = child;
        child = NULL;
      }
    }
    no_memory = !child;
  }
  pthread_mutex_unlock(&shape_lock);
  if (no_memory) raise_memory_error();
  return child;
}

void shape_trace(Shape *shape, Tracer *tracer) {
  trace_value(tracer, value_from_cell(shape->class));
  trace_shape(tracer, shape->parent);
  trace_shape(tracer, shape->first_child);
  if (shape->children)
    for (uint32_t i = 0; i < shape->children->count; i++) trace_shape(tracer, shape->children->items[i]);
}

// Shapes of internal cells (shape_internal_make) are permanent.
static bool shape_is_internal(const Shape *shape) {
  return !shape->class || shape->class == BUILTIN(INTERNAL);
}

void shape_adopt_internal(Class *class) {
  for (size_t i = 1; i < table_used; i++)
    if (shape_table[i].type && !shape_table[i].class) shape_table[i].class = class;
}

void shape_sweep(bool (*is_marked)(const Shape *shape)) {
  for (size_t i = 1; i < table_used; i++) {
    Shape *shape = shape_table + i;
    if (!shape->type || shape_is_internal(shape) || is_marked(shape)) continue;
    free(shape->names);
    free(shape->children);
    *shape = (Shape){.parent = free_shapes};
    free_shapes = shape;
  }
}
