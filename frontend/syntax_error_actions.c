// What the actions of syntax_error.grammar do, beyond the plain ones.
#include "frontend/parser_internal.h"
#include "frontend/syntax_error_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Lists.

static size_t part_length(const Node *part) {
  return !part ? 0 : part->type == NODE_LIST ? part->count : 1;
}

Node *engine_list(Engine *engine, Node **parts, int count) {
  size_t length = 0;
  for (int i = 0; i < count; i++) length += part_length(parts[i]);
  Node *list = engine_node(engine, NODE_LIST, 0);
  if (!list) return NULL;
  list->items = arena_allocate_array(&engine->memory, length, sizeof(Node *));
  if (!list->items) return engine_no_memory(engine);
  for (int i = 0; i < count; i++) {
    if (!parts[i]) continue;
    if (parts[i]->type != NODE_LIST) {
      list->items[list->count++] = parts[i];
      continue;
    }
    if (parts[i]->count) memcpy(list->items + list->count, parts[i]->items, parts[i]->count * sizeof(Node *));
    list->count += parts[i]->count;
  }
  return list;
}

// Messages.

// What a message calls an expression.
static const char *expression_name(const Node *node) {
  static const char *const names[AST_KIND_COUNT] = {
      [AST_ATTRIBUTE] = "attribute",
      [AST_SUBSCRIPT] = "subscript",
      [AST_STARRED] = "starred",
      [AST_NAME] = "name",
      [AST_LIST] = "list",
      [AST_TUPLE] = "tuple",
      [AST_LAMBDA] = "lambda",
      [AST_CALL] = "function call",
      [AST_BOOL_OP] = "expression",
      [AST_BIN_OP] = "expression",
      [AST_UNARY_OP] = "expression",
      [AST_GENERATOR_EXP] = "generator expression",
      [AST_YIELD] = "yield expression",
      [AST_YIELD_FROM] = "yield expression",
      [AST_AWAIT] = "await expression",
      [AST_LIST_COMP] = "list comprehension",
      [AST_SET_COMP] = "set comprehension",
      [AST_DICT_COMP] = "dict comprehension",
      [AST_DICT] = "dict literal",
      [AST_SET] = "set display",
      [AST_JOINED_STR] = "f-string expression",
      [AST_FORMATTED_VALUE] = "f-string expression",
      [AST_COMPARE] = "comparison",
      [AST_IF_EXP] = "conditional expression",
      [AST_NAMED_EXPR] = "named expression",
  };
  if (node->type != NODE_EXPRESSION) return "expression";
  if (node->kind != AST_CONSTANT) return names[node->kind] ? names[node->kind] : "expression";
  switch (node->detail) {
  case CONSTANT_NONE:
    return "None";
  case CONSTANT_TRUE:
    return "True";
  case CONSTANT_FALSE:
    return "False";
  case CONSTANT_ELLIPSIS:
    return "ellipsis";
  default:
    return "literal";
  }
}

const char *engine_message(Engine *engine, const char *format, const Node *node) {
  if (!strchr(format, '%')) return format;
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (!out) {
    engine_no_memory(engine);
    return format;
  }
  for (const char *at = format; *at; at++) {
    if (*at != '%') {
      putc(*at, out);
      continue;
    }
    const Token *token;
    switch (*++at) {
    case 'k':
      fputs(expression_name(node), out);
      break;
    case 'l':
      fprintf(out, "%d", node->range.lineno);
      break;
    case 'n':
      token = &engine->tokens[node->token].token;
      fwrite(token->start, 1, (size_t)(token->end - token->start), out);
      break;
    default:
      break;
    }
  }
  fclose(out);
  char *message = arena_copy(&engine->memory, text, size);
  free(text);
  if (message) return message;
  engine_no_memory(engine);
  return format;
}

// Targets.

static const Node *find_invalid_target(const Node *node, TargetKind kind) {
  if (!node || node->type != NODE_EXPRESSION) return NULL;
  switch (node->kind) {
  case AST_LIST:
  case AST_TUPLE:
    for (uint32_t i = 0; i < node->count; i++) {
      const Node *invalid = find_invalid_target(node->items[i], kind);
      if (invalid) return invalid;
    }
    return NULL;
  case AST_STARRED:
    return kind == TARGET_DEL ? node : find_invalid_target(node->items[0], kind);
  case AST_COMPARE:
    if (kind != TARGET_FOR) return node;
    // `a in b` is how `for a in b` looks to the rule for expressions.
    return node->detail ? find_invalid_target(node->items[0], kind) : NULL;
  case AST_NAME:
  case AST_SUBSCRIPT:
  case AST_ATTRIBUTE:
    return NULL;
  default:
    return node;
  }
}

Node *engine_invalid_target(Engine *engine, TargetKind kind, Node *node) {
  const Node *invalid = find_invalid_target(node, kind);
  if (!invalid) return NULL;
  const char *format = kind == TARGET_DEL ? "cannot delete %k" : "cannot assign to %k";
  return engine_error_range(engine, invalid, invalid, engine_message(engine, format, invalid));
}

