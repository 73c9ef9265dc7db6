// The module readline, over the system's libedit: line editing, history and completion for input() and the interactive
// prompt.
//
// libedit is loaded when the module is imported. From then on input() at a terminal reads through it
// (builtins_read_line). Lines are read character by character, so that a signal's handler can run, and raise, between
// two of them. libedit keeps no Values.
//
// Threads: libedit's state is the process's; it is meant for the one thread that talks to the terminal.
#include "runtime/heap/heap.h"
#include "runtime/module/builtins.h"
#include "runtime/module/system.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/str.h"
#include "runtime/support/signals.h"

#include <dlfcn.h>
#include <editline/readline.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What is taken from the library.
// clang-format off
#define LIBRARY(X) \
  X(rl_initialize) X(rl_callback_handler_install) X(rl_callback_handler_remove) X(rl_callback_read_char) \
  X(rl_completion_matches) X(rl_parse_and_bind) X(rl_insert_text) X(rl_redisplay) X(rl_read_init_file) \
  X(using_history) X(add_history) X(clear_history) X(read_history) X(write_history) X(history_get) \
  X(remove_history) X(replace_history_entry) X(history_truncate_file) X(rl_line_buffer) X(rl_point) \
  X(rl_attempted_completion_function) X(rl_completer_word_break_characters) X(rl_completion_append_character) \
  X(rl_startup_hook) X(rl_pre_input_hook) X(history_length) X(history_base) X(rl_readline_version) \
  X(rl_library_version)
// clang-format on
static struct {
#define MEMBER(name) typeof(name) *name;
  LIBRARY(MEMBER)
} library;

static struct {
  Value completer, startup_hook, pre_input_hook, display_hook;
} hooks;
static int begin_index, end_index, file_limit = -1;
static bool adds_history = true;

// ---- Texts: libedit speaks UTF-8 ----

static Value text_value(const char *text) {
  return text ? path_decode_c(text) : VALUE_NONE;
}
// A file name, or NULL for None (the library's default). False: exception pending.
static bool parse_file(Value value, Value *keep, const char **name) {
  *name = NULL;
  if (!value || value == VALUE_NONE) return true;
  *keep = path_as_bytes(value);
  if (*keep) *name = (const char *)value_as_bytes(*keep)->data;
  return *keep != NULL;
}

// ---- Reading a line ----

static char *finished_line;
static bool line_is_finished;
static void finish_line(char *line) {
  finished_line = line;
  line_is_finished = true;
  library.rl_callback_handler_remove();
}

static void remember(const char *line) {
  int length = *library.history_length;
  HIST_ENTRY *last = length > 0 ? library.history_get(length - 1 + *library.history_base) : NULL;
  if (adds_history && *line && !(last && last->line && strcmp(last->line, line) == 0)) library.add_history(line);
}

// Waits for a key, or a signal; one that arrives before the wait has begun does not get lost: it is let in by the wait.
static bool wait_for_key(void) {
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  sigset_t all, usual;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &usual);
  int ready = safepoint_wanted() ? 0 : ppoll(&input, 1, NULL, &usual);
  pthread_sigmask(SIG_SETMASK, &usual, NULL);
  return ready > 0;
}

static Value read_line(Value prompt) {
  Value bytes = path_as_bytes(prompt);
  if (!bytes) return NULL;
  line_is_finished = false;
  library.rl_callback_handler_install((const char *)value_as_bytes(bytes)->data, finish_line);
  while (!line_is_finished) {
    bool ready;
    BLOCKING(ready = wait_for_key());
    if (ready) library.rl_callback_read_char();
    bool interrupted = exception_pending() || (safepoint_wanted() && !safepoint_handle());
    if (!interrupted) continue;
    library.rl_callback_handler_remove();
    if (line_is_finished) free(finished_line);
    return NULL;
  }
  KEEP(bytes);
  if (!finished_line) return raise_none(CLASS_EOF_ERROR);
  remember(finished_line);
  Value line = path_decode_c(finished_line);
  free(finished_line);
  return line;
}

