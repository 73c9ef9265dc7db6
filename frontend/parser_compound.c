// Compound statements, but for `match`, which is in parser_pattern.c.
#include "frontend/parser_internal.h"

AstStmtSequence *parse_block(Parser *parser) {
  size_t base = parser->item_count;
  if (!parser_at(parser, TOKEN_NEWLINE)) {
    parse_simple_statements(parser);
    return parser_take(parser, base);
  }
  parser_advance(parser);
  parser_expect(parser, TOKEN_INDENT);
  parser_enter(parser, PARSER_COST_BLOCK);
  do {
    parse_statement(parser);
  } while (!parser_at(parser, TOKEN_DEDENT));
  parser_leave(parser, PARSER_COST_BLOCK);
  parser_advance(parser);
  return parser_take(parser, base);
}

static AstStmtSequence *parse_optional_else(Parser *parser) {
  if (!parser_accept(parser, TOKEN_ELSE)) return ast_empty_sequence;
  parser_expect(parser, TOKEN_COLON);
  return parse_block(parser);
}

// From `if` or `elif`.
static AstStmt *parse_if(Parser *parser) {
  Start start = parser_start(parser);
  parser_advance(parser);
  AstExpr *test = parse_named_expression(parser);
  parser_expect(parser, TOKEN_COLON);
  AstStmtSequence *body = parse_block(parser);
  AstStmtSequence *orelse;
  if (parser_at(parser, TOKEN_ELIF)) {
    parser_enter(parser, PARSER_COST_OPERATOR);
    orelse = parser_one(parser, parse_if(parser));
    parser_leave(parser, PARSER_COST_OPERATOR);
  } else {
    orelse = parse_optional_else(parser);
  }
  return CHECK(parser, ast_new_if(parser->arena, test, body, orelse, parser_range(parser, start)));
}

static AstStmt *parse_while(Parser *parser) {
  Start start = parser_start(parser);
  parser_advance(parser);
  AstExpr *test = parse_named_expression(parser);
  parser_expect(parser, TOKEN_COLON);
  AstStmtSequence *body = parse_block(parser);
  AstStmtSequence *orelse = parse_optional_else(parser);
  return CHECK(parser, ast_new_while(parser->arena, test, body, orelse, parser_range(parser, start)));
}

// `start` is where the statement starts: at `async`, if there is one.
static AstStmt *parse_for(Parser *parser, Start start, bool is_async) {
  parser_advance(parser);
  AstExpr *target = parse_star_targets(parser);
  parser_expect(parser, TOKEN_IN);
  AstExpr *iter = parse_star_expressions(parser);
  parser_expect(parser, TOKEN_COLON);
  const Name *comment = parser_type_comment(parser);
  AstStmtSequence *body = parse_block(parser);
  AstStmtSequence *orelse = parse_optional_else(parser);
  AstRange range = parser_range(parser, start);
  return CHECK(parser,
               (is_async ? ast_new_async_for : ast_new_for)(parser->arena, target, iter, body, orelse, comment, range));
}

static AstWithItem *parse_with_item(Parser *parser) {
  AstExpr *context = parse_expression(parser);
  AstExpr *target = parser_accept(parser, TOKEN_AS) ? parse_target(parser, AST_STORE) : NULL;
  return CHECK(parser, ast_new_withitem(parser->arena, context, target));
}

// Reads `(item, ...):` if that is what stands here and the parentheses are not part of an expression. This can only be
// found out by trying, because `(a, b)` may go on as `(a, b).c`; the attempt is undone if it fails.
static AstWithItemSequence *parse_parenthesized_items(Parser *parser) {
  ParserState state;
  parser_save(parser, &state);
  int why = setjmp(state.failure);
  if (why != 0) {
    parser_restore(parser, &state, why);
    return NULL;
  }
  size_t base = parser->item_count;
  parser_advance(parser);
  do {
    parser_push(parser, parse_with_item(parser));
  } while (parser_accept(parser, TOKEN_COMMA) && !parser_at(parser, TOKEN_RIGHT_PAREN));
  parser_expect(parser, TOKEN_RIGHT_PAREN);
  parser_expect(parser, TOKEN_COLON);
  if (parser_at(parser, TOKEN_TYPE_COMMENT)) parser_fail(parser, PARSER_FAILED);
  parser_commit(parser, &state);
  return parser_take(parser, base);
}

