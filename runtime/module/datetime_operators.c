// Arithmetic, comparison and hash of datetime.datetime.
//
// Two datetimes of the same time zone object compare, and are subtracted, as what the clock shows; others in UTC.
#include "runtime/module/datetime.h"
#include "runtime/object/container.h"

int64_t datetime_microseconds(const DateTime *moment) {
  return ordinal_of(moment->date) * MICROSECONDS_PER_DAY + clock_microseconds(moment->clock);
}

Value datetime_offset(Value moment) {
  return zone_offset(as_datetime(moment)->zone, moment);
}

Value datetime_shift(Value moment, const Delta *delta, int sign) {
  const DateTime *from = as_datetime(moment);
  int64_t days = ordinal_of(from->date) + (int64_t)sign * delta->days;
  int64_t rest =
      clock_microseconds(from->clock) + sign * (delta->seconds * (int64_t)MICROSECONDS + delta->microseconds);
  if (rest < 0) {
    rest += MICROSECONDS_PER_DAY;
    days--;
  } else if (rest >= MICROSECONDS_PER_DAY) {
    rest -= MICROSECONDS_PER_DAY;
    days++;
  }
  if (days < 1 || days > ORDINAL_MAX) return raise(CLASS_OVERFLOW_ERROR, "date value out of range");
  return datetime_make(value_class(moment), date_of_ordinal((int)days), clock_of_microseconds(rest), from->zone);
}

// The offsets of two datetimes; both None when they have the same zone. False: exception.
static bool offsets_of(Value a, Value b, Value *offset_a, Value *offset_b) {
  *offset_a = *offset_b = VALUE_NONE;
  if (as_datetime(a)->zone == as_datetime(b)->zone) return true;
  return (*offset_a = datetime_offset(a)) && (*offset_b = datetime_offset(b));
}
static int64_t microseconds_in_utc(Value moment, Value offset) {
  int64_t shown = datetime_microseconds(as_datetime(moment));
  return offset == VALUE_NONE ? shown : shown - (int64_t)delta_microseconds(as_delta(offset));
}

Value datetime_difference(Value a, Value b) {
  Value offset_a, offset_b;
  if (!offsets_of(a, b, &offset_a, &offset_b)) return NULL;
  if ((offset_a == VALUE_NONE) != (offset_b == VALUE_NONE))
    return raise_type_error("can't subtract offset-naive and offset-aware datetimes");
  return delta_from_microseconds(microseconds_in_utc(a, offset_a) - microseconds_in_utc(b, offset_b));
}

Value datetime_add(Value self, Value other) {
  return is_delta(other) ? datetime_shift(self, as_delta(other), 1) : VALUE_NOT_IMPLEMENTED;
}
Value datetime_subtract(Value self, Value other) {
  if (is_datetime(other)) return datetime_difference(self, other);
  return is_delta(other) ? datetime_shift(self, as_delta(other), -1) : VALUE_NOT_IMPLEMENTED;
}

// Does its offset depend on its fold? -1: exception.
static int depends_on_fold(Value moment, Value offset) {
  const DateTime *from = as_datetime(moment);
  ClockFields clock = from->clock;
  clock.fold = !clock.fold;
  Value other = datetime_allocate(datetime_state.datetime, from->date, clock, from->zone);
  Value other_offset = other ? datetime_offset(other) : NULL;
  if (!other_offset) return -1;
  if (offset == other_offset) return 0;
  return offset == VALUE_NONE || other_offset == VALUE_NONE ||
         delta_order(as_delta(offset), as_delta(other_offset)) != 0;
}

// Of datetimes in different zones: a time that is shown twice, or never, equals none (PEP 495).
static Value compare_equality(Value self, Value other, Value offset, Value other_offset, bool equal, bool negate) {
  int exception = 0;
  if (equal && as_datetime(self)->zone != as_datetime(other)->zone) {
    exception = depends_on_fold(self, offset);
    if (exception == 0) exception = depends_on_fold(other, other_offset);
    if (exception < 0) return NULL;
  }
  return value_from_bool((equal && !exception) != negate);
}

Value datetime_compare(Value self, Value other, Comparison comparison) {
  bool only_equality = comparison == COMPARE_EQUAL || comparison == COMPARE_NOT_EQUAL;
  if (!is_datetime(other)) {
    if (!is_date(other)) return VALUE_NOT_IMPLEMENTED;
    if (only_equality) return value_from_bool(comparison == COMPARE_NOT_EQUAL);
    return raise_type_error("can't compare %T to %T", self, other);
  }
  Value offset, other_offset;
  if (!offsets_of(self, other, &offset, &other_offset)) return NULL;
  if ((offset == VALUE_NONE) != (other_offset == VALUE_NONE)) {
    if (only_equality) return value_from_bool(comparison == COMPARE_NOT_EQUAL);
    return raise_type_error("can't compare offset-naive and offset-aware datetimes");
  }
  int64_t a = microseconds_in_utc(self, offset), b = microseconds_in_utc(other, other_offset);
  if (only_equality)
    return compare_equality(self, other, offset, other_offset, a == b, comparison == COMPARE_NOT_EQUAL);
  return value_from_bool(order_satisfies(comparison, a, b));
}

Value datetime_hash(Value self) {
  const DateTime *moment = as_datetime(self);
  Value asked = self, offset;
  if (moment->clock.fold) {
    ClockFields clock = moment->clock;
    clock.fold = 0;
    asked = datetime_allocate(value_class(self), moment->date, clock, moment->zone);
  }
  if (!asked || !(offset = datetime_offset(asked))) return NULL;
  if (offset == VALUE_NONE) {
    uint8_t state[STATE_DATE + STATE_CLOCK];
    date_to_state(moment->date, state);
    clock_to_state(moment->clock, state + STATE_DATE);
    return int_from_int64(state_hash(state, sizeof state));
  }
  Value in_utc = delta_from_microseconds(microseconds_in_utc(self, offset));
  int64_t hash = in_utc ? value_hash(in_utc) : -1;
  return hash == -1 ? NULL : int_from_int64(hash);
}
