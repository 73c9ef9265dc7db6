// Connects the front end, which knows no Python objects, with the runtime; see compile_source.h.
#include "vm/compile_source.h"

#include "frontend/ast_objects.h"
#include "frontend/ast_validate.h"
#include "frontend/code_objects.h"
#include "frontend/compile.h"
#include "runtime/object/bytes.h"
#include "runtime/object/code.h"
#include "runtime/object/codec.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/frame.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t FUTURE_FLAGS = CODE_FUTURE_DIVISION | CODE_FUTURE_ABSOLUTE_IMPORT | CODE_FUTURE_WITH_STATEMENT |
                                     CODE_FUTURE_PRINT_FUNCTION | CODE_FUTURE_UNICODE_LITERALS |
                                     CODE_FUTURE_BARRY_AS_BDFL | CODE_FUTURE_GENERATOR_STOP | CODE_FUTURE_ANNOTATIONS;

// ---- errors and warnings

static Value position_value(int32_t position) {
  return position == SYNTAX_POSITION_NONE ? VALUE_NONE : int_from_int64(position);
}

// Line `number` of the file, for errors that are found after parsing. None if there is no such file or line.
static Value read_line_of_file(Value filename, int32_t number) {
  const char *path = str_utf8(filename, NULL);
  FILE *file = path ? fopen(path, "rb") : NULL;
  exception_clear();
  if (!file) return VALUE_NONE;
  char *line = NULL;
  size_t capacity = 0;
  ssize_t length = -1;
  for (int32_t i = 0; i < number; i++) length = getline(&line, &capacity, file);
  fclose(file);
  Value text = length > 0 ? str_from_utf8(line, (size_t)length) : NULL;
  free(line);
  exception_clear();
  return text ? text : VALUE_NONE;
}

Value syntax_error_raise(const SyntaxErrorReport *report, Value filename) {
  static const ClassId classes[] = {
      [SYNTAX_ERROR] = CLASS_SYNTAX_ERROR,
      [SYNTAX_INDENTATION_ERROR] = CLASS_INDENTATION_ERROR,
      [SYNTAX_TAB_ERROR] = CLASS_TAB_ERROR,
      [SYNTAX_VALUE_ERROR] = CLASS_VALUE_ERROR,
      [SYNTAX_TYPE_ERROR] = CLASS_TYPE_ERROR,
      [SYNTAX_OVERFLOW_ERROR] = CLASS_OVERFLOW_ERROR,
      [SYNTAX_RECURSION_ERROR] = CLASS_RECURSION_ERROR,
      [SYNTAX_SYSTEM_ERROR] = CLASS_SYSTEM_ERROR,
      [SYNTAX_UNICODE_DECODE_ERROR] = CLASS_SYNTAX_ERROR,
  };
  if (report->kind == SYNTAX_MEMORY_ERROR || !report->message) return raise_memory_error();
  Value message = str_from_utf8(report->message, strlen(report->message));
  if (!message) return NULL;
  Value class = value_from_cell(builtin_classes[classes[report->kind]]);
  if (!report->has_location) {
    Value exception = value_call_1(class, message);
    return exception ? raise_object(exception) : NULL;
  }
  Value text =
      report->text ? str_from_utf8(report->text, report->text_length) : read_line_of_file(filename, report->lineno);
  if (!text) {
    exception_clear();
    text = VALUE_NONE;
  }
  Value details = tuple_of(6, filename, position_value(report->lineno), position_value(report->offset), text,
                           position_value(report->end_lineno), position_value(report->end_offset));
  Value exception = details ? value_call_2(class, message, details) : NULL;
  return exception ? raise_object(exception) : NULL;
}

// A warning that the filters turn into an error is a SyntaxError at the place in question.
static bool raise_warning(const SyntaxWarningEntry *entry, Value filename) {
  exception_clear();
  SyntaxErrorReport report = {.kind = SYNTAX_ERROR, .has_location = true, .message = entry->message};
  report.lineno = entry->range.lineno;
  report.offset = entry->range.col_offset + 1;
  report.end_lineno = entry->range.end_lineno;
  report.end_offset = entry->range.end_col_offset + 1;
  syntax_error_raise(&report, filename);
  return false;
}

