// The built-in exception classes: construction, attributes and text of each. Exception groups stand in
// exception_group.c.
//
// A class is declared in exceptions.def; its layout names the tables below: LAYOUT##_cell_type, _methods, _members,
// _properties.
//
// Threads: every field is one word, written with gc_store: assignments are atomic, nothing spans two fields.
#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/exception_group.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"

#include <errno.h>
#include <stdio.h>

static Exception *as_exception(Value value) {
  return (Exception *)value_cell(value);
}
static Value or_none(Value value) {
  return value ? value : VALUE_NONE;
}
static void store(Value exception, Value *field, Value value) {
  gc_store(value_cell(exception), field, value);
}

// ---- BaseException ----

static Value exception_new(Value class, Value *arguments, size_t count, [[maybe_unused]] Value keyword_names) {
  Value tuple = tuple_new(arguments, count);
  if (!tuple) return NULL;
  Exception *exception = class_allocate(value_as_class(class), 0);
  if (!exception) return NULL;
  gc_init(exception, &exception->arguments, tuple);
  gc_init(exception, &exception->suppress_context, VALUE_FALSE);
  return value_from_cell(exception);
}

static bool exception_init_arguments(Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!arguments_check_none_by_keyword(value_class_name(self), keyword_names)) return false;
  Value tuple = tuple_new(arguments, count);
  if (!tuple) return false;
  store(self, &as_exception(self)->arguments, tuple);
  return true;
}

static Value exception_init(Value self, Value *arguments, size_t count, Value keyword_names) {
  return exception_init_arguments(self, arguments, count, keyword_names) ? VALUE_NONE : NULL;
}

static Value exception_str(Value self) {
  Value arguments = gc_load(&as_exception(self)->arguments);
  switch (tuple_count(arguments)) {
  case 0:
    return str_from_c("");
  case 1:
    return value_str(tuple_item(arguments, 0));
  default:
    return value_str(arguments);
  }
}

static Value exception_repr(Value self) {
  Value arguments = gc_load(&as_exception(self)->arguments);
  if (tuple_count(arguments) == 1) return str_format_c("%T(%R)", self, tuple_item(arguments, 0));
  return str_format_c("%T%R", self, arguments);
}

// The instance's __dict__ if it has attributes, else zero.
static Value exception_attributes(Value self) {
  Value dict = value_get_dict(self);
  if (!dict) {
    exception_clear();
    return NULL;
  }
  return dict_count(dict) ? dict : NULL;
}

static Value exception_reduce(Value self) {
  Value dict = exception_attributes(self);
  Value class = value_from_cell(value_class(self));
  return dict ? tuple_of(3, class, gc_load(&as_exception(self)->arguments), dict)
              : tuple_of(2, class, gc_load(&as_exception(self)->arguments));
}

static Value exception_setstate(Value self, Value state) {
  if (state == VALUE_NONE) return VALUE_NONE;
  if (!value_is_dict(state)) return raise_type_error("state is not a dictionary");
  size_t position = 0;
  Value key, value;
  while (dict_next(state, &position, &key, &value))
    if (!value_set_attribute(self, key, value)) return NULL;
  return VALUE_NONE;
}

static bool set_traceback(Value self, Value value) {
  if (!value) {
    raise_type_error("__traceback__ may not be deleted");
    return false;
  }
  if (value != VALUE_NONE && !VALUE_IS_EXACT(value, TRACEBACK)) {
    raise_type_error("__traceback__ must be a traceback or None");
    return false;
  }
  store(self, &as_exception(self)->traceback, value == VALUE_NONE ? NULL : value);
  return true;
}
static Value get_traceback(Value self) {
  return or_none(gc_load(&as_exception(self)->traceback));
}

static Value exception_with_traceback(Value self, Value traceback) {
  return set_traceback(self, traceback) ? self : NULL;
}

static Value exception_add_note(Value self, Value note) {
  if (!value_is_str(note)) return raise_type_error("note must be a str, not '%T'", note);
  Value notes;
  int found = value_find_attribute(self, NAME(__notes__), &notes);
  if (found < 0) return NULL;
  if (!found) {
    notes = list_new(NULL, 0);
    if (!notes || !value_set_attribute(self, NAME(__notes__), notes)) return NULL;
  }
  if (!value_is_list(notes)) return raise_type_error("Cannot add note: __notes__ is not a list");
  return list_append(notes, note) ? VALUE_NONE : NULL;
}

