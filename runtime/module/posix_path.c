// posix: making, moving and removing names in the file system; the current directory.
#include "runtime/module/posix.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Value path_result(const Path *path, const char *bytes, size_t length) {
  return path->is_bytes ? bytes_new(bytes, length) : path_decode(bytes, length);
}

static Value get_current(bool as_bytes) {
  char *text;
  BLOCKING(text = getcwd(NULL, 0));
  if (!text) return system_error();
  Value result = as_bytes ? bytes_new(text, strlen(text)) : path_decode_c(text);
  free(text);
  return result;
}
static Value posix_getcwd(void) {
  return get_current(false);
}
static Value posix_getcwdb(void) {
  return get_current(true);
}

static Value posix_chdir(Value path_value) {
  Path path;
  int result;
  if (!path_parse(path_value, "chdir", "path", PATH_ALLOW_DESCRIPTOR, &path)) return NULL;
  BLOCKING(result = path.text ? chdir(path.text) : fchdir(path.descriptor));
  KEEP(path.bytes);
  return posix_path_none(result, &path);
}
static Value posix_fchdir(Value fd) {
  int descriptor = descriptor_from_value(fd), result;
  if (descriptor < 0) return NULL;
  BLOCKING_RETRY(result, fchdir(descriptor));
  return posix_none(result);
}
static Value posix_chroot(Value path_value) {
  Path path;
  int result;
  if (!path_parse(path_value, "chroot", "path", 0, &path)) return NULL;
  BLOCKING(result = chroot(path.text));
  KEEP(path.bytes);
  return posix_path_none(result, &path);
}

static Value posix_mkdir(Value path_value, Value mode_value, Value dir_fd_value) {
  Path path;
  int mode = 0777, dir_fd, result;
  if (!path_parse(path_value, "mkdir", "path", 0, &path) || (mode_value && !value_as_int(mode_value, &mode)) ||
      !parse_dir_fd(dir_fd_value, &dir_fd))
    return NULL;
  BLOCKING(result = mkdirat(dir_fd, path.text, (mode_t)mode));
  KEEP(path.bytes);
  return posix_path_none(result, &path);
}

static Value do_unlink(const char *function, Value path_value, Value dir_fd_value, int flags) {
  Path path;
  int dir_fd, result;
  if (!path_parse(path_value, function, "path", 0, &path) || !parse_dir_fd(dir_fd_value, &dir_fd)) return NULL;
  BLOCKING(result = unlinkat(dir_fd, path.text, flags));
  KEEP(path.bytes);
  return posix_path_none(result, &path);
}
static Value posix_rmdir(Value path, Value dir_fd) {
  return do_unlink("rmdir", path, dir_fd, AT_REMOVEDIR);
}
static Value posix_unlink(Value path, Value dir_fd) {
  return do_unlink("unlink", path, dir_fd, 0);
}
static Value posix_remove(Value path, Value dir_fd) {
  return do_unlink("remove", path, dir_fd, 0);
}

static Value do_rename(const char *function, Value source_value, Value target_value, Value source_fd_value,
                       Value target_fd_value) {
  Path source, target;
  int source_fd, target_fd, result;
  if (!path_parse(source_value, function, "src", 0, &source) ||
      !path_parse(target_value, function, "dst", 0, &target) || !parse_dir_fd(source_fd_value, &source_fd) ||
      !parse_dir_fd(target_fd_value, &target_fd))
    return NULL;
  BLOCKING(result = renameat(source_fd, source.text, target_fd, target.text));
  KEEP(source.bytes);
  KEEP(target.bytes);
  return result < 0 ? path_error2(&source, &target) : VALUE_NONE;
}
static Value posix_rename(Value source, Value target, Value source_fd, Value target_fd) {
  return do_rename("rename", source, target, source_fd, target_fd);
}
static Value posix_replace(Value source, Value target, Value source_fd, Value target_fd) {
  return do_rename("replace", source, target, source_fd, target_fd);
}

static Value posix_link(Value source_value, Value target_value, Value source_fd_value, Value target_fd_value,
                        Value follow_value) {
  Path source, target;
  int source_fd, target_fd, result;
  bool follow;
  if (!path_parse(source_value, "link", "src", 0, &source) || !path_parse(target_value, "link", "dst", 0, &target) ||
      !parse_dir_fd(source_fd_value, &source_fd) || !parse_dir_fd(target_fd_value, &target_fd) ||
      !parse_flag(follow_value, true, &follow))
    return NULL;
  bool plain = source_fd == AT_FDCWD && target_fd == AT_FDCWD && follow;
  BLOCKING(result = plain ? link(source.text, target.text)
                          : linkat(source_fd, source.text, target_fd, target.text, follow ? AT_SYMLINK_FOLLOW : 0));
  KEEP(source.bytes);
  KEEP(target.bytes);
  return result < 0 ? path_error2(&source, &target) : VALUE_NONE;
}

static Value posix_symlink(Value source_value, Value target_value, [[maybe_unused]] Value is_directory,
                           Value dir_fd_value) {
  Path source, target;
  int dir_fd, result;
  if (!path_parse(source_value, "symlink", "src", 0, &source) ||
      !path_parse(target_value, "symlink", "dst", 0, &target) || !parse_dir_fd(dir_fd_value, &dir_fd))
    return NULL;
  BLOCKING(result = symlinkat(source.text, dir_fd, target.text));
  KEEP(source.bytes);
  KEEP(target.bytes);
  return result < 0 ? path_error2(&source, &target) : VALUE_NONE;
}

