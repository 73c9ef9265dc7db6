// dict: the hash table and the C functions of dict.h. Methods are in dict_methods.c, merging in dict_update.c, views in
// dict_view.c, iterators in dict_iterator.c; dict_table.h describes the table.
//
//   operation              how it is atomic
//   get, in                lock-free: table, index, entry; a tombstone is "not there"
//   replace a value        under the lock, in the dict's present table: one store. If threads fight for the lock
//                          (DICT_FOUGHT_FOR) they share it for this, until the dict grows
//   insert, setdefault     under the lock, if the table is the one that was searched and nothing was appended to it
//                          since; otherwise searched again
//   delete, pop, popitem   under the lock, if the entry is still there; otherwise searched again
//   grow                   memory first, then copied under the lock; not if the table has been replaced meanwhile
//   copy, list(d), keys    memory first, then one pass under the lock
//   move to an end         under the lock, if the entry is still there (OrderedDict)
//   update from a dict     reads a copy of one moment; the keys are then set one by one
//   clear                  one store of the table word
//   iterate                lock-free over the table; a change of the count or of the table is noticed
// The attributes of an instance (DICT_INSTANCE) keep the guarantees of attributes.h.

#include "runtime/heap/alloc.h"
#include "runtime/heap/let_go.h"
#include "runtime/object/attributes.h"
#include "runtime/object/dict_table.h"
#include "runtime/object/exception.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/plain.h"
#include "runtime/object/sequence.h"
#include "runtime/thread/safepoint.h"
#include "runtime/thread/shared_lock.h"

#include <string.h>

static void dict_lock(Dict *dict) {
  cell_lock(dict);
  if (__builtin_expect(cell_has_flag(&dict->head, DICT_FOUGHT_FOR), 0)) lock_await_sharers(dict);
}

// The table

static void dict_table_trace(Cell *cell, Tracer *tracer) {
  DictTable *table = (DictTable *)cell;
  for (DictEntry *entry = table->entries, *end = entry + table->used; entry < end; entry++)
    trace_range(tracer, &entry->key, &entry->value + 1);
}
static const CellType dict_table_type = {.name = "dict table", .trace = dict_table_trace, .has_tail = true};
static Shape *dict_table_shape;

static inline unsigned table_index_bits(const DictTable *table) {
  uint64_t capacity = table->capacity;
  return capacity <= DICT_LINEAR_MAX ? 0 : 64 - (unsigned)__builtin_clzll(capacity + capacity / 2);
}
static inline unsigned table_index_width(const DictTable *table) { // log2 of the bytes of an index place
  return table->capacity < UINT8_MAX ? 0 : table->capacity < UINT16_MAX ? 1 : 2;
}
static inline size_t table_index_size(const DictTable *table) {
  unsigned bits = table_index_bits(table);
  return bits ? (size_t)1 << bits << table_index_width(table) : 0;
}
// The order in which the places of an index are looked at: neighbouring hashes, such as those of ints, start at
// neighbouring places, which is good for the processor's caches; the higher bits of the hash then scatter them.
typedef struct IndexProbe {
  size_t place, mask;
  uint64_t rest;
} IndexProbe;
static inline IndexProbe index_probe(int64_t hash, unsigned bits) {
  size_t mask = ((size_t)1 << bits) - 1;
  return (IndexProbe){(size_t)hash & mask, mask, (uint64_t)hash};
}
static inline void index_probe_next(IndexProbe *probe) {
  probe->rest >>= 5;
  probe->place = (probe->place * 5 + 1 + probe->rest) & probe->mask;
}
static inline uint32_t index_load(const DictTable *table, unsigned width, size_t place) {
  const void *index = table->entries + table->capacity;
  switch (width) {
  case 0:
    return __atomic_load_n((const uint8_t *)index + place, __ATOMIC_ACQUIRE);
  case 1:
    return __atomic_load_n((const uint16_t *)index + place, __ATOMIC_ACQUIRE);
  default:
    return __atomic_load_n((const uint32_t *)index + place, __ATOMIC_ACQUIRE);
  }
}
static inline void index_store(DictTable *table, unsigned width, size_t place, uint32_t number) {
  void *index = table->entries + table->capacity;
  switch (width) {
  case 0:
    __atomic_store_n((uint8_t *)index + place, (uint8_t)number, __ATOMIC_RELEASE);
    break;
  case 1:
    __atomic_store_n((uint16_t *)index + place, (uint16_t)number, __ATOMIC_RELEASE);
    break;
  default:
    __atomic_store_n((uint32_t *)index + place, number, __ATOMIC_RELEASE);
  }
}

static DictTable *dict_table_allocate(size_t capacity) {
  if (capacity < DICT_CAPACITY_MIN) capacity = DICT_CAPACITY_MIN;
  if (capacity > DICT_CAPACITY_MAX) {
    raise_memory_error();
    return NULL;
  }
  const Shape *shape = shape_internal(&dict_table_shape, &dict_table_type);
  if (!shape) return NULL;
  const DictTable plan = {.capacity = (uint32_t)capacity};
  size_t size = sizeof(DictTable) + capacity * sizeof(DictEntry) + table_index_size(&plan);
  DictTable *table = cell_alloc(shape, size);
  if (table) table->capacity = (uint32_t)capacity;
  return table;
}

// The capacity with which a table of `live` entries gets room for more.
static size_t dict_grown_capacity(size_t live) {
  return live * 2 + 1;
}

