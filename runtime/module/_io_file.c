// FileIO: a raw stream over a file descriptor. Every method is one system call, repeated when a signal interrupts it.
//
// Threads: the descriptor is one word; close() takes it out first, so that no two threads close it.
#include "runtime/module/_io.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/runtime.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Class *io_file_class;

typedef struct FileIO {
  Cell head;
  _Atomic int descriptor; // -1: closed
  bool created, readable, writable, appending, close_descriptor, finalizing;
  int8_t seekable; // -1: not known yet
  int32_t block_size;
} FileIO;

static FileIO *as_file(Value self) {
  return (FileIO *)value_cell(self);
}

static Value raise_closed(void) {
  return raise_value_error("I/O operation on closed file");
}
static Value raise_mode(const char *action) {
  char text[64];
  strcpy(text, "File not open for ");
  strcat(text, action);
  return io_raise_unsupported(text);
}

bool io_file_is_open(Value self) {
  return as_file(self)->descriptor >= 0;
}

static Value file_new(Value class, [[maybe_unused]] Value *arguments, [[maybe_unused]] size_t count,
                      [[maybe_unused]] Value keyword_names) {
  FileIO *file = class_allocate(value_as_class(class), 0);
  if (!file) return NULL;
  file->descriptor = -1;
  file->seekable = -1;
  file->block_size = (int32_t)IO_BUFFER_SIZE;
  file->close_descriptor = true;
  return value_from_cell(file);
}

static bool close_descriptor_now(FileIO *file) {
  int descriptor = atomic_exchange(&file->descriptor, -1);
  if (descriptor < 0) return true;
  int result;
  BLOCKING(result = close(descriptor));
  if (result == 0) return true;
  raise_os_error(errno, NULL);
  return false;
}

static bool parse_mode(FileIO *file, Value mode, int *flags) {
  const char *text = "r";
  if (mode) {
    if (!value_is_str(mode)) {
      raise_bad_argument("FileIO", "mode", "str", mode);
      return false;
    }
    if (!(text = str_utf8(mode, NULL))) return false;
  }
  bool main_seen = false, plus = false;
  for (const char *c = text; *c; c++) {
    switch (*c) {
    case 'x':
    case 'r':
    case 'w':
    case 'a':
      if (main_seen) goto wrong;
      main_seen = true;
      if (*c == 'r') {
        file->readable = true;
        break;
      }
      file->writable = true;
      *flags |= *c == 'x' ? O_EXCL | O_CREAT : *c == 'w' ? O_CREAT | O_TRUNC : O_APPEND | O_CREAT;
      if (*c == 'x') file->created = true;
      if (*c == 'a') file->appending = true;
      break;
    case 'b':
      break;
    case '+':
      if (plus) goto wrong;
      plus = file->readable = file->writable = true;
      break;
    default:
      raise_value_error("invalid mode: %.200s", text);
      return false;
    }
  }
  if (!main_seen) goto wrong;
  *flags |= file->readable && file->writable ? O_RDWR : file->readable ? O_RDONLY : O_WRONLY;
  *flags |= O_CLOEXEC;
  return true;
wrong:
  raise_value_error("Must have exactly one of create/read/write/append mode and at most one plus");
  return false;
}

// The descriptor that `opener` returns, or of an ordinary open(); -1 with exception.
static int open_descriptor(Value name, Value path, Value opener, int flags) {
  if (!opener || opener == VALUE_NONE) {
    int descriptor;
    BLOCKING_RETRY(descriptor, open((const char *)value_as_bytes(path)->data, flags, 0666));
    if (descriptor < 0 && !exception_pending()) raise_os_error(errno, name);
    return descriptor;
  }
  Value result = value_call_2(opener, name, value_from_small_int(flags));
  if (!result) return -1;
  if (!value_is_int(result)) {
    raise_type_error("expected integer from opener");
    return -1;
  }
  int descriptor;
  if (!value_as_int(result, &descriptor)) return -1;
  if (descriptor < 0) {
    raise_value_error("opener returned %d", descriptor);
    return -1;
  }
  if (!descriptor_set_inheritable(descriptor, false)) {
    raise_os_error(errno, NULL);
    return -1;
  }
  return descriptor;
}

