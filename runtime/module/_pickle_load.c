// Unpickler: bytes to objects, a stack machine.
//
// Input is a piece of memory (`input`, a bytes object): all of it for loads(), else what was last read from the file,
// which is a whole frame or just what one opcode needs, so that the file stands behind the pickle in the end. Whatever
// the input is, the result is an object or an exception: every stack access is checked, and no more is allocated than
// the input accounts for.
#include "runtime/heap/heap.h"
#include "runtime/module/_pickle.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/memoryview.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/sequence.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

#include <stdlib.h>
#include <string.h>

typedef struct Unpickler {
  Cell head;
  Value input;             // bytes; zero: nothing has been read
  Value read, read_line;   // of the file; zero: loads()
  Value stack;             // List
  Value memo, sparse_memo; // List, and a Dict for numbers far beyond it
  Value buffers;           // iterator over out-of-band buffers, or zero
  Value encoding, errors;  // str: of strings that Python 2 wrote
  Value persistent_load;   // or zero
  // ---- end of values
  size_t at; // in `input`
  size_t *marks, mark_count, mark_capacity;
  size_t memo_count;
  int protocol;
  bool fix_imports;
  Thread *_Atomic owner;
} Unpickler;

static void unpickler_release(Cell *cell) {
  free(((Unpickler *)cell)->marks);
}
static const CellType unpickler_cell_type = {
    .name = "Unpickler", CELL_VALUES(Unpickler, input, persistent_load), .release = unpickler_release};
static Unpickler *as_unpickler(Value value) {
  return (Unpickler *)value_cell(value);
}
static bool fail(const char *format, Value a) {
  raise_in(pickle_state.unpickling_error, format, a);
  return false;
}
static bool truncated(void) {
  return fail("pickle data was truncated", NULL);
}

// ---- Input ----

static size_t left(const Unpickler *unpickler) {
  return unpickler->input ? value_as_bytes(unpickler->input)->length - unpickler->at : 0;
}
// Makes what the file's read gave the input.
static bool take_input(Unpickler *unpickler, Value data, const char *function) {
  if (!data) return false;
  if (!value_is_bytes(data)) {
    raise_value_error("%s() returned non-bytes object (%.200T)", function, data);
    return false;
  }
  gc_store(unpickler, &unpickler->input, data);
  unpickler->at = 0;
  return true;
}
// The next `count` bytes; they stay valid as long as the input (read no more before they are used). NULL: exception.
static const uint8_t *take(Unpickler *unpickler, size_t count) {
  if (left(unpickler) < count) {
    if (!unpickler->read) return truncated(), NULL;
    size_t have = left(unpickler);
    if (count > PTRDIFF_MAX / 2) return truncated(), NULL;
    Value old = have ? bytes_new(value_as_bytes(unpickler->input)->data + unpickler->at, have) : NULL;
    Value more = value_call_1(unpickler->read, int_from_size(count - have));
    if (more && old && value_is_bytes(more)) more = bytes_concatenate(old, more);
    if (!take_input(unpickler, more, "read")) return NULL;
    if (left(unpickler) < count) return truncated(), NULL;
  }
  const uint8_t *data = value_as_bytes(unpickler->input)->data + unpickler->at;
  unpickler->at += count;
  return data;
}
// A line with its end.
static const uint8_t *take_line(Unpickler *unpickler, size_t *length) {
  size_t have = left(unpickler);
  const uint8_t *data = have ? value_as_bytes(unpickler->input)->data + unpickler->at : NULL;
  const uint8_t *end = have ? memchr(data, '\n', have) : NULL;
  if (!end && unpickler->read_line) {
    Value old = have ? bytes_new(data, have) : NULL, more = value_call_0(unpickler->read_line);
    if (more && old && value_is_bytes(more)) more = bytes_concatenate(old, more);
    if (!take_input(unpickler, more, "readline")) return NULL;
    data = value_as_bytes(unpickler->input)->data;
    end = memchr(data, '\n', left(unpickler));
  }
  if (!end) return truncated(), NULL;
  *length = (size_t)(end - data) + 1;
  unpickler->at += *length;
  return data;
}
static bool take_number(Unpickler *unpickler, int count, uint64_t *number) {
  const uint8_t *bytes = take(unpickler, (size_t)count);
  *number = 0;
  for (int i = 0; bytes && i < count; i++) *number |= (uint64_t)bytes[i] << 8 * i;
  return bytes != NULL;
}
// A line as an integer.
static bool take_integer(Unpickler *unpickler, int64_t *number) {
  size_t length;
  const uint8_t *line = take_line(unpickler, &length);
  Value text = line ? str_from_latin1(line, length) : NULL, value = text ? int_from_text(text, 10) : NULL;
  if (!value) return false;
  if (int_fits_int64(value, number)) return true;
  raise(CLASS_OVERFLOW_ERROR, "Python int too large to convert to C ssize_t");
  return false;
}
// A counted operand, its length in `count` bytes.
static const uint8_t *take_counted(Unpickler *unpickler, int count, size_t *length, const char *what) {
  uint64_t number;
  if (!take_number(unpickler, count, &number)) return NULL;
  if (number > PTRDIFF_MAX) {
    raise(CLASS_OVERFLOW_ERROR, "%s exceeds system's maximum size of %zd bytes", what, PTRDIFF_MAX);
    return NULL;
  }
  *length = (size_t)number;
  return take(unpickler, *length);
}

