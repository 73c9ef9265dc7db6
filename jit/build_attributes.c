// Attributes and methods: what inline caches have seen, acted out. See build.h.
#include "jit/build_internal.h"

#include "runtime/module/_collections.h"
#include "runtime/object/class.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/dict.h"
#include "vm/attribute_cache.h"

typedef struct Cases {
  const LookupResult *results[ATTRIBUTE_CASES];
  unsigned count;
} Cases;

static void add_case(Cases *cases, const LookupResult *result) {
  if (lookup_is_valid(result)) cases->results[cases->count++] = result;
}

// What the current instruction's cache has.
static Cases cached_cases(Builder *builder) {
  Cases cases = {.count = 0};
  Value cache = (Value)__atomic_load_n(&builder->scope->code->words[builder->word + 1], __ATOMIC_ACQUIRE);
  if (!cache) return cases;
  if (cache_is_result(cache)) {
    add_case(&cases, (const LookupResult *)value_cell(cache));
    return cases;
  }
  const AttributeCases *several = cache_as_cases(cache);
  for (unsigned i = 0; i < ATTRIBUTE_CASES && several->results[i]; i++)
    add_case(&cases, (const LookupResult *)value_cell(several->results[i]));
  return cases;
}

// An object whose shape is known needs no more than what holds for that, whatever else the instruction has met.
static bool narrow_cases(Builder *builder, Cases *cases, const HirNode *object, LookupAccess access) {
  if (cases->count == 0 || !object->shape || !node_has_shape(builder, object, object->shape)) return false;
  Value name = builder_name(builder, instruction_c(builder->instruction));
  const LookupResult *result = resolve_attribute_by_shape(object->shape, name, access);
  if (!result) exception_clear();
  if (!result || !lookup_is_valid(result)) return false;
  cases->results[0] = result;
  cases->count = 1;
  return true;
}

// The object is one that `result` is for.
static HirNode *guard_result(Builder *builder, HirNode *object, const LookupResult *result) {
  // The receiver itself may have been given another class: its shape tells.
  if (result->receiver) object = guard_identity(builder, object, result->receiver);
  object = guard_shape(builder, object, result->shape);
  guard_valid(builder, result);
  return object;
}

// Can a slot be reached by loads? What is not in the object is in its overflow cell, which another thread may be
// replacing, and which cells of variable size have at their end.
static bool slot_can_be_reached(const LookupResult *result) {
  const Shape *shape = result->shape;
  return result->slot < shape->inline_capacity || (!threads_started && !(shape->flags & SHAPE_TAIL_EXTRA));
}

// Where it stands then.
typedef struct SlotPlace {
  HirNode *cell;
  size_t offset;
} SlotPlace;
static SlotPlace slot_place(Builder *builder, HirNode *object, const LookupResult *result) {
  const Shape *shape = result->shape;
  if (result->slot < shape->inline_capacity) return (SlotPlace){object, shape_slot_offset(shape, result->slot)};
  HirNode *overflow = emit_field(builder, object, shape->attributes_offset);
  overflow->kinds = KIND_CELL;
  return (SlotPlace){overflow, offsetof(Overflow, slots) + (result->slot - shape->inline_capacity) * sizeof(Value)};
}

static HirNode *load_slot(Builder *builder, HirNode *object, const LookupResult *result) {
  HirNode *value;
  if (slot_can_be_reached(result)) {
    SlotPlace place = slot_place(builder, object, result);
    // What the shape names is there: an attribute is stored before its shape is, and deleted while the world stands
    // still.
    value = emit_field(builder, place.cell, place.offset);
    value->kinds = KIND_BOUND;
  } else {
    value = emit_1(builder, HIR_LOAD_SLOT, object);
    value->index = result->slot;
    value->shape = result->shape;
    value->kinds = KIND_ANY;
  }
  return guard_bound(builder, value);
}

static HirNode *new_method(Builder *builder, Value function, HirNode *self) {
  HirNode *method = emit_2(builder, HIR_NEW_METHOD, emit_constant(builder, function), self);
  method->kinds = KIND_CELL;
  method->shape = SHAPE(METHOD);
  return method;
}