static Value file_init(Value self, Value name, Value mode, Value close_descriptor, Value opener) {
  FileIO *file = as_file(self);
  if (file->descriptor >= 0) { // initialized a second time
    if (file->close_descriptor) {
      if (!close_descriptor_now(file)) return NULL;
    } else {
      file->descriptor = -1;
    }
  }
  io_set_open(self, true);
  if (value_is_float(name)) return raise_type_error("integer argument expected, got float");
  int closing = close_descriptor ? value_truth(close_descriptor) : 1;
  if (closing < 0) return NULL;
  int descriptor = -1;
  if (value_special(name, SPECIAL_INDEX)) {
    if (value_as_int(name, &descriptor)) {
      if (descriptor < 0) return raise_value_error("negative file descriptor");
    } else {
      exception_clear();
      descriptor = -1;
    }
  }
  Value path = NULL;
  if (descriptor < 0 && !(path = path_as_bytes(name))) return NULL;

  file->created = file->readable = file->writable = file->appending = false;
  file->seekable = -1;
  file->close_descriptor = closing;
  int flags = 0;
  if (!parse_mode(file, mode, &flags)) return NULL;
  bool own = descriptor < 0;
  if (own) {
    if (!closing) return raise_value_error("Cannot use closefd=False with file name");
    if ((descriptor = open_descriptor(name, path, opener, flags)) < 0) return NULL;
  }
  file->descriptor = descriptor;
  struct stat status;
  file->block_size = (int32_t)IO_BUFFER_SIZE;
  if (fstat(descriptor, &status) == 0) {
    if (S_ISDIR(status.st_mode)) {
      errno = EISDIR;
      raise_os_error(EISDIR, name);
      goto failed;
    }
    if (status.st_blksize > 1) file->block_size = (int32_t)status.st_blksize;
  } else if (errno == EBADF) {
    raise_os_error(errno, NULL);
    goto failed;
  }
  if (!value_set_attribute(self, NAME(name), name)) goto failed;
  if (file->appending && lseek(descriptor, 0, SEEK_END) < 0 && errno != ESPIPE) {
    raise_os_error(errno, NULL);
    goto failed;
  }
  return VALUE_NONE;

failed:
  if (!own) {
    file->descriptor = -1;
  } else {
    Value failure = exception_take();
    close_descriptor_now(file);
    io_chain_exceptions(failure);
  }
  return NULL;
}

Value io_file_open(Value path, const char *mode, bool close_descriptor, Value opener) {
  Value self = file_new(value_from_cell(io_file_class), NULL, 0, NULL);
  Value mode_value = self ? str_from_c(mode) : NULL;
  return mode_value && file_init(self, path, mode_value, value_from_bool(close_descriptor), opener) ? self : NULL;
}

// ---- Reading and writing ----

ptrdiff_t io_file_read(Value self, void *memory, size_t size) {
  FileIO *file = as_file(self);
  if (file->descriptor < 0 || !file->readable) {
    file->descriptor < 0 ? raise_closed() : raise_mode("reading");
    return -1;
  }
  ptrdiff_t count;
  BLOCKING_RETRY(count, read(file->descriptor, memory, size));
  if (count >= 0) return count;
  if (exception_pending()) return -1;
  if (errno == EAGAIN) return -2;
  raise_os_error(errno, NULL);
  return -1;
}

ptrdiff_t io_file_write(Value self, const void *memory, size_t size) {
  FileIO *file = as_file(self);
  if (file->descriptor < 0 || !file->writable) {
    file->descriptor < 0 ? raise_closed() : raise_mode("writing");
    return -1;
  }
  ptrdiff_t count;
  BLOCKING_RETRY(count, write(file->descriptor, memory, size));
  if (count >= 0) return count;
  if (exception_pending()) return -1;
  if (errno == EAGAIN) return -2;
  raise_os_error(errno, NULL);
  return -1;
}

// An int for a count, None for "would block", zero for an exception.
static Value count_value(ptrdiff_t count) {
  return count >= 0 ? int_from_int64(count) : count == -2 ? VALUE_NONE : NULL;
}