// ---- Stack ----

static size_t fence(const Unpickler *unpickler) {
  return unpickler->mark_count ? unpickler->marks[unpickler->mark_count - 1] : 0;
}
static bool underflow(const Unpickler *unpickler) {
  return fail(unpickler->mark_count ? "unexpected MARK found" : "unpickling stack underflow", NULL);
}
static bool push(Unpickler *unpickler, Value value) {
  return value && list_append(unpickler->stack, value);
}
static Value pop(Unpickler *unpickler) {
  if (list_count(unpickler->stack) <= fence(unpickler)) return underflow(unpickler), NULL;
  return list_pop(unpickler->stack);
}
static Value top(const Unpickler *unpickler) {
  size_t count = list_count(unpickler->stack);
  if (count <= fence(unpickler)) return underflow(unpickler), NULL;
  return list_item(unpickler->stack, count - 1);
}
static bool pop_mark(Unpickler *unpickler, size_t *start) {
  if (unpickler->mark_count == 0) return fail("could not find MARK", NULL);
  *start = unpickler->marks[--unpickler->mark_count];
  return true;
}
static bool push_mark(Unpickler *unpickler) {
  if (unpickler->mark_count == unpickler->mark_capacity) {
    size_t capacity = unpickler->mark_capacity * 2 + 16;
    size_t *marks = realloc(unpickler->marks, capacity * sizeof *marks);
    if (!marks) {
      raise_memory_error();
      return false;
    }
    unpickler->marks = marks;
    unpickler->mark_capacity = capacity;
  }
  unpickler->marks[unpickler->mark_count++] = list_count(unpickler->stack);
  return true;
}
// Takes the items from `start` on off the stack, as a new list.
static Value pop_from(Unpickler *unpickler, size_t start) {
  size_t count = list_count(unpickler->stack);
  if (start > count || start < fence(unpickler)) return underflow(unpickler), NULL;
  Value items = list_new_sized(count - start);
  for (size_t i = start; items && i < count; i++)
    if (!list_append(items, list_item(unpickler->stack, i))) return NULL;
  return items && list_delete_range(unpickler->stack, start, count) ? items : NULL;
}
static Value pop_tuple(Unpickler *unpickler, size_t start) {
  Value items = pop_from(unpickler, start);
  return items ? list_to_tuple(items) : NULL;
}
static bool push_tuple(Unpickler *unpickler, size_t count) {
  size_t depth = list_count(unpickler->stack);
  if (depth < fence(unpickler) + count) return underflow(unpickler);
  return push(unpickler, pop_tuple(unpickler, depth - count));
}

// ---- Memo ----

static Value memo_get(Unpickler *unpickler, uint64_t number) {
  Value value = number < list_count(unpickler->memo) ? list_item(unpickler->memo, number) : VALUE_MISSING;
  if (value == VALUE_MISSING && unpickler->sparse_memo) {
    value = dict_get(unpickler->sparse_memo, int_from_uint64(number));
    if (!value) value = VALUE_MISSING;
  }
  if (value != VALUE_MISSING) return value;
  raise_in(pickle_state.unpickling_error, "Memo value not found at index %ld", (long)number);
  return NULL;
}
static bool memo_put(Unpickler *unpickler, uint64_t number, Value value) {
  size_t count = list_count(unpickler->memo);
  if (!value) return false;
  if (number < count) {
    unpickler->memo_count += list_item(unpickler->memo, number) == VALUE_MISSING;
    return list_set_item(unpickler->memo, number, value);
  }
  if (number < count + 64) {
    for (; count < number; count++)
      if (!list_append(unpickler->memo, VALUE_MISSING)) return false;
    unpickler->memo_count++;
    return list_append(unpickler->memo, value);
  }
  if (!unpickler->sparse_memo) {
    Value sparse = dict_new();
    if (!sparse) return false;
    gc_store(unpickler, &unpickler->sparse_memo, sparse);
  }
  Value key = int_from_uint64(number);
  if (key && dict_contains(unpickler->sparse_memo, key) == 0) unpickler->memo_count++;
  return key && dict_set(unpickler->sparse_memo, key, value);
}
static bool memo_clear(Unpickler *unpickler) {
  Value memo = list_new(NULL, 0);
  if (!memo) return false;
  gc_store(unpickler, &unpickler->memo, memo);
  gc_store(unpickler, &unpickler->sparse_memo, NULL);
  unpickler->memo_count = 0;
  return true;
}

// ---- Globals ----

