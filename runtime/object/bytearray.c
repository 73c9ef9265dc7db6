// bytearray: mutable bytes in a byte store, which says what is atomic and how (byte_store.h).
//
//   operation                                   how it is atomic
//   item, append, insert, pop, del, clear       one operation of the store
//   slice assignment, extend, +=, *=            the other operand is made into bytes first, then one operation
//   remove, reverse, copy, slice, bytes()       under the lock
//   search, split, compare, repr and the rest   read a copy of one moment once there are several threads
//   iterator                                    a position that goes on by one atomic addition
#include "runtime/heap/heap.h"
#include "runtime/object/byte_store.h"
#include "runtime/object/bytes_internal.h"
#include "runtime/object/container.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/step.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include "runtime/thread/lock.h"

#include <string.h>

static const CellType bytearray_cell_type = {.name = "bytearray", CELL_VALUES(ByteArray, storage, storage)};

static ByteArray *as_bytearray(Value value) {
  return (ByteArray *)value_cell(value);
}

bool bytearray_resize(Value value, size_t length) {
  ByteArray *array = as_bytearray(value);
  size_t before = byte_store_length(array);
  return length > before ? byte_store_splice(array, before, before, NULL, length - before)
                         : byte_store_splice(array, length, before, NULL, 0);
}

Value bytearray_copy_bytes(Value value) {
  return byte_store_copy(as_bytearray(value));
}

Value byte_stable_slow(Value value) {
  Value bytes = bytearray_copy_bytes(value);
  return bytes ? bytearray_new(value_as_bytes(bytes)->data, value_as_bytes(bytes)->length) : NULL;
}

Value bytearray_new(const void *data, size_t length) {
  ByteArray *array = class_allocate(BUILTIN(BYTEARRAY), 0);
  if (!array) return NULL;
  Value value = value_from_cell(array);
  if (length) {
    if (!byte_store_splice(array, 0, 0, data, length)) return NULL;
  }
  return value;
}

// ---- Construction ----

static Value bytearray_create(Value class, [[maybe_unused]] Value *arguments, [[maybe_unused]] size_t count,
                              [[maybe_unused]] Value keyword_names) {
  void *cell = class_allocate(value_as_class(class), 0);
  return cell ? value_from_cell(cell) : NULL;
}

// Is it neither text, a number nor a buffer, but somebody's code that gives one item after another?
static bool is_lazy(Value source) {
  return !value_is_str(source) && !VALUE_IS_EXACT(source, LIST) && !VALUE_IS_EXACT(source, TUPLE) &&
         !value_special(source, SPECIAL_INDEX) && !value_has_buffer(source) && value_special(source, SPECIAL_ITER);
}
static Value fill_from_iterable(Value self, Value source) {
  if (!byte_store_splice(as_bytearray(self), 0, SIZE_MAX, NULL, 0)) return NULL;
  Value item;
  Iteration iteration = iteration_start(source);
  while (iteration_next(&iteration, &item)) {
    int number = byte_from_value(item, "byte must be in range(0, 256)");
    if (number < 0) return NULL;
    uint8_t byte = (uint8_t)number;
    if (!byte_store_splice(as_bytearray(self), SIZE_MAX, SIZE_MAX, &byte, 1)) return NULL;
  }
  return iteration_failed(&iteration) ? NULL : VALUE_NONE;
}

static Value bytearray_init(Value self, Value source, Value encoding, Value errors) {
  if (source && !encoding && !errors && is_lazy(source)) return fill_from_iterable(self, source);
  Value bytes = bytes_from_object(source, encoding, errors, "bytearray");
  if (!bytes) return NULL;
  const Bytes *from = value_as_bytes(bytes);
  return byte_store_splice(as_bytearray(self), 0, SIZE_MAX, from->data, from->length) ? VALUE_NONE : NULL;
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

static Value raise_out_of_range(void) {
  return raise(CLASS_INDEX_ERROR, "bytearray index out of range");
}

// 1; 0: the length is no longer the one that the slice was resolved for; -1: exception.
static int assign_resolved(ByteArray *array, size_t length, ptrdiff_t start, ptrdiff_t step, ptrdiff_t count,
                           const Bytes *bytes) {
  size_t given = bytes ? bytes->length : 0;
  if (step == 1)
    return byte_store_splice_if(array, length, (size_t)start, (size_t)(start + count), bytes ? bytes->data : NULL,
                                given);
  if (given == 0) { // assigning nothing deletes
    if (step < 0) {
      start += (count - 1) * step;
      step = -step;
    }
    return byte_store_remove_groups(array, length, (size_t)start, (size_t)step, (size_t)count, 1);
  }
  if (given != (size_t)count) {
    raise_value_error("attempt to assign bytes of size %zu to extended slice of size %zd", given, count);
    return -1;
  }
  ByteSpan to = byte_store_open(array);
  for (ptrdiff_t i = 0; to.length == length && i < count; i++) to.data[start + i * step] = bytes->data[i];
  byte_store_close(array);
  return to.length == length;
}

static Value assign_slice(Value self, Value key, Value source) {
  Value bytes = NULL;
  if (source) {
    if (value_is_int(source))
      return raise_type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)");
    bytes = source_bytes(source, "can assign only bytes, buffers, or iterables of ints in range(0, 256)");
    if (!bytes) return NULL;
  }
  for (;;) {
    size_t length = bytearray_length(self);
    ptrdiff_t start, stop, step, count = slice_resolve(key, (ptrdiff_t)length, &start, &stop, &step);
    if (count < 0) return NULL;
    int done = assign_resolved(as_bytearray(self), length, start, step, count, bytes ? value_as_bytes(bytes) : NULL);
    if (done) return done > 0 ? VALUE_NONE : NULL;
  }
}