static Value get_arguments(Value self) {
  return gc_load(&as_exception(self)->arguments);
}
static bool set_arguments(Value self, Value value) {
  if (!value) {
    raise_type_error("args may not be deleted");
    return false;
  }
  Value tuple = value_to_tuple(value);
  if (!tuple) return false;
  store(self, &as_exception(self)->arguments, tuple);
  return true;
}

// __cause__ and __context__ differ in their name, and in that setting a cause suppresses the context.
static bool set_link(Value self, Value *field, Value value, const char *name) {
  if (!value) {
    raise_type_error("%s may not be deleted", name);
    return false;
  }
  if (value != VALUE_NONE && !value_is_exception(value)) {
    raise_type_error("exception %s must be None or derive from BaseException", name + 2);
    return false;
  }
  store(self, field, value == VALUE_NONE ? NULL : value);
  return true;
}
static Value get_cause(Value self) {
  return or_none(gc_load(&as_exception(self)->cause));
}
static bool set_cause(Value self, Value value) {
  if (value && value != VALUE_NONE && !value_is_exception(value)) {
    raise_type_error("exception cause must be None or derive from BaseException");
    return false;
  }
  if (!set_link(self, &as_exception(self)->cause, value, "__cause__")) return false;
  store(self, &as_exception(self)->suppress_context, VALUE_TRUE);
  return true;
}
static Value get_context(Value self) {
  return or_none(gc_load(&as_exception(self)->context));
}
static bool set_context(Value self, Value value) {
  if (value && value != VALUE_NONE && !value_is_exception(value)) {
    raise_type_error("exception context must be None or derive from BaseException");
    return false;
  }
  return set_link(self, &as_exception(self)->context, value, "__context__");
}
static Value get_suppress_context(Value self) {
  return gc_load(&as_exception(self)->suppress_context);
}
static bool set_suppress_context(Value self, Value value) {
  if (!value) {
    raise_type_error("can't delete numeric/char attribute");
    return false;
  }
  if (!value_is_bool(value)) {
    raise_type_error("attribute value type must be bool");
    return false;
  }
  store(self, &as_exception(self)->suppress_context, value);
  return true;
}

static const NativeMethod RootException_methods[] = {
    NATIVE("__new__", exception_new, NULL, "Create an exception.", NATIVE_STATIC),
    NATIVE("__init__", exception_init, "($self, /, *args, **kwargs)", "Initialize the exception with its arguments."),
    NATIVE("__str__", exception_str, "($self, /)", "The message."),
    NATIVE("__repr__", exception_repr, "($self, /)", "Class and arguments."),
    NATIVE("__reduce__", exception_reduce, "($self, /)", "Help pickle.", NATIVE_METHOD),
    NATIVE("__setstate__", exception_setstate, "($self, object, /)", "Set attributes from a pickled state."),
    NATIVE("with_traceback", exception_with_traceback, "($self, object, /)",
           "Set __traceback__ and return the exception."),
    NATIVE("add_note", exception_add_note, "($self, object, /)", "Append a note that is shown with the traceback."),
    {}};
static const NativeProperty RootException_properties[] = {
    {"args", get_arguments, set_arguments, NULL},
    {"__traceback__", get_traceback, set_traceback, NULL},
    {"__context__", get_context, set_context, NULL},
    {"__cause__", get_cause, set_cause, NULL},
    {"__suppress_context__", get_suppress_context, set_suppress_context, NULL},
    {}};
static const NativeMember RootException_members[] = {{}};

static const NativeMethod Exception_methods[] = {{}};
static const NativeProperty Exception_properties[] = {{}};
static const NativeMember Exception_members[] = {{}};

// ---- SystemExit, StopIteration, KeyError ----

static Value system_exit_init(Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!exception_init_arguments(self, arguments, count, keyword_names)) return NULL;
  SystemExitException *exit = (SystemExitException *)value_cell(self);
  if (count > 0) store(self, &exit->code, count == 1 ? arguments[0] : exit->base.arguments);
  return VALUE_NONE;
}
static const NativeMethod SystemExitException_methods[] = {
    NATIVE("__init__", system_exit_init, "($self, /, *args, **kwargs)", "Initialize with the exit code."), {}};
static const NativeProperty SystemExitException_properties[] = {{}};
static const NativeMember SystemExitException_members[] = {
    {"code", MEMBER_VALUE_OR_NONE, true, offsetof(SystemExitException, code), "exception code"}, {}};

static Value stop_iteration_init(Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!exception_init_arguments(self, arguments, count, keyword_names)) return NULL;
  store(self, &((StopIterationException *)value_cell(self))->value, count ? arguments[0] : VALUE_NONE);
  return VALUE_NONE;
}
static const NativeMethod StopIterationException_methods[] = {
    NATIVE("__init__", stop_iteration_init, "($self, /, *args, **kwargs)", "Initialize with the generator's result."),
    {}};
