// The modules _multibytecodec and _codecs_cn, _hk, _iso2022, _jp, _kr, _tw: the codecs of multibyte.h as objects, with
// what the `encodings` package derives its incremental and stream classes from.
//
// An incremental coder keeps what is incomplete: up to eight bytes, or two characters, which are tried again with the
// next piece. It changes only when a piece has been coded without an exception.
//
// Threads: a coder that two threads use at once mixes their pieces, as any stream would; each field is one word.
#include "runtime/heap/heap.h"
#include "runtime/module/multibyte.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_PENDING_BYTES = 8, MOST_PENDING_CHARACTERS = 2, STATE_SIZE = sizeof(MultibyteState) };

typedef struct CodecObject {
  Cell head;
  const MultibyteCodec *codec;
} CodecObject;
static const CellType codec_cell_type = {.name = "MultibyteCodec"};

// The four classes share a layout; only the stream classes have a stream.
typedef struct Coder {
  Cell head;
  Value errors;  // str
  Value pending; // bytes of a decoder, str of an encoder; zero: nothing
  Value stream;
  // ---- end of values
  const MultibyteCodec *codec;
  _Atomic uint64_t state;
} Coder;
static const CellType coder_cell_type = {.name = "MultibyteCoder", CELL_VALUES(Coder, errors, stream)};

static struct {
  Class *codec, *incremental_encoder, *incremental_decoder, *stream_reader, *stream_writer;
} state;

static Coder *as_coder(Value self) {
  return (Coder *)value_cell(self);
}
static MultibyteState load_state(Coder *coder) {
  uint64_t bits = atomic_load(&coder->state);
  MultibyteState result;
  memcpy(&result, &bits, sizeof result);
  return result;
}
static void store_state(Coder *coder, MultibyteState new_state) {
  uint64_t bits;
  memcpy(&bits, &new_state, sizeof bits);
  atomic_store(&coder->state, bits);
}

// ---- Coding ----

// Encodes from `at` on: up to the end, or to a character whose meaning depends on the next one.
static bool encode_all(const MultibyteCodec *codec, MultibyteState *now, Encode *out, bool final) {
  const Str *text = value_as_str(out->text);
  while (!out->failed && out->at < text->length) {
    ptrdiff_t taken = codec->encode(codec, now, text, out->at, final, out);
    if (taken == 0) return true;
    if (taken > 0) {
      out->at += (size_t)taken;
      continue;
    }
    Value replacement;
    if (!encode_error(out, out->at, out->at + 1, "illegal multibyte sequence", &replacement)) return false;
    if (value_is_bytes(replacement)) {
      encode_add(out, value_as_bytes(replacement)->data, value_as_bytes(replacement)->length);
      continue;
    }
    Encode inner;
    encode_start(&inner, codec->name, NULL, replacement);
    if (encode_all(codec, now, &inner, true)) encode_add(out, inner.bytes, inner.length);
    out->failed |= inner.failed;
    free(inner.bytes);
  }
  return !out->failed;
}

// Encodes `pending` (zero: none) and then `text`. *rest: what has to wait, zero if nothing. Bytes, or zero: raised.
static Value encode_piece(const MultibyteCodec *codec, MultibyteState *now, Value errors, Value pending, Value text,
                          bool final, Value *rest) {
  const char *errors_name = errors ? str_utf8(errors, NULL) : NULL;
  if (errors && !errors_name) return NULL;
  if (pending) text = str_concatenate(pending, text);
  if (!text) return NULL;
  Encode out;
  encode_start(&out, codec->name, errors_name, text);
  out.any_position = true;
  if (encode_all(codec, now, &out, final) && final) multibyte_finish(codec, now, &out);
  Value bytes = encode_finish(&out);
  size_t length = str_length(text);
  *rest = NULL;
  if (bytes && out.at < length) {
    if (length - out.at > MOST_PENDING_CHARACTERS) return raise(CLASS_UNICODE_ERROR, "pending buffer overflow");
    *rest = str_substring(text, out.at, length);
    if (!*rest) return NULL;
  }
  KEEP(text);
  KEEP(errors);
  return bytes;
}

