// Symbol tables: where names live.
#include "tests/unit/frontend/symtable_probe.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace {

std::string symbols(const char *source) {
  char *text = probe_symbols(source);
  std::string result(text);
  free(text);
  return result;
}

TEST(SymtableTest, FindsCellsAndFreeVariables) {
  EXPECT_EQ(symbols("def f(a):\n def g(): return a, b\n return g"), "module top: f(local)\n"
                                                                    " function f: a(cell) g(local)\n"
                                                                    "  function g: a(free) b(implicit)\n");
}

TEST(SymtableTest, PassesVariablesThroughScopesBetween) {
  EXPECT_EQ(symbols("def f():\n x = 1\n class C:\n  def g(self): return x"), "module top: f(local)\n"
                                                                             " function f: x(cell) C(local)\n"
                                                                             "  class C: g(local) x(free)\n"
                                                                             "   function g: self(local) x(free)\n");
}

TEST(SymtableTest, PassesOverClassBodies) {
  EXPECT_EQ(symbols("class C:\n x = 1\n def f(self): return x"), "module top: C(local)\n"
                                                                 " class C: x(local) f(local)\n"
                                                                 "  function f: self(local) x(implicit)\n");
}

TEST(SymtableTest, GivesMethodsTheirClass) {
  EXPECT_EQ(symbols("class C:\n def f(self): super()"), "module top: C(local)\n"
                                                        " class C: f(local)\n"
                                                        "  function f: self(local) super(implicit) __class__(free)\n");
}

TEST(SymtableTest, ManglesPrivateNames) {
  EXPECT_EQ(symbols("class _C:\n __x = __y__ = 1"), "module top: _C(local)\n class _C: _C__x(local) __y__(local)\n");
}

TEST(SymtableTest, BindsNamedExpressionsOutsideComprehensions) {
  EXPECT_EQ(symbols("def f(): [y := x for x in z]"), "module top: f(local)\n"
                                                     " function f: z(implicit) y(cell)\n"
                                                     "  function listcomp: .0(local) x(local) y(free)\n");
}

TEST(SymtableTest, ReportsErrors) {
  EXPECT_EQ(symbols("def f():\n nonlocal x"), "no binding for nonlocal 'x' found");
  EXPECT_EQ(symbols("def f(a, a): pass"), "duplicate argument 'a' in function definition");
}

} // namespace
