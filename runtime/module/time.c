// The time module: clocks, sleeping, and calendar time by the C library.
#include "runtime/heap/heap.h"
#include "runtime/module/_io.h"
#include "runtime/module/system.h"
#include "runtime/module/waiting.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/object/struct_sequence.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Class *struct_time_class;
constexpr int64_t SECOND = 1000000000; // in nanoseconds

static int64_t timespec_nanoseconds(const struct timespec *time) {
  return time->tv_sec * SECOND + time->tv_nsec;
}
static double nanoseconds_as_seconds(int64_t nanoseconds) {
  // A whole number of seconds is exact whatever its size.
  return nanoseconds % SECOND == 0 ? (double)(nanoseconds / SECOND) : (double)nanoseconds / 1e9;
}
Value float_from_timespec(const struct timespec *time);
Value float_from_timespec(const struct timespec *time) {
  return float_from_double(nanoseconds_as_seconds(timespec_nanoseconds(time)));
}

// ---- Clocks ----

#define CLOCK_FUNCTIONS(name, id)                                                                                      \
  static Value time_##name(void) {                                                                                     \
    struct timespec now;                                                                                               \
    return clock_gettime(id, &now) < 0 ? system_error() : float_from_timespec(&now);                                   \
  }                                                                                                                    \
  static Value time_##name##_ns(void) {                                                                                \
    struct timespec now;                                                                                               \
    return clock_gettime(id, &now) < 0 ? system_error() : int_from_int64(timespec_nanoseconds(&now));                  \
  }
CLOCK_FUNCTIONS(time, CLOCK_REALTIME)
CLOCK_FUNCTIONS(monotonic_clock, CLOCK_MONOTONIC)
CLOCK_FUNCTIONS(process_time, CLOCK_PROCESS_CPUTIME_ID)
CLOCK_FUNCTIONS(thread_time, CLOCK_THREAD_CPUTIME_ID)

static Value time_clock_gettime(Value clock_value) {
  int clock;
  struct timespec now;
  if (!value_as_int(clock_value, &clock)) return NULL;
  return clock_gettime(clock, &now) < 0 ? system_error() : float_from_timespec(&now);
}
static Value time_clock_gettime_ns(Value clock_value) {
  int clock;
  struct timespec now;
  if (!value_as_int(clock_value, &clock)) return NULL;
  return clock_gettime(clock, &now) < 0 ? system_error() : int_from_int64(timespec_nanoseconds(&now));
}
static Value time_clock_getres(Value clock_value) {
  int clock;
  struct timespec resolution;
  if (!value_as_int(clock_value, &clock)) return NULL;
  return clock_getres(clock, &resolution) < 0 ? system_error() : float_from_timespec(&resolution);
}
static Value set_clock(Value clock_value, int64_t nanoseconds) {
  int clock;
  if (!value_as_int(clock_value, &clock)) return NULL;
  struct timespec time = {nanoseconds / SECOND, nanoseconds % SECOND};
  if (time.tv_nsec < 0) {
    time.tv_nsec += SECOND;
    time.tv_sec--;
  }
  return clock_settime(clock, &time) < 0 ? system_error() : VALUE_NONE;
}
static Value time_clock_settime(Value clock, Value seconds) {
  int64_t nanoseconds;
  return time_parse_nanoseconds(seconds, TIME_ROUND_FLOOR, &nanoseconds) ? set_clock(clock, nanoseconds) : NULL;
}
static Value time_clock_settime_ns(Value clock, Value value) {
  int64_t nanoseconds;
  if (!value_is_int(value)) return raise_type_error("an integer is required (got type %T)", value);
  return value_as_int64(value, &nanoseconds) ? set_clock(clock, nanoseconds) : NULL;
}
static Value time_pthread_getcpuclockid(Value thread_value) {
  uint64_t identity;
  clockid_t clock;
  Value index = value_index(thread_value);
  if (!index) return NULL;
  if (!int_fits_uint64(index, &identity))
    return raise(CLASS_OVERFLOW_ERROR, "Python int too large to convert to C unsigned long");
  int error = pthread_getcpuclockid((pthread_t)identity, &clock);
  return error ? raise_os_error(error, NULL) : value_from_small_int(clock);
}