static const NativeProperty StopIterationException_properties[] = {{}};
static const NativeMember StopIterationException_members[] = {
    {"value", MEMBER_VALUE_OR_NONE, true, offsetof(StopIterationException, value), "generator return value"}, {}};

// A key is shown by repr(): str() of '' would show nothing at all.
static Value key_error_str(Value self) {
  Value arguments = gc_load(&as_exception(self)->arguments);
  return tuple_count(arguments) == 1 ? value_repr(tuple_item(arguments, 0)) : exception_str(self);
}
static const NativeMethod KeyErrorException_methods[] = {
    NATIVE("__str__", key_error_str, "($self, /)", "The key's repr."), {}};
static const NativeProperty KeyErrorException_properties[] = {{}};
static const NativeMember KeyErrorException_members[] = {{}};

// ---- AttributeError, NameError, ImportError: positional arguments plus fields that only keywords set ----

// Splits keyword arguments off into `fields` (one for each of `names`); `self`'s arguments are the positional ones.
static bool init_with_keywords(Value self, Value *arguments, size_t count, Value keyword_names,
                               const char *const *names, size_t name_count, Value *const *fields,
                               const char *function) {
  if (!exception_init_arguments(self, arguments, count, NULL)) return false;
  for (size_t i = 0; i < name_count; i++) store(self, fields[i], NULL);
  size_t keywords = keyword_names ? tuple_count(keyword_names) : 0;
  for (size_t i = 0; i < keywords; i++) {
    Value keyword = tuple_item(keyword_names, i);
    size_t at = 0;
    while (at < name_count && !str_equals_c(keyword, names[at])) at++;
    if (at == name_count) {
      raise_type_error("'%U' is an invalid keyword argument for %s()", keyword, function);
      return false;
    }
    store(self, fields[at], arguments[count + i]);
  }
  return true;
}

static Value attribute_error_init(Value self, Value *arguments, size_t count, Value keyword_names) {
  AttributeErrorException *error = (AttributeErrorException *)value_cell(self);
  static const char *const names[] = {"name", "obj"};
  Value *fields[] = {&error->name, &error->object};
  return init_with_keywords(self, arguments, count, keyword_names, names, 2, fields, "AttributeError") ? VALUE_NONE
                                                                                                       : NULL;
}
// The state for copying and pickling: attributes plus the name (the object itself is not kept).
static Value attribute_error_getstate(Value self) {
  AttributeErrorException *error = (AttributeErrorException *)value_cell(self);
  Value dict = exception_attributes(self);
  if (!error->name && !(error->base.arguments && tuple_count(error->base.arguments))) return or_none(dict);
  Value state = dict_new();
  if (!state || (dict && !dict_update(state, dict, true))) return NULL;
  if (error->name && !dict_set_c(state, "name", error->name)) return NULL;
  if (!dict_set_c(state, "args", error->base.arguments)) return NULL;
  return state;
}
static Value attribute_error_reduce(Value self) {
  Value state = attribute_error_getstate(self);
  if (!state) return NULL;
  return tuple_of(3, value_from_cell(value_class(self)), gc_load(&as_exception(self)->arguments), state);
}
static const NativeMethod AttributeErrorException_methods[] = {
    NATIVE("__init__", attribute_error_init, "($self, /, *args, **kwargs)",
           "Initialize with message, name and object."),
    NATIVE("__getstate__", attribute_error_getstate, "($self, /)", "State for copying."),
    NATIVE("__reduce__", attribute_error_reduce, "($self, /)", "Help pickle.", NATIVE_METHOD),
    {}};
static const NativeProperty AttributeErrorException_properties[] = {{}};
static const NativeMember AttributeErrorException_members[] = {
    {"name", MEMBER_VALUE_OR_NONE, true, offsetof(AttributeErrorException, name), "attribute name"},
    {"obj", MEMBER_VALUE_OR_NONE, true, offsetof(AttributeErrorException, object), "object"},
    {}};

static Value name_error_init(Value self, Value *arguments, size_t count, Value keyword_names) {
  static const char *const names[] = {"name"};
  Value *fields[] = {&((NameErrorException *)value_cell(self))->name};
  return init_with_keywords(self, arguments, count, keyword_names, names, 1, fields, "NameError") ? VALUE_NONE : NULL;
}
static const NativeMethod NameErrorException_methods[] = {
    NATIVE("__init__", name_error_init, "($self, /, *args, **kwargs)", "Initialize with message and name."), {}};
