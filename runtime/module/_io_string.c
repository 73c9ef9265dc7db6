// StringIO: a text stream in memory.
//
// The characters stand in a str cell of `capacity` units that nobody else sees; it is replaced by a wider or larger one
// as needed. What is given out is always a copy.
#include "runtime/module/_io.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/support/utf8.h"

#include <string.h>

Class *io_string_class;

typedef struct StringIO {
  Cell head;
  Value buffer;   // str cell, or zero while empty
  Value newline;  // the newline argument: str, or None
  Value line_end; // what "\n" is written as, or zero: itself
  // ---- end of values
  IoLock lock;
  size_t position, length, capacity;
  int width;
  NewlineState translation; // used when the newline argument is None or ""
  bool ready, closed, universal;
} StringIO;

static StringIO *as_string_io(Value self) {
  return (StringIO *)value_cell(self);
}
static uint8_t *units(StringIO *s) {
  return s->buffer ? value_as_str(s->buffer)->data : (uint8_t *)"";
}

static bool enter(Value self) {
  StringIO *s = as_string_io(self);
  if (!s->ready || s->closed) {
    raise_value_error(s->ready ? "I/O operation on closed file" : "I/O operation on uninitialized object");
    return false;
  }
  io_lock_take(&s->lock);
  return true;
}
static Value leave(Value self, Value result) {
  io_lock_release(&as_string_io(self)->lock);
  return result;
}

static void copy_units(void *to, int to_width, size_t at, const void *from, int from_width, size_t count) {
  if (to_width == from_width) {
    memcpy((uint8_t *)to + at * (size_t)to_width, from, count * (size_t)to_width);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    uint32_t unit = utf_unit(from, from_width, i);
    if (to_width == 1)
      ((uint8_t *)to)[at + i] = (uint8_t)unit;
    else if (to_width == 2)
      ((uint16_t *)to)[at + i] = (uint16_t)unit;
    else
      ((uint32_t *)to)[at + i] = unit;
  }
}

static bool reserve(StringIO *s, size_t wanted, int width) {
  if (width < s->width) width = s->width;
  if (s->buffer && wanted <= s->capacity && width == s->width) return true;
  size_t capacity = wanted;
  if (wanted > s->capacity) {
    size_t larger = s->capacity + s->capacity / 2 + 32;
    if (wanted < larger) capacity = larger;
  } else {
    capacity = s->capacity;
  }
  Str *buffer = str_allocate(capacity, width == 1 ? 0xff : width == 2 ? 0xffff : 0x10ffff);
  if (!buffer) return false;
  copy_units(buffer->data, width, 0, units(s), s->width, s->length);
  gc_store(s, &s->buffer, value_from_cell(buffer));
  s->capacity = capacity;
  s->width = width;
  return true;
}

static bool write_text(StringIO *s, Value value) {
  Str *text = value_as_str(value);
  size_t count = text->length, end;
  if (count == 0) return true;
  if (__builtin_add_overflow(s->position, count, &end) || end > PTRDIFF_MAX / 8) {
    raise(CLASS_OVERFLOW_ERROR, "new buffer size too large");
    return false;
  }
  if (!reserve(s, end, str_width(text))) return false;
  if (s->position > s->length)
    memset(units(s) + s->length * (size_t)s->width, 0, (s->position - s->length) * (size_t)s->width);
  copy_units(units(s), s->width, s->position, text->data, str_width(text), count);
  s->position = end;
  if (end > s->length) s->length = end;
  KEEP(value);
  return true;
}

static bool write_translated(StringIO *s, Value text) {
  if (s->universal) text = io_newline_decode(&s->translation, text, true);
  if (text && s->line_end) text = value_call_method_2(text, "replace", str_from_c("\n"), s->line_end);
  return text && write_text(s, text);
}

static Value string_io_init(Value self, Value initial, Value newline) {
  StringIO *s = as_string_io(self);
  s->ready = false;
  if (!newline) newline = str_from_c("\n");
  if (!newline) return NULL;
  if (newline != VALUE_NONE) {
    if (!value_is_str(newline)) return raise_type_error("newline must be str or None, not %.200T", newline);
    static const char *const legal[] = {"", "\n", "\r", "\r\n"};
    bool known = false;
    for (int i = 0; i < 4; i++) known |= str_equals_c(newline, legal[i]);
    if (!known) return raise_value_error("illegal newline value: %R", newline);
  }
  if (initial && initial != VALUE_NONE && !value_is_str(initial))
    return raise_type_error("initial_value must be str or None, not %.200T", initial);
  s->universal = newline == VALUE_NONE || str_length(newline) == 0;
  s->translation = (NewlineState){.translate = newline == VALUE_NONE};
  gc_store(s, &s->newline, newline);
  bool written_otherwise =
      newline != VALUE_NONE && str_length(newline) && str_character(value_as_str(newline), 0) == '\r';
  gc_store(s, &s->line_end, written_otherwise ? newline : NULL);
  gc_store(s, &s->buffer, NULL);
  s->position = s->length = s->capacity = 0;
  s->width = 1;
  if (initial && initial != VALUE_NONE && !write_translated(s, initial)) return NULL;
  s->position = 0;
  s->closed = false;
  s->ready = true;
  return VALUE_NONE;
}

