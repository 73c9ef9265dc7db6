// The module _struct: packing values into bytes by a format, and back.
//
// A format is compiled once into a list of codes with their offsets (Struct objects and a small cache keep it). Native
// mode ('@' or nothing) uses the machine's sizes and alignment; the others have standard sizes and no padding.
//
// Threads: a Struct points to an immutable Layout, which an operation reads once and __init__ replaces by one store.
#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/container.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum ItemKind : uint8_t {
  ITEM_PAD,
  ITEM_SIGNED,
  ITEM_UNSIGNED,
  ITEM_BOOL,
  ITEM_CHARACTER,
  ITEM_BYTES,
  ITEM_PASCAL,
  ITEM_FLOAT
} ItemKind;

typedef struct Item {
  char code;
  ItemKind kind;
  bool big_endian;
  size_t offset, size; // size of one value, or of the whole field for s and p
  size_t count;        // values in a row
} Item;

// A compiled format, immutable.
typedef struct Layout {
  Cell head;
  size_t item_count, value_count, size;
  Item items[];
} Layout;
typedef struct Struct {
  Cell head;
  Value format; // str
  Value layout; // Layout; zero before __init__
} Struct;
static const CellType layout_cell_type = {.name = "struct layout", .has_tail = true};
static Shape *layout_shape;

static struct {
  Class *struct_class, *iterator_class, *error;
  Value cache; // dict: format -> Struct
} state;

static const CellType struct_cell_type = {.name = "Struct", CELL_VALUES(Struct, format, layout)};
static Struct *as_struct(Value value) {
  return (Struct *)value_cell(value);
}
// To be read once in an operation: __init__ may put another one in its place.
static const Layout *layout_of(Value value) {
  static const Layout nothing;
  Value layout = gc_load(&as_struct(value)->layout);
  return layout ? (const Layout *)value_cell(layout) : &nothing;
}

static Value struct_error(const char *message) {
  return raise_in(state.error, "%s", message);
}

// ---- Formats ----

typedef struct CodeInformation {
  char code;
  ItemKind kind;
  uint8_t native_size, alignment, standard_size; // standard 0: native only
} CodeInformation;
static const CodeInformation codes[] = {
    {'x', ITEM_PAD, 1, 1, 1},       {'b', ITEM_SIGNED, 1, 1, 1},   {'B', ITEM_UNSIGNED, 1, 1, 1},
    {'c', ITEM_CHARACTER, 1, 1, 1}, {'s', ITEM_BYTES, 1, 1, 1},    {'p', ITEM_PASCAL, 1, 1, 1},
    {'?', ITEM_BOOL, 1, 1, 1},      {'h', ITEM_SIGNED, 2, 2, 2},   {'H', ITEM_UNSIGNED, 2, 2, 2},
    {'i', ITEM_SIGNED, 4, 4, 4},    {'I', ITEM_UNSIGNED, 4, 4, 4}, {'l', ITEM_SIGNED, 8, 8, 4},
    {'L', ITEM_UNSIGNED, 8, 8, 4},  {'q', ITEM_SIGNED, 8, 8, 8},   {'Q', ITEM_UNSIGNED, 8, 8, 8},
    {'n', ITEM_SIGNED, 8, 8, 0},    {'N', ITEM_UNSIGNED, 8, 8, 0}, {'P', ITEM_UNSIGNED, 8, 8, 0},
    {'e', ITEM_FLOAT, 2, 2, 2},     {'f', ITEM_FLOAT, 4, 4, 4},    {'d', ITEM_FLOAT, 8, 8, 8},
};
static const CodeInformation *find_code(char code) {
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
    if (codes[i].code == code) return &codes[i];
  return NULL;
}

