// Socket addresses: from Python values and back.
#include "runtime/module/_socket.h"
#include "runtime/object/names.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

Value socket_raise_gaierror(int error) {
  if (error == EAI_SYSTEM) return system_error();
  Value arguments[2] = {value_from_small_int(error), str_from_c(gai_strerror(error))};
  Value exception = arguments[1] ? value_call(value_from_cell(socket_gaierror_class), arguments, 2, NULL) : NULL;
  return exception ? raise_object(exception) : NULL;
}

// A host name as bytes: ASCII as it is, other text by IDNA.
static Value host_bytes(Value host) {
  if (value_is_bytes(host)) return host;
  if (value_is_bytearray(host)) return bytearray_copy_bytes(host);
  if (!value_is_str(host)) return raise_type_error("str, bytes or bytearray expected, not %T", host);
  if (str_is_ascii(value_as_str(host))) return path_encode(host);
  return value_call_method_1(host, "encode", str_from_c("idna"));
}

bool socket_resolve(Value host, int family, SocketAddress *address) {
  Value bytes = host_bytes(host);
  if (!bytes) return false;
  const char *name = (const char *)value_as_bytes(bytes)->data;
  if (strlen(name) != value_as_bytes(bytes)->length) {
    raise_type_error("host name must not contain null character");
    return false;
  }
  memset(address, 0, sizeof *address);
  struct sockaddr_in *four = (struct sockaddr_in *)&address->storage;
  struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address->storage;
  address->storage.ss_family = (sa_family_t)family;
  if (!*name) {
    if (family == AF_INET6)
      six->sin6_addr = in6addr_any;
    else
      four->sin_addr.s_addr = htonl(INADDR_ANY);
    return true;
  }
  if (strcmp(name, "<broadcast>") == 0 || strcmp(name, "255.255.255.255") == 0) {
    if (family != AF_INET && family != AF_UNSPEC) {
      raise(CLASS_OS_ERROR, "address family mismatched");
      return false;
    }
    four->sin_family = AF_INET;
    four->sin_addr.s_addr = htonl(INADDR_BROADCAST);
    return true;
  }
  if ((family == AF_INET || family == AF_UNSPEC) && inet_pton(AF_INET, name, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    return true;
  }
  if ((family == AF_INET6 || family == AF_UNSPEC) && !strchr(name, '%') &&
      inet_pton(AF_INET6, name, &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    return true;
  }
  struct addrinfo hints = {.ai_family = family}, *found;
  int error;
  BLOCKING(error = getaddrinfo(name, NULL, &hints, &found));
  KEEP(bytes);
  if (error) {
    socket_raise_gaierror(error);
    return false;
  }
  size_t length = found->ai_addrlen;
  memcpy(address, found->ai_addr, length < sizeof *address ? length : sizeof *address);
  freeaddrinfo(found);
  return true;
}

static bool check_port(const char *function, int port) {
  if (port >= 0 && port <= 0xffff) return true;
  raise(CLASS_OVERFLOW_ERROR, "%s(): port must be 0-65535.", function);
  return false;
}

static bool parse_tuple(Value value, const char *function, const char *family, size_t least, size_t most) {
  if (!value_is_tuple(value)) {
    raise_type_error("%s(): %s address must be tuple, not %.500T", function, family, value);
    return false;
  }
  if (tuple_count(value) >= least && tuple_count(value) <= most) return true;
  if (least == most)
    raise_type_error("%s(): wrong format for %s address", function, family);
  else
    raise_type_error("%s address must be a tuple (host, port[, flowinfo[, scopeid]])", family);
  return false;
}

static bool parse_port(Value value, const char *function, int *port) {
  Value number = value_index(value);
  int64_t result;
  if (!number) return false;
  *port = int_fits_int64(number, &result) && result >= 0 && result <= 0xffff ? (int)result : -1;
  return check_port(function, *port);
}

static bool parse_unix(Value value, struct sockaddr_un *address, socklen_t *length) {
  Value bytes;
  if (value_is_str(value)) {
    bytes = path_encode(value);
  } else {
    Buffer buffer;
    if (!buffer_acquire(value, &buffer, BUFFER_SIMPLE)) return false;
    bytes = bytes_new(buffer.data, buffer.length);
    buffer_release(&buffer);
  }
  if (!bytes) return false;
  size_t size = value_as_bytes(bytes)->length;
  const uint8_t *data = value_as_bytes(bytes)->data;
  bool abstract = size == 0 || data[0] == 0; // a name that is not in the file system
  if (size > sizeof address->sun_path || (!abstract && size == sizeof address->sun_path)) {
    raise(CLASS_OS_ERROR, "AF_UNIX path too long");
    return false;
  }
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path, data, size);
  if (!abstract) address->sun_path[size] = 0;
  *length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + !abstract);
  return true;
}

static bool parse_two_numbers(Value value, const char *function, const char *family, uint32_t numbers[2]) {
  if (!parse_tuple(value, function, family, 2, 2)) return false;
  for (size_t i = 0; i < 2; i++) {
    int64_t number;
    if (!value_as_int64(tuple_item(value, i), &number)) return false;
    numbers[i] = (uint32_t)number;
  }
  return true;
}

