// The module array: homogeneous items in a byte store, which says what is atomic and how (object/byte_store.h).
//
//   operation                                     how it is atomic
//   item, append, insert, pop, del                one operation of the store
//   slice assignment, extend, +=, *=, frombytes   the new items are copied first, then one operation
//   slice, copy, tobytes, tolist, +, *, repr      from a copy of one moment
//   reverse, byteswap                             in place under the lock
//   search, compare                               item by item: they run Python code in between
//   iterator                                      a position that only one thread moves from one value to the next
#include "runtime/heap/heap.h"
#include "runtime/module/_io.h"
#include "runtime/object/byte_store.h"
#include "runtime/object/container.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/generic_alias.h"
#include "runtime/object/int.h"
#include "runtime/object/memoryview.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/step.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include "runtime/thread/lock.h"

#include <ctype.h>
#include <string.h>

typedef struct Array {
  ByteArray store;
  char code;
  uint8_t item_size;
} Array;
static const CellType array_cell_type = {.name = "array", CELL_VALUES(Array, store.storage, store.storage)};
static struct {
  Class *array, *iterator;
  Value reconstructor; // the function _array_reconstructor
} state;

// What the bytes of a pickled array are, by the numbers that CPython gives to formats.
enum { FORMAT_UTF16 = 18, FORMAT_UTF32 = 20, FORMAT_COUNT = 22 };
static const struct {
  char code;
  bool is_signed, is_float, big_endian;
  uint8_t size;
} formats[FORMAT_UTF16] = {
    {'B', 0, 0, 0, 1}, {'b', 1, 0, 0, 1}, {'H', 0, 0, 0, 2}, {'H', 0, 0, 1, 2}, {'h', 1, 0, 0, 2}, {'h', 1, 0, 1, 2},
    {'I', 0, 0, 0, 4}, {'I', 0, 0, 1, 4}, {'i', 1, 0, 0, 4}, {'i', 1, 0, 1, 4}, {'Q', 0, 0, 0, 8}, {'Q', 0, 0, 1, 8},
    {'q', 1, 0, 0, 8}, {'q', 1, 0, 1, 8}, {'f', 0, 1, 0, 4}, {'f', 0, 1, 1, 4}, {'d', 0, 1, 0, 8}, {'d', 0, 1, 1, 8}};

static const char type_codes[] = "bBuhHiIlLqQfd";
static Array *as_array(Value value) {
  return (Array *)value_cell(value);
}
static bool is_array(Value value) {
  return value_is_instance(value, state.array);
}
static size_t count_of(const Array *array) {
  return byte_store_length(&array->store) / array->item_size;
}
static size_t code_size(char code) {
  char format[2] = {code, 0};
  return code == 'u' ? sizeof(wchar_t) : memory_item_size(format);
}

static Array *array_make(Class *class, char code) {
  Array *array = class_allocate(class, 0);
  if (!array) return NULL;
  array->code = code;
  array->item_size = (uint8_t)code_size(code);
  return array;
}
static bool append_bytes(Array *array, const uint8_t *data, size_t length) {
  return byte_store_splice(&array->store, SIZE_MAX, SIZE_MAX, data, length);
}
// An array of these items.
static Value array_from(char code, const uint8_t *data, size_t length) {
  Array *array = array_make(state.array, code);
  return array && append_bytes(array, data, length) ? value_from_cell(array) : NULL;
}
// The bytes of all items at one moment.
static Value copy_all(Value self) {
  return byte_store_copy(&as_array(self)->store);
}

// ---- Items ----

static bool is_character(uint32_t character) {
  if (character <= 0x10ffff) return true;
  raise_value_error("character U+%x is not in range [U+0000; U+10ffff]", character);
  return false;
}
// The item that these bytes are.
static Value unpack(char code, const void *at) {
  if (code == 'u') {
    uint32_t character;
    memcpy(&character, at, sizeof character);
    return is_character(character) ? str_from_character(character) : NULL;
  }
  char format[2] = {code, 0};
  return memory_unpack(format, at);
}
// Zero: exception pending, or, if *found is false, there is no such item.
static Value load_item(const Array *array, size_t index, bool *found) {
  alignas(8) uint8_t item[8];
  *found = byte_store_load(&array->store, (ptrdiff_t)index, array->item_size, item);
  return *found ? unpack(array->code, item) : NULL;
}