// The same for decoding; `data` is the bytes object that `pending` is a part of already.
static Value decode_piece(const MultibyteCodec *codec, MultibyteState *now, const char *errors, Decode *in, bool final,
                          Value *rest) {
  *rest = NULL;
  in->any_position = true;
  while (in->at < in->size && !in->out.failed) {
    ptrdiff_t taken = codec->decode(codec, now, in->bytes + in->at, in->size - in->at, &in->out);
    if (taken > 0) {
      in->at += (size_t)taken;
      continue;
    }
    if (taken == 0 && !final) {
      if (in->size - in->at > MOST_PENDING_BYTES) return raise(CLASS_UNICODE_ERROR, "pending buffer overflow");
      if (!(*rest = bytes_new(in->bytes + in->at, in->size - in->at))) return NULL;
      break;
    }
    size_t end = taken ? in->at + (size_t)-taken : in->size;
    if (!decode_error(in, in->at, end, taken ? "illegal multibyte sequence" : "incomplete multibyte sequence"))
      return NULL;
  }
  KEEP(errors);
  return decode_finish(in);
}
static Value decode_bytes(Coder *coder, MultibyteState *now, Value data, bool final, Value *rest) {
  Value errors_value = gc_load(&coder->errors);
  const char *errors = str_utf8(errors_value, NULL);
  if (!errors) return NULL;
  Decode in;
  decode_start(&in, coder->codec->name, errors, value_as_bytes(data)->data, value_as_bytes(data)->length, data);
  Value text = decode_piece(coder->codec, now, errors, &in, final, rest);
  KEEP(errors_value);
  return text;
}

static bool take_final(Value value, bool *final) {
  int truth = value ? value_truth(value) : 0;
  *final = truth > 0;
  return truth >= 0;
}
static Value take_text(Value input) {
  return value_is_str(input) ? input : value_str(input);
}

// ---- MultibyteCodec ----

static const MultibyteCodec *codec_of(Value self) {
  return ((CodecObject *)value_cell(self))->codec;
}
static bool check_errors(Value *errors, const char *function) {
  if (*errors == VALUE_NONE) *errors = NULL;
  if (!*errors || value_is_str(*errors)) return true;
  raise_bad_argument(function, "errors", "str or None", *errors);
  return false;
}
static Value codec_encode_method(Value self, Value input, Value errors) {
  Value text = check_errors(&errors, "encode") ? take_text(input) : NULL, rest;
  if (!text) return NULL;
  MultibyteState now;
  multibyte_start(codec_of(self), &now, false);
  Value bytes = encode_piece(codec_of(self), &now, errors, NULL, text, true, &rest);
  return bytes ? tuple_of(2, bytes, int_from_size(str_length(text))) : NULL;
}
static Value codec_decode_method(Value self, Value input, Value errors) {
  if (!check_errors(&errors, "decode")) return NULL;
  const char *errors_name = errors ? str_utf8(errors, NULL) : NULL;
  Buffer buffer;
  if ((errors && !errors_name) || !buffer_acquire(input, &buffer, BUFFER_SIMPLE)) return NULL;
  MultibyteState now;
  multibyte_start(codec_of(self), &now, true);
  Decode in;
  Value rest;
  decode_start(&in, codec_of(self)->name, errors_name, buffer.data, buffer.length, input);
  Value text = decode_piece(codec_of(self), &now, errors_name, &in, true, &rest);
  size_t size = buffer.length;
  buffer_release(&buffer);
  KEEP(errors);
  return text ? tuple_of(2, text, int_from_size(size)) : NULL;
}

static const NativeMethod codec_methods[] = {NATIVE("encode", codec_encode_method, "($self, /, input, errors=None)",
                                                    "Encode a str: the bytes, and how many characters they stand for."),
                                             NATIVE("decode", codec_decode_method, "($self, /, input, errors=None)",
                                                    "Decode bytes: the str, and how many bytes it took."),
                                             {}};
