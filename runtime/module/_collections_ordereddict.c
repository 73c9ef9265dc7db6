// collections.OrderedDict: a dict (which keeps order anyway) that can reorder its keys, compares order, and notices
// while iterating that keys came, went or moved.
//
// In CPython the order is kept beside the dict, so that removing a key behind the OrderedDict's back (dict.pop(od,
// key)) shows as a KeyError later, and so does a key that can no longer be found under its hash. Here the first is
// noticed by the number of keys, the second by looking values up when keys may be unstable.
//
// Operations are atomic as those of dict are; moving a key is one step as well (dict_move). `known` is a plain word:
// once there are several threads nobody asks it.

#include "runtime/module/_collections.h"
#include "runtime/object/call.h"
#include "runtime/object/dict_view.h"

typedef struct OrderedDict {
  Dict dict;
  size_t known; // keys after the last change by an OrderedDict method
} OrderedDict;

static inline void ordered_note(Value self) {
  if (!threads_started) ((OrderedDict *)value_cell(self))->known = dict_count(self);
}
// False with KeyError pending: keys were removed behind our back. With threads, one may just be in the middle of a
// change.
static bool ordered_is_whole(Value self) {
  if (threads_started || dict_count(self) == 0 || dict_count(self) >= ((OrderedDict *)value_cell(self))->known)
    return true;
  raise_none(CLASS_KEY_ERROR);
  return false;
}

static inline bool value_is_ordered_dict(Value value) {
  return value_is_instance(value, collections.ordered_dict);
}
static inline bool is_exact(Value value) {
  return value_class(value) == collections.ordered_dict;
}

static Value ordered_items_method(Value self);

// Updating calls __setitem__, which a subclass may override.

static bool add_pairs(Value self, Value pairs) {
  Value element;
  Iteration i = iteration_start(pairs);
  while (iteration_next(&i, &element)) {
    Value pair = value_to_tuple(element);
    if (!pair) return false;
    size_t count = tuple_count(pair);
    if (count < 2) {
      raise_value_error("need more than %zu value%s to unpack", count, count == 1 ? "" : "s");
      return false;
    }
    if (count > 2) {
      raise_value_error("too many values to unpack (expected 2)");
      return false;
    }
    if (!value_set_item(self, tuple_item(pair, 0), tuple_item(pair, 1))) return false;
  }
  return !iteration_failed(&i);
}

static bool update_from(Value self, Value other) {
  if (VALUE_IS_EXACT(other, DICT)) {
    Value items = dict_items(other);
    return items && add_pairs(self, items);
  }
  Value method, keys, items, key;
  int found = value_find_attribute(other, NAME(keys), &method);
  if (found < 0) return false;
  if (found) {
    if (!(keys = value_call_0(method))) return false;
    Iteration i = iteration_start(keys);
    while (iteration_next(&i, &key)) {
      Value value = value_get_item(other, key);
      if (!value || !value_set_item(self, key, value)) return false;
    }
    return !iteration_failed(&i);
  }
  found = value_find_attribute(other, NAME(items), &method);
  if (found < 0) return false;
  if (!found) return add_pairs(self, other);
  return (items = value_call_0(method)) && add_pairs(self, items);
}

static bool update_with_arguments(Value self, Value *arguments, size_t count, Value keyword_names) {
  if (count && !update_from(self, arguments[0])) return false;
  for (size_t i = 0; keyword_names && i < tuple_count(keyword_names); i++)
    if (!value_set_item(self, tuple_item(keyword_names, i), arguments[count + i])) return false;
  return true;
}

static Value ordered_initialize(Value self, Value *arguments, size_t count, Value keyword_names) {
  if (count > 1) return raise_type_error("expected at most 1 arguments, got %zu", count);
  return update_with_arguments(self, arguments, count, keyword_names) ? VALUE_NONE : NULL;
}

static Value ordered_update(Value self, Value *arguments, size_t count, Value keyword_names) {
  if (count > 1) return raise_type_error("update() takes at most 1 positional argument (%zu given)", count);
  return update_with_arguments(self, arguments, count, keyword_names) ? VALUE_NONE : NULL;
}

// Order

static Value raise_missing(Value key) {
  return exception_pending() ? NULL : raise_key_error(key);
}

static Value ordered_move_to_end(Value self, Value key, Value last) {
  int to_end = last ? value_truth(last) : 1;
  if (to_end < 0) return NULL;
  int64_t hash = dict_key_hash(key);
  int moved = hash == -1 ? -1 : dict_move(self, key, hash, to_end);
  return moved > 0 ? VALUE_NONE : moved < 0 ? NULL : raise_key_error(key);
}