// Fills in `self` from its format. False: exception.
// Stores format and layout. False: exception pending.
static bool compile_format(Struct *self, Value format) {
  size_t text_length;
  const char *text = str_utf8(format, &text_length);
  if (!text) return false;
  if (strlen(text) != text_length) return struct_error("embedded null character") != NULL;
  char mode = '@';
  if (*text && strchr("@=<>!", *text)) mode = *text++;
  bool native = mode == '@', big_endian = mode == '>' || mode == '!';
  const Shape *shape = shape_internal(&layout_shape, &layout_cell_type);
  Layout *layout = shape ? cell_alloc(shape, sizeof *layout + strlen(text) * sizeof(Item)) : NULL;
  if (!layout) return false;
  Item *items = layout->items;
  size_t size = 0, count = 0, values = 0;
  const char *problem = NULL;
  while (*text && !problem) {
    if (isspace((unsigned char)*text)) {
      text++;
      continue;
    }
    size_t repeat = 1;
    if (isdigit((unsigned char)*text)) {
      for (repeat = 0; isdigit((unsigned char)*text); text++)
        if (__builtin_mul_overflow(repeat, 10, &repeat) ||
            __builtin_add_overflow(repeat, (size_t)(*text - '0'), &repeat)) {
          problem = "overflow in item count";
          break;
        }
      if (!problem && !*text) problem = "repeat count given without format specifier";
      if (problem) break;
    }
    const CodeInformation *information = find_code(*text);
    if (!information || (!native && !information->standard_size)) {
      problem = "bad char in struct format";
      break;
    }
    size_t unit = native ? information->native_size : information->standard_size;
    if (native) size = (size + information->alignment - 1) / information->alignment * information->alignment;
    bool whole = information->kind == ITEM_BYTES || information->kind == ITEM_PASCAL;
    size_t total;
    if (__builtin_mul_overflow(unit, repeat, &total) || __builtin_add_overflow(size, total, &total) ||
        total > PTRDIFF_MAX) {
      problem = "total struct size too long";
      break;
    }
    if (information->kind != ITEM_PAD && (whole || repeat)) {
      items[count++] = (Item){.code = *text,
                              .kind = information->kind,
                              .big_endian = big_endian,
                              .offset = size,
                              .size = whole ? repeat : unit,
                              .count = whole ? 1 : repeat};
      values += whole ? 1 : repeat;
    }
    size = total;
    text++;
  }
  if (problem) {
    struct_error(problem);
    return false;
  }
  layout->item_count = count;
  layout->value_count = values;
  layout->size = size;
  gc_store(self, &self->format, format);
  gc_store(self, &self->layout, value_from_cell(layout));
  return true;
}

static Value format_text(Value format) {
  if (value_is_bytes(format)) {
    const Bytes *bytes = value_as_bytes(format);
    return str_from_latin1(bytes->data, bytes->length);
  }
  if (!value_is_str(format))
    return raise_type_error("Struct() argument 1 must be a str or bytes object, not %.200T", format);
  if (!str_is_ascii(value_as_str(format)))
    return raise_unicode_encode_error("ascii", format, 0, 1, "ordinal not in range(128)");
  return format;
}

static Value struct_make(Class *class, Value format) {
  Value text = format_text(format);
  Struct *self = text ? class_allocate(class, 0) : NULL;
  return self && compile_format(self, text) ? value_from_cell(self) : NULL;
}

// The compiled form of a format, kept for the next time.
static Value cached_struct(Value format) {
  if (value_class(format) == state.struct_class) return format;
  Value known = dict_get(state.cache, format);
  if (!known) {
    if (exception_pending()) return NULL;
    known = struct_make(state.struct_class, format);
    if (!known) return NULL;
    if (dict_count(state.cache) >= 100) dict_clear(state.cache);
    if (!dict_set(state.cache, format, known)) return NULL;
  }
  return known;
}

// ---- Packing ----

static void store_bits(uint8_t *out, uint64_t bits, size_t size, bool big_endian) {
  for (size_t i = 0; i < size; i++) out[big_endian ? size - 1 - i : i] = (uint8_t)(bits >> (8 * i));
}
static uint64_t load_bits(const uint8_t *at, size_t size, bool big_endian) {
  uint64_t bits = 0;
  for (size_t i = 0; i < size; i++) bits |= (uint64_t)at[big_endian ? size - 1 - i : i] << (8 * i);
  return bits;
}

