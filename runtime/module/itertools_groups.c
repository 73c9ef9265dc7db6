// itertools: groupby and tee, where several iterators share one source.
//
// Threads: groupby runs Python code in its steps (key function, comparison), and so gives items to some of the threads
// that share it, as in CPython; every word is stored whole. A step of tee is one step if the source is plain (step.h).

#include "runtime/module/itertools.h"

// groupby: the groups are iterators into the same stream; only the newest one is live.

typedef struct Groupby {
  Cell head;
  Value iterator, key_function;
  Value target_key;    // of the group given out last; zero: none yet
  Value current_key;   // of the item read ahead; zero: none
  Value current_value; // the item read ahead
  Value group;         // the live _grouper; zero: none
} Groupby;
typedef struct Grouper {
  Cell head;
  Value parent, target_key;
} Grouper;

static Value groupby_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  Value given[2];
  PARSE("groupby", "(iterable, key=None)", given);
  Value iterator = value_iterate(given[0]);
  Groupby *self = iterator ? class_allocate(value_as_class(class), 0) : NULL;
  if (!self) return NULL;
  gc_init(self, &self->iterator, iterator);
  gc_init(self, &self->key_function, given[1] ? given[1] : VALUE_NONE);
  return value_from_cell(self);
}

// Reads one item ahead: VALUE_STOP at the end, zero on an exception, else the item.
static Value groupby_step(Groupby *self) {
  Value item = iterator_next(self->iterator);
  if (!item || item == VALUE_STOP) return item;
  Value key = self->key_function == VALUE_NONE ? item : value_call_1(self->key_function, item);
  if (!key) return NULL;
  gc_store(self, &self->current_value, item);
  gc_store(self, &self->current_key, key);
  return item;
}

static Value grouper_new(Class *class, Value parent, Value target_key) {
  Grouper *group = class_allocate(class, 0);
  if (!group) return NULL;
  gc_init(group, &group->parent, parent);
  gc_init(group, &group->target_key, target_key);
  Groupby *owner = (Groupby *)value_cell(parent);
  gc_store(owner, &owner->group, value_from_cell(group));
  return value_from_cell(group);
}

static Value groupby_next(Value value) {
  Groupby *self = (Groupby *)value_cell(value);
  gc_store(self, &self->group, NULL);
  // Skips what is left of the group given out last.
  Value key;
  for (;;) {
    Value target = gc_load(&self->target_key);
    key = gc_load(&self->current_key);
    if (key) {
      if (!target) break;
      int same = value_equal(target, key);
      if (same < 0) return NULL;
      if (!same) break;
    }
    Value item = groupby_step(self);
    if (!item || item == VALUE_STOP) return item;
    safepoint_poll();
  }
  gc_store(self, &self->target_key, key);
  Value group = grouper_new(itertools.grouper, value, key);
  return group ? tuple_of(2, key, group) : NULL;
}

static Value groupby_reduce(Value value) {
  Groupby *self = (Groupby *)value_cell(value);
  Value arguments = tuple_of(2, self->iterator, self->key_function);
  if (self->target_key && self->current_key && self->current_value)
    return tuple_of(3, class_of(value), arguments,
                    tuple_of(3, self->current_value, self->target_key, self->current_key));
  return tuple_of(2, class_of(value), arguments);
}

static Value groupby_set_state(Value value, Value state) {
  Groupby *self = (Groupby *)value_cell(value);
  if (!value_is_tuple(state)) return raise_type_error("state is not a tuple");
  if (tuple_count(state) != 3)
    return raise_type_error("function takes exactly 3 arguments (%zu given)", tuple_count(state));
  gc_store(self, &self->current_value, tuple_item(state, 0));
  gc_store(self, &self->target_key, tuple_item(state, 1));
  gc_store(self, &self->current_key, tuple_item(state, 2));
  return VALUE_NONE;
}

