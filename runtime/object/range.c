// range and its iterators. Immutable; start, stop, step and length are ints of any size. A range whose bounds are small
// ints is iterated in machine words, others in ints.

#include "runtime/object/container.h"
#include "runtime/object/step.h"

typedef struct LongRangeIterator {
  Cell head;
  Value range;
  Value index; // int
} LongRangeIterator;

static inline Range *value_as_range(Value value) {
  return (Range *)value_cell(value);
}

// How many numbers from start to stop (exclusive) by step.
static Value range_count(Value start, Value stop, Value step) {
  bool upwards = int_sign(step) > 0;
  Value low = upwards ? start : stop, high = upwards ? stop : start;
  if (int_compare(low, high) >= 0) return value_from_small_int(0);
  Value distance = int_subtract(high, low), one = value_from_small_int(1);
  Value stride = upwards ? step : int_negative(step);
  if (!distance || !stride || !(distance = int_subtract(distance, one))) return NULL;
  Value steps = int_floor_divide(distance, stride);
  return steps ? int_add(steps, one) : NULL;
}

static Value range_make(Value start, Value stop, Value step) {
  Value length = range_count(start, stop, step);
  Range *range = length ? cell_alloc(SHAPE(RANGE), sizeof(Range)) : NULL;
  if (!range) return NULL;
  gc_init(range, &range->start, start);
  gc_init(range, &range->stop, stop);
  gc_init(range, &range->step, step);
  gc_init(range, &range->length, length);
  return value_from_cell(range);
}

static Value range_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  (void)class;
  if (!refuse_keywords("range", keyword_names) || !arguments_check_count("range", count, 1, 3)) return NULL;
  Value bounds[3] = {value_from_small_int(0), NULL, value_from_small_int(1)};
  for (size_t i = 0; i < count; i++) {
    Value bound = value_index(arguments[i]);
    if (!bound || !(bound = int_exact(bound))) return NULL;
    bounds[count == 1 ? 1 : i] = bound;
  }
  if (int_sign(bounds[2]) == 0) return raise_value_error("range() arg 3 must not be zero");
  return range_make(bounds[0], bounds[1], bounds[2]);
}

static Value range_repr(Value self) {
  const Range *range = value_as_range(self);
  if (range->step == value_from_small_int(1)) return str_format_c("range(%R, %R)", range->start, range->stop);
  return str_format_c("range(%R, %R, %R)", range->start, range->stop, range->step);
}

static Value range_length(Value self) {
  Value length = value_as_range(self)->length;
  int64_t number;
  if (int_fits_int64(length, &number)) return length;
  return raise(CLASS_OVERFLOW_ERROR, "Python int too large to convert to C ssize_t");
}

static Value range_truth(Value self) {
  return value_from_bool(int_sign(value_as_range(self)->length) != 0);
}

// start + index * step
static Value range_at(const Range *range, Value index) {
  Value offset = int_multiply(index, range->step);
  return offset ? int_add(range->start, offset) : NULL;
}

static Value range_subscript(Value self, Value key) {
  const Range *range = value_as_range(self);
  if (value_has_index(key)) {
    Value index = value_index(key);
    if (!index || !(index = int_exact(index))) return NULL;
    if (int_sign(index) < 0 && !(index = int_add(index, range->length))) return NULL;
    if (int_sign(index) < 0 || int_compare(index, range->length) >= 0)
      return raise(CLASS_INDEX_ERROR, "range object index out of range");
    return range_at(range, index);
  }
  if (!VALUE_IS_EXACT(key, SLICE)) return raise_bad_subscript("range", key);
  Value start, stop, step;
  if (!slice_resolve_long(key, range->length, &start, &stop, &step)) return NULL;
  Value new_step = int_multiply(range->step, step), new_start = range_at(range, start);
  Value new_stop = range_at(range, stop);
  return new_step && new_start && new_stop ? range_make(new_start, new_stop, new_step) : NULL;
}

