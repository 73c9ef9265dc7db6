// Pickler: objects to bytes.
//
// Output collects in memory that the pickler owns. From protocol 4 on it stands in frames: a frame is opened by the
// first byte written, ends at the first object boundary behind 64 KB, and is then written to the file. What has been
// written before is remembered in a hash table from an object's address (cells do not move) to its number;
// `memo_objects` keeps the objects alive.
#include "runtime/heap/heap.h"
#include "runtime/module/_pickle.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/sequence.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Pickler {
  Cell head;
  Value write;           // of the file; zero: dumps(), or not yet initialized
  Value memo_objects;    // List of what has been written, in order of memo_numbers
  Value dispatch_table;  // or zero: copyreg's
  Value buffer_callback; // or zero
  Value persistent_id, reducer_override;
  // ---- end of values
  uint8_t *output;
  size_t length, capacity, frame_start; // SIZE_MAX: no frame is open
  uint32_t *memo_table;                 // open addressing: 1 + index into memo_objects; 0: free
  size_t *memo_numbers;
  size_t memo_capacity;       // of the table, a power of two
  int protocol, binary, fast; // `bin` and `fast` keep whatever number they are given
  bool initialized, framing, fix_imports;
  Thread *_Atomic owner;
} Pickler;

static void pickler_release(Cell *cell) {
  Pickler *pickler = (Pickler *)cell;
  free(pickler->output);
  free(pickler->memo_table);
  free(pickler->memo_numbers);
}
static const CellType pickler_cell_type = {
    .name = "Pickler", CELL_VALUES(Pickler, write, reducer_override), .release = pickler_release};
static Pickler *as_pickler(Value value) {
  return (Pickler *)value_cell(value);
}
static bool fail(const char *format, Value a) {
  raise_in(pickle_state.pickling_error, format, a);
  return false;
}

// ---- Output ----

static bool reserve(Pickler *pickler, size_t more) {
  if (pickler->capacity - pickler->length >= more) return true;
  size_t capacity = (pickler->length + more) * 3 / 2 + 256;
  uint8_t *output = realloc(pickler->output, capacity);
  if (!output) {
    raise_memory_error();
    return false;
  }
  pickler->output = output;
  pickler->capacity = capacity;
  return true;
}
static void put_little(uint8_t *at, uint64_t number, int count) {
  for (int i = 0; i < count; i++) at[i] = (uint8_t)(number >> 8 * i);
}
static bool put(Pickler *pickler, const void *data, size_t length) {
  if (!reserve(pickler, length + PICKLE_FRAME_HEADER)) return false;
  if (pickler->framing && pickler->frame_start == SIZE_MAX) {
    pickler->frame_start = pickler->length;
    pickler->length += PICKLE_FRAME_HEADER;
  }
  memcpy(pickler->output + pickler->length, data, length);
  pickler->length += length;
  return true;
}
static bool put_opcode(Pickler *pickler, PickleOpcode opcode) {
  return put(pickler, &opcode, 1);
}
// An opcode and its operand, little-endian in `count` bytes.
static bool put_number(Pickler *pickler, PickleOpcode opcode, uint64_t number, int count) {
  uint8_t bytes[9] = {opcode};
  put_little(bytes + 1, number, count);
  return put(pickler, bytes, 1 + (size_t)count);
}
// An opcode and a line of text.
static bool put_line(Pickler *pickler, PickleOpcode opcode, const char *text, size_t length) {
  return put_opcode(pickler, opcode) && put(pickler, text, length) && put(pickler, "\n", 1);
}
static void close_frame(Pickler *pickler) {
  if (pickler->frame_start == SIZE_MAX) return;
  uint8_t *frame = pickler->output + pickler->frame_start;
  size_t length = pickler->length - pickler->frame_start - PICKLE_FRAME_HEADER;
  if (length >= PICKLE_FRAME_MINIMUM) {
    frame[0] = PICKLE_FRAME;
    put_little(frame + 1, length, 8);
  } else { // not worth a header
    memmove(frame, frame + PICKLE_FRAME_HEADER, length);
    pickler->length -= PICKLE_FRAME_HEADER;
  }
  pickler->frame_start = SIZE_MAX;
}
static bool flush(Pickler *pickler) {
  if (!pickler->write) return true;
  Value bytes = bytes_new(pickler->output, pickler->length);
  pickler->length = 0;
  return bytes && value_call_1(pickler->write, bytes);
}
static bool object_boundary(Pickler *pickler) {
  if (pickler->frame_start == SIZE_MAX ||
      pickler->length - pickler->frame_start - PICKLE_FRAME_HEADER < PICKLE_FRAME_TARGET)
    return true;
  close_frame(pickler);
  return flush(pickler);
}
// Header and contents of something long go past the frames, and past our memory if there is a file. `payload`: the
// contents as an object, or zero.
static bool put_contents(Pickler *pickler, const uint8_t *header, size_t header_length, const uint8_t *data,
                         size_t length, Value payload) {
  bool framing = pickler->framing, bypasses = framing && length >= PICKLE_FRAME_TARGET;
  if (bypasses) {
    close_frame(pickler);
    pickler->framing = false;
  }
  bool done = put(pickler, header, header_length);
  if (bypasses && pickler->write) {
    Value contents = payload ? payload : bytes_new(data, length);
    done = done && flush(pickler) && contents && value_call_1(pickler->write, contents);
  } else {
    done = done && put(pickler, data, length);
  }
  pickler->framing = framing;
  return done;
}

// ---- Memo ----

