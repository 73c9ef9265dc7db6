// list as Python sees it: its methods and class.
//
// Threads: list.c says what is atomic.

#include "runtime/heap/let_go.h"
#include "runtime/object/container.h"
#include "runtime/object/list.h"

static Value list_create(Value class, [[maybe_unused]] Value *arguments, [[maybe_unused]] size_t count,
                         [[maybe_unused]] Value keyword_names) {
  if (class == value_from_cell(BUILTIN(LIST))) return list_new_sized(0);
  return value_from_cell(class_allocate(value_as_class(class), 0));
}

static Value list_initialize(Value self, Value *arguments, size_t count, Value keyword_names) {
  // Keywords are for a subclass's own __new__.
  bool plain = class_special(value_class(self), SPECIAL_NEW) == class_special(BUILTIN(LIST), SPECIAL_NEW);
  if (plain && !refuse_keywords("list", keyword_names)) return NULL;
  if (!arguments_check_count("list", count, 0, 1)) return NULL;
  if (list_count(self)) list_clear(self);
  if (count == 0) return VALUE_NONE;
  // A list without storage is a new one, mostly.
  bool is_new = !gc_load(&value_as_list(self)->items);
  return (is_new ? list_fill : list_extend)(self, arguments[0]) ? VALUE_NONE : NULL;
}

static Value list_repr(Value self) {
  if (list_count(self) == 0) return str_from_c("[]");
  int entered = repr_enter(self);
  if (entered) return entered < 0 ? NULL : str_from_c("[...]");
  StrBuilder builder;
  str_builder_start(&builder);
  str_builder_add_character(&builder, '[');
  Value items = list_stable(self);
  bool ok = items != NULL;
  for (size_t i = 0; ok; i++) {
    Value item = list_item(items, i);
    if (!item) break;
    Value text = value_repr(item);
    if (!(ok = text != NULL)) break;
    if (i) str_builder_add_ascii(&builder, ", ", 2);
    str_builder_add(&builder, text);
  }
  repr_leave(self);
  if (!ok) return NULL;
  str_builder_add_character(&builder, ']');
  return str_builder_finish(&builder);
}

static Value list_length(Value self) {
  return value_from_small_int((int64_t)list_count(self));
}

typedef struct ListSearch {
  Value item;
  size_t from, to; // indexes looked at
  bool counts;     // go on after the first
  size_t matches;
  ptrdiff_t index; // of the first match, -1: none
  Value found;     // what stood there
} ListSearch;

static bool list_scan(Value self, ListSearch *search) {
  search->index = -1;
  search->matches = 0;
  for (size_t i = search->from; i < search->to; i++) {
    Value candidate = list_item(self, i);
    if (!candidate) break;
    int equal = value_equal(candidate, search->item);
    if (equal < 0) return false;
    if (!equal) continue;
    if (search->matches++ == 0) {
      search->index = (ptrdiff_t)i;
      search->found = candidate;
    }
    if (!search->counts) break;
  }
  return true;
}

enum { SEARCH_TRIES = 3 };

// Looks for an item. If other threads move items meanwhile, again, and in the end in a copy. False: exception pending.
static bool list_search(Value self, ListSearch *search) {
  const List *list = value_as_list(self);
  for (int tries = 0; tries < SEARCH_TRIES; tries++) {
    uint64_t version = list_version(list);
    if (!list_scan(self, search)) return false;
    if (!threads_started || list_version_holds(list, version)) return true;
  }
  Value copy = list_copy(self);
  return copy && list_scan(copy, search);
}

static Value list_contains(Value self, Value item) {
  ListSearch search = {.item = item, .to = SIZE_MAX};
  return list_search(self, &search) ? value_from_bool(search.matches > 0) : NULL;
}

static Value list_item_signed(Value self, ptrdiff_t index) {
  List *list = value_as_list(self);
  Value item = index >= 0 ? list_item(self, (size_t)index) : list_item(self, list_count(self) + (size_t)index);
  if (item || index >= 0 || !threads_started) return item;
  cell_lock(list);
  size_t place = list->count + (size_t)index;
  item = place < list->count ? list_items(list)->items[place] : NULL;
  cell_unlock(list);
  return item;
}

