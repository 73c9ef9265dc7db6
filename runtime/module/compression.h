// Compressors and decompressors as objects: what _bz2 and _lzma have in common. Each module says how one step of its
// library goes and what its errors are; buffers, limits and leftover input are managed here.
//
// Threads: an object is one stream; its mutex is held for a call of one of its methods, steps run in blocking regions.
#pragma once

#include "runtime/object/bytes.h"
#include "runtime/object/native.h"
#include <pthread.h>

typedef struct CompressionStream CompressionStream;

typedef struct StepBuffers {
  const uint8_t *in;
  size_t in_left;
  uint8_t *out;
  size_t out_left;
} StepBuffers;

typedef enum StepResult : int { STEP_GOES_ON, STEP_ENDED, STEP_FAILED } StepResult;

typedef struct CompressionKind {
  // Consumes and produces what it can. `finish`: there is no more input. Runs in a blocking region; when it fails it
  // leaves the library's code in stream->code.
  StepResult (*step)(CompressionStream *stream, StepBuffers *buffers, bool finish);
  Value (*fail)(int code); // raises
  void (*end)(CompressionStream *stream);
  const char *ended;    // what a decompressor says that is used again after the end
  const char *unusable; // what one says that is used again after an error; NULL: it asks the library again
  bool holds_output;    // a decompressor may still have output when all input is consumed
} CompressionKind;

struct CompressionStream {
  Cell head;
  Value unused_data, input; // bytes: what came behind the end; what a limit has left
  // ---- end of values
  const CompressionKind *kind; // NULL: not set up
  void *engine;                // the library's
  int code;                    // of the step that failed
  int check;                   // lzma: the integrity check, as far as it is known
  pthread_mutex_t mutex;
  bool is_finished, has_failed, needs_input;
};
extern const CellType compression_cell_type;

static inline CompressionStream *as_compression(Value value) {
  return (CompressionStream *)value_cell(value);
}
// A new stream without engine. NULL: exception pending.
CompressionStream *compression_new(Class *class);
// Gives it its engine, which it owns from now on.
void compression_begin(CompressionStream *stream, const CompressionKind *kind, void *engine);

// compress(data), flush(), decompress(data, max_length=-1)
Value compressor_compress(Value self, Value data);
Value compressor_flush(Value self);
Value decompressor_decompress(Value self, Value data, Value limit);
Value decompressor_get_finished(Value self);
Value decompressor_get_unused(Value self);
Value decompressor_get_needs_input(Value self);

// What the definitions of the modules' classes have in common.
#define COMPRESSOR_METHODS                                                                                             \
  NATIVE("compress", compressor_compress, "($self, data, /)", "Compress a part of the data."),                         \
      NATIVE("flush", compressor_flush, "($self, /)", "Finish: what is left of the compressed data.")
#define DECOMPRESSOR_METHODS                                                                                           \
  NATIVE("decompress", decompressor_decompress, "($self, /, data, max_length=-1)",                                     \
         "Decompress data, to at most max_length bytes.")
#define DECOMPRESSOR_PROPERTIES                                                                                        \
  {"eof", decompressor_get_finished, NULL, "True if the end of the stream was reached."},                              \
      {"unused_data", decompressor_get_unused, NULL, "What came behind the end of the stream."},                       \
      {"needs_input", decompressor_get_needs_input, NULL, "True if more input is needed for more output."}
#define COMPRESSION_CLASS                                                                                              \
  .cell_type = &compression_cell_type, .instance_size = sizeof(CompressionStream),                                     \
  .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE
