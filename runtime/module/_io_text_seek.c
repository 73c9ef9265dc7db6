// TextIOWrapper.tell() and seek(): positions in decoded text.
//
// A position is an int that says where the buffer must go, which state the decoder must have there, and how many bytes
// to decode and characters to skip from there. For most encodings at most places the latter are zero, and the int is a
// byte offset. Layout, from the lowest bit: offset 64 bits, decoder flags 32, bytes to feed 32, characters to skip 32,
// whether the decoder must be told of the end 8.
#include "runtime/module/_io_text.h"
#include "runtime/object/int.h"

#include <string.h>

typedef struct Cookie {
  int64_t start;
  int32_t flags, bytes_to_feed, characters_to_skip;
  bool at_end;
} Cookie;

enum : size_t { COOKIE_SIZE = 8 + 3 * 4 + 1 };

static Value cookie_pack(const Cookie *cookie) {
  uint8_t bytes[COOKIE_SIZE];
  memcpy(bytes, &cookie->start, 8);
  memcpy(bytes + 8, &cookie->flags, 4);
  memcpy(bytes + 12, &cookie->bytes_to_feed, 4);
  memcpy(bytes + 16, &cookie->characters_to_skip, 4);
  bytes[20] = cookie->at_end;
  return int_from_bytes(bytes, COOKIE_SIZE, true, false);
}

static bool cookie_unpack(Value number, Cookie *cookie) {
  uint8_t bytes[COOKIE_SIZE];
  if (!int_to_bytes(number, bytes, COOKIE_SIZE, true, false)) return false;
  memcpy(&cookie->start, bytes, 8);
  memcpy(&cookie->flags, bytes + 8, 4);
  memcpy(&cookie->bytes_to_feed, bytes + 12, 4);
  memcpy(&cookie->characters_to_skip, bytes + 16, 4);
  cookie->at_end = bytes[20];
  return true;
}

// The decoder as it is at the cookie's start.
static bool decoder_go(TextIO *t, const Cookie *cookie) {
  if (cookie->start == 0 && cookie->flags == 0) return text_decoder_reset(t);
  DecoderState state = {bytes_new(NULL, 0), cookie->flags};
  return state.input && text_decoder_setstate(t, &state);
}

// Length of what `count` bytes decode to, or -1; and the state afterwards.
static ptrdiff_t decode_count(TextIO *t, const uint8_t *data, size_t count, bool final, DecoderState *after) {
  Value input = bytes_new(data, count);
  Value text = input ? text_decode(t, input, final) : NULL;
  if (!text || (after && !text_decoder_getstate(t, after))) return -1;
  return (ptrdiff_t)str_length(text);
}

// Finds a start close to the position: first by jumps over as many bytes as usual for so many characters, then byte by
// byte.
static bool find_start(TextIO *t, Value snapshot, Cookie *cookie) {
  const uint8_t *data = value_as_bytes(snapshot)->data;
  size_t size = value_as_bytes(snapshot)->length;
  ptrdiff_t skip = (ptrdiff_t)t->decoded_used;
  ptrdiff_t bytes = (ptrdiff_t)(t->bytes_a_character * (double)skip), back = 1;
  if (bytes > (ptrdiff_t)size) bytes = (ptrdiff_t)size;
  DecoderState state;
  while (bytes > 0) {
    if (!decoder_go(t, cookie)) return false;
    ptrdiff_t count = decode_count(t, data, (size_t)bytes, false, &state);
    if (count < 0) return false;
    if (count <= skip) {
      size_t held = value_as_bytes(state.input)->length;
      if (held == 0) {
        cookie->flags = (int32_t)state.flags;
        skip -= count;
        break;
      }
      bytes -= (ptrdiff_t)held;
      back = 1;
    } else {
      bytes -= back;
      back *= 2;
    }
  }
  if (bytes <= 0) {
    bytes = 0;
    if (!decoder_go(t, cookie)) return false;
  }
  cookie->start += bytes;
  cookie->characters_to_skip = (int32_t)skip;
  if (skip == 0) return true;

  ptrdiff_t decoded = 0;
  for (size_t i = (size_t)bytes; i < size; i++) {
    ptrdiff_t count = decode_count(t, data + i, 1, false, &state);
    if (count < 0) return false;
    decoded += count;
    cookie->bytes_to_feed++;
    if (value_as_bytes(state.input)->length == 0 && decoded <= skip) { // a better start
      cookie->start += cookie->bytes_to_feed;
      skip -= decoded;
      cookie->flags = (int32_t)state.flags;
      cookie->bytes_to_feed = 0;
      decoded = 0;
    }
    if (decoded >= skip) break;
  }
  if (decoded < skip) {
    ptrdiff_t count = decode_count(t, NULL, 0, true, NULL);
    if (count < 0) return false;
    decoded += count;
    cookie->at_end = true;
    if (decoded < skip) {
      raise(CLASS_OS_ERROR, "can't reconstruct logical file position");
      return false;
    }
  }
  cookie->characters_to_skip = (int32_t)skip;
  KEEP(snapshot);
  return true;
}

