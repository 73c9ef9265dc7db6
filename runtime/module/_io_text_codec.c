// How TextIOWrapper encodes and decodes: UTF-8, ASCII and Latin-1 by itself, everything else, and whatever is faulty,
// through the codecs module.
//
// The decoder's state is a pair (undecoded bytes, flags), as incremental decoders of the codecs module have it; line
// end translation adds one bit to the flags.
#include "runtime/module/_io_text.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/runtime.h"
#include "runtime/support/utf8.h"

#include <ctype.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

Value import_module(const char *name) {
  Value module = runtime.modules ? dict_get_c(runtime.modules, name) : NULL;
  if (module && module != VALUE_NONE) return module;
  Value import = dict_get_c(runtime.builtins, "__import__");
  Value name_value = str_intern_c(name);
  if (!import) return raise(CLASS_IMPORT_ERROR, "__import__ not found");
  return name_value ? value_call_1(import, name_value) : NULL;
}

const char *locale_encoding(void) {
  if (runtime.utf8_mode) return "utf-8";
  static _Atomic bool started;
  if (!atomic_exchange(&started, true)) setlocale(LC_CTYPE, "");
  const char *name = nl_langinfo(CODESET);
  return !*name || strcmp(name, "ANSI_X3.4-1968") == 0 ? "utf-8" : name;
}

// ---- Choosing the codec ----

static TextCodec native_codec(const char *encoding) {
  char name[16];
  size_t length = 0;
  for (; encoding[length] && length < sizeof name - 1; length++)
    name[length] = encoding[length] == '_' ? '-' : (char)tolower((unsigned char)encoding[length]);
  if (encoding[length]) return CODEC_OTHER;
  name[length] = 0;
  static const struct {
    const char *name;
    TextCodec codec;
  } names[] = {{"utf-8", CODEC_UTF8},        {"utf8", CODEC_UTF8},       {"ascii", CODEC_ASCII},
               {"us-ascii", CODEC_ASCII},    {"latin-1", CODEC_LATIN1},  {"latin1", CODEC_LATIN1},
               {"iso-8859-1", CODEC_LATIN1}, {"iso8859-1", CODEC_LATIN1}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(name, names[i].name) == 0) return names[i].codec;
  return CODEC_OTHER;
}

static Value codec_part(TextIO *t, Value info, const char *part) {
  Value factory = value_get_attribute_c(info, part);
  return factory ? value_call_1(factory, t->errors) : NULL;
}

bool text_codec_start(TextIO *t, Value encoding, Value errors) {
  const char *name = str_utf8(encoding, NULL);
  if (!name) return false;
  if (strlen(name) != str_length(encoding)) {
    raise_value_error("embedded null character");
    return false;
  }
  TextCodec codec = native_codec(name);
  Value info = NULL;
  if (codec == CODEC_OTHER) {
    Value codecs = import_module("codecs");
    info = codecs ? value_call_method_1(codecs, "lookup", encoding) : NULL;
    if (!info) return false;
    Value is_text;
    int found = value_find_attribute(info, NAME(_is_text_encoding), &is_text);
    int truth = found > 0 ? value_truth(is_text) : found < 0 ? -1 : 1;
    if (truth == 0)
      raise(CLASS_LOOKUP_ERROR, "'%.400U' is not a text encoding; use codecs.open() to handle arbitrary codecs",
            encoding);
    if (truth <= 0) return false;
  }
  int readable = io_ask(t->buffer, "readable"), writable = readable < 0 ? -1 : io_ask(t->buffer, "writable");
  if (writable < 0) return false;
  gc_store(t, &t->errors, errors);
  Value decoder = readable && info ? codec_part(t, info, "incrementaldecoder") : NULL;
  if (readable && info && !decoder) return false;
  Value encoder = writable && info ? codec_part(t, info, "incrementalencoder") : NULL;
  if (writable && info && !encoder) return false;
  gc_store(t, &t->encoding, encoding);
  gc_store(t, &t->decoder, decoder);
  gc_store(t, &t->encoder, encoder);
  t->codec = codec;
  t->has_decoder = readable;
  t->has_encoder = writable;
  t->undecoded_count = 0;
  return true;
}

