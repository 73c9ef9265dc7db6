// The _socket module: the socket object.
//
// With a timeout the descriptor is non-blocking, and every operation waits by poll() until it can go on or the time is
// over. Interrupted operations continue after the signal's handler has run.
#include "runtime/module/_socket.h"
#include "runtime/module/waiting.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/runtime.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

Class *socket_gaierror_class, *socket_herror_class;
static Class *socket_class;
static _Atomic int64_t default_timeout = -1;

// ---- Waiting ----

typedef enum Direction : short { WAIT_READ = POLLIN, WAIT_WRITE = POLLOUT } Direction;

// Waits until the socket is ready. 1, also for one that is closed, which poll() would wait for; 0: time is over; -1:
// errno.
static int wait_ready(const Socket *socket, Direction direction, int64_t end) {
  if (socket->descriptor < 0) return 1;
  struct pollfd fd = {.fd = socket->descriptor, .events = (short)direction};
  int64_t left = end - time_monotonic();
  if (left < 0) return 0;
  int64_t milliseconds = (left + 999999) / 1000000;
  int result;
  BLOCKING(result = poll(&fd, 1, milliseconds > INT32_MAX ? INT32_MAX : (int)milliseconds));
  return result;
}

static Value raise_timed_out(void) {
  return raise(CLASS_TIMEOUT_ERROR, "timed out");
}

// One operation on a socket, as socket_call() repeats it.
typedef struct Call {
  Direction direction;
  ptrdiff_t (*run)(const Socket *socket, struct Call *call); // -1: errno
  void *data;
  size_t size;
  int flags;
  const void *address;
  SocketAddress *from;
  socklen_t length;
  struct msghdr *message;
} Call;

// Runs the operation until it succeeds, fails or times out. `end`: when the time is over, if the socket has a timeout.
// -1: exception pending.
static ptrdiff_t socket_call_until(Socket *socket, Call *call, int64_t end) {
  bool timed = socket->timeout > 0;
  bool waits = timed || (socket->timeout < 0 && !(call->flags & MSG_DONTWAIT));
  if (waits && call->direction == WAIT_READ &&
      !lookout_before_read(socket->descriptor, timed ? time_left(time_monotonic(), end) : -1, CALLER_NATIVE))
    return -1;
  for (;;) {
    if (timed) {
      int ready = wait_ready(socket, call->direction, end);
      if (ready < 0 && errno == EINTR) {
        if (!safepoint_handle()) return -1;
        continue;
      }
      if (ready < 0) system_error();
      if (ready == 0) raise_timed_out();
      if (ready <= 0) return -1;
    }
    ptrdiff_t result;
    BLOCKING(result = call->run(socket, call));
    if (result >= 0) return result;
    if (errno == EINTR) {
      if (!safepoint_handle()) return -1;
      continue;
    }
    if (timed && (errno == EAGAIN || errno == EWOULDBLOCK)) continue;
    system_error();
    return -1;
  }
}
static ptrdiff_t socket_call(Socket *socket, Call *call) {
  return socket_call_until(socket, call, socket->timeout > 0 ? time_monotonic() + socket->timeout : 0);
}

static bool set_blocking(int descriptor, bool blocking) {
  int flags = !blocking;
  return ioctl(descriptor, FIONBIO, &flags) == 0;
}

// ---- Construction ----

static Value socket_new(Value class, [[maybe_unused]] Value *arguments, [[maybe_unused]] size_t count,
                        [[maybe_unused]] Value keyword_names) {
  Socket *socket = class_allocate(value_as_class(class), 0);
  if (!socket) return NULL;
  socket->descriptor = -1;
  socket->timeout = -1;
  return value_from_cell(socket);
}

static bool query_option(int descriptor, int option, int *result) {
  socklen_t size = sizeof *result;
  return getsockopt(descriptor, SOL_SOCKET, option, result, &size) == 0;
}

