// Attributes and methods.
//
// The cache word holds the LookupResult (attributes.h) that the last object gave. If the object at hand has the shape
// that the result is for, and the result is still valid, the result says all there is to do; the most frequent kinds
// have forms of their own. An instruction that meets a few shapes keeps their results side by side in an AttributeCases
// cell.
#include "runtime/heap/let_go.h"
#include "runtime/object/attributes.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/dict.h"
#include "vm/attribute_cache.h"
#include "vm/call.h"
#include "vm/compiled_call.h"
#include "vm/handler.h"

static inline bool result_fits(const LookupResult *result, Value object) {
  return value_has_shape(object, result->shape) && lookup_is_valid(result) &&
         (!result->receiver || result->receiver == object);
}

// What `result`, which fits, says about `object`. Zero without exception: ask value_get_attribute. Runs no Python code.
static Value result_load(const LookupResult *result, Value object) {
  switch (result->kind) {
  case LOOKUP_SLOT:
    return attribute_load_slot(object, result->shape, result->slot);
  case LOOKUP_MEMBER:
    return gc_load(cell_word(value_cell(object), result->slot));
  case LOOKUP_PLAIN:
  case LOOKUP_STATICMETHOD:
  case LOOKUP_CLASS_PLAIN:
  case LOOKUP_CLASS_FUNCTION:
    return result->value;
  case LOOKUP_METHOD:
    return value_is_function(result->value) ? method_new(result->value, object) : NULL;
  case LOOKUP_CLASSMETHOD:
    return method_new(result->value, value_from_cell(value_class(object)));
  case LOOKUP_CLASS_CLASSMETHOD:
    return method_new(result->value, object);
  case LOOKUP_GLOBAL:
    return gc_load(&((GlobalCell *)value_cell(result->value))->value);
  default:
    return NULL;
  }
}

// What is known of the name for objects like this one, or NULL.
static const LookupResult *try_resolve(Value object, Value name) {
  if (!value_is_cell(object)) return NULL;
  const LookupResult *recent = recent_result(cell_shape(value_cell(object)), name);
  if (LIKELY(recent) && LIKELY(lookup_is_valid(recent))) return recent;
  const LookupResult *result = resolve_attribute(object, name);
  if (UNLIKELY(!result)) exception_clear();
  return result && lookup_is_valid(result) ? result : NULL;
}
static Value try_load(const LookupResult *result, Value object) {
  Value value = result_load(result, object);
  if (UNLIKELY(!value) && exception_pending()) exception_clear();
  return value;
}
Value attribute_try_load(Value object, Value name) {
  const LookupResult *result = try_resolve(object, name);
  return LIKELY(result) ? try_load(result, object) : NULL;
}
Value attribute_try_load_or(Value object, Value name, Value otherwise) {
  const LookupResult *result = try_resolve(object, name);
  if (UNLIKELY(!result)) return NULL;
  return result->kind == LOOKUP_MISSING ? otherwise : try_load(result, object);
}
Value attribute_try_method(Value object, Value name) {
  const LookupResult *result = try_resolve(object, name);
  bool is_method = result && result->kind == LOOKUP_METHOD && value_is_function(result->value);
  return is_method ? result->value : NULL;
}
Value attribute_try_has(Value object, Value name) {
  const LookupResult *result = try_resolve(object, name);
  if (UNLIKELY(!result)) return NULL;
  if (result->kind == LOOKUP_MISSING) return VALUE_FALSE;
  return try_load(result, object) ? VALUE_TRUE : NULL;
}

// Loads

// The property's getter if calling it needs no binding, else NULL.
static Function *simple_getter(const LookupResult *result) {
  if (result->kind != LOOKUP_PROPERTY) return NULL;
  Value getter = ((Property *)value_cell(result->value))->getter;
  return getter && value_is_function(getter) ? (Function *)value_cell(getter) : NULL;
}
// Calls `function` with `object` as its argument, as the instruction at hand. False: exception.
static bool enter_with(Thread *thread, Instruction word, Function *function, Value object) {
  Value *arguments = thread->frame->top;
  if (arguments + 1 > thread->registers_limit) return raise(CLASS_RECURSION_ERROR, "maximum recursion depth exceeded");
  *arguments = object;
  if (!call_enter_function(thread, function, arguments, 1, NULL)) return false;
  thread->frame->return_register = instruction_a(word);
  thread->frame->return_words = 2;
  return true;
}

