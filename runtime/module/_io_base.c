// _IOBase and the three abstract classes below it: what every stream can do through the methods of its subclass.
//
// "Closed" is an attribute of the instance, __IOBase_closed, as in CPython: subclasses written in Python see it.
#include "runtime/module/_io.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/type.h"
#include "runtime/runtime.h"

#include <string.h>

Class *io_base_class, *io_raw_base_class, *io_buffered_base_class, *io_text_base_class;

// ---- Helpers for all files ----

Value io_raise_unsupported(const char *message) {
  return raise_in(io_unsupported_class, "%s", message);
}

int io_is_closed(Value stream) {
  Value closed = value_get_attribute(stream, NAME(closed));
  return closed ? value_truth(closed) : -1;
}

bool io_check_closed(Value stream) {
  int closed = io_is_closed(stream);
  if (closed > 0) raise_value_error("I/O operation on closed file.");
  return closed == 0;
}

int io_ask(Value stream, const char *method) {
  Value answer = value_call_method_0(stream, method);
  return answer ? value_truth(answer) : -1;
}

static bool check_ability(Value stream, const char *method, const char *message) {
  Value answer = value_call_method_0(stream, method);
  if (answer && answer != VALUE_TRUE) io_raise_unsupported(message);
  return answer == VALUE_TRUE;
}
bool io_check_readable(Value stream) {
  return check_ability(stream, "readable", "File or stream is not readable.");
}
bool io_check_writable(Value stream) {
  return check_ability(stream, "writable", "File or stream is not writable.");
}
bool io_check_seekable(Value stream) {
  return check_ability(stream, "seekable", "File or stream is not seekable.");
}

bool io_parse_size(Value value, ptrdiff_t *size) {
  *size = -1;
  if (!value || value == VALUE_NONE) return true;
  if (!value_special(value, SPECIAL_INDEX)) {
    raise_type_error("argument should be integer or None, not '%.200T'", value);
    return false;
  }
  return value_as_size(value, size, CLASS_OVERFLOW_ERROR);
}

bool io_parse_offset(Value value, int64_t *offset) {
  Value number = value_index(value);
  if (!number) return false;
  if (int_fits_int64(number, offset)) return true;
  raise(CLASS_VALUE_ERROR, "cannot fit '%.200T' into an offset-sized integer", value);
  return false;
}

bool io_retry_interrupted(void) {
  if (!exception_is(CLASS_OS_ERROR)) return false;
  Value number = ((OSErrorException *)value_cell(exception_peek()))->error_number;
  if (!number || number != value_from_small_int(EINTR)) return false;
  exception_clear();
  return safepoint_handle();
}

Value io_raise_pickling(Value self) {
  Value name = class_full_name(value_class(self));
  return name ? raise_type_error("cannot pickle '%U' object", name) : NULL;
}

void io_set_open(Value stream, bool open) {
  Class *class = value_class(stream);
  const Class *const finalized[] = {io_file_class, io_reader_class, io_writer_class, io_random_class, io_text_class};
  for (size_t i = 0; i < sizeof finalized / sizeof *finalized; i++) {
    if (class != finalized[i]) continue;
    bool is_set = cell_has_flag(value_cell(stream), CELL_FINALIZABLE);
    if (open && !is_set) heap_set_finalizable(value_cell(stream));
    if (!open && is_set) cell_clear_flag(value_cell(stream), CELL_FINALIZABLE);
  }
}

void io_chain_exceptions(Value earlier) {
  if (!earlier) return;
  if (exception_pending())
    exception_chain(earlier);
  else
    exception_restore(earlier);
}

int io_find_name(Value self, Value *name) {
  int found = value_find_attribute(self, NAME(name), name);
  if (found < 0 && exception_clear_if(CLASS_VALUE_ERROR)) return 0;
  return found;
}

Value io_repr_with_name(Value self) {
  Value name;
  int found = io_find_name(self, &name);
  if (found < 0) return NULL;
  Value class = value_from_cell(value_class(self));
  Value module = value_get_attribute(class, NAME(__module__)),
        qualified = value_get_attribute(class, NAME(__qualname__));
  if (!module || !qualified) return NULL;
  if (!found) return str_format_c("<%S.%S>", module, qualified);
  int entered = repr_enter(self);
  if (entered < 0) return NULL;
  if (entered) return raise(CLASS_RUNTIME_ERROR, "reentrant call inside %s.__repr__", value_class_name(self));
  Value result = str_format_c("<%S.%S name=%R>", module, qualified, name);
  repr_leave(self);
  return result;
}

