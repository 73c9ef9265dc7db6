// What the files of the module _datetime share.
//
//   datetime_calendar.c    dates as numbers of days, weeks, checks of fields; no Python in it
//   datetime_parse.c       the ISO 8601 formats that fromisoformat() reads
//   datetime_format.c      isoformat() and strftime()
//   datetime_arguments.c   arguments of constructors, state of pickles
//   datetime_delta.c       timedelta
//   datetime_zone.c        tzinfo, timezone, and asking a time zone for its offset
//   datetime_local.c       local time: POSIX timestamps to and from it
//   datetime_date.c        date and IsoCalendarDate
//   datetime_time.c        time
//   datetime_datetime.c    datetime: making it, its methods
//   datetime_operators.c   datetime: arithmetic, comparison, hash
//   _datetime.c            the module
//
// Threads: instances never change after the function that makes them has returned, so nothing is locked. Their fields
// are always in range, whatever a pickle says.
#pragma once

#include "runtime/heap/heap.h"
#include "runtime/object/class.h"
#include "runtime/object/exception.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"

typedef __int128 Wide; // all microseconds of a timedelta need 67 bits

enum : int {
  YEAR_MIN = 1,
  YEAR_MAX = 9999,
  ORDINAL_MAX = 3652059,
  DELTA_DAYS_MAX = 999999999,
  SECONDS_PER_DAY = 86400,
  MICROSECONDS = 1000000, // a second
};
constexpr int64_t MICROSECONDS_PER_DAY = (int64_t)SECONDS_PER_DAY * MICROSECONDS;

typedef struct DateFields {
  uint16_t year;
  uint8_t month, day;
} DateFields;
typedef struct ClockFields {
  uint8_t hour, minute, second, fold;
  int32_t microsecond;
} ClockFields;

typedef struct Delta {
  Cell head;
  int32_t days, seconds, microseconds; // 0 <= seconds < 86400, 0 <= microseconds < 1000000
} Delta;
typedef struct Date {
  Cell head;
  DateFields date;
} Date;
typedef struct Time {
  Cell head;
  ClockFields clock;
  Value zone; // a tzinfo or None
} Time;
// Begins as a Date does, its base class.
typedef struct DateTime {
  Cell head;
  DateFields date;
  ClockFields clock;
  Value zone;
} DateTime;
static_assert(offsetof(DateTime, date) == offsetof(Date, date));
typedef struct TimeZone {
  Cell head;
  Value offset; // timedelta
  Value name;   // str, or zero
} TimeZone;

extern struct DateTimeState {
  Class *delta, *date, *time, *datetime, *zone, *fixed_zone, *iso_date;
  Value utc;   // timezone.utc
  Value epoch; // 1970-01-01 UTC
} datetime_state;

static inline Delta *as_delta(Value value) {
  return (Delta *)value_cell(value);
}
static inline Date *as_date(Value value) {
  return (Date *)value_cell(value);
}
static inline Time *as_time(Value value) {
  return (Time *)value_cell(value);
}
static inline DateTime *as_datetime(Value value) {
  return (DateTime *)value_cell(value);
}
static inline bool is_delta(Value value) {
  return value_is_instance(value, datetime_state.delta);
}
static inline bool is_date(Value value) {
  return value_is_instance(value, datetime_state.date);
}
static inline bool is_time(Value value) {
  return value_is_instance(value, datetime_state.time);
}
static inline bool is_datetime(Value value) {
  return value_is_instance(value, datetime_state.datetime);
}
static inline bool is_zone(Value value) {
  return value_is_instance(value, datetime_state.zone);
}
static inline int64_t clock_microseconds(ClockFields clock) {
  return ((clock.hour * 60 + clock.minute) * 60 + clock.second) * (int64_t)MICROSECONDS + clock.microsecond;
}

// ---- datetime_calendar.c ----

