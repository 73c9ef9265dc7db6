// HIR as text (hir_text.h says how it looks).
#include "jit/hir_text.h"

#include "runtime/object/float.h"
#include "runtime/object/str.h"
#include <ctype.h>
#include <math.h>
#include <string.h>

const HirParameter hir_parameters[HIR_OP_COUNT] = {
    [HIR_CONST] = PARAMETER_VALUE,
    [HIR_GUARD_IDENTITY] = PARAMETER_VALUE,
    [HIR_INT_CONST] = PARAMETER_INT,
    [HIR_BOOL_CONST] = PARAMETER_INT,
    [HIR_RESUMED_AT] = PARAMETER_INT,
    [HIR_SEND] = PARAMETER_INT,
    [HIR_CATCH] = PARAMETER_CATCH,
    [HIR_GUARD_VERSION] = PARAMETER_INT,
    [HIR_GUARD_CLASS_VERSION] = PARAMETER_INT,
    [HIR_GUARD_NATIVE] = PARAMETER_INT,
    [HIR_DOUBLE_CONST] = PARAMETER_REAL,
    [HIR_LOAD_FIELD] = PARAMETER_OFFSET,
    [HIR_STORE_FIELD] = PARAMETER_OFFSET,
    [HIR_LOAD_FIXED] = PARAMETER_OFFSET,
    [HIR_GUARD_FIELD_UNWATCHED] = PARAMETER_OFFSET,
    [HIR_INT_COMPARE] = PARAMETER_COMPARISON,
    [HIR_DOUBLE_COMPARE] = PARAMETER_COMPARISON,
    [HIR_GUARD_VALID] = PARAMETER_POINTER,
    [HIR_DOUBLE_CALL] = PARAMETER_POINTER,
    [HIR_CALL_RUNTIME] = PARAMETER_RUNTIME,
    [HIR_CALL_PURE] = PARAMETER_RUNTIME,
    [HIR_CALL_LEAF] = PARAMETER_RUNTIME,
    [HIR_CALL_TRY] = PARAMETER_RUNTIME,
    [HIR_CALL_CHANGE] = PARAMETER_RUNTIME,
    [HIR_PAIRS_MORE] = PARAMETER_RUNTIME,
    [HIR_PAIRS_ITEM] = PARAMETER_INDEX,
    [HIR_LOAD_REGISTER] = PARAMETER_REGISTER,
    [HIR_CALL_FUNCTION] = PARAMETER_REGISTER,
    [HIR_CALL_INSTRUCTION] = PARAMETER_REGISTER,
    [HIR_GUARD_SHAPE] = PARAMETER_SHAPE,
    [HIR_HAS_SHAPE] = PARAMETER_SHAPE,
    [HIR_LOAD_SLOT] = PARAMETER_SLOT,
    [HIR_NEW_INSTANCE] = PARAMETER_NEW,
    [HIR_VIRTUAL_INSTANCE] = PARAMETER_NEW,
    [HIR_LIST_GET] = PARAMETER_SIGN,
    [HIR_CHECK_INDEX] = PARAMETER_SIGN,
    [HIR_RANGE_NEXT] = PARAMETER_SIGN,
    [HIR_INT_FLOOR_DIVIDE] = PARAMETER_SIGN,
    [HIR_INT_REMAINDER] = PARAMETER_SIGN,
    [HIR_ADD_SLOT] = PARAMETER_ADD,
};

const char *const hir_comparison_texts[] = {
    [HIR_LESS] = "<",       [HIR_LESS_EQUAL] = "<=", [HIR_EQUAL] = "==",
    [HIR_NOT_EQUAL] = "!=", [HIR_GREATER] = ">",     [HIR_GREATER_EQUAL] = ">="};
const struct HirKindName hir_kind_names[] = {
    {"unbound", KIND_UNBOUND}, {"int", KIND_INT},         {"float", KIND_FLOAT}, {"bool", KIND_BOOL},
    {"none", KIND_NONE},       {"special", KIND_SPECIAL}, {"cell", KIND_CELL},   {NULL, 0},
};
const char *const hir_representation_names[] = {
    [HIR_NONE] = "NONE", [HIR_VALUE] = "VALUE", [HIR_INT] = "INT", [HIR_DOUBLE] = "DOUBLE", [HIR_BOOL] = "BOOL"};

// Symbols

HirSymbol *hir_symbol_of(const HirFunction *function, const void *pointer) {
  HirSymbol *symbol = function->symbols;
  while (symbol && symbol->pointer != pointer) symbol = symbol->next;
  return symbol;
}