// A field of a namedtuple: its getter is no Python code, but known.
static bool is_tuple_field(const LookupResult *result) {
  Class *class = result->shape->class;
  return result->kind == LOOKUP_DATA_DESCRIPTOR && (class->flags & CLASS_IS_TUPLE) && collections.tuple_getter &&
         value_class(result->value) == collections.tuple_getter;
}

// object.__class__
static bool is_class_property(const LookupResult *result) {
  return result->kind == LOOKUP_NATIVE_PROPERTY && result->name == NAME(__class__) &&
         result->owner == value_from_cell(BUILTIN(OBJECT));
}

// The value of the attribute for an object that `result` is for; NULL where a call or something unusual is needed.
// Nothing has been emitted then.
static HirNode *load_simple(Builder *builder, HirNode *object, const LookupResult *result) {
  switch (result->kind) {
  case LOOKUP_SLOT:
    return load_slot(builder, guard_result(builder, object, result), result);
  case LOOKUP_MEMBER: {
    object = guard_result(builder, object, result);
    return guard_bound(builder, emit_field(builder, object, result->slot));
  }
  case LOOKUP_PLAIN:
  case LOOKUP_STATICMETHOD:
  case LOOKUP_CLASS_PLAIN:
  case LOOKUP_CLASS_FUNCTION:
    guard_result(builder, object, result);
    return emit_constant(builder, result->value);
  case LOOKUP_METHOD:
    if (!value_is_function(result->value)) return NULL;
    return new_method(builder, result->value, guard_result(builder, object, result));
  case LOOKUP_CLASSMETHOD:
    guard_result(builder, object, result);
    return new_method(builder, result->value, emit_constant(builder, value_from_cell(result->shape->class)));
  case LOOKUP_CLASS_CLASSMETHOD:
    return new_method(builder, result->value, guard_result(builder, object, result));
  case LOOKUP_GLOBAL: {
    guard_result(builder, object, result);
    return load_global_cell(builder, (GlobalCell *)value_cell(result->value));
  }
  case LOOKUP_NATIVE_PROPERTY:
    if (build_is_dict_property(result)) return build_instance_dict(builder, guard_result(builder, object, result));
    if (!is_class_property(result)) return NULL;
    guard_result(builder, object, result);
    return emit_constant(builder, value_from_cell(result->shape->class));
  case LOOKUP_DATA_DESCRIPTOR: {
    if (!is_tuple_field(result)) return NULL;
    size_t index = ((const TupleGetter *)value_cell(result->value))->index;
    return emit_2(builder, HIR_TUPLE_GET, guard_result(builder, object, result), emit_int(builder, (int64_t)index));
  }
  default:
    return NULL;
  }
}

// Attributes that Python code computes: property getters, descriptors' __get__, __getattr__. The result goes to
// `destination`.
static bool load_by_call(Builder *builder, HirNode *object, const LookupResult *result, uint32_t destination) {
  uint32_t base = builder->scope->code->register_count;
  switch (result->kind) {
  case LOOKUP_PROPERTY: {
    Property *property = (Property *)value_cell(result->value);
    if (!property->getter || !value_is_function(property->getter)) return false;
    object = guard_result(builder, object, result);
    HirNode *getter = emit_field(builder, emit_constant(builder, result->value), offsetof(Property, getter));
    guard_identity(builder, getter, property->getter);
    return build_known_call(builder, (Function *)value_cell(property->getter), &object, 1, base, destination, NULL);
  }
  case LOOKUP_GETATTR: {
    if (!value_is_function(result->value)) return false;
    object = guard_result(builder, object, result);
    HirNode *arguments[] = {object, emit_constant(builder, result->name)};
    return build_known_call(builder, (Function *)value_cell(result->value), arguments, 2, base, destination, NULL);
  }
  case LOOKUP_DATA_DESCRIPTOR:
  case LOOKUP_DESCRIPTOR: {
    Value get = value_special(result->value, SPECIAL_GET);
    if (!get || !value_is_function(get)) return false;
    object = guard_result(builder, object, result);
    HirNode *arguments[] = {emit_constant(builder, result->value), object,
                            emit_constant(builder, value_from_cell(result->shape->class))};
    return build_known_call(builder, (Function *)value_cell(get), arguments, 3, base, destination, NULL);
  }
  default:
    return false;
  }
}

