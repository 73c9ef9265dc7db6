// The fcntl module: fcntl(), ioctl() and file locks.
#include "runtime/module/posix.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum : size_t { ARGUMENT_SIZE = 1024 };

// An int argument as ioctl() and fcntl() take it: 32 bits, signed or not.
static bool parse_argument(Value value, long *number) {
  Value index = value_index(value);
  int64_t result;
  if (!index) return false;
  if (int_fits_int64(index, &result) && result >= INT32_MIN && result <= UINT32_MAX) {
    *number = (int)(uint32_t)result;
    return true;
  }
  raise(CLASS_OVERFLOW_ERROR,
        int_sign(index) < 0 ? "signed integer is less than minimum" : "unsigned integer is greater than maximum");
  return false;
}

static Value fcntl_fcntl(Value fd, Value command_value, Value argument) {
  int descriptor = descriptor_from_value(fd), command, result;
  if (descriptor < 0 || !value_as_int(command_value, &command)) return NULL;
  if (argument && (value_is_str(argument) || value_has_buffer(argument))) {
    char memory[ARGUMENT_SIZE + 1] = {};
    Value bytes = value_is_str(argument) ? path_encode(argument) : NULL;
    Buffer buffer;
    if ((value_is_str(argument) && !bytes) || !buffer_acquire(bytes ? bytes : argument, &buffer, BUFFER_SIMPLE))
      return NULL;
    size_t length = buffer.length;
    if (length <= ARGUMENT_SIZE) memcpy(memory, buffer.data, length);
    buffer_release(&buffer);
    if (length > ARGUMENT_SIZE) return raise_value_error("fcntl string arg too long");
    BLOCKING_RETRY(result, fcntl(descriptor, command, memory));
    return result < 0 ? system_error() : bytes_new(memory, length);
  }
  long number = 0;
  if (argument && !parse_argument(argument, &number)) return NULL;
  BLOCKING_RETRY(result, fcntl(descriptor, command, number));
  return result < 0 ? system_error() : value_from_small_int(result);
}

// ioctl() with a buffer: changes it in place (and gives the call's result), or works on a copy that it returns.
static Value ioctl_buffer(int descriptor, unsigned long request, Value argument, bool mutate) {
  Buffer buffer;
  if (!buffer_acquire(argument, &buffer, mutate ? BUFFER_WRITABLE : BUFFER_SIMPLE)) return NULL;
  char memory[ARGUMENT_SIZE + 1];
  size_t length = buffer.length;
  bool small = length <= ARGUMENT_SIZE;
  int result = -1;
  if (!small && !mutate) {
    buffer_release(&buffer);
    return raise_value_error("ioctl string arg too long");
  }
  if (small) {
    memcpy(memory, buffer.data, length);
    memory[length] = 0;
  }
  BLOCKING(result = ioctl(descriptor, request, small ? memory : (char *)buffer.data));
  int error = errno;
  if (mutate && small) memcpy(buffer.data, memory, length);
  buffer_release(&buffer);
  errno = error;
  if (result < 0) return system_error();
  return mutate ? value_from_small_int(result) : bytes_new(memory, length);
}

static Value fcntl_ioctl(Value fd, Value request_value, Value argument, Value mutate_value) {
  int descriptor = descriptor_from_value(fd), result;
  int64_t request;
  if (descriptor < 0 || !value_as_int64(request_value, &request)) return NULL;
  int mutate = mutate_value ? value_truth(mutate_value) : 1;
  if (mutate < 0) return NULL;
  unsigned long code = (unsigned)request;
  if (argument && value_is_str(argument)) {
    Value bytes = path_encode(argument);
    return bytes ? ioctl_buffer(descriptor, code, bytes, false) : NULL;
  }
  if (argument && value_has_buffer(argument)) {
    Buffer buffer;
    if (!buffer_acquire(argument, &buffer, BUFFER_SIMPLE)) return NULL;
    bool read_only = buffer.read_only;
    buffer_release(&buffer);
    return ioctl_buffer(descriptor, code, argument, mutate && !read_only);
  }
  long number = 0;
  if (argument && !parse_argument(argument, &number)) return NULL;
  BLOCKING(result = ioctl(descriptor, code, number));
  return result < 0 ? system_error() : value_from_small_int(result);
}

