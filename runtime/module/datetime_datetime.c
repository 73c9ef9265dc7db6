// datetime.datetime: making them, and their methods.
#include "runtime/module/datetime.h"
#include "runtime/module/_io.h"
#include "runtime/object/bytes.h"
#include "runtime/object/container.h"
#include "runtime/object/float.h"

#include <time.h>

// ---- Making ----

Value datetime_allocate(Class *class, DateFields date, ClockFields clock, Value zone) {
  DateTime *moment = class_allocate(class, 0);
  if (!moment) return NULL;
  moment->date = date;
  moment->clock = clock;
  gc_init(moment, &moment->zone, zone);
  return value_from_cell(moment);
}

// A subclass is called without a fold.
Value datetime_make(Class *class, DateFields date, ClockFields clock, Value zone) {
  if (class == datetime_state.datetime) return datetime_allocate(class, date, clock, zone);
  const int numbers[] = {date.year, date.month, date.day, clock.hour, clock.minute, clock.second, clock.microsecond};
  return call_with_numbers(class, numbers, 7, zone);
}

// The same from fields that may be out of range.
static Value make_checked(Class *class, const int numbers[7], int fold, Value zone) {
  if (class != datetime_state.datetime) return call_with_numbers(class, numbers, 7, zone);
  DateFields date;
  ClockFields clock;
  if (!date_check(numbers[0], numbers[1], numbers[2], &date) ||
      !clock_check(numbers[3], numbers[4], numbers[5], numbers[6], fold, &clock))
    return NULL;
  return datetime_allocate(class, date, clock, zone);
}

enum : int { STATE_FOLD = 0x80, STATE_MONTH = 2 }; // the fold's bit is in the month's byte

// 1: an instance of `class` from a pickle's state; 0: the arguments are others; -1: exception.
static int datetime_from_state(Class *class, Value *arguments, size_t count, Value *result) {
  uint8_t state[STATE_DATE + STATE_CLOCK];
  if (count < 1 || count > 2) return 0;
  int found = state_argument(arguments[0], sizeof state, STATE_MONTH, "datetime", state);
  if (found <= 0) return found;
  DateFields date;
  ClockFields clock;
  bool fold = (state[STATE_MONTH] & STATE_FOLD) != 0;
  state[STATE_MONTH] &= (uint8_t)~STATE_FOLD;
  if (!date_from_state(state, &date)) return 0;
  clock_from_state(state + STATE_DATE, &clock);
  clock.fold = fold;
  Value zone = count > 1 ? arguments[1] : VALUE_NONE;
  if (zone != VALUE_NONE && !is_zone(zone)) {
    raise_type_error("bad tzinfo state arg");
    return -1;
  }
  *result = datetime_allocate(class, date, clock, zone);
  return *result ? 1 : -1;
}

enum : int { FIELD_COUNT = 9, FIELD_ZONE = 7, FIELD_FOLD = 8 };

// Fields from arguments in the order of the parameters; absent ones stay what `numbers` holds. Zero: exception.
static Value datetime_from_fields(Class *class, Value *given, int numbers[7], int fold, Value zone) {
  DateFields date;
  ClockFields clock;
  for (int i = 0; i < 7; i++)
    if (!int_argument(given[i], &numbers[i])) return NULL;
  if (!int_argument(given[FIELD_FOLD], &fold) || !date_check(numbers[0], numbers[1], numbers[2], &date) ||
      !clock_check(numbers[3], numbers[4], numbers[5], numbers[6], fold, &clock))
    return NULL;
  if (given[FIELD_ZONE]) zone = given[FIELD_ZONE];
  return zone_check(zone) ? datetime_allocate(class, date, clock, zone) : NULL;
}

static Value datetime_construct(Value class, Value *arguments, size_t count, Value keyword_names) {
  static const ArgumentForm form = {
      "function",  "this function",
      FIELD_COUNT, 8,
      3,           {"year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo", "fold"}};
  Value result, given[FIELD_COUNT];
  int found = datetime_from_state(value_as_class(class), arguments, count, &result);
  if (found) return found > 0 ? result : NULL;
  if (!form_parse(&form, arguments, count, keyword_names, given)) return NULL;
  int numbers[7] = {};
  return datetime_from_fields(value_as_class(class), given, numbers, 0, VALUE_NONE);
}

