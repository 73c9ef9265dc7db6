// Calls by keyword of Python functions and classes that are known: the arguments are put into the parameters' order
// here, so that the call is as good as one by position. What does not fit is left to the general call, which raises.
#include "jit/build_internal.h"

#include "runtime/object/code_image.h"
#include "runtime/object/str.h"
#include "vm/call.h"

enum : uint32_t { ARGUMENT_LIMIT = 32 };

// The code whose parameters the arguments of a call of `known` go to; `bound`: how many of these the call itself gives.
static const Code *called_code(Value known, uint32_t *bound) {
  Value function = known;
  *bound = 0;
  if (value_is_class(known)) {
    function = class_plain_init(value_as_class(known));
    *bound = 1;
  }
  if (!function || !value_is_function(function)) return NULL;
  const Code *code = value_as_code(gc_load(&((const Function *)value_cell(function))->code));
  bool is_plain = code_is_complete(code) && code->keyword_only_count == 0 &&
                  !(code->flags & (CODE_VARARGS | CODE_VARKEYWORDS)) && code->argument_count <= ARGUMENT_LIMIT;
  return is_plain ? code : NULL;
}

// The parameter of that name; argument_count: none that may be given by keyword.
static uint32_t find_parameter(const Code *code, Value name) {
  uint32_t i = code->positional_only_count;
  while (i < code->argument_count && tuple_item(code->variable_names, i) != name) i++;
  return i;
}

// Puts each value behind the `positional` ones into the place of the parameter of its name.
static bool match_names(const Code *code, uint32_t bound, Value names, HirNode *const *values, HirNode **arguments) {
  for (size_t i = 0; i < tuple_count(names); i++) {
    uint32_t parameter = find_parameter(code, tuple_item(names, i));
    if (parameter < bound || parameter >= code->argument_count || arguments[parameter - bound]) return false;
    arguments[parameter - bound] = values[i];
  }
  return true;
}

bool build_call_keywords(Builder *builder, bool is_method) {
  uint32_t base = instruction_b(builder->instruction), count = instruction_c(builder->instruction);
  uint32_t first = base + 1;
  Value known = node_constant(get_register(builder, base));
  Value names = node_constant(get_register(builder, first + count + is_method));
  if (!known || !names || !VALUE_IS_EXACT(names, TUPLE) || builder_failures(builder) > 2) return false;
  if (is_method) {
    uint8_t self_kinds = get_register(builder, first)->kinds;
    if (self_kinds == KIND_UNBOUND)
      first++;
    else if (self_kinds & KIND_UNBOUND)
      return false;
    else
      count++;
  }
  uint32_t bound;
  const Code *code = called_code(known, &bound);
  if (!code || tuple_count(names) > count || count + bound > code->argument_count) return false;
  HirNode *arguments[ARGUMENT_LIMIT] = {}, *values[ARGUMENT_LIMIT];
  uint32_t positional = count - (uint32_t)tuple_count(names);
  for (uint32_t i = 0; i < count; i++) values[i] = get_register(builder, first + i);
  for (uint32_t i = 0; i < positional; i++) arguments[i] = values[i];
  return match_names(code, bound, names, values + positional, arguments) &&
         build_constant_call(builder, known, arguments, code->argument_count - bound, first);
}
