// decimal.Context: precision, rounding, limits, which signals have been raised and which are trapped; the current
// context; SignalDict, the mapping from signal to bool that shows a context's flags or traps.
//
// Threads: contexts may be shared. An operation copies the settings when it begins, each read being one load, and adds
// what it has to report to the flags atomically.
#include "runtime/module/_decimal.h"
#include "runtime/module/_io.h"
#include "runtime/object/arguments.h"
#include "runtime/object/container.h"
#include "runtime/object/dict.h"

struct DecimalState decimal_state;

// ---- Signals ----

// The exceptions, and what raises them. First the signals, in the order in which they are shown, then the conditions
// that are told together with InvalidOperation.
enum : int { SIGNAL_COUNT = 9, EXCEPTION_COUNT = 13 };
static const struct {
  const char *name;
  uint32_t status;
  int8_t bases[3]; // indexes; -1: none, -2: DecimalException, -3: ZeroDivisionError, -4: TypeError
} exceptions[EXCEPTION_COUNT] = {
    {"InvalidOperation", STATUS_INVALID, {-2, -1, -1}},
    {"FloatOperation", STATUS_FLOAT_OPERATION, {-2, -4, -1}},
    {"DivisionByZero", STATUS_DIVISION_BY_ZERO, {-2, -3, -1}},
    {"Overflow", STATUS_OVERFLOW, {6, 7, -1}},
    {"Underflow", STATUS_UNDERFLOW, {6, 7, 5}},
    {"Subnormal", STATUS_SUBNORMAL, {-2, -1, -1}},
    {"Inexact", STATUS_INEXACT, {-2, -1, -1}},
    {"Rounded", STATUS_ROUNDED, {-2, -1, -1}},
    {"Clamped", STATUS_CLAMPED, {-2, -1, -1}},
    {"ConversionSyntax", STATUS_CONVERSION_SYNTAX, {0, -1, -1}},
    {"DivisionImpossible", STATUS_DIVISION_IMPOSSIBLE, {0, -1, -1}},
    {"DivisionUndefined", STATUS_DIVISION_UNDEFINED, {0, -3, -1}},
    {"InvalidContext", STATUS_INVALID_CONTEXT, {0, -1, -1}},
};

static Value make_exception(const char *name, Value bases) {
  Value namespace_dict = dict_new();
  if (!namespace_dict || !bases || !dict_set_c(namespace_dict, "__module__", str_intern_c("decimal"))) return NULL;
  return class_create(BUILTIN(TYPE), str_intern_c(name), bases, namespace_dict, NULL, NULL);
}
static Value base_of(int index) {
  return index >= 0    ? decimal_state.exceptions[index]
         : index == -2 ? decimal_state.exception
         : index == -3 ? value_from_cell(BUILTIN(ZERO_DIVISION_ERROR))
                       : value_from_cell(BUILTIN(TYPE_ERROR));
}
static bool make_exceptions(void) {
  struct DecimalState *state = &decimal_state;
  state->exception = make_exception("DecimalException", tuple_of(1, value_from_cell(BUILTIN(ARITHMETIC_ERROR))));
  if (!state->exception) return false;
  // Bases first.
  static const uint8_t order[EXCEPTION_COUNT] = {0, 1, 2, 5, 6, 7, 8, 3, 4, 9, 10, 11, 12};
  for (int i = 0; i < EXCEPTION_COUNT; i++) {
    const int8_t *bases = exceptions[order[i]].bases;
    Value first = base_of(bases[0]), tuple;
    if (bases[2] != -1)
      tuple = tuple_of(3, first, base_of(bases[1]), base_of(bases[2]));
    else
      tuple = bases[1] != -1 ? tuple_of(2, first, base_of(bases[1])) : tuple_of(1, first);
    if (!(state->exceptions[order[i]] = make_exception(exceptions[order[i]].name, tuple))) return false;
  }
  return (state->signals = tuple_new(state->exceptions, SIGNAL_COUNT)) != NULL;
}

