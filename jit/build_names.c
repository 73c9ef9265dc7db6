// Names that are not registers: globals, closure cells. See build.h.
#include "jit/build_internal.h"

#include "runtime/object/dict.h"
#include "runtime/object/names.h"

// The value of a global cell that is not empty: a constant, if it is rarely written.
HirNode *load_global_cell(Builder *builder, const GlobalCell *cell) {
  HirNode *load = emit_field(builder, emit_constant(builder, value_from_cell(cell)), offsetof(GlobalCell, value));
  Value value = gc_load(&cell->value);
  if (!value || global_cell_is_variable(cell) || builder_failures(builder) > 0) return guard_bound(builder, load);
  return guard_identity(builder, load, value);
}

void build_load_global(Builder *builder) {
  CodeScope *scope = builder->scope;
  unsigned failures = builder_failures(builder);
  if (builder_opcode(builder) != OP_LOAD_GLOBAL_CELL || failures > 2) {
    if (failures == 0)
      emit_leave(builder);
    else
      emit_step(builder);
    return;
  }
  Value cache = (Value)__atomic_load_n(&scope->code->words[builder->word + 1], __ATOMIC_ACQUIRE);
  const GlobalCell *cell = (const GlobalCell *)value_cell(cache);
  if (cell->owner != scope->globals) {
    emit_step(builder);
    return;
  }
  if (gc_load(&cell->value)) {
    set_result(builder, load_global_cell(builder, cell));
    return;
  }
  const GlobalCell *builtin = (const GlobalCell *)value_cell(cell->fallback);
  if (!builtin || builtin->owner != scope->builtins || !gc_load(&builtin->value)) {
    emit_step(builder);
    return;
  }
  HirNode *global = emit_field(builder, emit_constant(builder, value_from_cell(cell)), offsetof(GlobalCell, value));
  HirNode *empty = emit_is(builder, global, builder->unbound);
  emit_1(builder, HIR_GUARD_TRUE, empty);
  set_result(builder, load_global_cell(builder, builtin));
}

// A module's names are its globals: those that it has by now are reached through their cells.
static GlobalCell *cell_of_name(Builder *builder) {
  Value globals = builder->scope->globals;
  if (!value_is_dict(globals) || !(value_cell(globals)->flags & DICT_GLOBALS)) return NULL;
  return dict_global_cell(globals, builder_name(builder, (uint32_t)instruction_bc(builder->instruction)), false);
}
static bool names_are_globals(const Builder *builder) {
  return !builder->scope->caller && builder->function->is_module;
}

void build_load_name(Builder *builder) {
  GlobalCell *cell = names_are_globals(builder) && builder_failures(builder) <= 2 ? cell_of_name(builder) : NULL;
  if (cell && gc_load(&cell->value))
    set_result(builder, load_global_cell(builder, cell));
  else
    emit_step(builder);
}

// A cell that is often written is nobody's constant: storing to it is all there is to do.
void build_store_global(Builder *builder, bool is_name) {
  GlobalCell *cell = !is_name || names_are_globals(builder) ? cell_of_name(builder) : NULL;
  if (!cell || !global_cell_is_variable(cell) || !gc_load(&cell->value) || builder_failures(builder) > 2) {
    emit_step(builder);
    return;
  }
  HirNode *node = emit_constant(builder, value_from_cell(cell));
  guard_bound(builder, emit_field(builder, node, offsetof(GlobalCell, value)));
  HirNode *unwatched = emit_1(builder, HIR_GUARD_FIELD_UNWATCHED, node);
  unwatched->payload.number = offsetof(GlobalCell, value);
  HirNode *store = emit_2(builder, HIR_STORE_FIELD, node, operand_a(builder));
  store->payload.number = offsetof(GlobalCell, value);
}

// Functions that only a closure comes with. Which builtins they see is asked of the globals each time, as somebody may
// put others there.
bool build_make_function(Builder *builder) {
  CodeScope *scope = builder->scope;
  unsigned with = instruction_auxiliary(builder->instruction);
  uint32_t first = instruction_b(builder->instruction);
  Value code = node_constant(get_register(builder, first));
  if (builder_failures(builder) > 0 || (with & ~8U) != 0 || !code || !value_is_code(code)) return false;
  HirNode *closure = with ? get_register(builder, first + 1) : builder->unbound;
  uint32_t captured = with && closure->op == HIR_NEW_TUPLE ? closure->input_count : 0;
  if (captured != value_as_code(code)->free_count) return false;
  Value globals = scope->globals;
  if (!value_is_dict(globals) || !(value_cell(globals)->flags & DICT_GLOBALS) ||
      function_builtins_named(globals) != scope->builtins)
    return false;
  const GlobalCell *cell = dict_global_cell(globals, NAME(__builtins__), false);
  HirNode *named = emit_field(builder, emit_constant(builder, value_from_cell(cell)), offsetof(GlobalCell, value));
  guard_identity(builder, named, gc_load(&cell->value));
  HirNode *inputs[] = {get_register(builder, first), emit_constant(builder, globals),
                       emit_constant(builder, scope->builtins), closure};
  HirNode *function = emit(builder, HIR_NEW_FUNCTION, 4, inputs);
  function->kinds = KIND_CELL;
  function->shape = SHAPE(FUNCTION);
  set_result(builder, function);
  return true;
}

// Closures. In an inlined function the closure's cells are constants.
void build_enter_closure(Builder *builder) {
  CodeScope *scope = builder->scope;
  Code *code = scope->code;
  uint32_t free_start = code->local_count + code->cell_count;
  if (code->cell_count == 0 && scope->known_function && scope->known_function->closure) {
    for (uint32_t i = 0; i < code->free_count; i++)
      set_register(builder, free_start + i, emit_constant(builder, tuple_item(scope->known_function->closure, i)));
    return;
  }
  if (code->cell_count == 0 && scope->caller) {
    HirNode *closure = emit_field(builder, scope->frame->function, offsetof(Function, closure));
    closure = guard_shape(builder, closure, SHAPE(TUPLE));
    for (uint32_t i = 0; i < code->free_count; i++) {
      HirNode *cell = emit_2(builder, HIR_TUPLE_GET, closure, emit_int(builder, i));
      set_register(builder, free_start + i, guard_shape(builder, cell, SHAPE(CELL)));
    }
    return;
  }
  HirNode *step = emit_0(builder, HIR_STEP);
  for (uint32_t i = 0; i < free_start + code->free_count; i++) {
    HirNode *node = emit_1(builder, HIR_LOAD_REGISTER, step);
    node->index = scope->frame->base + i;
    node->kinds = i < code->local_count ? KIND_ANY : KIND_CELL;
    if (i >= code->local_count) node->shape = SHAPE(CELL);
    if (i < code->local_count) node_set_hint(node, node_hint(get_register(builder, i)));
    set_register(builder, i, node);
  }
}

void build_load_cell(Builder *builder) {
  HirNode *cell = operand_b(builder);
  HirNode *value = emit_field(builder, cell, offsetof(ClosureCell, contents));
  set_result(builder, guard_bound(builder, value));
}

void build_store_cell(Builder *builder) {
  HirNode *store = emit_2(builder, HIR_STORE_FIELD, operand_a(builder), operand_b(builder));
  store->payload.number = offsetof(ClosureCell, contents);
}
