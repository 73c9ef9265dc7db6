// The module zlib, over the zlib library.
//
// Threads: a compressor or decompressor is one stream; its mutex is held for a step, which runs in a blocking region.
#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

typedef struct Stream {
  Cell head;
  Value unused_data, unconsumed_tail, dictionary; // bytes
  // ---- end of values
  z_stream stream;
  pthread_mutex_t mutex;
  bool started, finished, compresses;
} Stream;

static struct {
  Class *compressor, *decompressor, *error;
} state;

static void stream_end(Stream *stream) {
  if (!stream->started) return;
  if (stream->compresses)
    deflateEnd(&stream->stream);
  else
    inflateEnd(&stream->stream);
  stream->started = false;
}
static void stream_release(Cell *cell) {
  stream_end((Stream *)cell);
}
static const CellType stream_cell_type = {
    .name = "zlib stream", CELL_VALUES(Stream, unused_data, dictionary), .release = stream_release};
static Stream *as_stream(Value value) {
  return (Stream *)value_cell(value);
}

static Value raise_zlib(const z_stream *stream, int code, const char *what) {
  const char *detail = code == Z_VERSION_ERROR ? "library version mismatch" : stream->msg;
  if (!detail && code == Z_BUF_ERROR) detail = "incomplete or truncated stream";
  if (!detail && code == Z_STREAM_ERROR) detail = "inconsistent stream state";
  if (!detail && code == Z_DATA_ERROR) detail = "invalid input data";
  return detail ? raise_in(state.error, "Error %d %s: %.200s", code, what, detail)
                : raise_in(state.error, "Error %d %s", code, what);
}

// Output that grows: a bytearray that is cut to size at the end.
typedef struct Output {
  Value buffer;
  size_t length;
} Output;
static bool output_reserve(Output *output, size_t room, z_stream *stream) {
  if (!bytearray_resize(output->buffer, output->length + room)) return false;
  stream->next_out = bytearray_data(output->buffer) + output->length;
  stream->avail_out = (uInt)room;
  return true;
}
static Value output_finish(const Output *output) {
  return bytes_new(bytearray_data(output->buffer), output->length);
}

// Runs the stream over `input` until it is used up, `limit` bytes were written (0: no limit), or the stream ends. The
// code, or Z_MEM_ERROR with an exception pending.
static int run(Stream *stream, const uint8_t *data, size_t length, int flush, size_t limit, Output *output,
               size_t first_room) {
  z_stream *z = &stream->stream;
  size_t room = first_room ? first_room : 16384;
  int code = Z_OK;
  const uint8_t *at = data, *end = data + length;
  do {
    size_t part = (size_t)(end - at) < UINT32_MAX / 2 ? (size_t)(end - at) : UINT32_MAX / 2;
    z->next_in = (uint8_t *)at;
    z->avail_in = (uInt)part;
    int mode = at + part == end ? flush : Z_NO_FLUSH;
    do {
      if (limit && output->length >= limit) goto done;
      if (limit && room > limit - output->length) room = limit - output->length;
      if (!output_reserve(output, room, z)) return Z_MEM_ERROR;
      BLOCKING(code = stream->compresses ? deflate(z, mode) : inflate(z, mode == Z_FINISH ? Z_SYNC_FLUSH : mode));
      output->length += room - z->avail_out;
      if (code == Z_NEED_DICT && stream->dictionary) {
        const Bytes *dictionary = value_as_bytes(stream->dictionary);
        code = inflateSetDictionary(z, dictionary->data, (uInt)dictionary->length);
        if (code == Z_OK) {
          z->avail_out = 0; // go on with what is left of the input
          room = room < 1 << 26 ? room * 2 : room;
          continue;
        }
      }
      if (code != Z_OK && code != Z_BUF_ERROR) goto done;
      room = room < 1 << 26 ? room * 2 : room;
    } while (z->avail_out == 0);
    at = z->next_in;
  } while (at < end && code != Z_STREAM_END);
done:
  KEEP(data);
  KEEP(output->buffer);
  return code;
}

static bool int_parameter(Value value, int otherwise, int *number) {
  *number = otherwise;
  return !value || value_as_int(value, number);
}

// ---- One-shot functions ----

