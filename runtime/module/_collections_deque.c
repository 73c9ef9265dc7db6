// collections.deque: a ring buffer.
//
// The items stand in a ListItems cell with a power of two of places; the first is at `start`, and places that are not
// in use are zero. All operations on the ring hold the deque's lock, so each is atomic; searching and comparing run
// Python code between reads and notice by `version` when the deque was changed.

#include "runtime/module/_collections.h"

#include "runtime/heap/let_go.h"
#include "runtime/object/list.h"

typedef struct Deque {
  Cell head;
  Value items; // ListItems; zero while empty
  size_t mask; // places - 1
  size_t start, count;
  ptrdiff_t limit;  // maxlen; -1: none
  uint64_t version; // changes with every insertion and removal
} Deque;

static inline Deque *deque_of(Value value) {
  return (Deque *)value_cell(value);
}
static inline Value *deque_place(const Deque *deque, size_t index) {
  return &((ListItems *)value_cell(deque->items))->items[(deque->start + index) & deque->mask];
}
static inline void deque_store(Deque *deque, size_t index, Value item) {
  gc_store(value_cell(deque->items), deque_place(deque, index), item);
}
static inline size_t deque_count(Value value) {
  return __atomic_load_n(&deque_of(value)->count, __ATOMIC_ACQUIRE);
}
static inline uint64_t deque_version(const Deque *deque) {
  return __atomic_load_n(&deque->version, __ATOMIC_ACQUIRE);
}

// Of a locked deque; others read these two without the lock.
static inline void deque_set_count(Deque *deque, size_t count) {
  __atomic_store_n(&deque->count, count, __ATOMIC_RELEASE);
}
static inline void deque_changed(Deque *deque) {
  __atomic_store_n(&deque->version, deque->version + 1, __ATOMIC_RELEASE);
}

// Locks the deque with room for one more item. False: MemoryError, not locked.
static bool deque_lock_with_room(Deque *deque) {
  for (ListItems *fresh = NULL;;) {
    cell_lock(deque);
    size_t places = deque->items ? deque->mask + 1 : 0, count = deque->count;
    if (count < places) return true;
    size_t wanted = places ? places * 2 : 8;
    if (fresh && fresh->capacity >= wanted) {
      for (size_t i = 0; i < count; i++) gc_init(fresh, &fresh->items[i], *deque_place(deque, i));
      gc_store(deque, &deque->items, value_from_cell(fresh));
      deque->start = 0;
      deque->mask = wanted - 1;
      return true;
    }
    cell_unlock(deque);
    if (!(fresh = list_items_allocate(wanted))) return false;
  }
}

// The item at an end of a locked deque that is not empty, taken off.
static Value deque_take_locked(Deque *deque, bool left) {
  size_t index = left ? 0 : deque->count - 1;
  Value item = *deque_place(deque, index);
  deque_store(deque, index, NULL);
  if (left) deque->start = (deque->start + 1) & deque->mask;
  deque_set_count(deque, deque->count - 1);
  deque_changed(deque);
  return item;
}

// Zero: it is empty; no exception.
static Value deque_try_take(Value self, bool left) {
  Deque *deque = deque_of(self);
  cell_lock(deque);
  Value item = deque->count ? deque_take_locked(deque, left) : NULL;
  cell_unlock(deque);
  return item;
}

static Value deque_take(Value self, bool left) {
  Value item = deque_try_take(self, left);
  return item ? item : raise(CLASS_INDEX_ERROR, "pop from an empty deque");
}

static bool deque_put(Value self, Value item, bool left) {
  Deque *deque = deque_of(self);
  if (deque->limit == 0) return true;
  if (!deque_lock_with_room(deque)) return false;
  if (deque->limit >= 0 && deque->count >= (size_t)deque->limit) deque_take_locked(deque, !left);
  if (left) {
    deque->start = (deque->start - 1) & deque->mask;
    deque_set_count(deque, deque->count + 1);
    deque_store(deque, 0, item);
  } else {
    deque_set_count(deque, deque->count + 1);
    deque_store(deque, deque->count - 1, item);
  }
  deque_changed(deque);
  cell_unlock(deque);
  return true;
}

