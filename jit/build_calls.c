// Calls: inlining of small known functions, direct calls of other known ones, classes, built-in functions that compiled
// code does itself. See build.h.
#include "jit/build_internal.h"

#include "runtime/module/random_numbers.h"
#include "runtime/object/arguments.h"
#include "runtime/object/code_image.h"
#include "runtime/object/float.h"
#include "runtime/object/native.h"
#include "runtime/object/str.h"
#include "vm/call.h"
#include "vm/consumers.h"
#include <math.h>
#include <string.h>

static Code *code_of(const Function *function) {
  return value_as_code(gc_load(&function->code));
}

// Are its parameters positional ones and a *rest?
static bool takes_rest(const Code *code) {
  uint32_t flags = code->flags & (CODE_VARARGS | CODE_VARKEYWORDS | CODE_OPTIMIZED);
  return flags == (CODE_VARARGS | CODE_OPTIMIZED) && code->keyword_only_count == 0;
}

// Parameters that a call with `count` positional arguments leaves to defaults; -1: it does not fit.
static int missing_arguments(const Function *function, uint32_t count) {
  const Code *code = code_of(function);
  if (!code_is_complete(code)) return -1;
  if (!takes_rest(code) && (code->exact_count != code->argument_count || count > code->argument_count)) return -1;
  uint32_t missing = count < code->argument_count ? code->argument_count - count : 0;
  if (missing == 0) return 0;
  Value defaults = gc_load(&function->defaults);
  return defaults && VALUE_IS_EXACT(defaults, TUPLE) && tuple_count(defaults) >= missing ? (int)missing : -1;
}

bool function_can_be_called(const void *cell, uint32_t count) {
  const Function *function = cell;
  const Code *code = code_of(function);
  return code_is_complete(code) && code_is_trusted(code) && !code_makes_generators(code) && !code->is_foreign &&
         missing_arguments(function, count) >= 0 && code->argument_count <= 32;
}

// The deeper, the smaller: calls within calls multiply.
static bool is_worth_inlining(const Builder *builder, const Code *code) {
  uint32_t depth = builder->scope->frame->depth;
  if (code->word_count > BUILD_INLINE_WORD_LIMIT >> depth / 2 ||
      builder->function->node_count > builder->inline_node_limit || depth >= BUILD_INLINE_DEPTH ||
      code->cell_count > 0 || build_code_catches(code))
    return false;
  for (const CodeScope *scope = builder->scope; scope; scope = scope->caller)
    if (scope->code == code) return false;
  return true;
}

uint32_t callee_base(const Builder *builder, uint32_t base) {
  const CodeScope *scope = builder->scope;
  return code_makes_generators(scope->code) ? scope->code->register_count : base;
}

// A call that is inlined: of a function that is known, or of any with this code and these namespaces.
typedef struct Callee {
  Code *code;
  Function *function; // NULL: not known
  HirNode *node;      // the function
  Value globals, builtins;
  const Consumption *consumption; // of a generator expression's copy; NULL: it is called by the current instruction
} Callee;

