// Functions, lambdas and classes.
#include "frontend/ast_unparse.h"
#include "frontend/compiler_internal.h"

enum { DEFAULTS = 1, KEYWORD_DEFAULTS = 2, ANNOTATIONS = 4 }; // operands of MAKE_FUNCTION

const Constant *docstring_of(const AstStmtSequence *body) {
  if (!body->count || body->items[0]->kind != AST_EXPR) return NULL;
  const AstExpr *value = body->items[0]->expr.value;
  bool is_text = value->kind == AST_CONSTANT && value->constant.value->kind == CONSTANT_STR;
  return is_text ? value->constant.value : NULL;
}

static void check_parameter(Compiler *compiler, const AstArg *parameter) {
  if (parameter) compiler_check_name(compiler, parameter->arg, AST_STORE);
}

static void check_parameters(Compiler *compiler, const AstArguments *arguments) {
  const AstArgSequence *lists[] = {arguments->posonlyargs, arguments->args, arguments->kwonlyargs};
  for (int list = 0; list < 3; list++) {
    for (uint32_t i = 0; i < lists[list]->count; i++) check_parameter(compiler, lists[list]->items[i]);
  }
  check_parameter(compiler, arguments->vararg);
  check_parameter(compiler, arguments->kwarg);
}

static const Constant *name_constant(Compiler *compiler, const Name *name) {
  const Name *mangled = name_mangle(compiler->names, compiler->unit->class_name, name);
  if (!mangled) compiler_out_of_memory(compiler);
  const Constant *constant = constant_new_str(compiler->arena, mangled->text, mangled->length);
  if (!constant) compiler_out_of_memory(compiler);
  return constant;
}

static void push_name_constant(Compiler *compiler, const Name *name) {
  emit_load_constant(compiler, temporary_next(compiler), name_constant(compiler, name));
  temporary_push(compiler);
}

// Pushes the tuple of defaults and the dict of keyword-only defaults, where there are any.
static unsigned push_defaults(Compiler *compiler, const AstArguments *arguments) {
  Unit *unit = compiler->unit;
  unsigned bits = 0;
  uint32_t base = unit->temporary_top;
  if (arguments->defaults->count) {
    AstExpr tuple = {.kind = AST_TUPLE, .range = unit->range};
    tuple.tuple.elts = arguments->defaults;
    compile_push(compiler, &tuple);
    bits |= DEFAULTS;
    base++;
  }
  uint32_t count = 0;
  Register first = temporary_next(compiler);
  for (uint32_t i = 0; i < arguments->kwonlyargs->count; i++) {
    AstExpr *value = arguments->kw_defaults->items[i];
    if (!value) continue;
    push_name_constant(compiler, arguments->kwonlyargs->items[i]->arg);
    compile_push(compiler, value);
    count++;
  }
  if (count) {
    emit(compiler, OP_BUILD_DICT, 0, first, first, count);
    unit->temporary_top = base + 1;
    bits |= KEYWORD_DEFAULTS;
  }
  return bits;
}

void compile_annotation(Compiler *compiler, AstExpr *annotation, Register destination) {
  if (!(compiler->future_flags & CODE_FUTURE_ANNOTATIONS)) {
    compile_into(compiler, annotation, destination);
    return;
  }
  size_t length;
  bool too_deep; // never: the symbol table has set a lower limit
  const char *text = ast_unparse_expression(compiler->arena, annotation, &length, &too_deep);
  const Constant *constant = text ? constant_new_str(compiler->arena, text, length) : NULL;
  if (!constant) compiler_out_of_memory(compiler);
  emit_load_constant(compiler, destination, constant);
}

static uint32_t push_annotation(Compiler *compiler, const Name *name, AstExpr *annotation) {
  if (!annotation) return 0;
  push_name_constant(compiler, name);
  Register value = temporary_next(compiler);
  if (annotation->kind == AST_STARRED && !(compiler->future_flags & CODE_FUTURE_ANNOTATIONS)) {
    // *args: *Ts stands for the only item of Ts
    compile_push(compiler, annotation->starred.value);
    emit(compiler, OP_UNPACK_SEQUENCE, 0, value, value, 1);
  } else {
    compile_annotation(compiler, annotation, value);
    temporary_push(compiler);
  }
  return 1;
}

