// posix: the status of files, and changing it.
#include "runtime/module/posix.h"
#include "runtime/object/float.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

static Class *stat_class, *statvfs_class;

// ---- Arguments ----

bool parse_dir_fd(Value value, int *dir_fd) {
  *dir_fd = AT_FDCWD;
  if (!value || value == VALUE_NONE) return true;
  if (value_special(value, SPECIAL_INDEX)) return descriptor_parse(value, dir_fd);
  raise_type_error("argument should be integer or None, not %.200T", value);
  return false;
}

bool parse_flag(Value value, bool otherwise, bool *flag) {
  int truth = value ? value_truth(value) : otherwise;
  *flag = truth > 0;
  return truth >= 0;
}

bool parse_offset(Value value, int64_t *offset) {
  Value number = value_index(value);
  if (!number) return false;
  if (int_fits_int64(number, offset)) return true;
  raise(CLASS_OVERFLOW_ERROR, "Python int too large to convert to C long");
  return false;
}

bool parse_id(Value value, const char *name, uint32_t *id) {
  if (!value_special(value, SPECIAL_INDEX)) {
    raise_type_error("%s should be integer, not %.200T", name, value);
    return false;
  }
  Value number = value_index(value);
  int64_t result;
  if (!number) return false;
  bool fits = int_fits_int64(number, &result);
  if (fits && result >= -1 && result <= UINT32_MAX) {
    *id = (uint32_t)result;
    return true;
  }
  raise(CLASS_OVERFLOW_ERROR, int_sign(number) < 0 ? "%s is less than minimum" : "%s is greater than maximum", name);
  return false;
}

Value id_value(uint32_t id) {
  return value_from_small_int(id == UINT32_MAX ? -1 : (int64_t)id);
}

bool check_path_options(const char *function, const Path *path, int dir_fd, bool follow) {
  if (!path->text && dir_fd != AT_FDCWD)
    raise_value_error("%s: can't specify dir_fd without matching path", function);
  else if (path->descriptor >= 0 && !follow)
    raise_value_error("%s: cannot use fd and follow_symlinks together", function);
  else
    return true;
  return false;
}

// ---- stat ----

static const StructField stat_fields[] = {{"st_mode", "protection bits"},
                                          {"st_ino", "inode"},
                                          {"st_dev", "device"},
                                          {"st_nlink", "number of hard links"},
                                          {"st_uid", "user ID of owner"},
                                          {"st_gid", "group ID of owner"},
                                          {"st_size", "total size, in bytes"},
                                          {"", "integer time of last access"},
                                          {"", "integer time of last modification"},
                                          {"", "integer time of last change"},
                                          {"st_atime", "time of last access"},
                                          {"st_mtime", "time of last modification"},
                                          {"st_ctime", "time of last change"},
                                          {"st_atime_ns", "time of last access in nanoseconds"},
                                          {"st_mtime_ns", "time of last modification in nanoseconds"},
                                          {"st_ctime_ns", "time of last change in nanoseconds"},
                                          {"st_blksize", "blocksize for filesystem I/O"},
                                          {"st_blocks", "number of blocks allocated"},
                                          {"st_rdev", "device type (if inode device)"},
                                          {}};
static const StructSequenceDef stat_definition = {"os.stat_result", "What stat() returns.", stat_fields, 10, false};

Value stat_result_new(const struct stat *s) {
  const struct timespec *times[3] = {&s->st_atim, &s->st_mtim, &s->st_ctim};
  Value values[19] = {value_from_small_int(s->st_mode), int_from_uint64(s->st_ino), int_from_uint64(s->st_dev),
                      int_from_uint64(s->st_nlink),     id_value(s->st_uid),        id_value(s->st_gid),
                      int_from_int64(s->st_size)};
  for (int i = 0; i < 3; i++) {
    values[7 + i] = int_from_int64(times[i]->tv_sec);
    values[10 + i] = float_from_double((double)times[i]->tv_sec + 1e-9 * (double)times[i]->tv_nsec);
    int64_t nanoseconds;
    bool large = __builtin_mul_overflow(times[i]->tv_sec, 1000000000, &nanoseconds) ||
                 __builtin_add_overflow(nanoseconds, times[i]->tv_nsec, &nanoseconds);
    values[13 + i] = large ? int_add(int_multiply(values[7 + i], value_from_small_int(1000000000)),
                                     value_from_small_int(times[i]->tv_nsec))
                           : int_from_int64(nanoseconds);
  }
  values[16] = int_from_int64(s->st_blksize);
  values[17] = int_from_int64(s->st_blocks);
  values[18] = int_from_uint64(s->st_rdev);
  for (int i = 0; i < 19; i++)
    if (!values[i]) return NULL;
  return struct_sequence_new(stat_class, values);
}

