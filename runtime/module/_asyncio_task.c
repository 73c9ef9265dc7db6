// Task: runs a coroutine step by step; between steps it waits for a future. See _asyncio.h.
//
// While a task is not done, either `waiter` is zero and a step is scheduled, or `waiter` is a future that has the
// task's wakeup among its callbacks.
#include "runtime/heap/finalize.h"
#include "runtime/heap/heap.h"
#include "runtime/module/_asyncio.h"
#include "runtime/object/dict.h"
#include "runtime/object/generator.h"
#include "runtime/object/generic_alias.h"
#include "runtime/object/names.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

static void task_trace(Cell *cell, Tracer *tracer) {
  Task *task = (Task *)cell;
  trace_range(tracer, &task->coroutine, &task->waiter + 1);
}
static const CellType task_cell_type = {
    .name = "Task", CELL_VALUES(Future, loop, cancelled_exception), .trace = task_trace};

// ---- Which task a loop runs ----

bool asyncio_enter_task(Value loop, Value task) {
  Value current = dict_get(asyncio_state.current_tasks, loop);
  if (!current) return !exception_pending() && dict_set(asyncio_state.current_tasks, loop, task);
  raise(CLASS_RUNTIME_ERROR, "Cannot enter into task %R while another task %R is being executed.", task, current);
  return false;
}
bool asyncio_leave_task(Value loop, Value task) {
  Value current = dict_get(asyncio_state.current_tasks, loop);
  if (current == task) return dict_delete(asyncio_state.current_tasks, loop) >= 0;
  if (!exception_pending())
    raise(CLASS_RUNTIME_ERROR, "Leaving task %R does not match the current task %R.", task,
          current ? current : VALUE_NONE);
  return false;
}

// ---- Steps as callables ----

// What the loop calls for the next step; with an exception to be thrown into the coroutine, or zero.
typedef struct TaskStep {
  Cell head;
  Value task, exception;
} TaskStep;
static const CellType step_cell_type = {.name = "task step", CELL_VALUES(TaskStep, task, exception)};

static bool schedule_step(Value task, Value exception) {
  TaskStep *step = class_allocate(asyncio_state.task_step, 0);
  if (!step) return false;
  gc_init(step, &step->task, task);
  gc_init(step, &step->exception, exception);
  return asyncio_call_soon(as_future(task)->loop, value_from_cell(step), NULL, as_task(task)->context);
}

static bool task_step(Value self, Value exception);

static Value step_call(Value self, [[maybe_unused]] Value *arguments, size_t count, Value keyword_names) {
  if (count || keyword_names) return raise_type_error("function takes no positional arguments");
  TaskStep *step = (TaskStep *)value_cell(self);
  return task_step(step->task, step->exception) ? VALUE_NONE : NULL;
}
static const NativeMethod step_methods[] = {NATIVE("__call__", step_call, NULL, "Run the task's next step."), {}};
static const NativeMember step_members[] = {{"__self__", MEMBER_VALUE, false, offsetof(TaskStep, task), NULL}, {}};
static const ClassDef step_definition = {.name = "TaskStepMethWrapper",
                                         .cell_type = &step_cell_type,
                                         .instance_size = sizeof(TaskStep),
                                         .flags = CLASS_IMMUTABLE | CLASS_NO_NEW,
                                         .methods = step_methods,
                                         .members = step_members};

// A future that the task waits for is done.
static Value task_wakeup(Value self, Value future) {
  Value result = asyncio_is_exact(future) ? future_take_result(future) : value_call_method_0(future, "result");
  Value exception = result ? NULL : exception_take();
  return task_step(self, exception) ? VALUE_NONE : NULL;
}
static const NativeMethod wakeup_method = NATIVE("task_wakeup", task_wakeup, "($self, fut, /)", "Go on with the task.");

// ---- One step ----

static bool is_stop_iteration(Value exception) {
  return class_is_subclass(value_class(exception), BUILTIN(STOP_ITERATION));
}
static bool is_cancelled_error(Value exception) {
  static AsyncioImport cancelled_error = {.module = "asyncio.exceptions", .name = "CancelledError"};
  Value class = asyncio_import(&cancelled_error);
  if (!class) exception_clear();
  return class && exception && class_is_subclass(value_class(exception), value_as_class(class));
}

// Runs the coroutine to its next await: what it yields, or zero with an exception, StopIteration at its end.
static Value advance(Value coroutine, Value exception) {
  Value result;
  if (VALUE_IS_EXACT(coroutine, COROUTINE) || VALUE_IS_EXACT(coroutine, GENERATOR))
    result = exception ? generator_throw(coroutine, exception, NULL, NULL) : generator_send(coroutine, VALUE_NONE);
  else
    result = exception ? value_call_method_1(coroutine, "throw", exception)
                       : value_call_method_1(coroutine, "send", VALUE_NONE);
  return result == VALUE_STOP ? raise_stop_iteration(NULL) : result;
}