static Value socket_init(Value self, Value family_value, Value type_value, Value protocol_value, Value fileno_value) {
  int family = -1, type = -1, protocol = -1, descriptor = -1;
  if ((family_value && !value_as_int(family_value, &family)) || (type_value && !value_as_int(type_value, &type)) ||
      (protocol_value && !value_as_int(protocol_value, &protocol)))
    return NULL;
  if (fileno_value && fileno_value != VALUE_NONE) {
    if (value_is_float(fileno_value)) return raise_type_error("integer argument expected, got float");
    if (!value_as_int(fileno_value, &descriptor)) return NULL;
    if (descriptor < 0) return raise_value_error("negative file descriptor");
    SocketAddress address;
    socklen_t length = sizeof address;
    if (getsockname(descriptor, &address.any, &length) < 0) {
      if (family == -1 || errno == EBADF || errno == ENOTSOCK) return system_error();
    } else if (family == -1) {
      family = address.any.sa_family;
    }
    if (type == -1 && !query_option(descriptor, SO_TYPE, &type)) return system_error();
    if (protocol == -1 && !query_option(descriptor, SO_PROTOCOL, &protocol)) return system_error();
  } else {
    if (family == -1) family = AF_INET;
    if (type == -1) type = SOCK_STREAM;
    if (protocol == -1) protocol = 0;
    BLOCKING(descriptor = socket(family, type | SOCK_CLOEXEC, protocol));
    if (descriptor < 0) return system_error();
  }
  Socket *socket = as_socket(self);
  socket->descriptor = descriptor;
  socket->family = family;
  socket->type = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
  socket->protocol = protocol;
  if (type & SOCK_NONBLOCK) {
    socket->timeout = 0;
  } else {
    socket->timeout = default_timeout;
    if (socket->timeout >= 0 && !set_blocking(descriptor, false)) return system_error();
  }
  return VALUE_NONE;
}

static Value socket_close(Value self) {
  int descriptor = atomic_exchange(&as_socket(self)->descriptor, -1), result = 0;
  if (descriptor < 0) return VALUE_NONE;
  BLOCKING(result = close(descriptor));
  // A connection that the peer has reset is closed all the same.
  return result < 0 && errno != ECONNRESET ? system_error() : VALUE_NONE;
}

static Value socket_del(Value self) {
  Socket *socket = as_socket(self);
  if (socket->descriptor < 0) return VALUE_NONE;
  Value pending = exception_pending() ? exception_take() : NULL;
  warn_unclosed(self, "", self);
  int descriptor = atomic_exchange(&socket->descriptor, -1);
  if (descriptor >= 0) BLOCKING(close(descriptor));
  if (pending) exception_restore(pending);
  return VALUE_NONE;
}

static Value socket_detach(Value self) {
  return value_from_small_int(atomic_exchange(&as_socket(self)->descriptor, -1));
}
static Value socket_fileno(Value self) {
  return value_from_small_int(as_socket(self)->descriptor);
}
static Value socket_repr(Value self) {
  Socket *socket = as_socket(self);
  return str_format_c("<socket object, fd=%d, family=%d, type=%d, proto=%d>", socket->descriptor, socket->family,
                      socket->type, socket->protocol);
}

// ---- Timeouts ----

static bool parse_timeout(Value value, int64_t *timeout) {
  *timeout = -1;
  if (value == VALUE_NONE) return true;
  if (!time_parse_nanoseconds(value, TIME_ROUND_UP, timeout)) return false;
  if (*timeout < 0) {
    raise_value_error("Timeout value out of range");
    return false;
  }
  if (*timeout > INT64_MAX / 4) {
    raise(CLASS_OVERFLOW_ERROR, "timeout doesn't fit into C timeval");
    return false;
  }
  return true;
}
static Value timeout_value(int64_t timeout) {
  return timeout < 0 ? VALUE_NONE : float_from_double((double)timeout / 1e9);
}

static Value apply_timeout(Socket *socket, int64_t timeout) {
  socket->timeout = timeout;
  return set_blocking(socket->descriptor, timeout < 0) ? VALUE_NONE : system_error();
}
static Value socket_settimeout(Value self, Value value) {
  int64_t timeout;
  return parse_timeout(value, &timeout) ? apply_timeout(as_socket(self), timeout) : NULL;
}
static Value socket_gettimeout(Value self) {
  return timeout_value(as_socket(self)->timeout);
}
static Value socket_setblocking(Value self, Value flag) {
  int blocking = value_truth(flag);
  return blocking < 0 ? NULL : apply_timeout(as_socket(self), blocking ? -1 : 0);
}
static Value socket_getblocking(Value self) {
  return value_from_bool(as_socket(self)->timeout != 0);
}
static Value module_getdefaulttimeout(void) {
  return timeout_value(default_timeout);
}
static Value module_setdefaulttimeout(Value value) {
  int64_t timeout;
  if (!parse_timeout(value, &timeout)) return NULL;
  default_timeout = timeout;
  return VALUE_NONE;
}

// ---- Connections ----

static ptrdiff_t run_accept(const Socket *socket, Call *call) {
  call->length = sizeof *call->from;
  return accept4(socket->descriptor, &call->from->any, &call->length, SOCK_CLOEXEC);
}
static Value socket_accept(Value self) {
  SocketAddress address = {};
  Call call = {.direction = WAIT_READ, .run = run_accept, .from = &address};
  ptrdiff_t descriptor = socket_call(as_socket(self), &call);
  if (descriptor < 0) return NULL;
  Value from = socket_address_value(&address, call.length);
  if (!from) {
    close((int)descriptor);
    return NULL;
  }
  return tuple_of(2, value_from_small_int(descriptor), from);
}

