// posix: file descriptors. Opening, reading, writing, and everything that moves bytes between them.
#include "runtime/module/posix.h"
#include "runtime/module/waiting.h"

#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

static Value posix_open(Value path_value, Value flags_value, Value mode_value, Value dir_fd_value) {
  Path path;
  int flags, mode = 0777, dir_fd, result;
  if (!path_parse(path_value, "open", "path", 0, &path) || !value_as_int(flags_value, &flags) ||
      (mode_value && !value_as_int(mode_value, &mode)) || !parse_dir_fd(dir_fd_value, &dir_fd))
    return NULL;
  BLOCKING_RETRY(result, openat(dir_fd, path.text, flags | O_CLOEXEC, mode));
  KEEP(path.bytes);
  return result < 0 ? path_error(&path) : value_from_small_int(result);
}

static Value posix_close(Value fd) {
  int descriptor, result;
  if (!value_as_int(fd, &descriptor)) return NULL;
  BLOCKING(result = close(descriptor));
  return result < 0 && errno != EINTR ? system_error() : VALUE_NONE;
}

static Value posix_closerange(Value low_value, Value high_value) {
  int low, high;
  if (!value_as_int(low_value, &low) || !value_as_int(high_value, &high)) return NULL;
  if (low < 0) low = 0;
  if (low < high) BLOCKING(close_range((unsigned)low, (unsigned)high - 1, 0));
  return VALUE_NONE;
}

static Value posix_read(Value fd, Value length_value) {
  int descriptor;
  ptrdiff_t length;
  NativeCaller caller = native_caller((const void *)posix_read);
  if (!value_as_int(fd, &descriptor) || !value_as_size(length_value, &length, CLASS_OVERFLOW_ERROR)) return NULL;
  if (length < 0) return raise_os_error(EINVAL, NULL);
  if (!lookout_before_read(descriptor, -1, caller)) return NULL;
  Bytes *bytes = bytes_allocate((size_t)length);
  if (!bytes) return NULL;
  ssize_t count;
  BLOCKING_RETRY(count, read(descriptor, bytes->data, (size_t)length));
  if (count < 0) return system_error();
  return count == length ? value_from_cell(bytes) : bytes_new(bytes->data, (size_t)count);
}

static Value posix_pread(Value fd, Value length_value, Value offset_value) {
  int descriptor, length;
  int64_t offset;
  if (!value_as_int(fd, &descriptor) || !value_as_int(length_value, &length) || !parse_offset(offset_value, &offset))
    return NULL;
  if (length < 0) return raise_os_error(EINVAL, NULL);
  Bytes *bytes = bytes_allocate((size_t)length);
  if (!bytes) return NULL;
  ssize_t count;
  BLOCKING_RETRY(count, pread(descriptor, bytes->data, (size_t)length, offset));
  if (count < 0) return system_error();
  return count == length ? value_from_cell(bytes) : bytes_new(bytes->data, (size_t)count);
}

static Value posix_write(Value fd, Value data) {
  int descriptor;
  Buffer buffer;
  if (!value_as_int(fd, &descriptor) || !buffer_acquire(data, &buffer, BUFFER_SIMPLE)) return NULL;
  ssize_t count;
  BLOCKING_RETRY(count, write(descriptor, buffer.data, buffer.length));
  int error = errno;
  buffer_release(&buffer);
  errno = error;
  // A signal may have cut the write short: its handler runs before the caller goes on.
  return count < 0 || safepoint_handle() ? posix_int(count) : NULL;
}

static Value posix_pwrite(Value fd, Value data, Value offset_value) {
  int descriptor;
  int64_t offset;
  Buffer buffer;
  if (!value_as_int(fd, &descriptor) || !parse_offset(offset_value, &offset) ||
      !buffer_acquire(data, &buffer, BUFFER_SIMPLE))
    return NULL;
  ssize_t count;
  BLOCKING_RETRY(count, pwrite(descriptor, buffer.data, buffer.length, offset));
  int error = errno;
  buffer_release(&buffer);
  errno = error;
  return posix_int(count);
}

// ---- Several buffers ----

typedef struct Vectors {
  size_t count;
  struct iovec *pieces;
  Buffer *buffers;
} Vectors;