// Resolves an index, negative from the end, of a locked deque. False: out of range.
static bool deque_resolve(const Deque *deque, ptrdiff_t *index) {
  if (*index < 0) *index += (ptrdiff_t)deque->count;
  return *index >= 0 && *index < (ptrdiff_t)deque->count;
}

// The item at `index`; zero without exception when out of range.
static Value deque_item(Value self, ptrdiff_t index) {
  Deque *deque = deque_of(self);
  cell_lock(deque);
  Value item = deque_resolve(deque, &index) ? *deque_place(deque, (size_t)index) : NULL;
  cell_unlock(deque);
  return item;
}

// All items at one moment, as a list.
static Value deque_to_list(Value self) {
  Deque *deque = deque_of(self);
  for (;;) {
    size_t count = deque_count(self);
    Value result = list_new_sized(count);
    if (!result || count == 0) return result;
    ListItems *to = list_items(value_as_list(result));
    cell_lock(deque);
    bool same = deque->count == count;
    for (size_t i = 0; same && i < count; i++) gc_init(to, &to->items[i], *deque_place(deque, i));
    cell_unlock(deque);
    if (!same) continue;
    value_as_list(result)->count = count;
    return result;
  }
}

static void deque_clear(Value self) {
  Deque *deque = deque_of(self);
  cell_lock(deque);
  gc_store(deque, &deque->items, NULL);
  deque->start = deque->mask = 0;
  deque_set_count(deque, 0);
  deque_changed(deque);
  cell_unlock(deque);
}

static bool deque_extend(Value self, Value iterable, bool left) {
  if (iterable == self && !(iterable = deque_to_list(self))) return false;
  Value item;
  Iteration i = iteration_start(iterable);
  while (iteration_next(&i, &item))
    if (!deque_put(self, item, left)) return false;
  return !iteration_failed(&i);
}

static Value deque_new(Class *class, ptrdiff_t limit) {
  Deque *deque = class_allocate(class, 0);
  if (deque) deque->limit = limit;
  return value_from_cell(deque);
}

Value deque_new_empty(void) {
  return deque_new(collections.deque, -1);
}
bool deque_put_last(Value self, Value item) {
  return deque_put(self, item, false);
}
Value deque_take_first(Value self) {
  return deque_try_take(self, true);
}

// Methods

static Value deque_create(Value class, [[maybe_unused]] Value *arguments, [[maybe_unused]] size_t count,
                          [[maybe_unused]] Value keyword_names) {
  return deque_new(value_as_class(class), -1);
}

static Value deque_initialize(Value self, Value *arguments, size_t count, Value keyword_names) {
  static const Signature *signature;
  Value given[2];
  if (!arguments_parse("deque", "(iterable=(), maxlen=None)", &signature, arguments, count, keyword_names, given))
    return NULL;
  ptrdiff_t limit = -1;
  if (given[1] && given[1] != VALUE_NONE) {
    if (!value_is_int(given[1])) return raise_type_error("an integer is required");
    if (!value_as_size(given[1], &limit, CLASS_OVERFLOW_ERROR)) return NULL;
    if (limit < 0) return raise_value_error("maxlen must be non-negative");
  }
  deque_of(self)->limit = limit;
  if (deque_count(self)) deque_clear(self);
  return !given[0] || deque_extend(self, given[0], false) ? VALUE_NONE : NULL;
}

static Value deque_length(Value self) {
  return int_from_size(deque_count(self));
}

static Value deque_repr(Value self) {
  int entered = repr_enter(self);
  if (entered) return entered < 0 ? NULL : str_from_c("[...]");
  Value list = deque_to_list(self), name = value_class(self)->name, text = NULL;
  ptrdiff_t limit = deque_of(self)->limit;
  if (list)
    text = limit < 0 ? str_format_c("%U(%R)", name, list) : str_format_c("%U(%R, maxlen=%zd)", name, list, limit);
  repr_leave(self);
  return text;
}

static Value raise_mutated(void) {
  return raise(CLASS_RUNTIME_ERROR, "deque mutated during iteration");
}

// What a search reads: the deque, or a copy, as a list, once there are several threads.
typedef struct DequeReader {
  Value deque, copy;
  uint64_t version;
} DequeReader;

