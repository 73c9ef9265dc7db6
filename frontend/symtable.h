// Symbol tables: which scope each name of a source belongs to.
//
// One Scope for every module, class body, function, lambda and comprehension. A first walk over the tree records how
// each scope uses its names (SymbolFlags); a second decides where each name lives (NameScope): a local register, a cell
// shared with inner functions, a free variable found in an outer one, a global. The flags are those of CPython's
// `symtable` module, whose users see them.
//
// Everything lives in the arena of the parse session. Names are stored mangled (`__x` in class C is `_C__x`).
#pragma once

#include "frontend/syntax_error.h"

typedef enum ScopeKind : uint8_t { SCOPE_FUNCTION, SCOPE_CLASS, SCOPE_MODULE, SCOPE_ANNOTATION } ScopeKind;

typedef enum ComprehensionKind : uint8_t {
  COMPREHENSION_NONE,
  COMPREHENSION_LIST,
  COMPREHENSION_DICT,
  COMPREHENSION_SET,
  COMPREHENSION_GENERATOR,
} ComprehensionKind;

enum SymbolFlags : uint32_t {
  SYMBOL_GLOBAL = 1 << 0,               // global statement
  SYMBOL_LOCAL = 1 << 1,                // assigned
  SYMBOL_PARAMETER = 1 << 2,            // formal parameter
  SYMBOL_NONLOCAL = 1 << 3,             // nonlocal statement
  SYMBOL_USED = 1 << 4,                 // read
  SYMBOL_FREE_IN_CLASS = 1 << 6,        // free variable of a method that the class body binds, too
  SYMBOL_IMPORTED = 1 << 7,             // bound by import
  SYMBOL_ANNOTATED = 1 << 8,            // has an annotation
  SYMBOL_COMPREHENSION_TARGET = 1 << 9, // iteration variable of a comprehension
  SYMBOL_BOUND = SYMBOL_LOCAL | SYMBOL_PARAMETER | SYMBOL_IMPORTED,
};
enum { SYMBOL_SCOPE_SHIFT = 11 }; // where `symtable` expects the NameScope among the flags

typedef enum NameScope : uint8_t {
  NAME_SCOPE_UNKNOWN,
  NAME_SCOPE_LOCAL,
  NAME_SCOPE_GLOBAL_EXPLICIT,
  NAME_SCOPE_GLOBAL_IMPLICIT,
  NAME_SCOPE_FREE,
  NAME_SCOPE_CELL,
} NameScope;

typedef struct Symbol {
  const Name *name; // mangled
  uint16_t flags;   // of SymbolFlags
  NameScope scope;
  int32_t index; // free for the compiler: the register
} Symbol;

// A place that a `global` or `nonlocal` statement (or a named expression) declared a name at; errors point there.
typedef struct ScopeDirective {
  struct ScopeDirective *next;
  const Name *name;
  AstRange range;
} ScopeDirective;

typedef struct Scope {
  struct Scope *parent, *first_child, *last_child, *next_sibling;
  const void *node; // the tree node that opens the scope
  const Name *name;
  AstRange range;
  ScopeKind kind;
  ComprehensionKind comprehension;
  bool nested;               // inside a function, however deep
  bool is_generator;         // contains yield
  bool is_coroutine;         // contains await, or is an async def
  bool has_varargs;          // *args
  bool has_varkeywords;      // **kwargs
  bool needs_class_closure;  // a class whose methods use __class__
  bool has_named_expression; // contains `:=`, so that an expression can rebind a local
  bool visiting_iteration_target;
  uint32_t visiting_iterable; // depth
  uint32_t symbol_count, symbol_capacity, index_mask;
  Symbol *symbols; // in order of first appearance; moves while names are added
  uint32_t *index; // open addressing over symbols: 1 + position; NULL while there are few
  const Name **parameters;
  uint32_t parameter_count, parameter_capacity;
  ScopeDirective *directives; // newest first
} Scope;

typedef struct SymbolTable {
  Scope *module;
  Scope **by_node; // open addressing, for symbol_table_scope
  uint32_t by_node_mask, scope_count;
} SymbolTable;

typedef struct SymbolTableOptions {
  bool future_annotations;  // annotations are not evaluated
  uint32_t recursion_limit; // nesting of statements and expressions that is accepted; 0: SYMBOL_TABLE_DEFAULT_DEPTH
} SymbolTableOptions;

enum : uint32_t { SYMBOL_TABLE_DEFAULT_DEPTH = 3000, SYMBOL_TABLE_MAXIMUM_DEPTH = 5000 };

// Builds the table of `module`. Returns NULL when `report` has been given an error (SyntaxError, RecursionError,
// MemoryError). Makes no Python objects.
SymbolTable *symbol_table_build(Arena *arena, NameTable *names, SyntaxErrorReport *report, const AstModule *module,
                                const SymbolTableOptions *options);

// The scope that `node` (module, statement or expression) opens; NULL if it opens none.
Scope *symbol_table_scope(const SymbolTable *table, const void *node);

// The symbol of a mangled name, or NULL.
Symbol *scope_find(const Scope *scope, const Name *name);

// `name` as it is called inside class `class_name` (NULL: no class). NULL when memory is exhausted.
const Name *name_mangle(NameTable *names, const Name *class_name, const Name *name);