// ---- _IOBase ----

static bool base_is_closed(Value self) {
  Value mark;
  int found = value_find_attribute(self, NAME(__IOBase_closed), &mark);
  if (found < 0) exception_clear();
  return found > 0;
}

static Value base_get_closed(Value self) {
  return value_from_bool(base_is_closed(self));
}

static Value base_seek([[maybe_unused]] Value self, [[maybe_unused]] Value arguments) {
  return io_raise_unsupported("seek");
}
static Value base_tell(Value self) {
  return value_call_method_2(self, "seek", value_from_small_int(0), value_from_small_int(1));
}
static Value base_truncate([[maybe_unused]] Value self, [[maybe_unused]] Value arguments) {
  return io_raise_unsupported("truncate");
}
static Value base_fileno([[maybe_unused]] Value self) {
  return io_raise_unsupported("fileno");
}

static Value base_flush(Value self) {
  if (base_is_closed(self)) return raise_value_error("I/O operation on closed file.");
  return VALUE_NONE;
}

Value io_base_close(Value self) {
  if (base_is_closed(self)) return VALUE_NONE;
  Value result = value_call_method_0(self, "flush");
  Value failure = result ? NULL : exception_take();
  value_set_attribute(self, NAME(__IOBase_closed), VALUE_TRUE);
  io_chain_exceptions(failure);
  return exception_pending() ? NULL : VALUE_NONE;
}

static Value base_false([[maybe_unused]] Value self) {
  return VALUE_FALSE;
}

static Value base_check_closed(Value self, [[maybe_unused]] Value message) {
  return io_check_closed(self) ? VALUE_NONE : NULL;
}
static Value base_check_seekable(Value self, [[maybe_unused]] Value message) {
  return io_check_seekable(self) ? VALUE_TRUE : NULL;
}
static Value base_check_readable(Value self, [[maybe_unused]] Value message) {
  return io_check_readable(self) ? VALUE_TRUE : NULL;
}
static Value base_check_writable(Value self, [[maybe_unused]] Value message) {
  return io_check_writable(self) ? VALUE_TRUE : NULL;
}

static Value base_isatty(Value self) {
  return io_check_closed(self) ? VALUE_FALSE : NULL;
}

static Value base_enter(Value self) {
  return io_check_closed(self) ? self : NULL;
}
static Value base_exit(Value self, [[maybe_unused]] Value arguments) {
  return value_call_method_0(self, "close");
}

static Value base_iter(Value self) {
  return io_check_closed(self) ? self : NULL;
}
static Value base_next(Value self) {
  Value line = value_call_method_0(self, "readline");
  if (!line) return NULL;
  ptrdiff_t length = value_length(line);
  return length < 0 ? NULL : length == 0 ? VALUE_STOP : line;
}

// How many bytes may be read at once without passing the end of the line: up to a line end that peek() shows.
static ptrdiff_t bytes_to_read(Value self, Value peek, ptrdiff_t limit, ptrdiff_t length) {
  if (!peek) return 1;
  Value seen;
  while (!(seen = value_call_1(peek, value_from_small_int(1))))
    if (!io_retry_interrupted()) return -1;
  if (!value_is_bytes(seen)) {
    raise(CLASS_OS_ERROR, "peek() should have returned a bytes object, not '%.200T'", seen);
    return -1;
  }
  size_t count = value_as_bytes(seen)->length;
  if (count == 0) return 1;
  if (limit >= 0 && count > (size_t)(limit - length)) count = (size_t)(limit - length);
  const uint8_t *newline = memchr(value_as_bytes(seen)->data, '\n', count);
  KEEP(self);
  return newline ? newline - value_as_bytes(seen)->data + 1 : (ptrdiff_t)count;
}