static size_t address_hash(Value object) {
  return (size_t)(((uint64_t)(uintptr_t)object >> 4) * 0x9e3779b97f4a7c15u >> 20);
}
// The place of the object in the table: its own, or a free one.
static uint32_t *memo_place(const Pickler *pickler, Value object) {
  size_t mask = pickler->memo_capacity - 1;
  for (size_t at = address_hash(object) & mask;; at = (at + 1) & mask) {
    uint32_t *place = &pickler->memo_table[at];
    if (!*place || list_item(pickler->memo_objects, *place - 1) == object) return place;
  }
}
static bool memo_find(const Pickler *pickler, Value object, size_t *number) {
  if (pickler->memo_capacity == 0) return false;
  uint32_t place = *memo_place(pickler, object);
  if (place) *number = pickler->memo_numbers[place - 1];
  return place != 0;
}
static bool memo_clear(Pickler *pickler) {
  Value objects = list_new(NULL, 0);
  if (!objects) return false;
  gc_store(pickler, &pickler->memo_objects, objects);
  if (pickler->memo_capacity) memset(pickler->memo_table, 0, pickler->memo_capacity * sizeof *pickler->memo_table);
  return true;
}
static bool memo_add(Pickler *pickler, Value object, size_t number) {
  size_t count = list_count(pickler->memo_objects);
  if ((count + 1) * 2 > pickler->memo_capacity) {
    size_t capacity = pickler->memo_capacity ? pickler->memo_capacity * 2 : 64;
    uint32_t *table = calloc(capacity, sizeof *table);
    size_t *numbers = table ? realloc(pickler->memo_numbers, capacity / 2 * sizeof *numbers) : NULL;
    if (!numbers) {
      free(table);
      raise_memory_error();
      return false;
    }
    free(pickler->memo_table);
    pickler->memo_table = table;
    pickler->memo_numbers = numbers;
    pickler->memo_capacity = capacity;
    for (size_t i = 0; i < count; i++) *memo_place(pickler, list_item(pickler->memo_objects, i)) = (uint32_t)i + 1;
  }
  uint32_t *place = memo_place(pickler, object);
  if (*place) {
    pickler->memo_numbers[*place - 1] = number;
    return true;
  }
  if (!list_append(pickler->memo_objects, object)) return false;
  *place = (uint32_t)count + 1;
  pickler->memo_numbers[count] = number;
  return true;
}

static bool put_get(Pickler *pickler, size_t number) {
  if (!pickler->binary) {
    char text[32];
    int length = snprintf(text, sizeof text, "%zu", number);
    return put_line(pickler, PICKLE_GET, text, (size_t)length);
  }
  return number < 256 ? put_number(pickler, PICKLE_BINGET, number, 1)
                      : put_number(pickler, PICKLE_LONG_BINGET, number, 4);
}
static bool memoize(Pickler *pickler, Value object) {
  if (pickler->fast) return true;
  size_t number = list_count(pickler->memo_objects);
  if (!memo_add(pickler, object, number)) return false;
  if (pickler->protocol >= 4) return put_opcode(pickler, PICKLE_MEMOIZE);
  if (!pickler->binary) {
    char text[32];
    int length = snprintf(text, sizeof text, "%zu", number);
    return put_line(pickler, PICKLE_PUT, text, (size_t)length);
  }
  return number < 256 ? put_number(pickler, PICKLE_BINPUT, number, 1)
                      : put_number(pickler, PICKLE_LONG_BINPUT, number, 4);
}

// ---- Simple values ----

static bool save(Pickler *pickler, Value object, bool is_persistent_id);
static bool save_reduce(Pickler *pickler, Value reduced, Value object);

static bool save_int(Pickler *pickler, Value number) {
  int64_t small;
  if (int_fits_int64(number, &small) && small >= INT32_MIN && small <= INT32_MAX) {
    if (!pickler->binary) {
      char text[32];
      int length = snprintf(text, sizeof text, "%ld", small);
      return put_line(pickler, PICKLE_INT, text, (size_t)length);
    }
    if (small >= 0 && small < 256) return put_number(pickler, PICKLE_BININT1, (uint64_t)small, 1);
    if (small >= 0 && small < 65536) return put_number(pickler, PICKLE_BININT2, (uint64_t)small, 2);
    return put_number(pickler, PICKLE_BININT, (uint64_t)small, 4);
  }
  if (pickler->protocol < 2) {
    Value text = value_repr(number);
    size_t length;
    const char *digits = text ? str_utf8(text, &length) : NULL;
    return digits && put_opcode(pickler, PICKLE_LONG) && put(pickler, digits, length) && put(pickler, "L\n", 2);
  }
  size_t count = (int_bit_length(number) >> 3) + 1;
  if (count > INT32_MAX) {
    raise(CLASS_OVERFLOW_ERROR, "int too large to pickle");
    return false;
  }
  uint8_t *bytes = malloc(count);
  if (!bytes) {
    raise_memory_error();
    return false;
  }
  bool saved = int_to_bytes(number, bytes, count, true, true);
  if (saved && int_sign(number) < 0 && count > 1 && bytes[count - 1] == 0xff && bytes[count - 2] & 0x80) count--;
  saved = saved &&
          (count < 256 ? put_number(pickler, PICKLE_LONG1, count, 1) : put_number(pickler, PICKLE_LONG4, count, 4)) &&
          put(pickler, bytes, count);
  free(bytes);
  return saved;
}

static bool save_float(Pickler *pickler, Value value) {
  if (pickler->binary) {
    double number = float_as_double(value);
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return put_number(pickler, PICKLE_BINFLOAT, __builtin_bswap64(bits), 8);
  }
  Value text = value_repr(value);
  size_t length;
  const char *digits = text ? str_utf8(text, &length) : NULL;
  return digits && put_line(pickler, PICKLE_FLOAT, digits, length);
}

static bool save_singleton(Pickler *pickler, Value object) {
  if (object == VALUE_NONE) return put_opcode(pickler, PICKLE_NONE);
  if (pickler->protocol >= 2) return put_opcode(pickler, object == VALUE_TRUE ? PICKLE_NEWTRUE : PICKLE_NEWFALSE);
  return put_line(pickler, PICKLE_INT, object == VALUE_TRUE ? "01" : "00", 2);
}

// The shortest of up to three opcodes with a length of 1, 4 or 8 bytes; 0: there is no such opcode.
static bool put_counted(Pickler *pickler, PickleOpcode short_opcode, PickleOpcode opcode, PickleOpcode long_opcode,
                        const uint8_t *data, size_t length, Value payload, const char *what) {
  uint8_t header[9];
  int count = length < 256 && short_opcode ? 1 : length <= UINT32_MAX && opcode ? 4 : long_opcode ? 8 : 0;
  if (!count) {
    raise(CLASS_OVERFLOW_ERROR, "serializing a %s larger than 4 GiB requires pickle protocol 4 or higher", what);
    return false;
  }
  header[0] = count == 1 ? short_opcode : count == 4 ? opcode : long_opcode;
  put_little(header + 1, length, count);
  return put_contents(pickler, header, 1 + (size_t)count, data, length, payload);
}

