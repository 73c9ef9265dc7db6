// bytearray: mutable bytes in a storage cell that is replaced when it grows.
//
// Threads: exchanging the storage takes the object's lock. Changes of length within the storage, and reads, do not: two
// threads that change the length of one bytearray at the same time must use a lock of their own. While a buffer is
// exported the length cannot change (BufferError), so borrowers need no lock.
#include "runtime/heap/heap.h"
#include "runtime/object/bytes_internal.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include "runtime/thread/lock.h"

#include <string.h>

typedef struct Storage {
  Cell head;
  size_t capacity;
  uint8_t data[];
} Storage;
static const CellType storage_cell_type = {.name = "bytearray storage"};
static const CellType bytearray_cell_type = {.name = "bytearray", CELL_VALUES(ByteArray, storage, storage)};

static ByteArray *as_bytearray(Value value) {
  return (ByteArray *)value_cell(value);
}
static Storage *storage_of(const ByteArray *array) {
  return (Storage *)value_cell(gc_load(&array->storage));
}

uint8_t *bytearray_data(Value value) {
  static uint8_t nothing[1];
  ByteArray *array = as_bytearray(value);
  Storage *storage = storage_of(array);
  return storage ? storage->data + array->start : nothing;
}

static Storage *storage_new(size_t capacity) {
  static Shape *shape;
  if (!shape) shape = shape_create_root(&storage_cell_type, BUILTIN(INTERNAL), 0, 0, 0);
  if (!shape || capacity > (size_t)PTRDIFF_MAX - 64) {
    raise_memory_error();
    return NULL;
  }
  size_t size = cell_usable_size(sizeof(Storage) + capacity + 1);
  Storage *storage = cell_alloc(shape, size);
  if (storage) storage->capacity = size - sizeof(Storage) - 1;
  return storage;
}

bool bytearray_resize(Value value, size_t length) {
  ByteArray *array = as_bytearray(value);
  if (length == array->length) return true;
  if (array->exports > 0) {
    raise(CLASS_BUFFER_ERROR, "Existing exports of data: object cannot be re-sized");
    return false;
  }
  Storage *storage = storage_of(array);
  if (storage && array->start + length <= storage->capacity && length + array->start >= storage->capacity / 4) {
    if (length > array->length) memset(storage->data + array->start + array->length, 0, length - array->length);
    storage->data[array->start + length] = 0;
    array->length = length;
    return true;
  }
  size_t capacity = length <= array->length ? length : length + (length >> 3) + (length < 9 ? 3 : 6);
  Storage *grown = storage_new(capacity);
  if (!grown) return false;
  cell_lock(array);
  size_t kept = array->length < length ? array->length : length;
  if (storage) memcpy(grown->data, storage->data + array->start, kept);
  gc_store(array, &array->storage, value_from_cell(grown));
  array->start = 0;
  array->length = length;
  cell_unlock(array);
  return true;
}

Value bytearray_new(const void *data, size_t length) {
  ByteArray *array = class_allocate(BUILTIN(BYTEARRAY), 0);
  if (!array) return NULL;
  Value value = value_from_cell(array);
  if (length) {
    if (!bytearray_resize(value, length)) return NULL;
    if (data) memcpy(bytearray_data(value), data, length);
    KEEP(data);
  }
  return value;
}

// ---- Construction ----

static Value bytearray_create(Value class, [[maybe_unused]] Value *arguments, [[maybe_unused]] size_t count,
                              [[maybe_unused]] Value keyword_names) {
  void *cell = class_allocate(value_as_class(class), 0);
  return cell ? value_from_cell(cell) : NULL;
}

// Replaces bytes [start, end) by `count` bytes of `data`, which must not lie in this bytearray.
static bool splice(Value self, size_t start, size_t end, const uint8_t *data, size_t count) {
  ByteArray *array = as_bytearray(self);
  size_t length = array->length, removed = end - start;
  if (count < removed) {
    if (array->exports > 0) return bytearray_resize(self, length - removed + count);
    uint8_t *bytes = bytearray_data(self);
    if (start == 0 && count == 0) { // cutting the front off: just begin later
      cell_lock(array);
      array->start += removed;
      array->length -= removed;
      cell_unlock(array);
      return true;
    }
    memmove(bytes + start + count, bytes + end, length - end);
    if (count) memcpy(bytes + start, data, count);
    return bytearray_resize(self, length - removed + count);
  }
  if (count > removed) {
    if (!bytearray_resize(self, length - removed + count)) return false;
    uint8_t *bytes = bytearray_data(self);
    memmove(bytes + start + count, bytes + end, length - end);
  }
  if (count) memcpy(bytearray_data(self) + start, data, count);
  KEEP(data);
  return true;
}

