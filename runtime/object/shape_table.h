// The table of all shapes: a reserved address range below 4 GB that never moves, so that the shape word in a cell's
// header is index and pointer at once.
#pragma once

#include "runtime/object/shape.h"

// A zeroed Shape with a generation of its own, or NULL with MemoryError pending. It counts as used as soon as its
// `type` is set. Thread-safe; does not collect.
Shape *shape_allocate(void);
// The allocated shape whose word is `word`, or NULL: any word may be asked.
Shape *shape_table_find(uint32_t word);
// Marking, by the collector: true if `shape` was not marked yet.
bool shape_table_mark(const Shape *shape);
bool shape_table_is_marked(const Shape *shape);
void shape_table_clear_marks(void);
// Calls `visit` for each shape in use. The world is stopped, or the caller tolerates shapes being added meanwhile.
void shape_table_each(void (*visit)(Shape *shape, void *context), void *context);
