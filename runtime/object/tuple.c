// tuple: an immutable array whose items stand in the cell itself.
//
// A tuple's items are stored before anybody else sees it and never change, so every operation is atomic without a lock.
// `count` is written right after allocation, while the items are still zero, so that a collection meets a whole tuple.

#include "runtime/heap/alloc.h"
#include "runtime/object/container.h"
#include "runtime/object/dict_table.h"
#include "runtime/object/step.h"
#include <stdarg.h>

Value tuple_empty;

static void tuple_trace(Cell *cell, Tracer *tracer) {
  Tuple *tuple = (Tuple *)cell;
  trace_range(tracer, tuple->items, tuple->items + tuple->count);
}
static const CellType tuple_type = {
    .name = "tuple", .trace = tuple_trace, .only_values_from = offsetof(Tuple, items), .has_tail = true};

Tuple *tuple_allocate(size_t count) {
  if (count > PTRDIFF_MAX / sizeof(Value) - sizeof(Tuple)) {
    raise_memory_error();
    return NULL;
  }
  Tuple *tuple = cell_alloc(SHAPE(TUPLE), sizeof(Tuple) + count * sizeof(Value));
  if (tuple) tuple->count = count;
  return tuple;
}

Value tuple_new(const Value *items, size_t count) {
  if (count == 0 && tuple_empty) return tuple_empty;
  Tuple *tuple = tuple_allocate(count);
  if (!tuple) return NULL;
  for (size_t i = 0; i < count; i++) gc_init(tuple, &tuple->items[i], items[i]);
  if (count == 0) {
    heap_add_root_range(&tuple_empty, 1);
    tuple_empty = value_from_cell(tuple);
  }
  return value_from_cell(tuple);
}

Value tuple_pair(Value a, Value b) {
  Tuple *tuple = cell_alloc_inline(SHAPE(TUPLE), sizeof(Tuple) + 2 * sizeof(Value));
  if (!tuple) return NULL;
  tuple->count = 2;
  gc_init(tuple, &tuple->items[0], a);
  gc_init(tuple, &tuple->items[1], b);
  return value_from_cell(tuple);
}

Value tuple_of(size_t count, ...) {
  Tuple *tuple = tuple_allocate(count);
  if (!tuple) return NULL;
  va_list items;
  va_start(items, count);
  bool failed = false;
  for (size_t i = 0; i < count; i++) {
    Value item = va_arg(items, Value);
    failed |= !item;
    gc_init(tuple, &tuple->items[i], item);
  }
  va_end(items);
  return failed ? NULL : value_from_cell(tuple);
}

Value tuple_slice(Value tuple, size_t start, size_t end) {
  size_t count = tuple_count(tuple);
  if (end > count) end = count;
  if (start >= end) return tuple_new(NULL, 0);
  if (start == 0 && end == count && VALUE_IS_EXACT(tuple, TUPLE)) return tuple;
  Tuple *result = tuple_allocate(end - start);
  if (result) gc_init_copy(result, result->items, value_cell(tuple), value_as_tuple(tuple)->items + start, end - start);
  return value_from_cell(result);
}

Value tuple_concatenate(Value a, Value b) {
  size_t first = tuple_count(a), second = tuple_count(b);
  if (second == 0 && VALUE_IS_EXACT(a, TUPLE)) return a;
  if (first == 0 && VALUE_IS_EXACT(b, TUPLE)) return b;
  Tuple *result = tuple_allocate(first + second);
  if (!result) return NULL;
  gc_init_copy(result, result->items, value_cell(a), value_as_tuple(a)->items, first);
  gc_init_copy(result, result->items + first, value_cell(b), value_as_tuple(b)->items, second);
  return value_from_cell(result);
}

// Methods

