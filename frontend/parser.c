// The fast parser's ground: tokens, attempts, sequences, names, and the start symbols of the grammar. See
// parser_internal.h.
#include "frontend/parser.h"

#include "frontend/parser_internal.h"
#include "frontend/syntax_error_finder.h"
#include "runtime/support/unicode.h"
#include "runtime/support/utf8.h"

#include <stdlib.h>
#include <string.h>

void parser_fail(Parser *parser, ParserFailure failure) {
  longjmp(*parser->failure, failure);
}

void parser_save(Parser *parser, ParserState *state) {
  lexer_mark(&parser->lexer, &state->lexer);
  state->outer = parser->failure;
  state->token = parser->token;
  state->next = parser->next;
  state->has_next = parser->has_next;
  state->started = parser->started;
  state->depth = parser->depth;
  state->end_lineno = parser->end_lineno;
  state->end_col_offset = parser->end_col_offset;
  state->item_count = parser->item_count;
  state->type_ignore_count = parser->type_ignore_count;
  state->report = parser->session->report;
  parser->failure = &state->failure;
}

void parser_commit(Parser *parser, ParserState *state) {
  parser->failure = state->outer;
}

void parser_restore(Parser *parser, ParserState *state, int why) {
  parser->failure = state->outer;
  if (why != PARSER_FAILED) parser_fail(parser, (ParserFailure)why);
  lexer_reset(&state->lexer);
  parser->token = state->token;
  parser->next = state->next;
  parser->has_next = state->has_next;
  parser->started = state->started;
  parser->depth = state->depth;
  parser->end_lineno = state->end_lineno;
  parser->end_col_offset = state->end_col_offset;
  parser->item_count = state->item_count;
  parser->type_ignore_count = state->type_ignore_count;
  parser->session->report = state->report;
  if (!state->report.warnings) parser->session->report.warnings_end = &parser->session->report.warnings;
  *parser->session->report.warnings_end = NULL;
}

static void parser_add_type_ignore(Parser *parser, const Token *token) {
  size_t count = parser->type_ignore_count;
  // The array doubles at each power of two.
  if ((count & (count - 1)) == 0) {
    AstTypeIgnore **grown =
        parser_check(parser, arena_allocate_array(parser->arena, count ? 2 * count : 1, sizeof(AstTypeIgnore *)));
    if (count) memcpy(grown, parser->type_ignores, count * sizeof(AstTypeIgnore *));
    parser->type_ignores = grown;
  }
  const Name *tag =
      CHECK(parser, name_intern(&parser->session->names, token->start, (size_t)(token->end - token->start)));
  parser->type_ignores[count] = CHECK(parser, ast_new_type_ignore(parser->arena, parser->lexer.lineno, tag));
  parser->type_ignore_count++;
}

void parser_read(Parser *parser, Token *token) {
  Lexer *lexer = &parser->lexer;
  if (parser->single_mode) parser->line_behind = lexer->cur;
  lexer_next(lexer, token);
  while (token->kind == TOKEN_TYPE_IGNORE) {
    parser_add_type_ignore(parser, token);
    lexer_next(lexer, token);
  }
  if (token->kind == TOKEN_ERROR)
    parser_fail(parser, lexer->status == LEXER_NO_MEMORY ? PARSER_NO_MEMORY : PARSER_FAILED);
  if (!parser->single_mode) return;
  // The end of a line typed at a prompt ends the statement.
  if (token->kind == TOKEN_END && parser->started) {
    token->kind = TOKEN_NEWLINE;
    parser->started = false;
    if (lexer->indent && parser->implies_dedent) {
      lexer->pending_indents = -lexer->indent;
      lexer->indent = 0;
    }
  } else {
    parser->started = true;
  }
}

void parser_grow_items(Parser *parser) {
  size_t capacity = parser->item_capacity ? parser->item_capacity * 2 : 256;
  void **items = parser_check(parser, arena_allocate_array(parser->arena, capacity, sizeof(void *)));
  if (parser->item_count) memcpy(items, parser->items, parser->item_count * sizeof(void *));
  parser->items = items;
  parser->item_capacity = capacity;
}

void *parser_take(Parser *parser, size_t base) {
  size_t count = parser->item_count - base;
  AstSequence *sequence = parser_check(parser, ast_new_sequence(parser->arena, count));
  if (count) memcpy(sequence->items, parser->items + base, count * sizeof(void *));
  parser->item_count = base;
  return sequence;
}

