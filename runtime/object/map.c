// map: a function applied to the items of one or more iterators.
//
// Threads: the items for one call are taken in one step if all iterators are plain (step.h); the call is a step of its
// own, whose order nobody can tell.

#include "runtime/object/container.h"
#include "runtime/object/step.h"

typedef struct Map {
  StepIterator step;
  Value function;
  Value iterators; // tuple
} Map;

static Value map_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  bool plain = value_as_class(class) == BUILTIN(MAP) ||
               class_special(value_as_class(class), SPECIAL_INIT) == class_special(BUILTIN(MAP), SPECIAL_INIT);
  if (plain && !refuse_keywords("map", keyword_names)) return NULL;
  if (count < 2) return raise_type_error("map() must have at least two arguments.");
  Tuple *iterators = tuple_allocate(count - 1);
  if (!iterators) return NULL;
  bool all_plain = true;
  for (size_t i = 1; i < count; i++) {
    Value iterator = value_iterate(arguments[i]);
    if (!iterator) return NULL;
    gc_store(iterators, &iterators->items[i - 1], iterator);
    all_plain = all_plain && iterator_is_plain(iterator);
  }
  Map *self = class_allocate(value_as_class(class), 0);
  if (!self) return NULL;
  gc_init(self, &self->function, arguments[0]);
  gc_init(self, &self->iterators, value_from_cell(iterators));
  self->step.is_plain = all_plain && count > 2;
  return value_from_cell(self);
}

static Value map_next(Value value) {
  enum { ON_STACK = 8 };
  Map *self = (Map *)value_cell(value);
  size_t count = tuple_count(self->iterators);
  Value few[ON_STACK], *items = few;
  Tuple *many = NULL; // a cell, so that the items are found by a collection
  if (count > ON_STACK) {
    if (!(many = tuple_allocate(count))) return NULL;
    items = many->items;
  }
  bool entered = step_enter(&self->step);
  for (size_t i = 0; i < count; i++) {
    Value item = iterator_next(tuple_item(self->iterators, i));
    if (!item || item == VALUE_STOP) {
      step_leave(&self->step, entered);
      return item;
    }
    if (many)
      gc_store(many, &items[i], item);
    else
      items[i] = item;
  }
  step_leave(&self->step, entered);
  Value result = value_call(self->function, items, count, NULL);
  KEEP(many);
  return result;
}

static Value map_reduce(Value value) {
  Map *self = (Map *)value_cell(value);
  Value function = tuple_of(1, self->function);
  return tuple_of(2, value_from_cell(value_class(value)),
                  function ? tuple_concatenate(function, self->iterators) : NULL);
}

static const NativeMethod map_methods[] = {
    NATIVE("__new__", map_create, NULL, "Create a map.", NATIVE_STATIC),
    ITERATOR_ENTRIES(map_next),
    NATIVE("__reduce__", map_reduce, "($self, /)", "What pickle needs to rebuild the iterator."),
    {},
};
static const CellType map_type = {.name = "map", CELL_VALUES(Map, function, iterators)};
const ClassDef map_class = {
    .name = "map",
    .doc = "map(func, *iterables)\n\nWhat func gives for the items of the iterables, until the shortest ends.",
    .cell_type = &map_type,
    .instance_size = sizeof(Map),
    .flags = CLASS_BASE_TYPE,
    .methods = map_methods,
};
