// The builtins module: functions. The classes come from classes.def; __build_class__ stands in build_class.c.
//
// Threads: no state of its own.
#include "runtime/module/builtins.h"
#include "runtime/heap/heap.h"
#include "runtime/object/byte_store.h"
#include "runtime/object/bytes.h"
#include "runtime/object/container.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception_group.h"
#include "runtime/object/float.h"
#include "runtime/object/function.h"
#include "runtime/object/generator.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static Value truth_or_error(int truth) {
  return truth < 0 ? NULL : value_from_bool(truth);
}
static Value done(bool succeeded) {
  return succeeded ? VALUE_NONE : NULL;
}

// An attribute of sys, or zero with RuntimeError("lost sys.NAME").
static Value sys_attribute(const char *name) {
  Value value = runtime.sys_dict ? dict_get_c(runtime.sys_dict, name) : NULL;
  return value ? value : raise(CLASS_RUNTIME_ERROR, "lost sys.%s", name);
}

// ---- Numbers and text ----

static Value builtin_abs(Value x) {
  Value method = value_special(x, SPECIAL_ABS);
  return method ? special_call_1(method, x) : raise_type_error("bad operand type for abs(): '%.200T'", x);
}

static Value builtin_divmod(Value x, Value y) {
  Value method = value_special(x, SPECIAL_DIVMOD), reversed = value_special(y, SPECIAL_RDIVMOD);
  Class *a = value_class(x), *b = value_class(y);
  bool reversed_first = a != b && reversed && class_is_subclass(b, a) && reversed != class_special(a, SPECIAL_RDIVMOD);
  if (reversed_first) {
    Value result = special_call_2(reversed, y, x);
    if (result != VALUE_NOT_IMPLEMENTED) return result;
  }
  if (method) {
    Value result = special_call_2(method, x, y);
    if (result != VALUE_NOT_IMPLEMENTED) return result;
  }
  if (reversed && !reversed_first && a != b) {
    Value result = special_call_2(reversed, y, x);
    if (result != VALUE_NOT_IMPLEMENTED) return result;
  }
  return raise_type_error("unsupported operand type(s) for divmod(): '%.100T' and '%.100T'", x, y);
}

static Value builtin_pow(Value base, Value exponent, Value modulus) {
  return value_power(base, exponent, modulus ? modulus : VALUE_NONE);
}

static Value builtin_round(Value number, Value digits) {
  Value method = value_special(number, SPECIAL_ROUND);
  if (!method) return raise_type_error("type %.100T doesn't define __round__ method", number);
  return digits && digits != VALUE_NONE ? special_call_2(method, number, digits) : special_call_1(method, number);
}

static Value in_base(Value number, int base) {
  Value whole = value_index(number);
  return whole ? int_to_str(whole, base, true) : NULL;
}
static Value builtin_bin(Value number) {
  return in_base(number, 2);
}
static Value builtin_oct(Value number) {
  return in_base(number, 8);
}
static Value builtin_hex(Value number) {
  return in_base(number, 16);
}

static Value builtin_chr(Value code) {
  int number;
  if (!value_as_int(code, &number)) return NULL;
  if (number < 0 || number > 0x10ffff) return raise_value_error("chr() arg not in range(0x110000)");
  return str_from_character((uint32_t)number);
}

static Value builtin_ord(Value character) {
  size_t length;
  if (value_is_str(character)) {
    length = str_length(character);
    if (length == 1) return value_from_small_int(str_character(value_as_str(character), 0));
  } else if (value_is_bytes(character)) {
    length = value_as_bytes(character)->length;
    if (length == 1) return value_from_small_int(value_as_bytes(character)->data[0]);
  } else if (value_is_bytearray(character)) {
    Value bytes = bytearray_copy_bytes(character);
    if (!bytes) return NULL;
    length = value_as_bytes(bytes)->length;
    if (length == 1) return value_from_small_int(value_as_bytes(bytes)->data[0]);
  } else {
    return raise_type_error("ord() expected string of length 1, but %.200T found", character);
  }
  return raise_type_error("ord() expected a character, but string of length %zu found", length);
}

