// Line ends: universal newline translation, the search for them, and IncrementalNewlineDecoder.
//
// A "\r" at the end of a piece of text may be half of a "\r\n", so it is held back until the next piece or the end.
#include "runtime/module/_io.h"
#include "runtime/object/int.h"
#include "runtime/support/utf8.h"

#include <string.h>

Class *io_newline_class;

// ---- Translation ----

static ptrdiff_t find_unit(const void *units, int width, size_t start, size_t end, uint32_t wanted) {
  if (width == 1) {
    const uint8_t *bytes = units, *found = end > start ? memchr(bytes + start, (int)wanted, end - start) : NULL;
    return found ? found - bytes : -1;
  }
  for (size_t i = start; i < end; i++)
    if (utf_unit(units, width, i) == wanted) return (ptrdiff_t)i;
  return -1;
}

Value io_newline_decode(NewlineState *state, Value value, bool final) {
  if (state->pending_cr && (final || str_length(value) > 0)) {
    value = str_concatenate(str_from_character('\r'), value);
    if (!value) return NULL;
    state->pending_cr = false;
  }
  Str *text = value_as_str(value);
  size_t length = text->length;
  int width = str_width(text);
  if (!final && length > 0 && str_character(text, length - 1) == '\r') {
    state->pending_cr = true;
    length--;
  }
  if (find_unit(text->data, width, 0, length, '\r') < 0) {
    if (!(state->kinds & NEWLINE_LF) && find_unit(text->data, width, 0, length, '\n') >= 0) state->kinds |= NEWLINE_LF;
    return length == text->length ? value : str_substring(value, 0, length);
  }
  Str *out = NULL;
  if (state->translate && !(out = str_allocate(length, width == 1 ? 0xff : width == 2 ? 0xffff : 0x10ffff)))
    return NULL;
  size_t written = 0;
  for (size_t i = 0; i < length; i++) {
    uint32_t character = utf_unit(text->data, width, i);
    if (character == '\n') {
      state->kinds |= NEWLINE_LF;
    } else if (character == '\r') {
      bool pair = i + 1 < length && utf_unit(text->data, width, i + 1) == '\n';
      state->kinds |= pair ? NEWLINE_CRLF : NEWLINE_CR;
      character = '\n';
      i += pair;
    }
    if (!out) continue;
    if (width == 1)
      out->data[written++] = (uint8_t)character;
    else if (width == 2)
      ((uint16_t *)(void *)out->data)[written++] = (uint16_t)character;
    else
      ((uint32_t *)(void *)out->data)[written++] = character;
  }
  if (!out) return length == text->length ? value : str_substring(value, 0, length);
  Value result = str_from_units(out->data, width, written);
  KEEP(out);
  KEEP(value);
  return result;
}

Value io_newline_kinds(uint8_t kinds) {
  static const char *const texts[] = {"\r", "\n", "\r\n"};
  Value found[3];
  size_t count = 0;
  for (int i = 0; i < 3; i++)
    if (kinds & 1 << i && !(found[count++] = str_from_c(texts[i]))) return NULL;
  return count == 0 ? VALUE_NONE : count == 1 ? found[0] : tuple_new(found, count);
}

// ---- Search ----

ptrdiff_t io_find_line_end(bool translated, bool universal, Value ending, const void *units, int width, size_t start,
                           size_t end, size_t *consumed) {
  *consumed = end;
  if (!translated && universal) {
    for (size_t i = start; i < end; i++) {
      uint32_t character = utf_unit(units, width, i);
      if (character == '\n') return (ptrdiff_t)i + 1;
      if (character == '\r') {
        return i + 1 < end && utf_unit(units, width, i + 1) == '\n' ? (ptrdiff_t)i + 2 : (ptrdiff_t)i + 1;
      }
    }
    return -1;
  }
  Str *wanted = ending && !translated ? value_as_str(ending) : NULL;
  uint32_t first = wanted && wanted->length ? str_character(wanted, 0) : '\n';
  size_t size = wanted && wanted->length ? wanted->length : 1;
  if (size == 1) {
    ptrdiff_t found = find_unit(units, width, start, end, first);
    return found < 0 ? -1 : found + 1;
  }
  while (start < end) {
    ptrdiff_t found = find_unit(units, width, start, end, first);
    if (found < 0) return -1;
    if ((size_t)found + size > end) { // the rest may still come
      *consumed = (size_t)found;
      return -1;
    }
    if (utf_unit(units, width, (size_t)found + 1) == str_character(wanted, 1)) return found + 2;
    start = (size_t)found + 1;
  }
  return -1;
}

// ---- IncrementalNewlineDecoder ----

typedef struct NewlineDecoder {
  Cell head;
  Value decoder, errors; // decoder zero: not initialized; None: input is str already
  // ---- end of values
  NewlineState state;
} NewlineDecoder;

