// The module binascii: bytes to text forms and back (base64, hexadecimal, quoted-printable, uuencode), and checksums.
//
// Threads: no shared state.
#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/bytes_internal.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

#include <string.h>
#include <zlib.h>

static struct {
  Class *error, *incomplete;
} state;

// Input of the a2b functions: bytes-like, or str of ASCII.
static bool text_acquire(Value value, Buffer *buffer) {
  *buffer = (Buffer){};
  if (value_is_str(value)) {
    if (!str_is_ascii(value_as_str(value))) {
      raise_value_error("string argument should contain only ASCII characters");
      return false;
    }
    buffer->data = value_as_str(value)->data;
    buffer->length = str_length(value);
    return true;
  }
  if (value_has_buffer(value)) return buffer_acquire(value, buffer, BUFFER_SIMPLE);
  raise_type_error("argument should be bytes, buffer or ASCII string, not '%.100T'", value);
  return false;
}
// The first `length` bytes of what was written into `bytes`.
static Value shortened(Bytes *bytes, size_t length) {
  Value result = length == bytes->length ? value_from_cell(bytes) : bytes_new(bytes->data, length);
  KEEP(bytes);
  return result;
}

// ---- base64 ----

static const char base64_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static int base64_value(uint8_t c) {
  const char *found = c ? strchr(base64_alphabet, c) : NULL;
  return found ? (int)(found - base64_alphabet) : -1;
}

static Value a2b_base64(Value data, Value strict_value) {
  int strict = strict_value ? value_truth(strict_value) : 0;
  Buffer buffer;
  if (strict < 0 || !text_acquire(data, &buffer)) return NULL;
  Bytes *bytes = bytes_allocate(buffer.length / 4 * 3 + 3);
  size_t length = 0;
  int position = 0, padding = 0;
  uint8_t left = 0;
  const char *problem = NULL;
  if (bytes && strict && buffer.length && buffer.data[0] == '=') problem = "Leading padding not allowed";
  bool finished = false;
  for (size_t i = 0; bytes && !problem && i < buffer.length; i++) {
    uint8_t c = buffer.data[i];
    if (c == '=') {
      if (position >= 2 && position + ++padding >= 4) {
        if (strict && i + 1 < buffer.length) problem = "Excess data after padding";
        finished = true;
        break;
      }
      if (strict && position < 2) problem = position == 0 ? "Discontinuous padding not allowed" : NULL;
      continue;
    }
    int digit = base64_value(c);
    if (digit < 0) {
      if (strict) problem = "Only base64 data is allowed";
      continue;
    }
    if (strict && padding) problem = "Discontinuous padding not allowed";
    padding = 0;
    switch (position) {
    case 0:
      left = (uint8_t)digit;
      break;
    case 1:
      bytes->data[length++] = (uint8_t)(left << 2 | digit >> 4);
      break;
    case 2:
      bytes->data[length++] = (uint8_t)(left << 4 | digit >> 2);
      break;
    default:
      bytes->data[length++] = (uint8_t)(left << 6 | digit);
    }
    left = position == 1 ? digit & 15 : position == 2 ? digit & 3 : (uint8_t)digit;
    position = (position + 1) & 3;
  }
  buffer_release(&buffer);
  if (!bytes) return NULL;
  if (problem) return raise_in(state.error, "%s", problem);
  if (!finished && position != 0) {
    if (position == 1)
      return raise_in(
          state.error,
          "Invalid base64-encoded string: number of data characters (%zu) cannot be 1 more than a multiple of 4",
          length / 3 * 4 + 1);
    return raise_in(state.error, "Incorrect padding");
  }
  return shortened(bytes, length);
}

static Value b2a_base64(Value data, Value newline_value) {
  int newline = 1;
  Buffer buffer;
  if ((newline_value && !value_as_int(newline_value, &newline)) || !buffer_acquire(data, &buffer, BUFFER_SIMPLE))
    return NULL;
  Bytes *bytes = bytes_allocate((buffer.length + 2) / 3 * 4 + (newline ? 1 : 0));
  uint8_t *out = bytes ? bytes->data : NULL;
  for (size_t i = 0; bytes && i < buffer.length; i += 3) {
    size_t left = buffer.length - i;
    uint32_t group = (uint32_t)buffer.data[i] << 16 | (left > 1 ? (uint32_t)buffer.data[i + 1] << 8 : 0) |
                     (left > 2 ? buffer.data[i + 2] : 0);
    *out++ = (uint8_t)base64_alphabet[group >> 18];
    *out++ = (uint8_t)base64_alphabet[group >> 12 & 63];
    *out++ = left > 1 ? (uint8_t)base64_alphabet[group >> 6 & 63] : '=';
    *out++ = left > 2 ? (uint8_t)base64_alphabet[group & 63] : '=';
  }
  if (bytes && newline) *out = '\n';
  buffer_release(&buffer);
  return bytes ? value_from_cell(bytes) : NULL;
}