static Value file_readinto(Value self, Value target) {
  FileIO *file = as_file(self);
  if (file->descriptor < 0) return raise_closed();
  if (!file->readable) return raise_mode("reading");
  Buffer buffer;
  if (!buffer_acquire_writable(target, &buffer, "readinto() argument")) return NULL;
  ptrdiff_t count = io_file_read(self, buffer.data, buffer.length);
  buffer_release(&buffer);
  return count_value(count);
}

// Reads into malloc'ed memory that grows; for files whose size is not known.
static Value read_growing(Value self, const void *start, size_t length) {
  size_t capacity = length + IO_BUFFER_SIZE;
  uint8_t *memory = malloc(capacity);
  if (!memory) return raise_memory_error();
  if (length) memcpy(memory, start, length);
  for (;;) {
    if (length == capacity) {
      size_t larger = capacity + (capacity > 65536 ? capacity / 4 + (1u << 18) : capacity);
      uint8_t *moved = realloc(memory, larger);
      if (!moved) {
        free(memory);
        return raise_memory_error();
      }
      memory = moved;
      capacity = larger;
    }
    ptrdiff_t count = io_file_read(self, memory + length, capacity - length);
    if (count == -1 || (count == -2 && length == 0)) {
      free(memory);
      return count == -1 ? NULL : VALUE_NONE;
    }
    if (count <= 0) break;
    length += (size_t)count;
  }
  Value result = bytes_new(memory, length);
  free(memory);
  return result;
}

static Value file_readall(Value self) {
  FileIO *file = as_file(self);
  if (file->descriptor < 0) return raise_closed();
  struct stat status;
  int64_t position = lseek(file->descriptor, 0, SEEK_CUR);
  if (fstat(file->descriptor, &status) != 0 || !S_ISREG(status.st_mode) || position < 0 || status.st_size <= position)
    return read_growing(self, NULL, 0);
  // A regular file: its size is known, so that the bytes can be read into their final place.
  size_t size = (size_t)(status.st_size - position), length = 0;
  Bytes *bytes = bytes_allocate(size);
  if (!bytes) return NULL;
  while (length < size) {
    ptrdiff_t count = io_file_read(self, bytes->data + length, size - length);
    if (count == -1) return NULL;
    if (count <= 0) return count == -2 && length == 0 ? VALUE_NONE : bytes_new(bytes->data, length);
    length += (size_t)count;
  }
  uint8_t more[512];
  ptrdiff_t count = io_file_read(self, more, sizeof more);
  if (count == -1) return NULL;
  if (count <= 0) return value_from_cell(bytes);
  uint8_t *joined = malloc(length + (size_t)count);
  if (!joined) return raise_memory_error();
  memcpy(joined, bytes->data, length);
  memcpy(joined + length, more, (size_t)count);
  Value result = read_growing(self, joined, length + (size_t)count);
  free(joined);
  return result;
}

static Value file_read(Value self, Value size) {
  FileIO *file = as_file(self);
  if (file->descriptor < 0) return raise_closed();
  if (!file->readable) return raise_mode("reading");
  ptrdiff_t wanted;
  if (!io_parse_size(size, &wanted)) return NULL;
  if (wanted < 0) return file_readall(self);
  Bytes *bytes = bytes_allocate((size_t)wanted);
  if (!bytes) return NULL;
  ptrdiff_t count = io_file_read(self, bytes->data, (size_t)wanted);
  if (count < 0) return count == -2 ? VALUE_NONE : NULL;
  return count == wanted ? value_from_cell(bytes) : bytes_new(bytes->data, (size_t)count);
}

static Value file_write(Value self, Value source) {
  FileIO *file = as_file(self);
  if (file->descriptor < 0) return raise_closed();
  if (!file->writable) return raise_mode("writing");
  Buffer buffer;
  if (!buffer_acquire(source, &buffer, BUFFER_SIMPLE)) return NULL;
  ptrdiff_t count = io_file_write(self, buffer.data, buffer.length);
  buffer_release(&buffer);
  // A signal may have cut the write short: its handler runs before the caller goes on.
  return count == -1 || safepoint_handle() ? count_value(count) : NULL;
}

