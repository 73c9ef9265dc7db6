// Running the grammar; see syntax_error_engine.h.
#include "frontend/syntax_error_engine.h"

#include "frontend/syntax_error_finder.h"

#include <stdlib.h>
#include <string.h>

enum { ENGINE_MAX_LEVEL = 6000, NO_PART = 255 };

// Where the statement at fault stands so far into the source, the statements before it are not gone through again. The
// fast parser has accepted them; they could matter only if a rule for wrong source took exception to them all the same.
enum { LONG_SOURCE = 1 << 20 };

typedef enum ItemKind : uint8_t {
  ITEM_TOKEN,
  ITEM_WORD,
  ITEM_SOFT_KEYWORD,
  ITEM_RULE,
  ITEM_OPTIONAL,
  ITEM_ANY,
  ITEM_SOME,
  ITEM_SEPARATED,
  ITEM_AND,
  ITEM_NOT,
  ITEM_CUT,
  ITEM_FORCED,
} ItemKind;

typedef struct GrammarItem {
  ItemKind kind;
  uint16_t first;  // token, word or rule; or the index of the item that is repeated, looked at, ...
  uint16_t second; // SEPARATED: `first` is the separator, this the item
} GrammarItem;

typedef enum ActionKind : uint8_t {
  ACTION_DEFAULT, // what the only item found; if there are several, merely that something was found
  ACTION_YIELD,
  ACTION_NODE,
  ACTION_LIST,
  ACTION_CONSTANT,
  ACTION_VERSION,
  ACTION_VERSION_NODE,
  ACTION_CALL,
  ACTION_ERROR_HERE,
  ACTION_ERROR_AT,
  ACTION_ERROR_RANGE,
  ACTION_ERROR_FROM,
  ACTION_INDENTATION,
  ACTION_TARGET,
} ActionKind;

typedef struct GrammarAlternative {
  uint16_t first_item;
  uint8_t item_count;
  bool only_wrong; // counts in the second run only
  ActionKind action;
  uint8_t parts[3]; // indices of items; for versions, the last is the minor version
  uint8_t detail;
  const char *text;
} GrammarAlternative;

enum { RULE_MEMO = 1, RULE_LEFT = 2, RULE_QUIET = 4 };

typedef struct GrammarRule {
  const char *name;
  uint16_t first_alternative;
  uint8_t alternative_count;
  uint8_t flags;
} GrammarRule;

#include "generated/syntax_error_tables.h"

static Node *engine_rule(Engine *engine, uint32_t rule);

// Memory and tokens.

Node *engine_no_memory(Engine *engine) {
  engine->failed = true;
  syntax_report_memory_error(engine->report);
  return NULL;
}

Node *engine_node(Engine *engine, NodeType type, uint8_t kind) {
  Node *node = arena_allocate(&engine->memory, sizeof(Node));
  if (!node) return engine_no_memory(engine);
  *node = (Node){.type = type, .kind = kind};
  return node;
}

static bool engine_grow_tokens(Engine *engine) {
  uint32_t capacity = engine->token_capacity ? engine->token_capacity * 2 : 64;
  EngineToken *tokens = realloc(engine->tokens, capacity * sizeof(EngineToken));
  if (!tokens) return engine_no_memory(engine);
  engine->tokens = tokens;
  engine->token_capacity = capacity;
  return true;
}

bool engine_fill(Engine *engine) {
  if (engine->mark < engine->token_count) return true;
  if (engine->token_count == engine->token_capacity && !engine_grow_tokens(engine)) return false;
  EngineToken *entry = &engine->tokens[engine->token_count];
  *entry = (EngineToken){0};
  Lexer *lexer = &engine->lexer;
  do {
    lexer_next(lexer, &entry->token);
  } while (entry->token.kind == TOKEN_TYPE_IGNORE);
  if (engine->start_rule == RULE_SINGLE && entry->token.kind == TOKEN_END && engine->started) {
    entry->token.kind = TOKEN_NEWLINE;
    engine->started = false;
    if (lexer->indent && !(engine->options->flags & PARSE_DONT_IMPLY_DEDENT)) {
      lexer->pending_indents = -lexer->indent;
      lexer->indent = 0;
    }
  } else {
    engine->started = true;
  }
  engine->token_count++;
  if (entry->token.kind != TOKEN_ERROR) return true;
  engine_lexer_error(engine);
  return false;
}

