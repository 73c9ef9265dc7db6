// Iteration, and the loop that C code uses over any iterable.
#include "runtime/object/call.h"
#include "runtime/object/container.h"
#include "runtime/object/iterators.h"
#include "runtime/object/list.h"
#include "runtime/object/names.h"
#include "runtime/object/sequence.h"

bool value_is_iterator(Value value) {
  Value next = value_special(value, SPECIAL_NEXT);
  return next && next != VALUE_NONE;
}

// Can `iterable` be iterated by indexing? Native types with a mapping's __getitem__ cannot.
static bool is_indexable(Value iterable) {
  Class *class = value_class(iterable);
  Value getitem = class_special(class, SPECIAL_GETITEM);
  if (!getitem || (class->flags & CLASS_IS_DICT)) return false;
  return (class->flags & CLASS_SEQUENCE) ||
         !(VALUE_IS_EXACT(getitem, SLOT_WRAPPER) || VALUE_IS_EXACT(getitem, METHOD_DESCRIPTOR));
}

Value value_iterate(Value iterable) {
  Value method = value_special(iterable, SPECIAL_ITER);
  if (!method && is_indexable(iterable)) return sequence_iterator_new(iterable);
  if (!method || method == VALUE_NONE) return raise_type_error("'%.200T' object is not iterable", iterable);
  Value iterator = special_call_1(method, iterable);
  if (!iterator || value_is_iterator(iterator)) return iterator;
  return raise_type_error("iter() returned non-iterator of type '%.100T'", iterator);
}

// What a native __next__ has given, with VALUE_STOP for StopIteration.
static Value stop_or(Value item) {
  if (item) return item;
  return exception_clear_if(CLASS_STOP_ITERATION) ? VALUE_STOP : NULL;
}
static Value (*iterator_native_next(Value iterator))(Value) {
  return __atomic_load_n(&value_class(iterator)->native_next, __ATOMIC_RELAXED);
}

Value iterator_next(Value iterator) {
  if (value_has_shape(iterator, SHAPE(LIST_ITERATOR)) && !threads_started) {
    Value item = list_iterator_next_alone((SequenceIterator *)value_cell(iterator));
    return item ? item : VALUE_STOP;
  }
  Value (*next)(Value) = iterator_native_next(iterator);
  if (next) return stop_or(next(iterator));
  Value method = value_special(iterator, SPECIAL_NEXT);
  if (!method) return raise_type_error("'%.200T' object is not an iterator", iterator);
  return stop_or(special_call_1(method, iterator));
}

// Loops in C. Once there are several threads they go over a copy of a list, dict, set or view of a dict: then `sum(l)`
// and `sorted(d)` see one moment, as in CPython.

Iteration iteration_start(Value iterable) {
  if (VALUE_IS_EXACT(iterable, LIST)) {
    Value list = list_stable(iterable);
    return (Iteration){.iterator = list, .failed = !list, .kind = ITERATION_LIST};
  }
  if (VALUE_IS_EXACT(iterable, TUPLE)) return (Iteration){.iterator = iterable, .kind = ITERATION_TUPLE};
  if (threads_started) {
    Value copy = container_snapshot(iterable);
    if (copy || exception_pending()) return (Iteration){.iterator = copy, .failed = !copy, .kind = ITERATION_LIST};
  }
  return iteration_over(value_iterate(iterable));
}

Iteration iteration_over(Value iterator) {
  return (Iteration){.iterator = iterator,
                     .next = iterator ? iterator_native_next(iterator) : NULL,
                     .failed = !iterator,
                     .kind = ITERATION_GENERIC};
}

bool iteration_note_end(Iteration *iteration, Value item) {
  iteration->failed = !stop_or(item);
  return false;
}

bool iteration_next(Iteration *iteration, Value *item) {
  if (iteration->failed) return false;
  switch (iteration->kind) {
  case ITERATION_LIST:
    safepoint_poll();
    *item = list_item(iteration->iterator, (size_t)iteration->index++);
    return *item != NULL;
  case ITERATION_TUPLE:
    if ((size_t)iteration->index >= tuple_count(iteration->iterator)) return false;
    *item = tuple_item(iteration->iterator, (size_t)iteration->index++);
    return true;
  default:
    *item = iteration->next ? stop_or(iteration->next(iteration->iterator)) : iterator_next(iteration->iterator);
    if (!*item) iteration->failed = true;
    return *item && *item != VALUE_STOP;
  }
}

Value value_to_list(Value iterable) {
  if (VALUE_IS_EXACT(iterable, LIST)) return list_copy(iterable);
  if (VALUE_IS_EXACT(iterable, TUPLE)) return list_new(value_as_tuple(iterable)->items, tuple_count(iterable));
  Value list = list_new_sized(0);
  return list && list_fill(list, iterable) ? list : NULL;
}

Value value_to_tuple(Value iterable) {
  if (VALUE_IS_EXACT(iterable, TUPLE)) return iterable;
  if (VALUE_IS_EXACT(iterable, LIST)) return list_to_tuple(iterable);
  Value list = value_to_list(iterable);
  return list ? list_to_tuple(list) : NULL;
}
