// Constants: equality as Python's compiler sees it, and one representative for all equal ones of a source.
#include "frontend/ast_dump.h"
#include "frontend/compiler_internal.h"

#include <stdlib.h>
#include <string.h>

static bool same_bits(double left, double right) {
  return memcmp(&left, &right, sizeof left) == 0;
}

bool constant_equal(const Constant *left, const Constant *right) {
  if (left == right) return true;
  if (left->kind != right->kind) return false;
  switch (left->kind) {
  case CONSTANT_INT:
    return left->integer == right->integer;
  case CONSTANT_BIG_INT:
    return left->big.base == right->big.base && left->big.negative == right->big.negative &&
           left->big.length == right->big.length && memcmp(left->big.digits, right->big.digits, left->big.length) == 0;
  case CONSTANT_FLOAT:
    return same_bits(left->floating, right->floating);
  case CONSTANT_COMPLEX:
    return same_bits(left->complex.real, right->complex.real) &&
           same_bits(left->complex.imaginary, right->complex.imaginary);
  case CONSTANT_STR:
  case CONSTANT_BYTES:
    return left->text.length == right->text.length && memcmp(left->text.data, right->text.data, left->text.length) == 0;
  case CONSTANT_TUPLE:
  case CONSTANT_FROZENSET:
    if (left->items.count != right->items.count) return false;
    for (size_t i = 0; i < left->items.count; i++) {
      if (!constant_equal(left->items.items[i], right->items.items[i])) return false;
    }
    return true;
  default:
    return true; // None, True, False, Ellipsis
  }
}

static uint64_t mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
  return hash ^ hash >> 29;
}

static uint64_t hash_bytes(uint64_t hash, const char *data, size_t length) {
  for (; length >= 8; data += 8, length -= 8) {
    uint64_t word;
    memcpy(&word, data, 8);
    hash = mix(hash, word);
  }
  uint64_t rest = length;
  for (size_t i = 0; i < length; i++) rest = rest << 8 | (uint8_t)data[i];
  return mix(hash, rest);
}

static uint64_t constant_hash(const Constant *constant) {
  uint64_t hash = constant->kind, bits[2];
  switch (constant->kind) {
  case CONSTANT_INT:
    return mix(hash, (uint64_t)constant->integer);
  case CONSTANT_BIG_INT:
    return hash_bytes(hash, constant->big.digits, constant->big.length);
  case CONSTANT_FLOAT:
    memcpy(bits, &constant->floating, 8);
    return mix(hash, bits[0]);
  case CONSTANT_COMPLEX:
    memcpy(bits, &constant->complex, 16);
    return mix(mix(hash, bits[0]), bits[1]);
  case CONSTANT_STR:
  case CONSTANT_BYTES:
    return hash_bytes(hash, constant->text.data, constant->text.length);
  case CONSTANT_TUPLE:
  case CONSTANT_FROZENSET:
    for (size_t i = 0; i < constant->items.count; i++) hash = mix(hash, constant_hash(constant->items.items[i]));
    return mix(hash, constant->items.count);
  default:
    return mix(hash, 0);
  }
}

// Items are shared, too: the tuple (1, 'a') holds the very 'a' that stands elsewhere.
static const Constant *share_items(Compiler *compiler, const Constant *constant) {
  bool same = true;
  const Constant **items = compiler_allocate(compiler, constant->items.count, sizeof *items);
  for (size_t i = 0; i < constant->items.count; i++) {
    items[i] = compiler_share_constant(compiler, constant->items.items[i]);
    same &= items[i] == constant->items.items[i];
  }
  if (same) return constant;
  Constant *shared = compiler_allocate(compiler, 1, sizeof *shared);
  *shared = *constant;
  shared->items.items = items;
  return shared;
}

static void grow(Compiler *compiler, ConstantTable *table) {
  uint32_t old_size = table->slots ? table->mask + 1 : 0, size = old_size ? 2 * old_size : 64;
  const Constant **old = table->slots;
  table->slots = compiler_allocate(compiler, size, sizeof *table->slots);
  memset(table->slots, 0, size * sizeof *table->slots);
  table->mask = size - 1;
  for (uint32_t i = 0; i < old_size; i++) {
    if (!old[i]) continue;
    uint64_t at = constant_hash(old[i]) >> 20;
    while (table->slots[at & table->mask]) at++;
    table->slots[at & table->mask] = old[i];
  }
}

const Constant *compiler_share_constant(Compiler *compiler, const Constant *constant) {
  ConstantTable *table = &compiler->constants;
  if (2 * (table->count + 1) > table->mask) grow(compiler, table);
  uint64_t at = constant_hash(constant) >> 20;
  for (;; at++) {
    const Constant *found = table->slots[at & table->mask];
    if (!found) break;
    if (constant_equal(found, constant)) return found;
  }
  if (constant->kind >= CONSTANT_TUPLE) {
    constant = share_items(compiler, constant); // may grow the table
    at = constant_hash(constant) >> 20;
    if (2 * (table->count + 1) > table->mask) grow(compiler, table);
    while (table->slots[at & table->mask]) at++;
  }
  table->slots[at & table->mask] = constant;
  table->count++;
  return constant;
}

const char *constant_repr(Compiler *compiler, const Constant *constant) {
  char *text = NULL;
  size_t length = 0;
  FILE *stream = open_memstream(&text, &length);
  if (!stream) compiler_out_of_memory(compiler);
  constant_dump(constant, stream);
  bool written = fclose(stream) == 0;
  const char *copy = written ? arena_copy(compiler->arena, text, length) : NULL;
  free(text);
  if (!copy) compiler_out_of_memory(compiler);
  return copy;
}