static bool pack_int(const Item *item, uint8_t *out, Value value) {
  if (!value_is_int(value)) {
    if (!value_special(value, SPECIAL_INDEX)) return struct_error("required argument is not an integer") != NULL;
    if (!(value = value_index(value))) return false;
  }
  uint64_t bits = 0;
  bool fits;
  if (item->kind == ITEM_SIGNED) {
    int64_t number = 0;
    int64_t limit = item->size == 8 ? INT64_MAX : ((int64_t)1 << (item->size * 8 - 1)) - 1;
    fits = int_fits_int64(value, &number) && number <= limit && number >= -limit - 1;
    bits = (uint64_t)number;
    if (!fits && item->size < 8) {
      if (item->size <= 2)
        raise_in(state.error, "%s format requires %lld <= number <= %lld", item->size == 1 ? "byte" : "short",
                 (long long)(-limit - 1), (long long)limit);
      else
        raise_in(state.error, "'%c' format requires %lld <= number <= %lld", item->code, (long long)(-limit - 1),
                 (long long)limit);
      return false;
    }
  } else {
    uint64_t limit = item->size == 8 ? UINT64_MAX : ((uint64_t)1 << (item->size * 8)) - 1;
    fits = int_fits_uint64(value, &bits) && bits <= limit;
    if (!fits && item->size < 8) {
      if (item->size == 1)
        raise_in(state.error, "ubyte format requires 0 <= number <= 255");
      else if (item->size == 2)
        raise_in(state.error, "ushort format requires 0 <= number <= 65535");
      else
        raise_in(state.error, "'%c' format requires 0 <= number <= %llu", item->code, (unsigned long long)limit);
      return false;
    }
  }
  if (!fits) return struct_error("int too large to convert") != NULL;
  store_bits(out, bits, item->size, item->big_endian);
  return true;
}

static bool pack_float(const Item *item, uint8_t *out, Value value) {
  double number;
  if (!value_is_float(value) && !value_special(value, SPECIAL_FLOAT) && !value_special(value, SPECIAL_INDEX))
    return struct_error("required argument is not a float") != NULL;
  if (!value_as_double(value, &number)) return false;
  uint64_t bits;
  if (item->size == 8) {
    memcpy(&bits, &number, 8);
  } else if (item->size == 4) {
    float narrow = (float)number;
    if (isinf(narrow) && isfinite(number)) {
      raise(CLASS_OVERFLOW_ERROR, "float too large to pack with f format");
      return false;
    }
    uint32_t word;
    memcpy(&word, &narrow, 4);
    bits = word;
  } else {
    _Float16 narrow = (_Float16)number;
    if (isinf((double)narrow) && isfinite(number)) {
      raise(CLASS_OVERFLOW_ERROR, "float too large to pack with e format");
      return false;
    }
    uint16_t word;
    memcpy(&word, &narrow, 2);
    bits = word;
  }
  store_bits(out, bits, item->size, item->big_endian);
  return true;
}

static bool pack_bytes(const Item *item, uint8_t *out, Value value) {
  if (!value_is_bytes(value) && !value_is_bytearray(value))
    return struct_error(item->kind == ITEM_BYTES ? "argument for 's' must be a bytes object"
                                                 : "argument for 'p' must be a bytes object") != NULL;
  Buffer buffer;
  if (!buffer_acquire(value, &buffer, BUFFER_SIMPLE)) return false;
  size_t room = item->kind == ITEM_PASCAL ? (item->size ? item->size - 1 : 0) : item->size;
  size_t length = buffer.length < room ? buffer.length : room;
  if (item->kind == ITEM_PASCAL && item->size) *out++ = (uint8_t)(length > 255 ? 255 : length);
  memcpy(out, buffer.data, length);
  buffer_release(&buffer);
  return true;
}

