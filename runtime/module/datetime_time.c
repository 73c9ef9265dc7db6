// datetime.time: a time of day, with a time zone or without.
#include "runtime/module/datetime.h"
#include "runtime/object/bytes.h"
#include "runtime/object/container.h"

Value time_allocate(Class *class, ClockFields clock, Value zone) {
  Time *time = class_allocate(class, 0);
  if (!time) return NULL;
  time->clock = clock;
  gc_init(time, &time->zone, zone);
  return value_from_cell(time);
}

enum : int { STATE_FOLD = 0x80 }; // in the first byte of a state, with protocol 4 and later

// 1: an instance of `class` from a pickle's state; 0: the arguments are others; -1: exception.
static int time_from_state(Class *class, Value *arguments, size_t count, Value *result) {
  uint8_t state[STATE_CLOCK];
  ClockFields clock;
  if (count < 1 || count > 2) return 0;
  int found = state_argument(arguments[0], sizeof state, -1, "time", state);
  if (found <= 0) return found;
  bool fold = (state[0] & STATE_FOLD) != 0;
  state[0] &= (uint8_t)~STATE_FOLD;
  if (!clock_from_state(state, &clock)) return 0;
  clock.fold = fold;
  Value zone = count > 1 ? arguments[1] : VALUE_NONE;
  if (zone != VALUE_NONE && !is_zone(zone)) {
    raise_type_error("bad tzinfo state arg");
    return -1;
  }
  *result = time_allocate(class, clock, zone);
  return *result ? 1 : -1;
}

static Value time_construct(Value class, Value *arguments, size_t count, Value keyword_names) {
  static const ArgumentForm form = {
      "function", "this function", 6, 5, 0, {"hour", "minute", "second", "microsecond", "tzinfo", "fold"}};
  Value result, given[6];
  int found = time_from_state(value_as_class(class), arguments, count, &result);
  if (found) return found > 0 ? result : NULL;
  if (!form_parse(&form, arguments, count, keyword_names, given)) return NULL;
  int numbers[4] = {}, fold = 0;
  ClockFields clock;
  for (int i = 0; i < 4; i++)
    if (!int_argument(given[i], &numbers[i])) return NULL;
  if (!int_argument(given[5], &fold) || !clock_check(numbers[0], numbers[1], numbers[2], numbers[3], fold, &clock))
    return NULL;
  Value zone = given[4] ? given[4] : VALUE_NONE;
  return zone_check(zone) ? time_allocate(value_as_class(class), clock, zone) : NULL;
}

static Value time_fromisoformat(Value class, Value text) {
  if (!value_is_str(text)) return raise_type_error("fromisoformat: argument must be str");
  size_t length;
  const char *utf8 = str_utf8(text, &length);
  IsoTime time;
  ClockFields clock;
  if (!utf8 && !exception_clear_if(CLASS_UNICODE_ENCODE_ERROR)) return NULL;
  bool prefixed = utf8 && *utf8 == 'T';
  if (!utf8 || !iso_parse_time(utf8 + prefixed, length - prefixed, &time))
    return raise_value_error("Invalid isoformat string: %R", text);
  KEEP(text);
  Value zone = zone_of_iso(&time);
  if (!zone) return NULL;
  if (value_as_class(class) == datetime_state.time)
    return clock_check(time.hour, time.minute, time.second, time.microsecond, 0, &clock)
               ? time_allocate(datetime_state.time, clock, zone)
               : NULL;
  const int numbers[] = {time.hour, time.minute, time.second, time.microsecond};
  return call_with_numbers(value_as_class(class), numbers, 4, zone);
}

// ---- Comparison ----

static Value time_offset(Value self) {
  return zone_offset(as_time(self)->zone, VALUE_NONE);
}
// Microseconds, in UTC if `offset` is not None.
static int64_t microseconds_in_utc(Value self, Value offset) {
  int64_t clock = clock_microseconds(as_time(self)->clock);
  return offset == VALUE_NONE ? clock : clock - (int64_t)delta_microseconds(as_delta(offset));
}

