// Folds constant expressions in the tree, before symbol table and compiler see it, exactly where CPython 3.11 does:
// what is folded can be seen in co_consts, by identity, and in which errors and warnings come up.
#include "frontend/compiler_internal.h"
#include "frontend/constant_fold.h"

#include <stdio.h>
#include <string.h>

typedef struct Folder {
  Arena *arena;
  NameTable *names;
  SyntaxErrorReport *report;
  const Name *debug_name;
  uint32_t depth, limit;
  uint8_t optimize;
  bool future_annotations;
  jmp_buf failure;
} Folder;

static void fold_expression(Folder *folder, AstExpr *expr);
static void fold_statements(Folder *folder, AstStmtSequence *statements);

static void *folder_allocate(Folder *folder, size_t count, size_t size) {
  void *result = arena_allocate_array(folder->arena, count ? count : 1, size);
  if (!result) {
    syntax_report_memory_error(folder->report);
    longjmp(folder->failure, 1);
  }
  return result;
}

static void descend(Folder *folder) {
  if (++folder->depth <= folder->limit) return;
  syntax_report_plain(folder->report, folder->arena, SYNTAX_RECURSION_ERROR,
                      "maximum recursion depth exceeded during compilation");
  longjmp(folder->failure, 1);
}

static void make_constant(AstExpr *expr, const Constant *value) {
  if (!value) return;
  expr->kind = AST_CONSTANT;
  expr->constant.value = value;
  expr->constant.kind = NULL;
}

static void fold_optional(Folder *folder, AstExpr *expr) {
  if (expr) fold_expression(folder, expr);
}

static void fold_expressions(Folder *folder, AstExprSequence *sequence) {
  for (uint32_t i = 0; i < sequence->count; i++) fold_optional(folder, sequence->items[i]);
}

static bool all_constant(const AstExprSequence *elements) {
  for (uint32_t i = 0; i < elements->count; i++) {
    if (elements->items[i]->kind != AST_CONSTANT) return false;
  }
  return true;
}

static const Constant *constants_of(Folder *folder, const AstExprSequence *elements, ConstantKind kind) {
  const Constant **items = folder_allocate(folder, elements->count, sizeof *items);
  for (uint32_t i = 0; i < elements->count; i++) items[i] = elements->items[i]->constant.value;
  Constant *constant = folder_allocate(folder, 1, sizeof *constant);
  *constant = (Constant){.kind = kind};
  constant->items.items = items;
  constant->items.count = elements->count;
  return constant;
}

static void fold_tuple(Folder *folder, AstExpr *expr) {
  if (expr->tuple.ctx == AST_LOAD && all_constant(expr->tuple.elts))
    make_constant(expr, constants_of(folder, expr->tuple.elts, CONSTANT_TUPLE));
}

// A list or set that is only iterated over, or searched, need not be made anew each time.
static void fold_iterable(Folder *folder, AstExpr *expr) {
  if (expr->kind == AST_LIST) {
    for (uint32_t i = 0; i < expr->list.elts->count; i++) {
      if (expr->list.elts->items[i]->kind == AST_STARRED) return;
    }
    expr->kind = AST_TUPLE; // the same fields
    expr->tuple.ctx = AST_LOAD;
    fold_tuple(folder, expr);
  } else if (expr->kind == AST_SET && all_constant(expr->set.elts)) {
    make_constant(expr, constants_of(folder, expr->set.elts, CONSTANT_FROZENSET));
  }
}

static void fold_unary(Folder *folder, AstExpr *expr) {
  AstExpr *operand = expr->unary_op.operand;
  if (operand->kind == AST_CONSTANT) {
    make_constant(expr, constant_fold_unary(folder->arena, expr->unary_op.op, operand->constant.value));
    return;
  }
  // not a is b  ->  a is not b
  if (expr->unary_op.op != AST_NOT || operand->kind != AST_COMPARE || operand->compare.ops->count != 1) return;
  AstComparison *operator = &operand->compare.ops->items[0];
  switch (*operator) {
  case AST_IS:
    *operator = AST_IS_NOT;
    break;
  case AST_IS_NOT:
    *operator = AST_IS;
    break;
  case AST_IN:
    *operator = AST_NOT_IN;
    break;
  case AST_NOT_IN:
    *operator = AST_IN;
    break;
  default:
    return;
  }
  *expr = *operand;
}

