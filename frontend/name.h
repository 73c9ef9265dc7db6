// Names: interned text, compared by pointer.
//
// Lexer, parser, symbol table and compiler share one NameTable, so that two identifiers are equal exactly if their
// Name pointers are. Identifiers are stored in NFKC form, as Python compares them.
#pragma once

#include "frontend/arena.h"

// UTF-8 text; surrogates appear in their generalized three-byte form. NUL-terminated for C's convenience, although the
// text itself may contain NUL (in a hand-made tree).
typedef struct Name {
  uint32_t hash;
  uint32_t length; // in bytes
  uint8_t keyword; // its TokenKind if it is a reserved word, otherwise 0
  struct Name *next_in_bucket;
  void *user; // free for one later pass, such as the object that stands for the name; NULL at first
  char text[];
} Name;

typedef struct NameTable {
  Arena *arena;
  Name **buckets;
  uint32_t bucket_mask;
  uint32_t count;
} NameTable;

// Makes an empty table whose names live in `arena`. Returns false when memory is exhausted.
bool name_table_init(NameTable *table, Arena *arena);

// Returns the one Name with this text, making it at need; NULL when memory is exhausted. `text` is copied and must
// already be normalized.
const Name *name_intern(NameTable *table, const char *text, size_t length);

// The table's hash function, one byte at a time, so that the lexer can hash an identifier while it reads it.
enum : uint32_t { NAME_HASH_SEED = 0x9E3779B9 };
static inline uint32_t name_hash_step(uint32_t hash, uint8_t byte) {
  hash = (hash ^ byte) * 0x01000193;
  return hash ^ (hash >> 15);
}

// The hash of a whole text.
uint32_t name_hash(const char *text, size_t length);

// The same as name_intern, for a caller that knows the hash already.
const Name *name_intern_hashed(NameTable *table, const char *text, size_t length, uint32_t hash);

// The same for a C string.
const Name *name_intern_string(NameTable *table, const char *text);
