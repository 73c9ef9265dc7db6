/* Runs runtime/support's text functions for the oracles: one command a line on standard input, one line of answer each.
 *
 * Doubles travel as the hexadecimal digits of their bits, bytes as pairs of hexadecimal digits ("-" for none), strings
 * as code points separated by commas ("-" for none). `text_driver properties START STOP` prints all properties of a
 * range of code points instead, a line each.
 */
#include "runtime/support/hash.h"
#include "runtime/support/number_text.h"
#include "runtime/support/unicode.h"
#include "runtime/support/utf8.h"
#include "runtime/support/utf_7.h"
#include "runtime/support/utf_wide.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  uint8_t *bytes;
  size_t size;
} Bytes;

typedef struct {
  uint32_t *code_points;
  size_t length;
} Text;

static void *allocate(size_t size) {
  void *memory = malloc(size ? size : 1);
  if (!memory) abort();
  return memory;
}

/* ---- Arguments. ---- */

static char *next_word(void) {
  char *word = strtok(NULL, " \n");
  if (!word) {
    fprintf(stderr, "text_driver: argument missing\n");
    exit(2);
  }
  return word;
}

static int64_t next_int(void) {
  return strtoll(next_word(), NULL, 10);
}

static double next_double(void) {
  uint64_t bits = strtoull(next_word(), NULL, 16);
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static Bytes next_bytes(void) {
  const char *word = next_word();
  size_t size = *word == '-' ? 0 : strlen(word) / 2;
  Bytes bytes = {allocate(size), size};
  for (size_t i = 0; i < size; i++) {
    char pair[3] = {word[2 * i], word[2 * i + 1], 0};
    bytes.bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
  }
  return bytes;
}

static Text next_text(void) {
  char *word = next_word();
  Text text = {allocate(strlen(word) * sizeof(uint32_t)), 0};
  if (*word == '-') return text;
  while (*word) {
    text.code_points[text.length++] = (uint32_t)strtoul(word, &word, 16);
    if (*word == ',') word++;
  }
  return text;
}

/* ---- Answers. ---- */

static void print_double(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  printf("%" PRIx64, bits);
}

static void print_bytes(const uint8_t *bytes, size_t size) {
  if (size == 0) putchar('-');
  for (size_t i = 0; i < size; i++) printf("%02x", bytes[i]);
}

static void print_code_points(const uint32_t *code_points, size_t length) {
  if (length == 0) putchar('-');
  for (size_t i = 0; i < length; i++) printf(i ? ",%x" : "%x", code_points[i]);
}

static void print_units(const void *units, int width, size_t length) {
  if (length == 0) putchar('-');
  for (size_t i = 0; i < length; i++) printf(i ? ",%x" : "%x", utf_unit(units, width, i));
}

/* ---- Properties. ---- */

static void print_case(uint32_t code_point) {
  static int (*const FULL[])(uint32_t, uint32_t *) = {unicode_to_upper_full, unicode_to_lower_full,
                                                      unicode_to_title_full, unicode_to_folded_full};
  uint32_t out[UNICODE_CASE_MAX];
  for (int i = 0; i < 4; i++) {
    print_code_points(out, (size_t)FULL[i](code_point, out));
    putchar(' ');
  }
  printf("%x %x %x ", unicode_to_upper(code_point), unicode_to_lower(code_point), unicode_to_title(code_point));
}

static void print_database(uint32_t code_point, UnicodeVersion version) {
  UnicodeProperties p = unicode_properties(code_point, version);
  printf("%s,%s,%s,%d,%d,%d,%d,", p.category, p.bidirectional, p.east_asian_width, p.combining, p.mirrored, p.decimal,
         p.digit);
  if (p.has_numeric)
    print_double(p.numeric);
  else
    putchar('-');
  UnicodeDecomposition d = unicode_decomposition(code_point, version);
  printf(" %s", d.tag);
  print_code_points(d.code_points, (size_t)d.length);
  for (int form = UNICODE_NFD; form <= UNICODE_NFKC; form++) {
    uint32_t out[32];
    putchar(' ');
    print_code_points(out, unicode_normalize((UnicodeForm)form, version, &code_point, 1, out));
  }
  char name[UNICODE_NAME_MAX];
  size_t length = unicode_name(code_point, version, name, sizeof name);
  printf(" [%s]", length ? name : "");
  uint32_t found[UNICODE_NAMED_SEQUENCE_MAX];
  bool same = length && unicode_lookup(name, length, version, found) == 1 && found[0] == code_point;
  printf("%s ", same ? "=" : "");
}

static void print_properties(uint32_t code_point) {
  printf("%x %x ", code_point, unicode_flags(code_point));
  double numeric;
  bool has_numeric = unicode_numeric(code_point, &numeric);
  printf("%d %d %d ", unicode_decimal(code_point), unicode_digit(code_point), has_numeric);
  print_case(code_point);
  print_database(code_point, UNICODE_14_0_0);
  print_database(code_point, UNICODE_3_2_0);
  for (int form = UNICODE_NFD; form <= UNICODE_NFKC; form++)
    printf("%d", unicode_quick_check((UnicodeForm)form, &code_point, 1));
  putchar('\n');
}

/* ---- Commands. ---- */

static void run_repr(void) {
  char buffer[FLOAT_REPR_MAX];
  float_repr(next_double(), buffer);
  fputs(buffer, stdout);
}

static void run_parse(void) {
  Bytes text = next_bytes();
  double value;
  printf("%zu ", float_parse((char *)text.bytes, text.size, FLOAT_PARSE_UNDERSCORES | FLOAT_PARSE_WORDS, &value));
  print_double(value);
  free(text.bytes);
}

static void run_format(void) {
  double value = next_double();
  char code = *next_word();
  int precision = (int)next_int();
  unsigned flags = (unsigned)next_int();
  size_t length = float_format(value, code, precision, flags, NULL, 0);
  char *buffer = allocate(length + 1);
  float_format(value, code, precision, flags, buffer, length + 1);
  fputs(buffer, stdout);
  free(buffer);
}

static void run_round(void) {
  double value = next_double();
  print_double(float_round(value, next_int()));
}

static void run_hex(void) {
  char buffer[FLOAT_HEX_MAX];
  float_hex(next_double(), buffer);
  fputs(buffer, stdout);
}

static void run_unhex(void) {
  Bytes text = next_bytes();
  double value;
  FloatHexStatus status = float_parse_hex((char *)text.bytes, text.size, &value);
  printf("%d ", status);
  print_double(status == FLOAT_HEX_OK ? value : 0);
  free(text.bytes);
}

static void run_normalize(void) {
  UnicodeForm form = (UnicodeForm)next_int();
  UnicodeVersion version = (UnicodeVersion)next_int();
  Text text = next_text();
  size_t capacity = unicode_normalize_capacity(form, version, text.code_points, text.length);
  uint32_t *out = allocate(capacity * sizeof(uint32_t));
  printf("%d ", unicode_quick_check(form, text.code_points, text.length));
  print_code_points(out, unicode_normalize(form, version, text.code_points, text.length, out));
  free(out);
  free(text.code_points);
}

static void run_lookup(void) {
  UnicodeVersion version = (UnicodeVersion)next_int();
  Bytes name = next_bytes();
  uint32_t out[UNICODE_NAMED_SEQUENCE_MAX], single;
  print_code_points(out, (size_t)unicode_lookup((char *)name.bytes, name.size, version, out));
  printf(" %d", unicode_lookup_name((char *)name.bytes, name.size, &single));
  free(name.bytes);
}

static void print_scan(UtfScan scan) {
  printf(" %zu %zu %d %s", scan.size, scan.bad_size, scan.incomplete, utf_reason(scan.status));
}

static void run_decode(void) {
  const char *codec = next_word();
  bool big_endian = codec[strlen(codec) - 1] == 'B', utf16 = strncmp(codec, "16", 2) == 0;
  Bytes input = next_bytes();
  UtfScan scan = codec[0] == '8' ? utf8_scan(input.bytes, input.size, codec[1] == 's')
                 : utf16         ? utf16_scan(input.bytes, input.size, big_endian)
                                 : utf32_scan(input.bytes, input.size, big_endian);
  int width = utf_width(scan.maximum);
  void *units = allocate(scan.length * (size_t)width);
  if (codec[0] == '8')
    utf8_decode(input.bytes, scan.size, units, width);
  else if (utf16)
    utf16_decode(input.bytes, scan.size, big_endian, units, width);
  else
    utf32_decode(input.bytes, scan.size, big_endian, units, width);
  print_units(units, width, scan.length);
  print_scan(scan);
  free(units);
  free(input.bytes);
}

static void run_decode7(void) {
  bool final = next_int();
  Bytes input = next_bytes();
  uint32_t *out = allocate(input.size * sizeof(uint32_t));
  Utf7Result result = utf7_decode(input.bytes, input.size, final, out);
  print_code_points(out, result.length);
  printf(" %zu %zu %zu %s", result.consumed, result.bad_start, result.bad_end, result.reason ? result.reason : "");
  free(out);
  free(input.bytes);
}

static void run_encode(void) {
  const char *codec = next_word();
  bool big_endian = codec[strlen(codec) - 1] == 'B';
  Text text = next_text();
  int width = utf_width(utf_maximum(text.code_points, 4, text.length));
  void *units = allocate(text.length * (size_t)width);
  for (size_t i = 0; i < text.length; i++) {
    if (width == 1) ((uint8_t *)units)[i] = (uint8_t)text.code_points[i];
    if (width == 2) ((uint16_t *)units)[i] = (uint16_t)text.code_points[i];
    if (width == 4) ((uint32_t *)units)[i] = text.code_points[i];
  }
  bool utf7 = codec[0] == '7', utf8 = codec[0] == '8', utf16 = strncmp(codec, "16", 2) == 0;
  size_t valid = text.length, size = utf7    ? utf7_encode(units, width, text.length, NULL)
                                     : utf8  ? utf8_encoded_size(units, width, text.length, false, &valid)
                                     : utf16 ? utf16_encoded_size(units, width, text.length, false, &valid)
                                             : utf32_encoded_size(units, width, text.length, false, &valid);
  uint8_t *out = allocate(size), *end;
  if (utf7)
    end = out + utf7_encode(units, width, text.length, out);
  else if (utf8)
    end = utf8_encode(units, width, valid, out);
  else if (utf16)
    end = utf16_encode(units, width, valid, big_endian, out);
  else
    end = utf32_encode(units, width, valid, big_endian, out);
  if (end != out + size) abort();
  print_bytes(out, size);
  printf(" %zu", valid);
  free(out);
  free(units);
  free(text.code_points);
}

static void run_hash(void) {
  HashKey key = hash_key_from_seed((uint32_t)next_int());
  Bytes bytes = next_bytes();
  printf("%" PRId64, hash_bytes(&key, bytes.bytes, bytes.size));
  free(bytes.bytes);
}

static void run_hash_double(void) {
  printf("%" PRId64, hash_double(next_double()));
}

/* Sign, then the number's limbs as bytes, least significant first. */
static void run_hash_limbs(void) {
  bool negative = next_int();
  Bytes bytes = next_bytes();
  uint64_t *limbs = allocate(bytes.size);
  memcpy(limbs, bytes.bytes, bytes.size);
  printf("%" PRId64, hash_limbs(negative, limbs, bytes.size / 8));
  free(limbs);
  free(bytes.bytes);
}

static const struct {
  const char *name;
  void (*run)(void);
} COMMANDS[] = {
    {"repr", run_repr},
    {"parse", run_parse},
    {"format", run_format},
    {"round", run_round},
    {"hex", run_hex},
    {"unhex", run_unhex},
    {"lookup", run_lookup},
    {"normalize", run_normalize},
    {"decode", run_decode},
    {"decode7", run_decode7},
    {"encode", run_encode},
    {"hash", run_hash},
    {"hashdouble", run_hash_double},
    {"hashlimbs", run_hash_limbs},
};

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "properties") == 0) {
    for (uint32_t code_point = (uint32_t)strtoul(argv[2], NULL, 0); code_point < strtoul(argv[3], NULL, 0);
         code_point++)
      print_properties(code_point);
    return 0;
  }
  char *line = NULL;
  size_t capacity = 0;
  while (getline(&line, &capacity, stdin) > 0) {
    const char *name = strtok(line, " \n");
    size_t i = 0, count = sizeof COMMANDS / sizeof *COMMANDS;
    while (i < count && (!name || strcmp(COMMANDS[i].name, name) != 0)) i++;
    if (i == count) {
      fprintf(stderr, "text_driver: unknown command %s\n", name ? name : "");
      return 2;
    }
    COMMANDS[i].run();
    putchar('\n');
  }
  free(line);
  return 0;
}