static Value tuple_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  bool exact = class == value_from_cell(BUILTIN(TUPLE));
  // Keywords are for a subclass's own __init__.
  bool plain =
      exact || class_special(value_as_class(class), SPECIAL_INIT) == class_special(BUILTIN(TUPLE), SPECIAL_INIT);
  if (plain && !refuse_keywords("tuple", keyword_names)) return NULL;
  if (!arguments_check_count("tuple", count, 0, 1)) return NULL;
  Value items = count ? value_to_tuple(arguments[0]) : tuple_new(NULL, 0);
  if (!items || exact) return items;
  Tuple *tuple = class_allocate(value_as_class(class), tuple_count(items) * sizeof(Value));
  if (!tuple) return NULL;
  tuple->count = tuple_count(items);
  for (size_t i = 0; i < tuple->count; i++) gc_init(tuple, &tuple->items[i], tuple_item(items, i));
  return value_from_cell(tuple);
}

static Value tuple_repr(Value self) {
  size_t count = tuple_count(self);
  if (count == 0) return str_from_c("()");
  int entered = repr_enter(self);
  if (entered) return entered < 0 ? NULL : str_from_c("(...)");
  StrBuilder builder;
  str_builder_start(&builder);
  str_builder_add_character(&builder, '(');
  bool ok = true;
  for (size_t i = 0; i < count; i++) {
    Value text = value_repr(tuple_item(self, i));
    if (!(ok = text != NULL)) break;
    if (i) str_builder_add_ascii(&builder, ", ", 2);
    str_builder_add(&builder, text);
  }
  repr_leave(self);
  if (!ok) return NULL;
  str_builder_add_c(&builder, count == 1 ? ",)" : ")");
  return str_builder_finish(&builder);
}

// The xxHash-like mixing that CPython's tuples use, so that hash values agree.
int64_t tuple_hash(Value self) {
  const uint64_t prime1 = 11400714785074694791u, prime2 = 14029467366897019727u, prime5 = 2870177450012600261u;
  if (c_stack_is_low()) {
    raise(CLASS_RECURSION_ERROR, "maximum recursion depth exceeded while calling a Python object");
    return -1;
  }
  uint64_t mix = prime5;
  size_t count = tuple_count(self);
  for (size_t i = 0; i < count; i++) {
    int64_t lane = dict_key_hash(tuple_item(self, i));
    if (lane == -1) return -1;
    mix = __builtin_rotateleft64(mix + (uint64_t)lane * prime2, 31) * prime1;
  }
  mix += count ^ (prime5 ^ 3527539u);
  return mix == UINT64_MAX ? 1546275796 : (int64_t)mix;
}
static Value tuple_hash_method(Value self) {
  int64_t hash = tuple_hash(self);
  return hash == -1 ? NULL : int_from_int64(hash);
}

static Value tuple_length(Value self) {
  return value_from_small_int((int64_t)tuple_count(self));
}

static Value tuple_contains(Value self, Value item) {
  for (size_t i = 0; i < tuple_count(self); i++) {
    int equal = value_equal(tuple_item(self, i), item);
    if (equal) return equal < 0 ? NULL : VALUE_TRUE;
  }
  return VALUE_FALSE;
}

static Value tuple_subscript(Value self, Value key) {
  size_t count = tuple_count(self);
  ptrdiff_t index;
  if (value_has_index(key)) {
    if (!value_as_index(key, &index)) return NULL;
    if (index < 0) index += (ptrdiff_t)count;
    if ((size_t)index >= count) return raise(CLASS_INDEX_ERROR, "tuple index out of range");
    return tuple_item(self, (size_t)index);
  }
  if (!VALUE_IS_EXACT(key, SLICE)) return raise_bad_subscript("tuple", key);
  ptrdiff_t start, stop, step, selected = slice_resolve(key, (ptrdiff_t)count, &start, &stop, &step);
  if (selected < 0) return NULL;
  if (step == 1) return tuple_slice(self, (size_t)start, (size_t)(start + selected));
  if (selected == 0) return tuple_new(NULL, 0);
  Tuple *result = tuple_allocate((size_t)selected);
  if (!result) return NULL;
  for (ptrdiff_t i = 0; i < selected; i++)
    gc_init(result, &result->items[i], tuple_item(self, (size_t)(start + i * step)));
  return value_from_cell(result);
}

static Value tuple_add(Value self, Value other) {
  if (!value_is_tuple(other)) return raise_type_error("can only concatenate tuple (not \"%.200T\") to tuple", other);
  return tuple_concatenate(self, other);
}

