// The compiler: what code it makes of small sources, as text.
#include "tests/unit/frontend/compiler_probe.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace {

std::string take(char *text) {
  std::string result(text);
  free(text);
  return result;
}

// The instructions of the function f in `source`, without its header, line numbers and RESUME, joined by "; ".
std::string function_code(const std::string &source) {
  std::string text = take(probe_disassemble(source.c_str()));
  size_t start = text.find("code f,");
  if (start == std::string::npos) return text;
  std::string result;
  size_t line = text.find('\n', start) + 1;
  while (line < text.size() && text[line] != '\n') {
    size_t end = text.find('\n', line);
    std::string one = text.substr(line, end - line);
    line = end + 1;
    size_t name = one.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    std::string shown = one.compare(0, 6, "except") == 0 ? one : one.substr(name);
    if (shown == "RESUME") continue;
    if (!result.empty()) result += "; ";
    result += shown;
  }
  return result;
}

std::string body_code(const std::string &body) {
  return function_code("def f(a, b, c):\n " + body + "\n");
}

TEST(CompilerTest, WritesResultsIntoLocals) {
  EXPECT_EQ(body_code("x = a + b"), "ADD x a b; RETURN_CONST None");
  EXPECT_EQ(body_code("x = a + 1"), "ADD_CONST x a 1; RETURN_CONST None");
  EXPECT_EQ(body_code("a += 1"), "ADD_CONST/1 a a 1; RETURN_CONST None");
  EXPECT_EQ(body_code("return a.x[b]"), "LOAD_ATTRIBUTE t0 a x; LOAD_ITEM t0 t0 b; RETURN t0");
  EXPECT_EQ(body_code("a, b = b, a + b"), "ADD t0 a b; MOVE a b; MOVE b t0; RETURN_CONST None");
}

TEST(CompilerTest, KeepsTheOrderOfEvaluation) {
  EXPECT_EQ(body_code("return a + (a := 3)"), "MOVE t0 a; LOAD_CONST t1 3; MOVE a t1; ADD t0 t0 t1; RETURN t0");
}

TEST(CompilerTest, LeavesTheTargetAloneUntilAllHasSucceeded) {
  // b(a) may fail: a must not have changed by then.
  EXPECT_EQ(body_code("a = b or c"), "MOVE t0 b; JUMP_IF_TRUE t0 ->5; MOVE t0 c; MOVE a t0; RETURN_CONST None");
}

TEST(CompilerTest, ChecksOnlyWhatMayBeUnbound) {
  EXPECT_EQ(body_code("if a: x = 1\n return x"), "JUMP_IF_FALSE a ->4; LOAD_CONST x 1; CHECK_BOUND x; RETURN x");
  EXPECT_EQ(body_code("if a: x = 1\n else: x = 2\n return x"),
            "JUMP_IF_FALSE a ->5; LOAD_CONST x 1; RETURN x; LOAD_CONST x 2; RETURN x");
  EXPECT_EQ(body_code("del a\n return a"), "DELETE_LOCAL a; CHECK_BOUND a; RETURN a");
}

TEST(CompilerTest, JumpsOnConditionsDirectly) {
  EXPECT_EQ(body_code("if not (a and b is None): return c"),
            "JUMP_IF_FALSE a ->4; JUMP_IF_NONE b ->5; RETURN c; RETURN_CONST None");
  EXPECT_EQ(body_code("if 0 < a < b: return c"),
            "LOAD_CONST t0 0; COMPARE_LESS t1 t0 a; JUMP_IF_FALSE t1 ->9; COMPARE_LESS t1 a b; JUMP_IF_FALSE t1 ->8; "
            "RETURN c; RETURN_CONST None; RETURN_CONST None");
}

TEST(CompilerTest, GoesBackwardsOnlyByLoop) {
  EXPECT_EQ(body_code("while a:\n  if b: a = c"),
            "JUMP_IF_FALSE a ->7; JUMP_IF_FALSE b ->5; MOVE a c; LOOP ->2; RETURN_CONST None");
}

