// The module _random: the Mersenne Twister MT19937, whose sequences for a seed are CPython's.
//
// Threads: a generator is locked for each number, so that two threads never get the same one.
#include "runtime/heap/heap.h"
#include "runtime/module/random_numbers.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/thread/lock.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum : int { WORDS = 624, MIDDLE = 397 };
typedef struct Generator {
  Cell head;
  int index;
  uint32_t words[WORDS];
} Generator;
static const CellType generator_cell_type = {.name = "Random", .has_tail = true};
static Generator *as_generator(Value value) {
  return (Generator *)value_cell(value);
}

static void refill(Generator *generator) {
  uint32_t *words = generator->words;
  for (int i = 0; i < WORDS; i++) {
    uint32_t mixed = (words[i] & 0x80000000u) | (words[(i + 1) % WORDS] & 0x7fffffffu);
    words[i] = words[(i + MIDDLE) % WORDS] ^ (mixed >> 1) ^ (mixed & 1 ? 0x9908b0dfu : 0);
  }
  generator->index = 0;
}
static uint32_t next_word(Generator *generator) {
  if (generator->index >= WORDS) refill(generator);
  uint32_t word = generator->words[generator->index++];
  word ^= word >> 11;
  word ^= (word << 7) & 0x9d2c5680u;
  word ^= (word << 15) & 0xefc60000u;
  return word ^ (word >> 18);
}

static void seed_word(Generator *generator, uint32_t seed) {
  generator->words[0] = seed;
  for (uint32_t i = 1; i < WORDS; i++)
    generator->words[i] = 1812433253u * (generator->words[i - 1] ^ (generator->words[i - 1] >> 30)) + i;
  generator->index = WORDS;
}
static void seed_array(Generator *generator, const uint32_t *key, size_t length) {
  uint32_t *words = generator->words;
  seed_word(generator, 19650218u);
  size_t i = 1, j = 0;
  for (size_t k = WORDS > length ? (size_t)WORDS : length; k; k--) {
    words[i] = (words[i] ^ ((words[i - 1] ^ (words[i - 1] >> 30)) * 1664525u)) + key[j] + (uint32_t)j;
    if (++i >= WORDS) {
      words[0] = words[WORDS - 1];
      i = 1;
    }
    if (++j >= length) j = 0;
  }
  for (size_t k = WORDS - 1; k; k--) {
    words[i] = (words[i] ^ ((words[i - 1] ^ (words[i - 1] >> 30)) * 1566083941u)) - (uint32_t)i;
    if (++i >= WORDS) {
      words[0] = words[WORDS - 1];
      i = 1;
    }
  }
  words[0] = 0x80000000u;
}

static void seed_from_system(Generator *generator) {
  uint32_t key[WORDS];
  if (getrandom(key, sizeof key, GRND_NONBLOCK) != (ssize_t)sizeof key) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    key[0] = (uint32_t)now.tv_nsec;
    key[1] = (uint32_t)now.tv_sec;
    key[2] = (uint32_t)getpid();
    seed_array(generator, key, 3);
    return;
  }
  seed_array(generator, key, WORDS);
}

// Seeds from any object: an int's magnitude, else a hash.
static bool seed_from(Generator *generator, Value seed) {
  if (!seed || seed == VALUE_NONE) {
    seed_from_system(generator);
    return true;
  }
  Value number;
  if (value_is_int(seed)) {
    number = int_sign(seed) < 0 ? int_negative(seed) : int_exact(seed);
  } else {
    int64_t hash = value_hash(seed);
    if (hash == -1 && exception_pending()) return false;
    number = int_from_uint64((uint64_t)hash);
  }
  if (!number) return false;
  size_t bytes = int_bit_length(number) / 8 + 1, words = (bytes + 3) / 4;
  uint32_t *key = calloc(words, sizeof *key);
  if (!key) {
    raise_memory_error();
    return false;
  }
  bool converted = int_to_bytes(number, (uint8_t *)key, words * 4, true, false);
  size_t used = (int_bit_length(number) + 31) / 32;
  if (converted) {
    cell_lock(generator);
    seed_array(generator, key, used ? used : 1);
    cell_unlock(generator);
  }
  free(key);
  return converted;
}

