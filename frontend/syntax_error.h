// What is wrong with a source: everything Python shows of a SyntaxError, as plain data.
//
// Lexer, parser, symbol table and compiler stop at the first error and describe it in a SyntaxErrorReport; only their
// caller, who knows Python objects, turns it into an exception. Warnings found on the way are kept in a list, because
// the caller issues them through the `warnings` module, which may turn them into errors.
#pragma once

#include "frontend/ast.h"

typedef enum SyntaxErrorKind : uint8_t {
  SYNTAX_NO_ERROR,
  SYNTAX_ERROR,
  SYNTAX_INDENTATION_ERROR,
  SYNTAX_TAB_ERROR,
  SYNTAX_VALUE_ERROR,
  SYNTAX_TYPE_ERROR,
  SYNTAX_OVERFLOW_ERROR,
  SYNTAX_RECURSION_ERROR,
  SYNTAX_MEMORY_ERROR, // the only kind whose message may be NULL
  SYNTAX_SYSTEM_ERROR,
  SYNTAX_UNICODE_DECODE_ERROR, // source bytes that the declared codec rejects outside any line
} SyntaxErrorKind;

// In `end_lineno` and `end_offset` of a report: None.
enum { SYNTAX_POSITION_NONE = INT32_MIN };

typedef enum SyntaxWarningKind : uint8_t { SYNTAX_WARNING, SYNTAX_DEPRECATION_WARNING } SyntaxWarningKind;

// If the warning is turned into an error, CPython reports a SyntaxError with the warning's message at `range`.
typedef struct SyntaxWarningEntry {
  struct SyntaxWarningEntry *next;
  SyntaxWarningKind kind;
  const char *message;
  int32_t lineno;
  AstRange range; // columns in bytes
} SyntaxWarningEntry;

typedef struct SyntaxErrorReport {
  SyntaxErrorKind kind;
  bool has_location;   // SyntaxError and its subclasses: whether the fields below (lineno to text) are set
  const char *message; // UTF-8, lives in the arena
  int32_t lineno;      // as the exception's attributes: lines and columns from 1, columns in characters
  int32_t offset;
  int32_t end_lineno;
  int32_t end_offset;
  const char *text; // the source line; NULL if the caller is to find it in the file (errors found after parsing)
  size_t text_length;
  SyntaxWarningEntry *warnings; // in order of discovery
  SyntaxWarningEntry **warnings_end;
} SyntaxErrorReport;

// Makes an empty report.
void syntax_report_init(SyntaxErrorReport *report);

// Records that memory ran out.
void syntax_report_memory_error(SyntaxErrorReport *report);

// Records an error that has no place in the source (any kind but the SyntaxErrors).
[[gnu::format(printf, 4, 5)]] void syntax_report_plain(SyntaxErrorReport *report, Arena *arena, SyntaxErrorKind kind,
                                                       const char *format, ...);

// Records an error at a node, as the symbol table and the compiler do: the range's byte columns become the exception's
// offsets by adding one (CPython does not convert them to characters there), and the caller finds the text.
[[gnu::format(printf, 5, 6)]] void syntax_report_at(SyntaxErrorReport *report, Arena *arena, SyntaxErrorKind kind,
                                                    AstRange range, const char *format, ...);

// Sets the line shown with an error to a copy of the bytes from `start` to `end`, with U+FFFD for what is not UTF-8.
void syntax_report_set_text(SyntaxErrorReport *report, Arena *arena, const char *start, const char *end);

// Appends a warning; `message` must live as long as the arena. Returns false when memory is exhausted.
bool syntax_report_warn(SyntaxErrorReport *report, Arena *arena, SyntaxWarningKind kind, const char *message,
                        AstRange range);
