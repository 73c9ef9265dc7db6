// The lexer; see lexer.h. lexer_next falls into one function a kind of token; numbers are in lexer_number.c.
#include "frontend/lexer.h"

#include "frontend/lexer_internal.h"
#include "runtime/support/unicode.h"
#include "runtime/support/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const token_texts[TOKEN_KIND_COUNT] = {
#define TOKEN_TEXT(name, text) [TOKEN_##name] = text,
    TOKEN_OPERATORS(TOKEN_TEXT) TOKEN_KEYWORDS(TOKEN_TEXT)
#undef TOKEN_TEXT
        [TOKEN_ASYNC] = "async",
    [TOKEN_AWAIT] = "await",
};

const char *token_text(TokenKind kind) {
  return token_texts[kind];
}

bool token_intern_keywords(NameTable *names) {
  for (int kind = 0; kind < TOKEN_KIND_COUNT; kind++) {
    const char *text = token_texts[kind];
    if (!text || !(lexer_char_class[(uint8_t)text[0]] & CHAR_IDENTIFIER_START)) continue;
    Name *name = (Name *)name_intern_string(names, text);
    if (!name) return false;
    name->keyword = (uint8_t)kind;
  }
  return true;
}

#define IDENTIFIER_START (CHAR_IDENTIFIER_START | CHAR_IDENTIFIER)
const uint8_t lexer_char_class[256] = {
    ['a' ... 'f'] = IDENTIFIER_START | CHAR_HEX,
    ['g' ... 'z'] = IDENTIFIER_START,
    ['A' ... 'F'] = IDENTIFIER_START | CHAR_HEX,
    ['G' ... 'Z'] = IDENTIFIER_START,
    ['_'] = IDENTIFIER_START,
    ['0' ... '9'] = CHAR_IDENTIFIER | CHAR_DIGIT | CHAR_HEX,
    [128 ... 255] = IDENTIFIER_START,
};

void lexer_init(Lexer *lexer, const char *start, const char *end, NameTable *names, SyntaxErrorReport *report) {
  memset(lexer, 0, offsetof(Lexer, bracket_lines));
  lexer->cur = lexer->line_start = lexer->buffer = lexer->string_line_start = start;
  lexer->end = end;
  lexer->names = names;
  lexer->arena = names->arena;
  lexer->report = report;
  lexer->at_line_start = true;
}

void lexer_mark(Lexer *lexer, LexerMark *mark) {
  mark->lexer = lexer;
  memcpy(mark->state, lexer, sizeof(mark->state));
}

void lexer_reset(const LexerMark *mark) {
  memcpy(mark->lexer, mark->state, sizeof(mark->state));
}

const char *lexer_line_end(const Lexer *lexer) {
  if (lexer->line_end) return lexer->line_end;
  const char *cur = lexer->cur;
  if (cur > lexer->line_start && cur[-1] == '\n') return cur;
  const char *newline = memchr(cur, '\n', (size_t)(lexer->end - cur));
  return newline ? newline + 1 : lexer->end;
}

// Number of characters, as decoding with replacement counts them.
static int32_t count_characters(const char *start, const char *end) {
  const uint8_t *at = (const uint8_t *)start;
  size_t size = (size_t)(end - start), count = 0;
  for (;;) {
    UtfScan scan = utf8_scan(at, size, false);
    count += scan.length;
    if (scan.status == UTF_OK) return (int32_t)count;
    count++;
    at += scan.size + scan.bad_size;
    size -= scan.size + scan.bad_size;
  }
}

void lexer_fail(Lexer *lexer, const char *format, ...) {
  lexer->status = LEXER_FAILED;
  SyntaxErrorReport *report = lexer->report;
  if (!report) return;
  char message[160];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof(message), format, arguments);
  va_end(arguments);
  syntax_report_plain(report, lexer->arena, SYNTAX_ERROR, "%s", message);
  if (report->kind != SYNTAX_ERROR) return;
  report->has_location = true;
  report->lineno = report->end_lineno = lexer->lineno;
  report->offset = report->end_offset = count_characters(lexer->line_start, lexer->cur);
  const char *newline = memchr(lexer->line_start, '\n', (size_t)(lexer->end - lexer->line_start));
  syntax_report_set_text(report, lexer->arena, lexer->line_start, newline ? newline : lexer->end);
}