static void vectors_release(Vectors *vectors) {
  int error = errno;
  // The buffers' owners are kept alive by the sequence that the caller holds.
  for (size_t i = 0; i < vectors->count; i++) buffer_release(&vectors->buffers[i]);
  free(vectors->pieces);
  errno = error;
}

// `holder` receives a cell that keeps the owners of the buffers alive while they stand in malloc'ed memory.
static bool vectors_acquire(const char *function, Value sequence, int flags, Vectors *vectors, Value *holder) {
  *vectors = (Vectors){};
  if (!value_special(sequence, SPECIAL_LEN) || !value_special(sequence, SPECIAL_GETITEM)) {
    raise_type_error("%s() arg 2 must be a sequence", function);
    return false;
  }
  *holder = value_to_list(sequence);
  if (!*holder) return false;
  size_t count = list_count(*holder);
  char *memory = calloc(count + 1, sizeof(struct iovec) + sizeof(Buffer));
  if (!memory) {
    raise_memory_error();
    return false;
  }
  vectors->pieces = (struct iovec *)(void *)memory;
  vectors->buffers = (Buffer *)(void *)(memory + (count + 1) * sizeof(struct iovec));
  for (size_t i = 0; i < count; i++) {
    if (!buffer_acquire(list_item(*holder, i), &vectors->buffers[i], flags)) {
      vectors_release(vectors);
      return false;
    }
    vectors->pieces[i] = (struct iovec){vectors->buffers[i].data, vectors->buffers[i].length};
    vectors->count++;
  }
  return true;
}

static Value do_vectors(const char *function, Value fd, Value buffers, Value offset_value, Value flags_value,
                        bool writes) {
  int descriptor, flags = 0;
  int64_t offset = -1;
  Vectors vectors;
  Value holder;
  if (!value_as_int(fd, &descriptor) || (offset_value && !parse_offset(offset_value, &offset)) ||
      (flags_value && !value_as_int(flags_value, &flags)) ||
      !vectors_acquire(function, buffers, writes ? BUFFER_SIMPLE : BUFFER_WRITABLE, &vectors, &holder))
    return NULL;
  ssize_t result;
  int count = (int)vectors.count;
  if (writes)
    BLOCKING_RETRY(result, offset_value ? pwritev2(descriptor, vectors.pieces, count, offset, flags)
                                        : writev(descriptor, vectors.pieces, count));
  else
    BLOCKING_RETRY(result, offset_value ? preadv2(descriptor, vectors.pieces, count, offset, flags)
                                        : readv(descriptor, vectors.pieces, count));
  vectors_release(&vectors);
  KEEP(holder);
  return posix_int(result);
}
static Value posix_readv(Value fd, Value buffers) {
  return do_vectors("readv", fd, buffers, NULL, NULL, false);
}
static Value posix_writev(Value fd, Value buffers) {
  return do_vectors("writev", fd, buffers, NULL, NULL, true);
}
static Value posix_preadv(Value fd, Value buffers, Value offset, Value flags) {
  return do_vectors("preadv", fd, buffers, offset, flags, false);
}
static Value posix_pwritev(Value fd, Value buffers, Value offset, Value flags) {
  return do_vectors("pwritev", fd, buffers, offset, flags, true);
}

// ---- Position and size ----

