/* Hash values, equal to CPython 3.11's on 64-bit machines for the same value and the same PYTHONHASHSEED.
 *
 * -1 means "error" to callers of tp_hash, so it is never a hash: every function here maps it to something else. Numbers
 * hash as their value modulo the prime 2^61 - 1, so that equal ints, floats, complex numbers and fractions hash alike.
 */
#ifndef KRAIT_SUPPORT_HASH_H
#define KRAIT_SUPPORT_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { HASH_MODULUS_BITS = 61, HASH_INFINITY = 314159, HASH_IMAGINARY = 1000003 };
#define HASH_MODULUS (((uint64_t)1 << HASH_MODULUS_BITS) - 1)

/* The secret of string hashing. */
typedef struct {
  uint64_t low, high;
} HashKey;

/* The key for PYTHONHASHSEED=seed; 0 means no randomization. */
HashKey hash_key_from_seed(uint32_t seed);
/* A random key from the kernel. */
HashKey hash_key_random(void);

/* SipHash-1-3. For a str: the bytes of its narrowest storage (1, 2 or 4 bytes a character, native order). Empty: 0. */
int64_t hash_bytes(const HashKey *key, const void *bytes, size_t size);

static inline int64_t hash_not_minus_one(int64_t hash) {
  return hash == -1 ? -2 : hash;
}

/* An int that fits in 64 bits. */
static inline int64_t hash_int64(int64_t value) {
  uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
  uint64_t reduced = (magnitude & HASH_MODULUS) + (magnitude >> HASH_MODULUS_BITS);
  if (reduced >= HASH_MODULUS) reduced -= HASH_MODULUS;
  return hash_not_minus_one(value < 0 ? -(int64_t)reduced : (int64_t)reduced);
}

/* An int of `count` limbs, least significant first. */
int64_t hash_limbs(bool negative, const uint64_t *limbs, size_t count);

/* A finite or infinite double. A nan hashes by identity: the caller uses hash_pointer. */
int64_t hash_double(double value);

/* A complex number from the hashes of its parts. */
static inline int64_t hash_complex(int64_t real, int64_t imaginary) {
  return hash_not_minus_one((int64_t)((uint64_t)real + HASH_IMAGINARY * (uint64_t)imaginary));
}

/* An address; the low bits, always alike, go to the top. */
static inline int64_t hash_pointer(const void *pointer) {
  uint64_t bits = (uint64_t)(uintptr_t)pointer;
  return hash_not_minus_one((int64_t)(bits >> 4 | bits << 60));
}

/* A tuple: start, add the hash of each element in order, finish with their number. */
#define HASH_TUPLE_START ((uint64_t)2870177450012600261u)

static inline uint64_t hash_tuple_add(uint64_t state, int64_t element) {
  state += (uint64_t)element * 14029467366897019727u;
  return (state << 31 | state >> 33) * 11400714785074694791u;
}

static inline int64_t hash_tuple_finish(uint64_t state, size_t length) {
  state += length ^ (HASH_TUPLE_START ^ 3527539u);
  return state == UINT64_MAX ? 1546275796 : (int64_t)state;
}

/* A frozenset: xor of the mixed hashes of the elements, from 0, in any order; finish with their number. */
static inline uint64_t hash_set_mix(int64_t element) {
  uint64_t hash = (uint64_t)element;
  return (hash ^ 89869747u ^ hash << 16) * 3644798167u;
}

static inline int64_t hash_set_finish(uint64_t state, size_t length) {
  state ^= (length + 1) * 1927868237u;
  state ^= state >> 11 ^ state >> 25;
  state = state * 69069u + 907133923u;
  return state == UINT64_MAX ? 590923713 : (int64_t)state;
}

#ifdef __cplusplus
}
#endif
#endif