// Packs the values into `out`, which is zeroed first.
static bool pack_into_memory(const Layout *self, uint8_t *out, Value *values) {
  memset(out, 0, self->size);
  for (size_t i = 0; i < self->item_count; i++) {
    const Item *item = &self->items[i];
    for (size_t k = 0; k < item->count; k++) {
      Value value = *values++;
      uint8_t *at = out + item->offset + k * item->size;
      bool packed;
      switch (item->kind) {
      case ITEM_SIGNED:
      case ITEM_UNSIGNED:
        packed = pack_int(item, at, value);
        break;
      case ITEM_FLOAT:
        packed = pack_float(item, at, value);
        break;
      case ITEM_BOOL: {
        int truth = value_truth(value);
        packed = truth >= 0;
        *at = truth == 1;
        break;
      }
      case ITEM_CHARACTER:
        packed = value_is_bytes(value) && value_as_bytes(value)->length == 1;
        if (packed)
          *at = value_as_bytes(value)->data[0];
        else
          struct_error("char format requires a bytes object of length 1");
        break;
      default:
        packed = pack_bytes(item, at, value);
      }
      if (!packed) return false;
    }
  }
  return true;
}

static Value pack(const Layout *self, Value *values, size_t count, const char *name) {
  if (count != self->value_count)
    return raise_in(state.error, "%s expected %zu items for packing (got %zu)", name, self->value_count, count);
  // Converting values may run code: pack aside, then publish.
  Bytes *bytes = bytes_allocate(self->size);
  return bytes && pack_into_memory(self, bytes->data, values) ? value_from_cell(bytes) : NULL;
}

static Value pack_into(const Layout *self, Value *arguments, size_t count, const char *name) {
  if (count < 2)
    return raise_in(state.error, count == 0 ? "%s expected buffer argument" : "%s expected offset argument", name);
  if (count - 2 != self->value_count)
    return raise_in(state.error, "%s expected %zu items for packing (got %zu)", name, self->value_count, count - 2);
  ptrdiff_t offset;
  if (!value_as_size(arguments[1], &offset, CLASS_INDEX_ERROR)) return NULL;
  Value packed = pack(self, arguments + 2, count - 2, name);
  Buffer buffer;
  if (!packed || !buffer_acquire_writable(arguments[0], &buffer, "argument")) return NULL;
  ptrdiff_t length = (ptrdiff_t)buffer.length, size = (ptrdiff_t)self->size;
  Value result = VALUE_NONE;
  if (offset < 0) {
    if (offset + size > 0)
      result = raise_in(state.error, "no space to pack %zd bytes at offset %zd", size, offset);
    else if (offset + length < 0)
      result = raise_in(state.error, "offset %zd out of range for %zd-byte buffer", offset, length);
    offset += length;
  }
  if (result && (length - offset < size || offset > length))
    result = raise_in(state.error,
                      "pack_into requires a buffer of at least %zu bytes for packing %zd bytes at offset %zd (actual "
                      "buffer size is %zd)",
                      (size_t)offset + self->size, size, offset, length);
  if (result) memcpy(buffer.data + offset, value_as_bytes(packed)->data, self->size);
  buffer_release(&buffer);
  return result;
}

// ---- Unpacking ----

static Value unpack_item(const Item *item, const uint8_t *at) {
  switch (item->kind) {
  case ITEM_SIGNED: {
    uint64_t bits = load_bits(at, item->size, item->big_endian);
    unsigned shift = (unsigned)(64 - item->size * 8);
    return int_from_int64((int64_t)(bits << shift) >> shift);
  }
  case ITEM_UNSIGNED:
    return int_from_uint64(load_bits(at, item->size, item->big_endian));
  case ITEM_BOOL:
    return value_from_bool(*at != 0);
  case ITEM_CHARACTER:
    return bytes_new(at, 1);
  case ITEM_BYTES:
    return bytes_new(at, item->size);
  case ITEM_PASCAL: {
    size_t length = item->size ? at[0] : 0;
    if (item->size && length > item->size - 1) length = item->size - 1;
    return bytes_new(at + (item->size ? 1 : 0), length);
  }
  default: {
    uint64_t bits = load_bits(at, item->size, item->big_endian);
    if (item->size == 8) {
      double number;
      memcpy(&number, &bits, 8);
      return float_from_double(number);
    }
    if (item->size == 4) {
      uint32_t word = (uint32_t)bits;
      float number;
      memcpy(&number, &word, 4);
      return float_from_double(number);
    }
    uint16_t word = (uint16_t)bits;
    _Float16 number;
    memcpy(&number, &word, 2);
    return float_from_double((double)number);
  }
  }
}

