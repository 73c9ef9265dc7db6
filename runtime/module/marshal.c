// The module marshal: values to bytes and back, in CPython's format (version 4) for everything but code objects, which
// are code images (code_image.h); or, if they hold what those cannot, fields of Krait's own.
//
// Reading never trusts its input: every count is checked against what is left, depth is limited, references must exist,
// and code is only put together, not believed (it is verified before it runs). Corrupt data gives ValueError, EOFError
// or TypeError, never more.
//
// Threads: no shared state.
#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/code_image.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/memoryview.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/support/number_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum : int { VERSION = 4, DEPTH_MAX = 2000, FLAG_REFERENCE = 0x80 };

// The fields of a code object in the order of types.CodeType's parameters.
static const char *const code_fields[] = {
    "co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_nlocals",        "co_stacksize", "co_flags",
    "co_code",     "co_consts",          "co_names",          "co_varnames",       "co_filename",  "co_name",
    "co_qualname", "co_firstlineno",     "co_linetable",      "co_exceptiontable", "co_freevars",  "co_cellvars"};
enum : size_t { CODE_FIELDS = sizeof code_fields / sizeof *code_fields };

// ---- Writing ----

typedef struct Writer {
  Value output;  // bytearray
  size_t length; // used of it
  Value seen;    // dict: identity -> reference number; zero below version 3
  int version;
  int depth;
  bool failed; // an exception is pending
} Writer;

static void write_bytes(Writer *writer, const void *data, size_t count) {
  if (writer->failed) return;
  size_t capacity = value_is_bytearray(writer->output) ? bytearray_length(writer->output) : 0;
  if (writer->length + count > capacity && !bytearray_resize(writer->output, (writer->length + count) * 2 + 64)) {
    writer->failed = true;
    return;
  }
  memcpy(bytearray_data(writer->output) + writer->length, data, count);
  writer->length += count;
}
static void write_byte(Writer *writer, int byte) {
  uint8_t data = (uint8_t)byte;
  write_bytes(writer, &data, 1);
}
static void write_int32(Writer *writer, int64_t number) {
  uint32_t bits = (uint32_t)number;
  write_bytes(writer, &bits, 4);
}
static void write_count(Writer *writer, size_t count) {
  if (count > INT32_MAX) {
    if (!writer->failed) raise_value_error("unmarshallable object");
    writer->failed = true;
  }
  write_int32(writer, (int64_t)count);
}
static void write_sized(Writer *writer, const void *data, size_t count) {
  write_count(writer, count);
  write_bytes(writer, data, count);
}

static void write_value(Writer *writer, Value value);

// Digits of 15 bits, as CPython's long was once stored.
static void write_int(Writer *writer, Value value, int flag) {
  int64_t number;
  if (int_fits_int64(value, &number) && number >= INT32_MIN && number <= INT32_MAX) {
    write_byte(writer, 'i' | flag);
    write_int32(writer, number);
    return;
  }
  size_t bits = int_bit_length(value), digits = (bits + 14) / 15, bytes = bits / 8 + 2;
  uint8_t *data = malloc(bytes + 8);
  Value magnitude = int_sign(value) < 0 ? int_negative(value) : value;
  if (!data || !magnitude || !int_to_bytes(magnitude, data, bytes, true, false)) {
    if (!exception_pending()) raise_memory_error();
    writer->failed = true;
    free(data);
    return;
  }
  memset(data + bytes, 0, 8);
  write_byte(writer, 'l' | flag);
  write_int32(writer, int_sign(value) < 0 ? -(int64_t)digits : (int64_t)digits);
  for (size_t i = 0; i < digits; i++) {
    size_t bit = i * 15;
    uint32_t window = 0;
    for (size_t k = 0; k < 3; k++)
      if (bit / 8 + k < bytes) window |= (uint32_t)data[bit / 8 + k] << (8 * k);
    uint16_t digit = (window >> (bit % 8)) & 0x7fff;
    write_bytes(writer, &digit, 2);
  }
  free(data);
}

static void write_double(Writer *writer, double number) {
  if (writer->version > 1) {
    write_bytes(writer, &number, 8);
    return;
  }
  char text[64];
  size_t length = float_format(number, 'g', 17, 0, text, sizeof text);
  write_byte(writer, (int)length);
  write_bytes(writer, text, length);
}

