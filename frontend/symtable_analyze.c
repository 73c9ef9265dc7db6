// The second walk: decides where each name lives.
//
// A scope's own declarations come first; a name it only uses is looked for in the functions around it (class bodies are
// passed over), and is global if none binds it. What is found becomes a cell there, and a free variable of every scope
// in between. Scopes are visited from the outside in, so all that a name can refer to is known.
#include "frontend/symtable_internal.h"

[[noreturn]] static void fail_at_directive(SymbolTableBuilder *builder, const Scope *scope, const Symbol *symbol,
                                           const char *format) {
  AstRange range = scope->range;
  // The first declaration of the name: the list has the newest first.
  for (const ScopeDirective *directive = scope->directives; directive; directive = directive->next) {
    if (directive->name == symbol->name) range = directive->range;
  }
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wformat-nonliteral"
  syntax_report_at(builder->report, builder->arena, SYNTAX_ERROR, range, format, symbol->name->text);
#pragma clang diagnostic pop
  longjmp(builder->failure, 1);
}

// The scope around `scope` that binds `name` for inner functions; NULL: none, the name is global.
static Scope *find_binding(SymbolTableBuilder *builder, const Scope *scope, const Name *name) {
  for (Scope *outer = scope->parent; outer; outer = outer->parent) {
    if (outer->kind == SCOPE_CLASS) {
      if (name == builder->class_cell_name) return outer;
    } else if (outer->kind == SCOPE_FUNCTION) {
      const Symbol *symbol = scope_find(outer, name);
      if (!symbol) continue;
      if (symbol->flags & SYMBOL_GLOBAL) return NULL;
      if (!(symbol->flags & SYMBOL_NONLOCAL) && (symbol->flags & SYMBOL_BOUND)) return outer;
    }
  }
  return NULL;
}

// Leads the variable from the scope that binds it to `scope`.
static void make_free(SymbolTableBuilder *builder, Scope *scope, Scope *binding, const Name *name) {
  for (Scope *between = scope->parent; between != binding; between = between->parent) {
    Symbol *symbol = scope_find(between, name);
    if (!symbol)
      scope_add(builder, between, name)->scope = NAME_SCOPE_FREE;
    else if (between->kind == SCOPE_CLASS && (symbol->flags & (SYMBOL_BOUND | SYMBOL_GLOBAL)))
      symbol->flags |= SYMBOL_FREE_IN_CLASS;
  }
  if (binding->kind == SCOPE_CLASS)
    binding->needs_class_closure = true;
  else
    scope_find(binding, name)->scope = NAME_SCOPE_CELL;
}

static void analyze_symbol(SymbolTableBuilder *builder, Scope *scope, uint32_t position) {
  Symbol *symbol = &scope->symbols[position];
  uint32_t flags = symbol->flags;
  if (flags & SYMBOL_GLOBAL) {
    if (flags & SYMBOL_NONLOCAL) fail_at_directive(builder, scope, symbol, "name '%s' is nonlocal and global");
    symbol->scope = NAME_SCOPE_GLOBAL_EXPLICIT;
    return;
  }
  if ((flags & SYMBOL_BOUND) && !(flags & SYMBOL_NONLOCAL)) {
    symbol->scope = NAME_SCOPE_LOCAL;
    return;
  }
  if ((flags & SYMBOL_NONLOCAL) && scope->kind == SCOPE_MODULE)
    fail_at_directive(builder, scope, symbol, "nonlocal declaration not allowed at module level");
  Scope *binding = find_binding(builder, scope, symbol->name);
  if (!binding) {
    if (flags & SYMBOL_NONLOCAL) fail_at_directive(builder, scope, symbol, "no binding for nonlocal '%s' found");
    symbol->scope = NAME_SCOPE_GLOBAL_IMPLICIT;
    return;
  }
  symbol->scope = NAME_SCOPE_FREE;
  make_free(builder, scope, binding, symbol->name);
}

void symbol_table_analyze(SymbolTableBuilder *builder, Scope *scope) {
  for (uint32_t i = 0; i < scope->symbol_count; i++) analyze_symbol(builder, scope, i);
  for (Scope *child = scope->first_child; child; child = child->next_sibling) symbol_table_analyze(builder, child);
}