// Names of Python 2, for what it wrote.
static bool map_from_old_names(Value *module_name, Value *name) {
  Value key = tuple_pair(*module_name, *name);
  Value found = key ? dict_get(pickle_state.name_mapping, key) : NULL;
  if (found) {
    if (!value_is_tuple(found) || tuple_count(found) != 2 || !value_is_str(tuple_item(found, 0)) ||
        !value_is_str(tuple_item(found, 1))) {
      raise(CLASS_RUNTIME_ERROR, "_compat_pickle.NAME_MAPPING values should be 2-tuples of str, not %.200T", found);
      return false;
    }
    *module_name = tuple_item(found, 0);
    *name = tuple_item(found, 1);
    return true;
  }
  if (exception_pending()) return false;
  found = dict_get(pickle_state.import_mapping, *module_name);
  if (found && !value_is_str(found)) {
    raise(CLASS_RUNTIME_ERROR, "_compat_pickle.IMPORT_MAPPING values should be strings, not %.200T", found);
    return false;
  }
  if (found) *module_name = found;
  return found || !exception_pending();
}
static Value unpickler_find_class(Value self, Value module_name, Value name) {
  Unpickler *unpickler = as_unpickler(self);
  if (!value_is_str(module_name) || !value_is_str(name)) return raise_type_error("find_class() arguments must be str");
  if (unpickler->protocol < 3 && unpickler->fix_imports && !map_from_old_names(&module_name, &name)) return NULL;
  Value module = pickle_import(module_name);
  if (!module) return NULL;
  if (unpickler->protocol >= 4) return pickle_get_dotted(module, name, NULL);
  Value found;
  int status = value_find_attribute(module, name, &found);
  if (status) return status > 0 ? found : NULL;
  return raise(CLASS_ATTRIBUTE_ERROR, "Can't get attribute %R on %R", name, module);
}
static Value find_class(Unpickler *unpickler, Value module_name, Value name) {
  Value self = value_from_cell(unpickler);
  return value_class(self) == pickle_state.unpickler ? unpickler_find_class(self, module_name, name)
                                                     : value_call_method_2(self, "find_class", module_name, name);
}
static Value take_text_line(Unpickler *unpickler) {
  size_t length;
  const uint8_t *line = take_line(unpickler, &length);
  return line ? str_from_utf8((const char *)line, length - 1) : NULL;
}
static Value load_global(Unpickler *unpickler) {
  Value module_name = take_text_line(unpickler), name = module_name ? take_text_line(unpickler) : NULL;
  return name ? find_class(unpickler, module_name, name) : NULL;
}
static bool load_stack_global(Unpickler *unpickler) {
  Value name = pop(unpickler), module_name = name ? pop(unpickler) : NULL;
  if (!module_name) return false;
  if (!value_is_str(name) || !value_is_str(module_name)) return fail("STACK_GLOBAL requires str", NULL);
  return push(unpickler, find_class(unpickler, module_name, name));
}
static bool load_extension(Unpickler *unpickler, int count) {
  uint64_t number;
  if (!take_number(unpickler, count, &number)) return false;
  int32_t code = (int32_t)number;
  if (code <= 0) return fail("EXT specifies code <= 0", NULL);
  Value key = value_from_small_int(code), known = dict_get(pickle_state.extension_cache, key);
  if (known) return push(unpickler, known);
  Value pair = dict_get(pickle_state.inverted_registry, key);
  if (!pair) {
    if (!exception_pending()) raise_value_error("unregistered extension code %d", code);
    return false;
  }
  if (!value_is_tuple(pair) || tuple_count(pair) != 2 || !value_is_str(tuple_item(pair, 0)) ||
      !value_is_str(tuple_item(pair, 1))) {
    raise_value_error("_inverted_registry[%d] isn't a 2-tuple of strings", code);
    return false;
  }
  Value class = find_class(unpickler, tuple_item(pair, 0), tuple_item(pair, 1));
  return class && dict_set(pickle_state.extension_cache, key, class) && push(unpickler, class);
}

// ---- Simple values ----