bool syntax_warnings_issue(const SyntaxErrorReport *report, Value filename) {
  Value module = report->warnings && runtime.modules ? dict_get_c(runtime.modules, "_warnings") : NULL;
  if (!module) return true;
  for (const SyntaxWarningEntry *entry = report->warnings; entry; entry = entry->next) {
    ClassId category = entry->kind == SYNTAX_WARNING ? CLASS_SYNTAX_WARNING : CLASS_DEPRECATION_WARNING;
    Value arguments[4] = {str_from_c(entry->message), value_from_cell(builtin_classes[category]), filename,
                          int_from_int64(entry->lineno)};
    if (!arguments[0] || !arguments[3]) return false;
    if (value_call_method(module, "warn_explicit", arguments, 4)) continue;
    return exception_is(category) ? raise_warning(entry, filename) : false;
  }
  return true;
}

// ---- source

// Decodes bytes in an encoding that only Python's codecs know.
static bool decode_source(void *data, Arena *arena, const char *encoding, const char *bytes, size_t length, char **text,
                          size_t *text_length) {
  (void)data;
  Value source = bytes_new(bytes, length), name = str_from_c(encoding);
  Value decoded = source && name ? value_call_method_1(source, "decode", name) : NULL;
  if (decoded && value_is_str(decoded)) {
    size_t size;
    const char *utf8 = str_utf8(decoded, &size);
    *text = utf8 ? arena_copy(arena, utf8, size) : NULL;
    *text_length = size;
    return utf8 && *text;
  }
  Value problem = exception_pending() ? exception_take() : NULL;
  Value message = problem ? value_str(problem) : NULL;
  const char *shown = message ? str_utf8(message, NULL) : NULL;
  exception_clear();
  char fallback[128];
  snprintf(fallback, sizeof fallback, "unknown encoding: %s", encoding);
  if (!shown) shown = fallback;
  *text = arena_copy(arena, shown, strlen(shown));
  return false;
}

AstModule *compile_source_parse(ParseSession *session, Value source, const ParseOptions *options) {
  session->decoder.decode = decode_source;
  session->stack_limit = thread_current()->c_stack_limit;
  if (value_is_tree(source)) {
    static const AstKind kinds[] = {
        [PARSE_EXEC] = AST_MODULE, [PARSE_SINGLE] = AST_INTERACTIVE, [PARSE_EVAL] = AST_EXPRESSION};
    AstModule *module = ast_from_object(&session->arena, &session->names, source, kinds[options->mode]);
    int limit = 3 * runtime.recursion_limit;
    return module && ast_validate(module, limit, &session->arena, &session->report) ? module : NULL;
  }
  if (value_is_str(source)) {
    size_t length;
    const char *text = str_utf8(source, &length);
    return text ? parse_text(session, text, length, options) : NULL;
  }
  Buffer buffer;
  if (!value_has_buffer(source)) {
    raise_type_error("compile() arg 1 must be a string, bytes or AST object");
    return NULL;
  }
  if (!buffer_acquire(source, &buffer, BUFFER_SIMPLE)) return NULL;
  AstModule *module = parse_bytes(session, (const char *)buffer.data, buffer.length, options);
  buffer_release(&buffer);
  return module;
}

// What compile() returns for the source, whose warnings are issued; zero: an exception is pending.
static Value compile_in(ParseSession *session, Value source, Value filename, const CompileOptions *options,
                        bool only_tree) {
  AstModule *module = compile_source_parse(session, source, &options->parse);
  if (exception_pending()) return NULL;
  if (only_tree) {
    if (!syntax_warnings_issue(&session->report, filename)) return NULL;
    return module ? ast_to_object(module) : syntax_error_raise(&session->report, filename);
  }
  const CodeUnit *unit = module ? compile_tree(session, module, &options->compiler) : NULL;
  if (!syntax_warnings_issue(&session->report, filename)) return NULL;
  return unit ? code_object_new(unit, filename) : syntax_error_raise(&session->report, filename);
}

static bool read_mode(const char *mode, ParseMode *result) {
  static const char *const names[] = {
      [PARSE_EXEC] = "exec", [PARSE_SINGLE] = "single", [PARSE_EVAL] = "eval", [PARSE_FUNC_TYPE] = "func_type"};
  for (int i = 0; i < 4; i++) {
    if (strcmp(mode, names[i]) != 0) continue;
    *result = (ParseMode)i;
    return true;
  }
  return false;
}