void *parser_one(Parser *parser, void *item) {
  AstSequence *sequence = parser_check(parser, ast_new_sequence(parser->arena, 1));
  sequence->items[0] = item;
  return sequence;
}

const Name *name_intern_normalized(NameTable *names, const char *text, size_t length) {
  Arena *arena = names->arena;
  uint32_t *points = arena_allocate_array(arena, length, sizeof(uint32_t));
  if (!points) return NULL;
  size_t count = 0;
  const uint8_t *at = (const uint8_t *)text, *end = at + length;
  while (at < end) points[count++] = utf8_next(&at);
  if (unicode_quick_check(UNICODE_NFKC, points, count) == UNICODE_QUICK_YES) return name_intern(names, text, length);
  size_t capacity = unicode_normalize_capacity(UNICODE_NFKC, UNICODE_14_0_0, points, count);
  uint32_t *normalized = arena_allocate_array(arena, capacity, sizeof(uint32_t));
  if (!normalized) return NULL;
  count = unicode_normalize(UNICODE_NFKC, UNICODE_14_0_0, points, count, normalized);
  uint8_t *encoded = arena_allocate_array(arena, count, 4);
  if (!encoded) return NULL;
  size_t size = 0;
  for (size_t i = 0; i < count; i++) size += (size_t)utf8_encode_one(normalized[i], encoded + size);
  return name_intern(names, (const char *)encoded, size);
}

const Name *parser_token_name(Parser *parser, const Token *token) {
  if (token->name) return token->name;
  return CHECK(parser,
               name_intern_normalized(&parser->session->names, token->start, (size_t)(token->end - token->start)));
}

const Name *parser_expect_name(Parser *parser) {
  if (!parser_at(parser, TOKEN_NAME)) parser_fail(parser, PARSER_FAILED);
  const Name *name = parser_token_name(parser, &parser->token);
  parser_advance(parser);
  return name;
}

const Name *parser_type_comment(Parser *parser) {
  if (!parser_at(parser, TOKEN_TYPE_COMMENT)) return NULL;
  const Token *token = &parser->token;
  const Name *comment =
      CHECK(parser, name_intern(&parser->session->names, token->start, (size_t)(token->end - token->start)));
  parser_advance(parser);
  return comment;
}

static void parser_init(Parser *parser, ParseSession *session, const SourceText *source, const ParseOptions *options);
static AstExpr *parser_run_field(Parser *parser, int32_t lineno, int32_t col_offset, int *why);

// Strings.

static AstExpr *parse_string_field(StringContext *context, const char *start, const char *end, int32_t lineno,
                                   int32_t col_offset) {
  const Parser *outer = context->owner;
  SourceText source = {.start = start, .end = end};
  Parser parser;
  parser_init(&parser, context->session, &source, outer->options);
  parser.max_depth = outer->max_depth;
  int why;
  AstExpr *field = parser_run_field(&parser, lineno, col_offset, &why);
  if (why == PARSER_NO_MEMORY)
    context->status = STRING_NO_MEMORY;
  else if (why != 0)
    context->status = STRING_FAILED;
  return field;
}

AstExpr *parse_strings(Parser *parser) {
  size_t count = 0;
  do {
    if (count == parser->string_token_capacity) {
      size_t capacity = count ? 2 * count : 4;
      Token *tokens = parser_check(parser, arena_allocate_array(parser->arena, capacity, sizeof(Token)));
      if (count) memcpy(tokens, parser->string_tokens, count * sizeof(Token));
      parser->string_tokens = tokens;
      parser->string_token_capacity = capacity;
    }
    parser->string_tokens[count++] = parser->token;
    parser_advance(parser);
  } while (parser_at(parser, TOKEN_STRING));
  parser->strings.owner = parser;
  AstExpr *strings = string_literals_join(&parser->strings, parser->string_tokens, count);
  if (!strings) parser_fail(parser, parser->strings.status == STRING_NO_MEMORY ? PARSER_NO_MEMORY : PARSER_FAILED);
  return strings;
}

// Start symbols.