HirSymbol *hir_symbol_named(const HirFunction *function, const char *name) {
  HirSymbol *symbol = function->symbols;
  while (symbol && strcmp(symbol->name, name) != 0) symbol = symbol->next;
  return symbol;
}

HirSymbol *hir_symbol_add(HirFunction *function, const void *pointer, const char *name) {
  HirSymbol *symbol = hir_allocate(function, sizeof *symbol);
  size_t size = strlen(name) + 1;
  symbol->name = memcpy(hir_allocate(function, size), name, size);
  symbol->pointer = pointer;
  symbol->next = function->symbols;
  return function->symbols = symbol;
}

static const char *builtin_name(unsigned id) {
  return builtin_classes[id] && builtin_classes[id]->native ? builtin_classes[id]->native->name : NULL;
}

const char *hir_builtin_shape_name(const Shape *shape) {
  for (unsigned id = 0; id < CLASS_COUNT; id++)
    if (builtin_shapes[id] == shape && builtin_name(id)) return builtin_name(id);
  return NULL;
}

Shape *hir_builtin_shape(const char *name) {
  for (unsigned id = 0; id < CLASS_COUNT; id++)
    if (builtin_shapes[id] && builtin_name(id) && strcmp(builtin_name(id), name) == 0) return builtin_shapes[id];
  return NULL;
}

// The symbol for a pointer, made up of `base`, `separator` and a number if it has none yet.
static const char *symbol_name(const HirFunction *function, const void *pointer, const char *base, char separator) {
  HirSymbol *symbol = hir_symbol_of(function, pointer);
  if (symbol) return symbol->name;
  char name[80];
  for (unsigned number = 1;; number++) {
    snprintf(name, sizeof name, "%.60s%c%u", base, separator, number);
    for (char *at = name; *at && at < name + strlen(base); at++)
      if (!isalnum((unsigned char)*at) && *at != '.') *at = '_';
    if (!hir_symbol_named(function, name)) break;
  }
  // Names belong to the function's memory, not to what it means.
  return hir_symbol_add((HirFunction *)function, pointer, name)->name;
}

// Parts of a line

static void print_shape(const HirFunction *function, FILE *stream, const Shape *shape) {
  const char *name = shape ? hir_builtin_shape_name(shape) : "none";
  if (!name) {
    HirSymbol *symbol = hir_symbol_of(function, shape);
    name = symbol ? symbol->name : symbol_name(function, shape, class_name(shape->class), '.');
  }
  fprintf(stream, "<%s>", name);
}

static void print_text(FILE *stream, Value text) {
  const char *bytes = str_utf8(text, NULL);
  fputc('"', stream);
  for (unsigned count = 0; bytes && bytes[count] && count < 60; count++) {
    if (bytes[count] == '\n')
      fputs("\\n", stream);
    else if (bytes[count] == '"' || bytes[count] == '\\')
      fprintf(stream, "\\%c", bytes[count]);
    else
      fputc(bytes[count], stream);
  }
  fputc('"', stream);
}

static void print_real(FILE *stream, double number) {
  char text[40];
  snprintf(text, sizeof text, "%.17g", number);
  double back;
  for (int digits = 1; digits < 17; digits++) {
    char shorter[40];
    snprintf(shorter, sizeof shorter, "%.*g", digits, number);
    if (sscanf(shorter, "%lf", &back) == 1 && back == number) {
      memcpy(text, shorter, sizeof text);
      break;
    }
  }
  fprintf(stream, "%s%s", text, isfinite(number) && !strpbrk(text, ".e") ? ".0" : "");
}

static void print_value(const HirFunction *function, FILE *stream, Value value) {
  static const struct {
    Value value;
    const char *name;
  } names[] = {{VALUE_NONE, "None"},   {VALUE_TRUE, "True"},
               {VALUE_FALSE, "False"}, {VALUE_ELLIPSIS, "Ellipsis"},
               {VALUE_STOP, "stop"},   {VALUE_NOT_IMPLEMENTED, "NotImplemented"},
               {NULL, "unbound"}};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (value == names[i].value) {
      fputs(names[i].name, stream);
      return;
    }
  if (value_is_small_int(value))
    fprintf(stream, "%lld", (long long)value_small_int(value));
  else if (value_is_exact_float(value))
    print_real(stream, float_as_double(value));
  else if (!value_is_cell(value))
    fprintf(stream, "special%llu", (unsigned long long)value_bits(value) >> 3);
  else if (VALUE_IS_EXACT(value, STR))
    print_text(stream, value);
  else
    fputs(symbol_name(function, value, class_name(cell_shape(value_cell(value))->class), '#'), stream);
}