static Value ordered_pop_item(Value self, Value last) {
  int from_end = last ? value_truth(last) : 1;
  if (from_end < 0) return NULL;
  Value key, value;
  int taken = from_end ? dict_take_last(self, &key, &value) : dict_take_first(self, &key, &value);
  ordered_note(self);
  if (taken) return taken < 0 ? NULL : tuple_pair(key, value);
  return raise(CLASS_KEY_ERROR, "dictionary is empty");
}

static Value ordered_pop(Value self, Value key, Value otherwise) {
  Value value = dict_pop(self, key);
  if (!value) return exception_pending() ? NULL : otherwise ? otherwise : raise_key_error(key);
  ordered_note(self);
  return value;
}

static Value ordered_set_item(Value self, Value key, Value value) {
  if (!dict_set(self, key, value)) return NULL;
  ordered_note(self);
  return VALUE_NONE;
}

static Value ordered_delete_item(Value self, Value key) {
  int deleted = dict_delete(self, key);
  if (deleted <= 0) return deleted < 0 ? NULL : raise_key_error(key);
  ordered_note(self);
  return VALUE_NONE;
}

static Value ordered_set_default(Value self, Value key, Value otherwise) {
  if (!otherwise) otherwise = VALUE_NONE;
  if (is_exact(self)) {
    Value value = dict_set_default(self, key, otherwise);
    ordered_note(self);
    return value;
  }
  int there = value_contains(self, key);
  if (there < 0) return NULL;
  if (there) return value_get_item(self, key);
  return value_set_item(self, key, otherwise) ? otherwise : NULL;
}

static Value ordered_clear(Value self) {
  dict_clear(self);
  ordered_note(self);
  return VALUE_NONE;
}

static Value ordered_copy(Value self) {
  Value copy = value_call_0(value_from_cell(value_class(self)));
  if (!copy) return NULL;
  Value keys = dict_keys(self);
  for (size_t i = 0; keys && i < list_count(keys); i++) {
    Value key = list_item(keys, i), value = is_exact(self) ? dict_get(self, key) : value_get_item(self, key);
    if (!value && !exception_pending()) raise_key_error(key);
    if (!value || !value_set_item(copy, key, value)) return NULL;
  }
  return keys ? copy : NULL;
}

static Value ordered_from_keys(Value class, Value iterable, Value value) {
  Value dict = value_call_0(class), key;
  if (!dict) return NULL;
  Iteration i = iteration_start(iterable);
  while (iteration_next(&i, &key))
    if (!value_set_item(dict, key, value ? value : VALUE_NONE)) return NULL;
  return iteration_failed(&i) ? NULL : dict;
}

static Value ordered_compare(Value self, Value other, Comparison comparison) {
  bool unordered = comparison != COMPARE_EQUAL && comparison != COMPARE_NOT_EQUAL;
  if (unordered || !value_is_dict(self) || !value_is_dict(other)) return VALUE_NOT_IMPLEMENTED;
  Value as_dicts = special_call_2(class_special(BUILTIN(DICT), SPECIAL_EQUAL), self, other);
  int equal = as_dicts ? value_truth(as_dicts) : -1;
  if (equal > 0 && value_is_ordered_dict(other)) {
    Value mine = dict_keys(self), others = mine ? dict_keys(other) : NULL;
    equal = others ? value_equal(mine, others) : -1;
  }
  return equal < 0 ? NULL : value_from_bool((comparison == COMPARE_EQUAL) == equal);
}
COMPARISON_METHODS(ordered, ordered_compare)

static Value ordered_repr(Value self) {
  Value name = value_class(self)->name;
  if (!ordered_is_whole(self)) return NULL;
  if (dict_count(self) == 0) return str_format_c("%U()", name);
  int entered = repr_enter(self);
  if (entered) return entered < 0 ? NULL : str_from_c("...");
  Value items = is_exact(self) ? ordered_items_method(self) : value_call_method_0(self, "items");
  if (items) items = value_to_list(items);
  Value text = items ? str_format_c("%U(%R)", name, items) : NULL;
  repr_leave(self);
  return text;
}

static Value ordered_reduce(Value self) {
  Value state = value_call_method_0(self, "__getstate__");
  Value items = state ? value_call_method_0(self, "items") : NULL, iterator = items ? value_iterate(items) : NULL;
  return tuple_of(5, value_from_cell(value_class(self)), tuple_new(NULL, 0), state, VALUE_NONE, iterator);
}