// The exceptions that stand for `status`, as a list: what an exception has as its argument.
static Value exceptions_of(uint32_t status) {
  Value list = list_new_sized(2);
  // InvalidOperation itself only for what has no condition of its own.
  static const uint8_t order[] = {0, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6, 7, 8};
  for (size_t i = 0; list && i < sizeof order; i++) {
    uint32_t sought = order[i] == 0 ? (uint32_t)STATUS_INVALID_OPERATION : exceptions[order[i]].status;
    if ((status & sought) && !list_append(list, decimal_state.exceptions[order[i]])) return NULL;
  }
  return list;
}

bool context_report(Value context, uint32_t status) {
  if (!status) return true;
  Settings *settings = context_settings(context);
  __atomic_fetch_or(&settings->status, status, __ATOMIC_RELAXED);
  if (status & STATUS_MEMORY) {
    raise_memory_error();
    return false;
  }
  uint32_t trapped = status & settings->traps;
  if (!trapped) return true;
  for (int i = 0; i < SIGNAL_COUNT; i++) {
    if (!(trapped & exceptions[i].status)) continue;
    Value list = exceptions_of(trapped);
    Value exception = list ? value_call_1(decimal_state.exceptions[i], list) : NULL;
    if (exception) raise_object(exception);
    break;
  }
  return false;
}

// ---- SignalDict ----

typedef struct SignalDict {
  Cell head;
  Value context; // zero: made by a call of the class
  // ---- end of values
  bool is_traps;
} SignalDict;
static const CellType signal_dict_cell_type = {.name = "SignalDict", CELL_VALUES(SignalDict, context, context)};

static bool is_signal_dict(Value value) {
  return value_is_instance(value, decimal_state.signal_dict);
}
// The bits that a SignalDict shows; NULL: ValueError.
static uint32_t *signal_bits(Value self) {
  const SignalDict *dict = (const SignalDict *)value_cell(self);
  if (!dict->context) {
    raise_value_error("invalid signal dict");
    return NULL;
  }
  Settings *settings = context_settings(dict->context);
  return dict->is_traps ? &settings->traps : &settings->status;
}
// The index of a signal among the exceptions; -1: KeyError.
static int signal_index(Value signal) {
  for (int i = 0; i < SIGNAL_COUNT; i++)
    if (decimal_state.exceptions[i] == signal) return i;
  raise(CLASS_KEY_ERROR, "invalid error flag");
  return -1;
}
static Value signal_dict_new(Class *class, Value context, bool is_traps) {
  SignalDict *dict = class_allocate(class, 0);
  if (!dict) return NULL;
  gc_init(dict, &dict->context, context);
  dict->is_traps = is_traps;
  return value_from_cell(dict);
}
static Value signal_dict_construct(Value class, [[maybe_unused]] Value *arguments, [[maybe_unused]] size_t count,
                                   [[maybe_unused]] Value keyword_names) {
  return signal_dict_new(value_as_class(class), NULL, false);
}
static Value signal_dict_get(Value self, Value signal) {
  const uint32_t *bits = signal_bits(self);
  int index = bits ? signal_index(signal) : -1;
  return index < 0 ? NULL : value_from_bool((*bits & exceptions[index].status) != 0);
}
static void set_bits(uint32_t *bits, uint32_t mask, bool on) {
  if (on)
    __atomic_fetch_or(bits, mask, __ATOMIC_RELAXED);
  else
    __atomic_fetch_and(bits, ~mask, __ATOMIC_RELAXED);
}
static Value signal_dict_set(Value self, Value signal, Value value) {
  uint32_t *bits = signal_bits(self);
  int index = bits ? signal_index(signal) : -1, truth = index < 0 ? -1 : value_truth(value);
  if (truth < 0) return NULL;
  set_bits(bits, exceptions[index].status, truth);
  return VALUE_NONE;
}
static Value signal_dict_delete([[maybe_unused]] Value self, [[maybe_unused]] Value signal) {
  return raise_value_error("signal keys cannot be deleted");
}
static Value signal_dict_length([[maybe_unused]] Value self) {
  return value_from_small_int(SIGNAL_COUNT);
}
static Value signal_dict_iterate(Value self) {
  return signal_bits(self) ? value_iterate(decimal_state.signals) : NULL;
}
static Value signal_dict_repr(Value self) {
  const uint32_t *bits = signal_bits(self);
  if (!bits) return NULL;
  StrBuilder builder;
  str_builder_start(&builder);
  for (int i = 0; i < SIGNAL_COUNT; i++) {
    Value part = str_format_c("%s<class 'decimal.%s'>:%s", i ? ", " : "{", exceptions[i].name,
                              *bits & exceptions[i].status ? "True" : "False");
    if (!part) return NULL;
    str_builder_add(&builder, part);
  }
  str_builder_add_character(&builder, '}');
  return str_builder_finish(&builder);
}
static Value signal_dict_copy(Value self) {
  const uint32_t *bits = signal_bits(self);
  Value dict = bits ? dict_new() : NULL;
  for (int i = 0; dict && i < SIGNAL_COUNT; i++)
    if (!dict_set(dict, decimal_state.exceptions[i], value_from_bool((*bits & exceptions[i].status) != 0))) return NULL;
  return dict;
}

