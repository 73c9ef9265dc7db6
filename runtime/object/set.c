// set and frozenset: the table and the C functions of set.h. Methods are in set_methods.c, set_table.h describes the
// table.
//
//   operation         how it is atomic
//   in                lock-free: table, then places
//   add, discard      under the lock, if the table has not changed since the search; else searched again
//   pop               under the lock
//   grow              memory first, then copied under the lock; nothing if the table has been replaced meanwhile
//   clear             one store of the table word
//   copy              memory first, then copied under the lock
//   union and others  of a copy of one moment once there are several threads; in place: element by element
//   iterate           lock-free; a change of the count is noticed

#include "runtime/heap/let_go.h"
#include "runtime/object/dict_table.h"
#include "runtime/object/exception.h"
#include "runtime/object/object.h"
#include "runtime/object/plain.h"
#include "runtime/object/sequence.h"
#include "runtime/object/set_table.h"

static void set_table_trace(Cell *cell, Tracer *tracer) {
  SetTable *table = (SetTable *)cell;
  for (SetEntry *entry = table->entries, *last = entry + table->mask; entry <= last; entry++)
    if (entry->key) trace_value(tracer, entry->key);
}
static const CellType set_table_type = {.name = "set table", .trace = set_table_trace, .has_tail = true};
static Shape *set_table_shape;

static SetTable *set_table_allocate(size_t places) {
  size_t size;
  const Shape *shape = shape_internal(&set_table_shape, &set_table_type);
  if (!shape) return NULL;
  if (__builtin_mul_overflow(places, sizeof(SetEntry), &size) || size > PTRDIFF_MAX / 2) {
    raise_memory_error();
    return NULL;
  }
  SetTable *table = cell_alloc(shape, sizeof(SetTable) + size);
  if (table) table->mask = places - 1;
  return table;
}

// The order in which places are looked at.
typedef struct Probe {
  size_t place, base, perturb, left;
} Probe;
static inline Probe probe_start(int64_t hash, size_t mask) {
  size_t base = (size_t)hash & mask;
  return (Probe){base, base, (size_t)hash, base + SET_LINEAR_PROBES <= mask ? SET_LINEAR_PROBES : 0};
}
static inline void probe_next(Probe *probe, size_t mask) {
  if (probe->left) {
    probe->left--;
    probe->place++;
    return;
  }
  probe->perturb >>= 5;
  probe->base = probe->place = (probe->base * 5 + 1 + probe->perturb) & mask;
  probe->left = probe->base + SET_LINEAR_PROBES <= mask ? SET_LINEAR_PROBES : 0;
}

// A new table takes over what its source knows about its values.
static void set_table_inherit(SetTable *table, const SetTable *source) {
  if (source && cell_has_flag(&source->head, CELL_PROMPT)) table->head.flags |= CELL_PROMPT;
}

// Puts an element that is not there into a table that nobody else has seen and that has only been added to.
static void set_table_put(SetTable *table, Value key, int64_t hash) {
  Probe probe = probe_start(hash, table->mask);
  while (table->entries[probe.place].key) probe_next(&probe, table->mask);
  table->entries[probe.place] = (SetEntry){.hash = hash, .key = key};
  table->fill++;
}

// What a search came to.
typedef struct SetPlace {
  SetTable *table;  // NULL: there was none
  uint64_t version; // of the table
  SetEntry *entry;  // where the key is, or where it belongs
  bool found;
} SetPlace;

// False: a comparison raised; `plainly`: not plain (plain.h).
static inline __attribute__((always_inline)) bool find(const Set *set, Value key, int64_t hash, SetPlace *place,
                                                       bool plainly) {
restart:
  *place = (SetPlace){.table = set_table(set)};
  SetTable *table = place->table;
  if (!table) return true;
  place->version = __atomic_load_n(&table->version, __ATOMIC_ACQUIRE);
  SetEntry *removed = NULL;
  size_t mask = table->mask;
  for (Probe probe = probe_start(hash, mask);; probe_next(&probe, mask)) {
    SetEntry *entry = &table->entries[probe.place];
    Value other = gc_load(&entry->key);
    if (!other) {
      place->entry = removed ? removed : entry;
      return true;
    }
    if (other == VALUE_DELETED) removed = entry;
    if (other == VALUE_DELETED || __atomic_load_n(&entry->hash, __ATOMIC_RELAXED) != hash) continue;
    int equal = other == key;
    if (!equal && VALUE_IS_EXACT(other, STR) && VALUE_IS_EXACT(key, STR)) {
      equal = str_equals(other, key);
    } else if (!equal && !values_are_small_ints(other, key)) {
      equal = plainly ? value_equal_plainly(other, key) : value_equal(other, key);
      if (equal < 0) return false;
      // The comparison may have run Python code that changed the set.
      if (set_table(set) != table || gc_load(&entry->key) != other) goto restart;
    }
    if (equal) {
      place->entry = entry;
      place->found = true;
      return true;
    }
  }
}