// Enters the number of the entry that is just being appended.
static inline void dict_table_index(DictTable *table, int64_t hash, uint32_t number) {
  unsigned bits = table_index_bits(table);
  if (!bits) return;
  unsigned width = table_index_width(table);
  IndexProbe probe = index_probe(hash, bits);
  while (index_load(table, width, probe.place)) index_probe_next(&probe);
  index_store(table, width, probe.place, number);
}

// Appends to a table with room that belongs to a locked dict.
static void dict_table_append(DictTable *table, Value key, int64_t hash, Value value) {
  uint32_t used = table->used;
  DictEntry *entry = &table->entries[used];
  entry->hash = hash;
  gc_store(table, &entry->value, value);
  gc_store(table, &entry->key, key);
  dict_table_index(table, hash, used + 1);
  __atomic_store_n(&table->live_end, used + 1, __ATOMIC_RELAXED);
  __atomic_store_n(&table->used, used + 1, __ATOMIC_RELEASE);
}
// The same for a table that nobody else has seen, which takes over what its source knows about its values.
static void dict_table_append_fresh(DictTable *table, Value key, int64_t hash, Value value) {
  uint32_t used = table->used;
  table->entries[used] = (DictEntry){.hash = hash, .key = key, .value = value};
  dict_table_index(table, hash, used + 1);
  table->live_end = table->used = used + 1;
}
static void dict_table_inherit(DictTable *table, const DictTable *source) {
  if (source && cell_has_flag(&source->head, CELL_PROMPT)) table->head.flags |= CELL_PROMPT;
}

static void dict_table_bury(DictTable *table, size_t number) {
  DictEntry *entry = &table->entries[number];
  gc_store(table, &entry->value, VALUE_DELETED);
  gc_store(table, &entry->key, VALUE_DELETED);
  if (table->live_end == number + 1) __atomic_store_n(&table->live_end, (uint32_t)number, __ATOMIC_RELAXED);
  uint32_t start = table->live_start;
  while (start < table->used && table->entries[start].key == VALUE_DELETED) start++;
  __atomic_store_n(&table->live_start, start, __ATOMIC_RELAXED);
}

bool dict_table_next(const DictTable *table, bool globals, size_t *position, Value *key, Value *value, int64_t *hash) {
  if (!table) return false;
  uint32_t used = dict_table_used(table), start = __atomic_load_n(&table->live_start, __ATOMIC_RELAXED);
  if (*position < start) *position = start;
  while (*position < used) {
    const DictEntry *entry = &table->entries[(*position)++];
    Value found_key = gc_load(&entry->key), found = dict_entry_value(entry, globals);
    if (!found || found_key == VALUE_DELETED) continue;
    if (key) *key = found_key;
    if (value) *value = found;
    if (hash) *hash = entry->hash;
    return true;
  }
  return false;
}

// Lookup

typedef enum Match { MATCH_ERROR = -1, MATCH_NO, MATCH_YES, MATCH_CHANGED } Match;

static Match dict_entry_compare(const Dict *dict, const DictTable *table, const DictEntry *entry, Value other,
                                Value key) {
  if (other == VALUE_DELETED) return MATCH_NO;
  if (VALUE_IS_EXACT(other, STR) && VALUE_IS_EXACT(key, STR)) return str_equals(other, key) ? MATCH_YES : MATCH_NO;
  if (values_are_small_ints(other, key)) return MATCH_NO;
  int equal = value_equal(other, key);
  if (equal < 0) return MATCH_ERROR;
  // The comparison may have run Python code that changed the dict.
  if (dict_table(dict) != table || gc_load(&entry->key) != other) return MATCH_CHANGED;
  return equal ? MATCH_YES : MATCH_NO;
}

// For those who must not run Python code: MATCH_ERROR without an exception means that it would.
static Match dict_entry_compare_plainly(Value other, Value key) {
  if (other == VALUE_DELETED || values_are_small_ints(other, key)) return MATCH_NO;
  bool strings = VALUE_IS_EXACT(other, STR) && VALUE_IS_EXACT(key, STR);
  int equal = strings ? str_equals(other, key) : value_equal_plainly(other, key);
  return equal < 0 ? MATCH_ERROR : equal ? MATCH_YES : MATCH_NO;
}

static inline Match dict_entry_match(const Dict *dict, const DictTable *table, const DictEntry *entry, Value key,
                                     int64_t hash, bool plainly) {
  if (entry->hash != hash) return MATCH_NO;
  Value other = gc_load(&entry->key);
  if (other == key) return MATCH_YES;
  return plainly ? dict_entry_compare_plainly(other, key) : dict_entry_compare(dict, table, entry, other, key);
}

// A loop over the numbers (plus one) of the entries that may have the hash.
#define EACH_CANDIDATE(table, used, hash, number)                                                                      \
  unsigned bits_ = table_index_bits(table), width_ = table_index_width(table);                                         \
  IndexProbe probe_ = bits_ ? index_probe(hash, bits_) : (IndexProbe){};                                               \
  uint32_t number;                                                                                                     \
  for (;; bits_ ? index_probe_next(&probe_) : (void)probe_.place++)                                                    \
    if (!(number = bits_                   ? index_load(table, width_, probe_.place)                                   \
                   : probe_.place < (used) ? (uint32_t)probe_.place + 1                                                \
                                           : 0))                                                                       \
      break;                                                                                                           \
    else

