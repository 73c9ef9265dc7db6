// The parser: trees of each construct, constants, sources and their encodings, errors, and limits. That all this is as
// in CPython is checked by the oracles; these tests say what is meant, and run in milliseconds.
#include <gtest/gtest.h>
#include <string>

// The headers are C, where these are no keywords.
#define delete delete_
#define try    try_
extern "C" {
#include "frontend/ast_dump.h"
#include "frontend/ast_unparse.h"
#include "frontend/ast_validate.h"
#include "frontend/parser.h"
}
#undef delete
#undef try

namespace {

class ParserTest : public testing::Test {
protected:
  ParserTest() { EXPECT_TRUE(parse_session_init(&session)); }
  ~ParserTest() override { parse_session_destroy(&session); }

  AstModule *parse(const std::string &text, ParseMode mode = PARSE_EXEC, uint32_t flags = 0) {
    options = {.mode = mode, .flags = flags, .feature_version = 0, .filename = nullptr, .max_int_digits = 4300};
    return parse_text(&session, text.data(), text.size(), &options);
  }

  std::string dump(const void *node) {
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    EXPECT_TRUE(ast_dump(node, false, out));
    fclose(out);
    std::string result(text, length);
    free(text);
    return result;
  }

  // The tree of an expression.
  std::string expression(const std::string &text) {
    AstModule *module = parse(text, PARSE_EVAL);
    return module ? dump(module->expression.body) : report();
  }

  // The tree of the first statement.
  std::string statement(const std::string &text) {
    AstModule *module = parse(text);
    return module ? dump(module->module.body->items[0]) : report();
  }

  std::string report() {
    const SyntaxErrorReport &found = session.report;
    std::string text = found.message ? found.message : "no message";
    if (found.has_location)
      text += " @" + std::to_string(found.lineno) + ":" + std::to_string(found.offset) + "-" +
              std::to_string(found.end_lineno) + ":" + std::to_string(found.end_offset);
    return text;
  }

  std::string error(const std::string &text, ParseMode mode = PARSE_EXEC) {
    return parse(text, mode) ? "accepted" : report();
  }