static Value do_stat(const char *function, Value path_value, Value dir_fd_value, bool follow) {
  Path path;
  int dir_fd, result;
  if (!path_parse(path_value, function, "path", follow ? PATH_ALLOW_DESCRIPTOR : 0, &path) ||
      !parse_dir_fd(dir_fd_value, &dir_fd) || !check_path_options(function, &path, dir_fd, follow))
    return NULL;
  struct stat status;
  if (path.text)
    BLOCKING(result = fstatat(dir_fd, path.text, &status, follow ? 0 : AT_SYMLINK_NOFOLLOW));
  else
    BLOCKING(result = fstat(path.descriptor, &status));
  KEEP(path.bytes);
  return result < 0 ? path_error(&path) : stat_result_new(&status);
}

static Value posix_stat(Value path, Value dir_fd, Value follow_value) {
  bool follow;
  if (!parse_flag(follow_value, true, &follow)) return NULL;
  if (!follow && value_special(path, SPECIAL_INDEX) && !value_is_str(path))
    return raise_value_error("stat: cannot use fd and follow_symlinks together");
  return do_stat("stat", path, dir_fd, follow);
}
static Value posix_lstat(Value path, Value dir_fd) {
  return do_stat("lstat", path, dir_fd, false);
}
static Value posix_fstat(Value fd) {
  int descriptor, result;
  struct stat status;
  if (!value_as_int(fd, &descriptor)) return NULL;
  BLOCKING_RETRY(result, fstat(descriptor, &status));
  return result < 0 ? system_error() : stat_result_new(&status);
}

// ---- statvfs ----

static const StructField statvfs_fields[] = {{"f_bsize", NULL},   {"f_frsize", NULL}, {"f_blocks", NULL},
                                             {"f_bfree", NULL},   {"f_bavail", NULL}, {"f_files", NULL},
                                             {"f_ffree", NULL},   {"f_favail", NULL}, {"f_flag", NULL},
                                             {"f_namemax", NULL}, {"f_fsid", NULL},   {}};
static const StructSequenceDef statvfs_definition = {"os.statvfs_result", "What statvfs() returns.", statvfs_fields, 10,
                                                     false};

static Value statvfs_result(const struct statvfs *s) {
  uint64_t numbers[11] = {s->f_bsize, s->f_frsize, s->f_blocks, s->f_bfree,   s->f_bavail, s->f_files,
                          s->f_ffree, s->f_favail, s->f_flag,   s->f_namemax, s->f_fsid};
  Value values[11];
  for (int i = 0; i < 11; i++)
    if (!(values[i] = int_from_uint64(numbers[i]))) return NULL;
  return struct_sequence_new(statvfs_class, values);
}
static Value posix_statvfs(Value path_value) {
  Path path;
  struct statvfs status;
  int result;
  if (!path_parse(path_value, "statvfs", "path", PATH_ALLOW_DESCRIPTOR, &path)) return NULL;
  BLOCKING(result = path.text ? statvfs(path.text, &status) : fstatvfs(path.descriptor, &status));
  KEEP(path.bytes);
  return result < 0 ? path_error(&path) : statvfs_result(&status);
}
static Value posix_fstatvfs(Value fd) {
  int descriptor, result;
  struct statvfs status;
  if (!value_as_int(fd, &descriptor)) return NULL;
  BLOCKING_RETRY(result, fstatvfs(descriptor, &status));
  return result < 0 ? system_error() : statvfs_result(&status);
}

