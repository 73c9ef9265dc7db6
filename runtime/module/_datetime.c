// The module _datetime: dates and times, what the module datetime offers.
//
// The classes are made once: a module that is imported afresh shares them.
#include "runtime/module/datetime.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"

struct DateTimeState datetime_state;

static bool make_classes(void) {
  struct DateTimeState *state = &datetime_state;
  return (state->delta = class_from_definition(&delta_definition, NULL)) &&
         (state->date = class_from_definition(&date_definition, NULL)) &&
         (state->iso_date = class_from_definition(&iso_date_definition, BUILTIN(TUPLE))) &&
         (state->time = class_from_definition(&time_definition, NULL)) &&
         (state->zone = class_from_definition(&zone_definition, NULL)) &&
         (state->fixed_zone = class_from_definition(&fixed_zone_definition, state->zone)) &&
         (state->datetime = class_from_definition(&datetime_definition, state->date));
}

// `value` zero: passes the failure on.
static bool add_constant(Class *class, const char *name, Value value) {
  return value && class_set_attribute(class, str_intern_c(name), value);
}
// min, max and resolution.
static bool add_limits(Class *class, Value lowest, Value highest, Value resolution) {
  return add_constant(class, "min", lowest) && add_constant(class, "max", highest) &&
         add_constant(class, "resolution", resolution);
}

static bool add_constants(void) {
  struct DateTimeState *state = &datetime_state;
  constexpr DateFields first = {YEAR_MIN, 1, 1}, last = {YEAR_MAX, 12, 31}, epoch = {1970, 1, 1};
  constexpr ClockFields midnight = {}, latest = {23, 59, 59, 0, MICROSECONDS - 1};
  Value day = delta_new(1, 0, 0), microsecond = delta_new(0, 0, 1);
  if (!day || !microsecond) return false;
  Value zero = delta_new(0, 0, 0), minutes_of_day = delta_new(0, SECONDS_PER_DAY - 60, 0), east, west;
  if (!zero || !minutes_of_day || !(state->utc = fixed_zone_new(zero, NULL))) return false;
  if (!(east = fixed_zone_new(minutes_of_day, NULL)) || !(west = fixed_zone_new(delta_new(-1, 60, 0), NULL)))
    return false;
  state->epoch = datetime_allocate(state->datetime, epoch, midnight, state->utc);
  return state->epoch &&
         add_limits(state->delta, delta_new(-DELTA_DAYS_MAX, 0, 0),
                    delta_new(DELTA_DAYS_MAX, SECONDS_PER_DAY - 1, MICROSECONDS - 1), microsecond) &&
         add_limits(state->date, date_allocate(state->date, first), date_allocate(state->date, last), day) &&
         add_limits(state->time, time_allocate(state->time, midnight, VALUE_NONE),
                    time_allocate(state->time, latest, VALUE_NONE), microsecond) &&
         add_limits(state->datetime, datetime_allocate(state->datetime, first, midnight, VALUE_NONE),
                    datetime_allocate(state->datetime, last, latest, VALUE_NONE), microsecond) &&
         add_constant(state->fixed_zone, "utc", state->utc) && add_constant(state->fixed_zone, "min", west) &&
         add_constant(state->fixed_zone, "max", east);
}

static bool datetime_initialize(Value module) {
  struct DateTimeState *state = &datetime_state;
  if (!state->epoch) {
    heap_add_root_range((Value *)state, sizeof *state / sizeof(Value));
    if (!make_classes() || !add_constants()) return false;
  }
  return module_add(module, "date", value_from_cell(state->date)) &&
         module_add(module, "datetime", value_from_cell(state->datetime)) &&
         module_add(module, "time", value_from_cell(state->time)) &&
         module_add(module, "timedelta", value_from_cell(state->delta)) &&
         module_add(module, "timezone", value_from_cell(state->fixed_zone)) &&
         module_add(module, "tzinfo", value_from_cell(state->zone)) && module_add(module, "UTC", state->utc) &&
         module_add_int(module, "MINYEAR", YEAR_MIN) && module_add_int(module, "MAXYEAR", YEAR_MAX);
}
static const NativeMethod no_functions[] = {{}};
const NativeModule datetime_module = {
    .name = "_datetime", .doc = "Dates and times.", .functions = no_functions, .initialize = datetime_initialize};