static inline __attribute__((always_inline)) bool find(const Dict *dict, Value key, int64_t hash, DictPlace *place,
                                                       bool plainly) {
restart:
  *place = (DictPlace){.table = dict_table(dict), .entry = -1};
  const DictTable *table = place->table;
  if (!table) return true;
  place->used = dict_table_used(table);
  EACH_CANDIDATE(table, place->used, hash, number) {
    Match match = dict_entry_match(dict, table, &table->entries[number - 1], key, hash, plainly);
    if (__builtin_expect(match == MATCH_NO, 0)) continue;
    if (match == MATCH_CHANGED) goto restart;
    if (match == MATCH_ERROR) return false;
    place->entry = number - 1;
    return true;
  }
  return true;
}
bool dict_find(const Dict *dict, Value key, int64_t hash, DictPlace *place) {
  return find(dict, key, hash, place, false);
}
// False: not plain (plain.h).
static bool dict_find_plainly(const Dict *dict, Value key, int64_t hash, DictPlace *place) {
  return find(dict, key, hash, place, true);
}

// As dict_find for an exact str, comparing with strings only.
static void dict_find_name(const Dict *dict, Value name, int64_t hash, DictPlace *place) {
  *place = (DictPlace){.table = dict_table(dict), .entry = -1};
  const DictTable *table = place->table;
  if (!table) return;
  place->used = dict_table_used(table);
  EACH_CANDIDATE(table, place->used, hash, number) {
    const DictEntry *entry = &table->entries[number - 1];
    if (entry->hash != hash) continue;
    Value other = gc_load(&entry->key);
    if (other == name || (value_is_str(other) && str_equals(other, name))) {
      place->entry = number - 1;
      return;
    }
  }
}

int64_t dict_key_hash_slow(Value key) {
  return value_hash(key);
}

// Making

Value dict_new_in(Class *class) {
  return value_from_cell(class == BUILTIN(DICT) ? cell_alloc(SHAPE(DICT), sizeof(Dict)) : class_allocate(class, 0));
}
Value dict_new(void) {
  return value_from_cell(cell_alloc_inline(SHAPE(DICT), sizeof(Dict)));
}
Value dict_new_sized(size_t expected) {
  Value dict = dict_new();
  if (!dict || expected == 0) return dict;
  DictTable *table = dict_table_allocate(expected);
  if (!table) return NULL;
  gc_init(value_cell(dict), &value_as_dict(dict)->table, value_from_cell(table));
  return dict;
}
Value dict_new_globals(void) {
  Value dict = dict_new();
  if (dict) value_cell(dict)->flags |= DICT_GLOBALS;
  return dict;
}
Value dict_new_instance(Value object) {
  Value dict = dict_new();
  if (!dict) return NULL;
  value_cell(dict)->flags |= DICT_INSTANCE;
  gc_init(value_cell(dict), &value_as_dict(dict)->table, object);
  return dict;
}

// The instance strategy

Value dict_instance_slow(const Dict *dict) {
  // Another thread may be turning the view into a table just now: what the word points to decides.
  Value object = gc_load(&dict->table);
  return object && !(dict_table_shape && value_has_shape(object, dict_table_shape)) ? object : NULL;
}

bool dict_detach(Dict *dict) {
  Value object = dict_instance(dict);
  return !object || instance_make_external(object);
}

// The name by which an instance knows `key`; zero without exception if it can have no such attribute.
static Value instance_key(Value key) {
  if (!VALUE_IS_EXACT(key, STR)) return NULL;
  return str_is_interned(key) ? key : str_intern(key);
}

// The attribute whose name equals `key`, which is no plain str but may compare equal to one (an instance of a
// subclass). Zero: none, or a comparison raised.
static Value instance_search(Value object, Value key, int64_t hash) {
  Value name, value;
  for (size_t position = 0; instance_next(object, &position, &name, &value);) {
    if (dict_key_hash(name) != hash) continue;
    int equal = value_equal(name, key);
    if (equal) return equal > 0 ? instance_get(object, name) : NULL;
  }
  return NULL;
}

// Growth

static size_t dict_table_live(const DictTable *table) {
  size_t live = 0;
  for (uint32_t i = 0, used = table ? dict_table_used(table) : 0; i < used; i++)
    live += gc_load(&table->entries[i].key) != VALUE_DELETED;
  return live;
}

// If `place` is still what a search found, it is moved to the new table.
static bool dict_grow(Dict *dict, size_t extra, DictPlace *place) {
  for (;;) {
    DictTable *table = dict_table(dict);
    size_t live = dict_table_live(table);
    if (table && table->capacity - dict_table_used(table) >= extra) return true;
    size_t capacity = extra == 1 ? dict_grown_capacity(live) : live + extra;
    if (capacity < live + extra) capacity = live + extra;
    DictTable *fresh = dict_table_allocate(capacity);
    if (!fresh) return false;
    dict_lock(dict);
    // Entries may have been deleted or appended while memory was allocated; a replaced table means: look again.
    bool fits = dict_table(dict) == table && dict_table_live(table) + extra <= fresh->capacity;
    if (fits) {
      dict_table_inherit(fresh, table);
      bool follow = place && place->table == table && (!table || place->used == table->used);
      int64_t found = -1;
      for (uint32_t i = 0; table && i < table->used; i++) {
        DictEntry *entry = &table->entries[i];
        if (entry->key == VALUE_DELETED) continue;
        if (follow && i == place->entry) found = fresh->used;
        dict_table_append_fresh(fresh, entry->key, entry->hash, entry->value);
      }
      if (follow) *place = (DictPlace){.table = fresh, .used = fresh->used, .entry = found};
      gc_store(dict, &dict->table, value_from_cell(fresh));
      // Who fills a dict does not replace values. That threads fight for it will be seen again.
      if (cell_has_flag(&dict->head, DICT_FOUGHT_FOR)) cell_clear_flag(&dict->head, DICT_FOUGHT_FOR);
    }
    cell_unlock(dict);
    if (fits) return true;
  }
}

