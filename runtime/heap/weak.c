// Weak references: for each target, the cells that refer to it weakly.
//
// Two hash tables by target address: one for entries whose target or reference is young, one for the rest, so that a
// young collection looks at the first only. Entries of one target stand in the reverse of the order in which they were
// registered, which is that of callbacks; those in the young table are newer than those in the old one. The lock is
// never held across a safepoint.
#include "runtime/heap/heap_state.h"
#include "runtime/object/exception.h"
#include <stdlib.h>

void (*weak_died_hook)(Cell *reference);

typedef struct WeakEntry WeakEntry;
struct WeakEntry {
  WeakEntry *next; // in the bucket
  Cell *target, *reference;
  Value *slot;
};

typedef struct WeakTable {
  WeakEntry **buckets;
  size_t bucket_count, count; // bucket_count: a power of two, or 0
} WeakTable;

static struct {
  pthread_mutex_t lock;
  WeakTable young, old;
} weak = {.lock = PTHREAD_MUTEX_INITIALIZER};

static size_t bucket_of(const WeakTable *table, const Cell *target) {
  return ((uintptr_t)target * 0x9e3779b97f4a7c15u >> 20) & (table->bucket_count - 1);
}

static WeakEntry **bucket_end(WeakTable *table, const Cell *target) {
  WeakEntry **link = &table->buckets[bucket_of(table, target)];
  while (*link) link = &(*link)->next;
  return link;
}

static bool table_reserve(WeakTable *table) {
  if (table->count < table->bucket_count) return true;
  WeakTable larger = {.bucket_count = table->bucket_count ? table->bucket_count * 2 : 64, .count = table->count};
  larger.buckets = calloc(larger.bucket_count, sizeof *larger.buckets);
  if (!larger.buckets) return table->bucket_count != 0;
  for (size_t i = 0; i < table->bucket_count; i++)
    for (WeakEntry *entry = table->buckets[i], *next; entry; entry = next) {
      next = entry->next;
      entry->next = NULL;
      *bucket_end(&larger, entry->target) = entry;
    }
  free(table->buckets);
  *table = larger;
  return true;
}

static bool table_add(WeakTable *table, WeakEntry *entry) {
  if (!table_reserve(table)) return false;
  WeakEntry **bucket = &table->buckets[bucket_of(table, entry->target)];
  entry->next = *bucket;
  *bucket = entry;
  table->count++;
  return true;
}

static WeakTable *entry_table(const WeakEntry *entry) {
  return cell_is_young(entry->target) || cell_is_young(entry->reference) ? &weak.young : &weak.old;
}

bool weak_register(Value target, Cell *reference, Value *slot) {
  Cell *cell = value_cell(target);
  WeakEntry *entry = malloc(sizeof *entry);
  if (entry) *entry = (WeakEntry){.target = cell, .reference = reference, .slot = slot};
  pthread_mutex_lock(&weak.lock);
  bool done = entry && table_add(entry_table(entry), entry);
  pthread_mutex_unlock(&weak.lock);
  if (!done) {
    free(entry);
    raise_memory_error();
    return false;
  }
  cell_set_flag(cell, CELL_WEAKLY_REFERENCED);
  heap_set_prompt(cell);
  // What is old is not watched from now on, either: it may be let go of at any time.
  if (!cell_is_young(cell)) heap_note_let_go();
  return true;
}

static bool table_remove(WeakTable *table, const Cell *target, const Cell *reference) {
  if (!table->count) return false;
  for (WeakEntry **link = &table->buckets[bucket_of(table, target)], *entry; (entry = *link); link = &entry->next) {
    if (entry->target != target || entry->reference != reference) continue;
    *link = entry->next;
    table->count--;
    free(entry);
    return true;
  }
  return false;
}

void weak_unregister(Value target, Cell *reference) {
  pthread_mutex_lock(&weak.lock);
  if (!table_remove(&weak.old, value_cell(target), reference)) table_remove(&weak.young, value_cell(target), reference);
  pthread_mutex_unlock(&weak.lock);
}

// The next entry for `target` at or after `entry` in its bucket.
static WeakEntry *entry_for(WeakEntry *entry, const Cell *target) {
  while (entry && entry->target != target) entry = entry->next;
  return entry;
}
static WeakEntry *table_first(const WeakTable *table, const Cell *target) {
  return table->count ? entry_for(table->buckets[bucket_of(table, target)], target) : NULL;
}
// Walks the entries for a target in both tables, newest first.
#define WEAK_EACH(entry, cell)                                                                                         \
  for (const WeakTable *table = &weak.young; table; table = table == &weak.young ? &weak.old : NULL)                   \
    for (WeakEntry *entry = table_first(table, cell); entry; entry = entry_for(entry->next, cell))

