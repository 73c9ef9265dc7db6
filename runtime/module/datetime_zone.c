// datetime.tzinfo, the class that time zones derive from; datetime.timezone, those of a fixed offset; and the questions
// that dates and times ask of either.
//
// A timezone cannot be subclassed and answers without a call.
#include "runtime/module/datetime.h"
#include "runtime/object/container.h"

#include <string.h>

static bool is_fixed_zone(Value value) {
  return value_class(value) == datetime_state.fixed_zone;
}
static TimeZone *as_fixed_zone(Value value) {
  return (TimeZone *)value_cell(value);
}

// ---- Questions ----

static bool is_less_than_a_day(const Delta *delta) {
  return delta->days == 0 || (delta->days == -1 && (delta->seconds || delta->microseconds));
}

static Value ask_for_delta(Value zone, const char *method, Value moment) {
  Value answer = value_call_method_1(zone, method, moment);
  if (!answer || answer == VALUE_NONE) return answer;
  if (!is_delta(answer))
    return raise_type_error("tzinfo.%s() must return None or a timedelta, not '%.200T'", method, answer);
  if (is_less_than_a_day(as_delta(answer))) return answer;
  return raise_value_error("offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24).");
}
Value zone_offset(Value zone, Value moment) {
  if (zone == VALUE_NONE) return VALUE_NONE;
  return is_fixed_zone(zone) ? as_fixed_zone(zone)->offset : ask_for_delta(zone, "utcoffset", moment);
}
Value zone_dst(Value zone, Value moment) {
  if (zone == VALUE_NONE || is_fixed_zone(zone)) return VALUE_NONE;
  return ask_for_delta(zone, "dst", moment);
}

static Value fixed_zone_text(Value self) {
  const TimeZone *zone = as_fixed_zone(self);
  if (zone->name) return zone->name;
  const Delta *offset = as_delta(zone->offset);
  if (delta_is_zero(offset)) return str_from_c("UTC");
  char text[ISO_TEXT] = "UTC", *end = put_offset(text + 3, offset, ":");
  return str_from_ascii(text, (size_t)(end - text));
}
Value zone_name(Value zone, Value moment) {
  if (zone == VALUE_NONE) return VALUE_NONE;
  if (is_fixed_zone(zone)) return fixed_zone_text(zone);
  Value name = value_call_method_1(zone, "tzname", moment);
  if (!name || name == VALUE_NONE || value_is_str(name)) return name;
  return raise_type_error("tzinfo.tzname() must return None or a string, not '%T'", name);
}

Value zone_of_iso(const IsoTime *time) {
  if (!time->has_offset) return VALUE_NONE;
  Value offset = delta_from_microseconds(time->offset);
  return offset ? fixed_zone_new(offset, NULL) : NULL;
}

// ---- tzinfo ----

static Value zone_new(Value class, [[maybe_unused]] Value *arguments, [[maybe_unused]] size_t count,
                      [[maybe_unused]] Value keyword_names) {
  Cell *zone = class_allocate(value_as_class(class), 0);
  return zone ? value_from_cell(zone) : NULL;
}
static Value raise_not_implemented(const char *method) {
  return raise(CLASS_NOT_IMPLEMENTED_ERROR, "a tzinfo subclass must implement %s()", method);
}
static Value zone_utcoffset_method([[maybe_unused]] Value self, [[maybe_unused]] Value moment) {
  return raise_not_implemented("utcoffset");
}
static Value zone_dst_method([[maybe_unused]] Value self, [[maybe_unused]] Value moment) {
  return raise_not_implemented("dst");
}
static Value zone_tzname_method([[maybe_unused]] Value self, [[maybe_unused]] Value moment) {
  return raise_not_implemented("tzname");
}

