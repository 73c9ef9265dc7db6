// bytes: immutable bytes, inline behind the header, ended by a NUL.
//
// Threads: immutable. The hash is written by whoever needs it first; all writers write the same.
#include "runtime/object/bytes.h"
#include "runtime/heap/heap.h"
#include "runtime/object/bytes_internal.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/step.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include "runtime/support/hash.h"

#include <string.h>

static const CellType bytes_cell_type = {.name = "bytes", .has_tail = true};
static Value empty_bytes, single_bytes[256];

static Bytes *allocate_in(Class *class, size_t length) {
  if (length > (size_t)PTRDIFF_MAX - 64) {
    raise_memory_error();
    return NULL;
  }
  Bytes *bytes = class_allocate(class, length + 1);
  if (!bytes) return NULL;
  bytes->hash = -1;
  bytes->length = length;
  return bytes;
}

Bytes *bytes_allocate(size_t length) {
  return allocate_in(BUILTIN(BYTES), length);
}

Value bytes_new(const void *data, size_t length) {
  uint8_t first = length ? *(const uint8_t *)data : 0;
  if (length <= 1) {
    Value known = gc_load(length ? &single_bytes[first] : &empty_bytes);
    if (known) return known;
  }
  Bytes *bytes = bytes_allocate(length);
  if (!bytes) return NULL;
  if (length) memcpy(bytes->data, data, length);
  KEEP(data);
  Value value = value_from_cell(bytes);
  if (length <= 1) __atomic_store_n(length ? &single_bytes[first] : &empty_bytes, value, __ATOMIC_RELEASE);
  return value;
}

Value bytes_concatenate(Value a, Value b) {
  const Bytes *left = value_as_bytes(a), *right = value_as_bytes(b);
  if (left->length == 0 && VALUE_IS_EXACT(b, BYTES)) return b;
  if (right->length == 0 && VALUE_IS_EXACT(a, BYTES)) return a;
  Bytes *result = bytes_allocate(left->length + right->length);
  if (!result) return NULL;
  memcpy(result->data, left->data, left->length);
  memcpy(result->data + left->length, right->data, right->length);
  return value_from_cell(result);
}

// ---- Construction ----

int byte_from_value(Value value, const char *message) {
  ptrdiff_t number;
  if (!value_as_size(value, &number, CLASS_COUNT)) return -1;
  if (number >= 0 && number <= 255) return (int)number;
  raise_value_error("%s", message);
  return -1;
}

static Value from_iterable(Value source) {
  uint8_t local[256], *data = local;
  size_t length = 0, capacity = sizeof local;
  Bytes *storage = NULL;
  Value item;
  Iteration iteration = iteration_start(source);
  while (iteration_next(&iteration, &item)) {
    int byte = byte_from_value(item, "bytes must be in range(0, 256)");
    if (byte < 0) return NULL;
    if (length == capacity) {
      Bytes *grown = bytes_allocate(capacity * 2);
      if (!grown) return NULL;
      memcpy(grown->data, data, length);
      storage = grown;
      data = grown->data;
      capacity *= 2;
    }
    data[length++] = (uint8_t)byte;
  }
  if (iteration_failed(&iteration)) return NULL;
  Value result = bytes_new(data, length);
  KEEP(storage);
  return result;
}