static bool deque_read(Value self, DequeReader *reader) {
  *reader = (DequeReader){.deque = self, .version = deque_version(deque_of(self))};
  return !threads_started || (reader->copy = deque_to_list(self));
}
static Value reader_item(const DequeReader *reader, size_t index) {
  return reader->copy ? list_item(reader->copy, index) : deque_item(reader->deque, (ptrdiff_t)index);
}
static bool reader_holds(const DequeReader *reader) {
  return reader->copy || deque_version(deque_of(reader->deque)) == reader->version;
}

// The index of the first item equal to `item` in [from, to): -1 none, -2 exception. `found`: that item, or NULL.
static ptrdiff_t deque_search(Value self, Value item, size_t from, size_t to, Value *found) {
  DequeReader reader;
  if (!deque_read(self, &reader)) return -2;
  for (size_t i = from; i < to; i++) {
    Value candidate = reader_item(&reader, i);
    if (!candidate) break;
    int equal = value_equal(candidate, item);
    if (equal < 0) return -2;
    if (found && !reader_holds(&reader)) {
      raise(CLASS_INDEX_ERROR, "deque mutated during remove().");
      return -2;
    }
    if (found) *found = candidate;
    if (equal) return (ptrdiff_t)i;
    if (!reader_holds(&reader)) {
      raise_mutated();
      return -2;
    }
  }
  return -1;
}

static Value deque_contains(Value self, Value item) {
  ptrdiff_t index = deque_search(self, item, 0, SIZE_MAX, NULL);
  return index == -2 ? NULL : value_from_bool(index >= 0);
}

static Value deque_index(Value self, Value item, Value start, Value stop) {
  size_t from, to;
  if (!search_bounds(start, stop, deque_count(self), &from, &to)) return NULL;
  ptrdiff_t index = deque_search(self, item, from, to, NULL);
  return index == -2 ? NULL : index >= 0 ? value_from_small_int(index) : raise_value_error("%R is not in deque", item);
}

static Value deque_count_method(Value self, Value item) {
  DequeReader reader;
  if (!deque_read(self, &reader)) return NULL;
  int64_t found = 0;
  for (size_t i = 0;; i++) {
    Value candidate = reader_item(&reader, i);
    if (!candidate) return value_from_small_int(found);
    int equal = value_equal(candidate, item);
    if (equal < 0) return NULL;
    if (!reader_holds(&reader)) return raise_mutated();
    found += equal;
  }
}

static bool parse_index(Value key, ptrdiff_t *index) {
  if (value_has_index(key)) return value_as_index(key, index);
  raise_type_error("sequence index must be integer, not '%.200T'", key);
  return false;
}
static Value raise_out_of_range(void) {
  return raise(CLASS_INDEX_ERROR, "deque index out of range");
}

static Value deque_subscript(Value self, Value key) {
  ptrdiff_t index;
  if (!parse_index(key, &index)) return NULL;
  Value item = deque_item(self, index);
  return item ? item : raise_out_of_range();
}

static Value deque_set_subscript(Value self, Value key, Value value) {
  ptrdiff_t index;
  if (!parse_index(key, &index)) return NULL;
  Deque *deque = deque_of(self);
  cell_lock(deque);
  bool in_range = deque_resolve(deque, &index);
  if (in_range) deque_store(deque, (size_t)index, value);
  cell_unlock(deque);
  return in_range ? VALUE_NONE : raise_out_of_range();
}

// Removes an item, if `expected` is zero or still stands there. False: not done.
static bool deque_delete(Value self, ptrdiff_t at, Value expected) {
  Deque *deque = deque_of(self);
  cell_lock(deque);
  bool done = deque_resolve(deque, &at) && (!expected || *deque_place(deque, (size_t)at) == expected);
  Value item = NULL;
  if (done) {
    size_t index = (size_t)at;
    item = *deque_place(deque, index);
    if (index < deque->count / 2) { // closes the gap from the nearer end
      for (size_t i = index; i > 0; i--) deque_store(deque, i, *deque_place(deque, i - 1));
      deque_take_locked(deque, true);
    } else {
      for (size_t i = index; i + 1 < deque->count; i++) deque_store(deque, i, *deque_place(deque, i + 1));
      deque_take_locked(deque, false);
    }
  }
  cell_unlock(deque);
  heap_let_go(item);
  return done;
}

