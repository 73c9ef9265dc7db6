// Arena: memory that is freed all at once.
//
// Everything between source text and code object (tokens' texts, names, constants, tree, symbol tables) has the
// same lifetime, so it is carved from growing chunks and released together. An arena has a byte limit: hostile
// source ends in a failed allocation, which callers report as MemoryError, not in an exhausted machine.
//
// Arenas are used by one thread at a time and hold no Python values.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct ArenaChunk ArenaChunk;

typedef struct Arena {
  char *next;        // first free byte of the current chunk
  char *end;         // one past its last
  ArenaChunk *chunk; // newest chunk; older ones are linked behind it
  size_t reserved;   // bytes in all chunks
  size_t limit;      // reserved may not exceed this
} Arena;

enum : size_t { ARENA_DEFAULT_LIMIT = (size_t)8 << 30 };

// Makes an empty arena; allocates nothing yet.
void arena_init(Arena *arena, size_t limit);

// Frees all memory of the arena and leaves it empty and usable.
void arena_destroy(Arena *arena);

// Forgets all allocations, but keeps a chunk for the next ones.
void arena_clear(Arena *arena);

// The slow path of arena_allocate: starts a new chunk.
void *arena_allocate_slow(Arena *arena, size_t size);

// Returns `size` uninitialized bytes aligned to 8, or NULL when memory or the limit is exhausted.
static inline void *arena_allocate(Arena *arena, size_t size) {
  size = size ? (size + 7) & ~(size_t)7 : 8;
  if (size != 0 && size <= (size_t)(arena->end - arena->next)) {
    void *result = arena->next;
    arena->next += size;
    return result;
  }
  return arena_allocate_slow(arena, size);
}

// As arena_allocate, with count * item_size checked for overflow.
void *arena_allocate_array(Arena *arena, size_t count, size_t item_size);

// Copies `length` bytes and appends a NUL. NULL when memory is exhausted.
char *arena_copy(Arena *arena, const char *bytes, size_t length);