static const ClassDef codec_class = {.name = "MultibyteCodec",
                                     .cell_type = &codec_cell_type,
                                     .instance_size = sizeof(CodecObject),
                                     .flags = CLASS_NO_NEW | CLASS_IMMUTABLE,
                                     .methods = codec_methods};

// ---- What the four other classes share ----

// A new coder of a class that names its codec.
static Value coder_new(Value class, Value stream, Value errors, bool decodes, const char *name) {
  if (errors == VALUE_NONE) errors = NULL;
  if (errors && !value_is_str(errors)) return raise_bad_argument(name, "errors", "str", errors);
  if (!errors && !(errors = str_intern_c("strict"))) return NULL;
  Coder *coder = class_allocate(value_as_class(class), 0);
  Value codec = coder ? value_get_attribute_c(class, "codec") : NULL;
  if (!codec) return NULL;
  if (!value_is_instance(codec, state.codec)) return raise_type_error("codec is unexpected type");
  coder->codec = codec_of(codec);
  gc_store(coder, &coder->errors, errors);
  gc_store(coder, &coder->stream, stream);
  MultibyteState now;
  multibyte_start(coder->codec, &now, decodes);
  store_state(coder, now);
  return value_from_cell(coder);
}
// The work is done by __new__.
static Value coder_init(Value, Value *, size_t, Value) {
  return VALUE_NONE;
}
static Value coder_get_errors(Value self) {
  return gc_load(&as_coder(self)->errors);
}
static bool coder_set_errors(Value self, Value value) {
  if (!value)
    raise(CLASS_ATTRIBUTE_ERROR, "cannot delete attribute");
  else if (!value_is_str(value))
    raise_type_error("errors must be a string");
  else
    return gc_store(as_coder(self), &as_coder(self)->errors, value), true;
  return false;
}
static void keep_pending(Coder *coder, Value rest, MultibyteState now) {
  gc_store(coder, &coder->pending, rest);
  store_state(coder, now);
}
static const NativeProperty coder_properties[] = {{"errors", coder_get_errors, coder_set_errors, "how to treat errors"},
                                                  {}};
static const NativeMember stream_members[] = {{"stream", MEMBER_VALUE_OR_NONE, false, offsetof(Coder, stream), NULL},
                                              {}};

// ---- Incremental encoder ----

static Value encoder_new(Value class, Value errors) {
  return coder_new(class, NULL, errors, false, "MultibyteIncrementalEncoder");
}
// Encodes the next piece: bytes.
static Value encode_next(Coder *coder, Value input, bool final) {
  Value text = take_text(input), rest;
  if (!text) return NULL;
  MultibyteState now = load_state(coder);
  Value bytes = encode_piece(coder->codec, &now, gc_load(&coder->errors), gc_load(&coder->pending), text, final, &rest);
  if (bytes) keep_pending(coder, rest, now);
  return bytes;
}
static Value encoder_encode(Value self, Value input, Value final_value) {
  bool final;
  return take_final(final_value, &final) ? encode_next(as_coder(self), input, final) : NULL;
}
// Pending characters in UTF-8 behind their count, then the state, as one number.
static Value encoder_getstate(Value self) {
  Coder *coder = as_coder(self);
  uint8_t bytes[1 + 4 * MOST_PENDING_CHARACTERS + STATE_SIZE] = {};
  size_t size = 0;
  Value pending = gc_load(&coder->pending);
  const char *text = pending ? str_utf8(pending, &size) : NULL;
  if (pending && !text) return NULL;
  if (size > 4 * MOST_PENDING_CHARACTERS) return raise(CLASS_UNICODE_ERROR, "pending buffer too large");
  bytes[0] = (uint8_t)size;
  if (size) memcpy(bytes + 1, text, size);
  MultibyteState now = load_state(coder);
  memcpy(bytes + 1 + size, &now, sizeof now);
  KEEP(pending);
  return int_from_bytes(bytes, 1 + size + sizeof now, true, false);
}
static Value encoder_setstate(Value self, Value number) {
  if (!value_is_int(number)) return raise_type_error("setstate() argument must be int, not %.200T", number);
  uint8_t bytes[1 + 4 * MOST_PENDING_CHARACTERS + STATE_SIZE];
  if (!int_to_bytes(number, bytes, sizeof bytes, true, false)) return NULL;
  if (bytes[0] > 4 * MOST_PENDING_CHARACTERS) return raise(CLASS_UNICODE_ERROR, "pending buffer too large");
  Value pending = bytes[0] ? codec_decode_memory(bytes + 1, bytes[0], NULL, "utf-8", "strict") : NULL;
  if (bytes[0] && !pending) return NULL;
  MultibyteState now;
  memcpy(&now, bytes + 1 + bytes[0], sizeof now);
  keep_pending(as_coder(self), pending, now);
  return VALUE_NONE;
}
static Value encoder_reset(Value self) {
  MultibyteState now;
  multibyte_start(as_coder(self)->codec, &now, false);
  keep_pending(as_coder(self), NULL, now);
  return VALUE_NONE;
}
static const NativeMethod encoder_methods[] = {
    NATIVE("__new__", encoder_new, "($type, errors='strict')", "Create an encoder.", NATIVE_STATIC),
    NATIVE("__init__", coder_init, "($self, /, *args, **kwargs)", "Initialize self."),
    NATIVE("encode", encoder_encode, "($self, /, input, final=False)", "Encode the next piece."),
    NATIVE("getstate", encoder_getstate, "($self, /)", "The state as an int."),
    NATIVE("setstate", encoder_setstate, "($self, state, /)", "Go back to a state."),
    NATIVE("reset", encoder_reset, "($self, /)", "Begin anew."),
    {}};

