// The hash table behind a dict, and the lookup that all of dict's files use.
//
// Entries stand in insertion order. A table of up to DICT_LINEAR_MAX entries is searched from the first to the last by
// hash; a larger one has behind its entries an index: an array of a power of two of 8, 16 or 32-bit entry numbers plus
// one (zero: free), probed by the key's hash, at most two thirds full.
//
//     | head | capacity | used | live_start | live_end | entry 0 | entry 1 | ... | index |
//
// Invariants:
//   - An entry is filled in the order hash, value, key; then it is entered in the index, then `used` is raised. So who
//     finds it sees all of it.
//   - An entry's key changes once only: value and key become VALUE_DELETED. Such an entry is a tombstone, to which the
//     index still points.
//   - A full table is replaced by a copy without tombstones; the dict's `table` word is stored last.
//   - In a globals dict (DICT_GLOBALS) an entry's value is a GlobalCell, for ever the same one for a key. The entry of
//     an empty cell does not count; when the cell gets a value again, the entry moves to the end. Tables that were
//     replaced before the dict became one have the values themselves.
#pragma once

#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/plain.h"
#include "runtime/object/str.h"
#include "runtime/support/hash.h"
#include "runtime/thread/lock.h"

typedef struct DictEntry {
  int64_t hash;
  Value key, value;
} DictEntry;

typedef struct DictTable {
  Cell head;
  uint32_t capacity; // entries it has room for
  uint32_t used;     // entries appended so far, tombstones included
  // Outside [live_start, live_end) there are only tombstones, so that dicts may serve as queues and stacks.
  uint32_t live_start, live_end;
  DictEntry entries[];
} DictTable;

enum : uint32_t { DICT_LINEAR_MAX = 8, DICT_CAPACITY_MIN = 3, DICT_CAPACITY_MAX = UINT32_MAX / 2 };

static inline DictTable *dict_table(const Dict *dict) {
  return (DictTable *)value_cell(gc_load(&dict->table));
}
static inline uint32_t dict_table_used(const DictTable *table) {
  return __atomic_load_n(&table->used, __ATOMIC_ACQUIRE);
}
static inline bool dict_is_globals(const Dict *dict) {
  return cell_has_flag(&dict->head, DICT_GLOBALS);
}
// The object whose attributes `dict` shows, or zero: it is a hash table.
Value dict_instance_slow(const Dict *dict);
static inline Value dict_instance(const Dict *dict) {
  return __builtin_expect(cell_has_flag(&dict->head, DICT_INSTANCE), 0) ? dict_instance_slow(dict) : NULL;
}

// Where a key was found, or was not, and in which state of the table.
typedef struct DictPlace {
  DictTable *table; // NULL: there was none
  uint32_t used;    // entries that were looked at
  int64_t entry;    // -1: not found
} DictPlace;

// Finds `key` in a hash table dict. False: a comparison raised. Runs Python code only if a key with an equal hash is
// neither str nor small int. `place` is valid as long as the table is the dict's and the entry's key has not changed.
bool dict_find(const Dict *dict, Value key, int64_t hash, DictPlace *place);

// The value of an entry as Python sees it, or zero: a tombstone or an empty global.
static inline Value dict_entry_value(const DictEntry *entry, bool globals) {
  Value value = gc_load(&entry->value);
  if (__builtin_expect(value == VALUE_DELETED || !value, 0)) return NULL;
  return globals && value_is_global_cell(value) ? gc_load(&((GlobalCell *)value_cell(value))->value) : value;
}

// hash(key), for str and small ints without a call; -1: exception.
int64_t dict_key_hash_slow(Value key);
static inline int64_t dict_key_hash(Value key) {
  if (value_is_small_int(key)) return hash_int64(value_small_int(key));
  if (VALUE_IS_EXACT(key, STR)) {
    int64_t hash = __atomic_load_n(&value_as_str(key)->hash, __ATOMIC_RELAXED);
    return __builtin_expect(hash != -1, 1) ? hash : str_hash(key);
  }
  return dict_key_hash_slow(key);
}

// The same without running Python code; false: not plain (plain.h).
static inline bool dict_key_hash_plainly(Value key, int64_t *hash) {
  if (!value_is_small_int(key) && !VALUE_IS_EXACT(key, STR)) return value_hash_plainly(key, hash);
  *hash = dict_key_hash(key);
  return true;
}

// Visits the live entries of `table` (NULL: none) from *position on, also if it is no longer the dict's.
bool dict_table_next(const DictTable *table, bool globals, size_t *position, Value *key, Value *value, int64_t *hash);
// An exact dict, or one of `class` (a subclass), without table.
Value dict_new_in(Class *class);
// Makes room for `extra` more entries. False: MemoryError.
bool dict_reserve(Dict *dict, size_t extra);
// Gives `dict`, a hash table and no globals dict, the entries of `source`, which is no instance's view, as they are at
// one moment, unless it has got entries of its own by then (*done false). False: MemoryError.
bool dict_fill_from(Dict *dict, Value source, bool *done);
// Turns the live view of an instance's attributes into a hash table. False: exception pending.
bool dict_detach(Dict *dict);

// Removes an entry and returns its value; zero without exception when missing.
Value dict_take_hashed(Value dict, Value key, int64_t hash);
// Gives the key of a hash table dict (no globals) a new value in place of `former`, in one step: 1; 0: it has another
// value by now, or is missing; -1. `former` zero: only if it is missing.
int dict_replace(Value dict, Value key, int64_t hash, Value former, Value value);
// Moves a key of a hash table dict behind or before all others, in one step: 1; 0 missing; -1.
int dict_move(Value dict, Value key, int64_t hash, bool to_end);
// Removes the last entry: 1, 0 empty, -1.
int dict_take_last(Value dict, Value *key, Value *value);
// Removes the first entry of a hash table dict, without asking for the key's hash: 1, 0 empty, -1.
int dict_take_first(Value dict, Value *key, Value *value);
