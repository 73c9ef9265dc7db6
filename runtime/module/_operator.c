// The module _operator: the operators as functions, and the callables that pick items, attributes and methods.
//
// Threads: the callables are immutable.

#include "runtime/object/bytes.h"
#include "runtime/object/call.h"
#include "runtime/object/container.h"
#include "runtime/object/dict.h"

// Operators

#define UNARY(function, OPERATOR)                                                                                      \
  static Value function(Value a) {                                                                                     \
    return value_unary(UNARY_##OPERATOR, a);                                                                           \
  }
UNARY(operator_neg, NEGATIVE)
UNARY(operator_pos, POSITIVE)
UNARY(operator_invert, INVERT)

#define BINARY(name, OPERATOR)                                                                                         \
  static Value operator_##name(Value a, Value b) {                                                                     \
    return value_binary(BINARY_##OPERATOR, a, b);                                                                      \
  }                                                                                                                    \
  static Value operator_i##name(Value a, Value b) {                                                                    \
    return value_binary_in_place(BINARY_##OPERATOR, a, b);                                                             \
  }
BINARY(add, ADD)
BINARY(sub, SUBTRACT)
BINARY(mul, MULTIPLY)
BINARY(matmul, MATRIX_MULTIPLY)
BINARY(truediv, TRUE_DIVIDE)
BINARY(floordiv, FLOOR_DIVIDE)
BINARY(mod, REMAINDER)
BINARY(pow, POWER)
BINARY(lshift, LEFT_SHIFT)
BINARY(rshift, RIGHT_SHIFT)
BINARY(and, AND)
BINARY(or, OR)
BINARY(xor, XOR)

#define COMPARE(name, COMPARISON)                                                                                      \
  static Value operator_##name(Value a, Value b) {                                                                     \
    return value_compare(COMPARE_##COMPARISON, a, b);                                                                  \
  }
COMPARE(lt, LESS)
COMPARE(le, LESS_EQUAL)
COMPARE(eq, EQUAL)
COMPARE(ne, NOT_EQUAL)
COMPARE(gt, GREATER)
COMPARE(ge, GREATER_EQUAL)

static Value operator_abs(Value a) {
  Value method = value_special(a, SPECIAL_ABS);
  return method ? special_call_1(method, a) : raise_type_error("bad operand type for abs(): '%.200T'", a);
}
static Value operator_index(Value a) {
  return value_index(a);
}
static Value operator_truth(Value a) {
  int truth = value_truth(a);
  return truth < 0 ? NULL : value_from_bool(truth);
}
static Value operator_not(Value a) {
  int truth = value_truth(a);
  return truth < 0 ? NULL : value_from_bool(!truth);
}
static Value operator_is(Value a, Value b) {
  return value_from_bool(a == b);
}
static Value operator_is_not(Value a, Value b) {
  return value_from_bool(a != b);
}
static Value operator_contains(Value a, Value b) {
  int there = value_contains(a, b);
  return there < 0 ? NULL : value_from_bool(there);
}

static bool is_sequence(Value value) {
  return !value_is_dict(value) && value_special(value, SPECIAL_GETITEM) != NULL;
}
static Value operator_concat(Value a, Value b) {
  if (!is_sequence(a)) return raise_type_error("'%.200T' object can't be concatenated", a);
  if (!is_sequence(b)) return raise_type_error("'%.200T' object can't be concatenated", b);
  return value_binary(BINARY_ADD, a, b);
}
static Value operator_iconcat(Value a, Value b) {
  if (!is_sequence(a)) return raise_type_error("'%.200T' object can't be concatenated", a);
  if (!is_sequence(b)) return raise_type_error("'%.200T' object can't be concatenated", b);
  return value_binary_in_place(BINARY_ADD, a, b);
}

static Value operator_getitem(Value a, Value b) {
  return value_get_item(a, b);
}
static Value operator_setitem(Value a, Value b, Value c) {
  return value_set_item(a, b, c) ? VALUE_NONE : NULL;
}
static Value operator_delitem(Value a, Value b) {
  return value_delete_item(a, b) ? VALUE_NONE : NULL;
}

static Value operator_index_of(Value a, Value b) {
  Value item;
  ptrdiff_t index = 0;
  Iteration i = iteration_start(a);
  for (; iteration_next(&i, &item); index++) {
    int equal = value_equal(item, b);
    if (equal) return equal < 0 ? NULL : value_from_small_int(index);
  }
  return iteration_failed(&i) ? NULL : raise_value_error("sequence.index(x): x not in sequence");
}
static Value operator_count_of(Value a, Value b) {
  Value item;
  int64_t found = 0;
  Iteration i = iteration_start(a);
  while (iteration_next(&i, &item)) {
    int equal = value_equal(item, b);
    if (equal < 0) return NULL;
    found += equal;
  }
  return iteration_failed(&i) ? NULL : value_from_small_int(found);
}

static Value operator_length_hint(Value object, Value otherwise) {
  ptrdiff_t hint = 0;
  if (otherwise) {
    if (!value_is_int(otherwise)) return raise_type_error("'%T' object cannot be interpreted as an integer", otherwise);
    if (!value_as_size(otherwise, &hint, CLASS_OVERFLOW_ERROR)) return NULL;
  }
  hint = value_length_hint(object, hint);
  return hint < 0 && exception_pending() ? NULL : int_from_int64(hint);
}

static Value operator_call(Value self, Value *arguments, size_t count, Value keyword_names) {
  (void)self;
  if (count == 0) return raise_type_error("call expected at least 1 argument, got 0");
  return value_call(arguments[0], arguments + 1, count - 1, keyword_names);
}

// Takes the same time whatever the contents of equally long inputs.
static bool equal_in_constant_time(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length) {
  volatile uint8_t difference = a_length != b_length;
  const uint8_t *left = a_length == b_length ? a : b;
  for (size_t i = 0; i < b_length; i++) difference |= left[i] ^ b[i];
  return difference == 0;
}

static Value operator_compare_digest(Value a, Value b) {
  if (value_is_str(a) && value_is_str(b)) {
    const Str *left = value_as_str(a), *right = value_as_str(b);
    if (!str_is_ascii(left) || !str_is_ascii(right))
      return raise_type_error("comparing strings with non-ASCII characters is not supported");
    return value_from_bool(equal_in_constant_time(left->data, left->length, right->data, right->length));
  }
  Buffer left, right;
  if (!buffer_acquire(a, &left, BUFFER_SIMPLE)) return NULL;
  Value result = NULL;
  if (buffer_acquire(b, &right, BUFFER_SIMPLE)) {
    result = value_from_bool(equal_in_constant_time(left.data, left.length, right.data, right.length));
    buffer_release(&right);
  }
  buffer_release(&left);
  return result;
}

// itemgetter, attrgetter: names or keys in a tuple.

typedef struct Getter {
  Cell head;
  Value keys; // tuple; attrgetter: tuples of interned names, one for each dotted path
} Getter;
static const CellType getter_type = {.name = "getter", CELL_VALUES(Getter, keys, keys)};

static Value getter_new(Value class, Value keys) {
  Getter *self = keys ? class_allocate(value_as_class(class), 0) : NULL;
  if (self) gc_init(self, &self->keys, keys);
  return value_from_cell(self);
}

// Applies `get` for each key: one result, or a tuple of several.
static Value getter_apply(Value self, const char *name, Value *arguments, size_t count, Value keyword_names,
                          Value (*get)(Value object, Value key)) {
  if (!refuse_keywords(name, keyword_names) || !arguments_check_count(name, count, 1, 1)) return NULL;
  Value keys = ((Getter *)value_cell(self))->keys;
  if (tuple_count(keys) == 1) return get(arguments[0], tuple_item(keys, 0));
  Tuple *result = tuple_allocate(tuple_count(keys));
  for (size_t i = 0; result && i < tuple_count(keys); i++) {
    Value item = get(arguments[0], tuple_item(keys, i));
    if (!item) return NULL;
    gc_store(result, &result->items[i], item);
  }
  return value_from_cell(result);
}

static Value item_getter_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  if (!refuse_keywords("itemgetter", keyword_names)) return NULL;
  if (count == 0) return raise_type_error("itemgetter expected 1 argument, got 0");
  return getter_new(class, tuple_new(arguments, count));
}
static Value item_getter_call(Value self, Value *arguments, size_t count, Value keyword_names) {
  return getter_apply(self, "itemgetter", arguments, count, keyword_names, value_get_item);
}

