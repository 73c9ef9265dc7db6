// The codec registry: search functions, the cache of what they found, error handlers; and str.encode / bytes.decode.
//
// Threads: the three tables are a list and two dicts, made on first use by compare-and-swap; every operation on them
// is theirs. Two threads that look up an encoding for the first time may both ask the search functions.
#include "runtime/heap/heap.h"
#include "runtime/object/attributes.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec_internal.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/runtime.h"
#include "runtime/support/utf8.h"

#include <stdlib.h>
#include <string.h>

static struct {
  Value search_path;    // list
  Value cache;          // dict: normalized name -> tuple
  Value error_handlers; // dict: name -> callable
} registry;

// The table in `*slot`, which `make` makes on first use.
static Value table_get(Value *slot, Value (*make)(void)) {
  Value known = gc_load(slot);
  if (known) return known;
  Value made = make();
  if (!made) return NULL;
  heap_add_root_range(&registry.search_path, sizeof registry / sizeof(Value)); // again is harmless
  Value expected = NULL;
  return __atomic_compare_exchange_n(slot, &expected, made, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) ? made
                                                                                                       : expected;
}

static Value make_list(void) {
  return list_new_sized(0);
}
static Value make_handlers(void) {
  Value handlers = dict_new();
  for (const NativeMethod *method = builtin_error_handlers; handlers && method->name; method++) {
    Value function = native_function_new(method, NULL, NULL);
    size_t length = strlen(method->name) - strlen("_errors");
    Value name = str_from_utf8(method->name, length);
    if (!function || !name || !dict_set(handlers, name, function)) return NULL;
  }
  return handlers;
}
static Value search_path(void) {
  return table_get(&registry.search_path, make_list);
}

// ---- Error handlers ----

Value error_handler_find(const char *errors) {
  Value handlers = table_get(&registry.error_handlers, make_handlers);
  Value name = handlers ? str_from_c(errors ? errors : "strict") : NULL;
  if (!name) return NULL;
  Value handler = dict_get(handlers, name);
  return handler ? handler : raise(CLASS_LOOKUP_ERROR, "unknown error handler name '%.400s'", errors);
}

bool error_handler_register(Value name, Value handler) {
  if (!value_is_callable(handler)) {
    raise_type_error("handler must be callable");
    return false;
  }
  Value handlers = table_get(&registry.error_handlers, make_handlers);
  return handlers && dict_set(handlers, name, handler);
}

// ---- Encodings ----

// Lower case; each run of anything but letters, digits and dots becomes one underscore.
static Value normalize(const char *encoding) {
  StrBuilder builder;
  str_builder_start(&builder);
  bool gap = false;
  for (; *encoding; encoding++) {
    char c = *encoding;
    if (c >= 'A' && c <= 'Z') c += 32;
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.') {
      if (gap && builder.length > 0) str_builder_add_character(&builder, '_');
      str_builder_add_ascii(&builder, &c, 1);
      gap = false;
    } else {
      gap = true;
    }
  }
  return str_builder_finish(&builder);
}

bool codec_register(Value search_function) {
  if (!value_is_callable(search_function)) {
    raise_type_error("argument must be callable");
    return false;
  }
  Value path = search_path();
  return path && list_append(path, search_function);
}

bool codec_unregister(Value search_function) {
  Value path = search_path();
  if (!path) return false;
  for (size_t i = 0; i < list_count(path); i++) {
    if (list_item(path, i) != search_function) continue;
    if (registry.cache) dict_clear(registry.cache);
    return list_delete_range(path, i, i + 1);
  }
  return true;
}

Value codec_forget(const char *encoding) {
  Value name = normalize(encoding);
  if (!name) return NULL;
  int deleted = registry.cache ? dict_delete(registry.cache, name) : 0;
  return deleted < 0 ? NULL : value_from_bool(deleted);
}

// The `encodings` package registers the search function that knows the standard library's codecs. It is imported when
// the first encoding is looked up that this file does not know: most programs never need it.
static bool import_encodings(void) {
  Value import = dict_get_c(runtime.builtins, "__import__");
  Value name = import ? str_intern_c("encodings") : NULL;
  return name && value_call_1(import, name);
}

Value codec_lookup(const char *encoding) {
  Value cache = table_get(&registry.cache, dict_new), name = normalize(encoding), path = search_path();
  if (!cache || !name || !path) return NULL;
  Value known = dict_get(cache, name);
  if (known) return known;
  if (list_count(path) == 0 && !import_encodings()) {
    if (!exception_pending()) raise(CLASS_LOOKUP_ERROR, "no codec search functions registered: can't find encoding");
    return NULL;
  }
  for (size_t i = 0; i < list_count(path); i++) {
    Value search = list_item(path, i);
    if (!search) break;
    Value found = value_call_1(search, name);
    if (!found) return NULL;
    if (found == VALUE_NONE) continue;
    if (!value_is_tuple(found) || tuple_count(found) != 4)
      return raise_type_error("codec search functions must return 4-tuples");
    return dict_set(cache, name, found) ? found : NULL;
  }
  return raise(CLASS_LOOKUP_ERROR, "unknown encoding: %s", encoding);
}

