// libFuzzer target: any bytes as Python source, through the whole front end.
//
// Beside crashes and sanitizer findings it looks for contradictions: the fast parser and the one that finds errors must
// agree on what is valid, and a tree from the parser must pass the checks for hand-made trees.
#include "frontend/ast_unparse.h"
#include "frontend/ast_validate.h"
#include "frontend/compile.h"
#include "frontend/disassembler.h"
#include "frontend/source.h"
#include "frontend/syntax_error_finder.h"

#include <stdio.h>
#include <stdlib.h>

[[noreturn]] static void contradiction(const char *what, const SyntaxErrorReport *report) {
  fprintf(stderr, "contradiction: %s (%s)\n", what, report->message ? report->message : "no message");
  abort();
}

// The source is valid for the fast parser; is it for the other?
static void check_agreement(const char *text, size_t length, bool is_str, const ParseOptions *options) {
  ParseSession session;
  SourceText source;
  if (parse_session_init(&session)) {
    bool final_newline = options->mode == PARSE_EXEC;
    bool good = is_str ? source_from_text(&session, text, length, final_newline, &source)
                       : source_from_bytes(&session, text, length, options, &source);
    if (good && syntax_error_find(&session, &source, options, NULL, 0) && session.report.kind != SYNTAX_MEMORY_ERROR)
      contradiction("only the fast parser accepts this", &session.report);
  }
  parse_session_destroy(&session);
}

static void check_tree(ParseSession *session, AstModule *module) {
  SyntaxErrorReport report;
  syntax_report_init(&report);
  // Patterns may hold what the grammar lets through and only the compiler refuses.
  if (!ast_validate(module, 3000, &session->arena, &report) && report.kind == SYNTAX_TYPE_ERROR)
    contradiction("the tree is not valid", &report);
  if (module->kind != AST_EXPRESSION) return;
  size_t length;
  bool too_deep;
  ast_unparse_expression(&session->arena, module->expression.body, &length, &too_deep);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2 || size > 20000) return 0;
  CompileOptions options = {
      .parse = {.mode = (ParseMode)(data[0] & 3), .flags = data[1] & 31, .max_int_digits = 4300},
      .compiler = {.recursion_limit = 1000},
  };
  if (data[0] & 64) options.parse.feature_version = 4 + (data[0] >> 2) % 8;
  bool is_str = data[0] & 128;
  const char *text = (const char *)data + 2;
  size_t length = size - 2;

  ParseSession session;
  if (parse_session_init(&session)) {
    AstModule *module = is_str ? parse_text(&session, text, length, &options.parse)
                               : parse_bytes(&session, text, length, &options.parse);
    if (module) {
      check_agreement(text, length, is_str, &options.parse);
      check_tree(&session, module);
      if (options.parse.mode != PARSE_FUNC_TYPE) {
        const CodeUnit *unit = compile_tree(&session, module, &options.compiler);
        const char *problem = unit ? code_unit_check(unit) : NULL;
        if (problem) {
          fprintf(stderr, "wrong code: %s\n", problem);
          abort();
        }
      }
    } else if (session.report.kind == SYNTAX_SYSTEM_ERROR || session.report.kind == SYNTAX_NO_ERROR) {
      contradiction("only the fast parser refuses this", &session.report);
    }
  }
  parse_session_destroy(&session);
  return 0;
}
