// posix: processes. fork() stops the world, so that the child starts with one thread and no lock held by a lost one.
#include "runtime/module/imp.h"
#include "runtime/module/posix.h"
#include "runtime/module/signals.h"
#include "runtime/object/call.h"
#include "runtime/object/class_internal.h"
#include "runtime/object/function.h"

#include <pty.h>
#include <sched.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// ---- fork ----

static Value fork_hooks[3]; // lists: before, in the child, in the parent
static Class *waitid_class, *sched_class;

static Value posix_register_at_fork(Value before, Value in_child, Value in_parent) {
  Value hooks[3] = {before, in_child, in_parent};
  static const char *const names[] = {"before", "after_in_child", "after_in_parent"};
  if (!before && !in_child && !in_parent) return raise_type_error("At least one argument is required.");
  for (int i = 0; i < 3; i++)
    if (hooks[i] && !value_is_callable(hooks[i]))
      return raise_type_error("'%s' must be callable, not %T", names[i], hooks[i]);
  for (int i = 0; i < 3; i++) {
    if (!hooks[i]) continue;
    if (!fork_hooks[i] && !(fork_hooks[i] = list_new(NULL, 0))) return NULL;
    if (!list_append(fork_hooks[i], hooks[i])) return NULL;
  }
  return VALUE_NONE;
}

static void run_hooks(int which) {
  Value list = fork_hooks[which] ? list_copy(fork_hooks[which]) : NULL;
  size_t count = list ? list_count(list) : 0;
  for (size_t i = 0; i < count; i++) {
    Value hook = list_item(list, which == 0 ? count - 1 - i : i); // "before" hooks run in reverse order
    if (!value_call_0(hook)) exception_write_unraisable(hook, NULL);
  }
}

void process_before_fork(void);
void process_after_fork_child(void);
void process_after_fork_parent(void);

void process_before_fork(void) {
  run_hooks(0);
  heap_before_fork();
  import_lock_before_fork();
  if (runtime_hooks.before_fork) runtime_hooks.before_fork();
  class_change_lock(); // no other thread is in the middle of a change, and leaves the child's classes so
  world_stop();
}
void process_after_fork_child(void) {
  thread_after_fork();
  heap_after_fork(true);
  world_start();
  class_change_unlock();
  if (runtime_hooks.after_fork) runtime_hooks.after_fork(true);
  import_lock_after_fork();
  signals_after_fork();
  run_hooks(1);
}
void process_after_fork_parent(void) {
  heap_after_fork(false);
  world_start();
  class_change_unlock();
  if (runtime_hooks.after_fork) runtime_hooks.after_fork(false);
  import_lock_after_fork();
  run_hooks(2);
}

static Value after_fork(pid_t pid) {
  int error = errno;
  if (pid == 0)
    process_after_fork_child();
  else
    process_after_fork_parent();
  errno = error;
  return pid < 0 ? raise_os_error(error, NULL) : int_from_int64(pid);
}

static Value posix_fork(void) {
  process_before_fork();
  return after_fork(fork());
}

static Value posix_forkpty(void) {
  int controller = -1;
  process_before_fork();
  Value pid = after_fork(forkpty(&controller, NULL, NULL, NULL));
  return pid ? tuple_of(2, pid, value_from_small_int(controller)) : NULL;
}

// ---- exec ----

// A malloc'ed array of C strings, freed as a whole.
static void strings_free(char **strings) {
  for (size_t i = 0; strings && strings[i]; i++) free(strings[i]);
  free(strings);
}

static bool strings_put(char **strings, size_t index, Value path) {
  Value bytes = path_as_bytes(path);
  if (!bytes) return false;
  strings[index] = strdup((const char *)value_as_bytes(bytes)->data);
  KEEP(bytes);
  if (!strings[index]) raise_memory_error();
  return strings[index] != NULL;
}

char **process_arguments(Value sequence);
char **process_environment(Value mapping);

char **process_arguments(Value sequence) {
  Value tuple = value_to_tuple(sequence);
  if (!tuple) return NULL;
  char **strings = calloc(tuple_count(tuple) + 1, sizeof *strings);
  if (!strings) raise_memory_error();
  for (size_t i = 0; strings && i < tuple_count(tuple); i++) {
    if (strings_put(strings, i, tuple_item(tuple, i))) continue;
    strings_free(strings);
    return NULL;
  }
  return strings;
}