// ---- Coding through the registry ----

// Whether instances of the class hold nothing but what BaseException knows.
static bool is_plain_exception(Class *class) {
  for (Class *c = class; c->flags & CLASS_HEAP_TYPE; c = value_as_class(c->base))
    if (c->slot_names && tuple_count(c->slot_names) > 0) return false;
  return class->native->instance_size == BUILTIN(BASE_EXCEPTION)->native->instance_size &&
         class_special(class, SPECIAL_INIT) == class_special(BUILTIN(RUNTIME_ERROR), SPECIAL_INIT) &&
         class_special(class, SPECIAL_NEW) == class_special(BUILTIN(RUNTIME_ERROR), SPECIAL_NEW);
}

// An exception that is no more than a class and a message becomes one of the same class that says which codec it came
// from; its cause is the original.
static void explain_failure(const char *operation, const char *encoding) {
  Value cause = exception_peek();
  if (!cause) return;
  Class *class = value_class(cause);
  Value arguments = ((const Exception *)value_cell(cause))->arguments;
  bool plain =
      is_plain_exception(class) && instance_count(cause) == 0 && arguments && value_is_tuple(arguments) &&
      (tuple_count(arguments) == 0 || (tuple_count(arguments) == 1 && VALUE_IS_EXACT(tuple_item(arguments, 0), STR)));
  if (!plain) return;
  cause = exception_take();
  Value message = str_format_c("%s with '%s' codec failed (%N: %S)", operation, encoding, class, cause);
  Value wrapped = message ? value_call_1(value_from_cell(class), message) : NULL;
  if (wrapped) exception_raise_from(wrapped, cause);
}

static Value run_codec(Value codec, Value object, const char *encoding, const char *errors, bool encode) {
  Value coder = tuple_item(codec, encode ? 0 : 1), arguments[2] = {object};
  size_t count = 1;
  if (errors) {
    arguments[count++] = str_from_c(errors);
    if (!arguments[1]) return NULL;
  }
  Value answer = value_call(coder, arguments, count, NULL);
  if (!answer) {
    explain_failure(encode ? "encoding" : "decoding", encoding);
    return NULL;
  }
  if (!value_is_tuple(answer) || tuple_count(answer) != 2)
    return raise_type_error(encode ? "encoder must return a tuple (object, integer)"
                                   : "decoder must return a tuple (object,integer)");
  return tuple_item(answer, 0);
}

Value codec_encode(Value object, const char *encoding, const char *errors) {
  Value codec = codec_lookup(encoding);
  return codec ? run_codec(codec, object, encoding, errors, true) : NULL;
}
Value codec_decode(Value object, const char *encoding, const char *errors) {
  Value codec = codec_lookup(encoding);
  return codec ? run_codec(codec, object, encoding, errors, false) : NULL;
}

// The same for codecs between text and bytes only.
static Value run_text_codec(Value object, const char *encoding, const char *errors, bool encode) {
  Value codec = codec_lookup(encoding);
  if (!codec) return NULL;
  if (!VALUE_IS_EXACT(codec, TUPLE)) {
    Value is_text;
    int found = value_find_attribute(codec, NAME(_is_text_encoding), &is_text);
    int truth = found > 0 ? value_truth(is_text) : found < 0 ? -1 : 1;
    if (truth < 0) return NULL;
    if (!truth)
      return raise(CLASS_LOOKUP_ERROR, "'%.400s' is not a text encoding; use %s to handle arbitrary codecs", encoding,
                   encode ? "codecs.encode()" : "codecs.decode()");
  }
  return run_codec(codec, object, encoding, errors, encode);
}

// ---- The encodings known here ----

typedef enum KnownEncoding { OTHER_ENCODING, UTF_8, UTF_16, UTF_32, ASCII, LATIN_1 } KnownEncoding;

static KnownEncoding known_encoding(const char *encoding) {
  static const struct {
    const char *name; // in lower case, with - for _ and blank
    KnownEncoding encoding;
  } names[] = {{"utf-8", UTF_8},     {"utf8", UTF_8},     {"utf-16", UTF_16},      {"utf16", UTF_16},
               {"utf-32", UTF_32},   {"utf32", UTF_32},   {"ascii", ASCII},        {"us-ascii", ASCII},
               {"latin-1", LATIN_1}, {"latin1", LATIN_1}, {"iso-8859-1", LATIN_1}, {"iso8859-1", LATIN_1}};
  char name[16];
  size_t length = 0;
  for (; encoding[length]; length++) {
    if (length + 1 == sizeof name) return OTHER_ENCODING;
    char c = encoding[length];
    name[length] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c == '_' || c == ' ' ? '-' : c);
  }
  name[length] = 0;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(name, names[i].name) == 0) return names[i].encoding;
  return OTHER_ENCODING;
}