static void inline_call(Builder *builder, const Callee *callee, HirNode **arguments, uint32_t count, uint32_t base,
                        uint32_t destination, HirNode *instance) {
  CodeScope *caller = builder->scope;
  Code *code = callee->code;
  const Consumption *consumption = callee->consumption;
  for (uint32_t i = base; i < callee_base(builder, base); i++) set_register(builder, i, NULL);
  base = callee_base(builder, base);
  HirInline *frame = hir_allocate(builder->function, sizeof *frame);
  *frame = (HirInline){
      .caller = caller->frame,
      .code = code,
      .function = callee->node,
      .globals = callee->globals,
      .builtins = callee->builtins,
      .is_operand = builder->calls_operand,
      .instance = instance,
      .base = caller->frame->base + base,
      .variables = code_named_count(code),
      .call_word = consumption ? (uint32_t)(consumption->call - caller->code->words) : builder->word,
      .depth = caller->frame->depth + 1,
      .return_register = (uint16_t)destination,
      .return_words = consumption ? consumption->words : (uint16_t)(builder->next_word - builder->word),
  };
  CodeScope scope = {.frame = frame,
                     .code = code,
                     .known_function = callee->function,
                     .globals = callee->globals,
                     .builtins = callee->builtins};
  builder->calls_operand = false;
  uint32_t word = builder->word, next_word = builder->next_word;
  Instruction instruction = builder->instruction;
  if (frame->base + code->register_count >= BUILD_REGISTER_LIMIT) compile_give_up("too many registers");
  for (uint32_t i = 0; i <= code->register_count; i++)
    builder->registers[frame->base + i] = i < count ? arguments[i] : i < frame->variables ? builder->unbound : NULL;
  build_scope(builder, &scope, 0);
  builder->word = word;
  builder->next_word = next_word;
  builder->instruction = instruction;
  builder->state = NULL;
  HirNode *result = leave_scope(builder, &scope);
  if (result) set_register(builder, destination, instance ? instance : result);
}

// What a *rest parameter is bound to.
static HirNode *rest_of_arguments(Builder *builder, HirNode **arguments, uint32_t count) {
  if (count == 0) return emit_constant(builder, tuple_empty);
  HirNode *tuple = emit(builder, HIR_NEW_TUPLE, count, arguments);
  tuple->kinds = KIND_CELL;
  tuple->shape = SHAPE(TUPLE);
  return tuple;
}

bool build_known_call(Builder *builder, Function *function, HirNode **arguments, uint32_t count, uint32_t base,
                      uint32_t destination, HirNode *instance) {
  if (!function_can_be_called(function, count)) return false;
  Code *code = code_of(function);
  uint32_t version = atomic_load(&function->version);
  HirNode *known = emit_constant(builder, value_from_cell(function));
  HirNode *guard = emit_1(builder, HIR_GUARD_VERSION, known);
  guard->payload.number = version;
  HirNode *all[34];
  all[0] = known;
  // Another thread may be assigning them: then the version that is guarded is no longer the function's.
  Value defaults = gc_load(&function->defaults);
  size_t default_count = defaults && VALUE_IS_EXACT(defaults, TUPLE) ? tuple_count(defaults) : 0;
  for (uint32_t i = 0; i < code->argument_count; i++) {
    uint32_t from_end = code->argument_count - i;
    if (i < count && arguments[i])
      all[1 + i] = arguments[i];
    else if (from_end <= default_count)
      all[1 + i] = emit_constant(builder, tuple_item(defaults, default_count - from_end));
    else
      return false;
  }
  uint32_t given = count;
  count = code->argument_count;
  if (takes_rest(code)) {
    all[1 + count] = rest_of_arguments(builder, arguments + count, given > count ? given - count : 0);
    count++;
  }
  if (is_worth_inlining(builder, code)) {
    Callee callee = {code, function, known, function->globals, function->builtins, NULL};
    inline_call(builder, &callee, all + 1, count, base, destination, instance);
    return true;
  }
  if (instance) return false; // __init__ is only inlined
  HirNode *call = emit(builder, HIR_CALL_FUNCTION, count + 1, all);
  call->index = builder->scope->frame->base + callee_base(builder, base);
  set_register(builder, destination, call);
  emit_recheck(builder);
  return true;
}

static bool class_makes_empty_instances(const Class *class) {
  const Class *metaclass = cell_shape(&class->head)->class, *object = BUILTIN(OBJECT);
  return class->special[SPECIAL_NEW] == object->special[SPECIAL_NEW] &&
         class->special[SPECIAL_INIT] == object->special[SPECIAL_INIT] &&
         metaclass->special[SPECIAL_CALL] == BUILTIN(TYPE)->special[SPECIAL_CALL] &&
         !(class->flags & (CLASS_ABSTRACT | CLASS_NO_NEW | CLASS_VARIABLE_SIZE));
}