static bool environment_put(char **strings, size_t index, Value key, Value value) {
  Value name = path_as_bytes(key), text = name ? path_as_bytes(value) : NULL;
  if (!text) return false;
  Bytes *left = value_as_bytes(name), *right = value_as_bytes(text);
  if (left->length == 0 || memchr(left->data + 1, '=', left->length - 1)) {
    raise_value_error("illegal environment variable name");
    return false;
  }
  char *entry = malloc(left->length + right->length + 2);
  if (!entry) {
    raise_memory_error();
    return false;
  }
  memcpy(entry, left->data, left->length);
  entry[left->length] = '=';
  memcpy(entry + left->length + 1, right->data, right->length + 1);
  strings[index] = entry;
  return true;
}

char **process_environment(Value mapping) {
  Value keys = value_call_method_0(mapping, "keys"), values = keys ? value_call_method_0(mapping, "values") : NULL;
  if (!values || !(keys = value_to_list(keys)) || !(values = value_to_list(values))) return NULL;
  size_t count = list_count(keys);
  char **strings = calloc(count + 1, sizeof *strings);
  if (!strings) raise_memory_error();
  for (size_t i = 0; strings && i < count; i++) {
    Value key = list_item(keys, i), value = list_item(values, i);
    if (key && value && environment_put(strings, i, key, value)) continue;
    strings_free(strings);
    return NULL;
  }
  return strings;
}

static bool check_arguments(const char *function, Value arguments) {
  if (!value_is_list(arguments) && !value_is_tuple(arguments)) {
    raise_type_error("%s: argv must be a tuple or list", function);
    return false;
  }
  if (value_length(arguments) < 1) {
    raise_value_error("%s: argv must not be empty", function);
    return false;
  }
  return true;
}

static Value posix_execv(Value path_value, Value arguments) {
  Path path;
  if (!path_parse(path_value, "execv", "path", 0, &path)) return NULL;
  if (!value_is_list(arguments) && !value_is_tuple(arguments))
    return raise_type_error("execv() arg 2 must be a tuple or list");
  if (value_length(arguments) < 1) return raise_value_error("execv() arg 2 must not be empty");
  char **strings = process_arguments(arguments);
  if (!strings) return NULL;
  if (!strings[0][0]) {
    strings_free(strings);
    return raise_value_error("execv() arg 2 first element cannot be empty");
  }
  execv(path.text, strings);
  int error = errno;
  strings_free(strings);
  return raise_os_error(error, NULL);
}

static Value posix_execve(Value path_value, Value arguments, Value environment) {
  Path path;
  if (!path_parse(path_value, "execve", "path", PATH_ALLOW_DESCRIPTOR, &path)) return NULL;
  if (!value_is_list(arguments) && !value_is_tuple(arguments))
    return raise_type_error("execve: argv must be a tuple or list");
  if (value_length(arguments) < 1) return raise_value_error("execve: argv must not be empty");
  if (!value_special(environment, SPECIAL_GETITEM))
    return raise_type_error("execve: environment must be a mapping object");
  char **strings = process_arguments(arguments);
  if (!strings) return NULL;
  if (!strings[0][0]) {
    strings_free(strings);
    return raise_value_error("execve: argv first element cannot be empty");
  }
  char **variables = process_environment(environment);
  if (variables) {
    if (path.text)
      execve(path.text, strings, variables);
    else
      fexecve(path.descriptor, strings, variables);
  }
  int error = errno;
  strings_free(strings);
  if (!variables) return NULL;
  strings_free(variables);
  errno = error;
  return path_error(&path);
}

static Value posix_exit(Value status_value) {
  int status;
  if (!value_as_int(status_value, &status)) return NULL;
  _exit(status);
}
static Value posix_abort(void) {
  abort();
}

static Value posix_system(Value command_value) {
  Value command = path_as_bytes(command_value);
  int result;
  if (!command) return NULL;
  BLOCKING(result = system((const char *)value_as_bytes(command)->data));
  KEEP(command);
  return value_from_small_int(result);
}

// ---- Waiting ----

static Value pid_and_status(pid_t pid, int status) {
  return pid < 0 ? system_error() : tuple_of(2, int_from_int64(pid), value_from_small_int(status));
}

