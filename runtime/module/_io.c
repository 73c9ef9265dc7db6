// The _io module: open() and the classes of its other files.
#include "runtime/module/_io.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/runtime.h"

#include <pthread.h>
#include <string.h>

Class *io_unsupported_class;

typedef struct OpenMode {
  bool creating, reading, writing, appending, updating, text, binary;
  char raw[5]; // what FileIO is given
} OpenMode;

static bool parse_mode(Value value, OpenMode *mode) {
  *mode = (OpenMode){};
  const char *text = value ? str_utf8(value, NULL) : "r";
  if (!text) return false;
  char *raw = mode->raw;
  for (const char *c = text; *c; c++) {
    static const char letters[] = "xrwa+tb";
    const char *place = strchr(letters, *c);
    bool *flags[] = {&mode->creating, &mode->reading, &mode->writing, &mode->appending,
                     &mode->updating, &mode->text,    &mode->binary};
    if (!place || *flags[place - letters]) {
      raise_value_error("invalid mode: '%s'", text);
      return false;
    }
    *flags[place - letters] = true;
  }
  if (mode->creating) *raw++ = 'x';
  if (mode->reading) *raw++ = 'r';
  if (mode->writing) *raw++ = 'w';
  if (mode->appending) *raw++ = 'a';
  if (mode->updating) *raw++ = '+';
  const char *wrong = NULL;
  if (mode->text && mode->binary)
    wrong = "can't have text and binary mode at once";
  else if (mode->creating + mode->reading + mode->writing + mode->appending > 1)
    wrong = "must have exactly one of create/read/write/append mode";
  if (wrong) raise_value_error("%s", wrong);
  return !wrong;
}

static bool check_binary(const OpenMode *mode, Value encoding, Value errors, Value newline) {
  if (!mode->binary) return true;
  const char *extra = encoding && encoding != VALUE_NONE ? "an encoding"
                      : errors && errors != VALUE_NONE   ? "an errors"
                      : newline && newline != VALUE_NONE ? "a newline"
                                                         : NULL;
  if (extra) raise_value_error("binary mode doesn't take %s argument", extra);
  return !extra;
}

// Closes what has been opened so far, after a failure. Zero.
static Value open_failed(Value stream) {
  Value failure = exception_take();
  value_call_method_0(stream, "close");
  io_chain_exceptions(failure);
  return NULL;
}

static bool check_str_or_none(Value value, const char *name) {
  if (!value || value == VALUE_NONE || value_is_str(value)) return true;
  raise_type_error("open() argument '%s' must be str or None, not %T", name, value);
  return false;
}