static const NativeProperty NameErrorException_properties[] = {{}};
static const NativeMember NameErrorException_members[] = {
    {"name", MEMBER_VALUE_OR_NONE, true, offsetof(NameErrorException, name), "name"}, {}};

static Value import_error_init(Value self, Value *arguments, size_t count, Value keyword_names) {
  ImportErrorException *error = (ImportErrorException *)value_cell(self);
  static const char *const names[] = {"name", "path"};
  Value *fields[] = {&error->name, &error->path};
  if (!init_with_keywords(self, arguments, count, keyword_names, names, 2, fields, "ImportError")) return NULL;
  store(self, &error->message, count == 1 ? arguments[0] : NULL);
  return VALUE_NONE;
}
static Value import_error_str(Value self) {
  Value message = ((ImportErrorException *)value_cell(self))->message;
  return message && value_is_str(message) && VALUE_IS_EXACT(message, STR) ? message : exception_str(self);
}
static Value import_error_reduce(Value self) {
  ImportErrorException *error = (ImportErrorException *)value_cell(self);
  Value dict = exception_attributes(self);
  Value class = value_from_cell(value_class(self));
  if (!error->name && !error->path)
    return dict ? tuple_of(3, class, error->base.arguments, dict) : tuple_of(2, class, error->base.arguments);
  Value state = dict_new();
  if (!state || (dict && !dict_update(state, dict, true))) return NULL;
  if (error->name && !dict_set_c(state, "name", error->name)) return NULL;
  if (error->path && !dict_set_c(state, "path", error->path)) return NULL;
  return tuple_of(3, class, error->base.arguments, state);
}
static const NativeMethod ImportErrorException_methods[] = {
    NATIVE("__init__", import_error_init, "($self, /, *args, **kwargs)", "Initialize with message, name and path."),
    NATIVE("__str__", import_error_str, "($self, /)", "The message."),
    NATIVE("__reduce__", import_error_reduce, "($self, /)", "Help pickle.", NATIVE_METHOD),
    {}};
static const NativeProperty ImportErrorException_properties[] = {{}};
static const NativeMember ImportErrorException_members[] = {
    {"msg", MEMBER_VALUE_OR_NONE, true, offsetof(ImportErrorException, message), "exception message"},
    {"name", MEMBER_VALUE_OR_NONE, true, offsetof(ImportErrorException, name), "module name"},
    {"path", MEMBER_VALUE_OR_NONE, true, offsetof(ImportErrorException, path), "module path"},
    {}};

// ---- OSError ----

static const struct {
  int error_number;
  ClassId class;
} os_error_classes[] = {
    {EAGAIN, CLASS_BLOCKING_IO_ERROR},
    {EALREADY, CLASS_BLOCKING_IO_ERROR},
    {EINPROGRESS, CLASS_BLOCKING_IO_ERROR},
    {EPIPE, CLASS_BROKEN_PIPE_ERROR},
    {ESHUTDOWN, CLASS_BROKEN_PIPE_ERROR},
    {ECHILD, CLASS_CHILD_PROCESS_ERROR},
    {ECONNABORTED, CLASS_CONNECTION_ABORTED_ERROR},
    {ECONNREFUSED, CLASS_CONNECTION_REFUSED_ERROR},
    {ECONNRESET, CLASS_CONNECTION_RESET_ERROR},
    {EEXIST, CLASS_FILE_EXISTS_ERROR},
    {ENOENT, CLASS_FILE_NOT_FOUND_ERROR},
    {EISDIR, CLASS_IS_A_DIRECTORY_ERROR},
    {ENOTDIR, CLASS_NOT_A_DIRECTORY_ERROR},
    {EINTR, CLASS_INTERRUPTED_ERROR},
    {EACCES, CLASS_PERMISSION_ERROR},
    {EPERM, CLASS_PERMISSION_ERROR},
    {ESRCH, CLASS_PROCESS_LOOKUP_ERROR},
    {ETIMEDOUT, CLASS_TIMEOUT_ERROR},
};

static Class *os_error_class_for(Value error_number) {
  int64_t number;
  if (value_is_int(error_number) && int_fits_int64(error_number, &number))
    for (size_t i = 0; i < sizeof os_error_classes / sizeof *os_error_classes; i++)
      if (os_error_classes[i].error_number == number) return builtin_classes[os_error_classes[i].class];
  return NULL;
}

