// The select module: select(), poll() and epoll.
//
// A wait that a signal interrupts continues with the time that is left, once the signal's handler has run. So does a
// longer wait once it has looked for the dead.
#include "runtime/heap/heap.h"
#include "runtime/module/system.h"
#include "runtime/module/waiting.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/thread/lock.h"

#include <limits.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

static Class *poll_class, *epoll_class;

// A wait, and how long it, and its next part, still are in nanoseconds; negative: for ever.
typedef struct Deadline {
  int64_t left, part;
  bool looks; // for the dead, when the part is over; otherwise the wait has ended then
  Lookout lookout;
} Deadline;

static void deadline_next(Deadline *deadline) {
  deadline->left = time_left(time_monotonic(), deadline->lookout.deadline);
  deadline->part = lookout_part(&deadline->lookout, deadline->left);
  deadline->looks = deadline->part >= 0;
  if (!deadline->looks) deadline->part = deadline->left;
}

// None or absent: it waits for ever.
static bool deadline_start(Deadline *deadline, Value value, bool milliseconds, NativeCaller caller) {
  int64_t timeout = -1;
  bool limited = value && value != VALUE_NONE;
  if (limited && milliseconds) {
    Value scaled = value_binary(BINARY_TRUE_DIVIDE, value, value_from_small_int(1000));
    if (!scaled) {
      if (exception_clear_if(CLASS_TYPE_ERROR)) raise_type_error("timeout must be an integer or None");
      return false;
    }
    value = scaled;
  }
  if (limited && !time_parse_nanoseconds(value, TIME_ROUND_UP, &timeout)) {
    if (exception_clear_if(CLASS_TYPE_ERROR))
      raise_type_error(milliseconds ? "timeout must be an integer or None" : "timeout must be a float or None");
    return false;
  }
  deadline->lookout = lookout_start(caller, time_deadline(timeout), false);
  deadline_next(deadline);
  return true;
}
// A part of the wait is over, which gave `count`: of what is ready, or -1 and errno. 1: it goes on with the time that
// is left; 0: it has ended; -1: exception pending, or the call is to be made again (waiting.h).
static int deadline_again(Deadline *deadline, int count) {
  if (count > 0 || (count == 0 && !deadline->looks)) return 0;
  if (count < 0 && errno != EINTR) {
    system_error();
    return -1;
  }
  if (count == 0 && !lookout_look(&deadline->lookout)) return -1;
  if (!safepoint_handle()) return -1;
  deadline_next(deadline);
  return 1;
}
// As poll() and epoll_wait() want it.
static int deadline_milliseconds(const Deadline *deadline) {
  return deadline->part < 0 ? -1 : (int)((deadline->part + 999999) / 1000000);
}
static bool deadline_start_milliseconds(Deadline *deadline, Value value, bool milliseconds, NativeCaller caller) {
  if (lookout_goes_on(&deadline->lookout, caller, false)) {
    deadline_next(deadline);
    return true;
  }
  if (!deadline_start(deadline, value, milliseconds, caller)) return false;
  if (deadline->left <= (int64_t)INT_MAX * 1000000) return true;
  raise(CLASS_OVERFLOW_ERROR, "timeout is too large");
  return false;
}

// ---- select() ----

typedef struct SelectList {
  Value items; // list of the objects given
  int *descriptors;
  size_t count;
  fd_set set;
  int highest;
} SelectList;