static Value time_sleep(Value seconds) {
  NativeCaller caller = native_caller((const void *)time_sleep);
  Lookout lookout;
  if (!lookout_goes_on(&lookout, caller, false)) {
    int64_t nanoseconds;
    if (!time_parse_nanoseconds(seconds, TIME_ROUND_CEILING, &nanoseconds)) return NULL;
    if (nanoseconds < 0) return raise_value_error("sleep length must be non-negative");
    lookout = lookout_start(caller, time_deadline(nanoseconds), false);
  }
  for (;;) {
    bool looks;
    int64_t end = lookout_end(&lookout, time_monotonic(), &looks);
    struct timespec until = {end / SECOND, end % SECOND};
    waiting_begin(lookout_is_direct(&lookout));
    int error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    blocking_leave();
    if (error != 0 && error != EINTR) return raise_os_error(error, NULL);
    if (error == 0 && looks && !lookout_look(&lookout)) return NULL;
    if (!safepoint_handle()) return NULL;
    if (error == 0 && !looks) return VALUE_NONE;
  }
}

static Value time_get_clock_info(Value name_value) {
  static const struct {
    const char *name, *implementation;
    clockid_t clock;
    bool monotonic, adjustable;
  } clocks[] = {{"time", "clock_gettime(CLOCK_REALTIME)", CLOCK_REALTIME, false, true},
                {"monotonic", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, true, false},
                {"perf_counter", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, true, false},
                {"process_time", "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", CLOCK_PROCESS_CPUTIME_ID, true, false},
                {"thread_time", "clock_gettime(CLOCK_THREAD_CPUTIME_ID)", CLOCK_THREAD_CPUTIME_ID, true, false}};
  if (!value_is_str(name_value)) return raise_bad_argument("get_clock_info", "1", "str", name_value);
  for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
    if (!str_equals_c(name_value, clocks[i].name)) continue;
    struct timespec resolution;
    if (clock_getres(clocks[i].clock, &resolution) < 0) return system_error();
    Value names = tuple_of(4, str_intern_c("implementation"), str_intern_c("monotonic"), str_intern_c("adjustable"),
                           str_intern_c("resolution"));
    Value arguments[4] = {str_from_c(clocks[i].implementation), value_from_bool(clocks[i].monotonic),
                          value_from_bool(clocks[i].adjustable), float_from_timespec(&resolution)};
    if (!names || !arguments[0] || !arguments[3]) return NULL;
    return value_call(value_from_cell(BUILTIN(SIMPLE_NAMESPACE)), arguments, 0, names);
  }
  return raise_value_error("unknown clock");
}

// ---- Calendar time ----

static const StructField struct_time_fields[] = {
    {"tm_year", "year, for example, 1993"},
    {"tm_mon", "month of year, range [1, 12]"},
    {"tm_mday", "day of month, range [1, 31]"},
    {"tm_hour", "hours, range [0, 23]"},
    {"tm_min", "minutes, range [0, 59]"},
    {"tm_sec", "seconds, range [0, 61])"},
    {"tm_wday", "day of week, range [0, 6], Monday is 0"},
    {"tm_yday", "day of year, range [1, 366]"},
    {"tm_isdst", "1 if summer time is in effect, 0 if not, and -1 if unknown"},
    {"tm_zone", "abbreviation of timezone name"},
    {"tm_gmtoff", "offset from UTC in seconds"},
    {}};
static const StructSequenceDef struct_time_definition = {
    "time.struct_time", "Calendar time, as gmtime(), localtime() and strptime() return it.", struct_time_fields, 9,
    false};

