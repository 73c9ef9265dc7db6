// Future, and the iterator by which a coroutine awaits one. See _asyncio.h.
#include "runtime/heap/finalize.h"
#include "runtime/heap/heap.h"
#include "runtime/module/_asyncio.h"
#include "runtime/object/container.h"
#include "runtime/object/dict.h"
#include "runtime/object/generic_alias.h"
#include "runtime/object/names.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

static const CellType future_cell_type = {.name = "Future", CELL_VALUES(Future, loop, cancelled_exception)};

static Value or_none(Value value) {
  return value ? value : VALUE_NONE;
}

bool future_require(Value self) {
  if (as_future(self)->loop) return true;
  raise(CLASS_RUNTIME_ERROR, "Future object is not initialized.");
  return false;
}

static Value invalid_state(const char *message, Value self) {
  static AsyncioImport invalid_state_error = {.module = "asyncio.exceptions", .name = "InvalidStateError"};
  Value class = asyncio_import(&invalid_state_error);
  if (!class) return NULL;
  return self ? raise_in(value_as_class(class), "%s: %R", message, self)
              : raise_in(value_as_class(class), "%s", message);
}

// ---- Start ----

// A subclass may have a __del__ of its own, and is finalizable from the start.
static void set_finalizable(Value self, bool wanted) {
  if (value_class(self)->flags & CLASS_HAS_DEL) return;
  bool is_set = cell_has_flag(value_cell(self), CELL_FINALIZABLE);
  if (wanted && !is_set) heap_set_finalizable(value_cell(self));
  if (!wanted && is_set) heap_clear_finalizable(value_cell(self));
}

bool future_start(Value self, Value loop) {
  static AsyncioImport extract_stack = {.module = "traceback", .name = "extract_stack"};
  Future *future = as_future(self);
  Value *values[] = {&future->callbacks,           &future->result,           &future->exception,
                     &future->exception_traceback, &future->source_traceback, &future->cancel_message,
                     &future->cancelled_exception};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) gc_store(future, values[i], NULL);
  future->state = FUTURE_PENDING;
  future->log_traceback = future->blocking = false;
  if (!loop || loop == VALUE_NONE) loop = asyncio_event_loop();
  if (!loop) return false;
  gc_store(future, &future->loop, loop);
  Value debug = value_call_method_0(loop, "get_debug");
  int in_debug_mode = debug ? value_truth(debug) : -1;
  if (in_debug_mode <= 0) return in_debug_mode == 0;
  Value stack = asyncio_call(&extract_stack, NULL, 0);
  if (stack) gc_store(future, &future->source_traceback, stack);
  return stack != NULL;
}
static Value future_init(Value self, Value loop) {
  return future_start(self, loop) ? VALUE_NONE : NULL;
}

// ---- Becoming done ----

static bool schedule_callbacks(Value self) {
  Future *future = as_future(self);
  Value callbacks = future->callbacks;
  if (!callbacks) return true;
  gc_store(future, &future->callbacks, NULL);
  for (size_t i = 0; i < list_count(callbacks); i++) {
    Value pair = list_item(callbacks, i);
    if (!asyncio_call_soon(future->loop, tuple_item(pair, 0), self, tuple_item(pair, 1))) return false;
  }
  return true;
}

static bool check_pending(Value self) {
  if (!future_require(self)) return false;
  if (as_future(self)->state == FUTURE_PENDING) return true;
  invalid_state(as_future(self)->state == FUTURE_CANCELLED ? "CANCELLED" : "FINISHED", self);
  return false;
}

bool future_finish(Value self, Value result) {
  if (!check_pending(self)) return false;
  gc_store(as_future(self), &as_future(self)->result, result);
  as_future(self)->state = FUTURE_FINISHED;
  set_finalizable(self, false);
  return schedule_callbacks(self);
}