static Value getter_repr(Value self) {
  Value keys = ((Getter *)value_cell(self))->keys, text = NULL, name = value_class(self)->name;
  int entered = repr_enter(self);
  if (entered) return entered < 0 ? NULL : str_format_c("operator.%U(...)", name);
  if (tuple_count(keys) == 1)
    text = str_format_c("operator.%U(%R)", name, tuple_item(keys, 0));
  else
    text = str_format_c("operator.%U%R", name, keys);
  repr_leave(self);
  return text;
}
static Value item_getter_reduce(Value self) {
  return tuple_of(2, value_from_cell(value_class(self)), ((Getter *)value_cell(self))->keys);
}

// "a.b" as (a, b), interned.
static Value attribute_path(Value name) {
  Value parts = list_new_sized(1), dot = str_from_c(".");
  if (!parts || !dot) return NULL;
  for (ptrdiff_t start = 0, length = (ptrdiff_t)str_length(name); start <= length;) {
    ptrdiff_t end = str_find(name, dot, start, length);
    if (end < 0) end = length;
    Value part = str_substring(name, (size_t)start, (size_t)end);
    if (!part || !(part = str_intern(part)) || !list_append(parts, part)) return NULL;
    start = end + 1;
  }
  return list_to_tuple(parts);
}

static Value attribute_getter_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  if (!refuse_keywords("attrgetter", keyword_names)) return NULL;
  if (count == 0) return raise_type_error("attrgetter expected 1 argument, got 0");
  Tuple *paths = tuple_allocate(count);
  for (size_t i = 0; paths && i < count; i++) {
    if (!value_is_str(arguments[i])) return raise_type_error("attribute name must be a string");
    Value path = attribute_path(arguments[i]);
    if (!path) return NULL;
    gc_store(paths, &paths->items[i], path);
  }
  return paths ? getter_new(class, value_from_cell(paths)) : NULL;
}
static Value attribute_get_path(Value object, Value path) {
  for (size_t i = 0; object && i < tuple_count(path); i++) object = value_get_attribute(object, tuple_item(path, i));
  return object;
}
static Value attribute_getter_call(Value self, Value *arguments, size_t count, Value keyword_names) {
  return getter_apply(self, "attrgetter", arguments, count, keyword_names, attribute_get_path);
}
// The names as they were given.
static Value attribute_getter_names(Value self) {
  Value paths = ((Getter *)value_cell(self))->keys, dot = str_from_c(".");
  Tuple *names = dot ? tuple_allocate(tuple_count(paths)) : NULL;
  for (size_t i = 0; names && i < tuple_count(paths); i++) {
    Value name = str_join(dot, tuple_item(paths, i));
    if (!name) return NULL;
    gc_store(names, &names->items[i], name);
  }
  return value_from_cell(names);
}
static Value attribute_getter_repr(Value self) {
  int entered = repr_enter(self);
  if (entered) return entered < 0 ? NULL : str_from_c("operator.attrgetter(...)");
  Value names = attribute_getter_names(self), text = NULL;
  if (names)
    text = tuple_count(names) == 1 ? str_format_c("operator.attrgetter(%R)", tuple_item(names, 0))
                                   : str_format_c("operator.attrgetter%R", names);
  repr_leave(self);
  return text;
}
static Value attribute_getter_reduce(Value self) {
  return tuple_of(2, value_from_cell(value_class(self)), attribute_getter_names(self));
}

