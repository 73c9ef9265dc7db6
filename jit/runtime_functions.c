// C functions that compiled code calls. See runtime_functions.h.
#include "jit/runtime_functions.h"
#include "jit/runtime_try.h"

#include "runtime/heap/heap.h"
#include "runtime/module/random_numbers.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/generator.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/plain.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "vm/attribute_cache.h"
#include "vm/call.h"
#include "vm/compiled_call.h"
#include "vm/operations.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// INT parameters come scaled.
static Value runtime_binary(Value a, Value b, int64_t operator) {
  return value_binary((BinaryOperator)(operator >> 2), a, b);
}
static Value runtime_binary_in_place(Value a, Value b, int64_t operator) {
  return value_binary_in_place((BinaryOperator)(operator >> 2), a, b);
}
static Value runtime_compare(Value a, Value b, int64_t comparison) {
  return value_compare((Comparison)(comparison >> 2), a, b);
}
static Value runtime_binary_declined(Value a, Value b, int64_t operator) {
  return value_binary_declined((BinaryOperator)(operator >> 2), a, b, false);
}
static Value runtime_binary_in_place_declined(Value a, Value b, int64_t operator) {
  return value_binary_declined((BinaryOperator)(operator >> 2), a, b, true);
}
static Value runtime_compare_declined(Value a, Value b, int64_t comparison) {
  return value_compare_declined((Comparison)(comparison >> 2), a, b);
}
static Value runtime_unary(Value a, int64_t operator) {
  return value_unary((UnaryOperator)(operator >> 2), a);
}
static Value runtime_contains(Value container, Value item) {
  int found = value_contains(container, item);
  return found < 0 ? NULL : value_from_bool(found);
}
static Value runtime_set_item(Value container, Value key, Value value) {
  return value_set_item(container, key, value) ? VALUE_NONE : NULL;
}
static Value runtime_dict_get(Value dict, Value key) {
  Value value = dict_get(dict, key);
  if (!value && !exception_pending()) raise_key_error(key);
  return value;
}
static Value runtime_dict_set(Value dict, Value key, Value value) {
  return dict_set(dict, key, value) ? VALUE_NONE : NULL;
}
static Value runtime_list_set(Value list, Value key, Value value) {
  int64_t position = value_is_small_int(key) ? value_small_int(key) : -1;
  if (position >= 0 && list_set_item(list, (size_t)position, value)) return VALUE_NONE;
  return runtime_set_item(list, key, value);
}
static Value runtime_raise(Value exception, Value cause) {
  exception_raise_from(exception, cause);
  return NULL;
}
static bool runtime_is_instance(Value value, Value class) {
  return class_is_subclass(value_class(value), value_as_class(class));
}
static Value runtime_length(Value value) {
  ptrdiff_t length = value_length(value);
  return length < 0 ? NULL : value_from_small_int(length);
}

static int64_t runtime_bit_length(int64_t scaled) {
  uint64_t magnitude = scaled < 0 ? -(uint64_t)(scaled >> 2) : (uint64_t)(scaled >> 2);
  return magnitude ? (int64_t)(64 - __builtin_clzll(magnitude)) << 2 : 0;
}

#define CALLS  HIR_CALL_RUNTIME
#define PURE   HIR_CALL_PURE
#define LEAF   HIR_CALL_LEAF
#define TRY    HIR_CALL_TRY
#define CHANGE HIR_CALL_CHANGE
#define VALUE  HIR_VALUE
#define BOOL   HIR_BOOL
#define INT    HIR_INT
#define DOUBLE HIR_DOUBLE
const HirRuntime runtime_functions[RUNTIME_COUNT] = {
#define RUNTIME(NAME, function, result_, parameters_, flag)                                                            \
  {.name = #NAME,                                                                                                      \
   .address = (void *)(function),                                                                                      \
   .result = result_,                                                                                                  \
   .inputs = sizeof(parameters_) - 1,                                                                                  \
   .parameters = parameters_},
#include "jit/runtime.def"
};
static const HirOp operations[RUNTIME_COUNT] = {
#define RUNTIME(NAME, function, result, parameters, flag) flag,
#include "jit/runtime.def"
};

HirOp runtime_function_op(RuntimeFunction which) {
  return operations[which];
}

RuntimeOperation *runtime_operation(unsigned opcode) {
  return operation_for_opcode[opcode];
}

Frame *runtime_push_record(Thread *thread, Frame *caller, const InlineRecord *record) {
  bool in_generator = caller->kind == FRAME_GENERATOR; // its registers are not on the stack
  Frame *frame = in_generator ? caller->next : caller + 1;
  Code *code = record->code;
  caller->pc = record->call;
  frame->previous = caller;
  frame->registers = in_generator ? caller->top : caller->registers + record->base;
  frame->pc = code->words;
  frame->code = code;
  frame->constants = value_as_tuple(code->constants)->items;
  frame->top = frame->registers + code->register_count;
  if (record->function) frame->function = record->function;
  frame->globals = record->globals;
  frame->builtins = record->builtins;
  frame->return_register = record->return_register;
  frame->return_words = record->return_words;
  thread->recursion_depth++;
  thread->frame = frame;
  return frame;
}

static Value boxed_or_abort(Value boxed) {
  if (boxed) return boxed;
  fputs("Fatal Python error: out of memory in compiled code\n", stderr);
  abort();
}
Value runtime_box_double(double number) {
  return boxed_or_abort(float_from_double(number));
}
Value runtime_box_complex(double real, double imaginary) {
  return boxed_or_abort(complex_from_doubles(real, imaginary));
}