bool future_fail(Value self, Value exception) {
  Future *future = as_future(self);
  if (!check_pending(self)) return false;
  if (value_is_class(exception) && !(exception = value_call_0(exception))) return false;
  if (!value_is_instance(exception, BUILTIN(BASE_EXCEPTION))) {
    raise_type_error("invalid exception object");
    return false;
  }
  if (value_class(exception) == BUILTIN(STOP_ITERATION)) {
    raise_type_error("StopIteration interacts badly with generators and cannot be raised into a Future");
    return false;
  }
  gc_store(future, &future->exception, exception);
  gc_store(future, &future->exception_traceback, ((Exception *)value_cell(exception))->traceback);
  future->state = FUTURE_FINISHED;
  if (!schedule_callbacks(self)) return false;
  future->log_traceback = true;
  set_finalizable(self, true);
  return true;
}

void future_retrieved(Value self) {
  Future *future = as_future(self);
  if (!future->log_traceback) return;
  future->log_traceback = false;
  if (future->state != FUTURE_PENDING) set_finalizable(self, false);
}

bool future_cancel(Value self, Value message) {
  Future *future = as_future(self);
  future_retrieved(self);
  if (future->state != FUTURE_PENDING) return false;
  future->state = FUTURE_CANCELLED;
  gc_store(future, &future->cancel_message, message == VALUE_NONE ? NULL : message);
  set_finalizable(self, false);
  return schedule_callbacks(self);
}

Value future_make_cancelled_error(Future *future) {
  static AsyncioImport cancelled_error = {.module = "asyncio.exceptions", .name = "CancelledError"};
  Value exception = future->cancelled_exception;
  gc_store(future, &future->cancelled_exception, NULL);
  if (exception) return exception;
  return asyncio_call(&cancelled_error, &future->cancel_message, future->cancel_message ? 1 : 0);
}

// ---- Methods ----

static Value set_result(Value self, Value result) {
  return future_finish(self, result) ? VALUE_NONE : NULL;
}
static Value set_exception(Value self, Value exception) {
  return future_fail(self, exception) ? VALUE_NONE : NULL;
}

// Raises if it was cancelled or is not done.
static bool require_done(Value self, const char *problem) {
  Future *future = as_future(self);
  if (future->state == FUTURE_FINISHED) return true;
  if (future->state == FUTURE_CANCELLED) {
    Value exception = future_make_cancelled_error(future);
    if (exception) raise_object(exception);
  } else {
    invalid_state(future->loop ? problem : "Future object is not initialized.", NULL);
  }
  return false;
}

Value future_take_result(Value self) {
  if (!require_done(self, "Result is not set.")) return NULL;
  Future *future = as_future(self);
  future_retrieved(self);
  if (!future->exception) return or_none(future->result);
  Exception *exception = (Exception *)value_cell(future->exception);
  gc_store(exception, &exception->traceback, future->exception_traceback);
  return raise_object(future->exception);
}
static Value future_exception(Value self) {
  if (!require_done(self, "Exception is not set.")) return NULL;
  future_retrieved(self);
  return or_none(as_future(self)->exception);
}

Value future_add_callback(Value self, Value function, Value context) {
  if (!future_require(self)) return NULL;
  Future *future = as_future(self);
  if (!context || context == VALUE_NONE) context = asyncio_copy_context();
  if (!context) return NULL;
  if (future->state != FUTURE_PENDING)
    return asyncio_call_soon(future->loop, function, self, context) ? VALUE_NONE : NULL;
  Value pair = tuple_of(2, function, context);
  if (!pair) return NULL;
  if (future->callbacks) return list_append(future->callbacks, pair) ? VALUE_NONE : NULL;
  Value callbacks = list_new(&pair, 1);
  if (!callbacks) return NULL;
  gc_store(future, &future->callbacks, callbacks);
  return VALUE_NONE;
}
static Value remove_done_callback(Value self, Value function) {
  if (!future_require(self)) return NULL;
  Value callbacks = as_future(self)->callbacks, kept = list_new(NULL, 0);
  size_t removed = 0;
  for (size_t i = 0; kept && callbacks && i < list_count(callbacks); i++) {
    Value pair = list_item(callbacks, i);
    int equal = value_equal(tuple_item(pair, 0), function);
    if (equal < 0 || (!equal && !list_append(kept, pair))) return NULL;
    removed += (size_t)equal;
  }
  if (!kept) return NULL;
  if (removed) gc_store(as_future(self), &as_future(self)->callbacks, list_count(kept) ? kept : NULL);
  return value_from_small_int((int64_t)removed);
}