static Value socket_bind(Value self, Value value) {
  SocketAddress address;
  socklen_t length;
  int result;
  if (!socket_parse_address(as_socket(self)->family, value, "bind", &address, &length)) return NULL;
  BLOCKING(result = bind(as_socket(self)->descriptor, &address.any, length));
  return posix_none(result);
}

static Value socket_listen(Value self, Value backlog_value) {
  int backlog = 128, result;
  if (backlog_value && !value_as_int(backlog_value, &backlog)) return NULL;
  BLOCKING(result = listen(as_socket(self)->descriptor, backlog < 0 ? 0 : backlog));
  return posix_none(result);
}

// Connects. 0, an error number, or -1 with an exception pending (`raises`: for every failure).
static int do_connect(Socket *socket, const SocketAddress *address, socklen_t length, bool raises) {
  int result;
  BLOCKING(result = connect(socket->descriptor, &address->any, length));
  if (result == 0) return 0;
  int error = errno;
  if (error == EINTR && !safepoint_handle()) return -1;
  // In progress: the connection goes on by itself, and SO_ERROR tells how it ended.
  bool waits = (error == EINTR && socket->timeout != 0) || (error == EINPROGRESS && socket->timeout > 0);
  if (!waits) {
    if (raises) raise_os_error(error, NULL);
    return raises ? -1 : error;
  }
  int64_t end = socket->timeout > 0 ? time_monotonic() + socket->timeout : INT64_MAX;
  for (;;) {
    int ready = wait_ready(socket, WAIT_WRITE, end);
    if (ready > 0) break;
    if (ready == 0) {
      if (raises) raise_timed_out();
      return raises ? -1 : EWOULDBLOCK;
    }
    if (errno != EINTR) {
      system_error();
      return -1;
    }
    if (!safepoint_handle()) return -1;
  }
  if (!query_option(socket->descriptor, SO_ERROR, &error)) error = errno;
  if (error == EISCONN) error = 0;
  if (error && raises) raise_os_error(error, NULL);
  return error && raises ? -1 : error;
}
static Value socket_connect(Value self, Value value) {
  SocketAddress address;
  socklen_t length;
  if (!socket_parse_address(as_socket(self)->family, value, "connect", &address, &length)) return NULL;
  return do_connect(as_socket(self), &address, length, true) == 0 ? VALUE_NONE : NULL;
}
static Value socket_connect_ex(Value self, Value value) {
  SocketAddress address;
  socklen_t length;
  if (!socket_parse_address(as_socket(self)->family, value, "connect_ex", &address, &length)) return NULL;
  int error = do_connect(as_socket(self), &address, length, false);
  return error < 0 ? NULL : value_from_small_int(error);
}

static Value socket_shutdown(Value self, Value how_value) {
  int how, result;
  if (!value_as_int(how_value, &how)) return NULL;
  BLOCKING(result = shutdown(as_socket(self)->descriptor, how));
  return posix_none(result);
}

static Value socket_getsockname(Value self) {
  SocketAddress address = {};
  socklen_t length = sizeof address;
  if (getsockname(as_socket(self)->descriptor, &address.any, &length) < 0) return system_error();
  return socket_address_value(&address, length);
}
static Value socket_getpeername(Value self) {
  SocketAddress address = {};
  socklen_t length = sizeof address;
  if (getpeername(as_socket(self)->descriptor, &address.any, &length) < 0) return system_error();
  return socket_address_value(&address, length);
}

// ---- Options ----

static Value socket_getsockopt(Value self, Value level_value, Value option_value, Value size_value) {
  int level, option, size = 0;
  if (!value_as_int(level_value, &level) || !value_as_int(option_value, &option) ||
      (size_value && !value_as_int(size_value, &size)))
    return NULL;
  if (size == 0) {
    int flag = 0;
    socklen_t length = sizeof flag;
    if (getsockopt(as_socket(self)->descriptor, level, option, &flag, &length) < 0) return system_error();
    return value_from_small_int(flag);
  }
  if (size < 0 || size > 1024) return raise(CLASS_OS_ERROR, "getsockopt buflen out of range");
  uint8_t memory[1024];
  socklen_t length = (socklen_t)size;
  if (getsockopt(as_socket(self)->descriptor, level, option, memory, &length) < 0) return system_error();
  return bytes_new(memory, length);
}

