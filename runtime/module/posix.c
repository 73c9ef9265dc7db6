// The posix module: what os.py is made of. The functions stand in posix_*.c, by subject.
#include "runtime/module/posix.h"

static bool add_functions(Value module, const NativeMethod *functions) {
  Value name = str_intern_c("posix");
  for (; name && functions->name; functions++)
    if (!module_add(module, functions->name, native_function_new(functions, NULL, name))) return false;
  return name != NULL;
}

static bool posix_initialize(Value module) {
  const NativeMethod *const tables[] = {posix_stat_functions,      posix_path_functions,    posix_file_functions,
                                        posix_directory_functions, posix_process_functions, posix_system_functions};
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
    if (!add_functions(module, tables[i])) return false;
  return posix_stat_start(module) && posix_directory_start(module) && posix_process_start(module) &&
         posix_system_start(module) && posix_add_numbers(module) &&
         module_add(module, "error", value_from_cell(BUILTIN(OS_ERROR)));
}

const NativeModule posix_module = {"posix", "The operating system's functions, for the os module.", NULL,
                                   posix_initialize};
