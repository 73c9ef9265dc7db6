// The checks of ast_validate; one function a type of node, in the order in which CPython looks at its parts, because
// the first fault found is the one reported.
#include "frontend/ast_validate.h"

#include <string.h>

typedef struct Validator {
  Arena *arena;
  SyntaxErrorReport *report;
  int depth;
  int depth_limit;
} Validator;

#define FAIL(validator, ...)                                                                                           \
  (syntax_report_plain((validator)->report, (validator)->arena, SYNTAX_VALUE_ERROR, __VA_ARGS__), false)

static bool check_expr(Validator *validator, const AstExpr *expr, AstContext context);
static bool check_pattern(Validator *validator, const AstPattern *pattern, bool star_allowed);

static bool check_range(Validator *validator, const AstRange *range) {
  if (range->lineno > range->end_lineno)
    return FAIL(validator, "AST node line range (%d, %d) is not valid", range->lineno, range->end_lineno);
  if ((range->lineno < 0 && range->end_lineno != range->lineno) ||
      (range->col_offset < 0 && range->col_offset != range->end_col_offset))
    return FAIL(validator, "AST node column range (%d, %d) for line range (%d, %d) is not valid", range->col_offset,
                range->end_col_offset, range->lineno, range->end_lineno);
  if (range->lineno == range->end_lineno && range->col_offset > range->end_col_offset)
    return FAIL(validator, "line %d, column %d-%d is not a valid range", range->lineno, range->col_offset,
                range->end_col_offset);
  return true;
}

static bool enter(Validator *validator) {
  if (++validator->depth <= validator->depth_limit) return true;
  syntax_report_plain(validator->report, validator->arena, SYNTAX_RECURSION_ERROR,
                      "maximum recursion depth exceeded during compilation");
  return false;
}

static bool check_name(Validator *validator, const Name *name) {
  static const char *const forbidden[] = {"None", "True", "False"};
  for (int i = 0; i < 3; i++)
    if (strcmp(name->text, forbidden[i]) == 0)
      return FAIL(validator, "identifier field can't represent '%s' constant", forbidden[i]);
  return true;
}

static bool check_not_empty(Validator *validator, uint32_t count, const char *what, const char *owner) {
  return count || FAIL(validator, "empty %s on %s", what, owner);
}

// Whether a sequence of nodes other than expressions and statements has no gaps. (CPython crashes on some of these.)
static bool check_no_gaps(Validator *validator, const void *nodes, const char *what) {
  const AstSequence *sequence = nodes;
  for (uint32_t i = 0; i < sequence->count; i++)
    if (!sequence->items[i]) return FAIL(validator, "None disallowed in %s list", what);
  return true;
}

static bool check_optional(Validator *validator, const AstExpr *expr) {
  return !expr || check_expr(validator, expr, AST_LOAD);
}

static bool check_exprs(Validator *validator, const AstExprSequence *exprs, AstContext context, bool none_allowed) {
  for (uint32_t i = 0; i < exprs->count; i++) {
    if (exprs->items[i]) {
      if (!check_expr(validator, exprs->items[i], context)) return false;
    } else if (!none_allowed) {
      return FAIL(validator, "None disallowed in expression list");
    }
  }
  return true;
}

static bool check_keywords(Validator *validator, const AstKeywordSequence *keywords) {
  if (!check_no_gaps(validator, keywords, "keyword")) return false;
  for (uint32_t i = 0; i < keywords->count; i++)
    if (!check_expr(validator, keywords->items[i]->value, AST_LOAD)) return false;
  return true;
}

static bool check_args(Validator *validator, const AstArgSequence *args) {
  if (!check_no_gaps(validator, args, "argument")) return false;
  for (uint32_t i = 0; i < args->count; i++)
    if (!check_range(validator, &args->items[i]->range) || !check_optional(validator, args->items[i]->annotation))
      return false;
  return true;
}

static bool check_arguments(Validator *validator, const AstArguments *arguments) {
  if (!check_args(validator, arguments->posonlyargs) || !check_args(validator, arguments->args)) return false;
  if (arguments->vararg && !check_optional(validator, arguments->vararg->annotation)) return false;
  if (!check_args(validator, arguments->kwonlyargs)) return false;
  if (arguments->kwarg && !check_optional(validator, arguments->kwarg->annotation)) return false;
  if (arguments->defaults->count > (uint64_t)arguments->posonlyargs->count + arguments->args->count)
    return FAIL(validator, "more positional defaults than args on arguments");
  if (arguments->kw_defaults->count != arguments->kwonlyargs->count)
    return FAIL(validator, "length of kwonlyargs is not the same as kw_defaults on arguments");
  return check_exprs(validator, arguments->defaults, AST_LOAD, false) &&
         check_exprs(validator, arguments->kw_defaults, AST_LOAD, true);
}

