// Shapes: what the cells of one layout have in common.
//
// Every cell names a Shape. It says the cell's Python class, how the collector traces it, and, for objects with
// attributes, which attribute stands in which slot. Shapes of one class form a tree: adding attribute `name` moves an
// object from its shape to the child for `name`. A Shape never changes after publication (but for its caches), so
// "check the shape, load the slot" needs no lock.
//
// Where attributes are. An object whose class gives it a __dict__ has, at byte `attributes_offset`, one word `extra`,
// followed by `inline_capacity` slots:
//
//     | header | the type's own fields ... | __slots__ members ... | extra | slot 0 | slot 1 | ... |
//
// Slot numbers >= inline_capacity live in the overflow cell that `extra` points to (object/attributes.h). Cells of
// variable size (str, bytes, int, tuple) have SHAPE_TAIL_EXTRA: no inline slots, and `extra` is the cell's last word.
// __slots__ members are described by member descriptors, not by shapes.
//
// An object whose attributes outgrow its shape (one was deleted, or there are too many) moves, while the world is
// stopped, to its class's *external* shape: then `extra` points to a Dict that holds them all. The same shape serves
// `o.__dict__ = other`. A slot is never used for a second attribute.
#pragma once

#include "runtime/heap/cell.h"

typedef struct Class Class;

enum : uint16_t {
  SHAPE_HAS_ATTRIBUTES = 1 << 0, // the object has an `extra` word (a __dict__)
  SHAPE_TAIL_EXTRA = 1 << 1,     // `extra` is the cell's last word
  SHAPE_EXTERNAL_DICT = 1 << 2,  // `extra` points to the Dict that holds the attributes; zero: not yet made, empty
  SHAPE_HAS_SLOTS = 1 << 3,      // [class_slots_start, class_slots_end) holds __slots__ values to trace
};

struct Shape {
  const CellType *type; // how the collector sees the cell; NULL: an unused Shape
  Class *class;
  uint16_t flags;
  uint16_t attributes_offset;                  // of `extra`; 0: none (or at the tail)
  uint16_t inline_capacity;                    // slots that follow `extra`
  uint16_t slot_count;                         // attributes that this shape names
  uint16_t class_slots_start, class_slots_end; // bytes: __slots__ members
  Value last_name; // the attribute added by this shape (interned str, kept alive by the class); zero in a root shape
  Shape *parent;
  struct ShapeNames *names;       // name -> slot, made on first use for shapes with many attributes; NULL until then
  struct ShapeChildren *children; // further transitions
  Shape *first_child;             // the usual single transition
};
static_assert(sizeof(struct Shape) <= 96);

// Reserves the address range of all shapes. Called by heap_start, before the first cell.
void shape_table_start(void);
// A root shape for cells of `type` belonging to `class` (which may be set later during bootstrap). NULL with
// MemoryError pending. A shape keeps its class alive, the class keeps its roots (trace_shape). Does not collect.
Shape *shape_create_root(const CellType *type, Class *class, uint16_t flags, uint16_t attributes_offset,
                         uint16_t inline_capacity);
// The shape of internal cells of `type` (list items, dict tables: cells that Python code never sees): made on first
// use, kept in `*slot` (a static), never swept. Made before the classes exist it has class NULL until the bootstrap
// gives all such shapes BUILTIN(INTERNAL). NULL with MemoryError pending.
Shape *shape_internal_make(Shape **slot, const CellType *type);
static inline Shape *shape_internal(Shape **slot, const CellType *type) {
  Shape *shape = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
  return __builtin_expect(shape != NULL, 1) ? shape : shape_internal_make(slot, type);
}
// Gives the shapes made before there were classes their class. Once, during the bootstrap.
void shape_adopt_internal(Class *class);
// The slot of `name` (interned), or -1. Lock-free.
int shape_find(Shape *shape, Value name);
// The shape after adding `name`: found or created. NULL with MemoryError pending, or with nothing pending when the
// object must move to its external shape (too many attributes). Takes the shape lock; may collect.
Shape *shape_add(Shape *shape, Value name);
// Traces what `shape` refers to; called by the collector for each shape that some live cell has.
void shape_trace(Shape *shape, Tracer *tracer);
// After marking, world stopped: frees the shapes whose class has died. `is_marked` tells whether a live cell has it.
void shape_sweep(bool (*is_marked)(const Shape *shape));
// Every shape has an index below shape_table_size() (for the collector's own mark bits). Unused ones have no type.
extern Shape *shape_table;
size_t shape_table_size(void);
static inline size_t shape_index(const Shape *shape) {
  return (size_t)(shape - shape_table);
}
static inline Value *cell_word(const void *cell, size_t offset) {
  return (Value *)((char *)(uintptr_t)cell + offset);
}