static bool parse_packet(Value value, const char *function, struct sockaddr_ll *address, socklen_t *length) {
  int protocol, index = 0;
  if (!parse_tuple(value, function, "AF_PACKET", 2, 5)) return false;
  Value name = path_as_bytes(tuple_item(value, 0));
  if (!name || !value_as_int(tuple_item(value, 1), &protocol)) return false;
  if (protocol < 0 || protocol > 0xffff) {
    raise(CLASS_OVERFLOW_ERROR, "%s(): proto argument must be 0-65535", function);
    return false;
  }
  index = (int)if_nametoindex((const char *)value_as_bytes(name)->data);
  if (!index) {
    system_error();
    return false;
  }
  *address =
      (struct sockaddr_ll){.sll_family = AF_PACKET, .sll_protocol = htons((uint16_t)protocol), .sll_ifindex = index};
  *length = sizeof *address;
  return true;
}

bool socket_parse_address(int family, Value value, const char *function, SocketAddress *address, socklen_t *length) {
  memset(address, 0, sizeof *address);
  int port;
  switch (family) {
  case AF_UNIX:
    return parse_unix(value, (struct sockaddr_un *)&address->storage, length);
  case AF_INET: {
    if (!parse_tuple(value, function, "AF_INET", 2, 2) || !socket_resolve(tuple_item(value, 0), AF_INET, address) ||
        !parse_port(tuple_item(value, 1), function, &port))
      return false;
    ((struct sockaddr_in *)&address->storage)->sin_port = htons((uint16_t)port);
    *length = sizeof(struct sockaddr_in);
    return true;
  }
  case AF_INET6: {
    int64_t flow = 0, scope = 0;
    if (!parse_tuple(value, function, "AF_INET6", 2, 4) || !socket_resolve(tuple_item(value, 0), AF_INET6, address) ||
        !parse_port(tuple_item(value, 1), function, &port))
      return false;
    size_t count = tuple_count(value);
    if ((count > 2 && !value_as_int64(tuple_item(value, 2), &flow)) ||
        (count > 3 && !value_as_int64(tuple_item(value, 3), &scope)))
      return false;
    if (flow < 0 || flow > 0xfffff) {
      raise(CLASS_OVERFLOW_ERROR, "%s(): flowinfo must be 0-1048575.", function);
      return false;
    }
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address->storage;
    six->sin6_port = htons((uint16_t)port);
    six->sin6_flowinfo = htonl((uint32_t)flow);
    if (count > 3) six->sin6_scope_id = (uint32_t)scope;
    *length = sizeof *six;
    return true;
  }
  case AF_NETLINK: {
    uint32_t numbers[2];
    if (!parse_two_numbers(value, function, "AF_NETLINK", numbers)) return false;
    *(struct sockaddr_nl *)&address->storage =
        (struct sockaddr_nl){.nl_family = AF_NETLINK, .nl_pid = numbers[0], .nl_groups = numbers[1]};
    *length = sizeof(struct sockaddr_nl);
    return true;
  }
  case AF_VSOCK: {
    uint32_t numbers[2];
    if (!parse_two_numbers(value, function, "AF_VSOCK", numbers)) return false;
    *(struct sockaddr_vm *)&address->storage =
        (struct sockaddr_vm){.svm_family = AF_VSOCK, .svm_cid = numbers[0], .svm_port = numbers[1]};
    *length = sizeof(struct sockaddr_vm);
    return true;
  }
  case AF_PACKET:
    return parse_packet(value, function, (struct sockaddr_ll *)&address->storage, length);
  default:
    raise(CLASS_OS_ERROR, "%s(): bad family", function);
    return false;
  }
}

Value socket_address_value(const SocketAddress *address, socklen_t length) {
  if (length == 0) return VALUE_NONE;
  char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 2];
  switch (address->any.sa_family) {
  case AF_INET: {
    const struct sockaddr_in *four = (const struct sockaddr_in *)&address->storage;
    inet_ntop(AF_INET, &four->sin_addr, text, sizeof text);
    return tuple_of(2, str_from_c(text), value_from_small_int(ntohs(four->sin_port)));
  }
  case AF_INET6: {
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&address->storage;
    inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text);
    return tuple_of(4, str_from_c(text), value_from_small_int(ntohs(six->sin6_port)),
                    value_from_small_int(ntohl(six->sin6_flowinfo)), value_from_small_int(six->sin6_scope_id));
  }
  case AF_UNIX: {
    const struct sockaddr_un *local = (const struct sockaddr_un *)&address->storage;
    size_t size = length - offsetof(struct sockaddr_un, sun_path);
    if (length <= offsetof(struct sockaddr_un, sun_path)) return str_from_c("");
    if (local->sun_path[0] == 0) return bytes_new(local->sun_path, size);
    return path_decode(local->sun_path, strnlen(local->sun_path, size));
  }
  case AF_NETLINK: {
    const struct sockaddr_nl *netlink = (const struct sockaddr_nl *)&address->storage;
    return tuple_of(2, value_from_small_int(netlink->nl_pid), value_from_small_int(netlink->nl_groups));
  }
  case AF_VSOCK: {
    const struct sockaddr_vm *vm = (const struct sockaddr_vm *)&address->storage;
    return tuple_of(2, value_from_small_int(vm->svm_cid), value_from_small_int(vm->svm_port));
  }
  case AF_PACKET: {
    const struct sockaddr_ll *packet = (const struct sockaddr_ll *)&address->storage;
    char name[IF_NAMESIZE] = "";
    if_indextoname((unsigned)packet->sll_ifindex, name);
    return tuple_of(5, str_from_c(name), value_from_small_int(ntohs(packet->sll_protocol)),
                    value_from_small_int(packet->sll_pkttype), value_from_small_int(packet->sll_hatype),
                    bytes_new(packet->sll_addr, packet->sll_halen));
  }
  default: // a family that we do not know: its number and its bytes
    return tuple_of(2, value_from_small_int(address->any.sa_family),
                    bytes_new(address->any.sa_data, length - offsetof(struct sockaddr, sa_data)));
  }
}