// ---- Completion ----

// The completion number `state` of `text`; malloc'ed for the library. NULL: no more.
static char *completion(const char *text, int state) {
  if (!hooks.completer || hooks.completer == VALUE_NONE) return NULL;
  Value word = text_value(text), found = word ? value_call_2(hooks.completer, word, value_from_small_int(state)) : NULL;
  if (!found) {
    exception_clear();
    return NULL;
  }
  Value bytes = found == VALUE_NONE || !value_is_str(found) ? NULL : path_encode(found);
  if (!bytes) exception_clear();
  return bytes ? strdup((const char *)value_as_bytes(bytes)->data) : NULL;
}
static char **complete(const char *text, int start, int end) {
  *library.rl_completion_append_character = 0;
  begin_index = start;
  end_index = end;
  return library.rl_completion_matches(text, completion);
}

static int run_hook(Value hook) {
  Value result = hook && hook != VALUE_NONE ? value_call_0(hook) : VALUE_NONE;
  int number = 0;
  if (!result || (result != VALUE_NONE && !value_as_int(result, &number))) exception_clear();
  return number;
}
static int on_startup(void) {
  return run_hook(hooks.startup_hook);
}
static int on_input(void) {
  return run_hook(hooks.pre_input_hook);
}

static Value set_hook(Value *slot, Value function, const char *name) {
  if (function && function != VALUE_NONE && !value_is_callable(function))
    return raise_type_error("set_%s(func): argument not callable", name);
  *slot = function ? function : VALUE_NONE;
  return VALUE_NONE;
}
static Value readline_set_completer(Value function) {
  return set_hook(&hooks.completer, function, "completer");
}
static Value readline_get_completer(void) {
  return hooks.completer ? hooks.completer : VALUE_NONE;
}
static Value readline_set_startup_hook(Value function) {
  return set_hook(&hooks.startup_hook, function, "startup_hook");
}
static Value readline_set_pre_input_hook(Value function) {
  return set_hook(&hooks.pre_input_hook, function, "pre_input_hook");
}
static Value readline_set_display_hook(Value function) {
  return set_hook(&hooks.display_hook, function, "completion_display_matches_hook");
}
static Value readline_set_delimiters(Value text) {
  static char *delimiters; // the library keeps the pointer
  Value bytes =
      value_is_str(text) ? path_encode(text) : raise_bad_argument("set_completer_delims", "string", "str", text);
  char *copy = bytes ? strdup((const char *)value_as_bytes(bytes)->data) : NULL;
  if (!copy) return exception_pending() ? NULL : raise_memory_error();
  *library.rl_completer_word_break_characters = copy;
  free(delimiters);
  delimiters = copy;
  return VALUE_NONE;
}
static Value readline_get_delimiters(void) {
  return text_value(*library.rl_completer_word_break_characters);
}
static Value readline_get_begin(void) {
  return int_from_int64(begin_index);
}
static Value readline_get_end(void) {
  return int_from_int64(end_index);
}
static Value readline_get_completion_type(void) {
  return value_from_small_int(0);
}
static Value readline_get_line_buffer(void) {
  return text_value(*library.rl_line_buffer ? *library.rl_line_buffer : "");
}
static Value readline_insert_text(Value text) {
  Value bytes = value_is_str(text) ? path_encode(text) : raise_bad_argument("insert_text", "string", "str", text);
  if (!bytes) return NULL;
  library.rl_insert_text((const char *)value_as_bytes(bytes)->data);
  return VALUE_NONE;
}
static Value readline_redisplay(void) {
  library.rl_redisplay();
  return VALUE_NONE;
}
static Value readline_parse_and_bind(Value text) {
  Value bytes = value_is_str(text) ? path_encode(text) : raise_bad_argument("parse_and_bind", "string", "str", text);
  if (!bytes) return NULL;
  // GNU readline's way to ask for completion, which everybody writes, in libedit's words.
  const char *line = (const char *)value_as_bytes(bytes)->data;
  library.rl_parse_and_bind(strcmp(line, "tab: complete") == 0 ? "bind ^I rl_complete" : line);
  return VALUE_NONE;
}
static Value readline_read_init_file(Value file) {
  Value keep = NULL;
  const char *name;
  if (!parse_file(file, &keep, &name)) return NULL;
  errno = 0;
  int status = library.rl_read_init_file(name);
  KEEP(keep);
  return status == 0 ? VALUE_NONE : raise_os_error(errno ? errno : ENOENT, NULL);
}

