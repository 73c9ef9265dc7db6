// The hash table behind set and frozenset.
//
// Iteration order is visible to programs, so where an element stands is as in CPython: open addressing in a power of
// two of places; each probe looks at a place and the SET_LINEAR_PROBES behind it (if they do not run over the end),
// then jumps by i * 5 + 1 + perturb. The table grows when three fifths are filled, to four times the elements (twice,
// for large sets).
//
// Invariants:
//   - A place is filled in the order hash, key (release). A removed element's key becomes VALUE_DELETED, then its hash
//     -1, which no element has.
//   - The place of a removed element is used again by an addition that passes it: the last one met on the way, as in
//     CPython. So the hash that a reader sees beside a key may belong to the key's successor: it only serves to pass a
//     place over, and who needs both reads the key twice (set_table_next). Passing over a key that is being removed, or
//     that came later, is the same as having looked earlier or later.
//   - `version` changes with every addition and removal: what was not found is added only if it has not changed since.
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
  uint64_t version;
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
    int64_t key_hash = __atomic_load_n(&entry->hash, __ATOMIC_ACQUIRE);
    if (threads_started && gc_load(&entry->key) != key) {
      --*position; // looked at again
      continue;
    }
    *item = key;
    if (hash) *hash = key_hash;
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
// The elements at one moment.
Value set_to_list(Value set);
// Replaces the table when a quarter of its places are removed elements.
bool set_trim(Value set);