// ---- Incremental decoder ----

static Value decoder_new(Value class, Value errors) {
  return coder_new(class, NULL, errors, true, "MultibyteIncrementalDecoder");
}
// Decodes the next piece, bytes: str.
static Value decode_next(Coder *coder, Value data, bool final) {
  Value pending = gc_load(&coder->pending), rest;
  if (pending) data = bytes_concatenate(pending, data);
  if (!data) return NULL;
  MultibyteState now = load_state(coder);
  Value text = decode_bytes(coder, &now, data, final, &rest);
  if (text) keep_pending(coder, rest, now);
  return text;
}
static Value decoder_decode(Value self, Value input, Value final_value) {
  bool final;
  if (!take_final(final_value, &final)) return NULL;
  Buffer buffer;
  if (!buffer_acquire(input, &buffer, BUFFER_SIMPLE)) return NULL;
  Value data = VALUE_IS_EXACT(input, BYTES) ? input : bytes_new(buffer.data, buffer.length);
  buffer_release(&buffer);
  return data ? decode_next(as_coder(self), data, final) : NULL;
}
static Value decoder_getstate(Value self) {
  Value pending = gc_load(&as_coder(self)->pending);
  MultibyteState now = load_state(as_coder(self));
  if (!pending && !(pending = bytes_new(NULL, 0))) return NULL;
  Value number = int_from_bytes(now.bytes, sizeof now, true, false);
  return number ? tuple_of(2, pending, number) : NULL;
}
static Value decoder_setstate(Value self, Value given) {
  if (!value_is_tuple(given)) return raise_type_error("setstate() argument must be tuple, not %.200T", given);
  if (tuple_count(given) != 2 || !value_is_int(tuple_item(given, 1)) || !value_is_bytes(tuple_item(given, 0)))
    return raise_type_error("setstate(): illegal state argument");
  Value pending = tuple_item(given, 0);
  MultibyteState now;
  if (!int_to_bytes(tuple_item(given, 1), now.bytes, sizeof now, true, false)) return NULL;
  size_t size = value_as_bytes(pending)->length;
  if (size > MOST_PENDING_BYTES) return raise(CLASS_UNICODE_ERROR, "pending buffer too large");
  keep_pending(as_coder(self), size ? pending : NULL, now);
  return VALUE_NONE;
}
static Value decoder_reset(Value self) {
  MultibyteState now;
  multibyte_start(as_coder(self)->codec, &now, true);
  keep_pending(as_coder(self), NULL, now);
  return VALUE_NONE;
}
static const NativeMethod decoder_methods[] = {
    NATIVE("__new__", decoder_new, "($type, errors='strict')", "Create a decoder.", NATIVE_STATIC),
    NATIVE("__init__", coder_init, "($self, /, *args, **kwargs)", "Initialize self."),
    NATIVE("decode", decoder_decode, "($self, /, input, final=False)", "Decode the next piece."),
    NATIVE("getstate", decoder_getstate, "($self, /)", "The state: pending bytes and an int."),
    NATIVE("setstate", decoder_setstate, "($self, state, /)", "Go back to a state."),
    NATIVE("reset", decoder_reset, "($self, /)", "Begin anew."),
    {}};