// methodcaller

typedef struct MethodCaller {
  Cell head;
  Value name, arguments, keywords; // str, tuple, dict or zero
} MethodCaller;
static const CellType method_caller_type = {.name = "methodcaller", CELL_VALUES(MethodCaller, name, keywords)};

static Value method_caller_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  if (count == 0) return raise_type_error("methodcaller needs at least one argument, the method name");
  if (!value_is_str(arguments[0])) return raise_type_error("method name must be a string");
  Value name = VALUE_IS_EXACT(arguments[0], STR) ? str_intern(arguments[0]) : arguments[0], keywords = NULL;
  Value positional = name ? tuple_new(arguments + 1, count - 1) : NULL;
  if (!positional) return NULL;
  if (keyword_names && tuple_count(keyword_names)) {
    if (!(keywords = dict_new())) return NULL;
    for (size_t i = 0; i < tuple_count(keyword_names); i++)
      if (!dict_set(keywords, tuple_item(keyword_names, i), arguments[count + i])) return NULL;
  }
  MethodCaller *self = class_allocate(value_as_class(class), 0);
  if (!self) return NULL;
  gc_init(self, &self->name, name);
  gc_init(self, &self->arguments, positional);
  gc_init(self, &self->keywords, keywords);
  return value_from_cell(self);
}

