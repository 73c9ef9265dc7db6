// What the files about string literals share.
#pragma once

#include "frontend/string_literal.h"

// Text under construction, in the arena.
typedef struct TextBuffer {
  char *data;
  size_t length;
  size_t capacity;
} TextBuffer;

// Makes room for `more` bytes and a NUL; returns false, with the status set, when memory is exhausted.
bool text_reserve(StringContext *context, TextBuffer *text, size_t more);
bool text_append(StringContext *context, TextBuffer *text, const char *bytes, size_t length);

// Sets the status and reports.
[[gnu::format(printf, 4, 5)]] void string_fail(StringContext *context, const Token *token, SyntaxErrorKind kind,
                                               const char *format, ...);
bool string_no_memory(StringContext *context);

// Each appends what the text from `start` to `end` denotes. They return false on failure.
bool string_append_raw(StringContext *context, TextBuffer *text, const char *start, const char *end);
bool string_append_escaped(StringContext *context, TextBuffer *text, const char *start, const char *end,
                           const Token *token);
bool bytes_append_escaped(StringContext *context, TextBuffer *text, const char *start, const char *end,
                          const Token *token);

// Warns of the invalid escape sequence whose character (behind the backslash) is at `at`.
bool string_warn_escape(StringContext *context, const char *at, const Token *token);
