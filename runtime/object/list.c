// list: the C functions of sequence.h. Methods are in list_methods.c, sorting in list_sort.c, iterators in
// list_iterator.c.
//
// A List points to a ListItems cell, which is replaced when it is too small and never shared by two lists. Slots at
// `count` and behind are zero.
//
//   operation                         how it is atomic
//   read an item                      lock-free: items, then the item; zero or out of bounds: again under the lock
//   replace an item, append, pop      under the lock: one store (append: the item before the count)
//   insert, delete, extend, reverse   under the lock, each word by a whole store; a reader meets the item of before or
//                                     after in each place
//   copy, slice, concatenate          memory first, then copied under the lock; again if the list has grown meanwhile
//   sort                              keys that need no Python code to compare: a copy is sorted, and published under
//   the
//                                     lock if the list is still the same. Otherwise the list is empty while it runs
//   in, index, count                  lock-free; again if items have moved meanwhile (`version`)
//   compare, repr                     Python code runs in between: of a copy once there are several threads
//   remove                            searched, then removed under the lock if the item is still there
//   iterate                           item by item, as in CPython

#include "runtime/object/list.h"
#include "runtime/heap/alloc.h"
#include "runtime/heap/let_go.h"
#include "runtime/object/container.h"
#include "runtime/object/dict_view.h"
#include "runtime/object/set_table.h"
#include <string.h>

static void list_items_trace(Cell *cell, Tracer *tracer) {
  ListItems *items = (ListItems *)cell;
  trace_range(tracer, items->items, items->items + items->capacity);
}
static const CellType list_items_type = {
    .name = "list items", .trace = list_items_trace, .only_values_from = offsetof(ListItems, items), .has_tail = true};
static Shape *list_items_shape;

ListItems *list_items_allocate(size_t capacity) {
  if (capacity > PTRDIFF_MAX / sizeof(Value) - sizeof(ListItems)) {
    raise_memory_error();
    return NULL;
  }
  const Shape *shape = shape_internal(&list_items_shape, &list_items_type);
  if (!shape) return NULL;
  // What the size class gives beyond the request is used as well.
  size_t size = cell_usable_size(sizeof(ListItems) + capacity * sizeof(Value));
  ListItems *items = cell_alloc(shape, size);
  if (items) items->capacity = (size - sizeof(ListItems)) / sizeof(Value);
  return items;
}

// The capacity for a list that has just outgrown its items: small lists grow by half, large ones by a sixth, so that no
// more than a seventh of a large list is unused.
static size_t list_grown_capacity(size_t needed) {
  return needed + (needed < 65536 ? needed / 2 : needed / 6) + 2;
}

// Enlarges the items in place, which works for very large ones. Under the list's lock.
static bool list_items_grow(ListItems *items, size_t capacity) {
  if (capacity > PTRDIFF_MAX / sizeof(Value) - sizeof(ListItems)) return false;
  size_t grown = (cell_grow(items, sizeof(ListItems) + capacity * sizeof(Value)) - sizeof(ListItems)) / sizeof(Value);
  if (grown <= items->capacity) return false;
  __atomic_store_n(&items->capacity, grown, __ATOMIC_RELEASE);
  return grown >= capacity;
}

bool list_lock_with_room(List *list, size_t extra) {
  for (ListItems *fresh = NULL;;) {
    cell_lock(list);
    ListItems *items = list_items(list);
    size_t count = list->count, needed = count + extra;
    if (needed == 0 || (items && items->capacity >= needed)) return true;
    if (items && needed >= extra && list_items_grow(items, needed + needed / 8)) return true;
    if (fresh && fresh->capacity >= needed) {
      if (items) gc_init_copy(fresh, fresh->items, items, items->items, count);
      gc_store(list, &list->items, value_from_cell(fresh));
      return true;
    }
    cell_unlock(list);
    if (needed < extra || needed > PTRDIFF_MAX / sizeof(Value)) {
      raise_memory_error();
      return false;
    }
    // A first bulk extension is taken to be the last one.
    fresh = list_items_allocate(count == 0 && extra > 1 ? needed : list_grown_capacity(needed));
    if (!fresh) return false;
  }
}

// Gives memory back when a large list has become short. Does nothing if memory is short.
static void list_shrink(List *list) {
  ListItems *items = list_items(list);
  size_t count = list_count(value_from_cell(list));
  if (!items || items->capacity < 256 || count >= items->capacity / 4) return;
  ListItems *fresh = list_items_allocate(count + count / 2 + 8);
  if (!fresh) {
    exception_clear();
    return;
  }
  cell_lock(list);
  if (list_items(list) == items && list->count <= fresh->capacity) {
    gc_init_copy(fresh, fresh->items, items, items->items, list->count);
    gc_store(list, &list->items, value_from_cell(fresh));
  }
  cell_unlock(list);
}

