// str, the core: making, hashing, comparing, interning, UTF-8. What Python sees of it stands in str_methods.c
// and the files that it names.
//
// Layout of a cell: header, hash, length, characters, NUL; then, aligned, one word that caches the UTF-8 form (a
// bytes-like internal cell) unless the text is ASCII, which is its own UTF-8. A subclass's `extra` is the cell's last
// word, behind all that.
//
// Threads: a str is immutable. The hash and the UTF-8 word are written by whoever needs them first; all writers write
// equal values. The table of interned strings has a mutex; nothing allocates or polls while it is held.
#include "runtime/object/str.h"
#include "runtime/heap/alloc.h"
#include "runtime/heap/heap.h"
#include "runtime/object/exception.h"
#include "runtime/object/names.h"
#include "runtime/object/str_internal.h"
#include "runtime/runtime.h"
#include "runtime/support/hash.h"
#include "runtime/support/utf8.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t str_tail_offset(const Str *text) {
  size_t end = offsetof(Str, data) + (text->length + 1) * (size_t)str_width(text);
  return (end + 7) & ~(size_t)7;
}
static Value *str_utf8_word(const Str *text) {
  return cell_word(text, str_tail_offset(text));
}

static void str_trace(Cell *cell, Tracer *tracer) {
  const Str *text = (const Str *)cell;
  if (!str_is_ascii(text)) trace_value(tracer, *str_utf8_word(text));
}
const CellType str_cell_type = {.name = "str", .trace = str_trace, .flag_without_values = STR_ASCII, .has_tail = true};

size_t str_cell_size(size_t length, int width, bool ascii, bool has_extra) {
  size_t end = (offsetof(Str, data) + (length + 1) * (size_t)width + 7) & ~(size_t)7;
  return end + (ascii ? 0 : sizeof(Value)) + (has_extra ? sizeof(Value) : 0);
}

static uint16_t flags_for(uint32_t widest) {
  if (widest < 0x80) return STR_ASCII;
  if (widest < 0x100) return 0;
  return widest < 0x10000 ? 1 << STR_WIDTH_SHIFT : 2 << STR_WIDTH_SHIFT;
}

Str *str_allocate_in(Class *class, size_t length, uint32_t widest) {
  int width = utf_width(widest);
  if (length > (size_t)PTRDIFF_MAX / 4 - 64) {
    raise_memory_error();
    return NULL;
  }
  Shape *shape = class->instance_shape;
  Str *text = cell_alloc(shape, str_cell_size(length, width, widest < 0x80, (shape->flags & SHAPE_TAIL_EXTRA) != 0));
  if (!text) return NULL;
  if (class->flags & CLASS_HAS_DEL) heap_set_finalizable(text);
  text->head.flags |= flags_for(widest); // nobody else has seen the cell yet
  text->hash = -1;
  text->length = length;
  return text;
}

Str *str_allocate(size_t length, uint32_t widest) {
  if (length > EXACT_CELL_MAX) return str_allocate_in(BUILTIN(STR), length, widest);
  size_t size = str_cell_size(length, utf_width(widest), widest < 0x80, false);
  Str *text = size <= EXACT_CELL_MAX ? cell_alloc_inline(SHAPE(STR), size) : cell_alloc(SHAPE(STR), size);
  if (!text) return NULL;
  text->head.flags |= flags_for(widest);
  text->hash = -1;
  text->length = length;
  return text;
}

// Strings of zero or one Latin-1 character exist once.
static Value single_characters[256];
static Value empty_string;

static Value str_single(uint8_t character) {
  Value known = gc_load(&single_characters[character]);
  if (known) return known;
  Str *text = str_allocate(1, character);
  if (!text) return NULL;
  text->data[0] = character;
  Value interned = str_intern(value_from_cell(text));
  if (interned) __atomic_store_n(&single_characters[character], interned, __ATOMIC_RELEASE);
  return interned;
}

