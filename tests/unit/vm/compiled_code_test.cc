// Compiled code and the interpreter: entering, returning, leaving, raising, installing and removing.
#include "tests/unit/vm/compiled_code_probe.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <string>

namespace {

const char kinds[] = "ANSWERS, LEAVES, RAISES, LEAVES_COUNTED, CALLS = range(5)\n";

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

TEST(HotnessTest, CountsCallsAndIterations) {
  EXPECT_EQ(run("def f(): pass\n"
                "def test(n):\n  i = 0\n  while i < n: i += 1\n"
                "def many(n):\n  i = 0\n  while i < n: f(); i += 1\n"
                "def loops(n):\n  i = 0\n  while i < n: i += 1\n  yield i\n"
                "hot()\n"
                "few = f(), test(100), hot()\n"
                "test(1600); loop = hot()\n"
                "many(1600); both = hot()\n"
                "list(loops(5000))\n"
                "result = few[2], loop, both, hot()"),
            "((0, 0), (0, 1), (1, 1), (0, 3))");
}

// Calls out of compiled code

const char caller[] = "def f(g, x): return g(x)\ninstall(f, CALLS, 0)\n";

TEST(CompiledCallTest, CallsWhateverCanBeCalled) {
  EXPECT_EQ(run(std::string(caller) + "def plain(x): return [x]\n"
                                      "def bound(x, y=2, *z): return x, y, z\n"
                                      "class A:\n"
                                      "  def __init__(self, x): self.x = x\n"
                                      "  def method(self, x): return self.x + x\n"
                                      "  def __call__(self, x): return self.x * x\n"
                                      "result = [f(plain, 1), f(bound, 1), f(A, 3).x, f(A(3).method, 4), f(A(3), 4),\n"
                                      "          f(len, 'abc'), f(len, [1]), f('x'.join, 'abc'), f(int, '7')]\n"),
            "[[1], (1, 2, ()), 3, 7, 12, 3, 1, 'axbxc', 7]");
}

TEST(CompiledCallTest, CallsInEveryForm) {
  EXPECT_EQ(run("def f(g, a, b): return g(a, k=b), g(*a, **b), g(*a), a.count(b), a.index(b, start=0)\n"
                "install(f, CALLS, 0)\n"
                "class T(tuple):\n"
                "  def index(self, x, start): return x, start\n"
                "def g(*a, **k): return a, k\n"
                "result = f(g, T((1, 2)), {'k': 5})"),
            "((((1, 2),), {'k': {'k': 5}}), ((1, 2), {'k': 5}), ((1, 2), {}), 0, ({'k': 5}, 0))");
}

TEST(CompiledCallTest, CallsCompiledCode) {
  EXPECT_EQ(run(std::string(caller) + "def g(x): return x\n"
                                      "install(g, ANSWERS, 0)\n"
                                      "first = f(g, 1), f(f, 1) if False else 0, entered()\n"
                                      "install(g, LEAVES, 0)\n"
                                      "result = first, f(g, 1), entered()"),
            "((42, 0, 2), 1, 2)");
}

TEST(CompiledCallTest, CallsInitOfClassesCompiledOrNot) {
  EXPECT_EQ(run(std::string(caller) + "class A:\n  def __init__(self, x): self.x = x\n"
                                      "class B:\n  def __init__(self, x): return x\n"
                                      "def test(x):\n"
                                      "  try: return f(B, x)\n"
                                      "  except TypeError as e: return str(e)\n"
                                      "results = [f(A, 1).x, type(f(B, None)), test(1)]\n"
                                      "install(A.__init__, LEAVES, 0), install(B.__init__, CALLS, 0)\n"
                                      "result = [f(A, 1).x, f(B, None).__class__, test(1)] == results"),
            "True");
}

TEST(CompiledCallTest, PassesExceptionsOn) {
  EXPECT_EQ(run(std::string(caller) + "def g(x): return 1 // x\n"
                                      "def test(g):\n"
                                      "  try: f(g, 0)\n"
                                      "  except Exception as e: t = e.__traceback__\n"
                                      "  names = []\n"
                                      "  while t: names.append(t.tb_frame.f_code.co_name); t = t.tb_next\n"
                                      "  return names\n"
                                      "first = test(g), test(len), test(iter([]).__next__ if 0 else None)\n"
                                      "install(g, LEAVES, 0)\n"
                                      "result = first, test(g)"),
            "((['test', 'f', 'g'], ['test', 'f'], ['test', 'f']), ['test', 'f', 'g'])");
}

TEST(CompiledCallTest, ExhaustedIteratorsRaise) {
  EXPECT_EQ(run("def f(g): return g()\n"
                "install(f, CALLS, 0)\n"
                "def test():\n"
                "  n = iter([1]).__next__\n"
                "  try: return f(n), f(n)\n"
                "  except StopIteration as e: return e.value\n"
                "result = test()"),
            "None");
}

TEST(CompiledCallTest, MakesGeneratorsAndResumesThem) {
  EXPECT_EQ(run("def g(n):\n  for i in range(n): yield i\n"
                "def fails():\n  yield 1\n  raise KeyError(2)\n"
                "def f(make, n, put):\n  for x in make(n): put(x)\n  return put\n"
                "def test(*args):\n  try: f(*args)\n  except KeyError as e: return e.args\n"
                "install(f, CALLS, 0), install(f, CALLS, 1)\n"
                "items = []\n"
                "test(g, 3, items.append)\n"
                "result = items, test(lambda n: fails(), 0, items.append), items, test(g, 0, 1)"),
            "([0, 1, 2, 1], (2,), [0, 1, 2, 1], None)");
}

TEST(CompiledCallTest, LeavesTheRecursionToTheInterpreterWhenTheStackIsLow) {
  EXPECT_EQ(run("import sys\n"
                "sys.setrecursionlimit(200000)\n"
                "def g(f, x): return f(g, x - 1) if x else 'bottom'\n"
                "def f(g, x): return g(f, x)\n"
                "install(f, CALLS, 0)\n"
                "deep = f(g, 50000)\n"
                "sys.setrecursionlimit(1000)\n"
                "def test():\n"
                "  try: return f(g, 50000)\n"
                "  except RecursionError as e: return str(e)\n"
                "result = deep, test()"),
            "('bottom', 'maximum recursion depth exceeded')");
}

TEST(CompiledCallTest, ShowsItsFramesToThoseWhoLook) {
  EXPECT_EQ(run(std::string(caller) + "import sys\n"
                                      "def g(x):\n"
                                      "  frame = sys._getframe(1)\n"
                                      "  return frame.f_code.co_name, frame.f_locals['x'], frame.f_lineno\n"
                                      "result = f(g, 5)"),
            "('f', 5, 2)");
}

TEST(CompiledCallTest, WhatTheCalleeHeldEndsWithIt) {
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "a dead word in one of the sanitizer's frames keeps the object longer";
#endif
  EXPECT_EQ(run(std::string(caller) + "dead = []\n"
                                      "class A:\n  def __del__(self): dead.append(1)\n"
                                      "def g(x):\n  a = A()\n  return x\n"
                                      "result = f(g, 5), dead"),
            "(5, [1])");
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
