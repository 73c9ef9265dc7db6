// Machine code by LLVM: optimizes a module, generates an object, links it into this process through ORC, and gives it
// up again.
//
// One engine in a process, used by one thread at a time. Errors are LLVM's texts, kept until the next call.
#pragma once

#include <llvm-c/Core.h>
#include <llvm-c/Orc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum EngineLevel : uint8_t { ENGINE_QUICK, ENGINE_FULL } EngineLevel;

typedef struct EngineCode {
  void *entry;
  size_t size;      // of the object
  size_t text_size; // of the function
  void *maps;       // a copy of the object's .llvm_stackmaps (leave_map.h), for the caller to free; NULL: it has none
  size_t maps_size;
  struct CodeNames *names;
  LLVMOrcResourceTrackerRef tracker;
  uint64_t pass_nanoseconds, code_nanoseconds; // optimizing; selecting instructions and linking
} EngineCode;

bool engine_start(void);
const char *engine_error(void);
// Compiles the module's function `name`; the module is used up. False: see engine_error.
bool engine_compile(LLVMModuleRef module, const char *name, EngineLevel level, EngineCode *code);
void engine_free(EngineCode *code);
// The same from any thread: it is freed before the engine's next compilation. Takes the code over.
void engine_release_later(EngineCode *code);

// What was ever made, and what of it is gone again; sizes are those of functions. Any thread.
typedef struct EngineTotals {
  size_t made, made_size, freed, freed_size;
} EngineTotals;
EngineTotals engine_totals(void);
