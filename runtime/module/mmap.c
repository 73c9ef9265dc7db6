// The module mmap: files and anonymous memory, mapped.
//
// Threads: a map's mutex is held while its memory is used or the mapping changes, so nobody touches memory that another
// thread unmaps. Whoever has borrowed the memory as a buffer holds an export instead, which refuses closing and
// resizing. Waiting for the mutex happens in a blocking region. Nothing runs Python code under it.
#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef enum Access : int { ACCESS_DEFAULT, ACCESS_READ, ACCESS_WRITE, ACCESS_COPY } Access;

typedef struct Map {
  Cell head;
  uint8_t *data; // NULL: closed
  size_t size, position;
  int64_t offset;
  int64_t exports;
  int descriptor; // -1: anonymous
  int flags;
  Access access;
  pthread_mutex_t mutex;
} Map;
typedef struct MapIterator {
  Cell head;
  Value map;
  // ---- end of values
  size_t index;
} MapIterator;

static struct {
  Class *map, *iterator;
} state;

static void map_close(Map *map) {
  if (map->data) munmap(map->data, map->size);
  map->data = NULL;
  if (map->descriptor >= 0) close(map->descriptor);
  map->descriptor = -1;
}
static void map_release(Cell *cell) {
  Map *map = (Map *)cell;
  map_close(map);
}
static const CellType map_cell_type = {.name = "mmap", .release = map_release};
static const CellType iterator_cell_type = {.name = "mmap iterator", CELL_VALUES(MapIterator, map, map)};
static Map *as_map(Value value) {
  return (Map *)value_cell(value);
}

static void map_lock(Map *map) {
  if (pthread_mutex_trylock(&map->mutex) != 0) BLOCKING(pthread_mutex_lock(&map->mutex));
}
// Takes the mutex of a map that is open; false: ValueError.
static bool map_take(Map *map) {
  map_lock(map);
  if (map->data) return true;
  pthread_mutex_unlock(&map->mutex);
  return raise_value_error("mmap closed or invalid");
}
static Value map_give(Map *map, Value result) {
  pthread_mutex_unlock(&map->mutex);
  KEEP(map);
  return result;
}
static bool map_take_writable(Map *map) {
  if (!map_take(map)) return false;
  if (map->access != ACCESS_READ) return true;
  map_give(map, NULL);
  return raise_type_error("mmap can't modify a readonly memory map.");
}

// ---- Making ----

static Value map_new(Value class, Value *arguments, size_t count, Value keyword_names) {
  static const Signature *signature;
  Value values[6] = {};
  if (!arguments_parse("mmap", "(fileno, length, flags=1, prot=3, access=0, offset=0)", &signature, arguments, count,
                       keyword_names, values))
    return NULL;
  int descriptor, flags = MAP_SHARED, protection = PROT_READ | PROT_WRITE, access = ACCESS_DEFAULT;
  ptrdiff_t length;
  int64_t offset = 0;
  if (!value_as_int(values[0], &descriptor) || !value_as_size(values[1], &length, CLASS_OVERFLOW_ERROR) ||
      (values[2] && !value_as_int(values[2], &flags)) || (values[3] && !value_as_int(values[3], &protection)) ||
      (values[4] && !value_as_int(values[4], &access)) || (values[5] && !value_as_int64(values[5], &offset)))
    return NULL;
  if (length < 0) return raise(CLASS_OVERFLOW_ERROR, "memory mapped length must be positive");
  if (offset < 0) return raise(CLASS_OVERFLOW_ERROR, "memory mapped offset must be positive");
  if (access != ACCESS_DEFAULT && (values[2] || values[3]))
    return raise_value_error("mmap can't specify both access and flags, prot.");
  switch (access) {
  case ACCESS_READ:
    flags = MAP_SHARED;
    protection = PROT_READ;
    break;
  case ACCESS_WRITE:
    flags = MAP_SHARED;
    protection = PROT_READ | PROT_WRITE;
    break;
  case ACCESS_COPY:
    flags = MAP_PRIVATE;
    protection = PROT_READ | PROT_WRITE;
    break;
  case ACCESS_DEFAULT:
    if (!(protection & PROT_WRITE)) access = ACCESS_READ;
    break;
  default:
    return raise_value_error("mmap invalid access parameter.");
  }
  struct stat status;
  if (descriptor != -1 && fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
    if (length == 0) {
      if (status.st_size == 0) return raise_value_error("cannot mmap an empty file");
      if (offset >= status.st_size) return raise_value_error("mmap offset is greater than file size");
      length = (ptrdiff_t)(status.st_size - offset);
    } else if (offset > status.st_size || status.st_size - offset < length) {
      return raise_value_error("mmap length is greater than file size");
    }
  }
  Map *map = class_allocate(value_as_class(class), 0);
  if (!map) return NULL;
  pthread_mutex_init(&map->mutex, NULL);
  map->descriptor = -1;
  map->size = (size_t)length;
  map->offset = offset;
  map->flags = flags;
  map->access = (Access)access;
  if (descriptor == -1)
    flags |= MAP_ANONYMOUS;
  else if ((map->descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)) < 0)
    return raise_os_error(errno, NULL);
  void *data;
  BLOCKING(data = mmap(NULL, map->size, protection, flags, map->descriptor, offset));
  if (data == MAP_FAILED) return raise_os_error(errno, NULL);
  map->data = data;
  return value_from_cell(map);
}