Value bytes_from_object(Value source, Value encoding, Value errors, const char *function) {
  if (!source) {
    if (encoding || errors)
      return raise_type_error(encoding ? "encoding without a string argument" : "errors without a string argument");
    return bytes_new(NULL, 0);
  }
  bool as_bytes = strcmp(function, "bytes") == 0 && !encoding && !errors;
  Value method = as_bytes ? value_special(source, SPECIAL_BYTES) : NULL; // a str may have one too
  if (value_is_str(source) && !method) {
    if (!encoding) return raise_type_error("string argument without an encoding");
    Value operands[2] = {encoding, errors};
    Value result = value_call_method(source, "encode", operands, errors ? 2 : 1);
    if (result && !value_is_bytes(result))
      return raise_type_error("'%U' encoder returned '%.400T' instead of 'bytes'", encoding, result);
    return result;
  }
  if (encoding || errors)
    return raise_type_error(encoding ? "encoding without a string argument" : "errors without a string argument");
  if (method) {
    Value result = special_call_1(method, source);
    if (result && !value_is_bytes(result))
      return raise_type_error("__bytes__ returned non-bytes (type %.200T)", result);
    return result;
  }
  if (value_special(source, SPECIAL_INDEX)) {
    ptrdiff_t length;
    if (!value_as_size(source, &length, CLASS_OVERFLOW_ERROR)) {
      // A float-like object may still be iterable.
      if (!exception_clear_if(CLASS_TYPE_ERROR)) return NULL;
    } else {
      if (length < 0) return raise_value_error("negative count");
      Bytes *bytes = bytes_allocate((size_t)length);
      return bytes ? value_from_cell(bytes) : NULL;
    }
  }
  if (value_has_buffer(source)) {
    if (!(source = byte_stable(source))) return NULL;
    Buffer buffer;
    if (!buffer_acquire(source, &buffer, BUFFER_SIMPLE)) return NULL;
    Value result = bytes_new(buffer.data, buffer.length);
    buffer_release(&buffer);
    return result;
  }
  if (!value_special(source, SPECIAL_ITER) && !value_special(source, SPECIAL_GETITEM))
    return raise_type_error("cannot convert '%.200T' object to %s", source, function);
  return from_iterable(source);
}

static Value bytes_create(Value class, Value source, Value encoding, Value errors) {
  Value bytes = bytes_from_object(source, encoding, errors, "bytes");
  if (!bytes || value_as_class(class) == BUILTIN(BYTES)) return bytes;
  const Bytes *from = value_as_bytes(bytes);
  Bytes *copy = allocate_in(value_as_class(class), from->length);
  if (!copy) return NULL;
  memcpy(copy->data, from->data, from->length);
  return value_from_cell(copy);
}

// ---- Text ----

Value bytes_repr_text(const uint8_t *data, size_t length) {
  bool has_single = memchr(data, '\'', length), has_double = memchr(data, '"', length);
  uint8_t quote = has_single && !has_double ? '"' : '\'';
  StrBuilder builder;
  str_builder_start(&builder);
  char opening[2] = {'b', (char)quote};
  str_builder_add_ascii(&builder, opening, 2);
  for (size_t i = 0; i < length; i++) {
    uint8_t byte = data[i];
    static const char hex[] = "0123456789abcdef";
    if (byte == quote || byte == '\\') {
      char escape[2] = {'\\', (char)byte};
      str_builder_add_ascii(&builder, escape, 2);
    } else if (byte == '\t' || byte == '\n' || byte == '\r') {
      str_builder_add_ascii(&builder, byte == '\t' ? "\\t" : byte == '\n' ? "\\n" : "\\r", 2);
    } else if (byte < ' ' || byte >= 0x7f) {
      char escape[4] = {'\\', 'x', hex[byte >> 4], hex[byte & 15]};
      str_builder_add_ascii(&builder, escape, 4);
    } else {
      str_builder_add_character(&builder, byte);
    }
  }
  str_builder_add_character(&builder, quote);
  KEEP(data);
  return str_builder_finish(&builder);
}

static Value bytes_repr(Value self) {
  return bytes_repr_text(value_as_bytes(self)->data, value_as_bytes(self)->length);
}
static Value bytes_str(Value self) {
  if (runtime.bytes_warning && !warn(CLASS_BYTES_WARNING, 1, "str() on a bytes instance")) return NULL;
  return bytes_repr(self);
}

