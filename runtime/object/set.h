// set and frozenset: hash tables with CPython's probing and resizing, so that iteration order is the same.
#pragma once

#include "runtime/object/class.h"

typedef struct Set {
  Cell head;
  Value table; // SetTable cell (set_table.h); zero: none yet, which counts as one of eight free places
  size_t count;
  union {
    int64_t hash;  // frozenset: -1 or 0: not yet computed (a hash of 0 is computed again)
    size_t finger; // set: where pop() goes on
  };
} Set;

static inline bool value_is_set(Value value) {
  return value_has_class_flag(value, CLASS_IS_SET);
} // set, frozenset, subclasses
Value set_new(Value iterable);       // zero: empty
Value frozenset_new(Value iterable); // zero: empty
bool set_add(Value set, Value item); // also for a frozenset under construction
int set_contains(Value set, Value item);
int set_discard(Value set, Value item); // 1 removed, 0 missing, -1
size_t set_count(Value set);
bool set_next(Value set, size_t *position, Value *item, int64_t *hash);
bool set_update(Value set, Value iterable);