static bool check_clauses(Validator *validator, const AstComprehensionSequence *clauses) {
  if (!clauses->count) return FAIL(validator, "comprehension with no generators");
  if (!check_no_gaps(validator, clauses, "comprehension")) return false;
  for (uint32_t i = 0; i < clauses->count; i++) {
    const AstComprehension *clause = clauses->items[i];
    if (!check_expr(validator, clause->target, AST_STORE) || !check_expr(validator, clause->iter, AST_LOAD) ||
        !check_exprs(validator, clause->ifs, AST_LOAD, false))
      return false;
  }
  return true;
}

// Expressions.

static const char *context_name(AstContext context) {
  return ast_types[AST_TYPE_EXPR_CONTEXT].values[context];
}

// Whether an expression fits where it stands: as a target, or to be evaluated.
static bool check_context(Validator *validator, const AstExpr *expr, AstContext context) {
  AstContext actual;
  switch (expr->kind) {
  case AST_ATTRIBUTE:
    actual = expr->attribute.ctx;
    break;
  case AST_SUBSCRIPT:
    actual = expr->subscript.ctx;
    break;
  case AST_STARRED:
    actual = expr->starred.ctx;
    break;
  case AST_NAME:
    if (!check_name(validator, expr->name.id)) return false;
    actual = expr->name.ctx;
    break;
  case AST_LIST:
    actual = expr->list.ctx;
    break;
  case AST_TUPLE:
    actual = expr->tuple.ctx;
    break;
  default:
    return context == AST_LOAD ||
           FAIL(validator, "expression which can't be assigned to in %s context", context_name(context));
  }
  return actual == context || FAIL(validator, "expression must have %s context but has %s instead",
                                   context_name(context), context_name(actual));
}

static bool check_parts(Validator *validator, const AstExpr *expr, AstContext context) {
  switch (expr->kind) {
  case AST_BOOL_OP:
    if (expr->bool_op.values->count < 2) return FAIL(validator, "BoolOp with less than 2 values");
    return check_exprs(validator, expr->bool_op.values, AST_LOAD, false);
  case AST_BIN_OP:
    return check_expr(validator, expr->bin_op.left, AST_LOAD) && check_expr(validator, expr->bin_op.right, AST_LOAD);
  case AST_UNARY_OP:
    return check_expr(validator, expr->unary_op.operand, AST_LOAD);
  case AST_LAMBDA:
    return check_arguments(validator, expr->lambda.args) && check_expr(validator, expr->lambda.body, AST_LOAD);
  case AST_IF_EXP:
    return check_expr(validator, expr->if_exp.test, AST_LOAD) && check_expr(validator, expr->if_exp.body, AST_LOAD) &&
           check_expr(validator, expr->if_exp.orelse, AST_LOAD);
  case AST_DICT:
    if (expr->dict.keys->count != expr->dict.values->count)
      return FAIL(validator, "Dict doesn't have the same number of keys as values");
    return check_exprs(validator, expr->dict.keys, AST_LOAD, true) &&
           check_exprs(validator, expr->dict.values, AST_LOAD, false);
  case AST_SET:
    return check_exprs(validator, expr->set.elts, AST_LOAD, false);
  case AST_LIST_COMP:
    return check_clauses(validator, expr->list_comp.generators) && check_expr(validator, expr->list_comp.elt, AST_LOAD);
  case AST_SET_COMP:
    return check_clauses(validator, expr->set_comp.generators) && check_expr(validator, expr->set_comp.elt, AST_LOAD);
  case AST_GENERATOR_EXP:
    return check_clauses(validator, expr->generator_exp.generators) &&
           check_expr(validator, expr->generator_exp.elt, AST_LOAD);
  case AST_DICT_COMP:
    return check_clauses(validator, expr->dict_comp.generators) &&
           check_expr(validator, expr->dict_comp.key, AST_LOAD) &&
           check_expr(validator, expr->dict_comp.value, AST_LOAD);
  case AST_YIELD:
    return check_optional(validator, expr->yield.value);
  case AST_YIELD_FROM:
    return check_expr(validator, expr->yield_from.value, AST_LOAD);
  case AST_AWAIT:
    return check_expr(validator, expr->await.value, AST_LOAD);
  case AST_COMPARE:
    if (!expr->compare.comparators->count) return FAIL(validator, "Compare with no comparators");
    if (expr->compare.comparators->count != expr->compare.ops->count)
      return FAIL(validator, "Compare has a different number of comparators and operands");
    return check_exprs(validator, expr->compare.comparators, AST_LOAD, false) &&
           check_expr(validator, expr->compare.left, AST_LOAD);
  case AST_CALL:
    return check_expr(validator, expr->call.func, AST_LOAD) &&
           check_exprs(validator, expr->call.args, AST_LOAD, false) && check_keywords(validator, expr->call.keywords);
  case AST_JOINED_STR:
    return check_exprs(validator, expr->joined_str.values, AST_LOAD, false);
  case AST_FORMATTED_VALUE:
    return check_expr(validator, expr->formatted_value.value, AST_LOAD) &&
           check_optional(validator, expr->formatted_value.format_spec);
  case AST_ATTRIBUTE:
    return check_expr(validator, expr->attribute.value, AST_LOAD);
  case AST_SUBSCRIPT:
    return check_expr(validator, expr->subscript.slice, AST_LOAD) &&
           check_expr(validator, expr->subscript.value, AST_LOAD);
  case AST_STARRED:
    return check_expr(validator, expr->starred.value, context);
  case AST_SLICE:
    return check_optional(validator, expr->slice.lower) && check_optional(validator, expr->slice.upper) &&
           check_optional(validator, expr->slice.step);
  case AST_LIST:
    return check_exprs(validator, expr->list.elts, context, false);
  case AST_TUPLE:
    return check_exprs(validator, expr->tuple.elts, context, false);
  case AST_NAMED_EXPR:
    return check_expr(validator, expr->named_expr.value, AST_LOAD);
  default:
    return true;
  }
}

