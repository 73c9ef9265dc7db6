// datetime.date, and datetime.IsoCalendarDate, the named tuple that isocalendar() returns.
#include "runtime/module/_io.h"
#include "runtime/module/datetime.h"
#include "runtime/module/system.h"
#include "runtime/object/bytes.h"
#include "runtime/object/container.h"

#include <limits.h>

// ---- Making ----

Value date_allocate(Class *class, DateFields fields) {
  Date *date = class_allocate(class, 0);
  if (!date) return NULL;
  date->date = fields;
  return value_from_cell(date);
}

// By a call of `class` if it is a subclass: of datetime, it is midnight.
static Value date_make(Class *class, DateFields fields) {
  if (class == datetime_state.date) return date_allocate(class, fields);
  if (class == datetime_state.datetime) return datetime_allocate(class, fields, (ClockFields){}, VALUE_NONE);
  const int numbers[] = {fields.year, fields.month, fields.day};
  return call_with_numbers(class, numbers, 3, NULL);
}
static Value date_make_checked(Value class, int year, int month, int day) {
  DateFields fields;
  if (value_as_class(class) == datetime_state.date || value_as_class(class) == datetime_state.datetime)
    return date_check(year, month, day, &fields) ? date_make(value_as_class(class), fields) : NULL;
  const int numbers[] = {year, month, day};
  return call_with_numbers(value_as_class(class), numbers, 3, NULL);
}

static Value date_construct(Value class, Value *arguments, size_t count, Value keyword_names) {
  static const ArgumentForm form = {"function", "this function", 3, 3, 3, {"year", "month", "day"}};
  DateFields fields;
  if (count == 1) {
    uint8_t state[STATE_DATE];
    int found = state_argument(arguments[0], sizeof state, 2, "date", state);
    if (found < 0) return NULL;
    if (found && date_from_state(state, &fields)) return date_allocate(value_as_class(class), fields);
  }
  Value given[3];
  int numbers[3];
  if (!form_parse(&form, arguments, count, keyword_names, given)) return NULL;
  for (int i = 0; i < 3; i++)
    if (!int_argument(given[i], &numbers[i])) return NULL;
  return date_check(numbers[0], numbers[1], numbers[2], &fields) ? date_allocate(value_as_class(class), fields) : NULL;
}

static Value date_fromtimestamp(Value class, Value timestamp) {
  time_t seconds;
  int fields[6];
  if (!time_parse_time_t(timestamp, TIME_ROUND_FLOOR, &seconds) || !fields_of_timestamp(seconds, BASE_LOCAL, fields))
    return NULL;
  return date_make_checked(class, fields[0], fields[1], fields[2]);
}

static Value date_today(Value class) {
  Value module = import_module("time"), now = module ? value_call_method_0(module, "time") : NULL;
  return now ? value_call_method_1(class, "fromtimestamp", now) : NULL;
}

static Value date_fromordinal(Value class, Value number) {
  int ordinal;
  if (!int_argument(number, &ordinal)) return NULL;
  if (ordinal < 1) return raise_value_error("ordinal must be >= 1");
  if (ordinal > ORDINAL_MAX) return raise_value_error("year %d is out of range", year_of_ordinal(ordinal));
  return date_make(value_as_class(class), date_of_ordinal(ordinal));
}

static Value date_fromisoformat(Value class, Value text) {
  if (!value_is_str(text)) return raise_type_error("fromisoformat: argument must be str");
  size_t length;
  const char *utf8 = str_utf8(text, &length);
  IsoDate date;
  if (!utf8 && !exception_clear_if(CLASS_UNICODE_ENCODE_ERROR)) return NULL;
  bool good = utf8 && (length == 7 || length == 8 || length == 10) && iso_parse_date(utf8, length, &date);
  if (!good) return raise_value_error("Invalid isoformat string: %R", text);
  KEEP(text);
  return date_make_checked(class, date.year, date.month, date.day);
}

static Value date_fromisocalendar(Value class, Value year_value, Value week_value, Value day_value) {
  int year, week, day;
  if (!int_argument(year_value, &year) || !int_argument(week_value, &week) || !int_argument(day_value, &day)) {
    if (exception_clear_if(CLASS_OVERFLOW_ERROR)) raise_value_error("ISO calendar component out of range");
    return NULL;
  }
  DateFields fields;
  switch (date_of_iso_week(year, week, day, &fields)) {
  case ISO_BAD_YEAR:
    return raise_value_error("Year is out of range: %d", year);
  case ISO_BAD_WEEK:
    return raise_value_error("Invalid week: %d", week);
  case ISO_BAD_DAY:
    return raise_value_error("Invalid day: %d (range is [1, 7])", day);
  case ISO_GOOD:
    break;
  }
  if (!fields.year) return raise_value_error("year %d is out of range", year == YEAR_MAX ? YEAR_MAX + 1 : 0);
  return date_make(value_as_class(class), fields);
}

// ---- Operators ----