static Value bytes_hash(Value self) {
  Bytes *bytes = value_as_bytes(self);
  int64_t hash = __atomic_load_n(&bytes->hash, __ATOMIC_RELAXED);
  if (hash == -1) {
    hash = hash_bytes(&runtime.hash_key, bytes->data, bytes->length);
    __atomic_store_n(&bytes->hash, hash, __ATOMIC_RELAXED);
  }
  return int_from_int64(hash);
}

// Other buffers compare by their own methods: a memoryview has no order.
static Value compare_bytes(Value self, Value other, int comparison) {
  bool comparable = value_is_bytes(other) || !value_has_buffer(other);
  return comparable ? byte_compare(self, other, comparison) : VALUE_NOT_IMPLEMENTED;
}
#define BYTES_COMPARISON(name, NAME_)                                                                                  \
  static Value bytes_##name(Value self, Value other) {                                                                 \
    return compare_bytes(self, other, COMPARE_##NAME_);                                                                \
  }
BYTES_COMPARISON(less, LESS)
BYTES_COMPARISON(less_equal, LESS_EQUAL)
BYTES_COMPARISON(equal, EQUAL)
BYTES_COMPARISON(not_equal, NOT_EQUAL)
BYTES_COMPARISON(greater, GREATER)
BYTES_COMPARISON(greater_equal, GREATER_EQUAL)

static Value bytes_to_bytes(Value self) {
  return VALUE_IS_EXACT(self, BYTES) ? self : bytes_new(value_as_bytes(self)->data, value_as_bytes(self)->length);
}
static Value bytes_getnewargs(Value self) {
  return tuple_of(1, bytes_new(value_as_bytes(self)->data, value_as_bytes(self)->length));
}
static Value bytes_sizeof(Value self) {
  return int_from_size(33 + value_as_bytes(self)->length);
}

// ---- Iterator ----

typedef struct BytesIterator {
  Cell head;
  Value bytes; // zero once exhausted
  // ---- end of values
  size_t index;
} BytesIterator;
static const CellType bytes_iterator_cell_type = {.name = "bytes_iterator", CELL_VALUES(BytesIterator, bytes, bytes)};

static Value bytes_iterate(Value self) {
  BytesIterator *iterator = class_allocate(BUILTIN(BYTES_ITERATOR), 0);
  if (!iterator) return NULL;
  gc_init(iterator, &iterator->bytes, self);
  return value_from_cell(iterator);
}
static BytesIterator *as_iterator(Value value) {
  return (BytesIterator *)value_cell(value);
}
static Value bytes_iterator_iterate(Value self) {
  return self;
}
static Value bytes_iterator_next(Value self) {
  BytesIterator *iterator = as_iterator(self);
  Value bytes = gc_load(&iterator->bytes);
  if (!bytes) return VALUE_STOP;
  size_t index = __atomic_fetch_add(&iterator->index, 1, __ATOMIC_RELAXED);
  if (index < value_as_bytes(bytes)->length) return value_from_small_int(value_as_bytes(bytes)->data[index]);
  gc_store(iterator, &iterator->bytes, NULL);
  return VALUE_STOP;
}
static Value bytes_iterator_hint(Value self) {
  BytesIterator *iterator = as_iterator(self);
  if (!iterator->bytes) return value_from_small_int(0);
  size_t length = value_as_bytes(iterator->bytes)->length;
  return int_from_size(iterator->index < length ? length - iterator->index : 0);
}
static Value bytes_iterator_reduce(Value self) {
  Value iter = dict_get_c(runtime.builtins, "iter");
  BytesIterator *iterator = as_iterator(self);
  if (!iterator->bytes) return tuple_of(2, iter, tuple_of(1, tuple_empty));
  return tuple_of(3, iter, tuple_of(1, iterator->bytes), int_from_size(iterator->index));
}
static Value bytes_iterator_setstate(Value self, Value state) {
  ptrdiff_t index;
  if (!value_as_size(state, &index, CLASS_OVERFLOW_ERROR)) return NULL;
  BytesIterator *iterator = as_iterator(self);
  if (iterator->bytes) {
    size_t length = value_as_bytes(iterator->bytes)->length;
    iterator->index = index < 0 ? 0 : (size_t)index > length ? length : (size_t)index;
  }
  return VALUE_NONE;
}

