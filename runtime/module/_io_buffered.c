// BufferedReader, BufferedWriter, BufferedRandom and BufferedRWPair.
//
// One buffer serves reading and writing. All positions below count from its start:
//   position    where the next byte is read or written
//   read_end    end of the bytes that mirror the raw stream; -1: the buffer holds nothing read
//   write_start, write_end   bytes not yet written to the raw stream; write_end -1: none
//   raw_at      where the raw stream stands; -1: unknown
// raw_position is the raw stream's own position as last heard of, -1 if unknown.
//
// Threads: every method holds the object's lock; re-entering it in one thread (a signal handler) is RuntimeError.
#include "runtime/module/_io.h"
#include "runtime/object/int.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Class *io_reader_class, *io_writer_class, *io_random_class, *io_pair_class;

typedef struct Buffered {
  Cell head;
  Value raw; // zero: not initialized, or detached
  // ---- end of values
  IoLock lock;
  uint8_t *memory; // malloc'ed; NULL once closed
  int64_t size;
  int64_t position, raw_at, read_end, write_start, write_end;
  int64_t raw_position;
  bool ready, detached, readable, writable, finalizing, raw_is_file;
} Buffered;

enum : int64_t { FAILED = -1, WOULD_BLOCK = -2 };

static Buffered *as_buffered(Value self) {
  return (Buffered *)value_cell(self);
}

// ---- State ----

static bool has_read(const Buffered *b) {
  return b->readable && b->read_end != -1;
}
static bool has_written(const Buffered *b) {
  return b->writable && b->write_end != -1;
}
static int64_t read_ahead(const Buffered *b) {
  return has_read(b) ? b->read_end - b->position : 0;
}
// How far the raw stream is ahead of the logical position.
static int64_t raw_offset(const Buffered *b) {
  return (has_read(b) || has_written(b)) && b->raw_at >= 0 ? b->raw_at - b->position : 0;
}
static void set_position(Buffered *b, int64_t position) {
  b->position = position;
  if (has_read(b) && b->read_end < position) b->read_end = position;
}
static void drop_read(Buffered *b) {
  b->read_end = -1;
}
static void drop_written(Buffered *b) {
  b->write_start = 0;
  b->write_end = -1;
}

static bool check_ready(const Buffered *b) {
  if (b->ready) return true;
  raise_value_error(b->detached ? "raw stream has been detached" : "I/O operation on uninitialized object");
  return false;
}

static int raw_is_closed(const Buffered *b) {
  return b->raw_is_file ? !io_file_is_open(b->raw) : io_is_closed(b->raw);
}

static bool check_open(const Buffered *b, const char *message) {
  if (!check_ready(b)) return false;
  int closed = b->memory ? raw_is_closed(b) : 1;
  if (closed > 0) raise_value_error("%s", message);
  return closed == 0;
}

static bool enter(Value self) {
  Buffered *b = as_buffered(self);
  if (io_lock_is_mine(&b->lock)) {
    raise(CLASS_RUNTIME_ERROR, "reentrant call inside %R", self);
    return false;
  }
  io_lock_take(&b->lock);
  return true;
}
// Under the lock, another thread may have closed the stream meanwhile.
static bool enter_open(Value self, const char *message) {
  Buffered *b = as_buffered(self);
  if (!check_open(b, message) || !enter(self)) return false;
  if (b->memory) return true;
  io_lock_release(&b->lock);
  raise_value_error("%s", message);
  return false;
}
static void leave(Value self) {
  io_lock_release(&as_buffered(self)->lock);
}

// ---- The raw stream ----

// raw.METHOD(view of `storage`, a bytes or bytearray) -> a count within 0..size, WOULD_BLOCK or FAILED.
static int64_t call_raw(Value raw, const char *method, Value storage, int64_t size) {
  Value view = value_call_1(value_from_cell(BUILTIN(MEMORYVIEW)), storage);
  if (!view) return FAILED;
  Value result;
  while (!(result = value_call_method_1(raw, method, view)))
    if (!io_retry_interrupted()) return FAILED;
  Value released = value_call_method_0(view, "release");
  if (!released) return FAILED;
  if (result == VALUE_NONE) return WOULD_BLOCK;
  ptrdiff_t count;
  bool reads = method[0] == 'r';
  if (!value_as_size(result, &count, CLASS_VALUE_ERROR)) {
    Value cause = exception_take();
    if (!reads) {
      exception_restore(cause);
      return FAILED;
    }
    Value class = value_from_cell(BUILTIN(OS_ERROR));
    Value message = str_from_c("raw readinto() failed");
    Value failure = message ? value_call_1(class, message) : NULL;
    if (failure) {
      gc_store(value_cell(failure), &((Exception *)value_cell(failure))->context, cause);
      exception_raise_from(failure, cause);
    }
    return FAILED;
  }
  if (count < 0 || count > size) {
    raise(CLASS_OS_ERROR, "raw %s() returned invalid length %zd (should have been between 0 and %zd)", method, count,
          (ptrdiff_t)size);
    return FAILED;
  }
  return count;
}

