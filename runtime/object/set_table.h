// The hash table behind set and frozenset.
//
// Iteration order is visible to programs, so where an element stands is as in CPython: open addressing in a power of
// two of places; each probe looks at a place and the SET_LINEAR_PROBES behind it (if they do not run over the end),
// then jumps by i * 5 + 1 + perturb. The table grows when three fifths are filled, to four times the elements (twice,
// for large sets).
//
// Invariants:
//   - A place is filled once: hash, then key (release). So a reader that finds a key sees its hash.
//   - A removed element's key becomes VALUE_DELETED and its hash -1, which no element has; the place is not used again.
//   - A table that is full, or has too many removed elements, is replaced by a copy.
#pragma once

#include "runtime/heap/heap.h"
#include "runtime/object/set.h"
#include "runtime/thread/lock.h"

typedef struct SetEntry {
  int64_t hash;
  Value key; // zero: free
} SetEntry;

typedef struct SetTable {
  Cell head;
  size_t mask; // places - 1
  size_t fill; // places that are not free, removed elements included
  SetEntry entries[];
} SetTable;

enum : size_t { SET_LINEAR_PROBES = 9, SET_MINIMUM = 8 };

static inline Set *value_as_set(Value value) {
  return (Set *)value_cell(value);
}
static inline SetTable *set_table(const Set *set) {
  return (SetTable *)value_cell(gc_load(&set->table));
}
// Visits the elements of `table` (NULL: none), also if it is no longer the set's.
static inline bool set_table_next(const SetTable *table, size_t *position, Value *item, int64_t *hash) {
  for (; table && *position <= table->mask; ++*position) {
    const SetEntry *entry = &table->entries[*position];
    Value key = gc_load(&entry->key);
    if (!key || key == VALUE_DELETED) continue;
    *item = key;
    if (hash) *hash = entry->hash;
    ++*position;
    return true;
  }
  return false;
}

// With a known hash. May run __eq__.
int set_contains_hashed(Value set, Value item, int64_t hash);
bool set_add_hashed(Value set, Value item, int64_t hash);
int set_discard_hashed(Value set, Value item, int64_t hash);
// An empty set of `class` (set, frozenset or a subclass).
Value set_new_in(Class *class);
// Any element, by the set's finger; zero without exception: empty.
Value set_take(Value set);
void set_clear(Value set);
// Makes `set` hold what `other`, which is not used afterwards, holds.
void set_take_storage(Value set, Value other);
// Replaces the table when a quarter of its places are removed elements.
bool set_trim(Value set);