static bool map_is_lent(Map *map) {
  map_lock(map);
  bool lent = map->exports > 0;
  pthread_mutex_unlock(&map->mutex);
  return lent;
}
// Views that nobody refers to any more do not count: lets them go. The mutex must not be held, as finalizers run.
static void map_settle(Map *map) {
  for (int generation = 0; generation <= 2 && map_is_lent(map); generation += 2) heap_collect(generation);
}

static Value map_close_method(Value self) {
  Map *map = as_map(self);
  map_settle(map);
  map_lock(map);
  if (map->exports > 0) return map_give(map, raise(CLASS_BUFFER_ERROR, "cannot close exported pointers exist"));
  map_close(map);
  return map_give(map, VALUE_NONE);
}
static Value map_enter(Value self) {
  Map *map = as_map(self);
  return map_take(map) ? map_give(map, self) : NULL;
}
static Value map_exit(Value self, Value, Value, Value) {
  return map_close_method(self);
}
static Value get_closed(Value self) {
  return value_from_bool(!as_map(self)->data);
}

// ---- Reading and writing at the position ----

// The bytes from the position on, at most `limit`, which it moves behind; the mutex is held.
static Value take_bytes(Map *map, size_t limit) {
  size_t left = map->position < map->size ? map->size - map->position : 0;
  size_t count = limit < left ? limit : left;
  Value bytes = bytes_new(map->data + map->position, count);
  if (bytes) map->position += count;
  return bytes;
}
static Value map_read(Value self, Value count_value) {
  Map *map = as_map(self);
  ptrdiff_t count = -1;
  if (count_value && count_value != VALUE_NONE) {
    if (!value_special(count_value, SPECIAL_INDEX))
      return raise_type_error("argument should be integer or None, not '%.200T'", count_value);
    if (!value_as_size(count_value, &count, CLASS_OVERFLOW_ERROR)) return NULL;
  }
  return map_take(map) ? map_give(map, take_bytes(map, count < 0 ? SIZE_MAX : (size_t)count)) : NULL;
}
static Value map_readline(Value self) {
  Map *map = as_map(self);
  if (!map_take(map)) return NULL;
  size_t left = map->position < map->size ? map->size - map->position : 0;
  const uint8_t *start = map->data + map->position, *end = left ? memchr(start, '\n', left) : NULL;
  return map_give(map, take_bytes(map, end ? (size_t)(end + 1 - start) : left));
}
static Value map_read_byte(Value self) {
  Map *map = as_map(self);
  if (!map_take(map)) return NULL;
  if (map->position >= map->size) return map_give(map, raise_value_error("read byte out of range"));
  return map_give(map, value_from_small_int(map->data[map->position++]));
}
static Value map_write(Value self, Value data) {
  Map *map = as_map(self);
  Buffer buffer;
  if (!buffer_acquire(data, &buffer, BUFFER_SIMPLE)) return NULL;
  Value result = NULL;
  if (map_take_writable(map)) {
    if (map->position > map->size || map->size - map->position < buffer.length) {
      raise_value_error("data out of range");
    } else {
      memmove(map->data + map->position, buffer.data, buffer.length);
      map->position += buffer.length;
      result = int_from_size(buffer.length);
    }
    map_give(map, NULL);
  }
  buffer_release(&buffer);
  return result;
}
static bool byte_argument(Value value, uint8_t *byte) {
  int number;
  if (!value_as_int(value, &number)) return false;
  if (number < 0) return raise(CLASS_OVERFLOW_ERROR, "unsigned byte integer is less than minimum");
  if (number > 255) return raise(CLASS_OVERFLOW_ERROR, "unsigned byte integer is greater than maximum");
  *byte = (uint8_t)number;
  return true;
}
static Value map_write_byte(Value self, Value value) {
  Map *map = as_map(self);
  uint8_t byte;
  if (!byte_argument(value, &byte) || !map_take_writable(map)) return NULL;
  if (map->position >= map->size) return map_give(map, raise_value_error("write byte out of range"));
  map->data[map->position++] = byte;
  return map_give(map, VALUE_NONE);
}
static Value map_seek(Value self, Value distance_value, Value origin_value) {
  Map *map = as_map(self);
  ptrdiff_t distance;
  int origin = 0;
  if (!value_as_size(distance_value, &distance, CLASS_OVERFLOW_ERROR) ||
      (origin_value && !value_as_int(origin_value, &origin)) || !map_take(map))
    return NULL;
  if (origin < 0 || origin > 2) return map_give(map, raise_value_error("unknown seek type"));
  ptrdiff_t start = origin == 0 ? 0 : (ptrdiff_t)(origin == 1 ? map->position : map->size), target;
  if (__builtin_add_overflow(start, distance, &target) || target < 0 || (size_t)target > map->size)
    return map_give(map, raise_value_error("seek out of range"));
  map->position = (size_t)target;
  return map_give(map, VALUE_NONE);
}
static Value map_tell(Value self) {
  Map *map = as_map(self);
  return map_take(map) ? map_give(map, int_from_size(map->position)) : NULL;
}

