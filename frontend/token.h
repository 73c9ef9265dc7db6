// Tokens: what the lexer makes of the source and the parser reads.
#pragma once

#include "frontend/name.h"

// Punctuation and operators: X(name, text). Those of three characters stand last.
#define TOKEN_OPERATORS(X)                                                                                             \
  X(LEFT_PAREN, "(")                                                                                                   \
  X(RIGHT_PAREN, ")")                                                                                                  \
  X(LEFT_BRACKET, "[")                                                                                                 \
  X(RIGHT_BRACKET, "]")                                                                                                \
  X(LEFT_BRACE, "{")                                                                                                   \
  X(RIGHT_BRACE, "}")                                                                                                  \
  X(COLON, ":")                                                                                                        \
  X(COMMA, ",")                                                                                                        \
  X(SEMICOLON, ";")                                                                                                    \
  X(DOT, ".")                                                                                                          \
  X(ELLIPSIS, "...")                                                                                                   \
  X(ARROW, "->")                                                                                                       \
  X(EQUAL, "=")                                                                                                        \
  X(COLON_EQUAL, ":=")                                                                                                 \
  X(PLUS, "+")                                                                                                         \
  X(MINUS, "-")                                                                                                        \
  X(STAR, "*")                                                                                                         \
  X(SLASH, "/")                                                                                                        \
  X(DOUBLE_SLASH, "//")                                                                                                \
  X(PERCENT, "%")                                                                                                      \
  X(AT, "@")                                                                                                           \
  X(DOUBLE_STAR, "**")                                                                                                 \
  X(LEFT_SHIFT, "<<")                                                                                                  \
  X(RIGHT_SHIFT, ">>")                                                                                                 \
  X(AMPERSAND, "&")                                                                                                    \
  X(BAR, "|")                                                                                                          \
  X(CARET, "^")                                                                                                        \
  X(TILDE, "~")                                                                                                        \
  X(LESS, "<")                                                                                                         \
  X(GREATER, ">")                                                                                                      \
  X(LESS_EQUAL, "<=")                                                                                                  \
  X(GREATER_EQUAL, ">=")                                                                                               \
  X(EQUAL_EQUAL, "==")                                                                                                 \
  X(NOT_EQUAL, "!=")                                                                                                   \
  X(PLUS_EQUAL, "+=")                                                                                                  \
  X(MINUS_EQUAL, "-=")                                                                                                 \
  X(STAR_EQUAL, "*=")                                                                                                  \
  X(AT_EQUAL, "@=")                                                                                                    \
  X(SLASH_EQUAL, "/=")                                                                                                 \
  X(PERCENT_EQUAL, "%=")                                                                                               \
  X(AMPERSAND_EQUAL, "&=")                                                                                             \
  X(BAR_EQUAL, "|=")                                                                                                   \
  X(CARET_EQUAL, "^=")                                                                                                 \
  X(LEFT_SHIFT_EQUAL, "<<=")                                                                                           \
  X(RIGHT_SHIFT_EQUAL, ">>=")                                                                                          \
  X(DOUBLE_STAR_EQUAL, "**=")                                                                                          \
  X(DOUBLE_SLASH_EQUAL, "//=")

// Reserved words: X(name, text).
#define TOKEN_KEYWORDS(X)                                                                                              \
  X(FALSE, "False")                                                                                                    \
  X(NONE, "None")                                                                                                      \
  X(TRUE, "True")                                                                                                      \
  X(AND, "and")                                                                                                        \
  X(AS, "as")                                                                                                          \
  X(ASSERT, "assert")                                                                                                  \
  X(BREAK, "break")                                                                                                    \
  X(CLASS, "class")                                                                                                    \
  X(CONTINUE, "continue")                                                                                              \
  X(DEF, "def")                                                                                                        \
  X(DEL, "del")                                                                                                        \
  X(ELIF, "elif")                                                                                                      \
  X(ELSE, "else")                                                                                                      \
  X(EXCEPT, "except")                                                                                                  \
  X(FINALLY, "finally")                                                                                                \
  X(FOR, "for")                                                                                                        \
  X(FROM, "from")                                                                                                      \
  X(GLOBAL, "global")                                                                                                  \
  X(IF, "if")                                                                                                          \
  X(IMPORT, "import")                                                                                                  \
  X(IN, "in")                                                                                                          \
  X(IS, "is")                                                                                                          \
  X(LAMBDA, "lambda")                                                                                                  \
  X(NONLOCAL, "nonlocal")                                                                                              \
  X(NOT, "not")                                                                                                        \
  X(OR, "or")                                                                                                          \
  X(PASS, "pass")                                                                                                      \
  X(RAISE, "raise")                                                                                                    \
  X(RETURN, "return")                                                                                                  \
  X(TRY, "try")                                                                                                        \
  X(WHILE, "while")                                                                                                    \
  X(WITH, "with")                                                                                                      \
  X(YIELD, "yield")

// `async` and `await` stand apart: before Python 3.7 they were words only where an `async def` made them so.
typedef enum TokenKind : uint8_t {
  TOKEN_END,
  TOKEN_NAME,
  TOKEN_NUMBER,
  TOKEN_STRING,
  TOKEN_NEWLINE,
  TOKEN_INDENT,
  TOKEN_DEDENT,
  TOKEN_TYPE_COMMENT,
  TOKEN_TYPE_IGNORE,
  TOKEN_ASYNC,
  TOKEN_AWAIT,
  TOKEN_UNKNOWN, // a printable character that starts no token, such as `$`
  TOKEN_ERROR,
#define TOKEN_MEMBER(name, text) TOKEN_##name,
  TOKEN_OPERATORS(TOKEN_MEMBER) TOKEN_KEYWORDS(TOKEN_MEMBER)
#undef TOKEN_MEMBER
      TOKEN_KIND_COUNT
} TokenKind;

typedef struct Token {
  TokenKind kind;
  uint8_t level; // brackets open behind this token
  int32_t lineno;
  int32_t col_offset; // -1 for tokens without text (END, INDENT, DEDENT, ERROR)
  int32_t end_lineno;
  int32_t end_col_offset;
  const char *start; // the text, in the lexer's buffer; NULL for tokens without text
  const char *end;
  const Name *name; // of a NAME in ASCII; any other NAME is not yet normalized, and has NULL here
} Token;