// ---- '%s' % (x,)  ->  f'{x!s}'

typedef struct FormatReader {
  const char *at, *end;
} FormatReader;

// The text up to the next conversion; NULL: none.
static AstExpr *read_literal(Folder *folder, FormatReader *reader, AstRange range) {
  const char *start = reader->at;
  char *text = folder_allocate(folder, (size_t)(reader->end - start) + 1, 1);
  size_t length = 0;
  while (reader->at < reader->end) {
    if (*reader->at == '%') {
      if (reader->at + 1 >= reader->end || reader->at[1] != '%') break;
      reader->at++;
    }
    text[length++] = *reader->at++;
  }
  if (!length) return NULL;
  text[length] = 0;
  AstExpr *literal = ast_new_constant(folder->arena, constant_new_str(folder->arena, text, length), NULL, range);
  if (!literal || !literal->constant.value) folder_allocate(folder, SIZE_MAX, 8);
  return literal;
}

// Up to three digits; -1: none, -2: too many.
static int read_digits(FormatReader *reader) {
  int value = 0, digits = 0;
  for (; reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9'; reader->at++) {
    if (++digits > 3) return -2;
    value = 10 * value + (*reader->at - '0');
  }
  return digits ? value : -1;
}

static AstExpr *read_conversion(Folder *folder, FormatReader *reader, AstExpr *argument) {
  bool left = false;
  int width, precision = -1;
  reader->at++; // '%'
  while (reader->at < reader->end && *reader->at && strchr("-+ #0", *reader->at)) left |= *reader->at++ == '-';
  width = read_digits(reader);
  if (width == -2) return NULL;
  if (reader->at < reader->end && *reader->at == '.') {
    reader->at++;
    precision = read_digits(reader);
    if (precision == -2) return NULL;
    if (precision == -1) precision = 0;
  }
  if (reader->at >= reader->end) return NULL;
  char conversion = *reader->at++;
  if (conversion != 's' && conversion != 'r' && conversion != 'a') return NULL;
  char text[16], *end = text;
  if (!left && width > 0) *end++ = '>';
  if (width >= 0) end += sprintf(end, "%d", width);
  if (precision >= 0) end += sprintf(end, ".%d", precision);
  AstExpr *specification = NULL;
  if (end != text) {
    const char *copy = arena_copy(folder->arena, text, (size_t)(end - text));
    Constant *constant = copy ? constant_new_str(folder->arena, copy, (size_t)(end - text)) : NULL;
    AstExprSequence *values = ast_new_sequence(folder->arena, 1);
    if (!constant || !values) return NULL;
    values->items[0] = ast_new_constant(folder->arena, constant, NULL, argument->range);
    specification = values->items[0] ? ast_new_joined_str(folder->arena, values, argument->range) : NULL;
    if (!specification) return NULL;
  }
  return ast_new_formatted_value(folder->arena, argument, conversion, specification, argument->range);
}

static void fold_format(Folder *folder, AstExpr *expr, const Constant *format, const AstExprSequence *arguments) {
  for (uint32_t i = 0; i < arguments->count; i++) {
    if (arguments->items[i]->kind == AST_STARRED) return;
  }
  FormatReader reader = {format->text.data, format->text.data + format->text.length};
  AstExpr **parts = folder_allocate(folder, 2 * (size_t)arguments->count + 1, sizeof *parts);
  uint32_t count = 0, used = 0;
  for (;;) {
    AstExpr *literal = read_literal(folder, &reader, expr->range);
    if (literal) parts[count++] = literal;
    if (reader.at >= reader.end) break;
    if (used >= arguments->count) return;
    AstExpr *value = read_conversion(folder, &reader, arguments->items[used]);
    if (!value) return;
    parts[count++] = value;
    used++;
  }
  if (used < arguments->count) return;
  AstExprSequence *values = ast_new_sequence(folder->arena, count);
  if (!values) return;
  if (count) memcpy(values->items, parts, count * sizeof *parts);
  expr->kind = AST_JOINED_STR;
  expr->joined_str.values = values;
}

