// posix: who the process is, its environment, and what the system tells about itself.
#include "runtime/module/posix.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <unistd.h>

static Class *times_class, *uname_class, *terminal_size_class;

// ---- Users, groups, sessions ----

#define ID_GETTER(name)                                                                                                \
  static Value posix_##name(void) {                                                                                    \
    return id_value(name());                                                                                           \
  }
ID_GETTER(getuid)
ID_GETTER(geteuid)
ID_GETTER(getgid)
ID_GETTER(getegid)
#define PROCESS_GETTER(name)                                                                                           \
  static Value posix_##name(void) {                                                                                    \
    return int_from_int64(name());                                                                                     \
  }
PROCESS_GETTER(getpid)
PROCESS_GETTER(getppid)
PROCESS_GETTER(getpgrp)
#define ID_SETTER(name, kind)                                                                                          \
  static Value posix_##name(Value value) {                                                                             \
    uint32_t id;                                                                                                       \
    return parse_id(value, kind, &id) ? posix_none(name(id)) : NULL;                                                   \
  }
ID_SETTER(setuid, "uid")
ID_SETTER(seteuid, "uid")
ID_SETTER(setgid, "gid")
ID_SETTER(setegid, "gid")

static Value posix_setreuid(Value real_value, Value effective_value) {
  uint32_t real, effective;
  if (!parse_id(real_value, "uid", &real) || !parse_id(effective_value, "uid", &effective)) return NULL;
  return posix_none(setreuid(real, effective));
}
static Value posix_setregid(Value real_value, Value effective_value) {
  uint32_t real, effective;
  if (!parse_id(real_value, "gid", &real) || !parse_id(effective_value, "gid", &effective)) return NULL;
  return posix_none(setregid(real, effective));
}
static Value posix_setresuid(Value real_value, Value effective_value, Value saved_value) {
  uint32_t real, effective, saved;
  if (!parse_id(real_value, "uid", &real) || !parse_id(effective_value, "uid", &effective) ||
      !parse_id(saved_value, "uid", &saved))
    return NULL;
  return posix_none(setresuid(real, effective, saved));
}
static Value posix_setresgid(Value real_value, Value effective_value, Value saved_value) {
  uint32_t real, effective, saved;
  if (!parse_id(real_value, "gid", &real) || !parse_id(effective_value, "gid", &effective) ||
      !parse_id(saved_value, "gid", &saved))
    return NULL;
  return posix_none(setresgid(real, effective, saved));
}
static Value posix_getresuid(void) {
  uid_t real, effective, saved;
  if (getresuid(&real, &effective, &saved) < 0) return system_error();
  return tuple_of(3, id_value(real), id_value(effective), id_value(saved));
}
static Value posix_getresgid(void) {
  gid_t real, effective, saved;
  if (getresgid(&real, &effective, &saved) < 0) return system_error();
  return tuple_of(3, id_value(real), id_value(effective), id_value(saved));
}

static Value id_list(const gid_t *groups, int count) {
  Value list = list_new(NULL, 0);
  for (int i = 0; list && i < count; i++)
    if (!list_append(list, id_value(groups[i]))) return NULL;
  return list;
}
static Value posix_getgroups(void) {
  int count = getgroups(0, NULL);
  gid_t *groups = count < 0 ? NULL : malloc(((size_t)count + 1) * sizeof *groups);
  if (!groups) return system_error();
  count = getgroups(count, groups);
  Value result = count < 0 ? system_error() : id_list(groups, count);
  free(groups);
  return result;
}
static Value posix_setgroups(Value sequence) {
  if (!value_special(sequence, SPECIAL_GETITEM)) return raise_type_error("setgroups argument must be a sequence");
  Value tuple = value_to_tuple(sequence);
  if (!tuple) return NULL;
  size_t count = tuple_count(tuple);
  if (count > NGROUPS_MAX) return raise_value_error("too many groups");
  gid_t *groups = malloc((count + 1) * sizeof *groups);
  if (!groups) return raise_memory_error();
  for (size_t i = 0; i < count; i++) {
    Value item = tuple_item(tuple, i);
    bool number = value_is_int(item);
    if (!number) raise_type_error("groups must be integers");
    if (number && parse_id(item, "gid", &groups[i])) continue;
    free(groups);
    return NULL;
  }
  int result = setgroups(count, groups);
  free(groups);
  return posix_none(result);
}
static Value posix_getgrouplist(Value user, Value group_value) {
  if (!value_is_str(user)) return raise_bad_argument("getgrouplist", "1", "str", user);
  Value name = path_as_bytes(user);
  uint32_t group;
  if (!name || !parse_id(group_value, "gid", &group)) return NULL;
  int capacity = 64;
  for (;;) {
    gid_t *groups = malloc((size_t)capacity * sizeof *groups);
    if (!groups) return raise_memory_error();
    int count = capacity;
    if (getgrouplist((const char *)value_as_bytes(name)->data, group, groups, &count) >= 0) {
      Value result = id_list(groups, count);
      free(groups);
      return result;
    }
    free(groups);
    capacity = count > capacity ? count : capacity * 2;
  }
}
static Value posix_initgroups(Value user, Value group_value) {
  Value name = path_as_bytes(user);
  uint32_t group;
  if (!name || !parse_id(group_value, "gid", &group)) return NULL;
  return posix_none(initgroups((const char *)value_as_bytes(name)->data, group));
}

