// The command line and the PYTHON* environment variables, as CPython 3.11 reads them.
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef enum RunKind { RUN_INTERACTIVE, RUN_FILE, RUN_COMMAND, RUN_MODULE, RUN_STANDARD_INPUT } RunKind;

// What -h and its long forms ask for.
enum : unsigned { HELP_USAGE = 1, HELP_ENVIRONMENT = 2, HELP_X_OPTIONS = 4 };

typedef struct CommandLine {
  RunKind kind;
  const char *target;    // file, command text, or module name
  char **arguments;      // sys.argv, NULL-terminated; [0] is to be replaced by main for -m
  const char **warnings; // -W and PYTHONWARNINGS, NULL-terminated
  const char **x_options;
  bool interactive_after; // -i or PYTHONINSPECT
  bool skip_first_line;   // -x
  bool show_version, show_long_version;
  unsigned show_help; // HELP_*
  bool random_hash;   // -R
  int debug;          // -d, PYTHONDEBUG
  int int_digit_flag; // what sys.flags shows of the digit limit: -1 where it is the default
  const char *pycache_prefix;
  bool gc_stress;
  int tracemalloc;   // -X tracemalloc, PYTHONTRACEMALLOC: frames to keep of each allocation; 0, -1: not traced
  bool faulthandler; // -X faulthandler, PYTHONFAULTHANDLER, -X dev
  const char *check_hash_pycs;
} CommandLine;

// Fills `line` and the configuration fields of `runtime`. Returns false when it has printed a message and the process
// should end with
// `*status`. Call before anything of the runtime is used.
bool command_line_parse(int count, char **values, CommandLine *line, int *status);
// Prints what `line->show_help` asks for.
void command_line_print_help(const CommandLine *line);
