// The posix module's files, as they see each other: one table of functions each, and the classes they share.
#pragma once

#include "runtime/heap/heap.h"
#include "runtime/module/system.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/object/struct_sequence.h"

#include <sys/stat.h>

extern const NativeMethod posix_stat_functions[], posix_path_functions[], posix_file_functions[],
    posix_directory_functions[], posix_process_functions[], posix_spawn_functions[], posix_identity_functions[],
    posix_system_functions[];
bool posix_stat_start(Value module);
bool posix_directory_start(Value module);
bool posix_process_start(Value module);
bool posix_system_start(Value module);
bool posix_add_numbers(Value module);

// The end of a call that gave `result`: None for 0 or more, OSError (or what is pending) for -1.
static inline Value posix_none(long result) {
  return result < 0 ? system_error() : VALUE_NONE;
}
static inline Value posix_int(int64_t result) {
  return result < 0 ? system_error() : int_from_int64(result);
}
static inline Value posix_path_none(long result, const Path *path) {
  return result < 0 ? path_error(path) : VALUE_NONE;
}

// Arguments. False: exception pending.
bool parse_dir_fd(Value value, int *dir_fd); // absent, None: AT_FDCWD
bool parse_flag(Value value, bool otherwise, bool *flag);
bool parse_offset(Value value, int64_t *offset);
bool parse_id(Value value, const char *name, uint32_t *id); // uid or gid; -1 allowed
Value id_value(uint32_t id);                                // (uid_t)-1 shows as -1
// ValueError for dir_fd or follow_symlinks together with a descriptor as path.
bool check_path_options(const char *function, const Path *path, int dir_fd, bool follow);

Value stat_result_new(const struct stat *status);
// A str or bytes, as the path was given.
Value path_result(const Path *path, const char *bytes, size_t length);
// The name of pathconf and its like: int, or str in a table. False: exception.
typedef struct NameTable {
  const IntConstant *entries;
  size_t count;
} NameTable;
bool parse_name(Value value, const IntConstant *names, int *number);
