// The socket module's functions: names and addresses of hosts and services, byte order.
#include "runtime/module/_socket.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static Value socket_gethostname(void) {
  char name[1024];
  if (gethostname(name, sizeof name - 1) < 0) return system_error();
  name[sizeof name - 1] = 0;
  return path_decode_c(name);
}
static Value socket_sethostname(Value name) {
  Value bytes = path_as_bytes(name);
  if (!bytes) return NULL;
  return posix_none(sethostname((const char *)value_as_bytes(bytes)->data, value_as_bytes(bytes)->length));
}

// ---- getaddrinfo ----

static bool parse_host(Value value, const char **text, Value *bytes) {
  *text = NULL;
  *bytes = NULL;
  if (value == VALUE_NONE) return true;
  if (value_is_str(value))
    *bytes = str_is_ascii(value_as_str(value)) ? path_encode(value)
                                               : value_call_method_1(value, "encode", str_from_c("idna"));
  else if (value_is_bytes(value))
    *bytes = value;
  else
    raise_type_error("getaddrinfo() argument 1 must be string or None");
  if (!*bytes) return false;
  *text = (const char *)value_as_bytes(*bytes)->data;
  return true;
}

static bool parse_service(Value value, const char **text, Value *bytes) {
  *text = NULL;
  *bytes = NULL;
  if (value == VALUE_NONE) return true;
  if (value_is_int(value)) {
    Value number = value_str(value);
    *bytes = number ? path_encode(number) : NULL;
  } else if (value_is_str(value)) {
    *bytes = path_encode(value);
  } else if (value_is_bytes(value)) {
    *bytes = value;
  } else {
    raise(CLASS_OS_ERROR, "Int or String expected");
  }
  if (!*bytes) return false;
  *text = (const char *)value_as_bytes(*bytes)->data;
  return true;
}

static Value address_from_info(const struct addrinfo *info) {
  SocketAddress address = {};
  memcpy(&address, info->ai_addr, info->ai_addrlen < sizeof address ? info->ai_addrlen : sizeof address);
  return socket_address_value(&address, info->ai_addrlen);
}

static Value socket_getaddrinfo(Value host, Value port, Value family_value, Value type_value, Value protocol_value,
                                Value flags_value) {
  const char *host_text, *port_text;
  Value host_bytes, port_bytes;
  int family = AF_UNSPEC, type = 0, protocol = 0, flags = 0;
  if (!parse_host(host, &host_text, &host_bytes) || !parse_service(port, &port_text, &port_bytes) ||
      (family_value && !value_as_int(family_value, &family)) || (type_value && !value_as_int(type_value, &type)) ||
      (protocol_value && !value_as_int(protocol_value, &protocol)) ||
      (flags_value && !value_as_int(flags_value, &flags)))
    return NULL;
  struct addrinfo hints = {.ai_family = family, .ai_socktype = type, .ai_protocol = protocol, .ai_flags = flags}, *all;
  int error;
  BLOCKING(error = getaddrinfo(host_text, port_text, &hints, &all));
  KEEP(host_bytes);
  KEEP(port_bytes);
  if (error) return socket_raise_gaierror(error);
  Value list = list_new(NULL, 0);
  for (const struct addrinfo *info = all; list && info; info = info->ai_next) {
    Value name = path_decode_c(info->ai_canonname ? info->ai_canonname : ""), address = address_from_info(info);
    Value entry = name && address
                      ? tuple_of(5, value_from_small_int(info->ai_family), value_from_small_int(info->ai_socktype),
                                 value_from_small_int(info->ai_protocol), name, address)
                      : NULL;
    if (!entry || !list_append(list, entry)) list = NULL;
  }
  freeaddrinfo(all);
  return list;
}