static bool put_bytes(Pickler *pickler, Value object, const uint8_t *data, size_t length, Value payload) {
  return put_counted(pickler, PICKLE_SHORT_BINBYTES, PICKLE_BINBYTES, pickler->protocol >= 4 ? PICKLE_BINBYTES8 : 0,
                     data, length, payload, "bytes object") &&
         memoize(pickler, object);
}
static bool save_bytes(Pickler *pickler, Value object) {
  const Bytes *bytes = value_as_bytes(object);
  if (pickler->protocol >= 3) return put_bytes(pickler, object, bytes->data, bytes->length, object);
  Value reduced;
  if (bytes->length == 0) {
    reduced = tuple_of(2, value_from_cell(BUILTIN(BYTES)), tuple_empty);
  } else { // as text that any protocol can carry
    Value text = str_from_latin1(bytes->data, bytes->length), encoding = str_intern_c("latin1");
    Value arguments = text && encoding ? tuple_of(2, text, encoding) : NULL;
    reduced = arguments ? tuple_of(2, pickle_state.codecs_encode, arguments) : NULL;
  }
  return reduced && save_reduce(pickler, reduced, object);
}
static bool put_bytearray(Pickler *pickler, Value object, const uint8_t *data, size_t length, Value payload) {
  return put_counted(pickler, 0, 0, PICKLE_BYTEARRAY8, data, length, payload, "bytearray") && memoize(pickler, object);
}
static bool save_bytearray(Pickler *pickler, Value object) {
  size_t length = ((ByteArray *)value_cell(object))->length;
  Value copy = bytes_new(bytearray_data(object), length);
  if (!copy) return false;
  if (pickler->protocol >= 5) return put_bytearray(pickler, object, value_as_bytes(copy)->data, length, object);
  Value arguments = length ? tuple_of(1, copy) : tuple_empty;
  Value reduced = arguments ? tuple_of(2, value_from_cell(BUILTIN(BYTEARRAY)), arguments) : NULL;
  return reduced && save_reduce(pickler, reduced, object);
}
static bool save_buffer(Pickler *pickler, Value object) {
  if (pickler->protocol < 5) return fail("PickleBuffer can only pickled with protocol >= 5", NULL);
  Value shown = pickle_buffer_object(object);
  if (!shown) return false;
  Buffer buffer;
  if (!buffer_acquire(shown, &buffer, BUFFER_SIMPLE)) {
    if (!exception_clear_if(CLASS_BUFFER_ERROR)) return false;
    return fail("PickleBuffer can not be pickled when pointing to a non-contiguous buffer", NULL);
  }
  int in_band = 1;
  if (pickler->buffer_callback) {
    Value answer = value_call_1(pickler->buffer_callback, object);
    in_band = answer ? value_truth(answer) : -1;
  }
  bool saved = in_band >= 0;
  if (saved && in_band)
    saved = buffer.read_only ? put_bytes(pickler, object, buffer.data, buffer.length, NULL)
                             : put_bytearray(pickler, object, buffer.data, buffer.length, NULL);
  else if (saved)
    saved =
        put_opcode(pickler, PICKLE_NEXT_BUFFER) && (!buffer.read_only || put_opcode(pickler, PICKLE_READONLY_BUFFER));
  buffer_release(&buffer);
  return saved;
}

static bool save_str(Pickler *pickler, Value object) {
  if (!pickler->binary) { // raw-unicode-escape, with what would end or confuse the line escaped as well
    Value bytes = value_call_method_1(object, "encode", str_intern_c("raw_unicode_escape"));
    if (!bytes || !put_opcode(pickler, PICKLE_UNICODE)) return false;
    const Str *text = value_as_str(object);
    for (size_t i = 0; i < text->length; i++) {
      uint32_t c = str_character(text, i);
      char escape[16];
      int length;
      if (c >= 0x10000)
        length = snprintf(escape, sizeof escape, "\\U%08x", c);
      else if (c >= 256 || c == '\\' || c == 0 || c == '\n' || c == '\r' || c == 0x1a)
        length = snprintf(escape, sizeof escape, "\\u%04x", c);
      else
        length = (escape[0] = (char)c, 1);
      if (!put(pickler, escape, (size_t)length)) return false;
    }
    return put(pickler, "\n", 1) && memoize(pickler, object);
  }
  size_t length;
  char *text = str_wtf8(object, &length);
  bool saved = text && put_counted(pickler, pickler->protocol >= 4 ? PICKLE_SHORT_BINUNICODE : 0, PICKLE_BINUNICODE,
                                   pickler->protocol >= 4 ? PICKLE_BINUNICODE8 : 0, (const uint8_t *)text, length, NULL,
                                   "string");
  free(text);
  return saved && memoize(pickler, object);
}

// ---- Containers ----

static bool save_tuple(Pickler *pickler, Value object) {
  size_t count = tuple_count(object), number;
  if (count == 0)
    return pickler->protocol ? put_opcode(pickler, PICKLE_EMPTY_TUPLE)
                             : put_opcode(pickler, PICKLE_MARK) && put_opcode(pickler, PICKLE_TUPLE);
  bool is_short = count <= 3 && pickler->protocol >= 2;
  if (!is_short && !put_opcode(pickler, PICKLE_MARK)) return false;
  for (size_t i = 0; i < count; i++)
    if (!save(pickler, tuple_item(object, i), false)) return false;
  if (memo_find(pickler, object, &number)) { // an item referred to the tuple, which is there already
    if (!is_short && pickler->binary) return put_opcode(pickler, PICKLE_POP_MARK) && put_get(pickler, number);
    for (size_t i = 0; i < count + !is_short; i++)
      if (!put_opcode(pickler, PICKLE_POP)) return false;
    return put_get(pickler, number);
  }
  return put_opcode(pickler, is_short ? (PickleOpcode)(PICKLE_TUPLE1 + count - 1) : PICKLE_TUPLE) &&
         memoize(pickler, object);
}

