// What the parts of the builtins module share, and what the layers above plug in.
#pragma once

#include "runtime/object/code.h"
#include "runtime/object/iterators.h"
#include "runtime/object/native.h"

// The class statement: __build_class__(function, name, *bases, metaclass=..., **keywords). Raw. build_class.c
Value builtin_build_class(Value self, Value *arguments, size_t count, Value keyword_names);
// anext(iterator, default); object/async_generator.c
Value anext_awaitable_new(Value awaitable, Value otherwise);
// What the built-in function that `method` declares does with the items of its only argument, if it looks at each just
// once, in order, and at nothing else: CONSUMER_LIST if it begins by making a list of them; CONSUMER_NONE.
Consumer builtins_consumer(const NativeMethod *method);
// Reads a line from the terminal with editing (input()); NULL until the interactive front end supplies it.
extern Value (*builtins_read_line)(Value prompt);