static const Token *engine_token(Engine *engine) {
  return engine_fill(engine) ? &engine->tokens[engine->mark].token : NULL;
}

// The node of the token at `index`: names and numbers are expressions.
static Node *engine_token_node(Engine *engine, uint32_t index) {
  EngineToken *entry = &engine->tokens[index];
  if (entry->token.kind == TOKEN_NUMBER) return engine_number(engine, index);
  if (entry->node) return entry->node;
  bool is_name = entry->token.kind == TOKEN_NAME;
  Node *node = engine_node(engine, is_name ? NODE_EXPRESSION : NODE_TOKEN, is_name ? AST_NAME : entry->token.kind);
  if (!node) return NULL;
  const Token *token = &entry->token;
  node->range = (AstRange){token->lineno, token->col_offset, token->end_lineno, token->end_col_offset};
  node->token = index;
  entry->node = node;
  return node;
}

static Node *engine_expect(Engine *engine, TokenKind kind) {
  const Token *token = engine_token(engine);
  if (!token || token->kind != kind) return NULL;
  return engine_token_node(engine, engine->mark++);
}

static Node *engine_word(Engine *engine, uint32_t word) {
  const ParseSession *session = engine->session;
  const Name *names[] = {session->name_match, session->name_case, session->name_underscore};
  const Token *token = engine_token(engine);
  if (!token || token->kind != TOKEN_NAME || token->name != names[word]) return NULL;
  return engine_token_node(engine, engine->mark++);
}

// A name that is a word in patterns. CPython compares only as many letters as the name has, so `c` passes for `case`.
static Node *engine_soft_keyword(Engine *engine) {
  static const char *const words[] = {"_", "case", "match"};
  const Token *token = engine_token(engine);
  if (!token || token->kind != TOKEN_NAME) return NULL;
  size_t length = (size_t)(token->end - token->start);
  for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
    if (strncmp(words[i], token->start, length) == 0) return engine_token_node(engine, engine->mark++);
  return NULL;
}

// The end of a construct: where the last token matched that is more than white space ends.
static void engine_set_range(Engine *engine, Node *node, uint32_t start) {
  const Token *first = &engine->tokens[start].token, *last = first;
  for (uint32_t i = engine->mark; i-- > 0;) {
    last = &engine->tokens[i].token;
    if (last->kind != TOKEN_END && last->kind != TOKEN_NEWLINE && last->kind != TOKEN_INDENT &&
        last->kind != TOKEN_DEDENT)
      break;
  }
  node->range = (AstRange){first->lineno, first->col_offset, last->end_lineno, last->end_col_offset};
}

// The stack of values.

static bool engine_push(Engine *engine, Node *node) {
  if (engine->value_count == engine->value_capacity) {
    size_t capacity = engine->value_capacity ? engine->value_capacity * 2 : 256;
    Node **values = realloc(engine->values, capacity * sizeof(Node *));
    if (!values) return engine_no_memory(engine);
    engine->values = values;
    engine->value_capacity = capacity;
  }
  engine->values[engine->value_count++] = node;
  return true;
}

// Makes a list of what has been pushed since `base`.
static Node *engine_take_list(Engine *engine, size_t base) {
  Node *list = engine->failed ? NULL : engine_node(engine, NODE_LIST, 0);
  if (list) {
    size_t count = engine->value_count - base;
    list->items = arena_allocate_array(&engine->memory, count, sizeof(Node *));
    if (!list->items) return engine_no_memory(engine);
    if (count) memcpy(list->items, engine->values + base, count * sizeof(Node *));
    list->count = (uint32_t)count;
  }
  engine->value_count = base;
  return list;
}