static Value fcntl_flock(Value fd, Value operation_value) {
  int descriptor = descriptor_from_value(fd), operation, result;
  if (descriptor < 0 || !value_as_int(operation_value, &operation)) return NULL;
  BLOCKING_RETRY(result, flock(descriptor, operation));
  return posix_none(result);
}

static Value fcntl_lockf(Value fd, Value command_value, Value length_value, Value start_value, Value whence_value) {
  int descriptor = descriptor_from_value(fd), command, whence = 0, result;
  int64_t length = 0, start = 0;
  if (descriptor < 0 || !value_as_int(command_value, &command) ||
      (length_value && !parse_offset(length_value, &length)) || (start_value && !parse_offset(start_value, &start)) ||
      (whence_value && !value_as_int(whence_value, &whence)))
    return NULL;
  struct flock lock = {.l_start = start, .l_len = length, .l_whence = (short)whence};
  if (command == LOCK_UN)
    lock.l_type = F_UNLCK;
  else if (command & LOCK_SH)
    lock.l_type = F_RDLCK;
  else if (command & LOCK_EX)
    lock.l_type = F_WRLCK;
  else
    return raise_value_error("unrecognized lockf argument");
  BLOCKING_RETRY(result, fcntl(descriptor, command & LOCK_NB ? F_SETLK : F_SETLKW, &lock));
  return posix_none(result);
}

static const NativeMethod fcntl_functions[] = {
    NATIVE("fcntl", fcntl_fcntl, "(fd, cmd, arg=0, /)", "Perform an operation on a descriptor."),
    NATIVE("ioctl", fcntl_ioctl, "(fd, request, arg=0, mutate_flag=True, /)", "Control a device."),
    NATIVE("flock", fcntl_flock, "(fd, operation, /)", "Lock a whole file."),
    NATIVE("lockf", fcntl_lockf, "(fd, cmd, len=0, start=0, whence=0, /)", "Lock a part of a file."),
    {}};

static bool fcntl_initialize(Value module) {
  // clang-format off
  static const IntConstant numbers[] = {
#define C(name) {#name, name},
      C(LOCK_SH) C(LOCK_EX) C(LOCK_NB) C(LOCK_UN) C(LOCK_MAND) C(LOCK_READ) C(LOCK_WRITE) C(LOCK_RW) C(F_DUPFD)
      C(F_DUPFD_CLOEXEC) C(F_GETFD) C(F_SETFD) C(F_GETFL) C(F_SETFL) C(F_GETLK) C(F_SETLK) C(F_SETLKW) C(F_OFD_GETLK)
      C(F_OFD_SETLK) C(F_OFD_SETLKW) C(F_GETOWN) C(F_SETOWN) C(F_GETSIG) C(F_SETSIG) C(F_RDLCK) C(F_WRLCK) C(F_UNLCK)
      C(F_GETLK64) C(F_SETLK64) C(F_SETLKW64) C(FASYNC) C(F_SETLEASE) C(F_GETLEASE) C(F_NOTIFY) C(F_EXLCK) C(F_SHLCK)
      C(F_SETPIPE_SZ) C(F_GETPIPE_SZ) C(FD_CLOEXEC) C(DN_ACCESS) C(DN_MODIFY) C(DN_CREATE) C(DN_DELETE) C(DN_RENAME)
      C(DN_ATTRIB) C(F_ADD_SEALS) C(F_GET_SEALS) C(F_SEAL_SEAL) C(F_SEAL_SHRINK) C(F_SEAL_GROW) C(F_SEAL_WRITE)
#undef C
      {"DN_MULTISHOT", 0x80000000}, {}};
  // clang-format on
  return module_add_constants(module, numbers);
}

const NativeModule fcntl_module = {"fcntl", "Operations on file descriptors.", fcntl_functions, fcntl_initialize};