static Value posix_getpgid(Value pid_value) {
  int pid;
  return value_as_int(pid_value, &pid) ? posix_int(getpgid(pid)) : NULL;
}
static Value posix_getsid(Value pid_value) {
  int pid;
  return value_as_int(pid_value, &pid) ? posix_int(getsid(pid)) : NULL;
}
static Value posix_setsid(void) {
  return posix_none(setsid());
}
static Value posix_setpgrp(void) {
  return posix_none(setpgrp());
}
static Value posix_setpgid(Value pid_value, Value group_value) {
  int pid, group;
  if (!value_as_int(pid_value, &pid) || !value_as_int(group_value, &group)) return NULL;
  return posix_none(setpgid(pid, group));
}
static Value posix_getlogin(void) {
  char name[256];
  int result;
  BLOCKING(result = getlogin_r(name, sizeof name));
  return result ? raise_os_error(result, NULL) : path_decode_c(name);
}
static Value posix_nice(Value increment_value) {
  int increment;
  if (!value_as_int(increment_value, &increment)) return NULL;
  errno = 0;
  int result = nice(increment);
  return result == -1 && errno ? system_error() : value_from_small_int(result);
}
static Value posix_getpriority(Value which_value, Value who_value) {
  int which, who;
  if (!value_as_int(which_value, &which) || !value_as_int(who_value, &who)) return NULL;
  errno = 0;
  int result = getpriority((unsigned)which, (id_t)who);
  return errno ? system_error() : value_from_small_int(result);
}
static Value posix_setpriority(Value which_value, Value who_value, Value priority_value) {
  int which, who, priority;
  if (!value_as_int(which_value, &which) || !value_as_int(who_value, &who) || !value_as_int(priority_value, &priority))
    return NULL;
  return posix_none(setpriority((unsigned)which, (id_t)who, priority));
}

// ---- Environment ----

static Value posix_putenv(Value name_value, Value text_value) {
  Value name = path_as_bytes(name_value), text = name ? path_as_bytes(text_value) : NULL;
  if (!text) return NULL;
  const char *left = (const char *)value_as_bytes(name)->data;
  if (strchr(left, '=')) return raise_value_error("illegal environment variable name");
  int result = setenv(left, (const char *)value_as_bytes(text)->data, 1);
  KEEP(text);
  return posix_none(result);
}
static Value posix_unsetenv(Value name_value) {
  Value name = path_as_bytes(name_value);
  if (!name) return NULL;
  int result = unsetenv((const char *)value_as_bytes(name)->data);
  KEEP(name);
  return posix_none(result);
}

static Value make_environment(void) {
  Value dict = dict_new();
  for (char **entry = environ; dict && entry && *entry; entry++) {
    const char *equals = strchr(*entry, '=');
    if (!equals) continue;
    Value name = bytes_new(*entry, (size_t)(equals - *entry)), text = bytes_new(equals + 1, strlen(equals + 1));
    if (!name || !text || !dict_set_default(dict, name, text)) return NULL;
  }
  return dict;
}

// ---- The system ----

static const StructField uname_fields[] = {
    {"sysname", "operating system name"},    {"nodename", "name of machine on network (implementation-defined)"},
    {"release", "operating system release"}, {"version", "operating system version"},
    {"machine", "hardware identifier"},      {}};
static const StructSequenceDef uname_definition = {"posix.uname_result", "What uname() returns.", uname_fields, 5,
                                                   false};
