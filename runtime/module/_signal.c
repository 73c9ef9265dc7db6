// The _signal module. A signal only sets flags in its C handler; the Python handler runs at the main thread's next
// safepoint (POLL_SIGNAL), or as soon as a system call that the signal interrupted has returned.
#include "runtime/heap/heap.h"
#include "runtime/module/signals.h"
#include "runtime/module/system.h"
#include "runtime/module/waiting.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/frame.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/object/struct_sequence.h"

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum : int { SIGNAL_COUNT = NSIG };

static Value handlers[SIGNAL_COUNT]; // callable, 0 (default), 1 (ignore), None (not installed by Python); roots
static volatile sig_atomic_t tripped[SIGNAL_COUNT];
static volatile sig_atomic_t any_tripped;
static bool interrupt_lost; // a finalizer was interrupted; used by the main thread
static Thread *main_thread;
static volatile int wakeup_descriptor = -1;
static volatile int wakeup_error; // errno of a failed write to it, to be reported
static bool wakeup_warns = true;
static Class *itimer_error_class, *siginfo_class;

bool signals_is_main_thread(void) {
  return thread_current() == main_thread;
}

// ---- Delivery ----

static void signal_arrived(int number) {
  int error = errno;
  tripped[number] = 1;
  any_tripped = 1;
  safepoint_request(main_thread, POLL_SIGNAL);
  wait_wake_main(main_thread);
  int descriptor = wakeup_descriptor;
  if (descriptor >= 0) {
    unsigned char byte = (unsigned char)number;
    if (write(descriptor, &byte, 1) < 0 && (wakeup_warns || (errno != EAGAIN && errno != EWOULDBLOCK)))
      wakeup_error = errno;
  }
  errno = error;
}

static bool handler_is(Value handler, int number) {
  return handler == value_from_small_int(number);
}

static bool run_handler(int number) {
  Value handler = gc_load(&handlers[number]);
  if (!handler || handler == VALUE_NONE || handler_is(handler, 0) || handler_is(handler, 1)) return true;
  Frame *frame = frame_skip_entries(thread_current()->frame);
  Value frame_object = frame ? frame_get_object(frame) : VALUE_NONE;
  return frame_object && value_call_2(handler, value_from_small_int(number), frame_object);
}

// signal_hook: runs the handlers of all signals that have arrived. False: one raised; the others wait.
static bool signals_run(void) {
  if (!signals_is_main_thread()) return true;
  if (interrupt_lost && thread_current()->finalizer_depth > 0) {
    safepoint_request(main_thread, POLL_SIGNAL); // to look again
  } else if (interrupt_lost) {
    interrupt_lost = false;
    tripped[SIGINT] = any_tripped = 1;
  }
  if (!any_tripped) return true;
  any_tripped = 0;
  if (wakeup_error) {
    int error = wakeup_error;
    wakeup_error = 0;
    Value pending = exception_pending() ? exception_take() : NULL;
    raise_os_error(error, NULL);
    exception_write_unraisable(NULL, "Exception ignored when trying to write to the signal wakeup fd");
    if (pending) exception_restore(pending);
  }
  for (int number = 1; number < SIGNAL_COUNT; number++) {
    if (!tripped[number]) continue;
    tripped[number] = 0;
    if (run_handler(number)) continue;
    any_tripped = 1;
    safepoint_request(main_thread, POLL_SIGNAL);
    return false;
  }
  return true;
}

bool signals_simulate(int number) {
  Value handler = gc_load(&handlers[number]);
  if (!handler || handler == VALUE_NONE || handler_is(handler, 0) || handler_is(handler, 1)) return true;
  signal_arrived(number);
  return !signals_is_main_thread() || safepoint_handle();
}

void signals_after_fork(void) {
  main_thread = thread_current();
  any_tripped = 0;
  for (int i = 0; i < SIGNAL_COUNT; i++) tripped[i] = 0;
}

static bool install(int number, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
  return sigaction(number, &action, NULL) == 0;
}

// What is raised in a finalizer is ignored, but the program is to be interrupted all the same: once more, when the
// finalizers are done.
static Value signal_default_int_handler([[maybe_unused]] Value number, [[maybe_unused]] Value frame) {
  if (thread_current()->finalizer_depth > 0 && signals_is_main_thread()) {
    interrupt_lost = true;
    safepoint_request(main_thread, POLL_SIGNAL);
  }
  return raise_none(CLASS_KEYBOARD_INTERRUPT);
}