// `selected` items from `start` on, if the list has `count` items; otherwise zero, and nothing pending.
static Value list_stride(Value self, size_t count, ptrdiff_t start, ptrdiff_t step, size_t selected) {
  Value result = list_new_sized(selected);
  if (!result) return NULL;
  List *list = value_as_list(self), *copy = value_as_list(result);
  ListItems *to = list_items(copy);
  cell_lock(list);
  bool holds = list->count == count;
  for (size_t i = 0; holds && i < selected; i++)
    gc_init(to, &to->items[i], list_items(list)->items[start + (ptrdiff_t)i * step]);
  cell_unlock(list);
  copy->count = holds ? selected : 0;
  return holds ? result : NULL;
}

static Value list_subscript(Value self, Value key) {
  ptrdiff_t index;
  if (value_has_index(key)) {
    if (!value_as_index(key, &index)) return NULL;
    Value item = list_item_signed(self, index);
    return item ? item : raise(CLASS_INDEX_ERROR, "list index out of range");
  }
  if (!VALUE_IS_EXACT(key, SLICE)) return raise_bad_subscript("list", key);
  for (;;) { // again if another thread has changed the length that the slice was resolved for
    size_t count = list_count(self);
    ptrdiff_t start, stop, step, selected = slice_resolve(key, (ptrdiff_t)count, &start, &stop, &step);
    if (selected < 0) return NULL;
    Value result = step == 1 ? list_slice(self, count, (size_t)start, (size_t)(start + selected))
                             : list_stride(self, count, start, step, (size_t)selected);
    if (result || exception_pending()) return result;
  }
}

// The items of an iterable as a tuple; TypeError `message` if it is none.
static Value list_snapshot(Value iterable, const char *message) {
  if (VALUE_IS_EXACT(iterable, TUPLE)) return iterable;
  if (VALUE_IS_EXACT(iterable, LIST)) return list_to_tuple(iterable);
  Value iterator = value_iterate(iterable);
  if (!iterator) return exception_is(CLASS_TYPE_ERROR) ? (exception_clear(), raise_type_error("%s", message)) : NULL;
  return value_to_tuple(iterator);
}

// Removes every `step`th item, `selected` of them, of a locked list.
static void list_remove_stride(List *list, ptrdiff_t start, ptrdiff_t step, ptrdiff_t selected) {
  if (step < 0) { // the same items, from the left
    start += (selected - 1) * step;
    step = -step;
  }
  ListItems *items = list_items(list);
  size_t count = list->count, to = (size_t)start, next = to;
  if (selected) heap_let_go(list->items); // tells whether any item is watched
  list_move_begin(list);
  for (size_t from = to; from < count; from++) {
    if (from == next && selected > 0) {
      next += (size_t)step, selected--;
      continue;
    }
    gc_store(items, &items->items[to++], items->items[from]);
  }
  if (to < count) {
    list_set_count(list, to);
    gc_fill(items, &items->items[to], NULL, count - to);
  }
  list_move_end(list);
}

// Assigns a tuple to a slice, or deletes it (`items` zero): 1; 0 if the list has not `count` items; -1: exception.
static int list_assign_resolved(Value self, size_t count, ptrdiff_t start, ptrdiff_t step, ptrdiff_t selected,
                                Value items) {
  size_t given = items ? tuple_count(items) : 0;
  if (step == 1) {
    const Value *source = items ? value_as_tuple(items)->items : NULL;
    int done = list_replace_range(self, count, (size_t)start, (size_t)(start + selected), source, given);
    KEEP(items);
    return done;
  }
  if (items && (ptrdiff_t)given != selected) {
    raise_value_error("attempt to assign sequence of size %zd to extended slice of size %zd", (ptrdiff_t)given,
                      selected);
    return -1;
  }
  List *list = value_as_list(self);
  cell_lock(list);
  bool holds = list->count == count;
  if (holds && !items && selected) list_remove_stride(list, start, step, selected);
  if (holds && items) {
    ListItems *own = list_items(list);
    for (ptrdiff_t i = 0; i < selected; i++) gc_store(own, &own->items[start + i * step], tuple_item(items, (size_t)i));
  }
  cell_unlock(list);
  return holds;
}