// A class whose instances object.__new__ makes and a Python __init__, or none, fills in.
static bool build_instance(Builder *builder, Class *class, HirNode **arguments, uint32_t count, uint32_t base) {
  Value initialize = class_plain_init(class);
  bool no_init = !initialize && count == 0 && class_makes_empty_instances(class);
  if (!no_init && (!initialize || !function_can_be_called(value_cell(initialize), count + 1) ||
                   !is_worth_inlining(builder, code_of((Function *)value_cell(initialize)))))
    return false;
  if (class->flags & CLASS_HAS_DEL || !(class->flags & CLASS_HEAP_TYPE)) return false;
  // What holds now of the class (its metaclass, __new__, __init__, abstractness) holds while its version does.
  HirNode *known = emit_constant(builder, value_from_cell(class));
  HirNode *guard = emit_1(builder, HIR_GUARD_CLASS_VERSION, known);
  guard->payload.number = atomic_load(&class->version);
  HirNode *instance = emit_0(builder, HIR_NEW_INSTANCE);
  instance->payload.value = value_from_cell(class);
  instance->kinds = KIND_CELL;
  node_set_shape(builder, instance, class->instance_shape);
  uint32_t destination = instruction_a(builder->instruction);
  if (no_init) {
    set_register(builder, destination, instance);
    return true;
  }
  HirNode *all[34];
  all[0] = instance;
  for (uint32_t i = 0; i < count; i++) all[1 + i] = arguments[i];
  return build_known_call(builder, (Function *)value_cell(initialize), all, count + 1, base, destination, instance);
}

// range(stop), range(start, stop), range(start, stop, step) of small ints, the step a constant.
static bool build_range(Builder *builder, HirNode **arguments, uint32_t count) {
  if (count == 0 || count > 3 || builder_failures(builder) > 0) return false;
  for (uint32_t i = 0; i < count; i++)
    if (!(arguments[i]->kinds & KIND_INT)) return false;
  Value step = count == 3 ? node_constant(arguments[2]) : value_from_small_int(1);
  if (!step || !value_is_small_int(step) || value_small_int(step) == 0) return false;
  HirNode *inputs[] = {count > 1 ? as_int(builder, arguments[0]) : emit_int(builder, 0),
                       as_int(builder, arguments[count > 1]), emit_int(builder, value_small_int(step))};
  HirNode *made = emit(builder, HIR_NEW_RANGE, 3, inputs);
  made->kinds = KIND_CELL;
  made->shape = SHAPE(RANGE);
  set_result(builder, made);
  return true;
}

// Built-in functions

typedef bool Intrinsic(Builder *builder, HirNode **arguments, uint32_t count);

static bool set_int(Builder *builder, HirNode *number) {
  set_result(builder, box_int(builder, number));
  return true;
}
static bool set_double(Builder *builder, HirNode *number) {
  set_result(builder, box_double(builder, number));
  return true;
}

static bool intrinsic_len(Builder *builder, HirNode **arguments, uint32_t count) {
  if (count != 1) return false;
  HirNode *value = arguments[0];
  if (value->kinds == KIND_CELL && value->shape == SHAPE(LIST))
    return set_int(builder, emit_1(builder, HIR_LIST_COUNT, value));
  if (value->kinds == KIND_CELL && value->shape == SHAPE(TUPLE))
    return set_int(builder, emit_1(builder, HIR_TUPLE_COUNT, value));
  bool tries = builder_failures(builder) == 0;
  HirNode *length = emit_runtime(builder, tries ? RUNTIME_TRY_LENGTH : RUNTIME_LENGTH, 1, &value);
  length->kinds = KIND_INT;
  set_result(builder, length);
  if (!tries) emit_recheck(builder);
  return true;
}
static bool intrinsic_sqrt(Builder *builder, HirNode **arguments, uint32_t count) {
  if (count != 1 || !(arguments[0]->kinds & (KIND_FLOAT | KIND_INT))) return false;
  return set_double(builder, emit_1(builder, HIR_DOUBLE_SQRT, number_as_double(builder, arguments[0])));
}
static bool call_of_double(Builder *builder, HirNode **arguments, uint32_t count, double (*function)(double)) {
  if (count != 1 || !(arguments[0]->kinds & (KIND_FLOAT | KIND_INT))) return false;
  HirNode *x = number_as_double(builder, arguments[0]);
  // Where the C function has an error, the interpreter raises: what is not finite is left to it.
  HirNode *call = emit_1(builder, HIR_DOUBLE_CALL, x);
  call->payload.pointer = (const void *)function;
  HirNode *result = emit_1(builder, HIR_GUARD_FINITE, call);
  return set_double(builder, result);
}
#define CALL_OF_DOUBLE(name)                                                                                           \
  static bool intrinsic_##name(Builder *builder, HirNode **arguments, uint32_t count) {                                \
    return call_of_double(builder, arguments, count, name);                                                            \
  }
