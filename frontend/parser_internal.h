// What the files of the fast parser share.
//
// The parser holds one token, looks at most one further (parser_peek), and gives up by longjmp: everything it makes
// lives in the arena, so there is nothing to clean up, and the grammar's functions need no error paths. Each function
// that parses a construct expects its first token to be the current one, and leaves the token behind it current.
#pragma once

#include "frontend/lexer.h"
#include "frontend/parser.h"
#include "frontend/source.h"
#include "frontend/string_literal.h"

#include <setjmp.h>

typedef enum ParserFailure : uint8_t {
  PARSER_FAILED = 1, // the source is not valid
  PARSER_NO_MEMORY,
  PARSER_TOO_DEEP, // nested so deeply that CPython's parser might give up
} ParserFailure;

// CPython's parser gives up where more than 6000 calls of its rules are nested. Here, constructs are counted at no less
// than the calls they take there (the PARSER_COST_ values); where the sum might come near the limit, the exact parser
// of syntax_error_engine.c decides.
enum {
  PARSER_DOUBTFUL_DEPTH = 4500,
  PARSER_MAX_DEPTH = 1 << 20,
  PARSER_COST_BRACKET = 32,
  PARSER_COST_LAMBDA = 2,
  PARSER_COST_LAMBDA_DEFAULT = 8,
  PARSER_COST_BLOCK = 8,
  PARSER_COST_OPERATOR = 1,
  PARSER_COST_POWER = 2,
};

typedef struct Parser {
  Token token; // current
  Token next;  // the one behind, if has_next
  bool has_next;
  bool type_comments;
  bool single_mode;
  bool started;        // a token other than an implied newline has been read (single_mode)
  bool implies_dedent; // the end of the source closes open blocks (single_mode)
  bool barry_as_flufl;
  const char *line_behind; // where the lexer stood before it read the token at hand (single_mode)
  int feature_version;
  int max_int_digits;
  int depth;
  int max_depth;
  const char *statement; // the newest line on which a statement of the module starts
  int32_t statement_lineno;
  int32_t end_lineno; // where the last token ended that is not NEWLINE, INDENT or DEDENT
  int32_t end_col_offset;
  ParseSession *session;
  Arena *arena;
  jmp_buf *failure;
  void **items; // a stack on which sequences are collected
  size_t item_count;
  size_t item_capacity;
  AstTypeIgnore **type_ignores;
  size_t type_ignore_count;
  const Name *name_match, *name_case, *name_underscore;
  const ParseOptions *options;
  const SourceText *source;
  StringContext strings;
  Token *string_tokens; // adjacent literals are collected here
  size_t string_token_capacity;
  Lexer lexer;
} Parser;

[[noreturn]] void parser_fail(Parser *parser, ParserFailure failure);

// Takes what an allocating function returned; NULL means memory is exhausted.
static inline void *parser_check(Parser *parser, void *pointer) {
  if (!pointer) parser_fail(parser, PARSER_NO_MEMORY);
  return pointer;
}
#define CHECK(parser, pointer) ((typeof(pointer))parser_check(parser, (void *)(pointer)))

// Tokens.

void parser_read(Parser *parser, Token *token);

static inline void parser_advance(Parser *parser) {
  TokenKind kind = parser->token.kind;
  if (kind != TOKEN_NEWLINE && kind != TOKEN_INDENT && kind != TOKEN_DEDENT && kind != TOKEN_END) {
    parser->end_lineno = parser->token.end_lineno;
    parser->end_col_offset = parser->token.end_col_offset;
  }
  if (parser->has_next) {
    parser->token = parser->next;
    parser->has_next = false;
  } else {
    parser_read(parser, &parser->token);
  }
}

// The kind of the token behind the current one.
static inline TokenKind parser_peek(Parser *parser) {
  if (!parser->has_next) {
    parser_read(parser, &parser->next);
    parser->has_next = true;
  }
  return parser->next.kind;
}

static inline bool parser_at(const Parser *parser, TokenKind kind) {
  return parser->token.kind == kind;
}

static inline bool parser_accept(Parser *parser, TokenKind kind) {
  if (parser->token.kind != kind) return false;
  parser_advance(parser);
  return true;
}

static inline void parser_expect(Parser *parser, TokenKind kind) {
  if (parser->token.kind != kind) parser_fail(parser, PARSER_FAILED);
  parser_advance(parser);
}

// Fails unless the accepted syntax includes that of Python 3.`minor`.
static inline void parser_require_version(Parser *parser, int minor) {
  if (parser->feature_version < minor) parser_fail(parser, PARSER_FAILED);
}

static inline void parser_enter(Parser *parser, int cost) {
  parser->depth += cost;
  if (parser->depth > parser->max_depth) parser_fail(parser, PARSER_TOO_DEEP);
  if ((char *)__builtin_frame_address(0) < parser->session->stack_limit) parser_fail(parser, PARSER_NO_MEMORY);
}

