// The first walk: collects how each scope uses its names; see symtable.h. symtable_analyze.c does the second.
//
// Errors leave by longjmp: everything is in the arena, so there is nothing to release on the way.
#include "frontend/symtable_internal.h"

#include <string.h>

[[noreturn]] void symbol_table_out_of_memory(SymbolTableBuilder *builder) {
  syntax_report_memory_error(builder->report);
  longjmp(builder->failure, 1);
}

static void *builder_allocate(SymbolTableBuilder *builder, size_t count, size_t size) {
  void *result = arena_allocate_array(builder->arena, count, size);
  if (!result) symbol_table_out_of_memory(builder);
  return result;
}

#define FAIL_AT(builder, range, ...)                                                                                   \
  do {                                                                                                                 \
    syntax_report_at((builder)->report, (builder)->arena, SYNTAX_ERROR, (range), __VA_ARGS__);                         \
    longjmp((builder)->failure, 1);                                                                                    \
  } while (0)

// ---- names

const Name *name_mangle(NameTable *names, const Name *class_name, const Name *name) {
  if (!class_name || name->length < 3 || name->text[0] != '_' || name->text[1] != '_') return name;
  // __x__ and dotted names (of imports) stay as they are.
  if (name->text[name->length - 1] == '_' && name->text[name->length - 2] == '_') return name;
  if (memchr(name->text, '.', name->length)) return name;
  const char *prefix = class_name->text;
  size_t prefix_length = class_name->length;
  while (prefix_length && *prefix == '_') prefix++, prefix_length--;
  if (!prefix_length) return name;
  size_t length = 1 + prefix_length + name->length;
  char small[256];
  char *text = length <= sizeof small ? small : arena_allocate(names->arena, length);
  if (!text) return NULL;
  text[0] = '_';
  memcpy(text + 1, prefix, prefix_length);
  memcpy(text + 1 + prefix_length, name->text, name->length);
  return name_intern(names, text, length);
}

static const Name *mangle(SymbolTableBuilder *builder, const Name *name) {
  const Name *mangled = name_mangle(builder->names, builder->class_name, name);
  if (!mangled) symbol_table_out_of_memory(builder);
  return mangled;
}

static const Name *intern(SymbolTableBuilder *builder, const char *text) {
  const Name *name = name_intern_string(builder->names, text);
  if (!name) symbol_table_out_of_memory(builder);
  return name;
}

// ---- scopes and symbols

enum { INDEX_FROM = 8 }; // symbols that are searched one by one

Symbol *scope_find(const Scope *scope, const Name *name) {
  if (!scope->index) {
    for (uint32_t i = 0; i < scope->symbol_count; i++) {
      if (scope->symbols[i].name == name) return &scope->symbols[i];
    }
    return NULL;
  }
  for (uint32_t at = name->hash;; at++) {
    uint32_t position = scope->index[at & scope->index_mask];
    if (!position) return NULL;
    if (scope->symbols[position - 1].name == name) return &scope->symbols[position - 1];
  }
}

static void scope_index(Scope *scope, uint32_t position) {
  uint32_t at = scope->symbols[position].name->hash;
  while (scope->index[at & scope->index_mask]) at++;
  scope->index[at & scope->index_mask] = position + 1;
}

Symbol *scope_add(SymbolTableBuilder *builder, Scope *scope, const Name *name) {
  if (scope->symbol_count == scope->symbol_capacity) {
    uint32_t capacity = scope->symbol_capacity ? 2 * scope->symbol_capacity : 4;
    Symbol *symbols = builder_allocate(builder, capacity, sizeof(Symbol));
    if (scope->symbol_count) memcpy(symbols, scope->symbols, scope->symbol_count * sizeof(Symbol));
    scope->symbols = symbols;
    scope->symbol_capacity = capacity;
    if (capacity > INDEX_FROM) {
      uint32_t size = 2 * capacity;
      scope->index = builder_allocate(builder, size, sizeof(uint32_t));
      memset(scope->index, 0, size * sizeof(uint32_t));
      scope->index_mask = size - 1;
      for (uint32_t i = 0; i < scope->symbol_count; i++) scope_index(scope, i);
    }
  }
  Symbol *symbol = &scope->symbols[scope->symbol_count++];
  *symbol = (Symbol){.name = name, .index = -1};
  if (scope->index) scope_index(scope, scope->symbol_count - 1);
  return symbol;
}

