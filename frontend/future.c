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

static bool is_docstring(const AstStmt *statement) {
  return statement->kind == AST_EXPR && statement->expr.value->kind == AST_CONSTANT &&
         statement->expr.value->constant.value->kind == CONSTANT_STR;
}

bool future_features_read(const AstModule *module, Arena *arena, SyntaxErrorReport *report, FutureFeatures *features) {
  *features = (FutureFeatures){.last_line = -1};
  if (module->kind != AST_MODULE && module->kind != AST_INTERACTIVE) return true;
  const AstStmtSequence *body = module->module.body; // Interactive begins with the same field
  bool docstring_seen = false;
  for (uint32_t i = 0; i < body->count; i++) {
    const AstStmt *statement = body->items[i];
    bool is_future = statement->kind == AST_IMPORT_FROM && statement->import_from.level == 0 &&
                     statement->import_from.module && strcmp(statement->import_from.module->text, "__future__") == 0;
    if (is_future) {
      const AstAliasSequence *names = statement->import_from.names;
      for (uint32_t k = 0; k < names->count; k++) {
        const char *name = names->items[k]->name->text;
        if (feature_flag(name, &features->flags)) continue;
        if (strcmp(name, "braces") == 0)
          syntax_report_at(report, arena, SYNTAX_ERROR, statement->range, "not a chance");
        else
          syntax_report_at(report, arena, SYNTAX_ERROR, statement->range, "future feature %.100s is not defined", name);
        report->end_lineno = report->lineno; // CPython reports a point here, not a range
        report->end_offset = SYNTAX_POSITION_NONE;
        return false;
      }
      features->last_line = statement->range.lineno;
    } else if (is_docstring(statement) && !docstring_seen) {
      docstring_seen = true;
    } else {
      break;
    }
  }
  return true;
}