static Value posix_waitpid(Value pid_value, Value options_value) {
  int pid, options, status = 0;
  pid_t result;
  if (!value_as_int(pid_value, &pid) || !value_as_int(options_value, &options)) return NULL;
  BLOCKING_RETRY(result, waitpid(pid, &status, options));
  return pid_and_status(result, status);
}
static Value posix_wait(void) {
  int status = 0;
  pid_t result;
  BLOCKING_RETRY(result, wait(&status));
  return pid_and_status(result, status);
}

static Value do_wait4(pid_t pid, int options) {
  extern Value resource_usage_new(const struct rusage *usage);
  struct rusage usage = {};
  int status = 0;
  pid_t result;
  BLOCKING_RETRY(result, wait4(pid, &status, options, &usage));
  if (result < 0) return system_error();
  Value used = resource_usage_new(&usage);
  return used ? tuple_of(3, int_from_int64(result), value_from_small_int(status), used) : NULL;
}
static Value posix_wait3(Value options_value) {
  int options;
  return value_as_int(options_value, &options) ? do_wait4(-1, options) : NULL;
}
static Value posix_wait4(Value pid_value, Value options_value) {
  int pid, options;
  return value_as_int(pid_value, &pid) && value_as_int(options_value, &options) ? do_wait4(pid, options) : NULL;
}

static const StructField waitid_fields[] = {{"si_pid", NULL},    {"si_uid", NULL},  {"si_signo", NULL},
                                            {"si_status", NULL}, {"si_code", NULL}, {}};
static const StructSequenceDef waitid_definition = {"posix.waitid_result", "What waitid() returns.", waitid_fields, 5,
                                                    false};

static Value posix_waitid(Value type_value, Value id_value_, Value options_value) {
  int type, id, options, result;
  siginfo_t info = {};
  if (!value_as_int(type_value, &type) || !value_as_int(id_value_, &id) || !value_as_int(options_value, &options))
    return NULL;
  BLOCKING_RETRY(result, waitid((idtype_t)type, (id_t)id, &info, options));
  if (result < 0) return system_error();
  if (info.si_pid == 0) return VALUE_NONE;
  Value values[5] = {int_from_int64(info.si_pid), id_value(info.si_uid), value_from_small_int(info.si_signo),
                     value_from_small_int(info.si_status), value_from_small_int(info.si_code)};
  return struct_sequence_new(waitid_class, values);
}

// A function of a wait status that gives a bool or an int.
#define STATUS_FUNCTION(name, result)                                                                                  \
  static Value posix_##name(Value status_value) {                                                                      \
    int status;                                                                                                        \
    if (!value_as_int(status_value, &status)) return NULL;                                                             \
    return result(name(status));                                                                                       \
  }
STATUS_FUNCTION(WCOREDUMP, value_from_bool)
STATUS_FUNCTION(WIFCONTINUED, value_from_bool)
STATUS_FUNCTION(WIFSTOPPED, value_from_bool)
STATUS_FUNCTION(WIFSIGNALED, value_from_bool)
STATUS_FUNCTION(WIFEXITED, value_from_bool)
STATUS_FUNCTION(WEXITSTATUS, value_from_small_int)
STATUS_FUNCTION(WTERMSIG, value_from_small_int)
STATUS_FUNCTION(WSTOPSIG, value_from_small_int)

static Value posix_waitstatus_to_exitcode(Value status_value) {
  int status;
  if (!value_as_int(status_value, &status)) return NULL;
  if (WIFEXITED(status)) return value_from_small_int(WEXITSTATUS(status));
  if (WIFSIGNALED(status)) return value_from_small_int(-WTERMSIG(status));
  if (WIFSTOPPED(status)) return raise_value_error("process stopped by delivery of signal %i", WSTOPSIG(status));
  return raise_value_error("invalid wait status: %i", status);
}

// ---- Signals to processes ----

static Value posix_kill(Value pid_value, Value signal_value) {
  int pid, signal;
  if (!value_as_int(pid_value, &pid) || !value_as_int(signal_value, &signal)) return NULL;
  if (kill(pid, signal) < 0) return system_error();
  // A signal to this process is handled before the call returns.
  return safepoint_handle() ? VALUE_NONE : NULL;
}
static Value posix_killpg(Value group_value, Value signal_value) {
  int group, signal;
  if (!value_as_int(group_value, &group) || !value_as_int(signal_value, &signal)) return NULL;
  if (killpg(group, signal) < 0) return system_error();
  return safepoint_handle() ? VALUE_NONE : NULL;
}
static Value posix_pidfd_open(Value pid_value, Value flags_value) {
  int pid, flags = 0;
  if (!value_as_int(pid_value, &pid) || (flags_value && !value_as_int(flags_value, &flags))) return NULL;
  return posix_int(syscall(SYS_pidfd_open, pid, flags));
}