static Value ordered_or_as(Value class, Value left, Value right) {
  if (!value_is_dict(left) || !value_is_dict(right)) return VALUE_NOT_IMPLEMENTED;
  Value result = value_call_1(class, left);
  return result && update_from(result, right) ? result : NULL;
}
static Value ordered_or(Value self, Value other) {
  return ordered_or_as(value_from_cell(value_class(self)), self, other);
}
static Value ordered_reflected_or(Value self, Value other) {
  return ordered_or_as(value_from_cell(value_class(self)), other, self);
}
static Value ordered_in_place_or(Value self, Value other) {
  return update_from(self, other) ? self : NULL;
}

// Iterators: a dict iterator that is watched.

typedef struct OrderedIterator {
  Cell head;
  Value dict;     // zero: exhausted
  Value iterator; // over the dict's keys, values or items
  uint64_t version;
  DictPart part;
} OrderedIterator;

static Value ordered_iterator_new(Value dict, DictPart part, bool reversed) {
  if (!ordered_is_whole(dict)) return NULL;
  Value iterator = dict_iterator_new(dict, DICT_PART_KEY, reversed);
  OrderedIterator *self = iterator ? class_allocate(collections.ordered_iterator, 0) : NULL;
  if (!self) return NULL;
  gc_init(self, &self->dict, dict);
  gc_init(self, &self->iterator, iterator);
  self->version = dict_keys_version(dict);
  self->part = part;
  return value_from_cell(self);
}

static Value raise_mutated(void) {
  return raise(CLASS_RUNTIME_ERROR, "OrderedDict mutated during iteration");
}

static Value ordered_iterator_next(Value value) {
  OrderedIterator *self = (OrderedIterator *)value_cell(value);
  Value dict = gc_load(&self->dict);
  if (!dict) return VALUE_STOP;
  if (dict_keys_version(dict) != self->version) {
    gc_store(self, &self->dict, NULL);
    return raise_mutated();
  }
  Value key = iterator_next(self->iterator);
  if (key == VALUE_STOP) gc_store(self, &self->dict, NULL);
  if (!key || key == VALUE_STOP || self->part == DICT_PART_KEY) return key;
  Value found = dict_get(dict, key);
  if (!found) {
    gc_store(self, &self->dict, NULL);
    bool has_changed = !exception_pending() && dict_keys_version(dict) != self->version; // by another thread
    return has_changed ? raise_mutated() : raise_missing(key);
  }
  return self->part == DICT_PART_VALUE ? found : tuple_of(2, key, found);
}

static Value ordered_iterator_reduce(Value value) {
  OrderedIterator *self = (OrderedIterator *)value_cell(value);
  if (!self->dict) return reduce_to(builtin_named("iter"), tuple_of(1, list_new_sized(0)), NULL);
  // The rest as a list, from a second iterator that stands at the same place.
  Value keys = value_call_method_0(self->iterator, "__reduce__");
  Value rest = keys ? tuple_item(tuple_item(keys, 1), 0) : NULL, items = rest ? list_new_sized(list_count(rest)) : NULL;
  for (size_t i = 0; items && i < list_count(rest); i++) {
    Value item = list_item(rest, i);
    if (self->part != DICT_PART_KEY) {
      Value found = dict_get(self->dict, item);
      if (!found) return raise_missing(item);
      item = self->part == DICT_PART_VALUE ? found : tuple_of(2, item, found);
    }
    if (!item || !list_append(items, item)) return NULL;
  }
  return items ? reduce_to(builtin_named("iter"), tuple_of(1, items), NULL) : NULL;
}

static const NativeMethod ordered_iterator_methods[] = {
    ITERATOR_ENTRIES(ordered_iterator_next),
    NATIVE("__reduce__", ordered_iterator_reduce, NULL, "What pickle needs to rebuild the iterator."),
    {},
};
static const CellType ordered_iterator_type = {.name = "odict iterator", CELL_VALUES(OrderedIterator, dict, iterator)};
const ClassDef ordered_iterator_class = {
    .name = "odict_iterator",
    .cell_type = &ordered_iterator_type,
    .instance_size = sizeof(OrderedIterator),
    .flags = CLASS_NO_NEW,
    .methods = ordered_iterator_methods,
};

// Views: those of dict, with the watched iterators.

