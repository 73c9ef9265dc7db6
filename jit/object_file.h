// The object file that LLVM makes of one function (ELF), before it is linked: what else is in it.
#pragma once

#include <stddef.h>

typedef struct ObjectSection {
  const void *start; // in the object; NULL: it is not there
  size_t size;
} ObjectSection;

// Takes a section out of the object, which will be linked without it and its relocations: linking what nobody in this
// process reads would cost a fifth of a compilation.
ObjectSection object_take_section(void *object, size_t object_size, const char *name);
// The size of function `name`; 0: it is not there.
size_t object_function_size(const void *object, size_t object_size, const char *name);