// Called when the first byte behind a newline (or of the text) is about to be read.
static inline void lexer_begin_line(Lexer *lexer) {
  if (*lexer->cur == '\0') return;
  if (!lexer->token_start) lexer->buffer = lexer->cur;
  lexer->line_start = lexer->cur;
  lexer->lineno++;
}

static TokenKind lexer_stop(Lexer *lexer, LexerStatus status) {
  lexer->cur = lexer_line_end(lexer);
  lexer->status = status;
  return TOKEN_ERROR;
}

// Reads what follows a backslash. Returns false, with the status set, unless another line follows.
static bool lexer_continue_line(Lexer *lexer) {
  int c = lexer_read(lexer);
  if (c != '\n') {
    lexer->status = LEXER_BAD_CONTINUATION;
    return false;
  }
  if (*lexer->cur == '\0') {
    lexer->status = LEXER_AT_END;
    return false;
  }
  lexer_begin_line(lexer);
  return true;
}

// Measures the indentation of a fresh line. Returns TOKEN_ERROR with the status set, or TOKEN_END if all is well;
// *blank says that the line holds no token and is to be skipped.
static TokenKind lexer_indentation(Lexer *lexer, bool *blank) {
  int32_t column = 0, narrow_column = 0, continued_column = 0;
  lexer->at_line_start = false;
  lexer_begin_line(lexer);
  int c;
  for (;;) {
    c = lexer_read(lexer);
    if (c == ' ') {
      column++;
      narrow_column++;
    } else if (c == '\t') {
      column = (column / 8 + 1) * 8;
      narrow_column++;
    } else if (c == '\f') {
      column = narrow_column = 0;
    } else if (c == '\\') {
      // The whitespace before the first backslash is what counts.
      if (!continued_column) continued_column = column;
      if (!lexer_continue_line(lexer)) return TOKEN_ERROR;
    } else {
      break;
    }
  }
  lexer_unread(lexer, c);
  if (c == '#' || c == '\n') {
    *blank = true;
    return TOKEN_END;
  }
  if (lexer->level > 0) return TOKEN_END;
  if (continued_column) column = narrow_column = continued_column;
  int32_t current = lexer->indents[lexer->indent];
  if (column == current) {
    if (narrow_column != lexer->narrow_indents[lexer->indent]) return lexer_stop(lexer, LEXER_BAD_TABS);
  } else if (column > current) {
    if (lexer->indent + 1 >= LEXER_MAX_INDENT) return lexer_stop(lexer, LEXER_TOO_DEEP);
    if (narrow_column <= lexer->narrow_indents[lexer->indent]) return lexer_stop(lexer, LEXER_BAD_TABS);
    lexer->pending_indents++;
    lexer->indent++;
    lexer->indents[lexer->indent] = column;
    lexer->narrow_indents[lexer->indent] = narrow_column;
  } else {
    while (lexer->indent > 0 && column < lexer->indents[lexer->indent]) {
      lexer->pending_indents--;
      lexer->indent--;
    }
    if (column != lexer->indents[lexer->indent]) return lexer_stop(lexer, LEXER_BAD_DEDENT);
    if (narrow_column != lexer->narrow_indents[lexer->indent]) return lexer_stop(lexer, LEXER_BAD_TABS);
  }
  return TOKEN_END;
}

// Matches "# type: " at the comment from `start` to cur, each space standing for any number of blanks. Returns what
// follows, or NULL.
static const char *type_comment_text(const Lexer *lexer, const char *start) {
  const char *prefix = "# type: ";
  while (*prefix && start < lexer->cur) {
    if (*prefix == ' ') {
      while (*start == ' ' || *start == '\t') start++;
    } else if (*prefix == *start) {
      start++;
    } else {
      break;
    }
    prefix++;
  }
  return *prefix ? NULL : start;
}

static bool is_alphanumeric(uint8_t c) {
  return (lexer_char_class[c] & CHAR_IDENTIFIER) && c != '_';
}