static const NativeMethod groupby_methods[] = {
    NATIVE("__new__", groupby_create, NULL, "Create a groupby object.", NATIVE_STATIC),
    ITERATOR_ENTRIES(groupby_next),
    REDUCE_ENTRY(groupby_reduce),
    SET_STATE_ENTRY(groupby_set_state),
    {},
};
ITERTOOLS_CLASS(groupby_class, "itertools.groupby", Groupby, iterator, group, groupby_methods,
                "groupby(iterable, key=None)\n--\n\nPairs of a key and an iterator over the neighbours that share it.")

static Value grouper_create(Value class, Value parent, Value target_key) {
  if (!value_is_instance(parent, itertools.groupby))
    return raise_type_error("_grouper() argument 1 must be itertools.groupby, not %T", parent);
  return grouper_new(value_as_class(class), parent, target_key);
}

static Value grouper_next(Value value) {
  Grouper *self = (Grouper *)value_cell(value);
  Groupby *parent = (Groupby *)value_cell(self->parent);
  if (gc_load(&parent->group) != value) return VALUE_STOP;
  Value item = gc_load(&parent->current_value);
  if (!item) {
    item = groupby_step(parent);
    if (!item || item == VALUE_STOP) return item;
  }
  Value key = gc_load(&parent->current_key);
  int same = key ? value_equal(self->target_key, key) : 0;
  if (same <= 0) return same < 0 ? NULL : VALUE_STOP;
  item = gc_load(&parent->current_value);
  gc_store(parent, &parent->current_value, NULL);
  gc_store(parent, &parent->current_key, NULL);
  return item ? item : VALUE_STOP;
}

static Value grouper_reduce(Value value) {
  Grouper *self = (Grouper *)value_cell(value);
  if (((Groupby *)value_cell(self->parent))->group != value)
    return reduce_to(builtin_named("iter"), tuple_of(1, tuple_new(NULL, 0)), NULL);
  return tuple_of(2, class_of(value), tuple_of(2, self->parent, self->target_key));
}

static const NativeMethod grouper_methods[] = {
    NATIVE("__new__", grouper_create, "($type, parent, tgtkey, /)", "Create a group.", NATIVE_STATIC),
    ITERATOR_ENTRIES(grouper_next),
    REDUCE_ENTRY(grouper_reduce),
    {},
};
static const CellType grouper_cell_type = {.name = "grouper", CELL_VALUES(Grouper, parent, target_key)};
const ClassDef grouper_class = {
    .name = "itertools._grouper",
    .cell_type = &grouper_cell_type,
    .instance_size = sizeof(Grouper),
    .methods = grouper_methods,
};

// tee: a linked list of blocks of items. Each iterator stands at a place in it; the one that is ahead reads the source
// and appends. Blocks that all have passed are garbage.

enum { TEE_BLOCK = 57 };

typedef struct TeeData {
  Cell head;
  Value iterator;
  Value next; // TeeData; zero: this is the last block
  Value items[TEE_BLOCK];
  size_t count;
  OwnerLock lock;
  bool is_plain; // the source is: `lock` is taken to ask it
  bool running;  // otherwise: the source is being asked for an item
} TeeData;
typedef struct Tee {
  StepIterator step;
  Value data;
  size_t index;
} Tee;

static Value tee_data_new(Value iterator) {
  TeeData *data = class_allocate(itertools.tee_data, 0);
  if (!data) return NULL;
  gc_init(data, &data->iterator, iterator);
  data->is_plain = iterator_is_plain(iterator);
  return value_from_cell(data);
}

