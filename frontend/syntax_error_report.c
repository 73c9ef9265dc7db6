// Where the slow parser's errors stand, by CPython's reckoning.
#include "frontend/syntax_error_engine.h"

#include "runtime/support/utf8.h"

#include <stdio.h>
#include <string.h>

// The line that CPython shows with an error on line `lineno`, and by which it turns byte columns into characters.
static void error_line(const Engine *engine, int32_t lineno, const char **start, const char **end) {
  const Lexer *lexer = &engine->lexer;
  const char *line_end = lexer_line_end(lexer);
  bool has_file = engine->options->flags & PARSE_FROM_FILE && engine->start_rule == RULE_FILE;
  if (!has_file && lexer->lineno <= lineno && line_end > lexer->buffer) {
    *start = lexer->buffer;
    *end = line_end;
    return;
  }
  int32_t number = lexer->starting_lineno ? lineno - lexer->starting_lineno + 1 : lineno;
  const char *line = engine->source->start, *stop = engine->source->end;
  for (int32_t i = 1; i < number; i++) {
    const char *newline = memchr(line, '\n', (size_t)(stop - line));
    if (!newline) break;
    line = newline + 1;
  }
  const char *newline = memchr(line, '\n', (size_t)(stop - line));
  *start = line;
  *end = !newline ? stop : has_file ? newline + 1 : newline;
}

// The number of characters in the first `offset` bytes of a line; the NUL behind it counts as one more.
static int32_t character_offset(const char *start, const char *end, int32_t offset) {
  int32_t beyond = 0;
  if (offset > end - start) {
    offset = (int32_t)(end - start);
    beyond = 1;
  }
  const uint8_t *at = (const uint8_t *)start;
  size_t size = (size_t)offset, count = 0;
  for (;;) {
    UtfScan scan = utf8_scan(at, size, false);
    count += scan.length;
    if (scan.status == UTF_OK) return (int32_t)count + beyond;
    count++;
    at += scan.size + scan.bad_size;
    size -= scan.size + scan.bad_size;
  }
}

// Columns count bytes from 1 here; ENGINE_CURRENT and others below 0 are kept as they are.
static Node *report_error(Engine *engine, SyntaxErrorKind kind, int32_t lineno, int32_t offset, int32_t end_lineno,
                          int32_t end_offset, const char *message) {
  if (engine->failed && engine->report->kind == SYNTAX_MEMORY_ERROR) return NULL;
  engine->failed = true;
  SyntaxErrorReport *report = engine->report;
  const Lexer *lexer = &engine->lexer;
  if (end_lineno == ENGINE_CURRENT) end_lineno = lexer->lineno;
  if (end_offset == ENGINE_CURRENT) end_offset = (int32_t)(lexer->cur - lexer->line_start);
  const char *start, *end;
  error_line(engine, lineno, &start, &end);
  bool in_field = engine->start_rule == RULE_FIELD;
  if (in_field) {
    offset -= lexer->starting_col_offset;
    end_offset -= lexer->starting_col_offset;
  }
  if (engine->source->counts_characters) {
    offset = character_offset(start, end, offset);
    if (end_offset > 0) end_offset = character_offset(start, end, end_offset);
  }
  Arena *arena = &engine->session->arena;
  syntax_report_plain(report, arena, kind, "%s%s", in_field ? "f-string: " : "", message);
  if (report->kind != kind) return engine_no_memory(engine);
  report->has_location = true;
  report->lineno = lineno;
  report->offset = offset;
  report->end_lineno = end_lineno;
  report->end_offset = end_offset;
  syntax_report_set_text(report, arena, start, end);
  return NULL;
}

static int32_t from_one(int32_t column) {
  return column == ENGINE_CURRENT ? column : column + 1;
}

Node *engine_error(Engine *engine, SyntaxErrorKind kind, int32_t lineno, int32_t col_offset, int32_t end_lineno,
                   int32_t end_col_offset, const char *message) {
  return report_error(engine, kind, lineno, from_one(col_offset), end_lineno, from_one(end_col_offset), message);
}

