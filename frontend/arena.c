// Chunks double in size up to a maximum, so that a one-line program costs one small malloc and a large module few.
#include "frontend/arena.h"

#include <stdlib.h>
#include <string.h>

struct ArenaChunk {
  ArenaChunk *previous;
  size_t size;
};

enum : size_t { FIRST_CHUNK = 16 << 10, LARGEST_CHUNK = 4 << 20 };

void arena_init(Arena *arena, size_t limit) {
  *arena = (Arena){.limit = limit};
}

void arena_destroy(Arena *arena) {
  ArenaChunk *chunk = arena->chunk;
  while (chunk) {
    ArenaChunk *previous = chunk->previous;
    free(chunk);
    chunk = previous;
  }
  arena_init(arena, arena->limit);
}

void arena_clear(Arena *arena) {
  ArenaChunk *kept = arena->chunk;
  if (!kept) return;
  arena->chunk = kept->previous;
  kept->previous = NULL;
  size_t limit = arena->limit;
  arena_destroy(arena);
  *arena = (Arena){.next = (char *)(kept + 1),
                   .end = (char *)kept + kept->size,
                   .chunk = kept,
                   .reserved = kept->size,
                   .limit = limit};
}

void *arena_allocate_slow(Arena *arena, size_t size) {
  if (size == 0 || size > SIZE_MAX / 2) return NULL;
  size_t chunk_size = arena->chunk ? arena->reserved : FIRST_CHUNK;
  if (chunk_size > LARGEST_CHUNK) chunk_size = LARGEST_CHUNK;
  if (chunk_size < size + sizeof(ArenaChunk)) chunk_size = size + sizeof(ArenaChunk);
  if (chunk_size > arena->limit - arena->reserved) return NULL;
  ArenaChunk *chunk = malloc(chunk_size);
  if (!chunk) return NULL;
  arena->reserved += chunk_size;
  chunk->size = chunk_size;
  char *start = (char *)(chunk + 1);
  char *end = (char *)chunk + chunk_size;
  // A large request gets a chunk of its own; the half-used current chunk stays current if it has more room left.
  if (arena->chunk && (size_t)(end - start) - size < (size_t)(arena->end - arena->next)) {
    chunk->previous = arena->chunk->previous;
    arena->chunk->previous = chunk;
    return start;
  }
  chunk->previous = arena->chunk;
  arena->chunk = chunk;
  arena->next = start + size;
  arena->end = end;
  return start;
}

void *arena_allocate_array(Arena *arena, size_t count, size_t item_size) {
  size_t size;
  if (__builtin_mul_overflow(count, item_size, &size)) return NULL;
  return arena_allocate(arena, size);
}

char *arena_copy(Arena *arena, const char *bytes, size_t length) {
  char *copy = arena_allocate(arena, length + 1);
  if (!copy) return NULL;
  memcpy(copy, bytes, length);
  copy[length] = '\0';
  return copy;
}
