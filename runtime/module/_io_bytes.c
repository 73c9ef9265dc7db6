// BytesIO: a buffered byte stream in memory.
//
// The contents stand in a bytes cell of at least `length` bytes. A cell that others may have seen (`shared`: it came in
// or was given out) is copied before it is written to, so that getvalue() of an unchanged stream copies nothing.
#include "runtime/module/_io.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"

#include <string.h>

Class *io_bytes_class;
static Class *export_class;

typedef struct BytesIO {
  Cell head;
  Value storage; // bytes cell; zero: closed
  // ---- end of values
  IoLock lock;
  size_t position, length;
  int64_t exports; // live getbuffer() views
  bool shared;
} BytesIO;

static BytesIO *as_bytes_io(Value self) {
  return (BytesIO *)value_cell(self);
}
static uint8_t *contents(BytesIO *b) {
  return value_as_bytes(b->storage)->data;
}
static size_t capacity(const BytesIO *b) {
  return value_as_bytes(b->storage)->length;
}

static bool enter(Value self) {
  BytesIO *b = as_bytes_io(self);
  io_lock_take(&b->lock);
  if (b->storage) return true;
  io_lock_release(&b->lock);
  raise_value_error("I/O operation on closed file.");
  return false;
}
static Value leave(Value self, Value result) {
  io_lock_release(&as_bytes_io(self)->lock);
  return result;
}
// Views are released without the lock.
static int64_t exports_of(const BytesIO *b) {
  return __atomic_load_n(&b->exports, __ATOMIC_RELAXED);
}

static bool check_exports(const BytesIO *b) {
  if (exports_of(b) == 0) return true;
  // Views that nobody refers to any more do not count, even if they have not been finalized yet.
  for (int generation = 0; generation <= 2; generation += 2) {
    heap_collect(generation);
    if (exports_of(b) == 0) return true;
  }
  raise(CLASS_BUFFER_ERROR, "Existing exports of data: object cannot be re-sized");
  return false;
}

// Makes the storage private and at least `wanted` bytes large (no less than `length`).
static bool reserve(BytesIO *b, size_t wanted) {
  if (!b->shared && wanted <= capacity(b)) return true;
  size_t size = wanted;
  if (wanted > b->length) {
    size_t larger = b->length + b->length / 4 + 64;
    if (wanted < larger) size = larger;
  }
  Bytes *bytes = bytes_allocate(size);
  if (!bytes) return false;
  memcpy(bytes->data, contents(b), b->length);
  gc_store(b, &b->storage, value_from_cell(bytes));
  b->shared = false;
  return true;
}

static bool write_bytes(BytesIO *b, const uint8_t *data, size_t count) {
  size_t end;
  if (__builtin_add_overflow(b->position, count, &end) || end > PTRDIFF_MAX) {
    raise(CLASS_OVERFLOW_ERROR, "new buffer size too large");
    return false;
  }
  if (!reserve(b, end > b->length ? end : b->length)) return false;
  if (b->position > b->length) memset(contents(b) + b->length, 0, b->position - b->length);
  memmove(contents(b) + b->position, data, count);
  b->position = end;
  if (end > b->length) b->length = end;
  return true;
}

static Value bytes_io_new(Value class, [[maybe_unused]] Value *arguments, [[maybe_unused]] size_t count,
                          [[maybe_unused]] Value keyword_names) {
  Value empty = bytes_new(NULL, 0);
  BytesIO *b = empty ? class_allocate(value_as_class(class), 0) : NULL;
  if (!b) return NULL;
  gc_init(b, &b->storage, empty);
  b->shared = true;
  return value_from_cell(b);
}

static Value bytes_io_init(Value self, Value initial) {
  BytesIO *b = as_bytes_io(self);
  if (!check_exports(b)) return NULL;
  Value storage;
  if (!initial || initial == VALUE_NONE) {
    storage = bytes_new(NULL, 0);
  } else if (VALUE_IS_EXACT(initial, BYTES)) {
    storage = initial;
  } else {
    Buffer buffer;
    if (!buffer_acquire(initial, &buffer, BUFFER_SIMPLE)) return NULL;
    storage = bytes_new(buffer.data, buffer.length);
    buffer_release(&buffer);
  }
  if (!storage) return NULL;
  io_lock_take(&b->lock);
  gc_store(b, &b->storage, storage);
  b->length = value_as_bytes(storage)->length;
  b->position = 0;
  b->shared = true;
  return leave(self, VALUE_NONE);
}

// ---- Reading ----

static Value take(BytesIO *b, size_t count) {
  if (b->position >= b->length) return bytes_new(NULL, 0);
  if (count > b->length - b->position) count = b->length - b->position;
  Value result;
  if (b->position == 0 && count == capacity(b) && exports_of(b) == 0) {
    result = b->storage;
    b->shared = true;
  } else {
    result = bytes_new(contents(b) + b->position, count);
  }
  if (result) b->position += count;
  return result;
}