static Value bytearray_init(Value self, Value source, Value encoding, Value errors) {
  Value bytes = bytes_from_object(source, encoding, errors, "bytearray");
  if (!bytes) return NULL;
  const Bytes *from = value_as_bytes(bytes);
  return splice(self, 0, as_bytearray(self)->length, from->data, from->length) ? VALUE_NONE : NULL;
}

// Other operand of a mutation as stable bytes.
static Value source_bytes(Value source, const char *wrong_type) {
  if (value_has_buffer(source)) {
    ByteView view;
    if (!byte_view_acquire(source, &view)) return NULL;
    Value bytes = bytes_new(view.data, view.length);
    byte_view_release(&view);
    return bytes;
  }
  if (value_is_str(source) || !(value_special(source, SPECIAL_ITER) || value_special(source, SPECIAL_GETITEM)))
    return raise_type_error(wrong_type, source);
  // An iterable of ints.
  Value items = value_to_list(source);
  if (!items) return NULL;
  Bytes *bytes = bytes_allocate(list_count(items));
  for (size_t i = 0; bytes && i < list_count(items); i++) {
    int byte = byte_from_value(list_item(items, i), "byte must be in range(0, 256)");
    if (byte < 0) return NULL;
    bytes->data[i] = (uint8_t)byte;
  }
  return bytes ? value_from_cell(bytes) : NULL;
}

// ---- Items ----

static bool find_index(Value self, Value key, size_t *index) {
  ptrdiff_t at;
  if (!value_as_size(key, &at, CLASS_INDEX_ERROR)) return false;
  size_t length = as_bytearray(self)->length;
  if (at < 0) at += (ptrdiff_t)length;
  if (at < 0 || (size_t)at >= length) {
    raise(CLASS_INDEX_ERROR, "bytearray index out of range");
    return false;
  }
  *index = (size_t)at;
  return true;
}

static Value assign_slice(Value self, Value key, Value source) {
  ptrdiff_t start, stop, step;
  Value bytes = NULL;
  if (source) {
    if (value_is_int(source))
      return raise_type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)");
    bytes = source_bytes(source, "can assign only bytes, buffers, or iterables of ints in range(0, 256)");
    if (!bytes) return NULL;
  }
  ptrdiff_t count = slice_resolve(key, (ptrdiff_t)as_bytearray(self)->length, &start, &stop, &step);
  if (count < 0) return NULL;
  const uint8_t *data = bytes ? value_as_bytes(bytes)->data : NULL;
  size_t length = bytes ? value_as_bytes(bytes)->length : 0;
  if (step == 1) return splice(self, (size_t)start, (size_t)(start + count), data, length) ? VALUE_NONE : NULL;
  if (length > 0) { // assigning nothing deletes
    if (length != (size_t)count)
      return raise_value_error("attempt to assign bytes of size %zu to extended slice of size %zd", length, count);
    uint8_t *to = bytearray_data(self);
    for (ptrdiff_t i = 0; i < count; i++) to[start + i * step] = data[i];
    return VALUE_NONE;
  }
  if (count == 0) return VALUE_NONE;
  if (as_bytearray(self)->exports > 0) return bytearray_resize(self, 0) ? VALUE_NONE : NULL;
  if (step < 0) {
    start += (count - 1) * step;
    step = -step;
  }
  uint8_t *to = bytearray_data(self);
  size_t out = (size_t)start;
  for (size_t at = (size_t)start; at < as_bytearray(self)->length; at++) {
    size_t offset = at - (size_t)start;
    bool removed = offset % (size_t)step == 0 && offset / (size_t)step < (size_t)count;
    if (!removed) to[out++] = to[at];
  }
  return bytearray_resize(self, out) ? VALUE_NONE : NULL;
}

static Value bytearray_set_item(Value self, Value key, Value value) {
  if (VALUE_IS_EXACT(key, SLICE)) return assign_slice(self, key, value);
  if (!value_special(key, SPECIAL_INDEX))
    return raise_type_error("bytearray indices must be integers or slices, not %.200T", key);
  int byte = byte_from_value(value, "byte must be in range(0, 256)");
  size_t index;
  if (byte < 0 || !find_index(self, key, &index)) return NULL;
  bytearray_data(self)[index] = (uint8_t)byte;
  return VALUE_NONE;
}
static Value bytearray_delete_item(Value self, Value key) {
  if (VALUE_IS_EXACT(key, SLICE)) return assign_slice(self, key, NULL);
  if (!value_special(key, SPECIAL_INDEX))
    return raise_type_error("bytearray indices must be integers or slices, not %.200T", key);
  size_t index;
  if (!find_index(self, key, &index)) return NULL;
  return splice(self, index, index + 1, NULL, 0) ? VALUE_NONE : NULL;
}