static Value builtin_format(Value value, Value specification) {
  if (specification && !value_is_str(specification))
    return raise_type_error("format() argument 2 must be str, not %T", specification);
  return value_format(value, specification);
}

static Value builtin_hash(Value object) {
  int64_t hash = value_hash(object);
  return hash == -1 ? NULL : int_from_int64(hash);
}

// ---- Attributes and classes ----

static Value builtin_getattr(Value object, Value name, Value otherwise) {
  if (!value_is_str(name)) return raise_type_error("attribute name must be string, not '%.200T'", name);
  if (!otherwise) return value_get_attribute(object, name);
  Value result;
  int found = value_find_attribute(object, name, &result);
  return found < 0 ? NULL : found ? result : otherwise;
}
static Value builtin_hasattr(Value object, Value name) {
  if (!value_is_str(name)) return raise_type_error("attribute name must be string, not '%.200T'", name);
  return truth_or_error(value_has_attribute(object, name));
}
static Value builtin_setattr(Value object, Value name, Value value) {
  if (!value_is_str(name)) return raise_type_error("attribute name must be string, not '%.200T'", name);
  return done(value_set_attribute(object, name, value));
}
static Value builtin_delattr(Value object, Value name) {
  if (!value_is_str(name)) return raise_type_error("attribute name must be string, not '%.200T'", name);
  return done(value_set_attribute(object, name, NULL));
}
static Value builtin_callable(Value object) {
  return value_from_bool(value_is_callable(object));
}
static Value builtin_isinstance(Value object, Value classes) {
  return truth_or_error(value_isinstance(object, classes));
}
static Value builtin_issubclass(Value class, Value classes) {
  return truth_or_error(value_issubclass(class, classes));
}
static Value builtin_vars(Value object) {
  if (object) {
    Value dict = value_get_attribute(object, NAME(__dict__));
    if (!dict && exception_clear_if(CLASS_ATTRIBUTE_ERROR))
      return raise_type_error("vars() argument must have __dict__ attribute");
    return dict;
  }
  Value locals = runtime_hooks.current_locals();
  if (!locals && !exception_pending()) return raise(CLASS_SYSTEM_ERROR, "frame does not exist");
  return locals;
}
static Value builtin_globals(void) {
  Value globals = runtime_hooks.current_globals();
  return globals ? globals : VALUE_NONE;
}
static Value builtin_locals(void) {
  Value locals = runtime_hooks.current_locals();
  if (!locals && !exception_pending()) return raise(CLASS_SYSTEM_ERROR, "frame does not exist");
  return locals;
}

static Value builtin_dir(Value object) {
  if (object) return value_dir(object);
  Value locals = runtime_hooks.current_locals();
  if (!locals) return exception_pending() ? NULL : raise(CLASS_SYSTEM_ERROR, "frame does not exist");
  Value keys = VALUE_IS_EXACT(locals, DICT) ? dict_keys(locals) : value_call_method_0(locals, "keys");
  Value list = keys ? value_to_list(keys) : NULL;
  return list && list_sort(list, NULL, false) ? list : NULL;
}

// ---- Iteration ----

static Value builtin_all(Value iterable) {
  Value item;
  Iteration iteration = iteration_start(iterable);
  while (iteration_next_inline(&iteration, &item)) {
    int truth = value_truth(item);
    if (truth <= 0) return truth_or_error(truth);
  }
  return iteration_failed(&iteration) ? NULL : VALUE_TRUE;
}
static Value builtin_any(Value iterable) {
  Value item;
  Iteration iteration = iteration_start(iterable);
  while (iteration_next_inline(&iteration, &item)) {
    int truth = value_truth(item);
    if (truth != 0) return truth_or_error(truth);
  }
  return iteration_failed(&iteration) ? NULL : VALUE_FALSE;
}