static Value method_caller_call(Value value, Value *arguments, size_t count, Value keyword_names) {
  if (!refuse_keywords("methodcaller", keyword_names) || !arguments_check_count("methodcaller", count, 1, 1))
    return NULL;
  MethodCaller *self = (MethodCaller *)value_cell(value);
  Value method = value_get_attribute(arguments[0], self->name);
  return method ? value_call_tuple(method, self->arguments, self->keywords) : NULL;
}

static Value method_caller_repr(Value value) {
  MethodCaller *self = (MethodCaller *)value_cell(value);
  int entered = repr_enter(value);
  if (entered) return entered < 0 ? NULL : str_from_c("operator.methodcaller(...)");
  StrBuilder builder;
  str_builder_start(&builder);
  Value part = str_format_c("operator.methodcaller(%R", self->name);
  if (part) str_builder_add(&builder, part);
  for (size_t i = 0; part && i < tuple_count(self->arguments); i++)
    if ((part = str_format_c(", %R", tuple_item(self->arguments, i)))) str_builder_add(&builder, part);
  Value key, item;
  for (size_t position = 0; part && self->keywords && dict_next(self->keywords, &position, &key, &item);)
    if ((part = str_format_c(", %U=%R", key, item))) str_builder_add(&builder, part);
  repr_leave(value);
  if (!part) return NULL;
  str_builder_add_character(&builder, ')');
  return str_builder_finish(&builder);
}

static Value method_caller_reduce(Value value) {
  MethodCaller *self = (MethodCaller *)value_cell(value);
  Value class = value_from_cell(value_class(value)), name = tuple_of(1, self->name);
  if (!name) return NULL;
  if (!self->keywords) return tuple_of(2, class, tuple_concatenate(name, self->arguments));
  // Keywords only go through functools.partial.
  Value functools = value_call_1(builtin_named("__import__"), str_from_c("functools"));
  Value partial = functools ? value_get_attribute_c(functools, "partial") : NULL;
  Value first = partial ? tuple_of(2, class, self->name) : NULL;
  Value constructor = first ? value_call_tuple(partial, first, self->keywords) : NULL;
  return tuple_of(2, constructor, self->arguments);
}

