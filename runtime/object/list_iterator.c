// The iterators of list, forwards and backwards. Both claim a position by compare and swap when there are threads, so
// that each item goes to one of them.

#include "runtime/object/container.h"
#include "runtime/object/list.h"
#include "runtime/object/step.h"

static const CellType list_iterator_type = {.name = "list iterator", CELL_VALUES(SequenceIterator, sequence, sequence)};

static Value list_iterator_next(Value self) {
  SequenceIterator *iterator = (SequenceIterator *)value_cell(self);
  for (;;) {
    Value list = gc_load(&iterator->sequence);
    if (!list) return VALUE_STOP;
    size_t index = position_load(&iterator->index);
    Value item = list_item(list, index);
    if (!item) {
      gc_store(iterator, &iterator->sequence, NULL);
      return VALUE_STOP;
    }
    if (position_advance(&iterator->index, index, index + 1)) return item;
  }
}

static Value list_reverse_iterator_next(Value self) {
  SequenceIterator *iterator = (SequenceIterator *)value_cell(self);
  for (;;) {
    Value list = gc_load(&iterator->sequence);
    if (!list) return VALUE_STOP;
    size_t index = position_load(&iterator->index);
    Value item = list_item(list, index); // the position before the first item is out of range as well
    if (!item) {
      gc_store(iterator, &iterator->sequence, NULL);
      return VALUE_STOP;
    }
    if (position_advance(&iterator->index, index, index - 1)) return item;
  }
}

static Value list_iterator_length_hint(Value self) {
  SequenceIterator *iterator = (SequenceIterator *)value_cell(self);
  Value list = gc_load(&iterator->sequence);
  size_t index = position_load(&iterator->index), count = list ? list_count(list) : 0;
  return value_from_small_int(index < count ? (int64_t)(count - index) : 0);
}

static Value list_reverse_iterator_length_hint(Value self) {
  SequenceIterator *iterator = (SequenceIterator *)value_cell(self);
  Value list = gc_load(&iterator->sequence);
  size_t remaining = position_load(&iterator->index) + 1;
  return value_from_small_int(list && remaining <= list_count(list) ? (int64_t)remaining : 0);
}

static Value list_iterator_reduce_as(Value self, const char *function) {
  SequenceIterator *iterator = (SequenceIterator *)value_cell(self);
  Value list = gc_load(&iterator->sequence);
  if (!list) return reduce_to(builtin_named("iter"), tuple_of(1, list_new_sized(0)), NULL);
  return reduce_to(builtin_named(function), tuple_of(1, list),
                   value_from_small_int((int64_t)position_load(&iterator->index)));
}
static Value list_iterator_reduce(Value self) {
  return list_iterator_reduce_as(self, "iter");
}
static Value list_reverse_iterator_reduce(Value self) {
  return list_iterator_reduce_as(self, "reversed");
}

static Value list_iterator_set_state(Value self, Value state) {
  SequenceIterator *iterator = (SequenceIterator *)value_cell(self);
  ptrdiff_t index;
  if (!value_as_size(state, &index, CLASS_OVERFLOW_ERROR)) return NULL;
  if (iterator->sequence) {
    ptrdiff_t count = (ptrdiff_t)list_count(iterator->sequence);
    iterator->index = (size_t)(index < 0 ? 0 : index > count ? count : index);
  }
  return VALUE_NONE;
}

static Value list_reverse_iterator_set_state(Value self, Value state) {
  SequenceIterator *iterator = (SequenceIterator *)value_cell(self);
  ptrdiff_t index;
  if (!value_as_size(state, &index, CLASS_OVERFLOW_ERROR)) return NULL;
  if (iterator->sequence) {
    ptrdiff_t last = (ptrdiff_t)list_count(iterator->sequence) - 1;
    iterator->index = (size_t)(index < -1 ? -1 : index > last ? last : index);
  }
  return VALUE_NONE;
}

static const NativeMethod list_iterator_methods[] = {
    ITERATOR_ENTRIES(list_iterator_next),
    NATIVE("__length_hint__", list_iterator_length_hint, "($self, /)", "How many items are left."),
    NATIVE("__reduce__", list_iterator_reduce, "($self, /)", "What pickle needs to rebuild the iterator."),
    NATIVE("__setstate__", list_iterator_set_state, "($self, state, /)", "Set the position."),
    {},
};
static const NativeMethod list_reverse_iterator_methods[] = {
    ITERATOR_ENTRIES(list_reverse_iterator_next),
    NATIVE("__length_hint__", list_reverse_iterator_length_hint, "($self, /)", "How many items are left."),
    NATIVE("__reduce__", list_reverse_iterator_reduce, "($self, /)", "What pickle needs to rebuild the iterator."),
    NATIVE("__setstate__", list_reverse_iterator_set_state, "($self, state, /)", "Set the position."),
    {},
};

const ClassDef list_iterator_class = {
    .name = "list_iterator",
    .cell_type = &list_iterator_type,
    .instance_size = sizeof(SequenceIterator),
    .flags = CLASS_NO_NEW | CLASS_PLAIN_ITERATOR,
    .methods = list_iterator_methods,
};
const ClassDef list_reverse_iterator_class = {
    .name = "list_reverseiterator",
    .cell_type = &list_iterator_type,
    .instance_size = sizeof(SequenceIterator),
    .flags = CLASS_NO_NEW | CLASS_PLAIN_ITERATOR,
    .methods = list_reverse_iterator_methods,
};