// The coroutine has ended, with the pending exception.
static bool step_ended(Value self) {
  Task *task = as_task(self);
  Value exception = exception_take();
  if (is_stop_iteration(exception)) {
    if (task->must_cancel) { // cancelled right before the coroutine stopped
      task->must_cancel = false;
      Value message = task->future.cancel_message;
      future_cancel(self, message ? message : VALUE_NONE);
      return !exception_pending();
    }
    Value value = ((StopIterationException *)value_cell(exception))->value;
    return future_finish(self, value ? value : VALUE_NONE);
  }
  if (is_cancelled_error(exception)) {
    gc_store(task, &task->future.cancelled_exception, exception);
    future_cancel(self, VALUE_NONE);
    return !exception_pending();
  }
  if (!future_fail(self, exception)) return false;
  bool ends_all =
      value_is_instance(exception, BUILTIN(KEYBOARD_INTERRUPT)) || value_is_instance(exception, BUILTIN(SYSTEM_EXIT));
  if (ends_all) exception_restore(exception);
  return !ends_all;
}

// The coroutine has done something wrong, and is told so at its next step.
static bool fail_next_step(Value self, Value message) {
  Value exception = message ? value_call_1(value_from_cell(BUILTIN(RUNTIME_ERROR)), message) : NULL;
  return exception && schedule_step(self, exception);
}

static Value loop_of(Value future) {
  if (asyncio_is_exact(future)) return as_future(future)->loop;
  static AsyncioImport get_loop = {.module = "asyncio.futures", .name = "_get_loop"};
  return asyncio_call(&get_loop, &future, 1);
}

// future.cancel(msg=message): 1, 0, or -1 with an exception.
static int cancel_other(Value future, Value message) {
  if (!message) message = VALUE_NONE;
  Value name = str_intern_c("msg"), names = name ? tuple_of(1, name) : NULL;
  Value cancel = names ? value_get_attribute_c(future, "cancel") : NULL;
  Value answer = cancel ? value_call(cancel, &message, 0, names) : NULL;
  return answer ? value_truth(answer) : -1;
}

// The coroutine awaits `future`, whose `blocking` mark was set.
static bool wait_for(Value self, Value future) {
  Task *task = as_task(self);
  Value wakeup = native_bind((NativeObject *)value_cell(asyncio_state.task_wakeup), self);
  if (!wakeup) return false;
  if (asyncio_is_exact(future)) {
    as_future(future)->blocking = false;
    if (!future_add_callback(future, wakeup, task->context)) return false;
  } else {
    Value method = value_get_attribute_c(future, "add_done_callback");
    Value arguments[2] = {wakeup, task->context};
    if (!value_set_attribute_c(future, "_asyncio_future_blocking", VALUE_FALSE) || !method ||
        !value_call(method, arguments, 1, asyncio_state.call_soon_names))
      return false;
  }
  gc_store(task, &task->waiter, future);
  if (!task->must_cancel) return true;
  int cancelled = cancel_other(future, task->future.cancel_message);
  if (cancelled > 0) task->must_cancel = false;
  return cancelled >= 0;
}

static bool step_yielded(Value self, Value result) {
  if (result == VALUE_NONE) return schedule_step(self, NULL); // a bare yield lets others run
  Value mark = NULL;
  bool is_future = asyncio_is_exact(result);
  if (is_future) {
    mark = value_from_bool(as_future(result)->blocking);
  } else {
    Value name = str_intern_c("_asyncio_future_blocking");
    int found = name ? value_find_attribute(result, name, &mark) : -1;
    if (found < 0) return false;
    is_future = found && mark != VALUE_NONE;
  }
  if (!is_future)
    return fail_next_step(
        self, VALUE_IS_EXACT(result, GENERATOR)
                  ? str_format_c("yield was used instead of yield from for generator in task %R with %R", self, result)
                  : str_format_c("Task got bad yield: %R", result));
  Value loop = loop_of(result);
  if (!loop) return false;
  if (loop != as_future(self)->loop)
    return fail_next_step(self, str_format_c("Task %R got Future %R attached to a different loop", self, result));
  int blocking = value_truth(mark);
  if (blocking < 0) return false;
  if (!blocking)
    return fail_next_step(self, str_format_c("yield was used instead of yield from in task %R with %R", self, result));
  if (result == self) return fail_next_step(self, str_format_c("Task cannot await on itself: %R", self));
  return wait_for(self, result);
}

