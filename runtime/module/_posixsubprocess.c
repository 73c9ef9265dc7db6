// The _posixsubprocess module: fork and exec in one step, for subprocess.
//
// Between fork and exec the child only makes system calls on what was prepared before (unless there is a preexec_fn).
// What fails there is written to the error pipe as "Class:errno in hexadecimal:message".
#include "runtime/module/posix.h"
#include "runtime/module/signals.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void process_before_fork(void);
void process_after_fork_child(void);
void process_after_fork_parent(void);
char **process_arguments(Value sequence);
char **process_environment(Value mapping);

typedef struct ForkExec {
  char **arguments, **executables, **environment;
  const char *directory;
  int *pass;
  size_t pass_count;
  int to_child_read, to_child_write, from_child_read, from_child_write, error_read, error_write, report_read,
      report_write;
  bool close_descriptors, restore_signals, new_session, set_groups, set_group, set_user;
  int process_group, mask;
  gid_t group, *groups;
  size_t group_count;
  uid_t user;
  Value preexec, preexec_arguments;
} ForkExec;

static void strings_free(char **strings) {
  for (size_t i = 0; strings && strings[i]; i++) free(strings[i]);
  free(strings);
}

// ---- In the child ----

static bool passes(const ForkExec *f, int descriptor) {
  for (size_t i = 0; i < f->pass_count; i++)
    if (f->pass[i] == descriptor) return true;
  return false;
}

// Closes everything from 3 on but what is passed. `pass` is sorted, so the gaps are ranges.
static void close_others(const ForkExec *f) {
  int start = 3;
  for (size_t i = 0; i < f->pass_count; i++) {
    if (f->pass[i] < start) continue;
    if (f->pass[i] > start) syscall(SYS_close_range, (unsigned)start, (unsigned)f->pass[i] - 1, 0);
    start = f->pass[i] + 1;
  }
  syscall(SYS_close_range, (unsigned)start, ~0u, 0);
}

static bool move_descriptor(int from, int to) {
  if (from == to) return descriptor_set_inheritable(to, true);
  return from == -1 || dup2(from, to) >= 0;
}

// Returns only when something failed: what, with errno set (0: no system call failed).
static const char *child_run(ForkExec *f) {
  static const char *const no_exec = "noexec";
  if (f->to_child_write != -1) close(f->to_child_write);
  if (f->from_child_read != -1) close(f->from_child_read);
  if (f->error_read != -1) close(f->error_read);
  close(f->report_read);
  // Ends that occupy the place of another standard stream must get out of its way first.
  if (f->from_child_write == 0 && (f->from_child_write = fcntl(0, F_DUPFD_CLOEXEC, 3)) < 0) return no_exec;
  while (f->error_write == 0 || f->error_write == 1)
    if ((f->error_write = fcntl(f->error_write, F_DUPFD_CLOEXEC, 3)) < 0) return no_exec;
  if (!move_descriptor(f->to_child_read, 0) || !move_descriptor(f->from_child_write, 1) ||
      !move_descriptor(f->error_write, 2))
    return no_exec;
  if (f->directory && chdir(f->directory) < 0) return no_exec;
  if (f->mask >= 0) umask((mode_t)f->mask);
  if (f->restore_signals) {
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
  }
  if (f->new_session && setsid() < 0) return no_exec;
  if (f->process_group >= 0 && setpgid(0, f->process_group) < 0) return no_exec;
  if (f->set_groups && setgroups(f->group_count, f->groups) < 0) return no_exec;
  if (f->set_group && setregid(f->group, f->group) < 0) return no_exec;
  if (f->set_user && setreuid(f->user, f->user) < 0) return no_exec;
  if (f->preexec) {
    if (!value_call_tuple(f->preexec, f->preexec_arguments, NULL)) {
      exception_clear();
      errno = 0;
      return "Exception occurred in preexec_fn.";
    }
  }
  // The pipe's end was made to close on exec; descriptors to be passed must not be.
  for (size_t i = 0; i < f->pass_count; i++)
    if (f->pass[i] != f->report_write) descriptor_set_inheritable(f->pass[i], true);
  if (f->close_descriptors) close_others(f);
  int kept = ENOENT;
  for (char **path = f->executables; *path; path++) {
    if (f->environment)
      execve(*path, f->arguments, f->environment);
    else
      execv(*path, f->arguments);
    if (errno != ENOENT && errno != ENOTDIR) kept = errno; // an error that says more than "not there"
  }
  errno = kept;
  return "";
}

