// Plain operations as compiled code calls them. See runtime_try.h.
#include "jit/runtime_try.h"

#include "runtime/object/exception.h"
#include "runtime/object/native.h"
#include "runtime/object/plain.h"
#include "runtime/object/step.h"
#include "runtime/thread/thread.h"

static Value truth(int answer) {
  return answer < 0 ? NULL : value_from_bool(answer);
}
static Value done(bool success) {
  return success ? VALUE_NONE : NULL;
}

Value runtime_try_binary(Value a, Value b, int64_t operator) {
  return value_binary_plainly((BinaryOperator)(operator >> 2), a, b, false);
}
Value runtime_try_binary_in_place(Value a, Value b, int64_t operator) {
  return value_binary_plainly((BinaryOperator)(operator >> 2), a, b, true);
}
Value runtime_try_compare(Value a, Value b, int64_t comparison) {
  return value_compare_plainly((Comparison)(comparison >> 2), a, b);
}
Value runtime_try_contains(Value container, Value item) {
  return truth(value_contains_plainly(container, item));
}
Value runtime_try_set_item(Value dict, Value key, Value value) {
  return done(dict_set_plainly(dict, key, value));
}
Value runtime_try_set_add(Value set, Value item) {
  return done(set_add_plainly(set, item) >= 0);
}
Value runtime_try_length(Value value) {
  ptrdiff_t length = value_length_plainly(value);
  return length < 0 ? NULL : value_from_small_int(length);
}
Value runtime_try_truth(Value value) {
  return truth(value_truth_plainly(value));
}

Value runtime_try_is_instance(Value value, Value class_or_tuple) {
  return truth(value_isinstance_plainly(value, class_or_tuple));
}
Value runtime_try_dict_get(Value dict, Value key, Value otherwise) {
  Value found = dict_get_plainly(dict, key);
  return found == VALUE_DELETED ? otherwise : found;
}
Value runtime_try_set_discard(Value set, Value item) {
  return done(set_discard_plainly(set, item) >= 0);
}
Value runtime_try_is_disjoint(Value set, Value other) {
  return truth(set_is_disjoint_plainly(set, other));
}

// Natives

static NativeFunction native_at(int64_t function) {
  return (NativeFunction){.any = (void *)(uintptr_t)function};
}
Value runtime_native_1(int64_t function, Value a) {
  return native_at(function).f1(a);
}
Value runtime_native_2(int64_t function, Value a, Value b) {
  return native_at(function).f2(a, b);
}
Value runtime_native_3(int64_t function, Value a, Value b, Value c) {
  return native_at(function).f3(a, b, c);
}
Value runtime_native_4(int64_t function, Value a, Value b, Value c, Value d) {
  return native_at(function).f4(a, b, c, d);
}

static Value without_exception(Value result) {
  if (!result) exception_clear();
  return result;
}
Value runtime_try_native_1(int64_t function, Value a) {
  return without_exception(native_at(function).f1(a));
}
Value runtime_try_native_2(int64_t function, Value a, Value b) {
  return without_exception(native_at(function).f2(a, b));
}
Value runtime_try_native_3(int64_t function, Value a, Value b, Value c) {
  return without_exception(native_at(function).f3(a, b, c));
}
Value runtime_try_native_4(int64_t function, Value a, Value b, Value c, Value d) {
  return without_exception(native_at(function).f4(a, b, c, d));
}
Value runtime_try_raw_1(int64_t function, Value self) {
  return without_exception(native_at(function).raw(self, NULL, 0, NULL));
}
Value runtime_try_raw_2(int64_t function, Value self, Value a) {
  return without_exception(native_at(function).raw(self, (Value[]){a}, 1, NULL));
}
Value runtime_try_raw_3(int64_t function, Value self, Value a, Value b) {
  return without_exception(native_at(function).raw(self, (Value[]){a, b}, 2, NULL));
}
Value runtime_try_raw_4(int64_t function, Value self, Value a, Value b, Value c) {
  return without_exception(native_at(function).raw(self, (Value[]){a, b, c}, 3, NULL));
}

Value runtime_try_type(Value value) {
  return value_from_cell(value_class(value));
}

// Iterators

Value runtime_try_iterate(Value iterable) {
  if (!value_is_cell(iterable)) return NULL;
  const Class *class = value_class(iterable);
  bool is_plain = class == BUILTIN(DICT) || class == BUILTIN(SET) || class == BUILTIN(FROZENSET) ||
                  class == BUILTIN(STR) || class == BUILTIN(DICT_KEYS) || class == BUILTIN(DICT_VALUES) ||
                  class == BUILTIN(DICT_ITEMS) || class == BUILTIN(LIST) || class == BUILTIN(TUPLE);
  if (!is_plain) return iterator_is_plain(iterable) ? iterable : NULL;
  return without_exception(value_iterate(iterable));
}

Value runtime_try_next_pair(Value iterator) {
  Value second = NULL, first = iterator_next_pair_plainly(iterator, &second);
  thread_current()->returned = second;
  return first;
}