static Value builtin_iter(Value object, Value sentinel) {
  if (!sentinel) return value_iterate(object);
  if (!value_is_callable(object)) return raise_type_error("iter(v, w): v must be callable");
  return callable_iterator_new(object, sentinel);
}

static Value builtin_next(Value iterator, Value otherwise) {
  if (!value_is_iterator(iterator)) return raise_type_error("'%.200T' object is not an iterator", iterator);
  Value item = iterator_step(iterator);
  if (item == VALUE_STOP) return otherwise ? otherwise : raise_none(CLASS_STOP_ITERATION);
  if (!item && otherwise && exception_clear_if(CLASS_STOP_ITERATION)) return otherwise;
  return item;
}

static Value builtin_aiter(Value object) {
  Value method = value_special(object, SPECIAL_AITER);
  if (!method) return raise_type_error("'%.200T' object is not an async iterable", object);
  Value iterator = special_call_1(method, object);
  if (iterator && !value_special(iterator, SPECIAL_ANEXT))
    return raise_type_error("aiter() returned not an async iterator of type '%.200T'", iterator);
  return iterator;
}

static Value builtin_anext(Value iterator, Value otherwise) {
  Value method = value_special(iterator, SPECIAL_ANEXT);
  if (!method) return raise_type_error("'%.200T' object is not an async iterator", iterator);
  Value awaitable = special_call_1(method, iterator);
  return awaitable && otherwise ? anext_awaitable_new(awaitable, otherwise) : awaitable;
}

static Value builtin_len(Value object) {
  ptrdiff_t length = value_length(object);
  return length < 0 ? NULL : int_from_int64(length);
}

// min and max: `wanted` is the comparison that makes the new item better.
static Value extreme(const char *name, Comparison wanted, Value *arguments, size_t count, Value keyword_names) {
  Value key = NULL, otherwise = NULL;
  for (size_t i = 0; keyword_names && i < tuple_count(keyword_names); i++) {
    Value keyword = tuple_item(keyword_names, i);
    if (str_equals_c(keyword, "key"))
      key = arguments[count + i];
    else if (str_equals_c(keyword, "default"))
      otherwise = arguments[count + i];
    else
      return raise_type_error("'%U' is an invalid keyword argument for %s()", keyword, name);
  }
  if (count == 0) return raise_type_error("%s expected at least 1 argument, got 0", name);
  if (count > 1 && otherwise)
    return raise_type_error("Cannot specify a default for %s() with multiple positional arguments", name);
  if (key == VALUE_NONE) key = NULL;
  Value iterable = arguments[0];
  if (count > 1 && !(iterable = tuple_new(arguments, count))) return NULL;
  Value best = NULL, best_key = NULL, item;
  Iteration iteration = iteration_start(iterable);
  while (iteration_next_inline(&iteration, &item)) {
    Value item_key = key ? value_call_1(key, item) : item;
    if (!item_key) return NULL;
    int better = best ? value_compare_truth(wanted, item_key, best_key) : 1;
    if (better < 0) return NULL;
    if (better) best = item, best_key = item_key;
  }
  if (iteration_failed(&iteration)) return NULL;
  if (best) return best;
  return otherwise ? otherwise : raise_value_error("%s() arg is an empty sequence", name);
}
static Value builtin_max([[maybe_unused]] Value self, Value *arguments, size_t count, Value keyword_names) {
  return extreme("max", COMPARE_GREATER, arguments, count, keyword_names);
}
static Value builtin_min([[maybe_unused]] Value self, Value *arguments, size_t count, Value keyword_names) {
  return extreme("min", COMPARE_LESS, arguments, count, keyword_names);
}

