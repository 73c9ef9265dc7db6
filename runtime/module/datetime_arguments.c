// Arguments of the constructors, and the bytes that stand for an instance in a pickle.
//
// The constructors parse on their own, since CPython's name no function in their messages ("function takes at most 3
// arguments"), and since they are what programs call most.
#include "runtime/module/datetime.h"
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/sequence.h"
#include "runtime/runtime.h"

#include <limits.h>
#include <string.h>

static bool count_fits(const ArgumentForm *form, size_t count, size_t keyword_count) {
  if (count + keyword_count > form->count)
    raise_type_error("%s takes at most %d %sargument%s (%zu given)", form->label, (int)form->count,
                     count ? "" : "keyword ", form->count == 1 ? "" : "s", count + keyword_count);
  else if (count > form->positional)
    raise_type_error("%s takes at most %d positional arguments (%zu given)", form->label, (int)form->positional, count);
  else
    return true;
  return false;
}

static bool take_keyword(const ArgumentForm *form, Value name, Value value, size_t count, Value *out) {
  for (size_t i = 0; i < form->count; i++) {
    if (!str_equals_c(name, form->names[i])) continue;
    if (i < count) {
      raise_type_error("argument for %s given by name ('%U') and position (%zu)", form->label, name, i + 1);
      return false;
    }
    out[i] = value;
    return true;
  }
  raise_type_error("'%U' is an invalid keyword argument for %s", name, form->owner);
  return false;
}

bool form_parse(const ArgumentForm *form, Value *arguments, size_t count, Value keyword_names, Value *out) {
  size_t keyword_count = keyword_names ? tuple_count(keyword_names) : 0;
  if ((count > form->positional || keyword_count) && !count_fits(form, count, keyword_count)) return false;
  for (size_t i = 0; i < form->count; i++) out[i] = i < count ? arguments[i] : NULL;
  for (size_t k = 0; k < keyword_count; k++)
    if (!take_keyword(form, tuple_item(keyword_names, k), arguments[count + k], count, out)) return false;
  for (size_t i = count; i < form->required; i++) {
    if (out[i]) continue;
    int ignored; // one that is given and no int is reported before one that is missing
    for (size_t k = 0; k < i; k++)
      if (!int_argument(out[k], &ignored)) return false;
    raise_type_error("%s missing required argument '%s' (pos %zu)", form->label, form->names[i], i + 1);
    return false;
  }
  return true;
}

bool int_argument(Value value, int *number) {
  int64_t wide;
  if (!value) return true;
  if (!value_as_int64(value, &wide)) return false;
  if (wide < INT_MIN || wide > INT_MAX) {
    raise(CLASS_OVERFLOW_ERROR,
          wide < 0 ? "signed integer is less than minimum" : "signed integer is greater than maximum");
    return false;
  }
  *number = (int)wide;
  return true;
}

bool fold_argument(Value value, int *fold) {
  if (!int_argument(value, fold)) return false;
  if (*fold != 0 && *fold != 1) raise_value_error("fold must be either 0 or 1");
  return *fold == 0 || *fold == 1;
}

bool zone_check(Value zone) {
  if (zone == VALUE_NONE || is_zone(zone)) return true;
  raise_type_error("tzinfo argument must be None or of a tzinfo subclass, not type '%T'", zone);
  return false;
}

Value call_with_numbers(Class *class, const int *numbers, size_t count, Value last) {
  Value arguments[9];
  for (size_t i = 0; i < count; i++) arguments[i] = value_from_small_int(numbers[i]);
  if (last) arguments[count++] = last;
  return value_call(value_from_cell(class), arguments, count, NULL);
}

// ---- States of pickles ----

void date_to_state(DateFields date, uint8_t *state) {
  state[0] = (uint8_t)(date.year >> 8);
  state[1] = (uint8_t)date.year;
  state[2] = date.month;
  state[3] = date.day;
}
void clock_to_state(ClockFields clock, uint8_t *state) {
  state[0] = clock.hour;
  state[1] = clock.minute;
  state[2] = clock.second;
  for (int i = 0; i < 3; i++) state[3 + i] = (uint8_t)(clock.microsecond >> (16 - 8 * i));
}

bool date_from_state(const uint8_t *state, DateFields *date) {
  *date = (DateFields){(uint16_t)(state[0] << 8 | state[1]), state[2], state[3]};
  return date->month >= 1 && date->month <= 12;
}
bool clock_from_state(const uint8_t *state, ClockFields *clock) {
  *clock = (ClockFields){state[0], state[1], state[2], 0, state[3] << 16 | state[4] << 8 | state[5]};
  return clock->hour < 24;
}

// Does a character at the place that tells states from other text look like a month, or an hour?
static bool is_telling(uint32_t character, int month) {
  character &= ~(uint32_t)0x80;
  return month < 0 ? character < 24 : character >= 1 && character <= 12;
}

int state_argument(Value value, size_t size, int month, const char *type, uint8_t *state) {
  if (value_is_bytes(value) && value_as_bytes(value)->length == size) {
    memcpy(state, value_as_bytes(value)->data, size);
    KEEP(value);
    return 1;
  }
  if (!value_is_str(value) || str_length(value) != size) return 0;
  if (!is_telling(str_character(value_as_str(value), month < 0 ? 0 : (size_t)month), month)) return 0;
  for (size_t i = 0; i < size; i++) {
    uint32_t character = str_character(value_as_str(value), i);
    if (character > 0xff) {
      raise_value_error("Failed to encode latin1 string when unpickling a %s object. pickle.load(data, "
                        "encoding='latin1') is assumed.",
                        type);
      return -1;
    }
    state[i] = (uint8_t)character;
  }
  return 1;
}

int64_t state_hash(const uint8_t *state, size_t size) {
  return hash_bytes(&runtime.hash_key, state, size);
}
