// What the files of list share beyond sequence.h.
#pragma once

#include "runtime/object/sequence.h"
#include "runtime/thread/thread.h"

static inline ListItems *list_items(const List *list) {
  return (ListItems *)value_cell(gc_load(&list->items));
}
static inline void list_set_count(List *list, size_t count) {
  __atomic_store_n(&list->count, count, __ATOMIC_RELEASE);
}
// Around moves of items, under the list's lock: who searches the list without it notices that it may have missed one.
static inline void list_move_begin(List *list) {
  if (!threads_started) return;
  __atomic_store_n(&list->version, list->version + 1, __ATOMIC_RELAXED);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
static inline void list_move_end(List *list) {
  if (list->version & 1) __atomic_store_n(&list->version, list->version + 1, __ATOMIC_RELEASE);
}
static inline uint64_t list_version(const List *list) {
  return __atomic_load_n(&list->version, __ATOMIC_ACQUIRE);
}
// The same when no item is being moved: waits for the thread that does.
uint64_t list_version_settled(List *list);
// Has nothing moved since `version` was read?
static inline bool list_version_holds(const List *list, uint64_t version) {
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  return !(version & 1) && __atomic_load_n(&list->version, __ATOMIC_RELAXED) == version;
}
// Items all zero. NULL: MemoryError.
ListItems *list_items_allocate(size_t capacity);
// Makes room for `extra` more items and returns with the list locked (then list_items() is not NULL unless both count
// and extra are zero); false: not locked, MemoryError. May collect before it locks.
bool list_lock_with_room(List *list, size_t extra);
// Appends `count` values, which the caller keeps alive.
bool list_append_array(Value list, const Value *source, size_t count);
// Replaces items [start, end) by `count` values that the caller keeps alive, in one step, if the list has `length`
// items: 1; 0 if it has not; -1: MemoryError.
int list_replace_range(Value list, size_t length, size_t start, size_t end, const Value *source, size_t count);
// Inserts an item if the list still has this version and as many items: 1; 0 if not; -1: MemoryError.
int list_insert_if(Value list, uint64_t version, size_t count, size_t index, Value item);
// Puts `after`, filled by the caller with as many items, in place of the items if they still are what `before` says.
bool list_publish(Value list, const Tuple *before, ListItems *after);
// Removes an item if it still stands there.
bool list_remove_if(Value list, size_t index, Value item);
// The list itself, or, once there are several threads, a copy of one moment: for reading many items. Zero: MemoryError.
static inline Value list_stable(Value list) {
  return threads_started ? list_copy(list) : list;
}
// Items [start, end) of a list of `length` items as a new list. Zero: MemoryError, or (nothing pending) the list has
// another length.
Value list_slice(Value list, size_t length, size_t start, size_t end);
Value list_pop_at(Value list, ptrdiff_t index); // negative: from the end; zero (no exception) when out of range