static void write_str(Writer *writer, Value value, int flag) {
  const Str *text = value_as_str(value);
  bool interned = str_is_interned(value);
  if (writer->version >= 4 && str_is_ascii(text)) {
    if (text->length < 256) {
      write_byte(writer, (interned ? 'Z' : 'z') | flag);
      write_byte(writer, (int)text->length);
      write_bytes(writer, text->data, text->length);
    } else {
      write_byte(writer, (interned ? 'A' : 'a') | flag);
      write_sized(writer, text->data, text->length);
    }
    return;
  }
  size_t length;
  char *utf8 = str_wtf8(value, &length);
  if (!utf8) {
    writer->failed = true;
    return;
  }
  write_byte(writer, (interned && writer->version >= 3 ? 't' : 'u') | flag);
  write_sized(writer, utf8, length);
  free(utf8);
}

// An image begins eight bytes behind its type code, so that it is aligned where it is the only thing in a cache file.
enum : size_t { IMAGE_PADDING = 3 };

static void write_code(Writer *writer, Value value, int flag) {
  Value image = code_image_write(value);
  if (!image) {
    writer->failed = true;
    return;
  }
  if (image != VALUE_NONE) {
    write_byte(writer, 'k' | flag);
    write_bytes(writer, (const uint8_t[IMAGE_PADDING]){}, IMAGE_PADDING);
    write_sized(writer, value_as_bytes(image)->data, value_as_bytes(image)->length);
    return;
  }
  write_byte(writer, 'c' | flag);
  for (size_t i = 0; i < CODE_FIELDS && !writer->failed; i++) {
    Value field = value_get_attribute_c(value, code_fields[i]);
    if (field)
      write_value(writer, field);
    else
      writer->failed = true;
  }
}

static void write_set(Writer *writer, Value value, int flag) {
  bool frozen = class_is_subclass(value_class(value), BUILTIN(FROZENSET));
  write_byte(writer, (frozen ? '>' : '<') | flag);
  // Sorted by their marshalled form, so that equal sets give equal bytes.
  Value pairs = list_new(NULL, 0);
  size_t position = 0;
  Value item;
  int64_t hash;
  while (pairs && set_next(value, &position, &item, &hash)) {
    Writer inner = {.output = bytearray_new(NULL, 0), .version = 0, .depth = writer->depth};
    if (!inner.output) break;
    write_value(&inner, item);
    Value bytes = inner.failed ? NULL : bytes_new(bytearray_data(inner.output), inner.length);
    Value pair = bytes ? tuple_of(2, bytes, item) : NULL;
    if (!pair || !list_append(pairs, pair)) pairs = NULL;
  }
  if (!pairs || exception_pending() || !list_sort(pairs, NULL, false)) {
    writer->failed = true;
    return;
  }
  write_count(writer, list_count(pairs));
  for (size_t i = 0; i < list_count(pairs); i++) write_value(writer, tuple_item(list_item(pairs, i), 1));
}

static void write_buffer(Writer *writer, Value value, int flag) {
  Buffer buffer;
  if (!buffer_acquire(value, &buffer, BUFFER_SIMPLE)) {
    exception_clear();
    write_byte(writer, '?');
    raise_value_error("unmarshallable object");
    writer->failed = true;
    return;
  }
  write_byte(writer, 's' | flag);
  write_sized(writer, buffer.data, buffer.length);
  buffer_release(&buffer);
}