bool dict_reserve(Dict *dict, size_t extra) {
  return dict_grow(dict, extra, NULL);
}

// Changing

// The fence: whoever installs code marks the cell, then looks at its value. One of the two sees what the other did.
static void global_changed(const GlobalCell *cell) {
  atomic_thread_fence(memory_order_seq_cst);
  if (atomic_load_explicit(&cell->is_trusted, memory_order_acquire)) trust_broken(cell);
}

typedef enum Outcome { OUTCOME_ERROR = -1, OUTCOME_AGAIN, OUTCOME_DONE } Outcome;

static void dict_count_change(Dict *dict, ptrdiff_t by) {
  __atomic_store_n(&dict->count, dict->count + (size_t)by, __ATOMIC_RELEASE);
  __atomic_store_n(&dict->version, dict->version + 1, __ATOMIC_RELEASE);
}

// Appends a key that dict_find did not find (or found with an empty global cell: then the entry moves to the end).
// `value` zero: an empty global cell. `cell`: the GlobalCell to use, in a globals dict.
static Outcome dict_insert_at(Dict *dict, DictPlace *place, Value key, int64_t hash, Value value, GlobalCell *cell) {
  for (;;) {
    dict_lock(dict);
    DictTable *table = dict_table(dict);
    bool same = table == place->table && (!table || table->used == place->used);
    if (!same || dict_is_globals(dict) != (cell != NULL)) {
      cell_unlock(dict);
      return OUTCOME_AGAIN;
    }
    if (table && table->used < table->capacity) break;
    cell_unlock(dict);
    if (!dict_grow(dict, 1, place)) return OUTCOME_ERROR;
  }
  DictTable *table = place->table;
  if (cell && value) gc_store(cell, &cell->value, value);
  dict_table_append(table, key, hash, cell ? value_from_cell(cell) : value);
  if (place->entry >= 0) dict_table_bury(table, (size_t)place->entry);
  if (value) dict_count_change(dict, 1);
  cell_unlock(dict);
  if (cell && value) global_changed(cell);
  return OUTCOME_DONE;
}

// Under the dict's lock; others read the count without.
static void global_count_write(GlobalCell *cell) {
  if (cell->writes != UINT32_MAX) __atomic_store_n(&cell->writes, cell->writes + 1, __ATOMIC_RELAXED);
}

// Replaces the value of the entry that was found, of a dict that threads fight for. False: nothing was done.
static bool dict_overwrite_shared(Dict *dict, const DictPlace *place, Value value) {
  DictEntry *entry = &place->table->entries[place->entry];
  if (!lock_share(dict)) return false;
  // (The flag goes under the lock: whoever took that since waits for nobody.)
  bool valid = cell_has_flag(&dict->head, DICT_FOUGHT_FOR) && dict_table(dict) == place->table &&
               gc_load(&entry->key) != VALUE_DELETED && !dict_is_globals(dict);
  Value former = valid ? gc_load(&entry->value) : NULL;
  if (valid) gc_store(place->table, &entry->value, value);
  lock_unshare();
  heap_let_go(former);
  return valid;
}

// Replaces the value of the entry that was found.
static Outcome dict_overwrite_at(Dict *dict, DictPlace *place, int64_t hash, Value value) {
  DictEntry *entry = &place->table->entries[place->entry];
  GlobalCell *cell = NULL, *changed = NULL;
  Value former = NULL;
  if (__builtin_expect(cell_has_flag(&dict->head, DICT_FOUGHT_FOR), 0) && dict_overwrite_shared(dict, place, value))
    return OUTCOME_DONE;
  dict_lock(dict);
  bool valid = dict_table(dict) == place->table && entry->key != VALUE_DELETED;
  if (valid) {
    if (!dict_is_globals(dict)) {
      former = entry->value;
      gc_store(place->table, &entry->value, value);
      if (lock_is_fought_for(dict)) cell_set_flag(&dict->head, DICT_FOUGHT_FOR);
    } else {
      cell = (GlobalCell *)value_cell(entry->value);
      global_count_write(cell);
      if ((former = gc_load(&cell->value))) {
        gc_store(cell, &cell->value, value);
        changed = cell;
        cell = NULL;
      }
    }
  }
  cell_unlock(dict);
  if (changed) global_changed(changed);
  heap_let_go(former);
  if (!valid) return OUTCOME_AGAIN;
  return cell ? dict_insert_at(dict, place, gc_load(&entry->key), hash, value, cell) : OUTCOME_DONE;
}

static const CellType global_cell_type = {.name = "global", CELL_VALUES(GlobalCell, value, fallback)};
static Shape *global_cell_shape;

bool value_is_global_cell(Value value) {
  return value_is_cell(value) && cell_shape(value_cell(value)) == global_cell_shape;
}

static GlobalCell *global_cell_new(Dict *dict) {
  const Shape *shape = shape_internal(&global_cell_shape, &global_cell_type);
  GlobalCell *cell = shape ? cell_alloc(shape, sizeof(GlobalCell)) : NULL;
  if (cell) gc_init(cell, &cell->owner, value_from_cell(dict));
  return cell;
}

