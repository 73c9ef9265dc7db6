// Simple statements, and sequences of statements.
#include "frontend/parser_internal.h"

#include <string.h>

static AstStmt *parse_assignment(Parser *parser, Start start, AstExpr *first) {
  size_t base = parser->item_count;
  AstExpr *value = first;
  while (parser_accept(parser, TOKEN_EQUAL)) {
    parser_set_context(parser, value, AST_STORE);
    parser_push(parser, value);
    if (parser_at(parser, TOKEN_YIELD)) {
      value = parse_yield(parser);
      if (parser_at(parser, TOKEN_EQUAL)) parser_fail(parser, PARSER_FAILED);
    } else {
      value = parse_star_expressions(parser);
    }
  }
  AstExprSequence *targets = parser_take(parser, base);
  const Name *comment = parser_type_comment(parser);
  return CHECK(parser, ast_new_assign(parser->arena, targets, value, comment, parser_range(parser, start)));
}

// The operator of an augmented assignment; returns false for any other token.
static bool augmented_operator(TokenKind kind, AstOperator *operation) {
  switch (kind) {
  case TOKEN_PLUS_EQUAL:
    *operation = AST_ADD;
    return true;
  case TOKEN_MINUS_EQUAL:
    *operation = AST_SUB;
    return true;
  case TOKEN_STAR_EQUAL:
    *operation = AST_MULT;
    return true;
  case TOKEN_AT_EQUAL:
    *operation = AST_MAT_MULT;
    return true;
  case TOKEN_SLASH_EQUAL:
    *operation = AST_DIV;
    return true;
  case TOKEN_PERCENT_EQUAL:
    *operation = AST_MOD;
    return true;
  case TOKEN_AMPERSAND_EQUAL:
    *operation = AST_BIT_AND;
    return true;
  case TOKEN_BAR_EQUAL:
    *operation = AST_BIT_OR;
    return true;
  case TOKEN_CARET_EQUAL:
    *operation = AST_BIT_XOR;
    return true;
  case TOKEN_LEFT_SHIFT_EQUAL:
    *operation = AST_LSHIFT;
    return true;
  case TOKEN_RIGHT_SHIFT_EQUAL:
    *operation = AST_RSHIFT;
    return true;
  case TOKEN_DOUBLE_STAR_EQUAL:
    *operation = AST_POW;
    return true;
  case TOKEN_DOUBLE_SLASH_EQUAL:
    *operation = AST_FLOOR_DIV;
    return true;
  default:
    return false;
  }
}

static bool is_single_target(const AstExpr *expr) {
  return expr->kind == AST_NAME || expr->kind == AST_ATTRIBUTE || expr->kind == AST_SUBSCRIPT;
}

// An expression statement, or any kind of assignment.
static AstStmt *parse_expression_statement(Parser *parser) {
  Start start = parser_start(parser);
  bool starts_with_name = parser_at(parser, TOKEN_NAME);
  AstExpr *first = parse_star_expressions(parser);
  AstOperator operation;
  switch (parser->token.kind) {
  case TOKEN_EQUAL:
    return parse_assignment(parser, start, first);
  case TOKEN_COLON: {
    if (!is_single_target(first)) parser_fail(parser, PARSER_FAILED);
    parser_require_version(parser, 6);
    bool simple = first->kind == AST_NAME && starts_with_name;
    parser_set_context(parser, first, AST_STORE);
    parser_advance(parser);
    AstExpr *annotation = parse_expression(parser);
    AstExpr *value = parser_accept(parser, TOKEN_EQUAL) ? parse_yield_or_star_expressions(parser) : NULL;
    return CHECK(parser,
                 ast_new_ann_assign(parser->arena, first, annotation, value, simple, parser_range(parser, start)));
  }
  default:
    if (!augmented_operator(parser->token.kind, &operation))
      return CHECK(parser, ast_new_expr(parser->arena, first, parser_range(parser, start)));
    if (!is_single_target(first)) parser_fail(parser, PARSER_FAILED);
    if (operation == AST_MAT_MULT) parser_require_version(parser, 5);
    parser_set_context(parser, first, AST_STORE);
    parser_advance(parser);
    AstExpr *value = parse_yield_or_star_expressions(parser);
    return CHECK(parser, ast_new_aug_assign(parser->arena, first, operation, value, parser_range(parser, start)));
  }
}