// The index of the int `number`: -1 not there, -2 exception; else *index.
static int range_find(const Range *range, Value number, Value *index) {
  bool upwards = int_sign(range->step) > 0;
  Value low = upwards ? range->start : range->stop, high = upwards ? range->stop : range->start;
  bool inside = upwards ? int_compare(low, number) <= 0 && int_compare(number, high) < 0
                        : int_compare(low, number) < 0 && int_compare(number, high) <= 0;
  if (!inside) return 0;
  Value distance = int_subtract(number, range->start), remainder;
  if (!distance || !int_divmod(distance, range->step, index, &remainder)) return -1;
  return int_sign(remainder) == 0;
}

// Only exact ints can be found without comparing one by one.
static bool range_knows(Value value) {
  return value_is_exact_int(value) || value_is_bool(value);
}

static Value range_contains(Value self, Value item) {
  Value index, element;
  if (range_knows(item)) {
    int found = range_find(value_as_range(self), item, &index);
    return found < 0 ? NULL : value_from_bool(found);
  }
  Iteration i = iteration_start(self);
  while (iteration_next(&i, &element)) {
    int equal = value_equal(element, item);
    if (equal) return equal < 0 ? NULL : VALUE_TRUE;
  }
  return iteration_failed(&i) ? NULL : VALUE_FALSE;
}

static Value range_index(Value self, Value item) {
  Value index, element;
  if (range_knows(item)) {
    int found = range_find(value_as_range(self), item, &index);
    return found < 0 ? NULL : found ? index : raise_value_error("%R is not in range", item);
  }
  int64_t number = 0;
  Iteration i = iteration_start(self);
  for (; iteration_next(&i, &element); number++) {
    int equal = value_equal(element, item);
    if (equal) return equal < 0 ? NULL : int_from_int64(number);
  }
  return iteration_failed(&i) ? NULL : raise_value_error("sequence.index(x): x not in sequence");
}

static Value range_count_method(Value self, Value item) {
  Value index, element;
  if (range_knows(item)) {
    int found = range_find(value_as_range(self), item, &index);
    return found < 0 ? NULL : value_from_small_int(found);
  }
  int64_t number = 0;
  Iteration i = iteration_start(self);
  while (iteration_next(&i, &element)) {
    int equal = value_equal(element, item);
    if (equal < 0) return NULL;
    number += equal;
  }
  return iteration_failed(&i) ? NULL : int_from_int64(number);
}

// Ranges are equal if they are the same sequences.
static Value range_compare(Value self, Value other, Comparison comparison) {
  bool unordered = comparison != COMPARE_EQUAL && comparison != COMPARE_NOT_EQUAL;
  if (unordered || !VALUE_IS_EXACT(self, RANGE) || !VALUE_IS_EXACT(other, RANGE)) return VALUE_NOT_IMPLEMENTED;
  const Range *a = value_as_range(self), *b = value_as_range(other);
  bool equal = int_compare(a->length, b->length) == 0;
  if (equal && int_sign(a->length) > 0) {
    equal = int_compare(a->start, b->start) == 0;
    if (equal && int_compare(a->length, value_from_small_int(1)) != 0) equal = int_compare(a->step, b->step) == 0;
  }
  return value_from_bool((comparison == COMPARE_EQUAL) == equal);
}
COMPARISON_METHODS(range, range_compare)

static Value range_hash(Value self) {
  const Range *range = value_as_range(self);
  bool empty = int_sign(range->length) == 0, single = range->length == value_from_small_int(1);
  Value parts =
      tuple_of(3, range->length, empty ? VALUE_NONE : range->start, empty || single ? VALUE_NONE : range->step);
  int64_t hash = parts ? value_hash(parts) : -1;
  return hash == -1 ? NULL : int_from_int64(hash);
}

static Value range_reduce(Value self) {
  const Range *range = value_as_range(self);
  return tuple_of(2, value_from_cell(BUILTIN(RANGE)), tuple_of(3, range->start, range->stop, range->step));
}

