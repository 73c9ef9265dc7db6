// TextIOWrapper: text over a buffered byte stream. Writing encodes into pending bytes; reading decodes chunk by chunk.
//
// For tell(), each chunk that is read leaves a snapshot: the bytes it came from and the decoder's flags before it.
//
// Threads: methods hold the object's lock, which one thread may take again (a signal handler that prints); every method
// leaves the fields consistent before it calls anything that runs Python code.
#include "runtime/module/_io_text.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/runtime.h"

#include <stdlib.h>
#include <string.h>

Class *io_text_class;

// ---- State ----

static bool check_attached(TextIO *t) {
  if (t->ready && t->buffer) return true;
  raise_value_error(t->detached ? "underlying buffer has been detached" : "I/O operation on uninitialized object");
  return false;
}

static bool check_open(Value self) {
  TextIO *t = as_text(self);
  if (!check_attached(t)) return false;
  bool plain = value_class(self) == io_text_class && io_buffered_is_exact(t->buffer);
  int closed = plain ? io_buffered_is_closed(t->buffer) : io_is_closed(self);
  if (closed > 0) raise_value_error("I/O operation on closed file.");
  return closed == 0;
}

bool text_enter(Value self) {
  if (!check_open(self)) return false;
  io_lock_take(&as_text(self)->lock);
  return true;
}
Value text_leave(Value self, Value result) {
  io_lock_release(&as_text(self)->lock);
  return result;
}

void text_set_decoded(TextIO *t, Value decoded) {
  gc_store(t, &t->decoded, decoded);
  t->decoded_used = 0;
}
void text_drop_snapshot(TextIO *t) {
  gc_store(t, &t->snapshot, NULL);
}
void text_set_snapshot(TextIO *t, Value input, int64_t flags) {
  t->snapshot_flags = flags;
  gc_store(t, &t->snapshot, input);
}

// ---- Construction ----

static bool check_newline(Value newline, const char *function) {
  if (newline == VALUE_NONE) return true;
  if (!value_is_str(newline)) {
    raise_type_error("%s() argument 'newline' must be str or None, not %T", function, newline);
    return false;
  }
  static const char *const legal[] = {"", "\n", "\r", "\r\n"};
  for (int i = 0; i < 4; i++)
    if (str_equals_c(newline, legal[i])) return true;
  raise_value_error("illegal newline value: %U", newline);
  return false;
}

static void set_newline(TextIO *t, Value newline) {
  bool none = newline == VALUE_NONE;
  gc_store(t, &t->read_ending, none ? NULL : newline);
  t->read_universal = none || str_length(newline) == 0;
  t->newlines = (NewlineState){.translate = none};
  bool plain = none || str_length(newline) == 0 || str_equals_c(newline, "\n");
  t->write_translate = none || str_length(newline) != 0;
  gc_store(t, &t->write_ending, plain ? NULL : newline);
}

// In the middle of a file no byte order mark is to be written.
static bool fix_encoder(TextIO *t) {
  if (!t->seekable || !t->encoder) return true;
  Value position = value_call_method_0(t->buffer, "tell");
  if (!position) return false;
  int start = value_compare_truth(COMPARE_EQUAL, position, value_from_small_int(0));
  return start > 0 || (start == 0 && text_encoder_reset(t, false));
}

static bool check_error_handler(Value errors) {
  if (!runtime.dev_mode) return true;
  Value codecs = import_module("_codecs");
  return codecs && value_call_method_1(codecs, "lookup_error", errors);
}