TEST(CompilerTest, PassesArgumentsInPlace) {
  EXPECT_EQ(body_code("return a(b, c)"), "MOVE t0 a; MOVE t1 b; MOVE t2 c; CALL t0 t0.. #2; RETURN t0");
  EXPECT_EQ(body_code("a.m(b, k=c)"),
            "LOAD_METHOD t0.. a m; MOVE t2 b; MOVE t3 c; LOAD_CONST t4 ('k',); CALL_METHOD_KEYWORDS t0 t0.. #2; "
            "RETURN_CONST None");
  EXPECT_EQ(body_code("a(*b, **c)"), "MOVE t0 a; MOVE t1 b; MOVE t2 c; CALL_UNPACKED/1 t0 t0..; RETURN_CONST None");
}

TEST(CompilerTest, FoldsConstants) {
  EXPECT_EQ(body_code("return 2 ** 10 - 24"), "RETURN_CONST 1000");
  EXPECT_EQ(body_code("return ('a' 'b') * 2, -1 // 2"), "RETURN_CONST ('abab', -1)");
  EXPECT_EQ(body_code("return a in [1, 2]"), "LOAD_CONST t0 (1, 2); CONTAINS t0 a t0; RETURN t0");
  EXPECT_EQ(body_code("return a in {1, 2}"), "LOAD_CONST t0 frozenset{1, 2}; CONTAINS t0 a t0; RETURN t0");
  EXPECT_EQ(body_code("return 1 << 1000"), "LOAD_CONST t0 1; LEFT_SHIFT_CONST t0 t0 1000; RETURN t0");
  EXPECT_EQ(body_code("return 1 / 0"), "LOAD_CONST t0 1; TRUE_DIVIDE_CONST t0 t0 0; RETURN t0");
  EXPECT_EQ(body_code("return '%s!' % (a,)"),
            "FORMAT_VALUE/1 t0 a a; LOAD_CONST t1 '!'; BUILD_STRING t0 t0.. #2; RETURN t0");
}

TEST(CompilerTest, CoversExceptions) {
  EXPECT_EQ(body_code("try: a()\n except b as e: c(e)"),
            "MOVE t0 a; CALL t0 t0.. #0; RETURN_CONST None; PUSH_HANDLED t1 t0; MATCH_EXCEPTION t2 t0 b; "
            "JUMP_IF_FALSE t2 ->19; MOVE e t0; MOVE t2 c; MOVE t3 e; CALL t2 t2.. #1; POP_HANDLED t1; CLEAR e; "
            "RETURN_CONST None; CLEAR e; RERAISE/1 t2; RERAISE t0; POP_HANDLED t1; RERAISE/1 t2; except 2-5 -> 6 t0; "
            "except 7-10 -> 20 t2; except 10-14 -> 17 t2; except 17-20 -> 20 t2");
}

TEST(CompilerTest, ReportsErrors) {
  EXPECT_EQ(take(probe_check("def f():\n  return\nreturn")), "ERROR 1: 'return' outside function (3, 1)");
  EXPECT_EQ(take(probe_check("x = 1\nglobal x")), "ERROR 1: name 'x' is assigned to before global declaration (2, 1)");
}

TEST(CompilerTest, Warns) {
  EXPECT_EQ(take(probe_warnings("\nx is 1\nassert (x, 2)")),
            "2: \"is\" with a literal. Did you mean \"==\"?\n"
            "3: assertion is always true, perhaps remove parentheses?\n");
}

// Sources of any size compile, or are refused: never a crash, and the tables are right.
TEST(CompilerTest, BearsLongSources) {
  std::string items, terms = "x = a", chain = "if a: pass\n", calls = "f(";
  for (int i = 0; i < 70000; i++) items += "a" + std::to_string(i) + ", ";
  EXPECT_EQ(take(probe_check(("x = [" + items + "]").c_str())), "");
  EXPECT_EQ(take(probe_check(("f(" + items + ")").c_str())), "");
  for (int i = 0; i < 100000; i++) terms += " + a";
  EXPECT_EQ(take(probe_check(terms.c_str())), "ERROR 7: maximum recursion depth exceeded during compilation (0, 0)");
  for (int i = 0; i < 2000; i++) chain += "elif a: pass\n";
  EXPECT_EQ(take(probe_check(chain.c_str())), "");
  std::string loop = "def f():\n for x in y:\n";
  for (int i = 0; i < 30000; i++) loop += "  z = a.b(c)\n";
  EXPECT_EQ(take(probe_check(loop.c_str())), "");
}

} // namespace
