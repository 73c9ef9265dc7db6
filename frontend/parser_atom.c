// Atoms (names, literals, displays, comprehensions) and what follows them: attributes, subscripts, calls.
#include "frontend/parser_internal.h"

static AstComprehension *parse_comprehension_clause(Parser *parser) {
  bool is_async = parser_at(parser, TOKEN_ASYNC);
  if (is_async) {
    parser_require_version(parser, 6);
    parser_advance(parser);
  }
  parser_expect(parser, TOKEN_FOR);
  AstExpr *target = parse_star_targets(parser);
  parser_expect(parser, TOKEN_IN);
  AstExpr *iter = parse_disjunction(parser);
  size_t base = parser->item_count;
  while (parser_accept(parser, TOKEN_IF)) parser_push(parser, parse_disjunction(parser));
  AstExprSequence *ifs = parser_take(parser, base);
  return CHECK(parser, ast_new_comprehension(parser->arena, target, iter, ifs, is_async));
}

AstComprehensionSequence *parse_comprehension_clauses(Parser *parser) {
  size_t base = parser->item_count;
  do {
    parser_push(parser, parse_comprehension_clause(parser));
  } while (parser_at(parser, TOKEN_FOR) || parser_at(parser, TOKEN_ASYNC));
  return parser_take(parser, base);
}

static bool parser_at_comprehension(const Parser *parser) {
  return parser_at(parser, TOKEN_FOR) || parser_at(parser, TOKEN_ASYNC);
}

// Pushes the elements of a display from the current one to the closing bracket, which is left.
static void parse_elements(Parser *parser, TokenKind close) {
  while (!parser_at(parser, close)) {
    parser_push(parser, parse_star_named_expression(parser));
    if (!parser_accept(parser, TOKEN_COMMA)) break;
  }
}

static AstExpr *parse_parentheses(Parser *parser) {
  Start start = parser_start(parser);
  parser_advance(parser);
  if (parser_accept(parser, TOKEN_RIGHT_PAREN))
    return CHECK(parser, ast_new_tuple(parser->arena, ast_empty_sequence, AST_LOAD, parser_range(parser, start)));
  if (parser_at(parser, TOKEN_YIELD)) {
    AstExpr *group = parse_yield(parser);
    parser_expect(parser, TOKEN_RIGHT_PAREN);
    return group;
  }
  bool starred = parser_at(parser, TOKEN_STAR);
  AstExpr *first = parse_star_named_expression(parser);
  if (!starred && parser_accept(parser, TOKEN_RIGHT_PAREN)) return first;
  if (!starred && parser_at_comprehension(parser)) {
    AstComprehensionSequence *clauses = parse_comprehension_clauses(parser);
    parser_expect(parser, TOKEN_RIGHT_PAREN);
    return CHECK(parser, ast_new_generator_exp(parser->arena, first, clauses, parser_range(parser, start)));
  }
  size_t base = parser->item_count;
  parser_push(parser, first);
  parser_expect(parser, TOKEN_COMMA);
  parse_elements(parser, TOKEN_RIGHT_PAREN);
  parser_expect(parser, TOKEN_RIGHT_PAREN);
  AstExprSequence *elements = parser_take(parser, base);
  return CHECK(parser, ast_new_tuple(parser->arena, elements, AST_LOAD, parser_range(parser, start)));
}

static AstExpr *parse_list(Parser *parser) {
  Start start = parser_start(parser);
  parser_advance(parser);
  size_t base = parser->item_count;
  if (!parser_at(parser, TOKEN_RIGHT_BRACKET)) {
    bool starred = parser_at(parser, TOKEN_STAR);
    AstExpr *first = parse_star_named_expression(parser);
    if (!starred && parser_at_comprehension(parser)) {
      AstComprehensionSequence *clauses = parse_comprehension_clauses(parser);
      parser_expect(parser, TOKEN_RIGHT_BRACKET);
      return CHECK(parser, ast_new_list_comp(parser->arena, first, clauses, parser_range(parser, start)));
    }
    parser_push(parser, first);
    if (parser_accept(parser, TOKEN_COMMA)) parse_elements(parser, TOKEN_RIGHT_BRACKET);
  }
  parser_expect(parser, TOKEN_RIGHT_BRACKET);
  AstExprSequence *elements = parser_take(parser, base);
  return CHECK(parser, ast_new_list(parser->arena, elements, AST_LOAD, parser_range(parser, start)));
}