static bool parser_at_statement_end(const Parser *parser) {
  return parser_at(parser, TOKEN_NEWLINE) || parser_at(parser, TOKEN_SEMICOLON);
}

static AstStmt *parse_return(Parser *parser) {
  Start start = parser_start(parser);
  parser_advance(parser);
  AstExpr *value = parser_at_statement_end(parser) ? NULL : parse_star_expressions(parser);
  return CHECK(parser, ast_new_return(parser->arena, value, parser_range(parser, start)));
}

static AstStmt *parse_raise(Parser *parser) {
  Start start = parser_start(parser);
  parser_advance(parser);
  AstExpr *exception = NULL, *cause = NULL;
  if (!parser_at_statement_end(parser)) {
    exception = parse_expression(parser);
    if (parser_accept(parser, TOKEN_FROM)) cause = parse_expression(parser);
  }
  return CHECK(parser, ast_new_raise(parser->arena, exception, cause, parser_range(parser, start)));
}

static AstStmt *parse_assert(Parser *parser) {
  Start start = parser_start(parser);
  parser_advance(parser);
  AstExpr *test = parse_expression(parser);
  AstExpr *message = parser_accept(parser, TOKEN_COMMA) ? parse_expression(parser) : NULL;
  return CHECK(parser, ast_new_assert(parser->arena, test, message, parser_range(parser, start)));
}

static AstStmt *parse_delete(Parser *parser) {
  Start start = parser_start(parser);
  parser_advance(parser);
  size_t base = parser->item_count;
  do {
    parser_push(parser, parse_target(parser, AST_DEL));
  } while (parser_accept(parser, TOKEN_COMMA) && !parser_at_statement_end(parser));
  AstExprSequence *targets = parser_take(parser, base);
  return CHECK(parser, ast_new_delete(parser->arena, targets, parser_range(parser, start)));
}

static AstNameSequence *parse_names(Parser *parser) {
  size_t base = parser->item_count;
  do {
    parser_push(parser, (void *)parser_expect_name(parser));
  } while (parser_accept(parser, TOKEN_COMMA));
  return parser_take(parser, base);
}

static AstStmt *parse_global(Parser *parser) {
  Start start = parser_start(parser);
  parser_advance(parser);
  AstNameSequence *names = parse_names(parser);
  return CHECK(parser, ast_new_global(parser->arena, names, parser_range(parser, start)));
}

static AstStmt *parse_nonlocal(Parser *parser) {
  Start start = parser_start(parser);
  parser_advance(parser);
  AstNameSequence *names = parse_names(parser);
  return CHECK(parser, ast_new_nonlocal(parser->arena, names, parser_range(parser, start)));
}

// a.b.c as one name.
static const Name *parse_dotted_name(Parser *parser) {
  const Name *name = parser_expect_name(parser);
  if (!parser_at(parser, TOKEN_DOT)) return name;
  size_t base = parser->item_count;
  size_t length = name->length;
  parser_push(parser, (void *)name);
  while (parser_accept(parser, TOKEN_DOT)) {
    const Name *part = parser_expect_name(parser);
    length += 1 + part->length;
    parser_push(parser, (void *)part);
  }
  char *text = parser_check(parser, arena_allocate(parser->arena, length));
  char *at = text;
  for (size_t i = base; i < parser->item_count; i++) {
    const Name *part = parser->items[i];
    if (i > base) *at++ = '.';
    memcpy(at, part->text, part->length);
    at += part->length;
  }
  parser->item_count = base;
  return CHECK(parser, name_intern(&parser->session->names, text, length));
}

// NAME or dotted name, with `as NAME`.
static AstAlias *parse_alias(Parser *parser, bool dotted) {
  Start start = parser_start(parser);
  const Name *name = dotted ? parse_dotted_name(parser) : parser_expect_name(parser);
  const Name *asname = parser_accept(parser, TOKEN_AS) ? parser_expect_name(parser) : NULL;
  return CHECK(parser, ast_new_alias(parser->arena, name, asname, parser_range(parser, start)));
}