static Value socket_setsockopt(Value self, Value level_value, Value option_value, Value value, Value length_value) {
  int level, option, result;
  if (!value_as_int(level_value, &level) || !value_as_int(option_value, &option)) return NULL;
  int descriptor = as_socket(self)->descriptor;
  if (length_value) {
    int64_t length;
    if (value != VALUE_NONE) return raise_type_error("socket option should be None");
    if (!value_as_int64(length_value, &length)) return NULL;
    result = setsockopt(descriptor, level, option, NULL, (socklen_t)length);
  } else if (value_is_int(value)) {
    int64_t number;
    if (!value_as_int64(value, &number)) return NULL;
    if (number > INT32_MAX || number < INT32_MIN)
      return raise(CLASS_OVERFLOW_ERROR,
                   number > 0 ? "signed integer is greater than maximum" : "signed integer is less than minimum");
    int flag = (int)number;
    result = setsockopt(descriptor, level, option, &flag, sizeof flag);
  } else if (value == VALUE_NONE) {
    return raise_type_error("setsockopt() requires 4 arguments when the third argument is None");
  } else {
    Buffer buffer;
    if (!buffer_acquire(value, &buffer, BUFFER_SIMPLE)) return NULL;
    result = setsockopt(descriptor, level, option, buffer.data, (socklen_t)buffer.length);
    int error = errno;
    buffer_release(&buffer);
    errno = error;
  }
  return posix_none(result);
}

// ---- Receiving ----

static bool parse_flags(Value value, int *flags) {
  *flags = 0;
  return !value || value_as_int(value, flags);
}

static ptrdiff_t run_receive(const Socket *socket, Call *call) {
  if (!call->from) return recv(socket->descriptor, call->data, call->size, call->flags);
  call->length = sizeof *call->from;
  return recvfrom(socket->descriptor, call->data, call->size, call->flags, &call->from->any, &call->length);
}

static Value receive(Value self, Value size_value, Value flags_value, const char *function, SocketAddress *from,
                     socklen_t *length) {
  ptrdiff_t size;
  int flags;
  if (!value_as_size(size_value, &size, CLASS_OVERFLOW_ERROR) || !parse_flags(flags_value, &flags)) return NULL;
  if (size < 0) return raise_value_error("negative buffersize in %s", function);
  Bytes *bytes = bytes_allocate((size_t)size);
  if (!bytes) return NULL;
  Call call = {.direction = WAIT_READ,
               .run = run_receive,
               .data = bytes->data,
               .size = (size_t)size,
               .flags = flags,
               .from = from};
  ptrdiff_t count = socket_call(as_socket(self), &call);
  if (count < 0) return NULL;
  if (length) *length = call.length;
  return count == size ? value_from_cell(bytes) : bytes_new(bytes->data, (size_t)count);
}
static Value socket_recv(Value self, Value size, Value flags) {
  return receive(self, size, flags, "recv", NULL, NULL);
}
static Value socket_recvfrom(Value self, Value size, Value flags) {
  SocketAddress from = {};
  socklen_t length;
  Value data = receive(self, size, flags, "recvfrom", &from, &length);
  Value address = data ? socket_address_value(&from, length) : NULL;
  return address ? tuple_of(2, data, address) : NULL;
}

static Value receive_into(Value self, Value target, Value size_value, Value flags_value, const char *function,
                          SocketAddress *from, socklen_t *length) {
  ptrdiff_t size = 0;
  int flags;
  if ((size_value && !value_as_size(size_value, &size, CLASS_OVERFLOW_ERROR)) || !parse_flags(flags_value, &flags))
    return NULL;
  Buffer buffer;
  if (!buffer_acquire(target, &buffer, BUFFER_WRITABLE)) return NULL;
  Value result = NULL;
  if (size < 0) {
    raise_value_error("negative buffersize in %s", function);
  } else if ((size_t)size > buffer.length) {
    raise_value_error(from ? "nbytes is greater than the length of the buffer"
                           : "buffer too small for requested bytes");
  } else {
    Call call = {.direction = WAIT_READ,
                 .run = run_receive,
                 .data = buffer.data,
                 .size = size ? (size_t)size : buffer.length,
                 .flags = flags,
                 .from = from};
    ptrdiff_t count = socket_call(as_socket(self), &call);
    if (count >= 0) result = int_from_int64(count);
    if (length) *length = call.length;
  }
  buffer_release(&buffer);
  return result;
}
static Value socket_recv_into(Value self, Value buffer, Value size, Value flags) {
  return receive_into(self, buffer, size, flags, "recv_into", NULL, NULL);
}
static Value socket_recvfrom_into(Value self, Value buffer, Value size, Value flags) {
  SocketAddress from = {};
  socklen_t length = 0;
  Value count = receive_into(self, buffer, size, flags, "recvfrom_into", &from, &length);
  Value address = count ? socket_address_value(&from, length) : NULL;
  return address ? tuple_of(2, count, address) : NULL;
}

static ptrdiff_t run_receive_message(const Socket *socket, Call *call) {
  call->message->msg_name = call->from;
  call->message->msg_namelen = sizeof *call->from;
  return recvmsg(socket->descriptor, call->message, call->flags);
}