// ---- Scheduling ----

static const StructField sched_fields[] = {{"sched_priority", "the scheduling priority"}, {}};
static const StructSequenceDef sched_definition = {"os.sched_param", "Scheduling parameters.", sched_fields, 1, false};

static Value sched_param_new([[maybe_unused]] Value class, Value priority) {
  return struct_sequence_new(sched_class, &priority);
}
static const NativeMethod sched_new_method =
    NATIVE("__new__", sched_param_new, "($type, /, sched_priority)", NULL, NATIVE_STATIC);

static bool parse_sched_param(Value value, struct sched_param *parameters) {
  int64_t priority;
  if (value_class(value) != sched_class) {
    raise_type_error("must have a sched_param object");
    return false;
  }
  if (!value_as_int64(tuple_item(value, 0), &priority)) return false;
  if (priority > INT32_MAX || priority < INT32_MIN) {
    raise(CLASS_OVERFLOW_ERROR, "sched_priority out of range");
    return false;
  }
  parameters->sched_priority = (int)priority;
  return true;
}

static Value posix_sched_get_priority_max(Value policy_value) {
  int policy;
  return value_as_int(policy_value, &policy) ? posix_int(sched_get_priority_max(policy)) : NULL;
}
static Value posix_sched_get_priority_min(Value policy_value) {
  int policy;
  return value_as_int(policy_value, &policy) ? posix_int(sched_get_priority_min(policy)) : NULL;
}
static Value posix_sched_getscheduler(Value pid_value) {
  int pid;
  return value_as_int(pid_value, &pid) ? posix_int(sched_getscheduler(pid)) : NULL;
}
static Value posix_sched_setscheduler(Value pid_value, Value policy_value, Value parameter_value) {
  int pid, policy;
  struct sched_param parameters;
  if (!value_as_int(pid_value, &pid) || !value_as_int(policy_value, &policy) ||
      !parse_sched_param(parameter_value, &parameters))
    return NULL;
  return posix_none(sched_setscheduler(pid, policy, &parameters));
}
static Value posix_sched_getparam(Value pid_value) {
  int pid;
  struct sched_param parameters;
  if (!value_as_int(pid_value, &pid)) return NULL;
  if (sched_getparam(pid, &parameters) < 0) return system_error();
  return sched_param_new(NULL, value_from_small_int(parameters.sched_priority));
}
static Value posix_sched_setparam(Value pid_value, Value parameter_value) {
  int pid;
  struct sched_param parameters;
  if (!value_as_int(pid_value, &pid) || !parse_sched_param(parameter_value, &parameters)) return NULL;
  return posix_none(sched_setparam(pid, &parameters));
}
static Value posix_sched_rr_get_interval(Value pid_value) {
  extern Value float_from_timespec(const struct timespec *time);
  int pid;
  struct timespec interval;
  if (!value_as_int(pid_value, &pid)) return NULL;
  return sched_rr_get_interval(pid, &interval) < 0 ? system_error() : float_from_timespec(&interval);
}
static Value posix_sched_yield(void) {
  BLOCKING(sched_yield());
  return VALUE_NONE;
}

static Value posix_sched_getaffinity(Value pid_value) {
  int pid;
  if (!value_as_int(pid_value, &pid)) return NULL;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(pid, sizeof set, &set) < 0) return system_error();
  Value list = list_new(NULL, 0);
  for (int cpu = 0; list && cpu < CPU_SETSIZE; cpu++)
    if (CPU_ISSET(cpu, &set) && !list_append(list, value_from_small_int(cpu))) return NULL;
  return list ? value_call_1(value_from_cell(BUILTIN(SET)), list) : NULL;
}
static Value posix_sched_setaffinity(Value pid_value, Value mask) {
  int pid;
  if (!value_as_int(pid_value, &pid)) return NULL;
  cpu_set_t set;
  CPU_ZERO(&set);
  Value item;
  Iteration i = iteration_start(mask);
  while (iteration_next(&i, &item)) {
    int cpu;
    if (!value_is_int(item))
      return raise_type_error("expected an iterator of ints, but iterator yielded %R",
                              value_from_cell(value_class(item)));
    if (!value_as_int(item, &cpu)) return NULL;
    if (cpu < 0) return raise_value_error("negative CPU number");
    if (cpu >= CPU_SETSIZE) return raise(CLASS_OVERFLOW_ERROR, "CPU number too large");
    CPU_SET(cpu, &set);
  }
  if (iteration_failed(&i)) return NULL;
  return posix_none(sched_setaffinity(pid, sizeof set, &set));
}