static bool save_item(Pickler *pickler, Value item, bool is_pair) {
  if (!is_pair) return save(pickler, item, false);
  if (value_is_tuple(item) && tuple_count(item) == 2)
    return save(pickler, tuple_item(item, 0), false) && save(pickler, tuple_item(item, 1), false);
  raise_type_error("dict items iterator must return 2-tuples");
  return false;
}
// What an iterator gives, in batches: a single item is followed by `one`, several stand between a MARK and `many`.
static bool save_batches(Pickler *pickler, Value iterator, PickleOpcode one, PickleOpcode many, bool pairs) {
  for (;;) {
    Value item = iterator_next(iterator);
    if (!item || item == VALUE_STOP) return item != NULL;
    Value next = pickler->protocol == 0 ? VALUE_STOP : iterator_next(iterator);
    if (!next) return false;
    if (next == VALUE_STOP) {
      if (!save_item(pickler, item, pairs) || !put_opcode(pickler, one)) return false;
      continue;
    }
    if (!put_opcode(pickler, PICKLE_MARK) || !save_item(pickler, item, pairs)) return false;
    int count = 1;
    do {
      if (!save_item(pickler, next, pairs)) return false;
      next = ++count < PICKLE_BATCH ? iterator_next(iterator) : VALUE_STOP;
    } while (next && next != VALUE_STOP);
    if (!next || !put_opcode(pickler, many)) return false;
  }
}
static bool save_list(Pickler *pickler, Value object) {
  bool opened = pickler->binary ? put_opcode(pickler, PICKLE_EMPTY_LIST)
                                : put_opcode(pickler, PICKLE_MARK) && put_opcode(pickler, PICKLE_LIST);
  Value iterator = opened && memoize(pickler, object) ? value_iterate(object) : NULL;
  return iterator && save_batches(pickler, iterator, PICKLE_APPEND, PICKLE_APPENDS, false);
}
static bool save_dict(Pickler *pickler, Value object) {
  bool opened = pickler->binary ? put_opcode(pickler, PICKLE_EMPTY_DICT)
                                : put_opcode(pickler, PICKLE_MARK) && put_opcode(pickler, PICKLE_DICT);
  Value items = opened && memoize(pickler, object) ? value_call_method_0(object, "items") : NULL;
  Value iterator = items ? value_iterate(items) : NULL;
  return iterator && save_batches(pickler, iterator, PICKLE_SETITEM, PICKLE_SETITEMS, true);
}
static bool save_as_call_of_list(Pickler *pickler, Value object) {
  Value list = value_to_list(object), arguments = list ? tuple_of(1, list) : NULL;
  Value reduced = arguments ? tuple_of(2, value_from_cell(value_class(object)), arguments) : NULL;
  return reduced && save_reduce(pickler, reduced, object);
}
static bool save_set(Pickler *pickler, Value object) {
  if (pickler->protocol < 4) return save_as_call_of_list(pickler, object);
  if (!put_opcode(pickler, PICKLE_EMPTY_SET) || !memoize(pickler, object)) return false;
  Value iterator = value_iterate(object), item = iterator ? iterator_next(iterator) : NULL;
  while (item && item != VALUE_STOP) {
    if (!put_opcode(pickler, PICKLE_MARK)) return false;
    for (int count = 0; count < PICKLE_BATCH && item && item != VALUE_STOP; count++) {
      if (!save(pickler, item, false)) return false;
      item = iterator_next(iterator);
    }
    if (!item || !put_opcode(pickler, PICKLE_ADDITEMS)) return false;
  }
  return item != NULL;
}
static bool save_frozenset(Pickler *pickler, Value object) {
  if (pickler->protocol < 4) return save_as_call_of_list(pickler, object);
  Value item;
  if (!put_opcode(pickler, PICKLE_MARK)) return false;
  Iteration i = iteration_start(object);
  while (iteration_next(&i, &item))
    if (!save(pickler, item, false)) return false;
  size_t number;
  if (iteration_failed(&i)) return false;
  if (memo_find(pickler, object, &number)) return put_opcode(pickler, PICKLE_POP_MARK) && put_get(pickler, number);
  return put_opcode(pickler, PICKLE_FROZENSET) && memoize(pickler, object);
}

// ---- Globals ----

// The module in which `object` can be found by its name.
static Value which_module(Value object, Value name) {
  Value module_name;
  int found = value_find_attribute(object, NAME(__module__), &module_name);
  if (found < 0) return NULL;
  if (found && module_name != VALUE_NONE) return module_name;
  Value names = dict_keys(runtime.modules);
  for (size_t i = 0; names && i < list_count(names); i++) {
    Value key = list_item(names, i), module = dict_get(runtime.modules, key);
    if (!module || module == VALUE_NONE || !value_is_str(key) || str_equals_c(key, "__main__")) continue;
    Value candidate = pickle_get_dotted(module, name, NULL);
    if (candidate == object) return key;
    if (!candidate && !exception_clear_if(CLASS_ATTRIBUTE_ERROR)) return NULL;
  }
  return names ? NAME(__main__) : NULL;
}

// The text as one line; protocol 3 and above take any character.
static bool put_identifier(Pickler *pickler, Value text, const char *what, Value module_name, Value name) {
  size_t length;
  const char *bytes = NULL;
  if (pickler->protocol >= 3 || str_is_ascii(value_as_str(text))) bytes = str_utf8(text, &length);
  if (bytes) return put(pickler, bytes, length) && put(pickler, "\n", 1);
  if (exception_pending() && !exception_clear_if(CLASS_UNICODE_ENCODE_ERROR)) return false;
  if (name)
    raise_in(pickle_state.pickling_error, "can't pickle %s identifier '%S.%S' using pickle protocol %d", what,
             module_name, name, pickler->protocol);
  else
    raise_in(pickle_state.pickling_error, "can't pickle %s identifier '%S' using pickle protocol %d", what, module_name,
             pickler->protocol);
  return false;
}