static Value deque_delete_subscript(Value self, Value key) {
  ptrdiff_t index;
  if (!parse_index(key, &index)) return NULL;
  return deque_delete(self, index, NULL) ? VALUE_NONE : raise_out_of_range();
}

static Value deque_append(Value self, Value item) {
  return deque_put(self, item, false) ? VALUE_NONE : NULL;
}
static Value deque_append_left(Value self, Value item) {
  return deque_put(self, item, true) ? VALUE_NONE : NULL;
}
static Value deque_extend_method(Value self, Value iterable) {
  return deque_extend(self, iterable, false) ? VALUE_NONE : NULL;
}
static Value deque_extend_left(Value self, Value iterable) {
  return deque_extend(self, iterable, true) ? VALUE_NONE : NULL;
}
static Value deque_pop(Value self) {
  return deque_take(self, false);
}
static Value deque_pop_left(Value self) {
  return deque_take(self, true);
}
static Value deque_clear_method(Value self) {
  deque_clear(self);
  return VALUE_NONE;
}

static Value deque_copy(Value self) {
  ptrdiff_t limit = deque_of(self)->limit;
  if (value_class(self) != collections.deque) {
    Value class = value_from_cell(value_class(self));
    return limit < 0 ? value_call_1(class, self) : value_call_2(class, self, int_from_int64(limit));
  }
  Value copy = deque_new(collections.deque, limit), items = deque_to_list(self);
  return copy && items && deque_extend(copy, items, false) ? copy : NULL;
}

static Value deque_insert(Value self, Value index_value, Value item) {
  ptrdiff_t index;
  if (!value_as_size(index_value, &index, CLASS_OVERFLOW_ERROR)) return NULL;
  Deque *deque = deque_of(self);
  if (deque->limit >= 0 && deque_count(self) >= (size_t)deque->limit)
    return raise(CLASS_INDEX_ERROR, "deque already at its maximum size");
  if (!deque_lock_with_room(deque)) return NULL;
  ptrdiff_t count = (ptrdiff_t)deque->count;
  if (index < 0) index += count;
  size_t at = (size_t)(index < 0 ? 0 : index > count ? count : index);
  deque_set_count(deque, deque->count + 1);
  if (at < deque->count / 2) {
    deque->start = (deque->start - 1) & deque->mask;
    for (size_t i = 0; i < at; i++) deque_store(deque, i, *deque_place(deque, i + 1));
  } else {
    for (size_t i = deque->count - 1; i > at; i--) deque_store(deque, i, *deque_place(deque, i - 1));
  }
  deque_store(deque, at, item);
  deque_changed(deque);
  cell_unlock(deque);
  return VALUE_NONE;
}

static Value deque_remove(Value self, Value item) {
  for (;;) {
    Value found;
    ptrdiff_t index = deque_search(self, item, 0, SIZE_MAX, &found);
    if (index == -2) return NULL;
    if (index < 0) return raise_value_error("%R is not in deque", item);
    if (deque_delete(self, index, found)) return VALUE_NONE;
  }
}

static Value deque_reverse(Value self) {
  Deque *deque = deque_of(self);
  cell_lock(deque);
  for (size_t low = 0, high = deque->count; low + 1 < high;) {
    Value item = *deque_place(deque, low);
    deque_store(deque, low++, *deque_place(deque, --high));
    deque_store(deque, high, item);
  }
  deque_changed(deque);
  cell_unlock(deque);
  return VALUE_NONE;
}

static Value deque_rotate(Value self, Value steps_value) {
  ptrdiff_t steps = 1;
  if (steps_value && !value_as_size(steps_value, &steps, CLASS_OVERFLOW_ERROR)) return NULL;
  Deque *deque = deque_of(self);
  cell_lock(deque);
  ptrdiff_t count = (ptrdiff_t)deque->count;
  if (count > 1) {
    steps %= count;
    if (steps > count / 2)
      steps -= count;
    else if (steps < -count / 2)
      steps += count;
    bool full = deque->count == deque->mask + 1;
    for (; steps > 0; steps--) { // the last item to the front
      Value item = *deque_place(deque, deque->count - 1);
      if (!full) deque_store(deque, deque->count - 1, NULL);
      deque->start = (deque->start - 1) & deque->mask;
      deque_store(deque, 0, item);
    }
    for (; steps < 0; steps++) {
      Value item = *deque_place(deque, 0);
      if (!full) deque_store(deque, 0, NULL);
      deque->start = (deque->start + 1) & deque->mask;
      deque_store(deque, deque->count - 1, item);
    }
    deque_changed(deque);
  }
  cell_unlock(deque);
  return VALUE_NONE;
}