static Value socket_getnameinfo(Value address_value, Value flags_value) {
  int flags, port, error;
  int64_t flow = 0, scope = 0;
  if (!value_as_int(flags_value, &flags)) return NULL;
  if (!value_is_tuple(address_value)) return raise_type_error("getnameinfo() argument 1 must be a tuple");
  size_t count = tuple_count(address_value);
  if (count < 2 || count > 4 || !value_is_str(tuple_item(address_value, 0)))
    return raise_type_error("getnameinfo(): illegal sockaddr argument");
  if (!value_as_int(tuple_item(address_value, 1), &port) ||
      (count > 2 && !value_as_int64(tuple_item(address_value, 2), &flow)) ||
      (count > 3 && !value_as_int64(tuple_item(address_value, 3), &scope)))
    return NULL;
  if (flow < 0 || flow > 0xfffff) return raise(CLASS_OVERFLOW_ERROR, "getnameinfo(): flowinfo must be 0-1048575.");
  Value host = path_as_bytes(tuple_item(address_value, 0));
  if (!host) return NULL;
  char service[16], host_name[NI_MAXHOST], service_name[NI_MAXSERV];
  snprintf(service, sizeof service, "%d", port);
  // Only numeric hosts: this function must not ask a server which address is meant.
  struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST}, *found;
  BLOCKING(error = getaddrinfo((const char *)value_as_bytes(host)->data, service, &hints, &found));
  KEEP(host);
  if (error) return socket_raise_gaierror(error);
  if (found->ai_next) {
    freeaddrinfo(found);
    return raise(CLASS_OS_ERROR, "sockaddr resolved to multiple addresses");
  }
  if (found->ai_family == AF_INET && count != 2) {
    freeaddrinfo(found);
    return raise(CLASS_OS_ERROR, "IPv4 sockaddr must be 2 tuple");
  }
  if (found->ai_family == AF_INET6) {
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)found->ai_addr;
    six->sin6_flowinfo = htonl((uint32_t)flow);
    six->sin6_scope_id = (uint32_t)scope;
  }
  BLOCKING(error = getnameinfo(found->ai_addr, found->ai_addrlen, host_name, sizeof host_name, service_name,
                               sizeof service_name, flags));
  freeaddrinfo(found);
  if (error) return socket_raise_gaierror(error);
  return tuple_of(2, path_decode_c(host_name), path_decode_c(service_name));
}

// ---- The older resolver functions ----

static Value raise_herror(int error) {
  Value arguments[2] = {value_from_small_int(error), str_from_c(hstrerror(error))};
  Value exception = value_call(value_from_cell(socket_herror_class), arguments, 2, NULL);
  return exception ? raise_object(exception) : NULL;
}

static Value strings_list(char **strings) {
  Value list = list_new(NULL, 0);
  for (; list && strings && *strings; strings++) {
    Value text = path_decode_c(*strings);
    if (!text || !list_append(list, text)) return NULL;
  }
  return list;
}

static Value host_value(const struct hostent *host) {
  Value addresses = list_new(NULL, 0);
  for (char **at = host->h_addr_list; addresses && *at; at++) {
    char text[INET6_ADDRSTRLEN];
    Value address = inet_ntop(host->h_addrtype, *at, text, sizeof text) ? str_from_c(text) : NULL;
    if (!address || !list_append(addresses, address)) return NULL;
  }
  Value name = path_decode_c(host->h_name), aliases = strings_list(host->h_aliases);
  return addresses && name && aliases ? tuple_of(3, name, aliases, addresses) : NULL;
}

static Value socket_gethostbyname(Value name) {
  SocketAddress address;
  if (!socket_resolve(name, AF_INET, &address)) return NULL;
  Value tuple = socket_address_value(&address, sizeof(struct sockaddr_in));
  return tuple ? tuple_item(tuple, 0) : NULL;
}