static uint32_t push_parameter_annotations(Compiler *compiler, const AstArgSequence *parameters) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < parameters->count; i++)
    count += push_annotation(compiler, parameters->items[i]->arg, parameters->items[i]->annotation);
  return count;
}

// Pushes the tuple (name, value, ...) of annotations, if there are any.
static unsigned push_annotations(Compiler *compiler, const AstArguments *arguments, AstExpr *returns) {
  Register first = temporary_next(compiler);
  uint32_t base = compiler->unit->temporary_top;
  uint32_t count = push_parameter_annotations(compiler, arguments->args);
  count += push_parameter_annotations(compiler, arguments->posonlyargs);
  if (arguments->vararg) count += push_annotation(compiler, arguments->vararg->arg, arguments->vararg->annotation);
  count += push_parameter_annotations(compiler, arguments->kwonlyargs);
  if (arguments->kwarg) count += push_annotation(compiler, arguments->kwarg->arg, arguments->kwarg->annotation);
  count += push_annotation(compiler, compiler_intern(compiler, "return"), returns);
  if (!count) return 0;
  emit(compiler, OP_BUILD_TUPLE, 0, first, first, 2 * count);
  compiler->unit->temporary_top = base + 1;
  return ANNOTATIONS;
}

static void enter_function(Compiler *compiler, UnitKind kind, const Name *name, const void *node,
                           const AstArguments *arguments, int32_t first_line, const Constant *first_constant) {
  compiler_enter(compiler, kind, name, node, (uint32_t)first_line);
  Unit *unit = compiler->unit;
  unit->positional_only_count = arguments->posonlyargs->count;
  unit->argument_count = arguments->posonlyargs->count + arguments->args->count;
  unit->keyword_only_count = arguments->kwonlyargs->count;
  constant_index(compiler, first_constant); // constant 0 is the docstring, or something that is none
}

// Decorators are called with what comes out of the statement, the innermost first; each is on the stack already.
static void push_decorators(Compiler *compiler, const AstExprSequence *decorators) {
  for (uint32_t i = 0; i < decorators->count; i++) compile_push(compiler, decorators->items[i]);
}

// `value` is the register above the topmost decorator, not pushed. Returns the register with the result.
static Register apply_decorators(Compiler *compiler, const AstExprSequence *decorators, Register value) {
  AstRange saved = compiler->unit->range;
  for (uint32_t i = decorators->count; i-- > 0;) {
    temporary_push(compiler);
    compiler->unit->range = decorators->items[i]->range;
    emit(compiler, OP_CALL, 0, value - 1, value - 1, 1);
    value--;
    compiler->unit->temporary_top = value & REGISTER_NUMBER;
  }
  compiler->unit->range = saved;
  return value;
}

static void store_decorated(Compiler *compiler, const AstExprSequence *decorators, const Name *name, Register value) {
  value = apply_decorators(compiler, decorators, value);
  temporary_push(compiler);
  compile_store_name(compiler, name, value);
  compiler->unit->temporary_top--;
}

void compile_function(Compiler *compiler, AstStmt *statement) {
  // FunctionDef and AsyncFunctionDef have the same fields.
  AstArguments *arguments = statement->function_def.args;
  AstExprSequence *decorators = statement->function_def.decorator_list;
  AstStmtSequence *body = statement->function_def.body;
  bool is_async = statement->kind == AST_ASYNC_FUNCTION_DEF;
  check_parameters(compiler, arguments);
  push_decorators(compiler, decorators);
  compiler->unit->range = statement->range;
  int32_t first_line = decorators->count ? decorators->items[0]->range.lineno : statement->range.lineno;
  FunctionPlace place = compile_begin_function(compiler);
  unsigned bits = push_defaults(compiler, arguments);
  bits |= push_annotations(compiler, arguments, statement->function_def.returns);

  const Constant *docstring = compiler->optimize < 2 ? docstring_of(body) : NULL;
  enter_function(compiler, is_async ? UNIT_ASYNC_FUNCTION : UNIT_FUNCTION, statement->function_def.name, statement,
                 arguments, first_line, docstring ? docstring : compiler->none);
  for (uint32_t i = docstring ? 1 : 0; i < body->count; i++) compile_statement(compiler, body->items[i]);
  const CodeUnit *code = compiler_leave(compiler);

  Register local;
  if (!decorators->count && compile_local_register(compiler, statement->function_def.name, &local)) {
    compiler_check_name(compiler, statement->function_def.name, AST_STORE);
    compile_make_function(compiler, place, code, bits, local);
    return;
  }
  compile_make_function(compiler, place, code, bits, place.base);
  store_decorated(compiler, decorators, statement->function_def.name, place.base);
}