bool dict_make_globals(Value dict_value, uint32_t writes) {
  Dict *dict = value_as_dict(dict_value);
  while (!dict_is_globals(dict)) {
    DictTable *table = dict_table(dict);
    uint32_t used = table ? dict_table_used(table) : 0;
    Tuple *cells = tuple_allocate(used);
    if (!cells) return false;
    for (uint32_t i = 0; i < used; i++) {
      GlobalCell *cell = global_cell_new(dict);
      if (!cell) return false;
      cell->writes = writes;
      gc_init(cells, &cells->items[i], value_from_cell(cell));
    }
    world_stop();
    bool same = dict_table(dict) == table && (!table || table->used == used);
    for (uint32_t i = 0; same && i < used; i++) {
      DictEntry *entry = &table->entries[i];
      if (entry->key == VALUE_DELETED) continue;
      GlobalCell *cell = (GlobalCell *)value_cell(cells->items[i]);
      gc_store(cell, &cell->value, entry->value);
      gc_store(table, &entry->value, value_from_cell(cell));
    }
    if (same) cell_set_flag(&dict->head, DICT_GLOBALS);
    world_start();
    KEEP(value_from_cell(cells));
  }
  return true;
}

static Outcome dict_put_at(Dict *dict, DictPlace *place, Value key, int64_t hash, Value value) {
  if (place->entry >= 0) return dict_overwrite_at(dict, place, hash, value);
  GlobalCell *cell = NULL;
  if (dict_is_globals(dict) && !(cell = global_cell_new(dict))) return OUTCOME_ERROR;
  return dict_insert_at(dict, place, key, hash, value, cell);
}

// Hides the entry that was found; its value, or zero if it has gone meanwhile (then the caller looks again).
// `only`, if not zero: not if another value stands there by now.
static Value dict_remove_at(Dict *dict, const DictPlace *place, Value only) {
  DictEntry *entry = &place->table->entries[place->entry];
  const GlobalCell *changed = NULL;
  dict_lock(dict);
  Value value = dict_table(dict) == place->table ? dict_entry_value(entry, dict_is_globals(dict)) : NULL;
  if (only && value != only) value = NULL;
  if (value) {
    if (dict_is_globals(dict)) {
      GlobalCell *cell = (GlobalCell *)value_cell(entry->value);
      global_count_write(cell);
      gc_store(cell, &cell->value, NULL);
      changed = cell;
    } else {
      dict_table_bury(place->table, (size_t)place->entry);
    }
    dict_count_change(dict, -1);
  }
  cell_unlock(dict);
  if (changed) global_changed(changed);
  return value;
}

// The functions of dict.h

Value dict_get_hashed(Value dict_value, Value key, int64_t hash) {
  const Dict *dict = value_as_dict(dict_value);
  Value object = dict_instance(dict);
  if (object) {
    Value name = instance_key(key);
    return name ? instance_get(object, name) : instance_search(object, key, hash);
  }
  for (;;) {
    DictPlace place;
    if (!dict_find(dict, key, hash, &place) || place.entry < 0) return NULL;
    const DictEntry *entry = &place.table->entries[place.entry];
    Value value = dict_entry_value(entry, dict_is_globals(dict));
    // Buried since it was found: perhaps moved, and to be found again behind.
    if (value || gc_load(&entry->value) != VALUE_DELETED) return value;
  }
}

Value dict_get(Value dict, Value key) {
  int64_t hash = dict_key_hash(key);
  return hash == -1 ? NULL : dict_get_hashed(dict, key, hash);
}

int dict_contains(Value dict, Value key) {
  if (dict_get(dict, key)) return 1;
  return exception_pending() ? -1 : 0;
}

bool dict_set_hashed(Value dict_value, Value key, int64_t hash, Value value) {
  Dict *dict = value_as_dict(dict_value);
  Value object = dict_instance(dict);
  if (object) {
    Value name = instance_key(key);
    if (name) return instance_set(object, name, value);
    if (!dict_detach(dict)) return false;
  }
  for (;;) {
    DictPlace place;
    if (!dict_find(dict, key, hash, &place)) return false;
    Outcome outcome = dict_put_at(dict, &place, key, hash, value);
    if (outcome != OUTCOME_AGAIN) return outcome == OUTCOME_DONE;
  }
}

bool dict_set(Value dict, Value key, Value value) {
  int64_t hash = dict_key_hash(key);
  return hash != -1 && dict_set_hashed(dict, key, hash, value);
}

Value dict_get_plainly(Value dict_value, Value key) {
  const Dict *dict = value_as_dict(dict_value);
  int64_t hash;
  DictPlace place;
  if (!dict_key_hash_plainly(key, &hash) || dict_instance(dict) || !dict_find_plainly(dict, key, hash, &place))
    return NULL;
  if (place.entry < 0) return VALUE_DELETED;
  // Zero also where it is just being moved.
  return dict_entry_value(&place.table->entries[place.entry], dict_is_globals(dict));
}

bool dict_set_plainly(Value dict_value, Value key, Value value) {
  Dict *dict = value_as_dict(dict_value);
  int64_t hash;
  if (!dict_key_hash_plainly(key, &hash) || dict_instance(dict) || dict_is_globals(dict)) return false;
  for (;;) {
    DictPlace place;
    if (!dict_find_plainly(dict, key, hash, &place)) return false;
    Outcome outcome = dict_put_at(dict, &place, key, hash, value);
    if (outcome == OUTCOME_ERROR) exception_clear();
    if (outcome != OUTCOME_AGAIN) return outcome == OUTCOME_DONE;
  }
}