// Names of Python 2, for protocols that it reads.
static bool map_to_old_names(Value *module_name, Value *name) {
  Value key = tuple_pair(*module_name, *name);
  if (!key) return false;
  Value found = dict_get(pickle_state.reverse_name_mapping, key);
  if (found) {
    if (!value_is_tuple(found) || tuple_count(found) != 2) {
      raise(CLASS_RUNTIME_ERROR, "_compat_pickle.REVERSE_NAME_MAPPING values should be 2-tuples, not %.200T", found);
      return false;
    }
    *module_name = tuple_item(found, 0);
    *name = tuple_item(found, 1);
    if (value_is_str(*module_name) && value_is_str(*name)) return true;
    raise(CLASS_RUNTIME_ERROR,
          "_compat_pickle.REVERSE_NAME_MAPPING values should be pairs of str, not (%.200T, %.200T)", *module_name,
          *name);
    return false;
  }
  if (exception_pending()) return false;
  found = dict_get(pickle_state.reverse_import_mapping, *module_name);
  if (!found) return !exception_pending();
  if (!value_is_str(found)) {
    raise(CLASS_RUNTIME_ERROR, "_compat_pickle.REVERSE_IMPORT_MAPPING values should be strings, not %.200T", found);
    return false;
  }
  *module_name = found;
  return true;
}

// 1: written as a registered extension, 0: it is none, -1: exception.
static int put_extension(Pickler *pickler, Value object, Value module_name, Value name) {
  Value key = tuple_pair(module_name, name);
  Value code = key ? dict_get(pickle_state.extension_registry, key) : NULL;
  if (!code) return exception_pending() ? -1 : 0;
  int64_t number;
  if (!value_is_int(code)) {
    raise_in(pickle_state.pickling_error, "Can't pickle %R: extension code %R isn't an integer", object, code);
    return -1;
  }
  if (!int_fits_int64(code, &number) || number <= 0 || number > INT32_MAX) {
    raise(CLASS_RUNTIME_ERROR, "Can't pickle %R: extension code %S is out of range", object, code);
    return -1;
  }
  int count = number < 256 ? 1 : number < 65536 ? 2 : 4;
  return put_number(pickler,
                    count == 1   ? PICKLE_EXT1
                    : count == 2 ? PICKLE_EXT2
                                 : PICKLE_EXT4,
                    (uint64_t)number, count)
             ? 1
             : -1;
}

static bool save_global(Pickler *pickler, Value object, Value name) {
  if (!name) {
    int found = value_find_attribute(object, NAME(__qualname__), &name);
    if (found == 0) name = value_get_attribute(object, NAME(__name__));
    if (found < 0 || !name) return false;
  }
  if (!value_is_str(name)) return fail("Can't pickle %R: its name is no string", object);
  if (str_find(name, str_intern_c("<locals>"), 0, PTRDIFF_MAX) >= 0) {
    raise(CLASS_ATTRIBUTE_ERROR, "Can't pickle local object %R", object);
    return false;
  }
  Value module_name = which_module(object, name), parent = NULL;
  if (!module_name) return false;
  if (!value_is_str(module_name)) return fail("Can't pickle %R: its module's name is no string", object);
  Value module = pickle_import(module_name);
  if (!module) {
    exception_clear();
    raise_in(pickle_state.pickling_error, "Can't pickle %R: import of module %R failed", object, module_name);
    return false;
  }
  Value found = pickle_get_dotted(module, name, &parent);
  if (!found) {
    exception_clear();
    raise_in(pickle_state.pickling_error, "Can't pickle %R: attribute lookup %S on %S failed", object, name,
             module_name);
    return false;
  }
  if (found != object) {
    raise_in(pickle_state.pickling_error, "Can't pickle %R: it's not the same object as %S.%S", object, module_name,
             name);
    return false;
  }
  if (parent == module &&
      str_find(name, str_from_c("."), 0, PTRDIFF_MAX) >= 0) { // a long way round to the module itself
    Value parts = value_call_method_1(name, "split", str_from_c("."));
    name = parts ? list_item(parts, list_count(parts) - 1) : NULL;
    if (!name) return false;
  }
  if (pickler->protocol >= 2) {
    int status = put_extension(pickler, object, module_name, name);
    if (status) return status > 0;
  }
  if (pickler->protocol >= 4) {
    if (!save(pickler, module_name, false) || !save(pickler, name, false) || !put_opcode(pickler, PICKLE_STACK_GLOBAL))
      return false;
  } else if (parent != module) {
    Value parts = value_call_method_1(name, "split", str_from_c("."));
    Value arguments = parts ? tuple_of(2, parent, list_item(parts, list_count(parts) - 1)) : NULL;
    Value reduced = arguments ? tuple_of(2, pickle_state.getattr, arguments) : NULL;
    if (!reduced || !save_reduce(pickler, reduced, NULL)) return false;
  } else {
    if (pickler->fix_imports && pickler->protocol < 3 && !map_to_old_names(&module_name, &name)) return false;
    if (!put_opcode(pickler, PICKLE_GLOBAL) || !put_identifier(pickler, module_name, "module", module_name, NULL) ||
        !put_identifier(pickler, name, "global", module_name, name))
      return false;
  }
  return memoize(pickler, object);
}

static bool save_class(Pickler *pickler, Value object) {
  static const ClassId singletons[] = {CLASS_NONE, CLASS_ELLIPSIS, CLASS_NOT_IMPLEMENTED};
  const Value values[] = {VALUE_NONE, VALUE_ELLIPSIS, VALUE_NOT_IMPLEMENTED};
  for (size_t i = 0; i < 3; i++) {
    if (object != value_from_cell(builtin_classes[singletons[i]])) continue;
    Value arguments = tuple_of(1, values[i]);
    Value reduced = arguments ? tuple_of(2, value_from_cell(BUILTIN(TYPE)), arguments) : NULL;
    return reduced && save_reduce(pickler, reduced, object);
  }
  return save_global(pickler, object, NULL);
}

// ---- Objects in general ----

static bool save_persistent_id(Pickler *pickler, Value id) {
  if (pickler->binary) return save(pickler, id, true) && put_opcode(pickler, PICKLE_BINPERSID);
  Value text = value_str(id);
  if (!text) return false;
  if (!str_is_ascii(value_as_str(text))) return fail("persistent IDs in protocol 0 must be ASCII strings", NULL);
  size_t length;
  const char *bytes = str_utf8(text, &length);
  return bytes && put_line(pickler, PICKLE_PERSID, bytes, length);
}

