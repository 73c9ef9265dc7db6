// The module _testinternalcapi: what CPython's test suite asks an interpreter about itself.
//
// CPython's module of that name tests its own insides. This one has only what makes sense here: get_config(), by which
// tests of tracebacks learn whether code objects know columns.
#include "runtime/object/dict.h"
#include "runtime/object/native.h"
#include "runtime/runtime.h"

static Value get_config(void) {
  const struct {
    const char *name;
    int value;
  } settings[] = {
      {"code_debug_ranges", true}, // always known: there is no option that leaves them out
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

static const NativeMethod functions[] = {
    NATIVE("get_config", get_config, "()", "A dict of settings that CPython's configuration has too."), {}};
const NativeModule testinternalcapi_module = {
    .name = "_testinternalcapi", .doc = "What CPython's test suite asks for.", .functions = functions};