Value dict_set_default_plainly(Value dict_value, Value key, Value value) {
  Dict *dict = value_as_dict(dict_value);
  int64_t hash;
  if (!dict_key_hash_plainly(key, &hash) || dict_instance(dict) || dict_is_globals(dict)) return NULL;
  for (;;) {
    DictPlace place;
    if (!dict_find_plainly(dict, key, hash, &place)) return NULL;
    Value found = place.entry < 0 ? NULL : dict_entry_value(&place.table->entries[place.entry], dict_is_globals(dict));
    if (found) return found;
    Outcome outcome = dict_put_at(dict, &place, key, hash, value);
    if (outcome == OUTCOME_ERROR) exception_clear();
    if (outcome != OUTCOME_AGAIN) return outcome == OUTCOME_DONE ? value : NULL;
  }
}

Value dict_set_default(Value dict_value, Value key, Value value) {
  Dict *dict = value_as_dict(dict_value);
  int64_t hash = dict_key_hash(key);
  if (hash == -1) return NULL;
  Value object = dict_instance(dict);
  if (object) {
    Value name = instance_key(key);
    Value found = name ? instance_get(object, name) : instance_search(object, key, hash);
    if (found || exception_pending()) return found;
    if (name) return instance_set(object, name, value) ? value : NULL;
    if (!dict_detach(dict)) return NULL;
  }
  for (;;) {
    DictPlace place;
    if (!dict_find(dict, key, hash, &place)) return NULL;
    Value found = place.entry < 0 ? NULL : dict_entry_value(&place.table->entries[place.entry], dict_is_globals(dict));
    if (found) return found;
    Outcome outcome = dict_put_at(dict, &place, key, hash, value);
    if (outcome != OUTCOME_AGAIN) return outcome == OUTCOME_DONE ? value : NULL;
  }
}

int dict_replace(Value dict_value, Value key, int64_t hash, Value former, Value value) {
  Dict *dict = value_as_dict(dict_value);
  DictPlace place;
  if (!dict_find(dict, key, hash, &place)) return -1;
  if (!former) return place.entry < 0 ? dict_insert_at(dict, &place, key, hash, value, NULL) : 0;
  if (place.entry < 0) return 0;
  DictEntry *entry = &place.table->entries[place.entry];
  dict_lock(dict);
  bool same = dict_table(dict) == place.table && entry->key != VALUE_DELETED && entry->value == former;
  if (same) gc_store(place.table, &entry->value, value);
  cell_unlock(dict);
  return same;
}

Value dict_take_hashed(Value dict_value, Value key, int64_t hash) {
  Dict *dict = value_as_dict(dict_value);
  Value object = dict_instance(dict), name = object ? instance_key(key) : NULL;
  if (object && name) {
    Value found = instance_get(object, name);
    return found && instance_delete(object, name) > 0 ? found : NULL;
  }
  if (object && (!instance_search(object, key, hash) || !dict_detach(dict))) return NULL;
  for (;;) {
    DictPlace place;
    if (!dict_find(dict, key, hash, &place) || place.entry < 0) return NULL;
    if (!dict_entry_value(&place.table->entries[place.entry], dict_is_globals(dict))) {
      if (dict_is_globals(dict)) return NULL;
      continue; // deleted between finding and reading it; perhaps inserted again behind
    }
    Value value = dict_remove_at(dict, &place, NULL);
    heap_let_go(value);
    heap_let_go(key);
    if (value) return value;
  }
}

int dict_delete_value(Value dict_value, Value key, Value value) {
  Dict *dict = value_as_dict(dict_value);
  int64_t hash = dict_key_hash(key);
  if (hash == -1 || !dict_detach(dict)) return -1;
  for (;;) {
    DictPlace place;
    if (!dict_find(dict, key, hash, &place)) return -1;
    if (place.entry < 0) return 0;
    if (dict_remove_at(dict, &place, value)) return 1;
    // Not that value, or the table was replaced meanwhile: then it is looked for again.
    if (dict_table(dict) == place.table) return 0;
  }
}

Value dict_pop(Value dict, Value key) {
  int64_t hash = dict_key_hash(key);
  return hash == -1 ? NULL : dict_take_hashed(dict, key, hash);
}

int dict_delete(Value dict, Value key) {
  if (dict_pop(dict, key)) return 1;
  return exception_pending() ? -1 : 0;
}

// A copy of `table` in which entry `first` comes before all others. Its dict is locked.
static void dict_table_fill_moved(DictTable *fresh, const DictTable *table, uint32_t first) {
  dict_table_inherit(fresh, table);
  for (uint32_t i = 0; i <= table->used; i++) {
    const DictEntry *entry = &table->entries[i == 0 ? first : i - 1];
    if (entry->key == VALUE_DELETED || i == first + 1) continue;
    dict_table_append_fresh(fresh, entry->key, entry->hash, entry->value);
  }
}