static void print_kinds(FILE *stream, uint8_t kinds) {
  if (kinds == KIND_ANY || kinds == 0) {
    fputs(kinds ? "any" : "never", stream);
    return;
  }
  if (kinds == KIND_BOUND) {
    fputs("bound", stream);
    return;
  }
  const char *separator = "";
  for (unsigned i = 0; hir_kind_names[i].name; i++)
    if (kinds & hir_kind_names[i].kinds) {
      fprintf(stream, "%s%s", separator, hir_kind_names[i].name);
      separator = "|";
    }
}

static bool shape_is_parameter(HirOp op) {
  HirParameter parameter = hir_parameters[op];
  return parameter == PARAMETER_SHAPE || parameter == PARAMETER_SLOT || parameter == PARAMETER_NEW ||
         parameter == PARAMETER_ADD;
}

static void print_type(const HirFunction *function, FILE *stream, const HirNode *node) {
  if (node->representation != HIR_VALUE) {
    fprintf(stream, ":%s", hir_representation_names[node->representation]);
    return;
  }
  bool has_shape = node->shape && !shape_is_parameter(node->op);
  if (node->kinds == KIND_BOUND && !has_shape) return;
  fputc(':', stream);
  print_kinds(stream, node->kinds);
  if (has_shape) print_shape(function, stream, node->shape);
}

static void print_parameter(const HirFunction *function, FILE *stream, const HirNode *node) {
  switch (hir_parameters[node->op]) {
  case PARAMETER_NONE:
    break;
  case PARAMETER_VALUE:
    fputc(' ', stream);
    print_value(function, stream, node->payload.value);
    break;
  case PARAMETER_INT:
    fprintf(stream, " %lld", (long long)node->payload.number);
    break;
  case PARAMETER_REAL:
    fputc(' ', stream);
    print_real(stream, node->payload.real);
    break;
  case PARAMETER_OFFSET:
    fprintf(stream, " +%lld", (long long)node->payload.number);
    break;
  case PARAMETER_COMPARISON:
    fprintf(stream, " %s", hir_comparison_texts[node->payload.number]);
    break;
  case PARAMETER_POINTER:
    fprintf(stream, " %s", symbol_name(function, node->payload.pointer, "", '$'));
    break;
  case PARAMETER_RUNTIME:
    fprintf(stream, " %s", ((const HirRuntime *)node->payload.pointer)->name);
    break;
  case PARAMETER_SIGN:
    if (node->index) fputs(" positive", stream);
    break;
  case PARAMETER_REGISTER:
    fprintf(stream, " r%u", node->index);
    break;
  case PARAMETER_CATCH:
    fprintf(stream, " r%u %lld", node->index, (long long)node->payload.number);
    break;
  case PARAMETER_SHAPE:
    fputc(' ', stream);
    print_shape(function, stream, node->shape);
    break;
  case PARAMETER_SLOT:
    fputc(' ', stream);
    print_shape(function, stream, node->shape);
    fprintf(stream, " #%u", node->index);
    break;
  case PARAMETER_INDEX:
    fprintf(stream, " #%u", node->index);
    break;
  case PARAMETER_NEW:
    fputc(' ', stream);
    print_value(function, stream, node->payload.value);
    fputc(' ', stream);
    print_shape(function, stream, node->shape);
    break;
  case PARAMETER_ADD: {
    const LookupResult *result = node->payload.pointer;
    fputc(' ', stream);
    print_shape(function, stream, node->shape);
    fputc(' ', stream);
    print_shape(function, stream, result->next_shape);
    fprintf(stream, " #%u", result->slot);
    break;
  }
  }
}

static void print_node(const HirFunction *function, FILE *stream, const HirNode *node) {
  fputs("  ", stream);
  if (node->representation != HIR_NONE) {
    fprintf(stream, "v%u", node->id);
    print_type(function, stream, node);
    fputs(" = ", stream);
  }
  fputs(hir_op_info(node->op)->name, stream);
  for (uint32_t i = 0; i < node->input_count; i++) fprintf(stream, " v%u", hir_resolve(node->inputs[i])->id);
  print_parameter(function, stream, node);
  if (node->op == HIR_JUMP || node->op == HIR_BRANCH)
    for (uint32_t i = 0; i < node->block->successor_count; i++) fprintf(stream, " b%u", node->block->successors[i]->id);
  if (node->state) fprintf(stream, " @s%u", node->state->id);
  fputc('\n', stream);
}