static bool check_expr(Validator *validator, const AstExpr *expr, AstContext context) {
  if (!check_range(validator, &expr->range) || !enter(validator)) return false;
  bool good = check_context(validator, expr, context) && check_parts(validator, expr, context);
  validator->depth--;
  return good;
}

// Patterns.

static bool check_patterns(Validator *validator, const AstPatternSequence *patterns, bool star_allowed) {
  if (!check_no_gaps(validator, patterns, "pattern")) return false;
  for (uint32_t i = 0; i < patterns->count; i++)
    if (!check_pattern(validator, patterns->items[i], star_allowed)) return false;
  return true;
}

static bool is_number(const AstExpr *expr, bool real, bool imaginary) {
  if (expr->kind != AST_CONSTANT) return false;
  switch (expr->constant.value->kind) {
  case CONSTANT_INT:
  case CONSTANT_BIG_INT:
  case CONSTANT_FLOAT:
    return real;
  case CONSTANT_COMPLEX:
    return imaginary;
  default:
    return false;
  }
}

static bool is_negative_number(const AstExpr *expr, bool real, bool imaginary) {
  return expr->kind == AST_UNARY_OP && expr->unary_op.op == AST_USUB &&
         is_number(expr->unary_op.operand, real, imaginary);
}

// 1 + 2j and the like.
static bool is_complex_number(const AstExpr *expr) {
  if (expr->kind != AST_BIN_OP || (expr->bin_op.op != AST_ADD && expr->bin_op.op != AST_SUB)) return false;
  const AstExpr *left = expr->bin_op.left;
  return (is_number(left, true, false) || is_negative_number(left, true, false)) &&
         is_number(expr->bin_op.right, false, true);
}

static bool check_pattern_value(Validator *validator, const AstExpr *expr) {
  if (!check_expr(validator, expr, AST_LOAD)) return false;
  switch (expr->kind) {
  case AST_CONSTANT: {
    ConstantKind kind = expr->constant.value->kind;
    bool good = kind == CONSTANT_INT || kind == CONSTANT_BIG_INT || kind == CONSTANT_FLOAT ||
                kind == CONSTANT_COMPLEX || kind == CONSTANT_STR || kind == CONSTANT_BYTES;
    return good || FAIL(validator, "unexpected constant inside of a literal pattern");
  }
  case AST_ATTRIBUTE:
  case AST_JOINED_STR:
    return true;
  case AST_UNARY_OP:
    if (is_negative_number(expr, true, true)) return true;
    break;
  case AST_BIN_OP:
    if (is_complex_number(expr)) return true;
    break;
  default:
    break;
  }
  return FAIL(validator, "patterns may only match literals and attribute lookups");
}

