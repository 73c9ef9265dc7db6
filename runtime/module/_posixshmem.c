// The module _posixshmem: shared memory objects by name.
#include "runtime/heap/heap.h"
#include "runtime/module/system.h"
#include "runtime/object/native.h"
#include "runtime/object/str.h"

#include <fcntl.h>
#include <sys/mman.h>

// The name in the file system's encoding. Zero: exception pending.
static Value encoded_name(Value path, const char *function) {
  if (!value_is_str(path)) return raise_bad_argument(function, "path", "str", path);
  return path_as_bytes(path);
}

static Value shmem_shm_open(Value path, Value flags_value, Value mode_value) {
  int flags, mode = 0777, descriptor;
  Value name = encoded_name(path, "shm_open");
  if (!name || !value_as_int(flags_value, &flags) || (mode_value && !value_as_int(mode_value, &mode))) return NULL;
  BLOCKING_RETRY(descriptor, shm_open((const char *)value_as_bytes(name)->data, flags, (mode_t)mode));
  KEEP(name);
  if (descriptor < 0) return exception_pending() ? NULL : raise_os_error(errno, path);
  return value_from_small_int(descriptor);
}
static Value shmem_shm_unlink(Value path) {
  int result;
  Value name = encoded_name(path, "shm_unlink");
  if (!name) return NULL;
  BLOCKING_RETRY(result, shm_unlink((const char *)value_as_bytes(name)->data));
  KEEP(name);
  if (result < 0) return exception_pending() ? NULL : raise_os_error(errno, path);
  return VALUE_NONE;
}

static const NativeMethod shmem_functions[] = {
    NATIVE("shm_open", shmem_shm_open, "(path, flags, mode=511)", "Open a shared memory object; its file descriptor."),
    NATIVE("shm_unlink", shmem_shm_unlink, "(path)", "Remove the name of a shared memory object."),
    {}};
const NativeModule posixshmem_module = {"_posixshmem", "POSIX shared memory.", shmem_functions, NULL};
