// A slow parser that knows what CPython says about faulty source.
//
// It interprets the tables made from syntax_error.grammar: a parsing expression grammar with memoized rules, run as
// CPython runs its own. First without the rules for wrong source (named wrong_...), then, if that fails without a
// message of its own, with them; if they say nothing either, the error is "invalid syntax" at the last token the first
// run has asked for. What CPython reports depends on which tokens have been read and which rules have been tried when
// an error is noticed, so this parser keeps to CPython's order of work, and to its limit on nesting.
//
// Nodes hold only what messages are made from: where a construct stands, what kind it is, some of its parts.
#pragma once

#include "frontend/lexer.h"
#include "frontend/source.h"
#include "frontend/string_literal.h"

#include "generated/syntax_error_rules.h"

typedef enum NodeType : uint8_t {
  NODE_TOKEN,      // kind is the TokenKind
  NODE_EXPRESSION, // kind is the AstKind; names and literals have `token`
  NODE_LIST,       // items
  NODE_OTHER,      // anything that is only known to be there
} NodeType;

typedef struct Node Node;
struct Node {
  NodeType type;
  uint8_t kind;
  uint8_t detail; // CONSTANT: ConstantKind; COMPARE: whether the first operator is `in`; CALL: whether there is a **
                  // argument
  uint32_t count;
  AstRange range;
  uint32_t token; // index of the token, for tokens and names
  Node **items;
};

typedef struct Memo {
  struct Memo *next;
  Node *node;
  uint32_t mark;
  uint16_t rule;
} Memo;

typedef struct EngineToken {
  Token token;
  Node *node; // of the token itself
  Node *name; // as an expression: of NAME and NUMBER
  Memo *memos;
} EngineToken;

typedef struct Engine {
  ParseSession *session;
  const ParseOptions *options;
  const SourceText *source;
  SyntaxErrorReport *report;
  Arena memory; // nodes and memos; emptied after each statement of the file
  EngineToken *tokens;
  uint32_t token_count;
  uint32_t token_capacity;
  uint32_t mark; // index of the next token to be matched
  uint32_t start_rule;
  int level;
  int feature_version;
  bool wrong_rules; // in the second run
  bool failed;      // the report says why, or memory is exhausted
  bool started;     // see parser_read
  Node **values;    // stack of what the items of the alternatives in progress have found
  size_t value_count;
  size_t value_capacity;
  Node *dummy;
  Lexer lexer;
} Engine;

// Running.

// Parses from a rule, and leaves the verdict in the report; see the top of this file. Used for whole sources and for
// the fields of f-strings.
void engine_find_error(Engine *engine);
bool engine_init(Engine *engine, ParseSession *session, const SourceText *source, const ParseOptions *options,
                 uint32_t start_rule);
void engine_destroy(Engine *engine);

// Makes sure that the token at `mark` has been read. Returns false, with `failed` set, if it cannot be.
bool engine_fill(Engine *engine);

Node *engine_node(Engine *engine, NodeType type, uint8_t kind);
Node *engine_no_memory(Engine *engine);

// Reporting. All set `failed` and return NULL; columns count bytes from 0.

// Stands for "the place reached" as an end position.
enum { ENGINE_CURRENT = -5 };

Node *engine_error(Engine *engine, SyntaxErrorKind kind, int32_t lineno, int32_t col_offset, int32_t end_lineno,
                   int32_t end_col_offset, const char *message);
// At the token read last.
Node *engine_error_here(Engine *engine, SyntaxErrorKind kind, const char *message);
// At the start of `first` up to the end of `last`; a list stands where its first or last item does.
Node *engine_error_range(Engine *engine, const Node *first, const Node *last, const char *message);
// What the lexer's status says.
void engine_lexer_error(Engine *engine);
// Reports the innermost open bracket.
void engine_unclosed_bracket(Engine *engine);
// Looks for lexical errors in the rest of the source, which go before a syntax error found earlier.
void engine_check_rest(Engine *engine);

// A message with %k, %n and %l replaced by what `node` is, its text, and its line. Lives in the engine's arena.
const char *engine_message(Engine *engine, const char *format, const Node *node);

// Actions.

typedef enum TargetKind : uint8_t { TARGET_STAR, TARGET_DEL, TARGET_FOR } TargetKind;
Node *engine_invalid_target(Engine *engine, TargetKind kind, Node *node);
// Checks the accepted version; `node` if it is new enough.
Node *engine_version(Engine *engine, int minor, const char *what, Node *node);
// Calls a function of the grammar with what the named parts of an alternative found.
Node *engine_call(Engine *engine, GrammarFunction function, Node *a, Node *b);
// A list of all that `parts` hold.
Node *engine_list(Engine *engine, Node **parts, int count);
// The expression node of a NUMBER token, or NULL after an error.
Node *engine_number(Engine *engine, uint32_t index);