static Value builtin_sorted(Value iterable, Value key, Value reverse) {
  Value list = value_to_list(iterable);
  int backwards = 0;
  if (!list || (reverse && !value_as_int(reverse, &backwards))) return NULL;
  return list_sort(list, key == VALUE_NONE ? NULL : key, backwards != 0) ? list : NULL;
}

static int64_t bytes_sum(const uint8_t *bytes, size_t count) {
  int64_t sum = 0;
  for (size_t i = 0; i < count; i++) sum += bytes[i];
  return sum;
}

// The sum of exactly bytes or a bytearray, whose items are small ints whatever else happens. False: it is neither.
static bool sum_of_bytes(Value iterable, int64_t *sum) {
  if (VALUE_IS_EXACT(iterable, BYTES)) {
    *sum = bytes_sum(value_as_bytes(iterable)->data, value_as_bytes(iterable)->length);
    return true;
  }
  if (!VALUE_IS_EXACT(iterable, BYTEARRAY)) return false;
  ByteArray *array = (ByteArray *)value_cell(iterable);
  ByteSpan span = byte_store_open(array);
  *sum = bytes_sum(span.data, span.length);
  byte_store_close(array);
  return true;
}

// Adds the small ints that come first to *total, a small int, unboxed; with what else comes, or would be too large, the
// general way goes on. False: nothing else has come.
static bool sum_of_small_ints(Iteration *iteration, Value *total, Value *item) {
  int64_t sum = value_small_int(*total);
  bool more;
  while ((more = iteration_next_inline(iteration, item)) && value_is_small_int(*item)) {
    int64_t next = sum + value_small_int(*item);
    if (next > SMALL_INT_MAX || next < SMALL_INT_MIN) break;
    sum = next;
  }
  *total = value_from_small_int(sum);
  return more;
}

// Small ints and floats are summed unboxed as long as nothing else comes.
static Value builtin_sum(Value iterable, Value start) {
  Value total = start ? start : value_from_small_int(0);
  if (value_is_str(total)) return raise_type_error("sum() can't sum strings [use ''.join(seq) instead]");
  if (value_is_bytes(total)) return raise_type_error("sum() can't sum bytes [use b''.join(seq) instead]");
  if (value_is_bytearray(total)) return raise_type_error("sum() can't sum bytearray [use b''.join(seq) instead]");
  int64_t sum;
  if (value_is_small_int(total) && sum_of_bytes(iterable, &sum)) return int_from_int64(value_small_int(total) + sum);
  Value item;
  Iteration iteration = iteration_start(iterable);
  bool more = value_is_small_int(total) ? sum_of_small_ints(&iteration, &total, &item)
                                        : iteration_next_inline(&iteration, &item);
  for (; more; more = iteration_next_inline(&iteration, &item)) {
    if (values_are_small_ints(total, item))
      total = int_from_int64(value_small_int(total) + value_small_int(item));
    else if (value_is_immediate_float(total) && value_is_immediate_float(item))
      total = float_from_double(value_immediate_double(total) + value_immediate_double(item));
    else
      total = value_binary(BINARY_ADD, total, item);
    if (!total) return NULL;
  }
  return iteration_failed(&iteration) ? NULL : total;
}

Consumer builtins_consumer(const NativeMethod *method) {
  if (method->function.f2 == builtin_sum) return CONSUMER_SUM;
  if (method->function.f1 == builtin_any) return CONSUMER_ANY;
  if (method->function.f1 == builtin_all) return CONSUMER_ALL;
  return method->function.f3 == builtin_sorted ? CONSUMER_LIST : CONSUMER_NONE;
}

// ---- Input and output ----

static bool write_to(Value file, Value text) {
  return value_call_method_1(file, "write", text) != NULL;
}

static bool check_separator(Value *value, const char *name, const char *otherwise) {
  if (!*value || *value == VALUE_NONE) return (*value = str_from_c(otherwise)) != NULL;
  if (value_is_str(*value)) return true;
  raise_type_error("%s must be None or a string, not %.200T", name, *value);
  return false;
}

