// Which shapes a collection has reached: a byte for each index of the shape table.
//
// A shape keeps its class alive. A full collection clears all marks, and marks the shapes of live cells and live
// classes; what stays unmarked is freed. So between full collections an unmarked shape is a new one, whose class may be
// young: young and prompt collections trace the classes of just these.
#include "runtime/heap/heap_state.h"
#include "runtime/object/shape.h"
#include <string.h>
#include <sys/mman.h>

static uint8_t *marks;
static size_t marks_size;

void shape_marks_start(size_t capacity) {
  void *memory = mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) heap_fatal("cannot reserve memory for the marks of shapes");
  marks = memory;
  marks_size = capacity;
}

bool shape_mark(const Shape *shape) {
  uint8_t *mark = &marks[shape_index(shape)];
  if (__atomic_load_n(mark, __ATOMIC_RELAXED)) return false;
  __atomic_store_n(mark, 1, __ATOMIC_RELAXED);
  return true;
}

bool shape_is_marked(const Shape *shape) {
  return marks[shape_index(shape)];
}

void shape_marks_clear(void) {
  memset(marks, 0, shape_table_size());
}

void shape_marks_trace_new(Tracer *tracer) {
  size_t size = shape_table_size();
  for (size_t i = 0; i < size; i++) {
    Shape *shape = shape_table + i;
    if (marks[i] || !shape->type || !shape->class) continue;
    mark_value(tracer, value_from_cell(shape->class));
    if (tracer->kind != COLLECT_PROMPT) marks[i] = 1;
  }
}

Shape *shape_at_word(uint32_t word) {
  size_t offset = word - (uintptr_t)shape_table, index = offset / sizeof(Shape);
  if (index >= shape_table_size()) return NULL;
  Shape *shape = shape_table + index;
  return shape->type ? shape : NULL;
}