// ---- History ----

static Value readline_add_history(Value text) {
  Value bytes = value_is_str(text) ? path_encode(text) : raise_bad_argument("add_history", "string", "str", text);
  if (!bytes) return NULL;
  library.add_history((const char *)value_as_bytes(bytes)->data);
  return VALUE_NONE;
}
static Value readline_clear_history(void) {
  library.clear_history();
  return VALUE_NONE;
}
static Value readline_read_history_file(Value file) {
  Value keep = NULL;
  const char *name;
  if (!parse_file(file, &keep, &name)) return NULL;
  int error = library.read_history(name);
  KEEP(keep);
  return error == 0 ? VALUE_NONE : raise_os_error(error > 0 ? error : errno, NULL);
}
static Value readline_write_history_file(Value file) {
  Value keep = NULL;
  const char *name;
  if (!parse_file(file, &keep, &name)) return NULL;
  int error = library.write_history(name);
  if (error == 0 && file_limit >= 0) library.history_truncate_file(name, file_limit);
  KEEP(keep);
  return error == 0 ? VALUE_NONE : raise_os_error(error > 0 ? error : errno, NULL);
}
static Value readline_get_history_length(void) {
  return int_from_int64(file_limit);
}
static Value readline_set_history_length(Value length) {
  return value_as_int(length, &file_limit) ? VALUE_NONE : NULL;
}
static Value readline_get_current_history_length(void) {
  return int_from_int64(*library.history_length);
}
static Value readline_get_history_item(Value index_value) {
  int index;
  if (!value_as_int(index_value, &index)) return NULL;
  if (index < 1 || index > *library.history_length) return VALUE_NONE;
  HIST_ENTRY *entry = library.history_get(index - 1 + *library.history_base);
  return entry ? text_value(entry->line) : VALUE_NONE;
}
static bool parse_position(Value value, int *position) {
  if (!value_as_int(value, position)) return false;
  if (*position < 0) raise_value_error("History index cannot be negative");
  return *position >= 0;
}
static Value drop_entry(HIST_ENTRY *entry, int position) {
  if (!entry) return raise_value_error("No history item at position %d", position);
  free((void *)entry->line);
  free(entry);
  return VALUE_NONE;
}
static Value readline_remove_history_item(Value position_value) {
  int position;
  return parse_position(position_value, &position) ? drop_entry(library.remove_history(position), position) : NULL;
}
static Value readline_replace_history_item(Value position_value, Value text) {
  int position;
  if (!parse_position(position_value, &position)) return NULL;
  Value bytes =
      value_is_str(text) ? path_encode(text) : raise_bad_argument("replace_history_item", "line", "str", text);
  return bytes ? drop_entry(library.replace_history_entry(position, (const char *)value_as_bytes(bytes)->data, NULL),
                            position)
               : NULL;
}
static Value readline_set_auto_history(Value flag) {
  int truth = value_truth(flag);
  adds_history = truth > 0;
  return truth < 0 ? NULL : VALUE_NONE;
}

