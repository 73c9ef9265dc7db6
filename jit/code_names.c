// See code_names.h.
#include "jit/code_names.h"

#include "runtime/runtime.h"
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// gdb's interface; libLLVM has the descriptor and the function at which gdb sets a breakpoint.
typedef struct GdbEntry {
  struct GdbEntry *next, *previous;
  const char *file;
  uint64_t size;
} GdbEntry;
typedef struct GdbDescriptor {
  uint32_t version, action;
  GdbEntry *relevant, *first;
} GdbDescriptor;
enum : uint32_t { GDB_REGISTER = 1, GDB_UNREGISTER = 2 };
extern GdbDescriptor __jit_debug_descriptor;
extern void __jit_debug_register_code(void);

// An object file: sections for the code (which lies elsewhere), for one symbol, and for the names of both.
enum { SECTION_NONE, SECTION_TEXT, SECTION_SYMBOLS, SECTION_NAMES, SECTION_COUNT };
static const char section_names[] = "\0.text\0.symtab\0.strtab\0";
enum { NAME_TEXT = 1, NAME_SYMBOLS = 7, NAME_NAMES = 15, SYMBOL_NAME = sizeof section_names };
struct CodeNames {
  GdbEntry entry;
  Elf64_Ehdr header;
  Elf64_Shdr sections[SECTION_COUNT];
  Elf64_Sym symbols[2];
  char names[]; // section_names, then the function's
};

static void fill_object(CodeNames *names, const char *name, uint64_t address, size_t size) {
  size_t length = SYMBOL_NAME + strlen(name) + 1;
  char *base = (char *)&names->header;
  names->header = (Elf64_Ehdr){
      .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
      .e_type = ET_EXEC,
      .e_machine = EM_X86_64,
      .e_version = EV_CURRENT,
      .e_shoff = offsetof(CodeNames, sections) - offsetof(CodeNames, header),
      .e_ehsize = sizeof(Elf64_Ehdr),
      .e_shentsize = sizeof(Elf64_Shdr),
      .e_shnum = SECTION_COUNT,
      .e_shstrndx = SECTION_NAMES,
  };
  names->sections[SECTION_TEXT] = (Elf64_Shdr){.sh_name = NAME_TEXT,
                                               .sh_type = SHT_NOBITS,
                                               .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
                                               .sh_addr = address,
                                               .sh_size = size,
                                               .sh_addralign = 16};
  names->sections[SECTION_SYMBOLS] = (Elf64_Shdr){.sh_name = NAME_SYMBOLS,
                                                  .sh_type = SHT_SYMTAB,
                                                  .sh_offset = (size_t)((char *)names->symbols - base),
                                                  .sh_size = sizeof names->symbols,
                                                  .sh_link = SECTION_NAMES,
                                                  .sh_info = 1,
                                                  .sh_addralign = 8,
                                                  .sh_entsize = sizeof(Elf64_Sym)};
  names->sections[SECTION_NAMES] = (Elf64_Shdr){.sh_name = NAME_NAMES,
                                                .sh_type = SHT_STRTAB,
                                                .sh_offset = (size_t)(names->names - base),
                                                .sh_size = length,
                                                .sh_addralign = 1};
  names->symbols[1] = (Elf64_Sym){.st_name = SYMBOL_NAME,
                                  .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                                  .st_shndx = SECTION_TEXT,
                                  .st_value = address,
                                  .st_size = size};
  memcpy(names->names, section_names, sizeof section_names);
  strcpy(names->names + SYMBOL_NAME, name);
}

static void write_perf_map(const char *name, const void *address, size_t size) {
  char path[64];
  snprintf(path, sizeof path, "/tmp/perf-%d.map", getpid());
  FILE *map = fopen(path, "ae");
  if (!map) return;
  fprintf(map, "%lx %zx %s\n", (unsigned long)address, size, name);
  fclose(map);
}

CodeNames *code_names_add(const char *name, const void *address, size_t size) {
  if (runtime.jit_perf) write_perf_map(name, address, size);
  size_t length = sizeof(CodeNames) + SYMBOL_NAME + strlen(name) + 1;
  CodeNames *names = calloc(1, length);
  if (!names) return NULL;
  fill_object(names, name, (uint64_t)(uintptr_t)address, size);
  names->entry = (GdbEntry){.next = __jit_debug_descriptor.first,
                            .file = (char *)&names->header,
                            .size = length - offsetof(CodeNames, header)};
  if (names->entry.next) names->entry.next->previous = &names->entry;
  __jit_debug_descriptor.first = __jit_debug_descriptor.relevant = &names->entry;
  __jit_debug_descriptor.action = GDB_REGISTER;
  __jit_debug_register_code();
  return names;
}

void code_names_remove(CodeNames *names) {
  if (!names) return;
  GdbEntry *entry = &names->entry;
  if (entry->next) entry->next->previous = entry->previous;
  if (entry->previous)
    entry->previous->next = entry->next;
  else
    __jit_debug_descriptor.first = entry->next;
  __jit_debug_descriptor.relevant = entry;
  __jit_debug_descriptor.action = GDB_UNREGISTER;
  __jit_debug_register_code();
  free(names);
}

size_t code_names_size(const void *object, size_t object_size, const char *name) {
  const char *base = object;
  const Elf64_Ehdr *header = object;
  if (object_size < sizeof *header || header->e_shoff + header->e_shnum * sizeof(Elf64_Shdr) > object_size) return 0;
  const Elf64_Shdr *sections = (const Elf64_Shdr *)(base + header->e_shoff);
  for (unsigned i = 0; i < header->e_shnum; i++) {
    if (sections[i].sh_type != SHT_SYMTAB) continue;
    const char *strings = base + sections[sections[i].sh_link].sh_offset;
    const Elf64_Sym *symbols = (const Elf64_Sym *)(base + sections[i].sh_offset);
    for (size_t k = 0; k < sections[i].sh_size / sizeof *symbols; k++)
      if (ELF64_ST_TYPE(symbols[k].st_info) == STT_FUNC && strcmp(strings + symbols[k].st_name, name) == 0)
        return symbols[k].st_size;
  }
  return 0;
}