static Value datetime_replace(Value *arguments) {
  const DateTime *self = as_datetime(arguments[0]);
  ClockFields clock = self->clock;
  int numbers[] = {self->date.year, self->date.month, self->date.day,   clock.hour,
                   clock.minute,    clock.second,     clock.microsecond};
  int fold = clock.fold;
  if (!fold_argument(arguments[1 + FIELD_FOLD], &fold)) return NULL; // looked at before the others
  return datetime_from_fields(value_class(arguments[0]), arguments + 1, numbers, fold, self->zone);
}

// ---- Clocks and timestamps ----

static Value from_timestamp(Value class, int64_t seconds, int microsecond, TimeBase base, Value zone) {
  int numbers[7], fold = 0;
  if (!fields_of_timestamp(seconds, base, numbers)) return NULL;
  numbers[6] = microsecond;
  if (zone == VALUE_NONE && base == BASE_LOCAL && (fold = fold_of_local(seconds, numbers)) < 0) return NULL;
  return make_checked(value_as_class(class), numbers, fold, zone);
}
static Value from_clock(Value class, TimeBase base, Value zone) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return from_timestamp(class, now.tv_sec, (int)(now.tv_nsec / 1000), base, zone);
}
// In a zone: made in UTC, which the zone converts.
static Value in_zone(Value moment, Value zone) {
  return moment && zone != VALUE_NONE ? value_call_method_1(zone, "fromutc", moment) : moment;
}

static Value datetime_now(Value class, Value zone) {
  if (!zone) zone = VALUE_NONE;
  if (!zone_check(zone)) return NULL;
  return in_zone(from_clock(class, zone == VALUE_NONE ? BASE_LOCAL : BASE_UTC, zone), zone);
}
static Value datetime_utcnow(Value class) {
  return from_clock(class, BASE_UTC, VALUE_NONE);
}
static Value datetime_fromtimestamp(Value class, Value timestamp, Value zone) {
  int64_t seconds;
  int microsecond;
  if (!zone) zone = VALUE_NONE;
  if (!zone_check(zone) || !timestamp_parse(timestamp, &seconds, &microsecond)) return NULL;
  return in_zone(from_timestamp(class, seconds, microsecond, zone == VALUE_NONE ? BASE_LOCAL : BASE_UTC, zone), zone);
}
static Value datetime_utcfromtimestamp(Value class, Value timestamp) {
  int64_t seconds;
  int microsecond;
  return timestamp_parse(timestamp, &seconds, &microsecond)
             ? from_timestamp(class, seconds, microsecond, BASE_UTC, VALUE_NONE)
             : NULL;
}

static Value datetime_timestamp(Value self) {
  const DateTime *moment = as_datetime(self);
  if (moment->zone != VALUE_NONE) {
    Value difference = datetime_difference(self, datetime_state.epoch);
    return difference ? value_call_method_0(difference, "total_seconds") : NULL;
  }
  int64_t seconds;
  return local_timestamp(moment, &seconds)
             ? float_from_double((double)seconds + (double)moment->clock.microsecond / MICROSECONDS)
             : NULL;
}

// The zone that a naive datetime is in, as local time.
static Value zone_of_naive(const DateTime *moment) {
  int64_t seconds;
  return local_timestamp(moment, &seconds) ? local_zone(seconds) : NULL;
}

static Value datetime_astimezone(Value self, Value zone) {
  const DateTime *moment = as_datetime(self);
  if (!zone) zone = VALUE_NONE;
  if (!zone_check(zone)) return NULL;
  Value own = moment->zone, offset = VALUE_NONE;
  if (own != VALUE_NONE) {
    if (own == zone) return self;
    if (!(offset = zone_offset(own, self))) return NULL;
  }
  if (offset == VALUE_NONE) { // naive, or as good as that
    if (!(own = zone_of_naive(moment))) return NULL;
    if (own == zone) return self;
    if (!(offset = zone_offset(own, self))) return NULL;
  }
  Value result = datetime_shift(self, as_delta(offset), -1);
  if (!result) return NULL;
  if (!is_datetime(result)) return raise_type_error("fromutc: argument must be a datetime");
  const DateTime *shifted = as_datetime(result);
  Class *class = value_class(result);
  if (zone == VALUE_NONE) {
    // Local time, whatever its offset is at that moment.
    Value in_utc = datetime_allocate(class, shifted->date, shifted->clock, datetime_state.utc);
    Value since = in_utc ? datetime_difference(in_utc, datetime_state.epoch) : NULL;
    if (!since) return NULL;
    zone = local_zone(as_delta(since)->days * (int64_t)SECONDS_PER_DAY + as_delta(since)->seconds);
    if (!zone) return NULL;
  }
  return in_zone(datetime_allocate(class, shifted->date, shifted->clock, zone), zone);
}

