// What the parts of the builtins module share, and what the layers above plug in.
#pragma once

#include "runtime/object/iterators.h"

// The class statement: __build_class__(function, name, *bases, metaclass=..., **keywords). Raw. build_class.c
Value builtin_build_class(Value self, Value *arguments, size_t count, Value keyword_names);
// anext(iterator, default); object/async_generator.c
Value anext_awaitable_new(Value awaitable, Value otherwise);
// Reads a line from the terminal with editing (input()); NULL until the interactive front end supplies it.
extern Value (*builtins_read_line)(Value prompt);