// ---- Methods ----

static Value bytearray_append(Value self, Value item) {
  int byte = byte_from_value(item, "byte must be in range(0, 256)");
  size_t length = as_bytearray(self)->length;
  if (byte < 0 || !bytearray_resize(self, length + 1)) return NULL;
  bytearray_data(self)[length] = (uint8_t)byte;
  return VALUE_NONE;
}
static Value bytearray_clear(Value self) {
  return bytearray_resize(self, 0) ? VALUE_NONE : NULL;
}
static Value bytearray_copy(Value self) {
  return bytearray_new(bytearray_data(self), as_bytearray(self)->length);
}
static Value extend(Value self, Value source, const char *wrong_type) {
  Value bytes = source_bytes(source, wrong_type);
  if (!bytes) return NULL;
  size_t length = as_bytearray(self)->length;
  return splice(self, length, length, value_as_bytes(bytes)->data, value_as_bytes(bytes)->length) ? self : NULL;
}
static Value bytearray_extend(Value self, Value source) {
  return extend(self, source, "can't extend bytearray with %.100T") ? VALUE_NONE : NULL;
}
static Value bytearray_add_in_place(Value self, Value source) {
  if (!value_has_buffer(source)) return raise_type_error("can't concat %.100T to %.100T", source, self);
  return extend(self, source, "can't concat %.100T");
}
static Value bytearray_multiply_in_place(Value self, Value count) {
  Value product = byte_multiply(self, count);
  if (!product || product == VALUE_NOT_IMPLEMENTED) return product;
  ByteView view = byte_view(product);
  return splice(self, 0, as_bytearray(self)->length, view.data, view.length) ? self : NULL;
}
static Value bytearray_insert(Value self, Value index_value, Value item) {
  ptrdiff_t index;
  if (!value_as_size(index_value, &index, CLASS_OVERFLOW_ERROR)) return NULL;
  int number = byte_from_value(item, "byte must be in range(0, 256)");
  if (number < 0) return NULL;
  ptrdiff_t length = (ptrdiff_t)as_bytearray(self)->length;
  if (index < 0) index = index + length < 0 ? 0 : index + length;
  if (index > length) index = length;
  uint8_t byte = (uint8_t)number;
  return splice(self, (size_t)index, (size_t)index, &byte, 1) ? VALUE_NONE : NULL;
}
static Value bytearray_pop(Value self, Value index_value) {
  size_t length = as_bytearray(self)->length;
  if (length == 0) return raise(CLASS_INDEX_ERROR, "pop from empty bytearray");
  ptrdiff_t index = -1;
  if (index_value && !value_as_size(index_value, &index, CLASS_INDEX_ERROR)) return NULL;
  if (index < 0) index += (ptrdiff_t)length;
  if (index < 0 || (size_t)index >= length) return raise(CLASS_INDEX_ERROR, "pop index out of range");
  uint8_t byte = bytearray_data(self)[index];
  return splice(self, (size_t)index, (size_t)index + 1, NULL, 0) ? value_from_small_int(byte) : NULL;
}
static Value bytearray_remove(Value self, Value item) {
  int byte = byte_from_value(item, "byte must be in range(0, 256)");
  if (byte < 0) return NULL;
  ByteView view = byte_view(self);
  const uint8_t *found = memchr(view.data, byte, view.length);
  if (!found) return raise_value_error("value not found in bytearray");
  size_t at = (size_t)(found - view.data);
  return splice(self, at, at + 1, NULL, 0) ? VALUE_NONE : NULL;
}
static Value bytearray_reverse(Value self) {
  uint8_t *data = bytearray_data(self);
  for (size_t i = 0, j = as_bytearray(self)->length; i + 1 < j; i++) {
    uint8_t byte = data[i];
    data[i] = data[--j];
    data[j] = byte;
  }
  return VALUE_NONE;
}
static Value bytearray_alloc(Value self) {
  Storage *storage = storage_of(as_bytearray(self));
  return int_from_size(storage ? storage->capacity + 1 : 0);
}
static Value bytearray_sizeof(Value self) {
  Storage *storage = storage_of(as_bytearray(self));
  return int_from_size(56 + (storage ? storage->capacity + 1 : 0));
}

