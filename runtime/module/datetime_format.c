// Dates and times as text: isoformat(), strftime() with what the C library's does not know.
#include "runtime/module/_io.h"
#include "runtime/module/datetime.h"
#include "runtime/object/names.h"
#include "runtime/object/sequence.h"

#include <string.h>

char *put_digits(char *at, int number, int width) {
  for (int i = width - 1; i >= 0; i--, number /= 10) at[i] = (char)('0' + number % 10);
  return at + width;
}

char *put_date(char *at, DateFields date) {
  at = put_digits(at, date.year, 4);
  *at++ = '-';
  at = put_digits(at, date.month, 2);
  *at++ = '-';
  return put_digits(at, date.day, 2);
}

bool specification_parse(Value value, int position, TimeSpecification *specification) {
  static const char *const names[] = {"hours", "minutes", "seconds", "milliseconds", "microseconds", "auto"};
  *specification = SPECIFICATION_AUTO;
  if (!value) return true;
  if (!value_is_str(value)) {
    raise_type_error("isoformat() argument %d must be str, not %T", position, value);
    return false;
  }
  for (int i = 0; i <= SPECIFICATION_AUTO; i++) {
    if (!str_equals_c(value, names[i])) continue;
    *specification = (TimeSpecification)i;
    return true;
  }
  raise_value_error("Unknown timespec value");
  return false;
}

char *put_clock(char *at, ClockFields clock, TimeSpecification specification) {
  if (specification == SPECIFICATION_AUTO)
    specification = clock.microsecond ? SPECIFICATION_MICROSECONDS : SPECIFICATION_SECONDS;
  at = put_digits(at, clock.hour, 2);
  if (specification == SPECIFICATION_HOURS) return at;
  *at++ = ':';
  at = put_digits(at, clock.minute, 2);
  if (specification == SPECIFICATION_MINUTES) return at;
  *at++ = ':';
  at = put_digits(at, clock.second, 2);
  if (specification == SPECIFICATION_SECONDS) return at;
  *at++ = '.';
  return specification == SPECIFICATION_MILLISECONDS ? put_digits(at, clock.microsecond / 1000, 3)
                                                     : put_digits(at, clock.microsecond, 6);
}

char *put_offset(char *at, const Delta *offset, const char *separator) {
  int64_t total = (int64_t)delta_microseconds(offset);
  *at++ = total < 0 ? '-' : '+';
  ClockFields clock = clock_of_microseconds(total < 0 ? -total : total);
  at = put_digits(at, clock.hour, 2);
  at = stpcpy(at, separator);
  at = put_digits(at, clock.minute, 2);
  if (!clock.second && !clock.microsecond) return at;
  at = stpcpy(at, separator);
  at = put_digits(at, clock.second, 2);
  if (!clock.microsecond) return at;
  *at++ = '.';
  return put_digits(at, clock.microsecond, 6);
}

char *put_zone_offset(char *at, Value zone, Value moment, const char *separator) {
  Value offset = zone_offset(zone, moment);
  if (!offset) return NULL;
  return offset == VALUE_NONE ? at : put_offset(at, as_delta(offset), separator);
}

static Value zone_of(Value object) {
  return is_datetime(object) ? as_datetime(object)->zone : is_time(object) ? as_time(object)->zone : VALUE_NONE;
}
static int microsecond_of(Value object) {
  return is_datetime(object) ? as_datetime(object)->clock.microsecond
         : is_time(object)   ? as_time(object)->clock.microsecond
                             : 0;
}
// What a time zone is asked about: a time knows no date.
static Value moment_of(Value object) {
  return is_time(object) ? VALUE_NONE : object;
}

// The name of the zone, safe to stand in a format.
static bool add_zone_name(StrBuilder *builder, Value object) {
  Value name = zone_name(zone_of(object), moment_of(object));
  if (!name || name == VALUE_NONE) return name != NULL;
  name = value_call_method_2(name, "replace", str_from_c("%"), str_from_c("%%"));
  if (!name) return false;
  if (!value_is_str(name)) {
    raise_type_error("tzname.replace() did not return a string");
    return false;
  }
  str_builder_add(builder, name);
  return true;
}

// Adds what the directive `character` means. False: exception.
static bool add_directive(StrBuilder *builder, uint32_t character, Value object) {
  char text[ISO_TEXT], *end = text;
  switch (character) {
  case 'z':
    end = put_zone_offset(text, zone_of(object), moment_of(object), "");
    break;
  case 'f':
    end = put_digits(text, microsecond_of(object), 6);
    break;
  case 'Z':
    return add_zone_name(builder, object);
  default:
    str_builder_add_character(builder, '%');
    str_builder_add_character(builder, character);
    return true;
  }
  if (end) str_builder_add_ascii(builder, text, (size_t)(end - text));
  return end != NULL;
}

Value format_by_strftime(Value object, Value format, Value time_tuple) {
  if (!value_is_str(format)) return raise_type_error("strftime() argument 1 must be str, not %T", format);
  StrBuilder builder;
  str_builder_start(&builder);
  size_t length = str_length(format);
  for (size_t i = 0; i < length; i++) {
    uint32_t character = str_character(value_as_str(format), i);
    if (!character) break; // for the C library a NUL ends the format
    if (character != '%' || i + 1 == length)
      str_builder_add_character(&builder, character);
    else if (!add_directive(&builder, str_character(value_as_str(format), ++i), object))
      return NULL;
  }
  Value complete = str_builder_finish(&builder), module = complete ? import_module("time") : NULL;
  return module ? value_call_method_2(module, "strftime", complete, time_tuple) : NULL;
}

Value format_by_method(Value self, Value format) {
  if (!value_is_str(format)) return raise_type_error("__format__() argument 1 must be str, not %T", format);
  return str_length(format) ? value_call_method_1(self, "strftime", format) : value_str(self);
}

Value struct_time_of(DateFields date, ClockFields clock, int is_dst) {
  const int fields[] = {date.year,    date.month,       date.day,          clock.hour, clock.minute,
                        clock.second, weekday_of(date), day_of_year(date), is_dst};
  constexpr size_t count = sizeof fields / sizeof *fields;
  Tuple *tuple = tuple_allocate(count);
  if (!tuple) return NULL;
  for (size_t i = 0; i < count; i++) gc_init(tuple, &tuple->items[i], value_from_small_int(fields[i]));
  Value module = import_module("time");
  return module ? value_call_method_1(module, "struct_time", value_from_cell(tuple)) : NULL;
}
