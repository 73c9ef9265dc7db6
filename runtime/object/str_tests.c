// str: the is...() methods.
//
// Threads: immutable texts only.
#include "runtime/object/str_internal.h"
#include "runtime/support/unicode.h"

// Not empty, and every character has one of the properties.
static Value all_have(Value self, UnicodeFlag flags) {
  const Str *text = value_as_str(self);
  for (size_t i = 0; i < text->length; i++)
    if (!unicode_has(str_character(text, i), flags)) return VALUE_FALSE;
  return value_from_bool(text->length > 0);
}

Value str_isspace_method(Value self) {
  return all_have(self, UNICODE_SPACE);
}
Value str_isdecimal_method(Value self) {
  return all_have(self, UNICODE_DECIMAL);
}
Value str_isdigit_method(Value self) {
  return all_have(self, UNICODE_DIGIT);
}
Value str_isnumeric_method(Value self) {
  return all_have(self, UNICODE_NUMERIC);
}
Value str_isalpha_method(Value self) {
  return all_have(self, UNICODE_ALPHA);
}
Value str_isalnum_method(Value self) {
  return all_have(self, UNICODE_ALNUM);
}
Value str_isprintable_method(Value self) {
  return value_from_bool(str_length(self) == 0 || all_have(self, UNICODE_PRINTABLE) == VALUE_TRUE);
}
Value str_isascii_method(Value self) {
  return value_from_bool(str_is_ascii(value_as_str(self)));
}

// No character with a property of `excluded`, at least one with `wanted`.
static Value cased_as(Value self, UnicodeFlag wanted, UnicodeFlag excluded) {
  const Str *text = value_as_str(self);
  bool found = false;
  for (size_t i = 0; i < text->length; i++) {
    uint32_t character = str_character(text, i);
    if (unicode_has(character, excluded)) return VALUE_FALSE;
    found = found || unicode_has(character, wanted);
  }
  return value_from_bool(found);
}
Value str_islower_method(Value self) {
  return cased_as(self, UNICODE_LOWER, UNICODE_UPPER | UNICODE_TITLE);
}
Value str_isupper_method(Value self) {
  return cased_as(self, UNICODE_UPPER, UNICODE_LOWER | UNICODE_TITLE);
}

Value str_istitle_method(Value self) {
  const Str *text = value_as_str(self);
  bool found = false, inside = false; // `inside` a word: the previous character is cased
  for (size_t i = 0; i < text->length; i++) {
    uint32_t character = str_character(text, i);
    bool capital = unicode_has(character, UNICODE_UPPER | UNICODE_TITLE), lower = unicode_is_lower(character);
    if ((capital && inside) || (lower && !inside)) return VALUE_FALSE;
    inside = capital || lower;
    found = found || inside;
  }
  return value_from_bool(found);
}

Value str_isidentifier_method(Value self) {
  const Str *text = value_as_str(self);
  if (text->length == 0 || !unicode_is_xid_start(str_character(text, 0))) return VALUE_FALSE;
  for (size_t i = 1; i < text->length; i++)
    if (!unicode_is_xid_continue(str_character(text, i))) return VALUE_FALSE;
  return VALUE_TRUE;
}