// ---- The whole ----

static bool clip_argument(Value value, size_t size, size_t *index) {
  ptrdiff_t number;
  if (!value) return true;
  if (!value_as_size(value, &number, CLASS_COUNT)) return false;
  if (number < 0) number += (ptrdiff_t)size;
  *index = number < 0 ? 0 : (size_t)number > size ? size : (size_t)number;
  return true;
}
static Value search(Value self, Value part, Value start_value, Value end_value, bool from_end) {
  Map *map = as_map(self);
  Buffer buffer;
  if (!buffer_acquire(part, &buffer, BUFFER_SIMPLE)) return NULL;
  Value result = NULL;
  if (map_take(map)) {
    size_t size = map->size, start = from_end ? 0 : map->position, end = size;
    map_give(map, NULL);
    // The limits' __index__ may run Python code.
    bool given = clip_argument(start_value, size, &start) && clip_argument(end_value, size, &end);
    if (given && map_take(map)) {
      if (end > map->size) end = map->size;
      ptrdiff_t found = -1;
      const uint8_t *data = map->data;
      if (start <= end && buffer.length <= end - start) {
        if (!from_end) {
          const uint8_t *at = memmem(data + start, end - start, buffer.data, buffer.length);
          found = at ? at - data : -1;
        } else {
          for (ptrdiff_t at = (ptrdiff_t)(end - buffer.length); at >= (ptrdiff_t)start && found < 0; at--)
            if (memcmp(data + at, buffer.data, buffer.length) == 0) found = at;
        }
      }
      result = map_give(map, int_from_int64(found));
    }
  }
  buffer_release(&buffer);
  return result;
}
static Value map_find(Value self, Value part, Value start, Value end) {
  return search(self, part, start, end, false);
}
static Value map_rfind(Value self, Value part, Value start, Value end) {
  return search(self, part, start, end, true);
}

