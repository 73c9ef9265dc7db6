// The collector's byte in each cell, and the write barrier that reads it.
//
//   bit 0     QUIET: the collector need not hear of stores into this cell, because the next young collection will look
//             at all of it anyway: it is young, or it is remembered
//   bits 1,2  color: 0 young (never survived a collection); otherwise the color of the last collection that reached it.
//             Full collections alternate between colors 1 and 2; a young collection uses the last full one's color, so
//             old cells count as marked already ("sticky mark bits")
//   bit 3     LARGE: the cell stands alone, behind a LargeCell record
//   bit 4     KEPT: a prompt cell that survived, but counts as young nevertheless, so that its death is noticed soon
//             (QUIET, and its color is right)
//   bit 5     REACHED: during a prompt collection, young cells that it has reached
//   bit 6     FRESH: a stack has referred to the cell in each collection since it was young
//
// The write barrier. A store is news in two cases: a young cell (QUIET) goes into an old cell that is not yet
// remembered (not QUIET); or a prompt cell goes into one that is not flagged so. Both have the form "bit set in the
// value, clear in the owner", and the bits stand in neighbouring bytes, so one test finds both. (The value may be old
// and remembered: gc_barrier sorts that out.)
#pragma once

#include "runtime/heap/cell.h"

enum : uint8_t {
  MARK_QUIET = 1 << 0,
  MARK_COLOR = 3 << 1,
  MARK_COLOR_ONE = 1 << 1,
  MARK_COLOR_TWO = 2 << 1,
  MARK_LARGE = 1 << 3,
  MARK_KEPT = 1 << 4,
  MARK_REACHED = 1 << 5,
  MARK_FRESH = 1 << 6,
};

// Mark byte and low byte of the flags: not the lock byte, which somebody may just have written.
enum : uint16_t { BARRIER_BITS = MARK_QUIET | CELL_PROMPT << 8 };
static inline uint16_t cell_barrier_bits(const void *cell) {
#if __has_feature(thread_sanitizer)
  const Cell *header = (const Cell *)cell;
  uint8_t mark = __atomic_load_n(&header->mark, __ATOMIC_RELAXED);
  return (uint16_t)(mark | __atomic_load_n(&header->flags, __ATOMIC_RELAXED) << 8);
#else
  uint16_t bits;
  __builtin_memcpy(&bits, (const char *)cell + offsetof(Cell, mark), sizeof bits);
  return bits;
#endif
}
static_assert(offsetof(Cell, mark) + 1 == offsetof(Cell, flags));

static inline bool cell_is_young(const Cell *cell) {
  uint8_t mark = __atomic_load_n(&cell->mark, __ATOMIC_RELAXED);
  return (mark & MARK_COLOR) == 0 || (mark & MARK_KEPT);
}
static inline bool value_is_prompt(Value value) {
  return value_is_cell(value) && cell_has_flag(value_cell(value), CELL_PROMPT);
}