static bool load_int(Unpickler *unpickler) {
  size_t length;
  const uint8_t *line = take_line(unpickler, &length);
  if (!line) return false;
  if (length == 3 && line[0] == '0' && (line[1] == '0' || line[1] == '1'))
    return push(unpickler, value_from_bool(line[1] == '1'));
  Value text = str_from_latin1(line, length - 1);
  return text && push(unpickler, int_from_text(text, 0));
}
static bool load_long(Unpickler *unpickler) {
  size_t length;
  const uint8_t *line = take_line(unpickler, &length);
  if (!line) return false;
  length -= length > 1 && line[length - 2] == 'L' ? 2 : 1;
  Value text = str_from_latin1(line, length);
  return text && push(unpickler, int_from_text(text, 0));
}
static bool load_counted_long(Unpickler *unpickler, int count) {
  uint64_t length;
  if (!take_number(unpickler, count, &length)) return false;
  if (count == 4 && (int32_t)length < 0) return fail("LONG pickle has negative byte count", NULL);
  const uint8_t *bytes = take(unpickler, (size_t)length);
  return bytes && push(unpickler, length ? int_from_bytes(bytes, (size_t)length, true, true) : value_from_small_int(0));
}
static bool load_float(Unpickler *unpickler) {
  size_t length;
  const uint8_t *line = take_line(unpickler, &length);
  Value text = line ? str_from_latin1(line, length - 1) : NULL;
  return text && push(unpickler, float_from_text(text));
}
static bool load_binary_float(Unpickler *unpickler) {
  const uint8_t *bytes = take(unpickler, 8);
  uint64_t bits;
  if (!bytes) return false;
  memcpy(&bits, bytes, 8);
  bits = __builtin_bswap64(bits);
  double number;
  memcpy(&number, &bits, 8);
  return push(unpickler, float_from_double(number));
}
// A string of Python 2: bytes, or text by the encoding that was asked for.
static bool push_old_string(Unpickler *unpickler, const uint8_t *data, size_t length) {
  Value bytes = bytes_new(data, length);
  if (!bytes || str_equals_c(unpickler->encoding, "bytes")) return push(unpickler, bytes);
  const char *encoding = str_utf8(unpickler->encoding, NULL),
             *errors = encoding ? str_utf8(unpickler->errors, NULL) : NULL;
  return errors && push(unpickler, codec_decode_text(bytes, encoding, errors));
}
static bool load_string(Unpickler *unpickler) {
  size_t length;
  const uint8_t *line = take_line(unpickler, &length);
  if (!line) return false;
  while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r')) length--;
  if (length < 2 || line[0] != line[length - 1] || (line[0] != '"' && line[0] != '\''))
    return fail("the STRING opcode argument must be quoted", NULL);
  Value quoted = bytes_new(line + 1, length - 2), codecs = pickle_import(str_intern_c("_codecs"));
  Value pair = quoted && codecs ? value_call_method_1(codecs, "escape_decode", quoted) : NULL;
  if (!pair) return false;
  const Bytes *bytes = value_as_bytes(tuple_item(pair, 0));
  return push_old_string(unpickler, bytes->data, bytes->length);
}
static bool load_binary_string(Unpickler *unpickler, int count) {
  uint64_t length;
  if (!take_number(unpickler, count, &length)) return false;
  if (count == 4 && (int32_t)length < 0) return fail("BINSTRING pickle has negative byte count", NULL);
  const uint8_t *data = take(unpickler, (size_t)length);
  return data && push_old_string(unpickler, data, (size_t)length);
}
static bool load_unicode(Unpickler *unpickler) {
  size_t length;
  const uint8_t *line = take_line(unpickler, &length);
  Value bytes = line ? bytes_new(line, length - 1) : NULL;
  return bytes && push(unpickler, codec_decode_text(bytes, "raw-unicode-escape", NULL));
}
static bool load_binary_unicode(Unpickler *unpickler, int count) {
  size_t length;
  const uint8_t *data = take_counted(unpickler, count, &length, "BINUNICODE");
  return data && push(unpickler, codec_decode_memory(data, length, NULL, "utf-8", "surrogatepass"));
}
static bool load_binary_bytes(Unpickler *unpickler, int count) {
  size_t length;
  const uint8_t *data = take_counted(unpickler, count, &length, "BINBYTES");
  return data && push(unpickler, bytes_new(data, length));
}
static bool load_bytearray(Unpickler *unpickler) {
  size_t length;
  const uint8_t *data = take_counted(unpickler, 8, &length, "BYTEARRAY8");
  return data && push(unpickler, bytearray_new(data, length));
}
static bool load_next_buffer(Unpickler *unpickler) {
  if (!unpickler->buffers)
    return fail("pickle stream refers to out-of-band data but no *buffers* argument was given", NULL);
  Value buffer = iterator_next(unpickler->buffers);
  if (buffer == VALUE_STOP) return fail("not enough out-of-band buffers", NULL);
  return push(unpickler, buffer);
}
static bool load_read_only_buffer(Unpickler *unpickler) {
  Value object = top(unpickler), view = object ? memoryview_new(object) : NULL;
  Value read_only = view ? value_get_attribute_c(view, "readonly") : NULL;
  if (!read_only || read_only == VALUE_TRUE) return read_only != NULL;
  view = value_call_method_0(view, "toreadonly");
  return view && pop(unpickler) && push(unpickler, view);
}

// ---- Containers ----

static bool load_dict(Unpickler *unpickler) {
  size_t start;
  Value items = pop_mark(unpickler, &start) ? pop_from(unpickler, start) : NULL, dict = items ? dict_new() : NULL;
  if (!dict) return false;
  if (list_count(items) % 2) return fail("odd number of items for DICT", NULL);
  for (size_t i = 0; i < list_count(items); i += 2)
    if (!dict_set(dict, list_item(items, i), list_item(items, i + 1))) return false;
  return push(unpickler, dict);
}
// Adds the items behind `start` to the list, or what passes for one, below them.
static bool load_append(Unpickler *unpickler, size_t start) {
  Value items = pop_from(unpickler, start), target = items ? top(unpickler) : NULL, method;
  if (!target) return false;
  if (list_count(items) == 0) return true;
  if (VALUE_IS_EXACT(target, LIST)) return list_extend(target, items);
  if (!pickle_find_hook(target, "extend", &method)) return false;
  if (method) return value_call_1(method, items) != NULL;
  method = value_get_attribute_c(target, "append");
  for (size_t i = 0; method && i < list_count(items); i++)
    if (!value_call_1(method, list_item(items, i))) return false;
  return method != NULL;
}
static bool load_set_items(Unpickler *unpickler, size_t start) {
  Value items = pop_from(unpickler, start), target = items ? top(unpickler) : NULL;
  if (!target) return false;
  if (list_count(items) % 2) return fail("odd number of items for SETITEMS", NULL);
  bool is_dict = VALUE_IS_EXACT(target, DICT);
  for (size_t i = 0; i < list_count(items); i += 2) {
    Value key = list_item(items, i), value = list_item(items, i + 1);
    if (!(is_dict ? dict_set(target, key, value) : value_set_item(target, key, value))) return false;
  }
  return true;
}
static bool load_add_items(Unpickler *unpickler) {
  size_t start;
  Value items = pop_mark(unpickler, &start) ? pop_from(unpickler, start) : NULL, target = items ? top(unpickler) : NULL;
  if (!target) return false;
  if (value_is_set(target)) return set_update(target, items);
  Value add = value_get_attribute_c(target, "add");
  for (size_t i = 0; add && i < list_count(items); i++)
    if (!value_call_1(add, list_item(items, i))) return false;
  return add != NULL;
}

