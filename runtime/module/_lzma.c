// The module _lzma, over liblzma, which is loaded when the module is. See compression.h for what it shares with _bz2.
#include "runtime/heap/heap.h"
#include "runtime/module/compression.h"
#include "runtime/module/library.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

#include <lzma.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY_FUNCTIONS(FUNCTION)                                                                                    \
  FUNCTION(lzma_alone_decoder)                                                                                         \
  FUNCTION(lzma_alone_encoder)                                                                                         \
  FUNCTION(lzma_auto_decoder)                                                                                          \
  FUNCTION(lzma_check_is_supported)                                                                                    \
  FUNCTION(lzma_code)                                                                                                  \
  FUNCTION(lzma_easy_encoder)                                                                                          \
  FUNCTION(lzma_end)                                                                                                   \
  FUNCTION(lzma_get_check)                                                                                             \
  FUNCTION(lzma_lzma_preset)                                                                                           \
  FUNCTION(lzma_properties_decode)                                                                                     \
  FUNCTION(lzma_properties_encode)                                                                                     \
  FUNCTION(lzma_properties_size)                                                                                       \
  FUNCTION(lzma_raw_decoder)                                                                                           \
  FUNCTION(lzma_raw_encoder)                                                                                           \
  FUNCTION(lzma_stream_decoder)                                                                                        \
  FUNCTION(lzma_stream_encoder)
LIBRARY_DEFINE(LIBRARY_FUNCTIONS)

enum : int { FORMAT_AUTO, FORMAT_XZ, FORMAT_ALONE, FORMAT_RAW, CHECK_UNKNOWN = LZMA_CHECK_ID_MAX + 1 };

static struct {
  Class *compressor, *decompressor, *error;
} state;

static Value fail(int code) {
  static const char *const messages[] = {[LZMA_UNSUPPORTED_CHECK] = "Unsupported integrity check",
                                         [LZMA_MEMLIMIT_ERROR] = "Memory usage limit exceeded",
                                         [LZMA_FORMAT_ERROR] = "Input format not supported by decoder",
                                         [LZMA_OPTIONS_ERROR] = "Invalid or unsupported options",
                                         [LZMA_DATA_ERROR] = "Corrupt input data",
                                         [LZMA_BUF_ERROR] = "Insufficient buffer space",
                                         [LZMA_PROG_ERROR] = "Internal error"};
  if (code == LZMA_MEM_ERROR) return raise_memory_error();
  if ((size_t)code < sizeof messages / sizeof *messages && messages[code]) return raise_in(state.error, messages[code]);
  return raise_in(state.error, "Unrecognized error from liblzma: %d", code);
}

static StepResult step(CompressionStream *stream, StepBuffers *buffers, bool finish) {
  lzma_stream *engine = stream->engine;
  engine->next_in = buffers->in;
  engine->avail_in = buffers->in_left;
  engine->next_out = buffers->out;
  engine->avail_out = buffers->out_left;
  lzma_ret code = library.call.lzma_code(engine, finish ? LZMA_FINISH : LZMA_RUN);
  buffers->in = engine->next_in;
  buffers->in_left = engine->avail_in;
  buffers->out_left = engine->avail_out;
  if (code == LZMA_GET_CHECK || code == LZMA_NO_CHECK) {
    stream->check = (int)library.call.lzma_get_check(engine);
    return STEP_GOES_ON;
  }
  // There was nothing to do.
  if (code == LZMA_BUF_ERROR && engine->avail_in == 0 && engine->avail_out > 0) code = LZMA_OK;
  stream->code = (int)code;
  return code == LZMA_OK ? STEP_GOES_ON : code == LZMA_STREAM_END ? STEP_ENDED : STEP_FAILED;
}
static void end(CompressionStream *stream) {
  library.call.lzma_end(stream->engine);
  free(stream->engine);
}
static const CompressionKind compressing = {.step = step, .fail = fail, .end = end};
static const CompressionKind decompressing = {
    .step = step, .fail = fail, .end = end, .ended = "Already at end of stream", .holds_output = true};

// ---- Filters ----

typedef union FilterOptions {
  lzma_options_lzma lzma;
  lzma_options_delta delta;
  lzma_options_bcj bcj;
} FilterOptions;
typedef struct FilterChain {
  lzma_filter filters[LZMA_FILTERS_MAX + 1];
  FilterOptions options[LZMA_FILTERS_MAX];
} FilterChain;

static bool is_lzma(lzma_vli id) {
  return id == LZMA_FILTER_LZMA1 || id == LZMA_FILTER_LZMA2;
}
static bool is_branch_filter(lzma_vli id) {
  return id >= LZMA_FILTER_X86 && id <= LZMA_FILTER_SPARC;
}

