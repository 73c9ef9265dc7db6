// The module atexit: functions to be called at exit, last registered first.
#include "runtime/heap/heap.h"
#include "runtime/module/sys.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

static Value registered; // list of (function, arguments, keywords or None); one for all instances of the module

static Value atexit_register([[maybe_unused]] Value self, Value *arguments, size_t count, Value keyword_names) {
  if (count == 0) return raise_type_error("register() takes at least 1 argument (0 given)");
  if (!value_is_callable(arguments[0])) return raise_type_error("the first argument must be callable");
  Value keywords = dict_new(), operands = tuple_new(arguments + 1, count - 1);
  if (!keywords || !operands) return NULL;
  for (size_t i = 0; keyword_names && i < tuple_count(keyword_names); i++)
    if (!dict_set(keywords, tuple_item(keyword_names, i), arguments[count + i])) return NULL;
  Value entry = tuple_of(3, arguments[0], operands, keywords);
  return entry && list_append(registered, entry) ? arguments[0] : NULL;
}

static Value atexit_run(void) {
  Value entry;
  while ((entry = list_pop(registered)))
    if (!value_call_tuple(tuple_item(entry, 0), tuple_item(entry, 1), tuple_item(entry, 2)))
      exception_write_unraisable(tuple_item(entry, 0), "Exception ignored in atexit callback");
  return VALUE_NONE;
}
void atexit_call_registered(void) {
  if (registered) atexit_run();
}
static Value atexit_clear(void) {
  list_clear(registered);
  return VALUE_NONE;
}
static Value atexit_unregister(Value function) {
  for (size_t i = list_count(registered); i-- > 0;) {
    Value entry = list_item(registered, i);
    int same = entry ? value_equal(tuple_item(entry, 0), function) : 0;
    if (same < 0) return NULL;
    // The comparison may have changed the list.
    if (same && list_item(registered, i) == entry && !list_delete_range(registered, i, i + 1)) return NULL;
  }
  return VALUE_NONE;
}
static Value atexit_count(void) {
  return int_from_size(list_count(registered));
}

static const NativeMethod atexit_functions[] = {
    NATIVE("register", atexit_register, NULL, "Register a function with its arguments."),
    NATIVE("_run_exitfuncs", atexit_run, "()", "Call all registered functions."),
    NATIVE("_clear", atexit_clear, "()", "Forget all registered functions."),
    NATIVE("unregister", atexit_unregister, "(func, /)", "Forget a function."),
    NATIVE("_ncallbacks", atexit_count, "()", "How many functions are registered."),
    {}};
static bool atexit_initialize([[maybe_unused]] Value module) {
  if (registered) return true; // imported again after it was removed from sys.modules
  heap_add_root_range(&registered, 1);
  return (registered = list_new(NULL, 0)) != NULL;
}
const NativeModule atexit_module = {.name = "atexit",
                                    .doc = "Functions to be called at exit.",
                                    .functions = atexit_functions,
                                    .initialize = atexit_initialize};