void compile_lambda(Compiler *compiler, AstExpr *expr, Register destination) {
  AstArguments *arguments = expr->lambda.args;
  check_parameters(compiler, arguments);
  FunctionPlace place = compile_begin_function(compiler);
  unsigned bits = push_defaults(compiler, arguments);
  enter_function(compiler, UNIT_LAMBDA, compiler_intern(compiler, "<lambda>"), expr, arguments, expr->range.lineno,
                 compiler->none);
  Unit *unit = compiler->unit;
  unit->range = expr->range;
  Register value = compile_operand(compiler, expr->lambda.body);
  unit->range = expr->lambda.body->range;
  emit(compiler, OP_RETURN, 0, value, 0, 0);
  unit->temporary_top = 0;
  const CodeUnit *code = compiler_leave(compiler);
  compile_make_function(compiler, place, code, bits, destination);
}

static void compile_class_body(Compiler *compiler, AstStmt *statement, int32_t first_line) {
  const Name *name = statement->class_def.name;
  compiler_enter(compiler, UNIT_CLASS, name, statement, (uint32_t)first_line);
  Unit *unit = compiler->unit;
  unit->class_name = name;
  Register value = temporary_next(compiler);
  compile_load_name(compiler, compiler_intern(compiler, "__name__"), value);
  temporary_push(compiler);
  compile_store_name(compiler, compiler_intern(compiler, "__module__"), value);
  const Constant *qualified_name = constant_new_str(compiler->arena, unit->qualified_name, unit->qualified_name_length);
  if (!qualified_name) compiler_out_of_memory(compiler);
  emit_load_constant(compiler, value, qualified_name);
  compile_store_name(compiler, compiler_intern(compiler, "__qualname__"), value);
  unit->temporary_top = 0;
  compile_body(compiler, statement->class_def.body);
  unset_range(compiler);
  if (unit->scope->needs_class_closure) {
    // The class's own cell goes to the namespace and, as the result, to __build_class__.
    const Name *class_cell = compiler_intern(compiler, "__class__");
    uint32_t cell = 0;
    while (unit->cells[cell] != class_cell) cell++;
    compile_store_name(compiler, compiler_intern(compiler, "__classcell__"), REGISTER_CELL | cell);
    emit(compiler, OP_RETURN, 0, REGISTER_CELL | cell, 0, 0);
  }
}

void compile_class(Compiler *compiler, AstStmt *statement) {
  AstExprSequence *decorators = statement->class_def.decorator_list;
  push_decorators(compiler, decorators);
  compiler->unit->range = statement->range;
  int32_t first_line = decorators->count ? decorators->items[0]->range.lineno : statement->range.lineno;
  compile_class_body(compiler, statement, first_line);
  const CodeUnit *code = compiler_leave(compiler);

  Register builder = temporary_next(compiler);
  emit(compiler, OP_LOAD_BUILD_CLASS, 0, builder, 0, 0);
  temporary_push(compiler);
  FunctionPlace place = compile_begin_function(compiler);
  compile_make_function(compiler, place, code, 0, place.base);
  temporary_push(compiler);
  const Name *name = statement->class_def.name;
  const Constant *name_text = constant_new_str(compiler->arena, name->text, name->length);
  if (!name_text) compiler_out_of_memory(compiler);
  emit_load_constant(compiler, temporary_next(compiler), name_text);
  temporary_push(compiler);
  compile_call_arguments(compiler, builder, 2, statement->class_def.bases, statement->class_def.keywords, builder);
  compiler->unit->temporary_top = builder & REGISTER_NUMBER;
  store_decorated(compiler, decorators, name, builder);
}
