// The lexer: token kinds, places, indentation, joined lines, and where it stops.
#include <gtest/gtest.h>
#include <string>
#include <vector>

// The headers are C, where these are no keywords.
#define delete delete_
#define try    try_
extern "C" {
#include "frontend/lexer.h"
}
#undef delete
#undef try

namespace {

class LexerTest : public testing::Test {
protected:
  LexerTest() {
    arena_init(&arena, ARENA_DEFAULT_LIMIT);
    EXPECT_TRUE(name_table_init(&names, &arena));
    EXPECT_TRUE(token_intern_keywords(&names));
    syntax_report_init(&report);
  }
  ~LexerTest() override { arena_destroy(&arena); }

  void start(const char *text) {
    source = text;
    lexer_init(&lexer, source.data(), source.data() + source.size(), &names, &report);
  }

  // All tokens up to the end or an error: texts, and names for tokens without text.
  std::vector<std::string> read(const char *text) {
    start(text);
    std::vector<std::string> tokens;
    for (;;) {
      Token token;
      lexer_next(&lexer, &token);
      switch (token.kind) {
      case TOKEN_END:
        return tokens;
      case TOKEN_ERROR:
        tokens.push_back("ERROR");
        return tokens;
      case TOKEN_NEWLINE:
        tokens.push_back("NEWLINE");
        break;
      case TOKEN_INDENT:
        tokens.push_back("INDENT");
        break;
      case TOKEN_DEDENT:
        tokens.push_back("DEDENT");
        break;
      default:
        tokens.emplace_back(token.start, token.end);
      }
    }
  }

  std::string error(const char *text) {
    EXPECT_EQ(read(text).back(), "ERROR") << text;
    return report.message ? report.message : "";
  }

  using Texts = std::vector<std::string>;