static int64_t raw_read(Buffered *b, uint8_t *memory, int64_t size) {
  int64_t count;
  if (b->raw_is_file) {
    count = io_file_read(b->raw, memory, (size_t)size);
  } else {
    Value storage = bytearray_new(NULL, (size_t)size);
    count = storage ? call_raw(b->raw, "readinto", storage, size) : FAILED;
    if (count > 0) memcpy(memory, bytearray_data(storage), (size_t)count);
  }
  if (count > 0 && b->raw_position != -1) b->raw_position += count;
  return count;
}

static int64_t raw_write(Buffered *b, const uint8_t *memory, int64_t size) {
  int64_t count;
  if (b->raw_is_file) {
    count = io_file_write(b->raw, memory, (size_t)size);
  } else {
    Value storage = bytes_new(memory, (size_t)size);
    count = storage ? call_raw(b->raw, "write", storage, size) : FAILED;
  }
  if (count > 0 && b->raw_position != -1) b->raw_position += count;
  return count;
}

static int64_t parse_raw_position(Buffered *b, Value result) {
  int64_t position;
  if (!result || !io_parse_offset(result, &position)) return FAILED;
  if (position < 0) {
    raise(CLASS_OS_ERROR, "Raw stream returned invalid position %ld", (long)position);
    return FAILED;
  }
  return b->raw_position = position;
}
static int64_t raw_tell(Buffered *b) {
  return parse_raw_position(b, value_call_method_0(b->raw, "tell"));
}
static int64_t raw_tell_cached(Buffered *b) {
  return b->raw_position != -1 ? b->raw_position : raw_tell(b);
}
static int64_t raw_seek(Buffered *b, int64_t target, int whence) {
  return parse_raw_position(b,
                            value_call_method_2(b->raw, "seek", int_from_int64(target), value_from_small_int(whence)));
}

// Moves the raw stream to where the program believes to be.
static bool raw_align(Buffered *b) {
  int64_t offset = raw_offset(b);
  if (offset == 0) return true;
  if (raw_seek(b, -offset, SEEK_CUR) < 0) return false;
  b->raw_at -= offset;
  return true;
}

// More bytes behind those already in the buffer: how many, 0 at the end, WOULD_BLOCK, FAILED.
static int64_t fill(Buffered *b) {
  int64_t start = has_read(b) ? b->read_end : 0;
  int64_t count = raw_read(b, b->memory + start, b->size - start);
  if (count <= 0) return count;
  b->read_end = b->raw_at = start + count;
  return count;
}

static Value raise_would_block(int64_t written) {
  Value arguments[3] = {value_from_small_int(EAGAIN), str_from_c("write could not complete without blocking"),
                        int_from_int64(written)};
  Value exception = arguments[1] ? value_call(value_from_cell(BUILTIN(BLOCKING_IO_ERROR)), arguments, 3, NULL) : NULL;
  return exception ? raise_object(exception) : NULL;
}

static bool flush_written(Buffered *b) {
  if (has_written(b) && b->write_start != b->write_end) {
    int64_t rewind = raw_offset(b) + (b->position - b->write_start);
    if (rewind != 0) {
      if (raw_seek(b, -rewind, SEEK_CUR) < 0) return false;
      b->raw_at -= rewind;
    }
    while (b->write_start < b->write_end) {
      int64_t count = raw_write(b, b->memory + b->write_start, b->write_end - b->write_start);
      if (count == FAILED) return false;
      if (count == WOULD_BLOCK) {
        raise_would_block(0);
        return false;
      }
      b->write_start += count;
      b->raw_at = b->write_start;
      // A signal may have cut the write short: let its handler run before going on.
      if (!safepoint_handle()) return false;
    }
  }
  drop_written(b);
  return true;
}

static bool flush_and_align(Buffered *b) {
  if (!flush_written(b)) return false;
  if (!b->readable) return true;
  int64_t offset = raw_offset(b);
  bool aligned = raw_seek(b, -offset, SEEK_CUR) >= 0;
  drop_read(b);
  return aligned;
}

// ---- Construction ----

static Value buffered_new_cell(Value class, [[maybe_unused]] Value *arguments, [[maybe_unused]] size_t count,
                               [[maybe_unused]] Value keyword_names) {
  Buffered *b = class_allocate(value_as_class(class), 0);
  return b ? value_from_cell(b) : NULL;
}

static bool buffered_start(Value self, Value raw, Value size_value, bool readable, bool writable) {
  Buffered *b = as_buffered(self);
  b->ready = b->detached = false;
  ptrdiff_t size = (ptrdiff_t)IO_BUFFER_SIZE;
  if (size_value && !value_as_size(size_value, &size, CLASS_OVERFLOW_ERROR)) return false;
  if (readable && !io_check_readable(raw)) return false;
  if (writable && !io_check_writable(raw)) return false;
  if (size <= 0) {
    raise_value_error("buffer size must be strictly positive");
    return false;
  }
  uint8_t *memory = size < PTRDIFF_MAX / 2 ? malloc((size_t)size) : NULL;
  if (!memory) {
    raise_memory_error();
    return false;
  }
  heap_account_external(size - (b->memory ? b->size : 0));
  free(b->memory);
  b->memory = memory;
  b->size = size;
  if (b->raw && b->raw != raw) io_set_owned(b->raw, false);
  gc_store(b, &b->raw, raw);
  io_set_owned(raw, true);
  b->readable = readable;
  b->writable = writable;
  b->raw_is_file = value_class(raw) == io_file_class;
  b->position = b->raw_at = 0;
  drop_read(b);
  drop_written(b);
  b->raw_position = -1;
  if (raw_tell(b) < 0) exception_clear();
  io_set_open(self, true);
  b->ready = true;
  return true;
}