static bool select_list_fill(SelectList *list, Value sequence) {
  FD_ZERO(&list->set);
  list->highest = -1;
  list->descriptors = NULL;
  list->count = 0;
  if (!value_special(sequence, SPECIAL_ITER) && !value_special(sequence, SPECIAL_GETITEM)) {
    raise_type_error("arguments 1-3 must be sequences");
    return false;
  }
  // A list may change while fileno() of its items runs: what it holds at each step counts.
  Value source = value_is_list(sequence) ? sequence : value_to_list(sequence);
  if (!source || !(list->items = list_new(NULL, 0))) return false;
  if (!(list->descriptors = malloc(FD_SETSIZE * sizeof(int)))) {
    raise_memory_error();
    return false;
  }
  for (size_t i = 0; i < list_count(source); i++) {
    Value item = list_item(source, i);
    if (!item) break;
    int descriptor = descriptor_from_value(item);
    if (descriptor < 0) return false;
    if (descriptor >= FD_SETSIZE) {
      raise_value_error("filedescriptor out of range in select()");
      return false;
    }
    if (list->count >= FD_SETSIZE) {
      raise_value_error("too many file descriptors in select()");
      return false;
    }
    if (!list_append(list->items, item)) return false;
    if (descriptor > list->highest) list->highest = descriptor;
    FD_SET(descriptor, &list->set);
    list->descriptors[list->count++] = descriptor;
  }
  return true;
}

static Value list_ready(const SelectList *list, const fd_set *set) {
  Value ready = list_new(NULL, 0);
  for (size_t i = 0; ready && i < list->count; i++)
    if (FD_ISSET(list->descriptors[i], set) && !list_append(ready, list_item(list->items, i))) return NULL;
  return ready;
}

static Value select_select(Value readers, Value writers, Value exceptional, Value timeout) {
  Value sequences[3] = {readers, writers, exceptional};
  SelectList lists[3] = {};
  Deadline deadline;
  Value result = NULL;
  if (!deadline_start(&deadline, timeout, false, CALLER_NATIVE)) return NULL;
  if (timeout && timeout != VALUE_NONE && deadline.left < 0) return raise_value_error("timeout must be non-negative");
  bool filled = select_list_fill(&lists[0], sequences[0]) && select_list_fill(&lists[1], sequences[1]) &&
                select_list_fill(&lists[2], sequences[2]);
  while (filled) {
    fd_set sets[3] = {lists[0].set, lists[1].set, lists[2].set};
    int highest = -1, count;
    for (int i = 0; i < 3; i++)
      if (lists[i].highest > highest) highest = lists[i].highest;
    int64_t part = deadline.part;
    struct timeval time = {part / 1000000000, (part % 1000000000 + 999) / 1000};
    if (time.tv_usec >= 1000000) {
      time.tv_sec++;
      time.tv_usec -= 1000000;
    }
    BLOCKING(count = select(highest + 1, &sets[0], &sets[1], &sets[2], part < 0 ? NULL : &time));
    int again = deadline_again(&deadline, count);
    if (again > 0) continue;
    if (again < 0) break;
    Value ready[3];
    for (int i = 0; i < 3; i++)
      if (!(ready[i] = list_ready(&lists[i], &sets[i]))) goto done;
    result = tuple_new(ready, 3);
    break;
  }
done:
  for (int i = 0; i < 3; i++) free(lists[i].descriptors);
  KEEP(lists[0].items);
  KEEP(lists[1].items);
  KEEP(lists[2].items);
  return result;
}

// ---- poll ----

typedef struct Poll {
  Cell head;
  Value events; // dict: descriptor -> event mask
  // ---- end of values
  bool running;
} Poll;

static Poll *as_poll(Value self) {
  return (Poll *)value_cell(self);
}

static bool parse_events(Value value, unsigned short *events) {
  Value number = value_index(value);
  int64_t mask;
  if (!number) return false;
  if (int_sign(number) < 0) {
    raise_value_error("value must be positive");
    return false;
  }
  if (int_fits_int64(number, &mask) && mask <= USHRT_MAX) {
    *events = (unsigned short)mask;
    return true;
  }
  raise(CLASS_OVERFLOW_ERROR, "Python int too large for C unsigned short");
  return false;
}

