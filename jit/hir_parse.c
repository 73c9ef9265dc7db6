// Text to HIR: the printer's inverse (hir_text.h says how the text looks), for tests.
//
// Shapes of built-in classes are the real ones. Others are made up: <Point.1> and <Point.2> are shapes of one class
// made by a class statement, whose instances have attributes. So are cells: `list#1` is an empty instance of that
// class, or of object where there is no such built-in class. Nothing keeps these cells alive.
#include "jit/hir_text.h"

#include "jit/compile_error.h"
#include "runtime/object/float.h"
#include "runtime/object/str.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum : uint32_t { ID_LIMIT = 100000, INLINE_CAPACITY = 4 };

typedef struct Table { // things by number
  void **items;
  uint32_t count;
} Table;

typedef struct Parser {
  HirFunction *function;
  char **tokens; // of the current line
  uint32_t token_count, at;
  unsigned line;
  Table nodes, blocks, states, frames;
  HirBlock *block;
  enum { IN_CODE, IN_FRAMES, IN_STATES } section;
  jmp_buf failed;
  char *error;
  size_t error_size;
} Parser;

[[noreturn]] static void fail(Parser *parser, const char *format, ...) {
  char message[120];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  snprintf(parser->error, parser->error_size, "line %u: %s", parser->line, message);
  longjmp(parser->failed, 1);
}

// Tokens

static const char *peek(const Parser *parser) {
  return parser->at < parser->token_count ? parser->tokens[parser->at] : "";
}
static const char *take(Parser *parser) {
  if (parser->at == parser->token_count) fail(parser, "something is missing at the end");
  return parser->tokens[parser->at++];
}
static bool accept(Parser *parser, const char *token) {
  bool same = strcmp(peek(parser), token) == 0;
  parser->at += same;
  return same;
}
static bool is_number(const char *text) {
  return *text && strspn(text, "0123456789") == strlen(text);
}
// A token of `letter` and a number: v12.
static bool is_reference(const char *token, char letter) {
  return token[0] == letter && is_number(token + 1);
}
static uint32_t number_of(Parser *parser, const char *digits) {
  if (!is_number(digits) || strlen(digits) > 9) fail(parser, "no number: %s", digits);
  return (uint32_t)strtoul(digits, NULL, 10);
}
static uint32_t take_number(Parser *parser, char letter) {
  const char *token = take(parser);
  if (token[0] != letter) fail(parser, "'%c' expected in front of %s", letter, token);
  return number_of(parser, token + 1);
}

// Splits the line at blanks; a string in quotes is one token.
static void split(Parser *parser, char *line) {
  parser->at = parser->token_count = 0;
  parser->tokens = hir_allocate(parser->function, (strlen(line) / 2 + 2) * sizeof(char *));
  for (char *at = line; *(at += strspn(at, " \t"));) {
    parser->tokens[parser->token_count++] = at;
    if (*at == '"')
      for (at++; *at && *at != '"'; at++) at += *at == '\\' && at[1];
    at += strcspn(at, " \t");
    if (*at) *at++ = 0;
  }
}

static void *table_get(Parser *parser, Table *table, uint32_t number) {
  if (number >= ID_LIMIT) fail(parser, "number %u is too large", number);
  if (number >= table->count) {
    uint32_t count = number + number / 2 + 8;
    void **items = hir_allocate(parser->function, count * sizeof *items);
    if (table->count) memcpy(items, table->items, table->count * sizeof *items);
    *table = (Table){items, count};
  }
  return table->items[number];
}

static HirNode *node_numbered(Parser *parser, uint32_t number) {
  HirNode *node = table_get(parser, &parser->nodes, number);
  if (node) return node;
  node = hir_node_new(parser->function, HIR_OP_COUNT - 1, 0, NULL);
  node->id = number;
  return parser->nodes.items[number] = node;
}

static HirBlock *block_numbered(Parser *parser, uint32_t number) {
  HirBlock *block = table_get(parser, &parser->blocks, number);
  if (block) return block;
  block = hir_block_new(parser->function);
  block->id = number;
  return parser->blocks.items[number] = block;
}

// States are referred to before they are known: a use is filled in at the end.
static HirState *state_reference(Parser *parser, uint32_t number) {
  table_get(parser, &parser->states, number);
  return (HirState *)(uintptr_t)(number + 1);
}