static Value builtin_print(Value values, Value separator, Value end, Value file, Value flush) {
  if (!file || file == VALUE_NONE) {
    file = sys_attribute("stdout");
    if (!file) return NULL;
    if (file == VALUE_NONE) return VALUE_NONE; // no standard output: nothing to do
  }
  if (!check_separator(&separator, "sep", " ") || !check_separator(&end, "end", "\n")) return NULL;
  for (size_t i = 0; i < tuple_count(values); i++) {
    if (i > 0 && !write_to(file, separator)) return NULL;
    Value item = tuple_item(values, i);
    Value text = value_is_str(item) && VALUE_IS_EXACT(item, STR) ? item : value_str(item);
    if (!text || !write_to(file, text)) return NULL;
  }
  if (!write_to(file, end)) return NULL;
  int wanted = flush ? value_truth(flush) : 0;
  if (wanted < 0 || (wanted && !value_call_method_0(file, "flush"))) return NULL;
  return VALUE_NONE;
}

// Is the Python-level file really the process's own terminal?
static bool is_terminal(Value file, int descriptor) {
  Value number = value_call_method_0(file, "fileno");
  int actual;
  if (!number || !value_as_int(number, &actual)) {
    exception_clear();
    return false;
  }
  return actual == descriptor && isatty(descriptor);
}

static Value builtin_input(Value prompt) {
  Value input = sys_attribute("stdin"), output = sys_attribute("stdout"), errors = sys_attribute("stderr");
  if (!input || !output || !errors) return NULL;
  if (input == VALUE_NONE) return raise(CLASS_RUNTIME_ERROR, "input(): lost sys.stdin");
  if (output == VALUE_NONE) return raise(CLASS_RUNTIME_ERROR, "input(): lost sys.stdout");
  if (errors != VALUE_NONE && !value_call_method_0(errors, "flush")) exception_clear();
  if (builtins_read_line && is_terminal(input, STDIN_FILENO) && is_terminal(output, STDOUT_FILENO)) {
    if (!value_call_method_0(output, "flush")) exception_clear();
    Value text = prompt ? value_str(prompt) : str_from_c("");
    return text ? builtins_read_line(text) : NULL;
  }
  if (prompt) {
    Value text = value_str(prompt);
    if (!text || !write_to(output, text)) return NULL;
  }
  if (!value_call_method_0(output, "flush")) exception_clear();
  Value line = value_call_method_0(input, "readline");
  if (!line) return NULL;
  if (!value_is_str(line)) return raise_type_error("object.readline() returned non-string");
  size_t length = str_length(line);
  if (length == 0) return raise(CLASS_EOF_ERROR, "EOF when reading a line");
  return str_character(value_as_str(line), length - 1) == '\n' ? str_substring(line, 0, length - 1) : line;
}

Value (*builtins_read_line)(Value prompt);

static Value builtin_breakpoint([[maybe_unused]] Value self, Value *arguments, size_t count, Value keyword_names) {
  Value hook = sys_attribute("breakpointhook");
  return hook ? value_call(hook, arguments, count, keyword_names) : NULL;
}

// ---- Code ----

static Value builtin_compile(Value source, Value filename, Value mode, Value flags, Value dont_inherit, Value optimize,
                             Value feature_version) {
  int flag_bits = 0, level = -1, version = -1;
  if (!value_is_str(mode)) return raise_type_error("compile() argument 'mode' must be str, not %T", mode);
  if ((flags && !value_as_int(flags, &flag_bits)) || (optimize && !value_as_int(optimize, &level)) ||
      (feature_version && !value_as_int(feature_version, &version)))
    return NULL;
  int inherit_not = dont_inherit ? value_truth(dont_inherit) : 0;
  const char *mode_text = str_utf8(mode, NULL);
  if (inherit_not < 0 || !mode_text) return NULL;
  return runtime_hooks.compile(source, filename, mode_text, flag_bits, inherit_not, level, version);
}
static Value builtin_compile_array(Value *arguments) {
  return builtin_compile(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5],
                         arguments[6]);
}