static Value date_shift(Value self, const Delta *delta, int sign) {
  int64_t ordinal = ordinal_of(as_date(self)->date) + (int64_t)sign * delta->days;
  if (ordinal < 1 || ordinal > ORDINAL_MAX) return raise(CLASS_OVERFLOW_ERROR, "date value out of range");
  return date_make(value_class(self), date_of_ordinal((int)ordinal));
}
static Value date_add(Value self, Value other) {
  return is_delta(other) && !is_datetime(self) ? date_shift(self, as_delta(other), 1) : VALUE_NOT_IMPLEMENTED;
}
static Value date_subtract(Value self, Value other) {
  if (is_datetime(self) || is_datetime(other)) return VALUE_NOT_IMPLEMENTED;
  if (is_date(other)) return delta_new(ordinal_of(as_date(self)->date) - ordinal_of(as_date(other)->date), 0, 0);
  return is_delta(other) ? date_shift(self, as_delta(other), -1) : VALUE_NOT_IMPLEMENTED;
}
static Value date_reflected_subtract(Value self, Value other) {
  return is_date(other) ? date_subtract(other, self) : VALUE_NOT_IMPLEMENTED;
}

static int date_number(DateFields date) {
  return (date.year << 4 | date.month) << 5 | date.day;
}
static Value date_compare(Value self, Value other, Comparison comparison) {
  if (!is_date(other)) return VALUE_NOT_IMPLEMENTED;
  return value_from_bool(
      order_satisfies(comparison, date_number(as_date(self)->date), date_number(as_date(other)->date)));
}
COMPARISON_METHODS(date, date_compare)

static Value date_hash(Value self) {
  uint8_t state[STATE_DATE];
  date_to_state(as_date(self)->date, state);
  return int_from_int64(state_hash(state, sizeof state));
}

// ---- Methods ----

static Value get_year(Value self) {
  return value_from_small_int(as_date(self)->date.year);
}
static Value get_month(Value self) {
  return value_from_small_int(as_date(self)->date.month);
}
static Value get_day(Value self) {
  return value_from_small_int(as_date(self)->date.day);
}

static Value date_repr(Value self) {
  DateFields date = as_date(self)->date;
  return str_format_c("%T(%d, %d, %d)", self, date.year, date.month, date.day);
}
static Value date_isoformat(Value self) {
  char text[ISO_TEXT], *end = put_date(text, as_date(self)->date);
  return str_from_ascii(text, (size_t)(end - text));
}
static Value date_str(Value self) {
  return value_call_method_0(self, "isoformat");
}
static Value date_ctime(Value self) {
  DateFields date = as_date(self)->date;
  char year[5] = {};
  put_digits(year, date.year, 4);
  return str_format_c("%s %s %s%d 00:00:00 %s", weekday_name(weekday_of(date)), month_name(date.month),
                      date.day < 10 ? " " : "", date.day, year);
}
Value date_strftime(Value self, Value format) {
  if (!value_is_str(format)) return raise_type_error("strftime() argument 1 must be str, not %T", format);
  Value tuple = value_call_method_0(self, "timetuple");
  return tuple ? format_by_strftime(self, format, tuple) : NULL;
}
static Value date_timetuple(Value self) {
  return struct_time_of(as_date(self)->date, (ClockFields){}, -1);
}
static Value date_toordinal(Value self) {
  return value_from_small_int(ordinal_of(as_date(self)->date));
}
static Value date_weekday(Value self) {
  return value_from_small_int(weekday_of(as_date(self)->date));
}
static Value date_isoweekday(Value self) {
  return value_from_small_int(weekday_of(as_date(self)->date) + 1);
}

static Value iso_date_new(Class *class, const int numbers[3]) {
  Tuple *tuple = class_allocate(class, 3 * sizeof(Value));
  if (!tuple) return NULL;
  tuple->count = 3;
  for (int i = 0; i < 3; i++) gc_init(tuple, &tuple->items[i], value_from_small_int(numbers[i]));
  return value_from_cell(tuple);
}
static Value date_isocalendar(Value self) {
  IsoWeek week = iso_week_of(as_date(self)->date);
  const int numbers[] = {week.year, week.week, week.day};
  return iso_date_new(datetime_state.iso_date, numbers);
}

static Value date_replace(Value self, Value year, Value month, Value day) {
  DateFields fields = as_date(self)->date;
  int numbers[] = {fields.year, fields.month, fields.day};
  if (!int_argument(year, &numbers[0]) || !int_argument(month, &numbers[1]) || !int_argument(day, &numbers[2]))
    return NULL;
  return date_check(numbers[0], numbers[1], numbers[2], &fields) ? date_allocate(value_class(self), fields) : NULL;
}

static Value date_reduce(Value self) {
  uint8_t state[STATE_DATE];
  date_to_state(as_date(self)->date, state);
  return tuple_of(2, value_from_cell(value_class(self)), tuple_of(1, bytes_new(state, sizeof state)));
}

