// The match statement and its patterns.
#include "frontend/parser_internal.h"

static AstPattern *parse_pattern(Parser *parser);

static bool parser_at_name(const Parser *parser, const Name *name) {
  return parser_at(parser, TOKEN_NAME) && parser->token.name == name;
}

// NUMBER with an optional minus sign.
static AstExpr *parse_signed_number(Parser *parser) {
  if (!parser_at(parser, TOKEN_MINUS)) return parse_number(parser);
  Start start = parser_start(parser);
  parser_advance(parser);
  if (!parser_at(parser, TOKEN_NUMBER)) parser_fail(parser, PARSER_FAILED);
  AstExpr *number = parse_number(parser);
  return CHECK(parser, ast_new_unary_op(parser->arena, AST_USUB, number, parser_range(parser, start)));
}

// A number, or a complex one written as a sum.
static AstExpr *parse_number_pattern(Parser *parser) {
  Start start = parser_start(parser);
  AstExpr *real = parse_signed_number(parser);
  if (!parser_at(parser, TOKEN_PLUS) && !parser_at(parser, TOKEN_MINUS)) return real;
  AstOperator operation = parser_at(parser, TOKEN_PLUS) ? AST_ADD : AST_SUB;
  const AstExpr *digits = real->kind == AST_UNARY_OP ? real->unary_op.operand : real;
  if (digits->constant.value->kind == CONSTANT_COMPLEX) parser_fail(parser, PARSER_FAILED);
  parser_advance(parser);
  if (!parser_at(parser, TOKEN_NUMBER)) parser_fail(parser, PARSER_FAILED);
  AstExpr *imaginary = parse_number(parser);
  if (imaginary->constant.value->kind != CONSTANT_COMPLEX) parser_fail(parser, PARSER_FAILED);
  return CHECK(parser, ast_new_bin_op(parser->arena, real, operation, imaginary, parser_range(parser, start)));
}

// The name that a pattern binds.
static const Name *parse_capture_target(Parser *parser) {
  if (parser_at_name(parser, parser->name_underscore)) parser_fail(parser, PARSER_FAILED);
  const Name *name = parser_expect_name(parser);
  if (parser_at(parser, TOKEN_DOT) || parser_at(parser, TOKEN_LEFT_PAREN) || parser_at(parser, TOKEN_EQUAL))
    parser_fail(parser, PARSER_FAILED);
  return name;
}

// a or a.b.c
static AstExpr *parse_name_or_attribute(Parser *parser) {
  Start start = parser_start(parser);
  const Name *name = parser_expect_name(parser);
  AstExpr *expr = CHECK(parser, ast_new_name(parser->arena, name, AST_LOAD, parser_range(parser, start)));
  while (parser_accept(parser, TOKEN_DOT)) {
    const Name *attribute = parser_expect_name(parser);
    expr = CHECK(parser, ast_new_attribute(parser->arena, expr, attribute, AST_LOAD, parser_range(parser, start)));
  }
  return expr;
}

static AstPattern *parse_class_pattern(Parser *parser, Start start, AstExpr *class) {
  parser_enter(parser, PARSER_COST_BRACKET);
  parser_advance(parser);
  // Positional patterns come first, so one stack serves both kinds: patterns, then names and patterns in turn.
  size_t base = parser->item_count, positional = 0;
  while (!parser_at(parser, TOKEN_RIGHT_PAREN)) {
    if (parser_at(parser, TOKEN_NAME) && parser_peek(parser) == TOKEN_EQUAL) {
      parser_push(parser, (void *)parser_expect_name(parser));
      parser_advance(parser);
      parser_push(parser, parse_pattern(parser));
    } else {
      if (parser->item_count != base + positional) parser_fail(parser, PARSER_FAILED);
      parser_push(parser, parse_pattern(parser));
      positional++;
    }
    if (!parser_accept(parser, TOKEN_COMMA)) break;
  }
  parser_expect(parser, TOKEN_RIGHT_PAREN);
  parser_leave(parser, PARSER_COST_BRACKET);
  size_t keywords = (parser->item_count - base - positional) / 2;
  AstPatternSequence *patterns = parser_check(parser, ast_new_sequence(parser->arena, positional));
  AstNameSequence *names = parser_check(parser, ast_new_sequence(parser->arena, keywords));
  AstPatternSequence *keyword_patterns = parser_check(parser, ast_new_sequence(parser->arena, keywords));
  void **items = parser->items + base;
  for (size_t i = 0; i < positional; i++) patterns->items[i] = items[i];
  for (size_t i = 0; i < keywords; i++) {
    names->items[i] = items[positional + 2 * i];
    keyword_patterns->items[i] = items[positional + 2 * i + 1];
  }
  parser->item_count = base;
  return CHECK(parser, ast_new_match_class(parser->arena, class, patterns, names, keyword_patterns,
                                           parser_range(parser, start)));
}