// ---- posix_spawn ----

typedef struct Spawn {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  short flags;
} Spawn;

enum : int { SPAWN_OPEN, SPAWN_CLOSE, SPAWN_DUP2 };

static bool spawn_error(int error) {
  if (error) raise_os_error(error, NULL);
  return !error;
}

static bool add_action(Spawn *spawn, Value action, Value keep) {
  if (!value_is_tuple(action) || tuple_count(action) == 0) {
    raise_type_error("Each file_actions element must be a non-empty tuple");
    return false;
  }
  int kind, fd, other, flags, mode;
  size_t count = tuple_count(action);
  if (!value_as_int(tuple_item(action, 0), &kind)) return false;
  switch (kind) {
  case SPAWN_OPEN: {
    if (count != 5) break;
    if (!value_as_int(tuple_item(action, 1), &fd)) return false;
    Value path = path_as_bytes(tuple_item(action, 2));
    if (!path || !list_append(keep, path) || !value_as_int(tuple_item(action, 3), &flags) ||
        !value_as_int(tuple_item(action, 4), &mode))
      return false;
    return spawn_error(posix_spawn_file_actions_addopen(&spawn->actions, fd, (const char *)value_as_bytes(path)->data,
                                                        flags, (mode_t)mode));
  }
  case SPAWN_CLOSE:
    if (count != 2) break;
    if (!value_as_int(tuple_item(action, 1), &fd)) return false;
    return spawn_error(posix_spawn_file_actions_addclose(&spawn->actions, fd));
  case SPAWN_DUP2:
    if (count != 3) break;
    if (!value_as_int(tuple_item(action, 1), &fd) || !value_as_int(tuple_item(action, 2), &other)) return false;
    return spawn_error(posix_spawn_file_actions_adddup2(&spawn->actions, fd, other));
  default:
    raise_type_error("Unknown file_actions identifier");
    return false;
  }
  raise_type_error(kind == SPAWN_OPEN    ? "A open file_action tuple must have 5 elements"
                   : kind == SPAWN_CLOSE ? "A close file_action tuple must have 2 elements"
                                         : "A dup2 file_action tuple must have 3 elements");
  return false;
}

static bool add_actions(Spawn *spawn, Value actions, Value keep) {
  if (!actions || actions == VALUE_NONE) return true;
  Value tuple =
      value_special(actions, SPECIAL_ITER) || value_special(actions, SPECIAL_GETITEM) ? value_to_tuple(actions) : NULL;
  if (!tuple) {
    if (!exception_pending()) raise_type_error("file_actions must be a sequence or None");
    return false;
  }
  for (size_t i = 0; i < tuple_count(tuple); i++)
    if (!add_action(spawn, tuple_item(tuple, i), keep)) return false;
  return true;
}