static Value struct_time_new(const struct tm *t) {
  Value values[11] = {int_from_int64((int64_t)t->tm_year + 1900),
                      value_from_small_int(t->tm_mon + 1),
                      value_from_small_int(t->tm_mday),
                      value_from_small_int(t->tm_hour),
                      value_from_small_int(t->tm_min),
                      value_from_small_int(t->tm_sec),
                      value_from_small_int((t->tm_wday + 6) % 7),
                      value_from_small_int(t->tm_yday + 1),
                      value_from_small_int(t->tm_isdst),
                      path_decode_c(t->tm_zone),
                      value_from_small_int(t->tm_gmtoff)};
  return values[0] && values[9] ? struct_sequence_new(struct_time_class, values) : NULL;
}

// time_t from an optional argument: now.
static bool parse_when(Value value, time_t *when) {
  if (value && value != VALUE_NONE) return time_parse_time_t(value, TIME_ROUND_FLOOR, when);
  *when = time(NULL);
  return true;
}
static Value break_down(Value value, struct tm *(*convert)(const time_t *, struct tm *)) {
  time_t when;
  struct tm t;
  if (!parse_when(value, &when)) return NULL;
  errno = 0;
  if (!convert(&when, &t)) return raise_os_error(errno ? errno : EINVAL, NULL);
  return struct_time_new(&t);
}
static Value time_gmtime(Value seconds) {
  return break_down(seconds, gmtime_r);
}
static Value time_localtime(Value seconds) {
  return break_down(seconds, localtime_r);
}

// A struct tm from a tuple of nine ints. False: exception pending.
static bool parse_tm(Value tuple, const char *function, struct tm *t) {
  *t = (struct tm){};
  if (!value_is_tuple(tuple)) {
    raise_type_error("Tuple or struct_time argument required");
    return false;
  }
  if (tuple_count(tuple) != 9) {
    raise_type_error("%s(): illegal time tuple argument", function);
    return false;
  }
  int n[9];
  for (size_t i = 0; i < 9; i++)
    if (!value_as_int(tuple_item(tuple, i), &n[i])) return false;
  if (n[0] < INT32_MIN + 1900) {
    raise(CLASS_OVERFLOW_ERROR, "year out of range");
    return false;
  }
  *t = (struct tm){.tm_year = n[0] - 1900,
                   .tm_mon = (int)((unsigned)n[1] - 1u),
                   .tm_mday = n[2],
                   .tm_hour = n[3],
                   .tm_min = n[4],
                   .tm_sec = n[5],
                   .tm_wday = (int)((unsigned)n[6] + 1u) % 7,
                   .tm_yday = (int)((unsigned)n[7] - 1u),
                   .tm_isdst = n[8]};
  if (value_class(tuple) == struct_time_class) {
    Value offset = value_get_attribute_c(tuple, "tm_gmtoff"), zone = value_get_attribute_c(tuple, "tm_zone");
    int64_t seconds;
    if (!offset || !zone) return false;
    if (offset != VALUE_NONE) {
      if (!value_as_int64(offset, &seconds)) return false;
      t->tm_gmtoff = seconds;
    }
    if (value_is_str(zone) && !(t->tm_zone = str_utf8(zone, NULL))) return false;
  }
  return true;
}

// What strftime() and asctime() would otherwise read out of bounds with.
static bool check_tm(struct tm *t) {
  const char *wrong = NULL;
  if (t->tm_mon == -1) t->tm_mon = 0;
  if (t->tm_mday == 0) t->tm_mday = 1;
  if (t->tm_yday == -1) t->tm_yday = 0;
  if (t->tm_mon < 0 || t->tm_mon > 11)
    wrong = "month out of range";
  else if (t->tm_mday < 0 || t->tm_mday > 31)
    wrong = "day of month out of range";
  else if (t->tm_hour < 0 || t->tm_hour > 23)
    wrong = "hour out of range";
  else if (t->tm_min < 0 || t->tm_min > 59)
    wrong = "minute out of range";
  else if (t->tm_sec < 0 || t->tm_sec > 61)
    wrong = "seconds out of range";
  else if (t->tm_wday < 0)
    wrong = "day of week out of range";
  else if (t->tm_yday < 0 || t->tm_yday > 365)
    wrong = "day of year out of range";
  if (wrong) raise_value_error("%s", wrong);
  return !wrong;
}