// Future features of the code that calls compile().
static uint32_t inherited_flags(void) {
  Frame *frame = frame_skip_entries(thread_current()->frame);
  return frame ? frame->code->flags & FUTURE_FLAGS : 0;
}

Value compile_source_filename(Value filename) {
  if (value_is_str(filename)) return filename;
  Value path = value_has_buffer(filename) ? filename : value_call_method_0(filename, "__fspath__");
  if (path && value_is_str(path)) return path;
  Buffer buffer;
  if (!path || !value_has_buffer(path)) {
    exception_clear();
    return raise_type_error("expected str, bytes or os.PathLike object, not %T", filename);
  }
  if (!value_is_bytes(path) &&
      !warn(CLASS_DEPRECATION_WARNING, 1, "path should be string, bytes, or os.PathLike, not %T", path))
    return NULL;
  if (!buffer_acquire(path, &buffer, BUFFER_SIMPLE)) return NULL;
  Value text = codec_decode_memory(buffer.data, buffer.length, path, "utf-8", "surrogateescape");
  buffer_release(&buffer);
  return text;
}

static Value compile_source(Value source, Value filename, const char *mode, int flags, bool dont_inherit, int optimize,
                            int feature_version) {
  CompileOptions options = {};
  if (!(filename = compile_source_filename(filename))) return NULL;
  const int known = COMPILE_DONT_IMPLY_DEDENT | COMPILE_ONLY_TREE | COMPILE_IGNORE_COOKIE | COMPILE_TYPE_COMMENTS |
                    COMPILE_TOP_LEVEL_AWAIT | COMPILE_ALLOW_INCOMPLETE_INPUT | COMPILE_FROM_FILE | (int)FUTURE_FLAGS;
  if (flags & ~known) return raise_value_error("compile(): unrecognised flags");
  if (optimize < -1 || optimize > 2) return raise_value_error("compile(): invalid optimize value");
  if (!read_mode(mode, &options.parse.mode)) {
    return raise_value_error(flags & COMPILE_ONLY_TREE
                                 ? "compile() mode must be 'exec', 'eval', 'single' or 'func_type'"
                                 : "compile() mode must be 'exec', 'eval' or 'single'");
  }
  if (options.parse.mode == PARSE_FUNC_TYPE && !(flags & COMPILE_ONLY_TREE))
    return raise_value_error("compile() mode 'func_type' requires flag PyCF_ONLY_AST");
  uint32_t future_flags = ((uint32_t)flags & FUTURE_FLAGS) | (dont_inherit ? 0 : inherited_flags());
  if (flags & COMPILE_TYPE_COMMENTS) options.parse.flags |= PARSE_TYPE_COMMENTS;
  if (flags & COMPILE_DONT_IMPLY_DEDENT) options.parse.flags |= PARSE_DONT_IMPLY_DEDENT;
  if (flags & COMPILE_ALLOW_INCOMPLETE_INPUT) options.parse.flags |= PARSE_ALLOW_INCOMPLETE_INPUT;
  if (flags & COMPILE_FROM_FILE) {
    options.parse.flags |= PARSE_FROM_FILE;
    options.parse.filename = str_utf8(filename, NULL);
    exception_clear();
  }
  if (future_flags & CODE_FUTURE_BARRY_AS_BDFL) options.parse.flags |= PARSE_BARRY_AS_FLUFL;
  options.parse.feature_version = feature_version > 0 && (flags & COMPILE_ONLY_TREE) ? feature_version : 0;
  options.parse.max_int_digits = runtime.int_digit_limit;
  options.compiler.future_flags = future_flags;
  options.compiler.optimize = (uint8_t)(optimize < 0 ? runtime.optimize : optimize);
  options.compiler.top_level_await = flags & COMPILE_TOP_LEVEL_AWAIT;
  options.compiler.recursion_limit = runtime.recursion_limit > 0 ? 3 * (uint32_t)runtime.recursion_limit : 0;

  bool only_tree = flags & COMPILE_ONLY_TREE;
  if (only_tree && value_is_tree(source)) return source;
  ParseSession session;
  Value result = NULL;
  if (parse_session_init(&session)) {
    result = compile_in(&session, source, filename, &options, only_tree);
  } else {
    raise_memory_error();
  }
  parse_session_destroy(&session);
  return result;
}

void compile_source_start(void) {
  runtime_hooks.compile = compile_source;
}
