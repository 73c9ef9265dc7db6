// See jit_log.h.
#include "jit/jit_log.h"

#include "jit/exit_log.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include <stdlib.h>
#include <string.h>

typedef struct Entry {
  char name[sizeof(((CompileJob *)0)->name)];
  uint64_t build, queue, passes, code;
  size_t size;
  EngineLevel level;
  const char *failure; // static text, or NULL
} Entry;
typedef struct Log {
  Entry *entries;
  size_t count, capacity, refused;
} Log;
static Log log_state;

static double milliseconds(uint64_t nanoseconds) {
  return (double)nanoseconds / 1e6;
}

static void print_entry(const Entry *entry) {
  fprintf(stderr, "%8.2f %8.2f %8.2f %8.2f %8zu %s %s%s%s\n", milliseconds(entry->build), milliseconds(entry->queue),
          milliseconds(entry->passes), milliseconds(entry->code), entry->size,
          entry->level == ENGINE_FULL ? "full " : "quick", entry->name, entry->failure ? ": " : "",
          entry->failure ? entry->failure : "");
}

void jit_log_compiled(const CompileJob *job, bool installed) {
  if (runtime.jit_log == JIT_LOG_NOTHING) return;
  Entry entry = {.build = job->build_nanoseconds,
                 .queue = job->queue_nanoseconds,
                 .passes = job->pass_nanoseconds,
                 .code = job->code_nanoseconds,
                 .size = job->code_size,
                 .level = job->level,
                 .failure = installed ? NULL : job->failure};
  memcpy(entry.name, job->name, sizeof entry.name);
  if (runtime.jit_log == JIT_LOG_EVENTS) {
    fputs("jit: compiled ", stderr);
    print_entry(&entry);
  }
  if (log_state.count == log_state.capacity) {
    size_t capacity = log_state.capacity ? log_state.capacity * 2 : 64;
    Entry *larger = realloc(log_state.entries, capacity * sizeof *larger);
    if (!larger) return;
    log_state.entries = larger;
    log_state.capacity = capacity;
  }
  log_state.entries[log_state.count++] = entry;
}

void jit_log_refused(const Code *code, uint32_t entry_word, const char *reason) {
  log_state.refused++;
  if (runtime.jit_log != JIT_LOG_EVENTS) return;
  size_t length;
  const char *name = str_utf8(code->qualified_name, &length);
  fprintf(stderr, "jit: refused %s word %u: %s\n", name ? name : "?", entry_word, reason);
}

// Names are STEM#NUMBER: a compilation has a number, what is compiled a stem.
static size_t stem_length(const Entry *entry) {
  const char *end = strrchr(entry->name, '#');
  return end ? (size_t)(end - entry->name) : strlen(entry->name);
}
static int compare_entries(const void *first, const void *second) {
  const Entry *const *a = first, *const *b = second;
  return strcmp((*a)->name, (*b)->name);
}
// What was compiled from the beginning how often: the second level of code is no further compilation.
static void print_recompilations(void) {
  const Entry **sorted = malloc((log_state.count + 1) * sizeof *sorted);
  if (!sorted) return;
  size_t count = 0;
  for (size_t i = 0; i < log_state.count; i++)
    if (log_state.entries[i].level == ENGINE_QUICK) sorted[count++] = &log_state.entries[i];
  qsort(sorted, count, sizeof *sorted, compare_entries);
  fputs("jit: compiled several times\n", stderr);
  for (size_t i = 0, next; i < count; i = next) {
    size_t length = stem_length(sorted[i]);
    for (next = i + 1; next < count && stem_length(sorted[next]) == length &&
                       memcmp(sorted[i]->name, sorted[next]->name, length) == 0;)
      next++;
    if (next - i > 1) fprintf(stderr, "%8zu times %.*s\n", next - i, (int)length, sorted[i]->name);
  }
  free(sorted);
}

void jit_log_statistics(void) {
  Entry sum = {.name = "all"};
  fputs("jit: milliseconds of building, waiting, optimizing, generating code; bytes\n", stderr);
  for (size_t i = 0; i < log_state.count; i++) {
    const Entry *entry = &log_state.entries[i];
    print_entry(entry);
    sum.build += entry->build;
    sum.queue += entry->queue;
    sum.passes += entry->passes;
    sum.code += entry->code;
    sum.size += entry->size;
  }
  print_entry(&sum);
  EngineTotals totals = engine_totals();
  fprintf(stderr, "jit: %zu compilations, %zu refused; %zu functions of %zu bytes made, %zu of %zu bytes freed\n",
          log_state.count, log_state.refused, totals.made, totals.made_size, totals.freed, totals.freed_size);
  print_recompilations();
  exit_log_print_all(stderr);
}