Node *engine_version(Engine *engine, int minor, const char *what, Node *node) {
  if (engine->feature_version >= minor) return node;
  char message[96];
  snprintf(message, sizeof(message), "%s only supported in Python 3.%d and greater", what, minor);
  return engine_error_here(engine, SYNTAX_ERROR, message);
}

// Literals.

Node *engine_number(Engine *engine, uint32_t index) {
  EngineToken *entry = &engine->tokens[index];
  if (entry->name) return entry->name;
  const Token *token = &entry->token;
  if (engine->feature_version < 6 && memchr(token->start, '_', (size_t)(token->end - token->start)))
    return engine_error_here(engine, SYNTAX_ERROR,
                             "Underscores in numeric literals are only supported in Python 3.6 and greater");
  const Constant *constant;
  int limit = engine->options->max_int_digits;
  switch (number_literal_parse(&engine->memory, token->start, token->end, limit, &constant)) {
  case NUMBER_OK:
    break;
  case NUMBER_NO_MEMORY:
    return engine_no_memory(engine);
  case NUMBER_TOO_LONG: {
    size_t digits = 0;
    for (const char *at = token->start; at < token->end; at++) digits += *at != '_';
    char message[256];
    snprintf(message, sizeof(message),
             "Exceeds the limit (%d digits) for integer string conversion: value has %zu digits; use "
             "sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals to "
             "avoid decimal conversion limits.",
             limit, digits);
    return engine_error(engine, SYNTAX_ERROR, token->lineno, -1, token->end_lineno, -1, message);
  }
  }
  Node *node = engine_node(engine, NODE_EXPRESSION, AST_CONSTANT);
  if (!node) return NULL;
  node->detail = constant->kind;
  node->token = index;
  node->range = (AstRange){token->lineno, token->col_offset, token->end_lineno, token->end_col_offset};
  entry->name = node;
  return node;
}

static AstExpr *parse_field(StringContext *context, const char *start, const char *end, int32_t lineno,
                            int32_t col_offset) {
  Engine *outer = context->owner;
  SourceText source = {.start = start, .end = end};
  Engine inner;
  AstExpr *field = NULL;
  if (engine_init(&inner, outer->session, &source, outer->options, RULE_FIELD)) {
    inner.lexer.lineno = lineno - 1;
    inner.lexer.starting_lineno = lineno;
    inner.lexer.starting_col_offset = col_offset;
    engine_find_error(&inner);
    // Nobody looks at the expression; it only has to be there.
    const Constant *constant = inner.failed ? NULL : constant_new(&outer->session->arena, CONSTANT_NONE);
    if (constant) field = ast_new_constant(&outer->session->arena, constant, NULL, (AstRange){0});
  }
  if (!field) context->status = inner.failed ? STRING_FAILED : STRING_NO_MEMORY;
  engine_destroy(&inner);
  return field;
}

static void fail_in_string(StringContext *context, const Token *token, SyntaxErrorKind kind, const char *message) {
  Engine *engine = context->owner;
  if (token)
    engine_error(engine, kind, token->lineno, token->col_offset, token->end_lineno, token->end_col_offset, message);
  else
    engine_error_here(engine, kind, message);
}

static Node *join_strings(Engine *engine, const Node *list) {
  StringContext context = {.session = engine->session,
                           .feature_version = engine->feature_version,
                           .parse_field = parse_field,
                           .fail = fail_in_string,
                           .warns = true,
                           .owner = engine};
  Token *tokens = arena_allocate_array(&engine->memory, list->count, sizeof(Token));
  if (!tokens) return engine_no_memory(engine);
  for (uint32_t i = 0; i < list->count; i++) tokens[i] = engine->tokens[list->items[i]->token].token;
  const AstExpr *expr = string_literals_join(&context, tokens, list->count);
  if (!expr) {
    if (context.status == STRING_NO_MEMORY) return engine_no_memory(engine);
    engine->failed = true;
    return NULL;
  }
  Node *node = engine_node(engine, NODE_EXPRESSION, expr->kind);
  if (!node) return NULL;
  if (expr->kind == AST_CONSTANT) node->detail = expr->constant.value->kind;
  node->range = expr->range;
  return node;
}

static Node *require_complex(Engine *engine, Node *number, bool is_complex, const char *message) {
  if ((number->detail == CONSTANT_COMPLEX) == is_complex) return number;
  return engine_error_range(engine, number, number, message);
}

// Comparisons.

static Node *compare(Engine *engine, Node *left, const Node *rest) {
  Node *node = engine_node(engine, NODE_EXPRESSION, AST_COMPARE);
  Node *list = engine_list(engine, (Node *[]){left}, 1);
  if (!node || !list) return NULL;
  node->items = list->items;
  node->count = 1;
  node->detail = rest->items[0]->type == NODE_TOKEN && rest->items[0]->kind == TOKEN_IN;
  return node;
}

