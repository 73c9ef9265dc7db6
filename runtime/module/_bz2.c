// The module _bz2, over libbz2, which is loaded when the module is. See compression.h for what it shares with _lzma.
#include "runtime/heap/heap.h"
#include "runtime/module/compression.h"
#include "runtime/module/library.h"
#include "runtime/object/object.h"

#include <bzlib.h>
#include <stdlib.h>

#define LIBRARY_FUNCTIONS(FUNCTION)                                                                                    \
  FUNCTION(BZ2_bzCompress)                                                                                             \
  FUNCTION(BZ2_bzCompressEnd)                                                                                          \
  FUNCTION(BZ2_bzCompressInit)                                                                                         \
  FUNCTION(BZ2_bzDecompress)                                                                                           \
  FUNCTION(BZ2_bzDecompressEnd)                                                                                        \
  FUNCTION(BZ2_bzDecompressInit)
LIBRARY_DEFINE(LIBRARY_FUNCTIONS)

static struct {
  Class *compressor, *decompressor;
} state;

static Value fail(int code) {
  switch (code) {
  case BZ_PARAM_ERROR:
    return raise_value_error("Internal error - invalid parameters passed to libbzip2");
  case BZ_MEM_ERROR:
    return raise_memory_error();
  case BZ_DATA_ERROR:
  case BZ_DATA_ERROR_MAGIC:
    return raise(CLASS_OS_ERROR, "Invalid data stream");
  case BZ_IO_ERROR:
    return raise(CLASS_OS_ERROR, "Unknown I/O error");
  case BZ_UNEXPECTED_EOF:
    return raise(CLASS_EOF_ERROR, "Compressed file ended before the logical end-of-stream was detected");
  case BZ_SEQUENCE_ERROR:
    return raise(CLASS_RUNTIME_ERROR, "Internal error - Invalid sequence of commands sent to libbzip2");
  default:
    return raise(CLASS_OS_ERROR, "Unrecognized error from libbzip2: %d", code);
  }
}

// libbz2 counts in unsigned: a part of the buffers at a time.
static unsigned part(size_t size) {
  return size < UINT32_MAX / 2 ? (unsigned)size : UINT32_MAX / 2;
}
static StepResult step(CompressionStream *stream, StepBuffers *buffers, int action, bool compresses) {
  bz_stream *engine = stream->engine;
  unsigned in = part(buffers->in_left), out = part(buffers->out_left);
  engine->next_in = (char *)(uintptr_t)buffers->in;
  engine->avail_in = in;
  engine->next_out = (char *)buffers->out;
  engine->avail_out = out;
  int code = compresses && !in && action == BZ_RUN ? BZ_RUN_OK
             : compresses                          ? library.call.BZ2_bzCompress(engine, action)
                                                   : library.call.BZ2_bzDecompress(engine);
  buffers->in += in - engine->avail_in;
  buffers->in_left -= in - engine->avail_in;
  buffers->out += out - engine->avail_out;
  buffers->out_left -= out - engine->avail_out;
  stream->code = code;
  return code == BZ_STREAM_END ? STEP_ENDED : code >= 0 ? STEP_GOES_ON : STEP_FAILED;
}
static StepResult compressor_step(CompressionStream *stream, StepBuffers *buffers, bool finish) {
  bool last = finish && buffers->in_left <= part(buffers->in_left);
  return step(stream, buffers, last ? BZ_FINISH : BZ_RUN, true);
}
static StepResult decompressor_step(CompressionStream *stream, StepBuffers *buffers, bool) {
  return step(stream, buffers, BZ_RUN, false);
}
static void compressor_end(CompressionStream *stream) {
  library.call.BZ2_bzCompressEnd(stream->engine);
  free(stream->engine);
}
static void decompressor_end(CompressionStream *stream) {
  library.call.BZ2_bzDecompressEnd(stream->engine);
  free(stream->engine);
}
static const CompressionKind compressing = {.step = compressor_step, .fail = fail, .end = compressor_end};
static const CompressionKind decompressing = {.step = decompressor_step,
                                              .fail = fail,
                                              .end = decompressor_end,
                                              .ended = "End of stream already reached",
                                              .unusable = "Decompressor is unusable after a previous error"};

static Value stream_new(Value class, const CompressionKind *kind, int level) {
  CompressionStream *stream = compression_new(value_as_class(class));
  bz_stream *engine = stream ? calloc(1, sizeof *engine) : NULL;
  if (!engine) return stream ? raise_memory_error() : NULL;
  int code = kind == &compressing ? library.call.BZ2_bzCompressInit(engine, level, 0, 0)
                                  : library.call.BZ2_bzDecompressInit(engine, 0, 0);
  if (code != BZ_OK) {
    free(engine);
    return fail(code);
  }
  compression_begin(stream, kind, engine);
  return value_from_cell(stream);
}
static Value compressor_new(Value class, Value level_value) {
  int level = 9;
  if (level_value && !value_as_int(level_value, &level)) return NULL;
  if (level < 1 || level > 9) return raise_value_error("compresslevel must be between 1 and 9");
  return stream_new(class, &compressing, level);
}
static Value decompressor_new(Value class) {
  return stream_new(class, &decompressing, 0);
}

static const NativeMethod compressor_methods[] = {
    NATIVE("__new__", compressor_new, "($type, compresslevel=9, /)", "Create a compressor.", NATIVE_STATIC),
    COMPRESSOR_METHODS,
    {}};
static const NativeMethod decompressor_methods[] = {
    NATIVE("__new__", decompressor_new, "($type)", "Create a decompressor.", NATIVE_STATIC), DECOMPRESSOR_METHODS, {}};
static const NativeProperty decompressor_properties[] = {DECOMPRESSOR_PROPERTIES, {}};
static const ClassDef compressor_class = {.name = "_bz2.BZ2Compressor",
                                          .doc = "Compresses piece by piece.",
                                          COMPRESSION_CLASS,
                                          .methods = compressor_methods};
static const ClassDef decompressor_class = {.name = "_bz2.BZ2Decompressor",
                                            .doc = "Decompresses piece by piece.",
                                            COMPRESSION_CLASS,
                                            .methods = decompressor_methods,
                                            .properties = decompressor_properties};

static bool bz2_initialize(Value module) {
  heap_add_root_range((Value *)&state, sizeof state / sizeof(Value));
  return LIBRARY_LOAD("libbz2.so.1.0") && module_add_class(module, &compressor_class, NULL, &state.compressor) &&
         module_add_class(module, &decompressor_class, NULL, &state.decompressor);
}
const NativeModule bz2_module = {.name = "_bz2", .doc = "Compression by bzip2.", .initialize = bz2_initialize};
