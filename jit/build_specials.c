// Operators of Python classes: the special methods that operators, comparisons and subscripts of instances lead to are
// called, and inlined, as if they had been named. See build.h.
//
// What the operands were stands in the profile. Behind guards on their shapes, and on what their classes have for the
// method, the call is known. It is the first step of the operation: when the method gives NotImplemented, the others
// follow in C (value_binary_declined); an inlined frame says so to the interpreter (FRAME_RETURNS_OPERAND).
#include "jit/build_internal.h"

#include "runtime/object/class.h"
#include "runtime/object/object.h"

typedef struct Operands {
  const Meeting *met;
  Class *classes[2];
  Value method;    // a Function
  Special special; // what it is called as
  unsigned asked;  // the operand whose class has it: 0 or 1
} Operands;

// Can the node be a value of the class, as far as is known? And is there a test for it?
static bool can_be(const HirNode *node, const Class *class, const Shape *shape) {
  if (class == BUILTIN(INT)) return !shape && (node->kinds & KIND_INT);
  if (class == BUILTIN(FLOAT)) return node->kinds & KIND_FLOAT;
  return shape && (node->kinds & KIND_CELL) && (node->kinds != KIND_CELL || !node->shape || node->shape == shape);
}

static bool is_instance(const Class *class) {
  return class->flags & CLASS_HEAP_TYPE;
}

static bool find_method(Operands *operands, unsigned asked, Special special, uint32_t count) {
  operands->asked = asked;
  operands->special = special;
  operands->method = operands->classes[asked]->special[special];
  return operands->method && value_is_function(operands->method) &&
         function_can_be_called(value_cell(operands->method), count);
}

static void set_classes(Operands *operands) {
  for (int i = 0; i < 2; i++) operands->classes[i] = value_as_class(operands->met->what[i]);
}

// Which method a binary operator asks first (operators.c). False: one that is not for here.
static bool find_binary(Operands *operands, BinaryOperator operator, bool in_place) {
  Class *left = operands->classes[0], *right = operands->classes[1];
  Special first = (Special)(SPECIAL_ADD + 3 * operator), reflected = (Special)(SPECIAL_RADD + 3 * operator);
  if (in_place && left->special[SPECIAL_IADD + 3 * operator]) return false;
  if (!is_instance(left)) // a number, which does not know what is on its right
    return (left == BUILTIN(INT) || left == BUILTIN(FLOAT)) &&
           !(right->flags & (CLASS_IS_INT | CLASS_IS_FLOAT | CLASS_IS_COMPLEX)) &&
           find_method(operands, 1, reflected, 2);
  if (left != right && class_is_subclass(right, left)) return false;
  return find_method(operands, 0, first, 2);
}

static bool find_comparison(Operands *operands, Comparison comparison) {
  Class *left = operands->classes[0], *right = operands->classes[1];
  if (!is_instance(left) || (left != right && class_is_subclass(right, left))) return false;
  return find_method(operands, 0, (Special)(SPECIAL_LESS + comparison), 2);
}

static HirNode *guard_operand(Builder *builder, HirNode *node, const Class *class, Shape *shape) {
  if (class == BUILTIN(INT)) return box_int(builder, as_int(builder, node));
  if (class == BUILTIN(FLOAT)) {
    as_double(builder, node);
    return node;
  }
  return guard_shape(builder, node, shape);
}

// What the class has for the method is what was found.
static void guard_method(Builder *builder, const Operands *operands) {
  HirNode *class = emit_constant(builder, value_from_cell(operands->classes[operands->asked]));
  size_t offset = offsetof(Class, special) + operands->special * sizeof(Value);
  guard_identity(builder, emit_field(builder, class, offset), operands->method);
}

// Calls the method with the operands, which have been guarded. False: not done, nothing has been emitted but guards.
static bool call_method(Builder *builder, const Operands *operands, HirNode **values, uint32_t count,
                        uint32_t destination, bool is_operand) {
  guard_method(builder, operands);
  HirNode *arguments[3] = {values[operands->asked], values[!operands->asked], count > 2 ? values[2] : NULL};
  builder->calls_operand = is_operand;
  bool done = build_known_call(builder, (Function *)value_cell(operands->method), arguments, count,
                               builder->scope->code->register_count, destination, NULL);
  builder->calls_operand = false;
  return done;
}

// The tests that tell this combination from the others; NULL: there is none.
static HirNode *test_operands(Builder *builder, const Operands *operands, HirNode **values) {
  HirNode *all = NULL;
  for (int i = 0; i < 2; i++) {
    HirNode *test;
    if (operands->classes[i] == BUILTIN(INT)) {
      test = emit_1(builder, HIR_IS_INT, values[i]);
    } else {
      test = emit_1(builder, HIR_HAS_SHAPE, values[i]);
      test->shape = operands->met->shapes[i];
    }
    all = all ? emit_2(builder, HIR_BOOL_AND, all, test) : test;
  }
  return all;
}

// Behind the call: the result is in its register, if anything is reached.
static void finish_operation(Builder *builder, HirNode *a, HirNode *b, RuntimeFunction declined, uint8_t operator) {
  if (!builder->block) return;
  HirNode *result = operand_a(builder);
  if (!(result->kinds & KIND_SPECIAL)) return; // which NotImplemented is
  fix_state(builder);
  HirNode *is_declined = emit_is(builder, result, emit_constant(builder, VALUE_NOT_IMPLEMENTED));
  Edge *ways = NULL;
  Fork way = begin_way(builder, is_declined);
  builder->block->is_cold = true;
  set_result(builder, emit_runtime(builder, declined, 3, (HirNode *[]){a, b, emit_int(builder, operator)}));
  emit_recheck(builder);
  end_way(builder, &way, &ways);
  add_way(builder, &ways);
  join_ways(builder, ways);
}