static Value str_empty(void) {
  Value known = gc_load(&empty_string);
  if (known) return known;
  Str *text = str_allocate(0, 0);
  if (!text) return NULL;
  Value interned = str_intern(value_from_cell(text));
  if (interned) __atomic_store_n(&empty_string, interned, __ATOMIC_RELEASE);
  return interned;
}

Value str_from_character(uint32_t character) {
  if (character < 256) return str_single((uint8_t)character);
  Str *text = str_allocate(1, character);
  if (!text) return NULL;
  if (character < 0x10000)
    ((uint16_t *)(void *)text->data)[0] = (uint16_t)character;
  else
    ((uint32_t *)(void *)text->data)[0] = character;
  return value_from_cell(text);
}

Value str_from_units(const void *units, int width, size_t length) {
  if (length == 0) return str_empty();
  uint32_t widest = utf_maximum(units, width, length);
  if (length == 1) return str_from_character(utf_unit(units, width, 0));
  Str *text = str_allocate(length, widest);
  if (!text) return NULL;
  int target = str_width(text);
  if (target == width) {
    memcpy(text->data, units, length * (size_t)width);
  } else if (target == 1) {
    for (size_t i = 0; i < length; i++) text->data[i] = (uint8_t)utf_unit(units, width, i);
  } else {
    for (size_t i = 0; i < length; i++) ((uint16_t *)(void *)text->data)[i] = (uint16_t)utf_unit(units, width, i);
  }
  KEEP(units);
  return value_from_cell(text);
}

Value str_from_ascii(const char *characters, size_t length) {
  if (length == 0) return str_empty();
  if (length == 1) return str_single((uint8_t)characters[0]);
  Str *text = str_allocate(length, 0x7f);
  if (!text) return NULL;
  memcpy(text->data, characters, length);
  KEEP(characters);
  return value_from_cell(text);
}
Value str_from_latin1(const uint8_t *text, size_t length) {
  return str_from_units(text, 1, length);
}
Value str_from_ucs2(const uint16_t *text, size_t length) {
  return str_from_units(text, 2, length);
}
Value str_from_ucs4(const uint32_t *text, size_t length) {
  return str_from_units(text, 4, length);
}

Value str_from_utf8(const char *bytes, size_t length) {
  const uint8_t *start = (const uint8_t *)bytes;
  UtfScan scan = utf8_scan(start, length, true);
  if (scan.status != UTF_OK)
    return raise(CLASS_UNICODE_ERROR, "invalid UTF-8 at byte %zu: %s", scan.size, utf_reason(scan.status));
  if (scan.length == 0) return str_empty();
  if (scan.length == 1) return str_from_character(utf8_next(&start));
  Str *text = str_allocate(scan.length, scan.maximum);
  if (!text) return NULL;
  utf8_decode(start, scan.size, text->data, str_width(text));
  KEEP(bytes);
  return value_from_cell(text);
}

Value str_from_c(const char *text) {
  return str_from_utf8(text, strlen(text));
}

Value str_substring(Value source, size_t start, size_t end) {
  const Str *text = value_as_str(source);
  if (end > text->length) end = text->length;
  if (start >= end) return str_empty();
  if (start == 0 && end == text->length && VALUE_IS_EXACT(source, STR)) return source;
  if (str_is_ascii(text)) {
    Value part = str_from_ascii((const char *)text->data + start, end - start);
    KEEP(source);
    return part;
  }
  int width = str_width(text);
  Value part = str_from_units(text->data + start * (size_t)width, width, end - start);
  KEEP(source);
  return part;
}