static Value reader_init(Value self, Value raw, Value size) {
  return buffered_start(self, raw, size, true, false) ? VALUE_NONE : NULL;
}
static Value writer_init(Value self, Value raw, Value size) {
  return buffered_start(self, raw, size, false, true) ? VALUE_NONE : NULL;
}
static Value random_init(Value self, Value raw, Value size) {
  if (!io_check_seekable(raw)) return NULL;
  return buffered_start(self, raw, size, true, true) ? VALUE_NONE : NULL;
}

Value io_buffered_new(Class *class, Value raw, size_t size) {
  Value self = buffered_new_cell(value_from_cell(class), NULL, 0, NULL);
  bool readable = class != io_writer_class, writable = class != io_reader_class;
  if (!self || (class == io_random_class && !io_check_seekable(raw))) return NULL;
  return buffered_start(self, raw, int_from_size(size), readable, writable) ? self : NULL;
}

static void buffered_release(Cell *cell) {
  Buffered *b = (Buffered *)cell;
  if (b->memory) heap_account_external(-b->size);
  free(b->memory);
}

// ---- Delegation ----

static Value delegate(Value self, const char *method) {
  Buffered *b = as_buffered(self);
  return check_ready(b) ? value_call_method_0(b->raw, method) : NULL;
}
static Value buffered_seekable(Value self) {
  return delegate(self, "seekable");
}
static Value buffered_readable(Value self) {
  return delegate(self, "readable");
}
static Value buffered_writable(Value self) {
  return delegate(self, "writable");
}
static Value buffered_fileno(Value self) {
  return delegate(self, "fileno");
}
static Value buffered_isatty(Value self) {
  return delegate(self, "isatty");
}
static Value reader_flush(Value self) {
  return delegate(self, "flush");
}
static Value buffered_get(Value self, const char *attribute) {
  Buffered *b = as_buffered(self);
  return check_ready(b) ? value_get_attribute_c(b->raw, attribute) : NULL;
}
static Value get_closed(Value self) {
  return buffered_get(self, "closed");
}
static Value get_name(Value self) {
  return buffered_get(self, "name");
}
static Value get_mode(Value self) {
  return buffered_get(self, "mode");
}

// ---- Flushing and closing ----

static Value buffered_flush(Value self) {
  if (!enter_open(self, "flush of closed file")) return NULL;
  bool done = flush_and_align(as_buffered(self));
  leave(self);
  return done ? VALUE_NONE : NULL;
}

static Value buffered_dealloc_warn(Value self, Value source) {
  Buffered *b = as_buffered(self);
  if (b->ready && b->raw && !value_call_method_1(b->raw, "_dealloc_warn", source)) exception_clear();
  return VALUE_NONE;
}

static Value buffered_close(Value self) {
  Buffered *b = as_buffered(self);
  if (!check_ready(b) || !enter(self)) return NULL;
  int closed = raw_is_closed(b);
  if (closed == 0 && b->finalizing) buffered_dealloc_warn(self, self);
  leave(self);
  if (closed) return closed < 0 ? NULL : VALUE_NONE;
  Value flushed = value_call_method_0(self, "flush");
  Value failure = flushed ? NULL : exception_take();
  if (!enter(self)) return NULL;
  Value result = value_call_method_0(b->raw, "close");
  if (b->memory) {
    heap_account_external(-b->size);
    free(b->memory);
    b->memory = NULL;
  }
  b->read_end = b->position = 0;
  drop_written(b);
  leave(self);
  io_chain_exceptions(failure);
  if (result && !failure) io_set_open(self, false);
  return failure ? NULL : result;
}

static Value buffered_detach(Value self) {
  Buffered *b = as_buffered(self);
  if (!check_ready(b) || !value_call_method_0(self, "flush")) return NULL;
  Value raw = b->raw;
  io_set_owned(raw, false);
  gc_store(b, &b->raw, NULL);
  b->detached = true;
  b->ready = false;
  return raw;
}

// ---- Reading ----

static Value take_from_buffer(Buffered *b, int64_t count) {
  Value result = bytes_new(b->memory + b->position, (size_t)count);
  if (result) b->position += count;
  return result;
}

static Value read_everything(Value self) {
  Buffered *b = as_buffered(self);
  int64_t current = read_ahead(b);
  Value start = current ? take_from_buffer(b, current) : NULL;
  if (current && !start) return NULL;
  if (b->writable && !flush_and_align(b)) return NULL;
  drop_read(b);
  Value readall;
  int found = value_find_attribute(b->raw, NAME(readall), &readall);
  if (found < 0) return NULL;
  if (found) {
    Value rest = value_call_0(readall);
    b->raw_position = -1;
    if (!rest) return NULL;
    if (rest != VALUE_NONE && !value_is_bytes(rest)) return raise_type_error("readall() should return bytes");
    if (!start) return rest;
    return rest == VALUE_NONE ? start : bytes_concatenate(start, rest);
  }
  Value chunks = list_new(NULL, 0);
  if (!chunks || (start && !list_append(chunks, start))) return NULL;
  for (;;) {
    Value piece = value_call_method_0(b->raw, "read");
    if (!piece) return NULL;
    if (piece != VALUE_NONE && !value_is_bytes(piece)) return raise_type_error("read() should return bytes");
    if (piece == VALUE_NONE || value_as_bytes(piece)->length == 0) {
      if (list_count(chunks) == 0) return piece;
      return value_call_method_1(bytes_new(NULL, 0), "join", chunks);
    }
    if (b->raw_position != -1) b->raw_position += (int64_t)value_as_bytes(piece)->length;
    if (!list_append(chunks, piece)) return NULL;
  }
}