// The ancillary data of a received message: a list of (level, type, bytes).
static Value ancillary_value(struct msghdr *message) {
  Value list = list_new(NULL, 0);
  if (message->msg_controllen == 0) return list;
  for (struct cmsghdr *at = CMSG_FIRSTHDR(message); list && at; at = CMSG_NXTHDR(message, at)) {
    size_t header = (size_t)(CMSG_DATA(at) - (unsigned char *)at);
    size_t room = (size_t)((char *)message->msg_control + message->msg_controllen - (char *)CMSG_DATA(at));
    size_t size = at->cmsg_len > header ? at->cmsg_len - header : 0;
    bool truncated = size > room;
    if (truncated) size = room;
    if (truncated && !warn(CLASS_RUNTIME_WARNING, 1, "received malformed or improperly-truncated ancillary data"))
      return NULL;
    Value data = bytes_new(CMSG_DATA(at), size);
    Value entry =
        data ? tuple_of(3, value_from_small_int(at->cmsg_level), value_from_small_int(at->cmsg_type), data) : NULL;
    if (!entry || !list_append(list, entry)) return NULL;
    if (truncated) break;
  }
  return list;
}

// Receives a message into `pieces`. `data`: makes the first item of the result from the byte count.
static Value receive_message(Value self, struct iovec *pieces, size_t piece_count, Value ancillary_size_value,
                             Value flags_value, const char *function, Bytes *data) {
  ptrdiff_t ancillary_size = 0;
  int flags;
  if ((ancillary_size_value && !value_as_size(ancillary_size_value, &ancillary_size, CLASS_OVERFLOW_ERROR)) ||
      !parse_flags(flags_value, &flags))
    return NULL;
  if (ancillary_size < 0 || ancillary_size > INT32_MAX)
    return raise_value_error("invalid ancillary data buffer length in %s", function);
  void *control = calloc(1, (size_t)ancillary_size + 1);
  if (!control) return raise_memory_error();
  SocketAddress from = {};
  struct msghdr message = {.msg_iov = pieces,
                           .msg_iovlen = piece_count,
                           .msg_control = ancillary_size ? control : NULL,
                           .msg_controllen = (size_t)ancillary_size};
  Call call = {.direction = WAIT_READ, .run = run_receive_message, .flags = flags, .from = &from, .message = &message};
  ptrdiff_t count = socket_call(as_socket(self), &call);
  Value result = NULL;
  if (count >= 0) {
    Value first = data ? bytes_new(data->data, (size_t)count) : int_from_int64(count);
    Value ancillary = first ? ancillary_value(&message) : NULL;
    Value address = ancillary ? socket_address_value(&from, message.msg_namelen) : NULL;
    if (address) result = tuple_of(4, first, ancillary, value_from_small_int(message.msg_flags), address);
  }
  free(control);
  return result;
}

static Value socket_recvmsg(Value self, Value size_value, Value ancillary_size, Value flags) {
  ptrdiff_t size;
  if (!value_as_size(size_value, &size, CLASS_OVERFLOW_ERROR)) return NULL;
  if (size < 0) return raise_value_error("negative buffer size in recvmsg()");
  Bytes *bytes = bytes_allocate((size_t)size);
  if (!bytes) return NULL;
  struct iovec piece = {bytes->data, (size_t)size};
  return receive_message(self, &piece, 1, ancillary_size, flags, "recvmsg()", bytes);
}

// Buffers of a sequence, in malloc'ed memory; *holder keeps their owners alive.
typedef struct Pieces {
  size_t count;
  struct iovec *vectors;
  Buffer *buffers;
} Pieces;
static void pieces_release(Pieces *pieces) {
  for (size_t i = 0; i < pieces->count; i++) buffer_release(&pieces->buffers[i]);
  free(pieces->vectors);
  free(pieces->buffers);
}
static bool pieces_acquire(Value sequence, int flags, Pieces *pieces, Value *holder) {
  *pieces = (Pieces){};
  if (!(*holder = value_to_list(sequence))) return false;
  size_t count = list_count(*holder);
  pieces->vectors = calloc(count + 1, sizeof *pieces->vectors);
  pieces->buffers = calloc(count + 1, sizeof *pieces->buffers);
  bool done = pieces->vectors && pieces->buffers;
  if (!done) raise_memory_error();
  for (size_t i = 0; done && i < count; i++) {
    done = buffer_acquire(list_item(*holder, i), &pieces->buffers[i], flags);
    if (!done) break;
    pieces->vectors[i] = (struct iovec){pieces->buffers[i].data, pieces->buffers[i].length};
    pieces->count++;
  }
  if (!done) pieces_release(pieces);
  return done;
}

