// Module _codecs: the registry and the native codecs as functions, from which codecs.py and the `encodings` package are
// made. The work is done in object/codec*.c.
//
// Threads: see object/codec_registry.c; each coding has a state of its own.
#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec_internal.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"

#include <string.h>

// ---- Arguments ----

static bool take_errors(Value value, const char *function, const char **errors) {
  if (value == VALUE_NONE) value = NULL;
  if (value && !value_is_str(value)) {
    raise_type_error("%s() argument 2 must be str or None, not %.50T", function, value);
    return false;
  }
  return codec_name_argument(value, function, "2", errors);
}

// Bytes to decode: a buffer, or (where `text_too`) the UTF-8 of a str.
typedef struct Input {
  Buffer buffer;
  const uint8_t *bytes;
  size_t size;
} Input;

static bool input_acquire(Input *input, Value data, bool text_too) {
  *input = (Input){};
  if (text_too && value_is_str(data)) {
    input->bytes = (const uint8_t *)str_utf8(data, &input->size);
    return input->bytes != NULL;
  }
  if (!buffer_acquire(data, &input->buffer, BUFFER_SIMPLE)) return false;
  input->bytes = input->buffer.data;
  input->size = input->buffer.length;
  return true;
}
static void input_release(Input *input) {
  if (input->buffer.owner) buffer_release(&input->buffer);
}

static Value pair(Value coded, size_t consumed) {
  Value count = coded ? int_from_size(consumed) : NULL;
  return count ? tuple_of(2, coded, count) : NULL;
}

static bool check_text(Value text, const char *function) {
  if (value_is_str(text)) return true;
  raise_type_error("%s() argument 1 must be str, not %.50T", function, text);
  return false;
}

// ---- Decoders ----

typedef Value Decoder(Decode *state);

// `whole`: what was consumed is all the input, even if a handler has put other input in its place.
static Value decode_with(const char *function, const char *encoding, Decoder *decoder, Value data, Value errors,
                         bool final, bool text_too, bool whole) {
  const char *errors_name;
  Input input;
  if (!take_errors(errors, function, &errors_name) || !input_acquire(&input, data, text_too)) return NULL;
  Decode state;
  decode_start(&state, encoding, errors_name, input.bytes, input.size, data);
  state.final = final;
  Value text = decoder(&state);
  size_t size = input.size;
  input_release(&input);
  KEEP(errors);
  return pair(text, whole ? size : state.at);
}

// final given as a bool or another int; -1: exception
static int take_final(Value value, bool otherwise) {
  int number = otherwise;
  if (value && !value_as_int(value, &number)) return -1;
  return number != 0;
}

