// The _stat module: constants and tests for the st_mode field of os.stat_result.
#include "runtime/module/system.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/str.h"

#include <sys/stat.h>

static bool parse_mode(Value value, mode_t *mode) {
  Value number = value_index(value);
  uint64_t bits;
  if (!number) return false;
  if (int_fits_uint64(number, &bits)) {
    if (bits <= UINT32_MAX) {
      *mode = (mode_t)bits;
      return true;
    }
    raise(CLASS_OVERFLOW_ERROR, "mode out of range");
    return false;
  }
  raise(CLASS_OVERFLOW_ERROR, int_sign(number) < 0 ? "can't convert negative value to unsigned int"
                                                   : "Python int too large to convert to C unsigned long");
  return false;
}

#define MODE_TEST(name)                                                                                                \
  static Value stat_##name(Value value) {                                                                              \
    mode_t mode;                                                                                                       \
    return parse_mode(value, &mode) ? value_from_bool(name(mode)) : NULL;                                              \
  }
// Kinds of files that other systems have.
#define S_ISDOOR(mode) ((void)(mode), false)
#define S_ISPORT(mode) ((void)(mode), false)
#define S_ISWHT(mode)  ((void)(mode), false)
MODE_TEST(S_ISDIR)
MODE_TEST(S_ISCHR)
MODE_TEST(S_ISBLK)
MODE_TEST(S_ISREG)
MODE_TEST(S_ISFIFO)
MODE_TEST(S_ISLNK)
MODE_TEST(S_ISSOCK)
MODE_TEST(S_ISDOOR)
MODE_TEST(S_ISPORT)
MODE_TEST(S_ISWHT)

static Value stat_S_IMODE(Value value) {
  mode_t mode;
  return parse_mode(value, &mode) ? value_from_small_int(mode & 07777) : NULL;
}
static Value stat_S_IFMT(Value value) {
  mode_t mode;
  return parse_mode(value, &mode) ? value_from_small_int(mode & S_IFMT) : NULL;
}

static Value stat_filemode(Value value) {
  mode_t mode;
  if (!parse_mode(value, &mode)) return NULL;
  char text[11];
  text[0] = S_ISREG(mode)    ? '-'
            : S_ISDIR(mode)  ? 'd'
            : S_ISLNK(mode)  ? 'l'
            : S_ISBLK(mode)  ? 'b'
            : S_ISCHR(mode)  ? 'c'
            : S_ISFIFO(mode) ? 'p'
            : S_ISSOCK(mode) ? 's'
                             : '?';
  for (int i = 0; i < 9; i++) text[1 + i] = mode & (0400u >> i) ? "rwx"[i % 3] : '-';
  // Set-user, set-group and sticky bits show in the place of "x".
  if (mode & S_ISUID) text[3] = mode & S_IXUSR ? 's' : 'S';
  if (mode & S_ISGID) text[6] = mode & S_IXGRP ? 's' : 'S';
  if (mode & S_ISVTX) text[9] = mode & S_IXOTH ? 't' : 'T';
  text[10] = 0;
  return str_from_c(text);
}

static const NativeMethod stat_functions[] = {
    NATIVE("S_ISDIR", stat_S_ISDIR, "(mode, /)", "Is it a directory?"),
    NATIVE("S_ISCHR", stat_S_ISCHR, "(mode, /)", "Is it a character device?"),
    NATIVE("S_ISBLK", stat_S_ISBLK, "(mode, /)", "Is it a block device?"),
    NATIVE("S_ISREG", stat_S_ISREG, "(mode, /)", "Is it a regular file?"),
    NATIVE("S_ISFIFO", stat_S_ISFIFO, "(mode, /)", "Is it a named pipe?"),
    NATIVE("S_ISLNK", stat_S_ISLNK, "(mode, /)", "Is it a symbolic link?"),
    NATIVE("S_ISSOCK", stat_S_ISSOCK, "(mode, /)", "Is it a socket?"),
    NATIVE("S_ISDOOR", stat_S_ISDOOR, "(mode, /)", "Is it a door?"),
    NATIVE("S_ISPORT", stat_S_ISPORT, "(mode, /)", "Is it an event port?"),
    NATIVE("S_ISWHT", stat_S_ISWHT, "(mode, /)", "Is it a whiteout?"),
    NATIVE("S_IMODE", stat_S_IMODE, "(mode, /)", "The bits that chmod() sets."),
    NATIVE("S_IFMT", stat_S_IFMT, "(mode, /)", "The bits that tell the kind of file."),
    NATIVE("filemode", stat_filemode, "(mode, /)", "The mode as text, such as '-rwxr-xr-x'."),
    {}};

static bool stat_initialize(Value module) {
  static const IntConstant numbers[] = {
#define C(name) {#name, name},
      C(S_IFDIR) C(S_IFCHR) C(S_IFBLK) C(S_IFREG) C(S_IFIFO) C(S_IFLNK) C(S_IFSOCK) C(S_ISUID) C(S_ISGID) C(S_ISVTX)
          C(S_IREAD) C(S_IWRITE) C(S_IEXEC) C(S_IRWXU) C(S_IRUSR) C(S_IWUSR) C(S_IXUSR) C(S_IRWXG) C(S_IRGRP) C(S_IWGRP)
              C(S_IXGRP) C(S_IRWXO) C(S_IROTH) C(S_IWOTH) C(S_IXOTH)
#undef C
                  {"S_IFDOOR", 0},
      {"S_IFPORT", 0},
      {"S_IFWHT", 0},
      {"S_ENFMT", S_ISGID},
      {"UF_NODUMP", 0x1},
      {"UF_IMMUTABLE", 0x2},
      {"UF_APPEND", 0x4},
      {"UF_OPAQUE", 0x8},
      {"UF_NOUNLINK", 0x10},
      {"UF_COMPRESSED", 0x20},
      {"UF_HIDDEN", 0x8000},
      {"SF_ARCHIVED", 0x10000},
      {"SF_IMMUTABLE", 0x20000},
      {"SF_APPEND", 0x40000},
      {"SF_NOUNLINK", 0x100000},
      {"SF_SNAPSHOT", 0x200000},
      {"ST_MODE", 0},
      {"ST_INO", 1},
      {"ST_DEV", 2},
      {"ST_NLINK", 3},
      {"ST_UID", 4},
      {"ST_GID", 5},
      {"ST_SIZE", 6},
      {"ST_ATIME", 7},
      {"ST_MTIME", 8},
      {"ST_CTIME", 9},
      {}};
  return module_add_constants(module, numbers);
}

const NativeModule stat_module = {"_stat", "Constants and tests for os.stat() modes.", stat_functions, stat_initialize};
