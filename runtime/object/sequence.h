// tuple and list: the two array sequences, with the inline accessors that C code uses everywhere.
//
// A list's items stand in a separate cell (ListItems), so that a reader that holds an old one is safe: it checks
// indexes against the items cell's own capacity and treats a zero item as "changed under me".
#pragma once

#include "runtime/heap/heap.h"
#include "runtime/object/class.h"

typedef struct Tuple {
  Cell head;
  size_t count;
  Value items[];
} Tuple;

typedef struct ListItems {
  Cell head;
  size_t capacity;
  Value items[];
} ListItems;
typedef struct List {
  Cell head;
  Value items; // ListItems cell, or zero while empty
  size_t count;
  uint64_t version; // odd while items move to other places; then another one
} List;

static inline bool value_is_tuple(Value value) {
  return value_has_class_flag(value, CLASS_IS_TUPLE);
}
static inline bool value_is_list(Value value) {
  return value_has_class_flag(value, CLASS_IS_LIST);
}
static inline Tuple *value_as_tuple(Value value) {
  return (Tuple *)value_cell(value);
}
static inline List *value_as_list(Value value) {
  return (List *)value_cell(value);
}

// Tuples
extern Value tuple_empty;                          // the one empty tuple (root)
Value tuple_new(const Value *items, size_t count); // copies; zero: MemoryError
Tuple *tuple_allocate(size_t count); // items zero: fill with gc_init before anyone sees it (never for count 0 twice)
Value tuple_of(size_t count, ...);   // zero: one of the values is zero (pass on its exception), or MemoryError
Value tuple_pair(Value a, Value b);  // both not zero
static inline size_t tuple_count(Value tuple) {
  return value_as_tuple(tuple)->count;
}
static inline Value tuple_item(Value tuple, size_t index) {
  return value_as_tuple(tuple)->items[index];
}
Value tuple_slice(Value tuple, size_t start, size_t end);
Value tuple_concatenate(Value a, Value b);
int64_t tuple_hash(Value tuple);         // of the items; may run Python code; -1: exception
int tuple_items_equal(Value a, Value b); // 1, 0, -1; item by item; may run Python code

// Lists. Functions that take a List lock it where they must; none run Python code unless they say so.
Value list_new(const Value *items, size_t count);
Value list_new_sized(size_t capacity);
bool list_append(Value list, Value item);
bool list_insert(Value list, ptrdiff_t index, Value item);
bool list_extend(Value list, Value iterable); // runs Python code
bool list_fill(Value list, Value iterable);   // the same for a list that nobody has seen yet
static inline size_t list_count(Value list) {
  return __atomic_load_n(&value_as_list(list)->count, __ATOMIC_ACQUIRE);
}
// Zero (no exception) when out of range. Lock-free unless another thread is changing the list just now.
Value list_item_slow(Value list, size_t index);
static inline Value list_item(Value list, size_t index) {
  List *cell = value_as_list(list);
  const ListItems *items = (const ListItems *)value_cell(gc_load(&cell->items));
  if (items && index < items->capacity && index < __atomic_load_n(&cell->count, __ATOMIC_ACQUIRE)) {
    Value item = gc_load(&items->items[index]);
    if (__builtin_expect(item != NULL, 1)) return item;
  }
  return list_item_slow(list, index);
}
bool list_set_item(Value list, size_t index, Value item); // false (no exception) when out of range
bool list_delete_range(Value list, size_t start, size_t end);
Value list_pop(Value list); // last item; zero (no exception) when empty
Value list_copy(Value list);
Value list_to_tuple(Value list);
bool list_sort(Value list, Value key, bool reverse); // runs Python code
bool list_reverse(Value list);
void list_clear(Value list);
// What an exact dict, set or view of a dict holds at one moment, as a list, so that list(d.items()) never meets another
// thread's change; once there are several threads also of other types (ClassDef.snapshot). Zero: it is something else,
// or MemoryError is pending.
Value container_snapshot(Value iterable);

// The iterators of tuples and lists, and iter() of any sequence: the sequence is dropped when the end was reached.
typedef struct SequenceIterator {
  Cell head;
  Value sequence; // zero: exhausted
  size_t index;   // of the next item; reversed iterators: of the next item too, SIZE_MAX past the first
} SequenceIterator;

// Slices
typedef struct Slice {
  Cell head;
  Value start, stop, step;
} Slice;
Value slice_new(Value start, Value stop, Value step);
// Resolves a slice for a sequence of `length` as slice.indices() does. The number of selected items, or -1. Runs
// __index__.
ptrdiff_t slice_resolve(Value slice, ptrdiff_t length, ptrdiff_t *start, ptrdiff_t *stop, ptrdiff_t *step);
// The same for any length, in ints.
bool slice_resolve_long(Value slice, Value length, Value *start, Value *stop, Value *step);

// range with machine-word bounds is what for loops meet; bigger ones keep Values only.
typedef struct Range {
  Cell head;
  Value start, stop, step, length; // ints
} Range;
// The iterator of a range whose numbers are all small ints: item i is start + i * step.
typedef struct RangeIterator {
  Cell head;
  Value range; // for __reduce__
  int64_t start, step;
  size_t index, length;
} RangeIterator;

// The flag of an iterator of a list, tuple or range that a for loop has made for itself: it stands in a register of the
// loop's frame and nowhere else, so no other thread moves it.
enum : uint16_t { ITERATOR_PRIVATE = 1 << 8 };
static inline void iterator_set_private(Value iterator) {
  value_cell(iterator)->flags |= ITERATOR_PRIVATE; // nobody else has seen the cell
}