static HirState *state_of(Parser *parser, HirState *reference) {
  if (!reference) return NULL;
  uint32_t number = (uint32_t)(uintptr_t)reference - 1;
  HirState *state = table_get(parser, &parser->states, number);
  if (!state) fail(parser, "state s%u is missing", number);
  return state;
}

static HirInline *frame_numbered(Parser *parser, uint32_t number) {
  HirInline *frame = table_get(parser, &parser->frames, number);
  if (frame || number > 0) {
    if (!frame) fail(parser, "frame f%u is missing", number);
    return frame;
  }
  frame = hir_allocate(parser->function, sizeof *frame);
  frame->variables = HIR_ALL_VARIABLES;
  return parser->frames.items[0] = frame;
}
static uint32_t take_variables(Parser *parser) {
  return accept(parser, "variables") ? number_of(parser, take(parser)) : HIR_ALL_VARIABLES;
}

// Shapes, values, pointers

static const char *text_until(Parser *parser, const char *text, char end) {
  size_t length = strcspn(text, (char[]){end, 0});
  return memcpy(hir_allocate(parser->function, length + 1), text, length);
}

static Class *made_up_class(Parser *parser, const char *name) {
  HirSymbol *symbol = hir_symbol_named(parser->function, name);
  if (symbol) return (Class *)symbol->pointer;
  Class *class = hir_allocate(parser->function, sizeof *class);
  class->flags = CLASS_HEAP_TYPE;
  return (Class *)hir_symbol_add(parser->function, class, name)->pointer;
}

static Shape *shape_named(Parser *parser, const char *token) {
  if (token[0] != '<' || token[strlen(token) - 1] != '>') fail(parser, "no shape: %s", token);
  const char *name = text_until(parser, token + 1, '>');
  Shape *builtin = hir_builtin_shape(name);
  if (builtin) return builtin;
  HirSymbol *symbol = hir_symbol_named(parser->function, name);
  if (symbol) return (Shape *)symbol->pointer;
  Shape *shape = hir_allocate(parser->function, sizeof *shape);
  shape->class = made_up_class(parser, text_until(parser, name, '.'));
  shape->flags = SHAPE_HAS_ATTRIBUTES;
  shape->attributes_offset = 8;
  shape->inline_capacity = INLINE_CAPACITY;
  return (Shape *)hir_symbol_add(parser->function, shape, name)->pointer;
}

static Value cell_named(Parser *parser, const char *name) {
  HirSymbol *symbol = hir_symbol_named(parser->function, name);
  if (symbol) return value_from_cell(symbol->pointer);
  if (!strchr(name, '#')) fail(parser, "no value: %s", name);
  const Shape *shape = hir_builtin_shape(text_until(parser, name, '#'));
  void *cell = class_allocate(shape ? shape->class : BUILTIN(OBJECT), 0);
  if (!cell) compile_give_up("out of memory");
  hir_symbol_add(parser->function, cell, name);
  return value_from_cell(cell);
}

static Value text_value(Parser *parser, const char *token) {
  char *text = hir_allocate(parser->function, strlen(token) + 1), *end = text;
  for (const char *at = token + 1; *at && *at != '"'; at++) {
    bool escaped = *at == '\\' && at[1];
    if (escaped) at++;
    *end++ = escaped && *at == 'n' ? '\n' : *at;
  }
  return str_intern_c(text);
}

static double real_value(Parser *parser, const char *token) {
  char *end;
  double number = strtod(token, &end);
  if (*end || end == token) fail(parser, "no number: %s", token);
  return number;
}

static bool is_int(const char *token) {
  return is_number(token + (token[0] == '-'));
}

static int64_t int_value(Parser *parser, const char *token) {
  if (!is_int(token)) fail(parser, "no number: %s", token);
  return strtoll(token, NULL, 10);
}

static Value value_of(Parser *parser, const char *token) {
  static const struct {
    const char *name;
    Value value;
  } names[] = {{"None", VALUE_NONE},   {"True", VALUE_TRUE},
               {"False", VALUE_FALSE}, {"Ellipsis", VALUE_ELLIPSIS},
               {"stop", VALUE_STOP},   {"NotImplemented", VALUE_NOT_IMPLEMENTED},
               {"unbound", NULL}};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(token, names[i].name) == 0) return names[i].value;
  if (token[0] == '"') return text_value(parser, token);
  if (is_int(token)) return value_from_small_int(int_value(parser, token));
  bool is_real = strchr("0123456789-", token[0]) || strcmp(token, "inf") == 0 || strcmp(token, "nan") == 0;
  return is_real ? float_from_double(real_value(parser, token)) : cell_named(parser, token);
}

