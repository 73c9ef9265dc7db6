// The module _uuid, over the system's libuuid, which is loaded when the module is imported.
#include "runtime/module/system.h"
#include "runtime/object/native.h"
#include "runtime/object/sequence.h"

#include <dlfcn.h>

static int (*generate_safely)(unsigned char *out);

// (the 16 bytes, 0 if they are certain to be unique on this machine, else -1)
static Value uuid_generate_time_safe(void) {
  unsigned char bytes[16];
  int safety;
  BLOCKING(safety = generate_safely(bytes));
  Value value = bytes_new(bytes, sizeof bytes);
  return value ? tuple_of(2, value, value_from_small_int(safety)) : NULL;
}

static bool uuid_initialize(Value module) {
  void *library = dlopen("libuuid.so.1", RTLD_NOW | RTLD_LOCAL);
  void *function = library ? dlsym(library, "uuid_generate_time_safe") : NULL;
  if (!function) raise(CLASS_IMPORT_ERROR, "cannot load libuuid");
  generate_safely = (typeof(generate_safely))function;
  return function && module_add_int(module, "has_uuid_generate_time_safe", 1);
}
static const NativeMethod uuid_functions[] = {
    NATIVE("generate_time_safe", uuid_generate_time_safe, "()", "A time-based UUID."), {}};
const NativeModule uuid_module = {"_uuid", "UUIDs from the system.", uuid_functions, uuid_initialize};
