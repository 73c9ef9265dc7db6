// The one Runtime: state shared by all threads, start and end of the process.
#pragma once

#include "runtime/object/object.h"
#include "runtime/support/hash.h"

typedef struct Runtime {
  Value builtins;        // the builtins module's dict
  Value modules;         // sys.modules
  Value sys_dict;        // the sys module's dict
  Value import_function; // builtins.__import__ as it was at start: import statements then call no Python object
  int recursion_limit;
  bool finalizing;
  // Configuration (command line and environment), set before runtime_start
  int optimize, verbose, inspect, bytes_warning, dev_mode, utf8_mode, int_digit_limit;
  bool isolated, ignore_environment, no_site, no_user_site, dont_write_bytecode, quiet, safe_path, unbuffered,
      warn_default_encoding, frozen_modules, no_debug_ranges;
  // The compiler tier (vm/jit_hooks.h)
  enum : uint8_t { JIT_ON, JIT_OFF, JIT_EAGER, JIT_ALWAYS } jit_mode;
  enum : uint8_t { JIT_LOG_NOTHING, JIT_LOG_STATISTICS, JIT_LOG_EVENTS, JIT_LOG_HIR } jit_log;
  uint16_t jit_threshold; // executions that make an instruction hot
  bool jit_stress;        // guards fail at random
  bool jit_perf;          // writes /tmp/perf-PID.map
  HashKey hash_key;       // of str and bytes; runtime_start makes it from the seed
  bool hash_seed_random;
  uint32_t hash_seed;
} Runtime;
extern Runtime runtime;

// Brings up heap, classes and singletons: afterwards every function of runtime/ works. Exits with a message when memory
// is out.
void runtime_start(bool gc_stress);
void runtime_finish(void);