static Value map_move(Value self, Value to_value, Value from_value, Value count_value) {
  Map *map = as_map(self);
  ptrdiff_t to, from, count;
  if (!value_as_size(to_value, &to, CLASS_OVERFLOW_ERROR) || !value_as_size(from_value, &from, CLASS_OVERFLOW_ERROR) ||
      !value_as_size(count_value, &count, CLASS_OVERFLOW_ERROR) || !map_take_writable(map))
    return NULL;
  ptrdiff_t size = (ptrdiff_t)map->size;
  if (to < 0 || from < 0 || count < 0 || size - to < count || size - from < count)
    return map_give(map, raise_value_error("source, destination, or count out of range"));
  memmove(map->data + to, map->data + from, (size_t)count);
  return map_give(map, VALUE_NONE);
}
static Value map_flush(Value self, Value offset_value, Value size_value) {
  Map *map = as_map(self);
  ptrdiff_t offset = 0, size = -1;
  if ((offset_value && !value_as_size(offset_value, &offset, CLASS_OVERFLOW_ERROR)) ||
      (size_value && !value_as_size(size_value, &size, CLASS_OVERFLOW_ERROR)) || !map_take(map))
    return NULL;
  if (!size_value) size = (ptrdiff_t)map->size;
  if (offset < 0 || size < 0 || (ptrdiff_t)map->size - offset < size)
    return map_give(map, raise_value_error("flush values out of range"));
  if (map->access == ACCESS_READ || map->access == ACCESS_COPY) return map_give(map, VALUE_NONE);
  int failed;
  BLOCKING(failed = msync(map->data + offset, (size_t)size, MS_SYNC));
  int error = errno;
  map_give(map, NULL);
  return failed ? raise_os_error(error, NULL) : VALUE_NONE;
}
static Value map_madvise(Value self, Value option_value, Value start_value, Value length_value) {
  Map *map = as_map(self);
  int option;
  ptrdiff_t start = 0, length = 0;
  if (!value_as_int(option_value, &option) ||
      (start_value && !value_as_size(start_value, &start, CLASS_OVERFLOW_ERROR)) ||
      (length_value && !value_as_size(length_value, &length, CLASS_OVERFLOW_ERROR)) || !map_take(map))
    return NULL;
  ptrdiff_t size = (ptrdiff_t)map->size;
  if (!length_value) length = size;
  if (start < 0 || start >= size) return map_give(map, raise_value_error("madvise start out of bounds"));
  if (length < 0) return map_give(map, raise_value_error("madvise length invalid"));
  if (PTRDIFF_MAX - start < length) return map_give(map, raise(CLASS_OVERFLOW_ERROR, "madvise length too large"));
  if (start + length > size) length = size - start;
  int failed = madvise(map->data + start, (size_t)length, option), error = errno;
  map_give(map, NULL);
  return failed ? raise_os_error(error, NULL) : VALUE_NONE;
}
static Value map_size(Value self) {
  Map *map = as_map(self);
  if (!map_take(map)) return NULL;
  struct stat status;
  int failed = fstat(map->descriptor, &status), error = errno;
  map_give(map, NULL);
  return failed ? raise_os_error(error, NULL) : int_from_int64(status.st_size);
}
static Value map_resize(Value self, Value size_value) {
  Map *map = as_map(self);
  ptrdiff_t size;
  if (!value_as_size(size_value, &size, CLASS_OVERFLOW_ERROR)) return NULL;
  map_settle(map);
  if (!map_take(map)) return NULL;
  if (map->exports > 0)
    return map_give(map, raise(CLASS_BUFFER_ERROR, "mmap can't resize with extant buffers exported."));
  if (map->access != ACCESS_DEFAULT && map->access != ACCESS_WRITE)
    return map_give(map, raise_type_error("mmap can't resize a readonly or copy-on-write memory map."));
  if (size < 0 || INT64_MAX - size < map->offset) return map_give(map, raise_value_error("new size out of range"));
  void *data = MAP_FAILED;
  bool grown = map->descriptor == -1 || ftruncate(map->descriptor, map->offset + size) == 0;
  if (grown) data = mremap(map->data, map->size, (size_t)size, MREMAP_MAYMOVE);
  int error = errno;
  if (data != MAP_FAILED) {
    map->data = data;
    map->size = (size_t)size;
  }
  map_give(map, NULL);
  return data == MAP_FAILED ? raise_os_error(error, NULL) : VALUE_NONE;
}