// Reads up to `wanted` bytes, in as many raw reads as it takes; whole blocks go to their place directly. Returns how
// many; WOULD_BLOCK when there are none yet.
static int64_t read_many(Buffered *b, uint8_t *out, int64_t wanted) {
  int64_t done = read_ahead(b);
  memcpy(out, b->memory + b->position, (size_t)done);
  b->position += done;
  if (b->writable && !flush_and_align(b)) return FAILED;
  drop_read(b);
  while (wanted - done >= b->size) {
    int64_t count = raw_read(b, out + done, (wanted - done) / b->size * b->size);
    if (count == FAILED) return FAILED;
    if (count <= 0) return count == 0 || done > 0 ? done : WOULD_BLOCK;
    done += count;
  }
  b->position = b->raw_at = b->read_end = 0;
  while (done < wanted && b->read_end < b->size) {
    int64_t count = fill(b);
    if (count == FAILED) return FAILED;
    if (count <= 0) return count == 0 || done > 0 ? done : WOULD_BLOCK;
    if (count > wanted - done) count = wanted - done;
    memcpy(out + done, b->memory + b->position, (size_t)count);
    b->position += count;
    done += count;
  }
  return done;
}

static Value buffered_read(Value self, Value size) {
  Buffered *b = as_buffered(self);
  ptrdiff_t wanted;
  if (!check_ready(b) || !io_parse_size(size, &wanted)) return NULL;
  if (wanted < -1) return raise_value_error("read length must be non-negative or -1");
  if (!enter_open(self, "read of closed file")) return NULL;
  Value result = NULL;
  if (wanted == -1) {
    result = read_everything(self);
  } else if (wanted <= read_ahead(b)) {
    result = take_from_buffer(b, wanted);
  } else {
    Bytes *bytes = bytes_allocate((size_t)wanted);
    int64_t count = bytes ? read_many(b, bytes->data, wanted) : FAILED;
    result = count == FAILED        ? NULL
             : count == WOULD_BLOCK ? VALUE_NONE
             : count == wanted      ? value_from_cell(bytes)
                                    : bytes_new(bytes->data, (size_t)count);
  }
  leave(self);
  return result;
}

Value io_buffered_read1(Value self, Value size) {
  Buffered *b = as_buffered(self);
  ptrdiff_t wanted = -1;
  if (!check_ready(b) || (size && !value_as_size(size, &wanted, CLASS_OVERFLOW_ERROR))) return NULL;
  if (wanted < 0) wanted = (ptrdiff_t)b->size;
  if (!enter_open(self, "read of closed file")) return NULL;
  Value result;
  int64_t have = read_ahead(b);
  if (have > 0 || wanted == 0) {
    result = take_from_buffer(b, wanted < have ? wanted : have);
  } else {
    drop_read(b);
    Bytes *bytes = bytes_allocate((size_t)wanted);
    int64_t count = bytes ? raw_read(b, bytes->data, wanted) : FAILED;
    if (count == WOULD_BLOCK) count = 0;
    result = count == FAILED ? NULL : count == wanted ? value_from_cell(bytes) : bytes_new(bytes->data, (size_t)count);
  }
  leave(self);
  return result;
}

static Value buffered_peek(Value self, [[maybe_unused]] Value size) {
  Buffered *b = as_buffered(self);
  ptrdiff_t ignored;
  if (!check_ready(b) || (size && !value_as_size(size, &ignored, CLASS_OVERFLOW_ERROR))) return NULL;
  if (!enter_open(self, "peek of closed file")) return NULL;
  Value result = NULL;
  if (!b->writable || flush_and_align(b)) {
    int64_t have = read_ahead(b);
    if (have > 0) {
      result = bytes_new(b->memory + b->position, (size_t)have);
    } else {
      drop_read(b);
      int64_t count = fill(b);
      if (count != FAILED) {
        b->position = 0;
        result = bytes_new(b->memory, count > 0 ? (size_t)count : 0);
      }
    }
  }
  leave(self);
  return result;
}

