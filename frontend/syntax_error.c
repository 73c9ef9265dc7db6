// Filling in error reports; see syntax_error.h.
#include "frontend/syntax_error.h"

#include "runtime/support/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void syntax_report_init(SyntaxErrorReport *report) {
  *report = (SyntaxErrorReport){.kind = SYNTAX_NO_ERROR};
  report->warnings_end = &report->warnings;
}

void syntax_report_memory_error(SyntaxErrorReport *report) {
  report->kind = SYNTAX_MEMORY_ERROR;
  report->has_location = false;
  report->message = NULL;
}

static void report_message(SyntaxErrorReport *report, Arena *arena, SyntaxErrorKind kind, const char *format,
                           va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  char *message = length < 0 ? NULL : arena_allocate(arena, (size_t)length + 1);
  if (!message) {
    syntax_report_memory_error(report);
    return;
  }
  vsnprintf(message, (size_t)length + 1, format, arguments);
  report->kind = kind;
  report->message = message;
}

void syntax_report_plain(SyntaxErrorReport *report, Arena *arena, SyntaxErrorKind kind, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  report->has_location = false;
  report_message(report, arena, kind, format, arguments);
  va_end(arguments);
}

void syntax_report_at(SyntaxErrorReport *report, Arena *arena, SyntaxErrorKind kind, AstRange range, const char *format,
                      ...) {
  va_list arguments;
  va_start(arguments, format);
  report_message(report, arena, kind, format, arguments);
  va_end(arguments);
  if (report->kind != kind) return;
  report->has_location = true;
  report->lineno = range.lineno;
  report->offset = range.col_offset + 1;
  report->end_lineno = range.end_lineno;
  report->end_offset = range.end_col_offset + 1;
  report->text = NULL;
  report->text_length = 0;
}

void syntax_report_set_text(SyntaxErrorReport *report, Arena *arena, const char *start, const char *end) {
  const uint8_t *at = (const uint8_t *)start;
  size_t size = (size_t)(end - start);
  UtfScan scan = utf8_scan(at, size, false);
  // Each bad byte may become three.
  char *text = arena_allocate_array(arena, size + 1, scan.status == UTF_OK ? 1 : 3), *out = text;
  if (!text) {
    syntax_report_memory_error(report);
    return;
  }
  for (;;) {
    memcpy(out, at, scan.size);
    out += scan.size;
    if (scan.status == UTF_OK) break;
    memcpy(out, "\xEF\xBF\xBD", 3);
    out += 3;
    at += scan.size + scan.bad_size;
    size -= scan.size + scan.bad_size;
    scan = utf8_scan(at, size, false);
  }
  *out = '\0';
  report->text = text;
  report->text_length = (size_t)(out - text);
}

bool syntax_report_warn(SyntaxErrorReport *report, Arena *arena, SyntaxWarningKind kind, const char *message,
                        AstRange range) {
  SyntaxWarningEntry *entry = arena_allocate(arena, sizeof(SyntaxWarningEntry));
  if (!entry) return false;
  *entry = (SyntaxWarningEntry){.kind = kind, .message = message, .lineno = range.lineno, .range = range};
  *report->warnings_end = entry;
  report->warnings_end = &entry->next;
  return true;
}