// A pattern that starts with a name: capture, wildcard, value (with a dot) or class.
static AstPattern *parse_name_pattern(Parser *parser) {
  Start start = parser_start(parser);
  if (parser_at_name(parser, parser->name_underscore)) {
    parser_advance(parser);
    return CHECK(parser, ast_new_match_as(parser->arena, NULL, NULL, parser_range(parser, start)));
  }
  AstExpr *expr = parse_name_or_attribute(parser);
  if (parser_at(parser, TOKEN_LEFT_PAREN)) return parse_class_pattern(parser, start, expr);
  if (parser_at(parser, TOKEN_EQUAL)) parser_fail(parser, PARSER_FAILED);
  if (expr->kind == AST_ATTRIBUTE)
    return CHECK(parser, ast_new_match_value(parser->arena, expr, parser_range(parser, start)));
  return CHECK(parser, ast_new_match_as(parser->arena, NULL, expr->name.id, parser_range(parser, start)));
}

static AstPattern *parse_star_pattern(Parser *parser) {
  Start start = parser_start(parser);
  parser_advance(parser);
  const Name *name = NULL;
  if (parser_at_name(parser, parser->name_underscore))
    parser_advance(parser);
  else
    name = parse_capture_target(parser);
  return CHECK(parser, ast_new_match_star(parser->arena, name, parser_range(parser, start)));
}

static AstPattern *parse_maybe_star_pattern(Parser *parser) {
  return parser_at(parser, TOKEN_STAR) ? parse_star_pattern(parser) : parse_pattern(parser);
}

// [...] or (...), where (pattern) is only a group.
static AstPattern *parse_sequence_pattern(Parser *parser) {
  Start start = parser_start(parser);
  bool parentheses = parser_at(parser, TOKEN_LEFT_PAREN);
  TokenKind close = parentheses ? TOKEN_RIGHT_PAREN : TOKEN_RIGHT_BRACKET;
  parser_advance(parser);
  size_t base = parser->item_count;
  bool comma = false;
  while (!parser_at(parser, close)) {
    parser_push(parser, parse_maybe_star_pattern(parser));
    if (!parser_accept(parser, TOKEN_COMMA)) break;
    comma = true;
  }
  parser_expect(parser, close);
  AstPatternSequence *patterns = parser_take(parser, base);
  if (parentheses && patterns->count == 1 && !comma) {
    if (patterns->items[0]->kind == AST_MATCH_STAR) parser_fail(parser, PARSER_FAILED);
    return patterns->items[0];
  }
  return CHECK(parser, ast_new_match_sequence(parser->arena, patterns, parser_range(parser, start)));
}

static AstExpr *parse_mapping_key(Parser *parser) {
  switch (parser->token.kind) {
  case TOKEN_NAME: {
    AstExpr *key = parse_name_or_attribute(parser);
    if (key->kind != AST_ATTRIBUTE) parser_fail(parser, PARSER_FAILED);
    return key;
  }
  case TOKEN_STRING:
    return parse_strings(parser);
  case TOKEN_NUMBER:
  case TOKEN_MINUS:
    return parse_number_pattern(parser);
  case TOKEN_NONE:
  case TOKEN_TRUE:
  case TOKEN_FALSE:
    return parse_atom(parser);
  default:
    parser_fail(parser, PARSER_FAILED);
  }
}