static Value map_length(Value self) {
  Map *map = as_map(self);
  return map_take(map) ? map_give(map, int_from_size(map->size)) : NULL;
}
static Value map_repr(Value self) {
  static const char *const names[] = {"ACCESS_DEFAULT", "ACCESS_READ", "ACCESS_WRITE", "ACCESS_COPY"};
  Map *map = as_map(self);
  Class *class = value_class(self);
  if (!map->data) return str_format_c("<%N closed=True>", class);
  return str_format_c("<%N closed=False, access=%s, length=%zu, pos=%zu, offset=%ld>", class, names[map->access],
                      map->size, map->position, (long)map->offset);
}

// ---- Items ----

// An index or slice, resolved without the mutex, since it may run Python code; the size may change meanwhile, so `size`
// is compared once the mutex is held.
typedef struct Selection {
  ptrdiff_t start, step, count;
  size_t size;
  bool is_slice;
} Selection;
static bool select_items(Map *map, Value key, Selection *selection) {
  if (!map_take(map)) return false;
  selection->size = map->size;
  map_give(map, NULL);
  selection->is_slice = VALUE_IS_EXACT(key, SLICE);
  ptrdiff_t stop;
  if (selection->is_slice) {
    selection->count = slice_resolve(key, (ptrdiff_t)selection->size, &selection->start, &stop, &selection->step);
    return selection->count >= 0;
  }
  if (!value_special(key, SPECIAL_INDEX)) return raise_type_error("mmap indices must be integers");
  if (!value_as_size(key, &selection->start, CLASS_INDEX_ERROR)) return false;
  if (selection->start < 0) selection->start += (ptrdiff_t)selection->size;
  if (selection->start < 0 || (size_t)selection->start >= selection->size)
    return raise(CLASS_INDEX_ERROR, "mmap index out of range");
  selection->step = selection->count = 1;
  return true;
}
static bool selection_holds(Map *map, const Selection *selection) {
  if (map->size == selection->size) return true;
  map_give(map, NULL);
  return raise(CLASS_INDEX_ERROR, "mmap changed its size");
}

static Value map_get_item(Value self, Value key) {
  Map *map = as_map(self);
  Selection selection;
  if (!select_items(map, key, &selection) || !map_take(map) || !selection_holds(map, &selection)) return NULL;
  if (!selection.is_slice) return map_give(map, value_from_small_int(map->data[selection.start]));
  if (selection.step == 1) return map_give(map, bytes_new(map->data + selection.start, (size_t)selection.count));
  Bytes *bytes = bytes_allocate((size_t)selection.count);
  for (ptrdiff_t i = 0; bytes && i < selection.count; i++)
    bytes->data[i] = map->data[selection.start + i * selection.step];
  return map_give(map, value_from_cell(bytes));
}
static Value map_set_item(Value self, Value key, Value value) {
  Map *map = as_map(self);
  Selection selection;
  if (!map_take_writable(map)) return NULL;
  map_give(map, NULL);
  if (!select_items(map, key, &selection)) return NULL;
  if (!selection.is_slice) {
    ptrdiff_t byte;
    if (!value_special(value, SPECIAL_INDEX)) return raise_type_error("mmap item value must be an int");
    if (!value_as_size(value, &byte, CLASS_COUNT)) return NULL;
    if (byte < 0 || byte > 255) return raise_value_error("mmap item value must be in range(0, 256)");
    if (!map_take(map) || !selection_holds(map, &selection)) return NULL;
    map->data[selection.start] = (uint8_t)byte;
    return map_give(map, VALUE_NONE);
  }
  Buffer buffer;
  if (!buffer_acquire(value, &buffer, BUFFER_SIMPLE)) return NULL;
  Value result = NULL;
  if (buffer.length != (size_t)selection.count) {
    raise(CLASS_INDEX_ERROR, "mmap slice assignment is wrong size");
  } else if (map_take(map) && selection_holds(map, &selection)) {
    for (ptrdiff_t i = 0; i < selection.count; i++) map->data[selection.start + i * selection.step] = buffer.data[i];
    result = map_give(map, VALUE_NONE);
  }
  buffer_release(&buffer);
  return result;
}
static Value map_delete_item(Value, Value) {
  return raise_type_error("mmap doesn't support item deletion");
}

