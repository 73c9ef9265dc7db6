/* UTF-16 and UTF-32 in either byte order, in two steps like utf8.h. Byte order marks are the caller's matter.
 *
 * Bad input is reported as CPython's codecs do; units are storage of 1, 2 or 4 bytes a code point, which the caller
 * provides.
 */
#ifndef KRAIT_SUPPORT_UTF_WIDE_H
#define KRAIT_SUPPORT_UTF_WIDE_H

#include "runtime/support/utf8.h"

#ifdef __cplusplus
extern "C" {
#endif

UtfScan utf16_scan(const uint8_t *bytes, size_t size, bool big_endian);
UtfScan utf32_scan(const uint8_t *bytes, size_t size, bool big_endian);

/* Decode what the scan found valid; `width` must hold its maximum. */
void utf16_decode(const uint8_t *bytes, size_t size, bool big_endian, void *units, int width);
void utf32_decode(const uint8_t *bytes, size_t size, bool big_endian, void *units, int width);

/* Bytes needed to encode units; stops at the first surrogate unless `surrogates`; *valid is how many units were
 * counted. */
size_t utf16_encoded_size(const void *units, int width, size_t length, bool surrogates, size_t *valid);
size_t utf32_encoded_size(const void *units, int width, size_t length, bool surrogates, size_t *valid);

/* Encode (surrogates as they are); return the end of what was written. */
uint8_t *utf16_encode(const void *units, int width, size_t length, bool big_endian, uint8_t *out);
uint8_t *utf32_encode(const void *units, int width, size_t length, bool big_endian, uint8_t *out);

#ifdef __cplusplus
}
#endif
#endif