// Expressions without stars, until the end of the source.
static AstExpr *parse_eval_expressions(Parser *parser) {
  Start start = parser_start(parser);
  AstExpr *first = parse_expression(parser);
  if (!parser_at(parser, TOKEN_COMMA)) return first;
  size_t base = parser->item_count;
  parser_push(parser, first);
  while (parser_accept(parser, TOKEN_COMMA)) {
    if (parser_at(parser, TOKEN_NEWLINE) || parser_at(parser, TOKEN_END)) break;
    parser_push(parser, parse_expression(parser));
  }
  AstExprSequence *elements = parser_take(parser, base);
  return CHECK(parser, ast_new_tuple(parser->arena, elements, AST_LOAD, parser_range(parser, start)));
}

static void parse_end(Parser *parser) {
  while (parser_accept(parser, TOKEN_NEWLINE)) {
  }
  if (!parser_at(parser, TOKEN_END)) parser_fail(parser, PARSER_FAILED);
}

// (int, *str, **Any) -> float
static AstModule *parse_function_type(Parser *parser) {
  size_t base = parser->item_count;
  parser_expect(parser, TOKEN_LEFT_PAREN);
  if (!parser_at(parser, TOKEN_RIGHT_PAREN)) {
    bool more = true;
    while (more && !parser_at(parser, TOKEN_STAR) && !parser_at(parser, TOKEN_DOUBLE_STAR)) {
      parser_push(parser, parse_expression(parser));
      more = parser_accept(parser, TOKEN_COMMA);
      if (more && parser_at(parser, TOKEN_RIGHT_PAREN)) parser_fail(parser, PARSER_FAILED);
    }
    if (more && parser_accept(parser, TOKEN_STAR)) {
      parser_push(parser, parse_expression(parser));
      more = parser_accept(parser, TOKEN_COMMA);
      if (more && !parser_at(parser, TOKEN_DOUBLE_STAR)) parser_fail(parser, PARSER_FAILED);
    }
    if (more && parser_accept(parser, TOKEN_DOUBLE_STAR)) parser_push(parser, parse_expression(parser));
  }
  parser_expect(parser, TOKEN_RIGHT_PAREN);
  AstExprSequence *types = parser_take(parser, base);
  parser_expect(parser, TOKEN_ARROW);
  AstExpr *returns = parse_expression(parser);
  parse_end(parser);
  return CHECK(parser, ast_new_function_type(parser->arena, types, returns));
}

static AstModule *parse_single(Parser *parser) {
  size_t base = parser->item_count;
  AstStmt *compound = parse_compound_statement(parser);
  if (compound) {
    parser_push(parser, compound);
    parser_expect(parser, TOKEN_NEWLINE);
  } else {
    parse_simple_statements(parser);
  }
  AstStmtSequence *body = parser_take(parser, base);
  // Anything behind the statement is one statement too many.
  if (source_has_more(parser->line_behind)) parser_fail(parser, PARSER_FAILED);
  return CHECK(parser, ast_new_interactive(parser->arena, body));
}

static AstStmtSequence *parse_file_statements(Parser *parser) {
  size_t base = parser->item_count;
  while (!parser_at(parser, TOKEN_END)) {
    // Behind a backslash, the line of a statement is not where it starts.
    const char *start = parser->token.start;
    bool continues = !start || start - parser->source->start < 2 || start[-2] == '\\';
    if (parser->token.col_offset == 0 && !continues) {
      parser->statement = start;
      parser->statement_lineno = parser->token.lineno;
    }
    parse_statement(parser);
  }
  return parser_take(parser, base);
}

static AstModule *parse_module(Parser *parser) {
  switch (parser->options->mode) {
  case PARSE_EXEC: {
    AstStmtSequence *body = parse_file_statements(parser);
    AstTypeIgnoreSequence *ignores = parser_check(parser, ast_new_sequence(parser->arena, parser->type_ignore_count));
    for (size_t i = 0; i < parser->type_ignore_count; i++) ignores->items[i] = parser->type_ignores[i];
    return CHECK(parser, ast_new_module(parser->arena, body, ignores));
  }
  case PARSE_SINGLE:
    return parse_single(parser);
  case PARSE_EVAL: {
    AstExpr *body = parse_eval_expressions(parser);
    parse_end(parser);
    return CHECK(parser, ast_new_expression(parser->arena, body));
  }
  case PARSE_FUNC_TYPE:
    return parse_function_type(parser);
  }
  __builtin_unreachable();
}

