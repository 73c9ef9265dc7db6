/* Character properties and case mappings: look-ups in the two-stage tables. */
#include "runtime/support/unicode.h"
#include "runtime/support/unicode_tables.h"

uint32_t unicode_flags(uint32_t code_point) {
  return unicode_type_record(code_point)->flags;
}

static inline uint32_t simple_case(uint32_t code_point, UnicodeCase which) {
  const UnicodeCaseRecord *record = &unicode_case_records[unicode_type_record(code_point)->case_record];
  if (record->sequence[which]) return unicode_case_sequences[record->sequence[which] + 1];
  return code_point + (uint32_t)record->delta[which];
}

uint32_t unicode_to_upper_other(uint32_t code_point) {
  return simple_case(code_point, CASE_UPPER);
}
uint32_t unicode_to_lower_other(uint32_t code_point) {
  return simple_case(code_point, CASE_LOWER);
}
uint32_t unicode_to_title(uint32_t code_point) {
  return simple_case(code_point, CASE_TITLE);
}

static inline int full_case(uint32_t code_point, UnicodeCase which, uint32_t out[UNICODE_CASE_MAX]) {
  const UnicodeCaseRecord *record = &unicode_case_records[unicode_type_record(code_point)->case_record];
  if (!record->sequence[which]) {
    out[0] = code_point + (uint32_t)record->delta[which];
    return 1;
  }
  const uint16_t *sequence = &unicode_case_sequences[record->sequence[which]];
  for (int i = 0; i < sequence[0]; i++) out[i] = sequence[i + 1];
  return sequence[0];
}

int unicode_to_upper_full(uint32_t code_point, uint32_t out[UNICODE_CASE_MAX]) {
  return full_case(code_point, CASE_UPPER, out);
}
int unicode_to_lower_full(uint32_t code_point, uint32_t out[UNICODE_CASE_MAX]) {
  return full_case(code_point, CASE_LOWER, out);
}
int unicode_to_title_full(uint32_t code_point, uint32_t out[UNICODE_CASE_MAX]) {
  return full_case(code_point, CASE_TITLE, out);
}
int unicode_to_folded_full(uint32_t code_point, uint32_t out[UNICODE_CASE_MAX]) {
  return full_case(code_point, CASE_FOLD, out);
}

static int value_or_none(uint8_t value) {
  return value == UNICODE_NO_VALUE ? -1 : value;
}

int unicode_decimal_other(uint32_t code_point) {
  return value_or_none(unicode_type_record(code_point)->decimal);
}
int unicode_digit(uint32_t code_point) {
  return value_or_none(unicode_type_record(code_point)->digit);
}

bool unicode_numeric(uint32_t code_point, double *value) {
  uint8_t index = unicode_type_record(code_point)->numeric;
  *value = unicode_numeric_values[index];
  return index != 0;
}

const char *unicode_category(uint32_t code_point) {
  return unicode_category_names[unicode_type_record(code_point)->category];
}

uint8_t unicode_combining(uint32_t code_point) {
  return unicode_database_record(code_point)->combining;
}

UnicodeProperties unicode_properties(uint32_t code_point, UnicodeVersion version) {
  UnicodeOldRecord record;
  uint32_t old = version == UNICODE_3_2_0 ? unicode_old_index(code_point) : 0;
  if (old) {
    record = unicode_old_records[old];
  } else {
    const UnicodeTypeRecord *type = unicode_type_record(code_point);
    const UnicodeDatabaseRecord *database = unicode_database_record(code_point);
    record = (UnicodeOldRecord){.category = type->category,
                                .bidirectional = database->bidirectional,
                                .width = database->width,
                                .combining = database->combining,
                                .mirrored = (type->flags & UNICODE_MIRRORED) != 0,
                                .decimal = type->decimal,
                                .digit = type->digit,
                                .numeric = type->numeric};
  }
  return (UnicodeProperties){.category = unicode_category_names[record.category],
                             .bidirectional = unicode_bidirectional_names[record.bidirectional],
                             .east_asian_width = unicode_width_names[record.width],
                             .combining = record.combining,
                             .mirrored = record.mirrored,
                             .decimal = (int8_t)value_or_none(record.decimal),
                             .digit = (int8_t)value_or_none(record.digit),
                             .has_numeric = record.numeric != 0,
                             .numeric = unicode_numeric_values[record.numeric]};
}

UnicodeDecomposition unicode_decomposition(uint32_t code_point, UnicodeVersion version) {
  uint32_t offset = unicode_unassigned_in(version, code_point) ? 0 : unicode_decomposition_index(code_point);
  const uint32_t *data = &unicode_decomposition_data[offset];
  return (UnicodeDecomposition){
      .tag = unicode_tag_names[data[0] & 255], .code_points = data + 1, .length = (int)(data[0] >> 8)};
}