static void fold_binary(Folder *folder, AstExpr *expr) {
  AstExpr *left = expr->bin_op.left, *right = expr->bin_op.right;
  if (left->kind != AST_CONSTANT) return;
  if (expr->bin_op.op == AST_MOD && right->kind == AST_TUPLE && left->constant.value->kind == CONSTANT_STR) {
    fold_format(folder, expr, left->constant.value, right->tuple.elts);
    return;
  }
  if (right->kind != AST_CONSTANT) return;
  make_constant(expr,
                constant_fold_binary(folder->arena, expr->bin_op.op, left->constant.value, right->constant.value));
}

// ---- the walk

static void fold_generators(Folder *folder, AstComprehensionSequence *generators) {
  for (uint32_t i = 0; i < generators->count; i++) {
    AstComprehension *generator = generators->items[i];
    fold_expression(folder, generator->target);
    fold_expression(folder, generator->iter);
    fold_expressions(folder, generator->ifs);
    fold_iterable(folder, generator->iter);
  }
}

static void fold_keywords(Folder *folder, AstKeywordSequence *keywords) {
  for (uint32_t i = 0; i < keywords->count; i++) fold_expression(folder, keywords->items[i]->value);
}

static void fold_parameter(Folder *folder, AstArg *parameter) {
  if (parameter && !folder->future_annotations) fold_optional(folder, parameter->annotation);
}

static void fold_arguments(Folder *folder, AstArguments *arguments) {
  AstArgSequence *lists[] = {arguments->posonlyargs, arguments->args, arguments->kwonlyargs};
  for (int list = 0; list < 3; list++) {
    for (uint32_t i = 0; i < lists[list]->count; i++) fold_parameter(folder, lists[list]->items[i]);
  }
  fold_parameter(folder, arguments->vararg);
  fold_parameter(folder, arguments->kwarg);
  fold_expressions(folder, arguments->kw_defaults);
  fold_expressions(folder, arguments->defaults);
}

static void fold_expression(Folder *folder, AstExpr *expr) {
  switch (expr->kind) {
  case AST_CONSTANT:
    return;
  case AST_NAME:
    if (expr->name.id == folder->debug_name && expr->name.ctx == AST_LOAD)
      make_constant(expr, constant_new(folder->arena, folder->optimize ? CONSTANT_FALSE : CONSTANT_TRUE));
    return;
  default:
    break;
  }
  descend(folder);
  switch (expr->kind) {
  case AST_BOOL_OP:
    fold_expressions(folder, expr->bool_op.values);
    break;
  case AST_NAMED_EXPR:
    fold_expression(folder, expr->named_expr.value);
    break;
  case AST_BIN_OP:
    fold_expression(folder, expr->bin_op.left);
    fold_expression(folder, expr->bin_op.right);
    fold_binary(folder, expr);
    break;
  case AST_UNARY_OP:
    fold_expression(folder, expr->unary_op.operand);
    fold_unary(folder, expr);
    break;
  case AST_LAMBDA:
    fold_arguments(folder, expr->lambda.args);
    fold_expression(folder, expr->lambda.body);
    break;
  case AST_IF_EXP:
    fold_expression(folder, expr->if_exp.test);
    fold_expression(folder, expr->if_exp.body);
    fold_expression(folder, expr->if_exp.orelse);
    break;
  case AST_DICT:
    fold_expressions(folder, expr->dict.keys);
    fold_expressions(folder, expr->dict.values);
    break;
  case AST_SET:
    fold_expressions(folder, expr->set.elts);
    break;
  case AST_LIST_COMP:
  case AST_SET_COMP:
  case AST_GENERATOR_EXP: // the same fields
    fold_expression(folder, expr->list_comp.elt);
    fold_generators(folder, expr->list_comp.generators);
    break;
  case AST_DICT_COMP:
    fold_expression(folder, expr->dict_comp.key);
    fold_expression(folder, expr->dict_comp.value);
    fold_generators(folder, expr->dict_comp.generators);
    break;
  case AST_AWAIT:
  case AST_YIELD:
  case AST_YIELD_FROM:
  case AST_STARRED: // all begin with a value
    fold_optional(folder, expr->yield.value);
    break;
  case AST_COMPARE: {
    fold_expression(folder, expr->compare.left);
    fold_expressions(folder, expr->compare.comparators);
    uint32_t last = expr->compare.ops->count - 1;
    AstComparison operator = expr->compare.ops->items[last];
    if (operator == AST_IN || operator == AST_NOT_IN) fold_iterable(folder, expr->compare.comparators->items[last]);
    break;
  }
  case AST_CALL:
    fold_expression(folder, expr->call.func);
    fold_expressions(folder, expr->call.args);
    fold_keywords(folder, expr->call.keywords);
    break;
  case AST_FORMATTED_VALUE:
    fold_expression(folder, expr->formatted_value.value);
    fold_optional(folder, expr->formatted_value.format_spec);
    break;
  case AST_JOINED_STR:
    fold_expressions(folder, expr->joined_str.values);
    break;
  case AST_ATTRIBUTE:
    fold_expression(folder, expr->attribute.value);
    break;
  case AST_SUBSCRIPT:
    fold_expression(folder, expr->subscript.value);
    fold_expression(folder, expr->subscript.slice);
    if (expr->subscript.ctx == AST_LOAD && expr->subscript.value->kind == AST_CONSTANT &&
        expr->subscript.slice->kind == AST_CONSTANT)
      make_constant(expr, constant_fold_item(folder->arena, expr->subscript.value->constant.value,
                                             expr->subscript.slice->constant.value));
    break;
  case AST_LIST:
    fold_expressions(folder, expr->list.elts);
    break;
  case AST_TUPLE:
    fold_expressions(folder, expr->tuple.elts);
    fold_tuple(folder, expr);
    break;
  case AST_SLICE:
    fold_optional(folder, expr->slice.lower);
    fold_optional(folder, expr->slice.upper);
    fold_optional(folder, expr->slice.step);
    break;
  default:
    break;
  }
  folder->depth--;
}