static Value read_into(Value self, Value target, bool once) {
  Buffered *b = as_buffered(self);
  if (!check_ready(b)) return NULL;
  Buffer buffer;
  if (!buffer_acquire_writable(target, &buffer, "readinto() argument")) return NULL;
  if (!enter_open(self, "readinto of closed file")) {
    buffer_release(&buffer);
    return NULL;
  }
  int64_t length = (int64_t)buffer.length, done = read_ahead(b);
  if (done > length) done = length;
  memcpy(buffer.data, b->memory + b->position, (size_t)done);
  b->position += done;
  bool failed = false, blocked = false;
  if (done < length) {
    failed = b->writable && !flush_and_align(b);
    if (!failed) {
      drop_read(b);
      b->position = 0;
    }
  }
  while (done < length && !failed) {
    int64_t remaining = length - done, count = 0;
    if (remaining > b->size) {
      count = raw_read(b, buffer.data + done, remaining);
    } else if (!(once && done)) {
      count = fill(b);
      if (count > 0) {
        if (count > remaining) count = remaining;
        memcpy(buffer.data + done, b->memory + b->position, (size_t)count);
        b->position += count;
        done += count;
        continue;
      }
    }
    failed = count == FAILED;
    blocked = count == WOULD_BLOCK && done == 0;
    if (count <= 0) break;
    done += count;
    if (once) break;
  }
  leave(self);
  buffer_release(&buffer);
  return failed ? NULL : blocked ? VALUE_NONE : int_from_int64(done);
}
static Value buffered_readinto(Value self, Value target) {
  return read_into(self, target, false);
}
static Value buffered_readinto1(Value self, Value target) {
  return read_into(self, target, true);
}

// A line under the lock: the usual case is a line that the buffer holds completely.
static Value read_line(Buffered *b, ptrdiff_t limit) {
  int64_t count = read_ahead(b);
  if (limit >= 0 && count > limit) count = limit;
  const uint8_t *start = b->memory + b->position;
  const uint8_t *newline = count > 0 ? memchr(start, '\n', (size_t)count) : NULL;
  if (newline) return take_from_buffer(b, newline - start + 1);
  if (count == limit) return take_from_buffer(b, count);

  size_t length = (size_t)count, capacity = length + 256;
  uint8_t *line = malloc(capacity);
  if (!line) return raise_memory_error();
  memcpy(line, start, length);
  b->position += count;
  if (b->writable && !flush_and_align(b)) goto failed;
  for (;;) {
    drop_read(b);
    count = fill(b);
    if (count == FAILED) goto failed;
    if (count <= 0) break;
    if (limit >= 0 && count > limit - (int64_t)length) count = limit - (int64_t)length;
    newline = memchr(b->memory, '\n', (size_t)count);
    if (newline) count = newline - b->memory + 1;
    if (length + (size_t)count > capacity) {
      capacity = (length + (size_t)count) * 2;
      uint8_t *moved = realloc(line, capacity);
      if (!moved) {
        raise_memory_error();
        goto failed;
      }
      line = moved;
    }
    memcpy(line + length, b->memory, (size_t)count);
    length += (size_t)count;
    b->position = count;
    if (newline || (limit >= 0 && (int64_t)length == limit)) break;
  }
  Value result = bytes_new(line, length);
  free(line);
  return result;
failed:
  free(line);
  return NULL;
}

static Value buffered_readline(Value self, Value size) {
  ptrdiff_t limit;
  if (!check_ready(as_buffered(self)) || !io_parse_size(size, &limit)) return NULL;
  if (!enter_open(self, "readline of closed file")) return NULL;
  Value result = read_line(as_buffered(self), limit < 0 ? -1 : limit);
  leave(self);
  return result;
}

static Value buffered_next(Value self) {
  Class *class = value_class(self);
  Value line;
  if (!check_ready(as_buffered(self))) return NULL;
  if (class == io_reader_class || class == io_random_class) {
    line = buffered_readline(self, NULL);
  } else {
    line = value_call_method_0(self, "readline");
    if (line && !value_is_bytes(line))
      return raise(CLASS_OS_ERROR, "readline() should have returned a bytes object, not '%.200T'", line);
  }
  return line && value_as_bytes(line)->length == 0 ? VALUE_STOP : line;
}

// ---- Position ----

static Value buffered_tell(Value self) {
  Buffered *b = as_buffered(self);
  if (!check_ready(b) || !enter(self)) return NULL;
  int64_t position = raw_tell(b);
  Value result = position < 0 ? NULL : int_from_int64(position - raw_offset(b));
  leave(self);
  return result;
}

static Value seek_locked(Buffered *b, int64_t target, int whence) {
  if (whence != SEEK_END && b->readable && !(whence == SEEK_HOLE || whence == SEEK_DATA)) {
    // A place within the buffer needs no system call.
    int64_t current = raw_tell_cached(b);
    if (current < 0) return NULL;
    int64_t ahead = read_ahead(b), here = current - raw_offset(b);
    if (ahead > 0) {
      int64_t offset = whence == SEEK_SET ? target - here : target;
      if (offset >= -b->position && offset <= ahead) {
        b->position += offset;
        return int_from_int64(here + offset);
      }
    }
  }
  if (b->writable && !flush_written(b)) return NULL;
  if (whence == SEEK_CUR) target -= raw_offset(b);
  int64_t result = raw_seek(b, target, whence);
  if (result < 0) return NULL;
  b->raw_at = -1;
  if (b->readable) drop_read(b);
  return int_from_int64(result);
}