// Iterating gives bytes of length one, though indexing gives ints.
static Value map_iterate(Value self) {
  MapIterator *iterator = class_allocate(state.iterator, 0);
  if (!iterator) return NULL;
  gc_store(iterator, &iterator->map, self);
  return value_from_cell(iterator);
}
static Value iterator_iterate(Value self) {
  return self;
}
static Value iterator_advance(Value self) {
  MapIterator *iterator = (MapIterator *)value_cell(self);
  Map *map = as_map(iterator->map);
  if (!map_take(map)) return NULL;
  size_t index = __atomic_fetch_add(&iterator->index, 1, __ATOMIC_RELAXED);
  return map_give(map, index < map->size ? bytes_new(map->data + index, 1) : VALUE_STOP);
}

static bool map_lend(Value object, Buffer *buffer, int) {
  Map *map = as_map(object);
  if (!map_take(map)) return false;
  map->exports++;
  buffer->owner = object;
  buffer->data = map->data;
  buffer->length = map->size;
  buffer->read_only = map->access == ACCESS_READ;
  map_give(map, NULL);
  return true;
}
static void map_take_back(Value object, Buffer *) {
  Map *map = as_map(object);
  if (!map_take(map)) return;
  map->exports--;
  map_give(map, NULL);
}
static const BufferProtocol map_protocol = {.acquire = map_lend, .release = map_take_back};

// ---- The module ----

