// Names that are not registers: closure cells, globals, class namespaces.
//
// A global is one load away: the cache word of LOAD_GLOBAL holds the module's GlobalCell for the name. If that cell is
// empty, its `fallback` is the builtin that the name then means. Both cells name the dict that they belong to, because
// functions with different globals may share the code.
#include "runtime/object/dict.h"
#include "runtime/object/names.h"
#include "vm/handler.h"

OPERATION_HANDLER(ENTER_CLOSURE) {
  Code *code = frame->code;
  for (uint32_t i = 0; i < code->cell_count; i++) {
    unsigned argument = code->cell_arguments ? code->cell_arguments[i] : 0;
    Value cell = closure_cell_new(argument ? registers[argument - 1] : NULL);
    if (UNLIKELY(!cell)) return false;
    registers[code->local_count + i] = cell;
    if (argument) registers[argument - 1] = NULL;
  }
  if (code->free_count > 0) {
    Value closure = frame->function ? ((Function *)value_cell(frame->function))->closure : frame->result;
    for (uint32_t i = 0; i < code->free_count; i++)
      registers[code->local_count + code->cell_count + i] = tuple_item(closure, i);
  }
  return true;
}

static inline Value *cell_contents(Value cell) {
  return &((ClosureCell *)value_cell(cell))->contents;
}
static bool register_is_free(const Code *code, unsigned number) {
  return number >= code->local_count + code->cell_count;
}
static Value register_cell_name(const Code *code, unsigned number) {
  number -= code->local_count;
  return number < code->cell_count ? tuple_item(code->cell_names, number)
                                   : tuple_item(code->free_names, number - code->cell_count);
}
static bool raise_empty_cell(const Code *code, unsigned number) {
  Value name = register_cell_name(code, number);
  if (register_is_free(code, number))
    raise_name_error(CLASS_NAME_ERROR, name,
                     "cannot access free variable '%U' where it is not associated with a value in enclosing scope");
  else
    raise_name_error(CLASS_UNBOUND_LOCAL_ERROR, name,
                     "cannot access local variable '%U' where it is not associated with a value");
  return false;
}

OPERATION_FUNCTION(operation_LOAD_CELL) {
  Value contents = gc_load(cell_contents(B));
  if (UNLIKELY(!contents)) return raise_empty_cell(frame->code, instruction_b(word));
  A = contents;
  return true;
}
SLOW_HANDLER(empty_cell) {
  RUN_OPERATION(operation_LOAD_CELL, 1);
}
HANDLER(LOAD_CELL) {
  Value contents = gc_load(cell_contents(B));
  if (UNLIKELY(!contents)) TAIL(empty_cell);
  A = contents;
  NEXT(1);
}
OPERATION_HANDLER(STORE_CELL) {
  Value cell = A;
  gc_store(value_cell(cell), cell_contents(cell), B);
  return true;
}
OPERATION_HANDLER(DELETE_CELL) {
  Value cell = A;
  if (UNLIKELY(!gc_load(cell_contents(cell)))) return raise_empty_cell(frame->code, instruction_a(word));
  gc_store(value_cell(cell), cell_contents(cell), NULL);
  return true;
}

// Looks `name` up in a namespace, which may be any mapping. 1 found, 0 missing, -1 exception.
static int namespace_load(Value namespace, Value name, Value *value) {
  if (VALUE_IS_EXACT(namespace, DICT)) {
    *value = dict_get_name(namespace, name);
    return *value != NULL;
  }
  *value = value_get_item(namespace, name);
  if (*value) return 1;
  return exception_clear_if(CLASS_KEY_ERROR) ? 0 : -1;
}
// Globals, then builtins; zero with NameError.
static Value load_global(Frame *frame, Value name) {
  Value value;
  int found = namespace_load(frame->globals, name, &value);
  if (found == 0) found = namespace_load(frame->builtins, name, &value);
  if (found > 0) return value;
  if (found == 0) raise_name_error(CLASS_NAME_ERROR, name, "name '%U' is not defined");
  return NULL;
}
static Value frame_namespace(Frame *frame) {
  if (!frame->locals) raise(CLASS_SYSTEM_ERROR, "no locals when loading a name");
  return frame->locals;
}

OPERATION_HANDLER(LOAD_CLASS_CELL) {
  Value namespace = frame_namespace(frame), value;
  if (UNLIKELY(!namespace)) return false;
  int found = namespace_load(namespace, NAME_C, &value);
  if (found == 0) {
    value = gc_load(cell_contents(B));
    if (!value) raise_empty_cell(frame->code, instruction_b(word));
  }
  if (UNLIKELY(!value)) return false;
  A = value;
  return true;
}
OPERATION_HANDLER(LOAD_NAME) {
  Value namespace = frame_namespace(frame), value;
  if (UNLIKELY(!namespace)) return false;
  int found = namespace_load(namespace, NAME_BC, &value);
  if (found == 0) value = load_global(frame, NAME_BC);
  if (UNLIKELY(!value)) return false;
  A = value;
  return true;
}
// Does the name stand for a value whose end somebody can see?
static bool holds_prompt(Value namespace, Value name) {
  if (!heap_watches() || !VALUE_IS_EXACT(namespace, DICT)) return false;
  Value value = dict_get_name(namespace, name);
  return value && value_is_prompt(value);
}
OPERATION_HANDLER(STORE_NAME) {
  Value namespace = frame_namespace(frame);
  bool watched = namespace && holds_prompt(namespace, NAME_BC);
  bool done = namespace && (VALUE_IS_EXACT(namespace, DICT) ? dict_set_name(namespace, NAME_BC, A)
                                                            : value_set_item(namespace, NAME_BC, A));
  if (UNLIKELY(!done)) return false;
  if (watched) END_PROMPT();
  return true;
}
OPERATION_HANDLER(DELETE_NAME) {
  Value namespace = frame_namespace(frame);
  if (UNLIKELY(!namespace)) return false;
  bool watched = holds_prompt(namespace, NAME_BC);
  if (!value_delete_item(namespace, NAME_BC)) {
    if (exception_clear_if(CLASS_KEY_ERROR)) raise_name_error(CLASS_NAME_ERROR, NAME_BC, "name '%U' is not defined");
    return false;
  }
  if (watched) END_PROMPT();
  return true;
}