static Value bytearray_repr(Value self) {
  ByteView view = byte_view(self);
  Value text = bytes_repr_text(view.data, view.length);
  return text ? str_format_c("%T(%U)", self, text) : NULL;
}
static Value bytearray_str(Value self) {
  if (runtime.bytes_warning && !warn(CLASS_BYTES_WARNING, 1, "str() on a bytearray instance")) return NULL;
  return bytearray_repr(self);
}
static Value reduce(Value self, bool binary) {
  ByteView view = byte_view(self);
  Value state = value_call_method_0(self, "__getstate__");
  if (!state) return NULL;
  Value class = value_from_cell(value_class(self));
  if (binary) return tuple_of(3, class, tuple_of(1, bytes_new(view.data, view.length)), state);
  Value text = str_from_latin1(view.data, view.length);
  return text ? tuple_of(3, class, tuple_of(2, text, str_from_c("latin-1")), state) : NULL;
}
static Value bytearray_reduce(Value self) {
  return reduce(self, false);
}
static Value bytearray_reduce_ex(Value self, Value protocol) {
  int number = 0;
  if (protocol && !value_as_int(protocol, &number)) return NULL;
  return reduce(self, number >= 3);
}

#define BYTEARRAY_COMPARISON(name, NAME_)                                                                              \
  static Value bytearray_##name(Value self, Value other) {                                                             \
    return byte_compare(self, other, COMPARE_##NAME_);                                                                 \
  }
BYTEARRAY_COMPARISON(less, LESS)
BYTEARRAY_COMPARISON(less_equal, LESS_EQUAL)
BYTEARRAY_COMPARISON(equal, EQUAL)
BYTEARRAY_COMPARISON(not_equal, NOT_EQUAL)
BYTEARRAY_COMPARISON(greater, GREATER)
BYTEARRAY_COMPARISON(greater_equal, GREATER_EQUAL)

// ---- Iterator ----

typedef struct ByteArrayIterator {
  Cell head;
  Value array; // zero once exhausted
  // ---- end of values
  size_t index;
} ByteArrayIterator;
static const CellType iterator_cell_type = {.name = "bytearray_iterator", CELL_VALUES(ByteArrayIterator, array, array)};

static Value bytearray_iterate(Value self) {
  ByteArrayIterator *iterator = class_allocate(BUILTIN(BYTEARRAY_ITERATOR), 0);
  if (!iterator) return NULL;
  gc_init(iterator, &iterator->array, self);
  return value_from_cell(iterator);
}
static ByteArrayIterator *as_iterator(Value value) {
  return (ByteArrayIterator *)value_cell(value);
}
static Value iterator_iterate(Value self) {
  return self;
}
static Value iterator_advance(Value self) {
  ByteArrayIterator *iterator = as_iterator(self);
  Value array = gc_load(&iterator->array);
  if (!array) return VALUE_STOP;
  size_t index = __atomic_fetch_add(&iterator->index, 1, __ATOMIC_RELAXED);
  if (index < as_bytearray(array)->length) return value_from_small_int(bytearray_data(array)[index]);
  gc_store(iterator, &iterator->array, NULL);
  return VALUE_STOP;
}
static Value iterator_hint(Value self) {
  ByteArrayIterator *iterator = as_iterator(self);
  if (!iterator->array) return value_from_small_int(0);
  size_t length = as_bytearray(iterator->array)->length;
  return int_from_size(iterator->index < length ? length - iterator->index : 0);
}
static Value iterator_reduce(Value self) {
  ByteArrayIterator *iterator = as_iterator(self);
  Value iter = dict_get_c(runtime.builtins, "iter");
  if (!iterator->array) return tuple_of(2, iter, tuple_of(1, tuple_empty));
  return tuple_of(3, iter, tuple_of(1, iterator->array), int_from_size(iterator->index));
}
static Value iterator_setstate(Value self, Value state) {
  ptrdiff_t index;
  if (!value_as_size(state, &index, CLASS_OVERFLOW_ERROR)) return NULL;
  ByteArrayIterator *iterator = as_iterator(self);
  if (iterator->array) iterator->index = index < 0 ? 0 : (size_t)index;
  return VALUE_NONE;
}
static const NativeMethod iterator_methods[] = {
    NATIVE("__iter__", iterator_iterate, "($self, /)", "Return self."),
    NATIVE("__next__", iterator_advance, "($self, /)", "The next byte."),
    NATIVE("__length_hint__", iterator_hint, "($self, /)", "How many bytes are left."),
    NATIVE("__reduce__", iterator_reduce, "($self, /)", "Help pickle.", NATIVE_METHOD),
    NATIVE("__setstate__", iterator_setstate, "($self, state, /)", "Set the position."),
    {}};
