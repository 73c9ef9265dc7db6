// The module _symtable: symbol tables as Lib/symtable.py reads them.
#include "frontend/compile.h"
#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "vm/compile_source.h"
#include "vm/front_end_modules.h"

#include <string.h>

typedef struct TableEntry {
  Cell head;
  Value id, name, symbols, varnames, children, nested, type, lineno;
} TableEntry;

static Class *entry_class;

static Value entry_repr(Value self) {
  const TableEntry *entry = (const TableEntry *)value_cell(self);
  return str_format_c("<symtable entry %U(%S), line %S>", entry->name, entry->id, entry->lineno);
}

static const NativeMethod entry_methods[] = {
    NATIVE("__repr__", entry_repr, "($self, /)", "Return repr(self)."),
    {},
};
#define MEMBER(field) {.name = #field, .kind = MEMBER_VALUE, .offset = offsetof(TableEntry, field)}
static const NativeMember entry_members[] = {
    MEMBER(id),     MEMBER(name), MEMBER(symbols), MEMBER(varnames), MEMBER(children), MEMBER(nested), MEMBER(type),
    MEMBER(lineno), {},
};
static const CellType entry_type = {.name = "symtable entry", CELL_VALUES(TableEntry, id, lineno)};
static const ClassDef entry_definition = {
    .name = "symtable entry",
    .cell_type = &entry_type,
    .instance_size = sizeof(TableEntry),
    .flags = CLASS_NO_NEW | CLASS_HAS_WEAKREF,
    .methods = entry_methods,
    .members = entry_members,
};

static Value name_value(const Name *name) {
  Value text = str_from_utf8(name->text, name->length);
  return text ? str_intern(text) : NULL;
}

static Value scope_symbols(const Scope *scope) {
  Value dict = dict_new();
  for (uint32_t i = 0; dict && i < scope->symbol_count; i++) {
    const Symbol *symbol = &scope->symbols[i];
    Value name = name_value(symbol->name);
    int64_t flags = symbol->flags | (int64_t)symbol->scope << SYMBOL_SCOPE_SHIFT;
    if (!name || !dict_set(dict, name, int_from_int64(flags))) return NULL;
  }
  return dict;
}

static Value scope_parameters(const Scope *scope) {
  Value list = list_new_sized(scope->parameter_count);
  for (uint32_t i = 0; list && i < scope->parameter_count; i++) {
    Value name = name_value(scope->parameters[i]);
    if (!name || !list_append(list, name)) return NULL;
  }
  return list;
}

static Value entry_new(const Scope *scope) {
  if (!recursion_enter(" in symtable()")) return NULL;
  Value children = list_new(NULL, 0);
  for (const Scope *child = scope->first_child; children && child; child = child->next_sibling) {
    Value entry = entry_new(child);
    if (!entry || !list_append(children, entry)) children = NULL;
  }
  recursion_leave();
  Value symbols = scope_symbols(scope), parameters = scope_parameters(scope), name = name_value(scope->name);
  Value id = int_from_uint64((uintptr_t)scope);
  if (!children || !symbols || !parameters || !name || !id) return NULL;
  TableEntry *entry = class_allocate(entry_class, 0);
  if (!entry) return NULL;
  gc_store(entry, &entry->id, id);
  gc_store(entry, &entry->name, name);
  gc_store(entry, &entry->symbols, symbols);
  gc_store(entry, &entry->varnames, parameters);
  gc_store(entry, &entry->children, children);
  gc_store(entry, &entry->nested, value_from_small_int(scope->nested));
  gc_store(entry, &entry->type, value_from_small_int(scope->kind));
  gc_store(entry, &entry->lineno, value_from_small_int(scope->range.lineno));
  return value_from_cell(entry);
}

static Value symtable_in(ParseSession *session, Value source, Value filename, ParseMode mode) {
  ParseOptions options = {.mode = mode};
  CompilerOptions compiler_options = {};
  AstModule *module = compile_source_parse(session, source, &options);
  if (exception_pending()) return NULL;
  SymbolTable *table = module ? compile_symbols(session, module, &compiler_options) : NULL;
  if (!syntax_warnings_issue(&session->report, filename)) return NULL;
  return table ? entry_new(table->module) : syntax_error_raise(&session->report, filename);
}

static Value symtable_symtable(Value source, Value filename, Value mode) {
  static const char *const names[] = {[PARSE_EXEC] = "exec", [PARSE_SINGLE] = "single", [PARSE_EVAL] = "eval"};
  if (!value_is_str(mode)) return raise_type_error("symtable() argument 3 must be str, not %.50T", mode);
  int number = 0;
  while (number < 3 && !str_equals_c(mode, names[number])) number++;
  if (number == 3) return raise_value_error("symtable() arg 3 must be 'exec' or 'eval' or 'single'");
  if (!(filename = compile_source_filename(filename))) return NULL;
  ParseSession session;
  Value result =
      parse_session_init(&session) ? symtable_in(&session, source, filename, (ParseMode)number) : raise_memory_error();
  parse_session_destroy(&session);
  return result;
}

static bool symtable_initialize(Value module) {
  static const struct {
    const char *name;
    int value;
  } constants[] = {
      {"USE", SYMBOL_USED},
      {"DEF_GLOBAL", SYMBOL_GLOBAL},
      {"DEF_NONLOCAL", SYMBOL_NONLOCAL},
      {"DEF_LOCAL", SYMBOL_LOCAL},
      {"DEF_PARAM", SYMBOL_PARAMETER},
      {"DEF_FREE", 1 << 5},
      {"DEF_FREE_CLASS", SYMBOL_FREE_IN_CLASS},
      {"DEF_IMPORT", SYMBOL_IMPORTED},
      {"DEF_BOUND", SYMBOL_BOUND},
      {"DEF_ANNOT", SYMBOL_ANNOTATED},
      {"TYPE_FUNCTION", SCOPE_FUNCTION},
      {"TYPE_CLASS", SCOPE_CLASS},
      {"TYPE_MODULE", SCOPE_MODULE},
      {"LOCAL", NAME_SCOPE_LOCAL},
      {"GLOBAL_EXPLICIT", NAME_SCOPE_GLOBAL_EXPLICIT},
      {"GLOBAL_IMPLICIT", NAME_SCOPE_GLOBAL_IMPLICIT},
      {"FREE", NAME_SCOPE_FREE},
      {"CELL", NAME_SCOPE_CELL},
      {"SCOPE_OFF", SYMBOL_SCOPE_SHIFT},
      {"SCOPE_MASK", SYMBOL_GLOBAL | SYMBOL_LOCAL | SYMBOL_PARAMETER | SYMBOL_NONLOCAL},
  };
  for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
    if (!module_add_int(module, constants[i].name, constants[i].value)) return false;
  }
  if (entry_class) return true;
  heap_add_root_range((Value *)(void *)&entry_class, 1);
  return (entry_class = class_from_definition(&entry_definition, NULL)) != NULL;
}

static const NativeMethod symtable_functions[] = {
    NATIVE("symtable", symtable_symtable, "(source, filename, startstr, /)",
           "Return symbol and scope dictionaries used internally by compiler."),
    {},
};
const NativeModule symtable_module = {.name = "_symtable",
                                      .doc = "The compiler's symbol tables.",
                                      .functions = symtable_functions,
                                      .initialize = symtable_initialize};
