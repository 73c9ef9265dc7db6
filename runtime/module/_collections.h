// What the files of _collections share.
#pragma once

#include "runtime/object/container.h"

extern const ClassDef deque_class, deque_iterator_class, deque_reverse_iterator_class; // _collections_deque.c
extern const ClassDef default_dict_class;                                              // _collections_defaultdict.c
extern const ClassDef ordered_dict_class, ordered_keys_class, ordered_values_class, ordered_items_class,
    ordered_iterator_class; // _collections_ordereddict.c

// The property behind a field of a namedtuple (_collections._tuplegetter).
typedef struct TupleGetter {
  Cell head;
  Value doc;
  size_t index; // never changes
} TupleGetter;

typedef struct CollectionsClasses {
  Class *deque, *deque_iterator, *deque_reverse_iterator, *default_dict, *ordered_dict, *ordered_keys, *ordered_values,
      *ordered_items, *ordered_iterator, *tuple_getter;
} CollectionsClasses;
extern CollectionsClasses collections;

// Deques in C, once _collections has been imported. Each is one step.
Value deque_new_empty(void);                  // zero: exception pending
bool deque_put_last(Value deque, Value item); // false: MemoryError
Value deque_take_first(Value deque);          // zero: it is empty; no exception
