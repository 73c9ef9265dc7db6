// The module _decimal: the class Decimal with its operators, and what else decimal.py exports.
//
// Numbers are computed by GMP (_decimal_number.c and its neighbours); a Decimal never changes, so nothing is locked.
#include "runtime/module/_decimal.h"
#include "runtime/module/_io.h"
#include "runtime/object/container.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"

// ---- Making ----

static Value decimal_new(Value class, Value *arguments, size_t count, Value keyword_names) {
  static const Signature *signature;
  Value given[2];
  if (count == 1 && !keyword_names && (value_is_int(arguments[0]) || value_is_decimal(arguments[0])))
    return decimal_from_any_exactly(value_as_class(class), arguments[0], NULL); // nothing that a context could hear of
  if (!arguments_parse("Decimal", "(value='0', context=None)", &signature, arguments, count, keyword_names, given))
    return NULL;
  Value context = context_argument(given[1]);
  if (!context) return NULL;
  return decimal_from_any_exactly(value_as_class(class), given[0] ? given[0] : value_from_small_int(0), context);
}

static Value decimal_from_float(Value class, Value number) {
  Value exact;
  if (value_is_int(number))
    exact = decimal_from_int(decimal_state.decimal, number);
  else if (value_is_float(number))
    exact = decimal_from_double_exactly(decimal_state.decimal, float_as_double(number));
  else
    return raise_type_error("argument must be int or float");
  if (!exact || value_as_class(class) == decimal_state.decimal) return exact;
  return value_call_1(class, exact);
}

// ---- Operators ----

// `quick` may be NULL.
static Value operate(BinaryOperation *operation, QuickOperation *quick, Value a, Value b) {
  if (!(a = decimal_operand(a)) || !(b = decimal_operand(b))) return NULL;
  if (a == VALUE_NOT_IMPLEMENTED || b == VALUE_NOT_IMPLEMENTED) return VALUE_NOT_IMPLEMENTED;
  Value context = context_current(), result;
  if (!context) return NULL;
  if (quick && ((result = quick(a, b, context_settings(context))) || exception_pending())) return result;
  return decimal_compute_binary(operation, a, b, context);
}
#define OPERATOR(name, operation, quick)                                                                               \
  static Value operator_##name(Value self, Value other) {                                                              \
    return operate(operation, quick, self, other);                                                                     \
  }                                                                                                                    \
  static Value reflected_##name(Value self, Value other) {                                                             \
    return operate(operation, quick, other, self);                                                                     \
  }
OPERATOR(add, number_add, decimal_add_quickly)
OPERATOR(subtract, number_subtract, decimal_subtract_quickly)
OPERATOR(multiply, number_multiply, decimal_multiply_quickly)
OPERATOR(divide, number_divide, NULL)
OPERATOR(divide_integer, number_divide_integer, NULL)
OPERATOR(remainder, number_remainder, NULL)

static Value divmod_of(Value a, Value b) {
  if (!(a = decimal_operand(a)) || !(b = decimal_operand(b))) return NULL;
  if (a == VALUE_NOT_IMPLEMENTED || b == VALUE_NOT_IMPLEMENTED) return VALUE_NOT_IMPLEMENTED;
  Value context = context_current();
  return context ? decimal_compute_divmod(a, b, context) : NULL;
}
static Value operator_divmod(Value self, Value other) {
  return divmod_of(self, other);
}
static Value reflected_divmod(Value self, Value other) {
  return divmod_of(other, self);
}
static Value power_of(Value a, Value b, Value modulus) {
  if (modulus == VALUE_NONE) modulus = NULL;
  if (!(a = decimal_operand(a)) || !(b = decimal_operand(b)) || (modulus && !(modulus = decimal_operand(modulus))))
    return NULL;
  if (a == VALUE_NOT_IMPLEMENTED || b == VALUE_NOT_IMPLEMENTED || modulus == VALUE_NOT_IMPLEMENTED)
    return VALUE_NOT_IMPLEMENTED;
  Value context = context_current();
  return context ? decimal_compute_power(a, b, modulus, context) : NULL;
}
static Value operator_power(Value self, Value other, Value modulus) {
  return power_of(self, other, modulus);
}
static Value reflected_power(Value self, Value other, Value modulus) {
  return power_of(other, self, modulus);
}