// Checks an identifier that holds bytes over 127, from token_start to cur.
static bool lexer_check_identifier(Lexer *lexer) {
  const uint8_t *at = (const uint8_t *)lexer->token_start, *end = (const uint8_t *)lexer->cur;
  if (utf8_scan(at, (size_t)(end - at), false).status != UTF_OK) {
    lexer->status = LEXER_BAD_UTF8;
    return false;
  }
  bool first = true;
  while (at < end) {
    uint32_t c = utf8_next(&at);
    bool fits = c == '_' || (first ? unicode_is_xid_start(c) : unicode_is_xid_continue(c));
    first = false;
    if (fits) continue;
    lexer->cur = (const char *)at;
    uint8_t text[5] = {0};
    utf8_encode_one(c, text);
    if (unicode_is_printable(c))
      lexer_fail(lexer, "invalid character '%s' (U+%04X)", (const char *)text, c);
    else
      lexer_fail(lexer, "invalid non-printable character U+%04X", c);
    return false;
  }
  return true;
}

// The rest of a string literal whose opening quote has just been read.
static TokenKind lexer_string(Lexer *lexer, int quote) {
  lexer->string_lineno = lexer->lineno;
  lexer->string_line_start = lexer->line_start;
  int quotes = 1;
  if (*lexer->cur == quote) {
    lexer->cur++;
    if (*lexer->cur != quote) {
      if (*lexer->cur == '\0') lexer->status = LEXER_AT_END;
      return TOKEN_STRING;
    }
    lexer->cur++;
    quotes = 3;
  }
  const char *at = lexer->cur;
  int found = 0;
  int c;
  for (;;) {
    c = (uint8_t)*at;
    if (c == quote) {
      at++;
      if (++found == quotes) {
        lexer->cur = at;
        return TOKEN_STRING;
      }
      continue;
    }
    found = 0;
    if (c == '\\') {
      c = (uint8_t)*++at;
      if (c == '\0') break;
      at++;
      if (c != '\n') continue;
    } else if (c == '\n') {
      at++;
      if (quotes == 1) break;
    } else if (c == '\0') {
      break;
    } else {
      at++;
      continue;
    }
    lexer->cur = at;
    lexer_begin_line(lexer);
  }
  // The error is reported at the opening quote.
  int32_t last_line = lexer->lineno;
  lexer->cur = at;
  lexer->line_end = lexer_line_end(lexer);
  lexer->cur = lexer->token_start + 1;
  lexer->line_start = lexer->string_line_start;
  lexer->lineno = lexer->string_lineno;
  if (quotes == 3)
    lexer_fail(lexer, "unterminated triple-quoted string literal (detected at line %d)", last_line);
  else
    lexer_fail(lexer, "unterminated string literal (detected at line %d)", last_line);
  if (c != '\n') lexer->status = LEXER_END_IN_STRING;
  return TOKEN_ERROR;
}

// Whether the word just read, `async`, stands before `def`: then it is a keyword even where async_hacks is set.
static bool lexer_async_def_follows(const Lexer *lexer) {
  Lexer ahead = *lexer;
  ahead.report = NULL;
  Token token;
  lexer_next(&ahead, &token);
  return token.kind == TOKEN_DEF;
}