int dict_move(Value dict_value, Value key, int64_t hash, bool to_end) {
  Dict *dict = value_as_dict(dict_value);
  for (;;) {
    DictPlace place;
    if (!dict_find(dict, key, hash, &place)) return -1;
    if (place.entry < 0) return 0;
    DictTable *fresh = NULL;
    if (!to_end && !(fresh = dict_table_allocate(place.table->capacity))) return -1;
    dict_lock(dict);
    DictTable *table = place.table;
    DictEntry *entry = &table->entries[place.entry];
    bool holds = dict_table(dict) == table && entry->key != VALUE_DELETED;
    bool moves = to_end ? (uint32_t)place.entry + 1 != table->live_end : (uint32_t)place.entry != table->live_start;
    bool has_room = !to_end || table->used < table->capacity;
    if (holds && moves && has_room) {
      if (to_end) {
        // The key that stays is the one that was stored, not the equal one that was given.
        dict_table_append(table, entry->key, hash, entry->value);
        dict_table_bury(table, (size_t)place.entry);
      } else {
        dict_table_fill_moved(fresh, table, (uint32_t)place.entry);
        gc_store(dict, &dict->table, value_from_cell(fresh));
      }
      dict_count_change(dict, 0);
    }
    cell_unlock(dict);
    if (holds && (!moves || has_room)) return 1;
    if (holds && !dict_reserve(dict, 1)) return -1;
  }
}

int dict_take_last(Value dict_value, Value *key, Value *value) {
  Dict *dict = value_as_dict(dict_value);
  Value object = dict_instance(dict);
  if (object) {
    *key = NULL;
    Value name, attribute;
    for (size_t position = 0; instance_next(object, &position, &name, &attribute);) {
      *key = name;
      *value = attribute;
    }
    return *key ? instance_delete(object, *key) : 0;
  }
  for (;;) {
    bool globals = dict_is_globals(dict);
    DictPlace place = {.table = dict_table(dict), .entry = -1};
    if (!place.table) return 0;
    for (int64_t i = (int64_t)__atomic_load_n(&place.table->live_end, __ATOMIC_RELAXED) - 1; i >= 0 && place.entry < 0;
         i--)
      if (dict_entry_value(&place.table->entries[i], globals)) place.entry = i;
    if (place.entry < 0) return 0;
    *key = gc_load(&place.table->entries[place.entry].key);
    *value = dict_remove_at(dict, &place, NULL);
    if (*value) return 1;
  }
}

int dict_take_first(Value dict_value, Value *key, Value *value) {
  const Dict *dict = value_as_dict(dict_value);
  int64_t hash;
  for (size_t position = 0; dict_table_next(dict_table(dict), dict_is_globals(dict), &position, key, NULL, &hash);
       position = 0) {
    if ((*value = dict_take_hashed(dict_value, *key, hash))) return 1;
    if (exception_pending()) return -1;
  }
  return 0;
}

// Names

Value dict_get_name(Value dict_value, Value name) {
  const Dict *dict = value_as_dict(dict_value);
  Value object = dict_instance(dict);
  if (object) return instance_get(object, name);
  for (;;) {
    DictPlace place;
    dict_find_name(dict, name, dict_key_hash(name), &place);
    if (place.entry < 0) return NULL;
    const DictEntry *entry = &place.table->entries[place.entry];
    Value value = dict_entry_value(entry, dict_is_globals(dict));
    if (value || gc_load(&entry->value) != VALUE_DELETED) return value;
  }
}

bool dict_set_name(Value dict_value, Value name, Value value) {
  Dict *dict = value_as_dict(dict_value);
  Value object = dict_instance(dict);
  if (object) return instance_set(object, name, value);
  for (int64_t hash = dict_key_hash(name);;) {
    DictPlace place;
    dict_find_name(dict, name, hash, &place);
    Outcome outcome = dict_put_at(dict, &place, name, hash, value);
    if (outcome != OUTCOME_AGAIN) return outcome == OUTCOME_DONE;
  }
}

Value dict_get_c(Value dict, const char *name) {
  Value interned = str_intern_c(name);
  if (interned) return dict_get_name(dict, interned);
  exception_clear();
  return NULL;
}

bool dict_set_c(Value dict, const char *name, Value value) {
  Value interned = str_intern_c(name);
  return interned && dict_set_name(dict, interned, value);
}

GlobalCell *dict_global_cell(Value dict_value, Value name, bool create) {
  Dict *dict = value_as_dict(dict_value);
  for (int64_t hash = dict_key_hash(name);;) {
    DictPlace place;
    dict_find_name(dict, name, hash, &place);
    if (place.entry >= 0) {
      Value cell = gc_load(&place.table->entries[place.entry].value);
      if (cell != VALUE_DELETED) return (GlobalCell *)value_cell(cell);
      continue;
    }
    if (!create) return NULL;
    GlobalCell *cell = global_cell_new(dict);
    if (!cell) return NULL;
    Outcome outcome = dict_insert_at(dict, &place, name, hash, NULL, cell);
    if (outcome != OUTCOME_AGAIN) return outcome == OUTCOME_DONE ? cell : NULL;
  }
}

// Whole dicts

size_t dict_count(Value dict_value) {
  const Dict *dict = value_as_dict(dict_value);
  Value object = dict_instance(dict);
  return object ? instance_count(object) : __atomic_load_n(&dict->count, __ATOMIC_ACQUIRE);
}

bool dict_next(Value dict_value, size_t *position, Value *key, Value *value) {
  const Dict *dict = value_as_dict(dict_value);
  Value object = dict_instance(dict);
  if (!object) return dict_table_next(dict_table(dict), dict_is_globals(dict), position, key, value, NULL);
  Value name, attribute;
  if (!instance_next(object, position, &name, &attribute)) return false;
  if (key) *key = name;
  if (value) *value = attribute;
  return true;
}