// Converts a value to the item's bytes. False: exception with array's wording.
static bool convert_item(char code, uint8_t *out, Value value) {
  if (code == 'u') {
    if (!value_is_str(value) || str_length(value) != 1) {
      raise_type_error("array item must be unicode character");
      return false;
    }
    uint32_t character = str_character(value_as_str(value), 0);
    memcpy(out, &character, sizeof character);
    return true;
  }
  char format[2] = {code, 0};
  if (code == 'f' || code == 'd') {
    double number;
    if (!value_as_double(value, &number)) return false;
    return memory_pack(format, out, float_from_double(number));
  }
  Value number = value_index(value);
  if (!number) return false;
  if (memory_pack(format, out, number)) return true;
  exception_clear();
  static const char *const names[][2] = {
      {"b", "signed char"},    {"B", "unsigned byte integer"}, {"h", "signed short integer"}, {"H", "unsigned short"},
      {"i", "signed integer"}, {"I", "unsigned int"},          {"l", "signed integer"},       {"L", "unsigned int"}};
  const char *name = "int";
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i][0][0] == code) name = names[i][1];
  int64_t ignored;
  bool too_large = int_sign(number) > 0;
  if ((code == 'l' || code == 'q' || code == 'i') && !int_fits_int64(number, &ignored))
    raise(CLASS_OVERFLOW_ERROR, "Python int too large to convert to C long");
  else if ((code == 'L' || code == 'Q' || code == 'I') && int_sign(number) < 0)
    raise(CLASS_OVERFLOW_ERROR,
          code == 'Q' ? "can't convert negative int to unsigned" : "can't convert negative value to unsigned int");
  else
    raise(CLASS_OVERFLOW_ERROR, too_large ? "%s is greater than maximum" : "%s is less than minimum", name);
  return false;
}

static bool append_item(Value self, Value value) {
  Array *array = as_array(self);
  uint8_t item[8];
  return convert_item(array->code, item, value) && append_bytes(array, item, array->item_size);
}

static bool extend_iterable(Value self, Value iterable) {
  Value item;
  Iteration iteration = iteration_start(iterable);
  while (iteration_next(&iteration, &item))
    if (!append_item(self, item)) return false;
  return !iteration_failed(&iteration);
}

static bool append_text(Array *array, Value text) {
  size_t length = str_length(text);
  Bytes *characters = bytes_allocate(length * sizeof(uint32_t));
  if (!characters) return false;
  for (size_t i = 0; i < length; i++) {
    uint32_t character = str_character(value_as_str(text), i);
    memcpy(characters->data + i * sizeof character, &character, sizeof character);
  }
  return append_bytes(array, characters->data, characters->length);
}

// ---- Construction ----

static Value array_new(Value class, Value *arguments, size_t count, Value keyword_names) {
  if (class == value_from_cell(state.array) && !arguments_check_none_by_keyword("array.array", keyword_names))
    return NULL;
  if (!arguments_check_count("array", count, 1, 2)) return NULL;
  if (!value_is_str(arguments[0]) || str_length(arguments[0]) != 1)
    return raise_type_error("array() argument 1 must be a unicode character, not %T", arguments[0]);
  uint32_t code = str_character(value_as_str(arguments[0]), 0);
  Value initial = count > 1 ? arguments[1] : NULL;
  if (code >= 128 || !strchr(type_codes, (int)code) || !code)
    return raise_value_error("bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, f or d)");
  if (initial && value_is_str(initial) && code != 'u')
    return raise_type_error("cannot use a str to initialize an array with typecode '%c'", (int)code);
  if (initial && is_array(initial) && as_array(initial)->code == 'u' && code != 'u')
    return raise_type_error("cannot use a unicode array to initialize an array with typecode '%c'", (int)code);
  Array *array = array_make(value_as_class(class), (char)code);
  Value self = array ? value_from_cell(array) : NULL;
  if (!self || !initial) return self;
  if (value_is_bytes(initial) || value_is_bytearray(initial)) {
    Buffer buffer;
    if (!buffer_acquire(initial, &buffer, BUFFER_SIMPLE)) return NULL;
    bool whole = buffer.length % array->item_size == 0;
    bool added = whole && append_bytes(array, buffer.data, buffer.length);
    buffer_release(&buffer);
    if (!whole) return raise_value_error("bytes length not a multiple of item size");
    return added ? self : NULL;
  }
  if (value_is_str(initial)) return append_text(array, initial) ? self : NULL;
  if (is_array(initial) && as_array(initial)->code == array->code) {
    Value items = copy_all(initial);
    return items && append_bytes(array, value_as_bytes(items)->data, value_as_bytes(items)->length) ? self : NULL;
  }
  return extend_iterable(self, initial) ? self : NULL;
}

// ---- Sequence ----

static Value array_length(Value self) {
  return int_from_size(count_of(as_array(self)));
}

static Value get_slice(Array *array, Value slice) {
  size_t size = array->item_size;
  for (;;) { // again if another thread has changed the length that the slice was resolved for
    size_t length = byte_store_length(&array->store);
    ptrdiff_t start, stop, step, count = slice_resolve(slice, (ptrdiff_t)(length / size), &start, &stop, &step);
    if (count < 0) return NULL;
    // All items from the first to the last, whichever is the left one.
    ptrdiff_t last = count ? start + (count - 1) * step : start, low = step < 0 ? last : start;
    ptrdiff_t high = count ? (step < 0 ? start : last) + 1 : low;
    Value part = byte_store_copy_part(&array->store, length, (size_t)low * size, (size_t)high * size);
    if (!part && !exception_pending()) continue;
    if (!part) return NULL;
    const Bytes *items = value_as_bytes(part);
    if (step == 1) return array_from(array->code, items->data, items->length);
    Bytes *picked = bytes_allocate((size_t)count * size);
    if (!picked) return NULL;
    for (ptrdiff_t i = 0; i < count; i++)
      memcpy(picked->data + (size_t)i * size, items->data + (size_t)(start - low + i * step) * size, size);
    return array_from(array->code, picked->data, picked->length);
  }
}