static Value unpack_memory(const Layout *self, const uint8_t *data) {
  if (self->value_count == 0) return tuple_empty;
  Tuple *tuple = tuple_allocate(self->value_count);
  size_t at = 0;
  for (size_t i = 0; tuple && i < self->item_count; i++) {
    const Item *item = &self->items[i];
    for (size_t k = 0; k < item->count; k++) {
      Value value = unpack_item(item, data + item->offset + k * item->size);
      if (!value) return NULL;
      gc_store(tuple, &tuple->items[at++], value);
    }
  }
  return tuple ? value_from_cell(tuple) : NULL;
}

static Value unpack(const Layout *self, Value source) {
  Buffer buffer;
  if (!buffer_acquire(source, &buffer, BUFFER_SIMPLE)) return NULL;
  Value result = buffer.length == self->size
                     ? unpack_memory(self, buffer.data)
                     : raise_in(state.error, "unpack requires a buffer of %zu bytes", self->size);
  buffer_release(&buffer);
  return result;
}

static Value unpack_from(const Layout *self, Value source, Value offset_value) {
  ptrdiff_t offset = 0;
  if (offset_value && !value_as_size(offset_value, &offset, CLASS_INDEX_ERROR)) return NULL;
  Buffer buffer;
  if (!buffer_acquire(source, &buffer, BUFFER_SIMPLE)) return NULL;
  ptrdiff_t length = (ptrdiff_t)buffer.length, size = (ptrdiff_t)self->size;
  Value result = VALUE_NONE;
  if (offset < 0) {
    if (offset + size > 0)
      result = raise_in(state.error, "not enough data to unpack %zd bytes at offset %zd", size, offset);
    else if (offset + length < 0)
      result = raise_in(state.error, "offset %zd out of range for %zd-byte buffer", offset, length);
    offset += length;
  }
  if (result && (length - offset < size || offset > length))
    result = raise_in(state.error,
                      "unpack_from requires a buffer of at least %zu bytes for unpacking %zd bytes at offset %zd "
                      "(actual buffer size is %zd)",
                      self->size + (size_t)offset, size, offset, length);
  if (result) result = unpack_memory(self, buffer.data + offset);
  buffer_release(&buffer);
  return result;
}

typedef struct UnpackIterator {
  Cell head;
  Value structure, source; // zero once exhausted
  // ---- end of values
  size_t offset;
} UnpackIterator;
static const CellType iterator_cell_type = {.name = "unpack_iterator", CELL_VALUES(UnpackIterator, structure, source)};

static Value iter_unpack(Value structure, Value source) {
  const Layout *self = layout_of(structure);
  if (self->size == 0) return struct_error("cannot iteratively unpack with a struct of length 0");
  Buffer buffer;
  if (!buffer_acquire(source, &buffer, BUFFER_SIMPLE)) return NULL;
  bool fits = buffer.length % self->size == 0;
  buffer_release(&buffer);
  if (!fits)
    return raise_in(state.error, "iterative unpacking requires a buffer of a multiple of %zu bytes", self->size);
  UnpackIterator *iterator = class_allocate(state.iterator_class, 0);
  if (!iterator) return NULL;
  gc_init(iterator, &iterator->structure, structure);
  gc_init(iterator, &iterator->source, source);
  return value_from_cell(iterator);
}
static Value iterator_iterate(Value self) {
  return self;
}
static Value iterator_advance(Value self) {
  UnpackIterator *iterator = (UnpackIterator *)value_cell(self);
  const Layout *layout = layout_of(iterator->structure);
  for (;;) {
    Value source = gc_load(&iterator->source);
    Buffer buffer;
    if (!source) return VALUE_STOP;
    if (!buffer_acquire(source, &buffer, BUFFER_SIMPLE)) return NULL;
    size_t offset = position_load(&iterator->offset), length = buffer.length;
    bool more = offset <= length && layout->size <= length - offset;
    Value result = more ? unpack_memory(layout, buffer.data + offset) : VALUE_STOP;
    buffer_release(&buffer);
    if (!more) gc_store(iterator, &iterator->source, NULL);
    if (!more || !result || position_advance(&iterator->offset, offset, offset + layout->size)) return result;
  }
}
static Value iterator_hint(Value self) {
  UnpackIterator *iterator = (UnpackIterator *)value_cell(self);
  Value source = gc_load(&iterator->source);
  ptrdiff_t length = source ? value_length(source) : 0;
  if (length < 0) return NULL;
  size_t offset = position_load(&iterator->offset), size = layout_of(iterator->structure)->size;
  return int_from_size(size && offset < (size_t)length ? ((size_t)length - offset) / size : 0);
}
static const NativeMethod iterator_methods[] = {
    NATIVE("__iter__", iterator_iterate, "($self, /)", "Return self."),
    NATIVE("__next__", iterator_advance, "($self, /)", "The next tuple of values."),
    NATIVE("__length_hint__", iterator_hint, "($self, /)", "How many tuples are left."),
    {}};
