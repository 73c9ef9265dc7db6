// What codecs do about input that they cannot handle: the built-in error handlers, and calls of registered ones.
//
// A handler is given the range that is bad and answers with a replacement and the place to go on. The built-in ones are
// computed without making an exception object; as functions of an exception (codecs.lookup_error) they are the same.
//
// Threads: each coding has a state of its own, on the stack.
#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec_internal.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/support/unicode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

ErrorKind error_kind(const char *errors) {
  static const char *const names[] = {
      [ERRORS_STRICT] = "strict",
      [ERRORS_IGNORE] = "ignore",
      [ERRORS_REPLACE] = "replace",
      [ERRORS_BACKSLASHREPLACE] = "backslashreplace",
      [ERRORS_XMLCHARREFREPLACE] = "xmlcharrefreplace",
      [ERRORS_NAMEREPLACE] = "namereplace",
      [ERRORS_SURROGATEESCAPE] = "surrogateescape",
      [ERRORS_SURROGATEPASS] = "surrogatepass",
  };
  if (!errors) return ERRORS_STRICT;
  for (int kind = 0; kind < ERRORS_REGISTERED; kind++)
    if (strcmp(errors, names[kind]) == 0) return (ErrorKind)kind;
  return ERRORS_REGISTERED;
}

// ---- Replacements ----

static void add_escape(StrBuilder *builder, uint32_t character) {
  char text[16];
  int length = snprintf(text, sizeof text,
                        character < 0x100     ? "\\x%02x"
                        : character < 0x10000 ? "\\u%04x"
                                              : "\\U%08x",
                        (unsigned)character);
  str_builder_add_ascii(builder, text, (size_t)length);
}

static Value replace_characters(const Str *text, size_t start, size_t end, ErrorKind kind) {
  StrBuilder builder;
  str_builder_start(&builder);
  for (size_t i = start; i < end && !builder.failed; i++) {
    uint32_t character = str_character(text, i);
    char name[UNICODE_NAME_MAX + 8];
    size_t length;
    switch (kind) {
    case ERRORS_REPLACE:
      str_builder_add_character(&builder, '?');
      break;
    case ERRORS_XMLCHARREFREPLACE:
      length = (size_t)snprintf(name, sizeof name, "&#%u;", (unsigned)character);
      str_builder_add_ascii(&builder, name, length);
      break;
    case ERRORS_NAMEREPLACE:
      length = unicode_name(character, UNICODE_14_0_0, name, sizeof name);
      if (length > 0) {
        str_builder_add_ascii(&builder, "\\N{", 3);
        str_builder_add_ascii(&builder, name, length);
        str_builder_add_character(&builder, '}');
        break;
      }
      [[fallthrough]];
    default:
      add_escape(&builder, character);
    }
  }
  return str_builder_finish(&builder);
}

// Which UTF an encoding's name means, for surrogatepass.
typedef struct UtfForm {
  int unit; // bytes: 1 (UTF-8), 2, 4; 0: none of these
  bool big_endian;
} UtfForm;

static UtfForm utf_form(const char *encoding) {
  UtfForm none = {};
  if (strcasecmp(encoding, "cp_utf8") == 0 || strcmp(encoding, "CP_UTF8") == 0) return (UtfForm){1, false};
  if (strncasecmp(encoding, "utf", 3) != 0) return none;
  encoding += 3;
  if (*encoding == '-' || *encoding == '_') encoding++;
  if (strcmp(encoding, "8") == 0) return (UtfForm){1, false};
  int unit = strncmp(encoding, "16", 2) == 0 ? 2 : strncmp(encoding, "32", 2) == 0 ? 4 : 0;
  if (!unit) return none;
  encoding += 2;
  if (!*encoding) return (UtfForm){unit, false};
  if (*encoding == '-' || *encoding == '_') encoding++;
  if (strcasecmp(encoding, "le") == 0) return (UtfForm){unit, false};
  if (strcasecmp(encoding, "be") == 0) return (UtfForm){unit, true};
  return none;
}