static Value bytes_io_read(Value self, Value size) {
  ptrdiff_t count;
  if (!io_parse_size(size, &count) || !enter(self)) return NULL;
  return leave(self, take(as_bytes_io(self), count < 0 ? SIZE_MAX : (size_t)count));
}

static size_t line_length(BytesIO *b, ptrdiff_t limit) {
  if (b->position >= b->length) return 0;
  size_t count = b->length - b->position;
  if (limit >= 0 && (size_t)limit < count) count = (size_t)limit;
  const uint8_t *start = contents(b) + b->position, *newline = memchr(start, '\n', count);
  return newline ? (size_t)(newline - start) + 1 : count;
}

static Value bytes_io_readline(Value self, Value size) {
  ptrdiff_t limit;
  if (!io_parse_size(size, &limit) || !enter(self)) return NULL;
  BytesIO *b = as_bytes_io(self);
  return leave(self, take(b, line_length(b, limit)));
}

static Value bytes_io_next(Value self) {
  if (!enter(self)) return NULL;
  BytesIO *b = as_bytes_io(self);
  size_t length = line_length(b, -1);
  return leave(self, length ? take(b, length) : VALUE_STOP);
}

static Value bytes_io_readlines(Value self, Value hint) {
  ptrdiff_t limit, total = 0;
  if (!io_parse_size(hint, &limit)) return NULL;
  Value lines = list_new(NULL, 0);
  if (!lines || !enter(self)) return NULL;
  BytesIO *b = as_bytes_io(self);
  for (size_t length; (length = line_length(b, -1));) {
    Value line = take(b, length);
    if (!line || !list_append(lines, line)) return leave(self, NULL);
    total += (ptrdiff_t)length;
    if (limit > 0 && total >= limit) break;
  }
  return leave(self, lines);
}

static Value bytes_io_readinto(Value self, Value target) {
  if (!enter(self)) return NULL;
  BytesIO *b = as_bytes_io(self);
  Buffer buffer;
  if (!buffer_acquire_writable(target, &buffer, "readinto() argument")) return leave(self, NULL);
  size_t count = b->position < b->length ? b->length - b->position : 0;
  if (count > buffer.length) count = buffer.length;
  memmove(buffer.data, contents(b) + b->position, count);
  b->position += count;
  buffer_release(&buffer);
  return leave(self, int_from_size(count));
}

static Value bytes_io_getvalue(Value self) {
  if (!enter(self)) return NULL;
  BytesIO *b = as_bytes_io(self);
  if (b->length != capacity(b) || exports_of(b)) {
    Value exact = bytes_new(contents(b), b->length);
    if (!exact || exports_of(b)) return leave(self, exact);
    gc_store(b, &b->storage, exact);
  }
  b->shared = true;
  return leave(self, b->storage);
}

// ---- Writing ----

static Value bytes_io_write(Value self, Value source) {
  BytesIO *b = as_bytes_io(self);
  if (!enter(self)) return NULL;
  if (!check_exports(b)) return leave(self, NULL);
  Buffer buffer;
  if (!buffer_acquire(source, &buffer, BUFFER_SIMPLE)) return leave(self, NULL);
  bool done = buffer.length == 0 || write_bytes(b, buffer.data, buffer.length);
  Value result = done ? int_from_size(buffer.length) : NULL;
  buffer_release(&buffer);
  return leave(self, result);
}

static Value bytes_io_writelines(Value self, Value lines) {
  if (!enter(self)) return NULL;
  leave(self, NULL);
  Value line;
  Iteration i = iteration_start(lines);
  while (iteration_next(&i, &line))
    if (!bytes_io_write(self, line)) return NULL;
  return iteration_failed(&i) ? NULL : VALUE_NONE;
}

static Value bytes_io_truncate(Value self, Value size_value) {
  if (!enter(self)) return NULL;
  BytesIO *b = as_bytes_io(self);
  ptrdiff_t size = (ptrdiff_t)b->position;
  if (!check_exports(b)) return leave(self, NULL);
  if (size_value && size_value != VALUE_NONE) {
    if (!io_parse_size(size_value, &size)) return leave(self, NULL);
    if (size < 0) return leave(self, raise_value_error("negative size value %zd", size));
  }
  if ((size_t)size < b->length) b->length = (size_t)size;
  return leave(self, int_from_int64(size));
}