// Parameters 4 to 9: setpgroup, resetids, setsid, setsigmask, setsigdef, scheduler.
static bool set_attributes(Spawn *spawn, Value *arguments) {
  int number;
  sigset_t set;
  if (arguments[4]) {
    if (!value_as_int(arguments[4], &number) || !spawn_error(posix_spawnattr_setpgroup(&spawn->attributes, number)))
      return false;
    spawn->flags |= POSIX_SPAWN_SETPGROUP;
  }
  number = 0;
  if (arguments[5] && !value_as_int(arguments[5], &number)) return false;
  if (number) spawn->flags |= POSIX_SPAWN_RESETIDS;
  number = 0;
  if (arguments[6] && !value_as_int(arguments[6], &number)) return false;
  if (number) spawn->flags |= POSIX_SPAWN_SETSID;
  if (arguments[7]) {
    if (!signals_parse_set(arguments[7], &set) || !spawn_error(posix_spawnattr_setsigmask(&spawn->attributes, &set)))
      return false;
    spawn->flags |= POSIX_SPAWN_SETSIGMASK;
  }
  if (arguments[8]) {
    if (!signals_parse_set(arguments[8], &set) || !spawn_error(posix_spawnattr_setsigdefault(&spawn->attributes, &set)))
      return false;
    spawn->flags |= POSIX_SPAWN_SETSIGDEF;
  }
  if (arguments[9]) {
    struct sched_param parameters;
    if (!value_is_tuple(arguments[9]) || tuple_count(arguments[9]) != 2) {
      raise_type_error("A scheduler tuple must have two elements");
      return false;
    }
    Value policy = tuple_item(arguments[9], 0);
    if (policy != VALUE_NONE) {
      if (!value_as_int(policy, &number) || !spawn_error(posix_spawnattr_setschedpolicy(&spawn->attributes, number)))
        return false;
      spawn->flags |= POSIX_SPAWN_SETSCHEDULER;
    }
    if (!parse_sched_param(tuple_item(arguments[9], 1), &parameters) ||
        !spawn_error(posix_spawnattr_setschedparam(&spawn->attributes, &parameters)))
      return false;
    spawn->flags |= POSIX_SPAWN_SETSCHEDPARAM;
  }
  return spawn_error(posix_spawnattr_setflags(&spawn->attributes, spawn->flags));
}

static Value do_spawn(const char *function, Value *arguments, bool search) {
  Path path;
  if (!path_parse(arguments[0], function, "path", 0, &path) || !check_arguments(function, arguments[1])) return NULL;
  if (!value_special(arguments[2], SPECIAL_GETITEM))
    return raise_type_error("%s: environment must be a mapping object", function);
  char **strings = process_arguments(arguments[1]);
  if (!strings) return NULL;
  if (!strings[0][0]) {
    strings_free(strings);
    return raise_value_error("%s: argv first element cannot be empty", function);
  }
  char **variables = process_environment(arguments[2]);
  if (!variables) {
    strings_free(strings);
    return NULL;
  }
  Spawn spawn = {};
  Value keep = list_new(NULL, 0), result = NULL;
  posix_spawn_file_actions_init(&spawn.actions);
  posix_spawnattr_init(&spawn.attributes);
  if (keep && add_actions(&spawn, arguments[3], keep) && set_attributes(&spawn, arguments)) {
    pid_t pid;
    int error;
    BLOCKING(error = search ? posix_spawnp(&pid, path.text, &spawn.actions, &spawn.attributes, strings, variables)
                            : posix_spawn(&pid, path.text, &spawn.actions, &spawn.attributes, strings, variables));
    result = error ? raise_os_error(error, path.object) : int_from_int64(pid);
  }
  posix_spawn_file_actions_destroy(&spawn.actions);
  posix_spawnattr_destroy(&spawn.attributes);
  strings_free(strings);
  strings_free(variables);
  KEEP(keep);
  KEEP(path.bytes);
  return result;
}
static Value posix_posix_spawn(Value *arguments) {
  return do_spawn("posix_spawn", arguments, false);
}
static Value posix_posix_spawnp(Value *arguments) {
  return do_spawn("posix_spawnp", arguments, true);
}

#define SPAWN_SIGNATURE                                                                                                \
  "(path, argv, env, /, *, file_actions=(), setpgroup=<unrepresentable>, resetids=False, setsid=False, "               \
  "setsigmask=(), setsigdef=(), scheduler=<unrepresentable>)"