// `value` zero: deletes.
static Value list_assign_slice(Value self, Value key, Value value) {
  Value items = NULL;
  for (;;) { // again if another thread has changed the length that the slice was resolved for
    size_t count = list_count(self);
    ptrdiff_t start, stop, step, selected = slice_resolve(key, (ptrdiff_t)count, &start, &stop, &step);
    if (selected < 0) return NULL;
    if (value && !items) {
      items =
          list_snapshot(value, step == 1 ? "can only assign an iterable" : "must assign iterable to extended slice");
      if (!items) return NULL;
      // Making it may have run Python code, which may have changed the list: then a plain slice is clipped.
      size_t now = list_count(self);
      if ((step != 1 || threads_started) && now != count) continue;
      count = now;
      if ((size_t)start > count) start = (ptrdiff_t)count;
      if (step == 1 && (size_t)(start + selected) > count) selected = (ptrdiff_t)count - start;
    }
    int done = list_assign_resolved(self, count, start, step, selected, items);
    if (done) return done > 0 ? VALUE_NONE : NULL;
  }
}

static Value list_set_subscript(Value self, Value key, Value value) {
  ptrdiff_t index;
  if (value_has_index(key)) {
    if (!value_as_index(key, &index)) return NULL;
    if (index < 0) index += (ptrdiff_t)list_count(self);
    if (index < 0 || !list_set_item(self, (size_t)index, value))
      return raise(CLASS_INDEX_ERROR, "list assignment index out of range");
    return VALUE_NONE;
  }
  if (!VALUE_IS_EXACT(key, SLICE)) return raise_bad_subscript("list", key);
  return list_assign_slice(self, key, value);
}

static Value list_delete_subscript(Value self, Value key) {
  ptrdiff_t index;
  if (value_has_index(key)) {
    if (!value_as_index(key, &index)) return NULL;
    if (!list_pop_at(self, index)) return raise(CLASS_INDEX_ERROR, "list assignment index out of range");
    return VALUE_NONE;
  }
  if (!VALUE_IS_EXACT(key, SLICE)) return raise_bad_subscript("list", key);
  return list_assign_slice(self, key, NULL);
}

static Value list_add(Value self, Value other) {
  if (!value_is_list(other)) return raise_type_error("can only concatenate list (not \"%.200T\") to list", other);
  Value right = list_to_tuple(other);
  if (!right) return NULL;
  Value result = list_copy(self);
  if (!result || !list_append_array(result, value_as_tuple(right)->items, tuple_count(right))) return NULL;
  KEEP(right);
  return result;
}

static Value list_in_place_add(Value self, Value other) {
  return list_extend(self, other) ? self : NULL;
}

// Appends items [0, count) of the list to it until there are `count * times`.
static bool list_repeat(Value self, size_t count, size_t times) {
  size_t total;
  if (__builtin_mul_overflow(count, times, &total)) {
    raise_memory_error();
    return false;
  }
  List *list = value_as_list(self);
  if (!list_lock_with_room(list, total - count)) return false;
  ListItems *items = list_items(list);
  if (list->count == count) {
    for (size_t i = count; i < total; i++) gc_store(items, &items->items[i], items->items[i - count]);
    list_set_count(list, total);
  }
  cell_unlock(list);
  return true;
}

// A list of so many references to `item`, with no room for more.
static Value list_of_same(Value item, size_t count) {
  Value result = list_new_sized(0);
  if (!result || !list_lock_with_room(value_as_list(result), count)) return NULL;
  ListItems *items = list_items(value_as_list(result));
  gc_fill(items, items->items, item, count);
  list_set_count(value_as_list(result), count);
  cell_unlock(value_as_list(result));
  return result;
}

static Value list_multiply(Value self, Value factor) {
  ptrdiff_t times;
  if (!value_as_repetition(factor, &times)) return NULL;
  if (times <= 0) return list_new_sized(0);
  Value only = list_count(self) == 1 ? list_item(self, 0) : NULL;
  if (only) return list_of_same(only, (size_t)times);
  Value result = list_copy(self);
  if (!result || times == 1 || list_count(result) == 0) return result;
  return list_repeat(result, list_count(result), (size_t)times) ? result : NULL;
}

