// What sys tells about the interpreter: version, limits, flags, paths.
//
// Threads: everything is made once, before a second thread can exist.
#include "cache_revision.h"
#include "runtime/module/sys.h"
#include "runtime/module/system.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/opcodes.h"
#include "runtime/object/sequence.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/struct_sequence.h"
#include "runtime/runtime.h"

#include <float.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <string.h>

enum : int { VERSION_MAJOR = 3, VERSION_MINOR = 11, VERSION_MICRO = 2, VERSION_HEX = 0x030b02f0 };
#define VERSION_TEXT "3.11.2"

static const StructField version_fields[] = {
    {"major", "Major release number"},   {"minor", "Minor release number"},
    {"micro", "Patch release number"},   {"releaselevel", "'alpha', 'beta', 'candidate', or 'final'"},
    {"serial", "Serial release number"}, {}};
static const StructSequenceDef version_definition = {"sys.version_info", "Version information as a named tuple.",
                                                     version_fields, 5, true};

static const StructField flag_fields[] = {{"debug", "-d"},
                                          {"inspect", "-i"},
                                          {"interactive", "-i"},
                                          {"optimize", "-O or -OO"},
                                          {"dont_write_bytecode", "-B"},
                                          {"no_user_site", "-s"},
                                          {"no_site", "-S"},
                                          {"ignore_environment", "-E"},
                                          {"verbose", "-v"},
                                          {"bytes_warning", "-b"},
                                          {"quiet", "-q"},
                                          {"hash_randomization", "-R"},
                                          {"isolated", "-I"},
                                          {"dev_mode", "-X dev"},
                                          {"utf8_mode", "-X utf8"},
                                          {"warn_default_encoding", "-X warn_default_encoding"},
                                          {"safe_path", "-P"},
                                          {"int_max_str_digits", "-X int_max_str_digits"},
                                          {}};
static const StructSequenceDef flag_definition = {"sys.flags", "Flags given on the command line or in the environment.",
                                                  flag_fields, 18, true};

static const StructField float_fields[] = {{"max", "greatest finite float"},
                                           {"max_exp", "greatest e such that radix**(e-1) is finite"},
                                           {"max_10_exp", "greatest e such that 10**e is finite"},
                                           {"min", "least positive normal float"},
                                           {"min_exp", "least e such that radix**(e-1) is normal"},
                                           {"min_10_exp", "least e such that 10**e is normal"},
                                           {"dig", "decimal digits that survive a round trip"},
                                           {"mant_dig", "digits of the mantissa"},
                                           {"epsilon", "distance from 1 to the next float"},
                                           {"radix", "radix of the exponent"},
                                           {"rounds", "rounding mode"},
                                           {}};
static const StructSequenceDef float_definition = {"sys.float_info", "Limits of float.", float_fields, 11, true};

static const StructField int_fields[] = {
    {"bits_per_digit", "bits of a digit in CPython's representation"},
    {"sizeof_digit", "bytes of a digit in CPython's representation"},
    {"default_max_str_digits", "default of set_int_max_str_digits()"},
    {"str_digits_check_threshold", "least value of set_int_max_str_digits() but for 0"},
    {}};
static const StructSequenceDef int_definition = {"sys.int_info", "How ints are stored and converted.", int_fields, 4,
                                                 true};

static const StructField hash_fields[] = {{"width", "bits of a hash value"},
                                          {"modulus", "prime that numbers are reduced by"},
                                          {"inf", "hash of infinity"},
                                          {"nan", "not used any more"},
                                          {"imag", "multiplier of imaginary parts"},
                                          {"algorithm", "algorithm for str, bytes and memoryview"},
                                          {"hash_bits", "bits of its result"},
                                          {"seed_bits", "bits of its key"},
                                          {"cutoff", "small string optimization"},
                                          {}};
static const StructSequenceDef hash_definition = {"sys.hash_info", "How values are hashed.", hash_fields, 9, true};

static const StructField thread_fields[] = {
    {"name", "thread implementation"}, {"lock", "lock implementation"}, {"version", "its version"}, {}};
static const StructSequenceDef thread_definition = {"sys.thread_info", "How threads are implemented.", thread_fields, 3,
                                                    true};

static const StructField asyncgen_fields[] = {{"firstiter", NULL}, {"finalizer", NULL}, {}};

static Value number(int64_t value) {
  return int_from_int64(value);
}

static bool add_record(Value module, const char *name, const StructSequenceDef *definition, const Value *values,
                       size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!values[i]) return false;
  Class *class = struct_sequence_class_new(definition);
  return class && module_add(module, name, struct_sequence_new(class, values));
}

static Value str_list(const char *const *texts) {
  Value list = list_new(NULL, 0);
  for (size_t i = 0; list && texts && texts[i]; i++) {
    Value text = path_decode_c(texts[i]); // the command line need not be UTF-8
    if (!text || !list_append(list, text)) return NULL;
  }
  return list;
}

