// Parsing of options: one table of letters, then the environment, which an option overrides.
#include "vm/command_line.h"
#include "runtime/module/tracemalloc.h"
#include "runtime/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: krait [option] ... [-c cmd | -m mod | file | -] [arg] ...\n"
                            "Options and arguments (and corresponding environment variables):\n"
                            "-b     : issue warnings about str(bytes_instance), str(bytearray_instance)\n"
                            "         and comparing bytes/bytearray with str (-bb: issue errors)\n"
                            "-B     : don't write cache files on import; also PYTHONDONTWRITEBYTECODE=x\n"
                            "-c cmd : program passed in as string (terminates option list)\n"
                            "-E     : ignore PYTHON* environment variables\n"
                            "-h     : print this help message and exit (also --help)\n"
                            "-i     : inspect interactively after running the script; also PYTHONINSPECT=x\n"
                            "-I     : isolate from the user's environment (implies -E, -P and -s)\n"
                            "-m mod : run library module as a script (terminates option list)\n"
                            "-O     : remove assert and __debug__-dependent statements; also PYTHONOPTIMIZE=x\n"
                            "-OO    : do -O changes and also discard docstrings\n"
                            "-P     : don't prepend a potentially unsafe path to sys.path; also PYTHONSAFEPATH\n"
                            "-q     : don't print version and copyright messages on interactive startup\n"
                            "-s     : don't add user site directory to sys.path; also PYTHONNOUSERSITE\n"
                            "-S     : don't imply 'import site' on initialization\n"
                            "-u     : force the stdout and stderr streams to be unbuffered; also PYTHONUNBUFFERED=x\n"
                            "-v     : verbose (trace import statements); also PYTHONVERBOSE=x\n"
                            "-V     : print the version number and exit (also --version)\n"
                            "-W arg : warning control; also PYTHONWARNINGS=arg\n"
                            "-x     : skip first line of source\n"
                            "-X opt : set implementation-specific option (--help-xoptions lists them)\n"
                            "file   : program read from script file\n"
                            "-      : program read from stdin (default; interactive mode if a tty)\n"
                            "arg ...: arguments passed to program in sys.argv[1:]\n"
                            "--help-env      : print what environment variables do, and exit\n"
                            "--help-xoptions : print the -X options and exit\n"
                            "--help-all      : print all of that and exit\n";

static const char environment_help[] =
    "Environment variables that change behaviour (an option given as well goes first):\n"
    "PYTHONBREAKPOINT        : function that breakpoint() calls; 0: none\n"
    "PYTHONDEBUG             : -d\n"
    "PYTHONDEVMODE           : -X dev\n"
    "PYTHONDONTWRITEBYTECODE : -B\n"
    "PYTHONFAULTHANDLER      : -X faulthandler\n"
    "PYTHONHASHSEED          : seed of the hashes of str and bytes, or 'random'\n"
    "PYTHONHOME              : where the standard library is: HOME/lib/python3.11\n"
    "PYTHONINSPECT           : -i\n"
    "PYTHONINTMAXSTRDIGITS   : -X int_max_str_digits\n"
    "PYTHONIOENCODING        : encoding[:errors] of the standard streams\n"
    "PYTHONNOUSERSITE        : -s\n"
    "PYTHONOPTIMIZE          : -O\n"
    "PYTHONPATH              : folders put before the default module search path\n"
    "PYTHONPYCACHEPREFIX     : -X pycache_prefix\n"
    "PYTHONSAFEPATH          : -P\n"
    "PYTHONSTARTUP           : file run at the start of an interactive session\n"
    "PYTHONTRACEMALLOC       : -X tracemalloc\n"
    "PYTHONUNBUFFERED        : -u\n"
    "PYTHONUTF8              : -X utf8\n"
    "PYTHONVERBOSE           : -v\n"
    "PYTHONWARNDEFAULTENCODING: -X warn_default_encoding\n"
    "PYTHONWARNINGS          : -W, several separated by commas\n";

static const char x_options_help[] =
    "Options after -X:\n"
    "-X dev                 : checks that are too expensive otherwise: warnings, faulthandler\n"
    "-X faulthandler        : show tracebacks of all threads on fatal signals\n"
    "-X gc-stress           : collect at every allocation (for tests of the interpreter)\n"
    "-X int_max_str_digits=N: most digits in conversions between int and str; 0: no limit\n"
    "-X jit=off|on|eager|always: when to compile to machine code\n"
    "-X jit-stress          : compiled code leaves at random (for tests of the compiler)\n"
    "-X jit-log[=stats|hir] : tell what is compiled\n"
    "-X jit-perf            : name compiled functions to perf\n"
    "-X pycache_prefix=PATH : write cache files to a tree of their own\n"
    "-X tracemalloc[=N]     : trace allocations, keeping N frames of each\n"
    "-X utf8[=0|1]          : UTF-8 mode\n"
    "-X warn_default_encoding: warn where the locale's encoding is used by default\n";