// Can load_simple or load_by_call do it? (They decide by the same conditions.)
static bool can_load(const LookupResult *result) {
  switch (result->kind) {
  case LOOKUP_NATIVE_PROPERTY:
    return is_class_property(result) || build_is_dict_property(result);
  case LOOKUP_GENERIC:
  case LOOKUP_MISSING:
  case LOOKUP_SETATTR:
  case LOOKUP_ADD_SLOT:
    return false;
  case LOOKUP_METHOD:
    return value_is_function(result->value);
  case LOOKUP_PROPERTY: {
    Value getter = ((Property *)value_cell(result->value))->getter;
    return getter && value_is_function(getter) && function_can_be_called(value_cell(getter), 1);
  }
  case LOOKUP_GETATTR:
    return value_is_function(result->value) && function_can_be_called(value_cell(result->value), 2);
  case LOOKUP_DATA_DESCRIPTOR:
  case LOOKUP_DESCRIPTOR: {
    if (is_tuple_field(result)) return true;
    Value get = value_special(result->value, SPECIAL_GET);
    return get && value_is_function(get) && function_can_be_called(value_cell(get), 3);
  }
  default:
    return true;
  }
}

// Emits the attribute into register a, and as a method into a and a + 1 (LOAD_METHOD).
static void load_case(Builder *builder, HirNode *object, const LookupResult *result, bool as_method) {
  uint32_t a = instruction_a(builder->instruction);
  HirNode *self = builder->unbound, *value = NULL;
  if (as_method && result->kind == LOOKUP_METHOD) {
    self = guard_result(builder, object, result);
    value = emit_constant(builder, result->value);
  } else if (as_method && result->kind == LOOKUP_CLASSMETHOD) {
    guard_result(builder, object, result);
    self = emit_constant(builder, value_from_cell(result->shape->class));
    value = emit_constant(builder, result->value);
  } else if (as_method && result->kind == LOOKUP_CLASS_CLASSMETHOD) {
    self = guard_result(builder, object, result);
    value = emit_constant(builder, result->value);
  } else {
    value = load_simple(builder, object, result);
    if (!value && as_method) {
      // Where the interpreter ends the call it writes the value alone: no self must stand behind it.
      fix_state(builder);
      set_register(builder, a + 1, builder->unbound);
    }
    if (!value && !load_by_call(builder, object, result, a)) {
      emit_step(builder);
      return;
    }
    if (!builder->block) return;
  }
  if (value) set_register(builder, a, value);
  if (as_method) set_register(builder, a + 1, self);
}

// Any receiver: first as far as that takes no Python code and, of methods, is a function. What calls the method behind
// it wants to know whether there is a self.
static void load_any(Builder *builder, HirNode *object, bool as_method) {
  if (builder_failures(builder) < 2) {
    HirNode *inputs[] = {object, emit_constant(builder, builder_name(builder, instruction_c(builder->instruction)))};
    HirNode *found = emit_runtime(builder, as_method ? RUNTIME_TRY_METHOD : RUNTIME_TRY_ATTRIBUTE, 2, inputs);
    found->kinds = as_method ? KIND_CELL : KIND_BOUND;
    if (as_method) {
      found->shape = SHAPE(FUNCTION);
      set_register(builder, instruction_a(builder->instruction) + 1, object);
    }
    set_result(builder, found);
    return;
  }
  emit_step(builder);
  if (!as_method) return;
  builder->state = NULL;
  builder->word = builder->next_word; // it is done: the next instruction is where to leave to
  guard_bound(builder, get_register(builder, instruction_a(builder->instruction) + 1));
}

// One receiver after the other. The last one is guarded, unless others are to be expected.
static void load_cases(Builder *builder, HirNode *object, const Cases *cases, bool as_method, bool is_open) {
  Edge *ways = NULL;
  unsigned tested = is_open ? cases->count : cases->count - 1;
  uint32_t word = builder->word;
  for (unsigned i = 0; i < tested && builder->block; i++) {
    HirNode *fits = emit_1(builder, HIR_HAS_SHAPE, object);
    fits->shape = cases->results[i]->shape;
    Fork way = begin_way(builder, fits);
    load_case(builder, object, cases->results[i], as_method);
    end_way(builder, &way, &ways);
  }
  if (is_open)
    load_any(builder, object, as_method);
  else
    load_case(builder, object, cases->results[cases->count - 1], as_method);
  add_way(builder, &ways);
  builder->word = word;
  split_ways(builder, ways);
}