// The namespaces for exec and eval.
static bool find_namespaces(const char *function, Value *globals, Value *locals) {
  if (*globals == VALUE_NONE) *globals = NULL;
  if (*locals == VALUE_NONE) *locals = NULL;
  if (*locals && !value_special(*locals, SPECIAL_GETITEM)) {
    raise_type_error(strcmp(function, "eval") == 0 ? "locals must be a mapping"
                                                   : "locals must be a mapping or None, not %.100T",
                     *locals);
    return false;
  }
  if (*globals && !value_is_dict(*globals)) {
    if (strcmp(function, "eval") == 0)
      raise_type_error(value_special(*globals, SPECIAL_GETITEM)
                           ? "globals must be a real dict; try eval(code, {}, mapping)"
                           : "globals must be a dict");
    else
      raise_type_error("exec() globals must be a dict, not %.100T", *globals);
    return false;
  }
  if (!*globals) {
    *globals = runtime_hooks.current_globals();
    if (!*locals && *globals) *locals = runtime_hooks.current_locals();
    if (!*globals || !*locals) {
      if (!exception_pending()) raise(CLASS_SYSTEM_ERROR, "globals and locals cannot be NULL");
      return false;
    }
  } else if (!*locals) {
    *locals = *globals;
  }
  Value builtins = dict_get_name(*globals, NAME(__builtins__));
  return builtins || dict_set_name(*globals, NAME(__builtins__), runtime.builtins);
}

static Value builtin_eval(Value source, Value globals, Value locals) {
  if (!find_namespaces("eval", &globals, &locals)) return NULL;
  if (value_is_code(source)) {
    if (value_as_code(source)->free_count)
      return raise_type_error("code object passed to eval() may not contain free variables");
    return runtime_hooks.run_code(source, globals, locals, NULL);
  }
  if (!value_is_str(source) && !value_has_buffer(source))
    return raise_type_error("eval() arg 1 must be a string, bytes or code object");
  if (value_is_str(source)) { // leading blanks are forgiven
    const Str *text = value_as_str(source);
    size_t start = 0;
    while (start < text->length && (str_character(text, start) == ' ' || str_character(text, start) == '\t')) start++;
    if (start && !(source = str_substring(source, start, text->length))) return NULL;
  }
  Value name = str_from_c("<string>");
  Value code = name ? runtime_hooks.compile(source, name, "eval", 0, false, -1, -1) : NULL;
  return code ? runtime_hooks.run_code(code, globals, locals, NULL) : NULL;
}

static Value builtin_exec(Value source, Value globals, Value locals, Value closure) {
  if (!find_namespaces("exec", &globals, &locals)) return NULL;
  if (closure == VALUE_NONE) closure = NULL;
  if (value_is_code(source)) {
    size_t wanted = value_as_code(source)->free_count;
    if (wanted == 0) {
      if (closure) return raise_type_error("cannot use a closure with this code object");
    } else {
      bool fits = closure && value_is_tuple(closure) && tuple_count(closure) == wanted;
      for (size_t i = 0; fits && i < wanted; i++) fits = VALUE_IS_EXACT(tuple_item(closure, i), CELL);
      if (!fits) return raise_type_error("code object requires a closure of exactly length %zu", wanted);
    }
  } else {
    if (closure) return raise_type_error("closure can only be used when source is a code object");
    if (!value_is_str(source) && !value_has_buffer(source))
      return raise_type_error("exec() arg 1 must be a string, bytes or code object");
    Value name = str_from_c("<string>");
    source = name ? runtime_hooks.compile(source, name, "exec", 0, false, -1, -1) : NULL;
    if (!source) return NULL;
  }
  return runtime_hooks.run_code(source, globals, locals, closure) ? VALUE_NONE : NULL;
}