static Value posix_uname(void) {
  struct utsname names;
  if (uname(&names) < 0) return system_error();
  Value values[5] = {path_decode_c(names.sysname), path_decode_c(names.nodename), path_decode_c(names.release),
                     path_decode_c(names.version), path_decode_c(names.machine)};
  for (int i = 0; i < 5; i++)
    if (!values[i]) return NULL;
  return struct_sequence_new(uname_class, values);
}

static const StructField times_fields[] = {{"user", "user time"},
                                           {"system", "system time"},
                                           {"children_user", "user time of children"},
                                           {"children_system", "system time of children"},
                                           {"elapsed", "elapsed time since an arbitrary point in the past"},
                                           {}};
static const StructSequenceDef times_definition = {"posix.times_result", "What times() returns.", times_fields, 5,
                                                   false};
static Value posix_times(void) {
  struct tms t;
  clock_t elapsed = times(&t);
  if (elapsed == (clock_t)-1) return system_error();
  double ticks = (double)sysconf(_SC_CLK_TCK);
  double numbers[5] = {(double)t.tms_utime, (double)t.tms_stime, (double)t.tms_cutime, (double)t.tms_cstime,
                       (double)elapsed};
  Value values[5];
  for (int i = 0; i < 5; i++)
    if (!(values[i] = float_from_double(numbers[i] / ticks))) return NULL;
  return struct_sequence_new(times_class, values);
}

static const StructField terminal_fields[] = {{"columns", "width of the terminal window in characters"},
                                              {"lines", "height of the terminal window in characters"},
                                              {}};
static const StructSequenceDef terminal_definition = {"os.terminal_size", "Size of a terminal.", terminal_fields, 2,
                                                      false};
static Value posix_get_terminal_size(Value fd) {
  int descriptor = STDOUT_FILENO;
  if (fd && !value_as_int(fd, &descriptor)) return NULL;
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) < 0) return system_error();
  Value values[2] = {value_from_small_int(size.ws_col), value_from_small_int(size.ws_row)};
  return struct_sequence_new(terminal_size_class, values);
}

static Value posix_cpu_count(void) {
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? value_from_small_int(count) : VALUE_NONE;
}
static Value posix_getloadavg(void) {
  double load[3];
  if (getloadavg(load, 3) != 3) return raise(CLASS_OS_ERROR, "Load averages are unobtainable");
  return tuple_of(3, float_from_double(load[0]), float_from_double(load[1]), float_from_double(load[2]));
}
static Value posix_strerror(Value code_value) {
  int code;
  return value_as_int(code_value, &code) ? path_decode_c(strerror(code)) : NULL;
}

bool parse_name(Value value, const IntConstant *names, int *number) {
  if (value_is_int(value)) return value_as_int(value, number);
  if (!value_is_str(value)) {
    raise_type_error("configuration names must be strings or integers");
    return false;
  }
  for (; names->name; names++)
    if (str_equals_c(value, names->name)) {
      *number = (int)names->number;
      return true;
    }
  raise_value_error("unrecognized configuration name");
  return false;
}

extern const IntConstant posix_sysconf_names[], posix_confstr_names[], posix_pathconf_names[];

static Value posix_sysconf(Value name_value) {
  int name;
  if (!parse_name(name_value, posix_sysconf_names, &name)) return NULL;
  errno = 0;
  long result = sysconf(name);
  return result == -1 && errno ? system_error() : int_from_int64(result);
}
static Value posix_confstr(Value name_value) {
  int name;
  if (!parse_name(name_value, posix_confstr_names, &name)) return NULL;
  char buffer[4096];
  errno = 0;
  size_t length = confstr(name, buffer, sizeof buffer);
  if (length == 0) return errno ? system_error() : VALUE_NONE;
  return path_decode_c(buffer);
}

