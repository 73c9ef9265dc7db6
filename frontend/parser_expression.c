// Expressions with operators, from the conditional expression down to `await x`. What lies below is in parser_atom.c.
#include "frontend/parser_internal.h"

// Binary operators by precedence: 0 for tokens that are none.
typedef struct BinaryOperator {
  uint8_t precedence;
  AstOperator operation;
} BinaryOperator;

static const BinaryOperator binary_operators[TOKEN_KIND_COUNT] = {
    [TOKEN_BAR] = {1, AST_BIT_OR},         [TOKEN_CARET] = {2, AST_BIT_XOR},
    [TOKEN_AMPERSAND] = {3, AST_BIT_AND},  [TOKEN_LEFT_SHIFT] = {4, AST_LSHIFT},
    [TOKEN_RIGHT_SHIFT] = {4, AST_RSHIFT}, [TOKEN_PLUS] = {5, AST_ADD},
    [TOKEN_MINUS] = {5, AST_SUB},          [TOKEN_STAR] = {6, AST_MULT},
    [TOKEN_SLASH] = {6, AST_DIV},          [TOKEN_DOUBLE_SLASH] = {6, AST_FLOOR_DIV},
    [TOKEN_PERCENT] = {6, AST_MOD},        [TOKEN_AT] = {6, AST_MAT_MULT},
};

static AstExpr *parse_factor(Parser *parser);

static AstExpr *parse_await_primary(Parser *parser) {
  if (!parser_at(parser, TOKEN_AWAIT)) return parse_primary(parser);
  Start start = parser_start(parser);
  parser_require_version(parser, 5);
  parser_advance(parser);
  AstExpr *value = parse_primary(parser);
  return CHECK(parser, ast_new_await(parser->arena, value, parser_range(parser, start)));
}

static AstExpr *parse_factor(Parser *parser) {
  AstUnaryOperator operation;
  Start start = parser_start(parser);
  switch (parser->token.kind) {
  case TOKEN_PLUS:
    operation = AST_UADD;
    break;
  case TOKEN_MINUS:
    operation = AST_USUB;
    break;
  case TOKEN_TILDE:
    operation = AST_INVERT;
    break;
  default: {
    AstExpr *left = parse_await_primary(parser);
    if (!parser_at(parser, TOKEN_DOUBLE_STAR)) return left;
    parser_enter(parser, PARSER_COST_POWER);
    parser_advance(parser);
    AstExpr *right = parse_factor(parser);
    parser_leave(parser, PARSER_COST_POWER);
    return CHECK(parser, ast_new_bin_op(parser->arena, left, AST_POW, right, parser_range(parser, start)));
  }
  }
  parser_enter(parser, PARSER_COST_OPERATOR);
  parser_advance(parser);
  AstExpr *operand = parse_factor(parser);
  parser_leave(parser, PARSER_COST_OPERATOR);
  return CHECK(parser, ast_new_unary_op(parser->arena, operation, operand, parser_range(parser, start)));
}

// Operators of at least `least` precedence; all of them are left-associative.
static AstExpr *parse_binary(Parser *parser, int least) {
  Start start = parser_start(parser);
  AstExpr *left = parse_factor(parser);
  for (;;) {
    BinaryOperator operator = binary_operators[parser->token.kind];
    if (operator.precedence < least || operator.precedence == 0) return left;
    if (operator.operation == AST_MAT_MULT) parser_require_version(parser, 5);
    parser_advance(parser);
    AstExpr *right = operator.precedence == 6 ? parse_factor(parser) : parse_binary(parser, operator.precedence + 1);
    left = CHECK(parser, ast_new_bin_op(parser->arena, left, operator.operation, right, parser_range(parser, start)));
  }
}

AstExpr *parse_bitwise_or(Parser *parser) {
  return parse_binary(parser, 1);
}

// Consumes a comparison operator. Returns false if there is none.
static bool parse_comparison_operator(Parser *parser, AstComparison *operation) {
  switch (parser->token.kind) {
  case TOKEN_EQUAL_EQUAL:
    *operation = AST_EQ;
    break;
  case TOKEN_LESS:
    *operation = AST_LT;
    break;
  case TOKEN_LESS_EQUAL:
    *operation = AST_LT_E;
    break;
  case TOKEN_GREATER:
    *operation = AST_GT;
    break;
  case TOKEN_GREATER_EQUAL:
    *operation = AST_GT_E;
    break;
  case TOKEN_IN:
    *operation = AST_IN;
    break;
  case TOKEN_NOT_EQUAL:
    if ((parser->token.start[0] == '<') != parser->barry_as_flufl) parser_fail(parser, PARSER_FAILED);
    *operation = AST_NOT_EQ;
    break;
  case TOKEN_NOT:
    if (parser_peek(parser) != TOKEN_IN) return false;
    parser_advance(parser);
    *operation = AST_NOT_IN;
    break;
  case TOKEN_IS:
    parser_advance(parser);
    *operation = AST_IS;
    if (parser_accept(parser, TOKEN_NOT)) *operation = AST_IS_NOT;
    return true;
  default:
    return false;
  }
  parser_advance(parser);
  return true;
}