static bool parse_tm_or_now(Value tuple, const char *function, struct tm *t) {
  if (tuple) return parse_tm(tuple, function, t) && check_tm(t);
  time_t now = time(NULL);
  if (localtime_r(&now, t)) return true;
  raise_os_error(errno, NULL);
  return false;
}

static Value tm_as_text(const struct tm *t) {
  static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char text[64];
  snprintf(text, sizeof text, "%s %s%3d %.2d:%.2d:%.2d %d", days[t->tm_wday], months[t->tm_mon], t->tm_mday, t->tm_hour,
           t->tm_min, t->tm_sec, 1900 + t->tm_year);
  return str_from_c(text);
}
static Value time_asctime(Value tuple) {
  struct tm t;
  return parse_tm_or_now(tuple, "asctime", &t) ? tm_as_text(&t) : NULL;
}
static Value time_ctime(Value seconds) {
  time_t when;
  struct tm t;
  if (!parse_when(seconds, &when)) return NULL;
  errno = 0;
  if (!localtime_r(&when, &t)) return raise_os_error(errno ? errno : EINVAL, NULL);
  return tm_as_text(&t);
}

static Value time_mktime(Value tuple) {
  struct tm t;
  if (!parse_tm(tuple, "mktime", &t)) return NULL;
  t.tm_wday = -1; // stays -1 only on failure
  time_t result = mktime(&t);
  if (result == -1 && t.tm_wday == -1) return raise(CLASS_OVERFLOW_ERROR, "mktime argument out of range");
  return float_from_double((double)result);
}

static Value time_strftime(Value format, Value tuple) {
  struct tm t;
  if (!value_is_str(format)) return raise_type_error("strftime() argument 1 must be str, not %T", format);
  if (!parse_tm_or_now(tuple, "strftime", &t)) return NULL;
  t.tm_isdst = t.tm_isdst < -1 ? -1 : t.tm_isdst > 1 ? 1 : t.tm_isdst;
  Value bytes = path_encode(format);
  if (!bytes) return NULL;
  size_t length = value_as_bytes(bytes)->length;
  const char *text = (const char *)value_as_bytes(bytes)->data;
  if (strlen(text) != length) return raise_value_error("embedded null character");
  if (length == 0) return str_from_c("");
  // strftime() cannot tell an empty result from a full buffer: no format needs more than 256 times its length.
  for (size_t size = 1024;; size *= 2) {
    char *buffer = malloc(size);
    if (!buffer) return raise_memory_error();
    size_t written = strftime(buffer, size, text, &t);
    Value result = written || size >= 256 * length ? path_decode(buffer, written) : VALUE_MISSING;
    free(buffer);
    if (result != VALUE_MISSING) {
      KEEP(bytes);
      return result;
    }
  }
}

static Value time_strptime([[maybe_unused]] Value self, Value *arguments, size_t count, Value keyword_names) {
  Value module = import_module("_strptime");
  Value function = module ? value_get_attribute_c(module, "_strptime_time") : NULL;
  return function ? value_call(function, arguments, count, keyword_names) : NULL;
}

// ---- Time zone ----

static bool add_time_zone(Value module) {
  constexpr time_t year = (365 * 24 + 6) * 3600;
  time_t january = time(NULL) / year * year, july = january + year / 2;
  struct tm winter, summer;
  if (!localtime_r(&january, &winter) || !localtime_r(&july, &summer)) {
    raise_os_error(errno, NULL);
    return false;
  }
  // South of the equator July is the winter.
  long west_january = -winter.tm_gmtoff, west_july = -summer.tm_gmtoff;
  bool south = west_january < west_july;
  Value first = path_decode_c(south ? summer.tm_zone : winter.tm_zone);
  Value second = first ? path_decode_c(south ? winter.tm_zone : summer.tm_zone) : NULL;
  return second && module_add_int(module, "timezone", south ? west_july : west_january) &&
         module_add_int(module, "altzone", south ? west_january : west_july) &&
         module_add_int(module, "daylight", west_january != west_july) &&
         module_add(module, "tzname", tuple_of(2, first, second));
}