static Value posix_lseek(Value fd, Value position_value, Value how_value) {
  int descriptor, how;
  int64_t position;
  if (!value_as_int(fd, &descriptor) || !parse_offset(position_value, &position) || !value_as_int(how_value, &how))
    return NULL;
  off_t result;
  BLOCKING(result = lseek(descriptor, position, how));
  return posix_int(result);
}
static Value posix_ftruncate(Value fd, Value length_value) {
  int descriptor, result;
  int64_t length;
  if (!value_as_int(fd, &descriptor) || !parse_offset(length_value, &length)) return NULL;
  BLOCKING_RETRY(result, ftruncate(descriptor, length));
  return posix_none(result);
}
static Value posix_fsync(Value fd) {
  int descriptor = descriptor_from_value(fd), result;
  if (descriptor < 0) return NULL;
  BLOCKING_RETRY(result, fsync(descriptor));
  return posix_none(result);
}
static Value posix_fdatasync(Value fd) {
  int descriptor = descriptor_from_value(fd), result;
  if (descriptor < 0) return NULL;
  BLOCKING_RETRY(result, fdatasync(descriptor));
  return posix_none(result);
}
static Value posix_posix_fallocate(Value fd, Value offset_value, Value length_value) {
  int descriptor, result;
  int64_t offset, length;
  if (!value_as_int(fd, &descriptor) || !parse_offset(offset_value, &offset) || !parse_offset(length_value, &length))
    return NULL;
  do {
    BLOCKING(result = posix_fallocate(descriptor, offset, length));
  } while (result == EINTR && safepoint_handle());
  return exception_pending() ? NULL : result ? raise_os_error(result, NULL) : VALUE_NONE;
}
static Value posix_posix_fadvise(Value fd, Value offset_value, Value length_value, Value advice_value) {
  int descriptor, advice, result;
  int64_t offset, length;
  if (!value_as_int(fd, &descriptor) || !parse_offset(offset_value, &offset) || !parse_offset(length_value, &length) ||
      !value_as_int(advice_value, &advice))
    return NULL;
  do {
    BLOCKING(result = posix_fadvise(descriptor, offset, length, advice));
  } while (result == EINTR && safepoint_handle());
  return exception_pending() ? NULL : result ? raise_os_error(result, NULL) : VALUE_NONE;
}
static Value posix_lockf(Value fd, Value command_value, Value length_value) {
  int descriptor, command, result;
  int64_t length;
  if (!value_as_int(fd, &descriptor) || !value_as_int(command_value, &command) || !parse_offset(length_value, &length))
    return NULL;
  BLOCKING(result = lockf(descriptor, command, length));
  return posix_none(result);
}

// ---- Between descriptors ----

static Value posix_sendfile(Value out_value, Value in_value, Value offset_value, Value count_value) {
  int out, in;
  ptrdiff_t count;
  int64_t offset;
  if (!value_as_int(out_value, &out) || !value_as_int(in_value, &in) ||
      !value_as_size(count_value, &count, CLASS_OVERFLOW_ERROR))
    return NULL;
  ssize_t result;
  if (offset_value == VALUE_NONE) {
    BLOCKING_RETRY(result, sendfile(out, in, NULL, (size_t)count));
  } else {
    if (!parse_offset(offset_value, &offset)) return NULL;
    BLOCKING_RETRY(result, sendfile(out, in, &offset, (size_t)count));
  }
  return posix_int(result);
}

static bool parse_optional_offset(Value value, int64_t *offset, int64_t **place) {
  *place = NULL;
  if (!value || value == VALUE_NONE) return true;
  *place = offset;
  return parse_offset(value, offset);
}

static Value posix_copy_file_range(Value in_value, Value out_value, Value count_value, Value in_offset_value,
                                   Value out_offset_value) {
  int in, out;
  ptrdiff_t count;
  int64_t in_offset, out_offset, *in_place, *out_place;
  if (!value_as_int(in_value, &in) || !value_as_int(out_value, &out) ||
      !value_as_size(count_value, &count, CLASS_OVERFLOW_ERROR))
    return NULL;
  if (count < 0) return raise_value_error("negative value for 'count' not allowed");
  if (!parse_optional_offset(in_offset_value, &in_offset, &in_place) ||
      !parse_optional_offset(out_offset_value, &out_offset, &out_place))
    return NULL;
  ssize_t result;
  BLOCKING_RETRY(result, copy_file_range(in, in_place, out, out_place, (size_t)count, 0));
  return posix_int(result);
}

static Value posix_splice(Value in_value, Value out_value, Value count_value, Value in_offset_value,
                          Value out_offset_value, Value flags_value) {
  int in, out, flags = 0;
  ptrdiff_t count;
  int64_t in_offset, out_offset, *in_place, *out_place;
  if (!value_as_int(in_value, &in) || !value_as_int(out_value, &out) ||
      !value_as_size(count_value, &count, CLASS_OVERFLOW_ERROR) || (flags_value && !value_as_int(flags_value, &flags)))
    return NULL;
  if (count < 0) return raise_value_error("negative value for 'count' not allowed");
  if (!parse_optional_offset(in_offset_value, &in_offset, &in_place) ||
      !parse_optional_offset(out_offset_value, &out_offset, &out_place))
    return NULL;
  ssize_t result;
  BLOCKING_RETRY(result, splice(in, in_place, out, out_place, (size_t)count, (unsigned)flags));
  return posix_int(result);
}

