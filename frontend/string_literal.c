// Joining string literals, and f-strings as Python 3.11 has them: the text of a replacement field is found by counting
// brackets and quotes, then parsed on its own, in parentheses.
#include "frontend/string_literal_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_FIELD_BRACKETS = 200 };

bool string_no_memory(StringContext *context) {
  context->status = STRING_NO_MEMORY;
  return false;
}

void string_fail(StringContext *context, const Token *token, SyntaxErrorKind kind, const char *format, ...) {
  if (context->status != STRING_OK) return;
  context->status = STRING_FAILED;
  if (!context->fail) return;
  char message[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof(message), format, arguments);
  va_end(arguments);
  context->fail(context, token, kind, message);
}

bool text_reserve(StringContext *context, TextBuffer *text, size_t more) {
  size_t wanted;
  if (__builtin_add_overflow(text->length, more, &wanted) || wanted + 1 == 0) return string_no_memory(context);
  if (text->data && wanted < text->capacity) return true;
  size_t capacity = wanted + 1;
  if (text->data && capacity < 2 * text->capacity) capacity = 2 * text->capacity;
  char *data = arena_allocate(&context->session->arena, capacity);
  if (!data) return string_no_memory(context);
  if (text->length) memcpy(data, text->data, text->length);
  text->data = data;
  text->capacity = capacity;
  return true;
}

bool text_append(StringContext *context, TextBuffer *text, const char *bytes, size_t length) {
  if (!text_reserve(context, text, length)) return false;
  memcpy(text->data + text->length, bytes, length);
  text->length += length;
  return true;
}

// A literal taken apart.
typedef struct Literal {
  const char *start; // of what stands between the quotes
  const char *end;
  bool is_bytes, is_raw, is_format;
} Literal;

static Literal literal_split(const Token *token) {
  Literal literal = {0};
  const char *at = token->start;
  for (; *at != '"' && *at != '\''; at++) {
    switch (*at | 0x20) {
    case 'b':
      literal.is_bytes = true;
      break;
    case 'r':
      literal.is_raw = true;
      break;
    case 'f':
      literal.is_format = true;
      break;
    default:
      break;
    }
  }
  size_t quotes = token->end - at >= 6 && at[1] == at[0] && at[2] == at[0] ? 3 : 1;
  literal.start = at + quotes;
  literal.end = token->end - quotes;
  return literal;
}

// The value of a list of literals under construction: text, then expressions and texts in turn.
typedef struct JoinedString {
  StringContext *context;
  const Token *first, *last; // tokens that give the range of the nodes made
  TextBuffer text;           // since the last expression
  AstExpr **values;
  size_t count;
  bool is_format;
} JoinedString;

static bool joined_push(JoinedString *joined, AstExpr *value) {
  if (!value) return string_no_memory(joined->context);
  // The array doubles at each power of two.
  if ((joined->count & (joined->count - 1)) == 0) {
    size_t capacity = joined->count ? 2 * joined->count : 1;
    AstExpr **values = arena_allocate_array(&joined->context->session->arena, capacity, sizeof(AstExpr *));
    if (!values) return string_no_memory(joined->context);
    if (joined->count) memcpy(values, joined->values, joined->count * sizeof(AstExpr *));
    joined->values = values;
  }
  joined->values[joined->count++] = value;
  return true;
}

static AstRange joined_range(const JoinedString *joined) {
  return (AstRange){joined->first->lineno, joined->first->col_offset, joined->last->end_lineno,
                    joined->last->end_col_offset};
}

// Makes a constant of the text so far, and starts a new text.
static AstExpr *joined_text_node(JoinedString *joined) {
  StringContext *context = joined->context;
  Arena *arena = &context->session->arena;
  if (!text_reserve(context, &joined->text, 0)) return NULL;
  joined->text.data[joined->text.length] = '\0';
  Constant *constant = constant_new_str(arena, joined->text.data, joined->text.length);
  const Name *kind = NULL;
  if (joined->first->start[0] == 'u') kind = name_intern(&context->session->names, "u", 1);
  joined->text = (TextBuffer){0};
  if (!constant || (joined->first->start[0] == 'u' && !kind)) return NULL;
  return ast_new_constant(arena, constant, kind, joined_range(joined));
}