static Value array_get_item(Value self, Value key) {
  Array *array = as_array(self);
  if (value_special(key, SPECIAL_INDEX)) {
    ptrdiff_t index;
    alignas(8) uint8_t item[8];
    if (!value_as_size(key, &index, CLASS_INDEX_ERROR)) return NULL;
    if (byte_store_load(&array->store, index, array->item_size, item)) return unpack(array->code, item);
    return raise(CLASS_INDEX_ERROR, "array index out of range");
  }
  if (!VALUE_IS_EXACT(key, SLICE)) return raise_type_error("array indices must be integers");
  return get_slice(array, key);
}

// 1; 0: the length is no longer the one that the slice was resolved for; -1: exception. `items` NULL: deletes.
static int assign_resolved(Array *array, size_t length, ptrdiff_t start, ptrdiff_t step, ptrdiff_t count,
                           const Bytes *items) {
  size_t size = array->item_size, given = items ? items->length : 0;
  if (step == 1)
    return byte_store_splice_if(&array->store, length, (size_t)start * size, (size_t)(start + count) * size,
                                items ? items->data : NULL, given);
  if (!items) {
    if (step < 0) {
      start += (count - 1) * step;
      step = -step;
    }
    return byte_store_remove_groups(&array->store, length, (size_t)start * size, (size_t)step * size, (size_t)count,
                                    size);
  }
  if (given / size != (size_t)count) {
    raise_value_error("attempt to assign array of size %zu to extended slice of size %zd", given / size, count);
    return -1;
  }
  ByteSpan to = byte_store_open(&array->store);
  for (ptrdiff_t i = 0; to.length == length && i < count; i++)
    memcpy(to.data + (size_t)(start + i * step) * size, items->data + (size_t)i * size, size);
  byte_store_close(&array->store);
  return to.length == length;
}

static Value assign_slice(Value self, Value key, Value value) {
  Array *array = as_array(self);
  Value copy = NULL;
  if (value) {
    if (!is_array(value)) return raise_type_error("can only assign array (not \"%.200T\") to array slice", value);
    if (as_array(value)->code != array->code) return raise_type_error("bad argument type for built-in operation");
    if (!(copy = copy_all(value))) return NULL;
  }
  for (;;) {
    size_t length = byte_store_length(&array->store);
    ptrdiff_t start, stop, step,
        count = slice_resolve(key, (ptrdiff_t)(length / array->item_size), &start, &stop, &step);
    if (count < 0) return NULL;
    int done = assign_resolved(array, length, start, step, count, copy ? value_as_bytes(copy) : NULL);
    if (done) return done > 0 ? VALUE_NONE : NULL;
  }
}

static Value raise_no_target(void) {
  return raise(CLASS_INDEX_ERROR, "array assignment index out of range");
}
static Value array_set_item(Value self, Value key, Value value) {
  if (VALUE_IS_EXACT(key, SLICE)) return assign_slice(self, key, value);
  if (!value_special(key, SPECIAL_INDEX)) return raise_type_error("array indices must be integers");
  Array *array = as_array(self);
  uint8_t item[8];
  ptrdiff_t index, count = (ptrdiff_t)count_of(array);
  if (!value_as_size(key, &index, CLASS_INDEX_ERROR)) return NULL;
  if (index >= count || index < -count) return raise_no_target(); // asked before the value is looked at
  if (!convert_item(array->code, item, value)) return NULL;
  return byte_store_set(&array->store, index, array->item_size, item) ? VALUE_NONE : raise_no_target();
}
static Value array_delete_item(Value self, Value key) {
  if (VALUE_IS_EXACT(key, SLICE)) return assign_slice(self, key, NULL);
  if (!value_special(key, SPECIAL_INDEX)) return raise_type_error("array indices must be integers");
  ptrdiff_t index;
  if (!value_as_size(key, &index, CLASS_INDEX_ERROR)) return NULL;
  int taken = byte_store_take(&as_array(self)->store, index, as_array(self)->item_size, NULL);
  return taken > 0 ? VALUE_NONE : taken < 0 ? NULL : raise_no_target();
}

static Value array_add(Value self, Value other) {
  if (!is_array(other)) return raise_type_error("can only append array (not \"%.200T\") to array", other);
  if (as_array(self)->code != as_array(other)->code)
    return raise_type_error("bad argument type for built-in operation");
  Value a = copy_all(self), b = a ? copy_all(other) : NULL, both = b ? bytes_concatenate(a, b) : NULL;
  return both ? array_from(as_array(self)->code, value_as_bytes(both)->data, value_as_bytes(both)->length) : NULL;
}