// An identifier, keyword, or string with a prefix; the first byte has been read.
static TokenKind lexer_word(Lexer *lexer, Token *token, int c) {
  const char *at = lexer->cur;
  // A prefix is at most two letters of b, r, u, f, then a quote.
  bool saw_b = false, saw_r = false, saw_u = false, saw_f = false;
  for (;;) {
    int letter = c | 0x20;
    if (letter == 'b' && !(saw_b || saw_u || saw_f))
      saw_b = true;
    else if (letter == 'u' && !(saw_b || saw_u || saw_r || saw_f))
      saw_u = true;
    else if (letter == 'r' && !(saw_r || saw_u))
      saw_r = true;
    else if (letter == 'f' && !(saw_f || saw_b || saw_u))
      saw_f = true;
    else
      break;
    c = (uint8_t)*at;
    if (c == '"' || c == '\'') {
      lexer->cur = at + 1;
      return lexer_string(lexer, c);
    }
    if (!(lexer_char_class[c] & CHAR_IDENTIFIER)) break;
    at++;
  }
  uint32_t hash = NAME_HASH_SEED;
  uint8_t all_bits = 0;
  at = lexer->token_start;
  while (lexer_char_class[(uint8_t)*at] & CHAR_IDENTIFIER) {
    hash = name_hash_step(hash, (uint8_t)*at);
    all_bits |= (uint8_t)*at;
    at++;
  }
  lexer->cur = at;
  if (*at == '\0') lexer->status = LEXER_AT_END;
  token->name = NULL;
  if (all_bits & 0x80) return lexer_check_identifier(lexer) ? TOKEN_NAME : TOKEN_ERROR;
  const Name *name = name_intern_hashed(lexer->names, lexer->token_start, (size_t)(at - lexer->token_start), hash);
  if (!name) {
    lexer->status = LEXER_NO_MEMORY;
    return TOKEN_ERROR;
  }
  token->name = name;
  TokenKind kind = name->keyword ? (TokenKind)name->keyword : TOKEN_NAME;
  if ((kind != TOKEN_ASYNC && kind != TOKEN_AWAIT) || !lexer->async_hacks || lexer->in_async_def) return kind;
  if (kind == TOKEN_ASYNC && lexer_async_def_follows(lexer)) {
    lexer->async_def_indent = lexer->indent;
    lexer->in_async_def = true;
    return TOKEN_ASYNC;
  }
  return TOKEN_NAME;
}

static TokenKind lexer_open_bracket(Lexer *lexer, char c, TokenKind kind) {
  if (lexer->level >= LEXER_MAX_LEVEL) {
    lexer_fail(lexer, "too many nested parentheses");
    return TOKEN_ERROR;
  }
  lexer->brackets[lexer->level] = c;
  lexer->bracket_lines[lexer->level] = lexer->lineno;
  lexer->bracket_columns[lexer->level] = (int32_t)(lexer->token_start - lexer->line_start);
  lexer->level++;
  return kind;
}

static TokenKind lexer_close_bracket(Lexer *lexer, char c, char wanted, TokenKind kind) {
  if (!lexer->level) {
    lexer_fail(lexer, "unmatched '%c'", c);
    return TOKEN_ERROR;
  }
  lexer->level--;
  char opening = lexer->brackets[lexer->level];
  if (opening == wanted) return kind;
  int32_t line = lexer->bracket_lines[lexer->level];
  if (line != lexer->lineno)
    lexer_fail(lexer, "closing parenthesis '%c' does not match opening parenthesis '%c' on line %d", c, opening, line);
  else
    lexer_fail(lexer, "closing parenthesis '%c' does not match opening parenthesis '%c'", c, opening);
  return TOKEN_ERROR;
}

// Consumes the next byte if it is `c`.
static inline bool lexer_accept(Lexer *lexer, char c) {
  if (*lexer->cur != c) return false;
  lexer->cur++;
  return true;
}

// `operator` or `operator=`.
static inline TokenKind lexer_with_equal(Lexer *lexer, TokenKind plain, TokenKind with_equal) {
  return lexer_accept(lexer, '=') ? with_equal : plain;
}

// An operator of three characters; these stand last in TokenKind.
static bool is_long_operator(TokenKind kind) {
  return kind >= TOKEN_LEFT_SHIFT_EQUAL && kind <= TOKEN_DOUBLE_SLASH_EQUAL;
}