bool parse_session_init(ParseSession *session) {
  arena_init(&session->arena, ARENA_DEFAULT_LIMIT);
  session->decoder = (SourceDecoder){0};
  session->stack_limit = NULL;
  syntax_report_init(&session->report);
  if (!name_table_init(&session->names, &session->arena) || !token_intern_keywords(&session->names)) return false;
  session->name_match = name_intern_string(&session->names, "match");
  session->name_case = name_intern_string(&session->names, "case");
  session->name_underscore = name_intern_string(&session->names, "_");
  return session->name_match && session->name_case && session->name_underscore;
}

void parse_session_destroy(ParseSession *session) {
  arena_destroy(&session->arena);
}

static void parser_init(Parser *parser, ParseSession *session, const SourceText *source, const ParseOptions *options) {
  memset(parser, 0, offsetof(Parser, lexer));
  parser->session = session;
  parser->arena = &session->arena;
  parser->options = options;
  parser->source = source;
  parser->max_depth = PARSER_DOUBTFUL_DEPTH;
  parser->feature_version = options->feature_version ? options->feature_version : 11;
  parser->max_int_digits = options->max_int_digits;
  parser->type_comments = (options->flags & PARSE_TYPE_COMMENTS) != 0;
  parser->barry_as_flufl = (options->flags & PARSE_BARRY_AS_FLUFL) != 0;
  parser->single_mode = options->mode == PARSE_SINGLE;
  parser->implies_dedent = !(options->flags & PARSE_DONT_IMPLY_DEDENT);
  parser->name_match = session->name_match;
  parser->name_case = session->name_case;
  parser->name_underscore = session->name_underscore;
  parser->strings = (StringContext){
      .session = session, .feature_version = parser->feature_version, .parse_field = parse_string_field, .warns = true};
  lexer_init(&parser->lexer, source->start, source->end, &session->names, &session->report);
  parser->lexer.type_comments = parser->type_comments;
  parser->lexer.async_hacks = parser->feature_version < 7;
}

// Parses a whole source. *why is 0 or a ParserFailure.
static AstModule *parser_run(Parser *parser, int *why) {
  jmp_buf failure;
  parser->failure = &failure;
  *why = setjmp(failure);
  if (*why != 0) return NULL;
  parser_read(parser, &parser->token);
  return parse_module(parser);
}

// Parses the expression of a replacement field.
static AstExpr *parser_run_field(Parser *parser, int32_t lineno, int32_t col_offset, int *why) {
  jmp_buf failure;
  parser->failure = &failure;
  *why = setjmp(failure);
  if (*why != 0) return NULL;
  parser->single_mode = false;
  parser->lexer.lineno = lineno - 1;
  parser->lexer.starting_lineno = lineno;
  parser->lexer.starting_col_offset = col_offset;
  parser_read(parser, &parser->token);
  return parse_star_expressions(parser);
}

AstModule *parse_source(ParseSession *session, const SourceText *source, const ParseOptions *options) {
  syntax_report_init(&session->report);
  Parser parser;
  parser_init(&parser, session, source, options);
  int why;
  AstModule *module = parser_run(&parser, &why);
  if (module) return module;
  syntax_report_init(&session->report);
  if (why == PARSER_NO_MEMORY) {
    syntax_report_memory_error(&session->report);
    return NULL;
  }
  if (syntax_error_find(session, source, options, parser.statement, parser.statement_lineno)) return NULL;
  // Nothing is wrong but the depth, and that is within CPython's limit.
  syntax_report_init(&session->report);
  parser_init(&parser, session, source, options);
  parser.max_depth = PARSER_MAX_DEPTH;
  module = parser_run(&parser, &why);
  if (module) return module;
  syntax_report_init(&session->report);
  syntax_report_plain(&session->report, &session->arena, SYNTAX_SYSTEM_ERROR,
                      "the parser rejected the source without finding an error in it");
  return NULL;
}

AstModule *parse_text(ParseSession *session, const char *text, size_t length, const ParseOptions *options) {
  syntax_report_init(&session->report);
  SourceText source;
  if (!source_from_text(session, text, length, options->mode == PARSE_EXEC, &source)) return NULL;
  return parse_source(session, &source, options);
}

AstModule *parse_bytes(ParseSession *session, const char *bytes, size_t length, const ParseOptions *options) {
  syntax_report_init(&session->report);
  SourceText source;
  if (!source_from_bytes(session, bytes, length, options, &source)) return NULL;
  return parse_source(session, &source, options);
}