static bool text_start(Value self, Value buffer, Value encoding, Value errors, Value newline, Value line_buffering,
                       Value write_through) {
  TextIO *t = as_text(self);
  t->ready = t->detached = false;
  if (!newline) newline = VALUE_NONE;
  if (!check_newline(newline, "TextIOWrapper")) return false;
  if (encoding && encoding != VALUE_NONE && !value_is_str(encoding)) {
    raise_type_error("TextIOWrapper() argument 'encoding' must be str or None, not %T", encoding);
    return false;
  }
  if ((!encoding || encoding == VALUE_NONE) && runtime.warn_default_encoding &&
      !warn(CLASS_ENCODING_WARNING, 1, "'encoding' argument not specified"))
    return false;
  if (!encoding || encoding == VALUE_NONE || str_equals_c(encoding, "locale")) encoding = str_from_c(locale_encoding());
  if (!errors || errors == VALUE_NONE) {
    errors = str_from_c("strict");
  } else if (!value_is_str(errors)) {
    raise_type_error("TextIOWrapper() argument 'errors' must be str or None, not %T", errors);
    return false;
  }
  if (!encoding || !errors || !check_error_handler(errors)) return false;
  int by_line = line_buffering ? value_truth(line_buffering) : 0;
  int through = write_through ? value_truth(write_through) : 0;
  if (by_line < 0 || through < 0) return false;

  if (t->buffer && t->buffer != buffer) io_set_owned(t->buffer, false);
  gc_store(t, &t->buffer, buffer);
  io_set_owned(buffer, true);
  text_set_decoded(t, NULL);
  text_drop_snapshot(t);
  t->line_buffering = by_line;
  t->write_through = through;
  t->chunk_size = IO_BUFFER_SIZE;
  t->bytes_a_character = 0;
  set_newline(t, newline);
  if (!text_codec_start(t, encoding, errors)) return false;
  Value read1;
  int seekable = io_ask(buffer, "seekable");
  int has_read1 = seekable < 0 ? -1 : value_find_attribute(buffer, NAME(read1), &read1);
  if (has_read1 < 0) return false;
  t->seekable = t->telling = seekable;
  t->has_read1 = has_read1;
  if (!fix_encoder(t)) return false;
  t->ready = true;
  return true;
}

static Value text_init(Value *arguments) {
  io_set_open(arguments[0], true);
  return text_start(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5], arguments[6])
             ? VALUE_NONE
             : NULL;
}

Value io_text_new(Value buffer, Value encoding, Value errors, Value newline, bool line_buffering) {
  TextIO *t = class_allocate(io_text_class, 0);
  Value self = value_from_cell(t);
  return t && text_start(self, buffer, encoding, errors, newline, value_from_bool(line_buffering), NULL) ? self : NULL;
}

static void text_release(Cell *cell) {
  free(((TextIO *)cell)->pending);
}

static Value text_reconfigure(Value self, Value encoding, Value errors, Value newline, Value line_buffering,
                              Value write_through) {
  if (!text_enter(self)) return NULL;
  TextIO *t = as_text(self);
  bool no_encoding = !encoding || encoding == VALUE_NONE, no_errors = !errors || errors == VALUE_NONE;
  // The same object serves as the default of newline: absent means unchanged, None is a value.
  bool no_newline = !newline || newline == VALUE_ELLIPSIS;
  if (t->decoded && (!no_encoding || !no_errors || !no_newline))
    return text_leave(self, io_raise_unsupported("It is not possible to set the encoding or newline of stream after "
                                                 "the first read"));
  if (!no_encoding && !value_is_str(encoding))
    return text_leave(self,
                      raise_type_error("reconfigure() argument 'encoding' must be str or None, not %T", encoding));
  if (!no_errors && !value_is_str(errors))
    return text_leave(self, raise_type_error("reconfigure() argument 'errors' must be str or None, not %T", errors));
  if (!no_newline && !check_newline(newline, "reconfigure")) return text_leave(self, NULL);
  int by_line = t->line_buffering, through = t->write_through;
  if (line_buffering && line_buffering != VALUE_NONE) {
    if (!value_as_int(line_buffering, &by_line)) return text_leave(self, NULL);
  }
  if (write_through && write_through != VALUE_NONE) {
    if (!value_as_int(write_through, &through)) return text_leave(self, NULL);
  }
  if (!value_call_method_0(self, "flush")) return text_leave(self, NULL);
  t->bytes_a_character = 0;
  if (!no_newline) set_newline(t, newline);
  if (!no_encoding || !no_errors) {
    // A new encoding comes with the default error handler.
    if (no_errors) errors = no_encoding ? t->errors : str_from_c("strict");
    if (no_encoding)
      encoding = t->encoding;
    else if (str_equals_c(encoding, "locale"))
      encoding = str_from_c(locale_encoding());
    if (!encoding || !errors || !check_error_handler(errors) || !text_codec_start(t, encoding, errors) ||
        !fix_encoder(t))
      return text_leave(self, NULL);
  }
  t->line_buffering = by_line != 0;
  t->write_through = through != 0;
  return text_leave(self, VALUE_NONE);
}

