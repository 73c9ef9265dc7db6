// str and its codecs below Python: storage, searching, building, formatting, conversions.
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/runtime_in_cpp.h"
#define class class_
extern "C" {
#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/format.h"
#include "runtime/object/str_search.h"
}
#undef class

namespace {

class Text : public testing::Test {
protected:
  static void SetUpTestSuite() {
    static bool started = false;
    if (!started) runtime_start(false);
    started = true;
  }
  void TearDown() override {
    EXPECT_FALSE(exception_pending()) << pending();
    exception_clear();
  }
  static std::string pending() {
    if (!exception_pending()) return "";
    Value exception = exception_take();
    return std::string(value_class_name(exception)) + ": " + show(value_str(exception));
  }
  static std::string show(Value value) { return value ? str_utf8(value, nullptr) : "(exception)"; }
  static std::string repr(Value value) { return value ? show(value_repr(value)) : "(exception)"; }
  static Value text(const char *utf8) { return str_from_c(utf8); }
  static Value call(Value object, const char *method, std::initializer_list<Value> arguments = {}) {
    std::vector<Value> copy(arguments);
    return value_call_method(object, method, copy.data(), copy.size());
  }
};

TEST_F(Text, StoresCharactersAsNarrowAsPossible) {
  EXPECT_EQ(str_width(value_as_str(text("abc"))), 1);
  EXPECT_EQ(str_width(value_as_str(text("\u0101"))), 2);
  EXPECT_EQ(str_width(value_as_str(text("\U0001f600"))), 4);
  Value mixed = text("ab\U0001f600cd");
  EXPECT_TRUE(str_is_ascii(value_as_str(str_substring(mixed, 0, 2))));
  EXPECT_TRUE(str_is_ascii(value_as_str(call(mixed, "replace", {text("\U0001f600"), text("x")}))));
  EXPECT_EQ(show(str_concatenate(text("é"), text("\u0101"))), "éā");
}

TEST_F(Text, BuildsAcrossWidthsAndSizes) {
  StrBuilder builder;
  str_builder_start(&builder);
  std::string expected;
  for (int i = 0; i < 300; i++) {
    str_builder_add_character(&builder, (uint32_t)('a' + i % 26));
    expected += (char)('a' + i % 26);
    if (i == 150) {
      str_builder_add_c(&builder, "é\u0101");
      expected += "é\u0101";
    }
    if (i == 250) {
      str_builder_add_character(&builder, 0x1f600);
      expected += "\U0001f600";
    }
  }
  EXPECT_EQ(show(str_builder_finish(&builder)), expected);
}

// Every storage width, random texts over small alphabets (which repeat and overlap), against the plain definition.
TEST_F(Text, FindsWhatThePlainDefinitionFinds) {
  std::mt19937 random(7);
  const std::u32string alphabets[] = {U"ab", U"a\u0101", U"\u0100\u0101\u0102", U"a\U00010000", U"abcd"};
  for (int round = 0; round < 4000; round++) {
    const std::u32string &alphabet = alphabets[random() % 5];
    std::u32string hay, needle;
    for (size_t i = random() % 60; i > 0; i--) hay += alphabet[random() % alphabet.size()];
    if (random() % 2 && !hay.empty())
      needle = hay.substr(random() % hay.size(), 1 + random() % 25);
    else
      for (size_t i = 1 + random() % 20; i > 0; i--) needle += alphabet[random() % alphabet.size()];
    Value text = str_from_ucs4((const uint32_t *)hay.data(), hay.size());
    Value part = str_from_ucs4((const uint32_t *)needle.data(), needle.size());
    StrNeedle prepared;
    int possible = needle_prepare(&prepared, part, str_width(value_as_str(text)));
    const uint8_t *units = value_as_str(text)->data;
    ptrdiff_t first = possible ? needle_find(&prepared, units, 0, hay.size()) : -1;
    ptrdiff_t last = possible ? needle_find_last(&prepared, units, 0, hay.size()) : -1;
    ASSERT_EQ(first, (ptrdiff_t)hay.find(needle));
    ASSERT_EQ(last, (ptrdiff_t)hay.rfind(needle));
  }
}

TEST_F(Text, SearchesLinearlyWherePlainSearchIsQuadratic) {
  const size_t half = 100000;
  for (uint32_t letter : {(uint32_t)'a', 0x101u, 0x10000u}) {
    std::u32string hay(2 * half, (char32_t)letter), needle = std::u32string(half, (char32_t)letter) + U"b";
    needle += std::u32string(half / 2, (char32_t)letter);
    Value text = str_from_ucs4((const uint32_t *)hay.data(), hay.size());
    Value part = str_from_ucs4((const uint32_t *)needle.data(), needle.size());
    EXPECT_EQ(value_small_int(call(text, "find", {part})), -1);
    EXPECT_EQ(value_small_int(call(text, "rfind", {part})), -1);
  }
}

TEST_F(Text, MapsCaseInContext) {
  EXPECT_EQ(show(call(text("ΑΣ ΑΣΑ Σ"), "lower")), "ας ασα σ");
  EXPECT_EQ(show(call(text("straße ŉ"), "upper")), "STRASSE ʼN");
  EXPECT_EQ(show(call(text("ǆ they're"), "title")), "ǅ They'Re");
  EXPECT_EQ(show(call(text("Straße"), "casefold")), "strasse");
}

TEST_F(Text, FormatsBySpecification) {
  EXPECT_EQ(show(format_int(value_from_small_int(-1234567), text("+,"))), "-1,234,567");
  EXPECT_EQ(show(format_int(value_from_small_int(1234), text("012,"))), "0,000,001,234");
  EXPECT_EQ(show(format_int(value_from_small_int(255), text("#06X"))), "0X00FF");
  EXPECT_EQ(show(format_str(text("ab"), text("\u1234^6.1"))), "ሴሴaሴሴሴ");
  EXPECT_EQ(format_int(value_from_small_int(1), text(",_")), nullptr);
  EXPECT_EQ(pending(), "ValueError: Cannot specify both ',' and '_'.");
}

TEST_F(Text, EncodesWithErrorHandlers) {
  Value lone = str_from_ucs2((const uint16_t *)u"a\xdc80\xd800", 3);
  EXPECT_EQ(repr(codec_encode_text(lone, nullptr, "surrogatepass")), "b'a\\xed\\xb2\\x80\\xed\\xa0\\x80'");
  EXPECT_EQ(repr(codec_encode_text(lone, "ascii", "backslashreplace")), "b'a\\\\udc80\\\\ud800'");
  EXPECT_EQ(codec_encode_text(lone, "utf-8", "surrogateescape"), nullptr);
  EXPECT_EQ(pending(), "UnicodeEncodeError: 'utf-8' codec can't encode character '\\ud800' in position 2: surrogates "
                       "not allowed");
  EXPECT_EQ(codec_encode_text(lone, "latin-1", "no such"), nullptr);
  EXPECT_EQ(pending(), "LookupError: unknown error handler name 'no such'");
}

TEST_F(Text, DecodesWithErrorHandlers) {
  const uint8_t bad[] = {'a', 0xff, 0xc3, 0xa9, 0xe1, 0x88};
  EXPECT_EQ(show(codec_decode_memory(bad, sizeof bad, nullptr, "utf8", "replace")), "a\ufffdé\ufffd");
  EXPECT_EQ(show(codec_decode_memory(bad, 2, nullptr, "ASCII", "backslashreplace")), "a\\xff");
  EXPECT_EQ(codec_decode_memory(bad, sizeof bad, nullptr, nullptr, nullptr), nullptr);
  EXPECT_EQ(pending(), "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 1: invalid start byte");
  Value round_trip = codec_decode_memory(bad, sizeof bad, nullptr, "utf-8", "surrogateescape");
  Value bytes = codec_encode_text(round_trip, "utf-8", "surrogateescape");
  ASSERT_NE(bytes, nullptr);
  EXPECT_EQ(std::string((const char *)value_as_bytes(bytes)->data, sizeof bad),
            std::string((const char *)bad, sizeof bad));
}

TEST_F(Text, RefusesTextThatIsTooLong) {
  EXPECT_EQ(call(text("ab"), "__mul__", {int_from_int64(INT64_MAX / 2)}), nullptr);
  EXPECT_EQ(pending(), "MemoryError: ");
  EXPECT_EQ(call(text("ab"), "center", {int_from_int64(INT64_MAX)}), nullptr);
  EXPECT_EQ(pending(), "MemoryError: ");
}

} // namespace