void command_line_print_help(const CommandLine *line) {
  if (line->show_help & HELP_USAGE) fputs(usage, stdout);
  if (line->show_help & HELP_ENVIRONMENT) fputs(environment_help, stdout);
  if (line->show_help & HELP_X_OPTIONS) fputs(x_options_help, stdout);
}

// A growing NULL-terminated list of strings that live as long as the process.
typedef struct TextList {
  const char **items;
  size_t count;
} TextList;
static void add_text(TextList *list, const char *text) {
  const char **items = realloc(list->items, (list->count + 2) * sizeof *items);
  if (!items) {
    fputs("krait: out of memory\n", stderr);
    exit(1);
  }
  items[list->count++] = text;
  items[list->count] = NULL;
  list->items = items;
}

static const char *environment(const char *name) {
  const char *value = runtime.ignore_environment ? NULL : getenv(name);
  return value && *value ? value : NULL;
}
// Variables whose value is a level, or just set.
static void environment_level(const char *name, int *level) {
  const char *value = environment(name);
  if (!value) return;
  int number = atoi(value);
  if (number < 1) number = 1;
  if (number > *level) *level = number;
}

static bool read_seed(const CommandLine *line, int *status) {
  const char *seed = environment("PYTHONHASHSEED");
  runtime.hash_seed_random = true;
  if (line->random_hash || !seed || strcmp(seed, "random") == 0) return true;
  char *end;
  errno = 0;
  unsigned long number = strtoul(seed, &end, 10);
  if (*end || errno || number > 4294967295ul) {
    fputs("Fatal Python error: config_init_hash_seed: PYTHONHASHSEED must be \"random\" or an integer in range [0; "
          "4294967295]\n",
          stderr);
    *status = 1;
    return false;
  }
  runtime.hash_seed_random = false;
  runtime.hash_seed = (uint32_t)number;
  return true;
}

static bool read_digit_limit(const char *text, const char *source, CommandLine *line, int *status) {
  char *end;
  long number = strtol(text, &end, 10);
  if (!*text || *end || (number != 0 && number < 640) || number > INT32_MAX) {
    fprintf(
        stderr,
        "Fatal Python error: config_init_int_max_str_digits: %s: invalid limit; must be >= 640 or 0 for unlimited.\n",
        source);
    *status = 1;
    return false;
  }
  runtime.int_digit_limit = line->int_digit_flag = (int)number;
  return true;
}

static bool read_frame_count(const char *text, const char *source, int *frames, int *status) {
  char *end;
  errno = 0;
  long number = strtol(text, &end, 10);
  if (!*text || *end || errno || number < 0 || number > TRACEMALLOC_MOST_FRAMES) {
    fprintf(stderr, "Fatal Python error: config_init_tracemalloc: %s: invalid number of frames\n", source);
    *status = 1;
    return false;
  }
  *frames = (int)number;
  return true;
}

static bool jit_option(const char *option, int *status) {
  if (strcmp(option, "jit=on") == 0 || strcmp(option, "jit") == 0)
    runtime.jit_mode = JIT_ON;
  else if (strcmp(option, "jit=off") == 0)
    runtime.jit_mode = JIT_OFF;
  else if (strcmp(option, "jit=eager") == 0)
    runtime.jit_mode = JIT_EAGER;
  else if (strcmp(option, "jit=always") == 0)
    runtime.jit_mode = JIT_ALWAYS;
  else if (strcmp(option, "jit-stress") == 0)
    runtime.jit_stress = true;
  else if (strcmp(option, "jit-log") == 0)
    runtime.jit_log = JIT_LOG_EVENTS;
  else if (strcmp(option, "jit-log=stats") == 0)
    runtime.jit_log = JIT_LOG_STATISTICS;
  else if (strcmp(option, "jit-log=hir") == 0)
    runtime.jit_log = JIT_LOG_HIR;
  else if (strcmp(option, "jit-perf") == 0)
    runtime.jit_perf = true;
  else {
    fprintf(stderr, "krait: -X %s: no such option of the compiler\n", option);
    *status = 2;
    return false;
  }
  return true;
}

static bool read_frozen_modules(const char *setting, int *status) {
  bool on = strcmp(setting, "=on") == 0 || strcmp(setting, "=") == 0 || !*setting;
  if (!on && strcmp(setting, "=off") != 0) {
    fputs(
        "Fatal Python error: config_init_import: bad value for option -X frozen_modules (expected \"on\" or \"off\")\n",
        stderr);
    *status = 1;
    return false;
  }
  runtime.frozen_modules = on;
  return true;
}