static Value array_extend(Value self, Value iterable) {
  Array *array = as_array(self);
  if (!is_array(iterable)) return extend_iterable(self, iterable) ? VALUE_NONE : NULL;
  if (as_array(iterable)->code != array->code) return raise_type_error("can only extend with array of same kind");
  Value items = copy_all(iterable);
  return items && append_bytes(array, value_as_bytes(items)->data, value_as_bytes(items)->length) ? VALUE_NONE : NULL;
}
static Value array_add_in_place(Value self, Value other) {
  if (!is_array(other)) return raise_type_error("can only extend with array (not \"%.200T\")", other);
  return array_extend(self, other) ? self : NULL;
}

// The items `count` times, as bytes.
static Value repeated(Value self, Value count_value) {
  ptrdiff_t count;
  if (!value_as_repetition(count_value, &count)) return NULL;
  if (count < 0) count = 0;
  Value once = copy_all(self);
  if (!once) return NULL;
  size_t length = value_as_bytes(once)->length, total;
  if (__builtin_mul_overflow(length, (size_t)count, &total)) return raise_memory_error();
  Bytes *result = bytes_allocate(total);
  for (ptrdiff_t i = 0; result && length && i < count; i++)
    memcpy(result->data + (size_t)i * length, value_as_bytes(once)->data, length);
  KEEP(once);
  return result ? value_from_cell(result) : NULL;
}
static Value array_multiply(Value self, Value count) {
  Value items = repeated(self, count);
  return items ? array_from(as_array(self)->code, value_as_bytes(items)->data, value_as_bytes(items)->length) : NULL;
}
static Value array_multiply_in_place(Value self, Value count) {
  Value items = repeated(self, count);
  return items && byte_store_splice(&as_array(self)->store, 0, SIZE_MAX, value_as_bytes(items)->data,
                                    value_as_bytes(items)->length)
             ? self
             : NULL;
}

static ptrdiff_t search(Value self, Value value, size_t start, size_t end) { // -1: none, -2: exception
  for (size_t i = start; i < end; i++) {
    bool found;
    Value item = load_item(as_array(self), i, &found);
    if (!found) break;
    int equal = item ? value_equal(item, value) : -1;
    if (equal) return equal < 0 ? -2 : (ptrdiff_t)i;
  }
  return -1;
}
static Value array_contains(Value self, Value value) {
  ptrdiff_t at = search(self, value, 0, SIZE_MAX);
  return at == -2 ? NULL : value_from_bool(at >= 0);
}
static Value array_index(Value self, Value value, Value start_value, Value stop_value) {
  ptrdiff_t limits[2] = {0, PTRDIFF_MAX}, length = (ptrdiff_t)count_of(as_array(self));
  if ((start_value && !value_as_size(start_value, &limits[0], CLASS_COUNT)) ||
      (stop_value && !value_as_size(stop_value, &limits[1], CLASS_COUNT)))
    return NULL;
  for (int i = 0; i < 2; i++)
    if (limits[i] < 0 && (limits[i] += length) < 0) limits[i] = 0;
  ptrdiff_t at = search(self, value, (size_t)limits[0], (size_t)limits[1]);
  if (at == -1) return raise_value_error("array.index(x): x not in array");
  return at == -2 ? NULL : value_from_small_int(at);
}
static Value array_count(Value self, Value value) {
  int64_t count = 0;
  for (ptrdiff_t at = -1; (at = search(self, value, (size_t)(at + 1), SIZE_MAX)) != -1; count++)
    if (at == -2) return NULL;
  return value_from_small_int(count);
}

// ---- Methods ----