// ---- Objects ----

static Value instantiate(Value class, Value arguments) {
  Value hook;
  if (tuple_count(arguments) == 0 && value_is_class(class)) {
    if (!pickle_find_hook(class, "__getinitargs__", &hook)) return NULL;
    if (!hook) return value_call_method_1(class, "__new__", class);
  }
  return value_call_tuple(class, arguments, NULL);
}
static bool load_inst(Unpickler *unpickler) {
  size_t start;
  Value arguments = pop_mark(unpickler, &start) ? pop_tuple(unpickler, start) : NULL;
  Value class = arguments ? load_global(unpickler) : NULL;
  return class && push(unpickler, instantiate(class, arguments));
}
static bool load_obj(Unpickler *unpickler) {
  size_t start;
  if (!pop_mark(unpickler, &start)) return false;
  if (list_count(unpickler->stack) <= start) return underflow(unpickler);
  Value arguments = pop_tuple(unpickler, start + 1), class = arguments ? pop(unpickler) : NULL;
  return class && push(unpickler, instantiate(class, arguments));
}
static bool load_new_object(Unpickler *unpickler, bool with_keywords) {
  const char *name = with_keywords ? "NEWOBJ_EX" : "NEWOBJ";
  Value keywords = with_keywords ? pop(unpickler) : NULL;
  if (with_keywords && !keywords) return false;
  Value arguments = pop(unpickler), class = arguments ? pop(unpickler) : NULL;
  if (!class) return false;
  if (!value_is_class(class))
    raise_in(pickle_state.unpickling_error, "%s class argument must be a type, not %.200T", name, class);
  else if (!value_is_tuple(arguments))
    raise_in(pickle_state.unpickling_error, "%s args argument must be a tuple, not %.200T", name, arguments);
  else if (keywords && !value_is_dict(keywords))
    raise_in(pickle_state.unpickling_error, "%s kwargs argument must be a dict, not %.200T", name, keywords);
  if (exception_pending()) return false;
  Value new = value_get_attribute(class, NAME(__new__)), first = new ? tuple_of(1, class) : NULL;
  Value all = first ? tuple_concatenate(first, arguments) : NULL;
  return all && push(unpickler, value_call_tuple(new, all, keywords));
}
static bool load_reduce(Unpickler *unpickler) {
  Value arguments = pop(unpickler), callable = arguments ? pop(unpickler) : NULL;
  if (!callable) return false;
  if (!value_is_tuple(arguments)) {
    raise_type_error("argument list must be a tuple, not %T", arguments);
    return false;
  }
  return push(unpickler, value_call_tuple(callable, arguments, NULL));
}
// Sets the attributes in a state dict: into the instance's own dict, or (slots) by assignment.
static bool set_state(Value object, Value state, bool is_slots) {
  if (!value_is_dict(state))
    return fail(is_slots ? "slot state is not a dictionary" : "state is not a dictionary", NULL);
  Value target = is_slots ? object : value_get_attribute(object, NAME(__dict__)), key, value;
  size_t position = 0;
  if (!target) return false;
  while (dict_next(state, &position, &key, &value)) {
    if (VALUE_IS_EXACT(key, STR) && !(key = str_intern(key))) return false;
    if (!(is_slots ? value_set_attribute(target, key, value) : value_set_item(target, key, value))) return false;
  }
  return true;
}
static bool load_build(Unpickler *unpickler) {
  Value state = pop(unpickler), object = state ? top(unpickler) : NULL, method;
  if (!object || !pickle_find_hook(object, "__setstate__", &method)) return false;
  if (method) return value_call_1(method, state) != NULL;
  Value slots = NULL;
  if (value_is_tuple(state) && tuple_count(state) == 2) {
    slots = tuple_item(state, 1);
    state = tuple_item(state, 0);
  }
  return (state == VALUE_NONE || set_state(object, state, false)) &&
         (!slots || slots == VALUE_NONE || set_state(object, slots, true));
}
static bool push_persistent(Unpickler *unpickler, Value id) {
  if (!id) return false;
  if (unpickler->persistent_load) return push(unpickler, value_call_1(unpickler->persistent_load, id));
  return fail("A load persistent id instruction was encountered, but no persistent_load function was specified.", NULL);
}
static Value take_persistent_line(Unpickler *unpickler) {
  size_t length;
  const uint8_t *line = take_line(unpickler, &length);
  for (size_t i = 0; line && i < length; i++)
    if (line[i] >= 128) return fail("persistent IDs in protocol 0 must be ASCII strings", NULL), NULL;
  return line ? str_from_ascii((const char *)line, length - 1) : NULL;
}

// ---- The machine ----