// ---- Arguments ----

static bool parse_signal(Value value, int *number) {
  if (!value_as_int(value, number)) return false;
  if (*number >= 1 && *number < SIGNAL_COUNT) return true;
  raise_value_error("signal number out of range");
  return false;
}

bool signals_parse_set(Value numbers, sigset_t *set) {
  sigemptyset(set);
  Value item;
  Iteration i = iteration_start(numbers);
  while (iteration_next(&i, &item)) {
    int64_t number;
    Value index = value_index(item);
    if (!index) return false;
    if (!int_fits_int64(index, &number) || number < 1 || number >= SIGNAL_COUNT) {
      raise_value_error("signal number %S out of range [1; %i]", index, SIGNAL_COUNT - 1);
      return false;
    }
    sigaddset(set, (int)number); // fails for the C library's own signals only, which nobody may touch
  }
  return !iteration_failed(&i);
}

static Value set_value(const sigset_t *set) {
  Value list = list_new(NULL, 0);
  for (int number = 1; list && number < SIGNAL_COUNT; number++)
    if (sigismember(set, number) == 1 && !list_append(list, value_from_small_int(number))) return NULL;
  return list ? value_call_1(value_from_cell(BUILTIN(SET)), list) : NULL;
}

// ---- Handlers ----

static Value signal_signal(Value number_value, Value handler) {
  int number;
  if (!value_as_int(number_value, &number)) return NULL;
  if (!signals_is_main_thread()) return raise_value_error("signal only works in main thread of the main interpreter");
  if (number < 1 || number >= SIGNAL_COUNT) return raise_value_error("signal number out of range");
  bool is_int = value_is_int(handler);
  int ignore = is_int ? value_compare_truth(COMPARE_EQUAL, handler, value_from_small_int(1)) : 0;
  int standard = is_int ? value_compare_truth(COMPARE_EQUAL, handler, value_from_small_int(0)) : 0;
  if (ignore < 0 || standard < 0) return NULL;
  if (!ignore && !standard && !value_is_callable(handler))
    return raise_type_error("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object");
  if (!safepoint_handle()) return NULL; // signals that arrived before belong to the old handler
  if (!install(number, ignore ? SIG_IGN : standard ? SIG_DFL : signal_arrived)) return system_error();
  Value old = handlers[number];
  Value kept = ignore ? value_from_small_int(1) : standard ? value_from_small_int(0) : handler;
  __atomic_store_n(&handlers[number], kept, __ATOMIC_RELEASE);
  return old ? old : VALUE_NONE;
}

static Value signal_getsignal(Value number_value) {
  int number;
  if (!parse_signal(number_value, &number)) return NULL;
  Value handler = gc_load(&handlers[number]);
  return handler ? handler : VALUE_NONE;
}

static Value signal_siginterrupt(Value number_value, Value flag_value) {
  int number, flag;
  if (!value_as_int(number_value, &number) || !value_as_int(flag_value, &flag)) return NULL;
  if (number < 1 || number >= SIGNAL_COUNT) return raise_value_error("signal number out of range");
  struct sigaction action;
  if (sigaction(number, NULL, &action) < 0) return system_error();
  action.sa_flags = flag ? action.sa_flags & ~SA_RESTART : action.sa_flags | SA_RESTART;
  return sigaction(number, &action, NULL) < 0 ? system_error() : VALUE_NONE;
}

static Value signal_set_wakeup_fd(Value fd, Value warn_value) {
  int descriptor;
  int warns = warn_value ? value_truth(warn_value) : 1;
  if (warns < 0 || !value_as_int(fd, &descriptor)) return NULL;
  if (!signals_is_main_thread())
    return raise_value_error("set_wakeup_fd only works in main thread of the main interpreter");
  if (descriptor != -1) {
    struct stat status;
    if (fstat(descriptor, &status) < 0) return system_error();
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0) return system_error();
    if (!(flags & O_NONBLOCK)) return raise_value_error("the fd %i must be in non-blocking mode", descriptor);
  }
  int old = wakeup_descriptor;
  wakeup_descriptor = descriptor;
  wakeup_warns = warns;
  return value_from_small_int(old);
}