// Fills the fields from the arguments: (errno, strerror[, filename[, winerror[, filename2]]]).
static bool os_error_fill(Value self, Value *arguments, size_t count) {
  OSErrorException *error = (OSErrorException *)value_cell(self);
  size_t kept = count;
  if (count >= 2 && count <= 5) {
    store(self, &error->error_number, arguments[0]);
    store(self, &error->message, arguments[1]);
    if (count >= 3 && arguments[2] != VALUE_NONE) {
      bool is_count = class_is_subclass(value_class(self), BUILTIN(BLOCKING_IO_ERROR)) && value_is_int(arguments[2]);
      if (is_count) {
        store(self, &error->characters_written, arguments[2]);
      } else {
        store(self, &error->filename, arguments[2]);
        if (count >= 5 && arguments[4] != VALUE_NONE) store(self, &error->filename2, arguments[4]);
        kept = 2; // the file names are attributes, not arguments
      }
    }
  }
  Value tuple = tuple_new(arguments, kept);
  if (!tuple) return false;
  store(self, &error->base.arguments, tuple);
  return true;
}

// A subclass that overrides __init__ but not __new__ has its __init__ do the filling (as its own arguments may differ).
static bool os_error_fills_in_init(const Class *class) {
  return class->special[SPECIAL_INIT] != BUILTIN(OS_ERROR)->special[SPECIAL_INIT] &&
         class->special[SPECIAL_NEW] == BUILTIN(OS_ERROR)->special[SPECIAL_NEW];
}

static Value os_error_new(Value class_value, Value *arguments, size_t count, Value keyword_names) {
  Class *class = value_as_class(class_value);
  bool later = os_error_fills_in_init(class);
  if (!later) {
    if (!arguments_check_none_by_keyword(class_name(class), keyword_names)) return NULL;
    if (class == BUILTIN(OS_ERROR) && count >= 2 && count <= 5) {
      Class *better = os_error_class_for(arguments[0]);
      if (better) class = better;
    }
  }
  Exception *exception = class_allocate(class, 0);
  if (!exception) return NULL;
  gc_init(exception, &exception->suppress_context, VALUE_FALSE);
  gc_init(exception, &exception->arguments, tuple_empty);
  Value self = value_from_cell(exception);
  return later || os_error_fill(self, arguments, count) ? self : NULL;
}

static Value os_error_init(Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!os_error_fills_in_init(value_class(self))) return VALUE_NONE;
  if (!arguments_check_none_by_keyword(value_class_name(self), keyword_names)) return NULL;
  return os_error_fill(self, arguments, count) ? VALUE_NONE : NULL;
}

static Value os_error_str(Value self) {
  OSErrorException *error = (OSErrorException *)value_cell(self);
  Value number = or_none(error->error_number), message = or_none(error->message);
  if (error->filename) {
    if (error->filename2)
      return str_format_c("[Errno %S] %S: %R -> %R", number, message, error->filename, error->filename2);
    return str_format_c("[Errno %S] %S: %R", number, message, error->filename);
  }
  if (error->error_number && error->message) return str_format_c("[Errno %S] %S", number, message);
  return exception_str(self);
}

static Value os_error_reduce(Value self) {
  OSErrorException *error = (OSErrorException *)value_cell(self);
  Value arguments = error->base.arguments;
  if (tuple_count(arguments) == 2 && error->filename) {
    Value number = tuple_item(arguments, 0), message = tuple_item(arguments, 1);
    arguments = error->filename2 ? tuple_of(5, number, message, error->filename, VALUE_NONE, error->filename2)
                                 : tuple_of(3, number, message, error->filename);
    if (!arguments) return NULL;
  }
  Value dict = exception_attributes(self);
  Value class = value_from_cell(value_class(self));
  return dict ? tuple_of(3, class, arguments, dict) : tuple_of(2, class, arguments);
}

static Value get_characters_written(Value self) {
  Value written = ((OSErrorException *)value_cell(self))->characters_written;
  return written ? written : raise(CLASS_ATTRIBUTE_ERROR, "characters_written");
}
static bool set_characters_written(Value self, Value value) {
  OSErrorException *error = (OSErrorException *)value_cell(self);
  if (!value && !error->characters_written) {
    raise(CLASS_ATTRIBUTE_ERROR, "characters_written");
    return false;
  }
  Value number = NULL;
  if (value) {
    ptrdiff_t count;
    if (!value_as_size(value, &count, CLASS_VALUE_ERROR)) return false;
    number = int_from_int64(count);
    if (!number) return false;
  }
  store(self, &error->characters_written, number);
  return true;
}