static bool load_proto(Unpickler *unpickler) {
  uint64_t number;
  if (!take_number(unpickler, 1, &number)) return false;
  if (number > PICKLE_HIGHEST_PROTOCOL) {
    raise_value_error("unsupported pickle protocol: %d", (int)number);
    return false;
  }
  unpickler->protocol = (int)number;
  return true;
}
static bool load_frame(Unpickler *unpickler) {
  size_t length;
  if (!take_counted(unpickler, 8, &length, "FRAME")) return false;
  unpickler->at -= length; // it is in memory now
  return true;
}
static bool load_pop(Unpickler *unpickler) {
  size_t start;
  if (unpickler->mark_count && unpickler->marks[unpickler->mark_count - 1] == list_count(unpickler->stack))
    return pop_mark(unpickler, &start);
  return pop(unpickler) != NULL;
}
static bool load_get(Unpickler *unpickler) {
  int64_t number;
  if (!take_integer(unpickler, &number)) return false;
  return push(unpickler, memo_get(unpickler, (uint64_t)number));
}
static bool load_put(Unpickler *unpickler) {
  int64_t number;
  if (!take_integer(unpickler, &number) || !top(unpickler)) return false;
  if (number < 0) {
    raise_value_error("negative PUT argument");
    return false;
  }
  return memo_put(unpickler, (uint64_t)number, top(unpickler));
}

// One instruction but STOP.
static bool execute(Unpickler *unpickler, uint8_t opcode) {
  uint64_t number;
  size_t start;
  switch ((PickleOpcode)opcode) {
  case PICKLE_NONE:
    return push(unpickler, VALUE_NONE);
  case PICKLE_NEWTRUE:
    return push(unpickler, VALUE_TRUE);
  case PICKLE_NEWFALSE:
    return push(unpickler, VALUE_FALSE);
  case PICKLE_BININT:
    return take_number(unpickler, 4, &number) && push(unpickler, value_from_small_int((int32_t)number));
  case PICKLE_BININT1:
    return take_number(unpickler, 1, &number) && push(unpickler, value_from_small_int((int64_t)number));
  case PICKLE_BININT2:
    return take_number(unpickler, 2, &number) && push(unpickler, value_from_small_int((int64_t)number));
  case PICKLE_INT:
    return load_int(unpickler);
  case PICKLE_LONG:
    return load_long(unpickler);
  case PICKLE_LONG1:
    return load_counted_long(unpickler, 1);
  case PICKLE_LONG4:
    return load_counted_long(unpickler, 4);
  case PICKLE_FLOAT:
    return load_float(unpickler);
  case PICKLE_BINFLOAT:
    return load_binary_float(unpickler);
  case PICKLE_SHORT_BINBYTES:
    return load_binary_bytes(unpickler, 1);
  case PICKLE_BINBYTES:
    return load_binary_bytes(unpickler, 4);
  case PICKLE_BINBYTES8:
    return load_binary_bytes(unpickler, 8);
  case PICKLE_BYTEARRAY8:
    return load_bytearray(unpickler);
  case PICKLE_NEXT_BUFFER:
    return load_next_buffer(unpickler);
  case PICKLE_READONLY_BUFFER:
    return load_read_only_buffer(unpickler);
  case PICKLE_STRING:
    return load_string(unpickler);
  case PICKLE_SHORT_BINSTRING:
    return load_binary_string(unpickler, 1);
  case PICKLE_BINSTRING:
    return load_binary_string(unpickler, 4);
  case PICKLE_UNICODE:
    return load_unicode(unpickler);
  case PICKLE_SHORT_BINUNICODE:
    return load_binary_unicode(unpickler, 1);
  case PICKLE_BINUNICODE:
    return load_binary_unicode(unpickler, 4);
  case PICKLE_BINUNICODE8:
    return load_binary_unicode(unpickler, 8);
  case PICKLE_EMPTY_TUPLE:
    return push(unpickler, tuple_empty);
  case PICKLE_TUPLE1:
  case PICKLE_TUPLE2:
  case PICKLE_TUPLE3:
    return push_tuple(unpickler, opcode - PICKLE_TUPLE1 + 1u);
  case PICKLE_TUPLE:
    return pop_mark(unpickler, &start) && push(unpickler, pop_tuple(unpickler, start));
  case PICKLE_EMPTY_LIST:
    return push(unpickler, list_new(NULL, 0));
  case PICKLE_LIST:
    return pop_mark(unpickler, &start) && push(unpickler, pop_from(unpickler, start));
  case PICKLE_EMPTY_DICT:
    return push(unpickler, dict_new());
  case PICKLE_DICT:
    return load_dict(unpickler);
  case PICKLE_EMPTY_SET:
    return push(unpickler, set_new(NULL));
  case PICKLE_ADDITEMS:
    return load_add_items(unpickler);
  case PICKLE_FROZENSET: {
    Value items = pop_mark(unpickler, &start) ? pop_from(unpickler, start) : NULL;
    return items && push(unpickler, frozenset_new(items));
  }
  case PICKLE_OBJ:
    return load_obj(unpickler);
  case PICKLE_INST:
    return load_inst(unpickler);
  case PICKLE_NEWOBJ:
    return load_new_object(unpickler, false);
  case PICKLE_NEWOBJ_EX:
    return load_new_object(unpickler, true);
  case PICKLE_GLOBAL:
    return push(unpickler, load_global(unpickler));
  case PICKLE_STACK_GLOBAL:
    return load_stack_global(unpickler);
  case PICKLE_APPEND:
    return top(unpickler) && load_append(unpickler, list_count(unpickler->stack) - 1);
  case PICKLE_APPENDS:
    return pop_mark(unpickler, &start) && load_append(unpickler, start);
  case PICKLE_SETITEM:
    if (list_count(unpickler->stack) < fence(unpickler) + 2) return underflow(unpickler);
    return load_set_items(unpickler, list_count(unpickler->stack) - 2);
  case PICKLE_SETITEMS:
    return pop_mark(unpickler, &start) && load_set_items(unpickler, start);
  case PICKLE_BUILD:
    return load_build(unpickler);
  case PICKLE_DUP:
    return push(unpickler, top(unpickler));
  case PICKLE_POP:
    return load_pop(unpickler);
  case PICKLE_POP_MARK:
    return pop_mark(unpickler, &start) && pop_from(unpickler, start);
  case PICKLE_MARK:
    return push_mark(unpickler);
  case PICKLE_GET:
    return load_get(unpickler);
  case PICKLE_BINGET:
    return take_number(unpickler, 1, &number) && push(unpickler, memo_get(unpickler, number));
  case PICKLE_LONG_BINGET:
    return take_number(unpickler, 4, &number) && push(unpickler, memo_get(unpickler, number));
  case PICKLE_PUT:
    return load_put(unpickler);
  case PICKLE_BINPUT:
    return take_number(unpickler, 1, &number) && memo_put(unpickler, number, top(unpickler));
  case PICKLE_LONG_BINPUT:
    return take_number(unpickler, 4, &number) && memo_put(unpickler, number, top(unpickler));
  case PICKLE_MEMOIZE:
    return memo_put(unpickler, unpickler->memo_count, top(unpickler));
  case PICKLE_REDUCE:
    return load_reduce(unpickler);
  case PICKLE_PERSID:
    return push_persistent(unpickler, take_persistent_line(unpickler));
  case PICKLE_BINPERSID:
    return push_persistent(unpickler, pop(unpickler));
  case PICKLE_EXT1:
    return load_extension(unpickler, 1);
  case PICKLE_EXT2:
    return load_extension(unpickler, 2);
  case PICKLE_EXT4:
    return load_extension(unpickler, 4);
  case PICKLE_PROTO:
    return load_proto(unpickler);
  case PICKLE_FRAME:
    return load_frame(unpickler);
  case PICKLE_STOP:
    break;
  }
  if (opcode >= 0x20 && opcode <= 0x7e && opcode != '\'' && opcode != '\\')
    raise_in(pickle_state.unpickling_error, "invalid load key, '%c'.", opcode);
  else
    raise_in(pickle_state.unpickling_error, "invalid load key, '\\x%c%c'.", "0123456789abcdef"[opcode >> 4],
             "0123456789abcdef"[opcode & 15]);
  return false;
}

