// A chained hash table; the chains stay short because the bucket array doubles with the count.
#include "frontend/name.h"

#include <string.h>

enum { FIRST_BUCKETS = 256 };

uint32_t name_hash(const char *text, size_t length) {
  uint32_t hash = NAME_HASH_SEED;
  for (size_t i = 0; i < length; i++) hash = name_hash_step(hash, (uint8_t)text[i]);
  return hash;
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
  return name_intern_hashed(table, text, length, name_hash(text, length));
}

const Name *name_intern_hashed(NameTable *table, const char *text, size_t length, uint32_t hash) {
  for (Name *name = table->buckets[hash & table->bucket_mask]; name; name = name->next_in_bucket)
    if (name->hash == hash && name->length == length && memcmp(name->text, text, length) == 0) return name;
  if (table->count > table->bucket_mask) name_table_grow(table);
  Name *name = arena_allocate(table->arena, sizeof(Name) + length + 1);
  if (!name) return NULL;
  name->hash = hash;
  name->length = (uint32_t)length;
  name->user = NULL;
  name->keyword = 0;
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
