// iter(callable, sentinel): calls until the sentinel comes.
//
// Threads: a step calls the function once; that the iterator is used up is one store.

#include "runtime/object/container.h"
#include "runtime/object/iterators.h"

typedef struct CallableIterator {
  Cell head;
  Value callable; // zero: exhausted
  Value sentinel;
} CallableIterator;

Value callable_iterator_new(Value callable, Value sentinel) {
  CallableIterator *self = cell_alloc(SHAPE(CALLABLE_ITERATOR), sizeof(CallableIterator));
  if (!self) return NULL;
  gc_init(self, &self->callable, callable);
  gc_init(self, &self->sentinel, sentinel);
  return value_from_cell(self);
}

static Value callable_iterator_next(Value value) {
  CallableIterator *self = (CallableIterator *)value_cell(value);
  Value callable = gc_load(&self->callable);
  if (!callable) return VALUE_STOP;
  Value result = value_call_0(callable);
  if (!result) {
    if (!exception_clear_if(CLASS_STOP_ITERATION)) return NULL;
  } else {
    if (!gc_load(&self->callable)) return VALUE_STOP; // the call itself has used up the iterator
    int equal = value_equal(self->sentinel, result);
    if (equal <= 0) return equal < 0 ? NULL : result;
  }
  gc_store(self, &self->callable, NULL);
  return VALUE_STOP;
}

static Value callable_iterator_reduce(Value value) {
  CallableIterator *self = (CallableIterator *)value_cell(value);
  Value function = builtin_named("iter"), callable = gc_load(&self->callable);
  if (callable) return reduce_to(function, tuple_of(2, callable, self->sentinel), NULL);
  return reduce_to(function, tuple_of(1, tuple_new(NULL, 0)), NULL);
}

static const NativeMethod callable_iterator_methods[] = {
    ITERATOR_ENTRIES(callable_iterator_next),
    NATIVE("__reduce__", callable_iterator_reduce, "($self, /)", "What pickle needs to rebuild the iterator."),
    {},
};
static const CellType callable_iterator_type = {.name = "callable iterator",
                                                CELL_VALUES(CallableIterator, callable, sentinel)};
const ClassDef callable_iterator_class = {
    .name = "callable_iterator",
    .cell_type = &callable_iterator_type,
    .instance_size = sizeof(CallableIterator),
    .flags = CLASS_NO_NEW,
    .methods = callable_iterator_methods,
};