static Value operate_unary(UnaryOperation *operation, Value self) {
  Value context = context_current();
  return context ? decimal_compute_unary(operation, self, context) : NULL;
}
static Value operator_negative(Value self) {
  return operate_unary(number_minus, self);
}
static Value operator_positive(Value self) {
  return operate_unary(number_plus, self);
}
static Value operator_absolute(Value self) {
  return operate_unary(number_absolute, self);
}
static Value decimal_truth(Value self) {
  const Decimal *decimal = as_decimal(self);
  return value_from_bool(decimal->kind != DECIMAL_FINITE || int_sign(decimal->coefficient) != 0);
}

// ---- Comparison ----

// `self` and `other` as Decimals that compare as they do. VALUE_NOT_IMPLEMENTED: they do not. False: exception.
static bool comparable(Value *self, Value *other, bool only_equality, Value context) {
  Value value = *other;
  *other = decimal_operand(value);
  if (*other != VALUE_NOT_IMPLEMENTED) return *other != NULL;
  if (value_is_complex(value) && only_equality && ((Complex *)value_cell(value))->imaginary == 0)
    value = float_from_double(((Complex *)value_cell(value))->real);
  if (!value) return false;
  if (value_is_float(value)) {
    if (only_equality)
      __atomic_fetch_or(&context_settings(context)->status, STATUS_FLOAT_OPERATION, __ATOMIC_RELAXED);
    else if (!context_report(context, STATUS_FLOAT_OPERATION))
      return false;
    *other = decimal_from_double_exactly(decimal_state.decimal, float_as_double(value));
    return *other != NULL;
  }
  int rational = value_isinstance(value, decimal_state.rational);
  if (rational <= 0) return rational == 0;
  // a ? n/d: a * d ? n
  Value numerator = value_get_attribute_c(value, "numerator");
  Value denominator = numerator ? value_get_attribute_c(value, "denominator") : NULL;
  if (!denominator) return false;
  if (!value_is_int(numerator) || !value_is_int(denominator)) {
    raise_type_error("numerator and denominator must be ints");
    return false;
  }
  *other = decimal_from_int(decimal_state.decimal, numerator);
  if (*other && as_decimal(*self)->kind == DECIMAL_FINITE) {
    const Decimal *own = as_decimal(*self);
    Value coefficient = int_multiply(own->coefficient, denominator);
    Value scaled = coefficient ? decimal_from_int(decimal_state.decimal, coefficient) : NULL;
    if (!scaled) return false;
    as_decimal(scaled)->exponent = own->exponent;
    as_decimal(scaled)->negative = own->negative;
    *self = scaled;
  }
  return *other != NULL;
}

static Value decimal_compare(Value self, Value other, Comparison comparison) {
  bool only_equality = comparison == COMPARE_EQUAL || comparison == COMPARE_NOT_EQUAL;
  Value context = context_current();
  if (!context || !comparable(&self, &other, only_equality, context)) return NULL;
  if (other == VALUE_NOT_IMPLEMENTED) return other;
  const Decimal *a = as_decimal(self), *b = as_decimal(other);
  if (a->kind >= DECIMAL_NAN || b->kind >= DECIMAL_NAN) {
    bool signals = a->kind == DECIMAL_SIGNALING || b->kind == DECIMAL_SIGNALING || !only_equality;
    if (signals && !context_report(context, STATUS_INVALID_OPERATION)) return NULL;
    return value_from_bool(comparison == COMPARE_NOT_EQUAL);
  }
  Number x, y;
  number_borrow(&x, self);
  number_borrow(&y, other);
  int order = number_order(&x, &y);
  KEEP(self);
  KEEP(other);
  return value_from_bool(order_satisfies(comparison, order, 0));
}
COMPARISON_METHODS(decimal, decimal_compare)