// Nesting is counted as CPython counts it: one for each rule, loop and group. A small C stack may end it earlier.
static bool engine_enter(Engine *engine) {
  bool low_stack = (char *)__builtin_frame_address(0) < engine->session->stack_limit;
  if (engine->level++ == ENGINE_MAX_LEVEL || low_stack) engine_no_memory(engine);
  if (!engine->failed) return true;
  engine->level--;
  return false;
}

// Items.

static Node *engine_item(Engine *engine, const GrammarItem *item);

// A loop of `item`, behind what has been pushed since `base`.
static Node *engine_loop(Engine *engine, const GrammarItem *separator, const GrammarItem *item, uint32_t least) {
  size_t base = engine->value_count;
  if (!engine_enter(engine)) return NULL;
  uint32_t mark = engine->mark, start = mark, found = 0;
  // Statements of the file are never looked at again, so what is remembered of them can go.
  bool forgets =
      engine->start_rule == RULE_FILE && engine->level == 3 && item->kind == ITEM_RULE && item->first == RULE_STATEMENT;
  for (;;) {
    if (separator && !engine_item(engine, separator)) break;
    Node *node = engine_item(engine, item);
    if (!node || engine->failed) break;
    found++;
    mark = engine->mark;
    if (!forgets) {
      if (!engine_push(engine, node)) break;
      continue;
    }
    for (uint32_t i = start; i < engine->token_count; i++)
      engine->tokens[i].node = NULL, engine->tokens[i].memos = NULL;
    for (uint32_t i = start; i < engine->token_count; i++) engine->tokens[i].name = NULL;
    start = mark;
    arena_clear(&engine->memory);
    engine->dummy = engine_node(engine, NODE_OTHER, 0);
  }
  engine->mark = mark;
  engine->level--;
  if (found < least || engine->failed) {
    engine->value_count = base;
    return NULL;
  }
  return engine_take_list(engine, base);
}

// item (separator item)*
static Node *engine_separated(Engine *engine, const GrammarItem *separator, const GrammarItem *item) {
  if (!engine_enter(engine)) return NULL;
  uint32_t mark = engine->mark;
  Node *first = engine_item(engine, item);
  Node *rest = first ? engine_loop(engine, separator, item, 0) : NULL;
  engine->level--;
  if (!rest) {
    engine->mark = mark;
    return NULL;
  }
  return engine_list(engine, (Node *[]){first, rest}, 2);
}

// Matches an item. NULL means that it is not there; or, for a rule, that its action made nothing of it, in which case
// the mark has moved all the same (`['(' [arguments] ')']` counts on that).
static Node *engine_item(Engine *engine, const GrammarItem *item) {
  if (engine->failed) return NULL;
  uint32_t mark = engine->mark;
  Node *node;
  switch (item->kind) {
  case ITEM_TOKEN:
    return engine_expect(engine, (TokenKind)item->first);
  case ITEM_WORD:
    return engine_word(engine, item->first);
  case ITEM_SOFT_KEYWORD:
    return engine_soft_keyword(engine);
  case ITEM_RULE:
    return engine_rule(engine, item->first);
  case ITEM_OPTIONAL:
    return engine_item(engine, &grammar_items[item->first]);
  case ITEM_ANY:
    return engine_loop(engine, NULL, &grammar_items[item->first], 0);
  case ITEM_SOME:
    return engine_loop(engine, NULL, &grammar_items[item->first], 1);
  case ITEM_SEPARATED:
    return engine_separated(engine, &grammar_items[item->first], &grammar_items[item->second]);
  case ITEM_AND:
  case ITEM_NOT:
    node = engine_item(engine, &grammar_items[item->first]);
    engine->mark = mark;
    return (node != NULL) == (item->kind == ITEM_AND) ? engine->dummy : NULL;
  case ITEM_CUT:
    return engine->dummy;
  case ITEM_FORCED: {
    const Token *token = engine_token(engine);
    if (!token) return NULL;
    if (token->kind == (TokenKind)item->first) return engine_token_node(engine, engine->mark++);
    char message[32] = "expected '";
    strcat(strcat(message, token_text((TokenKind)item->first)), "'");
    return engine_error(engine, SYNTAX_ERROR, token->lineno, token->col_offset, token->end_lineno,
                        token->end_col_offset, message);
  }
  }
  __builtin_unreachable();
}

