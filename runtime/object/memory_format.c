// Single items in memory by native struct formats: what memoryview and array read and write.
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/memoryview.h"
#include "runtime/object/object.h"

#include <string.h>

// FORMAT(character, C type)
#define INTEGER_FORMATS                                                                                                \
  INTEGER_FORMAT('b', signed char)                                                                                     \
  INTEGER_FORMAT('h', short)                                                                                           \
  INTEGER_FORMAT('i', int)                                                                                             \
  INTEGER_FORMAT('l', long)                                                                                            \
  INTEGER_FORMAT('q', long long)                                                                                       \
  INTEGER_FORMAT('n', ptrdiff_t)
#define UNSIGNED_FORMATS                                                                                               \
  UNSIGNED_FORMAT('B', unsigned char)                                                                                  \
  UNSIGNED_FORMAT('H', unsigned short)                                                                                 \
  UNSIGNED_FORMAT('I', unsigned)                                                                                       \
  UNSIGNED_FORMAT('L', unsigned long)                                                                                  \
  UNSIGNED_FORMAT('Q', unsigned long long)                                                                             \
  UNSIGNED_FORMAT('N', size_t)                                                                                         \
  UNSIGNED_FORMAT('P', uintptr_t)

static char format_character(const char *format) {
  if (!format) return 'B';
  if (*format == '@') format++;
  return format[0] && !format[1] ? format[0] : 0;
}

size_t memory_item_size(const char *format) {
  switch (format_character(format)) {
#define INTEGER_FORMAT(character, type)                                                                                \
  case character:                                                                                                      \
    return sizeof(type);
#define UNSIGNED_FORMAT INTEGER_FORMAT
    INTEGER_FORMATS
    UNSIGNED_FORMATS
#undef INTEGER_FORMAT
#undef UNSIGNED_FORMAT
  case 'c':
  case '?':
    return 1;
  case 'f':
    return sizeof(float);
  case 'd':
    return sizeof(double);
  default:
    return 0;
  }
}

Value memory_unpack(const char *format, const uint8_t *at) {
  switch (format_character(format)) {
#define INTEGER_FORMAT(character, type)                                                                                \
  case character: {                                                                                                    \
    type item;                                                                                                         \
    memcpy(&item, at, sizeof item);                                                                                    \
    return int_from_int64(item);                                                                                       \
  }
#define UNSIGNED_FORMAT(character, type)                                                                               \
  case character: {                                                                                                    \
    type item;                                                                                                         \
    memcpy(&item, at, sizeof item);                                                                                    \
    return int_from_uint64(item);                                                                                      \
  }
    INTEGER_FORMATS
    UNSIGNED_FORMATS
#undef INTEGER_FORMAT
#undef UNSIGNED_FORMAT
  case 'c':
    return bytes_new(at, 1);
  case '?':
    return value_from_bool(*at != 0);
  case 'f': {
    float item;
    memcpy(&item, at, sizeof item);
    return float_from_double(item);
  }
  case 'd': {
    double item;
    memcpy(&item, at, sizeof item);
    return float_from_double(item);
  }
  default:
    return raise(CLASS_NOT_IMPLEMENTED_ERROR, "memoryview: format %s not supported", format);
  }
}

static bool out_of_range(const char *format) {
  raise_value_error("memoryview: invalid value for format '%c'", format_character(format));
  return false;
}
static bool wrong_type(const char *format) {
  raise_type_error("memoryview: invalid type for format '%c'", format_character(format));
  return false;
}

// The value as an int. False: exception pending.
static bool integer_operand(const char *format, Value value, Value *number) {
  if (!value_is_int(value) && !value_special(value, SPECIAL_INDEX)) return wrong_type(format);
  *number = value_index(value);
  return *number != NULL;
}

// A pointer may be given as a negative number.
bool memory_pack(const char *format, uint8_t *at, Value value) {
  if (!format) format = "B";
  Value number;
  switch (format_character(format)) {
#define INTEGER_FORMAT(character, type)                                                                                \
  case character: {                                                                                                    \
    int64_t wide;                                                                                                      \
    if (!integer_operand(format, value, &number)) return false;                                                        \
    if (!int_fits_int64(number, &wide) || (type)wide != wide) return out_of_range(format);                             \
    type item = (type)wide;                                                                                            \
    memcpy(at, &item, sizeof item);                                                                                    \
    return true;                                                                                                       \
  }
#define UNSIGNED_FORMAT(character, type)                                                                               \
  case character: {                                                                                                    \
    uint64_t wide;                                                                                                     \
    if (!integer_operand(format, value, &number)) return false;                                                        \
    bool fits = int_fits_uint64(number, &wide) || (character == 'P' && int_fits_int64(number, (int64_t *)&wide));      \
    if (!fits || (type)wide != wide) return out_of_range(format);                                                      \
    type item = (type)wide;                                                                                            \
    memcpy(at, &item, sizeof item);                                                                                    \
    return true;                                                                                                       \
  }
    INTEGER_FORMATS
    UNSIGNED_FORMATS
#undef INTEGER_FORMAT
#undef UNSIGNED_FORMAT
  case 'c':
    if (!value_is_bytes(value)) return wrong_type(format);
    if (value_as_bytes(value)->length != 1) return out_of_range(format);
    *at = value_as_bytes(value)->data[0];
    return true;
  case '?': {
    int truth = value_truth(value);
    if (truth < 0) return false;
    *at = (uint8_t)truth;
    return true;
  }
  case 'f':
  case 'd': {
    double wide;
    if (!value_is_float(value) && !value_special(value, SPECIAL_FLOAT) && !value_special(value, SPECIAL_INDEX))
      return wrong_type(format);
    if (!value_as_double(value, &wide)) return false;
    if (format_character(format) == 'd') {
      memcpy(at, &wide, sizeof wide);
    } else {
      float item = (float)wide;
      memcpy(at, &item, sizeof item);
    }
    return true;
  }
  default:
    raise(CLASS_NOT_IMPLEMENTED_ERROR, "memoryview: format %s not supported", format);
    return false;
  }
}