// ---- Stream reader ----

static Value reader_new(Value class, Value stream, Value errors) {
  return coder_new(class, stream, errors, true, "MultibyteStreamReader");
}
// Reads with the stream's `method`, at least one character if there is one.
static Value read_text(Value self, const char *method, Value size_value) {
  ptrdiff_t size = -1;
  if (size_value && size_value != VALUE_NONE) {
    if (!value_is_int(size_value)) return raise_type_error("arg 1 must be an integer");
    if (!value_as_size(size_value, &size, CLASS_OVERFLOW_ERROR)) return NULL;
  }
  if (size == 0) return str_from_ascii("", 0);
  Coder *coder = as_coder(self);
  for (;;) {
    Value stream = gc_load(&coder->stream);
    Value data =
        size < 0 ? value_call_method_0(stream, method) : value_call_method_1(stream, method, int_from_int64(size));
    if (!data) return NULL;
    if (!value_is_bytes(data)) return raise_type_error("stream function returned a non-bytes object (%.100T)", data);
    bool at_end = size < 0 || value_as_bytes(data)->length == 0;
    Value text = decode_next(coder, data, at_end);
    if (!text || at_end || str_length(text) > 0) return text;
    size = 1; // the rest of a character
  }
}
static Value reader_read(Value self, Value size) {
  return read_text(self, "read", size);
}
static Value reader_readline(Value self, Value size) {
  return read_text(self, "readline", size);
}
static Value reader_readlines(Value self, Value size) {
  Value text = read_text(self, "read", size);
  return text ? value_call_method_1(text, "splitlines", VALUE_TRUE) : NULL;
}
static const NativeMethod reader_methods[] = {
    NATIVE("__new__", reader_new, "($type, stream, errors='strict')", "Create a reader.", NATIVE_STATIC),
    NATIVE("__init__", coder_init, "($self, /, *args, **kwargs)", "Initialize self."),
    NATIVE("read", reader_read, "($self, sizeobj=None, /)", "Read and decode."),
    NATIVE("readline", reader_readline, "($self, sizeobj=None, /)", "Read and decode a line."),
    NATIVE("readlines", reader_readlines, "($self, sizehintobj=None, /)", "Read and decode: a list of lines."),
    NATIVE("reset", decoder_reset, "($self, /)", "Begin anew."),
    {}};

// ---- Stream writer ----

static Value writer_new(Value class, Value stream, Value errors) {
  return coder_new(class, stream, errors, false, "MultibyteStreamWriter");
}
static Value writer_write(Value self, Value text) {
  Value bytes = encode_next(as_coder(self), text, false);
  return bytes && value_call_method_1(gc_load(&as_coder(self)->stream), "write", bytes) ? VALUE_NONE : NULL;
}
static Value writer_writelines(Value self, Value lines) {
  Value line;
  Iteration i = iteration_start(lines);
  while (iteration_next(&i, &line))
    if (!writer_write(self, line)) return NULL;
  return iteration_failed(&i) ? NULL : VALUE_NONE;
}
static Value writer_reset(Value self) {
  Coder *coder = as_coder(self);
  Value pending = gc_load(&coder->pending);
  if (!pending) return VALUE_NONE;
  Value bytes = encode_next(coder, str_from_ascii("", 0), true);
  if (!bytes) return NULL;
  if (value_as_bytes(bytes)->length == 0) return VALUE_NONE;
  return value_call_method_1(gc_load(&coder->stream), "write", bytes) ? VALUE_NONE : NULL;
}
static const NativeMethod writer_methods[] = {
    NATIVE("__new__", writer_new, "($type, stream, errors='strict')", "Create a writer.", NATIVE_STATIC),
    NATIVE("__init__", coder_init, "($self, /, *args, **kwargs)", "Initialize self."),
    NATIVE("write", writer_write, "($self, strobj, /)", "Encode and write."),
    NATIVE("writelines", writer_writelines, "($self, lines, /)", "Encode and write each line."),
    NATIVE("reset", writer_reset, "($self, /)", "Write what is pending."),
    {}};

