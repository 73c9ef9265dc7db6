// dict: insertion-ordered hash table, and the interface behind which other storages hide (attributes of an instance,
// module globals).
//
// A hash table (DictTable) is a cell that is replaced, never reused in place: entries are only appended, values are
// overwritten by one atomic store, a deleted entry keeps its place until the next table. So readers need no lock.
// `version` changes with every structural change.
//
// A *globals* dict (dict_new_globals, dict_make_globals) keeps each value in a GlobalCell, to which code caches
// pointers: a load is then one load and a test. All functions below look through it.
#pragma once

#include "runtime/object/class.h"

typedef struct Dict {
  Cell head;   // flags: DICT_*
  Value table; // DictTable cell (dict_table.h), or what the strategy needs; zero: empty
  size_t count;
  uint64_t version; // of the keys
} Dict;

enum : uint16_t {
  DICT_GLOBALS = 1 << 8,     // values are GlobalCells
  DICT_INSTANCE = 1 << 9,    // `table` is the object whose attributes these are (a live __dict__)
  DICT_FOUGHT_FOR = 1 << 10, // threads have been seen to fight for it: values are replaced under a shared lock
};

// For one name a globals dict only ever has one cell: when the name is deleted the cell stays, empty, and is used
// again, because code holds on to it.
typedef struct GlobalCell {
  Cell head;
  Value value;     // zero: deleted, or not yet defined
  Value owner;     // the globals dict: a module's, or the namespace of a class
  Value fallback;  // the cell of the builtins dict that code takes while this one is empty; zero: none known (vm)
  uint32_t writes; // saturating count of stores: rarely written ones are constants to the compiler
  _Atomic bool is_trusted; // compiled code relies on its value (trust_broken)
} GlobalCell;

// From this many writes on a cell counts as a variable: nobody takes its value for a constant any more.
enum : uint32_t { GLOBAL_CELL_WRITES_MANY = 3 };

bool value_is_global_cell(Value value);

// Only then may anybody store to the cell without the dict, which counts writes and tells who relies on the value.
static inline bool global_cell_is_variable(const GlobalCell *cell) {
  return __atomic_load_n(&cell->writes, __ATOMIC_RELAXED) >= GLOBAL_CELL_WRITES_MANY;
}

static inline bool value_is_dict(Value value) {
  return value_has_class_flag(value, CLASS_IS_DICT);
}
static inline Dict *value_as_dict(Value value) {
  return (Dict *)value_cell(value);
}

Value dict_new(void);
Value dict_new_sized(size_t expected);
Value dict_new_globals(void);
// Turns an exact dict that is a hash table into a globals dict, while the world is stopped; its values count as written
// so often. False: MemoryError.
bool dict_make_globals(Value dict, uint32_t writes);
// A live view of `object`'s attributes (attributes.h implements the storage).
Value dict_new_instance(Value object);

// Access by arbitrary keys: hashes and compares, so may run Python code. Get: zero without exception when missing: ask
// exception_pending() only if the key is not a str or int.
Value dict_get(Value dict, Value key);
bool dict_set(Value dict, Value key, Value value);
int dict_delete(Value dict, Value key);                     // 1 deleted, 0 missing (nothing pending), -1
int dict_delete_value(Value dict, Value key, Value value);  // if it is just this one: 1, 0, -1; in one step
Value dict_pop(Value dict, Value key);                      // zero without exception when missing
Value dict_set_default(Value dict, Value key, Value value); // the value that is there afterwards
int dict_contains(Value dict, Value key);
// With a known hash
Value dict_get_hashed(Value dict, Value key, int64_t hash);
bool dict_set_hashed(Value dict, Value key, int64_t hash, Value value);
// Keys that are interned str: never run Python code, never fail but for memory.
Value dict_get_name(Value dict, Value name);
bool dict_set_name(Value dict, Value name, Value value);
Value dict_get_c(Value dict, const char *name); // zero when missing
bool dict_set_c(Value dict, const char *name, Value value);
// The GlobalCell for `name` in a globals dict: created (empty) if asked. Zero: missing, or MemoryError when creating.
GlobalCell *dict_global_cell(Value dict, Value name, bool create);

size_t dict_count(Value dict);
// Visits entries in order; `*position` starts at 0. False at the end. No Python code; survives changes.
bool dict_next(Value dict, size_t *position, Value *key, Value *value);
Value dict_copy(Value dict);
bool dict_update(Value dict, Value other, bool override); // other: mapping or iterable of pairs; runs Python code
bool dict_merge_keywords(Value dict, Value other, Value function); // f(**a, **b): TypeError on duplicates
void dict_clear(Value dict);
Value dict_keys(Value dict); // lists
Value dict_values(Value dict);
Value dict_items(Value dict);
// Changes whenever a key is added or removed.
uint64_t dict_keys_version(Value dict);
