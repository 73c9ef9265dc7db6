// Iterators of dicts and their views.
//
// An iterator walks the entries of the table that the dict had when the iterator was last used. If the dict has another
// table by then, tombstones were left out on the way: the position is counted again. A different number of entries, or
// an entry more than there were at the start, means that the dict was changed. The iterator's own lock makes each step
// atomic.

#include "runtime/object/container.h"
#include "runtime/object/dict_view.h"
#include "runtime/object/plain.h"
#include "runtime/object/step.h"

typedef struct DictIterator {
  Cell head;
  Value dict;      // zero: exhausted
  Value table;     // the table that `position` belongs to
  size_t position; // number of the next entry; backwards: one more than it
  size_t expected; // count of the dict at the start; SIZE_MAX: it has changed
  size_t remaining;
} DictIterator;

static const CellType dict_iterator_type = {.name = "dict iterator", CELL_VALUES(DictIterator, dict, table)};

static const ClassId iterator_classes[2][3] = {
    {CLASS_DICT_KEY_ITERATOR, CLASS_DICT_VALUE_ITERATOR, CLASS_DICT_ITEM_ITERATOR},
    {CLASS_DICT_REVERSE_KEY_ITERATOR, CLASS_DICT_REVERSE_VALUE_ITERATOR, CLASS_DICT_REVERSE_ITEM_ITERATOR},
};

Value dict_iterator_new(Value dict_value, DictPart part, bool reversed) {
  Dict *dict = value_as_dict(dict_value);
  Value table_owner = dict_value;
  // The attributes of an instance can only be walked forwards.
  if (reversed && dict_instance(dict) && !(table_owner = dict_copy(dict_value))) return NULL;
  DictIterator *iterator = cell_alloc(builtin_shapes[iterator_classes[reversed][part]], sizeof(DictIterator));
  if (!iterator) return NULL;
  gc_init(iterator, &iterator->dict, dict_value);
  iterator->expected = iterator->remaining = dict_count(dict_value);
  const Dict *owner = value_as_dict(table_owner);
  if (!dict_instance(owner)) {
    DictTable *table = dict_table(owner);
    if (table) gc_init(iterator, &iterator->table, value_from_cell(table));
    if (reversed && table) iterator->position = dict_table_used(table);
  }
  return value_from_cell(iterator);
}

// Brings the iterator's position to the table that the dict has now.
static void iterator_follow(DictIterator *iterator, const Dict *dict) {
  DictTable *table = dict_table(dict), *old = (DictTable *)value_cell(iterator->table);
  if (table == old) return;
  size_t position = 0;
  for (size_t i = 0; old && i < iterator->position && i < old->used; i++)
    position += old->entries[i].key != VALUE_DELETED;
  iterator->position = position;
  gc_store(iterator, &iterator->table, value_from_cell(table));
}

typedef enum Step { STEP_DONE, STEP_ENTRY, STEP_SIZE_CHANGED, STEP_KEYS_CHANGED } Step;

static Step iterator_step(DictIterator *iterator, bool reversed, Value *key, Value *value) {
  Value dict_value = iterator->dict;
  if (!dict_value) return STEP_DONE;
  const Dict *dict = value_as_dict(dict_value);
  if (dict_count(dict_value) != iterator->expected) {
    iterator->expected = SIZE_MAX;
    return STEP_SIZE_CHANGED;
  }
  bool is_instance = dict_instance(dict) != NULL, globals = dict_is_globals(dict), found = false;
  if (!is_instance) iterator_follow(iterator, dict);
  const DictTable *table = (const DictTable *)value_cell(iterator->table);
  if (reversed) {
    for (; table && iterator->position > 0 && !found; iterator->position--) {
      const DictEntry *entry = &table->entries[iterator->position - 1];
      *key = gc_load(&entry->key);
      *value = dict_entry_value(entry, globals && !is_instance);
      found = *value != NULL && *key != VALUE_DELETED;
    }
  } else {
    found = is_instance ? dict_next(dict_value, &iterator->position, key, value)
                        : dict_table_next(table, globals, &iterator->position, key, value, NULL);
  }
  if (found && iterator->remaining == 0) return STEP_KEYS_CHANGED;
  if (found) {
    iterator->remaining--;
    return STEP_ENTRY;
  }
  gc_store(iterator, &iterator->dict, NULL);
  return STEP_DONE;
}