static Value run(Unpickler *unpickler) {
  bool nested;
  if (!pickle_enter(&unpickler->owner, &nested)) return NULL;
  Value outer_stack = unpickler->stack, stack = list_new(NULL, 0), result = NULL;
  size_t outer_marks = unpickler->mark_count;
  if (stack) {
    gc_store(unpickler, &unpickler->stack, stack);
    unpickler->mark_count = 0;
    unpickler->protocol = 0;
    for (;;) {
      const uint8_t *opcode = take(unpickler, 1);
      if (!opcode) {
        if (exception_pending() && value_is_instance(exception_peek(), pickle_state.unpickling_error)) {
          exception_clear();
          raise(CLASS_EOF_ERROR, "Ran out of input");
        }
        break;
      }
      if (*opcode == PICKLE_STOP) {
        result = pop(unpickler);
        break;
      }
      safepoint_poll();
      if (!execute(unpickler, *opcode)) break;
    }
  }
  gc_store(unpickler, &unpickler->stack, nested ? outer_stack : NULL);
  unpickler->mark_count = nested ? outer_marks : 0;
  pickle_leave(&unpickler->owner, nested);
  return result;
}

// ---- Unpickler ----

static bool unpickler_prepare(Unpickler *unpickler, Value fix_imports, Value encoding, Value errors, Value buffers) {
  int fixes = fix_imports ? value_truth(fix_imports) : 1;
  if (fixes < 0) return false;
  unpickler->fix_imports = fixes;
  if (!encoding) encoding = str_intern_c("ASCII");
  if (!errors) errors = str_intern_c("strict");
  if (!encoding || !errors) return false;
  if (!value_is_str(encoding) || !value_is_str(errors)) {
    raise_bad_argument("Unpickler", value_is_str(encoding) ? "errors" : "encoding", "str",
                       value_is_str(encoding) ? errors : encoding);
    return false;
  }
  gc_store(unpickler, &unpickler->encoding, encoding);
  gc_store(unpickler, &unpickler->errors, errors);
  Value iterator = buffers && buffers != VALUE_NONE ? value_iterate(buffers) : NULL;
  if (buffers && buffers != VALUE_NONE && !iterator) return false;
  gc_store(unpickler, &unpickler->buffers, iterator);
  gc_store(unpickler, &unpickler->input, NULL);
  unpickler->at = 0;
  return memo_clear(unpickler);
}
static bool unpickler_open(Unpickler *unpickler, Value file) {
  Value read, read_line;
  if (!pickle_find_hook(file, "read", &read) || !pickle_find_hook(file, "readline", &read_line)) return false;
  if (!read || !read_line) {
    raise_type_error("file must have 'read' and 'readline' attributes");
    return false;
  }
  gc_store(unpickler, &unpickler->read, read);
  gc_store(unpickler, &unpickler->read_line, read_line);
  return true;
}