static NewlineDecoder *as_decoder(Value self) {
  return (NewlineDecoder *)value_cell(self);
}
static NewlineDecoder *check_initialized(Value self) {
  if (as_decoder(self)->decoder) return as_decoder(self);
  raise_value_error("IncrementalNewlineDecoder.__init__() not called");
  return NULL;
}

static Value decoder_init(Value self, Value decoder, Value translate, Value errors) {
  NewlineDecoder *d = as_decoder(self);
  int translates = value_truth(translate);
  if (translates < 0) return NULL;
  gc_store(d, &d->errors, errors ? errors : str_from_c("strict"));
  d->state = (NewlineState){.translate = translates};
  gc_store(d, &d->decoder, decoder);
  return VALUE_NONE;
}

static Value decoder_decode(Value self, Value input, Value final_value) {
  NewlineDecoder *d = check_initialized(self);
  int final = final_value ? value_truth(final_value) : 0;
  if (!d || final < 0) return NULL;
  Value output = input;
  if (d->decoder != VALUE_NONE) output = value_call_method_2(d->decoder, "decode", input, value_from_bool(final));
  if (!output) return NULL;
  if (!value_is_str(output)) return raise_type_error("decoder should return a string result, not '%.200T'", output);
  return io_newline_decode(&d->state, output, final);
}

static Value decoder_getstate(Value self) {
  NewlineDecoder *d = check_initialized(self);
  if (!d) return NULL;
  Value buffer = bytes_new(NULL, 0), flag = value_from_small_int(0);
  if (!buffer) return NULL;
  if (d->decoder != VALUE_NONE) {
    Value state = value_call_method_0(d->decoder, "getstate");
    if (!state) return NULL;
    if (!value_is_tuple(state) || tuple_count(state) != 2 || !value_is_int(tuple_item(state, 1)))
      return raise_type_error("illegal decoder state");
    buffer = tuple_item(state, 0);
    flag = int_left_shift(tuple_item(state, 1), value_from_small_int(1));
  }
  if (flag && d->state.pending_cr) flag = int_or(flag, value_from_small_int(1));
  return flag ? tuple_of(2, buffer, flag) : NULL;
}

static Value decoder_setstate(Value self, Value state) {
  NewlineDecoder *d = check_initialized(self);
  if (!d) return NULL;
  if (!value_is_tuple(state)) return raise_type_error("state argument must be a tuple");
  if (tuple_count(state) != 2 || !value_is_int(tuple_item(state, 1)))
    return raise_type_error("setstate(): illegal state argument");
  Value bit = int_and(tuple_item(state, 1), value_from_small_int(1));
  Value rest = int_right_shift(tuple_item(state, 1), value_from_small_int(1));
  if (!bit || !rest) return NULL;
  d->state.pending_cr = bit == value_from_small_int(1);
  if (d->decoder == VALUE_NONE) return VALUE_NONE;
  Value inner = tuple_of(2, tuple_item(state, 0), rest);
  return inner ? value_call_method_1(d->decoder, "setstate", inner) : NULL;
}

static Value decoder_reset(Value self) {
  NewlineDecoder *d = check_initialized(self);
  if (!d) return NULL;
  d->state.kinds = 0;
  d->state.pending_cr = false;
  return d->decoder == VALUE_NONE ? VALUE_NONE : value_call_method_0(d->decoder, "reset");
}

static Value decoder_get_newlines(Value self) {
  NewlineDecoder *d = check_initialized(self);
  return d ? io_newline_kinds(d->state.kinds) : NULL;
}

static const NativeMethod decoder_methods[] = {
    NATIVE("__init__", decoder_init, "($self, /, decoder, translate, errors='strict')",
           "Translate line ends in what another decoder returns."),
    NATIVE("decode", decoder_decode, "($self, /, input, final=False)", "Decode and translate."),
    NATIVE("getstate", decoder_getstate, "($self, /)", "State as (bytes, int)."),
    NATIVE("setstate", decoder_setstate, "($self, state, /)", "Restore a state."),
    NATIVE("reset", decoder_reset, "($self, /)", "Return to the initial state."),
    {}};
static const NativeProperty decoder_properties[] = {{"newlines", decoder_get_newlines, NULL, NULL}, {}};
static const CellType decoder_cell_type = {.name = "IncrementalNewlineDecoder",
                                           CELL_VALUES(NewlineDecoder, decoder, errors)};
static const ClassDef decoder_definition = {.name = "_io.IncrementalNewlineDecoder",
                                            .doc = "A decoder that translates line ends to \\n.",
                                            .cell_type = &decoder_cell_type,
                                            .instance_size = sizeof(NewlineDecoder),
                                            .flags = CLASS_BASE_TYPE,
                                            .methods = decoder_methods,
                                            .properties = decoder_properties};

bool io_add_newline_class(Value module) {
  return module_add_class(module, &decoder_definition, NULL, &io_newline_class);
}
