// See engine.h.
#include "jit/engine.h"
#include "jit/code_names.h"
#include "jit/object_file.h"

#include <llvm-c/Error.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/Support.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// HIR has done what it knows about Python; these do what LLVM knows about machines. Guards leave many small blocks and
// repeated tests of the same bits. For quick code there must be nothing that LLVM's fast instruction selection does not
// know, such as a switch that stands for several comparisons: where it meets one, it leaves a block to the slow one.
static const struct {
  const char *passes;
  LLVMCodeGenOptLevel level;
} settings[] = {
    [ENGINE_QUICK] = {"function(early-cse,simplifycfg<no-simplify-cond-branch>)", LLVMCodeGenLevelNone},
    [ENGINE_FULL] = {"function(early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg,loop-mssa(licm),gvn,"
                     "loop-mssa(licm),instcombine<no-verify-fixpoint>,simplifycfg)",
                     LLVMCodeGenLevelLess},
};

typedef struct Engine {
  LLVMOrcLLJITRef jit;
  LLVMTargetMachineRef machines[2]; // by level
  char error[512];
} Engine;
static Engine engine;

const char *engine_error(void) {
  return engine.error;
}

static bool failed(LLVMErrorRef error) {
  if (!error) return false;
  char *message = LLVMGetErrorMessage(error);
  snprintf(engine.error, sizeof engine.error, "%s", message);
  LLVMDisposeErrorMessage(message);
  return true;
}

// Without the registers that leave_by_map (leave_map.h) does not save.
static char *known_features(void) {
  static const char without[] = ",-avx512f";
  char *host = LLVMGetHostCPUFeatures();
  char *features = malloc(strlen(host) + sizeof without);
  if (features) strcat(strcpy(features, host), without);
  LLVMDisposeMessage(host);
  return features;
}

// LLVM's strength reduction of loops sees an exit's use of an address as one like any other, and gives each loop a
// register and an addition for every one of them. Without it the loops of numeric code are up to a sixth shorter.
static void set_options(void) {
  static const char *const options[] = {"krait", "-disable-lsr"};
  LLVMParseCommandLineOptions(sizeof options / sizeof *options, options, "");
}

