// Number literals: where they end, and what may not follow them. Their values are computed by the parser.
#include "frontend/lexer_internal.h"

#include <stdio.h>
#include <string.h>

static inline bool is_digit(int c) {
  return c >= '0' && c <= '9';
}

// Digits with single underscores between them; one digit has been read. Returns the byte behind, which has been read as
// well, or 0 after reporting an error.
static int lexer_decimal_tail(Lexer *lexer) {
  for (;;) {
    int c;
    do {
      c = lexer_read(lexer);
    } while (is_digit(c));
    if (c != '_') return c;
    c = lexer_read(lexer);
    if (!is_digit(c)) {
      lexer_unread(lexer, c);
      lexer_fail(lexer, "invalid decimal literal");
      return 0;
    }
  }
}

// Whether a word goes on at cur that may follow a number in old code without a space: and, else, for, if, in, is, or,
// not. CPython does not look where a word in `i` ends.
static bool keyword_follows(const Lexer *lexer, int c) {
  static const struct {
    char first;
    const char *rest;
  } keywords[] = {{'a', "nd"}, {'e', "lse"}, {'f', "or"}, {'i', "f"}, {'i', "n"}, {'i', "s"}, {'n', "ot"}, {'o', "r"}};
  for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
    size_t length = strlen(keywords[i].rest);
    if (keywords[i].first != c || strncmp(lexer->cur, keywords[i].rest, length) != 0) continue;
    return c == 'i' || !(lexer_char_class[(uint8_t)lexer->cur[length]] & CHAR_IDENTIFIER);
  }
  return false;
}

// Checks that a number may end before `c`, which has been read. Returns false after reporting an error.
static bool lexer_number_may_end(Lexer *lexer, int c, const char *kind) {
  if (c == LEXER_END_OF_INPUT || !(lexer_char_class[c] & CHAR_IDENTIFIER)) return true;
  if (keyword_follows(lexer, c)) {
    if (!lexer->report) return true;
    char message[48];
    int length = snprintf(message, sizeof(message), "invalid %s literal", kind);
    const char *copy = arena_copy(lexer->arena, message, (size_t)length);
    int32_t column = (int32_t)(lexer->cur - 1 - lexer->line_start) - 1;
    AstRange range = {lexer->lineno, column, lexer->lineno, column};
    if (copy && syntax_report_warn(lexer->report, lexer->arena, SYNTAX_WARNING, copy, range)) return true;
    lexer->status = LEXER_NO_MEMORY;
    return false;
  }
  lexer_unread(lexer, c);
  lexer_fail(lexer, "invalid %s literal", kind);
  return false;
}

typedef struct Radix {
  const char *name;
  uint8_t char_class;
  int limit; // digits from here on are no digits of this radix
} Radix;

static bool is_radix_digit(const Radix *radix, int c) {
  return c != LEXER_END_OF_INPUT && (lexer_char_class[c] & radix->char_class) && c < radix->limit;
}

// The part behind 0x, 0o or 0b.
static TokenKind lexer_radix_number(Lexer *lexer, const Radix *radix) {
  int c = lexer_read(lexer);
  do {
    if (c == '_') c = lexer_read(lexer);
    if (!is_radix_digit(radix, c)) {
      if (is_digit(c)) {
        lexer_fail(lexer, "invalid digit '%c' in %s literal", c, radix->name);
      } else {
        lexer_unread(lexer, c);
        lexer_fail(lexer, "invalid %s literal", radix->name);
      }
      return TOKEN_ERROR;
    }
    do {
      c = lexer_read(lexer);
    } while (is_radix_digit(radix, c));
  } while (c == '_');
  if (is_digit(c)) {
    lexer_fail(lexer, "invalid digit '%c' in %s literal", c, radix->name);
    return TOKEN_ERROR;
  }
  if (!lexer_number_may_end(lexer, c, radix->name)) return TOKEN_ERROR;
  lexer_unread(lexer, c);
  return TOKEN_NUMBER;
}

// What may follow the digits before the point: fraction, exponent, j. `c` is the byte read last.
static TokenKind lexer_number_rest(Lexer *lexer, int c) {
  const char *kind = "decimal";
  if (c == '.') {
    c = lexer_read(lexer);
    if (is_digit(c) && !(c = lexer_decimal_tail(lexer))) return TOKEN_ERROR;
  }
  if (c == 'e' || c == 'E') {
    int e = c;
    c = lexer_read(lexer);
    if (c == '+' || c == '-') {
      c = lexer_read(lexer);
      if (!is_digit(c)) {
        lexer_unread(lexer, c);
        lexer_fail(lexer, "invalid decimal literal");
        return TOKEN_ERROR;
      }
    } else if (!is_digit(c)) {
      // Not an exponent: perhaps the word `else`.
      lexer_unread(lexer, c);
      if (!lexer_number_may_end(lexer, e, kind)) return TOKEN_ERROR;
      lexer_unread(lexer, e);
      return TOKEN_NUMBER;
    }
    if (!(c = lexer_decimal_tail(lexer))) return TOKEN_ERROR;
  }
  if (c == 'j' || c == 'J') {
    c = lexer_read(lexer);
    kind = "imaginary";
  }
  if (!lexer_number_may_end(lexer, c, kind)) return TOKEN_ERROR;
  lexer_unread(lexer, c);
  return TOKEN_NUMBER;
}

// A number that starts with 0: a radix prefix, or only zeros unless a fraction, exponent or j follows.
static TokenKind lexer_zero_number(Lexer *lexer) {
  static const Radix hexadecimal = {"hexadecimal", CHAR_HEX, 128}, octal = {"octal", CHAR_DIGIT, '8'},
                     binary = {"binary", CHAR_DIGIT, '2'};
  int c = lexer_read(lexer);
  if (c == 'x' || c == 'X') return lexer_radix_number(lexer, &hexadecimal);
  if (c == 'o' || c == 'O') return lexer_radix_number(lexer, &octal);
  if (c == 'b' || c == 'B') return lexer_radix_number(lexer, &binary);
  for (;;) {
    if (c == '_') {
      c = lexer_read(lexer);
      if (!is_digit(c)) {
        lexer_unread(lexer, c);
        lexer_fail(lexer, "invalid decimal literal");
        return TOKEN_ERROR;
      }
    }
    if (c != '0') break;
    c = lexer_read(lexer);
  }
  const char *zeros_end = lexer->cur;
  bool nonzero = is_digit(c);
  if (nonzero && !(c = lexer_decimal_tail(lexer))) return TOKEN_ERROR;
  if (nonzero && c != '.' && c != 'e' && c != 'E' && c != 'j' && c != 'J') {
    lexer_unread(lexer, c);
    lexer_fail(lexer,
               "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers");
    if (lexer->report) {
      lexer->report->offset = (int32_t)(lexer->token_start + 1 - lexer->line_start);
      lexer->report->end_offset = (int32_t)(zeros_end - lexer->line_start);
    }
    return TOKEN_ERROR;
  }
  return lexer_number_rest(lexer, c);
}

TokenKind lexer_number(Lexer *lexer, int first) {
  if (first == '0') return lexer_zero_number(lexer);
  if (first == '.') return lexer_number_rest(lexer, first);
  int c = lexer_decimal_tail(lexer);
  return c ? lexer_number_rest(lexer, c) : TOKEN_ERROR;
}