static Value base_readline(Value self, Value size) {
  ptrdiff_t limit;
  Value peek;
  if (!io_parse_size(size, &limit)) return NULL;
  int found = value_find_attribute(self, NAME(peek), &peek);
  Value line = found < 0 ? NULL : bytearray_new(NULL, 0);
  if (!line) return NULL;
  if (!found) peek = NULL;
  size_t length = 0;
  while (limit < 0 || length < (size_t)limit) {
    ptrdiff_t wanted = bytes_to_read(self, peek, limit, (ptrdiff_t)length);
    if (wanted < 0) return NULL;
    Value piece;
    Value wanted_value = value_from_small_int(wanted);
    while (!(piece = value_call_method_1(self, "read", wanted_value)))
      if (!io_retry_interrupted()) return NULL;
    if (!value_is_bytes(piece))
      return raise(CLASS_OS_ERROR, "read() should have returned a bytes object, not '%.200T'", piece);
    Bytes *bytes = value_as_bytes(piece);
    if (bytes->length == 0) break;
    if (!bytearray_resize(line, length + bytes->length)) return NULL;
    memcpy(bytearray_data(line) + length, bytes->data, bytes->length);
    length += bytes->length;
    if (bytes->data[bytes->length - 1] == '\n') break;
  }
  return bytes_new(length ? bytearray_data(line) : NULL, length);
}

static Value base_readlines(Value self, Value hint) {
  ptrdiff_t limit;
  if (!io_parse_size(hint, &limit)) return NULL;
  Value lines = list_new(NULL, 0);
  if (!lines) return NULL;
  if (limit <= 0) return list_extend(lines, self) ? lines : NULL;
  Value iterator = value_iterate(self);
  if (!iterator) return NULL;
  for (ptrdiff_t length = 0;;) {
    Value line = iterator_next(iterator);
    if (!line) return NULL;
    if (line == VALUE_STOP || !list_append(lines, line)) return line == VALUE_STOP ? lines : NULL;
    ptrdiff_t size = value_length(line);
    if (size < 0) return NULL;
    if (size > limit - length) return lines;
    length += size;
  }
}

static Value base_writelines(Value self, Value lines) {
  if (!io_check_closed(self)) return NULL;
  Value line;
  Iteration i = iteration_start(lines);
  while (iteration_next(&i, &line))
    while (!value_call_method_1(self, "write", line))
      if (!io_retry_interrupted()) return NULL;
  return iteration_failed(&i) ? NULL : VALUE_NONE;
}

// Closes a stream that dies open. The `_finalizing` attribute makes close() complain (ResourceWarning).
static Value base_del(Value self) {
  Value pending = exception_pending() ? exception_take() : NULL;
  int closed = io_is_closed(self);
  if (closed < 0) exception_clear(); // detached, or never made: there is nothing to close
  if (closed == 0) {
    if (!value_set_attribute(self, NAME(_finalizing), VALUE_TRUE)) exception_clear();
    Value result = value_call_method_0(self, "close");
    if (!result) {
      if (runtime.dev_mode)
        exception_write_unraisable(self, NULL);
      else
        exception_clear();
    }
  }
  if (pending) exception_restore(pending);
  return VALUE_NONE;
}

static const NativeMethod base_methods[] = {
    NATIVE("seek", base_seek, "($self, *args)", "Change the stream position; unsupported here."),
    NATIVE("tell", base_tell, "($self, /)", "Return the stream position."),
    NATIVE("truncate", base_truncate, "($self, *args)", "Resize the file; unsupported here."),
    NATIVE("flush", base_flush, "($self, /)", "Write out what is buffered; nothing here."),
    NATIVE("close", io_base_close, "($self, /)", "Flush and close the stream."),
    NATIVE("seekable", base_false, "($self, /)", "Return whether seek() works."),
    NATIVE("readable", base_false, "($self, /)", "Return whether read() works."),
    NATIVE("writable", base_false, "($self, /)", "Return whether write() works."),
    NATIVE("_checkClosed", base_check_closed, "($self, message=None, /)", "Raise ValueError if closed."),
    NATIVE("_checkSeekable", base_check_seekable, "($self, message=None, /)", "Raise unless seekable."),
    NATIVE("_checkReadable", base_check_readable, "($self, message=None, /)", "Raise unless readable."),
    NATIVE("_checkWritable", base_check_writable, "($self, message=None, /)", "Raise unless writable."),
    NATIVE("fileno", base_fileno, "($self, /)", "Return the file descriptor; unsupported here."),
    NATIVE("isatty", base_isatty, "($self, /)", "Return whether the stream is a terminal."),
    NATIVE("__enter__", base_enter, "($self, /)", NULL),
    NATIVE("__exit__", base_exit, "($self, *args)", NULL),
    NATIVE("readline", base_readline, "($self, size=-1, /)", "Read one line, of at most size bytes."),
    NATIVE("readlines", base_readlines, "($self, hint=-1, /)", "Return a list of lines, about hint bytes in all."),
    NATIVE("writelines", base_writelines, "($self, lines, /)", "Write each line; line ends are not added."),
    NATIVE("__iter__", base_iter, "($self, /)", "Implement iter(self)."),
    NATIVE("__next__", base_next, "($self, /)", "Implement next(self)."),
    NATIVE("__del__", base_del, "($self, /)", "Close the stream when it dies."),
    {}};