static Value text_detach(Value self) {
  TextIO *t = as_text(self);
  if (!check_attached(t) || !value_call_method_0(self, "flush")) return NULL;
  Value buffer = t->buffer;
  io_set_owned(buffer, false);
  gc_store(t, &t->buffer, NULL);
  t->detached = true;
  return buffer;
}

// ---- Writing ----

bool text_write_pending(TextIO *t) {
  if (t->pending_count == 0) return true;
  uint8_t *memory = t->pending;
  size_t count = t->pending_count, capacity = t->pending_capacity;
  t->pending = NULL; // a signal handler or a Python-level buffer may write meanwhile
  t->pending_count = t->pending_capacity = 0;
  bool done;
  if (io_buffered_is_exact(t->buffer)) {
    while (!(done = io_buffered_write(t->buffer, memory, count)))
      if (!io_retry_interrupted()) break;
  } else {
    Value bytes = bytes_new(memory, count);
    while (!(done = bytes && value_call_method_1(t->buffer, "write", bytes)))
      if (!bytes || !io_retry_interrupted()) break;
  }
  if (t->pending) {
    free(memory);
  } else {
    t->pending = memory;
    t->pending_capacity = capacity;
  }
  return done;
}

static bool has_character(Value value, char wanted) {
  Str *text = value_as_str(value);
  if (str_width(text) == 1) return memchr(text->data, wanted, text->length) != NULL;
  for (size_t i = 0; i < text->length; i++)
    if (str_character(text, i) == (uint32_t)wanted) return true;
  return false;
}

static bool write_locked(TextIO *t, Value text) {
  bool line_feed = ((t->write_translate && t->write_ending) || t->line_buffering) && has_character(text, '\n');
  bool flush = t->line_buffering && (line_feed || has_character(text, '\r'));
  if (line_feed && t->write_translate && t->write_ending)
    text = value_call_method_2(text, "replace", str_from_c("\n"), t->write_ending);
  if (!text) return false;
  // Whatever would make the pending bytes more than a chunk goes out after them.
  if (t->pending_count && t->pending_count + str_length(text) > t->chunk_size && !text_write_pending(t)) return false;
  if (!text_encode(t, text)) return false;
  if ((t->pending_count >= t->chunk_size || flush || t->write_through) && !text_write_pending(t)) return false;
  if (flush && !value_call_method_0(t->buffer, "flush")) return false;
  if (t->decoded) text_set_decoded(t, NULL);
  if (t->snapshot) text_drop_snapshot(t);
  return !t->has_decoder || text_decoder_reset(t);
}

static Value text_write(Value self, Value text) {
  if (!value_is_str(text)) return raise_type_error("write() argument must be str, not %T", text);
  if (!text_enter(self)) return NULL;
  TextIO *t = as_text(self);
  if (!t->has_encoder) return text_leave(self, io_raise_unsupported("not writable"));
  return text_leave(self, write_locked(t, text) ? int_from_size(str_length(text)) : NULL);
}

static Value text_flush(Value self) {
  if (!text_enter(self)) return NULL;
  TextIO *t = as_text(self);
  t->telling = t->seekable;
  return text_leave(self, text_write_pending(t) ? value_call_method_0(t->buffer, "flush") : NULL);
}

// ---- Reading ----

// The next chunk into t->decoded. 1; 0 at the end; -1.
static int read_chunk(TextIO *t, size_t hint) {
  if (!t->has_decoder) {
    io_raise_unsupported("not readable");
    return -1;
  }
  DecoderState before;
  if (t->telling && !text_decoder_getstate(t, &before)) return -1;
  size_t size = t->chunk_size;
  if (hint) {
    double bytes = (t->bytes_a_character > 1 ? t->bytes_a_character : 1) * (double)hint;
    if (bytes > (double)size && bytes < 0x1p62) size = (size_t)bytes;
  }
  Value size_value = int_from_size(size);
  const char *method = t->has_read1 ? "read1" : "read";
  Value input = io_buffered_is_exact(t->buffer) && value_class(t->buffer) != io_writer_class
                    ? io_buffered_read1(t->buffer, size_value)
                    : value_call_method_1(t->buffer, method, size_value);
  if (!input) return -1;
  if (!value_has_buffer(input)) {
    raise_type_error("underlying %s() should have returned a bytes-like object, not '%.200T'", method, input);
    return -1;
  }
  ptrdiff_t count = value_length(input);
  Value text = count < 0 ? NULL : text_decode(t, input, count == 0);
  if (!text) return -1;
  size_t length = str_length(text);
  text_set_decoded(t, text);
  t->bytes_a_character = length ? (double)count / (double)length : 0;
  if (t->telling) {
    Value bytes = value_is_bytes(input) ? input : value_call_1(value_from_cell(BUILTIN(BYTES)), input);
    Value all = bytes && value_as_bytes(before.input)->length ? bytes_concatenate(before.input, bytes) : bytes;
    if (!all) return -1;
    text_set_snapshot(t, all, before.flags);
  }
  return length > 0 || count > 0;
}