static Value posix_readlink(Value path_value, Value dir_fd_value) {
  Path path;
  int dir_fd;
  char buffer[PATH_MAX + 1];
  ssize_t length;
  if (!path_parse(path_value, "readlink", "path", 0, &path) || !parse_dir_fd(dir_fd_value, &dir_fd)) return NULL;
  BLOCKING(length = readlinkat(dir_fd, path.text, buffer, PATH_MAX));
  KEEP(path.bytes);
  return length < 0 ? path_error(&path) : path_result(&path, buffer, (size_t)length);
}

static Value posix_truncate(Value path_value, Value length_value) {
  Path path;
  int64_t length;
  int result;
  if (!path_parse(path_value, "truncate", "path", PATH_ALLOW_DESCRIPTOR, &path) || !parse_offset(length_value, &length))
    return NULL;
  BLOCKING(result = path.text ? truncate(path.text, length) : ftruncate(path.descriptor, length));
  KEEP(path.bytes);
  return posix_path_none(result, &path);
}

static Value posix_fspath(Value path) {
  return path_protocol(path);
}

// posixpath.normpath() for a str: drops "." and empty parts, resolves "..". Exactly two leading slashes stay.
static Value posix_path_normpath(Value path) {
  if (!value_is_str(path)) return raise_bad_argument("_path_normpath", "path", "str", path);
  size_t length;
  char *text = str_wtf8(path, &length);
  if (!text) return NULL;
  // Text behind an embedded NUL does not count.
  length = strlen(text);
  size_t root = text[0] != '/' ? 0 : text[1] == '/' && text[2] != '/' ? 2 : 1;
  char *out = text + root;
  const char *start = out;
  for (const char *at = text + root, *end = text + length; at < end;) {
    const char *part = at;
    while (at < end && *at != '/') at++;
    size_t size = (size_t)(at - part);
    while (at < end && *at == '/') at++;
    if (size == 0 || (size == 1 && part[0] == '.')) continue;
    if (size == 2 && part[0] == '.' && part[1] == '.') {
      if (out == start && root) continue;
      char *last = out;
      while (last > start && last[-1] != '/') last--;
      bool up_already = out - last == 2 && last[0] == '.' && last[1] == '.';
      if (out > start && !up_already) {
        out = last > start ? last - 1 : last;
        continue;
      }
    }
    if (out > start) *out++ = '/';
    memmove(out, part, size);
    out += size;
  }
  Value result = out == text ? str_from_c(".") : str_from_utf8(text, (size_t)(out - text));
  free(text);
  return result;
}

static Value posix_sync(void) {
  BLOCKING(sync());
  return VALUE_NONE;
}

static Value posix_pathconf(Value path_value, Value name_value) {
  extern const IntConstant posix_pathconf_names[];
  Path path;
  int name;
  long result;
  if (!path_parse(path_value, "pathconf", "path", PATH_ALLOW_DESCRIPTOR, &path) ||
      !parse_name(name_value, posix_pathconf_names, &name))
    return NULL;
  errno = 0;
  result = path.text ? pathconf(path.text, name) : fpathconf(path.descriptor, name);
  KEEP(path.bytes);
  if (result == -1 && errno != 0) return errno == EINVAL ? raise_os_error(errno, NULL) : path_error(&path);
  return int_from_int64(result);
}
static Value posix_fpathconf(Value fd, Value name_value) {
  int descriptor = descriptor_from_value(fd);
  return descriptor < 0 ? NULL : posix_pathconf(value_from_small_int(descriptor), name_value);
}

const NativeMethod posix_path_functions[] = {
    NATIVE("getcwd", posix_getcwd, "()", "The current directory, as str."),
    NATIVE("getcwdb", posix_getcwdb, "()", "The current directory, as bytes."),
    NATIVE("chdir", posix_chdir, "(path)", "Change the current directory."),
    NATIVE("fchdir", posix_fchdir, "(fd)", "Change the current directory to that of a descriptor."),
    NATIVE("chroot", posix_chroot, "(path)", "Change the root directory."),
    NATIVE("mkdir", posix_mkdir, "(path, mode=511, *, dir_fd=None)", "Make a directory."),
    NATIVE("rmdir", posix_rmdir, "(path, *, dir_fd=None)", "Remove a directory."),
    NATIVE("unlink", posix_unlink, "(path, *, dir_fd=None)", "Remove a file."),
    NATIVE("remove", posix_remove, "(path, *, dir_fd=None)", "Remove a file."),
    NATIVE("rename", posix_rename, "(src, dst, *, src_dir_fd=None, dst_dir_fd=None)", "Rename a file or directory."),
    NATIVE("replace", posix_replace, "(src, dst, *, src_dir_fd=None, dst_dir_fd=None)",
           "Rename a file or directory, replacing the target."),
    NATIVE("link", posix_link, "(src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True)",
           "Make a hard link."),
    NATIVE("symlink", posix_symlink, "(src, dst, target_is_directory=False, *, dir_fd=None)", "Make a symbolic link."),
    NATIVE("readlink", posix_readlink, "(path, *, dir_fd=None)", "Where a symbolic link points."),
    NATIVE("truncate", posix_truncate, "(path, length)", "Resize a file."),
    NATIVE("fspath", posix_fspath, "(path)", "The file system representation of a path."),
    NATIVE("_path_normpath", posix_path_normpath, "(path)", "Normalize a path without looking at the file system."),
    NATIVE("sync", posix_sync, "()", "Write everything to disk."),
    NATIVE("pathconf", posix_pathconf, "(path, name)", "A configuration value of a file."),
    NATIVE("fpathconf", posix_fpathconf, "(fd, name, /)", "A configuration value of a descriptor's file."),
    {}};