// The bits that a dict from signal to truth stands for. False: exception.
static bool bits_of_dict(Value value, uint32_t *bits) {
  if (!value_is_dict(value)) {
    raise_type_error("argument must be a signal dict");
    return false;
  }
  *bits = 0;
  if (dict_count(value) != SIGNAL_COUNT) {
    raise(CLASS_KEY_ERROR, "invalid signal dict");
    return false;
  }
  for (int i = 0; i < SIGNAL_COUNT; i++) {
    Value item = dict_get(value, decimal_state.exceptions[i]);
    if (!item && !exception_pending()) raise(CLASS_KEY_ERROR, "invalid signal dict");
    int truth = item ? value_truth(item) : -1;
    if (truth < 0) return false;
    if (truth) *bits |= exceptions[i].status;
  }
  return true;
}
// A SignalDict, or such a dict.
static bool bits_of_mapping(Value value, uint32_t *bits) {
  if (!is_signal_dict(value)) return bits_of_dict(value, bits);
  const uint32_t *from = signal_bits(value);
  if (from) *bits = *from;
  return from != NULL;
}
// A list of signals, as the constructor takes it.
static bool bits_of_list(Value list, uint32_t *bits) {
  *bits = 0;
  for (size_t i = 0; i < list_count(list); i++) {
    Value item = list_item(list, i);
    int found = -1;
    for (int k = 0; k < EXCEPTION_COUNT; k++)
      if (decimal_state.exceptions[k] == item) found = k;
    if (found < 0) {
      raise(CLASS_KEY_ERROR, "invalid error flag");
      return false;
    }
    *bits |= exceptions[found].status;
  }
  return true;
}
// All bits that belong to a signal count as one.
static uint32_t signals_in(uint32_t bits) {
  uint32_t signals = 0;
  for (int i = 0; i < SIGNAL_COUNT; i++)
    if (bits & exceptions[i].status) signals |= 1u << i;
  return signals;
}
static Value signal_dict_equality(Value self, Value other, bool negate) {
  uint32_t bits;
  const uint32_t *own = signal_bits(self);
  if (!own) return NULL;
  if (!is_signal_dict(other) && !value_is_dict(other)) return VALUE_NOT_IMPLEMENTED;
  if (!bits_of_mapping(other, &bits)) return exception_clear_if(CLASS_KEY_ERROR) ? value_from_bool(negate) : NULL;
  return value_from_bool((signals_in(*own) == signals_in(bits)) != negate);
}
static Value signal_dict_equal(Value self, Value other) {
  return signal_dict_equality(self, other, false);
}
static Value signal_dict_not_equal(Value self, Value other) {
  return signal_dict_equality(self, other, true);
}