static Value buffered_seek(Value self, Value target_value, Value whence_value) {
  Buffered *b = as_buffered(self);
  int whence = SEEK_SET;
  int64_t target;
  if (!check_ready(b) || (whence_value && !value_as_int(whence_value, &whence))) return NULL;
  if (whence < 0 || whence > SEEK_HOLE) return raise_value_error("whence value %d unsupported", whence);
  if (!check_open(b, "seek of closed file") || !io_check_seekable(b->raw)) return NULL;
  if (!io_parse_offset(target_value, &target)) return NULL;
  if (!enter_open(self, "seek of closed file")) return NULL;
  Value result = seek_locked(b, target, whence);
  leave(self);
  return result;
}

static Value buffered_truncate(Value self, Value size) {
  Buffered *b = as_buffered(self);
  if (!check_open(b, "truncate of closed file")) return NULL;
  if (!b->writable) return io_raise_unsupported("truncate");
  if (!enter_open(self, "truncate of closed file")) return NULL;
  Value result = NULL;
  if (flush_and_align(b)) {
    result = value_call_method_1(b->raw, "truncate", size ? size : VALUE_NONE);
    if (result && raw_tell(b) < 0) exception_clear();
  }
  leave(self);
  return result;
}

// ---- Writing ----

// After a flush that would block: keeps what fits. True: everything did.
static bool keep_blocked(Buffered *b, const uint8_t *data, int64_t length) {
  if (b->readable) drop_read(b);
  memmove(b->memory, b->memory + b->write_start, (size_t)(b->write_end - b->write_start));
  b->write_end -= b->write_start;
  b->raw_at -= b->write_start;
  b->position -= b->write_start;
  b->write_start = 0;
  int64_t room = b->size - b->write_end, kept = length < room ? length : room;
  memcpy(b->memory + b->write_end, data, (size_t)kept);
  b->write_end += kept;
  b->position += kept;
  if (kept == length) return true;
  raise_would_block(kept);
  return false;
}

static bool write_locked(Buffered *b, const uint8_t *data, int64_t length) {
  if (!has_read(b) && !has_written(b)) b->position = b->raw_at = 0;
  if (length <= b->size - b->position) {
    memcpy(b->memory + b->position, data, (size_t)length);
    if (!has_written(b) || b->write_start > b->position) b->write_start = b->position;
    set_position(b, b->position + length);
    if (b->write_end < b->position) b->write_end = b->position;
    return true;
  }
  if (!flush_written(b)) {
    if (!exception_is(CLASS_BLOCKING_IO_ERROR)) return false;
    Value blocked = exception_take();
    if (keep_blocked(b, data, length)) return true;
    exception_chain(blocked);
    return false;
  }
  if (!raw_align(b)) return false;
  int64_t done = 0;
  while (length - done > b->size) {
    int64_t count = raw_write(b, data + done, length - done);
    if (count == FAILED) return false;
    if (count == WOULD_BLOCK) {
      memcpy(b->memory, data + done, (size_t)b->size);
      b->raw_at = 0;
      set_position(b, b->size);
      b->write_start = 0;
      b->write_end = b->size;
      raise_would_block(done + b->size);
      return false;
    }
    done += count;
    if (!safepoint_handle()) return false;
  }
  if (b->readable) drop_read(b);
  memcpy(b->memory, data + done, (size_t)(length - done));
  b->write_start = 0;
  b->write_end = length - done;
  set_position(b, length - done);
  b->raw_at = 0;
  return true;
}

bool io_buffered_is_exact(Value self) {
  Class *class = value_class(self);
  return class == io_writer_class || class == io_reader_class || class == io_random_class;
}

int io_buffered_is_closed(Value self) {
  Buffered *b = as_buffered(self);
  return check_ready(b) ? raw_is_closed(b) : -1;
}

bool io_buffered_write(Value self, const void *data, size_t length) {
  Buffered *b = as_buffered(self);
  if (!b->writable) {
    io_raise_unsupported("write");
    return false;
  }
  if (!enter_open(self, "write to closed file")) return false;
  bool done = write_locked(b, data, (int64_t)length);
  leave(self);
  return done;
}

static Value buffered_write(Value self, Value source) {
  if (!check_ready(as_buffered(self))) return NULL;
  if (value_is_str(source)) return raise_type_error("a bytes-like object is required, not '%T'", source);
  Buffer buffer;
  if (!buffer_acquire(source, &buffer, BUFFER_SIMPLE)) return NULL;
  bool done = enter_open(self, "write to closed file");
  if (done) {
    done = write_locked(as_buffered(self), buffer.data, (int64_t)buffer.length);
    leave(self);
  }
  Value result = done ? int_from_size(buffer.length) : NULL;
  buffer_release(&buffer);
  return result;
}

static Value buffered_sizeof(Value self) {
  Buffered *b = as_buffered(self);
  return int_from_int64((int64_t)cell_size(&b->head) + (b->memory ? b->size : 0));
}

// ---- Tables ----