static Value string_io_getvalue(Value self) {
  if (!enter(self)) return NULL;
  StringIO *s = as_string_io(self);
  return leave(self, str_from_units(units(s), s->width, s->length));
}

static Value take(StringIO *s, size_t count) {
  if (s->position >= s->length) return str_from_c("");
  if (count > s->length - s->position) count = s->length - s->position;
  Value result = str_from_units(units(s) + s->position * (size_t)s->width, s->width, count);
  if (result) s->position += count;
  return result;
}

static Value string_io_read(Value self, Value size) {
  ptrdiff_t count;
  if (!io_parse_size(size, &count) || !enter(self)) return NULL;
  return leave(self, take(as_string_io(self), count < 0 ? SIZE_MAX : (size_t)count));
}

static size_t line_length(StringIO *s, ptrdiff_t limit) {
  if (s->position >= s->length) return 0;
  size_t end = s->length, consumed;
  if (limit >= 0 && (size_t)limit < end - s->position) end = s->position + (size_t)limit;
  ptrdiff_t found = io_find_line_end(s->translation.translate, s->universal, s->newline, units(s), s->width,
                                     s->position, end, &consumed);
  return (found < 0 ? end : (size_t)found) - s->position;
}

static Value string_io_readline(Value self, Value size) {
  ptrdiff_t limit;
  if (!io_parse_size(size, &limit) || !enter(self)) return NULL;
  StringIO *s = as_string_io(self);
  return leave(self, take(s, line_length(s, limit)));
}

static Value string_io_next(Value self) {
  if (value_class(self) == io_string_class) {
    if (!enter(self)) return NULL;
    StringIO *s = as_string_io(self);
    size_t length = line_length(s, -1);
    return leave(self, length ? take(s, length) : VALUE_STOP);
  }
  Value line = value_call_method_0(self, "readline");
  if (line && !value_is_str(line))
    return raise(CLASS_OS_ERROR, "readline() should have returned a str object, not '%.200T'", line);
  return line && str_length(line) == 0 ? VALUE_STOP : line;
}

static Value string_io_write(Value self, Value text) {
  if (!as_string_io(self)->ready) return raise_value_error("I/O operation on uninitialized object");
  if (!value_is_str(text)) return raise_type_error("string argument expected, got '%.200T'", text);
  if (!enter(self)) return NULL;
  return leave(self, write_translated(as_string_io(self), text) ? int_from_size(str_length(text)) : NULL);
}

static Value string_io_truncate(Value self, Value size_value) {
  if (!enter(self)) return NULL;
  StringIO *s = as_string_io(self);
  ptrdiff_t size = (ptrdiff_t)s->position;
  if (size_value && size_value != VALUE_NONE) {
    if (!io_parse_size(size_value, &size)) return leave(self, NULL);
    if (size < 0) return leave(self, raise_value_error("Negative size value %zd", size));
  }
  if ((size_t)size < s->length) s->length = (size_t)size;
  return leave(self, int_from_int64(size));
}

static Value string_io_seek(Value self, Value offset_value, Value whence_value) {
  ptrdiff_t offset;
  int whence = 0;
  if (!value_as_size(offset_value, &offset, CLASS_OVERFLOW_ERROR) ||
      (whence_value && !value_as_int(whence_value, &whence)) || !enter(self))
    return NULL;
  StringIO *s = as_string_io(self);
  if (whence < 0 || whence > 2)
    return leave(self, raise_value_error("Invalid whence (%i, should be 0, 1 or 2)", whence));
  if (offset < 0 && whence == 0) return leave(self, raise_value_error("Negative seek position %zd", offset));
  if (whence != 0 && offset != 0) return leave(self, raise(CLASS_OS_ERROR, "Can't do nonzero cur-relative seeks"));
  if (whence == 0) s->position = (size_t)offset;
  if (whence == 2) s->position = s->length;
  return leave(self, int_from_size(s->position));
}

static Value string_io_tell(Value self) {
  return enter(self) ? leave(self, int_from_size(as_string_io(self)->position)) : NULL;
}
static Value string_io_true(Value self) {
  return enter(self) ? leave(self, VALUE_TRUE) : NULL;
}
static Value string_io_close(Value self) {
  StringIO *s = as_string_io(self);
  s->closed = true;
  gc_store(s, &s->buffer, NULL);
  s->length = s->capacity = 0;
  return VALUE_NONE;
}
static Value get_closed(Value self) {
  StringIO *s = as_string_io(self);
  return s->ready ? value_from_bool(s->closed) : raise_value_error("I/O operation on uninitialized object");
}
static Value get_line_buffering(Value self) {
  return enter(self) ? leave(self, VALUE_FALSE) : NULL;
}
static Value get_newlines(Value self) {
  if (!enter(self)) return NULL;
  StringIO *s = as_string_io(self);
  return leave(self, s->universal ? io_newline_kinds(s->translation.kinds) : VALUE_NONE);
}

