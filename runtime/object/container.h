// What the container types share: the six comparison methods from one function, indexes, iterator positions.
#pragma once

#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/thread/lock.h"

// Defines TYPE_less ... TYPE_greater_equal, special methods that call `compare(self, other, COMPARE_...)`.
#define COMPARISON_METHODS(type, compare)                                                                              \
  static Value type##_less(Value self, Value other) {                                                                  \
    return compare(self, other, COMPARE_LESS);                                                                         \
  }                                                                                                                    \
  static Value type##_less_equal(Value self, Value other) {                                                            \
    return compare(self, other, COMPARE_LESS_EQUAL);                                                                   \
  }                                                                                                                    \
  static Value type##_equal(Value self, Value other) {                                                                 \
    return compare(self, other, COMPARE_EQUAL);                                                                        \
  }                                                                                                                    \
  static Value type##_not_equal(Value self, Value other) {                                                             \
    return compare(self, other, COMPARE_NOT_EQUAL);                                                                    \
  }                                                                                                                    \
  static Value type##_greater(Value self, Value other) {                                                               \
    return compare(self, other, COMPARE_GREATER);                                                                      \
  }                                                                                                                    \
  static Value type##_greater_equal(Value self, Value other) {                                                         \
    return compare(self, other, COMPARE_GREATER_EQUAL);                                                                \
  }
// Their entries in the class's table of methods.
#define COMPARISON_ENTRIES(type)                                                                                       \
  NATIVE("__lt__", type##_less, "($self, value, /)", "Return self<value."),                                            \
      NATIVE("__le__", type##_less_equal, "($self, value, /)", "Return self<=value."),                                 \
      NATIVE("__eq__", type##_equal, "($self, value, /)", "Return self==value."),                                      \
      NATIVE("__ne__", type##_not_equal, "($self, value, /)", "Return self!=value."),                                  \
      NATIVE("__gt__", type##_greater, "($self, value, /)", "Return self>value."),                                     \
      NATIVE("__ge__", type##_greater_equal, "($self, value, /)", "Return self>=value.")

// What `comparison` says about two numbers.
static inline bool order_satisfies(Comparison comparison, int64_t a, int64_t b) {
  switch (comparison) {
  case COMPARE_LESS:
    return a < b;
  case COMPARE_LESS_EQUAL:
    return a <= b;
  case COMPARE_EQUAL:
    return a == b;
  case COMPARE_NOT_EQUAL:
    return a != b;
  case COMPARE_GREATER:
    return a > b;
  default:
    return a >= b;
  }
}

// Copies `count` values of the cell `source` (which nobody changes just now) into `fresh`, as gc_init() does one by
// one: what `source` was told about its values holds for the copy, so that they need not be looked at.
static inline void gc_init_copy(void *fresh, Value *to, const void *source, const Value *from, size_t count) {
  if (cell_has_flag(source, CELL_PROMPT)) ((Cell *)fresh)->flags |= CELL_PROMPT;
  __builtin_memcpy(to, from, count * sizeof(Value));
}

// Does `value` have __index__?
static inline bool value_has_index(Value value) {
  return value_is_int(value) || value_special(value, SPECIAL_INDEX) != NULL;
}
// An index as subscripts take it: IndexError when it does not fit a machine word. Runs __index__.
static inline bool value_as_index(Value value, ptrdiff_t *index) {
  if (__builtin_expect(value_is_small_int(value), 1)) {
    *index = (ptrdiff_t)value_small_int(value);
    return true;
  }
  return value_as_size(value, index, CLASS_INDEX_ERROR);
}
// A count as repetition takes it: OverflowError "cannot fit 'int' into an index-sized integer".
static inline bool value_as_repetition(Value value, ptrdiff_t *count) {
  if (value_is_small_int(value)) {
    *count = (ptrdiff_t)value_small_int(value);
    return true;
  }
  return value_as_size(value, count, CLASS_OVERFLOW_ERROR);
}
// start and stop of index(value, start, stop): zero means absent; negative ones count from the end; clipped at 0 only.
bool search_bounds(Value start, Value stop, size_t length, size_t *from, size_t *to);

// Moves an iterator's position from `expected` to `next`; false: another thread took this item, read the position
// again.
static inline bool position_advance(size_t *position, size_t expected, size_t next) {
  if (!threads_started) {
    *position = next;
    return true;
  }
  return __atomic_compare_exchange_n(position, &expected, next, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}
static inline size_t position_load(const size_t *position) {
  return __atomic_load_n(position, __ATOMIC_RELAXED);
}

// The next item, or zero at the end, of a list's iterator that no other thread can move.
static inline Value list_iterator_next_alone(SequenceIterator *iterator) {
  Value list = iterator->sequence, item = list ? list_item(list, iterator->index) : NULL;
  if (item)
    iterator->index++;
  else if (list)
    gc_store(iterator, &iterator->sequence, NULL);
  return item;
}

// iteration_next() for loops that do little with an item.
static inline bool iteration_next_inline(Iteration *iteration, Value *item) {
  if (iteration->next) {
    *item = iteration->next(iteration->iterator);
    return __builtin_expect(*item && *item != VALUE_STOP, 1) || iteration_note_end(iteration, *item);
  }
  if (iteration->kind != ITERATION_LIST || iteration->failed) return iteration_next(iteration, item);
  safepoint_poll();
  return (*item = list_item(iteration->iterator, (size_t)iteration->index++)) != NULL;
}

// The attribute `name` of the builtins module, as __reduce__ of iterators names functions. Zero: exception pending.
Value builtin_named(const char *name);
// (iter, (iterable,)[, state]) and the like: what __reduce__ returns. `state` zero: none. Passes on a failure in any.
Value reduce_to(Value callable, Value arguments, Value state);
// cls[item] as a types.GenericAlias: __class_getitem__ of all generic containers.
Value class_get_generic(Value class, Value item);
#define CLASS_GETITEM_ENTRY                                                                                            \
  NATIVE("__class_getitem__", class_get_generic, "($type, object, /)", "See PEP 585", NATIVE_CLASS)

// TypeError "NAME() takes no keyword arguments" if there are any.
bool refuse_keywords(const char *name, Value keyword_names);
// self[slice] = ... and friends report: "... indices must be integers or slices, not T".
Value raise_bad_subscript(const char *type, Value subscript);
// object itself: __iter__ of iterators.
Value iterator_self(Value self);
#define ITERATOR_ENTRIES(next)                                                                                         \
  NATIVE("__iter__", iterator_self, "($self, /)", "Implement iter(self)."),                                            \
      NATIVE("__next__", next, "($self, /)", "Implement next(self).")