static Value poll_store(Value self, Value fd, Value mask, bool must_exist) {
  int descriptor = descriptor_from_value(fd);
  unsigned short events = POLLIN | POLLPRI | POLLOUT;
  if (descriptor < 0 || (mask && !parse_events(mask, &events))) return NULL;
  Value key = value_from_small_int(descriptor);
  if (must_exist && !dict_get(as_poll(self)->events, key)) return raise_os_error(ENOENT, NULL);
  return dict_set(as_poll(self)->events, key, value_from_small_int(events)) ? VALUE_NONE : NULL;
}
static Value poll_register(Value self, Value fd, Value mask) {
  return poll_store(self, fd, mask, false);
}
static Value poll_modify(Value self, Value fd, Value mask) {
  return poll_store(self, fd, mask, true);
}
static Value poll_unregister(Value self, Value fd) {
  int descriptor = descriptor_from_value(fd);
  if (descriptor < 0) return NULL;
  Value key = value_from_small_int(descriptor);
  int deleted = dict_delete(as_poll(self)->events, key);
  return deleted > 0 ? VALUE_NONE : deleted == 0 ? raise_key_error(key) : NULL;
}

static Value poll_collect(const struct pollfd *fds, size_t count) {
  Value list = list_new(NULL, 0);
  for (size_t i = 0; list && i < count; i++) {
    if (!fds[i].revents) continue;
    Value pair = tuple_of(2, value_from_small_int(fds[i].fd), value_from_small_int((unsigned short)fds[i].revents));
    if (!pair || !list_append(list, pair)) return NULL;
  }
  return list;
}

static Value poll_poll(Value self, Value timeout) {
  Poll *poll_object = as_poll(self);
  Deadline deadline;
  NativeCaller caller = native_caller((const void *)poll_poll);
  if (!deadline_start_milliseconds(&deadline, timeout, true, caller)) return NULL;
  if (__atomic_exchange_n(&poll_object->running, true, __ATOMIC_ACQ_REL))
    return raise(CLASS_RUNTIME_ERROR, "concurrent poll() invocation");
  size_t capacity = dict_count(poll_object->events) + 1, count = 0, position = 0;
  struct pollfd *fds = calloc(capacity, sizeof *fds);
  Value key, mask, result = NULL;
  if (!fds) raise_memory_error();
  while (fds && count < capacity && dict_next(poll_object->events, &position, &key, &mask))
    fds[count++] = (struct pollfd){.fd = (int)value_small_int(key), .events = (short)value_small_int(mask)};
  while (fds) {
    int ready;
    waiting_begin(lookout_is_direct(&deadline.lookout));
    ready = poll(fds, count, deadline_milliseconds(&deadline));
    blocking_leave();
    int again = deadline_again(&deadline, ready);
    if (again == 0) result = poll_collect(fds, count);
    if (again <= 0) break;
  }
  free(fds);
  __atomic_store_n(&poll_object->running, false, __ATOMIC_RELEASE);
  return result;
}

static Value select_poll(void) {
  Value events = dict_new();
  Poll *poll_object = events ? class_allocate(poll_class, 0) : NULL;
  if (!poll_object) return NULL;
  gc_init(poll_object, &poll_object->events, events);
  return value_from_cell(poll_object);
}

static const NativeMethod poll_methods[] = {
    NATIVE("register", poll_register, "($self, fd, eventmask=<unrepresentable>, /)", "Add a descriptor."),
    NATIVE("modify", poll_modify, "($self, fd, eventmask, /)", "Change a descriptor's events."),
    NATIVE("unregister", poll_unregister, "($self, fd, /)", "Remove a descriptor."),
    NATIVE("poll", poll_poll, "($self, timeout=None, /)", "Wait; return (descriptor, events) pairs.", NATIVE_WAITS),
    {}};
static const CellType poll_cell_type = {.name = "poll", CELL_VALUES(Poll, events, events)};
static const ClassDef poll_definition = {.name = "select.poll",
                                         .cell_type = &poll_cell_type,
                                         .instance_size = sizeof(Poll),
                                         .flags = CLASS_NO_NEW,
                                         .methods = poll_methods};

// ---- epoll ----

typedef struct Epoll {
  Cell head;
  _Atomic int descriptor; // -1: closed
} Epoll;

static Epoll *as_epoll(Value self) {
  return (Epoll *)value_cell(self);
}
static bool epoll_is_open(Value self) {
  if (as_epoll(self)->descriptor >= 0) return true;
  raise_value_error("I/O operation on closed epoll object");
  return false;
}