// ---- Modes, owners, times ----

static Value posix_access(Value path_value, Value mode_value, Value dir_fd_value, Value effective_value,
                          Value follow_value) {
  Path path;
  int mode, dir_fd, result;
  bool effective, follow;
  if (!path_parse(path_value, "access", "path", 0, &path) || !value_as_int(mode_value, &mode) ||
      !parse_dir_fd(dir_fd_value, &dir_fd) || !parse_flag(effective_value, false, &effective) ||
      !parse_flag(follow_value, true, &follow))
    return NULL;
  int flags = (effective ? AT_EACCESS : 0) | (follow ? 0 : AT_SYMLINK_NOFOLLOW);
  BLOCKING(result = flags || dir_fd != AT_FDCWD ? faccessat(dir_fd, path.text, mode, flags) : access(path.text, mode));
  KEEP(path.bytes);
  return value_from_bool(result == 0);
}

static Value posix_chmod(Value path_value, Value mode_value, Value dir_fd_value, Value follow_value) {
  Path path;
  int mode, dir_fd, result;
  bool follow;
  if (!path_parse(path_value, "chmod", "path", PATH_ALLOW_DESCRIPTOR, &path) || !value_as_int(mode_value, &mode) ||
      !parse_dir_fd(dir_fd_value, &dir_fd) || !parse_flag(follow_value, true, &follow))
    return NULL;
  if (!follow) {
    if (path.descriptor >= 0) return raise_value_error("chmod: cannot use fd and follow_symlinks together");
    if (dir_fd != AT_FDCWD) return raise_value_error("chmod: cannot use dir_fd and follow_symlinks together");
    return raise(CLASS_NOT_IMPLEMENTED_ERROR, "chmod: follow_symlinks unavailable on this platform");
  }
  if (path.text)
    BLOCKING(result = fchmodat(dir_fd, path.text, (mode_t)mode, 0));
  else
    BLOCKING(result = fchmod(path.descriptor, (mode_t)mode));
  KEEP(path.bytes);
  return posix_path_none(result, &path);
}
static Value posix_fchmod(Value fd, Value mode_value) {
  int descriptor, mode, result;
  if (!value_as_int(fd, &descriptor) || !value_as_int(mode_value, &mode)) return NULL;
  BLOCKING_RETRY(result, fchmod(descriptor, (mode_t)mode));
  return posix_none(result);
}

static Value do_chown(const char *function, Value path_value, Value uid_value, Value gid_value, Value dir_fd_value,
                      bool follow, unsigned allowed) {
  Path path;
  uint32_t uid, gid;
  int dir_fd, result;
  if (!path_parse(path_value, function, "path", allowed, &path) || !parse_id(uid_value, "uid", &uid) ||
      !parse_id(gid_value, "gid", &gid) || !parse_dir_fd(dir_fd_value, &dir_fd) ||
      !check_path_options(function, &path, dir_fd, follow))
    return NULL;
  if (path.text)
    BLOCKING(result = fchownat(dir_fd, path.text, uid, gid, follow ? 0 : AT_SYMLINK_NOFOLLOW));
  else
    BLOCKING(result = fchown(path.descriptor, uid, gid));
  KEEP(path.bytes);
  return posix_path_none(result, &path);
}
static Value posix_chown(Value path, Value uid, Value gid, Value dir_fd, Value follow_value) {
  bool follow;
  if (!parse_flag(follow_value, true, &follow)) return NULL;
  return do_chown("chown", path, uid, gid, dir_fd, follow, PATH_ALLOW_DESCRIPTOR);
}
static Value posix_lchown(Value path, Value uid, Value gid) {
  return do_chown("lchown", path, uid, gid, NULL, false, 0);
}
static Value posix_fchown(Value fd, Value uid_value, Value gid_value) {
  int descriptor, result;
  uint32_t uid, gid;
  if (!value_as_int(fd, &descriptor) || !parse_id(uid_value, "uid", &uid) || !parse_id(gid_value, "gid", &gid))
    return NULL;
  BLOCKING_RETRY(result, fchown(descriptor, uid, gid));
  return posix_none(result);
}