static void child_report(const ForkExec *f, const char *where) {
  char text[128];
  int length = errno ? snprintf(text, sizeof text, "OSError:%X:%s", (unsigned)errno, where)
                     : snprintf(text, sizeof text, "SubprocessError:0:%s", where);
  ssize_t ignored = write(f->report_write, text, (size_t)length);
  (void)ignored;
}

// ---- In the parent ----

static int compare_ints(const void *a, const void *b) {
  int left = *(const int *)a, right = *(const int *)b;
  return (left > right) - (left < right);
}

static bool parse_pass(ForkExec *f, Value tuple) {
  if (!value_is_tuple(tuple)) {
    raise_bad_argument("fork_exec", "4", "tuple", tuple);
    return false;
  }
  size_t count = tuple_count(tuple);
  if (!(f->pass = malloc((count + 1) * sizeof(int)))) {
    raise_memory_error();
    return false;
  }
  for (size_t i = 0; i < count; i++) {
    int64_t descriptor = -1;
    Value item = tuple_item(tuple, i);
    if (!value_is_int(item) || !int_fits_int64(item, &descriptor) || descriptor < 0 || descriptor > INT32_MAX ||
        (i > 0 && descriptor <= f->pass[i - 1])) {
      raise_value_error("bad value(s) in fds_to_keep");
      return false;
    }
    f->pass[i] = (int)descriptor;
    f->pass_count = i + 1;
  }
  // The pipe through which failures are reported stays open until the exec.
  if (!passes(f, f->report_write)) f->pass[f->pass_count++] = f->report_write;
  qsort(f->pass, f->pass_count, sizeof(int), compare_ints);
  return true;
}

static bool parse_groups(ForkExec *f, Value value) {
  if (value == VALUE_NONE) return true;
  if (!value_is_list(value)) {
    raise_type_error("setgroups argument must be a sequence");
    return false;
  }
  size_t count = list_count(value);
  if (count > 65536) {
    raise_value_error("too many extra_groups");
    return false;
  }
  if (!(f->groups = malloc((count + 1) * sizeof(gid_t)))) {
    raise_memory_error();
    return false;
  }
  for (size_t i = 0; i < count; i++) {
    Value item = list_item(value, i);
    if (!item || !value_is_int(item)) {
      raise_type_error("extra_groups must be integers");
      return false;
    }
    if (!parse_id(item, "gid", &f->groups[i])) {
      if (exception_clear_if(CLASS_OVERFLOW_ERROR)) raise_value_error("invalid group id");
      return false;
    }
  }
  f->group_count = count;
  f->set_groups = true;
  return true;
}

static bool parse_executables(ForkExec *f, Value value) {
  Value tuple = value_to_tuple(value);
  return tuple && (f->executables = process_arguments(tuple));
}