// ---- Descriptors themselves ----

static Value posix_dup(Value fd) {
  int descriptor, result;
  if (!value_as_int(fd, &descriptor)) return NULL;
  BLOCKING(result = fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  return posix_int(result);
}
static Value posix_dup2(Value fd, Value fd2, Value inheritable_value) {
  int from, to, result;
  bool inheritable;
  if (!value_as_int(fd, &from) || !value_as_int(fd2, &to) || !parse_flag(inheritable_value, true, &inheritable))
    return NULL;
  if (from < 0 || to < 0) return raise_os_error(EBADF, NULL);
  BLOCKING(result = inheritable || from == to ? dup2(from, to) : dup3(from, to, O_CLOEXEC));
  if (result >= 0 && !inheritable && from == to && !descriptor_set_inheritable(to, false)) return system_error();
  return posix_int(result);
}

static Value pair_of(int a, int b) {
  return tuple_of(2, value_from_small_int(a), value_from_small_int(b));
}
static Value do_pipe(int flags) {
  int fds[2], result;
  BLOCKING(result = pipe2(fds, flags));
  return result < 0 ? system_error() : pair_of(fds[0], fds[1]);
}
static Value posix_pipe(void) {
  return do_pipe(O_CLOEXEC);
}
static Value posix_pipe2(Value flags_value) {
  int flags;
  return value_as_int(flags_value, &flags) ? do_pipe(flags) : NULL;
}

static Value posix_get_inheritable(Value fd) {
  int descriptor;
  if (!value_as_int(fd, &descriptor)) return NULL;
  int flags = fcntl(descriptor, F_GETFD);
  return flags < 0 ? system_error() : value_from_bool(!(flags & FD_CLOEXEC));
}
static Value posix_set_inheritable(Value fd, Value inheritable_value) {
  int descriptor, inheritable;
  if (!value_as_int(fd, &descriptor) || !value_as_int(inheritable_value, &inheritable)) return NULL;
  return descriptor_set_inheritable(descriptor, inheritable) ? VALUE_NONE : system_error();
}
static Value posix_get_blocking(Value fd) {
  int descriptor;
  if (!value_as_int(fd, &descriptor)) return NULL;
  int flags = fcntl(descriptor, F_GETFL);
  return flags < 0 ? system_error() : value_from_bool(!(flags & O_NONBLOCK));
}
static Value posix_set_blocking(Value fd, Value blocking_value) {
  int descriptor;
  bool blocking;
  if (!value_as_int(fd, &descriptor) || !parse_flag(blocking_value, true, &blocking)) return NULL;
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0) return system_error();
  return posix_none(fcntl(descriptor, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK));
}

static Value posix_eventfd(Value initial_value, Value flags_value) {
  int64_t initial;
  int flags = EFD_CLOEXEC, result;
  if (!value_as_int64(initial_value, &initial) || (flags_value && !value_as_int(flags_value, &flags))) return NULL;
  if (initial < 0 || initial > UINT32_MAX)
    return raise(CLASS_OVERFLOW_ERROR, initial < 0 ? "can't convert negative value to unsigned int"
                                                   : "Python int too large to convert to C unsigned int");
  BLOCKING(result = eventfd((unsigned)initial, flags));
  return posix_int(result);
}
static Value posix_eventfd_read(Value fd) {
  int descriptor = descriptor_from_value(fd), result;
  eventfd_t number;
  if (descriptor < 0) return NULL;
  BLOCKING(result = eventfd_read(descriptor, &number));
  return result < 0 ? system_error() : int_from_uint64(number);
}
static Value posix_eventfd_write(Value fd, Value value) {
  int descriptor = descriptor_from_value(fd), result;
  uint64_t number;
  Value index = descriptor < 0 ? NULL : value_index(value);
  if (!index) return NULL;
  if (!int_fits_uint64(index, &number))
    return raise(CLASS_OVERFLOW_ERROR, "Python int too large to convert to C unsigned long");
  BLOCKING(result = eventfd_write(descriptor, number));
  return posix_none(result);
}
static Value posix_memfd_create(Value name_value, Value flags_value) {
  Value name = path_as_bytes(name_value);
  int64_t flags = MFD_CLOEXEC;
  int result;
  if (!name || (flags_value && !value_as_int64(flags_value, &flags))) return NULL;
  BLOCKING(result = memfd_create((const char *)value_as_bytes(name)->data, (unsigned)flags));
  KEEP(name);
  return posix_int(result);
}