int days_in_month(int year, int month);
int ordinal_of(DateFields date);         // 1: January 1 of year 1
DateFields date_of_ordinal(int ordinal); // 1 to ORDINAL_MAX
int year_of_ordinal(int64_t ordinal);    // any from 1 on
int weekday_of(DateFields date);         // Monday: 0
int day_of_year(DateFields date);        // 1 to 366
typedef struct IsoWeek {
  int year, week, day; // Monday: 1
} IsoWeek;
IsoWeek iso_week_of(DateFields date);
// The date of an ISO week's day. What is out of range, if anything. The date may be, too: its year is 0 then.
typedef enum IsoFault : uint8_t { ISO_GOOD, ISO_BAD_YEAR, ISO_BAD_WEEK, ISO_BAD_DAY } IsoFault;
IsoFault date_of_iso_week(int year, int week, int day, DateFields *date);
// False: ValueError that says which field is out of range.
bool date_check(int year, int month, int day, DateFields *date);
bool clock_check(int hour, int minute, int second, int microsecond, int fold, ClockFields *clock);
// Microseconds of a day as fields; fold 0.
ClockFields clock_of_microseconds(int64_t microseconds);
const char *weekday_name(int weekday);
const char *month_name(int month);

// ---- datetime_parse.c ----

// The results of reading: fields as they stand in the text, not checked; offsets in microseconds.
typedef struct IsoTime {
  int hour, minute, second, microsecond;
  bool has_offset;
  int64_t offset;
} IsoTime;
typedef struct IsoDate {
  int year, month, day;
} IsoDate;
// `length` bytes of UTF-8 that a NUL follows. False: the text has another form; nothing is pending.
bool iso_parse_date(const char *text, size_t length, IsoDate *date);
bool iso_parse_time(const char *text, size_t length, IsoTime *time);
bool iso_parse_datetime(const char *text, size_t length, IsoDate *date, IsoTime *time);

// ---- datetime_format.c ----

// Writes `number` with `width` digits; the end.
char *put_digits(char *at, int number, int width);
char *put_date(char *at, DateFields date); // YYYY-MM-DD
typedef enum TimeSpecification : uint8_t {
  SPECIFICATION_HOURS,
  SPECIFICATION_MINUTES,
  SPECIFICATION_SECONDS,
  SPECIFICATION_MILLISECONDS,
  SPECIFICATION_MICROSECONDS,
  SPECIFICATION_AUTO
} TimeSpecification;
// The timespec argument; zero: auto. False: exception.
bool specification_parse(Value value, int position, TimeSpecification *specification);
char *put_clock(char *at, ClockFields clock, TimeSpecification specification);
enum : int { ISO_TEXT = 64 }; // room for anything that the put_ functions write
// "+01:00", seconds and their fraction only if they are not zero. `separator`: ":" or "".
char *put_offset(char *at, const Delta *offset, const char *separator);
// The offset that `zone` has for `moment`, as isoformat() appends it; nothing for None. NULL: exception.
char *put_zone_offset(char *at, Value zone, Value moment, const char *separator);
// time.strftime(format, tuple) where %z, %Z and %f are those of `object`.
Value format_by_strftime(Value object, Value format, Value time_tuple);
// __format__: str() for an empty format.
Value format_by_method(Value self, Value format);
// time.struct_time of these.
Value struct_time_of(DateFields date, ClockFields clock, int is_dst);

// ---- datetime_arguments.c ----

typedef struct ArgumentForm {
  const char *label;                   // "function", "timezone()"
  const char *owner;                   // "this function", "timezone()"
  uint8_t count, positional, required; // all required ones but the last are ints
  const char *names[9];
} ArgumentForm;
// Distributes arguments over `out[form->count]`, absent ones zero. False: TypeError.
bool form_parse(const ArgumentForm *form, Value *arguments, size_t count, Value keyword_names, Value *out);
// An absent one leaves *number as it is.
bool int_argument(Value value, int *number);
bool fold_argument(Value value, int *fold); // 0 or 1, else ValueError
// False: TypeError: it is neither None nor a tzinfo.
bool zone_check(Value zone);
enum : int { STATE_DATE = 4, STATE_CLOCK = 6 };
void date_to_state(DateFields date, uint8_t *state);
void clock_to_state(ClockFields clock, uint8_t *state);
bool date_from_state(const uint8_t *state, DateFields *date);    // false: not a month
bool clock_from_state(const uint8_t *state, ClockFields *clock); // false: not an hour of the day; fold 0
// The bytes of a pickled state of `size`, which may be a str of Python 2. 1: in `state`; 0: it is something else; -1:
// exception. `month`: the index of the byte that says, in a str, whether it is a state; negative: the first, an hour.
int state_argument(Value value, size_t size, int month, const char *type, uint8_t *state);
// hash() of a state.
int64_t state_hash(const uint8_t *state, size_t size);
Value call_with_numbers(Class *class, const int *numbers, size_t count, Value last); // class(*numbers[, last])

