// Items, length and membership of containers.
#include "runtime/object/call.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/generic_alias.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/plain.h"
#include "runtime/object/sequence.h"

// type[key]: __class_getitem__, or a generic alias for `type` itself.
static Value get_class_item(Value class, Value key) {
  if (class == value_from_cell(BUILTIN(TYPE))) return generic_alias_new(class, key);
  Value method;
  int found = value_find_attribute(class, NAME(__class_getitem__), &method);
  if (found > 0 && method != VALUE_NONE) return value_call_1(method, key);
  return found < 0 ? NULL : raise_type_error("type '%.200N' is not subscriptable", value_as_class(class));
}

Value value_get_item(Value object, Value key) {
  if (VALUE_IS_EXACT(object, DICT)) {
    Value found = dict_get(object, key);
    return found || exception_pending() ? found : raise_key_error(key);
  }
  Value method = value_special(object, SPECIAL_GETITEM);
  if (method) return special_call_2(method, object, key);
  if (value_is_class(object)) return get_class_item(object, key);
  return raise_type_error("'%.200T' object is not subscriptable", object);
}

// The class has neither `__setitem__` nor `__delitem__`, or not the one that is asked for: TypeError or AttributeError.
// CPython's wording depends on which C-level slots the type has: a class of Python code, or one with a length or
// membership, has those of a sequence, which take an index.
static bool refuse_item(Value object, Value key, bool deletes) {
  Class *class = value_class(object);
  if (class_special(class, deletes ? SPECIAL_SETITEM : SPECIAL_DELITEM)) { // one slot for both
    raise(CLASS_ATTRIBUTE_ERROR, deletes ? "__delitem__" : "__setitem__");
    return false;
  }
  bool is_sequence =
      class->flags & CLASS_HEAP_TYPE || class_special(class, SPECIAL_GETITEM) || class_special(class, SPECIAL_CONTAINS);
  bool is_index = is_sequence && (value_is_int(key) || value_special(key, SPECIAL_INDEX));
  ptrdiff_t index;
  if (is_index && !value_as_size(key, &index, CLASS_INDEX_ERROR)) return false;
  raise_type_error(!deletes   ? "'%.200T' object does not support item assignment"
                   : is_index ? "'%.200T' object doesn't support item deletion"
                              : "'%.200T' object does not support item deletion",
                   object);
  return false;
}

bool value_set_item(Value object, Value key, Value value) {
  Value method = value_special(object, SPECIAL_SETITEM);
  if (method) return special_call_3(method, object, key, value) != NULL;
  return refuse_item(object, key, false);
}

bool value_delete_item(Value object, Value key) {
  Value method = value_special(object, SPECIAL_DELITEM);
  if (method) return special_call_2(method, object, key) != NULL;
  return refuse_item(object, key, true);
}

Value value_get_index(Value sequence, ptrdiff_t index) {
  Value number = int_from_int64(index);
  return number ? value_get_item(sequence, number) : NULL;
}

// Length

static ptrdiff_t length_of(Value result) {
  if (!result) return -1;
  ptrdiff_t length;
  if (value_is_small_int(result))
    length = (ptrdiff_t)value_small_int(result);
  else {
    Value number = value_index(result);
    if (!number) return -1;
    if (int_sign(number) < 0)
      length = -1;
    else if (!value_as_size(number, &length, CLASS_OVERFLOW_ERROR))
      return -1;
  }
  if (length >= 0) return length;
  raise_value_error("__len__() should return >= 0");
  return -1;
}

ptrdiff_t special_length(Value method, Value object) {
  return length_of(special_call_1(method, object));
}

ptrdiff_t value_length(Value object) {
  Value method = value_special(object, SPECIAL_LEN);
  if (method) return special_length(method, object);
  raise_type_error("object of type '%.200T' has no len()", object);
  return -1;
}

ptrdiff_t value_length_hint(Value object, ptrdiff_t otherwise) {
  if (value_special(object, SPECIAL_LEN)) {
    ptrdiff_t length = value_length(object);
    if (length >= 0) return length;
    return exception_clear_if(CLASS_TYPE_ERROR) ? otherwise : -1;
  }
  Value method = value_special(object, SPECIAL_LENGTH_HINT);
  if (!method) return otherwise;
  Value result = special_call_1(method, object);
  if (!result) return exception_clear_if(CLASS_TYPE_ERROR) ? otherwise : -1;
  if (result == VALUE_NOT_IMPLEMENTED) return otherwise;
  if (!value_is_int(result)) {
    raise_type_error("__length_hint__ must be an integer, not %.100T", result);
    return -1;
  }
  ptrdiff_t hint;
  if (!value_as_size(result, &hint, CLASS_OVERFLOW_ERROR)) return -1;
  if (hint >= 0) return hint;
  raise_value_error("__length_hint__() should return >= 0");
  return -1;
}

// Membership

int value_contains(Value container, Value item) {
  if (VALUE_IS_EXACT(container, DICT) || VALUE_IS_EXACT(container, SET) || VALUE_IS_EXACT(container, FROZENSET)) {
    int found = value_contains_plainly(container, item);
    if (found >= 0) return found;
  }
  Value method = value_special(container, SPECIAL_CONTAINS);
  if (method == VALUE_NONE) {
    raise_type_error("'%.200T' object is not a container", container);
    return -1;
  }
  if (method) {
    Value result = special_call_2(method, container, item);
    return result ? value_truth(result) : -1;
  }
  Iteration iteration = iteration_start(container);
  if (iteration_failed(&iteration)) {
    if (exception_clear_if(CLASS_TYPE_ERROR)) raise_type_error("argument of type '%.200T' is not iterable", container);
    return -1;
  }
  Value candidate;
  while (iteration_next(&iteration, &candidate)) {
    int equal = value_equal(candidate, item);
    if (equal) return equal;
  }
  return iteration_failed(&iteration) ? -1 : 0;
}
