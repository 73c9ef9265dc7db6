// What the codecs share: error handlers, and the state of one decoding or encoding.
#pragma once

#include "runtime/object/codec.h"
#include "runtime/object/str.h"

typedef enum ErrorKind : uint8_t {
  ERRORS_STRICT,
  ERRORS_IGNORE,
  ERRORS_REPLACE,
  ERRORS_BACKSLASHREPLACE,
  ERRORS_XMLCHARREFREPLACE,
  ERRORS_NAMEREPLACE,
  ERRORS_SURROGATEESCAPE,
  ERRORS_SURROGATEPASS,
  ERRORS_REGISTERED, // by name, in the registry
} ErrorKind;

// ---- Decoding ----

typedef struct Decode {
  const char *encoding; // as errors name it
  const char *errors;
  ErrorKind kind;
  const uint8_t *bytes;
  size_t size, at;
  Value owner;  // what `bytes` stands in
  Value object; // the bytes object that errors show; zero until the first one
  StrBuilder out;
  bool final;        // there is no more input: what is incomplete is an error
  bool any_position; // a handler's answer beyond all sizes is out of bounds, too (else OverflowError)
} Decode;

void decode_start(Decode *state, const char *encoding, const char *errors, const uint8_t *bytes, size_t size,
                  Value owner);
// Deals with bytes[start..end) that cannot be decoded: adds a replacement, sets `at` (and may replace the input).
// False: an exception is pending. May run Python code.
bool decode_error(Decode *state, size_t start, size_t end, const char *reason);
Value decode_finish(Decode *state);

// Each decodes from `at` up to the end, or, unless `final`, to where the rest is incomplete.
Value decode_utf8(Decode *state);
Value decode_utf7(Decode *state);
// *byte_order: 0 look for a mark; <0 little, >0 big endian. Says what was found.
Value decode_utf16(Decode *state, int *byte_order);
Value decode_utf32(Decode *state, int *byte_order);
Value decode_ascii(Decode *state);
Value decode_latin1(Decode *state);
Value decode_charmap(Decode *state, Value mapping); // zero or None: Latin-1
Value decode_unicode_escape(Decode *state);
Value decode_raw_unicode_escape(Decode *state);
// Warns of the first escape that is none: its letter, or above 0377 the number that an octal one gives. False: raised.
bool escape_warn(int unknown);

// ---- Encoding ----

typedef struct Encode {
  const char *encoding;
  const char *errors;
  ErrorKind kind;
  Value text;
  size_t at;
  uint8_t *bytes; // malloc'ed; encode_finish frees it
  size_t length, capacity;
  bool failed;         // an exception is pending
  bool any_position;   // as in Decode
  bool all_or_nothing; // surrogateescape takes all of a bad range or none (elsewhere as much as it can)
} Encode;

void encode_start(Encode *state, const char *encoding, const char *errors, Value text);
// Room for `count` more bytes, which the caller fills and adds to `length`. NULL: failed.
uint8_t *encode_reserve(Encode *state, size_t count);
void encode_add(Encode *state, const void *bytes, size_t count);
// Deals with text[start..end). *replacement is a str or bytes to be put in its place; sets `at`. False: an exception is
// pending. May run Python code.
bool encode_error(Encode *state, size_t start, size_t end, const char *reason, Value *replacement);
// The replacement cannot be encoded either: raises the error. Returns false.
bool encode_give_up(Encode *state, size_t start, size_t end, const char *reason);
Value encode_finish(Encode *state); // bytes

Value encode_utf8(Value text, const char *errors);
Value encode_utf7(Value text);
Value encode_utf16(Value text, const char *errors, int byte_order); // 0: native with a mark
Value encode_utf32(Value text, const char *errors, int byte_order);
Value encode_ascii(Value text, const char *errors);
Value encode_latin1(Value text, const char *errors);
Value encode_charmap(Value text, const char *errors, Value mapping); // zero or None: Latin-1
Value encode_unicode_escape(Value text);
Value encode_raw_unicode_escape(Value text);
// The encoding map for a decoding table (str): an EncodingMap or a dict.
Value charmap_build(Value table);

// ---- The registry ----

ErrorKind error_kind(const char *errors); // NULL: strict
// The handler registered as `errors`; LookupError "unknown error handler name 'x'".
Value error_handler_find(const char *errors);
bool error_handler_register(Value name, Value handler);
// The built-in handlers as functions of an exception, for the registry (codec_errors.c).
extern const struct NativeMethod builtin_error_handlers[];

// The registry's entry for an encoding: the 4-tuple that a search function returned. LookupError.
Value codec_lookup(const char *encoding);
bool codec_register(Value search_function);
bool codec_unregister(Value search_function);
Value codec_forget(const char *encoding); // removes it from the cache: True if it was there
// codecs.encode and codecs.decode: any objects.
Value codec_encode(Value object, const char *encoding, const char *errors);
Value codec_decode(Value object, const char *encoding, const char *errors);