// ---- From other things ----

static Value datetime_strptime(Value class, Value text, Value format) {
  if (!value_is_str(text)) return raise_type_error("strptime() argument 1 must be str, not %T", text);
  if (!value_is_str(format)) return raise_type_error("strptime() argument 2 must be str, not %T", format);
  Value module = import_module("_strptime");
  Value arguments[] = {class, text, format};
  return module ? value_call_method(module, "_strptime_datetime", arguments, 3) : NULL;
}

static Value datetime_combine(Value class, Value date, Value time, Value zone) {
  if (!is_date(date)) return raise_type_error("combine() argument 1 must be datetime.date, not %T", date);
  if (!is_time(time)) return raise_type_error("combine() argument 2 must be datetime.time, not %T", time);
  if (!zone) zone = as_time(time)->zone;
  return zone_check(zone) ? datetime_make(value_as_class(class), as_date(date)->date, as_time(time)->clock, zone)
                          : NULL;
}

// The text with a separator that no UTF-8 can hold replaced.
static Value without_surrogate(Value text) {
  static const size_t places[] = {7, 8, 10}; // where a date may end
  size_t length = str_length(text);
  for (int i = 0; i < 3 && places[i] < length; i++) {
    uint32_t character = str_character(value_as_str(text), places[i]);
    if (character < 0xd800 || character > 0xdfff) continue;
    Value start = str_substring(text, 0, places[i]), end = str_substring(text, places[i] + 1, length);
    return start && end ? str_format_c("%UT%U", start, end) : NULL;
  }
  return text;
}

static Value datetime_fromisoformat(Value class, Value text) {
  if (!value_is_str(text)) return raise_type_error("fromisoformat: argument must be str");
  Value clean = without_surrogate(text);
  if (!clean) return NULL;
  size_t length;
  const char *utf8 = str_utf8(clean, &length);
  IsoDate date;
  IsoTime time;
  if (!utf8 && !exception_clear_if(CLASS_UNICODE_ENCODE_ERROR)) return NULL;
  if (!utf8 || !iso_parse_datetime(utf8, length, &date, &time))
    return raise_value_error("Invalid isoformat string: %R", text);
  KEEP(clean);
  Value zone = zone_of_iso(&time);
  if (!zone) return NULL;
  const int numbers[] = {date.year, date.month, date.day, time.hour, time.minute, time.second, time.microsecond};
  return make_checked(value_as_class(class), numbers, 0, zone);
}

// ---- Text ----

static Value datetime_repr(Value self) {
  const DateTime *moment = as_datetime(self);
  ClockFields clock = moment->clock;
  Value text = str_format_c("%T(%d, %d, %d, %d, %d", self, moment->date.year, moment->date.month, moment->date.day,
                            clock.hour, clock.minute);
  if (text && (clock.second || clock.microsecond)) text = str_format_c("%U, %d", text, clock.second);
  if (text && clock.microsecond) text = str_format_c("%U, %d", text, clock.microsecond);
  if (text && clock.fold) text = str_format_c("%U, fold=1", text);
  if (text && moment->zone != VALUE_NONE) text = str_format_c("%U, tzinfo=%R", text, moment->zone);
  return text ? str_format_c("%U)", text) : NULL;
}

static Value text_with_separator(Value self, uint32_t separator, TimeSpecification specification) {
  const DateTime *moment = as_datetime(self);
  char text[ISO_TEXT], *middle = put_date(text, moment->date), *end = middle;
  if (separator < 0x80) *end++ = (char)separator;
  end = put_clock(end, moment->clock, specification);
  end = put_zone_offset(end, moment->zone, self, ":");
  if (!end) return NULL;
  if (separator < 0x80) return str_from_ascii(text, (size_t)(end - text));
  StrBuilder builder;
  str_builder_start(&builder);
  str_builder_add_ascii(&builder, text, (size_t)(middle - text));
  str_builder_add_character(&builder, separator);
  str_builder_add_ascii(&builder, middle, (size_t)(end - middle));
  return str_builder_finish(&builder);
}
static Value datetime_isoformat(Value self, Value separator_value, Value specification_value) {
  uint32_t separator = 'T';
  TimeSpecification specification;
  if (separator_value) {
    if (!value_is_str(separator_value) || str_length(separator_value) != 1)
      return raise_type_error("isoformat() argument 1 must be a unicode character, not %T", separator_value);
    separator = str_character(value_as_str(separator_value), 0);
  }
  return specification_parse(specification_value, 2, &specification)
             ? text_with_separator(self, separator, specification)
             : NULL;
}
static Value datetime_str(Value self) {
  return value_call_method_1(self, "isoformat", str_from_character(' '));
}