// The rest of a dict display; the pairs so far are on the item stack, key and value in turn.
static AstExpr *parse_dict_rest(Parser *parser, Start start, size_t base) {
  while (parser_accept(parser, TOKEN_COMMA) && !parser_at(parser, TOKEN_RIGHT_BRACE)) {
    if (parser_accept(parser, TOKEN_DOUBLE_STAR)) {
      parser_push(parser, NULL);
      parser_push(parser, parse_bitwise_or(parser));
    } else {
      parser_push(parser, parse_expression(parser));
      parser_expect(parser, TOKEN_COLON);
      parser_push(parser, parse_expression(parser));
    }
  }
  parser_expect(parser, TOKEN_RIGHT_BRACE);
  size_t count = (parser->item_count - base) / 2;
  AstExprSequence *keys = parser_check(parser, ast_new_sequence(parser->arena, count));
  AstExprSequence *values = parser_check(parser, ast_new_sequence(parser->arena, count));
  for (size_t i = 0; i < count; i++) {
    keys->items[i] = parser->items[base + 2 * i];
    values->items[i] = parser->items[base + 2 * i + 1];
  }
  parser->item_count = base;
  return CHECK(parser, ast_new_dict(parser->arena, keys, values, parser_range(parser, start)));
}

static AstExpr *parse_set_rest(Parser *parser, Start start, AstExpr *first) {
  size_t base = parser->item_count;
  parser_push(parser, first);
  if (parser_accept(parser, TOKEN_COMMA)) parse_elements(parser, TOKEN_RIGHT_BRACE);
  parser_expect(parser, TOKEN_RIGHT_BRACE);
  AstExprSequence *elements = parser_take(parser, base);
  return CHECK(parser, ast_new_set(parser->arena, elements, parser_range(parser, start)));
}

static AstExpr *parse_braces(Parser *parser) {
  Start start = parser_start(parser);
  parser_advance(parser);
  size_t base = parser->item_count;
  if (parser_at(parser, TOKEN_RIGHT_BRACE)) return parse_dict_rest(parser, start, base);
  if (parser_accept(parser, TOKEN_DOUBLE_STAR)) {
    parser_push(parser, NULL);
    parser_push(parser, parse_bitwise_or(parser));
    return parse_dict_rest(parser, start, base);
  }
  bool starred = parser_at(parser, TOKEN_STAR);
  Start first_start = parser_start(parser);
  AstExpr *first = parse_star_named_expression(parser);
  if (starred) return parse_set_rest(parser, start, first);
  // A key in parentheses may be anything; a bare `a := b` may not be one.
  bool bare_named = first->kind == AST_NAMED_EXPR && first->range.lineno == first_start.lineno &&
                    first->range.col_offset == first_start.col_offset;
  if (parser_at(parser, TOKEN_COLON) && !bare_named) {
    parser_advance(parser);
    AstExpr *value = parse_expression(parser);
    if (parser_at_comprehension(parser)) {
      AstComprehensionSequence *clauses = parse_comprehension_clauses(parser);
      parser_expect(parser, TOKEN_RIGHT_BRACE);
      return CHECK(parser, ast_new_dict_comp(parser->arena, first, value, clauses, parser_range(parser, start)));
    }
    parser_push(parser, first);
    parser_push(parser, value);
    return parse_dict_rest(parser, start, base);
  }
  if (parser_at_comprehension(parser)) {
    AstComprehensionSequence *clauses = parse_comprehension_clauses(parser);
    parser_expect(parser, TOKEN_RIGHT_BRACE);
    return CHECK(parser, ast_new_set_comp(parser->arena, first, clauses, parser_range(parser, start)));
  }
  return parse_set_rest(parser, start, first);
}

static AstExpr *parse_constant(Parser *parser, ConstantKind kind) {
  AstRange range = parser_token_range(&parser->token);
  parser_advance(parser);
  const Constant *constant = CHECK(parser, constant_new(parser->arena, kind));
  return CHECK(parser, ast_new_constant(parser->arena, constant, NULL, range));
}

AstExpr *parse_number(Parser *parser) {
  const Token *token = &parser->token;
  AstRange range = parser_token_range(token);
  const Constant *constant;
  if (parser->feature_version < 6)
    for (const char *at = token->start; at < token->end; at++)
      if (*at == '_') parser_fail(parser, PARSER_FAILED);
  switch (number_literal_parse(parser->arena, token->start, token->end, parser->max_int_digits, &constant)) {
  case NUMBER_OK:
    break;
  case NUMBER_NO_MEMORY:
    parser_fail(parser, PARSER_NO_MEMORY);
  case NUMBER_TOO_LONG:
    parser_fail(parser, PARSER_FAILED);
  }
  parser_advance(parser);
  return CHECK(parser, ast_new_constant(parser->arena, constant, NULL, range));
}