static bool check_capture(Validator *validator, const Name *name) {
  if (strcmp(name->text, "_") == 0) return FAIL(validator, "can't capture name '_' in patterns");
  return check_name(validator, name);
}

static bool is_singleton(const Constant *constant) {
  return constant->kind == CONSTANT_NONE || constant->kind == CONSTANT_TRUE || constant->kind == CONSTANT_FALSE;
}

static bool check_mapping_pattern(Validator *validator, const AstPattern *pattern) {
  const AstExprSequence *keys = pattern->match_mapping.keys;
  if (keys->count != pattern->match_mapping.patterns->count)
    return FAIL(validator, "MatchMapping doesn't have the same number of keys as patterns");
  if (pattern->match_mapping.rest && !check_capture(validator, pattern->match_mapping.rest)) return false;
  for (uint32_t i = 0; i < keys->count; i++) {
    const AstExpr *key = keys->items[i];
    if (key && key->kind == AST_CONSTANT && is_singleton(key->constant.value)) continue;
    if (!key) return FAIL(validator, "None disallowed in expression list");
    if (!check_pattern_value(validator, key)) return false;
  }
  return check_patterns(validator, pattern->match_mapping.patterns, false);
}

static bool check_class_pattern(Validator *validator, const AstPattern *pattern) {
  const AstNameSequence *names = pattern->match_class.kwd_attrs;
  if (names->count != pattern->match_class.kwd_patterns->count)
    return FAIL(validator, "MatchClass doesn't have the same number of keyword attributes as patterns");
  if (!check_expr(validator, pattern->match_class.cls, AST_LOAD)) return false;
  const AstExpr *class = pattern->match_class.cls;
  while (class->kind == AST_ATTRIBUTE) class = class->attribute.value;
  if (class->kind != AST_NAME) return FAIL(validator, "MatchClass cls field can only contain Name or Attribute nodes.");
  for (uint32_t i = 0; i < names->count; i++)
    if (!check_name(validator, names->items[i])) return false;
  return check_patterns(validator, pattern->match_class.patterns, false) &&
         check_patterns(validator, pattern->match_class.kwd_patterns, false);
}

static bool check_pattern_parts(Validator *validator, const AstPattern *pattern, bool star_allowed) {
  switch (pattern->kind) {
  case AST_MATCH_VALUE:
    return check_pattern_value(validator, pattern->match_value.value);
  case AST_MATCH_SINGLETON:
    return is_singleton(pattern->match_singleton.value) ||
           FAIL(validator, "MatchSingleton can only contain True, False and None");
  case AST_MATCH_SEQUENCE:
    return check_patterns(validator, pattern->match_sequence.patterns, true);
  case AST_MATCH_MAPPING:
    return check_mapping_pattern(validator, pattern);
  case AST_MATCH_CLASS:
    return check_class_pattern(validator, pattern);
  case AST_MATCH_STAR:
    if (!star_allowed) return FAIL(validator, "can't use MatchStar here");
    return !pattern->match_star.name || check_capture(validator, pattern->match_star.name);
  case AST_MATCH_AS:
    if (pattern->match_as.name && !check_capture(validator, pattern->match_as.name)) return false;
    if (!pattern->match_as.pattern) return true;
    if (!pattern->match_as.name) return FAIL(validator, "MatchAs must specify a target name if a pattern is given");
    return check_pattern(validator, pattern->match_as.pattern, false);
  case AST_MATCH_OR:
    if (pattern->match_or.patterns->count < 2) return FAIL(validator, "MatchOr requires at least 2 patterns");
    return check_patterns(validator, pattern->match_or.patterns, false);
  default:
    return FAIL(validator, "unexpected pattern");
  }
}

static bool check_pattern(Validator *validator, const AstPattern *pattern, bool star_allowed) {
  if (!check_range(validator, &pattern->range) || !enter(validator)) return false;
  bool good = check_pattern_parts(validator, pattern, star_allowed);
  validator->depth--;
  return good;
}

// Statements.

static bool check_stmt(Validator *validator, const AstStmt *stmt);

static bool check_stmts(Validator *validator, const AstStmtSequence *stmts) {
  for (uint32_t i = 0; i < stmts->count; i++) {
    if (!stmts->items[i]) return FAIL(validator, "None disallowed in statement list");
    if (!check_stmt(validator, stmts->items[i])) return false;
  }
  return true;
}

static bool check_body(Validator *validator, const AstStmtSequence *body, const char *owner) {
  return check_not_empty(validator, body->count, "body", owner) && check_stmts(validator, body);
}

