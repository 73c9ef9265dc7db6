// datetime.timedelta: days, seconds and microseconds, normalized.
//
// Arithmetic goes through the number of all microseconds, which has at most 67 bits: sums, products and quotients are
// exact in 128 bits, or far out of range.
#include "runtime/module/datetime.h"
#include "runtime/object/container.h"
#include "runtime/object/float.h"
#include "runtime/support/hash.h"

#include <math.h>

// ---- Making ----

static Value delta_allocate(Class *class, int64_t days, int seconds, int microseconds) {
  if (days < -DELTA_DAYS_MAX || days > DELTA_DAYS_MAX) {
    if (days != (int32_t)days) return raise(CLASS_OVERFLOW_ERROR, "Python int too large to convert to C int");
    return raise(CLASS_OVERFLOW_ERROR, "days=%d; must have magnitude <= %d", (int)days, DELTA_DAYS_MAX);
  }
  Delta *delta = class_allocate(class, 0);
  if (!delta) return NULL;
  delta->days = (int32_t)days;
  delta->seconds = seconds;
  delta->microseconds = microseconds;
  return value_from_cell(delta);
}
Value delta_new(int64_t days, int seconds, int microseconds) {
  return delta_allocate(datetime_state.delta, days, seconds, microseconds);
}

// Parts of any size but the days' sum: seconds and microseconds of a few days.
static Value delta_normalized(int64_t days, int64_t seconds, int64_t microseconds) {
  int64_t carry = microseconds / MICROSECONDS - (microseconds % MICROSECONDS < 0);
  microseconds -= carry * MICROSECONDS;
  seconds += carry;
  carry = seconds / SECONDS_PER_DAY - (seconds % SECONDS_PER_DAY < 0);
  return delta_new(days + carry, (int)(seconds - carry * SECONDS_PER_DAY), (int)microseconds);
}

static Value delta_in(Class *class, Wide microseconds) {
  int64_t days, rest;
  if (microseconds == (int64_t)microseconds) { // nearly always: a division of 128 bits takes far longer
    days = (int64_t)microseconds / MICROSECONDS_PER_DAY;
    rest = (int64_t)microseconds % MICROSECONDS_PER_DAY;
  } else {
    Wide quotient = microseconds / MICROSECONDS_PER_DAY;
    days = quotient > INT64_MAX - 1 || quotient < INT64_MIN + 1 ? INT64_MAX - 1 : (int64_t)quotient;
    rest = (int64_t)(microseconds % MICROSECONDS_PER_DAY);
  }
  if (rest < 0) {
    rest += MICROSECONDS_PER_DAY;
    days--;
  }
  return delta_allocate(class, days, (int)(rest / MICROSECONDS), (int)(rest % MICROSECONDS));
}
Value delta_from_microseconds(Wide microseconds) {
  return delta_in(datetime_state.delta, microseconds);
}
Wide delta_microseconds(const Delta *delta) {
  return (Wide)delta->days * MICROSECONDS_PER_DAY + delta->seconds * (int64_t)MICROSECONDS + delta->microseconds;
}
static Wide total(Value delta) {
  return delta_microseconds(as_delta(delta));
}

// ---- Ints of 128 bits ----

// False: it has more than 126 bits; then *number is of its sign.
static bool wide_from_int(Value value, Wide *number) {
  int64_t small;
  if (int_fits_int64(value, &small)) {
    *number = small;
    return true;
  }
  *number = int_sign(value);
  if (int_bit_length(value) > 126) return false;
  return int_to_bytes(value, (uint8_t *)number, sizeof *number, true, true);
}
static Value wide_to_int(Wide number) {
  if (number == (int64_t)number) return int_from_int64((int64_t)number);
  return int_from_bytes((const uint8_t *)&number, sizeof number, true, true);
}
static int wide_bits(Wide number) {
  unsigned __int128 magnitude = number < 0 ? -(unsigned __int128)number : (unsigned __int128)number;
  uint64_t high = (uint64_t)(magnitude >> 64), low = (uint64_t)magnitude;
  return high ? 128 - __builtin_clzll(high) : low ? 64 - __builtin_clzll(low) : 0;
}