static const NativeMethod OSErrorException_methods[] = {
    NATIVE("__new__", os_error_new, NULL, "Create the exception of the class that belongs to errno.", NATIVE_STATIC),
    NATIVE("__init__", os_error_init, "($self, /, *args, **kwargs)", "Initialize with errno, message and file names."),
    NATIVE("__str__", os_error_str, "($self, /)", "The message."),
    NATIVE("__reduce__", os_error_reduce, "($self, /)", "Help pickle.", NATIVE_METHOD),
    {}};
static const NativeProperty OSErrorException_properties[] = {
    {"characters_written", get_characters_written, set_characters_written, NULL}, {}};
static const NativeMember OSErrorException_members[] = {
    {"errno", MEMBER_VALUE_OR_NONE, true, offsetof(OSErrorException, error_number), "POSIX exception code"},
    {"strerror", MEMBER_VALUE_OR_NONE, true, offsetof(OSErrorException, message), "exception strerror"},
    {"filename", MEMBER_VALUE_OR_NONE, true, offsetof(OSErrorException, filename), "exception filename"},
    {"filename2", MEMBER_VALUE_OR_NONE, true, offsetof(OSErrorException, filename2), "second exception filename"},
    {}};

// ---- SyntaxError ----

static Value syntax_error_init(Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!exception_init_arguments(self, arguments, count, keyword_names)) return NULL;
  SyntaxErrorException *error = (SyntaxErrorException *)value_cell(self);
  if (count >= 1) store(self, &error->message, arguments[0]);
  if (count != 2) return VALUE_NONE;
  Value details = value_to_tuple(arguments[1]);
  if (!details) return NULL;
  size_t given = tuple_count(details);
  if (given < 4)
    return raise_type_error("function missing required argument '%s' (pos %zu)",
                            (const char *[]){"filename", "lineno", "offset", "text"}[given], given + 1);
  if (given > 6) return raise_type_error("function takes at most 6 arguments (%zu given)", given);
  Value *fields[6] = {&error->filename, &error->line,     &error->column,
                      &error->text,     &error->end_line, &error->end_column};
  for (size_t i = 0; i < 6; i++) store(self, fields[i], i < given ? tuple_item(details, i) : NULL);
  if (error->end_line && !error->end_column)
    return raise_type_error("end_offset must be provided when end_lineno is provided");
  return VALUE_NONE;
}

static Value syntax_error_str(Value self) {
  SyntaxErrorException *error = (SyntaxErrorException *)value_cell(self);
  Value message = or_none(error->message);
  Value filename = error->filename && value_is_str(error->filename) ? error->filename : NULL;
  if (filename) { // only the last part of the path
    ptrdiff_t slash = -1;
    for (size_t i = 0; i < str_length(filename); i++)
      if (str_character(value_as_str(filename), i) == '/') slash = (ptrdiff_t)i;
    filename = str_substring(filename, (size_t)(slash + 1), str_length(filename));
    if (!filename) return NULL;
  }
  bool has_line = error->line && value_is_exact_int(error->line);
  if (filename && has_line) return str_format_c("%S (%U, line %S)", message, filename, error->line);
  if (filename) return str_format_c("%S (%U)", message, filename);
  if (has_line) return str_format_c("%S (line %S)", message, error->line);
  return value_str(message);
}
static const NativeMethod SyntaxErrorException_methods[] = {
    NATIVE("__init__", syntax_error_init, "($self, /, *args, **kwargs)", "Initialize with message and position."),
    NATIVE("__str__", syntax_error_str, "($self, /)", "Message, file and line."),
    {}};
static const NativeProperty SyntaxErrorException_properties[] = {{}};
#define SYNTAX_FIELD(name, field, doc) {name, MEMBER_VALUE_OR_NONE, true, offsetof(SyntaxErrorException, field), doc}
static const NativeMember SyntaxErrorException_members[] = {
    SYNTAX_FIELD("msg", message, "exception msg"),
    SYNTAX_FIELD("filename", filename, "exception filename"),
    SYNTAX_FIELD("lineno", line, "exception lineno"),
    SYNTAX_FIELD("offset", column, "exception offset"),
    SYNTAX_FIELD("text", text, "exception text"),
    SYNTAX_FIELD("end_lineno", end_line, "exception end lineno"),
    SYNTAX_FIELD("end_offset", end_column, "exception end offset"),
    SYNTAX_FIELD("print_file_and_line", print_file_and_line, "exception print_file_and_line"),
    {}};

// ---- UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError ----

static UnicodeErrorException *as_unicode_error(Value value) {
  return (UnicodeErrorException *)value_cell(value);
}