static Value socket_recvmsg_into(Value self, Value buffers, Value ancillary_size, Value flags) {
  Pieces pieces;
  Value holder;
  if (!pieces_acquire(buffers, BUFFER_WRITABLE, &pieces, &holder)) {
    if (exception_clear_if(CLASS_BUFFER_ERROR) || exception_clear_if(CLASS_TYPE_ERROR))
      raise_type_error("recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers");
    return NULL;
  }
  Value result = receive_message(self, pieces.vectors, pieces.count, ancillary_size, flags, "recvmsg_into()", NULL);
  pieces_release(&pieces);
  KEEP(holder);
  return result;
}

// ---- Sending ----

static ptrdiff_t run_send(const Socket *socket, Call *call) {
  if (!call->address) return send(socket->descriptor, call->data, call->size, call->flags);
  return sendto(socket->descriptor, call->data, call->size, call->flags, call->address, call->length);
}

static Value socket_send(Value self, Value data, Value flags_value) {
  int flags;
  Buffer buffer;
  if (!parse_flags(flags_value, &flags) || !buffer_acquire(data, &buffer, BUFFER_SIMPLE)) return NULL;
  Call call = {.direction = WAIT_WRITE, .run = run_send, .data = buffer.data, .size = buffer.length, .flags = flags};
  ptrdiff_t count = socket_call(as_socket(self), &call);
  buffer_release(&buffer);
  return count < 0 ? NULL : int_from_int64(count);
}

static Value socket_sendall(Value self, Value data, Value flags_value) {
  Socket *socket = as_socket(self);
  int flags;
  Buffer buffer;
  if (!parse_flags(flags_value, &flags) || !buffer_acquire(data, &buffer, BUFFER_SIMPLE)) return NULL;
  int64_t end = socket->timeout > 0 ? time_monotonic() + socket->timeout : 0; // for everything together
  bool done = true;
  for (size_t sent = 0; done && sent < buffer.length;) {
    Call call = {.direction = WAIT_WRITE,
                 .run = run_send,
                 .data = buffer.data + sent,
                 .size = buffer.length - sent,
                 .flags = flags};
    ptrdiff_t count = socket_call_until(socket, &call, end);
    done = count >= 0 && safepoint_handle();
    sent += done ? (size_t)count : 0;
  }
  buffer_release(&buffer);
  return done ? VALUE_NONE : NULL;
}

static Value socket_sendto(Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!arguments_check_none_by_keyword("socket.sendto", keyword_names)) return NULL;
  if (count < 2 || count > 3) return raise_type_error("sendto() takes 2 or 3 arguments (%zu given)", count);
  int flags = 0;
  SocketAddress address;
  socklen_t length;
  Buffer buffer;
  if (count == 3 && !value_as_int(arguments[1], &flags)) return NULL;
  if (!buffer_acquire(arguments[0], &buffer, BUFFER_SIMPLE)) return NULL;
  ptrdiff_t sent = -1;
  if (socket_parse_address(as_socket(self)->family, arguments[count - 1], "sendto", &address, &length)) {
    Call call = {.direction = WAIT_WRITE,
                 .run = run_send,
                 .data = buffer.data,
                 .size = buffer.length,
                 .flags = flags,
                 .address = &address,
                 .length = length};
    sent = socket_call(as_socket(self), &call);
  }
  buffer_release(&buffer);
  return sent < 0 ? NULL : int_from_int64(sent);
}

static ptrdiff_t run_send_message(const Socket *socket, Call *call) {
  return sendmsg(socket->descriptor, call->message, call->flags);
}

// Ancillary data from an iterable of (level, type, data), as one malloc'ed block. False: exception.
static bool make_ancillary(Value iterable, struct msghdr *message) {
  if (!iterable) return true;
  Value items = value_to_list(iterable);
  if (!items) return false;
  size_t total = 0, count = list_count(items);
  for (int pass = 0; pass < 2; pass++) {
    struct cmsghdr *at = NULL;
    if (pass) {
      if (total == 0) return true;
      if (!(message->msg_control = calloc(1, total))) {
        raise_memory_error();
        return false;
      }
      message->msg_controllen = total;
      at = CMSG_FIRSTHDR(message);
    }
    for (size_t i = 0; i < count; i++) {
      Value item = list_item(items, i);
      int level, type;
      if (!item || !value_is_tuple(item) || tuple_count(item) != 3) {
        raise_type_error("[sendmsg() ancillary data items] must be 3-item tuples");
        return false;
      }
      if (!value_as_int(tuple_item(item, 0), &level) || !value_as_int(tuple_item(item, 1), &type)) return false;
      Buffer buffer;
      if (!buffer_acquire(tuple_item(item, 2), &buffer, BUFFER_SIMPLE)) return false;
      bool fits = buffer.length < INT32_MAX / 2 && (!pass || at);
      if (fits && pass) {
        at->cmsg_level = level;
        at->cmsg_type = type;
        at->cmsg_len = CMSG_LEN(buffer.length);
        memcpy(CMSG_DATA(at), buffer.data, buffer.length);
        at = CMSG_NXTHDR(message, at);
      } else {
        total += CMSG_SPACE(buffer.length);
      }
      buffer_release(&buffer);
      if (!fits) {
        raise(CLASS_OS_ERROR, "ancillary data item too large");
        return false;
      }
    }
  }
  return true;
}

