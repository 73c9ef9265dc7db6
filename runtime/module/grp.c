// The grp module: the group database.
#include "runtime/module/posix.h"

#include <grp.h>
#include <stdlib.h>

static Class *entry_class;
static const StructField entry_fields[] = {
    {"gr_name", "group name"}, {"gr_passwd", "password"}, {"gr_gid", "group id"}, {"gr_mem", "group members"}, {}};
static const StructSequenceDef entry_definition = {"grp.struct_group", "A group.", entry_fields, 4, false};

static Value entry_new(const struct group *group) {
  Value members = list_new(NULL, 0);
  for (char **member = group->gr_mem; members && *member; member++) {
    Value name = path_decode_c(*member);
    if (!name || !list_append(members, name)) return NULL;
  }
  Value values[4] = {path_decode_c(group->gr_name), group->gr_passwd ? path_decode_c(group->gr_passwd) : VALUE_NONE,
                     id_value(group->gr_gid), members};
  for (int i = 0; i < 4; i++)
    if (!values[i]) return NULL;
  return struct_sequence_new(entry_class, values);
}

// Looks a group up by name (or by number, if name is NULL); VALUE_MISSING: there is none.
static Value find(const char *name, gid_t gid) {
  for (size_t size = 1024; size <= 1u << 20; size *= 2) {
    struct group group, *found = NULL;
    int error;
    char *buffer = malloc(size);
    if (!buffer) return raise_memory_error();
    BLOCKING(error =
                 name ? getgrnam_r(name, &group, buffer, size, &found) : getgrgid_r(gid, &group, buffer, size, &found));
    Value result = error == 0 && found ? entry_new(&group) : VALUE_MISSING;
    free(buffer);
    if (error != ERANGE) return result;
  }
  return VALUE_MISSING;
}

static Value grp_getgrgid(Value id) {
  uint32_t gid;
  if (!parse_id(id, "gid", &gid)) {
    if (exception_clear_if(CLASS_OVERFLOW_ERROR)) return raise(CLASS_KEY_ERROR, "getgrgid(): gid not found: %S", id);
    return NULL;
  }
  Value result = find(NULL, gid);
  return result == VALUE_MISSING ? raise(CLASS_KEY_ERROR, "getgrgid(): gid not found: %S", id_value(gid)) : result;
}
static Value grp_getgrnam(Value name) {
  if (!value_is_str(name)) return raise_bad_argument("getgrnam", "name", "str", name);
  Value bytes = path_as_bytes(name);
  if (!bytes) return NULL;
  Value result = find((const char *)value_as_bytes(bytes)->data, 0);
  KEEP(bytes);
  return result == VALUE_MISSING ? raise(CLASS_KEY_ERROR, "getgrnam(): name not found: %R", name) : result;
}
static Value grp_getgrall(void) {
  Value list = list_new(NULL, 0);
  setgrent();
  for (struct group *group; list && (group = getgrent());) {
    Value entry = entry_new(group);
    if (!entry || !list_append(list, entry)) list = NULL;
  }
  endgrent();
  return list;
}

static const NativeMethod grp_functions[] = {NATIVE("getgrgid", grp_getgrgid, "(id)", "A group by number."),
                                             NATIVE("getgrnam", grp_getgrnam, "(name)", "A group by name."),
                                             NATIVE("getgrall", grp_getgrall, "()", "All groups."),
                                             {}};
static bool grp_initialize(Value module) {
  heap_add_root_range((Value *)(void *)&entry_class, 1);
  entry_class = struct_sequence_class_new(&entry_definition);
  return entry_class && module_add(module, "struct_group", value_from_cell(entry_class));
}
const NativeModule grp_module = {"grp", "The group database.", grp_functions, grp_initialize};