static Value deque_add(Value self, Value other) {
  if (!value_is_instance(other, collections.deque))
    return raise_type_error("can only concatenate deque (not \"%.200T\") to deque", other);
  Value result = deque_copy(self);
  return result && deque_extend(result, other, false) ? result : NULL;
}

static Value deque_in_place_add(Value self, Value other) {
  return deque_extend(self, other, false) ? self : NULL;
}

static Value deque_in_place_multiply(Value self, Value factor) {
  ptrdiff_t times;
  if (!value_as_repetition(factor, &times)) return NULL;
  size_t count = deque_count(self), total;
  if (count == 0 || times == 1) return self;
  if (times <= 0) {
    deque_clear(self);
    return self;
  }
  if (__builtin_mul_overflow(count, (size_t)times, &total) || total > PTRDIFF_MAX / sizeof(Value))
    return raise_memory_error();
  Value items = deque_to_list(self);
  // With a limit only the last copies that fit matter.
  size_t limit = (size_t)deque_of(self)->limit, needed = (size_t)times - 1;
  if (deque_of(self)->limit >= 0 && needed > limit / count + 1) needed = limit / count + 1;
  for (size_t i = 0; items && i < needed; i++)
    if (!deque_extend(self, items, false)) return NULL;
  return items ? self : NULL;
}

static Value deque_multiply(Value self, Value factor) {
  Value result = deque_copy(self);
  return result ? deque_in_place_multiply(result, factor) : NULL;
}

static Value deque_compare(Value self, Value other, Comparison comparison) {
  if (!value_is_instance(self, collections.deque) || !value_is_instance(other, collections.deque))
    return VALUE_NOT_IMPLEMENTED;
  if (self == other && comparison == COMPARE_EQUAL) return VALUE_TRUE;
  if (self == other && comparison == COMPARE_NOT_EQUAL) return VALUE_FALSE;
  size_t count = deque_count(self), other_count = deque_count(other);
  if (count != other_count && comparison == COMPARE_EQUAL) return VALUE_FALSE;
  if (count != other_count && comparison == COMPARE_NOT_EQUAL) return VALUE_TRUE;
  if (threads_started && (!(self = deque_to_list(self)) || !(other = deque_to_list(other)))) return NULL;
  Value left = value_iterate(self), right = left ? value_iterate(other) : NULL;
  if (!right) return NULL;
  for (;;) {
    Value a = iterator_next(left), b = a ? iterator_next(right) : NULL;
    if (!b) return NULL;
    if (a == VALUE_STOP || b == VALUE_STOP)
      return value_from_bool(order_satisfies(comparison, a != VALUE_STOP, b != VALUE_STOP));
    int equal = value_equal(a, b);
    if (equal < 0) return NULL;
    if (!equal) {
      if (comparison == COMPARE_EQUAL) return VALUE_FALSE;
      if (comparison == COMPARE_NOT_EQUAL) return VALUE_TRUE;
      return value_compare(comparison, a, b);
    }
  }
}
COMPARISON_METHODS(deque, deque_compare)

static Value deque_reduce(Value self) {
  ptrdiff_t limit = deque_of(self)->limit;
  Value state = value_call_method_0(self, "__getstate__"), iterator = state ? value_iterate(self) : NULL;
  Value nothing = tuple_new(NULL, 0);
  return tuple_of(4, value_from_cell(value_class(self)),
                  limit < 0 ? nothing : tuple_of(2, nothing, int_from_int64(limit)), state, iterator);
}

static Value deque_size_of(Value self) {
  const Deque *deque = deque_of(self);
  return int_from_size(cell_size(&deque->head) + (deque->items ? cell_size(value_cell(deque->items)) : 0));
}