static Value socket_sendmsg(Value self, Value buffers, Value ancillary, Value flags_value, Value address_value) {
  int flags;
  Pieces pieces;
  Value holder;
  if (!parse_flags(flags_value, &flags) || !pieces_acquire(buffers, BUFFER_SIMPLE, &pieces, &holder)) return NULL;
  SocketAddress address;
  socklen_t length;
  struct msghdr message = {.msg_iov = pieces.vectors, .msg_iovlen = pieces.count};
  bool prepared = true;
  if (address_value && address_value != VALUE_NONE) {
    prepared = socket_parse_address(as_socket(self)->family, address_value, "sendmsg", &address, &length);
    message.msg_name = &address;
    message.msg_namelen = prepared ? length : 0;
  }
  ptrdiff_t sent = -1;
  if (prepared && make_ancillary(ancillary, &message)) {
    Call call = {.direction = WAIT_WRITE, .run = run_send_message, .flags = flags, .message = &message};
    sent = socket_call(as_socket(self), &call);
  }
  free(message.msg_control);
  pieces_release(&pieces);
  KEEP(holder);
  return sent < 0 ? NULL : int_from_int64(sent);
}

static const NativeMethod socket_methods[] = {
    NATIVE("__new__", socket_new, NULL, NULL, NATIVE_STATIC),
    NATIVE("__init__", socket_init, "($self, /, family=-1, type=-1, proto=-1, fileno=None)", "Open a socket."),
    NATIVE("__del__", socket_del, "($self, /)", "Close a socket that dies."),
    NATIVE("__repr__", socket_repr, "($self, /)", "Return repr(self)."),
    NATIVE("_accept", socket_accept, "($self, /)", "Accept a connection: (descriptor, address)."),
    NATIVE("bind", socket_bind, "($self, address, /)", "Give the socket an address."),
    NATIVE("close", socket_close, "($self, /)", "Close the socket."),
    NATIVE("connect", socket_connect, "($self, address, /)", "Connect to an address."),
    NATIVE("connect_ex", socket_connect_ex, "($self, address, /)", "Connect; return an error number."),
    NATIVE("detach", socket_detach, "($self, /)", "Forget the descriptor and return it."),
    NATIVE("fileno", socket_fileno, "($self, /)", "The descriptor."),
    NATIVE("getpeername", socket_getpeername, "($self, /)", "Address of the other end."),
    NATIVE("getsockname", socket_getsockname, "($self, /)", "Address of this end."),
    NATIVE("getsockopt", socket_getsockopt, "($self, level, option, buffersize=0, /)", "Value of an option."),
    NATIVE("setsockopt", socket_setsockopt, "($self, level, option, value, optlen=<unrepresentable>, /)",
           "Set an option."),
    NATIVE("gettimeout", socket_gettimeout, "($self, /)", "The timeout in seconds, or None."),
    NATIVE("settimeout", socket_settimeout, "($self, timeout, /)", "Set the timeout."),
    NATIVE("getblocking", socket_getblocking, "($self, /)", "Whether operations may wait."),
    NATIVE("setblocking", socket_setblocking, "($self, flag, /)", "Let operations wait or not."),
    NATIVE("listen", socket_listen, "($self, backlog=128, /)", "Let others connect."),
    NATIVE("recv", socket_recv, "($self, buffersize, flags=0, /)", "Receive data."),
    NATIVE("recv_into", socket_recv_into, "($self, /, buffer, nbytes=0, flags=0)", "Receive into a buffer."),
    NATIVE("recvfrom", socket_recvfrom, "($self, buffersize, flags=0, /)", "Receive data and the sender's address."),
    NATIVE("recvfrom_into", socket_recvfrom_into, "($self, /, buffer, nbytes=0, flags=0)", "The same into a buffer."),
    NATIVE("recvmsg", socket_recvmsg, "($self, bufsize, ancbufsize=0, flags=0, /)", "Receive data and ancillary data."),
    NATIVE("recvmsg_into", socket_recvmsg_into, "($self, buffers, ancbufsize=0, flags=0, /)",
           "The same into several buffers."),
    NATIVE("send", socket_send, "($self, data, flags=0, /)", "Send data; return how much was sent."),
    NATIVE("sendall", socket_sendall, "($self, data, flags=0, /)", "Send all data."),
    NATIVE("sendto", socket_sendto, NULL, "Send data to an address."),
    NATIVE("sendmsg", socket_sendmsg, "($self, buffers, ancdata=<unrepresentable>, flags=0, address=None, /)",
           "Send several buffers and ancillary data."),
    NATIVE("shutdown", socket_shutdown, "($self, flag, /)", "Shut one or both directions down."),
    {}};
