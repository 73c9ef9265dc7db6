// Reading source text; see source.h.
#include "frontend/source.h"

#include <string.h>

bool source_from_text(ParseSession *session, const char *text, size_t length, bool final_newline,
                      SourceText *source) {
  if (length && memchr(text, '\0', length)) {
    syntax_report_plain(&session->report, &session->arena, SYNTAX_VALUE_ERROR,
                        "source code string cannot contain null bytes");
    return false;
  }
  char *copy = length < INT32_MAX ? arena_allocate(&session->arena, length + 2) : NULL;
  if (!copy) {
    syntax_report_memory_error(&session->report);
    return false;
  }
  char *out = copy;
  const char *end = text + length;
  // "\r\n" and "\r" become "\n".
  for (const char *at = text; at < end;) {
    const char *stop = memchr(at, '\r', (size_t)(end - at));
    size_t run = (size_t)((stop ? stop : end) - at);
    memcpy(out, at, run);
    out += run;
    at += run;
    if (!stop) break;
    *out++ = '\n';
    at += at + 1 < end && at[1] == '\n' ? 2 : 1;
  }
  if (final_newline && (out == copy || out[-1] != '\n')) *out++ = '\n';
  *out = '\0';
  *source = (SourceText){.start = copy, .end = out, .counts_characters = true};
  return true;
}