static Value raise_zero_division(void) {
  return raise(CLASS_ZERO_DIVISION_ERROR, "integer division or modulo by zero");
}
static Value raise_too_large(void) {
  return raise(CLASS_OVERFLOW_ERROR, "Python int too large to convert to C int");
}

// Rounded down; b is not zero.
static Wide divide_down(Wide a, Wide b) {
  if (a == (int64_t)a && b == (int64_t)b && b != -1) {
    int64_t quotient = (int64_t)a / (int64_t)b, rest = (int64_t)a % (int64_t)b;
    return quotient - (rest && (rest < 0) != (b < 0));
  }
  Wide quotient = a / b, rest = a % b;
  return quotient - (rest && (rest < 0) != (b < 0));
}
// Rounded half to even.
static Wide divide_near(Wide a, Wide b) {
  if (b < 0) {
    a = -a;
    b = -b;
  }
  Wide quotient = divide_down(a, b), rest = a - quotient * b, above = rest - (b - rest);
  return quotient + (above > 0 || (above == 0 && (quotient & 1)));
}

// ---- The constructor ----

enum : int { COMPONENT_COUNT = 7 };
// In the order of the parameters, with the microseconds in one.
static const int64_t component_factors[COMPONENT_COUNT] = {
    MICROSECONDS_PER_DAY,    MICROSECONDS, 1, 1000, 60 * (int64_t)MICROSECONDS, 3600 * (int64_t)MICROSECONDS,
    7 * MICROSECONDS_PER_DAY};
static const ArgumentForm delta_form = {
    "__new__()",     "__new__()", COMPONENT_COUNT,
    COMPONENT_COUNT, 0,           {"days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"}};

// Adds number * factor to *sum; what a float has beyond microseconds goes to *rest. False: exception.
static bool add_component(Value number, int64_t factor, const char *name, Value *sum, double *rest) {
  Value product;
  if (value_is_int(number)) {
    product = int_multiply(number, int_from_int64(factor));
  } else if (value_is_float(number)) {
    double whole, fraction = modf(float_as_double(number), &whole);
    product = int_from_double(whole);
    if (product) product = int_multiply(product, int_from_int64(factor));
    if (product && fraction != 0) {
      *rest += modf(fraction * (double)factor, &whole);
      product = int_add(product, int_from_double(whole));
    }
  } else {
    raise_type_error("unsupported type for timedelta %s component: %T", name, number);
    return false;
  }
  *sum = product ? int_add(*sum, product) : NULL;
  return *sum != NULL;
}

// The sum of components of any kind: exact until the end, then rounded half to even.
static Value delta_of_components(Class *class, const Value *components) {
  // From the smallest unit to the largest, the order in which CPython adds what floats leave over.
  static const uint8_t order[COMPONENT_COUNT] = {2, 3, 1, 4, 5, 0, 6};
  Value sum = value_from_small_int(0);
  double rest = 0;
  for (int i = 0; i < COMPONENT_COUNT; i++) {
    int at = order[i];
    if (components[at] && !add_component(components[at], component_factors[at], delta_form.names[at], &sum, &rest))
      return NULL;
  }
  Wide microseconds;
  if (!wide_from_int(sum, &microseconds)) return raise_too_large();
  double whole = round(rest);
  if (fabs(whole - rest) == 0.5) { // to even, of the sum
    int odd = (int)(microseconds & 1);
    whole = 2.0 * round((rest + odd) * 0.5) - odd;
  }
  return delta_in(class, microseconds + (Wide)whole);
}

static Value delta_construct(Value class, Value *arguments, size_t count, Value keyword_names) {
  Value components[COMPONENT_COUNT];
  if (!form_parse(&delta_form, arguments, count, keyword_names, components)) return NULL;
  Wide sum = 0;
  for (int i = 0; i < COMPONENT_COUNT; i++) {
    if (!components[i]) continue;
    if (!value_is_small_int(components[i])) return delta_of_components(value_as_class(class), components);
    sum += (Wide)value_small_int(components[i]) * component_factors[i];
  }
  return delta_in(value_as_class(class), sum);
}