// The class and arguments of object.__reduce_ex__'s __newobj__ forms. `object`: whose class it must be; zero: any.
static bool check_new_class(Value class, Value object, const char *form) {
  Value found;
  int has_new = value_find_attribute(class, NAME(__new__), &found);
  if (has_new < 0) return false;
  if (!has_new) {
    raise_in(pickle_state.pickling_error, "args[0] from %s args has no __new__", form);
    return false;
  }
  Value actual = object ? value_get_attribute(object, NAME(__class__)) : class;
  if (actual && actual != class)
    raise_in(pickle_state.pickling_error, "args[0] from %s args has the wrong class", form);
  return actual == class;
}
static bool save_newobj_ex(Pickler *pickler, Value arguments, Value object) {
  if (tuple_count(arguments) != 3) {
    raise_in(pickle_state.pickling_error, "length of the NEWOBJ_EX argument tuple must be exactly 3, not %zd",
             tuple_count(arguments));
    return false;
  }
  Value class = tuple_item(arguments, 0), positional = tuple_item(arguments, 1), keywords = tuple_item(arguments, 2);
  if (!value_is_class(class))
    return fail("first item from NEWOBJ_EX argument tuple must be a class, not %.200T", class);
  if (!value_is_tuple(positional))
    return fail("second item from NEWOBJ_EX argument tuple must be a tuple, not %.200T", positional);
  if (!value_is_dict(keywords))
    return fail("third item from NEWOBJ_EX argument tuple must be a dict, not %.200T", keywords);
  if (!check_new_class(class, object, "__newobj_ex__")) return false;
  if (pickler->protocol >= 4)
    return save(pickler, class, false) && save(pickler, positional, false) && save(pickler, keywords, false) &&
           put_opcode(pickler, PICKLE_NEWOBJ_EX);
  Value new = value_get_attribute(class, NAME(__new__)), first = new ? tuple_of(2, new, class) : NULL;
  Value all = first ? tuple_concatenate(first, positional) : NULL;
  Value partial = all ? value_call_tuple(pickle_state.partial, all, keywords) : NULL;
  return partial && save(pickler, partial, false) && save(pickler, tuple_empty, false) &&
         put_opcode(pickler, PICKLE_REDUCE);
}
static bool save_newobj(Pickler *pickler, Value arguments, Value object) {
  if (tuple_count(arguments) == 0) return fail("__newobj__ arglist is empty", NULL);
  Value class = tuple_item(arguments, 0), rest = tuple_slice(arguments, 1, tuple_count(arguments));
  return check_new_class(class, object, "__newobj__") && rest && save(pickler, class, false) &&
         save(pickler, rest, false) && put_opcode(pickler, PICKLE_NEWOBJ);
}

static Value reduced_part(Value reduced, size_t index) {
  Value part = index < tuple_count(reduced) ? tuple_item(reduced, index) : VALUE_NONE;
  return part == VALUE_NONE ? NULL : part;
}
// Writes what __reduce__ gave. `object`: what it was asked of, to be remembered; zero: nothing.
static bool save_reduce(Pickler *pickler, Value reduced, Value object) {
  if (tuple_count(reduced) < 2 || tuple_count(reduced) > 6)
    return fail("tuple returned by __reduce__ must contain 2 through 6 elements", NULL);
  Value callable = tuple_item(reduced, 0), arguments = tuple_item(reduced, 1), state = reduced_part(reduced, 2),
        items = reduced_part(reduced, 3), pairs = reduced_part(reduced, 4), setter = reduced_part(reduced, 5);
  if (!value_is_callable(callable))
    return fail("first item of the tuple returned by __reduce__ must be callable", NULL);
  if (!value_is_tuple(arguments)) return fail("second item of the tuple returned by __reduce__ must be a tuple", NULL);
  if (items && !value_is_iterator(items))
    return fail("fourth element of the tuple returned by __reduce__ must be an iterator, not %.200T", items);
  if (pairs && !value_is_iterator(pairs))
    return fail("fifth element of the tuple returned by __reduce__ must be an iterator, not %.200T", pairs);
  if (setter && !value_is_callable(setter))
    return fail("sixth element of the tuple returned by __reduce__ must be a function, not %.200T", setter);
  Value name = NULL;
  if (pickler->protocol >= 2 && value_find_attribute(callable, NAME(__name__), &name) < 0) return false;
  bool saved;
  if (name && value_is_str(name) && str_equals_c(name, "__newobj_ex__"))
    saved = save_newobj_ex(pickler, arguments, object);
  else if (name && value_is_str(name) && str_equals_c(name, "__newobj__"))
    saved = save_newobj(pickler, arguments, object);
  else
    saved = save(pickler, callable, false) && save(pickler, arguments, false) && put_opcode(pickler, PICKLE_REDUCE);
  if (!saved) return false;
  size_t number;
  if (object && memo_find(pickler, object, &number)) // the arguments referred to the object: it has been made already
    saved = put_opcode(pickler, PICKLE_POP) && put_get(pickler, number);
  else if (object)
    saved = memoize(pickler, object);
  if (saved && items) saved = save_batches(pickler, items, PICKLE_APPEND, PICKLE_APPENDS, false);
  if (saved && pairs) saved = save_batches(pickler, pairs, PICKLE_SETITEM, PICKLE_SETITEMS, true);
  if (!saved || !state) return saved;
  if (!setter) return save(pickler, state, false) && put_opcode(pickler, PICKLE_BUILD);
  return save(pickler, setter, false) && save(pickler, object, false) && save(pickler, state, false) &&
         put_opcode(pickler, PICKLE_TUPLE2) && put_opcode(pickler, PICKLE_REDUCE) && put_opcode(pickler, PICKLE_POP);
}

// What says how to make the object again, from the table, or its own methods. Zero: exception; VALUE_MISSING: by its
// name.
static Value reduce(Pickler *pickler, Value object) {
  Value class = value_from_cell(value_class(object)), function;
  if (!pickler->dispatch_table) {
    function = dict_get(pickle_state.dispatch_table, class);
    if (!function && exception_pending()) return NULL;
  } else {
    function = value_get_item(pickler->dispatch_table, class);
    if (!function && !exception_clear_if(CLASS_KEY_ERROR)) return NULL;
  }
  if (function) return value_call_1(function, object);
  if (value_is_class(object)) return VALUE_MISSING;
  int found = value_find_attribute(object, NAME(__reduce_ex__), &function);
  if (found < 0) return NULL;
  if (found) return value_call_1(function, value_from_small_int(pickler->protocol));
  found = value_find_attribute(object, NAME(__reduce__), &function);
  if (found < 0) return NULL;
  if (found) return value_call_0(function);
  fail("can't pickle '%.200T' object: %R", object);
  return NULL;
}