static Value list_in_place_multiply(Value self, Value factor) {
  ptrdiff_t times;
  if (!value_as_repetition(factor, &times)) return NULL;
  size_t count = list_count(self);
  if (times <= 0)
    list_clear(self);
  else if (times > 1 && count && !list_repeat(self, count, (size_t)times))
    return NULL;
  return self;
}

static Value list_compare(Value self, Value other, Comparison comparison) {
  if (!value_is_list(self) || !value_is_list(other)) return VALUE_NOT_IMPLEMENTED;
  size_t count = list_count(self), other_count = list_count(other);
  if (count != other_count && (comparison == COMPARE_EQUAL || comparison == COMPARE_NOT_EQUAL))
    return value_from_bool(comparison == COMPARE_NOT_EQUAL);
  if (!(self = list_stable(self)) || !(other = list_stable(other))) return NULL;
  for (size_t i = 0;; i++) {
    Value a = list_item(self, i), b = list_item(other, i);
    if (!a || !b) break;
    if (a == b) continue;
    int equal = value_equal(a, b);
    if (equal < 0) return NULL;
    if (equal) continue;
    if (!list_item(self, i) || !list_item(other, i)) break; // the comparison has shortened a list
    if (comparison == COMPARE_EQUAL) return VALUE_FALSE;
    if (comparison == COMPARE_NOT_EQUAL) return VALUE_TRUE;
    return value_compare(comparison, a, b);
  }
  return value_from_bool(order_satisfies(comparison, (int64_t)list_count(self), (int64_t)list_count(other)));
}
COMPARISON_METHODS(list, list_compare)

static Value list_iterate(Value self) {
  SequenceIterator *iterator = cell_alloc(SHAPE(LIST_ITERATOR), sizeof(SequenceIterator));
  if (iterator) gc_init(iterator, &iterator->sequence, self);
  return value_from_cell(iterator);
}

static Value list_reversed(Value self) {
  SequenceIterator *iterator = cell_alloc(SHAPE(LIST_REVERSE_ITERATOR), sizeof(SequenceIterator));
  if (!iterator) return NULL;
  gc_init(iterator, &iterator->sequence, self);
  iterator->index = list_count(self) - 1;
  return value_from_cell(iterator);
}

static Value list_size_of(Value self) {
  const List *list = value_as_list(self);
  size_t size = cell_size(&list->head);
  if (list->items) size += cell_size(value_cell(list->items));
  return int_from_size(size);
}

static Value list_clear_method(Value self) {
  list_clear(self);
  return VALUE_NONE;
}

static Value list_append_method(Value self, Value item) {
  return list_append(self, item) ? VALUE_NONE : NULL;
}

static Value list_insert_method(Value self, Value index, Value item) {
  ptrdiff_t place;
  if (!value_as_size(index, &place, CLASS_OVERFLOW_ERROR)) return NULL;
  return list_insert(self, place, item) ? VALUE_NONE : NULL;
}

static Value list_extend_method(Value self, Value iterable) {
  return list_extend(self, iterable) ? VALUE_NONE : NULL;
}

static Value list_pop_method(Value self, Value index) {
  ptrdiff_t place = -1;
  if (index && !value_as_size(index, &place, CLASS_OVERFLOW_ERROR)) return NULL;
  Value item = list_pop_at(self, place);
  if (item) return item;
  return raise(CLASS_INDEX_ERROR, list_count(self) == 0 ? "pop from empty list" : "pop index out of range");
}

static Value list_remove(Value self, Value item) {
  for (;;) {
    ListSearch search = {.item = item, .to = SIZE_MAX};
    if (!list_search(self, &search)) return NULL;
    if (!search.matches) return raise_value_error("list.remove(x): x not in list");
    size_t index = (size_t)search.index;
    if (threads_started ? list_remove_if(self, index, search.found) : list_delete_range(self, index, index + 1)) {
      heap_let_go(search.found);
      return VALUE_NONE;
    }
  }
}

static Value list_index(Value self, Value item, Value start, Value stop) {
  ListSearch search = {.item = item};
  if (!search_bounds(start, stop, list_count(self), &search.from, &search.to) || !list_search(self, &search))
    return NULL;
  return search.matches ? value_from_small_int(search.index) : raise_value_error("%R is not in list", item);
}