// Surrogates as the bytes of the encoding; VALUE_MISSING: not all of them are surrogates, or the encoding is none.
static Value pass_surrogates(const char *encoding, const Str *text, size_t start, size_t end) {
  UtfForm form = utf_form(encoding);
  if (!form.unit) return VALUE_MISSING;
  size_t size = form.unit == 1 ? 3 : (size_t)form.unit;
  Bytes *bytes = bytes_allocate((end - start) * size);
  if (!bytes) return NULL;
  uint8_t *out = bytes->data;
  for (size_t i = start; i < end; i++) {
    uint32_t character = str_character(text, i);
    if (!unicode_is_surrogate(character)) return VALUE_MISSING;
    if (form.unit == 1) {
      *out++ = (uint8_t)(0xe0 | character >> 12);
      *out++ = (uint8_t)(0x80 | (character >> 6 & 0x3f));
      *out++ = (uint8_t)(0x80 | (character & 0x3f));
    } else {
      for (int k = 0; k < form.unit; k++)
        *out++ = (uint8_t)(character >> 8 * (form.big_endian ? form.unit - 1 - k : k));
    }
  }
  return value_from_cell(bytes);
}

// How many characters from `start` on stand for bytes.
static size_t escaped_surrogates(const Str *text, size_t start, size_t end) {
  size_t at = start;
  while (at < end && str_character(text, at) >= 0xdc80 && str_character(text, at) <= 0xdcff) at++;
  return at - start;
}

static Value unescape_surrogates(const Str *text, size_t start, size_t end) {
  if (escaped_surrogates(text, start, end) < end - start) return VALUE_MISSING;
  Bytes *bytes = bytes_allocate(end - start);
  if (!bytes) return NULL;
  for (size_t i = start; i < end; i++) bytes->data[i - start] = (uint8_t)(str_character(text, i) - 0xdc00);
  return value_from_cell(bytes);
}

// What a built-in handler puts in place of text[start..end). VALUE_MISSING: it is an error all the same.
static Value encode_replacement(ErrorKind kind, const char *encoding, Value text, size_t start, size_t end) {
  const Str *source = value_as_str(text);
  switch (kind) {
  case ERRORS_IGNORE:
    return str_from_units(NULL, 1, 0);
  case ERRORS_REPLACE:
  case ERRORS_BACKSLASHREPLACE:
  case ERRORS_XMLCHARREFREPLACE:
  case ERRORS_NAMEREPLACE:
    return replace_characters(source, start, end, kind);
  case ERRORS_SURROGATEESCAPE:
    return unescape_surrogates(source, start, end);
  case ERRORS_SURROGATEPASS:
    return pass_surrogates(encoding, source, start, end);
  default:
    return VALUE_MISSING;
  }
}

// A surrogate encoded in the form at `bytes`; 0: there is none.
static uint32_t read_surrogate(UtfForm form, const uint8_t *bytes, size_t size) {
  uint32_t character = 0;
  if (form.unit == 1) {
    if (size >= 3 && (bytes[0] & 0xf0) == 0xe0 && (bytes[1] & 0xc0) == 0x80 && (bytes[2] & 0xc0) == 0x80)
      character = (uint32_t)(bytes[0] & 0x0f) << 12 | (uint32_t)(bytes[1] & 0x3f) << 6 | (bytes[2] & 0x3f);
  } else if (form.unit && size >= (size_t)form.unit) {
    for (int k = 0; k < form.unit; k++)
      character |= (uint32_t)bytes[k] << 8 * (form.big_endian ? form.unit - 1 - k : k);
  }
  return unicode_is_surrogate(character) ? character : 0;
}