#define STATEFUL_DECODER(name, encoding, decoder)                                                                      \
  static Value name(Value data, Value errors, Value final) {                                                           \
    int is_final = take_final(final, false);                                                                           \
    return is_final < 0 ? NULL : decode_with(#name, encoding, decoder, data, errors, is_final, false, is_final);       \
  }
#define PLAIN_DECODER(name, encoding, decoder)                                                                         \
  static Value name(Value data, Value errors) {                                                                        \
    return decode_with(#name, encoding, decoder, data, errors, true, false, true);                                     \
  }
#define ESCAPE_DECODER(name, encoding, decoder)                                                                        \
  static Value name(Value data, Value errors, Value final) {                                                           \
    int is_final = take_final(final, true);                                                                            \
    return is_final < 0 ? NULL : decode_with(#name, encoding, decoder, data, errors, is_final, true, is_final);        \
  }

static Value utf16_marked(Decode *state) {
  int byte_order = 0;
  return decode_utf16(state, &byte_order);
}
static Value utf16_little(Decode *state) {
  int byte_order = -1;
  return decode_utf16(state, &byte_order);
}
static Value utf16_big(Decode *state) {
  int byte_order = 1;
  return decode_utf16(state, &byte_order);
}
static Value utf32_marked(Decode *state) {
  int byte_order = 0;
  return decode_utf32(state, &byte_order);
}
static Value utf32_little(Decode *state) {
  int byte_order = -1;
  return decode_utf32(state, &byte_order);
}
static Value utf32_big(Decode *state) {
  int byte_order = 1;
  return decode_utf32(state, &byte_order);
}

STATEFUL_DECODER(utf_8_decode, "utf-8", decode_utf8)
STATEFUL_DECODER(utf_7_decode, "utf7", decode_utf7)
STATEFUL_DECODER(utf_16_decode, "utf-16", utf16_marked)
STATEFUL_DECODER(utf_16_le_decode, "utf-16-le", utf16_little)
STATEFUL_DECODER(utf_16_be_decode, "utf-16-be", utf16_big)
STATEFUL_DECODER(utf_32_decode, "utf-32", utf32_marked)
STATEFUL_DECODER(utf_32_le_decode, "utf-32-le", utf32_little)
STATEFUL_DECODER(utf_32_be_decode, "utf-32-be", utf32_big)
PLAIN_DECODER(ascii_decode, "ascii", decode_ascii)
PLAIN_DECODER(latin_1_decode, "latin-1", decode_latin1)
ESCAPE_DECODER(unicode_escape_decode, "unicodeescape", decode_unicode_escape)
ESCAPE_DECODER(raw_unicode_escape_decode, "rawunicodeescape", decode_raw_unicode_escape)

// (text, consumed, byte order found)
static Value decode_extended(const char *function, Value (*decoder)(Decode *, int *), Value data, Value errors,
                             Value byte_order_value, Value final) {
  const char *errors_name;
  int byte_order = 0, is_final = take_final(final, false);
  if (is_final < 0 || (byte_order_value && !value_as_int(byte_order_value, &byte_order)) ||
      !take_errors(errors, function, &errors_name))
    return NULL;
  Input input;
  if (!input_acquire(&input, data, false)) return NULL;
  Decode state;
  decode_start(&state, "", errors_name, input.bytes, input.size, data);
  state.final = is_final;
  Value text = decoder(&state, &byte_order);
  size_t consumed = is_final ? input.size : state.at;
  input_release(&input);
  KEEP(errors);
  return text ? tuple_of(3, text, int_from_size(consumed), value_from_small_int(byte_order)) : NULL;
}
static Value utf_16_ex_decode(Value data, Value errors, Value byte_order, Value final) {
  return decode_extended("utf_16_ex_decode", decode_utf16, data, errors, byte_order, final);
}
static Value utf_32_ex_decode(Value data, Value errors, Value byte_order, Value final) {
  return decode_extended("utf_32_ex_decode", decode_utf32, data, errors, byte_order, final);
}

static Value charmap_decode(Value data, Value errors, Value mapping) {
  const char *errors_name;
  Input input;
  if (!take_errors(errors, "charmap_decode", &errors_name) || !input_acquire(&input, data, false)) return NULL;
  Decode state;
  decode_start(&state, "charmap", errors_name, input.bytes, input.size, data);
  Value text = decode_charmap(&state, mapping);
  size_t size = input.size;
  input_release(&input);
  KEEP(errors);
  return pair(text, size);
}

// ---- Encoders ----

#define ENCODER(name, call)                                                                                            \
  static Value name(Value text, Value errors) {                                                                        \
    const char *errors_name;                                                                                           \
    if (!check_text(text, #name) || !take_errors(errors, #name, &errors_name)) return NULL;                            \
    return pair(call, str_length(text));                                                                               \
  }
#define MARKED_ENCODER(name, encode)                                                                                   \
  static Value name(Value text, Value errors, Value byte_order_value) {                                                \
    const char *errors_name;                                                                                           \
    int byte_order = 0;                                                                                                \
    if (!check_text(text, #name) || !take_errors(errors, #name, &errors_name) ||                                       \
        (byte_order_value && !value_as_int(byte_order_value, &byte_order)))                                            \
      return NULL;                                                                                                     \
    return pair(encode(text, errors_name, byte_order), str_length(text));                                              \
  }

ENCODER(utf_8_encode, encode_utf8(text, errors_name))
ENCODER(utf_7_encode, encode_utf7(text))
MARKED_ENCODER(utf_16_encode, encode_utf16)
ENCODER(utf_16_le_encode, encode_utf16(text, errors_name, -1))
ENCODER(utf_16_be_encode, encode_utf16(text, errors_name, 1))
MARKED_ENCODER(utf_32_encode, encode_utf32)
ENCODER(utf_32_le_encode, encode_utf32(text, errors_name, -1))
ENCODER(utf_32_be_encode, encode_utf32(text, errors_name, 1))
ENCODER(ascii_encode, encode_ascii(text, errors_name))
ENCODER(latin_1_encode, encode_latin1(text, errors_name))
ENCODER(unicode_escape_encode, encode_unicode_escape(text))
ENCODER(raw_unicode_escape_encode, encode_raw_unicode_escape(text))

static Value charmap_encode(Value text, Value errors, Value mapping) {
  const char *errors_name;
  if (!check_text(text, "charmap_encode") || !take_errors(errors, "charmap_encode", &errors_name)) return NULL;
  return pair(encode_charmap(text, errors_name, mapping), str_length(text));
}
static Value charmap_build_function(Value map) {
  if (!value_is_str(map)) return raise_type_error("charmap_build() argument must be str, not %.50T", map);
  return charmap_build(map);
}

// ---- Bytes to bytes ----

static Value readbuffer_encode(Value data, Value errors) {
  const char *errors_name;
  Input input;
  if (!take_errors(errors, "readbuffer_encode", &errors_name) || !input_acquire(&input, data, true)) return NULL;
  Value bytes = bytes_new(input.bytes, input.size);
  size_t size = input.size;
  input_release(&input);
  return pair(bytes, size);
}

static int hex_digit(uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') return (c | 0x20) - 'a' + 10;
  return -1;
}

// What a \x escape with fewer than two digits becomes. False: raised.
static bool bad_hex(const char *errors, size_t position, uint8_t **out) {
  if (!errors || strcmp(errors, "strict") == 0) {
    raise_value_error("invalid \\x escape at position %zu", position);
    return false;
  }
  if (strcmp(errors, "replace") == 0) {
    *(*out)++ = '?';
    return true;
  }
  if (strcmp(errors, "ignore") == 0) return true;
  raise_value_error("decoding error; unknown error handling code: %.400s", errors);
  return false;
}

// One escape after its backslash. False: raised. `*unknown`: the first letter that is no escape, or -1.
static bool unescape(const Input *input, size_t *at, const char *errors, uint8_t **out, int *unknown) {
  static const char letters[] = "\\'\"bftnrva", meanings[] = "\\'\"\b\f\t\n\r\v\a";
  uint8_t c = input->bytes[(*at)++];
  const char *letter = c ? strchr(letters, c) : NULL;
  if (letter) {
    *(*out)++ = (uint8_t)meanings[letter - letters];
  } else if (c >= '0' && c <= '7') {
    int code = c - '0';
    for (int i = 0; i < 2 && *at < input->size && input->bytes[*at] >= '0' && input->bytes[*at] <= '7'; i++)
      code = code * 8 + (input->bytes[(*at)++] - '0');
    if (code > 0377 && *unknown < 0) *unknown = code;
    *(*out)++ = (uint8_t)code;
  } else if (c == 'x') {
    int high = *at < input->size ? hex_digit(input->bytes[*at]) : -1;
    int low = high >= 0 && *at + 1 < input->size ? hex_digit(input->bytes[*at + 1]) : -1;
    if (low >= 0) {
      *(*out)++ = (uint8_t)(high * 16 + low);
      *at += 2;
    } else {
      if (!bad_hex(errors, *at - 2, out)) return false;
      if (high >= 0) ++*at;
    }
  } else if (c != '\n') {
    if (*unknown < 0) *unknown = c;
    *(*out)++ = '\\';
    *(*out)++ = c;
  }
  return true;
}

static Value escape_decode(Value data, Value errors) {
  const char *errors_name;
  Input input;
  if (!take_errors(errors, "escape_decode", &errors_name) || !input_acquire(&input, data, true)) return NULL;
  Bytes *buffer = bytes_allocate(input.size);
  bool good = buffer != NULL;
  uint8_t *out = good ? buffer->data : NULL;
  int unknown = -1;
  for (size_t at = 0; good && at < input.size;) {
    if (input.bytes[at] != '\\') {
      *out++ = input.bytes[at++];
    } else if (++at == input.size) {
      raise_value_error("Trailing \\ in string");
      good = false;
    } else {
      good = unescape(&input, &at, errors_name, &out, &unknown);
    }
  }
  size_t size = input.size;
  input_release(&input);
  if (good && unknown >= 0) good = escape_warn(unknown);
  return good ? pair(bytes_new(buffer->data, (size_t)(out - buffer->data)), size) : NULL;
}

static Value escape_encode(Value data, Value errors) {
  const char *errors_name;
  static const char digits[] = "0123456789abcdef";
  if (!value_is_bytes(data)) return raise_type_error("escape_encode() argument 1 must be bytes, not %.50T", data);
  if (!take_errors(errors, "escape_encode", &errors_name)) return NULL;
  const Bytes *source = value_as_bytes(data);
  if (source->length > PTRDIFF_MAX / 4) return raise(CLASS_OVERFLOW_ERROR, "string is too large to encode");
  Encode state;
  encode_start(&state, "escape", NULL, NULL);
  for (size_t i = 0; i < source->length && !state.failed; i++) {
    uint8_t c = source->data[i];
    char text[4] = {'\\', (char)c, 0, 0};
    if (c == '\t' || c == '\n' || c == '\r') {
      text[1] = c == '\t' ? 't' : c == '\n' ? 'n' : 'r';
      encode_add(&state, text, 2);
    } else if (c == '\\' || c == '\'') {
      encode_add(&state, text, 2);
    } else if (c < ' ' || c >= 0x7f) {
      text[1] = 'x';
      text[2] = digits[c >> 4];
      text[3] = digits[c & 15];
      encode_add(&state, text, 4);
    } else {
      encode_add(&state, &c, 1);
    }
  }
  KEEP(data);
  return pair(encode_finish(&state), source->length);
}

// ---- The registry ----

static bool take_name(Value value, const char *function, const char *argument, const char **name) {
  if (value == VALUE_NONE) {
    raise_type_error("%s() argument %s must be str, not None", function, argument);
    return false;
  }
  return codec_name_argument(value, function, argument, name);
}

static Value register_function(Value search_function) {
  return codec_register(search_function) ? VALUE_NONE : NULL;
}
static Value unregister_function(Value search_function) {
  return codec_unregister(search_function) ? VALUE_NONE : NULL;
}
static Value lookup_function(Value encoding) {
  const char *name;
  return take_name(encoding, "lookup", "", &name) ? codec_lookup(name) : NULL;
}
static Value forget_function(Value encoding) {
  const char *name;
  return take_name(encoding, "_forget_codec", "", &name) ? codec_forget(name) : NULL;
}
static Value encode_function(Value object, Value encoding, Value errors) {
  const char *name, *errors_name;
  if (!codec_name_argument(encoding, "encode", "'encoding'", &name) ||
      !codec_name_argument(errors, "encode", "'errors'", &errors_name))
    return NULL;
  return codec_encode(object, name ? name : "utf-8", errors_name);
}
static Value decode_function(Value object, Value encoding, Value errors) {
  const char *name, *errors_name;
  if (!codec_name_argument(encoding, "decode", "'encoding'", &name) ||
      !codec_name_argument(errors, "decode", "'errors'", &errors_name))
    return NULL;
  return codec_decode(object, name ? name : "utf-8", errors_name);
}
static Value register_error_function(Value errors, Value handler) {
  const char *name;
  if (!take_name(errors, "register_error", "1", &name)) return NULL;
  return error_handler_register(errors, handler) ? VALUE_NONE : NULL;
}
static Value lookup_error_function(Value errors) {
  const char *name;
  return take_name(errors, "lookup_error", "", &name) ? error_handler_find(name) : NULL;
}

#define DECODE_STATEFUL(name) NATIVE(#name, name, "(data, errors=None, final=False, /)", "Decode: (text, consumed).")
#define DECODE_PLAIN(name)    NATIVE(#name, name, "(data, errors=None, /)", "Decode: (text, consumed).")
#define DECODE_ESCAPED(name)  NATIVE(#name, name, "(data, errors=None, final=True, /)", "Decode: (text, consumed).")
#define ENCODE_PLAIN(name)    NATIVE(#name, name, "(str, errors=None, /)", "Encode: (bytes, characters).")

static const NativeMethod codecs_functions[] = {
    NATIVE("register", register_function, "(search_function, /)", "Add a search function for encodings."),
    NATIVE("unregister", unregister_function, "(search_function, /)", "Remove a search function, clear the cache."),
    NATIVE("lookup", lookup_function, "(encoding, /)", "The codec of an encoding."),
    NATIVE("_forget_codec", forget_function, "(encoding, /)", "Remove an encoding from the cache."),
    NATIVE("encode", encode_function, "(obj, encoding='utf-8', errors='strict')", "Encode any object by a codec."),
    NATIVE("decode", decode_function, "(obj, encoding='utf-8', errors='strict')", "Decode any object by a codec."),
    NATIVE("register_error", register_error_function, "(errors, handler, /)", "Name an error handler."),
    NATIVE("lookup_error", lookup_error_function, "(name, /)", "The error handler of a name."),
    DECODE_STATEFUL(utf_8_decode),
    DECODE_STATEFUL(utf_7_decode),
    DECODE_STATEFUL(utf_16_decode),
    DECODE_STATEFUL(utf_16_le_decode),
    DECODE_STATEFUL(utf_16_be_decode),
    DECODE_STATEFUL(utf_32_decode),
    DECODE_STATEFUL(utf_32_le_decode),
    DECODE_STATEFUL(utf_32_be_decode),
    NATIVE("utf_16_ex_decode", utf_16_ex_decode, "(data, errors=None, byteorder=0, final=False, /)",
           "Decode: (text, consumed, byte order)."),
    NATIVE("utf_32_ex_decode", utf_32_ex_decode, "(data, errors=None, byteorder=0, final=False, /)",
           "Decode: (text, consumed, byte order)."),
    DECODE_PLAIN(ascii_decode),
    DECODE_PLAIN(latin_1_decode),
    DECODE_PLAIN(escape_decode),
    DECODE_ESCAPED(unicode_escape_decode),
    DECODE_ESCAPED(raw_unicode_escape_decode),
    NATIVE("charmap_decode", charmap_decode, "(data, errors=None, mapping=None, /)", "Decode: (text, consumed)."),
    ENCODE_PLAIN(utf_8_encode),
    ENCODE_PLAIN(utf_7_encode),
    NATIVE("utf_16_encode", utf_16_encode, "(str, errors=None, byteorder=0, /)", "Encode: (bytes, characters)."),
    ENCODE_PLAIN(utf_16_le_encode),
    ENCODE_PLAIN(utf_16_be_encode),
    NATIVE("utf_32_encode", utf_32_encode, "(str, errors=None, byteorder=0, /)", "Encode: (bytes, characters)."),
    ENCODE_PLAIN(utf_32_le_encode),
    ENCODE_PLAIN(utf_32_be_encode),
    ENCODE_PLAIN(ascii_encode),
    ENCODE_PLAIN(latin_1_encode),
    ENCODE_PLAIN(unicode_escape_encode),
    ENCODE_PLAIN(raw_unicode_escape_encode),
    NATIVE("charmap_encode", charmap_encode, "(str, errors=None, mapping=None, /)", "Encode: (bytes, characters)."),
    NATIVE("charmap_build", charmap_build_function, "(map, /)", "The encoding map of a decoding table."),
    NATIVE("escape_encode", escape_encode, "(data, errors=None, /)", "Escape bytes: (bytes, count)."),
    NATIVE("readbuffer_encode", readbuffer_encode, "(data, errors=None, /)", "The bytes of a buffer: (bytes, count)."),
    {}};

const NativeModule codecs_module = {
    .name = "_codecs", .doc = "The codec registry and the native codecs.", .functions = codecs_functions};
