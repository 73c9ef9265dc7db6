// Floats as text: the edges of each algorithm; tests/oracle/number_oracle.py compares random values with CPython.
#include "runtime/support/number_text.h"
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <string>

namespace {

std::string repr(double value) {
  char buffer[FLOAT_REPR_MAX];
  return std::string(buffer, float_repr(value, buffer));
}

double parse(const std::string &text, size_t consumed = SIZE_MAX) {
  double value;
  size_t length = float_parse(text.data(), text.size(), FLOAT_PARSE_UNDERSCORES | FLOAT_PARSE_WORDS, &value);
  EXPECT_EQ(length, consumed == SIZE_MAX ? text.size() : consumed) << text;
  return value;
}

TEST(FloatRepr, Forms) {
  EXPECT_EQ(repr(0.0), "0.0");
  EXPECT_EQ(repr(-0.0), "-0.0");
  EXPECT_EQ(repr(0.1), "0.1");
  EXPECT_EQ(repr(1e16), "1e+16");
  EXPECT_EQ(repr(1e15), "1000000000000000.0");
  EXPECT_EQ(repr(9999999999999998.0), "9999999999999998.0");
  EXPECT_EQ(repr(0.0001), "0.0001");
  EXPECT_EQ(repr(0.00001), "1e-05");
  EXPECT_EQ(repr(-1.5e300), "-1.5e+300");
  EXPECT_EQ(repr(5e-324), "5e-324");
  EXPECT_EQ(repr(1.7976931348623157e308), "1.7976931348623157e+308");
  EXPECT_EQ(repr(2e23), "2e+23");
  EXPECT_EQ(repr(9007199254740993.0), "9007199254740992.0");
  EXPECT_EQ(repr(INFINITY), "inf");
  EXPECT_EQ(repr(-INFINITY), "-inf");
  EXPECT_EQ(repr(NAN), "nan");
}

// Shortest: one digit fewer, rounded correctly, reads back as another double.
TEST(FloatRepr, RoundTripAndShortest) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 100000; i++) {
    uint64_t bits = random();
    double value, back;
    memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value) || value == 0) continue;
    char digits[FLOAT_DIGITS_MAX], shorter[64];
    int point, count = float_shortest_digits(value, digits, &point);
    ASSERT_EQ(parse(repr(value)), value);
    ASSERT_EQ(strtod(repr(value).c_str(), nullptr), value);
    if (count < 2) continue;
    snprintf(shorter, sizeof shorter, "%.*e", count - 2, value);
    back = strtod(shorter, nullptr);
    ASSERT_NE(back, value) << repr(value);
  }
}

TEST(FloatParse, AgreesWithStrtod) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 100000; i++) {
    char text[80];
    int exponent = (int)(random() % 700) - 360;
    switch (i % 3) {
    case 0:
      snprintf(text, sizeof text, "%llue%d", (unsigned long long)random(), exponent);
      break;
    case 1:
      snprintf(text, sizeof text, "%llu.%llue%d", (unsigned long long)random(), (unsigned long long)random(), exponent);
      break;
    default:
      snprintf(text, sizeof text, "%llu", (unsigned long long)(random() >> random() % 60));
      break;
    }
    ASSERT_EQ(parse(text), strtod(text, nullptr)) << text;
  }
}

TEST(FloatParse, ExactlyHalfway) {
  EXPECT_EQ(parse("9007199254740993"), 9007199254740992.0);
  EXPECT_EQ(parse("9007199254740993.0000000000000000000000000000000000000001"), 9007199254740994.0);
  EXPECT_EQ(parse("9007199254740995"), 9007199254740996.0);
  // Half of the least double, written out: 2^-1075 has 752 significant digits.
  char half[1200];
  snprintf(half, sizeof half, "%.1075f", std::ldexp(1.0, -1074));
  std::string text = half;
  for (size_t i = 2, carry = 0; i < text.size(); i++) {
    int digit = text[i] - '0' + (int)carry * 10;
    text[i] = (char)('0' + digit / 2);
    carry = (size_t)(digit % 2);
  }
  EXPECT_EQ(parse(text), 0.0);
  EXPECT_EQ(parse(text + std::string(1000, '0') + "1"), std::ldexp(1.0, -1074));
  EXPECT_EQ(parse("1.7976931348623158079e308"), std::numeric_limits<double>::max());
  EXPECT_EQ(parse("1.797693134862315808e308"), INFINITY);
}

TEST(FloatParse, Syntax) {
  EXPECT_EQ(parse("1_000.2_5e1_0"), 1000.25e10);
  EXPECT_EQ(parse("1__0", 1), 1.0);
  EXPECT_EQ(parse("1_", 1), 1.0);
  EXPECT_EQ(parse("1_.5", 1), 1.0);
  EXPECT_EQ(parse("1e", 1), 1.0);
  EXPECT_EQ(parse("1e+", 1), 1.0);
  EXPECT_EQ(parse("1.e2"), 100.0);
  EXPECT_EQ(parse(".5"), 0.5);
  EXPECT_EQ(parse(".", 0), 0.0);
  EXPECT_EQ(parse("", 0), 0.0);
  EXPECT_EQ(parse("-e1", 0), 0.0);
  EXPECT_EQ(parse("-iNfInItY"), -INFINITY);
  EXPECT_EQ(parse("infinit", 3), INFINITY);
  EXPECT_TRUE(std::isnan(parse("NaN")));
  EXPECT_TRUE(std::signbit(parse("-0")));
  EXPECT_EQ(parse("1e99999999999999999999999999"), INFINITY);
  EXPECT_EQ(parse("1e-99999999999999999999999999"), 0.0);
  EXPECT_EQ(parse("0." + std::string(5000, '0') + "1e5001"), 1.0);
  EXPECT_EQ(parse("1" + std::string(5000, '0') + "e-5000"), 1.0);
  double value;
  EXPECT_EQ(float_parse("1_0", 3, 0, &value), 1u);
  EXPECT_EQ(float_parse("inf", 3, 0, &value), 0u);
}

} // namespace
