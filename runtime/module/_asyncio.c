// The module _asyncio: running loops, and what futures and tasks share. See _asyncio.h.
#include "runtime/module/_asyncio.h"
#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

struct AsyncioState asyncio_state;

Value asyncio_import(AsyncioImport *import) {
  Value known = gc_load(&import->value);
  if (known) return known;
  Value module_name = str_intern_c(import->module), name = str_intern_c(import->name);
  Value names = module_name && name ? tuple_of(1, name) : NULL;
  Value module = names ? runtime_hooks.import_module(module_name, NULL, NULL, names, 0) : NULL;
  Value value = module ? value_get_attribute(module, name) : NULL;
  if (!value) return NULL;
  heap_add_root_range(&import->value, 1);
  __atomic_store_n(&import->value, value, __ATOMIC_RELEASE);
  return value;
}
Value asyncio_call(AsyncioImport *import, Value *arguments, size_t count) {
  Value function = asyncio_import(import);
  return function ? value_call(function, arguments, count, NULL) : NULL;
}

Value asyncio_copy_context(void) {
  static AsyncioImport copy_context = {.module = "_contextvars", .name = "copy_context"};
  return asyncio_call(&copy_context, NULL, 0);
}

bool asyncio_call_soon(Value loop, Value function, Value argument, Value context) {
  Value method = value_get_attribute(loop, NAME(call_soon));
  Value arguments[3] = {function};
  size_t count = 1;
  if (argument) arguments[count++] = argument;
  arguments[count] = context;
  return method && value_call(method, arguments, count, context ? asyncio_state.call_soon_names : NULL);
}

// ---- Running loops: one a thread; a child process has none ----

// The process's number. To ask the system each time would cost more than the rest of asking for the loop.
static _Atomic pid_t process;

static void process_changed(void) {
  atomic_store_explicit(&process, getpid(), memory_order_relaxed);
}
static pid_t this_process(void) {
  return atomic_load_explicit(&process, memory_order_relaxed);
}

static Value thread_key(void) {
  return int_from_uint64(thread_current()->identity);
}

Value asyncio_running_loop(void) {
  Value key = thread_key();
  Value entry = key ? dict_get(asyncio_state.running_loops, key) : NULL;
  if (!entry) return key && !exception_pending() ? VALUE_NONE : NULL;
  return value_small_int(tuple_item(entry, 1)) == this_process() ? tuple_item(entry, 0) : VALUE_NONE;
}
static Value set_running_loop(Value loop) {
  Value key = thread_key();
  if (!key) return NULL;
  if (loop == VALUE_NONE) return dict_delete(asyncio_state.running_loops, key) >= 0 ? VALUE_NONE : NULL;
  Value entry = tuple_of(2, loop, value_from_small_int(this_process()));
  return entry && dict_set(asyncio_state.running_loops, key, entry) ? VALUE_NONE : NULL;
}
static Value get_running_loop(void) {
  Value loop = asyncio_running_loop();
  return loop == VALUE_NONE ? raise(CLASS_RUNTIME_ERROR, "no running event loop") : loop;
}

Value asyncio_event_loop(void) {
  static AsyncioImport get_policy = {.module = "asyncio.events", .name = "get_event_loop_policy"};
  Value loop = asyncio_running_loop();
  if (loop != VALUE_NONE) return loop;
  Value policy = asyncio_call(&get_policy, NULL, 0);
  return policy ? value_call_method_0(policy, "get_event_loop") : NULL;
}
static Value get_event_loop([[maybe_unused]] Value stack_level) {
  return asyncio_event_loop();
}
static Value get_event_loop_plain(void) {
  return asyncio_event_loop();
}

// ---- Tasks of loops ----

static Value register_task(Value task) {
  return value_call_method_1(asyncio_state.all_tasks, "add", task) ? VALUE_NONE : NULL;
}
static Value unregister_task(Value task) {
  return value_call_method_1(asyncio_state.all_tasks, "discard", task) ? VALUE_NONE : NULL;
}
static Value enter_task(Value loop, Value task) {
  return asyncio_enter_task(loop, task) ? VALUE_NONE : NULL;
}
static Value leave_task(Value loop, Value task) {
  return asyncio_leave_task(loop, task) ? VALUE_NONE : NULL;
}

static const NativeMethod asyncio_functions[] = {
    NATIVE("get_event_loop", get_event_loop_plain, "()", "The running event loop, or what the policy gives."),
    NATIVE("_get_event_loop", get_event_loop, "(stacklevel=3)", "The running event loop, or what the policy gives."),
    NATIVE("get_running_loop", get_running_loop, "()", "The running event loop; RuntimeError if there is none."),
    NATIVE("_get_running_loop", asyncio_running_loop, "()", "The running event loop, or None."),
    NATIVE("_set_running_loop", set_running_loop, "(loop, /)", "Set the running event loop of this thread."),
    NATIVE("_register_task", register_task, "(task)", "Make a task known to all_tasks()."),
    NATIVE("_unregister_task", unregister_task, "(task)", "Take a task out of all_tasks()."),
    NATIVE("_enter_task", enter_task, "(loop, task)", "A loop begins to run a task."),
    NATIVE("_leave_task", leave_task, "(loop, task)", "A loop goes on without the task that it ran."),
    {}};

static bool asyncio_initialize(Value module) {
  if (atomic_exchange(&process, getpid()) == 0 && pthread_atfork(NULL, NULL, process_changed) != 0)
    return raise_memory_error() != NULL;
  heap_add_root_range((Value *)&asyncio_state, sizeof asyncio_state / sizeof(Value));
  static AsyncioImport weak_set = {.module = "weakref", .name = "WeakSet"};
  Value context_name = str_intern_c("context");
  asyncio_state.current_tasks = dict_new();
  asyncio_state.running_loops = dict_new();
  asyncio_state.call_soon_names = context_name ? tuple_of(1, context_name) : NULL;
  asyncio_state.all_tasks = asyncio_call(&weak_set, NULL, 0);
  return asyncio_state.current_tasks && asyncio_state.running_loops && asyncio_state.call_soon_names &&
         asyncio_state.all_tasks && module_add(module, "_all_tasks", asyncio_state.all_tasks) &&
         module_add(module, "_current_tasks", asyncio_state.current_tasks) && asyncio_add_future_classes(module) &&
         asyncio_add_task_classes(module);
}
const NativeModule asyncio_module = {.name = "_asyncio",
                                     .doc = "Futures and tasks for asyncio.",
                                     .functions = asyncio_functions,
                                     .initialize = asyncio_initialize};
