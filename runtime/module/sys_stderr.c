// sys.stderr while the interpreter starts, before there is an io module: writes to the descriptor as it comes.
#include "runtime/heap/heap.h"
#include "runtime/module/sys.h"
#include "runtime/module/system.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/str.h"

#include <stdlib.h>
#include <unistd.h>

static Value printer_write(Value, Value text) {
  if (!value_is_str(text)) return raise_type_error("write() argument 1 must be str, not %T", text);
  size_t length, written = 0;
  char *bytes = str_wtf8(text, &length);
  if (!bytes) return NULL;
  while (written < length) {
    ssize_t count;
    BLOCKING(count = write(STDERR_FILENO, bytes + written, length - written));
    if (count < 0 && errno != EINTR) break;
    if (count > 0) written += (size_t)count;
  }
  free(bytes);
  return int_from_size(str_length(text));
}
static Value printer_flush(Value) {
  return VALUE_NONE;
}
static Value printer_fileno(Value) {
  return value_from_small_int(STDERR_FILENO);
}
static Value printer_isatty(Value) {
  return value_from_bool(isatty(STDERR_FILENO));
}
static Value get_encoding(Value) {
  return str_intern_c("utf-8");
}
static Value get_mode(Value) {
  return str_intern_c("w");
}
static Value get_closed(Value) {
  return VALUE_FALSE;
}

typedef struct Printer {
  Cell head;
} Printer;
static const CellType printer_cell_type = {.name = "stderrprinter"};
static const NativeMethod printer_methods[] = {
    NATIVE("write", printer_write, "($self, text, /)", "Write to descriptor 2."),
    NATIVE("flush", printer_flush, "($self, /)", "Nothing to do."),
    NATIVE("close", printer_flush, "($self, /)", "Nothing to do."),
    NATIVE("fileno", printer_fileno, "($self, /)", "2."),
    NATIVE("isatty", printer_isatty, "($self, /)", "Is it a terminal?"),
    {}};
static const NativeProperty printer_properties[] = {
    {"encoding", get_encoding, NULL, NULL}, {"mode", get_mode, NULL, NULL}, {"closed", get_closed, NULL, NULL}, {}};
static const ClassDef printer_class = {.name = "stderrprinter",
                                       .cell_type = &printer_cell_type,
                                       .instance_size = sizeof(Printer),
                                       .flags = CLASS_NO_NEW,
                                       .methods = printer_methods,
                                       .properties = printer_properties};

Value sys_preliminary_stderr(void) {
  Class *class = class_from_definition(&printer_class, NULL);
  return class ? value_from_cell(class_allocate(class, 0)) : NULL;
}
