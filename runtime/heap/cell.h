// What a cell is: the eight bytes that every heap object begins with, and how the collector learns where its values
// are.
//
//   +0  shape   32-bit address of its Shape. All shapes live below 4 GB in a reserved range that never moves, so the
//   32-bit
//               word is at once index and pointer. Zero: a free cell.
//   +4  lock    one byte, see thread/lock.h
//   +5  mark    the collector's byte (age, color, remembered; heap/mark.h); nobody else touches it
//   +6  flags   CELL_* bits below plus bits private to the cell's type; after publication changed only by atomic or/and
//
// Each field is read and written at its own width. A cell never moves. Fresh cells are all zero behind the header, so a
// collection may see them at any moment.
#pragma once

#include "runtime/value.h"

typedef struct Shape Shape;
typedef struct Tracer Tracer;

struct Cell {
  uint32_t shape;
  uint8_t lock;
  uint8_t mark;
  uint16_t flags;
};
static_assert(sizeof(struct Cell) == 8);

enum : uint16_t {
  CELL_WEAKLY_REFERENCED = 1 << 0, // the weak reference table has entries for it
  CELL_FINALIZABLE = 1 << 1,       // must be finalized (finalize.h) before it is freed
  CELL_PROMPT = 1 << 2,            // somebody can see it die, or it refers to such a cell: see "Promptness"
  CELL_HAS_PROXY = 1 << 3,         // reserved for C extension proxies
  CELL_FINALIZED = 1 << 4,         // its finalizer has been queued once
  CELL_TYPE_BIT_0 = 1 << 8,        // the eight high bits belong to the cell's own type
};

// How the collector treats all cells of one representation. Static and constant; shapes point to it.
typedef struct CellType {
  const char *name;
  // Values at fixed offsets: every word in [values_start, values_end) is a Value or zero.
  uint16_t values_start, values_end;
  // The remaining values (variable parts), or NULL. Calls trace_value/trace_range only: no allocation, no locks.
  void (*trace)(Cell *cell, Tracer *tracer);
  // From here to the end of the cell every word is a Value or zero (0: not so): part of what `trace` visits. Then
  // remembered pieces of a large cell are read without asking of each word whether it points to a cell.
  uint16_t only_values_from;
  // Cells with this flag, one of the type's own, have no values (zero: no such flag).
  uint16_t flag_without_values;
  // The cell ends with an array: all that C code has left of it may be a pointer to its end, which is where its
  // neighbour begins. So such a cell is kept by whoever refers to its neighbour; others are not.
  bool has_tail;
  // Cells of this type are in reference cycles by nature (classes), so that nobody expects them to die promptly: they
  // are never flagged CELL_PROMPT.
  bool is_durable;
  // Called when the cell is swept: frees what it owns outside the heap. Must not touch other cells. NULL for most.
  void (*release)(Cell *cell);
} CellType;

#define CELL_VALUES(Type, first, last)                                                                                 \
  .values_start = offsetof(Type, first), .values_end = offsetof(Type, last) + sizeof(Value)

static inline Shape *shape_from_word(uint32_t word) {
  return (Shape *)(uintptr_t)word;
}
static inline uint32_t shape_word(const Shape *shape) {
  return (uint32_t)(uintptr_t)shape;
}
static inline Shape *cell_shape(const Cell *cell) {
  return shape_from_word(__atomic_load_n(&cell->shape, __ATOMIC_ACQUIRE));
}
static inline bool cell_has_flag(const Cell *cell, uint16_t flag) {
  return (__atomic_load_n(&cell->flags, __ATOMIC_RELAXED) & flag) != 0;
}
static inline void cell_set_flag(Cell *cell, uint16_t flag) {
  __atomic_fetch_or(&cell->flags, flag, __ATOMIC_RELAXED);
}
static inline void cell_clear_flag(Cell *cell, uint16_t flag) {
  __atomic_fetch_and(&cell->flags, (uint16_t)~flag, __ATOMIC_RELAXED);
}