static AstPattern *parse_mapping_pattern(Parser *parser) {
  Start start = parser_start(parser);
  parser_advance(parser);
  size_t base = parser->item_count;
  const Name *rest = NULL;
  while (!parser_at(parser, TOKEN_RIGHT_BRACE)) {
    if (parser_accept(parser, TOKEN_DOUBLE_STAR)) {
      rest = parse_capture_target(parser);
      parser_accept(parser, TOKEN_COMMA);
      break;
    }
    parser_push(parser, parse_mapping_key(parser));
    parser_expect(parser, TOKEN_COLON);
    parser_push(parser, parse_pattern(parser));
    if (!parser_accept(parser, TOKEN_COMMA)) break;
  }
  parser_expect(parser, TOKEN_RIGHT_BRACE);
  size_t count = (parser->item_count - base) / 2;
  AstExprSequence *keys = parser_check(parser, ast_new_sequence(parser->arena, count));
  AstPatternSequence *patterns = parser_check(parser, ast_new_sequence(parser->arena, count));
  for (size_t i = 0; i < count; i++) {
    keys->items[i] = parser->items[base + 2 * i];
    patterns->items[i] = parser->items[base + 2 * i + 1];
  }
  parser->item_count = base;
  return CHECK(parser, ast_new_match_mapping(parser->arena, keys, patterns, rest, parser_range(parser, start)));
}

static AstPattern *parse_singleton(Parser *parser, ConstantKind kind) {
  AstRange range = parser_token_range(&parser->token);
  parser_advance(parser);
  const Constant *constant = CHECK(parser, constant_new(parser->arena, kind));
  return CHECK(parser, ast_new_match_singleton(parser->arena, constant, range));
}

static AstPattern *parse_nested_pattern(Parser *parser) {
  parser_enter(parser, PARSER_COST_BRACKET);
  AstPattern *pattern =
      parser_at(parser, TOKEN_LEFT_BRACE) ? parse_mapping_pattern(parser) : parse_sequence_pattern(parser);
  parser_leave(parser, PARSER_COST_BRACKET);
  return pattern;
}

static AstPattern *parse_closed_pattern(Parser *parser) {
  Start start = parser_start(parser);
  AstExpr *value;
  switch (parser->token.kind) {
  case TOKEN_NAME:
    return parse_name_pattern(parser);
  case TOKEN_LEFT_PAREN:
  case TOKEN_LEFT_BRACKET:
  case TOKEN_LEFT_BRACE:
    return parse_nested_pattern(parser);
  case TOKEN_NONE:
    return parse_singleton(parser, CONSTANT_NONE);
  case TOKEN_TRUE:
    return parse_singleton(parser, CONSTANT_TRUE);
  case TOKEN_FALSE:
    return parse_singleton(parser, CONSTANT_FALSE);
  case TOKEN_STRING:
    value = parse_strings(parser);
    break;
  case TOKEN_NUMBER:
  case TOKEN_MINUS:
    value = parse_number_pattern(parser);
    break;
  default:
    parser_fail(parser, PARSER_FAILED);
  }
  return CHECK(parser, ast_new_match_value(parser->arena, value, parser_range(parser, start)));
}

static AstPattern *parse_or_pattern(Parser *parser) {
  Start start = parser_start(parser);
  AstPattern *first = parse_closed_pattern(parser);
  if (!parser_at(parser, TOKEN_BAR)) return first;
  size_t base = parser->item_count;
  parser_push(parser, first);
  while (parser_accept(parser, TOKEN_BAR)) parser_push(parser, parse_closed_pattern(parser));
  AstPatternSequence *patterns = parser_take(parser, base);
  return CHECK(parser, ast_new_match_or(parser->arena, patterns, parser_range(parser, start)));
}

static AstPattern *parse_pattern(Parser *parser) {
  Start start = parser_start(parser);
  AstPattern *pattern = parse_or_pattern(parser);
  if (!parser_accept(parser, TOKEN_AS)) return pattern;
  const Name *name = parse_capture_target(parser);
  return CHECK(parser, ast_new_match_as(parser->arena, pattern, name, parser_range(parser, start)));
}

