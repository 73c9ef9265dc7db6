// The file of frozen modules: mapping it, finding modules in it. See frozen.h; vm/freeze.py says what it looks like.
#include "runtime/module/frozen.h"
#include "runtime/object/bytes.h"
#include "runtime/object/code_image.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/str.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum : size_t { BUILD_SIZE = 24, MARSHAL_HEADER = 8 }; // of marshalled code, before its image

typedef struct FrozenRecord {
  uint64_t name, origin, path, flags;
  int64_t source_time, source_size;
  uint64_t code, length;
} FrozenRecord;
enum : uint64_t { FROZEN_PACKAGE = 1, FROZEN_ESSENTIAL = 2, FROZEN_SOURCELESS = 4 };

typedef struct FrozenFile {
  char magic[8];
  uint8_t build[BUILD_SIZE];
  uint64_t count;
  FrozenRecord records[];
} FrozenFile;

static const FrozenFile *file; // NULL: none
static const char *library_path = "";
static bool enabled_by_options;
static int override_enabled;

// What there must be even without a file.
static const FrozenModule essential_modules[] = {
    {.name = "_frozen_importlib", .origin = "importlib._bootstrap", .path = "importlib/_bootstrap.py"},
    {.name = "_frozen_importlib_external",
     .origin = "importlib._bootstrap_external",
     .path = "importlib/_bootstrap_external.py"},
    {.name = "zipimport", .origin = "zipimport", .path = "zipimport.py"},
};

// ---- The file ----

extern const ElfW(Ehdr) __ehdr_start [[gnu::visibility("hidden")]]; // of this executable, from the linker

const uint8_t *frozen_build(size_t *length) {
  const uint8_t *base = (const uint8_t *)&__ehdr_start;
  const ElfW(Phdr) *header = (const void *)(base + __ehdr_start.e_phoff);
  for (size_t i = 0; i < __ehdr_start.e_phnum; i++) {
    if (header[i].p_type != PT_NOTE) continue;
    for (size_t at = 0; at + sizeof(ElfW(Nhdr)) <= header[i].p_memsz;) {
      const ElfW(Nhdr) *note = (const void *)(base + header[i].p_vaddr + at);
      size_t name = (note->n_namesz + 3u) / 4 * 4;
      if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && memcmp(note + 1, "GNU", 4) == 0) {
        *length = note->n_descsz < BUILD_SIZE ? note->n_descsz : BUILD_SIZE;
        return (const uint8_t *)(note + 1) + name;
      }
      at += sizeof *note + name + (note->n_descsz + 3u) / 4 * 4;
    }
  }
  *length = 0;
  return base;
}

static bool file_is_ours(const FrozenFile *candidate, size_t size) {
  uint8_t build[BUILD_SIZE] = {};
  size_t length;
  const uint8_t *own = frozen_build(&length);
  memcpy(build, own, length);
  return length > 0 && size >= sizeof *candidate && memcmp(candidate->magic, "KRAITFRZ", 8) == 0 &&
         memcmp(candidate->build, build, BUILD_SIZE) == 0 &&
         candidate->count <= (size - sizeof *candidate) / sizeof(FrozenRecord);
}

void frozen_start(const char *path, const char *library, bool enabled) {
  library_path = library;
  enabled_by_options = enabled;
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  struct stat status;
  if (fstat(descriptor, &status) == 0 && status.st_size > 0) {
    size_t size = (size_t)status.st_size;
    void *mapped = mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (mapped != MAP_FAILED && file_is_ours(mapped, size))
      file = mapped;
    else if (mapped != MAP_FAILED)
      munmap(mapped, size);
  }
  close(descriptor);
}

void frozen_override(int override) {
  override_enabled = override;
}

// ---- Modules ----

static bool source_is_unchanged(const FrozenRecord *record) {
  char path[4096];
  struct stat status;
  if (record->flags & FROZEN_SOURCELESS) return true;
  snprintf(path, sizeof path, "%s/%s", library_path, (const char *)file + record->path);
  return stat(path, &status) == 0 && status.st_size == record->source_size &&
         status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec == record->source_time;
}

static FrozenModule module_of(const FrozenRecord *record) {
  const char *base = (const char *)file;
  return (FrozenModule){.name = base + record->name,
                        .origin = base + record->origin,
                        .path = base + record->path,
                        .is_package = record->flags & FROZEN_PACKAGE,
                        .is_essential = record->flags & FROZEN_ESSENTIAL,
                        .code = (const uint8_t *)base + record->code,
                        .length = record->length};
}

bool frozen_get(size_t index, FrozenModule *module) {
  size_t count = file ? file->count : sizeof essential_modules / sizeof *essential_modules;
  if (index >= count) return false;
  *module = file ? module_of(&file->records[index]) : essential_modules[index];
  return true;
}

bool frozen_find(const char *name, FrozenModule *module) {
  for (size_t i = 0; frozen_get(i, module); i++) {
    if (strcmp(module->name, name) != 0) continue;
    if (!file) return true;
    bool wanted = override_enabled ? override_enabled > 0 : enabled_by_options;
    if (!module->is_essential && !wanted) return false;
    if (source_is_unchanged(&file->records[i])) return true;
    module->code = NULL;
    return module->is_essential;
  }
  return false;
}

// The whole of a file as bytes.
static Value read_file(const char *path) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (descriptor < 0 || fstat(descriptor, &status) < 0) {
    int error = errno;
    if (descriptor >= 0) close(descriptor);
    return raise_os_error(error, str_from_c(path));
  }
  Bytes *bytes = bytes_allocate((size_t)status.st_size);
  size_t filled = 0;
  while (bytes && filled < bytes->length) {
    ssize_t count = read(descriptor, bytes->data + filled, bytes->length - filled);
    if (count <= 0) break;
    filled += (size_t)count;
  }
  close(descriptor);
  if (bytes && filled < bytes->length) return raise_os_error(EIO, str_from_c(path));
  return value_from_cell(bytes);
}

Value frozen_code(const FrozenModule *module) {
  if (module->code) return code_image_open(NULL, module->code + MARSHAL_HEADER, module->length - MARSHAL_HEADER, true);
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", library_path, module->path);
  Value source = read_file(path);
  Value shown = source ? str_format_c("<frozen %s>", module->origin + (*module->origin == '<')) : NULL;
  return shown ? runtime_hooks.compile(source, shown, "exec", 0, true, 0, -1) : NULL;
}
