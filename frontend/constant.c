// Constructors of constants; see constant.h.
#include "frontend/constant.h"

Constant *constant_new(Arena *arena, ConstantKind kind) {
  Constant *constant = arena_allocate(arena, sizeof(Constant));
  if (constant) *constant = (Constant){.kind = kind};
  return constant;
}

Constant *constant_new_int(Arena *arena, int64_t value) {
  Constant *constant = constant_new(arena, CONSTANT_INT);
  if (constant) constant->integer = value;
  return constant;
}

Constant *constant_new_float(Arena *arena, double value) {
  Constant *constant = constant_new(arena, CONSTANT_FLOAT);
  if (constant) constant->floating = value;
  return constant;
}

Constant *constant_new_complex(Arena *arena, double real, double imaginary) {
  Constant *constant = constant_new(arena, CONSTANT_COMPLEX);
  if (!constant) return NULL;
  constant->complex.real = real;
  constant->complex.imaginary = imaginary;
  return constant;
}

static Constant *constant_new_text(Arena *arena, ConstantKind kind, const char *data, size_t length) {
  Constant *constant = constant_new(arena, kind);
  if (!constant) return NULL;
  constant->text.data = data;
  constant->text.length = length;
  uint8_t all_bits = 0;
  for (size_t i = 0; i < length; i++) all_bits |= (uint8_t)data[i];
  constant->is_ascii = all_bits < 0x80;
  return constant;
}

Constant *constant_new_str(Arena *arena, const char *data, size_t length) {
  return constant_new_text(arena, CONSTANT_STR, data, length);
}

Constant *constant_new_bytes(Arena *arena, const char *data, size_t length) {
  return constant_new_text(arena, CONSTANT_BYTES, data, length);
}