Cell *weak_find(Value target, bool (*matches)(Cell *reference, void *context), void *context) {
  Cell *cell = value_cell(target), *found = NULL;
  if (!cell_has_flag(cell, CELL_WEAKLY_REFERENCED)) return NULL;
  pthread_mutex_lock(&weak.lock);
  WEAK_EACH(entry, cell) {
    if (!found && matches(entry->reference, context)) found = entry->reference;
  }
  pthread_mutex_unlock(&weak.lock);
  return found;
}

size_t weak_count(Value target) {
  Cell *cell = value_cell(target);
  size_t count = 0;
  if (!cell_has_flag(cell, CELL_WEAKLY_REFERENCED)) return 0;
  pthread_mutex_lock(&weak.lock);
  WEAK_EACH(entry, cell) count++;
  pthread_mutex_unlock(&weak.lock);
  return count;
}

size_t weak_collect(Value target, Cell ***references) {
  Cell *cell = value_cell(target);
  size_t count = 0;
  *references = NULL;
  pthread_mutex_lock(&weak.lock);
  WEAK_EACH(entry, cell) count++;
  if (count) *references = malloc(count * sizeof **references);
  count = 0;
  if (*references) WEAK_EACH(entry, cell)(*references)[count++] = entry->reference;
  pthread_mutex_unlock(&weak.lock);
  return count;
}

Value gc_load_weak(const Value *slot) {
  return gc_load(slot);
}

// The reference behind `entry` loses its dead target; its callback is queued if anybody can still see it.
static void entry_clear(Tracer *tracer, WeakEntry *entry) {
  __atomic_store_n(entry->slot, NULL, __ATOMIC_RELEASE);
  if (tracer_is_live(tracer, entry->reference)) pointer_list_must_push(&the_heap.died_queue, entry->reference);
}

static WeakEntry *bucket_reverse(WeakEntry *entry) {
  WeakEntry *reversed = NULL;
  for (WeakEntry *next; entry; entry = next) {
    next = entry->next;
    entry->next = reversed;
    reversed = entry;
  }
  return reversed;
}

// Clears the entries of dead targets and drops those of dead references. What is left of the young table and is old now
// moves to the old table.
static void table_process(Tracer *tracer, WeakTable *table) {
  WeakTable before = *table;
  bool keeps_age = tracer->kind == COLLECT_PROMPT;
  if (!keeps_age && table == &weak.young) *table = (WeakTable){};
  for (size_t i = 0; i < before.bucket_count; i++) {
    WeakEntry **link = &before.buckets[i];
    for (WeakEntry *entry; (entry = *link);) {
      bool target_lives = tracer_is_live(tracer, entry->target);
      bool reference_lives = tracer_is_live(tracer, entry->reference);
      if (target_lives && (reference_lives || keeps_age)) {
        link = &entry->next;
        continue;
      }
      *link = entry->next;
      before.count--;
      if (!target_lives) entry_clear(tracer, entry);
      free(entry);
    }
  }
  if (keeps_age || table == &weak.old) {
    table->count = before.count;
    return;
  }
  for (size_t i = 0; i < before.bucket_count; i++)
    for (WeakEntry *entry = bucket_reverse(before.buckets[i]), *next; entry; entry = next) { // oldest first
      next = entry->next;
      if (!table_add(entry_table(entry), entry)) heap_fatal("out of memory in the table of weak references");
    }
  free(before.buckets);
}

// Clears what `link` leads to, and takes it out of the table.
static void entry_remove(Tracer *tracer, WeakTable *table, WeakEntry **link) {
  WeakEntry *entry = *link;
  *link = entry->next;
  table->count--;
  entry_clear(tracer, entry);
  free(entry);
}

static void table_clear_dead(Tracer *tracer, WeakTable *table) {
  for (size_t i = 0; i < table->bucket_count; i++)
    for (WeakEntry **link = &table->buckets[i]; *link;)
      if (tracer_is_live(tracer, (*link)->target))
        link = &(*link)->next;
      else
        entry_remove(tracer, table, link);
}
void weak_clear_before_finalizers(Tracer *tracer) {
  table_clear_dead(tracer, &weak.young);
  if (tracer->kind == COLLECT_FULL) table_clear_dead(tracer, &weak.old);
}

void weak_clear_target(Tracer *tracer, const Cell *target) {
  WeakTable *table = &weak.young;
  if (!table->count) return;
  for (WeakEntry **link = &table->buckets[bucket_of(table, target)]; *link;)
    if ((*link)->target != target)
      link = &(*link)->next;
    else
      entry_remove(tracer, table, link);
}

void weak_process(Tracer *tracer) {
  table_process(tracer, &weak.young);
  if (tracer->kind == COLLECT_FULL) table_process(tracer, &weak.old);
}