static bool as_uint32(Value value, uint32_t *number) {
  int64_t wide;
  if (!value_is_int(value)) return raise_type_error("an integer is required (got type %T)", value);
  if (!value_as_int64(value, &wide)) return false;
  if (wide < 0) return raise(CLASS_OVERFLOW_ERROR, "can't convert negative value to unsigned int");
  if (wide > UINT32_MAX) return raise(CLASS_OVERFLOW_ERROR, "Value too large for uint32_t type");
  *number = (uint32_t)wide;
  return true;
}

// specification[name]: 1, 0 missing, -1.
static int find_entry(Value specification, const char *name, Value *entry) {
  *entry = value_get_item(specification, str_intern_c(name));
  return *entry ? 1 : exception_clear_if(CLASS_KEY_ERROR) ? 0 : -1;
}

// Takes over the entries that are named in `fields`; others but "id" and "preset" are refused.
typedef struct FilterField {
  const char *name;
  uint32_t *place;
} FilterField;
static bool read_fields(Value specification, const FilterField *fields, size_t count, bool preset, const char *filter) {
  Value keys = value_call_method_0(specification, "keys"), key;
  if (!keys) return false;
  Iteration iteration = iteration_start(keys);
  while (iteration_next(&iteration, &key)) {
    bool known = value_is_str(key) && (str_equals_c(key, "id") || (preset && str_equals_c(key, "preset")));
    for (size_t i = 0; !known && i < count && value_is_str(key); i++) {
      if (!str_equals_c(key, fields[i].name)) continue;
      known = true;
      Value value = value_get_item(specification, key);
      if (!value || !as_uint32(value, fields[i].place)) return false;
    }
    if (!known) return raise_value_error("Invalid filter specifier for %s filter", filter);
  }
  return !iteration_failed(&iteration);
}

static bool read_filter(Value specification, lzma_filter *filter, FilterOptions *options) {
  if (!value_has_attribute(specification, str_intern_c("keys")) || !value_special(specification, SPECIAL_GETITEM))
    return raise_type_error("Filter specifier must be a dict or dict-like object");
  Value id_value, preset;
  int found = find_entry(specification, "id", &id_value);
  if (found <= 0) return found == 0 && raise_value_error("Filter specifier must have an \"id\" entry");
  if (!value_is_int(id_value)) return raise_type_error("an integer is required (got type %T)", id_value);
  uint64_t id;
  if (!int_fits_uint64(int_exact(id_value), &id)) {
    if (int_sign(id_value) < 0) return raise(CLASS_OVERFLOW_ERROR, "can't convert negative int to unsigned");
    return raise(CLASS_OVERFLOW_ERROR, "int too big to convert");
  }
  *filter = (lzma_filter){.id = id, .options = options};
  if (is_lzma(id)) {
    uint32_t level = LZMA_PRESET_DEFAULT;
    found = find_entry(specification, "preset", &preset);
    if (found < 0 || (found && !as_uint32(preset, &level))) return false;
    lzma_options_lzma *lzma = &options->lzma;
    if (library.call.lzma_lzma_preset(lzma, level))
      return raise_in(state.error, "Invalid compression preset: %u", level);
    uint32_t mode = lzma->mode, finder = lzma->mf;
    const FilterField fields[] = {
        {"dict_size", &lzma->dict_size}, {"lc", &lzma->lc}, {"lp", &lzma->lp},      {"pb", &lzma->pb}, {"mode", &mode},
        {"nice_len", &lzma->nice_len},   {"mf", &finder},   {"depth", &lzma->depth}};
    if (!read_fields(specification, fields, sizeof fields / sizeof *fields, true, "LZMA")) return false;
    lzma->mode = mode;
    lzma->mf = finder;
    return true;
  }
  if (id == LZMA_FILTER_DELTA) {
    options->delta = (lzma_options_delta){.type = LZMA_DELTA_TYPE_BYTE, .dist = 1};
    return read_fields(specification, &(FilterField){"dist", &options->delta.dist}, 1, false, "delta");
  }
  if (is_branch_filter(id)) {
    options->bcj = (lzma_options_bcj){};
    return read_fields(specification, &(FilterField){"start_offset", &options->bcj.start_offset}, 1, false, "BCJ");
  }
  return raise_value_error("Invalid filter ID: %lu", (unsigned long)id);
}