static Value do_host_lookup(const char *name, const SocketAddress *address) {
  char buffer[16384];
  struct hostent entry, *found = NULL;
  int error = 0, result;
  if (name) {
    BLOCKING(result = gethostbyname_r(name, &entry, buffer, sizeof buffer, &found, &error));
  } else {
    bool six = address->any.sa_family == AF_INET6;
    const void *data = six ? (const void *)&((const struct sockaddr_in6 *)&address->storage)->sin6_addr
                           : (const void *)&((const struct sockaddr_in *)&address->storage)->sin_addr;
    BLOCKING(result = gethostbyaddr_r(data, six ? 16 : 4, address->any.sa_family, &entry, buffer, sizeof buffer, &found,
                                      &error));
  }
  return result || !found ? raise_herror(error) : host_value(found);
}
static Value socket_gethostbyname_ex(Value name) {
  SocketAddress address;
  if (!socket_resolve(name, AF_INET, &address)) return NULL;
  Value bytes = value_is_str(name) ? path_as_bytes(name) : name;
  if (!bytes || !value_is_bytes(bytes)) return bytes ? raise_type_error("str expected") : NULL;
  Value result = do_host_lookup((const char *)value_as_bytes(bytes)->data, NULL);
  KEEP(bytes);
  return result;
}
static Value socket_gethostbyaddr(Value name) {
  SocketAddress address;
  return socket_resolve(name, AF_UNSPEC, &address) ? do_host_lookup(NULL, &address) : NULL;
}

static Value socket_getservbyname(Value name, Value protocol) {
  Value name_bytes = path_as_bytes(name), protocol_bytes = protocol ? path_as_bytes(protocol) : NULL;
  if (!name_bytes || (protocol && !protocol_bytes)) return NULL;
  struct servent entry, *found = NULL;
  char buffer[4096];
  BLOCKING(getservbyname_r((const char *)value_as_bytes(name_bytes)->data,
                           protocol ? (const char *)value_as_bytes(protocol_bytes)->data : NULL, &entry, buffer,
                           sizeof buffer, &found));
  KEEP(name_bytes);
  KEEP(protocol_bytes);
  return found ? value_from_small_int(ntohs((uint16_t)found->s_port))
               : raise(CLASS_OS_ERROR, "service/proto not found");
}
static Value socket_getservbyport(Value port_value, Value protocol) {
  int port;
  Value protocol_bytes = protocol ? path_as_bytes(protocol) : NULL;
  if (!value_as_int(port_value, &port) || (protocol && !protocol_bytes)) return NULL;
  if (port < 0 || port > 0xffff) return raise(CLASS_OVERFLOW_ERROR, "getservbyport: port must be 0-65535.");
  struct servent entry, *found = NULL;
  char buffer[4096];
  BLOCKING(getservbyport_r(htons((uint16_t)port), protocol ? (const char *)value_as_bytes(protocol_bytes)->data : NULL,
                           &entry, buffer, sizeof buffer, &found));
  KEEP(protocol_bytes);
  return found ? path_decode_c(found->s_name) : raise(CLASS_OS_ERROR, "port/proto not found");
}
static Value socket_getprotobyname(Value name) {
  Value bytes = path_as_bytes(name);
  if (!bytes) return NULL;
  struct protoent entry, *found = NULL;
  char buffer[4096];
  BLOCKING(getprotobyname_r((const char *)value_as_bytes(bytes)->data, &entry, buffer, sizeof buffer, &found));
  KEEP(bytes);
  return found ? value_from_small_int(found->p_proto) : raise(CLASS_OS_ERROR, "protocol not found");
}

// ---- Byte order and text forms ----