static const void *pointer_named(Parser *parser, const char *name) {
  HirSymbol *symbol = hir_symbol_named(parser->function, name);
  if (!symbol) symbol = hir_symbol_add(parser->function, hir_allocate(parser->function, sizeof(LookupResult)), name);
  return symbol->pointer;
}

// Nodes

static HirOp op_named(Parser *parser, const char *name) {
  for (unsigned op = 0; op < HIR_OP_COUNT; op++)
    if (strcmp(hir_op_infos[op].name, name) == 0) return (HirOp)op;
  fail(parser, "no operation: %s", name);
}

static uint8_t kinds_named(Parser *parser, const char *names) {
  if (strcmp(names, "any") == 0) return KIND_ANY;
  if (strcmp(names, "never") == 0) return 0;
  if (strcmp(names, "bound") == 0) return KIND_BOUND;
  uint8_t kinds = 0;
  while (*names) {
    const char *name = text_until(parser, names, '|');
    unsigned i = 0;
    while (hir_kind_names[i].name && strcmp(hir_kind_names[i].name, name) != 0) i++;
    if (!hir_kind_names[i].name) fail(parser, "no type: %s", name);
    kinds |= hir_kind_names[i].kinds;
    names += strlen(name);
    names += *names == '|';
  }
  return kinds;
}

static void parse_type(Parser *parser, HirNode *node, const char *type) {
  for (unsigned i = HIR_INT; i <= HIR_BOOL; i++)
    if (strcmp(type, hir_representation_names[i]) == 0) {
      node->representation = (HirRepresentation)i;
      node->kinds = 0;
      return;
    }
  node->kinds = kinds_named(parser, text_until(parser, type, '<'));
  if (strchr(type, '<')) node->shape = shape_named(parser, strchr(type, '<'));
}

static int64_t comparison_named(Parser *parser, const char *token) {
  for (int i = 0; i < HIR_COMPARISONS; i++)
    if (strcmp(hir_comparison_texts[i], token) == 0) return i;
  fail(parser, "no comparison: %s", token);
}

static const HirRuntime *runtime_named(Parser *parser, const char *name, uint32_t inputs) {
  HirRuntime *runtime = hir_allocate(parser->function, sizeof *runtime);
  runtime->name = text_until(parser, name, ' ');
  runtime->inputs = (uint8_t)inputs;
  return runtime;
}

static void parse_parameter(Parser *parser, HirNode *node) {
  switch (hir_parameters[node->op]) {
  case PARAMETER_NONE:
    break;
  case PARAMETER_VALUE:
    node->payload.value = value_of(parser, take(parser));
    break;
  case PARAMETER_INT:
    node->payload.number = int_value(parser, take(parser));
    break;
  case PARAMETER_REAL:
    node->payload.real = real_value(parser, take(parser));
    break;
  case PARAMETER_OFFSET:
    node->payload.number = take_number(parser, '+');
    break;
  case PARAMETER_COMPARISON:
    node->payload.number = comparison_named(parser, take(parser));
    break;
  case PARAMETER_POINTER:
    node->payload.pointer = pointer_named(parser, take(parser));
    break;
  case PARAMETER_RUNTIME:
    node->payload.pointer = runtime_named(parser, take(parser), node->input_count);
    break;
  case PARAMETER_SIGN:
    node->index = accept(parser, "positive");
    break;
  case PARAMETER_REGISTER:
    node->index = take_number(parser, 'r');
    break;
  case PARAMETER_CATCH:
    node->index = take_number(parser, 'r');
    node->payload.number = int_value(parser, take(parser));
    break;
  case PARAMETER_SHAPE:
    node->shape = shape_named(parser, take(parser));
    break;
  case PARAMETER_SLOT:
    node->shape = shape_named(parser, take(parser));
    node->index = take_number(parser, '#');
    break;
  case PARAMETER_INDEX:
    node->index = take_number(parser, '#');
    break;
  case PARAMETER_NEW:
    node->payload.value = value_of(parser, take(parser));
    node->shape = shape_named(parser, take(parser));
    break;
  case PARAMETER_ADD: {
    LookupResult *result = hir_allocate(parser->function, sizeof *result);
    result->kind = LOOKUP_ADD_SLOT;
    result->shape = node->shape = shape_named(parser, take(parser));
    result->next_shape = shape_named(parser, take(parser));
    result->slot = take_number(parser, '#');
    node->payload.pointer = result;
    break;
  }
  }
}