// Alternatives.

static Node *engine_part(Node **values, const GrammarAlternative *alternative, int part) {
  uint8_t index = alternative->parts[part];
  return index == NO_PART ? NULL : values[index];
}

static Node *engine_default(Engine *engine, const GrammarAlternative *alternative, Node **values) {
  Node *only = NULL;
  int count = 0;
  for (int i = 0; i < alternative->item_count; i++) {
    ItemKind kind = grammar_items[alternative->first_item + i].kind;
    if (kind == ITEM_AND || kind == ITEM_NOT || kind == ITEM_CUT) continue;
    only = values[i];
    count++;
  }
  return count == 1 ? only : engine->dummy;
}

static Node *engine_expression(Engine *engine, uint8_t kind, Node **parts, int count, uint32_t start) {
  Node *node = engine_node(engine, NODE_EXPRESSION, kind);
  if (!node) return NULL;
  if (count) {
    const Node *list = engine_list(engine, parts, count);
    if (!list) return NULL;
    node->items = list->items;
    node->count = list->count;
  }
  engine_set_range(engine, node, start);
  return node;
}

static Node *engine_action(Engine *engine, const GrammarAlternative *alternative, size_t base, uint32_t start) {
  Node **values = engine->values + base;
  Node *a = NULL, *b = NULL;
  bool is_version = alternative->action == ACTION_VERSION_NODE;
  if (alternative->action != ACTION_DEFAULT && !is_version) {
    a = engine_part(values, alternative, 0);
    b = engine_part(values, alternative, 1);
  }
  switch (alternative->action) {
  case ACTION_DEFAULT:
    return engine_default(engine, alternative, values);
  case ACTION_YIELD:
    return a;
  case ACTION_NODE:
    return engine_expression(engine, alternative->detail, (Node *[]){a, b}, a ? 2 : 0, start);
  case ACTION_LIST:
    return engine_list(engine, (Node *[]){a, b}, 2);
  case ACTION_CONSTANT: {
    Node *node = engine_expression(engine, AST_CONSTANT, NULL, 0, start);
    if (node) node->detail = alternative->detail;
    return node;
  }
  case ACTION_VERSION:
    return engine_version(engine, alternative->parts[2], alternative->text, a);
  case ACTION_VERSION_NODE: {
    Node *node = engine_expression(engine, alternative->detail, NULL, 0, start);
    return node ? engine_version(engine, alternative->parts[0], alternative->text, node) : NULL;
  }
  case ACTION_CALL: {
    Node *node = engine_call(engine, (GrammarFunction)alternative->detail, a, b);
    // Nodes that functions make anew have no range yet.
    if (node && node->type == NODE_EXPRESSION && node->range.lineno == 0) engine_set_range(engine, node, start);
    return node;
  }
  case ACTION_ERROR_HERE:
    return engine_error_here(engine, SYNTAX_ERROR, alternative->text);
  case ACTION_ERROR_AT:
    return engine_error_range(engine, a, a, engine_message(engine, alternative->text, a));
  case ACTION_ERROR_RANGE:
    return engine_error_range(engine, a, b, engine_message(engine, alternative->text, a));
  case ACTION_ERROR_FROM:
    return engine_error(engine, SYNTAX_ERROR, a->range.lineno, a->range.col_offset, ENGINE_CURRENT, ENGINE_CURRENT,
                        alternative->text);
  case ACTION_INDENTATION:
    return engine_error_here(engine, SYNTAX_INDENTATION_ERROR, engine_message(engine, alternative->text, a));
  case ACTION_TARGET:
    return engine_invalid_target(engine, (TargetKind)alternative->detail, a);
  }
  __builtin_unreachable();
}

typedef enum MatchResult : uint8_t { MATCH_DONE, MATCH_NOT, MATCH_CUT } MatchResult;

