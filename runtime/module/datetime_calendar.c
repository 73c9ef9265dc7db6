// Calendar arithmetic: the Gregorian calendar, extended to all years from 1 to 9999.
//
// A date is also a number of days, its ordinal; day 1 is January 1 of the year 1, a Monday. Years are counted here from
// March, so that the leap day is the last of its year and the months' lengths are regular.
#include "runtime/module/datetime.h"

static bool is_leap(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}
int days_in_month(int year, int month) {
  static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return days[month - 1] + (month == 2 && is_leap(year));
}

enum : int { DAYS_400_YEARS = 146097, BEFORE_YEAR_ONE = 306 }; // days from March 1 of the year 0 to January 1 of 1

int ordinal_of(DateFields date) {
  int month = date.month > 2 ? date.month - 3 : date.month + 9, year = date.year - (date.month <= 2);
  // 153 days in any five months from March on.
  return year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + date.day - BEFORE_YEAR_ONE;
}

DateFields date_of_ordinal(int ordinal) {
  unsigned day = (unsigned)(ordinal + BEFORE_YEAR_ONE - 1);
  unsigned era = day / DAYS_400_YEARS, in_era = day % DAYS_400_YEARS;
  unsigned year = (in_era - in_era / 1460 + in_era / 36524 - in_era / (DAYS_400_YEARS - 1)) / 365;
  unsigned in_year = in_era - (365 * year + year / 4 - year / 100), month = (5 * in_year + 2) / 153;
  unsigned next_year = month >= 10;
  return (DateFields){.year = (uint16_t)(era * 400 + year + next_year),
                      .month = (uint8_t)(next_year ? month - 9 : month + 3),
                      .day = (uint8_t)(in_year - (153 * month + 2) / 5 + 1)};
}

int year_of_ordinal(int64_t ordinal) {
  int64_t eras = (ordinal - 1) / DAYS_400_YEARS;
  return (int)(eras * 400) + date_of_ordinal((int)(ordinal - eras * DAYS_400_YEARS)).year;
}

int weekday_of(DateFields date) {
  return (ordinal_of(date) + 700 + 6) % 7; // a forged date may be one of the year 0
}

int day_of_year(DateFields date) {
  return ordinal_of(date) - ordinal_of((DateFields){date.year, 1, 1}) + 1;
}

// The ordinal of the Monday that begins the first week of `year`: the one with its first Thursday.
static int first_monday(int year) {
  int first = (year - 1) * 365 + (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 + 1, weekday = (first + 6) % 7;
  return first - weekday + (weekday > 3 ? 7 : 0);
}

IsoWeek iso_week_of(DateFields date) {
  int ordinal = ordinal_of(date), year = date.year;
  if (ordinal < first_monday(year))
    year--;
  else if (ordinal >= first_monday(year + 1))
    year++;
  // The days before the year 1 belong to the last week of the year 0, a leap year.
  int days = ordinal - (year > 0 ? first_monday(year) : 1 - 366);
  return (IsoWeek){year, days / 7 + 1, days % 7 + 1};
}

IsoFault date_of_iso_week(int year, int week, int day, DateFields *date) {
  if (year < YEAR_MIN || year > YEAR_MAX) return ISO_BAD_YEAR;
  int first = first_monday(year), weeks = (first_monday(year + 1) - first) / 7;
  if (week < 1 || week > weeks) return ISO_BAD_WEEK;
  if (day < 1 || day > 7) return ISO_BAD_DAY;
  int ordinal = first + (week - 1) * 7 + day - 1;
  *date = ordinal >= 1 && ordinal <= ORDINAL_MAX ? date_of_ordinal(ordinal) : (DateFields){};
  return ISO_GOOD;
}

bool date_check(int year, int month, int day, DateFields *date) {
  if (year < YEAR_MIN || year > YEAR_MAX)
    raise_value_error("year %d is out of range", year);
  else if (month < 1 || month > 12)
    raise_value_error("month must be in 1..12");
  else if (day < 1 || day > days_in_month(year, month))
    raise_value_error("day is out of range for month");
  else {
    *date = (DateFields){(uint16_t)year, (uint8_t)month, (uint8_t)day};
    return true;
  }
  return false;
}

bool clock_check(int hour, int minute, int second, int microsecond, int fold, ClockFields *clock) {
  const char *wrong = hour < 0 || hour > 23                               ? "hour must be in 0..23"
                      : minute < 0 || minute > 59                         ? "minute must be in 0..59"
                      : second < 0 || second > 59                         ? "second must be in 0..59"
                      : microsecond < 0 || microsecond > MICROSECONDS - 1 ? "microsecond must be in 0..999999"
                      : fold != 0 && fold != 1                            ? "fold must be either 0 or 1"
                                                                          : NULL;
  if (wrong) raise_value_error("%s", wrong);
  *clock = (ClockFields){(uint8_t)hour, (uint8_t)minute, (uint8_t)second, (uint8_t)fold, microsecond};
  return !wrong;
}

ClockFields clock_of_microseconds(int64_t microseconds) {
  unsigned seconds = (unsigned)(microseconds / MICROSECONDS), minutes = seconds / 60;
  return (ClockFields){.hour = (uint8_t)(minutes / 60),
                       .minute = (uint8_t)(minutes % 60),
                       .second = (uint8_t)(seconds % 60),
                       .microsecond = (int32_t)(microseconds % MICROSECONDS)};
}

const char *weekday_name(int weekday) {
  static const char names[][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  return names[weekday];
}
const char *month_name(int month) {
  static const char names[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return names[month - 1];
}
