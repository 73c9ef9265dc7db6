// Encodings of seven bits that switch between sets: those of ISO 2022, by escape sequences, and HZ, by tildes.
//
// The state of ISO 2022 (getstate() shows it): bytes 0 to 2 are the marks of what G0, G1 and G2 hold, byte 4 has flags.
// HZ notes in byte 0 whether two bytes are a character.
#include "runtime/module/multibyte.h"

#include <string.h>

enum : uint8_t { ESCAPE = 0x1b, SHIFT_OUT = 0x0e, SHIFT_IN = 0x0f, ASCII_MARK = 'B', TWO_BYTES = 0x80 };
enum : uint8_t { FLAGS_AT = 4, SHIFTED = 1, PASSING_ESCAPE = 2 };
enum { LONGEST_ESCAPE = 16 };

// What the bytes of a designated set mean.
typedef enum DesignationKind : uint8_t {
  KIND_TABLE,      // two bytes, as in its set without the high bits
  KIND_TABLE_READ, // the same, never chosen for writing
  KIND_ROMAN,      // ASCII but for yen and overline
  KIND_KATAKANA,   // half-width
  KIND_LATIN,      // the upper half of ISO 8859-1, never written
  KIND_GREEK,      // of ISO 8859-7, the same
} DesignationKind;

// ---- Which sets there are ----

#define KANJI        {'B' | TWO_BYTES, 0, "$B", KIND_TABLE, CHARSET_JISX0208}
#define OLD_KANJI    {'@' | TWO_BYTES, 0, "$@", KIND_TABLE_READ, CHARSET_JISX0208}
#define MORE_KANJI   {'D' | TWO_BYTES, 0, "$(D", KIND_TABLE, CHARSET_JISX0212}
#define ROMAN        {'J', 0, "(J", KIND_ROMAN, CHARSET_NONE}
#define KATAKANA     {'I', 0, "(I", KIND_KATAKANA, CHARSET_NONE}
#define PLANE_2(set) {'P' | TWO_BYTES, 0, "$(P", KIND_TABLE, set}

const Designation iso2022_kr_sets[] = {{'C' | TWO_BYTES, 1, "$)C", KIND_TABLE, CHARSET_KSX1001}, {}};
const Designation iso2022_jp_sets[] = {KANJI, ROMAN, OLD_KANJI, {}};
const Designation iso2022_jp_1_sets[] = {KANJI, MORE_KANJI, ROMAN, OLD_KANJI, {}};
const Designation iso2022_jp_2_sets[] = {KANJI,
                                         MORE_KANJI,
                                         {'C' | TWO_BYTES, 0, "$(C", KIND_TABLE, CHARSET_KSX1001},
                                         {'A' | TWO_BYTES, 0, "$(A", KIND_TABLE, CHARSET_GB2312},
                                         ROMAN,
                                         OLD_KANJI,
                                         {'A', 2, ".A", KIND_LATIN, CHARSET_NONE},
                                         {'F', 2, ".F", KIND_GREEK, CHARSET_ISO8859_7},
                                         {}};
const Designation iso2022_jp_2004_sets[] = {
    KANJI, {'Q' | TWO_BYTES, 0, "$(Q", KIND_TABLE, CHARSET_JISX0213_2004_SWITCHED}, PLANE_2(CHARSET_JISX0213_2), {}};
const Designation iso2022_jp_3_sets[] = {KANJI,
                                         {'O' | TWO_BYTES, 0, "$(O", KIND_TABLE, CHARSET_JISX0213_2000_SWITCHED},
                                         PLANE_2(CHARSET_JISX0213_2_2000),
                                         {}};
const Designation iso2022_jp_ext_sets[] = {KANJI, MORE_KANJI, ROMAN, KATAKANA, OLD_KANJI, {}};

static const Designation *find_designation(const MultibyteCodec *codec, uint8_t mark) {
  for (const Designation *designation = codec->designations; designation->escape; designation++)
    if (designation->mark == mark) return designation;
  return NULL;
}
// The old edition of JIS X 0208 may be announced with a revision, and sets be put into G2, where the codec has them.
static bool has_old_kanji(const MultibyteCodec *codec) {
  return !codec->shifts;
}
static bool has_third_place(const MultibyteCodec *codec) {
  return codec->designations == iso2022_jp_2_sets;
}

void multibyte_start(const MultibyteCodec *codec, MultibyteState *state, bool decodes) {
  *state = (MultibyteState){};
  if (!codec->designations) return;
  state->bytes[0] = state->bytes[1] = ASCII_MARK;
  if (decodes) state->bytes[2] = ASCII_MARK;
}

// ---- Decoding ISO 2022 ----

static bool ends_escape(uint8_t byte) {
  return (byte >= 'A' && byte <= 'Z') || byte == '@';
}