// ---- Encoding ----

static bool pending_reserve(TextIO *t, size_t more) {
  if (t->pending_count + more <= t->pending_capacity) return true;
  size_t capacity = (t->pending_count + more) * 2;
  if (capacity < IO_BUFFER_SIZE) capacity = IO_BUFFER_SIZE;
  uint8_t *memory = realloc(t->pending, capacity);
  if (!memory) {
    raise_memory_error();
    return false;
  }
  t->pending = memory;
  t->pending_capacity = capacity;
  return true;
}

static bool pending_add(TextIO *t, const void *data, size_t count) {
  if (!pending_reserve(t, count)) return false;
  memcpy(t->pending + t->pending_count, data, count);
  t->pending_count += count;
  return true;
}

static bool pending_add_bytes(TextIO *t, Value bytes) {
  if (!bytes) return false;
  if (!value_is_bytes(bytes)) {
    raise_type_error("encoder should return a bytes object, not '%.200T'", bytes);
    return false;
  }
  bool done = pending_add(t, value_as_bytes(bytes)->data, value_as_bytes(bytes)->length);
  KEEP(bytes);
  return done;
}

bool text_encode(TextIO *t, Value value) {
  Str *text = value_as_str(value);
  if (t->codec == CODEC_OTHER) return pending_add_bytes(t, value_call_method_1(t->encoder, "encode", value));
  if (str_is_ascii(text)) return pending_add(t, text->data, text->length);
  int width = str_width(text);
  if (t->codec == CODEC_UTF8) {
    size_t valid, size = utf8_encoded_size(text->data, width, text->length, false, &valid);
    if (valid == text->length) {
      if (!pending_reserve(t, size)) return false;
      utf8_encode(text->data, width, text->length, t->pending + t->pending_count);
      t->pending_count += size;
      return true;
    }
  } else if (t->codec == CODEC_LATIN1 && width == 1) {
    return pending_add(t, text->data, text->length);
  }
  static const char *const names[] = {"utf-8", "ascii", "latin-1"};
  return pending_add_bytes(t, value_call_method_2(value, "encode", str_from_c(names[t->codec]), t->errors));
}

bool text_encoder_reset(TextIO *t, bool start_of_stream) {
  if (!t->encoder) return true;
  return start_of_stream ? value_call_method_0(t->encoder, "reset")
                         : value_call_method_1(t->encoder, "setstate", value_from_small_int(0));
}

// ---- Decoding ----

static Value decode_by_codecs(TextIO *t, const char *function, const uint8_t *data, size_t size, bool final) {
  Value bytes = bytes_new(data, size);
  Value codecs = bytes ? import_module("_codecs") : NULL;
  if (!codecs) return NULL;
  Value arguments[3] = {bytes, t->errors, value_from_bool(final)};
  Value pair = value_call_method(codecs, function, arguments, t->codec == CODEC_UTF8 ? 3 : 2);
  if (!pair) return NULL;
  ptrdiff_t used;
  if (!value_is_tuple(pair) || tuple_count(pair) != 2 || !value_as_size(tuple_item(pair, 1), &used, CLASS_VALUE_ERROR))
    return NULL;
  size_t rest = size - (size_t)used;
  t->undecoded_count = rest < sizeof t->undecoded ? (uint8_t)rest : 0;
  memcpy(t->undecoded, data + used, t->undecoded_count);
  return tuple_item(pair, 0);
}

