// The storage of bytearray and array.array; see byte_store.h.
//
// `version` is odd while bytes move or the storage is exchanged. Who reads an item without the lock takes the storage,
// the start and the length, checks them against the storage's own capacity, so that the load itself is always safe, and
// believes what it read only if the version was even and is still the same.
#include "runtime/object/byte_store.h"

#include "runtime/heap/heap.h"
#include "runtime/object/object.h"

#include <string.h>

typedef struct Storage {
  Cell head;
  size_t capacity; // without the NUL behind the last byte
  uint8_t data[];
} Storage;
static const CellType storage_cell_type = {.name = "byte storage", .has_tail = true};
static Shape *storage_shape;

static Storage *storage_of(const ByteArray *store) {
  return (Storage *)value_cell(gc_load(&store->storage));
}

static Storage *storage_new(size_t capacity) {
  Shape *shape = shape_internal(&storage_shape, &storage_cell_type);
  if (!shape) return NULL;
  if (capacity > (size_t)PTRDIFF_MAX - 64) {
    raise_memory_error();
    return NULL;
  }
  size_t size = cell_usable_size(sizeof(Storage) + capacity + 1);
  Storage *storage = cell_alloc(shape, size);
  if (storage) storage->capacity = size - sizeof(Storage) - 1;
  return storage;
}

size_t byte_store_capacity(const ByteArray *store) {
  Storage *storage = storage_of(store);
  return storage ? storage->capacity : 0;
}

uint8_t *bytearray_data(Value value) {
  static uint8_t nothing[8];
  ByteArray *store = (ByteArray *)value_cell(value);
  Storage *storage = storage_of(store);
  return storage ? storage->data + store->start : nothing;
}

// Changes