// Tries an alternative. *node is what its action made, which may be NULL even if it matched.
static MatchResult engine_alternative(Engine *engine, const GrammarAlternative *alternative, Node **node) {
  size_t base = engine->value_count;
  uint32_t start = engine->mark;
  bool cut = false;
  for (int i = 0; i < alternative->item_count; i++) {
    const GrammarItem *item = &grammar_items[alternative->first_item + i];
    Node *found = engine_item(engine, item);
    if (item->kind == ITEM_CUT) cut = true;
    bool may_be_absent = item->kind == ITEM_OPTIONAL;
    if (engine->failed || (!found && !may_be_absent) || !engine_push(engine, found)) {
      engine->value_count = base;
      engine->mark = start;
      return cut ? MATCH_CUT : MATCH_NOT;
    }
  }
  *node = engine_action(engine, alternative, base, start);
  engine->value_count = base;
  return MATCH_DONE;
}

static Node *engine_alternatives(Engine *engine, const GrammarRule *rule) {
  for (int i = 0; i < rule->alternative_count && !engine->failed; i++) {
    const GrammarAlternative *alternative = &grammar_alternatives[rule->first_alternative + i];
    Node *node = NULL;
    if (alternative->only_wrong) {
      if (!engine->wrong_rules) continue;
      // A rule for wrong source that found none leaves no trace.
      uint32_t mark = engine->mark;
      engine_alternative(engine, alternative, &node);
      if (node || engine->failed) return node;
      engine->mark = mark;
      continue;
    }
    MatchResult result = engine_alternative(engine, alternative, &node);
    if (result == MATCH_DONE) return node;
    if (result == MATCH_CUT) return NULL;
  }
  return NULL;
}

// Rules.

static Memo *engine_find_memo(Engine *engine, uint32_t index, uint32_t rule) {
  for (Memo *memo = engine->tokens[index].memos; memo; memo = memo->next)
    if (memo->rule == rule) return memo;
  return NULL;
}

static Memo *engine_add_memo(Engine *engine, uint32_t index, uint32_t rule) {
  Memo *memo = arena_allocate(&engine->memory, sizeof(Memo));
  if (!memo) {
    engine_no_memory(engine);
    return NULL;
  }
  *memo = (Memo){.next = engine->tokens[index].memos, .rule = (uint16_t)rule};
  engine->tokens[index].memos = memo;
  return memo;
}

// A left-recursive rule grows: its memo at first says that there is nothing, then holds the result so far.
static Node *engine_left_rule(Engine *engine, const GrammarRule *rule, uint32_t number) {
  uint32_t start = engine->mark, end = start;
  Node *result = NULL;
  Memo *memo = engine_add_memo(engine, start, number);
  if (!memo) return NULL;
  for (;;) {
    memo->node = result;
    memo->mark = engine->mark;
    engine->mark = start;
    Node *grown = NULL;
    if (engine_enter(engine)) {
      grown = engine_alternatives(engine, rule);
      engine->level--;
    }
    if (engine->failed) return NULL;
    if (!grown || engine->mark <= end) break;
    end = engine->mark;
    result = grown;
  }
  engine->mark = end;
  return result;
}

static Node *engine_rule(Engine *engine, uint32_t number) {
  if (!engine_enter(engine)) return NULL;
  const GrammarRule *rule = &grammar_rules[number];
  Node *node = NULL;
  if (!engine_fill(engine)) {
    engine->level--;
    return NULL;
  }
  uint32_t start = engine->mark;
  Memo *memo = rule->flags & (RULE_MEMO | RULE_LEFT) ? engine_find_memo(engine, start, number) : NULL;
  if (memo) {
    engine->mark = memo->mark;
    node = memo->node;
  } else if (rule->flags & RULE_LEFT) {
    node = engine_left_rule(engine, rule, number);
  } else {
    bool outer = engine->wrong_rules;
    if (rule->flags & RULE_QUIET) engine->wrong_rules = false;
    node = engine_alternatives(engine, rule);
    engine->wrong_rules = outer;
    if (rule->flags & RULE_MEMO && !engine->failed && (memo = engine_add_memo(engine, start, number))) {
      memo->node = node;
      memo->mark = engine->mark;
    }
  }
  engine->level--;
  return engine->failed ? NULL : node;
}

// Whole sources.