// Copies units to storage that is wider, or as wide, or (if the characters allow it) narrower.
static void widen_units(void *restrict to, int to_width, const void *restrict from, int from_width, size_t count) {
  uint8_t *to_1 = to;
  uint16_t *to_2 = to;
  uint32_t *to_4 = to;
  const uint8_t *from_1 = from;
  const uint16_t *from_2 = from;
  if (to_width == from_width)
    memcpy(to, from, count * (size_t)to_width);
  else if (from_width == 1 && to_width == 2)
    for (size_t i = 0; i < count; i++) to_2[i] = from_1[i];
  else if (from_width == 1)
    for (size_t i = 0; i < count; i++) to_4[i] = from_1[i];
  else if (from_width == 2 && to_width == 4)
    for (size_t i = 0; i < count; i++) to_4[i] = from_2[i];
  else if (to_width == 1)
    for (size_t i = 0; i < count; i++) to_1[i] = (uint8_t)utf_unit(from, from_width, i);
  else
    for (size_t i = 0; i < count; i++) to_2[i] = (uint16_t)utf_unit(from, from_width, i);
}

void str_copy_units(Str *to, size_t at, const Str *from, size_t start, size_t count) {
  int to_width = str_width(to), from_width = str_width(from);
  widen_units(to->data + at * (size_t)to_width, to_width, from->data + start * (size_t)from_width, from_width, count);
}

uint32_t str_widest(const Str *text) {
  if (str_is_ascii(text)) return 0x7f;
  switch (str_width(text)) {
  case 1:
    return 0xff;
  case 2:
    return 0xffff;
  default:
    return 0x10ffff;
  }
}

Value str_concatenate(Value a, Value b) {
  const Str *left = value_as_str(a), *right = value_as_str(b);
  if (left->length == 0 && VALUE_IS_EXACT(b, STR)) return b;
  if (right->length == 0 && VALUE_IS_EXACT(a, STR)) return a;
  uint32_t widest = str_widest(left) > str_widest(right) ? str_widest(left) : str_widest(right);
  if (left->length + right->length == 0) return str_empty();
  Str *text = str_allocate(left->length + right->length, widest);
  if (!text) return NULL;
  str_copy_units(text, 0, left, 0, left->length);
  str_copy_units(text, left->length, right, 0, right->length);
  return value_from_cell(text);
}

// ASCII only: other texts have a word behind them. Short texts are copied faster than they are looked at.
Value str_append(Value a, Value b, bool is_own) {
  enum : size_t { SHORT = 256 };
  Str *left = value_as_str(a);
  const Str *right = value_as_str(b);
  size_t length = left->length + right->length;
  if (length < SHORT || !(left->head.flags & right->head.flags & STR_ASCII) || length > (size_t)PTRDIFF_MAX / 8)
    return str_concatenate(a, b);
  bool fits =
      is_own && left->head.flags & STR_GROWING && str_cell_size(length, 1, true, false) <= cell_size(&left->head);
  if (!fits) {
    Str *text = str_allocate_in(BUILTIN(STR), length + length / 2, 0x7f);
    if (!text) return NULL;
    memcpy(text->data, left->data, left->length);
    text->length = left->length;
    text->head.flags |= STR_GROWING;
    left = text;
  }
  memcpy(left->data + left->length, right->data, right->length);
  left->data[length] = 0;
  left->length = length;
  left->hash = -1;
  return value_from_cell(left);
}

int64_t str_hash(Value value) {
  Str *text = value_as_str(value);
  int64_t hash = __atomic_load_n(&text->hash, __ATOMIC_RELAXED);
  if (hash != -1) return hash;
  hash = hash_bytes(&runtime.hash_key, text->data, text->length * (size_t)str_width(text));
  __atomic_store_n(&text->hash, hash, __ATOMIC_RELAXED);
  return hash;
}

bool str_equals(Value a, Value b) {
  if (a == b) return true;
  const Str *left = value_as_str(a), *right = value_as_str(b);
  // Storage is always the narrowest possible, so equal texts have equal widths.
  if (left->length != right->length || str_width(left) != str_width(right)) return false;
  return memcmp(left->data, right->data, left->length * (size_t)str_width(left)) == 0;
}

bool str_equals_c(Value value, const char *ascii) {
  const Str *text = value_as_str(value);
  size_t length = strlen(ascii);
  return text->length == length && str_is_ascii(text) && memcmp(text->data, ascii, length) == 0;
}

