// UTF-16, UTF-32 and UTF-7: one case of each error and of each direction; tests/oracle/utf_oracle.py has the random
// ones.
#include "runtime/support/utf_7.h"
#include "runtime/support/utf_wide.h"
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace {

using Text = std::vector<uint32_t>;

const uint8_t *bytes_of(const std::string &text) {
  return reinterpret_cast<const uint8_t *>(text.data());
}

void expect_bad(const UtfScan &scan, UtfStatus status, size_t size, size_t bad_size, bool incomplete) {
  EXPECT_EQ(scan.status, status);
  EXPECT_EQ(scan.size, size);
  EXPECT_EQ(scan.bad_size, bad_size);
  EXPECT_EQ(scan.incomplete, incomplete);
}

template <size_t N> UtfScan scan16(const char (&text)[N]) {
  return utf16_scan((const uint8_t *)text, N - 1, false);
}
template <size_t N> UtfScan scan32(const char (&text)[N]) {
  return utf32_scan((const uint8_t *)text, N - 1, true);
}

TEST(Utf16, Errors) {
  expect_bad(scan16("a\0b"), UTF_TRUNCATED, 2, 1, true);
  expect_bad(scan16("\0\xDC"), UTF_ILLEGAL_ENCODING, 0, 2, false);
  expect_bad(scan16("a\0\0\xD8"), UTF_UNEXPECTED_END, 2, 2, true);
  expect_bad(scan16("\0\xD8z"), UTF_UNEXPECTED_END, 0, 3, true);
  expect_bad(scan16("\0\xD8z\0"), UTF_ILLEGAL_SURROGATE, 0, 2, false);
}

TEST(Utf32, Errors) {
  expect_bad(scan32("\0\0\0a\0\0"), UTF_TRUNCATED, 4, 2, true);
  expect_bad(scan32("\0\0\xD8\0"), UTF_SURROGATE_RANGE, 0, 4, false);
  expect_bad(scan32("\0\x11\0\0"), UTF_OUT_OF_RANGE, 0, 4, false);
}

TEST(UtfWide, RoundTrip) {
  Text text{'a', 0xE9, 0x20AC, 0xFFFF, 0x10000, 0x10FFFF};
  for (bool big_endian : {false, true}) {
    size_t valid, size = utf16_encoded_size(text.data(), 4, text.size(), false, &valid);
    std::vector<uint8_t> out(size);
    ASSERT_EQ(utf16_encode(text.data(), 4, text.size(), big_endian, out.data()), out.data() + size);
    EXPECT_EQ(size, 16u);
    UtfScan scan = utf16_scan(out.data(), size, big_endian);
    ASSERT_EQ(scan.status, UTF_OK);
    EXPECT_EQ(scan.maximum, 0x10FFFFu);
    Text back(scan.length);
    utf16_decode(out.data(), size, big_endian, back.data(), 4);
    EXPECT_EQ(back, text);

    out.resize(utf32_encoded_size(text.data(), 4, text.size(), false, &valid));
    utf32_encode(text.data(), 4, text.size(), big_endian, out.data());
    ASSERT_EQ(utf32_scan(out.data(), out.size(), big_endian).length, text.size());
    utf32_decode(out.data(), out.size(), big_endian, back.data(), 4);
    EXPECT_EQ(back, text);
  }
  Text lone{'a', 0xD800, 'b'};
  size_t valid;
  EXPECT_EQ(utf16_encoded_size(lone.data(), 4, 3, false, &valid), 2u);
  EXPECT_EQ(valid, 1u);
  EXPECT_EQ(utf32_encoded_size(lone.data(), 4, 3, true, &valid), 12u);
}

std::string encode7(const Text &text) {
  std::string out(utf7_encode(text.data(), 4, text.size(), nullptr), '\0');
  utf7_encode(text.data(), 4, text.size(), reinterpret_cast<uint8_t *>(out.data()));
  return out;
}

Utf7Result decode7(const std::string &text, bool final, Text *out) {
  out->resize(text.size());
  Utf7Result result = utf7_decode(bytes_of(text), text.size(), final, out->data());
  out->resize(result.length);
  return result;
}

TEST(Utf7, BothWays) {
  EXPECT_EQ(encode7({'A', 0x2262, 0x391, '.'}), "A+ImIDkQ.");
  EXPECT_EQ(encode7({'+', '-', 0x1F600, '-'}), "+--+2D3eAA--");
  Text out;
  EXPECT_EQ(decode7("A+ImIDkQ.", true, &out).reason, nullptr);
  EXPECT_EQ(out, (Text{'A', 0x2262, 0x391, '.'}));
  EXPECT_EQ(decode7("+2D3eAA--", true, &out).consumed, 9u);
  EXPECT_EQ(out, (Text{0x1F600, '-'}));
}

TEST(Utf7, Errors) {
  Text out;
  Utf7Result result = decode7("a+AGEB-", true, &out);
  EXPECT_STREQ(result.reason, "partial character in shift sequence");
  EXPECT_EQ(result.bad_start, 1u);
  EXPECT_EQ(result.bad_end, 7u);
  EXPECT_EQ(out, (Text{'a', 'a'}));
  EXPECT_STREQ(decode7("+AAB-", true, &out).reason, "non-zero padding bits in shift sequence");
  EXPECT_STREQ(decode7("+@", true, &out).reason, "ill-formed sequence");
  EXPECT_STREQ(decode7("\x80", true, &out).reason, "unexpected special character");
  EXPECT_STREQ(decode7("+A", true, &out).reason, "unterminated shift sequence");
  result = decode7("a+AGE", false, &out);
  EXPECT_EQ(result.reason, nullptr);
  EXPECT_EQ(result.consumed, 1u);
  EXPECT_EQ(out, Text{'a'});
}

} // namespace