static bool joined_flush_text(JoinedString *joined) {
  return joined->text.length == 0 || joined_push(joined, joined_text_node(joined));
}

static AstExpr *joined_finish(JoinedString *joined) {
  StringContext *context = joined->context;
  AstExpr *result = NULL;
  if (!joined->is_format) {
    result = joined_text_node(joined);
  } else if (joined_flush_text(joined)) {
    AstExprSequence *values = ast_new_sequence(&context->session->arena, joined->count);
    if (values) {
      if (joined->count) memcpy(values->items, joined->values, joined->count * sizeof(AstExpr *));
      result = ast_new_joined_str(&context->session->arena, values, joined_range(joined));
    }
  }
  if (!result && context->status == STRING_OK) context->status = STRING_NO_MEMORY;
  return result;
}

// f-strings. The text is read by a cursor that all of the following functions advance.

typedef struct Format {
  StringContext *context;
  const Token *token; // the literal that holds the text
  const char *at, *end;
  bool is_raw;
  // How far newlines have been counted, how many there were, and what follows the last.
  const char *counted, *line_start;
  int32_t lines;
} Format;

static bool format_fail(Format *format, const char *message) {
  string_fail(format->context, NULL, SYNTAX_ERROR, "%s", message);
  return false;
}

static bool format_unexpected_end(Format *format) {
  return format_fail(format, "f-string: expecting '}'");
}

// Appends literal text up to a single brace or the end. Doubled braces are undone at the outermost level only: within a
// format specification `}}` ends it and its field.
static bool format_text(Format *format, TextBuffer *text, int depth) {
  StringContext *context = format->context;
  for (;;) {
    const char *start = format->at, *at = start, *end = format->end;
    bool doubled = false;
    while (at < end) {
      char c = *at++;
      if (!format->is_raw && c == '\\' && at < end) {
        c = *at++;
        if (c == 'N') {
          // The braces of \N{name} are none of ours.
          if (at < end && *at++ == '{')
            while (at < end && *at++ != '}') {
            }
          continue;
        }
        if (c == '{' && !string_warn_escape(context, at - 1, format->token)) return false;
      }
      if (c != '{' && c != '}') continue;
      if (depth == 0) {
        if (at < end && *at == c) {
          doubled = true;
          break;
        }
        if (c == '}') return format_fail(format, "f-string: single '}' is not allowed");
      }
      at--;
      break;
    }
    format->at = doubled ? at + 1 : at;
    bool good = start == at || (format->is_raw ? string_append_raw(context, text, start, at)
                                               : string_append_escaped(context, text, start, at, format->token));
    if (!good) return false;
    if (!doubled) return true;
  }
}

// Moves to the end of the expression in a field, whose brace is behind: to the `!`, `:`, `=` or `}` that ends it.
static bool format_skip_expression(Format *format) {
  char brackets[MAX_FIELD_BRACKETS];
  int depth = 0;
  char quote = 0;
  int quotes = 0;
  const char *at = format->at, *end = format->end;
  char message[80];
  for (; at < end; at++) {
    char c = *at;
    if (c == '\\') return format_fail(format, "f-string expression part cannot include a backslash");
    if (quote) {
      if (c != quote) continue;
      if (quotes == 3) {
        if (at + 2 >= end || at[1] != c || at[2] != c) continue;
        at += 2;
      }
      quote = 0;
    } else if (c == '\'' || c == '"') {
      quotes = at + 2 < end && at[1] == c && at[2] == c ? 3 : 1;
      if (quotes == 3) at += 2;
      quote = c;
    } else if (c == '[' || c == '{' || c == '(') {
      if (depth >= MAX_FIELD_BRACKETS) return format_fail(format, "f-string: too many nested parenthesis");
      brackets[depth++] = c;
    } else if (c == '#') {
      return format_fail(format, "f-string expression part cannot include '#'");
    } else if (depth == 0 && (c == '!' || c == ':' || c == '}' || c == '=' || c == '>' || c == '<')) {
      if (at + 1 < end && at[1] == '=' && (c == '!' || c == '=' || c == '<' || c == '>')) {
        at++;
        continue;
      }
      if (c == '>' || c == '<') continue;
      break;
    } else if (c == ']' || c == '}' || c == ')') {
      if (depth == 0) {
        snprintf(message, sizeof(message), "f-string: unmatched '%c'", c);
        return format_fail(format, message);
      }
      char opening = brackets[--depth];
      if (opening != (c == ')' ? '(' : c == ']' ? '[' : '{')) {
        snprintf(message, sizeof(message), "f-string: closing parenthesis '%c' does not match opening parenthesis '%c'",
                 c, opening);
        return format_fail(format, message);
      }
    }
  }
  format->at = at;
  if (quote) return format_fail(format, "f-string: unterminated string");
  if (depth) {
    snprintf(message, sizeof(message), "f-string: unmatched '%c'", brackets[depth - 1]);
    return format_fail(format, message);
  }
  return at < end || format_unexpected_end(format);
}