static Value signal_strsignal(Value number_value) {
  int number;
  if (!parse_signal(number_value, &number)) return NULL;
  errno = 0;
  const char *text = strsignal(number);
  return errno || !text || strstr(text, "Unknown signal") ? VALUE_NONE : path_decode_c(text);
}

static Value signal_valid_signals(void) {
  sigset_t set;
  sigfillset(&set);
  return set_value(&set);
}

// ---- Sending and waiting ----

static Value finish_sent(int result) {
  if (result < 0) return system_error();
  return safepoint_handle() ? VALUE_NONE : NULL;
}

static Value signal_raise_signal(Value number_value) {
  int number;
  if (!value_as_int(number_value, &number)) return NULL;
  int error = pthread_kill(pthread_self(), number);
  if (error) return raise_os_error(error, NULL);
  return safepoint_handle() ? VALUE_NONE : NULL;
}
static Value signal_pthread_kill(Value thread_value, Value number_value) {
  uint64_t identity;
  int number;
  Value index = value_index(thread_value);
  if (!index || !value_as_int(number_value, &number)) return NULL;
  if (!int_fits_uint64(index, &identity))
    return raise(CLASS_OVERFLOW_ERROR, "Python int too large to convert to C unsigned long");
  int error = pthread_kill((pthread_t)identity, number);
  if (error) return raise_os_error(error, NULL);
  return safepoint_handle() ? VALUE_NONE : NULL;
}
static Value signal_pidfd_send_signal(Value fd, Value number_value, Value information, Value flags_value) {
  int descriptor, number, flags = 0;
  if (!value_as_int(fd, &descriptor) || !value_as_int(number_value, &number) ||
      (flags_value && !value_as_int(flags_value, &flags)))
    return NULL;
  if (information && information != VALUE_NONE) return raise_type_error("siginfo must be None");
  return finish_sent((int)syscall(SYS_pidfd_send_signal, descriptor, number, NULL, flags));
}
static Value signal_pause(void) {
  BLOCKING(pause());
  return safepoint_handle() ? VALUE_NONE : NULL;
}

static Value signal_alarm(Value seconds_value) {
  int seconds;
  return value_as_int(seconds_value, &seconds) ? int_from_uint64(alarm((unsigned)seconds)) : NULL;
}

static bool parse_interval(Value value, struct timeval *time) {
  int64_t nanoseconds;
  if (!time_parse_nanoseconds(value, TIME_ROUND_CEILING, &nanoseconds)) return false;
  int64_t microseconds = nanoseconds / 1000 + (nanoseconds % 1000 > 0);
  time->tv_sec = microseconds / 1000000;
  time->tv_usec = microseconds % 1000000;
  if (time->tv_usec < 0) {
    time->tv_usec += 1000000;
    time->tv_sec--;
  }
  return true;
}
static Value interval_value(const struct itimerval *timer) {
  return tuple_of(2, float_from_double((double)timer->it_value.tv_sec + (double)timer->it_value.tv_usec * 1e-6),
                  float_from_double((double)timer->it_interval.tv_sec + (double)timer->it_interval.tv_usec * 1e-6));
}
static Value raise_itimer_error(void) {
  Value arguments[2] = {value_from_small_int(errno), str_from_c(strerror(errno))};
  Value exception = value_call(value_from_cell(itimer_error_class), arguments, 2, NULL);
  return exception ? raise_object(exception) : NULL;
}
static Value signal_setitimer(Value which_value, Value seconds, Value interval) {
  int which;
  struct itimerval timer = {}, old;
  if (!value_as_int(which_value, &which) || !parse_interval(seconds, &timer.it_value) ||
      (interval && !parse_interval(interval, &timer.it_interval)))
    return NULL;
  if (setitimer((__itimer_which_t)which, &timer, &old) < 0) return raise_itimer_error();
  return safepoint_handle() ? interval_value(&old) : NULL;
}
static Value signal_getitimer(Value which_value) {
  int which;
  struct itimerval timer;
  if (!value_as_int(which_value, &which)) return NULL;
  return getitimer((__itimer_which_t)which, &timer) < 0 ? raise_itimer_error() : interval_value(&timer);
}

