// Making tuples, lists, sets, dicts and strings, and taking sequences apart.
#include "runtime/object/dict.h"
#include "runtime/object/names.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "vm/handler.h"

static Value build_set(const Value *items, size_t count) {
  Value set = set_new(NULL);
  for (size_t i = 0; set && i < count; i++)
    if (!set_add(set, items[i])) return NULL;
  return set;
}
static Value build_dict(const Value *pairs, size_t count) {
  Value dict = count > 0 ? dict_new_sized(count) : dict_new();
  for (size_t i = 0; dict && i < count; i++)
    if (!dict_set(dict, pairs[2 * i], pairs[2 * i + 1])) return NULL;
  return dict;
}
static Value build_string(const Value *parts, size_t count) {
  if (count == 2) return str_concatenate(parts[0], parts[1]);
  StrBuilder builder;
  str_builder_start(&builder);
  for (size_t i = 0; i < count; i++) str_builder_add(&builder, parts[i]);
  return str_builder_finish(&builder);
}
OPERATION_RESULT(BUILD_TUPLE, instruction_c(word) == 0 ? tuple_empty : tuple_new(&B, instruction_c(word)))

OPERATION_RESULT(BUILD_LIST, list_new(&B, instruction_c(word)))

OPERATION_RESULT(BUILD_SET, build_set(&B, instruction_c(word)))

OPERATION_RESULT(BUILD_DICT, build_dict(&B, instruction_c(word)))

OPERATION_RESULT(BUILD_STRING, build_string(&B, instruction_c(word)))

static Value format_value(Value value, unsigned conversion, Value specification) {
  switch (conversion & 3) {
  case 1:
    value = value_str(value);
    break;
  case 2:
    value = value_repr(value);
    break;
  case 3:
    value = value_ascii(value);
    break;
  default:
    break;
  }
  if (!value || (!specification && VALUE_IS_EXACT(value, STR))) return value;
  return value_format(value, specification);
}
OPERATION_RESULT(FORMAT_VALUE, format_value(B, AUX, AUX & 4 ? C : NULL))

OPERATION_HANDLER(LIST_APPEND) {
  return list_append(A, B);
}

OPERATION_HANDLER(SET_ADD) {
  return set_add(A, B);
}

OPERATION_HANDLER(DICT_ADD) {
  return dict_set(A, B, C);
}

OPERATION_HANDLER(SET_UPDATE) {
  return set_update(A, B);
}

OPERATION_RESULT(LIST_TO_TUPLE, list_to_tuple(B))

static bool list_extend_from(Value list, Value iterable, bool starred) {
  if (list_extend(list, iterable)) return true;
  if (starred && exception_is(CLASS_TYPE_ERROR) && !value_special(iterable, SPECIAL_ITER) &&
      !value_special(iterable, SPECIAL_GETITEM)) {
    exception_clear();
    raise_type_error("Value after * must be an iterable, not %T", iterable);
  }
  return false;
}
OPERATION_HANDLER(LIST_EXTEND) {
  return list_extend_from(A, B, AUX & 1);
}

static bool dict_update_from(Value dict, Value mapping) {
  if (dict_update(dict, mapping, true)) return true;
  if (exception_is(CLASS_ATTRIBUTE_ERROR)) {
    exception_clear();
    raise_type_error("'%T' object is not a mapping", mapping);
  }
  return false;
}
// A mapping has keys(); dict_update would take an iterable of pairs as well.
static bool dict_update_mapping(Value dict, Value mapping) {
  if (!value_is_dict(mapping)) {
    Value keys;
    int found = value_find_attribute(mapping, NAME(keys), &keys);
    if (found < 0) return false;
    if (found == 0) {
      raise_type_error("'%T' object is not a mapping", mapping);
      return false;
    }
  }
  return dict_update_from(dict, mapping);
}
OPERATION_HANDLER(DICT_UPDATE) {
  return dict_update_mapping(A, B);
}

OPERATION_HANDLER(DICT_MERGE) {
  return dict_merge_keywords(A, B, C);
}

// Taking apart. Items of an arbitrary iterable go to C memory first: the destinations are not yet live.

static bool unpack_iterable(Value iterable, Value *destination, size_t count) {
  if (!value_special(iterable, SPECIAL_ITER) && !value_special(iterable, SPECIAL_GETITEM)) {
    raise_type_error("cannot unpack non-iterable %T object", iterable);
    return false;
  }
  Value iterator = value_iterate(iterable);
  Value items = iterator ? list_new_sized(count) : NULL;
  if (!items) return false;
  for (size_t i = 0; i <= count; i++) {
    Value item = iterator_next(iterator);
    if (!item) return false;
    if (item == VALUE_STOP) {
      if (i < count) {
        raise_value_error("not enough values to unpack (expected %zu, got %zu)", count, i);
        return false;
      }
      break;
    }
    if (i == count) {
      raise_value_error("too many values to unpack (expected %zu)", count);
      return false;
    }
    if (!list_append(items, item)) return false;
  }
  for (size_t i = 0; i < count; i++) destination[i] = list_item(items, i);
  return true;
}
OPERATION_FUNCTION(operation_UNPACK_SEQUENCE) {
  Value sequence = B, *destination = &A;
  size_t count = instruction_c(word);
  if (VALUE_IS_EXACT(sequence, LIST)) {
    Value copy = list_to_tuple(sequence); // the list may change
    if (UNLIKELY(!copy)) return false;
    sequence = copy;
  }
  if (VALUE_IS_EXACT(sequence, TUPLE)) {
    size_t actual = tuple_count(sequence);
    if (actual < count)
      raise_value_error("not enough values to unpack (expected %zu, got %zu)", count, actual);
    else if (actual > count)
      raise_value_error("too many values to unpack (expected %zu)", count);
    if (UNLIKELY(actual != count)) return false;
    for (size_t i = 0; i < count; i++) destination[i] = tuple_item(sequence, i);
    return true;
  }
  return unpack_iterable(sequence, destination, count);
}
SLOW_HANDLER(unpack_slow) {
  RUN_OPERATION(operation_UNPACK_SEQUENCE, 1);
}
HANDLER(UNPACK_SEQUENCE) {
  Value sequence = B;
  size_t count = instruction_c(word);
  if (UNLIKELY(!VALUE_IS_EXACT(sequence, TUPLE) || tuple_count(sequence) != count)) TAIL(unpack_slow);
  Value *destination = &A;
  const Value *items = value_as_tuple(sequence)->items;
  for (size_t i = 0; i < count; i++) destination[i] = items[i];
  NEXT(1);
}

static bool unpack_extended(Value iterable, Value *destination, size_t before, size_t after) {
  if (!value_special(iterable, SPECIAL_ITER) && !value_special(iterable, SPECIAL_GETITEM)) {
    raise_type_error("cannot unpack non-iterable %T object", iterable);
    return false;
  }
  Value list = value_to_list(iterable);
  if (!list) return false;
  size_t total = list_count(list);
  if (total < before + after) {
    raise_value_error("not enough values to unpack (expected at least %zu, got %zu)", before + after, total);
    return false;
  }
  Value items = list_to_tuple(list);
  Value middle = items ? list_new(value_as_tuple(items)->items + before, total - before - after) : NULL;
  if (!middle) return false;
  for (size_t i = 0; i < before; i++) destination[i] = tuple_item(items, i);
  destination[before] = middle;
  for (size_t i = 0; i < after; i++) destination[before + 1 + i] = tuple_item(items, total - after + i);
  return true;
}
OPERATION_HANDLER(UNPACK_EXTENDED) {
  return unpack_extended(B, &A, AUX, instruction_c(word));
}