// Of a FunctionDef or AsyncFunctionDef, whose fields are alike.
static bool check_function(Validator *validator, const AstStmt *stmt, const char *owner) {
  static_assert(offsetof(AstStmt, function_def.returns) == offsetof(AstStmt, async_function_def.returns));
  return check_body(validator, stmt->function_def.body, owner) && check_arguments(validator, stmt->function_def.args) &&
         check_exprs(validator, stmt->function_def.decorator_list, AST_LOAD, false) &&
         check_optional(validator, stmt->function_def.returns);
}

static bool check_for(Validator *validator, const AstStmt *stmt, const char *owner) {
  static_assert(offsetof(AstStmt, for_stmt.orelse) == offsetof(AstStmt, async_for.orelse));
  return check_expr(validator, stmt->for_stmt.target, AST_STORE) &&
         check_expr(validator, stmt->for_stmt.iter, AST_LOAD) && check_body(validator, stmt->for_stmt.body, owner) &&
         check_stmts(validator, stmt->for_stmt.orelse);
}

static bool check_with(Validator *validator, const AstStmt *stmt, const char *owner) {
  static_assert(offsetof(AstStmt, with.body) == offsetof(AstStmt, async_with.body));
  const AstWithItemSequence *items = stmt->with.items;
  if (!check_not_empty(validator, items->count, "items", owner) || !check_no_gaps(validator, items, "withitem"))
    return false;
  for (uint32_t i = 0; i < items->count; i++) {
    const AstWithItem *item = items->items[i];
    if (!check_expr(validator, item->context_expr, AST_LOAD) ||
        (item->optional_vars && !check_expr(validator, item->optional_vars, AST_STORE)))
      return false;
  }
  return check_body(validator, stmt->with.body, owner);
}

static bool check_try(Validator *validator, const AstStmt *stmt, const char *owner) {
  static_assert(offsetof(AstStmt, try.finalbody) == offsetof(AstStmt, try_star.finalbody));
  const AstExceptHandlerSequence *handlers = stmt->try.handlers;
  if (!check_body(validator, stmt->try.body, owner)) return false;
  if (!handlers->count && !stmt->try.finalbody->count)
    return FAIL(validator, "%s has neither except handlers nor finalbody", owner);
  if (!handlers->count && stmt->try.orelse->count)
    return FAIL(validator, "%s has orelse but no except handlers", owner);
  if (!check_no_gaps(validator, handlers, "exception handler")) return false;
  for (uint32_t i = 0; i < handlers->count; i++) {
    const AstExceptHandler *handler = handlers->items[i];
    if (!check_range(validator, &handler->range) || !check_optional(validator, handler->except_handler.type) ||
        !check_body(validator, handler->except_handler.body, "ExceptHandler"))
      return false;
  }
  return check_stmts(validator, stmt->try.finalbody) && check_stmts(validator, stmt->try.orelse);
}

static bool check_match(Validator *validator, const AstStmt *stmt) {
  const AstMatchCaseSequence *cases = stmt->match.cases;
  if (!check_expr(validator, stmt->match.subject, AST_LOAD) ||
      !check_not_empty(validator, cases->count, "cases", "Match") || !check_no_gaps(validator, cases, "case"))
    return false;
  for (uint32_t i = 0; i < cases->count; i++)
    if (!check_pattern(validator, cases->items[i]->pattern, false) ||
        !check_optional(validator, cases->items[i]->guard) ||
        !check_body(validator, cases->items[i]->body, "match_case"))
      return false;
  return true;
}

// The targets of an assignment or a deletion.
static bool check_targets(Validator *validator, const AstExprSequence *targets, AstContext context) {
  return check_not_empty(validator, targets->count, "targets", context == AST_DEL ? "Delete" : "Assign") &&
         check_exprs(validator, targets, context, false);
}

static bool check_annotated(Validator *validator, const AstStmt *stmt) {
  if (stmt->ann_assign.target->kind != AST_NAME && stmt->ann_assign.simple) {
    syntax_report_plain(validator->report, validator->arena, SYNTAX_TYPE_ERROR,
                        "AnnAssign with simple non-Name target");
    return false;
  }
  return check_expr(validator, stmt->ann_assign.target, AST_STORE) &&
         check_optional(validator, stmt->ann_assign.value) &&
         check_expr(validator, stmt->ann_assign.annotation, AST_LOAD);
}