static Value swap_16(const char *function, Value value) {
  int number;
  if (!value_as_int(value, &number)) return NULL;
  if (number < 0)
    return raise(CLASS_OVERFLOW_ERROR, "%s: can't convert negative Python int to C 16-bit unsigned integer", function);
  if (number > 0xffff)
    return raise(CLASS_OVERFLOW_ERROR, "%s: Python int too large to convert to C 16-bit unsigned integer", function);
  return value_from_small_int(htons((uint16_t)number));
}
static Value swap_32(Value value) {
  if (!value_is_int(value)) return raise_type_error("expected int, %T found", value);
  uint64_t number;
  if (!int_fits_uint64(value, &number))
    return raise(CLASS_OVERFLOW_ERROR, int_sign(value) < 0 ? "can't convert negative value to unsigned int"
                                                           : "Python int too large to convert to C unsigned long");
  if (number > UINT32_MAX) return raise(CLASS_OVERFLOW_ERROR, "int larger than 32 bits");
  return value_from_small_int(htonl((uint32_t)number));
}
static Value socket_ntohs(Value value) {
  return swap_16("ntohs", value);
}
static Value socket_htons(Value value) {
  return swap_16("htons", value);
}
static Value socket_ntohl(Value value) {
  return swap_32(value);
}
static Value socket_htonl(Value value) {
  return swap_32(value);
}

static Value socket_inet_aton(Value text) {
  if (!value_is_str(text)) return raise_type_error("inet_aton() argument must be str, not %T", text);
  struct in_addr address;
  Value bytes = path_as_bytes(text);
  if (!bytes) return NULL;
  if (!inet_aton((const char *)value_as_bytes(bytes)->data, &address))
    return raise(CLASS_OS_ERROR, "illegal IP address string passed to inet_aton");
  return bytes_new(&address, sizeof address);
}
static Value socket_inet_ntoa(Value packed) {
  Buffer buffer;
  if (!buffer_acquire(packed, &buffer, BUFFER_SIMPLE)) return NULL;
  char text[INET_ADDRSTRLEN];
  bool fits = buffer.length == sizeof(struct in_addr);
  if (fits) inet_ntop(AF_INET, buffer.data, text, sizeof text);
  buffer_release(&buffer);
  return fits ? str_from_c(text) : raise(CLASS_OS_ERROR, "packed IP wrong length");
}
static Value socket_inet_pton(Value family_value, Value text) {
  int family;
  if (!value_as_int(family_value, &family)) return NULL;
  if (!value_is_str(text)) return raise_type_error("inet_pton() argument 2 must be str, not %T", text);
  uint8_t packed[16];
  Value bytes = path_as_bytes(text);
  if (!bytes) return NULL;
  int result = inet_pton(family, (const char *)value_as_bytes(bytes)->data, packed);
  if (result < 0) return system_error();
  if (result == 0) return raise(CLASS_OS_ERROR, "illegal IP address string passed to inet_pton");
  if (family != AF_INET && family != AF_INET6) return raise(CLASS_OS_ERROR, "unknown address family");
  return bytes_new(packed, family == AF_INET ? 4 : 16);
}
static Value socket_inet_ntop(Value family_value, Value packed) {
  int family;
  if (!value_as_int(family_value, &family)) return NULL;
  if (family != AF_INET && family != AF_INET6) return raise_value_error("unknown address family %d", family);
  Buffer buffer;
  if (!buffer_acquire(packed, &buffer, BUFFER_SIMPLE)) return NULL;
  char text[INET6_ADDRSTRLEN];
  bool fits = buffer.length == (family == AF_INET ? 4 : 16);
  if (fits) inet_ntop(family, buffer.data, text, sizeof text);
  buffer_release(&buffer);
  return fits ? str_from_c(text) : raise_value_error("invalid length of packed IP address string");
}

// ---- Interfaces ----

static Value socket_if_nameindex(void) {
  struct if_nameindex *all = if_nameindex();
  if (!all) return system_error();
  Value list = list_new(NULL, 0);
  for (struct if_nameindex *at = all; list && at->if_index; at++) {
    Value name = path_decode_c(at->if_name), pair = name ? tuple_of(2, value_from_small_int(at->if_index), name) : NULL;
    if (!pair || !list_append(list, pair)) list = NULL;
  }
  if_freenameindex(all);
  return list;
}
static Value socket_if_nametoindex(Value name) {
  Value bytes = path_as_bytes(name);
  if (!bytes) return NULL;
  unsigned index = if_nametoindex((const char *)value_as_bytes(bytes)->data);
  return index ? value_from_small_int(index) : raise(CLASS_OS_ERROR, "no interface with this name");
}
static Value socket_if_indextoname(Value index_value) {
  int index;
  char name[IF_NAMESIZE];
  if (!value_as_int(index_value, &index)) return NULL;
  return if_indextoname((unsigned)index, name) ? path_decode_c(name) : system_error();
}