static Value cancel(Value self, Value message) {
  if (!future_require(self)) return NULL;
  bool done = future_cancel(self, message);
  return exception_pending() ? NULL : value_from_bool(done);
}
static Value is_cancelled(Value self) {
  return value_from_bool(as_future(self)->loop && as_future(self)->state == FUTURE_CANCELLED);
}
static Value is_done(Value self) {
  return value_from_bool(as_future(self)->loop && as_future(self)->state != FUTURE_PENDING);
}
static Value get_loop(Value self) {
  return future_require(self) ? as_future(self)->loop : NULL;
}
static Value make_cancelled_error(Value self) {
  return future_make_cancelled_error(as_future(self));
}
static Value future_repr(Value self) {
  static AsyncioImport repr = {.module = "asyncio.base_futures", .name = "_future_repr"};
  return future_require(self) ? asyncio_call(&repr, &self, 1) : NULL;
}

// Tells the loop of an exception that nobody has asked for.
void future_finalize(Value self) {
  Future *future = as_future(self);
  if (!future->log_traceback) return;
  future->log_traceback = false;
  Value context = dict_new(), name = value_get_attribute(value_from_cell(value_class(self)), NAME(__name__));
  Value message = context && name ? str_format_c("%S exception was never retrieved", name) : NULL;
  if (message && dict_set_c(context, "message", message) && dict_set_c(context, "exception", future->exception) &&
      dict_set_c(context, "future", self) &&
      (!future->source_traceback || dict_set_c(context, "source_traceback", future->source_traceback)))
    value_call_method_1(future->loop, "call_exception_handler", context);
}
static Value future_del(Value self) {
  future_finalize(self);
  return exception_pending() ? NULL : VALUE_NONE;
}

// ---- Awaiting ----

typedef struct FutureIterator {
  Cell head;
  Value future; // zero: at its end
} FutureIterator;
static const CellType iterator_cell_type = {.name = "FutureIter", CELL_VALUES(FutureIterator, future, future)};

static FutureIterator *as_iterator(Value value) {
  return (FutureIterator *)value_cell(value);
}

static Value future_iterate(Value self) {
  if (!future_require(self)) return NULL;
  FutureIterator *iterator = class_allocate(asyncio_state.future_iterator, 0);
  if (!iterator) return NULL;
  gc_init(iterator, &iterator->future, self);
  return value_from_cell(iterator);
}

