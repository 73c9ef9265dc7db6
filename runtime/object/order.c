// See order.h. What is answered here is what value_compare_truth would answer, by the same methods in the same order.
#include "runtime/object/order.h"

#include "runtime/object/float.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include <string.h>

int strings_less(Value a, Value b) {
  const Str *left = value_as_str(a), *right = value_as_str(b);
  if (str_width(left) != 1 || str_width(right) != 1) return str_compare(a, b) < 0;
  size_t common = left->length < right->length ? left->length : right->length;
  int order = memcmp(left->data, right->data, common);
  return order ? order < 0 : left->length < right->length;
}

// The first items that differ decide.
int tuples_less(Value a, Value b) {
  size_t count = tuple_count(a), other = tuple_count(b), common = count < other ? count : other;
  for (size_t i = 0; i < common; i++) {
    Value x = tuple_item(a, i), y = tuple_item(b, i);
    if (x == y) continue;
    if (values_are_small_ints(x, y)) return (int64_t)value_bits(x) < (int64_t)value_bits(y);
    int equal = value_equal(x, y);
    if (equal < 0) return -1;
    if (!equal) return value_less(x, y);
  }
  return count < other;
}

// Two instances of a class with an __lt__ in Python.
static int instances_less(Value method, Value a, Value b) {
  Value result = runtime_hooks.call_function(method, (Value[]){a, b}, 2, NULL);
  if (result == VALUE_NOT_IMPLEMENTED) result = value_compare_declined(COMPARE_LESS, a, b);
  if (result == VALUE_TRUE) return 1;
  if (result == VALUE_FALSE) return 0;
  return result ? value_truth(result) : -1;
}

int value_less(Value a, Value b) {
  if (values_are_small_ints(a, b)) return (int64_t)value_bits(a) < (int64_t)value_bits(b); // ordered as the numbers
  if (value_is_exact_float(a) && value_is_exact_float(b)) return float_as_double(a) < float_as_double(b);
  if (value_is_cell(a) && value_is_cell(b) && !c_stack_is_low()) {
    Class *class = value_class(a);
    if (class == value_class(b)) {
      if (class == BUILTIN(STR)) return strings_less(a, b);
      if (class == BUILTIN(TUPLE)) return tuples_less(a, b);
      Value method = class_special(class, SPECIAL_LESS);
      if (method && value_is_function(method)) return instances_less(method, a, b);
    }
  }
  return value_compare_truth(COMPARE_LESS, a, b);
}