  ParseSession session;
  ParseOptions options;
};

TEST_F(ParserTest, OperatorsBindAsTheyShould) {
  EXPECT_EQ(expression("a + b * c"), "BinOp(left=Name(id='a', ctx=Load()), op=Add(), right=BinOp(left=Name(id='b', "
                                     "ctx=Load()), op=Mult(), right=Name(id='c', ctx=Load())))");
  EXPECT_EQ(expression("-a ** -b"), "UnaryOp(op=USub(), operand=BinOp(left=Name(id='a', ctx=Load()), op=Pow(), "
                                    "right=UnaryOp(op=USub(), operand=Name(id='b', ctx=Load()))))");
  EXPECT_EQ(expression("1 < 2 not in 3"), "Compare(left=Constant(value=1), ops=[Lt(), NotIn()], "
                                          "comparators=[Constant(value=2), Constant(value=3)])");
}

TEST_F(ParserTest, CallsSortTheirArguments) {
  EXPECT_EQ(expression("f(1, a=2, *b, **c)"),
            "Call(func=Name(id='f', ctx=Load()), args=[Constant(value=1), Starred(value=Name(id='b', ctx=Load()), "
            "ctx=Load())], keywords=[keyword(arg='a', value=Constant(value=2)), keyword(value=Name(id='c', "
            "ctx=Load()))])");
}

TEST_F(ParserTest, TargetsAreStored) {
  EXPECT_EQ(statement("(a, *b.c) = [d[0]] = e"),
            "Assign(targets=[Tuple(elts=[Name(id='a', ctx=Store()), Starred(value=Attribute(value=Name(id='b', "
            "ctx=Load()), attr='c', ctx=Store()), ctx=Store())], ctx=Store()), List(elts=[Subscript(value=Name(id='d', "
            "ctx=Load()), slice=Constant(value=0), ctx=Store())], ctx=Store())], value=Name(id='e', ctx=Load()))");
  EXPECT_EQ(statement("(a): int"), "AnnAssign(target=Name(id='a', ctx=Store()), annotation=Name(id='int', "
                                   "ctx=Load()), simple=0)");
}

TEST_F(ParserTest, WithTakesParenthesesEitherWay) {
  EXPECT_EQ(statement("with (a as b, c): pass"),
            "With(items=[withitem(context_expr=Name(id='a', ctx=Load()), optional_vars=Name(id='b', ctx=Store())), "
            "withitem(context_expr=Name(id='c', ctx=Load()))], body=[Pass()])");
  EXPECT_EQ(statement("with (a, b).c: pass"),
            "With(items=[withitem(context_expr=Attribute(value=Tuple(elts=[Name(id='a', ctx=Load()), Name(id='b', "
            "ctx=Load())], ctx=Load()), attr='c', ctx=Load()))], body=[Pass()])");
}

TEST_F(ParserTest, MatchIsAStatementOnlyWhereItFits) {
  EXPECT_EQ(statement("match (x):\n case [1, *_] | {'a': b, **c} if d: pass"),
            "Match(subject=Name(id='x', ctx=Load()), cases=[match_case(pattern=MatchOr(patterns=["
            "MatchSequence(patterns=[MatchValue(value=Constant(value=1)), MatchStar()]), "
            "MatchMapping(keys=[Constant(value='a')], patterns=[MatchAs(name='b')], rest='c')]), guard=Name(id='d', "
            "ctx=Load()), body=[Pass()])])");
  EXPECT_EQ(statement("match(x)"),
            "Expr(value=Call(func=Name(id='match', ctx=Load()), args=[Name(id='x', ctx=Load())], keywords=[]))");
  EXPECT_EQ(statement("match = 1"), "Assign(targets=[Name(id='match', ctx=Store())], value=Constant(value=1))");
}

TEST_F(ParserTest, FormattedStringsAreParsedWithin) {
  EXPECT_EQ(expression("f'a{b!r:>{c}}' '{d}'"),
            "JoinedStr(values=[Constant(value='a'), FormattedValue(value=Name(id='b', ctx=Load()), conversion=114, "
            "format_spec=JoinedStr(values=[Constant(value='>'), FormattedValue(value=Name(id='c', ctx=Load()), "
            "conversion=-1)])), Constant(value='{d}')])");
  EXPECT_EQ(expression("f'{x = }'"), "JoinedStr(values=[Constant(value='x = '), FormattedValue(value=Name(id='x', "
                                     "ctx=Load()), conversion=114)])");
}

TEST_F(ParserTest, LiteralsHaveTheirValues) {
  EXPECT_EQ(expression("0x7fff_ffff_ffff_ffff"), "Constant(value=9223372036854775807)");
  EXPECT_EQ(expression("9223372036854775808"), "Constant(value=9223372036854775808)");
  EXPECT_EQ(expression("1e3"), "Constant(value=1000.0)");
  EXPECT_EQ(expression("2.5j"), "Constant(value=2.5j)");
  EXPECT_EQ(expression("'\\x41\\u00e9\\N{BULLET}\\ud800' r'\\n'"), "Constant(value='A\u00e9\u2022\\ud800\\\\n')");
  EXPECT_EQ(expression("b'\\x00\\377' b'a'"), "Constant(value=b'\\x00\\xffa')");
  EXPECT_EQ(expression("u'a'"), "Constant(value='a', kind='u')");
}

TEST_F(ParserTest, IdentifiersAreNormalized) {
  EXPECT_EQ(expression("\u212B"), "Name(id='\u00C5', ctx=Load())");
}

TEST_F(ParserTest, TypeCommentsAreReadOnRequest) {
  AstModule *module = parse("x = 1 # type: int\n# type: ignore[a]\n", PARSE_EXEC, PARSE_TYPE_COMMENTS);
  ASSERT_NE(module, nullptr);
  EXPECT_EQ(dump(module),
            "Module(body=[Assign(targets=[Name(id='x', ctx=Store())], value=Constant(value=1), type_comment='int')], "
            "type_ignores=[TypeIgnore(lineno=2, tag='[a]')])");
}

TEST_F(ParserTest, ErrorsSayWhatCPythonSays) {
  EXPECT_EQ(error("f(a b)"), "invalid syntax. Perhaps you forgot a comma? @1:3-1:6");
  EXPECT_EQ(error("if x\n  pass"), "expected ':' @1:5-1:5");
  EXPECT_EQ(error("print 1"), "Missing parentheses in call to 'print'. Did you mean print(...)? @1:1-1:8");
  EXPECT_EQ(error("f() = 1"), "cannot assign to function call here. Maybe you meant '==' instead of '='? @1:1-1:4");
  EXPECT_EQ(error("x = (1,\ny = 2"), "'(' was never closed @1:5-1:0");
  EXPECT_EQ(error("while 1:\npass"), "expected an indented block after 'while' statement on line 1 @2:1-2:5");
  EXPECT_EQ(session.report.kind, SYNTAX_INDENTATION_ERROR);
  EXPECT_EQ(error("f'{a b}'"), "f-string: invalid syntax. Perhaps you forgot a comma? @1:2-1:5");
  EXPECT_EQ(error("\u00e9 $"), "invalid syntax @1:3-1:4");
  EXPECT_EQ(std::string(session.report.text, session.report.text_length), "\u00e9 $\n");
}

TEST_F(ParserTest, OneStatementIsOneStatement) {
  EXPECT_EQ(error("x\ny", PARSE_SINGLE), "multiple statements found while compiling a single statement @1:2-1:2");
  EXPECT_EQ(error("x; y # z\n\n", PARSE_SINGLE), "accepted");
  EXPECT_EQ(error("if x: pass", PARSE_SINGLE), "invalid syntax @1:0-1:0");
}

TEST_F(ParserTest, WarningsAreCollected) {
  ASSERT_NE(parse("'\\z'\nb'\\q'"), nullptr);
  const SyntaxWarningEntry *warning = session.report.warnings;
  ASSERT_NE(warning, nullptr);
  EXPECT_STREQ(warning->message, "invalid escape sequence '\\z'");
  ASSERT_NE(warning->next, nullptr);
  EXPECT_EQ(warning->next->lineno, 2);
}

TEST_F(ParserTest, BytesAreDecodedAsTheySay) {
  options = {.mode = PARSE_EXEC, .flags = 0, .feature_version = 0, .filename = nullptr, .max_int_digits = 0};
  auto parse_raw = [&](const std::string &bytes) {
    AstModule *module = parse_bytes(&session, bytes.data(), bytes.size(), &options);
    return module ? dump(module->module.body->items[0]) : report();
  };
  EXPECT_EQ(parse_raw("# coding: latin-1\n'\xE9'"), "Expr(value=Constant(value='\u00e9'))");
  EXPECT_EQ(parse_raw("\xEF\xBB\xBF'\u00e9'\r\n"), "Expr(value=Constant(value='\u00e9'))");
  EXPECT_EQ(parse_raw("\xEF\xBB\xBF# coding: latin-1\n"), "encoding problem: iso-8859-1 with BOM @0:-1-" +
                                                              std::to_string(SYNTAX_POSITION_NONE) + ":" +
                                                              std::to_string(SYNTAX_POSITION_NONE));
  EXPECT_EQ(parse_raw("'\xFF'"), "(unicode error) 'utf-8' codec can't decode byte 0xff in position 0: invalid start "
                                 "byte @1:4-1:4");
  EXPECT_EQ(parse_raw(std::string("a\0b", 3)), "source code string cannot contain null bytes");
}

TEST_F(ParserTest, DepthIsLimitedAsInCPython) {
  auto repeat = [](const char *text, int count) {
    std::string result;
    for (int i = 0; i < count; i++) result += text;
    return result;
  };
  EXPECT_EQ(error(repeat("-", 5969) + "1"), "accepted");
  EXPECT_EQ(error(repeat("-", 5970) + "1"), "no message");
  EXPECT_EQ(session.report.kind, SYNTAX_MEMORY_ERROR);
  EXPECT_EQ(error(repeat("(", 200) + repeat(")", 200)), "accepted");
  EXPECT_EQ(error("1" + repeat("+1", 100000)), "accepted") << "a chain of operators is not deep for the parser";
}

TEST_F(ParserTest, HandMadeTreesAreChecked) {
  AstModule *module = parse("x = y");
  SyntaxErrorReport found;
  syntax_report_init(&found);
  EXPECT_TRUE(ast_validate(module, 100, &session.arena, &found));
  module->module.body->items[0]->assign.value->name.ctx = AST_STORE;
  EXPECT_FALSE(ast_validate(module, 100, &session.arena, &found));
  EXPECT_STREQ(found.message, "expression must have Load context but has Store instead");
  module = parse("x + (y + (z + 1))");
  EXPECT_FALSE(ast_validate(module, 4, &session.arena, &found));
  EXPECT_EQ(found.kind, SYNTAX_RECURSION_ERROR);
}

TEST_F(ParserTest, ExpressionsAreWrittenBack) {
  auto unparse = [&](const char *text) -> std::string {
    AstModule *module = parse(text, PARSE_EVAL);
    size_t length;
    bool too_deep;
    const char *written = ast_unparse_expression(&session.arena, module->expression.body, &length, &too_deep);
    return std::string(written, length);
  };
  EXPECT_EQ(unparse("( a+b )*c"), "(a + b) * c");
  EXPECT_EQ(unparse("f'{ {1:2} !r:>{w}}{{'"), "f'{ {1: 2}!r:>{w}}{{'");
  EXPECT_EQ(unparse("1 .real, 1e999"), "(1 .real, 1e309)");
  EXPECT_EQ(unparse("lambda a,/,b=1,*,c: (yield)"), "lambda a, /, b=1, *, c: (yield)");
}

} // namespace