static AstExpr *parse_bracketed(Parser *parser) {
  parser_enter(parser, PARSER_COST_BRACKET);
  AstExpr *expr = parser_at(parser, TOKEN_LEFT_PAREN)     ? parse_parentheses(parser)
                  : parser_at(parser, TOKEN_LEFT_BRACKET) ? parse_list(parser)
                                                          : parse_braces(parser);
  parser_leave(parser, PARSER_COST_BRACKET);
  return expr;
}

AstExpr *parse_atom(Parser *parser) {
  switch (parser->token.kind) {
  case TOKEN_NAME: {
    AstRange range = parser_token_range(&parser->token);
    const Name *name = parser_token_name(parser, &parser->token);
    parser_advance(parser);
    return CHECK(parser, ast_new_name(parser->arena, name, AST_LOAD, range));
  }
  case TOKEN_NUMBER:
    return parse_number(parser);
  case TOKEN_STRING:
    return parse_strings(parser);
  case TOKEN_LEFT_PAREN:
  case TOKEN_LEFT_BRACKET:
  case TOKEN_LEFT_BRACE:
    return parse_bracketed(parser);
  case TOKEN_TRUE:
    return parse_constant(parser, CONSTANT_TRUE);
  case TOKEN_FALSE:
    return parse_constant(parser, CONSTANT_FALSE);
  case TOKEN_NONE:
    return parse_constant(parser, CONSTANT_NONE);
  case TOKEN_ELLIPSIS:
    return parse_constant(parser, CONSTANT_ELLIPSIS);
  default:
    parser_fail(parser, PARSER_FAILED);
  }
}

static AstExpr *parse_slice(Parser *parser) {
  Start start = parser_start(parser);
  AstExpr *lower = NULL;
  if (!parser_at(parser, TOKEN_COLON)) {
    lower = parse_named_expression(parser);
    if (!parser_at(parser, TOKEN_COLON)) return lower;
    // `a := b` without parentheses is no bound of a slice.
    if (lower->kind == AST_NAMED_EXPR && lower->range.lineno == start.lineno &&
        lower->range.col_offset == start.col_offset)
      parser_fail(parser, PARSER_FAILED);
  }
  parser_advance(parser);
  AstExpr *upper = NULL, *step = NULL;
  if (!parser_at(parser, TOKEN_COLON) && !parser_at(parser, TOKEN_COMMA) && !parser_at(parser, TOKEN_RIGHT_BRACKET))
    upper = parse_expression(parser);
  if (parser_accept(parser, TOKEN_COLON) && !parser_at(parser, TOKEN_COMMA) && !parser_at(parser, TOKEN_RIGHT_BRACKET))
    step = parse_expression(parser);
  return CHECK(parser, ast_new_slice(parser->arena, lower, upper, step, parser_range(parser, start)));
}

static AstExpr *parse_slice_or_starred(Parser *parser) {
  if (!parser_at(parser, TOKEN_STAR)) return parse_slice(parser);
  Start start = parser_start(parser);
  parser_advance(parser);
  AstExpr *value = parse_expression(parser);
  return CHECK(parser, ast_new_starred(parser->arena, value, AST_LOAD, parser_range(parser, start)));
}

static AstExpr *parse_slices(Parser *parser) {
  Start start = parser_start(parser);
  bool starred = parser_at(parser, TOKEN_STAR);
  AstExpr *first = parse_slice_or_starred(parser);
  if (!starred && !parser_at(parser, TOKEN_COMMA)) return first;
  size_t base = parser->item_count;
  parser_push(parser, first);
  while (parser_accept(parser, TOKEN_COMMA)) {
    if (parser_at(parser, TOKEN_RIGHT_BRACKET)) break;
    parser_push(parser, parse_slice_or_starred(parser));
  }
  AstExprSequence *elements = parser_take(parser, base);
  return CHECK(parser, ast_new_tuple(parser->arena, elements, AST_LOAD, parser_range(parser, start)));
}

