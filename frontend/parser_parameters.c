// Parameter lists of `def` and `lambda`.
#include "frontend/parser_internal.h"

// What has been seen of a list; it decides what may still come.
typedef struct ParameterList {
  Parser *parser;
  bool is_lambda;
  AstArgSequence *positional_only;
  AstArg *vararg;
  AstArg *kwarg;
} ParameterList;

// NAME, with annotation unless in a lambda. The annotation of *args may be starred.
static AstArg *parse_parameter(ParameterList *list, bool starred_annotation) {
  Parser *parser = list->parser;
  Start start = parser_start(parser);
  const Name *name = parser_expect_name(parser);
  AstExpr *annotation = NULL;
  if (!list->is_lambda && parser_accept(parser, TOKEN_COLON))
    annotation = starred_annotation ? parse_star_expression(parser) : parse_expression(parser);
  return CHECK(parser, ast_new_arg(parser->arena, name, annotation, NULL, parser_range(parser, start)));
}

static AstExpr *parse_default(ParameterList *list) {
  Parser *parser = list->parser;
  parser_enter(parser, PARSER_COST_LAMBDA_DEFAULT);
  AstExpr *value = parse_expression(parser);
  parser_leave(parser, PARSER_COST_LAMBDA_DEFAULT);
  return value;
}

// What stands behind a parameter: a comma and a type comment. Returns whether the list may go on.
static bool parse_parameter_end(ParameterList *list, AstArg *arg) {
  Parser *parser = list->parser;
  bool comma = parser_accept(parser, TOKEN_COMMA);
  if (!list->is_lambda && parser_at(parser, TOKEN_TYPE_COMMENT)) arg->type_comment = parser_type_comment(parser);
  return comma;
}

// `*`, `*args` and the keyword-only parameters behind, which are pushed as pairs of parameter and default.
static bool parse_keyword_only(ParameterList *list, TokenKind close) {
  Parser *parser = list->parser;
  parser_advance(parser);
  bool more;
  bool bare = parser_at(parser, TOKEN_COMMA);
  if (bare) {
    parser_advance(parser);
    more = true;
  } else {
    list->vararg = parse_parameter(list, true);
    more = parse_parameter_end(list, list->vararg);
  }
  size_t base = parser->item_count;
  while (more && parser_at(parser, TOKEN_NAME)) {
    AstArg *arg = parse_parameter(list, false);
    AstExpr *value = parser_accept(parser, TOKEN_EQUAL) ? parse_default(list) : NULL;
    parser_push(parser, arg);
    parser_push(parser, value);
    more = parse_parameter_end(list, arg);
  }
  if (bare && parser->item_count == base) parser_fail(parser, PARSER_FAILED);
  if (!more && !parser_at(parser, close)) parser_fail(parser, PARSER_FAILED);
  return more;
}

AstArguments *parse_parameters(Parser *parser, bool is_lambda) {
  ParameterList list = {.parser = parser, .is_lambda = is_lambda, .positional_only = ast_empty_sequence};
  TokenKind close = is_lambda ? TOKEN_COLON : TOKEN_RIGHT_PAREN;
  size_t base = parser->item_count;
  AstArgSequence *args = ast_empty_sequence, *keyword_only = ast_empty_sequence;
  AstExprSequence *defaults = ast_empty_sequence, *keyword_defaults = ast_empty_sequence;

  // Positional parameters: pushed as pairs of parameter and default.
  bool more = true, saw_default = false, saw_slash = false;
  size_t slash_count = 0;
  while (more) {
    if (parser_at(parser, TOKEN_NAME)) {
      AstArg *arg = parse_parameter(&list, false);
      AstExpr *value = NULL;
      if (parser_accept(parser, TOKEN_EQUAL)) {
        value = parse_default(&list);
        saw_default = true;
      } else if (saw_default) {
        parser_fail(parser, PARSER_FAILED);
      }
      parser_push(parser, arg);
      parser_push(parser, value);
      more = parse_parameter_end(&list, arg);
    } else if (parser_at(parser, TOKEN_SLASH) && !saw_slash && parser->item_count > base) {
      parser_require_version(parser, 8);
      parser_advance(parser);
      saw_slash = true;
      slash_count = (parser->item_count - base) / 2;
      more = parser_accept(parser, TOKEN_COMMA);
    } else {
      break;
    }
  }
  size_t positional_count = (parser->item_count - base) / 2;
  if (more && parser_at(parser, TOKEN_STAR)) more = parse_keyword_only(&list, close);
  if (more && parser_accept(parser, TOKEN_DOUBLE_STAR)) {
    list.kwarg = parse_parameter(&list, false);
    parse_parameter_end(&list, list.kwarg);
  }
  if (!parser_at(parser, close)) parser_fail(parser, PARSER_FAILED);

  void **pairs = parser->items + base;
  size_t count = (parser->item_count - base) / 2;
  size_t default_count = 0;
  for (size_t i = 0; i < positional_count; i++) default_count += pairs[2 * i + 1] != NULL;
  if (slash_count) list.positional_only = parser_check(parser, ast_new_sequence(parser->arena, slash_count));
  args = parser_check(parser, ast_new_sequence(parser->arena, positional_count - slash_count));
  defaults = parser_check(parser, ast_new_sequence(parser->arena, default_count));
  keyword_only = parser_check(parser, ast_new_sequence(parser->arena, count - positional_count));
  keyword_defaults = parser_check(parser, ast_new_sequence(parser->arena, count - positional_count));
  size_t next_default = 0;
  for (size_t i = 0; i < positional_count; i++) {
    if (i < slash_count)
      list.positional_only->items[i] = pairs[2 * i];
    else
      args->items[i - slash_count] = pairs[2 * i];
    if (pairs[2 * i + 1]) defaults->items[next_default++] = pairs[2 * i + 1];
  }
  for (size_t i = positional_count; i < count; i++) {
    keyword_only->items[i - positional_count] = pairs[2 * i];
    keyword_defaults->items[i - positional_count] = pairs[2 * i + 1];
  }
  parser->item_count = base;
  return CHECK(parser, ast_new_arguments(parser->arena, list.positional_only, args, list.vararg, keyword_only,
                                         keyword_defaults, list.kwarg, defaults));
}