static int read_chunk_retrying(TextIO *t, size_t hint) {
  int result;
  while ((result = read_chunk(t, hint)) < 0)
    if (!io_retry_interrupted()) return -1;
  return result;
}

// Up to `count` of the decoded characters.
static Value take_decoded(TextIO *t, size_t count) {
  if (!t->decoded) return str_from_c("");
  Value decoded = t->decoded;
  size_t available = str_length(decoded) - t->decoded_used;
  if (count > available) count = available;
  size_t start = t->decoded_used;
  t->decoded_used += count;
  return start == 0 && count == str_length(decoded) ? decoded : str_substring(decoded, start, start + count);
}

static Value read_all(TextIO *t) {
  Value bytes = value_call_method_0(t->buffer, "read");
  Value rest = bytes ? text_decode(t, bytes, true) : NULL;
  Value start = rest ? take_decoded(t, SIZE_MAX) : NULL;
  if (!start) return NULL;
  if (t->decoded) text_set_decoded(t, NULL);
  text_drop_snapshot(t);
  return str_length(start) ? str_concatenate(start, rest) : rest;
}

static Value read_some(TextIO *t, size_t count) {
  Value result = take_decoded(t, count);
  if (!result || str_length(result) == count) return result;
  StrBuilder builder;
  str_builder_start(&builder);
  str_builder_add(&builder, result);
  size_t remaining = count - str_length(result);
  while (remaining > 0) {
    int more = read_chunk_retrying(t, remaining);
    if (more < 0) return NULL;
    if (more == 0) break;
    Value piece = take_decoded(t, remaining);
    if (!piece) return NULL;
    str_builder_add(&builder, piece);
    remaining -= str_length(piece);
  }
  return str_builder_finish(&builder);
}

static Value text_read(Value self, Value size) {
  ptrdiff_t count;
  if (!io_parse_size(size, &count) || !text_enter(self)) return NULL;
  TextIO *t = as_text(self);
  if (!t->has_decoder) return text_leave(self, io_raise_unsupported("not readable"));
  if (!text_write_pending(t)) return text_leave(self, NULL);
  return text_leave(self, count < 0 ? read_all(t) : read_some(t, (size_t)count));
}

static Value readline_locked(TextIO *t, ptrdiff_t limit) {
  if (!text_write_pending(t)) return NULL;
  StrBuilder builder;
  str_builder_start(&builder);
  size_t built = 0;
  Value carry = NULL; // the first half of a line end that the last chunk ended with
  for (;;) {
    int more = 1;
    while (more > 0 && (!t->decoded || t->decoded_used >= str_length(t->decoded)))
      if ((more = read_chunk_retrying(t, 0)) < 0) return NULL;
    if (more == 0) {
      text_set_decoded(t, NULL);
      text_drop_snapshot(t);
      if (carry) str_builder_add(&builder, carry);
      return built || carry ? str_builder_finish(&builder) : str_from_c("");
    }
    Value line = carry ? str_concatenate(carry, t->decoded) : t->decoded;
    if (!line) return NULL;
    size_t offset = carry ? str_length(carry) : 0, start = carry ? 0 : t->decoded_used, length = str_length(line);
    size_t end = length, consumed;
    carry = NULL;
    ptrdiff_t found =
        io_find_line_end(t->newlines.translate, t->read_universal, t->read_ending, value_as_str(line)->data,
                         str_width(value_as_str(line)), start, length, &consumed);
    end = found >= 0 ? (size_t)found : consumed;
    bool limited = limit >= 0 && end - start + built >= (size_t)limit;
    if (limited) end = start + ((size_t)limit - built);
    if (found >= 0 || limited) {
      t->decoded_used = end > offset ? end - offset : 0;
      if (built == 0) return start == 0 && end == length ? line : str_substring(line, start, end);
      str_builder_add_part(&builder, line, start, end);
      return str_builder_finish(&builder);
    }
    str_builder_add_part(&builder, line, start, end);
    built += end - start;
    if (end < length && !(carry = str_substring(line, end, length))) return NULL;
    text_set_decoded(t, NULL);
  }
}

