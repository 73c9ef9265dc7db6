#include "tests/unit/jit/engine_probe.h"

#include "jit/engine.h"
#include "runtime/runtime.h"
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ProbeFunction {
  EngineCode code;
};

static LLVMModuleRef make_module(LLVMContextRef context, const char *name, long number) {
  LLVMModuleRef module = LLVMModuleCreateWithNameInContext(name, context);
  LLVMTypeRef word = LLVMInt64TypeInContext(context);
  LLVMValueRef function = LLVMAddFunction(module, name, LLVMFunctionType(word, &word, 1, false));
  LLVMBuilderRef builder = LLVMCreateBuilderInContext(context);
  LLVMPositionBuilderAtEnd(builder, LLVMAppendBasicBlockInContext(context, function, ""));
  LLVMValueRef sum =
      LLVMBuildAdd(builder, LLVMGetParam(function, 0), LLVMConstInt(word, (unsigned long long)number, true), "");
  LLVMBuildRet(builder, sum);
  LLVMDisposeBuilder(builder);
  return module;
}

ProbeFunction *probe_compile(const char *name, long number, bool full) {
  ProbeFunction *function = calloc(1, sizeof *function);
  LLVMContextRef context = LLVMContextCreate();
  bool done = engine_start() && engine_compile(make_module(context, name, number), name,
                                               full ? ENGINE_FULL : ENGINE_QUICK, &function->code);
  LLVMContextDispose(context);
  if (done) return function;
  fprintf(stderr, "%s\n", engine_error());
  free(function);
  return NULL;
}
// Machine code has no type in front of it that the sanitizer could check.
__attribute__((no_sanitize("function"))) long probe_call(const ProbeFunction *function, long argument) {
  return ((long (*)(long))function->code.entry)(argument);
}
size_t probe_size(const ProbeFunction *function) {
  return function->code.text_size;
}
void probe_free(ProbeFunction *function) {
  engine_free(&function->code);
  free(function);
}

// What a debugger reads.
typedef struct GdbEntry {
  struct GdbEntry *next, *previous;
  const char *file;
  uint64_t size;
} GdbEntry;
extern struct {
  uint32_t version, action;
  GdbEntry *relevant, *first;
} __jit_debug_descriptor;

size_t probe_gdb_count(void) {
  size_t count = 0;
  for (const GdbEntry *entry = __jit_debug_descriptor.first; entry; entry = entry->next) count++;
  return count;
}
bool probe_gdb_knows(const char *name, const ProbeFunction *function) {
  for (const GdbEntry *entry = __jit_debug_descriptor.first; entry; entry = entry->next) {
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)entry->file;
    const Elf64_Shdr *sections = (const Elf64_Shdr *)(entry->file + header->e_shoff);
    const Elf64_Shdr *symbols = &sections[2], *strings = &sections[symbols->sh_link];
    const Elf64_Sym *symbol = (const Elf64_Sym *)(entry->file + symbols->sh_offset) + 1;
    if (strings->sh_offset + strings->sh_size > entry->size) return false;
    if (strcmp(entry->file + strings->sh_offset + symbol->st_name, name) == 0)
      return symbol->st_value == (uint64_t)(uintptr_t)function->code.entry && symbol->st_size > 0;
  }
  return false;
}

char *probe_perf_map(void) {
  runtime.jit_perf = true;
  char path[64], *text = NULL;
  size_t size = 0;
  snprintf(path, sizeof path, "/tmp/perf-%d.map", getpid());
  FILE *map = fopen(path, "re");
  if (map && getdelim(&text, &size, 0, map) < 0) *text = 0;
  if (map) fclose(map);
  unlink(path);
  return text ? text : strdup("");
}