static Value tuple_multiply(Value self, Value factor) {
  ptrdiff_t times;
  if (!value_as_repetition(factor, &times)) return NULL;
  size_t count = tuple_count(self), total;
  if (times == 1 && VALUE_IS_EXACT(self, TUPLE)) return self;
  if (times <= 0 || count == 0) return tuple_new(NULL, 0);
  if (__builtin_mul_overflow(count, (size_t)times, &total)) return raise_memory_error();
  Tuple *result = tuple_allocate(total);
  if (!result) return NULL;
  for (size_t at = 0; at < total; at += count)
    gc_init_copy(result, result->items + at, value_cell(self), value_as_tuple(self)->items, count);
  return value_from_cell(result);
}

static Value tuple_index(Value self, Value item, Value start, Value stop) {
  size_t from, to, count = tuple_count(self);
  if (!search_bounds(start, stop, count, &from, &to)) return NULL;
  for (size_t i = from; i < to && i < count; i++) {
    int equal = value_equal(tuple_item(self, i), item);
    if (equal) return equal < 0 ? NULL : value_from_small_int((int64_t)i);
  }
  return raise_value_error("tuple.index(x): x not in tuple");
}

static Value tuple_count_method(Value self, Value item) {
  int64_t found = 0;
  for (size_t i = 0; i < tuple_count(self); i++) {
    int equal = value_equal(tuple_item(self, i), item);
    if (equal < 0) return NULL;
    found += equal;
  }
  return value_from_small_int(found);
}

int tuple_items_equal(Value a, Value b) {
  size_t count = tuple_count(a);
  if (count != tuple_count(b)) return 0;
  for (size_t i = 0; i < count; i++) {
    int equal = value_equal(tuple_item(a, i), tuple_item(b, i));
    if (equal != 1) return equal;
  }
  return 1;
}

static Value tuple_compare(Value self, Value other, Comparison comparison) {
  if (!value_is_tuple(self) || !value_is_tuple(other)) return VALUE_NOT_IMPLEMENTED;
  size_t count = tuple_count(self), other_count = tuple_count(other);
  size_t common = count < other_count ? count : other_count;
  for (size_t i = 0; i < common; i++) {
    Value a = tuple_item(self, i), b = tuple_item(other, i);
    int equal = value_equal(a, b);
    if (equal < 0) return NULL;
    if (equal) continue;
    if (comparison == COMPARE_EQUAL) return VALUE_FALSE;
    if (comparison == COMPARE_NOT_EQUAL) return VALUE_TRUE;
    return value_compare(comparison, a, b);
  }
  return value_from_bool(order_satisfies(comparison, (int64_t)count, (int64_t)other_count));
}
COMPARISON_METHODS(tuple, tuple_compare)

static Value tuple_get_new_arguments(Value self) {
  return tuple_of(1, tuple_new(value_as_tuple(self)->items, tuple_count(self)));
}

static Value tuple_iterate(Value self) {
  SequenceIterator *iterator = cell_alloc(SHAPE(TUPLE_ITERATOR), sizeof(SequenceIterator));
  if (!iterator) return NULL;
  gc_init(iterator, &iterator->sequence, self);
  return value_from_cell(iterator);
}