Value list_new_sized(size_t capacity) {
  List *list = cell_alloc_inline(SHAPE(LIST), sizeof(List));
  if (!list) return NULL;
  if (capacity) {
    ListItems *items = list_items_allocate(capacity);
    if (!items) return NULL;
    gc_init(list, &list->items, value_from_cell(items));
  }
  return value_from_cell(list);
}

Value list_new(const Value *source, size_t count) {
  Value list = list_new_sized(count);
  if (!list || count == 0) return list;
  ListItems *items = list_items(value_as_list(list));
  for (size_t i = 0; i < count; i++) gc_init(items, &items->items[i], source[i]);
  value_as_list(list)->count = count;
  return list;
}

bool list_append(Value list_value, Value item) {
  List *list = value_as_list(list_value);
  cell_lock(list);
  ListItems *items = list_items(list);
  size_t count = list->count;
  if (__builtin_expect(!items || count >= items->capacity, 0)) {
    cell_unlock(list);
    if (!list_lock_with_room(list, 1)) return false;
    items = list_items(list);
    count = list->count;
  }
  gc_store(items, &items->items[count], item);
  list_set_count(list, count + 1);
  cell_unlock(list);
  return true;
}

// Into a locked list with room.
static void list_insert_locked(List *list, size_t index, Value item) {
  ListItems *items = list_items(list);
  size_t count = list->count;
  list_move_begin(list);
  gc_move(items, &items->items[index + 1], &items->items[index], count - index);
  gc_store(items, &items->items[index], item);
  list_set_count(list, count + 1);
  list_move_end(list);
}

bool list_insert(Value list_value, ptrdiff_t index, Value item) {
  List *list = value_as_list(list_value);
  if (!list_lock_with_room(list, 1)) return false;
  ptrdiff_t count = (ptrdiff_t)list->count;
  if (index < 0) index += count;
  if (index < 0) index = 0;
  if (index > count) index = count;
  list_insert_locked(list, (size_t)index, item);
  cell_unlock(list);
  return true;
}

uint64_t list_version_settled(List *list) {
  uint64_t version = list_version(list);
  if (!(version & 1)) return version;
  cell_lock(list);
  version = list->version;
  cell_unlock(list);
  return version;
}

int list_insert_if(Value list_value, uint64_t version, size_t count, size_t index, Value item) {
  List *list = value_as_list(list_value);
  if (!list_lock_with_room(list, 1)) return -1;
  bool holds = list->version == version && list->count == count;
  if (holds) list_insert_locked(list, index, item);
  cell_unlock(list);
  return holds;
}

bool list_append_array(Value list_value, const Value *source, size_t count) {
  if (count == 0) return true;
  List *list = value_as_list(list_value);
  if (!list_lock_with_room(list, count)) return false;
  ListItems *items = list_items(list);
  gc_move(items, &items->items[list->count], source, count);
  list_set_count(list, list->count + count);
  cell_unlock(list);
  return true;
}

Value container_snapshot(Value iterable) {
  if (!value_is_cell(iterable)) return NULL;
  if (VALUE_IS_EXACT(iterable, DICT)) return dict_keys(iterable);
  if (VALUE_IS_EXACT(iterable, SET) || VALUE_IS_EXACT(iterable, FROZENSET)) return set_to_list(iterable);
  Class *class = value_class(iterable);
  Value dict = gc_load(&((DictView *)value_cell(iterable))->dict); // if it is a view
  if (class == BUILTIN(DICT_KEYS)) return dict_keys(dict);
  if (class == BUILTIN(DICT_VALUES)) return dict_values(dict);
  if (class == BUILTIN(DICT_ITEMS)) return dict_items(dict);
  return threads_started && class->native && class->native->snapshot ? class->native->snapshot(iterable) : NULL;
}

// Gives the storage of a list that nobody else has to one that is empty. False: it has storage meanwhile.
static bool list_adopt(List *list, const List *copy) {
  cell_lock(list);
  bool empty = !list->items;
  if (empty) {
    gc_store(list, &list->items, copy->items);
    list_set_count(list, copy->count);
  }
  cell_unlock(list);
  return empty;
}

