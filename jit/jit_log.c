// See jit_log.h.
#include "jit/jit_log.h"

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
  fprintf(stderr, "jit: %zu compilations, %zu refused\n", log_state.count, log_state.refused);
  compile_log_exits(stderr);
}