static inline void parser_leave(Parser *parser, int cost) {
  parser->depth -= cost;
}

// Attempts. Two constructs can only be told apart by trying: the parser's state is saved, and restored if the attempt
// fails. Attempts do not nest, so the whole stays linear. Usage:
//
//   ParserState state;
//   parser_save(parser, &state);
//   int why = setjmp(state.failure);
//   if (why != 0) { parser_restore(parser, &state, why); ...the other way... }
//   ...parse...
//   parser_commit(parser, &state);
typedef struct ParserState {
  jmp_buf failure;
  jmp_buf *outer;
  LexerMark lexer;
  Token token, next;
  bool has_next, started;
  int depth;
  int32_t end_lineno, end_col_offset;
  size_t item_count, type_ignore_count;
  SyntaxErrorReport report;
} ParserState;

void parser_save(Parser *parser, ParserState *state);
void parser_commit(Parser *parser, ParserState *state);
// Goes back; `why` is what setjmp returned. Fails again at once if the reason was not the source.
void parser_restore(Parser *parser, ParserState *state, int why);

// Ranges: a construct starts where its first token does, and ends with the last token consumed.

typedef struct Start {
  int32_t lineno;
  int32_t col_offset;
} Start;

static inline Start parser_start(const Parser *parser) {
  return (Start){parser->token.lineno, parser->token.col_offset};
}

static inline AstRange parser_range(const Parser *parser, Start start) {
  return (AstRange){start.lineno, start.col_offset, parser->end_lineno, parser->end_col_offset};
}

static inline AstRange parser_token_range(const Token *token) {
  return (AstRange){token->lineno, token->col_offset, token->end_lineno, token->end_col_offset};
}

// Sequences: note the item count, push, then take what was pushed since.

void parser_grow_items(Parser *parser);

static inline void parser_push(Parser *parser, void *item) {
  if (parser->item_count == parser->item_capacity) parser_grow_items(parser);
  parser->items[parser->item_count++] = item;
}

void *parser_take(Parser *parser, size_t base);

// A sequence of one.
void *parser_one(Parser *parser, void *item);

// Names.

// The normalized name of a NAME token.
const Name *parser_token_name(Parser *parser, const Token *token);

// Consumes a NAME and returns it.
const Name *parser_expect_name(Parser *parser);

// Text of a TYPE_COMMENT token at the current place, which is consumed, or NULL.
const Name *parser_type_comment(Parser *parser);

// The grammar; each is named for what it parses.

AstExpr *parse_expression(Parser *parser);
AstExpr *parse_disjunction(Parser *parser);
AstExpr *parse_bitwise_or(Parser *parser);
AstExpr *parse_primary(Parser *parser);          // without `await`
AstExpr *parse_star_expressions(Parser *parser); // one, or a tuple without parentheses; no `:=`
AstExpr *parse_star_expression(Parser *parser);
AstExpr *parse_named_expression(Parser *parser);
AstExpr *parse_star_named_expression(Parser *parser);
AstExpr *parse_yield(Parser *parser);
AstExpr *parse_yield_or_star_expressions(Parser *parser);
AstExpr *parse_atom(Parser *parser);
AstExpr *parse_strings(Parser *parser);
AstExpr *parse_number(Parser *parser);
// Targets of `for` and of comprehensions, in Store context.
AstExpr *parse_star_targets(Parser *parser);
// One target, in the given context; for Store it may be starred.
AstExpr *parse_target(Parser *parser, AstContext context);
// Turns an expression into a target; fails if it cannot be one.
void parser_set_context(Parser *parser, AstExpr *expr, AstContext context);
AstComprehensionSequence *parse_comprehension_clauses(Parser *parser);
// What stands between the parentheses of a call or class; the closing one is left. `generator_start`, if not NULL, is
// where the opening parenthesis stands, and allows a lone generator expression.
void parse_arguments(Parser *parser, const Start *generator_start, AstExprSequence **args,
                     AstKeywordSequence **keywords);
// Parameters of a def (until `)`) or lambda (until `:`).
AstArguments *parse_parameters(Parser *parser, bool is_lambda);

void parse_statement(Parser *parser); // pushes one or several
void parse_simple_statements(Parser *parser);
AstStmt *parse_compound_statement(Parser *parser); // NULL if none starts here
AstStmtSequence *parse_block(Parser *parser);
// `match` as a statement, if it is one here.
AstStmt *parse_match(Parser *parser);
AstPattern *parse_patterns(Parser *parser);

// The constant a number literal stands for; NULL if the source is at fault (too many digits).
typedef enum NumberStatus : uint8_t { NUMBER_OK, NUMBER_NO_MEMORY, NUMBER_TOO_LONG } NumberStatus;
NumberStatus number_literal_parse(Arena *arena, const char *start, const char *end, int max_int_digits,
                                  const Constant **constant);