CALL_OF_DOUBLE(sin)
CALL_OF_DOUBLE(cos)
CALL_OF_DOUBLE(tan)
CALL_OF_DOUBLE(atan)
CALL_OF_DOUBLE(exp)
CALL_OF_DOUBLE(log)

static bool intrinsic_append(Builder *builder, HirNode **arguments, uint32_t count) {
  if (count != 2) return false;
  HirNode *list = guard_shape(builder, arguments[0], SHAPE(LIST));
  emit_2(builder, HIR_LIST_APPEND, list, arguments[1]);
  set_result(builder, emit_constant(builder, VALUE_NONE));
  return true;
}

static bool intrinsic_isinstance(Builder *builder, HirNode **arguments, uint32_t count) {
  // Exact built-in classes, of which no subclass hooks can say anything else.
  if (count != 2) return false;
  Value class = node_constant(arguments[1]);
  if (!class || !value_is_class(class)) return false;
  HirNode *value = arguments[0];
  bool answer;
  if (value->kinds == KIND_INT && class == value_from_cell(BUILTIN(INT)))
    answer = true;
  else if (value->kinds == KIND_FLOAT && class == value_from_cell(BUILTIN(FLOAT)))
    answer = true;
  else if (value->kinds == KIND_CELL && value->shape && hir_shape_is_stable(value->shape) &&
           class == value_from_cell(value->shape->class))
    answer = true;
  else {
    if (builder_failures(builder) > 0) return false;
    HirNode *found = emit_runtime(builder, RUNTIME_TRY_IS_INSTANCE, 2, arguments);
    found->kinds = KIND_BOOL;
    set_result(builder, found);
    return true;
  }
  set_result(builder, emit_constant(builder, value_from_bool(answer)));
  return true;
}