// The room that so many bytes of ancillary data take, with or without padding: as a socklen_t, which may be an int.
static Value data_room(const char *function, Value value, bool padded) {
  ptrdiff_t length, most = INT32_MAX - (ptrdiff_t)(padded ? CMSG_SPACE(1) : CMSG_LEN(0));
  if (!value_as_size(value, &length, CLASS_OVERFLOW_ERROR)) return NULL;
  if (length < 0 || length > most) return raise(CLASS_OVERFLOW_ERROR, "%s() argument out of range", function);
  return int_from_size(padded ? CMSG_SPACE((size_t)length) : CMSG_LEN((size_t)length));
}
static Value socket_cmsg_len(Value value) {
  return data_room("CMSG_LEN", value, false);
}
static Value socket_cmsg_space(Value value) {
  return data_room("CMSG_SPACE", value, true);
}

const NativeMethod socket_name_functions[] = {
    NATIVE("gethostname", socket_gethostname, "()", "Name of this machine."),
    NATIVE("sethostname", socket_sethostname, "(name, /)", "Set the name of this machine."),
    NATIVE("getaddrinfo", socket_getaddrinfo, "(host, port, family=0, type=0, proto=0, flags=0)",
           "Addresses of a host and service."),
    NATIVE("getnameinfo", socket_getnameinfo, "(sockaddr, flags, /)", "Host and service of an address."),
    NATIVE("gethostbyname", socket_gethostbyname, "(host, /)", "IPv4 address of a host."),
    NATIVE("gethostbyname_ex", socket_gethostbyname_ex, "(host, /)", "Name, aliases and addresses of a host."),
    NATIVE("gethostbyaddr", socket_gethostbyaddr, "(host, /)", "Name, aliases and addresses of a host."),
    NATIVE("getservbyname", socket_getservbyname, "(servicename, protocolname=<unrepresentable>, /)",
           "Port of a service."),
    NATIVE("getservbyport", socket_getservbyport, "(port, protocolname=<unrepresentable>, /)", "Service of a port."),
    NATIVE("getprotobyname", socket_getprotobyname, "(name, /)", "Number of a protocol."),
    NATIVE("ntohs", socket_ntohs, "(x, /)", "16 bits from network to host byte order."),
    NATIVE("htons", socket_htons, "(x, /)", "16 bits from host to network byte order."),
    NATIVE("ntohl", socket_ntohl, "(x, /)", "32 bits from network to host byte order."),
    NATIVE("htonl", socket_htonl, "(x, /)", "32 bits from host to network byte order."),
    NATIVE("inet_aton", socket_inet_aton, "(ip_addr, /)", "IPv4 address from text to bytes."),
    NATIVE("inet_ntoa", socket_inet_ntoa, "(packed_ip, /)", "IPv4 address from bytes to text."),
    NATIVE("inet_pton", socket_inet_pton, "(address_family, ip_string, /)", "Address from text to bytes."),
    NATIVE("inet_ntop", socket_inet_ntop, "(address_family, packed_ip, /)", "Address from bytes to text."),
    NATIVE("if_nameindex", socket_if_nameindex, "()", "All network interfaces: (index, name)."),
    NATIVE("if_nametoindex", socket_if_nametoindex, "(if_name, /)", "Index of a network interface."),
    NATIVE("if_indextoname", socket_if_indextoname, "(if_index, /)", "Name of a network interface."),
    NATIVE("CMSG_LEN", socket_cmsg_len, "(length, /)", "Bytes of a control message."),
    NATIVE("CMSG_SPACE", socket_cmsg_space, "(length, /)", "Bytes of a control message with padding."),
    {}};
