// C functions that compiled code tries first: they run no Python code, so that the VM need not be brought up to date
// for them. Zero: nothing has been done and no exception is pending; the interpreter does it (runtime/object/plain.h).
#pragma once

#include "runtime/value.h"
#include <stdint.h>

// INT parameters come scaled.
Value runtime_try_binary(Value a, Value b, int64_t operator);
Value runtime_try_binary_in_place(Value a, Value b, int64_t operator);
Value runtime_try_compare(Value a, Value b, int64_t comparison);
Value runtime_try_contains(Value container, Value item);          // True or False
Value runtime_try_set_item(Value dict, Value key, Value value);   // None; an exact dict
Value runtime_try_set_add(Value set, Value item);                 // None; an exact set
Value runtime_try_length(Value value);                            // a small int
Value runtime_try_truth(Value value);                             // True or False
Value runtime_try_is_instance(Value value, Value class_or_tuple); // True or False
Value runtime_try_type(Value value);
Value runtime_try_dict_get(Value dict, Value key, Value otherwise);
Value runtime_try_set_discard(Value set, Value item);  // None
Value runtime_try_is_disjoint(Value set, Value other); // True or False
// The C functions of natives; `function`: the address. Those that are tried run no Python code with these arguments.
Value runtime_native_1(int64_t function, Value a);
Value runtime_native_2(int64_t function, Value a, Value b);
Value runtime_native_3(int64_t function, Value a, Value b, Value c);
Value runtime_native_4(int64_t function, Value a, Value b, Value c, Value d);
Value runtime_try_native_1(int64_t function, Value a);
Value runtime_try_native_2(int64_t function, Value a, Value b);
Value runtime_try_native_3(int64_t function, Value a, Value b, Value c);
Value runtime_try_native_4(int64_t function, Value a, Value b, Value c, Value d);
Value runtime_try_raw_1(int64_t function, Value self);
Value runtime_try_raw_2(int64_t function, Value self, Value a);
Value runtime_try_raw_3(int64_t function, Value self, Value a, Value b);
Value runtime_try_raw_4(int64_t function, Value self, Value a, Value b, Value c);
Value runtime_try_iterate(Value iterable);   // of exact dicts, sets, strings; iterators themselves
Value runtime_try_next_pair(Value iterator); // the second half goes to Thread.returned