static bool check_stmt_parts(Validator *validator, const AstStmt *stmt) {
  switch (stmt->kind) {
  case AST_FUNCTION_DEF:
    return check_function(validator, stmt, "FunctionDef");
  case AST_ASYNC_FUNCTION_DEF:
    return check_function(validator, stmt, "AsyncFunctionDef");
  case AST_CLASS_DEF:
    return check_body(validator, stmt->class_def.body, "ClassDef") &&
           check_exprs(validator, stmt->class_def.bases, AST_LOAD, false) &&
           check_keywords(validator, stmt->class_def.keywords) &&
           check_exprs(validator, stmt->class_def.decorator_list, AST_LOAD, false);
  case AST_RETURN:
    return check_optional(validator, stmt->return_stmt.value);
  case AST_DELETE:
    return check_targets(validator, stmt->delete.targets, AST_DEL);
  case AST_ASSIGN:
    return check_targets(validator, stmt->assign.targets, AST_STORE) &&
           check_expr(validator, stmt->assign.value, AST_LOAD);
  case AST_AUG_ASSIGN:
    return check_expr(validator, stmt->aug_assign.target, AST_STORE) &&
           check_expr(validator, stmt->aug_assign.value, AST_LOAD);
  case AST_ANN_ASSIGN:
    return check_annotated(validator, stmt);
  case AST_FOR:
    return check_for(validator, stmt, "For");
  case AST_ASYNC_FOR:
    return check_for(validator, stmt, "AsyncFor");
  case AST_WHILE:
    return check_expr(validator, stmt->while_stmt.test, AST_LOAD) &&
           check_body(validator, stmt->while_stmt.body, "While") && check_stmts(validator, stmt->while_stmt.orelse);
  case AST_IF:
    return check_expr(validator, stmt->if_stmt.test, AST_LOAD) && check_body(validator, stmt->if_stmt.body, "If") &&
           check_stmts(validator, stmt->if_stmt.orelse);
  case AST_WITH:
    return check_with(validator, stmt, "With");
  case AST_ASYNC_WITH:
    return check_with(validator, stmt, "AsyncWith");
  case AST_MATCH:
    return check_match(validator, stmt);
  case AST_RAISE:
    if (stmt->raise.exc)
      return check_expr(validator, stmt->raise.exc, AST_LOAD) && check_optional(validator, stmt->raise.cause);
    return !stmt->raise.cause || FAIL(validator, "Raise with cause but no exception");
  case AST_TRY:
    return check_try(validator, stmt, "Try");
  case AST_TRY_STAR:
    return check_try(validator, stmt, "TryStar");
  case AST_ASSERT:
    return check_expr(validator, stmt->assert.test, AST_LOAD) && check_optional(validator, stmt->assert.msg);
  case AST_IMPORT:
    return check_not_empty(validator, stmt->import.names->count, "names", "Import") &&
           check_no_gaps(validator, stmt->import.names, "alias");
  case AST_IMPORT_FROM:
    if (stmt->import_from.level < 0) return FAIL(validator, "Negative ImportFrom level");
    return check_not_empty(validator, stmt->import_from.names->count, "names", "ImportFrom") &&
           check_no_gaps(validator, stmt->import_from.names, "alias");
  case AST_GLOBAL:
    return check_not_empty(validator, stmt->global.names->count, "names", "Global");
  case AST_NONLOCAL:
    return check_not_empty(validator, stmt->nonlocal.names->count, "names", "Nonlocal");
  case AST_EXPR:
    return check_expr(validator, stmt->expr.value, AST_LOAD);
  default:
    return true;
  }
}

static bool check_stmt(Validator *validator, const AstStmt *stmt) {
  if (!check_range(validator, &stmt->range) || !enter(validator)) return false;
  bool good = check_stmt_parts(validator, stmt);
  validator->depth--;
  return good;
}

bool ast_validate(const AstModule *module, int depth_limit, Arena *arena, SyntaxErrorReport *report) {
  Validator validator = {.arena = arena, .report = report, .depth_limit = depth_limit};
  switch (module->kind) {
  case AST_MODULE:
    return check_stmts(&validator, module->module.body);
  case AST_INTERACTIVE:
    return check_stmts(&validator, module->interactive.body);
  case AST_EXPRESSION:
    return check_expr(&validator, module->expression.body, AST_LOAD);
  case AST_FUNCTION_TYPE:
    return check_exprs(&validator, module->function_type.argtypes, AST_LOAD, false) &&
           check_expr(&validator, module->function_type.returns, AST_LOAD);
  default:
    return FAIL(&validator, "impossible module node");
  }
}