// Item `index` of a block, from the source if nobody has read it yet.
static Value tee_data_item(TeeData *data, size_t index) {
  size_t count = __atomic_load_n(&data->count, __ATOMIC_ACQUIRE);
  if (index < count) return gc_load(&data->items[index]);
  if (index > count) return VALUE_STOP; // a position that was set by hand
  bool plain = threads_started && data->is_plain;
  if (plain ? !owner_lock_take(&data->lock) : __atomic_exchange_n(&data->running, true, __ATOMIC_ACQUIRE))
    return raise(CLASS_RUNTIME_ERROR, "cannot re-enter the tee iterator");
  // Another thread may have read it meanwhile.
  bool is_new = __atomic_load_n(&data->count, __ATOMIC_ACQUIRE) == index;
  Value item = is_new ? iterator_next(data->iterator) : gc_load(&data->items[index]);
  if (is_new && item && item != VALUE_STOP && index < TEE_BLOCK) {
    gc_store(data, &data->items[index], item);
    __atomic_store_n(&data->count, index + 1, __ATOMIC_RELEASE);
  }
  if (plain)
    owner_lock_release(&data->lock);
  else
    __atomic_store_n(&data->running, false, __ATOMIC_RELEASE);
  return item;
}

static Value tee_data_next_block(TeeData *data) {
  Value next = gc_load(&data->next);
  if (next) return next;
  next = tee_data_new(data->iterator);
  if (!next) return NULL;
  return gc_cas(data, &data->next, NULL, next) ? next : gc_load(&data->next);
}

static Value tee_step(Value value) {
  Tee *self = (Tee *)value_cell(value);
  Value data = gc_load(&self->data);
  size_t index = position_load(&self->index);
  if (index >= TEE_BLOCK) {
    if (!(data = tee_data_next_block((TeeData *)value_cell(data)))) return NULL;
    gc_store(self, &self->data, data);
    index = self->index = 0;
  }
  Value item = tee_data_item((TeeData *)value_cell(data), index);
  if (item && item != VALUE_STOP) self->index = index + 1;
  return item;
}

static Value tee_next(Value value) {
  return step_whole(value, tee_step);
}

static Value tee_new(Class *class, Value data, size_t index) {
  Tee *tee = class_allocate(class, 0);
  if (!tee) return NULL;
  gc_init(tee, &tee->data, data);
  tee->index = index;
  tee->step.is_plain = ((TeeData *)value_cell(data))->is_plain;
  return value_from_cell(tee);
}

static Value tee_copy(Value value) {
  Tee *self = (Tee *)value_cell(value);
  return tee_new(itertools.tee, self->data, self->index);
}

static Value tee_over(Value iterable) {
  Value iterator = value_iterate(iterable);
  if (!iterator) return NULL;
  if (value_is_instance(iterator, itertools.tee)) return tee_copy(iterator);
  Value data = tee_data_new(iterator);
  return data ? tee_new(itertools.tee, data, 0) : NULL;
}

static Value tee_create(Value class, Value iterable) {
  (void)class;
  return tee_over(iterable);
}

static Value tee_reduce(Value value) {
  Tee *self = (Tee *)value_cell(value);
  return tuple_of(3, class_of(value), tuple_of(1, tuple_new(NULL, 0)),
                  tuple_of(2, self->data, int_from_size(self->index)));
}

static Value tee_set_state(Value value, Value state) {
  Tee *self = (Tee *)value_cell(value);
  if (!value_is_tuple(state)) return raise_type_error("state is not a tuple");
  if (tuple_count(state) != 2)
    return raise_type_error("function takes exactly 2 arguments (%zu given)", tuple_count(state));
  Value data = tuple_item(state, 0);
  int index;
  if (!value_is_instance(data, itertools.tee_data))
    return raise_type_error("argument 1 must be itertools._tee_dataobject, not %T", data);
  if (!value_as_int(tuple_item(state, 1), &index)) return NULL;
  if (index < 0 || index > TEE_BLOCK) return raise_value_error("Index out of range");
  self->step.is_plain = self->step.is_plain && ((TeeData *)value_cell(data))->is_plain;
  gc_store(self, &self->data, data);
  self->index = (size_t)index;
  return VALUE_NONE;
}

