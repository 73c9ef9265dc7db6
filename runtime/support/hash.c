/* SipHash-1-3 (Aumasson, Bernstein) and the numeric hash of doubles and big ints. */
#include "runtime/support/hash.h"
#include <string.h>
#include <sys/random.h>

HashKey hash_key_from_seed(uint32_t seed) {
  if (seed == 0) return (HashKey){0, 0};
  uint8_t secret[16];
  uint32_t state = seed;
  for (size_t i = 0; i < sizeof secret; i++) {
    state = state * 214013 + 2531011;
    secret[i] = (uint8_t)(state >> 16);
  }
  HashKey key;
  memcpy(&key, secret, sizeof key);
  return key;
}

HashKey hash_key_random(void) {
  HashKey key;
  /* Up to 256 bytes are delivered whole once the kernel's generator is seeded; before that, at boot, mix in an address.
   */
  if (getrandom(&key, sizeof key, GRND_NONBLOCK) != sizeof key) key = hash_key_from_seed((uint32_t)(uintptr_t)&key | 1);
  return key;
}

typedef struct {
  uint64_t a, b, c, d;
} SipState;

static inline uint64_t rotate(uint64_t value, int bits) {
  return value << bits | value >> (64 - bits);
}

static inline SipState sip_round(SipState s) {
  s.a += s.b;
  s.c += s.d;
  s.b = rotate(s.b, 13) ^ s.a;
  s.d = rotate(s.d, 16) ^ s.c;
  s.a = rotate(s.a, 32);
  s.c += s.b;
  s.a += s.d;
  s.b = rotate(s.b, 17) ^ s.c;
  s.d = rotate(s.d, 21) ^ s.a;
  s.c = rotate(s.c, 32);
  return s;
}

static inline SipState sip_absorb(SipState s, uint64_t word) {
  s.d ^= word;
  s = sip_round(s);
  s.a ^= word;
  return s;
}

int64_t hash_bytes(const HashKey *key, const void *bytes, size_t size) {
  if (size == 0) return 0;
  SipState s = {key->low ^ 0x736F6D6570736575, key->high ^ 0x646F72616E646F6D, key->low ^ 0x6C7967656E657261,
                key->high ^ 0x7465646279746573};
  const uint8_t *p = bytes, *end = p + (size & ~(size_t)7);
  for (; p < end; p += 8) {
    uint64_t word;
    memcpy(&word, p, sizeof word);
    s = sip_absorb(s, word);
  }
  uint64_t last = (uint64_t)size << 56;
  for (size_t i = 0; i < (size & 7); i++) last |= (uint64_t)p[i] << 8 * i;
  s = sip_absorb(s, last);
  s.c ^= 0xFF;
  for (int i = 0; i < 3; i++) s = sip_round(s);
  return hash_not_minus_one((int64_t)(s.a ^ s.b ^ s.c ^ s.d));
}

int64_t hash_limbs(bool negative, const uint64_t *limbs, size_t count) {
  uint64_t reduced = 0; /* below the modulus; 2^64 is congruent to 8 */
  for (size_t i = count; i-- > 0;) {
    reduced = (reduced << 3 & HASH_MODULUS) | reduced >> (HASH_MODULUS_BITS - 3);
    reduced += (limbs[i] & HASH_MODULUS) + (limbs[i] >> HASH_MODULUS_BITS);
    reduced = (reduced & HASH_MODULUS) + (reduced >> HASH_MODULUS_BITS);
    if (reduced >= HASH_MODULUS) reduced -= HASH_MODULUS;
  }
  return hash_not_minus_one(negative ? -(int64_t)reduced : (int64_t)reduced);
}

int64_t hash_double(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  int biased = (int)(bits >> 52) & 0x7FF;
  bool negative = bits >> 63;
  if (biased == 0x7FF) return negative ? -HASH_INFINITY : HASH_INFINITY;
  uint64_t significand = bits & (((uint64_t)1 << 52) - 1);
  if (biased) significand |= (uint64_t)1 << 52;
  /* value = significand * 2^exponent, and multiplying by 2 modulo 2^61 - 1 rotates 61 bits. 1098 is 18 * 61. */
  int exponent = (biased ? biased : 1) - 1075, turn = (exponent + 1098) % HASH_MODULUS_BITS;
  uint64_t reduced = (significand << turn & HASH_MODULUS) | significand >> (HASH_MODULUS_BITS - turn);
  return hash_not_minus_one(negative ? -(int64_t)reduced : (int64_t)reduced);
}
