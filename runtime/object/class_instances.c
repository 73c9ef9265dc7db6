// How much room instances of a class get for attributes.
//
// An instance has inline slots; what does not fit goes to an overflow cell, and the class's later instances get more
// slots (attributes.c). Then instances of one class have different shapes, and code that reads them meets several. So
// the first guess should be right: __init__ is read for the names that it gives to its first parameter.
#include "runtime/object/class_internal.h"
#include "runtime/object/code_image.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/opcodes.h"

enum : uint16_t {
  SLOTS_MIN = 2, // such an instance occupies 32 bytes
  SLOTS_MAX = 30,
};

// The cell register that the first argument is moved to since a closure uses it; UINT32_MAX: none.
static uint32_t first_argument_cell(const Code *code) {
  for (uint32_t i = 0; code->cell_arguments && i < code->cell_count; i++)
    if (code->cell_arguments[i] == 1) return code->local_count + i;
  return UINT32_MAX;
}

// How many different attributes the code stores into its first argument: register 0, or one that was loaded last from
// the argument's cell.
static uint32_t stored_attributes(const Code *code) {
  uint64_t seen[4] = {0}; // names [0, 256)
  uint32_t count = 0, cell = first_argument_cell(code), self = 0;
  for (uint32_t at = 0; at < code->word_count;) {
    Instruction word = __atomic_load_n(&code->words[at], __ATOMIC_RELAXED);
    unsigned opcode = opcode_base[instruction_opcode(word)];
    if (opcode >= OPCODE_COUNT) break; // it has not been verified yet
    uint32_t name = instruction_c(word);
    if (opcode == OP_LOAD_CELL && instruction_b(word) == cell) self = instruction_a(word);
    if (opcode == OP_STORE_ATTRIBUTE && instruction_a(word) == self && name < 256 &&
        !(seen[name / 64] >> name % 64 & 1)) {
      seen[name / 64] |= (uint64_t)1 << name % 64;
      count++;
    }
    at += 1 + opcode_information[opcode].caches;
  }
  return count;
}

static bool calls_init(const Code *code) {
  for (size_t i = 0; i < tuple_count(code->names); i++)
    if (tuple_item(code->names, i) == NAME(__init__)) return true;
  return false;
}

uint16_t class_expected_slots(const Class *class) {
  uint32_t inherited = class->base ? value_as_class(class->base)->instance_shape->inline_capacity : 0;
  Value initialize = dict_get_name(class->namespace_dict, NAME(__init__));
  uint32_t expected = inherited;
  if (initialize && value_is_function(initialize)) {
    Code *code = value_as_code(((Function *)value_cell(initialize))->code);
    bool complete = code_complete(code);
    if (!complete) exception_clear(); // whoever calls it will be told
    uint32_t stored = complete && code->argument_count > 0 ? stored_attributes(code) : 0;
    expected = complete && calls_init(code) ? inherited + stored : stored;
    if (expected < inherited) expected = inherited;
  }
  return (uint16_t)(expected < SLOTS_MIN ? SLOTS_MIN : expected > SLOTS_MAX ? SLOTS_MAX : expected);
}

// Decorators give classes an __init__ after they have been made.
void class_init_changed(Class *class) {
  const Shape *root = class->instance_shape;
  if (!(class->flags & CLASS_HEAP_TYPE) || root->first_child || root->attributes_offset == 0 ||
      (root->flags & SHAPE_EXTERNAL_DICT))
    return;
  uint16_t expected = class_expected_slots(class);
  uint32_t slots_start = root->flags & SHAPE_HAS_SLOTS ? root->class_slots_start : 0;
  if (expected > root->inline_capacity && !class_make_root_shape(class, root->type, slots_start, expected))
    exception_clear();
}