// The future itself, once, for the task to wait for; then it ends with the result.
static Value iterator_step_future(Value self) {
  Value future_value = as_iterator(self)->future;
  if (!future_value) return VALUE_STOP;
  Future *future = as_future(future_value);
  if (future->state == FUTURE_PENDING) {
    if (future->blocking) return raise(CLASS_RUNTIME_ERROR, "await wasn't used with future");
    future->blocking = true;
    return future_value;
  }
  gc_store(as_iterator(self), &as_iterator(self)->future, NULL);
  Value result = future_take_result(future_value);
  if (!result) return NULL;
  return result == VALUE_NONE ? VALUE_STOP : raise_stop_iteration(result);
}
static Value iterator_send(Value self, [[maybe_unused]] Value value) {
  Value item = iterator_step_future(self);
  return item == VALUE_STOP ? raise_stop_iteration(NULL) : item;
}
static Value iterator_throw(Value self, Value type, Value value, Value traceback) {
  gc_store(as_iterator(self), &as_iterator(self)->future, NULL);
  if (traceback == VALUE_NONE) traceback = NULL;
  if (value == VALUE_NONE) value = NULL;
  if (traceback && !value_is_instance(traceback, BUILTIN(TRACEBACK)))
    return raise_type_error("throw() third argument must be a traceback");
  Value exception = type;
  if (value_is_class(type) && class_is_subclass(value_as_class(type), BUILTIN(BASE_EXCEPTION))) {
    int is_instance = value ? value_isinstance(value, type) : 0;
    if (is_instance < 0) return NULL;
    if (is_instance)
      exception = value;
    else if (value && VALUE_IS_EXACT(value, TUPLE))
      exception = value_call_tuple(type, value, NULL);
    else
      exception = value ? value_call_1(type, value) : value_call_0(type);
    if (!exception) return NULL;
  } else if (!value_is_instance(type, BUILTIN(BASE_EXCEPTION))) {
    return raise_type_error("exceptions must be classes deriving BaseException or instances of such a class");
  } else if (value) {
    return raise_type_error("instance exception may not have a separate value");
  }
  if (traceback) {
    Exception *thrown = (Exception *)value_cell(exception);
    gc_store(thrown, &thrown->traceback, traceback);
  }
  exception_restore(exception);
  return NULL;
}
static Value iterator_close(Value self) {
  gc_store(as_iterator(self), &as_iterator(self)->future, NULL);
  return VALUE_NONE;
}

static const NativeMethod iterator_methods[] = {
    ITERATOR_ENTRIES(iterator_step_future),
    NATIVE("send", iterator_send, "($self, value, /)", "The next step."),
    NATIVE("throw", iterator_throw, "($self, type, value=None, traceback=None, /)", "End with an exception."),
    NATIVE("close", iterator_close, "($self, /)", "Let go of the future."),
    {}};
static const ClassDef iterator_definition = {.name = "_asyncio.FutureIter",
                                             .cell_type = &iterator_cell_type,
                                             .instance_size = sizeof(FutureIterator),
                                             .flags = CLASS_IMMUTABLE | CLASS_NO_NEW,
                                             .methods = iterator_methods};

// ---- The class ----

static Value get_state(Value self) {
  static const char *const names[] = {"PENDING", "CANCELLED", "FINISHED"};
  return future_require(self) ? str_intern_c(names[as_future(self)->state]) : NULL;
}
static Value get_blocking(Value self) {
  return value_from_bool(as_future(self)->loop && as_future(self)->blocking);
}
static bool set_blocking(Value self, Value value) {
  int truth = value ? value_truth(value) : -1;
  if (!value) raise(CLASS_ATTRIBUTE_ERROR, "cannot delete attribute");
  if (truth < 0 || !future_require(self)) return false;
  as_future(self)->blocking = truth;
  return true;
}
static Value get_log_traceback(Value self) {
  return future_require(self) ? value_from_bool(as_future(self)->log_traceback) : NULL;
}
static bool set_log_traceback(Value self, Value value) {
  int truth = value ? value_truth(value) : -1;
  if (!value) raise(CLASS_ATTRIBUTE_ERROR, "cannot delete attribute");
  if (truth > 0) raise_value_error("_log_traceback can only be set to False");
  if (truth != 0) return false;
  future_retrieved(self);
  return true;
}
static Value get_callbacks(Value self) {
  if (!future_require(self)) return NULL;
  Value callbacks = as_future(self)->callbacks;
  return callbacks ? value_to_list(callbacks) : VALUE_NONE;
}
static Value get_cancel_message(Value self) {
  return or_none(as_future(self)->cancel_message);
}
static bool set_cancel_message(Value self, Value value) {
  if (!value) raise(CLASS_ATTRIBUTE_ERROR, "cannot delete attribute");
  if (value) gc_store(as_future(self), &as_future(self)->cancel_message, value == VALUE_NONE ? NULL : value);
  return value != NULL;
}