// Appends what an iterator gives; many items at a time if nobody has seen the list yet (an iterator may look at it).
static bool list_extend_from(Value list, Value iterator, bool is_unseen) {
  enum { BATCH = 32 };
  Value batch[BATCH], item;
  size_t limit = is_unseen ? BATCH : 1, count = 0;
  Iteration iteration = iteration_over(iterator);
  while (iteration_next_inline(&iteration, &item)) {
    batch[count++] = item;
    if (count < limit) continue;
    if (!list_append_array(list, batch, count)) return false;
    count = 0;
  }
  if (count == 0) return !iteration_failed(&iteration);
  Value exception = iteration_failed(&iteration) ? exception_take() : NULL;
  if (!list_append_array(list, batch, count)) return false;
  if (exception) exception_restore(exception);
  return !exception;
}

static bool list_add_all(Value list, Value iterable, bool is_unseen) {
  if (VALUE_IS_EXACT(iterable, TUPLE)) {
    bool done = list_append_array(list, value_as_tuple(iterable)->items, tuple_count(iterable));
    KEEP(iterable);
    return done;
  }
  if (VALUE_IS_EXACT(iterable, LIST)) {
    if (!gc_load(&value_as_list(list)->items)) {
      Value copy = list_copy(iterable);
      if (!copy) return false;
      if (list_adopt(value_as_list(list), value_as_list(copy))) return true;
    }
    // Through a snapshot: the two locks are never held at once, and a list may extend itself.
    Value snapshot = list_to_tuple(iterable);
    if (!snapshot) return false;
    bool done = list_append_array(list, value_as_tuple(snapshot)->items, tuple_count(snapshot));
    KEEP(snapshot);
    return done;
  }
  Value snapshot = container_snapshot(iterable);
  if (snapshot) {
    ListItems *items = list_items(value_as_list(snapshot));
    bool done = list_append_array(list, items ? items->items : NULL, list_count(snapshot));
    KEEP(snapshot);
    return done;
  }
  if (exception_pending()) return false;
  Value iterator = value_iterate(iterable);
  if (!iterator) return false;
  ptrdiff_t hint = value_length_hint(iterable, 8);
  if (hint < 0) return false;
  if ((size_t)hint < PTRDIFF_MAX / sizeof(Value) - list_count(list)) {
    // Only a hint: what does not fit is found out by growing.
    if (!list_lock_with_room(value_as_list(list), (size_t)hint)) {
      if (!exception_clear_if(CLASS_MEMORY_ERROR)) return false;
    } else {
      cell_unlock(value_as_list(list));
    }
  }
  return list_extend_from(list, iterator, is_unseen);
}
bool list_extend(Value list, Value iterable) {
  return list_add_all(list, iterable, false);
}
bool list_fill(Value list, Value iterable) {
  return list_add_all(list, iterable, true);
}

Value list_item_slow(Value list_value, size_t index) {
  List *list = value_as_list(list_value);
  cell_lock(list);
  Value item = index < list->count ? list_items(list)->items[index] : NULL;
  cell_unlock(list);
  return item;
}

bool list_set_item(Value list_value, size_t index, Value item) {
  List *list = value_as_list(list_value);
  cell_lock(list);
  bool in_range = index < list->count;
  Value former = NULL;
  if (in_range) {
    ListItems *items = list_items(list);
    former = items->items[index];
    gc_store(items, &items->items[index], item);
  }
  cell_unlock(list);
  heap_let_go(former);
  return in_range;
}

// Removes items [start, end) of a locked list.
static void list_close_gap(List *list, size_t start, size_t end) {
  ListItems *items = list_items(list);
  size_t count = list->count, removed = end - start;
  if (end < count) {
    list_move_begin(list);
    gc_move(items, &items->items[start], &items->items[end], count - end);
    list_move_end(list);
  }
  list_set_count(list, count - removed);
  if (removed == 1)
    gc_store(items, &items->items[count - 1], NULL);
  else
    gc_fill(items, &items->items[count - removed], NULL, removed);
}

bool list_delete_range(Value list_value, size_t start, size_t end) {
  List *list = value_as_list(list_value);
  cell_lock(list);
  if (end > list->count) end = list->count;
  // Of several, the cell that held them tells whether any is watched.
  Value former = start < end ? end - start == 1 ? list_items(list)->items[start] : list->items : NULL;
  if (start < end) list_close_gap(list, start, end);
  cell_unlock(list);
  list_shrink(list);
  heap_let_go(former);
  return true;
}