static Value zlib_compress(Value data, Value level_value, Value bits_value) {
  int level, bits;
  if (!int_parameter(level_value, Z_DEFAULT_COMPRESSION, &level) || !int_parameter(bits_value, MAX_WBITS, &bits))
    return NULL;
  Stream stream = {.compresses = true};
  Output output = {bytearray_new(NULL, 0), 0};
  Buffer buffer;
  if (!output.buffer || !buffer_acquire(data, &buffer, BUFFER_SIMPLE)) return NULL;
  int code = deflateInit2(&stream.stream, level, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY);
  Value result = NULL;
  if (code == Z_STREAM_ERROR) {
    raise_in(state.error, "Bad compression level");
  } else if (code != Z_OK) {
    raise_zlib(&stream.stream, code, "while compressing data");
  } else {
    stream.started = true;
    code = run(&stream, buffer.data, buffer.length, Z_FINISH, 0, &output, 0);
    if (code == Z_STREAM_END)
      result = output_finish(&output);
    else if (!exception_pending())
      raise_zlib(&stream.stream, code, "while finishing compression");
  }
  stream_end(&stream);
  buffer_release(&buffer);
  return result;
}

static Value zlib_decompress(Value data, Value bits_value, Value size_value) {
  int bits;
  ptrdiff_t size = 16384;
  if (!int_parameter(bits_value, MAX_WBITS, &bits) ||
      (size_value && !value_as_size(size_value, &size, CLASS_OVERFLOW_ERROR)))
    return NULL;
  if (size < 0) return raise_value_error("bufsize must be non-negative");
  if (size == 0) size = 1;
  if (size > 1 << 26) size = 1 << 26;
  Stream stream = {};
  Output output = {bytearray_new(NULL, 0), 0};
  Buffer buffer;
  if (!output.buffer || !buffer_acquire(data, &buffer, BUFFER_SIMPLE)) return NULL;
  int code = inflateInit2(&stream.stream, bits);
  Value result = NULL;
  if (code != Z_OK) {
    raise_zlib(&stream.stream, code, "while preparing to decompress data");
  } else {
    stream.started = true;
    code = run(&stream, buffer.data, buffer.length, Z_SYNC_FLUSH, 0, &output, (size_t)size);
    if (code == Z_STREAM_END)
      result = output_finish(&output);
    else if (!exception_pending())
      raise_zlib(&stream.stream, code == Z_OK ? Z_BUF_ERROR : code, "while decompressing data");
  }
  stream_end(&stream);
  buffer_release(&buffer);
  return result;
}

// ---- Stream objects ----

static Stream *stream_new(Class *class, bool compresses) {
  Stream *stream = class_allocate(class, 0);
  if (!stream) return NULL;
  pthread_mutex_init(&stream->mutex, NULL);
  stream->compresses = compresses;
  Value empty = bytes_new(NULL, 0);
  gc_store(stream, &stream->unused_data, empty);
  gc_store(stream, &stream->unconsumed_tail, empty);
  return stream;
}

static Value dictionary_bytes(Value value) {
  Buffer buffer;
  if (!buffer_acquire(value, &buffer, BUFFER_SIMPLE)) return NULL;
  Value bytes = bytes_new(buffer.data, buffer.length);
  buffer_release(&buffer);
  return bytes;
}

static Value zlib_compressobj(Value level_value, Value method_value, Value bits_value, Value memory_value,
                              Value strategy_value, Value dictionary) {
  int level, method, bits, memory, strategy;
  if (!int_parameter(level_value, Z_DEFAULT_COMPRESSION, &level) || !int_parameter(method_value, Z_DEFLATED, &method) ||
      !int_parameter(bits_value, MAX_WBITS, &bits) || !int_parameter(memory_value, 8, &memory) ||
      !int_parameter(strategy_value, Z_DEFAULT_STRATEGY, &strategy))
    return NULL;
  Stream *stream = stream_new(state.compressor, true);
  if (!stream) return NULL;
  int code = deflateInit2(&stream->stream, level, method, bits, memory, strategy);
  if (code == Z_STREAM_ERROR) return raise_value_error("Invalid initialization option");
  if (code != Z_OK) return raise_zlib(&stream->stream, code, "while creating compression object");
  stream->started = true;
  if (dictionary && dictionary != VALUE_NONE) {
    Value bytes = dictionary_bytes(dictionary);
    if (!bytes) return NULL;
    if (deflateSetDictionary(&stream->stream, value_as_bytes(bytes)->data, (uInt)value_as_bytes(bytes)->length) != Z_OK)
      return raise_value_error("Invalid dictionary");
  }
  return value_from_cell(stream);
}