// -X name[=value] options as a dict.
static Value option_dict(const char *const *options) {
  Value dict = dict_new();
  for (size_t i = 0; dict && options && options[i]; i++) {
    const char *equals = strchr(options[i], '=');
    Value name = equals ? path_decode(options[i], (size_t)(equals - options[i])) : path_decode_c(options[i]);
    Value value = equals ? path_decode_c(equals + 1) : VALUE_TRUE;
    if (!name || !value || !dict_set(dict, name, value)) return NULL;
  }
  return dict;
}

static bool add_numbers(Value module) {
  Value floats[] = {float_from_double(DBL_MAX),
                    number(DBL_MAX_EXP),
                    number(DBL_MAX_10_EXP),
                    float_from_double(DBL_MIN),
                    number(DBL_MIN_EXP),
                    number(DBL_MIN_10_EXP),
                    number(DBL_DIG),
                    number(DBL_MANT_DIG),
                    float_from_double(DBL_EPSILON),
                    number(FLT_RADIX),
                    number(1)};
  Value ints[] = {number(30), number(4), number(4300), number(640)};
  Value hashes[] = {number(64),      number(((int64_t)1 << 61) - 1), number(314159), number(0),
                    number(1000003), str_from_c("siphash13"),        number(64),     number(128),
                    number(0)};
  char version[64];
  snprintf(version, sizeof version, "NPTL %s", gnu_get_libc_version());
  Value threads[] = {str_from_c("pthread"), str_from_c("semaphore"), str_from_c(version)};
  return add_record(module, "float_info", &float_definition, floats, 11) &&
         add_record(module, "int_info", &int_definition, ints, 4) &&
         add_record(module, "hash_info", &hash_definition, hashes, 9) &&
         add_record(module, "thread_info", &thread_definition, threads, 3) &&
         module_add_str(module, "float_repr_style", "short") && module_add_int(module, "maxsize", INT64_MAX) &&
         module_add_int(module, "maxunicode", 0x10ffff) && module_add_str(module, "byteorder", "little");
}

static bool add_flags(Value module, const SysConfiguration *configuration) {
  bool random = runtime.hash_seed_random || runtime.hash_seed != 0;
  Value flags[] = {number(configuration->debug),
                   number(runtime.inspect),
                   number(runtime.inspect),
                   number(runtime.optimize),
                   number(runtime.dont_write_bytecode),
                   number(runtime.no_user_site),
                   number(runtime.no_site),
                   number(runtime.ignore_environment),
                   number(runtime.verbose),
                   number(runtime.bytes_warning),
                   number(runtime.quiet),
                   number(random),
                   number(runtime.isolated),
                   value_from_bool(runtime.dev_mode),
                   number(runtime.utf8_mode),
                   number(runtime.warn_default_encoding),
                   value_from_bool(runtime.safe_path),
                   number(configuration->int_digit_flag)};
  return add_record(module, "flags", &flag_definition, flags, 18) &&
         module_add(module, "dont_write_bytecode", value_from_bool(runtime.dont_write_bytecode));
}

// Names cache files: they belong to one form of the bytecode, which the table of instructions stands for, and to one
// compiler, which the revision does.
static Value cache_tag(void) {
  uint64_t hash = 0xcbf29ce484222325u + CACHE_REVISION;
  for (size_t i = 0; i < OPCODE_COUNT; i++) {
    const OpcodeInformation *opcode = &opcode_information[i];
    for (const char *at = opcode->name; *at; at++) hash = (hash ^ (uint8_t)*at) * 0x100000001b3u;
    const uint8_t shape[] = {opcode->a, opcode->b, opcode->c, opcode->caches, opcode->flags};
    for (size_t k = 0; k < sizeof shape; k++) hash = (hash ^ shape[k]) * 0x100000001b3u;
  }
  char text[32];
  snprintf(text, sizeof text, "krait-311-%08x", (unsigned)(hash ^ hash >> 32));
  return str_from_c(text);
}

static bool add_version(Value module) {
  Value parts[] = {number(VERSION_MAJOR), number(VERSION_MINOR), number(VERSION_MICRO), str_from_c("final"), number(0)};
  if (!add_record(module, "version_info", &version_definition, parts, 5)) return false;
  Value version_info = value_get_attribute_c(module, "version_info");
  Value implementation = value_call_0(value_from_cell(BUILTIN(SIMPLE_NAMESPACE)));
  return version_info && implementation && value_set_attribute_c(implementation, "name", str_from_c("krait")) &&
         value_set_attribute_c(implementation, "cache_tag", cache_tag()) &&
         value_set_attribute_c(implementation, "version", version_info) &&
         value_set_attribute_c(implementation, "hexversion", number(VERSION_HEX)) &&
         value_set_attribute_c(implementation, "_multiarch", str_from_c("x86_64-linux-gnu")) &&
         module_add(module, "implementation", implementation) && module_add_int(module, "hexversion", VERSION_HEX) &&
         module_add_int(module, "api_version", 1013) &&
         module_add_str(module, "version",
                        VERSION_TEXT " (Krait 0.1, " __DATE__ ", " __TIME__ ") [Clang " __clang_version__ "]") &&
         module_add_str(module, "copyright", "Krait runs Python " VERSION_TEXT " programs.") &&
         module_add(module, "_git", tuple_of(3, str_from_c("Krait"), str_from_c(""), str_from_c("")));
}

