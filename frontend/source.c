// Reading source text; see source.h.
#include "frontend/source.h"

#include "runtime/support/utf8.h"

#include <stdio.h>
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

// A problem with the encoding. In a bytes object CPython gives it line 0 and column -1, and says more than of a file.
static bool fail_at_start(ParseSession *session, const SourceText *source, const char *encoding, const char *format,
                          const char *detail) {
  SyntaxErrorReport *report = &session->report;
  if (source->is_file) {
    syntax_report_plain(report, &session->arena, SYNTAX_ERROR, "encoding problem: %s", encoding);
    return false;
  }
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

// Decodes Latin-1 to UTF-8.
static bool decode_latin1(ParseSession *session, SourceText *source) {
  size_t length = (size_t)(source->end - source->start), decoded_length = 0;
  char *decoded = arena_allocate_array(&session->arena, length + 1, 2);
  if (!decoded) return fail_memory(session);
  for (size_t i = 0; i < length; i++)
    decoded_length += (size_t)utf8_encode_one((uint8_t)source->start[i], (uint8_t *)decoded + decoded_length);
  decoded[decoded_length] = '\0';
  source->start = decoded;
  source->end = decoded + decoded_length;
  return true;
}

// Checks that a source is what its cookie, "utf8" or "ascii", says.
static bool check_text(ParseSession *session, const SourceText *source, const char *codec, bool is_ascii) {
  const uint8_t *bytes = (const uint8_t *)source->start;
  size_t length = (size_t)(source->end - source->start);
  UtfScan scan = {.status = UTF_OK};
  if (is_ascii) {
    scan.size = ascii_prefix(bytes, length);
    scan.bad_size = 1;
    if (scan.size < length) scan.status = UTF_NOT_ASCII;
  } else {
    scan = utf8_scan(bytes, length, false);
  }
  if (scan.status == UTF_OK) return true;
  char message[128];
  if (scan.bad_size == 1)
    snprintf(message, sizeof(message), "'%s' codec can't decode byte 0x%02x in position %zu: %s", codec,
             bytes[scan.size], scan.size, utf_reason(scan.status));
  else
    snprintf(message, sizeof(message), "'%s' codec can't decode bytes in position %zu-%zu: %s", codec, scan.size,
             scan.size + scan.bad_size - 1, utf_reason(scan.status));
  return fail_at_start(session, source, codec, "%s", message);
}

// Encodings that need no decoder, under all the names by which programs call them; '_' and '-' and case do not matter.
typedef enum KnownEncoding : uint8_t { ENCODING_OTHER, ENCODING_UTF8, ENCODING_LATIN1, ENCODING_ASCII } KnownEncoding;

static KnownEncoding known_encoding(const char *name) {
  static const struct {
    const char *name;
    KnownEncoding encoding;
  } known[] = {{"utf8", ENCODING_UTF8},        {"utf-8", ENCODING_UTF8},       {"ascii", ENCODING_ASCII},
               {"us-ascii", ENCODING_ASCII},   {"latin1", ENCODING_LATIN1},    {"latin-1", ENCODING_LATIN1},
               {"iso8859-1", ENCODING_LATIN1}, {"iso-8859-1", ENCODING_LATIN1}};
  char normalized[16];
  size_t length = strlen(name);
  if (length >= sizeof(normalized)) return ENCODING_OTHER;
  for (size_t i = 0; i <= length; i++) {
    char c = name[i];
    if (c >= 'A' && c <= 'Z') c |= 0x20;
    normalized[i] = c == '_' ? '-' : c;
  }
  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
    if (strcmp(normalized, known[i].name) == 0) return known[i].encoding;
  return ENCODING_OTHER;
}

// Replaces the text of `source` by its decoding.
static bool source_decode(ParseSession *session, SourceText *source, const char *encoding) {
  switch (known_encoding(encoding)) {
  case ENCODING_UTF8:
    return check_text(session, source, "utf-8", false);
  case ENCODING_ASCII:
    return check_text(session, source, "ascii", true);
  case ENCODING_LATIN1:
    return decode_latin1(session, source);
  case ENCODING_OTHER:
    break;
  }
  const SourceDecoder *decoder = &session->decoder;
  if (!decoder->decode) return fail_at_start(session, source, encoding, "unknown encoding: %s", encoding);
  size_t length = (size_t)(source->end - source->start), decoded_length = 0;
  char *decoded = NULL;
  if (!decoder->decode(decoder->data, &session->arena, encoding, source->start, length, &decoded, &decoded_length))
    return decoded ? fail_at_start(session, source, encoding, "%s", decoded) : fail_memory(session);
  source->start = decoded;
  source->end = decoded + decoded_length;
  return true;
}

// A file must be valid throughout.
static bool check_file(ParseSession *session, const SourceText *source, const char *filename) {
  const uint8_t *bytes = (const uint8_t *)source->start;
  UtfScan scan = utf8_scan(bytes, (size_t)(source->end - source->start), false);
  if (scan.status == UTF_OK) return true;
  int line = 1;
  for (size_t i = 0; i < scan.size; i++) line += bytes[i] == '\n';
  syntax_report_plain(&session->report, &session->arena, SYNTAX_ERROR,
                      "Non-UTF-8 code starting with '\\x%.2x' in file %s on line %i, but no encoding declared; see "
                      "https://peps.python.org/pep-0263/ for details",
                      bytes[scan.size], filename ? filename : "<string>", line);
  return false;
}

// What the first two lines say of the encoding.
static CookieResult find_declaration(ParseSession *session, const char *line, const char *end, const char **encoding) {
  CookieResult result = COOKIE_NONE;
  for (int i = 0; i < 2 && result == COOKIE_NONE; i++) {
    const char *stop = line_end(line, end);
    if (!stop) break;
    result = find_cookie(&session->arena, line, stop, encoding);
    line = stop + 1;
  }
  return result;
}

bool source_from_bytes(ParseSession *session, const char *bytes, size_t length, const ParseOptions *options,
                       SourceText *source) {
  bool has_mark = length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0;
  if (has_mark) {
    bytes += 3;
    length -= 3;
  }
  bool is_file = (options->flags & PARSE_FROM_FILE) != 0;
  if (is_file && length && memchr(bytes, '\0', length)) { // of two errors, that of the encoding is told
    const char *declared = NULL;
    SourceText raw = {.start = bytes, .end = bytes + length};
    find_declaration(session, bytes, bytes + length, &declared);
    if (!declared && !check_file(session, &raw, options->filename)) return false;
  }
  if (!source_from_text(session, bytes, length, options->mode == PARSE_EXEC, source)) return false;
  source->is_file = is_file;
  const char *encoding = NULL;
  CookieResult result = find_declaration(session, source->start, source->end, &encoding);
  if (result == COOKIE_NO_MEMORY) return fail_memory(session);
  source->counts_characters = has_mark || encoding;
  if (!encoding && source->is_file) return check_file(session, source, options->filename);
  if (!encoding || strcmp(encoding, "utf-8") == 0) return true;
  if (has_mark) {
    char name[128];
    snprintf(name, sizeof(name), "%s with BOM", encoding);
    return fail_at_start(session, source, name, "encoding problem: %s", name);
  }
  return source_decode(session, source, encoding);
}

bool source_has_more(const char *text) {
  for (;;) {
    while (is_blank(*text) || *text == '\n') text++;
    if (*text != '#') return *text != '\0';
    while (*text && *text != '\n') text++;
  }
}