static Value bytes_io_seek(Value self, Value offset_value, Value whence_value) {
  ptrdiff_t offset;
  int whence = 0;
  if (!value_as_size(offset_value, &offset, CLASS_OVERFLOW_ERROR) ||
      (whence_value && !value_as_int(whence_value, &whence)) || !enter(self))
    return NULL;
  BytesIO *b = as_bytes_io(self);
  if (offset < 0 && whence == 0) return leave(self, raise_value_error("negative seek value %zd", offset));
  if (whence < 0 || whence > 2)
    return leave(self, raise_value_error("invalid whence (%i, should be 0, 1 or 2)", whence));
  ptrdiff_t start = whence == 0 ? 0 : whence == 1 ? (ptrdiff_t)b->position : (ptrdiff_t)b->length;
  if (__builtin_add_overflow(start, offset, &offset))
    return leave(self, raise(CLASS_OVERFLOW_ERROR, "new position too large"));
  b->position = offset < 0 ? 0 : (size_t)offset;
  return leave(self, int_from_size(b->position));
}

static Value bytes_io_tell(Value self) {
  return enter(self) ? leave(self, int_from_size(as_bytes_io(self)->position)) : NULL;
}
static Value bytes_io_true(Value self) {
  return enter(self) ? leave(self, VALUE_TRUE) : NULL;
}
static Value bytes_io_isatty(Value self) {
  return enter(self) ? leave(self, VALUE_FALSE) : NULL;
}
static Value bytes_io_flush(Value self) {
  return enter(self) ? leave(self, VALUE_NONE) : NULL;
}
static Value bytes_io_iter(Value self) {
  return enter(self) ? leave(self, self) : NULL;
}
static Value bytes_io_close(Value self) {
  BytesIO *b = as_bytes_io(self);
  if (!check_exports(b)) return NULL;
  io_lock_take(&b->lock);
  gc_store(b, &b->storage, NULL);
  return leave(self, VALUE_NONE);
}
static Value get_closed(Value self) {
  return value_from_bool(!as_bytes_io(self)->storage);
}

// ---- Pickling ----

static Value bytes_io_getstate(Value self) {
  Value contents_value = bytes_io_getvalue(self);
  Value dict = contents_value ? value_get_dict(self) : NULL;
  if (!dict) return NULL;
  Value attributes = dict_count(dict) ? dict_copy(dict) : VALUE_NONE;
  Value position = int_from_size(as_bytes_io(self)->position);
  return attributes && position ? tuple_of(3, contents_value, position, attributes) : NULL;
}

static Value bytes_io_setstate(Value self, Value state) {
  BytesIO *b = as_bytes_io(self);
  if (!b->storage) return raise_value_error("I/O operation on closed file.");
  if (!value_is_tuple(state) || tuple_count(state) < 3)
    return raise_type_error("%.200T.__setstate__ argument should be 3-tuple, got %.200T", self, state);
  if (!check_exports(b)) return NULL;
  Value position_value = tuple_item(state, 1), attributes = tuple_item(state, 2);
  if (!bytes_io_init(self, tuple_item(state, 0))) return NULL;
  if (!value_is_int(position_value))
    return raise_type_error("second item of state must be an integer, not %.200T", position_value);
  ptrdiff_t position;
  if (!value_as_size(position_value, &position, CLASS_OVERFLOW_ERROR)) return NULL;
  if (position < 0) return raise_value_error("position value cannot be negative");
  b->position = (size_t)position;
  if (attributes == VALUE_NONE) return VALUE_NONE;
  if (!value_is_dict(attributes))
    return raise_type_error("third item of state should be a dict, got a %.200T", attributes);
  Value dict = value_get_dict(self);
  return dict && dict_update(dict, attributes, true) ? VALUE_NONE : NULL;
}

static Value bytes_io_sizeof(Value self) {
  BytesIO *b = as_bytes_io(self);
  return int_from_size(cell_size(&b->head) + (b->storage && !b->shared ? cell_size(value_cell(b->storage)) : 0));
}

// ---- getbuffer() ----

// What the memoryview borrows from: it keeps the stream from being resized while views exist.
typedef struct Export {
  Cell head;
  Value source;
} Export;

static bool export_acquire(Value self, Buffer *buffer, [[maybe_unused]] int flags) {
  BytesIO *b = as_bytes_io(((Export *)value_cell(self))->source);
  io_lock_take(&b->lock);
  bool done = b->storage && (!b->shared || reserve(b, b->length));
  if (done) {
    __atomic_fetch_add(&b->exports, 1, __ATOMIC_RELAXED);
    *buffer = (Buffer){.owner = self, .data = contents(b), .length = b->length, .item_size = 1, .dimensions = 1};
  } else if (!b->storage) {
    raise_value_error("I/O operation on closed file.");
  }
  io_lock_release(&b->lock);
  return done;
}
static void export_release(Value self, [[maybe_unused]] Buffer *buffer) {
  BytesIO *b = as_bytes_io(((Export *)value_cell(self))->source);
  __atomic_fetch_sub(&b->exports, 1, __ATOMIC_RELAXED);
}
static const BufferProtocol export_protocol = {export_acquire, export_release};
static const CellType export_cell_type = {.name = "_BytesIOBuffer", CELL_VALUES(Export, source, source)};
static const ClassDef export_definition = {.name = "_io._BytesIOBuffer",
                                           .cell_type = &export_cell_type,
                                           .instance_size = sizeof(Export),
                                           .flags = CLASS_NO_NEW};