static Value random_new(Value class, Value *arguments, size_t count, [[maybe_unused]] Value keyword_names) {
  Generator *generator = class_allocate(value_as_class(class), 0);
  if (!generator) return NULL;
  return seed_from(generator, count ? arguments[0] : NULL) ? value_from_cell(generator) : NULL;
}
static Value random_seed(Value self, Value seed) {
  return seed_from(as_generator(self), seed) ? VALUE_NONE : NULL;
}

double random_double(Value self) {
  Generator *generator = as_generator(self);
  cell_lock(generator);
  uint32_t high = next_word(generator) >> 5, low = next_word(generator) >> 6;
  cell_unlock(generator);
  return (high * 67108864.0 + low) * (1.0 / 9007199254740992.0);
}
Value random_random(Value self) {
  return float_from_double(random_double(self));
}

static uint32_t few_bits(Generator *generator, int count) {
  cell_lock(generator);
  uint32_t bits = next_word(generator) >> (32 - count);
  cell_unlock(generator);
  return bits;
}

static Value random_getrandbits(Value self, Value count_value) {
  int count;
  if (!value_as_int(count_value, &count)) return NULL;
  if (count < 0) return raise_value_error("number of bits must be non-negative");
  if (count == 0) return value_from_small_int(0);
  Generator *generator = as_generator(self);
  if (count <= 32) return value_from_small_int(few_bits(generator, count));
  size_t words = ((size_t)count + 31) / 32;
  uint32_t fixed[64], *bits = words <= 64 ? fixed : malloc(words * sizeof *bits);
  if (!bits) return raise_memory_error();
  cell_lock(generator);
  for (size_t i = 0; i < words; i++) {
    bits[i] = next_word(generator);
    int left = count - (int)(i * 32);
    if (left < 32) bits[i] >>= 32 - left;
  }
  cell_unlock(generator);
  Value number = int_from_bytes((uint8_t *)bits, words * 4, true, false);
  if (bits != fixed) free(bits);
  return number;
}

static Value random_getstate(Value self) {
  Generator *generator = as_generator(self);
  Tuple *state = tuple_allocate(WORDS + 1);
  if (!state) return NULL;
  cell_lock(generator);
  for (int i = 0; i < WORDS; i++) gc_init(state, &state->items[i], value_from_small_int(generator->words[i]));
  gc_init(state, &state->items[WORDS], value_from_small_int(generator->index));
  cell_unlock(generator);
  return value_from_cell(state);
}
static Value random_setstate(Value self, Value values) {
  if (!value_is_tuple(values)) return raise_type_error("state vector must be a tuple");
  if (tuple_count(values) != WORDS + 1) return raise_value_error("state vector is the wrong size");
  uint32_t words[WORDS];
  int64_t number;
  for (size_t i = 0; i < WORDS; i++) {
    if (!value_as_int64(tuple_item(values, i), &number)) return NULL;
    words[i] = (uint32_t)number;
  }
  if (!value_as_int64(tuple_item(values, WORDS), &number)) return NULL;
  if (number < 0 || number > WORDS) return raise_value_error("invalid state");
  Generator *generator = as_generator(self);
  cell_lock(generator);
  for (size_t i = 0; i < WORDS; i++) generator->words[i] = words[i];
  generator->index = (int)number;
  cell_unlock(generator);
  return VALUE_NONE;
}

static const NativeMethod random_methods[] = {
    NATIVE("__new__", random_new, NULL, "Create a generator.", NATIVE_STATIC),
    NATIVE("random", random_random, "($self, /)", "A float in the interval [0, 1)."),
    NATIVE("seed", random_seed, "($self, n=None, /)", "Set the state from a seed."),
    NATIVE("getstate", random_getstate, "($self, /)", "The state as a tuple."),
    NATIVE("setstate", random_setstate, "($self, state, /)", "Go back to a state."),
    NATIVE("getrandbits", random_getrandbits, "($self, k, /)", "An int of k random bits."),
    {}};
static const ClassDef random_class = {.name = "_random.Random",
                                      .doc = "A generator of random numbers.",
                                      .cell_type = &generator_cell_type,
                                      .instance_size = sizeof(Generator),
                                      .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE,
                                      .methods = random_methods};
static Class *random_type;
static bool random_initialize(Value module) {
  heap_add_root_range((Value *)&random_type, 1);
  return module_add_class(module, &random_class, NULL, &random_type);
}
static const NativeMethod no_functions[] = {{}};
const NativeModule random_module = {
    .name = "_random", .doc = "The Mersenne Twister.", .functions = no_functions, .initialize = random_initialize};
