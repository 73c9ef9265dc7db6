// What the files of list share beyond sequence.h.
#pragma once

#include "runtime/object/sequence.h"

static inline ListItems *list_items(const List *list) {
  return (ListItems *)value_cell(gc_load(&list->items));
}
static inline void list_set_count(List *list, size_t count) {
  __atomic_store_n(&list->count, count, __ATOMIC_RELEASE);
}
// Items all zero. NULL: MemoryError.
ListItems *list_items_allocate(size_t capacity);
// Makes room for `extra` more items and returns with the list locked (then list_items() is not NULL unless both count
// and extra are zero); false: not locked, MemoryError. May collect before it locks.
bool list_lock_with_room(List *list, size_t extra);
// Appends `count` values, which the caller keeps alive.
bool list_append_array(Value list, const Value *source, size_t count);
// Replaces items [start, end), clipped to the list, by `count` values that the caller keeps alive, in one step.
bool list_replace_range(Value list, size_t start, size_t end, const Value *source, size_t count);
Value list_slice(Value list, size_t start, size_t end); // clipped; a new list
Value list_pop_at(Value list, ptrdiff_t index);         // negative: from the end; zero (no exception) when out of range