// ---- The modules ----

#define CODER_CLASS(variable, name_, methods_, members_)                                                               \
  static const ClassDef variable = {.name = name_,                                                                     \
                                    .cell_type = &coder_cell_type,                                                     \
                                    .instance_size = sizeof(Coder),                                                    \
                                    .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE,                                        \
                                    .methods = methods_,                                                               \
                                    .properties = coder_properties,                                                    \
                                    .members = members_}
CODER_CLASS(encoder_class, "_multibytecodec.MultibyteIncrementalEncoder", encoder_methods, NULL);
CODER_CLASS(decoder_class, "_multibytecodec.MultibyteIncrementalDecoder", decoder_methods, NULL);
CODER_CLASS(reader_class, "_multibytecodec.MultibyteStreamReader", reader_methods, stream_members);
CODER_CLASS(writer_class, "_multibytecodec.MultibyteStreamWriter", writer_methods, stream_members);

static bool multibytecodec_initialize(Value module) {
  heap_add_root_range((Value *)&state, sizeof state / sizeof(Value));
  state.codec = class_from_definition(&codec_class, NULL);
  return state.codec && module_add_class(module, &encoder_class, NULL, &state.incremental_encoder) &&
         module_add_class(module, &decoder_class, NULL, &state.incremental_decoder) &&
         module_add_class(module, &reader_class, NULL, &state.stream_reader) &&
         module_add_class(module, &writer_class, NULL, &state.stream_writer);
}
const NativeModule multibytecodec_module = {
    .name = "_multibytecodec", .doc = "What the codecs of East Asia share.", .initialize = multibytecodec_initialize};

static Value getcodec(const char *module, Value name) {
  if (!value_is_str(name)) return raise_type_error("encoding name must be a string.");
  Value classes = str_intern_c("_multibytecodec");
  if (!classes || !runtime_hooks.import_module(classes, VALUE_NONE, VALUE_NONE, tuple_empty, 0)) return NULL;
  for (const MultibyteCodec *codec = multibyte_codecs; codec->name; codec++) {
    if (strcmp(codec->module, module) != 0 || !str_equals_c(name, codec->name)) continue;
    CodecObject *object = multibyte_load(codec) ? class_allocate(state.codec, 0) : NULL;
    if (!object) return NULL;
    object->codec = codec;
    return value_from_cell(object);
  }
  return raise(CLASS_LOOKUP_ERROR, "no such codec is supported.");
}

#define CODECS_MODULE(variable, name_)                                                                                 \
  static Value variable##_getcodec(Value name) {                                                                       \
    return getcodec(name_, name);                                                                                      \
  }                                                                                                                    \
  static const NativeMethod variable##_functions[] = {                                                                 \
      NATIVE("getcodec", variable##_getcodec, "(name, /)", "The codec of that name."), {}};                            \
  const NativeModule variable##_module = {.name = name_, .functions = variable##_functions}
CODECS_MODULE(codecs_cn, "_codecs_cn");
CODECS_MODULE(codecs_hk, "_codecs_hk");
CODECS_MODULE(codecs_iso2022, "_codecs_iso2022");
CODECS_MODULE(codecs_jp, "_codecs_jp");
CODECS_MODULE(codecs_kr, "_codecs_kr");
CODECS_MODULE(codecs_tw, "_codecs_tw");
