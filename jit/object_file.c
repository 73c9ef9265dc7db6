// See object_file.h.
#include "jit/object_file.h"

#include <elf.h>
#include <string.h>

typedef struct Sections {
  Elf64_Shdr *first;
  unsigned count;
  const char *names;
} Sections;

static Sections sections_of(void *object, size_t object_size) {
  char *base = object;
  const Elf64_Ehdr *header = object;
  if (object_size < sizeof *header || header->e_shoff + header->e_shnum * sizeof(Elf64_Shdr) > object_size)
    return (Sections){0};
  Elf64_Shdr *first = (Elf64_Shdr *)(base + header->e_shoff);
  return (Sections){first, header->e_shnum, base + first[header->e_shstrndx].sh_offset};
}

ObjectSection object_take_section(void *object, size_t object_size, const char *name) {
  static const char relocations[] = ".rela";
  ObjectSection taken = {0};
  Sections sections = sections_of(object, object_size);
  for (unsigned i = 0; i < sections.count; i++) {
    Elf64_Shdr *section = &sections.first[i];
    const char *section_name = sections.names + section->sh_name;
    bool is_it = strcmp(section_name, name) == 0;
    if (is_it) taken = (ObjectSection){(const char *)object + section->sh_offset, section->sh_size};
    bool is_relocation = strncmp(section_name, relocations, sizeof relocations - 1) == 0 &&
                         strcmp(section_name + sizeof relocations - 1, name) == 0;
    if (is_it || is_relocation) section->sh_type = SHT_NULL;
  }
  return taken;
}

static size_t find_symbol_size(const char *base, const Elf64_Shdr *sections, const Elf64_Shdr *table,
                               const char *name) {
  const char *strings = base + sections[table->sh_link].sh_offset;
  const Elf64_Sym *symbols = (const Elf64_Sym *)(base + table->sh_offset);
  for (size_t i = 0; i < table->sh_size / sizeof *symbols; i++)
    if (ELF64_ST_TYPE(symbols[i].st_info) == STT_FUNC && strcmp(strings + symbols[i].st_name, name) == 0)
      return symbols[i].st_size;
  return 0;
}

size_t object_function_size(const void *object, size_t object_size, const char *name) {
  Sections sections = sections_of((void *)object, object_size);
  for (unsigned i = 0; i < sections.count; i++)
    if (sections.first[i].sh_type == SHT_SYMTAB)
      return find_symbol_size(object, sections.first, &sections.first[i], name);
  return 0;
}