static AstStmt *parse_with(Parser *parser, Start start, bool is_async) {
  parser_advance(parser);
  const Name *comment = NULL;
  AstWithItemSequence *items = NULL;
  if (parser_at(parser, TOKEN_LEFT_PAREN)) items = parse_parenthesized_items(parser);
  if (items) {
    if (!is_async) parser_require_version(parser, 9);
  } else {
    size_t base = parser->item_count;
    do {
      parser_push(parser, parse_with_item(parser));
    } while (parser_accept(parser, TOKEN_COMMA));
    parser_expect(parser, TOKEN_COLON);
    items = parser_take(parser, base);
    comment = parser_type_comment(parser);
  }
  AstStmtSequence *body = parse_block(parser);
  AstRange range = parser_range(parser, start);
  return CHECK(parser, (is_async ? ast_new_async_with : ast_new_with)(parser->arena, items, body, comment, range));
}

// One `except` or `except*` clause; *is_star says which, and must be the same for all of a statement.
static AstExceptHandler *parse_handler(Parser *parser, bool first, bool *is_star) {
  Start start = parser_start(parser);
  parser_advance(parser);
  bool star = parser_accept(parser, TOKEN_STAR);
  if (first)
    *is_star = star;
  else if (star != *is_star)
    parser_fail(parser, PARSER_FAILED);
  AstExpr *type = NULL;
  const Name *name = NULL;
  if (star || !parser_at(parser, TOKEN_COLON)) {
    type = parse_expression(parser);
    if (parser_accept(parser, TOKEN_AS)) name = parser_expect_name(parser);
  }
  parser_expect(parser, TOKEN_COLON);
  AstStmtSequence *body = parse_block(parser);
  return CHECK(parser, ast_new_except_handler(parser->arena, type, name, body, parser_range(parser, start)));
}

static AstStmt *parse_try(Parser *parser) {
  Start start = parser_start(parser);
  parser_advance(parser);
  parser_expect(parser, TOKEN_COLON);
  AstStmtSequence *body = parse_block(parser);
  size_t base = parser->item_count;
  bool is_star = false;
  while (parser_at(parser, TOKEN_EXCEPT))
    parser_push(parser, parse_handler(parser, parser->item_count == base, &is_star));
  AstExceptHandlerSequence *handlers = parser_take(parser, base);
  AstStmtSequence *orelse = handlers->count ? parse_optional_else(parser) : ast_empty_sequence;
  AstStmtSequence *finalbody = ast_empty_sequence;
  if (parser_accept(parser, TOKEN_FINALLY)) {
    parser_expect(parser, TOKEN_COLON);
    finalbody = parse_block(parser);
  } else if (handlers->count == 0) {
    parser_fail(parser, PARSER_FAILED);
  }
  if (is_star) parser_require_version(parser, 11);
  AstRange range = parser_range(parser, start);
  return CHECK(parser,
               (is_star ? ast_new_try_star : ast_new_try)(parser->arena, body, handlers, orelse, finalbody, range));
}

// The type comment of a def: behind the colon, or on a line of its own before the body.
static const Name *parse_function_type_comment(Parser *parser) {
  if (!parser->type_comments) return NULL;
  if (parser_at(parser, TOKEN_NEWLINE) && parser_peek(parser) == TOKEN_TYPE_COMMENT) parser_advance(parser);
  return parser_type_comment(parser);
}