static Value io_open(Value *arguments) {
  Value file = arguments[0], mode_value = arguments[1], encoding = arguments[3], errors = arguments[4],
        newline = arguments[5], opener = arguments[7];
  if (mode_value && !value_is_str(mode_value)) return raise_bad_argument("open", "mode", "str", mode_value);
  int buffering = -1;
  if (arguments[2] && !value_as_int(arguments[2], &buffering)) return NULL;
  int close_descriptor = arguments[6] ? value_truth(arguments[6]) : 1;
  if (close_descriptor < 0 || !check_str_or_none(encoding, "encoding") || !check_str_or_none(errors, "errors") ||
      !check_str_or_none(newline, "newline"))
    return NULL;
  bool number = value_is_int(file) || value_is_float(file) || value_special(file, SPECIAL_INDEX);
  if (!number && !(file = path_protocol(file))) return NULL;
  OpenMode mode;
  if (!parse_mode(mode_value, &mode)) return NULL;
  if (!mode.creating && !mode.reading && !mode.writing && !mode.appending)
    return raise_value_error("Must have exactly one of create/read/write/append mode and at most one plus");
  if (!check_binary(&mode, encoding, errors, newline)) return NULL;
  if (mode.binary && buffering == 1 &&
      !warn(CLASS_RUNTIME_WARNING, 1,
            "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used"))
    return NULL;

  Value raw = io_file_open(file, mode.raw, close_descriptor, opener);
  if (!raw) return NULL;
  bool by_line = buffering == 1;
  if (buffering == 1) buffering = -1;
  if (buffering < 0 && !by_line) {
    Value terminal = value_call_method_0(raw, "isatty");
    if (!terminal) return open_failed(raw);
    by_line = terminal == VALUE_TRUE;
  }
  if (buffering < 0) {
    Value size = value_get_attribute_c(raw, "_blksize");
    if (!size || !value_as_int(size, &buffering)) return open_failed(raw);
  }
  if (buffering < 0) {
    raise_value_error("invalid buffering size");
    return open_failed(raw);
  }
  if (buffering == 0) {
    if (mode.binary) return raw;
    raise_value_error("can't have unbuffered text I/O");
    return open_failed(raw);
  }
  Class *class = mode.updating ? io_random_class : mode.reading ? io_reader_class : io_writer_class;
  Value buffer = io_buffered_new(class, raw, (size_t)buffering);
  if (!buffer) return open_failed(raw);
  if (mode.binary) return buffer;
  Value text = io_text_new(buffer, encoding, errors, newline, by_line);
  if (!text) return open_failed(buffer);
  if (!mode_value) mode_value = str_from_c("r");
  if (!mode_value || !value_set_attribute(text, NAME(mode), mode_value)) return open_failed(text);
  return text;
}

static Value io_open_code(Value path) {
  if (!value_is_str(path)) return raise_type_error("open_code() argument 'path' must be str, not %T", path);
  Value arguments[8] = {path, str_from_c("rb")};
  return arguments[1] ? io_open(arguments) : NULL;
}

static Value io_text_encoding(Value encoding, Value stack_level) {
  int level = 2;
  if (stack_level && !value_as_int(stack_level, &level)) return NULL;
  if (encoding && encoding != VALUE_NONE) return encoding;
  if (runtime.warn_default_encoding && !warn(CLASS_ENCODING_WARNING, level, "'encoding' argument not specified"))
    return NULL;
  return str_from_c(runtime.utf8_mode ? "utf-8" : "locale");
}

static bool add_unsupported(Value module) {
  heap_add_root_range((Value *)(void *)&io_unsupported_class, 1);
  Value bases = tuple_of(2, value_from_cell(BUILTIN(OS_ERROR)), value_from_cell(BUILTIN(VALUE_ERROR)));
  Value names = dict_new(), name = str_intern_c("UnsupportedOperation");
  if (!bases || !names || !name || !dict_set_c(names, "__module__", str_from_c("io"))) return false;
  Value class = class_create(BUILTIN(TYPE), name, bases, names, NULL, NULL);
  if (!class) return false;
  io_unsupported_class = value_as_class(class);
  return module_add(module, "UnsupportedOperation", class);
}

static bool io_initialize(Value module) {
  return module_add_int(module, "DEFAULT_BUFFER_SIZE", (int64_t)IO_BUFFER_SIZE) && add_unsupported(module) &&
         module_add(module, "BlockingIOError", value_from_cell(BUILTIN(BLOCKING_IO_ERROR))) &&
         io_add_base_classes(module) && io_add_file_classes(module) && io_add_bytes_classes(module) &&
         io_add_string_classes(module) && io_add_buffered_classes(module) && io_add_newline_class(module) &&
         io_add_text_classes(module);
}

static const NativeMethod io_functions[] = {
    NATIVE("open", io_open,
           "(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)",
           "Open a file and return a stream."),
    NATIVE("open_code", io_open_code, "(path)", "Open a file that holds code, in binary mode."),
    NATIVE("text_encoding", io_text_encoding, "(encoding, stacklevel=2, /)",
           "The encoding argument to pass on: \"locale\" or \"utf-8\" for None."),
    {}};
const NativeModule io_module = {"_io", "Streams: the native part of the io module.", io_functions, io_initialize};