static Value range_iterate_over(Value range_value) {
  const Range *range = value_as_range(range_value);
  bool small = value_is_small_int(range->start) && value_is_small_int(range->stop) && value_is_small_int(range->step);
  if (small) {
    RangeIterator *iterator = cell_alloc(SHAPE(RANGE_ITERATOR), sizeof(RangeIterator));
    if (!iterator) return NULL;
    gc_init(iterator, &iterator->range, range_value);
    int64_t length;
    int_fits_int64(range->length, &length); // the distance of two small ints always fits
    iterator->start = value_small_int(range->start);
    iterator->step = value_small_int(range->step);
    iterator->length = (size_t)length;
    return value_from_cell(iterator);
  }
  LongRangeIterator *iterator = cell_alloc(SHAPE(LONG_RANGE_ITERATOR), sizeof(LongRangeIterator));
  if (!iterator) return NULL;
  gc_init(iterator, &iterator->range, range_value);
  gc_init(iterator, &iterator->index, value_from_small_int(0));
  return value_from_cell(iterator);
}

static Value range_reversed(Value self) {
  const Range *range = value_as_range(self);
  Value step = int_negative(range->step), stop = int_subtract(range->start, range->step);
  Value last = int_subtract(range->length, value_from_small_int(1));
  Value start = last ? range_at(range, last) : NULL;
  Value reversed = step && stop && start ? range_make(start, stop, step) : NULL;
  return reversed ? range_iterate_over(reversed) : NULL;
}

