// Encoding and decoding: what str.encode() and bytes.decode() do, by names of codecs and error handlers.
//
// The everyday encodings (UTF-8, ASCII, Latin-1, UTF-16, UTF-32) are known here, so that they work before the
// `encodings` package can be imported; all others go through the registry of the codecs module.
#pragma once

#include "runtime/object/class.h"

// text.encode(encoding, errors): bytes. decode: str. NULL means "utf-8" and "strict". LookupError, UnicodeError,
// TypeError when a codec is not a text encoding. May run Python code (registered codecs and error handlers).
Value codec_encode_text(Value text, const char *encoding, const char *errors);
Value codec_decode_text(Value object, const char *encoding, const char *errors);
// The same for memory; `owner` is the object shown by errors (zero: a bytes object is made).
Value codec_decode_memory(const uint8_t *data, size_t length, Value owner, const char *encoding, const char *errors);

// The C string in a str argument that names an encoding or error handler; zero: `*name` is NULL. False: raised
// (TypeError "f() argument 'x' must be str, not T", ValueError for NUL, UnicodeEncodeError for surrogates).
bool codec_name_argument(Value value, const char *function, const char *argument, const char **name);