static void set_op(HirNode *node, HirOp op) {
  node->op = op;
  node->representation = hir_op_info(op)->representation;
  node->kinds = node->representation == HIR_VALUE ? KIND_BOUND : 0;
}

static void parse_inputs(Parser *parser, HirNode *node) {
  uint32_t first = parser->at;
  while (is_reference(peek(parser), 'v')) parser->at++;
  node->input_count = parser->at - first;
  node->inputs = hir_allocate(parser->function, (node->input_count + 1) * sizeof(HirNode *));
  for (uint32_t i = 0; i < node->input_count; i++)
    node->inputs[i] = node_numbered(parser, number_of(parser, parser->tokens[first + i] + 1));
}

static void parse_node(Parser *parser) {
  if (!parser->block) fail(parser, "a node outside all blocks");
  HirNode *node;
  const char *type = NULL;
  if (parser->token_count > 1 && strcmp(parser->tokens[1], "=") == 0) {
    const char *name = take(parser);
    if (name[0] != 'v') fail(parser, "no node: %s", name);
    node = node_numbered(parser, number_of(parser, text_until(parser, name + 1, ':')));
    if (node->block) fail(parser, "v%u is there already", node->id);
    type = strchr(name, ':');
    parser->at++;
  } else
    node = hir_node_new(parser->function, HIR_JUMP, 0, NULL);
  set_op(node, op_named(parser, take(parser)));
  if (type) parse_type(parser, node, type + 1);
  parse_inputs(parser, node);
  if (node->op == HIR_RAISED && node->input_count == 1) node->inputs[0]->catches = true;
  parse_parameter(parser, node);
  hir_node_append(parser->block, node);
  while (is_reference(peek(parser), 'b')) {
    if (parser->block->successor_count == 2) fail(parser, "too many successors");
    parser->block->successors[parser->block->successor_count++] = block_numbered(parser, take_number(parser, 'b'));
  }
  if (peek(parser)[0] == '@') {
    const char *token = take(parser);
    if (token[1] != 's') fail(parser, "no state: %s", token);
    node->state = state_reference(parser, number_of(parser, token + 2));
  }
}

static void parse_block(Parser *parser) {
  const char *name = take(parser);
  HirBlock *block = block_numbered(parser, number_of(parser, text_until(parser, name + 1, ':')));
  if (parser->block)
    parser->block->next = block;
  else
    parser->function->entry = block;
  parser->block = parser->function->last_block = block;
  if (accept(parser, "preds"))
    while (is_reference(peek(parser), 'b'))
      hir_block_add_predecessor(parser->function, block, block_numbered(parser, take_number(parser, 'b')));
  block->is_loop_header = accept(parser, "loop");
  block->is_cold = accept(parser, "cold");
  if (accept(parser, "entry")) block->entry_state = state_reference(parser, take_number(parser, 's'));
}

static void parse_frame(Parser *parser) {
  HirInline *frame = hir_allocate(parser->function, sizeof *frame);
  uint32_t number = number_of(parser, text_until(parser, take(parser) + 1, ':'));
  table_get(parser, &parser->frames, number);
  parser->frames.items[number] = frame;
  frame->caller = frame_numbered(parser, take_number(parser, 'f'));
  frame->depth = frame->caller->depth + 1;
  frame->call_word = take_number(parser, '@');
  if (accept(parser, "base")) frame->base = number_of(parser, take(parser));
  frame->variables = take_variables(parser);
  if (accept(parser, "returns")) {
    const char *token = take(parser);
    if (token[0] != 'r' || !strchr(token, '+')) fail(parser, "no register and words: %s", token);
    frame->return_register = (uint16_t)number_of(parser, text_until(parser, token + 1, '+'));
    frame->return_words = (uint16_t)number_of(parser, strchr(token, '+') + 1);
  }
  if (accept(parser, "function")) frame->function = node_numbered(parser, take_number(parser, 'v'));
  if (accept(parser, "instance")) frame->instance = node_numbered(parser, take_number(parser, 'v'));
  frame->is_operand = accept(parser, "operand");
}