static Value tell_locked(Value self) {
  TextIO *t = as_text(self);
  if (!t->seekable) return io_raise_unsupported("underlying stream is not seekable");
  if (!t->telling) return raise(CLASS_OS_ERROR, "telling position disabled by next() call");
  if (!text_write_pending(t) || !value_call_method_0(self, "flush")) return NULL;
  Value position = value_call_method_0(t->buffer, "tell");
  if (!position || !t->has_decoder || !t->snapshot) return position;
  Cookie cookie = {};
  Value snapshot = t->snapshot;
  if (!value_as_int64(position, &cookie.start)) return NULL;
  cookie.start -= (int64_t)value_as_bytes(snapshot)->length;
  cookie.flags = (int32_t)t->snapshot_flags;
  if (!t->decoded || t->decoded_used == 0) return cookie_pack(&cookie);
  DecoderState saved;
  if (!text_decoder_getstate(t, &saved)) return NULL;
  bool found = find_start(t, snapshot, &cookie);
  Value failure = found ? NULL : exception_take();
  bool restored = text_decoder_setstate(t, &saved);
  io_chain_exceptions(failure);
  return found && restored ? cookie_pack(&cookie) : NULL;
}

Value text_tell(Value self) {
  return text_enter(self) ? text_leave(self, tell_locked(self)) : NULL;
}

static Value seek_end(Value self) {
  TextIO *t = as_text(self);
  if (!value_call_method_0(self, "flush")) return NULL;
  text_set_decoded(t, NULL);
  text_drop_snapshot(t);
  if (t->has_decoder && !text_decoder_reset(t)) return NULL;
  Value result = value_call_method_2(t->buffer, "seek", value_from_small_int(0), value_from_small_int(2));
  if (!result) return NULL;
  return text_encoder_reset(t, result == value_from_small_int(0)) ? result : NULL;
}

static Value seek_locked(Value self, Value target, int whence) {
  TextIO *t = as_text(self);
  if (!t->seekable) return io_raise_unsupported("underlying stream is not seekable");
  if (whence < 0 || whence > 2)
    return raise_value_error("invalid whence (%d, should be %d, %d or %d)", whence, 0, 1, 2);
  if (whence != 0) {
    int zero = value_compare_truth(COMPARE_EQUAL, target, value_from_small_int(0));
    if (zero < 0) return NULL;
    if (!zero)
      return io_raise_unsupported(whence == 1 ? "can't do nonzero cur-relative seeks"
                                              : "can't do nonzero end-relative seeks");
    if (whence == 2) return seek_end(self);
    if (!(target = value_call_method_0(self, "tell"))) return NULL;
  }
  int negative = value_compare_truth(COMPARE_LESS, target, value_from_small_int(0));
  if (negative < 0) return NULL;
  if (negative) return raise_value_error("negative seek position %R", target);
  if (!value_call_method_0(self, "flush")) return NULL;
  Cookie cookie;
  Value number = value_index(target);
  Value start = number && cookie_unpack(number, &cookie) ? int_from_int64(cookie.start) : NULL;
  if (!start || !value_call_method_1(t->buffer, "seek", start)) return NULL;
  text_set_decoded(t, NULL);
  text_drop_snapshot(t);
  if (t->has_decoder && !decoder_go(t, &cookie)) return NULL;
  if (cookie.characters_to_skip) {
    Value input = value_call_method_1(t->buffer, "read", value_from_small_int(cookie.bytes_to_feed));
    if (!input) return NULL;
    if (!value_is_bytes(input))
      return raise_type_error("underlying read() should have returned a bytes object, not '%.200T'", input);
    text_set_snapshot(t, input, cookie.flags);
    Value decoded = text_decode(t, input, cookie.at_end);
    if (!decoded) return NULL;
    text_set_decoded(t, decoded);
    if ((int64_t)str_length(decoded) < cookie.characters_to_skip)
      return raise(CLASS_OS_ERROR, "can't restore logical file position");
    t->decoded_used = (size_t)cookie.characters_to_skip;
  } else {
    Value empty = bytes_new(NULL, 0);
    if (!empty) return NULL;
    text_set_snapshot(t, empty, cookie.flags);
  }
  return text_encoder_reset(t, cookie.start == 0 && cookie.flags == 0) ? target : NULL;
}

Value text_seek(Value self, Value cookie, Value whence_value) {
  int whence = 0;
  if (whence_value && !value_as_int(whence_value, &whence)) return NULL;
  return text_enter(self) ? text_leave(self, seek_locked(self, cookie, whence)) : NULL;
}