static bool add_paths(Value module, const SysConfiguration *configuration) {
  const char *prefix = configuration->prefix;
  Value paths = list_new(NULL, 0);
  char zip[4096], dynamic[4096];
  snprintf(zip, sizeof zip, "%s/lib/python311.zip", prefix);
  snprintf(dynamic, sizeof dynamic, "%s/lib-dynload", configuration->library_path);
  const char *const entries[] = {zip, configuration->library_path, dynamic};
  for (size_t i = 0; i < 3; i++) {
    Value entry = str_from_c(entries[i]);
    if (!paths || !entry || !list_append(paths, entry)) return false;
  }
  static const char *const prefix_names[] = {"prefix", "exec_prefix", "base_prefix", "base_exec_prefix"};
  for (size_t i = 0; i < 4; i++)
    if (!module_add_str(module, prefix_names[i], prefix)) return false;
  const char *cache_prefix = configuration->pycache_prefix;
  Value cache = cache_prefix && *cache_prefix ? path_decode_c(cache_prefix) : VALUE_NONE;
  const char *executable = configuration->executable ? configuration->executable : "";
  return module_add(module, "path", paths) && module_add_str(module, "executable", executable) &&
         module_add_str(module, "_base_executable", executable) &&
         module_add_str(module, "_stdlib_dir", configuration->library_path) &&
         module_add_str(module, "platlibdir", "lib") && module_add_str(module, "abiflags", "") &&
         module_add_str(module, "_framework", "") && module_add_str(module, "platform", "linux") &&
         module_add(module, "_home", VALUE_NONE) && module_add(module, "pycache_prefix", cache) &&
         module_add(module, "meta_path", list_new(NULL, 0)) && module_add(module, "path_hooks", list_new(NULL, 0)) &&
         module_add(module, "path_importer_cache", dict_new()) &&
         module_add(module, "argv", str_list((const char *const *)configuration->arguments)) &&
         module_add(module, "orig_argv", str_list((const char *const *)configuration->original_arguments)) &&
         module_add(module, "warnoptions", str_list(configuration->warning_options)) &&
         module_add(module, "_xoptions", option_dict(configuration->x_options));
}

static bool add_module_names(Value module) {
  static const char *const standard[] = {
#define STDLIB_MODULE(name) name,
#include "runtime/module/stdlib_names.def"
      NULL};
  static const char *const native[] = {
#define NATIVE_MODULE(variable, name) name,
#include "runtime/module/modules.def"
      NULL};
  Value names = str_list(standard), built_in = str_list(native);
  for (const NativeModule *const *above = native_modules_above; built_in && above && *above; above++) {
    Value name = str_intern_c((*above)->name);
    if (!name || !list_append(built_in, name)) return false;
  }
  if (!names || !built_in || !list_sort(built_in, NULL, false)) return false;
  return module_add(module, "stdlib_module_names", frozenset_new(names)) &&
         module_add(module, "builtin_module_names", list_to_tuple(built_in));
}

// sys.unraisablehook's argument.
static const StructField unraisable_fields[] = {{"exc_type", "Exception type"},
                                                {"exc_value", "Exception value"},
                                                {"exc_traceback", "Exception traceback"},
                                                {"err_msg", "Error message"},
                                                {"object", "Object causing the exception"},
                                                {}};
static const StructSequenceDef unraisable_definition = {"UnraisableHookArgs", "What sys.unraisablehook receives.",
                                                        unraisable_fields, 5, false};
static const StructSequenceDef asyncgen_definition = {"sys.asyncgen_hooks", "The hooks of asynchronous generators.",
                                                      asyncgen_fields, 2, true};

bool sys_add_information(Value module, const SysConfiguration *configuration) {
  Class *unraisable = struct_sequence_class_new(&unraisable_definition),
        *hooks = struct_sequence_class_new(&asyncgen_definition);
  return unraisable && module_add(module, "UnraisableHookArgs", value_from_cell(unraisable)) && hooks &&
         module_add(module, "_asyncgen_hooks", value_from_cell(hooks)) && add_version(module) && add_numbers(module) &&
         add_flags(module, configuration) && module_add(module, "stderr", sys_preliminary_stderr()) &&
         add_paths(module, configuration) && add_module_names(module);
}