static Value deque_get_limit(Value self) {
  ptrdiff_t limit = deque_of(self)->limit;
  return limit < 0 ? VALUE_NONE : int_from_int64(limit);
}

// Iterators

typedef struct DequeIterator {
  Cell head;
  Value deque;
  size_t given; // items given so far
  size_t left;
  uint64_t version;
} DequeIterator;

static Value deque_iterator_new(Class *class, Value deque) {
  DequeIterator *iterator = class_allocate(class, 0);
  if (!iterator) return NULL;
  gc_init(iterator, &iterator->deque, deque);
  iterator->left = deque_count(deque);
  iterator->version = deque_version(deque_of(deque));
  return value_from_cell(iterator);
}
static Value deque_iterate(Value self) {
  return deque_iterator_new(collections.deque_iterator, self);
}
static Value deque_reversed(Value self) {
  return deque_iterator_new(collections.deque_reverse_iterator, self);
}

static Value deque_iterator_step(Value self, bool reversed) {
  DequeIterator *iterator = (DequeIterator *)value_cell(self);
  for (;;) {
    size_t left = position_load(&iterator->left);
    Deque *deque = deque_of(iterator->deque);
    if (deque_version(deque) != iterator->version) {
      iterator->left = 0;
      return raise_mutated();
    }
    if (left == 0) return VALUE_STOP;
    Value item = deque_item(iterator->deque, (ptrdiff_t)(reversed ? left - 1 : deque_count(iterator->deque) - left));
    if (!item) return VALUE_STOP;
    if (position_advance(&iterator->left, left, left - 1)) return item;
  }
}
static Value deque_iterator_next(Value self) {
  return deque_iterator_step(self, false);
}
static Value deque_reverse_iterator_next(Value self) {
  return deque_iterator_step(self, true);
}

static Value deque_iterator_create(Value class, Value deque, Value index_value) {
  ptrdiff_t index = 0;
  if (!value_is_instance(deque, collections.deque))
    return raise_type_error("argument 1 must be collections.deque, not %T", deque);
  if (index_value && !value_as_size(index_value, &index, CLASS_OVERFLOW_ERROR)) return NULL;
  Value self = deque_iterator_new(value_as_class(class), deque);
  for (; self && index > 0; index--) {
    Value item = deque_iterator_step(self, value_as_class(class) == collections.deque_reverse_iterator);
    if (!item) return NULL;
    if (item == VALUE_STOP) break;
  }
  return self;
}

static Value deque_iterator_length_hint(Value self) {
  return int_from_size(((DequeIterator *)value_cell(self))->left);
}

static Value deque_iterator_reduce(Value self) {
  DequeIterator *iterator = (DequeIterator *)value_cell(self);
  return tuple_of(2, value_from_cell(value_class(self)),
                  tuple_of(2, iterator->deque, int_from_size(deque_count(iterator->deque) - iterator->left)));
}

#define DEQUE_ITERATOR(prefix, name_)                                                                                  \
  static const NativeMethod prefix##_methods[] = {                                                                     \
      NATIVE("__new__", deque_iterator_create, "($type, deque, index=0, /)", "Create an iterator.", NATIVE_STATIC),    \
      ITERATOR_ENTRIES(prefix##_next),                                                                                 \
      NATIVE("__length_hint__", deque_iterator_length_hint, NULL, "How many items are left."),                         \
      NATIVE("__reduce__", deque_iterator_reduce, NULL, "What pickle needs to rebuild the iterator."),                 \
      {},                                                                                                              \
  };                                                                                                                   \
  const ClassDef prefix##_class = {                                                                                    \
      .name = name_,                                                                                                   \
      .cell_type = &deque_iterator_type,                                                                               \
      .instance_size = sizeof(DequeIterator),                                                                          \
      .methods = prefix##_methods,                                                                                     \
  };
static const CellType deque_iterator_type = {.name = "deque iterator", CELL_VALUES(DequeIterator, deque, deque)};
DEQUE_ITERATOR(deque_iterator, "_collections._deque_iterator")
DEQUE_ITERATOR(deque_reverse_iterator, "_collections._deque_reverse_iterator")