static const NativeMethod signal_dict_methods[] = {
    NATIVE("__new__", signal_dict_construct, NULL, "Create one that shows nothing.", NATIVE_STATIC),
    NATIVE("__getitem__", signal_dict_get, "($self, key, /)", "Return self[key]."),
    NATIVE("__setitem__", signal_dict_set, "($self, key, value, /)", "Set self[key] to value."),
    NATIVE("__delitem__", signal_dict_delete, "($self, key, /)", "Delete self[key]."),
    NATIVE("__len__", signal_dict_length, "($self, /)", "Return len(self)."),
    NATIVE("__iter__", signal_dict_iterate, "($self, /)", "Implement iter(self)."),
    NATIVE("__repr__", signal_dict_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__eq__", signal_dict_equal, "($self, value, /)", "Return self==value."),
    NATIVE("__ne__", signal_dict_not_equal, "($self, value, /)", "Return self!=value."),
    NATIVE("copy", signal_dict_copy, "($self, /)", "A dict of all signals."),
    {}};
static const ClassDef signal_dict_definition = {.name = "decimal.SignalDictMixin",
                                                .cell_type = &signal_dict_cell_type,
                                                .instance_size = sizeof(SignalDict),
                                                .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE | CLASS_UNHASHABLE,
                                                .methods = signal_dict_methods};

// ---- Context ----

static const CellType context_cell_type = {.name = "Context", CELL_VALUES(DecimalContext, traps, flags)};
static DecimalContext *as_context(Value value) {
  return (DecimalContext *)value_cell(value);
}
bool value_is_decimal_context(Value value) {
  return value_is_instance(value, decimal_state.context);
}

static const char *const rounding_names[ROUNDING_COUNT] = {[ROUND_UP] = "ROUND_UP",
                                                           [ROUND_DOWN] = "ROUND_DOWN",
                                                           [ROUND_CEILING] = "ROUND_CEILING",
                                                           [ROUND_FLOOR] = "ROUND_FLOOR",
                                                           [ROUND_HALF_UP] = "ROUND_HALF_UP",
                                                           [ROUND_HALF_DOWN] = "ROUND_HALF_DOWN",
                                                           [ROUND_HALF_EVEN] = "ROUND_HALF_EVEN",
                                                           [ROUND_05UP] = "ROUND_05UP"};

static const Settings default_settings = {.precision = 28,
                                          .maximum = 999999,
                                          .minimum = -999999,
                                          .rounding = ROUND_HALF_EVEN,
                                          .capitals = true,
                                          .traps = STATUS_INVALID | STATUS_DIVISION_BY_ZERO | STATUS_OVERFLOW};
const Settings decimal_exact_settings = {.precision = DECIMAL_MAX_PRECISION,
                                         .maximum = DECIMAL_MAX_EXPONENT,
                                         .minimum = DECIMAL_MIN_EXPONENT,
                                         .rounding = ROUND_HALF_EVEN,
                                         .capitals = true};

static Value context_from(Class *class, const Settings *settings) {
  DecimalContext *context = class_allocate(class, 0);
  if (!context) return NULL;
  context->settings = *settings;
  Value self = value_from_cell(context), traps = signal_dict_new(decimal_state.signal_dict, self, true);
  Value flags = traps ? signal_dict_new(decimal_state.signal_dict, self, false) : NULL;
  if (!flags) return NULL;
  gc_store(context, &context->traps, traps);
  gc_store(context, &context->flags, flags);
  return self;
}

bool rounding_parse(Value value, Rounding *rounding) {
  for (int i = 0; value_is_str(value) && i < ROUNDING_COUNT; i++)
    if (str_equals_c(value, rounding_names[i])) {
      *rounding = (Rounding)i;
      return true;
    }
  raise_type_error("valid values for rounding are:\n  [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN,\n   "
                   "ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN,\n   ROUND_05UP]");
  return false;
}

// A setter's number within limits. False: exception.
static bool limited(Value value, int64_t low, int64_t high, const char *message, int64_t *number) {
  if (!value) {
    raise(CLASS_ATTRIBUTE_ERROR, "context attributes cannot be deleted");
    return false;
  }
  if (!value_is_int(value)) {
    raise_type_error("an integer is required");
    return false;
  }
  if (!int_fits_int64(value, number)) {
    raise(CLASS_OVERFLOW_ERROR, "Python int too large to convert to C ssize_t");
    return false;
  }
  if (*number >= low && *number <= high) return true;
  raise_value_error("%s", message);
  return false;
}
#define STORE(field, value) __atomic_store_n(&as_context(self)->settings.field, (value), __ATOMIC_RELAXED)
static bool set_precision(Value self, Value value) {
  int64_t number;
  if (!limited(value, 1, DECIMAL_MAX_PRECISION, "valid range for prec is [1, MAX_PREC]", &number)) return false;
  STORE(precision, number);
  return true;
}
static bool set_maximum(Value self, Value value) {
  int64_t number;
  if (!limited(value, 0, DECIMAL_MAX_EXPONENT, "valid range for Emax is [0, MAX_EMAX]", &number)) return false;
  STORE(maximum, number);
  return true;
}
static bool set_minimum(Value self, Value value) {
  int64_t number;
  if (!limited(value, DECIMAL_MIN_EXPONENT, 0, "valid range for Emin is [MIN_EMIN, 0]", &number)) return false;
  STORE(minimum, number);
  return true;
}
static bool set_capitals(Value self, Value value) {
  int64_t number;
  if (!limited(value, 0, 1, "valid values for capitals are [0, 1]", &number)) return false;
  STORE(capitals, number != 0);
  return true;
}
static bool set_clamp(Value self, Value value) {
  int64_t number;
  if (!limited(value, 0, 1, "valid values for clamp are [0, 1]", &number)) return false;
  STORE(clamp, number != 0);
  return true;
}
static bool set_rounding(Value self, Value value) {
  Rounding rounding;
  if (!value) {
    raise(CLASS_ATTRIBUTE_ERROR, "context attributes cannot be deleted");
    return false;
  }
  if (!rounding_parse(value, &rounding)) return false;
  STORE(rounding, rounding);
  return true;
}
static bool set_signals(Value self, Value value, bool is_traps) {
  uint32_t bits;
  if (!value) {
    raise(CLASS_ATTRIBUTE_ERROR, "context attributes cannot be deleted");
    return false;
  }
  if (!bits_of_mapping(value, &bits)) return false;
  if (is_traps)
    STORE(traps, bits);
  else
    STORE(status, bits);
  return true;
}
static bool set_traps(Value self, Value value) {
  return set_signals(self, value, true);
}
static bool set_flags(Value self, Value value) {
  return set_signals(self, value, false);
}

static Value get_precision(Value self) {
  return value_from_small_int(as_context(self)->settings.precision);
}
static Value get_maximum(Value self) {
  return value_from_small_int(as_context(self)->settings.maximum);
}
static Value get_minimum(Value self) {
  return value_from_small_int(as_context(self)->settings.minimum);
}
static Value get_capitals(Value self) {
  return value_from_small_int(as_context(self)->settings.capitals);
}
static Value get_clamp(Value self) {
  return value_from_small_int(as_context(self)->settings.clamp);
}
static Value get_rounding(Value self) {
  return str_intern_c(rounding_names[as_context(self)->settings.rounding]);
}
static Value get_traps(Value self) {
  return as_context(self)->traps;
}
static Value get_flags(Value self) {
  return as_context(self)->flags;
}

// The parameters of Context(), in their order.
static bool (*const setters[])(Value, Value) = {set_precision, set_rounding, set_minimum,
                                                set_maximum,   set_capitals, set_clamp};
enum : int { SETTER_COUNT = 6, CONTEXT_PARAMETERS = 8 };

static bool set_signals_argument(Value self, Value value, bool is_traps) {
  uint32_t bits;
  if (!value_is_list(value)) return set_signals(self, value, is_traps);
  if (!bits_of_list(value, &bits)) return false;
  if (is_traps)
    STORE(traps, bits);
  else
    STORE(status, bits);
  return true;
}
static bool set_all(Value self, const Value *given) {
  for (int i = 0; i < SETTER_COUNT; i++)
    if (given[i] && given[i] != VALUE_NONE && !setters[i](self, given[i])) return false;
  for (int i = 0; i < 2; i++)
    if (given[SETTER_COUNT + i] && given[SETTER_COUNT + i] != VALUE_NONE &&
        !set_signals_argument(self, given[SETTER_COUNT + i], i == 1))
      return false;
  return true;
}
#define CONTEXT_PARAMETERS_TEXT                                                                                        \
  "prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, flags=None, traps=None"
static Value context_new(Value class, [[maybe_unused]] Value *arguments, [[maybe_unused]] size_t count,
                         [[maybe_unused]] Value keyword_names) {
  Settings settings =
      decimal_state.default_context ? *context_settings(decimal_state.default_context) : default_settings;
  settings.status = 0;
  return context_from(value_as_class(class), &settings);
}
static Value context_init(Value self, Value *arguments, size_t count, Value keyword_names) {
  static const Signature *signature;
  Value given[CONTEXT_PARAMETERS];
  if (!arguments_parse("Context", "(" CONTEXT_PARAMETERS_TEXT ")", &signature, arguments, count, keyword_names, given))
    return NULL;
  return set_all(self, given) ? VALUE_NONE : NULL;
}

static Value context_copy(Value self) {
  return context_from(decimal_state.context, context_settings(self));
}
static Value list_of_signals(uint32_t bits) {
  Value list = list_new_sized(2);
  for (int i = 0; list && i < SIGNAL_COUNT; i++)
    if ((bits & exceptions[i].status) && !list_append(list, decimal_state.exceptions[i])) return NULL;
  return list;
}
static Value context_reduce(Value self) {
  const Settings *settings = context_settings(self);
  return tuple_of(2, value_from_cell(value_class(self)),
                  tuple_of(8, get_precision(self), get_rounding(self), get_minimum(self), get_maximum(self),
                           get_capitals(self), get_clamp(self), list_of_signals(settings->status),
                           list_of_signals(settings->traps)));
}

// "[A, B]", in the order of the bits.
static Value names_of_signals(uint32_t bits) {
  static const uint8_t order[] = {8, 0, 2, 6, 1, 3, 7, 5, 4};
  StrBuilder builder;
  str_builder_start(&builder);
  str_builder_add_character(&builder, '[');
  bool any = false;
  for (size_t i = 0; i < sizeof order; i++) {
    if (!(bits & exceptions[order[i]].status)) continue;
    if (any) str_builder_add_c(&builder, ", ");
    str_builder_add_c(&builder, exceptions[order[i]].name);
    any = true;
  }
  str_builder_add_character(&builder, ']');
  return str_builder_finish(&builder);
}
static Value context_repr(Value self) {
  const Settings *settings = context_settings(self);
  Value flags = names_of_signals(settings->status), traps = flags ? names_of_signals(settings->traps) : NULL;
  if (!traps) return NULL;
  return str_format_c("Context(prec=%ld, rounding=%s, Emin=%ld, Emax=%ld, capitals=%d, clamp=%d, flags=%U, traps=%U)",
                      (long)settings->precision, rounding_names[settings->rounding], (long)settings->minimum,
                      (long)settings->maximum, settings->capitals, settings->clamp, flags, traps);
}
static Value context_clear_flags(Value self) {
  STORE(status, 0);
  return VALUE_NONE;
}
static Value context_clear_traps(Value self) {
  STORE(traps, 0);
  return VALUE_NONE;
}
static Value context_tiny(Value self) {
  return value_from_small_int(settings_tiny(context_settings(self)));
}
static Value context_top(Value self) {
  return value_from_small_int(settings_top(context_settings(self)));
}

static const NativeProperty context_properties[] = {{"prec", get_precision, set_precision, NULL},
                                                    {"Emax", get_maximum, set_maximum, NULL},
                                                    {"Emin", get_minimum, set_minimum, NULL},
                                                    {"rounding", get_rounding, set_rounding, NULL},
                                                    {"capitals", get_capitals, set_capitals, NULL},
                                                    {"clamp", get_clamp, set_clamp, NULL},
                                                    {"traps", get_traps, set_traps, NULL},
                                                    {"flags", get_flags, set_flags, NULL},
                                                    {}};
static const NativeMethod context_methods[] = {
    NATIVE("__new__", context_new, NULL, "Create a context.", NATIVE_STATIC),
    NATIVE("__init__", context_init, "($self, " CONTEXT_PARAMETERS_TEXT ")", "Set what is given."),
    NATIVE("__repr__", context_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__reduce__", context_reduce, "($self, /)", "How a pickle makes it.", NATIVE_METHOD),
    NATIVE("__copy__", context_copy, "($self, /)", "A context of the same settings."),
    NATIVE("copy", context_copy, "($self, /)", "A context of the same settings."),
    NATIVE("clear_flags", context_clear_flags, "($self, /)", "Reset all flags to False."),
    NATIVE("clear_traps", context_clear_traps, "($self, /)", "Set all traps to False."),
    NATIVE("Etiny", context_tiny, "($self, /)", "The least exponent that a number may have."),
    NATIVE("Etop", context_top, "($self, /)", "The greatest exponent that a number of full precision may have."),
    {}};

static const ClassDef context_definition = {.name = "decimal.Context",
                                            .doc = "The settings of decimal arithmetic.",
                                            .cell_type = &context_cell_type,
                                            .instance_size = sizeof(DecimalContext),
                                            .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE,
                                            .methods = context_methods,
                                            .properties = context_properties};
// The methods that compute.
static bool add_operations(Class *class) {
  for (const NativeMethod *method = context_operations; method->name; method++) {
    Value descriptor = native_descriptor_new(method, class);
    if (!descriptor || !class_set_attribute(class, str_intern_c(method->name), descriptor)) return false;
  }
  return true;
}

// ---- The current context ----

Value context_current(void) {
  Value context = value_call_1(decimal_state.get_variable, VALUE_NONE);
  if (!context || value_is_decimal_context(context)) return context;
  Settings settings = *context_settings(decimal_state.default_context);
  settings.status = 0;
  context = context_from(decimal_state.context, &settings);
  return context && value_call_1(decimal_state.set_variable, context) ? context : NULL;
}
Value context_argument(Value context) {
  if (!context || context == VALUE_NONE) return context_current();
  return value_is_decimal_context(context) ? context : raise_type_error("optional argument must be a context");
}

static Value decimal_getcontext(void) {
  return context_current();
}
// The templates are not made current themselves.
static Value set_current(Value context) {
  if (!value_is_decimal_context(context)) return raise_type_error("argument must be a context");
  if (context == decimal_state.default_context || context == decimal_state.basic_context ||
      context == decimal_state.extended_context) {
    if (!(context = context_copy(context))) return NULL;
    context_settings(context)->status = 0;
  }
  return value_call_1(decimal_state.set_variable, context) ? VALUE_NONE : NULL;
}
static Value decimal_setcontext(Value context) {
  return set_current(context);
}

typedef struct ContextManager {
  Cell head;
  Value local, saved;
} ContextManager;
static const CellType manager_cell_type = {.name = "ContextManager", CELL_VALUES(ContextManager, local, saved)};
static Value manager_enter(Value self) {
  Value local = ((ContextManager *)value_cell(self))->local;
  return set_current(local) ? local : NULL;
}
static Value manager_exit(Value self, [[maybe_unused]] Value arguments) {
  return set_current(((ContextManager *)value_cell(self))->saved) ? VALUE_FALSE : NULL;
}
static const NativeMethod manager_methods[] = {
    NATIVE("__enter__", manager_enter, "($self, /)", "Make the copy current."),
    NATIVE("__exit__", manager_exit, "($self, /, *args)", "Make the former context current."),
    {}};
static const ClassDef manager_definition = {.name = "decimal.ContextManager",
                                            .cell_type = &manager_cell_type,
                                            .instance_size = sizeof(ContextManager),
                                            .flags = CLASS_IMMUTABLE | CLASS_NO_NEW,
                                            .methods = manager_methods};

// Sets what localcontext() is given by name. False: exception.
static bool set_by_name(Value self, Value names) {
  static const char *const parameters[CONTEXT_PARAMETERS] = {"prec",     "rounding", "Emin",  "Emax",
                                                             "capitals", "clamp",    "flags", "traps"};
  Value given[CONTEXT_PARAMETERS] = {}, name, value;
  for (size_t position = 0; dict_next(names, &position, &name, &value);) {
    int index = 0;
    while (index < CONTEXT_PARAMETERS && !str_equals_c(name, parameters[index])) index++;
    if (index == CONTEXT_PARAMETERS) {
      raise_type_error("'%U' is an invalid keyword argument for this function", name);
      return false;
    }
    given[index] = value;
  }
  return set_all(self, given);
}
static Value decimal_localcontext(Value source, Value names) {
  Value saved = context_current();
  if (!saved) return NULL;
  if (!source || source == VALUE_NONE) source = saved;
  if (!value_is_decimal_context(source)) return raise_type_error("optional argument must be a context");
  Value local = context_copy(source);
  if (!local || !set_by_name(local, names)) return NULL;
  ContextManager *manager = class_allocate(decimal_state.manager, 0);
  if (!manager) return NULL;
  gc_init(manager, &manager->local, local);
  gc_init(manager, &manager->saved, saved);
  return value_from_cell(manager);
}
const NativeMethod decimal_functions[] = {
    NATIVE("getcontext", decimal_getcontext, "()", "The current context."),
    NATIVE("setcontext", decimal_setcontext, "(context, /)", "Make a context the current one."),
    NATIVE("localcontext", decimal_localcontext, "(ctx=None, **kwargs)",
           "A context manager that makes a copy current, and back again."),
    {}};

// ---- The module's part ----

static bool make_signal_dict(void) {
  Class *mixin = class_from_definition(&signal_dict_definition, NULL);
  Value module = mixin ? import_module("_collections_abc") : NULL;
  Value mapping = module ? value_get_attribute_c(module, "MutableMapping") : NULL;
  Value bases = mapping ? tuple_of(2, value_from_cell(mixin), mapping) : NULL,
        namespace_dict = bases ? dict_new() : NULL;
  if (!namespace_dict || !dict_set_c(namespace_dict, "__module__", str_intern_c("decimal")) ||
      !dict_set_c(namespace_dict, "__slots__", tuple_empty))
    return false;
  Value class = value_call_3(value_from_cell(BUILTIN(TYPE)), str_intern_c("SignalDict"), bases, namespace_dict);
  if (class) decimal_state.signal_dict = value_as_class(class);
  return class != NULL;
}

static bool make_variable(void) {
  Value module = import_module("_contextvars");
  Value class = module ? value_get_attribute_c(module, "ContextVar") : NULL;
  Value variable = class ? value_call_1(class, str_intern_c("decimal_context")) : NULL;
  return variable && (decimal_state.get_variable = value_get_attribute_c(variable, "get")) &&
         (decimal_state.set_variable = value_get_attribute_c(variable, "set"));
}

static bool make_contexts(void) {
  struct DecimalState *state = &decimal_state;
  Settings basic = default_settings, extended = default_settings;
  basic.precision = extended.precision = 9;
  basic.rounding = ROUND_HALF_UP;
  basic.traps |= STATUS_UNDERFLOW | STATUS_CLAMPED;
  extended.traps = 0;
  return (state->default_context = context_from(state->context, &default_settings)) &&
         (state->basic_context = context_from(state->context, &basic)) &&
         (state->extended_context = context_from(state->context, &extended));
}

bool decimal_context_initialize(Value module) {
  struct DecimalState *state = &decimal_state;
  if (!state->extended_context) {
    if (!make_exceptions() || !make_signal_dict() || !make_variable() ||
        !(state->context = class_from_definition(&context_definition, NULL)) || !add_operations(state->context) ||
        !(state->manager = class_from_definition(&manager_definition, NULL)) || !make_contexts())
      return false;
  }
  if (!module_add(module, "DecimalException", state->exception)) return false;
  for (int i = 0; i < EXCEPTION_COUNT; i++)
    if (!module_add(module, exceptions[i].name, state->exceptions[i])) return false;
  for (int i = 0; i < ROUNDING_COUNT; i++)
    if (!module_add(module, rounding_names[i], str_intern_c(rounding_names[i]))) return false;
  return module_add(module, "Context", value_from_cell(state->context)) &&
         module_add(module, "DefaultContext", state->default_context) &&
         module_add(module, "BasicContext", state->basic_context) &&
         module_add(module, "ExtendedContext", state->extended_context);
}