// ---- Hexadecimal ----

static int hex_value(uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static Value b2a_hex(Value data, Value separator, Value group) {
  Buffer buffer;
  if (!buffer_acquire(data, &buffer, BUFFER_SIMPLE)) return NULL;
  Value text = bytes_hex_text(buffer.data, buffer.length, separator, group);
  buffer_release(&buffer);
  return text ? bytes_new(value_as_str(text)->data, str_length(text)) : NULL;
}

static Value a2b_hex(Value text) {
  Buffer buffer;
  if (!text_acquire(text, &buffer)) return NULL;
  const char *problem = buffer.length % 2 ? "Odd-length string" : NULL;
  Bytes *bytes = problem ? NULL : bytes_allocate(buffer.length / 2);
  for (size_t i = 0; bytes && !problem && i < bytes->length; i++) {
    int high = hex_value(buffer.data[2 * i]), low = hex_value(buffer.data[2 * i + 1]);
    if (high < 0 || low < 0) problem = "Non-hexadecimal digit found";
    bytes->data[i] = (uint8_t)(high << 4 | low);
  }
  buffer_release(&buffer);
  if (problem) return raise_in(state.error, "%s", problem);
  return bytes ? value_from_cell(bytes) : NULL;
}

// ---- uuencode ----

static Value a2b_uu(Value data) {
  Buffer buffer;
  if (!text_acquire(data, &buffer)) return NULL;
  const uint8_t *at = buffer.data, *end = at + buffer.length;
  size_t length = at < end ? (size_t)((*at++ - ' ') & 63) : 0;
  Bytes *bytes = bytes_allocate(length);
  uint32_t bits = 0;
  int count = 0;
  size_t filled = 0;
  const char *problem = NULL;
  while (bytes && !problem && filled < length) {
    uint8_t c = at < end ? *at++ : ' ';
    if (c == '\n' || c == '\r') {
      c = ' '; // a short line: the rest are zeros
      at = end;
    } else if (c < ' ' || c > ' ' + 64) {
      problem = "Illegal char";
      break;
    }
    bits = bits << 6 | ((uint32_t)(c - ' ') & 63);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes->data[filled++] = (uint8_t)(bits >> count);
    }
  }
  for (; bytes && !problem && at < end; at++)
    if (*at != ' ' && *at != ' ' + 64 && *at != '\n' && *at != '\r') problem = "Trailing garbage";
  buffer_release(&buffer);
  if (problem) return raise_in(state.error, "%s", problem);
  return bytes ? value_from_cell(bytes) : NULL;
}

static Value b2a_uu(Value data, Value backtick_value) {
  int backtick = backtick_value ? value_truth(backtick_value) : 0;
  Buffer buffer;
  if (backtick < 0 || !buffer_acquire(data, &buffer, BUFFER_SIMPLE)) return NULL;
  if (buffer.length > 45) {
    buffer_release(&buffer);
    return raise_in(state.error, "At most 45 bytes at once");
  }
  uint8_t zero = backtick ? '`' : ' ';
  Bytes *bytes = bytes_allocate(2 + (buffer.length + 2) / 3 * 4);
  uint8_t *out = bytes ? bytes->data : NULL;
  if (bytes) *out++ = buffer.length ? (uint8_t)(' ' + buffer.length) : zero;
  for (size_t i = 0; bytes && i < buffer.length; i += 3) {
    size_t left = buffer.length - i;
    uint32_t group = (uint32_t)buffer.data[i] << 16 | (left > 1 ? (uint32_t)buffer.data[i + 1] << 8 : 0) |
                     (left > 2 ? buffer.data[i + 2] : 0);
    for (int shift = 18; shift >= 0; shift -= 6) {
      uint8_t six = group >> shift & 63;
      *out++ = six ? (uint8_t)(six + ' ') : zero;
    }
  }
  if (bytes) *out = '\n';
  buffer_release(&buffer);
  return bytes ? value_from_cell(bytes) : NULL;
}

