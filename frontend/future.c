// Finds the future imports of a module; see future.h.
#include "frontend/future.h"

#include "runtime/object/code.h"

#include <string.h>

static const struct {
  const char *name;
  uint32_t flag;
} known_features[] = {
    {"nested_scopes", 0}, // part of the language by now, as most of these are
    {"generators", 0},
    {"division", 0},
    {"absolute_import", 0},
    {"with_statement", 0},
    {"print_function", 0},
    {"unicode_literals", 0},
    {"barry_as_FLUFL", CODE_FUTURE_BARRY_AS_BDFL},
    {"generator_stop", 0},
    {"annotations", CODE_FUTURE_ANNOTATIONS},
};

static bool feature_flag(const char *name, uint32_t *flags) {
  for (size_t i = 0; i < sizeof known_features / sizeof *known_features; i++) {
    if (strcmp(name, known_features[i].name) == 0) {
      *flags |= known_features[i].flag;
      return true;
    }
  }
  return false;
}

static bool is_text(const AstStmt *statement) {
  return statement->kind == AST_EXPR && statement->expr.value->kind == AST_CONSTANT &&
         statement->expr.value->constant.value->kind == CONSTANT_STR;
}

// Errors here are points, not ranges.
static bool fail(SyntaxErrorReport *report, Arena *arena, const AstStmt *statement, const char *message,
                 const char *name) {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wformat-nonliteral"
  syntax_report_at(report, arena, SYNTAX_ERROR, statement->range, message, name);
#pragma clang diagnostic pop
  report->end_lineno = report->lineno;
  report->end_offset = SYNTAX_POSITION_NONE;
  return false;
}

static bool read_import(const AstStmt *statement, Arena *arena, SyntaxErrorReport *report, FutureFeatures *features) {
  const AstAliasSequence *names = statement->import_from.names;
  for (uint32_t i = 0; i < names->count; i++) {
    const char *name = names->items[i]->name->text;
    if (feature_flag(name, &features->flags)) continue;
    if (strcmp(name, "braces") == 0) return fail(report, arena, statement, "not a chance", "");
    return fail(report, arena, statement, "future feature %.100s is not defined", name);
  }
  features->last_line = statement->range.lineno;
  return true;
}

bool future_features_read(const AstModule *module, Arena *arena, SyntaxErrorReport *report, FutureFeatures *features) {
  *features = (FutureFeatures){.last_line = -1};
  if (module->kind != AST_MODULE && module->kind != AST_INTERACTIVE) return true;
  const AstStmtSequence *body = module->module.body; // Interactive begins with the same field
  bool over = false; // no future import may follow; those on the same line are found here, later ones by the compiler
  int32_t line = 0;
  for (uint32_t i = 0; i < body->count; i++) {
    const AstStmt *statement = body->items[i];
    if (over && statement->range.lineno > line) break;
    line = statement->range.lineno;
    bool is_future = statement->kind == AST_IMPORT_FROM && statement->import_from.level == 0 &&
                     statement->import_from.module && strcmp(statement->import_from.module->text, "__future__") == 0;
    if (!is_future) {
      if (i > 0 || !is_text(statement)) over = true;
    } else if (over) {
      fail(report, arena, statement, "from __future__ imports must occur at the beginning of the file", "");
      report->offset--; // as CPython counts here
      return false;
    } else if (!read_import(statement, arena, report, features)) {
      return false;
    }
  }
  return true;
}