static void fold_pattern(Folder *folder, AstPattern *pattern);

static void fold_patterns(Folder *folder, AstPatternSequence *patterns) {
  for (uint32_t i = 0; i < patterns->count; i++) fold_pattern(folder, patterns->items[i]);
}

static void fold_pattern(Folder *folder, AstPattern *pattern) {
  descend(folder);
  switch (pattern->kind) {
  case AST_MATCH_VALUE:
    fold_expression(folder, pattern->match_value.value);
    break;
  case AST_MATCH_SEQUENCE:
    fold_patterns(folder, pattern->match_sequence.patterns);
    break;
  case AST_MATCH_MAPPING:
    fold_expressions(folder, pattern->match_mapping.keys);
    fold_patterns(folder, pattern->match_mapping.patterns);
    break;
  case AST_MATCH_CLASS:
    fold_expression(folder, pattern->match_class.cls);
    fold_patterns(folder, pattern->match_class.patterns);
    fold_patterns(folder, pattern->match_class.kwd_patterns);
    break;
  case AST_MATCH_AS:
    if (pattern->match_as.pattern) fold_pattern(folder, pattern->match_as.pattern);
    break;
  case AST_MATCH_OR:
    fold_patterns(folder, pattern->match_or.patterns);
    break;
  default:
    break;
  }
  folder->depth--;
}

// A string that only folding has made must not become the docstring: it is kept as an f-string.
static void fold_body(Folder *folder, AstStmtSequence *body) {
  bool has_docstring = docstring_of(body);
  fold_statements(folder, body);
  if (has_docstring || !docstring_of(body)) return;
  AstStmt *first = body->items[0];
  AstExprSequence *values = folder_allocate(folder, 1, sizeof(AstExprSequence) + sizeof(AstExpr *));
  values->count = 1;
  values->items[0] = first->expr.value;
  first->expr.value = ast_new_joined_str(folder->arena, values, first->range);
  if (!first->expr.value) folder_allocate(folder, SIZE_MAX, 8);
}

static void fold_handlers(Folder *folder, AstExceptHandlerSequence *handlers) {
  for (uint32_t i = 0; i < handlers->count; i++) {
    fold_optional(folder, handlers->items[i]->except_handler.type);
    fold_statements(folder, handlers->items[i]->except_handler.body);
  }
}