static bool expect_str(Value value, size_t position, const char *class) {
  if (value_is_str(value)) return true;
  raise_type_error("%s() argument %zu must be str, not %T", class, position, value);
  return false;
}

// Arguments: [encoding,] object, start, end, reason.
static Value unicode_error_fill(Value self, Value *arguments, size_t count, Value keyword_names, bool has_encoding,
                                bool object_is_str, const char *class) {
  if (!exception_init_arguments(self, arguments, count, keyword_names)) return NULL;
  size_t wanted = has_encoding ? 5 : 4;
  if (count != wanted) return raise_type_error("function takes exactly %zu arguments (%zu given)", wanted, count);
  UnicodeErrorException *error = as_unicode_error(self);
  size_t at = 0;
  if (has_encoding) {
    if (!expect_str(arguments[0], 1, class)) return NULL;
    store(self, &error->encoding, arguments[at++]);
  }
  Value object = arguments[at];
  if (object_is_str) {
    if (!expect_str(object, at + 1, class)) return NULL;
  } else if (!value_is_bytes(object)) {
    Buffer buffer;
    if (!buffer_acquire(object, &buffer, BUFFER_SIMPLE)) return NULL;
    object = bytes_new(buffer.data, buffer.length);
    buffer_release(&buffer);
    if (!object) return NULL;
  }
  ptrdiff_t start, end;
  if (!value_as_size(arguments[at + 1], &start, CLASS_OVERFLOW_ERROR) ||
      !value_as_size(arguments[at + 2], &end, CLASS_OVERFLOW_ERROR))
    return NULL;
  if (!expect_str(arguments[at + 3], at + 4, class)) return NULL;
  store(self, &error->object, object);
  store(self, &error->start, int_from_int64(start));
  store(self, &error->end, int_from_int64(end));
  store(self, &error->reason, arguments[at + 3]);
  return VALUE_NONE;
}

static Value unicode_decode_error_init(Value self, Value *arguments, size_t count, Value keyword_names) {
  return unicode_error_fill(self, arguments, count, keyword_names, true, false, "UnicodeDecodeError");
}
static Value unicode_encode_error_init(Value self, Value *arguments, size_t count, Value keyword_names) {
  return unicode_error_fill(self, arguments, count, keyword_names, true, true, "UnicodeEncodeError");
}
static Value unicode_translate_error_init(Value self, Value *arguments, size_t count, Value keyword_names) {
  return unicode_error_fill(self, arguments, count, keyword_names, false, true, "UnicodeTranslateError");
}

// Start and end as they were given: they may lie outside the object.
static void unicode_error_range(const UnicodeErrorException *error, int64_t *start, int64_t *end) {
  *start = *end = 0;
  if (error->start) int_fits_int64(error->start, start);
  if (error->end) int_fits_int64(error->end, end);
}
static bool is_single(int64_t start, int64_t end, size_t length) {
  return start >= 0 && (size_t)start < length && end == start + 1;
}

static Value describe_character(const char *verb, Value encoding, Value text, size_t position, Value reason) {
  uint32_t character = str_character(value_as_str(text), position);
  char escape[16];
  snprintf(escape, sizeof escape,
           character <= 0xff     ? "\\x%02x"
           : character <= 0xffff ? "\\u%04x"
                                 : "\\U%08x",
           (unsigned)character);
  if (encoding)
    return str_format_c("'%S' codec can't %s character '%s' in position %zu: %S", encoding, verb, escape, position,
                        reason);
  return str_format_c("can't %s character '%s' in position %zu: %S", verb, escape, position, reason);
}

