// See exit_log.h. Exits at the same place for the same reason are one entry, whichever compilation they belong to.
#include "jit/exit_log.h"

#include "runtime/object/code.h"
#include "runtime/object/str.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct ExitEntry {
  ExitEntry *next;
  uint32_t word, count;
  int line;
  HirOp reason;
  char name[];
};
static ExitEntry *all_entries;
static pthread_mutex_t entries_mutex = PTHREAD_MUTEX_INITIALIZER;

static int exit_line(const CodeExit *exit) {
  PositionRange position;
  return code_position(exit->code, exit->word, &position) ? position.line : 0;
}
static const char *exit_name(const CodeExit *exit) {
  size_t length;
  const char *name = str_utf8(exit->code->qualified_name, &length);
  return name ? name : "?";
}

static void print_place(const char *name, int line, uint32_t word, HirOp reason, FILE *log) {
  fprintf(log, "left %s line %d word %u: %s\n", name, line, word, hir_op_info(reason)->name);
}

void exit_log_print(const CodeExit *exit, FILE *log) {
  print_place(exit_name(exit), exit_line(exit), exit->word, exit->reason, log);
}

static ExitEntry *find_entry(const CodeExit *exit, const char *name, int line) {
  for (ExitEntry *entry = all_entries; entry; entry = entry->next)
    if (entry->line == line && entry->word == exit->word && entry->reason == exit->reason &&
        strcmp(entry->name, name) == 0)
      return entry;
  ExitEntry *entry = malloc(sizeof *entry + strlen(name) + 1);
  if (!entry) return NULL;
  *entry = (ExitEntry){.next = all_entries, .word = exit->word, .line = line, .reason = exit->reason};
  strcpy(entry->name, name);
  return all_entries = entry;
}

void exit_log_note(CodeExit *exit) {
  const char *name = exit_name(exit); // may allocate, which nobody does with the mutex
  int line = exit_line(exit);
  pthread_mutex_lock(&entries_mutex);
  if (!exit->entry) exit->entry = find_entry(exit, name, line);
  if (exit->entry) exit->entry->count++;
  pthread_mutex_unlock(&entries_mutex);
}

static int compare_counts(const void *first, const void *second) {
  const ExitEntry *const *a = first, *const *b = second;
  return ((*a)->count < (*b)->count) - ((*a)->count > (*b)->count);
}

void exit_log_print_all(FILE *log) {
  fputs("jit: exits taken\n", log);
  pthread_mutex_lock(&entries_mutex);
  size_t count = 0;
  for (const ExitEntry *entry = all_entries; entry; entry = entry->next) count++;
  const ExitEntry **sorted = malloc((count + 1) * sizeof *sorted);
  if (sorted) {
    count = 0;
    for (const ExitEntry *entry = all_entries; entry; entry = entry->next) sorted[count++] = entry;
    qsort(sorted, count, sizeof *sorted, compare_counts);
    for (size_t i = 0; i < count; i++) {
      fprintf(log, "%8u ", sorted[i]->count);
      print_place(sorted[i]->name, sorted[i]->line, sorted[i]->word, sorted[i]->reason, log);
    }
  }
  pthread_mutex_unlock(&entries_mutex);
  free(sorted);
}
