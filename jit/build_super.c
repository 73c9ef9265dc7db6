// super().method: looked up when the code is compiled, by the class of self and the class that the method was defined
// in. See build.h.
//
// The super object is never made: super() has no effects, so leaving between it and the method is leaving in front of
// it.
#include "jit/build_internal.h"

#include "runtime/object/str.h"
#include <string.h>

// The register of the free variable __class__, or UINT32_MAX.
static uint32_t class_register(const Code *code) {
  for (uint32_t i = 0; i < code->free_count; i++)
    if (str_equals_c(tuple_item(code->free_names, i), "__class__")) return code->local_count + code->cell_count + i;
  return UINT32_MAX;
}

bool build_uses_super(const Code *code) {
  return class_register(code) != UINT32_MAX;
}

// What the cell in that register holds by now.
static Value class_in_cell(const Builder *builder, uint32_t number) {
  const CodeScope *scope = builder->scope;
  Value cell;
  if (scope->known_function) {
    uint32_t index = number - scope->code->local_count - scope->code->cell_count;
    cell = scope->known_function->closure ? tuple_item(scope->known_function->closure, index) : NULL;
  } else {
    cell = scope->caller ? NULL : builder->vm_frame->registers[number];
  }
  return cell && VALUE_IS_EXACT(cell, CELL) ? gc_load(&((ClosureCell *)value_cell(cell))->contents) : NULL;
}

// Is the first argument moved to a cell, where the body may change it?
static bool self_is_captured(const Code *code) {
  for (uint32_t i = 0; code->cell_arguments && i < code->cell_count; i++)
    if (code->cell_arguments[i] == 1) return true;
  return false;
}

// The shape that self is likely to have.
static Shape *shape_of_self(const Builder *builder, const HirNode *self) {
  if (self->kinds == KIND_CELL && self->shape) return self->shape;
  if (builder->scope->caller) return NULL;
  Value value = builder->vm_frame->registers[0];
  return value && value_is_cell(value) ? cell_shape(value_cell(value)) : NULL;
}

// What the MRO of `class` has for `name` behind `start`; zero: nothing.
static Value find_behind(const Class *class, Value start, Value name) {
  Value mro = class->mro;
  if (!mro) return NULL;
  size_t i = 0, count = tuple_count(mro);
  while (i < count && tuple_item(mro, i) != start) i++;
  for (i++; i < count; i++) {
    Value found = dict_get_name(value_as_class(tuple_item(mro, i))->namespace_dict, name);
    if (found) return found;
  }
  return NULL;
}

bool build_super_method(Builder *builder) {
  const Code *code = builder->scope->code;
  uint32_t number = class_register(code);
  if (number == UINT32_MAX || code->argument_count == 0 || self_is_captured(code) || builder_failures(builder) > 0 ||
      builder->next_word >= code->word_count || builder->scope->block_at[builder->next_word])
    return false;
  Instruction next = __atomic_load_n(&code->words[builder->next_word], __ATOMIC_ACQUIRE);
  uint32_t result = instruction_a(builder->instruction);
  if (opcode_base[next & 0xff] != OP_LOAD_METHOD || instruction_b(next) != result || instruction_a(next) != result)
    return false;
  HirNode *self = get_register(builder, 0);
  Shape *shape = shape_of_self(builder, self);
  Value class = class_in_cell(builder, number);
  if (!shape || shape->class->flags & CLASS_IS_TYPE || !class || !value_is_class(class)) return false;
  Value found = find_behind(shape->class, class, builder_name(builder, instruction_c(next)));
  if (!found || !value_is_function(found)) return false;

  self = guard_shape(builder, self, shape);
  HirNode *version = emit_1(builder, HIR_GUARD_CLASS_VERSION, emit_constant(builder, value_from_cell(shape->class)));
  version->payload.number = atomic_load(&shape->class->version);
  HirNode *cell = get_register(builder, number);
  HirNode *contents = emit_field(builder, cell, offsetof(ClosureCell, contents));
  guard_identity(builder, contents, class);
  set_register(builder, result, emit_constant(builder, found));
  set_register(builder, result + 1, self);
  builder->skip_to = builder->next_word + 1 + opcode_information[OP_LOAD_METHOD].caches;
  return true;
}