static Value time_compare(Value self, Value other, Comparison comparison) {
  if (!is_time(other)) return VALUE_NOT_IMPLEMENTED;
  Value offset = VALUE_NONE, other_offset = VALUE_NONE;
  if (as_time(self)->zone != as_time(other)->zone &&
      (!(offset = time_offset(self)) || !(other_offset = time_offset(other))))
    return NULL;
  if ((offset == VALUE_NONE) == (other_offset == VALUE_NONE))
    return value_from_bool(
        order_satisfies(comparison, microseconds_in_utc(self, offset), microseconds_in_utc(other, other_offset)));
  if (comparison == COMPARE_EQUAL || comparison == COMPARE_NOT_EQUAL)
    return value_from_bool(comparison == COMPARE_NOT_EQUAL);
  return raise_type_error("can't compare offset-naive and offset-aware times");
}
COMPARISON_METHODS(time, time_compare)

static Value time_hash(Value self) {
  ClockFields clock = as_time(self)->clock;
  uint8_t state[STATE_CLOCK];
  if (clock.fold) {
    clock.fold = 0;
    if (!(self = time_allocate(value_class(self), clock, as_time(self)->zone))) return NULL;
  }
  Value offset = time_offset(self);
  if (!offset) return NULL;
  if (offset == VALUE_NONE) {
    clock_to_state(clock, state);
    return int_from_int64(state_hash(state, sizeof state));
  }
  Value in_utc = delta_from_microseconds(microseconds_in_utc(self, offset));
  int64_t hash = in_utc ? value_hash(in_utc) : -1;
  return hash == -1 ? NULL : int_from_int64(hash);
}

// ---- Methods ----

static Value get_hour(Value self) {
  return value_from_small_int(as_time(self)->clock.hour);
}
static Value get_minute(Value self) {
  return value_from_small_int(as_time(self)->clock.minute);
}
static Value get_second(Value self) {
  return value_from_small_int(as_time(self)->clock.second);
}
static Value get_microsecond(Value self) {
  return value_from_small_int(as_time(self)->clock.microsecond);
}
static Value get_zone(Value self) {
  return as_time(self)->zone;
}
static Value get_fold(Value self) {
  return value_from_small_int(as_time(self)->clock.fold);
}

static Value time_repr(Value self) {
  ClockFields clock = as_time(self)->clock;
  Value text = str_format_c("%T(%d, %d", self, clock.hour, clock.minute);
  if (text && (clock.second || clock.microsecond)) text = str_format_c("%U, %d", text, clock.second);
  if (text && clock.microsecond) text = str_format_c("%U, %d", text, clock.microsecond);
  if (text && as_time(self)->zone != VALUE_NONE) text = str_format_c("%U, tzinfo=%R", text, as_time(self)->zone);
  return text ? str_format_c("%U%s)", text, clock.fold ? ", fold=1" : "") : NULL;
}

static Value time_isoformat(Value self, Value specification_value) {
  TimeSpecification specification;
  if (!specification_parse(specification_value, 1, &specification)) return NULL;
  char text[ISO_TEXT], *end = put_clock(text, as_time(self)->clock, specification);
  end = put_zone_offset(end, as_time(self)->zone, VALUE_NONE, ":");
  return end ? str_from_ascii(text, (size_t)(end - text)) : NULL;
}
static Value time_str(Value self) {
  return value_call_method_0(self, "isoformat");
}

// The date in the tuple is one that the C library takes.
static Value time_strftime(Value self, Value format) {
  ClockFields clock = as_time(self)->clock;
  const int fields[] = {1900, 1, 1, clock.hour, clock.minute, clock.second, 0, 1, -1};
  constexpr size_t count = sizeof fields / sizeof *fields;
  Tuple *tuple = tuple_allocate(count);
  if (!tuple) return NULL;
  for (size_t i = 0; i < count; i++) gc_init(tuple, &tuple->items[i], value_from_small_int(fields[i]));
  return format_by_strftime(self, format, value_from_cell(tuple));
}

static Value time_utcoffset(Value self) {
  return time_offset(self);
}
static Value time_dst(Value self) {
  return zone_dst(as_time(self)->zone, VALUE_NONE);
}
static Value time_tzname(Value self) {
  return zone_name(as_time(self)->zone, VALUE_NONE);
}