static void write_complex_value(Writer *writer, Value value, int flag) {
  Class *class = value_class(value);
  if (value_is_int(value) && (class == BUILTIN(INT))) {
    write_int(writer, value, flag);
  } else if (class == BUILTIN(FLOAT)) {
    write_byte(writer, (writer->version > 1 ? 'g' : 'f') | flag);
    write_double(writer, float_as_double(value));
  } else if (class == BUILTIN(COMPLEX)) {
    const Complex *number = (const Complex *)value_cell(value);
    write_byte(writer, (writer->version > 1 ? 'y' : 'x') | flag);
    write_double(writer, number->real);
    write_double(writer, number->imaginary);
  } else if (class == BUILTIN(BYTES)) {
    write_byte(writer, 's' | flag);
    write_sized(writer, value_as_bytes(value)->data, value_as_bytes(value)->length);
  } else if (class == BUILTIN(STR)) {
    write_str(writer, value, flag);
  } else if (class == BUILTIN(TUPLE)) {
    size_t count = tuple_count(value);
    bool small = writer->version >= 4 && count < 256;
    write_byte(writer, (small ? ')' : '(') | flag);
    if (small)
      write_byte(writer, (int)count);
    else
      write_count(writer, count);
    for (size_t i = 0; i < count; i++) write_value(writer, tuple_item(value, i));
  } else if (class == BUILTIN(LIST)) {
    Value items = list_to_tuple(value);
    if (!items) {
      writer->failed = true;
      return;
    }
    write_byte(writer, '[' | flag);
    write_count(writer, tuple_count(items));
    for (size_t i = 0; i < tuple_count(items); i++) write_value(writer, tuple_item(items, i));
  } else if (class == BUILTIN(DICT)) {
    write_byte(writer, '{' | flag);
    size_t position = 0;
    Value key, item;
    while (!writer->failed && dict_next(value, &position, &key, &item)) {
      write_value(writer, key);
      write_value(writer, item);
    }
    write_byte(writer, '0');
  } else if (class == BUILTIN(SET) || class == BUILTIN(FROZENSET)) {
    write_set(writer, value, flag);
  } else if (class == BUILTIN(CODE)) {
    write_code(writer, value, flag);
  } else if (value_has_buffer(value)) {
    write_buffer(writer, value, flag);
  } else {
    write_byte(writer, '?');
    raise_value_error("unmarshallable object");
    writer->failed = true;
  }
}

static void write_value(Writer *writer, Value value) {
  if (writer->failed) return;
  if (writer->depth > DEPTH_MAX || c_stack_is_low()) {
    raise_value_error("object too deeply nested to marshal");
    writer->failed = true;
    return;
  }
  static const struct {
    Value value;
    char code;
  } singletons[] = {{VALUE_NONE, 'N'}, {VALUE_FALSE, 'F'}, {VALUE_TRUE, 'T'}, {VALUE_ELLIPSIS, '.'}};
  for (size_t i = 0; i < 4; i++) {
    if (value == singletons[i].value) {
      write_byte(writer, singletons[i].code);
      return;
    }
  }
  if (value == value_from_cell(BUILTIN(STOP_ITERATION))) {
    write_byte(writer, 'S');
    return;
  }
  int flag = 0;
  if (writer->seen && value_is_cell(value)) {
    Value identity = value_id(value);
    Value known = identity ? dict_get(writer->seen, identity) : NULL;
    int64_t number;
    if (known && int_fits_int64(known, &number)) {
      write_byte(writer, 'r');
      write_int32(writer, number);
      return;
    }
    if (!identity || !dict_set(writer->seen, identity, int_from_size(dict_count(writer->seen)))) {
      writer->failed = true;
      return;
    }
    flag = FLAG_REFERENCE;
  }
  writer->depth++;
  write_complex_value(writer, value, flag);
  writer->depth--;
}

static Value marshal_dumps(Value value, Value version_value) {
  int version = VERSION;
  if (version_value && !value_as_int(version_value, &version)) return NULL;
  Writer writer = {.output = bytearray_new(NULL, 0), .seen = version >= 3 ? dict_new() : NULL, .version = version};
  if (!writer.output || (version >= 3 && !writer.seen)) return NULL;
  write_value(&writer, value);
  return writer.failed ? NULL : bytes_new(bytearray_data(writer.output), writer.length);
}

static Value marshal_dump(Value value, Value file, Value version) {
  Value bytes = marshal_dumps(value, version);
  return bytes ? value_call_method_1(file, "write", bytes) : NULL;
}

// ---- Reading ----

typedef struct Reader {
  const uint8_t *data;
  size_t length, at;
  Value owner;      // bytes that hold `data` and never change, or zero
  Value file;       // read from as needed, or zero
  Value references; // list
  int depth;
} Reader;

static Value raise_short(void) {
  return raise(CLASS_EOF_ERROR, "marshal data too short");
}

