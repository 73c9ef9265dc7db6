// UTF-8 and code units: each kind of error with its position; tests/oracle/utf_oracle.py compares random bytes with
// CPython.
#include "runtime/support/utf8.h"
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace {

UtfScan scan(const std::string &text, bool surrogates = false) {
  return utf8_scan(reinterpret_cast<const uint8_t *>(text.data()), text.size(), surrogates);
}

template <typename Unit> std::vector<Unit> decode(const std::string &text) {
  UtfScan found = scan(text, true);
  std::vector<Unit> units(found.length);
  utf8_decode(reinterpret_cast<const uint8_t *>(text.data()), found.size, units.data(), sizeof(Unit));
  return units;
}

template <typename Unit> std::string encode(const std::vector<Unit> &units) {
  size_t valid, size = utf8_encoded_size(units.data(), sizeof(Unit), units.size(), true, &valid);
  EXPECT_EQ(valid, units.size());
  std::string out(size, '\0');
  uint8_t *start = reinterpret_cast<uint8_t *>(out.data());
  EXPECT_EQ(utf8_encode(units.data(), sizeof(Unit), units.size(), start), start + size);
  return out;
}

void expect_bad(const std::string &text, UtfStatus status, size_t size, size_t bad_size, bool incomplete) {
  UtfScan found = scan(text);
  EXPECT_EQ(found.status, status) << testing::PrintToString(text);
  EXPECT_EQ(found.size, size);
  EXPECT_EQ(found.bad_size, bad_size);
  EXPECT_EQ(found.incomplete, incomplete);
}

TEST(Utf8, Errors) {
  expect_bad("ab\x80", UTF_INVALID_START, 2, 1, false);
  expect_bad("\xC1\xBF", UTF_INVALID_START, 0, 1, false);
  expect_bad("\xF5\x80\x80\x80", UTF_INVALID_START, 0, 1, false);
  expect_bad("\xC3", UTF_UNEXPECTED_END, 0, 1, true);
  expect_bad("\xC3(", UTF_INVALID_CONTINUATION, 0, 1, false);
  expect_bad("\xE2\x82", UTF_UNEXPECTED_END, 0, 2, true);
  expect_bad("\xE2\x82(", UTF_INVALID_CONTINUATION, 0, 2, false);
  expect_bad("\xE0\x80\x80", UTF_INVALID_CONTINUATION, 0, 1, false);
  expect_bad("\xED\xA0\x80", UTF_INVALID_CONTINUATION, 0, 1, false);
  expect_bad("\xED\xA0", UTF_INVALID_CONTINUATION, 0, 1, true);
  expect_bad("\xF0\x90\x80", UTF_UNEXPECTED_END, 0, 3, true);
  expect_bad("\xF0\x90\x80(", UTF_INVALID_CONTINUATION, 0, 3, false);
  expect_bad("\xF4\x90\x80\x80", UTF_INVALID_CONTINUATION, 0, 1, false);
  EXPECT_STREQ(utf_reason(UTF_INVALID_START), "invalid start byte");
}

TEST(Utf8, CountsAndMaximum) {
  UtfScan found = scan("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(found.status, UTF_OK);
  EXPECT_EQ(found.length, 4u);
  EXPECT_EQ(found.maximum, 0x1F600u);
  EXPECT_EQ(scan(std::string(1000, 'x')).maximum, 0x7Fu);
  EXPECT_EQ(scan("").maximum, 0u);
  EXPECT_EQ(scan("\xED\xA0\x80", true).maximum, 0xD800u);
  EXPECT_EQ(utf_width(0xFF), 1);
  EXPECT_EQ(utf_width(0x100), 2);
  EXPECT_EQ(utf_width(0x10000), 4);
}

TEST(Utf8, EveryCodePointRoundTrips) {
  std::vector<uint32_t> all;
  for (uint32_t code_point = 0; code_point < 0x110000; code_point++) all.push_back(code_point);
  std::string text = encode(all);
  EXPECT_EQ(decode<uint32_t>(text), all);
  std::vector<uint16_t> narrow(all.begin(), all.begin() + 0x10000);
  EXPECT_EQ(decode<uint16_t>(encode(narrow)), narrow);
  std::vector<uint8_t> latin(all.begin(), all.begin() + 0x100);
  EXPECT_EQ(decode<uint8_t>(encode(latin)), latin);
}

TEST(Utf8, AsciiPrefixAtEveryPosition) {
  for (size_t size = 0; size < 100; size++) {
    for (size_t high = 0; high <= size; high++) {
      std::string text(size, 'a');
      if (high < size) text[high] = '\x80';
      ASSERT_EQ(ascii_prefix(reinterpret_cast<const uint8_t *>(text.data()), size), high);
    }
  }
}

TEST(Utf8, EncodingStopsAtSurrogates) {
  std::vector<uint16_t> units{'a', 0xE9, 0xDC80, 'b'};
  size_t valid;
  EXPECT_EQ(utf8_encoded_size(units.data(), 2, units.size(), false, &valid), 3u);
  EXPECT_EQ(valid, 2u);
}

} // namespace