AstPattern *parse_patterns(Parser *parser) {
  Start start = parser_start(parser);
  AstPattern *first = parse_maybe_star_pattern(parser);
  if (!parser_at(parser, TOKEN_COMMA)) {
    if (first->kind == AST_MATCH_STAR) parser_fail(parser, PARSER_FAILED);
    return first;
  }
  size_t base = parser->item_count;
  parser_push(parser, first);
  while (parser_accept(parser, TOKEN_COMMA)) {
    if (parser_at(parser, TOKEN_COLON) || parser_at(parser, TOKEN_IF)) break;
    parser_push(parser, parse_maybe_star_pattern(parser));
  }
  AstPatternSequence *patterns = parser_take(parser, base);
  return CHECK(parser, ast_new_match_sequence(parser->arena, patterns, parser_range(parser, start)));
}

static AstMatchCase *parse_case(Parser *parser) {
  if (!parser_at_name(parser, parser->name_case)) parser_fail(parser, PARSER_FAILED);
  parser_advance(parser);
  AstPattern *pattern = parse_patterns(parser);
  AstExpr *guard = parser_accept(parser, TOKEN_IF) ? parse_named_expression(parser) : NULL;
  parser_expect(parser, TOKEN_COLON);
  AstStmtSequence *body = parse_block(parser);
  return CHECK(parser, ast_new_match_case(parser->arena, pattern, guard, body));
}

static AstExpr *parse_subject(Parser *parser) {
  Start start = parser_start(parser);
  bool starred = parser_at(parser, TOKEN_STAR);
  AstExpr *first = parse_star_named_expression(parser);
  if (!starred && !parser_at(parser, TOKEN_COMMA)) return first;
  size_t base = parser->item_count;
  parser_push(parser, first);
  parser_expect(parser, TOKEN_COMMA);
  while (!parser_at(parser, TOKEN_COLON)) {
    parser_push(parser, parse_star_named_expression(parser));
    if (!parser_accept(parser, TOKEN_COMMA)) break;
  }
  AstExprSequence *elements = parser_take(parser, base);
  return CHECK(parser, ast_new_tuple(parser->arena, elements, AST_LOAD, parser_range(parser, start)));
}

// Whether a token can start the subject of a match statement. Most uses of `match` as a plain name end here.
static bool starts_subject(TokenKind kind) {
  switch (kind) {
  case TOKEN_NAME:
  case TOKEN_NUMBER:
  case TOKEN_STRING:
  case TOKEN_LEFT_PAREN:
  case TOKEN_LEFT_BRACKET:
  case TOKEN_LEFT_BRACE:
  case TOKEN_STAR:
  case TOKEN_PLUS:
  case TOKEN_MINUS:
  case TOKEN_TILDE:
  case TOKEN_NOT:
  case TOKEN_LAMBDA:
  case TOKEN_AWAIT:
  case TOKEN_ELLIPSIS:
  case TOKEN_NONE:
  case TOKEN_TRUE:
  case TOKEN_FALSE:
    return true;
  default:
    return false;
  }
}

AstStmt *parse_match(Parser *parser) {
  Start start = parser_start(parser);
  ParserState state;
  if (!starts_subject(parser_peek(parser))) return NULL;
  parser_save(parser, &state);
  AstExpr *subject = NULL;
  int why = setjmp(state.failure);
  if (why != 0) {
    parser_restore(parser, &state, why);
    return NULL;
  }
  parser_advance(parser);
  subject = parse_subject(parser);
  parser_expect(parser, TOKEN_COLON);
  if (!parser_at(parser, TOKEN_NEWLINE)) parser_fail(parser, PARSER_FAILED);
  parser_commit(parser, &state);
  parser_require_version(parser, 10);
  parser_advance(parser);
  parser_expect(parser, TOKEN_INDENT);
  size_t base = parser->item_count;
  do {
    parser_push(parser, parse_case(parser));
  } while (!parser_at(parser, TOKEN_DEDENT));
  parser_advance(parser);
  AstMatchCaseSequence *cases = parser_take(parser, base);
  return CHECK(parser, ast_new_match(parser->arena, subject, cases, parser_range(parser, start)));
}