int str_compare(Value a, Value b) {
  const Str *left = value_as_str(a), *right = value_as_str(b);
  size_t common = left->length < right->length ? left->length : right->length;
  if (str_width(left) == 1 && str_width(right) == 1) {
    int order = memcmp(left->data, right->data, common);
    if (order) return order;
  } else {
    for (size_t i = 0; i < common; i++) {
      uint32_t x = str_character(left, i), y = str_character(right, i);
      if (x != y) return x < y ? -1 : 1;
    }
  }
  return left->length < right->length ? -1 : left->length > right->length;
}

// ---- Interning: an open-addressed table of weakly held strings ----

static struct {
  pthread_mutex_t mutex;
  Str **entries; // NULL: empty
  size_t capacity, count;
  bool hooked;
} interned = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void intern_place(Str **entries, size_t capacity, Str *text) {
  size_t at = (uint64_t)text->hash & (capacity - 1);
  while (entries[at]) at = (at + 1) & (capacity - 1);
  entries[at] = text;
}

// After marking: forgets the strings that are about to be freed.
static void intern_sweep([[maybe_unused]] void *context) {
  size_t live = 0;
  Str **kept = malloc(interned.count * sizeof *kept + 1);
  if (!kept) abort(); // the world is stopped: there is nobody to tell
  for (size_t i = 0; i < interned.capacity; i++) {
    Str *text = interned.entries[i];
    if (text && heap_is_live(text)) kept[live++] = text;
  }
  if (live != interned.count) {
    memset(interned.entries, 0, interned.capacity * sizeof *interned.entries);
    for (size_t i = 0; i < live; i++) intern_place(interned.entries, interned.capacity, kept[i]);
    interned.count = live;
  }
  free(kept);
}

static bool intern_grow(void) {
  size_t capacity = interned.capacity ? interned.capacity * 2 : 4096;
  Str **entries = calloc(capacity, sizeof *entries);
  if (!entries) return false;
  for (size_t i = 0; i < interned.capacity; i++)
    if (interned.entries[i]) intern_place(entries, capacity, interned.entries[i]);
  free(interned.entries);
  interned.entries = entries;
  interned.capacity = capacity;
  return true;
}

Value str_intern(Value value) {
  if (str_is_interned(value)) return value;
  if (!VALUE_IS_EXACT(value, STR)) {
    const Str *source = value_as_str(value);
    Str *copy = str_allocate(source->length, str_widest(source));
    if (!copy) return NULL;
    str_copy_units(copy, 0, source, 0, source->length);
    value = value_from_cell(copy);
  }
  uint64_t hash = (uint64_t)str_hash(value);
  pthread_mutex_lock(&interned.mutex);
  if (!interned.hooked) {
    heap_add_weak_hook(intern_sweep, NULL);
    heap_add_root_range(single_characters, 256);
    heap_add_root_range(&empty_string, 1);
    interned.hooked = true;
  }
  bool room = interned.count * 2 < interned.capacity || intern_grow();
  Value result = NULL;
  if (room) {
    size_t at = hash & (interned.capacity - 1);
    while (interned.entries[at] && !str_equals(value_from_cell(interned.entries[at]), value))
      at = (at + 1) & (interned.capacity - 1);
    if (!interned.entries[at]) {
      cell_set_flag(value_cell(value), STR_INTERNED);
      interned.entries[at] = value_as_str(value);
      interned.count++;
      heap_keep_young(value_cell(value)); // weak references are only cleared by full collections
    }
    result = value_from_cell(interned.entries[at]);
  }
  pthread_mutex_unlock(&interned.mutex);
  return result ? result : raise_memory_error();
}

// C code asks for the same few names again and again, from the same string literals: the text's address leads to the
// name that was found for it last time. A place is written once; the comparison makes sure that it is the right name.
static Value names_by_address[1024];