uint64_t dict_keys_version(Value dict_value) {
  const Dict *dict = value_as_dict(dict_value);
  return __atomic_load_n(&dict->version, __ATOMIC_ACQUIRE);
}

// The entries of `source`, appended to a table with room.
static void dict_table_fill(DictTable *table, const DictTable *source, bool globals) {
  Value key, value;
  int64_t hash;
  for (size_t position = 0; dict_table_next(source, globals, &position, &key, &value, &hash);) {
    dict_table_append_fresh(table, key, hash, value);
    // (global cells know more about their values than the table does)
    if (globals && value_is_prompt(value)) table->head.flags |= CELL_PROMPT;
  }
}

// A table with the entries of `source`, no instance's, at one moment; *table NULL: there are none. False: MemoryError.
static bool dict_table_copy(Value source_value, DictTable **copy) {
  Dict *source = value_as_dict(source_value);
  for (;;) {
    bool globals = dict_is_globals(source);
    *copy = NULL;
    size_t count = dict_count(source_value);
    if (count == 0) return true;
    const DictTable *seen = dict_table(source);
    // A table without gaps that is not mostly empty is copied as it is, index included.
    bool is_whole = !globals && seen && dict_table_used(seen) == count && seen->capacity <= dict_grown_capacity(count);
    DictTable *table = *copy = dict_table_allocate(is_whole ? seen->capacity : count);
    if (!table) return false;
    dict_lock(source);
    const DictTable *from = dict_table(source);
    bool fits = is_whole ? from == seen && from->used == source->count : source->count <= table->capacity;
    fits &= dict_is_globals(source) == globals;
    dict_table_inherit(table, from);
    if (fits && is_whole) {
      memcpy(table->entries, from->entries, from->used * sizeof *from->entries);
      memcpy(table->entries + table->capacity, from->entries + from->capacity, table_index_size(from));
      table->used = table->live_end = from->used;
    } else if (fits) {
      dict_table_fill(table, from, globals);
    }
    cell_unlock(source);
    if (fits) return true;
  }
}

bool dict_fill_from(Dict *dict, Value source, bool *done) {
  DictTable *table;
  if (!dict_table_copy(source, &table)) return false;
  dict_lock(dict);
  if ((*done = dict->count == 0 && !dict_is_globals(dict))) {
    gc_store(dict, &dict->table, value_from_cell(table));
    dict_count_change(dict, table ? table->used : 0);
  }
  cell_unlock(dict);
  return true;
}

Value dict_copy(Value source_value) {
  Dict *source = value_as_dict(source_value);
  if (dict_instance(source)) {
    Value copy = dict_new_sized(dict_count(source_value)), name, attribute;
    for (size_t position = 0; copy && dict_next(source_value, &position, &name, &attribute);)
      if (!dict_set_name(copy, name, attribute)) return NULL;
    return copy;
  }
  DictTable *table;
  Value copy = dict_table_copy(source_value, &table) ? dict_new() : NULL;
  if (!copy || !table) return copy;
  gc_init(value_cell(copy), &value_as_dict(copy)->table, value_from_cell(table));
  value_as_dict(copy)->count = table->used;
  return copy;
}

void dict_clear(Value dict_value) {
  Dict *dict = value_as_dict(dict_value);
  if (dict_instance(dict) || dict_is_globals(dict)) {
    // Slots and global cells stay where they are: each is emptied.
    Value key, value;
    while (dict_take_last(dict_value, &key, &value) > 0) heap_let_go(value);
    return;
  }
  dict_lock(dict);
  Value former = dict->table;
  gc_store(dict, &dict->table, NULL);
  dict_count_change(dict, -(ptrdiff_t)dict->count);
  cell_unlock(dict);
  heap_let_go(former);
}

// A list of one part of each entry, all seen at one moment.
typedef enum Part { PART_KEY, PART_VALUE, PART_ITEM } Part;

static Value dict_list(Value dict_value, Part part) {
  Dict *dict = value_as_dict(dict_value);
  for (;;) {
    size_t count = dict_count(dict_value), found = 0;
    Value result = list_new_sized(part == PART_ITEM ? 2 * count : count);
    if (!result || count == 0) return result;
    ListItems *items = (ListItems *)value_cell(value_as_list(result)->items);
    bool is_instance = dict_instance(dict) != NULL;
    if (!is_instance) dict_lock(dict);
    Value key, value;
    size_t position = 0;
    while (found < count && dict_next(dict_value, &position, &key, &value)) {
      if (part == PART_ITEM) {
        gc_init(items, &items->items[2 * found], key);
        gc_init(items, &items->items[2 * found + 1], value);
      } else {
        gc_init(items, &items->items[found], part == PART_KEY ? key : value);
      }
      found++;
    }
    bool complete = dict_count(dict_value) == found;
    if (!is_instance) cell_unlock(dict);
    if (!complete) continue;
    value_as_list(result)->count = part == PART_ITEM ? 2 * found : found;
    if (part != PART_ITEM) return result;
    Value pairs = list_new_sized(found);
    for (size_t i = 0; pairs && i < found; i++) {
      Value pair = tuple_new(&items->items[2 * i], 2);
      if (!pair || !list_append(pairs, pair)) return NULL;
    }
    return pairs;
  }
}

Value dict_keys(Value dict) {
  return dict_list(dict, PART_KEY);
}
Value dict_values(Value dict) {
  return dict_list(dict, PART_VALUE);
}
Value dict_items(Value dict) {
  return dict_list(dict, PART_ITEM);
}