static AstExpr *parse_comparison(Parser *parser) {
  Start start = parser_start(parser);
  AstExpr *left = parse_bitwise_or(parser);
  AstComparison operation;
  if (!parse_comparison_operator(parser, &operation)) return left;
  // The operators are collected beside the operands, as small integers in pointer slots.
  size_t base = parser->item_count;
  do {
    parser_push(parser, (void *)(uintptr_t)operation);
    AstExpr *operand = parse_bitwise_or(parser);
    parser_push(parser, operand);
  } while (parse_comparison_operator(parser, &operation));
  size_t count = (parser->item_count - base) / 2;
  AstComparisonSequence *operations = CHECK(parser, ast_new_comparisons(parser->arena, count));
  AstExprSequence *operands = parser_check(parser, ast_new_sequence(parser->arena, count));
  for (size_t i = 0; i < count; i++) {
    operations->items[i] = (AstComparison)(uintptr_t)parser->items[base + 2 * i];
    operands->items[i] = parser->items[base + 2 * i + 1];
  }
  parser->item_count = base;
  return CHECK(parser, ast_new_compare(parser->arena, left, operations, operands, parser_range(parser, start)));
}

static AstExpr *parse_inversion(Parser *parser) {
  if (!parser_at(parser, TOKEN_NOT)) return parse_comparison(parser);
  Start start = parser_start(parser);
  parser_enter(parser, PARSER_COST_OPERATOR);
  parser_advance(parser);
  AstExpr *operand = parse_inversion(parser);
  parser_leave(parser, PARSER_COST_OPERATOR);
  return CHECK(parser, ast_new_unary_op(parser->arena, AST_NOT, operand, parser_range(parser, start)));
}

static AstExpr *parse_conjunction(Parser *parser) {
  Start start = parser_start(parser);
  AstExpr *first = parse_inversion(parser);
  if (!parser_at(parser, TOKEN_AND)) return first;
  size_t base = parser->item_count;
  parser_push(parser, first);
  while (parser_accept(parser, TOKEN_AND)) parser_push(parser, parse_inversion(parser));
  AstExprSequence *values = parser_take(parser, base);
  return CHECK(parser, ast_new_bool_op(parser->arena, AST_AND, values, parser_range(parser, start)));
}

AstExpr *parse_disjunction(Parser *parser) {
  Start start = parser_start(parser);
  AstExpr *first = parse_conjunction(parser);
  if (!parser_at(parser, TOKEN_OR)) return first;
  size_t base = parser->item_count;
  parser_push(parser, first);
  while (parser_accept(parser, TOKEN_OR)) parser_push(parser, parse_conjunction(parser));
  AstExprSequence *values = parser_take(parser, base);
  return CHECK(parser, ast_new_bool_op(parser->arena, AST_OR, values, parser_range(parser, start)));
}

static AstExpr *parse_lambda(Parser *parser) {
  Start start = parser_start(parser);
  parser_enter(parser, PARSER_COST_LAMBDA);
  parser_advance(parser);
  AstArguments *arguments = parse_parameters(parser, true);
  parser_expect(parser, TOKEN_COLON);
  AstExpr *body = parse_expression(parser);
  parser_leave(parser, PARSER_COST_LAMBDA);
  return CHECK(parser, ast_new_lambda(parser->arena, arguments, body, parser_range(parser, start)));
}

AstExpr *parse_expression(Parser *parser) {
  if (parser_at(parser, TOKEN_LAMBDA)) return parse_lambda(parser);
  Start start = parser_start(parser);
  AstExpr *body = parse_disjunction(parser);
  if (!parser_at(parser, TOKEN_IF)) return body;
  parser_enter(parser, PARSER_COST_OPERATOR);
  parser_advance(parser);
  AstExpr *test = parse_disjunction(parser);
  parser_expect(parser, TOKEN_ELSE);
  AstExpr *orelse = parse_expression(parser);
  parser_leave(parser, PARSER_COST_OPERATOR);
  return CHECK(parser, ast_new_if_exp(parser->arena, test, body, orelse, parser_range(parser, start)));
}

AstExpr *parse_named_expression(Parser *parser) {
  Start start = parser_start(parser);
  bool starts_with_name = parser_at(parser, TOKEN_NAME);
  AstExpr *expr = parse_expression(parser);
  if (!parser_at(parser, TOKEN_COLON_EQUAL)) return expr;
  if (!starts_with_name || expr->kind != AST_NAME) parser_fail(parser, PARSER_FAILED);
  parser_require_version(parser, 8);
  parser_advance(parser);
  expr->name.ctx = AST_STORE;
  AstExpr *value = parse_expression(parser);
  return CHECK(parser, ast_new_named_expr(parser->arena, expr, value, parser_range(parser, start)));
}

static AstExpr *parse_starred(Parser *parser) {
  Start start = parser_start(parser);
  parser_advance(parser);
  AstExpr *value = parse_bitwise_or(parser);
  return CHECK(parser, ast_new_starred(parser->arena, value, AST_LOAD, parser_range(parser, start)));
}