static Value epoll_make(Value class, int descriptor) {
  Epoll *epoll = class_allocate(value_as_class(class), 0);
  if (!epoll) return NULL;
  epoll->descriptor = descriptor;
  return value_from_cell(epoll);
}

static Value epoll_new(Value class, Value size_value, Value flags_value) {
  int size = -1, flags = 0;
  if ((size_value && !value_as_int(size_value, &size)) || (flags_value && !value_as_int(flags_value, &flags)))
    return NULL;
  if (size < -1 || size == 0) return raise_value_error("negative sizehint");
  if (flags & ~EPOLL_CLOEXEC) return raise_os_error(EINVAL, NULL);
  int descriptor;
  BLOCKING(descriptor = epoll_create1(flags | EPOLL_CLOEXEC));
  return descriptor < 0 ? system_error() : epoll_make(class, descriptor);
}
static Value epoll_fromfd(Value class, Value fd) {
  int descriptor;
  return value_as_int(fd, &descriptor) ? epoll_make(class, descriptor) : NULL;
}

static Value epoll_close(Value self) {
  int descriptor = atomic_exchange(&as_epoll(self)->descriptor, -1), result = 0;
  if (descriptor >= 0) BLOCKING(result = close(descriptor));
  return result < 0 ? system_error() : VALUE_NONE;
}
static Value epoll_del(Value self) {
  int descriptor = atomic_exchange(&as_epoll(self)->descriptor, -1);
  if (descriptor >= 0) close(descriptor);
  return VALUE_NONE;
}
static Value epoll_enter(Value self) {
  return epoll_is_open(self) ? self : NULL;
}
static Value epoll_exit(Value self, [[maybe_unused]] Value arguments) {
  return value_call_method_0(self, "close");
}
static Value epoll_fileno(Value self) {
  return epoll_is_open(self) ? value_from_small_int(as_epoll(self)->descriptor) : NULL;
}
static Value epoll_get_closed(Value self) {
  return value_from_bool(as_epoll(self)->descriptor < 0);
}

static Value epoll_control(Value self, int operation, Value fd, Value mask) {
  int64_t events = EPOLLIN | EPOLLPRI | EPOLLOUT;
  if (!epoll_is_open(self)) return NULL;
  int descriptor = descriptor_from_value(fd), result;
  if (descriptor < 0 || (mask && !value_as_int64(mask, &events))) return NULL;
  struct epoll_event event = {.events = (uint32_t)events, .data.fd = descriptor};
  BLOCKING(result = epoll_ctl(as_epoll(self)->descriptor, operation, descriptor, &event));
  return result < 0 ? system_error() : VALUE_NONE;
}
static Value epoll_register(Value self, Value fd, Value mask) {
  return epoll_control(self, EPOLL_CTL_ADD, fd, mask);
}
static Value epoll_modify(Value self, Value fd, Value mask) {
  return epoll_control(self, EPOLL_CTL_MOD, fd, mask);
}
static Value epoll_unregister(Value self, Value fd) {
  return epoll_control(self, EPOLL_CTL_DEL, fd, NULL);
}

static Value epoll_collect(const struct epoll_event *events, int count) {
  Value list = list_new(NULL, 0);
  for (int i = 0; list && i < count; i++) {
    Value pair = tuple_of(2, value_from_small_int(events[i].data.fd), value_from_small_int(events[i].events));
    if (!pair || !list_append(list, pair)) return NULL;
  }
  return list;
}

static Value epoll_poll(Value self, Value timeout, Value maximum_value) {
  int maximum = -1;
  Deadline deadline;
  NativeCaller caller = native_caller((const void *)epoll_poll);
  if (!epoll_is_open(self) || !deadline_start_milliseconds(&deadline, timeout, false, caller) ||
      (maximum_value && !value_as_int(maximum_value, &maximum)))
    return NULL;
  if (maximum == -1) maximum = FD_SETSIZE - 1;
  if (maximum < 1) return raise_value_error("maxevents must be greater than 0, got %d", maximum);
  struct epoll_event *events = calloc((size_t)maximum, sizeof *events);
  if (!events) return raise_memory_error();
  Value result = NULL;
  for (;;) {
    int count;
    waiting_begin(lookout_is_direct(&deadline.lookout));
    count = epoll_wait(as_epoll(self)->descriptor, events, maximum, deadline_milliseconds(&deadline));
    blocking_leave();
    int again = deadline_again(&deadline, count);
    if (again == 0) result = epoll_collect(events, count);
    if (again <= 0) break;
  }
  free(events);
  return result;
}