static AstStmt *parse_import(Parser *parser) {
  Start start = parser_start(parser);
  parser_advance(parser);
  size_t base = parser->item_count;
  do {
    parser_push(parser, parse_alias(parser, true));
  } while (parser_accept(parser, TOKEN_COMMA));
  AstAliasSequence *names = parser_take(parser, base);
  return CHECK(parser, ast_new_import(parser->arena, names, parser_range(parser, start)));
}

static AstAliasSequence *parse_import_targets(Parser *parser) {
  size_t base = parser->item_count;
  if (parser_at(parser, TOKEN_STAR)) {
    AstRange range = parser_token_range(&parser->token);
    parser_advance(parser);
    const Name *star = CHECK(parser, name_intern_string(&parser->session->names, "*"));
    parser_push(parser, CHECK(parser, ast_new_alias(parser->arena, star, NULL, range)));
  } else if (parser_accept(parser, TOKEN_LEFT_PAREN)) {
    do {
      parser_push(parser, parse_alias(parser, false));
    } while (parser_accept(parser, TOKEN_COMMA) && !parser_at(parser, TOKEN_RIGHT_PAREN));
    parser_expect(parser, TOKEN_RIGHT_PAREN);
  } else {
    do {
      parser_push(parser, parse_alias(parser, false));
    } while (parser_accept(parser, TOKEN_COMMA));
  }
  return parser_take(parser, base);
}

static AstStmt *parse_import_from(Parser *parser) {
  Start start = parser_start(parser);
  parser_advance(parser);
  int level = 0;
  for (;; parser_advance(parser)) {
    if (parser_at(parser, TOKEN_DOT))
      level++;
    else if (parser_at(parser, TOKEN_ELLIPSIS))
      level += 3;
    else
      break;
  }
  const Name *module = NULL;
  if (level == 0 || !parser_at(parser, TOKEN_IMPORT)) module = parse_dotted_name(parser);
  parser_expect(parser, TOKEN_IMPORT);
  AstAliasSequence *names = parse_import_targets(parser);
  return CHECK(parser, ast_new_import_from(parser->arena, module, names, level, parser_range(parser, start)));
}

static AstStmt *parse_bare_keyword(Parser *parser, AstStmt *(*make)(Arena *, AstRange)) {
  AstRange range = parser_token_range(&parser->token);
  parser_advance(parser);
  return CHECK(parser, make(parser->arena, range));
}

static AstStmt *parse_simple_statement(Parser *parser) {
  switch (parser->token.kind) {
  case TOKEN_RETURN:
    return parse_return(parser);
  case TOKEN_IMPORT:
    return parse_import(parser);
  case TOKEN_FROM:
    return parse_import_from(parser);
  case TOKEN_RAISE:
    return parse_raise(parser);
  case TOKEN_PASS:
    return parse_bare_keyword(parser, ast_new_pass);
  case TOKEN_BREAK:
    return parse_bare_keyword(parser, ast_new_break);
  case TOKEN_CONTINUE:
    return parse_bare_keyword(parser, ast_new_continue);
  case TOKEN_DEL:
    return parse_delete(parser);
  case TOKEN_ASSERT:
    return parse_assert(parser);
  case TOKEN_GLOBAL:
    return parse_global(parser);
  case TOKEN_NONLOCAL:
    return parse_nonlocal(parser);
  case TOKEN_YIELD: {
    Start start = parser_start(parser);
    AstExpr *value = parse_yield(parser);
    return CHECK(parser, ast_new_expr(parser->arena, value, parser_range(parser, start)));
  }
  default:
    return parse_expression_statement(parser);
  }
}

void parse_simple_statements(Parser *parser) {
  for (;;) {
    parser_push(parser, parse_simple_statement(parser));
    if (!parser_accept(parser, TOKEN_SEMICOLON)) break;
    if (parser_at(parser, TOKEN_NEWLINE)) break;
  }
  parser_expect(parser, TOKEN_NEWLINE);
}

void parse_statement(Parser *parser) {
  AstStmt *compound = parse_compound_statement(parser);
  if (compound)
    parser_push(parser, compound);
  else
    parse_simple_statements(parser);
}
