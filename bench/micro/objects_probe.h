// The C half of objects_benchmark.cc: each function does one operation of the runtime `times` times.
#pragma once
#ifdef __cplusplus
extern "C" {
#endif
#include <stddef.h>

// Starts the interpreter, once.
void micro_start(void);

void micro_allocate_list(size_t times);
void micro_allocate_instance(size_t times); // of a class written in Python, without __init__
void micro_list_append(size_t times);       // to a list that starts anew every thousand items
void micro_dict_get(size_t times);          // a str that is there
void micro_dict_get_int(size_t times);
void micro_dict_set(size_t times);      // of keys that are there
void micro_dict_insert(size_t times);   // of new int keys into a dict that starts anew every thousand
void micro_attribute_get(size_t times); // of an instance, by name, without an inline cache
void micro_attribute_set(size_t times);
void micro_method_get(size_t times);        // makes the bound method
void micro_attribute_resolve(size_t times); // what a cache that misses does
void micro_call_python(size_t times);       // lambda x: x
void micro_call_native(size_t times);       // len
void micro_add_ints(size_t times);
void micro_add_floats(size_t times);
void micro_concatenate(size_t times); // two short strings

// A young collection while `count` small lists, made since the last one, are alive; and one in which as many are dead.
void micro_prepare_survivors(size_t count);
void micro_prepare_garbage(size_t count);
void micro_collect_young(void);
#ifdef __cplusplus
}
#endif