static Value time_replace(Value *arguments) {
  Value self = arguments[0], zone = arguments[5] ? arguments[5] : as_time(self)->zone;
  ClockFields clock = as_time(self)->clock;
  int numbers[] = {clock.hour, clock.minute, clock.second, clock.microsecond}, fold = clock.fold;
  if (!fold_argument(arguments[6], &fold)) return NULL; // looked at before the others
  for (int i = 0; i < 4; i++)
    if (!int_argument(arguments[1 + i], &numbers[i])) return NULL;
  if (!clock_check(numbers[0], numbers[1], numbers[2], numbers[3], fold, &clock) || !zone_check(zone)) return NULL;
  return time_allocate(value_class(self), clock, zone);
}

static Value time_reduce_as(Value self, int protocol) {
  const Time *time = as_time(self);
  uint8_t state[STATE_CLOCK];
  clock_to_state(time->clock, state);
  if (protocol > 3 && time->clock.fold) state[0] |= STATE_FOLD;
  Value bytes = bytes_new(state, sizeof state);
  return tuple_of(2, value_from_cell(value_class(self)),
                  time->zone == VALUE_NONE ? tuple_of(1, bytes) : tuple_of(2, bytes, time->zone));
}
static Value time_reduce_ex(Value self, Value protocol_value) {
  int protocol;
  return int_argument(protocol_value, &protocol) ? time_reduce_as(self, protocol) : NULL;
}
static Value time_reduce(Value self) {
  return time_reduce_as(self, 2);
}

static const NativeMethod time_methods[] = {
    NATIVE("__new__", time_construct, NULL, "Create a time.", NATIVE_STATIC),
    NATIVE("__repr__", time_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__str__", time_str, "($self, /)", "Return str(self)."),
    COMPARISON_ENTRIES(time),
    NATIVE("__hash__", time_hash, "($self, /)", "Return hash(self)."),
    NATIVE("__format__", format_by_method, "($self, format, /)", "Formats self with strftime."),
    NATIVE("__reduce_ex__", time_reduce_ex, "($self, proto, /)", "How a pickle makes it.", NATIVE_METHOD),
    NATIVE("__reduce__", time_reduce, "($self, /)", "How a pickle makes it.", NATIVE_METHOD),
    NATIVE("fromisoformat", time_fromisoformat, "($type, string, /)", "A time from ISO 8601 text.", NATIVE_CLASS),
    NATIVE("isoformat", time_isoformat, "($self, /, timespec='auto')",
           "HH:MM:SS, a fraction and an offset; timespec says how much of it."),
    NATIVE("strftime", time_strftime, "($self, /, format)", "Text in a format."),
    NATIVE("utcoffset", time_utcoffset, "($self, /)", "What the time zone says."),
    NATIVE("tzname", time_tzname, "($self, /)", "What the time zone says."),
    NATIVE("dst", time_dst, "($self, /)", "What the time zone says."),
    NATIVE("replace", time_replace,
           "($self, /, hour=<unrepresentable>, minute=<unrepresentable>, second=<unrepresentable>, "
           "microsecond=<unrepresentable>, tzinfo=<unrepresentable>, *, fold=<unrepresentable>)",
           "The time with other fields."),
    {}};
static const NativeProperty time_properties[] = {{"hour", get_hour, NULL, NULL},
                                                 {"minute", get_minute, NULL, NULL},
                                                 {"second", get_second, NULL, NULL},
                                                 {"microsecond", get_microsecond, NULL, NULL},
                                                 {"tzinfo", get_zone, NULL, NULL},
                                                 {"fold", get_fold, NULL, NULL},
                                                 {}};
static const CellType time_cell_type = {.name = "time", CELL_VALUES(Time, zone, zone)};
const ClassDef time_definition = {.name = "datetime.time",
                                  .doc = "time([hour[, minute[, second[, microsecond[, tzinfo]]]]]) --> a time object",
                                  .cell_type = &time_cell_type,
                                  .instance_size = sizeof(Time),
                                  .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE,
                                  .methods = time_methods,
                                  .properties = time_properties,
                                  .construct = time_construct};
