// krait-dis: shows the bytecode, or the symbol tables, of source files, for the oracles in tests/oracle and for curious
// people.
//
//   krait-dis [options] FILE...     print the code of each file
//     -p         with all positions       -l  with the number of live registers
//     -s         print symbol tables instead: a line for each scope and for each of its symbols
//     -k         print lines instead: for each code object its name, first line and the lines of its instructions
//     -c         print nothing, check the code (code_unit_check)
//     -n         print nothing, only compile (for timing)
//     -e         print the error, or the warnings, as single lines
//     -b         before each result print a line "== LENGTH" that says how many bytes it has
//     -m MODE    exec (default), eval or single
//     -O         optimize, as python -O; twice: -OO
//     -u         treat the bytes as the UTF-8 of a str
//   With FILE `-`, the names of the files are read from standard input, one a line.
#include "frontend/compile.h"
#include "frontend/disassembler.h"
#include "frontend/symtable.h"
#include "tests/drivers/source_file.h"

typedef enum Output : uint8_t {
  OUTPUT_CODE,
  OUTPUT_SYMBOLS,
  OUTPUT_LINES,
  OUTPUT_CHECK,
  OUTPUT_NONE,
  OUTPUT_ERRORS
} Output;

struct Tool {
  CompileOptions options;
  Output output;
  unsigned flags;
  bool batch, is_str;
  int failures;
};

static void print_scope(const Scope *scope, int depth, FILE *out) {
  static const char *const kinds[] = {"function", "class", "module", "annotation"};
  fprintf(out, "%d %s %s %d %d\n", depth, kinds[scope->kind], scope->name->text, scope->range.lineno, scope->nested);
  for (uint32_t i = 0; i < scope->symbol_count; i++) {
    const Symbol *symbol = &scope->symbols[i];
    fprintf(out, ". %s %u\n", symbol->name->text, symbol->flags | (unsigned)symbol->scope << SYMBOL_SCOPE_SHIFT);
  }
  fputs("parameters", out);
  for (uint32_t i = 0; i < scope->parameter_count; i++) fprintf(out, " %s", scope->parameters[i]->text);
  fputc('\n', out);
  for (const Scope *child = scope->first_child; child; child = child->next_sibling) print_scope(child, depth + 1, out);
}

static void print_lines(const CodeUnit *unit, FILE *out) {
  fprintf(out, "%s %u 0x%x:", unit->qualified_name, unit->first_line, unit->flags);
  int32_t line = 0;
  for (uint32_t i = 0; i < unit->position_count; i++) {
    if (unit->positions[i].line != line && unit->positions[i].line > 0) fprintf(out, " %d", unit->positions[i].line);
    line = unit->positions[i].line;
  }
  fputc('\n', out);
  for (uint32_t i = 0; i < unit->constant_count; i++) {
    if (unit->constants[i].code) print_lines(unit->constants[i].code, out);
  }
}

static void print_code(Tool *tool, const char *path, const CodeUnit *unit, FILE *out) {
  switch (tool->output) {
  case OUTPUT_CODE:
    code_unit_disassemble(unit, tool->flags | DISASSEMBLY_NESTED, out);
    break;
  case OUTPUT_LINES:
    print_lines(unit, out);
    break;
  case OUTPUT_CHECK: {
    const char *problem = code_unit_check(unit);
    if (!problem) break;
    fprintf(out, "%s: %s\n", path, problem);
    tool->failures++;
    break;
  }
  default:
    break;
  }
}

static void show(Tool *tool, const char *path, FILE *out) {
  size_t length;
  char *data = read_file(path, &length);
  if (!data) {
    fprintf(out, "%s: cannot be read\n", path);
    tool->failures++;
    return;
  }
  ParseSession session;
  bool ready = parse_session_init(&session), done = false;
  session.decoder.decode = decode_with_iconv;
  if (ready && tool->output == OUTPUT_SYMBOLS) {
    AstModule *module = parse_bytes(&session, data, length, &tool->options.parse);
    SymbolTable *table = module ? compile_symbols(&session, module, &tool->options.compiler) : NULL;
    done = table;
    if (table) print_scope(table->module, 0, out);
  } else if (ready) {
    const CodeUnit *unit = tool->is_str ? compile_text(&session, data, length, &tool->options)
                                        : compile_bytes(&session, data, length, &tool->options);
    done = unit;
    if (unit) print_code(tool, path, unit, out);
    if (tool->output == OUTPUT_ERRORS) print_warnings(&session.report, out);
  }
  if (!done) {
    tool->failures++;
    if (tool->output != OUTPUT_NONE && tool->output != OUTPUT_CHECK) print_report(&session.report, out);
  }
  parse_session_destroy(&session);
  free(data);
}

int main(int argc, char **argv) {
  Tool tool = {.options.parse.max_int_digits = 4300};
  for (int i = 1; i < argc; i++) {
    const char *argument = argv[i];
    if (argument[0] != '-') {
      show_file(&tool, tool.batch, argument);
      continue;
    }
    switch (argument[1]) {
    case 0:
      show_files_of_input(&tool, tool.batch);
      break;
    case 'p':
      tool.flags |= DISASSEMBLY_POSITIONS;
      break;
    case 'l':
      tool.flags |= DISASSEMBLY_LIVE;
      break;
    case 's':
      tool.output = OUTPUT_SYMBOLS;
      break;
    case 'k':
      tool.output = OUTPUT_LINES;
      break;
    case 'c':
      tool.output = OUTPUT_CHECK;
      break;
    case 'n':
      tool.output = OUTPUT_NONE;
      break;
    case 'e':
      tool.output = OUTPUT_ERRORS;
      break;
    case 'b':
      tool.batch = true;
      break;
    case 'u':
      tool.is_str = true;
      break;
    case 'O':
      tool.options.compiler.optimize += argument[2] == 'O' ? 2 : 1;
      break;
    case 'm':
      if (i + 1 < argc) tool.options.parse.mode = parse_mode(argv[++i]);
      break;
    default:
      fprintf(stderr, "krait-dis: unknown option %s\n", argument);
      return 2;
    }
  }
  return tool.failures ? 1 : 0;
}
