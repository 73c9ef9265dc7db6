// See compression.h.
#include "runtime/module/compression.h"
#include "runtime/heap/heap.h"
#include "runtime/object/object.h"
#include "runtime/object/str.h"

#include <string.h>

enum : size_t { FIRST_ROOM = 16384, MOST_ROOM = 1u << 26 };

static void stream_release(Cell *cell) {
  CompressionStream *stream = (CompressionStream *)cell;
  if (stream->engine) stream->kind->end(stream);
}
const CellType compression_cell_type = {
    .name = "compression stream", CELL_VALUES(CompressionStream, unused_data, input), .release = stream_release};

CompressionStream *compression_new(Class *class) {
  Value empty = bytes_new(NULL, 0);
  CompressionStream *stream = empty ? class_allocate(class, 0) : NULL;
  if (!stream) return NULL;
  gc_store(stream, &stream->unused_data, empty);
  gc_store(stream, &stream->input, empty);
  pthread_mutex_init(&stream->mutex, NULL);
  stream->needs_input = true;
  return stream;
}
void compression_begin(CompressionStream *stream, const CompressionKind *kind, void *engine) {
  stream->kind = kind;
  stream->engine = engine;
}

static void stream_lock(CompressionStream *stream) {
  if (pthread_mutex_trylock(&stream->mutex) != 0) BLOCKING(pthread_mutex_lock(&stream->mutex));
}

// Output that grows: a bytearray, cut to size at the end.
typedef struct Output {
  Value buffer;
  size_t length, room;
} Output;

// Steps until the input is consumed (or, with `finish`, the stream has ended), the stream ends, or `limit` bytes are
// there.
static StepResult run(CompressionStream *stream, StepBuffers *buffers, bool finish, size_t limit, Output *output) {
  for (;;) {
    if (output->length == limit) return STEP_GOES_ON;
    size_t room = output->room < limit - output->length ? output->room : limit - output->length;
    if (!bytearray_resize(output->buffer, output->length + room)) return STEP_FAILED;
    buffers->out = bytearray_data(output->buffer) + output->length;
    buffers->out_left = room;
    StepResult result;
    BLOCKING(result = stream->kind->step(stream, buffers, finish));
    output->length += room - buffers->out_left;
    if (output->room < MOST_ROOM) output->room *= 2;
    if (result != STEP_GOES_ON) return result;
    if (buffers->in_left == 0 && buffers->out_left > 0 && !finish) return STEP_GOES_ON;
  }
}

static Value finish_output(CompressionStream *stream, StepResult result, const Output *output) {
  if (result == STEP_FAILED) return exception_pending() ? NULL : stream->kind->fail(stream->code);
  return bytes_new(bytearray_data(output->buffer), output->length);
}

static Value compress(CompressionStream *stream, Value data, bool finish) {
  Output output = {.buffer = bytearray_new(NULL, 0), .room = FIRST_ROOM};
  Buffer buffer = {};
  if (!output.buffer || (data && !buffer_acquire(data, &buffer, BUFFER_SIMPLE))) return NULL;
  stream_lock(stream);
  Value bytes;
  if (!stream->engine || stream->is_finished) {
    bytes = raise_value_error(finish ? "Repeated call to flush()" : "Compressor has been flushed");
  } else {
    stream->is_finished = finish;
    StepBuffers buffers = {.in = buffer.data, .in_left = buffer.length};
    bytes = finish_output(stream, run(stream, &buffers, finish, SIZE_MAX, &output), &output);
  }
  pthread_mutex_unlock(&stream->mutex);
  if (data) buffer_release(&buffer);
  KEEP(stream);
  return bytes;
}
Value compressor_compress(Value self, Value data) {
  return compress(as_compression(self), data, false);
}
Value compressor_flush(Value self) {
  return compress(as_compression(self), NULL, true);
}

// What is left of the input, and what the attributes are to say.
static bool settle(CompressionStream *stream, const StepBuffers *buffers, StepResult result) {
  Value rest = bytes_new(buffers->in, buffers->in_left), empty = bytes_new(NULL, 0);
  if (!rest || !empty) return false;
  if (result == STEP_ENDED) {
    stream->is_finished = true;
    stream->needs_input = false;
    gc_store(stream, &stream->unused_data, rest);
    gc_store(stream, &stream->input, empty);
  } else {
    stream->needs_input = buffers->in_left == 0 && (buffers->out_left > 0 || !stream->kind->holds_output);
    gc_store(stream, &stream->input, rest);
  }
  return true;
}

static Value decompress(CompressionStream *stream, const Buffer *data, size_t limit) {
  Output output = {.buffer = bytearray_new(NULL, 0), .room = FIRST_ROOM};
  Value former = stream->input, all = NULL;
  StepBuffers buffers = {.in = data->data, .in_left = data->length};
  if (value_as_bytes(former)->length) {
    Value more = bytes_new(data->data, data->length);
    all = more ? bytes_concatenate(former, more) : NULL;
    if (!all) return NULL;
    buffers.in = value_as_bytes(all)->data;
    buffers.in_left = value_as_bytes(all)->length;
  }
  StepResult result = output.buffer ? run(stream, &buffers, false, limit, &output) : STEP_FAILED;
  Value bytes = finish_output(stream, result, &output);
  if (result == STEP_FAILED && stream->kind->unusable) {
    stream->has_failed = true;
    stream->needs_input = false;
  }
  bool settled = bytes && settle(stream, &buffers, result);
  KEEP(all);
  return settled ? bytes : NULL;
}

Value decompressor_decompress(Value self, Value data, Value limit_value) {
  CompressionStream *stream = as_compression(self);
  ptrdiff_t limit = -1;
  Buffer buffer;
  if (limit_value && !value_as_size(limit_value, &limit, CLASS_OVERFLOW_ERROR)) return NULL;
  if (!buffer_acquire(data, &buffer, BUFFER_SIMPLE)) return NULL;
  stream_lock(stream);
  Value bytes = !stream->engine       ? raise_value_error("the decompressor has not been set up")
                : stream->is_finished ? raise(CLASS_EOF_ERROR, stream->kind->ended)
                : stream->has_failed  ? raise_value_error(stream->kind->unusable)
                                      : decompress(stream, &buffer, limit < 0 ? SIZE_MAX : (size_t)limit);
  pthread_mutex_unlock(&stream->mutex);
  buffer_release(&buffer);
  KEEP(stream);
  return bytes;
}

Value decompressor_get_finished(Value self) {
  return value_from_bool(as_compression(self)->is_finished);
}
Value decompressor_get_unused(Value self) {
  return as_compression(self)->unused_data;
}
Value decompressor_get_needs_input(Value self) {
  return value_from_bool(as_compression(self)->needs_input);
}