// divmod(nanoseconds, 10**9) into a timespec.
static bool split_nanoseconds(Value value, struct timespec *time) {
  Value quotient, remainder;
  Value number = value_index(value);
  if (!number || !int_divmod(number, value_from_small_int(1000000000), &quotient, &remainder)) return false;
  time->tv_nsec = value_small_int(remainder);
  return time_parse_time_t(quotient, TIME_ROUND_FLOOR, &time->tv_sec);
}

static Value posix_utime(Value path_value, Value times, Value ns, Value dir_fd_value, Value follow_value) {
  Path path;
  int dir_fd, result;
  bool follow;
  if (!path_parse(path_value, "utime", "path", PATH_ALLOW_DESCRIPTOR, &path) || !parse_dir_fd(dir_fd_value, &dir_fd) ||
      !parse_flag(follow_value, true, &follow))
    return NULL;
  struct timespec stamps[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
  if (times && times != VALUE_NONE && ns)
    return raise_value_error("utime: you may specify either 'times' or 'ns' but not both");
  if (times && times != VALUE_NONE) {
    if (!value_is_tuple(times) || tuple_count(times) != 2)
      return raise_type_error("utime: 'times' must be either a tuple of two ints or None");
    for (size_t i = 0; i < 2; i++)
      if (!time_parse_timespec(tuple_item(times, i), TIME_ROUND_FLOOR, &stamps[i])) return NULL;
  } else if (ns) {
    if (!value_is_tuple(ns) || tuple_count(ns) != 2) return raise_type_error("utime: 'ns' must be a tuple of two ints");
    for (size_t i = 0; i < 2; i++)
      if (!split_nanoseconds(tuple_item(ns, i), &stamps[i])) return NULL;
  }
  if (!check_path_options("utime", &path, dir_fd, follow)) return NULL;
  if (path.text)
    BLOCKING(result = utimensat(dir_fd, path.text, stamps, follow ? 0 : AT_SYMLINK_NOFOLLOW));
  else
    BLOCKING(result = futimens(path.descriptor, stamps));
  KEEP(path.bytes);
  return posix_path_none(result, &path);
}

static Value posix_umask(Value mask_value) {
  int mask;
  if (!value_as_int(mask_value, &mask)) return NULL;
  return value_from_small_int(umask((mode_t)mask));
}

// ---- Devices ----

static bool parse_device(Value value, uint64_t *device) {
  Value number = value_index(value);
  if (!number) return false;
  if (int_fits_uint64(number, device)) return true;
  raise(CLASS_OVERFLOW_ERROR,
        int_sign(number) < 0 ? "can't convert negative int to unsigned" : "int too big to convert");
  return false;
}
static Value posix_major(Value value) {
  uint64_t device;
  return parse_device(value, &device) ? int_from_uint64(major(device)) : NULL;
}
static Value posix_minor(Value value) {
  uint64_t device;
  return parse_device(value, &device) ? int_from_uint64(minor(device)) : NULL;
}
static Value posix_makedev(Value major_value, Value minor_value) {
  int high, low;
  if (!value_as_int(major_value, &high) || !value_as_int(minor_value, &low)) return NULL;
  return int_from_uint64(makedev((unsigned)high, (unsigned)low));
}
static Value posix_mkfifo(Value path_value, Value mode_value, Value dir_fd_value) {
  Path path;
  int mode = 0666, dir_fd, result;
  if (!path_parse(path_value, "mkfifo", "path", 0, &path) || (mode_value && !value_as_int(mode_value, &mode)) ||
      !parse_dir_fd(dir_fd_value, &dir_fd))
    return NULL;
  BLOCKING_RETRY(result, mkfifoat(dir_fd, path.text, (mode_t)mode));
  KEEP(path.bytes);
  return posix_path_none(result, &path);
}
static Value posix_mknod(Value path_value, Value mode_value, Value device_value, Value dir_fd_value) {
  Path path;
  int mode = 0600, dir_fd, result;
  uint64_t device = 0;
  if (!path_parse(path_value, "mknod", "path", 0, &path) || (mode_value && !value_as_int(mode_value, &mode)) ||
      (device_value && !parse_device(device_value, &device)) || !parse_dir_fd(dir_fd_value, &dir_fd))
    return NULL;
  BLOCKING_RETRY(result, mknodat(dir_fd, path.text, (mode_t)mode, device));
  KEEP(path.bytes);
  return posix_path_none(result, &path);
}

// ---- Extended attributes ----

static Value posix_getxattr(Value path_value, Value attribute_value, Value follow_value) {
  Path path, attribute;
  bool follow;
  if (!path_parse(path_value, "getxattr", "path", PATH_ALLOW_DESCRIPTOR, &path) ||
      !path_parse(attribute_value, "getxattr", "attribute", 0, &attribute) ||
      !parse_flag(follow_value, true, &follow) || !check_path_options("getxattr", &path, AT_FDCWD, follow))
    return NULL;
  static const size_t sizes[] = {128, XATTR_SIZE_MAX};
  for (size_t i = 0; i < 2; i++) {
    Bytes *bytes = bytes_allocate(sizes[i]);
    if (!bytes) return NULL;
    ssize_t count;
    BLOCKING(count = path.descriptor >= 0 ? fgetxattr(path.descriptor, attribute.text, bytes->data, sizes[i])
                     : follow             ? getxattr(path.text, attribute.text, bytes->data, sizes[i])
                                          : lgetxattr(path.text, attribute.text, bytes->data, sizes[i]));
    if (count >= 0) return bytes_new(bytes->data, (size_t)count);
    if (errno != ERANGE) break;
  }
  KEEP(path.bytes);
  KEEP(attribute.bytes);
  return path_error(&path);
}

static Value posix_setxattr(Value path_value, Value attribute_value, Value value, Value flags_value,
                            Value follow_value) {
  Path path, attribute;
  bool follow;
  int flags = 0, result;
  if (!path_parse(path_value, "setxattr", "path", PATH_ALLOW_DESCRIPTOR, &path) ||
      !path_parse(attribute_value, "setxattr", "attribute", 0, &attribute) ||
      (flags_value && !value_as_int(flags_value, &flags)) || !parse_flag(follow_value, true, &follow) ||
      !check_path_options("setxattr", &path, AT_FDCWD, follow))
    return NULL;
  Buffer buffer;
  if (!buffer_acquire(value, &buffer, BUFFER_SIMPLE)) return NULL;
  BLOCKING(result = path.descriptor >= 0 ? fsetxattr(path.descriptor, attribute.text, buffer.data, buffer.length, flags)
                    : follow             ? setxattr(path.text, attribute.text, buffer.data, buffer.length, flags)
                                         : lsetxattr(path.text, attribute.text, buffer.data, buffer.length, flags));
  int error = errno;
  buffer_release(&buffer);
  errno = error;
  KEEP(path.bytes);
  KEEP(attribute.bytes);
  return posix_path_none(result, &path);
}

static Value posix_removexattr(Value path_value, Value attribute_value, Value follow_value) {
  Path path, attribute;
  bool follow;
  int result;
  if (!path_parse(path_value, "removexattr", "path", PATH_ALLOW_DESCRIPTOR, &path) ||
      !path_parse(attribute_value, "removexattr", "attribute", 0, &attribute) ||
      !parse_flag(follow_value, true, &follow) || !check_path_options("removexattr", &path, AT_FDCWD, follow))
    return NULL;
  BLOCKING(result = path.descriptor >= 0 ? fremovexattr(path.descriptor, attribute.text)
                    : follow             ? removexattr(path.text, attribute.text)
                                         : lremovexattr(path.text, attribute.text));
  KEEP(path.bytes);
  KEEP(attribute.bytes);
  return posix_path_none(result, &path);
}

static Value posix_listxattr(Value path_value, Value follow_value) {
  Path path;
  bool follow;
  if (!path_parse(path_value, "listxattr", "path", PATH_ALLOW_DESCRIPTOR | PATH_ALLOW_NONE, &path) ||
      !parse_flag(follow_value, true, &follow) || !check_path_options("listxattr", &path, AT_FDCWD, follow))
    return NULL;
  const char *name = path.text ? path.text : ".";
  Bytes *bytes = bytes_allocate(XATTR_SIZE_MAX);
  if (!bytes) return NULL;
  char *list = (char *)bytes->data;
  ssize_t count;
  BLOCKING(count = path.descriptor >= 0 ? flistxattr(path.descriptor, list, bytes->length)
                   : follow             ? listxattr(name, list, bytes->length)
                                        : llistxattr(name, list, bytes->length));
  KEEP(path.bytes);
  if (count < 0) return path_error(&path);
  Value names = list_new(NULL, 0);
  for (const char *at = list; names && at < list + count; at += __builtin_strlen(at) + 1) {
    Value text = path_decode_c(at);
    if (!text || !list_append(names, text)) return NULL;
  }
  KEEP(bytes);
  return names;
}

const NativeMethod posix_stat_functions[] = {
    NATIVE("stat", posix_stat, "(path, *, dir_fd=None, follow_symlinks=True)", "Status of a path or descriptor."),
    NATIVE("lstat", posix_lstat, "(path, *, dir_fd=None)", "Status of a path, of a symbolic link itself."),
    NATIVE("fstat", posix_fstat, "(fd)", "Status of a descriptor."),
    NATIVE("statvfs", posix_statvfs, "(path)", "Status of a file system."),
    NATIVE("fstatvfs", posix_fstatvfs, "(fd, /)", "Status of the file system of a descriptor."),
    NATIVE("access", posix_access, "(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)",
           "Whether the user may access a path."),
    NATIVE("chmod", posix_chmod, "(path, mode, *, dir_fd=None, follow_symlinks=True)", "Change the access bits."),
    NATIVE("fchmod", posix_fchmod, "(fd, mode)", "Change the access bits of a descriptor's file."),
    NATIVE("chown", posix_chown, "(path, uid, gid, *, dir_fd=None, follow_symlinks=True)", "Change owner and group."),
    NATIVE("lchown", posix_lchown, "(path, uid, gid)", "Change owner and group of a link itself."),
    NATIVE("fchown", posix_fchown, "(fd, uid, gid)", "Change owner and group of a descriptor's file."),
    NATIVE("utime", posix_utime, "(path, times=None, *, ns=<unrepresentable>, dir_fd=None, follow_symlinks=True)",
           "Set access and modification time."),
    NATIVE("umask", posix_umask, "(mask, /)", "Set the mask for new files; return the old one."),
    NATIVE("major", posix_major, "(device, /)", "Major number of a device."),
    NATIVE("minor", posix_minor, "(device, /)", "Minor number of a device."),
    NATIVE("makedev", posix_makedev, "(major, minor, /)", "Device from its numbers."),
    NATIVE("mkfifo", posix_mkfifo, "(path, mode=438, *, dir_fd=None)", "Make a named pipe."),
    NATIVE("mknod", posix_mknod, "(path, mode=384, device=0, *, dir_fd=None)", "Make a file system node."),
    NATIVE("getxattr", posix_getxattr, "(path, attribute, *, follow_symlinks=True)", "Value of an extended attribute."),
    NATIVE("setxattr", posix_setxattr, "(path, attribute, value, flags=0, *, follow_symlinks=True)",
           "Set an extended attribute."),
    NATIVE("removexattr", posix_removexattr, "(path, attribute, *, follow_symlinks=True)",
           "Remove an extended attribute."),
    NATIVE("listxattr", posix_listxattr, "(path=None, *, follow_symlinks=True)", "Names of extended attributes."),
    {}};

bool posix_stat_start(Value module) {
  stat_class = struct_sequence_class_new(&stat_definition);
  heap_add_root_range((Value *)(void *)&stat_class, 1);
  statvfs_class = stat_class ? struct_sequence_class_new(&statvfs_definition) : NULL;
  heap_add_root_range((Value *)(void *)&statvfs_class, 1);
  return statvfs_class && module_add(module, "stat_result", value_from_cell(stat_class)) &&
         module_add(module, "statvfs_result", value_from_cell(statvfs_class));
}