static Value datetime_ctime(Value self) {
  const DateTime *moment = as_datetime(self);
  char clock[ISO_TEXT] = {}, year[5] = {};
  put_clock(clock, moment->clock, SPECIFICATION_SECONDS);
  put_digits(year, moment->date.year, 4);
  return str_format_c("%s %s %s%d %s %s", weekday_name(weekday_of(moment->date)), month_name(moment->date.month),
                      moment->date.day < 10 ? " " : "", moment->date.day, clock, year);
}

// ---- Fields and parts ----

static Value get_hour(Value self) {
  return value_from_small_int(as_datetime(self)->clock.hour);
}
static Value get_minute(Value self) {
  return value_from_small_int(as_datetime(self)->clock.minute);
}
static Value get_second(Value self) {
  return value_from_small_int(as_datetime(self)->clock.second);
}
static Value get_microsecond(Value self) {
  return value_from_small_int(as_datetime(self)->clock.microsecond);
}
static Value get_zone(Value self) {
  return as_datetime(self)->zone;
}
static Value get_fold(Value self) {
  return value_from_small_int(as_datetime(self)->clock.fold);
}

static Value datetime_date(Value self) {
  return date_allocate(datetime_state.date, as_datetime(self)->date);
}
static Value datetime_time(Value self) {
  return time_allocate(datetime_state.time, as_datetime(self)->clock, VALUE_NONE);
}
static Value datetime_timetz(Value self) {
  return time_allocate(datetime_state.time, as_datetime(self)->clock, as_datetime(self)->zone);
}

static Value datetime_utcoffset(Value self) {
  return datetime_offset(self);
}
static Value datetime_dst(Value self) {
  return zone_dst(as_datetime(self)->zone, self);
}
static Value datetime_tzname(Value self) {
  return zone_name(as_datetime(self)->zone, self);
}

static Value datetime_timetuple(Value self) {
  const DateTime *moment = as_datetime(self);
  Value dst = datetime_dst(self);
  if (!dst) return NULL;
  return struct_time_of(moment->date, moment->clock, dst == VALUE_NONE ? -1 : !delta_is_zero(as_delta(dst)));
}
static Value datetime_utctimetuple(Value self) {
  const DateTime *moment = as_datetime(self);
  Value offset = datetime_offset(self);
  if (!offset) return NULL;
  DateFields date = moment->date;
  ClockFields clock = moment->clock;
  if (offset != VALUE_NONE) {
    int64_t total = datetime_microseconds(moment) - (int64_t)delta_microseconds(as_delta(offset));
    int64_t days = total / MICROSECONDS_PER_DAY;
    if (days < 1 || days > ORDINAL_MAX) return raise(CLASS_OVERFLOW_ERROR, "date value out of range");
    date = date_of_ordinal((int)days);
    clock = clock_of_microseconds(total % MICROSECONDS_PER_DAY);
  }
  return struct_time_of(date, clock, 0);
}

static Value datetime_reduce_as(Value self, int protocol) {
  const DateTime *moment = as_datetime(self);
  uint8_t state[STATE_DATE + STATE_CLOCK];
  date_to_state(moment->date, state);
  clock_to_state(moment->clock, state + STATE_DATE);
  if (protocol > 3 && moment->clock.fold) state[STATE_MONTH] |= STATE_FOLD;
  Value bytes = bytes_new(state, sizeof state);
  return tuple_of(2, value_from_cell(value_class(self)),
                  moment->zone == VALUE_NONE ? tuple_of(1, bytes) : tuple_of(2, bytes, moment->zone));
}
static Value datetime_reduce_ex(Value self, Value protocol_value) {
  int protocol;
  return int_argument(protocol_value, &protocol) ? datetime_reduce_as(self, protocol) : NULL;
}
static Value datetime_reduce(Value self) {
  return datetime_reduce_as(self, 2);
}

COMPARISON_METHODS(datetime, datetime_compare)
static Value datetime_reflected_subtract(Value self, Value other) {
  return is_datetime(other) ? datetime_difference(other, self) : VALUE_NOT_IMPLEMENTED;
}

