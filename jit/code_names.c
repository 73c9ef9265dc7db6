// See code_names.h.
#include "jit/code_names.h"

#include "jit/object_file.h"
#include "runtime/runtime.h"
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// gdb's interface; LLVM has the descriptor and the function at which gdb sets a breakpoint.
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

// An object file: sections for the code (which lies elsewhere), for one symbol, for the names of both, and for how to
// unwind.
enum { SECTION_NONE, SECTION_TEXT, SECTION_SYMBOLS, SECTION_NAMES, SECTION_FRAMES, SECTION_COUNT };
static const char section_names[] = "\0.text\0.symtab\0.strtab\0.eh_frame\0";
enum { NAME_TEXT = 1, NAME_SYMBOLS = 7, NAME_NAMES = 15, NAME_FRAMES = 23, SYMBOL_NAME = sizeof section_names };
struct CodeNames {
  GdbEntry entry;
  Elf64_Ehdr header;
  Elf64_Shdr sections[SECTION_COUNT];
  Elf64_Sym symbols[2];
  size_t size, frames_size;
  bool is_registered;
  char names[]; // section_names, then the function's, then the frames
};

// .eh_frame is a list of records: length, id, contents. Id 0: what is common to several functions (CIE); else of one.
typedef struct FrameRecord {
  uint32_t length; // of what follows it
  uint32_t id;
  uint8_t contents[];
} FrameRecord;
enum : uint8_t { ENCODING_RELATIVE_4 = 0x1b, ENCODING_RELATIVE_8 = 0x1c }; // how functions' addresses stand there

// The encoding that a CIE declares: behind version, the string "zR", three numbers and a length of one byte each.
static uint8_t frame_encoding(const FrameRecord *record) {
  const uint8_t *contents = record->contents;
  return record->length >= 13 && memcmp(contents + 1, "zR", 3) == 0 ? contents[8] : 0;
}

// Makes the copy of a .eh_frame section, which is to be thought of at `own_address`, name the function at `address`:
// the linker has done so only in the memory where it put the section.
static bool relocate_frames(char *frames, size_t size, uint64_t own_address, uint64_t address) {
  uint8_t encoding = 0;
  bool found = false;
  for (size_t at = 0, next; at + sizeof(FrameRecord) <= size; at = next) {
    const FrameRecord *record = (const FrameRecord *)(frames + at);
    if (record->length == 0) break;
    next = at + sizeof record->length + record->length;
    if (next > size) return false;
    if (record->id == 0) {
      encoding = frame_encoding(record);
      continue;
    }
    if (found) return false; // several functions
    found = true;
    size_t field = at + offsetof(FrameRecord, contents);
    int64_t distance = (int64_t)(address - (own_address + field));
    int32_t short_distance = (int32_t)distance;
    if (encoding == ENCODING_RELATIVE_8)
      memcpy(frames + field, &distance, sizeof distance);
    else if (encoding == ENCODING_RELATIVE_4 && short_distance == distance)
      memcpy(frames + field, &short_distance, sizeof short_distance);
    else
      return false;
  }
  return found;
}

static size_t align_up(size_t size) {
  return (size + 7) & ~(size_t)7;
}
static size_t names_length(const char *name) {
  return SYMBOL_NAME + strlen(name) + 1;
}
static size_t frames_offset(const char *name) {
  return align_up(offsetof(CodeNames, names) + names_length(name));
}

static void fill_frames(CodeNames *names, uint64_t address) {
  char *frames = (char *)names + frames_offset(names->names + SYMBOL_NAME);
  uint64_t own_address = align_up(address + names->size); // any near one will do
  if (!relocate_frames(frames, names->frames_size, own_address, address)) return;
  names->sections[SECTION_FRAMES] = (Elf64_Shdr){.sh_name = NAME_FRAMES,
                                                 .sh_type = SHT_PROGBITS,
                                                 .sh_flags = SHF_ALLOC,
                                                 .sh_addr = own_address,
                                                 .sh_offset = (size_t)(frames - (char *)&names->header),
                                                 .sh_size = names->frames_size,
                                                 .sh_addralign = 8};
}

static void fill_object(CodeNames *names, uint64_t address) {
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
                                               .sh_size = names->size,
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
                                                .sh_size = names_length(names->names + SYMBOL_NAME),
                                                .sh_addralign = 1};
  names->symbols[1] = (Elf64_Sym){.st_name = SYMBOL_NAME,
                                  .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                                  .st_shndx = SECTION_TEXT,
                                  .st_value = address,
                                  .st_size = names->size};
}

static void write_perf_map(const char *name, const void *address, size_t size) {
  char path[64];
  snprintf(path, sizeof path, "/tmp/perf-%d.map", getpid());
  FILE *map = fopen(path, "ae");
  if (!map) return;
  fprintf(map, "%lx %zx %s\n", (unsigned long)address, size, name);
  fclose(map);
}

CodeNames *code_names_new(const char *name, void *object, size_t object_size) {
  ObjectSection frames = object_take_section(object, object_size, ".eh_frame");
  CodeNames *names = calloc(1, frames_offset(name) + frames.size);
  if (!names) return NULL;
  names->size = object_function_size(object, object_size, name);
  names->frames_size = frames.size;
  memcpy(names->names, section_names, sizeof section_names);
  strcpy(names->names + SYMBOL_NAME, name);
  if (frames.size > 0) memcpy((char *)names + frames_offset(name), frames.start, frames.size);
  return names;
}

size_t code_names_size(const CodeNames *names) {
  return names->size;
}

void code_names_register(CodeNames *names, const void *address) {
  const char *name = names->names + SYMBOL_NAME;
  if (runtime.jit_perf) write_perf_map(name, address, names->size);
  fill_object(names, (uint64_t)(uintptr_t)address);
  fill_frames(names, (uint64_t)(uintptr_t)address);
  size_t length = frames_offset(name) + names->frames_size;
  names->entry = (GdbEntry){.next = __jit_debug_descriptor.first,
                            .file = (char *)&names->header,
                            .size = length - offsetof(CodeNames, header)};
  if (names->entry.next) names->entry.next->previous = &names->entry;
  __jit_debug_descriptor.first = __jit_debug_descriptor.relevant = &names->entry;
  __jit_debug_descriptor.action = GDB_REGISTER;
  names->is_registered = true;
  __jit_debug_register_code();
}

static void unregister(GdbEntry *entry) {
  if (entry->next) entry->next->previous = entry->previous;
  if (entry->previous)
    entry->previous->next = entry->next;
  else
    __jit_debug_descriptor.first = entry->next;
  __jit_debug_descriptor.relevant = entry;
  __jit_debug_descriptor.action = GDB_UNREGISTER;
  __jit_debug_register_code();
}

void code_names_remove(CodeNames *names) {
  if (names && names->is_registered) unregister(&names->entry);
  free(names);
}
