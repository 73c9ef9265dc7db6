#include "bench/micro/objects_probe.h"
#include "runtime/heap/heap.h"
#include "runtime/object/attributes.h"
#include "runtime/object/class.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/function.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "vm/command_line.h"
#include "vm/start.h"

#include <stdlib.h>

static const char source[] = "class C:\n"
                             "  def method(self): return self\n"
                             "instance = C()\n"
                             "instance.a, instance.b, instance.c = 1, 2, 3\n"
                             "function = lambda x: x\n"
                             "builtin = len\n"
                             "table = {'name%d' % i: i for i in range(100)} | {i: i for i in range(100)}\n"
                             "items = [1, 2, 3]\n"
                             "text = 'some'\n";

// What the benchmarks work on; registered as roots.
static struct {
  Value class, instance, function, builtin, table, items, text, key, attribute, method, survivors;
} on;

static Value named(Value globals, const char *name) {
  Value value = dict_get_c(globals, name);
  if (!value) abort();
  return value;
}

void micro_start(void) {
  static bool started;
  if (started) return;
  started = true;
  static char *values[] = {(char *)"krait", (char *)"-I", (char *)"-S", (char *)"-c", (char *)"", NULL};
  CommandLine line;
  int status;
  if (!command_line_parse(5, values, &line, &status) || !vm_start(&line, values)) abort();
  heap_add_root_range((Value *)&on, sizeof on / sizeof(Value));
  Value globals = dict_new_globals();
  Value code = runtime_hooks.compile(str_from_c(source), str_from_c("<micro>"), "exec", 0, true, -1, -1);
  if (!code || !runtime_hooks.run_code(code, globals, globals, NULL)) abort();
  on.class = named(globals, "C");
  on.instance = named(globals, "instance");
  on.function = named(globals, "function");
  on.builtin = named(globals, "builtin");
  on.table = named(globals, "table");
  on.items = named(globals, "items");
  on.text = named(globals, "text");
  on.key = str_intern_c("name57");
  on.attribute = str_intern_c("b");
  on.method = str_intern_c("method");
  on.survivors = list_new(NULL, 0);
}

// Keeps the compiler from leaving out the work, and reports what fails.
static inline void use(Value value) {
  if (!value) abort();
  __asm__ volatile("" : : "r"(value) : "memory");
}

#define MICRO(name, operation)                                                                                         \
  void micro_##name(size_t times) {                                                                                    \
    for (size_t i = 0; i < times; i++) use(operation);                                                                 \
  }
MICRO(allocate_list, list_new(NULL, 0))
MICRO(allocate_instance, value_call_0(on.class))
MICRO(dict_get, dict_get(on.table, on.key))
MICRO(dict_get_int, dict_get(on.table, value_from_small_int((int64_t)(i % 100))))
MICRO(attribute_get, value_get_attribute(on.instance, on.attribute))
MICRO(method_get, value_get_attribute(on.instance, on.method))
MICRO(attribute_resolve, (Value)resolve_attribute(on.instance, on.attribute))
MICRO(call_python, value_call_1(on.function, VALUE_NONE))
MICRO(call_native, value_call_1(on.builtin, on.items))
MICRO(add_ints, value_binary(BINARY_ADD, value_from_small_int((int64_t)i), value_from_small_int(7)))
MICRO(add_floats, value_binary(BINARY_ADD, float_from_double((double)i), float_from_double(0.5)))
MICRO(concatenate, value_binary(BINARY_ADD, on.text, on.key))

void micro_dict_set(size_t times) {
  for (size_t i = 0; i < times; i++)
    if (!dict_set(on.table, on.key, value_from_small_int((int64_t)i))) abort();
}

void micro_attribute_set(size_t times) {
  for (size_t i = 0; i < times; i++)
    if (!value_set_attribute(on.instance, on.attribute, value_from_small_int((int64_t)i))) abort();
}

void micro_list_append(size_t times) {
  Value list = NULL;
  for (size_t i = 0; i < times; i++) {
    if (i % 1000 == 0) list = list_new(NULL, 0);
    if (!list || !list_append(list, VALUE_NONE)) abort();
  }
}

void micro_dict_insert(size_t times) {
  Value dict = NULL;
  for (size_t i = 0; i < times; i++) {
    if (i % 1000 == 0) dict = dict_new();
    if (!dict || !dict_set(dict, value_from_small_int((int64_t)i), VALUE_NONE)) abort();
  }
}

static void make_lists(size_t count, bool keep) {
  Value survivors = list_new(NULL, 0);
  on.survivors = survivors;
  for (size_t i = 0; i < count; i++) {
    Value list = list_new(&on.key, 1);
    if (!list || (keep && !list_append(survivors, list))) abort();
  }
}
void micro_prepare_survivors(size_t count) {
  make_lists(count, true);
}
void micro_prepare_garbage(size_t count) {
  make_lists(count, false);
}
void micro_collect_young(void) {
  heap_collect(0);
}