// Parses the expression from `start` to `end`. Its nodes get the places they have in the source, by CPython's
// reckoning: columns are moved on the first line only.
static AstExpr *format_expression(Format *format, const char *start, const char *end) {
  StringContext *context = format->context;
  const char *at = start;
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\f')) at++;
  if (at == end) {
    char message[48];
    if (*end == '}')
      snprintf(message, sizeof(message), "f-string: empty expression not allowed");
    else
      snprintf(message, sizeof(message), "f-string: expression required before '%c'", *end);
    format_fail(format, message);
    return NULL;
  }
  size_t length = (size_t)(end - start);
  char *copy = arena_allocate(&context->session->arena, length + 4);
  if (!copy) {
    string_no_memory(context);
    return NULL;
  }
  copy[0] = '(';
  memcpy(copy + 1, start, length);
  copy[length + 1] = ')';
  copy[length + 2] = '\n';
  copy[length + 3] = '\0';

  const char *brace = start - 1;
  for (; format->counted < brace; format->counted++) {
    if (*format->counted != '\n') continue;
    format->lines++;
    format->line_start = format->counted + 1;
  }
  int32_t lines = format->lines, columns = 0;
  const char *blank = start;
  while (*blank == ' ' || *blank == '\t' || *blank == '\f') blank++;
  if (*blank != '\n' && *blank != '}') columns = (int32_t)(brace - format->line_start);
  if (lines == 0) columns += format->token->col_offset;
  return context->parse_field(context, copy, copy + length + 3, format->token->lineno + lines, columns);
}

static bool format_parse(Format *format, JoinedString *joined, int depth);

// A replacement field; the cursor is at its opening brace.
static bool format_field(Format *format, JoinedString *joined, int depth) {
  StringContext *context = format->context;
  if (depth >= 2) return format_fail(format, "f-string: expressions nested too deeply");
  const char *start = ++format->at;
  if (!format_skip_expression(format)) return false;
  AstExpr *value = format_expression(format, start, format->at);
  if (!value) return false;
  bool debug = *format->at == '=';
  if (debug) {
    if (context->feature_version < 8)
      return format_fail(format, "f-string: self documenting expressions are only supported in Python 3.8 and greater");
    format->at++;
    while (*format->at == ' ' || (*format->at >= '\t' && *format->at <= '\r')) format->at++;
    if (format->at >= format->end) return format_unexpected_end(format);
    if (!text_append(context, &joined->text, start, (size_t)(format->at - start))) return false;
  }
  int conversion = -1;
  if (*format->at == '!') {
    if (++format->at >= format->end) return format_unexpected_end(format);
    conversion = (uint8_t)*format->at++;
    if (conversion != 's' && conversion != 'r' && conversion != 'a')
      return format_fail(format, "f-string: invalid conversion character: expected 's', 'r', or 'a'");
  }
  if (format->at >= format->end) return format_unexpected_end(format);
  AstExpr *specification = NULL;
  if (*format->at == ':') {
    if (++format->at >= format->end) return format_unexpected_end(format);
    JoinedString nested = {.context = context, .first = format->token, .last = format->token};
    if (!format_parse(format, &nested, depth + 1)) return false;
    specification = joined_finish(&nested);
    if (!specification) return false;
  }
  if (format->at >= format->end || *format->at != '}') return format_unexpected_end(format);
  format->at++;
  if (debug && !specification && conversion == -1) conversion = 'r';
  if (!joined_flush_text(joined)) return false;
  return joined_push(joined,
                     ast_new_formatted_value(&context->session->arena, value, conversion, specification,
                                             (AstRange){joined->first->lineno, joined->first->col_offset,
                                                        joined->last->end_lineno, joined->last->end_col_offset}));
}