static Value builtin_import(Value name, Value globals, Value locals, Value from_list, Value level) {
  int depth = 0;
  if (level && !value_as_int(level, &depth)) return NULL;
  return runtime_hooks.import_module(name, globals, locals, from_list ? from_list : tuple_empty, depth);
}

static const NativeMethod builtin_functions[] = {
    NATIVE("__build_class__", builtin_build_class, NULL, "What the class statement calls."),
    NATIVE("__import__", builtin_import, "(name, globals=None, locals=None, fromlist=(), level=0)", "Import a module."),
    NATIVE("abs", builtin_abs, "(x, /)", "The absolute value of a number."),
    NATIVE("all", builtin_all, "(iterable, /)", "Are all items true?"),
    NATIVE("any", builtin_any, "(iterable, /)", "Is any item true?"),
    NATIVE("ascii", value_ascii, "(obj, /)", "repr() with everything beyond ASCII escaped."),
    NATIVE("bin", builtin_bin, "(number, /)", "The binary digits of an int.", NATIVE_PLAIN),
    NATIVE("breakpoint", builtin_breakpoint, NULL, "Enter the debugger through sys.breakpointhook()."),
    NATIVE("callable", builtin_callable, "(obj, /)", "Can the object be called?", NATIVE_PLAIN),
    NATIVE("chr", builtin_chr, "(i, /)", "The character with a code point.", NATIVE_PLAIN),
    NATIVE("compile", builtin_compile_array,
           "(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)",
           "Compile source to code or a tree."),
    NATIVE("delattr", builtin_delattr, "(obj, name, /)", "Delete an attribute."),
    NATIVE("dir", builtin_dir, "(object=<unrepresentable>, /)", "Names of attributes, or of local names."),
    NATIVE("divmod", builtin_divmod, "(x, y, /)", "Quotient and remainder.", NATIVE_PLAIN),
    NATIVE("eval", builtin_eval, "(source, globals=None, locals=None, /)", "Evaluate an expression."),
    NATIVE("exec", builtin_exec, "(source, globals=None, locals=None, /, *, closure=None)", "Execute statements."),
    NATIVE("format", builtin_format, "(value, format_spec='', /)", "Format a value by a specification."),
    NATIVE("getattr", builtin_getattr, "(object, name, default=<unrepresentable>, /)", "Get an attribute.",
           NATIVE_BY_NAME),
    NATIVE("globals", builtin_globals, "()", "The current global namespace."),
    NATIVE("hasattr", builtin_hasattr, "(obj, name, /)", "Has the object an attribute?", NATIVE_BY_NAME),
    NATIVE("hash", builtin_hash, "(obj, /)", "Hash value.", NATIVE_PLAIN),
    NATIVE("hex", builtin_hex, "(number, /)", "The hexadecimal digits of an int.", NATIVE_PLAIN),
    NATIVE("id", value_id, "(obj, /)", "The identity of an object.", NATIVE_PLAIN),
    NATIVE("input", builtin_input, "(prompt='', /)", "Read a line from standard input."),
    NATIVE("isinstance", builtin_isinstance, "(obj, class_or_tuple, /)",
           "Is the object an instance of the class, or of one of them?"),
    NATIVE("issubclass", builtin_issubclass, "(cls, class_or_tuple, /)",
           "Is the class derived from the other, or from one of them?"),
    NATIVE("iter", builtin_iter, "(object, sentinel=<unrepresentable>, /)",
           "An iterator over an object, or over calls until a sentinel."),
    NATIVE("aiter", builtin_aiter, "(async_iterable, /)", "An asynchronous iterator."),
    NATIVE("len", builtin_len, "(obj, /)", "The number of items."),
    NATIVE("locals", builtin_locals, "()", "The current local namespace."),
    NATIVE("max", builtin_max, NULL,
           "max(iterable, *[, default, key]) or max(a, b, *more, *[, key]): the greatest item."),
    NATIVE("min", builtin_min, NULL, "min(iterable, *[, default, key]) or min(a, b, *more, *[, key]): the least item."),
    NATIVE("next", builtin_next, "(iterator, default=<unrepresentable>, /)", "The next item of an iterator."),
    NATIVE("anext", builtin_anext, "(aiterator, default=<unrepresentable>, /)", "An awaitable of the next item."),
    NATIVE("oct", builtin_oct, "(number, /)", "The octal digits of an int.", NATIVE_PLAIN),
    NATIVE("ord", builtin_ord, "(c, /)", "The code point of a character.", NATIVE_PLAIN),
    NATIVE("pow", builtin_pow, "(base, exp, mod=None)", "base ** exp, or base ** exp % mod."),
    NATIVE("print", builtin_print, "(*args, sep=' ', end='\\n', file=None, flush=False)", "Write values as text."),
    NATIVE("repr", value_repr, "(obj, /)", "The text form for programmers.", NATIVE_PLAIN),
    NATIVE("round", builtin_round, "(number, ndigits=None)", "Round to a number of decimals."),
    NATIVE("setattr", builtin_setattr, "(obj, name, value, /)", "Set an attribute.", NATIVE_BY_NAME),
    NATIVE("sorted", builtin_sorted, "(iterable, /, *, key=None, reverse=False)", "A new sorted list of the items."),
    NATIVE("sum", builtin_sum, "(iterable, /, start=0)", "The sum of the items."),
    NATIVE("vars", builtin_vars, "(object=<unrepresentable>, /)", "An object's __dict__, or locals()."),
    {}};