static size_t node_hash(const void *node) {
  return ((uintptr_t)node >> 3) * 0x9E3779B97F4A7C15u >> 32;
}

static void table_insert(SymbolTable *table, Scope *scope) {
  size_t at = node_hash(scope->node);
  while (table->by_node[at & table->by_node_mask]) at++;
  table->by_node[at & table->by_node_mask] = scope;
}

Scope *symbol_table_scope(const SymbolTable *table, const void *node) {
  for (size_t at = node_hash(node);; at++) {
    Scope *scope = table->by_node[at & table->by_node_mask];
    if (!scope || scope->node == node) return scope;
  }
}

static void table_add(SymbolTableBuilder *builder, Scope *scope) {
  SymbolTable *table = builder->table;
  if (2 * ++table->scope_count > table->by_node_mask) {
    Scope **old = table->by_node;
    uint32_t old_size = old ? table->by_node_mask + 1 : 0, size = old ? 2 * old_size : 64;
    table->by_node = builder_allocate(builder, size, sizeof(Scope *));
    memset(table->by_node, 0, size * sizeof(Scope *));
    table->by_node_mask = size - 1;
    for (uint32_t i = 0; i < old_size; i++) {
      if (old[i]) table_insert(table, old[i]);
    }
  }
  table_insert(table, scope);
}

static Scope *enter(SymbolTableBuilder *builder, ScopeKind kind, const char *name_text, const Name *name,
                    const void *node, AstRange range) {
  Scope *parent = builder->scope;
  Scope *scope = builder_allocate(builder, 1, sizeof(Scope));
  *scope = (Scope){.parent = parent, .kind = kind, .node = node, .range = range};
  scope->name = name ? name : intern(builder, name_text);
  if (parent) {
    scope->nested = parent->nested || parent->kind == SCOPE_FUNCTION;
    // No assignment expression in an outermost iterable, not even inside a lambda or comprehension there.
    scope->visiting_iterable = parent->visiting_iterable;
    if (kind != SCOPE_ANNOTATION) {
      if (parent->last_child)
        parent->last_child->next_sibling = scope;
      else
        parent->first_child = scope;
      parent->last_child = scope;
    }
  }
  if (kind != SCOPE_ANNOTATION) table_add(builder, scope);
  builder->scope = scope;
  return scope;
}

static void leave(SymbolTableBuilder *builder) {
  builder->scope = builder->scope->parent;
}

static uint32_t lookup(SymbolTableBuilder *builder, const Scope *scope, const Name *name) {
  const Symbol *symbol = scope_find(scope, mangle(builder, name));
  return symbol ? symbol->flags : 0;
}

static void define_in(SymbolTableBuilder *builder, Scope *scope, const Name *name, uint32_t flag, AstRange range) {
  const Name *mangled = mangle(builder, name);
  Symbol *symbol = scope_find(scope, mangled);
  if (!symbol)
    symbol = scope_add(builder, scope, mangled);
  else if ((flag & SYMBOL_PARAMETER) && (symbol->flags & SYMBOL_PARAMETER))
    FAIL_AT(builder, range, "duplicate argument '%s' in function definition", name->text);
  uint32_t flags = symbol->flags | flag;
  if (scope->visiting_iteration_target) {
    if (flags & (SYMBOL_GLOBAL | SYMBOL_NONLOCAL))
      FAIL_AT(builder, range, "comprehension inner loop cannot rebind assignment expression target '%s'", name->text);
    flags |= SYMBOL_COMPREHENSION_TARGET;
  }
  symbol->flags = (uint16_t)flags;
  if (flag & SYMBOL_PARAMETER) {
    if (scope->parameter_count == scope->parameter_capacity) {
      uint32_t capacity = scope->parameter_capacity ? 2 * scope->parameter_capacity : 4;
      const Name **parameters = builder_allocate(builder, capacity, sizeof(Name *));
      if (scope->parameter_count) memcpy(parameters, scope->parameters, scope->parameter_count * sizeof(Name *));
      scope->parameters = parameters;
      scope->parameter_capacity = capacity;
    }
    scope->parameters[scope->parameter_count++] = mangled;
  } else if (flag & SYMBOL_GLOBAL) {
    Symbol *global = scope_find(builder->table->module, mangled);
    if (!global) global = scope_add(builder, builder->table->module, mangled);
    global->flags |= (uint16_t)flag;
  }
}