static bool read_chain(Value specifications, FilterChain *chain) {
  if (value_class(specifications)->flags & CLASS_MAPPING)
    return raise_type_error("%.200T is not a sequence", specifications);
  ptrdiff_t count = value_length(specifications);
  if (count < 0) return false;
  if (count > LZMA_FILTERS_MAX)
    return raise_value_error("Too many filters - liblzma supports a maximum of %d", LZMA_FILTERS_MAX);
  for (ptrdiff_t i = 0; i < count; i++) {
    Value specification = value_get_index(specifications, i);
    if (!specification || !read_filter(specification, &chain->filters[i], &chain->options[i])) return false;
  }
  chain->filters[count] = (lzma_filter){.id = LZMA_VLI_UNKNOWN};
  return true;
}

// ---- Compressor, decompressor ----

static Value start_stream(CompressionStream *stream, const CompressionKind *kind, lzma_stream *engine, lzma_ret code) {
  if (code != LZMA_OK) {
    library.call.lzma_end(engine);
    free(engine);
    return fail((int)code);
  }
  compression_begin(stream, kind, engine);
  return value_from_cell(stream);
}
static lzma_stream *engine_new(void) {
  lzma_stream *engine = calloc(1, sizeof *engine);
  if (!engine)
    raise_memory_error();
  else
    *engine = (lzma_stream)LZMA_STREAM_INIT;
  return engine;
}

static Value compressor_new(Value class, Value format_value, Value check_value, Value preset_value, Value filters) {
  int format = FORMAT_XZ, check = -1;
  uint32_t preset = LZMA_PRESET_DEFAULT;
  FilterChain chain = {};
  if ((format_value && !value_as_int(format_value, &format)) || (check_value && !value_as_int(check_value, &check)))
    return NULL;
  bool has_preset = preset_value && preset_value != VALUE_NONE, has_filters = filters && filters != VALUE_NONE;
  if (has_preset && has_filters) return raise_value_error("Cannot specify both preset and filter chain");
  if (has_preset && !as_uint32(preset_value, &preset)) return NULL;
  if (format != FORMAT_XZ && check != -1 && check != LZMA_CHECK_NONE)
    return raise_value_error("Integrity checks are only supported by FORMAT_XZ");
  if (format < FORMAT_XZ || format > FORMAT_RAW) return raise_value_error("Invalid container format: %d", format);
  if (format == FORMAT_RAW && !has_filters) return raise_value_error("Must specify filters for FORMAT_RAW");
  if (has_filters && !read_chain(filters, &chain)) return NULL;
  if (format == FORMAT_ALONE && has_filters &&
      (chain.filters[0].id != LZMA_FILTER_LZMA1 || chain.filters[1].id != LZMA_VLI_UNKNOWN))
    return raise_value_error("Invalid filter chain for FORMAT_ALONE - must be a single LZMA1 filter");
  if (format == FORMAT_ALONE && !has_filters && library.call.lzma_lzma_preset(&chain.options[0].lzma, preset))
    return raise_in(state.error, "Invalid compression preset: %u", preset);
  lzma_check integrity = check == -1 ? LZMA_CHECK_CRC64 : (lzma_check)check;
  CompressionStream *stream = compression_new(value_as_class(class));
  lzma_stream *engine = stream ? engine_new() : NULL;
  if (!engine) return NULL;
  stream->check = (int)integrity;
  lzma_ret code = format == FORMAT_RAW     ? library.call.lzma_raw_encoder(engine, chain.filters)
                  : format == FORMAT_ALONE ? library.call.lzma_alone_encoder(engine, &chain.options[0].lzma)
                  : has_filters            ? library.call.lzma_stream_encoder(engine, chain.filters, integrity)
                                           : library.call.lzma_easy_encoder(engine, preset, integrity);
  return start_stream(stream, &compressing, engine, code);
}