  Arena arena;
  NameTable names;
  SyntaxErrorReport report;
  Lexer lexer;
  std::string source;
};

TEST_F(LexerTest, SplitsOperatorsGreedily) {
  EXPECT_EQ(read("a**=b//c->d:=e...f<>g!=h"),
            (Texts{"a", "**=", "b", "//", "c", "->", "d", ":=", "e", "...", "f", "<>", "g", "!=", "h"}));
  EXPECT_EQ(read("..x"), (Texts{".", ".", "x"}));
}

TEST_F(LexerTest, KnowsKeywordsByTheirNames) {
  start("if iff async");
  Token token;
  lexer_next(&lexer, &token);
  EXPECT_EQ(token.kind, TOKEN_IF);
  lexer_next(&lexer, &token);
  EXPECT_EQ(token.kind, TOKEN_NAME);
  EXPECT_STREQ(token.name->text, "iff");
  lexer_next(&lexer, &token);
  EXPECT_EQ(token.kind, TOKEN_ASYNC);
}

TEST_F(LexerTest, InternsNames) {
  start("spam spam eggs");
  Token first, second, third;
  lexer_next(&lexer, &first);
  lexer_next(&lexer, &second);
  lexer_next(&lexer, &third);
  EXPECT_EQ(first.name, second.name);
  EXPECT_NE(first.name, third.name);
}

TEST_F(LexerTest, CountsColumnsInBytes) {
  start("\xC3\xA9 = x\n");
  Token token;
  lexer_next(&lexer, &token);
  EXPECT_EQ(token.col_offset, 0);
  EXPECT_EQ(token.end_col_offset, 2);
  lexer_next(&lexer, &token);
  EXPECT_EQ(token.col_offset, 3);
}

TEST_F(LexerTest, MakesIndentsAndDedents) {
  EXPECT_EQ(read("a:\n  b\n\n  # comment\n  c\nd\n"),
            (Texts{"a", ":", "NEWLINE", "INDENT", "b", "NEWLINE", "c", "NEWLINE", "DEDENT", "d", "NEWLINE"}));
}

TEST_F(LexerTest, IgnoresIndentationWithinBrackets) {
  EXPECT_EQ(read("f(\n    1,\n  2)\n"), (Texts{"f", "(", "1", ",", "2", ")", "NEWLINE"}));
}

TEST_F(LexerTest, JoinsLinesAtBackslashes) {
  EXPECT_EQ(read("a + \\\n    b\n"), (Texts{"a", "+", "b", "NEWLINE"}));
  EXPECT_EQ(read("a \\ b\n").back(), "ERROR");
  EXPECT_EQ(lexer.status, LEXER_BAD_CONTINUATION);
}

TEST_F(LexerTest, RefusesIndentationThatDependsOnTabSize) {
  EXPECT_EQ(read("if a:\n        b\n\tc\n").back(), "ERROR");
  EXPECT_EQ(lexer.status, LEXER_BAD_TABS);
  EXPECT_EQ(read("if a:\n    b\n  c\n").back(), "ERROR");
  EXPECT_EQ(lexer.status, LEXER_BAD_DEDENT);
}

TEST_F(LexerTest, ReadsStringsWithPrefixes) {
  EXPECT_EQ(read("'a' b\"b\" Rb'c' f'd' u'e' '\\''"), (Texts{"'a'", "b\"b\"", "Rb'c'", "f'd'", "u'e'", "'\\''"}));
  EXPECT_EQ(read("ub'x'"), (Texts{"ub", "'x'"}));
  start("x = '''a\nb'''\n");
  Token token;
  for (int i = 0; i < 3; i++) lexer_next(&lexer, &token);
  EXPECT_EQ(token.lineno, 1);
  EXPECT_EQ(token.col_offset, 4);
  EXPECT_EQ(token.end_lineno, 2);
  EXPECT_EQ(token.end_col_offset, 4);
}

TEST_F(LexerTest, ReadsNumbers) {
  EXPECT_EQ(read("0x_fF 0b1 0o17 1_000.5e-3j .5 00 1.. "),
            (Texts{"0x_fF", "0b1", "0o17", "1_000.5e-3j", ".5", "00", "1.", "."}));
  EXPECT_EQ(error("1__0"), "invalid decimal literal");
  EXPECT_EQ(error("0b12"), "invalid digit '2' in binary literal");
  EXPECT_EQ(error("0xg"), "invalid hexadecimal literal");
  EXPECT_EQ(error("012"),
            "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers");
}

TEST_F(LexerTest, WarnsOfNumbersThatRunIntoWords) {
  EXPECT_EQ(read("1if 2else 3"), (Texts{"1", "if", "2", "else", "3"}));
  ASSERT_NE(report.warnings, nullptr);
  EXPECT_STREQ(report.warnings->message, "invalid decimal literal");
  EXPECT_EQ(error("1orx"), "invalid decimal literal") << "only whole words are excused";
}

TEST_F(LexerTest, ReportsBracketsThatDoNotMatch) {
  EXPECT_EQ(error("(]"), "closing parenthesis ']' does not match opening parenthesis '('");
  EXPECT_EQ(error("(\n]"), "closing parenthesis ']' does not match opening parenthesis '(' on line 1");
  EXPECT_EQ(error(")"), "unmatched ')'");
  EXPECT_EQ(error(std::string(201, '(').c_str()), "too many nested parentheses");
}

TEST_F(LexerTest, ReportsCharactersThatStartNothing) {
  EXPECT_EQ(error("\xE2\x82\xAC"), "invalid character '\xE2\x82\xAC' (U+20AC)");
  EXPECT_EQ(error("a\x01"), "invalid non-printable character U+0001");
  EXPECT_EQ(read("\xFF").back(), "ERROR");
  EXPECT_EQ(lexer.status, LEXER_BAD_UTF8);
}

TEST_F(LexerTest, GoesBackToAMark) {
  start("a b c");
  Token token;
  lexer_next(&lexer, &token);
  LexerMark mark;
  lexer_mark(&lexer, &mark);
  lexer_next(&lexer, &token);
  lexer_next(&lexer, &token);
  lexer_reset(&mark);
  lexer_next(&lexer, &token);
  EXPECT_EQ(std::string(token.start, token.end), "b");
}

} // namespace