static void define(SymbolTableBuilder *builder, const Name *name, uint32_t flag, AstRange range) {
  define_in(builder, builder->scope, name, flag, range);
}

static void record_directive(SymbolTableBuilder *builder, const Name *name, AstRange range) {
  ScopeDirective *directive = builder_allocate(builder, 1, sizeof(ScopeDirective));
  *directive = (ScopeDirective){builder->scope->directives, mangle(builder, name), range};
  builder->scope->directives = directive;
}

// ---- the walk

static void visit_expression(SymbolTableBuilder *builder, const AstExpr *expr);
static void visit_statement(SymbolTableBuilder *builder, const AstStmt *statement);

static void visit_optional(SymbolTableBuilder *builder, const AstExpr *expr) {
  if (expr) visit_expression(builder, expr);
}

static void visit_expressions(SymbolTableBuilder *builder, const AstExprSequence *sequence) {
  for (uint32_t i = 0; i < sequence->count; i++) visit_optional(builder, sequence->items[i]);
}

static void visit_statements(SymbolTableBuilder *builder, const AstStmtSequence *sequence) {
  for (uint32_t i = 0; i < sequence->count; i++) visit_statement(builder, sequence->items[i]);
}

static void visit_keywords(SymbolTableBuilder *builder, const AstKeywordSequence *sequence) {
  for (uint32_t i = 0; i < sequence->count; i++) visit_expression(builder, sequence->items[i]->value);
}

static void descend(SymbolTableBuilder *builder) {
  if (++builder->depth > builder->recursion_limit) {
    syntax_report_plain(builder->report, builder->arena, SYNTAX_RECURSION_ERROR,
                        "maximum recursion depth exceeded during compilation");
    longjmp(builder->failure, 1);
  }
}

static void visit_parameters(SymbolTableBuilder *builder, const AstArgSequence *parameters) {
  for (uint32_t i = 0; i < parameters->count; i++)
    define(builder, parameters->items[i]->arg, SYMBOL_PARAMETER, parameters->items[i]->range);
}

static void visit_arguments(SymbolTableBuilder *builder, const AstArguments *arguments) {
  visit_parameters(builder, arguments->posonlyargs);
  visit_parameters(builder, arguments->args);
  visit_parameters(builder, arguments->kwonlyargs);
  if (arguments->vararg) {
    define(builder, arguments->vararg->arg, SYMBOL_PARAMETER, arguments->vararg->range);
    builder->scope->has_varargs = true;
  }
  if (arguments->kwarg) {
    define(builder, arguments->kwarg->arg, SYMBOL_PARAMETER, arguments->kwarg->range);
    builder->scope->has_varkeywords = true;
  }
}

static void visit_annotation(SymbolTableBuilder *builder, const AstExpr *annotation) {
  if (builder->future_annotations) enter(builder, SCOPE_ANNOTATION, "_annotation", NULL, annotation, annotation->range);
  visit_expression(builder, annotation);
  if (builder->future_annotations) leave(builder);
}

static void visit_parameter_annotations(SymbolTableBuilder *builder, const AstArgSequence *parameters) {
  for (uint32_t i = 0; i < parameters->count; i++) visit_optional(builder, parameters->items[i]->annotation);
}

static void visit_annotations(SymbolTableBuilder *builder, const AstStmt *function, const AstArguments *arguments,
                              const AstExpr *returns) {
  if (builder->future_annotations) enter(builder, SCOPE_ANNOTATION, "_annotation", NULL, function, function->range);
  visit_parameter_annotations(builder, arguments->posonlyargs);
  visit_parameter_annotations(builder, arguments->args);
  if (arguments->vararg) visit_optional(builder, arguments->vararg->annotation);
  if (arguments->kwarg) visit_optional(builder, arguments->kwarg->annotation);
  visit_parameter_annotations(builder, arguments->kwonlyargs);
  if (builder->future_annotations) leave(builder);
  if (returns) visit_annotation(builder, returns);
}

