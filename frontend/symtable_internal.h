// Shared by the two walks of the symbol table (symtable.c, symtable_analyze.c).
#pragma once

#include "frontend/symtable.h"

#include <setjmp.h>

typedef struct SymbolTableBuilder {
  Arena *arena;
  NameTable *names;
  SyntaxErrorReport *report;
  SymbolTable *table;
  Scope *scope;           // that is being filled
  const Name *class_name; // for mangling
  const Name *super_name, *class_cell_name;
  uint32_t depth, recursion_limit;
  bool future_annotations;
  jmp_buf failure;
} SymbolTableBuilder;

// Adds a symbol that is not there yet. Moves scope->symbols.
Symbol *scope_add(SymbolTableBuilder *builder, Scope *scope, const Name *name);

// Decides the NameScope of every symbol in `scope` and below.
void symbol_table_analyze(SymbolTableBuilder *builder, Scope *scope);

[[noreturn]] void symbol_table_out_of_memory(SymbolTableBuilder *builder);
