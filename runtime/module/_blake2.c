// The module _blake2: BLAKE2b and BLAKE2s (RFC 7693) with keys, salts, personalization and tree parameters, which
// OpenSSL does not offer.
//
// The two differ in word size, rounds and rotations only: one algorithm over 64-bit words, with those as parameters.
//
// Threads: an object is updated under a mutex of its own, in a blocking region when much is to be hashed.
#include "runtime/heap/heap.h"
#include "runtime/module/_hashlib.h"
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

typedef struct Variant {
  const char *name;
  size_t word, block, digest_max, salt_max; // bytes
  int rounds;
  unsigned rotations[4];
} Variant;
static const Variant variant_b = {"blake2b", 8, 128, 64, 16, 12, {32, 24, 16, 63}};
static const Variant variant_s = {"blake2s", 4, 64, 32, 8, 10, {16, 12, 8, 7}};

static const uint64_t initial[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                                    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
static const uint8_t schedule[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

typedef struct Blake {
  Cell head;
  const Variant *variant;
  uint64_t state[8];
  uint64_t low, high; // bytes hashed so far
  uint8_t buffer[128];
  size_t filled, digest_size;
  bool last_node;
  pthread_mutex_t mutex;
} Blake;
static const CellType blake_cell_type = {.name = "blake2"};
static Class *blake_b, *blake_s;
static Blake *as_blake(Value value) {
  return (Blake *)value_cell(value);
}

static uint64_t word_mask(const Variant *variant) {
  return variant->word == 8 ? UINT64_MAX : UINT32_MAX;
}
static uint64_t rotate(uint64_t x, unsigned count, const Variant *variant) {
  unsigned bits = (unsigned)variant->word * 8;
  return ((x >> count) | (x << (bits - count))) & word_mask(variant);
}

static void compress(Blake *blake, bool last) {
  const Variant *variant = blake->variant;
  uint64_t mask = word_mask(variant), v[16], m[16];
  for (int i = 0; i < 16; i++) {
    m[i] = 0;
    memcpy(&m[i], blake->buffer + (size_t)i * variant->word, variant->word);
  }
  for (int i = 0; i < 8; i++) {
    v[i] = blake->state[i];
    v[i + 8] = variant->word == 8 ? initial[i] : initial[i] >> 32;
  }
  uint64_t counter_high = variant->word == 8 ? blake->high : blake->low >> 32;
  v[12] ^= blake->low & mask;
  v[13] ^= counter_high & mask;
  if (last) v[14] ^= mask;
  if (last && blake->last_node) v[15] ^= mask;
  static const uint8_t lanes[8][4] = {{0, 4, 8, 12},  {1, 5, 9, 13},  {2, 6, 10, 14}, {3, 7, 11, 15},
                                      {0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13},  {3, 4, 9, 14}};
  for (int round = 0; round < variant->rounds; round++) {
    const uint8_t *order = schedule[round % 10];
    for (int lane = 0; lane < 8; lane++) {
      uint64_t *a = &v[lanes[lane][0]], *b = &v[lanes[lane][1]], *c = &v[lanes[lane][2]], *d = &v[lanes[lane][3]];
      for (int half = 0; half < 2; half++) {
        *a = (*a + *b + m[order[2 * lane + half]]) & mask;
        *d = rotate(*d ^ *a, variant->rotations[2 * half], variant);
        *c = (*c + *d) & mask;
        *b = rotate(*b ^ *c, variant->rotations[2 * half + 1], variant);
      }
    }
  }
  for (int i = 0; i < 8; i++) blake->state[i] ^= v[i] ^ v[i + 8];
}

static void add_bytes(Blake *blake, const uint8_t *data, size_t length) {
  size_t block = blake->variant->block;
  while (length > 0) {
    if (blake->filled == block) { // only when more follows: the last block is compressed differently
      if ((blake->low += block) < block) blake->high++;
      compress(blake, false);
      blake->filled = 0;
    }
    size_t step = block - blake->filled < length ? block - blake->filled : length;
    memcpy(blake->buffer + blake->filled, data, step);
    blake->filled += step;
    data += step;
    length -= step;
  }
}

static bool update_value(Blake *blake, Value data) {
  Buffer buffer;
  if (!hash_acquire(data, &buffer)) return false;
  BLOCKING(pthread_mutex_lock(&blake->mutex); add_bytes(blake, buffer.data, buffer.length);
           pthread_mutex_unlock(&blake->mutex));
  buffer_release(&buffer);
  return true;
}

// A number parameter within limits. Absent: `otherwise`.
static bool number_parameter(Value value, uint64_t otherwise, uint64_t least, uint64_t most, const char *message,
                             uint64_t *number) {
  *number = otherwise;
  if (!value) return true;
  Value whole = value_index(value);
  if (!whole) return false;
  if (int_fits_uint64(whole, number) && *number >= least && *number <= most) return true;
  if (int_sign(whole) > 0 && most > 255)
    raise(CLASS_OVERFLOW_ERROR, "%s", message);
  else
    raise_value_error("%s", message);
  return false;
}

static bool bytes_parameter(Value value, size_t most, const char *name, uint8_t *out, size_t *length) {
  *length = 0;
  if (!value) return true;
  Buffer buffer;
  if (!buffer_acquire(value, &buffer, BUFFER_SIMPLE)) return false;
  bool fits = buffer.length <= most;
  if (fits) {
    memcpy(out, buffer.data, buffer.length);
    *length = buffer.length;
  } else {
    raise_value_error("maximum %s length is %zu bytes", name, most);
  }
  buffer_release(&buffer);
  return fits;
}

// data, digest_size, key, salt, person, fanout, depth, leaf_size, node_offset, node_depth, inner_size, last_node,
// usedforsecurity
static Value blake_new(Value *a) {
  Class *class = value_as_class(a[0]);
  const Variant *variant = class_is_subclass(class, blake_b) ? &variant_b : &variant_s;
  uint64_t digest_size, fanout, depth, leaf_size, node_offset, node_depth, inner_size;
  uint8_t key[64], salt[16] = {}, person[16] = {};
  size_t key_length, salt_length, person_length;
  char message[64];
  snprintf(message, sizeof message, "digest_size must be between 1 and %zu bytes", variant->digest_max);
  if (!number_parameter(a[2], variant->digest_max, 1, variant->digest_max, message, &digest_size) ||
      !bytes_parameter(a[3], variant->digest_max, "key", key, &key_length) ||
      !bytes_parameter(a[4], variant->salt_max, "salt", salt, &salt_length) ||
      !bytes_parameter(a[5], variant->salt_max, "person", person, &person_length) ||
      !number_parameter(a[6], 1, 0, 255, "fanout must be between 0 and 255", &fanout) ||
      !number_parameter(a[7], 1, 1, 255, "depth must be between 1 and 255", &depth) ||
      !number_parameter(a[8], 0, 0, UINT32_MAX, "leaf_size is too large", &leaf_size) ||
      !number_parameter(a[9], 0, 0, variant->word == 8 ? UINT64_MAX : ((uint64_t)1 << 48) - 1,
                        "node_offset is too large", &node_offset) ||
      !number_parameter(a[10], 0, 0, 255, "node_depth must be between 0 and 255", &node_depth) ||
      !number_parameter(a[11], 0, 0, variant->digest_max, "inner_size must be between 0 and is maximum", &inner_size))
    return NULL;
  int last_node = a[12] ? value_truth(a[12]) : 0;
  Blake *blake = last_node < 0 ? NULL : class_allocate(class, 0);
  if (!blake) return NULL;
  pthread_mutex_init(&blake->mutex, NULL);
  blake->variant = variant;
  blake->digest_size = (size_t)digest_size;
  blake->last_node = last_node;
  // The parameter block is mixed into the initial state.
  uint8_t parameters[64] = {(uint8_t)digest_size, (uint8_t)key_length, (uint8_t)fanout, (uint8_t)depth};
  memcpy(parameters + 4, &leaf_size, 4);
  memcpy(parameters + 8, &node_offset, variant->word == 8 ? 8 : 6);
  size_t after = variant->word == 8 ? 16 : 14;
  parameters[after] = (uint8_t)node_depth;
  parameters[after + 1] = (uint8_t)inner_size;
  size_t salt_at = variant->word * 4;
  memcpy(parameters + salt_at, salt, variant->salt_max);
  memcpy(parameters + salt_at + variant->salt_max, person, variant->salt_max);
  for (size_t i = 0; i < 8; i++) {
    uint64_t word = 0;
    memcpy(&word, parameters + i * variant->word, variant->word);
    blake->state[i] = (variant->word == 8 ? initial[i] : initial[i] >> 32) ^ word;
  }
  if (key_length) {
    uint8_t block[128] = {};
    memcpy(block, key, key_length);
    add_bytes(blake, block, variant->block);
  }
  Value self = value_from_cell(blake);
  return !a[1] || update_value(blake, a[1]) ? self : NULL;
}

static Value blake_update(Value self, Value data) {
  return update_value(as_blake(self), data) ? VALUE_NONE : NULL;
}
static Value blake_copy(Value self) {
  Blake *from = as_blake(self), *copy = class_allocate(value_class(self), 0);
  if (!copy) return NULL;
  pthread_mutex_lock(&from->mutex);
  memcpy((char *)copy + sizeof(Cell), (char *)from + sizeof(Cell), offsetof(Blake, mutex) - sizeof(Cell));
  pthread_mutex_unlock(&from->mutex);
  pthread_mutex_init(&copy->mutex, NULL);
  return value_from_cell(copy);
}
static Value blake_digest(Value self) {
  Value copy = blake_copy(self);
  if (!copy) return NULL;
  Blake *blake = as_blake(copy);
  if ((blake->low += blake->filled) < blake->filled) blake->high++;
  memset(blake->buffer + blake->filled, 0, blake->variant->block - blake->filled);
  compress(blake, true);
  uint8_t digest[64];
  for (size_t i = 0; i < 8; i++) memcpy(digest + i * blake->variant->word, &blake->state[i], blake->variant->word);
  return bytes_new(digest, blake->digest_size);
}
static Value blake_hexdigest(Value self) {
  Value digest = blake_digest(self);
  return digest ? value_call_method_0(digest, "hex") : NULL;
}
static Value get_name(Value self) {
  return str_from_c(as_blake(self)->variant->name);
}
static Value get_block_size(Value self) {
  return int_from_size(as_blake(self)->variant->block);
}
static Value get_digest_size(Value self) {
  return int_from_size(as_blake(self)->digest_size);
}

static const NativeMethod blake_methods[] = {
    NATIVE("__new__", blake_new,
           "($type, data=b'', /, *, digest_size=64, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, "
           "node_offset=0, "
           "node_depth=0, inner_size=0, last_node=False, usedforsecurity=True)",
           "Create a hash.", NATIVE_STATIC),
    NATIVE("copy", blake_copy, "($self, /)", "A copy."),
    NATIVE("digest", blake_digest, "($self, /)", "The digest as bytes."),
    NATIVE("hexdigest", blake_hexdigest, "($self, /)", "The digest as hexadecimal digits."),
    NATIVE("update", blake_update, "($self, data, /)", "Hash more bytes."),
    {}};
static const NativeProperty blake_properties[] = {{"name", get_name, NULL, NULL},
                                                  {"block_size", get_block_size, NULL, NULL},
                                                  {"digest_size", get_digest_size, NULL, NULL},
                                                  {}};
#define BLAKE_CLASS(variable, class_name)                                                                              \
  static const ClassDef variable = {.name = class_name,                                                                \
                                    .doc = "A BLAKE2 hash under computation.",                                         \
                                    .cell_type = &blake_cell_type,                                                     \
                                    .instance_size = sizeof(Blake),                                                    \
                                    .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE,                                        \
                                    .methods = blake_methods,                                                          \
                                    .properties = blake_properties};
BLAKE_CLASS(blake_b_class, "_blake2.blake2b")
BLAKE_CLASS(blake_s_class, "_blake2.blake2s")

static bool add_limits(Class *class, const Variant *variant) {
  const struct {
    const char *name;
    size_t value;
  } limits[] = {{"SALT_SIZE", variant->salt_max},
                {"PERSON_SIZE", variant->salt_max},
                {"MAX_KEY_SIZE", variant->digest_max},
                {"MAX_DIGEST_SIZE", variant->digest_max}};
  for (size_t i = 0; i < 4; i++)
    if (!class_set_attribute(class, str_intern_c(limits[i].name), int_from_size(limits[i].value))) return false;
  return true;
}
static bool blake_initialize(Value module) {
  heap_add_root_range((Value *)&blake_b, 1);
  heap_add_root_range((Value *)&blake_s, 1);
  return module_add_class(module, &blake_b_class, NULL, &blake_b) &&
         module_add_class(module, &blake_s_class, NULL, &blake_s) && add_limits(blake_b, &variant_b) &&
         add_limits(blake_s, &variant_s);
}
static const NativeMethod no_functions[] = {{}};
const NativeModule blake2_module = {.name = "_blake2",
                                    .doc = "The hash functions BLAKE2b and BLAKE2s.",
                                    .functions = no_functions,
                                    .initialize = blake_initialize};