static TokenKind lexer_operator(Lexer *lexer, int c) {
  switch (c) {
  case '(':
    return lexer_open_bracket(lexer, '(', TOKEN_LEFT_PAREN);
  case '[':
    return lexer_open_bracket(lexer, '[', TOKEN_LEFT_BRACKET);
  case '{':
    return lexer_open_bracket(lexer, '{', TOKEN_LEFT_BRACE);
  case ')':
    return lexer_close_bracket(lexer, ')', '(', TOKEN_RIGHT_PAREN);
  case ']':
    return lexer_close_bracket(lexer, ']', '[', TOKEN_RIGHT_BRACKET);
  case '}':
    return lexer_close_bracket(lexer, '}', '{', TOKEN_RIGHT_BRACE);
  case ',':
    return TOKEN_COMMA;
  case ';':
    return TOKEN_SEMICOLON;
  case '~':
    return TOKEN_TILDE;
  case ':':
    return lexer_with_equal(lexer, TOKEN_COLON, TOKEN_COLON_EQUAL);
  case '=':
    return lexer_with_equal(lexer, TOKEN_EQUAL, TOKEN_EQUAL_EQUAL);
  case '+':
    return lexer_with_equal(lexer, TOKEN_PLUS, TOKEN_PLUS_EQUAL);
  case '%':
    return lexer_with_equal(lexer, TOKEN_PERCENT, TOKEN_PERCENT_EQUAL);
  case '@':
    return lexer_with_equal(lexer, TOKEN_AT, TOKEN_AT_EQUAL);
  case '&':
    return lexer_with_equal(lexer, TOKEN_AMPERSAND, TOKEN_AMPERSAND_EQUAL);
  case '|':
    return lexer_with_equal(lexer, TOKEN_BAR, TOKEN_BAR_EQUAL);
  case '^':
    return lexer_with_equal(lexer, TOKEN_CARET, TOKEN_CARET_EQUAL);
  case '-':
    if (lexer_accept(lexer, '>')) return TOKEN_ARROW;
    return lexer_with_equal(lexer, TOKEN_MINUS, TOKEN_MINUS_EQUAL);
  case '*':
    if (lexer_accept(lexer, '*')) return lexer_with_equal(lexer, TOKEN_DOUBLE_STAR, TOKEN_DOUBLE_STAR_EQUAL);
    return lexer_with_equal(lexer, TOKEN_STAR, TOKEN_STAR_EQUAL);
  case '/':
    if (lexer_accept(lexer, '/')) return lexer_with_equal(lexer, TOKEN_DOUBLE_SLASH, TOKEN_DOUBLE_SLASH_EQUAL);
    return lexer_with_equal(lexer, TOKEN_SLASH, TOKEN_SLASH_EQUAL);
  case '<':
    if (lexer_accept(lexer, '<')) return lexer_with_equal(lexer, TOKEN_LEFT_SHIFT, TOKEN_LEFT_SHIFT_EQUAL);
    if (lexer_accept(lexer, '>')) return TOKEN_NOT_EQUAL;
    return lexer_with_equal(lexer, TOKEN_LESS, TOKEN_LESS_EQUAL);
  case '>':
    if (lexer_accept(lexer, '>')) return lexer_with_equal(lexer, TOKEN_RIGHT_SHIFT, TOKEN_RIGHT_SHIFT_EQUAL);
    return lexer_with_equal(lexer, TOKEN_GREATER, TOKEN_GREATER_EQUAL);
  case '!':
    return lexer_with_equal(lexer, TOKEN_UNKNOWN, TOKEN_NOT_EQUAL);
  default:
    if (c < ' ' || c == 0x7F) {
      lexer_fail(lexer, "invalid non-printable character U+%04X", (unsigned)c);
      return TOKEN_ERROR;
    }
    return TOKEN_UNKNOWN;
  }
}