// What the first place says, where most searches end: 1: the key is there, 0: it is missing, -1: look further.
static inline int set_glance(const Set *set, Value key, int64_t hash) {
  const SetTable *table = set_table(set);
  if (!table) return 0;
  Value there = gc_load(&table->entries[(size_t)hash & table->mask].key);
  return there == key ? 1 : there ? -1 : 0;
}

static bool set_find(const Set *set, Value key, int64_t hash, SetPlace *place) {
  return find(set, key, hash, place, false);
}
static bool set_find_plainly(const Set *set, Value key, int64_t hash, SetPlace *place) {
  return find(set, key, hash, place, true);
}

// How many places a table for `expected` elements has; zero: more than there can be.
static size_t set_places(size_t expected) {
  size_t places = SET_MINIMUM;
  while (places && places <= expected) places <<= 1;
  return places;
}

// A table for `expected` elements that replaces the set's.
static bool set_resize(Set *set, size_t expected) {
  size_t places = set_places(expected);
  if (places == 0) return raise_memory_error();
  for (;;) {
    SetTable *table = set_table(set);
    if (places == SET_MINIMUM && table && table->mask == SET_MINIMUM - 1 &&
        __atomic_load_n(&table->fill, __ATOMIC_RELAXED) == __atomic_load_n(&set->count, __ATOMIC_RELAXED))
      return true;
    SetTable *fresh = set_table_allocate(places);
    if (!fresh) return false;
    cell_lock(set);
    bool fits = set_table(set) == table && set->count < places;
    set_table_inherit(fresh, table);
    Value key;
    int64_t hash;
    for (size_t position = 0; fits && set_table_next(table, &position, &key, &hash);) set_table_put(fresh, key, hash);
    if (fits) gc_store(set, &set->table, value_from_cell(fresh));
    cell_unlock(set);
    if (fits || set_table(set) != table) return true;
    if (set->count >= places) places <<= 1;
  }
}

static void set_count_change(Set *set, SetTable *table, ptrdiff_t by) {
  __atomic_store_n(&set->count, set->count + (size_t)by, __ATOMIC_RELEASE);
  __atomic_store_n(&table->version, table->version + 1, __ATOMIC_RELEASE);
}

static size_t set_grown(size_t count) {
  return count > 50000 ? count * 2 : count * 4;
}

int set_contains_hashed(Value set, Value item, int64_t hash) {
  SetPlace place;
  int seen = set_glance(value_as_set(set), item, hash);
  if (seen >= 0) return seen;
  return set_find(value_as_set(set), item, hash, &place) ? place.found : -1;
}

typedef bool SetFinder(const Set *set, Value key, int64_t hash, SetPlace *place);

// 1: added, 0: it was there, -1: `find` says false, or MemoryError.
static inline __attribute__((always_inline)) int set_add_by(SetFinder *find_place, Set *set, Value item, int64_t hash) {
  Value set_value = value_from_cell(set);
  for (;;) {
    SetPlace place;
    if (!find_place(set, item, hash, &place)) return -1;
    if (place.found) return 0;
    SetTable *table = place.table;
    SetEntry *entry = place.entry;
    if (!table) {
      if (!set_resize(set, 0)) return -1;
      continue;
    }
    cell_lock(set);
    bool unchanged = set_table(set) == table && table->version == place.version;
    // Others that filled it up are still to make a larger one: the last free place is what searches end at.
    bool crowded = unchanged && !entry->key && table->fill >= table->mask, full = false;
    if (unchanged && !crowded) {
      if (!entry->key) {
        __atomic_store_n(&table->fill, table->fill + 1, __ATOMIC_RELAXED);
        full = table->fill * 5 >= table->mask * 3;
      }
      __atomic_store_n(&entry->hash, hash, __ATOMIC_RELAXED);
      gc_store(table, &entry->key, item);
      set_count_change(set, table, 1);
    }
    cell_unlock(set);
    if (crowded && !set_resize(set, set_grown(set_count(set_value)))) return -1;
    if (crowded) continue;
    if (unchanged) return !full || set_resize(set, set_grown(set_count(set_value))) ? 1 : -1;
  }
}

bool set_add_hashed(Value set, Value item, int64_t hash) {
  return set_add_by(set_find, value_as_set(set), item, hash) >= 0;
}