// Which of the classes in classes.def are names in builtins.
static const ClassId visible_classes[] = {
    CLASS_OBJECT,    CLASS_TYPE,      CLASS_INT,         CLASS_BOOL,         CLASS_FLOAT, CLASS_COMPLEX, CLASS_STR,
    CLASS_BYTES,     CLASS_BYTEARRAY, CLASS_MEMORYVIEW,  CLASS_TUPLE,        CLASS_LIST,  CLASS_DICT,    CLASS_SET,
    CLASS_FROZENSET, CLASS_RANGE,     CLASS_SLICE,       CLASS_ENUMERATE,    CLASS_ZIP,   CLASS_MAP,     CLASS_FILTER,
    CLASS_REVERSED,  CLASS_PROPERTY,  CLASS_CLASSMETHOD, CLASS_STATICMETHOD, CLASS_SUPER,
#define EXCEPTION_CLASS(ID, name, base, layout, doc) CLASS_##ID,
#include "runtime/object/exceptions.def"
};

static bool builtins_initialize(Value module) {
  for (size_t i = 0; i < sizeof visible_classes / sizeof *visible_classes; i++) {
    Class *class = builtin_classes[visible_classes[i]];
    if (!module_add(module, class_name(class), value_from_cell(class))) return false;
  }
  return module_add(module, "ExceptionGroup", value_from_cell(exception_group_class)) &&
         module_add(module, "EnvironmentError", value_from_cell(BUILTIN(OS_ERROR))) &&
         module_add(module, "IOError", value_from_cell(BUILTIN(OS_ERROR))) && module_add(module, "None", VALUE_NONE) &&
         module_add(module, "Ellipsis", VALUE_ELLIPSIS) &&
         module_add(module, "NotImplemented", VALUE_NOT_IMPLEMENTED) && module_add(module, "False", VALUE_FALSE) &&
         module_add(module, "True", VALUE_TRUE) &&
         module_add(module, "__debug__", value_from_bool(runtime.optimize == 0));
}

const NativeModule builtins_module = {
    .name = "builtins",
    .doc = "The functions, classes and constants that every module sees.",
    .functions = builtin_functions,
    .initialize = builtins_initialize,
};
