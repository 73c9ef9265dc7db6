// krait_ast: shows what the front end makes of source files, for the oracles in tests/oracle and for curious people.
#include "frontend/ast_dump.h"
#include "frontend/ast_unparse.h"
#include "frontend/ast_validate.h"
#include "frontend/source.h"
#include "tests/drivers/source_file.h"

static const char usage[] =
    "krait_ast [options] FILE...   prints each file's tree as ast.dump(..., include_attributes=True) does\n"
    "  -b        before each result a line \"== LENGTH\", for programs that read many\n"
    "  -e        errors only, one line each: type, message, lineno, offset, end_lineno, end_offset, text\n"
    "  -w        warnings first, one line each: category, message, lineno\n"
    "  -n        nothing is printed (for timing)\n"
    "  -x        expressions (mode eval) as annotations are stored\n"
    "  -c        runs the checks for hand-made trees as well\n"
    "  -m MODE   exec (default), eval, single or func_type\n"
    "  -t        with type comments\n"
    "  -i        as codeop compiles: input may be incomplete, and its end closes no block\n"
    "  -v MINOR  accepts the syntax of Python 3.MINOR\n"
    "  -u        takes the bytes for the UTF-8 of a str: no byte order mark, no coding cookie\n"
    "With FILE \"-\", the names of the files are read from standard input, one a line.\n";

struct Tool {
  ParseOptions options;
  bool annotations, validates;
  bool batch, errors_only, warnings, quiet, is_str;
  int failures;
};

static void show(Tool *tool, const char *path, FILE *out) {
  size_t length;
  char *data = read_file(path, &length);
  if (!data) {
    fprintf(out, "%s: cannot be read\n", path);
    tool->failures++;
    return;
  }
  ParseSession session;
  AstModule *module = NULL;
  bool ready = parse_session_init(&session);
  session.decoder.decode = decode_with_iconv;
  session.stack_limit = stack_limit();
  if (ready)
    module = tool->is_str ? parse_text(&session, data, length, &tool->options)
                          : parse_bytes(&session, data, length, &tool->options);
  if (tool->warnings) print_warnings(&session.report, out);
  if (module && tool->validates && !ast_validate(module, 3000, &session.arena, &session.report)) module = NULL;
  if (!module) {
    tool->failures++;
    if (!tool->quiet) print_report(&session.report, out);
  } else if (tool->annotations && module->kind == AST_EXPRESSION) {
    size_t text_length;
    bool too_deep;
    const char *text = ast_unparse_expression(&session.arena, module->expression.body, &text_length, &too_deep);
    if (text) fwrite(text, 1, text_length, out);
    putc('\n', out);
  } else if (!tool->quiet && !tool->errors_only) {
    if (!ast_dump(module, true, out)) fputs("nested too deeply to be printed", out);
    putc('\n', out);
  }
  parse_session_destroy(&session);
  free(data);
}

int main(int argc, char **argv) {
  if (argc < 2) fputs(usage, stderr);
  Tool tool = {.options = {.max_int_digits = 4300}};
  for (int i = 1; i < argc; i++) {
    const char *argument = argv[i];
    if (strcmp(argument, "-b") == 0)
      tool.batch = true;
    else if (strcmp(argument, "-e") == 0)
      tool.errors_only = true;
    else if (strcmp(argument, "-w") == 0)
      tool.warnings = true;
    else if (strcmp(argument, "-x") == 0)
      tool.annotations = true;
    else if (strcmp(argument, "-c") == 0)
      tool.validates = true;
    else if (strcmp(argument, "-i") == 0)
      tool.options.flags |= PARSE_ALLOW_INCOMPLETE_INPUT | PARSE_DONT_IMPLY_DEDENT;
    else if (strcmp(argument, "-n") == 0)
      tool.quiet = true;
    else if (strcmp(argument, "-t") == 0)
      tool.options.flags |= PARSE_TYPE_COMMENTS;
    else if (strcmp(argument, "-u") == 0)
      tool.is_str = true;
    else if (strcmp(argument, "-m") == 0 && i + 1 < argc)
      tool.options.mode = parse_mode(argv[++i]);
    else if (strcmp(argument, "-v") == 0 && i + 1 < argc)
      tool.options.feature_version = atoi(argv[++i]);
    else if (strcmp(argument, "-") == 0)
      show_files_of_input(&tool, tool.batch);
    else
      show_file(&tool, tool.batch, argument);
  }
  return tool.failures ? 1 : 0;
}