// clang-format off
#define COMMON_METHODS                                                                                                 \
  NATIVE("__new__", buffered_new_cell, NULL, NULL, NATIVE_STATIC),                                                     \
  NATIVE("detach", buffered_detach, "($self, /)", "Flush, and separate the raw stream."),                              \
  NATIVE("close", buffered_close, "($self, /)", "Flush and close."),                                                   \
  NATIVE("seekable", buffered_seekable, "($self, /)", "Whether the raw stream can seek."),                             \
  NATIVE("fileno", buffered_fileno, "($self, /)", "The raw stream's file descriptor."),                                \
  NATIVE("isatty", buffered_isatty, "($self, /)", "Whether the raw stream is a terminal."),                            \
  NATIVE("_dealloc_warn", buffered_dealloc_warn, "($self, source, /)", NULL),                                          \
  NATIVE("seek", buffered_seek, "($self, target, whence=0, /)", "Move to a position."),                                \
  NATIVE("tell", buffered_tell, "($self, /)", "Current position."),                                                    \
  NATIVE("truncate", buffered_truncate, "($self, pos=None, /)", "Resize the file."),                                   \
  NATIVE("__sizeof__", buffered_sizeof, "($self, /)", "Bytes of memory.", NATIVE_METHOD),                              \
  NATIVE("__getstate__", io_raise_pickling, "($self, /)", NULL, NATIVE_METHOD),                                        \
  NATIVE("__repr__", io_repr_with_name, "($self, /)", "Return repr(self).")
#define READ_METHODS                                                                                                   \
  NATIVE("readable", buffered_readable, "($self, /)", "Whether the raw stream can be read."),                          \
  NATIVE("read", buffered_read, "($self, size=-1, /)", "Read size bytes, or all."),                                    \
  NATIVE("read1", io_buffered_read1, "($self, size=-1, /)", "Read with at most one raw read."),                           \
  NATIVE("peek", buffered_peek, "($self, size=0, /)", "Show buffered bytes without moving."),                          \
  NATIVE("readinto", buffered_readinto, "($self, buffer, /)", "Read into a writable buffer."),                         \
  NATIVE("readinto1", buffered_readinto1, "($self, buffer, /)", "The same with at most one raw read."),                \
  NATIVE("readline", buffered_readline, "($self, size=-1, /)", "Read one line."),                                      \
  NATIVE("__next__", buffered_next, "($self, /)", "Implement next(self).")
#define WRITE_METHODS                                                                                                  \
  NATIVE("writable", buffered_writable, "($self, /)", "Whether the raw stream can be written."),                       \
  NATIVE("write", buffered_write, "($self, buffer, /)", "Write bytes."),                                               \
  NATIVE("flush", buffered_flush, "($self, /)", "Write out what is buffered.")
// clang-format on

static const NativeMethod reader_methods[] = {NATIVE("__init__", reader_init,
                                                     "($self, /, raw, buffer_size=DEFAULT_BUFFER_SIZE)",
                                                     "Buffer a readable raw stream."),
                                              COMMON_METHODS,
                                              READ_METHODS,
                                              NATIVE("flush", reader_flush, "($self, /)", "Flush the raw stream."),
                                              {}};
static const NativeMethod writer_methods[] = {NATIVE("__init__", writer_init,
                                                     "($self, /, raw, buffer_size=DEFAULT_BUFFER_SIZE)",
                                                     "Buffer a writable raw stream."),
                                              COMMON_METHODS,
                                              WRITE_METHODS,
                                              {}};
static const NativeMethod random_methods[] = {NATIVE("__init__", random_init,
                                                     "($self, /, raw, buffer_size=DEFAULT_BUFFER_SIZE)",
                                                     "Buffer a seekable raw stream."),
                                              COMMON_METHODS,
                                              READ_METHODS,
                                              WRITE_METHODS,
                                              {}};
static const NativeProperty buffered_properties[] = {
    {"closed", get_closed, NULL, NULL}, {"name", get_name, NULL, NULL}, {"mode", get_mode, NULL, NULL}, {}};
static const NativeMember buffered_members[] = {
    {"raw", MEMBER_VALUE_OR_NONE, false, offsetof(Buffered, raw), NULL},
    {"_finalizing", MEMBER_BOOL, true, offsetof(Buffered, finalizing), NULL},
    {}};
static const CellType buffered_cell_type = {
    .name = "Buffered", CELL_VALUES(Buffered, raw, raw), .release = buffered_release};
#define BUFFERED_CLASS(variable, name_, methods_, doc_)                                                                \
  static const ClassDef variable = {.name = (name_),                                                                   \
                                    .doc = (doc_),                                                                     \
                                    .cell_type = &buffered_cell_type,                                                  \
                                    .instance_size = sizeof(Buffered),                                                 \
                                    .flags = CLASS_BASE_TYPE | CLASS_HAS_DICT | CLASS_HAS_WEAKREF,                     \
                                    .methods = (methods_),                                                             \
                                    .properties = buffered_properties,                                                 \
                                    .members = buffered_members}
BUFFERED_CLASS(reader_definition, "_io.BufferedReader", reader_methods, "A buffered reader over a raw stream.");
BUFFERED_CLASS(writer_definition, "_io.BufferedWriter", writer_methods, "A buffered writer over a raw stream.");
BUFFERED_CLASS(random_definition, "_io.BufferedRandom", random_methods,
               "A buffered reader and writer over a seekable raw stream.");

// ---- BufferedRWPair ----

typedef struct Pair {
  Cell head;
  Value reader, writer;
} Pair;

static Pair *as_pair(Value self) {
  return (Pair *)value_cell(self);
}