static AstStmt *parse_function(Parser *parser, AstExprSequence *decorators, Start start, bool is_async) {
  parser_advance(parser);
  const Name *name = parser_expect_name(parser);
  parser_expect(parser, TOKEN_LEFT_PAREN);
  AstArguments *arguments = parse_parameters(parser, false);
  parser_expect(parser, TOKEN_RIGHT_PAREN);
  AstExpr *returns = parser_accept(parser, TOKEN_ARROW) ? parse_expression(parser) : NULL;
  parser_expect(parser, TOKEN_COLON);
  const Name *comment = parse_function_type_comment(parser);
  AstStmtSequence *body = parse_block(parser);
  AstRange range = parser_range(parser, start);
  return CHECK(parser, (is_async ? ast_new_async_function_def : ast_new_function_def)(
                           parser->arena, name, arguments, body, decorators, returns, comment, range));
}

static AstStmt *parse_class(Parser *parser, AstExprSequence *decorators) {
  Start start = parser_start(parser);
  parser_advance(parser);
  const Name *name = parser_expect_name(parser);
  AstExprSequence *bases = ast_empty_sequence;
  AstKeywordSequence *keywords = ast_empty_sequence;
  if (parser_accept(parser, TOKEN_LEFT_PAREN)) {
    parse_arguments(parser, NULL, &bases, &keywords);
    parser_expect(parser, TOKEN_RIGHT_PAREN);
  }
  parser_expect(parser, TOKEN_COLON);
  AstStmtSequence *body = parse_block(parser);
  return CHECK(parser,
               ast_new_class_def(parser->arena, name, bases, keywords, body, decorators, parser_range(parser, start)));
}

// A statement that starts with `async`.
static AstStmt *parse_async(Parser *parser, AstExprSequence *decorators) {
  Start start = parser_start(parser);
  parser_require_version(parser, 5);
  parser_advance(parser);
  switch (parser->token.kind) {
  case TOKEN_DEF:
    return parse_function(parser, decorators, start, true);
  case TOKEN_FOR:
    return parse_for(parser, start, true);
  case TOKEN_WITH:
    return parse_with(parser, start, true);
  default:
    parser_fail(parser, PARSER_FAILED);
  }
}

static AstStmt *parse_decorated(Parser *parser) {
  size_t base = parser->item_count;
  while (parser_accept(parser, TOKEN_AT)) {
    parser_push(parser, parse_named_expression(parser));
    parser_expect(parser, TOKEN_NEWLINE);
  }
  AstExprSequence *decorators = parser_take(parser, base);
  switch (parser->token.kind) {
  case TOKEN_DEF:
    return parse_function(parser, decorators, parser_start(parser), false);
  case TOKEN_CLASS:
    return parse_class(parser, decorators);
  case TOKEN_ASYNC:
    if (parser_peek(parser) == TOKEN_DEF) return parse_async(parser, decorators);
    [[fallthrough]];
  default:
    parser_fail(parser, PARSER_FAILED);
  }
}

AstStmt *parse_compound_statement(Parser *parser) {
  switch (parser->token.kind) {
  case TOKEN_DEF:
    return parse_function(parser, ast_empty_sequence, parser_start(parser), false);
  case TOKEN_IF:
    return parse_if(parser);
  case TOKEN_CLASS:
    return parse_class(parser, ast_empty_sequence);
  case TOKEN_WITH:
    return parse_with(parser, parser_start(parser), false);
  case TOKEN_FOR:
    return parse_for(parser, parser_start(parser), false);
  case TOKEN_TRY:
    return parse_try(parser);
  case TOKEN_WHILE:
    return parse_while(parser);
  case TOKEN_ASYNC:
    return parse_async(parser, ast_empty_sequence);
  case TOKEN_AT:
    return parse_decorated(parser);
  case TOKEN_NAME:
    return parser->token.name == parser->name_match ? parse_match(parser) : NULL;
  default:
    return NULL;
  }
}