// What a built-in handler puts in place of bytes[start..end), and where to go on. VALUE_MISSING: an error all the same.
static Value decode_replacement(ErrorKind kind, const char *encoding, const uint8_t *bytes, size_t size, size_t start,
                                size_t end, size_t *resume) {
  StrBuilder builder;
  *resume = end;
  switch (kind) {
  case ERRORS_IGNORE:
    return str_from_units(NULL, 1, 0);
  case ERRORS_REPLACE:
    return str_from_character(0xfffd);
  case ERRORS_BACKSLASHREPLACE:
    str_builder_start(&builder);
    for (size_t i = start; i < end; i++) add_escape(&builder, bytes[i]);
    return str_builder_finish(&builder);
  case ERRORS_SURROGATEESCAPE: {
    uint16_t units[4];
    size_t count = 0;
    while (count < 4 && start + count < end && bytes[start + count] >= 0x80) {
      units[count] = (uint16_t)(0xdc00 + bytes[start + count]);
      count++;
    }
    *resume = start + count;
    return count ? str_from_ucs2(units, count) : VALUE_MISSING;
  }
  case ERRORS_SURROGATEPASS: {
    UtfForm form = utf_form(encoding);
    uint32_t surrogate = read_surrogate(form, bytes + start, size - start);
    *resume = start + (form.unit == 1 ? 3 : (size_t)form.unit);
    return surrogate ? str_from_character(surrogate) : VALUE_MISSING;
  }
  default:
    return VALUE_MISSING;
  }
}

// ---- Registered handlers ----

// Calls the handler with the exception that is pending. The answer's parts; false: an exception is pending.
static bool call_handler(const char *errors, const char *wanted, bool bytes_allowed, bool any_position,
                         Value *replacement, size_t *resume, Value *exception) {
  *exception = exception_take();
  Value handler = error_handler_find(errors);
  Value answer = handler ? value_call_1(handler, *exception) : NULL;
  if (!answer) return false;
  if (!value_is_tuple(answer) || tuple_count(answer) != 2 ||
      !(value_is_str(tuple_item(answer, 0)) || (bytes_allowed && value_is_bytes(tuple_item(answer, 0)))) ||
      !value_is_int(tuple_item(answer, 1))) {
    raise_type_error("%s", wanted);
    return false;
  }
  *replacement = tuple_item(answer, 0);
  ptrdiff_t position;
  if (!value_as_size(tuple_item(answer, 1), &position, any_position ? CLASS_COUNT : CLASS_OVERFLOW_ERROR)) return false;
  *resume = (size_t)position;
  return true;
}

// Negative positions count from the end.
static bool check_position(size_t size, size_t *resume) {
  ptrdiff_t given = (ptrdiff_t)*resume, position = given < 0 ? given + (ptrdiff_t)size : given;
  if (position < 0 || position > (ptrdiff_t)size) {
    raise(CLASS_INDEX_ERROR, "position %zd from error handler out of bounds", given < 0 ? position : given);
    return false;
  }
  *resume = (size_t)position;
  return true;
}

// ---- Decoding ----

void decode_start(Decode *state, const char *encoding, const char *errors, const uint8_t *bytes, size_t size,
                  Value owner) {
  *state = (Decode){.encoding = encoding,
                    .errors = errors,
                    .kind = error_kind(errors),
                    .bytes = bytes,
                    .size = size,
                    .owner = owner,
                    .final = true};
  str_builder_start(&state->out);
}

static void raise_decode(Decode *state, size_t start, size_t end, const char *reason) {
  if (!state->object)
    state->object = state->owner && VALUE_IS_EXACT(state->owner, BYTES) &&
                            value_as_bytes(state->owner)->data == state->bytes &&
                            value_as_bytes(state->owner)->length == state->size
                        ? state->owner
                        : bytes_new(state->bytes, state->size);
  if (state->object) raise_unicode_decode_error(state->encoding, state->object, start, end, reason);
}