const ClassDef bytearray_iterator_class = {.name = "bytearray_iterator",
                                           .cell_type = &iterator_cell_type,
                                           .instance_size = sizeof(ByteArrayIterator),
                                           .flags = CLASS_IMMUTABLE | CLASS_NO_NEW,
                                           .methods = iterator_methods};

// ---- The class ----

static bool bytearray_lend(Value object, Buffer *buffer, [[maybe_unused]] int flags) {
  ByteArray *array = as_bytearray(object);
  __atomic_fetch_add(&array->exports, 1, __ATOMIC_ACQ_REL);
  buffer->owner = object;
  buffer->data = bytearray_data(object);
  buffer->length = array->length;
  return true;
}
static void bytearray_take_back(Value object, [[maybe_unused]] Buffer *buffer) {
  __atomic_fetch_sub(&as_bytearray(object)->exports, 1, __ATOMIC_ACQ_REL);
}
static const BufferProtocol bytearray_protocol = {.acquire = bytearray_lend, .release = bytearray_take_back};
void bytearray_prepare(void) {
  buffer_register(BUILTIN(BYTEARRAY), &bytearray_protocol);
}

static const NativeMethod bytearray_methods[] = {
    NATIVE("__new__", bytearray_create, NULL, "Create an empty bytearray.", NATIVE_STATIC),
    NATIVE("__init__", bytearray_init, "($self, /, source=b'', encoding='utf-8', errors='strict')",
           "Fill the bytearray."),
    NATIVE("__repr__", bytearray_repr, "($self, /)", "The constructing form."),
    NATIVE("__str__", bytearray_str, "($self, /)", "The constructing form."),
    NATIVE("__lt__", bytearray_less, "($self, value, /)", "Return self<value."),
    NATIVE("__le__", bytearray_less_equal, "($self, value, /)", "Return self<=value."),
    NATIVE("__eq__", bytearray_equal, "($self, value, /)", "Return self==value."),
    NATIVE("__ne__", bytearray_not_equal, "($self, value, /)", "Return self!=value."),
    NATIVE("__gt__", bytearray_greater, "($self, value, /)", "Return self>value."),
    NATIVE("__ge__", bytearray_greater_equal, "($self, value, /)", "Return self>=value."),
    NATIVE("__iter__", bytearray_iterate, "($self, /)", "Iterate over the bytes."),
    NATIVE("__setitem__", bytearray_set_item, "($self, key, value, /)", "Set self[key] to value."),
    NATIVE("__delitem__", bytearray_delete_item, "($self, key, /)", "Delete self[key]."),
    NATIVE("__iadd__", bytearray_add_in_place, "($self, value, /)", "Implement self+=value."),
    NATIVE("__imul__", bytearray_multiply_in_place, "($self, value, /)", "Implement self*=value."),
    NATIVE("__alloc__", bytearray_alloc, "($self, /)", "Bytes allocated."),
    NATIVE("__sizeof__", bytearray_sizeof, "($self, /)", "Size in memory, in bytes."),
    NATIVE("__reduce__", bytearray_reduce, "($self, /)", "Help pickle.", NATIVE_METHOD),
    NATIVE("__reduce_ex__", bytearray_reduce_ex, "($self, proto=0, /)", "Help pickle.", NATIVE_METHOD),
    NATIVE("append", bytearray_append, "($self, item, /)", "Append a byte."),
    NATIVE("clear", bytearray_clear, "($self, /)", "Remove all bytes."),
    NATIVE("copy", bytearray_copy, "($self, /)", "A copy."),
    NATIVE("extend", bytearray_extend, "($self, iterable_of_ints, /)", "Append all bytes of an iterable."),
    NATIVE("insert", bytearray_insert, "($self, index, item, /)", "Insert a byte before an index."),
    NATIVE("pop", bytearray_pop, "($self, index=-1, /)", "Remove and return a byte."),
    NATIVE("remove", bytearray_remove, "($self, value, /)", "Remove the first byte of a value."),
    NATIVE("reverse", bytearray_reverse, "($self, /)", "Reverse in place."),
#include "runtime/object/bytes_shared.def"
    {}};
const ClassDef bytearray_class = {
    .name = "bytearray",
    .doc = "bytearray(source=b'', encoding='utf-8', errors='strict')\n--\n\nA mutable sequence of bytes.",
    .cell_type = &bytearray_cell_type,
    .instance_size = sizeof(ByteArray),
    .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE | CLASS_IS_BYTEARRAY | CLASS_MATCH_SELF | CLASS_UNHASHABLE,
    .methods = bytearray_methods};