static const NativeProperty base_properties[] = {{"closed", base_get_closed, NULL, NULL}, {}};
static const ClassDef base_definition = {.name = "_io._IOBase",
                                         .doc = "The abstract base of all streams.",
                                         .flags = CLASS_BASE_TYPE | CLASS_HAS_DICT | CLASS_HAS_WEAKREF,
                                         .methods = base_methods,
                                         .properties = base_properties};

// ---- _RawIOBase ----

static Value raw_readall(Value self);

static Value raw_read(Value self, Value size) {
  ptrdiff_t count = -1;
  if (size && !value_as_size(size, &count, CLASS_OVERFLOW_ERROR)) return NULL;
  if (count < 0) return value_call_method_0(self, "readall");
  Value buffer = bytearray_new(NULL, (size_t)count);
  Value result = buffer ? value_call_method_1(self, "readinto", buffer) : NULL;
  if (!result || result == VALUE_NONE) return result;
  ptrdiff_t got;
  if (!value_as_size(result, &got, CLASS_VALUE_ERROR)) return NULL;
  if (got < 0 || got > count) got = got < 0 ? 0 : count;
  return bytes_new(got ? bytearray_data(buffer) : NULL, (size_t)got);
}

static Value raw_readall(Value self) {
  Value chunks = bytearray_new(NULL, 0);
  if (!chunks) return NULL;
  size_t length = 0;
  for (;;) {
    Value piece = value_call_method_1(self, "read", value_from_small_int((int64_t)IO_BUFFER_SIZE));
    if (!piece) {
      if (io_retry_interrupted()) continue;
      return NULL;
    }
    if (piece == VALUE_NONE) {
      if (length == 0) return VALUE_NONE;
      break;
    }
    if (!value_is_bytes(piece)) return raise_type_error("read() should return bytes");
    Bytes *bytes = value_as_bytes(piece);
    if (bytes->length == 0) break;
    if (!bytearray_resize(chunks, length + bytes->length)) return NULL;
    memcpy(bytearray_data(chunks) + length, bytes->data, bytes->length);
    length += bytes->length;
  }
  return bytes_new(length ? bytearray_data(chunks) : NULL, length);
}

static const NativeMethod raw_methods[] = {
    NATIVE("read", raw_read, "($self, size=-1, /)", "Read at most size bytes with one system call."),
    NATIVE("readall", raw_readall, "($self, /)", "Read until the end of the stream."),
    {}};
static const ClassDef raw_definition = {.name = "_io._RawIOBase",
                                        .doc = "The abstract base of unbuffered byte streams.",
                                        .flags = CLASS_BASE_TYPE | CLASS_HAS_DICT | CLASS_HAS_WEAKREF,
                                        .methods = raw_methods};

// ---- _BufferedIOBase ----

static Value buffered_detach([[maybe_unused]] Value self) {
  return io_raise_unsupported("detach");
}
static Value buffered_read([[maybe_unused]] Value self, [[maybe_unused]] Value arguments) {
  return io_raise_unsupported("read");
}
static Value buffered_read1([[maybe_unused]] Value self, [[maybe_unused]] Value arguments) {
  return io_raise_unsupported("read1");
}
static Value buffered_write([[maybe_unused]] Value self, [[maybe_unused]] Value arguments) {
  return io_raise_unsupported("write");
}

