// Operations on built-in types as far as they run no Python code: compiled code calls them without bringing the VM up
// to date first.
//
// Each decides at once whether it can do what it is asked. If it cannot (a class written in Python has a say, there is
// an error to raise, memory is short) nothing has changed, no exception is pending, and the caller goes the general
// way, which finds the same again. "Not plain" below means that. None polls; those that make cells may collect.
#pragma once

#include "runtime/object/class.h"
#include "runtime/object/object.h"

// 1, 0, or -1: not plain.
int value_equal_plainly(Value a, Value b);
// False: not plain. Where it is true, comparing two such values for equality runs no Python code either.
bool value_hash_plainly(Value value, int64_t *hash);
int value_truth_plainly(Value value);
ptrdiff_t value_length_plainly(Value value);
int value_isinstance_plainly(Value value, Value class_or_tuple);
int value_contains_plainly(Value container, Value item);
// Zero: not plain.
Value value_get_item_plainly(Value container, Value key);
Value value_get_slice_plainly(Value container, Value start, Value stop, Value step);
Value value_str_plainly(Value value);                    // str(value) of numbers and strings
Value str_join_plainly(Value separator, Value sequence); // of an exact str, with a list or tuple
Value value_binary_plainly(BinaryOperator operator, Value a, Value b, bool in_place);
Value value_compare_plainly(Comparison comparison, Value a, Value b);

// Exact dicts and sets (dict.c, set.c). Get: the value, VALUE_DELETED: it is missing, or zero: not plain.
Value dict_get_plainly(Value dict, Value key);
bool dict_set_plainly(Value dict, Value key, Value value); // false: not plain
Value dict_set_default_plainly(Value dict, Value key, Value value);
int set_contains_plainly(Value set, Value item); // 1, 0, -1: not plain; likewise the next two
int set_add_plainly(Value set, Value item);      // 0: it was there
int set_discard_plainly(Value set, Value item);
int set_is_disjoint_plainly(Value set, Value other); // of any objects: 1, 0, -1
// Is it known of all elements that looking them up runs no Python code? Of large sets it is not.
bool set_is_plain(Value set);

// The next item of an exact built-in iterator whose iterable may be taken item by item, VALUE_STOP at the end, or zero:
// not plain. Pair: of one whose items are pairs, which need not be made: the second goes to *second.
Value iterator_next_plainly(Value iterator);
Value iterator_next_pair_plainly(Value iterator, Value *second);
Value dict_iterator_next_plainly(Value iterator, Value *value); // of keys, values or items: the key; zero: not plain
Value str_iterator_next(Value iterator);
Value set_iterator_next(Value iterator); // zero: the set has changed, with the exception pending
bool enumerate_next_plainly(Value enumerate, Value *number, Value *item);
Value zip_next_pair_plainly(Value zip, Value *second);