static Value text_readline(Value self, Value size) {
  ptrdiff_t limit = -1;
  if (size && !value_as_size(size, &limit, CLASS_OVERFLOW_ERROR)) return NULL;
  if (!text_enter(self)) return NULL;
  return text_leave(self, readline_locked(as_text(self), limit));
}

static Value text_next(Value self) {
  TextIO *t = as_text(self);
  if (!check_attached(t)) return NULL;
  t->telling = false;
  Value line;
  if (value_class(self) == io_text_class) {
    line = text_readline(self, NULL);
  } else {
    line = value_call_method_0(self, "readline");
    if (line && !value_is_str(line))
      return raise(CLASS_OS_ERROR, "readline() should have returned a str object, not '%.200T'", line);
  }
  if (!line || str_length(line)) return line;
  text_drop_snapshot(t);
  t->telling = t->seekable;
  return VALUE_STOP;
}

// ---- The rest ----

static Value text_truncate(Value self, Value size) {
  TextIO *t = as_text(self);
  if (!check_attached(t) || !value_call_method_0(self, "flush")) return NULL;
  return value_call_method_1(t->buffer, "truncate", size ? size : VALUE_NONE);
}

static Value delegate(Value self, const char *method) {
  TextIO *t = as_text(self);
  return check_attached(t) ? value_call_method_0(t->buffer, method) : NULL;
}
static Value text_fileno(Value self) {
  return delegate(self, "fileno");
}
static Value text_seekable(Value self) {
  return delegate(self, "seekable");
}
static Value text_readable(Value self) {
  return delegate(self, "readable");
}
static Value text_writable(Value self) {
  return delegate(self, "writable");
}
static Value text_isatty(Value self) {
  return delegate(self, "isatty");
}

static Value text_close(Value self) {
  TextIO *t = as_text(self);
  if (!check_attached(t)) return NULL;
  int closed = io_is_closed(self);
  if (closed) return closed < 0 ? NULL : VALUE_NONE;
  if (t->finalizing && !value_call_method_1(t->buffer, "_dealloc_warn", self)) exception_clear();
  Value flushed = value_call_method_0(self, "flush");
  Value failure = flushed ? NULL : exception_take();
  Value result = t->buffer ? value_call_method_0(t->buffer, "close") : VALUE_NONE;
  io_chain_exceptions(failure);
  if (result && !failure) io_set_open(self, false);
  return failure ? NULL : result;
}

static Value text_repr(Value self) {
  TextIO *t = as_text(self);
  if (!t->ready) return raise_value_error("I/O operation on uninitialized object");
  int entered = repr_enter(self);
  if (entered < 0) return NULL;
  if (entered) return raise(CLASS_RUNTIME_ERROR, "reentrant call inside %s.__repr__", value_class_name(self));
  Value name, mode, result = str_from_c("<_io.TextIOWrapper");
  int found = io_find_name(self, &name);
  if (found > 0 && result) result = str_format_c("%U name=%R", result, name);
  if (found < 0) result = NULL;
  found = result ? value_find_attribute(self, NAME(mode), &mode) : -1;
  if (found > 0) result = str_format_c("%U mode=%R", result, mode);
  if (found < 0) result = NULL;
  if (result) result = str_format_c("%U encoding=%R>", result, t->encoding);
  repr_leave(self);
  return result;
}

