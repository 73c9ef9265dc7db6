// The resource module: limits and usage of the process.
#include "runtime/module/posix.h"
#include "runtime/object/float.h"

#include <limits.h>
#include <sys/resource.h>
#include <unistd.h>

static Class *usage_class;
static const StructField usage_fields[] = {{"ru_utime", "user time used"},
                                           {"ru_stime", "system time used"},
                                           {"ru_maxrss", "max. resident set size"},
                                           {"ru_ixrss", "shared memory size"},
                                           {"ru_idrss", "unshared data size"},
                                           {"ru_isrss", "unshared stack size"},
                                           {"ru_minflt", "page faults not requiring I/O"},
                                           {"ru_majflt", "page faults requiring I/O"},
                                           {"ru_nswap", "number of swap outs"},
                                           {"ru_inblock", "block input operations"},
                                           {"ru_oublock", "block output operations"},
                                           {"ru_msgsnd", "IPC messages sent"},
                                           {"ru_msgrcv", "IPC messages received"},
                                           {"ru_nsignals", "signals received"},
                                           {"ru_nvcsw", "voluntary context switches"},
                                           {"ru_nivcsw", "involuntary context switches"},
                                           {}};
static const StructSequenceDef usage_definition = {"resource.struct_rusage", "What getrusage() returns.", usage_fields,
                                                   16, false};

static bool prepare_usage(void) {
  if (usage_class) return true;
  heap_add_root_range((Value *)(void *)&usage_class, 1);
  usage_class = struct_sequence_class_new(&usage_definition);
  return usage_class != NULL;
}

Value resource_usage_new(const struct rusage *usage);
Value resource_usage_new(const struct rusage *u) {
  if (!prepare_usage()) return NULL;
  long numbers[14] = {u->ru_maxrss, u->ru_ixrss,    u->ru_idrss,   u->ru_isrss,   u->ru_minflt,
                      u->ru_majflt, u->ru_nswap,    u->ru_inblock, u->ru_oublock, u->ru_msgsnd,
                      u->ru_msgrcv, u->ru_nsignals, u->ru_nvcsw,   u->ru_nivcsw};
  Value values[16] = {float_from_double((double)u->ru_utime.tv_sec + (double)u->ru_utime.tv_usec * 1e-6),
                      float_from_double((double)u->ru_stime.tv_sec + (double)u->ru_stime.tv_usec * 1e-6)};
  for (int i = 0; i < 14; i++) values[2 + i] = int_from_int64(numbers[i]);
  for (int i = 0; i < 16; i++)
    if (!values[i]) return NULL;
  return struct_sequence_new(usage_class, values);
}

static Value resource_getrusage(Value who_value) {
  int who;
  struct rusage usage;
  if (!value_as_int(who_value, &who)) return NULL;
  if (getrusage(who, &usage) == 0) return resource_usage_new(&usage);
  return errno == EINVAL ? raise_value_error("invalid who parameter") : system_error();
}

static bool check_resource(int which) {
  if (which >= 0 && which < RLIM_NLIMITS) return true;
  raise_value_error("invalid resource specified");
  return false;
}
static Value limit_value(rlim_t limit) {
  return limit == RLIM_INFINITY ? value_from_small_int(-1) : int_from_uint64(limit);
}
static Value limits_value(const struct rlimit *limits) {
  return tuple_of(2, limit_value(limits->rlim_cur), limit_value(limits->rlim_max));
}
static bool parse_limit(Value value, rlim_t *limit) {
  Value number = value_index(value);
  int64_t small;
  if (!number) return false;
  if (int_fits_int64(number, &small)) {
    *limit = (rlim_t)small; // -1: no limit
    return true;
  }
  if (int_fits_uint64(number, limit)) return true;
  raise(CLASS_OVERFLOW_ERROR, "Python int too large to convert to C long");
  return false;
}
static bool parse_limits(Value value, struct rlimit *limits) {
  Value tuple = value_to_tuple(value);
  if (!tuple) return false;
  if (tuple_count(tuple) != 2) {
    raise_value_error("expected a tuple of 2 integers");
    return false;
  }
  return parse_limit(tuple_item(tuple, 0), &limits->rlim_cur) && parse_limit(tuple_item(tuple, 1), &limits->rlim_max);
}
static Value limit_error(void) {
  if (errno == EINVAL) return raise_value_error("current limit exceeds maximum limit");
  if (errno == EPERM) return raise_value_error("not allowed to raise maximum limit");
  return system_error();
}

static Value resource_getrlimit(Value which_value) {
  int which;
  struct rlimit limits;
  if (!value_as_int(which_value, &which) || !check_resource(which)) return NULL;
  return getrlimit((__rlimit_resource_t)which, &limits) < 0 ? system_error() : limits_value(&limits);
}
static Value resource_setrlimit(Value which_value, Value value) {
  int which;
  struct rlimit limits;
  if (!value_as_int(which_value, &which) || !check_resource(which) || !parse_limits(value, &limits)) return NULL;
  return setrlimit((__rlimit_resource_t)which, &limits) < 0 ? limit_error() : VALUE_NONE;
}
static Value resource_prlimit(Value pid_value, Value which_value, Value value) {
  int pid, which;
  struct rlimit limits, old;
  if (!value_as_int(pid_value, &pid) || !value_as_int(which_value, &which) || !check_resource(which) ||
      (value && !parse_limits(value, &limits)))
    return NULL;
  if (prlimit(pid, (__rlimit_resource_t)which, value ? &limits : NULL, &old) < 0)
    return errno == EINVAL ? raise_value_error("current limit exceeds maximum limit") : system_error();
  return limits_value(&old);
}
static Value resource_getpagesize(void) {
  return value_from_small_int(sysconf(_SC_PAGESIZE));
}

static const NativeMethod resource_functions[] = {
    NATIVE("getrusage", resource_getrusage, "(who, /)", "Resources used."),
    NATIVE("getrlimit", resource_getrlimit, "(resource, /)", "Limits of a resource: (soft, hard)."),
    NATIVE("setrlimit", resource_setrlimit, "(resource, limits, /)", "Set the limits of a resource."),
    NATIVE("prlimit", resource_prlimit, "(pid, resource, limits=<unrepresentable>, /)", "Limits of another process."),
    NATIVE("getpagesize", resource_getpagesize, "()", "Bytes of a memory page."),
    {}};

static bool resource_initialize(Value module) {
  static const IntConstant numbers[] = {
#define C(name) {#name, name},
      C(RLIMIT_CPU) C(RLIMIT_FSIZE) C(RLIMIT_DATA) C(RLIMIT_STACK) C(RLIMIT_CORE) C(RLIMIT_NOFILE) C(RLIMIT_OFILE)
          C(RLIMIT_AS) C(RLIMIT_RSS) C(RLIMIT_NPROC) C(RLIMIT_MEMLOCK) C(RLIMIT_MSGQUEUE) C(RLIMIT_NICE)
              C(RLIMIT_RTPRIO) C(RLIMIT_RTTIME) C(RLIMIT_SIGPENDING) C(RUSAGE_SELF) C(RUSAGE_CHILDREN) C(RUSAGE_THREAD)
#undef C
                  {"RLIM_INFINITY", -1},
      {}};
  return prepare_usage() && module_add_constants(module, numbers) &&
         module_add(module, "error", value_from_cell(BUILTIN(OS_ERROR))) &&
         module_add(module, "struct_rusage", value_from_cell(usage_class));
}

const NativeModule resource_module = {"resource", "Limits and usage of resources.", resource_functions,
                                      resource_initialize};
