// Pattern matching.
#include "runtime/object/dict.h"
#include "runtime/object/names.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "vm/handler.h"

OPERATION_HANDLER(GET_LENGTH) {
  ptrdiff_t length = value_length(B);
  if (UNLIKELY(length < 0)) return false;
  A = value_from_small_int(length);
  return true;
}
OPERATION_HANDLER(MATCH_SEQUENCE) {
  A = value_from_bool((value_class(B)->flags & CLASS_SEQUENCE) != 0);
  return true;
}
OPERATION_HANDLER(MATCH_MAPPING) {
  A = value_from_bool((value_class(B)->flags & CLASS_MAPPING) != 0);
  return true;
}

// The values of all `keys` (a tuple), or None as soon as one is missing. get() with a default makes no new keys in a
// defaultdict.
static Value match_keys(Value subject, Value keys) {
  size_t count = tuple_count(keys);
  if (count == 0) return tuple_empty;
  Value seen = set_new(NULL), values = list_new_sized(count), missing = list_new(NULL, 0);
  Value get = value_get_attribute(subject, NAME(get));
  if (!seen || !values || !missing || !get) return NULL;
  for (size_t i = 0; i < count; i++) {
    Value key = tuple_item(keys, i);
    int known = set_contains(seen, key);
    if (known < 0) return NULL;
    if (known) return raise_value_error("mapping pattern checks duplicate key (%R)", key);
    if (!set_add(seen, key)) return NULL;
    Value value = value_call_2(get, key, missing);
    if (!value) return NULL;
    if (value == missing) return VALUE_NONE;
    if (!list_append(values, value)) return NULL;
  }
  return list_to_tuple(values);
}
OPERATION_HANDLER(MATCH_KEYS) {
  Value values = match_keys(B, C);
  if (UNLIKELY(!values)) return false;
  A = values;
  return true;
}

// One attribute of the subject, remembered in `seen`. 1, 0 missing, -1.
static int match_attribute(Value subject, Class *class, Value name, Value seen, Value matched) {
  int known = set_contains(seen, name);
  if (known < 0 || (!known && !set_add(seen, name))) return -1;
  if (known) {
    raise_type_error("%N() got multiple sub-patterns for attribute %R", class, name);
    return -1;
  }
  Value value;
  int found = value_find_attribute(subject, name, &value);
  if (found <= 0) return found;
  return list_append(matched, value) ? 1 : -1;
}

// The names that positional sub-patterns stand for: 1 (in *names), 0 the class matches itself, -1.
static int match_arguments_of(Class *class, size_t count, Value *names) {
  size_t allowed = 0;
  int found = value_find_attribute(value_from_cell(class), NAME(__match_args__), names);
  if (found < 0) return -1;
  if (found) {
    if (!VALUE_IS_EXACT(*names, TUPLE)) {
      raise_type_error("%N.__match_args__ must be a tuple (got %T)", class, *names);
      return -1;
    }
    allowed = tuple_count(*names);
  } else {
    *names = tuple_empty;
    if (class->flags & CLASS_MATCH_SELF) {
      if (count == 1) return 0;
      allowed = 1;
    }
  }
  if (allowed >= count) return 1;
  raise_type_error("%N() accepts %zu positional sub-pattern%s (%zu given)", class, allowed, allowed == 1 ? "" : "s",
                   count);
  return -1;
}

static Value match_class(Value subject, Value type, Value keywords, size_t positional) {
  if (!value_is_class(type)) return raise_type_error("called match pattern must be a type");
  int matches = value_isinstance(subject, type);
  if (matches <= 0) return matches < 0 ? NULL : VALUE_NONE;
  Class *class = value_as_class(type);
  Value seen = set_new(NULL), matched = list_new_sized(positional + tuple_count(keywords));
  if (!seen || !matched) return NULL;
  if (positional > 0) {
    Value names;
    int kind = match_arguments_of(class, positional, &names);
    if (kind < 0) return NULL;
    if (kind == 0 && !list_append(matched, subject)) return NULL;
    for (size_t i = 0; kind > 0 && i < positional; i++) {
      Value name = tuple_item(names, i);
      if (!VALUE_IS_EXACT(name, STR)) return raise_type_error("__match_args__ elements must be strings (got %T)", name);
      int found = match_attribute(subject, class, name, seen, matched);
      if (found <= 0) return found < 0 ? NULL : VALUE_NONE;
    }
  }
  for (size_t i = 0; i < tuple_count(keywords); i++) {
    int found = match_attribute(subject, class, tuple_item(keywords, i), seen, matched);
    if (found <= 0) return found < 0 ? NULL : VALUE_NONE;
  }
  return list_to_tuple(matched);
}
OPERATION_HANDLER(MATCH_CLASS) {
  Value *pattern = &C;
  Value matched = match_class(B, pattern[0], pattern[1], AUX);
  if (UNLIKELY(!matched)) return false;
  A = matched;
  return true;
}

static Value dict_without(Value mapping, Value keys) {
  Value copy = dict_new();
  if (!copy || !dict_update(copy, mapping, true)) return NULL;
  for (size_t i = 0; i < tuple_count(keys); i++)
    if (dict_delete(copy, tuple_item(keys, i)) < 0) return NULL;
  return copy;
}
OPERATION_HANDLER(COPY_DICT_WITHOUT_KEYS) {
  Value rest = dict_without(B, C);
  if (UNLIKELY(!rest)) return false;
  A = rest;
  return true;
}