// ---- Operators ----

Value delta_add(Value a, Value b) {
  if (!is_delta(a) || !is_delta(b)) return VALUE_NOT_IMPLEMENTED;
  const Delta *x = as_delta(a), *y = as_delta(b);
  return delta_normalized((int64_t)x->days + y->days, x->seconds + y->seconds, x->microseconds + y->microseconds);
}
Value delta_subtract(Value a, Value b) {
  if (!is_delta(a) || !is_delta(b)) return VALUE_NOT_IMPLEMENTED;
  const Delta *x = as_delta(a), *y = as_delta(b);
  return delta_normalized((int64_t)x->days - y->days, x->seconds - y->seconds, x->microseconds - y->microseconds);
}
static Value delta_reflected_subtract(Value self, Value other) {
  return delta_subtract(other, self);
}
static Value delta_positive(Value self) {
  const Delta *delta = as_delta(self);
  return delta_new(delta->days, delta->seconds, delta->microseconds);
}
static Value delta_negative(Value self) {
  const Delta *delta = as_delta(self);
  return delta_normalized(-(int64_t)delta->days, -(int64_t)delta->seconds, -(int64_t)delta->microseconds);
}
static Value delta_absolute(Value self) {
  return as_delta(self)->days < 0 ? delta_negative(self) : delta_positive(self);
}
static Value delta_truth(Value self) {
  return value_from_bool(!delta_is_zero(as_delta(self)));
}

static Value multiply_by_int(Value delta, Value factor_value) {
  Wide factor, product, microseconds = total(delta);
  if (!wide_from_int(factor_value, &factor) || __builtin_mul_overflow(microseconds, factor, &product))
    return microseconds ? raise_too_large() : delta_new(0, 0, 0);
  return delta_from_microseconds(product);
}

// The delta of a * b / c microseconds, rounded half to even. Zero passes a failure on.
static Value delta_of_quotient(Value a, Value b, Value c) {
  Value product = a ? int_multiply(a, b) : NULL, quotient, rest, doubled;
  if (!product || !int_divmod(product, c, &quotient, &rest) || !(doubled = int_add(rest, rest))) return NULL;
  // The rest has the divisor's sign.
  int above = int_compare(doubled, c) * int_sign(c);
  Wide microseconds;
  if (!wide_from_int(quotient, &microseconds)) return raise_too_large();
  return delta_from_microseconds(microseconds + (above > 0 || (above == 0 && (microseconds & 1))));
}

// self * number, or self / number, by what the float, which may be of a subclass, says its ratio is.
static Value scale_by_float(Value self, Value number, bool divide) {
  Value ratio = value_call_method_0(number, "as_integer_ratio");
  if (!ratio) return NULL;
  if (!value_is_tuple(ratio))
    return raise_type_error("unexpected return type from as_integer_ratio(): expected tuple, got '%.200T'", ratio);
  if (tuple_count(ratio) != 2) return raise_value_error("as_integer_ratio() must return a 2-tuple");
  Value numerator = tuple_item(ratio, divide), denominator = tuple_item(ratio, !divide);
  if (!value_is_int(numerator) || !value_is_int(denominator))
    return raise_type_error("as_integer_ratio() must return ints");
  return delta_of_quotient(wide_to_int(total(self)), numerator, denominator);
}

static Value delta_multiply(Value self, Value other) {
  if (value_is_int(other)) return multiply_by_int(self, other);
  return value_is_float(other) ? scale_by_float(self, other, false) : VALUE_NOT_IMPLEMENTED;
}

static Value delta_true_divide(Value self, Value other) {
  if (is_delta(other)) return int_true_divide(wide_to_int(total(self)), wide_to_int(total(other)));
  if (value_is_float(other)) return scale_by_float(self, other, true);
  if (!value_is_int(other)) return VALUE_NOT_IMPLEMENTED;
  Wide divisor;
  if (!wide_from_int(other, &divisor)) return delta_new(0, 0, 0);
  return divisor ? delta_from_microseconds(divide_near(total(self), divisor)) : raise_zero_division();
}