// Are there receivers that no case is for? So it was before, or there are as many cases as a cache has room for.
static bool are_open(const Cases *cases, unsigned failures) {
  return failures > 0 || cases->count == ATTRIBUTE_CASES;
}

static bool is_one_receiver(const Cases *cases) {
  for (unsigned i = 0; i < cases->count; i++)
    if (cases->results[i]->receiver) return false;
  return true;
}

static void load(Builder *builder, bool as_method) {
  Cases cases = cached_cases(builder);
  unsigned failures = builder_failures(builder);
  if (cases.count == 0 && failures == 0) {
    emit_leave(builder); // it has not run yet
    return;
  }
  bool is_known = narrow_cases(builder, &cases, operand_b(builder), ACCESS_LOAD);
  bool possible = cases.count > 0 && failures < 3 && (cases.count == 1 || is_one_receiver(&cases));
  for (unsigned i = 0; i < cases.count; i++)
    possible = possible && (can_load(cases.results[i]) || (as_method && cases.results[i]->kind == LOOKUP_METHOD));
  if (possible)
    load_cases(builder, operand_b(builder), &cases, as_method, !is_known && are_open(&cases, failures));
  else
    emit_step(builder);
}
void build_load_attribute(Builder *builder) {
  load(builder, false);
}
void build_load_method(Builder *builder) {
  load(builder, true);
}

// Stores

static void store_field(Builder *builder, HirNode *object, HirNode *value, size_t offset) {
  HirNode *store = emit_2(builder, HIR_STORE_FIELD, object, value);
  store->payload.number = (int64_t)offset;
}

// A field is overwritten: the interpreter looks whether what stands there is watched.
static void guard_unwatched(Builder *builder, HirNode *object, size_t offset) {
  emit_1(builder, HIR_GUARD_FIELD_UNWATCHED, object)->payload.number = (int64_t)offset;
}

static bool store_by_call(Builder *builder, HirNode *object, HirNode *value, const LookupResult *result) {
  uint32_t scratch = builder->scope->code->register_count; // above the frame: what the setter returns is not needed
  if (code_makes_generators(builder->scope->code)) return false; // there is nothing above its registers
  if (result->kind == LOOKUP_PROPERTY) {
    Property *property = (Property *)value_cell(result->value);
    if (!property->setter || !value_is_function(property->setter) ||
        !function_can_be_called(value_cell(property->setter), 2))
      return false;
    object = guard_result(builder, object, result);
    HirNode *setter = emit_field(builder, emit_constant(builder, result->value), offsetof(Property, setter));
    guard_identity(builder, setter, property->setter);
    HirNode *arguments[] = {object, value};
    return build_known_call(builder, (Function *)value_cell(property->setter), arguments, 2, scratch, scratch, NULL);
  }
  if (result->kind == LOOKUP_SETATTR) {
    if (!function_can_be_called(value_cell(result->value), 3)) return false;
    object = guard_result(builder, object, result);
    HirNode *arguments[] = {object, emit_constant(builder, result->name), value};
    return build_known_call(builder, (Function *)value_cell(result->value), arguments, 3, scratch, scratch, NULL);
  }
  if (result->kind == LOOKUP_DATA_DESCRIPTOR) {
    Value set = value_special(result->value, SPECIAL_SET);
    if (!set || !value_is_function(set) || !function_can_be_called(value_cell(set), 3)) return false;
    object = guard_result(builder, object, result);
    HirNode *arguments[] = {emit_constant(builder, result->value), object, value};
    return build_known_call(builder, (Function *)value_cell(set), arguments, 3, scratch, scratch, NULL);
  }
  return false;
}