static const NativeMethod map_methods[] = {
    NATIVE("__new__", map_new, NULL, "Map a file or, with -1, anonymous memory.", NATIVE_STATIC),
    NATIVE("__delitem__", map_delete_item, "($self, key, /)", "Delete self[key]."),
    NATIVE("__enter__", map_enter, "($self, /)", "Return self."),
    NATIVE("__exit__", map_exit, "($self, type=None, value=None, traceback=None, /)", "Close the map."),
    NATIVE("__getitem__", map_get_item, "($self, key, /)", "Return self[key]."),
    NATIVE("__iter__", map_iterate, "($self, /)", "Iterate over the bytes."),
    NATIVE("__len__", map_length, "($self, /)", "Return len(self)."),
    NATIVE("__repr__", map_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__setitem__", map_set_item, "($self, key, value, /)", "Set self[key] to value."),
    NATIVE("close", map_close_method, "($self, /)", "Unmap."),
    NATIVE("find", map_find, "($self, sub, start=None, end=None, /)", "The first place of a sequence of bytes."),
    NATIVE("flush", map_flush, "($self, offset=0, size=None, /)", "Write changes back to the file."),
    NATIVE("madvise", map_madvise, "($self, option, start=0, length=None, /)", "Tell the system how memory is used."),
    NATIVE("move", map_move, "($self, dest, src, count, /)", "Copy within the map."),
    NATIVE("read", map_read, "($self, n=None, /)", "Bytes from the position on."),
    NATIVE("read_byte", map_read_byte, "($self, /)", "The byte at the position."),
    NATIVE("readline", map_readline, "($self, /)", "The bytes up to the next newline."),
    NATIVE("resize", map_resize, "($self, newsize, /)", "Change the size of the map, and of its file."),
    NATIVE("rfind", map_rfind, "($self, sub, start=None, end=None, /)", "The last place of a sequence of bytes."),
    NATIVE("seek", map_seek, "($self, pos, whence=0, /)", "Set the position."),
    NATIVE("size", map_size, "($self, /)", "The size of the file."),
    NATIVE("tell", map_tell, "($self, /)", "The position."),
    NATIVE("write", map_write, "($self, bytes, /)", "Write at the position."),
    NATIVE("write_byte", map_write_byte, "($self, byte, /)", "Write a byte at the position."),
    {}};
static const NativeProperty map_properties[] = {{"closed", get_closed, NULL, NULL}, {}};
static const ClassDef memory_class = {.name = "mmap.mmap",
                                      .doc = "Memory that is a file, or anonymous.",
                                      .cell_type = &map_cell_type,
                                      .instance_size = sizeof(Map),
                                      .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE | CLASS_HAS_WEAKREF,
                                      .methods = map_methods,
                                      .properties = map_properties};
static const NativeMethod iterator_methods[] = {NATIVE("__iter__", iterator_iterate, "($self, /)", "Return self."),
                                                NATIVE("__next__", iterator_advance, "($self, /)", "The next byte."),
                                                {}};
static const ClassDef iterator_class = {.name = "mmap.iterator",
                                        .cell_type = &iterator_cell_type,
                                        .instance_size = sizeof(MapIterator),
                                        .flags = CLASS_IMMUTABLE | CLASS_NO_NEW,
                                        .methods = iterator_methods};

#define CONSTANTS                                                                                                      \
  CONSTANT(MADV_DODUMP)                                                                                                \
  CONSTANT(MADV_DOFORK)                                                                                                \
  CONSTANT(MADV_DONTDUMP)                                                                                              \
  CONSTANT(MADV_DONTFORK)                                                                                              \
  CONSTANT(MADV_DONTNEED)                                                                                              \
  CONSTANT(MADV_FREE)                                                                                                  \
  CONSTANT(MADV_HUGEPAGE)                                                                                              \
  CONSTANT(MADV_HWPOISON)                                                                                              \
  CONSTANT(MADV_MERGEABLE)                                                                                             \
  CONSTANT(MADV_NOHUGEPAGE)                                                                                            \
  CONSTANT(MADV_NORMAL)                                                                                                \
  CONSTANT(MADV_RANDOM)                                                                                                \
  CONSTANT(MADV_REMOVE)                                                                                                \
  CONSTANT(MADV_SEQUENTIAL)                                                                                            \
  CONSTANT(MADV_UNMERGEABLE)                                                                                           \
  CONSTANT(MADV_WILLNEED)                                                                                              \
  CONSTANT(MAP_ANON)                                                                                                   \
  CONSTANT(MAP_ANONYMOUS)                                                                                              \
  CONSTANT(MAP_DENYWRITE)                                                                                              \
  CONSTANT(MAP_EXECUTABLE)                                                                                             \
  CONSTANT(MAP_POPULATE)                                                                                               \
  CONSTANT(MAP_PRIVATE)                                                                                                \
  CONSTANT(MAP_SHARED)                                                                                                 \
  CONSTANT(MAP_STACK)                                                                                                  \
  CONSTANT(PROT_EXEC)                                                                                                  \
  CONSTANT(PROT_READ)                                                                                                  \
  CONSTANT(PROT_WRITE)                                                                                                 \
  CONSTANT(ACCESS_DEFAULT)                                                                                             \
  CONSTANT(ACCESS_READ)                                                                                                \
  CONSTANT(ACCESS_WRITE)                                                                                               \
  CONSTANT(ACCESS_COPY)
static const struct {
  const char *name;
  int value;
} constants[] = {
#define CONSTANT(name) {#name, name},
    CONSTANTS
#undef CONSTANT
};

static bool mmap_initialize(Value module) {
  heap_add_root_range((Value *)&state, sizeof state / sizeof(Value));
  if (!module_add_class(module, &memory_class, NULL, &state.map)) return false;
  state.iterator = class_from_definition(&iterator_class, NULL);
  buffer_register(state.map, &map_protocol);
  for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
    if (!module_add_int(module, constants[i].name, constants[i].value)) return false;
  long page = sysconf(_SC_PAGESIZE);
  return state.iterator && module_add_int(module, "PAGESIZE", page) &&
         module_add_int(module, "ALLOCATIONGRANULARITY", page) &&
         module_add(module, "error", value_from_cell(BUILTIN(OS_ERROR)));
}
const NativeModule mmap_module = {.name = "mmap", .doc = "Mapped memory.", .initialize = mmap_initialize};
