// Hash values, against numbers taken from CPython 3.11.
#include "runtime/support/hash.h"
#include <cmath>
#include <gtest/gtest.h>
#include <initializer_list>
#include <string>
#include <vector>

namespace {

int64_t hash_text(uint32_t seed, const std::string &text) {
  HashKey key = hash_key_from_seed(seed);
  return hash_bytes(&key, text.data(), text.size());
}

int64_t hash_tuple(std::initializer_list<int64_t> elements) {
  uint64_t state = HASH_TUPLE_START;
  for (int64_t element : elements) state = hash_tuple_add(state, element);
  return hash_tuple_finish(state, elements.size());
}

int64_t hash_set(std::initializer_list<int64_t> elements) {
  uint64_t state = 0;
  for (int64_t element : elements) state ^= hash_set_mix(element);
  return hash_set_finish(state, elements.size());
}

TEST(Hash, Bytes) {
  EXPECT_EQ(hash_text(0u, ""), 0);
  EXPECT_EQ(hash_text(0u, "a"), 4644417185603328019);
  EXPECT_EQ(hash_text(0u, "abc"), -4594863902769663758);
  EXPECT_EQ(hash_text(0u, "12345678"), 3785724242978802311);
  EXPECT_EQ(hash_text(0u, "the quick brown fox"), 6491753435481021626);
  EXPECT_EQ(hash_text(42u, ""), 0);
  EXPECT_EQ(hash_text(42u, "a"), -123207753977932514);
  EXPECT_EQ(hash_text(42u, "abc"), 3869580338025362921);
  EXPECT_EQ(hash_text(42u, "12345678"), -8868897825882322955);
  EXPECT_EQ(hash_text(42u, "the quick brown fox"), -5507856078744094505);
  EXPECT_EQ(hash_text(4294967295u, ""), 0);
  EXPECT_EQ(hash_text(4294967295u, "a"), -5989683813037840249);
  EXPECT_EQ(hash_text(4294967295u, "abc"), -6122489556238538401);
  EXPECT_EQ(hash_text(4294967295u, "12345678"), -5472437280652225004);
  EXPECT_EQ(hash_text(4294967295u, "the quick brown fox"), 8926146219781710653);
}

TEST(Hash, Ints) {
  EXPECT_EQ(hash_int64(0), 0);
  EXPECT_EQ(hash_int64(-1), -2);
  EXPECT_EQ(hash_int64((int64_t)HASH_MODULUS), 0);
  EXPECT_EQ(hash_int64(-(int64_t)HASH_MODULUS - 1), -2);
  EXPECT_EQ(hash_int64(2305843009213693952), 1);
  EXPECT_EQ(hash_int64(4611686018427387909), 7);
  EXPECT_EQ(hash_int64(-4611686018427387911), -9);
  EXPECT_EQ(hash_int64(9223372036854775807), 3);
  EXPECT_EQ(hash_int64(-9223372036854775807), -3);
}

TEST(Hash, Limbs) {
  {
    std::vector<uint64_t> limbs{0x97b750923ceb3ffdu};
    EXPECT_EQ(hash_limbs(false, limbs.data(), limbs.size()), 1708923172627890177);
    EXPECT_EQ(hash_limbs(true, limbs.data(), limbs.size()), -1708923172627890177);
  }
  {
    std::vector<uint64_t> limbs{0x216363698b529b4au, 0x1u};
    EXPECT_EQ(hash_limbs(false, limbs.data(), limbs.size()), 100032921692445523);
    EXPECT_EQ(hash_limbs(true, limbs.data(), limbs.size()), -100032921692445523);
  }
  {
    std::vector<uint64_t> limbs{0x9a9a80fdea7b5bf5u, 0xa02f34a6795b929eu};
    EXPECT_EQ(hash_limbs(false, limbs.data(), limbs.size()), 2023284127533887761);
    EXPECT_EQ(hash_limbs(true, limbs.data(), limbs.size()), -2023284127533887761);
  }
  {
    std::vector<uint64_t> limbs{0x10c67fd994b2b8fdu, 0x35efa259b08923du, 0xd6645fa9e8a8529fu, 0xf8u};
    EXPECT_EQ(hash_limbs(false, limbs.data(), limbs.size()), 348531444643914835);
    EXPECT_EQ(hash_limbs(true, limbs.data(), limbs.size()), -348531444643914835);
  }
  {
    std::vector<uint64_t> limbs{0x8d0038ec42650644u, 0x311624273bfd1d33u, 0xb7970386fee29476u, 0x8a7d43b578633074u,
                                0x8cb4a0d7d6225675u, 0x65aa9c8279f248b0u, 0xdc6bf1e1a399f82au, 0x3b5f3d86268ecc45u,
                                0x26d0b944a2863a7fu, 0xed038db4de383784u, 0x63d2e49085ef3430u, 0x3e0a813bdc2ae99u,
                                0xc6f8da3eabe19f58u, 0x28ce6f2410645d51u, 0xf51e8722c21b6092u, 0x8a97524d6au};
    EXPECT_EQ(hash_limbs(false, limbs.data(), limbs.size()), 1630717940652600325);
    EXPECT_EQ(hash_limbs(true, limbs.data(), limbs.size()), -1630717940652600325);
  }
}

TEST(Hash, Doubles) {
  EXPECT_EQ(hash_double(INFINITY), 314159);
  EXPECT_EQ(hash_double(-INFINITY), -314159);
  EXPECT_EQ(hash_double(0x0p0), 0);
  EXPECT_EQ(hash_double(-0x1p0), -2);
  EXPECT_EQ(hash_double(0x1p-1), 1152921504606846976);
  EXPECT_EQ(hash_double(0x1.999999999999ap-4), 230584300921369408);
  EXPECT_EQ(hash_double(0x1.fffffffffffffp+1023), 2234066890152476671);
  EXPECT_EQ(hash_double(0x1p-1074), 16777216);
  EXPECT_EQ(hash_double(-0x1.8p+61), -1152921504606846977);
  EXPECT_EQ(hash_double(0x1p61), 1);
  EXPECT_EQ(hash_double(0x1.921fb54442d18p+1), 326490430436040707);
  for (int64_t i = -1000; i < 1000; i++) EXPECT_EQ(hash_double((double)i), hash_int64(i));
}

TEST(Hash, Containers) {
  EXPECT_EQ(hash_tuple({}), 5740354900026072187);
  EXPECT_EQ(hash_tuple({1}), -6644214454873602895);
  EXPECT_EQ(hash_tuple({1, 2, 3}), 529344067295497451);
  EXPECT_EQ(hash_tuple({0, 0}), -8458139203682520985);
  EXPECT_EQ(hash_tuple({-2, 5}), 7913930892179122687);
  EXPECT_EQ(hash_set({}), 133146708735736);
  EXPECT_EQ(hash_set({1}), -558064481276695278);
  EXPECT_EQ(hash_set({1, 2, 3}), -272375401224217160);
  EXPECT_EQ(hash_set({7, 100}), 4740023361859376987);
  EXPECT_EQ(hash_complex(hash_double(1.5), hash_double(-2.25)), -576460752305423493);
}

TEST(Hash, RandomKeysDiffer) {
  HashKey a = hash_key_random(), b = hash_key_random();
  EXPECT_FALSE(a.low == b.low && a.high == b.high);
}

} // namespace