static unsigned load_form(const LookupResult *result) {
  return result->kind == LOOKUP_SLOT     ? OP_LOAD_ATTRIBUTE_SLOT
         : result->kind == LOOKUP_MEMBER ? OP_LOAD_ATTRIBUTE_MEMBER
                                         : OP_LOAD_ATTRIBUTE_RESULT;
}

// Resolves and quickens. NULL: exception.
static LookupResult *resolve_load(const Frame *frame, const Instruction *pc, Instruction word, Value object) {
  LookupResult *result = resolve_attribute(object, NAME_C);
  if (result && result->kind != LOOKUP_GENERIC)
    attribute_cache_add(frame->code, pc, word, result, load_form(result), OP_LOAD_ATTRIBUTE_POLYMORPHIC);
  return result;
}
SLOW_HANDLER(attribute_slow) {
  SAVE();
  Value object = B, value = NULL;
  if (value_is_cell(object)) {
    LookupResult *result = resolve_load(frame, pc, word, object);
    if (UNLIKELY(!result)) FAIL();
    Function *getter = simple_getter(result);
    if (getter) {
      if (!enter_with(thread, word, getter, object)) FAIL();
      RESUME_FRAME(0);
    }
    value = result_load(result, object);
  }
  if (!value && !exception_pending()) value = value_get_attribute(object, NAME_C);
  if (UNLIKELY(!value)) FAIL();
  A = value;
  NEXT_RELOAD(2);
}
HANDLER(LOAD_ATTRIBUTE) {
  TAIL(attribute_slow);
}

// Does the cached result have this kind, and is it for objects like this one?
#define FITS(object, result, KIND)                                                                                     \
  ((value_bits(object) & 7) == 0 && value_cell(object)->shape == shape_word((result)->shape) &&                        \
   (result)->kind == (KIND) && lookup_is_valid(result))

static HANDLER(load_overflow) {
  const LookupResult *result = (const LookupResult *)value_cell(cache_load(pc));
  if (UNLIKELY(!FITS(B, result, LOOKUP_SLOT))) TAIL(attribute_slow);
  Value value = attribute_load_overflow(B, result->shape, result->slot);
  if (UNLIKELY(!value)) TAIL(attribute_slow);
  A = value;
  NEXT(2);
}
HANDLER(LOAD_ATTRIBUTE_SLOT) {
  Value object = B;
  const LookupResult *result = (const LookupResult *)value_cell(cache_load(pc));
  if (UNLIKELY(!FITS(object, result, LOOKUP_SLOT))) TAIL(LOAD_ATTRIBUTE_RESULT);
  if (UNLIKELY(result->slot >= result->shape->inline_capacity)) TAIL(load_overflow);
  Value value = gc_load(cell_word(value_cell(object), result->shape->attributes_offset + sizeof(Value)) + result->slot);
  if (UNLIKELY(!value)) TAIL(attribute_slow);
  A = value;
  NEXT(2);
}
HANDLER(LOAD_ATTRIBUTE_MEMBER) {
  Value object = B;
  const LookupResult *result = (const LookupResult *)value_cell(cache_load(pc));
  if (UNLIKELY(!FITS(object, result, LOOKUP_MEMBER))) TAIL(LOAD_ATTRIBUTE_RESULT);
  Value value = gc_load(cell_word(value_cell(object), result->slot));
  if (UNLIKELY(!value)) TAIL(attribute_slow);
  A = value;
  NEXT(2);
}
// The result for `object` among an instruction's cached ones, or NULL.
static inline const LookupResult *cached_result(const Instruction *pc, Value object) {
  Value cache = cache_load(pc);
  if (cache_is_result(cache)) {
    const LookupResult *result = (const LookupResult *)value_cell(cache);
    return result_fits(result, object) ? result : NULL;
  }
  const AttributeCases *cases = cache_as_cases(cache);
  for (size_t i = 0; cases && i < ATTRIBUTE_CASES && cases->results[i]; i++) {
    const LookupResult *result = (const LookupResult *)value_cell(cases->results[i]);
    if (result_fits(result, object)) return result;
  }
  return NULL;
}
// As the handlers do, but for a getter in Python, which runs in here.
OPERATION_FUNCTION(operation_LOAD_ATTRIBUTE) {
  Value object = B, value = NULL;
  if (value_is_cell(object)) {
    const LookupResult *result = cached_result(frame->pc, object);
    if (!result) result = resolve_load(frame, frame->pc, word, object);
    if (UNLIKELY(!result)) return false;
    Function *getter = simple_getter(result);
    if (getter && !c_stack_is_low()) {
      if (!enter_with(thread, word, getter, object)) return false;
      value = compiled_run_frame(thread, thread->frame);
      if (UNLIKELY(!value)) return false;
    } else
      value = result_load(result, object);
  }
  if (!value && !exception_pending()) value = value_get_attribute(object, NAME_C);
  if (UNLIKELY(!value)) return false;
  A = value;
  return true;
}
#define LOAD_CACHED                                                                                                    \
  Value object = B;                                                                                                    \
  const LookupResult *result = cached_result(pc, object);                                                              \
  if (UNLIKELY(!result)) TAIL(attribute_slow);                                                                         \
  SAVE();                                                                                                              \
  Function *getter = simple_getter(result);                                                                            \
  if (getter) {                                                                                                        \
    if (!enter_with(thread, word, getter, object)) FAIL();                                                             \
    RESUME_FRAME(0);                                                                                                   \
  }                                                                                                                    \
  Value value = result_load(result, object);                                                                           \
  if (UNLIKELY(!value)) TAIL(attribute_slow);                                                                          \
  A = value;                                                                                                           \
  NEXT_RELOAD(2);