static Value zlib_decompressobj(Value bits_value, Value dictionary) {
  int bits;
  if (!int_parameter(bits_value, MAX_WBITS, &bits)) return NULL;
  Stream *stream = stream_new(state.decompressor, false);
  if (!stream) return NULL;
  if (dictionary && dictionary != VALUE_NONE) {
    if (!value_has_buffer(dictionary)) return raise_type_error("zdict argument must support the buffer protocol");
    Value bytes = dictionary_bytes(dictionary);
    if (!bytes) return NULL;
    gc_store(stream, &stream->dictionary, bytes);
  }
  int code = inflateInit2(&stream->stream, bits);
  if (code == Z_STREAM_ERROR) return raise_value_error("Invalid initialization option");
  if (code != Z_OK) return raise_zlib(&stream->stream, code, "while creating decompression object");
  stream->started = true;
  if (stream->dictionary && bits < 0) {
    const Bytes *bytes = value_as_bytes(stream->dictionary);
    if (inflateSetDictionary(&stream->stream, bytes->data, (uInt)bytes->length) != Z_OK)
      return raise_value_error("Invalid dictionary");
  }
  return value_from_cell(stream);
}

static void stream_lock(Stream *stream) {
  if (pthread_mutex_trylock(&stream->mutex) != 0) BLOCKING(pthread_mutex_lock(&stream->mutex));
}

static Value compressor_compress(Value self, Value data) {
  Stream *stream = as_stream(self);
  Output output = {bytearray_new(NULL, 0), 0};
  Buffer buffer;
  if (!output.buffer || !buffer_acquire(data, &buffer, BUFFER_SIMPLE)) return NULL;
  stream_lock(stream);
  int code = stream->started ? run(stream, buffer.data, buffer.length, Z_NO_FLUSH, 0, &output, 0) : Z_STREAM_ERROR;
  pthread_mutex_unlock(&stream->mutex);
  buffer_release(&buffer);
  if (code == Z_OK || code == Z_BUF_ERROR) return output_finish(&output);
  return exception_pending() ? NULL : raise_zlib(&stream->stream, code, "while compressing data");
}

static Value compressor_flush(Value self, Value mode_value) {
  Stream *stream = as_stream(self);
  int mode;
  if (!int_parameter(mode_value, Z_FINISH, &mode)) return NULL;
  if (mode == Z_NO_FLUSH) return bytes_new(NULL, 0);
  Output output = {bytearray_new(NULL, 0), 0};
  if (!output.buffer) return NULL;
  stream_lock(stream);
  int code = stream->started ? run(stream, NULL, 0, mode, 0, &output, 0) : Z_STREAM_ERROR;
  if (code == Z_STREAM_END) stream_end(stream);
  pthread_mutex_unlock(&stream->mutex);
  if (code == Z_OK || code == Z_BUF_ERROR || code == Z_STREAM_END) return output_finish(&output);
  return exception_pending() ? NULL : raise_zlib(&stream->stream, code, "while flushing");
}

static Value stream_copy(Value self) {
  Stream *from = as_stream(self);
  if (from->finished) return raise_value_error("Inconsistent stream state");
  Stream *copy = stream_new(value_class(self), from->compresses);
  if (!copy) return NULL;
  stream_lock(from);
  int code = !from->started     ? Z_STREAM_ERROR
             : from->compresses ? deflateCopy(&copy->stream, &from->stream)
                                : inflateCopy(&copy->stream, &from->stream);
  pthread_mutex_unlock(&from->mutex);
  if (code == Z_STREAM_ERROR) return raise_value_error("Inconsistent stream state");
  if (code != Z_OK) return raise_zlib(&from->stream, code, "while copying");
  copy->started = true;
  copy->finished = from->finished;
  gc_store(copy, &copy->unused_data, from->unused_data);
  gc_store(copy, &copy->unconsumed_tail, from->unconsumed_tail);
  gc_store(copy, &copy->dictionary, from->dictionary);
  return value_from_cell(copy);
}
static Value stream_deepcopy(Value self, [[maybe_unused]] Value memo) {
  return stream_copy(self);
}

// Keeps what the stream left of its input: behind its end, or because of the limit.
static bool keep_rest(Stream *stream, const uint8_t *data, size_t length, int code) {
  size_t left = (size_t)(data + length - stream->stream.next_in);
  Value rest = bytes_new(data + length - left, left);
  if (!rest) return false;
  if (code == Z_STREAM_END) {
    stream->finished = true;
    Value all = bytes_concatenate(stream->unused_data, rest);
    if (!all) return false;
    gc_store(stream, &stream->unused_data, all);
    gc_store(stream, &stream->unconsumed_tail, bytes_new(NULL, 0));
  } else {
    gc_store(stream, &stream->unconsumed_tail, rest);
  }
  return true;
}

