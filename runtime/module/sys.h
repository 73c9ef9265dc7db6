// The sys module: creation, and what its parts share.
#pragma once

#include "runtime/object/class.h"

// What main has found out before the module is made. All strings are UTF-8; NULL: unknown. Arrays end with NULL.
typedef struct SysConfiguration {
  const char *executable;
  const char *prefix;       // "/usr"
  const char *library_path; // the folder of the standard library
  char *const *arguments;   // sys.argv
  char *const *original_arguments;
  const char *const *warning_options;
  const char *const *x_options;
  int debug, int_digit_flag;  // what sys.flags shows
  const char *pycache_prefix; // NULL or empty: none
} SysConfiguration;

// Makes the module `sys`, fills runtime.sys_dict and runtime.modules. False: exception pending.
bool sys_start(const SysConfiguration *configuration);
// Constants and struct sequences (sys_info.c). False: exception pending.
bool sys_add_information(Value module, const SysConfiguration *configuration);

// What sys.stderr is until the standard streams are open (sys_stderr.c). Zero: exception pending.
Value sys_preliminary_stderr(void);

// sys.displayhook(value) as C code calls it; runs Python code.
Value sys_display(Value value);
// Prints an exception with its traceback as the interpreter does when it ends a program (exception_print.c).
void exception_print(Value exception);
// The same to another file than sys.stderr; zero: descriptor 2.
void exception_print_to(Value file, Value exception);

// What sys.getprofile() shows of the thread's profile function: of a profiler's the profiler (_lsprof.c). Zero: none.
Value lsprof_shown(Value function);

// At exit: calls the functions registered with atexit, also when the module has left sys.modules. Runs Python code;
// reports failures.
void atexit_call_registered(void);