Node *engine_error_here(Engine *engine, SyntaxErrorKind kind, const char *message) {
  if (engine->token_count == 0) return report_error(engine, kind, 0, 0, 0, -1, message);
  const Token *token = &engine->tokens[engine->token_count - 1].token;
  const Lexer *lexer = &engine->lexer;
  int32_t offset;
  if (token->col_offset != -1)
    offset = token->col_offset + 1;
  else
    offset = lexer->cur == lexer->buffer ? 0 : (int32_t)(lexer->cur - lexer->line_start);
  int32_t end_offset = token->end_col_offset != -1 ? token->end_col_offset + 1 : -1;
  return report_error(engine, kind, token->lineno, offset, token->end_lineno, end_offset, message);
}

static const Node *first_of(const Node *node) {
  return node->type == NODE_LIST && node->count ? node->items[0] : node;
}

static const Node *last_of(const Node *node) {
  return node->type == NODE_LIST && node->count ? node->items[node->count - 1] : node;
}

Node *engine_error_range(Engine *engine, const Node *first, const Node *last, const char *message) {
  if (engine->failed) return NULL;
  const AstRange *start = &first_of(first)->range, *end = &last_of(last)->range;
  return engine_error(engine, SYNTAX_ERROR, start->lineno, start->col_offset, end->end_lineno, end->end_col_offset,
                      message);
}

void engine_unclosed_bracket(Engine *engine) {
  const Lexer *lexer = &engine->lexer;
  int32_t line = lexer->bracket_lines[lexer->level - 1];
  char message[32];
  snprintf(message, sizeof(message), "'%c' was never closed", lexer->brackets[lexer->level - 1]);
  engine_error(engine, SYNTAX_ERROR, line, lexer->bracket_columns[lexer->level - 1], line, -1, message);
}

static void report_bad_utf8(Engine *engine) {
  const Lexer *lexer = &engine->lexer;
  const uint8_t *start = (const uint8_t *)lexer->token_start;
  UtfScan scan = utf8_scan(start, (size_t)((const uint8_t *)lexer->cur - start), false);
  char message[128];
  if (scan.bad_size == 1)
    snprintf(message, sizeof(message), "(unicode error) 'utf-8' codec can't decode byte 0x%02x in position %zu: %s",
             start[scan.size], scan.size, utf_reason(scan.status));
  else
    snprintf(message, sizeof(message), "(unicode error) 'utf-8' codec can't decode bytes in position %zu-%zu: %s",
             scan.size, scan.size + scan.bad_size - 1, utf_reason(scan.status));
  engine_error_here(engine, SYNTAX_ERROR, message);
}

void engine_lexer_error(Engine *engine) {
  const Lexer *lexer = &engine->lexer;
  engine->failed = true;
  SyntaxErrorKind kind = SYNTAX_ERROR;
  int32_t column = 0;
  const char *message;
  switch (lexer->status) {
  case LEXER_FAILED:
  case LEXER_END_IN_STRING:
    return;
  case LEXER_NO_MEMORY:
    engine_no_memory(engine);
    return;
  case LEXER_BAD_UTF8:
    report_bad_utf8(engine);
    return;
  case LEXER_BAD_DEDENT:
    engine_error_here(engine, SYNTAX_INDENTATION_ERROR, "unindent does not match any outer indentation level");
    return;
  case LEXER_BAD_TABS:
    kind = SYNTAX_TAB_ERROR;
    message = "inconsistent use of tabs and spaces in indentation";
    break;
  case LEXER_TOO_DEEP:
    kind = SYNTAX_INDENTATION_ERROR;
    message = "too many levels of indentation";
    break;
  case LEXER_BAD_CONTINUATION:
    column = (int32_t)(lexer->cur - lexer->buffer - 1);
    message = "unexpected character after line continuation character";
    break;
  default:
    if (lexer->level)
      engine_unclosed_bracket(engine);
    else
      engine_error_here(engine, SYNTAX_ERROR, "unexpected EOF while parsing");
    return;
  }
  engine_error(engine, kind, lexer->lineno, column, lexer->lineno, -1, message);
}

void engine_check_rest(Engine *engine) {
  int32_t error_line = engine->tokens[engine->token_count - 1].token.lineno;
  Token token;
  do {
    lexer_next(&engine->lexer, &token);
  } while (token.kind != TOKEN_ERROR && token.kind != TOKEN_END);
  const Lexer *lexer = &engine->lexer;
  bool reported = lexer->status == LEXER_FAILED || lexer->status == LEXER_END_IN_STRING;
  if (token.kind == TOKEN_ERROR && !reported && lexer->level && error_line > lexer->bracket_lines[lexer->level - 1])
    engine_unclosed_bracket(engine);
}