static void print_block(const HirFunction *function, FILE *stream, const HirBlock *block) {
  fprintf(stream, "b%u:", block->id);
  if (block->predecessor_count) fputs(" preds", stream);
  for (uint32_t i = 0; i < block->predecessor_count; i++) fprintf(stream, " b%u", block->predecessors[i]->id);
  if (block->is_loop_header) fputs(" loop", stream);
  if (block->is_cold) fputs(" cold", stream);
  if (block->entry_state) fprintf(stream, " entry s%u", block->entry_state->id);
  fputc('\n', stream);
  for (const HirNode *node = block->first; node; node = node->next) print_node(function, stream, node);
}

// Frames and states

typedef struct Tables {
  const HirState **states;  // by id
  const HirInline **frames; // in the order in which states name them, outer ones first
  uint32_t frame_count;
} Tables;

static uint32_t frame_number(Tables *tables, const HirInline *frame) {
  for (uint32_t i = 0; i < tables->frame_count; i++)
    if (tables->frames[i] == frame) return i;
  if (frame->caller) frame_number(tables, frame->caller);
  tables->frames[tables->frame_count] = frame;
  return tables->frame_count++;
}

static void find_tables(HirFunction *function, Tables *tables) {
  tables->states = hir_allocate(function, (function->state_count + 1) * sizeof *tables->states);
  for (HirBlock *block = function->entry; block; block = block->next) {
    if (block->entry_state) tables->states[block->entry_state->id] = block->entry_state;
    for (HirNode *node = block->first; node; node = node->next)
      if (node->state) tables->states[node->state->id] = node->state;
  }
  uint32_t depths = 0;
  for (uint32_t i = 0; i < function->state_count; i++)
    for (const HirInline *frame = tables->states[i] ? tables->states[i]->frame : NULL; frame; frame = frame->caller)
      depths++;
  tables->frames = hir_allocate(function, (depths + 1) * sizeof *tables->frames);
  for (uint32_t i = 0; i < function->state_count; i++)
    if (tables->states[i]) frame_number(tables, tables->states[i]->frame);
}

static void print_variables(FILE *stream, const HirInline *frame) {
  if (frame->variables != HIR_ALL_VARIABLES) fprintf(stream, " variables %u", frame->variables);
}

static void print_frame(FILE *stream, Tables *tables, uint32_t number) {
  const HirInline *frame = tables->frames[number];
  if (!frame->caller) return;
  fprintf(stream, "  f%u: f%u @%u base %u", number, frame_number(tables, frame->caller), frame->call_word, frame->base);
  print_variables(stream, frame);
  fprintf(stream, " returns r%u+%u", frame->return_register, frame->return_words);
  if (frame->function) fprintf(stream, " function v%u", hir_resolve(frame->function)->id);
  if (frame->instance) fprintf(stream, " instance v%u", hir_resolve(frame->instance)->id);
  if (frame->is_operand) fputs(" operand", stream);
  fputc('\n', stream);
}

static void print_state(FILE *stream, Tables *tables, const HirState *state) {
  fprintf(stream, "  s%u: f%u @%u:", state->id, frame_number(tables, state->frame), state->word);
  for (uint32_t i = 0; i < state->count; i++) {
    if (state->registers[i])
      fprintf(stream, " v%u", hir_resolve(state->registers[i])->id);
    else
      fputs(" -", stream);
  }
  fputc('\n', stream);
}

void hir_print(const HirFunction *function, FILE *stream) {
  Tables tables = {};
  find_tables((HirFunction *)function, &tables);
  fprintf(stream, "function %s @%u", function->name, function->entry_word);
  if (tables.frame_count) print_variables(stream, tables.frames[0]);
  fputc('\n', stream);
  for (const HirBlock *block = function->entry; block; block = block->next) print_block(function, stream, block);
  bool has_inlined = false;
  for (uint32_t i = 0; i < tables.frame_count; i++) has_inlined |= tables.frames[i]->caller != NULL;
  if (has_inlined) fputs("frames:\n", stream);
  for (uint32_t i = 0; i < tables.frame_count; i++) print_frame(stream, &tables, i);
  if (tables.frame_count) fputs("states:\n", stream);
  for (uint32_t i = 0; i < function->state_count; i++)
    if (tables.states[i]) print_state(stream, &tables, tables.states[i]);
}