static void visit_function(SymbolTableBuilder *builder, const AstStmt *statement) {
  // FunctionDef and AsyncFunctionDef have the same fields.
  const AstArguments *arguments = statement->function_def.args;
  define(builder, statement->function_def.name, SYMBOL_LOCAL, statement->range);
  visit_expressions(builder, arguments->defaults);
  visit_expressions(builder, arguments->kw_defaults);
  visit_annotations(builder, statement, arguments, statement->function_def.returns);
  visit_expressions(builder, statement->function_def.decorator_list);
  Scope *scope = enter(builder, SCOPE_FUNCTION, NULL, statement->function_def.name, statement, statement->range);
  scope->is_coroutine = statement->kind == AST_ASYNC_FUNCTION_DEF;
  visit_arguments(builder, arguments);
  visit_statements(builder, statement->function_def.body);
  leave(builder);
}

static void visit_class(SymbolTableBuilder *builder, const AstStmt *statement) {
  define(builder, statement->class_def.name, SYMBOL_LOCAL, statement->range);
  visit_expressions(builder, statement->class_def.bases);
  visit_keywords(builder, statement->class_def.keywords);
  visit_expressions(builder, statement->class_def.decorator_list);
  enter(builder, SCOPE_CLASS, NULL, statement->class_def.name, statement, statement->range);
  const Name *outer_class = builder->class_name;
  builder->class_name = statement->class_def.name;
  visit_statements(builder, statement->class_def.body);
  builder->class_name = outer_class;
  leave(builder);
}

static void visit_annotated_assignment(SymbolTableBuilder *builder, const AstStmt *statement) {
  const AstExpr *target = statement->ann_assign.target;
  if (target->kind == AST_NAME) {
    const Name *name = target->name.id;
    uint32_t flags = lookup(builder, builder->scope, name);
    if ((flags & (SYMBOL_GLOBAL | SYMBOL_NONLOCAL)) && builder->scope != builder->table->module &&
        statement->ann_assign.simple)
      FAIL_AT(builder, statement->range, "annotated name '%s' can't be %s", name->text,
              flags & SYMBOL_GLOBAL ? "global" : "nonlocal");
    if (statement->ann_assign.simple)
      define(builder, name, SYMBOL_ANNOTATED | SYMBOL_LOCAL, target->range);
    else if (statement->ann_assign.value)
      define(builder, name, SYMBOL_LOCAL, target->range);
  } else {
    visit_expression(builder, target);
  }
  visit_annotation(builder, statement->ann_assign.annotation);
  visit_optional(builder, statement->ann_assign.value);
}

static void visit_declaration(SymbolTableBuilder *builder, const AstStmt *statement, uint32_t flag, const char *word) {
  const AstNameSequence *declared = statement->global.names; // Nonlocal has the same fields
  for (uint32_t i = 0; i < declared->count; i++) {
    const Name *name = declared->items[i];
    uint32_t flags = lookup(builder, builder->scope, name);
    if (flags & SYMBOL_PARAMETER) FAIL_AT(builder, statement->range, "name '%s' is parameter and %s", name->text, word);
    if (flags & SYMBOL_USED)
      FAIL_AT(builder, statement->range, "name '%s' is used prior to %s declaration", name->text, word);
    if (flags & SYMBOL_ANNOTATED)
      FAIL_AT(builder, statement->range, "annotated name '%s' can't be %s", name->text, word);
    if (flags & SYMBOL_LOCAL)
      FAIL_AT(builder, statement->range, "name '%s' is assigned to before %s declaration", name->text, word);
    define(builder, name, flag, statement->range);
    record_directive(builder, name, statement->range);
  }
}

static void visit_aliases(SymbolTableBuilder *builder, const AstAliasSequence *aliases) {
  for (uint32_t i = 0; i < aliases->count; i++) {
    const AstAlias *alias = aliases->items[i];
    const Name *name = alias->asname ? alias->asname : alias->name;
    if (name->length == 1 && name->text[0] == '*') {
      if (builder->scope->kind != SCOPE_MODULE) FAIL_AT(builder, alias->range, "import * only allowed at module level");
      continue;
    }
    const char *dot = memchr(name->text, '.', name->length);
    if (dot) {
      name = name_intern(builder->names, name->text, (size_t)(dot - name->text));
      if (!name) symbol_table_out_of_memory(builder);
    }
    define(builder, name, SYMBOL_IMPORTED, alias->range);
  }
}