static const NativeMethod tee_methods[] = {
    NATIVE("__new__", tee_create, "($type, iterable, /)", "Create a tee iterator.", NATIVE_STATIC),
    ITERATOR_ENTRIES(tee_next),
    NATIVE("__copy__", tee_copy, "($self, /)", "Returns an independent iterator."),
    REDUCE_ENTRY(tee_reduce),
    SET_STATE_ENTRY(tee_set_state),
    {},
};
static const CellType tee_cell_type = {.name = "tee", CELL_VALUES(Tee, data, data)};
const ClassDef tee_class = {
    .name = "itertools._tee",
    .doc = "Iterator wrapped to make it copyable.",
    .cell_type = &tee_cell_type,
    .instance_size = sizeof(Tee),
    .flags = CLASS_HAS_WEAKREF | CLASS_STEP_ITERATOR,
    .methods = tee_methods,
};

static Value tee_data_create(Value class, Value iterator, Value items, Value next) {
  (void)class;
  if (!value_is_list(items)) return raise_type_error("teedataobject() argument 2 must be list, not %T", items);
  Value value = tee_data_new(iterator);
  if (!value) return NULL;
  TeeData *data = (TeeData *)value_cell(value);
  size_t count = list_count(items);
  if (count > TEE_BLOCK) return raise_value_error("Invalid arguments");
  for (size_t i = 0; i < count; i++) gc_store(data, &data->items[i], list_item(items, i));
  data->count = count;
  if (count == TEE_BLOCK) {
    if (next != VALUE_NONE && !value_is_instance(next, itertools.tee_data))
      return raise_value_error("Invalid arguments");
    if (next != VALUE_NONE) gc_store(data, &data->next, next);
  } else if (next != VALUE_NONE) {
    return raise_value_error("Invalid arguments");
  }
  return value;
}

static Value tee_data_reduce(Value value) {
  TeeData *data = (TeeData *)value_cell(value);
  return tuple_of(
      2, class_of(value),
      tuple_of(3, data->iterator, list_new(data->items, data->count), data->next ? data->next : VALUE_NONE));
}

static const NativeMethod tee_data_methods[] = {
    NATIVE("__new__", tee_data_create, "($type, iterable, values, next, /)", "Create a block.", NATIVE_STATIC),
    REDUCE_ENTRY(tee_data_reduce),
    {},
};
static const CellType tee_data_cell_type = {
    .name = "tee data",
    .values_start = offsetof(TeeData, iterator),
    .values_end = offsetof(TeeData, items) + TEE_BLOCK * sizeof(Value),
};
const ClassDef tee_data_class = {
    .name = "itertools._tee_dataobject",
    .doc = "teedataobject(iterable, values, next, /)\n--\n\nData container common to multiple tee objects.",
    .cell_type = &tee_data_cell_type,
    .instance_size = sizeof(TeeData),
    .methods = tee_data_methods,
};

Value itertools_tee(Value iterable, Value count_value) {
  ptrdiff_t count = 2;
  if (count_value && !value_as_size(count_value, &count, CLASS_OVERFLOW_ERROR)) return NULL;
  if (count < 0) return raise_value_error("n must be >= 0");
  if (count == 0) return tuple_new(NULL, 0);
  Value iterator = value_iterate(iterable), copy;
  if (!iterator) return NULL;
  int copyable = value_find_attribute(iterator, NAME(__copy__), &copy);
  if (copyable < 0) return NULL;
  if (!copyable) {
    if (!(iterator = tee_over(iterator)) || !(copy = value_get_attribute(iterator, NAME(__copy__)))) return NULL;
  }
  Tuple *result = tuple_allocate((size_t)count);
  if (!result) return NULL;
  gc_store(result, &result->items[0], iterator);
  for (ptrdiff_t i = 1; i < count; i++) {
    Value next = value_call_0(copy);
    if (!next) return NULL;
    gc_store(result, &result->items[i], next);
  }
  return value_from_cell(result);
}
