// Local time: POSIX timestamps to calendar fields and back, through the C library's time zone.
//
// Where clocks are set back, an hour is shown twice. `fold` tells the two apart, and both directions find out by
// looking at the offset a day earlier or later.
#include "runtime/module/datetime.h"
#include "runtime/module/system.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"

#include <math.h>

enum : int { EPOCH_ORDINAL = 719163, FOLD_SEARCH = SECONDS_PER_DAY };

static bool break_down(int64_t seconds, TimeBase base, struct tm *t) {
  time_t when = (time_t)seconds;
  errno = 0;
  if (base == BASE_LOCAL ? localtime_r(&when, t) : gmtime_r(&when, t)) return true;
  raise_os_error(errno ? errno : EINVAL, NULL);
  return false;
}

bool fields_of_timestamp(int64_t seconds, TimeBase base, int fields[6]) {
  struct tm t;
  if (!break_down(seconds, base, &t)) return false;
  int second = t.tm_sec < 59 ? t.tm_sec : 59; // leap seconds are not known here
  const int found[] = {t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, second};
  for (int i = 0; i < 6; i++) fields[i] = found[i];
  return true;
}

// Fields as seconds since 1970, as if they were UTC. False: ValueError for the year.
static bool seconds_of_fields(const int fields[6], int64_t *seconds) {
  if (fields[0] < YEAR_MIN || fields[0] > YEAR_MAX) {
    raise_value_error("year %d is out of range", fields[0]);
    return false;
  }
  int days = ordinal_of((DateFields){(uint16_t)fields[0], (uint8_t)fields[1], (uint8_t)fields[2]}) - EPOCH_ORDINAL;
  *seconds = ((days * 24 + (int64_t)fields[3]) * 60 + fields[4]) * 60 + fields[5];
  return true;
}

// What the clock shows at a timestamp, as seconds.
static bool shown_at(int64_t timestamp, int64_t *shown) {
  int fields[6];
  return fields_of_timestamp(timestamp, BASE_LOCAL, fields) && seconds_of_fields(fields, shown);
}

int fold_of_local(int64_t timestamp, const int fields[6]) {
  int64_t shown, before;
  if (!seconds_of_fields(fields, &shown) || !shown_at(timestamp - FOLD_SEARCH, &before)) return -1;
  // How far the clocks were set back since yesterday.
  int64_t change = shown - before - FOLD_SEARCH;
  if (change >= 0) return 0;
  return shown_at(timestamp + change, &before) ? before == shown : -1;
}

bool local_timestamp(const DateTime *moment, int64_t *seconds) {
  const int fields[] = {moment->date.year,  moment->date.month,   moment->date.day,
                        moment->clock.hour, moment->clock.minute, moment->clock.second};
  int64_t wanted, shown, later = moment->clock.fold;
  if (!seconds_of_fields(fields, &wanted) || !shown_at(wanted, &shown)) return false;
  // With the offset at about that time; if that fits, then there may be another solution on the other side of a change.
  int64_t first_offset = shown - wanted, first = wanted - first_offset, other_offset, first_shown;
  if (!shown_at(first, &first_shown)) return false;
  if (first_shown == wanted) {
    int64_t probe = first + (later ? FOLD_SEARCH : -FOLD_SEARCH);
    if (!shown_at(probe, &shown)) return false;
    other_offset = shown - probe;
    *seconds = first;
    if (other_offset == first_offset) return true;
  } else {
    other_offset = first_shown - first;
  }
  int64_t second = wanted - other_offset;
  if (!shown_at(second, &shown)) return false;
  if (shown == wanted)
    *seconds = second;
  else if (first_shown == wanted)
    *seconds = first;
  else // a time that the clock skips: as if it had been changed later, or earlier
    *seconds = (first < second) == (later != 0) ? first : second;
  return true;
}

Value local_zone(int64_t timestamp) {
  struct tm t;
  if (!break_down(timestamp, BASE_LOCAL, &t)) return NULL;
  Value offset = delta_from_microseconds((Wide)t.tm_gmtoff * MICROSECONDS);
  Value name = offset ? path_decode_c(t.tm_zone) : NULL;
  return name ? fixed_zone_new(offset, name) : NULL;
}

static bool raise_out_of_range(void) {
  raise(CLASS_OVERFLOW_ERROR, "timestamp out of range for platform time_t");
  return false;
}

bool timestamp_parse(Value value, int64_t *seconds, int *microseconds) {
  *microseconds = 0;
  if (!value_is_float(value)) {
    Value index = value_index(value);
    return index && (int_fits_int64(index, seconds) || raise_out_of_range());
  }
  double number = float_as_double(value);
  if (isnan(number)) {
    raise_value_error("Invalid value NaN (not a number)");
    return false;
  }
  double whole, fraction = rint(modf(number, &whole) * MICROSECONDS); // half to even
  if (fraction >= MICROSECONDS) {
    fraction -= MICROSECONDS;
    whole++;
  } else if (fraction < 0) {
    fraction += MICROSECONDS;
    whole--;
  }
  if (!(whole >= -0x1p63 && whole < 0x1p63)) return raise_out_of_range();
  *seconds = (int64_t)whole;
  *microseconds = (int)fraction;
  return true;
}