static Value unicode_encode_error_str(Value self) {
  UnicodeErrorException *error = as_unicode_error(self);
  if (!error->object || !error->encoding || !error->reason) return str_from_c("");
  if (!value_is_str(error->object)) return raise_type_error("object attribute must be unicode");
  int64_t start, end;
  unicode_error_range(error, &start, &end);
  if (is_single(start, end, str_length(error->object)))
    return describe_character("encode", error->encoding, error->object, (size_t)start, error->reason);
  return str_format_c("'%S' codec can't encode characters in position %lld-%lld: %S", error->encoding, (long long)start,
                      (long long)end - 1, error->reason);
}
static Value unicode_translate_error_str(Value self) {
  UnicodeErrorException *error = as_unicode_error(self);
  if (!error->object || !error->reason) return str_from_c("");
  if (!value_is_str(error->object)) return raise_type_error("object attribute must be unicode");
  int64_t start, end;
  unicode_error_range(error, &start, &end);
  if (is_single(start, end, str_length(error->object)))
    return describe_character("translate", NULL, error->object, (size_t)start, error->reason);
  return str_format_c("can't translate characters in position %lld-%lld: %S", (long long)start, (long long)end - 1,
                      error->reason);
}
static Value unicode_decode_error_str(Value self) {
  UnicodeErrorException *error = as_unicode_error(self);
  if (!error->object || !error->encoding || !error->reason) return str_from_c("");
  if (!value_is_bytes(error->object)) return raise_type_error("object attribute must be bytes");
  int64_t start, end;
  unicode_error_range(error, &start, &end);
  if (is_single(start, end, value_as_bytes(error->object)->length)) {
    char byte[8];
    snprintf(byte, sizeof byte, "0x%02x", value_as_bytes(error->object)->data[start]);
    return str_format_c("'%S' codec can't decode byte %s in position %lld: %S", error->encoding, byte, (long long)start,
                        error->reason);
  }
  return str_format_c("'%S' codec can't decode bytes in position %lld-%lld: %S", error->encoding, (long long)start,
                      (long long)end - 1, error->reason);
}

#define UNICODE_TABLES(Name, function)                                                                                 \
  static const NativeMethod Name##_methods[] = {                                                                       \
      NATIVE("__init__", function##_init, "($self, /, *args, **kwargs)", "Initialize."),                               \
      NATIVE("__str__", function##_str, "($self, /)", "The message."),                                                 \
      {}};                                                                                                             \
  static const NativeProperty Name##_properties[] = {{}};
UNICODE_TABLES(UnicodeDecodeException, unicode_decode_error)
UNICODE_TABLES(UnicodeEncodeException, unicode_encode_error)
UNICODE_TABLES(UnicodeTranslateException, unicode_translate_error)
#define UNICODE_FIELD(name, field, doc) {name, MEMBER_VALUE_OR_NONE, true, offsetof(UnicodeErrorException, field), doc}
#define UNICODE_FIELDS                                                                                                 \
  UNICODE_FIELD("object", object, "exception object"), UNICODE_FIELD("start", start, "exception start"),               \
      UNICODE_FIELD("end", end, "exception end"), UNICODE_FIELD("reason", reason, "exception reason")
static const NativeMember UnicodeDecodeException_members[] = {
    UNICODE_FIELD("encoding", encoding, "exception encoding"), UNICODE_FIELDS, {}};
static const NativeMember UnicodeEncodeException_members[] = {
    UNICODE_FIELD("encoding", encoding, "exception encoding"), UNICODE_FIELDS, {}};
static const NativeMember UnicodeTranslateException_members[] = {
    UNICODE_FIELD("encoding", encoding, "exception encoding"), UNICODE_FIELDS, {}};

// ---- The classes ----

#define EXCEPTION_LAYOUT(Layout)                                                                                       \
  static const CellType Layout##_cell_type = {                                                                         \
      .name = #Layout, .values_start = offsetof(Exception, arguments), .values_end = sizeof(Layout)}
EXCEPTION_LAYOUT(Exception);
// Classes without fields of their own share one cell type: that is how a class with several bases knows that they fit.
#define RootException_cell_type     Exception_cell_type
#define KeyErrorException_cell_type Exception_cell_type
EXCEPTION_LAYOUT(SystemExitException);
EXCEPTION_LAYOUT(StopIterationException);
EXCEPTION_LAYOUT(AttributeErrorException);
EXCEPTION_LAYOUT(NameErrorException);
EXCEPTION_LAYOUT(ImportErrorException);
EXCEPTION_LAYOUT(OSErrorException);
EXCEPTION_LAYOUT(SyntaxErrorException);
EXCEPTION_LAYOUT(UnicodeDecodeException);
EXCEPTION_LAYOUT(UnicodeEncodeException);
EXCEPTION_LAYOUT(UnicodeTranslateException);
EXCEPTION_LAYOUT(ExceptionGroup);

#define EXCEPTION_CLASS(ID, name_, base, layout, doc_)                                                                 \
  const ClassDef ID##_class = {.name = name_,                                                                          \
                               .doc = doc_,                                                                            \
                               .cell_type = &layout##_cell_type,                                                       \
                               .instance_size = sizeof(layout),                                                        \
                               .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE | CLASS_HAS_DICT | CLASS_IS_EXCEPTION,       \
                               .methods = layout##_methods,                                                            \
                               .properties = layout##_properties,                                                      \
                               .members = layout##_members};
#include "runtime/object/exceptions.def"