static const NativeMember socket_members[] = {
    {"family", MEMBER_INT32, false, offsetof(Socket, family), "the socket family"},
    {"type", MEMBER_INT32, false, offsetof(Socket, type), "the socket type"},
    {"proto", MEMBER_INT32, false, offsetof(Socket, protocol), "the socket protocol"},
    {}};
static const NativeProperty socket_properties[] = {{"timeout", socket_gettimeout, NULL, "the socket timeout"}, {}};
static const CellType socket_cell_type = {.name = "socket"};
static const ClassDef socket_definition = {.name = "_socket.socket",
                                           .doc = "A socket.",
                                           .cell_type = &socket_cell_type,
                                           .instance_size = sizeof(Socket),
                                           .flags = CLASS_BASE_TYPE,
                                           .methods = socket_methods,
                                           .properties = socket_properties,
                                           .members = socket_members};

// ---- The module ----

static Value module_socketpair(Value family_value, Value type_value, Value protocol_value) {
  int family = AF_UNIX, type = SOCK_STREAM, protocol = 0, result, fds[2];
  if ((family_value && !value_as_int(family_value, &family)) || (type_value && !value_as_int(type_value, &type)) ||
      (protocol_value && !value_as_int(protocol_value, &protocol)))
    return NULL;
  BLOCKING(result = socketpair(family, type | SOCK_CLOEXEC, protocol, fds));
  if (result < 0) return system_error();
  Value sockets[2] = {};
  for (int i = 0; i < 2; i++) {
    sockets[i] = socket_new(value_from_cell(socket_class), NULL, 0, NULL);
    if (sockets[i] && socket_init(sockets[i], value_from_small_int(family), value_from_small_int(type),
                                  value_from_small_int(protocol), value_from_small_int(fds[i])))
      continue;
    for (int j = i; j < 2; j++) close(fds[j]);
    return NULL;
  }
  return tuple_new(sockets, 2);
}
static Value module_close(Value fd) {
  int descriptor, result;
  if (!value_as_int(fd, &descriptor)) return NULL;
  BLOCKING(result = close(descriptor));
  return result < 0 && errno != ECONNRESET ? system_error() : VALUE_NONE;
}
static Value module_dup(Value fd) {
  int descriptor, result;
  if (!value_as_int(fd, &descriptor)) return NULL;
  BLOCKING(result = fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  return posix_int(result);
}

static const NativeMethod module_functions[] = {
    NATIVE("socketpair", module_socketpair, "(family=<unrepresentable>, type=SOCK_STREAM, proto=0, /)",
           "A pair of connected sockets."),
    NATIVE("close", module_close, "(integer, /)", "Close a socket by its descriptor."),
    NATIVE("dup", module_dup, "(integer, /)", "Duplicate a socket's descriptor."),
    NATIVE("getdefaulttimeout", module_getdefaulttimeout, "()", "The timeout of new sockets."),
    NATIVE("setdefaulttimeout", module_setdefaulttimeout, "(timeout, /)", "Set the timeout of new sockets."),
    {}};

static bool add_error_class(Value module, const char *name, Class **slot) {
  heap_add_root_range((Value *)(void *)slot, 1);
  Value bases = tuple_of(1, value_from_cell(BUILTIN(OS_ERROR))), names = dict_new(), name_value = str_intern_c(name);
  if (!bases || !names || !name_value || !dict_set_c(names, "__module__", str_from_c("socket"))) return false;
  Value class = class_create(BUILTIN(TYPE), name_value, bases, names, NULL, NULL);
  if (!class) return false;
  *slot = value_as_class(class);
  return module_add(module, name, class);
}

static bool module_initialize(Value module) {
  Value name = str_intern_c("_socket");
  for (const NativeMethod *function = socket_name_functions; name && function->name; function++)
    if (!module_add(module, function->name, native_function_new(function, NULL, name))) return false;
  return name && add_error_class(module, "herror", &socket_herror_class) &&
         add_error_class(module, "gaierror", &socket_gaierror_class) &&
         module_add(module, "error", value_from_cell(BUILTIN(OS_ERROR))) &&
         module_add(module, "timeout", value_from_cell(BUILTIN(TIMEOUT_ERROR))) &&
         module_add_class(module, &socket_definition, NULL, &socket_class) &&
         module_add(module, "SocketType", value_from_cell(socket_class)) &&
         module_add(module, "has_ipv6", VALUE_TRUE) && socket_add_numbers(module);
}

const NativeModule socket_module = {"_socket", "Sockets.", module_functions, module_initialize};