Value list_pop_at(Value list_value, ptrdiff_t index) {
  List *list = value_as_list(list_value);
  cell_lock(list);
  ptrdiff_t count = (ptrdiff_t)list->count;
  if (index < 0) index += count;
  if (index < 0 || index >= count) {
    cell_unlock(list);
    return NULL;
  }
  ListItems *items = list_items(list);
  Value item = items->items[index];
  list_close_gap(list, (size_t)index, (size_t)index + 1);
  bool sparse = items->capacity >= 256 && list->count < items->capacity / 4;
  cell_unlock(list);
  if (sparse) list_shrink(list);
  heap_let_go(item);
  return item;
}

Value list_pop(Value list) {
  return list_pop_at(list, -1);
}

Value list_slice(Value list_value, size_t length, size_t start, size_t end) {
  List *list = value_as_list(list_value);
  size_t selected = end - start;
  Value result = list_new_sized(selected);
  if (!result) return NULL;
  List *copy = value_as_list(result);
  cell_lock(list);
  bool holds = list->count == length;
  if (holds && selected) {
    const ListItems *from = list_items(list);
    gc_init_copy(list_items(copy), list_items(copy)->items, from, from->items + start, selected);
    copy->count = selected;
  }
  cell_unlock(list);
  return holds ? result : NULL;
}

Value list_copy(Value list) {
  for (;;) {
    size_t count = list_count(list);
    Value copy = list_slice(list, count, 0, count);
    if (copy || exception_pending()) return copy;
  }
}

Value list_to_tuple(Value list_value) {
  List *list = value_as_list(list_value);
  for (;;) {
    size_t count = list_count(list_value);
    if (count == 0) return tuple_new(NULL, 0);
    Tuple *tuple = tuple_allocate(count);
    if (!tuple) return NULL;
    cell_lock(list);
    bool same = list->count == count;
    if (same) gc_init_copy(tuple, tuple->items, list_items(list), list_items(list)->items, count);
    cell_unlock(list);
    if (same) return value_from_cell(tuple);
  }
}

int list_replace_range(Value list_value, size_t length, size_t start, size_t end, const Value *source, size_t count) {
  List *list = value_as_list(list_value);
  if (!list_lock_with_room(list, count)) return -1;
  if (list->count != length) {
    cell_unlock(list);
    return 0;
  }
  ListItems *items = list_items(list);
  size_t removed = end - start;
  Value former = removed ? list->items : NULL; // tells whether any of those removed is watched
  if (count < removed) list_close_gap(list, start + count, end);
  list_move_begin(list);
  if (count > removed) {
    gc_move(items, &items->items[start + count], &items->items[end], length - end);
    list_set_count(list, length + count - removed);
  }
  gc_move(items, &items->items[start], source, count);
  list_move_end(list);
  cell_unlock(list);
  if (count < removed) list_shrink(list);
  heap_let_go(former);
  return 1;
}

bool list_publish(Value list_value, const Tuple *before, ListItems *after) {
  List *list = value_as_list(list_value);
  gc_remember(after);
  cell_lock(list);
  bool same = list->count == before->count &&
              (before->count == 0 || !memcmp(list_items(list)->items, before->items, before->count * sizeof(Value)));
  if (same) {
    list_move_begin(list);
    gc_store(list, &list->items, value_from_cell(after));
    list_move_end(list);
  }
  cell_unlock(list);
  return same;
}

bool list_remove_if(Value list_value, size_t index, Value item) {
  List *list = value_as_list(list_value);
  cell_lock(list);
  bool same = index < list->count && list_items(list)->items[index] == item;
  if (same) list_close_gap(list, index, index + 1);
  cell_unlock(list);
  if (same) list_shrink(list);
  if (same) heap_let_go(item);
  return same;
}

bool list_reverse(Value list_value) {
  List *list = value_as_list(list_value);
  cell_lock(list);
  ListItems *items = list_items(list);
  list_move_begin(list);
  if (list->count) gc_remember(items); // its own values: nothing else to tell the collector
  for (size_t low = 0, high = list->count; low + 1 < high;) {
    Value item = items->items[low];
    __atomic_store_n(&items->items[low++], items->items[--high], __ATOMIC_RELEASE);
    __atomic_store_n(&items->items[high], item, __ATOMIC_RELEASE);
  }
  list_move_end(list);
  cell_unlock(list);
  return true;
}

void list_clear(Value list_value) {
  List *list = value_as_list(list_value);
  Value former = NULL;
  cell_lock(list);
  // A list that is being sorted looks empty, and clearing it does not count as a modification.
  if (list->count) {
    former = list->items;
    list_set_count(list, 0);
    gc_store(list, &list->items, NULL);
  }
  cell_unlock(list);
  heap_let_go(former);
}