static bool can_store(const LookupResult *result) {
  return result->kind == LOOKUP_MEMBER || (result->kind == LOOKUP_SLOT && slot_can_be_reached(result)) ||
         (result->kind == LOOKUP_ADD_SLOT && result->slot < result->shape->inline_capacity);
}

// Is what the node gives a plain value of which that is known without asking? (A class made by a class statement may
// become a descriptor's.)
static bool is_plain_node(const HirNode *value) {
  if (!(value->kinds & KIND_CELL)) return true;
  const Class *class = value->kinds == KIND_CELL && value->shape ? value->shape->class : NULL;
  return class && hir_shape_is_stable(value->shape) && !(class->flags & CLASS_HEAP_TYPE) &&
         !class_special(class, SPECIAL_GET) && !class_special(class, SPECIAL_SET) &&
         !class_special(class, SPECIAL_DELETE);
}

// False: the general operation must do it; nothing has been emitted.
static bool store_case(Builder *builder, HirNode *object, HirNode *value, const LookupResult *result) {
  switch (result->kind) {
  case LOOKUP_SLOT: {
    if (!can_store(result)) return false;
    SlotPlace place = slot_place(builder, guard_result(builder, object, result), result);
    guard_unwatched(builder, place.cell, place.offset);
    store_field(builder, place.cell, value, place.offset);
    return true;
  }
  case LOOKUP_MEMBER:
    object = guard_result(builder, object, result);
    guard_unwatched(builder, object, result->slot);
    store_field(builder, object, value, result->slot);
    return true;
  case LOOKUP_GLOBAL: {
    if (!is_plain_node(value) || !global_cell_is_variable((GlobalCell *)value_cell(result->value))) return false;
    guard_result(builder, object, result);
    HirNode *cell = emit_constant(builder, result->value);
    guard_bound(builder, emit_field(builder, cell, offsetof(GlobalCell, value)));
    guard_unwatched(builder, cell, offsetof(GlobalCell, value));
    store_field(builder, cell, value, offsetof(GlobalCell, value));
    return true;
  }
  case LOOKUP_ADD_SLOT: {
    if (!can_store(result)) return false;
    object = guard_result(builder, object, result);
    HirNode *added = emit_2(builder, HIR_ADD_SLOT, object, value);
    added->payload.pointer = result;
    added->kinds = KIND_CELL;
    node_set_shape(builder, added, result->next_shape);
    replace_in_registers(builder, object, added);
    return true;
  }
  default:
    return store_by_call(builder, object, value, result);
  }
}

void build_store_attribute(Builder *builder) {
  Cases cases = cached_cases(builder);
  unsigned failures = builder_failures(builder);
  HirNode *object = operand_a(builder), *value = operand_b(builder);
  if (cases.count == 0 && failures == 0) {
    emit_leave(builder);
    return;
  }
  if (cases.count == 0 || failures >= 3) {
    emit_step(builder);
    return;
  }
  narrow_cases(builder, &cases, object, ACCESS_STORE);
  if (cases.count == 1 || !is_one_receiver(&cases)) {
    if (cases.count > 1 || !store_case(builder, object, value, cases.results[0])) emit_step(builder);
    return;
  }
  bool is_open = are_open(&cases, failures);
  Edge *ways = NULL;
  uint32_t word = builder->word;
  for (unsigned i = 0; i < (is_open ? cases.count : cases.count - 1) && builder->block; i++) {
    HirNode *fits = emit_1(builder, HIR_HAS_SHAPE, object);
    fits->shape = cases.results[i]->shape;
    Fork way = begin_way(builder, fits);
    if (!store_case(builder, object, value, cases.results[i])) emit_step(builder);
    end_way(builder, &way, &ways);
    builder->state = NULL;
    builder->word = word;
  }
  if (is_open || !store_case(builder, object, value, cases.results[cases.count - 1])) emit_step(builder);
  add_way(builder, &ways);
  builder->word = word;
  join_ways(builder, ways);
}

bool build_store_slot(Builder *builder, HirNode *object, HirNode *value, const LookupResult *result) {
  return can_store(result) && store_case(builder, object, value, result);
}

// getattr(), hasattr(), setattr()

