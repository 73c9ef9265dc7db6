// zip: tuples of the items of several iterators.
//
// Threads: one step if all iterators are plain (step.h).

#include "runtime/object/container.h"
#include "runtime/object/plain.h"
#include "runtime/object/step.h"

typedef struct Zip {
  StepIterator step;
  Value iterators; // tuple
  Value strict;    // bool
} Zip;

// "argument 2", "arguments 1-3": the arguments before the one at `index`.
static Value raise_uneven(size_t index, const char *what) {
  const char *form =
      index == 1 ? "zip() argument %zu is %s than argument %s%zu" : "zip() argument %zu is %s than arguments %s%zu";
  return raise_value_error(form, index + 1, what, index == 1 ? "" : "1-", index);
}

static Value zip_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  bool strict = false;
  bool plain = value_as_class(class) == BUILTIN(ZIP) ||
               class_special(value_as_class(class), SPECIAL_INIT) == class_special(BUILTIN(ZIP), SPECIAL_INIT);
  for (size_t i = 0; keyword_names && i < tuple_count(keyword_names); i++) {
    Value name = tuple_item(keyword_names, i);
    if (str_equals_c(name, "strict")) {
      int truth = value_truth(arguments[count + i]);
      if (truth < 0) return NULL;
      strict = truth;
    } else if (plain) {
      return raise_type_error("'%U' is an invalid keyword argument for zip()", name);
    }
  }
  Value iterators = tuple_new(NULL, 0);
  bool all_plain = true;
  if (count) {
    Tuple *tuple = tuple_allocate(count);
    if (!tuple) return NULL;
    for (size_t i = 0; i < count; i++) {
      Value iterator = value_iterate(arguments[i]);
      if (!iterator) return NULL;
      gc_store(tuple, &tuple->items[i], iterator);
      all_plain = all_plain && iterator_is_plain(iterator);
    }
    iterators = value_from_cell(tuple);
  }
  Zip *self = class_allocate(value_as_class(class), 0);
  if (!self) return NULL;
  gc_init(self, &self->iterators, iterators);
  gc_init(self, &self->strict, value_from_bool(strict));
  self->step.is_plain = all_plain;
  return value_from_cell(self);
}

static Value zip_step(Value value) {
  Zip *self = (Zip *)value_cell(value);
  Value iterators = self->iterators;
  size_t count = tuple_count(iterators);
  if (count == 0) return VALUE_STOP;
  if (count == 2 && self->strict != VALUE_TRUE) {
    Value a = iterator_next(tuple_item(iterators, 0));
    if (!a || a == VALUE_STOP) return a;
    Value b = iterator_next(tuple_item(iterators, 1));
    return !b || b == VALUE_STOP ? b : tuple_pair(a, b);
  }
  Tuple *result = tuple_allocate(count);
  if (!result) return NULL;
  for (size_t i = 0; i < count; i++) {
    Value item = iterator_next(tuple_item(iterators, i));
    if (!item) return NULL;
    if (item != VALUE_STOP) {
      gc_store(result, &result->items[i], item);
      continue;
    }
    if (self->strict != VALUE_TRUE) return VALUE_STOP;
    if (i) return raise_uneven(i, "shorter");
    for (size_t other = 1; other < count; other++) {
      item = iterator_next(tuple_item(iterators, other));
      if (item != VALUE_STOP) return item ? raise_uneven(other, "longer") : NULL;
    }
    return VALUE_STOP;
  }
  return value_from_cell(result);
}

// What such an iterator gives cannot fail: an item that another has given before it is not lost.
static bool never_fails(Value iterator) {
  return VALUE_IS_EXACT(iterator, LIST_ITERATOR) || VALUE_IS_EXACT(iterator, TUPLE_ITERATOR) ||
         VALUE_IS_EXACT(iterator, RANGE_ITERATOR);
}
Value zip_next_pair_plainly(Value value, Value *second) {
  Zip *self = (Zip *)value_cell(value);
  if (threads_started || tuple_count(self->iterators) != 2 || self->strict == VALUE_TRUE) return NULL;
  Value other = tuple_item(self->iterators, 1);
  if (!never_fails(other)) return NULL;
  Value first = iterator_next_plainly(tuple_item(self->iterators, 0));
  if (!first || first == VALUE_STOP) return first;
  *second = iterator_next_plainly(other);
  return *second == VALUE_STOP ? VALUE_STOP : first;
}

static Value zip_next(Value value) {
  return step_whole(value, zip_step);
}

static Value zip_reduce(Value value) {
  Zip *self = (Zip *)value_cell(value);
  return reduce_to(value_from_cell(value_class(value)), self->iterators,
                   self->strict == VALUE_TRUE ? VALUE_TRUE : NULL);
}

static Value zip_set_state(Value value, Value state) {
  int truth = value_truth(state);
  if (truth < 0) return NULL;
  Zip *self = (Zip *)value_cell(value);
  gc_store(self, &self->strict, value_from_bool(truth));
  return VALUE_NONE;
}

static const NativeMethod zip_methods[] = {
    NATIVE("__new__", zip_create, NULL, "Create a zip.", NATIVE_STATIC),
    ITERATOR_ENTRIES(zip_next),
    NATIVE("__reduce__", zip_reduce, "($self, /)", "What pickle needs to rebuild the iterator."),
    NATIVE("__setstate__", zip_set_state, "($self, state, /)", "Set strictness."),
    {},
};
static const CellType zip_type = {.name = "zip", CELL_VALUES(Zip, iterators, strict)};
const ClassDef zip_class = {
    .name = "zip",
    .doc = "zip(*iterables, strict=False)\n\nTuples with one item of each iterable, until the shortest ends.",
    .cell_type = &zip_type,
    .instance_size = sizeof(Zip),
    .flags = CLASS_BASE_TYPE | CLASS_STEP_ITERATOR,
    .methods = zip_methods,
};