static Value decode_utf8(TextIO *t, const uint8_t *data, size_t size, bool final) {
  UtfScan scan = utf8_scan(data, size, false);
  if (scan.status != UTF_OK) {
    if (!scan.incomplete || final) return decode_by_codecs(t, "utf_8_decode", data, size, final);
    t->undecoded_count = (uint8_t)(size - scan.size);
    memcpy(t->undecoded, data + scan.size, t->undecoded_count);
  } else {
    t->undecoded_count = 0;
  }
  Str *text = str_allocate(scan.length, scan.maximum);
  if (!text) return NULL;
  utf8_decode(data, scan.size, text->data, str_width(text));
  return value_from_cell(text);
}

static Value decode_native(TextIO *t, const uint8_t *data, size_t size, bool final) {
  if (t->codec == CODEC_LATIN1) return str_from_latin1(data, size);
  if (t->codec == CODEC_ASCII)
    return ascii_prefix(data, size) == size ? str_from_latin1(data, size)
                                            : decode_by_codecs(t, "ascii_decode", data, size, final);
  if (t->undecoded_count == 0) return decode_utf8(t, data, size, final);
  size_t kept = t->undecoded_count;
  uint8_t *joined = malloc(kept + size);
  if (!joined) return raise_memory_error();
  memcpy(joined, t->undecoded, kept);
  memcpy(joined + kept, data, size);
  Value text = decode_utf8(t, joined, kept + size, final);
  free(joined);
  return text;
}

Value text_decode(TextIO *t, Value input, bool final) {
  Value text;
  if (t->decoder) {
    text = value_call_method_2(t->decoder, "decode", input, value_from_bool(final));
    if (text && !value_is_str(text))
      return raise_type_error("decoder should return a string result, not '%.200T'", text);
  } else {
    Buffer buffer;
    if (!buffer_acquire(input, &buffer, BUFFER_SIMPLE)) return NULL;
    text = decode_native(t, buffer.data, buffer.length, final);
    buffer_release(&buffer);
  }
  return text && t->read_universal ? io_newline_decode(&t->newlines, text, final) : text;
}

bool text_decoder_getstate(TextIO *t, DecoderState *state) {
  if (t->decoder) {
    Value pair = value_call_method_0(t->decoder, "getstate");
    if (!pair) return false;
    if (!value_is_tuple(pair) || tuple_count(pair) != 2) {
      raise_type_error("illegal decoder state");
      return false;
    }
    state->input = tuple_item(pair, 0);
    if (!value_is_bytes(state->input)) {
      raise_type_error("illegal decoder state: the first item should be a bytes object, not '%.200T'", state->input);
      return false;
    }
    if (!value_is_int(tuple_item(pair, 1))) {
      raise_type_error("illegal decoder state");
      return false;
    }
    if (!value_as_int64(tuple_item(pair, 1), &state->flags)) return false;
  } else {
    state->input = bytes_new(t->undecoded, t->undecoded_count);
    state->flags = 0;
    if (!state->input) return false;
  }
  if (t->read_universal) state->flags = state->flags << 1 | t->newlines.pending_cr;
  return true;
}

bool text_decoder_setstate(TextIO *t, const DecoderState *state) {
  int64_t flags = state->flags;
  if (t->read_universal) {
    t->newlines.pending_cr = flags & 1;
    flags >>= 1;
  }
  if (t->decoder) {
    Value number = int_from_int64(flags);
    Value pair = number ? tuple_of(2, state->input, number) : NULL;
    return pair && value_call_method_1(t->decoder, "setstate", pair);
  }
  Bytes *input = value_as_bytes(state->input);
  t->undecoded_count = input->length < sizeof t->undecoded ? (uint8_t)input->length : 0;
  memcpy(t->undecoded, input->data, t->undecoded_count);
  return true;
}

bool text_decoder_reset(TextIO *t) {
  t->newlines.kinds = 0;
  t->newlines.pending_cr = false;
  t->undecoded_count = 0;
  return !t->decoder || value_call_method_0(t->decoder, "reset");
}