static Value delta_floor_divide(Value self, Value other) {
  if (is_delta(other)) {
    Wide divisor = total(other);
    return divisor ? wide_to_int(divide_down(total(self), divisor)) : raise_zero_division();
  }
  if (!value_is_int(other)) return VALUE_NOT_IMPLEMENTED;
  Wide divisor, dividend = total(self);
  if (!wide_from_int(other, &divisor)) // longer than any dividend
    return delta_from_microseconds(dividend && (dividend < 0) != (divisor < 0) ? -1 : 0);
  return divisor ? delta_from_microseconds(divide_down(dividend, divisor)) : raise_zero_division();
}

static Value delta_remainder(Value self, Value other) {
  if (!is_delta(other)) return VALUE_NOT_IMPLEMENTED;
  Wide dividend = total(self), divisor = total(other);
  if (!divisor) return raise(CLASS_ZERO_DIVISION_ERROR, "integer modulo by zero");
  return delta_from_microseconds(dividend - divide_down(dividend, divisor) * divisor);
}
static Value delta_divmod(Value self, Value other) {
  if (!is_delta(other)) return VALUE_NOT_IMPLEMENTED;
  Wide dividend = total(self), divisor = total(other);
  if (!divisor) return raise_zero_division();
  Wide quotient = divide_down(dividend, divisor);
  return tuple_of(2, wide_to_int(quotient), delta_from_microseconds(dividend - quotient * divisor));
}

#define REFLECTED(name)                                                                                                \
  static Value delta_reflected_##name(Value self, Value other) {                                                       \
    return is_delta(other) ? delta_##name(other, self) : VALUE_NOT_IMPLEMENTED;                                        \
  }
REFLECTED(true_divide)
REFLECTED(floor_divide)
REFLECTED(remainder)
REFLECTED(divmod)

int delta_order(const Delta *a, const Delta *b) {
  if (a->days != b->days) return a->days < b->days ? -1 : 1;
  if (a->seconds != b->seconds) return a->seconds - b->seconds;
  return a->microseconds - b->microseconds;
}
static Value delta_compare(Value self, Value other, Comparison comparison) {
  if (!is_delta(other)) return VALUE_NOT_IMPLEMENTED;
  return value_from_bool(order_satisfies(comparison, delta_order(as_delta(self), as_delta(other)), 0));
}
COMPARISON_METHODS(delta, delta_compare)

int64_t delta_hash_of(int64_t days, int seconds, int microseconds) {
  uint64_t hash = hash_tuple_add(HASH_TUPLE_START, hash_int64(days));
  hash = hash_tuple_add(hash_tuple_add(hash, hash_int64(seconds)), hash_int64(microseconds));
  return hash_tuple_finish(hash, 3);
}
static Value delta_hash(Value self) {
  const Delta *delta = as_delta(self);
  return int_from_int64(delta_hash_of(delta->days, delta->seconds, delta->microseconds));
}

// ---- Methods ----

static Value delta_repr(Value self) {
  const Delta *delta = as_delta(self);
  const struct {
    const char *name;
    int number;
  } parts[] = {{"days", delta->days}, {"seconds", delta->seconds}, {"microseconds", delta->microseconds}};
  StrBuilder builder;
  str_builder_start(&builder);
  bool any = false;
  for (int i = 0; i < 3; i++) {
    if (!parts[i].number) continue;
    Value part = str_format_c("%s%s=%d", any ? ", " : "", parts[i].name, parts[i].number);
    if (!part) return NULL;
    str_builder_add(&builder, part);
    any = true;
  }
  if (!any) str_builder_add_character(&builder, '0');
  Value inside = str_builder_finish(&builder);
  return inside ? str_format_c("%T(%U)", self, inside) : NULL;
}

static Value delta_str(Value self) {
  const Delta *delta = as_delta(self);
  ClockFields clock = clock_of_microseconds(delta->seconds * (int64_t)MICROSECONDS + delta->microseconds);
  char text[ISO_TEXT], *end = put_clock(text, clock, SPECIFICATION_AUTO);
  *end = 0;
  const char *start = clock.hour < 10 ? text + 1 : text;
  if (!delta->days) return str_from_c(start);
  return str_format_c("%d day%s, %s", delta->days, delta->days == 1 || delta->days == -1 ? "" : "s", start);
}