// False: the argument of fromutc() is no datetime in this zone.
static bool check_from_utc(Value self, Value moment) {
  if (!is_datetime(moment))
    raise_type_error("fromutc: argument must be a datetime");
  else if (as_datetime(moment)->zone != self)
    raise_value_error("fromutc: dt.tzinfo is not self");
  else
    return true;
  return false;
}

// Local time from what utcoffset() and dst() say about the time in UTC: standard time first, then whatever dst() says
// about that.
static Value zone_fromutc(Value self, Value moment) {
  if (!check_from_utc(self, moment)) return NULL;
  Value offset = zone_offset(self, moment);
  if (!offset) return NULL;
  if (offset == VALUE_NONE) return raise_value_error("fromutc: non-None utcoffset() result required");
  Value dst = zone_dst(self, moment);
  if (!dst) return NULL;
  if (dst == VALUE_NONE) return raise_value_error("fromutc: non-None dst() result required");
  Value standard = delta_subtract(offset, dst);
  Value result = standard ? datetime_shift(moment, as_delta(standard), 1) : NULL;
  if (!result || !(dst = zone_dst(self, result))) return NULL;
  if (dst == VALUE_NONE) return raise_value_error("fromutc: tz.dst() gave inconsistent results; cannot convert");
  if (delta_is_zero(as_delta(dst))) return result;
  if (!is_datetime(result)) return raise_type_error("fromutc: argument must be a datetime");
  return datetime_shift(result, as_delta(dst), 1);
}

static Value zone_reduce(Value self) {
  Value getter, arguments = tuple_empty;
  int found = value_find_attribute(self, NAME(__getinitargs__), &getter);
  if (found < 0 || (found && !(arguments = value_call_0(getter)))) return NULL;
  return tuple_of(3, value_from_cell(value_class(self)), arguments, value_call_method_0(self, "__getstate__"));
}

static const NativeMethod zone_methods[] = {
    NATIVE("__new__", zone_new, NULL, "Create a tzinfo.", NATIVE_STATIC),
    NATIVE("tzname", zone_tzname_method, "($self, dt, /)", "The zone's name at a datetime."),
    NATIVE("utcoffset", zone_utcoffset_method, "($self, dt, /)", "How far east of UTC it is at a datetime."),
    NATIVE("dst", zone_dst_method, "($self, dt, /)", "How much of that is daylight saving time."),
    NATIVE("fromutc", zone_fromutc, "($self, dt, /)", "A datetime in UTC as local time."),
    NATIVE("__reduce__", zone_reduce, "($self, /)", "How a pickle makes it.", NATIVE_METHOD),
    {}};
const ClassDef zone_definition = {.name = "datetime.tzinfo",
                                  .doc = "What time zones derive from.",
                                  .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE,
                                  .methods = zone_methods};

// ---- timezone ----

Value fixed_zone_new(Value offset, Value name) {
  if (!name && datetime_state.utc && delta_is_zero(as_delta(offset))) return datetime_state.utc;
  if (!is_less_than_a_day(as_delta(offset)))
    return raise_value_error("offset must be a timedelta strictly between -timedelta(hours=24) and "
                             "timedelta(hours=24), not %R.",
                             offset);
  TimeZone *zone = class_allocate(datetime_state.fixed_zone, 0);
  if (!zone) return NULL;
  gc_init(zone, &zone->offset, offset);
  gc_init(zone, &zone->name, name);
  return value_from_cell(zone);
}

static Value fixed_zone_construct([[maybe_unused]] Value class, Value *arguments, size_t count, Value keyword_names) {
  static const ArgumentForm form = {"timezone()", "timezone()", 2, 2, 1, {"offset", "name"}};
  Value given[2];
  if (!form_parse(&form, arguments, count, keyword_names, given)) return NULL;
  if (!is_delta(given[0]))
    return raise_type_error("timezone() argument 1 must be datetime.timedelta, not %T", given[0]);
  if (given[1] && !value_is_str(given[1]))
    return raise_type_error("timezone() argument 2 must be str, not %T", given[1]);
  return fixed_zone_new(given[0], given[1]);
}

