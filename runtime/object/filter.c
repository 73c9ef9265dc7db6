// filter: the items for which a function, or their own truth, says yes.
//
// Threads: no state of its own: as atomic as its iterator and its function.

#include "runtime/object/container.h"

typedef struct Filter {
  Cell head;
  Value function; // None: the item's truth
  Value iterator;
} Filter;

static Value filter_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  bool plain = value_as_class(class) == BUILTIN(FILTER) ||
               class_special(value_as_class(class), SPECIAL_INIT) == class_special(BUILTIN(FILTER), SPECIAL_INIT);
  if (plain && !refuse_keywords("filter", keyword_names)) return NULL;
  if (!arguments_check_count("filter", count, 2, 2)) return NULL;
  Value iterator = value_iterate(arguments[1]);
  Filter *self = iterator ? class_allocate(value_as_class(class), 0) : NULL;
  if (!self) return NULL;
  gc_init(self, &self->function, arguments[0]);
  gc_init(self, &self->iterator, iterator);
  return value_from_cell(self);
}

static Value filter_next(Value value) {
  Filter *self = (Filter *)value_cell(value);
  bool by_truth = self->function == VALUE_NONE || self->function == value_from_cell(BUILTIN(BOOL));
  for (;;) {
    Value item = iterator_next(self->iterator);
    if (!item || item == VALUE_STOP) return item;
    Value verdict = by_truth ? item : value_call_1(self->function, item);
    int truth = verdict ? value_truth(verdict) : -1;
    if (truth) return truth > 0 ? item : NULL;
    safepoint_poll();
  }
}

static Value filter_reduce(Value value) {
  Filter *self = (Filter *)value_cell(value);
  return tuple_of(2, value_from_cell(value_class(value)), tuple_of(2, self->function, self->iterator));
}

static const NativeMethod filter_methods[] = {
    NATIVE("__new__", filter_create, NULL, "Create a filter.", NATIVE_STATIC),
    ITERATOR_ENTRIES(filter_next),
    NATIVE("__reduce__", filter_reduce, "($self, /)", "What pickle needs to rebuild the iterator."),
    {},
};
static const CellType filter_type = {.name = "filter", CELL_VALUES(Filter, function, iterator)};
const ClassDef filter_class = {
    .name = "filter",
    .doc = "filter(function or None, iterable)\n\nThe items for which function(item), or with None the item, is true.",
    .cell_type = &filter_type,
    .instance_size = sizeof(Filter),
    .flags = CLASS_BASE_TYPE,
    .methods = filter_methods,
};
