// The C half of the compiler's unit tests.
#include "tests/unit/frontend/compiler_probe.h"

#include "frontend/compile.h"
#include "frontend/disassembler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void Show(FILE *out, ParseSession *session, const CodeUnit *unit);

static char *compile(const char *source, Show *show) {
  char *text;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  ParseSession session;
  parse_session_init(&session);
  CompileOptions options = {};
  const CodeUnit *unit = compile_text(&session, source, strlen(source), &options);
  if (unit)
    show(out, &session, unit);
  else
    fprintf(out, "ERROR %d: %s (%d, %d)", session.report.kind, session.report.message, session.report.lineno,
            session.report.offset);
  parse_session_destroy(&session);
  fclose(out);
  return text;
}

static void show_code(FILE *out, ParseSession *session, const CodeUnit *unit) {
  (void)session;
  code_unit_disassemble(unit, DISASSEMBLY_NESTED, out);
}

static void show_check(FILE *out, ParseSession *session, const CodeUnit *unit) {
  (void)session;
  const char *problem = code_unit_check(unit);
  fputs(problem ? problem : "", out);
}

static void show_warnings(FILE *out, ParseSession *session, const CodeUnit *unit) {
  (void)unit;
  for (const SyntaxWarningEntry *entry = session->report.warnings; entry; entry = entry->next)
    fprintf(out, "%d: %s\n", entry->lineno, entry->message);
}

char *probe_disassemble(const char *source) {
  return compile(source, show_code);
}
char *probe_check(const char *source) {
  return compile(source, show_check);
}
char *probe_warnings(const char *source) {
  return compile(source, show_warnings);
}
