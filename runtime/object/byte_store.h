// What bytearray and array.array have in common: bytes in a storage cell that is replaced when it grows, a place in it
// where they begin (so that cutting off the front is cheap), and a count of lent buffers, which forbid resizing.
//
//   operation                        how it is atomic
//   load an item                     lock-free: `version` before and after tells whether a change was under way
//   store an item                    under the lock, one store
//   insert, remove, replace a range  under the lock, memory first; everything is decided under it: ends, clipping
//   copy                             under the lock
//   lend a buffer                    under the lock; while one is lent the length does not change, so its borrower
//                                    needs no lock
#pragma once

#include "runtime/object/bytes.h"
#include "runtime/thread/lock.h"

typedef struct ByteSpan {
  uint8_t *data;
  size_t length;
} ByteSpan;

static inline size_t byte_store_length(const ByteArray *store) {
  return __atomic_load_n(&store->length, __ATOMIC_RELAXED);
}
// Loads or stores the item at `index` (negative: from the end) of `size` bytes: 1, 2, 4 or 8. False, and nothing
// pending: there is none.
bool byte_store_load(const ByteArray *store, ptrdiff_t index, size_t size, void *item);
bool byte_store_set(ByteArray *store, ptrdiff_t index, size_t size, const void *item);

// Replaces the bytes [start, end), clipped to what there is, by `count` bytes of `data`, which must not lie in the
// store (NULL: zeroes). False: BufferError or MemoryError is pending. May collect.
bool byte_store_splice(ByteArray *store, size_t start, size_t end, const void *data, size_t count);
// The same for a store that has `length` bytes, and [start, end) among them: 1; 0 if it has another length; -1.
int byte_store_splice_if(ByteArray *store, size_t length, size_t start, size_t end, const void *data, size_t count);
// Inserts an item before `index`, taken as list.insert() takes it.
bool byte_store_insert(ByteArray *store, ptrdiff_t index, size_t size, const void *item);
// Removes an item of up to 8 bytes: 1; 0: there is none, and nothing pending; -1: exception.
int byte_store_take(ByteArray *store, ptrdiff_t index, size_t size, void *item);
// The same, but only if it is still `item`; otherwise 0.
int byte_store_take_if(ByteArray *store, ptrdiff_t index, size_t size, const void *item);
// Removes `count` groups of `size` bytes, the first at `start`, the next `step` bytes further, from a store that has
// `length` bytes: 1; 0 if it has another length; -1: exception.
int byte_store_remove_groups(ByteArray *store, size_t length, size_t start, size_t step, size_t count, size_t size);
// All bytes as a new bytes object.
Value byte_store_copy(ByteArray *store);
// The bytes [start, end) of a store that has `length` bytes. Zero: MemoryError, or (nothing pending) it has not.
Value byte_store_copy_part(ByteArray *store, size_t length, size_t start, size_t end);

// For changes of bytes in place: locks and shows all of them. Between the two nothing allocates, polls or runs Python.
ByteSpan byte_store_open(ByteArray *store);
void byte_store_close(ByteArray *store);

// For the buffer protocol.
void byte_store_lend(ByteArray *store, Buffer *buffer);
void byte_store_take_back(ByteArray *store);
// How many bytes there is room for.
size_t byte_store_capacity(const ByteArray *store);
