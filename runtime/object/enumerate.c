// enumerate: pairs of a running number and an item.
//
// Threads: one step if the iterator is plain (step.h); otherwise the numbers are each given once.

#include "runtime/object/container.h"
#include "runtime/object/plain.h"
#include "runtime/object/step.h"

typedef struct Enumerate {
  StepIterator step;
  Value iterator;
  Value number; // int
} Enumerate;

// The arguments are parsed by hand: CPython's messages here are like no other function's.
static Value enumerate_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  size_t keywords = keyword_names ? tuple_count(keyword_names) : 0;
  Value iterable = count > 0 ? arguments[0] : NULL, start = count > 1 ? arguments[1] : NULL;
  if (count + keywords > 2)
    return raise_type_error("enumerate() takes at most 2 arguments (%zu given)", count + keywords);
  for (size_t i = 0; i < keywords; i++) {
    Value name = tuple_item(keyword_names, i);
    bool is_start = str_equals_c(name, "start");
    if (is_start && !iterable && keywords == 1)
      return raise_type_error("'start' is an invalid keyword argument for enumerate()");
    if (!is_start && (iterable || !str_equals_c(name, "iterable")))
      return raise_type_error("'%U' is an invalid keyword argument for enumerate()", name);
    *(is_start ? &start : &iterable) = arguments[count + i];
  }
  if (!iterable) return raise_type_error("enumerate() missing required argument 'iterable'");
  Value number = value_from_small_int(0);
  if (start && (!(number = value_index(start)) || !(number = int_exact(number)))) return NULL;
  Value iterator = value_iterate(iterable);
  Enumerate *self = iterator ? class_allocate(value_as_class(class), 0) : NULL;
  if (!self) return NULL;
  gc_init(self, &self->iterator, iterator);
  gc_init(self, &self->number, number);
  self->step.is_plain = iterator_is_plain(iterator);
  return value_from_cell(self);
}

static Value enumerate_step(Value value) {
  Enumerate *self = (Enumerate *)value_cell(value);
  Value item = iterator_next(self->iterator);
  if (!item || item == VALUE_STOP) return item;
  for (;;) {
    Value number = gc_load(&self->number);
    bool small = value_is_small_int(number) && number != value_from_small_int(SMALL_INT_MAX);
    Value one = value_from_small_int(1);
    Value next = small ? value_from_small_int(value_small_int(number) + 1) : int_add(number, one);
    if (!next) return NULL;
    if (!threads_started)
      gc_store(self, &self->number, next);
    else if (!gc_cas(self, &self->number, number, next))
      continue;
    return tuple_pair(number, item);
  }
}

bool enumerate_next_plainly(Value value, Value *number, Value *item) {
  Enumerate *self = (Enumerate *)value_cell(value);
  *number = self->number;
  if (threads_started || !value_is_small_int(*number) || *number == value_from_small_int(SMALL_INT_MAX)) return false;
  *item = iterator_next_plainly(self->iterator);
  if (*item == VALUE_STOP)
    *number = VALUE_STOP;
  else if (*item)
    gc_store(self, &self->number, value_from_small_int(value_small_int(*number) + 1));
  return *item != NULL;
}

static Value enumerate_next(Value value) {
  return step_whole(value, enumerate_step);
}

static Value enumerate_reduce(Value value) {
  Enumerate *self = (Enumerate *)value_cell(value);
  return tuple_of(2, value_from_cell(value_class(value)), tuple_of(2, self->iterator, self->number));
}

static const NativeMethod enumerate_methods[] = {
    NATIVE("__new__", enumerate_create, NULL, "Create an enumeration.", NATIVE_STATIC),
    ITERATOR_ENTRIES(enumerate_next),
    NATIVE("__reduce__", enumerate_reduce, "($self, /)", "What pickle needs to rebuild the iterator."),
    CLASS_GETITEM_ENTRY,
    {},
};
static const CellType enumerate_type = {.name = "enumerate", CELL_VALUES(Enumerate, iterator, number)};
const ClassDef enumerate_class = {
    .name = "enumerate",
    .doc = "enumerate(iterable, start=0)\n--\n\nPairs of a count (from start) and an item.",
    .cell_type = &enumerate_type,
    .instance_size = sizeof(Enumerate),
    .flags = CLASS_BASE_TYPE | CLASS_STEP_ITERATOR,
    .methods = enumerate_methods,
};
