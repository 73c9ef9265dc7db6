// bytes, bytearray and the buffer protocol that connects everything that holds raw memory.
#pragma once

#include "runtime/object/class.h"

typedef struct Bytes {
  Cell head;
  int64_t hash; // -1: not yet computed
  size_t length;
  uint8_t data[]; // ends with a NUL
} Bytes;
typedef struct ByteArray {
  Cell head;
  Value storage; // cell with the bytes, or zero while empty
  size_t length;
  size_t start;     // offset of the first byte in the storage (cheap deletion at the front)
  int64_t exports;  // live buffers: resizing is refused
  uint64_t version; // odd while bytes move
} ByteArray;        // changed and read by others through byte_store.h

static inline bool value_is_bytes(Value value) {
  return value_has_class_flag(value, CLASS_IS_BYTES);
}
static inline bool value_is_bytearray(Value value) {
  return value_has_class_flag(value, CLASS_IS_BYTEARRAY);
}
static inline Bytes *value_as_bytes(Value value) {
  return (Bytes *)value_cell(value);
}

Value bytes_new(const void *data, size_t length);
Bytes *bytes_allocate(size_t length); // contents to be filled in by the caller
Value bytes_concatenate(Value a, Value b);
// The bytes of a bytearray (or array) that no other thread changes just now: one that is new, or lent, or locked.
uint8_t *bytearray_data(Value bytearray);
static inline size_t bytearray_length(Value bytearray) {
  return __atomic_load_n(&((ByteArray *)value_cell(bytearray))->length, __ATOMIC_RELAXED);
}
Value bytearray_new(const void *data, size_t length);
bool bytearray_resize(Value bytearray, size_t length); // new bytes are zero
Value bytearray_copy_bytes(Value bytearray);           // as bytes, all of one moment

// Buffers: borrowed memory of bytes, bytearray, memoryview, array, mmap ...
typedef struct Buffer {
  Value owner; // who lends the memory; zero: released
  uint8_t *data;
  size_t length; // bytes
  bool read_only;
  const char *format; // struct format, NULL: "B"
  ptrdiff_t item_size;
  int dimensions;
  const ptrdiff_t *shape, *strides, *suboffsets; // NULL: one dimension, contiguous
  void *internal;
} Buffer;
enum : int {
  BUFFER_SIMPLE = 0,
  BUFFER_WRITABLE = 1,
  BUFFER_FORMAT = 2,
  BUFFER_STRIDES = 4,
  BUFFER_INDIRECT = 8,
  BUFFER_FULL = 14
};
// TypeError "a bytes-like object is required, not 'T'" or BufferError.
bool buffer_acquire(Value object, Buffer *buffer, int flags);
// As buffer_acquire(BUFFER_WRITABLE), for an argument of a function: TypeError
// "`what` must be read-write bytes-like object, not T" for anything else.
bool buffer_acquire_writable(Value object, Buffer *buffer, const char *what);
void buffer_release(Buffer *buffer);
bool value_has_buffer(Value object);
// How a class lends memory: registered once per native class.
typedef struct BufferProtocol {
  bool (*acquire)(Value object, Buffer *buffer, int flags);
  void (*release)(Value object, Buffer *buffer);
} BufferProtocol;
// Registers bytes and bytearray with the buffer protocol; called once by runtime_start, after the classes.
void bytes_prepare(void);
void bytearray_prepare(void);
void memoryview_prepare(void);
void buffer_register(Class *class, const BufferProtocol *protocol);