HANDLER(LOAD_ATTRIBUTE_RESULT){LOAD_CACHED} HANDLER(LOAD_ATTRIBUTE_POLYMORPHIC) {
  LOAD_CACHED
}

// Methods: R[a] = function, R[a+1] = self, or R[a] = anything else, R[a+1] empty

static unsigned method_form(const LookupResult *result) {
  return result->kind == LOOKUP_METHOD ? OP_LOAD_METHOD_BOUND : OP_LOAD_METHOD_RESULT;
}
// False: ask value_get_attribute.
static inline bool result_load_method(const LookupResult *result, Value object, Value *destination) {
  Value self = NULL, value;
  switch (result->kind) {
  case LOOKUP_METHOD:
    value = result->value;
    self = object;
    break;
  case LOOKUP_CLASSMETHOD:
    value = result->value;
    self = value_from_cell(value_class(object));
    break;
  case LOOKUP_CLASS_CLASSMETHOD:
    value = result->value;
    self = object;
    break;
  default:
    value = result_load(result, object);
    if (!value) return false;
  }
  destination[0] = value;
  destination[1] = self;
  return true;
}

OPERATION_FUNCTION(operation_LOAD_METHOD) {
  Value object = B, name = NAME_C, *destination = &A;
  if (value_is_cell(object)) {
    const LookupResult *result = cached_result(frame->pc, object);
    if (!result) {
      LookupResult *resolved = resolve_attribute(object, name);
      if (UNLIKELY(!resolved)) return false;
      if (resolved->kind != LOOKUP_GENERIC)
        attribute_cache_add(frame->code, frame->pc, word, resolved, method_form(resolved), OP_LOAD_METHOD_POLYMORPHIC);
      result = resolved;
    }
    if (result_load_method(result, object, destination)) return true;
    if (UNLIKELY(exception_pending())) return false;
  } else {
    // Immediate values have no attributes of their own: a method of the class is what there is.
    Value method = class_lookup(value_class(object), name);
    if (method && VALUE_IS_EXACT(method, METHOD_DESCRIPTOR)) {
      destination[0] = method;
      destination[1] = object;
      return true;
    }
  }
  Value value = value_get_attribute(object, name);
  if (UNLIKELY(!value)) return false;
  destination[0] = value;
  destination[1] = NULL;
  return true;
}
SLOW_HANDLER(method_slow) {
  RUN_OPERATION(operation_LOAD_METHOD, 2);
}
HANDLER(LOAD_METHOD) {
  TAIL(method_slow);
}

HANDLER(LOAD_METHOD_BOUND) {
  Value object = B;
  const LookupResult *result = (const LookupResult *)value_cell(cache_load(pc));
  if (UNLIKELY((value_bits(object) & 7) != 0 || value_cell(object)->shape != shape_word(result->shape) ||
               result->kind != LOOKUP_METHOD || !lookup_is_valid(result)))
    TAIL(LOAD_METHOD_RESULT);
  Value *destination = &A;
  destination[0] = result->value;
  destination[1] = object;
  NEXT(2);
}
#define LOAD_CACHED_METHOD                                                                                             \
  Value object = B;                                                                                                    \
  const LookupResult *result = cached_result(pc, object);                                                              \
  if (UNLIKELY(!result)) TAIL(method_slow);                                                                            \
  SAVE();                                                                                                              \
  if (UNLIKELY(!result_load_method(result, object, &A))) TAIL(method_slow);                                            \
  NEXT(2);
HANDLER(LOAD_METHOD_RESULT){LOAD_CACHED_METHOD} HANDLER(LOAD_METHOD_POLYMORPHIC) {
  LOAD_CACHED_METHOD
}