// ---- Position ----

static Value seek_to(FileIO *file, Value offset_value, int whence, bool quiet) {
  int64_t offset = 0;
  if (offset_value) {
    if (value_is_float(offset_value)) return raise_type_error("an integer is required");
    Value number = value_index(offset_value);
    if (!number) return NULL;
    if (!int_fits_int64(number, &offset))
      return raise(CLASS_OVERFLOW_ERROR, "Python int too large to convert to C long");
  }
  off_t result;
  BLOCKING(result = lseek(file->descriptor, offset, whence));
  if (file->seekable < 0) file->seekable = result >= 0;
  if (result < 0) return quiet && errno == ESPIPE ? VALUE_NONE : raise_os_error(errno, NULL);
  return int_from_int64(result);
}

static Value file_seek(Value self, Value offset, Value whence_value) {
  FileIO *file = as_file(self);
  int whence = 0;
  if (whence_value && !value_as_int(whence_value, &whence)) return NULL;
  if (file->descriptor < 0) return raise_closed();
  return seek_to(file, offset, whence, false);
}
static Value file_tell(Value self) {
  FileIO *file = as_file(self);
  return file->descriptor < 0 ? raise_closed() : seek_to(file, NULL, SEEK_CUR, false);
}

static Value file_truncate(Value self, Value size) {
  FileIO *file = as_file(self);
  if (file->descriptor < 0) return raise_closed();
  if (!file->writable) return raise_mode("writing");
  if (!size || size == VALUE_NONE) size = seek_to(file, NULL, SEEK_CUR, false);
  if (!size) return NULL;
  int64_t length;
  Value number = value_index(size);
  if (!number) return NULL;
  if (!int_fits_int64(number, &length)) return raise(CLASS_OVERFLOW_ERROR, "Python int too large to convert to C long");
  int result;
  BLOCKING_RETRY(result, ftruncate(file->descriptor, length));
  return result < 0 ? system_error() : size;
}

// ---- State ----

static Value file_close(Value self) {
  FileIO *file = as_file(self);
  Value result = io_base_close(self);
  if (!file->close_descriptor) {
    file->descriptor = -1;
    return result;
  }
  Value failure = result ? NULL : exception_take();
  if (file->finalizing && file->descriptor >= 0) warn_unclosed(self, "file ", self);
  if (!close_descriptor_now(file)) result = NULL;
  if (failure) {
    io_chain_exceptions(failure);
    return NULL;
  }
  io_set_open(self, false);
  return result;
}

static Value file_fileno(Value self) {
  return as_file(self)->descriptor < 0 ? raise_closed() : value_from_small_int(as_file(self)->descriptor);
}
static Value file_readable(Value self) {
  return as_file(self)->descriptor < 0 ? raise_closed() : value_from_bool(as_file(self)->readable);
}
static Value file_writable(Value self) {
  return as_file(self)->descriptor < 0 ? raise_closed() : value_from_bool(as_file(self)->writable);
}
static Value file_seekable(Value self) {
  FileIO *file = as_file(self);
  if (file->descriptor < 0) return raise_closed();
  if (file->seekable < 0) {
    if (!seek_to(file, NULL, SEEK_CUR, false)) exception_clear();
  }
  return value_from_bool(file->seekable > 0);
}
static Value file_isatty(Value self) {
  FileIO *file = as_file(self);
  if (file->descriptor < 0) return raise_closed();
  int result;
  BLOCKING(result = isatty(file->descriptor));
  return value_from_bool(result);
}

static const char *file_mode(const FileIO *file) {
  if (file->created) return file->readable ? "xb+" : "xb";
  if (file->appending) return file->readable ? "ab+" : "ab";
  return !file->readable ? "wb" : file->writable ? "rb+" : "rb";
}