static Value decompressor_new(Value class, Value format_value, Value limit_value, Value filters) {
  int format = FORMAT_AUTO;
  uint64_t limit = UINT64_MAX;
  FilterChain chain = {};
  if (format_value && !value_as_int(format_value, &format)) return NULL;
  bool has_limit = limit_value && limit_value != VALUE_NONE, has_filters = filters && filters != VALUE_NONE;
  if (has_limit) {
    if (format == FORMAT_RAW) return raise_value_error("Cannot specify memory limit with FORMAT_RAW");
    if (!value_is_int(limit_value)) return raise_type_error("an integer is required (got type %T)", limit_value);
    if (!int_fits_uint64(int_exact(limit_value), &limit))
      return raise(CLASS_OVERFLOW_ERROR,
                   int_sign(limit_value) < 0 ? "can't convert negative int to unsigned" : "int too big to convert");
  }
  if (format == FORMAT_RAW && !has_filters) return raise_value_error("Must specify filters for FORMAT_RAW");
  if (format != FORMAT_RAW && has_filters) return raise_value_error("Cannot specify filters except with FORMAT_RAW");
  if (format < FORMAT_AUTO || format > FORMAT_RAW) return raise_value_error("Invalid container format: %d", format);
  if (has_filters && !read_chain(filters, &chain)) return NULL;
  CompressionStream *stream = compression_new(value_as_class(class));
  lzma_stream *engine = stream ? engine_new() : NULL;
  if (!engine) return NULL;
  const uint32_t flags = LZMA_TELL_ANY_CHECK | LZMA_TELL_NO_CHECK;
  stream->check = format == FORMAT_AUTO || format == FORMAT_XZ ? CHECK_UNKNOWN : LZMA_CHECK_NONE;
  lzma_ret code = format == FORMAT_AUTO    ? library.call.lzma_auto_decoder(engine, limit, flags)
                  : format == FORMAT_XZ    ? library.call.lzma_stream_decoder(engine, limit, flags)
                  : format == FORMAT_ALONE ? library.call.lzma_alone_decoder(engine, limit)
                                           : library.call.lzma_raw_decoder(engine, chain.filters);
  return start_stream(stream, &decompressing, engine, code);
}
static Value get_check(Value self) {
  return value_from_small_int(as_compression(self)->check);
}

static const NativeMethod compressor_methods[] = {
    NATIVE("__new__", compressor_new, "($type, format=FORMAT_XZ, check=-1, preset=None, filters=None)",
           "Create a compressor.", NATIVE_STATIC),
    COMPRESSOR_METHODS,
    {}};
static const NativeMethod decompressor_methods[] = {NATIVE("__new__", decompressor_new,
                                                           "($type, format=FORMAT_AUTO, memlimit=None, filters=None)",
                                                           "Create a decompressor.", NATIVE_STATIC),
                                                    DECOMPRESSOR_METHODS,
                                                    {}};
static const NativeProperty decompressor_properties[] = {
    {"check", get_check, NULL, "ID of the integrity check used by the input stream."}, DECOMPRESSOR_PROPERTIES, {}};
static const ClassDef compressor_class = {.name = "_lzma.LZMACompressor",
                                          .doc = "Compresses piece by piece.",
                                          COMPRESSION_CLASS,
                                          .methods = compressor_methods};
static const ClassDef decompressor_class = {.name = "_lzma.LZMADecompressor",
                                            .doc = "Decompresses piece by piece.",
                                            COMPRESSION_CLASS,
                                            .methods = decompressor_methods,
                                            .properties = decompressor_properties};

// ---- Functions ----

static Value is_check_supported(Value check_value) {
  int check;
  if (!value_as_int(check_value, &check)) return NULL;
  return value_from_bool(library.call.lzma_check_is_supported((lzma_check)check));
}

static Value encode_properties(Value specification) {
  lzma_filter filter;
  FilterOptions options;
  uint32_t size;
  if (!read_filter(specification, &filter, &options)) return NULL;
  lzma_ret code = library.call.lzma_properties_size(&size, &filter);
  if (code != LZMA_OK) return fail((int)code);
  Bytes *bytes = bytes_allocate(size);
  if (!bytes) return NULL;
  code = library.call.lzma_properties_encode(&filter, bytes->data);
  return code == LZMA_OK ? value_from_cell(bytes) : fail((int)code);
}

static bool add_number(Value dict, const char *name, uint64_t number) {
  return dict_set_c(dict, name, int_from_uint64(number));
}
static Value describe_filter(const lzma_filter *filter) {
  Value dict = dict_new();
  if (!dict || !add_number(dict, "id", filter->id)) return NULL;
  bool done = true;
  if (is_lzma(filter->id)) {
    const lzma_options_lzma *options = filter->options;
    done = add_number(dict, "dict_size", options->dict_size);
    if (done && filter->id == LZMA_FILTER_LZMA1)
      done = add_number(dict, "lc", options->lc) && add_number(dict, "lp", options->lp) &&
             add_number(dict, "pb", options->pb);
  } else if (filter->id == LZMA_FILTER_DELTA) {
    done = add_number(dict, "dist", ((const lzma_options_delta *)filter->options)->dist);
  } else if (is_branch_filter(filter->id)) {
    const lzma_options_bcj *options = filter->options;
    done = !options || add_number(dict, "start_offset", options->start_offset);
  } else {
    return raise_value_error("Invalid filter ID: %lu", (unsigned long)filter->id);
  }
  return done ? dict : NULL;
}
static Value decode_properties(Value id_value, Value properties) {
  uint64_t id;
  if (!value_is_int(id_value)) return raise_type_error("an integer is required (got type %T)", id_value);
  if (!int_fits_uint64(int_exact(id_value), &id)) return raise(CLASS_OVERFLOW_ERROR, "int too big to convert");
  Buffer buffer;
  if (!buffer_acquire(properties, &buffer, BUFFER_SIMPLE)) return NULL;
  lzma_filter filter = {.id = id};
  lzma_ret code = library.call.lzma_properties_decode(&filter, NULL, buffer.data, buffer.length);
  buffer_release(&buffer);
  if (code != LZMA_OK) return fail((int)code);
  Value dict = describe_filter(&filter);
  free(filter.options);
  return dict;
}