static Value bytearray_set_item(Value self, Value key, Value value) {
  if (VALUE_IS_EXACT(key, SLICE)) return assign_slice(self, key, value);
  if (!value_special(key, SPECIAL_INDEX))
    return raise_type_error("bytearray indices must be integers or slices, not %.200T", key);
  int byte = byte_from_value(value, "byte must be in range(0, 256)");
  ptrdiff_t index;
  if (byte < 0 || !value_as_size(key, &index, CLASS_INDEX_ERROR)) return NULL;
  return byte_store_set(as_bytearray(self), index, 1, &(uint8_t){(uint8_t)byte}) ? VALUE_NONE : raise_out_of_range();
}
static Value bytearray_delete_item(Value self, Value key) {
  if (VALUE_IS_EXACT(key, SLICE)) return assign_slice(self, key, NULL);
  if (!value_special(key, SPECIAL_INDEX))
    return raise_type_error("bytearray indices must be integers or slices, not %.200T", key);
  ptrdiff_t index;
  uint8_t byte;
  if (!value_as_size(key, &index, CLASS_INDEX_ERROR)) return NULL;
  int taken = byte_store_take(as_bytearray(self), index, 1, &byte);
  return taken > 0 ? VALUE_NONE : taken < 0 ? NULL : raise_out_of_range();
}

// ---- Methods ----

static bool append(Value self, const void *data, size_t length) {
  return byte_store_splice(as_bytearray(self), SIZE_MAX, SIZE_MAX, data, length);
}
static Value bytearray_append(Value self, Value item) {
  int byte = byte_from_value(item, "byte must be in range(0, 256)");
  return byte >= 0 && append(self, &(uint8_t){(uint8_t)byte}, 1) ? VALUE_NONE : NULL;
}
static Value bytearray_clear(Value self) {
  return byte_store_splice(as_bytearray(self), 0, SIZE_MAX, NULL, 0) ? VALUE_NONE : NULL;
}
static Value bytearray_copy(Value self) {
  return byte_stable_slow(self);
}
static Value extend(Value self, Value source, const char *wrong_type) {
  Value bytes = source_bytes(source, wrong_type);
  return bytes && append(self, value_as_bytes(bytes)->data, value_as_bytes(bytes)->length) ? self : NULL;
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
  return byte_store_splice(as_bytearray(self), 0, SIZE_MAX, view.data, view.length) ? self : NULL;
}
static Value bytearray_insert(Value self, Value index_value, Value item) {
  ptrdiff_t index;
  if (!value_as_size(index_value, &index, CLASS_OVERFLOW_ERROR)) return NULL;
  int byte = byte_from_value(item, "byte must be in range(0, 256)");
  if (byte < 0) return NULL;
  return byte_store_insert(as_bytearray(self), index, 1, &(uint8_t){(uint8_t)byte}) ? VALUE_NONE : NULL;
}
static Value bytearray_pop(Value self, Value index_value) {
  ptrdiff_t index = -1;
  uint8_t byte;
  if (index_value && !value_as_size(index_value, &index, CLASS_INDEX_ERROR)) return NULL;
  int taken = byte_store_take(as_bytearray(self), index, 1, &byte);
  if (taken) return taken > 0 ? value_from_small_int(byte) : NULL;
  bool is_empty = byte_store_length(as_bytearray(self)) == 0;
  return raise(CLASS_INDEX_ERROR, is_empty ? "pop from empty bytearray" : "pop index out of range");
}
static Value bytearray_remove(Value self, Value item) {
  int byte = byte_from_value(item, "byte must be in range(0, 256)");
  if (byte < 0) return NULL;
  ByteArray *array = as_bytearray(self);
  for (;;) {
    ByteSpan bytes = byte_store_open(array);
    const uint8_t *found = memchr(bytes.data, byte, bytes.length);
    size_t at = found ? (size_t)(found - bytes.data) : 0;
    byte_store_close(array);
    if (!found) return raise_value_error("value not found in bytearray");
    // Removed only if it is still the same: another thread may have been faster.
    int removed = byte_store_take_if(array, (ptrdiff_t)at, 1, &(uint8_t){(uint8_t)byte});
    if (removed) return removed > 0 ? VALUE_NONE : NULL;
  }
}
static Value bytearray_reverse(Value self) {
  ByteSpan bytes = byte_store_open(as_bytearray(self));
  for (size_t i = 0, j = bytes.length; i + 1 < j; i++) {
    uint8_t byte = bytes.data[i];
    bytes.data[i] = bytes.data[--j];
    bytes.data[j] = byte;
  }
  byte_store_close(as_bytearray(self));
  return VALUE_NONE;
}
static size_t allocated(Value self) {
  const ByteArray *array = as_bytearray(self);
  return array->storage ? byte_store_capacity(array) + 1 : 0;
}
static Value bytearray_alloc(Value self) {
  return int_from_size(allocated(self));
}
static Value bytearray_sizeof(Value self) {
  return int_from_size(56 + allocated(self));
}