static Value unpickler_init(Value self, Value file, Value fix_imports, Value encoding, Value errors, Value buffers) {
  Unpickler *unpickler = as_unpickler(self);
  Value hook;
  if (!unpickler_open(unpickler, file) || !unpickler_prepare(unpickler, fix_imports, encoding, errors, buffers) ||
      !pickle_find_hook(self, "persistent_load", &hook))
    return NULL;
  gc_store(unpickler, &unpickler->persistent_load, hook);
  return VALUE_NONE;
}
static Value unpickler_load(Value self) {
  Unpickler *unpickler = as_unpickler(self);
  if (!unpickler->read)
    return raise_in(pickle_state.unpickling_error, "Unpickler.__init__() was not called by %s.__init__()",
                    value_class_name(self));
  return run(unpickler);
}

static Value get_persistent_load(Value self) {
  Value hook = as_unpickler(self)->persistent_load;
  return hook ? hook : raise(CLASS_ATTRIBUTE_ERROR, "persistent_load");
}
static bool set_persistent_load(Value self, Value value) {
  return pickle_set_hook(self, &as_unpickler(self)->persistent_load, "persistent_load", value);
}

// ---- The memo as Python sees it ----

static bool memo_clear_shown(Value self) {
  return memo_clear(as_unpickler(self));
}
static Value memo_copy(Value self) {
  Unpickler *unpickler = as_unpickler(self);
  Value result = dict_new();
  for (size_t i = 0; result && i < list_count(unpickler->memo); i++) {
    Value object = list_item(unpickler->memo, i);
    if (object != VALUE_MISSING && !dict_set(result, value_from_small_int((int64_t)i), object)) return NULL;
  }
  if (result && unpickler->sparse_memo && !dict_update(result, unpickler->sparse_memo, true)) return NULL;
  return result;
}
static const PickleMemoKind memo_kind = {.class = &pickle_state.unpickler_memo,
                                         .described = "an UnpicklerMemoProxy",
                                         .clear = memo_clear_shown,
                                         .copy = memo_copy};

static Value get_memo(Value self) {
  if (!as_unpickler(self)->memo && !memo_clear(as_unpickler(self))) return NULL;
  return pickle_memo_new(&memo_kind, self);
}
static bool set_memo(Value self, Value value) {
  value = pickle_memo_as_dict(&memo_kind, value);
  if (!value) return false;
  Unpickler *unpickler = as_unpickler(self);
  Value key, object;
  size_t position = 0;
  while (dict_next(value, &position, &key, &object)) {
    int64_t number;
    if (!value_is_int(key))
      raise_type_error("memo key must be integers");
    else if (!int_fits_int64(key, &number) || number < 0)
      raise_value_error("memo key must be positive integers.");
    if (exception_pending()) return false;
  }
  if (!memo_clear(unpickler)) return false;
  for (position = 0; dict_next(value, &position, &key, &object);) {
    int64_t number;
    if (int_fits_int64(key, &number) && !memo_put(unpickler, (uint64_t)number, object)) return false;
  }
  return true;
}

static const NativeMethod unpickler_methods[] = {
    NATIVE("__init__", unpickler_init,
           "($self, file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())",
           "Initialize self.  See help(type(self)) for accurate signature."),
    NATIVE("load", unpickler_load, "($self, /)", "Load a pickle."),
    NATIVE("find_class", unpickler_find_class, "($self, module_name, global_name, /)",
           "Return an object from a specified module."),
    {}};
static const NativeProperty unpickler_properties[] = {
    {"memo", get_memo, set_memo, NULL}, {"persistent_load", get_persistent_load, set_persistent_load, NULL}, {}};
static const ClassDef unpickler_class = {.name = "_pickle.Unpickler",
                                         .doc = "Reads pickled objects from a file.",
                                         .cell_type = &unpickler_cell_type,
                                         .instance_size = sizeof(Unpickler),
                                         .flags = CLASS_BASE_TYPE | CLASS_HAS_WEAKREF,
                                         .methods = unpickler_methods,
                                         .properties = unpickler_properties};

Value pickle_load(Value file, Value fix_imports, Value encoding, Value errors, Value buffers) {
  Unpickler *unpickler = class_allocate(pickle_state.unpickler, 0);
  bool ready = unpickler && unpickler_open(unpickler, file) &&
               unpickler_prepare(unpickler, fix_imports, encoding, errors, buffers);
  return ready ? run(unpickler) : NULL;
}
Value pickle_loads(Value data, Value fix_imports, Value encoding, Value errors, Value buffers) {
  Unpickler *unpickler = class_allocate(pickle_state.unpickler, 0);
  if (!unpickler || !unpickler_prepare(unpickler, fix_imports, encoding, errors, buffers)) return NULL;
  Buffer buffer;
  if (!value_is_bytes(data)) {
    if (!buffer_acquire(data, &buffer, BUFFER_SIMPLE)) return NULL;
    data = bytes_new(buffer.data, buffer.length);
    buffer_release(&buffer);
    if (!data) return NULL;
  }
  gc_store(unpickler, &unpickler->input, data);
  return run(unpickler);
}

bool unpickler_classes_add(Value module) {
  return module_add_class(module, &unpickler_class, NULL, &pickle_state.unpickler);
}