// Removes the element of a locked set.
static void set_bury(Set *set, SetTable *table, SetEntry *entry) {
  gc_store(table, &entry->key, VALUE_DELETED);
  __atomic_store_n(&entry->hash, -1, __ATOMIC_RELEASE);
  set_count_change(set, table, -1);
}

// 1: removed, 0: it was not there, -1: `find` says false.
static inline __attribute__((always_inline)) int set_discard_by(SetFinder *find_place, Set *set, Value item,
                                                                int64_t hash) {
  for (;;) {
    SetPlace place;
    if (!find_place(set, item, hash, &place)) return -1;
    if (!place.found) return 0;
    cell_lock(set);
    bool there = set_table(set) == place.table && place.table->version == place.version;
    if (there) set_bury(set, place.table, place.entry);
    cell_unlock(set);
    if (there) heap_let_go(item);
    if (there) return 1;
  }
}

int set_discard_hashed(Value set, Value item, int64_t hash) {
  return set_discard_by(set_find, value_as_set(set), item, hash);
}

// Plainly (plain.h)

int set_contains_plainly(Value set, Value item) {
  int64_t hash;
  SetPlace place;
  if (!dict_key_hash_plainly(item, &hash)) return -1;
  int seen = set_glance(value_as_set(set), item, hash);
  if (seen >= 0) return seen;
  return set_find_plainly(value_as_set(set), item, hash, &place) ? place.found : -1;
}

int set_add_plainly(Value set, Value item) {
  int64_t hash;
  if (!dict_key_hash_plainly(item, &hash)) return -1;
  int added = set_add_by(set_find_plainly, value_as_set(set), item, hash);
  if (added < 0) exception_clear(); // out of memory: what has been added already is added once only
  return added;
}

int set_discard_plainly(Value set, Value item) {
  int64_t hash;
  return dict_key_hash_plainly(item, &hash) ? set_discard_by(set_find_plainly, value_as_set(set), item, hash) : -1;
}

bool set_is_plain(Value set) {
  enum { WORTH_ASKING = 64 }; // it would take as long as what is done with the set
  if (set_count(set) > WORTH_ASKING) return false;
  Value item;
  int64_t hash;
  for (size_t position = 0; set_next(set, &position, &item, NULL);)
    if (!dict_key_hash_plainly(item, &hash)) return false;
  return true;
}

Value set_take(Value set_value) {
  Set *set = value_as_set(set_value);
  Value key = NULL;
  cell_lock(set);
  SetTable *table = set_table(set);
  if (set->count) {
    size_t place = set->finger & table->mask;
    while (!table->entries[place].key || table->entries[place].key == VALUE_DELETED) place = (place + 1) & table->mask;
    key = table->entries[place].key;
    set_bury(set, table, &table->entries[place]);
    set->finger = place + 1;
  }
  cell_unlock(set);
  heap_let_go(key);
  return key;
}

Value set_to_list(Value set_value) {
  Set *set = value_as_set(set_value);
  for (;;) {
    size_t count = set_count(set_value), found = 0;
    Value result = list_new_sized(count), key;
    if (!result || count == 0) return result;
    ListItems *items = (ListItems *)value_cell(value_as_list(result)->items);
    cell_lock(set);
    bool same = set->count == count;
    for (size_t position = 0; same && set_table_next(set_table(set), &position, &key, NULL);)
      gc_init(items, &items->items[found++], key);
    cell_unlock(set);
    if (!same) continue;
    value_as_list(result)->count = found;
    return result;
  }
}

bool set_trim(Value set_value) {
  Set *set = value_as_set(set_value);
  const SetTable *table = set_table(set);
  if (!table) return true;
  size_t fill = __atomic_load_n(&table->fill, __ATOMIC_RELAXED);
  if (fill - set_count(set_value) <= table->mask / 4) return true;
  return set_resize(set, set_grown(set_count(set_value)));
}

void set_clear(Value set_value) {
  Set *set = value_as_set(set_value);
  cell_lock(set);
  Value former = set->table;
  gc_store(set, &set->table, NULL);
  __atomic_store_n(&set->count, 0, __ATOMIC_RELEASE);
  cell_unlock(set);
  heap_let_go(former);
}

void set_take_storage(Value set_value, Value other_value) {
  Set *set = value_as_set(set_value), *other = value_as_set(other_value);
  cell_lock(set);
  gc_store(set, &set->table, other->table);
  __atomic_store_n(&set->count, other->count, __ATOMIC_RELEASE);
  cell_unlock(set);
}

