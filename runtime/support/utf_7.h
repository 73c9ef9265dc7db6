/* UTF-7 (RFC 2152), with CPython's choices: what is encoded directly, which errors are reported and where. */
#ifndef KRAIT_SUPPORT_UTF_7_H
#define KRAIT_SUPPORT_UTF_7_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  size_t consumed;    /* bytes of input used; an error or an unfinished shift sequence is not */
  size_t length;      /* code points written, some perhaps from the start of a bad shift sequence */
  const char *reason; /* UnicodeDecodeError's reason; NULL: no error */
  size_t bad_start, bad_end;
} Utf7Result;

/* Decodes up to the first error into `out`, which holds `size` code points. To go on after an error, call again with
 * what follows the position the error handler gave. Without `final`, an unfinished shift sequence at the end is left
 * for later. */
Utf7Result utf7_decode(const uint8_t *bytes, size_t size, bool final, uint32_t *out);

/* Bytes that encode `units` (width 1, 2 or 4); they are written if `out` is not NULL. Every code point can be encoded.
 */
size_t utf7_encode(const void *units, int width, size_t length, uint8_t *out);

#ifdef __cplusplus
}
#endif
#endif