static Value pair_init(Value self, Value reader, Value writer, Value size_value) {
  ptrdiff_t size = (ptrdiff_t)IO_BUFFER_SIZE;
  if (size_value && !value_as_size(size_value, &size, CLASS_OVERFLOW_ERROR)) return NULL;
  if (!io_check_readable(reader) || !io_check_writable(writer)) return NULL;
  if (size <= 0) return raise_value_error("buffer size must be strictly positive");
  Value reading = io_buffered_new(io_reader_class, reader, (size_t)size);
  Value writing = reading ? io_buffered_new(io_writer_class, writer, (size_t)size) : NULL;
  if (!writing) return NULL;
  gc_store(as_pair(self), &as_pair(self)->reader, reading);
  gc_store(as_pair(self), &as_pair(self)->writer, writing);
  return VALUE_NONE;
}

static Value pair_call(Value half, const char *method, Value *arguments, size_t count) {
  if (!half) return raise_value_error("I/O operation on uninitialized object");
  return value_call_method(half, method, arguments, count);
}
static Value pair_read(Value self, Value size) {
  return pair_call(as_pair(self)->reader, "read", &size, size ? 1 : 0);
}
static Value pair_peek(Value self, Value size) {
  return pair_call(as_pair(self)->reader, "peek", &size, size ? 1 : 0);
}
static Value pair_read1(Value self, Value size) {
  return pair_call(as_pair(self)->reader, "read1", &size, size ? 1 : 0);
}
static Value pair_readinto(Value self, Value buffer) {
  return pair_call(as_pair(self)->reader, "readinto", &buffer, 1);
}
static Value pair_readinto1(Value self, Value buffer) {
  return pair_call(as_pair(self)->reader, "readinto1", &buffer, 1);
}
static Value pair_write(Value self, Value data) {
  return pair_call(as_pair(self)->writer, "write", &data, 1);
}
static Value pair_flush(Value self) {
  return pair_call(as_pair(self)->writer, "flush", NULL, 0);
}
static Value pair_readable(Value self) {
  return pair_call(as_pair(self)->reader, "readable", NULL, 0);
}
static Value pair_writable(Value self) {
  return pair_call(as_pair(self)->writer, "writable", NULL, 0);
}
static Value pair_close(Value self) {
  Value written = pair_call(as_pair(self)->writer, "close", NULL, 0);
  Value failure = written ? NULL : exception_take();
  Value result = pair_call(as_pair(self)->reader, "close", NULL, 0);
  io_chain_exceptions(failure);
  return failure ? NULL : result;
}
static Value pair_isatty(Value self) {
  Value result = pair_call(as_pair(self)->writer, "isatty", NULL, 0);
  return result == VALUE_FALSE ? pair_call(as_pair(self)->reader, "isatty", NULL, 0) : result;
}
static Value pair_get_closed(Value self) {
  if (!as_pair(self)->writer) return raise(CLASS_RUNTIME_ERROR, "the BufferedRWPair object is being garbage-collected");
  return value_get_attribute_c(as_pair(self)->writer, "closed");
}

static const NativeMethod pair_methods[] = {
    NATIVE("__init__", pair_init, "($self, reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /)",
           "Join a readable and a writable raw stream."),
    NATIVE("read", pair_read, "($self, size=-1, /)", "Read from the reader."),
    NATIVE("peek", pair_peek, "($self, size=0, /)", "Peek into the reader."),
    NATIVE("read1", pair_read1, "($self, size=-1, /)", "Read with at most one raw read."),
    NATIVE("readinto", pair_readinto, "($self, buffer, /)", "Read into a writable buffer."),
    NATIVE("readinto1", pair_readinto1, "($self, buffer, /)", "The same with at most one raw read."),
    NATIVE("write", pair_write, "($self, data, /)", "Write to the writer."),
    NATIVE("flush", pair_flush, "($self, /)", "Flush the writer."),
    NATIVE("readable", pair_readable, "($self, /)", "Whether the reader can be read."),
    NATIVE("writable", pair_writable, "($self, /)", "Whether the writer can be written."),
    NATIVE("close", pair_close, "($self, /)", "Close both."),
    NATIVE("isatty", pair_isatty, "($self, /)", "Whether either is a terminal."),
    {}};
static const NativeProperty pair_properties[] = {{"closed", pair_get_closed, NULL, NULL}, {}};
static const CellType pair_cell_type = {.name = "BufferedRWPair", CELL_VALUES(Pair, reader, writer)};
static const ClassDef pair_definition = {.name = "_io.BufferedRWPair",
                                         .doc = "A buffered reader and a buffered writer in one object.",
                                         .cell_type = &pair_cell_type,
                                         .instance_size = sizeof(Pair),
                                         .flags = CLASS_BASE_TYPE | CLASS_HAS_DICT | CLASS_HAS_WEAKREF,
                                         .methods = pair_methods,
                                         .properties = pair_properties};

bool io_add_buffered_classes(Value module) {
  return module_add_class(module, &reader_definition, io_buffered_base_class, &io_reader_class) &&
         module_add_class(module, &writer_definition, io_buffered_base_class, &io_writer_class) &&
         module_add_class(module, &random_definition, io_buffered_base_class, &io_random_class) &&
         module_add_class(module, &pair_definition, io_buffered_base_class, &io_pair_class);
}