static Value list_count_method(Value self, Value item) {
  ListSearch search = {.item = item, .to = SIZE_MAX, .counts = true};
  return list_search(self, &search) ? int_from_size(search.matches) : NULL;
}

static Value list_reverse_method(Value self) {
  list_reverse(self);
  return VALUE_NONE;
}

static Value list_sort_method(Value self, Value key, Value reverse) {
  int descending = 0;
  if (reverse && !value_as_int(reverse, &descending)) return NULL;
  return list_sort(self, key, descending != 0) ? VALUE_NONE : NULL;
}

static const NativeMethod list_methods[] = {
    NATIVE("__new__", list_create, NULL, "Create a list.", NATIVE_STATIC),
    NATIVE("__init__", list_initialize, "($self, /, *args, **kwargs)", "Fill the list with the items of an iterable."),
    NATIVE("__repr__", list_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__len__", list_length, "($self, /)", "Return len(self)."),
    NATIVE("__contains__", list_contains, "($self, key, /)", "Return key in self."),
    NATIVE("__getitem__", list_subscript, "($self, index, /)", "Return self[index].", NATIVE_METHOD),
    NATIVE("__setitem__", list_set_subscript, "($self, key, value, /)", "Set self[key] to value."),
    NATIVE("__delitem__", list_delete_subscript, "($self, key, /)", "Delete self[key]."),
    NATIVE("__iter__", list_iterate, "($self, /)", "Implement iter(self)."),
    NATIVE("__add__", list_add, "($self, value, /)", "Return self+value.", NATIVE_SEQUENCE),
    NATIVE("__iadd__", list_in_place_add, "($self, value, /)", "Implement self+=value.", NATIVE_SEQUENCE),
    NATIVE("__mul__", list_multiply, "($self, value, /)", "Return self*value.", NATIVE_SEQUENCE),
    NATIVE("__rmul__", list_multiply, "($self, value, /)", "Return value*self.", NATIVE_SEQUENCE),
    NATIVE("__imul__", list_in_place_multiply, "($self, value, /)", "Implement self*=value.", NATIVE_SEQUENCE),
    COMPARISON_ENTRIES(list),
    NATIVE("__reversed__", list_reversed, "($self, /)", "Return a reverse iterator over the list."),
    NATIVE("__sizeof__", list_size_of, "($self, /)", "Return the size of the list in memory, in bytes."),
    NATIVE("clear", list_clear_method, "($self, /)", "Remove all items."),
    NATIVE("copy", list_copy, "($self, /)", "Return a shallow copy.", NATIVE_PLAIN),
    NATIVE("append", list_append_method, "($self, object, /)", "Append an object to the end."),
    NATIVE("insert", list_insert_method, "($self, index, object, /)", "Insert an object before an index."),
    NATIVE("extend", list_extend_method, "($self, iterable, /)", "Append the items of an iterable."),
    NATIVE("pop", list_pop_method, "($self, index=-1, /)",
           "Remove and return an item, the last by default; IndexError if there is none."),
    NATIVE("remove", list_remove, "($self, value, /)", "Remove the first occurrence of a value; ValueError if none."),
    NATIVE("index", list_index, "($self, value, start=0, stop=sys.maxsize, /)",
           "Return the first index of a value; ValueError if it is not there."),
    NATIVE("count", list_count_method, "($self, value, /)", "Return how often a value occurs."),
    NATIVE("reverse", list_reverse_method, "($self, /)", "Reverse the order of the items in place."),
    NATIVE("sort", list_sort_method, "($self, /, *, key=None, reverse=False)",
           "Sort the list in place, ascending, keeping the order of equal items."),
    CLASS_GETITEM_ENTRY,
    {},
};

static const CellType list_type = {.name = "list", CELL_VALUES(List, items, items)};

const ClassDef list_class = {
    .name = "list",
    .doc = "list(iterable=(), /)\n--\n\nA mutable sequence.",
    .cell_type = &list_type,
    .instance_size = sizeof(List),
    .flags = CLASS_BASE_TYPE | CLASS_SEQUENCE | CLASS_MATCH_SELF | CLASS_IS_LIST | CLASS_UNHASHABLE,
    .methods = list_methods,
};