static bool x_option(const char *option, CommandLine *line, int *status) {
  if (strcmp(option, "dev") == 0)
    runtime.dev_mode = true;
  else if (strcmp(option, "utf8") == 0 || strcmp(option, "utf8=1") == 0)
    runtime.utf8_mode = 1;
  else if (strcmp(option, "warn_default_encoding") == 0)
    runtime.warn_default_encoding = true;
  else if (strcmp(option, "no_debug_ranges") == 0)
    runtime.no_debug_ranges = true;
  else if (strcmp(option, "faulthandler") == 0)
    line->faulthandler = true;
  else if (strncmp(option, "frozen_modules", 14) == 0 && (option[14] == '=' || option[14] == 0))
    return read_frozen_modules(option + 14, status);
  else if (strcmp(option, "gc-stress") == 0)
    line->gc_stress = true;
  else if (strncmp(option, "jit", 3) == 0)
    return jit_option(option, status);
  else if (strncmp(option, "int_max_str_digits", 18) == 0 && (!option[18] || option[18] == '='))
    return read_digit_limit(option[18] ? option + 19 : "", "-X int_max_str_digits", line, status);
  else if (strncmp(option, "tracemalloc", 11) == 0 && (!option[11] || option[11] == '='))
    return read_frame_count(option[11] ? option + 12 : "1", "-X tracemalloc=NFRAME", &line->tracemalloc, status);
  else if (strncmp(option, "pycache_prefix", 14) == 0 && (!option[14] || option[14] == '='))
    line->pycache_prefix = option[14] ? option + 15 : "";
  return true;
}

static void read_environment(CommandLine *line, TextList *warnings) {
  environment_level("PYTHONOPTIMIZE", &runtime.optimize);
  environment_level("PYTHONVERBOSE", &runtime.verbose);
  environment_level("PYTHONDEBUG", &line->debug);
  if (!line->pycache_prefix) line->pycache_prefix = environment("PYTHONPYCACHEPREFIX");
  if (environment("PYTHONDONTWRITEBYTECODE")) runtime.dont_write_bytecode = true;
  if (environment("PYTHONUNBUFFERED")) runtime.unbuffered = true;
  if (environment("PYTHONINSPECT")) line->interactive_after = true;
  if (environment("PYTHONNOUSERSITE")) runtime.no_user_site = true;
  if (environment("PYTHONSAFEPATH")) runtime.safe_path = true;
  if (environment("PYTHONDEVMODE")) runtime.dev_mode = true;
  if (environment("PYTHONNODEBUGRANGES")) runtime.no_debug_ranges = true;
  if (environment("PYTHONFAULTHANDLER")) line->faulthandler = true;
  if (environment("PYTHONWARNDEFAULTENCODING")) runtime.warn_default_encoding = true;
  const char *utf8 = environment("PYTHONUTF8");
  if (utf8 && strcmp(utf8, "1") == 0) runtime.utf8_mode = 1;
  const char *filters = environment("PYTHONWARNINGS");
  if (!filters) return;
  char *copy = strdup(filters), *rest = copy;
  for (char *filter; copy && (filter = strsep(&rest, ","));) add_text(warnings, filter);
}