// What the attribute is for the object, whose shape is known, or for those that the instruction has met.
static Cases cases_by_name(Builder *builder, const HirNode *object, Value name, LookupAccess access) {
  Cases cases = {.count = 0};
  const Meeting *met[ATTRIBUTE_CASES];
  const Shape *likely = node_likely_shape(builder, object);
  bool is_known = likely && (builder_failures(builder) == 0 || node_has_shape(builder, object, likely));
  uint32_t count = 1;
  if (!(object->kinds & KIND_CELL)) return cases;
  if (!is_known) count = profile_meetings(builder->scope->code, builder->word, met, ATTRIBUTE_CASES);
  if (count > ATTRIBUTE_CASES) return cases;
  for (uint32_t i = 0; i < count; i++) {
    const Shape *shape = is_known ? likely : met[i]->shapes[0];
    const LookupResult *result = shape && shape->class ? resolve_attribute_by_shape(shape, name, access) : NULL;
    if (!result) exception_clear();
    if (result) add_case(&cases, result);
  }
  return cases;
}

// False: not done, nothing has been emitted.
static bool get_case(Builder *builder, HirNode *object, const LookupResult *result, HirNode *otherwise) {
  if (otherwise && result->kind == LOOKUP_MISSING) {
    guard_result(builder, object, result);
    set_result(builder, otherwise);
    return true;
  }
  HirNode *value = load_simple(builder, object, result);
  if (value) set_result(builder, value);
  // An AttributeError that Python code raises is for getattr() to catch, where there is something else to give.
  return value || (!otherwise && load_by_call(builder, object, result, instruction_a(builder->instruction)));
}

bool build_get_by_name(Builder *builder, HirNode *object, Value name, HirNode *otherwise) {
  unsigned failures = builder_failures(builder);
  Cases cases = failures < 3 ? cases_by_name(builder, object, name, ACCESS_LOAD) : (Cases){.count = 0};
  if (cases.count == 0) return false;
  if (cases.count == 1 && failures == 0) return get_case(builder, object, cases.results[0], otherwise);
  Edge *ways = NULL;
  uint32_t word = builder->word;
  HirNode *inputs[] = {object, emit_constant(builder, name), otherwise};
  for (unsigned i = 0; i < cases.count && builder->block; i++) {
    HirNode *fits = emit_1(builder, HIR_HAS_SHAPE, object);
    fits->shape = cases.results[i]->shape;
    Fork way = begin_way(builder, fits);
    if (!get_case(builder, object, cases.results[i], otherwise)) build_call_general(builder);
    end_way(builder, &way, &ways);
    builder->state = NULL;
    builder->word = word;
  }
  RuntimeFunction which = otherwise ? RUNTIME_TRY_ATTRIBUTE_OR : RUNTIME_TRY_ATTRIBUTE;
  if (failures < 2)
    set_result(builder, emit_runtime(builder, which, otherwise ? 3 : 2, inputs));
  else
    build_call_general(builder);
  add_way(builder, &ways);
  split_ways(builder, ways);
  return true;
}

// The only case there is, if it has never failed.
static const LookupResult *result_by_name(Builder *builder, const HirNode *object, Value name, LookupAccess access) {
  Cases cases = cases_by_name(builder, object, name, access);
  return cases.count == 1 && builder_failures(builder) == 0 ? cases.results[0] : NULL;
}

bool build_has_by_name(Builder *builder, HirNode *object, Value name) {
  const LookupResult *result = result_by_name(builder, object, name, ACCESS_LOAD);
  if (!result) return false;
  bool is_missing = result->kind == LOOKUP_MISSING;
  if (is_missing)
    guard_result(builder, object, result);
  else if (!load_simple(builder, object, result))
    return false;
  set_result(builder, emit_constant(builder, value_from_bool(!is_missing)));
  return true;
}

bool build_set_by_name(Builder *builder, HirNode *object, Value name, HirNode *value, LookupAccess access) {
  const LookupResult *result = result_by_name(builder, object, name, access);
  // What a setter returns is not what setattr() returns.
  bool is_simple = result && (can_store(result) || result->kind == LOOKUP_GLOBAL);
  if (!is_simple || !store_case(builder, object, value, result)) return false;
  set_result(builder, emit_constant(builder, VALUE_NONE));
  return true;
}