// `count` bytes, or NULL with an exception pending. Valid until the next read.
static const uint8_t *read_bytes(Reader *reader, size_t count, Value *keep) {
  if (reader->file) {
    Value bytes = value_call_method_1(reader->file, "read", int_from_size(count));
    if (!bytes) return NULL;
    if (!value_is_bytes(bytes)) {
      raise_type_error("file.read() returned not bytes but %.100T", bytes);
      return NULL;
    }
    if (value_as_bytes(bytes)->length != count) {
      if (value_as_bytes(bytes)->length > count)
        raise_value_error("read() returned too much data: %zu bytes requested, %zu returned", count,
                          value_as_bytes(bytes)->length);
      else
        raise(CLASS_EOF_ERROR, "EOF read where not expected");
      return NULL;
    }
    *keep = bytes;
    return value_as_bytes(bytes)->data;
  }
  if (reader->length - reader->at < count) {
    raise_short();
    return NULL;
  }
  const uint8_t *data = reader->data + reader->at;
  reader->at += count;
  return data;
}

static int read_byte(Reader *reader) {
  Value keep;
  const uint8_t *data = read_bytes(reader, 1, &keep);
  return data ? *data : -1;
}
static bool read_int32(Reader *reader, int32_t *number) {
  Value keep;
  const uint8_t *data = read_bytes(reader, 4, &keep);
  if (data) memcpy(number, data, 4);
  return data != NULL;
}
static bool read_double(Reader *reader, bool binary, double *number) {
  Value keep;
  if (binary) {
    const uint8_t *data = read_bytes(reader, 8, &keep);
    if (data) memcpy(number, data, 8);
    return data != NULL;
  }
  int length = read_byte(reader);
  const uint8_t *data = length < 0 ? NULL : read_bytes(reader, (size_t)length, &keep);
  if (!data) return false;
  if (float_parse((const char *)data, (size_t)length, FLOAT_PARSE_WORDS, number) == (size_t)length && length)
    return true;
  raise_value_error("bad marshal data (float)");
  return false;
}
static bool read_count(Reader *reader, const char *what, size_t *count) {
  int32_t number;
  if (!read_int32(reader, &number)) return false;
  if (number < 0) {
    raise_value_error("bad marshal data (%s size out of range)", what);
    return false;
  }
  *count = (size_t)number;
  // Every element takes a byte at least: a count beyond what is left is a lie that must not be allocated for.
  if (!reader->file && *count > reader->length - reader->at) {
    raise_short();
    return false;
  }
  return true;
}

// VALUE_MISSING: the end marker of dicts.
static Value read_value(Reader *reader);

static Value read_item(Reader *reader, const char *container) {
  Value value = read_value(reader);
  return value == VALUE_MISSING ? raise_type_error("NULL object in marshal data for %s", container) : value;
}

static Value read_long(Reader *reader) {
  int32_t signed_count;
  if (!read_int32(reader, &signed_count)) return NULL;
  size_t digits = signed_count < 0 ? (size_t)-(int64_t)signed_count : (size_t)signed_count;
  if (!reader->file && digits * 2 > reader->length - reader->at) return raise_short();
  Value keep;
  const uint8_t *data = read_bytes(reader, digits * 2, &keep);
  if (!data) return NULL;
  size_t limbs = digits * 15 / 64 + 2;
  uint64_t *words = calloc(limbs, sizeof *words);
  if (!words) return raise_memory_error();
  for (size_t i = 0; i < digits; i++) {
    uint16_t digit;
    memcpy(&digit, data + 2 * i, 2);
    if (digit > 0x7fff || (i + 1 == digits && digit == 0)) {
      free(words);
      return raise_value_error(digit ? "bad marshal data (digit out of range in long)"
                                     : "bad marshal data (unnormalized long data)");
    }
    size_t bit = i * 15;
    words[bit / 64] |= (uint64_t)digit << (bit % 64);
    if (bit % 64 > 49) words[bit / 64 + 1] |= (uint64_t)digit >> (64 - bit % 64);
  }
  Value number = int_from_limbs(words, limbs, signed_count < 0);
  free(words);
  return number;
}

