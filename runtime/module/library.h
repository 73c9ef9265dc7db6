// The functions of a shared library that a module loads when it is initialized, so that Krait itself does not depend on
// it.
//
// A module lists the names as `#define LIBRARY_FUNCTIONS(FUNCTION) FUNCTION(one) FUNCTION(other) ...`; then
// LIBRARY_DEFINE(LIBRARY_FUNCTIONS) gives the file `library.call.one`, with the type the library's header declares, and
// LIBRARY_LOAD("libone.so.1") fills it in.
#pragma once

#include <stddef.h>

#define LIBRARY_POINTER(name) typeof(name) *name;
#define LIBRARY_NAME(name)    #name,
#define LIBRARY_DEFINE(FUNCTIONS)                                                                                      \
  typedef struct LibraryFunctions {                                                                                    \
    FUNCTIONS(LIBRARY_POINTER)                                                                                         \
  } LibraryFunctions;                                                                                                  \
  static union {                                                                                                       \
    LibraryFunctions call;                                                                                             \
    void *functions[sizeof(LibraryFunctions) / sizeof(void *)];                                                        \
  } library;                                                                                                           \
  static const char *const library_names[] = {FUNCTIONS(LIBRARY_NAME) NULL};

// False: ImportError.
#define LIBRARY_LOAD(file) (LIBRARY_FIND(file) || library_raise(file))
// The same without an exception: for use under a lock.
#define LIBRARY_FIND(file) library_find(file, library_names, library.functions)

// Loads a shared library's functions: `names` ends with NULL, addresses go to `functions`. False: it is not there, or
// one of them is not.
bool library_find(const char *file, const char *const *names, void **functions);
// False: ImportError that says that `file` cannot be loaded.
bool library_raise(const char *file);
