// set and frozenset: hash tables with CPython's probing and resizing, so that iteration order is the same.
#pragma once

#include "runtime/object/class.h"

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