static void visit_handlers(SymbolTableBuilder *builder, const AstExceptHandlerSequence *handlers) {
  for (uint32_t i = 0; i < handlers->count; i++) {
    const AstExceptHandler *handler = handlers->items[i];
    visit_optional(builder, handler->except_handler.type);
    if (handler->except_handler.name) define(builder, handler->except_handler.name, SYMBOL_LOCAL, handler->range);
    visit_statements(builder, handler->except_handler.body);
  }
}

static void visit_pattern(SymbolTableBuilder *builder, const AstPattern *pattern);

static void visit_patterns(SymbolTableBuilder *builder, const AstPatternSequence *patterns) {
  for (uint32_t i = 0; i < patterns->count; i++) visit_pattern(builder, patterns->items[i]);
}

static void visit_pattern(SymbolTableBuilder *builder, const AstPattern *pattern) {
  descend(builder);
  switch (pattern->kind) {
  case AST_MATCH_VALUE:
    visit_expression(builder, pattern->match_value.value);
    break;
  case AST_MATCH_SEQUENCE:
    visit_patterns(builder, pattern->match_sequence.patterns);
    break;
  case AST_MATCH_MAPPING:
    visit_expressions(builder, pattern->match_mapping.keys);
    visit_patterns(builder, pattern->match_mapping.patterns);
    if (pattern->match_mapping.rest) define(builder, pattern->match_mapping.rest, SYMBOL_LOCAL, pattern->range);
    break;
  case AST_MATCH_CLASS:
    visit_expression(builder, pattern->match_class.cls);
    visit_patterns(builder, pattern->match_class.patterns);
    visit_patterns(builder, pattern->match_class.kwd_patterns);
    break;
  case AST_MATCH_STAR:
    if (pattern->match_star.name) define(builder, pattern->match_star.name, SYMBOL_LOCAL, pattern->range);
    break;
  case AST_MATCH_AS:
    if (pattern->match_as.pattern) visit_pattern(builder, pattern->match_as.pattern);
    if (pattern->match_as.name) define(builder, pattern->match_as.name, SYMBOL_LOCAL, pattern->range);
    break;
  case AST_MATCH_OR:
    visit_patterns(builder, pattern->match_or.patterns);
    break;
  default:
    break; // MatchSingleton
  }
  builder->depth--;
}

static void visit_with(SymbolTableBuilder *builder, const AstStmt *statement) {
  const AstWithItemSequence *items = statement->with.items;
  for (uint32_t i = 0; i < items->count; i++) {
    visit_expression(builder, items->items[i]->context_expr);
    visit_optional(builder, items->items[i]->optional_vars);
  }
  visit_statements(builder, statement->with.body);
}

static void visit_match(SymbolTableBuilder *builder, const AstStmt *statement) {
  visit_expression(builder, statement->match.subject);
  const AstMatchCaseSequence *cases = statement->match.cases;
  for (uint32_t i = 0; i < cases->count; i++) {
    visit_pattern(builder, cases->items[i]->pattern);
    visit_optional(builder, cases->items[i]->guard);
    visit_statements(builder, cases->items[i]->body);
  }
}