// The sequence that begins with the escape at `bytes`: designates a set. As MultibyteDecoder.
static ptrdiff_t designate(const MultibyteCodec *codec, MultibyteState *state, const uint8_t *bytes, size_t size) {
  size_t length = 0;
  for (size_t i = 1; i < LONGEST_ESCAPE && !length; i++) {
    if (i >= size) return 0;
    if (ends_escape(bytes[i]))
      length = i + 1;
    else if (has_old_kanji(codec) && i + 1 < size && bytes[i] == '&' && bytes[i + 1] == '@')
      i += 2;
  }
  static const char places[] = "().";
  const char *place = NULL;
  uint8_t mark = 0;
  if (length == 3) {
    mark = bytes[1] == '$' ? bytes[2] | TWO_BYTES : bytes[2];
    place = bytes[1] == '$' ? places : memchr(places, bytes[1], has_third_place(codec) ? 3 : 2);
  } else if (length == 4 && bytes[1] == '$') {
    mark = bytes[3] | TWO_BYTES;
    place = memchr(places, bytes[2], 2);
  } else if (length == 6 && has_old_kanji(codec) && memcmp(bytes + 3, "\x1b$B", 3) == 0) {
    mark = 'B' | TWO_BYTES;
    place = places;
  }
  if (!length) return -1; // too long to be one
  if (!place || (mark != ASCII_MARK && !find_designation(codec, mark))) return -(ptrdiff_t)length;
  state->bytes[place - places] = mark;
  return (ptrdiff_t)length;
}

// A single character of G2.
static ptrdiff_t decode_third(const MultibyteCodec *codec, MultibyteState *state, const uint8_t *bytes, size_t size,
                              StrBuilder *out) {
  if (size < 3) return 0;
  uint8_t mark = state->bytes[2], byte = bytes[2];
  if (byte >= 0x80) return -3;
  const Designation *designation = mark == ASCII_MARK ? NULL : find_designation(codec, mark);
  uint32_t found = byte;
  if (designation && designation->kind == KIND_GREEK && byte >= 0x20)
    found = charset_decode(multibyte_set(designation->set), 0x80, byte | 0x80);
  else if (designation)
    found = byte | 0x80;
  if (designation && !found) return -3;
  str_builder_add_character(out, found);
  return 3;
}

// A character of the set that is in use.
static ptrdiff_t decode_designated(const Designation *designation, const uint8_t *bytes, size_t size, StrBuilder *out) {
  ptrdiff_t width = designation->mark & TWO_BYTES ? 2 : 1;
  if (size < (size_t)width) return 0;
  uint32_t found = 0;
  switch ((DesignationKind)designation->kind) {
  case KIND_ROMAN:
    found = bytes[0] == 0x5c ? 0xa5 : bytes[0] == 0x7e ? 0x203e : bytes[0];
    break;
  case KIND_KATAKANA:
    if (bytes[0] >= 0x21 && bytes[0] <= 0x5f) found = 0xff61 + bytes[0] - 0x21u;
    break;
  case KIND_TABLE:
  case KIND_TABLE_READ: {
    const Charset *set = multibyte_set(designation->set);
    if (bytes[1] < 0x80) found = charset_decode(set, bytes[0] | 0x80, bytes[1] | 0x80);
    if (found <= CHARSET_LATER) return -width;
    multibyte_add(out, set, found);
    return width;
  }
  case KIND_LATIN:
  case KIND_GREEK:
    break; // only in G2
  }
  if (!found) return -width;
  str_builder_add_character(out, found);
  return width;
}

ptrdiff_t iso2022_decode(const MultibyteCodec *codec, MultibyteState *state, const uint8_t *bytes, size_t size,
                         StrBuilder *out) {
  uint8_t byte = bytes[0], *flags = &state->bytes[FLAGS_AT];
  if (*flags & PASSING_ESCAPE) {
    if (ends_escape(byte)) *flags &= (uint8_t)~PASSING_ESCAPE;
    str_builder_add_character(out, byte);
    return 1;
  }
  if (byte == ESCAPE) {
    if (size < 2) return 0;
    if (memchr("()$.&", bytes[1], 5)) return designate(codec, state, bytes, size);
    if (bytes[1] == 'N' && has_third_place(codec)) return decode_third(codec, state, bytes, size, out);
    *flags |= PASSING_ESCAPE;
  } else if (codec->shifts && (byte == SHIFT_IN || byte == SHIFT_OUT)) {
    *flags = byte == SHIFT_OUT ? *flags | SHIFTED : *flags & (uint8_t)~SHIFTED;
    return 1;
  } else if (byte == '\n') {
    *flags &= (uint8_t)~SHIFTED;
  } else if (byte >= 0x80) {
    return -1;
  } else if (byte >= 0x20) {
    uint8_t mark = state->bytes[*flags & SHIFTED ? 1 : 0];
    const Designation *designation = mark == ASCII_MARK ? NULL : find_designation(codec, mark);
    if (designation) return decode_designated(designation, bytes, size, out);
  }
  str_builder_add_character(out, byte);
  return 1;
}