static void parse_state(Parser *parser) {
  uint32_t number = number_of(parser, text_until(parser, take(parser) + 1, ':'));
  HirInline *frame = frame_numbered(parser, take_number(parser, 'f'));
  const char *word = take(parser);
  if (word[0] != '@') fail(parser, "'@' expected in front of %s", word);
  uint32_t count = parser->token_count - parser->at;
  HirState *state = hir_allocate(parser->function, sizeof *state + count * sizeof(HirNode *));
  *state = (HirState){
      .frame = frame, .word = number_of(parser, text_until(parser, word + 1, ':')), .count = count, .id = number};
  for (uint32_t i = 0; i < count; i++)
    if (!accept(parser, "-")) state->registers[i] = node_numbered(parser, take_number(parser, 'v'));
  table_get(parser, &parser->states, number);
  parser->states.items[number] = state;
  if (number >= parser->function->state_count) parser->function->state_count = number + 1;
}

static void parse_line(Parser *parser, char *line) {
  split(parser, line);
  if (parser->token_count == 0 || line[0] == '#') return;
  if (accept(parser, "function")) {
    parser->function->name = text_until(parser, take(parser), ' ');
    parser->function->entry_word = take_number(parser, '@');
    frame_numbered(parser, 0)->variables = take_variables(parser);
  } else if (accept(parser, "frames:"))
    parser->section = IN_FRAMES;
  else if (accept(parser, "states:"))
    parser->section = IN_STATES;
  else if (parser->section == IN_FRAMES)
    parse_frame(parser);
  else if (parser->section == IN_STATES)
    parse_state(parser);
  else if (line[0] == 'b')
    parse_block(parser);
  else
    parse_node(parser);
  if (parser->at < parser->token_count) fail(parser, "too much: %s", peek(parser));
}

// The runtime functions' parameters are as the inputs are.
static void set_parameters(Parser *parser, HirNode *node) {
  HirRuntime *runtime = (HirRuntime *)node->payload.pointer;
  char *letters = hir_allocate(parser->function, node->input_count + 1);
  for (uint32_t i = 0; i < node->input_count; i++) letters[i] = "-vidb"[node->inputs[i]->representation];
  runtime->parameters = letters;
  runtime->result = node->representation;
}

// References to states become states; everything referred to must be there.
static void finish(Parser *parser) {
  HirFunction *function = parser->function;
  if (!function->entry) fail(parser, "no block");
  for (HirBlock *block = function->entry; block; block = block->next) {
    block->entry_state = state_of(parser, block->entry_state);
    for (HirNode *node = block->first; node; node = node->next) {
      node->state = state_of(parser, node->state);
      if (hir_calls_by_table(node->op)) set_parameters(parser, node);
    }
  }
  for (uint32_t i = 0; i < parser->nodes.count; i++) {
    const HirNode *node = parser->nodes.items[i];
    if (node && !node->block) fail(parser, "v%u is missing", i);
    if (node && i >= function->node_count) function->node_count = i + 1;
  }
  for (uint32_t i = 0; i < parser->blocks.count; i++) {
    const HirBlock *block = parser->blocks.items[i];
    if (block && !block->first) fail(parser, "b%u is missing", i);
    if (block && i >= function->block_count) function->block_count = i + 1;
  }
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next)
      if (node->representation == HIR_NONE) node->id = function->node_count++; // has no name in the text
}

HirFunction *hir_parse(const char *text, char *error, size_t error_size) {
  HirFunction *function = hir_function_new(NULL, 0, "unnamed");
  if (!function) {
    snprintf(error, error_size, "out of memory");
    return NULL;
  }
  Parser *parser = hir_allocate(function, sizeof *parser);
  parser->function = function;
  parser->error = error;
  parser->error_size = error_size;
  if (setjmp(parser->failed)) {
    hir_function_free(function);
    return NULL;
  }
  while (*text) {
    size_t length = strcspn(text, "\n");
    char *line = memcpy(hir_allocate(function, length + 1), text, length);
    parser->line++;
    parse_line(parser, line);
    text += length + (text[length] == '\n');
  }
  finish(parser);
  return function;
}