static bool task_step(Value self, Value exception) {
  static AsyncioImport invalid_state_error = {.module = "asyncio.exceptions", .name = "InvalidStateError"};
  Task *task = as_task(self);
  if (task->future.state != FUTURE_PENDING) {
    Value class = asyncio_import(&invalid_state_error);
    if (class)
      raise_in(value_as_class(class), "_step(): already done: %R %R", self, exception ? exception : VALUE_NONE);
    return false;
  }
  if (task->must_cancel) {
    if (!exception || !is_cancelled_error(exception)) exception = future_make_cancelled_error(&task->future);
    if (!exception) return false;
    task->must_cancel = false;
  }
  gc_store(task, &task->waiter, NULL);
  Value loop = task->future.loop;
  if (!asyncio_enter_task(loop, self)) return false;
  Value result = advance(task->coroutine, exception);
  bool done = result ? step_yielded(self, result) : step_ended(self);
  if (done) return asyncio_leave_task(loop, self);
  Value failure = exception_take();
  if (!asyncio_leave_task(loop, self)) exception_clear();
  exception_restore(failure);
  return false;
}

// ---- The class ----

static Value task_init(Value self, Value coroutine, Value loop, Value name, Value context) {
  static AsyncioImport is_coroutine = {.module = "asyncio.coroutines", .name = "iscoroutine"};
  static _Atomic uint64_t last_number;
  Task *task = as_task(self);
  if (!future_start(self, loop)) return NULL;
  task->log_destroy_pending = false;
  int fits = 1;
  if (!VALUE_IS_EXACT(coroutine, COROUTINE)) {
    Value answer = asyncio_call(&is_coroutine, &coroutine, 1);
    fits = answer ? value_truth(answer) : -1;
  }
  if (fits < 0) return NULL;
  if (!fits) return raise_type_error("a coroutine was expected, got %R", coroutine);
  if (!context || context == VALUE_NONE) context = asyncio_copy_context();
  if (!context) return NULL;
  if (!name || name == VALUE_NONE)
    name = str_format_c("Task-%lu", (unsigned long)++last_number);
  else if (!VALUE_IS_EXACT(name, STR))
    name = value_str(name);
  if (!name) return NULL;
  gc_store(task, &task->coroutine, coroutine);
  gc_store(task, &task->context, context);
  gc_store(task, &task->name, name);
  gc_store(task, &task->waiter, NULL);
  task->cancel_requests = 0;
  task->must_cancel = false;
  task->log_destroy_pending = true;
  if (!(value_class(self)->flags & CLASS_HAS_DEL)) heap_set_finalizable(task);
  if (!schedule_step(self, NULL)) return NULL;
  return value_call_method_1(asyncio_state.all_tasks, "add", self) ? VALUE_NONE : NULL;
}

static Value task_cancel(Value self, Value message) {
  Task *task = as_task(self);
  if (!future_require(self)) return NULL;
  if (!message) message = VALUE_NONE;
  future_retrieved(self);
  if (task->future.state != FUTURE_PENDING) return VALUE_FALSE;
  task->cancel_requests++;
  if (task->waiter) {
    int cancelled = cancel_other(task->waiter, message);
    if (cancelled < 0) return NULL;
    if (cancelled) return VALUE_TRUE; // `waiter` stays: it may be a task that ignores it
  }
  task->must_cancel = true;
  gc_store(task, &task->future.cancel_message, message == VALUE_NONE ? NULL : message);
  return VALUE_TRUE;
}
static Value task_cancelling(Value self) {
  return value_from_small_int(as_task(self)->cancel_requests);
}
static Value task_uncancel(Value self) {
  if (as_task(self)->cancel_requests > 0) as_task(self)->cancel_requests--;
  return task_cancelling(self);
}
static Value task_set_result([[maybe_unused]] Value self, [[maybe_unused]] Value result) {
  return raise(CLASS_RUNTIME_ERROR, "Task does not support set_result operation");
}
static Value task_set_exception([[maybe_unused]] Value self, [[maybe_unused]] Value exception) {
  return raise(CLASS_RUNTIME_ERROR, "Task does not support set_exception operation");
}
static Value or_none(Value value) {
  return value ? value : VALUE_NONE;
}
static Value task_get_coroutine(Value self) {
  return or_none(as_task(self)->coroutine);
}
static Value task_get_name(Value self) {
  return or_none(as_task(self)->name);
}
static Value task_set_name(Value self, Value name) {
  if (!VALUE_IS_EXACT(name, STR)) name = value_str(name);
  if (!name) return NULL;
  gc_store(as_task(self), &as_task(self)->name, name);
  return VALUE_NONE;
}
static Value task_get_stack(Value self, Value limit) {
  static AsyncioImport get_stack = {.module = "asyncio.base_tasks", .name = "_task_get_stack"};
  return asyncio_call(&get_stack, (Value[]){self, or_none(limit)}, 2);
}
static Value task_print_stack(Value self, Value limit, Value file) {
  static AsyncioImport print_stack = {.module = "asyncio.base_tasks", .name = "_task_print_stack"};
  return asyncio_call(&print_stack, (Value[]){self, or_none(limit), or_none(file)}, 3);
}
static Value task_repr(Value self) {
  static AsyncioImport repr = {.module = "asyncio.base_tasks", .name = "_task_repr"};
  return future_require(self) ? asyncio_call(&repr, &self, 1) : NULL;
}
static Value task_del(Value self) {
  Task *task = as_task(self);
  Future *future = &task->future;
  if (future->loop && future->state == FUTURE_PENDING && task->log_destroy_pending) {
    Value context = dict_new();
    Value message = context ? str_from_c("Task was destroyed but it is pending!") : NULL;
    if (!message || !dict_set_c(context, "task", self) || !dict_set_c(context, "message", message) ||
        (future->source_traceback && !dict_set_c(context, "source_traceback", future->source_traceback)) ||
        !value_call_method_1(future->loop, "call_exception_handler", context))
      return NULL;
  }
  future_finalize(self);
  return exception_pending() ? NULL : VALUE_NONE;
}