// ---- datetime_delta.c ----

extern const ClassDef delta_definition;
// From parts that are normalized but for the days. OverflowError: too many of them.
Value delta_new(int64_t days, int seconds, int microseconds);
Value delta_from_microseconds(Wide microseconds);
Value delta_add(Value a, Value b);
Value delta_subtract(Value a, Value b);
Wide delta_microseconds(const Delta *delta);
int delta_order(const Delta *a, const Delta *b); // negative, 0, positive
static inline bool delta_is_zero(const Delta *delta) {
  return !delta->days && !delta->seconds && !delta->microseconds;
}
// A delta of less than a day and its hash.
int64_t delta_hash_of(int64_t days, int seconds, int microseconds);

// ---- datetime_zone.c ----

extern const ClassDef zone_definition, fixed_zone_definition;
Value fixed_zone_new(Value offset, Value name); // name zero: none; utc for a zero offset without name
// What a tzinfo or None says about `moment` (a datetime or None): None or a timedelta of less than a day.
Value zone_offset(Value zone, Value moment);
Value zone_dst(Value zone, Value moment);
Value zone_name(Value zone, Value moment); // None or a str
// The zone that an ISO text gives: None, utc, or another timezone.
Value zone_of_iso(const IsoTime *time);

// ---- datetime_local.c ----

typedef enum TimeBase : uint8_t { BASE_UTC, BASE_LOCAL } TimeBase;
// Breaks down seconds since 1970. False: exception.
bool fields_of_timestamp(int64_t seconds, TimeBase base, int fields[6]);
// Is this the second time that the clock shows it? -1: exception.
int fold_of_local(int64_t timestamp, const int fields[6]);
// Seconds since 1970 of a naive datetime as local time. False: exception.
bool local_timestamp(const DateTime *moment, int64_t *seconds);
// The timezone that local time is in at that moment.
Value local_zone(int64_t timestamp);
// Seconds and microseconds since 1970, rounded half to even, from an int or a float. False: exception.
bool timestamp_parse(Value value, int64_t *seconds, int *microseconds);

// ---- datetime_date.c, datetime_time.c ----

extern const ClassDef date_definition, iso_date_definition, time_definition;
// An instance of exactly this class, without a call of it.
Value date_allocate(Class *class, DateFields date);
Value time_allocate(Class *class, ClockFields clock, Value zone);
Value date_strftime(Value self, Value format);

// ---- datetime_datetime.c, datetime_operators.c ----

extern const ClassDef datetime_definition;
Value datetime_allocate(Class *class, DateFields date, ClockFields clock, Value zone);
// By a call of `class` if it is a subclass.
Value datetime_make(Class *class, DateFields date, ClockFields clock, Value zone);
// moment + sign * delta, of the same class. OverflowError.
Value datetime_shift(Value moment, const Delta *delta, int sign);
Value datetime_offset(Value moment); // None or timedelta
// Their difference. TypeError: one is naive, the other is not.
Value datetime_difference(Value a, Value b);
// Microseconds since the beginning of December 31 of the year 0, as the clock shows them.
int64_t datetime_microseconds(const DateTime *moment);
Value datetime_add(Value self, Value other);
Value datetime_subtract(Value self, Value other);
Value datetime_compare(Value self, Value other, Comparison comparison);
Value datetime_hash(Value self);