static bool parse_all(ForkExec *f, Value *a, Value *keep) {
  int *numbers[] = {&f->to_child_read, &f->to_child_write, &f->from_child_read, &f->from_child_write,
                    &f->error_read,    &f->error_write,    &f->report_read,     &f->report_write};
  for (int i = 0; i < 8; i++)
    if (!value_as_int(a[6 + i], numbers[i])) return false;
  int close_descriptors = value_truth(a[2]), restore = value_truth(a[14]), session = value_truth(a[15]);
  if (close_descriptors < 0 || restore < 0 || session < 0) return false;
  f->close_descriptors = close_descriptors;
  f->restore_signals = restore;
  f->new_session = session;
  if (close_descriptors && f->report_write < 3) {
    raise_value_error("errpipe_write must be >= 3");
    return false;
  }
  if (!parse_pass(f, a[3])) return false;
  if (a[4] != VALUE_NONE) {
    if (!(*keep = path_as_bytes(a[4]))) return false;
    f->directory = (const char *)value_as_bytes(*keep)->data;
  }
  if (!value_is_tuple(a[0]) && !value_is_list(a[0])) {
    Value list = value_to_list(a[0]);
    if (!list) return false;
    a[0] = list;
  }
  if (!(f->arguments = process_arguments(a[0])) || !parse_executables(f, a[1])) return false;
  if (a[5] != VALUE_NONE) { // a list of b"NAME=VALUE"
    Value list = value_to_tuple(a[5]);
    if (!list || !(f->environment = process_arguments(list))) return false;
  }
  if (!value_as_int(a[16], &f->process_group)) return false;
  if (a[17] != VALUE_NONE) {
    if (!parse_id(a[17], "gid", &f->group)) return false;
    f->set_group = true;
  }
  if (!parse_groups(f, a[18])) return false;
  if (a[19] != VALUE_NONE) {
    if (!parse_id(a[19], "uid", &f->user)) return false;
    f->set_user = true;
  }
  if (!value_as_int(a[20], &f->mask)) return false;
  if (a[21] != VALUE_NONE) {
    f->preexec = a[21];
    f->preexec_arguments = tuple_empty;
  }
  return true;
}

// Handlers are for the parent: in its memory, which the child of a vfork shares, they must not run.
static void reset_signals(const sigset_t *mask) {
  for (int number = 1; number < NSIG; number++) {
    struct sigaction action;
    if (sigaction(number, NULL, &action) < 0 || action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) continue;
    action = (struct sigaction){.sa_handler = SIG_DFL};
    sigaction(number, &action, NULL);
  }
  pthread_sigmask(SIG_SETMASK, mask, NULL);
}
// Without a copy of our address space, which takes milliseconds: the child borrows it until it executes the program.
static pid_t vfork_child(ForkExec *f) {
  sigset_t all, mask;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &mask);
  blocking_enter();
  pid_t pid = vfork();
  if (pid == 0) {
    reset_signals(&mask);
    const char *where = child_run(f);
    child_report(f, where);
    _exit(255);
  }
  int error = errno;
  blocking_leave();
  pthread_sigmask(SIG_SETMASK, &mask, NULL);
  errno = error;
  return pid;
}

static pid_t fork_child(ForkExec *f) {
  // Changing identities goes through the C library's list of threads, which a child that shares our memory must not
  // touch.
  if (!f->preexec && !f->set_user && !f->set_group && !f->set_groups) return vfork_child(f);
  if (f->preexec)
    process_before_fork();
  else
    world_stop();
  pid_t pid = fork();
  int error = errno;
  if (pid == 0) {
    if (f->preexec) process_after_fork_child();
    const char *where = child_run(f);
    child_report(f, where);
    _exit(255);
  }
  if (f->preexec)
    process_after_fork_parent();
  else
    world_start();
  errno = error;
  return pid;
}

static Value subprocess_fork_exec(Value *arguments) {
  ForkExec f = {};
  Value keep = NULL, result = NULL;
  if (parse_all(&f, arguments, &keep)) {
    pid_t pid = fork_child(&f);
    result = pid < 0 ? system_error() : int_from_int64(pid);
  }
  strings_free(f.arguments);
  strings_free(f.executables);
  strings_free(f.environment);
  free(f.pass);
  free(f.groups);
  KEEP(keep);
  return result;
}

static const NativeMethod subprocess_functions[] = {
    NATIVE("fork_exec", subprocess_fork_exec,
           "(args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, "
           "errwrite, errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, "
           "child_umask, preexec_fn, allow_vfork, /)",
           "Fork, and run a program in the child."),
    {}};
const NativeModule posixsubprocess_module = {"_posixsubprocess", "Starting programs.", subprocess_functions, NULL};
