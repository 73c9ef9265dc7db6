// The module _testinternalcapi: what CPython's test suite asks an interpreter about itself.
//
// CPython's module of that name tests its own insides. This one has only what makes sense here: get_config(), by which
// tests of tracebacks learn whether code objects know columns, and the codec of file names with its few error handlers.
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/native.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

#include <string.h>

static Value get_config(void) {
  const struct {
    const char *name;
    int value;
  } settings[] = {
      {"code_debug_ranges", !runtime.no_debug_ranges},
      {"bytes_warning", runtime.bytes_warning},
      {"dev_mode", runtime.dev_mode},
      {"isolated", runtime.isolated},
      {"optimization_level", runtime.optimize},
      {"quiet", runtime.quiet},
      {"safe_path", runtime.safe_path},
      {"site_import", !runtime.no_site},
      {"use_environment", !runtime.ignore_environment},
      {"user_site_directory", !runtime.no_user_site},
      {"verbose", runtime.verbose},
      {"write_bytecode", !runtime.dont_write_bytecode},
  };
  Value dict = dict_new();
  for (size_t i = 0; dict && i < sizeof settings / sizeof *settings; i++)
    if (!dict_set_c(dict, settings[i].name, value_from_small_int(settings[i].value))) dict = NULL;
  return dict;
}

// ---- The codec of file names ----

static const char *file_name_errors(Value errors) {
  const char *name = errors ? NULL : "strict";
  if (errors && !codec_name_argument(errors, "EncodeLocaleEx", "3", &name)) return NULL;
  if (name &&
      (strcmp(name, "strict") == 0 || strcmp(name, "surrogateescape") == 0 || strcmp(name, "surrogatepass") == 0))
    return name;
  if (name) raise_value_error("unsupported error handler");
  return NULL;
}
// Turns a UnicodeError into the RuntimeError that callers in C report.
static Value coding_failed(const char *what) {
  if (!exception_is(CLASS_UNICODE_ERROR)) return NULL;
  Value exception = exception_take();
  UnicodeErrorException *error = (UnicodeErrorException *)value_cell(exception);
  return raise(CLASS_RUNTIME_ERROR, "%s error: pos=%S, reason=%S", what, error->start, error->reason);
}
static Value encode_locale(Value text, Value, Value errors) {
  const char *name = file_name_errors(errors);
  if (!name) return NULL;
  if (!value_is_str(text)) return raise_type_error("argument 1 must be str, not %T", text);
  Value bytes = codec_encode_text(text, "utf-8", name);
  return bytes ? bytes : coding_failed("encode");
}
static Value decode_locale(Value bytes, Value, Value errors) {
  const char *name = file_name_errors(errors);
  if (!name) return NULL;
  if (!value_is_bytes(bytes)) return raise_type_error("argument 1 must be bytes, not %T", bytes);
  Value text = codec_decode_text(bytes, "utf-8", name);
  return text ? text : coding_failed("decode");
}

static const NativeMethod functions[] = {
    NATIVE("get_config", get_config, "()", "A dict of settings that CPython's configuration has too."),
    NATIVE("EncodeLocaleEx", encode_locale, "(text, current_locale=0, errors='strict', /)", "Encode as a file name."),
    NATIVE("DecodeLocaleEx", decode_locale, "(bytes, current_locale=0, errors='strict', /)", "Decode a file name."),
    {}};
const NativeModule testinternalcapi_module = {
    .name = "_testinternalcapi", .doc = "What CPython's test suite asks for.", .functions = functions};