static const NativeMethod bytes_iterator_methods[] = {
    NATIVE("__iter__", bytes_iterator_iterate, "($self, /)", "Return self."),
    NATIVE("__next__", bytes_iterator_next, "($self, /)", "The next byte."),
    NATIVE("__length_hint__", bytes_iterator_hint, "($self, /)", "How many bytes are left."),
    NATIVE("__reduce__", bytes_iterator_reduce, "($self, /)", "Help pickle.", NATIVE_METHOD),
    NATIVE("__setstate__", bytes_iterator_setstate, "($self, state, /)", "Set the position."),
    {}};
const ClassDef bytes_iterator_class = {.name = "bytes_iterator",
                                       .cell_type = &bytes_iterator_cell_type,
                                       .instance_size = sizeof(BytesIterator),
                                       .flags = CLASS_IMMUTABLE | CLASS_NO_NEW | CLASS_PLAIN_ITERATOR,
                                       .methods = bytes_iterator_methods};

// ---- The class ----

static bool bytes_lend(Value object, Buffer *buffer, [[maybe_unused]] int flags) {
  buffer->owner = object;
  buffer->data = value_as_bytes(object)->data;
  buffer->length = value_as_bytes(object)->length;
  buffer->read_only = true;
  return true;
}
static const BufferProtocol bytes_protocol = {.acquire = bytes_lend};

void bytes_prepare(void) {
  heap_add_root_range(&empty_bytes, 1);
  heap_add_root_range(single_bytes, 256);
  buffer_register(BUILTIN(BYTES), &bytes_protocol);
}

static const NativeMethod bytes_methods[] = {
    NATIVE("__new__", bytes_create, "($type, source=b'', encoding='utf-8', errors='strict')", "Create bytes.",
           NATIVE_STATIC),
    NATIVE("__repr__", bytes_repr, "($self, /)", "The literal form."),
    NATIVE("__str__", bytes_str, "($self, /)", "The literal form."),
    NATIVE("__hash__", bytes_hash, "($self, /)", "Hash value.", NATIVE_NO_PYTHON),
    NATIVE("__lt__", bytes_less, "($self, value, /)", "Return self<value."),
    NATIVE("__le__", bytes_less_equal, "($self, value, /)", "Return self<=value."),
    NATIVE("__eq__", bytes_equal, "($self, value, /)", "Return self==value."),
    NATIVE("__ne__", bytes_not_equal, "($self, value, /)", "Return self!=value."),
    NATIVE("__gt__", bytes_greater, "($self, value, /)", "Return self>value."),
    NATIVE("__ge__", bytes_greater_equal, "($self, value, /)", "Return self>=value."),
    NATIVE("__iter__", bytes_iterate, "($self, /)", "Iterate over the bytes."),
    NATIVE("__bytes__", bytes_to_bytes, "($self, /)", "Return exact bytes."),
    NATIVE("__getnewargs__", bytes_getnewargs, "($self, /)", "Arguments for copying."),
    NATIVE("__sizeof__", bytes_sizeof, "($self, /)", "Size in memory, in bytes."),
#include "runtime/object/bytes_shared.def"
    {}};
const ClassDef bytes_class = {
    .name = "bytes",
    .doc = "bytes(source=b'', encoding='utf-8', errors='strict')\n--\n\nAn immutable sequence of bytes.",
    .cell_type = &bytes_cell_type,
    .instance_size = offsetof(Bytes, data),
    .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE | CLASS_VARIABLE_SIZE | CLASS_IS_BYTES | CLASS_MATCH_SELF,
    .methods = bytes_methods};
