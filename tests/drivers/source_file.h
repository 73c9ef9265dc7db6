// What the drivers that read Python sources share: files, encodings, error reports.
#pragma once

#include "frontend/parser.h"

#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const char *const error_names[] = {
    [SYNTAX_ERROR] = "SyntaxError",
    [SYNTAX_INDENTATION_ERROR] = "IndentationError",
    [SYNTAX_TAB_ERROR] = "TabError",
    [SYNTAX_VALUE_ERROR] = "ValueError",
    [SYNTAX_TYPE_ERROR] = "TypeError",
    [SYNTAX_OVERFLOW_ERROR] = "OverflowError",
    [SYNTAX_RECURSION_ERROR] = "RecursionError",
    [SYNTAX_MEMORY_ERROR] = "MemoryError",
    [SYNTAX_SYSTEM_ERROR] = "SystemError",
    [SYNTAX_UNICODE_DECODE_ERROR] = "UnicodeDecodeError",
};

static inline void print_position(int32_t position, FILE *out) {
  if (position == SYNTAX_POSITION_NONE)
    fputs("\tNone", out);
  else
    fprintf(out, "\t%d", position);
}

// One line: type, message, lineno, offset, end_lineno, end_offset, text.
static inline void print_report(const SyntaxErrorReport *report, FILE *out) {
  fprintf(out, "%s\t%s", error_names[report->kind], report->message ? report->message : "");
  if (report->has_location) {
    print_position(report->lineno, out);
    print_position(report->offset, out);
    print_position(report->end_lineno, out);
    print_position(report->end_offset, out);
    putc('\t', out);
    if (report->text) fwrite(report->text, 1, report->text_length, out);
  }
  putc('\n', out);
}

// One line for each: category, message, lineno.
static inline void print_warnings(const SyntaxErrorReport *report, FILE *out) {
  for (const SyntaxWarningEntry *entry = report->warnings; entry; entry = entry->next)
    fprintf(out, "%s\t%s\t%d\n", entry->kind == SYNTAX_WARNING ? "SyntaxWarning" : "DeprecationWarning", entry->message,
            entry->lineno);
}

// A SourceDecoder's function: the C library's converters know the encodings that occur in Python's own sources.
static inline bool decode_with_iconv(void *data, Arena *arena, const char *encoding, const char *bytes, size_t length,
                                     char **text, size_t *text_length) {
  (void)data;
  char message[128];
  int message_length = snprintf(message, sizeof(message), "unknown encoding: %s", encoding);
  *text = arena_copy(arena, message, (size_t)message_length);
  iconv_t converter = iconv_open("UTF-8", encoding);
  if (converter == (iconv_t)-1 || !*text) return false;
  size_t capacity = length * 4 + 1, room = capacity - 1;
  char *decoded = arena_allocate(arena, capacity), *out = decoded, *in = (char *)bytes;
  bool good = decoded && iconv(converter, &in, &length, &out, &room) != (size_t)-1;
  iconv_close(converter);
  if (!good) return false;
  *out = '\0';
  *text = decoded;
  *text_length = (size_t)(out - decoded);
  return true;
}

// Where the main thread's C stack is nearly used up.
static inline const char *stack_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return NULL;
  return (const char *)__builtin_frame_address(0) - limit.rlim_cur + limit.rlim_cur / 8;
}

// The content of a file in malloc memory; NULL if it cannot be read.
static inline char *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  size_t capacity = 1 << 16;
  char *data = malloc(capacity);
  *length = 0;
  while (data) {
    size_t count = fread(data + *length, 1, capacity - *length, file);
    *length += count;
    if (*length < capacity) break;
    capacity *= 2;
    data = realloc(data, capacity);
  }
  fclose(file);
  return data;
}

// What a driver does with a file.
typedef struct Tool Tool;
static void show(Tool *tool, const char *path, FILE *out);

// Shows a file; `batch`: behind a line "== LENGTH" that says how many bytes there are.
static inline void show_file(Tool *tool, bool batch, const char *path) {
  if (!batch) {
    show(tool, path, stdout);
    return;
  }
  char *text;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  show(tool, path, out);
  fclose(out);
  printf("== %zu\n", length);
  fwrite(text, 1, length, stdout);
  fflush(stdout);
  free(text);
}

// Shows the files that standard input names, one a line.
static inline void show_files_of_input(Tool *tool, bool batch) {
  char *line = NULL;
  size_t capacity = 0;
  for (ssize_t length; (length = getline(&line, &capacity, stdin)) > 0;) {
    if (line[length - 1] == '\n') line[length - 1] = '\0';
    show_file(tool, batch, line);
  }
  free(line);
}

static inline ParseMode parse_mode(const char *name) {
  static const char *const names[] = {"exec", "single", "eval", "func_type"};
  for (int i = 0; i < 4; i++)
    if (strcmp(name, names[i]) == 0) return (ParseMode)i;
  fprintf(stderr, "unknown mode %s\n", name);
  exit(2);
}