AstExpr *parse_primary(Parser *parser) {
  Start start = parser_start(parser);
  AstExpr *primary = parse_atom(parser);
  for (;;) {
    switch (parser->token.kind) {
    case TOKEN_DOT: {
      parser_advance(parser);
      const Name *attribute = parser_expect_name(parser);
      primary =
          CHECK(parser, ast_new_attribute(parser->arena, primary, attribute, AST_LOAD, parser_range(parser, start)));
      break;
    }
    case TOKEN_LEFT_PAREN: {
      Start open = parser_start(parser);
      parser_enter(parser, PARSER_COST_BRACKET);
      parser_advance(parser);
      AstExprSequence *args;
      AstKeywordSequence *keywords;
      parse_arguments(parser, &open, &args, &keywords);
      parser_expect(parser, TOKEN_RIGHT_PAREN);
      parser_leave(parser, PARSER_COST_BRACKET);
      // A lone generator expression spans the call's parentheses.
      if (args->count == 1 && args->items[0]->kind == AST_GENERATOR_EXP &&
          args->items[0]->range.lineno == open.lineno && args->items[0]->range.col_offset == open.col_offset)
        args->items[0]->range = parser_range(parser, open);
      primary = CHECK(parser, ast_new_call(parser->arena, primary, args, keywords, parser_range(parser, start)));
      break;
    }
    case TOKEN_LEFT_BRACKET: {
      parser_enter(parser, PARSER_COST_BRACKET);
      parser_advance(parser);
      AstExpr *slices = parse_slices(parser);
      parser_expect(parser, TOKEN_RIGHT_BRACKET);
      parser_leave(parser, PARSER_COST_BRACKET);
      primary = CHECK(parser, ast_new_subscript(parser->arena, primary, slices, AST_LOAD, parser_range(parser, start)));
      break;
    }
    default:
      return primary;
    }
  }
}

void parse_arguments(Parser *parser, const Start *generator_start, AstExprSequence **args,
                     AstKeywordSequence **keywords) {
  // Arguments and keywords are pushed in order of appearance; a node's kind says which it is.
  size_t base = parser->item_count;
  size_t keyword_count = 0;
  bool saw_double_star = false;
  while (!parser_at(parser, TOKEN_RIGHT_PAREN)) {
    Start start = parser_start(parser);
    if (parser_at(parser, TOKEN_STAR)) {
      if (saw_double_star) parser_fail(parser, PARSER_FAILED);
      parser_advance(parser);
      AstExpr *value = parse_expression(parser);
      parser_push(parser, CHECK(parser, ast_new_starred(parser->arena, value, AST_LOAD, parser_range(parser, start))));
    } else if (parser_accept(parser, TOKEN_DOUBLE_STAR)) {
      saw_double_star = true;
      keyword_count++;
      AstExpr *value = parse_expression(parser);
      parser_push(parser, CHECK(parser, ast_new_keyword(parser->arena, NULL, value, parser_range(parser, start))));
    } else if (parser_at(parser, TOKEN_NAME) && parser_peek(parser) == TOKEN_EQUAL) {
      keyword_count++;
      const Name *name = parser_expect_name(parser);
      parser_advance(parser);
      AstExpr *value = parse_expression(parser);
      parser_push(parser, CHECK(parser, ast_new_keyword(parser->arena, name, value, parser_range(parser, start))));
    } else {
      if (keyword_count) parser_fail(parser, PARSER_FAILED);
      AstExpr *value = parse_named_expression(parser);
      if (parser_at_comprehension(parser)) {
        if (!generator_start || parser->item_count != base) parser_fail(parser, PARSER_FAILED);
        AstComprehensionSequence *clauses = parse_comprehension_clauses(parser);
        if (!parser_at(parser, TOKEN_RIGHT_PAREN)) parser_fail(parser, PARSER_FAILED);
        AstRange range = {.lineno = generator_start->lineno, .col_offset = generator_start->col_offset};
        value = CHECK(parser, ast_new_generator_exp(parser->arena, value, clauses, range));
      }
      parser_push(parser, value);
    }
    if (!parser_accept(parser, TOKEN_COMMA)) break;
  }
  size_t count = parser->item_count - base;
  if (keyword_count == 0) {
    *args = parser_take(parser, base);
    *keywords = ast_empty_sequence;
    return;
  }
  *args = parser_check(parser, ast_new_sequence(parser->arena, count - keyword_count));
  *keywords = parser_check(parser, ast_new_sequence(parser->arena, keyword_count));
  size_t next_arg = 0, next_keyword = 0;
  for (size_t i = 0; i < count; i++) {
    AstNode *node = parser->items[base + i];
    if (node->kind == AST_KEYWORD)
      (*keywords)->items[next_keyword++] = (AstKeyword *)node;
    else
      (*args)->items[next_arg++] = (AstExpr *)node;
  }
  parser->item_count = base;
}
