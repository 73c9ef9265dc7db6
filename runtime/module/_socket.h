// The socket module's files, as they see each other.
#pragma once

#include "runtime/module/posix.h"

#include <sys/socket.h>

typedef struct Socket {
  Cell head;
  _Atomic int descriptor; // -1: closed
  int family, type, protocol;
  int64_t timeout; // nanoseconds; -1: blocking; 0: non-blocking
} Socket;

static inline Socket *as_socket(Value self) {
  return (Socket *)value_cell(self);
}

typedef union SocketAddress {
  struct sockaddr any;
  struct sockaddr_storage storage;
} SocketAddress;

extern Class *socket_gaierror_class, *socket_herror_class;
extern const NativeMethod socket_name_functions[];

// The address that `value` describes for sockets of this family. `function` is for messages. False: exception.
bool socket_parse_address(int family, Value value, const char *function, SocketAddress *address, socklen_t *length);
// How Python sees an address; None for length 0. `protocol` matters for families that have several forms.
Value socket_address_value(const SocketAddress *address, socklen_t length);
// Resolves a host name to an address of `family`. False: gaierror and others.
bool socket_resolve(Value name, int family, SocketAddress *address);
Value socket_raise_gaierror(int error);
bool socket_add_numbers(Value module);
