// The iterator over anything with __getitem__: indexes from 0 until IndexError.
//
// Threads: a step runs __getitem__; two threads that share one may get the same item, as in CPython.
#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/iterators.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/runtime.h"

typedef struct IndexIterator {
  Cell head;
  Value sequence; // zero: exhausted
  ptrdiff_t index;
} IndexIterator;

static IndexIterator *iterator_of(Value self) {
  return (IndexIterator *)value_cell(self);
}

Value sequence_iterator_new(Value sequence) {
  IndexIterator *iterator = cell_alloc(SHAPE(SEQUENCE_ITERATOR), sizeof *iterator);
  if (!iterator) return NULL;
  gc_init(iterator, &iterator->sequence, sequence);
  return value_from_cell(iterator);
}

static Value iterator_iter(Value self) {
  return self;
}

static Value iterator_next_method(Value self) {
  IndexIterator *iterator = iterator_of(self);
  Value sequence = gc_load(&iterator->sequence);
  if (!sequence) return VALUE_STOP;
  if (iterator->index == PTRDIFF_MAX) return raise(CLASS_OVERFLOW_ERROR, "iter index too large");
  Value item = value_get_index(sequence, iterator->index);
  if (item) {
    iterator->index++;
    return item;
  }
  if (!exception_clear_if(CLASS_INDEX_ERROR) && !exception_clear_if(CLASS_STOP_ITERATION)) return NULL;
  gc_store(iterator, &iterator->sequence, NULL);
  return VALUE_STOP;
}

static Value iterator_length_hint(Value self) {
  IndexIterator *iterator = iterator_of(self);
  Value sequence = gc_load(&iterator->sequence);
  if (!sequence) return value_from_small_int(0);
  if (!value_special(sequence, SPECIAL_LEN)) return VALUE_NOT_IMPLEMENTED;
  ptrdiff_t length = value_length(sequence);
  if (length < 0) return NULL;
  return int_from_size(length > iterator->index ? (size_t)(length - iterator->index) : 0);
}

static Value iterator_reduce(Value self) {
  Value iter = dict_get_name(runtime.builtins, NAME(iter));
  Value sequence = gc_load(&iterator_of(self)->sequence);
  if (!sequence) return tuple_of(2, iter, tuple_of(1, tuple_empty));
  return tuple_of(3, iter, tuple_of(1, sequence), int_from_int64(iterator_of(self)->index));
}

static Value iterator_setstate(Value self, Value state) {
  int64_t index;
  if (!value_as_int64(state, &index)) return NULL;
  if (iterator_of(self)->sequence) iterator_of(self)->index = index < 0 ? 0 : index;
  return VALUE_NONE;
}

static const NativeMethod iterator_methods[] = {
    NATIVE("__iter__", iterator_iter, "($self, /)", "Implement iter(self)."),
    NATIVE("__next__", iterator_next_method, "($self, /)", "Implement next(self)."),
    NATIVE("__length_hint__", iterator_length_hint, NULL, "Private method returning an estimate of len(list(it))."),
    NATIVE("__reduce__", iterator_reduce, NULL, "Return state information for pickling."),
    NATIVE("__setstate__", iterator_setstate, NULL, "Set state information for unpickling."),
    {}};
static const CellType iterator_cell_type = {.name = "iterator", CELL_VALUES(IndexIterator, sequence, sequence)};

const ClassDef sequence_iterator_class = {
    .name = "iterator",
    .cell_type = &iterator_cell_type,
    .instance_size = sizeof(IndexIterator),
    .flags = CLASS_NO_NEW,
    .methods = iterator_methods,
};