static void visit_statement(SymbolTableBuilder *builder, const AstStmt *statement) {
  descend(builder);
  switch (statement->kind) {
  case AST_FUNCTION_DEF:
  case AST_ASYNC_FUNCTION_DEF:
    visit_function(builder, statement);
    break;
  case AST_CLASS_DEF:
    visit_class(builder, statement);
    break;
  case AST_RETURN:
    visit_optional(builder, statement->return_stmt.value);
    break;
  case AST_DELETE:
    visit_expressions(builder, statement->delete.targets);
    break;
  case AST_ASSIGN:
    visit_expressions(builder, statement->assign.targets);
    visit_expression(builder, statement->assign.value);
    break;
  case AST_AUG_ASSIGN:
    visit_expression(builder, statement->aug_assign.target);
    visit_expression(builder, statement->aug_assign.value);
    break;
  case AST_ANN_ASSIGN:
    visit_annotated_assignment(builder, statement);
    break;
  case AST_FOR:
  case AST_ASYNC_FOR:
    visit_expression(builder, statement->for_stmt.target);
    visit_expression(builder, statement->for_stmt.iter);
    visit_statements(builder, statement->for_stmt.body);
    visit_statements(builder, statement->for_stmt.orelse);
    break;
  case AST_WHILE:
  case AST_IF:
    visit_expression(builder, statement->if_stmt.test);
    visit_statements(builder, statement->if_stmt.body);
    visit_statements(builder, statement->if_stmt.orelse);
    break;
  case AST_WITH:
  case AST_ASYNC_WITH:
    visit_with(builder, statement);
    break;
  case AST_MATCH:
    visit_match(builder, statement);
    break;
  case AST_RAISE:
    visit_optional(builder, statement->raise.exc);
    visit_optional(builder, statement->raise.cause);
    break;
  case AST_TRY:
  case AST_TRY_STAR:
    visit_statements(builder, statement->try.body);
    visit_statements(builder, statement->try.orelse);
    visit_handlers(builder, statement->try.handlers);
    visit_statements(builder, statement->try.finalbody);
    break;
  case AST_ASSERT:
    visit_expression(builder, statement->assert.test);
    visit_optional(builder, statement->assert.msg);
    break;
  case AST_IMPORT:
    visit_aliases(builder, statement->import.names);
    break;
  case AST_IMPORT_FROM:
    visit_aliases(builder, statement->import_from.names);
    break;
  case AST_GLOBAL:
    visit_declaration(builder, statement, SYMBOL_GLOBAL, "global");
    break;
  case AST_NONLOCAL:
    visit_declaration(builder, statement, SYMBOL_NONLOCAL, "nonlocal");
    break;
  case AST_EXPR:
    visit_expression(builder, statement->expr.value);
    break;
  default:
    break; // Pass, Break, Continue
  }
  builder->depth--;
}

// A named expression inside a comprehension binds in the scope that holds the comprehension.
static void extend_named_expression(SymbolTableBuilder *builder, const AstExpr *target) {
  const Name *name = target->name.id;
  for (Scope *scope = builder->scope; scope; scope = scope->parent) {
    if (scope->comprehension) {
      if (lookup(builder, scope, name) & SYMBOL_COMPREHENSION_TARGET)
        FAIL_AT(builder, target->range, "assignment expression cannot rebind comprehension iteration variable '%s'",
                name->text);
    } else if (scope->kind == SCOPE_FUNCTION || scope->kind == SCOPE_MODULE) {
      bool global = scope->kind == SCOPE_MODULE || lookup(builder, scope, name) & SYMBOL_GLOBAL;
      define(builder, name, global ? SYMBOL_GLOBAL : SYMBOL_NONLOCAL, target->range);
      record_directive(builder, name, target->range);
      define_in(builder, scope, name, scope->kind == SCOPE_MODULE ? SYMBOL_GLOBAL : SYMBOL_LOCAL, target->range);
      return;
    } else if (scope->kind == SCOPE_CLASS) {
      FAIL_AT(builder, target->range, "assignment expression within a comprehension cannot be used in a class body");
    }
  }
}

static void visit_named_expression(SymbolTableBuilder *builder, const AstExpr *expr) {
  if (builder->scope->visiting_iterable)
    FAIL_AT(builder, expr->range, "assignment expression cannot be used in a comprehension iterable expression");
  if (builder->scope->comprehension) extend_named_expression(builder, expr->named_expr.target);
  builder->scope->has_named_expression = true;
  visit_expression(builder, expr->named_expr.value);
  visit_expression(builder, expr->named_expr.target);
}

static void visit_generator(SymbolTableBuilder *builder, const AstComprehension *generator) {
  Scope *scope = builder->scope;
  scope->visiting_iteration_target = true;
  visit_expression(builder, generator->target);
  scope->visiting_iteration_target = false;
  scope->visiting_iterable++;
  visit_expression(builder, generator->iter);
  scope->visiting_iterable--;
  visit_expressions(builder, generator->ifs);
  if (generator->is_async) scope->is_coroutine = true;
}