static Value signal_pthread_sigmask(Value how_value, Value mask) {
  int how;
  sigset_t set, old;
  if (!value_as_int(how_value, &how) || !signals_parse_set(mask, &set)) return NULL;
  int error = pthread_sigmask(how, &set, &old);
  if (error) return raise_os_error(error, NULL);
  // Signals that were blocked may have arrived now.
  return safepoint_handle() ? set_value(&old) : NULL;
}
static Value signal_sigpending(void) {
  sigset_t set;
  return sigpending(&set) < 0 ? system_error() : set_value(&set);
}
static Value signal_sigwait(Value numbers) {
  sigset_t set;
  int number, error;
  if (!signals_parse_set(numbers, &set)) return NULL;
  BLOCKING(error = sigwait(&set, &number));
  return error ? raise_os_error(error, NULL) : value_from_small_int(number);
}

static const StructField siginfo_fields[] = {{"si_signo", "signal number"},
                                             {"si_code", "signal code"},
                                             {"si_errno", "errno associated with this signal"},
                                             {"si_pid", "sending process ID"},
                                             {"si_uid", "real user ID of sending process"},
                                             {"si_status", "exit value or signal"},
                                             {"si_band", "band event for SIGPOLL"},
                                             {}};
static const StructSequenceDef siginfo_definition = {"signal.struct_siginfo", "What sigwaitinfo() returns.",
                                                     siginfo_fields, 7, false};
static Value siginfo_value(const siginfo_t *info) {
  Value values[7] = {value_from_small_int(info->si_signo), value_from_small_int(info->si_code),
                     value_from_small_int(info->si_errno), value_from_small_int(info->si_pid),
                     value_from_small_int(info->si_uid),   value_from_small_int(info->si_status),
                     value_from_small_int(info->si_band)};
  return struct_sequence_new(siginfo_class, values);
}
static Value signal_sigwaitinfo(Value numbers) {
  sigset_t set;
  siginfo_t info;
  int result;
  if (!signals_parse_set(numbers, &set)) return NULL;
  BLOCKING_RETRY(result, sigwaitinfo(&set, &info));
  return result < 0 ? system_error() : siginfo_value(&info);
}
static Value signal_sigtimedwait(Value numbers, Value timeout) {
  sigset_t set;
  siginfo_t info;
  int64_t nanoseconds;
  if (!signals_parse_set(numbers, &set) || !time_parse_nanoseconds(timeout, TIME_ROUND_CEILING, &nanoseconds))
    return NULL;
  if (nanoseconds < 0) return raise_value_error("timeout must be non-negative");
  int64_t deadline = time_monotonic() + nanoseconds;
  for (;;) {
    struct timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    int result;
    BLOCKING(result = sigtimedwait(&set, &info, &time));
    if (result >= 0) return siginfo_value(&info);
    if (errno == EAGAIN) return VALUE_NONE;
    if (errno != EINTR) return system_error();
    if (!safepoint_handle()) return NULL;
    nanoseconds = deadline - time_monotonic();
    if (nanoseconds < 0) return VALUE_NONE;
  }
}

static const NativeMethod signal_functions[] = {
    NATIVE("default_int_handler", signal_default_int_handler, "(signalnum, frame, /)", "Raise KeyboardInterrupt."),
    NATIVE("alarm", signal_alarm, "(seconds, /)", "Send SIGALRM later."),
    NATIVE("setitimer", signal_setitimer, "(which, seconds, interval=0.0, /)", "Start an interval timer."),
    NATIVE("getitimer", signal_getitimer, "(which, /)", "State of an interval timer."),
    NATIVE("signal", signal_signal, "(signalnum, handler, /)", "Set the handler of a signal."),
    NATIVE("raise_signal", signal_raise_signal, "(signalnum, /)", "Send a signal to this thread."),
    NATIVE("strsignal", signal_strsignal, "(signalnum, /)", "Description of a signal."),
    NATIVE("getsignal", signal_getsignal, "(signalnum, /)", "The handler of a signal."),
    NATIVE("set_wakeup_fd", signal_set_wakeup_fd, "(fd, /, *, warn_on_full_buffer=True)",
           "Set the descriptor to which a byte is written for each signal."),
    NATIVE("siginterrupt", signal_siginterrupt, "(signalnum, flag, /)", "Let a signal interrupt system calls or not."),
    NATIVE("pause", signal_pause, "()", "Wait for a signal."),
    NATIVE("pidfd_send_signal", signal_pidfd_send_signal, "(pidfd, signalnum, siginfo=None, flags=0, /)",
           "Send a signal to a process by descriptor."),
    NATIVE("pthread_kill", signal_pthread_kill, "(thread_id, signalnum, /)", "Send a signal to a thread."),
    NATIVE("pthread_sigmask", signal_pthread_sigmask, "(how, mask, /)", "Change this thread's signal mask."),
    NATIVE("sigpending", signal_sigpending, "()", "Blocked signals that have arrived."),
    NATIVE("sigwait", signal_sigwait, "(sigset, /)", "Wait for one of some signals."),
    NATIVE("sigwaitinfo", signal_sigwaitinfo, "(sigset, /)", "Wait for one of some signals; tell about it."),
    NATIVE("sigtimedwait", signal_sigtimedwait, "(sigset, timeout, /)", "The same for a limited time."),
    NATIVE("valid_signals", signal_valid_signals, "()", "All signals that programs may use."),
    {}};