static void fold_statement(Folder *folder, AstStmt *statement) {
  descend(folder);
  switch (statement->kind) {
  case AST_FUNCTION_DEF:
  case AST_ASYNC_FUNCTION_DEF: // the same fields
    fold_arguments(folder, statement->function_def.args);
    fold_body(folder, statement->function_def.body);
    fold_expressions(folder, statement->function_def.decorator_list);
    if (!folder->future_annotations) fold_optional(folder, statement->function_def.returns);
    break;
  case AST_CLASS_DEF:
    fold_expressions(folder, statement->class_def.bases);
    fold_keywords(folder, statement->class_def.keywords);
    fold_body(folder, statement->class_def.body);
    fold_expressions(folder, statement->class_def.decorator_list);
    break;
  case AST_RETURN:
    fold_optional(folder, statement->return_stmt.value);
    break;
  case AST_DELETE:
    fold_expressions(folder, statement->delete.targets);
    break;
  case AST_ASSIGN:
    fold_expressions(folder, statement->assign.targets);
    fold_expression(folder, statement->assign.value);
    break;
  case AST_AUG_ASSIGN:
    fold_expression(folder, statement->aug_assign.target);
    fold_expression(folder, statement->aug_assign.value);
    break;
  case AST_ANN_ASSIGN:
    fold_expression(folder, statement->ann_assign.target);
    if (!folder->future_annotations) fold_expression(folder, statement->ann_assign.annotation);
    fold_optional(folder, statement->ann_assign.value);
    break;
  case AST_FOR:
  case AST_ASYNC_FOR:
    fold_expression(folder, statement->for_stmt.target);
    fold_expression(folder, statement->for_stmt.iter);
    fold_statements(folder, statement->for_stmt.body);
    fold_statements(folder, statement->for_stmt.orelse);
    if (statement->kind == AST_FOR) fold_iterable(folder, statement->for_stmt.iter);
    break;
  case AST_WHILE:
  case AST_IF:
    fold_expression(folder, statement->if_stmt.test);
    fold_statements(folder, statement->if_stmt.body);
    fold_statements(folder, statement->if_stmt.orelse);
    break;
  case AST_WITH:
  case AST_ASYNC_WITH:
    for (uint32_t i = 0; i < statement->with.items->count; i++) {
      fold_expression(folder, statement->with.items->items[i]->context_expr);
      fold_optional(folder, statement->with.items->items[i]->optional_vars);
    }
    fold_statements(folder, statement->with.body);
    break;
  case AST_MATCH:
    fold_expression(folder, statement->match.subject);
    for (uint32_t i = 0; i < statement->match.cases->count; i++) {
      AstMatchCase *match_case = statement->match.cases->items[i];
      fold_pattern(folder, match_case->pattern);
      fold_optional(folder, match_case->guard);
      fold_statements(folder, match_case->body);
    }
    break;
  case AST_RAISE:
    fold_optional(folder, statement->raise.exc);
    fold_optional(folder, statement->raise.cause);
    break;
  case AST_TRY:
  case AST_TRY_STAR:
    fold_statements(folder, statement->try.body);
    fold_handlers(folder, statement->try.handlers);
    fold_statements(folder, statement->try.orelse);
    fold_statements(folder, statement->try.finalbody);
    break;
  case AST_ASSERT:
    fold_expression(folder, statement->assert.test);
    fold_optional(folder, statement->assert.msg);
    break;
  case AST_EXPR:
    fold_expression(folder, statement->expr.value);
    break;
  default:
    break;
  }
  folder->depth--;
}

static void fold_statements(Folder *folder, AstStmtSequence *statements) {
  for (uint32_t i = 0; i < statements->count; i++) fold_statement(folder, statements->items[i]);
}

bool compiler_fold(Arena *arena, NameTable *names, SyntaxErrorReport *report, AstModule *module, uint32_t future_flags,
                   uint8_t optimize, uint32_t recursion_limit) {
  Folder folder = {.arena = arena, .names = names, .report = report, .optimize = optimize};
  folder.future_annotations = future_flags & CODE_FUTURE_ANNOTATIONS;
  folder.limit = recursion_limit ? recursion_limit : SYMBOL_TABLE_DEFAULT_DEPTH;
  if (folder.limit > SYMBOL_TABLE_MAXIMUM_DEPTH) folder.limit = SYMBOL_TABLE_MAXIMUM_DEPTH;
  if (setjmp(folder.failure)) return false;
  folder.debug_name = name_intern_string(names, "__debug__");
  if (!folder.debug_name) folder_allocate(&folder, SIZE_MAX, 8);
  switch (module->kind) {
  case AST_MODULE:
    fold_body(&folder, module->module.body);
    break;
  case AST_INTERACTIVE:
    fold_statements(&folder, module->interactive.body);
    break;
  case AST_EXPRESSION:
    fold_expression(&folder, module->expression.body);
    break;
  default:
    break;
  }
  return true;
}