static const NativeMethod readline_functions[] = {
    NATIVE("parse_and_bind", readline_parse_and_bind, "(string, /)", "Execute a line of an init file."),
    NATIVE("read_init_file", readline_read_init_file, "(filename=None, /)", "Execute an init file."),
    NATIVE("get_line_buffer", readline_get_line_buffer, "()", "The line as it is."),
    NATIVE("insert_text", readline_insert_text, "(string, /)", "Insert text into the line."),
    NATIVE("redisplay", readline_redisplay, "()", "Show the line again."),
    NATIVE("read_history_file", readline_read_history_file, "(filename=None, /)", "Load a history file."),
    NATIVE("write_history_file", readline_write_history_file, "(filename=None, /)", "Save the history."),
    NATIVE("get_history_length", readline_get_history_length, "()", "How many lines are saved; negative: all."),
    NATIVE("set_history_length", readline_set_history_length, "(length, /)", "How many lines are to be saved."),
    NATIVE("get_current_history_length", readline_get_current_history_length, "()", "How many lines there are."),
    NATIVE("get_history_item", readline_get_history_item, "(index, /)", "A line of the history, counted from 1."),
    NATIVE("remove_history_item", readline_remove_history_item, "(pos, /)", "Remove a line, counted from 0."),
    NATIVE("replace_history_item", readline_replace_history_item, "(pos, line, /)", "Replace a line, counted from 0."),
    NATIVE("add_history", readline_add_history, "(string, /)", "Add a line to the history."),
    NATIVE("set_auto_history", readline_set_auto_history, "(enabled, /)",
           "Are lines added to the history when they are read?"),
    NATIVE("clear_history", readline_clear_history, "()", "Forget the history."),
    NATIVE("set_startup_hook", readline_set_startup_hook, "(function=None, /)",
           "What is called before the first prompt."),
    NATIVE("set_pre_input_hook", readline_set_pre_input_hook, "(function=None, /)",
           "What is called behind the prompt."),
    NATIVE("set_completer", readline_set_completer, "(function=None, /)", "The function that completes words."),
    NATIVE("get_completer", readline_get_completer, "()", "The function that completes words."),
    NATIVE("get_completion_type", readline_get_completion_type, "()", "The kind of completion."),
    NATIVE("get_begidx", readline_get_begin, "()", "Where the word that is completed begins."),
    NATIVE("get_endidx", readline_get_end, "()", "Where it ends."),
    NATIVE("set_completer_delims", readline_set_delimiters, "(string, /)", "The characters between words."),
    NATIVE("get_completer_delims", readline_get_delimiters, "()", "The characters between words."),
    NATIVE("set_completion_display_matches_hook", readline_set_display_hook, "(function=None, /)",
           "Kept; libedit shows matches itself."),
    {}};

static bool readline_initialize(Value module) {
  heap_add_root_range((Value *)&hooks, sizeof hooks / sizeof(Value));
  void *handle = dlopen("libedit.so.2", RTLD_NOW | RTLD_LOCAL);
  bool complete_library = handle != NULL;
#define LOAD(name) complete_library = complete_library && (library.name = (typeof(library.name))dlsym(handle, #name));
  LIBRARY(LOAD)
  if (!complete_library) {
    raise(CLASS_IMPORT_ERROR, "cannot load libedit");
    return false;
  }
  if (!module_add_int(module, "_READLINE_VERSION", *library.rl_readline_version) ||
      !module_add_int(module, "_READLINE_RUNTIME_VERSION", *library.rl_readline_version) ||
      !module_add_str(module, "_READLINE_LIBRARY_VERSION", *library.rl_library_version))
    return false;
  library.rl_initialize();
  library.using_history();
  *library.rl_attempted_completion_function = complete;
  *library.rl_startup_hook = on_startup;
  *library.rl_pre_input_hook = on_input;
  static char usual_delimiters[] = " \t\n`~!@#$%^&*()-=+[{]}\\|;:'\",<>/?";
  *library.rl_completer_word_break_characters = usual_delimiters;
  builtins_read_line = read_line;
  return true;
}
const NativeModule readline_module = {"readline",
                                      "Line editing, history and completion, through libedit (not GNU readline).",
                                      readline_functions, readline_initialize};