Value set_new_in(Class *class) {
  return value_from_cell(class_allocate(class, 0));
}

// Has a table with `fill` filled places room for `more` elements, as CPython sees it before a bulk update?
static bool set_has_room(const SetTable *table, size_t fill, size_t more) {
  return (fill + more) * 5 < (table ? table->mask : SET_MINIMUM - 1) * 3;
}
static size_t set_table_fill(const SetTable *table) {
  return table ? __atomic_load_n(&table->fill, __ATOMIC_RELAXED) : 0;
}
// Makes room for `more` elements.
static bool set_reserve(Set *set, size_t more) {
  const SetTable *table = set_table(set);
  return set_has_room(table, set_table_fill(table), more) ||
         set_resize(set, (set_count(value_from_cell(set)) + more) * 2);
}

static bool set_merge(Value target, Value source_value) {
  Set *set = value_as_set(target), *source = value_as_set(source_value);
  size_t more = set_count(source_value);
  if (set == source || more == 0) return true;
  SetTable *table = set_table(set), *from = set_table(source);
  Value key;
  int64_t hash;
  if (set_table_fill(table) == 0) {
    // Nothing to compare with. A table of the same size without removed elements is copied place by place.
    size_t places = !set_has_room(table, 0, more) ? set_places(more * 2) : table ? table->mask + 1 : SET_MINIMUM;
    SetTable *fresh = set_table_allocate(places ? places : SIZE_MAX);
    if (!fresh) return false;
    lock_two(set, source);
    bool unchanged =
        set_table(set) == table && set_table(source) == from && (!table || table->fill == 0) && source->count < places;
    if (unchanged) {
      set_table_inherit(fresh, from);
      if (fresh->mask == from->mask && from->fill == source->count) {
        __builtin_memcpy(fresh->entries, from->entries, (from->mask + 1) * sizeof(SetEntry));
        fresh->fill = from->fill;
      } else {
        for (size_t position = 0; set_table_next(from, &position, &key, &hash);) set_table_put(fresh, key, hash);
      }
      gc_store(set, &set->table, value_from_cell(fresh));
      __atomic_store_n(&set->count, fresh->fill, __ATOMIC_RELEASE);
    }
    unlock_two(set, source);
    if (unchanged) return true;
  }
  if (!set_reserve(set, more)) return false;
  from = set_table(source);
  for (size_t position = 0; set_table_next(from, &position, &key, &hash);)
    if (!set_add_hashed(target, key, hash)) return false;
  return true;
}

bool set_update(Value set, Value iterable) {
  if (value_is_set(iterable)) return set_merge(set, iterable);
  if (VALUE_IS_EXACT(iterable, DICT) && !dict_instance(value_as_dict(iterable))) {
    if (threads_started && !(iterable = dict_copy(iterable))) return false; // one moment
    const Dict *dict = value_as_dict(iterable);
    if (!set_reserve(value_as_set(set), dict_count(iterable))) return false;
    const DictTable *table = dict_table(dict);
    Value key;
    int64_t hash;
    for (size_t position = 0; dict_table_next(table, dict_is_globals(dict), &position, &key, NULL, &hash);)
      if (!set_add_hashed(set, key, hash)) return false;
    return true;
  }
  Value item;
  Iteration i = iteration_start(iterable);
  while (iteration_next(&i, &item))
    if (!set_add(set, item)) return false;
  return !iteration_failed(&i);
}

Value set_new(Value iterable) {
  Value set = value_from_cell(cell_alloc(SHAPE(SET), sizeof(Set)));
  return set && iterable && !set_update(set, iterable) ? NULL : set;
}

Value frozenset_new(Value iterable) {
  Value set = value_from_cell(cell_alloc(SHAPE(FROZENSET), sizeof(Set)));
  return set && iterable && !set_update(set, iterable) ? NULL : set;
}

bool set_add(Value set, Value item) {
  int64_t hash = dict_key_hash(item);
  return hash != -1 && set_add_hashed(set, item, hash);
}

int set_contains(Value set, Value item) {
  int64_t hash = dict_key_hash(item);
  return hash == -1 ? -1 : set_contains_hashed(set, item, hash);
}

int set_discard(Value set, Value item) {
  int64_t hash = dict_key_hash(item);
  return hash == -1 ? -1 : set_discard_hashed(set, item, hash);
}

size_t set_count(Value set) {
  return __atomic_load_n(&value_as_set(set)->count, __ATOMIC_ACQUIRE);
}

bool set_next(Value set, size_t *position, Value *item, int64_t *hash) {
  return set_table_next(set_table(value_as_set(set)), position, item, hash);
}