#define GETTER_CLASS(prefix, name_, Type, type, repr, signature)                                                       \
  static const NativeMethod prefix##_methods[] = {                                                                     \
      NATIVE("__new__", prefix##_create, NULL, "Create the callable.", NATIVE_STATIC),                                 \
      NATIVE("__call__", prefix##_call, "($self, /, *args, **kwargs)", "Call self as a function."),                    \
      NATIVE("__repr__", repr, "($self, /)", "Return repr(self)."),                                                    \
      NATIVE("__reduce__", prefix##_reduce, NULL, "What pickle needs to rebuild the callable."),                       \
      {},                                                                                                              \
  };                                                                                                                   \
  static const ClassDef prefix##_class = {                                                                             \
      .name = "operator." name_,                                                                                       \
      .doc = name_ signature,                                                                                          \
      .cell_type = &type,                                                                                              \
      .instance_size = sizeof(Type),                                                                                   \
      .methods = prefix##_methods,                                                                                     \
  };
GETTER_CLASS(item_getter, "itemgetter", Getter, getter_type, getter_repr,
             "(item, ...) --> itemgetter object\n\nA callable that fetches the given items from its operand.")
GETTER_CLASS(attribute_getter, "attrgetter", Getter, getter_type, attribute_getter_repr,
             "(attr, ...) --> attrgetter object\n\nA callable that fetches the given attributes from its operand.")
GETTER_CLASS(method_caller, "methodcaller", MethodCaller, method_caller_type, method_caller_repr,
             "(name, ...) --> methodcaller object\n\nA callable that calls the given method on its operand.")

#define IN_PLACE(name)                                                                                                 \
  NATIVE("i" #name, operator_i##name, "(a, b, /)", "Same as the augmented assignment of " #name ".")
static const NativeMethod operator_functions[] = {
    NATIVE("truth", operator_truth, "(a, /)", "Return True if a is true, False otherwise."),
    NATIVE("contains", operator_contains, "(a, b, /)", "Same as b in a (note reversed operands)."),
    NATIVE("indexOf", operator_index_of, "(a, b, /)", "Return the first index of b in a."),
    NATIVE("countOf", operator_count_of, "(a, b, /)", "Return the number of items in a which are, or equal, b."),
    NATIVE("is_", operator_is, "(a, b, /)", "Same as a is b."),
    NATIVE("is_not", operator_is_not, "(a, b, /)", "Same as a is not b."),
    NATIVE("add", operator_add, "(a, b, /)", "Same as a + b."),
    NATIVE("sub", operator_sub, "(a, b, /)", "Same as a - b."),
    NATIVE("mul", operator_mul, "(a, b, /)", "Same as a * b."),
    NATIVE("matmul", operator_matmul, "(a, b, /)", "Same as a @ b."),
    NATIVE("floordiv", operator_floordiv, "(a, b, /)", "Same as a // b."),
    NATIVE("truediv", operator_truediv, "(a, b, /)", "Same as a / b."),
    NATIVE("mod", operator_mod, "(a, b, /)", "Same as a % b."),
    NATIVE("pow", operator_pow, "(a, b, /)", "Same as a ** b."),
    NATIVE("lshift", operator_lshift, "(a, b, /)", "Same as a << b."),
    NATIVE("rshift", operator_rshift, "(a, b, /)", "Same as a >> b."),
    NATIVE("and_", operator_and, "(a, b, /)", "Same as a & b."),
    NATIVE("or_", operator_or, "(a, b, /)", "Same as a | b."),
    NATIVE("xor", operator_xor, "(a, b, /)", "Same as a ^ b."),
    NATIVE("neg", operator_neg, "(a, /)", "Same as -a."),
    NATIVE("pos", operator_pos, "(a, /)", "Same as +a."),
    NATIVE("abs", operator_abs, "(a, /)", "Same as abs(a)."),
    NATIVE("inv", operator_invert, "(a, /)", "Same as ~a."),
    NATIVE("invert", operator_invert, "(a, /)", "Same as ~a."),
    NATIVE("index", operator_index, "(a, /)", "Same as a.__index__()"),
    NATIVE("not_", operator_not, "(a, /)", "Same as not a."),
    IN_PLACE(add),
    IN_PLACE(sub),
    IN_PLACE(mul),
    IN_PLACE(matmul),
    IN_PLACE(floordiv),
    IN_PLACE(truediv),
    IN_PLACE(mod),
    IN_PLACE(pow),
    IN_PLACE(lshift),
    IN_PLACE(rshift),
    NATIVE("iand", operator_iand, "(a, b, /)", "Same as a &= b."),
    NATIVE("ior", operator_ior, "(a, b, /)", "Same as a |= b."),
    IN_PLACE(xor),
    NATIVE("concat", operator_concat, "(a, b, /)", "Same as a + b, for a and b sequences."),
    NATIVE("iconcat", operator_iconcat, "(a, b, /)", "Same as a += b, for a and b sequences."),
    NATIVE("getitem", operator_getitem, "(a, b, /)", "Same as a[b]."),
    NATIVE("setitem", operator_setitem, "(a, b, c, /)", "Same as a[b] = c."),
    NATIVE("delitem", operator_delitem, "(a, b, /)", "Same as del a[b]."),
    NATIVE("lt", operator_lt, "(a, b, /)", "Same as a < b."),
    NATIVE("le", operator_le, "(a, b, /)", "Same as a <= b."),
    NATIVE("eq", operator_eq, "(a, b, /)", "Same as a == b."),
    NATIVE("ne", operator_ne, "(a, b, /)", "Same as a != b."),
    NATIVE("gt", operator_gt, "(a, b, /)", "Same as a > b."),
    NATIVE("ge", operator_ge, "(a, b, /)", "Same as a >= b."),
    NATIVE("length_hint", operator_length_hint, "(obj, default=0, /)",
           "Return an estimate of the number of items in obj."),
    NATIVE("call", operator_call, "(obj, /, *args, **kwargs)", "Same as obj(*args, **kwargs)."),
    NATIVE("_compare_digest", operator_compare_digest, "(a, b, /)", "Return 'a == b', in constant time."),
    {},
};

static bool operator_initialize(Value module) {
  static Class *classes[3];
  heap_add_root_range((Value *)(void *)classes, 3);
  return module_add_class(module, &item_getter_class, NULL, &classes[0]) &&
         module_add_class(module, &attribute_getter_class, NULL, &classes[1]) &&
         module_add_class(module, &method_caller_class, NULL, &classes[2]);
}
const NativeModule operator_module = {
    .name = "_operator",
    .doc = "Operator interface.",
    .functions = operator_functions,
    .initialize = operator_initialize,
};