static Value read_text(Reader *reader, size_t length, bool ascii, bool interned) {
  Value keep = NULL;
  const uint8_t *data = read_bytes(reader, length, &keep);
  if (!data) return NULL;
  Value text = ascii ? str_from_latin1(data, length) : str_from_utf8((const char *)data, length);
  KEEP(keep);
  return text && interned ? str_intern(text) : text;
}

static Value read_image(Reader *reader) {
  Value keep = NULL;
  size_t length;
  if (!read_bytes(reader, IMAGE_PADDING, &keep) || !read_count(reader, "code", &length)) return NULL;
  const uint8_t *data = read_bytes(reader, length, &keep);
  if (!data) return NULL;
  Value owner = keep ? keep : reader->owner;
  if (!owner || (uintptr_t)data % CODE_IMAGE_ALIGNMENT != 0) {
    owner = bytes_new(data, length);
    KEEP(keep);
    if (!owner) return NULL;
    data = value_as_bytes(owner)->data;
  }
  return code_image_open(owner, data, length, false);
}

static Value read_code(Reader *reader) {
  Value fields[CODE_FIELDS];
  for (size_t i = 0; i < CODE_FIELDS; i++)
    if (!(fields[i] = read_item(reader, "code"))) return NULL;
  return value_call(value_from_cell(BUILTIN(CODE)), fields, CODE_FIELDS, NULL);
}

// Puts `value` into its place among the references; `slot` < 0: it is not referred to.
static Value keep_reference(Reader *reader, ptrdiff_t slot, Value value) {
  if (slot >= 0 && value) list_set_item(reader->references, (size_t)slot, value);
  return value;
}

static Value read_container(Reader *reader, int code, ptrdiff_t slot) {
  size_t count = 0;
  switch (code) {
  case ')': {
    int small = read_byte(reader);
    if (small < 0) return NULL;
    count = (size_t)small;
    break;
  }
  case '(':
    if (!read_count(reader, "tuple", &count)) return NULL;
    break;
  case '[':
    if (!read_count(reader, "list", &count)) return NULL;
    break;
  case '<':
  case '>':
    if (!read_count(reader, "set", &count)) return NULL;
    break;
  default:
    break;
  }
  const char *name = code == '[' ? "list" : code == '(' || code == ')' ? "tuple" : code == '{' ? "dict" : "set";
  Value items = code == '{' ? dict_new() : list_new(NULL, 0);
  if (!items) return NULL;
  if (code == '[' || code == '{') keep_reference(reader, slot, items); // may refer to itself
  for (size_t i = 0; code == '{' || i < count; i++) {
    Value item = read_value(reader);
    if (item == VALUE_MISSING && code == '{') return items;
    if (item == VALUE_MISSING) item = raise_type_error("NULL object in marshal data for %s", name);
    if (!item) return NULL;
    if (code == '{') {
      Value value = read_value(reader);
      if (value == VALUE_MISSING) return items;
      if (!value || !dict_set(items, item, value)) return NULL;
    } else if (!list_append(items, item)) {
      return NULL;
    }
  }
  if (code == '[') return items;
  Value result = code == '<' ? set_new(items) : code == '>' ? frozenset_new(items) : list_to_tuple(items);
  return keep_reference(reader, slot, result);
}

static Value read_leaf(Reader *reader, int code) {
  size_t count;
  double number, imaginary;
  int32_t word;
  switch (code) {
  case 'i':
    return read_int32(reader, &word) ? int_from_int64(word) : NULL;
  case 'I': {
    Value keep;
    const uint8_t *data = read_bytes(reader, 8, &keep);
    int64_t wide;
    if (!data) return NULL;
    memcpy(&wide, data, 8);
    return int_from_int64(wide);
  }
  case 'l':
    return read_long(reader);
  case 'f':
  case 'g':
    return read_double(reader, code == 'g', &number) ? float_from_double(number) : NULL;
  case 'x':
  case 'y':
    if (!read_double(reader, code == 'y', &number) || !read_double(reader, code == 'y', &imaginary)) return NULL;
    return complex_from_doubles(number, imaginary);
  case 's': {
    if (!read_count(reader, "bytes object", &count)) return NULL;
    Value keep = NULL;
    const uint8_t *data = read_bytes(reader, count, &keep);
    Value bytes = data ? bytes_new(data, count) : NULL;
    KEEP(keep);
    return bytes;
  }
  case 'a':
  case 'A':
  case 'u':
  case 't':
    if (!read_count(reader, "string", &count)) return NULL;
    return read_text(reader, count, code == 'a' || code == 'A', code == 'A' || code == 't');
  case 'z':
  case 'Z': {
    int length = read_byte(reader);
    return length < 0 ? NULL : read_text(reader, (size_t)length, true, code == 'Z');
  }
  case 'c':
    return read_code(reader);
  case 'k':
    return read_image(reader);
  default:
    return raise_value_error("bad marshal data (unknown type code)");
  }
}