const NativeMethod posix_system_functions[] = {
    NATIVE("getuid", posix_getuid, "()", "User ID."),
    NATIVE("geteuid", posix_geteuid, "()", "Effective user ID."),
    NATIVE("getgid", posix_getgid, "()", "Group ID."),
    NATIVE("getegid", posix_getegid, "()", "Effective group ID."),
    NATIVE("getpid", posix_getpid, "()", "Process ID."),
    NATIVE("getppid", posix_getppid, "()", "The parent's process ID."),
    NATIVE("getpgrp", posix_getpgrp, "()", "Process group ID."),
    NATIVE("setuid", posix_setuid, "(uid, /)", "Set the user ID."),
    NATIVE("seteuid", posix_seteuid, "(euid, /)", "Set the effective user ID."),
    NATIVE("setgid", posix_setgid, "(gid, /)", "Set the group ID."),
    NATIVE("setegid", posix_setegid, "(egid, /)", "Set the effective group ID."),
    NATIVE("setreuid", posix_setreuid, "(ruid, euid, /)", "Set real and effective user ID."),
    NATIVE("setregid", posix_setregid, "(rgid, egid, /)", "Set real and effective group ID."),
    NATIVE("setresuid", posix_setresuid, "(ruid, euid, suid, /)", "Set real, effective and saved user ID."),
    NATIVE("setresgid", posix_setresgid, "(rgid, egid, sgid, /)", "Set real, effective and saved group ID."),
    NATIVE("getresuid", posix_getresuid, "()", "Real, effective and saved user ID."),
    NATIVE("getresgid", posix_getresgid, "()", "Real, effective and saved group ID."),
    NATIVE("getgroups", posix_getgroups, "()", "Supplementary groups."),
    NATIVE("setgroups", posix_setgroups, "(groups, /)", "Set the supplementary groups."),
    NATIVE("getgrouplist", posix_getgrouplist, "(user, group, /)", "Groups that a user belongs to."),
    NATIVE("initgroups", posix_initgroups, "(username, gid, /)", "Set the groups of a user."),
    NATIVE("getpgid", posix_getpgid, "(pid)", "Process group of a process."),
    NATIVE("getsid", posix_getsid, "(pid, /)", "Session of a process."),
    NATIVE("setsid", posix_setsid, "()", "Start a new session."),
    NATIVE("setpgrp", posix_setpgrp, "()", "Make this process a group leader."),
    NATIVE("setpgid", posix_setpgid, "(pid, pgrp, /)", "Put a process into a group."),
    NATIVE("getlogin", posix_getlogin, "()", "Login name."),
    NATIVE("nice", posix_nice, "(increment, /)", "Add to the niceness; return it."),
    NATIVE("getpriority", posix_getpriority, "(which, who)", "Scheduling priority."),
    NATIVE("setpriority", posix_setpriority, "(which, who, priority)", "Set the scheduling priority."),
    NATIVE("putenv", posix_putenv, "(name, value, /)", "Set an environment variable."),
    NATIVE("unsetenv", posix_unsetenv, "(name, /)", "Remove an environment variable."),
    NATIVE("uname", posix_uname, "()", "Names of system and machine."),
    NATIVE("times", posix_times, "()", "Process times."),
    NATIVE("get_terminal_size", posix_get_terminal_size, "(fd=<unrepresentable>, /)", "Size of a terminal."),
    NATIVE("cpu_count", posix_cpu_count, "()", "Number of CPUs."),
    NATIVE("getloadavg", posix_getloadavg, "()", "Load of the last 1, 5 and 15 minutes."),
    NATIVE("strerror", posix_strerror, "(code, /)", "Message of an error number."),
    NATIVE("sysconf", posix_sysconf, "(name, /)", "A configuration value of the system."),
    NATIVE("confstr", posix_confstr, "(name, /)", "A configuration string of the system."),
    {}};

static bool add_class(Value module, const char *name, const StructSequenceDef *definition, Class **slot) {
  heap_add_root_range((Value *)(void *)slot, 1);
  *slot = struct_sequence_class_new(definition);
  return *slot && module_add(module, name, value_from_cell(*slot));
}

static bool add_names(Value module, const char *name, const IntConstant *names) {
  Value dict = dict_new();
  for (; dict && names->name; names++)
    if (!dict_set_c(dict, names->name, value_from_small_int(names->number))) return false;
  return module_add(module, name, dict);
}

bool posix_system_start(Value module) {
  return module_add(module, "environ", make_environment()) &&
         add_class(module, "uname_result", &uname_definition, &uname_class) &&
         add_class(module, "times_result", &times_definition, &times_class) &&
         add_class(module, "terminal_size", &terminal_definition, &terminal_size_class) &&
         add_names(module, "pathconf_names", posix_pathconf_names) &&
         add_names(module, "sysconf_names", posix_sysconf_names) &&
         add_names(module, "confstr_names", posix_confstr_names);
}
