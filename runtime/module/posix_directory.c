// posix: listing directories. scandir() returns entries that know their type without a further system call.
#include "runtime/module/posix.h"
#include "runtime/object/generic_alias.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static Class *entry_class, *scan_class;

// The directory of a path argument; a descriptor is duplicated, since closedir() closes it. NULL with errno.
static DIR *directory_open(const Path *path) {
  DIR *directory = NULL;
  if (path->descriptor >= 0) {
    int copy = fcntl(path->descriptor, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return NULL;
    BLOCKING(directory = fdopendir(copy));
    if (!directory) {
      int error = errno;
      close(copy);
      errno = error;
    } else {
      rewinddir(directory);
    }
  } else {
    BLOCKING(directory = opendir(path->text ? path->text : "."));
  }
  return directory;
}

static void directory_close(const Path *path, DIR *directory) {
  if (path->descriptor >= 0) rewinddir(directory);
  BLOCKING(closedir(directory));
}

static bool is_dot(const char *name) {
  return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

static Value posix_listdir(Value path_value) {
  Path path;
  if (!path_parse(path_value, "listdir", "path", PATH_ALLOW_DESCRIPTOR | PATH_ALLOW_NONE, &path)) return NULL;
  Value names = list_new(NULL, 0);
  DIR *directory = names ? directory_open(&path) : NULL;
  if (!directory) return path_error(&path);
  for (;;) {
    struct dirent *entry;
    errno = 0;
    BLOCKING(entry = readdir(directory));
    if (!entry) {
      if (errno) names = path_error(&path);
      break;
    }
    if (is_dot(entry->d_name)) continue;
    Value name = path_result(&path, entry->d_name, strlen(entry->d_name));
    if (!name || !list_append(names, name)) {
      names = NULL;
      break;
    }
  }
  directory_close(&path, directory);
  KEEP(path.bytes);
  return names;
}

// ---- DirEntry ----

typedef struct DirEntry {
  Cell head;
  Value name, path;
  Value stat, lstat; // os.stat_result once asked for
  // ---- end of values
  int directory; // descriptor that `name` is relative to, or AT_FDCWD: then `path` counts
  uint64_t inode;
  unsigned char type; // DT_*
} DirEntry;

static DirEntry *as_entry(Value self) {
  return (DirEntry *)value_cell(self);
}

// The file's status; true when there is none any more (then *missing), unless `must_exist`.
static bool entry_fetch(DirEntry *entry, bool follow, struct stat *status, bool *missing) {
  Path path;
  Value name = entry->directory == AT_FDCWD ? entry->path : entry->name;
  int result;
  if (!path_parse(name, "DirEntry.stat", "path", 0, &path)) return false;
  BLOCKING(result = fstatat(entry->directory, path.text, status, follow ? 0 : AT_SYMLINK_NOFOLLOW));
  KEEP(path.bytes);
  if (result == 0) return true;
  if (missing && errno == ENOENT) {
    *missing = true;
    return true;
  }
  raise_os_error(errno, entry->path);
  return false;
}

static Value entry_stat_now(DirEntry *entry, bool follow) {
  Value *slot = follow ? &entry->stat : &entry->lstat;
  if (*slot) return *slot;
  struct stat status;
  if (!entry_fetch(entry, follow, &status, NULL)) return NULL;
  Value result = stat_result_new(&status);
  if (result) gc_store(entry, slot, result);
  return result;
}

static Value entry_is_symlink(Value self) {
  DirEntry *entry = as_entry(self);
  if (entry->type != DT_UNKNOWN) return value_from_bool(entry->type == DT_LNK);
  struct stat status;
  bool missing = false;
  if (!entry_fetch(entry, false, &status, &missing)) return NULL;
  return value_from_bool(!missing && S_ISLNK(status.st_mode));
}

static Value entry_stat(Value self, Value follow_value) {
  bool follow;
  DirEntry *entry = as_entry(self);
  if (!parse_flag(follow_value, true, &follow)) return NULL;
  if (!follow) return entry_stat_now(entry, false);
  if (entry->stat) return entry->stat;
  Value link = entry_is_symlink(self);
  if (!link) return NULL;
  if (link == VALUE_TRUE) return entry_stat_now(entry, true);
  Value result = entry_stat_now(entry, false);
  if (result) gc_store(entry, &entry->stat, result);
  return result;
}

static Value entry_test(Value self, Value follow_value, unsigned char type, mode_t mode) {
  bool follow, missing = false;
  DirEntry *entry = as_entry(self);
  if (!parse_flag(follow_value, true, &follow)) return NULL;
  if (entry->type != DT_UNKNOWN && !(follow && entry->type == DT_LNK)) return value_from_bool(entry->type == type);
  Value known = follow ? entry->stat : entry->lstat;
  if (known) {
    int64_t bits;
    return value_as_int64(tuple_item(known, 0), &bits) ? value_from_bool((bits & S_IFMT) == mode) : NULL;
  }
  struct stat status;
  if (!entry_fetch(entry, follow, &status, &missing)) return NULL;
  if (missing) return VALUE_FALSE;
  Value result = stat_result_new(&status);
  if (!result) return NULL;
  gc_store(entry, follow ? &entry->stat : &entry->lstat, result);
  return value_from_bool((status.st_mode & S_IFMT) == mode);
}
static Value entry_is_dir(Value self, Value follow) {
  return entry_test(self, follow, DT_DIR, S_IFDIR);
}
static Value entry_is_file(Value self, Value follow) {
  return entry_test(self, follow, DT_REG, S_IFREG);
}
static Value entry_inode(Value self) {
  return int_from_uint64(as_entry(self)->inode);
}
static Value entry_fspath(Value self) {
  return as_entry(self)->path;
}
static Value entry_repr(Value self) {
  return str_format_c("<DirEntry %R>", as_entry(self)->name);
}

static const NativeMethod entry_methods[] = {
    NATIVE("is_dir", entry_is_dir, "($self, /, *, follow_symlinks=True)", "Whether it is a directory."),
    NATIVE("is_file", entry_is_file, "($self, /, *, follow_symlinks=True)", "Whether it is a regular file."),
    NATIVE("is_symlink", entry_is_symlink, "($self, /)", "Whether it is a symbolic link."),
    NATIVE("stat", entry_stat, "($self, /, *, follow_symlinks=True)", "Its status."),
    NATIVE("inode", entry_inode, "($self, /)", "Its inode number."),
    NATIVE("__fspath__", entry_fspath, "($self, /)", "Its path."),
    NATIVE("__repr__", entry_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__class_getitem__", generic_alias_new, "($type, object, /)", "See PEP 585", NATIVE_CLASS),
    {}};
static const NativeMember entry_members[] = {
    {"name", MEMBER_VALUE, false, offsetof(DirEntry, name), "the entry's base filename"},
    {"path", MEMBER_VALUE, false, offsetof(DirEntry, path), "the entry's full path name"},
    {}};
static const CellType entry_cell_type = {.name = "DirEntry", CELL_VALUES(DirEntry, name, lstat)};
static const ClassDef entry_definition = {.name = "posix.DirEntry",
                                          .doc = "An entry that scandir() found.",
                                          .cell_type = &entry_cell_type,
                                          .instance_size = sizeof(DirEntry),
                                          .flags = CLASS_NO_NEW,
                                          .methods = entry_methods,
                                          .members = entry_members};

// ---- scandir ----

typedef struct ScanIterator {
  Cell head;
  Value path;   // as given: str, bytes, int or zero
  Value prefix; // its bytes, or zero
  // ---- end of values
  DIR *directory; // NULL: closed
  int descriptor; // that was given, or -1
  bool is_bytes;
} ScanIterator;

static ScanIterator *as_scan(Value self) {
  return (ScanIterator *)value_cell(self);
}

static void scan_close_now(ScanIterator *scan) {
  DIR *directory = __atomic_exchange_n(&scan->directory, NULL, __ATOMIC_ACQ_REL);
  Path path = {.descriptor = scan->descriptor};
  if (directory) directory_close(&path, directory);
}

// `directory` and `name` joined, of the kind (str or bytes) that the iterator's path has.
static Value scan_join(ScanIterator *scan, const char *name) {
  Path like = {.is_bytes = scan->is_bytes};
  size_t length = strlen(name);
  if (scan->descriptor >= 0) return path_result(&like, name, length);
  const char *text = "./";
  size_t size = 2;
  Value bytes = scan->prefix;
  if (bytes) {
    text = (const char *)value_as_bytes(bytes)->data;
    size = value_as_bytes(bytes)->length;
  }
  bool slash = size > 0 && text[size - 1] != '/';
  Bytes *joined = bytes_allocate(size + slash + length);
  if (!joined) return NULL;
  memcpy(joined->data, text, size);
  if (slash) joined->data[size] = '/';
  memcpy(joined->data + size + slash, name, length);
  KEEP(bytes);
  return scan->is_bytes ? value_from_cell(joined) : path_decode((const char *)joined->data, joined->length);
}

static Value scan_next(Value self) {
  ScanIterator *scan = as_scan(self);
  for (;;) {
    DIR *directory = __atomic_load_n(&scan->directory, __ATOMIC_ACQUIRE);
    if (!directory) return VALUE_STOP;
    struct dirent *found;
    errno = 0;
    BLOCKING(found = readdir(directory));
    if (!found) {
      int error = errno;
      scan_close_now(scan);
      return error ? raise_os_error(error, scan->path) : VALUE_STOP;
    }
    if (is_dot(found->d_name)) continue;
    DirEntry *entry = class_allocate(entry_class, 0);
    if (!entry) return NULL;
    Path like = {.is_bytes = scan->is_bytes};
    Value name = path_result(&like, found->d_name, strlen(found->d_name));
    Value path = name ? scan_join(scan, found->d_name) : NULL;
    if (!path) return NULL;
    gc_init(entry, &entry->name, name);
    gc_init(entry, &entry->path, path);
    entry->directory = scan->descriptor >= 0 ? scan->descriptor : AT_FDCWD;
    entry->inode = found->d_ino;
    entry->type = found->d_type;
    return value_from_cell(entry);
  }
}

static Value scan_close(Value self) {
  scan_close_now(as_scan(self));
  return VALUE_NONE;
}
static Value scan_self(Value self) {
  return self;
}
static Value scan_exit(Value self, [[maybe_unused]] Value arguments) {
  return scan_close(self);
}
static Value scan_del(Value self) {
  ScanIterator *scan = as_scan(self);
  if (!scan->directory) return VALUE_NONE;
  Value pending = exception_pending() ? exception_take() : NULL;
  warn_unclosed(self, "scandir iterator ", self);
  scan_close_now(scan);
  if (pending) exception_restore(pending);
  return VALUE_NONE;
}

static Value posix_scandir(Value path_value) {
  Path path;
  if (!path_parse(path_value, "scandir", "path", PATH_ALLOW_DESCRIPTOR | PATH_ALLOW_NONE, &path)) return NULL;
  ScanIterator *scan = class_allocate(scan_class, 0);
  if (!scan) return NULL;
  scan->descriptor = path.descriptor;
  scan->is_bytes = path.is_bytes;
  if (path.object && path.object != VALUE_NONE) gc_init(scan, &scan->path, path.object);
  if (path.bytes) gc_init(scan, &scan->prefix, path.bytes);
  scan->directory = directory_open(&path);
  KEEP(path.bytes);
  return scan->directory ? value_from_cell(scan) : path_error(&path);
}

static const NativeMethod scan_methods[] = {NATIVE("__iter__", scan_self, "($self, /)", "Implement iter(self)."),
                                            NATIVE("__next__", scan_next, "($self, /)", "Implement next(self)."),
                                            NATIVE("__enter__", scan_self, "($self, /)", NULL),
                                            NATIVE("__exit__", scan_exit, "($self, *args)", NULL),
                                            NATIVE("__del__", scan_del, "($self, /)", "Close the directory."),
                                            NATIVE("close", scan_close, "($self, /)", "Close the directory."),
                                            {}};
static const CellType scan_cell_type = {.name = "ScandirIterator", CELL_VALUES(ScanIterator, path, prefix)};
static const ClassDef scan_definition = {.name = "posix.ScandirIterator",
                                         .cell_type = &scan_cell_type,
                                         .instance_size = sizeof(ScanIterator),
                                         .flags = CLASS_NO_NEW,
                                         .methods = scan_methods};

const NativeMethod posix_directory_functions[] = {
    NATIVE("listdir", posix_listdir, "(path=None)", "Names in a directory."),
    NATIVE("scandir", posix_scandir, "(path=None)", "An iterator of DirEntry objects."),
    {}};

bool posix_directory_start(Value module) {
  heap_add_root_range((Value *)(void *)&scan_class, 1);
  scan_class = class_from_definition(&scan_definition, NULL);
  return scan_class && module_add_class(module, &entry_definition, NULL, &entry_class);
}