#define ORDERED_VIEW(prefix, name_, part, list)                                                                        \
  static Value prefix##_iterate(Value self) {                                                                          \
    return ordered_iterator_new(((DictView *)value_cell(self))->dict, part, false);                                    \
  }                                                                                                                    \
  static Value prefix##_reversed(Value self) {                                                                         \
    return ordered_iterator_new(((DictView *)value_cell(self))->dict, part, true);                                     \
  }                                                                                                                    \
  static const NativeMethod prefix##_methods[] = {                                                                     \
      NATIVE("__iter__", prefix##_iterate, "($self, /)", "Implement iter(self)."),                                     \
      NATIVE("__reversed__", prefix##_reversed, NULL, "Return a reverse iterator over the view."),                     \
      {},                                                                                                              \
  };                                                                                                                   \
  static Value prefix##_snapshot(Value self) {                                                                         \
    return list(((DictView *)value_cell(self))->dict);                                                                 \
  }                                                                                                                    \
  const ClassDef prefix##_class = {.name = name_,                                                                      \
                                   .instance_size = sizeof(DictView),                                                  \
                                   .flags = CLASS_NO_NEW,                                                              \
                                   .methods = prefix##_methods,                                                        \
                                   .snapshot = prefix##_snapshot};
ORDERED_VIEW(ordered_keys, "odict_keys", DICT_PART_KEY, dict_keys)
ORDERED_VIEW(ordered_values, "odict_values", DICT_PART_VALUE, dict_values)
ORDERED_VIEW(ordered_items, "odict_items", DICT_PART_ITEM, dict_items)

static Value ordered_view_new(Class *class, Value dict) {
  DictView *view = class_allocate(class, 0);
  if (view) gc_init(view, &view->dict, dict);
  return value_from_cell(view);
}
static Value ordered_keys_method(Value self) {
  return ordered_view_new(collections.ordered_keys, self);
}
static Value ordered_values_method(Value self) {
  return ordered_view_new(collections.ordered_values, self);
}
static Value ordered_items_method(Value self) {
  return ordered_view_new(collections.ordered_items, self);
}
static Value ordered_iterate(Value self) {
  return ordered_iterator_new(self, DICT_PART_KEY, false);
}
static Value ordered_reversed(Value self) {
  return ordered_iterator_new(self, DICT_PART_KEY, true);
}

static const NativeMethod ordered_methods[] = {
    NATIVE("__init__", ordered_initialize, "($self, /, *args, **kwargs)", "Fill the dict from a mapping or pairs."),
    NATIVE("__repr__", ordered_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__setitem__", ordered_set_item, "($self, key, value, /)", "Set self[key] to value."),
    NATIVE("__delitem__", ordered_delete_item, "($self, key, /)", "Delete self[key]."),
    NATIVE("__iter__", ordered_iterate, "($self, /)", "Implement iter(self)."),
    NATIVE("__reversed__", ordered_reversed, NULL, "Return a reverse iterator over the keys."),
    COMPARISON_ENTRIES(ordered),
    NATIVE("__or__", ordered_or, "($self, value, /)", "Return self|value."),
    NATIVE("__ror__", ordered_reflected_or, "($self, value, /)", "Return value|self."),
    NATIVE("__ior__", ordered_in_place_or, "($self, value, /)", "Return self|=value."),
    NATIVE("__reduce__", ordered_reduce, NULL, "What pickle needs to rebuild the dict."),
    NATIVE("fromkeys", ordered_from_keys, "($type, /, iterable, value=None)",
           "A new ordered dictionary with keys from an iterable, all with one value.", NATIVE_CLASS),
    NATIVE("setdefault", ordered_set_default, "($self, /, key, default=None)",
           "Return the value for key, stored as default if there is none."),
    NATIVE("pop", ordered_pop, "($self, /, key, default=<unrepresentable>)",
           "Remove a key and return its value, or default; KeyError without one."),
    NATIVE("popitem", ordered_pop_item, "($self, /, last=True)", "Remove and return the last or the first pair."),
    NATIVE("keys", ordered_keys_method, NULL, "A view of the keys."),
    NATIVE("values", ordered_values_method, NULL, "A view of the values."),
    NATIVE("items", ordered_items_method, NULL, "A view of the (key, value) pairs."),
    NATIVE("update", ordered_update, NULL, "Add what a mapping or an iterable of pairs holds, then keywords."),
    NATIVE("clear", ordered_clear, NULL, "Remove all items."),
    NATIVE("copy", ordered_copy, NULL, "Return a shallow copy."),
    NATIVE("move_to_end", ordered_move_to_end, "($self, /, key, last=True)", "Move a key to the end, or to the start."),
    {},
};
const ClassDef ordered_dict_class = {
    .name = "collections.OrderedDict",
    .doc = "Dictionary that remembers insertion order",
    .instance_size = sizeof(OrderedDict),
    .snapshot = dict_keys,
    .flags = CLASS_BASE_TYPE | CLASS_HAS_DICT | CLASS_HAS_WEAKREF | CLASS_UNHASHABLE,
    .methods = ordered_methods,
};