// `!=`, or `<>` where the source asks for it.
static Node *not_equal(Engine *engine, Node *operator) {
  bool is_old = engine->tokens[operator->token].token.start[0] == '<';
  bool wants_old = (engine->options->flags & PARSE_BARRY_AS_FLUFL) != 0;
  if (is_old == wants_old) return operator;
  if (!wants_old) return NULL;
  return engine_error_here(engine, SYNTAX_ERROR, "with Barry as BDFL, use '<>' instead of '!='");
}

// Calls and comprehensions.

// A clause stands for its last part: the last condition, or what is iterated over.
static Node *clause(const Node *iter, const Node *conditions) {
  return conditions->count ? conditions->items[conditions->count - 1] : (Node *)iter;
}

// Positional arguments, then what keyword_arguments found: keywords, and starred arguments among them.
static Node *collect_arguments(Engine *engine, Node *first, Node *second) {
  Node *all = engine_list(engine, (Node *[]){first, second}, 2);
  Node *node = engine_node(engine, NODE_EXPRESSION, AST_CALL);
  if (!all || !node) return NULL;
  node->items = all->items;
  for (uint32_t i = 0; i < all->count; i++) {
    Node *item = all->items[i];
    if (item->type == NODE_OTHER)
      node->detail = true;
    else if (item->kind != AST_KEYWORD)
      node->items[node->count++] = item;
  }
  return node;
}

// f(x, y for y in z)
static Node *bare_generator(Engine *engine, const Node *arguments, const Node *clauses) {
  if (arguments->count <= 1) return NULL;
  return engine_error_range(engine, arguments->items[arguments->count - 1], clauses,
                            "Generator expression must be parenthesized");
}

static bool is_old_statement(const Engine *engine, const Node *name) {
  if (name->type != NODE_EXPRESSION || name->kind != AST_NAME) return false;
  const Token *token = &engine->tokens[name->token].token;
  size_t length = (size_t)(token->end - token->start);
  return (length == 5 && memcmp(token->start, "print", 5) == 0) ||
         (length == 4 && memcmp(token->start, "exec", 4) == 0);
}

static Node *legacy_statement(Engine *engine, Node *name, Node *rest) {
  if (!is_old_statement(engine, name)) return NULL;
  return engine_error_range(engine, name, rest,
                            engine_message(engine, "Missing parentheses in call to '%n'. Did you mean %n(...)?", name));
}

// Two expressions side by side within brackets.
static Node *missing_comma(Engine *engine, Node *first, Node *second) {
  if (is_old_statement(engine, first) || engine->tokens[engine->mark - 1].token.level == 0) return NULL;
  return engine_error_range(engine, first, second, "invalid syntax. Perhaps you forgot a comma?");
}

Node *engine_call(Engine *engine, GrammarFunction function, Node *a, Node *b) {
  switch (function) {
  case FUNCTION_NOTHING:
    return NULL;
  case FUNCTION_REAL:
    return require_complex(engine, a, false, "real number required in complex literal");
  case FUNCTION_IMAGINARY:
    return require_complex(engine, a, true, "imaginary number required in complex literal");
  case FUNCTION_COMPARISON:
    return compare(engine, a, b);
  case FUNCTION_NOT_EQUAL:
    return not_equal(engine, a);
  case FUNCTION_STRINGS:
    return join_strings(engine, a);
  case FUNCTION_ASYNC_CLAUSE:
    return engine_version(engine, 6, "Async comprehensions are", clause(a, b));
  case FUNCTION_CLAUSE:
    return clause(a, b);
  case FUNCTION_ARGUMENTS:
    return collect_arguments(engine, a, b);
  case FUNCTION_KEYWORD_UNPACKING:
    return engine_node(engine, NODE_OTHER, 0);
  case FUNCTION_BARE_GENERATOR:
    return bare_generator(engine, a, b);
  case FUNCTION_ARGUMENT_ORDER:
    return engine_error_here(engine, SYNTAX_ERROR,
                             a->detail ? "positional argument follows keyword argument unpacking"
                                       : "positional argument follows keyword argument");
  case FUNCTION_LEGACY:
    return legacy_statement(engine, a, b);
  case FUNCTION_MISSING_COMMA:
    return missing_comma(engine, a, b);
  case FUNCTION_MATCH_WITHOUT_COLON:
    // The error about the colon is raised first, and stands whatever the version.
    return engine_error_here(engine, SYNTAX_ERROR, "expected ':'");
  case FUNCTION_MISSING_DICT_COLON:
    return engine_error(engine, SYNTAX_ERROR, a->range.lineno, a->range.end_col_offset - 1, a->range.end_lineno, -1,
                        "':' expected after dictionary key");
  }
  __builtin_unreachable();
}