static bool save_by_reduction(Pickler *pickler, Value object) {
  Value reduced = VALUE_NOT_IMPLEMENTED;
  if (pickler->reducer_override) {
    reduced = value_call_1(pickler->reducer_override, object);
    if (!reduced) return false;
  }
  if (reduced == VALUE_NOT_IMPLEMENTED) {
    if (value_class(object) == BUILTIN(TYPE)) return save_class(pickler, object);
    if (VALUE_IS_EXACT(object, FUNCTION)) return save_global(pickler, object, NULL);
    reduced = reduce(pickler, object);
    if (reduced == VALUE_MISSING) return save_global(pickler, object, NULL);
    if (!reduced) return false;
  }
  if (value_is_str(reduced)) return save_global(pickler, object, reduced);
  if (!value_is_tuple(reduced)) return fail("__reduce__ must return a string or tuple", NULL);
  return save_reduce(pickler, reduced, object);
}

static bool save_structure(Pickler *pickler, Value object) {
  if (VALUE_IS_EXACT(object, DICT)) return save_dict(pickler, object);
  if (VALUE_IS_EXACT(object, SET)) return save_set(pickler, object);
  if (VALUE_IS_EXACT(object, FROZENSET)) return save_frozenset(pickler, object);
  if (VALUE_IS_EXACT(object, LIST)) return save_list(pickler, object);
  if (VALUE_IS_EXACT(object, TUPLE)) return save_tuple(pickler, object);
  if (VALUE_IS_EXACT(object, BYTEARRAY)) return save_bytearray(pickler, object);
  if (value_is_cell(object) && value_class(object) == pickle_state.buffer) return save_buffer(pickler, object);
  return save_by_reduction(pickler, object);
}

static bool save(Pickler *pickler, Value object, bool is_persistent_id) {
  if (!object_boundary(pickler)) return false;
  if (!is_persistent_id && pickler->persistent_id) {
    Value id = value_call_1(pickler->persistent_id, object);
    if (!id) return false;
    if (id != VALUE_NONE) return save_persistent_id(pickler, id);
  }
  if (object == VALUE_NONE || value_is_bool(object)) return save_singleton(pickler, object);
  if (value_is_exact_int(object)) return save_int(pickler, object);
  if (value_is_exact_float(object)) return save_float(pickler, object);
  size_t number;
  if (memo_find(pickler, object, &number)) return put_get(pickler, number);
  if (VALUE_IS_EXACT(object, BYTES)) return save_bytes(pickler, object);
  if (VALUE_IS_EXACT(object, STR)) return save_str(pickler, object);
  if (!recursion_enter(" while pickling an object")) return false;
  bool saved = save_structure(pickler, object);
  recursion_leave();
  return saved;
}

// ---- Pickler ----

static bool pickler_dump_object(Pickler *pickler, Value object) {
  bool nested;
  if (!pickle_enter(&pickler->owner, &nested)) return false;
  pickler->length = 0;
  pickler->framing = false;
  pickler->frame_start = SIZE_MAX;
  bool done = pickler->protocol < 2 || put_number(pickler, PICKLE_PROTO, (uint64_t)pickler->protocol, 1);
  pickler->framing = pickler->protocol >= 4;
  done = done && save(pickler, object, false) && put_opcode(pickler, PICKLE_STOP);
  if (done) close_frame(pickler);
  pickler->framing = false;
  pickle_leave(&pickler->owner, nested);
  return done;
}

static bool pickler_prepare(Pickler *pickler, Value protocol_value, Value fix_imports, Value buffer_callback) {
  int protocol = PICKLE_DEFAULT_PROTOCOL;
  if (protocol_value && protocol_value != VALUE_NONE) {
    if (!value_as_int(protocol_value, &protocol)) return false;
    if (protocol < 0) protocol = PICKLE_HIGHEST_PROTOCOL;
    if (protocol > PICKLE_HIGHEST_PROTOCOL) {
      raise_value_error("pickle protocol must be <= %d", PICKLE_HIGHEST_PROTOCOL);
      return false;
    }
  }
  int fixes = fix_imports ? value_truth(fix_imports) : 1;
  if (fixes < 0) return false;
  if (buffer_callback == VALUE_NONE) buffer_callback = NULL;
  if (buffer_callback && protocol < 5) {
    raise_value_error("buffer_callback needs protocol >= 5");
    return false;
  }
  gc_store(pickler, &pickler->buffer_callback, buffer_callback);
  pickler->protocol = protocol;
  pickler->binary = protocol > 0;
  pickler->fix_imports = fixes && protocol < 3;
  pickler->frame_start = SIZE_MAX;
  pickler->initialized = true;
  return memo_clear(pickler);
}

static Value pickler_init(Value self, Value file, Value protocol, Value fix_imports, Value buffer_callback) {
  Pickler *pickler = as_pickler(self);
  Value write, table, hook;
  if (!pickle_find_hook(file, "write", &write)) return NULL;
  if (!write) return raise_type_error("file must have a 'write' attribute");
  if (!pickler_prepare(pickler, protocol, fix_imports, buffer_callback)) return NULL;
  gc_store(pickler, &pickler->write, write);
  pickler->fast = 0;
  if (!pickle_find_hook(self, "persistent_id", &hook)) return NULL;
  gc_store(pickler, &pickler->persistent_id, hook);
  if (!pickle_find_hook(self, "dispatch_table", &table)) return NULL;
  gc_store(pickler, &pickler->dispatch_table, table);
  return VALUE_NONE;
}

static Value pickler_dump(Value self, Value object) {
  Pickler *pickler = as_pickler(self);
  Value hook;
  if (!pickler->write)
    return raise_in(pickle_state.pickling_error, "Pickler.__init__() was not called by %s.__init__()",
                    value_class_name(self));
  if (!pickle_find_hook(self, "reducer_override", &hook)) return NULL;
  gc_store(pickler, &pickler->reducer_override, hook);
  bool done = pickler_dump_object(pickler, object) && flush(pickler);
  gc_store(pickler, &pickler->reducer_override, NULL); // it may refer to the pickler
  return done ? VALUE_NONE : NULL;
}
static Value pickler_clear_memo(Value self) {
  return memo_clear(as_pickler(self)) ? VALUE_NONE : NULL;
}