// getattr(), hasattr() and setattr() of a name that is known: a constant, or an attribute of one, such as the name that
// a descriptor was given by __set_name__, which is guarded. Interned; NULL: not known.
Value build_known_name(Builder *builder, HirNode *node) {
  Value name = node_constant(node);
  HirNode *load = strip_guards(node);
  Value owner = load->op == HIR_LOAD_FIELD ? node_constant(strip_guards(load->inputs[0])) : NULL;
  if (owner) name = gc_load(cell_word(value_cell(owner), (size_t)load->payload.number));
  if (!name || !VALUE_IS_EXACT(name, STR)) return NULL;
  if (owner) guard_identity(builder, node, name);
  Value interned = str_is_interned(name) ? name : str_intern(name);
  if (!interned) exception_clear();
  return interned;
}
static bool intrinsic_getattr(Builder *builder, HirNode **arguments, uint32_t count) {
  if ((count != 2 && count != 3) || builder_failures(builder) > 2) return false;
  Value name = build_known_name(builder, arguments[1]);
  if (!name) return false;
  if (build_get_by_name(builder, arguments[0], name, count == 3 ? arguments[2] : NULL)) return true;
  if (builder_failures(builder) > 1) return false;
  HirNode *inputs[] = {arguments[0], emit_constant(builder, name), count == 3 ? arguments[2] : NULL};
  RuntimeFunction which = count == 2 ? RUNTIME_TRY_ATTRIBUTE : RUNTIME_TRY_ATTRIBUTE_OR;
  set_result(builder, emit_runtime(builder, which, count, inputs));
  return true;
}
static bool intrinsic_hasattr(Builder *builder, HirNode **arguments, uint32_t count) {
  if (count != 2 || builder_failures(builder) > 1) return false;
  Value name = build_known_name(builder, arguments[1]);
  if (!name) return false;
  if (builder_failures(builder) == 0 && build_has_by_name(builder, arguments[0], name)) return true;
  HirNode *found =
      emit_runtime(builder, RUNTIME_TRY_HAS_ATTRIBUTE, 2, (HirNode *[]){arguments[0], emit_constant(builder, name)});
  found->kinds = KIND_BOOL;
  set_result(builder, found);
  return true;
}
static bool intrinsic_setattr(Builder *builder, HirNode **arguments, uint32_t count) {
  if (count != 3 || builder_failures(builder) > 0) return false;
  Value name = build_known_name(builder, arguments[1]);
  return name && build_set_by_name(builder, arguments[0], name, arguments[2], ACCESS_STORE);
}
// object.__init__(), mostly as super().__init__()
static bool intrinsic_object_init(Builder *builder, HirNode **, uint32_t count) {
  if (count != 1) return false;
  set_result(builder, emit_constant(builder, VALUE_NONE));
  return true;
}
// object.__setattr__(), mostly as super().__setattr__()
static bool intrinsic_object_setattr(Builder *builder, HirNode **arguments, uint32_t count) {
  if (count != 3 || builder_failures(builder) > 0) return false;
  Value name = build_known_name(builder, arguments[1]);
  return name && build_set_by_name(builder, arguments[0], name, arguments[2], ACCESS_OBJECT_STORE);
}

static const struct {
  const char *module; // of a function; NULL: a method of `class`
  ClassId class;
  const char *name;
  Intrinsic *build;
} intrinsics[] = {
    {"builtins", 0, "len", intrinsic_len},
    {"builtins", 0, "abs", intrinsic_abs},
    {"builtins", 0, "max", intrinsic_max},
    {"builtins", 0, "min", intrinsic_min},
    {"builtins", 0, "isinstance", intrinsic_isinstance},
    {"builtins", 0, "getattr", intrinsic_getattr},
    {"builtins", 0, "hasattr", intrinsic_hasattr},
    {"builtins", 0, "setattr", intrinsic_setattr},
    {"_operator", 0, "index", intrinsic_index},
    {"math", 0, "sqrt", intrinsic_sqrt},
    {"math", 0, "sin", intrinsic_sin},
    {"math", 0, "cos", intrinsic_cos},
    {"math", 0, "tan", intrinsic_tan},
    {"math", 0, "atan", intrinsic_atan},
    {"math", 0, "exp", intrinsic_exp},
    {"math", 0, "log", intrinsic_log},
    {NULL, CLASS_OBJECT, "__setattr__", intrinsic_object_setattr},
    {NULL, CLASS_OBJECT, "__init__", intrinsic_object_init},
    {NULL, CLASS_LIST, "append", intrinsic_append},
    {NULL, CLASS_INT, "bit_length", intrinsic_bit_length},
};

static bool build_intrinsic(Builder *builder, Value callee, HirNode **arguments, uint32_t count) {
  bool is_slot = VALUE_IS_EXACT(callee, SLOT_WRAPPER), is_method = is_slot || VALUE_IS_EXACT(callee, METHOD_DESCRIPTOR);
  if (!is_method && !VALUE_IS_EXACT(callee, BUILTIN_FUNCTION)) return false;
  const NativeObject *native = (const NativeObject *)value_cell(callee);
  if (is_method && native->method->function.f1 == random_random) return intrinsic_random(builder, arguments, count);
  for (size_t i = 0; i < sizeof intrinsics / sizeof *intrinsics; i++) {
    if (strcmp(intrinsics[i].name, native->method->name) != 0) continue;
    if (is_method) {
      if (intrinsics[i].module || native->owner != value_from_cell(builtin_classes[intrinsics[i].class])) continue;
    } else if (!intrinsics[i].module || native->owner || !native->module ||
               !str_equals_c(native->module, intrinsics[i].module))
      continue;
    if (intrinsics[i].build(builder, arguments, count)) return true;
    break;
  }
  return !is_slot && build_native(builder, callee, arguments, count);
}

