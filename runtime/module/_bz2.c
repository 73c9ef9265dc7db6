// The module _bz2, over libbz2, which is loaded when the module is. See compression.h for what it shares with _lzma.
#include "runtime/heap/heap.h"
#include "runtime/module/compression.h"
#include "runtime/object/object.h"

#include <bzlib.h>
#include <stdlib.h>

static union {
  struct {
    int (*compress_init)(bz_stream *, int level, int verbosity, int work_factor);
    int (*compress)(bz_stream *, int action);
    int (*compress_end)(bz_stream *);
    int (*decompress_init)(bz_stream *, int verbosity, int small);
    int (*decompress)(bz_stream *);
    int (*decompress_end)(bz_stream *);
  };
  void *functions[6];
} library;
static const char *const library_names[] = {"BZ2_bzCompressInit",
                                            "BZ2_bzCompress",
                                            "BZ2_bzCompressEnd",
                                            "BZ2_bzDecompressInit",
                                            "BZ2_bzDecompress",
                                            "BZ2_bzDecompressEnd",
                                            NULL};
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
             : compresses                          ? library.compress(engine, action)
                                                   : library.decompress(engine);
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
  library.compress_end(stream->engine);
  free(stream->engine);
}
static void decompressor_end(CompressionStream *stream) {
  library.decompress_end(stream->engine);
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
  int code = kind == &compressing ? library.compress_init(engine, level, 0, 0) : library.decompress_init(engine, 0, 0);
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
    NATIVE("compress", compressor_compress, "($self, data, /)", "Compress a part of the data."),
    NATIVE("flush", compressor_flush, "($self, /)", "Finish: what is left of the compressed data."),
    {}};
static const NativeMethod decompressor_methods[] = {
    NATIVE("__new__", decompressor_new, "($type)", "Create a decompressor.", NATIVE_STATIC),
    NATIVE("decompress", decompressor_decompress, "($self, /, data, max_length=-1)",
           "Decompress data, to at most max_length bytes."),
    {}};
static const NativeProperty decompressor_properties[] = {
    {"eof", decompressor_get_finished, NULL, "True if the end of the stream was reached."},
    {"unused_data", decompressor_get_unused, NULL, "What came behind the end of the stream."},
    {"needs_input", decompressor_get_needs_input, NULL, "True if more input is needed for more output."},
    {}};
static const ClassDef compressor_class = {.name = "_bz2.BZ2Compressor",
                                          .doc = "Compresses piece by piece.",
                                          .cell_type = &compression_cell_type,
                                          .instance_size = sizeof(CompressionStream),
                                          .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE,
                                          .methods = compressor_methods};
static const ClassDef decompressor_class = {.name = "_bz2.BZ2Decompressor",
                                            .doc = "Decompresses piece by piece.",
                                            .cell_type = &compression_cell_type,
                                            .instance_size = sizeof(CompressionStream),
                                            .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE,
                                            .methods = decompressor_methods,
                                            .properties = decompressor_properties};

static bool bz2_initialize(Value module) {
  heap_add_root_range((Value *)&state, sizeof state / sizeof(Value));
  return library_load("libbz2.so.1.0", library_names, library.functions) &&
         module_add_class(module, &compressor_class, NULL, &state.compressor) &&
         module_add_class(module, &decompressor_class, NULL, &state.decompressor);
}
const NativeModule bz2_module = {.name = "_bz2", .doc = "Compression by bzip2.", .initialize = bz2_initialize};