// Makes a cell that code may hold: in the globals if they have cells, with the builtin behind it.
static bool quicken_load_global(Frame *frame, const Instruction *pc, Instruction word, Value name) {
  if (!value_is_dict(frame->globals) || !(value_cell(frame->globals)->flags & DICT_GLOBALS)) return true;
  GlobalCell *cell = dict_global_cell(frame->globals, name, true);
  if (!cell) return false;
  if (!gc_load(&cell->value)) {
    if (!value_is_dict(frame->builtins) || !(value_cell(frame->builtins)->flags & DICT_GLOBALS)) return true;
    GlobalCell *builtin = dict_global_cell(frame->builtins, name, false);
    if (!builtin) return !exception_pending();
    gc_store(cell, &cell->fallback, value_from_cell(builtin));
  }
  cache_store(frame->code, pc, value_from_cell(cell));
  instruction_quicken(pc, word, OP_LOAD_GLOBAL_CELL);
  return true;
}
// What the cell in the cache word says; zero: ask load_global.
static inline Value load_cached_global(const Frame *frame, const GlobalCell *cell) {
  if (UNLIKELY(cell->owner != frame->globals)) return NULL;
  Value value = gc_load(&cell->value);
  if (LIKELY(value != NULL)) return value;
  cell = (const GlobalCell *)value_cell(gc_load(&cell->fallback));
  return LIKELY(cell && cell->owner == frame->builtins) ? gc_load(&cell->value) : NULL;
}
OPERATION_FUNCTION(operation_LOAD_GLOBAL) {
  Value cache = cache_load(frame->pc), name = NAME_BC;
  Value value = cache ? load_cached_global(frame, (const GlobalCell *)value_cell(cache)) : NULL;
  if (!value) {
    value = load_global(frame, name);
    if (UNLIKELY(!value || !quicken_load_global(frame, frame->pc, word, name))) return false;
  }
  A = value;
  return true;
}
HANDLER(LOAD_GLOBAL) {
  RUN_OPERATION(operation_LOAD_GLOBAL, 2);
}
HANDLER(LOAD_GLOBAL_CELL) {
  Value value = load_cached_global(frame, (const GlobalCell *)value_cell(cache_load(pc)));
  if (UNLIKELY(!value)) TAIL(LOAD_GLOBAL);
  A = value;
  NEXT(2);
}

OPERATION_FUNCTION(operation_STORE_GLOBAL) {
  Value name = NAME_BC;
  bool watched = holds_prompt(frame->globals, name);
  bool done = VALUE_IS_EXACT(frame->globals, DICT) ? dict_set_name(frame->globals, name, A)
                                                   : value_set_item(frame->globals, name, A);
  if (UNLIKELY(!done)) return false;
  if (value_cell(frame->globals)->flags & DICT_GLOBALS) {
    GlobalCell *cell = dict_global_cell(frame->globals, name, false);
    if (cell && global_cell_is_variable(cell)) {
      cache_store(frame->code, frame->pc, value_from_cell(cell));
      instruction_quicken(frame->pc, word, OP_STORE_GLOBAL_CELL);
    }
  }
  if (watched) END_PROMPT();
  return true;
}
HANDLER(STORE_GLOBAL) {
  RUN_OPERATION(operation_STORE_GLOBAL, 2);
}
// A cell that is often written is nobody's constant: storing to it is all there is to do.
HANDLER(STORE_GLOBAL_CELL) {
  GlobalCell *cell = (GlobalCell *)value_cell(cache_load(pc));
  if (UNLIKELY(cell->owner != frame->globals || !gc_load(&cell->value) || heap_watches())) TAIL(STORE_GLOBAL);
  gc_store(cell, &cell->value, A);
  NEXT_RELOAD(2);
}
OPERATION_HANDLER(DELETE_GLOBAL) {
  bool watched = holds_prompt(frame->globals, NAME_BC);
  if (!value_delete_item(frame->globals, NAME_BC)) {
    if (exception_clear_if(CLASS_KEY_ERROR)) raise_name_error(CLASS_NAME_ERROR, NAME_BC, "name '%U' is not defined");
    return false;
  }
  if (watched) END_PROMPT();
  return true;
}

OPERATION_HANDLER(SETUP_ANNOTATIONS) {
  Value namespace = frame_namespace(frame), name = NAME(__annotations__), value;
  if (UNLIKELY(!namespace)) return false;
  int found = namespace_load(namespace, name, &value);
  if (found == 0) {
    value = dict_new();
    if (!value ||
        !(value_is_dict(namespace) ? dict_set(namespace, name, value) : value_set_item(namespace, name, value)))
      found = -1;
  }
  if (UNLIKELY(found < 0)) return false;
  return true;
}
