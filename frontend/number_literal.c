// The values of number literals.
#include "frontend/constant.h"
#include "frontend/parser_internal.h"
#include "runtime/support/number_text.h"

#include <string.h>

static int digit_value(char c) {
  return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

static NumberStatus found(const Constant *value, const Constant **constant) {
  *constant = value;
  return value ? NUMBER_OK : NUMBER_NO_MEMORY;
}

// Copies digits without underscores and leading zeros.
static NumberStatus big_int(Arena *arena, const char *start, const char *end, int base, const Constant **constant) {
  Constant *value = constant_new(arena, CONSTANT_BIG_INT);
  char *digits = arena_allocate(arena, (size_t)(end - start) + 1);
  if (!value || !digits) return NUMBER_NO_MEMORY;
  uint32_t length = 0;
  for (; start < end; start++)
    if (*start != '_' && !(length == 0 && *start == '0')) digits[length++] = *start;
  digits[length] = '\0';
  value->big.digits = digits;
  value->big.length = length;
  value->big.base = (uint8_t)base;
  return found(value, constant);
}

static NumberStatus int_literal(Arena *arena, const char *start, const char *end, int base, int max_digits,
                                const Constant **constant) {
  int64_t value = 0;
  bool overflow = false;
  size_t digits = 0;
  for (const char *at = start; at < end; at++) {
    if (*at == '_') continue;
    digits++;
    if (!overflow)
      overflow = __builtin_mul_overflow(value, (int64_t)base, &value) ||
                 __builtin_add_overflow(value, (int64_t)digit_value(*at), &value);
  }
  if (!overflow) return found(constant_new_int(arena, value), constant);
  if (base == 10 && max_digits > 0 && digits > (size_t)max_digits) return NUMBER_TOO_LONG;
  return big_int(arena, start, end, base, constant);
}

NumberStatus number_literal_parse(Arena *arena, const char *start, const char *end, int max_int_digits,
                                  const Constant **constant) {
  if (end - start > 2 && start[0] == '0') {
    switch (start[1] | 0x20) {
    case 'x':
      return int_literal(arena, start + 2, end, 16, 0, constant);
    case 'o':
      return int_literal(arena, start + 2, end, 8, 0, constant);
    case 'b':
      return int_literal(arena, start + 2, end, 2, 0, constant);
    default:
      break;
    }
  }
  bool is_int = true;
  for (const char *at = start; at < end && is_int; at++) is_int = (*at >= '0' && *at <= '9') || *at == '_';
  if (is_int) return int_literal(arena, start, end, 10, max_int_digits, constant);
  double value;
  float_parse(start, (size_t)(end - start), FLOAT_PARSE_UNDERSCORES, &value);
  if ((end[-1] | 0x20) == 'j') return found(constant_new_complex(arena, 0.0, value), constant);
  return found(constant_new_float(arena, value), constant);
}