static Value decompress_some(Stream *stream, Value data, size_t limit, int flush) {
  Output output = {bytearray_new(NULL, 0), 0};
  Buffer buffer;
  if (!output.buffer || !buffer_acquire(data, &buffer, BUFFER_SIMPLE)) return NULL;
  stream_lock(stream);
  stream->stream.next_in = buffer.data;
  int code = stream->finished ? Z_STREAM_END : run(stream, buffer.data, buffer.length, flush, limit, &output, 0);
  bool kept = !exception_pending() && keep_rest(stream, buffer.data, buffer.length, code);
  pthread_mutex_unlock(&stream->mutex);
  buffer_release(&buffer);
  if (!kept) return NULL;
  if (code == Z_OK || code == Z_BUF_ERROR || code == Z_STREAM_END) return output_finish(&output);
  return raise_zlib(&stream->stream, code, "while decompressing data");
}

static Value decompressor_decompress(Value self, Value data, Value limit_value) {
  ptrdiff_t limit = 0;
  if (limit_value && !value_as_size(limit_value, &limit, CLASS_OVERFLOW_ERROR)) return NULL;
  if (limit < 0) return raise_value_error("max_length must be non-negative");
  return decompress_some(as_stream(self), data, (size_t)limit, Z_SYNC_FLUSH);
}
static Value decompressor_flush(Value self, Value length_value) {
  ptrdiff_t length = 16384;
  if (length_value && !value_as_size(length_value, &length, CLASS_OVERFLOW_ERROR)) return NULL;
  if (length <= 0) return raise_value_error("length must be greater than zero");
  Stream *stream = as_stream(self);
  return decompress_some(stream, stream->unconsumed_tail, 0, Z_FINISH);
}

static Value get_unused(Value self) {
  return as_stream(self)->unused_data;
}
static Value get_tail(Value self) {
  return as_stream(self)->unconsumed_tail;
}
static Value get_eof(Value self) {
  return value_from_bool(as_stream(self)->finished);
}

static const NativeMethod compressor_methods[] = {
    NATIVE("compress", compressor_compress, "($self, data, /)", "Compress a part of the data."),
    NATIVE("flush", compressor_flush, "($self, mode=zlib.Z_FINISH, /)", "What is left of the compressed data."),
    NATIVE("copy", stream_copy, "($self, /)", "A copy."),
    NATIVE("__copy__", stream_copy, "($self, /)", "A copy."),
    NATIVE("__deepcopy__", stream_deepcopy, "($self, memo, /)", "A copy."),
    {}};
static const NativeMethod decompressor_methods[] = {
    NATIVE("decompress", decompressor_decompress, "($self, data, /, max_length=0)", "Decompress a part of the data."),
    NATIVE("flush", decompressor_flush, "($self, length=zlib.DEF_BUF_SIZE, /)", "What is left of the data."),
    NATIVE("copy", stream_copy, "($self, /)", "A copy."),
    NATIVE("__copy__", stream_copy, "($self, /)", "A copy."),
    NATIVE("__deepcopy__", stream_deepcopy, "($self, memo, /)", "A copy."),
    {}};
static const NativeProperty decompressor_properties[] = {{"unused_data", get_unused, NULL, NULL},
                                                         {"unconsumed_tail", get_tail, NULL, NULL},
                                                         {"eof", get_eof, NULL, NULL},
                                                         {}};
static const ClassDef compressor_class = {.name = "zlib.Compress",
                                          .cell_type = &stream_cell_type,
                                          .instance_size = sizeof(Stream),
                                          .flags = CLASS_IMMUTABLE | CLASS_NO_NEW,
                                          .methods = compressor_methods};
static const ClassDef decompressor_class = {.name = "zlib.Decompress",
                                            .cell_type = &stream_cell_type,
                                            .instance_size = sizeof(Stream),
                                            .flags = CLASS_IMMUTABLE | CLASS_NO_NEW,
                                            .methods = decompressor_methods,
                                            .properties = decompressor_properties};

// ---- Checksums ----