static Value delta_total_seconds(Value self) {
  Wide microseconds = total(self);
  // Both exact as doubles: then so is the rounding of the quotient.
  if (wide_bits(microseconds) <= 53) return float_from_double((double)(int64_t)microseconds / MICROSECONDS);
  return int_true_divide(wide_to_int(microseconds), value_from_small_int(MICROSECONDS));
}

static Value delta_reduce(Value self) {
  const Delta *delta = as_delta(self);
  return tuple_of(2, value_from_cell(value_class(self)),
                  tuple_of(3, value_from_small_int(delta->days), value_from_small_int(delta->seconds),
                           value_from_small_int(delta->microseconds)));
}

static const NativeMethod delta_methods[] = {
    NATIVE("__new__", delta_construct, NULL, "Create a timedelta.", NATIVE_STATIC),
    NATIVE("__repr__", delta_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__str__", delta_str, "($self, /)", "Return str(self)."),
    COMPARISON_ENTRIES(delta),
    NATIVE("__hash__", delta_hash, "($self, /)", "Return hash(self)."),
    NATIVE("__add__", delta_add, "($self, value, /)", "Return self+value."),
    NATIVE("__radd__", delta_add, "($self, value, /)", "Return value+self."),
    NATIVE("__sub__", delta_subtract, "($self, value, /)", "Return self-value."),
    NATIVE("__rsub__", delta_reflected_subtract, "($self, value, /)", "Return value-self."),
    NATIVE("__mul__", delta_multiply, "($self, value, /)", "Return self*value."),
    NATIVE("__rmul__", delta_multiply, "($self, value, /)", "Return value*self."),
    NATIVE("__truediv__", delta_true_divide, "($self, value, /)", "Return self/value."),
    NATIVE("__rtruediv__", delta_reflected_true_divide, "($self, value, /)", "Return value/self."),
    NATIVE("__floordiv__", delta_floor_divide, "($self, value, /)", "Return self//value."),
    NATIVE("__rfloordiv__", delta_reflected_floor_divide, "($self, value, /)", "Return value//self."),
    NATIVE("__mod__", delta_remainder, "($self, value, /)", "Return self%value."),
    NATIVE("__rmod__", delta_reflected_remainder, "($self, value, /)", "Return value%self."),
    NATIVE("__divmod__", delta_divmod, "($self, value, /)", "Return divmod(self, value)."),
    NATIVE("__rdivmod__", delta_reflected_divmod, "($self, value, /)", "Return divmod(value, self)."),
    NATIVE("__pos__", delta_positive, "($self, /)", "+self"),
    NATIVE("__neg__", delta_negative, "($self, /)", "-self"),
    NATIVE("__abs__", delta_absolute, "($self, /)", "abs(self)"),
    NATIVE("__bool__", delta_truth, "($self, /)", "True if self else False"),
    NATIVE("__reduce__", delta_reduce, "($self, /)", "How a pickle makes it.", NATIVE_METHOD),
    NATIVE("total_seconds", delta_total_seconds, "($self, /)", "All of it in seconds."),
    {}};
static const NativeMember delta_members[] = {
    {"days", MEMBER_INT32, false, offsetof(Delta, days), "Number of days."},
    {"seconds", MEMBER_INT32, false, offsetof(Delta, seconds), "Seconds, from 0 to less than a day."},
    {"microseconds", MEMBER_INT32, false, offsetof(Delta, microseconds), "Microseconds, from 0 to less than a second."},
    {}};
static const CellType delta_cell_type = {.name = "timedelta"};
const ClassDef delta_definition = {.name = "datetime.timedelta",
                                   .doc = "The difference between two dates or times.\n\n"
                                          "timedelta(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, "
                                          "hours=0, weeks=0)",
                                   .cell_type = &delta_cell_type,
                                   .instance_size = sizeof(Delta),
                                   .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE,
                                   .methods = delta_methods,
                                   .members = delta_members,
                                   .construct = delta_construct};