// ---- Terminals ----

static Value posix_isatty(Value fd) {
  int descriptor, result;
  if (!value_as_int(fd, &descriptor)) return NULL;
  BLOCKING(result = isatty(descriptor));
  return value_from_bool(result);
}
static Value posix_ttyname(Value fd) {
  int descriptor, result;
  char name[512];
  if (!value_as_int(fd, &descriptor)) return NULL;
  BLOCKING(result = ttyname_r(descriptor, name, sizeof name));
  return result ? raise_os_error(result, NULL) : path_decode_c(name);
}
static Value posix_ctermid(void) {
  char name[64];
  return path_decode_c(ctermid(name));
}
static Value posix_openpty(void) {
  int controller, terminal;
  if (openpty(&controller, &terminal, NULL, NULL, NULL) < 0) return system_error();
  if (!descriptor_set_inheritable(controller, false) || !descriptor_set_inheritable(terminal, false)) {
    Value failure = system_error();
    close(controller);
    close(terminal);
    return failure;
  }
  return pair_of(controller, terminal);
}
static Value posix_login_tty(Value fd) {
  int descriptor = descriptor_from_value(fd);
  return descriptor < 0 ? NULL : posix_none(login_tty(descriptor));
}
static Value posix_tcgetpgrp(Value fd) {
  int descriptor;
  return value_as_int(fd, &descriptor) ? posix_int(tcgetpgrp(descriptor)) : NULL;
}
static Value posix_tcsetpgrp(Value fd, Value group_value) {
  int descriptor, group;
  if (!value_as_int(fd, &descriptor) || !value_as_int(group_value, &group)) return NULL;
  return posix_none(tcsetpgrp(descriptor, group));
}
static Value posix_device_encoding(Value fd) {
  extern const char *locale_encoding(void);
  int descriptor, result;
  if (!value_as_int(fd, &descriptor)) return NULL;
  BLOCKING(result = isatty(descriptor));
  return result ? str_from_c(locale_encoding()) : VALUE_NONE;
}

// ---- Randomness ----

static Value posix_getrandom(Value size_value, Value flags_value) {
  ptrdiff_t size;
  int flags = 0;
  if (!value_as_size(size_value, &size, CLASS_OVERFLOW_ERROR) || (flags_value && !value_as_int(flags_value, &flags)))
    return NULL;
  if (size < 0) return raise_os_error(EINVAL, NULL);
  Bytes *bytes = bytes_allocate((size_t)size);
  if (!bytes) return NULL;
  ssize_t count;
  BLOCKING_RETRY(count, getrandom(bytes->data, (size_t)size, (unsigned)flags));
  if (count < 0) return system_error();
  return count == size ? value_from_cell(bytes) : bytes_new(bytes->data, (size_t)count);
}
static Value posix_urandom(Value size_value) {
  ptrdiff_t size;
  if (!value_as_size(size_value, &size, CLASS_OVERFLOW_ERROR)) return NULL;
  if (size < 0) return raise_value_error("negative argument not allowed");
  Bytes *bytes = bytes_allocate((size_t)size);
  if (!bytes) return NULL;
  for (ptrdiff_t done = 0; done < size;) {
    ssize_t count;
    BLOCKING_RETRY(count, getrandom(bytes->data + done, (size_t)(size - done), 0));
    if (count < 0) return system_error();
    done += count;
  }
  return value_from_cell(bytes);
}

