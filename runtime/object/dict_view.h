// Views and iterators of a dict: keys, values, items, each forwards and backwards.
#pragma once

#include "runtime/object/dict_table.h"

typedef enum DictPart { DICT_PART_KEY, DICT_PART_VALUE, DICT_PART_ITEM } DictPart;

typedef struct DictView {
  Cell head;
  Value dict;
} DictView;

// An iterator over one part of `dict`'s entries.
Value dict_iterator_new(Value dict, DictPart part, bool reversed);
Value dict_view_new(Value dict, DictPart part);
// Is it a view of keys or items, which behaves like a set?
bool value_is_set_view(Value value);