// type(value)
static bool build_type_of(Builder *builder, HirNode *value) {
  Class *class = value->kinds == KIND_INT     ? BUILTIN(INT)
                 : value->kinds == KIND_FLOAT ? BUILTIN(FLOAT)
                 : value->kinds == KIND_CELL && value->shape && node_has_shape(builder, value, value->shape)
                     ? value->shape->class
                     : NULL;
  if (class)
    set_result(builder, emit_constant(builder, value_from_cell(class)));
  else
    set_result(builder, emit_runtime(builder, RUNTIME_TRY_TYPE, 1, &value));
  return true;
}

// The call instruction

void build_call_general(Builder *builder) {
  HirNode *call = emit_0(builder, HIR_CALL_INSTRUCTION);
  call->index = builder->scope->frame->base + instruction_b(builder->instruction);
  set_result(builder, call);
  emit_recheck(builder);
}

bool build_constant_call(Builder *builder, Value known, HirNode **arguments, uint32_t count, uint32_t first) {
  if (value_is_function(known))
    return build_known_call(builder, (Function *)value_cell(known), arguments, count, first,
                            instruction_a(builder->instruction), NULL);
  if (known == value_from_cell(BUILTIN(RANGE))) return build_range(builder, arguments, count);
  if (known == value_from_cell(BUILTIN(ZIP))) return build_pairs(builder, SHAPE(ZIP), arguments, count);
  if (known == value_from_cell(BUILTIN(ENUMERATE))) return build_pairs(builder, SHAPE(ENUMERATE), arguments, count);
  if (known == value_from_cell(BUILTIN(TYPE)) && count == 1) return build_type_of(builder, arguments[0]);
  if (known == value_from_cell(BUILTIN(INT))) return build_int_of_number(builder, arguments, count);
  if (known == value_from_cell(BUILTIN(FLOAT))) return build_float_of_number(builder, arguments, count);
  if (known == value_from_cell(BUILTIN(STR)) && count == 1 && builder_failures(builder) == 0) {
    set_result(builder, emit_runtime(builder, RUNTIME_TRY_STR, 1, arguments));
    return true;
  }
  if (value_is_class(known)) return build_instance(builder, value_as_class(known), arguments, count, first - 1);
  return build_intrinsic(builder, known, arguments, count);
}

enum : uint32_t { CALLEE_CASES = 4 };

// Different receivers have led to different functions: the callee is one of a few constants, or something else. One way
// for each.
static bool build_one_of(Builder *builder, HirNode *callee, HirNode **arguments, uint32_t count, uint32_t first) {
  if (callee->op != HIR_PHI || callee->input_count > 2 * CALLEE_CASES) return false;
  Value cases[CALLEE_CASES];
  uint32_t case_count = 0;
  bool is_open = false;
  for (uint32_t i = 0; i < callee->input_count; i++) {
    Value value = node_constant(callee->inputs[i]);
    if (!value || !value_is_function(value)) {
      is_open = true;
      continue;
    }
    uint32_t j = 0;
    while (j < case_count && cases[j] != value) j++;
    if (j == CALLEE_CASES) return false;
    if (j == case_count) cases[case_count++] = value;
  }
  const Meeting *met;
  bool is_one_code = is_open && profile_meetings(builder->scope->code, builder->word, &met, 1) == 1;
  if (case_count == 0 || is_one_code) return false; // of one code they are better known by that
  fix_state(builder);
  Edge *ways = NULL;
  for (uint32_t i = 0; i < (is_open ? case_count : case_count - 1); i++) {
    Fork way = begin_way(builder, emit_is(builder, callee, emit_constant(builder, cases[i])));
    if (!build_constant_call(builder, cases[i], arguments, count, first)) build_call_general(builder);
    end_way(builder, &way, &ways);
    builder->state = NULL;
  }
  if (is_open || !build_constant_call(builder, cases[case_count - 1], arguments, count, first))
    build_call_general(builder);
  add_way(builder, &ways);
  join_ways(builder, ways);
  return true;
}