const NativeMethod posix_file_functions[] = {
    NATIVE("open", posix_open, "(path, flags, mode=511, *, dir_fd=None)", "Open a file; return its descriptor."),
    NATIVE("close", posix_close, "(fd)", "Close a descriptor."),
    NATIVE("closerange", posix_closerange, "(fd_low, fd_high, /)", "Close all descriptors in a range."),
    NATIVE("read", posix_read, "(fd, length, /)", "Read at most length bytes.", NATIVE_WAITS),
    NATIVE("pread", posix_pread, "(fd, length, offset, /)", "Read at an offset."),
    NATIVE("write", posix_write, "(fd, data, /)", "Write bytes; return how many were written."),
    NATIVE("pwrite", posix_pwrite, "(fd, buffer, offset, /)", "Write at an offset."),
    NATIVE("readv", posix_readv, "(fd, buffers, /)", "Read into several buffers."),
    NATIVE("writev", posix_writev, "(fd, buffers, /)", "Write several buffers."),
    NATIVE("preadv", posix_preadv, "(fd, buffers, offset, flags=0, /)", "Read into several buffers at an offset."),
    NATIVE("pwritev", posix_pwritev, "(fd, buffers, offset, flags=0, /)", "Write several buffers at an offset."),
    NATIVE("lseek", posix_lseek, "(fd, position, how, /)", "Move the position."),
    NATIVE("ftruncate", posix_ftruncate, "(fd, length, /)", "Resize a file."),
    NATIVE("fsync", posix_fsync, "(fd)", "Write a file to disk."),
    NATIVE("fdatasync", posix_fdatasync, "(fd)", "Write a file's data to disk."),
    NATIVE("posix_fallocate", posix_posix_fallocate, "(fd, offset, length, /)", "Reserve disk space."),
    NATIVE("posix_fadvise", posix_posix_fadvise, "(fd, offset, length, advice, /)", "Announce how data will be used."),
    NATIVE("lockf", posix_lockf, "(fd, command, length, /)", "Lock a part of a file."),
    NATIVE("sendfile", posix_sendfile, "(out_fd, in_fd, offset, count)", "Copy bytes between descriptors."),
    NATIVE("copy_file_range", posix_copy_file_range, "(src, dst, count, offset_src=None, offset_dst=None)",
           "Copy bytes between files."),
    NATIVE("splice", posix_splice, "(src, dst, count, offset_src=None, offset_dst=None, flags=0)",
           "Move bytes between a pipe and a descriptor."),
    NATIVE("dup", posix_dup, "(fd, /)", "A duplicate of a descriptor, not inheritable."),
    NATIVE("dup2", posix_dup2, "(fd, fd2, inheritable=True)", "Duplicate a descriptor to a given number."),
    NATIVE("pipe", posix_pipe, "()", "A pipe: (read end, write end)."),
    NATIVE("pipe2", posix_pipe2, "(flags, /)", "A pipe with flags."),
    NATIVE("get_inheritable", posix_get_inheritable, "(fd, /)", "Whether child programs inherit a descriptor."),
    NATIVE("set_inheritable", posix_set_inheritable, "(fd, inheritable, /)",
           "Let child programs inherit a descriptor or not."),
    NATIVE("get_blocking", posix_get_blocking, "(fd, /)", "Whether operations on a descriptor wait."),
    NATIVE("set_blocking", posix_set_blocking, "(fd, blocking, /)", "Let operations on a descriptor wait or not."),
    NATIVE("eventfd", posix_eventfd, "(initval, flags=EFD_CLOEXEC)", "A descriptor that counts events."),
    NATIVE("eventfd_read", posix_eventfd_read, "(fd)", "Take the count."),
    NATIVE("eventfd_write", posix_eventfd_write, "(fd, value)", "Add to the count."),
    NATIVE("memfd_create", posix_memfd_create, "(name, flags=MFD_CLOEXEC)", "A file in memory."),
    NATIVE("isatty", posix_isatty, "(fd, /)", "Whether a descriptor is a terminal."),
    NATIVE("ttyname", posix_ttyname, "(fd, /)", "Name of a terminal."),
    NATIVE("ctermid", posix_ctermid, "()", "Name of the controlling terminal."),
    NATIVE("openpty", posix_openpty, "()", "A pseudo-terminal: (controller, terminal)."),
    NATIVE("login_tty", posix_login_tty, "(fd, /)", "Make a terminal the controlling one, in a new session."),
    NATIVE("tcgetpgrp", posix_tcgetpgrp, "(fd, /)", "Foreground process group of a terminal."),
    NATIVE("tcsetpgrp", posix_tcsetpgrp, "(fd, pgid, /)", "Set the foreground process group of a terminal."),
    NATIVE("device_encoding", posix_device_encoding, "(fd)", "Encoding of a terminal, or None."),
    NATIVE("getrandom", posix_getrandom, "(size, flags=0)", "Random bytes, perhaps fewer than asked for."),
    NATIVE("urandom", posix_urandom, "(size, /)", "Random bytes for cryptographic use."),
    {}};
