// What every value can be turned into: text, a hash, an identity; and repr's guard against cycles.
#include "runtime/object/call.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

static Value text_result(Value result, const char *method) {
  if (!result || value_is_str(result)) return result;
  return raise_type_error("%s returned non-string (type %.200T)", method, result);
}

Value value_repr(Value value) {
  if (value_is_small_int(value)) return int_to_str(value, 10, false);
  if (value_is_immediate_float(value)) return float_repr_value(value);
  if (VALUE_IS_EXACT(value, STR)) return str_repr(value);
  if (!recursion_enter(" while getting the repr of an object")) return NULL;
  Value result = special_call_1(value_special(value, SPECIAL_REPR), value);
  recursion_leave();
  return text_result(result, "__repr__");
}

Value value_str(Value value) {
  if (VALUE_IS_EXACT(value, STR)) return value;
  if (value_is_small_int(value)) return int_to_str(value, 10, false);
  if (value_is_immediate_float(value)) return float_repr_value(value);
  if (!recursion_enter(" while getting the str of an object")) return NULL;
  Value result = special_call_1(value_special(value, SPECIAL_STR), value);
  recursion_leave();
  return text_result(result, "__str__");
}

Value value_ascii(Value value) {
  Value text = value_repr(value);
  if (!text || str_is_ascii(value_as_str(text))) return text;
  StrBuilder builder;
  str_builder_start(&builder);
  for (size_t i = 0; i < str_length(text); i++) {
    uint32_t character = str_character(value_as_str(text), i);
    if (character < 128) {
      str_builder_add_character(&builder, character);
      continue;
    }
    static const char digits[] = "0123456789abcdef";
    int count = character < 0x100 ? 2 : character < 0x10000 ? 4 : 8;
    str_builder_add_c(&builder, count == 2 ? "\\x" : count == 4 ? "\\u" : "\\U");
    while (count--) str_builder_add_character(&builder, (uint8_t)digits[character >> (4 * count) & 15]);
  }
  return str_builder_finish(&builder);
}

Value value_format(Value value, Value specification) {
  if (specification && !value_is_str(specification))
    return raise(CLASS_SYSTEM_ERROR, "Format specifier must be a string, not %.200T", specification);
  bool is_empty = !specification || str_length(specification) == 0;
  if (is_empty && VALUE_IS_EXACT(value, STR)) return value;
  if (is_empty && value_is_small_int(value)) return int_to_str(value, 10, false);
  if (!specification && !(specification = str_from_latin1(NULL, 0))) return NULL;
  Value result = special_call_2(value_special(value, SPECIAL_FORMAT), value, specification);
  if (!result || value_is_str(result)) return result;
  return raise_type_error("__format__ must return a str, not %.200T", result);
}

Value value_dir(Value value) {
  Value names = special_call_1(value_special(value, SPECIAL_DIR), value);
  Value list = names ? value_to_list(names) : NULL;
  return list && list_sort(list, NULL, false) ? list : NULL;
}

// Hashes

int64_t value_identity_hash(Value value) {
  // Cells do not move; the low bits are the same for all, so they go to the other end.
  uint64_t bits = value_bits(value);
  int64_t hash = (int64_t)(bits >> 4 | bits << 60);
  return hash == -1 ? -2 : hash;
}

Value value_id(Value value) {
  return int_from_uint64(value_bits(value));
}

int64_t value_hash(Value value) {
  if (VALUE_IS_EXACT(value, STR)) return str_hash(value);
  if (value_is_small_int(value)) return int_hash(value);
  Value method = value_special(value, SPECIAL_HASH);
  // These need not make an int of their hash.
  if (method == BUILTIN(TUPLE)->special[SPECIAL_HASH]) return tuple_hash(value);
  if (method == BUILTIN(OBJECT)->special[SPECIAL_HASH]) return value_identity_hash(value);
  if (!method || method == VALUE_NONE) {
    raise_type_error("unhashable type: '%.200T'", value);
    return -1;
  }
  Value result = special_call_1(method, value);
  if (!result) return -1;
  int64_t hash;
  if (value_is_small_int(result))
    hash = value_small_int(result);
  else if (!value_is_int(result)) {
    raise_type_error("__hash__ method should return an integer");
    return -1;
  } else if (!int_fits_int64(result, &hash))
    hash = int_hash(result);
  return hash == -1 ? -2 : hash;
}

// Cycles: the objects whose repr is running in this thread

int repr_enter(Value object) {
  Thread *thread = thread_current();
  if (!thread->repr_in_progress && !(thread->repr_in_progress = list_new_sized(4))) return -1;
  Value list = thread->repr_in_progress;
  for (size_t i = list_count(list); i-- > 0;)
    if (list_item(list, i) == object) return 1;
  return list_append(list, object) ? 0 : -1;
}

void repr_leave(Value object) {
  Value list = thread_current()->repr_in_progress;
  for (size_t i = list_count(list); i-- > 0;) {
    if (list_item(list, i) != object) continue;
    list_delete_range(list, i, i + 1);
    return;
  }
}
