// Lexer: source text to tokens, one at a time.
//
// It reads normalized text: UTF-8, lines ending in '\n' only, no NUL but the one behind the last byte. Its state is a
// plain struct without pointers to itself, so a parser that wants to look ahead copies the struct and goes back by
// assignment.
//
// Errors are those of CPython's tokenizer, with its idea of "the current position" (`cur`, `line_start`, `buffer`),
// because the places it reports follow from that.
#pragma once

#include "frontend/syntax_error.h"
#include "frontend/token.h"

enum { LEXER_MAX_LEVEL = 200, LEXER_MAX_INDENT = 100 };

// Why the lexer stopped. Those from LEXER_FAILED on come with a TOKEN_ERROR.
typedef enum LexerStatus : uint8_t {
  LEXER_RUNNING,
  LEXER_AT_END, // has tried to read behind the last byte; a TOKEN_ERROR then means an open bracket or a lone backslash
  LEXER_FAILED, // the report says why
  LEXER_END_IN_STRING,    // so does it here: the input ends within a triple-quoted string
  LEXER_BAD_DEDENT,       // fits no outer level of indentation
  LEXER_BAD_TABS,         // tabs and spaces mixed so that the level depends on the tab size
  LEXER_TOO_DEEP,         // too many levels of indentation
  LEXER_BAD_CONTINUATION, // something behind a backslash
  LEXER_BAD_UTF8,         // in an identifier or type comment, which reaches from token_start to cur
  LEXER_NO_MEMORY,
} LexerStatus;

typedef struct Lexer {
  const char *cur;               // next byte to read
  const char *line_start;        // of the line that cur is in, or, at the end of a line, has just left
  const char *token_start;       // NULL between tokens
  const char *buffer;            // start of the first line of the current token
  const char *string_line_start; // line_start at the opening quote of the newest string
  const char *end;               // the NUL behind the text
  const char *line_end;          // after an unterminated string: end of the line where that was noticed; otherwise NULL
  NameTable *names;
  SyntaxErrorReport *report; // may be NULL: then neither messages nor warnings are made
  Arena *arena;
  int32_t lineno;
  int32_t string_lineno;
  // Tokens that end on line starting_lineno are moved right by starting_col_offset: the text is part of an f-string.
  int32_t starting_lineno;
  int32_t starting_col_offset;
  LexerStatus status;
  bool at_line_start;
  bool type_comments;
  bool async_hacks; // `async` and `await` are words only within `async def`
  bool in_async_def;
  bool async_def_newline;
  int32_t async_def_indent;
  int32_t pending_indents;                  // INDENTs (positive) or DEDENTs (negative) to be handed out
  int32_t indent;                           // index of the current level
  int32_t level;                            // number of open brackets
  int32_t indents[LEXER_MAX_INDENT];        // columns, tabs to multiples of eight
  int32_t narrow_indents[LEXER_MAX_INDENT]; // columns, a tab counting as one
  int32_t bracket_lines[LEXER_MAX_LEVEL];
  int32_t bracket_columns[LEXER_MAX_LEVEL];
  char brackets[LEXER_MAX_LEVEL];
} Lexer;

// Makes a lexer of the text from `start` to `end`, where a NUL must stand. Does not take ownership of anything.
void lexer_init(Lexer *lexer, const char *start, const char *end, NameTable *names, SyntaxErrorReport *report);

// Copies the state needed to come back to this point; brackets and indents that are open now must still be open then.
typedef struct LexerMark {
  Lexer *lexer;
  alignas(8) char state[offsetof(Lexer, indents)];
} LexerMark;
void lexer_mark(Lexer *lexer, LexerMark *mark);
void lexer_reset(const LexerMark *mark);

// Reads the next token. After TOKEN_END or TOKEN_ERROR do not call it again, but for the one case that CPython has:
// asking for tokens beyond an unexpected end gives the same again.
void lexer_next(Lexer *lexer, Token *token);

// End of the line that has been read last, as a tokenizer that reads line by line sees it.
const char *lexer_line_end(const Lexer *lexer);

// Reports `format` at the current position as CPython's tokenizer does, and sets the status to LEXER_FAILED.
[[gnu::format(printf, 2, 3)]] void lexer_fail(Lexer *lexer, const char *format, ...);

// Interns the keywords, so that an identifier's Name says which keyword it is. Call once for each NameTable.
bool token_intern_keywords(NameTable *names);

// The text of an operator or keyword.
const char *token_text(TokenKind kind);