static Value bytearray_repr(Value self) {
  Value stable = byte_stable(self);
  if (!stable) return NULL;
  ByteView view = byte_view(stable);
  Value text = bytes_repr_text(view.data, view.length);
  return text ? str_format_c("%T(%U)", self, text) : NULL;
}
static Value bytearray_str(Value self) {
  if (runtime.bytes_warning && !warn(CLASS_BYTES_WARNING, 1, "str() on a bytearray instance")) return NULL;
  return bytearray_repr(self);
}
static Value reduce(Value self, bool binary) {
  Value state = value_call_method_0(self, "__getstate__");
  Value bytes = state ? bytearray_copy_bytes(self) : NULL;
  if (!bytes) return NULL;
  Value class = value_from_cell(value_class(self));
  if (binary) return tuple_of(3, class, tuple_of(1, bytes), state);
  Value text = str_from_latin1(value_as_bytes(bytes)->data, value_as_bytes(bytes)->length);
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
  uint8_t byte;
  if (byte_store_load(as_bytearray(array), (ptrdiff_t)index, 1, &byte)) return value_from_small_int(byte);
  gc_store(iterator, &iterator->array, NULL);
  return VALUE_STOP;
}
static Value iterator_hint(Value self) {
  ByteArrayIterator *iterator = as_iterator(self);
  Value array = gc_load(&iterator->array);
  if (!array) return value_from_small_int(0);
  size_t length = byte_store_length(as_bytearray(array)), index = position_load(&iterator->index);
  return int_from_size(index < length ? length - index : 0);
}
static Value iterator_reduce(Value self) {
  ByteArrayIterator *iterator = as_iterator(self);
  Value iter = dict_get_c(runtime.builtins, "iter");
  Value array = gc_load(&iterator->array);
  if (!array) return tuple_of(2, iter, tuple_of(1, tuple_empty));
  return tuple_of(3, iter, tuple_of(1, array), int_from_size(position_load(&iterator->index)));
}
static Value iterator_setstate(Value self, Value state) {
  ptrdiff_t index;
  if (!value_as_size(state, &index, CLASS_OVERFLOW_ERROR)) return NULL;
  ByteArrayIterator *iterator = as_iterator(self);
  if (gc_load(&iterator->array)) __atomic_store_n(&iterator->index, index < 0 ? 0 : (size_t)index, __ATOMIC_RELAXED);
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
                                           .flags = CLASS_IMMUTABLE | CLASS_NO_NEW | CLASS_PLAIN_ITERATOR,
                                           .methods = iterator_methods};

// ---- The class ----

static bool bytearray_lend(Value object, Buffer *buffer, [[maybe_unused]] int flags) {
  byte_store_lend(as_bytearray(object), buffer);
  return true;
}
static void bytearray_take_back(Value object, [[maybe_unused]] Buffer *buffer) {
  byte_store_take_back(as_bytearray(object));
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
