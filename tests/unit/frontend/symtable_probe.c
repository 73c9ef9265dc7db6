// The C half of the symbol table's unit tests.
#include "tests/unit/frontend/symtable_probe.h"

#include "frontend/compile.h"

#include <stdio.h>
#include <string.h>

static void show(FILE *out, const Scope *scope, int depth) {
  static const char *const kinds[] = {"function", "class", "module"};
  static const char *const scopes[] = {"?", "local", "global", "implicit", "free", "cell"};
  fprintf(out, "%*s%s %s:", depth, "", kinds[scope->kind], scope->name->text);
  for (uint32_t i = 0; i < scope->symbol_count; i++)
    fprintf(out, " %s(%s)", scope->symbols[i].name->text, scopes[scope->symbols[i].scope]);
  fputc('\n', out);
  for (const Scope *child = scope->first_child; child; child = child->next_sibling) show(out, child, depth + 1);
}

char *probe_symbols(const char *source) {
  char *text;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  ParseSession session;
  parse_session_init(&session);
  CompileOptions options = {};
  AstModule *module = parse_text(&session, source, strlen(source), &options.parse);
  SymbolTable *table = module ? compile_symbols(&session, module, &options.compiler) : NULL;
  if (table)
    show(out, table->module, 0);
  else
    fputs(session.report.message, out);
  parse_session_destroy(&session);
  fclose(out);
  return text;
}