// Stores

// Acts on a store's `result`, which fits. False without exception: ask value_set_attribute. Runs no Python code.
static inline bool result_store(const LookupResult *result, Value object, Value value) {
  switch (result->kind) {
  case LOOKUP_SLOT:
    return attribute_store_slot(object, result->shape, result->slot, value);
  case LOOKUP_ADD_SLOT:
    return attribute_add_slot(object, result, value);
  case LOOKUP_MEMBER:
    gc_store(value_cell(object), cell_word(value_cell(object), result->slot), value);
    return true;
  case LOOKUP_GLOBAL: {
    GlobalCell *cell = (GlobalCell *)value_cell(result->value);
    Value former = gc_load(&cell->value);
    if (!descriptor_is_plain(value) || !former || !global_cell_is_variable(cell)) return false;
    gc_store(cell, &cell->value, value);
    heap_let_go(former);
    return true;
  }
  default:
    return false;
  }
}
OPERATION_FUNCTION(operation_STORE_ATTRIBUTE) {
  Value object = A, name = NAME_C;
  bool done = false;
  if (value_is_cell(object)) {
    const LookupResult *result = cached_result(frame->pc, object);
    if (!result) {
      LookupResult *resolved = resolve_attribute_store(object, name);
      if (UNLIKELY(!resolved)) return false;
      if (resolved->kind != LOOKUP_GENERIC)
        attribute_cache_add(frame->code, frame->pc, word, resolved,
                            resolved->kind == LOOKUP_SLOT     ? OP_STORE_ATTRIBUTE_SLOT
                            : resolved->kind == LOOKUP_MEMBER ? OP_STORE_ATTRIBUTE_MEMBER
                                                              : OP_STORE_ATTRIBUTE_RESULT,
                            OP_STORE_ATTRIBUTE_RESULT);
      result = resolved;
    }
    done = result_store(result, object, B);
  }
  if (!done && !exception_pending()) done = value_set_attribute(object, name, B);
  if (UNLIKELY(!done)) return false;
  // What held a flagged value is flagged itself.
  bool watched = heap_watches() && value_is_prompt(object);
  if (watched || UNLIKELY(HAS_LET_GO())) END_PROMPT();
  return true;
}
SLOW_HANDLER(store_slow) {
  RUN_OPERATION(operation_STORE_ATTRIBUTE, 2);
}
HANDLER(STORE_ATTRIBUTE) {
  TAIL(store_slow);
}
HANDLER(STORE_ATTRIBUTE_SLOT) {
  Value object = A;
  const LookupResult *result = (const LookupResult *)value_cell(cache_load(pc));
  if (UNLIKELY((value_bits(object) & 7) != 0 || value_cell(object)->shape != shape_word(result->shape) ||
               result->kind != LOOKUP_SLOT || !lookup_is_valid(result) ||
               result->slot >= result->shape->inline_capacity))
    TAIL(STORE_ATTRIBUTE_RESULT);
  // Inline slots never move; a slot whose object has another shape by now is not looked at any more.
  Value *slot = cell_word(value_cell(object), result->shape->attributes_offset + sizeof(Value)) + result->slot;
  bool watched = heap_watches() && value_is_prompt(gc_load(slot));
  gc_store(value_cell(object), slot, B);
  if (watched) NEXT_PROMPT(2);
  NEXT_RELOAD(2);
}
HANDLER(STORE_ATTRIBUTE_MEMBER) {
  Value object = A;
  const LookupResult *result = (const LookupResult *)value_cell(cache_load(pc));
  if (UNLIKELY(!FITS(object, result, LOOKUP_MEMBER))) TAIL(STORE_ATTRIBUTE_RESULT);
  Value *slot = cell_word(value_cell(object), result->slot);
  bool watched = heap_watches() && value_is_prompt(gc_load(slot));
  gc_store(value_cell(object), slot, B);
  if (watched) NEXT_PROMPT(2);
  NEXT_RELOAD(2);
}
HANDLER(STORE_ATTRIBUTE_RESULT) {
  const LookupResult *result = cached_result(pc, A);
  if (UNLIKELY(!result)) TAIL(store_slow);
  SAVE();
  if (UNLIKELY(!result_store(result, A, B))) TAIL(store_slow);
  NEXT_LET_GO(2);
}
OPERATION_HANDLER(DELETE_ATTRIBUTE) {
  if (UNLIKELY(!value_set_attribute(A, NAME_BC, NULL))) return false;
  if (UNLIKELY(HAS_LET_GO())) END_PROMPT();
  return true;
}