static TokenKind lexer_token(Lexer *lexer, Token *token) {
  bool blank;
next_line:
  lexer->token_start = NULL;
  blank = false;
  if (lexer->at_line_start && lexer_indentation(lexer, &blank) == TOKEN_ERROR) return TOKEN_ERROR;
  if (lexer->pending_indents != 0) {
    if (lexer->pending_indents < 0) {
      lexer->pending_indents++;
      return TOKEN_DEDENT;
    }
    lexer->pending_indents--;
    return TOKEN_INDENT;
  }
  if (lexer->in_async_def && !blank && *lexer->cur != '\n' && lexer->level == 0 && lexer->async_def_newline &&
      lexer->async_def_indent >= lexer->indent) {
    lexer->in_async_def = lexer->async_def_newline = false;
    lexer->async_def_indent = 0;
  }
again:
  lexer->token_start = NULL;
  int c;
  do {
    c = lexer_read(lexer);
  } while (c == ' ' || c == '\t' || c == '\f');
  lexer->token_start = c == LEXER_END_OF_INPUT ? lexer->cur : lexer->cur - 1;
  if (c == '#') {
    const char *newline = memchr(lexer->cur, '\n', (size_t)(lexer->end - lexer->cur));
    lexer->cur = newline ? newline : lexer->end;
    if (lexer->type_comments) {
      const char *text = type_comment_text(lexer, lexer->token_start);
      if (text) {
        if (!newline) lexer->status = LEXER_AT_END;
        if (utf8_scan((const uint8_t *)text, (size_t)(lexer->cur - text), false).status != UTF_OK) {
          lexer->token_start = text;
          lexer->status = LEXER_BAD_UTF8;
          return TOKEN_ERROR;
        }
        const char *behind = text + 6;
        token->start = text;
        token->end = lexer->cur;
        if (lexer->cur >= behind && memcmp(text, "ignore", 6) == 0 &&
            !(lexer->cur > behind && ((uint8_t)*behind >= 128 || is_alphanumeric((uint8_t)*behind)))) {
          token->start = behind;
          // A line of its own is consumed with its newline.
          if (blank) {
            lexer_read(lexer);
            lexer->at_line_start = true;
          }
          return TOKEN_TYPE_IGNORE;
        }
        return TOKEN_TYPE_COMMENT;
      }
    }
    c = lexer_read(lexer);
  }
  if (c == LEXER_END_OF_INPUT) return lexer->level ? TOKEN_ERROR : TOKEN_END;

  TokenKind kind;
  uint8_t char_class = lexer_char_class[c];
  if (char_class & CHAR_IDENTIFIER_START) {
    kind = lexer_word(lexer, token, c);
  } else if (c == '\n') {
    lexer->at_line_start = true;
    if (blank || lexer->level > 0) goto next_line;
    if (lexer->in_async_def) lexer->async_def_newline = true;
    token->start = lexer->token_start;
    token->end = lexer->cur - 1;
    return TOKEN_NEWLINE;
  } else if (c == '.') {
    if (lexer_char_class[(uint8_t)*lexer->cur] & CHAR_DIGIT) {
      kind = lexer_number(lexer, c);
    } else if (lexer->cur[0] == '.' && lexer->cur[1] == '.') {
      lexer->cur += 2;
      kind = TOKEN_ELLIPSIS;
    } else {
      if (lexer->cur[0] == '\0' || (lexer->cur[0] == '.' && lexer->cur[1] == '\0')) lexer->status = LEXER_AT_END;
      kind = TOKEN_DOT;
    }
  } else if (char_class & CHAR_DIGIT) {
    kind = lexer_number(lexer, c);
  } else if (c == '"' || c == '\'') {
    kind = lexer_string(lexer, c);
  } else if (c == '\\') {
    if (!lexer_continue_line(lexer)) return TOKEN_ERROR;
    goto again;
  } else {
    kind = lexer_operator(lexer, c);
    // CPython looks at the byte behind any operator that could be longer, even a bracket.
    if (*lexer->cur == '\0' && kind != TOKEN_ERROR && !is_long_operator(kind)) lexer->status = LEXER_AT_END;
  }
  if (kind != TOKEN_ERROR) {
    token->start = lexer->token_start;
    token->end = lexer->cur;
  }
  return kind;
}

void lexer_next(Lexer *lexer, Token *token) {
  token->start = token->end = NULL;
  TokenKind kind = lexer_token(lexer, token);
  token->kind = kind;
  token->level = (uint8_t)lexer->level;
  const char *line_start = lexer->line_start;
  token->lineno = token->end_lineno = lexer->lineno;
  const char *first_line_start = line_start;
  if (kind == TOKEN_STRING) {
    first_line_start = lexer->string_line_start;
    token->lineno = lexer->string_lineno;
  }
  token->col_offset =
      token->start && token->start >= first_line_start ? (int32_t)(token->start - first_line_start) : -1;
  token->end_col_offset = token->end && token->end >= line_start ? (int32_t)(token->end - line_start) : -1;
  if (lexer->lineno == lexer->starting_lineno) {
    token->col_offset += lexer->starting_col_offset;
    token->end_col_offset += lexer->starting_col_offset;
  }
}