static Value array_append(Value self, Value value) {
  return append_item(self, value) ? VALUE_NONE : NULL;
}
static Value array_insert(Value self, Value index_value, Value value) {
  Array *array = as_array(self);
  ptrdiff_t index;
  uint8_t item[8];
  if (!value_as_size(index_value, &index, CLASS_OVERFLOW_ERROR) || !convert_item(array->code, item, value)) return NULL;
  return byte_store_insert(&array->store, index, array->item_size, item) ? VALUE_NONE : NULL;
}
static Value array_pop(Value self, Value index_value) {
  Array *array = as_array(self);
  if (count_of(array) == 0) return raise(CLASS_INDEX_ERROR, "pop from empty array");
  ptrdiff_t index = -1;
  alignas(8) uint8_t item[8];
  if (index_value && !value_as_size(index_value, &index, CLASS_INDEX_ERROR)) return NULL;
  int taken = byte_store_take(&array->store, index, array->item_size, item);
  if (taken) return taken > 0 ? unpack(array->code, item) : NULL;
  return raise(CLASS_INDEX_ERROR, "pop index out of range");
}
static Value array_remove(Value self, Value value) {
  Array *array = as_array(self);
  for (size_t i = 0;; i++) {
    alignas(8) uint8_t bytes[8];
    if (!byte_store_load(&array->store, (ptrdiff_t)i, array->item_size, bytes))
      return raise_value_error("array.remove(x): x not in array");
    Value item = unpack(array->code, bytes);
    int equal = item ? value_equal(item, value) : -1;
    if (equal < 0) return NULL;
    if (!equal) continue;
    int taken = byte_store_take_if(&array->store, (ptrdiff_t)i, array->item_size, bytes);
    if (taken) return taken > 0 ? VALUE_NONE : NULL;
    i = SIZE_MAX; // another thread has changed it: once more from the front
  }
}
static Value array_reverse(Value self) {
  Array *array = as_array(self);
  ByteSpan bytes = byte_store_open(&array->store);
  uint8_t item[8];
  size_t size = array->item_size;
  for (size_t i = 0, j = bytes.length; i + size < j; i += size) {
    j -= size;
    memcpy(item, bytes.data + i, size);
    memcpy(bytes.data + i, bytes.data + j, size);
    memcpy(bytes.data + j, item, size);
  }
  byte_store_close(&array->store);
  return VALUE_NONE;
}
static Value array_byteswap(Value self) {
  Array *array = as_array(self);
  ByteSpan bytes = byte_store_open(&array->store);
  size_t size = array->item_size;
  for (uint8_t *item = bytes.data; item < bytes.data + bytes.length; item += size)
    for (size_t k = 0; k < size / 2; k++) {
      uint8_t byte = item[k];
      item[k] = item[size - 1 - k];
      item[size - 1 - k] = byte;
    }
  byte_store_close(&array->store);
  return VALUE_NONE;
}
static Value array_buffer_info(Value self) {
  ByteSpan bytes = byte_store_open(&as_array(self)->store);
  byte_store_close(&as_array(self)->store);
  return tuple_of(2, int_from_uint64((uint64_t)(uintptr_t)bytes.data),
                  int_from_size(bytes.length / as_array(self)->item_size));
}
static Value array_tolist(Value self) {
  const Array *array = as_array(self);
  Value items = copy_all(self);
  if (!items) return NULL;
  size_t length = value_as_bytes(items)->length;
  Value list = list_new_sized(length / array->item_size);
  for (size_t at = 0; list && at < length; at += array->item_size) {
    Value item = unpack(array->code, value_as_bytes(items)->data + at);
    if (!item || !list_append(list, item)) return NULL;
  }
  return list;
}
// All items are converted first: all or nothing.
static Value array_fromlist(Value self, Value list) {
  if (!value_is_list(list)) return raise_type_error("arg must be list");
  Array *array = as_array(self);
  size_t count = list_count(list);
  Bytes *items = bytes_allocate(count * array->item_size);
  if (!items) return NULL;
  for (size_t i = 0; i < count; i++) {
    Value item = list_item(list, i);
    if (item && list_count(list) == count && convert_item(array->code, items->data + i * array->item_size, item))
      continue;
    if (!exception_pending()) raise(CLASS_RUNTIME_ERROR, "list changed size during iteration");
    return NULL;
  }
  return append_bytes(array, items->data, items->length) ? VALUE_NONE : NULL;
}
static Value array_tobytes(Value self) {
  return copy_all(self);
}
static Value array_frombytes(Value self, Value data) {
  Buffer buffer;
  if (!buffer_acquire(data, &buffer, BUFFER_SIMPLE)) return NULL;
  bool whole = buffer.length % as_array(self)->item_size == 0;
  bool added = whole && append_bytes(as_array(self), buffer.data, buffer.length);
  buffer_release(&buffer);
  if (!whole) return raise_value_error("bytes length not a multiple of item size");
  return added ? VALUE_NONE : NULL;
}
static Value array_tofile(Value self, Value file) {
  Value bytes = array_tobytes(self);
  return bytes && value_call_method_1(file, "write", bytes) ? VALUE_NONE : NULL;
}
static Value array_fromfile(Value self, Value file, Value count_value) {
  ptrdiff_t count;
  if (!value_as_size(count_value, &count, CLASS_OVERFLOW_ERROR)) return NULL;
  if (count < 0) return raise_value_error("negative count");
  size_t wanted = (size_t)count * as_array(self)->item_size;
  Value bytes = value_call_method_1(file, "read", int_from_size(wanted));
  if (!bytes) return NULL;
  if (!value_is_bytes(bytes)) return raise_type_error("read() didn't return bytes");
  bool enough = value_as_bytes(bytes)->length == wanted;
  if (!array_frombytes(self, bytes)) return NULL;
  return enough ? VALUE_NONE : raise(CLASS_EOF_ERROR, "read() didn't return enough bytes");
}
static Value array_fromunicode(Value self, Value text) {
  if (!value_is_str(text)) return raise_type_error("fromunicode() argument must be str, not %T", text);
  if (as_array(self)->code != 'u') return raise_value_error("fromunicode() may only be called on unicode type arrays");
  return append_text(as_array(self), text) ? VALUE_NONE : NULL;
}
static Value array_tounicode(Value self) {
  if (as_array(self)->code != 'u') return raise_value_error("tounicode() may only be called on unicode type arrays");
  Value items = copy_all(self);
  if (!items) return NULL;
  const uint32_t *characters = (const uint32_t *)(const void *)value_as_bytes(items)->data;
  size_t length = value_as_bytes(items)->length / sizeof *characters;
  for (size_t i = 0; i < length; i++)
    if (!is_character(characters[i])) return NULL;
  Value text = str_from_ucs4(characters, length);
  KEEP(items);
  return text;
}
static Value array_copy(Value self) {
  Value items = copy_all(self);
  return items ? array_from(as_array(self)->code, value_as_bytes(items)->data, value_as_bytes(items)->length) : NULL;
}
static Value array_deepcopy(Value self, [[maybe_unused]] Value memo) {
  return array_copy(self);
}
// The format of this machine's items of a type code.
static int machine_format(char code) {
  if (code == 'u') return FORMAT_UTF32;
  for (int i = 0; i < FORMAT_UTF16; i++)
    if (formats[i].size == code_size(code) && !formats[i].big_endian &&
        formats[i].is_float == (code == 'f' || code == 'd') &&
        (formats[i].is_float || formats[i].is_signed == (islower(code) != 0)))
      return i;
  return -1;
}