static const NativeMethod task_methods[] = {
    NATIVE("__init__", task_init, "($self, /, coro, *, loop=None, name=None, context=None)", "Schedule a coroutine."),
    NATIVE("__repr__", task_repr, "($self, /)", "State, name and coroutine."),
    NATIVE("__del__", task_del, "($self, /)", "Tell the loop of a task that has not come to its end.", NATIVE_MAY_LOCK),
    NATIVE("__class_getitem__", generic_alias_new, "($type, item, /)", "See PEP 585.", NATIVE_CLASS),
    NATIVE("cancel", task_cancel, "($self, /, msg=None)", "Request that the task cancel itself."),
    NATIVE("cancelling", task_cancelling, "($self, /)", "How many requests to cancel there are."),
    NATIVE("uncancel", task_uncancel, "($self, /)", "Take back one request to cancel; returns how many are left."),
    NATIVE("set_result", task_set_result, "($self, result, /)", "Not supported."),
    NATIVE("set_exception", task_set_exception, "($self, exception, /)", "Not supported."),
    NATIVE("get_coro", task_get_coroutine, "($self, /)", "The coroutine."),
    NATIVE("get_name", task_get_name, "($self, /)", "The name."),
    NATIVE("set_name", task_set_name, "($self, value, /)", "Set the name."),
    NATIVE("get_stack", task_get_stack, "($self, /, *, limit=None)", "The frames of the task's coroutine."),
    NATIVE("print_stack", task_print_stack, "($self, /, *, limit=None, file=None)",
           "Print the stack or traceback of the task's coroutine."),
    {}};
static Value get_log_destroy_pending(Value self) {
  return value_from_bool(as_task(self)->log_destroy_pending);
}
static bool set_log_destroy_pending(Value self, Value value) {
  int truth = value ? value_truth(value) : -1;
  if (!value) raise(CLASS_ATTRIBUTE_ERROR, "cannot delete attribute");
  if (truth >= 0) as_task(self)->log_destroy_pending = truth;
  return truth >= 0;
}
static const NativeProperty task_properties[] = {
    {"_log_destroy_pending", get_log_destroy_pending, set_log_destroy_pending, NULL}, {}};
static const NativeMember task_members[] = {{"_must_cancel", MEMBER_BOOL, false, offsetof(Task, must_cancel), NULL},
                                            {"_coro", MEMBER_VALUE_OR_NONE, false, offsetof(Task, coroutine), NULL},
                                            {"_fut_waiter", MEMBER_VALUE_OR_NONE, false, offsetof(Task, waiter), NULL},
                                            {}};
static const ClassDef task_definition = {.name = "_asyncio.Task",
                                         .doc = "A coroutine wrapped in a future.",
                                         .cell_type = &task_cell_type,
                                         .instance_size = sizeof(Task),
                                         .flags = CLASS_BASE_TYPE | CLASS_HAS_WEAKREF | CLASS_HAS_DICT,
                                         .methods = task_methods,
                                         .properties = task_properties,
                                         .members = task_members};

bool asyncio_add_task_classes(Value module) {
  if (!module_add_class(module, &task_definition, asyncio_state.future, &asyncio_state.task)) return false;
  asyncio_state.task->flags &= ~CLASS_HAS_DEL; // finalizable while pending, or with an exception to tell of
  asyncio_state.task_step = class_from_definition(&step_definition, NULL);
  asyncio_state.task_wakeup = native_descriptor_new(&wakeup_method, asyncio_state.task);
  return asyncio_state.task_step && asyncio_state.task_wakeup;
}