static const NativeMethod epoll_methods[] = {
    NATIVE("__new__", epoll_new, "($type, /, sizehint=-1, flags=0)", NULL, NATIVE_STATIC),
    NATIVE("fromfd", epoll_fromfd, "($type, fd, /)", "An object for an epoll descriptor.", NATIVE_CLASS),
    NATIVE("close", epoll_close, "($self, /)", "Close the descriptor."),
    NATIVE("__del__", epoll_del, "($self, /)", "Close the descriptor."),
    NATIVE("__enter__", epoll_enter, "($self, /)", NULL),
    NATIVE("__exit__", epoll_exit, "($self, *args)", NULL),
    NATIVE("fileno", epoll_fileno, "($self, /)", "The descriptor."),
    NATIVE("register", epoll_register, "($self, /, fd, eventmask=<unrepresentable>)", "Add a descriptor."),
    NATIVE("modify", epoll_modify, "($self, /, fd, eventmask)", "Change a descriptor's events."),
    NATIVE("unregister", epoll_unregister, "($self, /, fd)", "Remove a descriptor."),
    NATIVE("poll", epoll_poll, "($self, /, timeout=None, maxevents=-1)", "Wait; return (descriptor, events) pairs.",
           NATIVE_WAITS),
    {}};
static const NativeProperty epoll_properties[] = {{"closed", epoll_get_closed, NULL, "True if it is closed"}, {}};
static const CellType epoll_cell_type = {.name = "epoll"};
static const ClassDef epoll_definition = {.name = "select.epoll",
                                          .doc = "An epoll object.",
                                          .cell_type = &epoll_cell_type,
                                          .instance_size = sizeof(Epoll),
                                          .flags = CLASS_BASE_TYPE,
                                          .methods = epoll_methods,
                                          .properties = epoll_properties};

static const NativeMethod select_functions[] = {
    NATIVE("select", select_select, "(rlist, wlist, xlist, timeout=None, /)", "Wait for descriptors."),
    NATIVE("poll", select_poll, "()", "A poll object."),
    {}};

static bool select_initialize(Value module) {
  // clang-format off
  static const IntConstant numbers[] = {
#define C(name) {#name, name},
      C(PIPE_BUF) C(POLLIN) C(POLLPRI) C(POLLOUT) C(POLLERR) C(POLLHUP) C(POLLNVAL) C(POLLRDNORM) C(POLLRDBAND)
      C(POLLWRNORM) C(POLLWRBAND) C(POLLMSG) C(POLLRDHUP) C(EPOLLIN) C(EPOLLOUT) C(EPOLLPRI) C(EPOLLERR) C(EPOLLHUP)
      C(EPOLLRDHUP) C(EPOLLONESHOT) C(EPOLLEXCLUSIVE) C(EPOLLRDNORM) C(EPOLLRDBAND) C(EPOLLWRNORM)
      C(EPOLLWRBAND) C(EPOLLMSG) C(EPOLL_CLOEXEC)
#undef C
      {"EPOLLET", 0x80000000}, {}};
  // clang-format on
  heap_add_root_range((Value *)(void *)&poll_class, 1);
  poll_class = class_from_definition(&poll_definition, NULL);
  return poll_class && module_add_constants(module, numbers) &&
         module_add(module, "error", value_from_cell(BUILTIN(OS_ERROR))) &&
         module_add_class(module, &epoll_definition, NULL, &epoll_class);
}

const NativeModule select_module = {"select", "Waiting for file descriptors.", select_functions, select_initialize};