// Protocols before 3 have no cheap bytes: they get a list.
static Value array_reduce(Value self, Value protocol) {
  Value dict = NULL;
  int number;
  if (!value_as_int(protocol, &number) || value_find_attribute(self, NAME(__dict__), &dict) < 0) return NULL;
  const Array *array = as_array(self);
  if (number >= 3) {
    Value bytes = copy_all(self);
    return bytes ? tuple_of(3, state.reconstructor,
                            tuple_of(4, value_from_cell(value_class(self)), str_from_character((uint8_t)array->code),
                                     value_from_small_int(machine_format(array->code)), bytes),
                            dict ? dict : VALUE_NONE)
                 : NULL;
  }
  Value list = array_tolist(self);
  return list ? tuple_of(3, value_from_cell(value_class(self)),
                         tuple_of(2, str_from_character((uint8_t)as_array(self)->code), list), dict ? dict : VALUE_NONE)
              : NULL;
}
static Value array_sizeof(Value self) {
  return int_from_size(64 + byte_store_length(&as_array(self)->store));
}

static Value array_repr(Value self) {
  const Array *array = as_array(self);
  Value name = value_get_attribute(value_from_cell(value_class(self)), NAME(__name__));
  if (!name) return NULL;
  if (count_of(array) == 0) return str_format_c("%S('%c')", name, array->code);
  Value contents = array->code == 'u' ? array_tounicode(self) : array_tolist(self);
  return contents ? str_format_c("%S('%c', %R)", name, array->code, contents) : NULL;
}

static Value array_compare(Value self, Value other, Comparison comparison) {
  if (!is_array(other)) return VALUE_NOT_IMPLEMENTED;
  Array *a = as_array(self), *b = as_array(other);
  bool only_equality = comparison == COMPARE_EQUAL || comparison == COMPARE_NOT_EQUAL;
  if (only_equality && count_of(a) != count_of(b)) return value_from_bool(comparison == COMPARE_NOT_EQUAL);
  for (size_t i = 0;; i++) {
    bool in_a, in_b;
    Value x = load_item(a, i, &in_a), y = in_a && !x ? NULL : load_item(b, i, &in_b);
    if ((in_a && !x) || (in_b && !y)) return NULL;
    if (!x || !y) break;
    int equal = value_compare_truth(COMPARE_EQUAL, x, y);
    if (equal < 0) return NULL;
    if (!equal)
      return only_equality ? value_from_bool(comparison == COMPARE_NOT_EQUAL) : value_compare(comparison, x, y);
  }
  return value_compare(comparison, int_from_size(count_of(a)), int_from_size(count_of(b)));
}
#define ARRAY_COMPARISON(name, NAME_)                                                                                  \
  static Value array_##name(Value self, Value other) {                                                                 \
    return array_compare(self, other, COMPARE_##NAME_);                                                                \
  }
ARRAY_COMPARISON(less, LESS)
ARRAY_COMPARISON(less_equal, LESS_EQUAL)
ARRAY_COMPARISON(equal, EQUAL)
ARRAY_COMPARISON(not_equal, NOT_EQUAL)
ARRAY_COMPARISON(greater, GREATER)
ARRAY_COMPARISON(greater_equal, GREATER_EQUAL)

static Value get_code(Value self) {
  return str_from_character((uint8_t)as_array(self)->code);
}
static Value get_item_size(Value self) {
  return value_from_small_int(as_array(self)->item_size);
}

// ---- Iterator ----

