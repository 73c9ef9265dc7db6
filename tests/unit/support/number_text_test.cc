// Floats as text: the edges of each algorithm; tests/oracle/number_oracle.py compares random values with CPython.
#include "runtime/support/number_text.h"
#include <climits>
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

std::string format(double value, char code, int precision, unsigned flags = 0) {
  size_t length = float_format(value, code, precision, flags, nullptr, 0);
  std::string text(length + 1, '?');
  EXPECT_EQ(float_format(value, code, precision, flags, text.data(), text.size()), length);
  EXPECT_EQ(text[length], '\0');
  text.resize(length);
  return text;
}

std::string hex(double value) {
  char buffer[FLOAT_HEX_MAX];
  return std::string(buffer, float_hex(value, buffer));
}

double parse_hex(const std::string &text, FloatHexStatus status = FLOAT_HEX_OK) {
  double value;
  EXPECT_EQ(float_parse_hex(text.data(), text.size(), &value), status) << text;
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

TEST(FloatFormat, Codes) {
  EXPECT_EQ(format(2.5, 'f', 0), "2");
  EXPECT_EQ(format(3.5, 'f', 0), "4");
  EXPECT_EQ(format(0.5, 'f', 0), "0");
  EXPECT_EQ(format(-0.001, 'f', 2), "-0.00");
  EXPECT_EQ(format(-0.001, 'f', 2, FLOAT_FORMAT_NO_NEGATIVE_ZERO), "0.00");
  EXPECT_EQ(format(9.995, 'f', 2), "9.99"); // the double is below 9.995
  EXPECT_EQ(format(999.96, 'f', 1), "1000.0");
  EXPECT_EQ(format(1e23, 'f', 0), "99999999999999991611392");
  EXPECT_EQ(format(0.1, 'f', 30), "0.100000000000000005551115123126");
  EXPECT_EQ(format(12345.678, 'e', 3), "1.235e+04");
  EXPECT_EQ(format(0.0, 'e', 2), "0.00e+00");
  EXPECT_EQ(format(9.99e99, 'E', 1), "1.0E+100");
  EXPECT_EQ(format(100000.0, 'g', 6), "100000");
  EXPECT_EQ(format(1000000.0, 'g', 6), "1e+06");
  EXPECT_EQ(format(0.0001, 'g', 6), "0.0001");
  EXPECT_EQ(format(0.00001, 'G', 6), "1E-05");
  EXPECT_EQ(format(1.5, 'g', 6, FLOAT_FORMAT_ALTERNATE), "1.50000");
  EXPECT_EQ(format(1.0, 'g', 0, FLOAT_FORMAT_ALTERNATE), "1.");
  EXPECT_EQ(format(1e15, 'g', 17, FLOAT_FORMAT_ADD_DOT_0), "1000000000000000.0");
  EXPECT_EQ(format(1.0, 'r', 0), "1");
  EXPECT_EQ(format(1.0, 'r', 0, FLOAT_FORMAT_ADD_DOT_0 | FLOAT_FORMAT_SIGN), "+1.0");
  EXPECT_EQ(format(0.125, '%', 1), "12.5%");
  EXPECT_EQ(format(NAN, '%', 1), "nan%");
  EXPECT_EQ(format(-INFINITY, 'F', 1), "-INF");
  EXPECT_EQ(format(INFINITY, 'e', 1, FLOAT_FORMAT_SIGN), "+inf");
}

TEST(FloatFormat, LongExpansions) {
  std::string least = format(std::ldexp(1.0, -1074), 'e', 800);
  EXPECT_EQ(least.substr(0, 20), "4.940656458412465441");
  EXPECT_EQ(least.substr(least.size() - 56), "5" + std::string(50, '0') + "e-324");
  EXPECT_EQ(format(std::numeric_limits<double>::max(), 'f', 0).size(), 309u);
  EXPECT_EQ(float_format(1.5, 'f', INT_MAX, 0, nullptr, 0), (size_t)INT_MAX + 2);
  char small[4] = "xyz";
  EXPECT_EQ(float_format(1.5, 'f', 2, 0, small, sizeof small), 4u);
  EXPECT_STREQ(small, "xyz");
}

TEST(FloatFormat, AgreesWithPrintf) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 50000; i++) {
    uint64_t bits = random();
    double value;
    memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    if (i % 2) value = (double)(int32_t)bits / 1024;
    int precision = (int)(random() % 25);
    char code = "efg"[random() % 3], pattern[] = {'%', '.', '*', code, 0}, expected[400];
    snprintf(expected, sizeof expected, pattern, precision, value);
    ASSERT_EQ(format(value, code, precision), expected);
  }
}

TEST(FloatRound, HalvesOfTheExactValue) {
  EXPECT_EQ(float_round(2.675, 2), 2.67);
  EXPECT_EQ(float_round(2.5, 0), 2.0);
  EXPECT_EQ(float_round(-3.5, 0), -4.0);
  EXPECT_EQ(float_round(15.0, -1), 20.0);
  EXPECT_EQ(float_round(25.0, -1), 20.0);
  EXPECT_EQ(float_round(5.0, -1), 0.0);
  EXPECT_TRUE(std::signbit(float_round(-0.4, 0)));
  EXPECT_EQ(float_round(1.7976931348623157e308, -308), INFINITY);
  EXPECT_EQ(float_round(1.5, 400), 1.5);
  EXPECT_EQ(float_round(1.5, INT64_MIN), 0.0);
}

TEST(FloatHex, BothWays) {
  EXPECT_EQ(hex(0.1), "0x1.999999999999ap-4");
  EXPECT_EQ(hex(-0.0), "-0x0.0p+0");
  EXPECT_EQ(hex(5e-324), "0x0.0000000000001p-1022");
  EXPECT_EQ(hex(1e308), "0x1.1ccf385ebc8a0p+1023");
  EXPECT_EQ(hex(-INFINITY), "-inf");
  EXPECT_EQ(parse_hex(" -0X1.8p1\n"), -3.0);
  EXPECT_EQ(parse_hex("ff"), 255.0);
  EXPECT_EQ(parse_hex(".8"), 0.5);
  EXPECT_EQ(parse_hex("0x1.00000000000008p0"), 1.0);
  EXPECT_EQ(parse_hex("0x1.000000000000080000000000000000001p0"), 1.0 + std::numeric_limits<double>::epsilon());
  EXPECT_EQ(parse_hex("0x1p-1075"), 0.0);
  EXPECT_EQ(parse_hex("0x1.8p-1075"), 5e-324);
  EXPECT_EQ(parse_hex("-Infinity"), -INFINITY);
  parse_hex("0x1p1024", FLOAT_HEX_TOO_LARGE);
  parse_hex("0x1.fffffffffffff8p1023", FLOAT_HEX_TOO_LARGE);
  for (const char *bad : {"", "0x", "x1", "1p", "1p+", "1 2", "0x1..2", "infi", "-"}) parse_hex(bad, FLOAT_HEX_INVALID);
}

} // namespace