static Value fixed_zone_compare(Value self, Value other, Comparison comparison) {
  if ((comparison != COMPARE_EQUAL && comparison != COMPARE_NOT_EQUAL) || !is_fixed_zone(other))
    return VALUE_NOT_IMPLEMENTED;
  int order = delta_order(as_delta(as_fixed_zone(self)->offset), as_delta(as_fixed_zone(other)->offset));
  return value_from_bool((order == 0) == (comparison == COMPARE_EQUAL));
}
COMPARISON_METHODS(fixed_zone, fixed_zone_compare)

static Value fixed_zone_hash(Value self) {
  int64_t hash = value_hash(as_fixed_zone(self)->offset);
  return hash == -1 ? NULL : int_from_int64(hash);
}

static Value fixed_zone_repr(Value self) {
  const TimeZone *zone = as_fixed_zone(self);
  if (self == datetime_state.utc) return str_format_c("%T.utc", self);
  return zone->name ? str_format_c("%T(%R, %R)", self, zone->offset, zone->name)
                    : str_format_c("%T(%R)", self, zone->offset);
}

// False: TypeError: the argument is neither a datetime nor None.
static bool check_moment(Value moment, const char *method) {
  if (moment == VALUE_NONE || is_datetime(moment)) return true;
  raise_type_error("%s(dt) argument must be a datetime instance or None, not %.200T", method, moment);
  return false;
}
static Value fixed_zone_tzname(Value self, Value moment) {
  return check_moment(moment, "tzname") ? fixed_zone_text(self) : NULL;
}
static Value fixed_zone_utcoffset(Value self, Value moment) {
  return check_moment(moment, "utcoffset") ? as_fixed_zone(self)->offset : NULL;
}
static Value fixed_zone_dst([[maybe_unused]] Value self, Value moment) {
  return check_moment(moment, "dst") ? VALUE_NONE : NULL;
}
static Value fixed_zone_fromutc(Value self, Value moment) {
  return check_from_utc(self, moment) ? datetime_shift(moment, as_delta(as_fixed_zone(self)->offset), 1) : NULL;
}
static Value fixed_zone_arguments(Value self) {
  const TimeZone *zone = as_fixed_zone(self);
  return zone->name ? tuple_of(2, zone->offset, zone->name) : tuple_of(1, zone->offset);
}

static const NativeMethod fixed_zone_methods[] = {
    NATIVE("__new__", fixed_zone_construct, NULL, "Create a timezone.", NATIVE_STATIC),
    NATIVE("__repr__", fixed_zone_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__str__", fixed_zone_text, "($self, /)", "Return str(self)."),
    COMPARISON_ENTRIES(fixed_zone),
    NATIVE("__hash__", fixed_zone_hash, "($self, /)", "Return hash(self)."),
    NATIVE("tzname", fixed_zone_tzname, "($self, dt, /)", "Its name, or UTC and the offset."),
    NATIVE("utcoffset", fixed_zone_utcoffset, "($self, dt, /)", "The offset."),
    NATIVE("dst", fixed_zone_dst, "($self, dt, /)", "None."),
    NATIVE("fromutc", fixed_zone_fromutc, "($self, dt, /)", "A datetime in UTC as local time."),
    NATIVE("__getinitargs__", fixed_zone_arguments, "($self, /)", "The arguments that make it."),
    {}};
static const CellType fixed_zone_cell_type = {.name = "timezone", CELL_VALUES(TimeZone, offset, name)};
const ClassDef fixed_zone_definition = {.name = "datetime.timezone",
                                        .doc = "A time zone with a fixed offset from UTC.",
                                        .cell_type = &fixed_zone_cell_type,
                                        .instance_size = sizeof(TimeZone),
                                        .flags = CLASS_IMMUTABLE,
                                        .methods = fixed_zone_methods,
                                        .construct = fixed_zone_construct};
