// The pwd module: the user database.
#include "runtime/module/posix.h"

#include <pwd.h>
#include <stdlib.h>

static Class *entry_class;
static const StructField entry_fields[] = {
    {"pw_name", "user name"},  {"pw_passwd", "password"},    {"pw_uid", "user id"},         {"pw_gid", "group id"},
    {"pw_gecos", "real name"}, {"pw_dir", "home directory"}, {"pw_shell", "shell program"}, {}};
static const StructSequenceDef entry_definition = {"pwd.struct_passwd", "A user.", entry_fields, 7, false};

static Value text_or_none(const char *text) {
  return text ? path_decode_c(text) : VALUE_NONE;
}
static Value entry_new(const struct passwd *user) {
  Value values[7] = {text_or_none(user->pw_name), text_or_none(user->pw_passwd), id_value(user->pw_uid),
                     id_value(user->pw_gid),      text_or_none(user->pw_gecos),  text_or_none(user->pw_dir),
                     text_or_none(user->pw_shell)};
  for (int i = 0; i < 7; i++)
    if (!values[i]) return NULL;
  return struct_sequence_new(entry_class, values);
}

// Looks a user up by name (or by number, if name is NULL); VALUE_MISSING: there is none.
static Value find(const char *name, uid_t uid) {
  for (size_t size = 1024; size <= 1u << 20; size *= 2) {
    struct passwd user, *found = NULL;
    int error;
    char *buffer = malloc(size);
    if (!buffer) return raise_memory_error();
    BLOCKING(error =
                 name ? getpwnam_r(name, &user, buffer, size, &found) : getpwuid_r(uid, &user, buffer, size, &found));
    Value result = error == 0 && found ? entry_new(&user) : VALUE_MISSING;
    free(buffer);
    if (error != ERANGE) return result;
  }
  return VALUE_MISSING;
}

static Value pwd_getpwuid(Value uid_value) {
  uint32_t uid;
  if (!parse_id(uid_value, "uid", &uid)) {
    if (exception_clear_if(CLASS_OVERFLOW_ERROR))
      return raise(CLASS_KEY_ERROR, "getpwuid(): uid not found: %S", uid_value);
    return NULL;
  }
  Value result = find(NULL, uid);
  return result == VALUE_MISSING ? raise(CLASS_KEY_ERROR, "getpwuid(): uid not found: %S", id_value(uid)) : result;
}
static Value pwd_getpwnam(Value name) {
  if (!value_is_str(name)) return raise_bad_argument("getpwnam", "1", "str", name);
  Value bytes = path_as_bytes(name);
  if (!bytes) return NULL;
  Value result = find((const char *)value_as_bytes(bytes)->data, 0);
  KEEP(bytes);
  return result == VALUE_MISSING ? raise(CLASS_KEY_ERROR, "getpwnam(): name not found: %R", name) : result;
}
static Value pwd_getpwall(void) {
  Value list = list_new(NULL, 0);
  setpwent();
  for (struct passwd *user; list && (user = getpwent());) {
    Value entry = entry_new(user);
    if (!entry || !list_append(list, entry)) list = NULL;
  }
  endpwent();
  return list;
}

static const NativeMethod pwd_functions[] = {NATIVE("getpwuid", pwd_getpwuid, "(uidobj, /)", "A user by number."),
                                             NATIVE("getpwnam", pwd_getpwnam, "(name, /)", "A user by name."),
                                             NATIVE("getpwall", pwd_getpwall, "()", "All users."),
                                             {}};
static bool pwd_initialize(Value module) {
  heap_add_root_range((Value *)(void *)&entry_class, 1);
  entry_class = struct_sequence_class_new(&entry_definition);
  return entry_class && module_add(module, "struct_passwd", value_from_cell(entry_class));
}
const NativeModule pwd_module = {"pwd", "The user database.", pwd_functions, pwd_initialize};