AstExpr *parse_star_expression(Parser *parser) {
  return parser_at(parser, TOKEN_STAR) ? parse_starred(parser) : parse_expression(parser);
}

AstExpr *parse_star_named_expression(Parser *parser) {
  return parser_at(parser, TOKEN_STAR) ? parse_starred(parser) : parse_named_expression(parser);
}

// Whether the current token cannot start an expression: where a comma before it was the last.
static bool parser_at_list_end(const Parser *parser) {
  switch (parser->token.kind) {
  case TOKEN_NEWLINE:
  case TOKEN_END:
  case TOKEN_EQUAL:
  case TOKEN_COLON:
  case TOKEN_SEMICOLON:
  case TOKEN_RIGHT_PAREN:
  case TOKEN_RIGHT_BRACKET:
  case TOKEN_RIGHT_BRACE:
  case TOKEN_TYPE_COMMENT:
  case TOKEN_IN:
    return true;
  default: {
    // An augmented assignment follows a tuple only in a faulty source, but must not be taken for an operand.
    return parser->token.kind >= TOKEN_PLUS_EQUAL && parser->token.kind <= TOKEN_DOUBLE_SLASH_EQUAL;
  }
  }
}

AstExpr *parse_star_expressions(Parser *parser) {
  Start start = parser_start(parser);
  AstExpr *first = parse_star_expression(parser);
  if (!parser_at(parser, TOKEN_COMMA)) return first;
  size_t base = parser->item_count;
  parser_push(parser, first);
  while (parser_accept(parser, TOKEN_COMMA)) {
    if (parser_at_list_end(parser)) break;
    parser_push(parser, parse_star_expression(parser));
  }
  AstExprSequence *elements = parser_take(parser, base);
  return CHECK(parser, ast_new_tuple(parser->arena, elements, AST_LOAD, parser_range(parser, start)));
}

AstExpr *parse_yield(Parser *parser) {
  Start start = parser_start(parser);
  parser_advance(parser);
  if (parser_accept(parser, TOKEN_FROM)) {
    AstExpr *value = parse_expression(parser);
    return CHECK(parser, ast_new_yield_from(parser->arena, value, parser_range(parser, start)));
  }
  AstExpr *value = parser_at_list_end(parser) ? NULL : parse_star_expressions(parser);
  return CHECK(parser, ast_new_yield(parser->arena, value, parser_range(parser, start)));
}

AstExpr *parse_yield_or_star_expressions(Parser *parser) {
  return parser_at(parser, TOKEN_YIELD) ? parse_yield(parser) : parse_star_expressions(parser);
}

void parser_set_context(Parser *parser, AstExpr *expr, AstContext context) {
  AstExprSequence *elements;
  switch (expr->kind) {
  case AST_NAME:
    expr->name.ctx = context;
    return;
  case AST_ATTRIBUTE:
    expr->attribute.ctx = context;
    return;
  case AST_SUBSCRIPT:
    expr->subscript.ctx = context;
    return;
  case AST_STARRED:
    if (context == AST_DEL || expr->starred.value->kind == AST_STARRED) parser_fail(parser, PARSER_FAILED);
    expr->starred.ctx = context;
    parser_set_context(parser, expr->starred.value, context);
    return;
  case AST_LIST:
    expr->list.ctx = context;
    elements = expr->list.elts;
    break;
  case AST_TUPLE:
    expr->tuple.ctx = context;
    elements = expr->tuple.elts;
    break;
  default:
    parser_fail(parser, PARSER_FAILED);
  }
  for (uint32_t i = 0; i < elements->count; i++) parser_set_context(parser, elements->items[i], context);
}

AstExpr *parse_target(Parser *parser, AstContext context) {
  AstExpr *target;
  if (parser_at(parser, TOKEN_STAR) && context == AST_STORE) {
    Start start = parser_start(parser);
    parser_advance(parser);
    if (parser_at(parser, TOKEN_STAR)) parser_fail(parser, PARSER_FAILED);
    AstExpr *value = parse_primary(parser);
    target = CHECK(parser, ast_new_starred(parser->arena, value, AST_STORE, parser_range(parser, start)));
  } else {
    target = parse_primary(parser);
  }
  parser_set_context(parser, target, context);
  return target;
}

AstExpr *parse_star_targets(Parser *parser) {
  Start start = parser_start(parser);
  AstExpr *first = parse_target(parser, AST_STORE);
  if (!parser_at(parser, TOKEN_COMMA)) return first;
  size_t base = parser->item_count;
  parser_push(parser, first);
  while (parser_accept(parser, TOKEN_COMMA)) {
    if (parser_at_list_end(parser)) break;
    parser_push(parser, parse_target(parser, AST_STORE));
  }
  AstExprSequence *elements = parser_take(parser, base);
  return CHECK(parser, ast_new_tuple(parser->arena, elements, AST_STORE, parser_range(parser, start)));
}