bool decode_error(Decode *state, size_t start, size_t end, const char *reason) {
  Value replacement = VALUE_MISSING;
  size_t resume = end;
  if (state->kind != ERRORS_REGISTERED)
    replacement = decode_replacement(state->kind, state->encoding, state->bytes, state->size, start, end, &resume);
  if (replacement == VALUE_MISSING) {
    raise_decode(state, start, end, reason);
    if (state->kind != ERRORS_REGISTERED && state->kind != ERRORS_XMLCHARREFREPLACE &&
        state->kind != ERRORS_NAMEREPLACE)
      return false;
    Value exception;
    if (!state->object || !call_handler(state->errors, "decoding error handler must return (str, int) tuple", false,
                                        state->any_position, &replacement, &resume, &exception))
      return false;
    // The handler may have put other input into the exception.
    Value object = gc_load(&((UnicodeErrorException *)value_cell(exception))->object);
    if (!object || !value_is_bytes(object)) {
      raise_type_error("exception attribute object must be bytes");
      return false;
    }
    if (object != state->object) {
      state->object = state->owner = object;
      state->bytes = value_as_bytes(object)->data;
      state->size = value_as_bytes(object)->length;
    }
    if (!check_position(state->size, &resume)) return false;
  }
  if (!replacement) return false;
  str_builder_add(&state->out, replacement);
  state->at = resume;
  return !state->out.failed;
}

Value decode_finish(Decode *state) {
  KEEP(state->owner);
  return str_builder_finish(&state->out);
}

// ---- Encoding ----

void encode_start(Encode *state, const char *encoding, const char *errors, Value text) {
  *state = (Encode){.encoding = encoding, .errors = errors, .kind = error_kind(errors), .text = text};
}

uint8_t *encode_reserve(Encode *state, size_t count) {
  if (state->failed) return NULL;
  if (!state->bytes || state->capacity - state->length < count) {
    size_t capacity = state->length + count + state->length / 2 + 32;
    uint8_t *bytes = realloc(state->bytes, capacity);
    if (!bytes) {
      state->failed = true;
      raise_memory_error();
      return NULL;
    }
    state->bytes = bytes;
    state->capacity = capacity;
  }
  return state->bytes + state->length;
}

void encode_add(Encode *state, const void *bytes, size_t count) {
  uint8_t *to = count > 0 ? encode_reserve(state, count) : NULL; // no bytes may be none at all: NULL
  if (!to) return;
  memcpy(to, bytes, count);
  state->length += count;
}

bool encode_give_up(Encode *state, size_t start, size_t end, const char *reason) {
  raise_unicode_encode_error(state->encoding, state->text, start, end, reason);
  state->failed = true;
  return false;
}

bool encode_error(Encode *state, size_t start, size_t end, const char *reason, Value *replacement) {
  *replacement = VALUE_MISSING;
  state->at = end;
  if (state->kind == ERRORS_SURROGATEESCAPE &&
      !state->all_or_nothing) { // as many as possible: the error is only the rest
    size_t count = escaped_surrogates(value_as_str(state->text), start, end);
    if (count > 0) state->at = end = start + count;
  }
  if (state->kind != ERRORS_REGISTERED)
    *replacement = encode_replacement(state->kind, state->encoding, state->text, start, end);
  if (*replacement == VALUE_MISSING) {
    encode_give_up(state, start, end, reason);
    if (state->kind != ERRORS_REGISTERED) return false;
    Value exception;
    size_t length = str_length(state->text);
    if (!call_handler(state->errors, "encoding error handler must return (str/bytes, int) tuple", true,
                      state->any_position, replacement, &state->at, &exception) ||
        !check_position(length, &state->at))
      return false;
    state->failed = false;
  }
  if (!*replacement) state->failed = true;
  return *replacement != NULL;
}

Value encode_finish(Encode *state) {
  Value bytes = state->failed ? NULL : bytes_new(state->bytes, state->length);
  free(state->bytes);
  state->bytes = NULL;
  return bytes;
}

// ---- The built-in handlers as functions ----

// The part of an exception's object that is bad, clipped to it. False: raised.
typedef struct BadRange {
  Value object;
  size_t start, end, size;
  const char *encoding;
} BadRange;