static Value read_into(Value self, Value target, const char *method) {
  Buffer buffer;
  if (!buffer_acquire_writable(target, &buffer, "readinto() argument")) return NULL;
  Value data = value_call_method_1(self, method, int_from_size(buffer.length));
  Value result = NULL;
  if (!data) {
  } else if (!value_is_bytes(data)) {
    raise_type_error("%s() should return bytes", "read");
  } else if (value_as_bytes(data)->length > buffer.length) {
    raise_value_error("read() returned too much data: %zd bytes requested, %zd returned", (ptrdiff_t)buffer.length,
                      (ptrdiff_t)value_as_bytes(data)->length);
  } else {
    memcpy(buffer.data, value_as_bytes(data)->data, value_as_bytes(data)->length);
    result = int_from_size(value_as_bytes(data)->length);
  }
  buffer_release(&buffer);
  return result;
}
static Value buffered_readinto(Value self, Value buffer) {
  return read_into(self, buffer, "read");
}
static Value buffered_readinto1(Value self, Value buffer) {
  return read_into(self, buffer, "read1");
}

static const NativeMethod buffered_methods[] = {
    NATIVE("detach", buffered_detach, "($self, /)", "Separate the raw stream; unsupported here."),
    NATIVE("read", buffered_read, "($self, *args)", "Read up to size bytes; unsupported here."),
    NATIVE("read1", buffered_read1, "($self, *args)", "Read with at most one raw read; unsupported here."),
    NATIVE("readinto", buffered_readinto, "($self, buffer, /)", "Read into a writable buffer."),
    NATIVE("readinto1", buffered_readinto1, "($self, buffer, /)", "Read into a buffer with at most one raw read."),
    NATIVE("write", buffered_write, "($self, *args)", "Write bytes; unsupported here."),
    {}};
static const ClassDef buffered_definition = {.name = "_io._BufferedIOBase",
                                             .doc = "The abstract base of buffered byte streams.",
                                             .flags = CLASS_BASE_TYPE | CLASS_HAS_DICT | CLASS_HAS_WEAKREF,
                                             .methods = buffered_methods};

// ---- _TextIOBase ----

static Value text_detach([[maybe_unused]] Value self) {
  return io_raise_unsupported("detach");
}
static Value text_read([[maybe_unused]] Value self, [[maybe_unused]] Value arguments) {
  return io_raise_unsupported("read");
}
static Value text_readline([[maybe_unused]] Value self, [[maybe_unused]] Value arguments) {
  return io_raise_unsupported("readline");
}
static Value text_write([[maybe_unused]] Value self, [[maybe_unused]] Value arguments) {
  return io_raise_unsupported("write");
}
static Value text_none([[maybe_unused]] Value self) {
  return VALUE_NONE;
}

static const NativeMethod text_methods[] = {
    NATIVE("detach", text_detach, "($self, /)", "Separate the buffer; unsupported here."),
    NATIVE("read", text_read, "($self, *args)", "Read up to size characters; unsupported here."),
    NATIVE("readline", text_readline, "($self, *args)", "Read a line; unsupported here."),
    NATIVE("write", text_write, "($self, *args)", "Write a str; unsupported here."),
    {}};
static const NativeProperty text_properties[] = {{"encoding", text_none, NULL, "Encoding of the stream."},
                                                 {"newlines", text_none, NULL, "Line ends seen so far."},
                                                 {"errors", text_none, NULL, "Error handler of the codec."},
                                                 {}};
static const ClassDef text_definition = {.name = "_io._TextIOBase",
                                         .doc = "The abstract base of text streams.",
                                         .flags = CLASS_BASE_TYPE | CLASS_HAS_DICT | CLASS_HAS_WEAKREF,
                                         .methods = text_methods,
                                         .properties = text_properties};

bool io_add_base_classes(Value module) {
  return module_add_class(module, &base_definition, NULL, &io_base_class) &&
         module_add_class(module, &raw_definition, io_base_class, &io_raw_base_class) &&
         module_add_class(module, &buffered_definition, io_base_class, &io_buffered_base_class) &&
         module_add_class(module, &text_definition, io_base_class, &io_text_base_class);
}