// In development mode unknown names are errors even where they do not matter.
static bool check_names(const char *encoding, const char *errors) {
  if (__builtin_expect(!runtime.dev_mode, 1)) return true;
  if (encoding && known_encoding(encoding) == OTHER_ENCODING && !codec_lookup(encoding)) return false;
  return !errors || error_kind(errors) != ERRORS_REGISTERED || error_handler_find(errors);
}

Value codec_encode_text(Value text, const char *encoding, const char *errors) {
  if (!encoding && !errors && str_is_ascii(value_as_str(text))) {
    Value bytes = bytes_new(value_as_str(text)->data, str_length(text));
    KEEP(text);
    return bytes;
  }
  if (!check_names(encoding, errors)) return NULL;
  switch (encoding ? known_encoding(encoding) : UTF_8) {
  case UTF_8:
    return encode_utf8(text, errors);
  case UTF_16:
    return encode_utf16(text, errors, 0);
  case UTF_32:
    return encode_utf32(text, errors, 0);
  case ASCII:
    return encode_ascii(text, errors);
  case LATIN_1:
    return encode_latin1(text, errors);
  default:
    break;
  }
  Value encoded = run_text_codec(text, encoding, errors, true);
  if (!encoded || value_is_bytes(encoded)) return encoded;
  if (value_is_bytearray(encoded)) {
    if (!warn(CLASS_RUNTIME_WARNING, 1,
              "encoder %s returned bytearray instead of bytes; use codecs.encode() to encode to arbitrary types",
              encoding))
      return NULL;
    return bytearray_copy_bytes(encoded);
  }
  return raise_type_error("'%.400s' encoder returned '%.400T' instead of 'bytes'; use codecs.encode() to encode to "
                          "arbitrary types",
                          encoding, encoded);
}

static Value check_decoded(Value text, const char *encoding) {
  if (!text || value_is_str(text)) return text;
  return raise_type_error("'%.400s' decoder returned '%.400T' instead of 'str'; use codecs.decode() to decode to "
                          "arbitrary types",
                          encoding, text);
}

Value codec_decode_memory(const uint8_t *data, size_t length, Value owner, const char *encoding, const char *errors) {
  Decode state;
  int byte_order = 0;
  if (!check_names(encoding, errors)) return NULL;
  switch (encoding ? known_encoding(encoding) : UTF_8) {
  case UTF_8:
    decode_start(&state, "utf-8", errors, data, length, owner);
    return decode_utf8(&state);
  case UTF_16:
    decode_start(&state, "utf-16", errors, data, length, owner);
    return decode_utf16(&state, &byte_order);
  case UTF_32:
    decode_start(&state, "utf-32", errors, data, length, owner);
    return decode_utf32(&state, &byte_order);
  case ASCII:
    decode_start(&state, "ascii", errors, data, length, owner);
    return decode_ascii(&state);
  case LATIN_1:
    return str_from_latin1(data, length);
  default:
    break;
  }
  Value object = owner ? owner : bytes_new(data, length);
  return object ? check_decoded(run_text_codec(object, encoding, errors, false), encoding) : NULL;
}

Value codec_decode_text(Value object, const char *encoding, const char *errors) {
  Buffer buffer;
  if (!encoding && !errors && VALUE_IS_EXACT(object, BYTES)) {
    const Bytes *bytes = value_as_bytes(object);
    if (ascii_prefix(bytes->data, bytes->length) == bytes->length)
      return str_from_ascii((const char *)bytes->data, bytes->length);
  }
  if (encoding && known_encoding(encoding) == OTHER_ENCODING)
    return check_decoded(run_text_codec(object, encoding, errors, false), encoding);
  if (!buffer_acquire(object, &buffer, BUFFER_SIMPLE)) return NULL;
  Value text = codec_decode_memory(buffer.data, buffer.length, object, encoding, errors);
  buffer_release(&buffer);
  return text;
}

bool codec_name_argument(Value value, const char *function, const char *argument, const char **name) {
  *name = NULL;
  if (!value) return true;
  if (value_is_str(value)) {
    size_t length;
    *name = str_utf8(value, &length);
    if (!*name) return false;
    if (strlen(*name) == length) return true;
    raise_value_error("embedded null character");
    return false;
  }
  raise_type_error("%s() argument %s must be str, not %.50T", function, argument, value);
  return false;
}
