// Spot checks of the Unicode tables and algorithms; tests/oracle/unicode_oracle.py compares every code point with
// CPython.
#include "runtime/support/unicode.h"
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace {

using Text = std::vector<uint32_t>;

Text normalize(UnicodeForm form, const Text &text, UnicodeVersion version = UNICODE_14_0_0) {
  Text out(unicode_normalize_capacity(form, version, text.data(), text.size()));
  out.resize(unicode_normalize(form, version, text.data(), text.size(), out.data()));
  return out;
}

std::string name_of(uint32_t code_point, UnicodeVersion version = UNICODE_14_0_0) {
  char buffer[UNICODE_NAME_MAX];
  return std::string(buffer, unicode_name(code_point, version, buffer, sizeof buffer));
}

Text lookup(const std::string &name, UnicodeVersion version = UNICODE_14_0_0) {
  uint32_t out[UNICODE_NAMED_SEQUENCE_MAX];
  int count = unicode_lookup(name.data(), name.size(), version, out);
  return Text(out, out + count);
}

TEST(Unicode, Properties) {
  EXPECT_TRUE(unicode_is_alpha('a') && unicode_is_alpha(0x3B1) && !unicode_is_alpha('1'));
  EXPECT_TRUE(unicode_is_xid_start('_') && unicode_is_xid_start(0x2118) && !unicode_is_xid_start('1'));
  EXPECT_TRUE(unicode_is_xid_continue('1') && unicode_is_xid_continue(0xB7) && !unicode_is_xid_continue('-'));
  EXPECT_TRUE(unicode_is_printable(' ') && !unicode_is_printable(0xA0) && !unicode_is_printable(0x378));
  EXPECT_TRUE(unicode_is_space(0x2003) && unicode_is_space(0x1C) && !unicode_is_space(0x200B));
  EXPECT_TRUE(unicode_is_line_break(0x2028) && unicode_is_line_break(0x85) && !unicode_is_line_break(' '));
  EXPECT_TRUE(unicode_is_title(0x1C5) && !unicode_is_upper(0x1C5));
  EXPECT_FALSE(unicode_is_alpha(0x110000) || unicode_is_printable(0xFFFFFFFF));
  EXPECT_EQ(unicode_decimal(0x669), 9);
  EXPECT_EQ(unicode_decimal(0xB2), -1);
  EXPECT_EQ(unicode_digit(0xB2), 2);
  double value;
  EXPECT_TRUE(unicode_numeric(0xBD, &value));
  EXPECT_EQ(value, 0.5);
  EXPECT_STREQ(unicode_category(0x20AC), "Sc");
}

TEST(Unicode, CaseMappings) {
  uint32_t out[UNICODE_CASE_MAX];
  EXPECT_EQ(unicode_to_upper('z'), 'Z');
  EXPECT_EQ(unicode_to_lower(0x130), 'i');
  ASSERT_EQ(unicode_to_upper_full(0xDF, out), 2);
  EXPECT_TRUE(out[0] == 'S' && out[1] == 'S');
  ASSERT_EQ(unicode_to_folded_full(0x1E9E, out), 2);
  EXPECT_TRUE(out[0] == 's' && out[1] == 's');
  ASSERT_EQ(unicode_to_upper_full(0x390, out), 3);
  EXPECT_TRUE(unicode_is_cased(0x3A3) && unicode_is_case_ignorable(0xAD));
}

TEST(Unicode, OldDatabase) {
  EXPECT_STREQ(unicode_properties(0x221, UNICODE_3_2_0).category, "Cn");
  EXPECT_STREQ(unicode_properties(0x221, UNICODE_14_0_0).category, "Ll");
  EXPECT_EQ(name_of(0x221, UNICODE_3_2_0), "");
  EXPECT_EQ(normalize(UNICODE_NFC, {0x2F868}, UNICODE_3_2_0), Text{0x2136A});
  EXPECT_EQ(normalize(UNICODE_NFC, {0x2F868}), Text{0x36FC});
}

TEST(Unicode, Normalization) {
  EXPECT_EQ(normalize(UNICODE_NFC, {'e', 0x301}), Text{0xE9});
  EXPECT_EQ(normalize(UNICODE_NFD, {0x1E69}), (Text{'s', 0x323, 0x307}));
  EXPECT_EQ(normalize(UNICODE_NFKC, {0xFB01}), (Text{'f', 'i'}));
  EXPECT_EQ(normalize(UNICODE_NFD, {0xAC01}), (Text{0x1100, 0x1161, 0x11A8}));
  EXPECT_EQ(normalize(UNICODE_NFC, {0x1100, 0x1161, 0x11A8}), Text{0xAC01});
  EXPECT_EQ(normalize(UNICODE_NFC, {0x2126}), Text{0x3A9});
  EXPECT_EQ(normalize(UNICODE_NFC, {'a', 0x328, 0x301, 0x301}), (Text{0x105, 0x301, 0x301}));
  EXPECT_TRUE(normalize(UNICODE_NFC, {}).empty());
}

TEST(Unicode, QuickCheck) {
  Text plain{'a', 0xE9}, marks{'e', 0x301}, singleton{0x212B}, unordered{'a', 0x301, 0x323};
  EXPECT_EQ(unicode_quick_check(UNICODE_NFC, plain.data(), plain.size()), UNICODE_QUICK_YES);
  EXPECT_EQ(unicode_quick_check(UNICODE_NFC, marks.data(), marks.size()), UNICODE_QUICK_MAYBE);
  EXPECT_EQ(unicode_quick_check(UNICODE_NFD, marks.data(), marks.size()), UNICODE_QUICK_YES);
  EXPECT_EQ(unicode_quick_check(UNICODE_NFC, singleton.data(), 1), UNICODE_QUICK_NO);
  EXPECT_EQ(unicode_quick_check(UNICODE_NFD, unordered.data(), 3), UNICODE_QUICK_NO);
}

// Ordering is stable and not quadratic: a million marks of alternating classes take a moment, not an hour.
TEST(Unicode, LongRunOfMarks) {
  Text text{'a'};
  for (int i = 0; i < 500000; i++) text.insert(text.end(), {i % 2 ? 0x301u : 0x308u, 0x323u});
  Text ordered = normalize(UNICODE_NFD, text);
  ASSERT_EQ(ordered.size(), text.size());
  EXPECT_EQ(ordered[500000], 0x323u);
  for (size_t i = 0; i < 500000; i++) ASSERT_EQ(ordered[500001 + i], i % 2 ? 0x301u : 0x308u);
}

TEST(Unicode, Names) {
  EXPECT_EQ(name_of('a'), "LATIN SMALL LETTER A");
  EXPECT_EQ(name_of(0x4E00), "CJK UNIFIED IDEOGRAPH-4E00");
  EXPECT_EQ(name_of(0xD55C), "HANGUL SYLLABLE HAN");
  EXPECT_EQ(name_of(0), "");
  EXPECT_EQ(name_of(0x110000), "");
  EXPECT_EQ(lookup("snowman"), Text{0x2603});
  EXPECT_EQ(lookup("HANGUL SYLLABLE HAN"), Text{0xD55C});
  EXPECT_EQ(lookup("hangul syllable han"), Text{});
  EXPECT_EQ(lookup("CJK UNIFIED IDEOGRAPH-04E00"), Text{0x4E00});
  EXPECT_EQ(lookup("cjk unified ideograph-4E00"), Text{});
  EXPECT_EQ(lookup("LATIN CAPITAL LETTER GHA"), Text{0x1A2});
  EXPECT_EQ(lookup("LATIN CAPITAL LETTER GHA", UNICODE_3_2_0), Text{});
  EXPECT_EQ(lookup("KEYCAP DIGIT ONE"), (Text{'1', 0xFE0F, 0x20E3}));
  EXPECT_EQ(lookup("NO SUCH NAME"), Text{});
  EXPECT_EQ(lookup(std::string(100000, 'A')), Text{});
  uint32_t code_point;
  EXPECT_TRUE(unicode_lookup_name("LINE FEED", 9, &code_point));
  EXPECT_EQ(code_point, 10u);
  EXPECT_FALSE(unicode_lookup_name("KEYCAP DIGIT ONE", 16, &code_point));
  char small[8];
  EXPECT_EQ(unicode_name('a', UNICODE_14_0_0, small, sizeof small), 0u);
}

} // namespace
