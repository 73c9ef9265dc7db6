// A chained hash table; the chains stay short because the bucket array doubles with the count.
#include "frontend/name.h"

#include <string.h>

enum { FIRST_BUCKETS = 256 };

static uint32_t text_hash(const char *text, size_t length) {
  uint64_t hash = length * 0x9E3779B97F4A7C15u;
  while (length >= 8) {
    uint64_t word;
    memcpy(&word, text, 8);
    hash = (hash ^ word) * 0xD6E8FEB86659FD93u;
    hash ^= hash >> 32;
    text += 8;
    length -= 8;
  }
  uint64_t rest = 0;
  memcpy(&rest, text, length);
  hash = (hash ^ rest) * 0xD6E8FEB86659FD93u;
  hash ^= hash >> 32;
  return (uint32_t)(hash ^ (hash >> 17));
}

bool name_table_init(NameTable *table, Arena *arena) {
  Name **buckets = arena_allocate_array(arena, FIRST_BUCKETS, sizeof(Name *));
  *table = (NameTable){.arena = arena, .buckets = buckets, .bucket_mask = FIRST_BUCKETS - 1};
  if (!buckets) return false;
  memset(buckets, 0, FIRST_BUCKETS * sizeof(Name *));
  return true;
}

// Doubling may fail for lack of memory; the table then works on with longer chains.
static void name_table_grow(NameTable *table) {
  size_t count = ((size_t)table->bucket_mask + 1) * 2;
  if (count > UINT32_MAX / 2) return;
  Name **buckets = arena_allocate_array(table->arena, count, sizeof(Name *));
  if (!buckets) return;
  memset(buckets, 0, count * sizeof(Name *));
  for (size_t i = 0; i <= table->bucket_mask; i++) {
    for (Name *name = table->buckets[i], *next; name; name = next) {
      next = name->next_in_bucket;
      Name **bucket = &buckets[name->hash & (count - 1)];
      name->next_in_bucket = *bucket;
      *bucket = name;
    }
  }
  table->buckets = buckets;
  table->bucket_mask = (uint32_t)(count - 1);
}

const Name *name_intern(NameTable *table, const char *text, size_t length) {
  if (length > UINT32_MAX - 1) return NULL;
  uint32_t hash = text_hash(text, length);
  for (Name *name = table->buckets[hash & table->bucket_mask]; name; name = name->next_in_bucket)
    if (name->hash == hash && name->length == length && memcmp(name->text, text, length) == 0) return name;
  if (table->count > table->bucket_mask) name_table_grow(table);
  Name *name = arena_allocate(table->arena, sizeof(Name) + length + 1);
  if (!name) return NULL;
  name->hash = hash;
  name->length = (uint32_t)length;
  name->user = NULL;
  memcpy(name->text, text, length);
  name->text[length] = '\0';
  Name **bucket = &table->buckets[hash & table->bucket_mask];
  name->next_in_bucket = *bucket;
  *bucket = name;
  table->count++;
  return name;
}

const Name *name_intern_string(NameTable *table, const char *text) {
  return name_intern(table, text, strlen(text));
}