static const ClassDef iterator_definition = {.name = "_struct.unpack_iterator",
                                             .cell_type = &iterator_cell_type,
                                             .instance_size = sizeof(UnpackIterator),
                                             .flags = CLASS_IMMUTABLE | CLASS_NO_NEW,
                                             .methods = iterator_methods};

// ---- Struct ----

static Value struct_new(Value class, [[maybe_unused]] Value *arguments, [[maybe_unused]] size_t count,
                        [[maybe_unused]] Value names) {
  Struct *self = class_allocate(value_as_class(class), 0);
  return self ? value_from_cell(self) : NULL;
}
static Value struct_init(Value self, Value format) {
  Value text = format_text(format);
  return text && compile_format(as_struct(self), text) ? VALUE_NONE : NULL;
}
static Value struct_pack(Value self, Value *arguments, size_t count, Value names) {
  return arguments_check_none_by_keyword("pack", names) ? pack(layout_of(self), arguments, count, "pack") : NULL;
}
static Value struct_pack_into(Value self, Value *arguments, size_t count, Value names) {
  return arguments_check_none_by_keyword("pack_into", names) ? pack_into(layout_of(self), arguments, count, "pack_into")
                                                             : NULL;
}
static Value struct_unpack(Value self, Value buffer) {
  return unpack(layout_of(self), buffer);
}
static Value struct_unpack_from(Value self, Value buffer, Value offset) {
  return unpack_from(layout_of(self), buffer, offset);
}
static Value struct_iter_unpack(Value self, Value buffer) {
  return iter_unpack(self, buffer);
}
static Value get_size(Value self) {
  return int_from_size(layout_of(self)->size);
}
static Value get_format(Value self) {
  return as_struct(self)->format;
}
static Value struct_sizeof(Value self) {
  return int_from_size(56 + layout_of(self)->item_count * sizeof(Item));
}

static const NativeMethod struct_methods[] = {
    NATIVE("__new__", struct_new, NULL, "Create an empty Struct.", NATIVE_STATIC),
    NATIVE("__init__", struct_init, "($self, /, format)", "Compile a format."),
    NATIVE("pack", struct_pack, NULL, "Values as bytes."),
    NATIVE("pack_into", struct_pack_into, NULL, "Pack values into a buffer at an offset."),
    NATIVE("unpack", struct_unpack, "($self, buffer, /)", "The values that bytes stand for."),
    NATIVE("unpack_from", struct_unpack_from, "($self, /, buffer, offset=0)", "The values at an offset of a buffer."),
    NATIVE("iter_unpack", struct_iter_unpack, "($self, buffer, /)", "An iterator over repeated records."),
    NATIVE("__sizeof__", struct_sizeof, "($self, /)", "Size in memory, in bytes."),
    {}};
