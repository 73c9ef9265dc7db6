// Plain operations as compiled code calls them. See runtime_try.h.
#include "jit/runtime_try.h"

#include "runtime/object/exception.h"
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

Value runtime_try_iterate(Value iterable) {
  if (!value_is_cell(iterable)) return NULL;
  const Class *class = value_class(iterable);
  bool is_plain = class == BUILTIN(DICT) || class == BUILTIN(SET) || class == BUILTIN(FROZENSET) ||
                  class == BUILTIN(STR) || class == BUILTIN(DICT_KEYS) || class == BUILTIN(DICT_VALUES) ||
                  class == BUILTIN(DICT_ITEMS) || class == BUILTIN(LIST) || class == BUILTIN(TUPLE);
  if (!is_plain) return iterator_is_plain(iterable) ? iterable : NULL;
  Value iterator = value_iterate(iterable);
  if (!iterator) exception_clear();
  return iterator;
}

Value runtime_try_next_pair(Value iterator) {
  Value second = NULL, first = iterator_next_pair_plainly(iterator, &second);
  thread_current()->returned = second;
  return first;
}