static const NativeMethod tuple_methods[] = {
    NATIVE("__new__", tuple_create, NULL, "Create a tuple from an iterable.", NATIVE_STATIC),
    NATIVE("__repr__", tuple_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__hash__", tuple_hash_method, "($self, /)", "Return hash(self)."),
    NATIVE("__len__", tuple_length, "($self, /)", "Return len(self)."),
    NATIVE("__contains__", tuple_contains, "($self, key, /)", "Return key in self."),
    NATIVE("__getitem__", tuple_subscript, "($self, key, /)", "Return self[key]."),
    NATIVE("__iter__", tuple_iterate, "($self, /)", "Implement iter(self)."),
    NATIVE("__add__", tuple_add, "($self, value, /)", "Return self+value.", NATIVE_SEQUENCE),
    NATIVE("__mul__", tuple_multiply, "($self, value, /)", "Return self*value.", NATIVE_SEQUENCE),
    NATIVE("__rmul__", tuple_multiply, "($self, value, /)", "Return value*self.", NATIVE_SEQUENCE),
    COMPARISON_ENTRIES(tuple),
    NATIVE("__getnewargs__", tuple_get_new_arguments, "($self, /)", "The arguments with which a copy is made."),
    NATIVE("index", tuple_index, "($self, value, start=0, stop=sys.maxsize, /)",
           "Return the first index of a value; ValueError if it is not there."),
    NATIVE("count", tuple_count_method, "($self, value, /)", "Return how often a value occurs."),
    CLASS_GETITEM_ENTRY,
    {},
};

const ClassDef tuple_class = {
    .name = "tuple",
    .doc = "tuple(iterable=(), /)\n--\n\nAn immutable sequence.",
    .cell_type = &tuple_type,
    .instance_size = sizeof(Tuple),
    .flags = CLASS_BASE_TYPE | CLASS_VARIABLE_SIZE | CLASS_SEQUENCE | CLASS_MATCH_SELF | CLASS_IS_TUPLE,
    .methods = tuple_methods,
};

// Iterator

static const CellType sequence_iterator_cell_type = {.name = "tuple iterator",
                                                     CELL_VALUES(SequenceIterator, sequence, sequence)};

static Value tuple_iterator_next(Value self) {
  SequenceIterator *iterator = (SequenceIterator *)value_cell(self);
  for (;;) {
    Value tuple = gc_load(&iterator->sequence);
    if (!tuple) return VALUE_STOP;
    size_t index = position_load(&iterator->index);
    if (index >= tuple_count(tuple)) {
      gc_store(iterator, &iterator->sequence, NULL);
      return VALUE_STOP;
    }
    Value item = tuple_item(tuple, index);
    if (position_advance(&iterator->index, index, index + 1)) return item;
  }
}

static Value tuple_iterator_length_hint(Value self) {
  SequenceIterator *iterator = (SequenceIterator *)value_cell(self);
  Value tuple = gc_load(&iterator->sequence);
  size_t index = position_load(&iterator->index), count = tuple ? tuple_count(tuple) : 0;
  return value_from_small_int(index < count ? (int64_t)(count - index) : 0);
}

static Value tuple_iterator_reduce(Value self) {
  SequenceIterator *iterator = (SequenceIterator *)value_cell(self);
  Value tuple = gc_load(&iterator->sequence);
  if (!tuple) return reduce_to(builtin_named("iter"), tuple_of(1, tuple_new(NULL, 0)), NULL);
  return reduce_to(builtin_named("iter"), tuple_of(1, tuple),
                   value_from_small_int((int64_t)position_load(&iterator->index)));
}

static Value tuple_iterator_set_state(Value self, Value state) {
  SequenceIterator *iterator = (SequenceIterator *)value_cell(self);
  ptrdiff_t index;
  if (!value_as_size(state, &index, CLASS_OVERFLOW_ERROR)) return NULL;
  Value tuple = gc_load(&iterator->sequence);
  if (!tuple) return VALUE_NONE;
  size_t count = tuple_count(tuple);
  iterator->index = index < 0 ? 0 : (size_t)index > count ? count : (size_t)index;
  return VALUE_NONE;
}

static const NativeMethod tuple_iterator_methods[] = {
    ITERATOR_ENTRIES(tuple_iterator_next),
    NATIVE("__length_hint__", tuple_iterator_length_hint, "($self, /)", "How many items are left."),
    NATIVE("__reduce__", tuple_iterator_reduce, "($self, /)", "What pickle needs to rebuild the iterator."),
    NATIVE("__setstate__", tuple_iterator_set_state, "($self, state, /)", "Set the position."),
    {},
};

const ClassDef tuple_iterator_class = {
    .name = "tuple_iterator",
    .cell_type = &sequence_iterator_cell_type,
    .instance_size = sizeof(SequenceIterator),
    .flags = CLASS_NO_NEW | CLASS_PLAIN_ITERATOR,
    .methods = tuple_iterator_methods,
};
