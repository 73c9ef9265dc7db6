// dict as Python sees it: its methods and class.
//
// Threads: dict.c says what is atomic.

#include "runtime/object/container.h"
#include "runtime/object/dict_view.h"
#include "runtime/object/set.h"

static Value dict_create(Value class, [[maybe_unused]] Value *arguments, [[maybe_unused]] size_t count,
                         [[maybe_unused]] Value keyword_names) {
  return dict_new_in(value_as_class(class));
}

// dict(...) and d.update(...): one mapping or iterable of pairs, then keywords.
static bool dict_fill(Value self, const char *function, Value *arguments, size_t count, Value keyword_names) {
  if (!arguments_check_count(function, count, 0, 1)) return false;
  if (count && !dict_update(self, arguments[0], true)) return false;
  for (size_t i = 0; keyword_names && i < tuple_count(keyword_names); i++)
    if (!dict_set(self, tuple_item(keyword_names, i), arguments[count + i])) return false;
  return true;
}

static Value dict_initialize(Value self, Value *arguments, size_t count, Value keyword_names) {
  return dict_fill(self, "dict", arguments, count, keyword_names) ? VALUE_NONE : NULL;
}

static Value dict_update_method(Value self, Value *arguments, size_t count, Value keyword_names) {
  return dict_fill(self, "update", arguments, count, keyword_names) ? VALUE_NONE : NULL;
}

static Value dict_repr(Value self) {
  if (dict_count(self) == 0) return str_from_c("{}");
  int entered = repr_enter(self);
  if (entered) return entered < 0 ? NULL : str_from_c("{...}");
  StrBuilder builder;
  str_builder_start(&builder);
  str_builder_add_character(&builder, '{');
  bool ok = true, first = true;
  Value key, value;
  for (size_t position = 0; dict_next(self, &position, &key, &value); first = false) {
    Value key_text = value_repr(key), text = key_text ? value_repr(value) : NULL;
    if (!(ok = text != NULL)) break;
    if (!first) str_builder_add_ascii(&builder, ", ", 2);
    str_builder_add(&builder, key_text);
    str_builder_add_ascii(&builder, ": ", 2);
    str_builder_add(&builder, text);
  }
  repr_leave(self);
  if (!ok) return NULL;
  str_builder_add_character(&builder, '}');
  return str_builder_finish(&builder);
}

static Value dict_length(Value self) {
  return int_from_size(dict_count(self));
}

static Value dict_contains_method(Value self, Value key) {
  int there = dict_contains(self, key);
  return there < 0 ? NULL : value_from_bool(there);
}

static Value dict_subscript(Value self, Value key) {
  Value found = dict_get(self, key);
  if (__builtin_expect(found != NULL, 1)) return found;
  if (exception_pending()) return NULL;
  if (!VALUE_IS_EXACT(self, DICT)) {
    Value missing = value_special(self, SPECIAL_MISSING);
    if (missing) return special_call_2(missing, self, key);
  }
  return raise_key_error(key);
}

static Value dict_set_subscript(Value self, Value key, Value value) {
  return dict_set(self, key, value) ? VALUE_NONE : NULL;
}

static Value dict_delete_subscript(Value self, Value key) {
  int deleted = dict_delete(self, key);
  return deleted > 0 ? VALUE_NONE : deleted < 0 ? NULL : raise_key_error(key);
}

static Value dict_iterate(Value self) {
  return dict_iterator_new(self, DICT_PART_KEY, false);
}

static Value dict_reversed(Value self) {
  return dict_iterator_new(self, DICT_PART_KEY, true);
}

static int dicts_equal(Value a, Value b) {
  if (dict_count(a) != dict_count(b)) return 0;
  Value key, value;
  for (size_t position = 0; dict_next(a, &position, &key, &value);) {
    Value other = dict_get(b, key);
    if (!other) return exception_pending() ? -1 : 0;
    int equal = value_equal(value, other);
    if (equal <= 0) return equal;
  }
  return 1;
}

static Value dict_compare(Value self, Value other, Comparison comparison) {
  bool unordered = comparison != COMPARE_EQUAL && comparison != COMPARE_NOT_EQUAL;
  if (unordered || !value_is_dict(self) || !value_is_dict(other)) return VALUE_NOT_IMPLEMENTED;
  int equal = dicts_equal(self, other);
  return equal < 0 ? NULL : value_from_bool((comparison == COMPARE_EQUAL) == equal);
}
COMPARISON_METHODS(dict, dict_compare)

static Value dict_or(Value self, Value other) {
  if (!value_is_dict(self) || !value_is_dict(other)) return VALUE_NOT_IMPLEMENTED;
  Value result = dict_copy(self);
  return result && dict_update(result, other, true) ? result : NULL;
}

static Value dict_reflected_or(Value self, Value other) {
  return dict_or(other, self);
}

static Value dict_in_place_or(Value self, Value other) {
  return dict_update(self, other, true) ? self : NULL;
}

static Value dict_get_method(Value self, Value key, Value otherwise) {
  Value found = dict_get(self, key);
  if (found) return found;
  return exception_pending() ? NULL : otherwise ? otherwise : VALUE_NONE;
}

static Value dict_set_default_method(Value self, Value key, Value otherwise) {
  return dict_set_default(self, key, otherwise ? otherwise : VALUE_NONE);
}

static Value dict_pop_method(Value self, Value key, Value otherwise) {
  // An empty dict does not look at the key at all.
  Value found = dict_count(self) ? dict_pop(self, key) : NULL;
  if (found) return found;
  if (exception_pending()) return NULL;
  return otherwise ? otherwise : raise_key_error(key);
}

