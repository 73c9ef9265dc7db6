// super().method: looked up when the code is compiled, by the class of self and the class that the method was defined
// in. See build.h.
//
// The super object is never made: super() has no effects, so leaving between it and the method is leaving in front of
// it.
#include "jit/build_internal.h"

#include "runtime/object/attributes.h"
#include "runtime/object/exception.h"
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

enum : uint32_t { SELF_SHAPES = PROFILE_MEETINGS + 1 };

static void add_shape(Shape **shapes, uint32_t *count, Shape *shape) {
  if (!shape || !shape->class || (shape->class->flags & CLASS_IS_TYPE)) return;
  for (uint32_t i = 0; i < *count; i++)
    if (shapes[i] == shape) return;
  shapes[(*count)++] = shape;
}

// The shapes that self is likely to have: the one that is known, or what has been met.
static uint32_t shapes_of_self(const Builder *builder, const HirNode *self, Shape **shapes) {
  uint32_t count = 0;
  if (self->kinds == KIND_CELL && node_likely_shape(builder, self)) {
    add_shape(shapes, &count, node_likely_shape(builder, self));
    return count;
  }
  const Meeting *met[PROFILE_MEETINGS];
  uint32_t met_count = profile_meetings(builder->scope->code, builder->word, met, PROFILE_MEETINGS);
  if (met_count > PROFILE_MEETINGS) return 0;
  for (uint32_t i = 0; i < met_count; i++) add_shape(shapes, &count, met[i]->shapes[0]);
  Value value = builder->scope->caller ? NULL : builder->vm_frame->registers[0];
  if (value && value_is_cell(value)) add_shape(shapes, &count, cell_shape(value_cell(value)));
  return count;
}

// Self has the shape that `result` is for: the method goes to the register of the result, self behind it.
static void load_super_method(Builder *builder, HirNode *self, const LookupResult *result, uint32_t number) {
  uint32_t destination = instruction_a(builder->instruction);
  self = guard_shape(builder, self, result->shape);
  guard_valid(builder, result);
  HirNode *contents = emit_field(builder, get_register(builder, number), offsetof(ClosureCell, contents));
  guard_identity(builder, contents, result->receiver);
  set_register(builder, destination, emit_constant(builder, result->value));
  set_register(builder, destination + 1, self);
}

bool build_super_method(Builder *builder) {
  const Code *code = builder->scope->code;
  uint32_t number = class_register(code);
  if (number == UINT32_MAX || code->argument_count == 0 || self_is_captured(code) || builder_failures(builder) > 2 ||
      builder->next_word >= code->word_count || builder->scope->block_at[builder->next_word])
    return false;
  Instruction next = __atomic_load_n(&code->words[builder->next_word], __ATOMIC_ACQUIRE);
  uint32_t result = instruction_a(builder->instruction);
  if (opcode_base[next & 0xff] != OP_LOAD_METHOD || instruction_b(next) != result || instruction_a(next) != result)
    return false;
  HirNode *self = get_register(builder, 0);
  Shape *shapes[SELF_SHAPES];
  const LookupResult *found[SELF_SHAPES];
  Value class = class_in_cell(builder, number);
  uint32_t count = shapes_of_self(builder, self, shapes);
  if (count == 0 || !class || !value_is_class(class)) return false;
  for (uint32_t i = 0; i < count; i++) {
    found[i] = resolve_super_by_shape(shapes[i], value_as_class(class), builder_name(builder, instruction_c(next)));
    if (!found[i]) exception_clear();
    if (!found[i] || found[i]->kind != LOOKUP_METHOD || !lookup_is_valid(found[i])) return false;
  }
  Edge *ways = NULL;
  for (uint32_t i = 0; i + 1 < count; i++) {
    HirNode *fits = emit_1(builder, HIR_HAS_SHAPE, self);
    fits->shape = shapes[i];
    Fork way = begin_way(builder, fits);
    load_super_method(builder, self, found[i], number);
    end_way(builder, &way, &ways);
    builder->state = NULL;
  }
  load_super_method(builder, self, found[count - 1], number);
  builder->skip_to = builder->next_word + 1 + opcode_information[OP_LOAD_METHOD].caches;
  add_way(builder, &ways);
  split_ways(builder, ways);
  return true;
}