// ---- Encoding ISO 2022 ----

static void add_escape(Encode *out, const char *sequence) {
  encode_add_byte(out, ESCAPE);
  encode_add(out, sequence, strlen(sequence));
}
// Back to ASCII.
static void leave_sets(MultibyteState *state, Encode *out) {
  if (state->bytes[FLAGS_AT] & SHIFTED) encode_add_byte(out, SHIFT_IN);
  state->bytes[FLAGS_AT] &= (uint8_t)~SHIFTED;
  if (state->bytes[0] == ASCII_MARK) return;
  add_escape(out, "(B");
  state->bytes[0] = ASCII_MARK;
}
static uint16_t designated_code(const Designation *designation, const Str *text, size_t at, bool final,
                                ptrdiff_t *count) {
  uint32_t character = str_character(text, at);
  *count = 1;
  switch ((DesignationKind)designation->kind) {
  case KIND_TABLE:
    return multibyte_code(multibyte_set(designation->set), text, at, final, count);
  case KIND_ROMAN:
    return character == 0xa5 ? 0x5c : character == 0x203e ? 0x7e : 0;
  case KIND_KATAKANA:
    return character >= 0xff61 && character <= 0xff9f ? (uint16_t)(character - 0xff61 + 0x21) : 0;
  case KIND_TABLE_READ:
  case KIND_LATIN:
  case KIND_GREEK:
    break;
  }
  return 0;
}

ptrdiff_t iso2022_encode(const MultibyteCodec *codec, MultibyteState *state, const Str *text, size_t at, bool final,
                         Encode *out) {
  uint32_t character = str_character(text, at);
  if (character < 0x80) {
    leave_sets(state, out);
    encode_add_byte(out, (uint8_t)character);
    return 1;
  }
  for (const Designation *designation = codec->designations; designation->escape; designation++) {
    ptrdiff_t count;
    uint16_t code = designated_code(designation, text, at, final, &count);
    if (count == 0) return 0;
    // Only sets that are read with a high bit have codes of two bytes that can be written without it.
    if (!code || (designation->mark & TWO_BYTES && !(code & 0x80))) continue;
    if (state->bytes[designation->place] != designation->mark) {
      if (designation->place == 0 && state->bytes[FLAGS_AT] & SHIFTED) encode_add_byte(out, SHIFT_IN);
      add_escape(out, designation->escape);
      state->bytes[designation->place] = designation->mark;
    }
    if (designation->place == 1 && !(state->bytes[FLAGS_AT] & SHIFTED)) {
      encode_add_byte(out, SHIFT_OUT);
      state->bytes[FLAGS_AT] |= SHIFTED;
    }
    if (designation->mark & TWO_BYTES)
      encode_add_code(out, code & 0x7f7f);
    else
      encode_add_byte(out, (uint8_t)code);
    return count;
  }
  return -1;
}

// ---- HZ ----

ptrdiff_t hz_decode(const MultibyteCodec *codec, MultibyteState *state, const uint8_t *bytes, size_t size,
                    StrBuilder *out) {
  uint8_t *chinese = &state->bytes[0];
  if (bytes[0] == '~') {
    if (size < 2) return 0;
    if (bytes[1] == (*chinese ? '}' : '{'))
      *chinese = !*chinese;
    else if (!*chinese && bytes[1] == '~')
      str_builder_add_character(out, '~');
    else if (*chinese || bytes[1] != '\n')
      return -1;
    return 2;
  }
  if (bytes[0] >= 0x80) return -1;
  if (!*chinese) {
    str_builder_add_character(out, bytes[0]);
    return 1;
  }
  if (size < 2) return 0;
  uint32_t found =
      bytes[1] < 0x80 ? charset_decode(multibyte_set(codec->sets[0]), bytes[0] | 0x80, bytes[1] | 0x80) : 0;
  if (!found) return -1;
  str_builder_add_character(out, found);
  return 2;
}
ptrdiff_t hz_encode(const MultibyteCodec *codec, MultibyteState *state, const Str *text, size_t at, bool, Encode *out) {
  uint32_t character = str_character(text, at);
  if (character < 0x80) {
    multibyte_finish(codec, state, out);
    if (character == '~') encode_add_byte(out, '~');
    encode_add_byte(out, (uint8_t)character);
    return 1;
  }
  uint16_t code = charset_encode(multibyte_set(codec->sets[0]), character);
  if (!code) return -1;
  if (!state->bytes[0]) encode_add(out, "~{", 2);
  state->bytes[0] = 1;
  encode_add_code(out, code & 0x7f7f);
  return 1;
}

void multibyte_finish(const MultibyteCodec *codec, MultibyteState *state, Encode *out) {
  if (codec->designations) {
    leave_sets(state, out);
  } else if (codec->decode == hz_decode && state->bytes[0]) {
    encode_add(out, "~}", 2);
    state->bytes[0] = 0;
  }
}