static Value checksum(Value data, Value start_value, uint32_t otherwise,
                      unsigned long (*function)(unsigned long, const unsigned char *, z_size_t)) {
  Value start = start_value ? value_index(start_value) : value_from_small_int(otherwise);
  Value low = start ? int_and(start, value_from_small_int(UINT32_MAX)) : NULL;
  Buffer buffer;
  if (!low || !buffer_acquire(data, &buffer, BUFFER_SIMPLE)) return NULL;
  unsigned long sum = (unsigned long)value_small_int(low);
  if (buffer.length > 65536)
    BLOCKING(sum = function(sum, buffer.data, buffer.length));
  else
    sum = function(sum, buffer.data, buffer.length);
  buffer_release(&buffer);
  return value_from_small_int((int64_t)(sum & UINT32_MAX));
}
static Value zlib_adler32(Value data, Value value) {
  return checksum(data, value, 1, adler32_z);
}
static Value zlib_crc32(Value data, Value value) {
  return checksum(data, value, 0, crc32_z);
}

static const NativeMethod zlib_functions[] = {
    NATIVE("adler32", zlib_adler32, "(data, value=1, /)", "The Adler-32 of data."),
    NATIVE("compress", zlib_compress, "(data, /, level=zlib.Z_DEFAULT_COMPRESSION, wbits=15)", "Compress data."),
    NATIVE("compressobj", zlib_compressobj, "(level=-1, method=8, wbits=15, memLevel=8, strategy=0, zdict=None)",
           "A compressor."),
    NATIVE("crc32", zlib_crc32, "(data, value=0, /)", "The CRC-32 of data."),
    NATIVE("decompress", zlib_decompress, "(data, /, wbits=15, bufsize=16384)", "Decompress data."),
    NATIVE("decompressobj", zlib_decompressobj, "(wbits=15, zdict=b'')", "A decompressor."),
    {}};

static const struct {
  const char *name;
  int value;
} constants[] = {{"MAX_WBITS", MAX_WBITS},
                 {"DEFLATED", Z_DEFLATED},
                 {"DEF_MEM_LEVEL", 8},
                 {"DEF_BUF_SIZE", 16384},
                 {"Z_BEST_SPEED", Z_BEST_SPEED},
                 {"Z_BEST_COMPRESSION", Z_BEST_COMPRESSION},
                 {"Z_DEFAULT_COMPRESSION", Z_DEFAULT_COMPRESSION},
                 {"Z_FILTERED", Z_FILTERED},
                 {"Z_HUFFMAN_ONLY", Z_HUFFMAN_ONLY},
                 {"Z_RLE", Z_RLE},
                 {"Z_FIXED", Z_FIXED},
                 {"Z_DEFAULT_STRATEGY", Z_DEFAULT_STRATEGY},
                 {"Z_NO_FLUSH", Z_NO_FLUSH},
                 {"Z_PARTIAL_FLUSH", Z_PARTIAL_FLUSH},
                 {"Z_SYNC_FLUSH", Z_SYNC_FLUSH},
                 {"Z_FULL_FLUSH", Z_FULL_FLUSH},
                 {"Z_FINISH", Z_FINISH},
                 {"Z_BLOCK", Z_BLOCK},
                 {"Z_TREES", Z_TREES},
                 {"Z_NO_COMPRESSION", Z_NO_COMPRESSION}};

static bool zlib_initialize(Value module) {
  heap_add_root_range((Value *)&state, sizeof state / sizeof(Value));
  Value namespace_dict = dict_new(), bases = tuple_of(1, value_from_cell(BUILTIN(EXCEPTION)));
  if (!namespace_dict || !bases || !dict_set_c(namespace_dict, "__module__", str_intern_c("zlib"))) return false;
  Value error = class_create(BUILTIN(TYPE), str_intern_c("error"), bases, namespace_dict, NULL, NULL);
  if (!error) return false;
  state.error = value_as_class(error);
  state.compressor = class_from_definition(&compressor_class, NULL);
  state.decompressor = class_from_definition(&decompressor_class, NULL);
  for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
    if (!module_add_int(module, constants[i].name, constants[i].value)) return false;
  return state.compressor && state.decompressor && module_add(module, "error", error) &&
         module_add_str(module, "ZLIB_VERSION", ZLIB_VERSION) &&
         module_add_str(module, "ZLIB_RUNTIME_VERSION", zlibVersion()) && module_add_str(module, "__version__", "1.0");
}
const NativeModule zlib_module = {
    .name = "zlib", .doc = "Compression by zlib.", .functions = zlib_functions, .initialize = zlib_initialize};