static Value time_tzset(void) {
  Value module = import_module("time");
  if (!module) return NULL;
  tzset();
  return add_time_zone(module) ? VALUE_NONE : NULL;
}

static const NativeMethod time_functions[] = {
    NATIVE("time", time_time, "()", "Seconds since the epoch."),
    NATIVE("time_ns", time_time_ns, "()", "Nanoseconds since the epoch."),
    NATIVE("clock_gettime", time_clock_gettime, "(clk_id, /)", "Time of a clock."),
    NATIVE("clock_gettime_ns", time_clock_gettime_ns, "(clk_id, /)", "Time of a clock in nanoseconds."),
    NATIVE("clock_settime", time_clock_settime, "(clk_id, time, /)", "Set a clock."),
    NATIVE("clock_settime_ns", time_clock_settime_ns, "(clk_id, time, /)", "Set a clock in nanoseconds."),
    NATIVE("clock_getres", time_clock_getres, "(clk_id, /)", "Resolution of a clock."),
    NATIVE("pthread_getcpuclockid", time_pthread_getcpuclockid, "(thread_id, /)", "CPU-time clock of a thread."),
    NATIVE("sleep", time_sleep, "(seconds, /)", "Wait.", NATIVE_WAITS),
    NATIVE("gmtime", time_gmtime, "(seconds=<unrepresentable>, /)", "Seconds since the epoch as UTC."),
    NATIVE("localtime", time_localtime, "(seconds=<unrepresentable>, /)", "Seconds since the epoch as local time."),
    NATIVE("asctime", time_asctime, "(tuple=<unrepresentable>, /)", "Calendar time as text."),
    NATIVE("ctime", time_ctime, "(seconds=<unrepresentable>, /)", "Seconds since the epoch as text."),
    NATIVE("mktime", time_mktime, "(tuple, /)", "Local time as seconds since the epoch."),
    NATIVE("strftime", time_strftime, "(format, tuple=<unrepresentable>, /)", "Calendar time in a format."),
    NATIVE("strptime", time_strptime, NULL, "Parse text by a format."),
    NATIVE("tzset", time_tzset, "()", "Read the TZ variable again."),
    NATIVE("monotonic", time_monotonic_clock, "()", "A clock that cannot go backward."),
    NATIVE("monotonic_ns", time_monotonic_clock_ns, "()", "The same in nanoseconds."),
    NATIVE("process_time", time_process_time, "()", "CPU time of the process."),
    NATIVE("process_time_ns", time_process_time_ns, "()", "The same in nanoseconds."),
    NATIVE("thread_time", time_thread_time, "()", "CPU time of the thread."),
    NATIVE("thread_time_ns", time_thread_time_ns, "()", "The same in nanoseconds."),
    NATIVE("perf_counter", time_monotonic_clock, "()", "The clock for measuring short times."),
    NATIVE("perf_counter_ns", time_monotonic_clock_ns, "()", "The same in nanoseconds."),
    NATIVE("get_clock_info", time_get_clock_info, "(name, /)", "What is known about a clock."),
    {}};

static bool time_initialize(Value module) {
  static const IntConstant numbers[] = {
#define C(name) {#name, name},
      C(CLOCK_REALTIME) C(CLOCK_MONOTONIC) C(CLOCK_MONOTONIC_RAW) C(CLOCK_PROCESS_CPUTIME_ID) C(CLOCK_THREAD_CPUTIME_ID)
          C(CLOCK_BOOTTIME) C(CLOCK_TAI)
#undef C
              {"_STRUCT_TM_ITEMS", 11},
      {}};
  heap_add_root_range((Value *)(void *)&struct_time_class, 1);
  struct_time_class = struct_sequence_class_new(&struct_time_definition);
  return struct_time_class && add_time_zone(module) && module_add_constants(module, numbers) &&
         module_add(module, "struct_time", value_from_cell(struct_time_class));
}

const NativeModule time_module = {"time", "Clocks, sleeping and calendar time.", time_functions, time_initialize};
