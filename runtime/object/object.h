// The operations that every value has, as C code calls them: operators, attributes, items, iteration, truth, calls.
//
// All follow Python's semantics in full (special methods, reflected operands) and may therefore run Python code and
// collect, unless they say otherwise. Failure: zero / false / -1 with an exception pending.
#pragma once

#include "runtime/object/class.h"
#include "runtime/object/exception.h"
#include "runtime/thread/safepoint.h"

typedef enum BinaryOperator : uint8_t {
#define BINARY_OPERATOR(NAME, symbol, method, reversed, in_place) BINARY_##NAME,
#include "runtime/object/operators.def"
  BINARY_COUNT
} BinaryOperator;
typedef enum Comparison : uint8_t {
#define COMPARISON(NAME, symbol, method, swapped) COMPARE_##NAME,
#include "runtime/object/operators.def"
  COMPARE_COUNT
} Comparison;
typedef enum UnaryOperator : uint8_t {
#define UNARY_OPERATOR(NAME, symbol, method) UNARY_##NAME,
#include "runtime/object/operators.def"
  UNARY_COUNT
} UnaryOperator;

// Operators
Value value_binary(BinaryOperator operator, Value a, Value b);
Value value_binary_in_place(BinaryOperator operator, Value a, Value b);
// What a binary operator gives when the method that was asked first, in Python, has said NotImplemented: the left
// operand's if its class was made by a class statement, else the right one's reflected one. The left operand has no
// in-place method. Likewise a comparison, whose left operand was asked first.
Value value_binary_declined(BinaryOperator operator, Value a, Value b, bool in_place);
Value value_power(Value base, Value exponent, Value modulus); // modulus None: two operands
Value value_divmod(Value a, Value b);
Value value_unary(UnaryOperator operator, Value a);
Value value_compare(Comparison comparison, Value a, Value b);
Value value_compare_declined(Comparison comparison, Value a, Value b);
int value_compare_truth(Comparison comparison, Value a, Value b); // 1, 0, -1; identity does not shortcut
int value_equal(Value a, Value b);                                // 1, 0, -1; identical values are equal (containers)
int value_truth(Value value);                                     // 1, 0, -1
int64_t value_hash(Value value);                                  // -1: exception
Value value_repr(Value value);                                    // str; recursion guarded
Value value_str(Value value);
Value value_ascii(Value value);
Value value_format(Value value, Value specification); // str; specification zero: empty
Value value_dir(Value value);

// Numbers
Value value_index(Value value);                    // __index__ -> int
bool value_as_int64(Value value, int64_t *number); // through __index__; OverflowError when too large
bool value_as_size(Value value, ptrdiff_t *number,
                   ClassId overflow);        // ditto, for indexes and counts; `overflow` CLASS_COUNT: clip silently
bool value_as_int(Value value, int *number); // C int, OverflowError
bool value_as_double(Value value, double *number); // __float__, __index__
Value value_to_int(Value value);                   // int(value)

// Attributes. Names are str; interned ones are fast.
Value value_get_attribute(Value object, Value name);
Value value_get_attribute_c(Value object, const char *name);
// 1 found (in *result), 0 missing (AttributeError swallowed), -1 other exception
int value_find_attribute(Value object, Value name, Value *result);
bool value_set_attribute(Value object, Value name, Value value); // value zero: delete
bool value_set_attribute_c(Value object, const char *name, Value value);
int value_has_attribute(Value object, Value name);
// The object's __dict__ (created if need be), or zero with AttributeError.
Value value_get_dict(Value object);
// object.__getattribute__ and __setattr__ themselves
Value object_get_attribute(Value object, Value name);
bool object_set_attribute(Value object, Value name, Value value);
// Looks a special method up on the class, bound to `object`; zero without exception when there is none.
Value value_lookup_special(Value object, Special special);

// Containers
Value value_get_item(Value object, Value key);
bool value_set_item(Value object, Value key, Value value);
bool value_delete_item(Value object, Value key);
ptrdiff_t value_length(Value object);                           // -1
ptrdiff_t value_length_hint(Value object, ptrdiff_t otherwise); // -1
int value_contains(Value container, Value item);
Value value_get_index(Value sequence, ptrdiff_t index); // sequence[index]

// Iteration
Value value_iterate(Value iterable); // iter(iterable)
// The next item; VALUE_STOP when exhausted (no exception pending); zero: exception.
Value iterator_next(Value iterator);
bool value_is_iterator(Value value);
Value value_to_list(Value iterable);  // a new List
Value value_to_tuple(Value iterable); // a Tuple, the same one if it is exactly a tuple
// For loops over any iterable, fast for lists and tuples:
//   for (Iteration i = iteration_start(iterable); iteration_next(&i, &item);) {...}   if (iteration_failed(&i)) return
//   0;
typedef struct Iteration {
  Value iterator;
  Value (*next)(Value iterator); // GENERIC: its native __next__, if it has one
  ptrdiff_t index;
  bool failed;
  enum : uint8_t { ITERATION_GENERIC, ITERATION_LIST, ITERATION_TUPLE } kind;
} Iteration;
Iteration iteration_start(Value iterable);
Iteration iteration_over(Value iterator); // which is an iterator; zero: as if it had failed
bool iteration_next(Iteration *iteration, Value *item);
// A native __next__ has given `item`, VALUE_STOP or zero, instead of an item: false.
bool iteration_note_end(Iteration *iteration, Value item);
static inline bool iteration_failed(const Iteration *iteration) {
  return iteration->failed;
}

// Calls. `arguments`: count positional ones, then the values for keyword_names (tuple of str, or zero).
Value value_call(Value callable, Value *arguments, size_t count, Value keyword_names);
Value value_call_0(Value callable);
Value value_call_1(Value callable, Value a);
Value value_call_2(Value callable, Value a, Value b);
Value value_call_3(Value callable, Value a, Value b, Value c);
Value value_call_tuple(Value callable, Value arguments, Value keywords); // f(*tuple, **dict); keywords zero: none
Value value_call_method(Value object, const char *name, Value *arguments, size_t count);
Value value_call_method_0(Value object, const char *name);
Value value_call_method_1(Value object, const char *name, Value a);
Value value_call_method_2(Value object, const char *name, Value a, Value b);
// Calls what class_special() gave for `self`: binds it (function, native, any descriptor) and calls.
Value special_call_1(Value method, Value self);
Value special_call_2(Value method, Value self, Value a);
Value special_call_3(Value method, Value self, Value a, Value b);
bool value_is_callable(Value value);

// Classes
int value_isinstance(Value object, Value class_or_tuple); // hooks included; -1
int value_issubclass(Value class, Value class_or_tuple);
bool value_is_abstract(Value value);

// C recursion guard: false with RecursionError pending ("maximum recursion depth exceeded<where>").
bool recursion_enter(const char *where);
void recursion_leave(void);
// repr of containers: 1 if `object`'s repr is already running in this thread, 0 entered, -1 error.
int repr_enter(Value object);
void repr_leave(Value object);

// Statistics that would otherwise be forgotten: identity hash and id()
int64_t value_identity_hash(Value value);
Value value_id(Value value);