static bool can_inline_any(const Builder *builder, const Meeting *met, uint32_t count) {
  if (!value_is_code(met->what[0])) return false;
  const Code *code = value_as_code(met->what[0]);
  return code_is_complete(code) && code_is_trusted(code) && code->exact_count == count && !build_uses_super(code) &&
         !code->is_foreign && !(code->flags & (CODE_GENERATOR | CODE_COROUTINE | CODE_ASYNC_GENERATOR)) &&
         is_worth_inlining(builder, code);
}

static void guard_namespaces(Builder *builder, HirNode *function, const Meeting *met) {
  guard_identity(builder, emit_field(builder, function, offsetof(Function, globals)), met->what[1]);
  guard_identity(builder, emit_field(builder, function, offsetof(Function, builtins)), met->what[2]);
}

static void inline_any(Builder *builder, HirNode *function, const Meeting *met, HirNode **arguments, uint32_t count,
                       uint32_t first) {
  guard_namespaces(builder, function, met);
  Callee callee = {value_as_code(met->what[0]), NULL, function, met->what[1], met->what[2], NULL};
  inline_call(builder, &callee, arguments, count, first, instruction_a(builder->instruction), NULL);
}

// A generator expression whose generator is consumed by the next instruction: a call of the copy of its code that does
// so itself (vm/consumers.h). False: not done.
static bool build_consumed(Builder *builder, HirNode *callee, HirNode **arguments, uint32_t count, uint32_t first) {
  const Code *caller = builder->scope->code;
  const Instruction *pc = caller->words + builder->word;
  const Meeting *met[CALLEE_CASES];
  int consumer = consumption_callee(caller, pc);
  if (consumer < 0 || count != 1 || builder_failures(builder) > 0) return false;
  if (profile_meetings(caller, builder->word, met, CALLEE_CASES) != 1 || !value_is_code(met[0]->what[0])) return false;
  Consumption found = consumption_by(caller, pc, node_constant(get_register(builder, (uint32_t)consumer)));
  if (found.consumer == CONSUMER_NONE) return false;
  bool is_method =
      opcode_base[build_load_word(caller, (uint32_t)(found.call - caller->words)) & 0xff] == OP_CALL_METHOD;
  if (is_method && get_register(builder, (uint32_t)consumer + 1)->kinds & KIND_UNBOUND) return false;
  Code *code = consumer_code(value_as_code(met[0]->what[0]), found.consumer);
  if (!code || !is_worth_inlining(builder, code)) return false;
  HirNode *function = guard_shape(builder, callee, SHAPE(FUNCTION));
  guard_identity(builder, emit_field(builder, function, offsetof(Function, code)), met[0]->what[0]);
  guard_namespaces(builder, function, met[0]);
  Callee known = {code, NULL, function, met[0]->what[1], met[0]->what[2], &found};
  inline_call(builder, &known, arguments, count, first, found.destination, NULL);
  builder->skip_to = (uint32_t)(found.call - caller->words) + found.words;
  return true;
}