static Value read_value(Reader *reader) {
  int code = read_byte(reader);
  if (code < 0) {
    if (exception_clear_if(CLASS_EOF_ERROR)) raise(CLASS_EOF_ERROR, "EOF read where object expected");
    return NULL;
  }
  bool referenced = code & FLAG_REFERENCE;
  code &= ~FLAG_REFERENCE;
  switch (code) {
  case '0':
    return VALUE_MISSING;
  case 'N':
    return VALUE_NONE;
  case 'F':
    return VALUE_FALSE;
  case 'T':
    return VALUE_TRUE;
  case '.':
    return VALUE_ELLIPSIS;
  case 'S':
    return value_from_cell(BUILTIN(STOP_ITERATION));
  case 'r': {
    int32_t number;
    if (!read_int32(reader, &number)) return NULL;
    Value value = number < 0 ? NULL : list_item(reader->references, (size_t)number);
    return value && value != VALUE_NONE ? value : raise_value_error("bad marshal data (invalid reference)");
  }
  default:
    break;
  }
  if (reader->depth > DEPTH_MAX || c_stack_is_low()) return raise_value_error("recursion limit exceeded");
  ptrdiff_t slot = -1;
  if (referenced) { // the number is taken before the contents are read
    slot = (ptrdiff_t)list_count(reader->references);
    if (!list_append(reader->references, VALUE_NONE)) return NULL;
  }
  reader->depth++;
  bool container = code == '(' || code == ')' || code == '[' || code == '{' || code == '<' || code == '>';
  Value value = container ? read_container(reader, code, slot) : keep_reference(reader, slot, read_leaf(reader, code));
  reader->depth--;
  return value;
}

static Value read_whole(Reader *reader) {
  reader->references = list_new(NULL, 0);
  Value value = reader->references ? read_value(reader) : NULL;
  return value == VALUE_MISSING ? raise_type_error("NULL object in marshal data for object") : value;
}

static Value marshal_loads(Value bytes) {
  Buffer buffer;
  if (!buffer_acquire(bytes, &buffer, BUFFER_SIMPLE)) return NULL;
  Value owner = VALUE_IS_EXACT(bytes, MEMORYVIEW) ? memoryview_object(bytes) : bytes;
  Reader reader = {.data = buffer.data, .length = buffer.length, .owner = VALUE_IS_EXACT(owner, BYTES) ? owner : NULL};
  Value value = read_whole(&reader);
  buffer_release(&buffer);
  return value;
}

static Value marshal_load(Value file) {
  Value probe = value_call_method_1(file, "read", value_from_small_int(0));
  if (!probe) return NULL;
  if (!value_is_bytes(probe)) return raise_type_error("file.read() returned not bytes but %.100T", probe);
  Reader reader = {.file = file};
  return read_whole(&reader);
}

static const NativeMethod marshal_functions[] = {
    NATIVE("dump", marshal_dump, "(value, file, version=version, /)", "Write a value to a file."),
    NATIVE("load", marshal_load, "(file, /)", "Read a value from a file."),
    NATIVE("dumps", marshal_dumps, "(value, version=version, /)", "A value as bytes."),
    NATIVE("loads", marshal_loads, "(bytes, /)", "The value that bytes stand for."),
    {}};
static bool marshal_initialize(Value module) {
  return module_add_int(module, "version", VERSION);
}
const NativeModule marshal_module = {.name = "marshal",
                                     .doc = "Values as bytes, for cache files.",
                                     .functions = marshal_functions,
                                     .initialize = marshal_initialize};