// ---- Quoted-printable ----

static Value a2b_qp(Value data, Value header_value) {
  int header = header_value ? value_truth(header_value) : 0;
  Buffer buffer;
  if (header < 0 || !text_acquire(data, &buffer)) return NULL;
  Bytes *bytes = bytes_allocate(buffer.length);
  size_t length = 0, n = buffer.length;
  const uint8_t *in = buffer.data;
  for (size_t i = 0; bytes && i < n;) {
    if (in[i] == '=') {
      if (++i >= n) break;
      if (in[i] == '\n' || in[i] == '\r') { // a soft line break
        if (in[i] != '\n')
          while (i < n && in[i] != '\n') i++;
        if (i < n) i++;
      } else if (in[i] == '=') {
        bytes->data[length++] = '=';
        i++;
      } else if (i + 1 < n && hex_value(in[i]) >= 0 && hex_value(in[i + 1]) >= 0) {
        bytes->data[length++] = (uint8_t)(hex_value(in[i]) << 4 | hex_value(in[i + 1]));
        i += 2;
      } else {
        bytes->data[length++] = '=';
      }
    } else {
      bytes->data[length++] = header && in[i] == '_' ? ' ' : in[i];
      i++;
    }
  }
  buffer_release(&buffer);
  return bytes ? shortened(bytes, length) : NULL;
}

static Value b2a_qp(Value data, Value quote_tabs_value, Value is_text_value, Value header_value) {
  int quote_tabs = quote_tabs_value ? value_truth(quote_tabs_value) : 0,
      is_text = is_text_value ? value_truth(is_text_value) : 1;
  int header = header_value ? value_truth(header_value) : 0;
  Buffer buffer;
  if (quote_tabs < 0 || is_text < 0 || header < 0 || !buffer_acquire(data, &buffer, BUFFER_SIMPLE)) return NULL;
  enum : size_t { LINE_MAX_LENGTH = 76 };
  size_t n = buffer.length, length = 0, column = 0;
  const uint8_t *in = buffer.data;
  const uint8_t *newline = memchr(in, '\n', n);
  bool crlf = newline && newline > in && newline[-1] == '\r';
  Bytes *bytes = bytes_allocate(n * 4 + n / 20 + 8);
  static const char digits[] = "0123456789ABCDEF";
  for (size_t i = 0; bytes && i < n;) {
    uint8_t c = in[i];
    bool line_end = is_text && (c == '\n' || (c == '\r' && i + 1 < n && in[i + 1] == '\n'));
    bool last_on_line = i + 1 == n || in[i + 1] == '\n' || (in[i + 1] == '\r' && i + 2 < n && in[i + 2] == '\n');
    bool escape =
        c > 126 || c == '=' || (header && c == '_') ||
        (c == '.' && column == 0 && (i + 1 == n || in[i + 1] == '\n' || in[i + 1] == '\r' || in[i + 1] == 0)) ||
        (!is_text && (c == '\r' || c == '\n')) ||
        ((c == '\t' || c == ' ') && (i + 1 == n || (is_text && last_on_line))) ||
        (c < 33 && c != '\r' && c != '\n' && c != '\t' && c != ' ') || (c < 33 && c != '\r' && c != '\n' && quote_tabs);
    if (line_end) {
      // White space at the end of a line would be lost.
      if (length && (bytes->data[length - 1] == ' ' || bytes->data[length - 1] == '\t')) {
        uint8_t space = bytes->data[length - 1];
        bytes->data[length - 1] = '=';
        bytes->data[length++] = (uint8_t)digits[space >> 4];
        bytes->data[length++] = (uint8_t)digits[space & 15];
      }
      if (crlf) bytes->data[length++] = '\r';
      bytes->data[length++] = '\n';
      i += c == '\r' ? 2 : 1;
      column = 0;
      continue;
    }
    size_t width = escape ? 3 : 1;
    bool ends = i + 1 == n || in[i + 1] == '\n';
    if (is_text ? column + width + (ends ? 0 : 1) > LINE_MAX_LENGTH : column + width >= LINE_MAX_LENGTH) {
      bytes->data[length++] = '=';
      if (crlf) bytes->data[length++] = '\r';
      bytes->data[length++] = '\n';
      column = 0;
    }
    if (escape) {
      bytes->data[length++] = '=';
      bytes->data[length++] = (uint8_t)digits[c >> 4];
      bytes->data[length++] = (uint8_t)digits[c & 15];
    } else {
      bytes->data[length++] = header && c == ' ' ? '_' : c;
    }
    column += width;
    i++;
  }
  buffer_release(&buffer);
  return bytes ? shortened(bytes, length) : NULL;
}