// A function that is made anew each time, or handed in from somewhere: what is known is its code.
static bool build_call_by_code(Builder *builder, HirNode *callee, HirNode **arguments, uint32_t count, uint32_t first) {
  const Meeting *met[CALLEE_CASES];
  uint32_t case_count = profile_meetings(builder->scope->code, builder->word, met, CALLEE_CASES);
  if (case_count == 0 || case_count > CALLEE_CASES || builder_failures(builder) >= case_count) return false;
  if (!(callee->kinds & KIND_CELL) || (callee->shape && callee->shape != SHAPE(FUNCTION))) return false;
  for (uint32_t i = 0; i < case_count; i++)
    if (!can_inline_any(builder, met[i], count)) return false;
  fix_state(builder);
  HirNode *function = guard_shape(builder, callee, SHAPE(FUNCTION));
  HirNode *code = emit_field(builder, function, offsetof(Function, code));
  if (case_count == 1) {
    guard_identity(builder, code, met[0]->what[0]);
    inline_any(builder, function, met[0], arguments, count, first);
    return true;
  }
  Edge *ways = NULL;
  for (uint32_t i = 0; i < case_count; i++) {
    Fork way = begin_way(builder, emit_is(builder, code, emit_constant(builder, met[i]->what[0])));
    inline_any(builder, function, met[i], arguments, count, first);
    end_way(builder, &way, &ways);
    builder->state = NULL;
  }
  build_call_general(builder);
  add_way(builder, &ways);
  join_ways(builder, ways);
  return true;
}

// A native function or a bound method that is called by another name: a local one, a default's, a closure's.
static bool build_met_native(Builder *builder, HirNode *callee, HirNode **arguments, uint32_t count, uint32_t first) {
  const Meeting *met;
  if (builder_failures(builder) > 0 || !(callee->kinds & KIND_CELL)) return false;
  if (profile_meetings(builder->scope->code, builder->word, &met, 1) != 1) return false;
  Value what = met->what[0];
  if (VALUE_IS_EXACT(what, BUILTIN_FUNCTION)) {
    guard_identity(builder, callee, what);
    return build_constant_call(builder, what, arguments, count, first);
  }
  if (!VALUE_IS_EXACT(what, METHOD_DESCRIPTOR)) return false;
  HirNode *bound = guard_shape(builder, callee, SHAPE(BUILTIN_FUNCTION));
  HirNode *guard = emit_1(builder, HIR_GUARD_NATIVE, bound);
  guard->payload.number = (int64_t)(uintptr_t)((NativeObject *)value_cell(what))->method;
  HirNode *self = emit_1(builder, HIR_LOAD_FIXED, bound);
  self->payload.number = offsetof(NativeObject, self);
  HirNode *all[32] = {guard_shape(builder, self, met->shapes[0])};
  memcpy(all + 1, arguments, count * sizeof *arguments);
  return build_constant_call(builder, what, all, count + 1, first - 1);
}

void build_call(Builder *builder, bool is_method) {
  uint32_t base = instruction_b(builder->instruction), count = instruction_c(builder->instruction);
  HirNode *callee = get_register(builder, base);
  Value known = node_constant(callee);
  uint32_t first = base + 1;
  bool self_is_clear = true;
  if (is_method) {
    HirNode *self = get_register(builder, base + 1);
    self_is_clear = self->kinds == KIND_UNBOUND || !(self->kinds & KIND_UNBOUND);
    if (self->kinds == KIND_UNBOUND)
      first++;
    else
      count++;
  }
  if (!self_is_clear || count > 30 || builder_failures(builder) > 3) {
    build_call_general(builder);
    return;
  }
  if (!is_method && count == 0 && known == value_from_cell(BUILTIN(SUPER)) && build_super_method(builder)) return;
  HirNode *arguments[32];
  for (uint32_t i = 0; i < count; i++) arguments[i] = get_register(builder, first + i);
  HirNode *method = strip_guards(callee);
  if (method->op == HIR_NEW_METHOD) { // a bound method that was just made: its function, with self
    memmove(arguments + 1, arguments, count * sizeof *arguments);
    arguments[0] = method->inputs[1];
    known = node_constant(method->inputs[0]);
    count++;
    first--;
  }
  bool done = known ? builder_failures(builder) < 3 && build_constant_call(builder, known, arguments, count, first)
                    : build_one_of(builder, callee, arguments, count, first) ||
                          build_met_native(builder, callee, arguments, count, first) ||
                          build_consumed(builder, callee, arguments, count, first) ||
                          build_call_by_code(builder, callee, arguments, count, first);
  if (!done) build_call_general(builder);
}