// Looks before it makes anything: nearly all names that are read from code are known already.
Value str_intern_latin1(const uint8_t *text, size_t length) {
  if (length == 0) return str_empty();
  uint64_t hash = (uint64_t)hash_bytes(&runtime.hash_key, text, length);
  pthread_mutex_lock(&interned.mutex);
  Str *known = NULL;
  for (size_t at = hash; interned.capacity > 0; at++) {
    known = interned.entries[at & (interned.capacity - 1)];
    if (!known || (known->hash == (int64_t)hash && known->length == length && str_width(known) == 1 &&
                   memcmp(known->data, text, length) == 0))
      break;
  }
  pthread_mutex_unlock(&interned.mutex);
  if (known) return value_from_cell(known);
  Value made = str_from_latin1(text, length);
  return made ? str_intern(made) : NULL;
}

Value str_intern_c(const char *text) {
  uint32_t hash = (uint32_t)(uintptr_t)text * 0x9e3779b1u;
  Value *place = &names_by_address[hash >> 22];
  Value name = __atomic_load_n(place, __ATOMIC_ACQUIRE);
  if (name && str_equals_c(name, text)) return name;
  Value value = str_from_c(text);
  if (!value || !(value = str_intern(value))) return NULL;
  Value empty = NULL;
  if (!name && str_is_ascii(value_as_str(value)) &&
      __atomic_compare_exchange_n(place, &empty, value, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
    heap_add_constant_range(place, 1);
  return value;
}

Value name_make(Value *slot, const char *text) {
  Value name = str_intern_c(text);
  if (!name) {
    static const char message[] = "krait: out of memory while making names\n";
    fputs(message, stderr);
    abort();
  }
  heap_add_constant_range(slot, 1); // registering twice, when two threads race, is harmless
  __atomic_store_n(slot, name, __ATOMIC_RELEASE);
  return name;
}

// ---- UTF-8 ----

// The cached form: an internal cell of raw bytes.
typedef struct Utf8 {
  Cell head;
  size_t length;
  char bytes[];
} Utf8;
static const CellType utf8_cell_type = {.name = "utf8", .has_tail = true};

static Shape *utf8_shape(void) {
  static Shape *shape;
  Shape *known = __atomic_load_n(&shape, __ATOMIC_ACQUIRE);
  if (known) return known;
  known = shape_create_root(&utf8_cell_type, BUILTIN(INTERNAL), 0, 0, 0);
  if (known) __atomic_store_n(&shape, known, __ATOMIC_RELEASE);
  return known;
}

static Utf8 *utf8_make(const Str *text) {
  size_t size = utf8_encoded_size(text->data, str_width(text), text->length, true, NULL);
  Shape *shape = utf8_shape();
  Utf8 *utf8 = shape ? cell_alloc(shape, sizeof(Utf8) + size + 1) : NULL;
  if (!utf8) return NULL;
  utf8->length = size;
  utf8_encode(text->data, str_width(text), text->length, (uint8_t *)utf8->bytes);
  return utf8;
}

static ptrdiff_t find_surrogate(const Str *text) {
  if (str_width(text) == 1) return -1;
  for (size_t i = 0; i < text->length; i++)
    if ((str_character(text, i) & 0xfffff800) == 0xd800) return (ptrdiff_t)i;
  return -1;
}

const char *str_utf8(Value value, size_t *length) {
  Str *text = value_as_str(value);
  if (str_is_ascii(text)) {
    if (length) *length = text->length;
    return (const char *)text->data;
  }
  Value *word = str_utf8_word(text);
  Utf8 *utf8 = (Utf8 *)value_cell(gc_load(word));
  if (!utf8) {
    ptrdiff_t bad = find_surrogate(text);
    if (bad >= 0) {
      raise_unicode_encode_error("utf-8", value, (size_t)bad, (size_t)bad + 1, "surrogates not allowed");
      return NULL;
    }
    utf8 = utf8_make(text);
    if (!utf8) return NULL;
    gc_store(text, word, value_from_cell(utf8));
  }
  if (length) *length = utf8->length;
  return utf8->bytes;
}

char *str_wtf8(Value value, size_t *length) {
  const Str *text = value_as_str(value);
  size_t size = utf8_encoded_size(text->data, str_width(text), text->length, true, NULL);
  char *bytes = malloc(size + 1);
  if (!bytes) {
    raise_memory_error();
    return NULL;
  }
  utf8_encode(text->data, str_width(text), text->length, (uint8_t *)bytes);
  bytes[size] = 0;
  if (length) *length = size;
  return bytes;
}

// ---- Building ----

void str_builder_start(StrBuilder *builder) {
  builder->units = builder->space;
  builder->buffer = NULL;
  builder->length = 0;
  builder->capacity = STR_BUILDER_SPACE;
  builder->widest = 0x7f;
  builder->width = 1;
  builder->failed = false;
}

// The storage is as wide as the widest character seen.
bool str_builder_reserve(StrBuilder *builder, size_t count, uint32_t widest) {
  if (builder->failed) return false;
  if (widest < builder->widest) widest = builder->widest;
  size_t wanted = builder->length + count;
  if (wanted <= builder->capacity && utf_width(widest) == builder->width) {
    builder->widest = widest;
    return true;
  }
  size_t capacity = wanted <= builder->capacity ? builder->capacity : wanted + wanted / 2 + 16;
  // Never flagged as ASCII: it may still be widened in place.
  Str *buffer = str_allocate(capacity, widest < 0x80 ? 0xff : widest);
  if (!buffer) {
    builder->failed = true;
    return false;
  }
  widen_units(buffer->data, str_width(buffer), builder->units, builder->width, builder->length);
  builder->buffer = buffer;
  builder->units = buffer->data;
  builder->capacity = capacity;
  builder->widest = widest;
  builder->width = (uint8_t)str_width(buffer);
  return true;
}

void str_builder_add_any_character(StrBuilder *builder, uint32_t character) {
  if (!str_builder_reserve(builder, 1, character)) return;
  switch (builder->width) {
  case 1:
    builder->units[builder->length] = (uint8_t)character;
    break;
  case 2:
    ((uint16_t *)(void *)builder->units)[builder->length] = (uint16_t)character;
    break;
  default:
    ((uint32_t *)(void *)builder->units)[builder->length] = character;
    break;
  }
  builder->length++;
}

void str_builder_add_part(StrBuilder *builder, Value value, size_t start, size_t end) {
  const Str *text = value_as_str(value);
  if (end > text->length) end = text->length;
  if (start >= end || !str_builder_reserve(builder, end - start, str_widest(text))) return;
  int width = str_width(text);
  widen_units(builder->units + builder->length * builder->width, builder->width, text->data + start * (size_t)width,
              width, end - start);
  builder->length += end - start;
}

void str_builder_add(StrBuilder *builder, Value text) {
  str_builder_add_part(builder, text, 0, SIZE_MAX);
}

void str_builder_add_ascii(StrBuilder *builder, const char *text, size_t length) {
  if (length == 0 || !str_builder_reserve(builder, length, 0x7f)) return;
  widen_units(builder->units + builder->length * builder->width, builder->width, text, 1, length);
  builder->length += length;
}

void str_builder_add_c(StrBuilder *builder, const char *text) {
  size_t length = strlen(text);
  if (ascii_prefix((const uint8_t *)text, length) == length) {
    str_builder_add_ascii(builder, text, length);
    return;
  }
  Value value = str_from_utf8(text, length);
  if (value)
    str_builder_add(builder, value);
  else
    builder->failed = true;
}

Value str_builder_finish(StrBuilder *builder) {
  if (builder->failed) return NULL;
  const void *units = builder->units;
  size_t length = builder->length;
  Value result = builder->widest < 0x80 ? str_from_ascii(units, length) : str_from_units(units, builder->width, length);
  KEEP(builder->buffer);
  return result;
}