static Value get_name(Value self) {
  return check_attached(as_text(self)) ? value_get_attribute_c(as_text(self)->buffer, "name") : NULL;
}
static Value get_closed(Value self) {
  return check_attached(as_text(self)) ? value_get_attribute(as_text(self)->buffer, NAME(closed)) : NULL;
}
static Value get_newlines(Value self) {
  TextIO *t = as_text(self);
  if (!check_attached(t)) return NULL;
  return t->has_decoder && t->read_universal ? io_newline_kinds(t->newlines.kinds) : VALUE_NONE;
}
static Value get_errors(Value self) {
  return as_text(self)->ready ? as_text(self)->errors : raise_value_error("I/O operation on uninitialized object");
}
static Value get_chunk_size(Value self) {
  return check_attached(as_text(self)) ? int_from_size(as_text(self)->chunk_size) : NULL;
}
static bool set_chunk_size(Value self, Value value) {
  if (!value) {
    raise(CLASS_ATTRIBUTE_ERROR, "cannot delete attribute");
    return false;
  }
  ptrdiff_t size;
  if (!check_attached(as_text(self)) || !value_as_size(value, &size, CLASS_VALUE_ERROR)) return false;
  if (size <= 0) {
    raise_value_error("a strictly positive integer is required");
    return false;
  }
  as_text(self)->chunk_size = (size_t)size;
  return true;
}

static const NativeMethod text_methods[] = {
    NATIVE("__init__", text_init,
           "($self, /, buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)",
           "Text over a buffered byte stream."),
    NATIVE("reconfigure", text_reconfigure,
           "($self, /, *, encoding=None, errors=None, newline=Ellipsis, line_buffering=None, write_through=None)",
           "Change how the stream translates and buffers."),
    NATIVE("detach", text_detach, "($self, /)", "Flush, and separate the buffer."),
    NATIVE("write", text_write, "($self, text, /)", "Write a str."),
    NATIVE("read", text_read, "($self, size=-1, /)", "Read at most size characters."),
    NATIVE("readline", text_readline, "($self, size=-1, /)", "Read one line."),
    NATIVE("flush", text_flush, "($self, /)", "Write out what is buffered."),
    NATIVE("close", text_close, "($self, /)", "Flush and close."),
    NATIVE("fileno", text_fileno, "($self, /)", "The buffer's file descriptor."),
    NATIVE("seekable", text_seekable, "($self, /)", "Whether the buffer can seek."),
    NATIVE("readable", text_readable, "($self, /)", "Whether the buffer can be read."),
    NATIVE("writable", text_writable, "($self, /)", "Whether the buffer can be written."),
    NATIVE("isatty", text_isatty, "($self, /)", "Whether the buffer is a terminal."),
    NATIVE("seek", text_seek, "($self, cookie, whence=0, /)", "Move to a position that tell() gave."),
    NATIVE("tell", text_tell, "($self, /)", "Current position, for seek()."),
    NATIVE("truncate", text_truncate, "($self, pos=None, /)", "Resize the file."),
    NATIVE("__getstate__", io_raise_pickling, "($self, /)", NULL, NATIVE_METHOD),
    NATIVE("__next__", text_next, "($self, /)", "Implement next(self)."),
    NATIVE("__repr__", text_repr, "($self, /)", "Return repr(self)."),
    {}};
static const NativeProperty text_properties[] = {{"name", get_name, NULL, NULL},
                                                 {"closed", get_closed, NULL, NULL},
                                                 {"newlines", get_newlines, NULL, NULL},
                                                 {"errors", get_errors, NULL, NULL},
                                                 {"_CHUNK_SIZE", get_chunk_size, set_chunk_size, NULL},
                                                 {}};
static const NativeMember text_members[] = {
    {"encoding", MEMBER_VALUE_OR_NONE, false, offsetof(TextIO, encoding), NULL},
    {"buffer", MEMBER_VALUE_OR_NONE, false, offsetof(TextIO, buffer), NULL},
    {"line_buffering", MEMBER_BOOL, false, offsetof(TextIO, line_buffering), NULL},
    {"write_through", MEMBER_BOOL, false, offsetof(TextIO, write_through), NULL},
    {"_finalizing", MEMBER_BOOL, true, offsetof(TextIO, finalizing), NULL},
    {}};
static const CellType text_cell_type = {
    .name = "TextIOWrapper", CELL_VALUES(TextIO, buffer, snapshot), .release = text_release};
static const ClassDef text_definition = {.name = "_io.TextIOWrapper",
                                         .doc = "Text over a buffered byte stream.",
                                         .cell_type = &text_cell_type,
                                         .instance_size = sizeof(TextIO),
                                         .flags = CLASS_BASE_TYPE | CLASS_HAS_DICT | CLASS_HAS_WEAKREF,
                                         .methods = text_methods,
                                         .properties = text_properties,
                                         .members = text_members};

bool io_add_text_classes(Value module) {
  return module_add_class(module, &text_definition, io_text_base_class, &io_text_class);
}
