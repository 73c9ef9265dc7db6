// A growable array of pointers, in malloc memory.
#include "runtime/heap/heap_state.h"
#include <stdlib.h>

bool pointer_list_reserve(PointerList *list) {
  if (list->count < list->capacity) return true;
  size_t capacity = list->capacity ? list->capacity * 2 : 64;
  void **items = realloc(list->items, capacity * sizeof *items);
  if (!items) return false;
  list->items = items;
  list->capacity = capacity;
  return true;
}

bool pointer_list_push(PointerList *list, void *item) {
  if (!pointer_list_reserve(list)) return false;
  list->items[list->count++] = item;
  return true;
}

void pointer_list_must_push(PointerList *list, void *item) {
  if (!pointer_list_push(list, item)) heap_fatal("out of memory during a collection");
}

void pointer_list_append(PointerList *list, const PointerList *more) {
  for (size_t i = 0; i < more->count; i++) pointer_list_must_push(list, more->items[i]);
}

void pointer_list_free(PointerList *list) {
  free(list->items);
  *list = (PointerList){};
}