static Value get_persistent_id(Value self) {
  Value hook = as_pickler(self)->persistent_id;
  return hook ? hook : raise(CLASS_ATTRIBUTE_ERROR, "persistent_id");
}
static bool set_persistent_id(Value self, Value value) {
  return pickle_set_hook(self, &as_pickler(self)->persistent_id, "persistent_id", value);
}
static Value get_dispatch_table(Value self) {
  Value table = as_pickler(self)->dispatch_table;
  return table ? table : raise(CLASS_ATTRIBUTE_ERROR, "dispatch_table");
}
static bool set_dispatch_table(Value self, Value value) {
  gc_store(as_pickler(self), &as_pickler(self)->dispatch_table, value);
  return true;
}
static Value get_binary(Value self) {
  return value_from_small_int(as_pickler(self)->binary);
}
static bool set_flag(int *flag, Value value) {
  int64_t number;
  if (!value) return raise_type_error("can't delete numeric/char attribute");
  if (!value_as_int64(value, &number)) return false;
  *flag = (int)number;
  return *flag == number || warn(CLASS_RUNTIME_WARNING, 1, "Truncation of value to int");
}
static bool set_binary(Value self, Value value) {
  return set_flag(&as_pickler(self)->binary, value);
}
static Value get_fast(Value self) {
  return value_from_small_int(as_pickler(self)->fast);
}
static bool set_fast(Value self, Value value) {
  return set_flag(&as_pickler(self)->fast, value);
}

// ---- The memo as Python sees it ----

static bool memo_clear_shown(Value self) {
  return memo_clear(as_pickler(self));
}
static Value memo_copy(Value self) {
  Pickler *pickler = as_pickler(self);
  Value result = dict_new();
  for (size_t i = 0; result && i < list_count(pickler->memo_objects); i++) {
    Value object = list_item(pickler->memo_objects, i), key = value_id(object);
    Value entry = tuple_of(2, int_from_size(pickler->memo_numbers[i]), object);
    if (!key || !entry || !dict_set(result, key, entry)) return NULL;
  }
  return result;
}
static const PickleMemoKind memo_kind = {.class = &pickle_state.pickler_memo,
                                         .described = "a PicklerMemoProxy",
                                         .clear = memo_clear_shown,
                                         .copy = memo_copy};

static Value get_memo(Value self) {
  if (!as_pickler(self)->memo_objects && !memo_clear(as_pickler(self))) return NULL;
  return pickle_memo_new(&memo_kind, self);
}
static bool set_memo(Value self, Value value) {
  value = pickle_memo_as_dict(&memo_kind, value);
  if (!value) return false;
  Pickler *pickler = as_pickler(self);
  size_t position = 0;
  Value key, entry;
  ptrdiff_t number;
  if (!(value = dict_copy(value))) return false; // what is looked at first is what is entered then
  while (dict_next(value, &position, &key, &entry)) {
    if (!value_is_tuple(entry) || tuple_count(entry) != 2)
      return raise_type_error("'memo' values must be 2-item tuples");
    if (!value_as_size(tuple_item(entry, 0), &number, CLASS_OVERFLOW_ERROR)) return false;
  }
  if (!memo_clear(pickler)) return false;
  for (position = 0; dict_next(value, &position, &key, &entry);)
    if (!value_as_size(tuple_item(entry, 0), &number, CLASS_OVERFLOW_ERROR) ||
        !memo_add(pickler, tuple_item(entry, 1), (size_t)number))
      return false;
  return true;
}

static const NativeMethod pickler_methods[] = {
    NATIVE("__init__", pickler_init, "($self, file, protocol=None, fix_imports=True, buffer_callback=None)",
           "Initialize self.  See help(type(self)) for accurate signature."),
    NATIVE("dump", pickler_dump, "($self, obj, /)",
           "Write a pickled representation of the given object to the open file."),
    NATIVE("clear_memo", pickler_clear_memo, "($self, /)", "Clears the pickler's \"memo\"."),
    {}};
static const NativeProperty pickler_properties[] = {{"memo", get_memo, set_memo, NULL},
                                                    {"persistent_id", get_persistent_id, set_persistent_id, NULL},
                                                    {"dispatch_table", get_dispatch_table, set_dispatch_table, NULL},
                                                    {"bin", get_binary, set_binary, NULL},
                                                    {"fast", get_fast, set_fast, NULL},
                                                    {}};
static const ClassDef pickler_class = {.name = "_pickle.Pickler",
                                       .doc = "Writes a stream of pickled objects to a file.",
                                       .cell_type = &pickler_cell_type,
                                       .instance_size = sizeof(Pickler),
                                       .flags = CLASS_BASE_TYPE | CLASS_HAS_WEAKREF,
                                       .methods = pickler_methods,
                                       .properties = pickler_properties};

static Pickler *pickler_once(Value protocol, Value fix_imports, Value buffer_callback) {
  Pickler *pickler = class_allocate(pickle_state.pickler, 0);
  return pickler && pickler_prepare(pickler, protocol, fix_imports, buffer_callback) ? pickler : NULL;
}
Value pickle_dump(Value object, Value file, Value protocol, Value fix_imports, Value buffer_callback) {
  Value write;
  Pickler *pickler = pickler_once(protocol, fix_imports, buffer_callback);
  if (!pickler || !pickle_find_hook(file, "write", &write)) return NULL;
  if (!write) return raise_type_error("file must have a 'write' attribute");
  gc_store(pickler, &pickler->write, write);
  return pickler_dump_object(pickler, object) && flush(pickler) ? VALUE_NONE : NULL;
}
Value pickle_dumps(Value object, Value protocol, Value fix_imports, Value buffer_callback) {
  Pickler *pickler = pickler_once(protocol, fix_imports, buffer_callback);
  if (!pickler || !pickler_dump_object(pickler, object)) return NULL;
  Value result = bytes_new(pickler->output, pickler->length);
  KEEP(pickler);
  return result;
}

bool pickler_classes_add(Value module) {
  return module_add_class(module, &pickler_class, NULL, &pickle_state.pickler);
}