typedef struct ArrayIterator {
  Cell head;
  Value array; // zero once exhausted
  // ---- end of values
  size_t index;
} ArrayIterator;
static const CellType iterator_cell_type = {.name = "arrayiterator", CELL_VALUES(ArrayIterator, array, array)};
static Value array_iterate(Value self) {
  ArrayIterator *iterator = class_allocate(state.iterator, 0);
  if (!iterator) return NULL;
  gc_init(iterator, &iterator->array, self);
  return value_from_cell(iterator);
}
static Value iterator_iterate(Value self) {
  return self;
}
static Value iterator_advance(Value self) {
  ArrayIterator *iterator = (ArrayIterator *)value_cell(self);
  for (;;) {
    Value array = gc_load(&iterator->array);
    if (!array) return VALUE_STOP;
    size_t index = position_load(&iterator->index);
    bool found;
    Value item = load_item(as_array(array), index, &found);
    if (!found) {
      gc_store(iterator, &iterator->array, NULL);
      return VALUE_STOP;
    }
    if (position_advance(&iterator->index, index, index + 1)) return item;
  }
}
static Value iterator_reduce(Value self) {
  ArrayIterator *iterator = (ArrayIterator *)value_cell(self);
  Value iter = dict_get_c(runtime.builtins, "iter");
  Value array = gc_load(&iterator->array);
  if (!array) return tuple_of(2, iter, tuple_of(1, tuple_empty));
  return tuple_of(3, iter, tuple_of(1, array), int_from_size(position_load(&iterator->index)));
}
static Value iterator_setstate(Value self, Value position) {
  ptrdiff_t index;
  if (!value_as_size(position, &index, CLASS_OVERFLOW_ERROR)) return NULL;
  size_t *place = &((ArrayIterator *)value_cell(self))->index;
  __atomic_store_n(place, index < 0 ? 0 : (size_t)index, __ATOMIC_RELAXED);
  return VALUE_NONE;
}
static const NativeMethod iterator_methods[] = {
    NATIVE("__iter__", iterator_iterate, "($self, /)", "Return self."),
    NATIVE("__next__", iterator_advance, "($self, /)", "The next item."),
    NATIVE("__reduce__", iterator_reduce, "($self, /)", "Help pickle.", NATIVE_METHOD),
    NATIVE("__setstate__", iterator_setstate, "($self, state, /)", "Set the position."),
    {}};
static const ClassDef iterator_class = {.name = "array.arrayiterator",
                                        .cell_type = &iterator_cell_type,
                                        .instance_size = sizeof(ArrayIterator),
                                        .flags = CLASS_IMMUTABLE | CLASS_NO_NEW | CLASS_PLAIN_ITERATOR,
                                        .methods = iterator_methods};

// ---- The class ----

static const NativeMethod array_methods[] = {
    NATIVE("__new__", array_new, NULL, "Create an array.", NATIVE_STATIC),
    NATIVE("__repr__", array_repr, "($self, /)", "The constructing form."),
    NATIVE("__lt__", array_less, "($self, value, /)", "Return self<value."),
    NATIVE("__le__", array_less_equal, "($self, value, /)", "Return self<=value."),
    NATIVE("__eq__", array_equal, "($self, value, /)", "Return self==value."),
    NATIVE("__ne__", array_not_equal, "($self, value, /)", "Return self!=value."),
    NATIVE("__gt__", array_greater, "($self, value, /)", "Return self>value."),
    NATIVE("__ge__", array_greater_equal, "($self, value, /)", "Return self>=value."),
    NATIVE("__iter__", array_iterate, "($self, /)", "Iterate over the items."),
    NATIVE("__len__", array_length, "($self, /)", "Return len(self)."),
    NATIVE("__getitem__", array_get_item, "($self, key, /)", "Return self[key]."),
    NATIVE("__setitem__", array_set_item, "($self, key, value, /)", "Set self[key] to value."),
    NATIVE("__delitem__", array_delete_item, "($self, key, /)", "Delete self[key]."),
    NATIVE("__contains__", array_contains, "($self, key, /)", "Return key in self."),
    NATIVE("__add__", array_add, "($self, value, /)", "Return self+value.", NATIVE_SEQUENCE),
    NATIVE("__mul__", array_multiply, "($self, value, /)", "Return self*value.", NATIVE_SEQUENCE),
    NATIVE("__rmul__", array_multiply, "($self, value, /)", "Return value*self.", NATIVE_SEQUENCE),
    NATIVE("__iadd__", array_add_in_place, "($self, value, /)", "Implement self+=value."),
    NATIVE("__imul__", array_multiply_in_place, "($self, value, /)", "Implement self*=value.", NATIVE_SEQUENCE),
    NATIVE("__copy__", array_copy, "($self, /)", "A copy."),
    NATIVE("__deepcopy__", array_deepcopy, "($self, unused, /)", "A copy."),
    NATIVE("__reduce_ex__", array_reduce, "($self, value, /)", "Help pickle.", NATIVE_METHOD),
    NATIVE("__sizeof__", array_sizeof, "($self, /)", "Size in memory, in bytes."),
    NATIVE("__class_getitem__", generic_alias_new, "($type, item, /)", "See PEP 585.", NATIVE_CLASS),
    NATIVE("append", array_append, "($self, v, /)", "Append an item."),
    NATIVE("buffer_info", array_buffer_info, "($self, /)", "Address and number of items."),
    NATIVE("byteswap", array_byteswap, "($self, /)", "Reverse the bytes of each item."),
    NATIVE("count", array_count, "($self, v, /)", "How often a value occurs."),
    NATIVE("extend", array_extend, "($self, bb, /)", "Append items."),
    NATIVE("fromfile", array_fromfile, "($self, f, n, /)", "Append items from a file."),
    NATIVE("fromlist", array_fromlist, "($self, list, /)", "Append items of a list, all or none."),
    NATIVE("frombytes", array_frombytes, "($self, buffer, /)", "Append items from bytes."),
    NATIVE("fromunicode", array_fromunicode, "($self, ustr, /)", "Append characters."),
    NATIVE("index", array_index, "($self, v, start=0, stop=sys.maxsize, /)", "The first position of a value."),
    NATIVE("insert", array_insert, "($self, i, v, /)", "Insert an item before a position."),
    NATIVE("pop", array_pop, "($self, i=-1, /)", "Remove and return an item."),
    NATIVE("remove", array_remove, "($self, v, /)", "Remove the first occurrence of a value."),
    NATIVE("reverse", array_reverse, "($self, /)", "Reverse in place."),
    NATIVE("tobytes", array_tobytes, "($self, /)", "The items' bytes."),
    NATIVE("tofile", array_tofile, "($self, f, /)", "Write the items to a file."),
    NATIVE("tolist", array_tolist, "($self, /)", "The items as a list."),
    NATIVE("tounicode", array_tounicode, "($self, /)", "The characters as a str."),
    {}};