static Value dict_pop_item(Value self) {
  Value key, value;
  int taken = dict_take_last(self, &key, &value);
  if (taken < 0) return NULL;
  return taken ? tuple_of(2, key, value) : raise(CLASS_KEY_ERROR, "popitem(): dictionary is empty");
}

static Value dict_keys_method(Value self) {
  return dict_view_new(self, DICT_PART_KEY);
}
static Value dict_values_method(Value self) {
  return dict_view_new(self, DICT_PART_VALUE);
}
static Value dict_items_method(Value self) {
  return dict_view_new(self, DICT_PART_ITEM);
}

static Value dict_clear_method(Value self) {
  dict_clear(self);
  return VALUE_NONE;
}

static Value dict_from_keys(Value class, Value iterable, Value value) {
  if (!value) value = VALUE_NONE;
  Value dict = value_call_0(class), key;
  if (!dict) return NULL;
  bool exact = VALUE_IS_EXACT(dict, DICT);
  if (exact && dict_count(dict) == 0 && (VALUE_IS_EXACT(iterable, DICT) || value_is_set(iterable))) {
    // The hashes of the keys are known.
    bool from_set = value_is_set(iterable);
    Value source = from_set ? iterable : dict_copy(iterable);
    size_t expected = !source ? 0 : from_set ? set_count(source) : dict_count(source);
    if (!source || (expected && !dict_reserve(value_as_dict(dict), expected))) return NULL;
    int64_t hash;
    size_t position = 0;
    while (from_set ? set_next(source, &position, &key, &hash)
                    : dict_table_next(dict_table(value_as_dict(source)), false, &position, &key, NULL, &hash))
      if (!dict_set_hashed(dict, key, hash, value)) return NULL;
    return dict;
  }
  Iteration i = iteration_start(iterable);
  while (iteration_next(&i, &key))
    if (!(exact ? dict_set(dict, key, value) : value_set_item(dict, key, value))) return NULL;
  return iteration_failed(&i) ? NULL : dict;
}

static Value dict_size_of(Value self) {
  const Dict *dict = value_as_dict(self);
  size_t size = cell_size(&dict->head);
  if (!dict_instance(dict) && dict_table(dict)) size += cell_size(&dict_table(dict)->head);
  return int_from_size(size);
}

static const NativeMethod dict_methods[] = {
    NATIVE("__new__", dict_create, NULL, "Create a dict.", NATIVE_STATIC),
    NATIVE("__init__", dict_initialize, "($self, /, *args, **kwargs)",
           "Fill the dict from a mapping or pairs, and from keywords."),
    NATIVE("__repr__", dict_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__len__", dict_length, "($self, /)", "Return len(self)."),
    NATIVE("__contains__", dict_contains_method, "($self, key, /)", "True if the dictionary has the specified key.",
           NATIVE_METHOD),
    NATIVE("__getitem__", dict_subscript, "($self, key, /)", "Return self[key].", NATIVE_METHOD),
    NATIVE("__setitem__", dict_set_subscript, "($self, key, value, /)", "Set self[key] to value."),
    NATIVE("__delitem__", dict_delete_subscript, "($self, key, /)", "Delete self[key]."),
    NATIVE("__iter__", dict_iterate, "($self, /)", "Implement iter(self)."),
    NATIVE("__reversed__", dict_reversed, "($self, /)", "Return a reverse iterator over the keys."),
    COMPARISON_ENTRIES(dict),
    NATIVE("__or__", dict_or, "($self, value, /)", "Return self|value."),
    NATIVE("__ror__", dict_reflected_or, "($self, value, /)", "Return value|self."),
    NATIVE("__ior__", dict_in_place_or, "($self, value, /)", "Return self|=value."),
    NATIVE("__sizeof__", dict_size_of, "($self, /)", "Return the size of the dict in memory, in bytes."),
    NATIVE("get", dict_get_method, "($self, key, default=None, /)", "Return the value for key, or default."),
    NATIVE("setdefault", dict_set_default_method, "($self, key, default=None, /)",
           "Return the value for key, stored as default if there is none."),
    NATIVE("pop", dict_pop_method, "($self, key, default=<unrepresentable>, /)",
           "Remove a key and return its value, or default; KeyError without one."),
    NATIVE("popitem", dict_pop_item, "($self, /)", "Remove and return the last (key, value) pair."),
    NATIVE("keys", dict_keys_method, "($self, /)", "A view of the keys.", NATIVE_PLAIN),
    NATIVE("items", dict_items_method, "($self, /)", "A view of the (key, value) pairs.", NATIVE_PLAIN),
    NATIVE("values", dict_values_method, "($self, /)", "A view of the values.", NATIVE_PLAIN),
    NATIVE("update", dict_update_method, NULL, "Add what a mapping or an iterable of pairs holds, then keywords."),
    NATIVE("fromkeys", dict_from_keys, "($type, iterable, value=None, /)",
           "A new dict with keys from an iterable, all with one value.", NATIVE_CLASS),
    NATIVE("clear", dict_clear_method, "($self, /)", "Remove all items."),
    NATIVE("copy", dict_copy, "($self, /)", "Return a shallow copy.", NATIVE_PLAIN),
    CLASS_GETITEM_ENTRY,
    {},
};

static const CellType dict_type = {.name = "dict", CELL_VALUES(Dict, table, table)};

const ClassDef dict_class = {
    .name = "dict",
    .doc = "dict(**kwargs)\ndict(mapping, **kwargs)\ndict(iterable, **kwargs)\n\nA mapping in order of insertion.",
    .cell_type = &dict_type,
    .instance_size = sizeof(Dict),
    .flags = CLASS_BASE_TYPE | CLASS_MAPPING | CLASS_MATCH_SELF | CLASS_IS_DICT | CLASS_UNHASHABLE,
    .methods = dict_methods,
};
