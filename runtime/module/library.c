// See library.h.
#include "runtime/module/library.h"
#include "runtime/object/object.h"
#include "runtime/object/str.h"

#include <dlfcn.h>

bool library_find(const char *file, const char *const *names, void **functions) {
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  bool found = library != NULL;
  for (size_t i = 0; found && names[i]; i++) found = (functions[i] = dlsym(library, names[i])) != NULL;
  return found;
}
bool library_raise(const char *file) {
  Value message = str_format_c("%s cannot be loaded", file);
  if (message) raise_import_error(message, VALUE_NONE, VALUE_NONE);
  return false;
}