// ---- Checksums ----

static Value crc_hqx(Value data, Value crc_value) {
  int64_t start;
  Buffer buffer;
  if (!value_as_int64(crc_value, &start) || !buffer_acquire(data, &buffer, BUFFER_SIMPLE)) return NULL;
  uint32_t crc = (uint32_t)start & 0xffff;
  for (size_t i = 0; i < buffer.length; i++) {
    crc ^= (uint32_t)buffer.data[i] << 8;
    for (int bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xffff;
  }
  buffer_release(&buffer);
  return value_from_small_int(crc);
}
static Value crc_32(Value data, Value crc_value) {
  Value start = crc_value ? value_index(crc_value) : value_from_small_int(0);
  Value low = start ? int_and(start, value_from_small_int(UINT32_MAX)) : NULL;
  Buffer buffer;
  if (!low || !buffer_acquire(data, &buffer, BUFFER_SIMPLE)) return NULL;
  unsigned long crc = (unsigned long)value_small_int(low);
  if (buffer.length > 65536)
    BLOCKING(crc = crc32_z(crc, buffer.data, buffer.length));
  else
    crc = crc32_z(crc, buffer.data, buffer.length);
  buffer_release(&buffer);
  return value_from_small_int((int64_t)(crc & UINT32_MAX));
}

static const NativeMethod binascii_functions[] = {
    NATIVE("a2b_base64", a2b_base64, "(data, /, *, strict_mode=False)", "Decode base64."),
    NATIVE("b2a_base64", b2a_base64, "(data, /, *, newline=True)", "Encode as base64."),
    NATIVE("a2b_hex", a2b_hex, "(hexstr, /)", "Decode hexadecimal digits."),
    NATIVE("unhexlify", a2b_hex, "(hexstr, /)", "Decode hexadecimal digits."),
    NATIVE("b2a_hex", b2a_hex, "(data, sep=<unrepresentable>, bytes_per_sep=1)", "Encode as hexadecimal digits."),
    NATIVE("hexlify", b2a_hex, "(data, sep=<unrepresentable>, bytes_per_sep=1)", "Encode as hexadecimal digits."),
    NATIVE("a2b_uu", a2b_uu, "(data, /)", "Decode a line of uuencoded data."),
    NATIVE("b2a_uu", b2a_uu, "(data, /, *, backtick=False)", "Encode a line of data by uuencode."),
    NATIVE("a2b_qp", a2b_qp, "(data, header=False)", "Decode quoted-printable data."),
    NATIVE("b2a_qp", b2a_qp, "(data, quotetabs=False, istext=True, header=False)", "Encode as quoted-printable."),
    NATIVE("crc_hqx", crc_hqx, "(data, crc, /)", "The CRC-CCITT of data."),
    NATIVE("crc32", crc_32, "(data, crc=0, /)", "The CRC-32 of data."),
    {}};

static Class *make_error(Value module, const char *name, ClassId base) {
  Value bases = tuple_of(1, value_from_cell(builtin_classes[base])), namespace_dict = dict_new();
  if (!bases || !namespace_dict || !dict_set_c(namespace_dict, "__module__", str_intern_c("binascii"))) return NULL;
  Value class = class_create(BUILTIN(TYPE), str_intern_c(name), bases, namespace_dict, NULL, NULL);
  return class && module_add(module, name, class) ? value_as_class(class) : NULL;
}
static bool binascii_initialize(Value module) {
  heap_add_root_range((Value *)&state, sizeof state / sizeof(Value));
  state.error = make_error(module, "Error", CLASS_VALUE_ERROR);
  state.incomplete = state.error ? make_error(module, "Incomplete", CLASS_EXCEPTION) : NULL;
  return state.incomplete != NULL;
}
const NativeModule binascii_module = {.name = "binascii",
                                      .doc = "Bytes as text and back, and checksums.",
                                      .functions = binascii_functions,
                                      .initialize = binascii_initialize};
