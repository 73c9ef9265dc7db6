// Reading source text; see source.h.
#include "frontend/source.h"

#include "runtime/support/utf8.h"

#include <string.h>

bool source_from_text(ParseSession *session, const char *text, size_t length, bool final_newline, SourceText *source) {
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

// Lines of source as check_cookie sees them: up to and without the newline, or NULL if there is no newline.
static const char *line_end(const char *line, const char *end) {
  return line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\f';
}

static bool is_encoding_name(char c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' || c == '_' || c == '.';
}

// Whether a normalized name is `name`, or that with a suffix behind a hyphen.
static bool is_encoding(const char *normalized, const char *name) {
  size_t length = strlen(name);
  return strncmp(normalized, name, length) == 0 && (normalized[length] == '\0' || normalized[length] == '-');
}

// The name by which Python knows the encodings it treats specially; any other is copied as it is. NULL when memory is
// exhausted.
static const char *normal_encoding(Arena *arena, const char *start, const char *end) {
  char normalized[13];
  size_t length = 0;
  for (const char *at = start; at < end && length < sizeof(normalized) - 1; at++) {
    char c = *at;
    if (c >= 'A' && c <= 'Z') c |= 0x20;
    normalized[length++] = c == '_' ? '-' : c;
  }
  normalized[length] = '\0';
  if (is_encoding(normalized, "utf-8")) return "utf-8";
  if (is_encoding(normalized, "latin-1") || is_encoding(normalized, "iso-8859-1") ||
      is_encoding(normalized, "iso-latin-1"))
    return "iso-8859-1";
  return arena_copy(arena, start, (size_t)(end - start));
}

typedef enum CookieResult : uint8_t {
  COOKIE_FOUND,
  COOKIE_NONE,
  COOKIE_IMPOSSIBLE_BELOW,
  COOKIE_NO_MEMORY
} CookieResult;

// Looks for a coding cookie in a comment line.
static CookieResult find_cookie(Arena *arena, const char *line, const char *end, const char **encoding) {
  const char *at = line;
  while (at < end && is_blank(*at)) at++;
  if (at == end) return COOKIE_NONE;
  if (*at != '#') return COOKIE_IMPOSSIBLE_BELOW;
  for (; end - at > 6; at++) {
    if (memcmp(at, "coding", 6) != 0 || (at[6] != ':' && at[6] != '=')) continue;
    const char *start = at + 7;
    while (start < end && (*start == ' ' || *start == '\t')) start++;
    const char *stop = start;
    while (stop < end && is_encoding_name(*stop)) stop++;
    if (start == stop) continue;
    *encoding = normal_encoding(arena, start, stop);
    return *encoding ? COOKIE_FOUND : COOKIE_NO_MEMORY;
  }
  return COOKIE_NONE;
}

// An error found before any token: CPython gives it line 0 and column -1.
static bool fail_at_start(ParseSession *session, const char *format, const char *detail) {
  SyntaxErrorReport *report = &session->report;
  syntax_report_plain(report, &session->arena, SYNTAX_ERROR, format, detail);
  if (report->kind != SYNTAX_ERROR) return false;
  report->has_location = true;
  report->lineno = 0;
  report->offset = -1;
  report->end_lineno = report->end_offset = SYNTAX_POSITION_NONE;
  return false;
}

static bool fail_memory(ParseSession *session) {
  syntax_report_memory_error(&session->report);
  return false;
}

// Replaces the text of `source` by its decoding.
static bool source_decode(ParseSession *session, SourceText *source, const char *encoding) {
  Arena *arena = &session->arena;
  size_t length = (size_t)(source->end - source->start), decoded_length = 0;
  char *decoded = NULL;
  if (strcmp(encoding, "iso-8859-1") == 0) {
    decoded = arena_allocate_array(arena, length + 1, 2);
    if (!decoded) return fail_memory(session);
    for (size_t i = 0; i < length; i++)
      decoded_length += (size_t)utf8_encode_one((uint8_t)source->start[i], (uint8_t *)decoded + decoded_length);
    decoded[decoded_length] = '\0';
  } else if (!session->decoder.decode) {
    return fail_at_start(session, "unknown encoding: %s", encoding);
  } else if (!session->decoder.decode(session->decoder.data, arena, encoding, source->start, length, &decoded,
                                      &decoded_length)) {
    return decoded ? fail_at_start(session, "%s", decoded) : fail_memory(session);
  }
  source->start = decoded;
  source->end = decoded + decoded_length;
  return true;
}

bool source_from_bytes(ParseSession *session, const char *bytes, size_t length, bool final_newline,
                       SourceText *source) {
  bool has_mark = length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0;
  if (has_mark) {
    bytes += 3;
    length -= 3;
  }
  if (!source_from_text(session, bytes, length, final_newline, source)) return false;
  const char *encoding = NULL;
  const char *line = source->start;
  CookieResult result = COOKIE_NONE;
  for (int i = 0; i < 2 && result == COOKIE_NONE; i++) {
    const char *stop = line_end(line, source->end);
    if (!stop) break;
    result = find_cookie(&session->arena, line, stop, &encoding);
    line = stop + 1;
  }
  if (result == COOKIE_NO_MEMORY) return fail_memory(session);
  source->counts_characters = has_mark || encoding;
  if (!encoding || strcmp(encoding, "utf-8") == 0) return true;
  if (has_mark) return fail_at_start(session, "encoding problem: %s with BOM", encoding);
  return source_decode(session, source, encoding);
}

bool source_has_more(const char *text) {
  for (;;) {
    while (is_blank(*text) || *text == '\n') text++;
    if (*text != '#') return *text != '\0';
    while (*text && *text != '\n') text++;
  }
}