static const NativeMethod deque_methods[] = {
    NATIVE("__new__", deque_create, NULL, "Create a deque.", NATIVE_STATIC),
    NATIVE("__init__", deque_initialize, "($self, /, *args, **kwargs)", "Fill the deque; see help(type(self))."),
    NATIVE("__repr__", deque_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__len__", deque_length, "($self, /)", "Return len(self)."),
    NATIVE("__contains__", deque_contains, "($self, key, /)", "Return key in self."),
    NATIVE("__getitem__", deque_subscript, "($self, key, /)", "Return self[key]."),
    NATIVE("__setitem__", deque_set_subscript, "($self, key, value, /)", "Set self[key] to value."),
    NATIVE("__delitem__", deque_delete_subscript, "($self, key, /)", "Delete self[key]."),
    NATIVE("__iter__", deque_iterate, "($self, /)", "Implement iter(self)."),
    NATIVE("__reversed__", deque_reversed, NULL, "Return a reverse iterator over the deque."),
    NATIVE("__add__", deque_add, "($self, value, /)", "Return self+value.", NATIVE_SEQUENCE),
    NATIVE("__iadd__", deque_in_place_add, "($self, value, /)", "Implement self+=value.", NATIVE_SEQUENCE),
    NATIVE("__mul__", deque_multiply, "($self, value, /)", "Return self*value.", NATIVE_SEQUENCE),
    NATIVE("__rmul__", deque_multiply, "($self, value, /)", "Return value*self.", NATIVE_SEQUENCE),
    NATIVE("__imul__", deque_in_place_multiply, "($self, value, /)", "Implement self*=value.", NATIVE_SEQUENCE),
    COMPARISON_ENTRIES(deque),
    NATIVE("__copy__", deque_copy, NULL, "Return a shallow copy."),
    NATIVE("__reduce__", deque_reduce, NULL, "What pickle needs to rebuild the deque."),
    NATIVE("__sizeof__", deque_size_of, NULL, "The size in memory, in bytes."),
    NATIVE("append", deque_append, "($self, item, /)", "Add an item at the right end."),
    NATIVE("appendleft", deque_append_left, "($self, item, /)", "Add an item at the left end."),
    NATIVE("clear", deque_clear_method, "($self, /)", "Remove all items."),
    NATIVE("copy", deque_copy, "($self, /)", "Return a shallow copy."),
    NATIVE("count", deque_count_method, "($self, value, /)", "Return how often a value occurs."),
    NATIVE("extend", deque_extend_method, "($self, iterable, /)", "Add the items of an iterable at the right end."),
    NATIVE("extendleft", deque_extend_left, "($self, iterable, /)", "Add the items of an iterable at the left end."),
    NATIVE("index", deque_index, "($self, value, start=0, stop=sys.maxsize, /)",
           "Return the first index of a value; ValueError if it is not there."),
    NATIVE("insert", deque_insert, "($self, index, value, /)", "Insert a value before an index."),
    NATIVE("pop", deque_pop, "($self, /)", "Remove and return the rightmost item."),
    NATIVE("popleft", deque_pop_left, "($self, /)", "Remove and return the leftmost item."),
    NATIVE("remove", deque_remove, "($self, value, /)", "Remove the first occurrence of a value."),
    NATIVE("reverse", deque_reverse, "($self, /)", "Reverse the order of the items in place."),
    NATIVE("rotate", deque_rotate, "($self, n=1, /)", "Move items from the right end to the left, n times."),
    CLASS_GETITEM_ENTRY,
    {},
};
static const NativeProperty deque_properties[] = {
    {"maxlen", deque_get_limit, NULL, "maximum size of a deque or None if unbounded"},
    {},
};
static const CellType deque_type = {.name = "deque", CELL_VALUES(Deque, items, items)};
const ClassDef deque_class = {
    .name = "collections.deque",
    .doc = "deque([iterable[, maxlen]]) --> deque object\n\nA sequence with cheap access to both ends.",
    .cell_type = &deque_type,
    .instance_size = sizeof(Deque),
    .flags = CLASS_BASE_TYPE | CLASS_HAS_WEAKREF | CLASS_SEQUENCE | CLASS_UNHASHABLE,
    .methods = deque_methods,
    .snapshot = deque_to_list,
    .properties = deque_properties,
};