static void visit_comprehension(SymbolTableBuilder *builder, const AstExpr *expr, const char *scope_name,
                                ComprehensionKind kind, const AstComprehensionSequence *generators,
                                const AstExpr *element, const AstExpr *value) {
  const AstComprehension *outermost = generators->items[0];
  // The outermost iterable is evaluated outside and passed as the argument `.0`.
  builder->scope->visiting_iterable++;
  visit_expression(builder, outermost->iter);
  builder->scope->visiting_iterable--;
  Scope *scope = enter(builder, SCOPE_FUNCTION, scope_name, NULL, expr, expr->range);
  scope->comprehension = kind;
  if (outermost->is_async) scope->is_coroutine = true;
  define(builder, intern(builder, ".0"), SYMBOL_PARAMETER, expr->range);
  scope->visiting_iteration_target = true;
  visit_expression(builder, outermost->target);
  scope->visiting_iteration_target = false;
  visit_expressions(builder, outermost->ifs);
  for (uint32_t i = 1; i < generators->count; i++) visit_generator(builder, generators->items[i]);
  visit_optional(builder, value);
  visit_expression(builder, element);
  scope->is_generator = kind == COMPREHENSION_GENERATOR;
  bool is_async = scope->is_coroutine && kind != COMPREHENSION_GENERATOR;
  leave(builder);
  if (is_async) builder->scope->is_coroutine = true;
}

static void visit_lambda(SymbolTableBuilder *builder, const AstExpr *expr) {
  visit_expressions(builder, expr->lambda.args->defaults);
  visit_expressions(builder, expr->lambda.args->kw_defaults);
  enter(builder, SCOPE_FUNCTION, "lambda", NULL, expr, expr->range);
  visit_arguments(builder, expr->lambda.args);
  visit_expression(builder, expr->lambda.body);
  leave(builder);
}

static void check_annotation(SymbolTableBuilder *builder, const AstExpr *expr, const char *what) {
  if (builder->scope->kind == SCOPE_ANNOTATION)
    FAIL_AT(builder, expr->range, "%s can not be used within an annotation", what);
}

static void visit_yield(SymbolTableBuilder *builder, const AstExpr *expr, const AstExpr *value) {
  check_annotation(builder, expr, "'yield expression'");
  visit_optional(builder, value);
  builder->scope->is_generator = true;
  static const char *const places[] = {[COMPREHENSION_LIST] = "list comprehension",
                                       [COMPREHENSION_DICT] = "dict comprehension",
                                       [COMPREHENSION_SET] = "set comprehension",
                                       [COMPREHENSION_GENERATOR] = "generator expression"};
  if (builder->scope->comprehension)
    FAIL_AT(builder, expr->range, "'yield' inside %s", places[builder->scope->comprehension]);
}

static void visit_name(SymbolTableBuilder *builder, const AstExpr *expr) {
  define(builder, expr->name.id, expr->name.ctx == AST_LOAD ? SYMBOL_USED : SYMBOL_LOCAL, expr->range);
  // super() needs the class: it counts as a use of __class__.
  if (expr->name.ctx == AST_LOAD && builder->scope->kind == SCOPE_FUNCTION && expr->name.id == builder->super_name)
    define(builder, builder->class_cell_name, SYMBOL_USED, expr->range);
}