static const NativeMethod datetime_methods[] = {
    NATIVE("__new__", datetime_construct, NULL, "Create a datetime.", NATIVE_STATIC),
    NATIVE("__repr__", datetime_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__str__", datetime_str, "($self, /)", "Return str(self)."),
    COMPARISON_ENTRIES(datetime),
    NATIVE("__hash__", datetime_hash, "($self, /)", "Return hash(self)."),
    NATIVE("__add__", datetime_add, "($self, value, /)", "Return self+value."),
    NATIVE("__radd__", datetime_add, "($self, value, /)", "Return value+self."),
    NATIVE("__sub__", datetime_subtract, "($self, value, /)", "Return self-value."),
    NATIVE("__rsub__", datetime_reflected_subtract, "($self, value, /)", "Return value-self."),
    NATIVE("__reduce_ex__", datetime_reduce_ex, "($self, proto, /)", "How a pickle makes it.", NATIVE_METHOD),
    NATIVE("__reduce__", datetime_reduce, "($self, /)", "How a pickle makes it.", NATIVE_METHOD),
    NATIVE("now", datetime_now, "($type, /, tz=None)", "The time now, in a zone or as local time.", NATIVE_CLASS),
    NATIVE("utcnow", datetime_utcnow, "($type, /)", "The time now in UTC, naive.", NATIVE_CLASS),
    NATIVE("fromtimestamp", datetime_fromtimestamp, "($type, /, timestamp, tz=None)",
           "The time at a POSIX timestamp, in a zone or as local time.", NATIVE_CLASS),
    NATIVE("utcfromtimestamp", datetime_utcfromtimestamp, "($type, timestamp, /)",
           "The time at a POSIX timestamp in UTC, naive.", NATIVE_CLASS),
    NATIVE("strptime", datetime_strptime, "($type, date_string, format, /)", "Parse text by a format.", NATIVE_CLASS),
    NATIVE("combine", datetime_combine, "($type, /, date, time, tzinfo=<unrepresentable>)",
           "The date of one and the time of the other.", NATIVE_CLASS),
    NATIVE("fromisoformat", datetime_fromisoformat, "($type, string, /)", "A datetime from ISO 8601 text.",
           NATIVE_CLASS),
    NATIVE("date", datetime_date, "($self, /)", "Its date."),
    NATIVE("time", datetime_time, "($self, /)", "Its time, without time zone."),
    NATIVE("timetz", datetime_timetz, "($self, /)", "Its time, with time zone."),
    NATIVE("ctime", datetime_ctime, "($self, /)", "Text as of ctime()."),
    NATIVE("timetuple", datetime_timetuple, "($self, /)", "A time tuple as of time.localtime()."),
    NATIVE("timestamp", datetime_timestamp, "($self, /)", "Seconds since 1970 as a float."),
    NATIVE("utctimetuple", datetime_utctimetuple, "($self, /)", "A time tuple in UTC as of time.gmtime()."),
    NATIVE("isoformat", datetime_isoformat, "($self, /, sep='T', timespec='auto')",
           "YYYY-MM-DDTHH:MM:SS, a fraction and an offset; timespec says how much of the time."),
    NATIVE("utcoffset", datetime_utcoffset, "($self, /)", "What the time zone says."),
    NATIVE("tzname", datetime_tzname, "($self, /)", "What the time zone says."),
    NATIVE("dst", datetime_dst, "($self, /)", "What the time zone says."),
    NATIVE("replace", datetime_replace,
           "($self, /, year=<unrepresentable>, month=<unrepresentable>, day=<unrepresentable>, hour=<unrepresentable>, "
           "minute=<unrepresentable>, second=<unrepresentable>, microsecond=<unrepresentable>, "
           "tzinfo=<unrepresentable>, *, fold=<unrepresentable>)",
           "The datetime with other fields."),
    NATIVE("astimezone", datetime_astimezone, "($self, /, tz=None)", "The same moment in another zone."),
    {}};
static const NativeProperty datetime_properties[] = {{"hour", get_hour, NULL, NULL},
                                                     {"minute", get_minute, NULL, NULL},
                                                     {"second", get_second, NULL, NULL},
                                                     {"microsecond", get_microsecond, NULL, NULL},
                                                     {"tzinfo", get_zone, NULL, NULL},
                                                     {"fold", get_fold, NULL, NULL},
                                                     {}};
static const CellType datetime_cell_type = {.name = "datetime", CELL_VALUES(DateTime, zone, zone)};
const ClassDef datetime_definition = {
    .name = "datetime.datetime",
    .doc = "datetime(year, month, day[, hour[, minute[, second[, microsecond[,tzinfo]]]]])",
    .cell_type = &datetime_cell_type,
    .instance_size = sizeof(DateTime),
    .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE,
    .methods = datetime_methods,
    .properties = datetime_properties,
    .construct = datetime_construct};
