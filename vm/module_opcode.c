// The module _opcode: the bytecode table as Python data, for opcode.py and dis.py.
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/opcodes.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "vm/front_end_modules.h"

// (name, kinds of the operands a, b and c, cache words, flags)
static Value describe(const OpcodeInformation *information) {
  static const char *const kinds[] = {"",     "dest",  "reg",     "update", "base", "dests", "const",
                                      "name", "count", "const32", "name32", "jump", "jump16"};
  Value name = str_intern_c(information->name), a = str_intern_c(kinds[information->a]);
  Value b = str_intern_c(kinds[information->b]), c = str_intern_c(kinds[information->c]);
  if (!name || !a || !b || !c) return NULL;
  return tuple_of(6, name, a, b, c, value_from_small_int(information->caches),
                  value_from_small_int(information->flags));
}

// A register machine has no stack; the function is there for those who ask.
static Value opcode_stack_effect(Value opcode, Value oparg, Value jump) {
  int number, is_true = jump && jump != VALUE_NONE ? value_truth(jump) : 0;
  (void)oparg;
  if (is_true < 0 || !value_as_int(opcode, &number)) return NULL;
  if (number < 0 || number >= OPCODE_COUNT) return raise_value_error("invalid opcode or oparg");
  return value_from_small_int(0);
}

static Value opcode_specialization_stats(void) {
  return VALUE_NONE;
}

static bool opcode_initialize(Value module) {
  Value list = list_new_sized(OPCODE_COUNT);
  for (int i = 0; list && i < OPCODE_COUNT; i++) {
    Value item = describe(&opcode_information[i]);
    if (!item || !list_append(list, item)) return false;
  }
  return list && module_add(module, "instructions", list_to_tuple(list));
}

static const NativeMethod opcode_functions[] = {
    NATIVE("stack_effect", opcode_stack_effect, "(opcode, oparg=None, /, *, jump=None)",
           "Compute the stack effect of the opcode."),
    NATIVE("get_specialization_stats", opcode_specialization_stats, "()", "Return the specialization stats"),
    {},
};
const NativeModule opcode_module = {
    .name = "_opcode", .doc = "The bytecode table.", .functions = opcode_functions, .initialize = opcode_initialize};