// ---- Pickling ----

static Value string_io_getstate(Value self) {
  Value text = string_io_getvalue(self);
  Value dict = text ? value_get_dict(self) : NULL;
  if (!dict) return NULL;
  Value attributes = dict_count(dict) ? dict_copy(dict) : VALUE_NONE;
  Value position = int_from_size(as_string_io(self)->position);
  return attributes && position ? tuple_of(4, text, as_string_io(self)->newline, position, attributes) : NULL;
}

static Value string_io_setstate(Value self, Value state) {
  StringIO *s = as_string_io(self);
  if (s->ready && s->closed) return raise_value_error("I/O operation on closed file");
  if (!value_is_tuple(state) || tuple_count(state) < 4)
    return raise_type_error("%.200T.__setstate__ argument should be 4-tuple, got %.200T", self, state);
  Value text = tuple_item(state, 0), position_value = tuple_item(state, 2), attributes = tuple_item(state, 3);
  if (!string_io_init(self, text, tuple_item(state, 1))) return NULL;
  // The text is stored as it was: __init__ may have translated its line ends.
  s->position = s->length = 0;
  if (text != VALUE_NONE && !write_text(s, text)) return NULL;
  if (!value_is_int(position_value))
    return raise_type_error("third item of state must be an integer, got %.200T", position_value);
  ptrdiff_t position;
  if (!value_as_size(position_value, &position, CLASS_OVERFLOW_ERROR)) return NULL;
  if (position < 0) return raise_value_error("position value cannot be negative");
  s->position = (size_t)position;
  if (attributes == VALUE_NONE) return VALUE_NONE;
  if (!value_is_dict(attributes))
    return raise_type_error("fourth item of state should be a dict, got a %.200T", attributes);
  Value dict = value_get_dict(self);
  return dict && dict_update(dict, attributes, true) ? VALUE_NONE : NULL;
}

static const NativeMethod string_io_methods[] = {
    NATIVE("__init__", string_io_init, "($self, /, initial_value='', newline='\\n')", "A text stream with this text."),
    NATIVE("getvalue", string_io_getvalue, "($self, /)", "All text."),
    NATIVE("read", string_io_read, "($self, size=-1, /)", "Read at most size characters."),
    NATIVE("readline", string_io_readline, "($self, size=-1, /)", "Read one line."),
    NATIVE("write", string_io_write, "($self, s, /)", "Write text."),
    NATIVE("truncate", string_io_truncate, "($self, pos=None, /)", "Cut the text off."),
    NATIVE("seek", string_io_seek, "($self, pos, whence=0, /)", "Move to a position."),
    NATIVE("tell", string_io_tell, "($self, /)", "Current position."),
    NATIVE("close", string_io_close, "($self, /)", "Forget the text."),
    NATIVE("readable", string_io_true, "($self, /)", "Always True."),
    NATIVE("writable", string_io_true, "($self, /)", "Always True."),
    NATIVE("seekable", string_io_true, "($self, /)", "Always True."),
    NATIVE("__next__", string_io_next, "($self, /)", "Implement next(self)."),
    NATIVE("__getstate__", string_io_getstate, "($self, /)", NULL, NATIVE_METHOD),
    NATIVE("__setstate__", string_io_setstate, "($self, state, /)", NULL, NATIVE_METHOD),
    {}};
static const NativeProperty string_io_properties[] = {{"closed", get_closed, NULL, NULL},
                                                      {"newlines", get_newlines, NULL, NULL},
                                                      {"line_buffering", get_line_buffering, NULL, NULL},
                                                      {}};
static const CellType string_io_cell_type = {.name = "StringIO", CELL_VALUES(StringIO, buffer, line_end)};
static const ClassDef string_io_definition = {.name = "_io.StringIO",
                                              .doc = "A text stream in memory.",
                                              .cell_type = &string_io_cell_type,
                                              .instance_size = sizeof(StringIO),
                                              .flags = CLASS_BASE_TYPE | CLASS_HAS_DICT | CLASS_HAS_WEAKREF,
                                              .methods = string_io_methods,
                                              .properties = string_io_properties};

bool io_add_string_classes(Value module) {
  if (!module_add_class(module, &string_io_definition, io_text_base_class, &io_string_class)) return false;
  io_string_class->flags &= ~CLASS_HAS_DEL; // as with BytesIO
  return true;
}