// ---- Start ----

static bool started;

bool signals_start(void) {
  if (started) return true;
  started = true;
  main_thread = thread_current();
  heap_add_root_range(handlers, SIGNAL_COUNT);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  for (int number = 1; number < SIGNAL_COUNT; number++) {
    struct sigaction action;
    bool known = sigaction(number, NULL, &action) == 0;
    handlers[number] = !known                         ? VALUE_NONE
                       : action.sa_handler == SIG_DFL ? value_from_small_int(0)
                       : action.sa_handler == SIG_IGN ? value_from_small_int(1)
                                                      : VALUE_NONE;
  }
  signal_hook = signals_run;
  return true;
}

static bool signal_initialize(Value module) {
  static const IntConstant numbers[] = {
      {"NSIG", NSIG},
#define C(name) {#name, name},
      C(SIG_BLOCK) C(SIG_UNBLOCK) C(SIG_SETMASK) C(SIGHUP) C(SIGINT) C(SIGQUIT) C(SIGILL) C(SIGTRAP) C(SIGIOT)
          C(SIGABRT) C(SIGFPE) C(SIGKILL) C(SIGBUS) C(SIGSEGV) C(SIGSYS) C(SIGPIPE) C(SIGALRM) C(SIGTERM) C(SIGUSR1)
              C(SIGUSR2) C(SIGCLD) C(SIGCHLD) C(SIGPWR) C(SIGIO) C(SIGURG) C(SIGWINCH) C(SIGPOLL) C(SIGSTOP) C(SIGTSTP)
                  C(SIGCONT) C(SIGTTIN) C(SIGTTOU) C(SIGVTALRM) C(SIGPROF) C(SIGXCPU) C(SIGXFSZ) C(SIGSTKFLT)
                      C(ITIMER_REAL) C(ITIMER_VIRTUAL) C(ITIMER_PROF)
#undef C
                          {"SIG_DFL", 0},
      {"SIG_IGN", 1},
      {}};
  if (!signals_start() || !module_add_constants(module, numbers) || !module_add_int(module, "SIGRTMIN", SIGRTMIN) ||
      !module_add_int(module, "SIGRTMAX", SIGRTMAX))
    return false;
  heap_add_root_range((Value *)(void *)&itimer_error_class, 1);
  heap_add_root_range((Value *)(void *)&siginfo_class, 1);
  siginfo_class = struct_sequence_class_new(&siginfo_definition);
  Value bases = tuple_of(1, value_from_cell(BUILTIN(OS_ERROR))), names = dict_new(),
        name = str_intern_c("itimer_error");
  if (!siginfo_class || !bases || !names || !name || !dict_set_c(names, "__module__", str_from_c("signal")))
    return false;
  Value class = class_create(BUILTIN(TYPE), name, bases, names, NULL, NULL);
  if (!class) return false;
  itimer_error_class = value_as_class(class);
  if (!module_add(module, "ItimerError", class) ||
      !module_add(module, "struct_siginfo", value_from_cell(siginfo_class)))
    return false;
  // SIGINT means KeyboardInterrupt unless the parent process wanted it ignored.
  if (handler_is(handlers[SIGINT], 0)) {
    Value handler = value_get_attribute_c(module, "default_int_handler");
    if (!handler) return false;
    handlers[SIGINT] = handler;
    install(SIGINT, signal_arrived);
  }
  return true;
}

const NativeModule signal_module = {"_signal", "Handlers of signals.", signal_functions, signal_initialize};