static void visit_expression(SymbolTableBuilder *builder, const AstExpr *expr) {
  descend(builder);
  switch (expr->kind) {
  case AST_NAMED_EXPR:
    check_annotation(builder, expr, "'named expression'");
    visit_named_expression(builder, expr);
    break;
  case AST_BOOL_OP:
    visit_expressions(builder, expr->bool_op.values);
    break;
  case AST_BIN_OP:
    visit_expression(builder, expr->bin_op.left);
    visit_expression(builder, expr->bin_op.right);
    break;
  case AST_UNARY_OP:
    visit_expression(builder, expr->unary_op.operand);
    break;
  case AST_LAMBDA:
    visit_lambda(builder, expr);
    break;
  case AST_IF_EXP:
    visit_expression(builder, expr->if_exp.test);
    visit_expression(builder, expr->if_exp.body);
    visit_expression(builder, expr->if_exp.orelse);
    break;
  case AST_DICT:
    visit_expressions(builder, expr->dict.keys);
    visit_expressions(builder, expr->dict.values);
    break;
  case AST_SET:
    visit_expressions(builder, expr->set.elts);
    break;
  case AST_GENERATOR_EXP:
    visit_comprehension(builder, expr, "genexpr", COMPREHENSION_GENERATOR, expr->generator_exp.generators,
                        expr->generator_exp.elt, NULL);
    break;
  case AST_LIST_COMP:
    visit_comprehension(builder, expr, "listcomp", COMPREHENSION_LIST, expr->list_comp.generators, expr->list_comp.elt,
                        NULL);
    break;
  case AST_SET_COMP:
    visit_comprehension(builder, expr, "setcomp", COMPREHENSION_SET, expr->set_comp.generators, expr->set_comp.elt,
                        NULL);
    break;
  case AST_DICT_COMP:
    visit_comprehension(builder, expr, "dictcomp", COMPREHENSION_DICT, expr->dict_comp.generators, expr->dict_comp.key,
                        expr->dict_comp.value);
    break;
  case AST_YIELD:
    visit_yield(builder, expr, expr->yield.value);
    break;
  case AST_YIELD_FROM:
    visit_yield(builder, expr, expr->yield_from.value);
    break;
  case AST_AWAIT:
    check_annotation(builder, expr, "'await expression'");
    visit_expression(builder, expr->await.value);
    builder->scope->is_coroutine = true;
    break;
  case AST_COMPARE:
    visit_expression(builder, expr->compare.left);
    visit_expressions(builder, expr->compare.comparators);
    break;
  case AST_CALL:
    visit_expression(builder, expr->call.func);
    visit_expressions(builder, expr->call.args);
    visit_keywords(builder, expr->call.keywords);
    break;
  case AST_FORMATTED_VALUE:
    visit_expression(builder, expr->formatted_value.value);
    visit_optional(builder, expr->formatted_value.format_spec);
    break;
  case AST_JOINED_STR:
    visit_expressions(builder, expr->joined_str.values);
    break;
  case AST_ATTRIBUTE:
    visit_expression(builder, expr->attribute.value);
    break;
  case AST_SUBSCRIPT:
    visit_expression(builder, expr->subscript.value);
    visit_expression(builder, expr->subscript.slice);
    break;
  case AST_STARRED:
    visit_expression(builder, expr->starred.value);
    break;
  case AST_SLICE:
    visit_optional(builder, expr->slice.lower);
    visit_optional(builder, expr->slice.upper);
    visit_optional(builder, expr->slice.step);
    break;
  case AST_NAME:
    visit_name(builder, expr);
    break;
  case AST_LIST:
    visit_expressions(builder, expr->list.elts);
    break;
  case AST_TUPLE:
    visit_expressions(builder, expr->tuple.elts);
    break;
  default:
    break; // Constant
  }
  builder->depth--;
}

SymbolTable *symbol_table_build(Arena *arena, NameTable *names, SyntaxErrorReport *report, const AstModule *module,
                                const SymbolTableOptions *options) {
  SymbolTableBuilder builder = {.arena = arena, .names = names, .report = report};
  builder.future_annotations = options->future_annotations;
  builder.recursion_limit = options->recursion_limit ? options->recursion_limit : SYMBOL_TABLE_DEFAULT_DEPTH;
  if (builder.recursion_limit > SYMBOL_TABLE_MAXIMUM_DEPTH) builder.recursion_limit = SYMBOL_TABLE_MAXIMUM_DEPTH;
  if (setjmp(builder.failure)) return NULL;
  builder.table = builder_allocate(&builder, 1, sizeof(SymbolTable));
  *builder.table = (SymbolTable){};
  builder.super_name = intern(&builder, "super");
  builder.class_cell_name = intern(&builder, "__class__");
  Scope *top = enter(&builder, SCOPE_MODULE, "top", NULL, module, (AstRange){});
  builder.table->module = top;
  switch (module->kind) {
  case AST_MODULE:
    visit_statements(&builder, module->module.body);
    break;
  case AST_INTERACTIVE:
    visit_statements(&builder, module->interactive.body);
    break;
  case AST_EXPRESSION:
    visit_expression(&builder, module->expression.body);
    break;
  default:
    syntax_report_plain(report, arena, SYNTAX_SYSTEM_ERROR, "this compiler does not handle FunctionTypes");
    return NULL;
  }
  symbol_table_analyze(&builder, top);
  return builder.table;
}