static Value hash_method(Value self) {
  int64_t hash = decimal_hash(self);
  return hash == -1 ? NULL : int_from_int64(hash);
}

// ---- Conversions ----

static Value decimal_str(Value self) {
  Value context = context_current();
  if (!context) return NULL;
  Number number;
  number_borrow(&number, self);
  Value text = number_to_text(&number, false, context_settings(context)->capitals);
  KEEP(self);
  return text;
}
static Value decimal_repr(Value self) {
  Value text = decimal_str(self);
  return text ? str_format_c("Decimal('%U')", text) : NULL;
}
static Value decimal_format(Value self, Value specification, Value override) {
  Value context = context_current();
  if (!context) return NULL;
  if (!value_is_str(specification)) return raise_type_error("format arg must be str");
  if (override && !value_is_dict(override)) return raise_type_error("optional argument must be a dict");
  Number number;
  uint32_t status = 0;
  Settings settings = *context_settings(context);
  number_borrow(&number, self);
  Value text = number_format(&number, specification, override, &settings, &status);
  KEEP(self);
  return text && !status ? text : status ? raise_memory_error() : NULL;
}

static Value to_int(Value self, Rounding rounding) {
  Number number;
  number_borrow(&number, self);
  Value result = number_to_int(&number, rounding);
  KEEP(self);
  return result;
}
static Value decimal_int(Value self) {
  return to_int(self, ROUND_DOWN);
}
static Value decimal_ceiling(Value self) {
  return to_int(self, ROUND_CEILING);
}
static Value decimal_floor(Value self) {
  return to_int(self, ROUND_FLOOR);
}
static Value decimal_round(Value self, Value digits) {
  if (!digits) return to_int(self, ROUND_HALF_EVEN);
  int64_t places;
  if (!value_is_int(digits)) return raise_type_error("optional arg must be an integer");
  if (!value_as_size(digits, &places, CLASS_OVERFLOW_ERROR)) return NULL;
  Value exponent = decimal_from_int(decimal_state.decimal, value_from_small_int(1)), context = context_current();
  if (!exponent || !context) return NULL;
  constexpr int64_t farthest = 2 * DECIMAL_MAX_EXPONENT;
  as_decimal(exponent)->exponent = places > farthest ? -farthest : places < -farthest ? farthest : -places;
  return decimal_compute_binary(number_quantize, self, exponent, context);
}
static Value decimal_complex(Value self) {
  Value real = decimal_to_float(self);
  return real ? complex_from_doubles(float_as_double(real), 0) : NULL;
}
static Value decimal_reduce(Value self) {
  Value text = decimal_str(self);
  return tuple_of(2, value_from_cell(value_class(self)), text ? tuple_of(1, text) : NULL);
}
static Value decimal_self(Value self) {
  return self;
}
static Value decimal_deepcopy(Value self, [[maybe_unused]] Value memo) {
  return self;
}
static Value get_imaginary([[maybe_unused]] Value self) {
  return decimal_from_int(decimal_state.decimal, value_from_small_int(0));
}
static Value decimal_adjusted(Value self) {
  if (as_decimal(self)->kind != DECIMAL_FINITE) return value_from_small_int(0);
  Number number;
  number_borrow(&number, self);
  int64_t adjusted = number_adjusted(&number);
  KEEP(self);
  return value_from_small_int(adjusted);
}
static Value decimal_radix([[maybe_unused]] Value self) {
  return decimal_from_int(decimal_state.decimal, value_from_small_int(10));
}
static Value decimal_sizeof(Value self) {
  return int_from_size(sizeof(Decimal) + int_bit_length(as_decimal(self)->coefficient) / 8);
}

