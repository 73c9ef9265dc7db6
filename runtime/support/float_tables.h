/* Powers of ten for reading and writing floats, made by generate_float_tables.py.
 *
 * Entry p - POWER_OF_TEN_FIRST holds 10^p * 2^(127 - floor(log2(10^p))), a 128-bit number with its top bit set, rounded
 * up. It is exact for 0 <= p <= POWER_OF_TEN_EXACT.
 */
#ifndef KRAIT_SUPPORT_FLOAT_TABLES_H
#define KRAIT_SUPPORT_FLOAT_TABLES_H

#include <stdint.h>

enum { POWER_OF_TEN_FIRST = -342, POWER_OF_TEN_LAST = 324, POWER_OF_TEN_EXACT = 55 };

typedef struct {
  uint64_t high, low;
} PowerOfTen;

extern const PowerOfTen float_powers_of_ten[POWER_OF_TEN_LAST - POWER_OF_TEN_FIRST + 1];

/* floor(log2(10^power)) for |power| <= 1233. */
static inline int floor_log2_power_of_ten(int power) {
  return (power * 1741647) >> 19;
}

#endif