// Handles one cluster of letters. Returns how many words were used; 0: stop, the target was found; -1: error.
static int parse_cluster(int at, int count, char **values, CommandLine *line, TextList *warnings, TextList *x_options,
                         int *status) {
  for (const char *letter = values[at] + 1; *letter; letter++) {
    const char *operand = letter[1] ? letter + 1 : at + 1 < count ? values[at + 1] : NULL;
    int used = letter[1] ? 1 : 2;
    switch (*letter) {
    case 'b':
      runtime.bytes_warning++;
      break;
    case 'B':
      runtime.dont_write_bytecode = true;
      break;
    case 'd':
      line->debug++;
      break;
    case 'E':
      runtime.ignore_environment = true;
      break;
    case 'h':
    case '?':
      line->show_help |= HELP_USAGE;
      break;
    case 'i':
      line->interactive_after = true;
      break;
    case 'I':
      runtime.isolated = runtime.ignore_environment = runtime.no_user_site = runtime.safe_path = true;
      break;
    case 'O':
      runtime.optimize++;
      break;
    case 'P':
      runtime.safe_path = true;
      break;
    case 'q':
      runtime.quiet = true;
      break;
    case 'R':
      line->random_hash = true;
      break;
    case 's':
      runtime.no_user_site = true;
      break;
    case 'S':
      runtime.no_site = true;
      break;
    case 't':
      break;
    case 'u':
      runtime.unbuffered = true;
      break;
    case 'v':
      runtime.verbose++;
      break;
    case 'V':
      line->show_long_version = line->show_version;
      line->show_version = true;
      break;
    case 'x':
      line->skip_first_line = true;
      break;
    case 'c':
    case 'm':
    case 'W':
    case 'X':
      if (!operand) {
        fprintf(stderr, "Argument expected for the -%c option\n", *letter);
        fprintf(stderr,
                "usage: %s [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry `krait -h' for more information.\n",
                values[0]);
        *status = 2;
        return -1;
      }
      if (*letter == 'W') {
        add_text(warnings, operand);
        return used;
      }
      if (*letter == 'X') {
        add_text(x_options, operand);
        return x_option(operand, line, status) ? used : -1;
      }
      line->kind = *letter == 'c' ? RUN_COMMAND : RUN_MODULE;
      line->target = operand;
      line->arguments = values + at + used - 1;
      line->arguments[0] = *letter == 'c' ? (char *)"-c" : (char *)"-m";
      return 0;
    default:
      fprintf(stderr, "Unknown option: -%c\n", *letter);
      fprintf(stderr,
              "usage: %s [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry `krait -h' for more information.\n",
              values[0]);
      *status = 2;
      return -1;
    }
  }
  return 1;
}

bool command_line_parse(int count, char **values, CommandLine *line, int *status) {
  *line = (CommandLine){.kind = RUN_INTERACTIVE, .int_digit_flag = -1, .tracemalloc = -1};
  TextList warnings = {}, option_warnings = {}, x_options = {};
  static char *no_arguments[] = {(char *)"", NULL};
  line->arguments = no_arguments;
  runtime.int_digit_limit = 4300;
  runtime.frozen_modules = true;
  runtime.recursion_limit = 1000;
  int at = 1;
  while (at < count) {
    char *word = values[at];
    static const struct {
      const char *option;
      unsigned help;
    } help_options[] = {{"--help", HELP_USAGE},
                        {"--help-env", HELP_ENVIRONMENT},
                        {"--help-xoptions", HELP_X_OPTIONS},
                        {"--help-all", HELP_USAGE | HELP_ENVIRONMENT | HELP_X_OPTIONS}};
    unsigned help = 0;
    for (size_t i = 0; i < sizeof help_options / sizeof *help_options; i++)
      if (strcmp(word, help_options[i].option) == 0) help = help_options[i].help;
    if (help) {
      line->show_help |= help;
      at++;
    } else if (strcmp(word, "--version") == 0) {
      line->show_version = true;
      at++;
    } else if (strcmp(word, "--check-hash-based-pycs") == 0 && at + 1 < count) {
      line->check_hash_pycs = values[at + 1];
      at += 2;
    } else if (strcmp(word, "--") == 0) {
      at++;
      if (at < count) goto target;
    } else if (word[0] == '-' && word[1] == '-') {
      fprintf(stderr,
              "unknown option %s\nusage: %s [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry `krait -h' for "
              "more information.\n",
              word, values[0]);
      *status = 2;
      return false;
    } else if (word[0] == '-' && word[1]) {
      int used = parse_cluster(at, count, values, line, &option_warnings, &x_options, status);
      if (used < 0) return false;
      if (used == 0) break;
      at += used;
    } else {
    target:
      line->kind = strcmp(values[at], "-") == 0 ? RUN_STANDARD_INPUT : RUN_FILE;
      line->target = values[at];
      line->arguments = values + at;
      break;
    }
  }
  read_environment(line, &warnings);
  const char *limit = environment("PYTHONINTMAXSTRDIGITS");
  if (limit && line->int_digit_flag < 0 && !read_digit_limit(limit, "PYTHONINTMAXSTRDIGITS", line, status))
    return false;
  const char *frames = environment("PYTHONTRACEMALLOC");
  if (frames && line->tracemalloc < 0 && !read_frame_count(frames, "PYTHONTRACEMALLOC", &line->tracemalloc, status))
    return false;
  if (runtime.dev_mode) {
    line->faulthandler = true;
    add_text(&warnings, "default");
  }
  for (size_t i = 0; i < option_warnings.count; i++) add_text(&warnings, option_warnings.items[i]);
  if (runtime.bytes_warning)
    add_text(&warnings, runtime.bytes_warning > 1 ? "error::BytesWarning" : "default::BytesWarning");
  line->warnings = warnings.items;
  line->x_options = x_options.items;
  runtime.inspect = line->interactive_after;
  return read_seed(line, status);
}