static const NativeProperty struct_properties[] = {
    {"format", get_format, NULL, "struct format string"}, {"size", get_size, NULL, "struct size in bytes"}, {}};
static const ClassDef struct_definition = {.name = "_struct.Struct",
                                           .doc = "A compiled format.",
                                           .cell_type = &struct_cell_type,
                                           .instance_size = sizeof(Struct),
                                           .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE | CLASS_HAS_WEAKREF,
                                           .methods = struct_methods,
                                           .properties = struct_properties};

// ---- Functions ----

static Value module_calcsize(Value format) {
  Value structure = cached_struct(format);
  return structure ? int_from_size(layout_of(structure)->size) : NULL;
}
static Value module_pack([[maybe_unused]] Value self, Value *arguments, size_t count, Value names) {
  if (!arguments_check_none_by_keyword("pack", names)) return NULL;
  if (count == 0) return raise_type_error("missing format argument");
  Value structure = cached_struct(arguments[0]);
  return structure ? pack(layout_of(structure), arguments + 1, count - 1, "pack") : NULL;
}
static Value module_pack_into([[maybe_unused]] Value self, Value *arguments, size_t count, Value names) {
  if (!arguments_check_none_by_keyword("pack_into", names)) return NULL;
  if (count == 0) return raise_type_error("missing format argument");
  Value structure = cached_struct(arguments[0]);
  return structure ? pack_into(layout_of(structure), arguments + 1, count - 1, "pack_into") : NULL;
}
static Value module_unpack(Value format, Value buffer) {
  Value structure = cached_struct(format);
  return structure ? unpack(layout_of(structure), buffer) : NULL;
}
static Value module_unpack_from(Value format, Value buffer, Value offset) {
  Value structure = cached_struct(format);
  return structure ? unpack_from(layout_of(structure), buffer, offset) : NULL;
}
static Value module_iter_unpack(Value format, Value buffer) {
  Value structure = cached_struct(format);
  return structure ? iter_unpack(structure, buffer) : NULL;
}
static Value module_clearcache(void) {
  dict_clear(state.cache);
  return VALUE_NONE;
}
static const NativeMethod struct_functions[] = {
    NATIVE("_clearcache", module_clearcache, "()", "Forget compiled formats."),
    NATIVE("calcsize", module_calcsize, "(format, /)", "The size of a format in bytes."),
    NATIVE("iter_unpack", module_iter_unpack, "(format, buffer, /)", "An iterator over repeated records."),
    NATIVE("pack", module_pack, NULL, "Values as bytes."),
    NATIVE("pack_into", module_pack_into, NULL, "Pack values into a buffer at an offset."),
    NATIVE("unpack", module_unpack, "(format, buffer, /)", "The values that bytes stand for."),
    NATIVE("unpack_from", module_unpack_from, "(format, /, buffer, offset=0)", "The values at an offset of a buffer."),
    {}};

static bool struct_initialize(Value module) {
  // A module imported afresh shares the classes, so that `except struct.error` of an older import still works.
  if (state.error)
    return module_add(module, "Struct", value_from_cell(state.struct_class)) &&
           module_add(module, "error", value_from_cell(state.error));
  heap_add_root_range((Value *)&state, sizeof state / sizeof(Value));
  state.cache = dict_new();
  if (!state.cache || !module_add_class(module, &struct_definition, NULL, &state.struct_class)) return false;
  state.iterator_class = class_from_definition(&iterator_definition, NULL);
  Value namespace_dict = dict_new(), bases = tuple_of(1, value_from_cell(BUILTIN(EXCEPTION)));
  if (!state.iterator_class || !namespace_dict || !bases ||
      !dict_set_c(namespace_dict, "__module__", str_intern_c("struct")))
    return false;
  Value error = class_create(BUILTIN(TYPE), str_intern_c("error"), bases, namespace_dict, NULL, NULL);
  if (!error) return false;
  state.error = value_as_class(error);
  return module_add(module, "error", error);
}
const NativeModule struct_module = {.name = "_struct",
                                    .doc = "Values as bytes by a format.",
                                    .functions = struct_functions,
                                    .initialize = struct_initialize};