static Value file_repr(Value self) {
  FileIO *file = as_file(self);
  if (file->descriptor < 0) return str_from_c("<_io.FileIO [closed]>");
  const char *closing = file->close_descriptor ? "True" : "False";
  Value name;
  int found = io_find_name(self, &name);
  if (found < 0) return NULL;
  if (!found)
    return str_format_c("<_io.FileIO fd=%d mode='%s' closefd=%s>", file->descriptor, file_mode(file), closing);
  int entered = repr_enter(self);
  if (entered < 0) return NULL;
  if (entered) return raise(CLASS_RUNTIME_ERROR, "reentrant call inside %s.__repr__", value_class_name(self));
  Value result = str_format_c("<_io.FileIO name=%R mode='%s' closefd=%s>", name, file_mode(file), closing);
  repr_leave(self);
  return result;
}

static Value file_dealloc_warn(Value self, Value source) {
  FileIO *file = as_file(self);
  if (file->descriptor >= 0 && file->close_descriptor) warn_unclosed(self, "file ", source);
  return VALUE_NONE;
}

static Value get_closed(Value self) {
  return value_from_bool(as_file(self)->descriptor < 0);
}
static Value get_closefd(Value self) {
  return value_from_bool(as_file(self)->close_descriptor);
}
static Value get_mode(Value self) {
  return str_from_c(file_mode(as_file(self)));
}

static const NativeMethod file_methods[] = {
    NATIVE("__new__", file_new, NULL, NULL, NATIVE_STATIC),
    NATIVE("__init__", file_init, "($self, /, file, mode='r', closefd=True, opener=None)",
           "Open a file by name or descriptor."),
    NATIVE("read", file_read, "($self, size=-1, /)", "Read at most size bytes with one system call."),
    NATIVE("readall", file_readall, "($self, /)", "Read all data until the end of the file."),
    NATIVE("readinto", file_readinto, "($self, buffer, /)", "Read into a writable buffer."),
    NATIVE("write", file_write, "($self, b, /)", "Write bytes; return how many were written."),
    NATIVE("seek", file_seek, "($self, pos, whence=0, /)", "Move to a position."),
    NATIVE("tell", file_tell, "($self, /)", "Current position."),
    NATIVE("truncate", file_truncate, "($self, size=None, /)", "Resize the file."),
    NATIVE("close", file_close, "($self, /)", "Close the file."),
    NATIVE("seekable", file_seekable, "($self, /)", "True if the file can seek."),
    NATIVE("readable", file_readable, "($self, /)", "True if opened for reading."),
    NATIVE("writable", file_writable, "($self, /)", "True if opened for writing."),
    NATIVE("fileno", file_fileno, "($self, /)", "The file descriptor."),
    NATIVE("isatty", file_isatty, "($self, /)", "True if connected to a terminal."),
    NATIVE("_dealloc_warn", file_dealloc_warn, "($self, source, /)", NULL),
    NATIVE("__getstate__", io_raise_pickling, "($self, /)", NULL, NATIVE_METHOD),
    NATIVE("__repr__", file_repr, "($self, /)", "Return repr(self)."),
    {}};
static const NativeProperty file_properties[] = {
    {"closed", get_closed, NULL, "True if the file is closed"},
    {"closefd", get_closefd, NULL, "True if close() closes the descriptor"},
    {"mode", get_mode, NULL, "String giving the file mode"},
    {}};
static const NativeMember file_members[] = {{"_blksize", MEMBER_INT32, true, offsetof(FileIO, block_size), NULL},
                                            {"_finalizing", MEMBER_BOOL, true, offsetof(FileIO, finalizing), NULL},
                                            {}};
static const CellType file_cell_type = {.name = "FileIO"};
static const ClassDef file_definition = {.name = "_io.FileIO",
                                         .doc = "An unbuffered stream over a file descriptor.",
                                         .cell_type = &file_cell_type,
                                         .instance_size = sizeof(FileIO),
                                         .flags = CLASS_BASE_TYPE | CLASS_HAS_DICT | CLASS_HAS_WEAKREF,
                                         .methods = file_methods,
                                         .properties = file_properties,
                                         .members = file_members};

bool io_add_file_classes(Value module) {
  return module_add_class(module, &file_definition, io_raw_base_class, &io_file_class);
}
