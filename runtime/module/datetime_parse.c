// Reading ISO 8601: what fromisoformat() accepts.
//
// Dates: YYYY-MM-DD, YYYYMMDD, YYYY-Www, YYYYWww, YYYY-Www-D, YYYYWwwD. Times: hours, minutes and seconds, all with
// colons or all without, a fraction behind the last, and an offset of the same form or Z. Between them stands any one
// character. CPython 3.11 accepts a little more, which is kept: a character in front of the offset that belongs to
// nothing, and a fraction behind the seconds that something else than a point introduces.
#include "runtime/module/datetime.h"

#include <string.h>

static bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

// Reads exactly `count` digits and moves on. The NUL at the end of the text is no digit.
static bool read_digits(const char **at, int count, int *number) {
  int total = 0;
  for (int i = 0; i < count; i++) {
    if (!is_digit((*at)[i])) return false;
    total = total * 10 + ((*at)[i] - '0');
  }
  *at += count;
  *number = total;
  return true;
}

bool iso_parse_date(const char *text, size_t length, IsoDate *date) {
  const char *at = text;
  if (!read_digits(&at, 4, &date->year)) return false;
  bool dashes = *at == '-';
  at += dashes;
  if (*at != 'W')
    return read_digits(&at, 2, &date->month) && (!dashes || *at++ == '-') && read_digits(&at, 2, &date->day);
  int week, day = 1;
  at++;
  if (!read_digits(&at, 2, &week)) return false;
  if (at < text + length && ((dashes && *at++ != '-') || !read_digits(&at, 1, &day))) return false;
  DateFields fields;
  if (date_of_iso_week(date->year, week, day, &fields) != ISO_GOOD) return false;
  *date = (IsoDate){fields.year, fields.month, fields.day};
  return true;
}

// How a time's text ends.
typedef enum TimeEnd : uint8_t { TIME_BAD, TIME_COMPLETE, TIME_FOLLOWED } TimeEnd;

static TimeEnd parse_fraction(const char *at, const char *end, int *microsecond) {
  static const int units[] = {0, 100000, 10000, 1000, 100, 10, 1};
  int count = end - at < 6 ? (int)(end - at) : 6;
  if (count < 1 || !read_digits(&at, count, microsecond)) return TIME_BAD;
  *microsecond *= units[count];
  while (is_digit(*at)) at++;
  return *at ? TIME_FOLLOWED : TIME_COMPLETE;
}

static TimeEnd parse_clock(const char *at, const char *end, IsoTime *time) {
  int *const fields[] = {&time->hour, &time->minute, &time->second};
  time->hour = time->minute = time->second = time->microsecond = 0;
  bool colons = false;
  for (int i = 0; i < 3; i++) {
    if (!read_digits(&at, 2, fields[i])) return TIME_BAD;
    char next = *at;
    if (i == 0) colons = next == ':';
    if (at + 1 >= end) return next ? TIME_FOLLOWED : TIME_COMPLETE;
    if (colons && next == ':') {
      at++;
    } else if (next == '.' || next == ',') {
      at++;
      break;
    } else if (colons) {
      return TIME_BAD;
    }
  }
  return parse_fraction(at, end, &time->microsecond);
}

bool iso_parse_time(const char *text, size_t length, IsoTime *time) {
  const char *end = text + length, *zone = text;
  while (zone < end && *zone != '+' && *zone != '-' && *zone != 'Z') zone++;
  *time = (IsoTime){.has_offset = zone < end};
  TimeEnd ended = parse_clock(text, zone, time);
  if (ended == TIME_BAD) return false;
  if (!time->has_offset) return ended == TIME_COMPLETE;
  if (*zone == 'Z') return zone[1] == 0;
  IsoTime offset;
  if (parse_clock(zone + 1, end, &offset) != TIME_COMPLETE) return false;
  time->offset = ((offset.hour * 60 + offset.minute) * 60 + offset.second) * (int64_t)MICROSECONDS + offset.microsecond;
  if (*zone == '-') time->offset = -time->offset;
  if (time->offset < MICROSECONDS && time->offset > -MICROSECONDS) time->offset = 0; // CPython looks at the seconds
  return true;
}

// Where the date of a text of at least seven bytes ends.
static size_t find_separator(const char *text, size_t length) {
  if (length == 7) return 7;
  if (text[4] == '-') {
    if (text[5] != 'W' || length < 9 || text[8] != '-') return text[5] == 'W' ? 8 : 10;
    // YYYY-Www-D, or YYYY-Www and a time behind a dash.
    return length > 10 && is_digit(text[10]) ? 8 : 10;
  }
  if (text[4] != 'W') return 8;
  // YYYYWww or YYYYWwwD, whichever leaves pairs of digits to the time.
  size_t at = 7;
  while (at < length && is_digit(text[at])) at++;
  return at < 9 ? at : at % 2 == 0 ? 7 : 8;
}

bool iso_parse_datetime(const char *text, size_t length, IsoDate *date, IsoTime *time) {
  *time = (IsoTime){};
  if (length < 7) return false;
  size_t at = find_separator(text, length);
  if (at > length || !iso_parse_date(text, at, date)) return false;
  if (length == at) return true;
  // The separator is one character, however many bytes that is.
  at++;
  while (at < length && (text[at] & 0xc0) == 0x80) at++;
  return iso_parse_time(text + at, length - at, time);
}