const NativeMethod posix_process_functions[] = {
    NATIVE("register_at_fork", posix_register_at_fork,
           "(*, before=<unrepresentable>, after_in_child=<unrepresentable>, after_in_parent=<unrepresentable>)",
           "Register functions to be called around fork()."),
    NATIVE("fork", posix_fork, "()", "Fork; return 0 in the child."),
    NATIVE("forkpty", posix_forkpty, "()", "Fork with a new pseudo-terminal."),
    NATIVE("execv", posix_execv, "(path, argv, /)", "Run another program in this process."),
    NATIVE("execve", posix_execve, "(path, argv, env)", "Run another program with an environment."),
    NATIVE("_exit", posix_exit, "(status)", "End the process at once."),
    NATIVE("abort", posix_abort, "()", "End the process by SIGABRT."),
    NATIVE("system", posix_system, "(command)", "Run a shell command; return its status."),
    NATIVE("waitpid", posix_waitpid, "(pid, options, /)", "Wait for a child: (pid, status)."),
    NATIVE("wait", posix_wait, "()", "Wait for any child: (pid, status)."),
    NATIVE("wait3", posix_wait3, "(options)", "Wait for any child: (pid, status, resource usage)."),
    NATIVE("wait4", posix_wait4, "(pid, options)", "Wait for a child: (pid, status, resource usage)."),
    NATIVE("waitid", posix_waitid, "(idtype, id, options, /)", "Wait for a child's change of state."),
    NATIVE("WCOREDUMP", posix_WCOREDUMP, "(status, /)", "Whether a core file was written."),
    NATIVE("WIFCONTINUED", posix_WIFCONTINUED, "(status)", "Whether the child was continued."),
    NATIVE("WIFSTOPPED", posix_WIFSTOPPED, "(status)", "Whether the child was stopped."),
    NATIVE("WIFSIGNALED", posix_WIFSIGNALED, "(status)", "Whether a signal ended the child."),
    NATIVE("WIFEXITED", posix_WIFEXITED, "(status)", "Whether the child exited."),
    NATIVE("WEXITSTATUS", posix_WEXITSTATUS, "(status)", "The exit code."),
    NATIVE("WTERMSIG", posix_WTERMSIG, "(status)", "The signal that ended the child."),
    NATIVE("WSTOPSIG", posix_WSTOPSIG, "(status)", "The signal that stopped the child."),
    NATIVE("waitstatus_to_exitcode", posix_waitstatus_to_exitcode, "(status)", "Exit code, negative for signals."),
    NATIVE("kill", posix_kill, "(pid, signal, /)", "Send a signal to a process."),
    NATIVE("killpg", posix_killpg, "(pgid, signal, /)", "Send a signal to a process group."),
    NATIVE("pidfd_open", posix_pidfd_open, "(pid, flags=0)", "A descriptor for a process."),
    NATIVE("sched_get_priority_max", posix_sched_get_priority_max, "(policy)", "Greatest priority of a policy."),
    NATIVE("sched_get_priority_min", posix_sched_get_priority_min, "(policy)", "Least priority of a policy."),
    NATIVE("sched_getscheduler", posix_sched_getscheduler, "(pid, /)", "Scheduling policy of a process."),
    NATIVE("sched_setscheduler", posix_sched_setscheduler, "(pid, policy, param, /)", "Set the scheduling policy."),
    NATIVE("sched_getparam", posix_sched_getparam, "(pid, /)", "Scheduling parameters of a process."),
    NATIVE("sched_setparam", posix_sched_setparam, "(pid, param, /)", "Set the scheduling parameters."),
    NATIVE("sched_rr_get_interval", posix_sched_rr_get_interval, "(pid, /)", "Round-robin quantum in seconds."),
    NATIVE("sched_yield", posix_sched_yield, "()", "Let others run."),
    NATIVE("sched_getaffinity", posix_sched_getaffinity, "(pid, /)", "Set of CPUs that a process may use."),
    NATIVE("sched_setaffinity", posix_sched_setaffinity, "(pid, mask, /)", "Restrict a process to CPUs."),
    NATIVE("posix_spawn", posix_posix_spawn, SPAWN_SIGNATURE, "Start a program in a new process."),
    NATIVE("posix_spawnp", posix_posix_spawnp, SPAWN_SIGNATURE, "The same, searching PATH."),
    {}};

bool posix_process_start(Value module) {
  heap_add_root_range(fork_hooks, 3);
  heap_add_root_range((Value *)(void *)&waitid_class, 1);
  heap_add_root_range((Value *)(void *)&sched_class, 1);
  waitid_class = struct_sequence_class_new(&waitid_definition);
  sched_class = waitid_class ? struct_sequence_class_new(&sched_definition) : NULL;
  Value constructor = sched_class ? native_descriptor_new(&sched_new_method, sched_class) : NULL;
  return constructor && class_set_attribute(sched_class, special_name(SPECIAL_NEW), constructor) &&
         module_add(module, "waitid_result", value_from_cell(waitid_class)) &&
         module_add(module, "sched_param", value_from_cell(sched_class));
}