bool engine_start(void) {
  if (engine.jit) return true;
  set_options();
  LLVMInitializeNativeTarget();
  LLVMInitializeNativeAsmPrinter();
  char *triple = LLVMGetDefaultTargetTriple(), *cpu = LLVMGetHostCPUName(), *features = known_features();
  char *message = NULL;
  LLVMTargetRef target;
  bool found = features && !LLVMGetTargetFromTriple(triple, &target, &message);
  if (found) {
    for (int level = ENGINE_QUICK; level <= ENGINE_FULL; level++)
      engine.machines[level] = LLVMCreateTargetMachine(target, triple, cpu, features, settings[level].level,
                                                       LLVMRelocPIC, LLVMCodeModelJITDefault);
  } else {
    snprintf(engine.error, sizeof engine.error, "%s", message ? message : "out of memory");
  }
  LLVMDisposeMessage(triple);
  LLVMDisposeMessage(cpu);
  free(features);
  LLVMDisposeMessage(message);
  return found && !failed(LLVMOrcCreateLLJIT(&engine.jit, LLVMOrcCreateLLJITBuilder()));
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static bool optimize(LLVMModuleRef module, EngineLevel level) {
  LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
  bool done = !failed(LLVMRunPasses(module, settings[level].passes, engine.machines[level], options));
  LLVMDisposePassBuilderOptions(options);
  return done;
}

static LLVMMemoryBufferRef generate(LLVMModuleRef module, EngineLevel level) {
  LLVMMemoryBufferRef object;
  char *message = NULL;
  if (!LLVMTargetMachineEmitToMemoryBuffer(engine.machines[level], module, LLVMObjectFile, &message, &object))
    return object;
  snprintf(engine.error, sizeof engine.error, "%s", message);
  LLVMDisposeMessage(message);
  return NULL;
}

static bool link_object(LLVMMemoryBufferRef object, const char *name, EngineCode *code) {
  LLVMOrcJITDylibRef library = LLVMOrcLLJITGetMainJITDylib(engine.jit);
  code->tracker = LLVMOrcJITDylibCreateResourceTracker(library);
  LLVMOrcExecutorAddress address;
  if (!failed(LLVMOrcLLJITAddObjectFileWithRT(engine.jit, code->tracker, object)) &&
      !failed(LLVMOrcLLJITLookup(engine.jit, &address, name))) {
    code->entry = (void *)(uintptr_t)address;
    return true;
  }
  LLVMOrcReleaseResourceTracker(code->tracker);
  code->tracker = NULL;
  return false;
}

static bool take_maps(LLVMMemoryBufferRef object, EngineCode *code) {
  ObjectSection maps =
      object_take_section((void *)LLVMGetBufferStart(object), LLVMGetBufferSize(object), ".llvm_stackmaps");
  if (!maps.start) return true;
  code->maps = malloc(maps.size);
  if (!code->maps) return false;
  memcpy(code->maps, maps.start, maps.size);
  code->maps_size = maps.size;
  return true;
}

static _Atomic size_t made, made_size, freed, freed_size;
EngineTotals engine_totals(void) {
  return (EngineTotals){.made = made, .made_size = made_size, .freed = freed, .freed_size = freed_size};
}

// Code that others have done with.
typedef struct Released Released;
struct Released {
  Released *next;
  EngineCode code;
};
static Released *released;
static pthread_mutex_t released_mutex = PTHREAD_MUTEX_INITIALIZER;

void engine_release_later(EngineCode *code) {
  if (!code->tracker) return;
  Released *entry = malloc(sizeof *entry);
  if (!entry) return; // the memory is lost
  entry->code = *code;
  *code = (EngineCode){0};
  pthread_mutex_lock(&released_mutex);
  entry->next = released;
  released = entry;
  pthread_mutex_unlock(&released_mutex);
}

static void free_released(void) {
  pthread_mutex_lock(&released_mutex);
  Released *entry = released;
  released = NULL;
  pthread_mutex_unlock(&released_mutex);
  for (Released *next; entry; entry = next) {
    next = entry->next;
    engine_free(&entry->code);
    free(entry);
  }
}

bool engine_compile(LLVMModuleRef module, const char *name, EngineLevel level, EngineCode *code) {
  *code = (EngineCode){0};
  free_released();
  uint64_t start = now();
  LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(engine.machines[level]);
  LLVMSetModuleDataLayout(module, layout);
  LLVMDisposeTargetData(layout);
  char *triple = LLVMGetTargetMachineTriple(engine.machines[level]);
  LLVMSetTarget(module, triple);
  LLVMDisposeMessage(triple);
  bool done = optimize(module, level);
  uint64_t optimized = now();
  code->pass_nanoseconds = optimized - start;
  LLVMMemoryBufferRef object = done ? generate(module, level) : NULL;
  if (object) {
    code->size = LLVMGetBufferSize(object);
    CodeNames *names = code_names_new(name, (void *)LLVMGetBufferStart(object), code->size);
    done = names && take_maps(object, code) && link_object(object, name, code);
    if (done) {
      code->names = names;
      code->text_size = code_names_size(names);
      code_names_register(names, code->entry);
      made++;
      made_size += code->text_size;
    } else {
      code_names_remove(names);
    }
  } else
    done = false;
  code->code_nanoseconds = now() - optimized;
  LLVMDisposeModule(module);
  return done;
}

void engine_free(EngineCode *code) {
  if (!code->tracker) return;
  freed++;
  freed_size += code->text_size;
  code_names_remove(code->names);
  failed(LLVMOrcResourceTrackerRemove(code->tracker));
  LLVMOrcReleaseResourceTracker(code->tracker);
  code->tracker = NULL;
  code->entry = NULL;
}