static const NativeMethod decimal_methods[] = {
    NATIVE("__new__", decimal_new, "($type, /, value='0', context=None)", "Create a Decimal.", NATIVE_STATIC),
    NATIVE("__repr__", decimal_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__str__", decimal_str, "($self, /)", "Return str(self)."),
    NATIVE("__format__", decimal_format, "($self, format_spec, override=None, /)", "Format by a specification."),
    COMPARISON_ENTRIES(decimal),
    NATIVE("__hash__", hash_method, "($self, /)", "Return hash(self)."),
    NATIVE("__add__", operator_add, "($self, value, /)", "Return self+value."),
    NATIVE("__radd__", reflected_add, "($self, value, /)", "Return value+self."),
    NATIVE("__sub__", operator_subtract, "($self, value, /)", "Return self-value."),
    NATIVE("__rsub__", reflected_subtract, "($self, value, /)", "Return value-self."),
    NATIVE("__mul__", operator_multiply, "($self, value, /)", "Return self*value."),
    NATIVE("__rmul__", reflected_multiply, "($self, value, /)", "Return value*self."),
    NATIVE("__truediv__", operator_divide, "($self, value, /)", "Return self/value."),
    NATIVE("__rtruediv__", reflected_divide, "($self, value, /)", "Return value/self."),
    NATIVE("__floordiv__", operator_divide_integer, "($self, value, /)", "Return self//value."),
    NATIVE("__rfloordiv__", reflected_divide_integer, "($self, value, /)", "Return value//self."),
    NATIVE("__mod__", operator_remainder, "($self, value, /)", "Return self%value."),
    NATIVE("__rmod__", reflected_remainder, "($self, value, /)", "Return value%self."),
    NATIVE("__divmod__", operator_divmod, "($self, value, /)", "Return divmod(self, value)."),
    NATIVE("__rdivmod__", reflected_divmod, "($self, value, /)", "Return divmod(value, self)."),
    NATIVE("__pow__", operator_power, "($self, value, mod=None, /)", "Return pow(self, value, mod)."),
    NATIVE("__rpow__", reflected_power, "($self, value, mod=None, /)", "Return pow(value, self, mod)."),
    NATIVE("__neg__", operator_negative, "($self, /)", "-self"),
    NATIVE("__pos__", operator_positive, "($self, /)", "+self"),
    NATIVE("__abs__", operator_absolute, "($self, /)", "abs(self)"),
    NATIVE("__bool__", decimal_truth, "($self, /)", "True if self else False"),
    NATIVE("__int__", decimal_int, "($self, /)", "int(self)"),
    NATIVE("__float__", decimal_to_float, "($self, /)", "float(self)"),
    NATIVE("__trunc__", decimal_int, "($self, /)", "Rounded towards zero.", NATIVE_METHOD),
    NATIVE("__ceil__", decimal_ceiling, "($self, /)", "Rounded up.", NATIVE_METHOD),
    NATIVE("__floor__", decimal_floor, "($self, /)", "Rounded down.", NATIVE_METHOD),
    NATIVE("__round__", decimal_round, "($self, ndigits=<unrepresentable>, /)", "Rounded half to even.", NATIVE_METHOD),
    NATIVE("__complex__", decimal_complex, "($self, /)", "complex(self)", NATIVE_METHOD),
    NATIVE("__reduce__", decimal_reduce, "($self, /)", "How a pickle makes it.", NATIVE_METHOD),
    NATIVE("__copy__", decimal_self, "($self, /)", "Itself."),
    NATIVE("__deepcopy__", decimal_deepcopy, "($self, memo, /)", "Itself."),
    NATIVE("__sizeof__", decimal_sizeof, "($self, /)", "Size in memory, in bytes.", NATIVE_METHOD),
    NATIVE("from_float", decimal_from_float, "($type, f, /)", "The exact value of a float or int.", NATIVE_CLASS),
    NATIVE("as_tuple", decimal_as_tuple, "($self, /)", "Sign, digits and exponent."),
    NATIVE("as_integer_ratio", decimal_as_integer_ratio, "($self, /)", "Numerator and denominator in lowest terms."),
    NATIVE("adjusted", decimal_adjusted, "($self, /)", "The exponent of the first digit."),
    NATIVE("canonical", decimal_self, "($self, /)", "Itself."),
    NATIVE("conjugate", decimal_self, "($self, /)", "Itself."),
    NATIVE("radix", decimal_radix, "($self, /)", "Ten."),
    {}};
static const NativeProperty decimal_properties[] = {
    {"real", decimal_self, NULL, NULL}, {"imag", get_imaginary, NULL, NULL}, {}};
static const CellType decimal_cell_type = {.name = "Decimal", CELL_VALUES(Decimal, coefficient, coefficient)};
static const ClassDef decimal_definition = {.name = "decimal.Decimal",
                                            .doc = "Construct a new Decimal object. 'value' can be an integer, string, "
                                                   "tuple, or another Decimal object.",
                                            .cell_type = &decimal_cell_type,
                                            .instance_size = sizeof(Decimal),
                                            .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE,
                                            .methods = decimal_methods,
                                            .properties = decimal_properties,
                                            .construct = decimal_new};

// ---- The module ----

static bool make_class(void) {
  if (!(decimal_state.decimal = class_from_definition(&decimal_definition, NULL))) return false;
  for (const NativeMethod *method = decimal_operations; method->name; method++) {
    Value descriptor = native_descriptor_new(method, decimal_state.decimal);
    if (!descriptor || !class_set_attribute(decimal_state.decimal, str_intern_c(method->name), descriptor))
      return false;
  }
  return true;
}

// What other modules have a part in: numbers knows the class, collections makes the tuple.
static bool make_relations(void) {
  Value numbers = import_module("numbers"), number = numbers ? value_get_attribute_c(numbers, "Number") : NULL;
  if (!number || !value_call_method_1(number, "register", value_from_cell(decimal_state.decimal))) return false;
  if (!(decimal_state.rational = value_get_attribute_c(numbers, "Rational"))) return false;
  Value collections = import_module("collections");
  Value class = collections ? value_call_method_2(collections, "namedtuple", str_intern_c("DecimalTuple"),
                                                  str_from_c("sign digits exponent"))
                            : NULL;
  if (!class || !value_set_attribute_c(class, "__module__", str_intern_c("decimal"))) return false;
  decimal_state.tuple = class;
  return true;
}

static bool decimal_initialize(Value module) {
  if (!decimal_state.decimal) {
    heap_add_root_range((Value *)&decimal_state, sizeof decimal_state / sizeof(Value));
    decimal_number_prepare();
    if (!make_class()) return false;
  }
  if (!decimal_context_initialize(module) || (!decimal_state.tuple && !make_relations())) return false;
  return module_add(module, "Decimal", value_from_cell(decimal_state.decimal)) &&
         module_add(module, "DecimalTuple", decimal_state.tuple) &&
         module_add_int(module, "MAX_PREC", DECIMAL_MAX_PRECISION) &&
         module_add_int(module, "MAX_EMAX", DECIMAL_MAX_EXPONENT) &&
         module_add_int(module, "MIN_EMIN", DECIMAL_MIN_EXPONENT) &&
         module_add_int(module, "MIN_ETINY", DECIMAL_MIN_TINY) && module_add(module, "HAVE_THREADS", VALUE_TRUE) &&
         module_add(module, "HAVE_CONTEXTVAR", VALUE_TRUE) && module_add_str(module, "__version__", "1.70") &&
         module_add_str(module, "__libmpdec_version__", "2.5.1");
}
const NativeModule decimal_module = {
    .name = "_decimal", .doc = "Decimal arithmetic.", .functions = decimal_functions, .initialize = decimal_initialize};