static const NativeProperty future_properties[] = {{"_state", get_state, NULL, NULL},
                                                   {"_asyncio_future_blocking", get_blocking, set_blocking, NULL},
                                                   {"_log_traceback", get_log_traceback, set_log_traceback, NULL},
                                                   {"_callbacks", get_callbacks, NULL, NULL},
                                                   {"_cancel_message", get_cancel_message, set_cancel_message, NULL},
                                                   {}};
static const NativeMember future_members[] = {
    {"_loop", MEMBER_VALUE_OR_NONE, false, offsetof(Future, loop), NULL},
    {"_result", MEMBER_VALUE_OR_NONE, false, offsetof(Future, result), NULL},
    {"_exception", MEMBER_VALUE_OR_NONE, false, offsetof(Future, exception), NULL},
    {"_source_traceback", MEMBER_VALUE_OR_NONE, false, offsetof(Future, source_traceback), NULL},
    {}};
static const NativeMethod future_methods[] = {
    NATIVE("__init__", future_init, "($self, /, *, loop=None)", "Initialize the future."),
    NATIVE("__repr__", future_repr, "($self, /)", "State and callbacks."),
    NATIVE("__del__", future_del, "($self, /)", "Tell the loop of an exception that nobody has retrieved.",
           NATIVE_MAY_LOCK),
    NATIVE("__iter__", future_iterate, "($self, /)", "Wait for the future."),
    NATIVE("__await__", future_iterate, "($self, /)", "Wait for the future."),
    NATIVE("__class_getitem__", generic_alias_new, "($type, item, /)", "See PEP 585.", NATIVE_CLASS),
    NATIVE("result", future_take_result, "($self, /)", "The result; or its exception is raised."),
    NATIVE("exception", future_exception, "($self, /)", "The exception, or None."),
    NATIVE("set_result", set_result, "($self, result, /)", "Mark the future done and set its result."),
    NATIVE("set_exception", set_exception, "($self, exception, /)", "Mark the future done and set its exception."),
    NATIVE("add_done_callback", future_add_callback, "($self, fn, /, *, context=<unrepresentable>)",
           "Have the loop call a function when the future is done."),
    NATIVE("remove_done_callback", remove_done_callback, "($self, fn, /)",
           "Take a function out of the callbacks; returns how often it was there."),
    NATIVE("cancel", cancel, "($self, /, msg=None)", "Cancel the future and schedule callbacks."),
    NATIVE("cancelled", is_cancelled, "($self, /)", "Was it cancelled?"),
    NATIVE("done", is_done, "($self, /)", "Has it a result or exception, or was it cancelled?"),
    NATIVE("get_loop", get_loop, "($self, /)", "The event loop that it belongs to."),
    NATIVE("_make_cancelled_error", make_cancelled_error, "($self, /)", "What to raise if the future is cancelled."),
    {}};
static const ClassDef future_definition = {.name = "_asyncio.Future",
                                           .doc = "A result that will be there some time.",
                                           .cell_type = &future_cell_type,
                                           .instance_size = sizeof(Future),
                                           .flags = CLASS_BASE_TYPE | CLASS_HAS_WEAKREF | CLASS_HAS_DICT,
                                           .methods = future_methods,
                                           .properties = future_properties,
                                           .members = future_members};

bool asyncio_add_future_classes(Value module) {
  if (!module_add_class(module, &future_definition, NULL, &asyncio_state.future)) return false;
  asyncio_state.future->flags &= ~CLASS_HAS_DEL; // only those that have something to tell are finalizable
  asyncio_state.future_iterator = class_from_definition(&iterator_definition, NULL);
  return asyncio_state.future_iterator != NULL;
}