// Text and fields up to the end of the literal, or to the brace that ends a format specification.
static bool format_parse(Format *format, JoinedString *joined, int depth) {
  joined->is_format = true;
  for (;;) {
    if (!format_text(format, &joined->text, depth)) return false;
    if (format->at >= format->end || *format->at == '}') break;
    if (!format_field(format, joined, depth)) return false;
  }
  if (depth != 0 && *format->at != '}') return format_unexpected_end(format);
  return true;
}

static bool literal_append_bytes(StringContext *context, TextBuffer *text, const Literal *literal, const Token *token) {
  const char *start = literal->start, *end = literal->end;
  for (const char *at = start; at < token->end; at++)
    if (*at & 0x80) {
      string_fail(context, NULL, SYNTAX_ERROR, "bytes can only contain ASCII literal characters");
      return false;
    }
  bool is_raw = literal->is_raw || !memchr(start, '\\', (size_t)(end - start));
  return is_raw ? text_append(context, text, start, (size_t)(end - start))
                : bytes_append_escaped(context, text, start, end, token);
}

static bool joined_append_literal(JoinedString *joined, const Literal *literal, const Token *token) {
  StringContext *context = joined->context;
  if (literal->is_format) {
    Format format = {.context = context,
                     .token = token,
                     .at = literal->start,
                     .end = literal->end,
                     .is_raw = literal->is_raw,
                     .counted = token->start,
                     .line_start = token->start};
    return format_parse(&format, joined, 0);
  }
  bool is_raw = literal->is_raw || !memchr(literal->start, '\\', (size_t)(literal->end - literal->start));
  return is_raw ? string_append_raw(context, &joined->text, literal->start, literal->end)
                : string_append_escaped(context, &joined->text, literal->start, literal->end, token);
}

AstExpr *string_literals_join(StringContext *context, const Token *tokens, size_t count) {
  context->status = STRING_OK;
  JoinedString joined = {.context = context, .first = &tokens[0], .last = &tokens[count - 1]};
  bool is_bytes = false;
  for (size_t i = 0; i < count; i++) {
    Literal literal = literal_split(&tokens[i]);
    if (literal.is_format && context->feature_version < 6) {
      string_fail(context, NULL, SYNTAX_ERROR, "Format strings are only supported in Python 3.6 and greater");
      return NULL;
    }
    if (i == 0) is_bytes = literal.is_bytes;
    // A literal of the wrong type is reported only if it is good in itself.
    TextBuffer other = {0};
    TextBuffer *text = literal.is_bytes == is_bytes ? &joined.text : &other;
    if (literal.is_bytes) {
      if (!literal_append_bytes(context, text, &literal, &tokens[i])) return NULL;
    } else if (is_bytes) {
      JoinedString apart = {.context = context, .first = joined.first, .last = joined.last};
      if (!literal.is_format && !joined_append_literal(&apart, &literal, &tokens[i])) return NULL;
    } else if (!joined_append_literal(&joined, &literal, &tokens[i])) {
      return NULL;
    }
    if (literal.is_bytes != is_bytes) {
      string_fail(context, NULL, SYNTAX_ERROR, "cannot mix bytes and nonbytes literals");
      return NULL;
    }
  }
  if (!is_bytes) return joined_finish(&joined);
  Arena *arena = &context->session->arena;
  if (!text_reserve(context, &joined.text, 0)) return NULL;
  joined.text.data[joined.text.length] = '\0';
  Constant *constant = constant_new_bytes(arena, joined.text.data, joined.text.length);
  AstExpr *node = constant ? ast_new_constant(arena, constant, NULL, joined_range(&joined)) : NULL;
  if (!node) context->status = STRING_NO_MEMORY;
  return node;
}