static const NativeMethod range_methods[] = {
    NATIVE("__new__", range_create, NULL, "Create a range.", NATIVE_STATIC),
    NATIVE("__repr__", range_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__hash__", range_hash, "($self, /)", "Return hash(self)."),
    NATIVE("__bool__", range_truth, "($self, /)", "True if self else False"),
    NATIVE("__len__", range_length, "($self, /)", "Return len(self)."),
    NATIVE("__contains__", range_contains, "($self, key, /)", "Return key in self."),
    NATIVE("__getitem__", range_subscript, "($self, key, /)", "Return self[key]."),
    NATIVE("__iter__", range_iterate_over, "($self, /)", "Implement iter(self)."),
    COMPARISON_ENTRIES(range),
    NATIVE("__reversed__", range_reversed, "($self, /)", "Return a reverse iterator."),
    NATIVE("__reduce__", range_reduce, "($self, /)", "What pickle needs to rebuild the range."),
    NATIVE("count", range_count_method, "($self, value, /)", "Return how often a value occurs."),
    NATIVE("index", range_index, "($self, value, /)", "Return the index of a value; ValueError if it is not there."),
    {},
};
static const NativeMember range_members[] = {
    {"start", MEMBER_VALUE, false, offsetof(Range, start), NULL},
    {"stop", MEMBER_VALUE, false, offsetof(Range, stop), NULL},
    {"step", MEMBER_VALUE, false, offsetof(Range, step), NULL},
    {},
};
static const CellType range_type = {.name = "range", CELL_VALUES(Range, start, length)};

const ClassDef range_class = {
    .name = "range",
    .doc = "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nInts at equal distances.",
    .cell_type = &range_type,
    .instance_size = sizeof(Range),
    .flags = CLASS_SEQUENCE,
    .methods = range_methods,
    .members = range_members,
};

// Iterators

static Value range_iterator_next(Value self) {
  RangeIterator *iterator = (RangeIterator *)value_cell(self);
  for (;;) {
    size_t index = position_load(&iterator->index);
    if (index >= iterator->length) return VALUE_STOP;
    if (position_advance(&iterator->index, index, index + 1))
      return value_from_small_int(iterator->start + (int64_t)index * iterator->step);
  }
}

static Value range_iterator_length_hint(Value self) {
  RangeIterator *iterator = (RangeIterator *)value_cell(self);
  return int_from_size(iterator->length - position_load(&iterator->index));
}

static Value range_iterator_reduce(Value self) {
  RangeIterator *iterator = (RangeIterator *)value_cell(self);
  // As CPython gives it: the range up to the end of what is iterated.
  Value start = int_from_int64(iterator->start), step = int_from_int64(iterator->step);
  Value stop = int_from_int64(iterator->start + (int64_t)iterator->length * iterator->step);
  Value range = start && step && stop ? range_make(start, stop, step) : NULL;
  return range ? reduce_to(builtin_named("iter"), tuple_of(1, range), int_from_size(position_load(&iterator->index)))
               : NULL;
}

static Value range_iterator_set_state(Value self, Value state) {
  RangeIterator *iterator = (RangeIterator *)value_cell(self);
  int64_t index;
  if (!value_as_int64(state, &index)) return NULL;
  iterator->index = index < 0 ? 0 : (size_t)index > iterator->length ? iterator->length : (size_t)index;
  return VALUE_NONE;
}

static Value long_range_iterator_next(Value self) {
  LongRangeIterator *iterator = (LongRangeIterator *)value_cell(self);
  const Range *range = value_as_range(iterator->range);
  for (;;) {
    Value index = gc_load(&iterator->index);
    if (int_compare(index, range->length) >= 0) return VALUE_STOP;
    Value next = int_add(index, value_from_small_int(1)), number = range_at(range, index);
    if (!next || !number) return NULL;
    if (gc_cas(iterator, &iterator->index, index, next)) return number;
  }
}

static Value long_range_iterator_length_hint(Value self) {
  LongRangeIterator *iterator = (LongRangeIterator *)value_cell(self);
  return int_subtract(value_as_range(iterator->range)->length, gc_load(&iterator->index));
}

static Value long_range_iterator_reduce(Value self) {
  LongRangeIterator *iterator = (LongRangeIterator *)value_cell(self);
  return reduce_to(builtin_named("iter"), tuple_of(1, iterator->range), gc_load(&iterator->index));
}

static Value long_range_iterator_set_state(Value self, Value state) {
  LongRangeIterator *iterator = (LongRangeIterator *)value_cell(self);
  if (!value_is_int(state)) return raise_type_error("state must be an int");
  Value zero = value_from_small_int(0), length = value_as_range(iterator->range)->length;
  Value index = int_compare(state, zero) < 0 ? zero : int_compare(state, length) > 0 ? length : int_exact(state);
  if (!index) return NULL;
  gc_store(iterator, &iterator->index, index);
  return VALUE_NONE;
}

static const NativeMethod range_iterator_methods[] = {
    ITERATOR_ENTRIES(range_iterator_next),
    NATIVE("__length_hint__", range_iterator_length_hint, "($self, /)", "How many items are left."),
    NATIVE("__reduce__", range_iterator_reduce, "($self, /)", "What pickle needs to rebuild the iterator."),
    NATIVE("__setstate__", range_iterator_set_state, "($self, state, /)", "Set the position."),
    {},
};
static const NativeMethod long_range_iterator_methods[] = {
    ITERATOR_ENTRIES(long_range_iterator_next),
    NATIVE("__length_hint__", long_range_iterator_length_hint, "($self, /)", "How many items are left."),
    NATIVE("__reduce__", long_range_iterator_reduce, "($self, /)", "What pickle needs to rebuild the iterator."),
    NATIVE("__setstate__", long_range_iterator_set_state, "($self, state, /)", "Set the position."),
    {},
};
static const CellType range_iterator_type = {.name = "range iterator", CELL_VALUES(RangeIterator, range, range)};
static const CellType long_range_iterator_type = {.name = "long range iterator",
                                                  CELL_VALUES(LongRangeIterator, range, index)};
const ClassDef range_iterator_class = {
    .name = "range_iterator",
    .cell_type = &range_iterator_type,
    .instance_size = sizeof(RangeIterator),
    .flags = CLASS_NO_NEW | CLASS_PLAIN_ITERATOR,
    .methods = range_iterator_methods,
};
const ClassDef long_range_iterator_class = {
    .name = "longrange_iterator",
    .cell_type = &long_range_iterator_type,
    .instance_size = sizeof(LongRangeIterator),
    .flags = CLASS_NO_NEW | CLASS_PLAIN_ITERATOR,
    .methods = long_range_iterator_methods,
};
