// String literals: from STRING tokens to the constant, or the JoinedStr, that they denote.
//
// Both parsers use this: the fast one, which only wants to know whether it worked, and the one that finds error
// messages. What differs between them is in StringContext: how the expression in a replacement field is parsed, and
// where errors go.
#pragma once

#include "frontend/parser.h"
#include "frontend/token.h"

typedef enum StringStatus : uint8_t { STRING_OK, STRING_FAILED, STRING_NO_MEMORY } StringStatus;

typedef struct StringContext StringContext;
struct StringContext {
  ParseSession *session;
  int feature_version;
  // Parses text from `start` to `end` (a NUL), an expression in parentheses. It stands on line `lineno`, and its tokens
  // on that line are to be moved right by col_offset. NULL on failure, with `status` set.
  AstExpr *(*parse_field)(StringContext *context, const char *start, const char *end, int32_t lineno,
                          int32_t col_offset);
  // Reports an error: at `token`, or, if that is NULL, at the token read last. May be NULL.
  void (*fail)(StringContext *context, const Token *token, SyntaxErrorKind kind, const char *message);
  bool warns; // whether invalid escapes are reported as warnings
  StringStatus status;
  void *owner; // for the functions above
};

// Joins adjacent literals. Returns NULL on failure, with context->status set and the error reported.
AstExpr *string_literals_join(StringContext *context, const Token *tokens, size_t count);