static const NativeMethod date_methods[] = {
    NATIVE("__new__", date_construct, NULL, "Create a date.", NATIVE_STATIC),
    NATIVE("__repr__", date_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__str__", date_str, "($self, /)", "Return str(self)."),
    COMPARISON_ENTRIES(date),
    NATIVE("__hash__", date_hash, "($self, /)", "Return hash(self)."),
    NATIVE("__add__", date_add, "($self, value, /)", "Return self+value."),
    NATIVE("__radd__", date_add, "($self, value, /)", "Return value+self."),
    NATIVE("__sub__", date_subtract, "($self, value, /)", "Return self-value."),
    NATIVE("__rsub__", date_reflected_subtract, "($self, value, /)", "Return value-self."),
    NATIVE("__format__", format_by_method, "($self, format, /)", "Formats self with strftime."),
    NATIVE("__reduce__", date_reduce, "($self, /)", "How a pickle makes it.", NATIVE_METHOD),
    NATIVE("fromtimestamp", date_fromtimestamp, "($type, timestamp, /)", "The local date at a POSIX timestamp.",
           NATIVE_CLASS),
    NATIVE("fromordinal", date_fromordinal, "($type, ordinal, /)", "The date of that number of days.", NATIVE_CLASS),
    NATIVE("fromisoformat", date_fromisoformat, "($type, string, /)", "A date from ISO 8601 text.", NATIVE_CLASS),
    NATIVE("fromisocalendar", date_fromisocalendar, "($type, /, year, week, day)", "A date from an ISO week's day.",
           NATIVE_CLASS),
    NATIVE("today", date_today, "($type, /)", "The local date now.", NATIVE_CLASS),
    NATIVE("ctime", date_ctime, "($self, /)", "Text as of ctime()."),
    NATIVE("strftime", date_strftime, "($self, /, format)", "Text in a format."),
    NATIVE("timetuple", date_timetuple, "($self, /)", "A time tuple as of time.localtime()."),
    NATIVE("isocalendar", date_isocalendar, "($self, /)", "Year, week and day of the ISO calendar."),
    NATIVE("isoformat", date_isoformat, "($self, /)", "YYYY-MM-DD."),
    NATIVE("isoweekday", date_isoweekday, "($self, /)", "The day of the week: Monday is 1."),
    NATIVE("toordinal", date_toordinal, "($self, /)", "Days since the year 1, whose January 1 is day 1."),
    NATIVE("weekday", date_weekday, "($self, /)", "The day of the week: Monday is 0."),
    NATIVE("replace", date_replace,
           "($self, /, year=<unrepresentable>, month=<unrepresentable>, day=<unrepresentable>)",
           "The date with other fields."),
    {}};
static const NativeProperty date_properties[] = {
    {"year", get_year, NULL, NULL}, {"month", get_month, NULL, NULL}, {"day", get_day, NULL, NULL}, {}};
static const CellType date_cell_type = {.name = "date"};
const ClassDef date_definition = {.name = "datetime.date",
                                  .doc = "date(year, month, day) --> date object",
                                  .cell_type = &date_cell_type,
                                  .instance_size = sizeof(Date),
                                  .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE,
                                  .methods = date_methods,
                                  .properties = date_properties,
                                  .construct = date_construct};

// ---- IsoCalendarDate ----

static Value iso_date_construct(Value class, Value *arguments, size_t count, Value keyword_names) {
  static const ArgumentForm form = {"IsoCalendarDate()", "IsoCalendarDate()", 3, 3, 3, {"year", "week", "weekday"}};
  Value given[3];
  int numbers[3];
  if (!form_parse(&form, arguments, count, keyword_names, given)) return NULL;
  for (int i = 0; i < 3; i++)
    if (!int_argument(given[i], &numbers[i])) return NULL;
  return iso_date_new(value_as_class(class), numbers);
}
static Value get_iso_year(Value self) {
  return tuple_item(self, 0);
}
static Value get_iso_week(Value self) {
  return tuple_item(self, 1);
}
static Value get_iso_weekday(Value self) {
  return tuple_item(self, 2);
}
static Value iso_date_repr(Value self) {
  return str_format_c("%.200T(year=%S, week=%S, weekday=%S)", self, tuple_item(self, 0), tuple_item(self, 1),
                      tuple_item(self, 2));
}
static Value iso_date_reduce(Value self) {
  return tuple_of(2, value_from_cell(BUILTIN(TUPLE)),
                  tuple_of(1, tuple_of(3, tuple_item(self, 0), tuple_item(self, 1), tuple_item(self, 2))));
}
static const NativeMethod iso_date_methods[] = {
    NATIVE("__new__", iso_date_construct, NULL, "Create one.", NATIVE_STATIC),
    NATIVE("__repr__", iso_date_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__reduce__", iso_date_reduce, "($self, /)", "How a pickle makes it.", NATIVE_METHOD),
    {}};
static const NativeProperty iso_date_properties[] = {{"year", get_iso_year, NULL, NULL},
                                                     {"week", get_iso_week, NULL, NULL},
                                                     {"weekday", get_iso_weekday, NULL, NULL},
                                                     {}};
const ClassDef iso_date_definition = {.name = "datetime.IsoCalendarDate",
                                      .doc = "The result of date.isocalendar(): year, week and weekday.",
                                      .flags = CLASS_IMMUTABLE,
                                      .methods = iso_date_methods,
                                      .properties = iso_date_properties};