static const NativeProperty array_properties[] = {
    {"typecode", get_code, NULL, "the typecode character used to create the array"},
    {"itemsize", get_item_size, NULL, "the size, in bytes, of one array item"},
    {}};
static const ClassDef array_class = {.name = "array.array",
                                     .doc = "A sequence of numbers of one machine type.",
                                     .cell_type = &array_cell_type,
                                     .instance_size = sizeof(Array),
                                     .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE | CLASS_HAS_WEAKREF | CLASS_UNHASHABLE |
                                              CLASS_SEQUENCE,
                                     .methods = array_methods,
                                     .properties = array_properties};

static bool array_lend(Value object, Buffer *buffer, [[maybe_unused]] int flags) {
  Array *array = as_array(object);
  static const char formats[][2] = {"b", "B", "w", "h", "H", "i", "I", "l", "L", "q", "Q", "f", "d"};
  byte_store_lend(&array->store, buffer);
  buffer->item_size = array->item_size;
  buffer->format = formats[strchr(type_codes, array->code) - type_codes];
  return true;
}
static void array_take_back(Value object, [[maybe_unused]] Buffer *buffer) {
  byte_store_take_back(&as_array(object)->store);
}
static const BufferProtocol array_protocol = {.acquire = array_lend, .release = array_take_back};

// array._array_reconstructor(class, typecode, mformat_code, bytes): how CPython pickles arrays.
static Value reconstruct(Value class, Value code, Value format_value, Value bytes) {
  int format;
  if (!value_is_class(class) || !class_is_subclass(value_as_class(class), state.array))
    return raise_type_error("first argument must be a type object, not %.200T", class);
  if (!value_is_str(code) || str_length(code) != 1 || !strchr(type_codes, (int)str_character(value_as_str(code), 0)))
    return raise_value_error("second argument must be a valid type code");
  if (!value_as_int(format_value, &format)) return NULL;
  if (format < 0 || format >= FORMAT_COUNT)
    return raise_value_error("third argument must be a valid machine format code.");
  if (!value_is_bytes(bytes)) return raise_type_error("fourth argument should be bytes, not %.200T", bytes);
  if (format >= FORMAT_UTF16) {
    static const char *const encodings[] = {"utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"};
    Value text = value_call_method_1(bytes, "decode", str_from_c(encodings[format - FORMAT_UTF16]));
    return text ? value_call_2(class, code, text) : NULL;
  }
  size_t size = formats[format].size, length = value_as_bytes(bytes)->length;
  if (length % size) return raise_value_error("bytes length not a multiple of item size");
  Value items = list_new_sized(length / size);
  for (size_t i = 0; items && i < length; i += size) {
    uint8_t item[8];
    for (size_t k = 0; k < size; k++)
      item[k] = value_as_bytes(bytes)->data[i + (formats[format].big_endian ? size - 1 - k : k)];
    char text[2] = {formats[format].code, 0};
    Value value = memory_unpack(text, item);
    if (!value || !list_append(items, value)) return NULL;
  }
  return items ? value_call_2(class, code, items) : NULL;
}

static const NativeMethod array_functions[] = {NATIVE("_array_reconstructor", reconstruct,
                                                      "(arraytype, typecode, mformat_code, items, /)",
                                                      "Rebuild a pickled array."),
                                               {}};
static bool array_initialize(Value module) {
  heap_add_root_range((Value *)&state, sizeof state / sizeof(Value));
  if (!module_add_class(module, &array_class, NULL, &state.array)) return false;
  state.iterator = class_from_definition(&iterator_class, NULL);
  buffer_register(state.array, &array_protocol);
  state.reconstructor = value_get_attribute(module, str_intern_c("_array_reconstructor"));
  Value collections = import_module("_collections_abc");
  Value sequence = collections ? value_get_attribute_c(collections, "MutableSequence") : NULL;
  if (!sequence || !value_call_method_1(sequence, "register", value_from_cell(state.array))) return false;
  return state.iterator && state.reconstructor && module_add(module, "ArrayType", value_from_cell(state.array)) &&
         module_add_str(module, "typecodes", type_codes);
}
const NativeModule array_module = {.name = "array",
                                   .doc = "Sequences of numbers of one machine type.",
                                   .functions = array_functions,
                                   .initialize = array_initialize};
