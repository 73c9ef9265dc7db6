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
//     | header | the type's own fields ... | extra | slot 0 | slot 1 | ... |
//
// Slot numbers >= inline_capacity live in the overflow cell that `extra` points to (object/attributes.h). Cells of
// variable size (str, bytes, int, tuple) have SHAPE_TAIL_EXTRA: no inline slots, and `extra` is the cell's last word.
// __slots__ members are fields of their own between the type's fields and `extra`; they are described by member
// descriptors, not by shapes.
#pragma once

#include "runtime/heap/cell.h"

typedef struct Class Class;

enum : uint16_t {
  SHAPE_HAS_ATTRIBUTES = 1 << 0,  // the object has an `extra` word (a __dict__)
  SHAPE_TAIL_EXTRA = 1 << 1,      // `extra` is the cell's last word
  SHAPE_DICTIONARY_MODE = 1 << 2, // private to one object: attributes are found through the names table only
  SHAPE_EXTERNAL_DICT = 1 << 3,   // `extra` points to a Dict that holds the attributes (o.__dict__ = other)
  SHAPE_HAS_SLOTS = 1 << 4,       // [class_slots_start, class_slots_end) holds __slots__ values to trace
};

struct Shape {
  const CellType *type; // how the collector sees the cell; NULL: an unused Shape
  Class *class;
  uint16_t flags;
  uint16_t attributes_offset; // of `extra`; 0: none (or at the tail)
  uint16_t inline_capacity;   // slots that follow `extra`
  uint16_t slot_count;        // attributes that this shape names (high-water mark of slots in dictionary mode)
  uint16_t class_slots_start, class_slots_end; // bytes: __slots__ members
  uint32_t generation;                         // changes when the Shape's address is reused
  Value last_name;                             // the attribute added by this shape (interned str); zero in a root shape
  Shape *parent;
  Value names;        // cell: name -> slot, built on first use (object/shape.c); zero until then
  Value transitions;  // cell: name -> child Shape, weak; zero: none
  Shape *first_child; // the usual single transition
};
static_assert(sizeof(struct Shape) <= 96);

// Reserves the address range of all shapes. Called by heap_start, before the first cell.
void shape_table_start(void);
// A root shape for cells of `type` belonging to `class` (which may be set later during bootstrap). NULL with
// MemoryError pending. Roots are kept alive by their class. Does not collect.
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
// The slot of `name` (interned), or -1. Lock-free.
int shape_find(Shape *shape, Value name);
// The shape after adding `name`: found or created. NULL with MemoryError pending, or with nothing pending when the
// object must go to dictionary mode (too many attributes). Takes the runtime's shape lock; may collect.
Shape *shape_add(Shape *shape, Value name);
// Traces what `shape` refers to; called by the collector for each shape that some live cell has.
void shape_trace(Shape *shape, Tracer *tracer);
// After marking, world stopped: frees the shapes that no live cell has and no live class owns. `is_marked` tells.
void shape_sweep(bool (*is_marked)(const Shape *shape));
// Every allocated shape, in order (for the collector's own mark bits): index <-> shape.
size_t shape_table_size(void);
static inline Value *cell_word(const void *cell, size_t offset) {
  return (Value *)((char *)(uintptr_t)cell + offset);
}