static Value bytes_io_getbuffer(Value self) {
  if (!enter(self)) return NULL;
  leave(self, NULL);
  Export *export = class_allocate(export_class, 0);
  if (!export) return NULL;
  gc_init(export, &export->source, self);
  return value_call_1(value_from_cell(BUILTIN(MEMORYVIEW)), value_from_cell(export));
}

static const NativeMethod bytes_io_methods[] = {
    NATIVE("__new__", bytes_io_new, NULL, NULL, NATIVE_STATIC),
    NATIVE("__init__", bytes_io_init, "($self, /, initial_bytes=b'')", "A byte stream with these contents."),
    NATIVE("read", bytes_io_read, "($self, size=-1, /)", "Read at most size bytes."),
    NATIVE("read1", bytes_io_read, "($self, size=-1, /)", "Read at most size bytes."),
    NATIVE("readline", bytes_io_readline, "($self, size=-1, /)", "Read one line."),
    NATIVE("readlines", bytes_io_readlines, "($self, size=None, /)", "List of lines, about size bytes in all."),
    NATIVE("readinto", bytes_io_readinto, "($self, buffer, /)", "Read into a writable buffer."),
    NATIVE("write", bytes_io_write, "($self, b, /)", "Write bytes."),
    NATIVE("writelines", bytes_io_writelines, "($self, lines, /)", "Write each item of an iterable."),
    NATIVE("seek", bytes_io_seek, "($self, pos, whence=0, /)", "Move to a position."),
    NATIVE("tell", bytes_io_tell, "($self, /)", "Current position."),
    NATIVE("truncate", bytes_io_truncate, "($self, size=None, /)", "Cut the contents off."),
    NATIVE("getvalue", bytes_io_getvalue, "($self, /)", "All contents."),
    NATIVE("getbuffer", bytes_io_getbuffer, "($self, /)", "A writable view of the contents."),
    NATIVE("close", bytes_io_close, "($self, /)", "Forget the contents."),
    NATIVE("flush", bytes_io_flush, "($self, /)", "Does nothing."),
    NATIVE("isatty", bytes_io_isatty, "($self, /)", "Always False."),
    NATIVE("readable", bytes_io_true, "($self, /)", "Always True."),
    NATIVE("writable", bytes_io_true, "($self, /)", "Always True."),
    NATIVE("seekable", bytes_io_true, "($self, /)", "Always True."),
    NATIVE("__iter__", bytes_io_iter, "($self, /)", "Implement iter(self)."),
    NATIVE("__next__", bytes_io_next, "($self, /)", "Implement next(self)."),
    NATIVE("__getstate__", bytes_io_getstate, "($self, /)", NULL, NATIVE_METHOD),
    NATIVE("__setstate__", bytes_io_setstate, "($self, state, /)", NULL, NATIVE_METHOD),
    NATIVE("__sizeof__", bytes_io_sizeof, "($self, /)", "Bytes of memory.", NATIVE_METHOD),
    {}};
static const NativeProperty bytes_io_properties[] = {{"closed", get_closed, NULL, "True if the file is closed."}, {}};
static const CellType bytes_io_cell_type = {.name = "BytesIO", CELL_VALUES(BytesIO, storage, storage)};
static const ClassDef bytes_io_definition = {.name = "_io.BytesIO",
                                             .doc = "A buffered byte stream in memory.",
                                             .cell_type = &bytes_io_cell_type,
                                             .instance_size = sizeof(BytesIO),
                                             .flags = CLASS_BASE_TYPE | CLASS_HAS_DICT | CLASS_HAS_WEAKREF,
                                             .methods = bytes_io_methods,
                                             .properties = bytes_io_properties};

bool io_add_bytes_classes(Value module) {
  if (!module_add_class(module, &bytes_io_definition, io_buffered_base_class, &io_bytes_class)) return false;
  // Nobody can see an exact BytesIO die: its contents are memory. (Subclasses get the flag back.)
  io_bytes_class->flags &= ~CLASS_HAS_DEL;
  export_class = class_from_definition(&export_definition, NULL);
  if (!export_class) return false;
  heap_add_root_range((Value *)(void *)&export_class, 1);
  buffer_register(export_class, &export_protocol);
  return true;
}