static void change_begin(ByteArray *store) {
  if (!threads_started) return;
  __atomic_store_n(&store->version, store->version + 1, __ATOMIC_RELAXED);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
static void change_end(ByteArray *store) {
  if (store->version & 1) __atomic_store_n(&store->version, store->version + 1, __ATOMIC_RELEASE);
}

ByteSpan byte_store_open(ByteArray *store) {
  cell_lock(store);
  change_begin(store);
  return (ByteSpan){bytearray_data(value_from_cell(store)), store->length};
}
void byte_store_close(ByteArray *store) {
  change_end(store);
  cell_unlock(store);
}

static bool raise_exported(ByteArray *store) {
  bool is_bytearray = value_is_bytearray(value_from_cell(store));
  raise(CLASS_BUFFER_ERROR, is_bytearray ? "Existing exports of data: object cannot be re-sized"
                                         : "cannot resize an array that is exporting buffers");
  return false;
}

// The storage for a length that has just been outgrown, or has become much smaller.
static size_t wanted_capacity(size_t length, size_t former) {
  return length <= former ? length : length + (length >> 3) + (length < 9 ? 3 : 6);
}

// A change of length, before and after its ends are known. They are resolved under the lock: nobody can change the
// length between the two.
typedef enum SpliceKind { SPLICE_RANGE, SPLICE_EXACT, SPLICE_INSERT, SPLICE_TAKE } SpliceKind;
typedef struct Splice {
  SpliceKind kind;
  size_t start, end; // of what is replaced; SPLICE_RANGE: as the caller wants it, until it is clipped
  size_t length;     // SPLICE_EXACT: for this length only
  ptrdiff_t index;   // of an item of `item_size` bytes, otherwise
  size_t item_size;
  size_t count;         // of the bytes that take its place
  void *taken;          // SPLICE_TAKE: where the item goes, or NULL
  const void *expected; // SPLICE_TAKE: only an item with these bytes counts; NULL: any
} Splice;

// False: there is no such item, or the length is another.
static bool splice_resolve(Splice *splice, const uint8_t *bytes, size_t length) {
  if (splice->kind == SPLICE_RANGE) {
    if (splice->start > length) splice->start = length;
    if (splice->end > length) splice->end = length;
    if (splice->end < splice->start) splice->end = splice->start;
    return true;
  }
  if (splice->kind == SPLICE_EXACT) return length == splice->length;
  ptrdiff_t items = (ptrdiff_t)(length / splice->item_size), index = splice->index;
  if (index < 0) index += items;
  if (splice->kind == SPLICE_TAKE && (index < 0 || index >= items)) return false;
  if (index < 0) index = 0;
  if (index > items) index = items;
  splice->start = (size_t)index * splice->item_size;
  if (splice->expected && memcmp(bytes + splice->start, splice->expected, splice->item_size)) return false;
  splice->end = splice->start + (splice->kind == SPLICE_TAKE ? splice->item_size : 0);
  return true;
}

// Does the change and returns 1 with the store locked as byte_store_open does; the new bytes are to be filled by the
// caller. Not locked: 0, there is no such item; -1, an exception is pending.
static int open_spliced(ByteArray *store, const Splice *wanted, Splice *splice) {
  for (Storage *fresh = NULL;;) {
    *splice = *wanted;
    cell_lock(store);
    Storage *storage = storage_of(store);
    uint8_t *bytes = storage ? storage->data + store->start : NULL;
    size_t length = store->length;
    if (!splice_resolve(splice, bytes, length)) {
      cell_unlock(store);
      return 0;
    }
    size_t removed = splice->end - splice->start, count = splice->count, after = length - removed + count;
    if (count == removed) {
      change_begin(store);
      return 1;
    }
    if (store->exports > 0) {
      cell_unlock(store);
      return raise_exported(store) - 1;
    }
    bool cuts_front = splice->start == 0 && count == 0 && after > 0;
    bool fits = storage && store->start + after <= storage->capacity && store->start + after >= storage->capacity / 4;
    if (cuts_front || fits || (fresh && fresh->capacity >= after)) {
      change_begin(store);
      if (splice->taken) memcpy(splice->taken, bytes + splice->start, removed);
      if (cuts_front) {
        __atomic_store_n(&store->start, store->start + removed, __ATOMIC_RELAXED);
      } else if (fits) {
        memmove(bytes + splice->start + count, bytes + splice->end, length - splice->end);
        bytes[after] = 0;
      } else {
        if (storage) {
          memcpy(fresh->data, bytes, splice->start);
          memcpy(fresh->data + splice->start + count, bytes + splice->end, length - splice->end);
        }
        gc_store(store, &store->storage, value_from_cell(fresh));
        __atomic_store_n(&store->start, 0, __ATOMIC_RELAXED);
      }
      __atomic_store_n(&store->length, after, __ATOMIC_RELAXED);
      return 1;
    }
    cell_unlock(store);
    if (after < count) {
      raise_memory_error();
      return -1;
    }
    if (!(fresh = storage_new(wanted_capacity(after, length)))) return -1;
  }
}

// The whole of it: `data` NULL: zeroes.
static int splice_with(ByteArray *store, const Splice *wanted, const void *data) {
  Splice splice;
  int done = open_spliced(store, wanted, &splice);
  if (done <= 0) return done;
  uint8_t *to = bytearray_data(value_from_cell(store)) + splice.start;
  if (splice.count && data) memcpy(to, data, splice.count);
  if (splice.count && !data) memset(to, 0, splice.count);
  byte_store_close(store);
  KEEP(data);
  return 1;
}

bool byte_store_splice(ByteArray *store, size_t start, size_t end, const void *data, size_t count) {
  return splice_with(store, &(Splice){.kind = SPLICE_RANGE, .start = start, .end = end, .count = count}, data) > 0;
}
int byte_store_splice_if(ByteArray *store, size_t length, size_t start, size_t end, const void *data, size_t count) {
  return splice_with(
      store, &(Splice){.kind = SPLICE_EXACT, .length = length, .start = start, .end = end, .count = count}, data);
}
bool byte_store_insert(ByteArray *store, ptrdiff_t index, size_t size, const void *item) {
  return splice_with(store, &(Splice){.kind = SPLICE_INSERT, .index = index, .item_size = size, .count = size}, item) >
         0;
}
int byte_store_take(ByteArray *store, ptrdiff_t index, size_t size, void *item) {
  return splice_with(store, &(Splice){.kind = SPLICE_TAKE, .index = index, .item_size = size, .taken = item}, NULL);
}
int byte_store_take_if(ByteArray *store, ptrdiff_t index, size_t size, const void *item) {
  return splice_with(store, &(Splice){.kind = SPLICE_TAKE, .index = index, .item_size = size, .expected = item}, NULL);
}

// Items

static ptrdiff_t count_items(const ByteArray *store, size_t size) {
  return (ptrdiff_t)(byte_store_length(store) / size);
}

// A data race on purpose: what was read while it changed is thrown away.
#if __has_feature(thread_sanitizer)
#define RACES __attribute__((no_sanitize("thread"), noinline))
#else
#define RACES
#endif

RACES static void copy_item(void *to, const void *from, size_t size) {
  switch (size) {
  case 1:
    *(uint8_t *)to = __atomic_load_n((const uint8_t *)from, __ATOMIC_RELAXED);
    break;
  case 2:
    *(uint16_t *)to = __atomic_load_n((const uint16_t *)from, __ATOMIC_RELAXED);
    break;
  case 4:
    *(uint32_t *)to = __atomic_load_n((const uint32_t *)from, __ATOMIC_RELAXED);
    break;
  default:
    *(uint64_t *)to = __atomic_load_n((const uint64_t *)from, __ATOMIC_RELAXED);
    break;
  }
}

typedef enum Glance { GLANCE_NONE, GLANCE_FOUND, GLANCE_CHANGING } Glance;

RACES static Glance glance(const ByteArray *store, ptrdiff_t index, size_t size, void *item) {
  uint64_t version = __atomic_load_n(&store->version, __ATOMIC_ACQUIRE);
  const Storage *storage = storage_of(store);
  size_t start = __atomic_load_n(&store->start, __ATOMIC_RELAXED);
  ptrdiff_t count = count_items(store, size);
  if (index < 0) index += count;
  bool found = index >= 0 && index < count;
  if (found) {
    size_t at = start + (size_t)index * size;
    if (!storage || at + size > storage->capacity) return GLANCE_CHANGING;
    copy_item(item, storage->data + at, size);
  }
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  if (version & 1 || __atomic_load_n(&store->version, __ATOMIC_RELAXED) != version) return GLANCE_CHANGING;
  return found ? GLANCE_FOUND : GLANCE_NONE;
}

bool byte_store_load(const ByteArray *store, ptrdiff_t index, size_t size, void *item) {
  Glance seen = glance(store, index, size, item);
  if (__builtin_expect(seen != GLANCE_CHANGING, 1)) return seen == GLANCE_FOUND;
  ByteArray *locked = (ByteArray *)(uintptr_t)store;
  cell_lock(locked);
  ptrdiff_t count = count_items(store, size);
  if (index < 0) index += count;
  bool found = index >= 0 && index < count;
  if (found) copy_item(item, bytearray_data(value_from_cell(store)) + (size_t)index * size, size);
  cell_unlock(locked);
  return found;
}

bool byte_store_set(ByteArray *store, ptrdiff_t index, size_t size, const void *item) {
  cell_lock(store);
  ptrdiff_t count = count_items(store, size);
  if (index < 0) index += count;
  bool found = index >= 0 && index < count;
  if (found) {
    // One store, not memcpy: a reader may be looking.
    uint8_t *at = bytearray_data(value_from_cell(store)) + (size_t)index * size;
    uint64_t word = 0;
    memcpy(&word, item, size);
    switch (size) {
    case 1:
      __atomic_store_n(at, (uint8_t)word, __ATOMIC_RELAXED);
      break;
    case 2:
      __atomic_store_n((uint16_t *)(void *)at, (uint16_t)word, __ATOMIC_RELAXED);
      break;
    case 4:
      __atomic_store_n((uint32_t *)(void *)at, (uint32_t)word, __ATOMIC_RELAXED);
      break;
    default:
      __atomic_store_n((uint64_t *)(void *)at, word, __ATOMIC_RELAXED);
      break;
    }
  }
  cell_unlock(store);
  return found;
}

int byte_store_remove_groups(ByteArray *store, size_t length, size_t start, size_t step, size_t count, size_t size) {
  if (count == 0) return 1;
  ByteSpan bytes = byte_store_open(store);
  bool holds = bytes.length == length, lent = store->exports > 0;
  size_t out = start;
  if (holds && !lent) {
    for (size_t group = 0, at = start; group < count; group++) {
      size_t next = group + 1 < count ? at + step : length;
      memmove(bytes.data + out, bytes.data + at + size, next - at - size);
      out += next - at - size;
      at = next;
    }
    bytes.data[out] = 0;
    __atomic_store_n(&store->length, out, __ATOMIC_RELAXED);
  }
  byte_store_close(store);
  if (holds && lent) return raise_exported(store) - 1;
  return holds;
}

// Copies

Value byte_store_copy_part(ByteArray *store, size_t length, size_t start, size_t end) {
  Bytes *copy = bytes_allocate(end - start);
  if (!copy) return NULL;
  cell_lock(store);
  bool holds = store->length == length;
  if (holds && copy->length) memcpy(copy->data, bytearray_data(value_from_cell(store)) + start, copy->length);
  cell_unlock(store);
  return holds ? value_from_cell(copy) : NULL;
}

Value byte_store_copy(ByteArray *store) {
  for (;;) {
    size_t length = byte_store_length(store);
    Value copy = byte_store_copy_part(store, length, 0, length);
    if (copy || exception_pending()) return copy;
  }
}

// Lending

void byte_store_lend(ByteArray *store, Buffer *buffer) {
  cell_lock(store);
  __atomic_store_n(&store->exports, store->exports + 1, __ATOMIC_RELAXED);
  buffer->owner = value_from_cell(store);
  buffer->data = bytearray_data(value_from_cell(store));
  buffer->length = store->length;
  cell_unlock(store);
}
void byte_store_take_back(ByteArray *store) {
  cell_lock(store);
  __atomic_store_n(&store->exports, store->exports - 1, __ATOMIC_RELAXED);
  cell_unlock(store);
}