static bool bad_range(Value exception, BadRange *range) {
  const UnicodeErrorException *error = (const UnicodeErrorException *)value_cell(exception);
  range->object = error->object;
  bool is_bytes = value_is_instance(exception, BUILTIN(UNICODE_DECODE_ERROR));
  if (!range->object || !(is_bytes ? value_is_bytes(range->object) : value_is_str(range->object))) {
    raise_type_error(is_bytes ? "%.50s attribute must be bytes" : "%.50s attribute must be unicode", "object");
    return false;
  }
  range->size = is_bytes ? value_as_bytes(range->object)->length : str_length(range->object);
  ptrdiff_t start, end, size = (ptrdiff_t)range->size;
  if (!error->start || !error->end || !value_as_size(error->start, &start, CLASS_COUNT) ||
      !value_as_size(error->end, &end, CLASS_COUNT))
    return false;
  start = start < 0 ? 0 : start >= size ? size - 1 : start;
  end = end < 1 ? 1 : end > size ? size : end;
  if (start < 0) start = 0;
  if (end < start) end = start;
  range->start = (size_t)start;
  range->end = (size_t)end;
  range->encoding = error->encoding && value_is_str(error->encoding) ? str_utf8(error->encoding, NULL) : "";
  return range->encoding != NULL;
}

static Value handle(ErrorKind kind, Value exception) {
  bool encode = value_is_instance(exception, BUILTIN(UNICODE_ENCODE_ERROR));
  bool decode = value_is_instance(exception, BUILTIN(UNICODE_DECODE_ERROR));
  bool translate = value_is_instance(exception, BUILTIN(UNICODE_TRANSLATE_ERROR));
  bool known = encode || (decode && kind != ERRORS_XMLCHARREFREPLACE && kind != ERRORS_NAMEREPLACE) ||
               (translate && kind != ERRORS_XMLCHARREFREPLACE && kind != ERRORS_NAMEREPLACE &&
                kind != ERRORS_SURROGATEESCAPE && kind != ERRORS_SURROGATEPASS);
  if (kind == ERRORS_STRICT) {
    if (!value_is_exception(exception)) return raise_type_error("codec must pass exception instance");
    return raise_object(exception);
  }
  if (!known) return raise_type_error("don't know how to handle %.200T in error callback", exception);
  BadRange range;
  if (!bad_range(exception, &range)) return NULL;
  Value replacement;
  size_t resume = range.end;
  if (decode) {
    const Bytes *bytes = value_as_bytes(range.object);
    replacement = decode_replacement(kind, range.encoding, bytes->data, bytes->length, range.start, range.end, &resume);
  } else if (translate && kind == ERRORS_REPLACE) {
    StrBuilder builder;
    str_builder_start(&builder);
    for (size_t i = range.start; i < range.end; i++) str_builder_add_character(&builder, 0xfffd);
    replacement = str_builder_finish(&builder);
  } else {
    replacement = encode_replacement(kind, range.encoding, range.object, range.start, range.end);
  }
  if (replacement == VALUE_MISSING) return raise_object(exception);
  return replacement ? tuple_of(2, replacement, int_from_size(resume)) : NULL;
}

static Value strict_errors(Value exception) {
  return handle(ERRORS_STRICT, exception);
}
static Value ignore_errors(Value exception) {
  return handle(ERRORS_IGNORE, exception);
}
static Value replace_errors(Value exception) {
  return handle(ERRORS_REPLACE, exception);
}
static Value backslashreplace_errors(Value exception) {
  return handle(ERRORS_BACKSLASHREPLACE, exception);
}
static Value xmlcharrefreplace_errors(Value exception) {
  return handle(ERRORS_XMLCHARREFREPLACE, exception);
}
static Value namereplace_errors(Value exception) {
  return handle(ERRORS_NAMEREPLACE, exception);
}
static Value surrogateescape_errors(Value exception) {
  return handle(ERRORS_SURROGATEESCAPE, exception);
}
static Value surrogatepass_errors(Value exception) {
  return handle(ERRORS_SURROGATEPASS, exception);
}

#define HANDLER(kind) NATIVE(#kind "_errors", kind##_errors, NULL, "The '" #kind "' error handler.")
const NativeMethod builtin_error_handlers[] = {HANDLER(strict),
                                               HANDLER(ignore),
                                               HANDLER(replace),
                                               HANDLER(backslashreplace),
                                               HANDLER(xmlcharrefreplace),
                                               HANDLER(namereplace),
                                               HANDLER(surrogateescape),
                                               HANDLER(surrogatepass),
                                               {}};
