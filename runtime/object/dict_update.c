// Merging into a dict: from dicts, from anything with keys(), from pairs, from the keywords of a call.

#include "runtime/object/container.h"
#include "runtime/object/dict_table.h"

// A dict that may be read entry by entry: no subclass changes what iterating over it gives.
static bool dict_iterates_plainly(Value value) {
  return VALUE_IS_EXACT(value, DICT) || (value_is_dict(value) && class_special(value_class(value), SPECIAL_ITER) ==
                                                                     class_special(BUILTIN(DICT), SPECIAL_ITER));
}

static bool dict_put(Value dict, Value key, Value value, bool override) {
  if (override) return dict_set(dict, key, value);
  int there = dict_contains(dict, key);
  return there < 0 ? false : there ? true : dict_set(dict, key, value);
}

static bool dict_update_from_dict(Value target, Value source, bool override) {
  if (source == target) return true;
  Dict *to = value_as_dict(target), *from = value_as_dict(source);
  size_t count = dict_count(source);
  if (count == 0) return true;
  if (dict_instance(from)) {
    Value name, value;
    for (size_t position = 0; dict_next(source, &position, &name, &value);)
      if (!dict_put(target, name, value, override)) return false;
    return true;
  }
  if (!dict_instance(to) && !dict_is_globals(to) && dict_count(target) == 0) {
    bool done;
    if (!dict_fill_from(to, source, &done)) return false;
    if (done) return true;
  }
  // Another thread's changes neither show nor count: what is read is a copy of one moment.
  if (threads_started) {
    if (!(source = dict_copy(source))) return false;
    from = value_as_dict(source);
    count = dict_count(source);
  }
  const DictTable *table = dict_table(from);
  Value key, value;
  int64_t hash;
  for (size_t position = 0; dict_table_next(table, dict_is_globals(from), &position, &key, &value, &hash);) {
    if (!override) {
      bool there = dict_get_hashed(target, key, hash) != NULL;
      if (!there && exception_pending()) return false;
      if (there) continue;
    }
    if (!dict_set_hashed(target, key, hash, value)) return false;
    if (dict_count(source) != count) {
      raise(CLASS_RUNTIME_ERROR, "dict mutated during update");
      return false;
    }
  }
  return true;
}

static bool dict_update_from_mapping(Value target, Value mapping, bool override) {
  Value keys = value_call_method_0(mapping, "keys"), key;
  if (!keys) return false;
  Iteration i = iteration_start(keys);
  while (iteration_next(&i, &key)) {
    if (!override) {
      int there = dict_contains(target, key);
      if (there < 0) return false;
      if (there) continue;
    }
    Value value = value_get_item(mapping, key);
    if (!value || !dict_set(target, key, value)) return false;
  }
  return !iteration_failed(&i);
}

static bool dict_update_from_pairs(Value target, Value pairs, bool override) {
  Value element;
  Iteration i = iteration_start(pairs);
  for (size_t number = 0; iteration_next(&i, &element); number++) {
    Value pair = NULL;
    if (VALUE_IS_EXACT(element, TUPLE)) {
      pair = element;
    } else if (VALUE_IS_EXACT(element, LIST)) {
      pair = list_to_tuple(element);
    } else {
      Value iterator = value_iterate(element);
      if (iterator)
        pair = value_to_tuple(iterator);
      else if (exception_is(CLASS_TYPE_ERROR)) {
        exception_clear();
        raise_type_error("cannot convert dictionary update sequence element #%zu to a sequence", number);
      }
    }
    if (!pair) return false;
    if (tuple_count(pair) != 2) {
      raise_value_error("dictionary update sequence element #%zu has length %zu; 2 is required", number,
                        tuple_count(pair));
      return false;
    }
    if (!dict_put(target, tuple_item(pair, 0), tuple_item(pair, 1), override)) return false;
  }
  return !iteration_failed(&i);
}

bool dict_update(Value dict, Value other, bool override) {
  if (dict_iterates_plainly(other)) return dict_update_from_dict(dict, other, override);
  Value keys;
  int has_keys = value_is_dict(other) ? 1 : value_find_attribute(other, NAME(keys), &keys);
  if (has_keys < 0) return false;
  return has_keys ? dict_update_from_mapping(dict, other, override) : dict_update_from_pairs(dict, other, override);
}

// "module.name()" as messages about a call's arguments begin.
static Value function_description(Value function) {
  Value name, module;
  int found = value_find_attribute(function, NAME(__qualname__), &name);
  if (found < 0) return NULL;
  if (!found) return value_str(function);
  found = value_find_attribute(function, NAME(__module__), &module);
  if (found < 0) return NULL;
  if (!found || module == VALUE_NONE || (value_is_str(module) && str_equals_c(module, "builtins")))
    return str_format_c("%S()", name);
  return str_format_c("%S.%S()", module, name);
}

bool dict_merge_keywords(Value dict, Value other, Value function) {
  Value keys = NULL, key;
  if (!value_is_dict(other)) {
    int found = value_find_attribute(other, NAME(keys), &keys);
    if (found < 0) return false;
    if (!found) {
      Value description = function_description(function);
      if (description) raise_type_error("%U argument after ** must be a mapping, not %.200T", description, other);
      return false;
    }
  }
  if (!(keys = dict_iterates_plainly(other) ? dict_keys(other) : value_call_method_0(other, "keys"))) return false;
  Iteration i = iteration_start(keys);
  while (iteration_next(&i, &key)) {
    int there = dict_contains(dict, key);
    if (there) {
      Value description = there > 0 ? function_description(function) : NULL;
      if (description) raise_type_error("%U got multiple values for keyword argument '%S'", description, key);
      return false;
    }
    Value value = value_get_item(other, key);
    if (!value || !dict_set(dict, key, value)) return false;
  }
  return !iteration_failed(&i);
}
