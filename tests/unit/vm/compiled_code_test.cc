// Compiled code and the interpreter: entering, returning, leaving, raising, installing and removing.
#include "tests/unit/vm/compiled_code_probe.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <string>

namespace {

const char kinds[] = "ANSWERS, LEAVES, RAISES, LEAVES_COUNTED = range(4)\n";

std::string run(const std::string &source) {
  static const bool started = (probe_start(), true);
  (void)started;
  char *text = probe_run((kinds + source).c_str());
  std::string result(text);
  free(text);
  return result;
}

TEST(CompiledCodeTest, IsEnteredByCallsAndReturnsTheirResult) {
  EXPECT_EQ(run("def f(x): return x\n"
                "install(f, ANSWERS, 0)\n"
                "result = f(1), f(x=2), [*map(f, [3])], (lambda: f(4) + 1)(), entered()"),
            "(42, 42, [42], 43, 4)");
}

TEST(CompiledCodeTest, IsEnteredAtLoopHeaders) {
  EXPECT_EQ(run("def f(n):\n  while n:\n    if n == 7: n -= 1; continue\n    n -= 1\n  return 'end'\n"
                "install(f, ANSWERS, 1)\n"
                "result = f(0), f(1), f(7), entered()"),
            "('end', 42, 42, 2)");
}

TEST(CompiledCodeTest, LeavesToTheInterpreter) {
  EXPECT_EQ(run("def f(n):\n  total = 0\n  while n:\n    total += n\n    n -= 1\n  return total\n"
                "install(f, LEAVES, 0), install(f, LEAVES, 1)\n"
                "result = f(3), f(4), entered()"),
            "(6, 10, 9)");
}

TEST(CompiledCodeTest, TellsThroughWhichExitItLeft) {
  EXPECT_EQ(run("def f(): return 5\n"
                "install(f, LEAVES_COUNTED, 0)\n"
                "result = f(), exits(), f(), f(), exits(), exits()"),
            "(5, 7, 5, 5, 707, 0)");
}

TEST(CompiledCodeTest, RaisesIntoHandlersAndCallers) {
  EXPECT_EQ(run("def f(): \n  while True:\n    try: return g()\n    except ValueError as e: return e.args, 'inner'\n"
                "def g(): return 1\n"
                "install(g, RAISES, 0)\n"
                "result = f()"),
            "(('compiled',), 'inner')");
  EXPECT_EQ(run("def f(n):\n  while n:\n    try:\n      while n: n -= 1\n"
                "    except ValueError as e: return e.__traceback__.tb_lineno, e.__traceback__.tb_next\n"
                "install(f, RAISES, 1)\n"
                "result = f(1)"),
            "(5, None)");
  EXPECT_EQ(run("def f(): pass\ninstall(f, RAISES, 0)\nf()"), "ValueError('compiled')");
}

TEST(CompiledCodeTest, StartsBehindTheMakingOfCells) {
  EXPECT_EQ(run("def f(x):\n  def g(): return x\n  return g\n"
                "install(f, LEAVES, 0)\n"
                "result = f(1)(), entered()"),
            "(1, 1)");
}

TEST(CompiledCodeTest, CanBeRemoved) {
  EXPECT_EQ(run("def f(x): return x\n"
                "before = f.__code__.co_code\n"
                "install(f, ANSWERS, 0)\n"
                "first = f(1)\n"
                "result = first, f.__code__.co_code == before, remove(f, 0), remove(f, 0), f(1), entered()"),
            "(42, True, True, False, 1, 1)");
}

TEST(CompiledCodeTest, IsNotEnteredWhileSomebodyTraces) {
  EXPECT_EQ(run("import sys\n"
                "def f(x): return x\n"
                "install(f, ANSWERS, 0)\n"
                "lines = []\n"
                "def trace(frame, event, argument):\n  lines.append(event)\n  return trace\n"
                "sys.settrace(trace); traced = f(1); sys.settrace(None)\n"
                "result = traced, f(1), lines[:3]"),
            "(1, 42, ['call', 'line', 'return'])");
}

TEST(CompiledCodeTest, LivesAsLongAsItsCode) {
  EXPECT_EQ(run("import gc\n"
                "def f(x): return x\n"
                "install(f, ANSWERS, 0)\n"
                "gc.collect()\n"
                "result = f(1)"),
            "42");
}

} // namespace