bool engine_init(Engine *engine, ParseSession *session, const SourceText *source, const ParseOptions *options,
                 uint32_t start_rule) {
  memset(engine, 0, offsetof(Engine, lexer));
  engine->session = session;
  engine->options = options;
  engine->source = source;
  engine->report = &session->report;
  engine->start_rule = start_rule;
  engine->feature_version = options->feature_version ? options->feature_version : 11;
  arena_init(&engine->memory, ARENA_DEFAULT_LIMIT / 4);
  lexer_init(&engine->lexer, source->start, source->end, &session->names, &session->report);
  engine->lexer.type_comments = (options->flags & PARSE_TYPE_COMMENTS) != 0;
  engine->lexer.async_hacks = engine->feature_version < 7;
  engine->dummy = engine_node(engine, NODE_OTHER, 0);
  return engine->dummy != NULL;
}

void engine_destroy(Engine *engine) {
  arena_destroy(&engine->memory);
  free(engine->tokens);
  free(engine->values);
}

static bool engine_at_end(const Engine *engine) {
  return engine->lexer.status == LEXER_AT_END || engine->lexer.status == LEXER_END_IN_STRING;
}

// The verdict if neither run has found anything particular; `last` is the last token that the first run read.
static void engine_generic_error(Engine *engine, uint32_t last) {
  const Token *token = &engine->tokens[last].token;
  if (token->kind == TOKEN_INDENT) {
    engine_error_here(engine, SYNTAX_INDENTATION_ERROR, "unexpected indent");
  } else if (token->kind == TOKEN_DEDENT) {
    engine_error_here(engine, SYNTAX_INDENTATION_ERROR, "unexpected unindent");
  } else {
    engine_error(engine, SYNTAX_ERROR, token->lineno, token->col_offset, token->end_lineno, token->end_col_offset,
                 "invalid syntax");
    engine_check_rest(engine);
  }
}

void engine_find_error(Engine *engine) {
  Node *node = engine_rule(engine, engine->start_rule);
  if (node && engine->start_rule == RULE_SINGLE && source_has_more(engine->lexer.cur))
    engine_error_here(engine, SYNTAX_ERROR, "multiple statements found while compiling a single statement");
  if (node) return;
  if (engine->options->flags & PARSE_ALLOW_INCOMPLETE_INPUT && engine_at_end(engine)) {
    engine_error_here(engine, SYNTAX_ERROR, "incomplete input");
    return;
  }
  if (!engine->failed) {
    uint32_t last = engine->token_count - 1;
    for (uint32_t i = 0; i < engine->token_count; i++) engine->tokens[i].memos = NULL;
    engine->mark = 0;
    engine->wrong_rules = true;
    engine_rule(engine, engine->start_rule);
    if (!engine->failed) {
      engine_generic_error(engine, last);
      return;
    }
  }
  SyntaxErrorKind kind = engine->report->kind;
  bool is_syntax_error = kind == SYNTAX_ERROR || kind == SYNTAX_INDENTATION_ERROR || kind == SYNTAX_TAB_ERROR;
  if (engine->lexer.status == LEXER_RUNNING && is_syntax_error) engine_check_rest(engine);
}

bool syntax_error_find(ParseSession *session, const SourceText *source, const ParseOptions *options,
                       const char *statement, int32_t statement_lineno) {
  static const uint32_t start_rules[] = {
      [PARSE_EXEC] = RULE_FILE,
      [PARSE_SINGLE] = RULE_SINGLE,
      [PARSE_EVAL] = RULE_EVAL,
      [PARSE_FUNC_TYPE] = RULE_FUNC_TYPE,
  };
  Engine engine;
  if (engine_init(&engine, session, source, options, start_rules[options->mode])) {
    if (statement && statement - source->start > LONG_SOURCE) {
      engine.lexer.cur = engine.lexer.line_start = engine.lexer.buffer = engine.lexer.string_line_start = statement;
      engine.lexer.lineno = statement_lineno - 1;
    }
    engine_find_error(&engine);
  }
  bool failed = engine.failed;
  engine_destroy(&engine);
  return failed;
}