static inline Value iterator_next_part(Value self, DictPart part, bool reversed) {
  DictIterator *iterator = (DictIterator *)value_cell(self);
  Value key, value;
  cell_lock(iterator);
  Step step = iterator_step(iterator, reversed, &key, &value);
  cell_unlock(iterator);
  switch (step) {
  case STEP_ENTRY:
    return part == DICT_PART_KEY ? key : part == DICT_PART_VALUE ? value : tuple_pair(key, value);
  case STEP_DONE:
    return VALUE_STOP;
  case STEP_SIZE_CHANGED:
    return raise(CLASS_RUNTIME_ERROR, "dictionary changed size during iteration");
  default:
    return raise(CLASS_RUNTIME_ERROR, "dictionary keys changed during iteration");
  }
}

Value dict_iterator_next_plainly(Value self, Value *value) {
  DictIterator *iterator = (DictIterator *)value_cell(self);
  Value key = NULL;
  cell_lock(iterator);
  const Dict *dict = (const Dict *)value_cell(iterator->dict);
  if (!dict) {
    key = VALUE_STOP;
  } else if (!dict_instance(dict) && dict_count(iterator->dict) == iterator->expected) {
    iterator_follow(iterator, dict);
    size_t position = iterator->position;
    const DictTable *table = (const DictTable *)value_cell(iterator->table);
    if (!dict_table_next(table, dict_is_globals(dict), &position, &key, value, NULL)) {
      key = VALUE_STOP;
      gc_store(iterator, &iterator->dict, NULL);
    } else if (iterator->remaining == 0) {
      key = NULL; // the keys have changed
    } else {
      iterator->position = position;
      iterator->remaining--;
    }
  }
  cell_unlock(iterator);
  return key;
}

static Value dict_iterator_length_hint(Value self) {
  DictIterator *iterator = (DictIterator *)value_cell(self);
  Value dict = gc_load(&iterator->dict);
  bool unchanged = dict && dict_count(dict) == iterator->expected;
  return int_from_size(unchanged ? iterator->remaining : 0);
}

// Pickles the items that are left, as a list.
static Value iterator_reduce(Value self, Value (*next)(Value)) {
  DictIterator *iterator = (DictIterator *)value_cell(self);
  DictIterator *twin = cell_alloc(cell_shape(&iterator->head), sizeof(DictIterator));
  Value rest = list_new_sized(iterator->remaining);
  if (!twin || !rest) return NULL;
  cell_lock(iterator);
  gc_store(twin, &twin->dict, iterator->dict);
  gc_store(twin, &twin->table, iterator->table);
  twin->position = iterator->position;
  twin->expected = iterator->expected;
  twin->remaining = iterator->remaining;
  cell_unlock(iterator);
  for (Value item; (item = next(value_from_cell(twin))) != VALUE_STOP;)
    if (!item || !list_append(rest, item)) return NULL;
  return reduce_to(builtin_named("iter"), tuple_of(1, rest), NULL);
}

#define DICT_ITERATOR(prefix, name_, part, reversed)                                                                   \
  static Value prefix##_next(Value self) {                                                                             \
    return iterator_next_part(self, part, reversed);                                                                   \
  }                                                                                                                    \
  static Value prefix##_reduce(Value self) {                                                                           \
    return iterator_reduce(self, prefix##_next);                                                                       \
  }                                                                                                                    \
  static const NativeMethod prefix##_methods[] = {                                                                     \
      ITERATOR_ENTRIES(prefix##_next),                                                                                 \
      NATIVE("__length_hint__", dict_iterator_length_hint, "($self, /)", "How many items are left."),                  \
      NATIVE("__reduce__", prefix##_reduce, "($self, /)", "What pickle needs to rebuild the iterator."),               \
      {},                                                                                                              \
  };                                                                                                                   \
  const ClassDef prefix##_class = {                                                                                    \
      .name = name_,                                                                                                   \
      .cell_type = &dict_iterator_type,                                                                                \
      .instance_size = sizeof(DictIterator),                                                                           \
      .flags = CLASS_NO_NEW | CLASS_PLAIN_ITERATOR | CLASS_RAISES_ONCE,                                                \
      .methods = prefix##_methods,                                                                                     \
  };

DICT_ITERATOR(dict_key_iterator, "dict_keyiterator", DICT_PART_KEY, false)
DICT_ITERATOR(dict_value_iterator, "dict_valueiterator", DICT_PART_VALUE, false)
DICT_ITERATOR(dict_item_iterator, "dict_itemiterator", DICT_PART_ITEM, false)
DICT_ITERATOR(dict_reverse_key_iterator, "dict_reversekeyiterator", DICT_PART_KEY, true)
DICT_ITERATOR(dict_reverse_value_iterator, "dict_reversevalueiterator", DICT_PART_VALUE, true)
DICT_ITERATOR(dict_reverse_item_iterator, "dict_reverseitemiterator", DICT_PART_ITEM, true)
