// The write barrier's slow half: remembering old cells that may refer to young ones, and spreading the prompt flag.
//
// Each thread remembers into lists of its own, without a lock; a collection reads them all.
#include "runtime/heap/heap_state.h"
#include "runtime/object/shape.h"
#include <stdlib.h>

static void remember_small(PointerList *list, Cell *owner) {
  uint8_t mark = __atomic_load_n(&owner->mark, __ATOMIC_RELAXED);
  if (mark & MARK_QUIET) return;
  __atomic_store_n(&owner->mark, mark | MARK_QUIET, __ATOMIC_RELAXED);
  pointer_list_must_push(list, owner);
}

static uint8_t *large_cards(LargeCell *large) {
  uint8_t *cards = __atomic_load_n(&large->cards, __ATOMIC_ACQUIRE);
  if (cards) return cards;
  pthread_mutex_lock(&the_heap.lock);
  cards = large->cards;
  if (!cards) {
    cards = calloc(large->size / CARD_SIZE + 1, 1);
    if (!cards) heap_fatal("out of memory in the write barrier");
    __atomic_store_n(&large->cards, cards, __ATOMIC_RELEASE);
  }
  pthread_mutex_unlock(&the_heap.lock);
  return cards;
}

// (Two threads may put a cell into their lists at the same time: being remembered twice does no harm.)
static void remember_large(PointerList *list, Cell *owner, const void *from, const void *to) {
  LargeCell *large = cell_large(owner);
  uint8_t *cards = large_cards(large);
  size_t first = (size_t)((const char *)from - (const char *)owner) / CARD_SIZE;
  size_t last = (size_t)((const char *)to - (const char *)owner - 1) / CARD_SIZE;
  for (size_t card = first; card <= last; card++) __atomic_store_n(&cards[card], 1, __ATOMIC_RELAXED);
  if (__atomic_exchange_n(&large->remembered, true, __ATOMIC_RELAXED)) return;
  pointer_list_must_push(list, large);
}

static void remember_range(Cell *owner, const void *from, const void *to) {
  uint8_t mark = __atomic_load_n(&owner->mark, __ATOMIC_RELAXED);
  if (mark & MARK_QUIET || from == to) return;
  ThreadHeap *thread_heap = thread_current()->heap;
  if (mark & MARK_LARGE)
    remember_large(&thread_heap->remembered_large, owner, from, to);
  else
    remember_small(&thread_heap->remembered, owner);
}

static void flag_prompt(Cell *owner) {
  if (!cell_has_flag(owner, CELL_PROMPT) && !cell_shape(owner)->type->is_durable) cell_set_flag(owner, CELL_PROMPT);
}

void gc_barrier(void *owner, Value *slot, Value value) {
  Cell *cell = owner;
  if (value_is_prompt(value)) flag_prompt(cell);
  if (cell_is_young(value_cell(value))) remember_range(cell, slot, slot + 1);
}

void gc_remember_slow(void *owner) {
  remember_range(owner, owner, (char *)owner + cell_size(owner));
}

// Makes the coming stores of `count` values to `to` known to the collector.
static void remember_values(Cell *owner, Value *to, const Value *values, size_t count) {
  bool young = false, prompt = false;
  for (size_t i = 0; i < count; i++) {
    Value value = __atomic_load_n(&values[i], __ATOMIC_RELAXED);
    if (!value_is_cell(value)) continue;
    young |= cell_is_young(value_cell(value));
    prompt |= value_is_prompt(value);
  }
  if (prompt) flag_prompt(owner);
  if (young) remember_range(owner, to, to + count);
}

bool gc_cas(void *owner, Value *slot, Value expected, Value value) {
  if (value_is_cell(value) && gc_store_is_news(owner, value)) gc_barrier(owner, slot, value);
  return __atomic_compare_exchange_n(slot, &expected, value, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

// Two words at a time: the halves of an aligned-by-eight vector load or store are atomic on every x86-64. (Which
// ThreadSanitizer does not know: for it, one by one.)
enum { BY_PAIRS = !__has_feature(thread_sanitizer) };
typedef uint64_t WordPair __attribute__((vector_size(16), aligned(8)));

static void move_up(Value *to, const Value *from, size_t count) { // from the last word to the first
  for (; BY_PAIRS && count >= 4; count -= 4) {
    WordPair high = *(const WordPair *)(const void *)(from + count - 2);
    WordPair low = *(const WordPair *)(const void *)(from + count - 4);
    *(WordPair *)(void *)(to + count - 2) = high;
    *(WordPair *)(void *)(to + count - 4) = low;
  }
  while (count-- > 0) __atomic_store_n(&to[count], __atomic_load_n(&from[count], __ATOMIC_RELAXED), __ATOMIC_RELEASE);
}

static void move_down(Value *to, const Value *from, size_t count) {
  size_t i = 0;
  for (; BY_PAIRS && i + 4 <= count; i += 4) {
    WordPair low = *(const WordPair *)(const void *)(from + i);
    WordPair high = *(const WordPair *)(const void *)(from + i + 2);
    *(WordPair *)(void *)(to + i) = low;
    *(WordPair *)(void *)(to + i + 2) = high;
  }
  for (; i < count; i++) __atomic_store_n(&to[i], __atomic_load_n(&from[i], __ATOMIC_RELAXED), __ATOMIC_RELEASE);
}

void gc_move(void *owner, Value *to, const Value *from, size_t count) {
  if (!count) return; // an empty container has no storage: `owner` may be NULL
  const char *source = (const char *)from, *start = owner;
  // What moves within its cell has been flagged when it came, and need not be looked at: its new place is remembered.
  if (source >= start && source < start + cell_size(owner))
    remember_range(owner, to, to + count);
  else
    remember_values(owner, to, from, count);
  if (to <= from || to >= from + count)
    move_down(to, from, count);
  else
    move_up(to, from, count);
}

void gc_fill(void *owner, Value *to, Value value, size_t count) {
  if (!count) return;
  remember_values(owner, to, &value, 1);
  if (value_is_cell(value) && cell_is_young(value_cell(value))) remember_range(owner, to, to + count);
  for (size_t i = 0; i < count; i++) __atomic_store_n(&to[i], value, __ATOMIC_RELEASE);
}

void remember_again(Cell *cell) {
  if (cell->mark & MARK_QUIET) return;
  if (cell->mark & MARK_LARGE)
    remember_large(&the_heap.remembered_large, cell, cell, (char *)cell + cell_large(cell)->size);
  else
    remember_small(&the_heap.remembered, cell);
}
