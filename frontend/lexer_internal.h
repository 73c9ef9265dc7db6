// What the lexer's own files share.
#pragma once

#include "frontend/lexer.h"

enum { LEXER_END_OF_INPUT = -1 };

enum : uint8_t { CHAR_IDENTIFIER_START = 1, CHAR_IDENTIFIER = 2, CHAR_DIGIT = 4, CHAR_HEX = 8 };
extern const uint8_t lexer_char_class[256];

// Reads a byte, or notes that there is none.
static inline int lexer_read(Lexer *lexer) {
  uint8_t c = (uint8_t)*lexer->cur;
  if (c == '\0') {
    lexer->status = LEXER_AT_END;
    return LEXER_END_OF_INPUT;
  }
  lexer->cur++;
  return c;
}

static inline void lexer_unread(Lexer *lexer, int c) {
  if (c != LEXER_END_OF_INPUT) lexer->cur--;
}

// A number whose first byte (a digit, or a point before one) has been read.
TokenKind lexer_number(Lexer *lexer, int first);