static const NativeMethod lzma_functions[] = {
    NATIVE("_decode_filter_properties", decode_properties, "(filter_id, encoded_props, /)",
           "The filter specifier that encoded properties mean."),
    NATIVE("_encode_filter_properties", encode_properties, "(filter, /)", "A filter's options, encoded."),
    NATIVE("is_check_supported", is_check_supported, "(check_id, /)", "Is an integrity check supported?"),
    {}};

static const struct {
  const char *name;
  uint64_t value;
} constants[] = {{"FORMAT_AUTO", FORMAT_AUTO},
                 {"FORMAT_XZ", FORMAT_XZ},
                 {"FORMAT_ALONE", FORMAT_ALONE},
                 {"FORMAT_RAW", FORMAT_RAW},
                 {"CHECK_NONE", LZMA_CHECK_NONE},
                 {"CHECK_CRC32", LZMA_CHECK_CRC32},
                 {"CHECK_CRC64", LZMA_CHECK_CRC64},
                 {"CHECK_SHA256", LZMA_CHECK_SHA256},
                 {"CHECK_ID_MAX", LZMA_CHECK_ID_MAX},
                 {"CHECK_UNKNOWN", CHECK_UNKNOWN},
                 {"FILTER_LZMA1", LZMA_FILTER_LZMA1},
                 {"FILTER_LZMA2", LZMA_FILTER_LZMA2},
                 {"FILTER_DELTA", LZMA_FILTER_DELTA},
                 {"FILTER_X86", LZMA_FILTER_X86},
                 {"FILTER_POWERPC", LZMA_FILTER_POWERPC},
                 {"FILTER_IA64", LZMA_FILTER_IA64},
                 {"FILTER_ARM", LZMA_FILTER_ARM},
                 {"FILTER_ARMTHUMB", LZMA_FILTER_ARMTHUMB},
                 {"FILTER_SPARC", LZMA_FILTER_SPARC},
                 {"MF_HC3", LZMA_MF_HC3},
                 {"MF_HC4", LZMA_MF_HC4},
                 {"MF_BT2", LZMA_MF_BT2},
                 {"MF_BT3", LZMA_MF_BT3},
                 {"MF_BT4", LZMA_MF_BT4},
                 {"MODE_FAST", LZMA_MODE_FAST},
                 {"MODE_NORMAL", LZMA_MODE_NORMAL},
                 {"PRESET_DEFAULT", LZMA_PRESET_DEFAULT},
                 {"PRESET_EXTREME", LZMA_PRESET_EXTREME}};

static bool lzma_initialize(Value module) {
  heap_add_root_range((Value *)&state, sizeof state / sizeof(Value));
  if (!LIBRARY_LOAD("liblzma.so.5")) return false;
  Value namespace_dict = dict_new(), bases = tuple_of(1, value_from_cell(BUILTIN(EXCEPTION)));
  if (!namespace_dict || !bases || !dict_set_c(namespace_dict, "__module__", str_intern_c("_lzma")) ||
      !dict_set_c(namespace_dict, "__doc__", str_from_c("Call to liblzma failed.")))
    return false;
  Value error = class_create(BUILTIN(TYPE), str_intern_c("LZMAError"), bases, namespace_dict, NULL, NULL);
  if (!error || !module_add(module, "LZMAError", error)) return false;
  state.error = value_as_class(error);
  for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
    if (!module_add(module, constants[i].name, int_from_uint64(constants[i].value))) return false;
  return module_add_class(module, &compressor_class, NULL, &state.compressor) &&
         module_add_class(module, &decompressor_class, NULL, &state.decompressor);
}
const NativeModule lzma_module = {
    .name = "_lzma", .doc = "Compression by LZMA.", .functions = lzma_functions, .initialize = lzma_initialize};
