// TextIOWrapper's insides, shared by its files: _io_text.c (the object), _io_text_codec.c, _io_text_seek.c.
#pragma once

#include "runtime/module/_io.h"

typedef enum TextCodec : uint8_t { CODEC_UTF8, CODEC_ASCII, CODEC_LATIN1, CODEC_OTHER } TextCodec;

typedef struct TextIO {
  Cell head;
  Value buffer; // zero: not initialized, or detached
  Value encoding, errors;
  Value encoder, decoder; // incremental ones of the codecs module; zero for the native codecs
  Value read_ending;      // the newline argument: str, or zero for None
  Value write_ending;     // what "\n" is written as, or zero: itself
  Value decoded;          // characters decoded but not all consumed, or zero
  Value snapshot;         // bytes from which `decoded` was made (with what the decoder held before), or zero
  // ---- end of values
  IoLock lock;
  size_t decoded_used;    // how many characters of `decoded` are consumed
  int64_t snapshot_flags; // the decoder's flags before it saw `snapshot`
  uint8_t *pending;       // encoded, not yet given to the buffer; malloc'ed
  size_t pending_count, pending_capacity;
  size_t chunk_size;
  double bytes_a_character; // measured at the last chunk, to guess how many bytes to go back
  NewlineState newlines;
  uint8_t undecoded[8]; // the incomplete sequence that a native decoder holds
  uint8_t undecoded_count;
  TextCodec codec;
  bool ready, detached, finalizing, line_buffering, write_through, read_universal, write_translate, has_encoder,
      has_decoder, seekable, telling, has_read1;
} TextIO;

typedef struct DecoderState {
  Value input; // bytes
  int64_t flags;
} DecoderState;

static inline TextIO *as_text(Value self) {
  return (TextIO *)value_cell(self);
}

// Chooses codec, encoder and decoder for t->buffer. False: LookupError and others; nothing has changed then.
bool text_codec_start(TextIO *t, Value encoding, Value errors);
// Appends the encoded text to the pending bytes.
bool text_encode(TextIO *t, Value text);
bool text_encoder_reset(TextIO *t, bool start_of_stream);
// str; with line ends translated if asked for.
Value text_decode(TextIO *t, Value input, bool final);
bool text_decoder_getstate(TextIO *t, DecoderState *state);
bool text_decoder_setstate(TextIO *t, const DecoderState *state);
bool text_decoder_reset(TextIO *t);

// Entry and exit of each method: raises ValueError for a detached or closed stream, then takes the lock.
bool text_enter(Value self);
Value text_leave(Value self, Value result);
bool text_write_pending(TextIO *t);
void text_set_decoded(TextIO *t, Value decoded);
void text_drop_snapshot(TextIO *t);
void text_set_snapshot(TextIO *t, Value input, int64_t flags);

// Methods in _io_text_seek.c
Value text_tell(Value self);
Value text_seek(Value self, Value cookie, Value whence);
