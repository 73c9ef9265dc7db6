// The module _posixshmem: POSIX shared memory objects, for multiprocessing.shared_memory.
//
// Threads: no state of its own.
#include "runtime/heap/heap.h"
#include "runtime/module/system.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/str.h"
#include "runtime/thread/safepoint.h"

#include <sys/mman.h>

static bool name_parse(Value name, const char *function, Path *path) {
  if (value_is_str(name)) return path_parse(name, function, "path", 0, path);
  raise_type_error("%s() argument 'path' must be str, not %T", function, name);
  return false;
}

static Value open_object(Value name, Value flags_value, Value mode_value) {
  Path path;
  int flags, mode = 0777, descriptor;
  if (!name_parse(name, "shm_open", &path) || !value_as_int(flags_value, &flags) ||
      (mode_value && !value_as_int(mode_value, &mode)))
    return NULL;
  BLOCKING_RETRY(descriptor, shm_open(path.text, flags, (mode_t)mode));
  KEEP(path.bytes);
  return descriptor < 0 ? path_error(&path) : int_from_int64(descriptor);
}

static Value unlink_object(Value name) {
  Path path;
  int result;
  if (!name_parse(name, "shm_unlink", &path)) return NULL;
  BLOCKING_RETRY(result, shm_unlink(path.text));
  KEEP(path.bytes);
  return result < 0 ? path_error(&path) : VALUE_NONE;
}

static const NativeMethod functions[] = {
    NATIVE("shm_open", open_object, "(path, flags, mode=511)",
           "Open a shared memory object; returns a file descriptor."),
    NATIVE("shm_unlink", unlink_object, "(path)", "Remove a shared memory object."),
    {}};

const NativeModule posixshmem_module = {
    .name = "_posixshmem", .doc = "POSIX shared memory objects.", .functions = functions};