typedef struct Operation {
  uint8_t operator; // BinaryOperator or Comparison
  RuntimeFunction general, declined;
} Operation;

static void build_general(Builder *builder, const Operation *operation, HirNode *a, HirNode *b) {
  HirNode *operator = emit_int(builder, operation->operator);
  set_result(builder, emit_runtime(builder, operation->general, 3, (HirNode *[]){a, b, operator}));
  emit_recheck(builder);
}

static void build_case(Builder *builder, const Operation *operation, const Operands *operands, HirNode *a, HirNode *b) {
  HirNode *values[2] = {a, b};
  for (int i = 0; i < 2; i++)
    values[i] = guard_operand(builder, values[i], operands->classes[i], operands->met->shapes[i]);
  if (values[0] != a && a == b) values[1] = values[0];
  if (!call_method(builder, operands, values, 2, instruction_a(builder->instruction), true))
    build_general(builder, operation, a, b);
  else
    finish_operation(builder, a, b, operation->declined, operation->operator);
}

static bool build_cases(Builder *builder, const Operation *operation, const Operands *cases, uint32_t count, HirNode *a,
                        HirNode *b) {
  if (count == 1) {
    if (builder_failures(builder) > 0) return false;
    build_case(builder, operation, &cases[0], a, b);
    return true;
  }
  for (uint32_t i = 0; i < count; i++)
    for (int j = 0; j < 2; j++)
      if (cases[i].classes[j] == BUILTIN(FLOAT)) return false; // no test tells it
  fix_state(builder);
  Edge *ways = NULL;
  for (uint32_t i = 0; i < count; i++) {
    HirNode *fits = test_operands(builder, &cases[i], (HirNode *[]){a, b});
    Fork way = begin_way(builder, fits);
    build_case(builder, operation, &cases[i], a, b);
    end_way(builder, &way, &ways);
    builder->state = NULL;
  }
  build_general(builder, operation, a, b);
  add_way(builder, &ways);
  join_ways(builder, ways);
  return true;
}

// What the instruction has met, as far as methods of Python classes are the first to be asked.
static uint32_t find_cases(Builder *builder, Operands *cases, const HirNode *a, const HirNode *b) {
  const Meeting *met[PROFILE_MEETINGS];
  uint32_t count = profile_meetings(builder->scope->code, builder->word, met, PROFILE_MEETINGS), kept = 0;
  if (count > PROFILE_MEETINGS || builder_failures(builder) > 2) return 0;
  for (uint32_t i = 0; i < count; i++) {
    cases[kept] = (Operands){.met = met[i]};
    set_classes(&cases[kept]);
    if (can_be(a, cases[kept].classes[0], met[i]->shapes[0]) && can_be(b, cases[kept].classes[1], met[i]->shapes[1]))
      kept++;
  }
  return kept;
}

bool build_special_binary(Builder *builder, uint8_t operator, bool in_place, HirNode *a, HirNode *b) {
  Operands cases[PROFILE_MEETINGS];
  uint32_t count = find_cases(builder, cases, a, b);
  for (uint32_t i = 0; i < count; i++)
    if (!find_binary(&cases[i], (BinaryOperator)operator, in_place)) return false;
  Operation operation = {.operator = operator,
                         .general = in_place ? RUNTIME_BINARY_IN_PLACE : RUNTIME_BINARY,
                         .declined = in_place ? RUNTIME_BINARY_IN_PLACE_DECLINED : RUNTIME_BINARY_DECLINED};
  return count > 0 && build_cases(builder, &operation, cases, count, a, b);
}

bool build_special_compare(Builder *builder, uint8_t comparison, HirNode *a, HirNode *b) {
  Operands cases[PROFILE_MEETINGS];
  uint32_t count = find_cases(builder, cases, a, b);
  for (uint32_t i = 0; i < count; i++)
    if (!find_comparison(&cases[i], (Comparison)comparison)) return false;
  Operation operation = {.operator = comparison, .general = RUNTIME_COMPARE, .declined = RUNTIME_COMPARE_DECLINED};
  return count > 0 && build_cases(builder, &operation, cases, count, a, b);
}

bool build_special_item(Builder *builder, HirNode *container, HirNode *key, HirNode *value) {
  const Meeting *met;
  const Code *code = builder->scope->code;
  if (value && code_makes_generators(code)) return false; // no register is there for what __setitem__ gives
  if (builder_failures(builder) > 0 || profile_meetings(code, builder->word, &met, 1) != 1) return false;
  Operands operands = {.met = met};
  set_classes(&operands);
  Shape *shape = met->shapes[0];
  if (!shape || !is_instance(operands.classes[0]) || !can_be(container, operands.classes[0], shape) ||
      !find_method(&operands, 0, value ? SPECIAL_SETITEM : SPECIAL_GETITEM, value ? 3 : 2))
    return false;
  HirNode *values[3] = {guard_shape(builder, container, shape), key, value};
  // What __setitem__ gives is not needed: it goes above the frame.
  uint32_t destination = value ? code->register_count : instruction_a(builder->instruction);
  return call_method(builder, &operands, values, value ? 3 : 2, destination, false);
}
